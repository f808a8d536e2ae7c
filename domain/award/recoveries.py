"""The rules of recovery (clawback): raise, approve, settle by repayment or offset, write off, withdraw."""

from typing import TypeAlias, assert_never

from domain.award.commands import (
    ApproveRecovery,
    MatchRecovery,
    RaiseRecovery,
    SettleRecovery,
    UndoRecoveryMatch,
    WithdrawRecovery,
    WriteOffRecovery,
)
from domain.award.events import (
    Event,
    RecoveryApproved,
    RecoveryRaised,
    RecoverySettled,
    RecoveryWithdrawn,
    RecoveryWrittenOff,
    RepaymentMatched,
    RepaymentMatchUndone,
    RepaymentReferenced,
    SettledBy,
)
from domain.award.guards import explained, numbered, same_currency
from domain.award.payments import made
from domain.award.refusals import (
    OffsetAbovePayment,
    OffsetAfterRelease,
    OffsetWithoutPayment,
    PaymentNotReleased,
    RecoveryAboveOutstanding,
    RecoveryAbovePaid,
    RecoveryAbovePayment,
    RecoveryIsApproved,
    RecoveryIsWithdrawn,
    RecoveryNotApproved,
    RecoveryNotPositive,
    RecoveryNumberTaken,
    RecoveryPartTaken,
    RecoveryUnknown,
    RepaymentDiffers,
    RepaymentIsAtBank,
    RepaymentUnknown,
)
from domain.award.state import Award, Recovery
from domain.values.money import Money
from domain.values.numbers import given_or_next

RecoveryCommand: TypeAlias = (
    RaiseRecovery
    | ApproveRecovery
    | SettleRecovery
    | MatchRecovery
    | UndoRecoveryMatch
    | WriteOffRecovery
    | WithdrawRecovery
)


def decide(award: Award, command: RecoveryCommand) -> list[Event]:
    """The events that *command* leads to on the award. Raises Refused; each rule has its own subclass."""
    match command:
        case RaiseRecovery():
            return raise_recovery(award, command)
        case ApproveRecovery():
            return approve(award, command)
        case SettleRecovery():
            return settle(award, command)
        case MatchRecovery():
            return find_repayment(award, command)
        case UndoRecoveryMatch():
            return undo_match(award, command)
        case WriteOffRecovery():
            return write_off(award, command)
        case WithdrawRecovery():
            return withdraw(award, command)
        case _:
            assert_never(command)


def raise_recovery(award: Award, command: RaiseRecovery) -> list[Event]:
    number = given_or_next(command.number, award.recoveries)
    before = award.recoveries.get(number)
    if before is not None:
        if (before.amount, before.because, before.payment) == (command.amount, command.because, command.payment):
            return []
        raise RecoveryNumberTaken(number=number)
    numbered(number)
    if not command.amount.is_positive:
        raise RecoveryNotPositive(amount=command.amount)
    same_currency(award, command.amount)
    explained(command.because)
    left = award.paid - award.returned - award.claimed
    if command.amount > left:
        raise RecoveryAbovePaid(available=left, wanted=command.amount)
    if command.payment is not None:
        recoverable(award, command.payment, command.amount)
    return [
        RecoveryRaised(
            partnership_id=award.partnership_id,
            number=number,
            amount=command.amount,
            because=command.because,
            payment=command.payment,
            on=command.on,
        )
    ]


def recoverable(award: Award, number: int, wanted: Money) -> None:
    """Check that *wanted* can be claimed back of payment *number*. Raises PaymentUnknown, PaymentIsReversed,
    PaymentNotReleased and RecoveryAbovePayment.
    """
    payment = made(award, number)
    if not payment.is_sent:
        raise PaymentNotReleased(number=number, status=payment.status.value)
    left = payment.amount - payment.returned - award.reclaimed(number)
    if wanted > left:
        raise RecoveryAbovePayment(available=left, wanted=wanted, number=number)


def approve(award: Award, command: ApproveRecovery) -> list[Event]:
    recovery = standing(award, command.number)
    if recovery.approved:
        return []
    return [
        RecoveryApproved(
            partnership_id=award.partnership_id, number=command.number, amount=recovery.amount, on=command.on
        )
    ]


def settle(award: Award, command: SettleRecovery) -> list[Event]:
    recovery = recovery_of(award, command.number)
    part = given_or_next(command.part, recovery.settled)
    before = recovery.settled.get(part)
    if before == command.amount:
        return []
    if before is not None:
        raise RecoveryPartTaken(part=part, number=command.number)
    numbered(part)
    if not recovery.approved:
        raise RecoveryNotApproved(number=command.number)
    if not command.amount.is_positive:
        raise RecoveryNotPositive(amount=command.amount)
    same_currency(award, command.amount)
    if (command.by is SettledBy.OFFSET) is (command.payment is None):
        raise OffsetWithoutPayment
    if command.payment is not None:
        payment = made(award, command.payment)
        if payment.is_sent:
            raise OffsetAfterRelease(number=command.payment)
        left = payment.amount - award.deducted(command.payment)
        if command.amount > left:
            raise OffsetAbovePayment(available=left, wanted=command.amount, number=command.payment)
    if command.amount > recovery.outstanding:
        raise RecoveryAboveOutstanding(outstanding=recovery.outstanding, wanted=command.amount, number=command.number)
    settled = RecoverySettled(
        partnership_id=award.partnership_id,
        number=command.number,
        part=part,
        amount=command.amount,
        by=command.by,
        payment=command.payment,
        on=command.on,
    )
    if command.reference is None or not command.reference.strip() or command.by is SettledBy.OFFSET:
        # An offset never shows at the bank.
        return [settled]
    referenced = RepaymentReferenced(
        partnership_id=award.partnership_id,
        number=command.number,
        part=part,
        reference=command.reference,
        on=command.on,
    )
    return [settled, referenced]


def find_repayment(award: Award, command: MatchRecovery) -> list[Event]:
    recovery = recovery_of(award, command.number)
    if recovery.matches.get(command.part) == command.entry_id:
        return []
    if command.part not in recovery.repaid:
        raise RepaymentUnknown(number=command.number, part=command.part)
    if command.part in recovery.matches:
        raise RepaymentIsAtBank(number=command.number, part=command.part)
    repaid = recovery.settled[command.part]
    if command.amount != repaid:
        raise RepaymentDiffers(number=command.number, part=command.part, repaid=repaid, entry=command.amount)
    return [
        RepaymentMatched(
            partnership_id=award.partnership_id,
            number=command.number,
            part=command.part,
            entry_id=command.entry_id,
            amount=command.amount,
            on=command.on,
        )
    ]


def undo_match(award: Award, command: UndoRecoveryMatch) -> list[Event]:
    if recovery_of(award, command.number).matches.get(command.part) != command.entry_id:
        return []
    explained(command.because)
    return [
        RepaymentMatchUndone(
            partnership_id=award.partnership_id,
            number=command.number,
            part=command.part,
            entry_id=command.entry_id,
            because=command.because,
            on=command.on,
        )
    ]


def write_off(award: Award, command: WriteOffRecovery) -> list[Event]:
    recovery = recovery_of(award, command.number)
    if not recovery.outstanding.is_positive:
        return []
    if not recovery.approved:
        raise RecoveryNotApproved(number=command.number)
    explained(command.because)
    return [
        RecoveryWrittenOff(
            partnership_id=award.partnership_id,
            number=command.number,
            amount=recovery.outstanding,
            because=command.because,
            on=command.on,
        )
    ]


def withdraw(award: Award, command: WithdrawRecovery) -> list[Event]:
    recovery = recovery_of(award, command.number)
    if recovery.withdrawn:
        return []
    if recovery.approved:
        raise RecoveryIsApproved(number=command.number)
    explained(command.because)
    return [
        RecoveryWithdrawn(
            partnership_id=award.partnership_id,
            number=command.number,
            amount=recovery.amount,
            because=command.because,
            on=command.on,
        )
    ]


def standing(award: Award, number: int) -> Recovery:
    """The award's recovery of this number, not withdrawn. Raises RecoveryUnknown and RecoveryIsWithdrawn."""
    recovery = recovery_of(award, number)
    if recovery.withdrawn:
        raise RecoveryIsWithdrawn(number=number)
    return recovery


def recovery_of(award: Award, number: int) -> Recovery:
    """The award's recovery of this number. Raises RecoveryUnknown."""
    if number not in award.recoveries:
        raise RecoveryUnknown(number=number)
    return award.recoveries[number]
