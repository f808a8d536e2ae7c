"""The commands that people give to a bid."""

from typing import ClassVar, TypeAlias

from domain.bid.events import ContactDirection
from domain.bid.proposal import Proposes
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
class DraftBid(Proposes):
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
class SubmitBid(Proposes):
    """Submit the bid to the funder.

    A bid that is dated outside its round, or does not meet a rule, needs a reason why it is admitted. Also reads the
    partnership, its programme and the round.
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
    """Record whether the bid is eligible, with a reason if it is not.

    With *rule*, the code of an eligibility rule, it is recorded whether the bid meets that rule.
    """

    rule: str | None = None
    eligible: bool
    because: str | None = None


@frozen
class ReviseBid(Proposes):
    """Change a submitted bid, with a reason. The waiting time continues."""

    title: str
    requested: Money
    because: str


@frozen
class ResubmitBid(Proposes):
    """Resubmit a bid that was declined or withdrawn.

    A bid that is dated outside its round, or does not meet a rule, needs a reason why it is admitted. Also reads the
    partnership and the round.
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
class ModerateScore(_OfBid):
    """Agree the score of the bid for a criterion, from 0 to 10, after assessors gave theirs, with a reason."""

    criterion: str
    score: int
    because: str


@frozen
class RecordConsent(_OfBid):
    """Record that a partner agrees to the bid."""

    organisation_id: OrganisationId


@frozen
class WithdrawConsent(_OfBid):
    """Record that a partner no longer agrees to the bid, with a reason."""

    organisation_id: OrganisationId
    because: str


@frozen
class LogContact(_OfBid):
    """Log a contact between the bidder and the funder about the bid.

    *direction* says who turned to whom. *with_whom* is the post or body that was spoken to. *summary* is what was said.
    """

    number: int | None = None
    direction: ContactDirection
    with_whom: str
    summary: str


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
    | ModerateScore
    | RecordConsent
    | WithdrawConsent
    | LogContact
    | ApproveBid
    | DeclineBid
    | WithdrawBid
    | NotifyDecision
    | AwardBid
    | LapseOffer
    | VaryApproval
)
