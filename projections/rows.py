"""Rows that are only ever added, a page of the log at a time."""

from collections.abc import Iterable, Sequence
from typing import Any

import psycopg
from psycopg.sql import SQL, Identifier, Placeholder

# COPY takes three round trips, whatever it copies; so few rows are sooner inserted one by one.
FEW = 3


def add(cursor: psycopg.Cursor[Any], table: str, rows: Iterable[Sequence[Any]]) -> None:
    """Add *rows*, in the order of the columns of *table*, in one go."""
    rows = list(rows)
    if len(rows) > FEW:
        with cursor.copy(SQL("COPY {} FROM STDIN").format(Identifier(table))) as copy:
            for row in rows:
                copy.write_row(row)
    elif rows:
        values = SQL(", ").join(Placeholder() * len(rows[0]))
        statement = SQL("INSERT INTO {} VALUES ({})").format(Identifier(table), values).as_string(cursor)
        for row in rows:
            cursor.execute(statement.encode(), row, prepare=True)
