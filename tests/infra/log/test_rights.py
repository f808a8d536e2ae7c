"""Recorded history cannot be changed: each role of the database has only the rights that it needs."""

import psycopg
import pytest

from domain.desk import submit
from infra.database.postgres import APP, PROJECTOR, READER, SCOPED, Database
from infra.feeding.projector import project_all
from infra.log.postgres_log import PostgresLog, read_log
from projections.read_models import READ_MODELS
from tests.kit.database.writing import TABLES, ask, everything, order, read_tables, register, rename

READ_TABLES = [f'read."{table}"' for model in READ_MODELS for table in model.TABLES]

CHANGE = [
    *("UPDATE log.events SET actor = 'eve'", "DELETE FROM log.events", "TRUNCATE log.events"),
    *("UPDATE log.commands SET subject = 'eve'", "DELETE FROM log.commands", "TRUNCATE log.commands"),
    *("UPDATE log.references SET subject = 'eve'", "DELETE FROM log.references", "TRUNCATE log.references"),
]
INSERT = (
    "INSERT INTO log.events (originator_id, originator_version, topic, state, schema_version, event_id, recorded_at,"
    " actor, command_id, correlation_id{}) VALUES ('organisation-1', 3, 'OrganisationRenamed', '{{}}', 1,"
    " gen_random_uuid(), clock_timestamp(), 'eve', 'c', 'c'{})"
)
ADD = [
    INSERT.format("", ""),
    INSERT.format(", notification_id", ", -5"),
    "INSERT INTO log.commands VALUES ('c', '', 'organisation-1', 1, clock_timestamp())",
    "INSERT INTO log.references VALUES ('organisation', 'mine', 'organisation-1', 'organisation-1')",
    "SELECT nextval('log.positions')",
    "SELECT setval('log.positions', 1)",
    "ALTER SEQUENCE log.positions RESTART",
]
APPEND = [
    f"SELECT log.append({', '.join(27 * [repr('{}')])})",
    "SELECT log.append_all('{}', '{}', '{c}', '{f}', '{s}', '{ann}', '{NULL}', '{c}', '{NULL}',"
    " '{1}', '{s}', '{1}', '{N}', '{1}', '{b}', ARRAY[gen_random_uuid()],"
    " '{}', '{}', '{}', '{}', '{}', '{}', '{}', '{1}')",
]
RESHAPE = [
    *(
        statement
        for table in TABLES
        for statement in (
            f"DROP TABLE log.{table} CASCADE",
            f"ALTER TABLE log.{table} DISABLE TRIGGER ALL",
            f"ALTER TABLE log.{table} DISABLE TRIGGER never_changed",
            f"ALTER TABLE log.{table} ADD COLUMN more text",
            f"DROP TRIGGER never_changed ON log.{table}",
            f"CREATE TRIGGER mine BEFORE INSERT ON log.{table} FOR EACH ROW EXECUTE FUNCTION log.refuse_change()",
            f"CREATE RULE mine AS ON INSERT TO log.{table} DO INSTEAD NOTHING",
            f"BEGIN; LOCK TABLE log.{table} IN EXCLUSIVE MODE",
        )
    ),
    "SET session_replication_role = replica",
    "CREATE OR REPLACE FUNCTION log.append_lock() RETURNS bigint LANGUAGE sql AS 'SELECT 1::bigint'",
    "CREATE OR REPLACE FUNCTION log.refuse_change() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN new; END'",
    "DROP FUNCTION log.append",
    "DROP FUNCTION log.append_all",
    "CREATE TABLE log.mine (a int)",
    "CREATE TABLE read.mine (a int)",
    "DROP SCHEMA log CASCADE",
    "DROP TRIGGER erases_person ON log.events",
    "DROP SEQUENCE log.positions CASCADE",
    "UPDATE public.fundtrail_migrations SET digest = ''",
]
KEEP = ["SELECT directory.keep('person-1', 'Eve', NULL)"]
NAMES = ["SELECT person_id, name FROM directory.people"]
READ_DIRECTORY = [
    "SELECT contact FROM directory.people",
    "SELECT * FROM directory.people",
    "COPY directory.people TO STDOUT",
]
CHANGE_DIRECTORY = [
    "INSERT INTO directory.people VALUES ('person-1', 'Eve')",
    "UPDATE directory.people SET name = 'Eve'",
    "DELETE FROM directory.people",
    "TRUNCATE directory.people",
    "ALTER TABLE directory.people DISABLE TRIGGER leaves_out_erased",
    "DROP TRIGGER leaves_out_erased ON directory.people",
    "DROP TABLE directory.people",
    "CREATE OR REPLACE FUNCTION directory.erase() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END'",
    "DROP FUNCTION directory.keep",
    "CREATE TABLE directory.mine (a int)",
    "DROP SCHEMA directory CASCADE",
]
WRITE_READ_MODELS = [
    *(f"DELETE FROM {table}" for table in READ_TABLES),
    *(f"INSERT INTO {table} SELECT * FROM {table}" for table in READ_TABLES),
    "UPDATE read.projections SET position = 0",
]
RESHAPE_READ_MODELS = [
    *(f"TRUNCATE {table}" for table in [*READ_TABLES, "read.projections"]),
    *(f"DROP TABLE {table}" for table in [*READ_TABLES, "read.projections"]),
    *(f"ALTER TABLE {table} ADD COLUMN more text" for table in [*READ_TABLES, "read.projections"]),
    "INSERT INTO read.projections (name, definition) VALUES ('mine', '')",
    "DELETE FROM read.projections",
]


@pytest.fixture
def filled(database: Database) -> Database:
    """A database with rows in each table of the test."""
    with PostgresLog(database) as log:
        submit(log, order(register(1)))
        submit(log, order(rename(1, "A")))
    project_all(database)
    return database


def outcome(database: Database, role: str | None, statement: str) -> str:
    """The outcome of *statement* in *role*: the name of the error, or ``done``."""
    with database.connect(role) as connection:
        try:
            connection.execute(statement.encode())
        except psycopg.Error as error:
            return type(error).__name__
    return "done"


def refused_by(error: str, database: Database, role: str | None, statements: list[str]) -> None:
    """Check that all *statements* in *role* fail with *error*, and that nothing has changed."""
    before = everything(database), read_tables(database)
    outcomes = {statement: outcome(database, role, statement) for statement in statements}
    assert dict.fromkeys(statements, error) == outcomes
    assert before == (everything(database), read_tables(database))


# --- The application --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "statements",
    [ADD, CHANGE, RESHAPE, WRITE_READ_MODELS, RESHAPE_READ_MODELS, [*NAMES, *READ_DIRECTORY, *CHANGE_DIRECTORY]],
    ids=["add around the log", "change", "reshape", "write read models", "reshape read models", "read the directory"],
)
def test_the_application_has_no_right_to(filled: Database, statements: list[str]) -> None:
    refused_by("InsufficientPrivilege", filled, APP, statements)


def test_the_application_may_read_and_append_through_the_function(filled: Database) -> None:
    """The control: the statements above fail because of missing rights, not because of the connection or the tables."""
    with filled.connect(APP) as connection:
        assert [1, 2] == [event.position for event in read_log(connection, 0, 10)]
    reads = [f"SELECT * FROM {table}" for table in [*READ_TABLES, "log.commands", "log.references", "read.projections"]]
    wanted = [*reads, *APPEND, *KEEP, "SELECT log.position_at(clock_timestamp())"]
    assert dict.fromkeys(wanted, "done") == {statement: outcome(filled, APP, statement) for statement in wanted}


def test_a_right_that_should_not_exist_is_noticed(filled: Database) -> None:
    """The control of the tests that refuse."""
    ask(filled, f"GRANT INSERT ON log.events TO {APP}; GRANT USAGE ON SEQUENCE log.positions TO {APP}")
    with pytest.raises(AssertionError):
        refused_by("InsufficientPrivilege", filled, APP, ADD)
    assert 3 == len(everything(filled)["events"])


# --- The projector ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "statements",
    [[*ADD, *APPEND], CHANGE, RESHAPE, RESHAPE_READ_MODELS, [*KEEP, *NAMES, *READ_DIRECTORY, *CHANGE_DIRECTORY]],
    ids=["add", "change", "reshape", "reshape read models", "read the directory"],
)
def test_the_projector_has_no_right_to(filled: Database, statements: list[str]) -> None:
    refused_by("InsufficientPrivilege", filled, PROJECTOR, statements)


def test_the_projector_may_read_events_and_write_read_models(filled: Database) -> None:
    with filled.connect(PROJECTOR) as connection:
        assert [1, 2] == [event.position for event in read_log(connection, 0, 10)]
    wanted = [statement for statement in WRITE_READ_MODELS if not statement.startswith("INSERT")]
    assert dict.fromkeys(wanted, "done") == {statement: outcome(filled, PROJECTOR, statement) for statement in wanted}


# --- The reader -------------------------------------------------------------------------------------------------------


# A reader can neither widen what it sees nor look past it.
SEE_MORE = [
    "ALTER TABLE read.awards DISABLE ROW LEVEL SECURITY",
    "ALTER TABLE log.events DISABLE ROW LEVEL SECURITY",
    "CREATE POLICY mine ON read.awards USING (true)",
    "DROP POLICY scoped ON read.awards",
    "CREATE OR REPLACE FUNCTION seen.places(area text) RETURNS text[] LANGUAGE sql AS $$SELECT '{*}'::text[]$$",
    "CREATE OR REPLACE VIEW seen.awards AS SELECT * FROM read.awards",
    "CREATE TABLE seen.awards_of_mine (a int)",
    "SELECT * FROM log.references",
    "SELECT * FROM log.commands",
    "COPY log.counters TO STDOUT",
]


@pytest.mark.parametrize("role", [READER, SCOPED])
@pytest.mark.parametrize(
    "statements",
    [
        [*ADD, *APPEND], CHANGE, RESHAPE, WRITE_READ_MODELS, RESHAPE_READ_MODELS, SEE_MORE,
        [*READ_DIRECTORY, *KEEP, *CHANGE_DIRECTORY],
    ],
    ids=["add", "change", "reshape", "write read models", "reshape read models", "see more", "directory"],
)  # fmt: skip
def test_a_reader_has_no_right_to(filled: Database, role: str, statements: list[str]) -> None:
    refused_by("InsufficientPrivilege", filled, role, statements)


@pytest.mark.parametrize("role", [READER, SCOPED])
def test_a_reader_may_read_names(filled: Database, role: str) -> None:
    assert ["done"] == [outcome(filled, role, statement) for statement in NAMES]


def test_a_reader_with_a_scope_cannot_turn_its_policies_off(filled: Database) -> None:
    off = "SET row_security = off; SELECT * FROM read.audit"
    assert ("InsufficientPrivilege", "done") == (outcome(filled, SCOPED, off), outcome(filled, None, off))


# --- Other roles ------------------------------------------------------------------------------------------------------


def test_the_owner_is_stopped_by_triggers_from_changing_what_was_recorded(filled: Database) -> None:
    refused_by("ObjectNotInPrerequisiteState", filled, None, CHANGE)


@pytest.mark.parametrize("table", TABLES)
def test_without_the_triggers_the_owner_can_change_what_was_recorded(filled: Database, table: str) -> None:
    """The control, and the limit: the owner can disable the triggers. Evidence against that must be kept elsewhere."""
    mine = [statement for statement in CHANGE if f"log.{table}" in statement]
    taken_away = f"ALTER TABLE log.{table} DISABLE TRIGGER USER;"
    assert ["done"] * 3 == [outcome(filled, None, taken_away + statement) for statement in mine]
    assert [] == everything(filled)[table]


def test_a_role_without_rights_can_do_nothing(filled: Database) -> None:
    tried = [
        *ADD,
        *CHANGE,
        *RESHAPE,
        *APPEND,
        *KEEP,
        *NAMES,
        "SELECT * FROM log.events",
        f"SELECT * FROM {READ_TABLES[0]}",
    ]
    as_stranger = "CREATE ROLE test_stranger; SET LOCAL ROLE test_stranger;"
    refused_by("InsufficientPrivilege", filled, None, [f"{as_stranger}{statement}" for statement in tried])
