"""The order of the steps of a bid: which date must not be before which. docs/dates.md lists it."""

from domain.bid.events import (
    AdviserRecorded,
    ApprovalVaried,
    AssessorRecused,
    BidAcknowledged,
    BidApproved,
    BidAssessed,
    BidAwarded,
    BidDeclined,
    BidDrafted,
    BidResubmitted,
    BidRevised,
    BidStated,
    BidSubmitted,
    BidWithdrawn,
    CaseOfficerAssigned,
    ClarificationReceived,
    ClarificationRequested,
    ConsentWithdrawn,
    ContactLogged,
    DecisionNotified,
    EligibilityRuleTested,
    EligibilityTested,
    InterestDeclared,
    OfferLapsed,
    PartnerConsented,
    ScoreModerated,
)
from domain.values.order import After, Step, Steps

_DRAFTED = After(BidDrafted)
_SUBMITTED = (After(BidSubmitted), After(BidResubmitted))
_DECIDED = (After(BidApproved), After(BidDeclined))
_JUDGED = (After(BidStated), *_SUBMITTED, After(BidRevised), After(EligibilityTested), After(BidAssessed))

STEPS: Steps = {
    BidDrafted: Step("draft"),
    AdviserRecorded: Step("help with the bid", (_DRAFTED,)),
    BidSubmitted: Step("submission", (_DRAFTED,)),
    BidStated: Step("submission"),
    BidAcknowledged: Step("acknowledgement", _SUBMITTED),
    CaseOfficerAssigned: Step("assignment of the case", (After(CaseOfficerAssigned),)),
    ClarificationRequested: Step("question {number}", _SUBMITTED),
    ClarificationReceived: Step(
        "answer to question {number}", (After(ClarificationRequested, "number"), After(BidResubmitted))
    ),
    EligibilityTested: Step("check of eligibility", _SUBMITTED),
    EligibilityRuleTested: Step("test of a rule", _SUBMITTED),
    ScoreModerated: Step("moderation", (*_SUBMITTED, After(BidAssessed, "criterion", "criterion"))),
    PartnerConsented: Step("consent {number}", (_DRAFTED,)),
    ConsentWithdrawn: Step("withdrawal of consent {number}", (After(PartnerConsented, "number"),)),
    ContactLogged: Step("contact {number}"),
    BidRevised: Step("revision", (*_SUBMITTED, After(BidRevised))),
    BidAssessed: Step("assessment", _SUBMITTED),
    InterestDeclared: Step("declaration of interest", (_DRAFTED,)),
    AssessorRecused: Step("recusal", (_DRAFTED,)),
    BidApproved: Step("approval", _JUDGED),
    BidDeclined: Step("refusal", _JUDGED),
    BidWithdrawn: Step("withdrawal", (_DRAFTED, *_SUBMITTED, After(BidRevised))),
    BidResubmitted: Step("submission", (*_SUBMITTED, After(BidDeclined), After(BidWithdrawn))),
    DecisionNotified: Step("notification of the decision", _DECIDED),
    BidAwarded: Step("award", (After(BidApproved), After(ApprovalVaried), After(OfferLapsed))),
    OfferLapsed: Step("refusal of the offer", (After(BidAwarded),)),
    ApprovalVaried: Step("change of the approval", (After(BidApproved), After(ApprovalVaried))),
}  # fmt: skip
