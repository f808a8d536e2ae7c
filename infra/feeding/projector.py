"""The projector: feeds the read models from the log, each exactly once, in order, whatever happens to it."""

import logging
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import NamedTuple
from zlib import crc32

import psycopg
from psycopg.rows import TupleRow

from domain.history import Recorded
from infra.database.garbage import collecting_seldom
from infra.database.postgres import PROJECTOR, Database, NoDatabase
from infra.log.postgres_log import read_log
from infra.log.recorder import CHANNEL
from projections import progress
from projections.read_models import READ_MODELS, ReadModel
from projections.tables.definition import definition_of

logger = logging.getLogger("fundtrail.projector")

PAGE = 500
# Whoever is a page behind or more takes so many events at a time: what each statement costs is then paid less often.
LONG_PAGE = 5000
# No page is to take longer than this: until it is through, nobody sees anything of it, and a stop waits for it.
LONGEST_SECONDS = 5.0
# NOTIFY only wakes; looking again after this many seconds is what guarantees progress.
POLL_SECONDS = 1.0
# How long to wait before trying again to lead, or to reach the database.
RETRY_SECONDS = 1.0
# The first half of the two-part advisory lock that says who feeds a read model.
LEADERSHIP = 4611


class Pages:
    """Pages of the log, read and decoded once for all the read models that a process feeds of one database.

    Only full pages are kept: the last one still grows. A few are enough, for read models go on side by side.
    """

    def __init__(self, keep: int = 8) -> None:
        self._keep = keep
        self._pages: dict[tuple[str, int, int], list[Recorded]] = {}
        self._lock = threading.Lock()

    def read(self, connection: psycopg.Connection[TupleRow], after: int, size: int) -> list[Recorded]:
        """Up to *size* events after position *after*; none at the end of the log."""
        key = (f"{connection.info.host}/{connection.info.port}/{connection.info.dbname}", after, size)
        with self._lock:
            kept = self._pages.get(key)
        if kept is not None:
            return kept
        page = read_log(connection, after, size)
        if len(page) == size:
            with self._lock:
                while len(self._pages) >= self._keep:
                    del self._pages[next(iter(self._pages))]
                self._pages[key] = page
        return page


pages = Pages()


class Poisoned(Exception):
    """An event that a read model cannot take in. The read model stands still before it; nothing is skipped."""

    def __init__(self, position: int, error: Exception | str) -> None:
        super().__init__(error if isinstance(error, str) else f"position {position}: {type(error).__name__}: {error}")
        self.position = position


@contextmanager
def feeder(database: Database) -> Iterator[psycopg.Connection[TupleRow]]:
    """A connection to feed read models with.

    It does not wait for the disk: rows and position are committed together, so what a crash takes is taken in again
    from the log, which always waits.
    """
    with database.connect(PROJECTOR) as connection:
        connection.execute("SET synchronous_commit = off")
        yield connection


def lead(connection: psycopg.Connection[TupleRow], model: ReadModel) -> bool:
    """Take the lead of *model* for as long as *connection* lives; False when somebody else has it."""
    return try_lock(connection, LEADERSHIP, model)


def try_lock(connection: psycopg.Connection[TupleRow], right: int, model: ReadModel) -> bool:
    """Take *right*, one half of an advisory lock, over *model* while *connection* lives; False when it is taken."""
    row = connection.execute(
        "SELECT pg_try_advisory_lock(%s, %s)", (right, crc32(model.NAME.encode()) % 2**31)
    ).fetchone()
    return bool(row and row[0])


class Step(NamedTuple):
    """What was taken in: so many events, up to the position *reached*; *through* where all have come to the end."""

    taken: int
    reached: int
    through: bool


def step(
    connection: psycopg.Connection[TupleRow], models: Sequence[ReadModel], size: int = 0, after: int | None = None
) -> Step:
    """Let those of *models* that are furthest behind take in their next page, in one transaction.

    A page has at most *size* events, PAGE by default. Where they are likely to stand *after* it is read without waiting
    to know.

    Each has a position of its own in it. Those that stand still are left out. Raises NoDatabase where one has no
    tables, and whatever a writer raises: then nothing is taken in.
    """
    size = size or PAGE
    # A long page is copied, which goes by itself; what is new is shown sooner when its statements go together.
    with connection.transaction() if size > PAGE else in_one_go(connection):
        standings = connection.execute(
            "SELECT name, position, state, definition FROM read.projections WHERE name = ANY (%s)"
            " ORDER BY name FOR UPDATE",
            ([model.NAME for model in models],),
            prepare=True,
        )
        page = pages.read(connection, after, size) if after is not None else []
        rows = standings.fetchall()
        ours = _ours(models, {str(name): str(definition) for name, _, _, definition in rows})
        standing = {
            str(name): int(position) for name, position, state, _ in rows if state == "running" and name in ours
        }
        if not standing:
            return Step(0, 0, through=True)
        behind = min(standing.values())
        if behind != after:
            page = pages.read(connection, behind, size)
        if not page:
            return Step(0, behind, through=True)
        together = [model for model in models if standing.get(model.NAME) == behind]
        with connection.cursor() as cursor:
            for model in together:
                model.write(cursor, page)
        _reach(connection, together, page[-1].position)
    through = len(page) < size and len(together) == len(standing)
    return Step(len(page), page[-1].position, through)


@contextmanager
def in_one_go(connection: psycopg.Connection[TupleRow]) -> Iterator[None]:
    """A transaction whose statements do not wait for each other: only for what is read, and once at its end."""
    try:
        with connection.pipeline():
            connection.execute("BEGIN")
            yield
            connection.execute("COMMIT")
    except BaseException:
        if not connection.closed:
            connection.rollback()
        raise


def _ours(models: Sequence[ReadModel], definitions: Mapping[str, str]) -> set[str]:
    """Those of *models* whose tables are of this version of Fundtrail: the others would become a mixture.

    Raises NoDatabase where one has no tables, or all are of another version.
    """
    for model in models:
        if model.NAME not in definitions:
            raise NoDatabase(f"the read model {model.NAME} has no tables yet: run `fundtrail migrate`")
    ours = {model.NAME for model in models if definitions[model.NAME] == definition_of(model)}
    if models and not ours:
        raise NoDatabase(
            f"the tables of {_names(models)} are of another version of Fundtrail: run that one, or `fundtrail migrate`"
        )
    return ours


def step_carefully(connection: psycopg.Connection[TupleRow], model: ReadModel, size: int) -> None:
    """Take in the next *size* events one at a time, up to the one that fails. Raises Poisoned at it."""

    def take(page: Sequence[Recorded]) -> None:
        with connection.transaction(), connection.cursor() as cursor:
            model.write(cursor, page)
            _reach(connection, [model], page[-1].position)

    with connection.transaction():
        position = _stand(connection, model)
    one_by_one(connection, position, size, take)


def one_by_one(
    connection: psycopg.Connection[TupleRow], position: int, size: int, take: Callable[[Sequence[Recorded]], None]
) -> int:
    """Let *take* have the *size* events after *position*, each as a page of its own; give the last position.

    Raises Poisoned at the one that cannot be read or taken in.
    """
    for _ in range(size):
        try:
            page = read_log(connection, position, 1)
            if not page:
                break
            take(page)
        except psycopg.OperationalError:
            raise
        except Exception as error:
            raise Poisoned(_position_after(connection, position), error) from error
        position = page[-1].position
    return position


def _position_after(connection: psycopg.Connection[TupleRow], position: int) -> int:
    """The first position after *position*; itself where there is none."""
    row = connection.execute("SELECT min(notification_id) FROM log.events WHERE notification_id > %s", (position,))
    found = row.fetchone()
    return int(found[0]) if found and found[0] is not None else position


def _stand(connection: psycopg.Connection[TupleRow], model: ReadModel) -> int:
    """The model's position, held against anybody who does not lead."""
    row = connection.execute(
        "SELECT position FROM read.projections WHERE name = %s FOR UPDATE", (model.NAME,)
    ).fetchone()
    if row is None:
        raise NoDatabase(f"the read model {model.NAME} has no tables yet: run `fundtrail migrate`")
    return int(row[0])


def _reach(connection: psycopg.Connection[TupleRow], models: Sequence[ReadModel], position: int) -> None:
    names = [model.NAME for model in models]
    connection.execute(
        "WITH reached AS (UPDATE read.projections SET position = %s, updated_at = clock_timestamp()"
        " WHERE name = ANY (%s)) SELECT pg_notify(%s, %s)",
        (position, names, progress.CHANNEL, names[0]),
        prepare=True,
    )


def stop_at(connection: psycopg.Connection[TupleRow], model: ReadModel, poison: Poisoned) -> None:
    """Report that *model* stands still before a poison event, for people and for `/ready`."""
    # An error may quote what a text of PostgreSQL cannot hold.
    error = str(poison).encode(errors="replace").replace(b"\0", b"").decode()[:2000]
    connection.execute(
        "UPDATE read.projections SET state = 'stopped', failed_position = %s, error = %s,"
        " updated_at = clock_timestamp() WHERE name = %s",
        (poison.position, error, model.NAME),
    )
    connection.execute("SELECT pg_notify(%s, %s)", (progress.CHANNEL, model.NAME))


def resume(connection: psycopg.Connection[TupleRow], model: ReadModel) -> bool:
    """Let a model that was stopped try again: whoever starts a projector may have mended what stopped it."""
    done = connection.execute(
        "UPDATE read.projections SET state = 'running', failed_position = NULL, error = NULL"
        " WHERE name = %s AND state = 'stopped'",
        (model.NAME,),
    )
    return done.rowcount > 0


def retry(database: Database, models: Sequence[ReadModel] = READ_MODELS) -> list[str]:
    """Let those of *models* that stand still try again, by whoever feeds them; give their names."""
    with database.connect(PROJECTOR) as connection:
        tried = [model.NAME for model in models if resume(connection, model)]
        connection.execute("SELECT pg_notify(%s, '')", (CHANNEL,))
    return tried


def catch_up(
    connection: psycopg.Connection[TupleRow], model: ReadModel, stopping: threading.Event | None = None
) -> None:
    """Take in everything that the log has, unless *stopping*. Raises Poisoned when an event cannot be taken in."""
    size = PAGE
    while stopping is None or not stopping.is_set():
        try:
            began = time.monotonic()
            done = step(connection, [model], size)
            if done.through:
                return
            size = size_after(done.taken, time.monotonic() - began)
        except (psycopg.OperationalError, NoDatabase):
            raise
        except Exception:
            logger.exception("%s: a page could not be taken in; looking for the event", model.NAME)
            step_carefully(connection, model, size)


def size_after(taken: int, seconds: float) -> int:
    """How many events to take next after a page of *taken* that took so many *seconds*.

    Whoever found a full page is behind, and takes as many as go into LONGEST_SECONDS.
    """
    if taken < PAGE:
        return PAGE
    return max(PAGE, min(LONG_PAGE, int(taken * LONGEST_SECONDS / max(seconds, 0.001))))


# So many threads feed the read models, each its share of them on one connection. What is new then costs a share one
# transaction, and while one thread waits for the database another has the processor.
FEEDERS = 2


class Projector:
    """Feeds every read model until it is stopped.

    One projector leads each read model; others wait their turn and take over when its connection is gone.
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
        """Begin to feed."""
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """Stop after the pages under way."""
        self._stopping.set()
        for thread in self._threads:
            thread.join()

    def wait(self) -> None:
        """Return once it has been stopped."""
        self._stopping.wait()

    def __enter__(self) -> "Projector":
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    @collecting_seldom()
    def _feed(self, share: Sequence[ReadModel]) -> None:
        while not self._stopping.is_set():
            try:
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
            # Before the first look at the log, so that nothing falls in between.
            connection.execute(f"LISTEN {CHANNEL}")
            yield connection

    def _lead(self, connection: psycopg.Connection[TupleRow], share: Sequence[ReadModel]) -> None:
        """Feed those of *share* that nobody else leads, and look again for the others now and then."""
        led: list[ReadModel] = []
        look_again = 0.0
        position: int | None = None
        while not self._stopping.is_set():
            if len(led) < len(share) and time.monotonic() >= look_again:
                look_again = time.monotonic() + RETRY_SECONDS
                for model in share:
                    if model not in led and lead(connection, model):
                        resume(connection, model)
                        led.append(model)
            position = self._catch_up(connection, led, position)
            for _ in connection.notifies(timeout=POLL_SECONDS, stop_after=1):
                pass

    def _catch_up(
        self, connection: psycopg.Connection[TupleRow], led: Sequence[ReadModel], position: int | None
    ) -> int | None:
        """Take in everything that the log has after *position*, where they likely are, together; give where they are.

        Where that fails each takes it in by itself, so that one stops alone.
        """
        size = PAGE
        while led and not self._stopping.is_set():
            try:
                began = time.monotonic()
                done = step(connection, led, size, position)
                position = done.reached
                if done.through:
                    break
                size = size_after(done.taken, time.monotonic() - began)
            except (psycopg.OperationalError, NoDatabase):
                raise
            except Exception:
                logger.exception("a page could not be taken in; each read model takes it in by itself")
                for model in led:
                    try:
                        catch_up(connection, model, self._stopping)
                    except Poisoned as poison:
                        _stand_still(connection, model, poison)
        return position


def _stand_still(connection: psycopg.Connection[TupleRow], model: ReadModel, poison: Poisoned) -> None:
    logger.error("%s stands still: %s", model.NAME, poison)
    stop_at(connection, model, poison)


def _names(models: Sequence[ReadModel]) -> str:
    return ", ".join(model.NAME for model in models)


@collecting_seldom()
def project_all(database: Database, models: Sequence[ReadModel] = READ_MODELS) -> None:
    """Take in everything that the log has now, here and at once, for models that nobody else is feeding.

    Raises Poisoned when an event cannot be taken in.
    """
    for model in models:
        with feeder(database) as connection:
            if lead(connection, model):
                resume(connection, model)
                try:
                    catch_up(connection, model)
                except Poisoned as poison:
                    stop_at(connection, model, poison)
                    raise
