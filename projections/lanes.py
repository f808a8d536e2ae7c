"""The lane of each event on a partnership's timeline: one table that Python and PostgreSQL both use."""

from collections.abc import Mapping
from enum import Enum
from typing import Any, NamedTuple

from domain import award, bid, delivery, discrepancy, outcome, partnership
from domain.values.fact import (
    DelayReported,
    Fact,
    GovernanceBodyEstablished,
    HappeningNoted,
    InvolvementStated,
    Lane,
    RuleStated,
)


class By(NamedTuple):
    """The lane depends on *field* of the event: *lanes* gives the lane for each word, *otherwise* for all others."""

    field: str
    lanes: Mapping[str, Lane]
    otherwise: Lane


# The lane of a delayed stage, by the source's word for the stage.
STAGES = {
    "bid_decision": Lane.BID,
    "bid_assessment": Lane.BID,
    "application": Lane.BID,
    "award_and_release_of_funds": Lane.AWARD,
    "approval_of_money": Lane.AWARD,
    "securing_central_funding_and_planning": Lane.AWARD,
    "release_of_funds": Lane.DISBURSEMENT,
    "spending": Lane.DISBURSEMENT,
    "outcome_measurement": Lane.OUTCOME,
    "survey_return": Lane.OUTCOME,
    "evaluation_evidence": Lane.OUTCOME,
    "establishment": Lane.GOVERNANCE,
    "trust_building": Lane.GOVERNANCE,
    "functional_networks": Lane.GOVERNANCE,
    "programme_development": Lane.GOVERNANCE,
    "development": Lane.GOVERNANCE,
}
# The lane of a register's transaction, by kind. The kinds not listed are in the disbursement lane.
TRANSACTIONS = {
    award.Transaction.COMMITMENT.value: Lane.AWARD,
    award.Transaction.EXPENDITURE.value: Lane.DELIVERY,
}

_KINDS: dict[Lane, tuple[type[Fact], ...]] = {
    Lane.GOVERNANCE: (
        partnership.PartnershipFormed, partnership.PartnershipRenamed, partnership.PartnerJoined,
        partnership.PartnerLeft, partnership.LeadChanged, partnership.PartnershipReclassified, partnership.PilotListed,
        partnership.SumStated, partnership.PartnershipDissolved,
        RuleStated, InvolvementStated, GovernanceBodyEstablished,
        discrepancy.DiscrepancyExplained, discrepancy.DiscrepancyWaived, discrepancy.ExplanationWithdrawn,
        discrepancy.DiscrepancyAssigned,
    ),
    Lane.BID: (
        bid.BidDrafted, bid.AdviserRecorded, bid.BidSubmitted, bid.BidAcknowledged, bid.ClarificationRequested,
        bid.ClarificationReceived, bid.EligibilityTested, bid.BidRevised, bid.BidResubmitted, bid.BidAssessed,
        bid.BidApproved, bid.BidDeclined, bid.BidWithdrawn, bid.DecisionNotified, bid.OfferLapsed, bid.ApprovalVaried,
        bid.BidStated, bid.BidRestated, bid.BidReassigned,
    ),
    Lane.AWARD: (
        award.AwardOffered, award.OfferAccepted, award.OfferDeclined, award.ConditionSet, award.ConditionMet,
        award.ConditionWaived, award.HoldPlaced, award.HoldLifted, award.AwardVaried, award.FundsRegranted,
        award.RegrantReturned, award.AwardClosed, award.AwardTerminated, award.UnspentGivenBack, award.AwardReopened,
        award.AwardStated, award.ComponentStated, award.AwardRestated, award.ComponentRestated, award.AwardReassigned,
        award.AwardNoLongerStated, award.AwardStatedAgain,
    ),
    Lane.DISBURSEMENT: (
        award.InstalmentScheduled, award.InstalmentChanged, award.PaymentRequested, award.PaymentApproved,
        award.PaymentReleased, award.PaymentSettled, award.PaymentReturned, award.PaymentMatched, award.MatchUndone,
        award.ReturnUndone, award.PaymentReversed, award.RecoveryRaised, award.RecoveryApproved, award.RecoverySettled,
        award.RecoveryWrittenOff, award.RecoveryWithdrawn,
    ),
    Lane.DELIVERY: (
        partnership.TakeUpStated, award.ExpenditureReported, award.PeriodStated,
        delivery.PlanAgreed, delivery.DeliveryPeriodStated, delivery.PlanRedesigned, delivery.MilestoneReached,
        delivery.SupplierEngaged, delivery.SupplierReplaced, delivery.ActivityHeld, delivery.DeliveryEnded,
    ),
    Lane.OUTCOME: (
        award.ReturnRequired, award.ReturnCertified,
        outcome.IndicatorAgreed, outcome.TargetRevised, outcome.ResultReported, outcome.ResultVerified,
        outcome.ResultRejected, outcome.OutcomeRestated, outcome.OutcomeStated,
    ),
}  # fmt: skip

# The events that belong on a partnership's timeline.
LANES: dict[type[Fact], Lane | By] = {kind: lane for lane, kinds in _KINDS.items() for kind in kinds} | {
    HappeningNoted: By("lane", {lane.value: lane for lane in Lane}, Lane.GOVERNANCE),
    DelayReported: By("stage", STAGES, Lane.DELIVERY),
    award.TransactionStated: By("kind", TRANSACTIONS, Lane.DISBURSEMENT),
    award.TransactionUnstated: By("kind", TRANSACTIONS, Lane.DISBURSEMENT),
}


def lane_of(event: Fact) -> Lane | None:
    """The lane of *event*; None for an event that does not belong on a partnership's timeline."""
    lane = LANES.get(type(event))
    if not isinstance(lane, By):
        return lane
    word: Any = getattr(event, lane.field)
    return lane.lanes.get(word.value if isinstance(word, Enum) else word, lane.otherwise)


# The same in SQL: the lanes that depend only on the name of the event, as a table of name and lane.
_NAMED = ", ".join(f"('{kind.__name__}', '{lane.name}')" for kind, lane in LANES.items() if isinstance(lane, Lane))
TABLE = f"(VALUES {_NAMED}) AS lanes (name, lane)"


def lane_in_sql(name: str, body: str) -> str:
    """The SQL expression for the lane of an event. *name* is its name, by which TABLE is joined; *body* is its json."""
    by_field = "".join(
        f" WHEN '{kind.__name__}' THEN {_by_field_in_sql(by, body)}" for kind, by in LANES.items() if isinstance(by, By)
    )
    return f"CASE {name}{by_field} ELSE lanes.lane END"


def _by_field_in_sql(by: By, body: str) -> str:
    cases = "".join(f" WHEN '{word}' THEN '{lane.name}'" for word, lane in by.lanes.items())
    return f"CASE {body} ->> '{by.field}'{cases} ELSE '{by.otherwise.name}' END"
