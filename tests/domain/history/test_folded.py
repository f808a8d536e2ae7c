"""What is kept of streams makes a decision sooner, and never another one."""

import random
from collections.abc import Iterator, Sequence

import pytest

from domain import award, desk, organisation, programme
from domain.award import AcceptOffer, ApprovePayment, OfferAward, ReleasePayment, RequestPayment, SetCondition
from domain.desk import submit
from domain.folded import KEPT, Folded, States
from domain.history import Answer, Command, Decision, Log, Order
from domain.organisation import OrganisationRegistered, OrganisationRenamed, RegisterOrganisation, RenameOrganisation
from domain.partnership import JoinPartnership
from domain.reading import Reading
from domain.values.fact import Fact
from domain.values.ids import OrganisationId
from domain.values.refusal import Refused
from domain.values.when import UNKNOWN, When
from tests.domain.history.test_desk import READY_TO_OFFER
from tests.kit.examples import ACE, AWARD, BID, CARLISLE, CUMBRIA
from tests.kit.length import times
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
    """Commands of several people, some handed in twice, and some under an id that was used for something else."""
    before: list[Order] = []
    for number in range(COMMANDS):
        command, again = any_command(chance), chance.random()
        if before and again < 0.15:
            yield chance.choice(before)
            continue
        command_id = chance.choice(before).command_id if before and again < 0.2 else f"command-{number}"
        actor = chance.choice(["ann", "bob", "cay"])
        before.append(Order(command_id=command_id, command=command, said=repr(command), actor=actor))
        yield before[-1]


def told(log: Log, order: Order) -> Answer | tuple[type, str]:
    try:
        return submit(log, order)
    except Refused as refused:
        return type(refused), str(refused)


def both(seed: int) -> tuple[MemoryLog, MemoryLog]:
    """The same orders by several desks that keep what they folded, and by one that keeps nothing; equal each time."""
    keeping, forgetful = MemoryLog(*READY_TO_OFFER), MemoryLog(*READY_TO_OFFER)
    forgetful.states = States(kept=0)
    kept = [States(kept=3) for _ in range(DESKS)]
    chance = random.Random(seed)
    for order in orders(chance):
        keeping.states = chance.choice(kept)
        assert told(forgetful, order) == told(keeping, order)
    return keeping, forgetful


def test_several_desks_that_keep_what_they_folded_answer_as_one_that_keeps_nothing() -> None:
    recorded = set()
    for seed in range(RUNS):
        keeping, forgetful = both(seed)
        assert forgetful.written == keeping.written
        recorded |= {type(event).__name__ for _, event in keeping.written}
    assert {"PaymentReleased", "ConditionSet", "OrganisationRenamed", "PartnerJoined"} <= recorded


def refuse_on_old_knowledge(log: Log, order: Order) -> list[Answer]:
    reading = Reading(log, log.states, trusting=True)
    decisions, refusals = desk._decide_all(reading, [order], {})
    if refusals:
        raise refusals[0]
    return desk._record(log, reading, decisions)


def all_alike(runs: int) -> None:
    for seed in range(runs):
        keeping, forgetful = both(seed)
        assert forgetful.written == keeping.written


def test_control_a_desk_that_refuses_on_what_it_kept_is_found_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(desk, "_from_cache", refuse_on_old_knowledge)
    with pytest.raises(AssertionError):
        all_alike(RUNS)


# --- What is kept -----------------------------------------------------------------------------------------------------

REGISTERED = OrganisationRegistered(code="carlisle", name="Carlisle City Council", kind="council", on=UNKNOWN)


class Counting(MemoryLog):
    """A log that counts the events that are read of it to decide."""

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
    return Order(command_id=f"command-{number}", command=command, said=repr(command), actor="ann")


def test_a_stream_is_read_once_and_then_no_more_than_what_others_have_added() -> None:
    log = Counting(*at(CARLISLE, REGISTERED))
    for number in range(5):
        submit(log, rename(number))
    assert 1 == log.read
    log.written += at(CARLISLE, OrganisationRenamed(name="City of Carlisle", on=ON))
    submit(log, rename(5))
    assert 1 + 7 == log.read, "what it kept was stale, so all is read anew"


def test_what_was_kept_longest_without_being_read_goes_first_and_never_more_than_so_many_are_kept() -> None:
    states = States()
    for number in range(KEPT + 1):
        states.keep(organisation, f"organisation-{number}", Folded(1, number))
    assert states.known(organisation, "organisation-0") is None
    assert Folded(1, 1) == states.known(organisation, "organisation-1")


def test_what_one_module_folded_is_nothing_to_another() -> None:
    states = States()
    states.keep(award, OrganisationId("organisation-1"), Folded(1, "an award"))
    assert states.known(programme, OrganisationId("organisation-1")) is None
