"""The two clocks as arguments: knownAt takes a day, and every root field waits for a position."""

from collections.abc import Iterator
from datetime import UTC, date, datetime

import pytest
from graphql import GraphQLInputObjectType, GraphQLInterfaceType, GraphQLObjectType, get_named_type

from api.contract.errors import Problem
from api.contract.inputs import check_texts
from api.contract.scalars import EndOfDay, read_instant, read_moment
from api.schema import schema
from domain.values.day import day_of, end_of
from infra.exports.two_clocks import clocks_asked
from tests.kit.web.served import Api

KNOWN = schema._schema


@pytest.mark.parametrize(
    ("day", "end"),
    [
        ("2005-03-31", "2005-03-31T22:59:59.999999+00:00"),
        ("2005-01-31", "2005-01-31T23:59:59.999999+00:00"),
        ("2005-03-27", "2005-03-27T22:59:59.999999+00:00"),
        ("2005-10-30", "2005-10-30T23:59:59.999999+00:00"),
    ],
)
def test_a_day_is_its_last_microsecond_in_london(day: str, end: str) -> None:
    moment = read_moment(day)
    assert datetime.fromisoformat(end) == moment == end_of(date.fromisoformat(day))
    assert day == day_of(moment).isoformat()


def test_an_instant_is_read_as_before() -> None:
    assert (
        read_instant("2004-03-15T09:00:00Z")
        == read_moment("2004-03-15T09:00:00Z")
        == datetime(2004, 3, 15, 9, tzinfo=UTC)
    )
    for text in ("2004", "2004-03", "2004-02-30", "0001-01-01", "2004-03-15T09:00:00", "20040315"):
        with pytest.raises(Problem):
            read_moment(text)


def test_the_command_line_and_exports_take_a_day_and_refuse_one_that_is_not_over() -> None:
    assert (date(2005, 3, 31), end_of(date(2005, 3, 31))) == clocks_asked(None, "2005-03-31")
    with pytest.raises(Problem, match="has not come yet"):
        clocks_asked(None, day_of(datetime.now(UTC)).isoformat())


FUNDING = 'query ($k: DateTime) { programme(code: "cbp") { funding(knownAt: $k) { knownAt asAt position } } }'


def test_known_at_a_day_is_known_at_its_end(shared_api: Api) -> None:
    by_day = shared_api.ask(FUNDING, k="2005-03-31")
    assert by_day == shared_api.ask(FUNDING, k="2005-03-31T23:59:59.999999+01:00")
    assert "2005-03-31" == by_day["programme"]["funding"]["asAt"]
    written = shared_api.ask('{ programme(code: "cbp") { funding(knownAt: "2005-03-31") { knownAt asAt position } } }')
    assert by_day == written


@pytest.mark.parametrize(
    "query",
    [
        '{ auditLog(filter: {recordedTo: "2005-03-31"}) { nodes { id } } }',
        '{ auditLog(filter: {recordedFrom: "2005-03-31"}) { nodes { id } } }',
        '{ awards(filter: {recordedTo: "2005-03-31"}) { nodes { id } } }',
        '{ awards(filter: {recordedFrom: "2005-03-31"}) { nodes { id } } }',
    ],
)
def test_every_other_instant_refuses_a_day(shared_api: Api, query: str) -> None:
    error = shared_api.error(query)
    assert "BAD_USER_INPUT" == error["extensions"]["code"]
    assert "is a day. Write an instant with an offset" in error["message"]


# What is a moment of knowledge, elsewhere and at the root: a day stands for its end.
MOMENTS = (("knownAt",), ("knownAt", "from", "to"))


def instants() -> Iterator[str]:
    """The arguments and fields of inputs that take an instant, but for knownAt and the two moments of changes."""
    for name, kind in KNOWN.type_map.items():
        if isinstance(kind, GraphQLInputObjectType):
            for field, of in kind.fields.items():
                if get_named_type(of.type).name == "DateTime":
                    yield f"{name}.{field}"
        elif isinstance(kind, GraphQLObjectType | GraphQLInterfaceType) and not name.startswith("__"):
            for field, of_field in kind.fields.items():
                for argument, taken in of_field.args.items():
                    if get_named_type(taken.type).name == "DateTime" and argument not in MOMENTS[name == "Query"]:
                        yield f"{name}.{field}({argument}:)"


def test_the_other_instants_are_in_filters_that_check_them() -> None:
    """A filter is checked by check_texts. An argument that is not knownAt must check its value itself."""
    assert [] == [place for place in instants() if not place.endswith(("Filter.recordedFrom", "Filter.recordedTo"))]

    class Wanted:
        def __init__(self) -> None:
            self.recorded_from = EndOfDay.fromisoformat("2004-03-15T23:59:59.999999+00:00")

    with pytest.raises(Problem, match="recordedFrom is a day"):
        check_texts(Wanted())


def test_every_root_field_waits_for_a_position() -> None:
    query = KNOWN.query_type
    assert query is not None
    assert [] == [name for name, field in query.fields.items() if "atLeast" not in field.args]


ROOTS = [
    "log{} {{ position }}", "programmes{} {{ code }}", 'programme(code: "cbp", {}) {{ code }}',
    "auditLog{} {{ nodes {{ id }} }}",
    "delays{} {{ nodes {{ bid {{ id }} }} }}", "delaySummary{} {{ group }}", "discrepancies{} {{ nodes {{ id }} }}",
    "discrepancyRules{} {{ name }}",
    'changes(from: "2005-03-31", to: "2005-04-30", {}) {{ nodes {{ field }} }}',
    "bankAccounts{} {{ id }}", "bankEntries{} {{ nodes {{ id }} }}",
    'bankReconciliation(account: "x", starts: "2004-01-01", ends: "2004-02-01", {}) {{ opening }}',
    'node(id: "x", {}) {{ id }}', 'nodes(ids: ["x"], {}) {{ id }}',
]  # fmt: skip


@pytest.mark.parametrize("root", ROOTS)
def test_a_root_field_answers_once_a_position_is_reached_and_refuses_one_that_is_not_recorded(
    shared_api: Api, root: str
) -> None:
    def asked(position: str) -> str:
        words = f'atLeast: "{position}"'
        return "{ " + root.format(words if "{})" in root else f"({words})") + " }"

    shared_api.ask(asked("1"))
    assert "has not been recorded" in shared_api.error(asked("9999999999"))["message"]
