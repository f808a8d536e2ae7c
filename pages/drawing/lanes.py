"""A timeline as swim lanes: where each entry's mark and label lie. The list beside it has the same entries.

A day is a dot, a longer time a band, an approximate one has hatched ends. What was taken back is struck out. Entries
lie below each other where they would meet. Where a lane would grow too high, those that are close together become one
mark that says how many they are.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from domain.values.fact import Lane
from domain.values.shown import shown_date
from domain.values.when import When
from pages.drawing.axis import Axis, around
from projections.timeline.reading import Entry

WIDTH, LEFT, RIGHT = 1170, 132, 1150
HEAD, ROW, MARGIN = 44, 36, 10
# A lane has at most so many rows. If it needs more, what is closer together than the first of these becomes a group;
# if that is not enough, than the next one.
ROWS, CLOSE = 6, (12, 24, 46)
# The widest label, in letters, and the width of a letter on average, in units of the drawing.
LETTERS, LETTER = 30, 6.4
# The length of a hatched end of an approximate time, as a part of it, and at least in units.
END, SHORT = 0.18, 10


@dataclass(frozen=True, slots=True)
class Mark:
    """An entry at *x*, in the row whose middle is *y*. *width* is 0 for a day. *number* is more than 1 for a group.

    *label* stands below it from *label_x* on, or up to there where *ends* is set. *said* is all of it in words. *first*
    and *last* are the days of a group.
    """

    x: float
    y: float
    width: float
    label: str
    label_x: float
    ends: bool
    said: str
    position: int
    hatched: float = 0
    taken_back: bool = False
    number: int = 1
    first: date | None = None
    last: date | None = None


@dataclass(frozen=True, slots=True)
class Swim:
    """A lane from *top* on, *height* high, with its marks."""

    lane: str
    name: str
    top: float
    height: float
    marks: list[Mark]


@dataclass(frozen=True, slots=True)
class Drawing:
    """The lanes that have entries, on one axis. *asked_x* is where the day *asked* ends; None if it is not on it."""

    axis: Axis
    lanes: list[Swim]
    height: float
    asked_x: float | None
    asked: str


@dataclass(frozen=True, slots=True)
class _Placed:
    """An entry on the axis, with all that its mark takes from left to right."""

    entry: Entry
    first: date
    last: date
    x: float
    width: float
    label: str
    left: float
    right: float
    ends: bool


def span_of(entry: Entry) -> tuple[date, date] | None:
    """The first and last day that an entry can lie on, an open side left out; None where no source dates it."""
    on, until = When(entry.on), When(entry.until) if entry.until else None
    days = [on.earliest, on.latest, *((until.earliest, until.latest) if until is not None else ())]
    known = [day for day in days if day is not None]
    return (min(known), max(known)) if on.is_known and known else None


def drawn(entries: Sequence[Entry], as_at: date, taken_back: Iterable[int] = ()) -> Drawing | None:
    """The drawing of the dated ones of *entries*; None if there are none. *taken_back* are positions."""
    spans = [(entry, span) for entry in entries if (span := span_of(entry)) is not None]
    if not spans:
        return None
    axis = around([day for _, span in spans for day in span], LEFT, RIGHT)
    struck = set(taken_back)
    lanes: list[Swim] = []
    top = float(HEAD)
    for lane in Lane:
        placed = [_placed(axis, entry, *span) for entry, span in spans if entry.lane == lane.name]
        if placed:
            rows = _rows(sorted(placed, key=lambda one: (one.x, one.entry.position)))
            marks = [_mark(group, top + MARGIN + ROW * nth, struck) for nth, row in enumerate(rows) for group in row]
            height = ROW * len(rows) + 2 * MARGIN
            lanes.append(Swim(lane.value, lane.value.capitalize(), top, height, marks))
            top += height
    on_axis = axis.first <= as_at <= axis.last
    return Drawing(axis, lanes, top, axis.after(as_at) if on_axis else None, shown_date(When(as_at.isoformat())))


def _placed(axis: Axis, entry: Entry, first: date, last: date) -> _Placed:
    x, end = axis.place(first), axis.after(last)
    width = 0.0 if first == last else round(end - x, 1)
    middle = round((x + end) / 2, 1) if first == last else x
    label = entry.title if len(entry.title) <= LETTERS else f"{entry.title[: LETTERS - 1].rstrip()}…"
    long = len(label) * LETTER
    ends = middle + long > WIDTH
    left, right = (max(end, middle + 8) - long, max(end, middle + 8)) if ends else (middle - 8, middle + long)
    return _Placed(entry, first, last, middle, width, label, min(left, x), max(right, end), ends)


def _rows(placed: list[_Placed]) -> list[list[list[_Placed]]]:
    """The rows of a lane, each with groups of entries; most groups are one entry."""
    rows = _fitted([[one] for one in placed])
    for close in CLOSE:
        if len(rows) <= ROWS:
            break
        groups: list[list[_Placed]] = []
        for one in placed:
            if groups and one.x - groups[-1][0].x < close:
                groups[-1].append(one)
            else:
                groups.append([one])
        rows = _fitted(groups)
    return rows


def _fitted(groups: list[list[_Placed]]) -> list[list[list[_Placed]]]:
    """*groups* in as few rows as they need, none meeting another."""
    rows: list[list[list[_Placed]]] = []
    ends: list[float] = []
    for group in groups:
        left, right = _sides(group)
        nth = next((nth for nth, end in enumerate(ends) if end + 8 <= left), len(rows))
        if nth == len(rows):
            rows.append([])
            ends.append(0)
        rows[nth].append(group)
        ends[nth] = right
    return rows


def _sides(group: list[_Placed]) -> tuple[float, float]:
    if len(group) == 1:
        return group[0].left, group[0].right
    x = group[0].x
    return x - 10, x + len(_many(group)) * LETTER


def _many(group: list[_Placed]) -> str:
    return f"{len(group)} entries"


def _mark(group: list[_Placed], top: float, struck: set[int]) -> Mark:
    one, y = group[0], top + 8
    if len(group) > 1:
        first, last = min(each.first for each in group), max(each.last for each in group)
        said = f"{_many(group)}, {shown_date(When(first.isoformat()))} to {shown_date(When(last.isoformat()))}"
        return Mark(
            one.x, y, 0, _many(group), one.x - 7, False, said, one.entry.position,
            number=len(group), first=first, last=last,
        )  # fmt: skip
    about = When(one.entry.on).approximate or bool(one.entry.until and When(one.entry.until).approximate)
    return Mark(
        one.x,
        y,
        one.width,
        one.label,
        one.right if one.ends else one.x - (0 if one.width else 7),
        one.ends,
        said_of(one.entry),
        one.entry.position,
        hatched=round(min(max(one.width * END, SHORT), one.width / 2), 1) if about and one.width else 0,
        taken_back=one.entry.position in struck,
    )


def said_of(entry: Entry) -> str:
    """When and what, for a person who reads or hears it."""
    on = shown_date(When(entry.on)) + (f" to {shown_date(When(entry.until))}" if entry.until else "")
    return f"{on}: {entry.title}"
