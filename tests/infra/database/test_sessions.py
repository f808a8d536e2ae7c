"""Each role logs in for itself, with its own settings. A session that is another one than was asked for is refused."""

import asyncio
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest
from eventsourcing.persistence import PersistenceError
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from infra.database import pool
from infra.database.pool import PooledReads, query
from infra.database.postgres import (
    APP,
    LOGINS,
    PROJECTOR,
    READER,
    SESSION,
    Database,
    NoDatabase,
    UnsafeSettings,
    WrongSession,
    settings_of,
)
from infra.feeding.migrate import migrate
from infra.log.postgres_log import PostgresLog
from projections import progress
from tests.infra.cli.test_stopping import free_port, ready
from tests.kit.command_line import fundtrail
from tests.kit.database.pgbouncer import pgbouncer
from tests.kit.database.servers import server_of_its_own
from tests.kit.database.wire import Wire
from tests.kit.database.writing import ask, eventually
from tests.kit.paths import ROOT
from tests.kit.web.served import served


@pytest.mark.parametrize("role", LOGINS)
@pytest.mark.parametrize("statement", ["RESET ROLE", "RESET ALL", "SET SESSION AUTHORIZATION DEFAULT", "DISCARD ALL"])
def test_a_session_cannot_get_more_than_the_rights_of_its_role(database: Database, role: str, statement: str) -> None:
    with database.connect(role) as connection:
        connection.execute(statement.encode())
        assert (role, role, *settings_of(role).values()) == connection.execute(SESSION).fetchone()
        assert ("off",) == connection.execute("SHOW is_superuser").fetchone()


@pytest.mark.parametrize("role", LOGINS)
def test_a_session_cannot_take_another_role(database: Database, role: str) -> None:
    with database.connect(role) as connection:
        for other in {"postgres", *LOGINS} - {role}:
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                connection.execute(f"SET ROLE {other}".encode())
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                connection.execute(f"SET SESSION AUTHORIZATION {other}".encode())


OPENINGS: list[Callable[[Database], object]] = [
    lambda database: PostgresLog(database).close(),
    lambda database: query(database, progress.head),
    lambda database: asyncio.run(_reads(database)),
    *(lambda database, role=role: database.connect(role).close() for role in LOGINS),
]


async def _reads(database: Database) -> None:
    async with PooledReads(database):
        pass


@pytest.mark.parametrize("opening", OPENINGS)
@pytest.mark.parametrize(
    ("setting", "other"),
    [("search_path", "public"), ("TimeZone", "Europe/London"), ("default_transaction_isolation", "serializable")],
)
def test_a_session_with_another_setting_is_refused_by_its_name(
    database: Database, opening: Callable[[Database], object], setting: str, other: str
) -> None:
    opening(database)
    set_for_all(database, setting, other)
    with pytest.raises(WrongSession, match=f'{setting} is "{other}"'):
        opening(database)


def set_for_all(database: Database, setting: str, other: str) -> None:
    """Give each role another *setting* in *database*."""
    name = conninfo_to_dict(database.url)["dbname"]
    for role in LOGINS:
        ask(database, f"""ALTER ROLE {role} IN DATABASE "{name}" SET "{setting}" = '{other}'""")


@pytest.mark.parametrize("opening", OPENINGS)
def test_a_session_of_the_owner_is_refused_where_a_role_was_asked_for(
    database: Database, opening: Callable[[Database], object]
) -> None:
    owners = Database(database.url, tuple((role, database.url) for role in LOGINS))
    with pytest.raises(WrongSession, match='current_user is "postgres"'):
        opening(owners)


def test_the_command_line_ends_with_2_and_the_name_of_the_difference(database: Database) -> None:
    ended = fundtrail(database, "projections", "status", FUNDTRAIL_READER_URL=database.url)
    assert 2 == ended.returncode
    assert 'current_user is "postgres", not "fundtrail_reader"' in ended.stderr


def test_roles_with_connection_strings_of_their_own_need_no_owner(database: Database) -> None:
    given = Database("", tuple((role, database.conninfo(role)) for role in LOGINS))
    PostgresLog(given).close()
    assert 0 == query(given, progress.head).position
    with pytest.raises(NoDatabase, match="DATABASE_URL is not set"):
        migrate(given)


def test_an_append_lock_that_does_not_exclude_is_refused(database: Database) -> None:
    PostgresLog(database).close()
    ask(
        database,
        "CREATE OR REPLACE FUNCTION log.append_lock() RETURNS bigint LANGUAGE sql VOLATILE"
        " AS 'SELECT (random() * 1e15)::bigint'",
    )
    with pytest.raises(UnsafeSettings, match="two connections got the lock of an append"):
        PostgresLog(database)


def test_roles_get_passwords_where_the_server_asks_for_them() -> None:
    """The owner's connection string has one: those of the roles are made from it, unless they have their own."""
    with server_of_its_own() as server:
        rules = Path(str(ask(server, "SHOW hba_file")[0][0]))
        ask(server, "CREATE ROLE manager LOGIN CREATEROLE PASSWORD 'owner secret'")
        ask(server, "CREATE DATABASE managed OWNER manager")
        rules.write_text(f"local all manager,{','.join(LOGINS)} scram-sha-256\n{rules.read_text()}")
        ask(server, "SELECT pg_reload_conf()")
        owned = Database(make_conninfo(server.url, user="manager", password="owner secret", dbname="managed"))  # noqa: S106
        migrate(owned)
        assert [] == migrate(owned)
        PostgresLog(owned).close()
        reader = make_conninfo(owned.conninfo(READER), password="reader secret")  # noqa: S106
        given = Database(owned.url, ((READER, reader),))
        migrate(given)
        assert 0 == query(given, progress.head).position
        with pytest.raises(NoDatabase, match="password authentication failed"):
            owned.connect(READER)
        assert "owner secret" not in owned.conninfo(APP)


def users(database: Database) -> set[str]:
    """Who is logged in to *database*, apart from this question.

    The server's own work in a database, such as autovacuum, has no user.
    """
    found = ask(
        database,
        "SELECT DISTINCT usename::text FROM pg_stat_activity"
        " WHERE datname = current_database() AND pid <> pg_backend_pid() AND usename IS NOT NULL",
    )
    return {str(name) for (name,) in found}


@pytest.mark.parametrize(
    ("words", "roles"),
    [(["serve"], {APP, READER, PROJECTOR}), (["serve", "--no-projector"], {APP, READER}), (["project"], {PROJECTOR})],
    ids=["serve", "serve without a projector", "project"],
)
def test_a_service_keeps_no_session_of_the_owner(database: Database, words: list[str], roles: set[str]) -> None:
    """A session keeps the user that it logged in as, so RESET ROLE leads back to one of these roles."""
    port = free_port()
    environ = os.environ | {"DATABASE_URL": database.url, "PORT": str(port)}
    with subprocess.Popen([sys.executable, "-m", "infra.cli", *words], cwd=ROOT, env=environ) as running:
        try:
            if words[0] == "serve":
                eventually(lambda: ready(port), "it serves")
            eventually(lambda: roles <= users(database), "each role has logged in")
            # A connection may be given up between two looks; one of another role never appears.
            assert set() == users(database) - roles
        finally:
            running.terminate()


def test_a_session_of_the_owner_would_be_noticed(database: Database) -> None:
    """The control of the test above."""
    with database.connect():
        assert {"postgres"} == users(database)


@pytest.mark.parametrize("opened", ["reads", "log"])
def test_a_connection_that_a_pool_makes_later_is_checked_too(
    database: Database, monkeypatch: pytest.MonkeyPatch, opened: str
) -> None:
    monkeypatch.setattr(pool, "WAIT_SECONDS", 0.5)
    if opened == "reads":
        asyncio.run(_replaced(database))
        return
    with PostgresLog(database) as log:
        log.datastore.pool.timeout = 0.5
        set_for_all(database, "TimeZone", "Europe/London")
        end_sessions(database)
        for _ in range(3):
            with pytest.raises(PersistenceError), log.datastore.get_connection() as connection:
                connection.execute("SELECT 1")


async def _replaced(database: Database) -> None:
    async with PooledReads(database) as reads:
        set_for_all(database, "search_path", "public")
        end_sessions(database)
        for _ in range(3):
            with pytest.raises(psycopg.OperationalError):
                async with reads.connection() as connection:
                    await connection.execute("SELECT 1")


def end_sessions(database: Database) -> None:
    """End every session of *database*."""
    ask(
        database,
        "SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity"
        " WHERE datname = current_database() AND pid <> pg_backend_pid()",
    )


# --- Behind PgBouncer -------------------------------------------------------------------------------------------------


@contextmanager
def pooler(database: Database, folder: Path, **forced: str) -> Iterator[Database]:
    """*database* behind PgBouncer in session mode, which ignores ``options``. *forced* may name the user for all."""
    program = pgbouncer()
    with Wire(database) as wire:
        about, port = conninfo_to_dict(wire.database.url), free_port()
        target = " ".join(f"{name}={word}" for name, word in ({"dbname": about["dbname"]} | forced).items())
        folder.chmod(0o755)
        (folder / "users.txt").write_text("".join(f'"{role}" ""\n' for role in ("postgres", *LOGINS)))
        (folder / "pgbouncer.ini").write_text(
            f"[databases]\n* = host=127.0.0.1 port={about['port']} {target}\n[pgbouncer]\nlisten_addr = 127.0.0.1\n"
            f"listen_port = {port}\nunix_socket_dir =\nauth_type = trust\nauth_file = {folder}/users.txt\n"
            "pool_mode = session\nignore_startup_parameters = options\nserver_tls_sslmode = disable\n"
        )
        become = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"] if os.geteuid() == 0 else []
        command = [*become, program, str(folder / "pgbouncer.ini")]
        with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as running:
            pooled = Database(
                make_conninfo(f"postgresql://postgres@127.0.0.1:{port}/{about['dbname']}", sslmode="disable")
            )
            try:
                wait_for(pooled)
                yield pooled
            finally:
                running.terminate()


def wait_for(database: Database) -> None:
    """Wait until *database* answers."""
    for _ in range(600):
        try:
            psycopg.connect(database.url).close()
        except psycopg.OperationalError:
            time.sleep(0.05)
        else:
            return
    pytest.fail("pgbouncer does not answer")


@pytest.fixture
def readable() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="fundtrail-pgbouncer-") as made:
        yield Path(made)


def test_behind_pgbouncer_each_role_is_the_one_that_was_asked_for(database: Database, readable: Path) -> None:
    with pooler(database, readable) as pooled:
        assert [] == migrate(pooled)
        PostgresLog(pooled).close()
        assert 0 == query(pooled, progress.head).position
        for role in LOGINS:
            with pooled.connect(role) as connection:
                assert (role, role, *settings_of(role).values()) == connection.execute(SESSION).fetchone()


@pytest.mark.parametrize("opening", OPENINGS)
def test_a_pooler_that_logs_in_as_the_owner_is_refused_by_name(
    database: Database, readable: Path, opening: Callable[[Database], object]
) -> None:
    with (
        pooler(database, readable, user="postgres") as pooled,
        pytest.raises(WrongSession, match='current_user is "postgres"'),
    ):
        opening(pooled)


REGISTER = """mutation { registerOrganisation(input: { commandId: "pooled", code: "pooled", name: "Pooled",
    kind: "charity", on: "2005" }) { __typename } }"""
QUESTIONS = [
    "{ partnerships(first: 20) { nodes { code name funding { paid { amount } } } totalCount } }",
    "{ auditLog(last: 5) { nodes { name actor recordedAt } totalCount } }",
]


def test_behind_pgbouncer_commands_are_recorded_and_questions_are_answered_as_without_it(
    programme: Database, readable: Path
) -> None:
    with pooler(programme, readable) as pooled, served(pooled) as api:
        recorded = api.ask(REGISTER)["registerOrganisation"]
        answers = [api.ask(question) for question in QUESTIONS]
    with served(programme) as direct:
        assert recorded == direct.ask(REGISTER)["registerOrganisation"]
        assert answers == [direct.ask(question) for question in QUESTIONS]
    assert "OrganisationRegistered" == answers[1]["auditLog"]["nodes"][-1]["name"]
