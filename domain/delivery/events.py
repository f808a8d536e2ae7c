"""The events of a delivery, and what they name."""

from enum import Enum
from typing import TypeAlias

from domain.values.fact import DateCorrected, Fact, StatementReplaced
from domain.values.frozen import frozen
from domain.values.ids import AwardId, OrganisationId, PartnershipId
from domain.values.money import Money
from domain.values.order import After, Step, Steps
from domain.values.when import When

# --- What the events name ---------------------------------------------------------------------------------------------


@frozen
class PlannedStage:
    """A stage of a plan: its name, the day by which it is due, and the organisation that it is for.

    *due* is the last day for it. *organisation_id* is the organisation that the stage is for; a stage without one is
    joint work of all partners. *quick_win* marks an early success that is to keep partners committed. *begins_delivery*
    marks the move from building the partnership to delivery.
    """

    name: str
    due: When | None = None
    organisation_id: OrganisationId | None = None
    quick_win: bool = False
    begins_delivery: bool = False


class ProcurementStage(Enum):
    """A step of a procurement, in the order in which they are taken."""

    SPECIFIED = "specified"
    """What is wanted is written down: the brief."""
    ADVERTISED = "advertised"
    """The tender is open."""
    TENDERED = "tendered"
    """The tenders are in."""
    SELECTED = "selected"
    """A supplier is selected."""
    CONTRACTED = "contracted"
    """The contract is signed."""


class TrafficLight(Enum):
    """How a strand of the work goes."""

    GREEN = "green"
    """As planned."""
    AMBER = "amber"
    """At risk."""
    RED = "red"
    """Somebody has to intervene."""


class HoldUpStage(Enum):
    """Where between knowing and doing a project stands still."""

    AWARENESS = "awareness"
    AGREEMENT = "agreement"
    PLANNING = "planning"
    PROCUREMENT = "procurement"
    DELIVERY = "delivery"


class HoldUpCause(Enum):
    """What holds a project up."""

    PARTNER_CAPACITY = "partner_capacity"
    """Partners cannot release the staff or the time."""
    PARTNER_COMMITMENT = "partner_commitment"
    CENTRAL_MONEY = "central_money"
    """The funder has not released the money."""
    CENTRAL_DECISION = "central_decision"
    """The funder has not decided."""
    SUPPLIER = "supplier"
    OTHER = "other"


class FollowOn(Enum):
    """What a plan for the time after the funding is for."""

    CONTINUATION = "continuation"
    """How the work goes on."""
    EXIT = "exit"
    """How the work is brought to an end."""


# --- Plan -------------------------------------------------------------------------------------------------------------


@frozen
class PlanAgreed(Fact):
    """The work is planned to run from *on* to *until*, with these milestones.

    *stages* are those of the milestones that have a day or a mark.
    """

    partnership_id: PartnershipId
    award_id: AwardId | None = None
    title: str
    until: When | None = None
    milestones: tuple[str, ...] = ()
    stages: tuple[PlannedStage, ...] = ()


@frozen
class DeliveryPeriodStated(Fact):
    """A source states that the funded work runs from *on* to *until*."""

    partnership_id: PartnershipId
    summary: str
    until: When | None = None


@frozen
class PlanRedesigned(Fact):
    """The plan was changed; *because* is the reason.

    *milestones* and *stages* are those of the new plan, and *until* is its end. Where they are not given, the old ones
    stay.
    """

    partnership_id: PartnershipId
    because: str
    milestones: tuple[str, ...] = ()
    until: When | None = None
    stages: tuple[PlannedStage, ...] = ()


@frozen
class MilestoneMoved(Fact):
    """A milestone that was due on *was* is due on *due* instead."""

    partnership_id: PartnershipId
    milestone: str
    was: When | None = None
    due: When
    because: str


@frozen
class MilestoneReached(Fact):
    """A milestone of the work was reached."""

    partnership_id: PartnershipId
    milestone: str


@frozen
class FollowOnPlanFiled(Fact):
    """The partnership filed a plan for the time after the funding, which *owner* answers for.

    *until* is the day of an exit, or the day until which the work goes on. *cost* is what it costs.
    """

    partnership_id: PartnershipId
    number: int
    sort: FollowOn
    owner: str
    text: str
    until: When
    cost: Money | None = None
    stages: tuple[PlannedStage, ...] = ()


# --- Suppliers --------------------------------------------------------------------------------------------------------


@frozen
class ProcurementStepTaken(Fact):
    """A procurement took a *step*; *text* is what the step says, such as the brief or how a supplier was selected.

    *steer* says who steered the choice towards a provider, and how.
    """

    partnership_id: PartnershipId
    number: int
    step: ProcurementStage
    text: str
    organisation_id: OrganisationId | None = None
    steer: str | None = None


@frozen
class SupplierEngaged(Fact):
    """A supplier was hired to deliver the work, by the *brief*, after the *selection*."""

    partnership_id: PartnershipId
    organisation_id: OrganisationId | None = None
    summary: str
    brief: str | None = None
    selection: str | None = None
    steer: str | None = None


@frozen
class SupplierReplaced(Fact):
    """Another supplier delivers the work from now on; *because* is the reason.

    *replaced_id* is the supplier that it replaces. Where it is not given, it replaces all of them.
    """

    partnership_id: PartnershipId
    organisation_id: OrganisationId | None = None
    summary: str
    replaced_id: OrganisationId | None = None
    because: str | None = None
    brief: str | None = None
    selection: str | None = None
    steer: str | None = None


@frozen
class DeliverableAgreed(Fact):
    """A supplier is to hand over what *text* says by *due*."""

    partnership_id: PartnershipId
    number: int
    organisation_id: OrganisationId
    text: str
    due: When


@frozen
class DeliverableDecided(Fact):
    """A deliverable was accepted or rejected; *because* is the reason."""

    partnership_id: PartnershipId
    number: int
    accepted: bool
    because: str | None = None


# --- How the work goes ------------------------------------------------------------------------------------------------


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
class StatusReported(Fact):
    """A *strand* of the work has this traffic light; *because* is the reason."""

    partnership_id: PartnershipId
    strand: str
    light: TrafficLight
    because: str


@frozen
class HoldUpReported(Fact):
    """The work stands still at a *stage* of the way from knowing to doing; *because* says more of the cause."""

    partnership_id: PartnershipId
    number: int
    stage: HoldUpStage
    cause: HoldUpCause
    because: str


@frozen
class HoldUpEnded(Fact):
    """The work goes on; *because* says what ended the hold-up."""

    partnership_id: PartnershipId
    number: int
    because: str


@frozen
class DeliveryEnded(Fact):
    """The funded work ended."""

    partnership_id: PartnershipId
    summary: str


Event: TypeAlias = (
    PlanAgreed
    | DeliveryPeriodStated
    | PlanRedesigned
    | MilestoneMoved
    | MilestoneReached
    | FollowOnPlanFiled
    | ProcurementStepTaken
    | SupplierEngaged
    | SupplierReplaced
    | DeliverableAgreed
    | DeliverableDecided
    | ActivityHeld
    | VisitHeld
    | StatusReported
    | HoldUpReported
    | HoldUpEnded
    | DeliveryEnded
    | DateCorrected
    | StatementReplaced
)

# How people call each step, and the steps that it follows.
STEPS: Steps = {
    PlanAgreed: Step("start of the plan"),
    PlanRedesigned: Step("redesign of the plan"),
    MilestoneMoved: Step("moving of a milestone"),
    MilestoneReached: Step("reaching of a milestone"),
    FollowOnPlanFiled: Step("filing of follow-on plan {number}"),
    ProcurementStepTaken: Step("step of procurement {number}", (After(ProcurementStepTaken, mine="number"),)),
    SupplierEngaged: Step("engagement of a supplier"),
    SupplierReplaced: Step("replacement of a supplier"),
    DeliverableAgreed: Step("agreement of deliverable {number}"),
    DeliverableDecided: Step("decision on deliverable {number}", (After(DeliverableAgreed, mine="number"),)),
    VisitHeld: Step("visit"),
    StatusReported: Step("report of a strand"),
    HoldUpReported: Step("report of hold-up {number}"),
    HoldUpEnded: Step("end of hold-up {number}", (After(HoldUpReported, mine="number"),)),
    DeliveryEnded: Step("end of the work"),
}
