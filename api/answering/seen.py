"""What an operation reads, by area, and the refusal of what its caller may not read, before anything runs.

The type that a field belongs to decides its area. A type that is in no line here fails a test.
"""

from functools import lru_cache

from graphql import (
    DocumentNode,
    FieldNode,
    GraphQLSchema,
    TypeInfo,
    TypeInfoVisitor,
    Visitor,
    get_named_type,
    visit,
)

from api.contract.errors import FORBIDDEN, Problem
from api.limits.weighing import DOCUMENTS, Parsed
from domain.across.permissions import Area

# What holds only what other types show: roots, pages, values, and the results of commands; and what callers may know of
# themselves.
OPEN = frozenset({
    "Query", "Mutation", "Subscription", "Node", "Part", "AwardPart", "BidPart", "PageInfo", "When", "Money",
    "DayRange", "DaySpan", "Refusal", "RefusalFact", "Conflict", "Log", "Viewer",
    "ViewerRole",
})  # fmt: skip
AREAS: dict[Area, tuple[str, ...]] = {
    Area.REGISTER: (
        "Programme", "Scheme", "Organisation", "OrganisationName", "HeldRole", "Identifier", "Partnership",
        "PartnershipConnection", "PartnershipEdge", "OrganisationConnection", "OrganisationEdge", "Partner",
        "OrganisationRole", "TimelineThing", "AssessmentCategory", "Involvement", "Support",
        "ConsultationQuestion", "ConsultationResponse", "ReturnTemplate",
        "SupportConnection", "SupportEdge", "Round", "RoundConnection", "RoundEdge", "Rule", "Criterion",
        "Attention", "AttentionConnection", "AttentionEdge", "AttentionCount",
        # Whoever has a role reads the register, and may read concerns: those that name them.
        "Concern", "ConcernReader", "ConcernStep", "ConcernText",
    ),
    Area.CASES: (
        "PartnershipKind", "Origin",
        "Bid", "BidConnection", "BidEdge", "CaseOfficer", "Question", "EligibilityTest", "RuleTest", "Consent",
        "Contact", "BidVersion", "ProposedActivity", "ProposedPlan", "Silence", "BidClock", "Stage",
        "ServiceStandard", "ClockPause", "OverallStandard", "Outcome", "OutcomeConnection", "OutcomeEdge",
        "OutcomeGoal", "ReportedResult", "Evidence", "OutcomeExplanation", "OutcomeLink", "Saving", "FrameworkCell",
        "DelayChain", "ChainLink", "ChainRelease", "DelayFlag", "TimelineConnection", "TimelineEdge",
        "TimelineEntry", "TimelineUpdate", "GovernanceEntry", "BidEntry", "AwardEntry", "DisbursementEntry",
        "DeliveryEntry", "OutcomeEntry", "SupportEntry", "DelayConnection", "DelayEdge", "Delay", "DelaySummary",
        "StatedDelay", "StatedResult", "TakeUp", "Plan", "PlanStage", "StageMove", "PlanVersion", "FollowOnPlan",
        "ProcurementStep", "Supplier", "Deliverable", "StrandStatus", "HoldUp", "HoldUpCount", "Peer", "LateCommitment",
        "Approval", "SupportCase", "HelpOffer", "CapacityLoan", "ImprovementPlan", "Notice", "Review",
        "Recommendation", "Duty", "Sharing", "Turnover",
        "Agreement", "AgreementStep", "Term", "Commitment", "Sponsor", "PartnerRole", "Decision", "Ground", "Document",
        "Output", "OutputConnection", "OutputEdge", "OutputUse", "CapacityPlan", "CapacityPlanLine",
        "PlanCost", "FundedShare", "PolicyTarget",
        "LearningNeed", "NeedService", "Provision", "Learning", "Demand", "DemandedNeed", "DemandedProvision",
        "ProvisionFit", "Subsidy", "PlacesTaken", "NonParticipation", "Session", "Attendee", "ProviderTransfer",
    ),
    Area.ASSESSMENT: ("Assessment", "Moderation", "RankedBid", "CriterionScore", "Interest"),
    Area.MONEY: (
        "Award", "AwardConnection", "AwardEdge", "Payment", "PaymentConnection", "PaymentEdge", "MoneyBack",
        "Condition", "Instalment", "VariationMade", "Hold", "Expenditure", "Return", "Recovery",
        "RecoveryConnection", "RecoveryEdge", "Settlement", "RingFence", "RoundFigures", "Funding", "Figure",
        "FigurePartConnection", "FigurePartEdge", "FigurePart", "ClosedPeriod", "PeriodReport", "PeriodFigure",
        "PeriodAdjustment", "FundingYears", "FundingPeriod", "YearBudget", "CarryForward", "YearEnd", "EarnedUnpaid",
        "Profile", "ProfileLine", "ProfileYear", "AwardBudget", "BudgetedLine", "BudgetedStrand", "Contributed",
        "Certificate", "CertifiedFigure", "CertifiedChange", "CertifiedEvent", "ReturnAnswer", "ReportingBurden",
        "ContributedTowards", "Pledge", "Contribution", "Charge", "BudgetStrand", "PoolDivision", "PoolShare",
    ),
    Area.BANK: (
        "BankAccount", "BankEntry", "BankEntryConnection", "BankEntryEdge", "BankPayment", "BankRepayment",
        "BankRepaymentProposal", "BankProposal", "PayeeAccount", "BankReconciliation", "ReconciliationLine",
    ),
    Area.OFFICE: (
        "AuditEntry", "AuditConnection", "AuditEdge", "Change", "ChangeConnection", "ChangeEdge", "ChangedValue",
        "Discrepancy", "DiscrepancyConnection", "DiscrepancyEdge", "DiscrepancyExplanation", "DiscrepancyRule",
        "ProjectionStatus", "EvidencePack",
    ),
    Area.PEOPLE: (
        "Person", "PersonConnection", "PersonEdge", "RoleHeld", "Body", "Member", "Delegation", "LiftedSeparation",
    ),
}  # fmt: skip
AREA_OF: dict[str, Area] = {name: area for area, names in AREAS.items() for name in names}


def is_open(name: str) -> bool:
    """Whether a type shows nothing by itself. The result of a command is what its item shows."""
    return name in OPEN or name.startswith("__") or name.endswith("Recorded")


def refuse_unseen(schema: GraphQLSchema, document: DocumentNode, sees: frozenset[Area]) -> None:
    """Refuse a valid *document* that asks for more than a caller *sees*. Raises Problem FORBIDDEN."""
    for area, field in _asked(schema, Parsed(document)):
        if area not in sees:
            raise Problem(
                f"Your roles do not let you read {field}. It belongs to the area {area.value}.",
                FORBIDDEN,
                field=field,
                area=area.value,
            )


@lru_cache(maxsize=DOCUMENTS)
def _asked(schema: GraphQLSchema, parsed: Parsed) -> tuple[tuple[Area, str], ...]:
    """The areas that a document asks for, each with the first field in it."""
    info, found = TypeInfo(schema), _Fields()
    found.info = info
    visit(parsed.document, TypeInfoVisitor(info, found))
    return tuple((area, field) for area, field in found.asked.items())


class _Fields(Visitor):
    info: TypeInfo

    def __init__(self) -> None:
        super().__init__()
        self.asked: dict[Area, str] = {}

    def enter_field(self, node: FieldNode, *_: object) -> None:
        parent = self.info.get_parent_type()
        if parent is None or node.name.value.startswith("__"):
            return
        name = get_named_type(parent).name
        if not is_open(name):
            self.asked.setdefault(AREA_OF[name], f"{name}.{node.name.value}")
