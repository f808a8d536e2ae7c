"""What holds for every answer, whether its document was checked now or before, and whichever way answers it."""

import asyncio
import json
import logging
from collections.abc import Iterator
from typing import Any, cast

import httpx
import psycopg
import pytest
from psycopg_pool import PoolTimeout
from strawberry.extensions import SchemaExtension

from api.answering import roots, statements
from api.answering.roots import GRAPHQL_CORE, SQL
from api.context import PATIENCE_SECONDS, Context
from api.limits.weighing import Limits
from api.schema import EXTENSIONS, schema
from infra.database.pool import PooledReads
from infra.database.postgres import Database
from infra.web.app import create_app
from tests.api.answering.test_parity import body, plain
from tests.api.answering.test_statements import counted
from tests.api.types.test_subscription import socket
from tests.infra.web.test_event_stream import stream
from tests.kit.web.odd import CODE
from tests.kit.web.served import Api, served, serving

PLANTED = "planted-secret-4712"


class Ways:
    """How many root fields were answered in each way since the last look."""

    def __init__(self) -> None:
        self._before = roots.answered.copy()

    def since(self) -> tuple[int, int]:
        """How many were answered by SQL, and how many by graphql-core."""
        now = roots.answered.copy()
        found = now - self._before
        self._before = now
        return found[SQL], found[GRAPHQL_CORE]


@pytest.fixture
def ways() -> Ways:
    return Ways()


@pytest.fixture(autouse=True)
def nothing_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    """Begin each test without documents that were checked before."""
    monkeypatch.setattr(schema, "_passed", type(schema._passed)())
    monkeypatch.setattr(roots, "kept", roots.Kept())


def twice(api: Api, **asked: Any) -> list[dict[str, Any]]:
    """The two answers to a request: the first with all checks, the second from the cache of checked documents."""
    return [api.http.post("/graphql", json=asked).json() for _ in range(2)]


# --- Checks that hold the second time as the first --------------------------------------------------------------------


def test_the_cost_depends_on_the_variables_of_each_request(odd_api: Api, ways: Ways) -> None:
    document = "query ($first: Int) { partnerships(first: $first) { nodes { awards { payments { number } } } } }"
    with served(odd_api.database, projector=False, limits=Limits(cost=1_000)) as strict:
        few, again = twice(strict, query=document, variables={"first": 20})
        assert (2, 0) == ways.since()
        (many,) = twice(strict, query=document, variables={"first": 100})[1:]
        assert (0, 0) == ways.since(), "what costs more than the limit is not asked at all"
        (none,) = twice(strict, query=document)[1:]
    assert few == again
    assert {"requested": 626, "limit": 1_000} == again["extensions"]["cost"] == none["extensions"]["cost"]
    assert ["cost"] == [error["extensions"]["limit"] for error in many["errors"]]


def test_a_checked_document_is_checked_again_under_other_limits(odd_api: Api) -> None:
    document = "{ partnerships(first: 9) { nodes { n1: name n2: name n3: name } } }"
    assert all("data" in answer for answer in twice(odd_api, query=document))
    with served(odd_api.database, projector=False, limits=Limits(aliases=2)) as strict:
        seen = twice(strict, query=document)
    assert ["aliases"] * 2 == [answer["errors"][0]["extensions"]["limit"] for answer in seen]


def test_an_operation_is_known_by_its_name(odd_api: Api) -> None:
    document = "query A { partnerships(first: 1) { nodes { code } } } query B { auditLog(first: 1) { nodes { name } } }"
    for name, root in (("A", "partnerships"), ("B", "auditLog")):
        assert [[root]] * 2 == [list(answer["data"]) for answer in twice(odd_api, query=document, operationName=name)]
    assert all("errors" in answer for answer in twice(odd_api, query=document))
    assert all("errors" in answer for answer in twice(odd_api, query=document, operationName="C"))


@pytest.mark.parametrize("time", [1, 2])
def test_an_operation_that_takes_too_long_is_stopped(
    odd_api: Api, monkeypatch: pytest.MonkeyPatch, ways: Ways, time: int
) -> None:
    document = "{ partnerships(first: 2) { nodes { code kind } } }"

    async def slow(*_: Any) -> None:
        await asyncio.sleep(5)

    with served(odd_api.database, projector=False, limits=Limits(operation_seconds=0.2)) as hasty:
        for _ in range(time - 1):
            hasty.ask(document)
        ways.since()
        monkeypatch.setattr(statements, "lines_of", slow)
        answer = hasty.post(document).json()
    assert ["TIMED_OUT"] == [error["extensions"]["code"] for error in answer["errors"]]
    assert answer["extensions"]["cost"]["requested"] > 0
    assert (0, 0) == ways.since()


@pytest.mark.parametrize("time", [1, 2])
@pytest.mark.parametrize("error", [psycopg.errors.QueryCanceled("slow"), PoolTimeout("away")], ids=["slow", "away"])
def test_a_failed_statement_is_not_waited_for_twice(
    odd_api: Api, monkeypatch: pytest.MonkeyPatch, error: Exception, time: int
) -> None:
    document = f'{{ partnership(code: "{CODE}") {{ code timeline(first: 1) {{ nodes {{ kind }} }} }} }}'
    for _ in range(time - 1):
        odd_api.ask(document)
    asked = []

    async def refused(*_: Any, **__: Any) -> Any:
        asked.append(1)
        raise error

    monkeypatch.setattr(psycopg.AsyncCursor, "execute", refused)
    answer = odd_api.post(document).json()
    assert [1] == asked
    code = "TIMED_OUT" if isinstance(error, psycopg.errors.QueryCanceled) else "UNAVAILABLE"
    assert [(code, ["partnership"])] == [(one["extensions"]["code"], one["path"]) for one in answer["errors"]]
    assert {"partnership": None} == answer["data"]


def test_an_answer_waits_for_the_position_that_it_has_to_include(
    programme: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("api.context.PATIENCE_SECONDS", 0.3)
    assert PATIENCE_SECONDS > 0.3
    document = f'query ($p: LogPosition) {{ partnership(code: "{CODE}", atLeast: $p) {{ name }} }}'
    with programme.connect() as connection:
        row = connection.execute("SELECT max(notification_id) FROM log.events").fetchone()
        head = row[0] if row else 0
        with served(programme, projector=False) as api:
            for _ in range(2):
                assert {"partnership"} == set(api.ask(document, p=f"{head}"))
            connection.execute("UPDATE read.projections SET position = position - 1 WHERE name = 'audit'")
            assert "NOT_YET_VISIBLE" == api.error(document, p=f"{head}")["extensions"]["code"]


def test_an_extension_of_fields_sees_each_of_them(odd_api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    document = "{ partnerships(first: 3) { nodes { code name } } }"
    seen: list[str] = []

    class Watching(SchemaExtension):
        def on_execute(self) -> Iterator[None]:
            seen.append("executed")
            yield

    expected = odd_api.ask(document)
    monkeypatch.setattr(schema, "extensions", (*EXTENSIONS, Watching))
    assert [expected, expected] == [odd_api.ask(document) for _ in range(2)]
    assert ["executed"] * 2 == seen


# --- What one statement writes ----------------------------------------------------------------------------------------


def test_a_partnership_with_all_its_parts_is_one_statement(odd_api: Api, ways: Ways) -> None:
    document = f"""{{ partnership(code: "{CODE}") {{ name lead {{ name }} scheme {{ code }} partners {{ role }}
        bids {{ reference award {{ reference }} }} outcomes {{ indicator }} statedDelays {{ stage event {{ name }} }}
        awards {{ reference trace {{ id }} payments {{ number }} conditions {{ text }} }} paid: funding {{ paid {{
        amount events(first: 3) {{ nodes {{ name }} totalCount }} }} }}
        early: timeline(first: 3) {{ nodes {{ title event {{ data }} }} totalCount }}
        late: timeline(last: 3) {{ edges {{ cursor node {{ id }} }} pageInfo {{ hasPreviousPage }} }}
        funding(asAt: "2005-01-01") {{ asAt }} }} }}"""
    for _ in range(2):
        with counted(odd_api) as asked:
            odd_api.ask(document)
        assert 1 == len(asked)
    assert (2, 0) == ways.since()


@pytest.mark.parametrize(("code", "places"), [(CODE, 3), ("ace-cumbria", 0)])
def test_a_figure_has_as_many_decimal_places_as_its_currency(odd_api: Api, ways: Ways, code: str, places: int) -> None:
    document = f'{{ partnership(code: "{code}") {{ funding {{ awarded {{ amount undated }} }} }} }}'
    first, second = twice(odd_api, query=document)
    assert ((2, 0), first) == (ways.since(), second)
    awarded = first["data"]["partnership"]["funding"]["awarded"]
    assert float(awarded["amount"]) > 0
    assert [places] * 2 == [len(amount.partition(".")[2]) for amount in awarded.values()]


def test_json_from_sql_is_sent_over_every_transport(shared_api: Api, ways: Ways) -> None:
    document = f"""{{ partnership(code: "{CODE}") {{ timeline(first: 30) {{ edges {{ cursor node {{ id title
        until {{ latest }} }} }} }} }} }}"""
    expected = shared_api.ask(document)
    with stream(shared_api, document) as (_, events):
        name, answer = next(events)
        assert ("next", expected) == (name, answer["data"])
    with socket(shared_api) as connection:
        assert expected == connection.answer(document)["data"]
    assert (3, 0) == ways.since()


def test_within_the_process_values_are_python_objects(odd_api: Api, ways: Ways) -> None:
    """JSON is put into an answer only if orjson encodes the answer."""
    document = "{ auditLog(first: 3) { nodes { id name effective { latest } } totalCount } }"

    async def ask() -> list[Any]:
        async with PooledReads(odd_api.database) as reads:
            context = Context(odd_api.app.state.log, reads, "tests")
            return [await schema.execute(document, context_value=context) for _ in range(2)]

    expected = json.loads(json.dumps(odd_api.ask(document)))
    assert [expected, expected] == [one.data for one in asyncio.run(ask())]
    assert (3, 0) == ways.since()


# --- What is left to graphql-core -------------------------------------------------------------------------------------


def test_a_ladder_that_is_not_visible_yet_is_reported(odd_api: Api, ways: Ways) -> None:
    document = '{ partnership(code: "nwin") { name funding { paid { amount } } } }'
    first, second = twice(odd_api, query=document)
    assert ((0, 2), first) == (ways.since(), second)
    assert ["NOT_YET_VISIBLE"] == [error["extensions"]["code"] for error in first["errors"]]
    assert body(odd_api, document, {}) == plain(odd_api, document, {})


@pytest.mark.parametrize(
    ("spoil", "document", "code"),
    [
        pytest.param(
            "DELETE FROM read.bids",
            "{ delays(first: 99) { nodes { bid { reference } } } }",
            "NOT_YET_VISIBLE",
            id="a delay of a bid that is not shown yet",
        ),
        pytest.param(
            "DELETE FROM read.schemes",
            "{ partnerships(first: 9) { nodes { code scheme { name } } } }",
            "NOT_YET_VISIBLE",
            id="a partnership of a scheme that is not shown yet",
        ),
        pytest.param(
            "UPDATE read.timeline SET amount = 0.5, currency = 'JPY' WHERE lane = 'AWARD'",
            f'{{ partnership(code: "{CODE}") {{ timeline(first: 99) {{ nodes {{ title amount {{ amount }} }} }} }} }}',
            "INTERNAL",
            id="a sum finer than its currency",
        ),
        pytest.param(
            "UPDATE read.timeline SET until = 'no date' WHERE lane = 'AWARD'",
            f'{{ partnership(code: "{CODE}") {{ timeline(first: 99) {{ nodes {{ until {{ latest }} }} }} }} }}',
            "INTERNAL",
            id="a date that is none",
        ),
    ],
)
def test_an_invalid_row_is_reported_as_by_graphql_core(
    programme: Database, ways: Ways, spoil: str, document: str, code: str
) -> None:
    with programme.connect() as connection:
        connection.execute(cast(Any, spoil))
    with served(programme, projector=False) as api:
        seen = [body(api, document, {}) for _ in range(2)]
        assert (0, 2) == ways.since()
        assert [plain(api, document, {})] * 2 == seen
        assert {code} == {error["extensions"]["code"] for error in json.loads(seen[0])["errors"]}


def test_the_event_of_an_entry_is_shown_before_the_audit_log_has_it(programme: Database) -> None:
    def last(selection: str) -> str:
        return f'{{ partnership(code: "{CODE}") {{ timeline(last: 1) {{ nodes {{ position {selection} }} }} }} }}'

    document = last("event { position name effective { text } version }")
    with served(programme, projector=False) as api:
        shown = api.ask(document)
        (entry,) = api.ask(last("event { id }"))["partnership"]["timeline"]["nodes"]
        with programme.connect() as connection:
            connection.execute("DELETE FROM read.audit WHERE position >= %s", (int(entry["position"]),))
        assert api.ask(f'{{ node(id: "{entry["event"]["id"]}") {{ id }} }}') == {"node": None}
        assert shown == api.ask(document) == json.loads(plain(api, document, {}))["data"]


def test_an_unexpected_failure_of_a_statement_is_logged_and_graphql_core_answers(
    odd_api: Api, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, ways: Ways
) -> None:
    document = "{ partnerships(first: 3) { nodes { code } } log { position } }"
    expected = odd_api.ask(document)
    assert (2, 0) == ways.since()

    async def breaking(*_: Any) -> None:
        raise RuntimeError(PLANTED)

    monkeypatch.setattr(statements, "lines_of", breaking)
    with caplog.at_level(logging.ERROR, "fundtrail.api"):
        response = odd_api.post(document)
    assert expected == response.json()["data"]
    assert "errors" not in response.json()
    assert PLANTED not in response.text
    (record,) = [one for one in caplog.records if one.name == "fundtrail.api"]
    assert record.exc_info is not None
    assert PLANTED in str(record.exc_info[1])
    assert (1, 1) == ways.since()


@pytest.mark.parametrize(
    "page",
    [
        "partnerships(first: 3) { pageInfo { hasPreviousPage } }",
        "partnerships(last: 3) { pageInfo { hasNextPage } }",
        f'partnership(code: "{CODE}") {{ timeline(first: 3) {{ pageInfo {{ hasPreviousPage }} }} }}',
    ],
)
def test_a_page_is_one_row_even_if_only_one_of_its_ends_is_asked_for(odd_api: Api, ways: Ways, page: str) -> None:
    assert body(odd_api, f"{{ {page} }}", {}) == plain(odd_api, f"{{ {page} }}", {})
    assert (1, 0) == ways.since()


@pytest.mark.parametrize(
    "root", ["partnership(code: $t)", "programme(code: $t)", "bid(id: $t)", "award(reference: $t)"]
)
def test_a_text_that_nothing_can_have_is_not_logged_as_a_failure(
    odd_api: Api, caplog: pytest.LogCaptureFixture, root: str
) -> None:
    kind = "ID" if "id:" in root else "String"
    needed = "!" if "programme" in root else ""
    assert [None] == list(odd_api.ask(f"query ($t: {kind}{needed}) {{ {root} {{ id }} }}", t="\x00").values())
    assert [] == [one.message for one in caplog.records if one.name == "fundtrail.api"]


# --- What an operator sees --------------------------------------------------------------------------------------------


def answered_by(api: Api, way: str) -> float:
    """The number of root fields that /metrics shows for a way."""
    lines = api.http.get("/metrics").text.splitlines()
    (line,) = [one for one in lines if one.startswith(f'fundtrail_root_fields_answered_total{{way="{way}"}}')]
    return float(line.rpartition(" ")[2])


def test_the_metrics_show_how_root_fields_were_answered(odd_api: Api) -> None:
    before = [answered_by(odd_api, way) for way in (SQL, GRAPHQL_CORE)]
    odd_api.ask('{ a: log { position } b: log { position } node(id: "x") { id } }')
    assert [2, 1] == [answered_by(odd_api, way) - was for way, was in zip((SQL, GRAPHQL_CORE), before, strict=True)]


def test_the_sql_of_an_answer_is_shown_if_the_operator_allows_it(odd_api: Api) -> None:
    document = """{ list: partnerships(first: 2) { nodes { code delayChain(asAt: "2005-01-01") { flags { need } } } }
        log { position } node(id: "x") { id } }"""
    with serving(create_app(odd_api.database, show_sql=True)) as url:
        seen = [httpx.post(f"{url}/graphql", json={"query": document}, timeout=30).json() for _ in range(2)]
    for answer in seen:
        shown = answer["extensions"]["sql"]
        assert ["list"] == list(shown)
        assert ["SELECT"] == [text[:6] for text in shown["list"]]
        assert answer["data"] == odd_api.ask(document)
    assert "sql" not in odd_api.post(document).json()["extensions"]
