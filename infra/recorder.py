"""The recorder: the eventsourcing library's PostgreSQL application recorder, appending behind an advisory lock."""

import os
from collections.abc import Hashable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, LiteralString, NamedTuple

import psycopg
from eventsourcing.persistence import IntegrityError, InterfaceError, OperationalError, StoredEvent
from eventsourcing.postgres import ConnectionPool, PostgresApplicationRecorder, PostgresDatastore
from eventsourcing.utils import strtobool
from psycopg.rows import DictRow, TupleRow, dict_row, tuple_row
from uuid6 import uuid7

from infra.group_commit import GroupCommit, RefusedTogether
from infra.postgres import APP, Database, UnsafeSettings

CHANNEL = "fundtrail_log"


@dataclass(frozen=True)
class StoredFact(StoredEvent):
    """A stored event with the schema version that its body is written in."""

    schema_version: int = 1


class CommandRow(NamedTuple):
    """What the log keeps of a command; the order of the fields is that of ``log.append``."""

    command_id: str
    fingerprint: bytes
    subject: str
    actor: str
    authority: str | None
    correlation_id: str
    causation_id: str | None


class ReferenceRow(NamedTuple):
    """A name given to a thing, and the stream that gave it; the order of the fields is that of ``log.append``."""

    kind: str
    text: str
    subject: str
    stream: str


class CounterRow(NamedTuple):
    """By how much a counter's ceiling and use grow, in minor units; the fields are in the order of ``log.append``."""

    name: str
    ceiling: int
    used: int


@dataclass(frozen=True, slots=True)
class Group:
    """What is appended all or none: events of commands, with every stream seen and what they bind and name.

    *places* says, from 1, which of *commands* each event belongs to.
    """

    events: tuple[StoredFact, ...]
    places: tuple[int, ...]
    commands: tuple[CommandRow, ...]
    seen: dict[str, int]
    references: tuple[ReferenceRow, ...] = ()
    counters: tuple[CounterRow, ...] = ()

    @property
    def writes(self) -> frozenset[Hashable]:
        """The streams, command ids, names and counters that it changes."""
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
        """The streams that it was decided on."""
        return frozenset(self.seen)


class AppendRefused(IntegrityError):
    """The database refused an append, by *constraint*; *hint* says on what, where it is known."""

    def __init__(self, constraint: str | None, hint: str | None = None) -> None:
        super().__init__(constraint)
        self.constraint = constraint
        self.hint = hint


class LogDatastore(PostgresDatastore):
    """Connections in the application's role, with the library's database functions off for good."""

    _appender: psycopg.Connection[TupleRow] | None = None

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
            configure=self.after_connect_func(),
            timeout=30.0,
        )
        self._conninfo = database.conninfo(APP)

    @contextmanager
    def appender(self) -> Iterator[psycopg.Connection[TupleRow]]:
        """The connection that appends, for one at a time: it needs no pool, and commits as the statement ends.

        One that breaks is thrown away.
        """
        if self._appender is None or self._appender.closed:
            self._appender = psycopg.connect(self._conninfo, autocommit=True)
        try:
            yield self._appender
        except (psycopg.OperationalError, psycopg.InterfaceError):
            self._appender.close()
            raise

    def close(self) -> None:
        """Give all connections back."""
        if self._appender is not None:
            self._appender.close()
        super().close()


def refuse_database_functions(environ: Mapping[str, str]) -> None:
    """Refuse the library's POSTGRES_ENABLE_DB_FUNCTIONS: they take no lock and lose events. Raises UnsafeSettings."""
    for name, setting in environ.items():
        if name.upper().endswith("POSTGRES_ENABLE_DB_FUNCTIONS") and _may_be_on(setting):
            raise UnsafeSettings([f"{name}={setting}: the library's database functions lose events; unset it"])


def _may_be_on(setting: str) -> bool:
    try:
        return strtobool(setting or "no")
    except ValueError:
        return True


class LogRecorder(PostgresApplicationRecorder):
    """Appends through ``log.append``: one round trip, behind one advisory lock held from numbering to commit.

    Commit order is therefore position order. The library's own LOCK TABLE stalls with every VACUUM and needs the right
    to update; an advisory lock does neither.
    """

    append_function = "log.append"

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
        """Append *events* of *commands* in one transaction; give the position that shows each command.

        *places* says, from 1, which command each event belongs to; *seen* names every stream read with its version.
        Raises AppendRefused, whose *constraint* tells a used command id (commands_pkey), a stream that moved
        (versions_seen, events_pkey), a taken reference (references_pkey) and a use past its ceiling (counters_within).
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
        """Append *group*, together with others that come now; give the position that shows each of its commands.

        Raises AppendRefused, and what the library raises when a connection breaks: then nobody knows what took place.
        """
        return self._commits.append(group)

    def append_groups(self, groups: Sequence[Group]) -> list[list[int] | Exception]:
        """Append *groups* that touch nothing of each other; give the positions of each, or why it is refused.

        Raises AppendRefused where the one group is refused by a constraint, RefusedTogether where one of several is.
        """
        statement = _APPEND.replace("log.append", self.append_function)
        try:
            with self._log.appender() as connection, connection.cursor(binary=True) as cursor:
                rows = cursor.execute(statement, _columns_of(groups), prepare=True).fetchall()
        except psycopg.IntegrityError as error:
            if len(groups) > 1:
                raise RefusedTogether from error
            raise AppendRefused(error.diag.constraint_name, error.diag.message_hint) from error
        except psycopg.InterfaceError as error:
            raise InterfaceError(error) from error
        except psycopg.OperationalError as error:
            raise OperationalError(error) from error
        outcomes: list[list[int] | Exception] = [[] for _ in groups]
        for group, position, refusal, hint in rows:
            outcome = outcomes[group - 1]
            if refusal is not None:
                outcomes[group - 1] = AppendRefused(refusal, hint)
            elif isinstance(outcome, list):
                outcome.append(position)
        return outcomes

    def insert_events(self, stored_events: Sequence[StoredEvent], **_: Any) -> Sequence[int]:
        """The library's way in: append *stored_events* on their own, under a command id made for them."""
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
        # Numbered under the lock, the positions of one append have no gaps.
        return list(range(last - len(facts) + 1, last + 1))

    def select_bodies(self, streams: Sequence[str]) -> list[tuple[str, str, int, bytes]]:
        """Stream, name, schema version and body of the stored events of *streams*, those of each in order."""
        question, wanted = (_BODIES_OF_ONE, streams[0]) if len(streams) == 1 else (_BODIES_OF_SEVERAL, list(streams))
        with (
            self.datastore.get_connection() as connection,
            connection.cursor(row_factory=tuple_row, binary=True) as cursor,
        ):
            return cursor.execute(question, (wanted,), prepare=True).fetchall()


_BODIES: LiteralString = "SELECT originator_id, topic, schema_version, state FROM log.events"
_BODIES_OF_ONE = _BODIES + " WHERE originator_id = %s ORDER BY originator_version"
_BODIES_OF_SEVERAL = _BODIES + " WHERE originator_id = ANY (%s) ORDER BY originator_id, originator_version"


def _columns_of(groups: Sequence[Group]) -> list[list[Any]]:
    """The groups as one array for each parameter of ``log.append``."""
    seen_groups: list[int] = []
    command_groups: list[int] = []
    reference_groups: list[int] = []
    counter_groups: list[int] = []
    places: list[int] = []
    for nth, group in enumerate(groups, start=1):
        places += [len(command_groups) + place for place in group.places]
        seen_groups += [nth] * len(group.seen)
        command_groups += [nth] * len(group.commands)
        reference_groups += [nth] * len(group.references)
        counter_groups += [nth] * len(group.counters)
    events = [event for group in groups for event in group.events]
    return [
        seen_groups,
        [stream for group in groups for stream in group.seen],
        [version for group in groups for version in group.seen.values()],
        command_groups,
        *_columns([command for group in groups for command in group.commands], CommandRow),
        places,
        [event.originator_id for event in events],
        [event.originator_version for event in events],
        [event.topic for event in events],
        [event.schema_version for event in events],
        [event.state for event in events],
        [uuid7() for _ in events],
        reference_groups,
        *_columns([reference for group in groups for reference in group.references], ReferenceRow),
        counter_groups,
        *_columns([counter for group in groups for counter in group.counters], CounterRow),
    ]


def _columns(rows: Sequence[tuple[Any, ...]], kind: Any) -> list[list[Any]]:
    return [[row[place] for row in rows] for place in range(len(kind._fields))]


_APPEND = """
    SELECT "group", position, refusal, hint FROM log.append(
        %b::integer[], %b::text[], %b::bigint[],
        %b::integer[], %b::text[], %b::bytea[], %b::text[], %b::text[], %b::text[], %b::text[], %b::text[],
        %b::integer[], %b::text[], %b::bigint[], %b::text[], %b::integer[], %b::bytea[], %b::uuid[],
        %b::integer[], %b::text[], %b::text[], %b::text[], %b::text[],
        %b::integer[], %b::text[], %b::bigint[], %b::bigint[])"""
