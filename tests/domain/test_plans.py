"""The stages of a plan have days. A day moves for a reason, and an earlier plan is never written over."""

from functools import reduce
from typing import Any

import pytest

from domain import delivery
from domain.delivery import (
    AgreePlan,
    EndHoldUp,
    FileFollowOnPlan,
    FollowOn,
    FollowOnCostNotPositive,
    FollowOnPlanAlreadyFiled,
    FollowOnPlanEndsFirst,
    FollowOnPlanFiled,
    FollowOnPlanIncomplete,
    HoldUpAlreadyReported,
    HoldUpCause,
    HoldUpEnded,
    HoldUpReported,
    HoldUpStage,
    HoldUpUnexplained,
    HoldUpUnknown,
    MilestoneAlreadyReached,
    MilestoneMoved,
    MilestoneReached,
    MilestoneUnknown,
    MoveMilestone,
    MoveUnexplained,
    PlanAgreed,
    PlanAlreadyAgreed,
    PlannedStage,
    PlanRedesigned,
    ReachMilestone,
    RedesignPlan,
    ReportHoldUp,
    ReportStatus,
    StageDueBeforeStart,
    StageNamedTwice,
    StageNameless,
    StatusReported,
    StatusUnexplained,
    TrafficLight,
)
from domain.values.order import StepOutOfOrder
from domain.values.when import When
from tests.kit.examples import ACE, CARLISLE, DELIVERY
from tests.kit.spec import gbp, given

STARTS = When("2004-06-01")
SETS = PlannedStage(name="Learning sets", due=When("2004-09-30"), organisation_id=CARLISLE, quick_win=True)
AUDIT = PlannedStage(name="Skills audit", due=When("2004-12-31"), begins_delivery=True)
PLAN = PlanAgreed(
    partnership_id=ACE,
    title="The first year",
    milestones=("Evaluation", "Learning sets", "Skills audit"),
    stages=(SETS, AUDIT),
    on=STARTS,
)
OVER = delivery.DeliveryEnded(partnership_id=ACE, summary="It closes.", on=When("2005-03-31"))


def agree(*stages: PlannedStage, milestones: tuple[str, ...] = ("Evaluation",)) -> AgreePlan:
    return AgreePlan(
        delivery_id=DELIVERY, partnership_id=ACE, title="The first year", milestones=milestones, stages=stages,
        on=STARTS,
    )  # fmt: skip


def move(name: str = SETS.name, due: str = "2004-10-31", because: str = "The tutor is ill") -> MoveMilestone:
    return MoveMilestone(delivery_id=DELIVERY, milestone=name, due=When(due), because=because, on=When("2004-09-01"))


def moved(name: str, was: str | None, due: str) -> MilestoneMoved:
    return MilestoneMoved(
        partnership_id=ACE, milestone=name, was=When(was) if was else None, due=When(due), because="The tutor is ill",
        on=When("2004-09-01"),
    )  # fmt: skip


# --- Stages -----------------------------------------------------------------------------------------------------------


def test_the_stages_of_a_plan_are_milestones_with_days() -> None:
    given(delivery).when(agree(SETS, AUDIT)).then(PLAN)
    given(delivery, PLAN).when(agree(SETS, AUDIT)).then()
    given(delivery, PLAN).when(agree(SETS)).refused(PlanAlreadyAgreed)


def test_a_plan_with_stages_that_nobody_could_follow_is_refused() -> None:
    early = PlannedStage(name="Too early", due=When("2004-05-31"))
    now = given(delivery)
    now.when(agree(PlannedStage(name=" "))).refused(StageNameless)
    now.when(agree(SETS, SETS)).refused(StageNamedTwice)
    now.when(agree(early)).refused(StageDueBeforeStart)
    redesigned = RedesignPlan(delivery_id=DELIVERY, because="Consultants", stages=(early,), on=When("2004-11"))
    given(delivery, PLAN).when(redesigned).refused(StageDueBeforeStart)


def test_a_stage_moves_for_a_reason_and_keeps_the_day_that_it_had() -> None:
    given(delivery, PLAN).when(move()).then(moved(SETS.name, "2004-09-30", "2004-10-31"))
    once = moved(SETS.name, "2004-09-30", "2004-10-31")
    given(delivery, PLAN, once).when(move()).then()
    given(delivery, PLAN, once).when(move(due="2004-11-30")).then(moved(SETS.name, "2004-10-31", "2004-11-30"))
    given(delivery, PLAN).when(move("Evaluation")).then(moved("Evaluation", None, "2004-10-31"))
    given(delivery, PLAN, moved("Evaluation", None, "2004-10-31")).when(move("Evaluation")).then()


def test_a_move_that_breaks_a_rule_is_refused() -> None:
    reached = MilestoneReached(partnership_id=ACE, milestone=AUDIT.name, on=When("2004-08-01"))
    now = given(delivery, PLAN, reached)
    now.when(move(because=" ")).refused(MoveUnexplained)
    now.when(move("Another")).refused(MilestoneUnknown)
    now.when(move(AUDIT.name)).refused(MilestoneAlreadyReached)
    now.when(move(due="2004-05-31")).refused(StageDueBeforeStart)


def test_no_stage_moves_after_the_end_of_the_work() -> None:
    given(delivery, PLAN, OVER).when(move()).refused(delivery.DeliveryIsOver)


def test_a_redesign_has_stages_of_its_own_and_one_without_keeps_those_of_the_plan() -> None:
    report = PlannedStage(name="Report", due=When("2005-01-31"))
    command = RedesignPlan(delivery_id=DELIVERY, because="Consultants", stages=(report,), on=When("2004-11"))
    redesigned = PlanRedesigned(
        partnership_id=ACE, because="Consultants", milestones=("Report",), stages=(report,), on=When("2004-11")
    )
    given(delivery, PLAN).when(command).then(redesigned)
    given(delivery, PLAN, redesigned).when(command).then()
    given(delivery, PLAN, redesigned).when(move()).refused(MilestoneUnknown)
    unchanged = PlanRedesigned(partnership_id=ACE, because="Later", on=When("2004-11"))
    given(delivery, PLAN, unchanged).when(move()).then(moved(SETS.name, "2004-09-30", "2004-10-31"))


# --- After the funding ------------------------------------------------------------------------------------------------


def file(number: int | None = None, **more: Any) -> FileFollowOnPlan:
    values: dict[str, Any] = {
        "sort": FollowOn.EXIT, "owner": "The board", "text": "Staff return", "until": When("2005-12-31"),
        "cost": gbp("500.00"), "stages": (PlannedStage(name="Posts end", due=When("2005-09-30")),),
        "on": When("2005-02-01"),
    }  # fmt: skip
    return FileFollowOnPlan(delivery_id=DELIVERY, number=number, **values | more)


EXIT = FollowOnPlanFiled(
    partnership_id=ACE, number=1, sort=FollowOn.EXIT, owner="The board", text="Staff return", until=When("2005-12-31"),
    cost=gbp("500.00"), stages=(PlannedStage(name="Posts end", due=When("2005-09-30")),), on=When("2005-02-01"),
)  # fmt: skip


def test_an_exit_is_planned_with_an_owner_a_cost_milestones_and_an_end() -> None:
    given(delivery, PLAN).when(file(1)).then(EXIT)
    given(delivery, PLAN, OVER).when(file(1)).then(EXIT)
    given(delivery, PLAN, EXIT).when(file(1)).then()
    reach = ReachMilestone(delivery_id=DELIVERY, milestone="Posts end", on=When("2005-09-30"))
    reached = MilestoneReached(partnership_id=ACE, milestone="Posts end", on=When("2005-09-30"))
    given(delivery, PLAN, EXIT).when(reach).then(reached)


def test_a_follow_on_plan_that_breaks_a_rule_is_refused() -> None:
    now = given(delivery, PLAN, EXIT)
    now.when(file(1, owner="Nobody")).refused(FollowOnPlanAlreadyFiled)
    now.when(file(owner=" ")).refused(FollowOnPlanIncomplete)
    now.when(file(text="")).refused(FollowOnPlanIncomplete)
    now.when(file(until=When("2005-01-31"))).refused(FollowOnPlanEndsFirst)
    now.when(file(cost=gbp("0.00"))).refused(FollowOnCostNotPositive)
    now.when(file(stages=(SETS,))).refused(StageNamedTwice)
    now.when(file(2)).refused(StageNamedTwice)


# --- Traffic lights and hold-ups --------------------------------------------------------------------------------------


def report(because: str = "No tutor", strand: str = "Training") -> ReportStatus:
    return ReportStatus(
        delivery_id=DELIVERY, strand=strand, light=TrafficLight.RED, because=because, on=When("2004-10-01")
    )


RED = StatusReported(
    partnership_id=ACE, strand="Training", light=TrafficLight.RED, because="No tutor", on=When("2004-10-01")
)


def test_a_traffic_light_has_a_strand_and_a_reason() -> None:
    given(delivery, PLAN).when(report()).then(RED)
    given(delivery, PLAN, RED).when(report()).then()
    for command in (report(because=""), report(strand=" ")):
        given(delivery, PLAN).when(command).refused(StatusUnexplained)


def hold_up(number: int | None = None, because: str = "No staff released") -> ReportHoldUp:
    return ReportHoldUp(
        delivery_id=DELIVERY, number=number, stage=HoldUpStage.PLANNING, cause=HoldUpCause.PARTNER_CAPACITY,
        because=because, on=When("2004-10-01"),
    )  # fmt: skip


HELD = HoldUpReported(
    partnership_id=ACE, number=1, stage=HoldUpStage.PLANNING, cause=HoldUpCause.PARTNER_CAPACITY,
    because="No staff released", on=When("2004-10-01"),
)  # fmt: skip


def go_on(number: int = 1, because: str = "Two officers are lent", on: str = "2004-11-01") -> EndHoldUp:
    return EndHoldUp(delivery_id=DELIVERY, number=number, because=because, on=When(on))


def test_a_hold_up_has_a_stage_and_a_cause_until_the_work_goes_on() -> None:
    given(delivery, PLAN).when(hold_up(1)).then(HELD)
    given(delivery, PLAN, HELD).when(hold_up(1)).then()
    ended = HoldUpEnded(partnership_id=ACE, number=1, because="Two officers are lent", on=When("2004-11-01"))
    given(delivery, PLAN, HELD).when(go_on()).then(ended)
    given(delivery, PLAN, HELD, ended).when(go_on()).then()


def test_a_hold_up_that_breaks_a_rule_is_refused() -> None:
    now = given(delivery, PLAN, HELD)
    now.when(hold_up(1, "Another reason")).refused(HoldUpAlreadyReported)
    now.when(hold_up(because=" ")).refused(HoldUpUnexplained)
    now.when(go_on(because="")).refused(HoldUpUnexplained)
    now.when(go_on(2)).refused(HoldUpUnknown)
    now.when(go_on(on="2004-09-30")).refused(StepOutOfOrder)


@pytest.mark.parametrize("command", [hold_up(), file(stages=())])
def test_whatever_has_no_number_gets_the_next_one(command: delivery.Command) -> None:
    now = reduce(delivery.evolve, (PLAN, EXIT, HELD), None)  # type: ignore[arg-type]
    assert [2] == [getattr(event, "number", None) for event in delivery.decide(now, command)]
