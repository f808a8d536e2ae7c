"""Which entries of a timeline an address asks for: those of a lane, or of the days of a group of marks."""

from collections.abc import Callable, Mapping
from datetime import date

from domain.values.fact import Lane
from pages.drawing.lanes import span_of
from pages.frame.clocks import days_asked
from pages.frame.page import BadAddress
from projections.timeline.reading import Entry

# The parameters of an address that choose entries.
PARAMETERS = ("lane", "from", "to")


def lane_asked(asked: Mapping[str, str]) -> str | None:
    """The lane that the address asks for; None for all. Raises BadAddress."""
    lane = asked.get("lane") or None
    if lane is not None and lane not in {one.value for one in Lane}:
        raise BadAddress(f'There is no lane "{lane[:40]}". There are: {", ".join(one.value for one in Lane)}.')
    return lane


def chosen(asked: Mapping[str, str]) -> Callable[[Entry], bool]:
    """Whether the address asks for an entry. Raises BadAddress for a lane or days that there are not."""
    lane = lane_asked(asked)
    first, last = days_asked(asked)
    of_days = first is not None or last is not None
    days = first or date.min, last or date.max
    return lambda entry: (lane is None or entry.lane == lane.upper()) and (not of_days or _within(entry, *days))


def _within(entry: Entry, first: date, last: date) -> bool:
    span = span_of(entry)
    return span is not None and first <= span[1] and span[0] <= last
