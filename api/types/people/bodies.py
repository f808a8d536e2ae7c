"""Bodies with their members and limits, and duties that are not kept apart, in GraphQL."""

from typing import Annotated, Any

import strawberry

from api.answering.shapes import Json, money, written
from api.context import Info
from api.contract.enums import enum_of
from api.contract.errors import visible
from api.contract.values import Money, Node, When, of_line
from api.types.log.audit import event_of
from api.types.people.declared import (
    BECAUSE,
    CLOCKS,
    UNTIL,
    HeldFor,
    OrganisationType,
    PartnershipType,
    ProgrammeType,
    SchemeType,
    body_by,
    held,
    organisation_of,
    partnership_of,
    person_by,
    programme_of,
    scheme_of,
)
from api.types.people.people import Person, find_person
from domain.governance import Deciding, Separation
from domain.values import money as amounts
from projections.people import reading as people
from projections.people.reading import BODIES, DELEGATIONS, LIFTED, MEMBERS, DelegationLine

# --- Bodies -----------------------------------------------------------------------------------------------------------


@written(
    "body",
    because="body.ended_because",
    merged_into=body_by("into_id", "body"),
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
    programme: ProgrammeType | None = programme_of("body", "Its programme. null while it is not visible yet.")
    partnership: PartnershipType | None = partnership_of(
        "body", "The partnership that it governs. null if it is of the whole programme."
    )
    members: list[Annotated["Member", strawberry.lazy("api.types.people.bodies")]] = held(
        ("Member", "api.types.people.bodies"),
        MEMBERS,
        "body_id",
        "body",
        f"Who sits on it, in the order appointed, {CLOCKS}",
    )
    delegations: list[Annotated["Delegation", strawberry.lazy("api.types.people.bodies")]] = held(
        ("Delegation", "api.types.people.bodies"),
        DELEGATIONS,
        "body_id",
        "body",
        f"What it may decide, by code, {CLOCKS}",
    )

    @strawberry.field(description="The body that it merged into. null if it did not.")
    async def merged_into(self, info: Info) -> Annotated["Body", strawberry.lazy("api.types.people.bodies")] | None:
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
    body=body_by("body_id", "member"),
    person=person_by("person_id", "member"),
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
    organisation: OrganisationType | None = organisation_of(
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
    body=body_by("body_id", "delegation"),
    given_by=body_by("given_by", "delegation"),
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
    scheme: SchemeType | None = scheme_of("delegation", "The one scheme in which it holds. null if none is named.")
    partnership: PartnershipType | None = partnership_of(
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


# --- Fields of the register ---

BODIES_BY_CODE = f"Its bodies and posts, by code, {CLOCKS}"


def bodies_of(column: str, row: str, description: str = BODIES_BY_CODE) -> Any:
    """The field for the bodies whose *column* is the id of *row*."""
    return held(("Body", "api.types.people.bodies"), BODIES, column, row, description)


def delegations_of(column: str, row: str) -> Any:
    """The field for the delegated authorities whose *column* is the id of *row*."""
    return held(
        ("Delegation", "api.types.people.bodies"),
        DELEGATIONS,
        column,
        row,
        f"Who may decide what, up to which limit, by code, {CLOCKS}",
    )


def lifted_of(row: str) -> Any:
    """The field for the duties that a programme does not keep apart."""
    return held(
        ("LiftedSeparation", "api.types.people.bodies"),
        LIFTED,
        "programme_id",
        row,
        f"The duties that it does not keep apart, and why, {CLOCKS}",
    )
