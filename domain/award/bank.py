"""The rules of payments at the bank: match a payment or a return to an entry, and undo a match."""

from typing import TypeAlias, assert_never

from domain.award.commands import MatchPayment, MatchReturn, ReturnPayment, SettlePayment, UndoMatch
from domain.award.events import Event, MatchUndone, PaymentMatched, PaymentReturned, ReturnUndone
from domain.award.guards import explained, same_currency
from domain.award.payments import give_back, made, settle
from domain.award.refusals import (
    CurrencyDiffers,
    MatchAbovePayment,
    PaymentNotPositive,
    PaymentNotReleased,
    PaymentUnknown,
    ReturnIsAtBank,
    ReturnKept,
)
from domain.award.state import ENDS, Award, Paying, Status
from domain.values.numbers import given_or_next
from domain.values.when import When

BankCommand: TypeAlias = MatchPayment | MatchReturn | UndoMatch


def decide(award: Award, command: BankCommand) -> list[Event]:
    """The events that *command* leads to on the award. Raises Refused; each rule has its own subclass."""
    if award.status is Status.STATED:
        return undo_stated(award, command) if isinstance(command, UndoMatch) else find_stated(award, command)
    match command:
        case MatchPayment():
            return find(award, command)
        case MatchReturn():
            return find_return(award, command)
        case UndoMatch():
            return undo(award, command)
        case _:
            assert_never(command)


def find(award: Award, command: MatchPayment) -> list[Event]:
    payment = made(award, command.number)
    if command.entry_id in payment.matches:
        return []
    same_currency(award, command.amount)
    if not command.amount.is_positive:
        raise PaymentNotPositive(amount=command.amount)
    if not payment.is_sent:
        raise PaymentNotReleased(status=payment.status.value, number=command.number)
    # A deduction stays with the funder, so it never shows at the bank.
    left = payment.amount - award.deducted(command.number) - payment.matched
    if command.amount > left:
        raise MatchAbovePayment(left=left, entry=command.amount, number=command.number)
    settled: list[Event] = []
    if command.amount == left:
        settled = settle(
            award,
            SettlePayment(
                award_id=command.award_id, number=command.number, bank_reference=command.bank_reference, on=command.on
            ),
        )
    return [*settled, _matched(award, command, None, recorded=bool(settled))]


def find_return(award: Award, command: MatchReturn) -> list[Event]:
    payment = made(award, command.number)
    if command.entry_id in payment.matches:
        return []
    same_currency(award, command.amount)
    part = command.part
    if part is None:
        # Parts count from 1. The number of a return that was undone is never used again.
        part = given_or_next(None, [*payment.returns, payment.undone])
        returning = ReturnPayment(
            award_id=command.award_id,
            number=command.number,
            part=part,
            amount=command.amount,
            because=command.because,
            on=command.on,
        )
        return [*give_back(award, returning), _matched(award, command, part, recorded=True)]
    known = payment.returns.get(part)
    if known is None or known[0] != command.amount or part in {one.part for one in payment.matches.values()}:
        raise ReturnIsAtBank(part=part, returned=known[0] if known else None, entry=command.amount)
    return [_matched(award, command, part, recorded=False)]


def _matched(award: Award, command: MatchPayment | MatchReturn, part: int | None, *, recorded: bool) -> PaymentMatched:
    return PaymentMatched(
        partnership_id=award.partnership_id,
        number=command.number,
        part=part,
        entry_id=command.entry_id,
        amount=command.amount,
        recorded=recorded,
        on=command.on,
    )


def undo(award: Award, command: UndoMatch) -> list[Event]:
    """Undo a match, and the settlement or return that it recorded. Raises ReturnKept and ReasonEmpty.

    The money never came back to this payment, so the return is undone on its own date: then it counts as at no date. If
    the entry is matched again, its money came back once, as at each date.
    """
    payment = made(award, command.number)
    match = payment.matches.get(command.entry_id)
    if match is None:
        return []
    explained(command.because)
    undone: list[Event] = []
    if match.part is not None and match.recorded:
        if award.status in ENDS.values() or match.amount > award.headroom:
            raise ReturnKept(status=award.status.value, available=award.headroom, returned=match.amount)
        undone.append(
            ReturnUndone(
                partnership_id=award.partnership_id,
                number=command.number,
                part=match.part,
                amount=match.amount,
                because=command.because,
                on=_returned_on(award, command.number, match.part),
            )
        )
    return [
        *undone,
        MatchUndone(
            partnership_id=award.partnership_id,
            number=command.number,
            entry_id=command.entry_id,
            unsettled=_settled_by_matches(award, command) and match.part is None,
            because=command.because,
            on=command.on,
        ),
    ]


def _returned_on(award: Award, number: int, part: int) -> When:
    return next(
        event.on
        for event in reversed(award.history)
        if isinstance(event, PaymentReturned) and (event.number, event.part) == (number, part)
    )


def _settled_by_matches(award: Award, command: UndoMatch) -> bool:
    """Whether a match settled the payment. If a person settled it, it stays settled when a match is undone."""
    payment = award.payments[command.number]
    found = [one for one in payment.matches.values() if one.part is None]
    return payment.status is Paying.SETTLED and any(one.recorded for one in found)


# --- Payments stated by a register ------------------------------------------------------------------------------------


def find_stated(award: Award, command: MatchPayment | MatchReturn) -> list[Event]:
    """Match a payment, or a return, that a register states.

    This settles and returns nothing: the register gives the dates of that.
    """
    payment = award.stated.get(command.number)
    if payment is not None and command.entry_id in payment.matches:
        return []
    back = isinstance(command, MatchReturn)
    if payment is None or not payment.still_stated or payment.back is not back:
        raise PaymentUnknown(number=command.number)
    if command.amount.currency != payment.amount.currency:
        raise CurrencyDiffers(award=payment.amount.currency, given=command.amount.currency)
    if not command.amount.is_positive:
        raise PaymentNotPositive(amount=command.amount)
    if isinstance(command, MatchReturn) and command.part is not None:
        raise ReturnIsAtBank(part=command.part, returned=None, entry=command.amount)
    if command.amount > payment.left:
        raise MatchAbovePayment(left=payment.left, entry=command.amount, number=command.number)
    return [_matched(award, command, None, recorded=False)]


def undo_stated(award: Award, command: UndoMatch) -> list[Event]:
    payment = award.stated.get(command.number)
    if payment is None:
        raise PaymentUnknown(number=command.number)
    if command.entry_id not in payment.matches:
        return []
    explained(command.because)
    return [
        MatchUndone(
            partnership_id=award.partnership_id,
            number=command.number,
            entry_id=command.entry_id,
            unsettled=False,
            because=command.because,
            on=command.on,
        )
    ]
