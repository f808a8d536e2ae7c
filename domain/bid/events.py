"""The events of a bid."""

from enum import Enum
from typing import TypeAlias

from domain.bid.proposal import Proposing
from domain.values.fact import DateCorrected, Fact, StatementReplaced
from domain.values.frozen import frozen
from domain.values.ids import AwardId, OrganisationId, PartnershipId, PersonId, RoundId
from domain.values.money import Money


@frozen
class BidDrafted(Proposing):
    """The partnership starts to draft a bid."""

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
class BidSubmitted(Proposing):
    """The funder has received the bid, and the waiting time starts.

    *time* is the time of day at which it came, if that is known. *admitted_because* is why a bid outside the dates of
    its round, or one that does not meet a rule, was admitted.
    """

    reference: str
    title: str
    requested: Money
    round_id: RoundId | None = None
    time: str | None = None
    admitted_because: str | None = None


@frozen
class BidAcknowledged(Fact):
    """The funder has acknowledged that the bid has arrived."""

    partnership_id: PartnershipId


@frozen
class CaseOfficerAssigned(Fact):
    """*officer*, named by post or role, has the case from now on; nobody if it is None."""

    partnership_id: PartnershipId
    officer: str | None = None


@frozen
class ClarificationRequested(Fact):
    """The funder asks the bidder a question: the clock stops until the answer. *number* counts from 1."""

    partnership_id: PartnershipId
    number: int
    question: str


@frozen
class ClarificationReceived(Fact):
    """The bidder has answered: the clock continues."""

    partnership_id: PartnershipId
    number: int


@frozen
class EligibilityTested(Fact):
    """The funder has checked whether the bid is eligible, with a reason if it is not."""

    partnership_id: PartnershipId
    eligible: bool
    because: str | None = None


@frozen
class EligibilityRuleTested(Fact):
    """The bid was tested by a version of an eligibility rule: whether it is *met*, and what was *found*.

    *judged* says that a person found it, and not a machine. *admitted_because* is why the bid was admitted all the
    same.
    """

    partnership_id: PartnershipId
    rule: str
    version: int
    text: str
    met: bool
    found: str
    judged: bool
    admitted_because: str | None = None


@frozen
class BidRevised(Proposing):
    """A submitted bid now requests *requested*, *change* more than before (negative for less), for a reason."""

    title: str
    requested: Money
    change: Money
    because: str


@frozen
class BidResubmitted(Proposing):
    """A bid that was declined or withdrawn is submitted again: a new waiting time starts.

    *change* is the change of the amount requested (negative for less). After a withdrawal it is the whole amount,
    because the withdrawal took the earlier request back. *time* and *admitted_because* are as in BidSubmitted.
    """

    title: str
    requested: Money
    change: Money
    round_id: RoundId | None = None
    time: str | None = None
    admitted_because: str | None = None


@frozen
class BidAssessed(Fact):
    """An assessor has scored the bid against a criterion, with a justification."""

    partnership_id: PartnershipId
    criterion: str
    score: int
    justification: str


@frozen
class ScoreModerated(Fact):
    """After the assessors gave their scores for a criterion, one was agreed, for a reason. It counts in the total."""

    partnership_id: PartnershipId
    criterion: str
    score: int
    because: str


@frozen
class PartnerConsented(Fact):
    """A partner agrees to the bid. *number* counts the consents to the bid, from 1."""

    partnership_id: PartnershipId
    number: int
    organisation_id: OrganisationId


@frozen
class ConsentWithdrawn(Fact):
    """A partner no longer agrees to the bid, for a reason. *number* is that of its consent."""

    partnership_id: PartnershipId
    number: int
    organisation_id: OrganisationId
    because: str


class ContactDirection(Enum):
    """Who turned to whom about a bid."""

    FROM_BIDDER = "from bidder"
    FROM_FUNDER = "from funder"


@frozen
class ContactLogged(Fact):
    """The bidder and the funder were in contact about the bid. *with_whom* is the post or body that was spoken to."""

    partnership_id: PartnershipId
    number: int
    direction: ContactDirection
    with_whom: str
    summary: str


@frozen
class BidApproved(Fact):
    """The funder approves the bid, for the amount *approved*.

    If that is less than requested, *because* is why, and *dropped* are the actions of the bid that it does not pay for.
    """

    partnership_id: PartnershipId
    approved: Money
    because: str | None = None
    dropped: tuple[str, ...] = ()


@frozen
class BidDeclined(Fact):
    """The funder declines the bid, for a reason."""

    partnership_id: PartnershipId
    because: str


@frozen
class BidWithdrawn(Fact):
    """The bidder withdraws the bid, and with it the amount *requested*."""

    partnership_id: PartnershipId
    requested: Money | None = None
    because: str | None = None


@frozen
class InterestDeclared(Fact):
    """A person declares an interest in the bid: from then on this person neither assesses nor decides it.

    *organisation_id* is the organisation that the interest is in, if it is one.
    """

    partnership_id: PartnershipId
    person_id: PersonId
    nature: str
    organisation_id: OrganisationId | None = None


@frozen
class AssessorRecused(Fact):
    """A person was recused from the bid, for a reason: this person neither assesses nor decides it."""

    partnership_id: PartnershipId
    person_id: PersonId
    because: str


@frozen
class DecisionNotified(Fact):
    """The bidder has been notified of the decision."""

    partnership_id: PartnershipId


@frozen
class BidAwarded(Fact):
    """An award has been offered for the bid."""

    partnership_id: PartnershipId
    award_id: AwardId
    amount: Money


@frozen
class OfferLapsed(Fact):
    """The award offered for the bid was declined: the bid can be awarded again."""

    partnership_id: PartnershipId
    award_id: AwardId


@frozen
class ApprovalVaried(Fact):
    """The funder changes the approved amount by *change* (negative for less), for a reason."""

    partnership_id: PartnershipId
    approved: Money
    change: Money
    because: str


@frozen
class BidStated(Fact):
    """A source states that there was a bid. *on* is the date of submission, if the source gives it."""

    partnership_id: PartnershipId
    reference: str
    title: str
    kind: str
    requested: Money | None = None
    organisation_id: OrganisationId | None = None


@frozen
class BidRestated(Fact):
    """The register now states that the bid requested *requested* (None: not stated), *change* more than before.

    If the date changes, one event takes the whole amount away on the old date and another adds it on the new date.
    """

    partnership_id: PartnershipId
    requested: Money | None = None
    change: Money


@frozen
class BidReassigned(Fact):
    """The register now names other bidders or another scheme, so the bid moves from partnership *before*."""

    partnership_id: PartnershipId
    before: PartnershipId


Event: TypeAlias = (
    BidDrafted
    | AdviserRecorded
    | BidSubmitted
    | BidAcknowledged
    | CaseOfficerAssigned
    | ClarificationRequested
    | ClarificationReceived
    | EligibilityTested
    | EligibilityRuleTested
    | BidRevised
    | BidResubmitted
    | BidAssessed
    | ScoreModerated
    | PartnerConsented
    | ConsentWithdrawn
    | ContactLogged
    | BidApproved
    | BidDeclined
    | BidWithdrawn
    | InterestDeclared
    | AssessorRecused
    | DecisionNotified
    | BidAwarded
    | OfferLapsed
    | ApprovalVaried
    | BidStated
    | BidRestated
    | BidReassigned
    | DateCorrected
    | StatementReplaced
)
