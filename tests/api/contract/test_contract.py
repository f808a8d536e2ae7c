"""The schema has the names that clients rely on, with the types that they rely on."""

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest
from graphql import (
    GraphQLArgument,
    GraphQLEnumType,
    GraphQLInputField,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLSchema,
    GraphQLType,
    GraphQLUnionType,
    build_schema,
    is_introspection_type,
    is_required_argument,
    is_required_input_field,
    is_specified_scalar_type,
)

from api.schema import PRINTED, schema
from tests.kit import paths

CONTRACT = Path(__file__).with_name("contract.graphql")
# The original, where the project was developed.
SHARED = paths.SHARED / "contract.graphql"

# Names of the contract that the API does not have yet. When a name is added to the API, remove it; never add one.
MISSING: set[str] = set()


def test_the_printed_schema_is_the_schema_that_is_served() -> None:
    assert f"{schema}\n" == PRINTED.read_text(encoding="utf-8"), (
        "api/schema.graphql is not what the code serves: run `make schema` and commit it"
    )


def test_every_name_of_the_contract_is_served_except_those_known_to_be_missing() -> None:
    assert sorted(MISSING) == sorted(missing(_contract(), _ours()))


def test_no_type_of_the_contract_is_loosened() -> None:
    assert [] == list(loosened(_contract(), _ours()))


def test_the_copy_of_the_contract_is_the_contract() -> None:
    if not SHARED.exists():
        pytest.skip("the contract itself is not on this machine")
    assert SHARED.read_text(encoding="utf-8") == CONTRACT.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("served", "shown"),
    [
        ("type Query { a: Int! }", ["Query.b"]),
        ("type Query { a: Int  b(x: Int): [Int!]! }", ["Query.a: Int is looser than Int!"]),
        ("type Query { a: Int!  b(x: Int): [Int]! }", ["Query.b: [Int]! is looser than [Int!]!"]),
        ("type Query { a: Int!  b(x: Int!): [Int!]! }", ["Query.b(x:): Int! asks for more than Int"]),
        ("type Query { a: Int!  b: [Int!]! }", ["Query.b(x:)"]),
        ("type Query { a: Int!  b(x: Int, y: Int!): [Int!]! }", ["Query.b(y:): new, and must be given"]),
        ("type Query { a: Int!  b(x: Int, y: Int): [Int!]!  c: Int }", []),
    ],
)
def test_this_test_finds_a_schema_that_breaks_a_client(served: str, shown: list[str]) -> None:
    contract, ours = build_schema("type Query { a: Int!  b(x: Int): [Int!]! }"), build_schema(served)
    assert shown == [*missing(contract, ours), *loosened(contract, ours)]


class Name(NamedTuple):
    """A name that clients may rely on. *owner* is the name that it is part of; *asked* is True if clients give it."""

    owner: str | None
    type: GraphQLType | None = None
    asked: bool = False
    required: bool = False


def missing(contract: GraphQLSchema, ours: GraphQLSchema) -> Iterator[str]:
    """The names in *contract* that *ours* does not have; for a missing type or field, without its parts."""
    promised, served = names(contract), names(ours)
    for text, name in promised.items():
        if text not in served and (name.owner is None or name.owner in served):
            yield text


def loosened(contract: GraphQLSchema, ours: GraphQLSchema) -> Iterator[str]:
    """Where a type in *ours* is looser than in *contract*, or an argument stricter."""
    promised, served = names(contract), names(ours)
    for text, name in served.items():
        before = promised.get(text)
        if before is None:
            if name.required and name.owner in promised:
                yield f"{text}: new, and must be given"
        elif before.type is not None and name.type is not None:
            if name.asked and not fits(before.type, name.type):
                yield f"{text}: {name.type} asks for more than {before.type}"
            if not name.asked and not fits(name.type, before.type):
                yield f"{text}: {name.type} is looser than {before.type}"


def fits(given: GraphQLType, wanted: GraphQLType) -> bool:
    """Whether every value of the type *given* is a value of the type *wanted*."""
    if isinstance(wanted, GraphQLNonNull):
        return isinstance(given, GraphQLNonNull) and fits(given.of_type, wanted.of_type)
    if isinstance(given, GraphQLNonNull):
        return fits(given.of_type, wanted)
    if isinstance(wanted, GraphQLList):
        return isinstance(given, GraphQLList) and fits(given.of_type, wanted.of_type)
    return str(given) == str(wanted)


def names(schema_: GraphQLSchema) -> dict[str, Name]:
    """Every name of *schema_*: types, fields, arguments, values, members and interfaces."""
    found: dict[str, Name] = {}
    for text, kind in schema_.type_map.items():
        if is_introspection_type(kind) or is_specified_scalar_type(kind):
            continue
        found[text] = Name(None)
        match kind:
            case GraphQLObjectType() | GraphQLInterfaceType():
                found |= {f"{text} implements {one.name}": Name(text) for one in kind.interfaces}
                for field_name, field in kind.fields.items():
                    found[f"{text}.{field_name}"] = Name(text, field.type)
                    for argument_name, argument in field.args.items():
                        found[f"{text}.{field_name}({argument_name}:)"] = asked(f"{text}.{field_name}", argument)
            case GraphQLInputObjectType():
                found |= {f"{text}.{field_name}": asked(text, field) for field_name, field in kind.fields.items()}
            case GraphQLEnumType():
                found |= {f"{text}.{value}": Name(text) for value in kind.values}
            case GraphQLUnionType():
                found |= {f"{text} | {member.name}": Name(text) for member in kind.types}
    return found


def asked(owner: str, given: GraphQLArgument | GraphQLInputField) -> Name:
    """The name of an argument or an input field."""
    if isinstance(given, GraphQLArgument):
        return Name(owner, given.type, asked=True, required=is_required_argument(given))
    return Name(owner, given.type, asked=True, required=is_required_input_field(given))


def _contract() -> GraphQLSchema:
    return build_schema(CONTRACT.read_text(encoding="utf-8"))


def _ours() -> GraphQLSchema:
    return build_schema(str(schema))
