"""Reading a timeline: what happened to a partnership, in the order in which it took effect."""

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

# --- Line -------------------------------------------------------------------------------------------------------------


@dataclass(slots=True)
class Entry:
    """One line of a timeline. *on* and *until* are texts of When; *sorts_on*, then *position*, give its place."""

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
_ENTRY = SQL('position, lane, kind, "on", sorts_on, until, recorded_at, title, amount, currency, actor, event_id')


def entry_list(
    partnership_id: str | SQL,
    *,
    lanes: Sequence[Lane] | None = None,
    start: date | None = None,
    end: date | None = None,
    known: int | None = None,
    stream: str | None = None,
) -> Listing:
    """A partnership's entries in effective order, undated ones last, then as recorded.

    *partnership_id* is an id, or the SQL for it in a statement around the list. *start* and *end* keep the entries that
    may lie within those days, both included, and so leave out undated ones. *known* leaves out the entries after that
    position. *stream* keeps the entries of one award, bid or other stream.
    """
    of = partnership_id if isinstance(partnership_id, SQL) else SQL("%(partnership)s")
    conditions: list[Composable] = [sql(f"partnership_id = {of.as_string(None)}")]
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
            "partnership": partnership_id,
            "lanes": [lane.name for lane in lanes or ()],
            "start": start,
            "end": end,
            "stream": stream,
            "known": known if known is not None else NOW - 1,
        },
        key=("sorts_on", "position"),
    )


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
    connection: Connection, partnership_id: str, lanes: Sequence[Lane] | None, after: int, most: int
) -> list[tuple[int, list[Entry]]]:
    """What became known of a timeline after a position: each position, and the entries that it added or corrected.

    It reads up to *most* entries, and never a part of those of one position.
    """
    statement = SQL(
        "SELECT since, {} FROM timeline WHERE partnership_id = %(partnership)s AND since > %(after)s"
        " AND (%(lanes)s::text[] IS NULL OR lane = ANY (%(lanes)s)) ORDER BY since, position LIMIT %(most)s"
    ).format(_ENTRY)
    given = {"partnership": partnership_id, "after": after, "most": most}
    names = [lane.name for lane in lanes] if lanes is not None else None
    rows: list[tuple[Any, ...]] = await lines_of(connection, tuple, statement, given | {"lanes": names})
    found: dict[int, list[Entry]] = {}
    for since, *row in rows:
        found.setdefault(since, []).append(Entry(*row))
    if len(rows) == most and len(found) > 1:
        found.popitem()  # There may be more entries of the last position.
    return [*found.items()]


async def moments(connection: Connection, partnership_id: str) -> list[tuple[int, datetime]]:
    """When something became known of a timeline: the last position of each moment, and the moment, in order."""
    return await lines_of(
        connection,
        tuple,
        "SELECT max(t.since), m.recorded_at FROM timeline t JOIN log.moments m ON m.position = t.since"
        " WHERE t.partnership_id = %s GROUP BY m.recorded_at ORDER BY 1",
        (partnership_id,),
    )


async def entries_by(connection: Connection, column: str, values: Sequence[str]) -> list[Entry]:
    """The entries whose *column* (id) is one of *values*. The audit log has the index by the id of an event."""
    assert column == "id"
    events = [f"event{value.removeprefix('entry')}" for value in values]
    statement = SQL(
        "SELECT {} FROM timeline WHERE position IN (SELECT a.position FROM audit a WHERE a.event_id = ANY (%s))"
    ).format(_ENTRY)
    return await lines_of(connection, Entry, statement, (events,))
