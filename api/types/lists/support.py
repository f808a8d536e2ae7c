"""Which organisation is supported by which scheme on a day, in GraphQL."""

from datetime import date
from functools import partial
from typing import TYPE_CHECKING, Annotated, Any

import strawberry
from psycopg.sql import SQL

from api.answering.fields import page_of
from api.answering.shapes import FORM, Moment, Pages, Rows, written
from api.context import Context, Info
from api.contract import cursor
from api.contract.errors import visible
from api.contract.values import When, of_line
from api.types.lists.listed import PAGE, connection, takes
from projections.register.support import SupportLine, support_list
from projections.tables.paging import Listing, Window
from projections.tables.present import today

if TYPE_CHECKING:
    from api.types.partnerships import Organisation, Partnership, Scheme

_REGISTER = "api.types.partnerships"
ORDER = "support"


def _partnerships(column: str) -> Rows:
    return Rows(f"partnerships p WHERE p.id = ANY (support.{column})", order="p.id")


@written(
    "support",
    organisation=Rows("organisations WHERE organisations.id = support.organisation_id"),
    scheme=Rows("schemes WHERE schemes.id = support.scheme_id"),
    partnership=Rows("partnerships p WHERE p.id = support.partnership_id"),
    overlapping=_partnerships("overlapping"),
    repeating=_partnerships("repeating"),
)
@strawberry.type(
    description="An organisation that a scheme supports on a day: it leads a partnership of the scheme, or is a partner"
    " of it. An organisation that only funds, supplies or advises one is not supported."
)
class Support:
    role: str = strawberry.field(description="What it is in the partnership, such as lead or partner.")
    since: When = strawberry.field(description="Since when it takes part.")
    until: When | None = strawberry.field(description="When it left, if it did later. null if no end is recorded.")
    activity: str | None = strawberry.field(description="The theme of the partnership. null if not stated.")
    warning: str | None = strawberry.field(
        description="That the activity is supported in several partnerships of the organisation on the day. null if it"
        " is not. Themes are the same if they differ in spaces and capitals alone."
    )
    organisation_id: strawberry.Private[str]
    scheme_id: strawberry.Private[str]
    partnership_id: strawberry.Private[str]
    overlapping_ids: strawberry.Private[list[str]]
    repeating_ids: strawberry.Private[list[str]]

    @strawberry.field(description="The organisation that is supported: the one that goes on, if it merged by the day.")
    async def organisation(self, info: Info) -> Annotated["Organisation", strawberry.lazy(_REGISTER)]:
        from api.types.partnerships import find_organisation  # noqa: PLC0415 - the two modules import each other

        return visible(await find_organisation(info, self.organisation_id), "organisation")

    @strawberry.field(description="The scheme that supports it.")
    async def scheme(self, info: Info) -> Annotated["Scheme", strawberry.lazy(_REGISTER)]:
        from api.types.partnerships import find_scheme  # noqa: PLC0415 - the two modules import each other

        return visible(await find_scheme(info, self.scheme_id), "scheme")

    @strawberry.field(description="The partnership by which it is supported.")
    async def partnership(self, info: Info) -> Annotated["Partnership", strawberry.lazy(_REGISTER)]:
        from api.types.partnerships import partnership  # noqa: PLC0415 - the two modules import each other

        return await partnership(info, self.partnership_id)

    @strawberry.field(
        description="Its other partnerships under other schemes on the day, by id: an overlap to look at, which may be"
        " as it should."
    )
    async def overlapping(self, info: Info) -> list[Annotated["Partnership", strawberry.lazy(_REGISTER)]]:
        return [await _partnership(info, one) for one in self.overlapping_ids]

    @strawberry.field(description="Its other partnerships with the same activity on the day, by id. See warning.")
    async def repeating(self, info: Info) -> list[Annotated["Partnership", strawberry.lazy(_REGISTER)]]:
        return [await _partnership(info, one) for one in self.repeating_ids]

    @classmethod
    def of(cls, line: SupportLine) -> "Support":
        """The GraphQL object for *line*."""
        return of_line(cls, line, overlapping_ids=line.overlapping, repeating_ids=line.repeating)


async def _partnership(info: Info, its_id: str) -> Any:
    from api.types.partnerships import partnership  # noqa: PLC0415 - the two modules import each other

    return await partnership(info, its_id)


SupportConnection = connection("Support", Support, "Who is supported by which scheme on a day, in the order recorded.")

AsAt = Annotated[date | None, strawberry.argument(description="The day to ask about. By default today.")]
Supported = Annotated[
    str | None, strawberry.argument(description="Only this organisation, or those that are part of it: its id or code.")
]
With = Annotated[
    str | None,
    strawberry.argument(
        description="Only organisations that take part in this partnership on the day, by whichever partnerships they"
        " are supported: its id or code."
    ),
]
Overlapping = Annotated[bool, strawberry.argument(description="Only those that several schemes support on the day.")]
Twice = Annotated[bool, strawberry.argument(description="Only those with a warning.")]


async def _listing(
    context: Context,
    programme: str | SQL,
    *,
    as_at: date | None = None,
    organisation: str | None = None,
    partnership: str | None = None,
    overlapping_only: bool = False,
    warned_only: bool = False,
    **asked: Any,
) -> tuple[Listing, Window]:
    found = await context.id_of("organisation", organisation)
    beside = await context.id_of("partnership", partnership)
    listing = support_list(
        programme,
        as_at or today(),
        organisation=found,
        partnership=beside,
        overlapping=overlapping_only,
        twice=warned_only,
    )
    return listing, cursor.window(ORDER, (cursor.position,), **asked)


def support_of(row: str, description: str) -> Any:
    """The field for who is supported by the schemes of the programme in *row*."""

    async def resolve(root: Any, info: Info, **arguments: Any) -> Any:
        asked = await _listing(info.context, f"{root.id}", **arguments)
        info.context.names_as_of(info.path, asked[0].parameters["day"], None)
        return await page_of(info.context, SupportConnection, asked, SupportLine, lambda line, _: Support.of(line))

    only = {"organisation": Supported, "partnership": With, "overlapping_only": Overlapping, "warned_only": Twice}
    optional = {"as_at": AsAt, **only, **PAGE}
    defaults = {"overlapping_only": False, "warned_only": False}
    takes(resolve, {"root": Any, "info": Info}, optional, SupportConnection, **defaults)
    form = Pages(listing=partial(_listing, programme=SQL(f"{row}.id")), moment=Moment("day"))
    return strawberry.field(resolver=resolve, description=description, metadata={FORM: form})
