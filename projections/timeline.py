"""The timeline: what happened to a partnership, in order of when it happened, and since when that is known."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import psycopg
from psycopg.sql import SQL, Composable

from domain import organisation
from domain.fact import Lane
from domain.history import Recorded, partnership_of
from domain.money import Money
from projections.effect import sorts_on
from projections.paging import Connection, Listing, Page, Window, count, page
from projections.telling import WHO, tell

# --- Table ------------------------------------------------------------------------------------------------------------

NAME = "timeline"
TABLES = ("timeline", "timeline_names")
DEFINITION = """
CREATE TABLE read.timeline (
    position bigint PRIMARY KEY, partnership_id text NOT NULL, lane text NOT NULL, kind text NOT NULL,
    "on" text NOT NULL, sorts_on date NOT NULL, earliest date, latest date, until text,
    recorded_at timestamptz NOT NULL, title text NOT NULL, amount numeric, currency text,
    actor text NOT NULL, event_id text NOT NULL UNIQUE
);
-- The order of a partnership's timeline: by date, undated last, then as recorded.
CREATE UNIQUE INDEX timeline_order ON read.timeline (partnership_id, sorts_on, position);
CREATE TABLE read.timeline_names (organisation_id text PRIMARY KEY, name text NOT NULL);
"""

# --- Writer -----------------------------------------------------------------------------------------------------------


def write(cursor: psycopg.Cursor[Any], recorded: Recorded) -> None:
    """Take *recorded* in."""
    match recorded.event:
        case organisation.OrganisationRegistered() | organisation.OrganisationRenamed() as named:
            cursor.execute(
                "INSERT INTO read.timeline_names VALUES (%s, %s)"
                " ON CONFLICT (organisation_id) DO UPDATE SET name = excluded.name",
                (recorded.stream, named.name),
            )
    partnership_id, telling = partnership_of(recorded.event), tell(recorded.event)
    if partnership_id is None or telling is None:
        return
    on, until = recorded.event.on, telling.until
    cursor.execute(
        "INSERT INTO read.timeline VALUES (%(position)s, %(partnership)s, %(lane)s, %(kind)s, %(on)s, %(sorts_on)s,"
        " %(earliest)s, %(latest)s, %(until)s, %(recorded_at)s, replace(%(title)s, %(blank)s, coalesce("
        "(SELECT name FROM read.timeline_names WHERE organisation_id = %(who)s), 'An organisation')),"
        " %(amount)s, %(currency)s, %(actor)s, %(event_id)s)",
        {
            "position": recorded.position,
            "partnership": partnership_id,
            "lane": telling.lane.name,
            "kind": type(recorded.event).__name__,
            "on": on.text,
            "sorts_on": sorts_on(on),
            "earliest": on.earliest,
            "latest": (until.latest if until is not None else None) or on.latest,
            "until": until.text if until is not None else None,
            "recorded_at": recorded.recorded_at,
            "title": telling.title,
            "blank": WHO,
            "who": telling.who,
            "amount": telling.amount.amount if telling.amount else None,
            "currency": telling.amount.currency if telling.amount else None,
            "actor": recorded.actor,
            "event_id": recorded.event_id,
        },
    )


# --- Line -------------------------------------------------------------------------------------------------------------


@dataclass(slots=True)
class Entry:
    """One line of a timeline. *on* and *until* are texts of When; *sorts_on* and *position* place it."""

    position: int
    lane: str
    kind: str
    on: str
    sorts_on: date
    until: str | None
    recorded_at: datetime
    title: str
    amount: Decimal | None
    currency: str | None
    actor: str
    event_id: str

    @property
    def money(self) -> Money | None:
        """The sum that the event states or moves."""
        if self.amount is None or self.currency is None:
            return None
        return Money(amount=self.amount, currency=self.currency)


# --- Readers ----------------------------------------------------------------------------------------------------------


def entry_list(
    partnership_id: str,
    *,
    lanes: Sequence[Lane] | None = None,
    start: date | None = None,
    end: date | None = None,
    known: int | None = None,
) -> Listing:
    """A partnership's entries in effective order, undated ones last, then as recorded.

    *start* and *end* keep the entries that may lie within those days, which leaves undated ones out. *known* is the
    position up to which the log counts.
    """
    conditions: list[Composable] = [SQL("partnership_id = %(partnership)s")]
    if lanes is not None:
        conditions.append(SQL("lane = ANY (%(lanes)s)"))
    if start is not None:
        conditions.append(SQL("latest >= %(start)s"))
    if end is not None:
        conditions.append(SQL("coalesce(earliest, latest) <= %(end)s"))
    if known is not None:
        conditions.append(SQL("position <= %(known)s"))
    return Listing(
        select=SQL(
            'position, lane, kind, "on", sorts_on, until, recorded_at, title, amount, currency, actor, event_id'
        ),
        source=SQL("read.timeline"),
        where=conditions,
        parameters={
            "partnership": partnership_id,
            "lanes": [lane.name for lane in lanes or ()],
            "start": start,
            "end": end,
            "known": known,
        },
        key=("sorts_on", "position"),
    )


async def entries(connection: Connection, listing: Listing, window: Window) -> Page[Entry]:
    """A page of a timeline."""
    return await page(connection, Entry, listing, window)


async def entry_count(connection: Connection, listing: Listing) -> int:
    """How many entries *listing* has."""
    return await count(connection, listing)
