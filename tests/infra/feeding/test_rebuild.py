"""A read model is rebuilt next to the live one, and replaces it in one step, whatever happens meanwhile."""

import inspect
import re
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, cast

import psycopg
import pytest

from domain.history import Recorded
from infra.database.postgres import APP, Database, NoDatabase
from infra.feeding import projector, rebuild
from infra.feeding.projector import Poisoned, project_all
from infra.feeding.rebuild import BeingRebuilt, NotConfirmed, rebuild_in_parallel
from infra.log.postgres_log import PostgresLog
from projections.audit import trail as audit
from projections.money import ledger
from projections.read_models import READ_MODELS, ReadModel
from projections.timeline import entries as timeline
from tests.kit.database.feeding import (
    BOTH,
    Watched,
    a_bit_of_everything,
    caught_up,
    feeding,
    head,
    is_caught_up,
    leaders,
    poison,
    positions,
    rebuilding,
    rebuilt,
    record,
    standing,
    stood_still,
)
from tests.kit.database.writing import PATIENCE_SECONDS, ask, eventually, read_tables
from tests.kit.length import times
from tests.kit.processes import forked
from tests.kit.programs.rebuild import rebuild_again_and_again


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Small pages and short waits, so that much happens in little time."""
    monkeypatch.setattr(projector, "PAGE", 20)
    monkeypatch.setattr(rebuild, "PAGE", 20)
    monkeypatch.setattr(projector, "POLL_SECONDS", 0.1)
    monkeypatch.setattr(projector, "RETRY_SECONDS", 0.1)


def left_over(database: Database) -> list[str]:
    """The schemas that a rebuild has created and not dropped."""
    found = ask(
        database,
        "SELECT nspname FROM pg_namespace WHERE nspname LIKE 'next\\_%' OR nspname LIKE 'before\\_%' ORDER BY 1",
    )
    return [name for (name,) in found]


def held_at(position: int, reached: threading.Event, hold: threading.Event) -> Callable[[Recorded], None]:
    """A function that holds a rebuild at *position* until *hold* is set."""

    def look(recorded: Recorded) -> None:
        if recorded.position == position and not hold.is_set():
            reached.set()
            hold.wait(PATIENCE_SECONDS)

    return look


# --- Beside the live one ----------------------------------------------------------------------------------------------


def test_damaged_tables_are_restored_while_a_projector_runs_and_nothing_is_left_over(
    log: PostgresLog, filled: Database
) -> None:
    live = read_tables(filled)
    with feeding(filled):
        eventually(lambda: len(leaders(filled)) == len(READ_MODELS), "every read model is led")
        led_by = leaders(filled)
        ask(filled, "UPDATE read.organisations SET name = 'wrong'; DELETE FROM read.timeline; DELETE FROM read.bids")
        assert live != read_tables(filled)
        assert live == rebuilt(filled)
        assert led_by == leaders(filled), "the projector continues"
        record(log, a_bit_of_everything(5))
        caught_up(filled)
    assert [] == left_over(filled)
    assert read_tables(filled) == rebuilt(filled)


def test_the_old_version_is_read_and_updated_until_the_new_one_is_ready(log: PostgresLog, filled: Database) -> None:
    reached, hold = threading.Event(), threading.Event()
    with feeding(filled), ThreadPoolExecutor(1) as pool:
        rebuilding = pool.submit(rebuild.rebuild, filled, [Watched(audit, held_at(30, reached, hold))])
        try:
            assert reached.wait(PATIENCE_SECONDS)
            record(log, a_bit_of_everything(5))
            caught_up(filled)
            assert list(range(1, 49)) == positions(filled), "the live one has the new events"
            assert ["next_audit"] == left_over(filled)
        finally:
            hold.set()
        rebuilding.result()
        assert list(range(1, 49)) == positions(filled)
        caught_up(filled)


def test_an_event_recorded_during_a_rebuild_is_processed_in_it_or_after_it(log: PostgresLog, filled: Database) -> None:
    added = iter(range(5, 10))

    def look(recorded: Recorded) -> None:
        if recorded.position % 8 == 0 and (number := next(added, None)) is not None:
            record(log, a_bit_of_everything(number))

    with feeding(filled):
        rebuild.rebuild(filled, [Watched(audit, look)])
        caught_up(filled)
    assert list(range(1, 81)) == positions(filled)
    assert read_tables(filled) == rebuilt(filled)


def test_a_long_query_on_the_old_version_finishes_and_other_readers_hardly_wait(filled: Database) -> None:
    """The switch gives way to readers, so no reader waits long behind it."""
    with filled.connect(APP) as export, ThreadPoolExecutor(1) as pool:
        export.autocommit = False
        export.execute("SELECT count(*) FROM audit")
        rebuilding = pool.submit(rebuild.rebuild, filled, [audit])
        slowest = 0.0
        for _ in range(20):
            began = time.monotonic()
            assert 40 == len(positions(filled))
            slowest = max(slowest, time.monotonic() - began)
            time.sleep(0.05)
        assert not rebuilding.done()
        export.commit()
        rebuilding.result()
    assert slowest < 10 * rebuild.SWITCH_WAIT_MS / 1000
    assert 40 == len(positions(filled))


def test_the_switch_waits_for_a_vacuum_before_it_makes_anyone_wait(log: PostgresLog, filled: Database) -> None:
    waits = "SELECT 1 FROM pg_locks WHERE relation = 'read.audit'::regclass AND NOT granted"
    with filled.connect() as vacuum, ThreadPoolExecutor(1) as pool:
        with vacuum.transaction():
            vacuum.execute("LOCK TABLE read.audit IN SHARE UPDATE EXCLUSIVE MODE")
            rebuilding = pool.submit(rebuild.rebuild, filled, [audit])
            eventually(lambda: ask(filled, waits) != [], "the switch waits for the vacuum")
            ask(filled, "SELECT FROM read.projections WHERE name = 'audit' FOR UPDATE NOWAIT")
            record(log, a_bit_of_everything(5))
            project_all(filled)
            assert list(range(1, 49)) == positions(filled)
            assert not rebuilding.done()
        rebuilding.result()
    assert list(range(1, 49)) == positions(filled)


def test_the_switch_waits_long_enough_for_postgresql_to_cancel_its_own_vacuum(filled: Database) -> None:
    [(milliseconds,)] = ask(filled, "SELECT setting::int FROM pg_settings WHERE name = 'deadlock_timeout'")
    assert milliseconds < rebuild.VACUUM_WAIT_MS


def test_readers_see_all_of_the_old_version_or_all_of_the_new_one(log: PostgresLog, filled: Database) -> None:
    """One statement reads balances and postings again and again, while the ledger is switched."""
    together = "SELECT (SELECT count(*) FROM postings), (SELECT count(*) FROM balances)"
    stop = threading.Event()

    def read() -> set[tuple[int, ...]]:
        seen = set()
        with filled.connect(APP) as reader:
            while not stop.is_set():
                seen.add(tuple(reader.execute(together, prepare=True).fetchall()[0]))
        return seen

    before = ask(filled, together.replace("FROM ", "FROM read."))
    with ThreadPoolExecutor(2) as pool:
        readers = [pool.submit(read) for _ in range(2)]
        try:
            for _ in range(5):
                rebuild.rebuild(filled, [ledger])
        finally:
            stop.set()
        assert [set(before)] * 2 == [reader.result() for reader in readers]


def test_only_one_process_at_a_time_rebuilds_a_read_model(filled: Database) -> None:
    reached, hold = threading.Event(), threading.Event()
    with ThreadPoolExecutor(1) as pool:
        first = pool.submit(rebuild.rebuild, filled, [Watched(audit, held_at(30, reached, hold))])
        assert reached.wait(PATIENCE_SECONDS)
        try:
            with pytest.raises(BeingRebuilt, match="the read model audit is being rebuilt already"):
                rebuild.rebuild(filled, [audit])
            rebuild.rebuild(filled, [timeline])
        finally:
            hold.set()
        first.result()


def test_several_processes_rebuild_all_read_models_in_parallel(filled: Database) -> None:
    before = read_tables(filled)
    ask(filled, "DELETE FROM read.spans; DELETE FROM read.partners; DELETE FROM read.audit")
    rebuild_in_parallel(filled, READ_MODELS)
    assert before == read_tables(filled)
    assert is_caught_up(filled)
    assert [] == left_over(filled)


def test_a_rebuilt_read_model_has_the_same_indexes_as_before(filled: Database) -> None:
    def indexes() -> list[tuple[str, str]]:
        return ask(filled, "SELECT tablename, indexdef FROM pg_indexes WHERE schemaname = 'read' ORDER BY 1, 2")

    before = indexes()
    rebuild.rebuild(filled, READ_MODELS)
    assert before == indexes()
    assert any("timeline_order" in definition for _, definition in before)


@pytest.mark.parametrize("at_once", [1, 7, 39, 40, 41])
def test_a_read_model_filled_in_several_parts_is_complete(
    filled: Database, at_once: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = read_tables(filled)
    ask(filled, "DELETE FROM read.audit WHERE position > 20")
    monkeypatch.setattr(rebuild, "FILLED_AT_ONCE", at_once)
    rebuild.rebuild(filled, [audit])
    assert before == read_tables(filled)
    assert 40 == standing(filled)["audit"][0]


def test_autovacuum_is_on_again_once_the_new_tables_are_in_use(filled: Database) -> None:
    rebuild.rebuild(filled, READ_MODELS)
    options = "SELECT count(*) FROM pg_class WHERE relnamespace = 'read'::regnamespace AND reloptions::text ~ 'vacuum'"
    assert [(0,)] == ask(filled, options)


@pytest.mark.parametrize("count", [1, 2, 4])
def test_a_rebuild_is_divided_so_that_no_process_has_all_the_work(count: int) -> None:
    shares = rebuild.shares_of(READ_MODELS, count)
    assert sorted(model.NAME for model in READ_MODELS) == sorted(name for names in shares for name in names)
    weights = [sum(map(rebuild.weight_of, names)) for names in shares]
    assert max(weights) - min(weights) <= max(rebuild.WEIGHTS.values())


# --- When it fails ----------------------------------------------------------------------------------------------------


def test_an_event_that_cannot_be_read_leaves_the_live_version_as_it_is_and_is_named(
    log: PostgresLog, filled: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A read model that stopped before the event runs again after a rebuild by a version that knows the event."""
    with feeding(filled):
        bad = poison(log)
        stood_still(filled, bad)
        before = read_tables(filled)
        with pytest.raises(Poisoned, match=f"position {bad}: UnknownEvent: AwardMelted"):
            rebuild.rebuild(filled, [audit])
        assert before == read_tables(filled)
        assert [] == left_over(filled)
        monkeypatch.setattr(rebuild, "CODEC", BOTH)
        rebuild.rebuild(filled, [audit])
        assert list(range(1, bad + 1)) == positions(filled)
        assert (bad, "running", None) == standing(filled)["audit"]


def test_an_event_that_a_writer_cannot_process_is_named(filled: Database) -> None:
    before = read_tables(filled), standing(filled)

    def look(recorded: Recorded) -> None:
        if recorded.position == 27:
            raise ValueError("not today")

    with pytest.raises(Poisoned, match="position 27: ValueError: not today"):
        rebuild.rebuild(filled, [Watched(audit, look)])
    assert before == (read_tables(filled), standing(filled))


def test_when_one_read_model_cannot_process_an_event_none_of_the_rebuild_is_replaced(filled: Database) -> None:
    ask(filled, "DELETE FROM read.audit WHERE position > 20")
    before = read_tables(filled), standing(filled)

    def look(recorded: Recorded) -> None:
        if recorded.position == 27:
            raise ValueError("not today")

    with pytest.raises(Poisoned, match="position 27: ValueError: not today"):
        rebuild.rebuild(filled, [audit, Watched(timeline, look)])
    assert before == (read_tables(filled), standing(filled))
    assert [] == left_over(filled)


def test_a_version_that_cannot_be_read_is_withdrawn_and_the_old_one_is_used_again(filled: Database) -> None:
    """The switch is confirmed in the application's role before the old version is dropped."""
    before = read_tables(filled), standing(filled)

    def look(recorded: Recorded) -> None:
        if recorded.position == 40:
            ask(filled, "REVOKE SELECT ON next_audit.audit FROM fundtrail_reader")

    with pytest.raises(NotConfirmed, match="audit: permission denied"):
        rebuild.rebuild(filled, [Watched(audit, look)])
    assert before == (read_tables(filled), standing(filled))
    assert [] == left_over(filled)
    with filled.connect(APP) as reader:
        assert 40 == len(reader.execute("SELECT FROM audit").fetchall())


# --- Killed -----------------------------------------------------------------------------------------------------------

KILLS = times(8, 50)


def test_a_rebuild_that_is_killed_at_any_moment_leaves_a_version_that_serves(
    log: PostgresLog, filled: Database
) -> None:
    """Also in the switch: what readers find equals the log, and the next rebuild clears away what was left."""
    live = read_tables(filled)
    moments = set()
    for kill in range(KILLS):
        with forked(rebuild_again_and_again, filled):
            wanted = ("next_", "before_")[kill % 2]
            eventually(lambda: any(name.startswith(wanted) for name in left_over(filled)), "it is at work")  # noqa: B023
        eventually(lambda: not rebuilding(filled), "the server has noticed that it is gone")
        moments |= {name.split("_")[0] for name in left_over(filled)}
        assert live == read_tables(filled)
        assert is_caught_up(filled)
    assert "next" in moments, "no rebuild was cut off: the test has no power"
    rebuild.rebuild(filled, READ_MODELS)
    assert [] == left_over(filled)
    assert live == read_tables(filled)
    record(log, a_bit_of_everything(7))
    project_all(filled)
    assert head(filled) == len(positions(filled))


# --- Another definition -----------------------------------------------------------------------------------------------


def test_a_projector_does_not_update_tables_of_another_version(log: PostgresLog, filled: Database) -> None:
    """They would become a mixture. The other read models are updated, and /ready names the one to rebuild."""
    ask(filled, "UPDATE read.projections SET definition = 'a later text' WHERE name = 'audit'")
    record(log, a_bit_of_everything(5))
    with feeding(filled):
        eventually(lambda: standing(filled)["ledger"][0] == head(filled), "the others are fed")
        time.sleep(0.3)
        assert 40 == standing(filled)["audit"][0]
    with pytest.raises(NoDatabase, match="the tables of audit were made by another version of Fundtrail"):
        project_all(filled, [audit])


def test_tables_that_the_new_version_does_not_have_are_dropped_with_the_old_version(filled: Database) -> None:
    ask(
        filled,
        "CREATE TABLE read.audit_notes (note text);"
        " UPDATE read.projections SET tables = tables || 'audit_notes'::text WHERE name = 'audit'",
    )
    rebuild.rebuild(filled, [audit])
    assert [] == ask(filled, "SELECT 1 FROM pg_class WHERE relname = 'audit_notes'")
    with pytest.raises(psycopg.errors.UndefinedTable):
        ask(filled, "SELECT * FROM read.audit_notes")


@pytest.mark.parametrize("model", READ_MODELS, ids=lambda model: model.NAME)
def test_a_read_model_names_its_tables_without_a_schema(model: ReadModel) -> None:
    """With a schema, a rebuild would read from the live version or write to it."""
    assert [] == re.findall(r"\bread\.[a-z_]+", inspect.getsource(cast("Any", model)))
