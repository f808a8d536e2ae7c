"""Paging by key: a page begins after a row that was seen, so rows added between pages neither repeat nor skip."""

import re
from collections.abc import Sequence
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


# Between the rows of a text. No JSON has it in itself.
BETWEEN = "\x1e"
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
        cursor = await connection.execute(SQL("{} ORDER BY nth, {}").format(together, sql(order)), parameters)
        rows = await cursor.fetchall()
        names = [column.name for column in cursor.description or ()][1:]
        for row, line in zip(rows, _lines(kind, names, [row[1:] for row in rows]), strict=True):
            of_each[row[0]].append(line)
    return [cut(lines, window) for lines, (_, window) in zip(of_each, asked, strict=True)]


def _page_statement(listing: Listing, window: Window) -> tuple[Composable, dict[str, Any]]:
    return sql(_page_text(*_form(listing, window))), _page_parameters(listing, window)


def gathered(listing: Listing, window: Window, name: str, *, ends: bool) -> tuple[str, dict[str, Any], int]:
    """A page as one row of so many columns: keys, how many rows were read, and their ``written`` as one text.

    Of the keys there is a list for each column, or with *ends* the value in the first row and then in the last that is
    given. In the text, rows are apart by BETWEEN. To stand beside others, every parameter's name begins with *name*.
    """
    parameters = _page_parameters(listing, window).items()
    text = _gathered(name, ends, *_form(listing, window))
    keys = 2 * len(listing.key) if ends else len(listing.key)
    return text, {f"{name}_{one}": value for one, value in parameters}, keys + 2


# What a page's text depends on: what to select, from where, the conditions, the key, and which ends are bound.
_Form = tuple[str, str, tuple[str, ...], tuple[str, ...], Window]


def _form(listing: Listing, window: Window) -> _Form:
    words = (listing.select.as_string(None), listing.source.as_string(None))
    conditions = tuple(condition.as_string(None) for condition in listing.where)
    # Of a window its text says only whether it is bound, not where.
    bound = Window(
        size=0,
        backwards=window.backwards,
        after=() if window.after is not None else None,
        before=() if window.before is not None else None,
    )
    return *words, conditions, listing.key, bound


def _page_parameters(listing: Listing, window: Window) -> dict[str, Any]:
    parameters = dict(listing.parameters)
    for bound, end in ((window.after, "after"), (window.before, "before")):
        for place, value in enumerate(bound or ()):
            parameters[f"{end}_{place}"] = value
    return parameters | {"limit": window.size + 1}


# Put together once for each form: to do so anew for each request would take as long as to read the rows.
@lru_cache(maxsize=512)
def _page_text(select: str, source: str, where: tuple[str, ...], key: tuple[str, ...], window: Window) -> str:
    conditions = list(where)
    for bound, end, sign in ((window.after, "after", ">"), (window.before, "before", "<")):
        if bound is not None:
            values = ", ".join(f"%({end}_{place})s" for place in range(len(key)))
            conditions.append(f"({_columns(key)}) {sign} ({values})")
    kept = ["WHERE", " AND ".join(conditions)] if conditions else []
    words = ["SELECT", select, "FROM", source, *kept, "ORDER BY", _order(key, window), "LIMIT %(limit)s"]
    return " ".join(words)


@lru_cache(maxsize=512)
def named(text: str, name: str) -> str:
    """The statement *text* with *name* before the name of each parameter, to stand beside others."""
    return _NAMED.sub(rf"%({name}_\1)s", text)


@lru_cache(maxsize=512)
def _gathered(name: str, ends: bool, *form: Any) -> str:
    *_, key, window = form
    columns = [column.rpartition(".")[2] for column in key]
    order = _order(columns, window)
    keys = [f"array_agg({_columns((column,))} ORDER BY {order})" for column in columns]
    if ends:
        # One row more is read than is given.
        places = ("1", "least(count(*), %(limit)s - 1)::integer")
        keys = [f"({of_each})[{place}]" for place in places for of_each in keys]
    text = f"string_agg(written, E'\\x{ord(BETWEEN):x}' ORDER BY {order})"
    told = ", ".join([*keys, "count(*)", text])
    return named(" ".join(["SELECT", told, "FROM", f"({_page_text(*form)}) page"]), name)


def _order(columns: Sequence[str], window: Window) -> str:
    return _columns(tuple(columns), " DESC" if window.backwards else " ASC")


@lru_cache(maxsize=256)
def _columns(columns: tuple[str, ...], direction: str = "") -> str:
    return ", ".join(Identifier(*column.split(".")).as_string(None) + direction for column in columns)


def sql(text: str) -> SQL:
    """*text* as a statement or a part of one; nothing in it is anybody's input."""
    return SQL(cast(Any, text))


def cut(lines: list[Line], window: Window) -> Page[Line]:
    """The page that *lines* are, of which one more than asked for was read."""
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
        text = named(statement.as_string(connection), f"of_{nth}")
        parts.append(SQL("SELECT {} AS nth, one.* FROM ({}) one").format(Literal(nth), sql(text)))
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
    # psycopg's own description tells more of each column than its name, which takes as long as to read some rows.
    result = cursor.pgresult
    if result is None or kind is tuple:
        return _lines(kind, (), rows)
    return _lines(kind, [(result.fname(nth) or b"").decode() for nth in range(result.nfields)], rows)


@lru_cache(maxsize=1024)
def _numbered(text: str) -> tuple[bytes, tuple[str, ...]]:
    """The statement *text* as PostgreSQL reads it, by numbers of parameters, and their names in that order.

    psycopg does the same, but for a text of more than 4,096 bytes anew each time.
    """
    numbers: dict[str, int] = {}
    found = _NAMED.sub(lambda name: f"${numbers.setdefault(name[1], len(numbers) + 1)}", text)
    return found.replace("%%", "%").encode(), tuple(numbers)


def flat(statement: Composable) -> SQL:
    """*statement* as one text, for those that are composed once and asked many times."""
    return sql(statement.as_string(None))


def _lines(kind: type[Line], names: Sequence[str], rows: list[tuple[Any, ...]]) -> list[Line]:
    if kind is tuple:
        return cast(list[Line], rows)
    if list(getattr(kind, "__dataclass_fields__", ())) == list(names):
        return [kind(*row) for row in rows]  # Naming each value would take half as long again as reading the rows.
    return [kind(**dict(zip(names, row, strict=True))) for row in rows]
