"""The refusals of contributions and strands: each class is a rule, its docstring the sentence that people read."""

from domain.values.refusal import Refused


class PledgeNumberTaken(Refused):
    """The award already has a different pledge {number}. Use another number."""


class PledgeUnknown(Refused):
    """The award has no pledge {number}."""


class PledgeOfAnother(Refused):
    """Pledge {number} is of another organisation or of another kind. A contribution keeps only a pledge of the same
    organisation and kind.
    """


class ContributionNumberTaken(Refused):
    """The award already has a different contribution {number}. Use another number."""


class ContributionNotDescribed(Refused):
    """The contribution has no description. Say what is contributed."""


class ContributionEmpty(Refused):
    """The contribution has neither an amount nor hours. It has one or both."""


class ContributionNotPositive(Refused):
    """The contribution is {contributed}. It must be more than 0."""


class HoursOfCash(Refused):
    """The contribution is in cash, but has hours ({hours}). Only a contribution in kind has hours."""


class StrandNumberTaken(Refused):
    """The award already has a different strand {number}. Use another number."""


class StrandWithoutLines(Refused):
    """The strand has no name or no budget lines. A strand has a name, and the budget lines that it is spent on."""


class StrandNotMeasured(Refused):
    """The strand has no share and no amount, or both. Give one of them."""


class StrandAboveBudget(Refused):
    """The strand is to take {wanted} of the award ({award}). A strand takes more than 0 and no more than the award."""
