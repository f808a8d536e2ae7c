"""When: a date, as precisely as it is known."""

import re
from calendar import monthrange
from datetime import date
from enum import Enum
from functools import lru_cache
from typing import NamedTuple

from domain.values.frozen import frozen


class Precision(Enum):
    """How precisely a date is known."""

    DAY = "day"
    MONTH = "month"
    YEAR = "year"
    RANGE = "range"
    UNKNOWN = "unknown"


class NotADate(ValueError):
    """The text is not a date in a form that When reads."""


class Known(NamedTuple):
    """The meaning of the text of a When: the first and last day that it can be (None where open)."""

    precision: Precision
    earliest: date | None
    latest: date | None
    approximate: bool


@frozen
class DayRange:
    """A number of calendar days between *min* and *max*, both included."""

    min: int
    max: int


class When:
    """A date in ISO 8601 reduced precision, as precisely as it is known.

    Forms: ``2004-03-15``, ``2004-03``, ``2004``; a range of two of them with ``..`` for an open end
    (``2004-07/2005-03``, ``../2005-04``); ``unknown``. A ``~`` after a date says that it is approximate (EDTF level 1).
    Raises NotADate for anything else. Two Whens are equal when their texts are.
    """

    __slots__ = ("text",)
    text: str

    def __init__(self, text: str) -> None:
        _read(text)
        object.__setattr__(self, "text", text)

    @property
    def precision(self) -> Precision:
        """DAY, MONTH or YEAR for one date, RANGE for two, UNKNOWN for none."""
        return _read(self.text).precision

    @property
    def earliest(self) -> date | None:
        """The first day that it can be; None where the start is open or unknown."""
        return _read(self.text).earliest

    @property
    def latest(self) -> date | None:
        """The last day that it can be; None where the end is open or unknown."""
        return _read(self.text).latest

    @property
    def day(self) -> date | None:
        """The one day that it is; None where it is less precise or approximate."""
        known = _read(self.text)
        return date.fromisoformat(self.text) if known.precision is Precision.DAY and not known.approximate else None

    @property
    def approximate(self) -> bool:
        """Whether the source gives the date as approximate. This does not change its first and last day."""
        return _read(self.text).approximate

    @property
    def is_known(self) -> bool:
        """Whether the date is not ``unknown``."""
        return self.precision is not Precision.UNKNOWN

    def days_until(self, end: "When") -> DayRange | None:
        """The calendar days from this date to *end*, as a range; None where a bound is open.

        An end is never before its start, so the range begins at 0 or more. Raises ValueError when *end* can only be
        before this date.
        """
        if self.earliest is None or self.latest is None or end.earliest is None or end.latest is None:
            return None
        longest = (end.latest - self.earliest).days
        if longest < 0:
            raise ValueError(f"{end.text} is before {self.text}")
        return DayRange(min=max(0, (end.earliest - self.latest).days), max=longest)

    def may_precede(self, end: "When") -> bool:
        """Whether *end* can be on or after this date; True where either is open or unknown."""
        return self.earliest is None or end.latest is None or self.earliest <= end.latest

    def __eq__(self, other: object) -> bool:
        return isinstance(other, When) and self.text == other.text

    def __hash__(self) -> int:
        return hash(self.text)

    def __repr__(self) -> str:
        return f"When({self.text!r})"

    def __str__(self) -> str:
        return self.text

    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError("a When never changes")

    def __reduce__(self) -> tuple[type["When"], tuple[str]]:
        return When, (self.text,)


_DATE = re.compile(r"([0-9]{4})(?:-([0-9]{2}))?(?:-([0-9]{2}))?(~?)")
_OPEN = ".."


@lru_cache(maxsize=4096)
def _read(text: str) -> Known:
    if text == "unknown":
        return Known(Precision.UNKNOWN, None, None, False)
    start, slash, end = text.partition("/")
    if not slash:
        return _date(text)
    if start == end == _OPEN:
        raise NotADate("a range may be open at one end only")
    first = None if start == _OPEN else _date(start)
    last = None if end == _OPEN else _date(end)
    earliest = first.earliest if first else None
    latest = last.latest if last else None
    if earliest is not None and latest is not None and latest < earliest:
        raise NotADate(f"{text} ends before it starts")
    approximate = any(side.approximate for side in (first, last) if side)
    return Known(Precision.RANGE, earliest, latest, approximate)


def _date(text: str) -> Known:
    found = _DATE.fullmatch(text)
    if not found:
        raise NotADate(f"{text[:40]!r} is not a date: write 2004, 2004-03 or 2004-03-15")
    year, month, day, tilde = found.groups()
    try:
        if day:
            exact = date(int(year), int(month), int(day))
            return Known(Precision.DAY, exact, exact, bool(tilde))
        if month:
            first = date(int(year), int(month), 1)
            last = first.replace(day=monthrange(first.year, first.month)[1])
            return Known(Precision.MONTH, first, last, bool(tilde))
        return Known(Precision.YEAR, date(int(year), 1, 1), date(int(year), 12, 31), bool(tilde))
    except ValueError as error:
        raise NotADate(f"{text} is not in the calendar") from error


UNKNOWN = When("unknown")


def on_day(text: str) -> When:
    """Read one date in reduced precision (``2004``, ``2004-03``, ``2004-03-15``), as people give it with a command.

    Raises NotADate for ranges, approximate dates and ``unknown``: a person who acts knows the date.
    """
    found = When(text)
    if found.precision in (Precision.RANGE, Precision.UNKNOWN) or found.approximate:
        raise NotADate(f"{text[:40]!r} is not a date: write 2004, 2004-03 or 2004-03-15")
    return found
