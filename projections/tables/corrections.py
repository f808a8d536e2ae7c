"""Corrections of dates: how a read model finds the rows of the step whose date is corrected."""

from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import Any

import psycopg

from domain.history import Recorded
from domain.values.fact import DateCorrected

# The last position of all: a row that is known until then is known now.
NOW = 9223372036854775807


def apart(page: Sequence[Recorded]) -> Iterator[tuple[Sequence[Recorded], DateCorrected | None]]:
    """*page* in parts, in order: events without a correction among them, and each correction by itself."""
    for corrects, events in groupby(page, key=lambda recorded: isinstance(recorded.event, DateCorrected)):
        if not corrects:
            yield [*events], None
            continue
        for recorded in events:
            assert isinstance(recorded.event, DateCorrected)
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
