"""The evaluation framework of a programme in GraphQL: what is expected, beside what was found."""

from datetime import date
from typing import Any

import strawberry

from api.answering.shapes import Json, Rows, written
from api.context import Info
from api.contract.values import of_line
from api.contract.words import CLOCKS
from api.types.held import over_time
from api.types.log.audit import AuditEntry, event_at, event_of
from api.types.outcomes import Outcome, StatedResult
from projections.audit import results
from projections.outcomes import framework, outcomes


@written(
    "cell",
    expected="cell.position IS NOT NULL",
    called=Json("to_json(coalesce(cell.called, '{}'))::text"),
    found=Rows(framework.FOUND, order="outcomes.position"),
    stated=Rows(framework.STATED, order="stated.position"),
    event=event_of("cell.position"),
)
@strawberry.type(description="An impact at a level of the evaluation framework, beside what was found of it.")
class FrameworkCell:
    impact: str = strawberry.field(description="The impact.")
    called: list[str] = strawberry.field(description="Other names by which outcomes call the same impact.")
    level: str = strawberry.field(description="Where it is felt: individual, team, authority, partnership and so on.")
    evidence: str | None = strawberry.field(
        description="What is to show it, in the words of the framework. null if it does not say."
    )
    expected: bool = strawberry.field(
        description="Whether the framework expects it. What was found elsewhere is shown too."
    )
    programme_id: strawberry.Private[str]
    position: strawberry.Private[int | None]
    as_at: strawberry.Private[date | None]
    known: strawberry.Private[int | None]

    @strawberry.field(description="The outcomes of partnerships with this impact and level, at the same clocks.")
    async def found(self, info: Info) -> list[Outcome]:
        clocks: dict[str, Any] = {"as_at": self.as_at, "known": self.known}
        async with info.context.reads.connection() as connection:
            lines = await outcomes.outcomes_by(connection, "programme_id", [self.programme_id], **clocks)
        return [Outcome.of(line) for line in lines if framework.alike(self, line)]

    @strawberry.field(description="The results that sources state for the programme or its schemes, as now.")
    async def stated(self, info: Info) -> list[StatedResult]:
        lines = await info.context.lines(results.results_by, "programme_id", self.programme_id)
        return [of_line(StatedResult, line) for line in lines if framework.alike(self, line)]

    @strawberry.field(description="The event that published the framework. null if it does not expect this.")
    async def event(self, info: Info) -> AuditEntry | None:
        return await event_at(info, self.position) if self.position is not None else None


FRAMEWORK: list[FrameworkCell] = over_time(
    FrameworkCell, framework.cells_by, "programme_id", framework.cells_where("g.id"), framework.ORDER,
    "The evaluation framework: each impact at each level, expected beside found. What was found and not expected comes"
    f" last. {CLOCKS[0].upper()}{CLOCKS[1:]}",
)  # fmt: skip
