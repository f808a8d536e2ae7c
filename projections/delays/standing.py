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


def standing_of(line: SpanLine, measured: Measured | None, as_at: date) -> Standing | None:
    """The standing on a day of a span, which *line* is as at that day; None without a standard.

    It is breached from the day after its deadline (``clock.breach_day``), and uncertain while the days that are known
    in part may be over the limit.
    """
    if line.limit is None or measured is None:
        return None
    if line.breach_day is not None and line.breach_day <= as_at:
        return Standing.BREACHED
    if clock.longest(measured, Days(line.days)) > line.limit:
        return Standing.UNCERTAIN
    if line.ended is not None:
        return Standing.WITHIN
    if line.deadline is None:
        return Standing.PAUSED
    return Standing.DUE_SOON if line.deadline - as_at <= SOON else Standing.WITHIN
