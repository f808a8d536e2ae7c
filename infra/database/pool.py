"""Reading the read models from an event loop: a pool of connections, and one listener for all waiting callers."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager, suppress
from typing import Any, TypeVar
from weakref import WeakValueDictionary

import orjson
import psycopg
from psycopg.types.json import set_json_loads
from psycopg_pool import AsyncConnectionPool

from infra.database.postgres import READER, SESSION, Database, WrongSession, refuse_other
from projections import progress
from projections.tables.paging import Connection

T = TypeVar("T")

logger = logging.getLogger("fundtrail.reads")

RETRY_SECONDS = 1.0
# How long a query waits for a connection, and how long the pool itself tries to reconnect. After that the next query
# starts a new attempt, so a database that is back is found at once.
WAIT_SECONDS = 5.0


class PooledReads:
    """The port ``api.context.Reads``. Use as an async context manager."""

    def __init__(self, database: Database, *, pool_size: int = 8, statement_seconds: float = 5.0) -> None:
        self._database = database
        # PostgreSQL stops a statement that takes longer, and the operation that needs it is answered with an error.
        self._statement_ms = int(statement_seconds * 1000)
        self._connections_each = max(1, pool_size // 2)
        self._turns: WeakValueDictionary[str, asyncio.Semaphore] = WeakValueDictionary()
        self.pool: AsyncConnectionPool[Any] = AsyncConnectionPool(
            database.conninfo(READER),
            kwargs={"autocommit": True},
            min_size=1,
            max_size=pool_size,
            open=False,
            timeout=WAIT_SECONDS,
            reconnect_timeout=WAIT_SECONDS,
            configure=self._configure,
        )
        self._moved = asyncio.Condition()
        self._listener: asyncio.Task[None] | None = None

    async def __aenter__(self) -> "PooledReads":
        # A pool repeats a connection that is refused. The first one, made here, ends the start with its own error.
        await (await reading(self._database)).close()
        await self.pool.open(wait=True, timeout=30.0)
        self._listener = asyncio.create_task(self._listen())
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._listener is not None:
            self._listener.cancel()
            with suppress(asyncio.CancelledError):
                await self._listener
        await self.pool.close()

    def connection(self) -> AbstractAsyncContextManager[psycopg.AsyncConnection[Any]]:
        """A connection for one query."""
        return self.pool.connection()

    async def moved(self, timeout_seconds: float) -> None:
        """Return when a read model has moved, or after the time. In both cases the caller must look again."""
        with suppress(TimeoutError):
            async with asyncio.timeout(timeout_seconds), self._moved:
                await self._moved.wait()

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
                await asyncio.sleep(RETRY_SECONDS)

    def for_client(self, client: str) -> "ClientReads":
        """The read models for *client*, which gets at most half of the connections, so that others are served too."""
        turns = self._turns.get(client)
        if turns is None:
            turns = self._turns[client] = asyncio.Semaphore(self._connections_each)
        return ClientReads(self, turns)

    async def _configure(self, connection: psycopg.AsyncConnection[Any]) -> None:
        await _refuse_other_session(connection)
        set_json_loads(orjson.loads, connection)
        await connection.execute(f"SET statement_timeout = {self._statement_ms}")


class ClientReads:
    """The port ``api.context.Reads`` for one client. Its queries wait while it uses all of its connections."""

    def __init__(self, pooled: PooledReads, turns: asyncio.Semaphore) -> None:
        self.pooled = pooled
        self._turns = turns

    def connection(self) -> AbstractAsyncContextManager[psycopg.AsyncConnection[Any]]:
        """A connection for one query."""
        return _Turn(self._turns, self.pooled.pool)

    async def moved(self, timeout_seconds: float) -> None:
        """Return when a read model has moved, or after the time. In both cases the caller must look again."""
        await self.pooled.moved(timeout_seconds)


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


async def reading(database: Database) -> psycopg.AsyncConnection[Any]:
    """A new connection that may only read. Raises WrongSession, and psycopg's OperationalError."""
    connection = await psycopg.AsyncConnection.connect(database.conninfo(READER), autocommit=True)
    try:
        await _refuse_other_session(connection)
    except BaseException:
        await connection.close()
        raise
    return connection


async def _refuse_other_session(connection: psycopg.AsyncConnection[Any]) -> None:
    found = await (await connection.execute(SESSION)).fetchone()
    refuse_other(found or (), READER)


def query(database: Database, read: Callable[[Connection], Awaitable[T]]) -> T:
    """The result of *read* on a connection of its own, for callers without an event loop."""

    async def run() -> T:
        async with await reading(database) as connection:
            return await read(connection)

    return asyncio.run(run())
