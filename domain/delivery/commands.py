"""The commands that people give to a delivery."""

from typing import ClassVar, TypeAlias

from domain.delivery.events import FollowOn, HoldUpCause, HoldUpStage, PlannedStage, ProcurementStage, TrafficLight
from domain.values.frozen import frozen
from domain.values.ids import AwardId, DeliveryId, OrganisationId, PartnershipId
from domain.values.money import Money
from domain.values.when import When


@frozen
class _OfDelivery:
    """A command that is decided on the delivery."""

    delivery_id: DeliveryId
    on: When

    @property
    def stream(self) -> str:
        """The id of the stream that decides the command."""
        return self.delivery_id


# --- Plan -------------------------------------------------------------------------------------------------------------


@frozen
class AgreePlan:
    """Agree a delivery plan with a partnership: its title, milestones and dates.

    *stages* are milestones with a day, an organisation that they are for, or a mark. They need not be in *milestones*.
    """

    begins: ClassVar = "delivery_id"

    delivery_id: DeliveryId
    partnership_id: PartnershipId
    award_id: AwardId | None = None
    title: str
    milestones: tuple[str, ...] = ()
    on: When
    until: When | None = None
    stages: tuple[PlannedStage, ...] = ()

    @property
    def stream(self) -> str:
        return self.delivery_id


@frozen
class ReachMilestone(_OfDelivery):
    """Record that a milestone of the plan was reached."""

    milestone: str


@frozen
class MoveMilestone(_OfDelivery):
    """Move the day by which a milestone is due, with a reason.

    *due* is the new last day for it.
    """

    milestone: str
    due: When
    because: str


@frozen
class RedesignPlan(_OfDelivery):
    """Change the plan, with a reason.

    *milestones* and *stages* are all those of the new plan, and *until* is its end. What is left out stays as it was.
    """

    because: str
    milestones: tuple[str, ...] = ()
    until: When | None = None
    stages: tuple[PlannedStage, ...] = ()


@frozen
class FileFollowOnPlan(_OfDelivery):
    """File a plan for the time after the funding: how the work continues, or how it is brought to an end.

    *sort* says which of the two it is. *owner* is who answers for it. *text* says what is planned. *until* is the day
    of the exit, or the day until which the work goes on. *cost* is what it costs. *stages* are its milestones.
    """

    number: int | None = None
    sort: FollowOn
    owner: str
    text: str
    until: When
    cost: Money | None = None
    stages: tuple[PlannedStage, ...] = ()


# --- Suppliers --------------------------------------------------------------------------------------------------------


@frozen
class TakeProcurementStep(_OfDelivery):
    """Record a step of a procurement, from the specification to the contract. A contract engages the supplier.

    *number* is that of the procurement. If you leave it out, the step begins a new one. *text* is what the step says:
    what is wanted, where it was advertised, how the supplier was selected, or the terms of the contract.
    *organisation_id* is the supplier that was selected. *steer* says who steered the choice towards a provider, and
    how.
    """

    number: int | None = None
    step: ProcurementStage
    text: str
    organisation_id: OrganisationId | None = None
    steer: str | None = None


@frozen
class EngageSupplier(_OfDelivery):
    """Engage a supplier for the work, with the brief, and how it was selected.

    *work* is what it is engaged for. *brief* is what it was asked to do. *selection* is how it was selected. *steer*
    says who steered the choice towards a provider, and how.
    """

    organisation_id: OrganisationId
    work: str
    brief: str
    selection: str
    steer: str | None = None


@frozen
class ReplaceSupplier(_OfDelivery):
    """Replace a supplier of the work by another one, with the reason.

    *replaced_id* is the supplier that goes. *organisation_id* is the one that comes. *work* is what it is engaged for.
    *brief* is what it was asked to do. *selection* is how it was selected. *steer* says who steered the choice towards
    a provider, and how.
    """

    replaced_id: OrganisationId
    organisation_id: OrganisationId
    because: str
    work: str
    brief: str
    selection: str
    steer: str | None = None


@frozen
class AgreeDeliverable(_OfDelivery):
    """Agree what a supplier is to hand over, and by when.

    *text* says what. *due* is the last day for it.
    """

    number: int | None = None
    organisation_id: OrganisationId
    text: str
    due: When


@frozen
class DecideDeliverable(_OfDelivery):
    """Accept or reject a deliverable of a supplier. A rejection gives the reason."""

    number: int
    accepted: bool
    because: str | None = None


# --- How the work goes ------------------------------------------------------------------------------------------------


@frozen
class RecordVisit(_OfDelivery):
    """Record a visit to the work: who visited, the findings, and the action that they call for, with its due day.

    *visitor* says who visited. *findings* says what they saw. *action* is what has to be done. *due* is the last day
    for it.
    """

    visitor: str
    findings: str
    action: str | None = None
    due: When | None = None


@frozen
class RecordActivity(_OfDelivery):
    """Record that an activity of the work took place, such as a workshop or a conference.

    *kind* is what people call such an activity. *happened* says what took place, in one sentence. *until* is its last
    day.
    """

    kind: str
    happened: str
    organisation_id: OrganisationId | None = None
    until: When | None = None


@frozen
class ReportStatus(_OfDelivery):
    """Report how a strand of the work goes, as a traffic light, with the reason.

    *strand* is the part of the work. *light* is red, amber or green.
    """

    strand: str
    light: TrafficLight
    because: str


@frozen
class ReportHoldUp(_OfDelivery):
    """Report that the work stands still: at which stage, and what causes it.

    *because* says more of the cause.
    """

    number: int | None = None
    stage: HoldUpStage
    cause: HoldUpCause
    because: str


@frozen
class EndHoldUp(_OfDelivery):
    """Record that the work goes on after a hold-up, and what ended it.

    *because* says what ended it.
    """

    number: int
    because: str


@frozen
class EndDelivery(_OfDelivery):
    """Record that the funded work has ended."""

    summary: str


Command: TypeAlias = (
    AgreePlan
    | ReachMilestone
    | MoveMilestone
    | RedesignPlan
    | FileFollowOnPlan
    | TakeProcurementStep
    | EngageSupplier
    | ReplaceSupplier
    | AgreeDeliverable
    | DecideDeliverable
    | RecordVisit
    | RecordActivity
    | ReportStatus
    | ReportHoldUp
    | EndHoldUp
    | EndDelivery
)
