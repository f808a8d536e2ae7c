"""The projector: it updates each read model with every event of the log, exactly once and in order, despite crashes."""

import logging
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from typing import NamedTuple
from zlib import crc32

import psycopg
from psycopg.rows import TupleRow

from domain.history import Recorded
from domain.values.portable import Portable
from infra import tracing
from infra.database.garbage import collecting_rarely
from infra.database.own_rows import OwnRows
from infra.database.postgres import PROJECTOR, Database, NoDatabase
from infra.log.postgres_log import END, read_log
from infra.log.recorder import CHANNEL
from projections import progress
from projections.read_models import READ_MODELS, ReadModel
from projections.tables.definition import definition_of

logger = logging.getLogger("fundtrail.projector")

PAGE = 500
# A read model that is at least one page behind reads up to this many events at a time, which needs fewer statements.
LONG_PAGE = 5000
# The longest time that a page should take. Readers see nothing of a page before it ends, and a stop waits for its end.
LONGEST_SECONDS = 5.0
# A missed NOTIFY delays the projector at most this long, because it polls the log this often.
POLL_SECONDS = 1.0
# How long to wait before another attempt to lead a read model, or to reach the database.
RETRY_SECONDS = 1.0
# How often it asks the database to state the time for standbys. The database does so at most once a second.
STATE_SECONDS = 0.5
# How long a command waits for the projector that leads a read model while it does not advance, and how often it looks.
LONGEST_WAIT_SECONDS, LOOK_SECONDS = 10.0, 0.02
# The first key of the advisory lock on leading a read model; the second key is the read model.
LEADERSHIP = 4611


class Pages:
    """A cache of pages of the log, so that a process reads and decodes each once for all of its read models.

    Only full pages are cached, because the last one still grows. A few pages are enough, because the read models
    advance together.
    """

    def __init__(self, keep: int = 8) -> None:
        self._keep = keep
        self._pages: dict[tuple[str, int, int], list[Recorded]] = {}
        self._lock = threading.Lock()

    def forget(self) -> None:
        """Forget every page: the next connection may lead to another server, with another log."""
        with self._lock:
            self._pages.clear()

    def read(self, connection: psycopg.Connection[TupleRow], after: int, size: int) -> list[Recorded]:
        """Up to *size* events after position *after*; empty at the end of the log."""
        key = (f"{connection.info.host}/{connection.info.port}/{connection.info.dbname}", after, size)
        with self._lock:
            cached = self._pages.get(key)
        if cached is not None:
            return cached
        page = read_log(connection, after, size)
        if len(page) == size:
            with self._lock:
                while len(self._pages) >= self._keep:
                    del self._pages[next(iter(self._pages))]
                self._pages[key] = page
        return page


pages = Pages()


class Poisoned(Portable):
    """An event that a read model cannot process. The read model stops before it; no event is skipped."""

    def __init__(self, position: int, error: Exception | str) -> None:
        super().__init__(error if isinstance(error, str) else f"position {position}: {type(error).__name__}: {error}")
        self.position = position


class NotRunning(Exception):
    """A read model was paused or stopped while it was being updated. What was being written is taken back."""


@contextmanager
def feeder(database: Database) -> Iterator[psycopg.Connection[TupleRow]]:
    """A connection that updates read models.

    Its commits do not wait for the disk. Rows and position are committed together, so what a crash loses is processed
    again from the log, whose commits do wait.
    """
    with database.connect(PROJECTOR) as connection:
        connection.execute("SET synchronous_commit = off")
        yield connection


def lead(connection: psycopg.Connection[TupleRow], model: ReadModel) -> bool:
    """Become the leader of *model* until *connection* is closed. False when another projector leads it."""
    return try_lock(connection, LEADERSHIP, model)


def try_lock(connection: psycopg.Connection[TupleRow], key: int, model: ReadModel) -> bool:
    """Take the advisory lock *key* of *model* until *connection* is closed. False when another connection holds it."""
    row = connection.execute(
        "SELECT pg_try_advisory_lock(%s, %s)", (key, crc32(model.NAME.encode()) % 2**31)
    ).fetchone()
    return bool(row and row[0])


class Step(NamedTuple):
    """The number of events processed, the position *reached*, and whether all read models are *at_end* of the log."""

    events: int
    reached: int
    at_end: bool


def step(
    connection: psycopg.Connection[TupleRow], models: Sequence[ReadModel], size: int = 0, after: int | None = None
) -> Step:
    """Update those of *models* that are furthest behind with their next page of events, in one transaction.

    A page has at most *size* events, PAGE by default. *after* is the position where they probably are: its page is read
    without waiting for their positions from the database.

    Each read model has its own position. Those that are stopped or paused are left out. Raises NoDatabase when one
    has no tables, and any error of a writer; then nothing is recorded.
    """
    size = size or PAGE
    began = time.perf_counter()
    # A long page uses COPY, which needs no pipeline. A short one is visible sooner when its statements are pipelined.
    with connection.transaction() if size > PAGE else pipelined(connection):
        positions = connection.execute(
            "SELECT name, position, state, definition FROM read.projections WHERE name = ANY (%s)"
            " ORDER BY name FOR UPDATE",
            ([model.NAME for model in models],),
            prepare=True,
        )
        page = pages.read(connection, after, size) if after is not None else []
        rows = positions.fetchall()
        current = _of_this_version(models, {str(name): str(definition) for name, _, _, definition in rows})
        running = {
            str(name): int(position) for name, position, state, _ in rows if state == "running" and name in current
        }
        if not running:
            return Step(0, 0, at_end=True)
        furthest_behind = min(running.values())
        if furthest_behind != after:
            page = pages.read(connection, furthest_behind, size)
        if not page:
            return Step(0, furthest_behind, at_end=True)
        updated = [model for model in models if running.get(model.NAME) == furthest_behind]
        with OwnRows(connection) as cursor:
            for model in updated:
                model.write(cursor, page)
        _advance(connection, updated, page[-1].position)
    tracing.batch([model.NAME for model in updated], len(page), page[-1].position, time.perf_counter() - began)
    at_end = len(page) < size and len(updated) == len(running)
    return Step(len(page), page[-1].position, at_end)


@contextmanager
def pipelined(connection: psycopg.Connection[TupleRow]) -> Iterator[None]:
    """A transaction that sends statements without waiting for their results. It waits for rows, and once at its end."""
    try:
        with connection.pipeline():
            connection.execute("BEGIN")
            yield
            connection.execute("COMMIT")
    except BaseException:
        if not connection.closed:
            connection.rollback()
        raise


def _of_this_version(models: Sequence[ReadModel], definitions: Mapping[str, str]) -> set[str]:
    """The names of those of *models* whose tables were made by this version of Fundtrail. Only these may be updated.

    Raises NoDatabase when one has no tables, or when all of them were made by another version.
    """
    for model in models:
        if model.NAME not in definitions:
            raise NoDatabase(f"the read model {model.NAME} has no tables yet. Run `fundtrail migrate`")
    current = {model.NAME for model in models if definitions[model.NAME] == definition_of(model)}
    if models and not current:
        raise NoDatabase(
            f"the tables of {_names(models)} were made by another version of Fundtrail."
            " Run that version, or `fundtrail migrate`"
        )
    return current


def step_one_by_one(connection: psycopg.Connection[TupleRow], model: ReadModel, size: int) -> None:
    """Update *model* with the next *size* events, each in its own transaction, until it is paused.

    Raises Poisoned at an event that fails.
    """

    def write(page: Sequence[Recorded]) -> None:
        with connection.transaction(), OwnRows(connection) as cursor:
            _locked_position(connection, model)
            model.write(cursor, page)
            _advance(connection, [model], page[-1].position)

    with suppress(NotRunning):
        with connection.transaction():
            position = _locked_position(connection, model)
        one_by_one(connection, position, size, write)


def one_by_one(
    connection: psycopg.Connection[TupleRow],
    position: int,
    size: int,
    write: Callable[[Sequence[Recorded]], None],
    until: int = END,
) -> int:
    """Call *write* with each of the *size* events after *position*, as a page of its own. Return the last position.

    It ends with the event at *until*.

    Raises Poisoned at an event that cannot be read or written.
    """
    for _ in range(size):
        try:
            page = read_log(connection, position, 1, until=until)
            if not page:
                break
            write(page)
        except (psycopg.OperationalError, NotRunning):
            raise
        except Exception as error:
            raise Poisoned(_position_after(connection, position), error) from error
        position = page[-1].position
    return position


def _position_after(connection: psycopg.Connection[TupleRow], position: int) -> int:
    """The first position after *position*; *position* itself at the end of the log."""
    row = connection.execute("SELECT min(notification_id) FROM log.events WHERE notification_id > %s", (position,))
    found = row.fetchone()
    return int(found[0]) if found and found[0] is not None else position


def _locked_position(connection: psycopg.Connection[TupleRow], model: ReadModel) -> int:
    """The position of *model*, locked so that no other process changes it. Raises NotRunning."""
    row = connection.execute(
        "SELECT position, state FROM read.projections WHERE name = %s FOR UPDATE", (model.NAME,)
    ).fetchone()
    if row is None:
        raise NoDatabase(f"the read model {model.NAME} has no tables yet. Run `fundtrail migrate`")
    if row[1] != "running":
        raise NotRunning(f"the read model {model.NAME} is {row[1]}")
    return int(row[0])


def _advance(connection: psycopg.Connection[TupleRow], models: Sequence[ReadModel], position: int) -> None:
    names = [model.NAME for model in models]
    connection.execute(
        "WITH reached AS (UPDATE read.projections SET position = %s, updated_at = clock_timestamp()"
        " WHERE name = ANY (%s)) SELECT pg_notify(%s, %s)",
        (position, names, progress.CHANNEL, names[0]),
        prepare=True,
    )


def stop_at(connection: psycopg.Connection[TupleRow], model: ReadModel, poison: Poisoned) -> None:
    """Record that *model* has stopped before an event that it cannot process, for people and for `/ready`.

    One that was paused meanwhile stays paused.
    """
    # An error may quote characters that PostgreSQL cannot store as text.
    error = str(poison).encode(errors="replace").replace(b"\0", b"").decode()[:2000]
    connection.execute(
        "UPDATE read.projections SET state = 'stopped', failed_position = %s, error = %s,"
        " updated_at = clock_timestamp() WHERE name = %s AND state = 'running'",
        (poison.position, error, model.NAME),
    )
    connection.execute("SELECT pg_notify(%s, %s)", (progress.CHANNEL, model.NAME))


def resume(connection: psycopg.Connection[TupleRow], model: ReadModel) -> bool:
    """Let *model* try again if it was stopped, since its cause may be mended by now. Return whether it was stopped."""
    done = connection.execute(
        "UPDATE read.projections SET state = 'running', failed_position = NULL, error = NULL"
        " WHERE name = %s AND state = 'stopped'",
        (model.NAME,),
    )
    return done.rowcount > 0


def retry(database: Database, models: Sequence[ReadModel] = READ_MODELS) -> list[str]:
    """Let those of *models* that are stopped try again in their projector. Return their names."""
    with database.connect(PROJECTOR) as connection:
        resumed = [model.NAME for model in models if resume(connection, model)]
        connection.execute("SELECT pg_notify(%s, '')", (CHANNEL,))
    return resumed


def catch_up(
    connection: psycopg.Connection[TupleRow], model: ReadModel, stopping: threading.Event | None = None
) -> None:
    """Update *model* to the end of the log, or until *stopping* is set. Raises Poisoned at an event that fails."""
    size = PAGE
    while stopping is None or not stopping.is_set():
        try:
            began = time.monotonic()
            done = step(connection, [model], size)
            if done.at_end:
                return
            size = size_after(done.events, time.monotonic() - began)
        except (psycopg.OperationalError, NoDatabase):
            raise
        except Exception:
            logger.exception("%s: a page could not be processed; looking for the event that fails", model.NAME)
            step_one_by_one(connection, model, size)


def catch_up_together(
    connection: psycopg.Connection[TupleRow],
    led: Sequence[ReadModel],
    position: int | None = None,
    stopping: threading.Event | None = None,
) -> tuple[int | None, list[Poisoned]]:
    """Update the *led* read models together to the end of the log, or until *stopping* is set.

    *position* is where they probably are. Returns the position that they reached, and the events that stopped some of
    them. If a page fails, each read model is updated separately, so that only one that cannot process an event stops.
    """
    size, stopped = PAGE, list[Poisoned]()
    while led and not (stopping and stopping.is_set()):
        try:
            began = time.monotonic()
            done = step(connection, led, size, position)
            position = done.reached
            if done.at_end:
                break
            size = size_after(done.events, time.monotonic() - began)
        except (psycopg.OperationalError, NoDatabase):
            raise
        except Exception:
            logger.exception("a page could not be processed; each read model is now updated separately")
            # Those that stop are no longer where the others are: their page is not read again.
            position = None
            for model in led:
                try:
                    catch_up(connection, model, stopping)
                except Poisoned as poison:
                    logger.error("%s has stopped: %s", model.NAME, poison)  # noqa: TRY400 - logged in catch_up
                    stop_at(connection, model, poison)
                    stopped.append(poison)
    return position, stopped


def size_after(events: int, seconds: float) -> int:
    """The size of the next page after a page of *events* events that took *seconds*.

    After a full page the read model is behind. Its next page has as many events as fit into LONGEST_SECONDS, between
    PAGE and LONG_PAGE.
    """
    if events < PAGE:
        return PAGE
    return max(PAGE, min(LONG_PAGE, int(events * LONGEST_SECONDS / max(seconds, 0.001))))


# The number of threads that update read models, each with its share of them on one connection. New events cost one
# transaction for each share, and while one thread waits for the database another can use the processor.
FEEDERS = 2


class Projector:
    """Keeps the read models up to date until it is stopped.

    One projector leads each read model. Other projectors wait, and one takes over when the leader's connection is lost.
    """

    def __init__(self, database: Database, models: Sequence[ReadModel] = READ_MODELS) -> None:
        self._database = database
        self._stopping = threading.Event()
        shares = [share for share in (models[nth::FEEDERS] for nth in range(FEEDERS)) if share]
        self._threads = [
            threading.Thread(
                target=self._feed, args=(share,), name=f"feed {', '.join(model.NAME for model in share)}", daemon=True
            )
            for share in shares
        ]

    def start(self) -> None:
        """Start the threads that update the read models."""
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """Stop after the current pages."""
        self._stopping.set()
        for thread in self._threads:
            thread.join()

    def wait(self) -> None:
        """Return once it has been stopped."""
        # Python handles a signal when the main thread next runs. One that arrives just before the thread sleeps, or in
        # another thread, does not wake it.
        while not self._stopping.wait(POLL_SECONDS):
            pass

    def __enter__(self) -> "Projector":
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    @collecting_rarely()
    def _feed(self, share: Sequence[ReadModel]) -> None:
        while not self._stopping.is_set():
            try:
                pages.forget()
                with self._listening() as connection:
                    self._lead(connection, share)
            except (psycopg.Error, NoDatabase) as error:
                logger.warning("%s: %s; trying again", _names(share), error)
            except Exception:
                logger.exception("%s: trying again", _names(share))
            self._stopping.wait(RETRY_SECONDS)

    @contextmanager
    def _listening(self) -> Iterator[psycopg.Connection[TupleRow]]:
        with feeder(self._database) as connection:
            # Listen before the log is first read, so that no event is missed in between.
            connection.execute(f"LISTEN {CHANNEL}")
            yield connection

    def _lead(self, connection: psycopg.Connection[TupleRow], share: Sequence[ReadModel]) -> None:
        """Lead those of *share* that no other projector leads. Try the others again every RETRY_SECONDS."""
        led: list[ReadModel] = []
        try_again_at = state_time_at = 0.0
        position: int | None = None
        while not self._stopping.is_set():
            if len(led) < len(share) and time.monotonic() >= try_again_at:
                try_again_at = time.monotonic() + RETRY_SECONDS
                for model in share:
                    if model not in led and lead(connection, model):
                        resume(connection, model)
                        led.append(model)
            if led and time.monotonic() >= state_time_at:
                # Standbys learn that nothing was recorded (see migration 0011).
                connection.execute("SELECT log.state_time()")
                state_time_at = time.monotonic() + STATE_SECONDS
            position, _ = catch_up_together(connection, led, position, self._stopping)
            for _ in connection.notifies(timeout=POLL_SECONDS, stop_after=1):
                pass


def _names(models: Sequence[ReadModel]) -> str:
    return ", ".join(model.NAME for model in models)


@collecting_rarely()
def project_all(database: Database, models: Sequence[ReadModel] = READ_MODELS) -> None:
    """Update, in this thread and to the end of the log, those of *models* that no projector leads.

    Raises Poisoned at an event that one of them cannot process; the others are at the end.
    """
    with feeder(database) as connection:
        led = [model for model in models if lead(connection, model)]
        for model in led:
            resume(connection, model)
        _, stopped = catch_up_together(connection, led)
    if stopped:
        raise stopped[0]


def up_to_date(database: Database) -> None:
    """Update the read models, or wait for the projector that leads them: for what is read from them next.

    It waits as long as they advance, and LONGEST_WAIT_SECONDS more; not for a read model that is stopped. Raises
    Poisoned as ``project_all`` does.
    """
    project_all(database)
    behind = "SELECT sum(position) FROM read.projections WHERE state = 'running' AND position < %s HAVING count(*) > 0"
    reached: TupleRow | None = None
    ends = 0.0
    with database.connect(PROJECTOR) as connection:
        (head,) = connection.execute("SELECT coalesce(max(notification_id), 0) FROM log.events").fetchone() or (0,)
        while (now := connection.execute(behind, (head,)).fetchone()) is not None:
            if now != reached:
                reached, ends = now, time.monotonic() + LONGEST_WAIT_SECONDS
            if time.monotonic() >= ends:
                break
            time.sleep(LOOK_SECONDS)
