"""The timeline of a partnership in GraphQL."""

import asyncio
from datetime import date, datetime
from typing import Annotated

import strawberry
from psycopg.sql import SQL

from api.answering import written
from api.answering.plans import AHEAD, selects
from api.answering.written import Paging, Shape, Word
from api.context import Context, Info
from api.contract import cursor
from api.contract.scalars import LogPosition
from api.contract.values import Lane, Money, PageInfo, When
from api.types.audit import AuditEntry, event_at, written_at
from domain.values.fact import Lane as DomainLane
from projections.tables.paging import Listing, Window
from projections.timeline import reading as timeline
from projections.timeline.reading import Entry

ORDER = "timeline"
KEY = (cursor.day, cursor.position)


@strawberry.interface(description="An entry of a timeline. Its type depends on its lane.")
class TimelineEntry:
    id: strawberry.ID
    lane: Lane
    kind: str = strawberry.field(description="The name of the event behind the entry.")
    on: When = strawberry.field(description="When it took effect.")
    until: When | None = strawberry.field(description="When it ended. null if it happened on one date.")
    recorded_at: datetime = strawberry.field(description="When it was recorded, by the clock of the log (UTC).")
    position: LogPosition
    title: str
    amount: Money | None = strawberry.field(
        description="The sum that the event states or moves, in major units. null if it has none."
    )
    actor: str

    shown: strawberry.Private[AuditEntry | None]

    @strawberry.field(description="The event, with everything that was recorded.", metadata={AHEAD: "shown"})
    async def event(self, info: Info) -> AuditEntry:
        return await event_at(info, self.position)


@strawberry.type
class GovernanceEntry(TimelineEntry):
    """A line about who works together and under which rules."""


@strawberry.type
class BidEntry(TimelineEntry):
    """A line about a bid and its decision."""


@strawberry.type
class AwardEntry(TimelineEntry):
    """A line about an award or its conditions."""


@strawberry.type
class DisbursementEntry(TimelineEntry):
    """A line about a payment that was made or due."""


@strawberry.type
class DeliveryEntry(TimelineEntry):
    """A line about planned or completed work."""


@strawberry.type
class OutcomeEntry(TimelineEntry):
    """A line about a result."""


@strawberry.type
class SupportEntry(TimelineEntry):
    """A line about a concern, or help in resolving it."""


ENTRIES: dict[str, type[TimelineEntry]] = {
    "GOVERNANCE": GovernanceEntry,
    "BID": BidEntry,
    "AWARD": AwardEntry,
    "DISBURSEMENT": DisbursementEntry,
    "DELIVERY": DeliveryEntry,
    "OUTCOME": OutcomeEntry,
    "SUPPORT": SupportEntry,
}


def entry_of(line: Entry, shown: AuditEntry | None = None) -> TimelineEntry:
    """The GraphQL object for *line*, of the type of its lane; *shown* is its event, if it has been read."""
    return ENTRIES[line.lane](
        id=strawberry.ID(line.event_id),
        lane=DomainLane[line.lane],
        kind=line.kind,
        on=When.read(line.on),
        until=When.optional(line.until),
        recorded_at=line.recorded_at,
        position=LogPosition(line.position),
        title=line.title,
        amount=Money.optional(line.money),
        actor=line.actor,
        shown=shown,
    )


# The same fields in SQL, over a row of the timeline.
WRITTEN = Shape(
    fields={
        "id": Word("timeline.event_id"),
        "lane": "timeline.lane",
        "kind": Word("timeline.kind"),
        "on": written.when('timeline."on"'),
        "until": written.when("timeline.until"),
        "recordedAt": "timeline.recorded_at",
        "position": "timeline.position",
        "title": "timeline.title",
        "amount": written.money("timeline.amount", "timeline.currency"),
        "actor": "timeline.actor",
        "event": written_at("timeline.position"),
    },
    kinds=("timeline.lane", {lane: kind.__name__ for lane, kind in ENTRIES.items()}),
)
PAGING = Paging(order=ORDER, key=KEY, shape=WRITTEN)


@strawberry.type
class TimelineEdge:
    cursor: str
    node: TimelineEntry


@strawberry.type(description="Entries in the order of effective dates, then of the log. Undated entries come last.")
class TimelineConnection:
    edges: list[TimelineEdge]
    nodes: list[TimelineEntry]
    page_info: PageInfo
    listing: strawberry.Private[Listing]

    @strawberry.field(description="How many entries there are in total. Counted only if you ask for it.")
    async def total_count(self, info: Info) -> int:
        return await info.context.count(self.listing)


From = Annotated[
    date | None,
    strawberry.argument(name="from", description="Leave out what ended before this day, and what has no date."),
]
To = Annotated[
    date | None, strawberry.argument(description="Leave out what began after this day, and what has no date.")
]


async def listing_for(
    context: Context,
    partnership_id: str | SQL,
    *,
    lanes: list[Lane] | None = None,
    start: date | None = None,
    to: date | None = None,
    known_at: datetime | None = None,
    first: int | None = None,
    after: str | None = None,
    last: int | None = None,
    before: str | None = None,
) -> tuple[Listing, Window]:
    """The list and the window for the arguments of ``timeline``."""
    window = cursor.window(ORDER, KEY, first=first, after=after, last=last, before=before)
    known = await context.known(known_at)
    return timeline.entry_list(partnership_id, lanes=lanes, start=start, end=to, known=known), window


async def timeline_of(info: Info, listing: Listing, window: Window) -> TimelineConnection:
    """A page of a partnership's timeline."""
    if (ready := await written.page(info, listing, window, PAGING)) is not None:
        return TimelineConnection(edges=ready.edges, nodes=ready.nodes, page_info=ready.page_info, listing=listing)
    page = await info.context.page(Entry, listing, window)
    wanted = [line.position for line in page.lines] if selects(info, "event") else []
    shown = dict(zip(wanted, await asyncio.gather(*(event_at(info, at) for at in wanted)), strict=True))
    nodes = [entry_of(line, shown.get(line.position)) for line in page.lines]
    # Only the first and the last entry need a cursor, unless edges are selected.
    ends = page.lines if selects(info, "edges") else [*page.lines[:1], *page.lines[-1:]]
    cursors = [cursor.write(ORDER, (line.sorts_on, line.position)) for line in ends]
    return TimelineConnection(
        edges=[TimelineEdge(cursor=at, node=node) for at, node in zip(cursors, nodes, strict=False)],
        nodes=nodes,
        page_info=PageInfo.of(page, cursors),
        listing=listing,
    )
