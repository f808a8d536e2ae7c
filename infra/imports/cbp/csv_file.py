"""Read a CSV file row by row. Each row has its line and a digest of its cells."""

import csv
import hashlib
import io
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from domain.values.fact import Source
from domain.values.shown import shown_count


class UnreadableFile(Exception):
    """The file is missing, is not UTF-8, is not CSV, or lacks a column."""


class BrokenRow(Exception):
    """A row cannot be recorded. The message says why."""


@dataclass(frozen=True)
class Row:
    """One row: its cells by column, the *line* on which it starts, and the *digest* that identifies it on any line.

    *nth* numbers rows with the same cells, from 1.
    """

    file: str
    line: int
    cells: dict[str, str]
    digest: str
    nth: int = 1

    def __getitem__(self, column: str) -> str:
        return self.cells[column]

    def get(self, column: str) -> str | None:
        """The cell; None where it is empty, because the source does not say."""
        return self.cells[column] or None

    def whole_number(self, column: str) -> int | None:
        """The cell as a whole number; None where it is empty. Raises BrokenRow."""
        text = self.cells[column]
        if not text:
            return None
        if not (text.isascii() and text.isdigit() and len(text) < 10):
            raise BrokenRow(f'{column} is "{text}". It must be a whole number.')
        return int(text)

    @property
    def source(self) -> Source:
        """The source of the row's fact."""
        return Source(register=self.file, row=self.digest, cites=self.cells["source"])

    @property
    def text(self) -> str:
        """The text of the row, the same each time that it is read."""
        return "\x1f".join([self.file, *(f"{column}={cell}" for column, cell in self.cells.items()), str(self.nth)])


@dataclass
class Table:
    """The rows of one file, and in *broken* the lines that could not be read, each with the reason."""

    name: str
    rows: list[Row] = field(default_factory=list)
    broken: list[tuple[int, str]] = field(default_factory=list)


def read_table(path: Path, columns: tuple[str, ...]) -> Table:
    """Read *columns* of the CSV file at *path* (UTF-8, one header line), in any order.

    Other columns are ignored, so a row stays the same row when somebody adds a remark or moves a column.
    Raises UnreadableFile when the whole file cannot be read. Single bad rows are reported in ``broken``.
    """
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except FileNotFoundError as error:
        raise UnreadableFile("The file is missing.") from error
    except OSError as error:
        raise UnreadableFile(f"The file cannot be read: {error.strerror}.") from error
    except UnicodeDecodeError as error:
        raise UnreadableFile("The file cannot be read as UTF-8. Save it in UTF-8.") from error
    table = Table(path.name)
    # Only line feeds and carriage returns end a line of CSV. Unicode has further line ends.
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    seen: Counter[str] = Counter()
    try:
        header = next(reader, [])
        missing = [column for column in columns if column not in header]
        if missing:
            raise UnreadableFile(f"The header lacks {', '.join(missing)}.")
        end = reader.line_num
        for cells in reader:
            line, end = end + 1, reader.line_num
            if len(cells) != len(header):
                counts = f"The row has {shown_count(len(cells), 'cell')}, but the header has {len(header)}."
                table.broken.append((line, counts))
            elif any("\x00" in cell for cell in cells):
                table.broken.append((line, "A cell has a NUL character. Take it out."))
            else:
                found = dict(zip(header, map(str.strip, cells), strict=True))
                table.rows.append(_row(path.name, line, {column: found[column] for column in columns}, seen))
    except csv.Error as error:
        raise UnreadableFile(f"The file is not CSV: {error} (line {reader.line_num}).") from error
    return table


def _row(file: str, line: int, cells: dict[str, str], seen: Counter[str]) -> Row:
    words = "\x1f".join(f"{column}={cell}" for column, cell in cells.items())
    digest = hashlib.sha256(f"{file}\x1f{words}".encode()).hexdigest()[:16]
    seen[digest] += 1
    return Row(file=file, line=line, cells=cells, digest=digest, nth=seen[digest])
