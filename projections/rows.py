"""Rows that are only ever added, a page of the log at a time."""

from collections.abc import Iterable, Sequence
from typing import Any

import psycopg
from psycopg.sql import SQL, Identifier


def add(cursor: psycopg.Cursor[Any], table: str, rows: Iterable[Sequence[Any]]) -> None:
    """Add *rows*, in the order of the columns of *table*, in one go."""
    rows = list(rows)
    if rows:
        with cursor.copy(SQL("COPY {} FROM STDIN").format(Identifier(table))) as copy:
            for row in rows:
                copy.write_row(row)
