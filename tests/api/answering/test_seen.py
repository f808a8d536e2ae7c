"""What a role may not read is refused before anything runs: every field of every type, for every role."""

from collections import deque
from functools import cache

import pytest
from graphql import (
    GraphQLInterfaceType,
    GraphQLObjectType,
    get_named_type,
    is_composite_type,
    is_required_argument,
    parse,
    validate,
)

from api.answering.seen import AREA_OF, is_open, refuse_unseen
from api.contract.errors import Problem
from api.schema import schema
from domain.across.permissions import EVERY_AREA, READS, Area
from domain.people.person import Role

SCHEMA = schema._schema
NEEDED = {"ID": '"x"', "String": '"x"', "Int": "1", "Date": '"2005-01-01"', "LogPosition": '"1"'}
Kind = GraphQLObjectType | GraphQLInterfaceType


@cache
def ways() -> dict[str, tuple[tuple[str, str], ...]]:
    """A way to each type from the roots of queries: the type and the field of each step. Fields with needed arguments
    are left out where there is another way.
    """
    found: dict[str, tuple[tuple[str, str], ...]] = {"Query": ()}
    queue = deque(["Query"])
    while queue:
        name = queue.popleft()
        kind = SCHEMA.type_map[name]
        for field, one in kind.fields.items():  # type: ignore[attr-defined]
            target = get_named_type(one.type).name
            if target in found or not is_composite_type(get_named_type(one.type)):
                continue
            found[target] = (*found[name], (name, field))
            queue.append(target)
            for possible in _possible(target):
                if possible not in found:
                    found[possible] = (*found[target], (target, f"... on {possible}"))
                    queue.append(possible)
    return found


def _possible(name: str) -> list[str]:
    kind = SCHEMA.type_map[name]
    if isinstance(kind, GraphQLInterfaceType):
        return [one.name for one in SCHEMA.get_possible_types(kind)]
    return []


def _arguments(parent: str, field: str) -> str:
    if field.startswith("..."):
        return ""
    one = SCHEMA.type_map[parent].fields[field]  # type: ignore[attr-defined]
    needed = [(name, arg) for name, arg in one.args.items() if is_required_argument(arg)]
    given = ", ".join(f"{name}: {_needed(f'{arg.type}')}" for name, arg in needed)
    return f"({given})" if given else ""


def _needed(kind: str) -> str:
    return "[]" if kind.startswith("[") else NEEDED.get(kind.removesuffix("!"), "{}")


def document_of(kind: str, field: str) -> tuple[str, frozenset[Area]]:
    """A query that asks for a field of a type, and the areas that it takes."""
    steps = (*ways()[kind], (kind, field))
    one = SCHEMA.type_map[kind].fields[field]  # type: ignore[attr-defined]
    inner = "{ __typename }" if is_composite_type(get_named_type(one.type)) else ""
    text = ""
    for parent, name in reversed(steps):
        text = f"{{ {name}{_arguments(parent, name)} {text or inner} }}"
    parents = [parent for parent, name in steps if not name.startswith("...")]
    return text, frozenset(AREA_OF[parent] for parent in parents if not is_open(parent))


FIELDS = [
    (name, field)
    for name, kind in sorted(SCHEMA.type_map.items())
    if name in AREA_OF and name in ways() and isinstance(kind, Kind)
    for field in kind.fields
]


def refused(text: str, sees: frozenset[Area]) -> bool:
    try:
        refuse_unseen(SCHEMA, parse(text), sees)
    except Problem as problem:
        found = problem.extensions or {}
        return found["code"] == "FORBIDDEN" and Area(found["area"]) not in sees
    return False


def test_nearly_every_type_is_reached_from_a_query() -> None:
    """Those that are not are reached from subscriptions alone, or from the command that reads a concern."""
    assert {"TimelineUpdate", "ConcernText"} >= set(AREA_OF) - set(ways())
    assert len(FIELDS) > 600


@pytest.mark.parametrize("role", list(Role), ids=lambda role: role.value)
def test_every_field_is_refused_to_a_role_that_does_not_read_its_area(role: Role) -> None:
    wrong = []
    for name, field in FIELDS:
        text, needed = document_of(name, field)
        if refused(text, READS[role]) != bool(needed - READS[role]):
            wrong.append(text)
    assert [] == wrong


def test_the_documents_of_this_test_are_valid() -> None:
    """The control: a document that nobody could run would be refused for nothing."""
    texts = [document_of(name, field)[0] for name, field in FIELDS]
    mistaken = [text for text in texts if validate(SCHEMA, parse(text))]
    assert len(mistaken) < len(texts) / 20, mistaken[:3]


def test_whoever_sees_everything_is_refused_nothing_and_whoever_sees_nothing_is_refused_all() -> None:
    texts = [document_of(name, field)[0] for name, field in FIELDS]
    assert not any(refused(text, EVERY_AREA) for text in texts)
    assert all(refused(text, frozenset()) for text in texts)


@pytest.mark.parametrize(
    "text",
    [
        "{ partnerships { nodes { ...shown } } } fragment shown on Partnership { awards { reference } }",
        "{ partnerships { nodes { ... on Partnership { awards { reference } } } } }",
        '{ node(id: "award-1") { ... on Award { reference } } }',
        "{ partnerships { nodes { hidden: awards { reference } } } }",
        "{ partnerships { nodes { awards @include(if: false) { reference } } } }",
        "query A { log { position } } query B { awards { totalCount } }",
    ],
)
def test_no_way_of_writing_hides_what_is_asked(text: str) -> None:
    assert refused(text, frozenset({Area.REGISTER}))
    assert not refused(text, frozenset({Area.REGISTER, Area.MONEY}))
