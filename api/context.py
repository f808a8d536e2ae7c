"""What a request can reach: the log for commands, the read models for questions, and who is asking."""

import asyncio
from collections import defaultdict
from collections.abc import Awaitable, Callable, Hashable, Iterator, Sequence
from contextlib import AbstractAsyncContextManager, contextmanager
from datetime import date, datetime
from typing import Any, Protocol, TypeVar

import strawberry
from strawberry.dataloader import DataLoader

from api.contract.errors import NOT_YET_VISIBLE, Problem
from api.limits.weighing import Limits
from domain.history import Log
from projections import progress
from projections.tables.paging import Connection, Listing, Page, Window, counts, pages
from projections.tables.present import day_asked

T = TypeVar("T")
Line = TypeVar("Line")
# Reads the lines of a read model whose column is one of some values: (connection, column, values, **options).
# A line has an attribute by the name of the column.
Reader = Callable[..., Awaitable[Sequence[Line]]]

# So many pages are read in one statement.
PAGES = 200

# How long a read waits until the read models have reached the position that it asks for.
PATIENCE_SECONDS = 5.0


class Reads(Protocol):
    """The read models."""

    def connection(self) -> AbstractAsyncContextManager[Connection]:
        """A connection to read with, for as long as one question takes."""

    async def moved(self, timeout_seconds: float) -> None:
        """Return when a read model has moved, or after the time."""


class Refusing:
    """The port Reads of who has been refused: the same error, without asking again."""

    def __init__(self, error: Exception) -> None:
        self._error = error

    def connection(self) -> AbstractAsyncContextManager[Connection]:
        """Raise the error."""
        raise self._error

    async def moved(self, timeout_seconds: float) -> None:  # noqa: ARG002 - the port's argument
        """Raise the error."""
        raise self._error


class Behind(Exception):
    """The read models have not reached a position, and nobody wants to wait for it."""


class Context:
    """One request. Things asked for singly while a level of the answer is made are read in one statement.

    *splices* says that the answer goes out by orjson, so that JSON which is ready can be a part of it as it is.
    """

    def __init__(
        self, log: Log, reads: Reads, actor: str, limits: Limits | None = None, *, splices: bool = False
    ) -> None:
        self.log = log
        self.reads = reads
        self.actor = actor
        self.limits = limits or Limits()
        self.splices = splices
        self._loaders: dict[Hashable, DataLoader[Any, Any]] = {}
        self._moments: dict[datetime, asyncio.Task[int]] = {}
        self._waits = True

    async def lines(
        self, reader: Reader[Line], column: str, value: str | int, *, by: str | None = None, **options: Hashable
    ) -> list[Line]:
        """The lines of *reader* whose *column* is *value*, in its order; *options* go to the reader.

        *by* is the attribute that holds the value, where it is not called as the column.
        """
        if isinstance(value, str) and "\x00" in value:
            return []  # PostgreSQL has no such text, so nothing goes by it.
        name = (reader, column, *sorted(options.items()))
        loader = self._loaders.get(name)
        if loader is None:

            async def load(values: list[str | int]) -> list[list[Line]]:
                async with self.reads.connection() as connection:
                    lines = await reader(connection, column, values, **options)
                grouped: dict[str | int, list[Line]] = defaultdict(list)
                for line in lines:
                    grouped[getattr(line, by or column)].append(line)
                return [grouped[value] for value in values]

            loader = self._loaders[name] = DataLoader(load_fn=load)
        found: list[Line] = await _shared(loader.load(value))
        return found

    async def line(self, reader: Reader[Line], column: str, value: str) -> Line | None:
        """The one line of *reader* whose *column* is *value*; None when there is none."""
        found = await self.lines(reader, column, value)
        return found[0] if found else None

    async def page(self, kind: type[Line], listing: Listing, window: Window) -> Page[Line]:
        """The rows of *listing* in *window*, each as a *kind*."""
        name = (kind, listing.select.as_string(None), window.backwards)
        loader = self._loaders.get(name)
        if loader is None:

            async def load(asked: list[tuple[Listing, Window]]) -> list[Page[Line]]:
                async with self.reads.connection() as connection:
                    return await pages(connection, kind, asked)

            loader = self._loaders[name] = DataLoader(load_fn=load, max_batch_size=PAGES, cache=False)
        found: Page[Line] = await _shared(loader.load((listing, window)))
        return found

    async def count(self, listing: Listing) -> int:
        """How many rows *listing* has."""
        loader = self._loaders.get("counts")
        if loader is None:

            async def load(listings: list[Listing]) -> list[int]:
                async with self.reads.connection() as connection:
                    return await counts(connection, listings)

            loader = self._loaders["counts"] = DataLoader(load_fn=load, max_batch_size=PAGES, cache=False)
        found: int = await _shared(loader.load(listing))
        return found

    async def known(self, moment: datetime | None) -> int | None:
        """The position up to which the log counts for what was known at *moment*; None for all of it.

        Waits until the read models show everything recorded by then, so that the answer never changes later.
        """
        if moment is None:
            return None
        if moment not in self._moments:
            self._moments[moment] = asyncio.ensure_future(self._known(moment))
        return await _shared(self._moments[moment])

    async def moment(self, as_at: date | None, known_at: datetime | None) -> tuple[date, int | None]:
        """The day that a question stands on, and the position of the log that counts for it."""
        return day_asked(as_at, known_at), await self.known(known_at)

    async def _known(self, moment: datetime) -> int:
        async with self.reads.connection() as connection:
            position = await progress.position_at(connection, moment)
        await self._wait_for(position)
        return position

    async def within_the_log(self, position: int) -> None:
        """Nothing, where *position* is not beyond the head of the log, which the read models may not have reached.

        Raises Problem.
        """
        async with self.reads.connection() as connection:
            head = await progress.head(connection)
        if position > head.position:
            raise _beyond(head.position, position)

    async def caught_up(self, position: int | None) -> None:
        """Wait until every read model has reached *position*. Raises Problem NOT_YET_VISIBLE when that takes long."""
        if position is not None:
            await self._wait_for(position)
            # What was read before that may be older than the position.
            self._loaders.clear()

    def begin(self) -> None:
        """Forget what was read before: one connection of a WebSocket asks many questions, each of them anew."""
        self._loaders.clear()
        self._moments.clear()

    @contextmanager
    def without_waiting(self) -> Iterator[None]:
        """While it lasts, read models that have not reached a position are no reason to wait. Raises Behind then."""
        self._waits = False
        try:
            yield
        finally:
            self._waits = True

    async def _wait_for(self, position: int) -> None:
        loop = asyncio.get_running_loop()
        deadline = loop.time() + PATIENCE_SECONDS
        while True:
            async with self.reads.connection() as connection:
                reached = await progress.reached(connection)
                if reached >= position:
                    return
                if not self._waits:
                    raise Behind
                head = await progress.head(connection)
            if position > head.position:
                raise _beyond(head.position, position)
            left = deadline - loop.time()
            if left <= 0:
                raise Problem(
                    f"The read models are at {reached}, {head.position - reached} positions behind the log."
                    " Ask again in a moment.",
                    NOT_YET_VISIBLE,
                    position=str(reached),
                    lag=head.position - reached,
                )
            await self.reads.moved(min(left, 0.5))


def _beyond(head: int, position: int) -> Problem:
    return Problem(f"The log ends at {head}; position {position} has not been recorded.", position=str(head))


def _shared(awaited: Awaitable[T]) -> Awaitable[T]:
    """What several wait for: graphql-core lets go of what stands beside an error, and the others still want it."""
    return asyncio.shield(awaited)


Info = strawberry.Info[Context, None]
