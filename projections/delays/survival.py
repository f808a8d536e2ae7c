"""Statistics of waiting times, some of which have not ended yet: percentiles, and the Kaplan-Meier estimate.

Kaplan, E. L. and Meier, P. (1958), Nonparametric Estimation from Incomplete Observations: S(t), the share that has not
ended by day t, is the product of 1 - d/n over the days on which some ended, where d ended on that day of the n that had
not ended the day before. Its variance is Greenwood's: S(t)^2 times the sum of d/(n(n-d)). The confidence bounds are
computed on the scale of log(-log S), so that they stay within 0 and 1. The bounds of the median are the days on which
the bounds of S pass one half (Brookmeyer and Crowley, 1982).
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import exp, floor, log, sqrt
from typing import NamedTuple

# The two-sided 95% point of the normal distribution.
Z95 = 1.959963984540054
HALF = Fraction(1, 2)


class Observed(NamedTuple):
    """*number* waiting times of *days* days each: ended if *reached*, otherwise still going on when last seen."""

    days: int
    reached: bool
    number: int = 1


@dataclass(frozen=True, slots=True)
class Survival:
    """The median of waiting times of which some have not ended, with its 95% confidence interval, in days.

    The median is None if the share that has ended never reaches a half; a bound is None if that bound of it does not.
    """

    median: int | None
    low: int | None
    high: int | None


class Point(NamedTuple):
    """The share not ended by day *days*, with its confidence bounds; None where undefined (a share of 0)."""

    days: int
    share: Fraction
    low: float | None
    high: float | None


def percentile(times: Iterable[tuple[int, int]], share: float) -> float | None:
    """The percentile *share* (0 to 1) of *times*, pairs of days and how many; None if there are none.

    It is interpolated between two times: type 7 of Hyndman and Fan, as PostgreSQL's percentile_cont computes it.
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
    """The Kaplan-Meier estimate, one point for each day on which some ended."""
    ended_on: dict[int, int] = {}
    seen_on: dict[int, int] = {}
    for days, reached, number in observed:
        seen_on[days] = seen_on.get(days, 0) + number
        if reached:
            ended_on[days] = ended_on.get(days, 0) + number
    left = sum(seen_on.values())
    share, variance = Fraction(1), 0.0
    points = []
    for days in sorted(seen_on):
        ended = ended_on.get(days, 0)
        if ended:
            share *= 1 - Fraction(ended, left)
            variance = variance + ended / (left * (left - ended)) if ended < left else float("inf")
            points.append(Point(days, share, *_bounds(float(share), variance)))
        left -= seen_on[days]
    return points


def _bounds(share: float, variance: float) -> tuple[float | None, float | None]:
    if not share:
        return None, None
    spread = Z95 * sqrt(variance) / log(share)
    return share ** exp(-spread), share ** exp(spread)


def survival(observed: Iterable[Observed]) -> Survival:
    """The median time, which takes account of the times that have not ended."""
    points = curve(observed)
    return Survival(
        median=next((point.days for point in points if point.share <= HALF), None),
        low=next((point.days for point in points if point.low is not None and point.low <= HALF), None),
        high=next((point.days for point in points if point.high is not None and point.high <= HALF), None),
    )
