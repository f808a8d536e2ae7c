"""The stages of a plan on an axis of time: planned, moved and reached, and how late. A table says the same.

The day planned is an open square, a later one to which it was moved an open ring, the day reached a dot; a date known
in part is a band of the same make. From the day due to the day reached, or to the day of the page, what is late is
hatched, and says in words how many days.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from domain.values.shown import shown_count, shown_date
from domain.values.when import When
from pages.drawing.axis import Axis, around
from projections.parts.plans import Stage
from projections.tables.effect import counts_from

WIDTH, LEFT, RIGHT = 1170, 262, 1150
HEAD, ROW = 44, 34
# The widest name of a stage, in letters, and the width of a letter of what is said of it.
LETTERS, LETTER = 36, 6.6


@dataclass(frozen=True, slots=True)
class Spot:
    """A date of a stage: *kind* is planned, moved or reached. It lies at *x*; *width* is 0 for a day."""

    kind: str
    x: float
    width: float

    @property
    def end(self) -> float:
        """Where it ends."""
        return self.x + max(self.width, 7)


@dataclass(frozen=True, slots=True)
class Row:
    """A stage called *name*, in the row whose middle is *y*. *said* is all of it in words.

    *way* is the line from the day planned to the day now due, *late* the hatched time. *note* stands at *note_x*, or up
    to there where *ends* is set.
    """

    name: str
    y: float
    spots: list[Spot]
    said: str
    way: tuple[float, float] | None
    late: tuple[float, float] | None
    note: str
    note_x: float
    ends: bool

    @property
    def is_late(self) -> bool:
        return self.late is not None


@dataclass(frozen=True, slots=True)
class Chart:
    """The stages of a plan on one axis. *asked_x* is where the day *asked* ends; None if it is not on the axis."""

    axis: Axis
    rows: list[Row]
    height: float
    asked_x: float | None
    asked: str


def drawn(stages: Sequence[Stage], as_at: date) -> Chart | None:
    """The chart of *stages* as at a day; None if no date of theirs is known."""
    days = [day for stage in stages for text in _dates(stage) for day in _span(text)]
    if not days:
        return None
    overdue = any(stage.reached is None and stage.days_late(as_at) for stage in stages)
    axis = around([*days, *([as_at] if overdue and (as_at - max(days)).days < 3 * 366 else [])], LEFT, RIGHT)
    rows = [_row(axis, stage, as_at, HEAD + ROW * nth + ROW / 2) for nth, stage in enumerate(stages)]
    on_axis = axis.first <= as_at <= axis.last
    return Chart(
        axis,
        rows,
        HEAD + ROW * len(rows),
        axis.after(as_at) if on_axis else None,
        shown_date(When(as_at.isoformat())),
    )


def _dates(stage: Stage) -> list[str]:
    return [text for text in (stage.planned, *(one.due for one in stage.moves), stage.reached) if text is not None]


def _span(text: str) -> list[date]:
    """The first and the last day that a date can be, an open side left out."""
    when = When(text)
    return [day for day in (when.earliest, when.latest) if day is not None] if when.is_known else []


def _row(axis: Axis, stage: Stage, as_at: date, y: float) -> Row:
    kinds = [("planned", stage.planned), *(("moved", one.due) for one in stage.moves), ("reached", stage.reached)]
    spots = [spot for kind, text in kinds if text is not None for spot in _spots(axis, kind, text)]
    late = stage.days_late(as_at)
    due = next((one for one in reversed(spots) if one.kind != "reached"), None)
    note = _late(stage, late) if late is not None else "" if spots else "no day known"
    end = max([LEFT, *(one.end for one in spots)])
    hatched = None
    if late is not None and stage.due is not None:
        until = counts_from(When(stage.reached)) if stage.reached is not None else as_at
        start, stop = axis.after(counts_from(When(stage.due))), axis.after(min(until, axis.last))
        hatched, end = (start, max(stop - start, 0)), max(end, stop)
    ends = end + 10 + len(note) * LETTER > WIDTH
    first = min([end, *(one.x for one in spots), *([hatched[0]] if hatched else [])])
    planned = next((one for one in spots if one.kind == "planned"), None)
    return Row(
        name=stage.name if len(stage.name) <= LETTERS else f"{stage.name[: LETTERS - 1].rstrip()}…",
        y=y,
        spots=spots,
        said=_said(stage, note),
        way=(planned.x, due.x) if planned is not None and due is not None and due is not planned else None,
        late=hatched,
        note=note,
        note_x=first - 10 if ends else end + 10,
        ends=ends,
    )


def _spots(axis: Axis, kind: str, text: str) -> Iterable[Spot]:
    days = _span(text)
    if days:
        first, last = min(days), max(days)
        x, end = axis.place(first), axis.after(last)
        yield Spot(kind, round((x + end) / 2, 1), 0) if first == last else Spot(kind, x, round(end - x, 1))


def _late(stage: Stage, days: int) -> str:
    count = shown_count(days, "day")
    return f"{count} late" if stage.reached is not None else f"overdue by {count}"


def _said(stage: Stage, note: str) -> str:
    """All of a stage in words."""
    said = [f"planned for {shown_date(When(stage.planned))}"] if stage.planned is not None else []
    said += [f"moved to {shown_date(When(one.due))}" for one in stage.moves]
    said += [f"reached {shown_date(When(stage.reached))}" if stage.reached is not None else "not reached"]
    return f"{stage.name}: {', '.join([*said, *([note] if note else [])])}"
