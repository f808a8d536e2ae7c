"""What happens to an award."""

from enum import Enum
from typing import TypeAlias

from domain.award.stated import (
    AwardNoLongerStated,
    AwardReassigned,
    AwardRestated,
    AwardStatedAgain,
    ComponentRestated,
    ParticularsStated,
    PeriodStated,
    TransactionStated,
    TransactionUnstated,
)
from domain.values.fact import Fact
from domain.values.frozen import frozen
from domain.values.ids import AwardId, BidId, EntryId, OrganisationId, PartnershipId, RoundId
from domain.values.money import Money
from domain.values.when import When


@frozen
class BudgetLine:
    """Part of an award that is for one kind of cost."""

    name: str
    amount: Money


class Variation(Enum):
    """Why an award is varied: more, less, between lines, longer, or to put an earlier variation right."""

    UPLIFT = "uplift"
    REDUCTION = "reduction"
    REALLOCATION = "reallocation"
    EXTENSION = "extension"
    CORRECTION = "correction"


class SettledBy(Enum):
    """How a recovery is settled: money sent back, or deducted from a payment."""

    REPAYMENT = "repayment"
    OFFSET = "offset"


@frozen
class AwardOffered(Fact):
    """The funder offers the partnership this much, on the strength of a bid.

    The money comes from the bid's round (there perhaps from a ring-fence), from another award (*funded_from*), or from
    the scheme's budget.
    """

    partnership_id: PartnershipId
    bid_id: BidId
    round_id: RoundId | None = None
    ring_fence: str | None = None
    funded_from: AwardId | None = None
    reference: str
    amount: Money
    lines: tuple[BudgetLine, ...] = ()
    until: When | None = None


@frozen
class OfferAccepted(Fact):
    """The partnership takes the offer: the award stands."""

    partnership_id: PartnershipId


@frozen
class OfferDeclined(Fact):
    """The partnership does not take the offer; *given_back* goes back to where it came from."""

    partnership_id: PartnershipId
    because: str
    given_back: Money


@frozen
class ConditionSet(Fact):
    """Something must be so. While one that is *precedent* to payment is open, nothing is released."""

    partnership_id: PartnershipId
    number: int
    text: str
    precedent: bool


@frozen
class ConditionMet(Fact):
    """It is so."""

    partnership_id: PartnershipId
    number: int


@frozen
class ConditionWaived(Fact):
    """It need not be so, and why."""

    partnership_id: PartnershipId
    number: int
    because: str


@frozen
class InstalmentScheduled(Fact):
    """Part of the award is planned to be paid on *due*."""

    partnership_id: PartnershipId
    number: int
    amount: Money
    due: When


@frozen
class InstalmentChanged(Fact):
    """A planned instalment is now of *amount* (nothing: it falls away), planned for *due*, and why."""

    partnership_id: PartnershipId
    number: int
    amount: Money
    due: When
    because: str


@frozen
class PaymentRequested(Fact):
    """The partnership asks for part of the award. *corrects* is the number of the reversed payment that it replaces."""

    partnership_id: PartnershipId
    number: int
    amount: Money
    corrects: int | None = None


@frozen
class PaymentApproved(Fact):
    """The payment may be made: it is payable."""

    partnership_id: PartnershipId
    number: int
    amount: Money


@frozen
class PaymentReleased(Fact):
    """The money has been sent."""

    partnership_id: PartnershipId
    number: int
    amount: Money
    bank_reference: str | None = None


@frozen
class PaymentSettled(Fact):
    """The bank confirms that the money has arrived."""

    partnership_id: PartnershipId
    number: int
    bank_reference: str | None = None


@frozen
class PaymentReturned(Fact):
    """Money of a payment has come back; *part* counts the returns of one payment from 1."""

    partnership_id: PartnershipId
    number: int
    part: int
    amount: Money
    because: str


@frozen
class PaymentMatched(Fact):
    """*amount* of the payment was found at the bank, as the entry *entry_id* or part of it.

    *part* is the return of the payment that the entry brought back, None for the payment itself. *recorded* says that
    the match itself settled the payment, or recorded the return.
    """

    partnership_id: PartnershipId
    number: int
    part: int | None = None
    entry_id: EntryId
    amount: Money
    recorded: bool


@frozen
class MatchUndone(Fact):
    """The payment, or its return, is not that entry of the bank; *unsettled* says that it is no longer settled."""

    partnership_id: PartnershipId
    number: int
    entry_id: EntryId
    unsettled: bool
    because: str


@frozen
class ReturnUndone(Fact):
    """The *part*-th return of the payment was none: its amount counts as paid again."""

    partnership_id: PartnershipId
    number: int
    part: int
    amount: Money
    because: str


@frozen
class PaymentReversed(Fact):
    """The payment was entered wrongly and counts as not made; *was* is how far it had come.

    *on* is from when it counts as not made: the day of the entry that was wrong, for a plain slip.
    """

    partnership_id: PartnershipId
    number: int
    amount: Money
    was: str
    because: str


@frozen
class HoldPlaced(Fact):
    """Nothing is approved or released for the time being, and why."""

    partnership_id: PartnershipId
    number: int
    because: str


@frozen
class HoldLifted(Fact):
    """The hold is over."""

    partnership_id: PartnershipId
    number: int
    because: str


@frozen
class LineChange:
    """By how much a budget line grows; negative where it shrinks."""

    name: str
    change: Money


@frozen
class AwardVaried(Fact):
    """The award is changed: its amount by *change* (negative for less), its lines, its end.

    *corrects* is the number of the variation that a correction puts right.
    """

    partnership_id: PartnershipId
    number: int
    kind: Variation
    change: Money
    lines: tuple[LineChange, ...] = ()
    until: When | None = None
    because: str
    corrects: int | None = None


@frozen
class FundsRegranted(Fact):
    """Part of this award funds another: the same money, followed one step further."""

    partnership_id: PartnershipId
    award_id: AwardId
    amount: Money


@frozen
class RegrantReturned(Fact):
    """Part of what funded another award is not needed there after all."""

    partnership_id: PartnershipId
    award_id: AwardId
    amount: Money


@frozen
class ExpenditureReported(Fact):
    """The partnership reports what it has spent of the award, on which line where the award has lines."""

    partnership_id: PartnershipId
    number: int
    amount: Money
    line: str | None = None
    description: str


@frozen
class ReturnRequired(Fact):
    """The partnership owes the funder a return, a statement of what *covers* names, by the last day of *due*."""

    partnership_id: PartnershipId
    number: int
    covers: str
    due: When


@frozen
class ReturnCertified(Fact):
    """The return is with the funder, certified by whoever answers for the partnership's accounts."""

    partnership_id: PartnershipId
    number: int


@frozen
class RecoveryRaised(Fact):
    """The funder means to have money back, and why."""

    partnership_id: PartnershipId
    number: int
    amount: Money
    because: str


@frozen
class RecoveryApproved(Fact):
    """The money is to come back: it is recoverable."""

    partnership_id: PartnershipId
    number: int
    amount: Money


@frozen
class RecoverySettled(Fact):
    """Part of a recovery has come back: repaid, or deducted from *payment*. *part* counts from 1."""

    partnership_id: PartnershipId
    number: int
    part: int
    amount: Money
    by: SettledBy
    payment: int | None = None


@frozen
class RecoveryWrittenOff(Fact):
    """The rest of a recovery will not come back, and why."""

    partnership_id: PartnershipId
    number: int
    amount: Money
    because: str


@frozen
class RecoveryWithdrawn(Fact):
    """A recovery that was raised and not approved is let go, and why."""

    partnership_id: PartnershipId
    number: int
    amount: Money
    because: str


@frozen
class AwardClosed(Fact):
    """Nothing more is paid on the award; what is unspent, *given_back*, goes back to where it came from."""

    partnership_id: PartnershipId
    given_back: Money


@frozen
class AwardTerminated(Fact):
    """The award ends early, and why; what is unspent, *given_back*, goes back to where it came from."""

    partnership_id: PartnershipId
    because: str
    given_back: Money


@frozen
class UnspentGivenBack(Fact):
    """Money came back to an award that had ended: *given_back* goes on to where it came from."""

    partnership_id: PartnershipId
    given_back: Money


@frozen
class AwardReopened(Fact):
    """An award that had ended goes on, and why. What it had given back comes again by an uplift only."""

    partnership_id: PartnershipId
    because: str


@frozen
class AwardStated(Fact):
    """A source states an award of this amount; it need not say when it was made or paid."""

    partnership_id: PartnershipId
    reference: str
    amount: Money
    purpose: str
    basis: str
    funder_id: OrganisationId | None = None
    remarks: str | None = None


@frozen
class ComponentStated(Fact):
    """A source states part of the award's total. It is the same money, never more money."""

    partnership_id: PartnershipId
    amount: Money
    purpose: str
    remarks: str | None = None


@frozen
class AwardCorroborated(Fact):
    """A further source states the award, of the same amount."""

    partnership_id: PartnershipId
    amount: Money
    summary: str


Event: TypeAlias = (
    AwardOffered
    | OfferAccepted
    | OfferDeclined
    | ConditionSet
    | ConditionMet
    | ConditionWaived
    | InstalmentScheduled
    | InstalmentChanged
    | PaymentRequested
    | PaymentApproved
    | PaymentReleased
    | PaymentSettled
    | PaymentReturned
    | PaymentReversed
    | PaymentMatched
    | MatchUndone
    | ReturnUndone
    | HoldPlaced
    | HoldLifted
    | AwardVaried
    | FundsRegranted
    | RegrantReturned
    | ExpenditureReported
    | ReturnRequired
    | ReturnCertified
    | RecoveryRaised
    | RecoveryApproved
    | RecoverySettled
    | RecoveryWrittenOff
    | RecoveryWithdrawn
    | AwardClosed
    | AwardTerminated
    | UnspentGivenBack
    | AwardReopened
    | AwardStated
    | ComponentStated
    | AwardCorroborated
    | AwardRestated
    | ComponentRestated
    | TransactionStated
    | TransactionUnstated
    | PeriodStated
    | ParticularsStated
    | AwardReassigned
    | AwardNoLongerStated
    | AwardStatedAgain
)
