"""Shapes: how PostgreSQL writes the JSON of each GraphQL type, declared once beside the type.

``written`` names the row that a type's fields are read from. A field whose column has its name needs no more. The
others have a form: an SQL expression, the rows of an object or a list, the pages of a connection, or a value that
Python makes from the row. A field with arguments has a function that turns them into its rows.
"""

from asyncio import gather
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any, TypeAlias, TypeVar

from api.contract.values import When
from projections.tables.currencies import by_places
from projections.tables.paging import Listing, Window

T = TypeVar("T", bound=type)


class Word(str):
    """An expression of a text that needs no escaping in JSON: event ids, names of events, dates, currencies."""

    __slots__ = ()


class Json(str):
    """An expression whose value is JSON."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class Named:
    """The name of the organisation or partnership in *row*: its present one, or below a Moment the one of then."""

    row: str


@dataclass(frozen=True, slots=True)
class Moment:
    """Which names are shown below a list: those of a day, as known at a position.

    *day* and *known* are the names of the list's parameters that hold them; empty for no limit.
    """

    day: str = ""
    known: str = ""


@dataclass(frozen=True, slots=True)
class Shape:
    """An object whose fields are read from the row named *row*: the form of each field by its Python name.

    *present* is the condition under which the object exists, if it may be null. *kinds* selects the type of an
    interface: an expression, and the type for each of its values.
    """

    row: str
    fields: Mapping[str, "Form"]
    present: str = ""
    kinds: tuple[str, Mapping[str, str]] | None = None


@dataclass(frozen=True, slots=True)
class Rows:
    """The rows of an object or a list: a FROM clause, which may name the rows around it, and the order of a list."""

    source: str
    order: str = ""
    moment: Moment | None = None


@dataclass(frozen=True, slots=True)
class RowsFor:
    """Rows that depend on arguments: *rows* returns them with their parameters, for the context and the arguments.

    Their objects have the shape of their type, unless *shape* is given.
    """

    rows: Callable[..., Awaitable[tuple[Rows, dict[str, Any]]]]
    shape: Shape | None = None
    moment: Moment | None = None


@dataclass(frozen=True, slots=True)
class Pages:
    """A connection: *listing* returns the list and the window for the context and the arguments."""

    listing: Callable[..., Awaitable[tuple[Listing, Window]]]
    moment: Moment | None = None


@dataclass(frozen=True, slots=True)
class Made:
    """A value that Python makes: *make* returns one for each of several keys.

    *key* is an SQL expression of a JSON array over the row; empty if there is no row. A *lasting* value depends on
    nothing but its key.
    """

    make: Callable[..., Awaitable[list[Any]]]
    key: str = ""
    lasting: bool = False


@dataclass(frozen=True, slots=True)
class ThisRow:
    """The object of the row around it."""


Form: TypeAlias = str | Named | Shape | Rows | RowsFor | Pages | Made | ThisRow

# The key of a field's metadata for its form, if it is declared with the field.
FORM = "form"
_SHAPES: dict[type, Shape] = {}


def written(row: str, *, kinds: tuple[str, Mapping[str, str]] | None = None, **fields: Form) -> Callable[[T], T]:
    """Declare that PostgreSQL writes a type from the row named *row*, with the form of *fields* by Python name."""

    def declare(kind: T) -> T:
        _SHAPES[kind] = Shape(row=row, fields=fields, kinds=kinds)
        return kind

    return declare


def shape_of(kind: type) -> Shape | None:
    """The shape of a type, with the fields of the types that it is made of; None if it has none."""
    found = [_SHAPES[one] for one in reversed(kind.__mro__) if one in _SHAPES]
    if not found:
        return None
    together = {name: form for shape in found for name, form in shape.fields.items()}
    return Shape(row=found[-1].row, fields=together, kinds=found[-1].kinds)


def each(make: Callable[..., Awaitable[Any]]) -> Callable[..., Awaitable[list[Any]]]:
    """*make* of one value as the ``make`` of a Made. It gets the context, the parts of the key and the arguments."""

    async def of_keys(context: Any, keys: list[list[Any]], **arguments: Any) -> list[Any]:
        return await gather(*(make(context, *key, **arguments) for key in keys))

    return of_keys


def money(amount: str, currency: str) -> Shape:
    """An amount in two columns, with the minor-unit places of its currency. NULL for an amount with more places."""
    places = by_places(currency, {0: "0", 2: "2", 3: "3"})
    rounded = f"round({amount}, {places})"
    exact = f"CASE WHEN scale({amount}) = {places} THEN {amount} WHEN {rounded} = {amount} THEN {rounded} END"
    return Shape(
        row="",
        fields={"amount": exact, "currency": Word(currency)},
        present=f"{amount} IS NOT NULL AND {currency} IS NOT NULL",
    )


def member(kind: type[Enum], text: str) -> str:
    """The SQL that writes the name of the member of *kind* whose value is *text*, SQL too."""
    plain = f"upper(replace({text}, ' ', '_'))"
    others = {one.value: one.name for one in kind if one.value.replace(" ", "_").upper() != one.name}
    named = " ".join(f"WHEN '{value}' THEN '{name}'" for value, name in others.items())
    return f"CASE {text} {named} ELSE {plain} END" if others else plain


def when(column: str) -> Shape:
    """A date in *column*. Python reads from its text which days it can be."""
    precision = (
        f"CASE WHEN {column} = 'unknown' THEN 'UNKNOWN' WHEN strpos({column}, '/') > 0 THEN 'RANGE'"
        f" ELSE (ARRAY['YEAR', 'MONTH', 'DAY'])[length(rtrim({column}, '~')) / 3] END"
    )
    days = {name: Made(make=_day_of(name), key=f"json_build_array({column})") for name in ("earliest", "latest")}
    return Shape(
        row="",
        fields={
            "text": Word(column),
            "precision": Word(precision),
            "approximate": f"strpos({column}, '~') > 0",
            **days,
        },
        present=f"{column} IS NOT NULL",
    )


def _day_of(name: str) -> Callable[..., Awaitable[list[Any]]]:
    async def make(_: Any, keys: list[list[Any]]) -> list[Any]:
        return [getattr(When.read(text), name) for (text,) in keys]

    return make


def instant(expression: str) -> str:
    """The JSON of an instant as Python writes it: without microseconds if they are 0."""
    shortest = escaped(expression)
    all_digits = f"""('"' || to_char({expression}, 'YYYY-MM-DD"T"HH24:MI:SS.USTZH:TZM') || '"')"""
    # PostgreSQL's JSON leaves out zeros at the end of a fraction, and Python does not. Only to_char writes all digits,
    # and it takes three times as long.
    part = f"date_part('microseconds', {expression})::integer"
    return f"CASE WHEN mod({part}, 10) > 0 OR mod({part}, 1000000) = 0 THEN {shortest} ELSE {all_digits} END"


def escaped(expression: str) -> str:
    """The JSON of a text. to_json would take twice as long, because it looks up the type of each value."""
    return f"JSON_SERIALIZE(JSON_SCALAR({expression}) RETURNING text)"
