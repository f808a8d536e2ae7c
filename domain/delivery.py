"""The delivery stream: the work that was planned for the money, the work that was done, and its suppliers."""

from collections.abc import Sequence
from typing import ClassVar, TypeAlias, assert_never

from domain.values.fact import DateCorrected, Fact, StatementReplaced
from domain.values.frozen import frozen, replace
from domain.values.ids import AwardId, DeliveryId, OrganisationId, PartnershipId
from domain.values.money import Money
from domain.values.order import Step, Steps
from domain.values.refusal import Refused
from domain.values.when import When

# --- Events -----------------------------------------------------------------------------------------------------------


@frozen
class PlanAgreed(Fact):
    """The work is planned to run from *on* to *until*, with these milestones."""

    partnership_id: PartnershipId
    award_id: AwardId | None = None
    title: str
    until: When | None = None
    milestones: tuple[str, ...] = ()


@frozen
class DeliveryPeriodStated(Fact):
    """A source states that the funded work runs from *on* to *until*."""

    partnership_id: PartnershipId
    summary: str
    until: When | None = None


@frozen
class PlanRedesigned(Fact):
    """The plan was changed; *because* is the reason.

    *milestones* are those of the new plan, and *until* is its end. Where they are not given, the old ones stay.
    """

    partnership_id: PartnershipId
    because: str
    milestones: tuple[str, ...] = ()
    until: When | None = None


@frozen
class MilestoneReached(Fact):
    """A milestone of the work was reached."""

    partnership_id: PartnershipId
    milestone: str


@frozen
class SupplierEngaged(Fact):
    """A supplier was hired to deliver the work."""

    partnership_id: PartnershipId
    organisation_id: OrganisationId | None = None
    summary: str


@frozen
class SupplierReplaced(Fact):
    """Another supplier delivers the work from now on."""

    partnership_id: PartnershipId
    organisation_id: OrganisationId | None = None
    summary: str


@frozen
class ActivityHeld(Fact):
    """A workshop, conference, visit or other activity took place."""

    partnership_id: PartnershipId
    kind: str
    summary: str
    until: When | None = None
    organisation_id: OrganisationId | None = None
    mentions: Money | None = None


@frozen
class VisitHeld(Fact):
    """Somebody visited the work: *visitor* says who, *findings* what they saw. The *action* is due on *due*."""

    partnership_id: PartnershipId
    visitor: str
    findings: str
    action: str | None = None
    due: When | None = None


@frozen
class DeliveryEnded(Fact):
    """The funded work ended."""

    partnership_id: PartnershipId
    summary: str


Event: TypeAlias = (
    PlanAgreed
    | DeliveryPeriodStated
    | PlanRedesigned
    | MilestoneReached
    | SupplierEngaged
    | SupplierReplaced
    | ActivityHeld
    | VisitHeld
    | DeliveryEnded
    | DateCorrected
    | StatementReplaced
)

# How people call each step.
STEPS: Steps = {
    PlanAgreed: Step("start of the plan"),
    PlanRedesigned: Step("redesign of the plan"),
    MilestoneReached: Step("reaching of a milestone"),
    VisitHeld: Step("visit"),
    DeliveryEnded: Step("end of the work"),
}

# --- State ------------------------------------------------------------------------------------------------------------


@frozen
class Delivery:
    """What the rules need to know about a delivery: its plan, what was reached, its visits, whether it has ended."""

    partnership_id: PartnershipId
    title: str | None
    starts: When | None
    milestones: tuple[str, ...]
    reached: frozenset[str]
    redesigns: frozenset[PlanRedesigned]
    visits: tuple[VisitHeld, ...]
    ended: bool


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
            return replace(now, title=event.title, starts=event.on, milestones=event.milestones)
        case MilestoneReached():
            return replace(now, reached=now.reached | {event.milestone})
        case PlanRedesigned():
            redesigns = now.redesigns | {replace(event, source=None)}
            return replace(now, milestones=event.milestones or now.milestones, redesigns=redesigns)
        case VisitHeld():
            return replace(now, visits=(*now.visits, event))
        case DeliveryEnded():
            return replace(now, ended=True)
        case DeliveryPeriodStated() | SupplierEngaged() | SupplierReplaced() | ActivityHeld():
            return now
        case _:
            assert_never(event)


# --- Commands ---------------------------------------------------------------------------------------------------------


@frozen
class AgreePlan:
    """Agree a delivery plan with a partnership: its title, milestones and dates."""

    begins: ClassVar = "delivery_id"

    delivery_id: DeliveryId
    partnership_id: PartnershipId
    award_id: AwardId | None = None
    title: str
    milestones: tuple[str, ...] = ()
    on: When
    until: When | None = None

    @property
    def stream(self) -> str:
        return self.delivery_id


@frozen
class ReachMilestone:
    """Record that a milestone of the plan was reached."""

    delivery_id: DeliveryId
    milestone: str
    on: When

    @property
    def stream(self) -> str:
        return self.delivery_id


@frozen
class RedesignPlan:
    """Change the plan, with a reason.

    *milestones* are all those of the new plan, and *until* is its end. What is left out stays as it was.
    """

    delivery_id: DeliveryId
    because: str
    milestones: tuple[str, ...] = ()
    until: When | None = None
    on: When

    @property
    def stream(self) -> str:
        return self.delivery_id


@frozen
class RecordVisit:
    """Record a visit to the work: who visited, the findings, and the action that they call for, with its due day.

    *visitor* says who visited. *findings* says what they saw. *action* is what has to be done. *due* is the last day
    for it.
    """

    delivery_id: DeliveryId
    visitor: str
    findings: str
    action: str | None = None
    due: When | None = None
    on: When

    @property
    def stream(self) -> str:
        return self.delivery_id


@frozen
class EndDelivery:
    """Record that the funded work has ended."""

    delivery_id: DeliveryId
    summary: str
    on: When

    @property
    def stream(self) -> str:
        return self.delivery_id


Command: TypeAlias = AgreePlan | ReachMilestone | RedesignPlan | RecordVisit | EndDelivery

# --- Rules ------------------------------------------------------------------------------------------------------------


class DeliveryUnknown(Refused):
    """There is no delivery plan with this id."""


class PlanAlreadyAgreed(Refused):
    """Another plan was agreed under this id: {title}. A delivery has one plan."""


class PlanOfAnotherPartnership(Refused):
    """This delivery belongs to another partnership. A delivery belongs to one partnership only."""


class PlanEndsBeforeItStarts(Refused):
    """The plan starts on {starts} and ends on {ends}. Planned work must not end before it starts."""


class MilestoneUnknown(Refused):
    """The plan has no milestone named {milestone}. Name a milestone of the plan."""


class DeliveryIsOver(Refused):
    """The funded work has ended. Its plan can no longer change."""


class RedesignUnexplained(Refused):
    """No reason was given. Give a reason for changing the plan."""


class ActionWithoutDueDay(Refused):
    """The visit names an action without a due day, or a due day without an action. Give both or neither."""


class ActionDueBeforeVisit(Refused):
    """The action is due on {due}, before the visit on {visited}. An action is due on the day of the visit or later."""


class VisitAlreadyRecorded(Refused):
    """Another visit by {visitor} is recorded for {visited}. Record one visit of a visitor for a day."""


def decide(delivery: Delivery | None, command: Command) -> list[Event]:
    """The events that *command* leads to. Raises the Refused subclass of the rule that it breaks."""
    match command:
        case AgreePlan():
            return agree(delivery, command)
        case ReachMilestone():
            return reach(known(delivery), command)
        case RedesignPlan():
            return redesign(known(delivery), command)
        case RecordVisit():
            return visit(known(delivery), command)
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
    if delivery is not None and delivery.title is not None:
        same = (delivery.partnership_id, delivery.title, delivery.milestones)
        if same == (command.partnership_id, command.title, command.milestones):
            return []
        raise PlanAlreadyAgreed(title=delivery.title)
    if delivery is not None:
        going(delivery)
    if command.until is not None and not command.on.may_precede(command.until):
        raise PlanEndsBeforeItStarts(starts=command.on, ends=command.until)
    return [
        PlanAgreed(
            partnership_id=command.partnership_id,
            award_id=command.award_id,
            title=command.title,
            milestones=command.milestones,
            on=command.on,
            until=command.until,
        )
    ]


def reach(delivery: Delivery, command: ReachMilestone) -> list[Event]:
    if command.milestone in delivery.reached:
        return []
    if command.milestone not in going(delivery).milestones:
        raise MilestoneUnknown(milestone=command.milestone)
    return [MilestoneReached(partnership_id=delivery.partnership_id, milestone=command.milestone, on=command.on)]


def redesign(delivery: Delivery, command: RedesignPlan) -> list[Event]:
    redesigned = PlanRedesigned(
        partnership_id=delivery.partnership_id,
        because=command.because,
        milestones=command.milestones,
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
    return [redesigned]


def visit(delivery: Delivery, command: RecordVisit) -> list[Event]:
    """A visit may come after the end of the work: to see what is left of it."""
    held = VisitHeld(
        partnership_id=delivery.partnership_id,
        visitor=command.visitor,
        findings=command.findings,
        action=command.action,
        due=command.due,
        on=command.on,
    )
    if held in delivery.visits:
        return []
    if any((before.visitor, before.on) == (held.visitor, held.on) for before in delivery.visits):
        raise VisitAlreadyRecorded(visitor=command.visitor, visited=command.on)
    if (command.action is None) is not (command.due is None):
        raise ActionWithoutDueDay
    if command.due is not None and not command.on.may_precede(command.due):
        raise ActionDueBeforeVisit(due=command.due, visited=command.on)
    return [held]


def dated(history: Sequence[Fact], place: int) -> None:
    """Check that the step at *place* of *history* may have its date, as the command that recorded it does.

    Raises PlanEndsBeforeItStarts, ActionDueBeforeVisit and VisitAlreadyRecorded.
    """
    step = history[place]
    match step:
        case PlanAgreed():
            for until in (step.until, *(event.until for event in history if isinstance(event, PlanRedesigned))):
                if until is not None and not step.on.may_precede(until):
                    raise PlanEndsBeforeItStarts(starts=step.on, ends=until)
        case VisitHeld():
            if step.due is not None and not step.on.may_precede(step.due):
                raise ActionDueBeforeVisit(due=step.due, visited=step.on)
            others = [event for event in history if isinstance(event, VisitHeld) and event is not step]
            if (step.visitor, step.on) in {(other.visitor, other.on) for other in others}:
                raise VisitAlreadyRecorded(visitor=step.visitor, visited=step.on)


def end(delivery: Delivery, command: EndDelivery) -> list[Event]:
    if delivery.ended:
        return []
    return [DeliveryEnded(partnership_id=delivery.partnership_id, summary=command.summary, on=command.on)]
