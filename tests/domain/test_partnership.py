"""A partnership has partners and at most one lead. Nobody joins or leaves after it was dissolved."""

import hypothesis
import pytest
from hypothesis import strategies as st

from domain import partnership
from domain.partnership import (
    AppointmentIncomplete,
    AppointSupplier,
    ChangeLead,
    DissolvePartnership,
    FormPartnership,
    HappeningEmpty,
    HappeningEndsBefore,
    JoinPartnership,
    KindEmpty,
    LeadChanged,
    LeavePartnership,
    NotAPartner,
    NoteHappening,
    OriginRecorded,
    OriginUnexplained,
    PartnerJoined,
    PartnerLeft,
    PartnershipAlreadyFormed,
    PartnershipDissolved,
    PartnershipEndsBeforeItStarts,
    PartnershipFormed,
    PartnershipIsDissolved,
    PartnershipNameEmpty,
    PartnershipReclassified,
    PartnershipRenamed,
    PartnershipUnknown,
    ReclassifyPartnership,
    RecordOrigin,
    RenamePartnership,
    SupplierAppointed,
)
from domain.values.fact import Fact, HappeningNoted, Lane
from domain.values.frozen import replace
from domain.values.ids import OrganisationId, PartnershipId, SchemeId
from domain.values.when import When
from tests.kit.examples import ACE, CARLISLE, CUMBRIA, DIRECT_SUPPORT, EVENTS, PARKS, PILOTS, PROGRAMME, stated
from tests.kit.hostile_values import DATES, WORDS
from tests.kit.spec import given, what_happens

ON = When("2004-06")
PILOT = PartnershipId("partnership-01890000-0000-7000-8000-000000000009")
SOURCE = stated("partnerships.csv", "000_6fe3068b2cce47b0.txt:610-623")
FORMED = PartnershipFormed(
    partnership_id=ACE,
    programme_id=PROGRAMME,
    scheme_id=PILOTS,
    code="ace-cumbria",
    name="Achieving Cumbrian Excellence",
    kind="pilot-regional",
    lead_id=CARLISLE,
    on=ON,
)
JOINED = PartnerJoined(partnership_id=ACE, organisation_id=CUMBRIA, role="partner", on=ON)
LEFT = PartnerLeft(partnership_id=ACE, organisation_id=CUMBRIA, reason="In-house schemes", on=ON)
LED_BY_CUMBRIA = LeadChanged(partnership_id=ACE, organisation_id=CUMBRIA, on=ON)
SETS, BRIEF, QUOTES = "Action learning sets", "Six sets of eight days", "Three quotes, the lowest taken"
APPOINTED = SupplierAppointed(
    partnership_id=ACE, organisation_id=CUMBRIA, work=SETS, brief=BRIEF, selection=QUOTES, on=ON
)
DISSOLVED = PartnershipDissolved(partnership_id=ACE, reason="The funding is over", on=When("2006"))


def form(
    *,
    code: str = "ace-cumbria",
    scheme_id: SchemeId = PILOTS,
    starts: When | None = None,
    ends: When | None = None,
) -> FormPartnership:
    return FormPartnership(
        partnership_id=ACE,
        programme_id=PROGRAMME,
        scheme_id=scheme_id,
        code=code,
        name="Achieving Cumbrian Excellence",
        kind="pilot-regional",
        lead_id=CARLISLE,
        starts=starts,
        ends=ends,
        on=ON,
    )


def join(organisation_id: OrganisationId = CUMBRIA, role: str = "partner") -> JoinPartnership:
    return JoinPartnership(partnership_id=ACE, organisation_id=organisation_id, role=role, on=ON)


def leave(organisation_id: OrganisationId = CUMBRIA) -> LeavePartnership:
    return LeavePartnership(partnership_id=ACE, organisation_id=organisation_id, reason="In-house schemes", on=ON)


def lead(organisation_id: OrganisationId = CUMBRIA) -> ChangeLead:
    return ChangeLead(partnership_id=ACE, organisation_id=organisation_id, on=ON)


def appoint(
    organisation_id: OrganisationId = CUMBRIA, work: str = SETS, brief: str = BRIEF, selection: str = QUOTES
) -> AppointSupplier:
    return AppointSupplier(
        partnership_id=ACE, organisation_id=organisation_id, work=work, brief=brief, selection=selection, on=ON
    )


def reclassify(kind: str = "national", because: str = "Four regions take part") -> ReclassifyPartnership:
    return ReclassifyPartnership(partnership_id=ACE, kind=kind, because=because, on=ON)


def grew(origin_id: PartnershipId = PILOT, because: str = "The pilot goes on as a partnership") -> RecordOrigin:
    return RecordOrigin(partnership_id=ACE, origin_id=origin_id, because=because, on=ON)


DISSOLVE = DissolvePartnership(partnership_id=ACE, reason="The funding is over", on=When("2006"))

# --- Examples ---------------------------------------------------------------------------------------------------------


def test_a_partnership_is_formed_with_all_its_details() -> None:
    given(partnership).when(
        FormPartnership(
            partnership_id=ACE,
            programme_id=PROGRAMME,
            scheme_id=PILOTS,
            code="ace-cumbria",
            name="Achieving Cumbrian Excellence",
            kind="pilot-regional",
            lead_id=CARLISLE,
            region="Cumbria",
            theme="Targeted on weaker services",
            starts=When("2004-06"),
            ends=When("2005-03"),
            partners_stated=8,
            authorities_stated=7,
            notes="Pilot 25",
            on=ON,
            source=SOURCE,
        )
    ).then(
        PartnershipFormed(
            partnership_id=ACE,
            programme_id=PROGRAMME,
            scheme_id=PILOTS,
            code="ace-cumbria",
            name="Achieving Cumbrian Excellence",
            kind="pilot-regional",
            lead_id=CARLISLE,
            region="Cumbria",
            theme="Targeted on weaker services",
            starts=When("2004-06"),
            ends=When("2005-03"),
            partners_stated=8,
            authorities_stated=7,
            notes="Pilot 25",
            on=ON,
            source=SOURCE,
        )
    )


def test_a_partnership_is_not_formed_again_under_another_code_or_scheme() -> None:
    formed = given(partnership, FORMED)
    formed.when(form(code="ace-two")).refused(PartnershipAlreadyFormed, code="ace-cumbria")
    formed.when(form(scheme_id=DIRECT_SUPPORT)).refused(PartnershipAlreadyFormed, code="ace-cumbria")


def test_funded_work_does_not_end_before_it_starts() -> None:
    given(partnership).when(form(starts=When("2005-03"), ends=When("2004-06"))).refused(
        PartnershipEndsBeforeItStarts, starts=When("2005-03"), ends=When("2004-06")
    )


def test_an_organisation_joins_in_a_role() -> None:
    given(partnership, FORMED).when(
        JoinPartnership(partnership_id=ACE, organisation_id=CUMBRIA, role="partner", on=ON, source=SOURCE)
    ).then(PartnerJoined(partnership_id=ACE, organisation_id=CUMBRIA, role="partner", on=ON, source=SOURCE))


def test_a_partner_takes_a_second_role() -> None:
    given(partnership, FORMED, JOINED).when(join(role="adviser")).then(
        PartnerJoined(partnership_id=ACE, organisation_id=CUMBRIA, role="adviser", on=ON)
    )


def test_a_partner_leaves_in_every_role_that_it_had() -> None:
    adviser = PartnerJoined(partnership_id=ACE, organisation_id=CUMBRIA, role="adviser", on=ON)
    given(partnership, FORMED, JOINED, adviser).when(leave()).then(LEFT)
    given(partnership, FORMED, JOINED, adviser, LEFT).when(lead()).refused(NotAPartner)


def test_an_organisation_that_is_not_a_partner_does_not_leave() -> None:
    given(partnership, FORMED).when(leave()).then()


def test_a_partner_that_left_may_join_again() -> None:
    given(partnership, FORMED, JOINED, LEFT).when(join()).then(JOINED)


def test_a_partner_takes_over_the_lead() -> None:
    given(partnership, FORMED, JOINED).when(lead()).then(LED_BY_CUMBRIA)


def test_only_a_partner_leads() -> None:
    given(partnership, FORMED, JOINED).when(lead(PARKS)).refused(NotAPartner, organisation=PARKS)


def test_a_lead_that_leaves_leads_no_longer() -> None:
    carlisle_left = PartnerLeft(partnership_id=ACE, organisation_id=CARLISLE, reason="In-house schemes", on=ON)
    given(partnership, FORMED, JOINED).when(leave(CARLISLE)).then(carlisle_left)
    given(partnership, FORMED, JOINED, carlisle_left).when(lead(CARLISLE)).refused(NotAPartner, organisation=CARLISLE)


def test_the_lead_stays_where_it_is_when_another_partner_leaves() -> None:
    given(partnership, FORMED, JOINED, LEFT).when(lead(CARLISLE)).then()


def test_a_supplier_is_appointed_for_its_work_with_the_brief_and_how_it_was_selected() -> None:
    given(partnership, FORMED).when(appoint()).then(APPOINTED)


@pytest.mark.parametrize("command", [appoint(work=" "), appoint(brief=""), appoint(selection=" ")])
def test_an_appointment_says_what_for_by_which_brief_and_how_the_supplier_was_selected(
    command: AppointSupplier,
) -> None:
    given(partnership, FORMED).when(command).refused(AppointmentIncomplete)


def test_a_supplier_that_gets_another_brief_is_appointed_again() -> None:
    longer = replace(APPOINTED, brief="Eight sets of eight days")
    given(partnership, FORMED, APPOINTED).when(appoint(brief="Eight sets of eight days")).then(longer)


def test_a_supplier_is_no_partner_and_does_not_lead() -> None:
    given(partnership, FORMED, APPOINTED).when(lead()).refused(NotAPartner)


def test_a_supplier_leaves_and_may_be_appointed_again() -> None:
    given(partnership, FORMED, APPOINTED).when(leave()).then(LEFT)
    given(partnership, FORMED, APPOINTED, LEFT).when(appoint()).then(APPOINTED)


def test_a_partnership_gets_another_name() -> None:
    renamed = PartnershipRenamed(partnership_id=ACE, name="ACE", on=ON)
    rename = RenamePartnership(partnership_id=ACE, name="ACE", on=ON)
    given(partnership, FORMED).when(rename).then(renamed)
    given(partnership, FORMED, renamed).when(rename).then()
    given(partnership, FORMED).when(replace(rename, name=" ")).refused(PartnershipNameEmpty)
    given(partnership, FORMED, DISSOLVED).when(rename).refused(PartnershipIsDissolved)


def test_what_happened_is_noted_also_after_the_end() -> None:
    noted = HappeningNoted(
        partnership_id=ACE, kind="note", lane=Lane.SUPPORT, summary="A new head of support", until=ON, on=ON
    )
    note = NoteHappening(partnership_id=ACE, happened="A new head of support", lane=Lane.SUPPORT, until=ON, on=ON)
    given(partnership, FORMED, DISSOLVED).when(note).then(noted)
    given(partnership, FORMED).when(replace(note, happened="")).refused(HappeningEmpty)
    given(partnership, FORMED).when(replace(note, until=When("2003"))).refused(
        HappeningEndsBefore, on=ON, until=When("2003")
    )


def test_a_partnership_is_put_into_another_kind_with_a_reason() -> None:
    national = PartnershipReclassified(partnership_id=ACE, kind="national", summary="Four regions take part", on=ON)
    given(partnership, FORMED).when(reclassify()).then(national)
    given(partnership, FORMED, national).when(reclassify()).then()
    given(partnership, FORMED).when(reclassify(kind="pilot-regional")).then()
    for unsaid in (reclassify(kind=" "), reclassify(because="")):
        given(partnership, FORMED).when(unsaid).refused(KindEmpty)


def test_a_partnership_grew_from_an_earlier_one_also_where_it_has_ended() -> None:
    origin = OriginRecorded(partnership_id=ACE, origin_id=PILOT, because="The pilot goes on as a partnership", on=ON)
    for history in ([FORMED], [FORMED, DISSOLVED]):
        given(partnership, *history).when(grew()).then(origin)
    given(partnership, FORMED, origin).when(grew()).then()
    given(partnership, FORMED).when(grew(because=" ")).refused(OriginUnexplained)


def test_a_partnership_ends() -> None:
    given(partnership, FORMED).when(DISSOLVE).then(DISSOLVED)


@pytest.mark.parametrize("command", [join(PARKS), join(), leave(), lead(), appoint(PARKS), reclassify()])
def test_nobody_joins_leaves_or_takes_the_lead_once_the_partnership_has_ended(command: partnership.Command) -> None:
    given(partnership, FORMED, JOINED, DISSOLVED).when(command).refused(PartnershipIsDissolved)


@pytest.mark.parametrize("command", [join(), leave(), lead(), appoint(), reclassify(), grew(), DISSOLVE])
def test_a_command_for_a_partnership_that_does_not_exist_is_refused(command: partnership.Command) -> None:
    given(partnership).when(command).refused(PartnershipUnknown)


@pytest.mark.parametrize(
    "name",
    [
        "PartnershipRenamed",
        "PartnershipReclassified",
        "OriginRecorded",
        "PilotListed",
        "TakeUpStated",
        "SumStated",
        "HappeningNoted",
        "DelayReported",
        "RuleStated",
        "InvolvementStated",
        "GovernanceBodyEstablished",
        "DateCorrected",
        "StatementReplaced",
    ],
)
def test_statements_of_sources_and_corrections_do_not_change_what_the_rules_of_a_partnership_know(name: str) -> None:
    given(partnership, FORMED, JOINED, EVENTS[name]).when(lead()).then(LED_BY_CUMBRIA)


# --- The law ----------------------------------------------------------------------------------------------------------

ORGANISATIONS = st.sampled_from((CARLISLE, CUMBRIA, PARKS, OrganisationId("")))
COMMANDS = st.one_of(
    st.builds(form, code=WORDS, starts=st.none() | DATES, ends=st.none() | DATES),
    st.builds(join, ORGANISATIONS, WORDS),
    st.builds(leave, ORGANISATIONS),
    st.builds(lead, ORGANISATIONS),
    st.builds(appoint, ORGANISATIONS, WORDS),
    st.builds(reclassify, WORDS),
    st.builds(grew, because=WORDS),
    st.just(DISSOLVE),
)


@hypothesis.given(st.sampled_from(([], [FORMED])), st.lists(COMMANDS, max_size=20))
def test_after_any_commands_only_partners_lead_and_nobody_else_but_suppliers_leaves_and_only_origins_follow_the_end(
    begun: list[Fact], commands: list[partnership.Command]
) -> None:
    inside: set[OrganisationId] = set()
    supplying: set[OrganisationId] = set()
    ended = False
    for place, event in enumerate(what_happens(partnership, begun, commands)):
        assert not ended or isinstance(event, OriginRecorded)
        assert (0 == place) == isinstance(event, PartnershipFormed)
        match event:
            case PartnershipFormed(lead_id=organisation_id) if organisation_id is not None:
                inside.add(organisation_id)
            case PartnerJoined():
                inside.add(event.organisation_id)
            case SupplierAppointed():
                supplying.add(event.organisation_id)
            case PartnerLeft():
                assert event.organisation_id in inside | supplying
                inside.discard(event.organisation_id)
                supplying.discard(event.organisation_id)
            case LeadChanged():
                assert event.organisation_id in inside
            case PartnershipDissolved():
                ended = True
