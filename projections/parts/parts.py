"""The tables of parts: each step of every part, and every part as it is now."""

from collections.abc import Iterable, Sequence
from typing import Any

import psycopg
from psycopg.types.json import Jsonb

from domain.history import Recorded
from domain.values.fact import DateCorrected
from projections.parts.folded import FOLDED
from projections.parts.steps import steps_of
from projections.tables.corrections import NOW, Correction, apart, position_of
from projections.tables.effect import counts_from
from projections.tables.rows import add, array

# --- Tables -----------------------------------------------------------------------------------------------------------

NAME = "parts"
TABLES = ("part_steps", "parts")
DEFINITION = """
-- The steps of each part, from which its state follows as at any date and as known at any moment. Where its date was
-- corrected, a step has several rows: each is known from the position since (at least its own) until superseded.
-- A part of an award or a bid names the partnership.
CREATE TABLE part_steps (
    position bigint NOT NULL, id text NOT NULL, kind text NOT NULL, stream text NOT NULL, number integer NOT NULL,
    part integer, step text NOT NULL, begins boolean NOT NULL, status text, amount numeric, currency text,
    remains numeric, "on" text NOT NULL, counts_from date NOT NULL, actor text NOT NULL, facts jsonb NOT NULL,
    since bigint NOT NULL, superseded bigint NOT NULL, partnership_id text, PRIMARY KEY (id, position, since)
);
-- Every part after all of its steps, for lists of all parts of a kind.
CREATE TABLE parts (
    id text PRIMARY KEY, kind text NOT NULL, stream text NOT NULL, number integer NOT NULL, part integer,
    status text NOT NULL, amount numeric, currency text, remains numeric, "on" text NOT NULL, day date NOT NULL,
    by text NOT NULL, position bigint NOT NULL, events bigint[] NOT NULL, facts jsonb NOT NULL, partnership_id text
);
"""
INDEXES = """
CREATE INDEX part_steps_of_stream ON part_steps (stream, kind, number);
CREATE INDEX parts_of_stream ON parts (stream, kind, number);
CREATE INDEX parts_by_position ON parts (kind, position);
CREATE INDEX parts_by_day ON parts (kind, day, position);
CREATE INDEX part_steps_by_officer ON part_steps ((facts->>'officer'), stream) WHERE kind = 'caseofficer';
CREATE INDEX part_steps_of_authority ON part_steps ((facts->>'organisation_id')) WHERE kind = 'places';
CREATE INDEX parts_by_amount ON parts (kind, amount, position);
CREATE INDEX part_steps_of_delivery ON part_steps (kind, partnership_id)
    WHERE kind IN ('planstep', 'followon', 'procurement', 'supplier', 'deliverable', 'status', 'holdup');
"""

# --- Writer -----------------------------------------------------------------------------------------------------------


def write(cursor: psycopg.Cursor[Any], page: Sequence[Recorded]) -> None:
    """Add the events of a page of the log."""
    for events, correction in apart(page):
        if correction is not None:
            _renew(cursor, _correct(cursor, events[0], correction))
            continue
        rows = [row for recorded in events for row in _rows(recorded)]
        add(cursor, "part_steps", rows)
        _renew(cursor, dict.fromkeys(row[1] for row in rows))


def _rows(recorded: Recorded) -> Iterable[tuple[Any, ...]]:
    on = recorded.event.on
    for one in steps_of(recorded):
        yield (
            recorded.position, one.id, one.kind, recorded.stream, one.number, one.part, one.step, one.begins,
            one.status, one.amount.amount if one.amount else None, one.amount.currency if one.amount else None,
            one.remains, on.text, counts_from(on), recorded.actor, Jsonb(one.facts), recorded.position, NOW,
            getattr(recorded.event, "partnership_id", None),
        )  # fmt: skip


def _correct(cursor: psycopg.Cursor[Any], recorded: Recorded, correction: Correction) -> list[str]:
    """Give the steps of an event their right date, or end them, from this position on.

    Returns the ids of their parts.
    """
    ended = (
        "UPDATE part_steps SET superseded = %(at)s"
        " WHERE stream = %(stream)s AND position = %(of)s AND superseded = %(now)s RETURNING"
    )
    asked: dict[str, Any] = {
        "at": recorded.position,
        "stream": recorded.stream,
        "of": position_of(cursor, recorded.stream, correction.version),
        "now": NOW,
    }
    if isinstance(correction, DateCorrected):
        asked |= {"on": correction.date.text, "from": counts_from(correction.date)}
        cursor.execute(
            f"WITH old AS ({ended} *)"  # noqa: S608 - a constant
            " INSERT INTO part_steps SELECT position, id, kind, stream, number, part, step, begins, status, amount,"
            " currency, remains, %(on)s, %(from)s, actor, facts, %(at)s, %(now)s, partnership_id FROM old RETURNING id",
            asked,
        )
    else:
        cursor.execute(f"{ended} id", asked)
    return [part_id for (part_id,) in cursor.fetchall()]


def _renew(cursor: psycopg.Cursor[Any], ids: Iterable[str]) -> None:
    """Store these parts as they are now."""
    touched = list(ids)
    if touched:
        cursor.execute("DELETE FROM parts WHERE id = ANY (%s::text[])", (array(touched),), prepare=True)
        cursor.execute(_PRESENT, (array(touched),), prepare=True)


_COLUMNS = (
    'id, kind, stream, number, part, status, amount, currency, remains, "on", day, by, position, events, facts,'
    " partnership_id"
)
_PRESENT = f"INSERT INTO parts ({_COLUMNS}) SELECT {_COLUMNS} FROM {FOLDED}"  # noqa: S608
