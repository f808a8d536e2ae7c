"""The read models contain each event of the log exactly once, whatever happens to the projector."""

import os
import random
import signal
import threading
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from functools import partial
from multiprocessing.context import ForkServerProcess
from typing import Any

import psycopg
import pytest

from domain.history import Recorded, Written
from infra.database.postgres import PROJECTOR, Database, NoDatabase
from infra.feeding import projector, rebuild
from infra.feeding.migrate import migrate
from infra.feeding.projector import Poisoned, Projector, project_all, size_after
from infra.log.postgres_log import PostgresLog, read_log
from projections.audit import trail as audit
from projections.read_models import READ_MODELS, ReadModel
from projections.timeline import entries as timeline
from tests.kit.database.feeding import (
    BOTH,
    NAMES,
    Watched,
    a_bit_of_everything,
    caught_up,
    feeding,
    head,
    is_caught_up,
    leaders,
    one_of_each,
    poison,
    positions,
    rebuilt,
    record,
    standing,
    stood_still,
)
from tests.kit.database.writing import PATIENCE_SECONDS, ask, eventually, read_tables
from tests.kit.examples import EVENTS
from tests.kit.length import times
from tests.kit.processes import forked
from tests.kit.programs.feed import feed


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Small pages and short waits, so that much happens in little time."""
    monkeypatch.setattr(projector, "PAGE", 20)
    monkeypatch.setattr(projector, "LONG_PAGE", 20)
    monkeypatch.setattr(projector, "POLL_SECONDS", 0.1)
    monkeypatch.setattr(projector, "RETRY_SECONDS", 0.1)


@pytest.fixture
def log(database: Database) -> Iterator[PostgresLog]:
    with PostgresLog(database) as opened:
        yield opened


# --- Exactly once -----------------------------------------------------------------------------------------------------


def test_the_programme_rebuilt_equals_the_programme_live_byte_for_byte(programme: Database) -> None:
    live = read_tables(programme)
    assert head(programme) == len(live["audit"]) > 0
    assert live == rebuilt(programme)
    assert is_caught_up(programme)


def test_every_table_rebuilt_equals_the_table_live_byte_for_byte(log: PostgresLog, database: Database) -> None:
    with feeding(database):
        for written in one_of_each():
            record(log, [written])
        caught_up(database)
    live = read_tables(database)
    assert [] == [table for table, rows in live.items() if not rows], "a table without rows shows nothing"
    assert live == rebuilt(database)


def test_a_difference_of_one_row_is_noticed(programme: Database) -> None:
    """The control of the tests that compare tables with rebuilt ones."""
    with PostgresLog(programme) as log:
        record(log, [Written("books-1", EVENTS["PeriodClosed"]), Written("books-1", EVENTS["FinancialYearSet"])])
        record(log, [Written("bank-account-1", EVENTS["BankAccountOpened"])])
        record(log, [Written("round-1", EVENTS["RoundOpened"])])
        record(log, [Written("person-1", EVENTS["PersonRegistered"])])
        record(log, [Written("concern-1", EVENTS["ConcernRaised"])])
        record(log, [Written("organisation-1", EVENTS["IdentifierRecorded"])])
    project_all(programme)
    before = read_tables(programme)
    for model in READ_MODELS:
        ask(
            programme, f"DELETE FROM read.{model.TABLES[0]} WHERE ctid = (SELECT min(ctid) FROM read.{model.TABLES[0]})"
        )
    changed = read_tables(programme)
    assert {model.TABLES[0] for model in READ_MODELS} == {table for table in before if before[table] != changed[table]}
    assert before == rebuilt(programme)


def test_pages_of_any_size_give_the_same_tables(programme: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    before = read_tables(programme)
    monkeypatch.setattr(projector, "PAGE", 7)
    monkeypatch.setattr(projector, "LONG_PAGE", 33)
    ask(programme, "UPDATE read.projections SET definition = ''")
    migrate(programme)
    project_all(programme)
    assert before == read_tables(programme)


def test_a_read_model_that_is_behind_reads_long_pages_unless_they_take_too_long(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(projector, "LONG_PAGE", 200)
    assert [20, 20] == [size_after(events, 0.1) for events in (1, 19)], "one that is up to date reads short pages"
    assert 200 == size_after(20, 0.1)
    assert 100 == size_after(200, 10.0), "a page that took twice the longest time is halved"
    assert 20 == size_after(200, 1000.0), "never less than a short page"


def test_projecting_again_without_new_events_changes_nothing(programme: Database) -> None:
    before = read_tables(programme), standing(programme)
    project_all(programme)
    with feeding(programme):
        eventually(lambda: len(leaders(programme)) == len(READ_MODELS), "every read model is led")
        caught_up(programme)
    assert before == (read_tables(programme), standing(programme))


CUTS = times(15, 300)

# --- Waking -----------------------------------------------------------------------------------------------------------


def test_a_lost_notification_only_delays(log: PostgresLog, database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(projector, "CHANNEL", "nobody_calls")
    with feeding(database):
        for number in range(3):
            record(log, a_bit_of_everything(number))
            caught_up(database)


def test_without_a_notification_new_events_are_found_by_polling(
    log: PostgresLog, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The control: a projector that is not notified and does not poll makes no progress."""
    monkeypatch.setattr(projector, "CHANNEL", "nobody_calls")
    monkeypatch.setattr(projector, "POLL_SECONDS", 600.0)
    with feeding(database, channel="nobody_calls"):
        eventually(lambda: idle_listeners(database) == projector.FEEDERS, "all have read the log once, and sleep")
        record(log, a_bit_of_everything(1))
        time.sleep(1.0)
        assert dict.fromkeys(NAMES, (0, "running", None)) == standing(database)
        ask(database, "NOTIFY nobody_calls")
        caught_up(database)


def test_a_notification_wakes_at_once(log: PostgresLog, database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(projector, "POLL_SECONDS", 600.0)
    with feeding(database):
        eventually(lambda: idle_listeners(database) == projector.FEEDERS, "all have read the log once, and sleep")
        for number in range(3):
            record(log, a_bit_of_everything(number))
            caught_up(database)


def test_with_broken_connections_and_no_notifications_every_event_is_still_processed_once_and_soon(
    log: PostgresLog, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Three projectors. After each append, three in ten of their connections are cut, without a notification."""
    monkeypatch.setattr(projector, "CHANNEL", "nobody_calls")
    chance = random.Random(4611)
    cut, longest = 0, 0.0
    with ExitStack() as runners:
        for _ in range(3):
            runners.enter_context(feeding(database, channel="nobody_calls"))
        for number in range(CUTS):
            eventually(lambda: len(leaders(database)) == len(READ_MODELS), "every read model is led")
            record(log, a_bit_of_everything(number))
            found = ask(
                database,
                "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND application_name = %s",
                (PROJECTOR,),
            )
            gone = [pid for (pid,) in found if chance.random() < 0.3]
            cut += len(gone)
            ask(database, "SELECT pg_terminate_backend(pid) FROM unnest(%s::int[]) AS pid", (gone,))
            began = time.monotonic()
            caught_up(database)
            longest = max(longest, time.monotonic() - began)
    assert cut > CUTS / 2, "hardly a connection was cut: the test has no power"
    # Polling and taking over need a tenth of a second here; the rest is for a busy machine.
    assert longest < 10
    assert list(range(1, head(database) + 1)) == positions(database)
    assert read_tables(database) == rebuilt(database)


def idle_listeners(database: Database) -> int:
    """The number of projector connections that have read the log to its end and wait."""
    ((found,),) = ask(
        database,
        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND application_name = %s"
        " AND state = 'idle' AND query = 'COMMIT'",
        (PROJECTOR,),
    )
    return int(found)


# --- One leads --------------------------------------------------------------------------------------------------------


class Unplugged(Database):
    """A database that cannot be reached while *off* is true."""

    off = False

    def connect(self, role: str | None = None, **kwargs: Any) -> psycopg.Connection[Any]:
        if type(self).off:
            raise NoDatabase("unplugged")
        return super().connect(role, **kwargs)


def test_one_of_two_projectors_leads_each_read_model_and_the_other_takes_over(
    log: PostgresLog, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Unplugged, "off", False)
    with feeding(Unplugged(database.url)):
        eventually(lambda: len(leaders(database)) == len(READ_MODELS), "the first leads every read model")
        first = leaders(database)
        with feeding(database):
            for number in range(10):
                record(log, a_bit_of_everything(number))
                assert first == leaders(database), "the second waits its turn"
            caught_up(database)
            monkeypatch.setattr(Unplugged, "off", True)
            connections = list(set(first.values()))
            assert [(True,)] * projector.FEEDERS == ask(
                database, "SELECT pg_terminate_backend(pid) FROM unnest(%s::int[]) AS pid", (connections,)
            )
            record(log, a_bit_of_everything(10))
            caught_up(database)
            assert first.keys() == leaders(database).keys()
            assert set() == set(first.values()) & set(leaders(database).values())
    assert read_tables(database) == rebuilt(database)


def test_a_projector_does_not_update_a_read_model_that_another_leads(log: PostgresLog, database: Database) -> None:
    record(log, a_bit_of_everything(1))
    with database.connect(PROJECTOR) as other:
        assert projector.lead(other, timeline)
        project_all(database)
    assert {model: (0 if model == "timeline" else 8) for model in NAMES} == {
        name: position for name, (position, *_) in standing(database).items()
    }
    project_all(database)
    assert is_caught_up(database)


def test_a_projector_that_starts_before_the_database_is_ready_waits_for_it(server: Database) -> None:
    with server.connect() as connection:
        connection.execute("CREATE DATABASE early")
    early = Database(server.url.replace("/fundtrail_server", "/early"))
    try:
        with feeding(early):
            time.sleep(0.3)
            migrate(early)
            with PostgresLog(early) as log:
                record(log, a_bit_of_everything(1))
            caught_up(early)
    finally:
        ask(server, "DROP DATABASE early WITH (FORCE)")


def test_a_projector_stops_after_its_current_page(log: PostgresLog, database: Database) -> None:
    for number in range(25):
        record(log, a_bit_of_everything(number))
    seen: list[int] = []
    hold = threading.Event()

    def look(recorded: Recorded) -> None:
        seen.append(recorded.position)
        hold.wait(PATIENCE_SECONDS)

    feeder = Projector(database, [Watched(audit, look)])
    feeder.start()
    eventually(lambda: seen, "the first page is under way")
    with ThreadPoolExecutor(1) as pool:
        stopped = pool.submit(feeder.stop)
        eventually(feeder._stopping.is_set, "it is asked to stop")
        hold.set()
        stopped.result()
    assert list(range(1, projector.PAGE + 1)) == seen == positions(database)


# --- Poison -----------------------------------------------------------------------------------------------------------


def test_a_read_model_without_tables_is_an_error_and_is_not_skipped(database: Database) -> None:
    """As after an upgrade and before `fundtrail migrate`: the other read models of its share must not hide it."""
    with database.connect() as connection:
        connection.execute("DELETE FROM read.projections WHERE name = 'delays'")
    with projector.feeder(database) as connection, pytest.raises(NoDatabase, match="delays has no tables yet"):
        projector.step(connection, READ_MODELS)


def test_a_stopped_read_model_tries_again_on_request_and_skips_nothing(
    log: PostgresLog, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    with feeding(database):
        bad = poison(log)
        record(log, a_bit_of_everything(0))
        stood_still(database, bad)
        monkeypatch.setattr(projector, "read_log", partial(read_log, codec=BOTH))
        assert sorted(NAMES) == sorted(projector.retry(database))
        caught_up(database)
        assert [] == projector.retry(database)
    assert list(range(1, head(database) + 1)) == positions(database)


def test_an_event_that_cannot_be_read_stops_every_read_model_before_it_until_it_can(
    log: PostgresLog, database: Database, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """The remedy is a version that knows the event: a projector that starts tries again."""
    for number in range(6):
        record(log, a_bit_of_everything(number))
    with feeding(database):
        caught_up(database)
        bad = poison(log)
        record(log, a_bit_of_everything(6))
        stood_still(database, bad)
        record(log, a_bit_of_everything(7))
        time.sleep(0.5)
        stood_still(database, bad)
        assert list(range(1, bad)) == positions(database)
    assert ["position 49: UnknownEvent: AwardMelted in schema version 1"] * len(NAMES) == [
        error for (error,) in ask(database, "SELECT error FROM read.projections")
    ]
    with feeding(database):
        time.sleep(0.5)
        stood_still(database, bad)

    monkeypatch.setattr(projector, "read_log", partial(read_log, codec=BOTH))
    monkeypatch.setattr(rebuild, "read_log", partial(read_log, codec=BOTH))
    with feeding(database):
        caught_up(database)
    assert [(None, None)] == ask(database, "SELECT DISTINCT failed_position, error FROM read.projections")
    assert list(range(1, head(database) + 1)) == positions(database)
    assert read_tables(database) == rebuilt(database)


def test_an_unreadable_event_in_a_page_is_found_and_the_events_before_it_are_processed(
    log: PostgresLog, database: Database
) -> None:
    for number in range(3):
        record(log, a_bit_of_everything(number))
    bad = poison(log)
    record(log, a_bit_of_everything(3))
    with pytest.raises(Poisoned, match=f"position {bad}: UnknownEvent: AwardMelted"):
        project_all(database, [audit])
    assert (bad - 1, "stopped", bad) == standing(database)["audit"]
    assert list(range(1, bad)) == positions(database)


def test_an_event_whose_body_cannot_be_read_stops_the_read_models_too(log: PostgresLog, database: Database) -> None:
    record(log, a_bit_of_everything(1))
    bad = poison(log, "BidApproved")
    with feeding(database):
        stood_still(database, bad)


def test_a_writer_that_fails_stops_its_own_read_model_and_no_other(
    log: PostgresLog, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also when its error has half a character in it, which PostgreSQL and test reports cannot store."""
    monkeypatch.setattr(projector.logger, "disabled", True)
    broken = True

    def look(recorded: Recorded) -> None:
        if broken and recorded.position == 30:
            raise ValueError("not today: \0 \ud800")

    for number in range(5):
        record(log, a_bit_of_everything(number))
    models = [Watched(audit, look) if model is audit else model for model in READ_MODELS]
    with feeding(database, models):
        expected = {**dict.fromkeys(NAMES, (40, "running", None)), "audit": (29, "stopped", 30)}
        eventually(lambda: standing(database) == expected, "one is stopped and the others continue")
    assert [("position 30: ValueError: not today:  ?",)] == ask(
        database, "SELECT error FROM read.projections WHERE name = 'audit'"
    )
    assert list(range(1, 30)) == positions(database)
    broken = False
    with feeding(database, models):
        caught_up(database)
    assert list(range(1, 41)) == positions(database)


@pytest.mark.parametrize(("fails", "first"), [(1, [20]), (2, [*range(1, 21)])], ids=["once", "twice"])
def test_a_page_that_fails_twice_is_processed_event_by_event_and_the_next_pages_as_a_whole(
    log: PostgresLog, database: Database, monkeypatch: pytest.MonkeyPatch, fails: int, first: list[int]
) -> None:
    reached: list[int] = []
    advance = projector._advance

    def note(connection: psycopg.Connection[Any], models: Sequence[ReadModel], position: int) -> None:
        reached.append(position)
        advance(connection, models, position)

    failures = [ValueError("a passing trouble")] * fails

    def look(recorded: Recorded) -> None:
        if failures and recorded.position == 5:
            raise failures.pop()

    monkeypatch.setattr(projector, "_advance", note)
    for number in range(10):
        record(log, a_bit_of_everything(number))
    project_all(database, [Watched(audit, look)])
    assert (80, "running", None) == standing(database)["audit"]
    assert list(range(1, 81)) == positions(database)
    assert [*first, 40, 60, 80] == reached


def test_an_unreadable_event_that_comes_later_is_met_once(log: PostgresLog, database: Database) -> None:
    """Also where the read models are at the same position before it, as they are in a projector that waits."""
    record(log, a_bit_of_everything(1))
    project_all(database)
    before = head(database)
    bad = poison(log)
    stopping = threading.Event()
    timer = threading.Timer(20, stopping.set)
    timer.start()
    with projector.feeder(database) as connection:
        assert all(projector.lead(connection, model) for model in READ_MODELS)
        _, stopped = projector.catch_up_together(connection, READ_MODELS, before, stopping)
    timer.cancel()
    assert not stopping.is_set(), "it was met again and again"
    assert [bad] * len(READ_MODELS) == [poisoned.position for poisoned in stopped]


# --- Killed -----------------------------------------------------------------------------------------------------------

KILLS = times(6, 50)


def in_mid_page(database: Database, gone: set[int]) -> set[int]:
    """The connections of projectors that have begun a page and not finished it, but for those of *gone*."""
    found = ask(
        database,
        "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND application_name = %s"
        " AND backend_xid IS NOT NULL",
        (PROJECTOR,),
    )
    return {pid for (pid,) in found} - gone


def taken_in(database: Database) -> int:
    """The positions of all read models together: more means that pages were finished."""
    return sum(position for position, *_ in standing(database).values())


def held_in_mid_page(process: ForkServerProcess, database: Database, gone: set[int]) -> bool:
    """Hold *process*, if it is in the middle of a page; what it has sent before may still come to its end."""
    assert process.pid is not None
    os.kill(process.pid, signal.SIGSTOP)
    time.sleep(0.01)
    if in_mid_page(database, gone):
        return True
    os.kill(process.pid, signal.SIGCONT)
    return False


def test_a_projector_that_is_killed_in_mid_page_again_and_again_takes_everything_in_once(
    log: PostgresLog, database: Database
) -> None:
    done = threading.Event()

    def write() -> int:
        number = 0
        while not done.is_set():
            number += 1
            record(log, a_bit_of_everything(number))
            done.wait(0.03)
        return number

    chance = random.Random(4611)
    progress = [0]
    with ThreadPoolExecutor(1) as pool:
        writing = pool.submit(write)
        try:
            for kill in range(KILLS):
                # The server may not have noticed yet that the one before is gone.
                gone = in_mid_page(database, set())
                with forked(feed, database) as running:
                    if kill % 2:  # Half of them have finished pages, however slow the machine is.
                        eventually(lambda: taken_in(database) > progress[-1], "it has finished a page")
                    eventually(partial(in_mid_page, database, gone), "it has begun a page")
                    time.sleep(chance.uniform(0, 0.1))
                    eventually(partial(held_in_mid_page, running, database, gone), "it is in the middle of a page")
                progress.append(taken_in(database))
        finally:
            done.set()
        assert writing.result() * 8 == head(database)
    assert sorted(progress) == progress
    assert progress[-1] > progress[1], "nothing was taken in between the kills: the test has no power"
    eventually(lambda: leaders(database) == {}, "the server has noticed that they are gone")
    project_all(database)
    assert is_caught_up(database)
    assert list(range(1, head(database) + 1)) == positions(database)
    assert read_tables(database) == rebuilt(database)
