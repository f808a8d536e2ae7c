"""A read model steps over a slice of the log in a copy: each event with the rows before and after, nothing live."""

from collections import defaultdict
from collections.abc import Iterator

import pytest

from infra.database.postgres import Database
from infra.feeding.projector import project_all
from infra.feeding.stepping import Stepped, step_over
from infra.log.postgres_log import PostgresLog
from projections import awards
from projections.audit import trail as audit
from projections.behind.taken import EVERY, taken_by
from projections.read_models import READ_MODELS, ReadModel
from tests.kit.database.feeding import a_bit_of_everything, head, one_of_each, poison, record
from tests.kit.database.writing import ask, read_tables


@pytest.fixture
def log(database: Database) -> Iterator[PostgresLog]:
    with PostgresLog(database) as opened:
        yield opened


@pytest.mark.parametrize("model", READ_MODELS, ids=lambda model: model.NAME)
def test_rows_that_change_are_all_that_the_fold_makes_and_only_named_events_change_them(
    log: PostgresLog, database: Database, model: ReadModel
) -> None:
    record(log, one_of_each())
    project_all(database)
    live, rows = read_tables(database), defaultdict[str, list[object]](list)
    changing = set()
    for one in step_over(database, model, 1, head(database)):
        assert one.error is None
        assert one.recorded is not None
        for change in one.changes:
            if change.before is not None:
                rows[change.table].remove(change.before)
            if change.after is not None:
                rows[change.table].append(change.after)
            changing.add(type(one.recorded.event))
    assert changing
    assert changing <= taken_by(model)
    for table in model.TABLES:
        ((shown,),) = ask(database, f"SELECT coalesce(jsonb_agg(t), '[]') FROM read.\"{table}\" t")
        assert sorted(map(str, shown)) == sorted(map(str, rows[table])), table
    assert live == read_tables(database), "the live tables have changed"
    assert [] == ask(database, "SELECT nspname FROM pg_namespace WHERE starts_with(nspname, 'step_')")


def test_control_fewer_kinds_than_a_read_model_takes_in_are_noticed(log: PostgresLog, database: Database) -> None:
    record(log, one_of_each())
    found = list(step_over(database, awards, 1, head(database)))
    changing = {type(one.recorded.event) for one in found if one.changes and one.recorded is not None}
    assert not changing <= EVERY - {min(changing, key=lambda kind: kind.__name__)}


def test_a_slice_shows_rows_as_they_were_before_it(log: PostgresLog, database: Database) -> None:
    for number in range(3):
        record(log, a_bit_of_everything(number))
    (one,) = step_over(database, READ_MODELS[0], 12, 12)
    assert 12 == one.position
    (change,) = (change for change in one.changes if change.table == "organisations")
    assert change.before is not None
    assert change.after is not None
    assert "name" in change.differing
    assert ("organisation-1", "name 1") == (change.after["id"], change.after["name"])


def test_an_event_that_cannot_be_processed_shows_its_error_and_ends_the_slice(
    log: PostgresLog, database: Database
) -> None:
    record(log, a_bit_of_everything(1))
    bad = poison(log)
    record(log, a_bit_of_everything(2))

    def errors(first: int, last: int) -> list[tuple[int, bool]]:
        return [(one.position, one.error is not None) for one in step_over(database, audit_of_all(), first, last)]

    assert [(8, False), (bad, True)] == errors(8, head(database))
    assert [(bad, True)] == errors(bad + 1, head(database))
    assert [(7, False), (8, False)] == errors(7, 8)


def audit_of_all() -> ReadModel:
    return audit


def test_a_copy_that_is_left_in_the_middle_leaves_nothing(log: PostgresLog, database: Database) -> None:
    record(log, a_bit_of_everything(1))
    stepping = step_over(database, audit, 1, 8)
    first: Stepped = next(stepping)
    assert 1 == first.position
    del stepping
    assert [] == ask(database, "SELECT nspname FROM pg_namespace WHERE starts_with(nspname, 'step_')")
