"""What the types of people, bodies and limits share, and how their fields are declared."""

from datetime import date, datetime
from importlib import import_module
from typing import TYPE_CHECKING, Annotated, Any

import strawberry

from api.answering.shapes import FORM, Moment, Rows, RowsFor
from api.context import Context, Info
from api.contract.values import When
from api.types.log.audit import AuditEntry, event_at
from projections.people import reading as people
from projections.people.reading import BODIES, Held

if TYPE_CHECKING:
    from api.types.partnerships import Organisation, Partnership, Programme, Scheme

_REGISTER = "api.types.partnerships"
ProgrammeType = Annotated["Programme", strawberry.lazy(_REGISTER)]
SchemeType = Annotated["Scheme", strawberry.lazy(_REGISTER)]
PartnershipType = Annotated["Partnership", strawberry.lazy(_REGISTER)]
OrganisationType = Annotated["Organisation", strawberry.lazy(_REGISTER)]

CLOCKS = "as known at the instant knownAt: those that held on the day asAt, or all that ever held."
HeldOn = Annotated[
    date | None,
    strawberry.argument(description="The day to ask about. By default all that ever held are returned."),
]


# --- What holds for a time --------------------------------------------------------------------------------------------


def held(kind: tuple[str, str], of: Held, column: str, row: str, description: str) -> Any:
    """A field with the rows of a table (*of*) whose *column* is the id of *row*.

    They are objects of the type *kind*: its name, and that of its module.
    """
    one: Any = Annotated[kind[0], strawberry.lazy(kind[1])]

    async def rows(context: Context, as_at: date | None = None, known_at: datetime | None = None) -> Any:
        found = people.rows_of(of, f"t.{column} = {row}.id", *people.AS_ASKED)
        return Rows(found, order=of.order), {"as_at": as_at, "known": await context.known(known_at)}

    async def resolve(root: Any, info: Info, as_at: HeldOn = None, known_at: datetime | None = None) -> Any:
        known = await info.context.known(known_at)
        info.context.names_as_of(info.path, as_at, known)
        lines = await info.context.lines(people.held_by, column, f"{root.id}", of=of, as_at=as_at, known=known)
        return [getattr(import_module(kind[1]), kind[0]).of(line) for line in lines]

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


def programme_of(row: str, description: str) -> Any:
    """The field for the programme that *row* names by its id."""
    return _in_register(ProgrammeType, "programme_id", row, "programmes g WHERE g.id", "find_programme", description)


def scheme_of(row: str, description: str) -> Any:
    """The field for the scheme that *row* names by its id."""
    return _in_register(SchemeType, "scheme_id", row, "schemes WHERE schemes.id", "find_scheme", description)


def partnership_of(row: str, description: str) -> Any:
    """The field for the partnership that *row* names by its id."""
    return _in_register(
        PartnershipType, "partnership_id", row, "partnerships p WHERE p.id", "find_partnership", description
    )


def organisation_of(row: str, description: str) -> Any:
    """The field for the organisation that *row* names by its id."""
    return _in_register(
        OrganisationType,
        "organisation_id",
        row,
        "organisations WHERE organisations.id",
        "find_organisation",
        description,
    )


def body_by(column: str, row: str) -> Rows:
    """The rows of the body whose id is in *column* of *row*."""
    return Rows(people.rows_of(BODIES, f"t.id = {row}.{column}", ever=True))


def person_by(column: str, row: str) -> Rows:
    """The rows of the person whose id is in *column* of *row*."""
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
