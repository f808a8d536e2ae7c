"""The current day, and the day that a query is about."""

from datetime import UTC, date, datetime


def today() -> date:
    """The current day, in UTC."""
    return datetime.now(UTC).date()


def day_asked(as_at: date | None, known_at: datetime | None) -> date:
    """The day of an "as at" query: *as_at* if given, otherwise the day of *known_at* in UTC, otherwise today.

    It is never later than today, unless *as_at* is.
    """
    if as_at is not None:
        return as_at
    return min(known_at.astimezone(UTC).date(), today()) if known_at is not None else today()
