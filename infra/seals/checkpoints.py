"""Checkpoints and epochs in the database: what was signed of the log, and when the log began anew."""

from datetime import datetime
from typing import Any, LiteralString, NamedTuple

import psycopg

from projections.tables.paging import Connection


class Sealed(NamedTuple):
    """A checkpoint as the database keeps it: of the events up to *position*, which are *size*, with its signed note."""

    epoch: int
    size: int
    position: int
    root: bytes
    note: str
    sealed_at: datetime


class Epoch(NamedTuple):
    """An epoch of the log. It continues the first *size_before* events, up to *position_before*, of the one before."""

    epoch: int
    system: int
    timeline: int
    database: int
    size_before: int
    position_before: int
    began_at: datetime


class Lag(NamedTuple):
    """How far sealing is behind the log: in *events*, and in *seconds* since the first of them was recorded.

    *state* is ``sealing``, or ``stopped`` with an *error*; ``never`` before the first checkpoint. *size* and *position*
    are those of the newest checkpoint.
    """

    state: str
    error: str | None
    epoch: int
    size: int
    position: int
    events: int
    seconds: float


_SEALED: LiteralString = "SELECT epoch, size, position, root, note, sealed_at FROM seals.checkpoints"
# The server's identifier, its timeline, which each recovery raises, and the database, which a copy does not share.
PLACE: LiteralString = (
    "SELECT (SELECT system_identifier FROM pg_control_system()),"
    " ('x' || substr(pg_walfile_name(pg_current_wal_insert_lsn()), 1, 8))::bit(32)::bigint,"
    " (SELECT oid::bigint FROM pg_database WHERE datname = current_database())"
)
_EPOCHS: LiteralString = (
    "SELECT epoch, system, timeline, database, size_before, position_before, began_at FROM seals.epochs ORDER BY epoch"
)
LAG: LiteralString = """
    SELECT coalesce(s.state, 'never'), s.error, coalesce(c.epoch, 0), coalesce(c.size, 0), coalesce(c.position, 0),
           (SELECT count(*) FROM (SELECT FROM log.moments m WHERE m.position > coalesce(c.position, 0)
                                   LIMIT 100001) AS unsealed),
           greatest(0, coalesce(extract(epoch FROM clock_timestamp() - (
               SELECT m.recorded_at FROM log.moments m WHERE m.position > coalesce(c.position, 0)
                ORDER BY m.position LIMIT 1)), 0))::float8
      FROM (SELECT) AS always LEFT JOIN seals.sealer s ON true
      LEFT JOIN (SELECT * FROM seals.checkpoints ORDER BY epoch DESC, size DESC LIMIT 1) c ON true"""


async def read_lag(connection: Connection) -> Lag:
    """How far sealing is behind the log."""
    row = await (await connection.execute(LAG)).fetchone()
    assert row is not None  # noqa: S101 - it has one row in any case
    return Lag(*row)


def newest(connection: psycopg.Connection[Any]) -> Sealed | None:
    """The newest checkpoint; None before the first one."""
    row = connection.execute(f"{_SEALED} ORDER BY epoch DESC, size DESC LIMIT 1").fetchone()
    return Sealed(*row) if row else None


def checkpoints(connection: psycopg.Connection[Any]) -> list[Sealed]:
    """Every checkpoint that is kept, the oldest first."""
    return [Sealed(*row) for row in connection.execute(f"{_SEALED} ORDER BY epoch, size").fetchall()]


def epochs(connection: psycopg.Connection[Any]) -> list[Epoch]:
    """Every epoch of the log, the first one first."""
    return [Epoch(*row) for row in connection.execute(_EPOCHS).fetchall()]


def present_epoch(connection: psycopg.Connection[Any], known_outside: int = 0) -> Epoch:
    """The epoch of the log in this database, which begins now if the database was copied, restored or promoted since.

    *known_outside* is the newest epoch that copies outside the database know of: a number is never used twice.
    """
    with connection.transaction():
        place = connection.execute(PLACE).fetchone()
        assert place is not None  # noqa: S101 - it has no condition
        known = epochs(connection)
        if known and (known[-1].system, known[-1].timeline, known[-1].database) == tuple(place):
            return known[-1]
        return begin_epoch(connection, known_outside)


def begin_epoch(connection: psycopg.Connection[Any], known_outside: int = 0) -> Epoch:
    """A new epoch of the log, which continues what was sealed before."""
    last = newest(connection)
    number = 1 + max([known_outside, *(one.epoch for one in epochs(connection))])
    place = connection.execute(PLACE).fetchone() or ()
    connection.execute(
        "INSERT INTO seals.epochs (epoch, system, timeline, database, size_before, position_before)"
        " VALUES (%s, %s, %s, %s, %s, %s)",
        (number, *place, last.size if last else 0, last.position if last else 0),
    )
    return epochs(connection)[-1]


def forget_all(connection: psycopg.Connection[Any]) -> None:
    """Forget the tree and the checkpoints in the database. The epochs stay."""
    connection.execute("DELETE FROM seals.checkpoints")
    connection.execute("DELETE FROM seals.tiles")


def keep(connection: psycopg.Connection[Any], sealed: Sealed) -> None:
    """Keep *sealed* as the newest checkpoint. The one before it is left out if it is of the same hour and epoch."""
    connection.execute(
        "DELETE FROM seals.checkpoints c USING (SELECT epoch, size FROM seals.checkpoints WHERE epoch = %(epoch)s"
        " ORDER BY size DESC LIMIT 1) AS last WHERE c.epoch = last.epoch AND c.size = last.size"
        " AND date_trunc('hour', c.sealed_at) = date_trunc('hour', %(sealed_at)s)",
        {"epoch": sealed.epoch, "sealed_at": sealed.sealed_at},
    )
    connection.execute(
        "INSERT INTO seals.checkpoints (epoch, size, position, root, note, sealed_at) VALUES (%s, %s, %s, %s, %s, %s)",
        sealed,
    )


def state_that(connection: psycopg.Connection[Any], error: str | None) -> bool:
    """State that the sealer works, or that it has stopped with *error*. Return whether something else was stated."""
    stated = connection.execute(
        "INSERT INTO seals.sealer AS s (state, error) VALUES (%(state)s, %(error)s) ON CONFLICT (one) DO UPDATE"
        " SET state = excluded.state, error = excluded.error, updated_at = excluded.updated_at"
        " WHERE (s.state, s.error) IS DISTINCT FROM (excluded.state, excluded.error)",
        {"state": "stopped" if error else "sealing", "error": error},
    )
    return stated.rowcount > 0
