"""What clients of the last release ask for goes on to be answered, and what will go says since when and why."""

import re
from collections.abc import Iterator

import pytest
from graphql import (
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLObjectType,
    GraphQLSchema,
    build_schema,
    find_breaking_changes,
    print_schema,
)

from api.schema import PRINTED, schema

RELEASED = PRINTED.with_name("released.graphql")
# A day, and at least a few words besides.
REASON = re.compile(r"(?=.*\b20[0-9]{2}-[01][0-9]-[0-3][0-9]\b)(?=(.*\w+\W+){5})", re.DOTALL)


def broken(before: str, now: str) -> list[str]:
    """What a client of *before* can no longer rely on *now*."""
    return [change.description for change in find_breaking_changes(build_schema(before), build_schema(now))]


def plain() -> str:
    """The schema without its descriptions, a field a line."""
    without = re.sub(r'"""[\s\S]*?"""\s*', "", PRINTED.read_text(encoding="utf-8"))
    return print_schema(build_schema(without))


def test_nothing_that_the_last_release_answered_is_gone_or_asks_for_more() -> None:
    assert [] == broken(RELEASED.read_text(encoding="utf-8"), f"{schema}"), (
        "clients of the last release would break: add instead, and deprecate what is to go"
    )


@pytest.mark.parametrize(
    ("changed", "into"),
    [
        ("  kind: String!\n  scheme: Scheme!\n", "  scheme: Scheme!\n"),
        ("  requestedBy: String\n", "  requestedBy: Int\n"),
        ("  version: Int!\n", "  version: Int\n"),
        ("  programme(code: String!): Programme", "  programme(code: String!, asAt: Date!): Programme"),
        ("  QUARTER\n", ""),
        ("union AwardResult = AwardRecorded | Refusal | Conflict", "union AwardResult = AwardRecorded | Refusal"),
        ("type GovernanceEntry implements TimelineEntry", "type GovernanceEntry"),
        ("  text: String = null\n", ""),
        ("  evidence: String = null\n", "  evidence: String!\n"),
    ],
)
def test_this_test_tells_what_breaks_a_client(changed: str, into: str) -> None:
    """The control: each of these is found, on the real schema."""
    now = plain()
    if changed not in now:
        pytest.fail(f"the schema has no {changed!r} to try this with")
    assert [] != broken(now, now.replace(changed, into, 1))


@pytest.mark.parametrize(
    "added",
    [
        ("type Scheme implements Node {\n", "type Scheme implements Node {\n  sector: String\n"),
        ("  programme(code: String!): Programme", "  programme(code: String!, asAt: Date): Programme"),
        ("type Query {\n", "type Query {\n  another: Int!\n"),
    ],
)
def test_what_only_adds_breaks_nobody(added: tuple[str, str]) -> None:
    now = plain()
    assert added[0] in now
    assert [] == broken(now, now.replace(*added, 1))


# --- What is to go ----------------------------------------------------------------------------------------------------


def unexplained(served: GraphQLSchema) -> Iterator[str]:
    """What is deprecated without a reason that a client can use: why, what instead, and since which day."""
    for name, kind in served.type_map.items():
        if isinstance(kind, GraphQLEnumType):
            reasons = {f"{name}.{value}": one.deprecation_reason for value, one in kind.values.items()}
        elif isinstance(kind, GraphQLObjectType | GraphQLInterfaceType | GraphQLInputObjectType):
            reasons = {f"{name}.{field}": one.deprecation_reason for field, one in kind.fields.items()}
            if not isinstance(kind, GraphQLInputObjectType):
                reasons |= {
                    f"{name}.{field}({argument}:)": given.deprecation_reason
                    for field, one in kind.fields.items()
                    for argument, given in one.args.items()
                }
        else:
            continue
        yield from (place for place, reason in reasons.items() if reason is not None and not REASON.match(reason))


def test_what_is_deprecated_says_since_when_and_why() -> None:
    assert [] == list(unexplained(schema._schema))


@pytest.mark.parametrize(
    ("field", "told"),
    [
        ('a: Int @deprecated(reason: "Since 2026-11-22: it counts twice. Ask for b.")', []),
        ("a: Int @deprecated", ["Query.a"]),
        ('a: Int @deprecated(reason: "2026-11-22")', ["Query.a"]),
        ('a: Int @deprecated(reason: "It counts twice. Ask for b.")', ["Query.a"]),
        ('a(x: Int @deprecated(reason: "old")): Int', ["Query.a(x:)"]),
    ],
)
def test_this_test_tells_a_reason_from_none(field: str, told: list[str]) -> None:
    assert told == list(unexplained(build_schema(f"type Query {{ {field} }}")))
