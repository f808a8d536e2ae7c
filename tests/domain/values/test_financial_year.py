"""A financial year is named by the years it begins and ends in, and has four quarters."""

from datetime import date, timedelta

import pytest

from domain.values.financial_year import Days, quarter_of, year_called, year_of


@pytest.mark.parametrize(
    ("day", "first_month", "year", "quarter"),
    [
        (date(2004, 4, 1), 4, "2004-05", "2004-05 Q1"),
        (date(2004, 6, 30), 4, "2004-05", "2004-05 Q1"),
        (date(2004, 7, 1), 4, "2004-05", "2004-05 Q2"),
        (date(2004, 12, 31), 4, "2004-05", "2004-05 Q3"),
        (date(2005, 3, 31), 4, "2004-05", "2004-05 Q4"),
        (date(2005, 4, 1), 4, "2005-06", "2005-06 Q1"),
        (date(2005, 3, 31), 1, "2005", "2005 Q1"),
        (date(2005, 9, 30), 10, "2004-05", "2004-05 Q4"),
        (date(1999, 4, 1), 4, "1999-00", "1999-00 Q1"),
    ],
)
def test_a_day_is_in_one_year_and_one_quarter(day: date, first_month: int, year: str, quarter: str) -> None:
    assert (year, quarter) == (year_of(day, first_month).name, quarter_of(day, first_month).name)


def test_the_first_quarter_is_april_to_june() -> None:
    assert Days(starts=date(2004, 4, 1), ends=date(2004, 6, 30)) == quarter_of(date(2004, 5, 1)).days
    assert Days(starts=date(2004, 4, 1), ends=date(2005, 3, 31)) == year_of(date(2004, 5, 1)).days


@pytest.mark.parametrize("first_month", range(1, 13))
def test_every_day_is_in_exactly_one_year_and_one_quarter(first_month: int) -> None:
    day, seen = date(2003, 1, 1), set()
    while day < date(2006, 1, 1):
        for period in (year_of(day, first_month), quarter_of(day, first_month)):
            assert period.days.starts <= day <= period.days.ends
            seen.add((period.name, period.days))
        day += timedelta(days=1)
    assert len(seen) == len({name for name, _ in seen}) == len({days for _, days in seen})


@pytest.mark.parametrize("day", [date.min, date(1, 12, 31), date(9999, 1, 1), date.max])
def test_days_at_the_ends_of_the_calendar_are_in_a_year(day: date) -> None:
    for first_month in (1, 4, 12):
        assert year_of(day, first_month).days.starts <= day
        assert quarter_of(day, first_month).days.starts <= day


@pytest.mark.parametrize("name", ["2004-05", "1999-00", "0002-03"])
def test_a_year_is_found_by_its_name(name: str) -> None:
    found = year_called(name)
    assert found is not None
    assert name == found.name


@pytest.mark.parametrize(
    "name", ["", "2004", "2004-06", "2004-5", "2004-05 ", "04-05", "2004-05 Q1", "0000-01", "9999-00", "²004-05"]
)
def test_any_other_name_is_no_year_of_a_programme_that_begins_in_april(name: str) -> None:
    assert year_called(name) is None


def test_a_year_that_begins_in_january_has_the_name_of_its_one_year() -> None:
    assert year_called("2004-05", 1) is None
    found = year_called("2004", 1)
    assert found is not None
    assert Days(starts=date(2004, 1, 1), ends=date(2004, 12, 31)) == found.days
