"""The commands that people give to an award.

Where a command begins something with a number, no number stands for the next free one.
"""

from typing import ClassVar, TypeAlias

from domain.award.beside.commands import AgreeStrand, PledgeContribution, ReceiveContribution
from domain.award.certified.commands import CertifyFunding, FileReturn, JudgeReturn
from domain.award.events import BudgetLine, LineChange, ProfileLine, SettledBy, Variation
from domain.values.frozen import frozen
from domain.values.ids import AwardId, BidId, EntryId, OrganisationId
from domain.values.money import Money
from domain.values.when import When


@frozen
class _OfAward:
    """A command that is decided on the stream of the award."""

    award_id: AwardId
    on: When

    @property
    def stream(self) -> str:
        """The id of the stream that decides the command."""
        return self.award_id


@frozen
class OfferAward(_OfAward):
    """Offer the partnership an award for its approved bid.

    Also reads the bid, the source of funds and the partnership. *purpose* is what the award is for. Money of a
    ring-fence is only for the purpose of the ring-fence.
    """

    begins: ClassVar = "award_id"

    bid_id: BidId
    reference: str
    amount: Money
    ring_fence: str | None = None
    funded_from: AwardId | None = None
    lines: tuple[BudgetLine, ...] = ()
    until: When | None = None
    purpose: str | None = None


@frozen
class AcceptOffer(_OfAward):
    """Accept the offer of an award."""


@frozen
class DeclineOffer(_OfAward):
    """Decline the offer of an award, with a reason. The money goes back to its source of funds."""

    because: str


@frozen
class SetCondition(_OfAward):
    """Set a condition of the award, which may be precedent to payment.

    While a condition that is *precedent* is open, no payment is released.
    """

    number: int | None = None
    text: str
    precedent: bool


@frozen
class MeetCondition(_OfAward):
    """Record that a condition has been met."""

    number: int


@frozen
class WaiveCondition(_OfAward):
    """Waive a condition, with a reason."""

    number: int
    because: str


@frozen
class ScheduleInstalment(_OfAward):
    """Plan to pay part of the award on a due date."""

    number: int | None = None
    amount: Money
    due: When


@frozen
class ChangeInstalment(_OfAward):
    """Change the amount and due date of an instalment, with a reason. An amount of 0 cancels it."""

    number: int
    amount: Money
    due: When
    because: str


@frozen
class AgreeProfile(_OfAward):
    """Agree how much of the award is to be paid in each financial year. The lines add up to the award."""

    lines: tuple[ProfileLine, ...]


@frozen
class ChangeProfile(_OfAward):
    """Change how much of the award is to be paid in each financial year, with a reason.

    All lines of the new profile are given. They add up to the award.
    """

    lines: tuple[ProfileLine, ...]
    because: str


@frozen
class RequestPayment(_OfAward):
    """Request a payment of part of the award.

    *corrects* is the number of the reversed payment that this one replaces. *payee_id* is the organisation to pay. If
    you leave it out, it is the lead of the partnership. *purpose* is what the payment is for.
    """

    number: int | None = None
    amount: Money
    corrects: int | None = None
    payee_id: OrganisationId | None = None
    purpose: str | None = None


@frozen
class ApprovePayment(_OfAward):
    """Approve a requested payment."""

    number: int


@frozen
class ReleasePayment(_OfAward):
    """Release an approved payment: send the money."""

    number: int
    bank_reference: str | None = None


@frozen
class SettlePayment(_OfAward):
    """Record that the bank has confirmed a payment."""

    number: int
    bank_reference: str | None = None


@frozen
class ReturnPayment(_OfAward):
    """Record that money of a payment has come back.

    *part* numbers the returns of one payment from 1.
    """

    number: int
    part: int | None = None
    amount: Money
    because: str


@frozen
class MatchPayment(_OfAward):
    """Match a payment, or part of it, to a bank entry. A payment that is matched in full is settled.

    This is part of a decision about the entry.
    """

    number: int
    entry_id: EntryId
    amount: Money
    bank_reference: str | None = None


@frozen
class MatchReturn(_OfAward):
    """Match a bank entry to money of a payment that came back.

    *part* is the return already recorded; None records a new one. This is part of a decision about the entry.
    """

    number: int
    part: int | None
    entry_id: EntryId
    amount: Money
    because: str


@frozen
class UndoMatch(_OfAward):
    """Undo the match of a payment to a bank entry, with a reason. This is part of a decision about the entry."""

    number: int
    entry_id: EntryId
    because: str


@frozen
class ReversePayment(_OfAward):
    """Reverse a payment that was entered wrongly, with a reason."""

    number: int
    because: str


@frozen
class PlaceHold(_OfAward):
    """Put payments of the award on hold, with a reason: none is approved or released."""

    number: int | None = None
    because: str


@frozen
class LiftHold(_OfAward):
    """Lift a hold, with a reason."""

    number: int
    because: str


@frozen
class VaryAward(_OfAward):
    """Vary the award: change its amount, its budget lines or its end, with a reason.

    If the amount changes, the decision also reads the bid and the source of funds.
    """

    number: int | None = None
    kind: Variation
    change: Money
    lines: tuple[LineChange, ...] = ()
    until: When | None = None
    because: str
    corrects: int | None = None


@frozen
class RegrantFunds(_OfAward):
    """Use part of this award to fund another award. Decided together with that award.

    *total* is the whole amount that this award gives to *child*, not the change.
    """

    child: AwardId
    total: Money


@frozen
class ReportExpenditure(_OfAward):
    """Report expenditure of the award.

    *payee_id* is the organisation that the partnership paid.
    """

    number: int | None = None
    amount: Money
    line: str | None = None
    description: str
    payee_id: OrganisationId | None = None


@frozen
class RequireReturn(_OfAward):
    """Require a return (a statement by the partnership), by a due date.

    It is due by the last day of *due*.
    """

    number: int | None = None
    covers: str
    due: When


@frozen
class PrepareReturn(_OfAward):
    """Record that a required return is ready to be certified. Another person certifies it."""

    number: int


@frozen
class CertifyReturn(_OfAward):
    """Record that a required return has arrived, certified."""

    number: int


@frozen
class RaiseRecovery(_OfAward):
    """Claim money back, with a reason.

    *payment* is the number of the payment that it was paid with, if it is one.
    """

    number: int | None = None
    amount: Money
    because: str
    payment: int | None = None


@frozen
class ApproveRecovery(_OfAward):
    """Approve a claim for money back."""

    number: int


@frozen
class SettleRecovery(_OfAward):
    """Record that claimed money has come back: repaid, or deducted from a payment.

    *part* numbers the settlements of one recovery from 1. *payment* is the payment that an offset is deducted from.
    *reference* is the reference under which it was repaid, by which its bank entry is found.
    """

    number: int
    part: int | None = None
    amount: Money
    by: SettledBy
    payment: int | None = None
    reference: str | None = None


@frozen
class MatchRecovery(_OfAward):
    """Match a repayment of a recovery to a bank entry of *amount*. This is part of a decision about the entry."""

    number: int
    part: int
    entry_id: EntryId
    amount: Money


@frozen
class UndoRecoveryMatch(_OfAward):
    """Undo the match of a repayment to a bank entry, with a reason. This is part of a decision about the entry."""

    number: int
    part: int
    entry_id: EntryId
    because: str


@frozen
class WriteOffRecovery(_OfAward):
    """Write off what is still outstanding of a recovery, with a reason."""

    number: int
    because: str


@frozen
class WithdrawRecovery(_OfAward):
    """Withdraw a recovery that has not been approved, with a reason."""

    number: int
    because: str


@frozen
class CloseAward(_OfAward):
    """Close the award. What is unspent goes back to its source of funds."""


@frozen
class TerminateAward(_OfAward):
    """End the award early, with a reason. What is unspent goes back to its source of funds."""

    because: str


@frozen
class ReopenAward(_OfAward):
    """Reopen a closed or terminated award, with a reason."""

    because: str


Command: TypeAlias = (
    OfferAward
    | AcceptOffer
    | DeclineOffer
    | SetCondition
    | MeetCondition
    | WaiveCondition
    | ScheduleInstalment
    | ChangeInstalment
    | AgreeProfile
    | ChangeProfile
    | RequestPayment
    | ApprovePayment
    | ReleasePayment
    | SettlePayment
    | ReturnPayment
    | ReversePayment
    | MatchPayment
    | MatchReturn
    | UndoMatch
    | PlaceHold
    | LiftHold
    | VaryAward
    | RegrantFunds
    | ReportExpenditure
    | RequireReturn
    | PrepareReturn
    | FileReturn
    | JudgeReturn
    | CertifyReturn
    | CertifyFunding
    | RaiseRecovery
    | ApproveRecovery
    | SettleRecovery
    | MatchRecovery
    | UndoRecoveryMatch
    | WriteOffRecovery
    | WithdrawRecovery
    | CloseAward
    | TerminateAward
    | ReopenAward
    | PledgeContribution
    | ReceiveContribution
    | AgreeStrand
)
