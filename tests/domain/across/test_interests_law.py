"""Generated work: whatever an office does, nobody judges a bid in which the person or the employer has an interest.

Controls: without the rule somebody does, and so where mergers or suppliers are not looked at.
"""

import random
from collections import Counter
from collections.abc import Callable
from datetime import date
from itertools import count

import pytest

from domain import desk
from domain.across.duties import HasInterest
from domain.bid import (
    AdviserRecorded,
    ApproveBid,
    AssessBid,
    AssessorRecused,
    BidApproved,
    BidAssessed,
    BidDeclined,
    DeclareInterest,
    DeclineBid,
    InterestDeclared,
    RecordAdviser,
    RecuseAssessor,
    ResubmitBid,
)
from domain.history import Command, Order
from domain.organisation import (
    MergeOrganisations,
    MergerUndone,
    OrganisationRegistered,
    OrganisationsMerged,
    UndoMerger,
)
from domain.partnership import (
    AppointSupplier,
    JoinPartnership,
    LeavePartnership,
    PartnerJoined,
    PartnerLeft,
    SupplierAppointed,
)
from domain.people.person import MovePerson, PersonMoved, PersonRegistered
from domain.values.fact import Fact
from domain.values.ids import OrganisationId, PersonId
from domain.values.refusal import Refused
from domain.values.when import When
from tests.domain.across.test_duties import BEGUN, JUDGES, SUBMIT
from tests.kit.examples import ACE, BID
from tests.kit.length import times
from tests.kit.spec import MemoryLog, at, gbp

FOUNDED = When("2005-05-02")
BODIES = [OrganisationId(f"organisation-{name}") for name in ("north", "south", "east", "west", "county")]
PEOPLE = [PersonId(f"person-{name}") for name in ("ann", "bob", "cay", "dee")]
DAYS = [f"2005-05-{day:02}" for day in range(2, 8)]
SEQUENCES, STEPS = times(150, 4_000), 40
THERE = [
    *BEGUN,
    *(
        one
        for body in BODIES
        for one in at(body, OrganisationRegistered(code=body, name=body, kind="council", on=FOUNDED))
    ),
    *(
        one
        for nth, person in enumerate(PEOPLE)
        for one in at(person, PersonRegistered(code=person, organisation_id=BODIES[nth], on=FOUNDED), *JUDGES)
    ),
]
# The reasons for which somebody must have been refused, so that the law says something.
REACHED = (
    "declared as A friend", "recused from the bid", "works for a partner", "works for an adviser of the bid",
    "works for a supplier of the partnership",
)  # fmt: skip


def command(chance: random.Random) -> Command:
    body, person = chance.choice(BODIES), chance.choice(PEOPLE)
    on, words = When(chance.choice(DAYS)), f"{chance.random()}"
    makers: list[tuple[int, Callable[[], Command]]] = [
        (24, lambda: AssessBid(bid_id=BID, criterion=words, score=5, justification="Clear", on=on)),
        (3, lambda: ApproveBid(bid_id=BID, approved=gbp("900.00"), on=on)),
        (4, lambda: DeclineBid(bid_id=BID, because=words, on=on)),
        (6, lambda: ResubmitBid(bid_id=BID, title="ACE", requested=gbp("900.00"), on=on)),
        (2, lambda: JoinPartnership(partnership_id=ACE, organisation_id=body, role="partner", on=on)),
        (3, lambda: AppointSupplier(
            partnership_id=ACE, organisation_id=body, work=words, brief="Six days", selection="A tender", on=on)),
        (5, lambda: LeavePartnership(partnership_id=ACE, organisation_id=body, on=on)),
        (1, lambda: RecordAdviser(bid_id=BID, organisation_id=body, part="writer", on=on)),
        (3, lambda: MovePerson(person_id=person, organisation_id=body, on=on)),
        (1, lambda: DeclareInterest(bid_id=BID, person_id=person, nature="A friend", on=on)),
        (1, lambda: RecuseAssessor(bid_id=BID, person_id=person, because="A friend", on=on)),
        (4, lambda: MergeOrganisations(organisation_id=body, merged_id=chance.choice(BODIES), because="Law", on=on)),
        (3, lambda: UndoMerger(merged_id=body, because="A mistake", on=on)),
    ]  # fmt: skip
    return chance.choices([make for _, make in makers], weights=[weight for weight, _ in makers])[0]()


def worked(seed: int, refused: Counter[str] | None = None) -> MemoryLog:
    """A log after four people tried steps at random."""
    chance, numbers, log = random.Random(seed), count(), MemoryLog(*THERE)

    def give(actor: str, given: Command) -> None:
        order = Order(command_id=f"{next(numbers)}", command=given, said="", actor=actor)
        try:
            desk.submit(log, order)
        except HasInterest as rule:
            if refused is not None:
                refused[str(rule.why["interest"])] += 1
        except Refused:
            pass

    give("bidder", SUBMIT)
    for _ in range(STEPS):
        given = command(chance)
        judging = isinstance(given, AssessBid | ApproveBid | DeclineBid)
        give(chance.choice(PEOPLE) if judging else "office", given)
    return log


class Known:
    """What is known of interests after some events. It does not use the code of the rule."""

    def __init__(self) -> None:
        self.employers: dict[str, str | None] = {}
        self.partners: set[str] = set()
        self.suppliers: set[str] = set()
        self.advisers: set[str] = set()
        self.concerned: set[str] = set()
        # Each merger with the first day on which the two are one, and the first on which they are two again.
        self.mergers: list[tuple[str, str, date, date]] = []

    def take(self, stream: str, event: Fact) -> None:
        match event:
            case PersonRegistered() | PersonMoved():
                self.employers[stream] = event.organisation_id
            case PartnerJoined():
                self.partners.add(event.organisation_id)
            case SupplierAppointed():
                self.suppliers.add(event.organisation_id)
            case PartnerLeft():
                self.partners.discard(event.organisation_id)
                self.suppliers.discard(event.organisation_id)
            case AdviserRecorded():
                self.advisers.add(event.organisation_id)
            case InterestDeclared() | AssessorRecused():
                self.concerned.add(event.person_id)
            case OrganisationsMerged() if stream == event.merged_id:
                self.mergers.append((event.merged_id, event.organisation_id, day_of(event), date.max))
            case MergerUndone() if stream == event.merged_id:
                last = max(nth for nth, one in enumerate(self.mergers) if one[0] == event.merged_id)
                self.mergers[last] = (*self.mergers[last][:3], day_of(event))

    def has_interest(self, person: str, day: date) -> bool:
        if person in self.concerned:
            return True
        same = {self.employers.get(person)}
        pairs = [{one, other} for one, other, first, until in self.mergers if first <= day < until]
        for _ in pairs:
            for pair in pairs:
                same |= pair if same & pair else set()
        return bool(same & (self.partners | self.suppliers | self.advisers))


def day_of(event: Fact) -> date:
    assert event.on.earliest is not None
    return event.on.earliest


def judged_with_interest(log: MemoryLog) -> list[Fact]:
    """The assessments and decisions of people who had an interest when they took them."""
    known = Known()
    found: list[Fact] = []
    for stream, event in log.written:
        if isinstance(event, BidAssessed | BidApproved | BidDeclined):
            by = event.recorded_by or ""
            if known.has_interest(by, day_of(event)):
                found.append(event)
        known.take(stream, event)
    return found


def test_nobody_with_an_interest_judges_a_bid_after_any_work() -> None:
    refused: Counter[str] = Counter()
    judged = 0
    for seed in range(SEQUENCES):
        log = worked(seed, refused)
        assert [] == judged_with_interest(log), seed
        judged += sum(isinstance(event, BidAssessed | BidApproved | BidDeclined) for _, event in log.written)
    assert [] == [reason for reason in REACHED if refused[reason] < SEQUENCES / 5], refused
    assert judged > SEQUENCES, judged


@pytest.mark.parametrize(
    ("place", "instead"),
    [
        ("domain.across.duties._no_interest", lambda *_: None),
        ("domain.across.duties.one_with", lambda _, organisation_id, __: frozenset({organisation_id})),
        ("domain.partnership.Partnership.is_supplied_by", lambda *_: False),
    ],
    ids=["without the rule", "without mergers", "without suppliers"],
)
def test_without_the_rule_mergers_or_suppliers_somebody_does(
    monkeypatch: pytest.MonkeyPatch, place: str, instead: Callable[..., object]
) -> None:
    """The control: the law can fail."""
    monkeypatch.setattr(place, instead)
    assert any(judged_with_interest(worked(seed)) for seed in range(60))
