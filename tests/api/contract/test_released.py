"""Documents for the last release still get an answer, and deprecated parts have a date and a reason."""

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
    """The changes from *before* to *now* that break a client."""
    return [change.description for change in find_breaking_changes(build_schema(before), build_schema(now))]


def plain() -> str:
    """The schema without its descriptions, one field per line."""
    without = re.sub(r'"""[\s\S]*?"""\s*', "", PRINTED.read_text(encoding="utf-8"))
    return print_schema(build_schema(without))


def test_nothing_that_the_last_release_answered_is_removed_or_stricter() -> None:
    assert [] == broken(RELEASED.read_text(encoding="utf-8"), f"{schema}"), (
        "this breaks clients of the last release: add a new part instead, and deprecate the old one"
    )


@pytest.mark.parametrize(
    ("changed", "into"),
    [
        ("  name: String!\n  scheme: Scheme!\n", "  name: String!\n"),
        ("  requestedBy: String\n", "  requestedBy: Int\n"),
        ("  version: Int!\n", "  version: Int\n"),
        (
            "  programme(code: String!, atLeast: LogPosition = null): Programme",
            "  programme(code: String!, atLeast: LogPosition = null, asAt: Date!): Programme",
        ),
        ("  QUARTER\n", ""),
        ("union AwardResult = AwardRecorded | Refusal | Conflict", "union AwardResult = AwardRecorded | Refusal"),
        ("type GovernanceEntry implements TimelineEntry & Node", "type GovernanceEntry implements Node"),
        ("  text: String = null\n", ""),
        ("  evidence: String = null\n", "  evidence: String!\n"),
    ],
)
def test_this_test_finds_what_breaks_a_client(changed: str, into: str) -> None:
    """The control: each of these changes to the real schema is found."""
    now = plain()
    if changed not in now:
        pytest.fail(f"the schema has no {changed!r} to try this with")
    assert [] != broken(now, now.replace(changed, into, 1))


@pytest.mark.parametrize(
    "added",
    [
        ("type Scheme implements Node {\n", "type Scheme implements Node {\n  sector: String\n"),
        (
            "  programme(code: String!, atLeast: LogPosition = null): Programme",
            "  programme(code: String!, atLeast: LogPosition = null, asAt: Date): Programme",
        ),
        ("type Query {\n", "type Query {\n  another: Int!\n"),
    ],
)
def test_an_addition_breaks_no_client(added: tuple[str, str]) -> None:
    now = plain()
    assert added[0] in now
    assert [] == broken(now, now.replace(*added, 1))


# --- What is to go ----------------------------------------------------------------------------------------------------


def unexplained(served: GraphQLSchema) -> Iterator[str]:
    """Deprecated parts without a usable reason: why, the replacement, and since which day."""
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


def test_a_deprecation_has_a_date_and_a_reason() -> None:
    assert [] == list(unexplained(schema._schema))


@pytest.mark.parametrize(
    ("field", "shown"),
    [
        ('a: Int @deprecated(reason: "Since 2026-11-22: it counts twice. Ask for b.")', []),
        ("a: Int @deprecated", ["Query.a"]),
        ('a: Int @deprecated(reason: "2026-11-22")', ["Query.a"]),
        ('a: Int @deprecated(reason: "It counts twice. Ask for b.")', ["Query.a"]),
        ('a(x: Int @deprecated(reason: "old")): Int', ["Query.a(x:)"]),
    ],
)
def test_this_test_finds_a_deprecation_without_a_reason(field: str, shown: list[str]) -> None:
    assert shown == list(unexplained(build_schema(f"type Query {{ {field} }}")))
