"""A period is closed once, after its last day."""

from dataclasses import replace
from datetime import date, timedelta

import hypothesis
import pytest
from hypothesis import strategies as st

from domain import books
from domain.books import (
    ClosePeriod,
    PeriodClosed,
    PeriodNameTaken,
    PeriodNotOfDays,
    PeriodNotOver,
    PeriodOverlaps,
    first_open,
)
from domain.programme import ProgrammeUnknown
from domain.values.when import When
from tests.kit.examples import EVENTS, PROGRAMME
from tests.kit.hostile_values import DATES, WORDS, mostly
from tests.kit.spec import at, given, given_log, what_happens

CLOSED = PeriodClosed(
    programme_id=PROGRAMME, name="2004-05", starts=When("2004-04-01"), ends=When("2005-03-31"), on=When("2005-05-02")
)


def close(
    name: str = "2004-05", starts: str = "2004-04-01", ends: str = "2005-03-31", on: str = "2005-05-02"
) -> ClosePeriod:
    return ClosePeriod(programme_id=PROGRAMME, name=name, starts=When(starts), ends=When(ends), on=When(on))


def test_a_period_is_closed_after_its_last_day() -> None:
    given(books).when(close()).then(CLOSED)
    given(books).when(close(on="2005-03-31")).refused(PeriodNotOver, ends=When("2005-03-31"))
    given(books).when(close(on="2005-03")).refused(PeriodNotOver)
    for unknown in ("unknown", "../2006"):
        given(books).when(close(on=unknown)).refused(PeriodNotOver)
    since = When("2005-05-02/..")
    given(books).when(close(on=since.text)).then(replace(CLOSED, on=since))


def test_a_period_may_be_any_range_of_days_that_overlaps_no_closed_period() -> None:
    day = close("one day", "2005-04-01", "2005-04-01")
    given(books, CLOSED).when(day).then(replace(CLOSED, name="one day", starts=day.starts, ends=day.ends))
    given(books, CLOSED).when(close("late", "2005-03-31", "2005-04-01")).refused(PeriodOverlaps, period="2004-05")
    given(books, CLOSED).when(close("early", "2004-03-31", "2004-04-01")).refused(PeriodOverlaps, period="2004-05")
    before = close("before", "2003-04-01", "2004-03-31")
    given(books, CLOSED).when(before).then(replace(CLOSED, name="before", starts=before.starts, ends=before.ends))
    given(books, CLOSED).when(close("within", "2004-07-01", "2004-07-01")).refused(PeriodOverlaps)
    given(books, CLOSED).when(close(ends="2005-04-01")).refused(PeriodNameTaken, ends=When("2005-03-31"))


def test_a_period_has_a_name_and_days() -> None:
    given(books).when(close(" ")).refused(PeriodNotOfDays)
    given(books).when(close(starts="2004-04")).refused(PeriodNotOfDays)
    for unknown in ("2005-03-31~", "unknown", "2005-03-31/..", "../2005-03-31", "2005"):
        given(books).when(close(starts=unknown)).refused(PeriodNotOfDays)
        given(books).when(close(ends=unknown)).refused(PeriodNotOfDays)
    given(books).when(close(ends="2004-03-31")).refused(PeriodNotOfDays)
    given(books).when(close(ends="9999-12-31")).refused(PeriodNotOfDays)


def test_books_are_closed_only_for_a_programme_that_exists() -> None:
    command = close()
    given_log().when(command).refused(ProgrammeUnknown)
    given_log(*at(PROGRAMME, EVENTS["ProgrammeEstablished"])).when(command).then(*at(command.stream, CLOSED))


@pytest.mark.parametrize(
    ("day", "opens"),
    [("2004-03-31", "2004-03-31"), ("2004-04-01", "2005-07-01"), ("2005-06-30", "2005-07-01"), ("2006", "2006-01-01")],
)
def test_a_late_posting_counts_on_the_first_open_day(day: str, opens: str) -> None:
    closed = [
        (date(2005, 4, 1), date(2005, 6, 30)),
        (date(2004, 4, 1), date(2005, 3, 31)),
        (date(2005, 9, 1), date(2005, 9, 2)),
    ]
    assert When(opens).earliest == first_open(When(day).earliest or date.min, closed)


PERIODS = st.builds(
    lambda name, start, length, on: close(
        name, start.isoformat(), (start + timedelta(days=length)).isoformat(), on.text
    ),
    WORDS,
    st.dates(date(2004, 1, 1), date(2004, 3, 1)),
    st.integers(0, 30),
    mostly(st.just(When("2005-05-02")), DATES),
)


@hypothesis.given(st.lists(PERIODS, max_size=12))
def test_no_day_is_ever_closed_twice(commands: list[ClosePeriod]) -> None:
    days: set[date] = set()
    for event in what_happens(books, [], commands):
        assert isinstance(event, PeriodClosed)
        first, last = event.starts.earliest, event.ends.latest
        assert first is not None
        assert last is not None
        assert event.on.earliest is not None
        assert event.on.earliest > last
        own = {first + timedelta(days=nth) for nth in range((last - first).days + 1)}
        assert not own & days
        days |= own
