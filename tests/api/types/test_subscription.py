"""Events as they are recorded, over a WebSocket with graphql-transport-ws: none skipped, none repeated."""

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import ClientConnection, connect
from websockets.typing import Subprotocol

from api import context
from api.answering import statements
from api.types.log import subscription
from infra.database.postgres import Database
from projections.audit import reading as audit
from projections.register import reading as register
from tests.infra.web.test_errors import SUBMIT, submitting
from tests.kit.web.served import PATIENCE, Api, fed, served

EVENTS = """subscription ($after: LogPosition, $partnership: ID, $lanes: [Lane!]) {
  events(after: $after, partnership: $partnership, lanes: $lanes) { id position name actor commandId data }
}"""
PLANTED = "planted-secret-4711"


class Socket:
    """A connection with the protocol graphql-transport-ws, as the public clients use it."""

    def __init__(self, connection: ClientConnection) -> None:
        self._connection = connection
        self._asked = 0

    def send(self, message: dict[str, Any]) -> None:
        """Send a message."""
        self._connection.send(json.dumps(message))

    def receive(self, *, seconds: float = PATIENCE) -> dict[str, Any]:
        """The next message; its frame must be text, or clients refuse it."""
        frame = self._connection.recv(timeout=seconds)
        assert isinstance(frame, str), "a binary frame"
        message: dict[str, Any] = json.loads(frame)
        return message

    def begin(self) -> None:
        """Send the greeting."""
        self.send({"type": "connection_init", "payload": {}})
        assert {"type": "connection_ack"} == self.receive()

    def subscribe(self, query: str = EVENTS, **variables: Any) -> str:
        """Begin an operation and return its id."""
        self._asked += 1
        self.send({"id": f"{self._asked}", "type": "subscribe", "payload": {"query": query, "variables": variables}})
        return f"{self._asked}"

    def events(self, number: int) -> list[dict[str, Any]]:
        """The next events of the only subscription."""
        messages = [self.receive() for _ in range(number)]
        assert {"next"} == {message["type"] for message in messages}, messages
        return [message["payload"]["data"]["events"] for message in messages]

    def answer(self, query: str, **variables: Any) -> dict[str, Any]:
        """The whole answer to a query or mutation over the socket."""
        asked = self.subscribe(query, **variables)
        answered, done = self.receive(), self.receive()
        assert {"id": asked, "type": "complete"} == done
        payload: dict[str, Any] = answered["payload"]
        return payload


@contextmanager
def socket(api: Api, **headers: str) -> Iterator[Socket]:
    """An open connection to the application."""
    url = f"{api.url.replace('http', 'ws')}/graphql"
    protocols = [Subprotocol("graphql-transport-ws")]
    given = {name.replace("_", "-"): value for name, value in headers.items()}
    with connect(url, subprotocols=protocols, additional_headers=given, close_timeout=1) as connection:
        opened = Socket(connection)
        opened.begin()
        yield opened


def head(api: Api) -> int:
    """The position of the last event."""
    return int(api.ask("{ log { position } }")["log"]["position"])


def record(api: Api, word: str, *, partnership: str = "lrip") -> int:
    """Submit a bid and return the position of its event."""
    answer = api.command(
        "submitBid",
        "bid { id }",
        commandId=word,
        reference=word,
        partnership=partnership,
        title="Heard by who listens",
        requested={"amount": "1.00", "currency": "GBP"},
        on="2005",
    )
    return int(answer["position"])


def test_every_event_after_a_position_comes_in_order_and_then_the_new_ones(module_api: Api) -> None:
    before = head(module_api)
    start = before - 2 * subscription.PAGE - 7
    with socket(module_api) as listening:
        listening.subscribe(after=str(start))
        heard = listening.events(before - start)
        assert [str(position) for position in range(start + 1, before + 1)] == [event["position"] for event in heard]
        for word in ("new-1", "new-2", "new-3"):
            position = record(module_api, word)
            (event,) = listening.events(1)
            assert (str(position), "BidSubmitted", word) == (event["position"], event["name"], event["commandId"])


def test_without_a_position_the_whole_log_is_sent(module_api: Api) -> None:
    with socket(module_api) as listening:
        listening.subscribe()
        heard = listening.events(250)
    assert [str(position) for position in range(1, 251)] == [event["position"] for event in heard]


def test_a_client_that_resumes_misses_no_event_and_gets_none_twice(module_api: Api) -> None:
    start = head(module_api)
    expected = [record(module_api, f"again-{number}") for number in range(4)]
    heard: list[int] = []
    while len(heard) < 8:
        if len(heard) == 4:
            expected += [record(module_api, f"again-{number}") for number in range(4, 8)]  # While nobody listens.
        with socket(module_api) as listening:
            listening.subscribe(after=str(heard[-1] if heard else start))
            heard += [int(event["position"]) for event in listening.events(2)]
    assert expected == heard


def test_a_position_that_has_not_been_recorded_is_refused_and_the_last_that_has_is_not(module_api: Api) -> None:
    last = record(module_api, "the head")
    with socket(module_api) as listening:
        listening.subscribe(after=f"{last + 1}")
        message = listening.receive()
        assert "error" == message["type"]
        (error,) = message["payload"]
        assert f"Position {last + 1} has not been recorded. The log ends at position {last}." == error["message"]
        assert {"code": "BAD_USER_INPUT", "position": f"{last}"} == error["extensions"]
        listening.subscribe(after=f"{last}")
        position = record(module_api, "behind the head")
        assert [f"{position}"] == [event["position"] for event in listening.events(1)]


def test_the_end_of_the_log_is_a_valid_position_while_the_read_models_are_behind(
    programme: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(context, "PATIENCE_SECONDS", 0.1)
    with served(programme, projector=False) as api, socket(api) as listening:
        before = head(api)
        error = api.error(SUBMIT, **submitting(reference="ahead"))
        assert "RECORDED_NOT_YET_VISIBLE" == error["extensions"]["code"]
        assert before + 1 == head(api)
        listening.subscribe(after=f"{before + 1}")
        monkeypatch.undo()
        with fed(programme):
            position = record(api, "behind it")
            assert [f"{position}"] == [event["position"] for event in listening.events(1)]


def test_events_recorded_by_many_at_once_all_come_in_order(module_api: Api) -> None:
    start = head(module_api)
    with socket(module_api) as listening, ThreadPoolExecutor(4) as hands:
        listening.subscribe(after=str(start))
        recorded = hands.map(lambda number: record(module_api, f"many-{number}"), range(24))
        heard = [int(event["position"]) for event in listening.events(24)]
    assert list(range(start + 1, start + 25)) == heard == sorted(recorded)


def test_a_subscription_to_a_partnership_gets_only_its_events(module_api: Api) -> None:
    wanted = module_api.ask('{ partnership(code: "nwin") { id } }')["partnership"]["id"]
    stored = module_api.ask(
        "query ($id: ID) { auditLog(filter: { partnership: $id }, first: 100) { nodes { position } } }", id=wanted
    )["auditLog"]["nodes"]
    with socket(module_api) as listening:
        listening.subscribe(partnership=wanted)
        assert [entry["position"] for entry in stored] == [event["position"] for event in listening.events(len(stored))]
        record(module_api, "elsewhere")
        position = record(module_api, "at-home", partnership="nwin")
        assert [str(position)] == [event["position"] for event in listening.events(1)]


def test_a_partnership_is_named_by_its_id_or_its_code_and_an_unknown_one_is_refused(module_api: Api) -> None:
    """An unknown name gave a list of nothing, or a subscription that waited for ever."""
    wanted = module_api.ask('{ partnership(code: "lrip") { id } }')["partnership"]["id"]
    queries = (
        "query ($id: ID) { found: auditLog(filter: { partnership: $id }) { totalCount } }",
        "query ($id: ID) { found: discrepancies(filter: { partnership: $id }) { totalCount } }",
    )
    for query in queries:
        assert module_api.ask(query, id=wanted) == module_api.ask(query, id="lrip")
        (error,) = module_api.post(query, {"id": "north"}).json()["errors"]
        assert ("There is no partnership with this id or code.", "BAD_USER_INPUT") == (
            error["message"],
            error["extensions"]["code"],
        )
    with socket(module_api) as listening:
        listening.subscribe(partnership="north")
        message = listening.receive()
        assert "error" == message["type"]
        assert "There is no partnership with this id or code." == message["payload"][0]["message"]
    with socket(module_api) as listening:
        listening.subscribe(partnership="lrip")
        named = listening.events(3)
    with socket(module_api) as listening:
        listening.subscribe(partnership=wanted)
        assert named == listening.events(3)


def test_a_subscription_to_lanes_gets_only_their_events(module_api: Api) -> None:
    with socket(module_api) as listening:
        listening.subscribe(lanes=["AWARD"])
        heard = listening.events(10)
        names = {event["name"] for event in heard}
        assert "AwardStated" in names
        assert not {"PartnerJoined", "OutcomeStated", "BidSubmitted"} & names
    start = head(module_api)
    with socket(module_api) as listening:
        listening.subscribe(after=str(start), lanes=["AWARD", "BID"])
        position = record(module_api, "of-the-lane")
        assert [str(position)] == [event["position"] for event in listening.events(1)]


def test_an_event_shows_its_source(module_api: Api) -> None:
    with socket(module_api) as listening:
        listening.subscribe(lanes=["AWARD"])
        (event,) = listening.events(1)
    source = json.loads(event["data"])["source"]
    assert source["register"].endswith(".csv")
    assert source["cites"]


def test_two_subscriptions_on_one_connection_each_get_their_own_events(module_api: Api) -> None:
    start = head(module_api)
    with socket(module_api) as listening:
        first = listening.subscribe(after=str(start))
        second = listening.subscribe(after=str(start - 1))
        assert second == (message := listening.receive())["id"], message
        position = record(module_api, "for-two")
        heard = sorted(
            (message["id"], message["payload"]["data"]["events"]["position"])
            for message in (listening.receive(), listening.receive())
        )
        assert [(first, str(position)), (second, str(position))] == heard
        listening.send({"id": first, "type": "complete"})
        position = record(module_api, "for-one")
        message = listening.receive()
        assert (second, str(position)) == (message["id"], message["payload"]["data"]["events"]["position"])


# --- Questions over the same connection -------------------------------------------------------------------------------


def test_each_question_over_one_connection_gets_the_current_state(module_api: Api) -> None:
    query = '{ partnership(code: "wmip") { name bids { reference status } } }'
    with socket(module_api, x_fundtrail_actor="Jo") as asking:
        assert [] == asking.answer(query)["data"]["partnership"]["bids"]
        record(module_api, "since-then", partnership="wmip")
        expected = [{"reference": "since-then", "status": "submitted"}]
        assert expected == asking.answer(query)["data"]["partnership"]["bids"]
        mutation = """mutation { decideBid(input: { commandId: "by-socket", bid: "%s", declinedBecause: "late",
            on: "2006" }) { ... on BidRecorded { bid { status } } } }"""
        bid = module_api.ask('{ bid(reference: "since-then") { id } }')["bid"]["id"]
        assert {"decideBid": {"bid": {"status": "declined"}}} == asking.answer(mutation % bid)["data"]
        assert [expected[0] | {"status": "declined"}] == asking.answer(query)["data"]["partnership"]["bids"]
    entry = module_api.ask('{ auditLog(filter: { commandId: "by-socket" }) { nodes { actor } } }')
    assert [{"actor": "Jo"}] == entry["auditLog"]["nodes"]


# --- Errors -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("query", "variables", "code"),
    [
        (EVENTS, {"after": 5}, "BAD_USER_INPUT"),
        (EVENTS, {"after": "-1"}, "BAD_USER_INPUT"),
        (EVENTS, {"lanes": ["NONE"]}, "GRAPHQL_VALIDATION_FAILED"),
        (EVENTS, {"partnership": "partnership-\x00"}, "BAD_USER_INPUT"),
        ("subscription { nothing }", {}, "GRAPHQL_VALIDATION_FAILED"),
        ("query A { log { position } } query B { log { position } }", {}, "BAD_USER_INPUT"),
        ("{", {}, "GRAPHQL_PARSE_FAILED"),
        ("type A { a: Int }", {}, "BAD_USER_INPUT"),
        ("query ($n: Int) { partnerships(first: $n) { totalCount } }", {"n": "x"}, "GRAPHQL_VALIDATION_FAILED"),
        ("query ($t: DateTime!) { log { position } }", {}, "GRAPHQL_VALIDATION_FAILED"),
    ],
)
def test_an_invalid_operation_is_an_error_with_a_code_and_the_others_continue(
    module_api: Api, query: str, variables: dict[str, Any], code: str
) -> None:
    with socket(module_api) as asking:
        quiet = asking.subscribe(after=f"{head(module_api)}")
        asked = asking.subscribe(query, **variables)
        message = asking.receive()
        assert (asked, "error") == (message["id"], message["type"])
        assert [code] == [error["extensions"]["code"] for error in message["payload"]]
        assert asking.answer("{ log { position } }")["data"]
        position = record(module_api, f"goes-on-{head(module_api)}")
        message = asking.receive()
        assert (quiet, f"{position}") == (message["id"], message["payload"]["data"]["events"]["position"])


def test_an_unknown_operation_is_named_in_the_error(module_api: Api) -> None:
    with socket(module_api) as asking:
        payload = {"query": "query A { log { position } } query B { log { position } }", "operationName": "C"}
        asking.send({"id": "1", "type": "subscribe", "payload": payload})
        message = asking.receive()
        assert ("error", 'Unknown operation named "C".') == (message["type"], message["payload"][0]["message"])


def test_a_query_that_ran_in_part_is_an_answer_even_if_all_its_data_is_null(module_api: Api) -> None:
    with socket(module_api) as asking:
        answer = asking.answer("{ partnerships(first: 1000) { totalCount } }")
    assert (None, ["partnerships"]) == (answer["data"], answer["errors"][0]["path"])


async def breaking(*_: Any, **__: Any) -> Any:
    """A reader that fails with a text that clients must not see."""
    raise RuntimeError(PLANTED)


def test_an_error_of_ours_is_told_by_number_and_without_its_text(
    module_api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    with socket(module_api) as asking:
        with monkeypatch.context() as patch:
            patch.setattr(statements, "lines_of", breaking)
            patch.setattr(register, "partnerships_by", breaking)
            answer = asking.answer('{ partnership(code: "lrip") { id } }')
        assert ["INTERNAL"] == [error["extensions"]["code"] for error in answer["errors"]]
        assert PLANTED not in json.dumps(answer)
        with monkeypatch.context() as patch:
            patch.setattr(audit, "entries", breaking)
            asking.subscribe()
            message = asking.receive()
        assert PLANTED not in json.dumps(message)
        assert ("error", ["INTERNAL"]) == (message["type"], [e["extensions"]["code"] for e in message["payload"]])


@pytest.mark.parametrize(
    "sent",
    [
        "nonsense",
        "\x00",
        "null",
        "[]",
        "5",
        '"subscribe"',
        "{}",
        '{"type":5}',
        '{"type":"nonsense"}',
        '{"type":"subscribe","id":"1"}',
        '{"type":"subscribe","id":1,"payload":{"query":"{ log { position } }"}}',
        '{"type":"subscribe","id":[],"payload":{"query":"{ log { position } }"}}',
        '{"type":"subscribe","id":"1","payload":[]}',
        '{"type":"subscribe","id":"1","payload":{"query":5}}',
        '{"type":"subscribe","id":"1","payload":{"query":"{ log { position } }","variables":[]}}',
        '{"type":"subscribe","id":"1","payload":{"query":"{ log { position } }","operationName":5}}',
        '{"type":"complete"}',
        '{"type":"complete","id":{}}',
    ],
)
def test_an_invalid_message_closes_the_connection_with_4400(module_api: Api, sent: str) -> None:
    with socket(module_api) as asking:
        asking._connection.send(sent)
        with pytest.raises(ConnectionClosed) as closed:
            asking.receive()
    assert closed.value.rcvd is not None
    assert 4400 == closed.value.rcvd.code


def test_a_client_that_asks_before_the_greeting_is_refused(module_api: Api) -> None:
    url = f"{module_api.url.replace('http', 'ws')}/graphql"
    with connect(url, subprotocols=[Subprotocol("graphql-transport-ws")]) as connection:
        Socket(connection).subscribe()
        with pytest.raises(ConnectionClosed) as closed:
            connection.recv(timeout=PATIENCE)
    assert closed.value.rcvd is not None
    assert 4401 == closed.value.rcvd.code


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"origin": "http://elsewhere.example"}, 403),
        ({"origin": "null"}, 403),
        ({"x_fundtrail_actor": "no;name"}, 400),
    ],
)
def test_pages_of_other_sites_and_invalid_actors_are_refused(
    module_api: Api, headers: dict[str, str], status: int
) -> None:
    with pytest.raises(InvalidStatus) as refused, socket(module_api, **headers):
        pass
    assert status == refused.value.response.status_code
