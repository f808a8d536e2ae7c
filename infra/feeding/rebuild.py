"""Rebuild a read model next to the live one, which stays in use, and switch to the new one in one transaction."""

import logging
import os
import signal
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial
from multiprocessing import active_children, get_context
from typing import LiteralString, NamedTuple, TypeVar

import psycopg
from psycopg import sql
from psycopg.errors import DeadlockDetected, LockNotAvailable, UndefinedColumn
from psycopg.rows import TupleRow

from domain.history import Recorded
from infra.database.garbage import collecting_rarely
from infra.database.own_rows import OwnRows
from infra.database.postgres import READER, Database, NoDatabase
from infra.database.rights import READ_TABLE_RIGHTS
from infra.database.rows import guard_rows, hide_rows, show_rows
from infra.feeding.projector import LONG_PAGE, one_by_one, try_lock
from infra.log.codec import CODEC, UnknownEvent
from infra.log.postgres_log import END, read_log
from infra.log.recorder import CHANNEL
from projections import progress
from projections.read_models import READ_MODELS, FilledReadModel, ReadModel
from projections.tables.definition import definition_of

logger = logging.getLogger("fundtrail.rebuild")

Model = TypeVar("Model", bound=ReadModel)
Done = TypeVar("Done")

LIVE = "read"
# Pages can be long, because nobody reads the new tables yet.
PAGE = LONG_PAGE
# Read models that PostgreSQL fills itself cost little for each event, so their pages are longer.
FILLED_AT_ONCE = 50_000
# The first key of the advisory lock on rebuilding a read model; the second key is the read model.
LOCK = 4612
# The memory in which an index build may sort its rows.
SORT_MEMORY = "256MB"
# How long the switch waits for readers of the old tables, and so how long new readers may wait for the switch. After
# that the readers go first, and the switch tries again. It is shorter than the time after which PostgreSQL looks for a
# deadlock, so the switch is never part of one.
SWITCH_WAIT_MS = 500
PAUSE_SECONDS = 0.2
# PostgreSQL cancels the autovacuum of a table when another lock has waited for deadlock_timeout, 1 second by default.
VACUUM_WAIT_MS = 3000


class BeingRebuilt(Exception):
    """Another process is rebuilding this read model."""


class NotConfirmed(Exception):
    """The new version cannot be read. The old version is in use again."""


def next_schema(model: ReadModel) -> str:
    """The schema in which the next version of *model* is built."""
    return f"next_{model.NAME}"


def old_schema(model: ReadModel) -> str:
    """The schema that keeps the old version of *model* until the switch is confirmed."""
    return f"before_{model.NAME}"


@collecting_rarely()
def rebuild(database: Database, models: Sequence[ReadModel]) -> None:
    """Build new versions of *models* from the log, and replace each live version with its new one.

    Readers, writers and projectors go on meanwhile. The live versions are used until the switch, and also after a crash
    at any moment before it. Needs the rights of the database's owner.

    Raises BeingRebuilt. Raises Poisoned when an event cannot be processed; then nothing has changed. Raises
    NotConfirmed when a new version cannot be read.
    """
    with beside(database, models) as connection:
        reached = build(database, connection, models)
        for model in models:
            _put_in_place(database, connection, model, reached[model.NAME])


@contextmanager
def beside(database: Database, models: Sequence[ReadModel]) -> Iterator[psycopg.Connection[TupleRow]]:
    """Give *models* empty tables beside their live ones, which nobody else builds. At the end these tables are dropped.

    After a crash the next call drops them. Raises BeingRebuilt.
    """
    with database.connect() as connection, _locked(connection, models):
        drop_leftovers(connection, models)
        try:
            for model in models:
                create_tables(connection, model, next_schema(model))
                _set_autovacuum(connection, model, "SET (autovacuum_enabled = false)")
            yield connection
        finally:
            if not connection.closed:
                drop_leftovers(connection, models)


def rebuild_in_parallel(database: Database, models: Sequence[ReadModel]) -> None:
    """Rebuild *models* on all processors, a share of them in each process. Raises the errors of ``rebuild``."""
    in_shares(_rebuild_named, database, models)


def in_shares(
    work: Callable[[Database, Sequence[str]], Done], database: Database, models: Sequence[ReadModel]
) -> list[Done]:
    """What *work* gives for each share of *models*, by their names: on all processors, a share in each process."""
    count = min(len(models), os.cpu_count() or 1)
    if count < 2:
        return [work(database, [model.NAME for model in models])]
    with ProcessPoolExecutor(count, mp_context=get_context("spawn")) as pool, _stopped_with_us():
        with _interrupted_alone():
            shares = [pool.submit(_share, work, database, names) for names in shares_of(models, count)]
        return [done.result() for done in shares]


def _share(work: Callable[[Database, Sequence[str]], Done], database: Database, names: Sequence[str]) -> Done:
    """The *work* of a process. A signal to stop interrupts it, so that it leaves nothing behind."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        return work(database, names)
    finally:
        signal.signal(signal.SIGTERM, signal.SIG_DFL)


@contextmanager
def _interrupted_alone() -> Iterator[None]:
    """Start processes that Ctrl+C does not reach: only this one decides what happens then."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    ours = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, ours)


@contextmanager
def _stopped_with_us() -> Iterator[None]:
    """Stop the processes that are started within when this one is interrupted, by Ctrl+C for example."""
    before = set(active_children())
    try:
        yield
    except (KeyboardInterrupt, SystemExit):
        for started in set(active_children()) - before:
            started.terminate()
        raise


# The approximate share of each read model in the time of all, in percent, so that the processes end at about the same
# time. Read models that are not listed take little time.
WEIGHTS = {
    "discrepancies": 27, "delays": 20, "ledger": 18, "audit": 12, "timeline": 10, "awards": 5, "bank": 4, "bids": 2,
}  # fmt: skip


def weight_of(name: str) -> int:
    """The approximate share of the read model *name* in the time of all, in percent."""
    return WEIGHTS.get(name, 1)


def shares_of(models: Sequence[ReadModel], count: int) -> list[list[str]]:
    """The names of *models*, in *count* shares of about the same weight."""
    shares: list[list[str]] = [[] for _ in range(count)]
    weights = [0] * count
    for model in sorted(models, key=lambda model: -weight_of(model.NAME)):
        lightest = weights.index(min(weights))
        shares[lightest].append(model.NAME)
        weights[lightest] += weight_of(model.NAME)
    return shares


def _rebuild_named(database: Database, names: Sequence[str]) -> None:
    rebuild(database, models_named(names))


def models_named(names: Sequence[str]) -> list[ReadModel]:
    """The read models called *names*."""
    return [model for model in READ_MODELS if model.NAME in names]


@contextmanager
def _locked(connection: psycopg.Connection[TupleRow], models: Sequence[ReadModel]) -> Iterator[None]:
    """Keep other processes from rebuilding *models*, at most until *connection* is closed. Raises BeingRebuilt."""
    for model in models:
        if not try_lock(connection, LOCK, model):
            raise BeingRebuilt(f"the read model {model.NAME} is being rebuilt already")
    yield
    # Closing a connection takes a moment. Until then the locks would refuse the next rebuild.
    connection.execute("SELECT pg_advisory_unlock_all()")


def drop_leftovers(connection: psycopg.Connection[TupleRow], models: Sequence[ReadModel]) -> None:
    """Drop unfinished and replaced versions of *models*, which an interrupted rebuild may have left."""
    for model in models:
        for schema in (next_schema(model), old_schema(model)):
            connection.execute(sql.SQL("DROP SCHEMA IF EXISTS {} CASCADE").format(sql.Identifier(schema)))


def create_tables(connection: psycopg.Connection[TupleRow], model: ReadModel, schema: str) -> None:
    """Create the empty tables of *model* in *schema*, with the rights of the roles that log in."""
    name = sql.Identifier(schema)
    with connection.transaction():
        connection.execute(sql.SQL("CREATE SCHEMA IF NOT EXISTS {}").format(name))
        connection.execute(sql.SQL("SET LOCAL search_path = {}").format(name))
        connection.execute(sql.SQL(model.DEFINITION))  # our own text
        for table in model.TABLES:
            of = sql.Identifier(schema, table)
            for role, kinds in READ_TABLE_RIGHTS.items():
                to = sql.Identifier(role)
                connection.execute(sql.SQL("GRANT {} ON {} TO {}").format(sql.SQL(", ".join(kinds)), of, to))
        guard_rows(connection, schema, model.TABLES)


def add_indexes(connection: psycopg.Connection[TupleRow], model: ReadModel, schema: str) -> None:
    """Create the indexes of *model* in *schema*, whose tables are empty."""
    with connection.transaction():
        connection.execute(sql.SQL("SET LOCAL search_path = {}").format(sql.Identifier(schema)))
        connection.execute(sql.SQL(model.INDEXES))  # our own text


# --- Building ---------------------------------------------------------------------------------------------------------


def build(
    database: Database, connection: psycopg.Connection[TupleRow], models: Sequence[ReadModel], end: int = END
) -> dict[str, int]:
    """Build *models* from the start of the log, up to *end* at most. Return the last position of each, by name.

    Raises Poisoned.
    """
    filled = [model for model in models if isinstance(model, FilledReadModel)]
    written = [model for model in models if model not in filled]
    filled_to = _fill_in_parts(database, filled, end) if filled else 0
    written_to = build_on(connection, written, 0, end) if written else 0
    return {model.NAME: filled_to if model in filled else written_to for model in models}


def _fill_in_parts(database: Database, models: Sequence[FilledReadModel], end: int) -> int:
    """Let PostgreSQL fill *models* from the log so far, up to *end*, several parts at a time. Return the last position.

    Raises Poisoned.
    """
    with database.connect() as connection:
        row = connection.execute(
            "SELECT coalesce(max(notification_id), 0) FROM log.events WHERE notification_id <= %s", (end,)
        ).fetchone()
    end = int(row[0]) if row else 0

    def fill(before: int) -> None:
        with database.connect() as connection:
            build_on(connection, models, before, min(before + FILLED_AT_ONCE, end))

    with ThreadPoolExecutor(os.cpu_count()) as pool:
        try:
            for done in [pool.submit(fill, before) for before in range(0, end, FILLED_AT_ONCE)]:
                done.result()
        finally:
            pool.shutdown(cancel_futures=True)
    return end


def build_on(
    connection: psycopg.Connection[TupleRow], models: Sequence[ReadModel], position: int, end: int = END
) -> int:
    """Build *models* on with the events after *position*, up to *end* at most. Return the last position.

    Raises Poisoned.
    """
    while (reached := _build_page(connection, models, position, end)) > position:
        position = reached
    return position


def _build_page(connection: psycopg.Connection[TupleRow], models: Sequence[ReadModel], position: int, end: int) -> int:
    """Build *models* with the next page. Return its last position, or *position* at the end of the log.

    Raises Poisoned.
    """
    try:
        filled = [model for model in models if isinstance(model, FilledReadModel)]
        if len(filled) == len(models):
            return _fill(connection, filled, position, end)
        page = read_log(connection, position, PAGE, CODEC, end)
        _write(connection, models, page)
    except psycopg.OperationalError:
        raise
    except Exception:
        logger.exception("a page could not be processed; looking for the event that fails")
        return one_by_one(connection, position, PAGE, partial(_write, connection, models), end)
    return page[-1].position if page else position


def _write(connection: psycopg.Connection[TupleRow], models: Sequence[ReadModel], page: Sequence[Recorded]) -> None:
    with _building(connection, models) as each:
        for cursor, model in each:
            model.write(cursor, page)


def _fill(connection: psycopg.Connection[TupleRow], models: Sequence[FilledReadModel], position: int, end: int) -> int:
    """Let PostgreSQL fill *models* with the next events after *position*, up to *end*. Return the last position.

    Raises UnknownEvent.
    """
    kinds = connection.execute(
        "SELECT topic, schema_version, max(notification_id) FROM (SELECT * FROM log.events"
        " WHERE notification_id > %s AND notification_id <= %s ORDER BY notification_id LIMIT %s) AS following"
        " GROUP BY 1, 2",
        (position, end, FILLED_AT_ONCE),
    ).fetchall()
    for name, version, _ in kinds:
        if not CODEC.reads(name, version):
            raise UnknownEvent(f"{name} in schema version {version}")
    reached = max((int(last) for *_, last in kinds), default=position)
    with _building(connection, models) as each:
        for cursor, model in each:
            cursor.execute(model.FILL.encode(), (position, reached))
    return reached


@contextmanager
def _building(
    connection: psycopg.Connection[TupleRow], models: Sequence[Model]
) -> Iterator[Iterator[tuple[psycopg.Cursor[TupleRow], Model]]]:
    """One transaction that writes the next version of each of *models* in its own schema."""

    def each(cursor: psycopg.Cursor[TupleRow]) -> Iterator[tuple[psycopg.Cursor[TupleRow], Model]]:
        for model in models:
            cursor.execute(sql.SQL("SET LOCAL search_path = {}").format(sql.Identifier(next_schema(model))))
            yield cursor, model

    with connection.transaction(), OwnRows(connection) as cursor:
        # An interrupted build starts again, so its commits need not wait for the disk.
        cursor.execute("SET LOCAL synchronous_commit = off")
        yield each(cursor)


def _finish(database: Database, connection: psycopg.Connection[TupleRow], model: ReadModel) -> None:
    """Add the indexes of the new tables, and collect the statistics that the query planner needs."""
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        for done in [pool.submit(_index, database, model, text) for text in model.INDEXES.split(";") if text.strip()]:
            done.result()
    _set_autovacuum(connection, model, "RESET (autovacuum_enabled)")
    for table in model.TABLES:
        connection.execute(sql.SQL("ANALYZE {}").format(sql.Identifier(next_schema(model), table)))


def _index(database: Database, model: ReadModel, definition: str) -> None:
    """Add one index. Others may be added to the same table at the same time."""
    with database.connect() as connection:
        connection.execute(sql.SQL("SET search_path = {}").format(sql.Identifier(next_schema(model))))
        connection.execute(f"SET maintenance_work_mem = '{SORT_MEMORY}'")
        # One index on each processor is faster than all processors on one index, because their rows must be merged.
        connection.execute("SET max_parallel_maintenance_workers = 0")
        connection.execute(sql.SQL(definition))  # our own text


def _set_autovacuum(connection: psycopg.Connection[TupleRow], model: ReadModel, setting: LiteralString) -> None:
    """Turn autovacuum of the new tables off, or back to its default. While the tables grow it would work in vain."""
    for table in model.TABLES:
        name = sql.Identifier(next_schema(model), table)
        connection.execute(sql.SQL("ALTER TABLE {} {}").format(name, sql.SQL(setting)))


def _put_in_place(
    database: Database, connection: psycopg.Connection[TupleRow], model: ReadModel, position: int
) -> None:
    """Bring the next version of *model* from *position* to the end of the log, and switch to it.

    Raises NotConfirmed.
    """
    _finish(database, connection, model)
    while True:
        position = build_on(connection, [model], position)
        switched = _switch(connection, model, position)
        if switched is not None:
            break
        time.sleep(PAUSE_SECONDS)
    _confirm(database, connection, model, *switched)


# --- Switching --------------------------------------------------------------------------------------------------------


class Version(NamedTuple):
    """One version of a read model, as its row of ``read.projections`` describes it."""

    position: int
    definition: str
    tables: list[str]
    state: str
    failed_position: int | None
    error: str | None


def _switch(
    connection: psycopg.Connection[TupleRow], model: ReadModel, position: int
) -> tuple[Version, Version] | None:
    """Replace the live version with the next one, which has reached *position*. None when readers use the old tables.

    Returns the old version and the new one. The projector of the live version waits meanwhile for the lock on its
    position, and then continues after the position of the new version.
    """
    try:
        with connection.transaction():
            _lock_out_vacuum(connection, model)
            connection.execute(f"SET LOCAL lock_timeout = {SWITCH_WAIT_MS}")
            old = _locked_version(connection, model)
            if old.position > position:
                position = build_on(connection, [model], position)
            # A rebuild does not end a pause.
            state = "paused" if old.state == "paused" else "running"
            new = Version(position, definition_of(model), list(model.TABLES), state, None, None)
            functions = _functions(connection, next_schema(model))
            connection.execute(sql.SQL("CREATE SCHEMA {}").format(sql.Identifier(old_schema(model))))
            _move(connection, LIVE, old_schema(model), old.tables, functions)
            _move(connection, next_schema(model), LIVE, new.tables, functions)
            show_rows(connection, new.tables)
            _set_version(connection, model, new)
    except (LockNotAvailable, DeadlockDetected):
        logger.info("%s: the old tables are still being read; the switch waits", model.NAME)
        return None
    return old, new


def _lock_out_vacuum(connection: psycopg.Connection[TupleRow], model: ReadModel) -> None:
    """Take the lock that keeps VACUUM off the old tables. PostgreSQL cancels an autovacuum that makes it wait.

    Readers and the projector of the old tables are not blocked.
    """
    connection.execute(f"SET LOCAL lock_timeout = {VACUUM_WAIT_MS}")
    for (table,) in connection.execute(
        "SELECT unnest(tables) FROM read.projections WHERE name = %s", (model.NAME,)
    ).fetchall():
        of = sql.Identifier(LIVE, table)
        connection.execute(sql.SQL("LOCK TABLE {} IN SHARE UPDATE EXCLUSIVE MODE").format(of))


def _confirm(
    database: Database, connection: psycopg.Connection[TupleRow], model: ReadModel, old: Version, new: Version
) -> None:
    """Read each new table as a reader does. If that fails, put the old version back and raise NotConfirmed."""
    try:
        with database.connect(READER) as reader:
            for table in new.tables:
                reader.execute(sql.SQL("SELECT FROM {} LIMIT 1").format(sql.Identifier(table)))
    except (psycopg.Error, NoDatabase) as error:
        with connection.transaction():
            _locked_version(connection, model)
            functions = _functions(connection, old_schema(model))
            _move(connection, LIVE, next_schema(model), new.tables, functions)
            _move(connection, old_schema(model), LIVE, old.tables, functions)
            for table in old.tables:
                _show_old(connection, table)
            _set_version(connection, model, old)
        raise NotConfirmed(f"{model.NAME}: {error}") from error


def _show_old(connection: psycopg.Connection[TupleRow], table: str) -> None:
    """Put the view in front of an old *table* again. Where its rule names a column that the table lacks, none is left.

    Readers with a scope then see the rows that the policy of the table lets them see.
    """
    try:
        with connection.transaction():
            show_rows(connection, [table])
    except UndefinedColumn:
        hide_rows(connection, table)


def _locked_version(connection: psycopg.Connection[TupleRow], model: ReadModel) -> Version:
    """The live version of *model*, locked so that its projector cannot change its position."""
    row = connection.execute(
        "SELECT position, definition, tables, state, failed_position, error FROM read.projections"
        " WHERE name = %s FOR UPDATE",
        (model.NAME,),
    ).fetchone()
    if row is None:
        raise NoDatabase(f"the read model {model.NAME} has no tables yet. Run `fundtrail migrate`")
    return Version(*row)


def _set_version(connection: psycopg.Connection[TupleRow], model: ReadModel, version: Version) -> None:
    connection.execute(
        "UPDATE read.projections SET position = %s, definition = %s, tables = %s, state = %s, failed_position = %s,"
        " error = %s, updated_at = clock_timestamp() WHERE name = %s",
        (*version, model.NAME),
    )
    # Wake the readers that wait for this read model, and its projector.
    connection.execute("SELECT pg_notify(%s, %s), pg_notify(%s, '')", (progress.CHANNEL, model.NAME, CHANNEL))


def _functions(connection: psycopg.Connection[TupleRow], schema: str) -> list[str]:
    rows = connection.execute("SELECT proname FROM pg_proc WHERE pronamespace = %s::regnamespace ORDER BY 1", (schema,))
    return [str(row[0]) for row in rows.fetchall()]


def _move(
    connection: psycopg.Connection[TupleRow], origin: str, target: str, tables: Sequence[str], functions: Sequence[str]
) -> None:
    """Move *tables* with their indexes and triggers, and those of *functions* that exist, to the schema *target*."""
    to = sql.Identifier(target)
    for table in tables:
        connection.execute(sql.SQL("ALTER TABLE {} SET SCHEMA {}").format(sql.Identifier(origin, table), to))
    for function in sorted(set(functions) & set(_functions(connection, origin))):
        connection.execute(sql.SQL("ALTER FUNCTION {}() SET SCHEMA {}").format(sql.Identifier(origin, function), to))
