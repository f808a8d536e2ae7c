"""What a strand of the work is to take of a budget: that of an award or, as a source may state it, of a partnership."""

from domain.values.fact import Fact
from domain.values.frozen import frozen
from domain.values.ids import PartnershipId
from domain.values.money import Money


@frozen
class Portion:
    """A part of a whole: *part* of *of* equal parts. A third is 1 of 3."""

    part: int
    of: int


@frozen
class StrandAgreed(Fact):
    """The partnership means part of the budget for a strand of its work: a *share* of it, or an *amount*.

    *lines* are the budget lines that the strand is spent on.
    """

    partnership_id: PartnershipId
    number: int
    name: str
    lines: tuple[str, ...]
    share: Portion | None = None
    amount: Money | None = None
