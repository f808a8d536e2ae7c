"""The table of timeline entries, and the writer that fills it."""

from collections.abc import Sequence
from typing import Any

import psycopg

from domain import organisation
from domain.history import Recorded, partnership_of
from domain.values.fact import DateCorrected
from projections.support.confidential import CONFIDENTIAL
from projections.tables.corrections import NOW, apart, position_of, supersede
from projections.tables.effect import sorts_on
from projections.tables.rows import add
from projections.telling import ORGANISATION, Described, described

# --- Table ------------------------------------------------------------------------------------------------------------

NAME = "timeline"
TABLES = ("timeline", "timeline_names")
DEFINITION = f"""
-- An entry whose date was corrected has several rows: each is known from the position since until superseded.
CREATE TABLE timeline (
    position bigint NOT NULL, partnership_id text NOT NULL, lane text NOT NULL, kind text NOT NULL,
    "on" text NOT NULL, sorts_on date NOT NULL, earliest date, latest date, until text,
    recorded_at timestamptz NOT NULL, title text NOT NULL, amount numeric, currency text,
    actor text NOT NULL, event_id text NOT NULL,
    since bigint NOT NULL, superseded bigint NOT NULL, PRIMARY KEY (position, since),
    CONSTRAINT shows_nothing_confidential CHECK (kind NOT IN ({CONFIDENTIAL}))
);
CREATE TABLE timeline_names (organisation_id text PRIMARY KEY, name text NOT NULL);
"""
INDEXES = """
-- The order of a partnership's timeline: by date, undated last, then as recorded.
CREATE UNIQUE INDEX timeline_order ON timeline (partnership_id, sorts_on, position, since);
-- The order in which they became known.
CREATE INDEX timeline_updates ON timeline (partnership_id, since, position);
"""

# --- Writer -----------------------------------------------------------------------------------------------------------


def write(cursor: psycopg.Cursor[Any], page: Sequence[Recorded]) -> None:
    """Add the events of a page of the log."""
    for events, correction in apart(page):
        _write(cursor, events)
        if isinstance(correction, DateCorrected):
            _move(cursor, events[0], correction)
        elif correction is not None:
            supersede(cursor, "timeline", events[0], correction)


def _move(cursor: psycopg.Cursor[Any], recorded: Recorded, correction: DateCorrected) -> None:
    """Put an entry on its right date, from this position on."""
    on = correction.date
    cursor.execute(
        "WITH old AS (UPDATE timeline SET superseded = %(at)s"
        " WHERE position = %(of)s AND superseded = %(now)s RETURNING *)"
        " INSERT INTO timeline SELECT position, partnership_id, lane, kind, %(on)s, %(sorts_on)s, %(earliest)s,"
        " CASE WHEN until IS NULL THEN %(latest)s ELSE latest END, until, recorded_at, title, amount, currency, actor,"
        " event_id, %(at)s, %(now)s FROM old",
        {
            "at": recorded.position,
            "of": position_of(cursor, recorded.stream, correction.version),
            "now": NOW,
            "on": on.text,
            "sorts_on": sorts_on(on),
            "earliest": on.earliest,
            "latest": on.latest,
        },
    )


def _write(cursor: psycopg.Cursor[Any], page: Sequence[Recorded]) -> None:
    lines = [(recorded, described(recorded.event)) for recorded in page]
    names = _names(cursor, {line.organisation_id for _, line in lines if line is not None and line.organisation_id})
    renamed: dict[str, str] = {}
    rows = []
    for recorded, line in lines:
        match recorded.event:
            case organisation.OrganisationRegistered() | organisation.OrganisationRenamed() as named:
                names[recorded.stream] = renamed[recorded.stream] = named.name
        partnership_id = partnership_of(recorded.event)
        if partnership_id is not None and line is not None:
            rows.append(_row(recorded, partnership_id, line, names))
    if renamed:
        cursor.execute(
            "INSERT INTO timeline_names SELECT * FROM unnest(%s::text[], %s::text[])"
            " ON CONFLICT (organisation_id) DO UPDATE SET name = excluded.name",
            (list(renamed), list(renamed.values())),
        )
    add(cursor, "timeline", rows)


def _names(cursor: psycopg.Cursor[Any], organisation_ids: set[str]) -> dict[str, str]:
    """The names of these organisations before the page, by id."""
    if not organisation_ids:
        return {}
    cursor.execute(
        "SELECT organisation_id, name FROM timeline_names WHERE organisation_id = ANY (%s)",
        (sorted(organisation_ids),),
    )
    return dict(cursor.fetchall())


def _row(recorded: Recorded, partnership_id: str, line: Described, names: dict[str, str]) -> tuple[Any, ...]:
    on, until = recorded.event.on, line.until
    return (
        recorded.position,
        partnership_id,
        line.lane.name,
        type(recorded.event).__name__,
        on.text,
        sorts_on(on),
        on.earliest,
        (until.latest if until is not None else None) or on.latest,
        until.text if until is not None else None,
        recorded.recorded_at,
        line.title.replace(ORGANISATION, names.get(line.organisation_id or "", "An organisation")),
        line.amount.amount if line.amount else None,
        line.amount.currency if line.amount else None,
        recorded.actor,
        recorded.event_id,
        recorded.position,
        NOW,
    )
