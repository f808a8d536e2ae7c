"""The list of periods: for each programme those that are closed, and from which day its books are open."""

from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise

from domain.values.frozen import frozen
from pages.frame.clocks import Clocks
from pages.frame.page import Page, Sheet
from projections.money.periods import PeriodLine, moved_between, periods_by
from projections.register import reading as register
from projections.register.reading import ProgrammeLine
from projections.tables.paging import Connection

# The month in which a financial year begins.
APRIL = 4


@frozen
class Days:
    """Days in a row, the first and the last included."""

    starts: date
    ends: date


@dataclass(frozen=True, slots=True)
class Books:
    """The closed periods of a programme, the last first, and the days between them that are open."""

    programme: ProgrammeLine
    closed: list[PeriodLine]
    gaps: list[Days]

    @property
    def open_from(self) -> date | None:
        """The first day after all closed periods; None where nothing is closed."""
        return max(one.ends for one in self.closed) + timedelta(days=1) if self.closed else None


async def periods(connection: Connection, clocks: Clocks) -> Page:
    """The closed periods of every programme."""
    programmes = await register.programmes(connection)
    found = await books_of(connection, programmes, clocks)
    rows = [
        (one.programme.code, line.name, line.starts, line.ends, line.closed_on, line.actor, line.recorded_at,
         line.position)
        for one in found
        for line in one.closed
    ]  # fmt: skip
    return Page(
        template="books/periods.html",
        title="Periods",
        section="periods",
        path="/periods",
        values={"books": found},
        sheet=Sheet(
            ("programme", "period", "starts", "ends", "closed_on", "closed_by", "recorded_at", "position"), rows
        ),
    )


async def books_of(connection: Connection, programmes: list[ProgrammeLine], clocks: Clocks) -> list[Books]:
    """The books of each of *programmes*, with the periods that were closed by the day of the clocks."""
    lines = await periods_by(connection, "programme_id", [one.id for one in programmes], known=clocks.then)
    found = []
    for programme in programmes:
        closed = [one for one in lines if one.programme_id == programme.id]
        gaps = [
            Days(starts=one.ends + timedelta(days=1), ends=after.starts - timedelta(days=1))
            for one, after in pairwise(closed)
            if one.ends + timedelta(days=1) < after.starts
        ]
        found.append(Books(programme, closed[::-1], gaps))
    return found


async def years_to_close(
    connection: Connection, programmes: list[ProgrammeLine], clocks: Clocks
) -> list[tuple[ProgrammeLine, Days]]:
    """The programmes in whose last financial year money moved, and whose books of its last day are open."""
    year = financial_year(clocks.as_at)
    last = financial_year(year.starts - timedelta(days=1)) if year.starts > date.min else year
    moved = await moved_between(connection, [one.id for one in programmes], last.starts, last.ends, known=clocks.then)
    closed = {
        one.programme.id
        for one in await books_of(connection, programmes, clocks)
        if any(line.starts <= last.ends <= line.ends for line in one.closed)
    }
    return [(one, last) for one in programmes if one.id in moved - closed]


def financial_year(day: date) -> Days:
    """The financial year that has *day*, from 1 April to 31 March, as far as the calendar goes."""
    last = day.year + (day.month >= APRIL)
    return Days(
        starts=date(last - 1, APRIL, 1) if last > date.min.year else date.min,
        # A period ends before the last day of the calendar: adjustments count from the day after it.
        ends=date(last, APRIL - 1, 31) if last <= date.max.year else date.max - timedelta(days=1),
    )


def name_of(days: Days) -> str:
    """The usual name of a whole financial year, such as 2026-27; empty for other days."""
    return f"{days.starts.year}-{days.ends.year % 100:02}" if days == financial_year(days.starts) else ""
