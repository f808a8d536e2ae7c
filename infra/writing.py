"""Rows written as CSV or JSON lines, one by one, so that a list of any length takes no memory."""

import csv
import io
import json
import re
import sys
from collections.abc import AsyncIterator, Callable, Sequence

from projections.export import Row

# What a spreadsheet would take for a formula. A plain number is none, whatever its sign.
_FORMULA = re.compile(r"^[=+\-@\t\r]")
_NUMBER = re.compile(r"^-?[0-9]+(\.[0-9]+)?$")


def safe_cell(value: object) -> str:
    """*value* as a cell that no spreadsheet runs: a text that looks like a formula gets an apostrophe in front."""
    text = "" if value is None else str(value)
    return f"'{text}" if _FORMULA.match(text) and not _NUMBER.match(text) else text


async def as_csv(rows: AsyncIterator[Row]) -> AsyncIterator[str]:
    """CSV (RFC 4180) with a header line; nothing at all without rows."""
    begun = False
    async for row in rows:
        if not begun:
            begun = True
            yield _line(list(row))
        yield _line([safe_cell(cell) for cell in row.values()])


def _line(cells: list[str]) -> str:
    out = io.StringIO()
    csv.writer(out).writerow(cells)
    return out.getvalue()


async def as_jsonl(rows: AsyncIterator[Row]) -> AsyncIterator[str]:
    """One JSON object a line."""
    async for row in rows:
        yield json.dumps(row, ensure_ascii=False) + "\n"


async def as_bytes(texts: AsyncIterator[str]) -> AsyncIterator[bytes]:
    """*texts* in UTF-8."""
    async for text in texts:
        yield text.encode()


async def print_csv(rows: Sequence[Row]) -> None:
    """Print *rows* as CSV."""

    async def each() -> AsyncIterator[Row]:
        for row in rows:
            yield row

    async for text in as_csv(each()):
        sys.stdout.write(text)


FORMATS: dict[str, tuple[str, Callable[[AsyncIterator[Row]], AsyncIterator[str]]]] = {
    "csv": ("text/csv; charset=utf-8", as_csv),
    "jsonl": ("application/x-ndjson", as_jsonl),
}
