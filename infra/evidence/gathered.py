"""What a pack is made of: the stored events, the figures, and what each event adds to them.

Everything is read up to a position of the log, so that it is one state, although the log grows meanwhile.
"""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from domain.award import AwardOffered, FundingCertified, ParticularsStated
from domain.books import first_open, stream_of
from domain.joint.decisions import DocumentAttached
from domain.partnership import PartnershipFormed
from domain.values.ids import ProgrammeId
from domain.values.money import minor_units
from infra.evidence.check import BEGIN, SINGLE
from infra.evidence.question import NotProven, NotThere, Question, Unseen
from infra.seals.entries import SELECT, StoredEvent, stored_event
from projections.money import funding, period_report
from projections.money.explained import PostingLine, postings_in
from projections.money.funding import FIGURES, HELD
from projections.money.periods import PeriodLine, periods_by
from projections.register import reading as register
from projections.tables.paging import Connection

# The most events in a pack. A zip file without extensions has 65,535 files, and each event has two.
MOST = 20_000
MOVED, ADJUSTED, UNDATED = "moved", "adjusted", "undated"
ACCOUNTS = FIGURES | HELD


@dataclass(frozen=True, slots=True)
class Part:
    """What an event adds to a part of a figure (MOVED, ADJUSTED or UNDATED), in major units."""

    part: str
    adds: Decimal
    line: PostingLine


@dataclass(frozen=True, slots=True)
class Figure:
    """A figure in a *currency*, in major units. *amount* is None where nobody stated it.

    *parts* has the sum of each part that an event adds to. *lines* are what each event adds.
    """

    name: str
    currency: str
    amount: Decimal | None
    parts: dict[str, Decimal]
    lines: list[Part]

    @property
    def sum(self) -> Decimal:
        """The sum of its lines."""
        return sum((one.adds for one in self.lines), Decimal(0))

    @property
    def key(self) -> str:
        """What the figure is called in the statement."""
        return f"{self.currency}-{self.name}"


@dataclass(frozen=True, slots=True)
class Stream:
    """A stream in the pack: all of its events up to the last one that counts, and the next one if there is one."""

    name: str
    counted: list[StoredEvent]
    following: StoredEvent | None


@dataclass(frozen=True, slots=True)
class Gathered:
    """What a pack is made of. *single* are events without the others of their streams, *periods* the closed ones."""

    question: Question
    figures: list[Figure]
    streams: list[Stream]
    single: list[StoredEvent]
    periods: list[PeriodLine] = field(default_factory=list)

    @property
    def events(self) -> list[StoredEvent]:
        """All events of the pack, in the order of the log."""
        of_streams = [event for one in self.streams for event in (*one.counted, one.following) if event is not None]
        return sorted((*of_streams, *self.single), key=lambda event: event.position)

    def bodies(self, name: str) -> list[tuple[StoredEvent, dict[str, Any]]]:
        """The events called *name* that count, with their bodies."""
        counted = [event for event in self.events if event.name == name and event.position <= self.question.position]
        return [(event, body_of(event)) for event in counted]


def body_of(event: StoredEvent) -> dict[str, Any]:
    """The stored body of *event*, read."""
    found: dict[str, Any] = json.loads(event.body)
    return found


async def gather(connection: Connection, question: Question, most: int = MOST) -> Gathered:
    """What proves the answer to *question*, with at most *most* events. Raises NotThere, NotProven and Unseen."""
    postings = await postings_in(connection, question.column, question.id, known=question.position)
    if question.is_period:
        periods = await periods_by(connection, "programme_id", [question.id], known=question.position)
        figures = await _moved(connection, question, postings, periods)
    else:
        periods, figures = [], await _ladder(connection, question, postings)
    streams = await _streams(connection, question, {one.stream for one in postings})
    single = await _single(connection, question, [event for one in streams for event in one.counted])
    found = Gathered(question, figures, streams, single, periods)
    if len(found.events) > most:
        raise NotProven(f"The pack would have {len(found.events):,} events. It may have {most:,}. Ask for less.")
    return found


# --- Figures ----------------------------------------------------------------------------------------------------------


async def _ladder(connection: Connection, question: Question, postings: Sequence[PostingLine]) -> list[Figure]:
    """The ladder as the read models have it, in each currency, and what adds up to it."""
    column, ids, clocks = question.column, [question.id], {"as_at": question.ends, "known": question.position}
    lines = await funding.funding_by(connection, column, ids, **clocks)  # type: ignore[arg-type]
    if not lines:
        raise Unseen(f"You may not read the figures of {question.code}, or there are none.")
    lines += await funding.funding_beside(connection, column, ids, **clocks)  # type: ignore[arg-type]
    found = []
    for line in lines:
        for name in question.figures:
            its = (line.figures | line.beside)[name]
            parts = [
                (UNDATED if not one.dated else MOVED, one) for one in postings
                if one.currency == line.currency and one.counts_from <= question.ends
            ]  # fmt: skip
            found.append(_figure(name, line.currency, its.amount if its.stated else None, parts))
    return found


async def _moved(
    connection: Connection, question: Question, postings: Sequence[PostingLine], periods: Sequence[PeriodLine]
) -> list[Figure]:
    """The books of a period as the read models have them, and what adds up to them."""
    programme = next(iter(await register.programmes_by(connection, "id", [question.id])), None)
    if programme is None:
        raise NotThere(f"There is no programme {question.code}.")
    report = await period_report.report(
        connection, question.id, programme.currency,
        starts=question.starts, ends=question.ends, known=question.position,
    )  # fmt: skip
    parts = [
        (part, one) for one in postings if one.currency == programme.currency
        and (part := _part_in(question, one, periods)) is not None
    ]  # fmt: skip
    return [_figure(one.figure, programme.currency, one.total, parts) for one in report.figures]


def _part_in(question: Question, one: PostingLine, periods: Sequence[PeriodLine]) -> str | None:
    """The part of the books in which a posting counts; None if it counts in other days."""
    if not one.dated:
        return UNDATED
    booked = first_open(one.counts_from, [(of.starts, of.ends) for of in periods if of.position < one.position])
    if not question.starts <= booked <= question.ends:
        return None
    return MOVED if booked == one.counts_from else ADJUSTED


def _figure(name: str, currency: str, amount: Decimal | None, postings: Iterable[tuple[str, PostingLine]]) -> Figure:
    signs = {account.value: sign for account, sign in ACCOUNTS[name].items()}
    lines: dict[tuple[int, str], Part] = {}
    parts: dict[str, Decimal] = {}
    for part, one in postings:
        if one.account in signs:
            adds = Decimal(signs[one.account] * one.amount).scaleb(-minor_units(currency))
            before = lines.get((one.position, part))
            lines[one.position, part] = Part(part, before.adds + adds if before else adds, one)
            parts[part] = parts.get(part, Decimal(0)) + adds
    return Figure(name, currency, amount, parts, list(lines.values()))


# --- Events -----------------------------------------------------------------------------------------------------------

# The events as the caller may read them.
_EVENTS = SELECT.replace("log.events", "events e")
# The events of whole streams up to a position, and the next one of each.
_OF_STREAMS = f"""
    {_EVENTS} WHERE e.originator_id = ANY (%(streams)s) AND e.originator_version <= 1 + (
           SELECT count(*) FROM events w WHERE w.originator_id = e.originator_id AND w.notification_id <= %(through)s)
     ORDER BY e.notification_id"""  # noqa: S608 - made of our own names
_BID_OF = "SELECT bid_id FROM ledger_places WHERE thing = %s AND bid_id IS NOT NULL"
# The last time that a register names the bid of an award: the ladder has that bid under every clock.
_LINKED = "SELECT max(notification_id) FROM events WHERE originator_id = %s AND topic = %s"
_CALLED = f"{_EVENTS} WHERE e.originator_id = ANY (%s) AND e.topic = %s ORDER BY e.notification_id"


async def _streams(connection: Connection, question: Question, streams: set[str]) -> list[Stream]:
    """The streams that the figures come from, whole up to the position of the question."""
    through = question.position
    if question.of == "award":
        bids = await (await connection.execute(_BID_OF, (question.id,))).fetchall()
        streams |= {question.id, *(str(bid) for (bid,) in bids)}
        linked = await (await connection.execute(_LINKED, (question.id, ParticularsStated.__name__))).fetchone()
        through = max(through, int(linked[0] or 0) if linked else 0)
    elif question.of in ("programme", "scheme"):
        streams |= {await _programme_of(connection, question), *_books(question)}
    found: dict[str, list[StoredEvent]] = {}
    while wanted := sorted(streams - found.keys()):
        found |= {name: [] for name in wanted}
        for event in await _stored(connection, _OF_STREAMS, {"streams": wanted, "through": through}):
            found[event.stream].append(event)
        # A place that has the award and the award that funds it counts the money once.
        if question.of != "award":
            streams |= _funding(event for stream in wanted for event in found[stream])
    # A programme may have closed no books yet. Every other stream has begun.
    begun = {name: events for name, events in found.items() if events or name not in _books(question)}
    return [_stream(name, events, question.position) for name, events in sorted(begun.items())]


def _stream(name: str, events: Sequence[StoredEvent], position: int) -> Stream:
    if not events or [event.version for event in events] != list(range(1, len(events) + 1)):
        raise Unseen(f"You may not read every event of {name}, from which the figures come.")
    counted = [event for event in events if event.position <= position]
    later = events[len(counted) :]
    # Events after the clock are in the pack only if one of them says which bid the award is of.
    return Stream(name, [*counted, *later[:-1]], later[-1] if later else None)


def _funding(events: Iterable[StoredEvent]) -> set[str]:
    """The awards that fund the awards of *events*."""
    offered = [body_of(event) for event in events if event.name == AwardOffered.__name__]
    return {body["funded_from"] for body in offered if body.get("funded_from")}


async def _programme_of(connection: Connection, question: Question) -> str:
    if question.of == "programme":
        return question.id
    return (await register.schemes_by(connection, "id", [question.id]))[0].programme_id


def _books(question: Question) -> list[str]:
    return [stream_of(ProgrammeId(question.id))] if question.is_period else []


# The events that name the partnership in which a bid or an award counts.
_PLACING = {*BEGIN, "BidReassigned", "AwardReassigned"}


async def _single(connection: Connection, question: Question, events: Sequence[StoredEvent]) -> list[StoredEvent]:
    """How each partnership was formed, and the documents that were attached to the awards and bids of the pack."""
    places = {body_of(event)["partnership_id"] for event in events if event.name in _PLACING}
    if question.of == "partnership":
        places.add(question.id)
    of = {event.stream for event in events}
    formed = await _stored(connection, _CALLED, (sorted(places), PartnershipFormed.__name__))
    attached = await _stored(connection, _CALLED, (sorted(places), DocumentAttached.__name__))
    found = [
        *(event for event in formed if event.stream not in of),
        *(event for event in attached if of & {body_of(event).get("award_id"), body_of(event).get("bid_id")}),
    ]
    assert {event.name for event in found} <= {*SINGLE}  # noqa: S101 - check.py lets only these come alone
    return [event for event in found if event.position <= question.position]


def certificates(gathered: Gathered) -> list[tuple[StoredEvent, dict[str, Any]]]:
    """The certificates of the awards in the pack."""
    return gathered.bodies(FundingCertified.__name__)


def documents(gathered: Gathered) -> list[tuple[StoredEvent, dict[str, Any]]]:
    """The documents that are attached to awards and bids in the pack."""
    return gathered.bodies(DocumentAttached.__name__)


async def _stored(connection: Connection, statement: str, given: Any) -> list[StoredEvent]:
    cursor = await connection.execute(statement.encode(), given)
    rows = await cursor.fetchall()
    return [stored_event(row) for row in rows]
