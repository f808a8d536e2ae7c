"""The rules of payments: plan, request, approve, release, settle, return and reverse them."""

from typing import TypeAlias, assert_never

from domain.award.commands import (
    ApprovePayment,
    ChangeInstalment,
    ReleasePayment,
    RequestPayment,
    ReturnPayment,
    ReversePayment,
    ScheduleInstalment,
    SettlePayment,
)
from domain.award.events import (
    Event,
    InstalmentChanged,
    InstalmentScheduled,
    PaymentApproved,
    PaymentReleased,
    PaymentRequested,
    PaymentReturned,
    PaymentReversed,
    PaymentSettled,
)
from domain.award.guards import explained, listed, numbered, same_currency
from domain.award.refusals import (
    AboveAward,
    AbovePayment,
    AwardNotAccepted,
    AwardOnHold,
    ConditionOpen,
    InstalmentNegative,
    InstalmentNumberTaken,
    InstalmentsAboveAward,
    InstalmentUnknown,
    PaymentBeforeAcceptance,
    PaymentHasReturns,
    PaymentIsAtBank,
    PaymentIsReversed,
    PaymentNotApproved,
    PaymentNotPositive,
    PaymentNotReleased,
    PaymentNotReversed,
    PaymentNumberTaken,
    PaymentUnknown,
    ReturnPartTaken,
)
from domain.award.state import Award, Paying, Payment, Status
from domain.values.money import Money
from domain.values.numbers import given_or_next

PaymentCommand: TypeAlias = (
    ScheduleInstalment
    | ChangeInstalment
    | RequestPayment
    | ApprovePayment
    | ReleasePayment
    | SettlePayment
    | ReturnPayment
    | ReversePayment
)


def decide(award: Award, command: PaymentCommand) -> list[Event]:
    """The events that *command* leads to on the award. Raises Refused; each rule has its own subclass."""
    match command:
        case ScheduleInstalment():
            return schedule(award, command)
        case ChangeInstalment():
            return change_instalment(award, command)
        case RequestPayment():
            return request(award, command)
        case ApprovePayment():
            return approve(award, command)
        case ReleasePayment():
            return release(award, command)
        case SettlePayment():
            return settle(award, command)
        case ReturnPayment():
            return give_back(award, command)
        case ReversePayment():
            return reverse(award, command)
        case _:
            assert_never(command)


def schedule(award: Award, command: ScheduleInstalment) -> list[Event]:
    number = given_or_next(command.number, award.instalments)
    before = award.instalments.get(number)
    if before == (command.amount, command.due):
        return []
    if before is not None:
        raise InstalmentNumberTaken(number=number)
    numbered(number)
    if not command.amount.is_positive:
        raise PaymentNotPositive(amount=command.amount)
    same_currency(award, command.amount)
    within_award(award, command.amount)
    return [
        InstalmentScheduled(
            partnership_id=award.partnership_id,
            number=number,
            amount=command.amount,
            due=command.due,
            on=command.on,
        )
    ]


def change_instalment(award: Award, command: ChangeInstalment) -> list[Event]:
    before = award.instalments.get(command.number)
    if before is None:
        raise InstalmentUnknown(number=command.number)
    if before == (command.amount, command.due):
        return []
    same_currency(award, command.amount)
    if command.amount < Money.zero(award.currency):
        raise InstalmentNegative(amount=command.amount)
    explained(command.because)
    added = command.amount - before[0]
    if added.is_positive:
        within_award(award, added)
    return [
        InstalmentChanged(
            partnership_id=award.partnership_id,
            number=command.number,
            amount=command.amount,
            due=command.due,
            because=command.because,
            on=command.on,
        )
    ]


def within_award(award: Award, more: Money) -> None:
    """Check that instalments of *more* still fit into the award. Raises InstalmentsAboveAward."""
    left = award.amount - award.planned
    if more > left:
        raise InstalmentsAboveAward(available=left, wanted=more, planned=award.planned + more, award=award.amount)


def request(award: Award, command: RequestPayment) -> list[Event]:
    number = given_or_next(command.number, award.payments)
    before = award.payments.get(number)
    if before is not None:
        known = (before.amount, before.requested, before.corrects, before.payee_id, before.purpose)
        if known == (command.amount, command.on, command.corrects, command.payee_id, command.purpose):
            return []
        raise PaymentNumberTaken(number=number)
    if award.status is not Status.ACCEPTED or award.accepted is None:
        raise AwardNotAccepted(status=award.status.value)
    if not award.accepted.may_precede(command.on):
        raise PaymentBeforeAcceptance(accepted=award.accepted, requested=command.on)
    numbered(number)
    if not command.amount.is_positive:
        raise PaymentNotPositive(amount=command.amount)
    same_currency(award, command.amount)
    if command.corrects is not None:
        replaceable(award, command.corrects)
    if command.amount > award.headroom:
        raise AboveAward(available=award.headroom, wanted=command.amount)
    return [
        PaymentRequested(
            partnership_id=award.partnership_id,
            number=number,
            amount=command.amount,
            corrects=command.corrects,
            payee_id=command.payee_id,
            purpose=command.purpose,
            on=command.on,
        )
    ]


def replaceable(award: Award, number: int) -> None:
    """Check that a new payment may replace payment *number*. Raises PaymentNotReversed and PaymentUnknown."""
    replaced = any(payment.corrects == number for payment in award.payments.values())
    if replaced or payment_of(award, number).status is not Paying.REVERSED:
        raise PaymentNotReversed(number=number)


def approve(award: Award, command: ApprovePayment) -> list[Event]:
    payment = made(award, command.number)
    if payment.status is not Paying.REQUESTED:
        return []
    not_held(award)
    return [
        PaymentApproved(
            partnership_id=award.partnership_id, number=command.number, amount=payment.amount, on=command.on
        )
    ]


def release(award: Award, command: ReleasePayment) -> list[Event]:
    payment = made(award, command.number)
    if payment.is_sent:
        return []
    if payment.status is not Paying.APPROVED:
        raise PaymentNotApproved(status=payment.status.value, number=command.number)
    not_held(award)
    still_open = [number for number in award.open_conditions if award.conditions[number][1]]
    if still_open:
        raise ConditionOpen(numbers=listed(still_open))
    return [
        PaymentReleased(
            partnership_id=award.partnership_id,
            number=command.number,
            amount=payment.amount,
            bank_reference=command.bank_reference,
            on=command.on,
        )
    ]


def settle(award: Award, command: SettlePayment) -> list[Event]:
    payment = made(award, command.number)
    if payment.status is Paying.SETTLED:
        return []
    if payment.status is not Paying.RELEASED:
        raise PaymentNotReleased(status=payment.status.value, number=command.number)
    return [
        PaymentSettled(
            partnership_id=award.partnership_id,
            number=command.number,
            bank_reference=command.bank_reference,
            on=command.on,
        )
    ]


def give_back(award: Award, command: ReturnPayment) -> list[Event]:
    payment = made(award, command.number)
    part = given_or_next(command.part, [*payment.returns, payment.undone])
    before = payment.returns.get(part)
    if before == (command.amount, command.because):
        return []
    if before is not None:
        raise ReturnPartTaken(part=part, number=command.number)
    numbered(part)
    if not payment.is_sent:
        raise PaymentNotReleased(status=payment.status.value, number=command.number)
    if not command.amount.is_positive:
        raise PaymentNotPositive(amount=command.amount)
    same_currency(award, command.amount)
    explained(command.because)
    # Money that a recovery has brought back, or claims, cannot come back a second time as a return.
    with_partnership = award.paid - award.returned - award.claimed
    left = min(payment.amount - payment.returned, with_partnership)
    if command.amount > left:
        raise AbovePayment(available=left, wanted=command.amount, number=command.number)
    return [
        PaymentReturned(
            partnership_id=award.partnership_id,
            number=command.number,
            part=part,
            amount=command.amount,
            because=command.because,
            on=command.on,
        )
    ]


def reverse(award: Award, command: ReversePayment) -> list[Event]:
    payment = payment_of(award, command.number)
    if payment.status is Paying.REVERSED:
        return []
    if payment.matches:
        raise PaymentIsAtBank(entries=listed(payment.matches), number=command.number)
    if payment.returned.is_positive or award.deducted(command.number).is_positive:
        deducted = award.deducted(command.number)
        raise PaymentHasReturns(returned=payment.returned, deducted=deducted, number=command.number)
    explained(command.because)
    # Recoveries claim money that was paid, so what they claim must stay paid.
    if award.reclaimed(command.number).is_positive:
        raise PaymentHasReturns(claimed=award.reclaimed(command.number), number=command.number)
    if payment.is_sent and award.paid - award.returned - award.claimed < payment.amount:
        raise PaymentHasReturns(returned=award.returned, claimed=award.claimed, number=command.number)
    return [
        PaymentReversed(
            partnership_id=award.partnership_id,
            number=command.number,
            amount=payment.amount,
            was=payment.status.value,
            because=command.because,
            on=command.on,
        )
    ]


def payment_of(award: Award, number: int) -> Payment:
    """The award's payment of this number. Raises PaymentUnknown."""
    if number not in award.payments:
        raise PaymentUnknown(number=number)
    return award.payments[number]


def made(award: Award, number: int) -> Payment:
    """The award's payment of this number, not reversed. Raises PaymentUnknown and PaymentIsReversed."""
    payment = payment_of(award, number)
    if payment.status is Paying.REVERSED:
        raise PaymentIsReversed(number=number)
    return payment


def not_held(award: Award) -> None:
    """Check that the award has no open hold. Raises AwardOnHold."""
    if award.open_holds:
        raise AwardOnHold(holds=listed(award.open_holds))
