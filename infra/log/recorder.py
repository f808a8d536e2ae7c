"""The recorder: the eventsourcing library's recorder for PostgreSQL, which here appends under an advisory lock."""

import os
from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence, Sized
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Any, LiteralString, NamedTuple

import psycopg
from eventsourcing.persistence import IntegrityError, InterfaceError, OperationalError, StoredEvent
from eventsourcing.postgres import ConnectionPool, PostgresApplicationRecorder, PostgresDatastore
from eventsourcing.utils import strtobool
from psycopg.rows import DictRow, dict_row, tuple_row

from domain.values.ids import uuid7
from domain.values.portable import Portable
from infra import tracing
from infra.database.postgres import APP, Database, UnsafeSettings, refuse_other_session
from infra.log import arrays
from infra.log.appender import Appender, Array
from infra.log.group_commit import GroupCommit, RefusedTogether

CHANNEL = "fundtrail_log"
# How long the pool itself tries to reconnect. After that the next caller starts a new attempt.
RECONNECT_SECONDS = 5.0


@dataclass(frozen=True)
class StoredFact(StoredEvent):
    """A stored event, with the schema version of its body."""

    schema_version: int = 1


class CommandRow(NamedTuple):
    """What the log stores about a command. The fields are in the order of the parameters of ``log.append``."""

    command_id: str
    fingerprint: bytes
    subject: str
    actor: str
    authority: str | None
    correlation_id: str
    causation_id: str | None


class ReferenceRow(NamedTuple):
    """A reference of a thing, and the stream that claims it. The fields are in the order of ``log.append``."""

    kind: str
    text: str
    subject: str
    stream: str


class CounterRow(NamedTuple):
    """How much a counter's ceiling and use grow, in minor units. The fields are in the order of ``log.append``."""

    name: str
    ceiling: int
    used: int


@dataclass(frozen=True, slots=True)
class Group:
    """What is appended as a whole or not at all: commands, their events, and the references and counters they change.

    *places* gives for each event the number of its command, counted from 1. *seen* gives the version of every stream
    that the commands were decided on.
    """

    events: tuple[StoredFact, ...]
    places: tuple[int, ...]
    commands: tuple[CommandRow, ...]
    seen: dict[str, int]
    references: tuple[ReferenceRow, ...] = ()
    counters: tuple[CounterRow, ...] = ()

    @property
    def writes(self) -> frozenset[Hashable]:
        """The streams, command ids, references and counters that it changes."""
        return frozenset(
            [
                *(str(event.originator_id) for event in self.events),
                *(("command", command.command_id) for command in self.commands),
                *((reference.kind, reference.text) for reference in self.references),
                *(("counter", counter.name) for counter in self.counters),
            ]
        )

    @property
    def reads(self) -> frozenset[Hashable]:
        """The streams that its commands were decided on."""
        return frozenset(self.seen)


class AppendRefused(Portable, IntegrityError):
    """The database refused an append because of *constraint*. *hint* names the key, where it is known."""

    def __init__(self, constraint: str | None, hint: str | None = None) -> None:
        super().__init__(constraint)
        self.constraint = constraint
        self.hint = hint


class LogDatastore(PostgresDatastore):
    """Connections as the application. The library's database functions are always off."""

    _appender: Appender | None = None

    def __init__(self, database: Database, *, pool_size: int = 8) -> None:
        refuse_database_functions(os.environ)
        super().__init__(
            dbname="", host="", port="", user="", password="",
            schema="log", originator_id_type="text", enable_db_functions=False,
        )  # fmt: skip
        self.pool = ConnectionPool(
            database.conninfo(APP),
            connection_class=psycopg.Connection[DictRow],
            kwargs={"row_factory": dict_row},
            min_size=1,
            max_size=pool_size,
            open=False,
            configure=_checked(self.after_connect_func()),
            timeout=30.0,
            # Without this it would try again ever more rarely: after an outage of a minute, half a minute late.
            reconnect_timeout=RECONNECT_SECONDS,
        )
        self._conninfo = database.conninfo(APP)

    @contextmanager
    def appender(self) -> Iterator[Appender]:
        """The connection that appends. One caller at a time uses it, so it needs no pool. A broken one is replaced."""
        if self._appender is None:
            appender = Appender(self._conninfo)
            try:
                refuse_other_session(appender.connection, APP)
            except BaseException:
                appender.close()
                raise
            self._appender = appender
        try:
            yield self._appender
        except (psycopg.OperationalError, psycopg.InterfaceError):
            self._appender.close()
            self._appender = None
            raise

    def close(self) -> None:
        """Close all connections."""
        if self._appender is not None:
            self._appender.close()
        super().close()


def _checked(after_connect: Callable[[psycopg.Connection[Any]], None]) -> Callable[[psycopg.Connection[Any]], None]:
    """What a pool runs on each new connection: *after_connect*, and a check that it is the application's."""

    def configure(connection: psycopg.Connection[Any]) -> None:
        after_connect(connection)
        refuse_other_session(connection, APP)

    return configure


def refuse_database_functions(environ: Mapping[str, str]) -> None:
    """Refuse POSTGRES_ENABLE_DB_FUNCTIONS of the library, which takes no lock and loses events.

    Raises UnsafeSettings.
    """
    for name, setting in environ.items():
        if name.upper().endswith("POSTGRES_ENABLE_DB_FUNCTIONS") and _may_be_on(setting):
            raise UnsafeSettings([f"{name}={setting}: the library's database functions lose events. Unset it."])


def _may_be_on(setting: str) -> bool:
    try:
        return strtobool(setting or "no")
    except ValueError:
        return True


class LogRecorder(PostgresApplicationRecorder):
    """Appends through SQL functions, in one round trip, under one advisory lock held from numbering to commit.

    Events are therefore committed in the order of their positions. The library's own LOCK TABLE waits for every VACUUM
    and needs the right to update the table; an advisory lock does not.
    """

    append_function = "log.append_all"
    judge_function = "log.append"

    def __init__(self, datastore: LogDatastore) -> None:
        super().__init__(datastore, events_table_name="events")
        self._log = datastore
        self.lock_table_statements = ["SELECT pg_advisory_xact_lock(log.append_lock())"]
        self.channel_name = CHANNEL
        self._commits: GroupCommit[Group, list[int]] = GroupCommit(self.append_groups)

    def append(
        self,
        events: Sequence[StoredFact],
        *,
        places: Sequence[int],
        commands: Sequence[CommandRow],
        seen: Mapping[str, int],
        references: Sequence[ReferenceRow] = (),
        counters: Sequence[CounterRow] = (),
    ) -> list[int]:
        """Append *events* of *commands* in one transaction. Return for each command the position that includes it.

        *places* gives for each event the number of its command, counted from 1. *seen* gives the version of every
        stream that was read. Raises AppendRefused. Its *constraint* is commands_pkey for a command id already used,
        versions_seen or events_pkey for a stream that has changed, references_pkey for a reference already taken, and
        counters_within for a use above the ceiling of a counter.
        """
        return self.commit(
            Group(
                events=tuple(events),
                places=tuple(places),
                commands=tuple(commands),
                seen=dict(seen),
                references=tuple(references),
                counters=tuple(counters),
            )
        )

    def commit(self, group: Group) -> list[int]:
        """Append *group*, perhaps in one batch with others. Return for each command the position that includes it.

        Raises AppendRefused. Raises the library's OperationalError or InterfaceError when a connection breaks; then it
        is unknown whether the append was recorded.
        """
        return self._commits.append(group)

    def append_groups(self, groups: Sequence[Group]) -> list[list[int] | Exception]:
        """Append *groups* that do not conflict. Return for each group its positions, or the error that refused it.

        Raises AppendRefused when a constraint refuses a single group, and RefusedTogether when it refuses several.
        """
        try:
            events = sum(len(group.events) for group in groups)
            with self._log.appender() as appender, tracing.span("append", commands=len(groups), events=events):
                if events:
                    # Nearly always nothing is refused. If any group is refused, none was recorded.
                    with suppress(psycopg.IntegrityError):
                        return self._append_all(appender, groups)
                return self._judge(appender, groups)
        except psycopg.IntegrityError as error:
            if len(groups) > 1:
                raise RefusedTogether from error
            raise AppendRefused(error.diag.constraint_name, error.diag.message_hint) from error
        except psycopg.InterfaceError as error:
            raise InterfaceError(error) from error
        except psycopg.OperationalError as error:
            raise OperationalError(error) from error

    def _append_all(self, appender: Appender, groups: Sequence[Group]) -> list[list[int] | Exception]:
        """Append all of *groups* or none, and return the positions of each. Raises psycopg.IntegrityError."""
        lasts = _lasts_of(groups)
        ((before,),) = appender.call(
            self.append_function, [*_arrays_of(groups), Array("integer[]", arrays.integers(lasts))]
        )
        last = iter(lasts)
        return [[_number(before) + next(last) for _ in group.commands] for group in groups]

    def _judge(self, appender: Appender, groups: Sequence[Group]) -> list[list[int] | Exception]:
        """Append each of *groups* that is not refused. Return for each its positions, or the error that refused it.

        Raises psycopg.IntegrityError when a constraint refuses the whole batch.
        """
        outcomes: list[list[int] | Exception] = [[] for _ in groups]
        for group, position, refusal, hint in appender.call(self.judge_function, _arrays_by_group(groups)):
            outcome = outcomes[_number(group) - 1]
            if refusal is not None:
                outcomes[_number(group) - 1] = AppendRefused(refusal.decode(), hint.decode() if hint else None)
            elif isinstance(outcome, list):
                outcome.append(_number(position))
        return outcomes

    def insert_events(self, stored_events: Sequence[StoredEvent], **_: Any) -> Sequence[int]:
        """Append *stored_events* for the library, under a new command id. Return their positions."""
        if not stored_events:
            return []
        facts = [
            event
            if isinstance(event, StoredFact)
            else StoredFact(
                originator_id=event.originator_id,
                originator_version=event.originator_version,
                topic=event.topic,
                state=event.state,
            )
            for event in stored_events
        ]
        command_id = str(uuid7())
        command = CommandRow(command_id, b"", str(facts[0].originator_id), "library", None, command_id, None)
        last = self.append(facts, places=[1] * len(facts), commands=[command], seen={})[0]
        # Positions are numbered under the lock, so those of one append have no gaps.
        return list(range(last - len(facts) + 1, last + 1))

    def select_bodies(self, streams: Sequence[str], after: int = 0) -> list[tuple[str, str, str, int, bytes]]:
        """Stream, actor, name, schema version and body of each event of *streams* after version *after* of its stream.

        The events of each stream are in order.
        """
        sql, wanted = (_BODIES_OF_ONE, streams[0]) if len(streams) == 1 else (BODIES_OF_SEVERAL, list(streams))
        with (
            self.datastore.get_connection() as connection,
            connection.cursor(row_factory=tuple_row, binary=True) as cursor,
        ):
            return cursor.execute(sql, (wanted, after), prepare=True).fetchall()


_BODIES: LiteralString = "SELECT originator_id, actor, topic, schema_version, state FROM log.events"
_IN_ORDER: LiteralString = " AND originator_version > %s ORDER BY originator_id, originator_version"
_BODIES_OF_ONE = _BODIES + " WHERE originator_id = %s" + _IN_ORDER
BODIES_OF_SEVERAL = _BODIES + " WHERE originator_id = ANY (%s)" + _IN_ORDER


def _arrays_of(groups: Sequence[Group]) -> list[Array]:
    """The groups as arrays, in the order of the parameters of ``log.append_all``, without the last parameter."""
    commands = _columns([command for group in groups for command in group.commands], CommandRow)
    events = [event for group in groups for event in group.events]
    references = _columns([reference for group in groups for reference in group.references], ReferenceRow)
    counters = _columns([counter for group in groups for counter in group.counters], CounterRow)
    ids, fingerprints, *other_columns = commands
    names, *moves = counters
    places: list[int] = []
    before = 0
    for group in groups:
        places += [before + place for place in group.places]
        before += len(group.commands)
    return [
        _texts([stream for group in groups for stream in group.seen]),
        _bigints([version for group in groups for version in group.seen.values()]),
        _texts(ids),
        Array("bytea[]", arrays.byteas(fingerprints)),
        *map(_texts, other_columns),
        _integers(places),
        _texts([str(event.originator_id) for event in events]),
        _bigints([event.originator_version for event in events]),
        _texts([event.topic for event in events]),
        _integers([event.schema_version for event in events]),
        Array("bytea[]", arrays.byteas([event.state for event in events])),
        Array("uuid[]", arrays.new_uuids(len(events))),
        *map(_texts, references),
        _texts(names),
        *map(_bigints, moves),
    ]


def _arrays_by_group(groups: Sequence[Group]) -> list[Array]:
    """The groups as arrays, in the order of the parameters of ``log.append``, which needs the group of each row too."""
    shared = _arrays_of(groups)
    return [
        _groups_of([group.seen for group in groups]),
        *shared[:2],
        _groups_of([group.commands for group in groups]),
        *shared[2:16],
        _groups_of([group.references for group in groups]),
        *shared[16:20],
        _groups_of([group.counters for group in groups]),
        *shared[20:],
    ]


def _groups_of(rows_of_groups: Sequence[Sized]) -> Array:
    """The number of its group, counted from 1, for every row in *rows_of_groups*."""
    return _integers([nth for nth, rows in enumerate(rows_of_groups, start=1) for _ in range(len(rows))])


def _lasts_of(groups: Sequence[Group]) -> list[int]:
    """For each command, the number of events up to its last one; without events, that of the command before it."""
    lasts: list[int] = []
    events = 0
    for group in groups:
        own = {place: events + nth for nth, place in enumerate(group.places, start=1)}
        for place in range(1, len(group.commands) + 1):
            lasts.append(own.get(place, lasts[-1] if lasts else 0))
        events += len(group.events)
    return lasts


def _columns(rows: Sequence[tuple[Any, ...]], kind: type[Any]) -> Sequence[Sequence[Any]]:
    return list(zip(*rows, strict=True)) or [()] * len(kind._fields)


def _texts(elements: Sequence[str | None]) -> Array:
    return Array("text[]", arrays.texts(elements))


def _integers(elements: Sequence[int]) -> Array:
    return Array("integer[]", arrays.integers(elements))


def _bigints(elements: Sequence[int]) -> Array:
    return Array("bigint[]", arrays.bigints(elements))


def _number(binary: bytes | None) -> int:
    return int.from_bytes(binary or b"", signed=True)
