"""Funding for clients: the ladder of figures, each with the events that it is the sum of."""

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import strawberry
from psycopg.sql import SQL

from api.answering.whole import Beside
from api.answering.written import Json, Shape, Word, instant
from api.context import Context, Info
from api.contract import cursor
from api.contract.errors import NOT_YET_VISIBLE, Problem
from api.contract.scalars import LogPosition, write_instant
from api.types.audit import KEY, ORDER, AuditConnection, connection_of
from projections import audit
from projections.money import funding
from projections.money.funding import FundingLine
from projections.tables.present import today


@strawberry.type(description="One rung of the ladder: a figure and the events that it is the sum of.")
class Figure:
    amount: Decimal = strawberry.field(description="In major units of the currency of its Funding.")
    undated: Decimal = strawberry.field(
        description="How much of it, in major units, comes from events that no source dates."
    )
    name: strawberry.Private[str]
    line: strawberry.Private[FundingLine]

    @strawberry.field(description="Exactly the events that the figure is the sum of, in the order of the log.")
    async def events(self, info: Info, first: int | None = None, after: str | None = None) -> AuditConnection:
        listing = funding.listing_behind(self.line, self.name, audit.audit_list())
        return await connection_of(info, listing, cursor.window(ORDER, KEY, first=first, after=after))


@strawberry.type(
    description="What was requested, approved, awarded, paid and so on: effective by asAt, as known at knownAt."
    " A date known to the month or year counts from its last day; an undated event counts from the start."
)
class Funding:
    currency: str = strawberry.field(description="ISO 4217 code; every figure is in it.")
    as_at: date
    known_at: datetime = strawberry.field(description="Ask again with it to get the same answer, for ever.")
    position: LogPosition = strawberry.field(description="The last position of the log that counts.")
    requested: Figure
    approved: Figure
    awarded: Figure
    payable: Figure = strawberry.field(description="Approved for payment and not yet released.")
    paid: Figure
    returned: Figure
    spent: Figure
    recoverable: Figure = strawberry.field(description="To be recovered, and neither settled nor written off.")
    available: Figure = strawberry.field(description="awarded less paid plus returned")

    @classmethod
    def of(cls, line: FundingLine, known_at: datetime | None) -> "Funding":
        """*line* for clients."""
        figures = {
            name: Figure(amount=figure.amount, undated=figure.undated, name=name, line=line)
            for name, figure in line.figures.items()
        }
        return cls(
            currency=line.currency,
            as_at=line.as_at,
            known_at=known_at or line.known_at or datetime.now(UTC),
            position=LogPosition(line.position),
            **figures,
        )


async def funding_of(info: Info, column: str, scope: str, as_at: date | None, known_at: datetime | None) -> Funding:
    """The ladder of the *scope*, an id for *column*; both clocks default to now."""
    clocks = await _clocks(info.context, as_at, known_at)
    lines = await info.context.lines(funding.funding_by, column, scope, by="scope", **clocks)
    return Funding.of(_shown(lines[0] if lines else None), known_at)


# How PostgreSQL writes a ladder, of a row as the read model gives it.
_WRITTEN = Shape(
    fields={
        "currency": Word("currency"),
        "asAt": Word("%(as_at)s::date"),
        # Whoever says what is to be known is told it as it was said.
        "knownAt": Json(f"""coalesce('"' || %(known_at)s::text || '"', {instant("coalesce(known_at, now())")})"""),
        "position": "position",
        **{name: Shape(fields={"amount": name, "undated": f"{name}_undated"}) for name in funding.FIGURES},
    }
)


def ladder(column: str, scope: SQL) -> Beside:
    """The form of the ladder of the *scope*, which stands for an id for *column* in the statement around it."""

    async def asked(context: Context, as_at: date | None = None, known_at: datetime | None = None) -> Any:
        clocks = await _clocks(context, as_at, known_at)
        text, parameters = funding.ladder_beside(column, scope, **clocks)
        return text, parameters | {"known_at": known_at and write_instant(known_at)}

    return Beside(shape=_WRITTEN, asked=asked)


async def _clocks(context: Context, as_at: date | None, known_at: datetime | None) -> dict[str, Any]:
    """What the two clocks of a ladder come to for the read model."""
    day, known = await context.moment(as_at, known_at)
    return {"as_at": day, "known": known, "present": day >= today()}


def _shown(line: FundingLine | None) -> FundingLine:
    if line is None:
        raise Problem("Its funding is not shown yet. Ask again in a moment.", NOT_YET_VISIBLE)
    return line
