"""Days of a bank: an instant with an offset is a day only in the bank's time zone."""

import re
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

# With a time, as in XML. Its offset may follow.
_INSTANT = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}.*", re.ASCII)
_END_OF_DAY = re.compile(r"T24:00(:00(\.0+)?)?")


def local(text: str, zone: ZoneInfo) -> datetime:
    """The instant *text* (ISO 8601, as in XML) on the clock of *zone*. Raises ValueError.

    A time without an offset is a time on that clock already. A date is its first moment.
    """
    if not is_instant(text):
        raise ValueError(f"{text} is not a date with a time")
    early, midnights = _END_OF_DAY.subn("T00:00:00", text)
    try:
        found = datetime.fromisoformat(early) + timedelta(days=midnights)
        return found.astimezone(zone).replace(tzinfo=None) if found.tzinfo is not None else found
    except OverflowError as error:
        raise ValueError(f"{text} is outside the calendar") from error


def is_instant(text: str) -> bool:
    """Whether *text* is a date with a time."""
    return _INSTANT.fullmatch(text) is not None


def last_day(since: datetime, until: datetime, known: set[date]) -> date:
    """The last day of a period from *since* to *until*.

    A period that ends at midnight ends with the day before, unless the day after the midnight is among *known*, the
    days that the statement itself has: some banks write a day as its first moment.
    """
    if until.time() == time() and until > since and until.date() not in known:
        return until.date() - timedelta(days=1)
    return until.date()
