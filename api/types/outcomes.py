"""Outcomes in GraphQL."""

from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Annotated

import strawberry

from api.context import Info
from api.contract.values import Node
from projections import outcomes
from projections.outcomes import OutcomeLine

if TYPE_CHECKING:
    from api.types.partnerships import Partnership


@strawberry.type(description="One indicator: its target, the reported result, and whether the result was verified.")
class Outcome(Node):
    impact: str
    level: str
    indicator: str
    unit: str | None = strawberry.field(
        description="The unit of baseline, target and result, as stated. null if it is not stated."
    )
    baseline: str | None
    target: str | None
    result: str | None
    status: str = strawberry.field(
        description="agreed, reported, verified or rejected, or the status that a source states."
    )
    verified: bool
    distance_travelled: Decimal | None = strawberry.field(
        description="The share of the way from baseline to target that the result has reached: 1 is the target, to four"
        " decimal places. null if one of the three is not a number."
    )
    partnership_id: strawberry.Private[str]

    @strawberry.field
    async def partnership(self, info: Info) -> Annotated["Partnership", strawberry.lazy("api.types.partnerships")]:
        from api.types.partnerships import partnership  # noqa: PLC0415 - the two types show each other

        return await partnership(info, self.partnership_id)

    @classmethod
    def of(cls, line: OutcomeLine) -> "Outcome":
        """The GraphQL object for *line*."""
        return cls(
            id=strawberry.ID(line.id),
            impact=line.impact,
            level=line.level,
            indicator=line.indicator,
            unit=line.unit,
            baseline=line.baseline,
            target=line.target,
            result=line.result,
            status=line.status,
            verified=line.verified,
            distance_travelled=line.distance_travelled,
            partnership_id=line.partnership_id,
        )


async def find_outcome(info: Info, outcome_id: str) -> Outcome | None:
    """The current outcome with this id; None if there is none."""
    line = await info.context.line(outcomes.outcomes_by, "id", outcome_id)
    return Outcome.of(line) if line else None


async def outcomes_of(info: Info, partnership_id: str, as_at: date | None, known_at: datetime | None) -> list[Outcome]:
    """The outcomes of a partnership, as at a day and as known at an instant."""
    day, known = await info.context.moment(as_at, known_at)
    lines = await info.context.lines(outcomes.outcomes_by, "partnership_id", partnership_id, as_at=day, known=known)
    return [Outcome.of(line) for line in lines]
