"""How rows of a page of the log are written: added in one go, or by statements that do not wait for each other."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from typing import Any, LiteralString, NamedTuple

import psycopg
from psycopg.pq import PipelineStatus
from psycopg.sql import SQL, Identifier, Placeholder

from domain.history import Recorded
from domain.values.fact import Fact

# COPY takes three round trips, whatever it copies; so few rows are sooner inserted one by one.
FEW = 3


def add(cursor: psycopg.Cursor[Any], table: str, rows: Iterable[Sequence[Any]]) -> None:
    """Add *rows*, in the order of the columns of *table*, in one go."""
    rows = list(rows)
    if len(rows) > FEW and not _goes_on(cursor):
        types = _types(cursor, table).oids
        with cursor.copy(SQL("COPY {} FROM STDIN (FORMAT binary)").format(Identifier(table))) as copy:
            # Binary takes each side half the time of text, and wants to be told what it writes.
            copy.set_types(types)
            for row in rows:
                copy.write_row(row)
    elif rows:
        statement = _insert(table, len(rows[0]))
        for row in rows:
            cursor.execute(statement, row, prepare=True)


def add_at_once(cursor: psycopg.Cursor[Any], table: str, rows: Iterable[Sequence[Any]]) -> None:
    """As ``add``, in one statement however few the rows: for a table that holds all that is added against each other.

    It has no columns of arrays.
    """
    rows = list(rows)
    if len(rows) > FEW and not _goes_on(cursor):
        add(cursor, table, rows)
    elif rows:
        arrays = SQL(", ").join(SQL("%s::") + SQL(kind) + SQL("[]") for kind in _types(cursor, table).names)
        statement = SQL("INSERT INTO {} SELECT * FROM unnest({})").format(Identifier(table), arrays)
        cursor.execute(statement, columns(rows), prepare=True)


class _Types(NamedTuple):
    """The types of a table's columns, by their numbers and by their names."""

    oids: list[int]
    names: list[LiteralString]


# Nobody feeds tables of another definition than this version's.
_TYPES: dict[str, _Types] = {}


def _types(cursor: psycopg.Cursor[Any], table: str) -> _Types:
    if table not in _TYPES:
        cursor.execute(
            "SELECT atttypid::integer, format_type(atttypid, NULL) FROM pg_attribute"
            " WHERE attrelid = %s::regclass AND attnum > 0 AND NOT attisdropped ORDER BY attnum",
            (table,),
        )
        found = cursor.fetchall()
        _TYPES[table] = _Types([oid for oid, _ in found], [name for _, name in found])
    return _TYPES[table]


@cache
def _insert(table: str, columns: int) -> bytes:
    values = SQL(", ").join(Placeholder() * columns)
    return SQL("INSERT INTO {} VALUES ({})").format(Identifier(table), values).as_bytes(None)


def columns(rows: Iterable[Sequence[Any]]) -> list[str]:
    """*rows* by their columns, as a statement takes them that unnests them."""
    return [array(column) for column in zip(*rows, strict=True)]


def array(elements: Iterable[Any]) -> str:
    """*elements* as the text of an array, for a statement that tells its type; None is null.

    psycopg looks for each element how it is written, and takes five times as long.
    """
    return "{" + ",".join(["NULL" if one is None else _quoted(str(one)) for one in elements]) + "}"


def _quoted(text: str) -> str:
    if "\\" in text or '"' in text:
        text = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{text}"'


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
