"""WebSockets and event streams: the token comes with the connection, and the connection ends with the token."""

import json
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import ClientConnection, connect
from websockets.typing import Subprotocol

from infra.database.postgres import Database
from infra.identity.caller import Account
from tests.kit.database.writing import ask
from tests.kit.web.issuing import OFFICER, SmallIssuer, identity_at
from tests.kit.web.served import Api, served

FOLLOW = 'subscription { events(after: "0") { position } }'


def opened(api: Api, **headers: str) -> ClientConnection:
    url = f"{api.url.replace('http', 'ws', 1)}/graphql"
    given = {name.replace("_", "-"): value for name, value in headers.items()}
    return connect(url, subprotocols=[Subprotocol("graphql-transport-ws")], additional_headers=given)


def begun(api: Api, payload: Any = None, **headers: str) -> tuple[str, Any]:
    """How a connection begins: the type of the first message, or "closed" with the code and reason."""
    with opened(api, **headers) as socket:
        socket.send(json.dumps({"type": "connection_init"} | ({"payload": payload} if payload is not None else {})))
        try:
            return json.loads(socket.recv(timeout=30))["type"], None
        except ConnectionClosed as closed:
            return "closed", (closed.rcvd.code, closed.rcvd.reason) if closed.rcvd else None


def test_a_token_is_admitted_in_the_headers_and_in_connection_init(guarded: Api, issuer: SmallIssuer) -> None:
    bearer = f"Bearer {issuer.token()}"
    assert "connection_ack" == begun(guarded, authorization=bearer)[0]
    assert "connection_ack" == begun(guarded, {"Authorization": bearer})[0]
    assert "connection_ack" == begun(guarded, {"authorization": bearer})[0]


@pytest.mark.parametrize(
    "payload",
    [
        None,
        {},
        {"Authorization": ""},
        {"Authorization": "officer"},
        {"Authorization": "Bearer a.b.c"},
        {"Authorization": 7},
        {"Authorization": None},
        {"Authorization": ["Bearer a.b.c"]},
        {"token": "a.b.c"},
    ],
)
def test_a_connection_without_a_good_token_is_closed(guarded: Api, payload: Any) -> None:
    assert ("closed", (4403, "UNAUTHENTICATED")) == begun(guarded, payload)


def test_a_bad_token_in_the_headers_opens_no_connection(guarded: Api) -> None:
    with pytest.raises(InvalidStatus) as refused, opened(guarded, authorization="Bearer a.b.c"):
        pass
    assert 401 == refused.value.response.status_code
    assert b"UNAUTHENTICATED" in refused.value.response.body


def test_two_tokens_for_one_connection_are_refused(guarded: Api, issuer: SmallIssuer) -> None:
    bearer = f"Bearer {issuer.token()}"
    assert ("closed", (4403, "BAD_USER_INPUT")) == begun(guarded, {"Authorization": bearer}, authorization=bearer)
    both = {"Authorization": bearer, "authorization": bearer}
    assert ("closed", (4403, "BAD_USER_INPUT")) == begun(guarded, both)


def test_an_account_without_a_person_opens_no_connection(guarded: Api, issuer: SmallIssuer) -> None:
    bearer = f"Bearer {issuer.token(sub='nobody')}"
    assert ("closed", (4403, "NO_PERSON")) == begun(guarded, {"Authorization": bearer})


def test_nothing_is_answered_before_the_token_has_come(guarded: Api) -> None:
    with opened(guarded) as socket:
        socket.send(json.dumps({"type": "subscribe", "id": "1", "payload": {"query": "{ log { position } }"}}))
        with pytest.raises(ConnectionClosed) as closed:
            socket.recv(timeout=30)
    assert closed.value.rcvd is not None
    assert 4401 == closed.value.rcvd.code


@pytest.mark.parametrize("place", ["headers", "connection_init"])
def test_a_connection_ends_when_its_token_does(guarded: Api, issuer: SmallIssuer, place: str) -> None:
    ends = int(time.time()) + 3
    bearer = f"Bearer {issuer.token(exp=ends)}"
    headers = {"authorization": bearer} if place == "headers" else {}
    payload = {"Authorization": bearer} if place == "connection_init" else {}
    messages = 0
    with opened(guarded, **headers) as socket:
        socket.send(json.dumps({"type": "connection_init", "payload": payload}))
        socket.send(json.dumps({"type": "subscribe", "id": "1", "payload": {"query": FOLLOW}}))
        with suppress(ConnectionClosed):
            for _ in socket:
                messages += 1
    assert messages > 100
    assert (4403, "UNAUTHENTICATED") == (socket.close_code, socket.close_reason)
    assert -1 < time.time() - ends < 10


def test_a_stream_of_events_ends_with_a_code_when_its_token_does(guarded: Api, issuer: SmallIssuer) -> None:
    ends = int(time.time()) + 3
    headers = {"authorization": f"Bearer {issuer.token(exp=ends)}", "accept": "text/event-stream"}
    answer = guarded.http.post("/graphql", json={"query": FOLLOW}, headers=headers)
    assert 200 == answer.status_code
    assert "UNAUTHENTICATED" in answer.text[-400:]
    assert answer.text.rstrip().endswith("event: complete\r\ndata:")
    assert -1 < time.time() - ends < 10
    assert (
        401
        == guarded.http.post("/graphql", json={"query": FOLLOW}, headers={"accept": "text/event-stream"}).status_code
    )


def test_a_command_over_a_websocket_is_recorded_by_the_person(own: Api) -> None:
    token = own.app.state.identity.own.token(OFFICER)
    command = """mutation { submitBid(input: { commandId: "c-1", reference: "R-1", partnership: "lrip", title: "T",
        requested: { amount: "1", currency: "GBP" }, on: "2005" }) { ... on BidRecorded { position } } }"""
    with opened(own) as socket:
        socket.send(json.dumps({"type": "connection_init", "payload": {"Authorization": f"Bearer {token}"}}))
        socket.send(json.dumps({"type": "subscribe", "id": "1", "payload": {"query": command}}))
        answers = [json.loads(socket.recv(timeout=30)) for _ in range(2)]
    position = int(answers[1]["payload"]["data"]["submitBid"]["position"])
    recorded = ask(own.database, "SELECT notification_id, actor FROM log.events WHERE topic = 'BidSubmitted'")
    assert [(position, OFFICER)] == recorded


def test_a_page_of_another_site_does_not_get_the_session_of_our_pages(
    programme: Database, home: Path, issuer: SmallIssuer
) -> None:
    identity = identity_at(programme, home, issuer.url)
    cookie = f"fundtrail-session={identity.sessions.begun(Account(issuer.url, 'officer'), time.time() + 60)}"
    other = "https://other.example.org"
    with served(programme, projector=False, identity=identity, origins=frozenset({other})) as api:
        assert "connection_ack" == begun(api, cookie=cookie, origin=api.url)[0]
        assert ("closed", (4403, "UNAUTHENTICATED")) == begun(api, cookie=cookie, origin=other)
        # The control: with a token such a page is admitted.
        bearer = {"Authorization": f"Bearer {issuer.token()}"}
        assert "connection_ack" == begun(api, bearer, cookie=cookie, origin=other)[0]
