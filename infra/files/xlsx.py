"""Rows as a workbook (XLSX), written row by row: a list of any length takes no memory, only room on the disk."""

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

# What a sheet holds at most, its header too, and a cell.
MOST_ROWS = 1_048_576
MOST_CHARACTERS = 32_767
# A spreadsheet counts in fifteen digits: longer amounts stay texts, and exact.
_NUMBER = re.compile(r"-?[0-9]+(\.[0-9]+)?")
MOST_DIGITS = 15
PIECE = 65_536
NAME = 25


async def as_xlsx(
    rows: AsyncIterator[Row], columns: Sequence[str], name: str, about: Mapping[str, object]
) -> AsyncIterator[bytes]:
    """*columns* of *rows* as a workbook: a sheet (or more, as one holds only so much), and one that says what they are.

    Texts are cells of text: none of them is ever a formula. Amounts are numbers.
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
            _forget(book)


async def _fill(book: Workbook, rows: AsyncIterator[Row], columns: Sequence[str], name: str) -> int:
    """Write *rows*; how many there are."""
    sheet = _headed(book, name[:NAME], columns)
    count = 0
    async for row in rows:
        if count and count % (MOST_ROWS - 1) == 0:
            sheet = _headed(book, f"{name[:NAME]} {count // (MOST_ROWS - 1) + 1}", columns)
        count += 1
        sheet.append([_cell(sheet, title, row[title]) for title in columns])
    return count


def _headed(book: Workbook, name: str, columns: Sequence[str]) -> Any:
    sheet = book.create_sheet(name)
    sheet.append([_cell(sheet, "", title) for title in columns])
    return sheet


def _forget(book: Workbook) -> None:
    """Take what an unfinished workbook has written off the disk: only its sheets know where that is."""
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
        told = f" [cut: {len(text)} characters]"
        text = text[: MOST_CHARACTERS - len(told)] + told
    cell = WriteOnlyCell(sheet, text)
    # Else a text that begins with an equals sign would be a formula.
    cell.data_type = "s"
    return cell
