"""The moment at which a database is verified: one snapshot of the log, which the checks of the log share."""

from __future__ import annotations

from collections import deque
from collections.abc import Generator, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import psycopg
from psycopg import IsolationLevel
from psycopg.rows import TupleRow

from infra.database.postgres import Database
from infra.log.fold import Fold, Misfit, StoredEvent
from infra.verifying.checksums import fix_settings, read_whole_tables

# How many events the server sends at a time.
AT_ONCE = 5000


@dataclass
class Moment:
    """The log at one moment. *connection* sees it as it was then, whatever is recorded meanwhile."""

    database: Database
    connection: psycopg.Connection[TupleRow]
    name: str
    server: str
    at: datetime
    position: int
    _folded: list[Fold] = field(default_factory=list, init=False)

    def asked(self, statement: str, parameters: tuple[Any, ...] = ()) -> list[TupleRow]:
        """The rows of *statement*."""
        return self.connection.execute(statement.encode(), parameters or None).fetchall()

    def rows(self, statement: str) -> Generator[TupleRow, None, None]:
        """The rows of *statement*, of which few are in memory at a time."""
        with self.connection.cursor(name="verified", binary=True) as cursor:
            cursor.itersize = AT_ONCE
            yield from cursor.execute(statement.encode())

    def misfits(self) -> Iterator[tuple[StoredEvent, Misfit]]:
        """Each event that cannot follow those before it, with the reason. Afterwards ``fold`` is at hand."""
        fold = Fold()
        with closing(self.rows(_EVENTS)) as rows:
            for row in rows:
                event = StoredEvent._make(row)
                for misfit in fold.add(event):
                    yield event, misfit
        self._folded.append(fold)

    @property
    def fold(self) -> Fold:
        """The fold of the whole log. The first who asks waits for it."""
        if not self._folded:
            deque(self.misfits(), maxlen=0)
        return self._folded[0]


_EVENTS = """SELECT notification_id, originator_id, originator_version, topic, schema_version, recorded_at, actor, state
  FROM log.events ORDER BY notification_id, originator_id, originator_version"""


@contextmanager
def at_one_moment(database: Database) -> Iterator[Moment]:
    """The log of *database* as it is now. Needs the owner of the database."""
    with database.connect() as connection:
        fix_settings(connection)
        connection.isolation_level, connection.read_only = IsolationLevel.REPEATABLE_READ, True
        connection.autocommit = False
        read_whole_tables(connection)
        row = connection.execute(
            "SELECT current_database(), current_setting('server_version'), clock_timestamp(),"
            " (SELECT coalesce(max(notification_id), 0) FROM log.events)"
        ).fetchone()
        if row is None:
            raise AssertionError("unreachable")
        yield Moment(database, connection, *row)
