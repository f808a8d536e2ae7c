"""Reading a timeline: what happened to a thing, in the order in which it took effect."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from psycopg.sql import SQL, Composable

from domain.values.fact import Lane
from domain.values.money import Money
from domain.values.when import When
from projections.tables.corrections import NOW
from projections.tables.effect import counts_from
from projections.tables.paging import Connection, Listing, Page, Window, lines_of, page, sql
from projections.timeline.things import ABOUT, Including, entries_of, kind_of

# --- Line -------------------------------------------------------------------------------------------------------------


@dataclass(slots=True)
class Entry:
    """One line of a timeline. *on* and *until* are texts of When; *sorts_on*, then *position*, give its place.

    *about* is the id of the thing that it is about: the same on each timeline that has it.
    """

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
    about: str

    @property
    def id(self) -> str:
        """Its id, which is not that of its event: clients that store things by id keep the two apart."""
        return f"entry{self.event_id.removeprefix('event')}"

    @property
    def money(self) -> Money | None:
        """The amount that the event states or moves; None without one."""
        if self.amount is None or self.currency is None:
            return None
        return Money(amount=self.amount, currency=self.currency)


# --- Readers ----------------------------------------------------------------------------------------------------------

# How many entries are read at once where all are wanted.
PAGE = 1000
# The id of an entry in SQL, and its columns.
ID = "'entry' || substr(entry.event_id, 6)"
_ENTRY = sql(
    'position, lane, kind, "on", sorts_on, until, recorded_at, title, amount, currency, actor, event_id,'
    f" {ABOUT} AS about"
)


def entry_list(
    thing: str | SQL,
    *,
    kind: str | None = None,
    including: Including = Including.OWN,
    lanes: Sequence[Lane] | None = None,
    start: date | None = None,
    end: date | None = None,
    known: int | None = None,
    stream: str | None = None,
) -> Listing:
    """The entries of a thing in effective order, undated ones last, then as recorded.

    *thing* is an id, or the SQL for it in a statement around the list; then *kind* is its kind. *including* says what
    the list of a programme or scheme has beside its own entries. *start* and *end* keep the entries that may lie within
    those days, both included, and so leave out undated ones. *known* leaves out the entries after that position.
    *stream* keeps the entries of one award, bid or other stream.
    """
    conditions: list[Composable] = [sql(_condition(thing, kind, including))]
    if lanes is not None:
        conditions.append(SQL("lane = ANY (%(lanes)s)"))
    if start is not None:
        conditions.append(SQL("latest >= %(start)s"))
    if end is not None:
        conditions.append(SQL("coalesce(earliest, latest) <= %(end)s"))
    if stream is not None:
        conditions.append(SQL("position IN (SELECT a.position FROM audit a WHERE a.stream = %(stream)s)"))
    conditions.append(SQL("superseded > %(known)s AND since <= %(known)s"))
    return Listing(
        select=_ENTRY,
        source=SQL("timeline"),
        where=conditions,
        parameters={
            "thing": thing,
            "lanes": [lane.name for lane in lanes or ()],
            "start": start,
            "end": end,
            "stream": stream,
            "known": known if known is not None else NOW - 1,
        },
        key=("sorts_on", "position"),
    )


def _condition(thing: str | SQL, kind: str | None, including: Including) -> str:
    if isinstance(thing, SQL):
        return entries_of(kind or "partnership", thing.as_string(None), including)
    return entries_of(kind or kind_of(thing), "%(thing)s", including)


async def entries(connection: Connection, listing: Listing, window: Window) -> Page[Entry]:
    """A page of a timeline."""
    return await page(connection, Entry, listing, window)


async def every_entry(connection: Connection, listing: Listing, as_at: date) -> list[Entry]:
    """Every entry of *listing* that was effective by the day *as_at*, in its order. It is read page by page."""
    found: list[Entry] = []
    window = Window(size=PAGE)
    while True:
        lines = await entries(connection, listing, window)
        found += [entry for entry in lines.lines if counts_from(When(entry.on)) <= as_at]
        if not lines.has_next:
            return found
        window = Window(size=PAGE, after=(lines.lines[-1].sorts_on, lines.lines[-1].position))


async def updates(
    connection: Connection,
    thing: str,
    lanes: Sequence[Lane] | None,
    after: int,
    most: int,
    including: Including = Including.OWN,
) -> list[tuple[int, list[Entry]]]:
    """What became known of a timeline after a position: each position, and the entries that it added or corrected.

    It reads up to *most* entries, and never a part of those of one position.
    """
    statement = SQL(
        "SELECT since, {} FROM timeline WHERE {} AND since > %(after)s"
        " AND (%(lanes)s::text[] IS NULL OR lane = ANY (%(lanes)s)) ORDER BY since, position LIMIT %(most)s"
    ).format(_ENTRY, sql(_condition(thing, None, including)))
    given = {"thing": thing, "after": after, "most": most}
    names = [lane.name for lane in lanes] if lanes is not None else None
    rows: list[tuple[Any, ...]] = await lines_of(connection, tuple, statement, given | {"lanes": names})
    found: dict[int, list[Entry]] = {}
    for since, *row in rows:
        found.setdefault(since, []).append(Entry(*row))
    if len(rows) == most and len(found) > 1:
        found.popitem()  # There may be more entries of the last position.
    return [*found.items()]


async def moments(
    connection: Connection, thing: str, including: Including = Including.OWN
) -> list[tuple[int, datetime]]:
    """When something became known of a timeline: the last position of each moment, and the moment, in order."""
    statement = SQL(
        "SELECT max(t.since), m.recorded_at FROM (SELECT since FROM timeline WHERE {}) t"
        " JOIN log.moments m ON m.position = t.since GROUP BY m.recorded_at ORDER BY 1"
    ).format(sql(_condition(thing, None, including)))
    return await lines_of(connection, tuple, statement, {"thing": thing})


async def entries_by(connection: Connection, column: str, values: Sequence[str]) -> list[Entry]:
    """The entries whose *column* (id) is one of *values*. The audit log has the index by the id of an event."""
    assert column == "id"
    events = [f"event{value.removeprefix('entry')}" for value in values]
    statement = SQL(
        "SELECT {} FROM timeline WHERE position IN (SELECT a.position FROM audit a WHERE a.event_id = ANY (%s))"
        " AND thing = {}"
    ).format(_ENTRY, sql(ABOUT))
    return await lines_of(connection, Entry, statement, (events,))
