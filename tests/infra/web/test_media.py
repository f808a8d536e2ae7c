"""Media types and status codes follow the draft of GraphQL over HTTP."""

from typing import Any

import httpx
import pytest

from infra.web.graphql_http import preferred
from tests.kit.web.served import Api

GRAPHQL = "application/graphql-response+json"
JSON = "application/json"
WELL = "{ log { position } }"
# Requests that never run: the document cannot be read, does not fit the schema, or its variables do not.
NEVER_RUN: list[tuple[str, dict[str, Any] | None]] = [
    ("{ log { position }", None),
    ("{ nothing }", None),
    ('query ($p: LogPosition!) { partnership(code: "x", atLeast: $p) { id } }', {}),
    ('query ($p: LogPosition) { partnership(code: "x", atLeast: $p) { id } }', {"p": 5}),
    ("query A { log { position } } query B { log { position } }", None),
    ("query A { log { position } } query B { log { position } }", {}),
]


def media(response: httpx.Response) -> str:
    """The media type of *response*."""
    return response.headers["content-type"].partition(";")[0]


@pytest.mark.parametrize(
    ("accept", "answered"),
    [
        (GRAPHQL, GRAPHQL),
        (JSON, JSON),
        ("*/*", JSON),
        ("application/*", JSON),
        ("", JSON),
        ("text/html", JSON),
        ("image/png", JSON),
        (f"{GRAPHQL}, {JSON}", GRAPHQL),
        (f"{JSON}, {GRAPHQL}", JSON),
        (f"{GRAPHQL}; charset=utf-8, {JSON}; charset=utf-8", GRAPHQL),
        (f"{JSON};q=0.5, {GRAPHQL};q=0.9", GRAPHQL),
        (f"{GRAPHQL};q=0.1, */*;q=0.5", JSON),
        (f"{GRAPHQL};q=0, {JSON}", JSON),
        (f"{GRAPHQL};q=none, {JSON}", JSON),
        (f"{GRAPHQL};q=nan", JSON),
        ("Application/GraphQL-Response+JSON", GRAPHQL),
        (";;;,,,q=1;", JSON),
        (f"{JSON};q=0, */*", GRAPHQL),
        (f"*/*, {JSON};q=0", GRAPHQL),
        (f"{JSON};Q=0.1, {GRAPHQL};q=0.5", GRAPHQL),
        (f"{JSON}; q = 0.1, {GRAPHQL};q=0.5", GRAPHQL),
        (f"application/*;q=0.5, {GRAPHQL};q=0.4", JSON),
        (f"{GRAPHQL};q=-1, {JSON};q=0.1", JSON),
    ],
)
def test_the_client_chooses_the_media_type(shared_api: Api, accept: str, answered: str) -> None:
    assert answered == preferred(accept)
    response = shared_api.post(WELL, accept=accept)
    assert (200, answered) == (response.status_code, media(response))
    assert "charset=utf-8" in response.headers["content-type"]
    assert ["data", "extensions"] == list(response.json())


@pytest.mark.parametrize(("query", "variables"), NEVER_RUN)
def test_a_request_that_never_ran_is_400_under_the_media_type_of_graphql_and_200_under_json(
    shared_api: Api, query: str, variables: dict[str, Any] | None
) -> None:
    for accept, status in ((GRAPHQL, 400), (JSON, 200)):
        response = shared_api.post(query, variables, accept=accept)
        assert (status, accept) == (response.status_code, media(response))
        answer = response.json()
        assert ["errors"] == [name for name in answer if name != "extensions"], (
            "there is no `data` entry where nothing ran"
        )
        assert all(error["extensions"]["code"] for error in answer["errors"])


@pytest.mark.parametrize("accept", [GRAPHQL, JSON])
def test_a_request_that_ran_is_200_with_data_also_when_it_failed_in_part_or_in_whole(
    shared_api: Api, accept: str
) -> None:
    in_part = shared_api.post('{ log { position } node(id: "x") { id } partnership { id } }', accept=accept)
    assert 200 == in_part.status_code
    assert (None, None) == (in_part.json()["data"]["node"], in_part.json()["data"]["partnership"])
    assert ["partnership"] == in_part.json()["errors"][0]["path"]
    in_whole = shared_api.post("{ partnerships(first: 1000) { totalCount } }", accept=accept)
    assert (200, None) == (in_whole.status_code, in_whole.json()["data"])
    assert ["partnerships"] == in_whole.json()["errors"][0]["path"]


@pytest.mark.parametrize("name", ["A", "B"])
def test_of_several_operations_the_one_that_is_named_runs(shared_api: Api, name: str) -> None:
    query = "query A { a: log { position } } query B { b: log { position } }"
    response = shared_api.http.post("/graphql", json={"query": query, "operationName": name})
    assert [name.lower()] == list(response.json()["data"])


def test_of_several_operations_none_runs_unless_it_is_named(shared_api: Api) -> None:
    mutation = """mutation { submitBid(input: { commandId: "never", reference: "never", partnership: "lrip",
        title: "T", requested: { amount: "1", currency: "GBP" }, on: "2005" }) { __typename } }"""
    error = shared_api.error(f"{mutation.replace('mutation', 'mutation A', 1)} query B {{ log {{ position }} }}")
    assert "operationName" in error["message"]
    found = shared_api.ask('{ auditLog(filter: { commandId: "never" }) { totalCount } }')
    assert {"totalCount": 0} == found["auditLog"]


@pytest.mark.parametrize("accept", [GRAPHQL, JSON])
def test_queries_over_get_are_answered_as_over_post(shared_api: Api, accept: str) -> None:
    query = "query ($code: String!) { programme(code: $code) { name } }"
    parameters = {"query": query, "variables": '{"code":"cbp"}'}
    by_get = shared_api.http.get("/graphql", params=parameters, headers={"accept": accept})
    by_post = shared_api.post(query, {"code": "cbp"}, accept=accept)
    assert (by_post.status_code, media(by_post), by_post.json()) == (by_get.status_code, media(by_get), by_get.json())


# Valid requests that are refused before an operation runs.
NEVER_BEGUN: list[dict[str, Any]] = [
    {"query": WELL, "operationName": "x"},
    {"query": "type A { a: Int }"},
    {"query": "subscription { events { position } }"},
    {"documentId": "0" * 64},
]


@pytest.mark.parametrize("method", ["GET", "POST"])
@pytest.mark.parametrize("asked", NEVER_BEGUN)
def test_a_request_refused_before_its_operation_has_the_status_and_media_type_of_one_that_never_ran(
    shared_api: Api, asked: dict[str, Any], method: str
) -> None:
    given: dict[str, Any] = {"params": asked} if method == "GET" else {"json": asked}
    for accept, status in ((GRAPHQL, 400), (JSON, 200)):
        response = shared_api.http.request(method, "/graphql", headers={"accept": accept}, **given)
        assert (status, accept) == (response.status_code, media(response))
        assert response.json()["errors"][0]["extensions"]["code"]


@pytest.mark.parametrize("accept", [GRAPHQL, JSON])
def test_a_body_that_is_not_a_request_is_400_in_the_media_type_of_the_client(shared_api: Api, accept: str) -> None:
    kind = {"content-type": JSON, "accept": accept}
    for response in (
        shared_api.http.post("/graphql", content=b"{", headers=kind),
        shared_api.http.post("/graphql", content=b"{}", headers=kind),
        shared_api.http.get("/graphql", headers=kind),
        shared_api.http.get("/graphql", params={"query": WELL, "variables": "[]"}, headers=kind),
    ):
        assert (400, accept) == (response.status_code, media(response))


@pytest.mark.parametrize("accept", [GRAPHQL, JSON, "text/event-stream", "text/html", "*/*"])
def test_every_answer_that_depends_on_the_accept_header_says_so(shared_api: Api, accept: str) -> None:
    for response in (
        shared_api.post(WELL, accept=accept),
        shared_api.post("{", accept=accept),
        shared_api.post("", accept=accept),
        shared_api.http.get("/graphql", headers={"accept": accept}),
        shared_api.http.get("/graphql", params={"query": WELL}, headers={"accept": accept}),
    ):
        assert "Accept" == response.headers["vary"]


@pytest.mark.parametrize(
    ("accept", "console"),
    [
        ("text/html,application/xhtml+xml,*/*;q=0.8", True),
        ("*/*", True),
        (f"text/html, {JSON}", True),
        (f"text/html;q=0, {JSON}", False),
        (f"{JSON}, text/html", False),
        (f"{JSON}, */*", False),
    ],
)
def test_the_console_is_for_clients_that_prefer_html(shared_api: Api, accept: str, console: bool) -> None:
    page = shared_api.http.get("/graphql", headers={"accept": accept})
    assert (200 if console else 400, "text/html" if console else JSON) == (page.status_code, media(page))


def test_a_browser_gets_the_console_and_a_program_does_not(shared_api: Api) -> None:
    page = shared_api.http.get("/graphql", headers={"accept": "text/html,application/xhtml+xml"})
    assert (200, "text/html") == (page.status_code, media(page))
    assert "default-src 'self'" in page.headers["content-security-policy"]
    program = shared_api.http.get("/graphql", headers={"accept": JSON})
    assert (400, JSON) == (program.status_code, media(program))
    assert "BAD_USER_INPUT" == program.json()["errors"][0]["extensions"]["code"]
