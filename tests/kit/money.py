"""Short words for tests about money, and a desk that takes commands one after the other."""

from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal
from itertools import count
from typing import Any
from uuid import uuid4

from domain import award, bid
from domain.desk import submit
from domain.history import Answer, Command, Order
from domain.values.fact import Fact
from domain.values.ids import AwardId, BidId, PartnershipId, RoundId
from domain.values.money import Money
from domain.values.when import When
from infra.database.postgres import Database
from infra.log.postgres_log import PostgresLog
from tests.kit.officers import officer_for


def gbp(amount: str) -> Money:
    """An amount of pounds."""
    return Money.of(amount, "GBP")


def adds(event: Fact) -> dict[str, Decimal]:  # noqa: C901, PLR0912 - a case for each sentence
    """What *event* adds to each figure of the ladder, in pounds, said in the plainest words: a model for tests.

    An event that is neither here nor in NO_FIGURE fails.
    """
    match event:
        case bid.BidSubmitted() | bid.BidStated():
            return {"requested": event.requested.amount} if event.requested is not None else {}
        case bid.BidRevised() | bid.BidResubmitted() | bid.BidRestated():
            return {"requested": event.change.amount}
        case bid.BidWithdrawn():
            return {"requested": -event.requested.amount} if event.requested is not None else {}
        case bid.BidApproved():
            return {"approved": event.approved.amount}
        case bid.ApprovalVaried():
            return {"approved": event.change.amount}
        case award.AwardOffered() | award.AwardStated():
            return {"awarded": event.amount.amount, "available": event.amount.amount}
        case award.AwardVaried() | award.AwardRestated():
            return {"awarded": event.change.amount, "available": event.change.amount}
        case award.AwardClosed() | award.OfferDeclined() | award.AwardTerminated() | award.UnspentGivenBack():
            return {"awarded": -event.given_back.amount, "available": -event.given_back.amount}
        case award.PaymentApproved():
            return {"payable": event.amount.amount}
        case award.PaymentReleased():
            sent = event.amount.amount
            return {"payable": -sent, "paid": sent, "available": -sent}
        case award.PaymentReturned():
            return {"returned": event.amount.amount, "available": event.amount.amount}
        case award.ReturnUndone():
            return {"returned": -event.amount.amount, "available": -event.amount.amount}
        case award.PaymentReversed(was="requested"):
            return {}
        case award.PaymentReversed(was="approved"):
            return {"payable": -event.amount.amount}
        case award.PaymentReversed(was="released" | "settled"):
            return {"paid": -event.amount.amount, "available": event.amount.amount}
        case award.ExpenditureReported():
            return {"spent": event.amount.amount}
        case award.RecoveryApproved():
            return {"recoverable": event.amount.amount}
        case award.RecoverySettled():
            back = event.amount.amount
            return {"recoverable": -back, "returned": back, "available": back}
        case award.RecoveryWrittenOff():
            return {"recoverable": -event.amount.amount}
        case award.TransactionStated():
            return _stated(event.kind, event.amount.amount)
        case award.TransactionUnstated():
            return _stated(event.kind, -event.amount.amount)
    assert type(event).__name__ in NO_FIGURE, f"the model does not know what {type(event).__name__} adds"
    return {}


def _stated(kind: award.Transaction, amount: Decimal) -> dict[str, Decimal]:
    match kind:
        case award.Transaction.COMMITMENT:
            return {"awarded": amount, "available": amount}
        case award.Transaction.DISBURSEMENT | award.Transaction.DISBURSED_IN_ALL:
            return {"paid": amount, "available": -amount}
        case award.Transaction.RETURN:
            return {"returned": amount, "available": amount}
        case award.Transaction.EXPENDITURE:
            return {"spent": amount}
        case award.Transaction.INCOMING | award.Transaction.PLANNED | award.Transaction.OTHER:
            return {}


# The events that add to no figure of the ladder, stream by stream. Budgets are not in the ladder.
NO_FIGURE = frozenset({
    "ProgrammeEstablished", "SchemeEstablished", "ProgrammeNameStated",
    "BudgetAllocated", "BudgetVaried", "BudgetAssigned",
    "SchemeFundsCommitted", "SchemeFundsReturned", "AssessmentCriteriaPublished", "EligibilityRulePublished",
    "EligibilityRuleEnded", "ServiceStandardSet",
    "CalendarChosen", "CountStated", "ProgrammeResultStated", "RoundOpened", "CriteriaAdopted", "RingFenceSet",
    "FundsCommitted", "FundsReturned", "RoundClosed", "OrganisationRegistered", "NameStated", "OrganisationRenamed",
    "IdentifierRecorded", "AssessmentCategoryRecorded", "SupportCaseOpened",
    "SupportCaseEscalated", "SupportCaseClosed", "HelpOffered", "HelpAnswered", "CapacityLent", "CapacityGivenBack",
    "ImprovementPlanAgreed", "NoticeServed", "ReviewPlanned", "ReviewHeld", "ReviewMissed", "RecommendationMade",
    "RecommendationFollowed", "DutyGiven", "InformationShared", "TurnoverRecorded", "SubsidySet", "SubsidyEnded",
    "PlacesTaken", "ParticipationDeclined", "SessionHeld", "ProviderTransferred", "OrganisationsMerged",
    "MergerUndone", "PartnershipFormed", "PartnershipRenamed", "PartnerJoined",
    "PartnerLeft", "LeadChanged", "SupplierAppointed", "PartnershipReclassified", "OriginRecorded",
    "PilotListed", "TakeUpStated",
    "SumStated", "PartnershipDissolved", "HappeningNoted", "DelayReported", "RuleStated", "InvolvementStated",
    "GovernanceBodyEstablished", "BidDrafted", "AdviserRecorded", "BidAcknowledged", "CaseOfficerAssigned",
    "ClarificationRequested",
    "ClarificationReceived", "EligibilityTested", "EligibilityRuleTested", "ScoreModerated",
    "PartnerConsented", "ConsentWithdrawn", "ContactLogged",
    "BidAssessed", "BidDeclined", "DecisionNotified", "BidAwarded",
    "OfferLapsed", "BidReassigned", "OfferAccepted", "ConditionSet", "ConditionMet", "ConditionWaived",
    "InstalmentScheduled", "InstalmentChanged", "ProfileAgreed", "ProfileChanged",
    "PaymentRequested", "PaymentSettled", "PaymentMatched",
    "MatchUndone", "HoldPlaced", "HoldLifted", "FundsRegranted", "RegrantReturned", "ReturnRequired",
    "ReturnCertified", "ContributionPledged", "ContributionReceived", "StrandAgreed", "ChargeAgreed", "PoolDivided",
    "BudgetLineRequired", "LineLeftOut", "RecoveryRaised", "RecoveryWithdrawn", "AwardReopened", "ComponentStated",
    "AwardCorroborated", "ComponentRestated", "PeriodStated", "ParticularsStated", "AwardReassigned",
    "AwardNoLongerStated", "AwardStatedAgain", "PlanAgreed", "DeliveryPeriodStated", "PlanRedesigned",
    "MilestoneMoved", "FollowOnPlanFiled", "ProcurementStepTaken", "DeliverableAgreed", "DeliverableDecided",
    "StatusReported", "HoldUpReported", "HoldUpEnded",
    "MilestoneReached", "SupplierEngaged", "SupplierReplaced", "ActivityHeld", "VisitHeld", "DeliveryEnded",
    "FrameworkPublished", "IndicatorAgreed", "UnplannedOutcomeReported", "IndicatorRevised", "EvidenceGiven",
    "OutcomeExplained", "OutcomeLinked", "SavingStated", "TargetRevised", "ResultReported", "ResultVerified",
    "ResultRejected", "OutcomeRestated",
    "OutcomeStated", "BankAccountOpened", "StatementRecorded", "EntryBooked", "EntryRepeated", "EntryMatched",
    "EntrySetAside", "MatchRejected", "EntryReopened", "PeriodClosed", "FinancialYearSet",
    "CarriedForward", "DiscrepancyExplained", "DiscrepancyWaived",
    "ExplanationWithdrawn", "DiscrepancyAssigned", "DateCorrected", "StatementReplaced", "RepaymentReferenced",
    "RepaymentMatched", "RepaymentMatchUndone", "EntryMatchedToRecovery",
    "InterestDeclared", "AssessorRecused", "ReturnPrepared", "BodyEstablished", "BodiesMerged", "BodyClosed",
    "MemberAppointed", "MemberStoodDown", "DelegationGranted", "DelegationRevoked", "SeparationLifted",
    "SeparationRestored", "PersonRegistered", "PersonMoved", "AccountLinked", "AccountUnlinked", "RoleGranted",
    "RoleRevoked", "PersonErased", "PayeeAccountChanged", "PayeeAccountVerified",
    "ConcernRaised", "ReadersChanged", "ConcernRead", "ConcernClosed", "ConcernShared", "SharedConcernClosed",
})  # fmt: skip


class Desk:
    """Hands commands to the log of *database*, each under an id of its own."""

    def __init__(self, log: PostgresLog) -> None:
        self.log = log
        self._numbers = count()
        self._name = uuid4().hex

    def do(self, command: Command, actor: str | None = None) -> Answer:
        """Hand *command* in, as *actor* or as the officer who has its duty."""
        command_id = f"{self._name}-{next(self._numbers)}"
        return submit(
            self.log,
            Order(
                command_id=command_id,
                command=command,
                said=repr(command),
                actor=actor or officer_for(command, "tester"),
            ),
        )

    def find(self, kind: str, code: str) -> Any:
        """The id of what goes by *code*."""
        found = self.log.find(kind, code)
        assert found is not None
        return found

    def submitted_bid(self, name: str, on: str, partnership: str = "dip") -> BidId:
        """A bid for 1,000 that is with the funder since *on*."""
        bid_id = BidId(f"bid-{name.strip('=')}")
        self.do(
            bid.SubmitBid(
                bid_id=bid_id,
                partnership_id=PartnershipId(self.find("partnership", partnership)),
                reference=name,
                title=name,
                requested=gbp("1000.00"),
                on=When(on),
            )
        )
        return bid_id

    def accepted_award(
        self,
        name: str,
        amount: str,
        *,
        partnership: str = "dip",
        round_id: str | None = None,
        funded_from: str | None = None,
    ) -> AwardId:
        """An award of *amount*, bid for, approved, offered and accepted in June 2004."""
        bid_id, award_id = BidId(f"bid-{name}"), AwardId(f"award-{name}")
        partnership_id = PartnershipId(self.find("partnership", partnership))
        self.do(
            bid.SubmitBid(
                bid_id=bid_id,
                partnership_id=partnership_id,
                reference=f"B-{name}",
                title=f"Bid {name}",
                requested=gbp(amount),
                round_id=RoundId(round_id) if round_id else None,
                on=When("2004-05-01"),
            )
        )
        self.do(bid.ApproveBid(bid_id=bid_id, approved=gbp(amount), on=When("2004-06-01")))
        self.do(
            award.OfferAward(
                award_id=award_id,
                bid_id=bid_id,
                reference=f"A-{name}",
                amount=gbp(amount),
                funded_from=AwardId(funded_from) if funded_from else None,
                on=When("2004-06-15"),
            )
        )
        self.do(award.AcceptOffer(award_id=award_id, on=When("2004-06-20")))
        return award_id

    def pay(self, award_id: AwardId, number: int, amount: str, on: str) -> None:
        """Request, approve and release a payment on one day."""
        day = When(on)
        self.do(award.RequestPayment(award_id=award_id, number=number, amount=gbp(amount), on=day), "requester")
        self.do(award.ApprovePayment(award_id=award_id, number=number, on=day), "approver")
        self.do(award.ReleasePayment(award_id=award_id, number=number, on=day), "releaser")


@contextmanager
def desk(database: Database) -> Iterator[Desk]:
    """A desk at *database*."""
    with PostgresLog(database) as log:
        yield Desk(log)
