"""The bid clock: from what happened to a bid, in the order of the log, how long each of its stages took.

docs/delays.md has the rules in words. Nothing here reads a database or today's date.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache
from typing import NamedTuple

from domain.values.waiting import STAGES, WHOLES, Calendar, Days, Owner, Span
from domain.values.when import DayRange, Precision, When
from projections.delays.working_days import after_working_days, working_days
from projections.tables.effect import counts_from

# An approximate date may be off by this many days to either side: our convention, for no source says by how much.
ALLOWANCE = {Precision.DAY: 15, Precision.MONTH: 31, Precision.YEAR: 366, Precision.RANGE: 31}

OWNERS = dict.fromkeys(Span, Owner.FUNDER) | {Span.DRAFTING: Owner.BIDDER, Span.ACCEPTANCE: Owner.BIDDER}

# Which stage an event ends.
ENDS = {
    "submitted": Span.DRAFTING,
    "acknowledged": Span.ACKNOWLEDGEMENT,
    "tested": Span.ELIGIBILITY,
    "assessed": Span.ASSESSMENT,
    "approved": Span.DECISION,
    "declined": Span.DECISION,
    "notified": Span.NOTIFICATION,
    "offered": Span.OFFER,
    "accepted": Span.ACCEPTANCE,
    "released": Span.FIRST_PAYMENT,
}
REACHED = "reached"


class Step(NamedTuple):
    """Something that happened to a bid. *number* is that of a question or payment."""

    kind: str
    on: When
    number: int | None = None


class Pause(NamedTuple):
    """The clock stands still between the funder's question and the bidder's answer."""

    start: When
    end: When | None


@dataclass(frozen=True, slots=True)
class Standard:
    """A promise: *span* takes at most *limit* days of a kind, for what starts from the day *since*."""

    scheme_id: str | None
    span: Span
    limit: int
    days: Days
    since: date


class Timed(NamedTuple):
    """A stage of a bid, or a whole way: begun, and ended unless it goes on.

    *outcome* is how it ended: reached; or declined, withdrawn, lapsed, ended, where the bid did not get there; or
    stated, where only a source tells of the bid and nobody knows whether it waits. *attempt* counts submissions from
    1, and *nth* orders all that is timed of one bid.
    """

    attempt: int
    nth: int
    span: Span
    owner: Owner
    started: When
    ended: When | None = None
    outcome: str | None = None
    pauses: tuple[Pause, ...] = ()

    @property
    def is_open(self) -> bool:
        """Whether it goes on, as far as is known."""
        return self.outcome is None


# --- From steps to what is timed --------------------------------------------------------------------------------------


@dataclass(slots=True)
class Clock:
    """The clock of one bid, which takes one step after the other."""

    attempt: int = 1
    since: When | None = None  # When the stage that runs began; None where nothing runs.
    reached: int = -1  # The place in STAGES of the stage that ended last.
    spans: list[Timed] = field(default_factory=list)
    pauses: dict[int, Pause] = field(default_factory=dict)
    paid: When | None = None  # When the payment was released that ended the wait.

    @classmethod
    def of(cls, steps: Sequence[Step]) -> "Clock":
        """The clock after *steps*, which stand in the order of the log."""
        clock = cls()
        for step in _standing(steps):
            clock.take(step)
        return clock

    def take(self, step: Step) -> None:
        """Take one more step. Where it revises what came before, begin anew, with ``of``."""
        _take(self, step)

    def revised_by(self, step: Step) -> bool:
        """Whether *step* makes something undone that was taken before it, or was before it: an earlier payment."""
        if step.kind == "released" and self.paid is not None:
            return _soonest(step.on) < _soonest(self.paid)
        return step.kind in ("reversed", "reopened")

    def timed(self) -> list[Timed]:
        """All that is timed up to now, what goes on included."""
        pauses = tuple(self.pauses.values())
        spans = self._with_pauses(pauses) if pauses else list(self.spans)
        if self.since is not None and self.reached + 1 < len(STAGES):
            running = self._made(STAGES[self.reached + 1], self.since, None, None)
            spans.append(running._replace(pauses=pauses) if running.span is not Span.DRAFTING else running)
        return spans

    def begin(self, on: When, reached: int) -> None:
        self.since, self.reached = on, reached

    def add(self, span: Span, started: When, ended: When | None, outcome: str | None) -> None:
        self.spans.append(self._made(span, started, ended, outcome))

    def _made(self, span: Span, started: When, ended: When | None, outcome: str | None) -> Timed:
        owner = OWNERS[span]
        if outcome is None and span in STAGES and any(pause.end is None for pause in self.pauses.values()):
            owner = Owner.BIDDER
        return Timed(self.attempt, len(self.spans), span, owner, started, ended, outcome)

    def begin_wholes(self, on: When, outcome: str | None = None) -> None:
        for whole in WHOLES:
            self.add(whole, on, None, outcome)

    def end_wholes(self, wholes: Iterable[Span], on: When, outcome: str) -> None:
        ending = tuple(wholes)
        for place, timed in enumerate(self.spans):
            if timed.attempt == self.attempt and timed.span in ending and timed.outcome is None:
                self.spans[place] = timed._replace(ended=_not_before(timed.started, on), outcome=outcome)

    def end_stage(self, span: Span, on: When, outcome: str = REACHED) -> None:
        place = STAGES.index(span)
        if self.since is None or place < self.reached:
            return
        if place == self.reached:
            self.lengthen(span, on)
            return
        ended = _not_before(self.since, on)
        self.add(span, self.since, ended, outcome)
        self.begin(ended, place)

    def lengthen(self, span: Span, on: When) -> None:
        """Let the stage that ended last end then: an assessment takes until its last score."""
        for place in reversed(range(len(self.spans))):
            timed = self.spans[place]
            if timed.attempt == self.attempt and timed.span is span:
                self.since = _not_before(timed.started, on)
                self.spans[place] = timed._replace(ended=self.since)
                return

    def stop(self, on: When, outcome: str) -> None:
        """Nothing runs on: the bid is over."""
        if self.since is not None and self.reached + 1 < len(STAGES):
            self.end_stage(STAGES[self.reached + 1], on, outcome)
        self.since = None
        self.end_wholes(WHOLES, on, outcome)
        self.answer_all(on)

    def answer_all(self, on: When) -> None:
        for number, pause in self.pauses.items():
            if pause.end is None:
                self.pauses[number] = Pause(pause.start, _not_before(pause.start, on))

    def hand_over_pauses(self) -> None:
        """Let what was timed of this attempt know its pauses."""
        self.spans = self._with_pauses(tuple(self.pauses.values()))
        self.pauses = {}

    def _with_pauses(self, pauses: tuple[Pause, ...]) -> list[Timed]:
        return [
            timed._replace(pauses=pauses)
            if timed.attempt == self.attempt and timed.span is not Span.DRAFTING
            else timed
            for timed in self.spans
        ]


def timed(steps: Sequence[Step]) -> list[Timed]:
    """All that is timed of a bid, by what happened to it in the order of the log."""
    return Clock.of(steps).timed()


def _standing(steps: Sequence[Step]) -> Iterable[Step]:
    """*steps* without ends after which the award was reopened, and of the payments with the first that stands.

    Payments are recorded in any order: the first is that of the earliest date.
    """
    reversed_payments = {step.number for step in steps if step.kind == "reversed"}
    paid = [step for step in steps if step.kind == "released" and step.number not in reversed_payments]
    first_paid = min(paid, key=lambda step: _soonest(step.on), default=None)
    reopened = max((place for place, step in enumerate(steps) if step.kind == "reopened"), default=-1)
    for place, step in enumerate(steps):
        if step.kind == "released" and step is not first_paid:
            continue
        if step.kind == "ended" and place < reopened:
            continue
        yield step


def _soonest(on: When) -> tuple[bool, date]:
    """Where *on* stands among the dates of payments: as it counts in a question "as at", and undated last."""
    return not on.is_known, counts_from(on)


def _take(clock: Clock, step: Step) -> None:
    on = step.on
    match step.kind:
        case "drafted":
            clock.begin(on, -1)
        case "stated":
            clock.begin_wholes(on, "stated")
        case "restated":
            clock.spans = [one._replace(started=on) if one.outcome == "stated" else one for one in clock.spans]
        case "submitted":
            clock.end_stage(Span.DRAFTING, on)
            begun = clock.since or on
            clock.begin(begun, 0)
            clock.begin_wholes(begun)
        case "resubmitted":
            clock.hand_over_pauses()
            clock.attempt += 1
            clock.begin(on, 0)
            clock.begin_wholes(on)
        case "asked" if step.number is not None:
            clock.pauses[step.number] = Pause(on, None)
        case "answered" if step.number in clock.pauses:
            asked = clock.pauses[step.number].start
            clock.pauses[step.number] = Pause(asked, _not_before(asked, on))
        case "withdrawn" | "ended":
            clock.stop(on, step.kind)
        case "lapsed":
            clock.end_stage(Span.ACCEPTANCE, on, "lapsed")
            clock.begin(on, STAGES.index(Span.NOTIFICATION))
        case _ if step.kind in ENDS:
            _reach(clock, step)


def _reach(clock: Clock, step: Step) -> None:
    clock.end_stage(ENDS[step.kind], step.on)
    # Where dates contradict each other a whole way ends with its last stage, so that stages always add up to it.
    on = clock.since or step.on
    match step.kind:
        case "approved":
            clock.end_wholes([Span.TO_DECISION], on, REACHED)
            clock.answer_all(on)
        case "declined":
            clock.end_wholes([Span.TO_DECISION], on, REACHED)
            clock.end_wholes(WHOLES, on, "declined")
            clock.answer_all(on)
        case "notified" if _declined(clock):
            clock.since = None
        case "offered":
            clock.end_wholes([Span.TO_AWARD], on, REACHED)
        case "released":
            clock.end_wholes([Span.TO_MONEY], on, REACHED)
            clock.since, clock.paid = None, step.on


def _declined(clock: Clock) -> bool:
    return any(one.attempt == clock.attempt and one.outcome == "declined" for one in clock.spans)


def _not_before(start: When, on: When) -> When:
    """*on*, or *start* where *on* can only lie before it: a stage that had ended already took no time."""
    return on if start.may_precede(on) else start


# --- How long ---------------------------------------------------------------------------------------------------------


class Bounds(NamedTuple):
    """The first and the last day that a date can be."""

    first: date
    last: date


def bounds(when: When) -> Bounds | None:
    """The days that *when* can be, an approximate date wider by its allowance; None where it is open or unknown."""
    first, last = _ends(when.text)
    return Bounds(first, last) if first is not None and last is not None else None


def first_day(when: When) -> date | None:
    """The first day that *when* can be, an approximate date earlier by its allowance; None where open or unknown."""
    return _ends(when.text)[0]


def last_day(when: When) -> date | None:
    """The last day that *when* can be, an approximate date later by its allowance; None where open or unknown."""
    return _ends(when.text)[1]


# The same days come again and again.
@lru_cache(maxsize=4096)
def _ends(text: str) -> tuple[date | None, date | None]:
    when = When(text)
    first, last = when.earliest, when.latest
    if not when.approximate:
        return first, last
    allowance = ALLOWANCE[when.precision]
    return first and shifted(first, -allowance), last and shifted(last, allowance)


def shifted(day: date, days: int) -> date:
    """*day* so many days later, as far as there is a calendar."""
    return date.fromordinal(min(max(day.toordinal() + days, date.min.toordinal()), date.max.toordinal()))


@dataclass(frozen=True, slots=True)
class Measured:
    """How long something took, or has taken so far: each a range, of one number where dates are exact.

    *days* are calendar days, pauses and all; *paused* those of them while the clock stood still; *working* are working
    days without the pauses.
    """

    days: DayRange
    working: DayRange
    paused: DayRange


def measure(timed: Timed, as_at: date, calendar: Calendar) -> Measured | None:
    """How long *timed* took by *as_at*; None where a date is unknown, or nobody knows whether it goes on."""
    start = bounds(timed.started)
    if start is None or timed.outcome == "stated":
        return None
    end = bounds(timed.ended) if timed.ended is not None else Bounds(as_at, as_at)
    if end is None:
        return None
    if timed.ended is not None and end.last > as_at:
        end = Bounds(as_at, as_at)
    surely, possibly = _pauses(timed, start, end, as_at)
    longest_pause = sum((b - a).days for a, b in possibly)
    shortest_pause = sum((b - a).days for a, b in surely)
    most = working_days(calendar, start.first, end.last) - _worked(calendar, surely)
    least = working_days(calendar, start.last, end.first) - _worked(calendar, possibly)
    return Measured(
        days=_range((end.first - start.last).days, (end.last - start.first).days),
        working=_range(least, most),
        paused=_range(shortest_pause, longest_pause),
    )


def _range(least: int, most: int) -> DayRange:
    return DayRange(min=max(0, least), max=max(0, most))


def _worked(calendar: Calendar, stretches: list[tuple[date, date]]) -> int:
    return sum(working_days(calendar, a, b) for a, b in stretches)


def _pauses(
    timed: Timed, start: Bounds, end: Bounds, as_at: date
) -> tuple[list[tuple[date, date]], list[tuple[date, date]]]:
    """The stretches within *timed* in which the clock surely stood still, and those in which it may have."""
    surely, possibly = [], []
    for pause in timed.pauses:
        asked = bounds(pause.start)
        answered = Bounds(as_at, as_at) if pause.end is None else bounds(pause.end)
        if asked is None or answered is None:
            continue
        surely.append((max(asked.last, start.last), min(answered.first, end.first)))
        possibly.append((max(asked.first, start.first), min(answered.last, end.last)))
    return _union(surely), _union(possibly)


def _union(stretches: Iterable[tuple[date, date]]) -> list[tuple[date, date]]:
    """*stretches* without the empty ones, where they overlap made one: two questions stop one clock."""
    joined: list[tuple[date, date]] = []
    for a, b in sorted(stretch for stretch in stretches if stretch[0] < stretch[1]):
        if joined and a <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(joined[-1][1], b))
        else:
            joined.append((a, b))
    return joined


# --- Against the service standard -------------------------------------------------------------------------------------


def standard_for(timed: Timed, scheme_id: str | None, standards: Iterable[Standard]) -> Standard | None:
    """The standard that held when *timed* started: the scheme's own before the programme's, the latest of each.

    *standards* come in the order in which they were recorded.
    """
    if bounds(timed.started) is None:
        return None
    since = counts_from(timed.started)
    holding = [
        (standard.scheme_id is not None, standard.since, place, standard)
        for place, standard in enumerate(standards)
        if standard.span is timed.span and standard.scheme_id in (None, scheme_id) and standard.since <= since
    ]
    return max(holding)[3] if holding else None


def deadline(timed: Timed, standard: Standard, calendar: Calendar) -> date | None:
    """The last day on which *timed* keeps to *standard* for sure; None while the clock stands still.

    Pauses put it off. Where dates are ranges it is the latest that it can be: nobody is blamed on a guess.
    """
    start = bounds(timed.started)
    if start is None:
        return None
    day = _after(standard, calendar, start.last, standard.limit)
    while True:
        stretches = []
        for pause in timed.pauses:
            asked = bounds(pause.start)
            if asked is None or asked.first > day:
                continue
            answered = bounds(pause.end) if pause.end is not None else None
            if answered is None:
                return None
            stretches.append((max(asked.first, start.last), answered.last))
        paused = sum(_count(standard, calendar, a, b) for a, b in _union(stretches))
        later = _after(standard, calendar, start.last, standard.limit + paused)
        if later <= day:
            return day
        day = later


def breach_day(timed: Timed, due: date | None) -> date | None:
    """The first day on which *timed* is past the day that it was *due*; None where it ended in time or may have."""
    if due is None:
        return None
    ended = bounds(timed.ended) if timed.ended is not None else None
    if timed.outcome is not None and (ended is None or ended.first <= due):
        return None
    return shifted(due, 1)


def _after(standard: Standard, calendar: Calendar, start: date, number: int) -> date:
    if standard.days is Days.WORKING:
        return after_working_days(calendar, start, number)
    return shifted(start, number)


def _count(standard: Standard, calendar: Calendar, start: date, end: date) -> int:
    if standard.days is Days.WORKING:
        return working_days(calendar, start, end)
    return max(0, (end - start).days)
