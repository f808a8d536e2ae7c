"""Rounds in GraphQL: calls for bids, with their budgets and what of them is free."""

from datetime import date, datetime
from decimal import Decimal
from enum import Enum
from typing import Any

import strawberry

from api.answering.fields import SummedConnection
from api.answering.shapes import Json, Rows, RowsFor, money, written
from api.context import Context, Info
from api.contract.errors import visible
from api.contract.values import Money, Node, When, of_line
from api.types.bidding.ranking import RankedBid, ranking
from api.types.bids import BIDS
from api.types.lists.filters import Recorded
from api.types.lists.listed import below, connection
from api.types.partnerships import Programme, Scheme, find_programme, find_scheme
from api.types.timeline import IN_ORDER, timeline_of
from domain.values import money as amounts
from projections import rounds
from projections.rounds import RingFenceLine, RoundFiguresLine, RoundLine

__all__ = ["Round"]


@strawberry.enum(description="Whether a round takes bids.")
class RoundState(Enum):
    OPEN = "open"
    CLOSED = "closed"


@written(
    "ring_fences",
    amount=money("ring_fences.amount", "ring_fences.currency"),
    committed=money("ring_fences.committed", "ring_fences.currency"),
    free=money("(ring_fences.amount - ring_fences.committed)", "ring_fences.currency"),
)
@strawberry.type(description="A part of the budget of a round that is reserved for one purpose.")
class RingFence:
    name: str = strawberry.field(description="The purpose.")
    amount: Money = strawberry.field(description="The amount reserved.")
    committed: Money = strawberry.field(description="What of it is committed to awards.")
    free: Money = strawberry.field(description="What of it is not committed.")

    @classmethod
    def of(cls, line: RingFenceLine) -> "RingFence":
        """The GraphQL object for *line*."""
        return cls(name=line.name, **_amounts(line.amount, line.committed, line.currency, "amount"))


def _fences(row: str, as_at: str = "NULL::date", known: str = "NULL::bigint") -> Rows:
    """The ring-fences of the round whose id is *row*, an expression over the enclosing row."""
    source = rounds.ring_fences_of(f"s.round_id = {row}", as_at, known)
    return Rows(source, order="ring_fences.position, ring_fences.name")


@written(
    "figures",
    budget=money("figures.budget", "figures.currency"),
    committed=money("figures.committed", "figures.currency"),
    free=money("(figures.budget - figures.committed)", "figures.currency"),
    ring_fences=_fences("figures.round_id", "figures.as_at", "figures.known"),
)
@strawberry.type(
    description="The budget of a round and what of it is committed: what took effect by asAt, as known at an instant. A"
    " date known to the month or year counts from its last day."
)
class RoundFigures:
    as_at: date
    budget: Money = strawberry.field(description="What all awards of the round together may be.")
    committed: Money = strawberry.field(description="What of the budget is committed to awards.")
    free: Money = strawberry.field(description="What of the budget is not committed, ring-fenced or not.")
    round_id: strawberry.Private[str]
    known: strawberry.Private[int | None]

    @strawberry.field(description="The parts of the budget that are reserved for one purpose, in the order set.")
    async def ring_fences(self, info: Info) -> list[RingFence]:
        lines = await info.context.lines(
            rounds.ring_fences_by, "round_id", self.round_id, as_at=self.as_at, known=self.known
        )
        return [RingFence.of(line) for line in lines]

    @classmethod
    def of(cls, line: RoundFiguresLine) -> "RoundFigures":
        """The GraphQL object for *line*."""
        return of_line(cls, line, **_amounts(line.budget, line.committed, line.currency, "budget"))


async def _figures(context: Context, as_at: date | None = None, known_at: datetime | None = None) -> Any:
    day, known = await context.moment(as_at, known_at)
    source = rounds.figures_of("s.round_id = rounds.id", "%(as_at)s::date", "%(known)s::bigint")
    return Rows(source), {"as_at": day, "known": known}


@written(
    "rounds",
    state="upper(rounds.status)",
    budget=money("rounds.amount", "rounds.currency"),
    committed=money("rounds.committed", "rounds.currency"),
    free=money("(rounds.amount - rounds.committed)", "rounds.currency"),
    ring_fences=_fences("rounds.id"),
    figures=RowsFor(_figures),
    criteria=Json("to_json(rounds.criteria)::text"),
    weights=Json("to_json(rounds.weights)::text"),
    programme=Rows("programmes g WHERE g.id = rounds.programme_id"),
    scheme=Rows("schemes WHERE schemes.id = rounds.scheme_id"),
)
@strawberry.type(description="A round: a call for bids to a scheme, with a budget.")
class Round(Node):
    code: str
    name: str
    state: RoundState = strawberry.field(description="Whether it takes bids.")
    budget: Money = strawberry.field(description="What all awards of the round together may be.")
    committed: Money = strawberry.field(description="What of the budget is committed to awards.")
    free: Money = strawberry.field(description="What of the budget is not committed, ring-fenced or not.")
    opened: When = strawberry.field(description="From when it takes bids.")
    closes: When | None = strawberry.field(description="The announced closing date. null if none was announced.")
    closes_time: str | None = strawberry.field(description="The time of day on that date, such as 17:00.")
    closed: When | None = strawberry.field(description="When it was closed. null while it is open.")
    closed_time: str | None = strawberry.field(description="The time of day at which it was closed.")
    criteria: list[str] = strawberry.field(description="The criteria by which its bids are assessed.")
    weights: list[int] = strawberry.field(
        description="The shares of the total score, in per cent, of the criteria in their order. Empty if they"
        " have none."
    )
    programme_id: strawberry.Private[str]
    scheme_id: strawberry.Private[str]

    @strawberry.field(description="The parts of the budget that are reserved for one purpose, in the order set.")
    async def ring_fences(self, info: Info) -> list[RingFence]:
        lines = await info.context.lines(rounds.ring_fences_by, "round_id", f"{self.id}")
        return [RingFence.of(line) for line in lines]

    @strawberry.field(
        description="Its budget, what of it is committed, and its ring-fences, as at the day asAt and as known at the"
        " instant knownAt. null if it was not open by then."
    )
    async def figures(
        self, info: Info, as_at: date | None = None, known_at: datetime | None = None
    ) -> RoundFigures | None:
        day, known = await info.context.moment(as_at, known_at)
        lines = await info.context.lines(rounds.round_figures_by, "round_id", f"{self.id}", as_at=day, known=known)
        return RoundFigures.of(lines[0]) if lines else None

    @strawberry.field(
        description="Its bids from the best total score down, as at the day asAt and as known at the instant knownAt."
        " Empty if its criteria have no weights."
    )
    async def ranking(self, info: Info, as_at: date | None = None, known_at: datetime | None = None) -> list[RankedBid]:
        line = await info.context.line(rounds.rounds_by, "id", f"{self.id}")
        return await ranking(info, line, as_at, known_at) if line is not None else []

    @strawberry.field(description="The programme.")
    async def programme(self, info: Info) -> Programme:
        return visible(await find_programme(info, self.programme_id), "programme")

    @strawberry.field(description="The scheme that bids are made to.")
    async def scheme(self, info: Info) -> Scheme:
        return visible(await find_scheme(info, self.scheme_id), "scheme")

    timeline = timeline_of("round", "rounds", f"What happened to the round itself, {IN_ORDER}")
    bids = below("rounds", "round", *BIDS, "The bids to the round.")

    @classmethod
    def of(cls, line: RoundLine) -> "Round":
        """The GraphQL object for *line*."""
        own = _amounts(line.amount, line.committed, line.currency, "budget")
        return of_line(cls, line, state=RoundState(line.status), **own)


def _amounts(amount: Decimal, committed: Decimal, currency: str, name: str) -> dict[str, Money]:
    def of(value: Decimal) -> Money:
        return Money.of(amounts.Money(amount=value, currency=currency))

    return {name: of(amount), "committed": of(committed), "free": of(amount - committed)}


RoundConnection = connection("Round", Round, "Rounds. Their totals are the budgets.", SummedConnection)


@strawberry.input(description="Which rounds. All conditions must be met. Names are ids or codes.")
class RoundFilter(Recorded):
    programme: str | None = strawberry.field(default=None, description="Only those of this programme.")
    scheme: str | None = strawberry.field(default=None, description="Only those of this scheme.")
    code: str | None = strawberry.field(default=None, description="Only the one with this code.")
    state: list[RoundState] | None = strawberry.field(default=None, description="Only those in one of these states.")


async def find_round(info: Info, value: str, column: str = "id") -> Round | None:
    """The round whose *column* (id or code) is *value*; None if there is none."""
    line = await info.context.line(rounds.rounds_by, column, value)
    return Round.of(line) if line else None
