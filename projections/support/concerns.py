"""Concerns, and what happened with each: who may read it, and who read it when. The text is in the log alone.

The database shows the rows of a concern to its readers and to nobody else (``projections.seen``).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from typing import Any

import psycopg

from domain.history import Recorded
from domain.support import concern
from domain.values.fact import Fact
from projections.tables.kinds import by_kind, of_kinds
from projections.tables.paging import Connection, lines_of
from projections.tables.rows import insert


class StepTaken(Enum):
    """What is done with a concern."""

    RAISED = "raised"
    READERS_CHANGED = "readers changed"
    READ = "read"
    SHARED = "shared"
    CLOSED = "closed"


# --- Tables -----------------------------------------------------------------------------------------------------------

NAME = "concerns"
TABLES = ("concerns", "concern_steps")
DEFINITION = """
-- The actors who may read it now are its readers.
CREATE TABLE concerns (
    id text PRIMARY KEY, position bigint NOT NULL, partnership_id text, organisation_id text, raised text NOT NULL,
    raised_by text NOT NULL, readers text[] NOT NULL, shared text, closed text
);
CREATE TABLE concern_steps (
    position bigint PRIMARY KEY, concern_id text NOT NULL, step text NOT NULL, "on" text NOT NULL,
    recorded_at timestamptz NOT NULL, actor text NOT NULL, added text[] NOT NULL, removed text[] NOT NULL, because text
);
"""
INDEXES = """
CREATE INDEX concerns_of_readers ON concerns USING gin (readers);
CREATE INDEX steps_of_concern ON concern_steps (concern_id, position);
"""

# --- Writer -----------------------------------------------------------------------------------------------------------


def write(cursor: psycopg.Cursor[Any], page: Sequence[Recorded]) -> None:
    """Add the events of a page of the log."""
    for recorded in of_kinds(page, WRITERS):
        WRITERS[type(recorded.event)](cursor, recorded, recorded.event)


def _step(
    cursor: psycopg.Cursor[Any],
    recorded: Recorded,
    added: Sequence[str] = (),
    removed: Sequence[str] = (),
    because: str | None = None,
) -> None:
    insert(
        cursor,
        "concern_steps",
        position=recorded.position,
        concern_id=recorded.stream,
        step=_STEPS[type(recorded.event)].value,
        on=recorded.event.on.text,
        recorded_at=recorded.recorded_at,
        actor=recorded.actor,
        added=[*added],
        removed=[*removed],
        because=because,
    )


def _raised(cursor: psycopg.Cursor[Any], recorded: Recorded, event: concern.ConcernRaised) -> None:
    readers = [*dict.fromkeys((recorded.actor, *event.readers))]
    insert(
        cursor,
        "concerns",
        id=recorded.stream,
        position=recorded.position,
        partnership_id=event.partnership_id,
        organisation_id=event.organisation_id,
        raised=event.on.text,
        raised_by=recorded.actor,
        readers=readers,
    )
    _step(cursor, recorded, added=readers)


def _changed(cursor: psycopg.Cursor[Any], recorded: Recorded, event: concern.ReadersChanged) -> None:
    cursor.execute(
        "UPDATE concerns SET readers = ARRAY(SELECT r FROM unnest(readers || %(added)s::text[]) AS r"
        " WHERE r <> ALL (%(removed)s::text[])) WHERE id = %(id)s",
        {"id": recorded.stream, "added": [*event.added], "removed": [*event.removed]},
    )
    _step(cursor, recorded, event.added, event.removed, event.because)


def _read(cursor: psycopg.Cursor[Any], recorded: Recorded, _: concern.ConcernRead) -> None:
    _step(cursor, recorded)


def _shared(cursor: psycopg.Cursor[Any], recorded: Recorded, event: concern.ConcernShared) -> None:
    cursor.execute("UPDATE concerns SET shared = %s WHERE id = %s", (event.on.text, recorded.stream))
    _step(cursor, recorded)


def _closed(
    cursor: psycopg.Cursor[Any], recorded: Recorded, event: concern.ConcernClosed | concern.SharedConcernClosed
) -> None:
    cursor.execute("UPDATE concerns SET closed = %s WHERE id = %s", (event.on.text, recorded.stream))
    _step(cursor, recorded)


WRITERS = by_kind(_raised, _changed, _read, _shared, _closed)
_STEPS: dict[type[Fact], StepTaken] = {
    concern.ConcernRaised: StepTaken.RAISED, concern.ReadersChanged: StepTaken.READERS_CHANGED,
    concern.ConcernRead: StepTaken.READ, concern.ConcernShared: StepTaken.SHARED,
    concern.ConcernClosed: StepTaken.CLOSED, concern.SharedConcernClosed: StepTaken.CLOSED,
}  # fmt: skip

# --- Lines ------------------------------------------------------------------------------------------------------------


@dataclass(slots=True)
class ConcernLine:
    """A concern without its text. *readers* are the actors who may read it now; dates are texts of When."""

    id: str
    position: int
    partnership_id: str | None
    organisation_id: str | None
    raised: str
    raised_by: str
    readers: list[str]
    shared: str | None
    closed: str | None


@dataclass(slots=True)
class ConcernStepLine:
    """What *actor* did with a concern: *step* is the value of a StepTaken, *because* the reason."""

    position: int
    concern_id: str
    step: str
    on: str
    recorded_at: datetime
    actor: str
    added: list[str]
    removed: list[str]
    because: str | None


# --- Readers ----------------------------------------------------------------------------------------------------------

_CONCERNS = (
    "SELECT id, position, partnership_id, organisation_id, raised, raised_by, readers, shared, closed FROM concerns"
)


async def concerns(connection: Connection) -> list[ConcernLine]:
    """The concerns that name whoever the *connection* is for, the latest first."""
    return await lines_of(connection, ConcernLine, f"{_CONCERNS} ORDER BY position DESC")


async def concern_with(connection: Connection, concern_id: str) -> ConcernLine | None:
    """The concern with this id, if it names whoever the *connection* is for; None otherwise."""
    found = await lines_of(connection, ConcernLine, f"{_CONCERNS} WHERE id = %s", (concern_id,))
    return found[0] if found else None


async def steps_of(connection: Connection, concern_ids: Sequence[str]) -> list[ConcernStepLine]:
    """What happened with each of these concerns, in the order recorded."""
    statement = (
        'SELECT position, concern_id, step, "on", recorded_at, actor, added, removed, because FROM concern_steps'
        " WHERE concern_id = ANY (%s) ORDER BY position"
    )
    return await lines_of(connection, ConcernStepLine, statement, (list(concern_ids),))


def people_in(lines: Sequence[ConcernLine], steps: Sequence[ConcernStepLine]) -> set[str]:
    """The actors whom these concerns and their steps name."""
    named = {actor for line in lines for actor in (line.raised_by, *line.readers)}
    return named | {actor for step in steps for actor in (step.actor, *step.added, *step.removed)}
