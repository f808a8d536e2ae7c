"""Operations as server-sent events: graphql-sse in its "distinct connections" mode, besides the WebSocket."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx
import pytest

from projections.audit import reading as audit
from tests.api.types.test_subscription import EVENTS, PLANTED, breaking, head, record
from tests.kit.web.served import Api, until

EVENT_STREAM = "text/event-stream"
Told = tuple[str, Any]


@contextmanager
def stream(
    api: Api, query: str = EVENTS, *, method: str = "POST", accept: str = EVENT_STREAM, **variables: Any
) -> Iterator[tuple[httpx.Response, Iterator[Told]]]:
    """The response to an operation as events, and its events as they arrive: their name and data."""
    with httpx.Client(base_url=api.url, timeout=30) as http:
        asked: dict[str, Any] = (
            {"json": {"query": query, "variables": variables}}
            if method == "POST"
            else {"params": {"query": query, "variables": json.dumps(variables)}}
        )
        with http.stream(method, "/graphql", headers={"accept": accept}, **asked) as response:
            yield response, shown(response.iter_lines())


def shown(lines: Iterator[str]) -> Iterator[Told]:
    """The events in *lines*, without comments."""
    name, data = "", ""
    for line in lines:
        field, _, value = line.partition(":")
        match field:
            case "event":
                name = value.strip()
            case "data":
                data = value.strip()
            case "" if not line:
                if name:
                    yield name, json.loads(data) if data else None
                name, data = "", ""


def positions(events: Iterator[Told], number: int) -> list[int]:
    """The positions of the next events of the log."""
    found = [next(events) for _ in range(number)]
    assert {"next"} == {name for name, _ in found}
    return [int(answer["data"]["events"]["position"]) for _, answer in found]


@pytest.mark.parametrize("method", ["POST", "GET"])
def test_every_event_after_a_position_arrives_in_order_and_then_the_new_ones(module_api: Api, method: str) -> None:
    start = head(module_api) - 250
    with stream(module_api, method=method, after=str(start)) as (response, events):
        assert (200, EVENT_STREAM) == (response.status_code, response.headers["content-type"].partition(";")[0])
        assert "no-cache" in response.headers["cache-control"]
        assert list(range(start + 1, start + 251)) == positions(events, 250)
        for word in ("first", "second"):
            assert [record(module_api, f"{method}-{word}")] == positions(events, 1)


def test_a_client_that_reconnects_with_its_last_position_misses_nothing_and_gets_nothing_twice(module_api: Api) -> None:
    start = head(module_api)
    expected = [record(module_api, f"sse-{number}") for number in range(6)]
    heard: list[int] = []
    while len(heard) < len(expected):
        with stream(module_api, after=str(heard[-1] if heard else start)) as (_, events):
            heard += positions(events, 2)
    assert expected == heard


@pytest.mark.parametrize("method", ["POST", "GET"])
def test_a_query_is_one_event_and_the_end(module_api: Api, method: str) -> None:
    with stream(module_api, "{ log { position } }", method=method) as (_, events):
        (name, answer), end = next(events), next(events)
        assert ("next", {"position": str(head(module_api))}) == (name, answer["data"]["log"])
        assert 1 == answer["extensions"]["cost"]["requested"]
        assert ("complete", None) == end
        assert None is next(events, None)


@pytest.mark.parametrize(
    ("query", "code", "method"),
    [
        ("{ log {", "GRAPHQL_PARSE_FAILED", "POST"),
        ("subscription { nothing }", "GRAPHQL_VALIDATION_FAILED", "POST"),
        ("query A { log { position } } query B { log { position } }", "BAD_USER_INPUT", "POST"),
        ("fragment f on Query { log { position } }", "BAD_USER_INPUT", "POST"),
        ('subscription { events(after: "-1") { position } }', "BAD_USER_INPUT", "POST"),
        ("{" + "a " * 1900 + "}", "LIMIT_EXCEEDED", "POST"),
        ("{ log {", "GRAPHQL_PARSE_FAILED", "GET"),
        ("query A { log { position } } mutation B { __typename }", "BAD_USER_INPUT", "GET"),
    ],
)
def test_an_operation_that_cannot_run_ends_with_a_code(module_api: Api, query: str, code: str, method: str) -> None:
    with stream(module_api, query, method=method) as (response, events):
        assert 200 == response.status_code
        (name, answer), end = next(events), next(events)
        assert "next" == name
        assert {code} == {error["extensions"]["code"] for error in answer["errors"]}
        assert ("complete", None) == end


def test_a_mutation_by_get_is_405_as_without_events(module_api: Api) -> None:
    query = 'mutation { acceptOffer(input: {commandId: "c", award: "a", on: "2005"}) { __typename } }'
    response = module_api.http.get("/graphql", params={"query": query}, headers={"accept": EVENT_STREAM})
    assert (405, "POST") == (response.status_code, response.headers["allow"])
    assert "METHOD_NOT_ALLOWED" == response.json()["errors"][0]["extensions"]["code"]


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_request_without_a_query_is_400_as_without_events(module_api: Api, method: str) -> None:
    body: dict[str, Any] = {"json": {}} if method == "POST" else {}
    response = module_api.http.request(method, "/graphql", headers={"accept": EVENT_STREAM}, **body)
    assert 400 == response.status_code
    assert "BAD_USER_INPUT" == response.json()["errors"][0]["extensions"]["code"]


def test_a_mutation_is_answered_as_an_event(module_api: Api) -> None:
    query = 'mutation { acceptOffer(input: {commandId: "sse", award: "award-x", on: "2005"}) { __typename } }'
    with stream(module_api, query) as (_, events):
        assert ("next", "Refusal") == ((shown := next(events))[0], shown[1]["data"]["acceptOffer"]["__typename"])


@pytest.mark.parametrize("body", [b"", b"null", b"[]", b'{"query":5}', b"{"])
def test_a_body_that_is_not_a_request_is_400_as_json(module_api: Api, body: bytes) -> None:
    headers = {"content-type": "application/json", "accept": EVENT_STREAM}
    response = module_api.http.post("/graphql", content=body, headers=headers)
    assert 400 == response.status_code
    assert "BAD_USER_INPUT" == response.json()["errors"][0]["extensions"]["code"]


@pytest.mark.parametrize(
    ("accept", "events"),
    [
        (EVENT_STREAM, True),
        ("Text/Event-Stream; charset=utf-8", True),
        (f"{EVENT_STREAM}, application/json;q=0.5", True),
        (f"application/json, {EVENT_STREAM};q=0.5", False),
        (f"{EVENT_STREAM};q=0, application/json", False),
        ("*/*", False),
        (f"{EVENT_STREAM} ; Q = 0.1, application/json", False),
        (f"application/json;q=0, application/graphql-response+json;q=0, {EVENT_STREAM}", True),
        ("application/json", False),
    ],
)
def test_the_client_says_whether_it_wants_events(module_api: Api, accept: str, events: bool) -> None:
    response = module_api.post("{ log { position } }", accept=accept)
    assert events is response.headers["content-type"].startswith(EVENT_STREAM)


def test_a_subscription_by_plain_post_is_refused_with_the_right_way(module_api: Api) -> None:
    assert "text/event-stream" in module_api.error("subscription { events { position } }")["message"]


def test_an_internal_error_is_shown_without_its_text(module_api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(audit, "entries", breaking)
    with stream(module_api) as (_, events):
        name, answer = next(events)
    assert ("next", ["INTERNAL"]) == (name, [error["extensions"]["code"] for error in answer["errors"]])
    assert PLANTED not in json.dumps(answer)


def test_nothing_more_is_read_for_a_client_that_has_disconnected(
    module_api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = threading.Event()
    entries = audit.entries

    async def counting(*args: Any) -> Any:
        asked.set()
        return await entries(*args)

    monkeypatch.setattr(audit, "entries", counting)
    with stream(module_api, after=str(head(module_api))) as (_, events):
        record(module_api, "the last that is heard")
        positions(events, 1)

    def silent() -> bool:
        asked.clear()
        record(module_api, f"unheard-{head(module_api)}")
        return not asked.wait(0.5)

    until(silent, "the subscription of who has gone came to its end")
