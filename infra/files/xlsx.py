"""Write rows as a workbook (XLSX), row by row. A long list takes space on disk, not memory."""

import asyncio
import re
import tempfile
from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE
from openpyxl.utils import get_column_letter

from domain.values.money import minor_units
from projections.whole_lists import AMOUNTS, Row, is_date

# The limits of a sheet (rows, with the header) and of a cell.
MOST_ROWS = 1_048_576
MOST_CHARACTERS = 32_767
# A spreadsheet calculates with fifteen digits. Longer amounts are written as text, so that they stay exact.
_NUMBER = re.compile(r"-?[0-9]+(\.[0-9]+)?")
MOST_DIGITS = 15
PIECE = 65_536
NAME = 25
# A spreadsheet counts days from 1900 and takes that year for a leap year. Earlier dates are written as texts.
FIRST_DAY = date(1900, 3, 1)
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
DATE_FORMAT = "yyyy-mm-dd"
# Columns with sentences are this wide, in characters; "body" has the JSON of an event.
SENTENCES = {
    "title": 40, "name": 40, "description": 40, "because": 40, "message": 60, "condition": 40, "question": 40,
    "justification": 40, "body": 60, "remittance": 40, "indicator": 40, "past_names": 40,
}  # fmt: skip


async def as_xlsx(
    rows: AsyncIterator[Row], columns: Sequence[str], name: str, about: Mapping[str, object]
) -> AsyncIterator[bytes]:
    """*columns* of *rows* as a workbook: one sheet, or more for a long list, and a sheet "about" that describes them.

    Texts are text cells and never formulas. Amounts are numbers with the decimal places of their currency. Dates that
    are one day are dates; a month or "unknown" is a text. The header stays in view and has filters.
    """
    book = Workbook(write_only=True)
    saved = False
    try:
        count = await _fill(book, rows, columns, name)
        last = book.create_sheet("about")
        for title, value in {"list": name, "rows": count, **about}.items():
            last.append([_cell(last, "", title), _cell(last, "", value)])
        with tempfile.TemporaryFile() as file:
            await asyncio.to_thread(book.save, file)
            saved = True
            file.seek(0)
            while piece := file.read(PIECE):
                yield piece
    finally:
        if not saved:
            _delete_temporary_files(book)


async def _fill(book: Workbook, rows: AsyncIterator[Row], columns: Sequence[str], name: str) -> int:
    """Write *rows* and return their number."""
    sheet = _new_sheet(book, name[:NAME], columns)
    count = 0
    async for row in rows:
        if count and count % (MOST_ROWS - 1) == 0:
            _filter(sheet, columns, MOST_ROWS)
            sheet = _new_sheet(book, f"{name[:NAME]} {count // (MOST_ROWS - 1) + 1}", columns)
        count += 1
        places = minor_units(str(row.get("currency")))
        sheet.append([_cell(sheet, title, row[title], places) for title in columns])
    _filter(sheet, columns, 2 + (count - 1) % (MOST_ROWS - 1) if count else 1)
    return count


def _new_sheet(book: Workbook, name: str, columns: Sequence[str]) -> Any:
    sheet = book.create_sheet(name)
    sheet.freeze_panes = "A2"
    for number, title in enumerate(columns, 1):
        sheet.column_dimensions[get_column_letter(number)].width = _width(title)
    sheet.append([_cell(sheet, "", title) for title in columns])
    return sheet


def _width(title: str) -> int:
    """The width of a column in characters; the button of a filter takes about three."""
    usual = SENTENCES.get(title, 40 if title.endswith("because") else 16 if title in AMOUNTS else 14)
    return max(usual, len(title) + 3)


def _filter(sheet: Any, columns: Sequence[str], rows: int) -> None:
    """Put filters on the header of a sheet with so many rows, the header among them."""
    sheet.auto_filter.ref = f"A1:{get_column_letter(len(columns))}{rows}"


def _delete_temporary_files(book: Workbook) -> None:
    """Delete the temporary files of an unfinished workbook. Only its sheets know their paths."""
    for sheet in book.worksheets:
        writer = getattr(sheet, "_writer", None)
        if writer is not None:
            sheet.close()
            writer.cleanup()


def _cell(sheet: Any, title: str, value: object, places: int = 2) -> Any:
    if value is None:
        return None
    if isinstance(value, bool | int | float) and len(str(value)) <= MOST_DIGITS:
        return value
    text = str(value)
    if title in AMOUNTS and _NUMBER.fullmatch(text) and sum(one.isdigit() for one in text) <= MOST_DIGITS:
        # A money format never hides a digit: an amount with more places than its currency is shown with all of them.
        shown = max(places, len(text.partition(".")[2]))
        return _formatted(sheet, Decimal(text), f"#,##0.{'0' * shown}" if shown else "#,##0")
    if is_date(title) and _DAY.fullmatch(text) and (day := date.fromisoformat(text)) >= FIRST_DAY:
        return _formatted(sheet, day, DATE_FORMAT)
    return _text(sheet, text)


def _formatted(sheet: Any, value: Any, form: str) -> Any:
    cell = WriteOnlyCell(sheet, value)
    cell.number_format = form
    return cell


def _text(sheet: Any, text: str) -> Any:
    text = ILLEGAL_CHARACTERS_RE.sub("\N{REPLACEMENT CHARACTER}", text)
    if len(text) > MOST_CHARACTERS:
        note = f" [cut: {len(text)} characters]"
        text = text[: MOST_CHARACTERS - len(note)] + note
    cell = WriteOnlyCell(sheet, text)
    # Otherwise openpyxl would make a text that begins with "=" a formula.
    cell.data_type = "s"
    return cell
