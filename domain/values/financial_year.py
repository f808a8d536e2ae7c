"""Financial years: which one has a day, what it is called, and its quarters. In the UK they begin on 1 April."""

from calendar import month_name
from datetime import date, timedelta
from enum import Enum

from domain.values.frozen import frozen

APRIL, JANUARY = 4, 1
MONTHS = 12


class Spending(Enum):
    """What money is for: things that last (capital), or running costs (revenue)."""

    CAPITAL = "capital"
    REVENUE = "revenue"


class LineKind(Enum):
    """What a budget line is for: setting up and running the partnership, managing the project, or the activity."""

    ESTABLISHMENT = "establishment"
    PROJECT_MANAGEMENT = "project_management"
    ACTIVITY = "activity"


@frozen
class Days:
    """Days in a row, the first and the last included."""

    starts: date
    ends: date


@frozen
class Period:
    """A financial year, or a *quarter* of one, and its days. Years sort by the year of the calendar they begin in."""

    year: str
    quarter: int | None = None
    days: Days

    @property
    def name(self) -> str:
        """Its name, such as 2004-05 or 2004-05 Q1."""
        return self.year if self.quarter is None else f"{self.year} Q{self.quarter}"


def year_of(day: date, first_month: int = APRIL) -> Period:
    """The financial year that has *day*. The first and the last year of the calendar are not whole."""
    return _year(day.year - (day.month < first_month), first_month)


def quarter_of(day: date, first_month: int = APRIL) -> Period:
    """The quarter of a financial year that has *day*."""
    whole = year_of(day, first_month)
    nth = (day.month - first_month) % MONTHS // 3
    begun = day.year - (day.month < first_month)
    days = Days(
        starts=_first_of(begun, first_month + 3 * nth), ends=_last_before(_first_of(begun, first_month + 3 * nth + 3))
    )
    return Period(year=whole.year, quarter=nth + 1, days=days)


def year_called(name: str, first_month: int = APRIL) -> Period | None:
    """The financial year with this name; None if no year has it."""
    begun, _, _ = name.partition("-")
    if len(begun) != 4 or not begun.isascii() or not begun.isdigit():
        return None
    # The calendar has no whole year that begins before or after these.
    if not date.min.year <= int(begun) < date.max.year:
        return None
    found = _year(int(begun), first_month)
    return found if found.year == name else None


def month_called(month: int) -> str:
    """The name of a month."""
    return month_name[month] if 1 <= month <= MONTHS else f"month {month}"


def _year(begun: int, first_month: int) -> Period:
    called = f"{begun:04}" if first_month == JANUARY else f"{begun:04}-{(begun + 1) % 100:02}"
    days = Days(starts=_first_of(begun, first_month), ends=_last_before(_first_of(begun + 1, first_month)))
    return Period(year=called, days=days)


def _first_of(year: int, month: int) -> date:
    """The first day of a month. Months after December are those of the next year."""
    year, month = year + (month - 1) // MONTHS, (month - 1) % MONTHS + 1
    if year < date.min.year:
        return date.min
    return date(year, month, 1) if year <= date.max.year else date.max


def _last_before(day: date) -> date:
    return day - timedelta(days=1) if day > date.min else day
