"""The state of a delivery that the rules need, computed from its events."""

from collections.abc import Iterable
from typing import assert_never

from domain.delivery.events import (
    ActivityHeld,
    DeliverableAgreed,
    DeliverableDecided,
    DeliveryEnded,
    DeliveryPeriodStated,
    Event,
    FollowOnPlanFiled,
    HoldUpEnded,
    HoldUpReported,
    MilestoneMoved,
    MilestoneReached,
    PlanAgreed,
    PlannedStage,
    PlanRedesigned,
    ProcurementStepTaken,
    StatusReported,
    SupplierEngaged,
    SupplierReplaced,
    VisitHeld,
)
from domain.values.fact import DateCorrected, StatementReplaced
from domain.values.frozen import frozen, replace
from domain.values.ids import OrganisationId, PartnershipId
from domain.values.when import When


@frozen
class Delivery:
    """What the rules need to know about a delivery: its plan, what was reached, its suppliers, whether it has ended.

    *stages* are those of the present plan, each due when it was moved to last.
    """

    partnership_id: PartnershipId
    title: str | None
    starts: When | None
    milestones: tuple[str, ...]
    reached: frozenset[str]
    redesigns: frozenset[PlanRedesigned]
    visits: tuple[VisitHeld, ...]
    ended: bool
    agreed: PlanAgreed | None = None
    stages: tuple[PlannedStage, ...] = ()
    follow_ons: tuple[FollowOnPlanFiled, ...] = ()
    procured: tuple[ProcurementStepTaken, ...] = ()
    suppliers: frozenset[OrganisationId] = frozenset()
    replaced: tuple[SupplierReplaced, ...] = ()
    engaged: tuple[SupplierEngaged, ...] = ()
    deliverables: tuple[DeliverableAgreed, ...] = ()
    decided: tuple[DeliverableDecided, ...] = ()
    statuses: tuple[StatusReported, ...] = ()
    hold_ups: tuple[HoldUpReported, ...] = ()
    held_up_until: tuple[HoldUpEnded, ...] = ()
    activities: tuple[ActivityHeld, ...] = ()

    def due(self, milestone: str) -> When | None:
        """The day by which a milestone is due; None if it has no day."""
        return next((stage.due for stage in self.stages if stage.name == milestone), None)

    def expects(self, milestone: str) -> bool:
        """Whether a milestone is one of the plan or of a plan for the time after the funding."""
        return milestone in self.milestones or any(stage.name == milestone for stage in self.stages)


def evolve(delivery: Delivery | None, event: Event) -> Delivery:
    """The delivery after *event*. A source may begin a delivery with any of its events."""
    if isinstance(event, DateCorrected | StatementReplaced):
        assert delivery is not None
        return delivery  # domain.reading folds the corrected history.
    now = delivery or Delivery(
        partnership_id=event.partnership_id,
        title=None,
        starts=None,
        milestones=(),
        reached=frozenset(),
        redesigns=frozenset(),
        visits=(),
        ended=False,
    )
    match event:
        case PlanAgreed():
            return replace(
                now, title=event.title, starts=event.on, milestones=event.milestones, stages=event.stages,
                agreed=replace(event, source=None),
            )  # fmt: skip
        case MilestoneReached():
            return replace(now, reached=now.reached | {event.milestone})
        case PlanRedesigned() | MilestoneMoved() | FollowOnPlanFiled():
            return _planned(now, event)
        case ProcurementStepTaken() | SupplierEngaged() | SupplierReplaced():
            return _supplied(now, event)
        case DeliverableAgreed():
            return replace(now, deliverables=(*now.deliverables, event))
        case DeliverableDecided():
            return replace(now, decided=(*now.decided, event))
        case VisitHeld():
            return replace(now, visits=(*now.visits, event))
        case StatusReported():
            return replace(now, statuses=(*now.statuses, event))
        case HoldUpReported():
            return replace(now, hold_ups=(*now.hold_ups, event))
        case HoldUpEnded():
            return replace(now, held_up_until=(*now.held_up_until, event))
        case DeliveryEnded():
            return replace(now, ended=True)
        case ActivityHeld():
            return replace(now, activities=(*now.activities, event))
        case DeliveryPeriodStated():
            return now
        case _:
            assert_never(event)


def _planned(now: Delivery, event: PlanRedesigned | MilestoneMoved | FollowOnPlanFiled) -> Delivery:
    match event:
        case PlanRedesigned():
            redesigned = replace(now, redesigns=now.redesigns | {replace(event, source=None)})
            if not event.milestones and not event.stages:
                return redesigned
            later = [stage for filed in now.follow_ons for stage in filed.stages]
            return replace(redesigned, milestones=event.milestones, stages=(*event.stages, *later))
        case MilestoneMoved():
            return replace(now, stages=tuple(_moved(now.stages, event.milestone, event.due)))
        case FollowOnPlanFiled():
            return replace(now, follow_ons=(*now.follow_ons, event), stages=(*now.stages, *event.stages))


def _moved(stages: tuple[PlannedStage, ...], name: str, due: When) -> Iterable[PlannedStage]:
    """The *stages*, of which the one with this *name* has another due day. A milestone without one gets its first."""
    if all(stage.name != name for stage in stages):
        stages = (*stages, PlannedStage(name=name))
    return (replace(stage, due=due) if stage.name == name else stage for stage in stages)


def _supplied(now: Delivery, event: ProcurementStepTaken | SupplierEngaged | SupplierReplaced) -> Delivery:
    if isinstance(event, ProcurementStepTaken):
        return replace(now, procured=(*now.procured, event))
    left = now.suppliers
    if isinstance(event, SupplierReplaced):
        left = left - {event.replaced_id} if event.replaced_id is not None else frozenset()
        now = replace(now, replaced=(*now.replaced, event))
    else:
        now = replace(now, engaged=(*now.engaged, event))
    return replace(now, suppliers=left | {event.organisation_id} if event.organisation_id is not None else left)
