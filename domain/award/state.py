"""The state of an award that the rules need, computed from its events."""

from enum import Enum
from typing import assert_never

from domain.award.beside.events import ContributionPledged, ContributionReceived
from domain.award.certified.events import FundingCertified, ReturnFiled, ReturnJudged
from domain.award.events import (
    AwardClosed,
    AwardCorroborated,
    AwardOffered,
    AwardReopened,
    AwardStated,
    AwardTerminated,
    AwardVaried,
    ComponentStated,
    ConditionMet,
    ConditionSet,
    ConditionWaived,
    Event,
    ExpenditureReported,
    FundsRegranted,
    HoldLifted,
    HoldPlaced,
    InstalmentChanged,
    InstalmentScheduled,
    MatchUndone,
    OfferAccepted,
    OfferDeclined,
    PaymentApproved,
    PaymentMatched,
    PaymentReleased,
    PaymentRequested,
    PaymentReturned,
    PaymentReversed,
    PaymentSettled,
    ProfileAgreed,
    ProfileChanged,
    ProfileLine,
    RecoveryApproved,
    RecoveryRaised,
    RecoverySettled,
    RecoveryWithdrawn,
    RecoveryWrittenOff,
    RegrantReturned,
    RepaymentMatched,
    RepaymentMatchUndone,
    RepaymentReferenced,
    ReturnCertified,
    ReturnPrepared,
    ReturnRequired,
    ReturnUndone,
    UnspentGivenBack,
)
from domain.award.stated import (
    AwardNoLongerStated,
    AwardReassigned,
    AwardRestated,
    AwardStatedAgain,
    ComponentRestated,
    LineLeftOut,
    ParticularsStated,
    PeriodStated,
    Transaction,
    TransactionStated,
    TransactionUnstated,
)
from domain.between.strands import StrandAgreed
from domain.values.fact import DateCorrected, StatementReplaced, with_right_date
from domain.values.frozen import frozen, replace
from domain.values.ids import AwardId, BidId, EntryId, OrganisationId, PartnershipId, RoundId
from domain.values.money import Money, total
from domain.values.when import When


class Status(Enum):
    """The status of an award. STATED is an award that only a register states."""

    OFFERED = "offered"
    ACCEPTED = "accepted"
    DECLINED = "declined"
    CLOSED = "closed"
    TERMINATED = "terminated"
    STATED = "stated"


class Paying(Enum):
    """The status of a payment."""

    REQUESTED = "requested"
    APPROVED = "approved"
    RELEASED = "released"
    SETTLED = "settled"
    REVERSED = "reversed"


@frozen
class AtBank:
    """A match of a payment to a bank entry: its amount, and the return it is (None: the payment itself).

    *recorded* is true if the match settled the payment or recorded the return.
    """

    amount: Money
    part: int | None
    recorded: bool


@frozen
class Payment:
    """A payment of an award. *returns* maps each part number to what came back and the reason.

    *reference* is the bank reference of the release, *matches* the bank entries it is matched to, *undone* the highest
    part number of a return that was undone.
    """

    amount: Money
    status: Paying
    requested: When
    corrects: int | None = None
    payee_id: OrganisationId | None = None
    purpose: str | None = None
    returns: dict[int, tuple[Money, str]]
    reference: str | None = None
    matches: dict[EntryId, AtBank]
    undone: int = 0

    @property
    def returned(self) -> Money:
        """The sum of its returns."""
        return total([amount for amount, _ in self.returns.values()], self.amount.currency)

    @property
    def matched(self) -> Money:
        """The sum of its matches to entries that left the bank."""
        return total([one.amount for one in self.matches.values() if one.part is None], self.amount.currency)

    @property
    def is_sent(self) -> bool:
        """Whether the money has left the funder and the payment is not reversed."""
        return self.status in (Paying.RELEASED, Paying.SETTLED)


@frozen
class StatedPayment:
    """A payment that a register states, or a return if *back*. *still_stated* is false once the register drops it."""

    amount: Money
    back: bool
    still_stated: bool = True
    matches: dict[EntryId, Money]

    @property
    def left(self) -> Money:
        """The amount not matched to the bank yet."""
        return self.amount - total(list(self.matches.values()), self.amount.currency)


@frozen
class Recovery:
    """Money that the funder claims back, of *payment* if it names one.

    *settled* maps each part number to its amount; *offsets* are the parts deducted from a payment, with its number.
    *repaid* maps the part number of each repayment to its reference, *matches* to the bank entry it is matched to.
    """

    amount: Money
    because: str
    approved: bool = False
    withdrawn: bool = False
    settled: dict[int, Money]
    offsets: tuple[tuple[int, Money], ...] = ()
    repaid: dict[int, str | None]
    matches: dict[int, EntryId]
    written_off: Money
    payment: int | None = None

    @property
    def back(self) -> Money:
        """What has come back."""
        return total(list(self.settled.values()), self.amount.currency)

    @property
    def outstanding(self) -> Money:
        """What is neither settled nor written off; 0 if the recovery was withdrawn."""
        if self.withdrawn:
            return Money.zero(self.amount.currency)
        return self.amount - self.back - self.written_off


@frozen
class Award:
    """An award: its amount, its payments, and all that limits them. *history* are its events."""

    partnership_id: PartnershipId
    reference: str
    amount: Money
    status: Status
    offered: When
    offer: AwardOffered | None = None
    bid_id: BidId | None = None
    round_id: RoundId | None = None
    ring_fence: str | None = None
    funded_from: AwardId | None = None
    accepted: When | None = None
    reopened: str | None = None
    until: When | None = None
    lines: dict[str, Money]
    payments: dict[int, Payment]
    stated: dict[int, StatedPayment]
    instalments: dict[int, tuple[Money, When]]
    profiles: tuple[tuple[ProfileLine, ...], ...] = ()
    conditions: dict[int, tuple[str, bool]]
    open_conditions: frozenset[int] = frozenset()
    holds: dict[int, str]
    open_holds: frozenset[int] = frozenset()
    variations: dict[int, AwardVaried]
    regrants: dict[AwardId, Money]
    pledges: dict[int, ContributionPledged]
    contributions: dict[int, ContributionReceived]
    strands: dict[int, StrandAgreed]
    expenditure: dict[int, tuple[Money, str | None, str, OrganisationId | None]]
    recoveries: dict[int, Recovery]
    returns_due: dict[int, tuple[str, When]]
    prepared: frozenset[int] = frozenset()
    certified: frozenset[int] = frozenset()
    history: tuple[Event, ...] = ()

    @property
    def currency(self) -> str:
        """The currency of all its amounts (ISO 4217)."""
        return self.amount.currency

    @property
    def asked(self) -> Money:
        """The sum of all payments that are not reversed, whatever their status."""
        return self._sum([one.amount for one in self.payments.values() if one.status is not Paying.REVERSED])

    @property
    def planned(self) -> Money:
        """The sum of the instalments."""
        return self._sum([amount for amount, _ in self.instalments.values()])

    @property
    def payable(self) -> Money:
        """The sum of payments approved and not yet released."""
        return self._sum([one.amount for one in self.payments.values() if one.status is Paying.APPROVED])

    @property
    def paid(self) -> Money:
        """The sum of payments released, before returns."""
        return self._sum([one.amount for one in self.payments.values() if one.is_sent])

    @property
    def returned(self) -> Money:
        """What came back: returns of payments, and settlements of recoveries."""
        returns = [one.returned for one in self.payments.values()]
        return self._sum(returns + [recovery.back for recovery in self.recoveries.values()])

    @property
    def spent(self) -> Money:
        """The sum of the expenditure reported."""
        return self._sum([amount for amount, *_ in self.expenditure.values()])

    @property
    def recoverable(self) -> Money:
        """What is outstanding of approved recoveries."""
        return self._sum([one.outstanding for one in self.recoveries.values() if one.approved])

    @property
    def claimed(self) -> Money:
        """What is outstanding of all recoveries, approved or not."""
        return self._sum([one.outstanding for one in self.recoveries.values()])

    def deducted(self, number: int) -> Money:
        """What recoveries have deducted from payment *number*."""
        offsets = [offset for recovery in self.recoveries.values() for offset in recovery.offsets]
        return self._sum([amount for payment, amount in offsets if payment == number])

    def reclaimed(self, number: int) -> Money:
        """What recoveries of payment *number* brought back or may still bring back."""
        of_payment = [one for one in self.recoveries.values() if one.payment == number]
        return self._sum([one.back + one.outstanding for one in of_payment])

    @property
    def regranted(self) -> Money:
        """What this award gives to other awards."""
        return self._sum(list(self.regrants.values()))

    @property
    def headroom(self) -> Money:
        """What can still be requested: the amount, less payments not reversed, plus what came back."""
        return self.amount - self.asked + self.returned

    def _sum(self, amounts: list[Money]) -> Money:
        return total(amounts, self.amount.currency)


ENDS = {
    OfferDeclined: Status.DECLINED,
    AwardClosed: Status.CLOSED,
    AwardTerminated: Status.TERMINATED,
}


def evolve(award: Award | None, event: Event) -> Award:
    """The award after *event*."""
    history = award.history if award is not None else ()
    if isinstance(event, DateCorrected):
        return replace(_with_right_date(history, event), history=(*with_right_date(history, event), event))
    return replace(_evolve(award, event), history=(*history, event))


def _with_right_date(history: tuple[Event, ...], correction: DateCorrected) -> Award:
    """The award as if the step had always had its right date."""
    found: Award | None = None
    for event in with_right_date(history, correction):
        found = _evolve(found, event)
    assert found is not None
    return found


def _evolve(award: Award | None, event: Event) -> Award:  # noqa: C901, PLR0912 - it only dispatches
    match event:
        case AwardOffered():
            return replace(
                _new_award(event, Status.OFFERED),
                offer=event,
                bid_id=event.bid_id,
                round_id=event.round_id,
                ring_fence=event.ring_fence,
                funded_from=event.funded_from,
                lines={line.name: line.amount for line in event.lines},
                until=event.until,
            )
        case AwardStated():
            return _new_award(event, Status.STATED)
    assert award is not None
    match event:
        case OfferAccepted():
            return replace(award, status=Status.ACCEPTED, accepted=event.on)
        case OfferDeclined() | AwardClosed() | AwardTerminated() | UnspentGivenBack():
            status = ENDS.get(type(event), award.status)
            return replace(award, status=status, amount=award.amount - event.given_back)
        case ConditionSet():
            return replace(
                award,
                conditions={**award.conditions, event.number: (event.text, event.precedent)},
                open_conditions=award.open_conditions | {event.number},
            )
        case ConditionMet() | ConditionWaived():
            return replace(award, open_conditions=award.open_conditions - {event.number})
        case InstalmentScheduled() | InstalmentChanged():
            return replace(award, instalments={**award.instalments, event.number: (event.amount, event.due)})
        case ProfileAgreed() | ProfileChanged():
            return replace(award, profiles=(*award.profiles, event.lines))
        case HoldPlaced():
            return replace(
                award,
                holds={**award.holds, event.number: event.because},
                open_holds=award.open_holds | {event.number},
            )
        case HoldLifted():
            return replace(award, open_holds=award.open_holds - {event.number})
        case AwardVaried():
            return _evolve_variations(award, event)
        case FundsRegranted():
            return _evolve_regrants(award, event.award_id, event.amount)
        case RegrantReturned():
            return _evolve_regrants(award, event.award_id, Money.zero(award.currency) - event.amount)
        case ExpenditureReported():
            reported = (event.amount, event.line, event.description, event.payee_id)
            return replace(award, expenditure={**award.expenditure, event.number: reported})
        case ContributionPledged():
            return replace(award, pledges={**award.pledges, event.number: event})
        case ContributionReceived():
            return replace(award, contributions={**award.contributions, event.number: event})
        case StrandAgreed():
            return replace(award, strands={**award.strands, event.number: event})
        case ReturnRequired():
            return replace(award, returns_due={**award.returns_due, event.number: (event.covers, event.due)})
        case ReturnPrepared():
            return replace(award, prepared=award.prepared | {event.number})
        case ReturnCertified():
            return replace(award, certified=award.certified | {event.number})
        case AwardReopened():
            return replace(award, status=Status.ACCEPTED, reopened=event.because)
        case AwardRestated() | AwardReassigned() | TransactionStated() | TransactionUnstated():
            return _evolve_stated(award, event)
        case (
            ReturnFiled() | ReturnJudged() | FundingCertified()
            | ComponentStated() | AwardCorroborated() | ComponentRestated() | ParticularsStated() | PeriodStated()
            | LineLeftOut() | AwardNoLongerStated() | AwardStatedAgain() | DateCorrected() | StatementReplaced()
        ):  # fmt: skip
            return award
        case PaymentRequested() | PaymentApproved() | PaymentReleased() | PaymentSettled():
            return _evolve_payments(award, event)
        case PaymentMatched() | MatchUndone() if award.status is Status.STATED:
            return _evolve_stated_matches(award, event)
        case PaymentReturned() | PaymentReversed() | PaymentMatched() | MatchUndone() | ReturnUndone():
            return _evolve_payments(award, event)
        case (
            RecoveryRaised() | RecoveryApproved() | RecoverySettled() | RecoveryWrittenOff() | RecoveryWithdrawn()
            | RepaymentReferenced() | RepaymentMatched() | RepaymentMatchUndone()
        ):  # fmt: skip
            return _evolve_recoveries(award, event)
        case _:
            assert_never(event)


def _new_award(event: AwardOffered | AwardStated, status: Status) -> Award:
    return Award(
        partnership_id=event.partnership_id,
        reference=event.reference,
        amount=event.amount,
        status=status,
        offered=event.on,
        lines={},
        payments={},
        stated={},
        instalments={},
        conditions={},
        holds={},
        variations={},
        regrants={},
        expenditure={},
        pledges={},
        contributions={},
        strands={},
        recoveries={},
        returns_due={},
    )


def _evolve_variations(award: Award, event: AwardVaried) -> Award:
    lines = dict(award.lines)
    for line in event.lines:
        lines[line.name] = lines.get(line.name, Money.zero(award.currency)) + line.change
    return replace(
        award,
        amount=award.amount + event.change,
        lines=lines,
        until=event.until or award.until,
        variations={**award.variations, event.number: event},
    )


def _evolve_stated(
    award: Award, event: AwardRestated | AwardReassigned | TransactionStated | TransactionUnstated
) -> Award:
    """The award as its register now states it. Amounts in another currency are not added."""
    nothing = Money.zero(award.currency)
    match event:
        case AwardReassigned():
            return replace(award, partnership_id=event.partnership_id)
        case AwardRestated():
            if event.change.currency != award.currency:
                return replace(award, amount=event.amount)
            return replace(award, amount=award.amount + event.change)
        case _ if event.kind in (Transaction.DISBURSEMENT, Transaction.RETURN):
            return _evolve_stated_payment(award, event)
        case _ if event.kind is not Transaction.COMMITMENT or event.amount.currency != award.currency:
            return award
        case TransactionStated():
            return replace(award, amount=award.amount + event.amount)
        case TransactionUnstated():
            return replace(award, amount=award.amount + (nothing - event.amount))
        case _:
            assert_never(event)


def _evolve_stated_payment(award: Award, event: TransactionStated | TransactionUnstated) -> Award:
    known = award.stated.get(event.number)
    if isinstance(event, TransactionStated):
        known = StatedPayment(amount=event.amount, back=event.kind is Transaction.RETURN, matches={})
    elif known is not None:
        # Its matches stay until a person undoes them.
        known = replace(known, still_stated=False)
    return award if known is None else replace(award, stated={**award.stated, event.number: known})


def _evolve_stated_matches(award: Award, event: PaymentMatched | MatchUndone) -> Award:
    """The award after a payment that its register states was matched to the bank, or its match was undone."""
    payment = award.stated[event.number]
    matches = {entry: amount for entry, amount in payment.matches.items() if entry != event.entry_id}
    if isinstance(event, PaymentMatched):
        matches[event.entry_id] = event.amount
    return replace(award, stated={**award.stated, event.number: replace(payment, matches=matches)})


def _evolve_regrants(award: Award, child: AwardId, change: Money) -> Award:
    before = award.regrants.get(child, Money.zero(award.currency))
    return replace(award, regrants={**award.regrants, child: before + change})


def _evolve_payments(
    award: Award,
    event: PaymentRequested | PaymentApproved | PaymentReleased | PaymentSettled | PaymentReturned | PaymentReversed
    | PaymentMatched | MatchUndone | ReturnUndone,
) -> Award:  # fmt: skip
    if isinstance(event, PaymentRequested):
        payment = Payment(
            amount=event.amount,
            status=Paying.REQUESTED,
            requested=event.on,
            corrects=event.corrects,
            payee_id=event.payee_id,
            purpose=event.purpose,
            returns={},
            matches={},
        )
        return replace(award, payments={**award.payments, event.number: payment})
    payment = award.payments[event.number]
    match event:
        case PaymentApproved():
            payment = replace(payment, status=Paying.APPROVED)
        case PaymentReleased():
            payment = replace(payment, status=Paying.RELEASED, reference=event.bank_reference)
        case PaymentSettled():
            payment = replace(payment, status=Paying.SETTLED)
        case PaymentReturned():
            payment = replace(payment, returns={**payment.returns, event.part: (event.amount, event.because)})
        case PaymentReversed():
            payment = replace(payment, status=Paying.REVERSED)
        case PaymentMatched():
            found = AtBank(amount=event.amount, part=event.part, recorded=event.recorded)
            payment = replace(payment, matches={**payment.matches, event.entry_id: found})
        case MatchUndone():
            matches = {entry: one for entry, one in payment.matches.items() if entry != event.entry_id}
            status = Paying.RELEASED if event.unsettled else payment.status
            payment = replace(payment, matches=matches, status=status)
        case ReturnUndone():
            returns = {part: one for part, one in payment.returns.items() if part != event.part}
            payment = replace(payment, returns=returns, undone=max(payment.undone, event.part))
        case _:
            assert_never(event)
    return replace(award, payments={**award.payments, event.number: payment})


def _evolve_recoveries(
    award: Award,
    event: RecoveryRaised | RecoveryApproved | RecoverySettled | RecoveryWrittenOff | RecoveryWithdrawn
    | RepaymentReferenced | RepaymentMatched | RepaymentMatchUndone,
) -> Award:  # fmt: skip
    if isinstance(event, RecoveryRaised):
        nothing = Money.zero(award.currency)
        recovery = Recovery(
            amount=event.amount,
            because=event.because,
            settled={},
            repaid={},
            matches={},
            written_off=nothing,
            payment=event.payment,
        )
        return replace(award, recoveries={**award.recoveries, event.number: recovery})
    recovery = award.recoveries[event.number]
    match event:
        case RecoveryApproved():
            recovery = replace(recovery, approved=True)
        case RecoverySettled():
            recovery = replace(recovery, settled={**recovery.settled, event.part: event.amount})
            if event.payment is not None:
                recovery = replace(recovery, offsets=(*recovery.offsets, (event.payment, event.amount)))
            else:
                recovery = replace(recovery, repaid={**recovery.repaid, event.part: None})
        case RepaymentReferenced():
            recovery = replace(recovery, repaid={**recovery.repaid, event.part: event.reference})
        case RepaymentMatched():
            recovery = replace(recovery, matches={**recovery.matches, event.part: event.entry_id})
        case RepaymentMatchUndone():
            matches = {part: entry for part, entry in recovery.matches.items() if part != event.part}
            recovery = replace(recovery, matches=matches)
        case RecoveryWrittenOff():
            recovery = replace(recovery, written_off=recovery.written_off + event.amount)
        case RecoveryWithdrawn():
            recovery = replace(recovery, withdrawn=True)
        case _:
            assert_never(event)
    return replace(award, recoveries={**award.recoveries, event.number: recovery})
