"""Migrating brings a database up to date, also while others migrate or write, and never changes recorded history."""

import inspect
import shutil
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from types import ModuleType
from uuid import uuid4

import psycopg
import pytest
from psycopg.conninfo import make_conninfo

from domain.desk import submit
from infra.database.postgres import APP, PROJECTOR, Database
from infra.feeding import migrate as migrations
from infra.feeding.migrate import MigrationChanged, migrate
from infra.feeding.projector import project_all
from infra.log.postgres_log import PostgresLog
from projections.audit import trail as audit
from projections.read_models import READ_MODELS, ReadModel
from projections.register import things as register
from projections.tables.definition import definition_of, digest_from
from tests.kit.database.servers import server_of_its_own
from tests.kit.database.writing import ask, at_once, eventually, everything, order, read_tables, waiting
from tests.kit.database.writing import register as register_organisation

EVERYTHING = [
    "0001_log",
    "0002_append_in_groups",
    "0003_rebuild_beside",
    "0004_append_all",
    "0005_consequences",
    "0006_duties",
    "0007_directory",
    "0008_rows",
    "0009_confidential",
    "0010_seals",
    "0011_standby",
    "0012_operators",
    *(model.NAME for model in READ_MODELS),
]
SHAPE = """
    SELECT relname, relkind::text, relacl::text, attname, atttypid::regtype::text, attnotnull
      FROM pg_class JOIN pg_attribute ON attrelid = pg_class.oid AND attnum > 0
     WHERE relnamespace::regnamespace::text IN ('log', 'read', 'public') ORDER BY relnamespace::regnamespace::text, 1, 4
"""


@pytest.fixture
def empty(server: Database) -> Iterator[Database]:
    """A database that has not been migrated."""
    name = f"empty_{uuid4().hex[:12]}"
    ask(server, f'CREATE DATABASE "{name}"')
    yield Database(server.url.replace("/fundtrail_server", f"/{name}"))
    ask(server, f'DROP DATABASE "{name}" WITH (FORCE)')


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the migrations that a test may change."""
    copied = tmp_path / "migrations"
    shutil.copytree(migrations.FOLDER, copied)
    monkeypatch.setattr(migrations, "FOLDER", copied)
    return copied


def progress(database: Database) -> dict[str, tuple[int, str]]:
    found = ask(database, "SELECT name, position, state FROM read.projections")
    return {name: (position, state) for name, position, state in found}


def forget_definition(database: Database, name: str) -> None:
    """Make read model *name* look as if it had been built from another definition."""
    ask(database, "UPDATE read.projections SET definition = 'an older text' WHERE name = %s", (name,))


# --- Applying ---------------------------------------------------------------------------------------------------------


def test_an_empty_database_gets_everything_in_order(empty: Database, database: Database) -> None:
    assert EVERYTHING == migrate(empty)
    assert ask(database, SHAPE) == ask(empty, SHAPE)


def test_migrating_again_changes_nothing(programme: Database) -> None:
    def looks() -> list[object]:
        applied = "SELECT * FROM public.fundtrail_migrations"
        projections = "SELECT * FROM read.projections ORDER BY name"
        tables = "SELECT oid, relfilenode FROM pg_class WHERE relnamespace::regnamespace::text IN ('log', 'read')"
        asked = [ask(programme, statement) for statement in (SHAPE, applied, projections, f"{tables} ORDER BY oid")]
        return [*asked, everything(programme), read_tables(programme)]

    before = looks()
    assert [] == migrate(programme)
    assert before == looks()


def test_processes_that_migrate_at_once_apply_each_migration_once(empty: Database) -> None:
    applied = at_once([partial(migrate, empty)] * 4)
    assert [[], [], [], EVERYTHING] == sorted(applied)


def test_two_databases_of_one_server_are_migrated_at_once(server: Database) -> None:
    """The roles are shared by both databases."""
    names = [f"twin_{uuid4().hex[:12]}" for _ in range(2)]
    twins = [Database(server.url.replace("/fundtrail_server", f"/{name}")) for name in names]
    try:
        for name in names:
            ask(server, f'CREATE DATABASE "{name}"')
        assert [EVERYTHING, EVERYTHING] == at_once([partial(migrate, twin) for twin in twins])
    finally:
        for name in names:
            ask(server, f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')


def works(owned: Database) -> None:
    """Check that the roles of application and projector can do their work."""
    assert EVERYTHING == migrate(owned)
    with PostgresLog(owned) as log:
        submit(log, order(register_organisation(1)))
    project_all(owned)
    assert 1 == len(read_tables(owned)["organisations"])
    with pytest.raises(psycopg.errors.ObjectNotInPrerequisiteState):
        ask(owned, "DELETE FROM log.events")


def test_an_owner_who_may_make_roles_needs_no_superuser() -> None:
    """As on managed servers. Two databases are migrated, because they share the roles."""
    with server_of_its_own() as server:
        ask(server, "CREATE ROLE manager LOGIN CREATEROLE")
        for name in ("first", "second"):
            ask(server, f"CREATE DATABASE {name} OWNER manager")
            works(Database(make_conninfo(server.url, dbname=name, user="manager")))


def test_an_owner_who_was_given_the_roles_need_not_create_them(server: Database, database: Database) -> None:
    name = f"given_{uuid4().hex[:12]}"
    ask(server, f"CREATE ROLE {name} LOGIN; GRANT {APP}, {PROJECTOR} TO {name}")
    ask(server, f"CREATE DATABASE {name} OWNER {name}")
    try:
        works(Database(make_conninfo(server.url, dbname=name, user=name)))
    finally:
        ask(server, f"DROP DATABASE {name} WITH (FORCE)")
        ask(server, f"DROP ROLE {name}")


def test_an_owner_without_the_roles_gets_an_error_that_names_the_role(server: Database, database: Database) -> None:
    name = f"poor_{uuid4().hex[:12]}"
    ask(server, f"CREATE ROLE {name} LOGIN")
    ask(server, f"CREATE DATABASE {name} OWNER {name}")
    try:
        with pytest.raises(psycopg.errors.InsufficientPrivilege, match=APP):
            migrate(Database(make_conninfo(server.url, dbname=name, user=name)))
    finally:
        ask(server, f"DROP DATABASE {name} WITH (FORCE)")
        ask(server, f"DROP ROLE {name}")


def test_a_new_migration_is_applied_once(database: Database, folder: Path) -> None:
    (folder / "9999_notes.sql").write_text("CREATE TABLE public.notes (note text); INSERT INTO public.notes VALUES (1)")
    assert [["9999_notes"], []] == [migrate(database), migrate(database)]
    assert [("1",)] == ask(database, "SELECT note FROM public.notes")


@pytest.mark.parametrize(
    "trouble",
    ["SELECT 1 / 0", "ALTER TABLE public.fundtrail_migrations ADD CHECK (number < 2)"],
    ids=["in its own statements", "when it is noted as applied"],
)
def test_a_migration_that_fails_leaves_nothing_behind(database: Database, folder: Path, trouble: str) -> None:
    (folder / "9999_notes.sql").write_text(f"CREATE TABLE public.notes (note text); {trouble}")
    before = ask(database, SHAPE)
    with pytest.raises(psycopg.Error):
        migrate(database)
    assert before == ask(database, SHAPE)
    (folder / "9999_notes.sql").write_text("CREATE TABLE public.notes (note text)")
    assert ["9999_notes"] == migrate(database)


def test_a_migration_that_was_changed_after_it_was_applied_is_refused_by_name(database: Database, folder: Path) -> None:
    with (folder / "0001_log.sql").open("a") as file:
        file.write("-- A second thought.\n")
    (folder / "9999_notes.sql").write_text("CREATE TABLE public.notes (note text)")
    before = ask(database, SHAPE)
    with pytest.raises(MigrationChanged, match=r"0001_log\.sql"):
        migrate(database)
    assert before == ask(database, SHAPE)


# --- Read models ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("model", READ_MODELS, ids=lambda model: model.NAME)
def test_a_read_model_with_another_definition_is_rebuilt_and_the_old_one_is_used_until_then(
    programme: Database, model: ReadModel
) -> None:
    before, log, stood = read_tables(programme), everything(programme), progress(programme)
    ask(programme, f'DELETE FROM read."{model.TABLES[0]}"; ALTER TABLE read."{model.TABLES[0]}" ADD COLUMN more text')
    forget_definition(programme, model.NAME)
    assert [model.NAME] == migrate(programme)
    assert before == read_tables(programme)
    assert stood == progress(programme)
    assert log == everything(programme)


def test_a_table_without_a_column_that_its_rule_names_is_replaced_by_the_present_one(programme: Database) -> None:
    """The rules of a new version name columns that the tables of an older one do not have."""
    before = read_tables(programme)
    ask(programme, "ALTER TABLE read.timeline DROP COLUMN programme_id CASCADE")
    forget_definition(programme, "timeline")
    assert ["timeline"] == migrate(programme)
    assert before == read_tables(programme)


def test_a_read_model_that_was_stopped_runs_again_under_a_new_definition(programme: Database) -> None:
    ask(programme, "UPDATE read.projections SET state = 'stopped', failed_position = 5, error = 'x'")
    forget_definition(programme, audit.NAME)
    migrate(programme)
    assert [("running", None, None)] == ask(
        programme, "SELECT state, failed_position, error FROM read.projections WHERE name = 'audit'"
    )


def test_the_definition_of_each_read_model_is_its_own_and_always_the_same() -> None:
    definitions = [definition_of(model) for model in READ_MODELS]
    assert len(READ_MODELS) == len(set(definitions))
    assert definitions == [digest_from(inspect.getsource, model) for model in READ_MODELS]


@pytest.mark.parametrize(
    ("module", "outdated"),
    [
        ("projections.delays.clock", ["delays", "discrepancies"]),
        ("projections.discrepancies.catalogue", ["discrepancies"]),
        ("domain.values.shown", ["timeline", "audit", "discrepancies", "people"]),
        ("projections.tables.paging", []),
    ],
)
def test_a_definition_covers_the_modules_that_change_what_is_stored(module: str, outdated: list[str]) -> None:
    """Clocks, severities, lanes, titles and the texts of rules are stored; lane and title are lines of one table."""

    def changed(each: ModuleType) -> str:
        return inspect.getsource(each) + "# another" * (each.__name__ == module)

    assert outdated == [model.NAME for model in READ_MODELS if definition_of(model) != digest_from(changed, model)]


def test_a_read_model_is_rebuilt_while_a_projector_is_feeding_it(database: Database) -> None:
    """The projector locks the position and then writes the tables; the switch takes both locks in the same order."""
    with PostgresLog(database) as log:
        submit(log, order(register_organisation(1)))
    project_all(database)
    forget_definition(database, register.NAME)
    with ThreadPoolExecutor(1) as pool, database.connect(PROJECTOR) as feeding:
        feeding.autocommit = False
        feeding.execute("SELECT position FROM read.projections WHERE name = %s FOR UPDATE", (register.NAME,))
        migrating = pool.submit(migrate, database)
        eventually(lambda: waiting(database, "read.projections"), "migrating waits for the page under way")
        feeding.execute("UPDATE read.organisations SET name = 'another'")
        feeding.commit()
        assert [register.NAME] == migrating.result()
    assert ["Carlisle City Council"] == [name for (name,) in ask(database, "SELECT name FROM read.organisations")]
