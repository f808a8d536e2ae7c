"""Write rows as CSV or JSON lines, one by one, so that memory does not grow with the list."""

import csv
import io
import json
import re
import sys
from collections.abc import AsyncIterator, Callable, Sequence

from projections.whole_lists import Row

# Text that a spreadsheet would run as a formula, which may begin with a full-width sign. A plain number is not a
# formula, whatever its sign.
_FORMULA = re.compile(r"^[=+\-@\t\r\n\uff1d\uff0b\uff0d\uff20]")
_NUMBER = re.compile(r"^-?[0-9]+(\.[0-9]+)?$")


def safe_cell(value: object) -> str:
    """*value* as a cell that no spreadsheet runs. Text that looks like a formula gets an apostrophe in front."""
    text = "" if value is None else str(value)
    return f"'{text}" if _FORMULA.match(text) and not _NUMBER.match(text) else text


async def as_csv(rows: AsyncIterator[Row], columns: Sequence[str]) -> AsyncIterator[str]:
    """CSV (RFC 4180) of *rows* with a header line, which is written even when there are no rows."""
    yield _line(columns)
    async for row in rows:
        yield _line([safe_cell(row[column]) for column in columns])


def csv_text(columns: Sequence[str], rows: Sequence[Sequence[object]]) -> str:
    """CSV (RFC 4180) of *rows* that are at hand, with a header line."""
    return _line(columns) + "".join(_line([safe_cell(value) for value in row]) for row in rows)


def _line(cells: Sequence[str]) -> str:
    out = io.StringIO()
    csv.writer(out).writerow(cells)
    return out.getvalue()


async def as_jsonl(rows: AsyncIterator[Row], _: Sequence[str]) -> AsyncIterator[str]:
    """One JSON object on each line. Without rows the file is empty."""
    async for row in rows:
        yield json.dumps(row, ensure_ascii=False) + "\n"


async def as_bytes(texts: AsyncIterator[str]) -> AsyncIterator[bytes]:
    """*texts* in UTF-8."""
    async for text in texts:
        yield text.encode()


async def print_csv(rows: Sequence[Row], columns: Sequence[str]) -> None:
    """Print *columns* of *rows* as CSV."""

    async def each() -> AsyncIterator[Row]:
        for row in rows:
            yield row

    async for text in as_csv(each(), columns):
        sys.stdout.write(text)


FORMATS: dict[str, tuple[str, Callable[[AsyncIterator[Row], Sequence[str]], AsyncIterator[str]]]] = {
    "csv": ("text/csv; charset=utf-8", as_csv),
    "jsonl": ("application/x-ndjson", as_jsonl),
}
