"""Values for every command, as a file writes them and as GraphQL does."""

from collections.abc import Callable, Mapping
from dataclasses import is_dataclass
from enum import Enum
from typing import Any
from uuid import uuid4

from strawberry.utils.str_converters import to_camel_case as camel

from api.commands.generated import NAMES, spelled
from domain.commands import Field, fields_of
from domain.values.money import Money
from domain.values.when import When

GBP = {"amount": "10.00", "currency": "GBP"}
# How a field names a thing: from the kind of the thing to its name.
Naming = Callable[[str], str]


def new() -> str:
    """A word that is used only once."""
    return f"t{uuid4().hex[:10]}"


def values_for(kind: type[Any], named: Naming, *, all_fields: bool = True) -> dict[str, Any]:
    """A value for every field of a command or value, or for those only that it must have."""
    wanted = {name: field for name, field in fields_of(kind).items() if all_fields or not field.optional}
    return {name: _value(name, field, named) for name, field in wanted.items()}


def _value(name: str, field: Field, named: Naming) -> Any:
    kind = field.kind
    if field.list:
        return [_value(name, field._replace(list=False), named)]
    if field.begun:
        return f"{field.named}-{new()}"
    if field.named is not None:
        return named(field.named)
    if kind is Money:
        return GBP
    if kind is When:
        return "2005-04-01"
    if is_dataclass(kind) and isinstance(kind, type):
        return values_for(kind, named)
    if issubclass(kind, Enum):
        return next(iter(kind)).value
    simple: Mapping[Any, Any] = {int: 1, bool: True, str: "GBP" if name == "currency" else new()}
    return simple[kind]


def for_graphql(kind: type[Any], values: Mapping[str, Any]) -> dict[str, Any]:
    """*values* of a command or value as GraphQL takes them."""
    fields = fields_of(kind)
    return {camel(spelled(name, fields[name])): _given(fields[name], one) for name, one in values.items()}


def _given(field: Field, value: Any) -> Any:
    if field.list:
        return [_given(field._replace(list=False), one) for one in value]
    if isinstance(value, dict) and field.kind is not Money:
        return for_graphql(field.kind, value)
    if isinstance(field.kind, type) and issubclass(field.kind, Enum):
        return field.kind(value).name
    return value


def mutation_named(command: type[Any]) -> str:
    """The name of the mutation that gives *command*."""
    name = NAMES.get(command.__name__, command.__name__)
    return f"{name[0].lower()}{name[1:]}"
