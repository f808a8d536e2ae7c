"""The web application: health and readiness, loopback only, and clear errors when the database does not answer."""

from collections.abc import Iterator
from contextlib import contextmanager

import httpx
import psycopg
import pytest
from prometheus_client.parser import text_string_to_metric_families

from api.limits.weighing import Limits
from infra.database import pool
from infra.database.postgres import Database
from infra.loopback import NotLoopback, refuse_other_than_loopback
from infra.web import app
from projections.read_models import READ_MODELS
from tests.kit.web.served import Api, served, until

SUBMIT = """mutation ($c: ID!, $r: String!) { submitBid(input: { commandId: $c, reference: $r, partnership: "lrip",
    title: "T", requested: { amount: "1", currency: "GBP" }, on: "2005" }) { ... on BidRecorded { position } } }"""


@pytest.fixture(scope="module")
def shared_api(shared_programme: Database) -> Iterator[Api]:
    """The application with the Capacity Building Programme, for tests that only read."""
    with served(shared_programme) as api:
        yield api


@pytest.fixture
def api(programme: Database) -> Iterator[Api]:
    """The application with the Capacity Building Programme, for one test."""
    with served(programme) as api:
        yield api


def code(response: httpx.Response) -> str:
    """The code of the one error of a response."""
    (error,) = response.json()["errors"]
    assert error["message"]
    return str(error["extensions"]["code"])


# --- Health and readiness ---------------------------------------------------------------------------------------------


def test_it_is_alive_and_ready_and_shows_how_far_each_read_model_is(shared_api: Api) -> None:
    alive, ready = shared_api.http.get("/health"), shared_api.http.get("/ready")
    assert (200, {"status": "ok"}) == (alive.status_code, alive.json())
    names = sorted(model.NAME for model in READ_MODELS)
    models = [{"name": name, "state": "running", "position": 1375, "lag": 0, "seconds_behind": 0} for name in names]
    standbys = {"connected": 0, "synchronous": 0}
    sealing = {"state": "never", "epoch": 0, "position": 0, "lag": 1375}
    expected = {"status": "ready", "position": 1375, "projections": models, "standbys": standbys, "sealing": sealing}
    found = ready.json()
    assert found["sealing"].pop("seconds_behind") > 0
    assert (200, expected) == (ready.status_code, found)


def test_the_root_address_shows_what_needs_attention(shared_api: Api) -> None:
    response = shared_api.http.get("/")
    assert 200 == response.status_code
    assert "What needs attention" in response.text


def test_it_is_not_ready_while_a_read_model_is_stopped_and_says_where_and_why(
    programme: Database,
) -> None:
    with programme.connect() as connection:
        connection.execute(
            "UPDATE read.projections SET state = 'stopped', position = 1000, failed_position = 1001,"
            " error = 'position 1001: KeyError' WHERE name = 'timeline'"
        )
    with served(programme, projector=False) as api:
        response = api.http.get("/ready")
        assert (503, "not ready") == (response.status_code, response.json()["status"])
        (stopped,) = (model for model in response.json()["projections"] if model["state"] == "stopped")
        # The age of the first event that it lacks: the time since the template was loaded.
        assert 0 < stopped.pop("seconds_behind")
        assert {
            "name": "timeline",
            "state": "stopped",
            "position": 1000,
            "lag": 375,
            "failed_position": 1001,
            "error": "position 1001: KeyError",
        } == stopped
        shown = api.ask("{ log { projections { name state lag } } }")["log"]["projections"]
        assert {"name": "timeline", "state": "stopped", "lag": 375} in shown
        assert 200 == api.http.get("/health").status_code


def test_metrics_show_how_far_the_log_and_each_read_model_are(programme: Database) -> None:
    with programme.connect() as connection:
        connection.execute(
            "UPDATE read.projections SET state = 'stopped', position = 1000 WHERE name = 'timeline'",
        )
    with served(programme, projector=False) as api:
        answer = api.http.get("/metrics")
    assert answer.headers["content-type"].startswith("text/plain")
    found = {
        (sample.name, sample.labels.get("projection")): sample.value
        for family in text_string_to_metric_families(answer.text)
        for sample in family.samples
    }
    head = found["fundtrail_log_position", None]
    assert head > 1000
    assert (1000, head - 1000, 0) == tuple(
        found[f"fundtrail_projection_{name}", "timeline"] for name in ("position", "lag_positions", "running")
    )
    assert found["fundtrail_projection_lag_seconds", "timeline"] > 0
    assert (head, 0, 0, 1) == tuple(
        found[f"fundtrail_projection_{name}", "audit"]
        for name in ("position", "lag_positions", "lag_seconds", "running")
    )
    assert {model.NAME for model in READ_MODELS} == {name for _, name in found if name is not None}


def test_it_is_not_ready_while_a_read_model_is_of_another_version(programme: Database) -> None:
    with programme.connect() as connection:
        connection.execute("UPDATE read.projections SET definition = 'a later text' WHERE name = 'audit'")
    with served(programme, projector=False) as api:
        response = api.http.get("/ready")
    assert (503, "not ready") == (response.status_code, response.json()["status"])
    assert ["audit"] == [model["name"] for model in response.json()["projections"] if model["state"] == "outdated"]


def test_it_is_not_ready_while_a_read_model_is_far_behind(programme: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    with programme.connect() as connection:
        connection.execute("UPDATE read.projections SET position = 1325 WHERE name = 'bids'")
    with served(programme, projector=False) as api:
        assert 200 == api.http.get("/ready").status_code
        monkeypatch.setattr(app, "MAX_LAG", 49)
        response = api.http.get("/ready")
        assert (503, "not ready") == (response.status_code, response.json()["status"])
        assert ("bids", 50) in {(model["name"], model["lag"]) for model in response.json()["projections"]}


def test_it_is_not_ready_on_a_database_without_read_models(database: Database) -> None:
    with database.connect() as connection:
        connection.execute("DELETE FROM read.projections")
    with served(database, projector=False) as api:
        response = api.http.get("/ready")
        states = {model["state"] for model in response.json()["projections"]}
        assert (503, {"outdated"}) == (response.status_code, states)


def test_an_error_of_ours_is_a_500_without_its_text(shared_api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    async def breaking(_: object) -> None:
        raise RuntimeError("planted-secret-4711")

    monkeypatch.setattr(app, "readiness", breaking)
    response = shared_api.http.get("/ready")
    assert (500, "INTERNAL") == (response.status_code, code(response))
    assert "planted-secret" not in response.text


# --- Loopback ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "127.0.0.2", "127.255.255.254", "::1", "0:0:0:0:0:0:0:1"])
def test_it_may_be_served_on_loopback(host: str) -> None:
    refuse_other_than_loopback(host)


@pytest.mark.parametrize(
    "host",
    [
        ".".join("0000"),
        "::",
        "10.0.0.1",
        "192.168.1.10",
        "128.0.0.1",
        "126.255.255.255",
        "169.254.0.1",
        "255.255.255.255",
        "fe80::1",
        "2001:db8::1",
        "",
        "*",
        "localhost.example.org",
        "example.org",
        "127.1",
        "2130706433",
        "0x7f000001",
        "127.0.0.1:8000",
        " 127.0.0.1",
        "LOCALHOST.",
    ],
)
def test_it_is_not_served_where_other_machines_can_reach_it(host: str) -> None:
    with pytest.raises(NotLoopback, match="is not a loopback address"):
        refuse_other_than_loopback(host)


@pytest.mark.parametrize("host", ["localhost", "LocalHost:8000", "127.0.0.1", "127.0.0.1:65535", "[::1]", "[::1]:8000"])
def test_it_answers_to_its_own_names(shared_api: Api, host: str) -> None:
    assert 200 == shared_api.http.get("/health", headers={"host": host}).status_code


@pytest.mark.parametrize(
    "host",
    [
        "elsewhere.example",
        "elsewhere.example:8000",
        "localhost.elsewhere.example",
        "127.0.0.1.elsewhere.example",
        "elsewhere.example@localhost",
        "localhost:8000.elsewhere.example",
        "10.0.0.1",
        "[::2]",
        "::1",
        "localhost:",
        "",
    ],
)
@pytest.mark.parametrize("path", ["/graphql?query={log{position}}", "/ready", "/nothing"])
def test_a_request_for_the_name_of_another_site_is_refused(shared_api: Api, host: str, path: str) -> None:
    response = shared_api.http.get(path, headers={"host": host, "accept": "application/json"})
    assert (400, "BAD_USER_INPUT") == (response.status_code, code(response))


# --- Actors -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "actor", ["Jo Bloggs", "jo@odpm.gov.uk", "team:finance", "O'Neill", "a-b_c+d.e", "x" * 100, "\u00e9"]
)
def test_the_actor_is_a_name(shared_api: Api, actor: str) -> None:
    headers = [(b"x-fundtrail-actor", actor.encode("latin-1"))]
    response = shared_api.http.post("/graphql", json={"query": "{ log { position } }"}, headers=headers)
    assert 200 == response.status_code, response.text


@pytest.mark.parametrize(
    "actor", ["", "x" * 101, "no;name", "<script>", "a\tb", "a,b", "a/b", '"', "%00", "x" * 8000, "Zo\u00eb".encode()]
)
def test_an_actor_that_is_not_a_name_is_refused_before_anything_is_done(shared_api: Api, actor: str | bytes) -> None:
    for method, path in (("POST", "/graphql"), ("GET", "/graphql?query={log{position}}")):
        response = shared_api.http.request(
            method,
            path,
            content=b'{"query":"{log{position}}"}' if method == "POST" else None,
            headers=[
                (b"x-fundtrail-actor", actor.encode() if isinstance(actor, str) else actor),
                (b"content-type", b"application/json"),
            ],
        )
        assert (400, "BAD_USER_INPUT") == (response.status_code, code(response))
        assert "X-Fundtrail-Actor" in response.text


# --- The database -----------------------------------------------------------------------------------------------------


@contextmanager
def gone(server: Database, database: Database) -> Iterator[None]:
    """*database* accepts no connections until the end of the block."""
    name = psycopg.conninfo.conninfo_to_dict(database.url)["dbname"]
    with server.connect() as connection:
        connection.execute(f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS false')
        connection.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", (name,))
        try:
            yield
        finally:
            connection.execute(f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS true')


def test_while_the_database_does_not_answer_it_says_so_with_503_and_a_code_and_then_recovers(
    server: Database, programme: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pool, "WAIT_SECONDS", 0.5)
    monkeypatch.setattr(pool, "RETRY_SECONDS", 0.05)
    with served(programme) as api:
        assert 200 == api.http.get("/ready").status_code
        with gone(server, programme):
            for _ in range(2):  # First with connections that break, then without any connection.
                for response in (api.http.get("/ready"), api.post("{ log { position } partnerships { totalCount } }")):
                    assert 503 == response.status_code
                    codes = [error["extensions"]["code"] for error in response.json()["errors"]]
                    assert {"UNAVAILABLE"} == set(codes)
                    assert "psycopg" not in response.text
                    assert "FATAL" not in response.text
            assert 200 == api.http.get("/health").status_code
        until(lambda: api.http.get("/ready").status_code == 200, "it is ready again")
        # A command may still get a broken connection. When the same command is sent again, it is recorded once.
        given = {"c": "after", "r": "after"}
        until(lambda: api.post(SUBMIT, given).json()["data"], "commands are accepted again")
        count = '{ auditLog(filter: { commandId: "after" }) { totalCount } }'
        until(lambda: api.ask(count)["auditLog"]["totalCount"], "the command is shown")
        assert {"totalCount": 1} == api.ask(count)["auditLog"]


def test_a_query_that_takes_too_long_is_stopped_and_the_next_is_answered(
    programme: Database,
) -> None:
    limits = Limits(statement_seconds=0.2)
    with served(programme, projector=False, limits=limits) as api, programme.connect() as connection:
        with connection.transaction():
            connection.execute("LOCK TABLE read.partnerships IN ACCESS EXCLUSIVE MODE")
            response = api.post("{ partnerships { totalCount } }")
        assert (200, "TIMED_OUT") == (response.status_code, code(response))
        assert {"totalCount": 88} == api.ask("{ partnerships { totalCount } }")["partnerships"]
