"""The list of periods: for each programme those that are closed, and from which day its books are open."""

from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise

from domain.values.financial_year import Days, year_of
from pages.frame.clocks import Clocks
from pages.frame.page import Page, Sheet
from projections.money.periods import PeriodLine, periods_by
from projections.money.years import first_months_by, moved_last_year
from projections.register import reading as register
from projections.register.reading import ProgrammeLine
from projections.tables.paging import Connection


@dataclass(frozen=True, slots=True)
class Books:
    """The closed periods of a programme, the last first, and the days between them that are open.

    Its financial years begin in *first_month*.
    """

    programme: ProgrammeLine
    closed: list[PeriodLine]
    gaps: list[Days]
    first_month: int

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
    ids = [one.id for one in programmes]
    lines = await periods_by(connection, "programme_id", ids, known=clocks.then)
    months = await first_months_by(connection, "programme_id", ids, as_at=clocks.as_at, known=clocks.then)
    first_month = {one.programme_id: one.first_month for one in months}
    found = []
    for programme in programmes:
        closed = [one for one in lines if one.programme_id == programme.id]
        gaps = [
            Days(starts=one.ends + timedelta(days=1), ends=after.starts - timedelta(days=1))
            for one, after in pairwise(closed)
            if one.ends + timedelta(days=1) < after.starts
        ]
        found.append(Books(programme, closed[::-1], gaps, first_month[programme.id]))
    return found


async def years_to_close(
    connection: Connection, programmes: list[ProgrammeLine], clocks: Clocks
) -> list[tuple[ProgrammeLine, Days]]:
    """The programmes in whose last financial year money moved, and whose books of its last day are open."""
    ids = [one.id for one in programmes]
    moved = await moved_last_year(connection, ids, as_at=clocks.as_at, known=clocks.then)
    lasts = {one.programme_id: _last_year(clocks.as_at, one.first_month) for one in moved}
    closed = {
        line.programme_id
        for line in await periods_by(connection, "programme_id", [*lasts], known=clocks.then)
        if line.starts <= lasts[line.programme_id].ends <= line.ends
    }
    return [(one, lasts[one.id]) for one in programmes if one.id in lasts.keys() - closed]


def _last_year(day: date, first_month: int) -> Days:
    """The financial year before the one that has *day*."""
    starts = year_of(day, first_month).days.starts
    return year_of(starts - timedelta(days=1) if starts > date.min else starts, first_month).days


def name_of(days: Days, first_month: int) -> str:
    """The name of a whole financial year, such as 2026-27; empty for other days."""
    year = year_of(days.starts, first_month)
    return year.name if days == year.days else ""
