"""Write answer texts in PostgreSQL: the JSON of each row of a frequently used list, as one text.

A shape gives an SQL expression for each field of a type. A selection of such fields becomes one expression, once per
document, and the texts of its rows are inserted into the answer without reading them. Values that only Python can make
are filled into the texts. graphql-core answers everything else from the rows: a field without an expression, a field
with arguments, and a row with a null that is not allowed, whose error graphql-core reports.
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
    """A column of texts that need no escaping in JSON: event ids, names of events, dates, currencies."""

    __slots__ = ()


class Json(str):
    """An expression whose value is JSON."""

    __slots__ = ()


@frozen
class Shape:
    """How PostgreSQL writes an object: an expression for each field, or the shape of the object in the field.

    *source* is the FROM clause of its rows, if they are not those of the enclosing object; *order* orders them in a
    list. *present* is the condition under which the object exists, if it may be null. *kinds* selects the type of an
    interface: an expression, and the type for each of its values.
    """

    fields: Mapping[str, "str | Shape | Later"]
    source: str = ""
    order: str = ""
    present: str = ""
    kinds: tuple[str, Mapping[str, str]] | None = None


@frozen
class Later:
    """A value that Python writes, from the value of *expression* in the row. It cannot be below a list."""

    expression: str


@frozen
class Selected:
    """The selection of an object that Python writes.

    *text* is the same for the same selection. *write* returns the JSON of an object; None if graphql-core has to do it.
    """

    text: str
    write: Callable[[Any], str | None]


# Writes the values that Python makes, from (key of the row, value of the expression, selection) for each. None if
# graphql-core has to do it.
Fill: TypeAlias = Callable[[list[tuple[tuple[Any, ...], str, Selected]]], Awaitable[list[str] | None]]


def when(column: str) -> Shape:
    """A date in *column*. SQL writes only its text; its other fields are made in Python."""
    return Shape(fields={"text": Word(column)}, present=f"{column} IS NOT NULL")


def money(amount: str, currency: str) -> Shape:
    """An amount in two columns, with the minor-unit places of its currency. NULL for an amount with more places."""
    places = by_places(currency, {0: "0", 2: "2", 3: "3"})
    rounded = f"round({amount}, {places})"
    exact = f"CASE WHEN scale({amount}) = {places} THEN {amount} WHEN {rounded} = {amount} THEN {rounded} END"
    return Shape(
        fields={"amount": exact, "currency": Word(currency)}, present=f"{amount} IS NOT NULL AND {currency} IS NOT NULL"
    )


@frozen
class Fixed:
    """A fixed part of a text. It is made of names in the schema, so it needs no escaping."""

    text: str


# The parts of a text: fixed parts and expressions.
Parts = list[Fixed | str]


def _escaped(sql_value: str) -> Parts:
    # Half the time of to_json, which looks up the type of each value.
    return [f"JSON_SERIALIZE(JSON_SCALAR({sql_value}) RETURNING text)"]


def _quoted(sql_value: str) -> Parts:
    return [Fixed(text='"'), f"({sql_value})::text", Fixed(text='"')]


def _bare(sql_value: str) -> Parts:
    return [f"({sql_value})::text"]


def instant(sql_value: str) -> str:
    """The JSON of an instant as Python writes it: without microseconds if they are 0."""
    (shortest,) = _escaped(sql_value)
    all_digits = f"""('"' || to_char({sql_value}, 'YYYY-MM-DD"T"HH24:MI:SS.USTZH:TZM') || '"')"""
    # PostgreSQL's JSON leaves out zeros at the end of a fraction, and Python does not. Only to_char writes all digits,
    # and it takes three times as long.
    part = f"date_part('microseconds', {sql_value})::integer"
    return f"CASE WHEN mod({part}, 10) > 0 OR mod({part}, 1000000) = 0 THEN {shortest} ELSE {all_digits} END"


def _instant(sql_value: str) -> Parts:
    return [instant(sql_value)]


# Marks the start and the end of a value for Python in a text. JSON never contains this character unescaped.
_MARK = "\x01"


def _marked(sql_value: str) -> Parts:
    return [Fixed(text=_MARK), f"({sql_value})::text", Fixed(text=_MARK)]


# How each scalar is written in JSON.
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
    """The SQL that joins *parts* into one text; NULL if one of them is NULL.

    Neighbouring fixed parts are merged, because PostgreSQL takes as long for a fixed part as for a value.
    """
    words: list[str] = []
    for is_fixed, together in groupby(parts, lambda part: isinstance(part, Fixed)):
        if is_fixed:
            words.append("'" + "".join(part.text for part in together if isinstance(part, Fixed)) + "'")
        else:
            words += [part for part in together if isinstance(part, str)]
    return f"({' || '.join(words)})"


# A row of the database. Its last column is a JSON text.
Row = tuple[Any, ...]


class NotWritten(Exception):
    """Something is selected that a shape does not have."""


class Writer:
    """Turns the selections of one operation into SQL."""

    def __init__(self, executor: PlannedExecution) -> None:
        self._executor = executor
        # The selections for Python, in their order in the text of a row.
        self.later: list[Selected] = []

    def fields(self, kind: GraphQLObjectType, details: Any) -> dict[str, Any]:
        """The selected fields of *kind*, by their names in the answer. Raises NotWritten for deferred fields."""
        grouped, deferred, _ = self._executor.collect_subfields(kind, details)
        if deferred:
            raise NotWritten
        return dict(grouped)

    def value(self, kind: GraphQLOutputType, details: Any, form: "str | Shape") -> str:
        """The SQL for the JSON of a value of *kind*. It is NULL if a part is null that must not be."""
        return expression(self._parts(kind, details, form))

    def member(self, kind: GraphQLObjectType, details: Any, shape: Shape) -> str:
        """The SQL for the JSON of a field of *kind*."""
        return expression(self._field(kind, details, shape))

    def _parts(self, kind: GraphQLOutputType, details: Any, form: "str | Shape") -> Parts:
        if isinstance(kind, GraphQLNonNull):
            return self._non_null(kind.of_type, details, form)
        found = expression(self._non_null(kind, details, form))
        if isinstance(form, str):
            return [f"coalesce({found}, 'null')"]
        if not form.present:
            raise NotWritten
        return [f"CASE WHEN {form.present} THEN {found} ELSE 'null' END"]

    def _non_null(self, kind: Any, details: Any, form: "str | Shape") -> Parts:
        if isinstance(form, Json):
            return [form]
        if isinstance(form, str):
            if is_enum_type(kind) or isinstance(form, Word):
                return _quoted(form)
            if not is_leaf_type(kind) or kind.name not in SCALARS:
                raise NotWritten
            return SCALARS[kind.name](form)
        if is_list_type(kind):
            each = self.value(kind.of_type, details, form)
            # string_agg skips NULL, so a list with a NULL text is NULL as a whole. OFFSET 0 computes each text once.
            return [
                "(SELECT CASE WHEN count(*) = count(w) THEN '[' || coalesce(string_agg(w, ',' ORDER BY o), '') || ']'"
                f" END FROM (SELECT {each} AS w, {form.order} AS o FROM {form.source} OFFSET 0) AS listed)"
            ]
        if is_object_type(kind):
            found = self._object(kind, details, form)
        elif is_abstract_type(kind) and form.kinds is not None:
            found = self._one_of(kind, details, form)
        else:
            raise NotWritten
        return [f"(SELECT {expression(found)} FROM {form.source})"] if form.source and not form.order else found

    def _one_of(self, kind: Any, details: Any, shape: Shape) -> Parts:
        type_expression, types = shape.kinds or ("", {})
        by_name = {
            one.name: self._object(one, details, shape) for one in self._executor.schema.get_possible_types(kind)
        }
        if set(by_name) != set(types.values()):
            raise NotWritten
        first, *others = by_name.values()
        if all(one == first for one in others):
            return first
        cases = " ".join(f"WHEN '{value}' THEN {expression(by_name[name])}" for value, name in types.items())
        return [f"CASE {type_expression} {cases} END"]

    def _object(self, kind: GraphQLObjectType, details: Any, shape: Shape) -> Parts:
        members: Parts = []
        for name, of_field in self.fields(kind, details).items():
            members += [Fixed(text=f'{"," if members else ""}"{name}":'), *self._field(kind, of_field, shape)]
        return [Fixed(text="{"), *members, Fixed(text="}")]

    def _field(self, kind: GraphQLObjectType, details: Any, shape: Shape) -> Parts:
        name = details[0].node.name.value
        if name == "__typename":
            type_name = _type_name(shape)
            return _quoted(type_name) if type_name else [Fixed(text=f'"{kind.name}"')]
        form, definition = shape.fields.get(name), self._executor.schema.get_field(kind, name)
        if form is None or definition is None or any(one.node.arguments for one in details):
            raise NotWritten
        if isinstance(form, Later):
            self.later.append(self._selected(definition.type, details))
            return _marked(form.expression)
        return self._parts(definition.type, details, form)

    def _selected(self, kind: GraphQLOutputType, details: Any) -> Selected:
        step = self._executor.step(kind, details)
        if step is None:
            raise NotWritten

        def write(value: Any) -> str | None:
            try:
                return orjson.dumps(step(value)).decode()
            except Exception:  # graphql-core meets the error again and reports it
                return None

        return Selected(text=self._selection_text(get_named_type(kind), details), write=write)

    def _selection_text(self, kind: Any, details: Any) -> str:
        if not is_object_type(kind):
            return ""
        selected = []
        for name, of_field in self.fields(kind, details).items():
            field = of_field[0].node.name.value
            below = kind.fields[field].type if field in kind.fields else None
            selected.append(f"{name}:{field}{self._selection_text(get_named_type(below), of_field) if below else ''}")
        return "{" + " ".join(selected) + "}"


def _type_name(shape: Shape) -> str:
    """The SQL for the name of an interface's type; empty if the object has only one type."""
    if shape.kinds is None:
        return ""
    type_expression, types = shape.kinds
    cases = " ".join(f"WHEN '{value}' THEN '{name}'" for value, name in types.items())
    return f"CASE {type_expression} {cases} END"


# --- Pages ------------------------------------------------------------------------------------------------------------


@frozen
class Paging:
    """How a connection is written: the *shape* of its nodes, and the *order* and *key* in its cursors."""

    order: str
    key: cursor.Key
    shape: Shape


@frozen
class PagePlan:
    """How a page is written: the SQL of the text of each row, and for ``edges`` the members of an edge.

    *later* are the selections that Python fills into the text of each row, in order.
    """

    written: str
    members: tuple[tuple[str, str], ...] | None
    later: tuple[Selected, ...]


@frozen
class WrittenPage:
    """A page as ready JSON: *nodes* or *edges*, as selected."""

    nodes: Any
    edges: Any
    page_info: PageInfo


async def page(
    info: Info, listing: Listing, window: Window, paging: Paging, fill: Fill | None = None
) -> WrittenPage | None:
    """The page of *listing* as PostgreSQL writes it, with *fill* for values of Python; None if graphql-core has to."""
    executor = planned_by(info)
    if executor is None or not info.context.splices:
        return None
    nodes = info._raw_info.field_nodes
    plan = executor.kept(nodes, lambda: _plan_of(executor, info, paging.shape))
    if plan is None:
        return None
    # Each row is the key and the text. If a text is NULL, graphql-core reports what is wrong with the row.
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
    """The page of the texts *found*; *keys* are those of all rows, or of the first and the last if that is enough."""
    cursors = [cursor.write(paging.order, key) for key in keys]
    if plan.members is None:
        written = found.lines
    else:
        written = [_edge(plan.members, *one) for one in zip(cursors, found.lines, strict=True)]
    together = Fragment(f"[{','.join(written)}]")
    return WrittenPage(nodes=together, edges=together, page_info=PageInfo.of(found, cursors))


async def _filled(rows: Sequence[Row], later: Sequence[Selected], fill: Fill) -> list[Row] | None:
    """The *rows* with the values of Python filled into their texts."""
    parts: list[list[str]] = [row[-1].split(_MARK) for row in rows]
    asked = [
        (row[:-1], value, selected)
        for row, of_row in zip(rows, parts, strict=True)
        for value, selected in zip(of_row[1::2], later, strict=True)
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
    """The plan of the page that a connection field selects; None if graphql-core has to answer."""
    writer, details = Writer(executor), executor.details(info._raw_info.field_nodes)
    connection: Any = get_named_type(info._raw_info.return_type)
    try:
        return plan_of(writer, connection, writer.fields(connection, details), shape)
    except NotWritten:
        return None


def plan_of(writer: Writer, connection: Any, selected: Mapping[str, Any], shape: Shape) -> PagePlan:
    """The plan of a page with the fields *selected*. Raises NotWritten."""
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
    """*listing* with the columns of a page: the key, and the text as ``written``."""
    return replace(listing, select=_selecting(plan.written, listing.key))


@lru_cache(maxsize=512)
def _selecting(text: str, key: tuple[str, ...]) -> SQL:
    columns = ", ".join(Identifier(*column.split(".")).as_string() for column in key)
    return sql(f"{columns}, {text} AS written")


def page_of(plan: PagePlan, paging: Paging, window: Window, gathered: Row) -> WrittenPage:
    """The page in the row *gathered*. Raises NotWritten if a row has no text."""
    *key_columns, count, written = gathered
    texts = written.split(BETWEEN) if written is not None else []
    if len(texts) != count:
        raise NotWritten
    found = cut(texts, window)
    keys: Sequence[Row] = ()
    if found.lines and plan.members is not None:
        keys = cut(list(zip(*key_columns, strict=True)), window).lines
    elif found.lines:
        ends = (tuple(key_columns[: len(paging.key)]), tuple(key_columns[len(paging.key) :]))
        keys = ends[::-1] if window.backwards else ends
    return _spliced(plan, paging, found, keys)
