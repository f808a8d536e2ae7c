"""The law of both clocks: what is shown as at a day and as known at a position follows from the events up to both.

The model reads the log alone. It takes the events recorded by the position that count by the day, and times them by the
rules of ``projections.delays.clock``. It never sees any other event.
"""

import random
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import date, timedelta
from itertools import product
from typing import Any
from uuid import uuid4

import psycopg
import pytest

from domain import award, bid, partnership, programme
from domain.history import Command, Decision, Order, Recorded, Written
from domain.values.fact import DateCorrected, Fact, Lane, Record, corrected
from domain.values.frozen import replace
from domain.values.ids import AwardId, BidId, PartnershipId, ProgrammeId, SchemeId
from domain.values.refusal import Refused
from domain.values.waiting import WHOLES, Calendar, Days, Span
from domain.values.when import When
from infra.database.pool import query
from infra.database.postgres import PROJECTOR, Database
from infra.feeding import projector
from infra.feeding.projector import project_all
from infra.log.postgres_log import read_log
from projections.delays import clock
from projections.delays.clock import Standard, Step, Timed
from projections.delays.stages import step_of
from projections.delays.waiting_now import timed_of
from projections.tables.effect import counts_from
from projections.tables.paging import Connection
from tests.kit.money import Desk, desk, gbp

BIDS = 10
BID_IDS = [f"bid-{number}" for number in range(BIDS)]
STEPS = 400
SPREAD = 400
BEGINS = date(2004, 1, 1)
ENDS = BEGINS + timedelta(days=SPREAD)


def some_command(chance: random.Random, number: int, at: Desk, ids: tuple[ProgrammeId, SchemeId]) -> Command:
    """Any command for one of the bids on any day, or a service standard."""
    bid_id = BidId(f"bid-{number}")
    on = When(some_day(chance)[: chance.choice([10, 10, 10, 7])])
    asked = chance.randrange(1, 3)
    commands: list[Command] = [
        bid.SubmitBid(
            bid_id=bid_id, partnership_id=PartnershipId(at.find("partnership", "dip")), reference=f"B-{number}",
            title="x", requested=gbp("100.00"), on=on,
        ),
        bid.AcknowledgeBid(bid_id=bid_id, on=on),
        *[bid.RequestClarification(bid_id=bid_id, number=asked, question="Who?", on=on)] * 3,
        *[bid.ReceiveClarification(bid_id=bid_id, number=asked, on=on)] * 3,
        bid.CheckEligibility(bid_id=bid_id, eligible=True, on=on),
        bid.AssessBid(bid_id=bid_id, criterion="c", score=chance.randrange(11), justification="so", on=on),
        bid.ApproveBid(bid_id=bid_id, approved=gbp("100.00"), on=on),
        *[bid.DeclineBid(bid_id=bid_id, because="no", on=on)] * 2,
        bid.WithdrawBid(bid_id=bid_id, on=on),
        bid.NotifyDecision(bid_id=bid_id, on=on),
        *[bid.ResubmitBid(bid_id=bid_id, title="y", requested=gbp("90.00"), on=on)] * 3,
        programme.SetServiceStandard(
            programme_id=ids[0], scheme_id=chance.choice([None, ids[1]]), span=chance.choice(list(Span)),
            limit=chance.randrange(1, 90), days=chance.choice(list(Days)), on=on,
        ),
    ]  # fmt: skip
    return chance.choice(commands)


def other_command(chance: random.Random, ids: tuple[ProgrammeId, SchemeId]) -> Command:
    """Any command on any day for an award, or a calendar of the programme."""
    number = chance.choice([0, 1, chance.randrange(BIDS)])
    award_id = AwardId(f"award-{number}")
    on = When(some_day(chance)[: chance.choice([10, 10, 7])])
    commands: list[Command] = [
        award.OfferAward(
            award_id=award_id, bid_id=BidId(f"bid-{number}"), reference=f"A-{number}", amount=gbp("90.00"), on=on
        ),
        award.AcceptOffer(award_id=award_id, on=on),
        *[award.ReversePayment(award_id=award_id, number=chance.randrange(1, 3), because="Twice", on=on)] * 3,
        *[award.TerminateAward(award_id=award_id, because="Over", on=on)] * 2,
        *[award.ReopenAward(award_id=award_id, because="Not over", on=on)] * 2,
        programme.ChooseCalendar(programme_id=ids[0], calendar=chance.choice(list(Calendar)), on=on),
    ]
    return chance.choice(commands)


KINDS = ("improvement", "pilot", "other")
# Each of these kinds of event happens at least this often in a history, or the test fails: it would show too little.
REACH = {
    "ClarificationRequested": 2, "ClarificationReceived": 1, "BidResubmitted": 1, "BidWithdrawn": 1, "BidApproved": 2,
    "BidDeclined": 1, "PaymentReleased": 3, "PaymentReversed": 2, "AwardTerminated": 1, "AwardReopened": 1,
    "CalendarChosen": 1, "ServiceStandardSet": 3, "PartnershipReclassified": 1, "BidReassigned": 1, "DateCorrected": 9,
    "ServiceStandardSet corrected": 1, "CalendarChosen corrected": 1,
}  # fmt: skip


def move(chance: random.Random, at: Desk) -> None:
    """Another kind of partnership, or another partnership of a bid, as a register states it on any day."""
    dip, lrip = PartnershipId(at.find("partnership", "dip")), PartnershipId(at.find("partnership", "lrip"))
    on = When(some_day(chance))
    bid_id = BidId(f"bid-{chance.randrange(BIDS)}")
    facts: list[tuple[str, Fact]] = [
        (dip, partnership.PartnershipReclassified(partnership_id=dip, kind=chance.choice(KINDS), summary="s", on=on)),
        (bid_id, bid.BidReassigned(partnership_id=chance.choice([dip, lrip]), before=dip, on=on)),
    ]
    append(at, *chance.choice(facts))


PROMISES = (programme.ServiceStandardSet, programme.CalendarChosen)


def correct(chance: random.Random, at: Desk) -> None:
    """Another date of any step of a bid or an award, or of a standard or calendar, earlier or later.

    No rule is asked whether it would let it pass.
    """
    stream = chance.choice([*BID_IDS, "award-0", "award-1", *[at.find("programme", "cbp")] * 3])
    history = enumerate(corrected(at.log.history(stream)))
    steps = [(place, one) for place, one in history if step_of(one) is not None or isinstance(one, PROMISES)]
    if steps:
        place, step = chance.choice(steps)
        on = When(some_day(chance)[: chance.choice([10, 10, 7])])
        fact = DateCorrected(
            partnership_id=PartnershipId(at.find("partnership", "dip")), lane=Lane.BID, version=place + 1,
            step=type(step).__name__, name="step", was=step.on, date=on, because="Mistyped", on=When(some_day(chance)),
        )  # fmt: skip
        append(at, stream, fact)


def append(at: Desk, stream: str, fact: Fact) -> None:
    """Record *fact* as it is, if anything is recorded of *stream*."""
    version = len(at.log.history(stream))
    if version:
        order = Order(command_id=uuid4().hex, command=Record(stream=stream, fact=fact), said="", actor="a register")
        at.log.append([Decision(order=order, written=(Written(stream, fact),), seen={stream: version})])


def some_day(chance: random.Random) -> str:
    return (BEGINS + timedelta(days=chance.randrange(SPREAD))).isoformat()


def happen(chance: random.Random, at: Desk) -> None:
    """Hand in many commands, the dates of which are in no order; some are refused."""
    ids = (ProgrammeId(at.find("programme", "cbp")), SchemeId(at.find("scheme", "cbp-improvement-partnerships")))
    for number in range(2):
        award_id = at.accepted_award(f"{number}", "100.00")
        for nth in range(1, 3):
            day = date(2004, 7, 1) + timedelta(days=chance.randrange(SPREAD // 2))
            at.pay(award_id, nth, "10.00", day.isoformat())
        at.do(award.TerminateAward(award_id=award_id, because="Over", on=When("2005-01-20")))
        at.do(award.ReopenAward(award_id=award_id, because="Not over", on=When("2005-01-25")))
    for number in range(2, BIDS):
        submitted, asked, answered = sorted(some_day(chance) for _ in range(3))
        bid_id = at.submitted_bid(f"{number}", submitted)
        at.do(bid.RequestClarification(bid_id=bid_id, number=3, question="Who?", on=When(asked)))
        at.do(bid.ReceiveClarification(bid_id=bid_id, number=3, on=When(answered)))
    for _ in range(STEPS):
        with suppress(Refused):
            roll = chance.random()
            if roll < 0.2:
                day = date(2004, 7, 1) + timedelta(days=chance.randrange(SPREAD // 2))
                at.pay(AwardId(f"award-{chance.randrange(2)}"), chance.randrange(1, 5), "10.00", day.isoformat())
            elif roll < 0.25:
                move(chance, at)
            elif roll < 0.33:
                correct(chance, at)
            elif roll < 0.5:
                at.do(other_command(chance, ids))
            else:
                at.do(some_command(chance, chance.randrange(2, BIDS), at, ids))


# --- The model --------------------------------------------------------------------------------------------------------


# The kind with which each partnership was formed, and its scheme.
Places = dict[str, tuple[str, str]]


@dataclass(slots=True)
class Model:
    """What the events seen so far say."""

    partnerships: Places
    places: dict[str, str] = field(default_factory=dict)
    steps: dict[str, list[Step]] = field(default_factory=dict)
    standards: list[Standard] = field(default_factory=list)
    calendar: Calendar = Calendar.ENGLAND_AND_WALES
    bid_of: dict[str, str] = field(default_factory=dict)

    def see(self, stream: str, event: Fact) -> None:
        match event:
            case programme.ServiceStandardSet():
                since = counts_from(event.on)
                self.standards.append(Standard(event.scheme_id, event.span, event.limit, event.days, since))
            case programme.CalendarChosen():
                self.calendar = event.calendar
            case partnership.PartnershipReclassified(kind=str() as kind):
                self.partnerships = self.partnerships | {stream: (kind, self.partnerships[stream][1])}
            case bid.BidSubmitted() | bid.BidResubmitted() | bid.BidReassigned():
                self.places[stream] = event.partnership_id
            case award.AwardOffered():
                self.bid_of[stream] = event.bid_id
        step = step_of(event)
        if step is not None:
            self.steps.setdefault(self.bid_of.get(stream, stream), []).append(step)

    def timed(self) -> Iterator[tuple[str, Timed, date | None, date | None]]:
        """Each span of each bid, with its deadline and the first day past it."""
        for bid_id, steps in sorted(self.steps.items()):
            if bid_id not in self.places:
                continue
            _, scheme_id = self.partnerships[self.places[bid_id]]
            for one in clock.timed(steps):
                standard = clock.standard_for(one, scheme_id, self.standards)
                due = clock.deadline(one, standard, self.calendar) if standard else None
                yield bid_id, one, due, clock.breach_day(one, due)

    def spans(self) -> list[tuple[Any, ...]]:
        timed = list(self.timed())
        rows = []
        for bid_id, one, due, breach in timed:
            of_attempt = [
                day for other, span, _, day in timed if day and (other, span.attempt) == (bid_id, one.attempt)
            ]
            first = min(of_attempt, default=None) if one.span in WHOLES else None
            place = self.places[bid_id]
            pauses = [[pause.start.text, pause.end.text if pause.end else None] for pause in one.pauses]
            rows.append(
                (
                    bid_id, one.attempt, one.nth, one.span.value, one.owner.value, one.outcome, one.started.text,
                    one.ended.text if one.ended else None, pauses, due, breach, first, self.calendar.value, place,
                    self.partnerships[place][0],
                )
            )  # fmt: skip
        return rows


def model_of(events: Iterable[Recorded], day: date, partnerships: Places) -> Model:
    """The model that has seen the *events* that count by *day*, on the right dates of their steps."""
    model = Model(partnerships)
    events = list(events)
    right = {(one.stream, one.event.version): one.event.date for one in events if isinstance(one.event, DateCorrected)}
    for recorded in events:
        on = right.get((recorded.stream, recorded.version), recorded.event.on)
        if isinstance(recorded.event, award.AwardOffered):
            # Which bid an award is of is no fact in time: the offer is a step of the bid on the same day.
            model.bid_of[recorded.stream] = recorded.event.bid_id
        if counts_from(on) <= day:
            model.see(recorded.stream, replace(recorded.event, on=on))
    return model


def stored(
    connection: psycopg.Connection[tuple[object, ...]], day: date, known: int, bid_ids: Sequence[str]
) -> list[tuple[object, ...]]:
    return connection.execute(
        "SELECT bid_id, attempt, nth, span, owner, outcome, started, ended, pauses, deadline, breach_day,"
        " any_breach_day, calendar, partnership_id, kind FROM read.spans"
        " WHERE position <= %(known)s AND superseded > %(known)s AND %(day)s BETWEEN seen_from AND seen_to"
        " AND bid_id = ANY (%(ids)s) ORDER BY bid_id, attempt, nth",
        {"known": known, "day": day, "ids": list(bid_ids)},
    ).fetchall()


# --- The law ----------------------------------------------------------------------------------------------------------


@pytest.fixture
def at(programme: Database) -> Iterator[Desk]:
    with desk(programme) as found:
        yield found


def page_size(monkeypatch: pytest.MonkeyPatch, size: int) -> None:
    """Let a page of the log have *size* events."""
    monkeypatch.setattr(projector, "PAGE", size)
    monkeypatch.setattr(projector, "LONG_PAGE", size)
    monkeypatch.setattr(projector, "pages", projector.Pages())


Known = tuple[int, list[Recorded], Places]


def history(programme: Database, at: Desk, seed: int) -> Known:
    """A history in the log and in the read models: where it begins, its events, and the partnerships before it."""
    begun = at.log.position()
    happen(random.Random(seed), at)
    project_all(programme)
    with programme.connect(PROJECTOR) as connection:
        events = list(read_log(connection, begun, at.log.position() - begun))
        rows = connection.execute("SELECT id, first_kind, scheme_id FROM read.timing_places WHERE sort = 'partnership'")
        partnerships = {one: (kind, scheme_id) for one, kind, scheme_id in rows.fetchall()}
    happened = Counter(type(one.event).__name__ for one in events)
    happened += Counter(f"{one.event.step} corrected" for one in events if isinstance(one.event, DateCorrected))
    assert {name: happened[name] for name in REACH if happened[name] < REACH[name]} == {}
    return begun, events, partnerships


def days_of(events: Iterable[Recorded], every: int) -> list[date]:
    """The days on which something changes and the days before them, each *every*-th."""
    changing = {counts_from(one.event.on) for one in events}
    changing |= {counts_from(one.event.date) for one in events if isinstance(one.event, DateCorrected)}
    return [*sorted(changing | {day - timedelta(days=1) for day in changing})[::every], ENDS + timedelta(days=365)]


@pytest.mark.parametrize(("seed", "size"), [(0, 500), (4, 3), (2, 1)], ids=["in one page", "in threes", "singly"])
def test_spans_as_at_a_day_and_as_known_then_follow_from_the_events_up_to_both(
    programme: Database, at: Desk, monkeypatch: pytest.MonkeyPatch, seed: int, size: int
) -> None:
    """The result is the same wherever a page of the log ends."""
    page_size(monkeypatch, size)
    begun, events, partnerships = history(programme, at, seed)
    with programme.connect(PROJECTOR) as connection:
        for nth in [*range(0, len(events), 9), len(events)]:
            for day in days_of(events, 9):
                expected = model_of(events[:nth], day, partnerships).spans()
                assert stored(connection, day, begun + nth, BID_IDS) == expected, (day, begun + nth)


def test_the_clocks_of_a_list_are_made_of_what_was_known_then(programme: Database, at: Desk) -> None:
    """At the day on which the bids ended, the stages are those of the model that knows no later event."""
    begun, events, partnerships = history(programme, at, 0)
    half, day = begun + len(events) // 2, days_of(events, 1)[-1]

    async def found(connection: Connection, known: int | None) -> dict[str, list[Any]]:
        spans, _ = await timed_of(connection, BID_IDS, as_at=day, known=known)
        return {one: [(line.attempt, line.span, line.started) for line in lines] for one, lines in spans.items()}

    then = query(programme, lambda connection: found(connection, half))
    of_model: dict[str, list[Any]] = {one: [] for one in BID_IDS}
    for bid_id, attempt, _, span, _, _, started, *_ in model_of(events[: half - begun], day, partnerships).spans():
        of_model[str(bid_id)].append((attempt, span, started))
    assert of_model == then
    assert then != query(programme, lambda connection: found(connection, None))


@pytest.mark.parametrize("later", ["the day", "the position"])
def test_a_model_that_sees_a_later_event_disagrees(programme: Database, at: Desk, later: str) -> None:
    """The control of the law."""
    begun, events, partnerships = history(programme, at, 0)
    differ = 0
    with programme.connect(PROJECTOR) as connection:
        for nth, day in product(range(0, len(events), 15), days_of(events, 15)):
            seen = events if later == "the position" else events[:nth]
            until = day + timedelta(days=30) if later == "the day" else day
            differ += stored(connection, day, begun + nth, BID_IDS) != model_of(seen, until, partnerships).spans()
    assert differ > 10
