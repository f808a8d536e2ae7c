"""The auditor's role reads the view of the log, and nothing else: no table, no name, nothing confidential, no write."""

from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
import pytest
from psycopg.conninfo import make_conninfo
from psycopg.rows import TupleRow

from domain.support import concern
from infra.database.auditing import AUDITOR
from infra.database.postgres import Database
from infra.database.rights import Unguarded, refuse_unguarded
from infra.feeding.migrate import migrate
from infra.log.postgres_log import PostgresLog
from projections.read_models import READ_MODELS
from projections.support.confidential import CONFIDENTIAL
from tests.kit.database.feeding import one_of_each, record
from tests.kit.database.writing import ask

READING = [
    "SELECT * FROM log.events", "SELECT * FROM log.commands", "SELECT * FROM log.references",
    "SELECT * FROM log.counters", "SELECT * FROM log.moments", "SELECT * FROM read.events",
    "SELECT * FROM read.projections", "SELECT * FROM read.pauses", "SELECT * FROM directory.people",
    *(f'SELECT * FROM read."{table}"' for model in READ_MODELS for table in model.TABLES),
]  # fmt: skip
WRITING = [
    "UPDATE audit.events SET actor = 'eve'", "DELETE FROM audit.events", "TRUNCATE log.events",
    "DELETE FROM log.events", "INSERT INTO log.commands VALUES ('c', '', 's', 1, clock_timestamp())",
    "UPDATE read.projections SET state = 'paused'", "CREATE TABLE audit.mine (a int)",
    "CREATE TABLE public.mine (a int)", "DROP VIEW audit.events",
    "CREATE OR REPLACE VIEW audit.events AS SELECT 1 AS position",
    "SELECT directory.keep('p', 'n', 'c')", "SELECT nextval('log.positions')", "ALTER ROLE fundtrail_auditor SUPERUSER",
    "SET ROLE fundtrail_app", "SET ROLE postgres",
]  # fmt: skip


REFUSALS = (
    psycopg.errors.InsufficientPrivilege,
    psycopg.errors.ReadOnlySqlTransaction,
    # A view of this form can be written by nobody.
    psycopg.errors.ObjectNotInPrerequisiteState,
)


@pytest.fixture
def told(database: Database) -> Database:
    """A database with every event once, also those of a concern that is confidential."""
    with PostgresLog(database) as log:
        record(log, one_of_each())
    return database


@contextmanager
def auditor(database: Database) -> Iterator[psycopg.Connection[TupleRow]]:
    """A session of the auditor, once the owner has given the role a login. It is taken away afterwards."""
    ask(database, f"ALTER ROLE {AUDITOR} LOGIN")
    try:
        with psycopg.connect(make_conninfo(database.url, user=AUDITOR), autocommit=True) as connection:
            yield connection
    finally:
        ask(database, f"ALTER ROLE {AUDITOR} NOLOGIN")


def refused(connection: psycopg.Connection[TupleRow], statement: str) -> bool:
    try:
        connection.execute(statement.encode())
    except REFUSALS:
        return True
    return False


def test_it_cannot_log_in_before_the_owner_lets_it_and_a_migration_leaves_that_as_it_is(database: Database) -> None:
    may = f"SELECT rolcanlogin FROM pg_roles WHERE rolname = '{AUDITOR}'"
    assert [(False,)] == ask(database, may)
    try:
        ask(database, f"ALTER ROLE {AUDITOR} LOGIN")
        migrate(database)
        assert [(True,)] == ask(database, may)
    finally:
        ask(database, f"ALTER ROLE {AUDITOR} NOLOGIN")


def test_it_reads_each_event_with_its_body_and_who_recorded_it(told: Database) -> None:
    shown = "SELECT position, stream, version, name, effective, actor, body ->> 'on' FROM events ORDER BY 1"
    stored = (
        "SELECT notification_id, originator_id, originator_version, topic, convert_from(state, 'UTF8')::json ->> 'on',"
        f" actor, convert_from(state, 'UTF8')::json ->> 'on' FROM log.events WHERE topic NOT IN ({CONFIDENTIAL})"
        " ORDER BY 1"
    )
    with auditor(told) as connection:
        found = connection.execute(shown).fetchall()
    assert len(found) > 100
    assert ask(told, stored) == found


def test_events_of_a_confidential_concern_are_absent(told: Database) -> None:
    with auditor(told) as connection:
        names = {name for (name,) in connection.execute("SELECT name FROM events WHERE stream LIKE 'concern-%'")}
    assert {kind.__name__ for kind in concern.OPEN} == names


def test_control_the_owner_sees_them(told: Database) -> None:
    names = {name for (name,) in ask(told, "SELECT topic FROM log.events WHERE originator_id LIKE 'concern-%'")}
    assert {"ConcernRaised", "ConcernRead", "ConcernShared"} <= names


def test_no_condition_of_the_auditor_looks_at_rows_that_are_left_out(told: Database) -> None:
    """A function that tells each row that it sees is called for the rows of the view alone."""
    with auditor(told) as connection:
        connection.execute("SET default_transaction_read_only = off")
        connection.execute(
            "CREATE FUNCTION pg_temp.tells(name text) RETURNS boolean LANGUAGE plpgsql COST 0.0000001 AS"
            " $$ BEGIN RAISE NOTICE 'seen %', name; RETURN true; END $$"
        )
        heard: list[str] = []
        connection.add_notice_handler(lambda notice: heard.append(notice.message_primary or ""))
        connection.execute("SELECT count(*) FROM audit.events WHERE pg_temp.tells(name)")
    assert "seen ConcernShared" in heard
    assert "seen ConcernRaised" not in heard


@pytest.mark.parametrize("read_only", ["on", "off"])
def test_it_reads_nothing_else_and_writes_nothing_even_where_it_switches_its_settings_off(
    told: Database, read_only: str
) -> None:
    with auditor(told) as connection:
        assert ("on", "1min") == connection.execute(
            "SELECT current_setting('default_transaction_read_only'), current_setting('statement_timeout')"
        ).fetchone()
        connection.execute(f"SET default_transaction_read_only = {read_only}".encode())
        assert [] == [statement for statement in [*READING, *WRITING] if not refused(connection, statement)]


def test_control_what_it_may_do_is_not_refused(told: Database) -> None:
    with auditor(told) as connection:
        assert not refused(connection, "SELECT count(*) FROM audit.events")


@pytest.mark.parametrize(
    ("statement", "named"),
    [
        (f"GRANT INSERT ON log.events TO {AUDITOR}", f"REVOKE INSERT ON log.events FROM {AUDITOR}"),
        (f"GRANT UPDATE ON audit.events TO {AUDITOR}", f"REVOKE UPDATE ON audit.events FROM {AUDITOR}"),
        (f"GRANT CREATE ON SCHEMA audit TO {AUDITOR}", f"REVOKE CREATE ON SCHEMA audit FROM {AUDITOR}"),
    ],
)
def test_the_start_is_refused_while_it_may_change_something(database: Database, statement: str, named: str) -> None:
    ask(database, statement)
    with database.connect() as connection, pytest.raises(Unguarded, match=named.replace(".", r"\.")):
        refuse_unguarded(connection)


def test_the_view_is_made_again_where_it_is_gone_or_its_rule_has_changed(told: Database) -> None:
    ask(told, "DROP VIEW audit.events")
    migrate(told)
    ask(told, "COMMENT ON VIEW audit.events IS 'events by another rule'")
    migrate(told)
    with auditor(told) as connection:
        assert not refused(connection, "SELECT count(*) FROM audit.events")
