"""How rows of a page of the log are written: added in one go, or by statements that do not wait for each other."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from typing import Any

import psycopg
from psycopg.pq import PipelineStatus
from psycopg.sql import SQL, Identifier, Placeholder

from domain.fact import Fact
from domain.history import Recorded

# COPY takes three round trips, whatever it copies; so few rows are sooner inserted one by one.
FEW = 3


def add(cursor: psycopg.Cursor[Any], table: str, rows: Iterable[Sequence[Any]]) -> None:
    """Add *rows*, in the order of the columns of *table*, in one go."""
    rows = list(rows)
    if len(rows) > FEW and not _goes_on(cursor):
        with cursor.copy(SQL("COPY {} FROM STDIN").format(Identifier(table))) as copy:
            for row in rows:
                copy.write_row(row)
    elif rows:
        statement = _insert(table, len(rows[0]))
        for row in rows:
            cursor.execute(statement, row, prepare=True)


@cache
def _insert(table: str, columns: int) -> bytes:
    values = SQL(", ").join(Placeholder() * columns)
    return SQL("INSERT INTO {} VALUES ({})").format(Identifier(table), values).as_bytes(None)


def columns(rows: Iterable[Sequence[Any]]) -> list[list[Any]]:
    """*rows* by their columns, as a statement takes them that unnests them."""
    return [list(column) for column in zip(*rows, strict=True)]


def runs(page: Sequence[Recorded], kinds: tuple[type[Fact], ...]) -> Iterator[Sequence[Recorded]]:
    """*page* in parts, each of which begins with an event of *kinds* or with the page."""
    begun = 0
    for nth, recorded in enumerate(page):
        if nth > begun and isinstance(recorded.event, kinds):
            yield page[begun:nth]
            begun = nth
    if page:
        yield page[begun:]


@contextmanager
def without_waiting(cursor: psycopg.Cursor[Any], page: Sequence[Any]) -> Iterator[None]:
    """Let the statements for *page* go one after the other without waiting for what each of them says.

    Any error is raised by the end. COPY cannot go among them.
    """
    if len(page) > FEW and not _goes_on(cursor):
        with cursor.connection.pipeline():
            yield
    else:
        yield


def _goes_on(cursor: psycopg.Cursor[Any]) -> bool:
    """Whether statements do not wait for each other as it is."""
    return cursor.connection.info.pipeline_status is not PipelineStatus.OFF
