"""Stepping one read model over a slice of the log, in a copy that nobody else sees: the rows before and after.

The copy is made, filled and shown in one transaction, which is then taken back. So the live tables stay as they are,
also when the process is killed.
"""

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import psycopg
from psycopg import sql
from psycopg.rows import TupleRow

from domain.history import Recorded
from infra.database.own_rows import OwnRows
from infra.database.postgres import Database
from infra.feeding.projector import LONG_PAGE, Poisoned, one_by_one
from infra.feeding.rebuild import add_indexes, create_tables
from infra.log.postgres_log import read_log
from projections.read_models import ReadModel

Row = dict[str, Any]


@dataclass(slots=True)
class Change:
    """A row of *table* that was added (no *before*), changed, or removed (no *after*)."""

    table: str
    before: Row | None
    after: Row | None

    @property
    def differing(self) -> list[str]:
        """The columns whose values differ."""
        before, after = self.before or {}, self.after or {}
        return [name for name in {**before, **after} if before.get(name) != after.get(name)]


@dataclass(slots=True)
class Stepped:
    """An event and the rows that it changed; or the *error* for which the read model stops before it."""

    recorded: Recorded | None
    position: int
    changes: list[Change] = field(default_factory=list)
    error: str | None = None


def step_over(database: Database, model: ReadModel, first: int, last: int) -> Iterator[Stepped]:
    """Fold *model* up to the position before *first* in a copy, then yield each event up to *last* with its changes.

    The last one has an error if the read model cannot process an event; also one before *first*. Needs the rights of
    the database's owner.
    """
    with _copy(database, model) as (connection, schema):
        try:
            position = _fold(connection, model, first - 1)
            _note_changes(connection, model, schema)
            while written := _next(connection, model, position, last):
                position = written.position
                yield Stepped(written, position, _changes(connection, schema))
        except Poisoned as poison:
            yield Stepped(None, poison.position, error=str(poison))


@contextmanager
def _copy(database: Database, model: ReadModel) -> Iterator[tuple[psycopg.Connection[TupleRow], str]]:
    """A connection within a transaction that is taken back, with empty tables of *model* in a schema of its own."""
    schema = f"step_{model.NAME}_{os.getpid()}"
    with database.connect() as connection, connection.transaction(force_rollback=True):
        create_tables(connection, model, schema)
        add_indexes(connection, model, schema)
        connection.execute(sql.SQL("SET LOCAL search_path = {}").format(sql.Identifier(schema)))
        yield connection, schema


def _writer(connection: psycopg.Connection[TupleRow], model: ReadModel) -> Any:
    def write(page: Sequence[Recorded]) -> None:
        with connection.transaction(), OwnRows(connection) as cursor:
            model.write(cursor, page)

    return write


def _next(connection: psycopg.Connection[TupleRow], model: ReadModel, position: int, last: int) -> Recorded | None:
    """Write the next event after *position*, up to *last*, into the copy; None where there is none. Raises Poisoned."""
    write, written = _writer(connection, model), list[Recorded]()

    def write_and_keep(page: Sequence[Recorded]) -> None:
        write(page)
        written.extend(page)

    one_by_one(connection, position, 1, write_and_keep, until=last)
    return written[0] if written else None


def _fold(connection: psycopg.Connection[TupleRow], model: ReadModel, end: int) -> int:
    """Bring the copy to the last event up to the position *end*, and return its position. Raises Poisoned."""
    write, position = _writer(connection, model), 0
    while True:
        try:
            page = read_log(connection, position, LONG_PAGE, until=end)
            if not page:
                return position
            write(page)
            position = page[-1].position
        except psycopg.OperationalError:
            raise
        except Exception:
            # An event of the page fails; those before it are written one by one.
            while (reached := one_by_one(connection, position, LONG_PAGE, write, until=end)) > position:
                position = reached
            return position


def _note_changes(connection: psycopg.Connection[TupleRow], model: ReadModel, schema: str) -> None:
    """From now on note each row that is added, changed or removed, in the order in which that happens."""
    connection.execute(
        "CREATE TABLE stepped_rows (nth bigint GENERATED ALWAYS AS IDENTITY, of text, before jsonb, after jsonb)"
    )
    connection.execute(
        sql.SQL(
            "CREATE FUNCTION {}.note_row() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
            " INSERT INTO {}.stepped_rows (of, before, after) VALUES (tg_table_name,"
            " CASE WHEN tg_op <> 'INSERT' THEN to_jsonb(old) END, CASE WHEN tg_op <> 'DELETE' THEN to_jsonb(new) END);"
            " RETURN NULL; END $$"
        ).format(sql.Identifier(schema), sql.Identifier(schema))
    )
    for table in model.TABLES:
        connection.execute(
            sql.SQL(
                "CREATE TRIGGER notes_rows AFTER INSERT OR UPDATE OR DELETE ON {} FOR EACH ROW EXECUTE FUNCTION"
                " {}.note_row()"
            ).format(sql.Identifier(schema, table), sql.Identifier(schema))
        )


def _changes(connection: psycopg.Connection[TupleRow], schema: str) -> list[Change]:
    """The rows that changed since this was last asked, each once: from how it was to how it is now."""
    table = sql.Identifier(schema, "stepped_rows")
    noted = connection.execute(sql.SQL("SELECT of, before, after FROM {} ORDER BY nth").format(table)).fetchall()
    connection.execute(sql.SQL("TRUNCATE {}").format(table))
    changes: list[Change] = []
    for of, before, after in noted:
        earlier = next((one for one in changes if one.table == of and before is not None and one.after == before), None)
        if earlier is None:
            changes.append(Change(of, before, after))
        else:
            earlier.after = after
    return [one for one in changes if one.before != one.after]
