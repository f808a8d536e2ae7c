"""Capacity building plans, what partners need to learn, and what is offered for it."""

from datetime import date, datetime
from decimal import ROUND_HALF_EVEN, Decimal
from enum import Enum
from typing import Any

import strawberry

from api.answering.shapes import FORM, Made, Rows, each, money, written
from api.context import Context, Info
from api.contract.enums import enum_of
from api.contract.values import Money, When
from api.types.outcomes import Outcome
from api.types.parts.declared import (
    OrganisationType,
    Part,
    fact,
    found_by,
    listed,
    of_organisation,
    of_partnership,
    state,
    texts,
    within,
)
from domain.joint.capacity import CostSort, FormulaSort
from domain.joint.learning import LearningSort
from domain.values import money as amounts
from projections.outcomes import outcomes
from projections.parts import capacity, demand
from projections.parts.reading import parts_by
from projections.register import reading as register

# --- Capacity building plans ------------------------------------------------------------------------------------------


@strawberry.type(description="A line of a capacity building plan: what was estimated beside what it costs.")
class CapacityPlanLine:
    name: str
    estimated: Money | None = strawberry.field(description="The estimate. null if the plan leaves the line out.")
    actual: Money | None = strawberry.field(description="What it cost so far. null if nothing was stated.")
    over: Money | None = strawberry.field(
        description="The actual cost less the estimate. null if one of them is not known."
    )
    left_out: bool = strawberry.field(description="Whether the estimate of the plan leaves the line out.")


@written("parts")
@strawberry.type(description="What one organisation gets by a formula.")
class FundedShare:
    facts: strawberry.Private[dict[str, Any]]
    organisation: OrganisationType = of_organisation("organisation_id", "Who gets it.")
    measure: int = fact(int, "measure", "Its measure, such as how many people live there.")
    amount: Money = fact(Money, "amount", "What it gets.")


@strawberry.type(description="What was stated of the cost of a line of a capacity building plan on the day begun.")
class PlanCost(Part):
    line: str = fact(str, "line", "The line.")
    sort: enum_of(CostSort) = state(enum_of(CostSort), "What was stated of it.")  # type: ignore[valid-type]
    amount: Money | None = strawberry.field(description="What it adds to the line. null for a cost that is left out.")


@strawberry.enum(description="Whether a plan was approved.")
class CapacityPlanState(Enum):
    FILED = "filed"
    APPROVED = "approved"


async def lines_of_plan(
    context: Context, stream: str, number: int, as_at: str | date | None, known: int | None
) -> list[CapacityPlanLine]:
    """The lines of a capacity building plan, in the order in which each was first named."""
    day = date.fromisoformat(as_at) if isinstance(as_at, str) else as_at
    found = await context.lines(parts_by, "stream", stream, kind="plancost", as_at=day, known=known)
    return [
        CapacityPlanLine(
            name=one.name,
            estimated=Money.stored(one.estimated, one.currency),
            actual=Money.stored(one.actual, one.currency),
            over=Money.stored(one.over, one.currency),
            left_out=one.left_out,
        )
        for one in capacity.cost_lines(line for line in found if line.part == number)
    ]


def _lines() -> Any:
    async def lines(root: Any, info: Info) -> list[CapacityPlanLine]:
        return await lines_of_plan(info.context, root.stream, root.number, root.as_at, root.known)

    key = "json_build_array(parts.stream, parts.number, parts.as_at, parts.known)"
    words = "Its lines, in the order in which each was first named."
    return strawberry.field(resolver=lines, description=words, metadata={FORM: Made(each(lines_of_plan), key)})


@written("parts", funding=money("parts.amount", "parts.currency"))
@strawberry.type(description="A plan of a partnership to build its capacity, filed on the day begun.")
class CapacityPlan(Part):
    state: CapacityPlanState = state(CapacityPlanState, "Whether it was approved.")
    title: str = fact(str, "title", "Its title.")
    aims: str | None = fact(str | None, "aims", "What the partnership wants to reach. null if a source does not say.")
    baseline: str | None = fact(str | None, "baseline", "Where it stands. null if a source does not say.")
    audit: str | None = fact(str | None, "audit", "What was found of its skills and needs. null if not stated.")
    lines: list[CapacityPlanLine] = _lines()
    costs: list[PlanCost] = within(PlanCost, "plancost", "What was stated of its costs, in the order recorded.")
    approved: When | None = fact(When | None, "approved", "When it was approved. null if it was not.")
    approver: str | None = fact(str | None, "approver", "The body that approved it.")
    standard: str | None = fact(str | None, "standard", "The standard of quality that it meets. null before approval.")
    formula = fact(enum_of(FormulaSort) | None, "formula", "The formula of its funding. null if none was set.")
    percentage: int | None = fact(
        int | None,
        "percentage",
        "The share of the estimate that a cost-linked formula gives, from 1 to 100. null for others.",
    )
    measure: str | None = fact(str | None, "measure", "What a formula pro rata divides by, such as population.")
    shares: list[FundedShare] = listed(FundedShare, "shares", "What each organisation gets of a sum, pro rata.")
    options: list[str] = texts("options", "What it could do, in the order given. Empty if a source does not say.")
    amount: strawberry.Private[Money | None]

    @strawberry.field(description="What the formula gives it. null if none was set.")
    async def funding(self) -> Money | None:
        return self.amount


@strawberry.enum(description="Whether a target of national policy fits the work of a partnership.")
class PolicyTargetState(Enum):
    COMPATIBLE = "compatible"
    INCOMPATIBLE = "incompatible"


_OUTCOME = "s.outcome_id = parts.facts->>'outcome_id' AND " + outcomes.steps_at("parts.as_at", "parts.known")


@written("parts", outcome=Rows(outcomes.outcomes_where(_OUTCOME)))
@strawberry.type(description="A target of national policy, stated on the day begun beside the partnership's own.")
class PolicyTarget(Part):
    state: PolicyTargetState = state(PolicyTargetState, "Whether both targets can be met.")
    policy: str = fact(str, "policy", "The policy.")
    target: str = fact(str, "target", "Its target.")
    because: str = fact(str, "because", "Why the two fit, or why not.")

    @strawberry.field(description="The partnership's own target. null if none is named.")
    async def outcome(self, info: Info) -> Outcome | None:
        clocks: dict[str, Any] = {"as_at": self.as_at, "known": self.known}
        named = self.facts.get("outcome_id")
        found = await info.context.lines(outcomes.outcomes_by, "id", named, **clocks) if named else []
        return Outcome.of(found[0]) if found else None


# --- Learning ---------------------------------------------------------------------------------------------------------


@strawberry.type(description="That people with a need were served, on the day begun.")
class NeedService(Part):
    people: int = fact(int, "people", "How many people were served.")
    provision: int = fact(int, "provision", "The number of the provision that served them.")


@strawberry.type(description="What people of an organisation need to learn, identified on the day begun.")
class LearningNeed(Part):
    organisation: OrganisationType = of_organisation("organisation_id", "Whose people they are.")
    theme: str = fact(str, "theme", "What they need to learn, in a word or two.")
    text: str = fact(str, "text", "What they need to learn.")
    people: int = fact(int, "people", "How many people need it.")
    served: list[NeedService] = within(NeedService, "needmet", "How it was met, in the order recorded.")


@written("parts", cost=money("parts.amount", "parts.currency"))
@strawberry.type(description="Training or material that a provider offers since the day begun.")
class Provision(Part):
    provider: OrganisationType = of_organisation("provider_id", "Who gives it.")
    theme: str = fact(str, "theme", "What it is about.")
    text: str = fact(str, "text", "What it is.")
    people: int = fact(int, "people", "How many people it is for.")
    amount: strawberry.Private[Money | None]

    @strawberry.field(description="What it costs to make. null if that is not stated.")
    async def cost(self) -> Money | None:
        return self.amount


@strawberry.enum(description="Whether learning from another organisation goes on.")
class LearningState(Enum):
    BEGUN = "begun"
    ENDED = "ended"


@strawberry.type(description="A secondment, shadowing, mentoring or visit, since the day begun.")
class Learning(Part):
    state: LearningState = state(LearningState, "Whether it goes on.")
    sort = fact(enum_of(LearningSort), "sort", "What it is.")
    organisation: OrganisationType = of_organisation("organisation_id", "Where the learner comes from.")
    host: OrganisationType = of_organisation("host_id", "Where it learns.")
    post: str = fact(str, "post", "The post of the learner.")
    protocol: str = fact(str, "protocol", "What is to be learnt, and how it is brought home.")
    until: When | None = fact(When | None, "until", "The last day that is planned. null if none was.")
    ended: When | None = fact(When | None, "ended", "When it ended. null while it goes on.")
    outcome: str | None = fact(str | None, "outcome", "What was learnt, and what became of it. null while it goes on.")


# --- Demand -----------------------------------------------------------------------------------------------------------


@strawberry.type(description="A need behind a sum.")
class DemandedNeed:
    need_id: strawberry.ID = strawberry.field(description="The global id of the LearningNeed.")
    partnership: str = strawberry.field(description="The code of the partnership that recorded it.")
    organisation: str = strawberry.field(description="The code of the organisation that has it.")
    people: int = strawberry.field(description="How many people need it.")
    served: int = strawberry.field(description="How many of them were served.")


@strawberry.type(description="What is offered on a theme.")
class DemandedProvision:
    provision_id: strawberry.ID = strawberry.field(description="The global id of the Provision.")
    partnership: str = strawberry.field(description="The code of the partnership that recorded it.")
    people: int = strawberry.field(description="How many people it is for.")
    cost: Money | None = strawberry.field(description="What it costs to make. null if that is not stated.")
    cost_of_each: Money | None = strawberry.field(
        description="The cost, shared by the organisations that still have the need, to the nearest smallest unit. null"
        " if there is none."
    )


@strawberry.type(description="What organisations of one region need to learn on one theme, added up.")
class Demand:
    theme: str = strawberry.field(description="The theme, in the words of the first need.")
    region: str | None = strawberry.field(description="The region. null where the partnerships have none.")
    people: int = strawberry.field(description="How many people need it.")
    served: int = strawberry.field(description="How many of them were served.")
    organisations: int = strawberry.field(description="How many organisations still have the need.")
    can_share: bool = strawberry.field(
        description="Whether several still have it, and so can share what is made for it."
    )
    needs: list[DemandedNeed] = strawberry.field(description="The needs behind the sum, by partnership and number.")
    provisions: list[DemandedProvision] = strawberry.field(description="What is offered on the theme in the programme.")


@strawberry.type(description="How well a provision fits the partners of its partnership.")
class ProvisionFit:
    provision: int = strawberry.field(description="The number of the provision.")
    theme: str = strawberry.field(description="What it is about.")
    partners: int = strawberry.field(description="How many partners there are.")
    partners_with_need: int = strawberry.field(description="How many of them have a need on its theme.")
    fits_few: bool = strawberry.field(description="Whether fewer than half of them have one.")


async def demand_for(
    context: Context, programme_id: str, as_at: date | None = None, known_at: datetime | None = None
) -> list[Demand]:
    """What a programme's organisations need to learn, by region and theme."""
    day, known = await context.moment(as_at, known_at)
    async with context.reads.connection() as connection:
        found = await demand.demand_in(connection, programme_id, as_at=day, known=known)
        ids = sorted({need.need.facts["organisation_id"] for one in found for need in one.needs})
        codes = {one.id: one.code for one in await register.organisations_by(connection, "id", ids)}
    return [
        Demand(
            theme=one.theme,
            region=one.region,
            people=sum(int(need.need.facts["people"]) for need in one.needs),
            served=sum(need.served for need in one.needs),
            organisations=len(one.organisations),
            can_share=len(one.organisations) > 1,
            needs=[
                DemandedNeed(
                    need_id=strawberry.ID(need.need.id),
                    partnership=need.partnership,
                    organisation=codes[need.need.facts["organisation_id"]],
                    people=int(need.need.facts["people"]),
                    served=need.served,
                )
                for need in one.needs
            ],
            provisions=[
                DemandedProvision(
                    provision_id=strawberry.ID(line.id),
                    partnership=code,
                    people=int(line.facts["people"]),
                    cost=Money.stored(line.amount, line.currency),
                    cost_of_each=_shared(line.money, len(one.organisations)),
                )
                for code, line in one.provisions
            ],
        )
        for one in found
    ]


def _shared(cost: amounts.Money | None, between: int) -> Money | None:
    if cost is None or not between:
        return None
    unit = Decimal(1).scaleb(-amounts.minor_units(cost.currency))
    return Money.stored((cost.amount / between).quantize(unit, ROUND_HALF_EVEN), cost.currency)


async def fits_for(
    context: Context, partnership_id: str, as_at: date | None = None, known_at: datetime | None = None
) -> list[ProvisionFit]:
    """How well each provision of a partnership fits its partners."""
    day, known = await context.moment(as_at, known_at)
    async with context.reads.connection() as connection:
        found = await demand.fits_of(connection, partnership_id, as_at=day, known=known)
    return [
        ProvisionFit(
            provision=one.provision.number,
            theme=one.provision.facts["theme"],
            partners=one.partners,
            partners_with_need=one.with_need,
            fits_few=one.fits_few,
        )
        for one in found
    ]


# --- Fields -----------------------------------------------------------------------------------------------------------


DEMAND: Any = found_by(
    demand_for,
    Demand,
    "g",
    "What its organisations need to learn, by region and theme, with each need behind a sum",
)
FITS: Any = found_by(fits_for, ProvisionFit, "p", "How many of its partners each provision fits, by number")
PLANS: Any = of_partnership(CapacityPlan, "capacityplan", "Its plans to build capacity")
TARGETS: Any = of_partnership(PolicyTarget, "policytarget", "Targets of national policy beside its own")
NEEDS: Any = of_partnership(LearningNeed, "need", "What people of its partners need to learn")
PROVISIONS: Any = of_partnership(Provision, "provision", "The training and material that it offers")
LEARNING: Any = of_partnership(Learning, "learning", "Secondments and other ways of learning from each other")
