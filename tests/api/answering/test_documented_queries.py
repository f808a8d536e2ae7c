"""Every query that we show to others is answered by SQL alone."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from graphql import GraphQLSyntaxError, OperationDefinitionNode, OperationType, VariableDefinitionNode, parse

from api.answering import roots
from api.answering.roots import GRAPHQL_CORE, SQL
from tests.docs.pages import PAGES, inline_code, name_of
from tests.kit.paths import ROOT
from tests.kit.web.odd import CODE
from tests.kit.web.served import Api

EXAMPLES = sorted((ROOT / "console" / "examples").glob("*.graphql"))
PROGRAMS = [*sorted((ROOT / "examples").glob("python/*.py")), *sorted((ROOT / "examples").glob("javascript/*.mjs"))]
# Values for the variables of these queries.
GIVEN = {"code": CODE, "first": 5, "after": None}


def queries_in(text: str) -> Iterator[str]:
    """The queries among some GraphQL; what is shortened with dots is no GraphQL."""
    try:
        document = parse(text)
    except GraphQLSyntaxError:
        return
    operations = [one for one in document.definitions if isinstance(one, OperationDefinitionNode)]
    if operations and all(one.operation is OperationType.QUERY for one in operations):
        yield text


def queries_of_page(page: Path) -> Iterator[str]:
    """The queries of a page: whole code blocks, and inline code with braces."""
    text = page.read_text(encoding="utf-8")
    indented = re.findall(r"(?:^ {4}.*\n)+", text, flags=re.MULTILINE)
    fenced = re.findall(r"^```[^\n]*\n([\s\S]*?)^```", text, flags=re.MULTILINE)
    for one in dict.fromkeys((*indented, *fenced, *inline_code(text))):
        if "{" in one:
            yield from queries_in(one)


def queries() -> Iterator[tuple[str, str]]:
    """Each query with the file that it is in."""
    for page in PAGES:
        yield from ((name_of(page), one) for one in queries_of_page(page))
    for example in EXAMPLES:
        yield from ((name_of(example), one) for one in queries_in(example.read_text(encoding="utf-8")))
    for program in PROGRAMS:
        for one in re.findall(r"\"\"\"([\s\S]*?)\"\"\"|'([^'\n]*)'|`([^`]*)`", program.read_text(encoding="utf-8")):
            yield from ((name_of(program), text) for text in queries_in("".join(one)))


QUERIES = list(queries())


def left_to_graphql_core(api: Api, query: str) -> int:
    """How many root fields of a query SQL does not answer. It answers at least one, or graphql-core does."""
    before = roots.answered.copy()
    (operation,) = (one for one in parse(query).definitions if isinstance(one, OperationDefinitionNode))
    variables: tuple[VariableDefinitionNode, ...] = tuple(operation.variable_definitions or ())
    api.ask(query, **{one.variable.name.value: GIVEN[one.variable.name.value] for one in variables})
    found = roots.answered - before
    assert found[SQL] + found[GRAPHQL_CORE] > 0
    return found[GRAPHQL_CORE]


def test_queries_are_found_in_every_kind_of_file() -> None:
    found = {name for name, _ in QUERIES}
    assert {"docs/tour.md", "docs/api.md", "docs/architecture.md"} <= found
    assert {name_of(one) for one in (*EXAMPLES, *PROGRAMS)} - {"console/examples/4-submit-bid.graphql"} <= found


@pytest.mark.parametrize(("name", "query"), QUERIES, ids=[name for name, _ in QUERIES])
def test_a_query_that_we_show_is_answered_by_sql_alone(shared_api: Api, name: str, query: str) -> None:
    assert 0 == left_to_graphql_core(shared_api, query)


def test_a_query_that_sql_does_not_answer_is_noticed(shared_api: Api) -> None:
    """The control: no statement finds an item of any type."""
    assert 1 == left_to_graphql_core(shared_api, '{ node(id: "x") { id } }')
    assert 1 == left_to_graphql_core(shared_api, '{ node(id: "x") { id } log { position } }')
