"""What each event does to a part of its stream: one table of events.

A part is what people number or name below an award, a bid or an organisation: a payment, a hold, a question. Each
event that concerns it is a step, with a name, perhaps a new status, and facts that are known from then on.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import fields, is_dataclass
from decimal import Decimal
from enum import Enum
from typing import Any, NamedTuple

from domain import award, bid, delivery, organisation, outcome, partnership
from domain.between import pooling
from domain.history import Recorded
from domain.joint import agreements, capacity, decisions, learning, places
from domain.published import consultation
from domain.support import case
from domain.values.fact import Fact
from domain.values.money import Money
from domain.values.when import When

# The kinds of transactions in a register that are payments of an award.
PAYMENTS = (award.Transaction.DISBURSEMENT, award.Transaction.DISBURSED_IN_ALL)


class Step(NamedTuple):
    """A step of a part of the *kind*, called *name*.

    *status* is the status after it; None if it has no influence. A step that *begins* a part makes all earlier steps of
    it void. *facts* are the fields of the event that it sets, by their name in the part. The amount of the part is the
    event's *amount*, if that is named; *remains* is the sign with which it changes what remains of the part: its
    amount, unless *measure* reads something else.
    """

    kind: str
    name: str
    status: str | Callable[[Any], str] | None
    begins: bool
    facts: Mapping[str, str]
    amount: str | None = None
    remains: int = 0
    number: Callable[[Any], int | None] = lambda event: event.number
    part: Callable[[Any], int | None] = lambda _: None
    cleared: tuple[str, ...] = ()
    measure: Callable[[Any], Decimal | None] = lambda event: event.amount.amount if event.amount is not None else None


class Taken(NamedTuple):
    """A step that a recorded event took."""

    id: str
    kind: str
    number: int
    part: int | None
    step: str
    begins: bool
    status: str | None
    amount: Money | None
    remains: Decimal | None
    facts: dict[str, Any]


def _begins(kind: str, name: str, *facts: str, **others: Any) -> Step:
    return _step(kind, name, facts, {"begins": True, "status": name, **others})


def _then(kind: str, name: str, *facts: str, **others: Any) -> Step:
    return _step(kind, name, facts, {"begins": False, "status": name, **others})


def _step(kind: str, name: str, facts: tuple[str, ...], others: dict[str, Any]) -> Step:
    return Step(kind, name, facts={fact: fact for fact in facts} | others.pop("named", {}), **others)


def _part(event: Any) -> int:
    part: int = event.part
    return part


def _its_version(_: Any) -> None:
    """The part has no number of its own: it is known by the version of its event."""


def _its_case(event: Any) -> int:
    number: int = event.case
    return number


def _corrected(event: Any) -> int | None:
    corrected: int | None = event.corrects
    return corrected


def _nth(step: delivery.ProcurementStage) -> int:
    """The place of a step of a procurement in their order, from 1."""
    return [*delivery.ProcurementStage].index(step) + 1


def _instalment_status(event: award.InstalmentChanged) -> str:
    return "changed" if event.amount.is_positive else "cancelled"


_MONEY_BACK = {"part": _part}
_CONTRIBUTED = ("contributor_id", "towards", "description", "hours", "line")
_IN = {"sort": "kind"}
# What belongs to a support case is numbered in it.
_OF_CASE = {"part": _its_case}
# What has no number of its own in its entry.
_OF_ENTRY = {"number": _its_version, "part": lambda event: event.number}

STEPS: Mapping[type[Fact], tuple[Step, ...]] = {
    # --- Awards -------------------------------------------------------------------------------------------------------
    award.ConditionSet: (_begins("condition", "set", "text", "precedent", status="open"),),
    award.ConditionMet: (_then("condition", "met"),),
    award.ConditionWaived: (_then("condition", "waived", named={"waived_because": "because"}),),
    award.InstalmentScheduled: (_begins("instalment", "scheduled", "due", amount="amount"),),
    award.InstalmentChanged: (
        _then("instalment", "changed", "due", named={"changed_because": "because"}, amount="amount",
              status=_instalment_status),
    ),
    # The profile that is agreed is number 1; each change is another one.
    award.ProfileAgreed: (_begins("profile", "agreed", "lines", amount="total", number=lambda _: 1),),
    award.ProfileChanged: (_begins("profile", "changed", "lines", "because", amount="total"),),
    award.PaymentRequested: (
        _begins("payment", "requested", "corrects", "payee_id", "purpose", amount="amount"),
        _then("payment", "corrected", named={"corrected_by": "number"}, status=None, number=_corrected),
    ),
    award.PaymentApproved: (_then("payment", "approved"),),
    award.PaymentReleased: (_then("payment", "released", "bank_reference"),),
    award.PaymentSettled: (_then("payment", "settled", named={"settled_reference": "bank_reference"}),),
    award.PaymentReversed: (_then("payment", "reversed", named={"reversed_because": "because", "was": "was"}),),
    award.PaymentReturned: (
        _begins("moneyback", "returned", named={"returned_because": "because"}, amount="amount", **_MONEY_BACK),
    ),
    award.ReturnUndone: (_then("moneyback", "undone", named={"undone_because": "because"}, **_MONEY_BACK),),
    award.HoldPlaced: (_begins("hold", "placed", named={"placed_because": "because"}),),
    award.HoldLifted: (_then("hold", "lifted", named={"lifted_because": "because"}),),
    award.AwardVaried: (
        _begins("variation", "made", "because", "corrects", "lines", "until", named={"sort": "kind"}, amount="change"),
        _then("variation", "corrected", named={"corrected_by": "number"}, status=None, number=_corrected),
    ),
    award.ExpenditureReported: (
        _begins("expenditure", "reported", "line", "description", "payee_id", amount="amount"),
    ),
    # The budget lines of the offer are number 1; variations change them.
    award.AwardOffered: (
        _begins("budget", "offered", "lines", amount="amount", number=lambda event: 1 if event.lines else None),
    ),
    award.ContributionPledged: (
        _begins("pledge", "pledged", *_CONTRIBUTED, named=_IN, amount="amount", remains=1),
    ),
    award.ContributionReceived: (
        _begins("contribution", "received", *_CONTRIBUTED, "pledge", named=_IN, amount="amount"),
        _then("pledge", "kept", remains=-1, number=lambda event: event.pledge),
    ),
    # A part of a stated award is a line of its budget. The last statement of it counts.
    award.ComponentStated: (_begins("component", "stated", "purpose", amount="amount", number=_its_version),),
    award.ComponentRestated: (_begins("component", "restated", "purpose", amount="amount", number=_its_version),),
    award.StrandAgreed: (_begins("strand", "agreed", "name", "lines", "share", amount="amount"),),
    award.ReturnRequired: (_begins("return", "required", "covers", "due"),),
    award.ReturnPrepared: (_then("return", "prepared"),),
    award.ReturnCertified: (_then("return", "certified"),),
    award.ReturnFiled: (
        _then("return", "filed", "template", "answers", "hours", status=None,
              cleared=("judged", "judged_by", "accepted", "judged_because")),
    ),
    award.ReturnJudged: (
        _then("return", "judged", "accepted", named={"judged_because": "because"}, status=None),
    ),
    award.FundingCertified: (
        _begins("certificate", "certified", "post", "wording", "as_at", "figures", "documents"),
    ),
    award.RecoveryRaised: (_begins("recovery", "raised", "because", "payment", amount="amount", remains=1),),
    award.RecoveryApproved: (_then("recovery", "approved"),),
    award.RecoverySettled: (
        _then("recovery", "settled", remains=-1),
        _begins("settlement", "settled", "by", "payment", amount="amount", **_MONEY_BACK),
    ),
    award.RepaymentReferenced: (_then("settlement", "referenced", "reference", status=None, **_MONEY_BACK),),
    award.RepaymentMatched: (_then("settlement", "matched", "entry_id", status=None, **_MONEY_BACK),),
    award.RepaymentMatchUndone: (_then("settlement", "unmatched", status=None, cleared=("entry_id",), **_MONEY_BACK),),
    award.RecoveryWrittenOff: (_then("recovery", "written_off", named={"written_off_because": "because"}, remains=-1),),
    award.RecoveryWithdrawn: (_then("recovery", "withdrawn", named={"withdrawn_because": "because"}, remains=-1),),
    # --- Bids ---------------------------------------------------------------------------------------------------------
    bid.ClarificationRequested: (_begins("question", "asked", named={"text": "question"}),),
    bid.ClarificationReceived: (_then("question", "answered"),),
    bid.BidAssessed: (_begins("assessment", "scored", "criterion", "score", "justification", number=_its_version),),
    bid.EligibilityTested: (_begins("eligibilitytest", "tested", "eligible", "because", number=_its_version),),
    bid.EligibilityRuleTested: (
        _begins("ruletest", "tested", "rule", "version", "text", "met", "found", "judged", "admitted_because",
                number=_its_version),
    ),
    bid.ScoreModerated: (_begins("moderation", "moderated", "criterion", "score", "because", number=_its_version),),
    bid.PartnerConsented: (_begins("consent", "given", "organisation_id"),),
    bid.ConsentWithdrawn: (_then("consent", "withdrawn", named={"withdrawn_because": "because"}),),
    bid.ContactLogged: (_begins("contact", "logged", "direction", "with_whom", "summary"),),
    bid.InterestDeclared: (
        _begins("interest", "declared", "person_id", "nature", "organisation_id", number=_its_version),
    ),
    bid.AssessorRecused: (
        _begins("interest", "recused", "person_id", named={"nature": "because"}, number=_its_version),
    ),
    # A bid has one case officer at a time: number 1.
    bid.CaseOfficerAssigned: (
        _begins("caseofficer", "assigned", "officer", number=lambda _: 1,
                status=lambda event: "assigned" if event.officer else "released"),
    ),
    # --- Deliveries ---------------------------------------------------------------------------------------------------
    delivery.PlanAgreed: (
        _begins("planstep", "agreed", "title", "milestones", "stages", "until", number=_its_version),
    ),
    delivery.PlanRedesigned: (
        _begins("planstep", "redesigned", "milestones", "stages", "until", "because", number=_its_version),
    ),
    delivery.MilestoneMoved: (
        _begins("planstep", "moved", "milestone", "was", "due", "because", number=_its_version),
    ),
    delivery.MilestoneReached: (_begins("planstep", "reached", "milestone", number=_its_version),),
    delivery.DeliveryEnded: (_begins("planstep", "ended", number=_its_version),),
    delivery.FollowOnPlanFiled: (
        _begins("followon", "filed", "sort", "owner", "text", "until", "stages", amount="cost"),
    ),
    # Each step of a procurement is a part of its own.
    delivery.ProcurementStepTaken: (
        _begins("procurement", "taken", "text", "organisation_id", "steer", part=lambda event: _nth(event.step),
                status=lambda event: event.step.value),
    ),
    delivery.SupplierEngaged: (
        _begins("supplier", "engaged", "organisation_id", "brief", "selection", "steer", named={"work": "summary"},
                number=_its_version),
    ),
    delivery.SupplierReplaced: (
        _begins("supplier", "replacing", "organisation_id", "replaced_id", "because", "brief", "selection", "steer",
                named={"work": "summary"}, number=_its_version),
    ),
    partnership.SupplierAppointed: (
        _begins("supplier", "appointed", "organisation_id", "work", "brief", "selection", number=_its_version),
    ),
    delivery.DeliverableAgreed: (_begins("deliverable", "agreed", "organisation_id", "text", "due"),),
    delivery.DeliverableDecided: (
        _then("deliverable", "decided", named={"decided_because": "because"},
              status=lambda event: "accepted" if event.accepted else "rejected"),
    ),
    delivery.StatusReported: (
        _begins("status", "reported", "strand", "because", number=_its_version,
                status=lambda event: event.light.value),
    ),
    delivery.HoldUpReported: (_begins("holdup", "reported", "stage", "cause", "because", status="open"),),
    delivery.HoldUpEnded: (_then("holdup", "ended", named={"ended_because": "because"}),),
    # An approval may be for less than requested, and may be changed later.
    bid.BidApproved: (
        _begins("approval", "approved", "because", "dropped", amount="approved", number=_its_version),
    ),
    bid.ApprovalVaried: (_begins("approval", "changed", "because", amount="approved", number=_its_version),),
    # --- Partnerships -------------------------------------------------------------------------------------------------
    pooling.ChargeAgreed: (
        _begins("charge", "agreed", "payer_id", "payee_id", "charged_for", "purpose", "met", "award_id",
                amount="amount"),
    ),
    pooling.PoolDivided: (_begins("pooldivision", "divided", "basis", "equally", "shares", amount="amount"),),
    # --- What partners do jointly -------------------------------------------------------------------------------------
    agreements.AgreementMade: (_begins("agreement", "made", "sort", "title", "terms", "until"),),
    agreements.AgreementSigned: (_begins("agreementstep", "signed", "organisation_id", "post", **_OF_ENTRY),),
    agreements.AgreementLeft: (
        _begins("agreementstep", "left", "organisation_id", named={"text": "because"}, **_OF_ENTRY),
    ),
    agreements.AgreementUpheld: (
        _begins("agreementstep", "upheld", "organisation_id", "text", status=lambda event: event.response.value,
                **_OF_ENTRY),
    ),
    agreements.CommitmentGiven: (_begins("commitment", "given", "organisation_id", "text", "until"),),
    agreements.CommitmentAnswered: (
        _then("commitment", "answered", named={"answer": "text"},
              status=lambda event: "kept" if event.kept else "broken"),
    ),
    agreements.SponsorNamed: (_begins("sponsor", "named", "organisation_id", "post", "until"),),
    agreements.SponsorLapsed: (_then("sponsor", "lapsed", "because"),),
    agreements.RoleDefined: (
        _begins("partnerrole", "defined", "sort", "organisation_id", "holder", "remit", "until"),
    ),
    decisions.DecisionTaken: (
        _begins("decision", "taken", "sort", "body", "level", "text", "grounds", "present", "elected"),
    ),
    decisions.DocumentAttached: (
        _begins("document", "attached", "sort", "title", "digest", "bid_id", "award_id",
                part=lambda event: event.decision),
    ),
    decisions.OutputShared: (
        _begins("output", "shared", "sort", "title", "theme", "text", "owner_id", "use", "address", "digest"),
    ),
    decisions.OutputReused: (_begins("outputuse", "reused", "organisation_id", "text", **_OF_ENTRY),),
    capacity.CapacityPlanFiled: (
        _begins("capacityplan", "filed", "title", "aims", "baseline", "audit", "options"),
    ),
    capacity.PlanCostStated: (
        _begins("plancost", "stated", "line", amount="amount", status=lambda event: event.sort.value, **_OF_ENTRY),
    ),
    capacity.CapacityPlanApproved: (_then("capacityplan", "approved", "standard", named={"approver": "body"}),),
    # The last formula counts.
    capacity.FundingFormulaSet: (
        _then("capacityplan", "funded", "percentage", "measure", "shares", named={"formula": "sort"}, amount="amount",
              status=None),
    ),
    capacity.PolicyTargetStated: (
        _begins("policytarget", "stated", "policy", "target", "because", "outcome_id",
                status=lambda event: "compatible" if event.compatible else "incompatible"),
    ),
    learning.NeedIdentified: (_begins("need", "identified", "organisation_id", "theme", "text", "people"),),
    learning.ProvisionOffered: (
        _begins("provision", "offered", "provider_id", "theme", "text", "people", amount="cost"),
    ),
    learning.NeedMet: (_begins("needmet", "met", "people", "provision", **_OF_ENTRY),),
    learning.LearningBegun: (
        _begins("learning", "begun", "sort", "organisation_id", "host_id", "post", "protocol", "until"),
    ),
    learning.LearningEnded: (_then("learning", "ended", "outcome"),),
    places.SubsidySet: (_begins("subsidy", "set", "category", "share", "per_place", "until", "because"),),
    places.SubsidyEnded: (_then("subsidy", "ended", named={"ended_because": "because"}),),
    places.PlacesTaken: (
        _begins("places", "taken", "organisation_id", "people", "places", "subsidised", "funder_id", "award_id",
                "subsidy", "cost", "residential", "out_of", amount="amount"),
    ),
    places.ParticipationDeclined: (
        _begins("nonparticipation", "declined", "organisation_id", "reason", "could_not", "because"),
    ),
    places.SessionHeld: (_begins("session", "held", "series", "title", "attended", "award_id"),),
    places.ProviderTransferred: (
        _begins("transfer", "transferred", "from_provider_id", "to_provider_id", "handed_over"),
    ),
    # --- Outcomes -----------------------------------------------------------------------------------------------------
    outcome.IndicatorAgreed: (
        _begins("goal", "agreed", "indicator", "target", "baseline", "unit", "expected_by", number=_its_version),
    ),
    outcome.IndicatorRevised: (
        _begins("goal", "revised", "indicator", "because", "comparable", number=_its_version),
    ),
    outcome.TargetRevised: (_begins("goal", "retargeted", "target", "because", number=_its_version),),
    outcome.UnplannedOutcomeReported: (_begins("result", "reported", "value", number=_its_version),),
    outcome.ResultReported: (_begins("result", "reported", "value", "evidence", number=_its_version),),
    outcome.EvidenceGiven: (
        _begins("evidence", "given", "text", "cites", "document", "confidence", named=_IN),
    ),
    outcome.OutcomeExplained: (_begins("explanation", "given", "text", named=_IN),),
    outcome.OutcomeLinked: (_begins("outcomelink", "made", "leads_to_id", "because"),),
    outcome.SavingStated: (_begins("saving", "stated", "basis", "apart", named=_IN, amount="amount"),),
    # --- Organisations ------------------------------------------------------------------------------------------------
    # An organisation is paid into one account at a time: number 1.
    organisation.PayeeAccountChanged: (
        _begins("payeeaccount", "changed", "ends", named={"digest": "account"}, number=lambda _: 1),
    ),
    organisation.PayeeAccountVerified: (_then("payeeaccount", "verified", "evidence", number=lambda _: 1),),
    organisation.IdentifierRecorded: (_begins("identifier", "recorded", "register", "value", number=_its_version),),
    # --- Programmes -------------------------------------------------------------------------------------------------
    consultation.QuestionPut: (_begins("consultation", "put", "text", "until"),),
    consultation.ResponseGiven: (_begins("response", "given", "given_by", "text", "organisation_id", **_OF_ENTRY),),
    consultation.QuestionDecided: (_then("consultation", "decided", "decision", "because"),),
    consultation.ReturnTemplatePublished: (_begins("returntemplate", "published", "fields"),),
    # --- Support ------------------------------------------------------------------------------------------------------
    case.SupportCaseOpened: (
        _begins("supportcase", "opened", "organisation_id", "problem", "text", "concern_id", number=_its_case,
                status="local"),
    ),
    case.SupportCaseEscalated: (
        _then("supportcase", "escalated", named={"escalated_because": "because"}, number=_its_case,
              status=lambda event: event.level.value),
    ),
    case.SupportCaseClosed: (_then("supportcase", "closed", "conclusion", number=_its_case),),
    case.HelpOffered: (_begins("helpoffer", "offered", "text", "helper_id", **_OF_CASE),),
    case.HelpAnswered: (
        _then("helpoffer", "answered", "because", status=lambda event: "accepted" if event.accepted else "declined",
              **_OF_CASE),
    ),
    case.CapacityLent: (
        _begins("capacityloan", "lent", "lender_id", "text", "days", named={"to_give": "owed"}, remains=1,
                measure=lambda event: Decimal(event.owed), **_OF_CASE),
    ),
    case.CapacityGivenBack: (
        _then("capacityloan", "given_back", named={"days_back": "days"}, remains=-1,
              measure=lambda event: Decimal(event.days), **_OF_CASE),
    ),
    case.ImprovementPlanAgreed: (
        _begins("improvementplan", "agreed", "delivery_id", "outcomes", "monitoring", **_OF_CASE),
    ),
    case.NoticeServed: (
        _begins("notice", "served", "text", named={"body": "served_by"}, status=lambda event: event.sort.value,
                **_OF_CASE),
    ),
    case.ReviewPlanned: (_begins("review", "planned", "sort", "due", **_OF_CASE),),
    case.ReviewHeld: (_then("review", "held", "days", "peers", "findings", **_OF_CASE),),
    case.ReviewMissed: (_then("review", "missed", "because", **_OF_CASE),),
    case.RecommendationMade: (
        _begins("recommendation", "made", "text", named={"recommended_by": "made_by"}, **_OF_CASE),
    ),
    case.RecommendationFollowed: (
        _then("recommendation", "followed", named={"became": "text"},
              status=lambda event: event.state.value, **_OF_CASE),
    ),
    case.DutyGiven: (_begins("duty", "given", "text", **_OF_CASE),),
    case.InformationShared: (_begins("sharing", "shared", "protocol", "shared_with", "text", **_OF_CASE),),
    case.TurnoverRecorded: (_begins("turnover", "recorded", "cause", "changed", "posts", "effect"),),
}  # fmt: skip


def steps_of(recorded: Recorded) -> Iterator[Taken]:
    """The steps that an event takes."""
    event: Any = recorded.event
    for step in (*STEPS.get(type(event), ()), *_of_registers(event), *_of_matches(event)):
        number = step.number(event)
        if step.number is _its_version:
            number = recorded.version
        if number is None:
            continue
        part = step.part(event)
        yield Taken(
            id=id_of(step.kind, recorded.stream, number, part),
            kind=step.kind,
            number=number,
            part=part,
            step=step.name,
            begins=step.begins,
            status=step.status(event) if callable(step.status) else step.status,
            amount=getattr(event, step.amount) if step.amount else None,
            remains=_remains(step, event),
            facts=_facts(step, event),
        )


def _remains(step: Step, event: Any) -> Decimal | None:
    measured = step.measure(event) if step.remains else None
    return step.remains * measured if measured is not None else None


def id_of(kind: str, stream: str, number: int, part: int | None = None) -> str:
    """The id of a part, which never changes."""
    return f"{kind}-{stream}-{number}" + (f"-{part}" if part is not None else "")


def _of_registers(event: Any) -> Iterator[Step]:
    """The steps of a payment that a register states. It says that money was paid, but never who requested it."""
    if isinstance(event, award.TransactionStated | award.TransactionUnstated) and event.kind in PAYMENTS:
        if isinstance(event, award.TransactionStated):
            named = {"bank_reference": "reference"}
            yield _begins("payment", "stated", "payer_id", "payee_id", "description", named=named, amount="amount")
        else:
            yield _then("payment", "withdrawn", named={"withdrawn_because": "because"})


def _of_matches(event: Any) -> Iterator[Step]:
    """The steps of a match of a payment to the bank, which may have settled it."""
    if isinstance(event, award.PaymentMatched):
        yield _then("payment", f"matched {event.entry_id}", status=None)
    elif isinstance(event, award.MatchUndone):
        cleared = (f"matched {event.entry_id}", *(("settled", "settled_by") if event.unsettled else ()))
        yield _then("payment", "unmatched", status="released" if event.unsettled else None, cleared=cleared)


def _facts(step: Step, event: Any) -> dict[str, Any]:
    """What is known from the step on. What it does not say keeps its earlier value; what it clears has none."""
    facts = {name: _json(getattr(event, field)) for name, field in step.facts.items()}
    return {name: value for name, value in facts.items() if value is not None} | dict.fromkeys(step.cleared)


def _json(value: Any) -> Any:
    match value:
        case Money():
            return {"amount": f"{value.amount}", "currency": value.currency}
        case When():
            return value.text
        case Enum():
            return value.value
        case tuple():
            return [_json(one) for one in value]
        case _ if is_dataclass(value):
            return {field.name: _json(getattr(value, field.name)) for field in fields(value)}
        case _:
            return value
