"""Paging by key: a page begins after the last row seen, so rows added meanwhile cause no repeats and no gaps."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from typing import Any, Generic, TypeVar, cast

from psycopg import AsyncConnection, AsyncCursor, AsyncRawCursor
from psycopg.rows import tuple_row
from psycopg.sql import SQL, Composable, Composed, Identifier, Literal

from domain.values.frozen import frozen

Line = TypeVar("Line")
Connection = AsyncConnection[Any]


@frozen
class Window:
    """Which rows of an ordered list to read: at most *size*, after the key *after* and before the key *before*.

    *backwards* reads them from the end. A key is the values of the columns that order the list. *order* is the name of
    that order, which cursors hold.
    """

    order: str = ""
    size: int
    backwards: bool = False
    after: tuple[Any, ...] | None = None
    before: tuple[Any, ...] | None = None


@frozen
class Page(Generic[Line]):
    """Rows in list order, and whether there are more rows after and before them."""

    lines: list[Line]
    has_next: bool
    has_previous: bool


@frozen
class Listing:
    """A list in SQL: its columns, source, conditions and parameters. It is ordered by the unique *key* columns.

    *descending* orders it from the last key to the first. *sums* are the columns of an amount and its currency, if the
    list has totals.
    """

    select: Composable
    source: Composable
    where: Sequence[Composable]
    parameters: dict[str, Any]
    key: tuple[str, ...]
    descending: bool = False
    sums: tuple[str, str] | None = None


@dataclass(slots=True)
class Total:
    """The sum of a list's amounts in one currency, in major units."""

    amount: Decimal
    currency: str


# A named parameter in a statement.
_NAMED = re.compile(r"%\((\w+)\)s")


async def page(connection: Connection, kind: type[Line], listing: Listing, window: Window) -> Page[Line]:
    """The rows of *listing* in *window*, each as a *kind*, read in one statement."""
    (found,) = await pages(connection, kind, [(listing, window)])
    return found


async def pages(connection: Connection, kind: type[Line], lists: Sequence[tuple[Listing, Window]]) -> list[Page[Line]]:
    """A page for each of *lists*, read in one statement. All have the same columns, key and directions.

    Each row is a *kind*, which may be tuple. One row more than the page is read, to know whether there are more.
    """
    statements = [_page_statement(listing, window) for listing, window in lists]
    if len(lists) == 1:
        lines_of_each = [await lines_of(connection, kind, *statements[0])]
    else:
        lines_of_each = [[] for _ in lists]
        together, parameters = _side_by_side(connection, statements)
        listing, window = lists[0]
        order = _order([column.rpartition(".")[2] for column in listing.key], listing.descending != window.backwards)
        cursor = await connection.execute(SQL("{} ORDER BY list_number, {}").format(together, sql(order)), parameters)
        rows = await cursor.fetchall()
        names = [column.name for column in cursor.description or ()][1:]
        for row, line in zip(rows, _lines(kind, names, [row[1:] for row in rows]), strict=True):
            lines_of_each[row[0]].append(line)
    return [cut(lines, window) for lines, (_, window) in zip(lines_of_each, lists, strict=True)]


def _page_statement(listing: Listing, window: Window) -> tuple[Composable, dict[str, Any]]:
    return sql(page_text(*page_form(listing, window))), page_parameters(listing, window)


# What the text of a page's statement depends on: columns, source, conditions, key, its direction, what is summed, and
# which ends are bounded.
Form = tuple[str, str, tuple[str, ...], tuple[str, ...], bool, tuple[str, str] | None, Window]


def page_form(listing: Listing, window: Window) -> Form:
    """What the text of a page's statement depends on."""
    columns = (listing.select.as_string(None), listing.source.as_string(None))
    conditions = tuple(condition.as_string(None) for condition in listing.where)
    # The text depends only on whether the window is bounded, not on the values.
    bound = Window(
        order=window.order,
        size=0,
        backwards=window.backwards,
        after=() if window.after is not None else None,
        before=() if window.before is not None else None,
    )
    return *columns, conditions, listing.key, listing.descending, listing.sums, bound


def page_parameters(listing: Listing, window: Window) -> dict[str, Any]:
    """The parameters of a page's statement."""
    parameters = dict(listing.parameters)
    for bound, end in ((window.after, "after"), (window.before, "before")):
        for place, value in enumerate(bound or ()):
            parameters[f"{end}_{place}"] = value
    return parameters | {"limit": window.size + 1}


# Built once for each form: building it for each request would take as long as reading the rows.
@lru_cache(maxsize=512)
def page_text(
    select: str,
    source: str,
    where: tuple[str, ...],
    key: tuple[str, ...],
    descending: bool,
    _: object,
    window: Window,
) -> str:
    """The statement of a page with this form. It reads one row more than the page."""
    conditions = list(where)
    later, earlier = "<>" if descending else "><"
    for bound, end, sign in ((window.after, "after", later), (window.before, "before", earlier)):
        if bound is not None:
            values = ", ".join(f"%({end}_{place})s" for place in range(len(key)))
            conditions.append(f"({_columns(key)}) {sign} ({values})")
    kept = ["WHERE", " AND ".join(conditions)] if conditions else []
    words = [
        "SELECT",
        select,
        "FROM",
        source,
        *kept,
        "ORDER BY",
        _order(key, descending != window.backwards),
        "LIMIT %(limit)s",
    ]
    return " ".join(words)


def count_text(_: str, source: str, where: tuple[str, ...], *__: Any) -> str:
    """The statement that counts the rows of a list with this form."""
    return " ".join(["SELECT count(*) FROM", source, *(["WHERE", " AND ".join(where)] if where else [])])


def totals_text(_: str, source: str, where: tuple[str, ...], *form: Any) -> str:
    """The statement of the totals of a list with this form: an amount and its currency for each currency."""
    *_key, sums, _window = form
    amount, currency = sums
    conditions = " AND ".join((*where, f"{currency} IS NOT NULL"))
    words = ["SELECT", f"sum({amount}) AS amount, {currency} AS currency", "FROM", source, "WHERE", conditions]
    return " ".join([*words, "GROUP BY", currency])


@lru_cache(maxsize=1024)
def named(text: str, name: str) -> str:
    """The statement *text* with *name* in front of each parameter name, so that it can be combined with others."""
    return _NAMED.sub(rf"%({name}_\1)s", text)


def _order(columns: Sequence[str], falling: bool) -> str:
    return _columns(tuple(columns), " DESC" if falling else " ASC")


@lru_cache(maxsize=256)
def _columns(columns: tuple[str, ...], direction: str = "") -> str:
    return ", ".join(Identifier(*column.split(".")).as_string(None) + direction for column in columns)


def sql(text: str) -> SQL:
    """*text* as a statement or a part of one. It must never contain user input."""
    return SQL(cast(Any, text))


def cut(lines: list[Line], window: Window) -> Page[Line]:
    """The page made of *lines*, which hold one line more than the page if there are more."""
    more = len(lines) > window.size
    lines = lines[: window.size]
    if window.backwards:
        return Page(lines=lines[::-1], has_next=window.before is not None, has_previous=more)
    return Page(lines=lines, has_next=more, has_previous=window.after is not None)


def _side_by_side(
    connection: Connection, statements: Sequence[tuple[Composable, dict[str, Any]]]
) -> tuple[Composed, dict[str, Any]]:
    """All *statements* as one. Its first column ``list_number`` is the index of the statement that a row is from."""
    parts: list[Composable] = []
    together: dict[str, Any] = {}
    for nth, (statement, parameters) in enumerate(statements):
        text = named(statement.as_string(connection), f"of_{nth}")
        parts.append(SQL("SELECT {} AS list_number, one.* FROM ({}) one").format(Literal(nth), sql(text)))
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


async def key_of_row(connection: Connection, listing: Listing, number: int) -> tuple[Any, ...] | None:
    """The key of row *number* of *listing*, counted from 1: the page after it begins there. None if it ends before."""
    columns, order = sql(_columns(listing.key)), sql(_order(listing.key, listing.descending))
    text = SQL("SELECT {} FROM {} {} ORDER BY {} OFFSET %(skipped)s LIMIT 1")
    statement = text.format(columns, listing.source, where(listing.where), order)
    cursor = await connection.execute(statement, listing.parameters | {"skipped": number - 1})
    return cast("tuple[Any, ...] | None", await cursor.fetchone())


async def totals(connection: Connection, listing: Listing) -> list[Total]:
    """The total of *listing* in each of its currencies, by currency."""
    text = totals_text(*page_form(listing, Window(size=0)))
    return await lines_of(connection, Total, f"{text} ORDER BY currency", listing.parameters)


def where(conditions: Sequence[Composable]) -> Composable:
    """The WHERE clause of all *conditions*; empty without any."""
    if not conditions:
        return SQL("")
    return sql("WHERE " + " AND ".join(condition.as_string(None) for condition in conditions))


async def lines_of(
    connection: Connection, kind: type[Line], statement: Any, parameters: dict[str, Any] | tuple[Any, ...] = ()
) -> list[Line]:
    """The rows of *statement*, each as a *kind*."""
    if isinstance(parameters, dict):
        text, names = _numbered(statement if isinstance(statement, str) else statement.as_string(None))
        cursor: AsyncCursor[Any] = AsyncRawCursor(connection, row_factory=tuple_row)
        await cursor.execute(text, [parameters[name] for name in names])
    else:
        cursor = connection.cursor(row_factory=tuple_row)
        await cursor.execute(statement, parameters)
    rows = await cursor.fetchall()
    # cursor.description builds more than the names of the columns, which takes as long as reading some rows.
    result = cursor.pgresult
    if result is None or kind is tuple:
        return _lines(kind, (), rows)
    return _lines(kind, [(result.fname(nth) or b"").decode() for nth in range(result.nfields)], rows)


@lru_cache(maxsize=1024)
def _numbered(text: str) -> tuple[bytes, tuple[str, ...]]:
    """The statement *text* with numbered parameters, as PostgreSQL takes it, and their names in that order.

    psycopg does the same, but does not cache the result for texts of more than 4,096 bytes.
    """
    numbers: dict[str, int] = {}
    found = _NAMED.sub(lambda name: f"${numbers.setdefault(name[1], len(numbers) + 1)}", text)
    return found.replace("%%", "%").encode(), tuple(numbers)


def flat(statement: Composable) -> SQL:
    """*statement* as one text, for a statement that is composed once and run many times."""
    return sql(statement.as_string(None))


def _lines(kind: type[Line], names: Sequence[str], rows: list[tuple[Any, ...]]) -> list[Line]:
    if kind is tuple:
        return cast(list[Line], rows)
    if list(getattr(kind, "__dataclass_fields__", ())) == list(names):
        return [kind(*row) for row in rows]  # By position: names would take half as long again.
    return [kind(**dict(zip(names, row, strict=True))) for row in rows]
