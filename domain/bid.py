"""The bid stream: from first draft to decision, notification and award."""

from dataclasses import replace
from enum import Enum
from typing import TypeAlias, assert_never

from domain.fact import Fact
from domain.frozen import frozen
from domain.ids import AwardId, BidId, OrganisationId, PartnershipId, RoundId
from domain.money import Money
from domain.refusal import Refused
from domain.when import When

# --- Events -----------------------------------------------------------------------------------------------------------


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


Event: TypeAlias = (
    BidDrafted
    | AdviserRecorded
    | BidSubmitted
    | BidAcknowledged
    | BidAssessed
    | BidApproved
    | BidDeclined
    | BidWithdrawn
    | DecisionNotified
    | BidAwarded
    | OfferLapsed
    | ApprovalVaried
    | BidStated
)

# --- State ------------------------------------------------------------------------------------------------------------


class Status(Enum):
    """Where a bid stands."""

    DRAFTED = "drafted"
    SUBMITTED = "submitted"
    APPROVED = "approved"
    DECLINED = "declined"
    WITHDRAWN = "withdrawn"
    AWARDED = "awarded"
    STATED = "stated"


@frozen
class Bid:
    """What the rules need to know of a bid."""

    partnership_id: PartnershipId
    reference: str
    status: Status
    round_id: RoundId | None = None
    submitted: When | None = None
    requested: Money | None = None
    approved: Money | None = None
    decided: When | None = None
    declined_because: str | None = None
    award_id: AwardId | None = None
    awarded: Money | None = None
    acknowledged: bool = False
    notified: bool = False
    advisers: frozenset[tuple[OrganisationId, str]] = frozenset()
    scores: frozenset[tuple[str, int, str]] = frozenset()


def evolve(bid: Bid | None, event: Event) -> Bid:
    """The bid after *event*."""
    match event:
        case BidDrafted() | BidStated():
            return Bid(
                partnership_id=event.partnership_id,
                reference=event.reference,
                status=Status.DRAFTED if isinstance(event, BidDrafted) else Status.STATED,
                round_id=event.round_id if isinstance(event, BidDrafted) else None,
            )
        case BidSubmitted():
            begun = bid or Bid(partnership_id=event.partnership_id, reference=event.reference, status=Status.DRAFTED)
            return replace(
                begun,
                status=Status.SUBMITTED,
                reference=event.reference,
                round_id=event.round_id,
                submitted=event.on,
                requested=event.requested,
            )
    assert bid is not None
    match event:
        case AdviserRecorded():
            return replace(bid, advisers=bid.advisers | {(event.organisation_id, event.part)})
        case BidAcknowledged():
            return replace(bid, acknowledged=True)
        case BidAssessed():
            return replace(bid, scores=bid.scores | {(event.criterion, event.score, event.justification)})
        case BidApproved():
            return replace(bid, status=Status.APPROVED, approved=event.approved, decided=event.on)
        case BidDeclined():
            return replace(bid, status=Status.DECLINED, declined_because=event.because, decided=event.on)
        case BidWithdrawn():
            return replace(bid, status=Status.WITHDRAWN)
        case DecisionNotified():
            return replace(bid, notified=True)
        case BidAwarded():
            return replace(bid, status=Status.AWARDED, award_id=event.award_id, awarded=event.amount)
        case OfferLapsed():
            return replace(bid, status=Status.APPROVED, award_id=None, awarded=None)
        case ApprovalVaried():
            return replace(bid, approved=event.approved)
        case _:
            assert_never(event)


# --- Commands ---------------------------------------------------------------------------------------------------------


@frozen
class DraftBid:
    """Begin to write a bid. Reads the partnership as well."""

    bid_id: BidId
    partnership_id: PartnershipId
    reference: str
    title: str
    round_id: RoundId | None = None
    on: When

    @property
    def stream(self) -> str:
        return self.bid_id


@frozen
class RecordAdviser:
    """Note who helps to write the bid."""

    bid_id: BidId
    organisation_id: OrganisationId
    part: str
    on: When

    @property
    def stream(self) -> str:
        return self.bid_id


@frozen
class SubmitBid:
    """Hand the bid to the funder. Reads the partnership and the round as well."""

    bid_id: BidId
    partnership_id: PartnershipId
    reference: str
    title: str
    requested: Money
    round_id: RoundId | None = None
    on: When

    @property
    def stream(self) -> str:
        return self.bid_id


@frozen
class AcknowledgeBid:
    """Tell the bidder that the bid is there."""

    bid_id: BidId
    on: When

    @property
    def stream(self) -> str:
        return self.bid_id


@frozen
class AssessBid:
    """Score the bid, from 0 to 10, against a criterion and say why."""

    bid_id: BidId
    criterion: str
    score: int
    justification: str
    on: When

    @property
    def stream(self) -> str:
        return self.bid_id


@frozen
class ApproveBid:
    """Say yes to an amount."""

    bid_id: BidId
    approved: Money
    on: When

    @property
    def stream(self) -> str:
        return self.bid_id


@frozen
class DeclineBid:
    """Say no, and why."""

    bid_id: BidId
    because: str
    on: When

    @property
    def stream(self) -> str:
        return self.bid_id


@frozen
class WithdrawBid:
    """Take the bid back before it is decided."""

    bid_id: BidId
    because: str | None = None
    on: When

    @property
    def stream(self) -> str:
        return self.bid_id


@frozen
class NotifyDecision:
    """Tell the bidder the decision."""

    bid_id: BidId
    on: When

    @property
    def stream(self) -> str:
        return self.bid_id


@frozen
class AwardBid:
    """Tie the bid to the award offered for it. Decided together with the offer of that award."""

    bid_id: BidId
    award_id: AwardId
    amount: Money
    on: When

    @property
    def stream(self) -> str:
        return self.bid_id


@frozen
class LapseOffer:
    """Free the bid for another award. Decided together with the declining of its award."""

    bid_id: BidId
    award_id: AwardId
    on: When

    @property
    def stream(self) -> str:
        return self.bid_id


@frozen
class VaryApproval:
    """Approve another amount than before, and say why."""

    bid_id: BidId
    approved: Money
    because: str
    on: When

    @property
    def stream(self) -> str:
        return self.bid_id


Command: TypeAlias = (
    DraftBid
    | RecordAdviser
    | SubmitBid
    | AcknowledgeBid
    | AssessBid
    | ApproveBid
    | DeclineBid
    | WithdrawBid
    | NotifyDecision
    | AwardBid
    | LapseOffer
    | VaryApproval
)

# --- Rules ------------------------------------------------------------------------------------------------------------


class BidUnknown(Refused):
    """There is no such bid."""


class BidAlreadyBegun(Refused):
    """A bid stands under this identity already, with other particulars."""


class RequestedNotPositive(Refused):
    """A bid asks for more than nothing."""


class BidNotSubmitted(Refused):
    """The bid is not with the funder, waiting for a decision."""


class BidAlreadyDecided(Refused):
    """The bid has been decided, and otherwise."""


class DecidedBeforeSubmitted(Refused):
    """A bid is decided on or after the day that it was submitted."""


class ApprovedNotPositive(Refused):
    """An approval is for more than nothing."""


class AboveRequested(Refused):
    """The approval is for more than was asked."""


class BidCurrencyDiffers(Refused):
    """A bid is approved and awarded in the currency that it asked in."""


class ReasonMissing(Refused):
    """Who declines a bid says why."""


class ScoreOutOfRange(Refused):
    """A score is a whole number from 0 to 10, with a justification."""


class BidNotDecided(Refused):
    """There is no decision to tell."""


class BidNotApproved(Refused):
    """An award needs an approved bid."""


class AboveApproved(Refused):
    """The award is for more than was approved."""


class AwardedNotPositive(Refused):
    """A bid is awarded more than nothing."""


class BidAlreadyAwarded(Refused):
    """The bid has an award already."""


def decide(bid: Bid | None, command: Command) -> list[Event]:
    """What happens when *command* is given to the bid. Raises a Refused by the name of the rule."""
    match command:
        case DraftBid():
            return draft(bid, command)
        case RecordAdviser():
            return record_adviser(known(bid), command)
        case SubmitBid():
            return submit(bid, command)
        case AcknowledgeBid():
            return acknowledge(known(bid), command)
        case AssessBid():
            return assess(known(bid), command)
        case ApproveBid():
            return approve(known(bid), command)
        case DeclineBid():
            return decline(known(bid), command)
        case WithdrawBid():
            return withdraw(known(bid), command)
        case NotifyDecision():
            return notify(known(bid), command)
        case AwardBid():
            return award_bid(known(bid), command)
        case LapseOffer():
            return lapse(known(bid), command)
        case VaryApproval():
            return vary_approval(known(bid), command)
        case _:
            assert_never(command)


def known(bid: Bid | None) -> Bid:
    """The bid, which must exist. Raises BidUnknown."""
    if bid is None:
        raise BidUnknown
    return bid


def draft(bid: Bid | None, command: DraftBid) -> list[Event]:
    if bid is not None:
        if (bid.partnership_id, bid.reference) == (command.partnership_id, command.reference):
            return []
        raise BidAlreadyBegun(reference=bid.reference)
    return [
        BidDrafted(
            partnership_id=command.partnership_id,
            reference=command.reference,
            title=command.title,
            round_id=command.round_id,
            on=command.on,
        )
    ]


def record_adviser(bid: Bid, command: RecordAdviser) -> list[Event]:
    if (command.organisation_id, command.part) in bid.advisers:
        return []
    return [
        AdviserRecorded(
            partnership_id=bid.partnership_id,
            organisation_id=command.organisation_id,
            part=command.part,
            on=command.on,
        )
    ]


def submit(bid: Bid | None, command: SubmitBid) -> list[Event]:
    if bid is not None:
        same = (bid.partnership_id, bid.reference, bid.requested, bid.round_id, bid.submitted)
        if same == (command.partnership_id, command.reference, command.requested, command.round_id, command.on):
            return []
        if bid.status is not Status.DRAFTED or bid.partnership_id != command.partnership_id:
            raise BidAlreadyBegun(reference=bid.reference)
    if not command.requested.is_positive:
        raise RequestedNotPositive(requested=command.requested)
    return [
        BidSubmitted(
            partnership_id=command.partnership_id,
            reference=command.reference,
            title=command.title,
            requested=command.requested,
            round_id=command.round_id,
            on=command.on,
        )
    ]


def acknowledge(bid: Bid, command: AcknowledgeBid) -> list[Event]:
    if bid.acknowledged:
        return []
    waiting(bid)
    return [BidAcknowledged(partnership_id=bid.partnership_id, on=command.on)]


def assess(bid: Bid, command: AssessBid) -> list[Event]:
    if (command.criterion, command.score, command.justification) in bid.scores:
        return []
    waiting(bid)
    if not 0 <= command.score <= 10 or not command.justification.strip():
        raise ScoreOutOfRange(score=command.score)
    return [
        BidAssessed(
            partnership_id=bid.partnership_id,
            criterion=command.criterion,
            score=command.score,
            justification=command.justification,
            on=command.on,
        )
    ]


def approve(bid: Bid, command: ApproveBid) -> list[Event]:
    if bid.approved == command.approved and bid.decided == command.on:
        return []
    requested = to_decide(bid, command.on)
    if not command.approved.is_positive:
        raise ApprovedNotPositive(approved=command.approved)
    if command.approved.currency != requested.currency:
        raise BidCurrencyDiffers(requested=requested.currency, approved=command.approved.currency)
    if command.approved > requested:
        raise AboveRequested(requested=requested, approved=command.approved)
    return [BidApproved(partnership_id=bid.partnership_id, approved=command.approved, on=command.on)]


def decline(bid: Bid, command: DeclineBid) -> list[Event]:
    if bid.declined_because == command.because and bid.decided == command.on:
        return []
    to_decide(bid, command.on)
    if not command.because.strip():
        raise ReasonMissing
    return [BidDeclined(partnership_id=bid.partnership_id, because=command.because, on=command.on)]


def to_decide(bid: Bid, on: When) -> Money:
    """The amount asked, of a bid that can be decided *on* that date.

    Raises BidAlreadyDecided, BidNotSubmitted and DecidedBeforeSubmitted.
    """
    if bid.status in (Status.APPROVED, Status.DECLINED, Status.AWARDED):
        raise BidAlreadyDecided(status=bid.status.value)
    waiting(bid)
    assert bid.submitted is not None
    assert bid.requested is not None
    if not bid.submitted.may_precede(on):
        raise DecidedBeforeSubmitted(submitted=bid.submitted, decided=on)
    return bid.requested


def waiting(bid: Bid) -> None:
    if bid.status is not Status.SUBMITTED:
        raise BidNotSubmitted(status=bid.status.value)


def withdraw(bid: Bid, command: WithdrawBid) -> list[Event]:
    if bid.status is Status.WITHDRAWN:
        return []
    if bid.status not in (Status.DRAFTED, Status.SUBMITTED):
        raise BidAlreadyDecided(status=bid.status.value)
    return [
        BidWithdrawn(partnership_id=bid.partnership_id, requested=bid.requested, because=command.because, on=command.on)
    ]


def notify(bid: Bid, command: NotifyDecision) -> list[Event]:
    if bid.notified:
        return []
    if bid.decided is None:
        raise BidNotDecided(status=bid.status.value)
    return [DecisionNotified(partnership_id=bid.partnership_id, on=command.on)]


def award_bid(bid: Bid, command: AwardBid) -> list[Event]:
    if bid.award_id == command.award_id:
        return []
    if bid.award_id is not None:
        raise BidAlreadyAwarded(award=bid.award_id)
    if bid.status is not Status.APPROVED or bid.approved is None:
        raise BidNotApproved(status=bid.status.value)
    if not command.amount.is_positive:
        raise AwardedNotPositive(award=command.amount)
    if command.amount.currency != bid.approved.currency:
        raise BidCurrencyDiffers(approved=bid.approved.currency, award=command.amount.currency)
    if command.amount > bid.approved:
        raise AboveApproved(approved=bid.approved, award=command.amount)
    return [
        BidAwarded(partnership_id=bid.partnership_id, award_id=command.award_id, amount=command.amount, on=command.on)
    ]


def lapse(bid: Bid, command: LapseOffer) -> list[Event]:
    if bid.award_id != command.award_id:
        return []
    return [OfferLapsed(partnership_id=bid.partnership_id, award_id=command.award_id, on=command.on)]


def vary_approval(bid: Bid, command: VaryApproval) -> list[Event]:
    if bid.approved == command.approved:
        return []
    if bid.approved is None or bid.status not in (Status.APPROVED, Status.AWARDED):
        raise BidNotApproved(status=bid.status.value)
    if not command.approved.is_positive:
        raise ApprovedNotPositive(approved=command.approved)
    if command.approved.currency != bid.approved.currency:
        raise BidCurrencyDiffers(approved=bid.approved.currency, given=command.approved.currency)
    if bid.requested is not None and command.approved > bid.requested:
        raise AboveRequested(requested=bid.requested, approved=command.approved)
    if not command.because.strip():
        raise ReasonMissing
    return [
        ApprovalVaried(
            partnership_id=bid.partnership_id,
            approved=command.approved,
            change=command.approved - bid.approved,
            because=command.because,
            on=command.on,
        )
    ]
