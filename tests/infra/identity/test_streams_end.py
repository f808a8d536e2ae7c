"""An open stream ends soon after its reader may not read it any more, with a code, over both transports."""

import json
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from typing import Any

import pytest

from api.answering import while_seen
from domain.people.person import ErasePerson, GrantRole, LinkAccount, RegisterPerson, RevokeRole, Role, UnlinkAccount
from domain.values.ids import PersonId
from domain.values.when import When
from infra.database.postgres import Database
from infra.identity import roles
from tests.infra.identity.test_connections import opened
from tests.kit.database.feeding import caught_up, head
from tests.kit.money import desk
from tests.kit.web.issuing import SmallIssuer, identity_at
from tests.kit.web.served import Api, served

READER, OTHER = PersonId("person-reader"), PersonId("person-other")
ON = When("2026-01-05")
FOLLOW = 'subscription { events(after: "%s") { position name } }'
# Within about 2 seconds; the machine of a test may be busy.
SOON = 5.0
# A step of the administrator, which takes the right to read from READER.
Step = Callable[[Api], None]


@pytest.fixture
def api(programme: Database, home: Any, issuer: SmallIssuer) -> Iterator[Api]:
    """The application with two people who read the log by one role, and hold another role as well."""
    identity = identity_at(programme, home, issuer.url)
    with desk(programme) as at:
        for person in (READER, OTHER):
            of: dict[str, Any] = {"person_id": person, "on": ON}
            at.do(RegisterPerson(**of, code=person))
            at.do(LinkAccount(**of, issuer=issuer.url, subject=person))
            at.do(GrantRole(**of, role=Role.AUDITOR))
            at.do(GrantRole(**of, role=Role.RELEASER))
    with served(programme, identity=identity) as found:
        caught_up(programme)
        yield found


def do(api: Api, command: Any) -> None:
    with desk(api.database) as at:
        at.do(command)
    caught_up(api.database)


def revoked(api: Api) -> None:
    do(api, RevokeRole(person_id=READER, role=Role.AUDITOR, because="Left", on=ON))


def erased(api: Api) -> None:
    do(api, ErasePerson(person_id=READER, because="Asked to be", on=ON))


def unlinked(api: Api) -> None:
    issuer = api.app.state.identity.settings.issuer
    do(api, UnlinkAccount(person_id=READER, issuer=issuer, subject=READER, because="Stolen", on=ON))


# --- The two transports -----------------------------------------------------------------------------------------------

# Yields the answers of a stream: each the code of an error, or the name of an event; then "complete".
Answers = Iterator[str]


def _said(payload: dict[str, Any]) -> str:
    if payload.get("errors"):
        return str(payload["errors"][0]["extensions"]["code"])
    return str(payload["data"]["events"]["name"])


@contextmanager
def over_websocket(api: Api, token: str) -> Iterator[Answers]:
    with opened(api, authorization=f"Bearer {token}") as socket:
        socket.send(json.dumps({"type": "connection_init"}))
        assert "connection_ack" == json.loads(socket.recv(timeout=30))["type"]
        query = FOLLOW % (head(api.database) - 1)
        socket.send(json.dumps({"type": "subscribe", "id": "1", "payload": {"query": query}}))

        def answers() -> Answers:
            while True:
                message = json.loads(socket.recv(timeout=30))
                yield "complete" if message["type"] == "complete" else _said(message["payload"])

        yield answers()


@contextmanager
def over_events(api: Api, token: str) -> Iterator[Answers]:
    headers = {"authorization": f"Bearer {token}", "accept": "text/event-stream"}
    body = {"query": FOLLOW % (head(api.database) - 1)}
    with api.http.stream("POST", "/graphql", json=body, headers=headers) as answer:

        def answers() -> Answers:
            kind = ""
            for line in answer.iter_lines():
                if line.startswith("event: "):
                    kind = line.removeprefix("event: ")
                if line.startswith("data:") and kind == "next":
                    yield _said(json.loads(line.removeprefix("data: ")))
            yield "complete"

        yield answers()


@pytest.mark.parametrize("transport", [over_websocket, over_events])
@pytest.mark.parametrize(("step", "code"), [(revoked, "FORBIDDEN"), (erased, "NO_PERSON"), (unlinked, "NO_PERSON")])
def test_a_stream_ends_when_its_reader_may_not_read_any_more(
    api: Api, issuer: SmallIssuer, transport: Any, step: Step, code: str
) -> None:
    with transport(api, issuer.token(sub=READER)) as answers, transport(api, issuer.token(sub=OTHER)) as others:
        assert "RoleGranted" == next(answers) == next(others)
        step(api)
        began = time.monotonic()
        # The event that takes the right may be the last one that is sent.
        said = [next(answers) for _ in range(2)]
        if "complete" not in said:
            said.append(next(answers))
        assert time.monotonic() - began < SOON
        assert [code, "complete"] == said[-2:]
        # The control: the stream of somebody else goes on.
        do(api, RegisterPerson(person_id=PersonId("person-new"), code="new", on=ON))
        assert "PersonRegistered" in [next(others) for _ in range(2)]


@pytest.mark.parametrize("transport", [over_websocket, over_events])
def test_a_stream_goes_on_when_another_role_of_its_reader_ends(api: Api, issuer: SmallIssuer, transport: Any) -> None:
    with transport(api, issuer.token(sub=READER)) as answers:
        assert "RoleGranted" == next(answers)
        do(api, RevokeRole(person_id=READER, role=Role.RELEASER, because="Moved", on=ON))
        assert "RoleRevoked" == next(answers)
        time.sleep(2.5)
        do(api, RegisterPerson(person_id=PersonId("person-new"), code="new", on=ON))
        assert "PersonRegistered" == next(answers)


@pytest.mark.parametrize("transport", [over_websocket, over_events])
def test_a_stream_ends_after_the_last_day_of_the_role(
    api: Api, issuer: SmallIssuer, transport: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    last = date.today()
    do(api, RevokeRole(person_id=READER, role=Role.AUDITOR, because="For a while", on=ON))
    until = When((last + timedelta(days=1)).isoformat())
    do(api, GrantRole(person_id=READER, role=Role.AUDITOR, on=ON, until=until))
    with transport(api, issuer.token(sub=READER)) as answers:
        assert "RoleGranted" == next(answers)
        monkeypatch.setattr(roles, "today", lambda: last + timedelta(days=2))
        began = time.monotonic()
        assert ["FORBIDDEN", "complete"] == [next(answers) for _ in range(2)]
        assert time.monotonic() - began < SOON


def test_control_a_stream_that_is_not_watched_goes_on(
    api: Api, issuer: SmallIssuer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(while_seen, "ASKED_SECONDS", 3_600.0)
    with over_events(api, issuer.token(sub=READER)) as answers:
        assert "RoleGranted" == next(answers)
        revoked(api)
        assert "RoleRevoked" == next(answers)
        time.sleep(2.5)
        do(api, RegisterPerson(person_id=PersonId("person-new"), code="new", on=ON))
        assert "PersonRegistered" == next(answers)


def test_a_connection_that_was_opened_before_asks_with_the_roles_of_now(api: Api, issuer: SmallIssuer) -> None:
    """Over a WebSocket many operations follow one another: each is asked with what its caller holds then."""
    log = json.dumps({"type": "subscribe", "id": "1", "payload": {"query": "{ auditLog { totalCount } }"}})

    def answered(socket: Any) -> str:
        socket.send(log)
        message = json.loads(socket.recv(timeout=30))
        if message["type"] == "error":
            return str(message["payload"][0]["extensions"]["code"])
        assert "complete" == json.loads(socket.recv(timeout=30))["type"]
        return "answered"

    with opened(api, authorization=f"Bearer {issuer.token(sub=READER)}") as socket:
        socket.send(json.dumps({"type": "connection_init"}))
        socket.recv(timeout=30)
        assert "answered" == answered(socket)
        revoked(api)
        api.app.state.roles.forget(READER)
        assert "FORBIDDEN" == answered(socket)
        erased(api)
        assert "NO_PERSON" == answered(socket)
