"""The commands about what stands beside the money of an award. No number stands for the next free one."""

from domain.award.beside.events import ContributionKind, Towards
from domain.between.strands import Portion
from domain.values.frozen import frozen
from domain.values.ids import AwardId, OrganisationId
from domain.values.money import Money
from domain.values.when import When


@frozen
class _BesideAward:
    """A command that is decided on the stream of the award."""

    award_id: AwardId
    on: When

    @property
    def stream(self) -> str:
        """The id of the stream that decides the command."""
        return self.award_id


@frozen
class PledgeContribution(_BesideAward):
    """Record what an organisation promises to contribute beside the award, in cash or in kind.

    *amount* is the cash, or the value of what is given in kind. *hours* are whole hours of time. Give one or both.
    *line* is the budget line beside which it counts. *contributor_id* must not be the funder of the award.
    """

    number: int | None = None
    contributor_id: OrganisationId
    kind: ContributionKind
    towards: Towards
    description: str
    amount: Money | None = None
    hours: int | None = None
    line: str | None = None


@frozen
class ReceiveContribution(_BesideAward):
    """Record what an organisation has contributed beside the award, in cash or in kind.

    *pledge* is the number of the pledge that it keeps. *amount* is the cash, or the value of what is given in kind.
    *hours* are whole hours of time. Give one or both. *line* is the budget line beside which it counts.
    """

    number: int | None = None
    contributor_id: OrganisationId
    kind: ContributionKind
    towards: Towards
    description: str
    amount: Money | None = None
    hours: int | None = None
    line: str | None = None
    pledge: int | None = None


@frozen
class AgreeStrand(_BesideAward):
    """Agree which share or which amount of the budget a strand of the work is to take.

    *lines* are the budget lines that the strand is spent on. Give *share* or *amount*.
    """

    number: int | None = None
    name: str
    lines: tuple[str, ...]
    share: Portion | None = None
    amount: Money | None = None
