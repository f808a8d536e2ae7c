"""Answers that PostgreSQL writes: of hot lists, the JSON of what is selected, as one text for each row.

A shape says, for each field of a type, where its value stands in SQL. A selection that asks for nothing else is made
into one expression, once for a document, and the texts of its rows are spliced into the answer as they come; what has
to be worked out in Python is filled into them. Everything else is answered by graphql-core from the rows: a field
without a place in its shape, an argument below, and a row in which something is null that may not be, whose error
graphql-core finds and tells.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any, TypeAlias, cast

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

from api import cursor
from api.context import Info
from api.plans import PlannedExecution, planned_by
from api.values import PageInfo
from domain.frozen import frozen
from domain.money import MINOR_UNITS
from projections.paging import Listing, Window


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
    return Shape(fields={"text": column}, present=f"{column} IS NOT NULL")


def money(amount: str, currency: str) -> Shape:
    """An amount of money in two columns, in the minor units of its currency; not one that is finer."""
    by_places: dict[int, list[str]] = {}
    for code, places in MINOR_UNITS.items():
        by_places.setdefault(places, []).append(f"'{code}'")
    others = " ".join(f"WHEN {currency} IN ({', '.join(codes)}) THEN {places}" for places, codes in by_places.items())
    rounded = f"round({amount}, CASE {others} ELSE 2 END)"
    exact = f"CASE WHEN {rounded} = {amount} THEN {rounded} END"
    return Shape(
        fields={"amount": exact, "currency": currency}, present=f"{amount} IS NOT NULL AND {currency} IS NOT NULL"
    )


# How the scalars stand in JSON. What has nothing in it to escape is put in quotes as it is.
_ESCAPED = "to_json({})::text"
_QUOTED = """'"' || ({})::text || '"'"""
_BARE = "({})::text"
# What a row tells for Python stands between two of these, which JSON has only escaped.
_MARK = "\x01"
_MARKED = r"E'\x01' || ({})::text || E'\x01'"
# As Python writes it: without microseconds where there are none.
_INSTANT = """'"' || replace(to_char({}, 'YYYY-MM-DD"T"HH24:MI:SS.USTZH:TZM'), '.000000', '') || '"'"""
SCALARS = {
    "String": _ESCAPED,
    "ID": _ESCAPED,
    "Int": _BARE,
    "Boolean": _BARE,
    "Decimal": _QUOTED,
    "LogPosition": _QUOTED,
    "DateTime": _INSTANT,
}


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
        if isinstance(kind, GraphQLNonNull):
            return self._value(kind.of_type, details, told)
        if isinstance(told, str):
            return f"coalesce({self._value(kind, details, told)}, 'null')"
        if not told.present:
            raise NotWritten
        return f"CASE WHEN {told.present} THEN {self._value(kind, details, told)} ELSE 'null' END"

    def _value(self, kind: Any, details: Any, told: "str | Shape") -> str:
        if isinstance(told, str):
            if is_enum_type(kind):
                return _QUOTED.format(told)
            if not is_leaf_type(kind) or kind.name not in SCALARS:
                raise NotWritten
            return SCALARS[kind.name].format(told)
        if is_list_type(kind):
            each = self.value(kind.of_type, details, told)
            # A text that is NULL would be left out: then there is no list either. With OFFSET each is made only once.
            return (
                "(SELECT CASE WHEN count(*) = count(w) THEN '[' || coalesce(string_agg(w, ',' ORDER BY o), '') || ']'"
                f" END FROM (SELECT {each} AS w, {told.order} AS o FROM {told.source} OFFSET 0) AS listed)"
            )
        if is_object_type(kind):
            found = self._object(kind, details, told)
        elif is_abstract_type(kind) and told.kinds is not None:
            found = self._one_of(kind, details, told)
        else:
            raise NotWritten
        return f"(SELECT {found} FROM {told.source})" if told.source and not told.order else found

    def _one_of(self, kind: Any, details: Any, shape: Shape) -> str:
        expression, types = shape.kinds or ("", {})
        by_name = {
            one.name: self._object(one, details, shape) for one in self._executor.schema.get_possible_types(kind)
        }
        if set(by_name) != set(types.values()):
            raise NotWritten
        if len(set(by_name.values())) == 1:
            return next(iter(by_name.values()))
        cases = " ".join(f"WHEN '{value}' THEN {by_name[name]}" for value, name in types.items())
        return f"CASE {expression} {cases} END"

    def _object(self, kind: GraphQLObjectType, details: Any, shape: Shape) -> str:
        members = [
            f"""'"{name}":' || ({self._field(kind, of_field, shape)})"""
            for name, of_field in self.fields(kind, details).items()
        ]
        return "('{' || " + " || ',' || ".join(members) + " || '}')"

    def _field(self, kind: GraphQLObjectType, details: Any, shape: Shape) -> str:
        name = details[0].node.name.value
        if name == "__typename":
            return _QUOTED.format(_type_told(shape) or f"'{kind.name}'")
        told, definition = shape.fields.get(name), self._executor.schema.get_field(kind, name)
        if told is None or definition is None or any(one.node.arguments for one in details):
            raise NotWritten
        if isinstance(told, Later):
            self.later.append(self._selected(definition.type, details))
            return _MARKED.format(told.told)
        return self.value(definition.type, details, told)

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
    expression, types = shape.kinds
    cases = " ".join(f"WHEN '{value}' THEN '{name}'" for value, name in types.items())
    return f"CASE {expression} {cases} END"


# --- Pages ------------------------------------------------------------------------------------------------------------


@frozen
class PagePlan:
    """How a page is written: its key and the text of each row, and for ``edges`` the members of an edge.

    *later* is filled into the texts, for each row in their order.
    """

    select: SQL
    members: tuple[tuple[str, str], ...] | None
    later: tuple[Selected, ...]


@frozen
class WrittenPage:
    """A page, ready to be spliced into the answer: *nodes* or *edges*, whichever is selected."""

    nodes: Any
    edges: Any
    page_info: PageInfo


async def page(
    info: Info, order: str, listing: Listing, window: Window, shape: Shape, fill: Fill | None = None
) -> WrittenPage | None:
    """The page of *listing* as PostgreSQL writes it, what is later by *fill*; None where graphql-core must answer."""
    executor = planned_by(info)
    if executor is None or not info.context.splices:
        return None
    plan = executor.kept(info._raw_info.field_nodes, lambda: _plan_of(executor, info, shape, listing.key))
    if plan is None:
        return None
    # Rows of the key and the text. Without a text, graphql-core must tell what is wrong with a row.
    found = await info.context.page(tuple, replace(listing, select=plan.select), window)
    texts = [row[-1] for row in found.lines]
    if None in texts:
        return None
    if plan.later and fill is not None:
        filled = await _filled(found.lines, plan.later, fill)
        if filled is None:
            return None
        texts = filled
    ends = found.lines if plan.members is not None else [*found.lines[:1], *found.lines[-1:]]
    cursors = [cursor.write(order, row[:-1]) for row in ends]
    written = texts if plan.members is None else [_edge(plan.members, *one) for one in zip(cursors, texts, strict=True)]
    spliced = Fragment(f"[{','.join(written)}]")
    return WrittenPage(nodes=spliced, edges=spliced, page_info=PageInfo.of(found, cursors))


async def _filled(rows: Sequence[tuple[Any, ...]], later: Sequence[Selected], fill: Fill) -> list[str] | None:
    """The texts of *rows* with what comes *later*."""
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
    return ["".join(of_row) for of_row in parts]


def _edge(members: tuple[tuple[str, str], ...], at: str, node: str) -> str:
    values = {"cursor": f'"{at}"', "node": node}
    return "{" + ",".join(f'"{name}":{values.get(what, what)}' for name, what in members) + "}"


def _plan_of(executor: PlannedExecution, info: Info, shape: Shape, key: Sequence[str]) -> PagePlan | None:
    """How the page is written that a connection field selects; None where it is not."""
    writer, nodes = Writer(executor), info._raw_info.field_nodes
    connection: Any = get_named_type(info._raw_info.return_type)
    try:
        lists = [
            (field, details)
            for details in writer.fields(connection, executor.details(nodes)).values()
            if (field := details[0].node.name.value) in ("nodes", "edges")
        ]
        if len(lists) != 1:
            return None
        ((field, details),) = lists
        each: Any = get_named_type(connection.fields[field].type)
        if field == "nodes":
            text = writer.value(GraphQLNonNull(each), details, shape)
            return PagePlan(select=_select(key, text), members=None, later=tuple(writer.later))
        members = [
            (name, of_field, of_field[0].node.name.value) for name, of_field in writer.fields(each, details).items()
        ]
        shown = [
            writer.value(each.fields["node"].type, of_field, shape) for _, of_field, what in members if what == "node"
        ]
        if len(shown) != 1:
            return None
        named = {"__typename": f'"{each.name}"'}
        return PagePlan(
            select=_select(key, shown[0]),
            members=tuple((name, named.get(what, what)) for name, _, what in members),
            later=tuple(writer.later),
        )
    except NotWritten:
        return None


def _select(key: Sequence[str], text: str) -> SQL:
    # Made of shapes and of names that the schema knows; nothing in it is anybody's input.
    columns = ", ".join(Identifier(*column.split(".")).as_string() for column in key)
    return SQL(cast(Any, f"{columns}, {text} AS written"))
