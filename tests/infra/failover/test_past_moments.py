"""A standby answers for a past moment as its primary does, or says that it cannot yet."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta

import psycopg
import pytest

from domain.desk import submit
from infra.database.pool import query
from infra.database.postgres import APP, READER, Database
from infra.feeding.projector import Projector
from infra.log.postgres_log import PostgresLog
from projections import progress
from tests.kit.database.standby import Pair
from tests.kit.database.writing import ask, eventually, order, register

HOUR = timedelta(hours=1)
# The rule of migration 0008: it waits for a lock that is local to the server.
LOCAL = """
    CREATE OR REPLACE FUNCTION log.position_at_once(moment timestamptz) RETURNS bigint LANGUAGE plpgsql AS $$
    BEGIN
        PERFORM pg_advisory_xact_lock_shared(log.append_lock());
        RETURN coalesce((SELECT m.position FROM log.moments m WHERE m.recorded_at <= moment
                          ORDER BY m.recorded_at DESC, m.position DESC LIMIT 1), 0);
    END $$"""
# A rule that waits for a commit of the moment or later, whichever transaction it is of.
BY_COMMIT = """
    CREATE OR REPLACE FUNCTION log.position_at_commit(moment timestamptz) RETURNS bigint LANGUAGE plpgsql AS $$
    BEGIN
        IF pg_last_xact_replay_timestamp() < moment THEN
            RAISE EXCEPTION 'not yet';
        END IF;
        RETURN coalesce((SELECT m.position FROM log.moments m WHERE m.recorded_at <= moment
                          ORDER BY m.recorded_at DESC, m.position DESC LIMIT 1), 0);
    END $$"""


def position_at(database: Database, moment: datetime, function: str = "log.position_at") -> int:
    """The position at *moment* as a reader is answered."""
    with database.connect(READER) as connection:
        (position,) = connection.execute(f"SELECT {function}(%s)".encode(), (moment,)).fetchone() or (None,)
    return int(str(position))


def is_refused(database: Database, moment: datetime) -> bool:
    try:
        position_at(database, moment)
    except psycopg.errors.ObjectNotInPrerequisiteState as error:
        return error.diag.constraint_name == "moment_replayed"
    return False


def now(database: Database) -> datetime:
    ((moment,),) = ask(database, "SELECT clock_timestamp()")
    assert isinstance(moment, datetime)
    return moment


numbers = iter(range(1, 1000))


def record(pair: Pair) -> int:
    """Record an event on the primary. Return its position."""
    with PostgresLog(pair.primary.database) as log:
        return submit(log, order(register(next(numbers)))).position


@contextmanager
def lagging(pair: Pair) -> Iterator[None]:
    """The standby receives and does not replay, until the end of the block."""
    pair.replayed()
    pair.standby.pause()
    try:
        yield
    finally:
        pair.standby.resume()


def test_a_lagging_standby_refuses_a_past_moment_and_answers_it_later_as_the_primary_did(replicated: Pair) -> None:
    record(replicated)
    with lagging(replicated):
        last = record(replicated)
        moment = now(replicated.primary.database)
        assert last == position_at(replicated.primary.database, moment)
        assert is_refused(replicated.standby.database, moment)
    # What was recorded after a moment shows that everything before it is there.
    record(replicated)
    replicated.replayed()
    assert last == position_at(replicated.standby.database, moment)


def test_by_the_lock_of_its_own_server_a_standby_would_change_its_answer(replicated: Pair) -> None:
    """The control of the test above: the rule as it was."""
    ask(replicated.primary.database, LOCAL)
    record(replicated)
    with lagging(replicated):
        last = record(replicated)
        moment = now(replicated.primary.database)
        before = position_at(replicated.standby.database, moment, "log.position_at_once")
    replicated.replayed()
    assert before < last == position_at(replicated.standby.database, moment, "log.position_at_once")


def test_by_the_time_of_any_commit_a_standby_would_change_its_answer(replicated: Pair) -> None:
    """Another control: an append takes its time, something else commits later, and the append commits after that."""
    primary, standby = replicated.primary.database, replicated.standby.database
    ask(primary, BY_COMMIT)
    record(replicated)
    with PostgresLog(primary) as log, log.datastore.appender() as appender:
        appender.connection.execute("BEGIN")
        last = submit(log, order(register(next(numbers)))).position
        moment = now(primary)
        ask(primary, "CREATE TABLE public.something_else ()")
        ask(primary, "SELECT log.state_time()")
        replicated.replayed()
        before = position_at(standby, moment, "log.position_at_commit")
        assert is_refused(standby, moment)
        appender.connection.execute("COMMIT")
    replicated.replayed()
    assert before < last == position_at(standby, moment, "log.position_at_commit")


def test_a_standby_of_a_programme_that_records_nothing_answers_soon(replicated: Pair) -> None:
    last = record(replicated)
    with Projector(replicated.primary.database):
        moment = now(replicated.primary.database)
        eventually(lambda: not is_refused(replicated.standby.database, moment), "the standby answers for the moment")
    assert last == position_at(replicated.standby.database, moment)


def test_without_the_time_that_the_primary_states_it_would_never_answer(replicated: Pair) -> None:
    """The control of the test above."""
    record(replicated)
    moment = now(replicated.primary.database)
    ask(replicated.primary.database, "CREATE TABLE IF NOT EXISTS public.any_commit ()")
    replicated.replayed()
    assert is_refused(replicated.standby.database, moment)


def test_the_time_is_stated_once_a_second_at_most_and_never_while_an_append_has_the_lock(replicated: Pair) -> None:
    primary = replicated.primary.database
    ask(primary, "UPDATE log.clock SET stated_at = '-infinity'")
    with primary.connect(APP) as appending, appending.transaction():
        appending.execute("SELECT pg_advisory_xact_lock(log.append_lock())")
        ask(primary, "SELECT log.state_time()")
        assert [("-infinity",)] == ask(primary, "SELECT stated_at::text FROM log.clock")
    ask(primary, "SELECT log.state_time()")
    first = ask(primary, "SELECT stated_at::text FROM log.clock")
    ask(primary, "SELECT log.state_time()")
    assert first == ask(primary, "SELECT stated_at::text FROM log.clock") != [("-infinity",)]
    # A clock that was set back makes what it stated a time to come.
    ask(primary, "UPDATE log.clock SET stated_at = clock_timestamp() + interval '1 hour'")
    ask(primary, "SELECT log.state_time()")
    assert [(True,)] == ask(primary, "SELECT stated_at <= clock_timestamp() FROM log.clock")


def test_a_server_without_a_standby_states_no_time(database: Database) -> None:
    ask(database, "SELECT log.state_time()")
    assert [("-infinity",)] == ask(database, "SELECT stated_at::text FROM log.clock")


def test_only_the_projector_states_the_time(database: Database) -> None:
    with database.connect(APP) as connection, pytest.raises(psycopg.errors.InsufficientPrivilege):
        connection.execute("SELECT log.state_time()")


def test_a_moment_to_come_is_answered_with_what_has_been_replayed(replicated: Pair) -> None:
    """Today is such a moment until its end. The answer may change until then, on the primary too."""
    last = record(replicated)
    with lagging(replicated):
        record(replicated)
        assert last == position_at(replicated.standby.database, now(replicated.primary.database) + HOUR)


def test_the_refusal_says_up_to_when_the_log_has_been_replayed(replicated: Pair) -> None:
    record(replicated)
    with lagging(replicated):
        moment = now(replicated.primary.database)
        with pytest.raises(progress.NotReplayed, match="has replayed the log up to 20"):
            query(replicated.standby.database, lambda connection: progress.position_at(connection, moment))


def test_a_moment_before_what_was_replayed_is_answered_at_once(replicated: Pair) -> None:
    last = record(replicated)
    ((moment,),) = ask(replicated.primary.database, "SELECT max(recorded_at) FROM log.events")
    with lagging(replicated):
        record(replicated)
        assert last == position_at(replicated.standby.database, moment)
        assert last > position_at(replicated.standby.database, moment - timedelta(microseconds=1))
