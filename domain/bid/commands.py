"""The commands that people give to a bid."""

from typing import ClassVar, TypeAlias

from domain.values.frozen import frozen
from domain.values.ids import AwardId, BidId, OrganisationId, PartnershipId, PersonId, RoundId
from domain.values.money import Money
from domain.values.when import When


@frozen
class _OfBid:
    """A command that is decided on the stream of the bid."""

    bid_id: BidId
    on: When

    @property
    def stream(self) -> str:
        """The id of the stream that decides the command."""
        return self.bid_id


@frozen
class DraftBid(_OfBid):
    """Start to draft a bid.

    Also reads the partnership and the round.
    """

    begins: ClassVar = "bid_id"

    partnership_id: PartnershipId
    reference: str
    title: str
    round_id: RoundId | None = None


@frozen
class RecordAdviser(_OfBid):
    """Record an organisation that helps to write the bid."""

    organisation_id: OrganisationId
    part: str


@frozen
class SubmitBid(_OfBid):
    """Submit the bid to the funder.

    A bid that is dated outside its round needs a reason why it is admitted. Also reads the partnership, its programme
    and the round.
    """

    begins: ClassVar = "bid_id"

    partnership_id: PartnershipId
    reference: str
    title: str
    requested: Money
    round_id: RoundId | None = None
    time: str | None = None
    admitted_because: str | None = None


@frozen
class AcknowledgeBid(_OfBid):
    """Acknowledge that the bid has arrived."""


@frozen
class AssignCaseOfficer(_OfBid):
    """Assign the bid to a case officer. Without a name, the bid is released and nobody has the case.

    *officer* is the officer's post or role, such as grants officer 2.
    """

    officer: str | None = None


@frozen
class RequestClarification(_OfBid):
    """Ask the bidder a question. The waiting time counts for the bidder until the answer arrives."""

    number: int | None = None
    question: str


@frozen
class ReceiveClarification(_OfBid):
    """Record that the bidder has answered a question."""

    number: int


@frozen
class CheckEligibility(_OfBid):
    """Record whether the bid is eligible, with a reason if it is not."""

    eligible: bool
    because: str | None = None


@frozen
class ReviseBid(_OfBid):
    """Change a submitted bid, with a reason. The waiting time continues."""

    title: str
    requested: Money
    because: str


@frozen
class ResubmitBid(_OfBid):
    """Resubmit a bid that was declined or withdrawn.

    A bid that is dated outside its round needs a reason why it is admitted. Also reads the partnership and the round.
    """

    title: str
    requested: Money
    round_id: RoundId | None = None
    time: str | None = None
    admitted_because: str | None = None


@frozen
class DeclareInterest(_OfBid):
    """Declare a person's interest in the bid. From then on this person neither assesses nor decides it.

    *organisation_id* is the organisation that the interest is in, if it is one.
    """

    person_id: PersonId
    nature: str
    organisation_id: OrganisationId | None = None


@frozen
class RecuseAssessor(_OfBid):
    """Recuse a person from the bid, with a reason. From then on this person neither assesses nor decides it."""

    person_id: PersonId
    because: str


@frozen
class AssessBid(_OfBid):
    """Score the bid from 0 to 10 against a criterion, with a justification."""

    criterion: str
    score: int
    justification: str


@frozen
class ApproveBid(_OfBid):
    """Approve the bid, for an amount.

    *because* is why it is less than requested. *dropped* are the actions of the bid that it does not pay for.
    """

    approved: Money
    because: str | None = None
    dropped: tuple[str, ...] = ()


@frozen
class DeclineBid(_OfBid):
    """Decline the bid, with a reason."""

    because: str


@frozen
class WithdrawBid(_OfBid):
    """Withdraw the bid before it is decided."""

    because: str | None = None


@frozen
class NotifyDecision(_OfBid):
    """Notify the bidder of the decision."""


@frozen
class AwardBid(_OfBid):
    """Link the bid to the award offered for it. Decided together with the offer."""

    award_id: AwardId
    amount: Money


@frozen
class LapseOffer(_OfBid):
    """Free the bid for another award. Decided together with the declined offer."""

    award_id: AwardId


@frozen
class VaryApproval(_OfBid):
    """Change the amount approved, with a reason."""

    approved: Money
    because: str


Command: TypeAlias = (
    DraftBid
    | RecordAdviser
    | SubmitBid
    | AcknowledgeBid
    | AssignCaseOfficer
    | RequestClarification
    | ReceiveClarification
    | CheckEligibility
    | ReviseBid
    | ResubmitBid
    | DeclareInterest
    | RecuseAssessor
    | AssessBid
    | ApproveBid
    | DeclineBid
    | WithdrawBid
    | NotifyDecision
    | AwardBid
    | LapseOffer
    | VaryApproval
)
