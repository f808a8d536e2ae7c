"""Periods: the days for which the books of a programme are closed. ``period_report`` reports their figures."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import psycopg

from domain.books import PeriodClosed
from domain.history import Recorded
from projections.tables.paging import Connection, lines_of
from projections.tables.rows import add

# --- Table ------------------------------------------------------------------------------------------------------------

NAME = "periods"
TABLES = ("periods",)
DEFINITION = """
CREATE TABLE periods (
    position bigint PRIMARY KEY, programme_id text NOT NULL, name text NOT NULL, starts date NOT NULL,
    ends date NOT NULL, closed_on text NOT NULL, recorded_at timestamptz NOT NULL, actor text NOT NULL
);
"""
INDEXES = """
CREATE INDEX periods_of_programme ON periods (programme_id, starts);
"""

# --- Writer -----------------------------------------------------------------------------------------------------------


def write(cursor: psycopg.Cursor[Any], page: Sequence[Recorded]) -> None:
    """Add the events of a page of the log."""
    add(cursor, "periods", (_row(one, one.event) for one in page if isinstance(one.event, PeriodClosed)))


def _row(recorded: Recorded, event: PeriodClosed) -> tuple[Any, ...]:
    return (
        recorded.position,
        event.programme_id,
        event.name,
        event.starts.day,
        event.ends.day,
        event.on.text,
        recorded.recorded_at,
        recorded.actor,
    )


# --- Lines ------------------------------------------------------------------------------------------------------------


@dataclass(slots=True)
class PeriodLine:
    """A closed period. Its report includes the events recorded up to *position*."""

    position: int
    programme_id: str
    name: str
    starts: date
    ends: date
    closed_on: str
    recorded_at: datetime
    actor: str


# --- Readers ----------------------------------------------------------------------------------------------------------


async def periods_by(
    connection: Connection, column: str, values: Sequence[str], *, known: int | None = None
) -> list[PeriodLine]:
    """The closed periods of the programmes (*column* programme_id) *values*, by their days, as known at a position."""
    assert column == "programme_id"
    return await lines_of(
        connection,
        PeriodLine,
        "SELECT position, programme_id, name, starts, ends, closed_on, recorded_at, actor FROM periods"
        " WHERE programme_id = ANY (%(ids)s) AND (%(known)s::bigint IS NULL OR position <= %(known)s)"
        " ORDER BY programme_id, starts",
        {"ids": list(values), "known": known},
    )
