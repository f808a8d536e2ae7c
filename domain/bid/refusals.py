"""How a bid says no."""

from domain.values.refusal import Refused


class BidUnknown(Refused):
    """There is no such bid."""


class BidAlreadyBegun(Refused):
    """A bid stands under this identity already, with other particulars."""


class RequestedNotPositive(Refused):
    """A bid asks for more than nothing."""


class BidNotSubmitted(Refused):
    """The bid is not with the funder, waiting for a decision."""


class BidAlreadyDecided(Refused):
    """The bid has been decided, and otherwise."""


class DecidedBeforeSubmitted(Refused):
    """A bid is decided on or after the day that it was submitted."""


class ApprovedNotPositive(Refused):
    """An approval is for more than nothing."""


class AboveRequested(Refused):
    """The approval is for more than was asked."""


class BidCurrencyDiffers(Refused):
    """A bid is approved and awarded in the currency that it asked in."""


class ReasonMissing(Refused):
    """Who declines a bid says why."""


class ScoreOutOfRange(Refused):
    """A score is a whole number from 0 to 10, with a justification."""


class BidNotDecided(Refused):
    """There is no decision to tell."""


class BidNotApproved(Refused):
    """An award needs an approved bid."""


class AboveApproved(Refused):
    """The award is for more than was approved."""


class AwardedNotPositive(Refused):
    """A bid is awarded more than nothing."""


class BidAlreadyAwarded(Refused):
    """The bid has an award already."""


class BidIneligible(Refused):
    """A bid that may not be considered is not approved."""


class QuestionNumberTaken(Refused):
    """The bid has another question of this number."""


class QuestionUnknown(Refused):
    """The bidder was not asked a question of this number."""


class QuestionEmpty(Refused):
    """A question has a number from 1 and says something."""


class AnsweredBeforeAsked(Refused):
    """A question is answered on or after the day that it was asked."""


class BidNotEnded(Refused):
    """A bid is handed in again once it was declined or withdrawn."""


class ResubmittedBeforeEnded(Refused):
    """A bid is handed in again on or after the day that it was declined or withdrawn."""
