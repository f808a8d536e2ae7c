"""The present day, and the day on which a question stands."""

from datetime import UTC, date, datetime


def today() -> date:
    """The day of the present, in UTC."""
    return datetime.now(UTC).date()


def day_asked(as_at: date | None, known_at: datetime | None) -> date:
    """The day that a question "as at" stands on: the one it gives, else that of the instant it asks about, in UTC.

    Without either it is today; an instant to come says no more than the present does.
    """
    if as_at is not None:
        return as_at
    return min(known_at.astimezone(UTC).date(), today()) if known_at is not None else today()
