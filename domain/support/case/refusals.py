"""The rules by which commands about support cases are refused."""

from domain.values.refusal import Refused


class SupportCaseUnknown(Refused):
    """The organisation has no support case {case}."""


class SupportCaseAlreadyOpened(Refused):
    """The organisation already has a different support case {case}. Use another number."""


class SupportCaseIsClosed(Refused):
    """Support case {case} is closed. Nothing new begins in a closed case."""


class SupportNumberTaken(Refused):
    """Support case {case} already has something else with the number {number}. Use another number."""


class SupportStepUnknown(Refused):
    """Support case {case} has nothing of this kind with the number {number}."""


class SupportUnexplained(Refused):
    """A text is empty. Say in words what it is about, and why."""


class LevelNotHigher(Refused):
    """The case is already at the level {level}. It is escalated only to a higher one."""


class HelpAlreadyAnswered(Refused):
    """The answer to offer {number} is already recorded, with other details. An offer is answered once."""


class NoticeBeforeHelp(Refused):
    """No help was offered in support case {case} by {on}. An improvement notice or an intervention comes only after an
    offer of help.
    """


class ReviewDueBeforePlanned(Refused):
    """The review is due on {due}, before the day on which it is planned ({planned}). It is due on that day or later."""


class ReviewIsOver(Refused):
    """Review {number} was already held or missed. Plan another one."""


class SupportDaysTooFew(Refused):
    """The number of days is {days}. A review, a loan and what is given back take 1 day or more, and no fewer than 0
    days are owed.
    """


class LentToItself(Refused):
    """The lender and the borrower are the same organisation. Capacity is lent by another one."""


class MoreGivenBackThanOwed(Refused):
    """{back} days would be given back, but {owed} days are owed. No more is given back than is owed."""


class RecommendationOver(Refused):
    """Recommendation {number} was already {state}. Nothing follows that."""


class CapacityNotAssessed(Refused):
    """No assessment of capacity was held in support case {case} by {on}. A further responsibility is given only after
    one.
    """


class SharedWithNobody(Refused):
    """Nobody was named. Name the organisations that the information was shared with."""


class OutcomesMissing(Refused):
    """No outcome was named. An improvement plan has at least one, with its measure."""


class TurnoverNotPossible(Refused):
    """{changed} of {posts} posts changed hands. It is 1 or more, and no more than there are."""


class TurnoverAlreadyRecorded(Refused):
    """The organisation already has a different turnover {number}. Use another number."""
