"""The table of timeline entries, and the writer that fills it."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import psycopg

from domain import organisation
from domain.history import Recorded, partnership_of
from domain.values.fact import DateCorrected
from projections.support.confidential import CONFIDENTIAL
from projections.tables.corrections import NOW, apart, position_of, supersede
from projections.tables.effect import sorts_on
from projections.tables.rows import add, columns
from projections.telling import ORGANISATION, Described, described
from projections.timeline.places import Place, involved_in, place_stated, places_given, subject_of

# --- Table ------------------------------------------------------------------------------------------------------------

NAME = "timeline"
TABLES = ("timeline", "timeline_things")
DEFINITION = f"""
-- An event has a row for each thing whose timeline it is on: the one that it is about, and an organisation that it
-- names. The partnership, scheme and programme are where it happened. An entry whose date was corrected has several
-- rows for each thing: each is known from the position since until superseded.
CREATE TABLE timeline (
    position bigint NOT NULL, thing text NOT NULL, partnership_id text, scheme_id text, programme_id text,
    lane text NOT NULL, kind text NOT NULL,
    "on" text NOT NULL, sorts_on date NOT NULL, earliest date, latest date, until text,
    recorded_at timestamptz NOT NULL, title text NOT NULL, amount numeric, currency text,
    actor text NOT NULL, event_id text NOT NULL,
    since bigint NOT NULL, superseded bigint NOT NULL, PRIMARY KEY (position, thing, since),
    CONSTRAINT shows_nothing_confidential CHECK (kind NOT IN ({CONFIDENTIAL}))
);
-- What titles and places are made of: the present names of organisations, and where other things belong.
CREATE TABLE timeline_things (thing text PRIMARY KEY, name text, scheme_id text, programme_id text);
"""
INDEXES = """
-- The order of the timeline of a thing: by date, undated last, then as recorded.
CREATE UNIQUE INDEX timeline_order ON timeline (thing, sorts_on, position, since);
-- The order in which its entries became known.
CREATE INDEX timeline_updates ON timeline (thing, since, position);
-- What became known of all of them, for those who listen to a programme.
CREATE INDEX timeline_since ON timeline (since);
-- The same order for all that happened in a programme. Few entries have no programme.
CREATE INDEX timeline_of_programme ON timeline (programme_id, sorts_on, position, since, scheme_id)
 WHERE programme_id IS NOT NULL;
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
        " INSERT INTO timeline SELECT position, thing, partnership_id, scheme_id, programme_id, lane, kind, %(on)s,"
        " %(sorts_on)s, %(earliest)s, CASE WHEN until IS NULL THEN %(latest)s ELSE latest END, until, recorded_at,"
        " title, amount, currency, actor, event_id, %(at)s, %(now)s FROM old",
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


class _Known(NamedTuple):
    """The names of organisations and the places of other things, by id."""

    names: dict[str, str]
    places: dict[str, Place]


# The events that give an organisation its present name.
_NAMING = (organisation.OrganisationRegistered, organisation.OrganisationRenamed)


def _write(cursor: psycopg.Cursor[Any], page: Sequence[Recorded]) -> None:
    lines = [
        (recorded, subject, line)
        for recorded in page
        if (line := described(recorded.event)) is not None and (subject := subject_of(recorded)) is not None
    ]
    given = places_given(page)
    things = {subject for _, subject, _ in lines}.difference(given)
    known = _known(cursor, things.union(line.organisation_id for *_, line in lines if line.organisation_id))
    known.places.update(given)
    renamed: dict[str, str] = {}
    rows: list[tuple[Any, ...]] = []
    for recorded, subject, line in lines:
        event = recorded.event
        if isinstance(event, _NAMING):
            known.names[recorded.stream] = renamed[recorded.stream] = event.name
        row = _row(recorded, subject, line, known)
        rows.append(row)
        involved = involved_in(event)
        if involved is not None and involved != subject:
            rows.append((row[0], involved, *row[2:]))
    _keep(cursor, renamed, given)
    add(cursor, "timeline", rows)


def _known(cursor: psycopg.Cursor[Any], things: set[str]) -> _Known:
    """What was known of *things* before the page."""
    if not things:
        return _Known({}, {})
    cursor.execute(
        "SELECT thing, name, scheme_id, programme_id FROM timeline_things WHERE thing = ANY (%s)", (sorted(things),)
    )
    found = cursor.fetchall()
    return _Known(
        {thing: name for thing, name, *_ in found if name is not None},
        {thing: Place(*place) for thing, _, *place in found},
    )


def _keep(cursor: psycopg.Cursor[Any], names: Mapping[str, str], places: Mapping[str, Place]) -> None:
    if names or places:
        kept: list[tuple[str | None, ...]] = [(thing, name, None, None) for thing, name in names.items()]
        kept += [(thing, None, *place) for thing, place in places.items()]
        cursor.execute(
            "INSERT INTO timeline_things SELECT * FROM unnest(%s::text[], %s::text[], %s::text[], %s::text[])"
            " ON CONFLICT (thing) DO UPDATE SET name = excluded.name",
            columns(kept),
        )


def _row(recorded: Recorded, subject: str, line: Described, known: _Known) -> tuple[Any, ...]:
    on, until = recorded.event.on, line.until
    where = partnership_of(recorded.event), *(known.places.get(subject) or place_stated(recorded))
    return (
        recorded.position,
        subject,
        *where,
        line.lane.name,
        type(recorded.event).__name__,
        on.text,
        sorts_on(on),
        on.earliest,
        (until.latest if until is not None else None) or on.latest,
        until.text if until is not None else None,
        recorded.recorded_at,
        line.title.replace(ORGANISATION, known.names.get(line.organisation_id or "", "An organisation")),
        line.amount.amount if line.amount else None,
        line.amount.currency if line.amount else None,
        recorded.actor,
        recorded.event_id,
        recorded.position,
        NOW,
    )
