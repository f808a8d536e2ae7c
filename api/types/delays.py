"""Delays in GraphQL: bids by how long they wait, figures by group, what sources state, and what a delay cost."""

from datetime import date, datetime
from decimal import Decimal
from enum import Enum
from typing import TYPE_CHECKING, Annotated, Any

import strawberry

from api.answering.fields import Connection, paged, waiting, worked_out
from api.answering.shapes import Made, Moment, Rows, Shape, each, written
from api.context import Context, Info
from api.contract import cursor
from api.contract.errors import Problem
from api.contract.inputs import check_texts
from api.contract.values import When, of_line
from api.types.bid_clock import OF_SUBMISSION, BidClock, DayRange, DelayMeasure, clock_at
from api.types.bids import Bid, find_bid
from api.types.log.audit import AuditEntry, event_at, event_of
from domain.values.waiting import Span
from projections.delays import delivery_chain
from projections.delays import reading as delays
from projections.delays import summary as delay_summary
from projections.delays.reading import StatedLine, WaitingLine
from projections.delays.summary import Filter, Summary
from projections.delays.words import WHOLE_OF, computed_in_words, stated_in_words
from projections.tables.corrections import NOW
from projections.tables.paging import Listing, Window

if TYPE_CHECKING:
    from api.types.partnerships import Organisation

ORDER = "delays"
KEY = (cursor.day, cursor.text, cursor.position)


# --- One by one -------------------------------------------------------------------------------------------------------


@strawberry.input(
    description="Which submissions. All conditions must be met; fields that you leave out are ignored. programme,"
    " scheme, round, partnership and funder are ids or codes. funder is that of the award where a register names it,"
    " otherwise that of the scheme or programme. If the submission is dated only to the month or year, its last day"
    " counts."
)
class DelayFilter:
    programme: str | None = None
    scheme: str | None = None
    round: str | None = None
    partnership: str | None = None
    funder: str | None = None
    submitted_from: date | None = None
    submitted_to: date | None = None
    open_only: bool | None = None
    breached_only: bool | None = None

    async def read(self, context: Context) -> Filter:
        """The filter as the read model takes it. Raises Problem for a name that names nothing."""
        check_texts(self)
        return Filter(
            programme=await context.id_of("programme", self.programme),
            scheme=await context.id_of("scheme", self.scheme),
            round=await context.id_of("round", self.round),
            partnership=await context.id_of("partnership", self.partnership),
            funder=await context.id_of("organisation", self.funder),
            submitted_from=self.submitted_from,
            submitted_to=self.submitted_to,
            open_only=bool(self.open_only),
            breached_only=bool(self.breached_only),
        )


@written(
    "s",
    bid=Rows("bids WHERE bids.id = s.bid_id"),
    funder=Rows("organisations WHERE organisations.id = s.funder_id"),
    clock=OF_SUBMISSION,
)
@strawberry.type(description="One submission of a bid, with its clock.")
class Delay:
    line: strawberry.Private[WaitingLine]
    as_at: strawberry.Private[date]
    known: strawberry.Private[int | None]

    @strawberry.field
    async def bid(self, info: Info) -> Bid:
        found = await find_bid(info, self.line.bid_id)
        if found is None:
            raise Problem("The bid is not visible yet. Ask again in a moment.", "NOT_YET_VISIBLE")
        return found

    @strawberry.field(
        description="The funder of the award where a register names it, otherwise that of the scheme or programme."
        " null if no source says."
    )
    async def funder(self, info: Info) -> Annotated["Organisation", strawberry.lazy("api.types.partnerships")] | None:
        from api.types.partnerships import find_organisation  # noqa: PLC0415 - the two modules import each other

        return await find_organisation(info, self.line.funder_id) if self.line.funder_id else None

    @strawberry.field
    async def clock(self, info: Info) -> BidClock:
        return await clock_at(info.context, self.line.bid_id, self.as_at, self.known, self.line.attempt)


@strawberry.type
class DelayEdge:
    cursor: str
    node: Delay


@strawberry.type(description="Submissions of bids, the earliest first. Those without a date come last.")
class DelayConnection(Connection):
    edges: list[DelayEdge]
    nodes: list[Delay]


# --- By group ---------------------------------------------------------------------------------------------------------


@strawberry.enum(description="How figures are grouped. Months, quarters and years are those of submission.")
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
    FINANCIAL_YEAR = "financial_year"


@strawberry.type(
    description="How long the submissions of one group took. If dates are ranges, the longest possible time counts;"
    " ranges says for how many. Submissions without dates are counted in undated and in no other figure."
)
class DelaySummary:
    group: str = strawberry.field(description="A code, a kind or a period. Empty for submissions without one.")
    decided: int = strawberry.field(description="How many reached the end of the measure.")
    open: int = strawberry.field(description="How many have not reached it yet.")
    gone: int = strawberry.field(description="How many ended before it: declined, withdrawn or lapsed.")
    undated: int = strawberry.field(description="How many have no dates to measure.")
    ranges: int = strawberry.field(description="How many have dates that are ranges.")
    breached: int = strawberry.field(description="How many missed the service standard of the measure, decided or not.")
    late_any: int = strawberry.field(
        description="How many missed any service standard of their bid: of the measure, or of another stage or way."
    )
    within_standard: float | None = strawberry.field(
        description="The share of the decided submissions with a service standard for the measure that met it, from 0"
        " to 1. Those whose dates leave it open are left out. null if there is none to count."
    )
    median_days: float | None
    median_days_at_least: float | None = strawberry.field(
        description="The median of calendar days if each range has its shortest length. null if none is decided."
    )
    p90_days: float | None
    max_days: int | None
    median_working_days: float | None = strawberry.field(
        description="The median of working days of the decided submissions, without weekends, bank holidays and"
        " pauses. null if none is decided."
    )
    median_days_with_open: float | None = strawberry.field(
        description="The median of calendar days, with open submissions counted as not yet decided (Kaplan-Meier)."
        " null if fewer than half are decided."
    )
    median_days_with_open_low: float | None = strawberry.field(
        description="The lower bound of its 95% confidence interval, in calendar days. null if it has none."
    )
    median_days_with_open_high: float | None = strawberry.field(
        description="The upper bound of its 95% confidence interval, in calendar days. null if it has none."
    )

    @classmethod
    def of(cls, summary: Summary) -> "DelaySummary":
        """The GraphQL object for *summary*."""
        return cls(
            group=summary.group,
            decided=summary.decided,
            open=summary.open,
            gone=summary.gone,
            undated=summary.undated,
            ranges=summary.ranges,
            breached=summary.breached,
            late_any=summary.late_any,
            within_standard=summary.within,
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


async def computed(context: Context, stage: str, partnership_id: str | None, scheme_id: str | None) -> str:
    """A delay that a source states of a partnership or scheme, computed from the recorded dates, as a sentence."""
    span, scope = WHOLE_OF.get(stage), partnership_id or scheme_id
    if span is None or scope is None:
        return computed_in_words(span, None)
    day, known = await context.moment(None, None)
    column = "partnership_id" if partnership_id else "scheme_id"
    found = await context.lines(delay_summary.computed_by, column, scope, by="scope", span=span, as_at=day, known=known)
    return computed_in_words(span, found[0].summary if found else None)


async def _stated(_: Context, length: str | None, min_days: int | None, max_days: int | None) -> str:
    return stated_in_words(length, min_days, max_days)


@written(
    "stated",
    days=Shape(
        row="",
        fields={"min": "stated.min_days", "max": "stated.max_days"},
        present="stated.min_days IS NOT NULL AND stated.max_days IS NOT NULL",
    ),
    stated=Made(
        make=each(_stated),
        key="json_build_array(stated.stated_length, stated.min_days, stated.max_days)",
        lasting=True,
    ),
    computed=Made(make=each(computed), key="json_build_array(stated.stage, stated.partnership_id, stated.scheme_id)"),
    event=event_of("stated.position"),
)
@strawberry.type(
    description="A delay that a source states. It is never part of a figure; computed is the figure from the dates."
)
class StatedDelay:
    stage: str = strawberry.field(description="The part that was slow, in the words of the source.")
    stated_length: str | None
    days: DayRange | None = strawberry.field(description="Calendar days. null if the source gives no length.")
    consequence: str
    cites: str | None = strawberry.field(description="The document and lines that state it. null if none are given.")
    stated: str = strawberry.field(description="What the source states, as a sentence for people.")
    line: strawberry.Private[StatedLine]

    @strawberry.field(description="The same delay computed from the recorded dates, as a sentence for people.")
    async def computed(self, info: Info) -> str:
        return await computed(info.context, self.line.stage, self.line.partnership_id, self.line.scheme_id)

    @strawberry.field(description="The event, with everything that was recorded.")
    async def event(self, info: Info) -> AuditEntry:
        return await event_at(info, self.line.position)

    @classmethod
    def of(cls, line: StatedLine) -> "StatedDelay":
        """The GraphQL object for *line*."""
        days = None
        if line.min_days is not None and line.max_days is not None:
            days = DayRange(min=line.min_days, max=line.max_days)
        stated = stated_in_words(line.stated_length, line.min_days, line.max_days)
        return of_line(cls, line, days=days, stated=stated, line=line)


def stated_in(column: str, scope: str) -> Rows:
    """The delays that sources state for the scope whose id is the value of *column*, an expression over the row."""
    now = f"stated.{column} = {scope} AND stated.superseded = {NOW}"
    return Rows(f"stated_delays stated WHERE {now}", order="stated.position")


async def stated_delays_of(info: Info, column: str, scope: str) -> list[StatedDelay]:
    """The delays that sources state for a scope, whose id is the value of *column*."""
    return [StatedDelay.of(line) for line in await info.context.lines(delays.stated_by, column, scope)]


# --- What the delay cost ----------------------------------------------------------------------------------------------


@strawberry.enum(description="A step between bid and delivery.")
class ChainStep(Enum):
    SUBMITTED = "submitted"
    DECIDED = "decided"
    OFFERED = "offered"
    FIRST_MONEY = "first_money"
    FIRST_MILESTONE = "first_milestone"


@strawberry.type(
    description="One link between bid and delivery. name is submitted, decided, offered, first_money or"
    " first_milestone."
)
class ChainLink:
    name: str = strawberry.field(
        description="Which link it is: submitted, decided, offered, first_money or first_milestone.",
        deprecation_reason="From 2026-11-29: use step.",
    )
    step: ChainStep = strawberry.field(description="Which link it is.")
    on: When | None
    since_start: DayRange | None = strawberry.field(
        description="Calendar days since the first link. null if either date is unknown."
    )
    since_previous: DayRange | None = strawberry.field(
        description="Calendar days since the last link before it that has a date. null if there is none."
    )


@strawberry.type(description="A payment, and how long after the award it was released (evaluators' need R016).")
class ChainRelease:
    award_id: strawberry.ID = strawberry.field(description="The id of the award that was paid.")
    award_reference: str | None = strawberry.field(
        description="The reference of the award. null if no offer of it counts yet."
    )
    number: int
    amount: Decimal = strawberry.field(description="The amount in major units of the award's currency.")
    released: When
    since_award: DayRange | None = strawberry.field(
        description="Calendar days since the award was offered. null if a date is unknown."
    )


@strawberry.type(description="Something to check. need is the number of the evaluators' need: R017, R018 or R045.")
class DelayFlag:
    need: str
    message: str


@strawberry.type(description="The time from bid to delivery for one partnership, and how much of it delay used up.")
class DelayChain:
    links: list[ChainLink]
    releases: list[ChainRelease]
    planned_window: DayRange | None = strawberry.field(
        description="Calendar days planned for delivery. null if none are planned."
    )
    window_left: DayRange | None = strawberry.field(
        description="Calendar days of the planned window left at the first payment. null if a date is unknown."
    )
    flags: list[DelayFlag]


async def chain_of(
    context: Context, partnership_id: str, kind: str, as_at: date | None = None, known_at: datetime | None = None
) -> DelayChain:
    """What delay cost a partnership of this *kind*."""
    day, known = await context.moment(as_at, known_at)
    lines = context.lines
    found = delivery_chain.chain(
        [
            step
            for bid in await lines(delays.bids_in, "partnership_id", partnership_id)
            for step in delivery_chain.steps_in(
                partnership_id, await lines(delays.steps_by, "bid_id", bid.bid_id, known=known), day
            )
        ],
        await lines(delays.marks_by, "partnership_id", partnership_id, known=known),
        await lines(delays.stated_by, "partnership_id", partnership_id, as_at=day, known=known),
        await lines(delays.windows_by, "kind", kind, known=known),
        as_at=day,
    )
    return DelayChain(
        links=[
            ChainLink(
                name=link.name,
                step=ChainStep(link.name),
                on=When.optional(link.on),
                since_start=DayRange.optional(link.since_start),
                since_previous=DayRange.optional(link.since_previous),
            )
            for link in found.links
        ],
        releases=[
            ChainRelease(
                award_id=strawberry.ID(one.award_id),
                award_reference=one.reference,
                number=one.number,
                amount=one.amount,
                released=When.read(one.on),
                since_award=DayRange.optional(one.since_award),
            )
            for one in found.releases
        ],
        planned_window=DayRange.optional(found.planned_window),
        window_left=DayRange.optional(found.window_left),
        flags=[DelayFlag(need=flag.need, message=flag.message) for flag in found.flags],
    )


# The chain of the partnership in the row ``p``.
OF_PARTNERSHIP = Made(make=each(chain_of), key="json_build_array(p.id, p.kind)")


# --- Query ------------------------------------------------------------------------------------------------------------


async def listing_for(
    context: Context,
    filter: DelayFilter | None = None,  # noqa: A002 - the contract's name
    as_at: date | None = None,
    known_at: datetime | None = None,
    **asked: Any,
) -> tuple[Listing, Window]:
    """The list and the window for the arguments of ``delays``."""
    wanted = await (filter or DelayFilter()).read(context)
    window = cursor.window(ORDER, KEY, **asked)
    day, known = await context.moment(as_at, known_at)
    return delay_summary.listing(wanted, as_at=day, known=known), window


async def summaries_for(
    context: Context,
    filter: DelayFilter | None = None,  # noqa: A002 - the contract's name
    group_by: DelayGroup = DelayGroup.PROGRAMME,
    measure: DelayMeasure = Span.TO_DECISION,
    as_at: date | None = None,
    known_at: datetime | None = None,
) -> list[DelaySummary]:
    """The figures for the arguments of ``delaySummary``."""
    wanted = await (filter or DelayFilter()).read(context)
    day, known = await context.moment(as_at, known_at)
    async with context.reads.connection() as connection:
        found = await delay_summary.summaries(connection, wanted, measure, group_by.value, as_at=day, known=known)
    return [DelaySummary.of(summary) for summary in found]


def _submission(line: WaitingLine, listing: Listing) -> Delay:
    return Delay(line=line, as_at=listing.parameters["as_at"], known=listing.parameters["known"])


@strawberry.type
class DelayQuery:
    delays: DelayConnection = paged(
        waiting(listing_for),
        DelayConnection,
        WaitingLine,
        _submission,
        "Submissions of bids, with how long each one waits, or waited, for its decision.",
        Moment("as_at", "known"),
    )
    delay_summary: list[DelaySummary] = worked_out(
        waiting(summaries_for),
        "How long bids took, by group, as at the day asAt and as known at the instant knownAt. The answer for the same"
        " two values never changes.",
    )
