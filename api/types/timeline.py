"""The timeline of a partnership in GraphQL."""

from datetime import date, datetime
from typing import Annotated, Any

import strawberry
from psycopg.sql import SQL

from api.answering.fields import Connection, page_of
from api.answering.shapes import Word, money, written
from api.context import Context, Info
from api.contract import cursor
from api.contract.scalars import LogPosition
from api.contract.values import Lane, Money, Node, When, of_line
from api.types.log.audit import AuditEntry, event_at, event_of
from domain.values.fact import Lane as DomainLane
from projections.tables.paging import Listing, Window
from projections.timeline import reading as timeline
from projections.timeline.reading import Entry

ORDER = "timeline"
KEY = (cursor.day, cursor.position)


@strawberry.interface(description="An entry of a timeline. Its type depends on its lane.")
class TimelineEntry(Node):
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

    @strawberry.field(description="The event, with everything that was recorded.")
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


def entry_of(line: Entry) -> TimelineEntry:
    """The GraphQL object for *line*, of the type of its lane."""
    others = {"id": line.id, "lane": DomainLane[line.lane], "amount": Money.optional(line.money)}
    return of_line(ENTRIES[line.lane], line, **others)


written(
    "entry",
    kinds=("entry.lane", {lane: kind.__name__ for lane, kind in ENTRIES.items()}),
    id=Word(timeline.ID),
    kind=Word("entry.kind"),
    amount=money("entry.amount", "entry.currency"),
    event=event_of("entry.position"),
)(TimelineEntry)


@strawberry.type
class TimelineEdge:
    cursor: str
    node: TimelineEntry


@strawberry.type(description="Entries in the order of effective dates, then of the log. Undated entries come last.")
class TimelineConnection(Connection):
    edges: list[TimelineEdge]
    nodes: list[TimelineEntry]


async def find_entry(info: Info, entry_id: str) -> TimelineEntry | None:
    """The entry with this id; None if there is none."""
    line = await info.context.line(timeline.entries_by, "id", entry_id)
    return entry_of(line) if line else None


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
    **asked: Any,
) -> tuple[Listing, Window]:
    """The list and the window for the arguments of ``timeline``."""
    window = cursor.window(ORDER, KEY, **asked)
    known = await context.known(known_at)
    return timeline.entry_list(partnership_id, lanes=lanes, start=start, end=to, known=known), window


async def timeline_of(context: Context, asked: tuple[Listing, Window]) -> TimelineConnection:
    """A page of a partnership's timeline."""
    return await page_of(context, TimelineConnection, asked, Entry, lambda line, _: entry_of(line))
