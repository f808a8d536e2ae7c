"""Write rows as a workbook (XLSX), row by row. A long list takes space on disk, not memory."""

import asyncio
import re
import tempfile
from collections.abc import AsyncIterator, Mapping, Sequence
from decimal import Decimal
from typing import Any

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE

from projections.whole_lists import AMOUNTS, Row

# The limits of a sheet (rows, with the header) and of a cell.
MOST_ROWS = 1_048_576
MOST_CHARACTERS = 32_767
# A spreadsheet calculates with fifteen digits. Longer amounts are written as text, so that they stay exact.
_NUMBER = re.compile(r"-?[0-9]+(\.[0-9]+)?")
MOST_DIGITS = 15
PIECE = 65_536
NAME = 25


async def as_xlsx(
    rows: AsyncIterator[Row], columns: Sequence[str], name: str, about: Mapping[str, object]
) -> AsyncIterator[bytes]:
    """*columns* of *rows* as a workbook: one sheet, or more for a long list, and a sheet "about" that describes them.

    Texts are text cells and never formulas. Amounts are numbers.
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
            sheet = _new_sheet(book, f"{name[:NAME]} {count // (MOST_ROWS - 1) + 1}", columns)
        count += 1
        sheet.append([_cell(sheet, title, row[title]) for title in columns])
    return count


def _new_sheet(book: Workbook, name: str, columns: Sequence[str]) -> Any:
    sheet = book.create_sheet(name)
    sheet.append([_cell(sheet, "", title) for title in columns])
    return sheet


def _delete_temporary_files(book: Workbook) -> None:
    """Delete the temporary files of an unfinished workbook. Only its sheets know their paths."""
    for sheet in book.worksheets:
        writer = getattr(sheet, "_writer", None)
        if writer is not None:
            sheet.close()
            writer.cleanup()


def _cell(sheet: Any, title: str, value: object) -> Any:
    if value is None:
        return None
    if isinstance(value, bool | int | float) and len(str(value)) <= MOST_DIGITS:
        return value
    text = str(value)
    if title in AMOUNTS and _NUMBER.fullmatch(text) and sum(one.isdigit() for one in text) <= MOST_DIGITS:
        return Decimal(text)
    text = ILLEGAL_CHARACTERS_RE.sub("\N{REPLACEMENT CHARACTER}", text)
    if len(text) > MOST_CHARACTERS:
        note = f" [cut: {len(text)} characters]"
        text = text[: MOST_CHARACTERS - len(note)] + note
    cell = WriteOnlyCell(sheet, text)
    # Otherwise openpyxl would make a text that begins with "=" a formula.
    cell.data_type = "s"
    return cell
