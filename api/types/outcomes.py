"""Outcomes in GraphQL."""

from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Annotated, Any

import strawberry

from api.answering.shapes import Made, Moment, Rows, RowsFor, each, written
from api.context import Context, Info
from api.contract.values import Node, When, of_line
from projections import outcomes
from projections.outcomes import OutcomeLine, distance_travelled

if TYPE_CHECKING:
    from api.types.partnerships import Partnership


async def _distance(_: Context, *values: str | None) -> Decimal | None:
    return distance_travelled(*values)


@written(
    "outcomes",
    partnership=Rows("partnerships p WHERE p.id = outcomes.partnership_id"),
    distance_travelled=Made(
        make=each(_distance), key="json_build_array(outcomes.baseline, outcomes.target, outcomes.result)", lasting=True
    ),
)
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
    verified: bool = strawberry.field(description="Whether the latest result was verified.")
    verified_result: str | None = strawberry.field(
        description="The latest result that was verified, in the unit. A newer one may not be. null if none was."
    )
    verified_on: When | None = strawberry.field(description="When it was verified. null if none was.")
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
        travelled = distance_travelled(line.baseline, line.target, line.result)
        return of_line(cls, line, distance_travelled=travelled)


async def find_outcome(info: Info, outcome_id: str) -> Outcome | None:
    """The current outcome with this id; None if there is none."""
    line = await info.context.line(outcomes.outcomes_by, "id", outcome_id)
    return Outcome.of(line) if line else None


async def outcomes_of(info: Info, partnership_id: str, as_at: date, known: int | None) -> list[Outcome]:
    """The outcomes of a partnership, as at a day and as known at a position."""
    lines = await info.context.lines(outcomes.outcomes_by, "partnership_id", partnership_id, as_at=as_at, known=known)
    return [Outcome.of(line) for line in lines]


async def _rows(context: Context, as_at: date | None = None, known_at: datetime | None = None) -> Any:
    day, known = await context.moment(as_at, known_at)
    steps = f"s.partnership_id = p.id AND {outcomes.AS_AT}"
    return Rows(outcomes.outcomes_where(steps), order="outcomes.position"), {"as_at": day, "known": known}


# The outcomes of the partnership in the row ``p``.
OF_PARTNERSHIP = RowsFor(_rows, moment=Moment("as_at", "known"))
