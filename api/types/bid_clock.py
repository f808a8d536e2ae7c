"""The clock of a bid in GraphQL: its stages as at a day, who has to act, and whether service standards are met."""

from datetime import date, datetime
from enum import Enum
from typing import Any, TypeAlias

import strawberry

from api.answering.shapes import Made, each
from api.context import Context
from api.contract.errors import Problem
from api.contract.values import When
from domain.values.waiting import Days as DomainDays
from domain.values.waiting import Owner as DomainOwner
from domain.values.waiting import Span
from domain.values.when import DayRange as DomainDayRange
from projections.delays import reading as delays
from projections.delays.reading import VERSION, SpanLine
from projections.delays.standing import Standing
from projections.delays.waiting_now import Clock, StageNow, Submission, clock_of, clocks_of, last_attempt

strawberry.enum(DomainOwner, name="DelayOwner", description="Who has to act.")
strawberry.enum(
    Standing,
    name="ServiceStanding",
    description="Whether the service standard is met. UNCERTAIN: the dates are ranges, and the deadline may have"
    " passed. PAUSED: the clock is stopped until the bidder answers a question.",
)
strawberry.enum(
    Span,
    name="DelayMeasure",
    description="Which length of time: one stage, or from submission to decision, award or first payment.",
)
strawberry.enum(DomainDays, name="CountedDays", description="Which days count.")
DelayOwner: TypeAlias = DomainOwner
DelayMeasure: TypeAlias = Span
CountedDays: TypeAlias = DomainDays
ServiceStanding: TypeAlias = Standing


@strawberry.enum(description="How a stage ended.")
class StageEnding(Enum):
    REACHED = "reached"
    DECLINED = "declined"
    WITHDRAWN = "withdrawn"
    LAPSED = "lapsed"
    ENDED = "ended"


@strawberry.type(
    description="A number of days. min and max are equal if the dates are exact; otherwise the number is between them."
)
class DayRange:
    min: int
    max: int

    @classmethod
    def optional(cls, days: DomainDayRange | None) -> "DayRange | None":
        """The GraphQL object for *days*; None for None."""
        return cls(min=days.min, max=days.max) if days is not None else None


@strawberry.type(description="The time within which a programme promises to act, in calendar or working days.")
class ServiceStandard:
    days: int
    counted: str = strawberry.field(
        description="Which days count: calendar or working.",
        deprecation_reason="From 2026-11-29: use daysCounted.",
    )
    days_counted: CountedDays = strawberry.field(description="Which days count.")

    @classmethod
    def optional(cls, line: SpanLine) -> "ServiceStandard | None":
        """The GraphQL object for the standard of *line*; None if it has none."""
        if not line.limit or not line.days:
            return None
        return cls(days=line.limit, counted=line.days, days_counted=DomainDays(line.days))


@strawberry.type(
    description="A stage of a bid. days are calendar days, pauses included. workingDays are days without weekends, bank"
    " holidays and pauses. If the dates are ranges, both are ranges."
)
class Stage:
    name: str = strawberry.field(
        description="The stage: drafting, acknowledgement, eligibility, assessment, decision, notification, offer,"
        " acceptance or first_payment.",
        deprecation_reason="From 2026-11-29: use stage.",
    )
    stage: DelayMeasure = strawberry.field(description="Which stage it is.")
    owner: str = strawberry.field(
        description="Who has or had to act: funder or bidder.", deprecation_reason="From 2026-11-29: use actor."
    )
    actor: DelayOwner = strawberry.field(description="Who has or had to act.")
    started: When
    ended: When | None = strawberry.field(description="When the stage ended. null while it is open.")
    outcome: str | None = strawberry.field(
        description="How the stage ended: reached, declined, withdrawn, lapsed or ended. null while it is open.",
        deprecation_reason="From 2026-11-29: use ending.",
    )
    ending: StageEnding | None = strawberry.field(description="How the stage ended. null while it is open.")
    days: DayRange | None = strawberry.field(
        description="Calendar days from start to end, or to the day asked about. null if a date is unknown."
    )
    working_days: DayRange | None
    paused_days: int = strawberry.field(description="Calendar days for which the clock was certainly stopped.")
    paused: DayRange | None = strawberry.field(
        description="Calendar days for which the clock was stopped. null if a date is unknown."
    )
    standard: ServiceStandard | None = strawberry.field(
        description="The service standard on the day that the stage started. null if there was none."
    )
    deadline: date | None = strawberry.field(
        description="The last day that meets the standard. null without a standard or a known start."
    )
    standing: ServiceStanding | None = strawberry.field(
        description="Whether the standard is met. null without a standard."
    )

    @classmethod
    def of(cls, stage: StageNow) -> "Stage":
        """The GraphQL object for *stage*."""
        line, took = stage.line, stage.measured
        return cls(
            name=line.span,
            stage=Span(line.span),
            owner=line.owner,
            actor=DomainOwner(line.owner),
            ending=StageEnding(line.outcome) if line.outcome else None,
            started=When.read(line.started),
            ended=When.optional(line.ended),
            outcome=line.outcome,
            days=DayRange.optional(took.days) if took else None,
            working_days=DayRange.optional(took.working) if took else None,
            paused_days=took.paused.min if took else 0,
            paused=DayRange.optional(took.paused) if took else None,
            standard=ServiceStandard.optional(line),
            deadline=line.deadline,
            standing=stage.standing,
        )


@strawberry.type(
    description="The service standard for a whole way from submission: to the decision, to the award or to the first"
    " payment."
)
class OverallStandard:
    measure: str = strawberry.field(
        description="What is measured: to_decision, to_award or to_money.",
        deprecation_reason="From 2026-11-29: use span.",
    )
    span: DelayMeasure = strawberry.field(description="Which length of time has the standard.")
    standard: ServiceStandard = strawberry.field(description="The service standard when the bid was submitted.")
    deadline: date | None = strawberry.field(
        description="The last day that meets the standard. null while the clock is stopped, or without a known start."
    )
    missed_by: DayRange | None = strawberry.field(
        description="Days after the deadline, calendar or working days as the standard counts them: up to the end of"
        " the way, or to the day asked about while it goes on. null if the standard is not certainly missed."
    )
    standing: ServiceStanding | None = strawberry.field(
        description="Whether the standard is met. null without a known start."
    )

    @classmethod
    def optional(cls, whole: StageNow, as_at: date) -> "OverallStandard | None":
        """The GraphQL object for *whole* as at a day; None if it has no standard."""
        line = whole.line
        standard = ServiceStandard.optional(line)
        if standard is None:
            return None
        return cls(
            measure=line.span,
            span=Span(line.span),
            standard=standard,
            deadline=line.deadline,
            missed_by=DayRange.optional(line.missed_by(as_at)),
            standing=whole.standing,
        )


@strawberry.type(description="A time for which the clock was stopped: from a question to the bidder to its answer.")
class ClockPause:
    started: When
    ended: When | None = strawberry.field(
        description="When the bidder answered, or the bid was decided. null while the clock is stopped."
    )


@strawberry.type(
    description="The stages of one submission of a bid. Days are calendar days, pauses included. Working days leave out"
    " weekends, bank holidays and pauses."
)
class BidClock:
    attempt: int = strawberry.field(description="Which submission of the bid, counted from 1.")
    as_at: date
    submitted: When | None
    acknowledged: When | None
    decided: When | None
    notified: When | None
    accepted: When | None
    first_payment: When | None
    stages: list[Stage]
    pauses: list[ClockPause] = strawberry.field(description="A pause for each question to the bidder, in order.")
    days_to_decision: DayRange | None = strawberry.field(
        description="Calendar days from submission to decision. null until the bid is decided."
    )
    working_days_to_decision: DayRange | None
    days_to_award: DayRange | None = strawberry.field(
        description="Calendar days from submission to the offer of an award. null until one is offered."
    )
    working_days_to_award: DayRange | None
    days_to_money: DayRange | None = strawberry.field(
        description="Calendar days from submission to the first payment that is not reversed. null until there is one."
    )
    open_days: int | None = strawberry.field(
        description="Calendar days waited so far, the highest possible number. null once the bid is decided."
    )
    waiting_for: str | None = strawberry.field(
        description="The stage that is open. null if none is.", deprecation_reason="From 2026-11-29: use openStage."
    )
    open_stage: DelayMeasure | None = strawberry.field(description="The stage that is open. null if none is.")
    waiting_on: DelayOwner | None = strawberry.field(description="Who has to act. null if nobody has to.")
    next_deadline: date | None = strawberry.field(
        description="The first deadline of the open stages. null if none has one."
    )
    standing: ServiceStanding | None = strawberry.field(
        description="The worst standing of all stages and of the whole bid. null without a standard."
    )
    breached: bool | None = strawberry.field(
        description="Whether any service standard was missed. null without a standard, or if the dates are too vague."
    )

    standards: list[OverallStandard] = strawberry.field(
        description="The service standards for the whole ways from submission, each with its deadline. A way without a"
        " standard is left out."
    )

    @classmethod
    def of(cls, clock: Clock) -> "BidClock":
        """The GraphQL object for *clock*."""
        return cls(
            attempt=clock.attempt,
            as_at=clock.as_at,
            **{name: When.optional(text) for name, text in clock.dates.items()},
            stages=[Stage.of(stage) for stage in clock.stages],
            pauses=[ClockPause(started=When.read(a), ended=When.optional(b)) for a, b in clock.pauses],
            days_to_decision=DayRange.optional(clock.took(Span.TO_DECISION, "days")),
            working_days_to_decision=DayRange.optional(clock.took(Span.TO_DECISION, "working")),
            days_to_award=DayRange.optional(clock.took(Span.TO_AWARD, "days")),
            working_days_to_award=DayRange.optional(clock.took(Span.TO_AWARD, "working")),
            days_to_money=DayRange.optional(clock.took(Span.TO_MONEY, "days")),
            open_days=clock.open_days,
            waiting_for=clock.running.line.span if clock.running else None,
            open_stage=Span(clock.running.line.span) if clock.running else None,
            waiting_on=DomainOwner(clock.running.line.owner) if clock.running else None,
            next_deadline=clock.next_deadline,
            standing=clock.standing,
            breached=clock.breached,
            standards=[
                standard
                for whole in clock.wholes.values()
                if (standard := OverallStandard.optional(whole, clock.as_at)) is not None
            ],
        )


# --- One by one -------------------------------------------------------------------------------------------------------


async def clock_for(
    context: Context, bid_id: str, as_at: date | None, known_at: datetime | None, attempt: int | None = None
) -> BidClock:
    """The clock of submission *attempt* of a bid (the last by default), as at a day and as known at an instant."""
    day, known = await context.moment(as_at, known_at)
    return await clock_at(context, bid_id, day, known, attempt)


async def clock_at(context: Context, bid_id: str, day: date, known: int | None, attempt: int | None = None) -> BidClock:
    """As ``clock_for``, as known at a position of the log."""
    spans = await context.lines(delays.spans_by, "bid_id", bid_id, as_at=day, known=known)
    steps = await context.lines(delays.steps_by, "bid_id", bid_id, known=known)
    last = last_attempt(spans)
    if attempt is not None and not 1 <= attempt <= last:
        raise Problem(f"The bid has no submission {attempt}. The number of its submissions is {last}.")
    return BidClock.of(clock_of(spans, steps, day, attempt))


async def _of_bid(
    context: Context,
    bid_id: str,
    attempt: int | None = None,
    as_at: date | None = None,
    known_at: datetime | None = None,
) -> BidClock:
    return await clock_for(context, bid_id, as_at, known_at, attempt)


async def _of_submissions(context: Context, keys: list[list[Any]]) -> list[BidClock]:
    submissions = [Submission(bid_id, attempt, version) for bid_id, attempt, version, _ in keys]
    async with context.reads.connection() as connection:
        clocks = await clocks_of(connection, submissions, date.fromisoformat(keys[0][-1]))
    return [BidClock.of(clocks[one]) for one in submissions]


# The clock of the bid in the row ``bids``.
OF_BID = Made(make=each(_of_bid), key="json_build_array(bids.id)")
# The clock of the submission in the row ``s`` as at the day of the list. What is known at a position never changes, so
# the clock as at a day never does: a new event gives its bid another version.
OF_SUBMISSION = Made(
    make=_of_submissions, key=f"json_build_array(s.bid_id, s.attempt, {VERSION}, %(as_at)s::date)", lasting=True
)
