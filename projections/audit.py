"""The audit log: every event, with its actor, time and authority. It can be read and filtered."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import psycopg
from psycopg.sql import SQL, Composable, Identifier

from domain.history import Recorded
from domain.values.fact import Lane
from projections import lanes
from projections.tables.paging import Connection, Listing, Page, Window, lines_of, page, sql

# --- Table ------------------------------------------------------------------------------------------------------------

NAME = "audit"
TABLES = ("audit",)
# The columns that filters use, and the effective date. All other fields are read from the log, which never changes.
DEFINITION = """
CREATE TABLE audit (
    position bigint PRIMARY KEY, event_id text NOT NULL, stream text NOT NULL, name text NOT NULL,
    recorded_at timestamptz NOT NULL, effective text NOT NULL, actor text NOT NULL, command_id text NOT NULL,
    partnership_id text, lane text
);
"""
INDEXES = """
CREATE UNIQUE INDEX audit_of_event ON audit (event_id);
CREATE INDEX audit_of_partnership ON audit (partnership_id, position);
CREATE INDEX audit_of_stream ON audit (stream, position);
CREATE INDEX audit_of_name ON audit (name, position);
CREATE INDEX audit_of_actor ON audit (actor, position);
CREATE INDEX audit_of_command ON audit (command_id, position);
CREATE INDEX audit_of_time ON audit (recorded_at, position);
"""

# --- Writer -----------------------------------------------------------------------------------------------------------

_LANE = lanes.lane_in_sql("e.topic", "e.body")
# All columns are in the log, so PostgreSQL fills the table without Python: the events after one position, up to and
# including another. It reads only the fields of a body that no upcast renames.
FILL = f"""
INSERT INTO audit
SELECT e.notification_id, 'event-' || e.event_id, e.originator_id, e.topic, e.recorded_at, e.body ->> 'on', e.actor,
       e.command_id, e.body ->> 'partnership_id', {_LANE}
  FROM (SELECT *, convert_from(state, 'UTF8')::json AS body FROM log.events
         WHERE notification_id > %s AND notification_id <= %s OFFSET 0) AS e
  LEFT JOIN {lanes.TABLE} ON lanes.name = e.topic
"""  # noqa: S608 - made of our own names


def write(cursor: psycopg.Cursor[Any], page: Sequence[Recorded]) -> None:
    """Add the events of a page of the log."""
    if page:
        cursor.execute(FILL.encode(), (page[0].position - 1, page[-1].position), prepare=True)


# --- Line -------------------------------------------------------------------------------------------------------------


@dataclass(slots=True)
class AuditLine:
    """One event and its context. *effective* is the text of a When; *data* is the stored body as JSON."""

    id: str
    position: int
    recorded_at: datetime
    effective: str
    name: str
    stream: str
    version: int
    actor: str
    authority: str | None
    command_id: str
    correlation_id: str
    causation_id: str | None
    data: str


# --- Readers ----------------------------------------------------------------------------------------------------------

# The expression in the log for each field of an AuditLine.
LOG = "log.events e"
OF_LOG = {
    "id": "'event-' || e.event_id",
    "position": "e.notification_id",
    "recorded_at": "e.recorded_at",
    "effective": "convert_from(e.state, 'UTF8')::json ->> 'on'",
    "name": "e.topic",
    "stream": "e.originator_id",
    "version": "e.originator_version",
    "actor": "e.actor",
    "authority": "e.authority",
    "command_id": "e.command_id",
    "correlation_id": "e.correlation_id",
    "causation_id": "e.causation_id",
    "data": "convert_from(e.state, 'UTF8')",
}
# The same for a query of the audit table, which has the effective date in a column.
SOURCE = f"audit a JOIN {LOG} ON e.notification_id = a.position"
OF_AUDIT = OF_LOG | {"effective": "a.effective"}


def _selected(columns: Mapping[str, str]) -> SQL:
    return sql(", ".join(f"{column} AS {name}" for name, column in columns.items()))


ENTRY = _selected(OF_AUDIT)
_EVENTS_AT = sql(f"SELECT {_selected(OF_LOG).as_string(None)} FROM {LOG} WHERE e.notification_id = ANY (%s)")  # noqa: S608


def audit_list(
    *,
    partnership_id: str | None = None,
    stream: str | None = None,
    names: Sequence[str] | None = None,
    actor: str | None = None,
    command_id: str | None = None,
    recorded_from: datetime | None = None,
    recorded_to: datetime | None = None,
    after: int | None = None,
    up_to: int | None = None,
    lanes: Sequence[Lane] | None = None,
) -> Listing:
    """Events in the order of the log. *recorded_to* and *up_to* are included, *after* is not."""
    wanted: dict[str, Any] = {
        "a.partnership_id = %(partnership)s": partnership_id,
        "a.stream = %(stream)s": stream,
        "a.name = ANY (%(names)s)": names,
        "a.actor = %(actor)s": actor,
        "a.command_id = %(command)s": command_id,
        "a.recorded_at >= %(from)s": recorded_from,
        "a.recorded_at <= %(to)s": recorded_to,
        "a.position > %(after)s": after,
        "a.position <= %(up_to)s": up_to,
        "a.lane = ANY (%(lanes)s)": lanes,
    }
    conditions: list[Composable] = [SQL(text) for text, value in wanted.items() if value is not None]
    return Listing(
        select=ENTRY,
        source=SQL(SOURCE),
        where=conditions,
        parameters={
            "partnership": partnership_id,
            "stream": stream,
            "names": list(names or ()),
            "actor": actor,
            "command": command_id,
            "from": recorded_from,
            "to": recorded_to,
            "after": after,
            "up_to": up_to,
            "lanes": [lane.name for lane in lanes or ()],
        },
        key=("a.position",),
    )


async def entries(connection: Connection, listing: Listing, window: Window) -> Page[AuditLine]:
    """A page of the audit log."""
    return await page(connection, AuditLine, listing, window)


async def events_by(connection: Connection, column: str, values: Sequence[str]) -> list[AuditLine]:
    """The events whose *column* (id or command_id) is one of *values*, in the order of the log."""
    assert column in ("id", "command_id")
    statement = SQL("SELECT {} FROM {} WHERE {} = ANY (%s) ORDER BY a.position").format(
        ENTRY, SQL(SOURCE), Identifier("a", "event_id" if column == "id" else column)
    )
    return await lines_of(connection, AuditLine, statement, (list(values),))


async def events_at(connection: Connection, column: str, values: Sequence[int]) -> list[AuditLine]:
    """The events whose *column* (position) is one of *values*, even those that the audit table does not have yet."""
    assert column == "position"
    return await lines_of(connection, AuditLine, _EVENTS_AT, (list(values),))
