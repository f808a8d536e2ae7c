"""Funding in GraphQL: the ladder of figures, each with the events that add up to it."""

from asyncio import gather
from datetime import UTC, date, datetime
from decimal import Decimal
from enum import Enum
from typing import TYPE_CHECKING, Annotated, Any

import strawberry

from api.answering.fields import Connection, page_of
from api.answering.shapes import Form, Json, Made, Pages, Rows, RowsFor, Shape, Word, instant, money, written
from api.context import Context, Info
from api.contract import cursor
from api.contract.errors import FORBIDDEN, Problem, visible
from api.contract.scalars import LogPosition, write_instant
from api.contract.values import Money
from api.types.log.audit import KEY, ORDER, AuditConnection, AuditEntry, connection_of, event_at, event_of
from projections.audit import reading as audit
from projections.money import funding
from projections.money.funding import AddedLine, FundingLine
from projections.money.spendable import SCOPES, spendable_by, spendable_in
from projections.register import reading as register
from projections.tables.paging import Listing, Window
from projections.tables.present import today

if TYPE_CHECKING:
    from api.types.awards import Award


@written(
    "added",
    adds=money("added.adds", "added.currency"),
    event=event_of("added.position"),
    award=Rows("awards WHERE awards.id = added.award_id"),
)
@strawberry.type(description="What one event adds to a figure.")
class FigurePart:
    adds: Money = strawberry.field(description="What the event adds to the figure; negative if it takes away.")
    payment_number: int | None = strawberry.field(
        description="The number of the payment that the event is about, within award. null if it is about none."
    )
    line: strawberry.Private[AddedLine]

    @strawberry.field(description="The event.")
    async def event(self, info: Info) -> AuditEntry:
        return await event_at(info, self.line.position)

    @strawberry.field(description="The award that the event is about. null if it is about none.")
    async def award(self, info: Info) -> Annotated["Award", strawberry.lazy("api.types.awards")] | None:
        from api.types.awards import find_award  # noqa: PLC0415 - the two types show each other

        return await find_award(info, self.line.award_id) if self.line.award_id else None

    @classmethod
    def of(cls, line: AddedLine) -> "FigurePart":
        """The GraphQL object for *line*."""
        return cls(adds=Money(amount=line.adds, currency=line.currency), payment_number=line.payment_number, line=line)


@strawberry.type(description="A part of a figure and its cursor.")
class FigurePartEdge:
    cursor: str
    node: FigurePart


@strawberry.type(description="What each event adds to a figure, in the order of the log.")
class FigurePartConnection(Connection):
    edges: list[FigurePartEdge]
    nodes: list[FigurePart]


ADDED = "added"


@strawberry.type(description="A funding figure, and the events that add up to it.")
class Figure:
    amount: Decimal = strawberry.field(description="The amount in major units of the currency of its Funding.")
    undated: Decimal = strawberry.field(
        description="The part of the amount that comes from events without a date, in major units."
    )
    stated: bool = strawberry.field(
        description="false if nothing was recorded for the figure. Its amount is then 0, but nobody said so."
    )
    name: strawberry.Private[str]
    line: strawberry.Private[FundingLine]

    @strawberry.field(description="Exactly the events that add up to the figure, in the order of the log.")
    async def events(self, info: Info, first: int | None = None, after: str | None = None) -> AuditConnection:
        listing = funding.listing_behind(self.line, self.name, audit.audit_list())
        return await connection_of(info.context, (listing, cursor.window(ORDER, KEY, first=first, after=after)))

    @strawberry.field(
        description="What each of these events adds, for which award and payment. Together they are the amount."
    )
    async def parts(self, info: Info, first: int | None = None, after: str | None = None) -> FigurePartConnection:
        asked = funding.added_to(self.line, self.name), cursor.window(ADDED, KEY, first=first, after=after)
        return await page_of(info.context, FigurePartConnection, asked, AddedLine, lambda line, _: FigurePart.of(line))


@strawberry.enum(description="Why there is no budget.")
class NoBudget(Enum):
    NOT_RECORDED = strawberry.enum_value(
        "not_recorded", description="It was not recorded, which is not the same as a budget of 0."
    )
    NOT_KEPT = strawberry.enum_value(
        "not_kept", description="Only programmes and schemes have one here. The budget of a round is Round.budget."
    )


@strawberry.type(
    description="Funding figures, from the amount requested to the amount spent: what took effect by asAt, as known at"
    " knownAt. A date known to the month or year counts from its last day. An event without a date always counts."
)
class Funding:
    currency: str = strawberry.field(description="The ISO 4217 code of the currency of every figure.")
    as_at: date
    known_at: datetime = strawberry.field(
        description="The instant that the answer is for. Ask again with it and the answer is the same."
    )
    position: LogPosition = strawberry.field(description="The last position of the log that the figures include.")
    requested: Figure
    approved: Figure
    awarded: Figure
    payable: Figure = strawberry.field(description="The payments approved and not yet released.")
    paid: Figure
    returned: Figure
    spent: Figure
    recoverable: Figure = strawberry.field(description="The amount to be paid back that is not settled or written off.")
    available: Figure = strawberry.field(description="The amount still available: awarded less paid plus returned.")
    held: Figure = strawberry.field(
        description="The amount that was received and not yet accounted for: paid less returned less spent."
    )
    budget: Figure | None = strawberry.field(
        description="The budget allocated, with later changes. That of a programme is its own, or the sum of those of"
        " its schemes if it has none. null if there is none; noBudget says why."
    )
    committed: Figure | None = strawberry.field(
        description="The part of the budget that is awarded, with later changes. null without a budget."
    )
    free: Figure | None = strawberry.field(
        description="The part of the budget that is not awarded: budget less committed. null without a budget."
    )
    no_budget: NoBudget | None = strawberry.field(description="Why budget, committed and free are null.")
    line: strawberry.Private[FundingLine]
    is_now: strawberry.Private[bool]

    @strawberry.field(
        description="The amount of an award, or of those of a partnership, that may still be paid, in major units: what"
        " is available and funds no other award, less the instalments that are not yet due. An award counts 0 while it"
        " is on hold or has an open condition that is precedent to payment. null for anything else."
    )
    async def spendable(self, info: Info) -> Decimal | None:
        if self.line.column not in SCOPES:
            return None
        (found,) = await _spendable(
            info.context, [[self.line.scope, self.currency, self.line.as_at, self.line.position]], self.line.column
        )
        return found

    @strawberry.field(
        description="The amount awarded without the awards that registers no longer state, in major units. null if"
        " nothing is stated as awarded, for a single award, and for an earlier asAt or knownAt than now."
    )
    async def stated_now(self, info: Info) -> Decimal | None:
        awarded = self.line.figures["awarded"]
        if not self.is_now or not awarded.stated or self.line.column == "award_id":
            return None
        withdrawn = await info.context.lines(register.withdrawn_by, self.line.column, self.line.scope, by="scope")
        return awarded.amount - sum((one.amount for one in withdrawn if one.currency == self.currency), Decimal(0))

    @classmethod
    def of(cls, line: FundingLine, known_at: datetime | None, *, is_now: bool) -> "Funding":
        """The GraphQL object for *line*. *is_now* says whether it is the ladder of today, as known now."""
        figures: dict[str, Any] = dict.fromkeys(funding.BUDGETS) | {
            name: Figure(amount=figure.amount, undated=figure.undated, stated=figure.stated, name=name, line=line)
            for name, figure in (line.figures | line.beside).items()
        }
        missing = NoBudget.NOT_RECORDED if line.column in funding.WITH_BUDGET else NoBudget.NOT_KEPT
        return cls(
            currency=line.currency,
            as_at=line.as_at,
            known_at=known_at or line.known_at or datetime.now(UTC),
            position=LogPosition(line.position),
            line=line,
            is_now=is_now,
            no_budget=None if figures["budget"] else missing,
            **figures,
        )


async def funding_of(info: Info, column: str, scope: str, as_at: date | None, known_at: datetime | None) -> Funding:
    """The ladder of the scope whose id is the value of *column*; *as_at* and *known_at* default to now."""
    found = await funding_if_any(info, column, scope, as_at, known_at)
    if found is None and info.context.is_limited:
        raise Problem("Your roles do not let you read this funding. They hold in other places.", FORBIDDEN)
    return visible(found, "funding")


async def funding_if_any(
    info: Info, column: str, scope: str, as_at: date | None, known_at: datetime | None
) -> Funding | None:
    """The ladder as ``funding_of`` gives it; None if the scope has none."""
    info.context.names_of_now(info.path)
    clocks = await clocks_of(info.context, as_at, known_at)
    lines = await info.context.lines(funding.funding_by, column, scope, by="scope", **clocks)
    is_now = clocks["present"] and clocks["known"] is None
    return Funding.of(lines[0], known_at, is_now=is_now) if lines else None


def ladder(column: str, scope: str) -> RowsFor:
    """The ladder of *scope*: the value of *column*, an expression over the enclosing row."""

    async def rows(context: Context, as_at: date | None = None, known_at: datetime | None = None) -> Any:
        text, parameters = funding.ladder_beside(column, scope, **await clocks_of(context, as_at, known_at))
        return Rows(f"({text}) funding"), parameters | {"known_at": known_at and write_instant(known_at)}

    figures = {name: _figure(column, name) for name in funding.SHOWN}
    missing = NoBudget.NOT_RECORDED if column in funding.WITH_BUDGET else NoBudget.NOT_KEPT
    others: dict[str, Form] = {
        "stated_now": _stated_now(column),
        "no_budget": f"CASE WHEN NOT funding.budget_stated THEN '{missing.name}' END",
        "spendable": _spendable_in(column),
    }
    return RowsFor(rows, Shape(row="funding", fields=_FIELDS | others | figures))


def _spendable_in(column: str) -> Form:
    if column not in SCOPES:
        return "NULL::numeric"
    key = "json_build_array(funding.scope, funding.currency, funding.as_at, funding.position)"

    async def make(context: Context, keys: list[list[Any]]) -> list[Any]:
        return await _spendable(context, [[*one[:2], date.fromisoformat(one[2]), one[3]] for one in keys], column)

    return Made(make=make, key=key)


async def _spendable(context: Context, keys: list[list[Any]], column: str) -> list[Decimal]:
    """What may still be paid in each of several scopes of a *column*, with its currency, day and position."""

    async def one(scope: str, currency: str, as_at: date, known: int) -> Decimal:
        found = await context.lines(spendable_by, column, scope, by="scope", as_at=as_at, known=known)
        return spendable_in(currency, found)

    return list(await gather(*(one(*key) for key in keys)))


def _stated_now(column: str) -> str:
    if column == "award_id":
        return "NULL::numeric"
    withdrawn = register.withdrawn_from(column, "funding.scope", "funding.currency")
    return f"CASE WHEN funding.is_now AND funding.awarded_stated THEN funding.awarded - {withdrawn} END"


# An instant that the client gave is returned as it was given.
_KNOWN_AT = f"""coalesce('"' || %(known_at)s::text || '"', {instant("coalesce(funding.known_at, now())")})"""
_FIELDS: dict[str, Form] = {
    "currency": Word("funding.currency"),
    "as_at": "funding.as_at",
    "known_at": Json(_KNOWN_AT),
    "position": "funding.position",
}


def _figure(column: str, name: str) -> Shape:
    async def events(_: Context, first: int | None = None, after: str | None = None) -> tuple[Listing, Window]:
        listing = funding.listing_beside(column, name, audit.audit_list())
        return listing, cursor.window(ORDER, KEY, first=first, after=after)

    amounts = {
        "amount": f"funding.{name}",
        "undated": f"funding.{name}_undated",
        "stated": f"funding.{name}_stated",
    }

    async def parts(_: Context, first: int | None = None, after: str | None = None) -> tuple[Listing, Window]:
        return funding.added_beside(column, name), cursor.window(ADDED, KEY, first=first, after=after)

    fields: dict[str, Form] = {**amounts, "events": Pages(listing=events), "parts": Pages(listing=parts)}
    return Shape(row="", fields=fields, present="funding.budget_stated" if name in funding.BUDGETS else "")


async def clocks_of(context: Context, as_at: date | None, known_at: datetime | None) -> dict[str, Any]:
    """*as_at* and *known_at* as the arguments of the read model."""
    day, known = await context.moment(as_at, known_at)
    return {"as_at": day, "known": known, "present": day >= today()}
