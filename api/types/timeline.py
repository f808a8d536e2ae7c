"""The timelines of things in GraphQL."""

from datetime import date, datetime
from enum import Enum
from functools import partial
from typing import Annotated, Any

import strawberry
from psycopg.sql import SQL

from api.answering.fields import Connection, page_of
from api.answering.shapes import FORM, Pages, Rows, Word, money, written
from api.context import Context, Info
from api.contract import cursor
from api.contract.scalars import LogPosition
from api.contract.values import Lane, Money, Node, When, of_line
from api.types.lists.listed import PAGE, takes
from api.types.log.audit import AuditEntry, event_at, event_of
from domain.values.fact import Lane as DomainLane
from projections.register import reading as register
from projections.tables.paging import Listing, Window
from projections.timeline import reading as timeline
from projections.timeline.reading import Entry
from projections.timeline.things import Including

ORDER = "timeline"
KEY = (cursor.day, cursor.position)
strawberry.enum(
    Including, name="TimelineIncluding", description="What the timeline of a programme or a scheme has in it."
)


@strawberry.enum(description="A kind of thing that has a timeline.")
class ThingKind(Enum):
    PROGRAMME = "programme"
    SCHEME = "scheme"
    ROUND = "round"
    ORGANISATION = "organisation"
    PARTNERSHIP = "partnership"


@written("thing", kind="thing.kind")
@strawberry.type(description="Something that has a timeline: a programme, a scheme, a round or another one.")
class TimelineThing:
    kind: ThingKind = strawberry.field(description="What it is.")
    code: str
    name: str = strawberry.field(description="Its present name.")


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

    about_id: strawberry.Private[str]

    @strawberry.field(
        description="What the entry is about: the same on each timeline that has it. null while it is not visible yet."
    )
    async def about(self, info: Info) -> TimelineThing | None:
        line = await info.context.line(register.things_told_by, "id", self.about_id)
        return of_line(TimelineThing, line, kind=ThingKind[line.kind]) if line else None

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
    others = {
        "id": line.id,
        "lane": DomainLane[line.lane],
        "amount": Money.optional(line.money),
        "about_id": line.about,
    }
    return of_line(ENTRIES[line.lane], line, **others)


written(
    "entry",
    kinds=("entry.lane", {lane: kind.__name__ for lane, kind in ENTRIES.items()}),
    id=Word(timeline.ID),
    kind=Word("entry.kind"),
    amount=money("entry.amount", "entry.currency"),
    about=Rows(register.things_where("t.id = entry.about")),
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
    thing: str | SQL,
    *,
    kind: str | None = None,
    including: Including = Including.OWN,
    lanes: list[Lane] | None = None,
    start: date | None = None,
    to: date | None = None,
    known_at: datetime | None = None,
    **asked: Any,
) -> tuple[Listing, Window]:
    """The list and the window for the arguments of ``timeline``."""
    window = cursor.window(ORDER, KEY, **asked)
    known = await context.known(known_at)
    of = {"lanes": lanes, "start": start, "end": to, "known": known}
    return timeline.entry_list(thing, kind=kind, including=including, **of), window  # type: ignore[arg-type]


IN_ORDER = "in the order of effective dates, then of the log. Undated entries last."


def timeline_of(kind: str, row: str, description: str) -> Any:
    """The timeline of a thing of a *kind*, which is the row named *row*."""

    async def resolve(root: Any, info: Info, **arguments: Any) -> Any:
        info.context.names_of_now(info.path)
        asked = await listing_for(info.context, f"{root.id}", **arguments)
        return await page_of(info.context, TimelineConnection, asked, Entry, lambda line, _: entry_of(line))

    includes: dict[str, Any] = {"including": Including} if kind in ("programme", "scheme") else {}
    optional = {"lanes": list[Lane] | None, "start": From, "to": To, "known_at": datetime | None, **PAGE}
    takes(resolve, {"root": Any, "info": Info}, includes | optional, TimelineConnection, including=Including.OWN)
    listing = partial(listing_for, thing=SQL(f"{row}.id"), kind=kind)
    return strawberry.field(resolver=resolve, description=description, metadata={FORM: Pages(listing=listing)})
