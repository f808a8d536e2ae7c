"""Read tables (CSV and XLSX) row by row. A row is a dict from the names of its columns to its cells."""

import codecs
import csv
import zipfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zipfile import BadZipFile, ZipFile

from domain.values.shown import shown_count
from infra.files.bounded import CHUNK, BoundedFile, UnreadableFile, refuse_other_encodings
from infra.imports.rows.parsing import ErrorCell, Formula
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
    wanted: Callable[[list[str]], bool] | None = None,
) -> Table:
    """The rows of a CSV file with one header line. Raises UnreadableFile while it is read.

    Where *wanted* accepts the header only when another of DELIMITERS splits it, that one is used. This is not a guess:
    the names of the columns are known.
    """
    table = Table(iter(()))
    table.rows = _csv_rows(table, file, encoding, delimiter, wanted)
    return table


DELIMITERS = (",", ";", "\t")


def _delimiter(header: str, declared: str, wanted: Callable[[list[str]], bool]) -> str:
    for delimiter in (declared, *DELIMITERS):
        names = next(csv.reader([header], delimiter=delimiter), [])
        if wanted([name.strip() for name in names[:MOST_COLUMNS]]):
            return delimiter
    return declared


def _csv_rows(
    table: Table,
    file: BoundedFile,
    encoding: str,
    delimiter: str,
    wanted: Callable[[list[str]], bool] | None,
) -> Iterator[RawRow]:
    lines = _lines(file, encoding)
    first = next(lines, "")
    number = 0
    reader = csv.reader((), strict=True)
    try:
        if wanted is not None:
            delimiter = _delimiter(first, delimiter, wanted)
        reader = csv.reader(chain([first] if first else [], lines), strict=True, delimiter=delimiter)
        table.header += _header(next(reader, []))
        for cells in reader:
            file.row()
            if not any(cell.strip() for cell in cells):
                continue
            number += 1
            yield RawRow(number=number, place=f"line {reader.line_num}", raw=_row(table.header, cells))
    except csv.Error as error:
        raise UnreadableFile(*_csv_error(str(error)), f"line {reader.line_num}") from error


def _csv_error(message: str) -> tuple[str, str]:
    """The code and the sentence for an error *message* of the csv module."""
    if "unexpected end of data" in message:
        return (
            "truncated",
            "The file ends inside quotation marks. Its end is missing, or a quotation mark is not closed.",
        )
    if "field larger than field limit" in message:
        return "row_too_long", "A cell is too long, or a quotation mark before it is not closed."
    return "not_csv", f"The file is not CSV: {message}."


def _lines(file: BoundedFile, encoding: str) -> Iterator[str]:
    """The lines of the file, each with its line end. Only a line feed ends a line here, unlike in str.splitlines."""
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
        if not chunk:
            if rest:
                yield rest
            return
        *whole, rest = rest.split("\n")
        yield from (f"{line}\n" for line in whole)


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


def read_xlsx(path: Path, *, sheet: str | None = None, wanted: Callable[[list[str]], bool] | None = None) -> Table:
    """The rows of the *sheet* of this name, or of the first sheet whose header is *wanted*.

    Raises UnreadableFile while it is read.
    """
    table = Table(iter(()))
    table.rows = _xlsx_rows(table, path, sheet, wanted)
    return table


def read_sheets(path: Path, wanted: Callable[[list[str]], bool]) -> Iterator[RawRow]:
    """The rows of every visible sheet whose header is *wanted*. Raises UnreadableFile while they are read."""
    with _opened(path) as book:
        for name in _visible(book):
            if _is_wanted(book, name, wanted):
                yield from _rows_of(Table(iter(())), name, _cells_of(book, name))


def _xlsx_rows(
    table: Table, path: Path, sheet: str | None, wanted: Callable[[list[str]], bool] | None
) -> Iterator[RawRow]:
    with _opened(path) as book:
        yield from _rows_of(table, *_sheet(book, sheet, wanted))


@contextmanager
def _opened(path: Path) -> "Iterator[Workbook]":
    # The import of openpyxl is slow, and most files are not workbooks.
    import openpyxl  # noqa: PLC0415
    from openpyxl.utils.exceptions import InvalidFileException  # noqa: PLC0415

    _refuse_bombs(path)
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


def _rows_of(table: Table, name: str, rows: Iterator[tuple[int, list[Any]]]) -> Iterator[RawRow]:
    number = 0
    for place, cells in rows:
        if place == 1:
            table.header += _header(cells)
        elif any(cell not in (None, "") for cell in cells):
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
