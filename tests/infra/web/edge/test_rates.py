"""Rates: a caller who asks too often is asked to wait, and others are answered meanwhile."""

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
from websockets.sync.client import connect
from websockets.typing import Subprotocol

from infra.database.postgres import Database
from infra.identity.identity import Identity
from infra.settings import BadSetting, settings
from infra.web.app import create_app
from infra.web.connections import configuration
from infra.web.edge import rates
from infra.web.edge.rates import SERVED, Meter, Rates, address_of, caller_of
from tests.kit.web import served as kit
from tests.kit.web.issuing import OFFICER, identity_at
from tests.kit.web.served import Api, served, serving

QUERY = "{ log { position } }"
REGISTER = """mutation ($id: ID!, $code: String = "kent-1", $second: Boolean = false) {
  a: registerOrganisation(input: { commandId: $id, code: $code, name: "Kent", kind: "charity", on: "2005" }) { ...R }
  b: registerOrganisation(input: { commandId: $id, code: $code, name: "Kent", kind: "charity", on: "2005" })
    @include(if: $second) { ...R } }
fragment R on OrganisationResult { ... on Refusal { rule } ... on OrganisationRecorded { position } }"""


class SignedIn:
    """Sign-in of these tests: the person is whom a header names."""

    def __init__(self, app: Any) -> None:
        self._app = app

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        person = dict(scope.get("headers", ())).get(b"x-person", b"").decode()
        if person:
            scope["state"]["person"] = person
        await self._app(scope, receive, send)


@contextmanager
def limited(database: Database, chosen: Rates, identity: Identity | None = None) -> Iterator[Api]:
    """The application with *chosen* rates."""
    app = create_app(database, rates=chosen, identity=identity)
    app.add_middleware(SignedIn)
    with serving(app) as url:
        api = Api(url, database, app)
        try:
            yield api
        finally:
            api.http.close()


def refused(answer: httpx.Response, kind: str, allowed: int) -> None:
    """*answer* asks the caller to wait, and says how long."""
    assert 429 == answer.status_code
    (error,) = answer.json()["errors"]
    found = error["extensions"]
    assert ("RATE_LIMITED", kind, allowed) == (found["code"], found["limit"], found["allowed"])
    assert str(found["seconds"]) == answer.headers["retry-after"]
    assert 1 <= found["seconds"] <= 60
    assert "Try again in" in error["message"]
    assert "data" not in answer.json()


# --- Each kind --------------------------------------------------------------------------------------------------------


def test_the_fourth_of_three_requests_in_a_minute_is_refused_with_the_time_to_wait(shared_programme: Database) -> None:
    with limited(shared_programme, Rates(reads=3)) as api:
        assert [200] * 3 == [api.post(QUERY).status_code for _ in range(3)]
        refused(api.post(QUERY), "reads", 3)
        # A monitor still sees that the process is alive.
        assert 200 == api.http.get("/health").status_code


def test_a_browser_is_asked_to_wait_in_a_page_of_words(shared_programme: Database) -> None:
    with limited(shared_programme, Rates(reads=1)) as api:
        answers = [api.http.get("/", headers={"accept": "text/html"}) for _ in range(2)]
    assert [200, 429] == [answer.status_code for answer in answers]
    assert "You have sent more than 1 request in a minute. Try again in" in answers[1].text
    assert answers[1].headers["content-type"].startswith("text/html")
    assert 1 <= int(answers[1].headers["retry-after"]) <= 60


def test_commands_have_a_rate_of_their_own_and_each_of_an_operation_counts(programme: Database) -> None:
    with limited(programme, Rates(commands=3)) as api:
        first = api.post(REGISTER, {"id": "one", "second": False})
        assert 200 == first.status_code
        # An operation with two commands counts as two, also where @include leaves one out.
        refused(api.post(REGISTER, {"id": "two", "second": True}), "commands", 3)
        assert 200 == api.post(QUERY).status_code


def test_a_command_above_the_rate_is_not_recorded(programme: Database) -> None:
    with programme.connect() as connection:
        count = "SELECT count(*) FROM log.commands"
        before = connection.execute(count).fetchone()
        with limited(programme, Rates(commands=1)) as api:
            refused(api.post(REGISTER, {"id": "one"}), "commands", 1)
        assert before == connection.execute(count).fetchone()


def test_a_command_above_the_rate_is_refused_in_every_media_type(shared_programme: Database) -> None:
    with limited(shared_programme, Rates(commands=1)) as api:
        for media in ("application/json", "application/graphql-response+json"):
            refused(api.post(REGISTER, {"id": "x"}, accept=media), "commands", 1)
        # A stream of events has begun by then: the error is its only event.
        assert "RATE_LIMITED" in api.post(REGISTER, {"id": "x"}, accept="text/event-stream").text


@pytest.mark.parametrize("path", ["/export/awards.csv", "/payments?download=1"])
def test_exports_have_a_rate_of_their_own(shared_programme: Database, path: str) -> None:
    with limited(shared_programme, Rates(exports=1)) as api:
        assert 200 == api.http.get(path).status_code
        refused(api.http.get(path), "exports", 1)
        assert 200 == api.http.get("/payments").status_code


def test_forms_count_as_commands(shared_programme: Database) -> None:
    with limited(shared_programme, Rates(commands=1)) as api:
        statuses = [api.http.post("/awards/x", data={"action": "x"}).status_code for _ in range(2)]
    assert 429 not in statuses[:1]
    assert 429 == statuses[1]


def test_an_operation_of_a_websocket_above_the_rate_gets_an_error_and_the_connection_goes_on(
    shared_programme: Database,
) -> None:
    with limited(shared_programme, Rates(reads=3)) as api:
        url = api.url.replace("http", "ws") + "/graphql"
        with connect(url, subprotocols=[Subprotocol("graphql-transport-ws")]) as socket:
            socket.send(json.dumps({"type": "connection_init"}))
            assert "connection_ack" == json.loads(socket.recv())["type"]
            kinds = []
            for number in range(3):  # Opening the connection was the first of the three.
                message = {"id": f"{number}", "type": "subscribe", "payload": {"query": QUERY}}
                socket.send(json.dumps(message))
                kinds.append(answer := json.loads(socket.recv()))
                if answer["type"] == "next":
                    assert "complete" == json.loads(socket.recv())["type"]
    assert ["next", "next", "error"] == [each["type"] for each in kinds]
    assert "RATE_LIMITED" == kinds[2]["payload"][0]["extensions"]["code"]


# --- Sign-in ----------------------------------------------------------------------------------------------------------


WRONG = {"authorization": "Bearer x"}


def test_after_failed_sign_ins_no_token_from_the_address_is_looked_at(shared_programme: Database) -> None:
    with limited(shared_programme, Rates(failed_sign_ins=3)) as api:
        wrong = [api.http.post("/graphql", json={"query": QUERY}, headers=WRONG) for _ in range(4)]
        assert [401, 401, 401, 429] == [answer.status_code for answer in wrong]
        refused(wrong[3], "failed sign-ins", 3)
        # A session at the same address is still looked at, and so is a visitor who has not signed in.
        session = {"cookie": "fundtrail-session=x"}
        assert 401 == api.http.post("/graphql", json={"query": QUERY}, headers=session).status_code
        assert 200 == api.post(QUERY).status_code


def test_tokens_that_are_right_are_no_failed_sign_ins(programme: Database, tmp_path: Path) -> None:
    """The control."""
    identity = identity_at(programme, tmp_path)
    right = {"authorization": f"Bearer {identity.own.token(OFFICER)}"}
    with limited(programme, Rates(failed_sign_ins=1), identity) as api:
        statuses = [
            api.http.post("/graphql", json={"query": QUERY}, headers=headers).status_code
            for headers in (right, right, right, WRONG, WRONG)
        ]
    assert [200, 200, 200, 401, 429] == statuses


# --- Who is asking ----------------------------------------------------------------------------------------------------


def test_each_person_has_a_rate_of_their_own_at_one_address(shared_programme: Database) -> None:
    with limited(shared_programme, Rates(reads=1)) as api:
        statuses = [api.post(QUERY, x_person=name).status_code for name in ("ann", "ann", "bob", "bob")]
        assert [200, 429, 200, 429] == statuses
        assert 200 == api.post(QUERY).status_code


def statuses_by_address(database: Database, proxies: str, forwarded: list[str], monkeypatch: pytest.MonkeyPatch) -> Any:
    """The statuses of one request for each X-Forwarded-For, with one read a minute and *proxies*."""
    chosen = settings({"FUNDTRAIL_PROXIES": proxies}).proxies
    monkeypatch.setattr(kit, "configuration", lambda *given, **named: configuration(*given, proxies=chosen, **named))
    with limited(database, Rates(reads=1)) as api:
        return [api.post(QUERY, x_forwarded_for=each).status_code for each in forwarded]


def test_behind_a_named_proxy_each_client_has_a_rate_of_its_own(
    shared_programme: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = ["198.51.100.1", "198.51.100.2", "198.51.100.1"]
    assert [200, 200, 429] == statuses_by_address(shared_programme, "127.0.0.0/8", asked, monkeypatch)


def test_a_client_cannot_name_another_address_before_that_of_the_proxy(
    shared_programme: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = ["203.0.113.1, 198.51.100.1", "203.0.113.2, 198.51.100.1"]
    assert [200, 429] == statuses_by_address(shared_programme, "127.0.0.1", asked, monkeypatch)


def test_without_a_named_proxy_nobody_can_name_another_address(
    shared_programme: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = ["198.51.100.1", "198.51.100.2"]
    assert [200, 429] == statuses_by_address(shared_programme, "", asked, monkeypatch)
    assert [200, 429] == statuses_by_address(shared_programme, "10.0.0.1", asked, monkeypatch)


def test_a_network_of_ipv6_is_one_address() -> None:
    """A client may have all 2 to the power of 64 addresses of its network."""
    given = [
        "2001:db8:1:2::1",
        "2001:db8:1:2:ffff::9",
        "2001:db8:1:3::1",
        "::ffff:192.0.2.1",
        "192.0.2.1",
        "no address",
    ]
    found = [address_of({"client": (each, 1)}) for each in given]
    assert found[0] == found[1] != found[2]
    assert found[3] == found[4] == "address 192.0.2.1"
    assert len(set(found)) == 4
    assert "person 17" == caller_of({"client": ("192.0.2.1", 1), "state": {"person": "17"}})


# --- Memory, time and settings ----------------------------------------------------------------------------------------


def test_memory_is_bounded_however_many_addresses_come() -> None:
    meter = Meter(Rates(reads=5, commands=5), most=1000)
    known = [meter.count("reads", "known") for _ in range(5)]
    for number in range(20_000):
        meter.count("reads", f"address {number}")
        meter.count("commands", f"address {number}")
    assert len(meter.counters) <= 1000 + 2 * rates.SHARED
    assert [None] * 5 == known
    # Who was known before is still counted separately, so nobody gets rid of a count by sending from many addresses.
    assert meter.count("reads", "known") is not None


def test_without_the_bound_memory_would_grow() -> None:
    """The control."""
    meter = Meter(Rates(reads=5))
    for number in range(5000):
        meter.count("reads", f"address {number}")
    assert 5000 == len(meter.counters)


def test_after_a_minute_the_caller_is_answered_again(monkeypatch: pytest.MonkeyPatch) -> None:
    meter = Meter(Rates(reads=1))
    now = time.monotonic()
    assert [None, 1] == [beyond and beyond.allowed for beyond in (meter.count("reads", "a") for _ in range(2))]
    monkeypatch.setattr("infra.web.edge.rates.time.monotonic", lambda: now + 59)
    assert meter.count("reads", "a") is not None
    monkeypatch.setattr("infra.web.edge.rates.time.monotonic", lambda: now + 61)
    assert meter.count("reads", "a") is None
    assert 1 == len(meter.counters)


def test_on_loopback_a_busy_client_is_not_limited_unless_a_rate_is_set(shared_api: Api) -> None:
    assert Rates() == settings({}).rates
    assert Rates(reads=5) == settings({"FUNDTRAIL_RATE_READS": "5"}).rates
    assert [200] * 300 == [shared_api.http.get("/health").status_code for _ in range(300)]
    assert shared_api.app.state.meter is None


@pytest.mark.parametrize("environ", [{"HOST": "192.0.2.1"}, {"FUNDTRAIL_BEHIND_TLS": "1"}])
def test_where_others_can_reach_the_application_there_are_rates_and_each_can_be_set(environ: dict[str, str]) -> None:
    assert SERVED == settings(environ).rates
    given = environ | {"FUNDTRAIL_RATE_READS": "0", "FUNDTRAIL_RATE_FAILED_SIGN_INS": "7"}
    assert Rates(None, SERVED.commands, SERVED.exports, 7) == settings(given).rates


@pytest.mark.parametrize("name", ["READS", "COMMANDS", "EXPORTS", "FAILED_SIGN_INS"])
@pytest.mark.parametrize("value", ["-1", "1.5", "many", "10/minute", "9999999999"])
def test_a_value_that_is_not_a_rate_is_refused_by_name(name: str, value: str) -> None:
    with pytest.raises(BadSetting, match=f"FUNDTRAIL_RATE_{name}"):
        settings({f"FUNDTRAIL_RATE_{name}": value})


@pytest.mark.parametrize("value", ["*", "proxy.example.org", "10.0.0.0/33", "10.0.0.1/24"])
def test_a_proxy_is_an_address_or_a_network(value: str) -> None:
    with pytest.raises(BadSetting, match="FUNDTRAIL_PROXIES"):
        settings({"FUNDTRAIL_PROXIES": value})


def test_a_rate_costs_little(shared_programme: Database) -> None:
    """In microseconds for each request: far below the milliseconds that an answer takes."""
    meter = Meter(SERVED)
    began = time.perf_counter()
    for number in range(10_000):
        meter.count("reads", f"address {number % 500}")
    assert (time.perf_counter() - began) / 10_000 < 100e-6
    with served(shared_programme, projector=False) as api:
        assert 200 == api.post(QUERY).status_code
