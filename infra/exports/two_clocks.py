"""The two clocks of a query or an export, on the command line and over HTTP."""

from datetime import UTC, date, datetime

from api.contract.errors import Problem
from api.contract.scalars import read_day, read_moment
from projections.tables.present import day_asked


def clocks_asked(as_at: str | None, known_at: str | None) -> tuple[date, datetime | None]:
    """The day and the instant that were asked for. Without *known_at* the instant is None: all that is known now.

    Raises Problem where a value is not a day or an instant, and where the instant is in the future: the same query
    would give another answer later.
    """
    instant = read_moment(known_at) if known_at is not None else None
    if instant is not None and instant > datetime.now(UTC):
        raise Problem(f"{known_at} has not come yet. The answer for an instant in the future could still change.")
    return day_asked(read_day(as_at) if as_at is not None else None, instant), instant
