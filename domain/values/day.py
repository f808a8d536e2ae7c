"""The day of an instant: dates are days in the time zone of the programme, whatever zone an instant is written in."""

from datetime import date, datetime, time
from zoneinfo import ZoneInfo

# Every programme counts its days here. An instant with an offset is converted: 2024-03-31T23:30:00Z is 1 April.
ZONE = ZoneInfo("Europe/London")


def day_of(instant: datetime) -> date:
    """The day of *instant*, which has an offset, in the time zone of the programme."""
    return instant.astimezone(ZONE).date()


def start_of(day: date) -> datetime:
    """The first instant of *day* in the time zone of the programme."""
    return datetime.combine(day, time.min, ZONE)


def end_of(day: date) -> datetime:
    """The last instant of *day* in the time zone of the programme. The log counts in microseconds."""
    return datetime.combine(day, time.max, ZONE)
