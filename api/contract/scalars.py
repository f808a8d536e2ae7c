"""The scalars of the schema: exact amounts, positions longer than 32 bits, days, and instants with an offset."""

import re
from datetime import UTC, date, datetime, timezone
from decimal import Decimal
from typing import Any, NewType

import strawberry
from strawberry.types.scalar import ScalarDefinition

from api.contract.errors import Problem
from domain.values.day import end_of

LogPosition = NewType("LogPosition", int)
Json = NewType("Json", object)

# No currency has more than three decimal places. An amount is checked against its own currency later.
_AMOUNT = re.compile(r"-?[0-9]{1,13}(\.[0-9]{1,4})?")
_POSITION = re.compile(r"[0-9]{1,19}")
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
# RFC 3339, as other languages read it. Python alone also reads weeks and offsets with seconds, and cuts a 7th decimal.
_INSTANT = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}(:[0-9]{2}(\.[0-9]{1,6})?)?(Z|[+-]([01][0-9]|2[0-3]):[0-5][0-9])"
)
LAST_POSITION = 2**63 - 1


def read_amount(value: Any) -> Decimal:
    """A decimal from a string in plain digits. Raises Problem for anything else, JSON numbers included."""
    if not isinstance(value, str) or not _AMOUNT.fullmatch(value):
        raise Problem('The value is not a decimal. Write it as a string of plain digits, such as "1250.00".')
    return Decimal(value)


def write_amount(value: Decimal) -> str:
    """A decimal in plain digits, without an exponent."""
    return f"{value:f}"


def read_position(value: Any) -> LogPosition:
    """A position from a string of digits. Raises Problem for anything else."""
    if not isinstance(value, str) or not _POSITION.fullmatch(value) or int(value) > LAST_POSITION:
        raise Problem('The value is not a log position. Write it as a string of digits, such as "1024".')
    return LogPosition(int(value))


def read_day(value: Any) -> date:
    """A calendar day, ``2004-03-15``. Raises Problem for anything else."""
    try:
        if isinstance(value, str) and _DAY.fullmatch(value):
            return date.fromisoformat(value)
    except ValueError:
        pass
    raise Problem("The value is not a date. Write a calendar day, such as 2004-03-15.")


def read_instant(value: Any) -> datetime:
    """An instant with its offset, ``2004-03-15T09:00:00Z``. Raises Problem for anything else."""
    try:
        if isinstance(value, str) and _INSTANT.fullmatch(value):
            instant = datetime.fromisoformat(value)
            if 1 < instant.year < 9999:
                return instant
    except ValueError:
        pass
    raise Problem(
        "The value is not an instant. Write YYYY-MM-DDTHH:MM[:SS[.ffffff]] with Z or an offset, such as"
        " 2004-03-15T09:00:00Z or 2004-03-15T10:00:00.123456+01:00."
    )


class EndOfDay(datetime):
    """The instant that a day stands for, where one may be given: its end. Other inputs of an instant refuse it."""


def read_moment(value: Any) -> datetime:
    """An instant as ``read_instant`` reads it, or a day, which is its end in the time zone of the programme."""
    if not isinstance(value, str) or not _DAY.fullmatch(value):
        return read_instant(value)
    day = read_day(value)
    if not 1 < day.year < 9999:
        return read_instant(value)
    end = end_of(day)
    fixed = end.replace(tzinfo=timezone(end.utcoffset() or UTC.utcoffset(None)))
    return EndOfDay.fromisoformat(fixed.isoformat())


def write_instant(value: datetime) -> str:
    """An instant in ISO 8601, with microseconds as the log stores it."""
    return value.isoformat()


def _as_it_is(value: Any) -> Any:
    return value


SCALARS: dict[object, ScalarDefinition] = {
    Decimal: strawberry.scalar(
        name="Decimal",
        description="A decimal number as a string of plain digits, such as 1250.00. It has at most the currency's"
        " minor-unit places. JSON numbers are refused.",
        serialize=write_amount,
        parse_value=read_amount,
    ),
    LogPosition: strawberry.scalar(
        name="LogPosition",
        description="A position in the log of events, as a string of digits.",
        serialize=str,
        parse_value=read_position,
    ),
    Json: strawberry.scalar(
        name="JSON",
        description="Any JSON value, as it is stored: objects, lists, texts, numbers, true, false and null.",
        serialize=_as_it_is,
        parse_value=_as_it_is,
    ),
    date: strawberry.scalar(
        name="Date", description="A calendar day, ISO 8601: YYYY-MM-DD.", serialize=date.isoformat, parse_value=read_day
    ),
    datetime: strawberry.scalar(
        name="DateTime",
        description="An instant as RFC 3339 (ISO 8601) writes it: YYYY-MM-DDTHH:MM[:SS[.ffffff]] with Z or an offset,"
        " +HH:MM or -HH:MM. A value without an offset is refused. Only as knownAt, a calendar day may be given too:"
        " it is the end of that day in London.",
        serialize=write_instant,
        parse_value=read_moment,
    ),
}
