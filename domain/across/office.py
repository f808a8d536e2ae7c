"""The office of an event: the partnership that it concerns, and the governance of that partnership's programme."""

from typing import NamedTuple

from domain.governance import Governance
from domain.history import partnership_of
from domain.partnership import Partnership
from domain.reading import Reading
from domain.values.fact import Fact


class Office(NamedTuple):
    """A *partnership* and the *governance* of its programme."""

    partnership: Partnership
    governance: Governance


def office_of(reading: Reading, event: Fact) -> Office | None:
    """The office of *event*; None for an event of no partnership, or where the programme has no governance."""
    partnership_id = partnership_of(event)
    found = reading.partnership(partnership_id) if partnership_id is not None else None
    if found is None:
        return None
    governed = reading.governance(found.programme_id)
    return Office(found, governed) if governed is not None else None
