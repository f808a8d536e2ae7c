"""A server that only reads: on a standby and on a primary. It answers questions, and refuses what would be recorded."""

import os
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from typing import Any

import httpx
import pytest

from api import context
from domain.desk import submit
from infra.database.postgres import LOGINS, READER, SCOPED, Database
from infra.feeding.projector import project_all
from infra.log.postgres_log import PostgresLog
from tests.infra.cli.test_stopping import free_port, ready
from tests.infra.database.test_sessions import users
from tests.infra.web.test_event_stream import stream
from tests.kit.command_line import fundtrail
from tests.kit.database.standby import Pair
from tests.kit.database.writing import ask, eventually, order, register
from tests.kit.paths import ROOT
from tests.kit.web.served import Api, served

REGISTER = """mutation { registerOrganisation(input: { commandId: "from-here", code: "from-here", name: "From here",
    kind: "charity", on: "2005" }) { __typename } }"""
NAMES = "query ($atLeast: LogPosition) { organisations(first: 100, atLeast: $atLeast) { totalCount } }"
CHANGES = """{ changes(from: "1970-01-01T00:00:00Z", to: "2100-01-01T00:00:00Z", first: 20) {
    nodes { reference field } } }"""
ACT = "/partnerships/dip/act"
numbers = iter(range(1, 10_000))


def readers_of(database: Database) -> Database:
    """*database* for a service that has the logins of readers alone."""
    return Database("", tuple((role, database.conninfo(role)) for role in (READER, SCOPED)))


def record(pair: Pair) -> int:
    """Record an event on the primary, and show it in its read models. Return its position."""
    with PostgresLog(pair.primary.database) as log:
        position = submit(log, order(register(next(numbers)))).position
    project_all(pair.primary.database)
    return position


@pytest.fixture(scope="module")
def reading(replicated: Pair) -> Iterator[Api]:
    """A server that only reads, on the standby."""
    record(replicated)
    replicated.replayed()
    with served(readers_of(replicated.standby.database), projector=False, only_reads=True) as api:
        yield api


@pytest.fixture(scope="module")
def only_reads(shared_programme: Database) -> Iterator[Api]:
    """A server that only reads, on the primary of the Capacity Building Programme."""
    with served(readers_of(shared_programme), projector=False, only_reads=True) as api:
        api.database = shared_programme
        yield api


def head(pair: Pair) -> int:
    ((position,),) = ask(pair.primary.database, "SELECT max(notification_id) FROM log.events")
    return int(position)


# --- Commands ---------------------------------------------------------------------------------------------------------


def test_a_command_is_refused_by_a_code_and_nothing_is_recorded(reading: Api, replicated: Pair) -> None:
    before = head(replicated)
    error = reading.error(REGISTER)
    assert "READ_ONLY" == error["extensions"]["code"]
    assert error["message"].startswith("This server only reads, so it recorded nothing.")
    assert before == head(replicated)
    strict = reading.post(REGISTER, accept="application/graphql-response+json")
    assert 400 == strict.status_code


def test_a_command_over_an_event_stream_is_refused_too(reading: Api) -> None:
    with stream(reading, REGISTER) as (response, _):
        response.read()
        assert "READ_ONLY" in response.text


def test_a_reading_that_records_itself_is_refused(reading: Api) -> None:
    """What a concern says is shown once the reading is recorded, and here nothing is."""
    question = """mutation { readConcern(input: { commandId: "read", concern: "concern-1", on: "2005" }) {
        __typename } }"""
    assert "READ_ONLY" == reading.error(question)["extensions"]["code"]


def test_pages_offer_no_form_and_say_why(only_reads: Api) -> None:
    with served(only_reads.database, projector=False) as recording:
        assert '<form method="post"' in recording.http.get(ACT).text
    page = only_reads.http.get(ACT).text
    assert '<form method="post"' not in page
    assert "This server only reads" in page


def test_a_form_that_is_sent_all_the_same_is_refused_with_a_page(only_reads: Api) -> None:
    before = ask(only_reads.database, "SELECT max(notification_id) FROM log.events")
    answer = only_reads.http.post(ACT, data={"action": "note"}, headers={"origin": only_reads.url})
    assert 403 == answer.status_code
    assert "This server only reads" in answer.text
    assert before == ask(only_reads.database, "SELECT max(notification_id) FROM log.events")


def test_what_changed_is_told_with_the_rights_of_readers(only_reads: Api) -> None:
    """It reads the streams of the log, as commands do."""
    with served(only_reads.database, projector=False) as recording:
        for question in ("{ viewer { areas } }", CHANGES):
            assert recording.ask(question) == only_reads.ask(question)
        assert recording.http.get("/changes").text == only_reads.http.get("/changes").text


# --- Questions --------------------------------------------------------------------------------------------------------


def test_a_question_waits_until_its_position_has_been_replayed(reading: Api, replicated: Pair) -> None:
    replicated.replayed()
    replicated.standby.pause()
    with ThreadPoolExecutor(1) as pool:
        try:
            position = record(replicated)
            answer = pool.submit(reading.ask, NAMES, atLeast=str(position))
            assert position > int(reading.ask("{ log { position } }")["log"]["position"])
        finally:
            replicated.standby.resume()
        assert position == answer.result()["organisations"]["totalCount"]


def test_a_question_that_waits_too_long_for_its_position_says_how_far_the_standby_is(
    reading: Api, replicated: Pair, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(context, "PATIENCE_SECONDS", 0.3)
    replicated.replayed()
    replicated.standby.pause()
    try:
        before = int(reading.ask("{ log { position } }")["log"]["position"])
        position = record(replicated)
        error = reading.error(NAMES, atLeast=str(position))
    finally:
        replicated.standby.resume()
    assert ("NOT_YET_VISIBLE", str(before)) == (error["extensions"]["code"], error["extensions"]["position"])
    assert f"has replayed the log up to position {before}" in error["message"]


DISCREPANCIES = "query ($at: DateTime) { discrepancies(first: 1, knownAt: $at) { totalCount } }"


def test_a_question_about_a_moment_waits_until_it_has_been_replayed(
    reading: Api, replicated: Pair, monkeypatch: pytest.MonkeyPatch
) -> None:
    replicated.replayed()
    replicated.standby.pause()
    try:
        ((moment,),) = ask(replicated.primary.database, "SELECT clock_timestamp()")
        assert isinstance(moment, datetime)
        with monkeypatch.context() as patched:
            patched.setattr(context, "PATIENCE_SECONDS", 0.3)
            error = reading.error(DISCREPANCIES, at=moment.isoformat())
        assert "NOT_YET_VISIBLE" == error["extensions"]["code"]
        assert "has replayed the log up to" in error["message"]
        export = reading.http.get("/export/awards.csv", params={"knownAt": moment.isoformat()})
        assert (503, "NOT_YET_VISIBLE") == (export.status_code, export.json()["errors"][0]["extensions"]["code"])
        with ThreadPoolExecutor(1) as pool:
            answer = pool.submit(reading.ask, DISCREPANCIES, at=moment.isoformat())
            record(replicated)
            replicated.standby.resume()
            with served(replicated.primary.database, projector=False) as recording:
                assert recording.ask(DISCREPANCIES, at=moment.isoformat()) == answer.result()
    finally:
        replicated.standby.resume()


def test_a_page_of_a_position_that_has_not_been_replayed_is_not_ready_yet(reading: Api, replicated: Pair) -> None:
    replicated.replayed()
    replicated.standby.pause()
    try:
        answer = reading.http.get("/partnerships", params={"position": str(record(replicated))})
    finally:
        replicated.standby.resume()
    assert (503, True) == (answer.status_code, "This server is a standby" in answer.text)


def test_the_command_line_says_that_a_moment_has_not_been_replayed(replicated: Pair) -> None:
    replicated.replayed()
    replicated.standby.pause()
    try:
        ((moment,),) = ask(replicated.primary.database, "SELECT clock_timestamp()")
        ended = fundtrail(replicated.standby.database, "delays", "--known-at", moment.isoformat())
    finally:
        replicated.standby.resume()
    assert 5 == ended.returncode, ended.stderr
    assert "has replayed the log up to" in ended.stderr


def test_events_arrive_from_a_standby_which_cannot_listen(reading: Api, replicated: Pair) -> None:
    start = head(replicated)
    with stream(reading, after=str(start)) as (_, events):
        for _ in range(2):
            position = record(replicated)
            _, answer = next(events)
            assert position == int(answer["data"]["events"]["position"])


# --- Monitors ---------------------------------------------------------------------------------------------------------


def test_a_monitor_sees_that_it_is_a_standby_and_how_far_it_is_behind(reading: Api, replicated: Pair) -> None:
    record(replicated)
    replicated.replayed()
    report = reading.http.get("/ready").json()
    assert "ready" == report["status"]
    assert 0 == report["standby"]["bytes_behind"]
    assert 0 < report["standby"]["seconds_behind"]
    metrics = reading.http.get("/metrics").text
    assert "fundtrail_replication_in_recovery 1.0" in metrics
    replicated.standby.pause()
    try:
        record(replicated)
        behind = eventually(lambda: reading.http.get("/ready").json()["standby"]["bytes_behind"], "it is behind")
        assert 0 < behind
    finally:
        replicated.standby.resume()


def test_a_primary_says_that_no_standby_is_synchronous(replicated: Pair) -> None:
    """Such a standby may lack what was acknowledged."""
    with served(replicated.primary.database, projector=False) as api:
        report = api.http.get("/ready").json()
        assert {"connected": 1, "synchronous": 0} == report["standbys"]
        assert report["warning"].startswith("1 standby is connected, and none is synchronous")
        replicated.wait_for_the_standby()
        report = api.http.get("/ready").json()
        assert {"connected": 1, "synchronous": 1} == report["standbys"]
        assert "warning" not in report
        ask(replicated.primary.database, "ALTER SYSTEM RESET synchronous_standby_names")
        ask(replicated.primary.database, "SELECT pg_reload_conf()")


# --- The service ------------------------------------------------------------------------------------------------------


def test_the_service_needs_the_logins_of_readers_alone_and_migrates_nothing(replicated: Pair) -> None:
    replicated.replayed()
    port = free_port()
    logins = {LOGINS[role]: replicated.standby.database.conninfo(role) for role in (READER, SCOPED)}
    environ = {name: value for name, value in os.environ.items() if name != "DATABASE_URL"}
    environ |= logins | {"PORT": str(port)}
    with subprocess.Popen(
        [sys.executable, "-m", "infra.cli", "serve", "--read-only"], cwd=ROOT, env=environ, stderr=subprocess.PIPE
    ) as running:
        try:
            eventually(lambda: ready(port), "it serves")
            assert set() == users(replicated.standby.database) - {READER, SCOPED}
            said: Any = httpx.post(f"http://127.0.0.1:{port}/graphql", json={"query": REGISTER}).json()
            assert "READ_ONLY" == said["errors"][0]["extensions"]["code"]
        finally:
            running.terminate()
            _, lines = running.communicate()
    assert 0 == running.returncode
    assert b"LISTEN" not in lines


def test_on_a_primary_it_only_reads_as_well(only_reads: Api) -> None:
    assert "READ_ONLY" == only_reads.error(REGISTER)["extensions"]["code"]
    assert "standby" not in only_reads.http.get("/ready").json()
    assert 0 < only_reads.ask(NAMES)["organisations"]["totalCount"]


def test_other_commands_on_a_standby_end_with_5_and_a_sentence(replicated: Pair) -> None:
    ended = fundtrail(replicated.standby.database, "migrate")
    assert 5 == ended.returncode
    assert "The database only reads: it is a standby." in ended.stderr
