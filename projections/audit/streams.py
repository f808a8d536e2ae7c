"""Reading the log stream by stream, and from event to event, for those who look after it.

It reads the log itself, not the table of the audit log, which may be behind. Events that are confidential, and those
that a reader with a scope does not see, are absent.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from psycopg.sql import SQL

from projections.audit.reading import EVENT, LOG, OF_LOG, AuditLine, events_by
from projections.tables.paging import Connection, Listing, lines_of, sql

# The most events of a chain of causes, and of those that one event led to.
CHAIN = 200


@dataclass(slots=True)
class StreamLine:
    """A stream: how many events it has, the positions of its first and last one, and when that was recorded."""

    stream: str
    events: int
    first: int
    last: int
    recorded_at: datetime


class NamedStream(NamedTuple):
    """A stream, and the *kind* of thing that it is about."""

    kind: str
    stream: str


@dataclass(slots=True)
class StoredLine:
    """An event as it is stored: its name, schema version and body."""

    position: int
    version: int
    recorded_at: datetime
    actor: str
    name: str
    schema_version: int
    body: bytes


_STREAMS = """SELECT e.originator_id AS stream, count(*) AS events, min(e.notification_id) AS first,
       max(e.notification_id) AS last, max(e.recorded_at) AS recorded_at
  FROM events e WHERE e.originator_id > %(after)s AND e.originator_id LIKE %(like)s
 GROUP BY e.originator_id ORDER BY e.originator_id LIMIT %(limit)s"""
# What people call a thing, and the stream that it has. A scheme is recorded in the stream of its programme.
_NAMED = """SELECT w.kind, w.stream FROM (
    SELECT 'award' AS kind, id AS stream, reference AS name FROM awards UNION ALL SELECT 'bid', id, reference FROM bids
    UNION ALL SELECT 'partnership', id, code FROM partnerships
    UNION ALL SELECT 'organisation', id, code FROM organisations
    UNION ALL SELECT 'programme', id, code FROM programmes UNION ALL SELECT 'scheme', programme_id, code FROM schemes
    UNION ALL SELECT 'round', id, code FROM rounds UNION ALL SELECT 'person', id, code FROM people) w
 WHERE w.name = %(name)s OR w.kind || ':' || w.name = %(name)s ORDER BY 1"""
_STORED = """SELECT e.notification_id AS position, e.originator_version AS version, e.recorded_at, e.actor,
       e.topic AS name, e.schema_version, e.state AS body
  FROM events e WHERE e.originator_id = %(stream)s ORDER BY e.originator_version"""
_CAUSED = f"{EVENT} WHERE e.causation_id = ANY (%(ids)s) ORDER BY e.notification_id LIMIT {CHAIN}"
_CORRELATED = f"{EVENT} WHERE e.correlation_id = %(id)s ORDER BY e.notification_id LIMIT %(limit)s"
_OF_COMMAND = f"{EVENT} WHERE e.command_id = %(id)s AND e.notification_id BETWEEN %(from)s AND %(to)s"


async def streams(connection: Connection, like: str, after: str, limit: int) -> list[StreamLine]:
    """The streams whose names contain *like*, in the order of their names, after the name *after*."""
    pattern = like.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    return await lines_of(connection, StreamLine, _STREAMS, {"after": after, "like": f"%{pattern}%", "limit": limit})


async def streams_named(connection: Connection, name: str) -> list[NamedStream]:
    """The stream called *name*, or those of the things that people call so, by code or reference.

    A name may have the kind of the thing before it: partnership:dip.
    """
    cursor = await connection.execute("SELECT FROM events WHERE originator_id = %s LIMIT 1", (name,))
    if await cursor.fetchone() is not None:
        return [NamedStream("stream", name)]
    return await lines_of(connection, NamedStream, _NAMED, {"name": name})


def log_list(*, stream: str | None = None, first: int | None = None, last: int | None = None) -> Listing:
    """The events of the log of a *stream*, or from the position *first* to *last*, or both, in order."""
    wanted: dict[str, Any] = {
        "e.originator_id = %(stream)s": stream,
        "e.notification_id >= %(first)s": first,
        "e.notification_id <= %(last)s": last,
    }
    return Listing(
        select=sql(", ".join(f"{column} AS {name}" for name, column in OF_LOG.items())),
        source=SQL(LOG),
        where=[SQL(text) for text, value in wanted.items() if value is not None],
        parameters={"stream": stream, "first": first, "last": last},
        key=("e.notification_id",),
    )


async def stored(connection: Connection, stream: str) -> list[StoredLine]:
    """The events of *stream* as they are stored, in order."""
    return await lines_of(connection, StoredLine, _STORED, {"stream": stream})


async def causes_of(connection: Connection, line: AuditLine) -> list[AuditLine]:
    """What led to an event: its cause, the cause of that, and so on to the first one."""
    chain: list[AuditLine] = []
    seen = {line.id}
    while line.causation_id and line.causation_id not in seen and len(chain) < CHAIN:
        found = await events_by(connection, "id", [line.causation_id])
        if not found:
            break
        (line,) = found
        seen.add(line.id)
        chain.append(line)
    return chain


async def effects_of(connection: Connection, line: AuditLine) -> list[tuple[int, AuditLine]]:
    """What an event led to, each with how many steps away it is, up to CHAIN events."""
    effects: list[tuple[int, AuditLine]] = []
    seen, last, steps = {line.id}, [line.id], 1
    while last and len(effects) < CHAIN:
        found = await lines_of(connection, AuditLine, _CAUSED, {"ids": last})
        new = [one for one in found if one.id not in seen]
        seen |= {one.id for one in new}
        effects += [(steps, one) for one in new]
        last, steps = [one.id for one in new], steps + 1
    return effects[:CHAIN]


async def of_its_command(connection: Connection, line: AuditLine) -> list[AuditLine]:
    """The other events that the command of an event recorded. They are next to it in the log."""
    found = await lines_of(
        connection,
        AuditLine,
        _OF_COMMAND + " ORDER BY e.notification_id",
        {"id": line.command_id, "from": line.position - CHAIN, "to": line.position + CHAIN},
    )
    return [one for one in found if one.id != line.id]


async def correlated(connection: Connection, line: AuditLine, limit: int) -> Sequence[AuditLine]:
    """The first events of other commands with the correlation id of an event: those of one request or import."""
    if line.correlation_id == line.command_id:
        return []
    found = await lines_of(connection, AuditLine, _CORRELATED, {"id": line.correlation_id, "limit": limit + CHAIN})
    return [one for one in found if one.command_id != line.command_id][:limit]
