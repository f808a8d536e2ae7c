"""In which lane of a partnership's life each event belongs: as a table, for Python and for PostgreSQL to go by."""

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
    """The lane goes by what the event says in *field*: by one of the words in *lanes*, or it is *otherwise*."""

    field: str
    lanes: Mapping[str, Lane]
    otherwise: Lane


# A delayed stage, in a source's word for it.
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
# A register's transaction. Those that are not named move money of somebody else, or money to come.
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

# The events that are part of a partnership's story.
LANES: dict[type[Fact], Lane | By] = {kind: lane for lane, kinds in _KINDS.items() for kind in kinds} | {
    HappeningNoted: By("lane", {lane.value: lane for lane in Lane}, Lane.GOVERNANCE),
    DelayReported: By("stage", STAGES, Lane.DELIVERY),
    award.TransactionStated: By("kind", TRANSACTIONS, Lane.DISBURSEMENT),
    award.TransactionUnstated: By("kind", TRANSACTIONS, Lane.DISBURSEMENT),
}


def lane_of(event: Fact) -> Lane | None:
    """The lane of *event*; None where it is no part of a partnership's story."""
    told = LANES.get(type(event))
    if not isinstance(told, By):
        return told
    said: Any = getattr(event, told.field)
    return told.lanes.get(said.value if isinstance(said, Enum) else said, told.otherwise)


# The same in SQL: the lanes that go by the name of an event alone, as a table of name and lane.
_NAMED = ", ".join(f"('{kind.__name__}', '{told.name}')" for kind, told in LANES.items() if isinstance(told, Lane))
TABLE = f"(VALUES {_NAMED}) AS lanes (name, lane)"


def lane_in_sql(name: str, body: str) -> str:
    """The lane of an event as an expression beside TABLE, joined by *name*; *body* is the event's, as json."""
    by_field = "".join(
        f" WHEN '{kind.__name__}' THEN {_said_in_sql(told, body)}"
        for kind, told in LANES.items()
        if isinstance(told, By)
    )
    return f"CASE {name}{by_field} ELSE lanes.lane END"


def _said_in_sql(by: By, body: str) -> str:
    said = "".join(f" WHEN '{word}' THEN '{lane.name}'" for word, lane in by.lanes.items())
    return f"CASE {body} ->> '{by.field}'{said} ELSE '{by.otherwise.name}' END"
