"""The page of an evaluation framework: impact by level, what is expected beside what was found."""

from dataclasses import dataclass

from domain.published.framework import LEVELS
from pages.frame.clocks import Clocks
from pages.frame.page import Page, Sheet
from pages.register.programme import programme_called
from projections.audit.results import ResultLine, results_by
from projections.outcomes.framework import CellLine, alike, cells_by
from projections.outcomes.outcomes import OutcomeLine, outcomes_by
from projections.register import reading as register
from projections.tables.paging import Connection


@dataclass(frozen=True, slots=True)
class Cell:
    """An impact at a level: its *line* of the framework, and what was *found* and *stated* of it."""

    line: CellLine
    found: list[OutcomeLine]
    stated: list[ResultLine]

    @property
    def number(self) -> int:
        """How many outcomes and results were found."""
        return len(self.found) + len(self.stated)


@dataclass(frozen=True, slots=True)
class Impact:
    """A row of the page: an impact with its *cells* by level."""

    cells: dict[str, Cell]

    @property
    def name(self) -> str:
        """Its name."""
        return next(iter(self.cells.values())).line.impact

    @property
    def called(self) -> list[str]:
        """Other names of it."""
        return next(iter(self.cells.values())).line.called

    @property
    def evidence(self) -> str | None:
        """What is to show it; None if the framework does not say."""
        return next((one.line.evidence for one in self.cells.values() if one.line.evidence), None)

    @property
    def expected(self) -> bool:
        """Whether the framework expects it at any level."""
        return any(one.line.expected for one in self.cells.values())


async def framework(connection: Connection, clocks: Clocks, code: str) -> Page:
    """The evaluation framework of the programme *code*. Raises NotThere."""
    line = await programme_called(connection, code)
    cells = await _cells(connection, clocks, line.id)
    partnerships = sorted({one.partnership_id for cell in cells for one in cell.found})
    named = {one.id: one for one in await register.partnerships_by(connection, "id", partnerships)}
    known = {cell.line.level for cell in cells}
    return Page(
        template="register/framework.html",
        title=f"Expected and found in {line.name}",
        section="home",
        path=f"/programmes/{line.code}/framework",
        trail=[(line.name, f"/programmes/{line.code}")],
        values={
            "levels": [*LEVELS, *sorted(known - {*LEVELS})],
            "rows": _by_impact(cells),
            "named": named,
        },
        sheet=Sheet(
            ("impact", "level", "expected", "evidence", "found"),
            [(one.line.impact, one.line.level, one.line.expected, one.line.evidence, one.number) for one in cells],
        ),
    )


async def _cells(connection: Connection, clocks: Clocks, programme_id: str) -> list[Cell]:
    ids = [programme_id]
    cells = await cells_by(connection, "programme_id", ids, as_at=clocks.as_at, known=clocks.then)
    found = await outcomes_by(connection, "programme_id", ids, as_at=clocks.as_at, known=clocks.then)
    # A source states its results once: they are shown as at any day, if they were recorded by then.
    stated = [one for one in await results_by(connection, "programme_id", ids) if one.position <= clocks.position]
    return [
        Cell(line, [one for one in found if alike(line, one)], [one for one in stated if alike(line, one)])
        for line in cells
    ]


def _by_impact(cells: list[Cell]) -> list[Impact]:
    rows: dict[str, dict[str, Cell]] = {}
    for cell in cells:
        rows.setdefault(cell.line.impact.lower(), {})[cell.line.level] = cell
    return [Impact(row) for row in rows.values()]
