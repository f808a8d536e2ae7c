"""Where a recovery stops: after everything that was recorded by an instant or up to a position, and before all later.

PostgreSQL can stop by the time of a commit, which is later than the time of recording. So the archive is recovered once
to its end, in a folder that is thrown away, to see which transaction recorded the last event that is wanted and which
the first that is not. The recovery that counts then stops between their commits. Changes that are no events, such as
names in the directory, are there if they were committed by the instant.
"""

from collections.abc import Iterable
from datetime import datetime
from itertools import takewhile
from typing import NamedTuple

import psycopg
from psycopg.rows import TupleRow

from infra.backups.refusals import BackupRefused
from infra.backups.wal import Commit


class Wanted(NamedTuple):
    """What to restore: up to an *instant*, up to a *position*, or everything."""

    instant: datetime | None = None
    position: int | None = None

    @property
    def is_all(self) -> bool:
        """Whether everything that there is is wanted."""
        return self.instant is None and self.position is None

    def __str__(self) -> str:
        return f"{self.instant:%d %b %Y %H:%M:%S.%f %Z}" if self.instant else f"position {self.position:,}"


class Event(NamedTuple):
    """An event of the log and the transaction that recorded it."""

    position: int
    recorded_at: datetime
    transaction: str


class Edge(NamedTuple):
    """The *last* event that is wanted, the *first* that is not, and who was *erased* after the last."""

    last: Event
    first: Event | None
    erased: list[str]


_EVENT = "SELECT notification_id, recorded_at, xmin::text FROM log.events"


def edge(connection: psycopg.Connection[TupleRow], wanted: Wanted, known_until: datetime) -> Edge:
    """The edge of what is *wanted* in a log in which everything is that was recorded by *known_until*.

    Raises BackupRefused where there is no such edge.
    """
    if wanted.instant is not None:
        by = "recorded_at <= %s ORDER BY recorded_at DESC, notification_id DESC"
        last = _event(connection, by, wanted.instant)
    else:
        last = _event(connection, "notification_id <= %s ORDER BY notification_id DESC", wanted.position)
    head = _event(connection, "notification_id >= %s ORDER BY notification_id DESC", 0)
    if last is None or head is None:
        raise BackupRefused(f"Nothing had been recorded by {wanted}.")
    first = _event(connection, "notification_id > %s ORDER BY notification_id", last.position)
    if first is None:
        _refuse_beyond(wanted, head, known_until)
    if first is not None and first.transaction == last.transaction:
        raise BackupRefused(
            f"Positions {last.position:,} and {first.position:,} were recorded in one transaction, as `fundtrail log"
            " restore` does. Only all of it can be restored."
        )
    erased = connection.execute(
        "SELECT originator_id FROM log.events WHERE topic = 'PersonErased' AND notification_id > %s ORDER BY 1",
        (last.position,),
    ).fetchall()
    return Edge(last, first, [person for (person,) in erased])


def _event(connection: psycopg.Connection[TupleRow], where: str, given: object) -> Event | None:
    row = connection.execute(f"{_EVENT} WHERE {where} LIMIT 1".encode(), (given,)).fetchone()
    return Event(*row) if row else None


def _refuse_beyond(wanted: Wanted, head: Event, known_until: datetime) -> None:
    ends = (
        f"The last event there is has position {head.position:,}, recorded at {head.recorded_at:%d %b %Y %H:%M:%S %Z}"
    )
    if wanted.instant is not None and wanted.instant > max(known_until, head.recorded_at):
        raise BackupRefused(
            f"{ends}; what came after {known_until:%d %b %Y %H:%M:%S %Z} is not known."
            " Leave out --to to restore all there is."
        )
    if wanted.position is not None and wanted.position > head.position:
        raise BackupRefused(f"{ends}. Leave out --to-position to restore all there is.")


def stop_after(found: Edge, wanted: Wanted, commits: Iterable[Commit], consistent: int) -> int | None:
    """The place of the commit to stop after; None where that is before the backup is *consistent*."""
    before = list(takewhile(lambda one: found.first is None or found.first.transaction not in one.ids, commits))
    of_last = [nth for nth, one in enumerate(before) if found.last.transaction in one.ids]
    after = before[of_last[0] + 1 :] if of_last else before
    if wanted.instant is not None:
        instant = wanted.instant
        after = list(takewhile(lambda one: one.at <= instant, after))
    # That of the last event counts in any case: it may have been committed later than the event was recorded.
    stops = [before[nth] for nth in of_last] + after
    return stops[-1].place if stops and stops[-1].place >= consistent else None
