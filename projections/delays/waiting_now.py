"""A bid's clock as people read it: its stages as at a day, what runs, whose turn it is, and how the standards stand."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import Enum
from typing import Literal, NamedTuple, TypeVar

from domain.values.waiting import STAGES, Days, Span
from domain.values.when import DayRange, When
from projections.delays import clock
from projections.delays.clock import Measured
from projections.delays.reading import SpanLine, StepLine, spans_at, spans_by, steps_at, steps_by
from projections.tables.effect import counts_from
from projections.tables.paging import Connection

Line = TypeVar("Line", SpanLine, StepLine)

# A standard is due soon in the last week before its deadline.
SOON = timedelta(days=7)


class Standing(Enum):
    """How something timed stands against its service standard, the worst last."""

    WITHIN = "within"
    PAUSED = "paused"
    DUE_SOON = "due_soon"
    UNCERTAIN = "uncertain"
    BREACHED = "breached"


@dataclass(frozen=True, slots=True)
class StageNow:
    """Something timed, as at a day: *ended* is None where it still went on then."""

    line: SpanLine
    ended: str | None
    measured: Measured | None
    standing: Standing | None

    @property
    def runs(self) -> bool:
        """Whether it goes on."""
        return self.ended is None and self.line.outcome != "stated"


# The dates of a clock, by what happened.
DATES = {
    "submitted": ("submitted", "resubmitted", "stated"),
    "acknowledged": ("acknowledged",),
    "decided": ("approved", "declined"),
    "notified": ("notified",),
    "accepted": ("accepted",),
}


# How a bid stands after what happened to it.
STATUSES = {
    "drafted": "drafted",
    "submitted": "submitted",
    "resubmitted": "submitted",
    "stated": "stated",
    "approved": "approved",
    "declined": "declined",
    "withdrawn": "withdrawn",
    "offered": "awarded",
    "lapsed": "approved",
}


def status_of(steps: Sequence[StepLine], as_at: date) -> str:
    """How a bid stood on a day, by what is known of it: at first as it began, whatever day that was first told of."""
    told = [step for step in steps if step.kind in STATUSES]
    happened = [step for step in told if counts_from(When(step.on)) <= as_at]
    return STATUSES[(happened or told[:1])[-1].kind]


@dataclass(frozen=True, slots=True)
class Clock:
    """One submission of a bid as at a day. *dates* are texts of When by name, None where it has not come to that."""

    attempt: int
    as_at: date
    dates: dict[str, str | None]
    stages: list[StageNow]
    wholes: dict[Span, StageNow]

    @property
    def running(self) -> StageNow | None:
        """The stage that goes on; None when none does."""
        return next((stage for stage in reversed(self.stages) if stage.runs), None)

    @property
    def pauses(self) -> list[tuple[str, str | None]]:
        """When the clock stood still, from when until when, as texts of When."""
        whole = self.wholes.get(Span.TO_DECISION)
        return [(start or "unknown", end) for start, end in whole.line.pauses] if whole else []

    @property
    def open_days(self) -> int | None:
        """Calendar days waited so far while undecided, the most that they can be."""
        whole = self.wholes.get(Span.TO_DECISION)
        if whole is None or not whole.runs or whole.measured is None:
            return None
        return whole.measured.days.max

    @property
    def next_deadline(self) -> date | None:
        """The first deadline of what goes on."""
        return min((one.line.deadline for one in self._all() if one.runs and one.line.deadline), default=None)

    @property
    def standing(self) -> Standing | None:
        """The worst standing of anything timed; None without a standard."""
        order = list(Standing)
        return max((one.standing for one in self._all() if one.standing), key=order.index, default=None)

    @property
    def breached(self) -> bool | None:
        """Whether any standard was passed; None where there is none, or dates leave it open."""
        if self.standing is None or self.standing is Standing.UNCERTAIN:
            return None
        return self.standing is Standing.BREACHED

    def took(self, span: Span, figure: Literal["days", "working"]) -> DayRange | None:
        """How long a whole way took; None while it has not come to its end."""
        whole = self.wholes.get(span)
        if whole is None or whole.ended is None or whole.line.outcome != clock.REACHED or whole.measured is None:
            return None
        return whole.measured.days if figure == "days" else whole.measured.working

    def _all(self) -> list[StageNow]:
        return [*self.stages, *self.wholes.values()]


class Submission(NamedTuple):
    """A submission of a bid, by what was known of the bid at a position of the log.

    That never changes: its clock as at a day is the same for ever.
    """

    bid_id: str
    attempt: int
    version: int


async def clocks_of(
    connection: Connection, submissions: Collection[Submission], as_at: date
) -> dict[Submission, Clock]:
    """The clocks of *submissions*, in which each bid stands by one version."""
    versions = {one.bid_id: one.version for one in submissions}
    spans = _by_bid(versions, await spans_at(connection, versions))
    steps = _by_bid(versions, await steps_at(connection, versions))
    return {one: clock_of(spans[one.bid_id], steps[one.bid_id], as_at, one.attempt) for one in submissions}


async def timed_of(
    connection: Connection, bid_ids: Sequence[str], *, known: int | None
) -> tuple[dict[str, list[SpanLine]], dict[str, list[StepLine]]]:
    """What clocks are made of: by bid, what is timed of it, and what happened to it, as known at a position."""
    spans = await spans_by(connection, "bid_id", bid_ids, known=known)
    steps = await steps_by(connection, "bid_id", bid_ids, known=known)
    return _by_bid(bid_ids, spans), _by_bid(bid_ids, steps)


def _by_bid(bid_ids: Iterable[str], lines: Iterable[Line]) -> dict[str, list[Line]]:
    found: dict[str, list[Line]] = {bid_id: [] for bid_id in bid_ids}
    for line in lines:
        found[line.bid_id].append(line)
    return found


def clock_of(spans: Sequence[SpanLine], steps: Sequence[StepLine], as_at: date, attempt: int | None = None) -> Clock:
    """The clock of a submission, by default the last, from what is known of its bid."""
    attempt = attempt or max((line.attempt for line in spans), default=1)
    now = [stage_now(line, as_at) for line in spans if line.attempt == attempt and _has_begun(line, as_at)]
    return Clock(
        attempt=attempt,
        as_at=as_at,
        dates=_dates(steps, now, as_at, attempt),
        stages=[stage for stage in now if Span(stage.line.span) in STAGES],
        wholes={Span(stage.line.span): stage for stage in now if Span(stage.line.span) not in STAGES},
    )


def stage_now(line: SpanLine, as_at: date) -> StageNow:
    """What is timed, as at a day."""
    ended = line.ended if line.ended is not None and counts_from(When(line.ended)) <= as_at else None
    measured = line.measured(as_at)
    return StageNow(line, ended, measured, _standing(line, ended, measured, as_at))


def _has_begun(line: SpanLine, as_at: date) -> bool:
    return counts_from(When(line.started)) <= as_at


def _standing(line: SpanLine, ended: str | None, measured: Measured | None, as_at: date) -> Standing | None:
    if line.limit is None or measured is None:
        return None
    broke = clock.breach_day(line.timed, line.deadline)
    if broke is not None and broke <= as_at:
        return Standing.BREACHED
    longest = measured.working.max if line.days == Days.WORKING.value else measured.days.max - measured.paused.min
    if longest > line.limit:
        return Standing.UNCERTAIN
    if ended is not None:
        return Standing.WITHIN
    if line.deadline is None:
        return Standing.PAUSED
    return Standing.DUE_SOON if line.deadline - as_at <= SOON else Standing.WITHIN


def _dates(steps: Sequence[StepLine], now: Sequence[StageNow], as_at: date, attempt: int) -> dict[str, str | None]:
    """When the submission came to what, by what was recorded of it."""
    begins = [place for place, step in enumerate(steps) if step.kind == "resubmitted"]
    starts = [0, *begins, len(steps)]
    of_attempt = steps[starts[attempt - 1] : starts[attempt]] if attempt < len(starts) else []
    happened = [step for step in of_attempt if counts_from(When(step.on)) <= as_at]
    dates = {
        name: next((step.on for step in reversed(happened) if step.kind in kinds), None)
        for name, kinds in DATES.items()
    }
    money = next((stage for stage in now if stage.line.span == Span.TO_MONEY.value), None)
    paid = money is not None and money.line.outcome == clock.REACHED
    return dates | {"first_payment": money.ended if money is not None and paid else None}
