"""Rounds in GraphQL: calls for bids, with their budgets and what of them is free."""

from decimal import Decimal
from enum import Enum

import strawberry

from api.answering.fields import SummedConnection
from api.answering.shapes import Rows, money, written
from api.context import Info
from api.contract.values import Money, Node, When, of_line
from api.types.bids import BIDS
from api.types.lists.filters import Recorded
from api.types.lists.listed import below, connection
from api.types.partnerships import Programme, Scheme, find_programme, find_scheme, visible
from domain.values import money as amounts
from projections import rounds
from projections.rounds import RingFenceLine, RoundLine

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


_FENCES = Rows("ring_fences WHERE ring_fences.round_id = rounds.id", order="ring_fences.position, ring_fences.name")


@written(
    "rounds",
    state="upper(rounds.status)",
    budget=money("rounds.amount", "rounds.currency"),
    committed=money("rounds.committed", "rounds.currency"),
    free=money("(rounds.amount - rounds.committed)", "rounds.currency"),
    ring_fences=_FENCES,
    criteria="to_json(rounds.criteria)",
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
    programme_id: strawberry.Private[str]
    scheme_id: strawberry.Private[str]

    @strawberry.field(description="The parts of the budget that are reserved for one purpose, in the order set.")
    async def ring_fences(self, info: Info) -> list[RingFence]:
        lines = await info.context.lines(rounds.ring_fences_by, "round_id", f"{self.id}")
        return [RingFence.of(line) for line in lines]

    @strawberry.field(description="The programme.")
    async def programme(self, info: Info) -> Programme:
        return visible(await find_programme(info, self.programme_id), "programme")

    @strawberry.field(description="The scheme that bids are made to.")
    async def scheme(self, info: Info) -> Scheme:
        return visible(await find_scheme(info, self.scheme_id), "scheme")

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
