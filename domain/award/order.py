"""The order of the steps of an award: which date must not be before which. docs/dates.md lists it."""

from domain.award.beside.events import ContributionPledged, ContributionReceived
from domain.award.certified.events import FundingCertified, ReturnFiled, ReturnJudged
from domain.award.events import (
    AwardClosed,
    AwardOffered,
    AwardReopened,
    AwardTerminated,
    AwardVaried,
    ConditionMet,
    ConditionSet,
    ConditionWaived,
    ExpenditureReported,
    FundsRegranted,
    HoldLifted,
    HoldPlaced,
    InstalmentChanged,
    InstalmentScheduled,
    MatchUndone,
    OfferAccepted,
    OfferDeclined,
    PaymentApproved,
    PaymentMatched,
    PaymentReleased,
    PaymentRequested,
    PaymentReturned,
    PaymentReversed,
    PaymentSettled,
    ProfileAgreed,
    ProfileChanged,
    RecoveryApproved,
    RecoveryRaised,
    RecoverySettled,
    RecoveryWithdrawn,
    RecoveryWrittenOff,
    RegrantReturned,
    RepaymentMatched,
    RepaymentMatchUndone,
    RepaymentReferenced,
    ReturnCertified,
    ReturnPrepared,
    ReturnRequired,
    ReturnUndone,
    UnspentGivenBack,
)
from domain.between.strands import StrandAgreed
from domain.values.order import After, Step, Steps

_OFFERED, _ACCEPTED = After(AwardOffered), After(OfferAccepted)
_MADE = tuple(After(kind, "number") for kind in (PaymentRequested, PaymentApproved, PaymentReleased))
# An award ends after all that was done with its money.
_ENDED = (
    _ACCEPTED, After(AwardVaried), After(AwardReopened), After(FundsRegranted), After(RegrantReturned),
    After(PaymentRequested), After(PaymentApproved), After(PaymentReleased), After(PaymentReturned),
    After(PaymentReversed), After(ReturnUndone),
    After(RecoveryRaised), After(RecoverySettled), After(RecoveryWrittenOff), After(RecoveryWithdrawn),
)  # fmt: skip

STEPS: Steps = {
    AwardOffered: Step("award"),
    OfferAccepted: Step("acceptance", (_OFFERED,)),
    OfferDeclined: Step("refusal of the offer", (_OFFERED,)),
    ConditionSet: Step("condition {number}", (_OFFERED,)),
    ConditionMet: Step("meeting of condition {number}", (After(ConditionSet, "number"),)),
    ConditionWaived: Step("waiver of condition {number}", (After(ConditionSet, "number"),)),
    InstalmentScheduled: Step("plan of instalment {number}", (_OFFERED,)),
    InstalmentChanged: Step(
        "change of instalment {number}", (After(InstalmentScheduled, "number"), After(InstalmentChanged, "number"))
    ),
    ProfileAgreed: Step("agreement of the profile", (_OFFERED,)),
    ProfileChanged: Step("change of the profile", (After(ProfileAgreed), After(ProfileChanged))),
    HoldPlaced: Step("hold {number}", (_OFFERED,)),
    HoldLifted: Step("lifting of hold {number}", (After(HoldPlaced, "number"),)),
    AwardVaried: Step("variation {number}", (_ACCEPTED, After(AwardVaried, "corrects"))),
    PaymentRequested: Step("request for payment {number}", (_ACCEPTED,)),
    PaymentApproved: Step("approval of payment {number}", (_ACCEPTED, After(PaymentRequested, "number"))),
    PaymentReleased: Step(
        "release of payment {number}",
        (_ACCEPTED, After(PaymentApproved, "number"), After(RecoverySettled, "number", "payment")),
    ),
    PaymentSettled: Step("settlement of payment {number}", (After(PaymentReleased, "number"),)),
    PaymentMatched: Step("match of payment {number} to the bank"),
    MatchUndone: Step(
        "undoing of the match of payment {number}", (After(PaymentMatched, "number", also="entry_id"),)
    ),
    PaymentReturned: Step("return {part} of payment {number}", (After(PaymentReleased, "number"),)),
    ReturnUndone: Step(
        "undoing of return {part} of payment {number}", (After(PaymentReturned, "number", also="part"),)
    ),
    PaymentReversed: Step("reversal of payment {number}", (*_MADE, After(ReturnUndone, "number"))),
    ExpenditureReported: Step("expenditure {number}", (_ACCEPTED,)),
    # What others contribute may come before the award: to set up the partnership, or to write its bid.
    ContributionPledged: Step("pledge {number}"),
    ContributionReceived: Step("contribution {number}", (After(ContributionPledged, "pledge"),)),
    StrandAgreed: Step("agreement of strand {number}", (_OFFERED,)),
    ReturnRequired: Step("requirement of return {number}", (_ACCEPTED,)),
    ReturnFiled: Step("filing of return {number}", (After(ReturnRequired, "number"),)),
    ReturnJudged: Step("answer to return {number}", (After(ReturnFiled, "number"),)),
    FundingCertified: Step("certificate {number}", (_ACCEPTED,)),
    ReturnPrepared: Step("preparation of return {number}", (After(ReturnRequired, "number"),)),
    ReturnCertified: Step(
        "receipt of return {number}", (After(ReturnRequired, "number"), After(ReturnPrepared, "number"))
    ),
    RecoveryRaised: Step("recovery {number}", (_ACCEPTED,)),
    RecoveryApproved: Step("approval of recovery {number}", (After(RecoveryRaised, "number"),)),
    RecoverySettled: Step(
        "settlement of recovery {number}", (After(RecoveryApproved, "number"), After(PaymentRequested, "payment"))
    ),
    RepaymentReferenced: Step("reference of repayment {part} of recovery {number}"),
    RepaymentMatched: Step("match of repayment {part} of recovery {number} to the bank"),
    RepaymentMatchUndone: Step(
        "undoing of the match of repayment {part} of recovery {number}",
        (After(RepaymentMatched, "number", also="part"),),
    ),
    RecoveryWrittenOff: Step(
        "write-off of recovery {number}", (After(RecoveryApproved, "number"), After(RecoverySettled, "number"))
    ),
    RecoveryWithdrawn: Step("withdrawal of recovery {number}", (After(RecoveryRaised, "number"),)),
    FundsRegranted: Step("grant to another award", (_OFFERED,)),
    RegrantReturned: Step("return from another award", (After(FundsRegranted, "award_id", "award_id"),)),
    AwardClosed: Step("closing of the award", _ENDED),
    AwardTerminated: Step("termination of the award", _ENDED),
    AwardReopened: Step("reopening of the award", (After(AwardClosed), After(AwardTerminated))),
    UnspentGivenBack: Step("return of unspent money"),
}  # fmt: skip
