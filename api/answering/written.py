"""Answers that PostgreSQL writes: of hot lists, the JSON of what is selected, as one text for each row.

A shape says, for each field of a type, where its value stands in SQL. A selection that asks for nothing else is made
into one expression, once for a document, and the texts of its rows are spliced into the answer as they come; what has
to be worked out in Python is filled into them. Everything else is answered by graphql-core from the rows: a field
without a place in its shape, an argument below, and a row in which something is null that may not be, whose error
graphql-core finds and tells.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import replace
from functools import lru_cache
from itertools import groupby
from typing import Any, TypeAlias

import orjson
from graphql import (
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLOutputType,
    get_named_type,
    is_abstract_type,
    is_enum_type,
    is_leaf_type,
    is_list_type,
    is_object_type,
)
from orjson import Fragment
from psycopg.sql import SQL, Identifier

from api.answering.plans import PlannedExecution, planned_by
from api.context import Info
from api.contract import cursor
from api.contract.values import PageInfo
from domain.values.frozen import frozen
from projections.tables.currencies import by_places
from projections.tables.paging import BETWEEN, Listing, Page, Window, cut, sql


class Word(str):
    """A column of texts with nothing in them to escape: event ids, names of events, dates, currencies."""

    __slots__ = ()


class Json(str):
    """An expression that is JSON already."""

    __slots__ = ()


@frozen
class Shape:
    """How PostgreSQL writes an object: for each field an expression, or the shape of what stands there.

    *source* is from where its rows come, FROM and what follows it, where they are others than those around it; *order*
    is theirs in a list. *present* is the condition under which there is an object, where there may be none.
    *kinds* tells the type of an interface: an expression, and the type for each of its values.
    """

    fields: Mapping[str, "str | Shape | Later"]
    source: str = ""
    order: str = ""
    present: str = ""
    kinds: tuple[str, Mapping[str, str]] | None = None


@frozen
class Later:
    """What Python writes, of what the expression *told* tells of the row; not below a list."""

    told: str


@frozen
class Selected:
    """What is selected of an object that Python writes.

    *text* is the same for the same selection. *write* gives the JSON of an object; None where graphql-core must do it.
    """

    text: str
    write: Callable[[Any], str | None]


# Writes what comes later: for the key of a row, what it told and what is selected. None where graphql-core must do it.
Fill: TypeAlias = Callable[[list[tuple[tuple[Any, ...], str, Selected]]], Awaitable[list[str] | None]]


def when(column: str) -> Shape:
    """A date in *column*. Of it the text stands there; what the text says is worked out in Python."""
    return Shape(fields={"text": Word(column)}, present=f"{column} IS NOT NULL")


def money(amount: str, currency: str) -> Shape:
    """An amount of money in two columns, in the minor units of its currency; not one that is finer."""
    places = by_places(currency, {0: "0", 2: "2", 3: "3"})
    rounded = f"round({amount}, {places})"
    exact = f"CASE WHEN scale({amount}) = {places} THEN {amount} WHEN {rounded} = {amount} THEN {rounded} END"
    return Shape(
        fields={"amount": exact, "currency": Word(currency)}, present=f"{amount} IS NOT NULL AND {currency} IS NOT NULL"
    )


@frozen
class As:
    """What stands in a text as it is. Of names that the schema knows, so there is nothing in it to escape."""

    text: str


# A text in parts: what stands there as it is, and an expression for what does not.
Parts = list[As | str]


def _escaped(told: str) -> Parts:
    # Half the time of to_json, which looks up the type of each value.
    return [f"JSON_SERIALIZE(JSON_SCALAR({told}) RETURNING text)"]


def _quoted(told: str) -> Parts:
    return [As(text='"'), f"({told})::text", As(text='"')]


def _bare(told: str) -> Parts:
    return [f"({told})::text"]


def instant(told: str) -> str:
    """The JSON of an instant as Python writes it: without microseconds where there are none."""
    (shortest,) = _escaped(told)
    all_digits = f"""('"' || to_char({told}, 'YYYY-MM-DD"T"HH24:MI:SS.USTZH:TZM') || '"')"""
    # In its JSON, PostgreSQL leaves out zeros at the end of a fraction, which Python does not. All digits, of which
    # to_char is the only one to write them, take three times as long.
    part = f"date_part('microseconds', {told})::integer"
    return f"CASE WHEN mod({part}, 10) > 0 OR mod({part}, 1000000) = 0 THEN {shortest} ELSE {all_digits} END"


def _instant(told: str) -> Parts:
    return [instant(told)]


# What a row tells for Python stands between two of these, which JSON has only escaped.
_MARK = "\x01"


def _marked(told: str) -> Parts:
    return [As(text=_MARK), f"({told})::text", As(text=_MARK)]


# How the scalars stand in JSON. What has nothing in it to escape is put in quotes as it is.
SCALARS: dict[str, Callable[[str], Parts]] = {
    "String": _escaped,
    "ID": _escaped,
    "Int": _bare,
    "Boolean": _bare,
    "Decimal": _quoted,
    "LogPosition": _quoted,
    "DateTime": _instant,
}


def expression(parts: Parts) -> str:
    """The expression for the text that *parts* make; NULL when one of them is.

    What stands side by side as it is becomes one: PostgreSQL takes as long over each part as over a value.
    """
    words: list[str] = []
    for fixed, together in groupby(parts, lambda part: isinstance(part, As)):
        if fixed:
            words.append("'" + "".join(part.text for part in together if isinstance(part, As)) + "'")
        else:
            words += [part for part in together if isinstance(part, str)]
    return f"({' || '.join(words)})"


# A row as it comes; its last column is a text of JSON.
Row = tuple[Any, ...]


class NotWritten(Exception):
    """Something is selected that no shape has a place for."""


class Writer:
    """Makes the selection of one operation into SQL."""

    def __init__(self, executor: PlannedExecution) -> None:
        self._executor = executor
        # In the order in which they stand in the text of a row.
        self.later: list[Selected] = []

    def fields(self, kind: GraphQLObjectType, details: Any) -> dict[str, Any]:
        """What is selected of *kind*, by its name in the answer. Raises NotWritten for what comes later."""
        grouped, deferred, _ = self._executor.collect_subfields(kind, details)
        if deferred:
            raise NotWritten
        return dict(grouped)

    def value(self, kind: GraphQLOutputType, details: Any, told: "str | Shape") -> str:
        """The expression for the JSON of a value of *kind*; it is NULL when something is null that may not be."""
        return expression(self._parts(kind, details, told))

    def member(self, kind: GraphQLObjectType, details: Any, shape: Shape) -> str:
        """The expression for the JSON of a field of *kind*."""
        return expression(self._field(kind, details, shape))

    def _parts(self, kind: GraphQLOutputType, details: Any, told: "str | Shape") -> Parts:
        if isinstance(kind, GraphQLNonNull):
            return self._sure(kind.of_type, details, told)
        found = expression(self._sure(kind, details, told))
        if isinstance(told, str):
            return [f"coalesce({found}, 'null')"]
        if not told.present:
            raise NotWritten
        return [f"CASE WHEN {told.present} THEN {found} ELSE 'null' END"]

    def _sure(self, kind: Any, details: Any, told: "str | Shape") -> Parts:
        if isinstance(told, Json):
            return [told]
        if isinstance(told, str):
            if is_enum_type(kind) or isinstance(told, Word):
                return _quoted(told)
            if not is_leaf_type(kind) or kind.name not in SCALARS:
                raise NotWritten
            return SCALARS[kind.name](told)
        if is_list_type(kind):
            each = self.value(kind.of_type, details, told)
            # A text that is NULL would be left out: then there is no list either. With OFFSET each is made only once.
            return [
                "(SELECT CASE WHEN count(*) = count(w) THEN '[' || coalesce(string_agg(w, ',' ORDER BY o), '') || ']'"
                f" END FROM (SELECT {each} AS w, {told.order} AS o FROM {told.source} OFFSET 0) AS listed)"
            ]
        if is_object_type(kind):
            found = self._object(kind, details, told)
        elif is_abstract_type(kind) and told.kinds is not None:
            found = self._one_of(kind, details, told)
        else:
            raise NotWritten
        return [f"(SELECT {expression(found)} FROM {told.source})"] if told.source and not told.order else found

    def _one_of(self, kind: Any, details: Any, shape: Shape) -> Parts:
        told, types = shape.kinds or ("", {})
        by_name = {
            one.name: self._object(one, details, shape) for one in self._executor.schema.get_possible_types(kind)
        }
        if set(by_name) != set(types.values()):
            raise NotWritten
        first, *others = by_name.values()
        if all(one == first for one in others):
            return first
        cases = " ".join(f"WHEN '{value}' THEN {expression(by_name[name])}" for value, name in types.items())
        return [f"CASE {told} {cases} END"]

    def _object(self, kind: GraphQLObjectType, details: Any, shape: Shape) -> Parts:
        members: Parts = []
        for name, of_field in self.fields(kind, details).items():
            members += [As(text=f'{"," if members else ""}"{name}":'), *self._field(kind, of_field, shape)]
        return [As(text="{"), *members, As(text="}")]

    def _field(self, kind: GraphQLObjectType, details: Any, shape: Shape) -> Parts:
        name = details[0].node.name.value
        if name == "__typename":
            told_type = _type_told(shape)
            return _quoted(told_type) if told_type else [As(text=f'"{kind.name}"')]
        told, definition = shape.fields.get(name), self._executor.schema.get_field(kind, name)
        if told is None or definition is None or any(one.node.arguments for one in details):
            raise NotWritten
        if isinstance(told, Later):
            self.later.append(self._selected(definition.type, details))
            return _marked(told.told)
        return self._parts(definition.type, details, told)

    def _selected(self, kind: GraphQLOutputType, details: Any) -> Selected:
        step = self._executor.step(kind, details)
        if step is None:
            raise NotWritten

        def write(value: Any) -> str | None:
            try:
                return orjson.dumps(step(value)).decode()
            except Exception:  # graphql-core meets it again, and tells it
                return None

        return Selected(text=self._told(get_named_type(kind), details), write=write)

    def _told(self, kind: Any, details: Any) -> str:
        if not is_object_type(kind):
            return ""
        selected = []
        for name, of_field in self.fields(kind, details).items():
            field = of_field[0].node.name.value
            below = self._told(get_named_type(kind.fields[field].type), of_field) if field in kind.fields else ""
            selected.append(f"{name}:{field}{below}")
        return "{" + " ".join(selected) + "}"


def _type_told(shape: Shape) -> str:
    """The expression for the name of the type of an interface; empty where there is but one type."""
    if shape.kinds is None:
        return ""
    told, types = shape.kinds
    cases = " ".join(f"WHEN '{value}' THEN '{name}'" for value, name in types.items())
    return f"CASE {told} {cases} END"


# --- Pages ------------------------------------------------------------------------------------------------------------


@frozen
class Paging:
    """How a connection is written: its nodes by their *shape*, in an *order* by a *key*, as its cursors name them."""

    order: str
    key: cursor.Key
    shape: Shape


@frozen
class PagePlan:
    """How a page is written: the text of each row, and for ``edges`` the members of an edge.

    *later* is filled into the texts, for each row in their order.
    """

    written: str
    members: tuple[tuple[str, str], ...] | None
    later: tuple[Selected, ...]


@frozen
class WrittenPage:
    """A page, ready to be spliced into the answer: *nodes* or *edges*, whichever is selected."""

    nodes: Any
    edges: Any
    page_info: PageInfo


async def page(
    info: Info, listing: Listing, window: Window, paging: Paging, fill: Fill | None = None
) -> WrittenPage | None:
    """The page of *listing* as PostgreSQL writes it, what is later by *fill*; None where graphql-core must answer."""
    executor = planned_by(info)
    if executor is None or not info.context.splices:
        return None
    nodes = info._raw_info.field_nodes
    plan = executor.kept(nodes, lambda: _plan_of(executor, info, paging.shape))
    if plan is None:
        return None
    # Rows of the key and the text. Without a text, graphql-core must tell what is wrong with a row.
    found = await info.context.page(tuple, rows_of(plan, listing), window)
    if any(row[-1] is None for row in found.lines):
        return None
    if plan.later and fill is not None:
        filled = await _filled(found.lines, plan.later, fill)
        if filled is None:
            return None
        found = replace(found, lines=filled)
    with_keys = found.lines if plan.members is not None else [*found.lines[:1], *found.lines[-1:]]
    texts = Page(lines=[row[-1] for row in found.lines], has_next=found.has_next, has_previous=found.has_previous)
    return _spliced(plan, paging, texts, [row[:-1] for row in with_keys])


def _spliced(plan: PagePlan, paging: Paging, found: Page[str], keys: Sequence[Row]) -> WrittenPage:
    """The page of the texts *found*; *keys* are those of its rows, or of the first and the last where that will do."""
    cursors = [cursor.write(paging.order, key) for key in keys]
    if plan.members is None:
        written = found.lines
    else:
        written = [_edge(plan.members, *one) for one in zip(cursors, found.lines, strict=True)]
    together = Fragment(f"[{','.join(written)}]")
    return WrittenPage(nodes=together, edges=together, page_info=PageInfo.of(found, cursors))


async def _filled(rows: Sequence[Row], later: Sequence[Selected], fill: Fill) -> list[Row] | None:
    """The *rows* with what comes *later* in their texts."""
    parts: list[list[str]] = [row[-1].split(_MARK) for row in rows]
    asked = [
        (row[:-1], told, selected)
        for row, of_row in zip(rows, parts, strict=True)
        for told, selected in zip(of_row[1::2], later, strict=True)
    ]
    written = await fill(asked)
    if written is None:
        return None
    for nth, of_row in enumerate(parts):
        of_row[1::2] = written[nth * len(later) : (nth + 1) * len(later)]
    return [(*row[:-1], "".join(of_row)) for row, of_row in zip(rows, parts, strict=True)]


def _edge(members: tuple[tuple[str, str], ...], at: str, node: str) -> str:
    values = {"cursor": f'"{at}"', "node": node}
    return "{" + ",".join(f'"{name}":{values.get(what, what)}' for name, what in members) + "}"


def _plan_of(executor: PlannedExecution, info: Info, shape: Shape) -> PagePlan | None:
    """How the page is written that a connection field selects; None where it is not."""
    writer, details = Writer(executor), executor.details(info._raw_info.field_nodes)
    connection: Any = get_named_type(info._raw_info.return_type)
    try:
        return plan_of(writer, connection, writer.fields(connection, details), shape)
    except NotWritten:
        return None


def plan_of(writer: Writer, connection: Any, selected: Mapping[str, Any], shape: Shape) -> PagePlan:
    """How a page is written of which *selected* is asked for. Raises NotWritten."""
    lists = [
        (field, details) for details in selected.values() if (field := details[0].node.name.value) in ("nodes", "edges")
    ]
    if len(lists) != 1:
        raise NotWritten
    ((field, details),) = lists
    each: Any = get_named_type(connection.fields[field].type)
    if field == "nodes":
        text = writer.value(GraphQLNonNull(each), details, shape)
        return PagePlan(written=text, members=None, later=tuple(writer.later))
    members = [(name, of_field, of_field[0].node.name.value) for name, of_field in writer.fields(each, details).items()]
    shown = [writer.value(each.fields["node"].type, of_field, shape) for _, of_field, what in members if what == "node"]
    if len(shown) != 1:
        raise NotWritten
    named = {"__typename": f'"{each.name}"'}
    return PagePlan(
        written=shown[0],
        members=tuple((name, named.get(what, what)) for name, _, what in members),
        later=tuple(writer.later),
    )


def rows_of(plan: PagePlan, listing: Listing) -> Listing:
    """*listing* with what a page is made of: for each row the key, and then its text, called ``written``."""
    return replace(listing, select=_selecting(plan.written, listing.key))


@lru_cache(maxsize=512)
def _selecting(text: str, key: tuple[str, ...]) -> SQL:
    columns = ", ".join(Identifier(*column.split(".")).as_string() for column in key)
    return sql(f"{columns}, {text} AS written")


def page_of(plan: PagePlan, paging: Paging, window: Window, gathered: Row) -> WrittenPage:
    """The page that was *gathered*. Raises NotWritten when there is a row without a text."""
    *told, count, written = gathered
    texts = written.split(BETWEEN) if written is not None else []
    if len(texts) != count:
        raise NotWritten
    found = cut(texts, window)
    keys: Sequence[Row] = ()
    if found.lines and plan.members is not None:
        keys = cut(list(zip(*told, strict=True)), window).lines
    elif found.lines:
        ends = (tuple(told[: len(paging.key)]), tuple(told[len(paging.key) :]))
        keys = ends[::-1] if window.backwards else ends
    return _spliced(plan, paging, found, keys)
