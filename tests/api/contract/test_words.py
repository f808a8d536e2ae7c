"""Every part of the schema has a description, and the description of a number names its unit."""

import re

import pytest
from graphql import GraphQLEnumType, GraphQLField, build_schema, get_named_type

from api.contract.words import ARGUMENTS, COMMAND_FIELDS, FIELDS, PLACES, describe, parts, words
from api.schema import schema

UNIT = re.compile(
    r"days?\b|seconds|positions?\b|how many|number|major units|share|sum|which submission|minor-unit|place in",
    re.IGNORECASE,
)
NUMBERS = {"Int", "Float", "Decimal"}


def test_every_type_field_argument_and_value_is_described() -> None:
    assert [] == [place for place, part in parts(schema._schema) if not (part.description or "").strip()]


def test_the_description_of_a_number_names_its_unit() -> None:
    unitless = [
        place
        for place, part in parts(schema._schema)
        if isinstance(part, GraphQLField)
        and get_named_type(part.type).name in NUMBERS
        and not UNIT.search(part.description or "")
    ]
    assert [] == unitless


def test_every_description_belongs_to_a_part_of_the_schema() -> None:
    places = dict(parts(schema._schema))
    said = {place: words(schema._schema, place) for place in places}
    assert [] == sorted(set(PLACES) - set(places))
    used = set(said.values())
    assert [] == sorted(name for name, text in {**FIELDS, **ARGUMENTS, **COMMAND_FIELDS}.items() if text not in used)


@pytest.mark.parametrize(
    "added", ["type Query { strange: Int }", "type Query { id(strange: Int): ID }", "enum Strange { A }"]
)
def test_a_part_without_a_description_is_found(added: str) -> None:
    """The control."""
    served = build_schema(added if "Query" in added else f"{added} type Query {{ id: Strange }}")
    describe(served)
    assert [] != [place for place, part in parts(served) if not part.description]


def test_the_values_of_an_enumeration_are_described_where_clients_read_them() -> None:
    lane = schema._schema.type_map["Lane"]
    assert isinstance(lane, GraphQLEnumType)
    assert lane.values["AWARD"].description
    assert '"""Awards and their conditions."""\n  AWARD' in f"{schema}"
