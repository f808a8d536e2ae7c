"""Paging by key: a page begins after a row that was seen, so rows added between pages neither repeat nor skip."""

import re
from collections.abc import Sequence
from functools import lru_cache
from typing import Any, Generic, TypeVar, cast

from psycopg import AsyncConnection
from psycopg.rows import tuple_row
from psycopg.sql import SQL, Composable, Composed, Identifier, Literal

from domain.frozen import frozen

Line = TypeVar("Line")
Connection = AsyncConnection[Any]


@frozen
class Window:
    """Which rows of an ordered list: at most *size* after the key *after* and before the key *before*.

    *backwards* takes them from the end. Keys are values of the columns that the list is ordered by.
    """

    size: int
    backwards: bool = False
    after: tuple[Any, ...] | None = None
    before: tuple[Any, ...] | None = None


@frozen
class Page(Generic[Line]):
    """Rows in list order, and whether there are more on either side."""

    lines: list[Line]
    has_next: bool
    has_previous: bool


@frozen
class Listing:
    """A list in SQL: what to select, from where, under which conditions, ordered by unique *key* columns."""

    select: Composable
    source: Composable
    where: Sequence[Composable]
    parameters: dict[str, Any]
    key: tuple[str, ...]


# A parameter's name in a statement.
_NAMED = re.compile(r"%\((\w+)\)s")


async def page(connection: Connection, kind: type[Line], listing: Listing, window: Window) -> Page[Line]:
    """The rows of *listing* in *window*, each as a *kind*. One statement; one row more is read than is given."""
    (found,) = await pages(connection, kind, [(listing, window)])
    return found


async def pages(connection: Connection, kind: type[Line], asked: Sequence[tuple[Listing, Window]]) -> list[Page[Line]]:
    """A page for each of *asked*, read in one statement. All select the same, by one key and in one direction.

    Each row is a *kind*, which may be tuple; one row more is read of each than is given.
    """
    statements = [_page_statement(listing, window) for listing, window in asked]
    if len(asked) == 1:
        of_each = [await lines_of(connection, kind, *statements[0])]
    else:
        of_each = [[] for _ in asked]
        together, parameters = _side_by_side(connection, statements)
        listing, window = asked[0]
        order = _order([column.rpartition(".")[2] for column in listing.key], window)
        cursor = await connection.execute(SQL("{} ORDER BY nth, {}").format(together, _sql(order)), parameters)
        rows = await cursor.fetchall()
        names = [column.name for column in cursor.description or ()][1:]
        for row, line in zip(rows, _lines(kind, names, [row[1:] for row in rows]), strict=True):
            of_each[row[0]].append(line)
    return [_page(lines, window) for lines, (_, window) in zip(of_each, asked, strict=True)]


def _page_statement(listing: Listing, window: Window) -> tuple[Composable, dict[str, Any]]:
    conditions = list(listing.where)
    parameters = dict(listing.parameters)
    for bound, sign in ((window.after, ">"), (window.before, "<")):
        if bound is not None:
            names = [f"key_{sign == '<'}_{place}" for place in range(len(bound))]
            parameters |= dict(zip(names, bound, strict=True))
            values = ", ".join(f"%({name})s" for name in names)
            conditions.append(_sql(f"({_columns(listing.key)}) {sign} ({values})"))
    # Put together as text: to compose it anew for each request would take as long as to read the rows.
    select, source, kept = (part.as_string(None) for part in (listing.select, listing.source, where(conditions)))
    words = ("SELECT", select, "FROM", source, kept, "ORDER BY", _order(listing.key, window), "LIMIT %(limit)s")
    return _sql(" ".join(words)), parameters | {"limit": window.size + 1}


def _order(columns: Sequence[str], window: Window) -> str:
    return _columns(tuple(columns), " DESC" if window.backwards else " ASC")


@lru_cache(maxsize=256)
def _columns(columns: tuple[str, ...], direction: str = "") -> str:
    return ", ".join(Identifier(*column.split(".")).as_string(None) + direction for column in columns)


def _sql(text: str) -> SQL:
    return SQL(cast(Any, text))


def _page(lines: list[Line], window: Window) -> Page[Line]:
    more = len(lines) > window.size
    lines = lines[: window.size]
    if window.backwards:
        return Page(lines=lines[::-1], has_next=window.before is not None, has_previous=more)
    return Page(lines=lines, has_next=more, has_previous=window.after is not None)


def _side_by_side(
    connection: Connection, statements: Sequence[tuple[Composable, dict[str, Any]]]
) -> tuple[Composed, dict[str, Any]]:
    """One statement of all *statements*, whose rows begin with ``nth``, the number of the one that they are of."""
    parts: list[Composable] = []
    together: dict[str, Any] = {}
    for nth, (statement, parameters) in enumerate(statements):
        text = _NAMED.sub(rf"%(of_{nth}_\1)s", statement.as_string(connection))
        parts.append(SQL("SELECT {} AS nth, one.* FROM ({}) one").format(Literal(nth), _sql(text)))
        together |= {f"of_{nth}_{name}": value for name, value in parameters.items()}
    return SQL(" UNION ALL ").join(parts), together


async def count(connection: Connection, listing: Listing) -> int:
    """How many rows *listing* has."""
    (found,) = await counts(connection, [listing])
    return found


async def counts(connection: Connection, listings: Sequence[Listing]) -> list[int]:
    """How many rows each of *listings* has, in one statement."""
    together, parameters = _side_by_side(
        connection,
        [
            (SQL("SELECT count(*) FROM {} {}").format(listing.source, where(listing.where)), listing.parameters)
            for listing in listings
        ],
    )
    cursor = await connection.execute(together, parameters)
    found = dict(await cursor.fetchall())
    return [int(found[nth]) for nth in range(len(listings))]


def where(conditions: Sequence[Composable]) -> Composable:
    """The WHERE clause of all *conditions*; empty without any."""
    if not conditions:
        return SQL("")
    return _sql("WHERE " + " AND ".join(condition.as_string(None) for condition in conditions))


async def lines_of(
    connection: Connection, kind: type[Line], statement: Any, parameters: dict[str, Any] | tuple[Any, ...] = ()
) -> list[Line]:
    """The rows of *statement*, each as a *kind*."""
    async with connection.cursor(row_factory=tuple_row) as cursor:
        await cursor.execute(statement, parameters)
        rows = await cursor.fetchall()
        # psycopg's own description tells more of each column than its name, which takes as long as to read some rows.
        result = cursor.pgresult
        if result is None or kind is tuple:
            return _lines(kind, (), rows)
        return _lines(kind, [(result.fname(nth) or b"").decode() for nth in range(result.nfields)], rows)


def flat(statement: Composable) -> SQL:
    """*statement* as one text, for those that are composed once and asked many times."""
    return _sql(statement.as_string(None))


def _lines(kind: type[Line], names: Sequence[str], rows: list[tuple[Any, ...]]) -> list[Line]:
    if kind is tuple:
        return cast(list[Line], rows)
    if list(getattr(kind, "__dataclass_fields__", ())) == list(names):
        return [kind(*row) for row in rows]  # Naming each value would take half as long again as reading the rows.
    return [kind(**dict(zip(names, row, strict=True))) for row in rows]
