"""Rebuilding a read model beside the live one, which is fed and read meanwhile, and switching in one transaction."""

import logging
import os
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial
from multiprocessing import get_context
from typing import LiteralString, NamedTuple, TypeVar

import psycopg
from psycopg import sql
from psycopg.errors import DeadlockDetected, LockNotAvailable
from psycopg.rows import TupleRow

from domain.history import Recorded
from infra.database.garbage import collecting_seldom
from infra.database.postgres import APP, PROJECTOR, Database, NoDatabase
from infra.feeding.projector import LONG_PAGE, one_by_one, try_lock
from infra.log.codec import CODEC, UnknownEvent
from infra.log.postgres_log import read_log
from infra.log.recorder import CHANNEL
from projections import progress
from projections.read_models import READ_MODELS, FilledReadModel, ReadModel
from projections.tables.definition import definition_of

logger = logging.getLogger("fundtrail.rebuild")

Model = TypeVar("Model", bound=ReadModel)

LIVE = "read"
# Nobody waits for a page here.
PAGE = LONG_PAGE
# What PostgreSQL fills in by itself costs little for each event: it may take many at a time.
FILLED_AT_ONCE = 50_000
# The first half of the two-part advisory lock that says who rebuilds a read model.
LOCK = 4612
# Memory for sorting the rows of an index.
SORTING = "256MB"
# The switch waits so long for readers of the old tables, and new readers so long for the switch; then it lets them go
# first and tries again. It is less than the time after which PostgreSQL looks for a deadlock, so it is never in one.
PATIENCE_MS = 500
PAUSE_SECONDS = 0.2
# PostgreSQL calls autovacuum off a table once somebody has waited for that for deadlock_timeout, a second by default.
VACUUM_GIVES_WAY_MS = 3000


class BeingRebuilt(Exception):
    """Somebody else is rebuilding this read model."""


class NotConfirmed(Exception):
    """What was built cannot be read in its place. The old version serves again."""


def next_of(model: ReadModel) -> str:
    """The schema in which the next version of *model* is built."""
    return f"next_{model.NAME}"


def before_of(model: ReadModel) -> str:
    """The schema that keeps the version before, until the switch is confirmed."""
    return f"before_{model.NAME}"


@collecting_seldom()
def rebuild(database: Database, models: Sequence[ReadModel]) -> None:
    """Build *models* from the log beside the live ones and put each in its place.

    Readers and writers go on, and so does whoever feeds the live ones, which serve until the switch and after a crash
    at any moment before it. Needs the rights of the database's owner. Raises BeingRebuilt, Poisoned when an event
    cannot be taken in, and then nothing has changed; NotConfirmed when one cannot be read in its place.
    """
    with database.connect() as connection, _alone(connection, models):
        sweep(connection, models)
        try:
            for model in models:
                lay_out(connection, model, next_of(model))
                _vacuum(connection, model, "SET (autovacuum_enabled = false)")
            filled = [model for model in models if isinstance(model, FilledReadModel)]
            written = [model for model in models if model not in filled]
            filled_to = _fill_in_parts(database, filled) if filled else 0
            written_to = _take_in(connection, written, 0) if written else 0
            for model in models:
                _put_in_place(database, connection, model, filled_to if model in filled else written_to)
        finally:
            if not connection.closed:
                sweep(connection, models)


def rebuild_side_by_side(database: Database, models: Sequence[ReadModel]) -> None:
    """Rebuild *models* with all processors, a share of them in each process. Raises what ``rebuild`` raises."""
    count = min(len(models), os.cpu_count() or 1)
    if count < 2:
        rebuild(database, models)
        return
    with ProcessPoolExecutor(count, mp_context=get_context("spawn")) as pool:
        for done in [pool.submit(_rebuild_named, database, names) for names in shares_of(models, count)]:
            done.result()


# About what each takes of the time of all, in hundredths, so that two processes end near each other; others are light.
WEIGHTS = {
    "discrepancies": 27, "delays": 20, "ledger": 18, "audit": 12, "timeline": 10, "awards": 5, "bank": 4, "bids": 2,
}  # fmt: skip


def weight_of(name: str) -> int:
    """What the read model *name* takes."""
    return WEIGHTS.get(name, 1)


def shares_of(models: Sequence[ReadModel], count: int) -> list[list[str]]:
    """The names of *models* in *count* shares of about the same weight."""
    shares: list[list[str]] = [[] for _ in range(count)]
    weights = [0] * count
    for model in sorted(models, key=lambda model: -weight_of(model.NAME)):
        lightest = weights.index(min(weights))
        shares[lightest].append(model.NAME)
        weights[lightest] += weight_of(model.NAME)
    return shares


def _rebuild_named(database: Database, names: Sequence[str]) -> None:
    rebuild(database, [model for model in READ_MODELS if model.NAME in names])


@contextmanager
def _alone(connection: psycopg.Connection[TupleRow], models: Sequence[ReadModel]) -> Iterator[None]:
    """Let nobody else rebuild *models* meanwhile, or for as long as *connection* lives. Raises BeingRebuilt."""
    for model in models:
        if not try_lock(connection, LOCK, model):
            raise BeingRebuilt(f"the read model {model.NAME} is being rebuilt already")
    yield
    # A connection that is closed takes a moment to be gone, in which the next rebuild would be refused.
    connection.execute("SELECT pg_advisory_unlock_all()")


def sweep(connection: psycopg.Connection[TupleRow], models: Sequence[ReadModel]) -> None:
    """Drop what a rebuild that was cut off has left: versions never finished, and those that were replaced."""
    for model in models:
        for schema in (next_of(model), before_of(model)):
            connection.execute(sql.SQL("DROP SCHEMA IF EXISTS {} CASCADE").format(sql.Identifier(schema)))


def lay_out(connection: psycopg.Connection[TupleRow], model: ReadModel, schema: str) -> None:
    """Make the empty tables of *model* in *schema*, with the rights of those who read and feed them."""
    name = sql.Identifier(schema)
    with connection.transaction():
        connection.execute(sql.SQL("CREATE SCHEMA IF NOT EXISTS {}").format(name))
        connection.execute(sql.SQL("SET LOCAL search_path = {}").format(name))
        connection.execute(sql.SQL(model.DEFINITION))  # a text of ours
        for table in model.TABLES:
            of = sql.Identifier(schema, table)
            connection.execute(sql.SQL("GRANT SELECT ON {} TO {}").format(of, sql.Identifier(APP)))
            connection.execute(
                sql.SQL("GRANT SELECT, INSERT, UPDATE, DELETE ON {} TO {}").format(of, sql.Identifier(PROJECTOR))
            )


def add_indexes(connection: psycopg.Connection[TupleRow], model: ReadModel, schema: str) -> None:
    """Add to the tables of *model* in *schema*, which are empty, what their readers need."""
    with connection.transaction():
        connection.execute(sql.SQL("SET LOCAL search_path = {}").format(sql.Identifier(schema)))
        connection.execute(sql.SQL(model.INDEXES))  # a text of ours


# --- Building ---------------------------------------------------------------------------------------------------------


# After every position.
_END = 2**63 - 1


def _fill_in_parts(database: Database, models: Sequence[FilledReadModel]) -> int:
    """Let PostgreSQL fill in what the log has by now, several parts at a time; give the last position.

    Raises Poisoned.
    """
    with database.connect() as connection:
        row = connection.execute("SELECT coalesce(max(notification_id), 0) FROM log.events").fetchone()
    end = int(row[0]) if row else 0

    def fill(before: int) -> None:
        with database.connect() as connection:
            _take_in(connection, models, before, min(before + FILLED_AT_ONCE, end))

    with ThreadPoolExecutor(os.cpu_count()) as pool:
        try:
            for done in [pool.submit(fill, before) for before in range(0, end, FILLED_AT_ONCE)]:
                done.result()
        finally:
            pool.shutdown(cancel_futures=True)
    return end


def _take_in(
    connection: psycopg.Connection[TupleRow], models: Sequence[ReadModel], position: int, end: int = _END
) -> int:
    """Take in the log after *position*, up to *end* at most; give the last position. Raises Poisoned."""
    while (reached := _page(connection, models, position, end)) > position:
        position = reached
    return position


def _page(connection: psycopg.Connection[TupleRow], models: Sequence[ReadModel], position: int, end: int) -> int:
    """Take in the next page; give its last position, or *position* where nothing follows. Raises Poisoned."""
    try:
        filled = [model for model in models if isinstance(model, FilledReadModel)]
        if len(filled) == len(models):
            return _fill(connection, filled, position, end)
        page = read_log(connection, position, PAGE, CODEC)
        _write(connection, models, page)
    except psycopg.OperationalError:
        raise
    except Exception:
        logger.exception("a page could not be taken in; looking for the event")
        return one_by_one(connection, position, PAGE, partial(_write, connection, models))
    return page[-1].position if page else position


def _write(connection: psycopg.Connection[TupleRow], models: Sequence[ReadModel], page: Sequence[Recorded]) -> None:
    with _building(connection, models) as each:
        for cursor, model in each:
            model.write(cursor, page)


def _fill(connection: psycopg.Connection[TupleRow], models: Sequence[FilledReadModel], position: int, end: int) -> int:
    """Let PostgreSQL take in what follows *position* up to *end*; give the last position. Raises UnknownEvent."""
    found = connection.execute(
        "SELECT topic, schema_version, max(notification_id) FROM (SELECT * FROM log.events"
        " WHERE notification_id > %s AND notification_id <= %s ORDER BY notification_id LIMIT %s) AS following"
        " GROUP BY 1, 2",
        (position, end, FILLED_AT_ONCE),
    ).fetchall()
    for name, version, _ in found:
        if not CODEC.reads(name, version):
            raise UnknownEvent(f"{name} in schema version {version}")
    reached = max((int(last) for *_, last in found), default=position)
    with _building(connection, models) as each:
        for cursor, model in each:
            cursor.execute(model.FILL.encode(), (position, reached))
    return reached


@contextmanager
def _building(
    connection: psycopg.Connection[TupleRow], models: Sequence[Model]
) -> Iterator[Iterator[tuple[psycopg.Cursor[TupleRow], Model]]]:
    """One transaction in which each of *models* is written where its next version is built."""

    def each(cursor: psycopg.Cursor[TupleRow]) -> Iterator[tuple[psycopg.Cursor[TupleRow], Model]]:
        for model in models:
            cursor.execute(sql.SQL("SET LOCAL search_path = {}").format(sql.Identifier(next_of(model))))
            yield cursor, model

    with connection.transaction(), connection.cursor() as cursor:
        # A build that is cut off begins again, so it waits for no disk.
        cursor.execute("SET LOCAL synchronous_commit = off")
        yield each(cursor)


def _settle(database: Database, connection: psycopg.Connection[TupleRow], model: ReadModel) -> None:
    """Make the new tables ready for those who read them, and let the planner know them."""
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        for done in [pool.submit(_index, database, model, text) for text in model.INDEXES.split(";") if text.strip()]:
            done.result()
    _vacuum(connection, model, "RESET (autovacuum_enabled)")
    for table in model.TABLES:
        connection.execute(sql.SQL("ANALYZE {}").format(sql.Identifier(next_of(model), table)))


def _index(database: Database, model: ReadModel, definition: str) -> None:
    """Add an index while others are added to the same table."""
    with database.connect() as connection:
        connection.execute(sql.SQL("SET search_path = {}").format(sql.Identifier(next_of(model))))
        connection.execute(f"SET maintenance_work_mem = '{SORTING}'")
        # An index for each processor is done sooner than all processors at one index, whose rows must be merged.
        connection.execute("SET max_parallel_maintenance_workers = 0")
        connection.execute(sql.SQL(definition))  # a text of ours


def _vacuum(connection: psycopg.Connection[TupleRow], model: ReadModel, setting: LiteralString) -> None:
    """Tell whether PostgreSQL looks after the new tables by itself: while they grow that is done in vain."""
    for table in model.TABLES:
        connection.execute(sql.SQL("ALTER TABLE {} {}").format(sql.Identifier(next_of(model), table), sql.SQL(setting)))


def _put_in_place(
    database: Database, connection: psycopg.Connection[TupleRow], model: ReadModel, position: int
) -> None:
    """Let the next version of *model*, which has come to *position*, catch up and serve. Raises NotConfirmed."""
    _settle(database, connection, model)
    while True:
        position = _take_in(connection, [model], position)
        switched = _switch(connection, model, position)
        if switched is not None:
            break
        time.sleep(PAUSE_SECONDS)
    _confirm(database, connection, model, *switched)


# --- Switching --------------------------------------------------------------------------------------------------------


class Standing(NamedTuple):
    """A version of a read model in its row of ``read.projections``."""

    position: int
    definition: str
    tables: list[str]
    state: str
    failed_position: int | None
    error: str | None


def _switch(
    connection: psycopg.Connection[TupleRow], model: ReadModel, position: int
) -> tuple[Standing, Standing] | None:
    """Put the next version, which has come to *position*, in the place of the live one; None when readers are in it.

    Gives the version before and the one that serves now. Whoever feeds the live one waits on its position meanwhile,
    and goes on after that of the new one.
    """
    try:
        with connection.transaction():
            _lock_out_vacuum(connection, model)
            connection.execute(f"SET LOCAL lock_timeout = {PATIENCE_MS}")
            before = _standing(connection, model)
            if before.position > position:
                position = _take_in(connection, [model], position)
            now = Standing(position, definition_of(model), list(model.TABLES), "running", None, None)
            functions = _functions(connection, next_of(model))
            connection.execute(sql.SQL("CREATE SCHEMA {}").format(sql.Identifier(before_of(model))))
            _move(connection, LIVE, before_of(model), before.tables, functions)
            _move(connection, next_of(model), LIVE, now.tables, functions)
            _stand(connection, model, now)
    except (LockNotAvailable, DeadlockDetected):
        logger.info("%s: somebody is in the old version; the switch waits", model.NAME)
        return None
    return before, now


def _lock_out_vacuum(connection: psycopg.Connection[TupleRow], model: ReadModel) -> None:
    """Let nobody vacuum the old tables, which are about to go: autovacuum gives way to whoever waits long enough.

    Readers, and whoever feeds them, go on.
    """
    connection.execute(f"SET LOCAL lock_timeout = {VACUUM_GIVES_WAY_MS}")
    for (table,) in connection.execute(
        "SELECT unnest(tables) FROM read.projections WHERE name = %s", (model.NAME,)
    ).fetchall():
        of = sql.Identifier(LIVE, table)
        connection.execute(sql.SQL("LOCK TABLE {} IN SHARE UPDATE EXCLUSIVE MODE").format(of))


def _confirm(
    database: Database, connection: psycopg.Connection[TupleRow], model: ReadModel, before: Standing, now: Standing
) -> None:
    """Ask each table in the role of the readers; where one does not answer, put the version before back."""
    try:
        with database.connect(APP) as reader:
            for table in now.tables:
                reader.execute(sql.SQL("SELECT FROM {} LIMIT 1").format(sql.Identifier(table)))
    except (psycopg.Error, NoDatabase) as error:
        with connection.transaction():
            _standing(connection, model)
            functions = _functions(connection, before_of(model))
            _move(connection, LIVE, next_of(model), now.tables, functions)
            _move(connection, before_of(model), LIVE, before.tables, functions)
            _stand(connection, model, before)
        raise NotConfirmed(f"{model.NAME}: {error}") from error


def _standing(connection: psycopg.Connection[TupleRow], model: ReadModel) -> Standing:
    """How the live version stands, held against whoever feeds it."""
    row = connection.execute(
        "SELECT position, definition, tables, state, failed_position, error FROM read.projections"
        " WHERE name = %s FOR UPDATE",
        (model.NAME,),
    ).fetchone()
    if row is None:
        raise NoDatabase(f"the read model {model.NAME} has no tables yet: run `fundtrail migrate`")
    return Standing(*row)


def _stand(connection: psycopg.Connection[TupleRow], model: ReadModel, standing: Standing) -> None:
    connection.execute(
        "UPDATE read.projections SET position = %s, definition = %s, tables = %s, state = %s, failed_position = %s,"
        " error = %s, updated_at = clock_timestamp() WHERE name = %s",
        (*standing, model.NAME),
    )
    # Wakes who waits for news of it, and whoever feeds it.
    connection.execute("SELECT pg_notify(%s, %s), pg_notify(%s, '')", (progress.CHANNEL, model.NAME, CHANNEL))


def _functions(connection: psycopg.Connection[TupleRow], schema: str) -> list[str]:
    rows = connection.execute("SELECT proname FROM pg_proc WHERE pronamespace = %s::regnamespace ORDER BY 1", (schema,))
    return [str(row[0]) for row in rows.fetchall()]


def _move(
    connection: psycopg.Connection[TupleRow], origin: str, target: str, tables: Sequence[str], functions: Sequence[str]
) -> None:
    """Move tables, with all that hangs on them, and trigger functions to another schema."""
    to = sql.Identifier(target)
    for table in tables:
        connection.execute(sql.SQL("ALTER TABLE {} SET SCHEMA {}").format(sql.Identifier(origin, table), to))
    for function in sorted(set(functions) & set(_functions(connection, origin))):
        connection.execute(sql.SQL("ALTER FUNCTION {}() SET SCHEMA {}").format(sql.Identifier(origin, function), to))
