"""The chain from bid to delivery: how long each link took, how much of the delivery window was left, and warnings.

The figures and flags answer needs of the evaluators (demo/cbp/requirements.csv): R016, the time between award and each
release of money; R017, money released later than planned; R018, the delivery time lost to delay; R045, a delivery
window shorter than usual.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from domain.values.shown import shown_count, shown_date
from domain.values.when import DayRange, When
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
    """A payment of an award, and the calendar days since its offer (R016). The amount is in major units."""

    award_id: str
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
    """The chain of one partnership. Windows are in calendar days."""

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
    """The chain of a partnership, from the steps of its bids and the marks of its money, as at a day.

    *windows* are the delivery windows of all partnerships of its kind, its own included.
    """
    steps = [step for step in steps if counts_from(When(step.on)) <= as_at]
    marks = [mark for mark in marks if mark.mark in ("window", "planned") or counts_from(When(mark.on)) <= as_at]
    reversed_payments = {(mark.award_id, mark.number) for mark in marks if mark.mark == "reversed"}
    paid = [m for m in marks if m.mark == "released" and (m.award_id, m.number) not in reversed_payments]
    links = _links(steps, paid, marks)
    window = next((mark for mark in reversed(marks) if mark.mark == "window" and mark.until), None)
    planned = _between(window.on, window.until) if window else None
    money = next((link.on for link in links if link.name == "first_money"), None)
    left = _left(window, money)
    return Chain(
        links=links,
        releases=_releases(marks, paid),
        planned_window=planned,
        window_left=left,
        flags=[
            *_late_money(marks, paid, as_at),
            *_lost_window(planned, left),
            *_short_window(planned, stated, windows),
        ],
    )


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
    offered = {mark.award_id: mark.on for mark in marks if mark.mark == "offered"}
    return [
        Release(
            award_id=mark.award_id or "",
            number=mark.number or 0,
            amount=mark.amount or Decimal(0),
            on=mark.on,
            since_award=_between(offered.get(mark.award_id), mark.on),
        )
        for mark in paid
    ]


def _left(window: MarkLine | None, money: str | None) -> DayRange | None:
    """The calendar days of the window that are left after the first money; None if either is unknown."""
    end, paid = _bounds(window.until) if window else None, _bounds(money)
    if window is None or end is None or paid is None:
        return None
    start = _bounds(window.on) or paid
    first, last = max(paid.first, start.first), max(paid.last, start.last)
    return DayRange(min=max(0, (end.first - last).days), max=max(0, (end.last - first).days))


def _late_money(marks: Sequence[MarkLine], paid: Sequence[MarkLine], as_at: date) -> list[Flag]:
    """R017: part of the instalments planned by now has not been paid."""
    plans: dict[tuple[str | None, int | None], MarkLine] = {}
    for mark in marks:
        if mark.mark == "planned":
            plans[mark.award_id, mark.number] = mark
    flags = []
    for award_id in dict.fromkeys(award_id for award_id, _ in plans):
        left = sum((mark.amount or Decimal(0) for mark in paid if mark.award_id == award_id), Decimal(0))
        due = [
            mark for (of, _), mark in plans.items() if of == award_id and counts_from(When(mark.until or "")) < as_at
        ]
        for mark in sorted(due, key=lambda mark: counts_from(When(mark.until or ""))):
            left -= mark.amount or Decimal(0)
            if left < 0:
                due_on = When(mark.until or "")
                late = shown_count((as_at - counts_from(due_on)).days, "day")
                planned = f"Instalment {mark.number} was planned for {shown_date(due_on)}"
                flags.append(Flag("R017", f"{planned}: {-left:,f} of it is {late} late."))
                break
    return flags


def _lost_window(planned: DayRange | None, left: DayRange | None) -> list[Flag]:
    """R018: the first money came after the delivery window had begun."""
    if planned is None or left is None or left.max >= planned.min:
        return []
    lost = DayRange(min=planned.min - left.max, max=planned.max - left.min)
    return [Flag("R018", f"{_days(lost)} of a delivery window of {_days(planned)} passed before the first money.")]


def _short_window(planned: DayRange | None, stated: Sequence[StatedLine], windows: Sequence[WindowLine]) -> list[Flag]:
    """R045: the window is shorter than the median of its kind, or a source says that it was too short."""
    flags = [
        Flag("R045", f"A source states about the delivery window: {one.consequence}.")
        for one in stated
        if one.stage == "delivery_window"
    ]
    latest = {window.partnership_id: _between(window.on, window.until) for window in windows}
    lengths = [(length.max, 1) for length in latest.values() if length is not None]
    usual = percentile(lengths, 0.5)
    if planned is not None and usual is not None and len(lengths) >= ENOUGH and planned.max < usual:
        flags.append(
            Flag(
                "R045",
                f"The delivery window of {_days(planned)} is shorter than the usual {usual:,g} days of its kind.",
            )
        )
    return flags


def _days(days: DayRange) -> str:
    return shown_count(days.max, "day") if days.min == days.max else f"{days.min:,} to {days.max:,} days"
