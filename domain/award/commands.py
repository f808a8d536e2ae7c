"""What people ask of an award."""

from typing import TypeAlias

from domain.award.events import BudgetLine, LineChange, SettledBy, Variation
from domain.values.frozen import frozen
from domain.values.ids import AwardId, BidId, EntryId
from domain.values.money import Money
from domain.values.when import When


@frozen
class _OfAward:
    """A command that is decided on the award's own stream."""

    award_id: AwardId
    on: When

    @property
    def stream(self) -> str:
        """The stream that the command is decided on."""
        return self.award_id


@frozen
class OfferAward(_OfAward):
    """Offer the partnership an award for its bid. Reads the bid, its source of funds and the partnership as well."""

    bid_id: BidId
    reference: str
    amount: Money
    ring_fence: str | None = None
    funded_from: AwardId | None = None
    lines: tuple[BudgetLine, ...] = ()
    until: When | None = None


@frozen
class AcceptOffer(_OfAward):
    """Take the offer."""


@frozen
class DeclineOffer(_OfAward):
    """Do not take the offer, and say why. Gives the money back to where it came from."""

    because: str


@frozen
class SetCondition(_OfAward):
    """Lay down a condition, *precedent* to payment or not."""

    number: int
    text: str
    precedent: bool


@frozen
class MeetCondition(_OfAward):
    """Note that a condition is met."""

    number: int


@frozen
class WaiveCondition(_OfAward):
    """Let a condition go, and say why."""

    number: int
    because: str


@frozen
class ScheduleInstalment(_OfAward):
    """Plan to pay part of the award on *due*."""

    number: int
    amount: Money
    due: When


@frozen
class ChangeInstalment(_OfAward):
    """Plan an instalment anew, of nothing where it falls away, and say why."""

    number: int
    amount: Money
    due: When
    because: str


@frozen
class RequestPayment(_OfAward):
    """Ask for part of the award; *corrects* names the reversed payment that this one replaces."""

    number: int
    amount: Money
    corrects: int | None = None


@frozen
class ApprovePayment(_OfAward):
    """Allow a payment to be made."""

    number: int


@frozen
class ReleasePayment(_OfAward):
    """Send the money."""

    number: int
    bank_reference: str | None = None


@frozen
class SettlePayment(_OfAward):
    """Note that the bank confirms the payment."""

    number: int
    bank_reference: str | None = None


@frozen
class ReturnPayment(_OfAward):
    """Note that money of a payment has come back, as its *part*-th return."""

    number: int
    part: int
    amount: Money
    because: str


@frozen
class MatchPayment(_OfAward):
    """Note that *amount* of a payment left the bank as an entry. What is all there by now is settled by it.

    Part of a decision about the entry.
    """

    number: int
    entry_id: EntryId
    amount: Money
    bank_reference: str | None = None


@frozen
class MatchReturn(_OfAward):
    """Note that an entry brought *amount* of a payment back: as its return *part*, or as a new return without one.

    Part of a decision about the entry.
    """

    number: int
    part: int | None
    entry_id: EntryId
    amount: Money
    because: str


@frozen
class UndoMatch(_OfAward):
    """Note that the entry was another thing, and why; part of a decision about the entry."""

    number: int
    entry_id: EntryId
    because: str


@frozen
class ReversePayment(_OfAward):
    """Take back a payment that was entered wrongly, and say why."""

    number: int
    because: str


@frozen
class PlaceHold(_OfAward):
    """Let nothing be approved or released for the time being, and say why."""

    number: int
    because: str


@frozen
class LiftHold(_OfAward):
    """End a hold, and say why."""

    number: int
    because: str


@frozen
class VaryAward(_OfAward):
    """Change the award. Reads the bid and the source of funds where its amount changes."""

    number: int
    kind: Variation
    change: Money
    lines: tuple[LineChange, ...] = ()
    until: When | None = None
    because: str
    corrects: int | None = None


@frozen
class RegrantFunds(_OfAward):
    """Let part of this award fund another: *total* is all that it funds of it. Decided together with that award."""

    child: AwardId
    total: Money


@frozen
class ReportExpenditure(_OfAward):
    """Report what has been spent."""

    number: int
    amount: Money
    line: str | None = None
    description: str


@frozen
class RequireReturn(_OfAward):
    """Ask for a return, by the last day of *due*."""

    number: int
    covers: str
    due: When


@frozen
class CertifyReturn(_OfAward):
    """Note that a return has come in, certified."""

    number: int


@frozen
class RaiseRecovery(_OfAward):
    """Mean to have money back, and say why."""

    number: int
    amount: Money
    because: str


@frozen
class ApproveRecovery(_OfAward):
    """Decide that the money is to come back."""

    number: int


@frozen
class SettleRecovery(_OfAward):
    """Note that money has come back, as the *part*-th settlement: repaid, or deducted from *payment*."""

    number: int
    part: int
    amount: Money
    by: SettledBy
    payment: int | None = None


@frozen
class WriteOffRecovery(_OfAward):
    """Give up what is still outstanding of a recovery, and say why."""

    number: int
    because: str


@frozen
class WithdrawRecovery(_OfAward):
    """Let a recovery go that was not approved yet, and say why."""

    number: int
    because: str


@frozen
class CloseAward(_OfAward):
    """Pay nothing more on the award. Gives back what is unspent."""


@frozen
class TerminateAward(_OfAward):
    """End the award early, and say why. Gives back what is unspent."""

    because: str


@frozen
class ReopenAward(_OfAward):
    """Let an award that has ended go on, and say why: to put right what was found later."""

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
    | CertifyReturn
    | RaiseRecovery
    | ApproveRecovery
    | SettleRecovery
    | WriteOffRecovery
    | WithdrawRecovery
    | CloseAward
    | TerminateAward
    | ReopenAward
)
