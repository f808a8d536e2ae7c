"""The books stream: the closed financial periods of a programme.

A closed period is never reopened. An event that is recorded later, with an effective date inside the period, keeps that
date. It counts as an adjustment in the first later period that was open when the event was recorded.
"""

from datetime import date, timedelta
from typing import TypeAlias

from domain.values.fact import Fact
from domain.values.frozen import frozen, replace
from domain.values.ids import ProgrammeId
from domain.values.refusal import Refused
from domain.values.when import When

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
    """What the rules need to know about the books: the closed periods, by name."""

    closed: dict[str, PeriodClosed]


def evolve(books: Books | None, event: Event) -> Books:
    """The books after *event*."""
    now = books or Books(closed={})
    return replace(now, closed={**now.closed, event.name: event})


def first_open(day: date, closed: list[tuple[date, date]]) -> date:
    """The first day on or after *day* that is in no *closed* period. A period is its first and its last day."""
    for starts, ends in sorted(closed):
        if starts <= day <= ends:
            day = ends + timedelta(days=1)
    return day


# --- Commands ---------------------------------------------------------------------------------------------------------


@frozen
class ClosePeriod:
    """Close the books of a programme for a financial period."""

    programme_id: ProgrammeId
    name: str
    starts: When
    ends: When
    on: When

    @property
    def stream(self) -> str:
        """The stream that the command changes: each programme has one for its books."""
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
    """The events that *command* leads to. Raises the Refused subclass of the rule that it breaks."""
    closed = PeriodClosed(
        programme_id=command.programme_id,
        name=command.name,
        starts=command.starts,
        ends=command.ends,
        on=command.on,
    )
    closed_before = books.closed if books is not None else {}
    before = closed_before.get(command.name)
    if before is not None and (before.starts, before.ends) == (command.starts, command.ends):
        return []
    starts, ends = days(command)
    if before is not None:
        raise PeriodNameTaken(starts=before.starts, ends=before.ends)
    for other in closed_before.values():
        first, last = days(other)
        if first <= ends and starts <= last:
            raise PeriodOverlaps(period=other.name)
    if command.on.earliest is None or command.on.earliest <= ends:
        raise PeriodNotOver(ends=command.ends)
    return [closed]


def days(period: ClosePeriod | PeriodClosed) -> tuple[date, date]:
    """The first and last day of a period. Raises PeriodNotOfDays."""
    starts, ends = period.starts.day, period.ends.day
    # Adjustments count from the day after a period, so that day must exist.
    if not period.name.strip() or starts is None or ends is None or ends < starts or ends == date.max:
        raise PeriodNotOfDays(starts=period.starts, ends=period.ends)
    return starts, ends
