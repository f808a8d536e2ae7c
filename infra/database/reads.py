"""Reading the read models from an event loop: a pool of connections, and one ear for all who wait for news."""

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

from infra.database.postgres import APP, Database
from projections import progress
from projections.tables.paging import Connection

T = TypeVar("T")

logger = logging.getLogger("fundtrail.reads")

RETRY_SECONDS = 1.0
# How long a question waits for a connection, and how long the pool itself goes on trying before the next question asks
# for one: a database that comes back is found at once.
WAIT_SECONDS = 5.0


class PooledReads:
    """The port ``api.context.Reads``. Use as an async context manager."""

    def __init__(self, database: Database, *, pool_size: int = 8, statement_seconds: float = 5.0) -> None:
        self._database = database
        # A statement that takes longer is stopped by the server; the page it was for is refused.
        self._statement_ms = int(statement_seconds * 1000)
        self._most_each = max(1, pool_size // 2)
        self._turns: WeakValueDictionary[str, asyncio.Semaphore] = WeakValueDictionary()
        self.pool: AsyncConnectionPool[Any] = AsyncConnectionPool(
            database.conninfo(APP),
            kwargs={"autocommit": True},
            min_size=1,
            max_size=pool_size,
            open=False,
            timeout=WAIT_SECONDS,
            reconnect_timeout=WAIT_SECONDS,
            configure=self._configure,
        )
        self._news = asyncio.Condition()
        self._listener: asyncio.Task[None] | None = None

    async def __aenter__(self) -> "PooledReads":
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
        """A connection to read with, for as long as one question takes."""
        return self.pool.connection()

    async def moved(self, timeout_seconds: float) -> None:
        """Return when a read model has moved, or after the time: the caller looks again in either case."""
        with suppress(TimeoutError):
            async with asyncio.timeout(timeout_seconds), self._news:
                await self._news.wait()

    async def _listen(self) -> None:
        # A lost connection only delays: whoever waits looks again by itself.
        while True:
            try:
                async with await psycopg.AsyncConnection.connect(
                    self._database.conninfo(APP), autocommit=True
                ) as connection:
                    await connection.execute(f"LISTEN {progress.CHANNEL}")
                    async for _ in connection.notifies():
                        async with self._news:
                            self._news.notify_all()
            except psycopg.Error as error:
                logger.warning("no news from the projector: %s; listening again", error)
                await asyncio.sleep(RETRY_SECONDS)

    def of(self, client: str) -> "Share":
        """The read models as one client reaches them: whatever it asks for, half of the connections are for others."""
        turns = self._turns.get(client)
        if turns is None:
            turns = self._turns[client] = asyncio.Semaphore(self._most_each)
        return Share(self, turns)

    async def _configure(self, connection: psycopg.AsyncConnection[Any]) -> None:
        set_json_loads(orjson.loads, connection)
        await connection.execute(f"SET statement_timeout = {self._statement_ms}")


class Share:
    """The port ``api.context.Reads`` for one client: its questions wait for one another before they keep others."""

    def __init__(self, pooled: PooledReads, turns: asyncio.Semaphore) -> None:
        self.pooled = pooled
        self._turns = turns

    def connection(self) -> AbstractAsyncContextManager[psycopg.AsyncConnection[Any]]:
        """A connection to read with, for as long as one question takes."""
        return _Turn(self._turns, self.pooled.pool)

    async def moved(self, timeout_seconds: float) -> None:
        """Return when a read model has moved, or after the time: the caller looks again in either case."""
        await self.pooled.moved(timeout_seconds)


class _Turn:
    """A connection of *pool* once it is somebody's turn: three context managers in one, for every question."""

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


def look(where: Database, question: Callable[[Connection], Awaitable[T]]) -> T:
    """What *question* answers on a connection of its own: for whoever has no event loop."""

    async def answer() -> T:
        async with await psycopg.AsyncConnection.connect(where.conninfo(APP), autocommit=True) as connection:
            return await question(connection)

    return asyncio.run(answer())
