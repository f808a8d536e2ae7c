"""Migrations: the numbered steps that bring a database up to date with this version of Fundtrail."""

import hashlib
from pathlib import Path

import psycopg
from psycopg import sql
from psycopg.rows import TupleRow

from infra.database.postgres import Database, refuse_unsafe
from infra.database.rights import ensure_rights, ensure_roles
from infra.database.rows import ensure_rows
from infra.feeding.rebuild import LIVE, add_indexes, create_tables, rebuild
from projections.read_models import READ_MODELS, ReadModel
from projections.tables.definition import definition_of

FOLDER = Path(__file__).parents[1] / "migrations"
# The advisory lock that makes two processes that start together migrate one after the other.
LOCK = 4611004752002


class MigrationChanged(Exception):
    """A migration was changed after it was applied. An applied migration must stay the same."""


def migrate(database: Database) -> list[str]:
    """Apply the missing migrations in order, and build read models that are new or changed. Return the names of both.

    Each time it also gives the roles that log in what they lack of their settings and rights: after a restore they have
    none. Needs the rights of the database's owner. Raises MigrationChanged, UnsafeSettings and RoleNotReady.
    """
    with database.connect() as connection:
        refuse_unsafe(connection)
        connection.execute("SELECT pg_advisory_lock(%s)", (LOCK,))
        connection.execute(
            "CREATE TABLE IF NOT EXISTS public.fundtrail_migrations ("
            " number integer PRIMARY KEY, name text NOT NULL, digest text NOT NULL,"
            " applied_at timestamptz NOT NULL DEFAULT clock_timestamp())"
        )
        ensure_roles(connection, database)
        files = sorted(FOLDER.glob("[0-9][0-9][0-9][0-9]_*.sql"))
        applied = [file.stem for file in files if _apply(connection, file)]
        known: dict[str, str] = dict(connection.execute("SELECT name, definition FROM read.projections").fetchall())
        for model in READ_MODELS:
            if model.NAME in known:
                _name_tables(connection, model)
            else:
                _define(connection, model)
        changed = [model for model in READ_MODELS if known.get(model.NAME) != definition_of(model)]
        live = connection.execute("SELECT unnest(tables) FROM read.projections").fetchall()
        tables = [str(table) for (table,) in live]
        ensure_rights(connection, tables)
        outdated = [model for model in changed if model.NAME in known]
        # A rule may name a column that an outdated table lacks. That table keeps its rules until it is replaced.
        replaced = {table for model in outdated for table in model.TABLES}
        ensure_rows(connection, [table for table in tables if table not in replaced])
        # In one rebuild, so that the log is read once for all changed read models.
        if outdated:
            rebuild(database, outdated)
        return applied + [model.NAME for model in changed]


def _apply(connection: psycopg.Connection[TupleRow], file: Path) -> bool:
    number, text = int(file.name[:4]), file.read_text(encoding="utf-8")
    digest = hashlib.sha256(text.encode()).hexdigest()
    known = connection.execute("SELECT digest FROM public.fundtrail_migrations WHERE number = %s", (number,)).fetchone()
    if known is not None:
        if known[0] != digest:
            raise MigrationChanged(
                f"{file.name} was changed after it was applied. Restore it, and put the change into a new migration."
            )
        return False
    with connection.transaction():
        connection.execute(_trusted(text))
        connection.execute(
            "INSERT INTO public.fundtrail_migrations (number, name, digest) VALUES (%s, %s, %s)",
            (number, file.stem, digest),
        )
    return True


def _name_tables(connection: psycopg.Connection[TupleRow], model: ReadModel) -> None:
    # Before migration 0003 the database did not record the tables of a read model.
    connection.execute(
        "UPDATE read.projections SET tables = %s WHERE name = %s AND tables = '{}'", (list(model.TABLES), model.NAME)
    )


def _define(connection: psycopg.Connection[TupleRow], model: ReadModel) -> None:
    """Create the tables of *model*, which has none yet."""
    with connection.transaction():
        create_tables(connection, model, LIVE)
        add_indexes(connection, model, LIVE)
        connection.execute(
            "INSERT INTO read.projections (name, definition, tables) VALUES (%s, %s, %s)",
            (model.NAME, definition_of(model), list(model.TABLES)),
        )


def _trusted(text: str) -> sql.SQL:
    # The text is one of our own files. psycopg requires a literal here so that no user input is run as SQL.
    return sql.SQL(text)
