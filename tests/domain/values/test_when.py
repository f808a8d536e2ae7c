"""A date is as precise as its source, and no more precise."""

import copy
from datetime import date, timedelta

import hypothesis
import pytest
from hypothesis import strategies as st

from domain.values.when import UNKNOWN, DayRange, NotADate, Precision, When, on_day

DATES = st.dates(min_value=date(1, 1, 1), max_value=date(9999, 12, 31))


def coarsened(day: date) -> st.SearchStrategy[str]:
    """Ways to write *day*: to the day, the month or the year."""
    text = day.isoformat()
    return st.sampled_from((text, text[:7], text[:4]))


@st.composite
def around(draw: st.DrawFn, day: date) -> When:
    """A When that includes *day*: a day, month, year or range, closed or open, approximate or not."""
    text = draw(coarsened(day)) + draw(st.sampled_from(("", "~")))
    if draw(st.booleans()):
        return When(text)
    first = draw(st.dates(max_value=day).flatmap(coarsened) | st.just(".."))
    last = draw(st.dates(min_value=day).flatmap(coarsened) | (st.just("..") if first != ".." else st.just(text)))
    return When(f"{first}/{last}")


WHENS = DATES.flatmap(around)
# Up to 20 days within one summer: few enough to try every pair of them.
SUMMER = st.tuples(st.integers(0, 60), st.integers(0, 19)).map(
    lambda days: (
        date(2004, 6, 1) + timedelta(days=days[0]),
        date(2004, 6, 1) + timedelta(days=days[0] + days[1]),
    )
)
NEARLY = st.text(alphabet="0123456789-/~.W unkow\n\uff12", max_size=24)

# --- Laws -------------------------------------------------------------------------------------------------------------


@hypothesis.given(WHENS)
def test_the_earliest_day_is_never_after_the_latest(when: When) -> None:
    assert when.earliest is None or when.latest is None or when.earliest <= when.latest


@hypothesis.given(DATES)
def test_a_day_lies_in_its_month_and_the_month_in_its_year(day: date) -> None:
    text = day.isoformat()
    in_year, in_month, exact = When(text[:4]), When(text[:7]), When(text)
    bounds = (
        in_year.earliest, in_month.earliest, exact.earliest, exact.latest, in_month.latest, in_year.latest,
    )  # fmt: skip
    assert sorted(found for found in bounds if found) == list(bounds)
    assert (day, day) == (exact.earliest, exact.latest)


@hypothesis.given(DATES)
def test_the_day_after_a_month_is_in_another_month_and_the_month_has_no_other_days(day: date) -> None:
    month = When(day.isoformat()[:7])
    assert month.earliest is not None
    assert month.latest is not None
    assert {(day.year, day.month)} == {(found.year, found.month) for found in (month.earliest, month.latest)}
    assert 1 == month.earliest.day
    assert month.latest == date.max or 1 == (month.latest + timedelta(days=1)).day


@hypothesis.given(st.data(), DATES, DATES)
def test_however_vaguely_both_ends_are_given_the_true_number_of_days_lies_in_the_range(
    data: st.DataObject, one: date, other: date
) -> None:
    start, end = min(one, other), max(one, other)
    found = data.draw(around(start)).days_until(data.draw(around(end)))
    assert found is None or found.min <= (end - start).days <= found.max
    assert found is None or found.min >= 0


@hypothesis.given(SUMMER, SUMMER)
def test_the_range_of_days_is_that_of_all_the_pairs_of_days_that_are_in_order(
    start: tuple[date, date], end: tuple[date, date]
) -> None:
    differences = [
        (second - first).days
        for first in _days(*start)
        for second in _days(*end)
        if first <= second
    ]  # fmt: skip
    begins, ends = (When(f"{first}/{last}") for first, last in (start, end))
    assert bool(differences) == begins.may_precede(ends)
    if differences:
        assert DayRange(min=min(differences), max=max(differences)) == begins.days_until(ends)
    else:
        with pytest.raises(ValueError, match="is before"):
            begins.days_until(ends)


def _days(first: date, last: date) -> list[date]:
    return [first + timedelta(days=n) for n in range((last - first).days + 1)]


@hypothesis.given(st.one_of(st.text(max_size=60), NEARLY))
def test_hostile_text_is_a_date_or_refused(text: str) -> None:
    for read in (When, on_day):
        try:
            assert text == str(read(text))
        except NotADate:
            continue


@hypothesis.given(WHENS)
def test_a_date_says_the_same_after_every_journey(when: When) -> None:
    assert {when} == {When(str(when)), copy.deepcopy(when)}


# --- Examples ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "precision", "earliest", "latest", "approximate"),
    [
        ("2004-03-15", Precision.DAY, date(2004, 3, 15), date(2004, 3, 15), False),
        ("2004-02", Precision.MONTH, date(2004, 2, 1), date(2004, 2, 29), False),
        ("2005-02~", Precision.MONTH, date(2005, 2, 1), date(2005, 2, 28), True),
        ("2004", Precision.YEAR, date(2004, 1, 1), date(2004, 12, 31), False),
        ("2004-07/2005-03", Precision.RANGE, date(2004, 7, 1), date(2005, 3, 31), False),
        ("2004~/2005", Precision.RANGE, date(2004, 1, 1), date(2005, 12, 31), True),
        ("../2005-04", Precision.RANGE, None, date(2005, 4, 30), False),
        ("2005/..", Precision.RANGE, date(2005, 1, 1), None, False),
        ("2004-12/2004", Precision.RANGE, date(2004, 12, 1), date(2004, 12, 31), False),
        ("unknown", Precision.UNKNOWN, None, None, False),
        ("9999-12", Precision.MONTH, date(9999, 12, 1), date(9999, 12, 31), False),
    ],
)
def test_a_date_is_as_wide_as_it_is_known(
    text: str, precision: Precision, earliest: date | None, latest: date | None, approximate: bool
) -> None:
    when = When(text)
    assert (precision, earliest, latest, approximate) == (
        when.precision, when.earliest, when.latest, when.approximate,
    )  # fmt: skip


@pytest.mark.parametrize(
    "text",
    [
        "", "04", "2004-3", "2004-03-5", "2004-13", "2004-00", "2005-02-29", "0000", "20040315", "2004-W10",
        "15/03/2004", "2004-03-15T00:00:00Z", "~", "~2004", "2004~~", "2004?", "../..", "..", "/", "2004/",
        "2005/2004", "2004/2005/2006", "unknown/2004", "2004/unknown", "Unknown", "unknown~", "..~/2004", " 2004",
        "2004\n", "\uff12\uff10\uff10\uff14", "-2004", "9" * 10_000,
    ],
)  # fmt: skip
def test_text_in_another_form_or_not_in_the_calendar_is_not_a_date(text: str) -> None:
    with pytest.raises(NotADate):
        When(text)


@pytest.mark.parametrize(
    ("start", "end", "days"),
    [
        ("2004-03-01", "2004-03-01", DayRange(min=0, max=0)),
        ("2004-02-28", "2004-03-01", DayRange(min=2, max=2)),
        ("2004-03", "2004-07", DayRange(min=92, max=152)),
        ("2004-03", "2004-03", DayRange(min=0, max=30)),
        ("2004", "2004-01", DayRange(min=0, max=30)),
        ("2004-03", "2004-07/..", None),
        ("../2004-03", "2004-07", None),
        ("unknown", "2004-07", None),
        ("2004-07", "unknown", None),
    ],
)
def test_the_gap_between_two_dates_is_a_range_of_days_or_not_known(start: str, end: str, days: DayRange | None) -> None:
    assert days == When(start).days_until(When(end))


def test_an_end_that_can_only_lie_before_its_start_has_no_length() -> None:
    with pytest.raises(ValueError, match="2004-02 is before 2004-03"):
        When("2004-03").days_until(When("2004-02"))


@pytest.mark.parametrize(
    ("start", "end"),
    [("2004-03-15", "2004-03-15"), ("2004-03-15", "2004-03"), ("2004", "2004-01"), ("unknown", "2004"),
     ("2004", "unknown"), ("2004/..", "2004-01-01"), ("../2004", "0001-01-01"), ("2004", "2003/..")],
)  # fmt: skip
def test_an_end_may_follow_wherever_the_dates_leave_it_open(start: str, end: str) -> None:
    assert When(start).may_precede(When(end))


@pytest.mark.parametrize(("start", "end"), [("2004-03-15", "2004-03-14"), ("2004", "2003"), ("2005/..", "../2004")])
def test_an_end_may_not_lie_before_the_earliest_start(start: str, end: str) -> None:
    assert not When(start).may_precede(When(end))


@pytest.mark.parametrize("text", ["2004", "2004-03", "2004-03-15"])
def test_the_date_of_a_command_is_a_year_a_month_or_a_day(text: str) -> None:
    assert When(text) == on_day(text)


@pytest.mark.parametrize("text", ["2004~", "2004/2005", "2004/..", "unknown", "soon", ""])
def test_a_range_or_an_unknown_or_approximate_date_is_refused_for_a_command(text: str) -> None:
    with pytest.raises(NotADate):
        on_day(text)


def test_unknown_is_all_that_is_not_known_at_all() -> None:
    assert [False, True, True] == [when.is_known for when in (UNKNOWN, When("2004"), When("../2004"))]


def test_dates_are_equal_when_they_say_the_same_and_not_when_they_mean_the_same_days() -> None:
    assert When("2004-03") == When("2004-03")
    assert When("2004-03") != When("2004-03-01/2004-03-31")
    assert When("2004") != "2004"


def test_a_date_never_changes() -> None:
    with pytest.raises(AttributeError, match="never changes"):
        When("2004").text = "2005"


def test_a_refused_text_is_quoted_only_in_part() -> None:
    with pytest.raises(NotADate) as caught:
        When("x" * 10_000)
    assert len(str(caught.value)) < 100
