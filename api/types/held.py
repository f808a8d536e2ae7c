"""The names, the roles and the mergers of an organisation over time, in GraphQL."""

from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Annotated, Any

import strawberry

from api.answering.shapes import FORM, Moment, Rows, RowsFor, when, written
from api.context import Context, Info
from api.contract.errors import visible
from api.contract.values import Money, When, of_line
from api.types.log.audit import AuditEntry, event_at, event_of
from api.types.parts.of_places import NonParticipation, cost_of_each, cost_of_each_in_sql
from projections.parts.folded import folded
from projections.parts.reading import parts_by
from projections.register import held
from projections.timeline import stated

if TYPE_CHECKING:
    from api.types.partnerships import Organisation, Partnership, Scheme


def over_time(kind: type, reader: Callable[..., Any], column: str, source: str, order: str, description: str) -> Any:
    """A field of an organisation with objects of a *kind*, as at a day and as known at an instant.

    graphql-core gets the lines of *reader*, by *column*. SQL gets the rows of *source*, in *order*.
    """

    async def rows(context: Context, as_at: date | None = None, known_at: datetime | None = None) -> Any:
        day, known = await context.moment(as_at, known_at)
        return Rows(source, order=order), {"as_at": day, "known": known}

    async def resolve(root: Any, info: Info, as_at: date | None = None, known_at: datetime | None = None) -> Any:
        day, known = await info.context.moment(as_at, known_at)
        info.context.names_as_of(info.path, day, known)
        lines = await info.context.lines(reader, column, f"{root.id}", as_at=day, known=known)
        return [of_line(kind, line) for line in lines]

    resolve.__annotations__ |= {"root": Any, "return": list[kind]}  # type: ignore[valid-type]
    form = RowsFor(rows, moment=Moment("as_at", "known"))
    return strawberry.field(resolver=resolve, description=description, metadata={FORM: form})


@written("names", since=when("names.since"), until=when("names.until"), event=event_of("names.position"))
@strawberry.type(description="A name that an organisation has or had.")
class OrganisationName:
    name: str = strawberry.field(description="The name.")
    since: When | None = strawberry.field(
        description="The date from which it is the name. Its text is unknown if no source says. null for the first"
        " name."
    )
    until: When | None = strawberry.field(
        description="The date from which another name took its place. null if none has, and if it is stated only."
    )
    stated_only: bool = strawberry.field(
        description="Whether only a source used it, beside the names that the organisation has had. since is then the"
        " date of that statement."
    )
    known_since: datetime = strawberry.field(description="When it was recorded with this date (UTC).")
    position: strawberry.Private[int]

    @strawberry.field(description="The event that gave the name.")
    async def event(self, info: Info) -> AuditEntry:
        return await event_at(info, self.position)


@written(
    "held",
    since=when("held.since"),
    until=when("held.until"),
    partnership=Rows("partnerships p WHERE p.id = held.partnership_id"),
    event=event_of("held.position"),
)
@strawberry.type(
    description="What an organisation does or did for a partnership. A role that ended and began again is shown twice."
)
class HeldRole:
    role: str = strawberry.field(description="The role, in the words of the programme or of a source.")
    since: When = strawberry.field(
        description="The date from which it has the role: the earliest that is known. Its text is unknown if none is."
    )
    until: When | None = strawberry.field(
        description="When the role ended: the partner left, another one became the lead, or another supplier took over"
        " the work. null if no end is recorded."
    )
    stated_only: bool = strawberry.field(
        description="Whether only a source states the role. No step of the partnership, its bids or awards records it."
    )
    partnership_id: strawberry.Private[str]
    position: strawberry.Private[int]

    @strawberry.field(description="The partnership in which it has the role.")
    async def partnership(self, info: Info) -> Annotated["Partnership", strawberry.lazy("api.types.partnerships")]:
        from api.types.partnerships import partnership  # noqa: PLC0415 - the two types show each other

        return await partnership(info, self.partnership_id)

    @strawberry.field(description="The event by which the role began, on the date since.")
    async def event(self, info: Info) -> AuditEntry:
        return await event_at(info, self.position)


def names_held(description: str) -> Any:
    """The field for the names of an organisation."""
    source = held.names_where("n.thing = organisations.id")
    return over_time(OrganisationName, held.names_by, "thing", source, held.NAMES_ORDER, description)


def roles_held(description: str) -> Any:
    """The field for the roles of an organisation."""
    source = held.roles_of("organisations.id")
    return over_time(HeldRole, held.roles_by, "organisation_id", source, held.ROLES_ORDER, description)


# --- What sources state ---


@written("stated", event=event_of("stated.position"))
@strawberry.type(description="A category into which a regime of assessment, such as CPA, put an organisation.")
class AssessmentCategory:
    regime: str = strawberry.field(description="The regime, and the year of it if the source names one.")
    category: str = strawberry.field(description="The category, in the words of the source.")
    method: str | None = strawberry.field(
        description="The version of the method of the regime. Categories by different methods are not compared. null if"
        " not stated."
    )
    on: When = strawberry.field(description="From when it is in the category.")
    position: strawberry.Private[int]

    @strawberry.field(description="The event that recorded it.")
    async def event(self, info: Info) -> AuditEntry:
        return await event_at(info, self.position)


def categories_held(description: str) -> Any:
    """The field for the assessment categories of an organisation."""
    source = stated.categories_where("t.thing = organisations.id")
    return over_time(AssessmentCategory, stated.categories_by, "organisation_id", source, stated.ORDER, description)


@written(
    "stated",
    organisation=Rows("organisations WHERE organisations.id = stated.organisation_id"),
    scheme=Rows("schemes WHERE schemes.id = stated.scheme_id"),
    event=event_of("stated.position"),
)
@strawberry.type(description="An organisation that took part in a programme or a scheme, as a source states.")
class Involvement:
    role: str = strawberry.field(description="What it did, in the words of the source.")
    on: When = strawberry.field(description="When it took part.")
    organisation_id: strawberry.Private[str]
    scheme_id: strawberry.Private[str | None]
    position: strawberry.Private[int]

    @strawberry.field(description="The organisation.")
    async def organisation(self, info: Info) -> Annotated["Organisation", strawberry.lazy("api.types.partnerships")]:
        from api.types.partnerships import find_organisation  # noqa: PLC0415 - the two show each other

        return visible(await find_organisation(info, self.organisation_id), "organisation")

    @strawberry.field(description="The scheme. null if it took part in the programme as a whole.")
    async def scheme(self, info: Info) -> Annotated["Scheme", strawberry.lazy("api.types.partnerships")] | None:
        from api.types.partnerships import find_scheme  # noqa: PLC0415 - the two show each other

        return await find_scheme(info, self.scheme_id) if self.scheme_id else None

    @strawberry.field(description="The event that states it.")
    async def event(self, info: Info) -> AuditEntry:
        return await event_at(info, self.position)


def involved_in(row: str, description: str) -> Any:
    """The field for who took part in the programme or the scheme in *row*."""
    source = stated.involved_where(f"{row}.id")
    return over_time(Involvement, stated.involved_by, "place", source, stated.ORDER, description)


@written("stated", event=event_of("stated.position"))
@strawberry.type(description="A kind that a partnership is or was of.")
class PartnershipKind:
    kind: str = strawberry.field(description="The kind, in the words of the programme.")
    on: When = strawberry.field(description="From when it is of this kind.")
    because: str | None = strawberry.field(description="Why it was put into this kind. null for its first one.")
    position: strawberry.Private[int]

    @strawberry.field(description="The event that gave the kind.")
    async def event(self, info: Info) -> AuditEntry:
        return await event_at(info, self.position)


@written(
    "stated",
    partnership=Rows("partnerships p WHERE p.id = stated.other_id"),
    event=event_of("stated.position"),
)
@strawberry.type(description="A link between a partnership and one that it grew from, or that grew from it.")
class Origin:
    because: str = strawberry.field(description="How the later one grew from the earlier one.")
    on: When = strawberry.field(description="When.")
    other_id: strawberry.Private[str]
    position: strawberry.Private[int]

    @strawberry.field(description="The other partnership.")
    async def partnership(self, info: Info) -> Annotated["Partnership", strawberry.lazy("api.types.partnerships")]:
        from api.types.partnerships import partnership  # noqa: PLC0415 - the two types show each other

        return await partnership(info, self.other_id)

    @strawberry.field(description="The event that recorded it.")
    async def event(self, info: Info) -> AuditEntry:
        return await event_at(info, self.position)


def kinds_held(description: str) -> Any:
    """The field for the kinds of a partnership."""
    source = stated.kinds_where("t.thing = p.id")
    return over_time(PartnershipKind, stated.kinds_by, "partnership_id", source, stated.ORDER, description)


def origins(description: str) -> Any:
    """The field for the partnerships that one grew from."""
    source = stated.origins_where("t.thing = p.id")
    return over_time(Origin, stated.origins_by, "partnership_id", source, stated.ORDER, description)


def successors(description: str) -> Any:
    """The field for the partnerships that grew from one."""
    source = stated.successors_where("{0} = p.id")
    return over_time(Origin, stated.successors_by, "partnership_id", source, stated.ORDER, description)


# --- Mergers ----------------------------------------------------------------------------------------------------------


async def _mergers(root: Any, info: Info, column: str, as_at: date | None, known_at: datetime | None) -> Any:
    """The other sides of the mergers of the organisation *root*, whose *column* is as in ``held.merged_where``."""
    day, known = await info.context.moment(as_at, known_at)
    info.context.names_as_of(info.path, day, known)
    return await info.context.lines(held.merged_by, column, f"{root.id}", by="other_id", as_at=day, known=known)


def _rows_of(column: str, *, event: bool = False) -> RowsFor:
    source = held.merged_where(column, f"m.{column} = organisations.id")
    if event:
        source = event_of(f"(SELECT organisations.position FROM {source})").source  # noqa: S608 - constants

    async def rows(context: Context, as_at: date | None = None, known_at: datetime | None = None) -> Any:
        day, known = await context.moment(as_at, known_at)
        return Rows(source, order=held.MERGED_ORDER), {"as_at": day, "known": known}

    return RowsFor(rows, moment=Moment("as_at", "known"))


def merged_into(description: str) -> Any:
    """The field for the organisation that one merged into."""

    async def resolve(
        root: Any, info: Info, as_at: date | None = None, known_at: datetime | None = None
    ) -> Annotated["Organisation", strawberry.lazy("api.types.partnerships")] | None:
        from api.types.partnerships import Organisation  # noqa: PLC0415 - the two show each other

        lines = await _mergers(root, info, "part_id", as_at, known_at)
        return Organisation.of(lines[0]) if lines else None

    return strawberry.field(resolver=resolve, description=description, metadata={FORM: _rows_of("part_id")})


def merger(description: str) -> Any:
    """The field for the event by which an organisation merged into another."""

    async def resolve(
        root: Any, info: Info, as_at: date | None = None, known_at: datetime | None = None
    ) -> AuditEntry | None:
        lines = await _mergers(root, info, "part_id", as_at, known_at)
        return await event_at(info, lines[0].position) if lines else None

    return strawberry.field(resolver=resolve, description=description, metadata={FORM: _rows_of("part_id", event=True)})


def took_over(description: str) -> Any:
    """The field for the organisations that merged into one."""

    async def resolve(
        root: Any, info: Info, as_at: date | None = None, known_at: datetime | None = None
    ) -> list[Annotated["Organisation", strawberry.lazy("api.types.partnerships")]]:
        from api.types.partnerships import Organisation  # noqa: PLC0415 - the two show each other

        return [Organisation.of(line) for line in await _mergers(root, info, "whole_id", as_at, known_at)]

    return strawberry.field(resolver=resolve, description=description, metadata={FORM: _rows_of("whole_id")})


# Who does not take part in the national programme of a count, as of the same clocks.
_DECLINED = folded("s.stream = stated.partnership_id AND s.kind = 'nonparticipation'", "stated.as_at", "stated.known")


@written(
    "stated",
    partnership=Rows("partnerships p WHERE p.id = stated.partnership_id"),
    provider=Rows("organisations WHERE organisations.id = stated.provider_id"),
    reported="coalesce(stated.authorities, stated.participants) IS NOT NULL",
    declined=Rows(_DECLINED, order="parts.number"),
    residential_per_head=cost_of_each_in_sql(
        "stated.residential_cost", "stated.residential_currency", "stated.residential_people"
    ),
    residential_per_place=cost_of_each_in_sql(
        "stated.residential_cost", "stated.residential_currency", "stated.residential_places"
    ),
    event=event_of("stated.position"),
)
@strawberry.type(
    description="How many authorities and people a national programme had reached, as its source counts. Beside it are"
    " the places that were recorded entry by entry, and who does not take part. A programme that no source counts has a"
    " row once it has such entries."
)
class TakeUp:
    name: str = strawberry.field(description="The name of the national programme.")
    group: str = strawberry.field(
        description="The group of providers and the way it is delivered, as stated. The kind of the partnership if no"
        " source states it."
    )
    on: When = strawberry.field(
        description="The date at which the count is true. That of the last entry if no source counts."
    )
    authorities: int | None = strawberry.field(description="How many authorities take part. null if not counted.")
    participants: int | None = strawberry.field(description="How many people take part. null if not counted.")
    subsidised_authorities: int | None = strawberry.field(
        description="How many of the authorities are subsidised. null if not counted."
    )
    subsidised_participants: int | None = strawberry.field(
        description="How many of the people are subsidised. null if not counted."
    )
    objective: str | None = strawberry.field(description="How far its objective is reached. null if not stated.")
    reported: bool = strawberry.field(description="Whether its source gives any count.")
    recorded_authorities: int = strawberry.field(description="How many authorities took places, by the entries.")
    recorded_people: int = strawberry.field(
        description="How many people took part, by the entries. Who is in two entries counts twice."
    )
    recorded_places: int = strawberry.field(description="How many places were taken, by the entries.")
    recorded_subsidised: int = strawberry.field(description="How many of these places were subsidised.")
    partnership_id: strawberry.Private[str]
    provider_id: strawberry.Private[str | None]
    position: strawberry.Private[int]
    residential_people: strawberry.Private[int]
    residential_places: strawberry.Private[int]
    residential_cost: strawberry.Private[Decimal | None]
    residential_currency: strawberry.Private[str | None]
    as_at: strawberry.Private[date | None]
    known: strawberry.Private[int | None]

    @strawberry.field(description="The partnership that the national programme is recorded as.")
    async def partnership(self, info: Info) -> Annotated["Partnership", strawberry.lazy("api.types.partnerships")]:
        from api.types.partnerships import partnership  # noqa: PLC0415 - the two types show each other

        return await partnership(info, self.partnership_id)

    @strawberry.field(
        description="Who provides it: the provider after its last transfer, or else the one that its source names."
        " null if there is neither."
    )
    async def provider(self, info: Info) -> Annotated["Organisation", strawberry.lazy("api.types.partnerships")] | None:
        from api.types.partnerships import find_organisation  # noqa: PLC0415 - the two show each other

        return await find_organisation(info, self.provider_id) if self.provider_id else None

    @strawberry.field(description="The event that states it, or the last entry if no source counts.")
    async def event(self, info: Info) -> AuditEntry:
        return await event_at(info, self.position)

    @strawberry.field(description="Which authorities do not take part, and why, by number.")
    async def declined(self, info: Info) -> list[NonParticipation]:
        clocks: dict[str, Any] = {"as_at": self.as_at, "known": self.known}
        lines = await info.context.lines(parts_by, "stream", self.partnership_id, kind="nonparticipation", **clocks)
        return [NonParticipation.of(line) for line in lines]

    @strawberry.field(description="What residential places cost for each person. null if no cost is recorded.")
    def residential_per_head(self) -> Money | None:
        return self._residential(self.residential_people)

    @strawberry.field(description="What each residential place cost. null if no cost is recorded.")
    def residential_per_place(self) -> Money | None:
        return self._residential(self.residential_places)

    def _residential(self, number: int) -> Money | None:
        cost, currency = self.residential_cost, self.residential_currency
        return cost_of_each(cost, currency, number) if cost is not None and currency is not None else None


def take_up_in(row: str, column: str, description: str) -> Any:
    """The field for the take-up in the programme or the scheme in *row*; *column* names it in partnerships."""
    source = stated.take_up_where(column, f"{row}.id")
    return over_time(TakeUp, stated.take_up_by[column], "place", source, stated.ORDER, description)
