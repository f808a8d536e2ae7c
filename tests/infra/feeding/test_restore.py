"""A dump restored into a new server is served again by ``migrate``. What guards the log is checked at every start."""

import subprocess
from collections.abc import Iterator

import psycopg
import pytest

from domain.desk import submit
from infra.database.embedded import account, programs
from infra.database.postgres import APP, LOGINS, PROJECTOR, READER, SCOPED, Database
from infra.database.rights import Unguarded, refuse_unguarded
from infra.feeding.migrate import migrate
from infra.feeding.projector import project_all
from infra.log.postgres_log import PostgresLog
from tests.kit.command_line import fundtrail
from tests.kit.database.servers import server_of_its_own
from tests.kit.database.writing import ask, everything, order, read_tables, register
from tests.kit.paths import ROOT
from tests.kit.web.served import served

QUESTIONS = [
    "{ partnerships(first: 50) { nodes { id code name timeline(first: 20) { nodes { title } } } } log { position } }",
    "{ partnerships(first: 50) { nodes { awards { id reference amount { amount currency } payments { number } } } } }",
    "{ auditLog(first: 100) { nodes { position name data actor recordedAt } totalCount } }",
    '{ partnership(code: "nwin") { funding { awarded { amount } paid { amount events { nodes { id } } } } } }',
    '{ delays(first: 20, asAt: "2008-01-01") { nodes { bid { reference } } } }',
    '{ discrepancies(first: 50, asAt: "2008-01-01") { nodes { rule } totalCount } }',
]


@pytest.fixture(scope="module")
def fresh() -> Iterator[Database]:
    with server_of_its_own() as made:
        yield made


def answers(database: Database) -> list[bytes]:
    with served(database) as api:
        found = [api.post(question).content for question in QUESTIONS]
    assert [] == [answer for answer in found if b'"errors"' in answer]
    return found


@pytest.mark.parametrize("options", [[], ["--no-owner", "--no-acl"]], ids=["whole", "without owners and rights"])
def test_a_dump_restored_into_a_new_server_gives_the_same_answers(
    programme: Database, fresh: Database, options: list[str]
) -> None:
    name = f"restored_{len(options)}"
    ask(fresh, f"CREATE DATABASE {name}")
    restored = Database(fresh.url.replace("/fundtrail?", f"/{name}?"))
    tools = programs(account(ROOT))
    dump = subprocess.run([tools / "pg_dump", *options, programme.url], check=True, capture_output=True).stdout
    subprocess.run([tools / "psql", "-q", restored.url], check=True, input=dump, capture_output=True)
    assert [] == migrate(restored)
    assert everything(programme) == everything(restored)
    assert read_tables(programme) == read_tables(restored)
    assert answers(programme) == answers(restored)
    with PostgresLog(restored) as log:
        submit(log, order(register(1)))
    project_all(restored)
    # Everybody may call a function that is restored without rights.
    with restored.connect(READER) as reader, pytest.raises(psycopg.errors.InsufficientPrivilege):
        reader.execute(f"SELECT log.append({', '.join(27 * [repr('{}')])})".encode())
    with restored.connect(READER) as reader, pytest.raises(psycopg.errors.InsufficientPrivilege):
        reader.execute("SELECT directory.keep('person-1', 'Eve', NULL)")


def test_the_roles_are_made_again_when_they_are_missing(fresh: Database) -> None:
    ask(fresh, "CREATE DATABASE renewed")
    renewed = Database(fresh.url.replace("/fundtrail?", "/renewed?"))
    migrate(renewed)
    ask(renewed, f"ALTER ROLE {READER} NOLOGIN; ALTER ROLE {READER} RESET ALL; REVOKE SELECT ON read.audit FROM {APP}")
    assert [] == migrate(renewed)
    with renewed.connect(READER), renewed.connect(APP) as connection:
        connection.execute("SELECT FROM audit")


# --- What guards the log ----------------------------------------------------------------------------------------------

WIDER = {
    "ALTER TABLE log.events DISABLE TRIGGER never_changed": "never_changed of log.events is disabled",
    "ALTER TABLE log.commands DISABLE TRIGGER ALL": "never_emptied of log.commands is disabled",
    "ALTER TABLE log.references ENABLE REPLICA TRIGGER never_changed": "never_changed of log.references is disabled",
    "DROP TRIGGER never_emptied ON log.events": "never_emptied of log.events is missing",
    "CREATE OR REPLACE FUNCTION log.refuse_change() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END'": (
        "never_changed of log.events is disabled or changed"
    ),
    "ALTER TABLE log.events DISABLE TRIGGER erases_person": "erases_person of log.events is disabled",
    "DROP TRIGGER leaves_out_erased ON directory.people": "leaves_out_erased of directory.people is missing",
    "CREATE OR REPLACE FUNCTION directory.erase() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END'": (
        "erases_person of log.events is disabled or changed"
    ),
    f"GRANT INSERT ON directory.people TO {APP}": f"{APP} has the right INSERT on directory.people",
    f"GRANT EXECUTE ON FUNCTION directory.keep TO {READER}": f"{READER} has the right EXECUTE on FUNCTION",
    f"GRANT UPDATE ON log.events TO {APP}": f"{APP} has the right UPDATE on log.events",
    f"GRANT UPDATE (actor) ON log.events TO {PROJECTOR}": f"{PROJECTOR} has the right UPDATE on log.events",
    "GRANT DELETE ON log.commands TO PUBLIC": "PUBLIC has the right DELETE on log.commands",
    f"GRANT INSERT ON log.counters TO {READER}": f"{READER} has the right INSERT on log.counters",
    f"GRANT USAGE ON SEQUENCE log.positions TO {APP}": f"{APP} has the right USAGE on SEQUENCE log.positions",
    f"GRANT CREATE ON SCHEMA log TO {APP}": f"{APP} has the right CREATE on SCHEMA log",
    f"GRANT UPDATE ON read.audit TO {READER}": f"{READER} has the right UPDATE on read.audit",
    f"GRANT EXECUTE ON FUNCTION log.append_all TO {PROJECTOR}": f"{PROJECTOR} has the right EXECUTE on FUNCTION",
    f"ALTER TABLE log.counters OWNER TO {APP}": f"{APP} owns log.counters",
    "ALTER TABLE read.awards DISABLE ROW LEVEL SECURITY": "read.awards has no row-level security",
    "ALTER TABLE log.events DISABLE ROW LEVEL SECURITY": "log.events has no row-level security",
    "CREATE POLICY mine ON read.awards USING (true)": "The policy mine on read.awards is not ours",
    f"CREATE POLICY mine ON log.events TO {SCOPED} USING (true)": "The policy mine on log.events is not ours",
    f"GRANT CREATE ON SCHEMA seen TO {SCOPED}": f"{SCOPED} has the right CREATE on SCHEMA seen",
}


@pytest.mark.parametrize("statement", WIDER)
def test_a_start_is_refused_when_somebody_could_change_what_was_recorded(database: Database, statement: str) -> None:
    PostgresLog(database).close()
    ask(database, statement)
    migrate(database)
    with pytest.raises(Unguarded, match=WIDER[statement].replace("(", r"\(")):
        PostgresLog(database)


@pytest.mark.parametrize(
    ("statement", "said", "undone"),
    [
        (f"ALTER ROLE {APP} SUPERUSER", "attribute SUPERUSER", f"ALTER ROLE {APP} NOSUPERUSER"),
        (f"ALTER ROLE {SCOPED} BYPASSRLS", "attribute BYPASSRLS", f"ALTER ROLE {SCOPED} NOBYPASSRLS"),
        (f"GRANT pg_write_all_data TO {APP}", "member of pg_write_all_data", f"REVOKE pg_write_all_data FROM {APP}"),
    ],
)
def test_a_start_is_refused_when_a_role_is_stronger_than_it_was_made(
    fresh: Database, statement: str, said: str, undone: str
) -> None:
    migrate(fresh)
    ask(fresh, statement)
    try:
        with pytest.raises(Unguarded, match=said):
            PostgresLog(fresh)
    finally:
        ask(fresh, undone)
    PostgresLog(fresh).close()


def test_the_statement_that_is_given_takes_the_right_away(database: Database) -> None:
    ask(database, f"GRANT UPDATE ON log.events TO {APP}; ALTER TABLE log.events DISABLE TRIGGER never_changed")
    with pytest.raises(Unguarded) as refused:
        PostgresLog(database)
    for reason in refused.value.reasons:
        ask(database, reason.partition("Run: ")[2])
    PostgresLog(database).close()


@pytest.mark.parametrize("statement", ["DROP POLICY scoped ON read.awards", "DROP POLICY everyone ON log.events"])
def test_a_policy_that_is_missing_is_named_and_made_again(database: Database, statement: str) -> None:
    ask(database, statement)
    with pytest.raises(Unguarded, match="has no policy"):
        PostgresLog(database)
    migrate(database)
    PostgresLog(database).close()


def test_whom_the_owner_lets_read_is_the_owners_decision(database: Database) -> None:
    """The control: rights to change are refused, not rights."""
    ask(database, "GRANT SELECT ON log.events TO PUBLIC")
    PostgresLog(database).close()


@pytest.mark.parametrize("words", [["serve"], ["project"]])
def test_a_service_ends_with_2_and_names_the_right(database: Database, words: list[str]) -> None:
    ask(database, f"GRANT UPDATE ON log.events TO {APP}")
    ended = fundtrail(database, *words)
    assert (2, True) == (ended.returncode, f"{APP} has the right UPDATE on log.events" in ended.stderr)


def test_each_role_can_check_the_guards(database: Database) -> None:
    for role in LOGINS:
        with database.connect(role) as connection:
            refuse_unguarded(connection)
