"""Progress: the head of the log, and the position that each read model has reached."""

from dataclasses import dataclass
from datetime import datetime

import psycopg

from domain.values.portable import Portable
from domain.values.shown import noun, shown_count
from projections.tables.paging import Connection, lines_of

# The projector notifies on this channel, with the name of the read model, each time one advances.
CHANNEL = "fundtrail_read"


@dataclass(slots=True)
class ProgressLine:
    """A read model: the last *position* that it has processed, and its *state*.

    *failed_position* and *error* say where and why a ``stopped`` read model failed. The tables of an ``outdated`` one
    were made by another version of Fundtrail: this version does not update them, and they need a rebuild. A ``paused``
    one was paused at *paused_at* by *paused_by*, with a *reason*. *seconds_behind* is the age of the first event that
    is not yet processed; 0 where there is none.
    """

    name: str
    position: int
    state: str
    failed_position: int | None
    error: str | None
    seconds_behind: float
    paused_at: datetime | None = None
    paused_by: str | None = None
    reason: str | None = None


@dataclass(slots=True)
class Head:
    """The last event of the log; position 0 and None for an empty log.

    *in_recovery* says that the server replays the log of another one: it may end later there.
    """

    position: int
    recorded_at: datetime | None
    in_recovery: bool = False


class NotReplayed(Portable):
    """A server in recovery does not yet know all that was recorded by *moment*. It knows what was by *known_until*."""

    def __init__(self, moment: datetime, known_until: str) -> None:
        super().__init__(
            f"This server is a standby and has replayed the log up to {_shown(known_until)}. It answers what was known"
            f" at {_shown(moment.isoformat())} once it has replayed that moment. Ask again in a moment."
        )
        self.moment, self.known_until = moment, known_until


def _shown(moment: str) -> str:
    return "its beginning" if "infinity" in moment else moment


@dataclass(slots=True)
class Standby:
    """How far a server in recovery is behind.

    *seconds_behind* is the age of the last moment up to which it knows the log, *bytes_behind* what it has received of
    the write-ahead log and not replayed; None where it knows no moment, or receives nothing.
    """

    seconds_behind: float | None
    bytes_behind: int | None


@dataclass(slots=True)
class Standbys:
    """How many standbys receive the log, and for how many a commit waits; None where the owner may not see it.

    *commit* is the setting synchronous_commit, which says how long it waits.
    """

    connected: int | None
    synchronous: int | None
    commit: str

    @property
    def risk(self) -> str | None:
        """How a failover could lose acknowledged events: a sentence; None where it is not known to."""
        if not self.connected or self.synchronous is None:
            return None
        if not self.synchronous:
            connected = f"{shown_count(self.connected, 'standby')} {noun(self.connected, 'is', 'are')} connected"
            return (
                f"{connected}, and none is synchronous: a failover can lose acknowledged events."
                " Set synchronous_standby_names."
            )
        if self.commit in ("local", "remote_write"):
            return (
                f"synchronous_commit is {self.commit}, so an acknowledged event may not be on the disk of a standby:"
                " a failover can lose it. Set it to on or remote_apply."
            )
        return None


_PROGRESS = """
    SELECT d.name, coalesce(p.position, 0) AS position,
           CASE WHEN p.definition = d.definition THEN p.state ELSE 'outdated' END AS state, p.failed_position, p.error,
           greatest(0, coalesce(extract(epoch FROM clock_timestamp() - (
               SELECT m.recorded_at FROM log.moments m WHERE m.position > coalesce(p.position, 0)
                ORDER BY m.position LIMIT 1)), 0))::float8 AS seconds_behind, q.paused_at, q.paused_by, q.reason
      FROM unnest(%s::text[], %s::text[]) AS d (name, definition) LEFT JOIN read.projections p ON p.name = d.name
      LEFT JOIN read.pauses q ON q.name = d.name AND q.started_at IS NULL AND p.state = 'paused'
     ORDER BY d.name"""


async def progress(connection: Connection) -> list[ProgressLine]:
    """The progress of each read model, by name."""
    from projections.read_models import READ_MODELS  # noqa: PLC0415 - other questions need no read model's writer
    from projections.tables.definition import definition_of  # noqa: PLC0415

    return await lines_of(
        connection,
        ProgressLine,
        _PROGRESS,
        ([model.NAME for model in READ_MODELS], [definition_of(model) for model in READ_MODELS]),
    )


async def head(connection: Connection) -> Head:
    """The head of the log."""
    lines = await lines_of(
        connection,
        Head,
        "SELECT coalesce(m.position, 0) AS position, m.recorded_at, pg_is_in_recovery() AS in_recovery"
        " FROM (SELECT) AS one"
        " LEFT JOIN (SELECT position, recorded_at FROM log.moments ORDER BY position DESC LIMIT 1) AS m ON true",
    )
    return lines[0]


async def recorded_at(connection: Connection, position: int) -> datetime | None:
    """When the last event up to *position* was recorded; None if there is none."""
    cursor = await connection.execute(
        "SELECT recorded_at FROM log.moments WHERE position <= %s ORDER BY position DESC LIMIT 1",
        (position,),
    )
    row = await cursor.fetchone()
    return row[0] if row else None


async def reached(connection: Connection) -> int:
    """The position that all read models have reached."""
    cursor = await connection.execute("SELECT coalesce(min(position), 0) FROM read.projections")
    row = await cursor.fetchone()
    return int(row[0]) if row else 0


async def reached_and_fed(connection: Connection) -> tuple[int, bool]:
    """The position that all read models have reached, and whether none of them has stopped or is paused."""
    cursor = await connection.execute(
        "SELECT coalesce(min(position), 0), coalesce(bool_and(state = 'running'), true) FROM read.projections"
    )
    row = await cursor.fetchone()
    return (int(row[0]), bool(row[1])) if row else (0, True)


async def positions(connection: Connection) -> list[tuple[str, int]]:
    """The position that each read model has reached, by name."""
    return await lines_of(connection, tuple, "SELECT name, position FROM read.projections ORDER BY name")


async def position_at(connection: Connection, moment: datetime) -> int:
    """The last position recorded by *moment*. It never changes once the moment has passed.

    Raises NotReplayed on a server in recovery that does not know it yet; that ends the transaction of *connection*.
    """
    try:
        cursor = await connection.execute("SELECT log.position_at(%s)", (moment,))
    except psycopg.errors.ObjectNotInPrerequisiteState as error:
        if error.diag.constraint_name != "moment_replayed":
            raise
        raise NotReplayed(moment, error.diag.message_hint or "-infinity") from error
    row = await cursor.fetchone()
    return int(row[0]) if row else 0


async def standby(connection: Connection) -> Standby | None:
    """How far this server is behind the one whose log it replays; None where it is in no recovery."""
    lines = await lines_of(
        connection,
        Standby,
        "SELECT extract(epoch FROM clock_timestamp() - nullif(log.known_until(), '-infinity'))::float8"
        " AS seconds_behind, (pg_last_wal_receive_lsn() - pg_last_wal_replay_lsn())::bigint AS bytes_behind"
        " WHERE pg_is_in_recovery()",
    )
    return lines[0] if lines else None


_STANDBYS = """
    SELECT connected, synchronous, current_setting('synchronous_commit') AS commit FROM log.standbys()"""


async def standbys(connection: Connection) -> Standbys:
    """The standbys of this server."""
    return (await lines_of(connection, Standbys, _STANDBYS))[0]
