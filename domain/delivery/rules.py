"""The rules of the plan of a delivery, from the start to the end of the work."""

from collections.abc import Sequence
from typing import assert_never

from domain.delivery import progress, suppliers
from domain.delivery.commands import (
    AgreeDeliverable,
    AgreePlan,
    Command,
    DecideDeliverable,
    EndDelivery,
    EndHoldUp,
    EngageSupplier,
    FileFollowOnPlan,
    MoveMilestone,
    ReachMilestone,
    RecordActivity,
    RecordVisit,
    RedesignPlan,
    ReplaceSupplier,
    ReportHoldUp,
    ReportStatus,
    TakeProcurementStep,
)
from domain.delivery.events import (
    DeliverableAgreed,
    DeliveryEnded,
    Event,
    FollowOnPlanFiled,
    MilestoneMoved,
    MilestoneReached,
    PlanAgreed,
    PlannedStage,
    PlanRedesigned,
    VisitHeld,
)
from domain.delivery.refusals import (
    ActionDueBeforeVisit,
    DeliverableDueBeforeAgreed,
    DeliveryIsOver,
    DeliveryUnknown,
    FollowOnCostNotPositive,
    FollowOnPlanAlreadyFiled,
    FollowOnPlanEndsFirst,
    FollowOnPlanIncomplete,
    MilestoneAlreadyReached,
    MilestoneUnknown,
    MoveUnexplained,
    PlanAlreadyAgreed,
    PlanEndsBeforeItStarts,
    PlanOfAnotherPartnership,
    RedesignUnexplained,
    StageDueBeforeStart,
    StageNamedTwice,
    StageNameless,
    VisitAlreadyRecorded,
)
from domain.delivery.state import Delivery
from domain.values.fact import Fact
from domain.values.numbers import given_or_next
from domain.values.when import When


def decide(delivery: Delivery | None, command: Command) -> list[Event]:  # noqa: C901 - a case for each command
    """The events that *command* leads to. Raises the Refused subclass of the rule that it breaks."""
    match command:
        case AgreePlan():
            return agree(delivery, command)
        case ReachMilestone():
            return reach(known(delivery), command)
        case MoveMilestone():
            return move(known(delivery), command)
        case RedesignPlan():
            return redesign(known(delivery), command)
        case FileFollowOnPlan():
            return follow_on(known(delivery), command)
        case TakeProcurementStep():
            return suppliers.procure(known(delivery), command)
        case EngageSupplier():
            return suppliers.engage(known(delivery), command)
        case ReplaceSupplier():
            return suppliers.replace_supplier(known(delivery), command)
        case AgreeDeliverable():
            return suppliers.agree_deliverable(known(delivery), command)
        case DecideDeliverable():
            return suppliers.decide_deliverable(known(delivery), command)
        case RecordVisit():
            return progress.visit(known(delivery), command)
        case RecordActivity():
            return progress.activity(known(delivery), command)
        case ReportStatus():
            return progress.report_status(known(delivery), command)
        case ReportHoldUp():
            return progress.report_hold_up(known(delivery), command)
        case EndHoldUp():
            return progress.end_hold_up(known(delivery), command)
        case EndDelivery():
            return end(known(delivery), command)
        case _:
            assert_never(command)


def known(delivery: Delivery | None) -> Delivery:
    """The delivery, which must exist. Raises DeliveryUnknown."""
    if delivery is None:
        raise DeliveryUnknown
    return delivery


def going(delivery: Delivery) -> Delivery:
    """The delivery, which must not have ended. Raises DeliveryIsOver."""
    if delivery.ended:
        raise DeliveryIsOver
    return delivery


def agree(delivery: Delivery | None, command: AgreePlan) -> list[Event]:
    if delivery is not None and delivery.partnership_id != command.partnership_id:
        raise PlanOfAnotherPartnership
    agreed = PlanAgreed(
        partnership_id=command.partnership_id,
        award_id=command.award_id,
        title=command.title,
        milestones=_names(command.milestones, command.stages),
        stages=command.stages,
        on=command.on,
        until=command.until,
    )
    if delivery is not None and delivery.agreed is not None:
        before = delivery.agreed
        if (before.title, delivery.milestones, before.stages) == (agreed.title, agreed.milestones, agreed.stages):
            return []
        raise PlanAlreadyAgreed(title=before.title)
    if delivery is not None:
        going(delivery)
    if command.until is not None and not command.on.may_precede(command.until):
        raise PlanEndsBeforeItStarts(starts=command.on, ends=command.until)
    _staged(command.stages, command.on)
    return [agreed]


def _names(milestones: tuple[str, ...], stages: tuple[PlannedStage, ...]) -> tuple[str, ...]:
    """The names of all milestones of a plan: those of its stages too."""
    return (*milestones, *(stage.name for stage in stages if stage.name not in milestones))


def _staged(stages: tuple[PlannedStage, ...], starts: When | None) -> None:
    """Check the stages of a plan. Raises StageNameless, StageNamedTwice and StageDueBeforeStart."""
    names: set[str] = set()
    for stage in stages:
        if not stage.name.strip():
            raise StageNameless
        if stage.name in names:
            raise StageNamedTwice(stage=stage.name)
        names.add(stage.name)
        _due_after(stage.name, stage.due, starts)


def _due_after(name: str, due: When | None, starts: When | None) -> None:
    if due is not None and starts is not None and not starts.may_precede(due):
        raise StageDueBeforeStart(stage=name, due=due, starts=starts)


def reach(delivery: Delivery, command: ReachMilestone) -> list[Event]:
    if command.milestone in delivery.reached:
        return []
    if not going(delivery).expects(command.milestone):
        raise MilestoneUnknown(milestone=command.milestone)
    return [MilestoneReached(partnership_id=delivery.partnership_id, milestone=command.milestone, on=command.on)]


def move(delivery: Delivery, command: MoveMilestone) -> list[Event]:
    was = delivery.due(command.milestone)
    if was == command.due:
        return []
    if not command.because.strip():
        raise MoveUnexplained
    if not going(delivery).expects(command.milestone):
        raise MilestoneUnknown(milestone=command.milestone)
    if command.milestone in delivery.reached:
        raise MilestoneAlreadyReached(milestone=command.milestone)
    _due_after(command.milestone, command.due, delivery.starts)
    return [
        MilestoneMoved(
            partnership_id=delivery.partnership_id,
            milestone=command.milestone,
            was=was,
            due=command.due,
            because=command.because,
            on=command.on,
        )
    ]


def redesign(delivery: Delivery, command: RedesignPlan) -> list[Event]:
    redesigned = PlanRedesigned(
        partnership_id=delivery.partnership_id,
        because=command.because,
        milestones=_names(command.milestones, command.stages),
        stages=command.stages,
        until=command.until,
        on=command.on,
    )
    if redesigned in delivery.redesigns:
        return []
    if not command.because.strip():
        raise RedesignUnexplained
    going(delivery)
    if command.until is not None and delivery.starts is not None and not delivery.starts.may_precede(command.until):
        raise PlanEndsBeforeItStarts(starts=delivery.starts, ends=command.until)
    _staged(command.stages, delivery.starts)
    return [redesigned]


def follow_on(delivery: Delivery, command: FileFollowOnPlan) -> list[Event]:
    """A plan for the time after the funding. It may be filed after the end of the work."""
    number = given_or_next(command.number, (one.number for one in delivery.follow_ons))
    filed = FollowOnPlanFiled(
        partnership_id=delivery.partnership_id,
        number=number,
        sort=command.sort,
        owner=command.owner,
        text=command.text,
        until=command.until,
        cost=command.cost,
        stages=command.stages,
        on=command.on,
    )
    if filed in delivery.follow_ons:
        return []
    if any(one.number == number for one in delivery.follow_ons):
        raise FollowOnPlanAlreadyFiled(number=number)
    if not (command.owner.strip() and command.text.strip()):
        raise FollowOnPlanIncomplete
    if not command.on.may_precede(command.until):
        raise FollowOnPlanEndsFirst(filed=command.on, until=command.until)
    if command.cost is not None and not command.cost.is_positive:
        raise FollowOnCostNotPositive(cost=command.cost)
    _staged(command.stages, delivery.starts)
    for stage in command.stages:
        if delivery.expects(stage.name):
            raise StageNamedTwice(stage=stage.name)
    return [filed]


def dated(history: Sequence[Fact], place: int) -> None:
    """Check that the step at *place* of *history* may have its date, as the command that recorded it does.

    Raises PlanEndsBeforeItStarts, StageDueBeforeStart, FollowOnPlanEndsFirst, DeliverableDueBeforeAgreed,
    ActionDueBeforeVisit and VisitAlreadyRecorded.
    """
    step = history[place]
    match step:
        case PlanAgreed():
            for until in (step.until, *(event.until for event in history if isinstance(event, PlanRedesigned))):
                if until is not None and not step.on.may_precede(until):
                    raise PlanEndsBeforeItStarts(starts=step.on, ends=until)
            for name, due in _dues(history):
                _due_after(name, due, step.on)
        case FollowOnPlanFiled():
            if not step.on.may_precede(step.until):
                raise FollowOnPlanEndsFirst(filed=step.on, until=step.until)
        case DeliverableAgreed():
            if not step.on.may_precede(step.due):
                raise DeliverableDueBeforeAgreed(due=step.due, agreed=step.on)
        case VisitHeld():
            if step.due is not None and not step.on.may_precede(step.due):
                raise ActionDueBeforeVisit(due=step.due, visited=step.on)
            others = [event for event in history if isinstance(event, VisitHeld) and event is not step]
            if (step.visitor, step.on) in {(other.visitor, other.on) for other in others}:
                raise VisitAlreadyRecorded(visitor=step.visitor, visited=step.on)


def _dues(history: Sequence[Fact]) -> list[tuple[str, When | None]]:
    """Every day by which a milestone was ever due."""
    staged = [event for event in history if isinstance(event, PlanAgreed | PlanRedesigned | FollowOnPlanFiled)]
    moved = [(event.milestone, event.due) for event in history if isinstance(event, MilestoneMoved)]
    return [(stage.name, stage.due) for event in staged for stage in event.stages] + moved


def end(delivery: Delivery, command: EndDelivery) -> list[Event]:
    if delivery.ended:
        return []
    return [DeliveryEnded(partnership_id=delivery.partnership_id, summary=command.summary, on=command.on)]
