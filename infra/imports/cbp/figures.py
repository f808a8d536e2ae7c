"""What rows state in words, as figures: ``figures.csv``, which a folder may have beside the files of its programme.

A line names a row by its file, by the code that it is about, and by some of its words. The import records the figure
with the fact of that row, and cites what the row cites. So each figure can be looked up in the words of its source.
"""

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from infra.imports.cbp import terms
from infra.imports.cbp.csv_file import BrokenRow, Row, UnreadableFile, read_table
from infra.imports.cbp.report import FileReport

FILE = "figures.csv"
COLUMNS = ("file", "code", "words", "figure", "value")
# The columns that say what a row is about.
_ABOUT = ("partnership_code", "code")
# Why a line is no row of events of its own.
WITH_ITS_ROW = "a figure that a row of another file states in words, recorded with that row"
NO_ROW = "a figure whose words are in no row of its file, or in several rows"


def rows_about(line: Row, rows: Sequence[Row]) -> list[Row]:
    """The *rows* that *line* names: they are about its code, and one of their cells has its words."""
    return [
        row
        for row in rows
        if line["code"] == next((row.cells[column] for column in _ABOUT if column in row.cells), "")
        and any(line["words"] in cell for cell in row.cells.values())
    ]


@dataclass
class Figures:
    """The lines of the file, by the file that they are about; *used* counts the rows that each line was found in."""

    report: FileReport = field(default_factory=lambda: FileReport(FILE))
    lines: dict[str, list[Row]] = field(default_factory=lambda: defaultdict(list))
    used: Counter[int] = field(default_factory=Counter)

    def begin(self, rows: Sequence[Row]) -> None:
        """Count the rows of a file in which each line about it is found."""
        for row in rows:
            for line in self._about(row):
                self.used[line.line] += 1

    def of(self, row: Row) -> dict[str, str]:
        """The figures that *row* states, by name. Raises BrokenRow where a figure is given twice."""
        found: dict[str, str] = {}
        for line in self._about(row):
            if self.used[line.line] != 1:
                continue
            if line["figure"] in found:
                raise BrokenRow(f'{FILE} gives the figure "{line["figure"]}" of this row twice. Take one of them out.')
            found[line["figure"]] = line["value"]
        return found

    def _about(self, row: Row) -> list[Row]:
        return [line for line in self.lines.get(row.file, ()) if rows_about(line, [row])]

    def reported(self) -> FileReport:
        """The report of the file, after every other file was read."""
        for lines in self.lines.values():
            for line in lines:
                self.report.left_out[WITH_ITS_ROW if self.used[line.line] == 1 else NO_ROW] += 1
        return self.report


def figures_of(folder: Path) -> Figures:
    """The figures that *folder* has; none if it has no such file."""
    figures = Figures()
    if not (folder / FILE).exists():
        return figures
    try:
        table = read_table(folder / FILE, COLUMNS)
    except UnreadableFile as error:
        figures.report.broken.append((0, str(error)))
        return figures
    figures.report.rows = len(table.rows) + len(table.broken)
    figures.report.broken = list(table.broken)
    for row in table.rows:
        if not all(row.cells.values()):
            figures.report.broken.append((row.line, "A cell is empty. Fill it in."))
        elif row["figure"] not in terms.FIGURES.get(row["file"], ()):
            reason = f'A row of "{row["file"]}" has no figure "{row["figure"]}".'
            figures.report.broken.append((row.line, reason))
        else:
            figures.lines[row["file"]].append(row)
    return figures
