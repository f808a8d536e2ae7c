"""The log as a server that only reads has it: with the rights of a reader, and without a way to record."""

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from datetime import UTC, date, datetime
from types import TracebackType
from typing import Any, NoReturn

import psycopg
from psycopg_pool import ConnectionPool

from api.contract.errors import OnlyReads
from domain.folded import States
from domain.history import Answer, Decision, Order
from domain.values.day import day_of
from domain.values.fact import Fact, signed
from infra.database.pool import WAIT_SECONDS
from infra.database.postgres import READER, Database, refuse_other_session
from infra.log.codec import CODEC
from infra.log.recorder import BODIES_OF_SEVERAL

_PERSON_WITH = "SELECT person_id FROM accounts WHERE account = %s"


class ReaderLog:
    """The port ``domain.history.Log`` for a server that only reads: whoever records anything gets OnlyReads.

    It has no event that is confidential. Its methods block. Use as a context manager.
    """

    def __init__(self, database: Database, *, clock: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self.states = States()
        self._clock = clock
        self.pool: ConnectionPool[psycopg.Connection[Any]] = ConnectionPool(
            database.conninfo(READER),
            kwargs={"autocommit": True},
            min_size=1,
            max_size=4,
            open=False,
            configure=lambda connection: refuse_other_session(connection, READER),
            # Few questions need it, so a look at the connection before each of them costs nothing.
            check=ConnectionPool.check_connection,
            timeout=WAIT_SECONDS,
            reconnect_timeout=WAIT_SECONDS,
        )

    def __enter__(self) -> "ReaderLog":
        self.pool.open()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.pool.close()

    def today(self) -> date:
        """The current day in the time zone of the programme."""
        return day_of(self._clock())

    def history(self, stream: str, after: int = 0) -> Sequence[Fact]:
        """The events of *stream* after version *after*, in order; empty when the stream does not exist."""
        return self._read([stream], after)[stream]

    def histories(self, streams: Sequence[str]) -> dict[str, list[Fact]]:
        """The events of each of *streams*, read in one query; empty for a stream that does not exist."""
        return self._read(streams, 0)

    def _read(self, streams: Sequence[str], after: int) -> dict[str, list[Fact]]:
        events: dict[str, list[Fact]] = {stream: [] for stream in streams}
        with self.pool.connection() as connection, connection.cursor(binary=True) as cursor:
            for stream, actor, name, version, body in cursor.execute(BODIES_OF_SEVERAL, (list(streams), after)):
                events[stream].append(signed(CODEC.decode(name, version, body), actor))
        return events

    def find(self, kind: str, text: str) -> str | None:
        """The person with the account *text*; None when there is none. Only commands look for anything else."""
        if kind != "account":
            raise OnlyReads
        with self.pool.connection() as connection:
            row = connection.execute(_PERSON_WITH, (text,)).fetchone()
        return str(row[0]) if row else None

    def turn(self, stream: str | None) -> AbstractContextManager[None]:  # noqa: ARG002 - of the port
        """A turn that nobody has to wait for."""
        return nullcontext()

    def give_way(self, attempt: int) -> None:
        """Nobody writes here."""

    def answers(self, orders: Sequence[Order]) -> dict[str, Answer]:  # noqa: ARG002 - of the port
        """Raises OnlyReads: only commands ask whether they were answered before."""
        return _refuse()

    def append(self, decisions: Sequence[Decision]) -> Sequence[Answer]:  # noqa: ARG002 - of the port
        """Raises OnlyReads."""
        return _refuse()


def _refuse() -> NoReturn:
    raise OnlyReads
