"""The current day, and the day that a query is about, in the time zone of the programme."""

from datetime import UTC, date, datetime

from domain.values.day import day_of


def today() -> date:
    """The current day."""
    return day_of(datetime.now(UTC))


def day_asked(as_at: date | None, known_at: datetime | None) -> date:
    """The day of an "as at" query: *as_at* if given, otherwise the day of *known_at*, otherwise today.

    It is never later than today, unless *as_at* is.
    """
    if as_at is not None:
        return as_at
    return min(day_of(known_at), today()) if known_at is not None else today()
