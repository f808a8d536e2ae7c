"""Whole operations: a query whose fields all have a form in SQL is answered by one statement for each root field.

A field with arguments has its form in its metadata, next to its resolver: how its arguments become a statement, and
how its value is made from the row. When a document has passed every check and everything that it selects has a form,
its statements run instead of its resolvers. After any error (an invalid variable, a null that is not allowed)
graphql-core answers the operation from the start, and reports the error.
"""

from collections.abc import Awaitable, Callable, Mapping
from functools import lru_cache
from typing import Any, cast

from graphql import (
    FieldNode,
    GraphQLField,
    GraphQLObjectType,
    ListValueNode,
    ObjectValueNode,
    OperationDefinitionNode,
    ValueNode,
    VariableNode,
    get_argument_values,
    get_named_type,
    get_variable_values,
)
from graphql.execution.collect_fields import collect_fields
from orjson import Fragment
from psycopg.errors import QueryCanceled
from psycopg_pool import PoolTimeout
from strawberry.schema.schema_converter import GraphQLCoreConverter
from strawberry.types.arguments import convert_arguments
from strawberry.types.field import StrawberryField

from api.answering.plans import PlannedExecution
from api.answering.written import NotWritten, Paging, Row, Shape, Writer, WrittenPage, page_of, plan_of, rows_of
from api.context import Context, FailedReads
from domain.values.frozen import frozen
from projections.tables.paging import Listing, Window, gathered, lines_of, named

# The key of a field's metadata for its form.
FORM = "form"

# The values of an operation's variables, as graphql-core reads them.
Variables = Any


# --- Forms ------------------------------------------------------------------------------------------------------------


@frozen
class Pages:
    """A connection: *listing* returns the list and the window for its arguments."""

    paging: Paging
    listing: Callable[..., Awaitable[tuple[Listing, Window]]]


@frozen
class Part:
    """A part of a Thing, written by *shape*: *statement* returns the SQL of its row and its parameters."""

    shape: Shape
    statement: Callable[..., Awaitable[tuple[str, dict[str, Any]]]]


@frozen
class Thing:
    """An object or null, from *source*: *key* returns the column that identifies it, and its value.

    *shape* has its own fields. Fields with arguments have their own forms, joined to its row, whose name is *row*.
    """

    shape: Shape
    source: str
    row: str
    key: Callable[..., Awaitable[tuple[str, str]]]


# --- Statements -------------------------------------------------------------------------------------------------------


@frozen
class Statement:
    """The statement of a field: it returns one row of *columns* columns, from which *value* makes the field's value."""

    text: str
    parameters: dict[str, Any]
    columns: int
    value: Callable[[Row], Any]


# Makes the statement of a field for one request.
Asking = Callable[[Context, Variables], Awaitable[Statement]]


class Arguments:
    """The arguments of a field as its resolver gets them. Without variables they are read once."""

    def __init__(self, schema: Any, definition: GraphQLField, node: FieldNode) -> None:
        self._schema, self._definition, self._node = schema, definition, node
        varying = any(_varies(argument.value) for argument in node.arguments or ())
        self._fixed = None if varying else self._read(None)

    def of(self, variables: Variables) -> dict[str, Any]:
        """The arguments with these *variables*."""
        return self._read(variables) if self._fixed is None else self._fixed

    def _read(self, variables: Variables) -> dict[str, Any]:
        return convert_arguments(
            get_argument_values(self._definition, self._node, variables),
            field_of(self._definition).arguments,
            self._schema.schema_converter.scalar_registry,
            self._schema.config,
        )


def _varies(value: ValueNode) -> bool:
    match value:
        case VariableNode():
            return True
        case ListValueNode():
            return any(map(_varies, value.values))
        case ObjectValueNode():
            return any(_varies(field.value) for field in value.fields)
        case _:
            return False


def field_of(definition: GraphQLField) -> StrawberryField:
    """The field in Strawberry. Raises NotWritten for a field with extensions or permissions, or without Strawberry."""
    field = definition.extensions.get(GraphQLCoreConverter.DEFINITION_BACKREF)
    if not isinstance(field, StrawberryField) or field.extensions or field.permission_classes:
        raise NotWritten
    return field


# --- Operations -------------------------------------------------------------------------------------------------------


class Whole:
    """An operation whose fields all have a form."""

    def __init__(self, schema: Any, operation: OperationDefinitionNode, roots: Mapping[str, Asking | str]) -> None:
        self._schema = schema
        self._operation = operation
        self._roots = roots

    async def answer(self, context: Context, given: Mapping[str, Any] | None) -> dict[str, Any] | None:
        """The data of the answer; None if graphql-core has to answer."""
        try:
            variables = None
            if self._operation.variable_definitions:
                variables = get_variable_values(self._schema, self._operation.variable_definitions, dict(given or {}))
                if isinstance(variables, list):
                    return None
            with context.without_waiting():
                return {name: await _answered(context, root, variables) for name, root in self._roots.items()}
        except (QueryCanceled, PoolTimeout) as error:
            # graphql-core reports the error without waiting for the database again.
            context.reads = FailedReads(error)
            return None
        except Exception:  # graphql-core meets the error again and reports it
            return None


async def _answered(context: Context, root: Asking | str, variables: Variables) -> Any:
    if isinstance(root, str):
        return root
    statement = await root(context, variables)
    async with context.reads.connection() as connection:
        rows: list[Row] = await lines_of(connection, tuple, statement.text, statement.parameters)
    return statement.value(rows[0]) if rows else None


def whole_of(schema: Any, executor: PlannedExecution) -> Whole | None:
    """The operation of *executor* as a whole; None unless all its fields have a form."""
    if not executor.lasts:
        return None
    kind = cast(GraphQLObjectType, executor.schema.query_type)
    selected = collect_fields(
        executor.schema, executor.fragments, executor.variable_values, kind, executor.operation
    ).grouped_field_set
    try:
        roots = {name: _root(Planner(schema, executor), kind, details) for name, details in selected.items()}
    except NotWritten:
        return None
    return Whole(executor.schema, executor.operation, roots)


def _root(planner: "Planner", kind: GraphQLObjectType, details: Any) -> Asking | str:
    if details[0].node.name.value == "__typename":
        return kind.name
    return planner.asking(kind, details, "root")


class Planner:
    """Makes the statements of one operation's fields. Its methods raise NotWritten for a field without a form."""

    def __init__(self, schema: Any, executor: PlannedExecution) -> None:
        self._schema = schema
        self._executor = executor
        self._writer = Writer(executor)

    def asking(self, parent: GraphQLObjectType, details: Any, name: str) -> Asking:
        """The statement of a field of *parent*. The names of its parameters begin with *name*."""
        definition = self._executor.schema.get_field(parent, details[0].node.name.value)
        if definition is None:
            raise NotWritten
        form = field_of(definition).metadata.get(FORM)
        arguments = Arguments(self._schema, definition, details[0].node)
        match form:
            case Pages():
                return self._pages(form, definition, details, arguments, name)
            case Part():
                return self._part(form, definition, details, arguments, name)
            case Thing() if name == "root":
                return self._thing(form, definition, details, arguments)
        raise NotWritten

    def _pages(self, form: Pages, definition: GraphQLField, details: Any, arguments: Arguments, name: str) -> Asking:
        kind: Any = get_named_type(definition.type)
        selected = self._writer.fields(kind, details)
        plan = plan_of(self._writer, kind, selected, form.paging.shape)
        if plan.later:
            raise NotWritten
        members = {one: self._member(kind, of_field) for one, of_field in selected.items()}

        async def asking(context: Context, variables: Variables) -> Statement:
            listing, window = await form.listing(context, **arguments.of(variables))
            text, parameters, columns = gathered(rows_of(plan, listing), window, name, ends=plan.members is None)

            def value(row: Row) -> Any:
                page = page_of(plan, form.paging, window, row)
                return {one: member(page) for one, member in members.items()}

            return Statement(text=text, parameters=parameters, columns=columns, value=value)

        return asking

    def _member(self, kind: GraphQLObjectType, details: Any) -> Callable[[WrittenPage], Any]:
        match details[0].node.name.value:
            case "__typename":
                return lambda _: kind.name
            case "nodes":
                return lambda page: page.nodes
            case "edges":
                return lambda page: page.edges
            case "pageInfo":
                step = self._plain(kind.fields["pageInfo"], details)
                return lambda page: step(page.page_info)
        raise NotWritten

    def _part(self, form: Part, definition: GraphQLField, details: Any, arguments: Arguments, name: str) -> Asking:
        written = self._writer.value(definition.type, details, form.shape)

        async def asking(context: Context, variables: Variables) -> Statement:
            text, parameters = await form.statement(context, **arguments.of(variables))
            return Statement(
                text=_written(written, text, name),
                parameters={f"{name}_{one}": value for one, value in parameters.items()},
                columns=1,
                value=lambda row: _fragment(row[0]),
            )

        return asking

    def _plain(self, definition: GraphQLField, details: Any) -> Callable[[Any], Any]:
        step = self._executor.plain(definition.type, details)
        if step is None:
            raise NotWritten
        return step

    def _thing(self, form: Thing, definition: GraphQLField, details: Any, arguments: Arguments) -> Asking:
        kind: Any = get_named_type(definition.type)
        columns = ["1"]
        askings: dict[str, Asking] = {}
        places: dict[str, int | str] = {}
        for name, of_field in self._writer.fields(kind, details).items():
            field = of_field[0].node.name.value
            if field == "__typename":
                places[name] = kind.name
            elif field in form.shape.fields:
                places[name] = len(columns)
                columns.append(self._writer.member(kind, of_field, form.shape))
            else:
                askings[name] = self.asking(kind, of_field, f"part_{len(askings)}")
                places[name] = ""
        own_columns, first = tuple(columns), len(columns)

        async def asking(context: Context, variables: Variables) -> Statement:
            column, value = await form.key(context, **arguments.of(variables))
            parts = {name: await part(context, variables) for name, part in askings.items()}
            return _together(form, own_columns, column, value, parts, lambda row: _thing_of(row, places, parts, first))

        return asking


def _together(
    form: Thing,
    columns: tuple[str, ...],
    column: str,
    value: str,
    parts: Mapping[str, Statement],
    made: Callable[[Row], Any],
) -> Statement:
    """The statement of a Thing, with all its *parts* of one row each."""
    parameters: dict[str, Any] = {"thing": value}
    for part in parts.values():
        parameters |= part.parameters
    return Statement(
        text=_joined(form.source, f"{form.row}.{column}", columns, tuple(part.text for part in parts.values())),
        parameters=parameters,
        columns=len(columns) + sum(part.columns for part in parts.values()),
        value=made,
    )


@lru_cache(maxsize=512)
def _joined(source: str, key: str, columns: tuple[str, ...], parts: tuple[str, ...]) -> str:
    """The SQL that selects *columns* and all *parts* of the row whose *key* is the parameter ``thing``."""
    joined = [f"LEFT JOIN LATERAL ({part}) AS of_{nth} ON true" for nth, part in enumerate(parts)]
    selected = ", ".join([*columns, *(f"of_{nth}.*" for nth in range(len(parts)))])
    return " ".join(["SELECT", selected, "FROM", source, *joined, "WHERE", key, "= %(thing)s"])


def _thing_of(row: Row, places: Mapping[str, int | str], parts: Mapping[str, Statement], first: int) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, place in places.items():
        if name in parts:
            part = parts[name]
            found[name] = part.value(row[first : first + part.columns])
            first += part.columns
        elif isinstance(place, str):
            found[name] = place
        else:
            found[name] = _fragment(row[place])
    return found


@lru_cache(maxsize=512)
def _written(expression: str, text: str, name: str) -> str:
    """The SQL of *expression* over the rows of the statement *text*; its parameters' names begin with *name*."""
    return named(" ".join(["SELECT", expression, "AS written FROM (", text, ") asked"]), name)


def _fragment(text: str | None) -> Fragment:
    """The JSON that PostgreSQL wrote. Raises NotWritten for NULL: graphql-core has to report the error."""
    if text is None:
        raise NotWritten
    return Fragment(text)
