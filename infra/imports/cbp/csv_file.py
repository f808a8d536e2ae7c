"""Reading a CSV file row by row, each with its line and the digest of its words."""

import csv
import hashlib
import io
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from domain.values.fact import Source


class UnreadableFile(Exception):
    """The file is missing, not UTF-8, not CSV, or lacks a column."""


class BrokenRow(Exception):
    """A row that cannot be believed, and why."""


@dataclass(frozen=True)
class Row:
    """One row: its cells by column, the *line* that it starts on, and what identifies it whatever the line.

    *nth* tells apart rows of the same words (from 1).
    """

    file: str
    line: int
    cells: dict[str, str]
    digest: str
    nth: int = 1

    def __getitem__(self, column: str) -> str:
        return self.cells[column]

    def get(self, column: str) -> str | None:
        """The cell, or None where it is empty: the source does not say."""
        return self.cells[column] or None

    def whole_number(self, column: str) -> int | None:
        """The cell as a whole number, None where empty. Raises BrokenRow."""
        text = self.cells[column]
        if not text:
            return None
        if not (text.isascii() and text.isdigit() and len(text) < 10):
            raise BrokenRow(f"{column} {text!r} is no whole number")
        return int(text)

    @property
    def source(self) -> Source:
        """Where the row's fact is stated."""
        return Source(register=self.file, row=self.digest, cites=self.cells["source"])

    @property
    def said(self) -> str:
        """The row's own words, the same each time that it is read."""
        return "\x1f".join([self.file, *(f"{column}={cell}" for column, cell in self.cells.items()), str(self.nth)])


@dataclass
class Table:
    """The rows of one file that could be read, and the lines that could not, each with the reason."""

    name: str
    rows: list[Row] = field(default_factory=list)
    broken: list[tuple[int, str]] = field(default_factory=list)


def read_table(path: Path, columns: tuple[str, ...]) -> Table:
    """Read *columns* of the CSV file at *path* (UTF-8, one header line), in whatever order it has them.

    Further columns are left aside: a row is the same row when somebody adds a remark or moves a column.
    Raises UnreadableFile when the file as a whole cannot be read; single bad rows are told in ``broken``.
    """
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except FileNotFoundError as error:
        raise UnreadableFile("the file is missing") from error
    except (OSError, UnicodeDecodeError) as error:
        raise UnreadableFile(f"the file cannot be read as UTF-8: {type(error).__name__}") from error
    table = Table(path.name)
    # Only line feeds and carriage returns end a line of CSV, not every character that Unicode lets end one.
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    seen: Counter[str] = Counter()
    try:
        header = next(reader, [])
        missing = [column for column in columns if column not in header]
        if missing:
            raise UnreadableFile(f"the header lacks {', '.join(missing)}")
        end = reader.line_num
        for cells in reader:
            line, end = end + 1, reader.line_num
            if len(cells) != len(header):
                table.broken.append((line, f"{len(cells)} cells where the header has {len(header)}"))
            elif any("\x00" in cell for cell in cells):
                table.broken.append((line, "a cell holds a NUL character"))
            else:
                found = dict(zip(header, map(str.strip, cells), strict=True))
                table.rows.append(_row(path.name, line, {column: found[column] for column in columns}, seen))
    except csv.Error as error:
        raise UnreadableFile(f"line {reader.line_num}: {error}") from error
    return table


def _row(file: str, line: int, cells: dict[str, str], seen: Counter[str]) -> Row:
    words = "\x1f".join(f"{column}={cell}" for column, cell in cells.items())
    digest = hashlib.sha256(f"{file}\x1f{words}".encode()).hexdigest()[:16]
    seen[digest] += 1
    return Row(file=file, line=line, cells=cells, digest=digest, nth=seen[digest])
