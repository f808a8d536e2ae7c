"""Figures of times, some of which are not over yet: percentiles, and the Kaplan-Meier estimate.

Kaplan, E. L. and Meier, P. (1958), Nonparametric Estimation from Incomplete Observations: the share S(t) that is not
over by day t is the product, over the days on which some were over, of 1 - d/n with d over on that day of n that were
not over the day before. Its variance is Greenwood's: S(t)^2 times the sum of d/(n(n-d)). Confidence bounds are those of
log(-log S) turned back, which stay within 0 and 1; those of the median are the days on which the bounds of S pass one
half (Brookmeyer and Crowley, 1982).
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import exp, floor, log, sqrt
from typing import NamedTuple

# The two-sided 95 per cent point of the normal distribution.
Z95 = 1.959963984540054
HALF = Fraction(1, 2)


class Observed(NamedTuple):
    """*number* times of this many *days*: *reached*, or not over yet when last seen."""

    days: int
    reached: bool
    number: int = 1


@dataclass(frozen=True, slots=True)
class Survival:
    """The median of times of which some are not over, with its 95 per cent confidence interval, in days.

    None where the share that is over never comes to a half (for a bound: where that bound of it does not).
    """

    median: int | None
    low: int | None
    high: int | None


class Point(NamedTuple):
    """The share not over by *days*, with its confidence bounds; None where they are not defined (0 or 1)."""

    days: int
    share: Fraction
    low: float | None
    high: float | None


def percentile(times: Iterable[tuple[int, int]], share: float) -> float | None:
    """The time below which *share* of *times* (days, how many) lie, between two of them in proportion; None of none.

    The definition of Hyndman and Fan's seventh type, as in PostgreSQL's percentile_cont.
    """
    ordered = sorted(times)
    number = sum(many for _, many in ordered)
    if number == 0:
        return None
    place = share * (number - 1)
    below, above = _at(ordered, floor(place)), _at(ordered, min(floor(place) + 1, number - 1))
    return below + (above - below) * (place - floor(place))


def _at(ordered: Sequence[tuple[int, int]], place: int) -> int:
    for days, many in ordered:
        if place < many:
            return days
        place -= many
    raise IndexError(place)


def curve(observed: Iterable[Observed]) -> list[Point]:
    """The Kaplan-Meier estimate on each day on which some were over."""
    over: dict[int, int] = {}
    seen: dict[int, int] = {}
    for days, reached, number in observed:
        seen[days] = seen.get(days, 0) + number
        if reached:
            over[days] = over.get(days, 0) + number
    left = sum(seen.values())
    share, variance = Fraction(1), 0.0
    points = []
    for days in sorted(seen):
        ended = over.get(days, 0)
        if ended:
            share *= 1 - Fraction(ended, left)
            variance = variance + ended / (left * (left - ended)) if ended < left else float("inf")
            points.append(Point(days, share, *_bounds(float(share), variance)))
        left -= seen[days]
    return points


def _bounds(share: float, variance: float) -> tuple[float | None, float | None]:
    if not 0 < share < 1:
        return None, None
    spread = Z95 * sqrt(variance) / log(share)
    return share ** exp(-spread), share ** exp(spread)


def survival(observed: Iterable[Observed]) -> Survival:
    """The median time, those that are not over yet taken into account."""
    points = curve(observed)
    return Survival(
        median=next((point.days for point in points if point.share <= HALF), None),
        low=next((point.days for point in points if point.low is not None and point.low <= HALF), None),
        high=next((point.days for point in points if point.high is not None and point.high <= HALF), None),
    )
