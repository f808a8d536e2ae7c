"""The chain from bid to delivery: how long each link took, how much of the delivery window was left, and warnings.

The figures and flags answer needs of the evaluators (demo/cbp/requirements.csv): R016, the time between award and each
release of money; R017, money released later than planned; R018, the delivery time lost to delay; R045, a delivery
window shorter than usual.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal

from domain.values.shown import shown_count, shown_date
from domain.values.when import UNKNOWN, DayRange, When
from projections.delays.clock import Bounds, bounds
from projections.delays.reading import MarkLine, StatedLine, StepLine, WindowLine
from projections.delays.survival import percentile
from projections.tables.effect import counts_from

LINKS = (
    ("submitted", ("submitted", "resubmitted", "stated")),
    ("decided", ("approved", "declined")),
    ("offered", ("offered",)),
    ("first_money", ("released",)),
)
# With fewer windows than this, the usual length is unknown.
ENOUGH = 3


@dataclass(frozen=True, slots=True)
class Link:
    """A link of the chain: its date, and the calendar days since the first link and since the dated link before it."""

    name: str
    on: str | None
    since_start: DayRange | None
    since_previous: DayRange | None


@dataclass(frozen=True, slots=True)
class Release:
    """A payment of an award, and the calendar days since its offer (R016). The amount is in major units.

    *reference* is that of the award; None if its offer does not count yet.
    """

    award_id: str
    reference: str | None
    number: int
    amount: Decimal
    on: str
    since_award: DayRange | None


@dataclass(frozen=True, slots=True)
class Flag:
    """A warning, with the number of the need that asks for it."""

    need: str
    message: str


@dataclass(frozen=True, slots=True)
class Chain:
    """The chain of one partnership. Windows are in calendar days, those of the plan that was agreed last."""

    links: list[Link]
    releases: list[Release]
    planned_window: DayRange | None
    window_left: DayRange | None
    flags: list[Flag]


def chain(
    steps: Sequence[StepLine],
    marks: Sequence[MarkLine],
    stated: Sequence[StatedLine],
    windows: Sequence[WindowLine],
    *,
    as_at: date,
) -> Chain:
    """The chain of a partnership, from the steps of its bids (``steps_in``) and the marks of its money, as at a day.

    *windows* are the delivery windows of all partnerships of its kind, its own included.
    """
    plans = _plans(marks, as_at)
    marks = [mark for mark in marks if _counts(mark.on, as_at)]
    reversed_payments = {(mark.award_id, mark.number) for mark in marks if mark.mark == "reversed"}
    paid = [m for m in marks if m.mark == "released" and (m.award_id, m.number) not in reversed_payments]
    links = _links(steps, paid, marks)
    planned = [_between(plan.on, plan.until) for plan in plans]
    left = [_left(plan, _first_money(plan, paid)) for plan in plans]
    named = [f"{plan.said}: " if plan.said and len(plans) > 1 else "" for plan in plans]
    usual = _usual_window([window for window in windows if _counts(window.on, as_at)])
    return Chain(
        links=links,
        releases=_releases(marks, paid),
        planned_window=planned[-1] if plans else None,
        window_left=left[-1] if plans else None,
        flags=[
            *_late_money(marks, paid, as_at),
            *(flag for each in zip(planned, left, named, strict=True) for flag in _lost_window(*each)),
            *_called_short(stated),
            *(flag for each in zip(planned, named, strict=True) for flag in _short_window(usual, *each)),
        ],
    )


def steps_in(partnership_id: str, steps: Sequence[StepLine], as_at: date) -> list[StepLine]:
    """The *steps* of a bid that count by a day; none if the bid belongs to another partnership by then."""
    by_then = [step for step in steps if _counts(step.on, as_at)]
    belongs = next((step.partnership_id for step in reversed(by_then) if step.partnership_id), None)
    return by_then if belongs == partnership_id else []


def _counts(on: str, as_at: date) -> bool:
    return counts_from(When(on)) <= as_at


def _plans(marks: Sequence[MarkLine], as_at: date) -> list[MarkLine]:
    """The delivery window of each plan as at a day, the one agreed last at the end.

    A redesign may move the end of a plan. While no plan has begun, those of days to come are shown.
    """
    windows = [mark for mark in marks if mark.mark == "window" and mark.until is not None]
    plans = {mark.plan: mark for mark in [one for one in windows if _counts(one.on, as_at)] or windows}
    for mark in marks:
        if mark.mark == "redesigned" and mark.plan in plans and _counts(mark.on, as_at):
            plans[mark.plan] = replace(plans[mark.plan], until=mark.until)
    return sorted(plans.values(), key=lambda plan: plan.position)


def _first_money(plan: MarkLine, paid: Sequence[MarkLine]) -> str | None:
    """The date of the first payment of the plan's award; of any award if the plan names none."""
    return _first(mark.on for mark in paid if plan.award_id in (None, mark.award_id))


def _links(steps: Sequence[StepLine], paid: Sequence[MarkLine], marks: Sequence[MarkLine]) -> list[Link]:
    dates: list[tuple[str, str | None]] = []
    for name, kinds in LINKS:
        if name == "first_money":
            found = [mark.on for mark in paid]
        else:
            found = [step.on for step in steps if step.kind in kinds]
        dates.append((name, _first(found)))
    dates.append(("first_milestone", _first(mark.on for mark in marks if mark.mark == "milestone")))
    links: list[Link] = []
    start = previous = None
    for name, on in dates:
        links.append(Link(name, on, _between(start, on), _between(previous, on)))
        start = start or on
        previous = on or previous
    return links


def _first(dates: Iterable[str]) -> str | None:
    """The earliest known date of *dates*."""
    known = [(counts_from(When(on)), on) for on in dates if When(on).is_known]
    return min(known)[1] if known else None


def _between(start_text: str | None, end_text: str | None) -> DayRange | None:
    start, end = _bounds(start_text), _bounds(end_text)
    if start is None or end is None:
        return None
    return DayRange(min=max(0, (end.first - start.last).days), max=max(0, (end.last - start.first).days))


def _bounds(text: str | None) -> Bounds | None:
    return bounds(When(text)) if text is not None else None


def _releases(marks: Sequence[MarkLine], paid: Sequence[MarkLine]) -> list[Release]:
    offered = {mark.award_id: mark for mark in marks if mark.mark == "offered"}
    return [
        Release(
            award_id=mark.award_id or "",
            reference=offer.said if offer is not None else None,
            number=mark.number or 0,
            amount=mark.amount or Decimal(0),
            on=mark.on,
            since_award=_between(offer.on, mark.on) if offer is not None else None,
        )
        for mark in paid
        for offer in (offered.get(mark.award_id),)
    ]


def _left(window: MarkLine, money: str | None) -> DayRange | None:
    """The calendar days of the window that are left after the first money; None if either is unknown."""
    end, paid = _bounds(window.until), _bounds(money)
    if end is None or paid is None:
        return None
    start = _bounds(window.on) or paid
    first, last = max(paid.first, start.first), max(paid.last, start.last)
    return DayRange(min=max(0, (end.first - last).days), max=max(0, (end.last - first).days))


def _late_money(marks: Sequence[MarkLine], paid: Sequence[MarkLine], as_at: date) -> list[Flag]:
    """R017: part of the instalments planned by now has not been paid."""
    plans: dict[tuple[str | None, int | None], tuple[MarkLine, When]] = {}
    for mark in marks:
        if mark.mark == "planned":
            plans[mark.award_id, mark.number] = mark, When(mark.until) if mark.until is not None else UNKNOWN
    flags = []
    for award_id in dict.fromkeys(award_id for award_id, _ in plans):
        left = sum((mark.amount or Decimal(0) for mark in paid if mark.award_id == award_id), Decimal(0))
        # An instalment without a known day is never late.
        due = [one for (of, _), one in plans.items() if of == award_id and one[1].is_known]
        for mark, due_on in sorted(due, key=lambda one: counts_from(one[1])):
            if counts_from(due_on) >= as_at:
                break
            left -= mark.amount or Decimal(0)
            if left < 0:
                late = shown_count((as_at - counts_from(due_on)).days, "day")
                planned = f"Instalment {mark.number} was planned for {shown_date(due_on)}"
                flags.append(Flag("R017", f"{planned}: {-left:,f} of it is {late} late."))
                break
    return flags


def _lost_window(planned: DayRange | None, left: DayRange | None, named: str) -> list[Flag]:
    """R018: the first money came after the delivery window had begun."""
    if planned is None or left is None or left.max >= planned.min:
        return []
    lost = DayRange(min=planned.min - left.max, max=planned.max - left.min)
    return [
        Flag("R018", f"{named}{_days(lost)} of a delivery window of {_days(planned)} passed before the first money.")
    ]


def _called_short(stated: Sequence[StatedLine]) -> list[Flag]:
    """R045: a source says that the window was too short."""
    return [
        Flag("R045", f"A source states about the delivery window: {one.consequence}.")
        for one in stated
        if one.stage == "delivery_window"
    ]


def _usual_window(windows: Sequence[WindowLine]) -> float | None:
    """The median length of the windows, the latest of each partnership; None if there are too few."""
    latest = {window.partnership_id: _between(window.on, window.until) for window in windows}
    lengths = [(length.max, 1) for length in latest.values() if length is not None]
    return percentile(lengths, 0.5) if len(lengths) >= ENOUGH else None


def _short_window(usual: float | None, planned: DayRange | None, named: str) -> list[Flag]:
    """R045: the window is shorter than the *usual* one of its kind."""
    if planned is None or usual is None or planned.max >= usual:
        return []
    sentence = f"The delivery window of {_days(planned)} is shorter than the usual {usual:,g} days of its kind."
    return [Flag("R045", f"{named}{sentence}")]


def _days(days: DayRange) -> str:
    return shown_count(days.max, "day") if days.min == days.max else f"{days.min:,} to {days.max:,} days"
