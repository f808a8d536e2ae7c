"""Corrections: how a read model finds the rows of the event that counts otherwise from now on."""

from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import Any, TypeAlias

import psycopg
from psycopg.sql import SQL, Identifier

from domain.history import Recorded
from domain.values.fact import CORRECTIONS, DateCorrected, StatementReplaced

# The last position of all: a row that is known until then is known now.
NOW = 9223372036854775807

Correction: TypeAlias = DateCorrected | StatementReplaced


def apart(page: Sequence[Recorded]) -> Iterator[tuple[Sequence[Recorded], Correction | None]]:
    """*page* in parts, in order: events without a correction among them, and each correction by itself."""
    for corrects, events in groupby(page, key=lambda recorded: isinstance(recorded.event, CORRECTIONS)):
        if not corrects:
            yield [*events], None
            continue
        for recorded in events:
            assert isinstance(recorded.event, CORRECTIONS)
            yield [recorded], recorded.event


def position_of(cursor: psycopg.Cursor[Any], stream: str, version: int) -> int:
    """The position of the event that is number *version* of its *stream*."""
    cursor.execute(
        "SELECT notification_id FROM log.events WHERE originator_id = %s AND originator_version = %s",
        (stream, version),
    )
    found = cursor.fetchone()
    if found is None:
        raise LookupError(f"{stream} has no event {version}")
    return int(found[0])


def supersede(cursor: psycopg.Cursor[Any], table: str, recorded: Recorded, correction: Correction) -> None:
    """End the row in *table* of the event that is corrected: it was known until this position."""
    cursor.execute(
        SQL("UPDATE {} SET superseded = %s WHERE position = %s AND superseded = %s").format(Identifier(table)),
        (recorded.position, position_of(cursor, recorded.stream, correction.version), NOW),
    )
