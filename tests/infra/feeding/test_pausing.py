"""A read model that is paused stays where it is while the others go on, until somebody starts it again."""

import threading
from collections.abc import Iterator

import pytest

from infra.database.postgres import Database
from infra.feeding import projector
from infra.feeding.pausing import pause, start
from infra.feeding.projector import Poisoned, feeder, project_all, retry, step_one_by_one
from infra.feeding.rebuild import rebuild
from infra.log.postgres_log import PostgresLog
from projections import awards, bids
from projections.read_models import READ_MODELS
from tests.kit.database.feeding import (
    NAMES,
    Watched,
    a_bit_of_everything,
    caught_up,
    feeding,
    head,
    poison,
    rebuilt,
    record,
    standing,
)
from tests.kit.database.writing import ask, eventually, read_tables

WHY = "a posting is wrong"


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(projector, "POLL_SECONDS", 0.1)
    monkeypatch.setattr(projector, "RETRY_SECONDS", 0.1)


@pytest.fixture
def log(database: Database) -> Iterator[PostgresLog]:
    with PostgresLog(database) as opened:
        record(opened, a_bit_of_everything(0))
        project_all(database)
        yield opened


def test_it_stays_where_it_is_and_the_others_go_on(log: PostgresLog, database: Database) -> None:
    assert 8 == pause(database, awards, "jo", WHY)
    record(log, a_bit_of_everything(1))
    project_all(database)
    running = dict.fromkeys(NAMES - {"awards"}, (16, "running", None))
    assert running | {"awards": (8, "paused", None)} == standing(database)
    assert 8 == start(database, awards, "kim")
    project_all(database)
    assert dict.fromkeys(NAMES, (16, "running", None)) == standing(database)
    assert read_tables(database) == rebuilt(database)


def test_it_stays_paused_when_services_start_again_and_when_stopped_ones_are_let_try_again(
    log: PostgresLog, database: Database
) -> None:
    pause(database, awards, "jo", WHY)
    record(log, a_bit_of_everything(1))
    expected = dict.fromkeys(NAMES, (16, "running", None)) | {"awards": (8, "paused", None)}
    for _ in range(2):
        with feeding(database):
            eventually(lambda: standing(database) == expected, "the others are fed")
        assert (8, "paused", None) == standing(database)["awards"]
    assert [] == retry(database)
    assert (8, "paused", None) == standing(database)["awards"]


def test_a_projector_that_runs_leaves_it_out_and_takes_it_up_again(log: PostgresLog, database: Database) -> None:
    with feeding(database):
        caught_up(database)
        pause(database, bids, "jo", WHY)
        record(log, a_bit_of_everything(1))
        eventually(lambda: standing(database)["awards"] == (16, "running", None), "the others go on")
        assert (8, "paused", None) == standing(database)["bids"]
        start(database, bids, "jo")
        caught_up(database)


def test_a_rebuild_does_not_end_a_pause(log: PostgresLog, database: Database) -> None:
    pause(database, awards, "jo", WHY)
    record(log, a_bit_of_everything(1))
    rebuild(database, READ_MODELS)
    assert (16, "paused", None) == standing(database)["awards"]
    assert (16, "running", None) == standing(database)["bids"]


def test_who_paused_it_when_and_why_is_kept_and_who_started_it(log: PostgresLog, database: Database) -> None:
    pause(database, awards, "jo", WHY)
    assert pause(database, awards, "kim", "another reason") is None
    start(database, awards, "kim")
    assert start(database, awards, "kim") is None
    pause(database, awards, "lee", "once more")
    kept = (
        "SELECT name, position, paused_by, reason, started_by, started_at > paused_at FROM read.pauses ORDER BY number"
    )
    assert [("awards", 8, "jo", WHY, "kim", True), ("awards", 8, "lee", "once more", None, None)] == ask(database, kept)


def test_one_that_has_stopped_can_be_paused_and_tries_its_event_again_when_it_is_started(
    log: PostgresLog, database: Database
) -> None:
    bad = poison(log)
    with pytest.raises(Poisoned):
        project_all(database)
    assert bad - 1 == pause(database, awards, "jo", WHY)
    assert (bad - 1, "paused", bad) == standing(database)["awards"]
    start(database, awards, "jo")
    assert (bad - 1, "running", None) == standing(database)["awards"]


def test_a_pause_that_comes_while_events_are_tried_one_by_one_holds_from_then_on(
    log: PostgresLog, database: Database
) -> None:
    record(log, a_bit_of_everything(1))
    reached, paused = threading.Event(), threading.Event()

    def look(recorded: object) -> None:
        reached.set()
        # The pause waits for the event that is being written.
        paused.wait(0.2)

    def try_one_by_one() -> None:
        with feeder(database) as connection:
            ask(database, "UPDATE read.projections SET position = 8 WHERE name = 'awards'")
            step_one_by_one(connection, Watched(awards, look), 8)

    trying = threading.Thread(target=try_one_by_one)
    trying.start()
    assert reached.wait(30)
    held = pause(database, awards, "jo", WHY)
    paused.set()
    trying.join()
    assert held is not None
    assert (held, "paused", None) == standing(database)["awards"]
    assert held < head(database)
