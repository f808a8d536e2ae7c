"""Medians that count waiting bids, compared with scipy and numpy, and their laws."""

import warnings

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from projections.delays.survival import Observed, Survival, curve, percentile, survival

TIMES = st.lists(
    st.builds(Observed, days=st.integers(0, 400), reached=st.booleans(), number=st.integers(1, 3)),
    min_size=1,
    max_size=60,
)


def singly(observed: list[Observed], reached: bool) -> list[int]:
    return [one.days for one in observed for _ in range(one.number) if one.reached is reached]


def test_a_worked_example() -> None:
    """Six bids: decided after 10, 20, 20 and 40 days; one has waited for 15 days so far and one for 50.

    S(10) = 5/6. Of the four left at day 20, two are decided: S(20) = 5/12. So half of the bids are decided by day 20.
    """
    observed = [Observed(10, True), Observed(20, True, 2), Observed(40, True), Observed(15, False), Observed(50, False)]
    assert [(10, "5/6"), (20, "5/12"), (40, "5/24")] == [(point.days, str(point.share)) for point in curve(observed)]
    assert 20 == survival(observed).median
    assert 20 == percentile([(10, 1), (20, 2), (40, 1)], 0.5)


def test_the_median_is_unknown_if_too_many_bids_wait() -> None:
    assert Survival(None, 10, None) == survival([Observed(10, True), Observed(90, False, 9)])
    assert Survival(None, None, None) == survival([])


@given(TIMES)
def test_the_curve_and_its_bounds_equal_those_of_scipy(observed: list[Observed]) -> None:
    data = stats.CensoredData(uncensored=singly(observed, True), right=singly(observed, False))
    theirs = stats.ecdf(data).sf
    with np.errstate(all="ignore"), warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # scipy warns where a bound is undefined; ours is None.
        bounds = theirs.confidence_interval(method="log-log")
    for point in curve(observed):
        assert float(theirs.evaluate(point.days)) == pytest.approx(float(point.share))
        low, high = float(bounds.low.evaluate(point.days)), float(bounds.high.evaluate(point.days))
        if point.low is None or point.high is None:
            assert point.share in (0, 1)
            continue
        assert low == pytest.approx(point.low)
        assert high == pytest.approx(point.high)


@given(TIMES)
def test_the_median_is_the_first_day_by_which_half_are_decided_and_is_within_its_bounds(
    observed: list[Observed],
) -> None:
    found = survival(observed)
    data = stats.CensoredData(uncensored=singly(observed, True), right=singly(observed, False))
    theirs = stats.ecdf(data).sf
    if found.median is None:
        assert all(point.share > 0.5 for point in curve(observed))
        return
    assert float(theirs.evaluate(found.median)) <= 0.5 + 1e-12
    assert found.low is None or found.low <= found.median
    assert found.high is None or found.median <= found.high


@given(TIMES, st.integers(0, 500))
def test_one_more_waiting_bid_never_lowers_the_median_that_counts_the_waiting(
    observed: list[Observed], age: int
) -> None:
    before, after = survival(observed).median, survival([*observed, Observed(age, False)]).median
    assert after is None or (before is not None and before <= after)


@given(TIMES)
def test_without_waiting_bids_both_medians_are_at_the_same_or_neighbouring_days(observed: list[Observed]) -> None:
    decided = [one._replace(reached=True) for one in observed]
    plain = percentile([(one.days, one.number) for one in decided], 0.5)
    counted = survival(decided).median
    ordered = sorted(singly(decided, True))
    assert counted == ordered[(len(ordered) - 1) // 2]
    assert plain == np.median(ordered)


@given(
    st.lists(st.tuples(st.integers(0, 900), st.integers(1, 4)), min_size=1, max_size=50), st.sampled_from([0.5, 0.9])
)
def test_percentiles_equal_those_of_numpy(times: list[tuple[int, int]], share: float) -> None:
    days = [day for day, many in times for _ in range(many)]
    assert percentile(times, share) == pytest.approx(float(np.percentile(days, share * 100)))
