"""The limits of an operation: shown with every answer, and named in a refusal before anything runs."""

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import pytest
from graphql import get_introspection_query, parse
from graphql.language import OperationDefinitionNode
from websockets.exceptions import ConnectionClosed

from api.answering import checks
from api.contract.errors import Problem
from api.limits.weighing import DESCRIBED, MUTATION, WEIGHTS, Limits, Scales, Weight, refuse_document, weigh
from api.schema import schema
from infra.database.postgres import Database
from infra.web.console import EXAMPLES
from tests.api.types.test_subscription import socket
from tests.infra.web.test_errors import SUBMIT, codes, submitting
from tests.kit.web.served import Api, served, until

LIMITS = Limits()
LEAF = "log{position}"


def asked(query: str, variables: dict[str, Any] | None = None) -> Weight:
    """What the operation of *query* asks for. The document must be within the limits."""
    document = parse(query)
    refuse_document(document, LIMITS)
    return weigh(schema._schema, document, None, variables, LIMITS)


def cost(query: str, **variables: Any) -> int:
    """The cost of the operation of *query* with these variables."""
    return asked(query, variables).cost


def refused(response: httpx.Response) -> dict[str, Any]:
    """The facts of the only error, LIMIT_EXCEEDED."""
    assert 200 == response.status_code, response.text
    answer = response.json()
    assert "data" not in answer
    (error,) = answer["errors"]
    assert "LIMIT_EXCEEDED" == error["extensions"]["code"], error
    assert f"{error['extensions']['allowed']:,}" in error["message"]
    found: dict[str, Any] = error["extensions"]
    return found


# --- Cost -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("query", "objects"),
    [
        ("{ __typename }", 0),
        ("{ log { position recordedAt } }", 1),
        ("{ log { projections { name } } }", 1 + 5),
        # A connection asks the database for itself: 5. Its pages multiply what is below them.
        ("{ partnerships(first: 10) { nodes { code } } }", 5 + 1 + 10),
        ("{ partnerships(last: 10) { nodes { code } } }", 5 + 1 + 10),
        ("{ partnerships { nodes { code } } }", 5 + 1 + 20),
        ("{ partnerships(first: null) { nodes { code } } }", 5 + 1 + 20),
        ("{ partnerships(first: 10) { edges { node { lead { name } } } pageInfo { endCursor } } }", 5 + 1 + 10 * 3 + 1),
        ("{ partnerships(first: 10) { nodes { awards { payments { number } } } } }", 5 + 1 + 10 * (1 + 5 * (1 + 5))),
        (
            "{ partnerships(first: 10) { nodes { timeline(first: 20) { nodes { title } } } } }",
            5 + 1 + 10 * (1 + 5 + 1 + 20),
        ),
        ("{ partnerships(first: 0) { nodes { lead { name } } } }", 5 + 1 + 2),
        ("{ partnerships(first: 2147483647) { nodes { code } } }", 5 + 1 + 100),
        ("{ partnerships(first: 9) { totalCount } }", 5 + 1 + 25),
        ('{ nodes(ids: ["a", "b", "c"]) { id } }', 3),
        ("{ a: log { position } b: log { position } }", 2),
        ("{ log { position } log @skip(if: true) { position } }", 1),
        ("{ log @include(if: false) { position } }", 0),
        ("{ ...L ...L } fragment L on Query { log { position } }", 2),
        ("{ partnerships(first: 10) { ...P } } fragment P on PartnershipConnection { nodes { lead { name } } }", 26),
        (
            "{ partnerships(first: 10) { ...P } b: partnerships(first: 3) { ...P } }"
            " fragment P on PartnershipConnection { nodes { code } }",
            6 + 10 + 6 + 3,
        ),
        ("{ delaySummary { group } }", 250 + 5),
        ('mutation { acceptOffer(input: { commandId: "c", award: "a", on: "2005" }) { __typename } }', MUTATION + 1),
        ("subscription { events { effective { text } } }", 2),
    ],
)
def test_the_cost_is_the_number_of_objects_that_the_answer_can_hold(query: str, objects: int) -> None:
    assert objects == cost(query)


def test_variables_count_as_what_they_are() -> None:
    query = """query ($n: Int, $with: Boolean = true) {
        partnerships(first: $n) { nodes { lead @include(if: $with) { id } } } }"""
    assert [6 + 40, 6 + 2 * 100, 6 + 2, 6 + 40] == [
        cost(query),
        cost(query, n=100, **{"with": True}),
        cost(query, n=1, **{"with": True}),
        cost(query, n=None, **{"with": True}),
    ]
    assert 6 + 7 == cost(query, n=7, **{"with": False})
    assert 6 + 8 == cost("query ($n: Int = 4) { partnerships(first: $n) { nodes { lead { id } } } }")
    assert 2 == cost("query ($ids: [ID!]!) { nodes(ids: $ids) { id } }", ids=["a", "b"])
    # What is no size is refused when the variable is read; until then it counts for as much as there can be.
    for value in (-1, 101, 10**18):
        assert cost(query, n=value) in (6 + 2, 6 + 200)


def test_every_answer_shows_its_cost_and_the_limit(shared_api: Api) -> None:
    query = "query ($n: Int) { partnerships(first: $n) { nodes { code } } }"
    for variables, requested in (({"n": 3}, 9), ({}, 26)):
        assert {"requested": requested, "limit": 10_000} == shared_api.post(query, variables).json()["extensions"][
            "cost"
        ]
    assert {"requested": 1, "limit": 10_000} == shared_api.post("{ log { nothing } }").json()["extensions"]["cost"]
    assert "extensions" not in shared_api.post("{ log {").json()
    with socket(shared_api) as listening:
        listening.subscribe("subscription { events { position } }")
        assert {"requested": 1, "limit": 10_000} == listening.receive()["payload"]["extensions"]["cost"]


def test_an_operation_over_the_cost_is_refused_before_anything_is_read(
    shared_api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Api, "never", None, raising=False)
    query = "{ partnerships(first: 100) { nodes { timeline(first: 100) { nodes { event { id } } } } } }"
    response = shared_api.post(query)
    requested = 6 + 100 * (1 + 6 + 100 * 2)
    assert {"code": "LIMIT_EXCEEDED", "limit": "cost", "allowed": 10_000, "asked": requested} == refused(response)
    assert {"requested": requested, "limit": 10_000} == response.json()["extensions"]["cost"]
    assert 400 == shared_api.post(query, accept="application/graphql-response+json").status_code
    with socket(shared_api) as asking:
        asking.subscribe(query)
        message = asking.receive()
        assert ("error", "LIMIT_EXCEEDED") == (message["type"], message["payload"][0]["extensions"]["code"])
        assert asking.answer("{ log { position } }")["data"]


def test_limits_are_settings_of_the_application(shared_programme: Database) -> None:
    with served(shared_programme, projector=False, limits=Limits(cost=30, depth=3, tokens=30, body_bytes=300)) as api:
        assert {"requested": 26, "limit": 30} == api.post("{ partnerships { nodes { code } } }").json()["extensions"][
            "cost"
        ]
        assert "cost" == refused(api.post("{ partnerships(first: 30) { nodes { code } } }"))["limit"]
        assert "depth" == refused(api.post("{ partnerships(first: 1) { nodes { lead { id } } } }"))["limit"]
        assert "tokens" == refused(api.post("{" + "a " * 29 + "}"))["limit"]
        assert 413 == api.post("{ log { position } }" + " " * 300).status_code


# --- What else is counted ---------------------------------------------------------------------------------------------


def nested(levels: int) -> str:
    """A valid document of this depth."""
    opened = (
        'partnership(code:"lrip"){' + "awards{partnership{" * ((levels - 2) // 2) + ("awards{" if levels % 2 else "")
    )
    return "{" + opened + "id" + "}" * opened.count("{") + "}"


@pytest.mark.parametrize(
    ("limit", "within", "beyond"),
    [
        ("depth", nested(4), nested(17)),
        ("aliases", "{" + "".join(f"a{n}:__typename " for n in range(50)) + "}", None),
        ("aliases", "{ __typename }", "{" + "".join(f"a{n}:__typename " for n in range(51)) + "}"),
        (
            "directives",
            "{ __typename" + " @include(if: true)" * 1 + "}",
            "{ __typename" + " @include(if: true)" * 51 + "}",
        ),
        ("tokens", "{" + "__typename " * 40 + "}", "{" + "a " * 2000 + "}"),
        ("definitions", "{ __typename }", "".join(f"query Q{n} {{ __typename }} " for n in range(101))),
        ("fields", "{" + "__typename " * 100 + "}", "{" + "__typename " * 200 + "}"),
        ("nesting", "{" + "...{" * 20 + "__typename" + "}" * 21, "{" + "...{" * 101 + "__typename" + "}" * 102),
    ],
)
def test_each_limit_refuses_only_what_exceeds_it_and_names_itself(
    shared_api: Api, limit: str, within: str, beyond: str | None
) -> None:
    answer = shared_api.post(within).json()
    assert "errors" not in answer, answer["errors"]
    if beyond is not None:
        facts = refused(shared_api.post(beyond))
        assert (limit, getattr(LIMITS, limit)) == (facts["limit"], facts["allowed"])
        # The parser stops at the first token too many, and nobody knows of the others.
        assert ("asked" in facts) is (limit != "tokens")


def test_the_message_of_the_parser_for_a_long_document_is_as_expected() -> None:
    with pytest.raises(Exception, match=checks.TOO_MANY_TOKENS):
        parse("{ a b }", max_tokens=3)


def test_what_the_console_and_code_generators_ask_is_within_the_limits(shared_api: Api) -> None:
    for introspection in (
        get_introspection_query(),
        get_introspection_query(specified_by_url=True, schema_description=True),
    ):
        assert "errors" not in shared_api.post(introspection).json()
    for file in EXAMPLES.glob("*.graphql"):
        assert asked(file.read_text()).cost < LIMITS.cost / 4


def test_extra_costs_and_assumed_lengths_name_fields_of_the_schema() -> None:
    kinds = schema._schema.type_map
    for place in (*WEIGHTS, *DESCRIBED):
        kind, _, field = place.partition(".")
        assert field in kinds[kind].fields, place  # type: ignore[attr-defined]
    for name in ("fields", "interfaces", "enumValues", "inputFields"):
        attribute = {"enumValues": "values", "inputFields": "fields"}.get(name, name)
        of_inputs = name == "inputFields"
        found = [getattr(k, attribute, ()) for k in kinds.values() if ("Input" in type(k).__name__) is of_inputs]
        assert sum(map(len, found)) <= DESCRIBED[f"__Type.{name}"] * len(kinds), name
    assert len(kinds) <= DESCRIBED["__Schema.types"]


def test_every_list_with_pages_has_an_extra_cost() -> None:
    for name, kind in schema._schema.type_map.items():
        for field_name, field in getattr(kind, "fields", {}).items():
            if f"{field.type}".rstrip("!").endswith("Connection"):
                assert f"{name}.{field_name}" in WEIGHTS
            if field_name == "totalCount":
                assert f"{name}.totalCount" in WEIGHTS


def test_a_message_of_a_websocket_that_is_too_large_closes_it(shared_api: Api) -> None:
    with socket(shared_api) as asking, pytest.raises(ConnectionClosed) as closed:
        asking.answer("{ log { position } }" + " " * LIMITS.body_bytes)
    assert closed.value.rcvd is not None
    assert 1009 == closed.value.rcvd.code


def test_one_connection_has_a_limit_of_operations_at_a_time(shared_api: Api) -> None:
    with socket(shared_api) as asking:
        last = shared_api.ask("{ log { position } }")["log"]["position"]
        quiet = [asking.subscribe(f'subscription {{ events(after: "{last}") {{ id }} }}') for _ in range(100)]
        refused = asking.subscribe("{ log { position } }")
        message = asking.receive()
        assert (refused, "error") == (message["id"], message["type"])
        facts = {"code": "LIMIT_EXCEEDED", "limit": "operations", "allowed": 100, "asked": 101}
        assert facts == message["payload"][0]["extensions"]
        asking.send({"id": quiet[0], "type": "complete"})
        assert asking.answer("{ log { position } }")["data"]


# --- Bombs ------------------------------------------------------------------------------------------------------------


def doubled(links: int, body: str = "...f{0} ...f{0}") -> str:
    """Fragments that each spread the next one twice: following every spread takes exponential time."""
    chain = "".join(f"fragment f{n} on Query{{{body.format(n + 1)}}}" for n in range(links))
    return f"{{...f0}}{chain}fragment f{links} on Query{{{LEAF}}}"


def circle(body: str) -> str:
    """Fragments that contain themselves, each through two fields."""
    return f'{{ partnership(code: "lrip") {{ ...f }} }} fragment f on Partnership {{ {body} }}'


TWO_WAYS = "awards{partnership{...f} bid{partnership{...f}}}"
DEEP_FIELDS = "".join(
    f"fragment f{n} on Partnership{{a:awards{{partnership{{...f{n + 1}}}}} b:bids{{partnership{{...f{n + 1}}}}}}}"
    for n in range(40)
)
EXPENSIVE: dict[str, str] = {
    **{f"doubled fragments, {links}": doubled(links) for links in (20, 50, 98)},
    "doubled fragments within inline ones": doubled(60, "...{{...f{0}}} ...{{...f{0}}}"),
    "tripled fragments": doubled(50, "...f{0} ...f{0} ...f{0}"),
    "two ways down": f'{{partnership(code:"x"){{...f0}}}}{DEEP_FIELDS}fragment f40 on Partnership{{id}}',
    "a circle": circle(TWO_WAYS),
    "a circle beside itself": circle(f"x:{TWO_WAYS} y:{TWO_WAYS}".replace("x:", "").replace("y:", "")),
    "one field again and again": "{" + "a " * 1990 + "}",
    "one object again and again": "{" + f"{LEAF} " * 480 + "}",
    "pages of pages": "{partnerships(first:100){nodes{timeline(first:100){nodes{event{id}}}}}}",
    "edges of edges": "{partnerships(first:100){edges{node{timeline(last:100){edges{node{event{id}}}}}}}}",
    "pages by a variable": "query($n:Int=100){partnerships(first:$n){nodes{timeline(first:$n){nodes{id}}}}}",
    "awards of partnerships of awards": "{partnerships{nodes{" + "awards{partnership{" * 6 + "id" + "}" * 12 + "}}}",
    "bids of partnerships of bids": "{partnerships(first:99){nodes{" + "bids{partnership{" * 3 + "id" + "}" * 6 + "}}}",
    "sub-awards of sub-awards": '{award(id:"a"){' + "subAwards{" * 12 + "id" + "}" * 14,
    "events behind figures": "{partnerships(first:100){nodes{funding{"
    + " ".join(f"{name}{{events(first:100){{nodes{{id}}}}}}" for name in ("paid", "awarded", "returned"))
    + "}}}}",
    "totals of pages": "{partnerships(first:100){nodes{timeline{totalCount} " + "".join(
        f"t{n}:timeline{{totalCount}} " for n in range(9)) + "}}}",
    "summaries": "{" + "".join(f"a{n}:delaySummary{{group}} " for n in range(45)) + "}",
    "things by many ids": "query($ids:[ID!]!){nodes(ids:$ids){...on Partnership{timeline(first:100){nodes{id}}}}}",
    "a deep one": nested(40),
    "aliases": "{" + "".join(f"a{n}:{LEAF} " for n in range(300)) + "}",
    "directives": "{log" + "@include(if:true)" * 300 + "{position}}",
    "directives that are none": "{log" + "@a" * 900 + "{position}}",
    "commands": "mutation{" + "".join(
        f'a{n}:acceptOffer(input:{{commandId:"c",award:"a",on:"2005"}}){{__typename}} ' for n in range(60)) + "}",
    "operations": "".join(f"query Q{n}{{{LEAF}}}" for n in range(300)),
    "fragments that nobody spreads": "{__typename}" + "".join(f"fragment f{n} on Query{{a}}" for n in range(200)),
    "tokens": "{" + "a{b}" * 600 + "}",
    "types of fields of types": "{__schema{types{fields{type{fields{type{fields{name}}}}}}}}",
    "kinds of kinds": "{__schema{types{" + "interfaces{possibleTypes{" * 5 + "name" + "}" * 12 + "}",
    "a long list": "{nodes(ids:[" + '"a",' * 1990 + "]){id}}",
    "variables": "query(" + "".join(f"$v{n}:Int " for n in range(600)) + "){__typename}",
}  # fmt: skip
VARIABLES = {"things by many ids": {"ids": ["partnership-1"] * 100}}


def test_there_are_thirty_expensive_documents() -> None:
    assert 30 <= len(EXPENSIVE)


@pytest.mark.parametrize("name", EXPENSIVE)
def test_an_expensive_document_is_refused_at_once(shared_api: Api, name: str) -> None:
    began = time.perf_counter()
    response = shared_api.post(EXPENSIVE[name], VARIABLES.get(name))
    took = time.perf_counter() - began
    errors = response.json()["errors"]
    assert {"LIMIT_EXCEEDED"} == {error["extensions"]["code"] for error in errors}
    # Generous: each takes a few milliseconds where nothing else runs; an exponential check takes minutes.
    assert took < 5, "the check itself takes too long"


def test_a_fragment_is_weighed_once_however_often_it_is_spread(monkeypatch: pytest.MonkeyPatch) -> None:
    weighed: list[int] = []
    selections = Scales._selections

    def counting(self: Scales, *args: Any) -> Weight:
        weighed.append(1)
        return selections(self, *args)

    monkeypatch.setattr(Scales, "_selections", counting)
    for links in (10, 40):
        weighed.clear()
        document = parse(doubled(links))
        operation = document.definitions[0]
        assert isinstance(operation, OperationDefinitionNode)
        Scales(schema._schema, document, operation, (), LIMITS.nesting).operation()
        assert links + 3 == len(weighed)


def test_a_document_is_checked_in_a_number_of_steps_that_the_limit_bounds(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two ways down from each of 40 fragments are 2 to the power of 40 fields."""
    document = parse(EXPENSIVE["two ways down"])
    began = time.process_time()
    with pytest.raises(Problem, match="limit for fields"):
        refuse_document(document, LIMITS)
    assert time.process_time() - began < 5


def test_the_health_check_answers_while_expensive_documents_are_refused(shared_api: Api) -> None:
    def flood() -> list[int]:
        with httpx.Client(base_url=shared_api.url) as http:
            bodies = [{"query": query, "variables": VARIABLES.get(name)} for name, query in EXPENSIVE.items()]
            return [http.post("/graphql", json=body).status_code for body in bodies]

    seen = 0
    with ThreadPoolExecutor(2) as hands:
        floods = [hands.submit(flood) for _ in range(2)]
        while not all(one.done() for one in floods):
            assert 200 == shared_api.http.get("/health").status_code
            seen += 1
    assert seen > 3, "while they are refused nothing else is answered"
    assert all({200} == set(one.result()) for one in floods)


# --- Time and turns ---------------------------------------------------------------------------------------------------


@pytest.fixture
def hurried(programme: Database) -> Iterator[Api]:
    """An application with a limit of half a second for an operation."""
    with served(programme, projector=False, limits=Limits(operation_seconds=0.5)) as api:
        yield api


SLOWLY = "{ partnerships { nodes { code } } }"


def test_an_operation_that_takes_too_long_is_stopped_and_the_next_is_answered(
    programme: Database, hurried: Api
) -> None:
    with programme.connect() as connection, connection.transaction():
        connection.execute("LOCK TABLE read.partnerships IN ACCESS EXCLUSIVE MODE")
        answers = [hurried.post(SLOWLY, accept=f"application/{kind}") for kind in ("json", "graphql-response+json")]
        with socket(hurried) as asking:
            asking.subscribe(SLOWLY)
            seen = asking.receive()["payload"]
    for response in answers:
        # It had begun, so it is no 400; and what took long was asked for by the caller, so it is no 5xx.
        assert 200 == response.status_code
        answer = response.json()
        assert None is answer["data"]
        assert ["TIMED_OUT"] == [error["extensions"]["code"] for error in answer["errors"]]
    assert ["TIMED_OUT"] == [error["extensions"]["code"] for error in seen]
    assert 20 == len(hurried.ask(SLOWLY)["partnerships"]["nodes"])
    with programme.connect() as connection:
        running = connection.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE state = 'active' AND query LIKE '%%read.partnerships%%'"
            " AND datname = current_database() AND pid <> pg_backend_pid()"
        ).fetchone()
    assert (0,) == running, "what was stopped goes on in the database"


def test_a_command_that_was_stopped_and_sent_again_is_recorded_once(programme: Database) -> None:
    with served(programme, limits=Limits(operation_seconds=1)) as api:
        given = submitting(commandId="stopped", reference="stopped")
        with programme.connect() as connection, connection.transaction():
            connection.execute("LOCK TABLE log.events IN EXCLUSIVE MODE")
            response = api.post(SUBMIT, given)
            assert (200, ["TIMED_OUT"]) == (response.status_code, codes(response))
            assert "commandId" in response.json()["errors"][0]["message"]
        until(lambda: "BidRecorded" in api.post(SUBMIT, given).text, "it is answered when it is handed in again")
        count = '{ auditLog(filter: { commandId: "stopped" }) { totalCount } }'
        assert {"totalCount": 1} == api.ask(count)["auditLog"]


def test_a_request_that_does_not_arrive_is_abandoned(hurried: Api) -> None:
    def dripping() -> Iterator[bytes]:
        for byte in b'{"query": "{ log { position } }"}':
            time.sleep(0.1)
            yield bytes([byte])

    with httpx.Client(base_url=hurried.url) as http:
        response = http.post("/graphql", content=dripping(), headers={"content-type": "application/json"})
    assert 408 == response.status_code
    assert "TIMED_OUT" == response.json()["errors"][0]["extensions"]["code"]


def test_a_client_with_many_slow_questions_does_not_block_others(programme: Database) -> None:
    limits = Limits(operation_seconds=20, statement_seconds=15)
    with served(programme, projector=False, limits=limits) as api, ThreadPoolExecutor(20) as hands:
        with programme.connect() as connection, connection.transaction():
            connection.execute("LOCK TABLE read.partnerships IN ACCESS EXCLUSIVE MODE")
            greedy = [hands.submit(ask_as, api, "greedy", SLOWLY) for _ in range(20)]
            time.sleep(0.5)
            began = time.monotonic()
            assert "data" in ask_as(api, "modest", "{ log { position } }")
            assert time.monotonic() - began < 5
            assert 200 == api.http.get("/ready").status_code
            assert not any(one.done() for one in greedy)
        assert all(20 == len(one.result()["data"]["partnerships"]["nodes"]) for one in greedy)


def ask_as(api: Api, actor: str, query: str) -> dict[str, Any]:
    """The answer to *query* asked by *actor* over a connection of its own."""
    with httpx.Client(base_url=api.url, timeout=30) as http:
        answer: dict[str, Any] = http.post(
            "/graphql", json={"query": query}, headers={"x-fundtrail-actor": actor}
        ).json()
    return answer
