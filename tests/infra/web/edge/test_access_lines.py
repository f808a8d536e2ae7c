"""Lines about requests: who gave commands, who was refused, and never what was sent or any secret."""

import json
import logging
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
from psycopg.conninfo import conninfo_to_dict, make_conninfo
from websockets.sync.client import connect
from websockets.typing import Subprotocol

from infra import journal, unsaid
from infra.database.postgres import Database
from infra.settings import BadSetting, settings
from infra.web.edge.rates import Rates
from tests.infra.cli.test_stopping import free_port
from tests.infra.web.edge.test_rates import limited
from tests.kit.paths import ROOT
from tests.kit.web.served import Api, served, until

REGISTER = """mutation ($id: ID!, $code: String!) {
  registerOrganisation(input: { commandId: $id, code: $code, name: "Kent", kind: "charity", on: "2005" }) {
    ... on Refusal { rule } ... on OrganisationRecorded { events { correlationId commandId } } } }"""


@pytest.fixture
def lines() -> Iterator[list[dict[str, Any]]]:
    """The lines about requests that the process writes."""
    written: list[dict[str, Any]] = []

    class Keeping(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            written.append(json.loads(self.format(record)))

    handler, logger = Keeping(), logging.getLogger("fundtrail.access")
    handler.setFormatter(journal.JsonLines())
    logger.addHandler(handler)
    level, logger.level = logger.level, logging.INFO
    yield written
    logger.removeHandler(handler)
    logger.setLevel(level)


# --- Which requests have a line ---------------------------------------------------------------------------------------


def test_a_command_has_a_line_with_who_and_how_and_how_long(programme: Database, lines: list[dict[str, Any]]) -> None:
    with limited(programme, Rates()) as api:
        asked = {"id": "one", "code": "one-1"}
        api.post(REGISTER, asked, x_person="17", x_request_id="from-the-office")
    until(lambda: lines, "the line was written")
    (line,) = lines
    assert 0 < line.pop("milliseconds") < 60_000
    assert line.pop("time")
    assert {
        "level": "info", "logger": "fundtrail.access", "message": "request", "method": "POST", "path": "/graphql",
        "status": 200, "commands": 1, "request": "from-the-office", "correlation": "from-the-office", "person": "17",
    } == line  # fmt: skip


def test_questions_have_no_line_and_refusals_have_one(shared_programme: Database, lines: list[dict[str, Any]]) -> None:
    with limited(shared_programme, Rates(reads=1)) as api:
        api.post("{ log { position } }")
        api.post("{ log { position } }")
        with served(shared_programme, projector=False) as other:
            other.http.post("/bids/x", data={"action": "x"})  # Another page sent this form.
    assert [(429, "warning"), (403, "warning")] == [(line["status"], line["level"]) for line in lines]


def test_every_request_has_a_line_if_that_is_set_and_none_if_that_is(
    shared_programme: Database, lines: list[dict[str, Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    with served(shared_programme, projector=False) as api:
        for written, number in (("all", 1), ("none", 0)):
            lines.clear()
            _watch_of(api)._written = written
            api.http.get("/payments?text=secret-of-a-query")
            assert number == len(lines)
            assert "secret-of-a-query" not in json.dumps(lines)


def _watch_of(api: Api) -> Any:
    return api.app.middleware_stack._app  # type: ignore[union-attr]


def test_what_is_written_is_a_setting() -> None:
    assert ["commands", "all"] == [settings(given).access for given in ({}, {"FUNDTRAIL_ACCESS": "all"})]
    with pytest.raises(BadSetting, match="FUNDTRAIL_ACCESS"):
        settings({"FUNDTRAIL_ACCESS": "some"})


# --- Correlation ------------------------------------------------------------------------------------------------------

TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"


@pytest.mark.parametrize(
    ("headers", "correlation"),
    [
        ({}, "one"),
        ({"x_request_id": "mine-1"}, "mine-1"),
        ({"traceparent": f"00-{TRACE}-00f067aa0ba902b7-01"}, TRACE),
        ({"traceparent": f"00-{TRACE}-00f067aa0ba902b7-01", "x_request_id": "mine-1"}, TRACE),
        ({"traceparent": "00-nonsense-00f067aa0ba902b7-01"}, "one"),
        ({"traceparent": f"00-{'0' * 32}-00f067aa0ba902b7-01", "x_request_id": "mine-1"}, "mine-1"),
        ({"x_request_id": "not an id"}, "one"),
    ],
)
def test_a_command_is_correlated_by_what_its_client_calls_the_request_and_otherwise_by_its_own_id(
    api: Api, headers: dict[str, str], correlation: str
) -> None:
    answer = api.post(REGISTER, {"id": "one", "code": "kent-1"}, **headers).json()
    events = answer["data"]["registerOrganisation"]["events"]
    assert [("one", correlation)] == [(event["commandId"], event["correlationId"]) for event in events]


def test_the_same_command_sent_again_in_another_request_is_still_the_same(api: Api) -> None:
    answers = [
        api.post(REGISTER, {"id": "one", "code": "kent-1"}, x_request_id=name).json()["data"] for name in ("a-1", "b-2")
    ]
    assert answers[0] == answers[1]


# --- Canaries ---------------------------------------------------------------------------------------------------------

CANARIES = {
    "password": "canary-password-71", "token": "canary-token-72", "cookie": "canary-cookie-73",
    "variable": "canary-variable-74", "query": "canary-query-75", "literal": "canary-literal-76",
    "form": "canary-form-77", "socket": "canary-socket-78",
}  # fmt: skip
SECRET_HEADERS = {
    "x-token": CANARIES["token"],
    "cookie": f"session={CANARIES['cookie']}; other=1",
}
# A failing statement whose message, detail and hint quote the row that is recorded.
QUOTING = """
    CREATE FUNCTION log.quote() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN RAISE EXCEPTION 'cannot store %', convert_from(NEW.state, 'UTF8')
      USING DETAIL = convert_from(NEW.state, 'UTF8'), HINT = convert_from(NEW.state, 'UTF8'); END $$;
    CREATE TRIGGER quote BEFORE INSERT ON log.events FOR EACH ROW EXECUTE FUNCTION log.quote()"""


@contextmanager
def process(database: Database, written: Path) -> Iterator[str]:
    """The address of ``fundtrail serve`` in a process of its own, whose output is *written* to a file."""
    port = free_port()
    environ = {
        "PATH": os.environ["PATH"],
        "DATABASE_URL": make_conninfo(database.url, password=CANARIES["password"]),
        "FUNDTRAIL_ACCESS": "all",
        "FUNDTRAIL_MAX_OPERATION_SECONDS": "1",
    }
    command = [sys.executable, "-m", "infra.cli", "serve", "--port", f"{port}"]
    with written.open("wb") as output:
        running = subprocess.Popen(command, cwd=ROOT, env=environ, stdout=output, stderr=subprocess.STDOUT)
    try:
        url = f"http://127.0.0.1:{port}"
        until(lambda: running.poll() is not None or _is_up(url), "the service answered")
        assert running.poll() is None, written.read_text(encoding="utf-8")
        yield url
    finally:
        running.terminate()
        running.wait(30)


def _is_up(url: str) -> bool:
    try:
        return httpx.get(f"{url}/health").status_code == 200
    except httpx.TransportError:
        return False


def fail_in_every_way(url: str, database: Database) -> list[int]:
    """Make errors of every kind, each with a canary in it. The statuses of the answers."""
    headers = {**SECRET_HEADERS, "connection": "close"}
    with httpx.Client(base_url=url, headers=headers, timeout=30) as client, database.connect() as owner:
        variables = {"id": "one", "code": CANARIES["variable"]}
        literal = REGISTER.replace('"Kent"', f'"{CANARIES["literal"]}"')
        answers = [
            client.post("/graphql", json={"query": REGISTER, "variables": {**variables, "id": 7.5}}),
            client.post("/graphql", json={"query": literal[:-1], "variables": variables}),
            client.post("/graphql", content=json.dumps(CANARIES["variable"]), headers={"content-type": "text/plain"}),
            client.get(f"/payments?nothing={CANARIES['query']}"),
            client.get(f"/nothing?token={CANARIES['query']}"),
            client.post("/bids/x", data={"action": CANARIES["form"]}),
            client.get("/health", headers={"host": "evil.example"}),
            client.post("/graphql", json={"query": literal}, headers={"authorization": f"Bearer {CANARIES['token']}"}),
            client.get("/bids", headers={"cookie": f"fundtrail-session={CANARIES['cookie']}"}),
        ]
        owner.execute(QUOTING)
        for query in (REGISTER, literal):
            answers += [client.post("/graphql", json={"query": query, "variables": variables})]
        fail_over_a_websocket(url)
        owner.execute("DROP TRIGGER quote ON log.events")
        with database.connect() as locking, locking.transaction():
            locking.execute("LOCK TABLE log.references IN ACCESS EXCLUSIVE MODE")
            answers.append(client.post("/graphql", json={"query": literal, "variables": variables}))
        owner.execute("ALTER TABLE read.bids RENAME TO bids_away; ALTER TABLE read.discrepancies RENAME TO away")
        asked = f'{{ bids(filter: {{ text: "{CANARIES["query"]}" }}) {{ nodes {{ id }} }} }}'
        answers += [
            client.get("/discrepancies", params={"asAt": CANARIES["query"]}),
            client.get("/discrepancies"),
            client.get("/graphql", params={"query": asked}),
            client.post("/graphql", json={"query": asked}),
        ]
        owner.execute("ALTER TABLE read.bids_away RENAME TO bids; ALTER TABLE read.away RENAME TO discrepancies")
        return [answer.status_code for answer in answers]


def fail_over_a_websocket(url: str) -> None:
    address = url.replace("http", "ws") + f"/graphql?token={CANARIES['query']}"
    protocols = [Subprotocol("graphql-transport-ws")]
    with connect(address, subprotocols=protocols, additional_headers=SECRET_HEADERS) as socket:
        socket.send(json.dumps({"type": "connection_init", "payload": {"token": CANARIES["token"]}}))
        socket.recv()
        variables = {"id": "two", "code": CANARIES["socket"]}
        for query in (REGISTER, "{ nothing }"):
            message = {"id": "1", "type": "subscribe", "payload": {"query": query, "variables": variables}}
            socket.send(json.dumps(message))
            while json.loads(socket.recv())["type"] not in {"complete", "error"}:
                pass
        socket.send(json.dumps({"type": CANARIES["socket"]}))
        with pytest.raises(Exception, match="4400"):
            socket.recv()


def test_nothing_that_a_client_sends_and_no_secret_of_the_settings_is_written(
    programme: Database, tmp_path: Path
) -> None:
    written = tmp_path / "written"
    with process(programme, written) as url:
        statuses = fail_in_every_way(url, programme)
    text = written.read_text(encoding="utf-8")
    found = [json.loads(line) for line in text.splitlines() if line.startswith("{")]

    assert {303, 400, 401, 403, 404, 415, 500} <= {*statuses}
    # The failing statement was written, without what it quotes.
    failed = [line for line in found if "cannot store" in line.get("error", "")]
    assert 3 <= len(failed), text
    assert all("SQLSTATE P0001" in line["error"] and "Traceback" in line["trace"] for line in failed)
    assert [] == [name for name, canary in CANARIES.items() if canary in text]


def test_the_search_would_find_what_the_rules_for_lines_hide(
    programme: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, lines: list[dict[str, Any]]
) -> None:
    """The control: without them the same failure writes the variable."""
    with programme.connect() as owner:
        owner.execute(QUOTING)
    monkeypatch.setattr(unsaid, "without", lambda text, _: text)
    monkeypatch.setattr(unsaid, "message_of", str)
    logger, handler = logging.getLogger("fundtrail.api"), logging.getLogger("fundtrail.access").handlers[-1]
    logger.addHandler(handler)
    try:
        with served(programme, projector=False) as api:
            api.post(REGISTER, {"id": "one", "code": CANARIES["variable"]})
    finally:
        logger.removeHandler(handler)
    assert CANARIES["variable"] in json.dumps(lines)


def test_the_secrets_of_the_settings_are_known_by_their_names() -> None:
    url = "postgresql://owner:s%40crt-1@db.example/grants?sslmode=require"
    given = {"DATABASE_URL": url, "FUNDTRAIL_READER_URL": "host=db password='s3cret-2'", "PGPASSWORD": "s3cret-3"}
    given |= {"FUNDTRAIL_CLIENT_SECRET": "s3cret-4", "HOST": "127.0.0.1", "PATH": "/usr/bin"}
    found = unsaid.secrets_in(given)
    assert {url, "s%40crt-1", "s@crt-1", "s3cret-2", "s3cret-3", "s3cret-4"} <= found
    assert set() == found & {"127.0.0.1", "/usr/bin", ""}
    assert "grants" == conninfo_to_dict(url)["dbname"]
