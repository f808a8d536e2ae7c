"""Paging by key: a page begins after a row that was seen, so rows added between pages neither repeat nor skip."""

from collections.abc import Sequence
from typing import Any, Generic, TypeVar, cast

from psycopg import AsyncConnection
from psycopg.rows import class_row
from psycopg.sql import SQL, Composable, Identifier

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


async def page(connection: Connection, kind: type[Line], listing: Listing, window: Window) -> Page[Line]:
    """The rows of *listing* in *window*, each as a *kind*. One statement; one row more is read than is given."""
    conditions = list(listing.where)
    parameters = dict(listing.parameters)
    key = SQL("({})").format(SQL(", ").join(Identifier(*column.split(".")) for column in listing.key))
    for bound, sign in ((window.after, ">"), (window.before, "<")):
        if bound is not None:
            names = [f"key_{sign == '<'}_{place}" for place in range(len(bound))]
            parameters |= dict(zip(names, bound, strict=True))
            values = SQL(", ").join(SQL(f"%({name})s") for name in names)
            conditions.append(SQL("{} {} ({})").format(key, SQL(cast(Any, sign)), values))
    direction = SQL("DESC" if window.backwards else "ASC")
    statement = SQL("SELECT {} FROM {} {} ORDER BY {} LIMIT %(limit)s").format(
        listing.select,
        listing.source,
        where(conditions),
        SQL(", ").join(SQL("{} {}").format(Identifier(*column.split(".")), direction) for column in listing.key),
    )
    async with connection.cursor(row_factory=class_row(kind)) as cursor:
        await cursor.execute(statement, parameters | {"limit": window.size + 1})
        lines = await cursor.fetchall()
    more = len(lines) > window.size
    lines = lines[: window.size]
    if window.backwards:
        return Page(lines=lines[::-1], has_next=window.before is not None, has_previous=more)
    return Page(lines=lines, has_next=more, has_previous=window.after is not None)


async def count(connection: Connection, listing: Listing) -> int:
    """How many rows *listing* has."""
    statement = SQL("SELECT count(*) FROM {} {}").format(listing.source, where(listing.where))
    cursor = await connection.execute(statement, listing.parameters)
    row = await cursor.fetchone()
    return int(row[0]) if row else 0


def where(conditions: Sequence[Composable]) -> Composable:
    """The WHERE clause of all *conditions*; empty without any."""
    return SQL("WHERE {}").format(SQL(" AND ").join(conditions)) if conditions else SQL("")


async def lines_of(
    connection: Connection, kind: type[Line], statement: Any, parameters: dict[str, Any] | tuple[Any, ...] = ()
) -> list[Line]:
    """The rows of *statement*, each as a *kind*."""
    async with connection.cursor(row_factory=class_row(kind)) as cursor:
        await cursor.execute(statement, parameters)
        return await cursor.fetchall()
