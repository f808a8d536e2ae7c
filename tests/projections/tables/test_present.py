"""The day that a question is about."""

from datetime import UTC, date, datetime, timedelta

from projections.tables.present import day_asked, today


def test_a_question_without_a_day_is_about_the_day_of_its_instant_in_the_time_zone_of_the_programme() -> None:
    assert date(2024, 4, 1) == day_asked(None, datetime(2024, 3, 31, 23, 30, tzinfo=UTC))
    assert date(2024, 3, 30) == day_asked(None, datetime(2024, 3, 30, 23, 30, tzinfo=UTC))


def test_a_question_without_an_instant_or_about_a_later_one_is_about_today() -> None:
    assert today() == day_asked(None, None) == day_asked(None, datetime.now(UTC) + timedelta(days=5))


def test_a_day_that_is_asked_for_is_the_day() -> None:
    assert date(2004, 3, 31) == day_asked(date(2004, 3, 31), datetime(2024, 3, 31, 23, 30, tzinfo=UTC))
