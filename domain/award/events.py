"""The events of an award."""

from enum import Enum
from typing import TypeAlias

from domain.award.beside.events import ContributionPledged, ContributionReceived
from domain.award.certified.events import FundingCertified, ReturnFiled, ReturnJudged
from domain.award.stated import (
    AwardNoLongerStated,
    AwardReassigned,
    AwardRestated,
    AwardStatedAgain,
    ComponentRestated,
    LineLeftOut,
    ParticularsStated,
    PeriodStated,
    TransactionStated,
    TransactionUnstated,
)
from domain.between.strands import StrandAgreed
from domain.values.fact import DateCorrected, Fact, StatementReplaced
from domain.values.financial_year import LineKind, Spending
from domain.values.frozen import frozen
from domain.values.ids import AwardId, BidId, EntryId, OrganisationId, PartnershipId, RoundId
from domain.values.money import Money, total
from domain.values.when import When


@frozen
class BudgetLine:
    """The part of an award that is for one purpose. *kind* is the kind of its costs."""

    name: str
    amount: Money
    kind: LineKind | None = None


class Variation(Enum):
    """Why an award is varied: to add, reduce, move between lines, extend, or correct an earlier variation."""

    UPLIFT = "uplift"
    REDUCTION = "reduction"
    REALLOCATION = "reallocation"
    EXTENSION = "extension"
    CORRECTION = "correction"


class SettledBy(Enum):
    """How a recovery is settled: the money is repaid, or deducted from a payment."""

    REPAYMENT = "repayment"
    OFFSET = "offset"


@frozen
class AwardOffered(Fact):
    """The funder offers the partnership an award of *amount* for its bid.

    The money comes from the round of the bid (or a ring-fence of it), from another award (*funded_from*), or from the
    budget of the scheme. *purpose* is what the award is for.
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
    purpose: str | None = None


@frozen
class OfferAccepted(Fact):
    """The partnership accepts the offer: the award is now valid."""

    partnership_id: PartnershipId


@frozen
class OfferDeclined(Fact):
    """The partnership declines the offer; *given_back* goes back to the source of funds."""

    partnership_id: PartnershipId
    because: str
    given_back: Money


@frozen
class ConditionSet(Fact):
    """A condition is set. While a condition that is *precedent* to payment is open, no payment is released."""

    partnership_id: PartnershipId
    number: int
    text: str
    precedent: bool


@frozen
class ConditionMet(Fact):
    """The condition is met."""

    partnership_id: PartnershipId
    number: int


@frozen
class ConditionWaived(Fact):
    """The condition no longer has to be met, for a reason."""

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
    """A planned instalment is now *amount*, on *due*, for a reason. An amount of 0 cancels it."""

    partnership_id: PartnershipId
    number: int
    amount: Money
    due: When
    because: str


@frozen
class ProfileLine:
    """The part of an award that is to be paid in one financial year: for capital or revenue, where that is known."""

    year: str
    amount: Money
    spending: Spending | None = None


@frozen
class ProfileAgreed(Fact):
    """The profile of the award is agreed with the offer: how much of it is to be paid in each financial year."""

    partnership_id: PartnershipId
    lines: tuple[ProfileLine, ...]

    @property
    def total(self) -> Money:
        """The sum of its lines."""
        return profiled(self.lines)


@frozen
class ProfileChanged(Fact):
    """The profile of the award is another one from now on, for a reason. *number* counts profiles: the first has 1."""

    partnership_id: PartnershipId
    number: int
    lines: tuple[ProfileLine, ...]
    because: str

    @property
    def total(self) -> Money:
        """The sum of its lines."""
        return profiled(self.lines)


def profiled(lines: tuple[ProfileLine, ...]) -> Money:
    """The sum of the lines of a profile, of which there is at least one."""
    return total([line.amount for line in lines], lines[0].amount.currency)


@frozen
class PaymentRequested(Fact):
    """The partnership requests part of the award. *corrects* is the number of the reversed payment it replaces.

    *payee_id* is the organisation to pay, where it is not the lead. *purpose* is what the payment is for.
    """

    partnership_id: PartnershipId
    number: int
    amount: Money
    corrects: int | None = None
    payee_id: OrganisationId | None = None
    purpose: str | None = None


@frozen
class PaymentApproved(Fact):
    """The payment is approved: it is payable."""

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
    """The bank has confirmed the payment."""

    partnership_id: PartnershipId
    number: int
    bank_reference: str | None = None


@frozen
class PaymentReturned(Fact):
    """Money of a payment has come back. *part* numbers the returns of one payment from 1."""

    partnership_id: PartnershipId
    number: int
    part: int
    amount: Money
    because: str


@frozen
class PaymentMatched(Fact):
    """*amount* of the payment is matched to the bank entry *entry_id*, or to part of it.

    *part* is the return that the entry brought back; None if the entry is the payment itself. *recorded* is true if
    the match settled the payment or recorded the return.
    """

    partnership_id: PartnershipId
    number: int
    part: int | None = None
    entry_id: EntryId
    amount: Money
    recorded: bool


@frozen
class MatchUndone(Fact):
    """A match to a bank entry is undone. *unsettled* is true if the payment is then no longer settled."""

    partnership_id: PartnershipId
    number: int
    entry_id: EntryId
    unsettled: bool
    because: str


@frozen
class ReturnUndone(Fact):
    """The return *part* of the payment is undone: its amount counts as paid again."""

    partnership_id: PartnershipId
    number: int
    part: int
    amount: Money
    because: str


@frozen
class PaymentReversed(Fact):
    """The payment was entered wrongly and counts as not made. *was* is the status that it had.

    It counts as not made from the date *on*: for a simple mistake, the day of the wrong entry.
    """

    partnership_id: PartnershipId
    number: int
    amount: Money
    was: str
    because: str


@frozen
class HoldPlaced(Fact):
    """Payments are on hold, for a reason: none is approved or released."""

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
    """The change of a budget line; negative if it is reduced."""

    name: str
    change: Money


@frozen
class AwardVaried(Fact):
    """The award is changed: its amount by *change* (negative for a reduction), its budget lines or its end.

    *corrects* is the number of the variation that a correction corrects.
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
    """Part of this award funds another award: the same money, one step further."""

    partnership_id: PartnershipId
    award_id: AwardId
    amount: Money


@frozen
class RegrantReturned(Fact):
    """Another award gives back part of what this award gave to it."""

    partnership_id: PartnershipId
    award_id: AwardId
    amount: Money


@frozen
class ExpenditureReported(Fact):
    """The partnership reports expenditure of the award, on *line* if the award has budget lines.

    *payee_id* is the organisation that the partnership paid.
    """

    partnership_id: PartnershipId
    number: int
    amount: Money
    line: str | None = None
    description: str
    payee_id: OrganisationId | None = None


@frozen
class ReturnRequired(Fact):
    """The partnership owes the funder a return: a statement of what *covers* names, by the last day of *due*."""

    partnership_id: PartnershipId
    number: int
    covers: str
    due: When


@frozen
class ReturnPrepared(Fact):
    """The partnership's return is ready to be certified, by another person than the one who prepared it."""

    partnership_id: PartnershipId
    number: int


@frozen
class ReturnCertified(Fact):
    """The funder has received the return, certified by the person responsible for the partnership's accounts."""

    partnership_id: PartnershipId
    number: int


@frozen
class RecoveryRaised(Fact):
    """The funder claims money back, for a reason: money of *payment*, if it names one."""

    partnership_id: PartnershipId
    number: int
    amount: Money
    because: str
    payment: int | None = None


@frozen
class RecoveryApproved(Fact):
    """The claim is approved: the money is recoverable."""

    partnership_id: PartnershipId
    number: int
    amount: Money


@frozen
class RecoverySettled(Fact):
    """Part of a recovery has come back: repaid, or deducted from *payment*. *part* numbers the settlements from 1."""

    partnership_id: PartnershipId
    number: int
    part: int
    amount: Money
    by: SettledBy
    payment: int | None = None


@frozen
class RepaymentReferenced(Fact):
    """The repayment *part* of the recovery was made under *reference*, by which its bank entry is found."""

    partnership_id: PartnershipId
    number: int
    part: int
    reference: str


@frozen
class RepaymentMatched(Fact):
    """The repayment *part* of the recovery is matched to the bank entry *entry_id*, which has its amount."""

    partnership_id: PartnershipId
    number: int
    part: int
    entry_id: EntryId
    amount: Money


@frozen
class RepaymentMatchUndone(Fact):
    """The match of the repayment *part* of the recovery to a bank entry is undone, for a reason."""

    partnership_id: PartnershipId
    number: int
    part: int
    entry_id: EntryId
    because: str


@frozen
class RecoveryWrittenOff(Fact):
    """The rest of a recovery is written off, for a reason."""

    partnership_id: PartnershipId
    number: int
    amount: Money
    because: str


@frozen
class RecoveryWithdrawn(Fact):
    """A recovery that was not approved is withdrawn, for a reason."""

    partnership_id: PartnershipId
    number: int
    amount: Money
    because: str


@frozen
class AwardClosed(Fact):
    """Nothing more is paid on the award. What is unspent, *given_back*, goes back to the source of funds."""

    partnership_id: PartnershipId
    given_back: Money


@frozen
class AwardTerminated(Fact):
    """The award ends early, for a reason. What is unspent, *given_back*, goes back to the source of funds."""

    partnership_id: PartnershipId
    because: str
    given_back: Money


@frozen
class UnspentGivenBack(Fact):
    """Money came back to an award that had ended; *given_back* is passed on to the source of funds."""

    partnership_id: PartnershipId
    given_back: Money


@frozen
class AwardReopened(Fact):
    """An award that had ended continues, for a reason. Only an uplift brings back what it had given back."""

    partnership_id: PartnershipId
    because: str


# The basis of an award for which its source states no amount: an IATI activity without a commitment.
NO_AMOUNT = "IATI, no commitment stated"


@frozen
class AwardStated(Fact):
    """A source states an award of *amount*, perhaps without saying when it was made or paid.

    With the *basis* NO_AMOUNT the source states no amount of the award, only payments or other facts of it. Then
    *amount* is 0.
    """

    partnership_id: PartnershipId
    reference: str
    amount: Money
    purpose: str
    basis: str
    funder_id: OrganisationId | None = None
    remarks: str | None = None

    @property
    def states_amount(self) -> bool:
        """Whether the source states the amount of the award."""
        return self.basis != NO_AMOUNT


@frozen
class ComponentStated(Fact):
    """A source states a part of the total of the award. It is the same money, not extra money."""

    partnership_id: PartnershipId
    amount: Money
    purpose: str
    remarks: str | None = None


@frozen
class AwardCorroborated(Fact):
    """Another source states the same award, with the same amount."""

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
    | ProfileAgreed
    | ProfileChanged
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
    | ReturnPrepared
    | ReturnFiled
    | ReturnJudged
    | ReturnCertified
    | FundingCertified
    | ContributionPledged
    | ContributionReceived
    | StrandAgreed
    | RecoveryRaised
    | RecoveryApproved
    | RecoverySettled
    | RepaymentReferenced
    | RepaymentMatched
    | RepaymentMatchUndone
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
    | LineLeftOut
    | TransactionStated
    | TransactionUnstated
    | PeriodStated
    | ParticularsStated
    | AwardReassigned
    | AwardNoLongerStated
    | AwardStatedAgain
    | DateCorrected
    | StatementReplaced
)
