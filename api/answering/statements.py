"""Compiled statements: put together for a request, run, and completed with what only Python can write.

A text of SQL has slots (SLOT, number, SLOT) for rows that depend on arguments. The text that PostgreSQL returns has
holes (HOLE, number, OF, JSON array, HOLE) for values of Python. BAD stands in place of an object with a null that is
not allowed. JSON contains none of these characters unescaped.
"""

import re
from collections import OrderedDict
from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache
from typing import Any, TypeAlias

import orjson

from api.answering.arguments import Arguments
from api.answering.shapes import Made, Pages, Rows, RowsFor
from api.context import Context
from api.contract import cursor
from projections.tables.paging import count_text, lines_of, named, page_form, page_parameters, page_text, totals_text

SLOT, HOLE, OF, BAD = "\x05", "\x01", "\x02", "\x03"
_SLOT = re.compile(f"{SLOT}([0-9]+){SLOT}")
# The parts of a page's SQL that depend on where the page begins and ends.
_PART = re.compile("<(?:start|end|next|previous|shown|order|key|first|last|count|totals)>")
# How many lasting values are kept.
KEPT = 8192

# The values of an operation's variables, as graphql-core reads them.
Variables = Any


class NotWritten(Exception):
    """PostgreSQL found a null that is not allowed, or Python a value that it cannot write."""


class Compiled:
    """A statement that returns one text a row, with its slots and holes; or a *fixed* text that needs no statement.

    *name* is the root field's, in the answer.
    """

    def __init__(
        self, name: str, text: str, asked: "Sequence[Asked]", holes: "Sequence[Hole]", fixed: str = ""
    ) -> None:
        self._name, self._text, self._asked, self._holes, self._fixed = name, text, asked, holes, fixed

    async def statement(self, context: Context, variables: Variables) -> tuple[str, dict[str, Any]]:
        """The SQL for one request and its parameters. The names of those of slot 3 begin with ``p3_``."""
        texts: list[str] = []
        parameters: dict[str, Any] = {}
        for nth, one in enumerate(self._asked):
            text, given = await one.asked(context, variables)
            texts.append(named(text, f"p{nth}"))
            parameters.update((f"p{nth}_{name}", value) for name, value in given.items())
        return _put_together(self._text, tuple(texts)), parameters

    async def texts(self, context: Context, variables: Variables, given: dict[str, Any] | None = None) -> list[str]:
        """The JSON of each row, with the further parameters *given*. Raises NotWritten.

        The SQL is noted in the context as that of the root field, if the context shows it.
        """
        found = [self._fixed] if self._fixed else await self._read(context, variables, given or {})
        while any(HOLE in one for one in found):
            found = await self._filled(context, variables, found)
        if any(BAD in one for one in found):
            raise NotWritten
        return found

    async def _read(self, context: Context, variables: Variables, given: dict[str, Any]) -> list[str]:
        text, parameters = await self.statement(context, variables)
        if any(isinstance(value, str) and "\x00" in value for value in parameters.values()):
            raise NotWritten  # PostgreSQL takes no such text, and stores none.
        if context.shown_sql is not None:
            context.shown_sql.setdefault(self._name, []).append(text)
        async with context.reads.connection() as connection:
            rows: list[tuple[str | None]] = await lines_of(connection, tuple, text, parameters | given)
        return [row[0] or BAD for row in rows]

    async def _filled(self, context: Context, variables: Variables, texts: Sequence[str]) -> list[str]:
        split = [text.split(HOLE) for text in texts]
        places: dict[int, list[tuple[list[str], int, str]]] = {}
        for parts in split:
            for nth in range(1, len(parts), 2):
                number, _, key = parts[nth].partition(OF)
                places.setdefault(int(number), []).append((parts, nth, key))
        for hole, of_hole in places.items():
            written = await self._holes[hole].written(context, variables, [key for *_, key in of_hole])
            for (parts, nth, _), text in zip(of_hole, written, strict=True):
                parts[nth] = text
        return ["".join(parts) for parts in split]


@lru_cache(maxsize=1024)
def _put_together(text: str, texts: tuple[str, ...]) -> str:
    """*text* with each slot filled, slots of what fills it included."""
    return _SLOT.sub(lambda slot: _put_together(texts[int(slot[1])], texts), text)


# --- Rows and pages ---------------------------------------------------------------------------------------------------


class AskedRows:
    """The rows of an object or a list. *statement* makes the SQL from them."""

    def __init__(self, form: RowsFor, arguments: Arguments, statement: Callable[[Rows], str]) -> None:
        self._form, self._arguments, self._statement = form, arguments, lru_cache(maxsize=16)(statement)

    async def asked(self, context: Context, variables: Variables) -> tuple[str, dict[str, Any]]:
        """The SQL of a request and its parameters."""
        rows, parameters = await self._form.rows(context, **self._arguments.of(variables))
        return self._statement(rows), parameters


class AskedPage:
    """A page of a connection.

    *text* is the SQL of the connection over its page; *lists* are those of its lists, for each row, whose name is
    *row*. A page has one row more than it shows, if there is one.
    """

    def __init__(self, form: Pages, arguments: Arguments, text: str, lists: Sequence[str], row: str) -> None:
        self._form, self._arguments, self._text, self._lists, self._row = form, arguments, text, lists, row
        self._statement = lru_cache(maxsize=64)(self._statement_of)

    async def asked(self, context: Context, variables: Variables) -> tuple[str, dict[str, Any]]:
        """The SQL of a request and its parameters."""
        listing, window = await self._form.listing(context, **self._arguments.of(variables))
        return self._statement(*page_form(listing, window)), page_parameters(listing, window)

    def _statement_of(self, *form: Any) -> str:
        *_, key, descending, sums, window = form
        columns = [f"{self._row}.{column.rpartition('.')[2]}" for column in key]
        order = ", ".join(f"k{nth} DESC" if descending else f"k{nth}" for nth in range(len(key)))
        more, shown = "(count(*) >= %(limit)s)", "least(count(*), %(limit)s - 1)::integer"
        # The row that is not shown is the first one of a page that is read from its end, and otherwise the last one.
        start = f"count(*)::integer - {shown} + 1" if window.backwards else "1"
        end = "count(*)::integer" if window.backwards else shown

        def key_of(values: Iterable[str]) -> str:
            # An amount is a text in a cursor: JSON's numbers are not exact.
            texts = [
                f"({one})::text" if sums and name == sums[0] else one for name, one in zip(key, values, strict=True)
            ]
            return f"json_build_array('{window.order}', {', '.join(texts)})"

        def at(place: str) -> str:
            return key_of(f"(array_agg(k{nth} ORDER BY {order}))[{place}]" for nth in range(len(key)))

        parts = {
            "<start>": start,
            "<end>": end,
            "<next>": f"{window.before is not None}" if window.backwards else more,
            "<previous>": more if window.backwards else f"{window.after is not None}",
            "<shown>": shown,
            "<order>": order,
            "<key>": key_of(columns),
            "<first>": at(start),
            "<last>": at(end),
            "<count>": f"({count_text(*form)})::text",
            "<totals>": totals_text(*form) if sums else "",
        }

        def filled(text: str) -> str:
            return _PART.sub(lambda part: parts[part[0]], text)

        text = filled(self._text)
        of_page = {"<start>", "<end>", "<first>", "<last>", "<shown>", "<previous>" if window.backwards else "<next>"}
        if not self._lists and not of_page.intersection(_PART.findall(self._text)):
            return f"(SELECT {text})"
        selected = [f"{filled(one)} AS w{nth}" for nth, one in enumerate(self._lists)]
        selected += [f"{column} AS k{nth}" for nth, column in enumerate(columns)]
        return f"(SELECT {text} FROM (SELECT {', '.join(selected)} FROM ({page_text(*form)}) {self._row}) page)"


# --- Holes ------------------------------------------------------------------------------------------------------------


class Cursors:
    """The cursors of a list; a key is the name of its order and that of a row."""

    async def written(self, _: Context, __: Variables, keys: Sequence[str]) -> list[str]:
        """The cursor of each of *keys*, as JSON."""
        return [f'"{cursor.write(order, tuple(key))}"' for order, *key in map(orjson.loads, keys)]


class Worked:
    """Values that Python makes and *write* turns into what orjson writes. Lasting ones are kept."""

    def __init__(self, form: Made, arguments: Arguments, write: Callable[[Any], Any]) -> None:
        self._form, self._arguments, self._write = form, arguments, write

    async def written(self, context: Context, variables: Variables, keys: Sequence[str]) -> list[str]:
        """The value of each of *keys*, as JSON. Raises NotWritten."""
        found = {key: kept for key in keys if self._form.lasting and (kept := lasting.of(self, key)) is not None}
        missing = [key for key in dict.fromkeys(keys) if key not in found]
        if missing:
            arguments = self._arguments.of(variables)
            made = await self._form.make(context, [orjson.loads(key) for key in missing], **arguments)
            for key, value in zip(missing, made, strict=True):
                found[key] = orjson.dumps(self._write(value)).decode()
                if self._form.lasting:
                    lasting.keep(self, key, found[key])
        return [found[key] for key in keys]


class Below:
    """What lies below a value of Python in the database. *compiled* reads it for keys in its parameters ``c0``, ..."""

    def __init__(self, compiled: Compiled) -> None:
        self._compiled = compiled

    async def written(self, context: Context, variables: Variables, keys: Sequence[str]) -> list[str]:
        """What each of *keys* names, as JSON."""
        columns: Iterable[Any] = zip(*map(orjson.loads, keys), strict=True)
        given = {f"c{nth}": list(values) for nth, values in enumerate(columns)}
        return await self._compiled.texts(context, variables, given)


class Lasting:
    """Texts of values that depend on nothing but their key; the least recently used are dropped."""

    def __init__(self, kept: int = KEPT) -> None:
        self._kept = kept
        self._texts: OrderedDict[tuple[Worked, str], str] = OrderedDict()

    def of(self, value: Worked, key: str) -> str | None:
        """The text kept for *key*; None if there is none."""
        text = self._texts.get((value, key))
        if text is not None:
            self._texts.move_to_end((value, key))
        return text

    def keep(self, value: Worked, key: str, text: str) -> None:
        """Keep *text* for *key*."""
        self._texts[value, key] = text
        while len(self._texts) > self._kept:
            self._texts.popitem(last=False)


lasting = Lasting()


# What fills a slot, and what fills a hole.
Asked: TypeAlias = AskedRows | AskedPage
Hole: TypeAlias = Cursors | Worked | Below
