"""The two clocks of what is taken away, on the command line and over HTTP."""

from datetime import UTC, date, datetime

from api.contract.errors import Problem
from api.contract.scalars import read_day, read_instant
from projections.tables.present import day_asked


def clocks_asked(as_at: str | None, known_at: str | None) -> tuple[date, datetime | None]:
    """The day and the instant that a question stands on; without *known_at*, everything known.

    Raises Problem where one of them is none, and where the instant is to come: what would be stamped as known then is
    not known yet, and the same question would get another answer later.
    """
    instant = read_instant(known_at) if known_at is not None else None
    if instant is not None and instant > datetime.now(UTC):
        raise Problem(f"{known_at} has not come yet: what is known then is still to be recorded.")
    return day_asked(read_day(as_at) if as_at is not None else None, instant), instant
