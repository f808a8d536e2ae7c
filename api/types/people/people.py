"""People and their roles in GraphQL."""

from typing import TYPE_CHECKING, Annotated, Any

import strawberry

from api.answering.fields import paged, waiting
from api.answering.shapes import FORM, Rows, RowsFor, member, written
from api.context import Context, Info
from api.contract import cursor
from api.contract.enums import enum_of
from api.contract.errors import Problem, visible
from api.contract.scalars import LogPosition
from api.contract.values import Node, When, of_line
from api.types.lists.listed import connection
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
    held,
    organisation_of,
    partnership_of,
    programme_of,
    scheme_of,
)
from domain.people.person import Role
from projections.people import reading as people
from projections.people.reading import MEMBERS, ROLES, PersonLine
from projections.tables.paging import Listing, Window

if TYPE_CHECKING:
    from api.types.people.bodies import Member

ORDER = "people"
KEY = (cursor.position,)

# --- People -----------------------------------------------------------------------------------------------------------


@written(
    "role",
    role=member(Role, "role.role"),
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
    programme: ProgrammeType | None = programme_of("role", "The programme in which it holds. null if none is named.")
    scheme: SchemeType | None = scheme_of("role", "The scheme in which it holds. null if none is named.")
    partnership: PartnershipType | None = partnership_of(
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
    organisation: OrganisationType | None = organisation_of(
        "person", "The organisation that the person works for now. null if none is known."
    )
    roles: list[RoleHeld] = held(
        ("RoleHeld", "api.types.people.people"), ROLES, "person_id", "person", f"The person's roles, {CLOCKS}"
    )
    memberships: list[Annotated["Member", strawberry.lazy("api.types.people.bodies")]] = held(
        ("Member", "api.types.people.bodies"),
        MEMBERS,
        "person_id",
        "person",
        f"The person's time on bodies and posts, {CLOCKS}",
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
