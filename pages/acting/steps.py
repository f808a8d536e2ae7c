"""The commands that a thing takes, by the name of their action.

A thing is a partnership, an award, an organisation, a round or a scheme.
"""

from collections.abc import Mapping
from typing import Any

from domain import award, delivery, funding_round, organisation, outcome, partnership, programme
from domain.between.pooling import AgreeCharge, DividePool
from domain.eligibility.rule import EndEligibilityRule, PublishEligibilityRule
from domain.history import Command
from domain.support import case
from domain.values.ids import ProgrammeId, SchemeId
from pages.acting.joint import FOR_AWARDS as OF_RETURNS
from pages.frame.fields import Field
from pages.frame.forms import Step
from pages.frame.made import made

_STAGES = "A stage without an organisation is joint work of all partners."
_PLAN = {"plan": ("delivery_id",)}
_MILESTONE = {"milestone": ("delivery_id", "milestone")}
_OUTCOME = {"outcome": ("outcome_id",)}
_OF_SCHEME = ("programme_id", "scheme_id", "round_id")


def _criteria(about: Mapping[str, Any], values: dict[str, Any]) -> Command:
    """The criteria, each with its weight beside it."""
    rows = values["criteria"]
    return programme.PublishCriteria(
        programme_id=ProgrammeId(about["programme_id"]),
        scheme_id=SchemeId(about["scheme_id"]),
        criteria=tuple(one["criterion"] for one in rows),
        weights=tuple(one["weight"] for one in rows if one["weight"] is not None),
        on=values["on"],
    )


_CRITERIA = Field(
    "criteria",
    "Criteria",
    "rows",
    "Give each criterion a weight, or none. The weights add up to 100.",
    columns=(Field("criterion", "Criterion"), Field("weight", "Weight in per cent", "number", required=False)),
)
_FOR_PLANS = {
    "reach": made(delivery.ReachMilestone, "Record that a milestone was reached", chosen=_MILESTONE),
    "move": made(delivery.MoveMilestone, "Move a milestone", chosen=_MILESTONE),
    "agree-plan": made(
        delivery.AgreePlan,
        "Agree a plan",
        ("partnership_id",),
        left_out=("milestones",),
        hints={"stages": _STAGES},
        until="End of the work",
    ),
    "redesign": made(
        delivery.RedesignPlan,
        "Redesign a plan",
        chosen=_PLAN,
        left_out=("milestones",),
        hints={"stages": f"All stages of the new plan. {_STAGES}", "until": ""},
        until="End of the work",
    ),
    "status": made(delivery.ReportStatus, "Report how a strand goes", chosen=_PLAN),
    "hold-up": made(delivery.ReportHoldUp, "Report a hold-up", chosen=_PLAN),
    "hold-up-ended": made(
        delivery.EndHoldUp, "Record the end of a hold-up", chosen={"hold_up": ("delivery_id", "number")}
    ),
    "procurement": made(
        delivery.TakeProcurementStep,
        "Record a step of a procurement",
        chosen={"procurement": ("delivery_id", "number")},
    ),
    "engage": made(delivery.EngageSupplier, "Engage a supplier", chosen=_PLAN),
    "replace": made(
        delivery.ReplaceSupplier,
        "Replace a supplier",
        chosen={"supplier": ("delivery_id", "replaced_id")},
        organisation_id="New supplier",
        supplier="Supplier that goes",
    ),
    "deliverable": made(delivery.AgreeDeliverable, "Agree a deliverable", chosen=_PLAN),
    "decide-deliverable": made(
        delivery.DecideDeliverable,
        "Accept or reject a deliverable",
        chosen={"deliverable": ("delivery_id", "number")},
    ),
    "activity": made(
        delivery.RecordActivity, "Record an activity", chosen=_PLAN, happened="What took place", until="Last day"
    ),
    "follow-on": made(
        delivery.FileFollowOnPlan, "File a plan for the time after the funding", chosen=_PLAN, hints={"stages": _STAGES}
    ),
    "end-delivery": made(delivery.EndDelivery, "Record the end of the funded work", chosen=_PLAN),
}
_FOR_PARTNERSHIPS = {
    "happening": made(
        partnership.NoteHappening, "Note what happened", ("partnership_id",), happened="What happened", until="Last day"
    ),
    "charge": made(
        AgreeCharge,
        "Agree a charge between organisations",
        ("partnership_id",),
        payer_id="Who pays",
        payee_id="Who is paid",
        met="Part that the programme meets",
        award_id="Award that it comes from",
    ),
    "divide": made(DividePool, "Divide pooled money", ("partnership_id",), equally="Everybody has the same"),
}
_FOR_OUTCOMES = {
    "agree-indicator": made(
        outcome.AgreeIndicator, "Agree an indicator", ("partnership_id",), baseline_on="Baseline measured on"
    ),
    "unplanned": made(
        outcome.ReportUnplannedOutcome, "Report an outcome that was no goal", ("partnership_id",), value="Result"
    ),
    "revise-indicator": made(outcome.ReviseIndicator, "Measure something else from now on", chosen=_OUTCOME),
    "revise-target": made(outcome.ReviseTarget, "Revise a target", chosen=_OUTCOME),
    "result": made(outcome.ReportResult, "Report a result", chosen=_OUTCOME, value="Result"),
    "verify-result": made(outcome.VerifyResult, "Verify the latest result", chosen=_OUTCOME),
    "reject-result": made(outcome.RejectResult, "Reject the latest result", chosen=_OUTCOME),
    "evidence": made(outcome.GiveEvidence, "Give evidence", chosen=_OUTCOME, cites="Where it is written"),
    "explain": made(outcome.ExplainOutcome, "Explain an outcome", chosen=_OUTCOME, text="Explanation"),
    "link": made(
        outcome.LinkOutcome, "Link an outcome to a later one", chosen=_OUTCOME | {"later": ("leads_to_id",)},
        later="Outcome that it led to",
    ),
    "saving": made(outcome.StateSaving, "State a saving", chosen=_OUTCOME, apart="Cost of buying separately"),
}  # fmt: skip
_FOR_AWARDS = {
    "pledge": made(award.PledgeContribution, "Record a pledge", ("award_id",)),
    "contribution": made(award.ReceiveContribution, "Record a contribution", ("award_id",), {"pledge": ("pledge",)}),
    "strand": made(award.AgreeStrand, "Agree a strand of the budget", ("award_id",), lines="Budget lines"),
    "profile": made(award.AgreeProfile, "Agree the profile", ("award_id",), lines="Profile", year="Financial year"),
    "change-profile": made(
        award.ChangeProfile, "Change the profile", ("award_id",), lines="Profile", year="Financial year"
    ),
}
_FOR_SCHEMES = {
    "publish-rule": made(PublishEligibilityRule, "Publish an eligibility rule", _OF_SCHEME, text="The rule in words"),
    "end-rule": made(EndEligibilityRule, "End an eligibility rule", _OF_SCHEME, {"rule": ("code",)}),
    "publish-criteria": Step("Publish criteria", _criteria, (_CRITERIA,)),
    "adopt-criteria": made(funding_round.AdoptCriteria, "Adopt criteria", _OF_SCHEME),
}
_ORGANISATION, _CASE = ("organisation_id",), {"case": ("case",)}
_FOR_ORGANISATIONS = {
    "category": made(
        organisation.RecordCategory, "Record an assessment category", _ORGANISATION, method="Version of the method"
    ),
    "open-case": made(
        case.OpenSupportCase,
        "Open a support case",
        _ORGANISATION,
        # A form names no concern: the list of concerns is for their readers alone.
        left_out=("case", "concern_id"),
        hints={"problem": "Leave it empty where there is no problem, such as for regular reviews."},
        text="What it is about",
    ),
    "escalate-case": made(case.EscalateSupportCase, "Pass a support case on", _ORGANISATION, _CASE),
    "close-case": made(case.CloseSupportCase, "Close a support case", _ORGANISATION, _CASE),
    "offer-help": made(
        case.OfferHelp, "Offer help", _ORGANISATION, _CASE, text="Help that is offered", helper_id="Who is to give it"
    ),
    "answer-help": made(
        case.AnswerHelp, "Record the answer to an offer of help", _ORGANISATION, {"offer": ("case", "number")}
    ),
    "lend": made(
        case.LendCapacity, "Record that capacity is lent", _ORGANISATION, _CASE,
        lender_id="Who lends", text="What is lent", days="Days of work lent", owed="Days of work owed back",
    ),
    "give-back": made(
        case.GiveCapacityBack, "Record that days were given back", _ORGANISATION, {"loan": ("case", "number")},
        days="Days of work given back",
    ),
    "improvement-plan": made(
        case.AgreeImprovementPlan, "Agree an improvement plan", _ORGANISATION, _CASE | {"plan": ("delivery_id",)}
    ),
    "notice": made(case.ServeNotice, "Record a notice", _ORGANISATION, _CASE, text="What it says"),
    "plan-review": made(case.PlanReview, "Plan a review", _ORGANISATION, _CASE),
    "hold-review": made(
        case.HoldReview, "Record that a review was held", _ORGANISATION, {"review": ("case", "number")},
        days="Days that it took",
    ),
    "miss-review": made(
        case.MissReview, "Record that a review was missed", _ORGANISATION, {"review": ("case", "number")}
    ),
    "recommend": made(
        case.MakeRecommendation, "Record a recommendation", _ORGANISATION, _CASE, text="What is recommended"
    ),
    "follow": made(
        case.FollowRecommendation, "Record what became of a recommendation", _ORGANISATION,
        {"recommendation": ("case", "number")}, state="What became of it", text="More of that",
    ),
    "duty": made(case.GiveDuty, "Give a further responsibility", _ORGANISATION, _CASE, text="Responsibility"),
    "share": made(case.ShareInformation, "Record that information was shared", _ORGANISATION, _CASE),
    "turnover": made(case.RecordTurnover, "Record that posts changed hands", _ORGANISATION),
}  # fmt: skip
# The actions that each kind of thing has.
ACTIONS: dict[str, tuple[str, ...]] = {
    "partnerships": (*_FOR_PLANS, *_FOR_PARTNERSHIPS, *_FOR_OUTCOMES),
    "awards": (*_FOR_AWARDS, *OF_RETURNS),
    "organisations": tuple(_FOR_ORGANISATIONS),
    "schemes": ("publish-rule", "end-rule", "publish-criteria"),
    "rounds": ("publish-rule", "end-rule", "adopt-criteria"),
}
STEPS: dict[str, Step] = (
    _FOR_PLANS | _FOR_PARTNERSHIPS | _FOR_OUTCOMES | _FOR_AWARDS | OF_RETURNS | _FOR_ORGANISATIONS | _FOR_SCHEMES
)
