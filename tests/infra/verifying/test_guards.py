"""Verifying finds a guard of the log that is not as the migrations made it."""

import re

import pytest

from infra.database.postgres import APP, Database
from tests.kit.database.tampering import found_by
from tests.kit.database.writing import ask

GUARDS = ("rights", "migrations")
# The body of the function that appends, without the lock that puts commits in the order of positions.
WITHOUT_LOCK = """
    DO $do$ BEGIN EXECUTE replace(pg_get_functiondef('log.append_all'::regproc),
        'PERFORM pg_advisory_xact_lock(log.append_lock());', ''); END $do$"""

CHANGED = {
    "ALTER TABLE log.events DISABLE TRIGGER never_changed": "never_changed of log.events is disabled",
    f"GRANT UPDATE ON log.events TO {APP}": f"{APP} has the right UPDATE on log.events",
    "CREATE POLICY mine ON read.awards USING (true)": "The policy mine on read.awards is not ours",
    WITHOUT_LOCK: "The function log.append_all(.*) is not what the migrations make",
    "ALTER FUNCTION log.append_all SECURITY INVOKER": "The function log.append_all(.*) is not what the migrations make",
    "ALTER FUNCTION log.append RESET enable_seqscan": "The function log.append(.*) is not what the migrations make",
    "CREATE OR REPLACE FUNCTION log.append_lock() RETURNS bigint LANGUAGE sql AS 'SELECT 1::bigint'": (
        r"The function log.append_lock\(\) is not"
    ),
    "CREATE FUNCTION log.mine() RETURNS int LANGUAGE sql AS 'SELECT 1'": "No migration makes the function log.mine",
    "DROP FUNCTION log.append": "The function log.append.* is missing",
    "ALTER TABLE log.counters DROP CONSTRAINT counters_within": "constraint log.counters.counters_within is missing",
    "ALTER TABLE log.counters DROP CONSTRAINT counters_within;"
    " ALTER TABLE log.counters ADD CONSTRAINT counters_within CHECK (used >= 0)": (
        "constraint log.counters.counters_within is not"
    ),
    "ALTER TABLE log.events DROP CONSTRAINT events_position": "The index log.events_position is missing",
    "DROP INDEX log.events_recorded": "The index log.events_recorded is missing",
    "ALTER TABLE log.events ALTER notification_id DROP DEFAULT": "The column log.events.notification_id is not",
    "ALTER TABLE log.events ALTER actor DROP NOT NULL": "The column log.events.actor is not",
    "ALTER TABLE log.events ADD hidden text": "No migration makes the column log.events.hidden",
    "ALTER TABLE log.counters SET UNLOGGED": "The table log.counters is not what the migrations make",
    "ALTER SEQUENCE log.positions INCREMENT 2": "The sequence log.positions is not",
    "CREATE RULE mine AS ON INSERT TO log.events DO INSTEAD NOTHING": "No migration makes the rule log.events.mine",
    "CREATE TRIGGER mine BEFORE INSERT ON log.events FOR EACH ROW EXECUTE FUNCTION log.refuse_change()": (
        "No migration makes the trigger log.events.mine"
    ),
    "CREATE OR REPLACE VIEW log.moments AS SELECT 1::bigint AS position, now() AS recorded_at": (
        "The view log.moments is not"
    ),
    "UPDATE public.fundtrail_migrations SET digest = 'x' WHERE number = 4": "migration is not the one of this version",
    "DELETE FROM public.fundtrail_migrations WHERE number = 6": "migration has not been applied",
    "INSERT INTO public.fundtrail_migrations VALUES (9999, '9999_later', 'x')": "This version has no such migration",
}


def test_a_database_as_migrated_agrees(untouched: Database) -> None:
    """The control of every test below."""
    assert [] == found_by(untouched, *GUARDS)


@pytest.mark.parametrize("statement", CHANGED)
def test_a_guard_that_was_changed_is_named(database: Database, statement: str) -> None:
    ask(database, statement)
    said = "\n".join(finding.said for finding in found_by(database, *GUARDS))
    assert re.search(CHANGED[statement], said), said


def test_a_function_that_was_replaced_is_shown_as_it_is_and_as_it_should_be(database: Database) -> None:
    ask(database, WITHOUT_LOCK)
    [finding] = found_by(database, *GUARDS)
    lock = "PERFORM pg_advisory_xact_lock(log.append_lock());"
    assert (False, True) == (lock in str(finding.found), lock in str(finding.expected))


def test_what_the_migrations_are_run_in_is_not_left_behind(untouched: Database) -> None:
    found_by(untouched, "migrations")
    assert [] == ask(untouched, "SELECT 1 FROM pg_namespace WHERE nspname LIKE 'migrated%'")


def test_what_read_models_have_beside_the_migrations_is_no_finding(database: Database) -> None:
    ask(database, "CREATE TABLE read.awards_of_the_future (id text)")
    assert [] == found_by(database, "migrations")
