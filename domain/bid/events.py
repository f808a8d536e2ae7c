"""What happens to a bid."""

from typing import TypeAlias

from domain.values.fact import Fact
from domain.values.frozen import frozen
from domain.values.ids import AwardId, OrganisationId, PartnershipId, RoundId
from domain.values.money import Money


@frozen
class BidDrafted(Fact):
    """The partnership begins to write a bid."""

    partnership_id: PartnershipId
    reference: str
    title: str
    round_id: RoundId | None = None


@frozen
class AdviserRecorded(Fact):
    """An organisation helps to write the bid."""

    partnership_id: PartnershipId
    organisation_id: OrganisationId
    part: str


@frozen
class BidSubmitted(Fact):
    """The funder has the bid, and with it the waiting begins."""

    partnership_id: PartnershipId
    reference: str
    title: str
    requested: Money
    round_id: RoundId | None = None


@frozen
class BidAcknowledged(Fact):
    """The funder has told the bidder that the bid is there."""

    partnership_id: PartnershipId


@frozen
class ClarificationRequested(Fact):
    """The funder asks the bidder something: the clock stops until it is answered. *number* counts from 1."""

    partnership_id: PartnershipId
    number: int
    question: str


@frozen
class ClarificationReceived(Fact):
    """The bidder has answered: the clock goes on."""

    partnership_id: PartnershipId
    number: int


@frozen
class EligibilityTested(Fact):
    """The funder has looked whether the bid may be considered at all, and says why not where it may not."""

    partnership_id: PartnershipId
    eligible: bool
    because: str | None = None


@frozen
class BidRevised(Fact):
    """The bid, still with the funder, now asks for this, by *change* more than before (negative for less), and why."""

    partnership_id: PartnershipId
    title: str
    requested: Money
    change: Money
    because: str


@frozen
class BidResubmitted(Fact):
    """A bid that was declined or withdrawn is with the funder again: a new waiting begins.

    *change* is by how much more is asked for than stood before (negative for less); all of it after a withdrawal.
    """

    partnership_id: PartnershipId
    title: str
    requested: Money
    change: Money
    round_id: RoundId | None = None


@frozen
class BidAssessed(Fact):
    """An assessor has scored the bid against a criterion and says why."""

    partnership_id: PartnershipId
    criterion: str
    score: int
    justification: str


@frozen
class BidApproved(Fact):
    """The funder says yes, to this amount."""

    partnership_id: PartnershipId
    approved: Money


@frozen
class BidDeclined(Fact):
    """The funder says no, and why."""

    partnership_id: PartnershipId
    because: str


@frozen
class BidWithdrawn(Fact):
    """The bidder takes the bid back, and with it what had been *requested*."""

    partnership_id: PartnershipId
    requested: Money | None = None
    because: str | None = None


@frozen
class DecisionNotified(Fact):
    """The bidder has been told the decision."""

    partnership_id: PartnershipId


@frozen
class BidAwarded(Fact):
    """An award has been offered on the strength of the bid."""

    partnership_id: PartnershipId
    award_id: AwardId
    amount: Money


@frozen
class OfferLapsed(Fact):
    """The award that was offered for the bid has been declined: the bid may be awarded again."""

    partnership_id: PartnershipId
    award_id: AwardId


@frozen
class ApprovalVaried(Fact):
    """The funder approves another amount than before, by *change* more (negative for less), and why."""

    partnership_id: PartnershipId
    approved: Money
    change: Money
    because: str


@frozen
class BidStated(Fact):
    """A source states that there was a bid. *on* is when it was submitted, so far as the source says."""

    partnership_id: PartnershipId
    reference: str
    title: str
    kind: str
    requested: Money | None = None
    organisation_id: OrganisationId | None = None


@frozen
class BidRestated(Fact):
    """The register that told of the bid now states it as of *requested* (None: it does not say), by *change* more.

    Where it is given another day, all of it goes at the old day and comes back at the new one.
    """

    partnership_id: PartnershipId
    requested: Money | None = None
    change: Money


@frozen
class BidReassigned(Fact):
    """By the register the bid belongs to another partnership than *before*: it names other bidders or schemes."""

    partnership_id: PartnershipId
    before: PartnershipId


Event: TypeAlias = (
    BidDrafted
    | AdviserRecorded
    | BidSubmitted
    | BidAcknowledged
    | ClarificationRequested
    | ClarificationReceived
    | EligibilityTested
    | BidRevised
    | BidResubmitted
    | BidAssessed
    | BidApproved
    | BidDeclined
    | BidWithdrawn
    | DecisionNotified
    | BidAwarded
    | OfferLapsed
    | ApprovalVaried
    | BidStated
    | BidRestated
    | BidReassigned
)
