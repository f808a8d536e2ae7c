"""The API is tested with the suites and clients of others: from npm, run by the Node of the Python index, and gql."""

import asyncio
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from gql import Client, gql
from gql.transport.exceptions import TransportQueryError
from gql.transport.httpx import HTTPXTransport
from gql.transport.websockets import WebsocketsTransport

from tests.kit.web.served import Api

HERE = Path(__file__).parent
NODE = Path(sys.executable).with_name("node")


@pytest.fixture(scope="module")
def _npm() -> None:
    if not (HERE / "node_modules").is_dir():
        assert "FUNDTRAIL_CI" not in os.environ, "the suites of others are not installed: see .venv/conformance.stamp"
        pytest.skip("the suites of others could not be installed from npm: run `make conformance`")


def node(script: str, *words: str) -> Any:
    """The JSON that a script prints."""
    done = subprocess.run(
        [NODE, HERE / script, *words], capture_output=True, text=True, check=False, timeout=120, cwd=HERE
    )
    assert 0 == done.returncode, done.stderr
    return json.loads(done.stdout)


@pytest.mark.usefixtures("_npm")
def test_every_audit_of_graphql_over_http_passes(shared_api: Api) -> None:
    audits = node("audit.mjs", f"{shared_api.url}/graphql")

    assert 61 == len(audits)
    assert [] == [one for one in audits if one["status"] != "ok"]


@pytest.mark.usefixtures("_npm")
def test_graphql_ws_follows_the_log_and_resumes_where_it_was(shared_api: Api) -> None:
    url = f"{shared_api.url.replace('http', 'ws', 1)}/graphql"
    first = node("subscribe.mjs", url, "0", "500")
    then = node("subscribe.mjs", url, str(first[-1]), "500")

    assert list(range(1, 1001)) == [*first, *then]


@pytest.mark.usefixtures("_npm")
def test_graphql_sse_follows_the_log_and_resumes_where_it_was(shared_api: Api) -> None:
    url = f"{shared_api.url}/graphql"
    first = node("events.mjs", url, "0", "500")
    then = node("events.mjs", url, str(first["positions"][-1]), "500")

    assert list(range(1, 1001)) == [*first["positions"], *then["positions"]]
    assert [shared_api.ask("{ log { position } }")["log"]["position"]] == first["answers"]


@pytest.mark.usefixtures("_npm")
def test_relay_runtime_keeps_an_entry_of_a_timeline_and_its_event_apart(shared_api: Api) -> None:
    held = node("relay.mjs", f"{shared_api.url}/graphql", "worcestershire-partnership")
    found = shared_api.ask(
        """{ partnership(code: "worcestershire-partnership") { timeline(first: 100) { nodes {
        __typename id title kind position event { id name position } } } } }"""
    )["partnership"]["timeline"]["nodes"]

    assert found
    assert found == held["nodes"]
    for entry in found:
        assert entry["__typename"] == held["types"][entry["id"]]
        assert "AuditEntry" == held["types"][entry["event"]["id"]]


FOLLOWED = gql("subscription ($after: LogPosition) { events(after: $after) { position } }")


def test_gql_queries_over_http_with_the_schema_that_it_fetched(shared_api: Api) -> None:
    transport = HTTPXTransport(f"{shared_api.url}/graphql", timeout=30)
    query = gql("query ($code: String!) { partnership(code: $code) { name awards { amount { amount } } } }")
    query.variable_values = {"code": "worcestershire-partnership"}
    with Client(transport=transport, fetch_schema_from_transport=True) as session:
        found = session.execute(query)["partnership"]
        with pytest.raises(TransportQueryError) as refused:
            session.execute(gql("{ partnership { name } }"))

    assert "75000.00" == found["awards"][0]["amount"]["amount"]
    assert refused.value.errors is not None
    assert "BAD_USER_INPUT" == refused.value.errors[0]["extensions"]["code"]


def test_gql_follows_the_log_over_a_websocket_and_resumes_where_it_was(shared_api: Api) -> None:
    url = f"{shared_api.url.replace('http', 'ws', 1)}/graphql"

    async def follow(after: int, number: int) -> list[int]:
        FOLLOWED.variable_values = {"after": f"{after}"}
        heard: list[int] = []
        async with Client(transport=WebsocketsTransport(url)) as session:
            async for answer in session.subscribe(FOLLOWED):
                heard.append(int(answer["events"]["position"]))
                if len(heard) == number:
                    break
        return heard

    first = asyncio.run(follow(0, 300))
    then = asyncio.run(follow(first[-1], 300))

    assert list(range(1, 601)) == [*first, *then]
