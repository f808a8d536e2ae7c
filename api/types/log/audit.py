"""The audit log in GraphQL: every event, by whom and when it was recorded, in the order of the log."""

from asyncio import gather
from collections.abc import Iterable
from datetime import datetime
from importlib import import_module
from typing import TYPE_CHECKING, Annotated, Any, get_args

import orjson
import strawberry

from api.answering.fields import Connection, page_of, paged, waiting
from api.answering.shapes import Json as JsonForm
from api.answering.shapes import Rows, Word, money, written
from api.context import Context, Info
from api.contract import cursor
from api.contract.errors import FORBIDDEN, Problem, visible
from api.contract.inputs import check_texts
from api.contract.scalars import Json, LogPosition
from api.contract.values import Money, Node, When, of_line
from api.types.log import stated
from domain.history import Event
from projections.audit import reading as audit
from projections.audit.reading import AuditLine
from projections.people.reading import BODIES, DELEGATIONS, people_where, rows_of
from projections.tables.paging import Listing, Window

if TYPE_CHECKING:
    from api.types.awards import Award
    from api.types.partnerships import Organisation, Partnership, Programme, Scheme
    from api.types.people.bodies import Body, Delegation
    from api.types.people.people import Person

_PARTNERSHIPS = "api.types.partnerships"
PartnershipType = Annotated["Partnership", strawberry.lazy(_PARTNERSHIPS)]
SchemeType = Annotated["Scheme", strawberry.lazy(_PARTNERSHIPS)]
OrganisationType = Annotated["Organisation", strawberry.lazy(_PARTNERSHIPS)]
ProgrammeType = Annotated["Programme", strawberry.lazy(_PARTNERSHIPS)]
_BODIES, _PEOPLE = "api.types.people.bodies", "api.types.people.people"
BodyType = Annotated["Body", strawberry.lazy(_BODIES)]
PersonType = Annotated["Person", strawberry.lazy(_PEOPLE)]
DelegationType = Annotated["Delegation", strawberry.lazy(_BODIES)]

ORDER = "audit"
KEY = (cursor.position,)
EVENTS = frozenset(event.__name__ for event in get_args(Event))


@written(
    "event",
    id=Word("event.id"),
    name=Word("event.name"),
    body=JsonForm("event.data"),
    amount=money("event.amount", "event.currency"),
    payee=Rows("organisations WHERE organisations.id = event.payee_id"),
    award=Rows("awards WHERE awards.id = event.award_id"),
    acting_person=Rows(people_where("t.id = event.actor")),
    delegation=Rows(rows_of(DELEGATIONS, "t.id = event.authority")),
)
@strawberry.type(description="An event of the log: what happened to which item, who recorded it, and when.")
class AuditEntry(Node):
    position: LogPosition
    recorded_at: datetime = strawberry.field(description="When it was recorded, by the clock of the log (UTC).")
    effective: When | None = strawberry.field(
        description="When it took effect, as exactly as that is known. Its text is unknown if no source says."
    )
    name: str = strawberry.field(description="The name of the event, in the past tense. It never changes.")
    stream: str
    version: int = strawberry.field(description="Its place in its stream, counted from 1.")
    actor: str
    actor_name: str | None = strawberry.field(
        description="What the actor is called now, if that is a person: by the directory, else such as person 17, and"
        " after an erasure erased person 17. null for another actor."
    )
    authority: str | None
    command_id: str
    correlation_id: str
    causation_id: str | None
    data: str = strawberry.field(description="The stored event as JSON text. body is the same as JSON.")
    amount: Money | None = strawberry.field(
        description="The sum that the event states or moves, in major units: if it changes a sum, the change. null if"
        " it has none."
    )
    payment_number: int | None = strawberry.field(
        description="The number of the payment that it is about, within award. null if it is about none."
    )
    number: int | None = stated.number(
        "number",
        "The number that it names: that of a part within its award or bid, or of entries in a list. null if it names"
        " none.",
    )
    kind: str | None = stated.text(
        ("kind",), "The word of the programme or of a source for what it is about. null if there is none."
    )
    because: str | None = stated.text(
        stated.BECAUSE, "The reason that was given, or the consequence. null if none was."
    )
    remarks: str | None = stated.text(
        stated.REMARKS,
        "What else it says in words: remarks, notes, a description, evidence, a summary or a purpose. null if it has"
        " none.",
    )
    items: list[str] = stated.texts(
        stated.ITEMS, "What it lists: milestones, criteria, related awards, or the ids of outcomes."
    )
    mentioned: Money | None = stated.sum_in(
        stated.SUMS, "A sum that it mentions or sets as a limit, and does not move. null if there is none."
    )
    until: When | None = stated.date(("until", "due"), "Its end, or by when it is due. null if it has neither.")
    register: str | None = stated.of_source("register", "The register that states it. null if it was not imported.")
    cites: str | None = stated.of_source("cites", "The documents and lines that the register cites.")
    award_id: strawberry.Private[str | None]
    payee_id: strawberry.Private[str | None]

    partnership: PartnershipType | None = stated.thing(
        PartnershipType | None,
        ("partnership_id",),
        "partnerships p WHERE p.id",
        lambda: import_module(_PARTNERSHIPS).find_partnership,
        "The partnership that it concerns. null if it concerns none.",
    )
    programme: ProgrammeType | None = stated.thing(
        ProgrammeType | None,
        ("programme_id",),
        "programmes g WHERE g.id",
        lambda: import_module(_PARTNERSHIPS).find_programme,
        "The programme that it names. null if it names none.",
    )
    body_named: BodyType | None = stated.thing(
        BodyType | None,
        ("body_id",),
        f"{rows_of(BODIES, 'true')} WHERE body.id",
        lambda: import_module(_BODIES).find_body,
        "The body or post that it names. null if it names none.",
    )
    person_named: PersonType | None = stated.thing(
        PersonType | None,
        ("person_id",),
        f"{people_where('true')} WHERE person.id",
        lambda: import_module(_PEOPLE).find_person,
        "The person that it names. null if it names none.",
    )
    scheme: SchemeType | None = stated.thing(
        SchemeType | None,
        ("scheme_id",),
        "schemes WHERE schemes.id",
        lambda: import_module(_PARTNERSHIPS).find_scheme,
        "The scheme that it names. null if it names none.",
    )
    organisation: OrganisationType | None = stated.thing(
        OrganisationType | None,
        stated.ORGANISATION,
        "organisations WHERE organisations.id",
        lambda: import_module(_PARTNERSHIPS).find_organisation,
        "The organisation that it names: one that takes part, provides or pays, or the funder. null if it names none.",
    )

    @strawberry.field(
        description="The stored event. Its fields are those of the schema version in which it was stored."
    )
    def body(self) -> Json:
        return Json(orjson.loads(self.data))

    @strawberry.field(
        description="Who is paid by the payment that it is about: the organisation that a register names, or the lead"
        " of the partnership. null if it is about no payment, or no lead is known."
    )
    async def payee(self, info: Info) -> Annotated["Organisation", strawberry.lazy("api.types.partnerships")] | None:
        from api.types.partnerships import find_organisation  # noqa: PLC0415 - the two modules import each other

        return await find_organisation(info, self.payee_id) if self.payee_id else None

    @strawberry.field(description="The award that it is about. null if it is about none.")
    async def award(self, info: Info) -> Annotated["Award", strawberry.lazy("api.types.awards")] | None:
        from api.types.awards import find_award  # noqa: PLC0415 - the two modules import each other

        return await find_award(info, self.award_id) if self.award_id else None

    @strawberry.field(description="The person who recorded it. null if actor is not the id of a person.")
    async def acting_person(self, info: Info) -> PersonType | None:
        from api.types.people.people import find_person  # noqa: PLC0415 - the two modules import each other

        return await find_person(info, self.actor)

    @strawberry.field(
        description="The delegated authority under which the decision was taken, with its limit and who gave it. null"
        " if authority names none, or is a text."
    )
    async def delegation(self, info: Info) -> DelegationType | None:
        from api.types.people.bodies import find_delegation  # noqa: PLC0415 - the two modules import each other

        return await find_delegation(info, self.authority) if self.authority else None

    @classmethod
    def of(cls, line: AuditLine) -> "AuditEntry":
        """The GraphQL object for *line*."""
        return of_line(cls, line, amount=Money.stored(line.amount, line.currency))


def event_of(position: str) -> Rows:
    """The rows of the event at *position*, an expression over the enclosing row."""
    return Rows(f"({audit.EVENT} WHERE e.notification_id = {position}) event")


def events_of(positions: str) -> Rows:
    """The rows of the events at *positions*, an expression of an array over the enclosing row, in their order."""
    return Rows(f"({audit.EVENT} WHERE e.notification_id = ANY ({positions})) event", order="event.position")


@strawberry.type
class AuditEdge:
    cursor: str
    node: AuditEntry


@strawberry.type(description="Events in the order of the log.")
class AuditConnection(Connection):
    edges: list[AuditEdge]
    nodes: list[AuditEntry]


@strawberry.input(
    description="Which events. All conditions must be met; fields that you leave out are ignored. recordedTo and"
    " upTo are included; after is not."
)
class AuditFilter:
    partnership: strawberry.ID | None = None
    stream: str | None = None
    names: list[str] | None = None
    actor: str | None = None
    command_id: str | None = None
    recorded_from: datetime | None = None
    recorded_to: datetime | None = None
    after: LogPosition | None = None
    up_to: LogPosition | None = None


async def listing_for(
    context: Context,
    filter: AuditFilter | None = None,  # noqa: A002 - the contract's name,
    **asked: Any,
) -> tuple[Listing, Window]:
    """The list and the window for the arguments of ``auditLog``."""
    wanted = filter or AuditFilter()
    check_texts(wanted)
    for name in wanted.names or ():
        if name not in EVENTS:
            raise Problem(f"There is no event with the name {name}. auditLog shows the names of events.")
    listing = audit.audit_list(
        partnership_id=await context.id_of("partnership", wanted.partnership),
        stream=wanted.stream,
        names=wanted.names,
        actor=wanted.actor,
        command_id=wanted.command_id,
        recorded_from=wanted.recorded_from,
        recorded_to=wanted.recorded_to,
        after=wanted.after,
        up_to=wanted.up_to,
    )
    return listing, cursor.window(ORDER, KEY, **asked)


AUDIT_LOG = paged(
    waiting(listing_for),
    AuditConnection,
    AuditLine,
    lambda line, _: AuditEntry.of(line),
    "All events, with who recorded each one, when, and under which authority.",
)


@strawberry.type
class AuditQuery:
    audit_log: AuditConnection = AUDIT_LOG


async def connection_of(context: Context, asked: tuple[Listing, Window]) -> AuditConnection:
    """A page of events as a GraphQL object."""
    return await page_of(context, AuditConnection, asked, AuditLine, lambda line, _: AuditEntry.of(line))


async def find_event(info: Info, event_id: str) -> AuditEntry | None:
    """The event with this id; None if there is none, or the audit log has not processed it yet."""
    line = await info.context.line(audit.events_by, "id", event_id)
    return AuditEntry.of(line) if line else None


async def event_at(info: Info, position: int) -> AuditEntry:
    """The event at this position. There must be one: the caller read the position from the log."""
    found = await info.context.lines(audit.events_at, "position", position)
    if not found and info.context.is_limited:
        raise Problem("Your roles do not let you read this event. They hold in other places.", FORBIDDEN)
    line = visible(found[0] if found else None, "event")
    return AuditEntry.of(line)


async def events_at(info: Info, positions: Iterable[int]) -> list[AuditEntry]:
    """The events at these positions, as ``event_at``."""
    return list(await gather(*(event_at(info, position) for position in positions)))
