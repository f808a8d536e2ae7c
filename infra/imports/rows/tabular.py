"""Read tables (CSV and XLSX) row by row. A row is a dict from the names of its columns to its cells."""

import codecs
import csv
import re
import warnings
import zipfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zipfile import BadZipFile, ZipFile

from domain.values.shown import shown_count
from infra.files.bounded import CHUNK, BoundedFile, UnreadableFile, refuse_other_encodings
from infra.imports.rows.parsing import ErrorCell, Formula, Problem, shortened
from infra.imports.rows.quarantine import RawRow

if TYPE_CHECKING:
    from openpyxl import Workbook

# A workbook is a zip archive. Limits in bytes after unpacking: of all parts, and of the parts that are not sheets. Then
# the highest ratio of unpacked to packed size, and the most parts.
LARGEST_BOOK = 2 * 1024**3
LARGEST_PART = 48 * 1024**2
STEEPEST = 200
MOST_PARTS = 2_000
# The bytes at the start of a part that are searched for a document type, which can define entities.
PROLOG = 64 * 1024
MOST_COLUMNS = 2_000


@dataclass(slots=True)
class Table:
    """The rows of a table. *header* is filled when reading begins."""

    rows: Iterator[RawRow]
    header: list[str] = field(default_factory=list)


CELL_COUNT = "The row does not have as many cells as there are columns. Give it one cell for each column."


class Broken(dict[str, Any]):
    """A row with more or fewer cells than there are columns: the cells that have a column. *counts* says how many."""

    def __init__(self, cells: dict[str, Any], counts: str) -> None:
        super().__init__(cells)
        self.counts = counts

    @property
    def problem(self) -> Problem:
        """Why the row is put aside."""
        return Problem("", self.counts, "cell_count", CELL_COUNT)


class BrokenLine(Broken):
    """A line of CSV that cannot be split into cells. Its first column has the whole *line*."""

    def __init__(self, header: Sequence[str], line: str) -> None:
        super().__init__({header[0]: line.rstrip("\r\n")} if header else {}, "")

    @property
    def problem(self) -> Problem:
        line = next(iter(self.values()), "")
        hint = "The quotation marks of the line are wrong, so it cannot be split into cells. Correct it in the file."
        return Problem("", shortened(line), "not_csv", hint)


def is_workbook(path: Path) -> bool:
    """Whether the file at *path* is a workbook: by its name, or by its first bytes."""
    if path.suffix.lower() in (".xlsx", ".xlsm"):
        return True
    try:
        with path.open("rb") as file:
            return file.read(4) == b"PK\x03\x04"
    except OSError:
        return False


# --- CSV --------------------------------------------------------------------------------------------------------------


def read_csv(
    file: BoundedFile,
    *,
    encoding: str = "utf-8",
    delimiter: str = ",",
    header: int = 1,
    wanted: Callable[[list[str]], bool] | None = None,
) -> Table:
    """The rows of a CSV file whose header is row number *header*. Raises UnreadableFile while it is read.

    Where *wanted* accepts the header only when another of DELIMITERS splits it, that one is used. This is not a guess:
    the names of the columns are known.
    """
    table = Table(iter(()))
    table.rows = _csv_rows(table, file, _Csv(_lines(file, encoding), delimiter), header, wanted)
    return table


DELIMITERS = (",", ";", "\t")


def _delimiter(header: str, declared: str, wanted: Callable[[list[str]], bool]) -> str:
    for delimiter in (declared, *DELIMITERS):
        names = next(csv.reader([header], delimiter=delimiter), [])
        if wanted([name.strip() for name in names[:MOST_COLUMNS]]):
            return delimiter
    return declared


def _csv_rows(
    table: Table, file: BoundedFile, found: "_Csv", header: int, wanted: Callable[[list[str]], bool] | None
) -> Iterator[RawRow]:
    for _ in range(header - 1):
        found.record()
    if wanted is not None:
        found.delimiter = _delimiter(found.peek(), found.delimiter, wanted)
    first = found.record()
    if isinstance(first, str):
        raise UnreadableFile("not_csv", "The quotation marks of the header are wrong.", f"line {found.line}")
    table.header += _header(first or [])
    number = 0
    while (cells := found.record(len(table.header))) is not None:
        file.row()
        if not any(cell.strip() for cell in cells):
            continue
        number += 1
        raw = BrokenLine(table.header, cells) if isinstance(cells, str) else _row(table.header, cells)
        yield RawRow(number=number, place=f"line {found.line}", raw=raw)


class _Csv:
    """Splits lines into records of cells. *line* is the number of the last line of the record read last."""

    def __init__(self, lines: Iterator[str], delimiter: str) -> None:
        self._lines = lines
        self._again: list[str] = []
        self.delimiter = delimiter
        self.line = 0

    def peek(self) -> str:
        """The next line, which the next record begins with; empty at the end."""
        line = self._next()
        self._again[:0] = [line] if line else []
        self.line -= 1 if line else 0
        return line

    def record(self, width: int | None = None) -> list[str] | str | None:
        """The cells of the next record; the text of one that cannot be split; None at the end.

        A line with a wrong quotation mark may take in lines after it. If each of those is a record of *width* cells,
        only the first line is wrong. Raises UnreadableFile where the file ends inside quotation marks.
        """
        taken: list[str] = []
        try:
            return next(self._reader(taken), None)
        except csv.Error as error:
            first, *rest = taken
            if rest and width is not None and self._are_records(rest, width):
                self._again[:0] = rest
                self.line -= len(rest)
                return first
            if "unexpected end of data" in str(error):
                hint = "The file ends inside quotation marks. Its end is missing, or a quotation mark is not closed."
                raise UnreadableFile("truncated", hint, f"line {self.line}") from error
            if "field larger than field limit" in str(error):
                hint = "A cell is too long, or a quotation mark before it is not closed."
                raise UnreadableFile("row_too_long", hint, f"line {self.line}") from error
            return "".join(taken)

    def _reader(self, taken: list[str]) -> Iterator[list[str]]:
        def lines() -> Iterator[str]:
            while line := self._next():
                taken.append(line)
                yield line

        return csv.reader(lines(), strict=True, delimiter=self.delimiter)

    def _next(self) -> str:
        line = self._again.pop(0) if self._again else next(self._lines, "")
        self.line += 1 if line else 0
        return line

    def _are_records(self, lines: Sequence[str], width: int) -> bool:
        try:
            return all(len(cells) == width for cells in csv.reader(lines, strict=True, delimiter=self.delimiter))
        except csv.Error:
            return False


# A line ends with a line feed, a carriage return, or both. str.splitlines knows more line ends, which cells may have.
_LINE = re.compile(r"[^\r\n]*(?:\r\n|\n|\r)")


def _lines(file: BoundedFile, encoding: str) -> Iterator[str]:
    """The lines of the file, each with its line end."""
    decoder = codecs.getincrementaldecoder(encoding)("strict")
    rest, started = "", False
    while True:
        chunk = file.read(CHUNK)
        if not started and chunk:
            chunk, started = chunk if encoding == "utf-16" else refuse_other_encodings(chunk), True
        try:
            rest += decoder.decode(chunk, final=not chunk)
        except UnicodeDecodeError as error:
            raise UnreadableFile(
                "encoding",
                f"The file is not in {encoding.upper()}. Save it in {encoding.upper()}, or declare its encoding in a"
                " mapping.",
                f"before byte {file.read_so_far}",
            ) from error
        # After a carriage return, a line feed may follow in the next chunk.
        end = _end_of_lines(rest.removesuffix("\r") if chunk else rest)
        yield from _LINE.findall(rest, 0, end)
        rest = rest[end:]
        if not chunk:
            if rest:
                yield rest
            return


def _end_of_lines(text: str) -> int:
    return max(text.rfind("\n"), text.rfind("\r")) + 1


def _header(cells: Sequence[Any]) -> list[str]:
    names = [str(cell).strip() if cell is not None else "" for cell in cells]
    while names and not names[-1]:
        names.pop()
    if not names:
        raise UnreadableFile("no_header", "The first row has no column names.")
    if len(names) > MOST_COLUMNS:
        raise UnreadableFile("too_many_columns", f"The table has more than {MOST_COLUMNS:,} columns.")
    named = [name or f"column {nth}" for nth, name in enumerate(names, start=1)]
    twice = sorted({name for name in named if named.count(name) > 1})
    if twice:
        raise UnreadableFile(
            "column_repeated", f"Several columns have the same name: {', '.join(twice)}. Give each column its own name."
        )
    return named


def _row(header: Sequence[str], cells: Sequence[Any]) -> dict[str, Any]:
    found = dict(zip(header, cells, strict=False))
    over = [cell for cell in cells[len(header) :] if cell not in (None, "")]
    if over or len(cells) < len(header):
        return Broken(found, f"{shown_count(len(cells), 'cell')} where the header has {len(header)}")
    return found


# --- XLSX -------------------------------------------------------------------------------------------------------------


def read_xlsx(
    path: Path, *, sheet: str | None = None, header: int = 1, wanted: Callable[[list[str]], bool] | None = None
) -> Table:
    """The rows of the *sheet* of this name, or of the first sheet whose header is *wanted*. It is row number *header*.

    Raises UnreadableFile while it is read.
    """
    table = Table(iter(()))
    table.rows = _xlsx_rows(table, path, sheet, header, wanted)
    return table


def read_sheets(path: Path, wanted: Callable[[list[str]], bool]) -> Iterator[RawRow]:
    """The rows of every visible sheet whose header is *wanted*. Raises UnreadableFile while they are read."""
    with _opened(path) as book:
        for name in _visible(book):
            if _is_wanted(book, name, wanted):
                yield from _rows_of(Table(iter(())), name, _cells_of(book, name))


def _xlsx_rows(
    table: Table, path: Path, sheet: str | None, header: int, wanted: Callable[[list[str]], bool] | None
) -> Iterator[RawRow]:
    with _opened(path) as book:
        yield from _rows_of(table, *_sheet(book, sheet, wanted), header)


@contextmanager
def _opened(path: Path) -> "Iterator[Workbook]":
    # The import of openpyxl is slow, and most files are not workbooks.
    import openpyxl  # noqa: PLC0415
    from openpyxl.utils.exceptions import InvalidFileException  # noqa: PLC0415

    _refuse_bombs(path)
    # openpyxl warns about parts of a workbook that it does not know. No cell depends on them.
    warnings.filterwarnings("ignore", module=r"openpyxl\.")
    with path.open("rb") as file:
        try:
            book = openpyxl.load_workbook(file, read_only=True, data_only=False, keep_links=False)
        except (InvalidFileException, BadZipFile, KeyError, ValueError, TypeError, OSError, SyntaxError) as error:
            raise UnreadableFile("not_a_workbook", "The file is not a workbook that can be read.") from error
        try:
            yield book
        except (BadZipFile, EOFError, KeyError, ValueError, TypeError, SyntaxError, OSError) as error:
            raise UnreadableFile("truncated", "The workbook is damaged. It cannot be read to its end.") from error
        finally:
            book.close()


def _visible(book: "Workbook") -> list[str]:
    return [one.title for one in book.worksheets if one.sheet_state == "visible"]


def _rows_of(table: Table, name: str, rows: Iterator[tuple[int, list[Any]]], header: int = 1) -> Iterator[RawRow]:
    number = 0
    for place, cells in rows:
        if place == header:
            table.header += _header(cells)
        elif place > header and any(cell not in (None, "") for cell in cells):
            number += 1
            filled = [*cells, *[None] * (len(table.header) - len(cells))]
            yield RawRow(number=number, place=f"{name} row {place}", raw=_row(table.header, filled))
    if not table.header:
        raise UnreadableFile("no_header", f"The sheet {name} is empty.")


def _sheet(
    book: "Workbook", sheet: str | None, wanted: Callable[[list[str]], bool] | None
) -> tuple[str, Iterator[tuple[int, list[Any]]]]:
    names = _visible(book)
    if sheet is not None and sheet not in names:
        raise UnreadableFile("sheet_missing", f"The workbook has no sheet {sheet}. Its sheets: {', '.join(names)}.")
    for name in [sheet] if sheet is not None else names:
        if wanted is None or sheet is not None or _is_wanted(book, name, wanted):
            return name, _cells_of(book, name)
    raise UnreadableFile(
        "sheet_missing", f"No sheet of the workbook has the columns of grants. It has the sheets {', '.join(names)}."
    )


def _is_wanted(book: "Workbook", name: str, wanted: Callable[[list[str]], bool]) -> bool:
    first = next(_cells_of(book, name), (0, []))[1]
    return any(cell not in (None, "") for cell in first) and wanted(_header(first))


def _cells_of(book: "Workbook", name: str) -> Iterator[tuple[int, list[Any]]]:
    sheet = book[name]
    # The size that a sheet declares may be wrong.
    sheet.reset_dimensions()
    for number, row in enumerate(sheet.iter_rows(), start=1):
        yield number, [_cell(cell.value, cell.data_type) for cell in row]


def _cell(value: Any, kind: str) -> Any:
    if kind == "f" or (value is not None and not isinstance(value, str | int | float | bool | date | datetime)):
        return Formula(getattr(value, "text", None) or str(value))
    if kind == "e":
        return ErrorCell(str(value))
    if isinstance(value, float):
        # A spreadsheet calculates with 15 digits. Further digits are an artefact of floating point.
        return Decimal(f"{value:.15g}")
    return value


def _refuse_bombs(path: Path) -> None:
    """Refuse archives that unpack to far more than a register, or declare a document type. Raises UnreadableFile."""
    try:
        with ZipFile(path) as archive:
            parts = archive.infolist()
            unpacked = sum(part.file_size for part in parts)
            steep = any(
                part.file_size > PROLOG * 16 and part.file_size > STEEPEST * part.compress_size for part in parts
            )
            fixed = sum(part.file_size for part in parts if "/worksheets/" not in part.filename)
            if len(parts) > MOST_PARTS or unpacked > LARGEST_BOOK or steep or fixed > LARGEST_PART:
                raise UnreadableFile("zip_bomb", "The workbook unpacks to far more than its size. It is not opened.")
            for part in parts:
                if part.filename.endswith((".xml", ".rels", ".vml")):
                    with archive.open(part) as opened:
                        if b"<!DOCTYPE" in opened.read(PROLOG):
                            raise UnreadableFile("doctype", "The workbook declares a document type. It is not opened.")
    except (BadZipFile, zipfile.LargeZipFile, EOFError, RuntimeError, NotImplementedError) as error:
        raise UnreadableFile("not_a_workbook", "The file is not a workbook, or it is damaged or locked.") from error
    except FileNotFoundError as error:
        raise UnreadableFile("file_missing", f"There is no file {path.name}.") from error
