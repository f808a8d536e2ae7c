"""The events of what stands beside the money of an award: what others contribute. Strands are between.strands."""

from enum import Enum

from domain.values.fact import Fact
from domain.values.frozen import frozen
from domain.values.ids import OrganisationId, PartnershipId
from domain.values.money import Money


class ContributionKind(Enum):
    """Whether a contribution is cash, or in kind: time of staff, a room, a place on a course."""

    CASH = "cash"
    IN_KIND = "in_kind"


class Towards(Enum):
    """What a contribution goes to: an activity, setting up the partnership before any benefit, or taking part."""

    ACTIVITY = "activity"
    SETTING_UP = "setting_up"
    TAKING_PART = "taking_part"


@frozen
class ContributionPledged(Fact):
    """*contributor_id* promises to contribute to the work beside the award. It is not money of the programme.

    *amount* is the cash, or the value of what is given in kind. *hours* are whole hours of time. *line* is the budget
    line beside which it counts.
    """

    partnership_id: PartnershipId
    number: int
    contributor_id: OrganisationId
    kind: ContributionKind
    towards: Towards
    description: str
    amount: Money | None = None
    hours: int | None = None
    line: str | None = None


@frozen
class ContributionReceived(Fact):
    """*contributor_id* has contributed to the work beside the award. *pledge* is the pledge that this keeps.

    *amount*, *hours* and *line* are as in ContributionPledged.
    """

    partnership_id: PartnershipId
    number: int
    contributor_id: OrganisationId
    kind: ContributionKind
    towards: Towards
    description: str
    amount: Money | None = None
    hours: int | None = None
    line: str | None = None
    pledge: int | None = None
