"""Progress: the head of the log, and how far each read model has come."""

from dataclasses import dataclass
from datetime import datetime

from projections.tables.paging import Connection, lines_of

# Told on this channel by the projector, with the name of the read model, whenever one has moved.
CHANNEL = "fundtrail_read"


@dataclass(slots=True)
class ProgressLine:
    """A read model: the last *position* taken in, and its *state*.

    A ``stopped`` one says at which event and why. An ``outdated`` one has tables that another version of Fundtrail
    made: it is not fed by this one, and asks for a rebuild.
    *seconds_behind* is for how long the first event that it has not taken in has waited; 0 where there is none.
    """

    name: str
    position: int
    state: str
    failed_position: int | None
    error: str | None
    seconds_behind: float


@dataclass(slots=True)
class Head:
    """The last event of the log; *recorded_at* is None while there is none."""

    position: int
    recorded_at: datetime | None


_PROGRESS = """
    SELECT d.name, coalesce(p.position, 0) AS position,
           CASE WHEN p.definition = d.definition THEN p.state ELSE 'outdated' END AS state, p.failed_position, p.error,
           greatest(0, coalesce(extract(epoch FROM clock_timestamp() - (
               SELECT e.recorded_at FROM log.events e WHERE e.notification_id > coalesce(p.position, 0)
                ORDER BY e.notification_id LIMIT 1)), 0))::float8 AS seconds_behind
      FROM unnest(%s::text[], %s::text[]) AS d (name, definition) LEFT JOIN read.projections p ON p.name = d.name
     ORDER BY d.name"""


async def progress(connection: Connection) -> list[ProgressLine]:
    """How far each read model has come, by name."""
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
        "SELECT notification_id AS position, recorded_at FROM log.events ORDER BY notification_id DESC LIMIT 1",
    )
    return lines[0] if lines else Head(position=0, recorded_at=None)


async def reached(connection: Connection) -> int:
    """The position that every read model has taken in."""
    cursor = await connection.execute("SELECT coalesce(min(position), 0) FROM read.projections")
    row = await cursor.fetchone()
    return int(row[0]) if row else 0


async def position_at(connection: Connection, moment: datetime) -> int:
    """The last position recorded by *moment*: what was known then. It never changes once the moment has passed."""
    cursor = await connection.execute("SELECT log.position_at(%s)", (moment,))
    row = await cursor.fetchone()
    return int(row[0]) if row else 0
