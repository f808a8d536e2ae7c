"""The table of the audit log, which PostgreSQL fills from the log: every event but those that are confidential."""

from collections.abc import Sequence
from typing import Any

import psycopg

from domain.history import Recorded
from projections import lanes
from projections.support.confidential import SHOWN

# --- Table ------------------------------------------------------------------------------------------------------------

NAME = "audit"
TABLES = ("audit",)
# The columns that filters use, and the effective date. All other fields are read from the log, which never changes.
DEFINITION = f"""
CREATE TABLE audit (
    position bigint PRIMARY KEY, event_id text NOT NULL, stream text NOT NULL, name text NOT NULL,
    recorded_at timestamptz NOT NULL, effective text NOT NULL, actor text NOT NULL, command_id text NOT NULL,
    partnership_id text, lane text,
    CONSTRAINT shows_nothing_confidential CHECK ({SHOWN.format(stream="stream", name="name")})
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

_SHOWN = SHOWN.format(stream="originator_id", name="topic")
_LANE = lanes.lane_in_sql("e.topic", "e.body")
# All columns are in the log, so PostgreSQL fills the table without Python: the events after one position, up to and
# including another. It reads only the fields of a body that no upcast renames.
FILL = f"""
INSERT INTO audit
SELECT e.notification_id, 'event-' || e.event_id, e.originator_id, e.topic, e.recorded_at, e.body ->> 'on', e.actor,
       e.command_id, e.body ->> 'partnership_id', {_LANE}
  FROM (SELECT *, convert_from(state, 'UTF8')::json AS body FROM log.events
         WHERE notification_id > %s AND notification_id <= %s AND {_SHOWN} OFFSET 0) AS e
  LEFT JOIN {lanes.TABLE} ON lanes.name = e.topic
"""  # noqa: S608 - made of our own names


def write(cursor: psycopg.Cursor[Any], page: Sequence[Recorded]) -> None:
    """Add the events of a page of the log that are not confidential."""
    if page:
        cursor.execute(FILL.encode(), (page[0].position - 1, page[-1].position), prepare=True)
