"""The context of a request: the log for commands, the read models for questions, and the caller."""

import asyncio
from collections import OrderedDict, defaultdict
from collections.abc import Awaitable, Callable, Hashable, Sequence
from contextlib import AbstractAsyncContextManager
from datetime import date, datetime
from typing import Any, Protocol, TypeVar

import strawberry
from graphql.pyutils import Path
from strawberry.dataloader import DataLoader

from api.contract.errors import NOT_YET_VISIBLE, Problem
from api.limits.weighing import Limits
from domain.across.permissions import EVERY_AREA, Area
from domain.history import Log
from domain.values.shown import shown_count
from projections import progress
from projections.register import reading as register
from projections.tables.paging import Connection, Listing, Page, Window, counts, pages
from projections.tables.present import day_asked

T = TypeVar("T")
Line = TypeVar("Line")
# Reads the rows of a read model whose column has one of several values: (connection, column, values, **options).
# A row has an attribute with the name of the column.
Reader = Callable[..., Awaitable[Sequence[Line]]]

# The most pages that one statement reads.
PAGES = 200

# For how many fields a context knows which names are shown below them.
NAMED = 10_000

# How long a question waits until the read models have reached its position.
PATIENCE_SECONDS = 5.0
# How often it looks meanwhile, if nothing says that a read model has moved.
LOOK_SECONDS = 0.5


class Reads(Protocol):
    """The read models."""

    def connection(self) -> AbstractAsyncContextManager[Connection]:
        """A connection for one question."""

    def own(self) -> AbstractAsyncContextManager[Connection]:
        """A connection for one question, which also shows the rows that only those see whom they name."""

    async def moved(self, timeout_seconds: float) -> None:
        """Return when a read model has processed an event, or after the timeout."""


class Context:
    """One request. Single reads for the same level of an answer are combined into one statement.

    *splices* is True if orjson encodes the answer, so that it can contain ready JSON. *shown_sql* holds the statements
    of each root field; None if they are not shown. *correlation* is what the client names its commands of this request
    by, if it does.
    """

    correlation: str | None = None

    def __init__(
        self,
        log: Log,
        reads: Reads,
        actor: str,
        limits: Limits | None = None,
        *,
        splices: bool = False,
        shows_sql: bool = False,
    ) -> None:
        self.log = log
        self.reads = reads
        self.actor = actor
        self.limits = limits or Limits()
        self.splices = splices
        # What the caller may read, and whether only in some places.
        self.sees = EVERY_AREA
        self.is_limited = False
        # Whether that may end while a stream is open.
        self.may_end = False
        self.shown_sql: dict[str, list[str]] | None = {} if shows_sql else None
        self._loaders: dict[Hashable, DataLoader[Any, Any]] = {}
        self._moments: dict[datetime, asyncio.Task[int]] = {}
        # The day and the position that names below a field are of, by the id of its path, which is kept with them.
        self._named: OrderedDict[int, tuple[Path, date | None, int | None]] = OrderedDict()
        # What is awaited is awaited once: graphql-core may ask again for what SQL could not answer.
        self._awaited: dict[int, asyncio.Task[None]] = {}

    async def lines(
        self, reader: Reader[Line], column: str, value: str | int, *, by: str | None = None, **options: Hashable
    ) -> list[Line]:
        """The rows of *reader* whose *column* is *value*, in its order; *options* are passed to the reader.

        *by* is the attribute with the value, if its name is not that of the column.
        """
        if isinstance(value, str) and "\x00" in value:
            return []  # PostgreSQL stores no such text, so no row has it.
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
        """The one row of *reader* whose *column* is *value*; None if there is none."""
        found = await self.lines(reader, column, value)
        return found[0] if found else None

    async def page(self, kind: type[Line], listing: Listing, window: Window) -> Page[Line]:
        """The rows of *listing* in *window*, as objects of the class *kind*."""
        name = (kind, listing.select.as_string(None), listing.key, listing.descending, window.backwards)
        loader = self._loaders.get(name)
        if loader is None:

            async def load(asked: list[tuple[Listing, Window]]) -> list[Page[Line]]:
                async with self.reads.connection() as connection:
                    return await pages(connection, kind, asked)

            loader = self._loaders[name] = DataLoader(load_fn=load, max_batch_size=PAGES, cache=False)
        found: Page[Line] = await _shared(loader.load((listing, window)))
        return found

    async def count(self, listing: Listing) -> int:
        """The number of rows of *listing*."""
        loader = self._loaders.get("counts")
        if loader is None:

            async def load(listings: list[Listing]) -> list[int]:
                async with self.reads.connection() as connection:
                    return await counts(connection, listings)

            loader = self._loaders["counts"] = DataLoader(load_fn=load, max_batch_size=PAGES, cache=False)
        found: int = await _shared(loader.load(listing))
        return found

    async def known(self, moment: datetime | None) -> int | None:
        """The last position that was recorded at *moment*; None for None: the whole log counts.

        Waits until the read models have reached it, so that the answer never changes later.
        """
        if moment is None:
            return None
        if moment not in self._moments:
            self._moments[moment] = asyncio.ensure_future(self._known(moment))
        return await _shared(self._moments[moment])

    async def moment(self, as_at: date | None, known_at: datetime | None) -> tuple[date, int | None]:
        """The day of a question, and the last position of the log that counts for it (see ``known``)."""
        return day_asked(as_at, known_at), await self.known(known_at)

    def names_as_of(self, path: Path, day: date | None, known: int | None) -> None:
        """Show below the field at *path* the names of a day, as known at a position; None sets no limit."""
        self._named[id(path)] = (path, day, known)
        if len(self._named) > NAMED:
            self._named.popitem(last=False)

    def names_of_now(self, path: Path) -> None:
        """Show present names below the field at *path*: a list without a moment, even below one that has a moment."""
        self.names_as_of(path, None, None)

    async def name(self, path: Path, thing: str, present: str) -> str:
        """The name of an organisation or partnership to show at *path*; *present* is its present one."""
        above: Path | None = path
        while above is not None and id(above) not in self._named:
            above = above.prev
        _, day, known = self._named[id(above)] if above is not None else (path, None, None)
        if day is None and known is None:
            return present
        found = await self.lines(register.names_by, "thing", thing, day=day, known=known)
        return found[0].name if found else present

    async def _known(self, moment: datetime) -> int:
        position = await self.position_at(moment)
        await self._wait_for(position)
        return position

    async def position_at(self, moment: datetime) -> int:
        """The last position recorded by *moment*. On a standby it waits until the moment has been replayed.

        Raises Problem NOT_YET_VISIBLE after PATIENCE_SECONDS.
        """
        deadline = asyncio.get_running_loop().time() + PATIENCE_SECONDS
        while True:
            try:
                async with self.reads.connection() as connection:
                    return await progress.position_at(connection, moment)
            except progress.NotReplayed as behind:
                left = deadline - asyncio.get_running_loop().time()
                if left <= 0:
                    raise Problem(str(behind), NOT_YET_VISIBLE) from behind
            await self.reads.moved(min(left, LOOK_SECONDS))

    async def within_the_log(self, position: int) -> None:
        """Check that *position* is not after the end of the log; read models may be behind it. Raises Problem.

        On a standby the log goes on elsewhere, so it waits until the position has been replayed.
        """
        deadline = asyncio.get_running_loop().time() + PATIENCE_SECONDS
        while True:
            async with self.reads.connection() as connection:
                head = await progress.head(connection)
            if position <= head.position:
                return
            left = deadline - asyncio.get_running_loop().time()
            if not head.in_recovery:
                raise _beyond(head.position, position)
            if left <= 0:
                raise _not_replayed(head.position)
            await self.reads.moved(min(left, LOOK_SECONDS))

    async def caught_up(self, position: int | None) -> None:
        """Wait until every read model has reached *position*. Raises Problem NOT_YET_VISIBLE after PATIENCE_SECONDS."""
        if position is not None:
            if position not in self._awaited:
                self._awaited[position] = asyncio.ensure_future(self._wait_for(position))
            await _shared(self._awaited[position])
            # Rows read earlier may be older than the position.
            self.forget_rows()

    async def id_of(self, kind: str, name: str | None) -> str | None:
        """The id of the *kind* of thing with the id or code *name*; None for None. Raises Problem if there is none.

        The read models are awaited before a name is refused, so a thing that was just recorded is found.
        """
        if name is None:
            return None
        found = await self.lines(register.things_by, "name", name, kind=kind)
        if not found:
            async with self.reads.connection() as connection:
                head = await progress.head(connection)
            await self.caught_up(head.position)
            found = await self.lines(register.things_by, "name", name, kind=kind)
        if not found:
            raise Problem(f"There is no {kind} with this id or code.")
        return found[0].id

    def forget_rows(self) -> None:
        """Forget the rows that were read: the next question reads them again."""
        self._loaders.clear()

    async def seen_now(self) -> frozenset[Area]:
        """What the caller may read now. Raises Problem for somebody who is no longer admitted."""
        return self.sees

    def admit_commands(self, number: int) -> None:
        """Called before an operation with a *number* of commands runs. Raises Problem if it may not run now."""

    def begin(self) -> None:
        """Forget what was read: a WebSocket connection uses one context for many operations."""
        self.forget_rows()
        self._moments.clear()
        self._awaited.clear()
        if self.shown_sql is not None:
            self.shown_sql = {}

    async def _wait_for(self, position: int) -> None:
        loop = asyncio.get_running_loop()
        deadline = loop.time() + PATIENCE_SECONDS
        while True:
            async with self.reads.connection() as connection:
                reached = await progress.reached(connection)
                if reached >= position:
                    return
                head = await progress.head(connection)
            if position > head.position and not head.in_recovery:
                raise _beyond(head.position, position)
            left = deadline - loop.time()
            if left <= 0 and position > head.position:
                raise _not_replayed(head.position)
            if left <= 0:
                raise Problem(
                    f"The read models have reached position {reached}. They are"
                    f" {shown_count(head.position - reached, 'position')} behind the log. Ask again in a moment.",
                    NOT_YET_VISIBLE,
                    position=str(reached),
                    lag=head.position - reached,
                )
            await self.reads.moved(min(left, LOOK_SECONDS))


def _not_replayed(head: int) -> Problem:
    message = f"This server is a standby and has replayed the log up to position {head}. Ask again in a moment."
    return Problem(message, NOT_YET_VISIBLE, position=str(head))


def _beyond(head: int, position: int) -> Problem:
    return Problem(f"Position {position} has not been recorded. The log ends at position {head}.", position=str(head))


def _shared(awaited: Awaitable[T]) -> Awaitable[T]:
    """*awaited*, protected: after an error graphql-core cancels other fields, but more than one may wait for it."""
    return asyncio.shield(awaited)


Info = strawberry.Info[Context, None]
