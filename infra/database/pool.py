"""Reading the read models from an event loop: pools of connections, and one listener for all waiting callers."""

import asyncio
import logging
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from functools import lru_cache
from typing import Any, TypeVar
from weakref import WeakValueDictionary

import orjson
import psycopg
from psycopg import sql
from psycopg.types.json import set_json_loads
from psycopg_pool import AsyncConnectionPool, PoolTimeout

from domain.across.permissions import Area, Seen
from infra.database.postgres import READER, SCOPED, SESSION, Database, WrongSession, refuse_other
from projections import progress
from projections.epochs import EPOCHS, epochs
from projections.seen import EVERYWHERE, has_few
from projections.tables.paging import Connection
from projections.tables.rows import array

T = TypeVar("T")

logger = logging.getLogger("fundtrail.reads")

RETRY_SECONDS = 1.0
# How often a server that cannot listen asks for the progress of the read models while somebody waits for it.
POLL_SECONDS = 0.25
# After how long a connection is replaced, in seconds: in general, and where the server may be a standby.
SECONDS, READ_ONLY_SECONDS = 3600.0, 60.0
# How long a query waits for a connection, and how long the pool itself tries to reconnect. After that the next query
# starts a new attempt, so a database that is back is found at once.
WAIT_SECONDS = 5.0
# Says until the end of the transaction who asks (see migration 0009).
_NAMES = "SELECT set_config('fundtrail.caller', %s, true)"


# For how many requests the turns of a client are kept, although nobody uses them.
RECENT = 64


class PooledReads:
    """The port ``api.context.Reads``. Use as an async context manager.

    With *polls* it asks for the progress of the read models instead of listening, which a standby refuses.
    """

    def __init__(
        self, database: Database, *, pool_size: int = 8, statement_seconds: float = 5.0, polls: bool = False
    ) -> None:
        self._database = database
        self._follow_progress = self._poll if polls else self._listen
        # A standby keeps its connections when it is promoted.
        self._lifetime = READ_ONLY_SECONDS if polls else SECONDS
        # PostgreSQL stops a statement that takes longer, and the operation that needs it is answered with an error.
        self._statement_ms = int(statement_seconds * 1000)
        self._connections_each = max(1, pool_size // 2)
        self._turns: WeakValueDictionary[str, asyncio.Semaphore] = WeakValueDictionary()
        self._recent: deque[asyncio.Semaphore] = deque(maxlen=RECENT)
        self._pool_size = pool_size
        self.pool = self._pool_of(READER)
        # The pools of readers with a scope, by whether they have few partnerships. Each is opened for its first reader.
        self._scoped: dict[bool, AsyncConnectionPool[Any]] = {}
        self._opening = asyncio.Lock()
        self._following: set[asyncio.Task[None]] = set()
        self._moved = asyncio.Condition()
        self._waiting = 0
        self._listener: asyncio.Task[None] | None = None

    async def __aenter__(self) -> "PooledReads":
        # A pool repeats a connection that is refused. The first one, made here, ends the start with its own error.
        await (await reading(self._database)).close()
        await self.pool.open(wait=True, timeout=30.0)
        self._listener = asyncio.create_task(self._follow_progress())
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._listener is not None:
            self._listener.cancel()
            with suppress(asyncio.CancelledError):
                await self._listener
        await asyncio.gather(*self._following, return_exceptions=True)
        await self.pool.close()
        for scoped in self._scoped.values():
            await scoped.close()

    def _pool_of(self, role: str, setting: str = "") -> AsyncConnectionPool[Any]:
        async def configure(connection: psycopg.AsyncConnection[Any]) -> None:
            await _refuse_other_session(connection, role)
            set_json_loads(orjson.loads, connection)
            # A restored or promoted database begins an epoch, and nobody is still connected to the one before.
            found = await connection.execute(EPOCHS)
            epochs.begin(await found.fetchall())
            await connection.execute(f"SET statement_timeout = {self._statement_ms}{setting}")

        return AsyncConnectionPool(
            self._database.conninfo(role),
            kwargs={"autocommit": True},
            min_size=1,
            max_size=self._pool_size,
            open=False,
            timeout=WAIT_SECONDS,
            reconnect_timeout=WAIT_SECONDS,
            max_lifetime=self._lifetime,
            configure=configure,
        )

    def follow(self, work: Coroutine[Any, Any, None]) -> None:
        """Do *work* after an answer. The pools are closed after it."""
        task = asyncio.create_task(work)
        self._following.add(task)
        task.add_done_callback(self._following.discard)

    async def scoped(self, *, few: bool) -> AsyncConnectionPool[Any]:
        """The pool of readers with a scope, or of those with *few* partnerships. Each has plans of its own.

        Raises NoDatabase where it is not known how they log in.
        """
        if few not in self._scoped:
            async with self._opening:
                if few not in self._scoped:
                    pool = self._pool_of(SCOPED, "; SET search_path = few, seen, read" if few else "")
                    await pool.open()
                    self._scoped[few] = pool
        return self._scoped[few]

    def connection(self) -> AbstractAsyncContextManager[psycopg.AsyncConnection[Any]]:
        """A connection for one query."""
        return self.pool.connection()

    def own(self) -> AbstractAsyncContextManager[psycopg.AsyncConnection[Any]]:
        """The same: nobody asks, so no row names who does."""
        return self.pool.connection()

    async def moved(self, timeout_seconds: float) -> None:
        """Return when a read model has moved, or after the time. In both cases the caller must look again."""
        with suppress(TimeoutError):
            async with asyncio.timeout(timeout_seconds), self._moved:
                self._waiting += 1
                try:
                    await self._moved.wait()
                finally:
                    self._waiting -= 1

    async def _listen(self) -> None:
        # A lost connection only delays callers: each of them looks again when its time is over.
        while True:
            try:
                async with await reading(self._database) as connection:
                    await connection.execute(f"LISTEN {progress.CHANNEL}")
                    async for _ in connection.notifies():
                        async with self._moved:
                            self._moved.notify_all()
            except (psycopg.Error, WrongSession) as error:
                logger.warning("lost the connection that listens to the projector: %s; reconnecting", error)
                await self._renew()
                await asyncio.sleep(RETRY_SECONDS)

    async def _renew(self) -> None:
        """Replace the connections of the pools that are broken: else each of them would fail one more question."""
        for pool in (self.pool, *self._scoped.values()):
            await pool.check()

    async def _poll(self) -> None:
        """Wake those who wait when a read model has moved. While nobody waits, nothing is asked."""
        before: list[tuple[str, int]] = []
        while True:
            await asyncio.sleep(POLL_SECONDS)
            if not self._waiting:
                continue
            try:
                async with self.pool.connection() as connection:
                    found = await progress.positions(connection)
            except (psycopg.Error, PoolTimeout) as error:
                logger.warning("cannot ask for the progress of the read models: %s; trying again", error)
                await self._renew()
                continue
            if found != before:
                before = found
                async with self._moved:
                    self._moved.notify_all()

    def for_client(self, client: str, caller: str = "") -> "ClientReads":
        """The read models for *client*, which gets at most half of the connections, so that others are served too.

        *caller* is the actor whom rows name that only those see whom they name.
        """
        return ClientReads(self, self._turns_of(client), caller)

    def for_places(self, client: str, seen: Seen, caller: str = "") -> "ScopedReads":
        """The read models for *client*, who sees the rows of some places alone: those of *seen*."""
        return ScopedReads(self, self._turns_of(client), seen, caller)

    def _turns_of(self, client: str) -> asyncio.Semaphore:
        turns = self._turns.get(client)
        if turns is None:
            turns = self._turns[client] = asyncio.Semaphore(self._connections_each)
        # A client that comes again and again finds its own.
        self._recent.append(turns)
        return turns


class ClientReads:
    """The port ``api.context.Reads`` for one client. Its queries wait while it uses all of its connections."""

    def __init__(self, pooled: PooledReads, turns: asyncio.Semaphore, caller: str) -> None:
        self.pooled = pooled
        self._turns = turns
        self._caller = caller

    def connection(self) -> AbstractAsyncContextManager[psycopg.AsyncConnection[Any]]:
        """A connection for one query."""
        return _Turn(self._turns, self.pooled.pool)

    @asynccontextmanager
    async def own(self) -> AsyncIterator[psycopg.AsyncConnection[Any]]:
        """A connection for one query, which also shows the rows that name the caller."""
        async with self.connection() as connection, connection.transaction():
            await connection.execute(_NAMES, (self._caller,))
            yield connection

    async def moved(self, timeout_seconds: float) -> None:
        """Return when a read model has moved, or after the time. In both cases the caller must look again."""
        await self.pooled.moved(timeout_seconds)


class ScopedReads:
    """The port ``api.context.Reads`` for one client who sees the rows of some places: those of *seen*."""

    def __init__(self, pooled: PooledReads, turns: asyncio.Semaphore, seen: Seen, caller: str) -> None:
        self._caller = caller
        self._pooled = pooled
        self._turns = turns
        self._begin = _begin(seen.everywhere, tuple(seen.places.items()))
        self._few = has_few(seen)

    def connection(self) -> AbstractAsyncContextManager[psycopg.AsyncConnection[Any]]:
        """A connection for one query: a transaction that says what is seen. Without that it sees the register alone."""
        return _Scoped(self._turns, self._pooled, self._begin, few=self._few)

    @asynccontextmanager
    async def own(self) -> AsyncIterator[psycopg.AsyncConnection[Any]]:
        """A connection for one query, which also shows the rows that name the caller."""
        async with self.connection() as connection:
            await connection.execute(_NAMES, (self._caller,))
            yield connection

    async def moved(self, timeout_seconds: float) -> None:
        """Return when a read model has moved, or after the time. In both cases the caller must look again."""
        await self._pooled.moved(timeout_seconds)


@lru_cache(maxsize=10_000)
def _begin(everywhere: frozenset[Area], places: tuple[tuple[Area, frozenset[str]], ...]) -> bytes:
    """The statements that begin a transaction and say for each area where its rows are seen (see migration 0008)."""
    named = {area: frozenset({EVERYWHERE}) for area in everywhere} | dict(places)
    settings = [
        sql.SQL("set_config({}, {}, true)").format(f"fundtrail.{area.value}", array(sorted(within)))
        for area, within in named.items()
    ]
    return sql.SQL("BEGIN READ ONLY; SELECT {}").format(sql.SQL(", ").join(settings)).as_bytes(None)


class _Turn:
    """A connection of *pool*, once *turns* allows it. One small class, because nested context managers are slower."""

    def __init__(self, turns: asyncio.Semaphore, pool: AsyncConnectionPool[Any]) -> None:
        self._turns = turns
        self._pool = pool
        self._connection: psycopg.AsyncConnection[Any]

    async def __aenter__(self) -> psycopg.AsyncConnection[Any]:
        await self._turns.acquire()
        try:
            self._connection = await self._pool.getconn()
        except BaseException:
            self._turns.release()
            raise
        return self._connection

    async def __aexit__(self, *_: object) -> None:
        try:
            await self._pool.putconn(self._connection)
        finally:
            self._turns.release()


class _Scoped:
    """A connection of a reader with a scope, in a transaction that begins with the statements *begin*."""

    def __init__(self, turns: asyncio.Semaphore, pooled: PooledReads, begin: bytes, *, few: bool) -> None:
        self._turns = turns
        self._pooled = pooled
        self._begin = begin
        self._few = few
        self._turn: _Turn

    async def __aenter__(self) -> psycopg.AsyncConnection[Any]:
        self._turn = _Turn(self._turns, await self._pooled.scoped(few=self._few))
        self._connection = await self._turn.__aenter__()
        try:
            await self._connection.execute(self._begin)
        except BaseException:
            await self.__aexit__()
            raise
        return self._connection

    async def __aexit__(self, *_: object) -> None:
        # The answer does not wait for the end of its transaction.
        self._pooled.follow(self._end())

    async def _end(self) -> None:
        try:
            # Nothing was written. After a ROLLBACK psycopg would prepare each statement anew, and planning takes longer
            # than reading. A connection that is broken is replaced by the pool.
            with suppress(psycopg.Error):
                await self._connection.commit()
        finally:
            await self._turn.__aexit__()


async def reading(database: Database) -> psycopg.AsyncConnection[Any]:
    """A new connection that may only read. Raises WrongSession, and psycopg's OperationalError."""
    connection = await psycopg.AsyncConnection.connect(database.conninfo(READER), autocommit=True)
    try:
        await _refuse_other_session(connection, READER)
    except BaseException:
        await connection.close()
        raise
    return connection


async def _refuse_other_session(connection: psycopg.AsyncConnection[Any], role: str) -> None:
    found = await (await connection.execute(SESSION)).fetchone()
    refuse_other(found or (), role)


def query(database: Database, read: Callable[[Connection], Awaitable[T]]) -> T:
    """The result of *read* on a connection of its own, for callers without an event loop."""

    async def run() -> T:
        async with await reading(database) as connection:
            return await read(connection)

    return asyncio.run(run())
