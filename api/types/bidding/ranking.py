"""The ranking of the bids to a round, in GraphQL: each total with the scores that it comes from."""

from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Annotated

import strawberry

from api.context import Info
from api.types.parts.of_bids import Moderation
from api.types.parts.of_others import Assessment
from projections.bidding.ranking import Ranked, Scored, ranking_of
from projections.rounds import RoundLine

if TYPE_CHECKING:
    from api.types.bids import Bid


@strawberry.type(description="The score of a bid for a criterion of its round, and what it adds to the total.")
class CriterionScore:
    criterion: str = strawberry.field(description="The criterion.")
    weight: int = strawberry.field(description="Its share of the total, in per cent.")
    score: Decimal | None = strawberry.field(
        description="The number of points out of 10: the moderated ones, or else the mean of the last of each"
        " assessor. null while nobody has scored it."
    )
    points: Decimal | None = strawberry.field(
        description="The number of points that it adds to the total: score times weight, by 10."
    )
    assessments: list[Assessment] = strawberry.field(description="The last score of each assessor, with the reason.")
    moderation: Moderation | None = strawberry.field(description="The score that was agreed. null if none was.")

    @classmethod
    def of(cls, scored: Scored) -> "CriterionScore":
        """The GraphQL object for *scored*."""
        return cls(
            criterion=scored.criterion,
            weight=scored.weight,
            score=scored.shown,
            points=scored.points,
            assessments=[Assessment.of(one) for one in scored.given],
            moderation=Moderation.of(scored.moderation) if scored.moderation is not None else None,
        )


@strawberry.type(description="A bid in the ranking of its round. Bids are ranked, never authorities.")
class RankedBid:
    rank: int | None = strawberry.field(
        description="Its place, from 1. Equal totals share a place. null while a criterion has no score."
    )
    total: Decimal | None = strawberry.field(
        description="The sum of its points, out of 100. null while a criterion has no score."
    )
    scores: list[CriterionScore] = strawberry.field(description="The scores behind the total, by criterion.")
    bid_id: strawberry.Private[str]

    @strawberry.field(description="The bid.")
    async def bid(self, info: Info) -> Annotated["Bid", strawberry.lazy("api.types.bids")] | None:
        from api.types.bids import find_bid  # noqa: PLC0415 - the types show each other

        return await find_bid(info, self.bid_id)

    @classmethod
    def of(cls, ranked: Ranked) -> "RankedBid":
        """The GraphQL object for *ranked*."""
        return cls(
            rank=ranked.rank,
            total=ranked.total,
            scores=[CriterionScore.of(one) for one in ranked.scores],
            bid_id=ranked.bid_id,
        )


async def ranking(info: Info, call: RoundLine, as_at: date | None, known_at: datetime | None) -> list[RankedBid]:
    """The ranking of the bids to a round, as at a day and as known at an instant."""
    day, known = await info.context.moment(as_at, known_at)
    async with info.context.reads.connection() as connection:
        found = await ranking_of(connection, call, as_at=day, known=known)
    return [RankedBid.of(one) for one in found]
