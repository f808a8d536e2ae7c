"""The clock of a bid as at a day: its stages, the stage that runs, whose turn it is, and the service standards."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal, NamedTuple, TypeVar

from domain.values.waiting import STAGES, Span
from domain.values.when import DayRange, When
from projections.delays import clock
from projections.delays.clock import Measured
from projections.delays.reading import SpanLine, StepLine, spans_at, spans_by, steps_at, steps_by
from projections.delays.standing import Standing, standing_of
from projections.tables.effect import counts_from
from projections.tables.paging import Connection

Line = TypeVar("Line", SpanLine, StepLine)


@dataclass(frozen=True, slots=True)
class StageNow:
    """A span as at a day."""

    line: SpanLine
    measured: Measured | None
    standing: Standing | None

    @property
    def runs(self) -> bool:
        """Whether the span goes on."""
        return self.line.outcome is None


# The dates of a clock, and the kinds of step that set each.
DATES = {
    "submitted": ("submitted", "resubmitted", "stated"),
    "acknowledged": ("acknowledged",),
    "decided": ("approved", "declined"),
    "notified": ("notified",),
    "accepted": ("accepted",),
}


# The status of a bid after each kind of step.
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
    """The status of a bid as at a day. Before its first step, it is the status after that step."""
    changes = [step for step in steps if step.kind in STATUSES]
    happened = [step for step in changes if counts_from(When(step.on)) <= as_at]
    return STATUSES[(happened or changes[:1])[-1].kind]


@dataclass(frozen=True, slots=True)
class Clock:
    """One submission of a bid as at a day. *dates* are texts of When by name; None if it has not happened yet."""

    attempt: int
    as_at: date
    dates: dict[str, str | None]
    stages: list[StageNow]
    wholes: dict[Span, StageNow]

    @property
    def running(self) -> StageNow | None:
        """The stage that goes on; None if none does."""
        return next((stage for stage in reversed(self.stages) if stage.runs), None)

    @property
    def pauses(self) -> list[tuple[str, str | None]]:
        """The start and end of each pause, as texts of When."""
        whole = self.wholes.get(Span.TO_DECISION)
        return [(start or "unknown", end) for start, end in whole.line.pauses] if whole else []

    @property
    def open_days(self) -> int | None:
        """The most calendar days that the bid can have waited for its decision; None unless it still waits."""
        whole = self.wholes.get(Span.TO_DECISION)
        if whole is None or not whole.runs or whole.measured is None:
            return None
        return whole.measured.days.max

    @property
    def next_deadline(self) -> date | None:
        """The earliest deadline of the spans that go on."""
        return min((one.line.deadline for one in self._all() if one.runs and one.line.deadline), default=None)

    @property
    def standing(self) -> Standing | None:
        """The worst standing of any span; None without a standard."""
        order = list(Standing)
        return max((one.standing for one in self._all() if one.standing), key=order.index, default=None)

    @property
    def breached(self) -> bool | None:
        """Whether any standard was missed; None if there is none, or if the dates leave it open."""
        if self.standing is None or self.standing is Standing.UNCERTAIN:
            return None
        return self.standing is Standing.BREACHED

    def took(self, span: Span, figure: Literal["days", "working"]) -> DayRange | None:
        """How long a whole way took; None if it has not reached its end."""
        whole = self.wholes.get(span)
        if whole is None or whole.line.outcome != clock.REACHED or whole.measured is None:
            return None
        return whole.measured.days if figure == "days" else whole.measured.working

    def _all(self) -> list[StageNow]:
        return [*self.stages, *self.wholes.values()]


class Submission(NamedTuple):
    """A submission of a bid, as known at a position of the log (*version*).

    That knowledge never changes, so its clock as at a day never changes either.
    """

    bid_id: str
    attempt: int
    version: int


async def clocks_of(
    connection: Connection, submissions: Collection[Submission], as_at: date
) -> dict[Submission, Clock]:
    """The clocks of *submissions*, in which each bid has only one version."""
    versions = {one.bid_id: one.version for one in submissions}
    spans = _by_bid(versions, await spans_at(connection, versions, as_at))
    steps = _by_bid(versions, await steps_at(connection, versions))
    return {one: clock_of(spans[one.bid_id], steps[one.bid_id], as_at, one.attempt) for one in submissions}


async def timed_of(
    connection: Connection, bid_ids: Sequence[str], *, as_at: date, known: int | None
) -> tuple[dict[str, list[SpanLine]], dict[str, list[StepLine]]]:
    """The spans as at a day and the steps from which clocks are made, both by bid, as known at a position."""
    spans = await spans_by(connection, "bid_id", bid_ids, as_at=as_at, known=known)
    steps = await steps_by(connection, "bid_id", bid_ids, known=known)
    return _by_bid(bid_ids, spans), _by_bid(bid_ids, steps)


def _by_bid(bid_ids: Iterable[str], lines: Iterable[Line]) -> dict[str, list[Line]]:
    found: dict[str, list[Line]] = {bid_id: [] for bid_id in bid_ids}
    for line in lines:
        found[line.bid_id].append(line)
    return found


def clock_of(spans: Sequence[SpanLine], steps: Sequence[StepLine], as_at: date, attempt: int | None = None) -> Clock:
    """The clock of the submission *attempt*, by default the last, from its bid's *spans* as at a day and its steps."""
    attempt = attempt or last_attempt(spans)
    now = [stage_now(line, as_at) for line in spans if line.attempt == attempt]
    return Clock(
        attempt=attempt,
        as_at=as_at,
        dates=_dates(steps, now, as_at, attempt),
        stages=[stage for stage in now if Span(stage.line.span) in STAGES],
        wholes={Span(stage.line.span): stage for stage in now if Span(stage.line.span) not in STAGES},
    )


def last_attempt(spans: Sequence[SpanLine]) -> int:
    """The last submission of a bid in its *spans* as at a day; 1 before the first."""
    return max((line.attempt for line in spans), default=1)


def stage_now(line: SpanLine, as_at: date) -> StageNow:
    """The span of *line*, which is the answer as at the day *as_at*."""
    measured = line.measured(as_at)
    return StageNow(line, measured, standing_of(line, measured, as_at))


def _dates(steps: Sequence[StepLine], now: Sequence[StageNow], as_at: date, attempt: int) -> dict[str, str | None]:
    """The dates of the submission by name, from the steps that count by *as_at*."""
    happened = [step for step in steps if counts_from(When(step.on)) <= as_at]
    begins = [index for index, step in enumerate(happened) if step.kind == "resubmitted"]
    starts = [0, *begins, len(happened)]
    of_attempt = happened[starts[attempt - 1] : starts[attempt]] if attempt < len(starts) else []
    dates = {
        name: next((step.on for step in reversed(of_attempt) if step.kind in kinds), None)
        for name, kinds in DATES.items()
    }
    money = next((stage for stage in now if stage.line.span == Span.TO_MONEY.value), None)
    paid = money is not None and money.line.outcome == clock.REACHED
    return dates | {"first_payment": money.line.ended if money is not None and paid else None}
