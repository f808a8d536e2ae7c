"""An answer takes a few statements, however much it shows."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any
from uuid import uuid4

import psycopg
import pytest
from strawberry.dataloader import DataLoader
from strawberry.schema.schema import StrawberryGraphQLCoreExecutionContext

from api import context
from api.answering import statements as compiled
from api.schema import schema
from infra import journal
from infra.database.postgres import SESSION
from infra.web.console import examples
from projections.epochs import EPOCHS
from tests.kit.web.served import Api

NESTED = """query ($first: Int!) { partnerships(first: $first) { nodes {
  code scheme { name } lead { name } partners { role organisation { name } }
  bids { reference partnership { code } award { id } }
  awards { reference bid { id } partnership { name } payments { number } conditions { text } }
  outcomes { indicator partnership { code } }
} } }"""
AS_KNOWN = """query ($first: Int!, $on: Date, $then: DateTime) { partnerships(first: $first) { nodes {
  partners(asAt: $on) { organisation { code } }
  awards { payments(asAt: $on, knownAt: $then) { number } }
  outcomes(asAt: $on, knownAt: $then) { indicator }
} } }"""

SLOW = """query ($first: Int!, $on: Date, $then: DateTime) { partnerships(first: $first) { nodes {
  statedDelays { stated computed event { name } }
  bids { clock(asAt: $on, knownAt: $then) { openDays stages { name } } }
  delayChain(asAt: $on, knownAt: $then) { links { name } flags { need } }
} } }"""


@contextmanager
def counted(api: Api) -> Iterator[list[str]]:
    """The SELECT statements that the read models get for what *api* is asked within this context.

    What checks a new connection, or is asked for by somebody else meanwhile, is left out.
    """
    asked, own = list[str](), f"counted-{uuid4().hex}"
    execute = psycopg.AsyncCursor.execute

    async def counting(self: Any, query: Any, *args: Any, **kwargs: Any) -> Any:
        asking = query.decode() if isinstance(query, bytes) else query
        text = asking if isinstance(asking, str) else asking.as_string(None)
        is_own = journal.request_id.get() == own
        if is_own and text.lstrip().startswith(("SELECT", "WITH")) and text not in (SESSION, EPOCHS):
            asked.append(text)
        return await execute(self, query, *args, **kwargs)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(psycopg.AsyncCursor, "execute", counting)
        patch.setitem(api.http.headers, "x-request-id", own)
        yield asked
    assert asked, "no statement was counted: the test has no power"


def statements(api: Api, query: str, **variables: Any) -> int:
    """The number of statements for the answer to *query*."""
    with counted(api) as asked:
        api.ask(query, **variables)
    return len(asked)


# --- By SQL -----------------------------------------------------------------------------------------------------------

EVENTS = "funding { awarded { events(first: 3) { nodes { name } totalCount } } paid { events { nodes { id } } } }"
ROOTS = [
    "partnerships(first: $first) { nodes { code name kind } totalCount }",
    "auditLog(first: $first) { nodes { name data actor effective { text precision earliest } } }",
    "auditLog(first: $first) { nodes { body amount { amount } paymentNumber award { reference } payee { name } } }",
    "discrepancies(first: $first) { nodes { rule partnership { code } events { name data } } totalCount }",
    "delays(first: $first) { nodes { bid { reference award { reference } } } edges { cursor } pageInfo { endCursor } }",
    'partnership(code: "nwin") { timeline(first: $first) { nodes { title on { precision } event { data } } } }',
    f"partnerships(first: $first) {{ nodes {{ {EVENTS} timeline(last: 3) {{ edges {{ cursor }} totalCount }} }} }}",
    "partnerships(first: $first) { nodes { awards { funding { paid { events(first: 4) { nodes { id } } } } } } }",
    "bankEntries(first: $first) { nodes { status payments { award { reference } } } totalCount }",
    "programmes { schemes { code funding { paid { amount } } } periods { name } }",
]
WHOLE = [NESTED, *(f"query ($first: Int) {{ {root} }}" for root in ROOTS if "$first" in root), f"{{ {ROOTS[-1]} }}"]


@pytest.mark.parametrize("query", WHOLE)
def test_an_answer_from_the_database_alone_is_one_statement(shared_api: Api, query: str) -> None:
    assert [1, 1, 1] == [statements(shared_api, query, first=first) for first in (2, 20, 50)]


@pytest.mark.parametrize(("query", "most"), [(AS_KNOWN, 8), (SLOW, 20)])
def test_what_python_works_out_takes_as_many_statements_for_a_long_page_as_for_a_short_one(
    shared_api: Api, query: str, most: int
) -> None:
    known = {"on": "2007-01-01", "then": "2199-01-01T00:00:00Z"} if query == AS_KNOWN else {}
    few, *many = (statements(shared_api, query, first=first, **known) for first in (5, 20, 50))
    # What is read a moment later may take one more.
    assert max(many) <= few + 1 <= most, (few, many)


def test_a_statement_for_each_value_of_python_would_be_found(shared_api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    """The control: without reading together what is asked for together, the count grows with the page."""
    monkeypatch.setattr(context, "DataLoader", partial(DataLoader, max_batch_size=1))
    few, many = (statements(shared_api, SLOW, first=first) for first in (5, 20))
    assert many >= few + 20


def test_an_answer_that_does_not_compile_would_be_found(shared_api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    """The control: when nothing compiles, graphql-core takes more than one statement."""

    def failing(*_: Any) -> Any:
        raise compiled.NotWritten

    monkeypatch.setattr(compiled.Compiled, "texts", failing)
    assert statements(shared_api, NESTED, first=5) > 10


# --- By graphql-core --------------------------------------------------------------------------------------------------


@pytest.fixture
def plain(monkeypatch: pytest.MonkeyPatch) -> None:
    """Leave everything to graphql-core."""
    monkeypatch.setattr(schema, "execution_context_class", StrawberryGraphQLCoreExecutionContext)


@pytest.mark.usefixtures("plain")
def test_leads_of_any_number_of_partnerships_are_read_in_one_statement(shared_api: Api) -> None:
    query = "query ($first: Int!) { partnerships(first: $first) { nodes { lead { name } } } }"
    assert [2, 2, 2] == [statements(shared_api, query, first=first) for first in (5, 50, 88)]


@pytest.mark.usefixtures("plain")
@pytest.mark.parametrize(("query", "levels"), [(NESTED, 13), (AS_KNOWN, 8), (SLOW, 18)])
def test_the_number_of_statements_does_not_grow_with_the_page(shared_api: Api, query: str, levels: int) -> None:
    known = {"on": "2007-01-01", "then": "2199-01-01T00:00:00Z"} if query == AS_KNOWN else {}
    counts = [statements(shared_api, query, first=first, **known) for first in (5, 20, 50)]
    # One for the page and one for each list or thing below it; what is read a moment later may take one more.
    assert max(counts) <= levels + 2, counts


@pytest.mark.usefixtures("plain")
def test_discrepancies_with_their_events_and_partnerships_are_a_statement_each(shared_api: Api) -> None:
    query = """query ($first: Int!) { discrepancies(first: $first) { nodes { rule partnership { code }
        events { name data } } } }"""
    # The first of a partnership is the second.
    assert [3, 3] == [statements(shared_api, query, first=first) for first in (2, 100)]


def test_items_by_their_ids_are_read_together(shared_api: Api) -> None:
    found = shared_api.ask("{ partnerships(first: 100) { nodes { id lead { id } } } }")["partnerships"]["nodes"]
    ids = [one["id"] for one in found][:80] + [one["lead"]["id"] for one in found if one["lead"]][:20]
    assert 2 == statements(shared_api, "query ($ids: [ID!]!) { nodes(ids: $ids) { id } }", ids=ids)


@pytest.mark.usefixtures("plain")
def test_events_with_their_awards_and_payees_are_a_statement_each(shared_api: Api) -> None:
    query = """query ($first: Int!) { auditLog(last: $first) { nodes { body amount { amount } paymentNumber
        award { reference } payee { name } } } }"""
    assert max(statements(shared_api, query, first=first) for first in (50, 100)) <= 3


@pytest.mark.usefixtures("plain")
def test_a_timeline_with_its_events_is_a_statement_after_that_of_its_partnership(shared_api: Api) -> None:
    query = """query ($first: Int!) { partnership(code: "nwin") {
        timeline(first: $first) { nodes { title event { data } } } } }"""
    assert [3, 3] == [statements(shared_api, query, first=first) for first in (2, 100)]


@pytest.mark.usefixtures("plain")
@pytest.mark.parametrize(
    ("below", "levels"),
    [
        ("timeline(first: 3) { nodes { title event { data } } pageInfo { endCursor } }", 3),
        ("timeline(first: 3) { nodes { title on { precision } event { data } } totalCount }", 4),
        ("timeline(last: 3) { edges { cursor node { title } } totalCount }", 3),
        ('timeline(first: 3, lanes: [BID], knownAt: "2199-01-01T00:00:00Z") { nodes { title } }', 4),
        ("funding { awarded { events(first: 3) { nodes { name } totalCount } } paid { events { nodes { id } } } }", 4),
        ("awards { funding { paid { events(first: 4) { nodes { effective { precision } } } } } }", 4),
    ],
)
def test_pages_below_a_page_are_read_in_one_statement_for_each_level(shared_api: Api, below: str, levels: int) -> None:
    query = f"query ($first: Int!) {{ partnerships(first: $first) {{ nodes {{ {below} }} }} }}"
    assert [levels] * 3 == [statements(shared_api, query, first=first) for first in (2, 20, 60)]


def of_size(operation: str, first: int) -> str:
    """*operation* with pages of *first* entries."""
    return re.sub(r"first: [0-9]+", f"first: {first}", operation)


PAGED = {title: text for title, text in examples().items() if "first: " in text}


def test_most_of_the_console_s_operations_have_pages() -> None:
    assert len(PAGED) >= len(examples()) - 2


@pytest.mark.parametrize("title", PAGED)
def test_an_example_of_the_console_takes_as_many_statements_for_a_long_page_as_for_a_short_one(
    shared_api: Api, title: str
) -> None:
    counts = [statements(shared_api, of_size(PAGED[title], first)) for first in (10, 50, 100)]
    # What is read a moment later may take one more.
    assert max(counts) <= min(counts) + 1, counts


@pytest.mark.usefixtures("plain")
def test_a_statement_for_each_entry_would_be_found(shared_api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    """The control: without reading together what is asked for together, the count grows with the page."""
    monkeypatch.setattr(context, "DataLoader", partial(DataLoader, max_batch_size=1))
    bids = "{ partnerships(first: 10) { nodes { bids { reference } } } }"
    few, many = (statements(shared_api, of_size(bids, first)) for first in (10, 50))
    assert many >= few + 20


@pytest.mark.usefixtures("plain")
def test_a_statement_for_each_page_below_a_page_would_be_found(
    shared_api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The control for pages."""
    monkeypatch.setattr(context, "PAGES", 1)
    query = "query ($first: Int!) { partnerships(first: $first) { nodes { timeline(first: 3) { nodes { id } } } } }"
    assert [6, 21] == [statements(shared_api, query, first=first) for first in (5, 20)]


@pytest.mark.parametrize(
    "connection",
    [
        "partnerships",
        "auditLog",
        "delays",
        'partnership(code: "nwin") { timeline',
        'partnership(code: "ace-cumbria") { funding { awarded { events',
    ],
)
def test_a_total_is_counted_only_for_who_asks(shared_api: Api, connection: str) -> None:
    end = " }" * connection.count("{")
    node = "bid { id }" if connection == "delays" else "id"
    for asked, counts in ((f"nodes {{ {node} }}", 0), (f"nodes {{ {node} }} totalCount", 1)):
        with counted(shared_api) as texts:
            shared_api.ask(f"{{ {connection}(first: 3) {{ {asked} }} }}{end}")
        assert counts == sum("SELECT count(*) FROM" in text for text in texts)
