"""Pausing one read model: it stays where it is, through restarts and rebuilds, until somebody starts it again."""

from infra.database.postgres import PROJECTOR, Database
from infra.log.recorder import CHANNEL
from projections import progress
from projections.read_models import ReadModel


def pause(database: Database, model: ReadModel, by: str, reason: str) -> int | None:
    """Leave *model* out of the feeding, for a *reason*. Return the position where it stays.

    None where it is paused already. A page that is being written is waited for.
    """
    with database.connect(PROJECTOR) as connection, connection.transaction():
        row = connection.execute(
            "UPDATE read.projections SET state = 'paused', updated_at = clock_timestamp()"
            " WHERE name = %s AND state <> 'paused' RETURNING position",
            (model.NAME,),
        ).fetchone()
        if row is None:
            return None
        connection.execute(
            "INSERT INTO read.pauses (name, position, paused_by, reason) VALUES (%s, %s, %s, %s)",
            (model.NAME, row[0], by, reason),
        )
        connection.execute("SELECT pg_notify(%s, %s)", (progress.CHANNEL, model.NAME))
        return int(row[0])


def start(database: Database, model: ReadModel, by: str) -> int | None:
    """Feed *model* again. Return the position from which it goes on; None where it is not paused.

    One that had stopped before it was paused tries its event again.
    """
    with database.connect(PROJECTOR) as connection, connection.transaction():
        row = connection.execute(
            "UPDATE read.projections SET state = 'running', failed_position = NULL, error = NULL,"
            " updated_at = clock_timestamp() WHERE name = %s AND state = 'paused' RETURNING position",
            (model.NAME,),
        ).fetchone()
        if row is None:
            return None
        connection.execute(
            "UPDATE read.pauses SET started_at = clock_timestamp(), started_by = %s"
            " WHERE name = %s AND started_at IS NULL",
            (by, model.NAME),
        )
        connection.execute("SELECT pg_notify(%s, %s), pg_notify(%s, '')", (progress.CHANNEL, model.NAME, CHANNEL))
        return int(row[0])
