"""Whether a span of a bid keeps its service standard: within it, paused, due soon, uncertain or breached."""

from datetime import date, timedelta
from enum import Enum

from domain.values.waiting import Days
from projections.delays import clock
from projections.delays.clock import Measured
from projections.delays.reading import SpanLine

# A standard is due soon in the last seven days before its deadline.
SOON = timedelta(days=7)


class Standing(Enum):
    """The standing of a span against its service standard. The worst comes last."""

    WITHIN = "within"
    PAUSED = "paused"
    DUE_SOON = "due_soon"
    UNCERTAIN = "uncertain"
    BREACHED = "breached"


def standing_of(line: SpanLine, ended: str | None, measured: Measured | None, as_at: date) -> Standing | None:
    """The standing of a span on a day; None without a standard.

    *ended* is the text of the date on which it ended, None while it goes on. It is breached from the day after its
    deadline (``clock.breach_day``), and uncertain while the days that are known in part may be over the limit.
    """
    if line.limit is None or measured is None:
        return None
    breach_day = clock.breach_day(line.timed, line.deadline)
    if breach_day is not None and breach_day <= as_at:
        return Standing.BREACHED
    longest = measured.working.max if line.days == Days.WORKING.value else measured.days.max - measured.paused.min
    if longest > line.limit:
        return Standing.UNCERTAIN
    if ended is not None:
        return Standing.WITHIN
    if line.deadline is None:
        return Standing.PAUSED
    return Standing.DUE_SOON if line.deadline - as_at <= SOON else Standing.WITHIN
