"""The bid clock: computes from the steps of a bid, in the order of the log, how long each of its stages took.

docs/delays.md explains the rules. Nothing here reads a database or today's date.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from functools import lru_cache
from typing import NamedTuple

from domain.values.waiting import STAGES, WHOLES, Calendar, Days, Owner, Span
from domain.values.when import DayRange, Precision, When
from projections.delays.working_days import after_working_days, working_days
from projections.tables.effect import counts_from

# By how many days an approximate date can be off, earlier or later: our convention, for no source gives a number.
ALLOWANCE = {Precision.DAY: 15, Precision.MONTH: 31, Precision.YEAR: 366, Precision.RANGE: 31}

OWNERS = dict.fromkeys(Span, Owner.FUNDER) | {Span.DRAFTING: Owner.BIDDER, Span.ACCEPTANCE: Owner.BIDDER}

# The stage that each kind of step ends. A submission ends the drafting, and begins more than one wait.
ENDS = {
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
    """Something that happened to a bid. *number* is the number of a question or payment."""

    kind: str
    on: When
    number: int | None = None


class Pause(NamedTuple):
    """The time between a question of the funder and the bidder's answer, in which the clock does not run."""

    start: When
    end: When | None


@dataclass(frozen=True, slots=True)
class Standard:
    """A service standard: a *span* that starts on or after *since* takes at most *limit* days, of the kind *days*."""

    scheme_id: str | None
    span: Span
    limit: int
    days: Days
    since: date


class Timed(NamedTuple):
    """A timed span of a bid: a stage or a whole way. *ended* is None while it goes on.

    *outcome* is how it ended: "reached"; or "declined", "withdrawn", "lapsed" or "ended", if the bid did not reach the
    end of the span; or "stated", if only a source states the bid and nobody knows whether it waits. None while it goes
    on. *attempt* counts submissions from 1; *nth* orders the spans of one bid.
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
        """Whether the span goes on, as far as is known."""
        return self.outcome is None


# --- From steps to spans ----------------------------------------------------------------------------------------------


@dataclass(slots=True)
class Clock:
    """The clock of one bid, to which steps are applied one by one."""

    attempt: int = 1
    since: When | None = None  # When the current stage began; None if none runs.
    reached: int = -1  # The index in STAGES of the stage that ended last.
    spans: list[Timed] = field(default_factory=list)
    pauses: dict[int, Pause] = field(default_factory=dict)
    paid: When | None = None  # When the payment that ended the wait was released.

    @classmethod
    def of(cls, steps: Sequence[Step]) -> "Clock":
        """The clock after *steps*, which are in the order of the log."""
        clock = cls()
        for step in _valid(steps):
            clock.take(step)
        return clock

    def copy(self) -> "Clock":
        """The same clock, to which other steps can be applied."""
        return replace(self, spans=list(self.spans), pauses=dict(self.pauses))

    def take(self, step: Step) -> None:
        """Apply one more step. If ``revised_by`` is true of it, build the clock anew with ``of`` instead."""
        _take(self, step)

    def revised_by(self, step: Step) -> bool:
        """Whether *step* changes the effect of earlier steps: a reversal, a reopening or an earlier first payment."""
        if step.kind == "released" and self.paid is not None:
            return _soonest(step.on) < _soonest(self.paid)
        return step.kind in ("reversed", "reopened")

    def timed(self) -> list[Timed]:
        """All spans up to now, including those that go on."""
        pauses = tuple(self.pauses.values())
        spans = self._with_pauses(pauses) if pauses else list(self.spans)
        if self.since is not None and self.reached + 1 < len(STAGES):
            running = self._new_span(STAGES[self.reached + 1], self.since, None, None)
            spans.append(running._replace(pauses=pauses) if running.span is not Span.DRAFTING else running)
        return spans

    def begin(self, on: When, reached: int) -> None:
        self.since, self.reached = on, reached

    def add(self, span: Span, started: When, ended: When | None, outcome: str | None) -> None:
        self.spans.append(self._new_span(span, started, ended, outcome))

    def _new_span(self, span: Span, started: When, ended: When | None, outcome: str | None) -> Timed:
        owner = OWNERS[span]
        if outcome is None and span in STAGES and any(pause.end is None for pause in self.pauses.values()):
            owner = Owner.BIDDER
        return Timed(self.attempt, len(self.spans), span, owner, started, ended, outcome)

    def begin_wholes(self, on: When, outcome: str | None = None) -> None:
        for whole in WHOLES:
            self.add(whole, on, None, outcome)

    def end_wholes(self, wholes: Iterable[Span], on: When, outcome: str) -> None:
        ending = tuple(wholes)
        for index, timed in enumerate(self.spans):
            if timed.attempt == self.attempt and timed.span in ending and timed.outcome is None:
                self.spans[index] = timed._replace(ended=_not_before(timed.started, on), outcome=outcome)

    def end_stage(self, span: Span, on: When, outcome: str = REACHED) -> None:
        index = STAGES.index(span)
        if self.since is None or index < self.reached:
            return
        if index == self.reached:
            self.lengthen(span, on)
            return
        ended = _not_before(self.since, on)
        self.add(span, self.since, ended, outcome)
        self.begin(ended, index)

    def lengthen(self, span: Span, on: When) -> None:
        """Move the end of the stage that ended last to *on*: an assessment ends with its last score."""
        for index in reversed(range(len(self.spans))):
            timed = self.spans[index]
            if timed.attempt == self.attempt and timed.span is span:
                self.since = _not_before(timed.started, on)
                self.spans[index] = timed._replace(ended=self.since)
                return

    def stop(self, on: When, outcome: str) -> None:
        """End everything that runs: the bid is over."""
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
        """Store the pauses in the spans of this attempt, and begin without pauses."""
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
    """All spans of a bid, from its steps in the order of the log."""
    return Clock.of(steps).timed()


def _valid(steps: Sequence[Step]) -> Iterable[Step]:
    """*steps* without ends that a reopening undid, and with only the first of the payments that were not reversed.

    The first payment is the one with the earliest date, for payments may be recorded in any order.
    """
    reversed_payments = {step.number for step in steps if step.kind == "reversed"}
    paid = [step for step in steps if step.kind == "released" and step.number not in reversed_payments]
    first_paid = min(paid, key=lambda step: _soonest(step.on), default=None)
    reopened = max((index for index, step in enumerate(steps) if step.kind == "reopened"), default=-1)
    for index, step in enumerate(steps):
        if step.kind == "released" and step is not first_paid:
            continue
        if step.kind == "ended" and index < reopened:
            continue
        yield step


def _soonest(on: When) -> tuple[bool, date]:
    """The key by which payments are ordered: the day from which *on* counts, with undated payments last."""
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
    # If dates contradict each other, a whole way ends with its last stage, so that the stages always add up to it.
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
    """*on*, or *start* if *on* is surely before it: then the stage takes no time."""
    return on if start.may_precede(on) else start


# --- Measuring --------------------------------------------------------------------------------------------------------


class Bounds(NamedTuple):
    """The first and the last day that a date can be."""

    first: date
    last: date


def bounds(when: When) -> Bounds | None:
    """The first and last day that *when* can be, with the allowance of an approximate date; None if one is unknown."""
    first, last = _ends(when.text)
    return Bounds(first, last) if first is not None and last is not None else None


def first_day(when: When) -> date | None:
    """The first day that *when* can be, with the allowance of an approximate date; None if it is unknown."""
    return _ends(when.text)[0]


def last_day(when: When) -> date | None:
    """The last day that *when* can be, with the allowance of an approximate date; None if it is unknown."""
    return _ends(when.text)[1]


# Cached, for the same dates occur many times.
@lru_cache(maxsize=4096)
def _ends(text: str) -> tuple[date | None, date | None]:
    when = When(text)
    first, last = when.earliest, when.latest
    if not when.approximate:
        return first, last
    allowance = ALLOWANCE[when.precision]
    return first and shifted(first, -allowance), last and shifted(last, allowance)


def shifted(day: date, days: int) -> date:
    """The day *days* days after *day*, within the range of the calendar."""
    return date.fromordinal(min(max(day.toordinal() + days, date.min.toordinal()), date.max.toordinal()))


@dataclass(frozen=True, slots=True)
class Measured:
    """How long a span took, or has taken so far, as ranges. A range has one number if the dates are exact.

    *days* are calendar days, pauses included; *paused* are the calendar days of the pauses; *working* are working days,
    pauses left out.
    """

    days: DayRange
    working: DayRange
    paused: DayRange


def measure(timed: Timed, as_at: date, calendar: Calendar) -> Measured | None:
    """How long *timed* took by *as_at*; None if a date is unknown, or if only a source states the bid."""
    start = bounds(timed.started)
    if start is None or timed.outcome == "stated":
        return None
    end = bounds(timed.ended) if timed.ended is not None else Bounds(as_at, as_at)
    if end is None:
        return None
    if timed.ended is not None and counts_from(timed.ended) > as_at:
        end = Bounds(as_at, as_at)
    surely, possibly = _pauses(timed, start, end, as_at)
    longest_pause = sum((end - start).days for start, end in possibly)
    shortest_pause = sum((end - start).days for start, end in surely)
    most = working_days(calendar, start.first, end.last) - _worked(calendar, surely)
    least = working_days(calendar, start.last, end.first) - _worked(calendar, possibly)
    return Measured(
        days=_range((end.first - start.last).days, (end.last - start.first).days),
        working=_range(least, most),
        paused=_range(shortest_pause, longest_pause),
    )


def _range(least: int, most: int) -> DayRange:
    return DayRange(min=max(0, least), max=max(0, most))


def _worked(calendar: Calendar, periods: list[tuple[date, date]]) -> int:
    return sum(working_days(calendar, start, end) for start, end in periods)


def _pauses(
    timed: Timed, start: Bounds, end: Bounds, as_at: date
) -> tuple[list[tuple[date, date]], list[tuple[date, date]]]:
    """The periods within *timed* that were surely paused, and those that may have been."""
    surely, possibly = [], []
    for pause in timed.pauses:
        asked = bounds(pause.start)
        answered = Bounds(as_at, as_at) if pause.end is None else bounds(pause.end)
        if asked is None or answered is None:
            continue
        surely.append((max(asked.last, start.last), min(answered.first, end.first)))
        possibly.append((max(asked.first, start.first), min(answered.last, end.last)))
    return _union(surely), _union(possibly)


def _union(periods: Iterable[tuple[date, date]]) -> list[tuple[date, date]]:
    """*periods* without empty ones, with overlapping ones merged: two questions at a time pause the clock once."""
    merged: list[tuple[date, date]] = []
    for start, end in sorted(period for period in periods if period[0] < period[1]):
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(merged[-1][1], end))
        else:
            merged.append((start, end))
    return merged


# --- Against the service standard -------------------------------------------------------------------------------------


def standard_for(timed: Timed, scheme_id: str | None, standards: Iterable[Standard]) -> Standard | None:
    """The standard in force when *timed* started: the latest of the scheme's own or, without one, of the programme's.

    *standards* are in the order in which they were recorded.
    """
    if bounds(timed.started) is None:
        return None
    since = counts_from(timed.started)
    in_force = [
        (standard.scheme_id is not None, standard.since, index, standard)
        for index, standard in enumerate(standards)
        if standard.span is timed.span and standard.scheme_id in (None, scheme_id) and standard.since <= since
    ]
    return max(in_force)[3] if in_force else None


def deadline(timed: Timed, standard: Standard, calendar: Calendar) -> date | None:
    """The last day on which *timed* can end within *standard*; None while it is paused, or if its start is unknown.

    Pauses move it later. If dates are ranges, it is the latest possible day, so that nobody is blamed on a guess.
    """
    start = bounds(timed.started)
    if start is None:
        return None
    day = _after(standard, calendar, start.last, standard.limit)
    while True:
        pauses = []
        for pause in timed.pauses:
            asked = bounds(pause.start)
            if asked is None or asked.first > day:
                continue
            answered = bounds(pause.end) if pause.end is not None else None
            if answered is None:
                return None
            pauses.append((max(asked.first, start.last), answered.last))
        paused = sum(_count(standard, calendar, begun, ended) for begun, ended in _union(pauses))
        later = _after(standard, calendar, start.last, standard.limit + paused)
        if later <= day:
            return day
        day = later


def breach_day(timed: Timed, due: date | None) -> date | None:
    """The first day on which *timed* is past its deadline *due*; None if it ended in time, or may have."""
    if due is None:
        return None
    ended = bounds(timed.ended) if timed.ended is not None else None
    if timed.outcome is not None and (ended is None or ended.first <= due):
        return None
    return shifted(due, 1)


def longest(measured: Measured, days: Days) -> int:
    """The most days of the kind *days* that count for a standard: pauses are left out."""
    return measured.working.max if days is Days.WORKING else measured.days.max - measured.paused.min


def met(timed: Timed, took: Measured | None, standard: Standard | None, breach: date | None) -> bool | None:
    """Whether *timed*, which *took* so long, met its standard. *breach* is its ``breach_day``.

    None if it did not reach its end, if it has no standard, or if its dates are ranges that leave the answer open.
    """
    if timed.outcome != REACHED or took is None or standard is None:
        return None
    if breach is not None:
        return False
    return True if longest(took, standard.days) <= standard.limit else None


def missed_by(timed: Timed, due: date | None, days: Days, calendar: Calendar, as_at: date) -> DayRange | None:
    """By how many days of the kind *days* *timed* missed its deadline *due*, by *as_at*; None if it did not, surely.

    A pause that begins after the deadline does not make it shorter.
    """
    breach = breach_day(timed, due)
    if due is None or breach is None or breach > as_at:
        return None
    ended = bounds(timed.ended) if timed.ended is not None else Bounds(as_at, as_at)
    assert ended is not None, "a span that ended on an unknown day is not breached"
    least, most = (working_days(calendar, due, day) if days is Days.WORKING else (day - due).days for day in ended)
    return DayRange(min=least, max=most)


def _after(standard: Standard, calendar: Calendar, start: date, number: int) -> date:
    if standard.days is Days.WORKING:
        return after_working_days(calendar, start, number)
    return shifted(start, number)


def _count(standard: Standard, calendar: Calendar, start: date, end: date) -> int:
    if standard.days is Days.WORKING:
        return working_days(calendar, start, end)
    return max(0, (end - start).days)
