"""Fundtrail does not start with settings that could lose acknowledged events. It names each of them."""

from collections.abc import Callable, Iterator

import psycopg
import pytest

from infra.database.postgres import APP, Database, UnsafeSettings
from infra.feeding.migrate import migrate
from infra.log.postgres_log import PostgresLog
from tests.kit.command_line import fundtrail
from tests.kit.database.servers import server_of_its_own
from tests.kit.database.writing import ask, eventually


def refused(database: Database) -> list[str]:
    """The names of the settings for which migrating and opening the log are refused."""
    with pytest.raises(UnsafeSettings) as migrating:
        migrate(database)
    with pytest.raises(UnsafeSettings) as opening:
        PostgresLog(database)
    assert migrating.value.reasons == opening.value.reasons
    assert " ".join(opening.value.reasons) == str(opening.value)
    return [reason.partition(":")[0] for reason in opening.value.reasons]


def accepted(database: Database) -> None:
    migrate(database)
    PostgresLog(database).close()


# --- Settings of the whole server -------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def risky_server() -> Iterator[Database]:
    """A server whose settings may be changed: no other test uses it."""
    with server_of_its_own() as made:
        migrate(made)
        yield made


def set_server(database: Database, name: str, setting: str | None) -> None:
    ask(database, f"ALTER SYSTEM {f'SET {name} = {setting}' if setting else f'RESET {name}'}")
    ask(database, "SELECT pg_reload_conf()")
    eventually(lambda: ask(database, f"SHOW {name}") == [(setting or "on",)], f"{name} is {setting or 'on'}")


@pytest.mark.parametrize("name", ["fsync", "full_page_writes", "synchronous_commit"])
def test_a_server_that_can_lose_acknowledged_events_is_refused(risky_server: Database, name: str) -> None:
    set_server(risky_server, name, "off")
    try:
        assert [f"{name}=off"] == refused(risky_server)
    finally:
        set_server(risky_server, name, None)


def test_an_empty_database_on_such_a_server_stays_empty(risky_server: Database) -> None:
    ask(risky_server, "CREATE DATABASE empty")
    empty = Database(risky_server.url.replace("/fundtrail?", "/empty?"))
    set_server(risky_server, "fsync", "off")
    try:
        with pytest.raises(UnsafeSettings):
            migrate(empty)
    finally:
        set_server(risky_server, "fsync", None)
    assert [] == ask(empty, "SELECT oid FROM pg_class WHERE relnamespace::regnamespace::text IN ('public', 'log')")


def test_every_setting_that_is_wrong_is_named(risky_server: Database) -> None:
    names = ["fsync", "full_page_writes", "synchronous_commit"]
    for name in names:
        set_server(risky_server, name, "off")
    try:
        assert [f"{name}=off" for name in names] == refused(risky_server)
    finally:
        for name in names:
            set_server(risky_server, name, None)


# --- Settings of one database, role or connection ---------------------------------------------------------------------


def test_commits_that_do_not_wait_for_the_disk_are_refused_for_a_database(database: Database) -> None:
    name = psycopg.conninfo.conninfo_to_dict(database.url)["dbname"]
    accepted(database)
    ask(database, f'ALTER DATABASE "{name}" SET synchronous_commit = off')
    assert ["synchronous_commit=off"] == refused(database)


@pytest.mark.parametrize(("role", "refuses"), [("postgres", migrate), (APP, PostgresLog)])
def test_commits_that_do_not_wait_for_the_disk_are_refused_for_the_role_that_commits(
    database: Database, role: str, refuses: Callable[[Database], object]
) -> None:
    name = psycopg.conninfo.conninfo_to_dict(database.url)["dbname"]
    accepted(database)
    ask(database, f'ALTER ROLE {role} IN DATABASE "{name}" SET synchronous_commit = off')
    with pytest.raises(UnsafeSettings, match="synchronous_commit=off"):
        refuses(database)


def test_commits_that_do_not_wait_for_the_disk_are_refused_in_the_connection_string(database: Database) -> None:
    url = psycopg.conninfo.make_conninfo(database.url, options="-c synchronous_commit=off")
    assert ["synchronous_commit=off"] == refused(Database(url))


@pytest.mark.parametrize("setting", ["on", "local", "remote_write", "remote_apply"])
def test_commits_that_wait_for_the_disk_here_are_accepted(database: Database, setting: str) -> None:
    """The control: the settings are refused, not the server."""
    accepted(Database(psycopg.conninfo.make_conninfo(database.url, options=f"-c synchronous_commit={setting}")))


def test_a_refusal_leaves_no_connection_behind(database: Database) -> None:
    url = psycopg.conninfo.make_conninfo(database.url, options="-c synchronous_commit=off")
    refused(Database(url))
    others = "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
    eventually(lambda: ask(database, others) == [], "all connections are closed")


def test_the_command_line_ends_with_the_name_of_the_setting(database: Database) -> None:
    name = psycopg.conninfo.conninfo_to_dict(database.url)["dbname"]
    ask(database, f'ALTER DATABASE "{name}" SET synchronous_commit = off')
    ended = fundtrail(database, "migrate")
    assert 2 == ended.returncode
    assert "synchronous_commit=off" in ended.stderr


# --- The library's database functions ---------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["POSTGRES_ENABLE_DB_FUNCTIONS", "FUNDTRAIL_POSTGRES_ENABLE_DB_FUNCTIONS"])
@pytest.mark.parametrize("setting", ["y", "yes", "t", "true", "on", "1", "Y", "TRUE", "maybe"])
def test_the_librarys_database_functions_are_refused(
    database: Database, monkeypatch: pytest.MonkeyPatch, name: str, setting: str
) -> None:
    """They take no lock, so readers that follow the log miss events."""
    monkeypatch.setenv(name, setting)
    with pytest.raises(UnsafeSettings, match=f"{name}={setting}"):
        PostgresLog(database)


@pytest.mark.parametrize("setting", ["n", "no", "false", "off", "0", ""])
def test_database_functions_that_are_off_are_no_reason_to_refuse(
    database: Database, monkeypatch: pytest.MonkeyPatch, setting: str
) -> None:
    monkeypatch.setenv("POSTGRES_ENABLE_DB_FUNCTIONS", setting)
    accepted(database)
