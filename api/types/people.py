"""People, their roles, bodies with their members and limits, and duties that are not kept apart, in GraphQL."""

from datetime import date, datetime
from importlib import import_module
from typing import TYPE_CHECKING, Annotated, Any

import strawberry

from api.answering.fields import paged, waiting
from api.answering.shapes import FORM, Json, Moment, Rows, RowsFor, money, written
from api.context import Context, Info
from api.contract import cursor
from api.contract.enums import enum_of
from api.contract.errors import Problem, visible
from api.contract.scalars import LogPosition
from api.contract.values import Money, Node, When, of_line
from api.types.lists.listed import connection
from api.types.log.audit import AuditEntry, event_at, event_of
from domain.governance import Deciding, Separation
from domain.people.person import Role
from domain.values import money as amounts
from projections.people import reading as people
from projections.people.reading import BODIES, DELEGATIONS, LIFTED, MEMBERS, ROLES, DelegationLine, Held, PersonLine
from projections.tables.paging import Listing, Window

if TYPE_CHECKING:
    from api.types.partnerships import Organisation, Partnership, Programme, Scheme

_REGISTER = "api.types.partnerships"
ProgrammeType = Annotated["Programme", strawberry.lazy(_REGISTER)]
SchemeType = Annotated["Scheme", strawberry.lazy(_REGISTER)]
PartnershipType = Annotated["Partnership", strawberry.lazy(_REGISTER)]
OrganisationType = Annotated["Organisation", strawberry.lazy(_REGISTER)]

ORDER = "people"
KEY = (cursor.position,)
CLOCKS = "as known at the instant knownAt: those that held on the day asAt, or all that ever held."
HeldOn = Annotated[
    date | None,
    strawberry.argument(description="The day to ask about. By default all that ever held are returned."),
]


# --- What holds for a time --------------------------------------------------------------------------------------------


def held(kind: str, of: Held, column: str, row: str, description: str) -> Any:
    """A field with the rows of a table (*of*) whose *column* is the id of *row*, as objects of the type *kind*."""
    one: Any = Annotated[kind, strawberry.lazy(__name__)]

    async def rows(context: Context, as_at: date | None = None, known_at: datetime | None = None) -> Any:
        found = people.rows_of(of, f"t.{column} = {row}.id", *people.AS_ASKED)
        return Rows(found, order=of.order), {"as_at": as_at, "known": await context.known(known_at)}

    async def resolve(root: Any, info: Info, as_at: HeldOn = None, known_at: datetime | None = None) -> Any:
        known = await info.context.known(known_at)
        info.context.names_as_of(info.path, as_at, known)
        lines = await info.context.lines(people.held_by, column, f"{root.id}", of=of, as_at=as_at, known=known)
        return [globals()[kind].of(line) for line in lines]

    resolve.__annotations__ |= {"root": Any, "return": list[one]}
    form = RowsFor(rows, moment=Moment("as_at", "known"))
    return strawberry.field(resolver=resolve, description=description, metadata={FORM: form})


def _in_register(kind: Any, column: str, row: str, rows: str, find: str, description: str) -> Any:
    """A field with the thing of the register whose id is in *column*. *rows* is the SQL of its rows by that id."""

    async def resolve(root: Any, info: Info) -> Any:
        found = getattr(root, column)
        return await getattr(import_module(_REGISTER), find)(info, found) if found else None

    resolve.__annotations__ = {"root": Any, "info": Info, "return": kind | None}
    form = Rows(f"{rows} = {row}.{column}")
    return strawberry.field(resolver=resolve, description=description, metadata={FORM: form})


def _programme(row: str, description: str) -> Any:
    return _in_register(ProgrammeType, "programme_id", row, "programmes g WHERE g.id", "find_programme", description)


def _scheme(row: str, description: str) -> Any:
    return _in_register(SchemeType, "scheme_id", row, "schemes WHERE schemes.id", "find_scheme", description)


def _partnership(row: str, description: str) -> Any:
    return _in_register(
        PartnershipType, "partnership_id", row, "partnerships p WHERE p.id", "find_partnership", description
    )


def _organisation(row: str, description: str) -> Any:
    return _in_register(
        OrganisationType,
        "organisation_id",
        row,
        "organisations WHERE organisations.id",
        "find_organisation",
        description,
    )


def _body_by(column: str, row: str) -> Rows:
    return Rows(people.rows_of(BODIES, f"t.id = {row}.{column}"))


def _person_by(column: str, row: str) -> Rows:
    return Rows(people.people_where(f"t.id = {row}.{column}"))


@strawberry.type
class HeldFor:
    """What holds from one event until another."""

    since: When = strawberry.field(description="The first day.")
    ended: When | None = strawberry.field(
        description="The first day on which it no longer held: it was ended, or its body was. null if nobody ended it."
    )
    position: strawberry.Private[int]
    ended_position: strawberry.Private[int | None]

    @strawberry.field(description="The event with which it began.")
    async def event(self, info: Info) -> AuditEntry:
        return await event_at(info, self.position)

    @strawberry.field(description="The event that ended it. null if none did.")
    async def end(self, info: Info) -> AuditEntry | None:
        return await event_at(info, self.ended_position) if self.ended_position is not None else None


UNTIL = "The last day that was named when it began. null if none was."
BECAUSE = "Why it ended. null if it did not, or nobody said why."


# --- People -----------------------------------------------------------------------------------------------------------


@written(
    "role",
    role="upper(replace(role.role, ' ', '_'))",
    because="role.ended_because",
    event=event_of("role.position"),
    end=event_of("role.ended_position"),
)
@strawberry.type(
    description="A role of a person: in a programme, a scheme or a partnership, or everywhere if none is named."
)
class RoleHeld(HeldFor):
    role: enum_of(Role) = strawberry.field(description="The role.")  # type: ignore[valid-type]
    until: When | None = strawberry.field(description=UNTIL)
    because: str | None = strawberry.field(description=BECAUSE)
    granted_by: str = strawberry.field(description="Who granted it.")
    programme_id: strawberry.Private[str | None]
    scheme_id: strawberry.Private[str | None]
    partnership_id: strawberry.Private[str | None]
    programme: ProgrammeType | None = _programme("role", "The programme in which it holds. null if none is named.")
    scheme: SchemeType | None = _scheme("role", "The scheme in which it holds. null if none is named.")
    partnership: PartnershipType | None = _partnership(
        "role", "The partnership in which it holds. null if none is named."
    )

    @classmethod
    def of(cls, line: Any) -> "RoleHeld":
        """The GraphQL object for *line*."""
        return of_line(cls, line, role=enum_of(Role)(line.role), because=line.ended_because)


@written("person")
@strawberry.type(
    description="Somebody who acts. The log has a code and no name: it still says what an erased person did."
)
class Person(Node):
    number: int = strawberry.field(description="Its number in the order in which people were registered, from 1.")
    code: str = strawberry.field(description="A number or word of the office, which is not a name.")
    since: When = strawberry.field(description="When the person was registered.")
    erased: bool = strawberry.field(description="Whether the person's name and contacts were erased.")
    organisation_id: strawberry.Private[str | None]
    organisation: OrganisationType | None = _organisation(
        "person", "The organisation that the person works for now. null if none is known."
    )
    roles: list[RoleHeld] = held("RoleHeld", ROLES, "person_id", "person", f"The person's roles, {CLOCKS}")
    memberships: list[Annotated["Member", strawberry.lazy(__name__)]] = held(
        "Member", MEMBERS, "person_id", "person", f"The person's time on bodies and posts, {CLOCKS}"
    )

    @classmethod
    def of(cls, line: PersonLine) -> "Person":
        """The GraphQL object for *line*."""
        return of_line(cls, line)


PersonConnection = connection("Person", Person, "People, in the order in which they were registered.")


async def find_person(info: Info, person_id: str) -> Person | None:
    """The person with this id; None if there is none."""
    line = await info.context.line(people.people_by, "id", person_id)
    return Person.of(line) if line else None


def people_of_organisation() -> Any:
    """The field for the people of an organisation."""

    async def resolve(root: Any, info: Info) -> Any:
        return [Person.of(line) for line in await info.context.lines(people.people_by, "organisation_id", f"{root.id}")]

    resolve.__annotations__ = {"root": Any, "info": Info, "return": list[Person]}
    form = Rows(people.people_where("t.organisation_id = organisations.id"), order="person.number")
    return strawberry.field(resolver=resolve, description="The people who work for it now.", metadata={FORM: form})


# --- Bodies -----------------------------------------------------------------------------------------------------------


@written(
    "body",
    because="body.ended_because",
    merged_into=_body_by("into_id", "body"),
    event=event_of("body.position"),
    end=event_of("body.ended_position"),
)
@strawberry.type(description="A board, a group or a post of a programme, or of one partnership.")
class Body(HeldFor, Node):
    code: str = strawberry.field(description="The code that people use for it, within its programme.")
    name: str
    kind: str = strawberry.field(description="The office's word for it. A post has one holder at a time.")
    quorum: int | None = strawberry.field(description="How many members a decision needs. null if not stated.")
    remit: str | None = strawberry.field(description="What it is for. null if not stated.")
    because: str | None = strawberry.field(description=BECAUSE)
    programme_id: strawberry.Private[str]
    partnership_id: strawberry.Private[str | None]
    into_id: strawberry.Private[str | None]
    programme: ProgrammeType | None = _programme("body", "Its programme. null while it is not visible yet.")
    partnership: PartnershipType | None = _partnership(
        "body", "The partnership that it governs. null if it is of the whole programme."
    )
    members: list[Annotated["Member", strawberry.lazy(__name__)]] = held(
        "Member", MEMBERS, "body_id", "body", f"Who sits on it, in the order appointed, {CLOCKS}"
    )
    delegations: list[Annotated["Delegation", strawberry.lazy(__name__)]] = held(
        "Delegation", DELEGATIONS, "body_id", "body", f"What it may decide, by code, {CLOCKS}"
    )

    @strawberry.field(description="The body that it merged into. null if it did not.")
    async def merged_into(self, info: Info) -> Annotated["Body", strawberry.lazy(__name__)] | None:
        return await find_body(info, self.into_id) if self.into_id else None

    @classmethod
    def of(cls, line: Any) -> "Body":
        """The GraphQL object for *line*."""
        return of_line(cls, line, because=line.ended_because)


async def find_body(info: Info, body_id: str) -> Body | None:
    """The body with this id; None if there is none."""
    lines = await info.context.lines(people.held_by, "id", body_id, of=BODIES)
    return Body.of(lines[0]) if lines else None


@written(
    "member",
    because="member.ended_because",
    body=_body_by("body_id", "member"),
    person=_person_by("person_id", "member"),
    event=event_of("member.position"),
    end=event_of("member.ended_position"),
)
@strawberry.type(description="The time of a person on a body or in a post.")
class Member(HeldFor):
    role: str = strawberry.field(description="What the person is there, such as chair or holder.")
    speaks_for: int | None = strawberry.field(description="For how many partners the member speaks. null if not said.")
    until: When | None = strawberry.field(description=UNTIL)
    because: str | None = strawberry.field(description=BECAUSE)
    body_id: strawberry.Private[str]
    person_id: strawberry.Private[str]
    organisation_id: strawberry.Private[str | None]
    organisation: OrganisationType | None = _organisation(
        "member", "The organisation that the member represents. null if none is named."
    )

    @strawberry.field(description="The body or post.")
    async def body(self, info: Info) -> Body:
        return visible(await find_body(info, self.body_id), "body")

    @strawberry.field(description="The person.")
    async def person(self, info: Info) -> Person:
        return visible(await find_person(info, self.person_id), "person")

    @classmethod
    def of(cls, line: Any) -> "Member":
        """The GraphQL object for *line*."""
        return of_line(cls, line, because=line.ended_because)


# --- Limits -----------------------------------------------------------------------------------------------------------


@written(
    "delegation",
    decisions=Json("""'["' || upper(replace(array_to_string(delegation.decisions, '","'), ' ', '_')) || '"]'"""),
    limit=money("delegation.limit_amount", "delegation.currency"),
    because="delegation.ended_because",
    body=_body_by("body_id", "delegation"),
    given_by=_body_by("given_by", "delegation"),
    event=event_of("delegation.position"),
    end=event_of("delegation.ended_position"),
)
@strawberry.type(description="A delegated authority: which kinds of decision a body or post may take, up to a limit.")
class Delegation(HeldFor, Node):
    code: str = strawberry.field(description="The code that people use for it, within its programme.")
    decisions: list[enum_of(Deciding)] = strawberry.field(  # type: ignore[valid-type]
        description="The kinds of decision."
    )
    limit: Money | None = strawberry.field(description="The most that one decision may be about. null: no limit.")
    until: When | None = strawberry.field(description=UNTIL)
    because: str | None = strawberry.field(description=BECAUSE)
    granted_by: str = strawberry.field(description="Who recorded it.")
    body_id: strawberry.Private[str]
    given_by_id: strawberry.Private[str | None]
    scheme_id: strawberry.Private[str | None]
    partnership_id: strawberry.Private[str | None]
    scheme: SchemeType | None = _scheme("delegation", "The one scheme in which it holds. null if none is named.")
    partnership: PartnershipType | None = _partnership(
        "delegation", "The one partnership in which it holds. null if none is named."
    )

    @strawberry.field(description="The body or post that may decide.")
    async def body(self, info: Info) -> Body:
        return visible(await find_body(info, self.body_id), "body")

    @strawberry.field(description="The body that gave it. null if not stated.")
    async def given_by(self, info: Info) -> Body | None:
        return await find_body(info, self.given_by_id) if self.given_by_id else None

    @classmethod
    def of(cls, line: DelegationLine) -> "Delegation":
        """The GraphQL object for *line*."""
        limit = (
            amounts.Money(amount=line.limit_amount, currency=line.currency)
            if line.limit_amount is not None and line.currency
            else None
        )
        return of_line(
            cls,
            line,
            decisions=[enum_of(Deciding)(one) for one in line.decisions],
            limit=Money.optional(limit),
            because=line.ended_because,
            given_by_id=line.given_by,
        )


async def find_delegation(info: Info, delegation_id: str) -> Delegation | None:
    """The delegated authority with this id; None if there is none."""
    lines = await info.context.lines(people.held_by, "id", delegation_id, of=DELEGATIONS)
    return Delegation.of(lines[0]) if lines else None


_SEPARATIONS = " ".join(f"WHEN '{one.value.replace(chr(39), chr(39) * 2)}' THEN '{one.name}'" for one in Separation)


@written(
    "lifted",
    separation=f"CASE lifted.separation {_SEPARATIONS} END",
    event=event_of("lifted.position"),
    end=event_of("lifted.ended_position"),
)
@strawberry.type(description="A time in which a programme did not keep duties apart.")
class LiftedSeparation(HeldFor):
    separation: enum_of(Separation) = strawberry.field(  # type: ignore[valid-type]
        description="The duties that are not kept apart."
    )
    because: str = strawberry.field(description="Why they are not kept apart.")
    lifted_by: str = strawberry.field(description="Who recorded it.")

    @classmethod
    def of(cls, line: Any) -> "LiftedSeparation":
        """The GraphQL object for *line*."""
        return of_line(cls, line, separation=enum_of(Separation)(line.separation))


BODIES_BY_CODE = f"Its bodies and posts, by code, {CLOCKS}"


def bodies_of(column: str, row: str, description: str = BODIES_BY_CODE) -> Any:
    """The field for the bodies whose *column* is the id of *row*."""
    return held("Body", BODIES, column, row, description)


def delegations_of(column: str, row: str) -> Any:
    """The field for the delegated authorities whose *column* is the id of *row*."""
    return held("Delegation", DELEGATIONS, column, row, f"Who may decide what, up to which limit, by code, {CLOCKS}")


def lifted_of(row: str) -> Any:
    """The field for the duties that a programme does not keep apart."""
    return held(
        "LiftedSeparation", LIFTED, "programme_id", row, f"The duties that it does not keep apart, and why, {CLOCKS}"
    )


# --- Roots ------------------------------------------------------------------------------------------------------------


async def _listing(_: Context, **asked: Any) -> tuple[Listing, Window]:
    return people.people_list(), cursor.window(ORDER, KEY, **asked)


async def _person_id(context: Context, given: dict[str, str | None], at_least: int | None) -> str:
    """The id of the person who is named by the id or the code. Raises Problem if there is none."""
    named = [value for value in given.values() if value is not None]
    if len(named) != 1:
        raise Problem(f"{'None' if not named else 'More than one'} of id and code is given. Give exactly one.")
    await context.caught_up(at_least)
    return await context.id_of("person", named[0]) or ""


async def _person(
    context: Context,
    id: str | None = None,  # noqa: A002 - the contract's name
    code: str | None = None,
    at_least: LogPosition | None = None,
) -> tuple[Rows, dict[str, Any]]:
    found = await _person_id(context, {"id": id, "code": code}, at_least)
    return Rows(people.people_where("t.id = %(id)s")), {"id": found}


@written("", person=RowsFor(_person))
@strawberry.type
class PeopleQuery:
    people: PersonConnection = paged(  # type: ignore[valid-type]
        waiting(_listing),
        PersonConnection,
        PersonLine,
        lambda line, _: Person.of(line),
        "Everybody who acts or acted, in the order in which they were registered.",
    )

    @strawberry.field(description="One person, by id or by code. It is an error if there is none.")
    async def person(
        self,
        info: Info,
        id: strawberry.ID | None = None,  # noqa: A002 - the contract's name
        code: str | None = None,
        at_least: LogPosition | None = None,
    ) -> Person:
        found = await _person_id(info.context, {"id": id, "code": code}, at_least)
        return visible(await find_person(info, found), "person")
