"""Every kind of part, by the first part of its id."""

from api.context import Info
from api.types.parts.beside import Approval, BudgetStrand, Charge, Contribution, Pledge, PoolDivision
from api.types.parts.certified import Certificate, ConsultationQuestion, ConsultationResponse, ReturnTemplate
from api.types.parts.declared import Part
from api.types.parts.of_awards import (
    Condition,
    Expenditure,
    Hold,
    Instalment,
    MoneyBack,
    Payment,
    Profile,
    Recovery,
    Return,
    Settlement,
    VariationMade,
)
from api.types.parts.of_bids import Consent, Contact, Moderation, RuleTest
from api.types.parts.of_capacity import (
    CapacityPlan,
    Learning,
    LearningNeed,
    NeedService,
    PlanCost,
    PolicyTarget,
    Provision,
)
from api.types.parts.of_deliveries import Deliverable, HoldUp, ProcurementStep, StrandStatus, Supplier
from api.types.parts.of_others import (
    Assessment,
    CaseOfficer,
    EligibilityTest,
    Identifier,
    Interest,
    PayeeAccount,
    Question,
)
from api.types.parts.of_outcomes import Evidence, OutcomeExplanation, OutcomeGoal, OutcomeLink, ReportedResult, Saving
from api.types.parts.of_partners import (
    Agreement,
    AgreementStep,
    Commitment,
    Decision,
    Document,
    Output,
    OutputUse,
    PartnerRole,
    Sponsor,
)
from api.types.parts.of_places import NonParticipation, PlacesTaken, ProviderTransfer, Session, Subsidy
from api.types.parts.of_support import (
    CapacityLoan,
    Duty,
    HelpOffer,
    ImprovementPlan,
    Notice,
    Recommendation,
    Review,
    Sharing,
    SupportCase,
    Turnover,
)
from projections.parts import reading as parts

KINDS: dict[str, type[Part]] = {
    "payment": Payment,
    "moneyback": MoneyBack,
    "condition": Condition,
    "instalment": Instalment,
    "profile": Profile,
    "variation": VariationMade,
    "hold": Hold,
    "expenditure": Expenditure,
    "return": Return,
    "recovery": Recovery,
    "settlement": Settlement,
    "pledge": Pledge,
    "contribution": Contribution,
    "charge": Charge,
    "strand": BudgetStrand,
    "pooldivision": PoolDivision,
    "approval": Approval,
    "question": Question,
    "assessment": Assessment,
    "eligibilitytest": EligibilityTest,
    "ruletest": RuleTest,
    "moderation": Moderation,
    "consent": Consent,
    "contact": Contact,
    "caseofficer": CaseOfficer,
    "interest": Interest,
    "identifier": Identifier,
    "payeeaccount": PayeeAccount,
    "procurement": ProcurementStep,
    "supplier": Supplier,
    "deliverable": Deliverable,
    "status": StrandStatus,
    "holdup": HoldUp,
    "goal": OutcomeGoal,
    "result": ReportedResult,
    "evidence": Evidence,
    "explanation": OutcomeExplanation,
    "outcomelink": OutcomeLink,
    "saving": Saving,
    "supportcase": SupportCase,
    "helpoffer": HelpOffer,
    "capacityloan": CapacityLoan,
    "improvementplan": ImprovementPlan,
    "notice": Notice,
    "review": Review,
    "recommendation": Recommendation,
    "duty": Duty,
    "sharing": Sharing,
    "turnover": Turnover,
    "certificate": Certificate,
    "consultation": ConsultationQuestion,
    "response": ConsultationResponse,
    "returntemplate": ReturnTemplate,
    "agreement": Agreement,
    "agreementstep": AgreementStep,
    "commitment": Commitment,
    "sponsor": Sponsor,
    "partnerrole": PartnerRole,
    "decision": Decision,
    "document": Document,
    "output": Output,
    "outputuse": OutputUse,
    "capacityplan": CapacityPlan,
    "plancost": PlanCost,
    "policytarget": PolicyTarget,
    "need": LearningNeed,
    "needmet": NeedService,
    "provision": Provision,
    "learning": Learning,
    "subsidy": Subsidy,
    "places": PlacesTaken,
    "nonparticipation": NonParticipation,
    "session": Session,
    "transfer": ProviderTransfer,
}


async def find_part(info: Info, part_id: str) -> Part | None:
    """The part with this id, as it is now; None if there is none."""
    kind = part_id.partition("-")[0]
    lines = await info.context.lines(parts.parts_by, "id", part_id, kind=kind)
    return KINDS[kind].of(lines[0]) if lines else None
