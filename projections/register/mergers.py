"""Which organisations are one, on a day and as known at a position of the log.

An organisation that merged is part of the one that it merged into, and of what that one merged into later. Whoever
filters or sums by organisation takes ``parts_of``, and whoever groups takes ``whole_of``.
"""

from typing import Any, LiteralString

import psycopg

from domain import organisation
from domain.history import Recorded
from projections.tables.corrections import NOW
from projections.tables.effect import NEVER, counts_from

# --- Table ------------------------------------------------------------------------------------------------------------

DEFINITION = """
-- part_id is part of whole_id from the day counts_from until the day ends_from, as known from the position since until
-- superseded. steps is the number of mergers from one to the other: 1 for the merger itself, whose event has position.
CREATE TABLE mergers (
    part_id text NOT NULL, whole_id text NOT NULL, steps integer NOT NULL, position bigint NOT NULL,
    counts_from date NOT NULL, ends_from date NOT NULL, since bigint NOT NULL, superseded bigint NOT NULL,
    PRIMARY KEY (part_id, whole_id, counts_from, since)
);
CREATE INDEX mergers_of_whole ON mergers (whole_id);
"""

# --- Writer -----------------------------------------------------------------------------------------------------------


def write_merger(cursor: psycopg.Cursor[Any], recorded: Recorded) -> None:
    """Add a merger or its undoing. Both organisations have the event; that of the one that ended counts."""
    event = recorded.event
    assert isinstance(event, organisation.OrganisationsMerged | organisation.MergerUndone)
    if recorded.stream != event.merged_id:
        return
    given = {"part": event.merged_id, "whole": event.organisation_id, "at": recorded.position}
    given |= {"day": counts_from(event.on), "now": NOW, "never": NEVER}
    cursor.execute(_ENDED if isinstance(event, organisation.MergerUndone) else _MERGED, given)
    cursor.execute(_FOLLOWING, given)


_MERGED: LiteralString = (
    "INSERT INTO mergers VALUES (%(part)s, %(whole)s, 1, %(at)s, %(day)s, %(never)s, %(at)s, %(now)s)"
)
# A merger that was undone on its own day never held.
_ENDED: LiteralString = """
    WITH old AS (UPDATE mergers SET superseded = %(at)s WHERE part_id = %(part)s AND whole_id = %(whole)s AND steps = 1
                    AND ends_from = %(never)s AND superseded = %(now)s RETURNING *)
    INSERT INTO mergers SELECT part_id, whole_id, 1, position, counts_from, %(day)s, %(at)s, %(now)s FROM old
     WHERE counts_from < %(day)s"""
# What the organisation, and each that was ever part of it, is part of over several mergers: while all of them hold.
_FOLLOWING: LiteralString = """
    WITH RECURSIVE moved AS (
        SELECT %(part)s AS part_id UNION SELECT m.part_id FROM mergers m WHERE m.whole_id = %(part)s
    ), way AS (
        SELECT m.part_id, m.whole_id, 1 AS steps, m.position, m.counts_from, m.ends_from
          FROM mergers m JOIN moved USING (part_id) WHERE m.steps = 1 AND m.superseded = %(now)s
         UNION ALL
        SELECT w.part_id, m.whole_id, w.steps + 1, w.position, greatest(w.counts_from, m.counts_from),
               least(w.ends_from, m.ends_from)
          FROM way w JOIN mergers m ON m.part_id = w.whole_id AND m.steps = 1 AND m.superseded = %(now)s
         WHERE greatest(w.counts_from, m.counts_from) < least(w.ends_from, m.ends_from)
    ), gone AS (
        UPDATE mergers m SET superseded = %(at)s FROM moved
         WHERE m.part_id = moved.part_id AND m.steps > 1 AND m.superseded = %(now)s
           AND NOT EXISTS (SELECT FROM way w WHERE (w.part_id, w.whole_id, w.steps, w.counts_from, w.ends_from)
                                                 = (m.part_id, m.whole_id, m.steps, m.counts_from, m.ends_from))
    )
    INSERT INTO mergers SELECT w.*, %(at)s, %(now)s FROM way w
     WHERE w.steps > 1 AND NOT EXISTS (
           SELECT FROM mergers m WHERE m.superseded = %(now)s
              AND (w.part_id, w.whole_id, w.steps, w.counts_from, w.ends_from)
                = (m.part_id, m.whole_id, m.steps, m.counts_from, m.ends_from))"""

# --- Expressions of readers -------------------------------------------------------------------------------------------


def holds(day: str, known: str) -> str:
    """The condition that the merger ``m`` holds on a day, as known at a position."""
    day, known = f"coalesce({day}, CURRENT_DATE)", f"coalesce({known}, {NOW - 1})"
    return f"m.counts_from <= {day} AND m.ends_from > {day} AND m.since <= {known} AND m.superseded > {known}"


def parts_of(whole: str, day: str = "NULL::date", known: str = "NULL::bigint") -> str:
    """The SQL of an array: the id *whole* and those of the organisations that are part of it.

    *whole*, *day* and *known* are SQL too. NULL for a day is today, and for a position now.
    """
    return (
        f"ARRAY(SELECT {whole} UNION ALL"  # noqa: S608 - constants
        f" SELECT m.part_id FROM mergers m WHERE m.whole_id = {whole} AND {holds(day, known)})"
    )


def whole_of(part: str, day: str = "NULL::date", known: str = "NULL::bigint") -> str:
    """The SQL of the id of the organisation that *part* is at last part of: its own unless it has merged.

    Its arguments are as in ``parts_of``.
    """
    return (
        f"coalesce((SELECT m.whole_id FROM mergers m WHERE m.part_id = {part} AND {holds(day, known)}"  # noqa: S608 - constants
        f" ORDER BY m.steps DESC LIMIT 1), {part})"
    )
