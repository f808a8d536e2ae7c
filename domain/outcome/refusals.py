"""The rules that refuse a command to an outcome."""

from domain.values.refusal import Refused


class OutcomeUnknown(Refused):
    """There is no outcome with this id."""


class IndicatorAlreadyAgreed(Refused):
    """Another indicator was agreed under this id: {indicator}. Use another id for another indicator."""


class IndicatorEmpty(Refused):
    """The indicator is empty. Say what is measured."""


class LevelUnknown(Refused):
    """There is no level {level}. An impact has one of these levels: {levels}."""


class TargetUnexplained(Refused):
    """No reason was given. Give a reason for revising the target."""


class IndicatorUnexplained(Refused):
    """No reason was given. Give a reason for revising the indicator."""


class BaselineNotGiven(Refused):
    """The baseline has a date ({on}), but no value. Give the value that was measured then."""


class ExpectedBeforeBaseline(Refused):
    """The target is expected by {expected}, and the baseline is of {baseline}. A target comes after its baseline."""


class ResultEmpty(Refused):
    """The result is empty. Give a value."""


class NothingReported(Refused):
    """No result has been reported. A result is verified or rejected only after it is reported."""


class ResultAlreadyChecked(Refused):
    """The latest result was already checked (verified: {verified}). A result is checked once."""


class RejectionUnexplained(Refused):
    """No reason was given. Give a reason for rejecting the result."""


class EvidenceMissing(Refused):
    """No evidence was given. Give the evidence that verifies the result."""


class OutcomeNumberTaken(Refused):
    """Number {number} of the {what} is not free. A number is 1 or more, and stands for one thing. Use another number,
    or none.
    """


class OutcomeTextEmpty(Refused):
    """The {what} is empty. Say in words what stands behind the outcome."""


class SavingNotPositive(Refused):
    """The saving is {amount}. A saving must be more than nothing."""


class SavingAboveCost(Refused):
    """The saving is {amount}, but buying separately would have cost {apart}. A saving is no more than that cost, and in
    the same currency.
    """


class OutcomeLeadsToItself(Refused):
    """The later outcome led to this one, or is the same. An outcome leads to another, later one."""
