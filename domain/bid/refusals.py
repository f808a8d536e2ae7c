"""Why a bid refuses a command: each class is a rule, its docstring the sentence that people read."""

from domain.values.refusal import Refused


class BidUnknown(Refused):
    """There is no such bid."""


class BidAlreadyBegun(Refused):
    """Bid {reference} already exists under this id, with other details. A bid id is used only once."""


class RequestedNotPositive(Refused):
    """The amount requested is {requested}. It must be more than 0."""


class BidNotSubmitted(Refused):
    """The bid is not waiting for a decision (status: {status}). This is possible only for a submitted bid."""


class BidAlreadyDecided(Refused):
    """The bid can no longer be decided or withdrawn (status: {status}). A bid is decided only once."""


class DecidedBeforeSubmitted(Refused):
    """The decision ({decided}) is earlier than the submission ({submitted}). A bid is decided on or after the day it
    was submitted.
    """


class ApprovedNotPositive(Refused):
    """The amount approved is {approved}. It must be more than 0."""


class AboveRequested(Refused):
    """The amount approved is {approved}, but the bid requests {requested}. An approval must not be more than the
    request.
    """


class NothingReduced(Refused):
    """The bid is approved for all that it requests ({requested}). Only an approval of less has a reason and actions
    that are dropped.
    """


class ReductionUnexplained(Refused):
    """The approval drops actions ({actions}), but gives no reason. An approval that drops actions says why."""


class BidCurrencyDiffers(Refused):
    """The amount is not in the currency of the bid. A bid is revised, approved and awarded in the currency of its
    request.
    """


class ReasonMissing(Refused):
    """Give a reason."""


class ScoreOutOfRange(Refused):
    """The score is {score}. A score must be a whole number from 0 to 10 and have a justification."""


class NothingToModerate(Refused):
    """No assessor has scored the bid for {criterion}. A score is moderated after assessors gave theirs."""


class CriterionNotAdopted(Refused):
    """The round is assessed by {criteria}, not by {criterion}. A bid is scored only by the criteria of its round."""


class ActivitiesAboveRequest(Refused):
    """The activities together cost {planned}, but the bid requests {requested}. Activities may not cost more than is
    requested.
    """


class AlreadyConsented(Refused):
    """The partner agreed to the bid on another date ({since}). A consent is withdrawn before it is given again."""


class NotConsented(Refused):
    """The partner has not agreed to the bid. Only a consent that was given is withdrawn."""


class ContactEmpty(Refused):
    """Contact {number} does not say with whom it was or what was said, or its number is less than 1. A contact has
    both, and a number from 1.
    """


class ContactNumberTaken(Refused):
    """The bid already has another contact {number}. Use another number, or leave the number out."""


class BidNotDecided(Refused):
    """The bid has not been decided (status: {status}). The bidder is notified only after the decision."""


class BidNotApproved(Refused):
    """The bid has not been approved (status: {status}). Only an approved bid can be awarded or have its approval
    changed.
    """


class AboveApproved(Refused):
    """The award is {award}, but {approved} was approved. An award must not be more than the approval."""


class AwardedNotPositive(Refused):
    """The award is {award}. It must be more than 0."""


class BidAlreadyAwarded(Refused):
    """The bid already has an award ({award}). A bid has one award at a time."""


class BidIneligible(Refused):
    """The bid is not eligible (reason: {because}). An ineligible bid cannot be approved."""


class CaseOfficerEmpty(Refused):
    """The name of the case officer is empty. Name the officer by post or role, or leave the name out to release the
    bid.
    """


class QuestionNumberTaken(Refused):
    """The bid already has a different question {number}. Use another number."""


class QuestionUnknown(Refused):
    """The bid has no question {number}."""


class QuestionEmpty(Refused):
    """Question {number} has no text, or its number is less than 1. A question has a text and a number from 1."""


class AnsweredBeforeAsked(Refused):
    """The answer ({answered}) is earlier than the question ({asked}). A question is answered on or after the day it
    was asked.
    """


class BidNotEnded(Refused):
    """The bid has not been declined or withdrawn (status: {status}). Only a declined or withdrawn bid can be
    resubmitted.
    """


class ResubmittedBeforeEnded(Refused):
    """The new submission ({submitted}) is earlier than the end of the bid ({ended}). A bid is resubmitted on or after
    the day it was declined or withdrawn.
    """
