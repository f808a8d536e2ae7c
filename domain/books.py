"""The books stream: the financial periods of a programme that are closed.

A closed period is never reopened. What is recorded later with an effective date in it keeps that date, and counts as an
adjustment in the first period after it that was open when it was recorded.
"""

from datetime import date, timedelta
from typing import TypeAlias

from domain.values.fact import Fact
from domain.values.frozen import frozen, replace
from domain.values.ids import ProgrammeId
from domain.values.refusal import Refused
from domain.values.when import Precision, When

# --- Events -----------------------------------------------------------------------------------------------------------


@frozen
class PeriodClosed(Fact):
    """The books of the programme are closed for the days from *starts* to *ends*, both included."""

    programme_id: ProgrammeId
    name: str
    starts: When
    ends: When


Event: TypeAlias = PeriodClosed

# --- State ------------------------------------------------------------------------------------------------------------


@frozen
class Books:
    """What the rules need to know of the books: the closed periods, by name."""

    closed: dict[str, PeriodClosed]


def evolve(books: Books | None, event: Event) -> Books:
    """The books after *event*."""
    now = books or Books(closed={})
    return replace(now, closed={**now.closed, event.name: event})


def first_open(day: date, closed: list[tuple[date, date]]) -> date:
    """The first day from *day* on that lies in none of the *closed* periods, given by their first and last days."""
    for starts, ends in sorted(closed):
        if starts <= day <= ends:
            day = ends + timedelta(days=1)
    return day


# --- Commands ---------------------------------------------------------------------------------------------------------


@frozen
class ClosePeriod:
    """Close the books for these days. Reads the programme as well."""

    programme_id: ProgrammeId
    name: str
    starts: When
    ends: When
    on: When

    @property
    def stream(self) -> str:
        """The stream that the command is decided on: one for the books of a programme."""
        return f"books-{self.programme_id.partition('-')[2]}"


Command: TypeAlias = ClosePeriod

# --- Rules ------------------------------------------------------------------------------------------------------------


class PeriodNotOfDays(Refused):
    """A period from {starts} to {ends} cannot be closed. A period has a name and exact first and last days, and
    its last day is not before its first.
    """


class PeriodNameTaken(Refused):
    """Another period with this name is closed already: {starts} to {ends}. Give the period another name."""


class PeriodOverlaps(Refused):
    """Some of these days are in period {period}, which is closed. Closed periods may not overlap."""


class PeriodNotOver(Refused):
    """The period does not end until {ends}. A period is closed only after its last day."""


def decide(books: Books | None, command: Command) -> list[Event]:
    """What happens when *command* is given to the books. Raises a Refused by the name of the rule."""
    closed = PeriodClosed(
        programme_id=command.programme_id,
        name=command.name,
        starts=command.starts,
        ends=command.ends,
        on=command.on,
    )
    held = books.closed if books is not None else {}
    before = held.get(command.name)
    if before is not None and (before.starts, before.ends) == (command.starts, command.ends):
        return []
    starts, ends = days(command)
    if before is not None:
        raise PeriodNameTaken(starts=before.starts, ends=before.ends)
    for one in held.values():
        assert one.starts.earliest is not None
        assert one.ends.latest is not None
        if one.starts.earliest <= ends and starts <= one.ends.latest:
            raise PeriodOverlaps(period=one.name)
    if command.on.earliest is None or command.on.earliest <= ends:
        raise PeriodNotOver(ends=command.ends)
    return [closed]


def days(command: ClosePeriod) -> tuple[date, date]:
    """The first and last day of a period. Raises PeriodNotOfDays."""
    starts, ends = command.starts, command.ends
    exact = all(when.precision is Precision.DAY and not when.approximate for when in (starts, ends))
    if not command.name.strip() or not exact or starts.earliest is None or ends.latest is None:
        raise PeriodNotOfDays(starts=starts, ends=ends)
    # There is a day after a period, for what is adjusted in it.
    if ends.latest < starts.earliest or ends.latest == date.max:
        raise PeriodNotOfDays(starts=starts, ends=ends)
    return starts.earliest, ends.latest
