"""Funding in GraphQL: the ladder of figures, each with the events that add up to it."""

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import strawberry

from api.answering.shapes import Form, Json, Pages, Rows, RowsFor, Shape, Word, instant
from api.context import Context, Info
from api.contract import cursor
from api.contract.errors import NOT_YET_VISIBLE, Problem
from api.contract.scalars import LogPosition, write_instant
from api.types.log.audit import KEY, ORDER, AuditConnection, connection_of
from projections.audit import reading as audit
from projections.money import funding
from projections.money.funding import FundingLine
from projections.register import reading as register
from projections.tables.paging import Listing, Window
from projections.tables.present import today


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
    line: strawberry.Private[FundingLine]
    is_now: strawberry.Private[bool]

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
        figures = {
            name: Figure(amount=figure.amount, undated=figure.undated, stated=figure.stated, name=name, line=line)
            for name, figure in line.figures.items()
        }
        return cls(
            currency=line.currency,
            as_at=line.as_at,
            known_at=known_at or line.known_at or datetime.now(UTC),
            position=LogPosition(line.position),
            line=line,
            is_now=is_now,
            **figures,
        )


async def funding_of(info: Info, column: str, scope: str, as_at: date | None, known_at: datetime | None) -> Funding:
    """The ladder of the scope whose id is the value of *column*; *as_at* and *known_at* default to now."""
    found = await funding_if_any(info, column, scope, as_at, known_at)
    if found is None:
        raise Problem("The funding is not visible yet. Ask again in a moment.", NOT_YET_VISIBLE)
    return found


async def funding_if_any(
    info: Info, column: str, scope: str, as_at: date | None, known_at: datetime | None
) -> Funding | None:
    """The ladder as ``funding_of`` gives it; None if the scope has none."""
    clocks = await _clocks(info.context, as_at, known_at)
    lines = await info.context.lines(funding.funding_by, column, scope, by="scope", **clocks)
    is_now = clocks["present"] and clocks["known"] is None
    return Funding.of(lines[0], known_at, is_now=is_now) if lines else None


def ladder(column: str, scope: str) -> RowsFor:
    """The ladder of *scope*: the value of *column*, an expression over the enclosing row."""

    async def rows(context: Context, as_at: date | None = None, known_at: datetime | None = None) -> Any:
        text, parameters = funding.ladder_beside(column, scope, **await _clocks(context, as_at, known_at))
        return Rows(f"({text}) funding"), parameters | {"known_at": known_at and write_instant(known_at)}

    figures = {name: _figure(column, name) for name in funding.FIGURES}
    return RowsFor(rows, Shape(row="funding", fields=_FIELDS | {"stated_now": _stated_now(column)} | figures))


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
    return Shape(row="", fields={**amounts, "events": Pages(listing=events)})


async def _clocks(context: Context, as_at: date | None, known_at: datetime | None) -> dict[str, Any]:
    """*as_at* and *known_at* as the arguments of the read model."""
    day, known = await context.moment(as_at, known_at)
    return {"as_at": day, "known": known, "present": day >= today()}
