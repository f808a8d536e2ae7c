"""What is looked at before a restored database serves, and whether it agrees with the log that it was taken from.

``fundtrail verify`` looks at more: the command line lets it look too (``infra/cli/keep/looking.py``).
"""

import hashlib
from collections.abc import Iterator
from typing import NamedTuple

from infra.database.postgres import Database, refuse_unsafe
from infra.database.rights import Unguarded, refuse_unguarded
from infra.feeding.migrate import migrate
from infra.feeding.projector import Poisoned, project_all

# Each finds nothing where the log is whole.
_GAPS = """SELECT originator_id FROM log.events GROUP BY 1
 HAVING count(*) <> max(originator_version) OR min(originator_version) <> 1 ORDER BY 1 LIMIT 5"""
_STEPS_BACK = """SELECT notification_id FROM (
        SELECT notification_id, recorded_at, lag(recorded_at) OVER (ORDER BY notification_id) AS before FROM log.events
    ) AS e WHERE recorded_at < before ORDER BY 1 LIMIT 5"""
_UNANSWERED = """SELECT DISTINCT e.command_id FROM log.events e
 WHERE NOT EXISTS (SELECT FROM log.commands c WHERE c.command_id = e.command_id) ORDER BY 1 LIMIT 5"""
_BEHIND = """SELECT name FROM read.projections
 WHERE state <> 'running' OR position <> (SELECT coalesce(max(notification_id), 0) FROM log.events) ORDER BY 1"""


def findings(database: Database) -> list[str]:
    """What is wrong with *database*, a sentence each. The read models are brought up to its log first."""
    return list(_findings(database))


def _findings(database: Database) -> Iterator[str]:
    migrate(database)
    with database.connect() as connection:
        refuse_unsafe(connection)
        try:
            refuse_unguarded(connection)
        except Unguarded as error:
            yield from error.reasons
        for sentence, statement in (
            ("The stream {} has a gap.", _GAPS),
            ("Position {} was recorded before the one in front of it.", _STEPS_BACK),
            ("The command {} of an event is missing.", _UNANSWERED),
        ):
            for (name,) in connection.execute(statement.encode()).fetchall():
                yield sentence.format(name)
    try:
        project_all(database)
    except Poisoned as error:
        yield f"A read model has stopped: {error}."
    with database.connect() as connection:
        for (name,) in connection.execute(_BEHIND).fetchall():
            yield f"The read model {name} is not equal to the log."
        row = connection.execute(
            "SELECT (SELECT count(*) FROM read.audit),"
            " (SELECT count(*) FROM log.events e"
            "   WHERE EXISTS (SELECT FROM read.audit a WHERE a.position = e.notification_id))"
        ).fetchone()
        if row is not None and row[0] != row[1]:
            yield f"The audit trail has {row[0]:,} events, and the log has {row[1]:,} of them."


class Fingerprint(NamedTuple):
    """The SHA-256 of the events of a log up to a position, and how many they are."""

    events: int
    sha256: str


def fingerprint(database: Database, position: int) -> Fingerprint:
    """The events of *database* up to *position*, as one SHA-256 over all that is stored of each."""
    digest, events = hashlib.sha256(), 0
    with database.connect() as connection:
        connection.execute("SELECT set_config('DateStyle', 'ISO', false), set_config('bytea_output', 'hex', false)")
        statement = "COPY (SELECT * FROM log.events WHERE notification_id <= {} ORDER BY notification_id) TO STDOUT"
        with connection.cursor().copy(statement.format(int(position)).encode()) as rows:
            for row in rows:
                digest.update(row)
                events += bytes(row).count(b"\n")
    return Fingerprint(events, digest.hexdigest())
