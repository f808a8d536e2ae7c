"""Requests are watched: each has an id that its answer and its log line carry, and each is counted and timed."""

import json
import logging
import re
from collections.abc import Iterator

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families

from infra import journal
from infra.database import pool
from infra.database.postgres import Database
from infra.web import app
from tests.infra.web.test_app import gone
from tests.infra.web.test_connections import GET, refusal
from tests.kit.web.served import Api, served

Samples = dict[tuple[str, ...], float]


def samples(api: Api) -> Samples:
    """The metrics, by name and labels."""
    answer = api.http.get("/metrics")
    assert 200 == answer.status_code
    return {
        (sample.name, *(value for _, value in sorted(sample.labels.items()))): sample.value
        for family in text_string_to_metric_families(answer.text)
        for sample in family.samples
    }


@pytest.fixture
def lines() -> Iterator[list[str]]:
    """The lines that the process writes for those who run it."""
    written: list[str] = []

    class Keeping(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            written.append(self.format(record))

    handler = Keeping()
    handler.setFormatter(journal.JsonLines())
    handler.addFilter(journal.OnceARequest())
    logging.getLogger("fundtrail").addHandler(handler)
    yield written
    logging.getLogger("fundtrail").removeHandler(handler)


# --- Ids and lines ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", ["/health", "/graphql?query={log{position}}", "/nothing", "/export/awards.csv"])
def test_every_answer_has_an_id_of_its_own(shared_api: Api, path: str) -> None:
    first, second = (shared_api.http.get(path).headers["x-request-id"] for _ in range(2))
    assert re.fullmatch("[0-9a-f]{16}", first)
    assert first != second


def test_a_client_may_give_the_id(shared_api: Api) -> None:
    assert "mine-1" == shared_api.http.get("/health", headers={"x-request-id": "mine-1"}).headers["x-request-id"]


@pytest.mark.parametrize("given", ["", "x" * 65, "a b", 'a"b', "a,b"])
def test_an_id_that_would_be_hard_to_find_in_a_log_is_replaced(shared_api: Api, given: str) -> None:
    answer = shared_api.http.get("/health", headers={"x-request-id": given})
    assert re.fullmatch("[0-9a-f]{16}", answer.headers["x-request-id"])


def test_an_error_of_ours_is_one_line_with_the_id_of_the_answer(
    shared_api: Api, monkeypatch: pytest.MonkeyPatch, lines: list[str]
) -> None:
    async def breaking(_: object) -> None:
        raise RuntimeError("first line\nsecond line")

    monkeypatch.setattr(app, "readiness", breaking)
    answer = shared_api.http.get("/ready")
    (line,) = lines
    assert "\n" not in line
    written = json.loads(line)
    assert 500 == answer.status_code
    assert answer.headers["x-request-id"] == written["request"]
    assert ("error", "RuntimeError: first line\nsecond line") == (written["level"], written["error"])
    assert "Traceback" in written["trace"]
    assert re.fullmatch(r"20\d\d-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}\+00:00", written["time"])


def test_a_database_that_does_not_answer_is_one_line_for_a_request_of_several_fields(
    server: Database, programme: Database, monkeypatch: pytest.MonkeyPatch, lines: list[str]
) -> None:
    monkeypatch.setattr(pool, "WAIT_SECONDS", 0.5)
    with served(programme, projector=False) as api, gone(server, programme):
        httpx.get(f"{api.url}/ready")  # It meets the connection that was ended.
        lines.clear()
        fields = " ".join(f'{name}: partnership(code: "{name}") {{ name }}' for name in ("nwin", "lrip", "dip"))
        answers = [api.post(f"{{ {fields} }}") for _ in range(2)]
    written = [json.loads(line) for line in lines]
    assert [(503, 3), (503, 3)] == [(answer.status_code, len(answer.json()["errors"])) for answer in answers]
    ids = [answer.headers["x-request-id"] for answer in answers]
    assert ids == [line["request"] for line in written if "request" in line]


def fail(request: str) -> None:
    """Write a failure of *request*."""
    token = journal.request_id.set(request)
    logging.getLogger("fundtrail.api").error("the database does not respond")
    journal.request_id.reset(token)


def test_requests_that_fail_at_the_same_time_repeat_no_line(lines: list[str]) -> None:
    for name in ("one", "two") * 2:
        fail(name)
    assert ["one", "two"] == [json.loads(line)["request"] for line in lines]


def test_only_so_many_lines_are_remembered(lines: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(journal, "REMEMBERED", 1)
    for name in ("one", "two", "one"):
        fail(name)
    assert 3 == len(lines)


def test_a_failure_that_comes_back_later_is_written_again(lines: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """A WebSocket is one request for as long as it is open."""
    fail("one")
    monkeypatch.setattr(journal, "REPEAT_SECONDS", 0.0)
    fail("one")
    assert 2 == len(lines)


def test_outside_of_requests_no_line_is_left_out(lines: list[str]) -> None:
    """The control."""
    for _ in range(2):
        logging.getLogger("fundtrail.projector").error("the same again")
    assert 2 == len(lines)


# --- Metrics ----------------------------------------------------------------------------------------------------------


def grown(before: Samples, after: Samples, *key: str) -> float:
    """By how much a counter has grown."""
    return after.get(key, 0) - before.get(key, 0)


def test_requests_are_counted_by_path_and_status_and_timed(shared_api: Api) -> None:
    before = samples(shared_api)
    for _ in range(3):
        shared_api.http.get("/health")
    shared_api.http.get("/made-up/by/a/client")
    shared_api.http.post("/graphql", content=b"{", headers={"content-type": "application/json"})
    after = samples(shared_api)
    assert 3 == grown(before, after, "fundtrail_requests_total", "/health", "200")
    assert 1 == grown(before, after, "fundtrail_requests_total", "other", "404")
    assert 1 == grown(before, after, "fundtrail_requests_total", "/graphql", "400")
    assert 3 == grown(before, after, "fundtrail_request_seconds_count", "/health")
    assert 0 < grown(before, after, "fundtrail_request_seconds_sum", "/health") < 3
    assert not any("made-up" in part for key in after for part in key)


def test_what_is_refused_before_it_is_parsed_is_counted(shared_api: Api) -> None:
    before = samples(shared_api)
    assert 431 == refusal(shared_api, GET, b"x: " + b"y" * 70_000, b"\r\n\r\n")[0]
    assert 1 == grown(before, samples(shared_api), "fundtrail_unparsed_total", "431")


def test_refused_commands_are_counted_by_rule(api: Api) -> None:
    query = """mutation { registerOrganisation(input: { commandId: "c", code: "kcc", name: "K", kind: "charity",
        on: "2005" }) { ... on Refusal { rule } } }"""
    before = samples(api)
    rules = [api.ask(query.replace('"c"', f'"c{number}"'))["registerOrganisation"].get("rule") for number in range(2)]
    assert rules[1] is not None
    refused = len([rule for rule in rules if rule == rules[1]])
    assert refused == grown(before, samples(api), "fundtrail_refusals_total", rules[1])


def test_the_connections_of_each_pool_are_shown(shared_api: Api) -> None:
    found = samples(shared_api)
    assert 1 == found["fundtrail_database_up",]
    for name in ("reads", "log"):
        assert 1 <= found["fundtrail_pool_connections", name] <= 8
        assert 0 <= found["fundtrail_pool_idle", name] <= 8
        assert 0 == found["fundtrail_pool_waiting", name]


def test_metrics_are_answered_while_the_database_does_not_respond(
    server: Database, programme: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pool, "WAIT_SECONDS", 0.5)
    with served(programme, projector=False) as api, gone(server, programme):
        httpx.get(f"{api.url}/ready")
        found = samples(api)
    assert 0 == found["fundtrail_database_up",]
    assert ("fundtrail_log_position",) not in found
