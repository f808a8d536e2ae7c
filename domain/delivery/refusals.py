"""The refusals of a delivery."""

from domain.values.refusal import Refused

# --- Plan -------------------------------------------------------------------------------------------------------------


class DeliveryUnknown(Refused):
    """There is no delivery plan with this id."""


class PlanAlreadyAgreed(Refused):
    """Another plan was agreed under this id: {title}. A delivery has one plan."""


class PlanOfAnotherPartnership(Refused):
    """This delivery belongs to another partnership. A delivery belongs to one partnership only."""


class PlanEndsBeforeItStarts(Refused):
    """The plan starts on {starts} and ends on {ends}. Planned work must not end before it starts."""


class StageNameless(Refused):
    """A stage has no name. Give each stage of a plan a name."""


class StageNamedTwice(Refused):
    """Two stages of the plan are named {stage}. Each stage of a plan has its own name."""


class StageDueBeforeStart(Refused):
    """The stage {stage} is due on {due}, before the plan starts on {starts}. A stage is due when the plan has started
    or later.
    """


class MilestoneUnknown(Refused):
    """The plan has no milestone named {milestone}. Name a milestone of the plan."""


class MilestoneAlreadyReached(Refused):
    """The milestone {milestone} was reached. Only a milestone that is still to be reached can be moved."""


class MoveUnexplained(Refused):
    """No reason was given. Give a reason for moving a milestone."""


class DeliveryIsOver(Refused):
    """The funded work has ended. Its plan can no longer change."""


class RedesignUnexplained(Refused):
    """No reason was given. Give a reason for changing the plan."""


class FollowOnPlanIncomplete(Refused):
    """The owner or the text is empty. A plan for the time after the funding has an owner and says what is planned."""


class FollowOnPlanAlreadyFiled(Refused):
    """Another plan was filed as number {number}. Give each follow-on plan its own number."""


class FollowOnPlanEndsFirst(Refused):
    """The plan was filed on {filed} and ends on {until}. A follow-on plan ends after it was filed."""


class FollowOnCostNotPositive(Refused):
    """The cost is {cost}. A cost must be more than 0; leave it out if it is not known."""


# --- Suppliers --------------------------------------------------------------------------------------------------------


class ProcurementUnknown(Refused):
    """There is no procurement {number}, and a new one begins with its specification. Specify what is wanted first."""


class ProcurementStepPassed(Refused):
    """Procurement {number} is {reached}. A procurement takes each step once, from the specification to the contract."""


class ProcurementStepUnsaid(Refused):
    """The text is empty. Say what the step says, such as the brief or how the supplier was selected."""


class ProcurementWithoutSupplier(Refused):
    """The step names no supplier. A selection and a contract name the supplier."""


class SupplierNotSelected(Refused):
    """Procurement {number} selected another supplier. The contract is with the supplier that was selected."""


class EngagementIncomplete(Refused):
    """The work, the brief or the selection is empty. The engagement of a supplier gives all three."""


class SupplierNotEngaged(Refused):
    """The organisation is not engaged for this work. Only a supplier that is engaged can be replaced or owe a
    deliverable.
    """


class ReplacementUnexplained(Refused):
    """No reason was given. Give a reason for replacing a supplier."""


class SupplierReplacesItself(Refused):
    """The same organisation goes and comes. A supplier is replaced by another one."""


class DeliverableUnknown(Refused):
    """There is no deliverable {number}. Name a deliverable that was agreed with a supplier."""


class DeliverableUnsaid(Refused):
    """The text is empty. Say what the supplier is to hand over."""


class DeliverableAlreadyAgreed(Refused):
    """Another deliverable was agreed as number {number}. Give each deliverable its own number."""


class DeliverableDueBeforeAgreed(Refused):
    """The deliverable is due on {due}, before {agreed}, when it is agreed. A deliverable is due on that day or
    later.
    """


class DeliverableAlreadyAccepted(Refused):
    """Deliverable {number} was accepted. A deliverable that was accepted is not decided again."""


class DeliverableRejectionUnexplained(Refused):
    """No reason was given. Give a reason for rejecting a deliverable."""


# --- How the work goes ------------------------------------------------------------------------------------------------


class ActionWithoutDueDay(Refused):
    """The visit names an action without a due day, or a due day without an action. Give both or neither."""


class ActionDueBeforeVisit(Refused):
    """The action is due on {due}, before the visit on {visited}. An action is due on the day of the visit or later."""


class ActivityUnsaid(Refused):
    """The kind of the activity, or what took place, is empty. Give both."""


class ActivityEndsBefore(Refused):
    """The activity began on {on} and ended on {until}. An activity must not end before it begins."""


class VisitAlreadyRecorded(Refused):
    """Another visit by {visitor} is recorded for {visited}. Record one visit of a visitor for a day."""


class StatusUnexplained(Refused):
    """The strand or the reason is empty. A report names the strand and gives the reason for its light."""


class HoldUpUnexplained(Refused):
    """No reason was given. Say what holds the work up, or what ended the hold-up."""


class HoldUpAlreadyReported(Refused):
    """Another hold-up was reported as number {number}. Give each hold-up its own number."""


class HoldUpUnknown(Refused):
    """There is no hold-up {number}. Name a hold-up that was reported."""
