"""The cache of states makes decisions faster and never changes them."""

import random
from collections.abc import Iterator, Sequence
from types import ModuleType

import pytest

from domain import award, desk, organisation, programme, reading
from domain.award import AcceptOffer, ApprovePayment, OfferAward, ReleasePayment, RequestPayment, SetCondition
from domain.desk import submit
from domain.folded import KEPT, Folded, States
from domain.history import Answer, Command, Decision, Log, Order
from domain.organisation import OrganisationRegistered, OrganisationRenamed, RegisterOrganisation, RenameOrganisation
from domain.partnership import JoinPartnership
from domain.reading import Reading, folded
from domain.values.fact import Fact
from domain.values.frozen import replace
from domain.values.ids import OrganisationId
from domain.values.refusal import Refused
from domain.values.when import UNKNOWN, When
from tests.domain.history.test_desk import READY_TO_OFFER
from tests.kit.examples import ACE, AWARD, BID, CARLISLE, CUMBRIA, EVENTS
from tests.kit.length import times
from tests.kit.officers import officer_for
from tests.kit.spec import MemoryLog, at, gbp

ON = When("2004-05-17")
RUNS, COMMANDS, DESKS = times(150, 2000), 40, 3


def any_command(chance: random.Random) -> Command:
    """One of the commands that get in each other's way: of an award, its bid and partnership, and two organisations."""
    number, council = chance.randint(1, 3), chance.choice([CARLISLE, CUMBRIA])
    amount = gbp(f"{chance.randint(1, 500)}.00")
    commands: list[Command] = [
        OfferAward(award_id=AWARD, bid_id=BID, reference="CBP-P25", amount=gbp("800.00"), on=ON),
        AcceptOffer(award_id=AWARD, on=ON),
        SetCondition(award_id=AWARD, number=number, text="A plan is agreed", precedent=True, on=ON),
        RequestPayment(award_id=AWARD, number=number, amount=amount, on=ON),
        ApprovePayment(award_id=AWARD, number=number, on=ON),
        ReleasePayment(award_id=AWARD, number=number, on=ON),
        RegisterOrganisation(organisation_id=council, code=council[-3:], name="Council", kind="council", on=ON),
        RenameOrganisation(organisation_id=council, name=f"Council {number}", on=ON),
        JoinPartnership(partnership_id=ACE, organisation_id=council, role=f"role {number}", on=ON),
    ]
    return chance.choice(commands)


def orders(chance: random.Random) -> Iterator[Order]:
    """Commands of several people. Some are submitted twice, some under an id that was used for another command."""
    before: list[Order] = []
    for number in range(COMMANDS):
        command, again = any_command(chance), chance.random()
        if before and again < 0.15:
            yield chance.choice(before)
            continue
        command_id = chance.choice(before).command_id if before and again < 0.2 else f"command-{number}"
        actor = chance.choice(["ann", "bob", "cay"])
        before.append(
            Order(command_id=command_id, command=command, said=repr(command), actor=officer_for(command, actor))
        )
        yield before[-1]


def outcome_of(log: Log, order: Order) -> Answer | tuple[type, str]:
    try:
        return submit(log, order)
    except Refused as refused:
        return type(refused), str(refused)


def both(seed: int) -> tuple[MemoryLog, MemoryLog]:
    """The same orders at several desks with a cache, and at one without a cache. The answers must be equal."""
    keeping, forgetful = MemoryLog(*READY_TO_OFFER), MemoryLog(*READY_TO_OFFER)
    forgetful.states = States(kept=0)
    kept = [States(kept=3) for _ in range(DESKS)]
    chance = random.Random(seed)
    for order in orders(chance):
        keeping.states = chance.choice(kept)
        assert outcome_of(forgetful, order) == outcome_of(keeping, order)
    return keeping, forgetful


def test_several_desks_with_a_cache_answer_as_one_without_a_cache() -> None:
    recorded = set()
    for seed in range(RUNS):
        keeping, forgetful = both(seed)
        assert forgetful.written == keeping.written
        recorded |= {type(event).__name__ for _, event in keeping.written}
    assert {"PaymentReleased", "ConditionSet", "OrganisationRenamed", "PartnerJoined"} <= recorded


def refuse_on_cached_states(log: Log, order: Order) -> list[Answer]:
    trusting = Reading(log, log.states, trusting=True)
    decisions, refusals = desk._decide_all(trusting, [order], {}, log.today())
    if refusals:
        raise refusals[0]
    return desk._record(log, trusting, decisions)


def all_alike(runs: int) -> None:
    for seed in range(runs):
        keeping, forgetful = both(seed)
        assert forgetful.written == keeping.written


def test_control_a_desk_that_refuses_on_cached_states_is_detected(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(desk, "_from_cache", refuse_on_cached_states)
    with pytest.raises(AssertionError):
        all_alike(RUNS)


# --- What is kept -----------------------------------------------------------------------------------------------------

REGISTERED = OrganisationRegistered(code="carlisle", name="Carlisle City Council", kind="council", on=UNKNOWN)


class Counting(MemoryLog):
    """A log that counts the events that are read from it."""

    read = 0

    def history(self, stream: str, after: int = 0) -> Sequence[Fact]:
        found = super().history(stream, after)
        self.read += len(found)
        return found

    def append(self, decisions: Sequence[Decision]) -> Sequence[Answer]:
        before = self.read
        try:
            return super().append(decisions)
        finally:
            self.read = before


def rename(number: int) -> Order:
    command = RenameOrganisation(organisation_id=CARLISLE, name=f"Carlisle {number}", on=ON)
    return Order(command_id=f"command-{number}", command=command, said=repr(command), actor=officer_for(command, "ann"))


def test_a_stream_is_read_once_and_then_only_its_new_events() -> None:
    log = Counting(*at(CARLISLE, REGISTERED))
    for number in range(5):
        submit(log, rename(number))
    assert 1 == log.read
    log.written += at(CARLISLE, OrganisationRenamed(name="City of Carlisle", on=ON))
    submit(log, rename(5))
    assert 1 + 7 == log.read, "what it kept was stale, so all is read anew"


def test_a_stream_whose_date_was_corrected_among_other_new_events_is_folded_anew() -> None:
    log = MemoryLog(*at(CARLISLE, REGISTERED))
    submit(log, rename(0))
    renamed = OrganisationRenamed(name="City of Carlisle", on=ON)
    log.written += at(CARLISLE, replace(EVENTS["DateCorrected"], version=2, date=When("2004-01-01")), renamed)
    folded_at: list[int] = []

    def noted(module: ModuleType, history: Sequence[Fact]) -> object:
        folded_at.append(len(history))
        return folded(module, history)

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(reading, "folded", noted)
        assert "City of Carlisle" == Reading(log, log.states).state(organisation, CARLISLE).name
    assert [4] == folded_at


def test_a_stream_that_was_read_is_not_read_again_with_others_and_keeps_what_was_decided_since() -> None:
    log = Counting(*at(CARLISLE, REGISTERED), *at(CUMBRIA, replace(REGISTERED, code="cumbria")))
    found = Reading(log)
    assert [REGISTERED] == found.history(CARLISLE)
    renamed = OrganisationRenamed(name="City of Carlisle", on=ON)
    found.follow(at(CARLISLE, renamed))
    found.expect([CARLISLE, CUMBRIA])
    assert [REGISTERED, renamed] == found.history(CARLISLE)
    assert {CARLISLE: 1, CUMBRIA: 1} == found.seen
    read = log.read
    assert 1 == len(found.history(CUMBRIA))
    assert read == log.read


def test_the_state_read_longest_ago_is_dropped_first_and_the_limit_is_kept() -> None:
    states = States()
    for number in range(KEPT + 1):
        states.keep(organisation, f"organisation-{number}", Folded(1, number))
    assert states.known(organisation, "organisation-0") is None
    assert Folded(1, 1) == states.known(organisation, "organisation-1")


def test_a_state_that_one_module_folded_is_not_used_by_another() -> None:
    states = States()
    states.keep(award, OrganisationId("organisation-1"), Folded(1, "an award"))
    assert states.known(programme, OrganisationId("organisation-1")) is None
