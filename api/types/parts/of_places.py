"""Who takes part in a programme: places, subsidies, sessions, who stays out and why, and who provides it."""

from datetime import date, datetime
from decimal import ROUND_HALF_UP, Decimal
from enum import Enum
from typing import TYPE_CHECKING, Annotated, Any

import strawberry

from api.answering.shapes import FORM, Rows, RowsFor, money, written
from api.context import Context, Info
from api.contract.enums import enum_of
from api.contract.values import Money, When
from api.contract.words import CLOCKS
from api.types.parts.declared import (
    AwardType,
    OrganisationType,
    Part,
    fact,
    listed,
    of_organisation,
    of_partnership,
    state,
)
from api.types.people.declared import PartnershipType
from domain.joint.places import DeclineReason
from domain.values import money as amounts
from projections.parts import places as reading
from projections.parts import reading as parts
from projections.tables.currencies import by_places
from projections.tables.shares import share_in_sql, share_of

if TYPE_CHECKING:
    from api.types.partnerships import Scheme

SchemeType = Annotated["Scheme", strawberry.lazy("api.types.partnerships")]
SHARE = "In per cent, with one decimal place."

# --- What paid --------------------------------------------------------------------------------------------------------


def _award(description: str) -> Any:
    """A field with the award that a part names in the fact *award_id*."""

    async def resolve(root: Any, info: Info) -> AwardType | None:
        from api.types.awards import find_award  # noqa: PLC0415 - the two types show each other

        return await find_award(info, root.facts["award_id"]) if root.facts.get("award_id") else None

    form = Rows("awards WHERE awards.id = parts.facts->>'award_id'")
    return strawberry.field(resolver=resolve, description=description, metadata={FORM: form})


_OF_AWARD = "SELECT p.scheme_id FROM awards JOIN partnerships p ON p.id = awards.partnership_id"


def _fund(description: str) -> Any:
    """A field with the scheme of the award that a part names."""

    async def resolve(root: Any, info: Info) -> SchemeType | None:
        from api.types.awards import find_award  # noqa: PLC0415 - the types show each other
        from api.types.partnerships import find_partnership, find_scheme  # noqa: PLC0415 - the types show each other

        paid = await find_award(info, root.facts["award_id"]) if root.facts.get("award_id") else None
        of = await find_partnership(info, paid.partnership_id) if paid is not None else None
        return await find_scheme(info, of.scheme_id) if of is not None else None

    form = Rows(f"schemes WHERE schemes.id = ({_OF_AWARD} WHERE awards.id = parts.facts->>'award_id')")
    return strawberry.field(resolver=resolve, description=description, metadata={FORM: form})


# --- Money for each ---------------------------------------------------------------------------------------------------


def cost_of_each(cost: Decimal, currency: str, number: int) -> Money:
    """What each of a *number* costs if all cost *cost*, rounded half up to the smallest unit of the currency."""
    unit = Decimal(1).scaleb(-amounts.minor_units(currency))
    return Money(amount=(cost / number).quantize(unit, ROUND_HALF_UP), currency=currency)


def cost_of_each_in_sql(cost: str, currency: str, number: str) -> Any:
    """The form of the same amount; null where there is no cost, or the number is 0."""
    return money(f"round({cost} / nullif({number}, 0), {by_places(currency, {0: '0', 2: '2', 3: '3'})})", currency)


def _cost_of_each(name: str, description: str) -> Any:
    """A field with the cost for each of the number in the fact *name*."""

    def resolve(root: Any) -> Money | None:
        cost = root.facts.get("cost")
        return cost_of_each(Decimal(cost["amount"]), cost["currency"], root.facts[name]) if cost else None

    form = cost_of_each_in_sql(
        "(parts.facts->'cost'->>'amount')::numeric",
        "(parts.facts->'cost'->>'currency')",
        f"(parts.facts->>'{name}')::integer",
    )
    return strawberry.field(resolver=resolve, description=description, metadata={FORM: form})


# --- Places -----------------------------------------------------------------------------------------------------------

_PEOPLE, _OUT_OF = "(parts.facts->>'people')::integer", "(parts.facts->>'out_of')::integer"


@written("parts", share=share_in_sql(_PEOPLE, _OUT_OF), partnership=Rows("partnerships p WHERE p.id = parts.stream"))
@strawberry.type(description="Places that people of an authority took on the day begun, and who subsidised them.")
class PlacesTaken(Part):
    organisation: OrganisationType = of_organisation("organisation_id", "The authority.")
    people: int = fact(int, "people", "How many people of it took part.")
    places: int = fact(int, "places", "How many places they took.")
    subsidised: int = fact(int, "subsidised", "How many of the places were subsidised.")
    amount: Money | None = strawberry.field(
        description="The subsidy of all subsidised places. null if it is not given."
    )
    funder: OrganisationType | None = of_organisation(
        "funder_id", "Who subsidised the places. null if nobody did, or if only the award is named.", optional=True
    )
    award: AwardType | None = _award("The award that the subsidy came from. null if none is named.")
    fund: SchemeType | None = _fund("The fund that the subsidy came from: the scheme of the award. null without one.")
    subsidy: int | None = fact(int | None, "subsidy", "The number of the subsidy that applied. null if none is named.")
    cost: Money | None = fact(Money | None, "cost", "What all the places cost, with the subsidy. null if not given.")
    residential: bool = fact(bool, "residential", "Whether people stayed overnight.")
    out_of: int | None = fact(
        int | None, "out_of", "How many people of the authority the programme is meant for. null if not given."
    )
    cost_per_head: Money | None = _cost_of_each("people", "The cost for each person. null without a cost.")
    cost_per_place: Money | None = _cost_of_each("places", "The cost for each place. null without a cost.")

    @strawberry.field(description=f"The share of those it is meant for who took part. {SHARE} null without outOf.")
    def share(self) -> Decimal | None:
        return share_of(self.facts["people"], self.facts.get("out_of") or 0)

    @strawberry.field(description="The programme, as a partnership.")
    async def partnership(self, info: Info) -> PartnershipType | None:
        from api.types.partnerships import find_partnership  # noqa: PLC0415 - the types show each other

        return await find_partnership(info, self.stream)


# --- Subsidies --------------------------------------------------------------------------------------------------------


@strawberry.enum(description="Whether a subsidy was removed.")
class SubsidyState(Enum):
    SET = "set"
    ENDED = "ended"


@written("parts", places=reading.PLACES_UNDER, dependence=reading.DEPENDENCE)
@strawberry.type(description="A subsidy for places of a programme, from the day begun.")
class Subsidy(Part):
    state: SubsidyState = state(SubsidyState, "Its state.")
    category: str | None = fact(str | None, "category", "The category of authorities that get it. null: all of them.")
    share: int | None = fact(
        int | None, "share", "The share of the cost that it pays, in whole per cent. null if it pays a sum."
    )
    per_place: Money | None = fact(
        Money | None, "per_place", "The sum that it pays for each place. null if it pays a share."
    )
    until: When = fact(When, "until", "Its intended last day.")
    because: str = fact(str, "because", "Why it was set.")
    ended: When | None = fact(When | None, "ended", "Its last day, if it was removed. null if nobody removed it.")
    ended_because: str | None = fact(str | None, "ended_because", "Why it was removed. null if nobody removed it.")

    @strawberry.field(description="How many places were subsidised under it.")
    async def places(self, info: Info) -> int:
        return (await self._depending(info))[0]

    @strawberry.field(
        description=f"How far the programme depends on it: the share of all its places that were subsidised under it."
        f" {SHARE} null if no place was taken."
    )
    async def dependence(self, info: Info) -> Decimal | None:
        return share_of(*await self._depending(info))

    async def _depending(self, info: Info) -> tuple[int, int]:
        clocks: dict[str, Any] = {"as_at": self.as_at, "known": self.known}
        lines = await info.context.lines(parts.parts_by, "stream", self.stream, kind="places", **clocks)
        return reading.depending(lines, self.number)


# --- Sessions ---------------------------------------------------------------------------------------------------------


@written("parts")
@strawberry.type(description="Who attended a session: a post of an organisation.")
class Attendee:
    facts: strawberry.Private[dict[str, Any]]
    post: str = fact(str, "post", "The post.")
    organisation: OrganisationType = of_organisation("organisation_id", "Its organisation.")


@written("parts", substitutes=Rows(reading.SUBSTITUTES, order="parts.nth"))
@strawberry.type(description="A session of a programme, held on the day begun.")
class Session(Part):
    series: str = fact(str, "series", "The series of sessions. The same people are to attend all of them.")
    title: str = fact(str, "title", "Its title.")
    attended: list[Attendee] = listed(Attendee, "attended", "Who attended, in the order given.")
    award: AwardType | None = _award("The award that paid for it. null if none is named.")
    fund: SchemeType | None = _fund("The fund that paid for it: the scheme of the award. null if no award is named.")

    @strawberry.field(
        description="Who attended and was not at the first session of the series, while somebody of the same"
        " organisation who was there is absent. In the order given."
    )
    async def substitutes(self, info: Info) -> list[Attendee]:
        clocks: dict[str, Any] = {"as_at": self.as_at, "known": self.known}
        sessions = await info.context.lines(parts.parts_by, "stream", self.stream, kind="session", **clocks)
        return [Attendee(facts=one) for one in reading.substitutes(self.facts, sessions)]


# --- Who stays out, and who provides ----------------------------------------------------------------------------------


@strawberry.type(description="That an authority does not take part in a programme, and why, since the day begun.")
class NonParticipation(Part):
    organisation: OrganisationType = of_organisation("organisation_id", "The authority.")
    reason = fact(enum_of(DeclineReason), "reason", "The kind of reason.")
    could_not: bool = fact(bool, "could_not", "Whether it wanted to take part and could not.")
    because: str = fact(str, "because", "The reason, in words.")


@strawberry.type(description="A move of a programme from one provider to another, on the day begun.")
class ProviderTransfer(Part):
    from_provider: OrganisationType = of_organisation("from_provider_id", "The provider before.")
    to_provider: OrganisationType = of_organisation("to_provider_id", "The provider from this day.")
    handed_over: str = fact(str, "handed_over", "The data that the new provider was given.")


SUBSIDIES: Any = of_partnership(Subsidy, "subsidy", "The subsidies for its places")
PLACES: Any = of_partnership(PlacesTaken, "places", "The places that authorities took")
DECLINED: Any = of_partnership(NonParticipation, "nonparticipation", "Which authorities do not take part, and why")
SESSIONS: Any = of_partnership(Session, "session", "The sessions that were held")
TRANSFERS: Any = of_partnership(ProviderTransfer, "transfer", "Every move from one provider to another")


def places_of_organisation() -> Any:
    """The field with the places that an organisation took in all programmes."""

    async def rows(context: Context, as_at: date | None = None, known_at: datetime | None = None) -> Any:
        day, known = await context.moment(as_at, known_at)
        source = reading.places_where("organisations.id")
        return Rows(source, order=reading.PLACES_ORDER), {"as_at": day, "known": known}

    async def resolve(
        root: Any, info: Info, as_at: date | None = None, known_at: datetime | None = None
    ) -> list[PlacesTaken]:
        info.context.names_of_now(info.path)
        day, known = await info.context.moment(as_at, known_at)
        lines = await info.context.lines(reading.places_by, "organisation_id", f"{root.id}", as_at=day, known=known)
        return [PlacesTaken.of(line) for line in lines]

    description = f"The places that its people took in programmes, the first taken first, {CLOCKS}"
    return strawberry.field(resolver=resolve, description=description, metadata={FORM: RowsFor(rows)})
