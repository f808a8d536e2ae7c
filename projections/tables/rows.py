"""Writing the rows of a page of the log: in bulk, or by statements that do not wait for each other."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from typing import Any, LiteralString, NamedTuple

import psycopg
from psycopg.pq import PipelineStatus
from psycopg.sql import SQL, Identifier, Placeholder

from domain.history import Recorded
from domain.values.fact import Fact

# COPY always takes three round trips. Up to this many rows are faster inserted one by one.
FEW = 3


def add(cursor: psycopg.Cursor[Any], table: str, rows: Iterable[Sequence[Any]]) -> None:
    """Add *rows* to *table* in bulk. Values are in the order of its columns."""
    rows = list(rows)
    if len(rows) > FEW and not _is_pipelined(cursor) and (types := _types(cursor, table)).takes_copies:
        with cursor.copy(SQL("COPY {} FROM STDIN (FORMAT binary)").format(Identifier(table))) as copy:
            # Binary takes each side half the time of text, but must know the types.
            copy.set_types(types.oids)
            for row in rows:
                copy.write_row(row)
    elif rows:
        statement = _insert(table, len(rows[0]))
        for row in rows:
            cursor.execute(statement, row, prepare=True)


def add_at_once(cursor: psycopg.Cursor[Any], table: str, rows: Iterable[Sequence[Any]]) -> None:
    """As ``add``, but always in one statement: for a table whose trigger checks all rows of a statement together.

    The table must not have array columns.
    """
    rows = list(rows)
    if len(rows) > FEW and not _is_pipelined(cursor) and _types(cursor, table).takes_copies:
        add(cursor, table, rows)
    elif rows:
        arrays = SQL(", ").join(SQL("%s::") + SQL(kind) + SQL("[]") for kind in _types(cursor, table).names)
        statement = SQL("INSERT INTO {} SELECT * FROM unnest({})").format(Identifier(table), arrays)
        cursor.execute(statement, columns(rows), prepare=True)


class _Types(NamedTuple):
    """The types of the columns of a table, as OIDs and as names, and whether the writer may use COPY.

    PostgreSQL refuses COPY to a role that row-level security applies to, even where the role may write every row.
    """

    oids: list[int]
    names: list[LiteralString]
    takes_copies: bool


# Cached for good, by role and table: this process only writes tables that its own version defined.
_TYPES: dict[tuple[str, str], _Types] = {}


def _types(cursor: psycopg.Cursor[Any], table: str) -> _Types:
    key = (cursor.connection.info.user, table)
    if key not in _TYPES:
        cursor.execute("SELECT NOT row_security_active(%s::regclass)", (table,))
        (takes_copies,) = cursor.fetchone() or (False,)
        cursor.execute(
            "SELECT atttypid::integer, format_type(atttypid, NULL) FROM pg_attribute"
            " WHERE attrelid = %s::regclass AND attnum > 0 AND NOT attisdropped ORDER BY attnum",
            (table,),
        )
        found = cursor.fetchall()
        _TYPES[key] = _Types([oid for oid, _ in found], [name for _, name in found], bool(takes_copies))
    return _TYPES[key]


def insert(cursor: psycopg.Cursor[Any], table: str, **row: Any) -> None:
    """Add a row to *table*: a value for each of the columns that are named."""
    statement = SQL("INSERT INTO {} ({}) VALUES ({})").format(
        Identifier(table), SQL(", ").join(map(Identifier, row)), SQL(", ").join(map(Placeholder, row))
    )
    cursor.execute(statement, row)


@cache
def _insert(table: str, columns: int) -> bytes:
    values = SQL(", ").join(Placeholder() * columns)
    return SQL("INSERT INTO {} VALUES ({})").format(Identifier(table), values).as_bytes(None)


def columns(rows: Iterable[Sequence[Any]]) -> list[str]:
    """*rows* as one array for each column, for a statement that unnests them."""
    return [array(column) for column in zip(*rows, strict=True)]


def array(elements: Iterable[Any]) -> str:
    """*elements* as the text of an array, for a statement that gives its type. None is null.

    psycopg looks up a dumper for each element, which takes five times as long.
    """
    return "{" + ",".join(["NULL" if one is None else _quoted(str(one)) for one in elements]) + "}"


def _quoted(text: str) -> str:
    if "\\" in text or '"' in text:
        text = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{text}"'


def runs(page: Sequence[Recorded], kinds: tuple[type[Fact], ...]) -> Iterator[Sequence[Recorded]]:
    """*page* split into parts. Each begins with an event of *kinds*, except perhaps the first."""
    start = 0
    for nth, recorded in enumerate(page):
        if nth > start and isinstance(recorded.event, kinds):
            yield page[start:nth]
            start = nth
    if page:
        yield page[start:]


@contextmanager
def without_waiting(cursor: psycopg.Cursor[Any], page: Sequence[Any]) -> Iterator[None]:
    """Send the statements for *page* in a pipeline, without waiting for the result of each.

    An error is raised at the end at the latest. COPY cannot be used inside.
    """
    if len(page) > FEW and not _is_pipelined(cursor):
        with cursor.connection.pipeline():
            yield
    else:
        yield


def _is_pipelined(cursor: psycopg.Cursor[Any]) -> bool:
    """Whether the connection is in a pipeline already."""
    return cursor.connection.info.pipeline_status is not PipelineStatus.OFF
