"""A day of the programme begins and ends by the clock of London, in winter and in summer."""

from datetime import UTC, date, datetime, timedelta

import pytest

from domain.values.day import day_of, end_of, start_of


@pytest.mark.parametrize(
    ("day", "first"),
    [
        (date(2004, 1, 15), datetime(2004, 1, 15, tzinfo=UTC)),
        (date(2004, 7, 15), datetime(2004, 7, 14, 23, tzinfo=UTC)),
    ],
)
def test_a_day_is_from_its_first_instant_to_its_last(day: date, first: datetime) -> None:
    assert first == start_of(day)
    assert first + timedelta(days=1, microseconds=-1) == end_of(day)
    assert {day} == {day_of(start_of(day)), day_of(end_of(day))}
    assert day - timedelta(days=1) == day_of(start_of(day) - timedelta(microseconds=1))
