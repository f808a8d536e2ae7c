"""What a person may do is decided by roles, each in its place, on the day; what no role gives is denied."""

from datetime import date

import pytest

from domain import desk
from domain.across.permissions import (
    EVERY_AREA,
    GIVES,
    READS,
    Area,
    held_now,
    is_within,
    may_give,
    narrowest,
    reads_in_place,
    roles_that_give,
    seen_by,
)
from domain.across.permitted import NotPermitted, OwnRole, PersonCannotAct
from domain.commands import COMMANDS
from domain.delivery import PlanAgreed
from domain.history import Command, Order
from domain.partnership import PartnershipFormed
from domain.people.person import (
    ErasePerson,
    GrantRole,
    PersonErased,
    PersonRegistered,
    RegisterPerson,
    Role,
    RoleGranted,
    RoleRevoked,
    Scope,
)
from domain.reading import Reading
from domain.support.case import AgreeImprovementPlan, OfferHelp, OpenSupportCase
from domain.support.concern import ReadConcern
from domain.values.frozen import replace
from domain.values.ids import DeliveryId, PartnershipId, PersonId, ProgrammeId, SchemeId
from domain.values.refusal import Refused
from domain.values.when import When
from tests.domain.across.test_duties import ASSESS, BEGUN, ON, SUBMIT
from tests.kit.examples import ACE, ASSESSOR, CARLISLE, PILOTS, PROGRAMME
from tests.kit.spec import MemoryLog, at

OFFICER = PersonId("person-01890000-0000-7000-8000-000000000008")
ELSEWHERE = PartnershipId("partnership-01890000-0000-7000-8000-000000000009")
HERE = Scope(programme_id=PROGRAMME, scheme_id=PILOTS, partnership_id=ACE)
NEWCOMER = RegisterPerson(person_id=PersonId("person-9"), code="officer-9", on=ON)


def role(name: Role, **scope: object) -> RoleGranted:
    return RoleGranted(role=name, on=When("2005-01-01"), **scope)  # type: ignore[arg-type]


def log_with(*events: object) -> MemoryLog:
    return MemoryLog(*BEGUN, *at(OFFICER, PersonRegistered(code="officer-8", on=ON), *events))  # type: ignore[arg-type]


def give(log: MemoryLog, command: Command, actor: str = OFFICER) -> None:
    desk.submit(log, Order(command_id=f"{len(log.written)}", command=command, said=repr(command), actor=actor))


def refuses(rule: type[Refused], log: MemoryLog, command: Command, actor: str = OFFICER, **why: object) -> None:
    before = len(log.written)
    with pytest.raises(rule) as caught:
        give(log, command, actor)
    assert why == {name: caught.value.why.get(name) for name in why}
    assert before == len(log.written)


def test_every_command_is_given_by_some_role_and_nothing_else_is_in_the_table() -> None:
    given = {command for commands in GIVES.values() for command in commands}
    assert set(COMMANDS.values()) == given
    assert set(Role) == set(GIVES) == set(READS)


def test_an_auditor_reads_everything_and_changes_nothing() -> None:
    """That an auditor reads a concern is recorded. It changes nothing."""
    assert ((ReadConcern,), EVERY_AREA) == (GIVES[Role.AUDITOR], READS[Role.AUDITOR])


@pytest.mark.parametrize("name", list(Role), ids=lambda one: one.value)
def test_a_role_gives_its_commands_and_no_others(name: Role) -> None:
    """The commands name nothing that exists, so where a role gives them, a rule refuses them by another name."""
    log = log_with(role(name))
    held = held_now(Reading(log).person(OFFICER).roles, When("2020-01-31"))  # type: ignore[union-attr]

    allowed = {command for command in COMMANDS.values() if may_give(held, command, HERE)}
    assert allowed == set(GIVES[name])


def test_a_person_without_a_role_is_told_which_roles_may() -> None:
    refuses(NotPermitted, log_with(), SUBMIT, person=OFFICER, roles="bidder or programme office")


def test_whoever_is_not_registered_or_was_erased_cannot_act() -> None:
    refuses(PersonCannotAct, MemoryLog(*BEGUN), SUBMIT, person=OFFICER)
    refuses(PersonCannotAct, log_with(role(Role.BIDDER), PersonErased(because="Asked", on=ON)), SUBMIT)


def test_the_owner_of_the_database_is_no_person_and_needs_no_role() -> None:
    give(MemoryLog(*BEGUN), SUBMIT, "local")


@pytest.mark.parametrize(
    ("scope", "allowed"),
    [
        ({}, True),
        ({"programme_id": PROGRAMME}, True),
        ({"programme_id": PROGRAMME, "scheme_id": PILOTS}, True),
        ({"partnership_id": ACE}, True),
        ({"programme_id": ProgrammeId("programme-0")}, False),
        ({"programme_id": PROGRAMME, "scheme_id": SchemeId("scheme-0")}, False),
        ({"partnership_id": ELSEWHERE}, False),
    ],
)
def test_a_role_counts_in_its_place(scope: dict[str, object], allowed: bool) -> None:
    log = log_with(role(Role.BIDDER, **scope))
    if allowed:
        give(log, SUBMIT)
    else:
        refuses(NotPermitted, log, SUBMIT)


def test_the_place_of_a_bid_is_that_of_its_partnership_whatever_the_command_names() -> None:
    log = log_with(role(Role.ASSESSOR, partnership_id=ELSEWHERE))
    give(log, SUBMIT, "local")
    refuses(NotPermitted, log, ASSESS)
    refuses(NotPermitted, log, replace(SUBMIT, partnership_id=ELSEWHERE))
    there = log_with(role(Role.ASSESSOR, partnership_id=ACE))
    give(there, SUBMIT, "local")
    give(there, ASSESS)


@pytest.mark.parametrize(
    ("scope", "allowed"),
    [
        ({}, True), ({"programme_id": PROGRAMME}, True), ({"partnership_id": ACE}, True),
        ({"partnership_id": ELSEWHERE}, False), ({"programme_id": ProgrammeId("programme-0")}, False),
    ],
)  # fmt: skip
def test_the_place_of_a_support_case_is_that_of_its_partnership(scope: dict[str, object], allowed: bool) -> None:
    log = log_with(role(Role.PROGRAMME_OFFICE, **scope))
    give(log, OpenSupportCase(organisation_id=CARLISLE, partnership_id=ACE, text="Help with finance", on=ON), "local")
    offer = OfferHelp(organisation_id=CARLISLE, case=1, text="An accountant", on=ON)
    if allowed:
        give(log, offer)
    else:
        refuses(NotPermitted, log, offer)


def test_a_support_case_without_a_partnership_takes_a_role_that_holds_everywhere() -> None:
    offer = OfferHelp(organisation_id=CARLISLE, case=1, text="An accountant", on=ON)
    for scope, allowed in (({"partnership_id": ACE}, False), ({}, True)):
        log = log_with(role(Role.PROGRAMME_OFFICE, **scope))
        give(log, OpenSupportCase(organisation_id=CARLISLE, text="Regular reviews", on=ON), "local")
        if allowed:
            give(log, offer)
        else:
            refuses(NotPermitted, log, offer)


def test_a_plan_of_another_partnership_does_not_open_a_support_case_to_its_officer() -> None:
    delivery_id = DeliveryId("delivery-elsewhere")
    formed = PartnershipFormed(
        partnership_id=ELSEWHERE,
        programme_id=PROGRAMME,
        scheme_id=PILOTS,
        code="there",
        name="There",
        kind="pilot",
        on=ON,
    )
    planned = PlanAgreed(partnership_id=ELSEWHERE, title="Work", milestones=("Start",), on=ON)
    person = at(
        OFFICER, PersonRegistered(code="officer-8", on=ON), role(Role.PROGRAMME_OFFICE, partnership_id=ELSEWHERE)
    )
    log = MemoryLog(*BEGUN, *at(ELSEWHERE, formed), *at(delivery_id, planned), *person)
    give(log, OpenSupportCase(organisation_id=CARLISLE, partnership_id=ACE, text="Help", on=ON), "local")
    agreed = AgreeImprovementPlan(
        organisation_id=CARLISLE, case=1, delivery_id=delivery_id, outcomes=(), monitoring="-", on=ON
    )
    refuses(NotPermitted, log, agreed)


def test_what_belongs_to_no_programme_takes_a_role_that_holds_everywhere() -> None:
    refuses(NotPermitted, log_with(role(Role.ADMINISTRATOR, programme_id=PROGRAMME)), NEWCOMER)
    give(log_with(role(Role.ADMINISTRATOR)), NEWCOMER)


def test_a_role_counts_today_whatever_the_date_of_the_command() -> None:
    log = log_with(role(Role.BIDDER, until=When("2020-01-30")))
    refuses(NotPermitted, log, SUBMIT)
    log.day = date(2020, 1, 30)
    give(log, SUBMIT)


def test_a_revoked_role_gives_nothing_more() -> None:
    refuses(NotPermitted, log_with(role(Role.BIDDER), RoleRevoked(role=Role.BIDDER, because="Left", on=ON)), SUBMIT)


def test_nobody_gives_a_role_to_themselves() -> None:
    log = log_with(role(Role.ADMINISTRATOR))
    own = GrantRole(person_id=OFFICER, role=Role.RELEASER, on=ON)
    refuses(OwnRole, log, own, person=OFFICER)
    give(log, replace(own, person_id=ASSESSOR))
    give(log, ErasePerson(person_id=ASSESSOR, because="Asked", on=ON))


def test_whoever_has_a_role_in_one_place_reads_the_register_and_what_belongs_to_the_place() -> None:
    state = Reading(log_with(role(Role.ASSESSOR, partnership_id=ACE))).person(OFFICER)
    seen = seen_by(state.roles)  # type: ignore[union-attr]
    assert {Area.REGISTER} == seen.everywhere
    assert {Area.CASES: frozenset({ACE}), Area.ASSESSMENT: frozenset({ACE})} == seen.places
    assert seen.is_limited
    assert seen.areas == {Area.REGISTER, Area.CASES, Area.ASSESSMENT}
    everywhere = Reading(log_with(role(Role.ASSESSOR), role(Role.RELEASER))).person(OFFICER)
    assert seen_by(everywhere.roles).areas == READS[Role.ASSESSOR] | READS[Role.RELEASER]  # type: ignore[union-attr]
    assert frozenset() == seen_by(()).areas


def test_an_area_that_one_role_reads_everywhere_is_not_limited_by_another_role() -> None:
    both = log_with(role(Role.ASSESSOR), role(Role.DECISION_MAKER, partnership_id=ACE))
    seen = seen_by(Reading(both).person(OFFICER).roles)  # type: ignore[union-attr]
    assert seen.everywhere == READS[Role.ASSESSOR]
    assert {Area.MONEY: {ACE}, Area.OFFICE: {ACE}, Area.PEOPLE: {ACE}} == seen.places


def test_a_bidder_reads_the_cases_and_the_money_of_its_partnership_and_no_scores() -> None:
    assert reads_in_place(Role.BIDDER) == {Area.REGISTER, Area.CASES, Area.MONEY} == reads_in_place(Role.PARTNER)
    assert all(Area.BANK not in reads_in_place(one) for one in Role)


def test_the_narrowest_place_of_a_scope_counts() -> None:
    scopes = (Scope(programme_id=PROGRAMME), Scope(programme_id=PROGRAMME, scheme_id=PILOTS), HERE)
    assert [PROGRAMME, PILOTS, ACE] == [narrowest(one) for one in scopes]


def test_a_place_lies_in_a_scope_that_names_it() -> None:
    assert is_within(None, Scope())
    assert not is_within(None, Scope(programme_id=PROGRAMME))
    assert is_within(HERE, Scope(programme_id=PROGRAMME))
    assert not is_within(Scope(programme_id=PROGRAMME), Scope(partnership_id=ACE))
    assert [Role.CERTIFIER] == roles_that_give(COMMANDS["CertifyReturn"])
