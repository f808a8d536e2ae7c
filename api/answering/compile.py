"""The compiler: from the selection of a root field to one SQL statement that writes its JSON.

``api.answering.shapes`` has the forms of the fields; ``api.answering.statements`` says what is left open in the text.
"""

import re
from collections.abc import Callable
from itertools import groupby
from typing import Any, cast

import orjson
from graphql import (
    GraphQLField,
    GraphQLNonNull,
    GraphQLObjectType,
    Undefined,
    get_named_type,
    is_enum_type,
    is_leaf_type,
    is_list_type,
    is_object_type,
)
from orjson import Fragment
from strawberry.schema.schema_converter import GraphQLCoreConverter
from strawberry.types.field import StrawberryField

from api.answering.arguments import Arguments
from api.answering.shapes import (
    FORM,
    Form,
    Json,
    Made,
    Moment,
    Named,
    Pages,
    Rows,
    RowsFor,
    Shape,
    ThisRow,
    Word,
    escaped,
    instant,
    money,
    shape_of,
    when,
)
from api.answering.statements import (
    BAD,
    HOLE,
    OF,
    SLOT,
    Asked,
    AskedPage,
    AskedRows,
    Below,
    Compiled,
    Cursors,
    Hole,
    NotWritten,
    Worked,
)
from api.contract.values import When
from domain.values.frozen import frozen
from projections.register.reading import name_then


class NotCompiled(Exception):
    """Something is selected that has no form."""


@frozen
class Fixed:
    """A fixed part of a text. It is made of names in the schema, so it needs no escaping."""

    text: str


# The parts of a text: fixed parts and SQL expressions.
Parts = list[Fixed | str]


def _quoted(expression: str) -> Parts:
    return [Fixed(text='"'), f"({expression})::text", Fixed(text='"')]


def _bare(expression: str) -> Parts:
    return [f"({expression})::text"]


# How each scalar is written in JSON.
_SCALARS: dict[str, Callable[[str], Parts]] = {
    "String": lambda expression: [escaped(expression)],
    "ID": lambda expression: [escaped(expression)],
    "Int": _bare,
    "Boolean": _bare,
    "Decimal": _quoted,
    "LogPosition": _quoted,
    "Date": _quoted,
    "DateTime": lambda expression: [instant(expression)],
}


def _all_fixed(parts: Parts) -> bool:
    return all(isinstance(part, Fixed) for part in parts)


def joined(parts: Parts) -> str:
    """The SQL that joins *parts* into one text; NULL if one of them is NULL.

    Neighbouring fixed parts are merged, because PostgreSQL takes as long for a fixed part as for a value.
    """
    words: list[str] = []
    for is_fixed, together in groupby(parts, lambda part: isinstance(part, Fixed)):
        if is_fixed:
            words.append("'" + "".join(part.text for part in together if isinstance(part, Fixed)) + "'")
        else:
            words += [part for part in together if isinstance(part, str)]
    return f"({' || '.join(words)})" if len(words) > 1 else words[0]


class Compiler:
    """Compiles one statement of the root field *name*. Its methods raise NotCompiled for a selection without a form."""

    def __init__(self, schema: Any, executor: Any, name: str) -> None:
        self._schema, self._executor, self._name = schema, executor, name
        self._asked: list[Asked] = []
        self._holes: list[Hole] = []
        self._moment: Moment | None = None

    def root(self, kind: GraphQLObjectType, details: Any) -> Compiled:
        """The statement of a root field."""
        parts = self._field(kind, details, _shape_of(kind))
        if _all_fixed(parts):
            fixed = "".join(part.text for part in parts if isinstance(part, Fixed))
            return Compiled(self._name, "", self._asked, self._holes, fixed=fixed)
        return Compiled(self._name, f"SELECT {joined(parts)}", self._asked, self._holes)

    # --- Objects ------------------------------------------------------------------------------------------------------

    def _fields(self, kind: GraphQLObjectType, details: Any) -> dict[str, Any]:
        grouped, deferred, _ = self._executor.collect_subfields(kind, details)
        if deferred:
            raise NotCompiled
        return dict(grouped)

    def _object(self, kind: GraphQLObjectType, details: Any, shape: Shape) -> Parts:
        members: Parts = []
        for name, of_field in self._fields(kind, details).items():
            members += [Fixed(text=f'{"," if members else ""}"{name}":'), *self._field(kind, of_field, shape)]
        parts: Parts = [Fixed(text="{"), *members, Fixed(text="}")]
        return parts if _all_fixed(parts) else [f"coalesce({joined(parts)}, '{BAD}')"]

    def _row(self, kind: Any, details: Any) -> Parts:
        """The object of a row. An interface is one of several types."""
        shape = _shape_of(kind)
        if is_object_type(kind):
            return self._object(kind, details, shape)
        if shape.kinds is None:
            raise NotCompiled
        expression, types = shape.kinds
        possible = self._executor.schema.get_possible_types(kind)
        begun = len(self._asked), len(self._holes)
        alike = [self._again(begun, one, details, shape) for one in possible]
        if all(other == alike[0] for other in alike):
            return alike[0]
        del self._asked[begun[0] :], self._holes[begun[1] :]
        written = {one.name: joined(self._object(one, details, shape)) for one in possible}
        cases = " ".join(f"WHEN '{value}' THEN {written[name]}" for value, name in types.items())
        return [f"CASE {expression} {cases} ELSE '{BAD}' END"]

    def _again(self, begun: tuple[int, int], kind: GraphQLObjectType, details: Any, shape: Shape) -> Parts:
        """The object of one type of an interface, with the slots and holes numbered as for the types before it."""
        del self._asked[begun[0] :], self._holes[begun[1] :]
        return self._object(kind, details, shape)

    def _field(self, kind: GraphQLObjectType, details: Any, shape: Shape) -> Parts:
        name = details[0].node.name.value
        if name == "__typename":
            return [Fixed(text=f'"{kind.name}"')]
        definition = self._executor.schema.get_field(kind, name)
        return self._value(definition.type, details, _form_of(definition, shape), definition)

    def _value(self, kind: Any, details: Any, form: Form, definition: GraphQLField) -> Parts:
        if isinstance(form, Made):
            return self._made(kind, details, form, definition)
        if isinstance(kind, GraphQLNonNull):
            return self._given(kind.of_type, details, form, definition)
        found = joined(self._given(kind, details, form, definition))
        if isinstance(form, Shape):
            if not form.present:
                raise NotCompiled
            return [f"CASE WHEN {form.present} THEN {found} ELSE 'null' END"]
        return [f"coalesce({found}, 'null')"]

    def _given(self, kind: Any, details: Any, form: Form, definition: GraphQLField) -> Parts:
        around = self._moment
        if isinstance(form, RowsFor | Pages) or (isinstance(form, Rows) and form.moment is not None):
            # The parameters of a moment are those of its list, so it ends where another list has its own.
            self._moment = form.moment
        try:
            return self._formed(kind, details, form, definition)
        finally:
            self._moment = around

    def _formed(self, kind: Any, details: Any, form: Form, definition: GraphQLField) -> Parts:
        match form:
            case Named():
                return [escaped(_name_of(form, self._moment))]
            case Shape():
                return self._object(kind, details, form)
            case ThisRow():
                return self._row(kind, details)
            case Rows():
                return [self._of_rows(kind, details)(form)]
            case RowsFor():
                statement = self._of_rows(kind, details, form.shape)
                return self._slot(AskedRows(form, self._arguments(definition, details), statement))
            case Pages():
                return self._page(kind, details, form, definition)
            case Json():
                return [form]
            case Word():
                return _quoted(form)
            case str() if is_enum_type(kind):
                return _quoted(form)
            case str() if is_leaf_type(kind) and kind.name in _SCALARS:
                return _SCALARS[kind.name](form)
        raise NotCompiled

    def _of_rows(self, kind: Any, details: Any, shape: Shape | None = None) -> Callable[[Rows], str]:
        """Makes the SQL of an object or a list from its rows."""
        each: Any = get_named_type(kind)
        text = joined(self._object(each, details, shape) if shape is not None else self._row(each, details))
        if not is_list_type(kind):
            return lambda rows: f"(SELECT {text} FROM {rows.source})"
        return lambda rows: (
            f"(SELECT '[' || coalesce(string_agg({text}, ',' ORDER BY {rows.order}), '') || ']' FROM {rows.source})"
        )

    def _arguments(self, definition: GraphQLField, details: Any) -> Arguments:
        return Arguments(self._schema, definition, details[0].node)

    def _slot(self, asked: Asked) -> Parts:
        self._asked.append(asked)
        return [f"{SLOT}{len(self._asked) - 1}{SLOT}"]

    def _hole(self, hole: Hole) -> Callable[[str], Parts]:
        """The parts of a hole, for the SQL of its key."""
        self._holes.append(hole)
        number = len(self._holes) - 1
        begin, end = Fixed(text=f"{HOLE}{number}{OF}"), Fixed(text=HOLE)
        return lambda key: [begin, f"({key})::text" if key else Fixed(text="[]"), end]

    # --- Pages --------------------------------------------------------------------------------------------------------

    def _page(self, kind: GraphQLObjectType, details: Any, form: Pages, definition: GraphQLField) -> Parts:
        row = _shape_of(get_named_type(kind.fields["nodes"].type)).row
        at = self._hole(Cursors())
        lists: list[str] = []

        def cursor_of(place: str) -> Json:
            return Json(f"CASE WHEN <shown> > 0 THEN {joined(at(place))} END")

        def list_of(name: str, of_field: Any) -> Json:
            each: Any = get_named_type(kind.fields[name].type)
            edge = Shape(row=row, fields={"cursor": Json(joined(at("<key>"))), "node": ThisRow()})
            lists.append(joined(self._row(each, of_field) if name == "nodes" else self._object(each, of_field, edge)))
            shown = f"(array_agg(w{len(lists) - 1} ORDER BY <order>))[<start>:<end>]"
            return Json(f"'[' || coalesce(array_to_string({shown}, ','), '') || ']'")

        info = Shape(
            row="",
            fields={
                "has_next_page": "<next>",
                "has_previous_page": "<previous>",
                "start_cursor": cursor_of("<first>"),
                "end_cursor": cursor_of("<last>"),
            },
        )
        members: Parts = []
        for name, of_field in self._fields(kind, details).items():
            members.append(Fixed(text=f'{"," if members else ""}"{name}":'))
            match of_field[0].node.name.value:
                case "nodes" | "edges" as listed:
                    members.append(list_of(listed, of_field))
                case "pageInfo":
                    members += self._object(cast(Any, get_named_type(kind.fields["pageInfo"].type)), of_field, info)
                case "totalCount":
                    members.append("<count>")
                case "totals":
                    of_money: Any = get_named_type(kind.fields["totals"].type)
                    sums = joined(self._object(of_money, of_field, money("t.amount", "t.currency")))
                    members.append(
                        f"(SELECT '[' || coalesce(string_agg({sums}, ',' ORDER BY t.currency), '') || ']'"
                        " FROM (<totals>) t)"
                    )
                case "__typename":
                    members.append(Fixed(text=f'"{kind.name}"'))
                case _:
                    raise NotCompiled
        text = joined([Fixed(text="{"), *members, Fixed(text="}")])
        return self._slot(AskedPage(form, self._arguments(definition, details), text, lists, row))

    # --- Values of Python ---------------------------------------------------------------------------------------------

    def _made(self, kind: Any, details: Any, form: Made, definition: GraphQLField) -> Parts:
        worked = Worked(form, self._arguments(definition, details), self._write(kind, details))
        return self._hole(worked)(form.key)

    def _write(self, kind: Any, details: Any) -> Callable[[Any], Any]:
        """Turns a value of Python into what orjson writes. It raises NotWritten for a value that is not allowed."""
        if isinstance(kind, GraphQLNonNull):
            return _not_null(self._write(kind.of_type, details))
        if is_list_type(kind):
            each = self._write(kind.of_type, details)
            return lambda value: None if value is None else [each(one) for one in value]
        if is_leaf_type(kind):
            return lambda value: None if value is None else kind.coerce_output_value(value)
        if not is_object_type(kind):
            raise NotCompiled
        members = {name: self._member(kind, of_field) for name, of_field in self._fields(kind, details).items()}
        return lambda value: None if value is None else {name: member(value) for name, member in members.items()}

    def _member(self, kind: GraphQLObjectType, details: Any) -> Callable[[Any], Any]:
        """Turns a field of an object of Python into what orjson writes."""
        name = details[0].node.name.value
        if name == "__typename":
            return lambda _: kind.name
        definition = self._executor.schema.get_field(kind, name)
        field = _field_of(definition)
        if field.is_basic_field and not definition.args:
            write = self._write(definition.type, details)
            return lambda value: write(getattr(value, field.python_name))
        form = _form_of(definition, _shape_of(kind))
        if not isinstance(form, Rows):
            raise NotCompiled
        return self._below(_shape_of(kind).row, definition, details, form)

    def _below(self, row: str, definition: GraphQLField, details: Any, form: Rows) -> Callable[[Any], Any]:
        """A field of an object of Python that is in the database, where the object is the row named *row*."""
        below = Compiler(self._schema, self._executor, self._name)
        text = joined(below._value(definition.type, details, form, definition))
        columns = sorted(set(re.findall(rf"\b{row}\.(\w+)", form.source)))
        arrays = ", ".join(f"%(c{nth})s::text[]" for nth in range(len(columns)))
        source = f"unnest({arrays}) WITH ORDINALITY AS {row} ({', '.join(columns)}, nth)"
        compiled = Compiled(self._name, f"SELECT {text} FROM {source} ORDER BY {row}.nth", below._asked, below._holes)
        self._holes.append(Below(compiled))
        begin, end = f"{HOLE}{len(self._holes) - 1}{OF}", HOLE

        def hole(value: Any) -> Fragment:
            key = orjson.dumps([getattr(value, column) for column in columns]).decode()
            return Fragment(f"{begin}{key}{end}")

        return hole


def _name_of(form: Named, moment: Moment | None) -> str:
    if moment is None:
        return f"{form.row}.name"
    day = f"%({moment.day})s::date" if moment.day else "NULL::date"
    known = f"%({moment.known})s::bigint" if moment.known else "NULL::bigint"
    return name_then(form.row, day, known)


def _not_null(write: Callable[[Any], Any]) -> Callable[[Any], Any]:
    def found(value: Any) -> Any:
        written = write(value)
        if written is None or written is Undefined:
            raise NotWritten
        return written

    return found


def _field_of(definition: GraphQLField) -> StrawberryField:
    field = definition.extensions.get(GraphQLCoreConverter.DEFINITION_BACKREF)
    if not isinstance(field, StrawberryField) or field.extensions or field.permission_classes:
        raise NotCompiled
    return field


def _form_of(definition: GraphQLField, shape: Shape) -> Form:
    """The form of a field: the declared one, or its column, if the column has its name."""
    field = _field_of(definition)
    form: Form | None = field.metadata.get(FORM) or shape.fields.get(field.python_name)
    if form is not None:
        return form
    kind: Any = get_named_type(definition.type)
    column = f'{shape.row}."{field.python_name}"'
    if field.is_basic_field and shape.row and is_leaf_type(kind):
        return column
    if field.is_basic_field and shape.row and _origin(kind) is When:
        return when(column)
    raise NotCompiled


def _origin(kind: Any) -> type:
    origin = getattr(kind.extensions.get(GraphQLCoreConverter.DEFINITION_BACKREF), "origin", None)
    if not isinstance(origin, type):
        raise NotCompiled
    return origin


def _shape_of(kind: Any) -> Shape:
    shape = shape_of(_origin(kind))
    if shape is None:
        raise NotCompiled
    return shape
