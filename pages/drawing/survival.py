"""The curve of those that still wait: where its steps, its band of confidence and its median lie."""

from collections.abc import Sequence
from dataclasses import dataclass

from projections.delays.survival import Observed, Point, Survival, curve

# The frame of the curve, in units of the drawing.
WIDTH, HEIGHT, LEFT, RIGHT, TOP, BOTTOM = 720, 320, 56, 700, 16, 272
# How far apart days may be named, and how many names the axis has at most.
STEPS = (1, 2, 5, 7, 14, 30, 60, 90, 180, 365, 730, 1825, 3650)
NAMES = 10
# More points than these are not told apart in a drawing, and would be a page of their own.
MOST = 600


@dataclass(frozen=True, slots=True)
class Curve:
    """The *line* and the *band* as points of SVG; *across* and *upwards* name days and shares at their places.

    *median_x* is where the median lies; None if there is none. *points* are the steps, as a table shows them.
    """

    line: str
    band: str
    across: list[tuple[float, str]]
    upwards: list[tuple[float, str]]
    median_x: float | None
    points: list[Point]


def drawn(observed: Sequence[Observed], median: Survival) -> Curve | None:
    """The curve of *observed*, as far as the longest of them; None where nothing reached its end."""
    points = curve(observed)
    if not points:
        return None
    longest = max(1, *(one.days for one in observed))
    steps = _thinned(points)
    return Curve(
        line=_line(steps, longest),
        band=_band(steps, longest),
        across=[(_x(day, longest), f"{day:,}") for day in _days(longest)],
        upwards=[(_y(share / 100), f"{share}%") for share in (0, 25, 50, 75, 100)],
        median_x=_x(median.median, longest) if median.median is not None else None,
        points=points,
    )


def _thinned(points: list[Point]) -> list[Point]:
    step = -(-len(points) // MOST)
    return [*points[::step], *([points[-1]] if (len(points) - 1) % step else [])]


def _x(days: float, longest: int) -> float:
    return round(LEFT + (RIGHT - LEFT) * days / longest, 1)


def _y(share: float) -> float:
    return round(BOTTOM - (BOTTOM - TOP) * share, 1)


def _days(longest: int) -> range:
    step = next((step for step in STEPS if longest / step <= NAMES), longest)
    return range(0, longest + 1, step)


def _line(points: Sequence[Point], longest: int) -> str:
    """A step down at each point, and level from one to the next."""
    places = [(float(LEFT), _y(1))]
    for point in points:
        x = _x(point.days, longest)
        places += [(x, places[-1][1]), (x, _y(float(point.share)))]
    return _written([*places, (float(RIGHT), places[-1][1])])


def _band(points: Sequence[Point], longest: int) -> str:
    """The bounds of each level: the upper ones from left to right, the lower ones back."""
    upper: list[tuple[float, float]] = []
    lower: list[tuple[float, float]] = []
    ends = [_x(point.days, longest) for point in points[1:]] + [float(RIGHT)]
    for point, end in zip(points, ends, strict=True):
        if point.low is not None and point.high is not None:
            start = _x(point.days, longest)
            upper += [(start, _y(point.high)), (end, _y(point.high))]
            lower += [(start, _y(point.low)), (end, _y(point.low))]
    return _written([*upper, *reversed(lower)])


def _written(places: Sequence[tuple[float, float]]) -> str:
    return " ".join(f"{x},{y}" for x, y in places)
