"""What people ask of a bid."""

from typing import TypeAlias

from domain.values.frozen import frozen
from domain.values.ids import AwardId, BidId, OrganisationId, PartnershipId, RoundId
from domain.values.money import Money
from domain.values.when import When


@frozen
class _OfBid:
    """A command that is decided on the bid's own stream."""

    bid_id: BidId
    on: When

    @property
    def stream(self) -> str:
        """The stream that the command is decided on."""
        return self.bid_id


@frozen
class DraftBid(_OfBid):
    """Begin to write a bid. Reads the partnership as well."""

    partnership_id: PartnershipId
    reference: str
    title: str
    round_id: RoundId | None = None


@frozen
class RecordAdviser(_OfBid):
    """Note who helps to write the bid."""

    organisation_id: OrganisationId
    part: str


@frozen
class SubmitBid(_OfBid):
    """Hand the bid to the funder. Reads the partnership and the round as well."""

    partnership_id: PartnershipId
    reference: str
    title: str
    requested: Money
    round_id: RoundId | None = None


@frozen
class AcknowledgeBid(_OfBid):
    """Tell the bidder that the bid is there."""


@frozen
class RequestClarification(_OfBid):
    """Ask the bidder something: until it is answered, the bidder has the clock."""

    number: int
    question: str


@frozen
class ReceiveClarification(_OfBid):
    """Note that the bidder has answered."""

    number: int


@frozen
class CheckEligibility(_OfBid):
    """Say whether the bid may be considered, and why not where it may not."""

    eligible: bool
    because: str | None = None


@frozen
class ReviseBid(_OfBid):
    """Change a bid that is with the funder, and say why. The clock goes on."""

    title: str
    requested: Money
    because: str


@frozen
class ResubmitBid(_OfBid):
    """Hand in again a bid that was declined or withdrawn. Reads the partnership and the round as well."""

    title: str
    requested: Money
    round_id: RoundId | None = None


@frozen
class AssessBid(_OfBid):
    """Score the bid, from 0 to 10, against a criterion and say why."""

    criterion: str
    score: int
    justification: str


@frozen
class ApproveBid(_OfBid):
    """Say yes to an amount."""

    approved: Money


@frozen
class DeclineBid(_OfBid):
    """Say no, and why."""

    because: str


@frozen
class WithdrawBid(_OfBid):
    """Take the bid back before it is decided."""

    because: str | None = None


@frozen
class NotifyDecision(_OfBid):
    """Tell the bidder the decision."""


@frozen
class AwardBid(_OfBid):
    """Tie the bid to the award offered for it. Decided together with the offer of that award."""

    award_id: AwardId
    amount: Money


@frozen
class LapseOffer(_OfBid):
    """Free the bid for another award. Decided together with the declining of its award."""

    award_id: AwardId


@frozen
class VaryApproval(_OfBid):
    """Approve another amount than before, and say why."""

    approved: Money
    because: str


Command: TypeAlias = (
    DraftBid
    | RecordAdviser
    | SubmitBid
    | AcknowledgeBid
    | RequestClarification
    | ReceiveClarification
    | CheckEligibility
    | ReviseBid
    | ResubmitBid
    | AssessBid
    | ApproveBid
    | DeclineBid
    | WithdrawBid
    | NotifyDecision
    | AwardBid
    | LapseOffer
    | VaryApproval
)
