"""The axis of time of a drawing: where a day lies, and which months, quarters or years are named on it."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from domain.values.shown import MONTHS

# A longer time than these, in days, is named by quarters, and a still longer one by years.
BY_MONTHS, BY_QUARTERS = 800, 2300
# The width of a name of each kind with the space beside it, in units of the drawing.
NAMES = {"month": 30.0, "year": 48.0}


@dataclass(frozen=True, slots=True)
class Tick:
    """A line across the drawing at *x*, with what stands above it. *year* is set where a financial year begins."""

    x: float
    text: str
    year: str


@dataclass(frozen=True, slots=True)
class Axis:
    """Days from *first* to *last*, both included, between *left* and *right* in units of the drawing."""

    first: date
    last: date
    left: float
    right: float

    @property
    def days(self) -> int:
        """How many days it has."""
        return (self.last - self.first).days + 1

    def place(self, day: date) -> float:
        """Where *day* begins. A day outside the axis lies at its end."""
        within = min(max((day - self.first).days, 0), self.days)
        return round(self.left + (self.right - self.left) * within / self.days, 1)

    def after(self, day: date) -> float:
        """Where *day* ends."""
        return self.place(day) if day == date.max else self.place(date.fromordinal(day.toordinal() + 1))

    def ticks(self) -> list[Tick]:
        """The lines across the drawing, from left to right. Financial years begin in April."""
        step = 1 if self.days <= BY_MONTHS else 3 if self.days <= BY_QUARTERS else 12
        found: list[Tick] = []
        named = dict.fromkeys(NAMES, 0.0)

        def name_of(kind: str, x: float, text: str) -> str:
            """*text*, if it does not meet the last one of its kind."""
            if not text or x < named[kind]:
                return ""
            named[kind] = x + NAMES[kind]
            return text

        for month in self._months():
            if (month.month - 4) % step:
                continue
            year = f"{month.year}-{(month.year + 1) % 100:02}" if month.month == 4 else ""
            name = MONTHS[month.month - 1] if step < 12 else ""
            x = self.place(month)
            found.append(Tick(x, name_of("month", x, name), name_of("year", x, year)))
        return found

    def _months(self) -> Iterator[date]:
        """The first days of the months that begin on the axis."""
        year, month = self.first.year, self.first.month
        while (day := date(year, month, 1)) <= self.last:
            if day >= self.first:
                yield day
            year, month = (year + 1, 1) if month == 12 else (year, month + 1)
            if year > date.max.year:
                return


def around(days: list[date], left: float, right: float) -> Axis:
    """An axis that begins with the month of the first of *days* and ends with that of the last, with a little room."""
    first, last = min(days), max(days)
    start = first.replace(day=1)
    room = max(20, (last - start).days // 16)
    end = min(date.max.toordinal() - 1, last.toordinal() + room)
    return Axis(start, date.fromordinal(end), left, right)
