"""Delays for clients: bids by how long they wait, figures by group, what sources state, and what the delay cost."""

from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from enum import Enum
from typing import Any, TypeAlias

import strawberry

from api.answering import written
from api.answering.plans import AHEAD, selects
from api.answering.written import Later, Paging, Selected, Shape
from api.context import Info
from api.contract import cursor
from api.contract.errors import Problem
from api.contract.inputs import plain
from api.contract.values import PageInfo, When
from api.types import bid_clock
from api.types import bids as shown_bids
from api.types.audit import AuditEntry, event_at
from api.types.bid_clock import BidClock, DayRange, clock_for
from api.types.bids import Bid, find_bid
from domain.values.waiting import Span
from projections import bids
from projections.delays import delivery_chain
from projections.delays import reading as delays
from projections.delays import summary as delay_summary
from projections.delays.reading import VERSION, StatedLine, WaitingLine
from projections.delays.summary import Filter, Summary
from projections.delays.waiting_now import Submission, clock_of, timed_of
from projections.delays.words import WHOLE_OF, computed_in_words, stated_in_words
from projections.tables.paging import Listing

ORDER = "delays"
KEY = (cursor.day, cursor.text, cursor.position)

strawberry.enum(
    Span,
    name="DelayMeasure",
    description="What is timed: a stage, or the whole way from submission to decision, award or first money.",
)
DelayMeasure: TypeAlias = Span


# --- One by one -------------------------------------------------------------------------------------------------------


@strawberry.input(
    description="Which submissions; all conditions must hold. programme, scheme, round and partnership are codes. A"
    " date of submission known to the month or year counts from its last day."
)
class DelayFilter:
    programme: str | None = None
    scheme: str | None = None
    round: str | None = None
    partnership: str | None = None
    submitted_from: date | None = None
    submitted_to: date | None = None
    open_only: bool | None = None
    breached_only: bool | None = None

    def read(self) -> Filter:
        """The filter as the read model takes it. Raises Problem for what is no text."""
        plain(self)
        return Filter(
            programme=self.programme,
            scheme=self.scheme,
            round=self.round,
            partnership=self.partnership,
            submitted_from=self.submitted_from,
            submitted_to=self.submitted_to,
            open_only=bool(self.open_only),
            breached_only=bool(self.breached_only),
        )


@strawberry.type(description="One submission of a bid, and its clock.")
class Delay:
    line: strawberry.Private[WaitingLine]
    as_at: strawberry.Private[date]
    known_at: strawberry.Private[datetime | None]
    # Both stand ready where a page was read with them.
    shown_bid: strawberry.Private[Any]
    shown_clock: strawberry.Private[BidClock | None]

    @strawberry.field(metadata={AHEAD: "shown_bid"})
    async def bid(self, info: Info) -> Bid:
        found: Bid | None = self.shown_bid or await find_bid(info, self.line.bid_id)
        if found is None:
            raise Problem("The bid is not shown yet. Ask again in a moment.", "NOT_YET_VISIBLE")
        return found

    @strawberry.field(metadata={AHEAD: "shown_clock"})
    async def clock(self, info: Info) -> BidClock:
        return self.shown_clock or await clock_for(info, self.line.bid_id, self.as_at, self.known_at, self.line.attempt)


# The same in SQL, of a row of spans.
WRITTEN = Shape(
    fields={
        "bid": Shape(fields=shown_bids.WRITTEN, source="bids WHERE bids.id = s.bid_id"),
        "clock": Later(told=VERSION),
    }
)
PAGING = Paging(order=ORDER, key=KEY, shape=WRITTEN)


async def _delays_of(
    info: Info, lines: Sequence[WaitingLine], day: date, known_at: datetime | None, known: int | None
) -> list[Delay]:
    """*lines* for clients, each with its bid and its clock, read together, where they are selected."""
    ids = list(dict.fromkeys(line.bid_id for line in lines))
    shown: dict[str, Bid] = {}
    bid_clock = selects(info, "clock")
    async with info.context.reads.connection() as connection:
        if selects(info, "bid"):
            shown = {line.id: Bid.of(line) for line in await bids.bids_by(connection, "id", ids)}
        spans, steps = await timed_of(connection, ids, known=known) if bid_clock else ({}, {})
    return [
        Delay(
            line=line,
            as_at=day,
            known_at=known_at,
            shown_bid=shown.get(line.bid_id),
            shown_clock=BidClock.of(clock_of(spans[line.bid_id], steps[line.bid_id], day, line.attempt))
            if bid_clock
            else None,
        )
        for line in lines
    ]


@strawberry.type
class DelayEdge:
    cursor: str
    node: Delay


@strawberry.type(description="Submissions of bids, those that were handed in first first; undated ones last.")
class DelayConnection:
    edges: list[DelayEdge]
    nodes: list[Delay]
    page_info: PageInfo
    listing: strawberry.Private[Listing]

    @strawberry.field(description="How many there are in all. Counted only when asked for.")
    async def total_count(self, info: Info) -> int:
        async with info.context.reads.connection() as connection:
            return await delay_summary.count_delays(connection, self.listing)


# --- By group ---------------------------------------------------------------------------------------------------------


@strawberry.enum(description="By what figures are grouped. Periods are those in which bids were handed in.")
class DelayGroup(Enum):
    PROGRAMME = "programme"
    SCHEME = "scheme"
    ROUND = "round"
    FUNDER = "funder"
    KIND = "kind"
    OWNER = "owner"
    MONTH = "month"
    QUARTER = "quarter"
    YEAR = "year"


@strawberry.type(
    description="How long the submissions of one group took. Where dates are ranges a submission counts at its longest;"
    " ranges says how many do. Undated ones are counted and enter nothing else."
)
class DelaySummary:
    group: str = strawberry.field(description="A code, a kind or a period; empty for those without one.")
    decided: int = strawberry.field(description="How many came to the end of what is measured.")
    open: int = strawberry.field(description="How many still wait for it.")
    gone: int = strawberry.field(description="How many ended without it: declined, withdrawn, lapsed.")
    undated: int = strawberry.field(description="How many have no dates to tell.")
    ranges: int = strawberry.field(description="How many have dates that are ranges.")
    breached: int = strawberry.field(
        description="How many are past a service standard: of a whole way any of the bid's, of a stage its own."
    )
    median_days: float | None
    median_days_at_least: float | None = strawberry.field(
        description="The median of calendar days with every range at its shortest."
    )
    p90_days: float | None
    max_days: int | None
    median_working_days: float | None = strawberry.field(
        description="Without weekends, bank holidays and pauses, of the decided."
    )
    median_days_with_open: float | None = strawberry.field(
        description="Median of calendar days with the bids still waiting counted as not yet decided (Kaplan-Meier);"
        " null where fewer than half are."
    )
    median_days_with_open_low: float | None = strawberry.field(
        description="Lower bound of its 95 % confidence interval, in calendar days."
    )
    median_days_with_open_high: float | None = strawberry.field(
        description="Upper bound of its 95 % confidence interval, in calendar days."
    )

    @classmethod
    def of(cls, summary: Summary) -> "DelaySummary":
        """*summary* for clients."""
        return cls(
            group=summary.group,
            decided=summary.decided,
            open=summary.open,
            gone=summary.gone,
            undated=summary.undated,
            ranges=summary.ranges,
            breached=summary.breached,
            median_days=summary.median,
            median_days_at_least=summary.median_at_least,
            p90_days=summary.p90,
            max_days=summary.longest,
            median_working_days=summary.median_working,
            median_days_with_open=summary.with_open.median,
            median_days_with_open_low=summary.with_open.low,
            median_days_with_open_high=summary.with_open.high,
        )


# --- What sources state -----------------------------------------------------------------------------------------------


@strawberry.type(
    description="What a source says was slow. It never enters a figure; what dates come to stands beside it."
)
class StatedDelay:
    stage: str = strawberry.field(description="The source's word for what was slow.")
    stated_length: str | None
    days: DayRange | None = strawberry.field(description="Calendar days; null where the source gives no length.")
    consequence: str
    cites: str | None = strawberry.field(description="The document and lines that say so.")
    stated: str = strawberry.field(description="What is stated, as a sentence for people.")
    line: strawberry.Private[StatedLine]

    @strawberry.field(description="What the recorded dates come to for the same, as a sentence for people.")
    async def computed(self, info: Info) -> str:
        span = WHOLE_OF.get(self.line.stage)
        column = "partnership_id" if self.line.partnership_id else "scheme_id"
        scope = self.line.partnership_id or self.line.scheme_id
        if span is None or scope is None:
            return computed_in_words(span, None)
        day, known = await info.context.moment(None, None)
        found = await info.context.lines(
            delay_summary.computed_by, column, scope, by="scope", span=span, as_at=day, known=known
        )
        return computed_in_words(span, found[0].summary if found else None)

    @strawberry.field(description="The event itself, with everything that was recorded.")
    async def event(self, info: Info) -> AuditEntry:
        return await event_at(info, self.line.position)

    @classmethod
    def of(cls, line: StatedLine) -> "StatedDelay":
        """*line* for clients."""
        days = (
            DayRange(min=line.min_days, max=line.max_days)
            if line.min_days is not None and line.max_days is not None
            else None
        )
        return cls(
            stage=line.stage,
            stated_length=line.stated_length,
            days=days,
            consequence=line.consequence,
            cites=line.cites,
            stated=stated_in_words(line),
            line=line,
        )


async def stated_delays_of(info: Info, column: str, scope: str) -> list[StatedDelay]:
    """What sources say was slow in a scope, an id for *column*."""
    return [StatedDelay.of(line) for line in await info.context.lines(delays.stated_by, column, scope)]


# --- What the delay cost ----------------------------------------------------------------------------------------------


@strawberry.type(
    description="A link of the way from bid to delivery; name is submitted, decided, offered, first_money or"
    " first_milestone."
)
class ChainLink:
    name: str
    on: When | None
    since_start: DayRange | None = strawberry.field(description="Calendar days since the first link.")
    since_previous: DayRange | None = strawberry.field(description="Calendar days since the link before that is dated.")


@strawberry.type(description="A payment, and how long after the award it was released (need R016).")
class ChainRelease:
    number: int
    amount: Decimal = strawberry.field(description="In major units of the award's currency.")
    released: When
    since_award: DayRange | None = strawberry.field(description="Calendar days since the award was offered.")


@strawberry.type(
    description="Something to look at; need is its number among the evaluators' needs: R017, R018 or R045."
)
class DelayFlag:
    need: str
    message: str


@strawberry.type(description="One partnership's way from bid to delivery, and what delay took from it.")
class DelayChain:
    links: list[ChainLink]
    releases: list[ChainRelease]
    planned_window: DayRange | None = strawberry.field(description="Calendar days planned for delivery.")
    window_left: DayRange | None = strawberry.field(description="Calendar days of it left when the first money came.")
    flags: list[DelayFlag]


async def chain_of(
    info: Info, partnership_id: str, kind: str, bid_ids: list[str], as_at: date | None, known_at: datetime | None
) -> DelayChain:
    """What the delay cost a partnership of this *kind* with these bids."""
    day, known = await info.context.moment(as_at, known_at)
    lines = info.context.lines
    steps = [step for bid_id in bid_ids for step in await lines(delays.steps_by, "bid_id", bid_id, known=known)]
    found = delivery_chain.chain(
        steps,
        await lines(delays.marks_by, "partnership_id", partnership_id, known=known),
        await lines(delays.stated_by, "partnership_id", partnership_id),
        await lines(delays.windows_by, "kind", kind, known=known),
        as_at=day,
    )
    return DelayChain(
        links=[
            ChainLink(
                name=link.name,
                on=When.perhaps(link.on),
                since_start=DayRange.of(link.since_start),
                since_previous=DayRange.of(link.since_previous),
            )
            for link in found.links
        ],
        releases=[
            ChainRelease(
                number=one.number,
                amount=one.amount,
                released=When.read(one.on),
                since_award=DayRange.of(one.since_award),
            )
            for one in found.releases
        ],
        planned_window=DayRange.of(found.planned_window),
        window_left=DayRange.of(found.window_left),
        flags=[DelayFlag(need=flag.need, message=flag.message) for flag in found.flags],
    )


# --- Query ------------------------------------------------------------------------------------------------------------


@strawberry.type
class DelayQuery:
    @strawberry.field(description="Bids by how long they wait, or waited, for their decision.")
    async def delays(
        self,
        info: Info,
        filter: DelayFilter | None = None,  # noqa: A002 - the contract's name
        first: int | None = None,
        after: str | None = None,
        last: int | None = None,
        before: str | None = None,
        as_at: date | None = None,
        known_at: datetime | None = None,
    ) -> DelayConnection:
        wanted = (filter or DelayFilter()).read()
        window = cursor.window(ORDER, KEY, first=first, after=after, last=last, before=before)
        day, known = await info.context.moment(as_at, known_at)
        listing = delay_summary.listing(wanted, as_at=day, known=known)

        async def fill(asked: list[tuple[tuple[Any, ...], str, Selected]]) -> list[str] | None:
            submissions = [
                (Submission(bid_id, attempt, int(version)), selected)
                for (_, bid_id, attempt), version, selected in asked
            ]
            return await bid_clock.texts.of(info, submissions, day)

        if (ready := await written.page(info, listing, window, PAGING, fill)) is not None:
            return DelayConnection(edges=ready.edges, nodes=ready.nodes, page_info=ready.page_info, listing=listing)
        page = await info.context.page(WaitingLine, listing, window)
        edges = [
            DelayEdge(cursor=cursor.write(ORDER, (line.sorts_on, line.bid_id, line.attempt)), node=node)
            for line, node in zip(page.lines, await _delays_of(info, page.lines, day, known_at, known), strict=True)
        ]
        return DelayConnection(
            edges=edges,
            nodes=[edge.node for edge in edges],
            page_info=PageInfo.of(page, [edge.cursor for edge in edges]),
            listing=listing,
        )

    @strawberry.field(
        description="How long bids took, by group: as at a day (by default today, or the day of knownAt), as known at a"
        " moment. Asked again for the same two, the answer is the same for ever."
    )
    async def delay_summary(
        self,
        info: Info,
        filter: DelayFilter | None = None,  # noqa: A002 - the contract's name
        group_by: DelayGroup = DelayGroup.PROGRAMME,
        measure: DelayMeasure = Span.TO_DECISION,
        as_at: date | None = None,
        known_at: datetime | None = None,
    ) -> list[DelaySummary]:
        wanted = (filter or DelayFilter()).read()
        day, known = await info.context.moment(as_at, known_at)
        async with info.context.reads.connection() as connection:
            found = await delay_summary.summaries(connection, wanted, measure, group_by.value, as_at=day, known=known)
        return [DelaySummary.of(summary) for summary in found]
