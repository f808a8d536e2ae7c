"""The clock of a bid for clients: its stages as at a day, whose turn it is, and how the standards stand."""

from collections import OrderedDict
from collections.abc import Sequence
from datetime import date, datetime
from typing import TypeAlias

import strawberry

from api.answering.written import Selected
from api.context import Info
from api.contract.errors import Problem
from api.contract.values import When
from domain.values.waiting import Owner as DomainOwner
from domain.values.waiting import Span
from domain.values.when import DayRange as DomainDayRange
from projections.delays import reading as delays
from projections.delays.waiting_now import Clock, StageNow, Standing, Submission, clock_of, clocks_of

strawberry.enum(DomainOwner, name="DelayOwner", description="Whose turn it is.")
strawberry.enum(
    Standing,
    name="ServiceStanding",
    description="Against the service standard. UNCERTAIN: dates are ranges, and it may have been passed."
    " PAUSED: the clock stands still until a question is answered.",
)
DelayOwner: TypeAlias = DomainOwner
ServiceStanding: TypeAlias = Standing


@strawberry.type(
    description="A number of days: one number twice where dates are exact, else the range that it lies in."
)
class DayRange:
    min: int
    max: int

    @classmethod
    def of(cls, days: DomainDayRange | None) -> "DayRange | None":
        """*days* for clients; None stays None."""
        return cls(min=days.min, max=days.max) if days is not None else None


@strawberry.type(description="What a programme promises: at most so many days, of this kind (calendar or working).")
class ServiceStandard:
    days: int
    counted: str


@strawberry.type(
    description="A stage of a bid. days counts calendar days, pauses and all; workingDays leaves out weekends, bank"
    " holidays and pauses. Where dates are ranges both are."
)
class Stage:
    name: str = strawberry.field(
        description="drafting, acknowledgement, eligibility, assessment, decision, notification, offer, acceptance or"
        " first_payment."
    )
    owner: str = strawberry.field(description="funder or bidder: whose turn it is or was.")
    started: When
    ended: When | None = strawberry.field(description="null while it goes on.")
    outcome: str | None = strawberry.field(
        description="reached, declined, withdrawn, lapsed or ended; null while open."
    )
    days: DayRange | None = strawberry.field(description="null where a date is unknown.")
    working_days: DayRange | None
    paused_days: int = strawberry.field(description="Calendar days for which the clock surely stood still.")
    paused: DayRange | None = strawberry.field(description="Calendar days for which the clock stood still.")
    standard: ServiceStandard | None = strawberry.field(description="The standard that held when it started.")
    deadline: date | None = strawberry.field(description="The last day that keeps to the standard.")
    standing: ServiceStanding | None = strawberry.field(description="null without a standard.")

    @classmethod
    def of(cls, stage: StageNow) -> "Stage":
        """*stage* for clients."""
        line, took = stage.line, stage.measured
        standard = ServiceStandard(days=line.limit, counted=line.days) if line.limit and line.days else None
        return cls(
            name=line.span,
            owner=line.owner,
            started=When.read(line.started),
            ended=When.perhaps(stage.ended),
            outcome=line.outcome if stage.ended is not None else None,
            days=DayRange.of(took.days) if took else None,
            working_days=DayRange.of(took.working) if took else None,
            paused_days=took.paused.min if took else 0,
            paused=DayRange.of(took.paused) if took else None,
            standard=standard,
            deadline=line.deadline,
            standing=stage.standing,
        )


@strawberry.type(description="The clock stood still from a question to the bidder until its answer, or the decision.")
class ClockPause:
    started: When
    ended: When | None = strawberry.field(description="null while it goes on.")


@strawberry.type(
    description="The stages of one submission of a bid. Days are calendar days, pauses and all; working days leave out"
    " weekends, bank holidays and pauses."
)
class BidClock:
    attempt: int = strawberry.field(description="Which submission of the bid, from 1.")
    as_at: date
    submitted: When | None
    acknowledged: When | None
    decided: When | None
    notified: When | None
    accepted: When | None
    first_payment: When | None
    stages: list[Stage]
    pauses: list[ClockPause] = strawberry.field(description="Each question to the bidder, in the order of asking.")
    days_to_decision: DayRange | None = strawberry.field(
        description="From submission to decision; null while undecided."
    )
    working_days_to_decision: DayRange | None
    days_to_award: DayRange | None = strawberry.field(
        description="Calendar days from submission to the offer of an award; null while there is none."
    )
    working_days_to_award: DayRange | None
    days_to_money: DayRange | None = strawberry.field(
        description="Calendar days from submission to the first payment that stands; null while there is none."
    )
    open_days: int | None = strawberry.field(
        description="Calendar days waited so far while undecided, the most that they can be; null once it is decided."
    )
    waiting_for: str | None = strawberry.field(description="The stage that goes on now; null when none does.")
    waiting_on: DelayOwner | None = strawberry.field(description="Whose turn it is; null when nobody's.")
    next_deadline: date | None = strawberry.field(description="The first deadline of what goes on now.")
    standing: ServiceStanding | None = strawberry.field(
        description="The worst standing of anything timed; null without a standard."
    )
    breached: bool | None = strawberry.field(
        description="Whether any service standard was passed; null where there is none or dates leave it open."
    )

    @classmethod
    def of(cls, clock: Clock) -> "BidClock":
        """*clock* for clients."""
        return cls(
            attempt=clock.attempt,
            as_at=clock.as_at,
            **{name: When.perhaps(text) for name, text in clock.dates.items()},
            stages=[Stage.of(stage) for stage in clock.stages],
            pauses=[ClockPause(started=When.read(a), ended=When.perhaps(b)) for a, b in clock.pauses],
            days_to_decision=DayRange.of(clock.took(Span.TO_DECISION, "days")),
            working_days_to_decision=DayRange.of(clock.took(Span.TO_DECISION, "working")),
            days_to_award=DayRange.of(clock.took(Span.TO_AWARD, "days")),
            working_days_to_award=DayRange.of(clock.took(Span.TO_AWARD, "working")),
            days_to_money=DayRange.of(clock.took(Span.TO_MONEY, "days")),
            open_days=clock.open_days,
            waiting_for=clock.running.line.span if clock.running else None,
            waiting_on=DomainOwner(clock.running.line.owner) if clock.running else None,
            next_deadline=clock.next_deadline,
            standing=clock.standing,
            breached=clock.breached,
        )


# --- One by one -------------------------------------------------------------------------------------------------------


async def clock_for(
    info: Info, bid_id: str, as_at: date | None, known_at: datetime | None, attempt: int | None = None
) -> BidClock:
    """The clock of a bid's submission *attempt*, by default the last, as at a day and as known at a moment."""
    day, known = await info.context.moment(as_at, known_at)
    spans = await info.context.lines(delays.spans_by, "bid_id", bid_id, known=known)
    steps = await info.context.lines(delays.steps_by, "bid_id", bid_id, known=known)
    attempts = {span.attempt for span in spans}
    if attempt is not None and attempt not in attempts:
        raise Problem(f"The bid has no attempt {attempt}; attempts that are known: {len(attempts)}.")
    return BidClock.of(clock_of(spans, steps, day, attempt))


# --- As they are kept -------------------------------------------------------------------------------------------------

# So many clocks are kept, each as the text of what was selected of it.
KEPT = 8192

Key: TypeAlias = tuple[str, Submission, date]


def _key(selected: Selected, submission: Submission, day: date) -> Key:
    """All that the text of a clock is made of."""
    return selected.text, submission, day


class Texts:
    """The texts of clocks: the last of so many that were asked for.

    Each is kept by all that it is made of, so it is never stale: what is recorded later is another version of its bid.
    """

    def __init__(self, kept: int = KEPT) -> None:
        self._kept = kept
        self._texts: OrderedDict[Key, str] = OrderedDict()

    async def of(self, info: Info, asked: Sequence[tuple[Submission, Selected]], day: date) -> list[str] | None:
        """What is selected of each clock that is *asked* for, as at *day*; None where graphql-core must write one."""
        keys = [_key(selected, one, day) for one, selected in asked]
        texts = {key: text for key in keys if (text := self._find(key)) is not None}
        if len(texts) < len(keys):
            missing = {one for key, (one, _) in zip(keys, asked, strict=True) if key not in texts}
            async with info.context.reads.connection() as connection:
                clocks = await clocks_of(connection, missing, day)
            shown = {one: BidClock.of(clock) for one, clock in clocks.items()}
            for key, (one, selected) in zip(keys, asked, strict=True):
                if key not in texts:
                    text = selected.write(shown[one])
                    if text is None:
                        return None
                    texts[key] = text
                    self._keep(key, text)
        return [texts[key] for key in keys]

    def _find(self, key: Key) -> str | None:
        text = self._texts.get(key)
        if text is not None:
            self._texts.move_to_end(key)
        return text

    def _keep(self, key: Key, text: str) -> None:
        self._texts[key] = text
        while len(self._texts) > self._kept:
            self._texts.popitem(last=False)


texts = Texts()
