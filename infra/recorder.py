"""The recorder: the eventsourcing library's PostgreSQL application recorder, appending behind an advisory lock."""

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import psycopg
from eventsourcing.persistence import StoredEvent
from eventsourcing.postgres import ConnectionPool, PostgresApplicationRecorder, PostgresDatastore
from eventsourcing.utils import strtobool
from psycopg.rows import DictRow, dict_row
from uuid6 import uuid7

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


class LogDatastore(PostgresDatastore):
    """Connections in the application's role, with the library's database functions off for good."""

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
        self.lock_table_statements = ["SELECT pg_advisory_xact_lock(log.append_lock())"]
        self.channel_name = CHANNEL

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
        Raises the library's IntegrityError; ``__cause__.diag.constraint_name`` tells a used command id
        (commands_pkey), a stream that moved (versions_seen, events_pkey), a taken reference (references_pkey) and a use
        past its ceiling (counters_within).
        """
        columns: list[list[Any]] = [
            list(seen),
            list(seen.values()),
            *_columns(commands, CommandRow),
            list(places),
            [event.originator_id for event in events],
            [event.originator_version for event in events],
            [event.topic for event in events],
            [event.schema_version for event in events],
            [event.state for event in events],
            [str(uuid7()) for _ in events],
            *_columns(references, ReferenceRow),
            *_columns(counters, CounterRow),
        ]
        with self.datastore.get_connection() as connection, connection.cursor() as cursor:
            cursor.execute(_APPEND.replace("log.append", self.append_function), columns, prepare=True)
            return [row["position"] for row in cursor.fetchall()]

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

    def select_facts(self, stream: str) -> list[StoredFact]:
        """The stored events of *stream*, in order."""
        with self.datastore.get_connection() as connection, connection.cursor() as cursor:
            cursor.execute(
                "SELECT originator_id, originator_version, topic, state, schema_version"
                " FROM log.events WHERE originator_id = %s ORDER BY originator_version",
                (stream,),
                prepare=True,
                binary=True,
            )
            return [StoredFact(**row) for row in cursor.fetchall()]


def _columns(rows: Sequence[tuple[Any, ...]], kind: Any) -> list[list[Any]]:
    return [[row[place] for row in rows] for place in range(len(kind._fields))]


_APPEND = """
    SELECT place, position FROM log.append(
        %s::text[], %s::bigint[],
        %s::text[], %s::bytea[], %s::text[], %s::text[], %s::text[], %s::text[], %s::text[],
        %s::integer[], %s::text[], %s::bigint[], %s::text[], %s::integer[], %s::bytea[], %s::uuid[],
        %s::text[], %s::text[], %s::text[], %s::text[],
        %s::text[], %s::bigint[], %s::bigint[])"""
