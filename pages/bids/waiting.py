"""The bids that wait: which ones an address asks for, and each with its clock, its place and its case officer."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from domain.values.waiting import Owner, Span
from domain.values.when import DayRange
from pages.frame.clocks import Clocks
from pages.frame.page import BadAddress
from projections import bids as bids_of
from projections.bids import BidLine
from projections.delays import summary
from projections.delays.standing import Standing
from projections.delays.summary import SORTS, Filter
from projections.delays.waiting_now import Clock, StageNow, clock_of, timed_of
from projections.parts.reading import officers_among, parts_by
from projections.register import reading as register
from projections.register.reading import PartnershipLine
from projections.tables.paging import Connection, Listing, Window

# What an address can ask for, and until when a bid is said to wait.
CODES = ("programme", "scheme", "funder")
PARAMETERS = ("late", "waiting", "due", "with", "officer", "until", *CODES)
UNTIL = {"decision": Span.TO_DECISION, "payment": Span.TO_MONEY}


@dataclass(frozen=True, slots=True)
class Waiting:
    """A bid that waits, with the stage that runs. *officer* is who has the case; None if nobody has."""

    line: BidLine
    place: PartnershipLine
    clock: Clock
    running: StageNow
    officer: str | None

    @property
    def span(self) -> Span:
        """The stage that runs."""
        return Span(self.running.line.span)

    @property
    def owner(self) -> str:
        """Whose turn it is: funder or bidder."""
        return self.running.line.owner

    @property
    def asked(self) -> bool:
        """Whether the clock is stopped, because a question to the bidder is open."""
        return self.owner == Owner.BIDDER.value and self.asked_on is not None

    @property
    def asked_on(self) -> str | None:
        """The date of the question that is open, as a text of When; None if none is."""
        return next((start or "unknown" for start, end in self.running.line.pauses if end is None), None)

    @property
    def days(self) -> DayRange | None:
        """The working days of the stage so far; None where they are unknown."""
        return self.running.measured.working if self.running.measured is not None else None

    @property
    def paused(self) -> DayRange | None:
        """The calendar days of its stage in which the clock was stopped; None where there are none."""
        measured = self.running.measured
        return measured.paused if measured is not None and measured.paused.max else None

    @property
    def deadline(self) -> date | None:
        """The next day on which a standard ends."""
        return self.clock.next_deadline

    @property
    def left(self) -> int | None:
        """The calendar days to the deadline, negative once it is past."""
        return (self.deadline - self.clock.as_at).days if self.deadline is not None else None

    @property
    def standing(self) -> str:
        """Its worst standing; "stopped" while the clock is, unless it is late; "none" without a standard."""
        standing = self.clock.standing
        if self.asked and standing is not Standing.BREACHED:
            return "stopped"
        return standing.value if standing is not None else "none"

    @property
    def late(self) -> bool:
        """Whether it is past a standard."""
        return self.clock.standing is Standing.BREACHED

    @property
    def case(self) -> str:
        """Who has the case, in words."""
        return f"Case officer: {self.officer}" if self.officer else "No case officer"

    @property
    def standards(self) -> list[tuple[Span, int, str]]:
        """The standards that run: the stage or way, the limit, and the kind of days."""
        running = [self.running, *(one for one in self.clock.wholes.values() if one.runs)]
        return [(Span(one.line.span), one.line.limit, one.line.days or "") for one in running if one.line.limit]


async def wanted(connection: Connection, asked: Mapping[str, str]) -> tuple[Filter, Span]:
    """Which bids an address asks for, and the way that they have not reached the end of. Raises BadAddress."""
    until = asked.get("until", "").strip() or "decision"
    if until not in UNTIL:
        raise BadAddress(f'"{until[:40]}" is nothing to wait for. Write until as one of: {", ".join(UNTIL)}.')
    if asked.get("late", "yes") != "yes":
        raise BadAddress("Write late as yes, or leave it out.")
    turn = asked.get("with", "").strip() or None
    if turn is not None and turn not in {owner.value for owner in Owner}:
        raise BadAddress(f'"{turn[:40]}" has no turn. Write with as one of: {", ".join(one.value for one in Owner)}.')
    officer = asked.get("officer", "").strip() or None
    if officer is not None and not await officers_among(connection, [officer]):
        raise BadAddress(f'No bid was ever assigned to "{officer[:80]}".')
    found = Filter(
        **await places(connection, asked),
        open_only=True,
        breached_only="late" in asked,
        waiting_over=_days(asked, "waiting"),
        due_within=_days(asked, "due"),
        turn=turn,
        officer=officer,
    )
    return found, UNTIL[until]


async def places(connection: Connection, asked: Mapping[str, str]) -> dict[str, Any]:
    """The codes by which an address narrows bids down. Raises BadAddress for one that names nothing."""
    given = {name: asked[name].strip() for name in CODES if asked.get(name, "").strip()}
    unknown = await summary.unknown_places(connection, given)
    if unknown:
        name = unknown[0]
        raise BadAddress(f'There is no {SORTS[name]} "{given[name][:80]}".')
    return given


def _days(asked: Mapping[str, str], name: str) -> int | None:
    text = asked.get(name, "").strip()
    if not text:
        return None
    if not (text.isascii() and text.isdigit() and len(text) < 6):
        raise BadAddress(f'"{text[:40]}" is not a number of days. Write {name} as a whole number: 60.')
    return int(text)


async def waiting_bids(connection: Connection, clocks: Clocks, listing: Listing, most: int) -> list[Waiting]:
    """The first bids of *listing*, at most so many, that wait as at the day. The next deadline comes first."""
    submissions = (await summary.delays_page(connection, listing, Window(size=most))).lines
    ids = list(dict.fromkeys(one.bid_id for one in submissions))
    lines = {one.id: one for one in await bids_of.bids_by(connection, "id", ids)}
    of_partnerships = list({one.partnership_id for one in submissions})
    partnerships = {one.id: one for one in await register.partnerships_by(connection, "id", of_partnerships)}
    spans, steps = await timed_of(connection, ids, as_at=clocks.as_at, known=clocks.then)
    cases = await parts_by(connection, "stream", ids, kind="caseofficer", as_at=clocks.as_at, known=clocks.then)
    officers = {one.stream: one.facts.get("officer") for one in cases}
    found = []
    for one in submissions:
        clock = clock_of(spans[one.bid_id], steps[one.bid_id], clocks.as_at, one.attempt)
        if clock.running is not None:
            place = partnerships[one.partnership_id]
            found.append(Waiting(lines[one.bid_id], place, clock, clock.running, officers.get(one.bid_id)))
    return sorted(found, key=lambda bid: (bid.deadline or date.max, bid.line.reference))
