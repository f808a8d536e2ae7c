"""Working days: days that are neither at a weekend nor a bank holiday in the programme's part of the United Kingdom.

Bank holidays come from the library ``holidays``, one-off days (jubilees, funerals) included.
"""

from bisect import bisect_right
from datetime import date, timedelta
from functools import lru_cache

import holidays

from domain.values.waiting import Calendar

_PARTS = {
    Calendar.ENGLAND_AND_WALES: "ENG",
    Calendar.SCOTLAND: "SCT",
    Calendar.NORTHERN_IRELAND: "NIR",
}
# Days that the library counts and the law did not: St Andrew's Day is a bank holiday by an Act of 2007.
_WORKED = {Calendar.SCOTLAND: frozenset((date(2006, 11, 30),))}
_KNOWN_YEARS = range(1871, 2200)
_WEEK = 7
_FRIDAY = 5  # Of the seven days from Monday, the first five are worked.


def working_days(calendar: Calendar, start: date, end: date) -> int:
    """The number of working days after *start*, up to and including *end*; 0 if *end* is not later.

    From Friday to Monday is 1 working day, just as from one day to the next is 1 calendar day.
    """
    # Only years with known holidays: there can be thousands of other years between two days.
    years = range(max(start.year, _KNOWN_YEARS.start), min(end.year + 1, _KNOWN_YEARS.stop))
    of_each = (bank_holidays(calendar, year) for year in years)
    closed = sum(bisect_right(days, end) - bisect_right(days, start) for days in of_each)
    return max(0, _weekdays_up_to(end) - _weekdays_up_to(start) - closed)


def after_working_days(calendar: Calendar, start: date, number: int) -> date:
    """The *number*-th working day after *start*; *start* itself if *number* is 0 or less."""
    if number <= 0:
        return start
    # Five days in seven are worked: start near the day and step the rest.
    if date.max - start < timedelta(days=number * 2 + 30):
        return date.max
    day = start + timedelta(days=number * _WEEK // _FRIDAY)
    counted = working_days(calendar, start, day)
    while counted < number:
        day += timedelta(days=1)
        counted += _worked(calendar, day)
    while counted > number or not _worked(calendar, day):
        counted -= _worked(calendar, day)
        day -= timedelta(days=1)
    return day


@lru_cache(maxsize=len(_PARTS) * (len(_KNOWN_YEARS) + 1))
def bank_holidays(calendar: Calendar, year: int) -> tuple[date, ...]:
    """The bank holidays of *year* that fall on a weekday, in order."""
    if year not in _KNOWN_YEARS:
        return ()
    found = holidays.country_holidays("GB", subdiv=_PARTS[calendar], years=year)
    worked = _WORKED.get(calendar, frozenset())
    return tuple(sorted(day for day in found if day.weekday() < _FRIDAY and day.year == year and day not in worked))


def _worked(calendar: Calendar, day: date) -> bool:
    return day.weekday() < _FRIDAY and day not in bank_holidays(calendar, day.year)


def _weekdays_up_to(day: date) -> int:
    """The number of weekdays from the first day of the calendar (a Monday) up to and including *day*."""
    weeks, rest = divmod(day.toordinal(), _WEEK)
    return weeks * _FRIDAY + min(rest, _FRIDAY)
