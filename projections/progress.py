"""Progress: the head of the log, and the position that each read model has reached."""

from dataclasses import dataclass
from datetime import datetime

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
    """The last event of the log; position 0 and None for an empty log."""

    position: int
    recorded_at: datetime | None


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
        "SELECT position, recorded_at FROM log.moments ORDER BY position DESC LIMIT 1",
    )
    return lines[0] if lines else Head(position=0, recorded_at=None)


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
    """The last position recorded by *moment*. It never changes once the moment has passed."""
    cursor = await connection.execute("SELECT log.position_at(%s)", (moment,))
    row = await cursor.fetchone()
    return int(row[0]) if row else 0
