"""Outcomes in GraphQL."""

from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Annotated, Any

import strawberry

from api.answering.fields import Connection
from api.answering.shapes import Made, Moment, Rows, RowsFor, each, written
from api.context import Context, Info
from api.contract.enums import enum_of
from api.contract.values import Node, When, of_line
from api.contract.words import CLOCKS
from api.types.lists.filters import Placed
from api.types.lists.listed import connection
from api.types.log.audit import AuditEntry, event_at, event_of
from api.types.parts.declared import of_stream
from api.types.parts.of_outcomes import Evidence, OutcomeExplanation, OutcomeGoal, OutcomeLink, ReportedResult, Saving
from domain.outcome import Priority
from projections.audit import results
from projections.outcomes import outcomes
from projections.outcomes.outcomes import OutcomeLine, distance_travelled

if TYPE_CHECKING:
    from api.types.partnerships import Partnership, Scheme


async def _distance(_: Context, *values: str | None) -> Decimal | None:
    return distance_travelled(*values)


@written(
    "outcomes",
    partnership=Rows("partnerships p WHERE p.id = outcomes.partnership_id"),
    priority="upper(outcomes.priority)",
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
    evidence: str | None = strawberry.field(description="The evidence given with the latest result. null if none was.")
    verified_evidence: str | None = strawberry.field(
        description="The evidence by which a result was last verified. null if none was."
    )
    baseline_on: When | None = strawberry.field(description="When the baseline was measured. null if not recorded.")
    expected_by: When | None = strawberry.field(description="When the target is expected. null if not agreed.")
    priority: enum_of(Priority) | None = strawberry.field(  # type: ignore[valid-type]
        description="Whose priority it is. null if nobody says."
    )
    goals: list[OutcomeGoal] = of_stream(
        OutcomeGoal, "goal", "outcomes", f"The goal as agreed and as changed, in the order recorded, {CLOCKS}"
    )
    results: list[ReportedResult] = of_stream(
        ReportedResult, "result", "outcomes", f"Each result that was reported, in the order recorded, {CLOCKS}"
    )
    evidence_given: list[Evidence] = of_stream(
        Evidence, "evidence", "outcomes", f"The evidence behind it, by number, {CLOCKS}"
    )
    explanations: list[OutcomeExplanation] = of_stream(
        OutcomeExplanation, "explanation", "outcomes", f"What explains it, by number, {CLOCKS}"
    )
    links: list[OutcomeLink] = of_stream(
        OutcomeLink, "outcomelink", "outcomes", f"The later outcomes that it led to, by number, {CLOCKS}"
    )
    savings: list[Saving] = of_stream(Saving, "saving", "outcomes", f"The savings that it brings, by number, {CLOCKS}")
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
        priority = enum_of(Priority)(line.priority) if line.priority else None
        return of_line(cls, line, distance_travelled=travelled, priority=priority)


@written(
    "stated",
    scheme=Rows("schemes WHERE schemes.id = stated.scheme_id"),
    event=event_of("stated.position"),
)
@strawberry.type(description="A result that a source states for a programme as a whole, or for one of its schemes.")
class StatedResult:
    impact: str = strawberry.field(description="The change that it is about.")
    level: str = strawberry.field(description="Whom it changes: individuals, authorities, a region.")
    indicator: str = strawberry.field(description="What is measured.")
    unit: str | None = strawberry.field(description="The unit of baseline, target and result. null if not stated.")
    baseline: str | None = strawberry.field(description="The value at the beginning. null if not stated.")
    target: str | None = strawberry.field(description="The value to be reached. null if not stated.")
    result: str | None = strawberry.field(description="The value reached. null if not stated.")
    status: str = strawberry.field(description="The word of the source for how far it is.")
    evidence: str | None = strawberry.field(description="What it rests on. null if not stated.")
    on: When = strawberry.field(description="The date of the statement.")
    scheme_id: strawberry.Private[str | None]
    position: strawberry.Private[int]

    @strawberry.field(description="The scheme. null if it is about the whole programme.")
    async def scheme(self, info: Info) -> Annotated["Scheme", strawberry.lazy("api.types.partnerships")] | None:
        from api.types.partnerships import find_scheme  # noqa: PLC0415 - the two modules import each other

        return await find_scheme(info, self.scheme_id) if self.scheme_id else None

    @strawberry.field(description="The event, with everything that was recorded.")
    async def event(self, info: Info) -> AuditEntry:
        return await event_at(info, self.position)


# The results stated for the programme in the row ``g``, and for the scheme in the row ``schemes``.
OF_PROGRAMME = Rows(f"({results.OF_PROGRAMME.format('g.id')}) stated", order="stated.position")
OF_SCHEME = Rows(f"({results.OF_SCHEME.format('schemes.id')}) stated", order="stated.position")


@strawberry.input(description="Which outcomes. All conditions must be met. Names are ids or codes.")
class OutcomeFilter(Placed):
    impact: str | None = strawberry.field(default=None, description="Only those of this impact.")
    level: str | None = strawberry.field(default=None, description="Only those at this level.")
    status: list[str] | None = strawberry.field(default=None, description="Only those with one of these statuses.")
    priority: list[enum_of(Priority)] | None = strawberry.field(  # type: ignore[valid-type]
        default=None, description="Only those that serve one of these priorities."
    )


OutcomeConnection = connection("Outcome", Outcome, "Outcomes.", Connection)
# How outcomes are listed below a thing.
OUTCOMES = ("outcomes", OutcomeFilter, ("OutcomeConnection", __name__), OutcomeLine, Outcome.of)


async def stated_results(info: Info, column: str, its_id: str) -> list[StatedResult]:
    """The results that sources state for a programme or a scheme, by the *column* of its id."""
    lines = await info.context.lines(results.results_by, column, its_id)
    return [of_line(StatedResult, line) for line in lines]


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
