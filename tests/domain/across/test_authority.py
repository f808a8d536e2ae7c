"""Every decision is taken under an authority that holds on its date, and none goes above its limit."""

from collections.abc import Sequence

import pytest

from domain import desk, organisation, partnership, programme
from domain.across.authority import AboveDelegatedLimit, AuthorityUnknown, NoAuthority, QuorumNotMet
from domain.across.people import LimitCurrencyDiffers, OfAnotherProgramme
from domain.award import (
    AwardOffered,
    ConditionSet,
    OfferAccepted,
    OfferAward,
    RaiseRecovery,
    RecoveryApproved,
    RecoveryRaised,
    ReleasePayment,
    VaryAward,
    WaiveCondition,
    WriteOffRecovery,
)
from domain.award import events as awards
from domain.bid import ApproveBid, BidSubmitted, DeclareInterest, VaryApproval
from domain.governance import (
    AppointMember,
    CloseBody,
    Deciding,
    EstablishBody,
    GrantDelegation,
    RevokeDelegation,
    StandDownMember,
)
from domain.history import Command, Decision, Order
from domain.organisation import MergeOrganisations, RegisterOrganisation
from domain.partnership import AppointSupplier, PartnershipFormed
from domain.people import person
from domain.people.person import GrantRole, MovePerson, PersonRegistered, RegisterPerson, Role, RoleGranted
from domain.programme import ProgrammeEstablished, SchemeEstablished
from domain.values.frozen import replace
from domain.values.ids import DelegationId, OrganisationId, PartnershipId, PersonId, ProgrammeId, SchemeId
from domain.values.money import Money
from domain.values.when import When
from tests.kit.examples import ACE, ASSESSOR, AWARD, BID, BOARD, LIMIT, PANEL, PILOTS, PROGRAMME
from tests.kit.spec import MemoryLog, at, gbp

ON = When("2005-05-02")
DIRECTOR, CLERK = (PersonId(f"person-01890000-0000-7000-8000-00000000000{n}") for n in (2, 3))
OTHER_PROGRAMME = ProgrammeId("programme-01890000-0000-7000-8000-000000000009")
ELSEWHERE = PartnershipId("partnership-01890000-0000-7000-8000-000000000009")


def formed(partnership_id: PartnershipId, programme_id: ProgrammeId, code: str) -> PartnershipFormed:
    return PartnershipFormed(
        partnership_id=partnership_id,
        programme_id=programme_id,
        scheme_id=PILOTS,
        code=code,
        name=code,
        kind="pilot",
        on=ON,
    )


ROLES = [
    RoleGranted(role=role, on=ON)
    for role in (Role.DECISION_MAKER, Role.RELEASER, Role.PAYMENTS_OFFICER, Role.PROGRAMME_OFFICE)
]
BEGUN = (
    *at(
        PROGRAMME,
        ProgrammeEstablished(code="cbp", name="Capacity Building Programme", currency="GBP", on=ON),
        SchemeEstablished(scheme_id=PILOTS, code="pilots", name="Pilots", kind="pilots", on=ON),
    ),
    *at(OTHER_PROGRAMME, ProgrammeEstablished(code="other", name="Another", currency="GBP", on=ON)),
    *at(ACE, formed(ACE, PROGRAMME, "ace")),
    *at(ELSEWHERE, formed(ELSEWHERE, OTHER_PROGRAMME, "elsewhere")),
    *(
        written
        for n, one in enumerate((ASSESSOR, DIRECTOR, CLERK))
        for written in at(one, PersonRegistered(code=f"p{n}", on=ON), *ROLES)
    ),
    *at(
        BID,
        BidSubmitted(partnership_id=ACE, reference="ACE-1", title="ACE", requested=gbp("75000.00"), on=ON),
    ),
)
Step = tuple[str, Command]
NOBODY = "nobody: no authority here is wide enough"
BODY = EstablishBody(
    programme_id=PROGRAMME, body_id=BOARD, code="board", name="Steering Group", kind="board", on=When("2004")
)
DIRECTORS = replace(BODY, body_id=PANEL, code="director", name="Director", kind="post")
SITS = AppointMember(programme_id=PROGRAMME, body_id=BOARD, person_id=ASSESSOR, role="chair", on=When("2004"))
HOLDS = replace(SITS, body_id=PANEL, person_id=DIRECTOR, role="holder")
EVERYTHING = tuple(Deciding)
GRANT = GrantDelegation(
    programme_id=PROGRAMME,
    delegation_id=LIMIT,
    code="board-spending",
    body_id=BOARD,
    decisions=EVERYTHING,
    limit=gbp("50000.00"),
    on=When("2004"),
)
LARGE = replace(
    GRANT, delegation_id=DelegationId("delegation-2"), code="director-spending", body_id=PANEL, limit=gbp("200000.00")
)
GOVERNED: tuple[Step, ...] = tuple(("head", each) for each in (BODY, DIRECTORS, SITS, HOLDS, GRANT, LARGE))


def approve(amount: str, on: When = ON) -> ApproveBid:
    return ApproveBid(bid_id=BID, approved=gbp(amount), on=on)


def log_after(steps: Sequence[Step]) -> MemoryLog:
    log = MemoryLog(*BEGUN)
    for actor, command in steps:
        take(log, actor, command)
    return log


class Kept(MemoryLog):
    """A log that keeps the decisions that it was given."""

    def append(self, decisions: Sequence[Decision]) -> Sequence[object]:  # type: ignore[override]
        self.kept = list(decisions)
        return super().append(decisions)


def take(log: MemoryLog, actor: str, command: Command, authority: str | None = None) -> None:
    order = Order(
        command_id=f"{len(log.written)}", command=command, said=repr(command), actor=actor, authority=authority
    )
    desk.submit(log, order)


def under(steps: Sequence[Step], actor: str, command: Command, authority: str | None = None) -> str | None:
    """The authority with which the decision is recorded."""
    log = Kept(*log_after(steps).written)
    take(log, actor, command, authority)
    return log.kept[0].order.authority


def refuses(rule: type[Exception], steps: Sequence[Step], actor: str, command: Command, **why: object) -> None:
    authority = why.pop("under", None)
    log = log_after(steps)
    before = len(log.written)
    with pytest.raises(rule) as caught:
        take(log, actor, command, authority)  # type: ignore[arg-type]
    assert why == {name: caught.value.why.get(name) for name in why}  # type: ignore[attr-defined]
    assert before == len(log.written)


def test_a_decision_within_the_limit_names_the_authority_it_is_taken_under() -> None:
    assert LIMIT == under(GOVERNED, ASSESSOR, approve("50000.00"))
    assert LARGE.delegation_id == under(GOVERNED, DIRECTOR, approve("75000.00"))


def test_a_decision_above_the_limit_is_refused_with_the_names_of_those_who_may_take_it() -> None:
    refuses(
        AboveDelegatedLimit, GOVERNED, ASSESSOR, approve("50000.01"),
        amount=gbp("50000.01"), limit=gbp("50000.00"), body="Steering Group", who="Director",
    )  # fmt: skip
    alone = GOVERNED[:1] + GOVERNED[2:3] + GOVERNED[4:5]
    refuses(AboveDelegatedLimit, alone, ASSESSOR, approve("50000.01"), who=NOBODY)


def test_whoever_holds_no_authority_is_told_who_does() -> None:
    refuses(NoAuthority, GOVERNED, CLERK, approve("100.00"), person=CLERK, who="Steering Group or Director")
    refuses(NoAuthority, GOVERNED, "local", approve("60000.00"), who="Director", decide="approve bid")


def test_a_programme_without_delegations_decides_as_before() -> None:
    assert under((), CLERK, approve("75000.00")) is None
    assert "letter of 2 May" == under((), CLERK, approve("75000.00"), "letter of 2 May")
    # So does a partnership for which none is delegated.
    only_there = replace(GRANT, partnership_id=ELSEWHERE)
    with pytest.raises(OfAnotherProgramme):
        log_after((("head", BODY), ("head", only_there)))


def test_the_narrowest_authority_that_suffices_is_taken_unless_another_is_named() -> None:
    both = (*GOVERNED, ("head", StandDownMember(programme_id=PROGRAMME, body_id=PANEL, person_id=DIRECTOR, on=ON)))
    both = (
        *both,
        ("head", AppointMember(programme_id=PROGRAMME, body_id=PANEL, person_id=ASSESSOR, role="holder", on=ON)),
    )
    assert LIMIT == under(both, ASSESSOR, approve("100.00"))
    assert LARGE.delegation_id == under(both, ASSESSOR, approve("60000.00"))
    assert LARGE.delegation_id == under(both, ASSESSOR, approve("100.00"), "director-spending")
    assert LARGE.delegation_id == under(both, ASSESSOR, approve("100.00"), LARGE.delegation_id)


def test_a_named_authority_must_exist_and_be_held() -> None:
    refuses(AuthorityUnknown, GOVERNED, ASSESSOR, approve("100.00"), under="letter", authority="letter")
    refuses(NoAuthority, GOVERNED, ASSESSOR, approve("100.00"), under="director-spending")


def test_an_authority_holds_from_its_first_day_to_its_last() -> None:
    until = replace(GRANT, until=When("2005-05-02"), on=When("2005-05-02"))
    steps = (("head", BODY), ("head", SITS), ("head", until))
    assert LIMIT == under(steps, ASSESSOR, approve("100.00", When("2005-05-02")))
    # Where all have ended, nobody decides; before the first one, the office decides as before.
    refuses(NoAuthority, steps, ASSESSOR, approve("100.00", When("2005-05-03")), who=NOBODY)
    later = replace(until, on=When("2005-05-03"), until=None)
    assert under((("head", BODY), ("head", SITS), ("head", later)), CLERK, approve("100.00", ON)) is None


def test_a_member_decides_while_on_the_body() -> None:
    left = StandDownMember(programme_id=PROGRAMME, body_id=BOARD, person_id=ASSESSOR, on=ON)
    refuses(NoAuthority, (*GOVERNED, ("head", left)), ASSESSOR, approve("100.00"))
    assert LIMIT == under((*GOVERNED, ("head", replace(left, on=When("2005-05-03")))), ASSESSOR, approve("100.00", ON))


def test_a_closed_body_or_a_revoked_authority_decides_nothing_more() -> None:
    closed = CloseBody(programme_id=PROGRAMME, body_id=BOARD, because="Done", on=ON)
    refuses(NoAuthority, (*GOVERNED, ("head", closed)), ASSESSOR, approve("100.00"), who="Director")
    revoked = RevokeDelegation(programme_id=PROGRAMME, delegation_id=LIMIT, because="Done", on=ON)
    refuses(NoAuthority, (*GOVERNED, ("head", revoked)), ASSESSOR, approve("100.00"), who="Director")


def test_an_authority_is_for_its_kinds_of_decision_its_scheme_and_its_partnership() -> None:
    of_awards = replace(GRANT, decisions=(Deciding.OFFER_AWARD,))
    steps = (("head", BODY), ("head", SITS), ("head", of_awards))
    assert under(steps, CLERK, approve("100.00")) is None
    here = (("head", BODY), ("head", SITS), ("head", replace(GRANT, partnership_id=ACE, scheme_id=PILOTS)))
    assert LIMIT == under(here, ASSESSOR, approve("100.00"))


def test_an_authority_without_a_limit_allows_any_amount() -> None:
    steps = (("head", BODY), ("head", SITS), ("head", replace(GRANT, limit=None)))
    assert LIMIT == under(steps, ASSESSOR, approve("75000.00"))


OFFERED = (
    AwardOffered(partnership_id=ACE, bid_id=BID, reference="CBP-1", amount=gbp("70000.00"), on=ON),
    OfferAccepted(partnership_id=ACE, on=ON),
    ConditionSet(partnership_id=ACE, number=1, text="A plan", precedent=False, on=ON),
    awards.PaymentRequested(partnership_id=ACE, number=1, amount=gbp("60000.00"), on=ON),
    awards.PaymentApproved(partnership_id=ACE, number=1, amount=gbp("60000.00"), on=ON),
    awards.PaymentRequested(partnership_id=ACE, number=2, amount=gbp("5000.00"), on=ON),
    awards.PaymentApproved(partnership_id=ACE, number=2, amount=gbp("5000.00"), on=ON),
    awards.PaymentReleased(partnership_id=ACE, number=2, amount=gbp("5000.00"), bank_reference="B", on=ON),
    RecoveryRaised(partnership_id=ACE, number=1, amount=gbp("4000.00"), because="Unspent", on=ON),
    RecoveryApproved(partnership_id=ACE, number=1, amount=gbp("4000.00"), on=ON),
)


@pytest.mark.parametrize(
    ("kind", "command", "limit"),
    [
        (Deciding.RELEASE_PAYMENT, ReleasePayment(award_id=AWARD, number=1, bank_reference="B1", on=ON), "60000.00"),
        (Deciding.WRITE_OFF, WriteOffRecovery(award_id=AWARD, number=1, because="Lost", on=ON), "4000.00"),
        (Deciding.WAIVE_CONDITION, WaiveCondition(award_id=AWARD, number=1, because="Met", on=ON), "70000.00"),
        (
            Deciding.VARY,
            VaryAward(award_id=AWARD, kind=awards.Variation.UPLIFT, change=gbp("1000.00"), because="More", on=ON),
            "71000.00",
        ),
    ],
    ids=lambda one: getattr(one, "value", None) or type(one).__name__,
)
def test_each_kind_of_decision_is_held_to_its_limit(kind: Deciding, command: Command, limit: str) -> None:
    below = replace(GRANT, decisions=(kind,), limit=gbp(limit) - gbp("0.01"))
    steps = (("head", BODY), ("head", SITS))
    for grant, allowed in ((below, False), (replace(below, limit=gbp(limit)), True)):
        log = log_after((*steps, ("head", grant)))
        log.written += at(AWARD, *OFFERED)
        if allowed:
            take(log, ASSESSOR, command)
        else:
            with pytest.raises(AboveDelegatedLimit) as caught:
                take(log, ASSESSOR, command)
            assert gbp(limit) == caught.value.why["amount"]


def test_an_offer_and_a_changed_approval_are_held_to_the_limit() -> None:
    steps = (*GOVERNED, (DIRECTOR, approve("60000.00")))
    offer = OfferAward(award_id=AWARD, bid_id=BID, reference="CBP-1", amount=gbp("60000.00"), on=ON)
    refuses(AboveDelegatedLimit, steps, ASSESSOR, offer, who="Director")
    assert LARGE.delegation_id == under(steps, DIRECTOR, offer)
    vary = VaryApproval(bid_id=BID, approved=gbp("55000.00"), because="Less", on=ON)
    refuses(AboveDelegatedLimit, steps, ASSESSOR, vary, amount=gbp("55000.00"))
    assert LIMIT == under(steps, ASSESSOR, replace(vary, approved=gbp("50000.00")))


def test_a_command_that_decides_nothing_needs_no_authority() -> None:
    log = log_after(GOVERNED)
    log.written += at(AWARD, *OFFERED)
    take(log, CLERK, RaiseRecovery(award_id=AWARD, amount=gbp("100.00"), because="Unspent", on=ON))


def test_recusal_recomputes_the_quorum() -> None:
    board = replace(BODY, quorum=2)
    second = replace(SITS, person_id=DIRECTOR, role="member")
    steps = (("head", board), ("head", SITS), ("head", second), ("head", GRANT))
    assert LIMIT == under(steps, ASSESSOR, approve("100.00"))
    interest = DeclareInterest(bid_id=BID, person_id=DIRECTOR, nature="A friend", on=ON)
    refuses(
        QuorumNotMet,
        (*steps, (DIRECTOR, interest)),
        ASSESSOR,
        approve("100.00"),
        body="Steering Group",
        quorum=2,
        left=1,
    )
    third = replace(SITS, person_id=CLERK, role="member")
    assert LIMIT == under((*steps, ("head", third), (DIRECTOR, interest)), ASSESSOR, approve("100.00"))


def test_members_who_work_for_a_supplier_or_for_what_merged_into_one_do_not_count_for_the_quorum() -> None:
    board, second = replace(BODY, quorum=2), replace(SITS, person_id=DIRECTOR, role="member")
    north, south = OrganisationId("organisation-north"), OrganisationId("organisation-south")
    registered: list[Step] = [
        ("head", RegisterOrganisation(organisation_id=one, code=one, name=one, kind="agency", on=ON))
        for one in (north, south)
    ]
    employed: Step = ("head", MovePerson(person_id=DIRECTOR, organisation_id=north, on=ON))
    office: tuple[Step, ...] = (("head", board), ("head", SITS), ("head", second), ("head", GRANT))
    steps = (*office, *registered, employed)
    appoint = AppointSupplier(
        partnership_id=ACE, organisation_id=south, work="Training", brief="Six days", selection="A tender", on=ON
    )
    supplied = (*steps, ("head", appoint))
    assert LIMIT == under(supplied, ASSESSOR, approve("100.00"))
    merged = MergeOrganisations(organisation_id=north, merged_id=south, because="The Order", on=ON)
    refuses(QuorumNotMet, (*supplied, ("head", merged)), ASSESSOR, approve("100.00"), quorum=2, left=1)
    of_its_own = replace(appoint, organisation_id=north)
    refuses(QuorumNotMet, (*steps, ("head", of_its_own)), ASSESSOR, approve("100.00"), quorum=2, left=1)


def test_what_governance_names_exists_in_its_programme() -> None:
    begun = (("head", BODY),)
    refuses(programme.ProgrammeUnknown, (), "head", replace(BODY, programme_id=ProgrammeId("programme-0")))
    refuses(OfAnotherProgramme, (), "head", replace(BODY, partnership_id=ELSEWHERE))
    refuses(partnership.PartnershipUnknown, (), "head", replace(BODY, partnership_id=PartnershipId("partnership-0")))
    refuses(person.PersonUnknown, begun, "head", replace(SITS, person_id=PersonId("person-0")))
    refuses(
        organisation.OrganisationUnknown, begun, "head", replace(SITS, organisation_id=OrganisationId("organisation-0"))
    )
    refuses(programme.SchemeUnknown, begun, "head", replace(GRANT, scheme_id=SchemeId("scheme-0")))
    refuses(LimitCurrencyDiffers, begun, "head", replace(GRANT, limit=Money.of("1.00", "EUR")))
    nowhere = OrganisationId("organisation-0")
    newcomer = RegisterPerson(person_id=PersonId("person-8"), code="p8", organisation_id=nowhere, on=ON)
    refuses(organisation.OrganisationUnknown, (), "head", newcomer)


def test_a_role_is_granted_in_a_place_that_exists() -> None:
    grant = GrantRole(person_id=CLERK, role=Role.ASSESSOR, programme_id=ProgrammeId("programme-0"), on=ON)
    refuses(programme.ProgrammeUnknown, (), "head", grant)
    there = replace(grant, programme_id=None, partnership_id=PartnershipId("partnership-0"))
    refuses(partnership.PartnershipUnknown, (), "head", there)
    take(log_after(()), "head", replace(grant, programme_id=PROGRAMME))
    take(log_after(()), "head", replace(grant, programme_id=PROGRAMME, scheme_id=PILOTS))
    nowhere = replace(grant, programme_id=PROGRAMME, scheme_id=SchemeId("scheme-0"))
    refuses(programme.SchemeUnknown, (), "head", nowhere)
