"""Migrations: the numbered steps that bring a database to the present shape."""

import hashlib
import inspect
from pathlib import Path

import psycopg
from psycopg import sql
from psycopg.rows import TupleRow

from infra.postgres import APP, PROJECTOR, Database, refuse_unsafe
from projections import READ_MODELS, ReadModel, effect, telling

FOLDER = Path(__file__).parent / "migrations"
# Two processes that start together migrate one after the other.
LOCK = 4611004752002


class MigrationChanged(Exception):
    """A migration that has been applied is not what it was. Migrations are only ever added."""


def migrate(database: Database) -> list[str]:
    """Apply what is missing, in order; give the names of what was applied.

    Runs with the rights of the database's owner. Raises MigrationChanged and UnsafeSettings.
    """
    with database.connect() as connection:
        refuse_unsafe(connection)
        connection.execute("SELECT pg_advisory_lock(%s)", (LOCK,))
        connection.execute(
            "CREATE TABLE IF NOT EXISTS public.fundtrail_migrations ("
            " number integer PRIMARY KEY, name text NOT NULL, digest text NOT NULL,"
            " applied_at timestamptz NOT NULL DEFAULT clock_timestamp())"
        )
        files = sorted(FOLDER.glob("[0-9][0-9][0-9][0-9]_*.sql"))
        applied = [file.stem for file in files if _apply(connection, file)]
        applied += [model.NAME for model in READ_MODELS if _define(connection, model)]
        return applied


def _apply(connection: psycopg.Connection[TupleRow], file: Path) -> bool:
    number, text = int(file.name[:4]), file.read_text(encoding="utf-8")
    digest = hashlib.sha256(text.encode()).hexdigest()
    known = connection.execute("SELECT digest FROM public.fundtrail_migrations WHERE number = %s", (number,)).fetchone()
    if known is not None:
        if known[0] != digest:
            raise MigrationChanged(f"{file.name} was applied in another form; migrations are only ever added")
        return False
    with connection.transaction():
        connection.execute(_trusted(text))
        connection.execute(
            "INSERT INTO public.fundtrail_migrations (number, name, digest) VALUES (%s, %s, %s)",
            (number, file.stem, digest),
        )
    return True


def _define(connection: psycopg.Connection[TupleRow], model: ReadModel) -> bool:
    """Make the tables of *model*; make them anew, to be filled from the start, when its definition has changed."""
    definition = definition_of(model)
    known = connection.execute("SELECT definition FROM read.projections WHERE name = %s", (model.NAME,)).fetchone()
    if known is not None and known[0] == definition:
        return False
    with connection.transaction():
        # Whoever feeds it holds its position before its tables; in another order each would wait for the other.
        connection.execute("SELECT FROM read.projections WHERE name = %s FOR UPDATE", (model.NAME,))
        for table in model.TABLES:
            connection.execute(sql.SQL("DROP TABLE IF EXISTS {}").format(sql.Identifier("read", table)))
        connection.execute(_trusted(model.DEFINITION))
        for table in model.TABLES:
            name = sql.Identifier("read", table)
            connection.execute(sql.SQL("GRANT SELECT ON {} TO {}").format(name, sql.Identifier(APP)))
            connection.execute(
                sql.SQL("GRANT SELECT, INSERT, UPDATE, DELETE ON {} TO {}").format(name, sql.Identifier(PROJECTOR))
            )
        connection.execute(
            "INSERT INTO read.projections (name, definition) VALUES (%s, %s)"
            " ON CONFLICT (name) DO UPDATE SET definition = excluded.definition, position = 0, state = 'running',"
            " failed_position = NULL, error = NULL, rebuild_asked = false, updated_at = clock_timestamp()",
            (model.NAME, definition),
        )
    return True


def definition_of(model: ReadModel) -> str:
    """What a read model is: the digest of the modules that fill it. Another text may fill its tables otherwise."""
    modules = (inspect.getmodule(model.write), effect, telling)
    return hashlib.sha256("".join(inspect.getsource(module) for module in modules if module).encode()).hexdigest()


def _trusted(text: str) -> sql.SQL:
    # Migrations and definitions are files of ours; psycopg asks for literals so that nobody passes input here.
    return sql.SQL(text)
