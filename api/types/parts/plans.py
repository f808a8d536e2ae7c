"""Plans in GraphQL: stages with planned, moved and actual days, follow-on plans, peers, and what holds projects up."""

from datetime import date, datetime
from typing import Annotated, Any

import strawberry

from api.answering.shapes import FORM, Made, each
from api.context import Context, Info
from api.contract.enums import enum_of
from api.contract.errors import Problem
from api.contract.values import Money, When
from api.contract.words import CLOCKS
from api.types.bid_clock import DayRange
from api.types.parts.declared import found_by
from domain.delivery import FollowOn, HoldUpCause, HoldUpStage
from domain.values.when import When as DomainWhen
from projections.parts import plans as its_plans
from projections.parts.held_up import committed_after_end, hold_up_counts
from projections.parts.peers import peers
from projections.parts.plans import plans_of
from projections.parts.reading import parts_of_kinds
from projections.register import held
from projections.register import reading as register
from projections.tables.effect import counts_from


@strawberry.type(description="A change of the day by which a stage is due.")
class StageMove:
    on: When = strawberry.field(description="When it was moved.")
    was: When | None = strawberry.field(description="The due day before. null if there was none.")
    due: When = strawberry.field(description="The due day after.")
    because: str = strawberry.field(description="Why it was moved.")


@strawberry.type(description="A stage of a plan. The days are those on which it was planned, moved and reached.")
class PlanStage:
    name: str
    planned: When | None = strawberry.field(description="The last day for it when it was planned. null if none.")
    due: When | None = strawberry.field(description="The last day for it now. null if it has none.")
    moves: list[StageMove] = strawberry.field(description="Every change of its due day, in the order recorded.")
    reached: When | None = strawberry.field(description="When it was reached. null if it was not.")
    days_late: int | None = strawberry.field(
        description="Calendar days past its due day, until it was reached or the day asked about. null if in time."
    )
    organisation: str | None = strawberry.field(
        description="The code of the organisation that it is for. null for joint work of all partners."
    )
    quick_win: bool = strawberry.field(description="Whether it is an early success that is to keep partners committed.")
    begins_delivery: bool = strawberry.field(
        description="Whether it is the move from building the partnership to delivery."
    )
    unplanned: bool = strawberry.field(description="Whether it was reached without having been planned.")
    partners_when_reached: int | None = strawberry.field(
        description="How many partners there were when a quick win was reached. null for other stages."
    )
    partners_then: int | None = strawberry.field(
        description="How many partners there are on the day asked about. null for stages that are not quick wins."
    )


@strawberry.type(description="A plan as it was agreed, or as a redesign changed it, with its stages as they then were.")
class PlanVersion:
    on: When = strawberry.field(description="When it was agreed or redesigned.")
    because: str | None = strawberry.field(description="Why it was redesigned. null for the plan that was agreed.")
    until: When | None = strawberry.field(description="When the work was to end. null if not stated.")
    stages: list[PlanStage] = strawberry.field(description="Its stages, in the order of their due days.")


@strawberry.type(description="A plan for the time after the funding.")
class FollowOnPlan:
    number: int = strawberry.field(description="Its number within the delivery, from 1.")
    sort: enum_of(FollowOn) = strawberry.field(description="Whether the work continues or is ended.")  # type: ignore[valid-type]
    owner: str = strawberry.field(description="Who answers for it.")
    text: str = strawberry.field(description="What is planned.")
    filed: When = strawberry.field(description="When it was filed.")
    until: When = strawberry.field(description="The day of the exit, or the day until which the work goes on.")
    cost: Money | None = strawberry.field(description="What it costs. null if not stated.")
    stages: list[PlanStage] = strawberry.field(description="Its milestones, in the order of their due days.")


@strawberry.type(description="The plan of a delivery, with every earlier version of it.")
class Plan:
    delivery: strawberry.ID = strawberry.field(description="The id of the delivery, which commands name.")
    title: str | None = strawberry.field(description="Its title. null where only sources tell of the delivery.")
    until: When | None = strawberry.field(description="When the work is to end. null if not stated.")
    ended: When | None = strawberry.field(description="When the work ended. null if it goes on.")
    stages: list[PlanStage] = strawberry.field(description="The stages of the present plan, by due day.")
    current_stage: PlanStage | None = strawberry.field(
        description="The first stage that was not reached. null if every stage was, or if there is none."
    )
    delivery_began: When | None = strawberry.field(
        description="When delivery began: the day of the stage so marked, or else of the first stage reached."
    )
    versions: list[PlanVersion] = strawberry.field(description="The plan as agreed and after each redesign, in order.")
    follow_ons: list[FollowOnPlan] = strawberry.field(description="The plans for the time after the funding.")


@strawberry.type(description="A partnership beside others of its kind, at the same number of days since it was formed.")
class Peer:
    code: str = strawberry.field(description="The code of the partnership.")
    formed: When | None = strawberry.field(description="When it was formed. null if no entry says.")
    first_delivery: When | None = strawberry.field(description="When delivery began. null if it has not, or unknown.")
    lead_days: DayRange | None = strawberry.field(
        description="Calendar days from forming to first delivery. null if a day is unknown."
    )
    day: date | None = strawberry.field(description="The day on which it had the age asked about. null if unknown.")
    current_stage: str | None = strawberry.field(description="The first stage that was not reached by that day.")
    stages_reached: int = strawberry.field(description="How many stages were reached by that day.")
    stages: int = strawberry.field(description="How many stages the plans of that day had.")


@strawberry.type(description="How many times work stood still at a stage for a cause.")
class HoldUpCount:
    stage: enum_of(HoldUpStage) = strawberry.field(description="Where it stood still.")  # type: ignore[valid-type]
    cause: enum_of(HoldUpCause) = strawberry.field(description="What caused it.")  # type: ignore[valid-type]
    count: int = strawberry.field(description="How many there were.")
    still_open: int = strawberry.field(description="How many of them have not ended.")
    days: int = strawberry.field(description="The calendar days of all of them together, up to the day asked about.")


@strawberry.type(description="What was committed after the work or its programme had ended.")
class LateCommitment:
    on: When = strawberry.field(description="When it was committed.")
    title: str = strawberry.field(description="What it is, in a sentence.")
    ended: When = strawberry.field(description="When the work or the programme had ended, whichever was first.")
    event_id: strawberry.ID = strawberry.field(description="The global id of its event.")


# --- Plans ------------------------------------------------------------------------------------------------------------


async def plans_for(
    context: Context, partnership_id: str, as_at: date | None = None, known_at: datetime | None = None
) -> list[Plan]:
    """The plans of a partnership, in the order recorded."""
    day, known = await context.moment(as_at, known_at)
    steps = await context.lines(
        parts_of_kinds, "partnership_id", partnership_id, kinds=("planstep", "followon"), as_at=day, known=known
    )
    found = plans_of(steps)
    every = [stage for plan in found for version in plan.versions for stage in version.stages]
    every += [stage for plan in found for later in plan.follow_ons for stage in later.stages]
    codes = await _codes(context, {stage.organisation_id for stage in every if stage.organisation_id is not None})
    partners = await _partners(context, partnership_id, every, day, known)

    def shown(stage: its_plans.Stage) -> PlanStage:
        return _stage(stage, codes, partners, day)

    return [_plan(plan, shown) for plan in found]


async def _codes(context: Context, ids: set[str]) -> dict[str, str]:
    """The codes of organisations by id."""
    if not ids:
        return {}
    async with context.reads.connection() as connection:
        return {one.id: one.code for one in await register.organisations_by(connection, "id", sorted(ids))}


async def _partners(
    context: Context, partnership_id: str, stages: list[its_plans.Stage], day: date, known: int | None
) -> dict[date, int]:
    """How many partners there were on the day of each quick win that was reached, and how many there are on *day*."""
    won = [stage.reached for stage in stages if stage.quick_win and stage.reached is not None]
    days = {counts_from(found) for text in won if (found := DomainWhen(text)).is_known}
    counts: dict[date, int] = {}
    for one in sorted(days | {day}) if days else ():
        async with context.reads.connection() as connection:
            lines = await held.partners_by_then(connection, partnership_id, as_at=one, known=known)
        counts[one] = len({line.organisation_id for line in lines if line.until is None})
    return counts


def _stage(stage: its_plans.Stage, codes: dict[str, str], partners: dict[date, int], day: date) -> PlanStage:
    won = stage.quick_win and stage.reached is not None
    return PlanStage(
        name=stage.name,
        planned=When.optional(stage.planned),
        due=When.optional(stage.due),
        moves=[
            StageMove(on=When.read(one.on), was=When.optional(one.was), due=When.read(one.due), because=one.because)
            for one in stage.moves
        ],
        reached=When.optional(stage.reached),
        days_late=stage.days_late(day),
        organisation=codes.get(stage.organisation_id or ""),
        quick_win=stage.quick_win,
        begins_delivery=stage.begins_delivery,
        unplanned=stage.unplanned,
        partners_when_reached=partners.get(counts_from(DomainWhen(stage.reached or "unknown"))) if won else None,
        partners_then=partners.get(day) if won else None,
    )


def _plan(plan: its_plans.Plan, shown: Any) -> Plan:
    return Plan(
        delivery=strawberry.ID(plan.delivery_id),
        title=plan.title,
        until=When.optional(plan.versions[-1].until),
        ended=When.optional(plan.ended),
        stages=[shown(stage) for stage in plan.stages],
        current_stage=shown(plan.current) if plan.current is not None else None,
        delivery_began=When.optional(plan.began),
        versions=[
            PlanVersion(
                on=When.read(version.on),
                because=version.because,
                until=When.optional(version.until),
                stages=[shown(stage) for stage in version.stages],
            )
            for version in plan.versions
        ],
        follow_ons=[
            FollowOnPlan(
                number=filed.line.number,
                sort=enum_of(FollowOn)(filed.line.facts["sort"]),
                owner=filed.line.facts["owner"],
                text=filed.line.facts["text"],
                filed=When.read(filed.line.on),
                until=When.read(filed.line.facts["until"]),
                cost=Money.optional(filed.line.money),
                stages=[shown(stage) for stage in filed.stages],
            )
            for filed in plan.follow_ons
        ],
    )


# --- Peers, causes, commitments ---------------------------------------------------------------------------------------


async def peers_of(
    context: Context,
    partnership_id: str,
    kind: str,
    age: int | None = None,
    as_at: date | None = None,
    known_at: datetime | None = None,
) -> list[Peer]:
    """The partnerships of a *kind*, by code."""
    if age is not None and age < 0:
        raise Problem(f"age is {age}. Give the number of days since a partnership was formed, from 0.")
    day, known = await context.moment(as_at, known_at)
    async with context.reads.connection() as connection:
        found = await peers(connection, partnership_id, kind, age=age, as_at=day, known=known)
    return [
        Peer(
            code=one.code,
            formed=When.optional(one.formed),
            first_delivery=When.optional(one.first_delivery),
            lead_days=DayRange.optional(one.lead_days),
            day=one.day,
            current_stage=one.current,
            stages_reached=one.reached,
            stages=one.stages,
        )
        for one in found
    ]


async def hold_ups_in(
    context: Context, programme_id: str, as_at: date | None = None, known_at: datetime | None = None
) -> list[HoldUpCount]:
    """What held the projects of a programme up, by stage and cause."""
    day, known = await context.moment(as_at, known_at)
    async with context.reads.connection() as connection:
        found = await hold_up_counts(connection, programme_id, as_at=day, known=known)
    return [
        HoldUpCount(
            stage=enum_of(HoldUpStage)(one.stage),
            cause=enum_of(HoldUpCause)(one.cause),
            count=one.count,
            still_open=one.still,
            days=one.days,
        )
        for one in found
    ]


async def late_commitments(
    context: Context, partnership_id: str, as_at: date | None = None, known_at: datetime | None = None
) -> list[LateCommitment]:
    """What a partnership was committed to after its work or its programme had ended."""
    day, known = await context.moment(as_at, known_at)
    async with context.reads.connection() as connection:
        found = await committed_after_end(connection, partnership_id, as_at=day, known=known)
    return [
        LateCommitment(
            on=When.read(one.on), title=one.title, ended=When.read(one.ended), event_id=strawberry.ID(one.event_id)
        )
        for one in found
    ]


# --- Fields -----------------------------------------------------------------------------------------------------------

Age = Annotated[
    int | None,
    strawberry.argument(description="Days since each was formed. By default the age of this one on the day asked."),
]


def peers_beside() -> Any:
    """The field for the partnerships of the kind of the one in the row ``p``."""

    async def resolve(
        root: Any, info: Info, age: Age = None, as_at: date | None = None, known_at: datetime | None = None
    ) -> list[Peer]:
        return await peers_of(info.context, f"{root.id}", root.kind, age, as_at, known_at)

    words = "It and up to 199 others of its kind, by code, at the same number of days since each was formed"
    key = "json_build_array(p.id, p.kind)"
    form = Made(each(peers_of), key)
    return strawberry.field(resolver=resolve, description=f"{words}, {CLOCKS}", metadata={FORM: form})


PLANS: Any = found_by(plans_for, Plan, "p", "Its plans, in the order recorded")
COMMITTED_LATE: Any = found_by(
    late_commitments,
    LateCommitment,
    "p",
    "What it was committed to after its work or its programme had ended, by date",
)
HOLD_UPS_BY_CAUSE: Any = found_by(hold_ups_in, HoldUpCount, "g", "What held its projects up, by stage and cause")
