"""The log on PostgreSQL: it implements the port ``domain.history.Log`` with the eventsourcing library's recorder."""

import hashlib
import random
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, date, datetime
from types import TracebackType
from typing import Any, LiteralString, TypeVar

import psycopg
from eventsourcing.persistence import InterfaceError, Mapper, OperationalError, StoredEvent
from psycopg.rows import TupleRow
from psycopg_pool import ConnectionPool

from domain.counters import Movement, Overspent, movements
from domain.folded import States
from domain.history import (
    Answer,
    CommandIdReused,
    Decision,
    Order,
    Recorded,
    ReferenceTaken,
    StaleHistory,
    references,
)
from domain.values.day import day_of
from domain.values.fact import Fact, signed
from infra.database.postgres import Database, refuse_shared_lock, refuse_unsafe
from infra.database.rights import refuse_unguarded
from infra.log.codec import CODEC, Codec
from infra.log.recorder import (
    AppendRefused,
    CommandRow,
    CounterRow,
    Group,
    LogDatastore,
    LogRecorder,
    ReferenceRow,
    StoredFact,
)
from projections.shortage import shortage_of

T = TypeVar("T")

# When a connection breaks during an append, it is unknown whether the append was recorded. Repeating it is safe,
# because the database refuses a command id that was recorded before.
ATTEMPTS = 5
PAUSE_SECONDS = 0.1


class Envelope:
    """A fact with the two attributes that the library reads: its stream and its version."""

    __slots__ = ("fact", "originator_id", "originator_version")

    def __init__(self, stream: str, version: int, fact: Fact) -> None:
        self.originator_id = stream
        self.originator_version = version
        self.fact = fact


class FactMapper(Mapper[str]):
    """Maps facts to stored events and back, under short stable names. Old versions are upcast."""

    def __init__(self, codec: Codec) -> None:
        self.codec = codec

    def to_stored_event(self, domain_event: Any) -> StoredFact:
        """The stored form of an Envelope."""
        name = type(domain_event.fact).__name__
        return StoredFact(
            originator_id=domain_event.originator_id,
            originator_version=domain_event.originator_version,
            topic=name,
            state=self.codec.encode(domain_event.fact),
            schema_version=self.codec.version(name),
        )

    def to_domain_event(self, stored_event: StoredEvent) -> Any:
        """The Envelope of a stored event. Raises UnknownEvent and UnreadableEvent."""
        schema_version = stored_event.schema_version if isinstance(stored_event, StoredFact) else 1
        fact = self.codec.decode(stored_event.topic, schema_version, stored_event.state)
        return Envelope(str(stored_event.originator_id), stored_event.originator_version, fact)


class Turn:
    """The lock of one stream, and how many threads hold it or wait for it."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.waiting = 0


_TURNS: dict[str, Turn] = {}
_TURNS_LOCK = threading.Lock()


class PostgresLog:
    """The log. Its methods block, so an event loop must call them in a thread. *clock* gives the day of recording.

    Opening it raises UnsafeSettings when the database could lose acknowledged events, Unguarded when somebody could
    change them, and WrongSession when its connections are not the application's.
    """

    def __init__(
        self, database: Database, *, pool_size: int = 8, clock: Callable[[], datetime] = lambda: datetime.now(UTC)
    ) -> None:
        self.datastore = LogDatastore(database, pool_size=pool_size)
        self.mapper = FactMapper(CODEC)
        self.states = States()
        self._clock = clock
        try:
            # The appender connects first: a pool would repeat a connection that is refused, until its time is over.
            with self.datastore.appender() as appender:
                self.recorder = LogRecorder(self.datastore)
            with self.datastore.get_connection() as connection:
                refuse_unsafe(connection)
                refuse_unguarded(connection)
                refuse_shared_lock(connection, appender.connection)
        except BaseException:
            self.close()
            raise

    def __enter__(self) -> "PostgresLog":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close all connections."""
        self.datastore.close()

    @property
    def pool(self) -> ConnectionPool[Any]:
        """The connections that it reads with."""
        return self.datastore.pool

    def today(self) -> date:
        """The day of recording: the current day in the time zone of the programme."""
        return day_of(self._clock())

    def history(self, stream: str, after: int = 0) -> Sequence[Fact]:
        """The events of *stream* after version *after*, in order; empty when the stream does not exist."""
        decode = self.mapper.codec.decode
        rows = self._repeated(lambda: self.recorder.select_bodies([stream], after))
        return [signed(decode(name, schema_version, body), actor) for _, actor, name, schema_version, body in rows]

    def histories(self, streams: Sequence[str]) -> dict[str, list[Fact]]:
        """The events of each of *streams*, read in one query; empty for a stream that does not exist."""
        events: dict[str, list[Fact]] = {stream: [] for stream in streams}
        decode = self.mapper.codec.decode
        for stream, actor, name, schema_version, body in self._repeated(lambda: self.recorder.select_bodies(streams)):
            events[stream].append(signed(decode(name, schema_version, body), actor))
        return events

    def answers(self, orders: Sequence[Order]) -> dict[str, Answer]:
        """The answers already recorded for *orders*, by command id.

        Raises CommandIdReused when another actor used the id, or the same actor used it for another command.
        """
        return self._repeated(lambda: self._answers(orders))

    def _answers(self, orders: Sequence[Order]) -> dict[str, Answer]:
        ids = [order.command_id for order in orders]
        with self.datastore.get_connection() as connection:
            rows = connection.execute(
                # A command that recorded events has the position of the last of them.
                "SELECT command_id, fingerprint, subject, position, EXISTS (SELECT FROM log.events e"
                " WHERE e.notification_id = c.position AND e.command_id = c.command_id) AS recorded"
                " FROM log.commands c WHERE command_id = ANY (%s)",
                (ids,),
            ).fetchall()
        recorded = {row["command_id"]: row for row in rows}
        answers = {}
        for order in orders:
            row = recorded.get(order.command_id)
            if row is None:
                continue
            if bytes(row["fingerprint"]) != fingerprint(order):
                raise CommandIdReused(command_id=order.command_id)
            answers[order.command_id] = Answer(
                subject=row["subject"], position=row["position"], replayed=True, recorded=row["recorded"]
            )
        return answers

    def append(self, decisions: Sequence[Decision]) -> Sequence[Answer]:
        """Record *decisions* in one transaction: all of them or none.

        Raises StaleHistory when a stream has changed since it was read, ReferenceTaken, CommandIdReused and Overspent.
        """
        orders = [decision.order for decision in decisions]
        if len({order.command_id for order in orders}) < len(orders):
            raise CommandIdReused
        for attempt in range(ATTEMPTS):
            try:
                return self._append(decisions)
            except AppendRefused as refused:
                if refused.constraint == "references_pkey":
                    raise ReferenceTaken(**self._taken(decisions)) from refused
                if refused.constraint != "commands_pkey":
                    raise _domain_error(refused) from refused
                # One of these commands is recorded by now: perhaps by an earlier attempt whose connection broke.
                answers = self.answers(orders)
                if len(answers) == len(orders):
                    return [answers[order.command_id] for order in orders]
                raise StaleHistory from refused
            except (OperationalError, InterfaceError) as error:
                if attempt == ATTEMPTS - 1 or shortage_of(error) is not None:
                    raise
                self._recover(attempt)
        raise AssertionError("unreachable")

    def _append(self, decisions: Sequence[Decision]) -> list[Answer]:
        positions = self.recorder.commit(self.group(decisions))
        return [
            Answer(
                subject=decision.order.command.stream,
                position=position,
                replayed=False,
                recorded=bool(decision.written),
            )
            for decision, position in zip(decisions, positions, strict=True)
        ]

    def group(self, decisions: Sequence[Decision]) -> Group:
        """*decisions* as one group for the recorder, which appends all of it or nothing."""
        seen: dict[str, int] = {}
        # Decisions made together share the versions that they read.
        for shared in {id(decision.seen): decision.seen for decision in decisions}.values():
            seen = {**shared, **seen}
        grown: Counter[str] = Counter(seen)
        events: list[StoredFact] = []
        places: list[int] = []
        names: list[ReferenceRow] = []
        moves: list[Movement] = []
        for place, decision in enumerate(decisions, start=1):
            for stream, fact in decision.written:
                grown[stream] += 1
                events.append(self.mapper.to_stored_event(Envelope(stream, grown[stream], fact)))
                places.append(place)
                moves += movements(stream, fact)
                names += [ReferenceRow(*reference, stream) for reference in references(stream, fact)]
            names += [ReferenceRow(*duty, decision.order.command.stream) for duty in decision.duties]
        return Group(
            events=tuple(events),
            places=tuple(places),
            commands=tuple(_command_row(decision.order) for decision in decisions),
            seen=seen,
            references=tuple(names),
            counters=tuple(_counter_rows(moves)),
        )

    def _taken(self, decisions: Sequence[Decision]) -> dict[str, str]:
        """The reference that already belongs to something else; empty when *decisions* themselves give it twice."""
        for decision in decisions:
            for stream, fact in decision.written:
                for kind, text, subject in references(stream, fact):
                    if self.find(kind, text) not in (None, subject):
                        return {"kind": kind, "reference": text}
        return {}

    def give_way(self, attempt: int) -> None:
        """Wait at random up to 0.2 seconds, longer with every *attempt*, while other writers to the streams finish."""
        time.sleep(random.uniform(0.0, min(0.2, 0.001 * 2**attempt)))  # noqa: S311 - not used for secrets

    @contextmanager
    def turn(self, stream: str | None) -> Iterator[None]:
        """Let one thread of this process at a time work on *stream*. Other processes compete only in the database."""
        if stream is None:
            yield
            return
        with _TURNS_LOCK:
            turn = _TURNS.setdefault(stream, Turn())
            turn.waiting += 1
        try:
            with turn.lock:
                yield
        finally:
            with _TURNS_LOCK:
                turn.waiting -= 1
                if turn.waiting == 0:
                    del _TURNS[stream]

    def find(self, kind: str, text: str) -> str | None:
        """The id of the thing of *kind* with the reference *text*; None when there is none."""
        return self.find_all(kind, [text]).get(text)

    def find_all(self, kind: str, texts: Sequence[str]) -> dict[str, str]:
        """The ids of the things of *kind* with the references *texts*, by reference. Unknown ones are left out."""
        return self._repeated(lambda: self._find_all(kind, texts))

    def _find_all(self, kind: str, texts: Sequence[str]) -> dict[str, str]:
        with self.datastore.get_connection() as connection:
            rows = connection.execute(
                "SELECT text, subject FROM log.references WHERE kind = %s AND text = ANY (%s)", (kind, list(texts))
            ).fetchall()
        return {row["text"]: row["subject"] for row in rows}

    def count_events(self, command_ids: Sequence[str]) -> int:
        """The number of events that these commands recorded."""
        with self.datastore.get_connection() as connection:
            row = connection.execute(
                "SELECT count(*) AS found FROM log.events WHERE command_id = ANY (%s) AND notification_id > %s",
                (list(command_ids), 0),
            ).fetchone()
        return int(row["found"]) if row else 0

    def position(self) -> int:
        """The position of the last event; 0 when there is none."""
        return self.recorder.max_notification_id() or 0

    def _repeated(self, read: Callable[[], T]) -> T:
        """The result of *read*, which is repeated when a connection breaks."""
        for attempt in range(ATTEMPTS - 1):
            try:
                return read()
            except (OperationalError, InterfaceError):
                self._recover(attempt)
        return read()

    def _recover(self, attempt: int) -> None:
        """Remove broken connections from the pool and wait, longer with every *attempt*.

        The next connection may lead to a server that lost the last events, so no state of a stream is kept.
        """
        self.states.forget(None)
        self.datastore.pool.check()
        time.sleep(PAUSE_SECONDS * 2**attempt)


def fingerprint(order: Order) -> bytes:
    """The SHA-256 of the actor and the words of *order*: it shows when a command id is reused for another order."""
    return hashlib.sha256(f"{order.actor}\0{order.said}".encode()).digest()


def _command_row(order: Order) -> CommandRow:
    return CommandRow(
        command_id=order.command_id,
        fingerprint=fingerprint(order),
        subject=order.command.stream,
        actor=order.actor,
        authority=order.authority,
        correlation_id=order.correlation_id or order.command_id,
        causation_id=order.causation_id,
    )


def _counter_rows(moves: Sequence[Movement]) -> list[CounterRow]:
    """The net movement of each counter, always ordered by name."""
    ceilings: Counter[str] = Counter()
    uses: Counter[str] = Counter()
    for move in moves:
        ceilings[move.counter] += move.ceiling
        uses[move.counter] += move.used
    return [CounterRow(name, ceilings[name], uses[name]) for name in sorted(ceilings.keys() | uses.keys())]


def _domain_error(refused: AppendRefused) -> Exception:
    match refused.constraint:
        case "versions_seen" | "events_pkey":
            return StaleHistory(refused.hint)
        case "counters_within":
            return Overspent()
    return refused


# After every position.
END = 2**63 - 1


def read_log(
    connection: psycopg.Connection[TupleRow], after: int, limit: int, codec: Codec = CODEC, until: int = END
) -> list[Recorded]:
    """Up to *limit* events after position *after* and up to *until*, in order.

    Events are committed in this order, so none is missed.

    Raises UnknownEvent and UnreadableEvent.
    """
    with connection.cursor(binary=True) as cursor:
        rows = cursor.execute(_PAGE, (after, limit), prepare=True).fetchall()
    decode = codec.decode
    # The columns are in the order of the fields of Recorded. The event is decoded from the last three columns.
    return [Recorded._make((*row[:-3], decode(*row[-3:]))) for row in rows if row[0] <= until]


_PAGE: LiteralString = """
    SELECT notification_id, originator_id, originator_version, 'event-' || event_id, recorded_at, actor, authority,
           command_id, correlation_id, causation_id, topic, schema_version, state
      FROM log.events WHERE notification_id > %s ORDER BY notification_id LIMIT %s"""
