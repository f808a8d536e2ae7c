"""The rules of an award: offer, acceptance, conditions, holds, expenditure and end."""

from functools import reduce
from typing import assert_never

from domain.award import bank, payments, profile, recoveries, returns, variations
from domain.award.as_at import never_negative
from domain.award.beside import rules as beside
from domain.award.beside.commands import AgreeStrand, PledgeContribution, ReceiveContribution
from domain.award.certified import rules as certified
from domain.award.certified.commands import CertifyFunding, FileReturn, JudgeReturn
from domain.award.commands import (
    AcceptOffer,
    AgreeProfile,
    ApprovePayment,
    ApproveRecovery,
    CertifyReturn,
    ChangeInstalment,
    ChangeProfile,
    CloseAward,
    Command,
    DeclineOffer,
    LiftHold,
    MatchPayment,
    MatchRecovery,
    MatchReturn,
    MeetCondition,
    OfferAward,
    PlaceHold,
    PrepareReturn,
    RaiseRecovery,
    RegrantFunds,
    ReleasePayment,
    ReopenAward,
    ReportExpenditure,
    RequestPayment,
    RequireReturn,
    ReturnPayment,
    ReversePayment,
    ScheduleInstalment,
    SetCondition,
    SettlePayment,
    SettleRecovery,
    TerminateAward,
    UndoMatch,
    UndoRecoveryMatch,
    VaryAward,
    WaiveCondition,
    WithdrawRecovery,
    WriteOffRecovery,
)
from domain.award.events import (
    AwardClosed,
    AwardOffered,
    AwardReopened,
    AwardTerminated,
    ConditionMet,
    ConditionSet,
    ConditionWaived,
    Event,
    ExpenditureReported,
    FundsRegranted,
    HoldLifted,
    HoldPlaced,
    OfferAccepted,
    OfferDeclined,
    RegrantReturned,
    UnspentGivenBack,
)
from domain.award.guards import explained, listed, numbered, same_currency
from domain.award.order import STEPS
from domain.award.refusals import (
    AcceptedBeforeOffered,
    AwardAlreadyOffered,
    AwardIsOver,
    AwardNotAccepted,
    AwardNotEnded,
    AwardNotPositive,
    AwardUnknown,
    BudgetLineUnknown,
    ConditionNumberTaken,
    ConditionUnknown,
    CurrencyDiffers,
    ExpenditureNotPositive,
    ExpenditureNumberTaken,
    HoldNumberTaken,
    HoldUnknown,
    LinesUnequalToAward,
    NoOpenOffer,
    PaymentsUnfinished,
    RecoveriesOpen,
    RegrantAboveAward,
    RegrantNegative,
)
from domain.award.state import Award, Paying, Status, evolve
from domain.values.ids import PartnershipId, RoundId
from domain.values.money import Money, total
from domain.values.numbers import given_or_next
from domain.values.order import in_order

ENDED = (Status.CLOSED, Status.TERMINATED)
OVER = (*ENDED, Status.DECLINED)


def decide(award: Award | None, command: Command) -> list[Event]:
    """The events that *command* leads to on the award. Raises Refused; each rule has its own subclass.

    Money that comes back to an award after its end is passed on to the source of its funds. OfferAward reads more
    streams than this one: see ``domain.across.grants.offer_award``.
    """
    events = _decide(award, command)
    # A match records what the bank states: the register of discrepancies reports its date if it is out of order.
    if award is not None and not isinstance(command, MatchPayment):
        in_order(STEPS, award.history, events)
    events = _with_unspent(award, command, events)
    if award is not None and not isinstance(command, MatchPayment | MatchReturn):
        never_negative(award.history, events)
    return events


def _with_unspent(award: Award | None, command: Command, events: list[Event]) -> list[Event]:
    """*events*, and what they free of an award that has ended."""
    if award is None or award.status not in ENDED:
        return events
    after = reduce(evolve, events, award)
    left = after.amount - kept(after)
    if after.status is Status.ACCEPTED or not left.is_positive:
        return events
    return [*events, UnspentGivenBack(partnership_id=award.partnership_id, given_back=left, on=command.on)]


def _decide(award: Award | None, command: Command) -> list[Event]:  # noqa: C901, PLR0912 - it only dispatches
    match command:
        case OfferAward():
            raise AssertionError("OfferAward is decided in domain.across.grants.offer_award")
        case AcceptOffer():
            return accept(known(award), command)
        case DeclineOffer():
            return decline(known(award), command)
        case SetCondition():
            return set_condition(living(award), command)
        case MeetCondition():
            return meet_condition(living(award), command)
        case WaiveCondition():
            return waive_condition(living(award), command)
        case PlaceHold():
            return place_hold(living(award), command)
        case LiftHold():
            return lift_hold(living(award), command)
        case AgreeProfile():
            return profile.agree(living(award), command)
        case ChangeProfile():
            return profile.change(living(award), command)
        case VaryAward():
            return variations.vary(living(award), command)
        case RegrantFunds():
            return regrant(known(award), command)
        case ReportExpenditure():
            return report_expenditure(known(award), command)
        case PledgeContribution():
            return beside.pledge(known(award), command)
        case ReceiveContribution():
            return beside.receive(known(award), command)
        case AgreeStrand():
            return beside.agree_strand(living(award), command)
        case RequireReturn():
            return returns.require(known(award), command)
        case PrepareReturn():
            return returns.prepare(known(award), command)
        case CertifyReturn():
            return returns.certify(known(award), command)
        case FileReturn():
            return [*certified.file(known(award), command)]
        case JudgeReturn():
            return [*certified.judge(known(award), command)]
        case CertifyFunding():
            return [*certified.certify(known(award), command)]
        case CloseAward():
            return close(known(award), command)
        case TerminateAward():
            return terminate(known(award), command)
        case ReopenAward():
            return reopen(known(award), command)
        case ScheduleInstalment() | ChangeInstalment() | RequestPayment() | ApprovePayment() | ReleasePayment():
            return payments.decide(living(award), command)
        case SettlePayment() | ReturnPayment() | ReversePayment():
            return payments.decide(known(award), command)
        case MatchPayment() | MatchReturn() | UndoMatch():
            return bank.decide(known(award), command)
        case (
            RaiseRecovery() | ApproveRecovery() | SettleRecovery() | WriteOffRecovery() | WithdrawRecovery()
            | MatchRecovery() | UndoRecoveryMatch()
        ):  # fmt: skip
            # Money can be recovered after the award has ended too.
            return recoveries.decide(known(award), command)
        case _:
            assert_never(command)


def known(award: Award | None) -> Award:
    """The award, which must exist. Raises AwardUnknown."""
    if award is None:
        raise AwardUnknown
    return award


def living(award: Award | None) -> Award:
    """The award, which must not have ended. Raises AwardUnknown and AwardIsOver."""
    if known(award).status in OVER:
        raise AwardIsOver(status=known(award).status.value)
    return known(award)


def standing(award: Award | None) -> Award:
    """The award, which must be accepted and not ended. Raises AwardUnknown, AwardIsOver and AwardNotAccepted."""
    found = living(award)
    if found.status is not Status.ACCEPTED:
        raise AwardNotAccepted(status=found.status.value)
    return found


def offer(
    award: Award | None, command: OfferAward, *, partnership_id: PartnershipId, round_id: RoundId | None
) -> list[Event]:
    """Offer an award. The caller has checked bid, source of funds and partnership.

    Raises AwardAlreadyOffered, AwardNotPositive, CurrencyDiffers and LinesUnequalToAward.
    """
    offered = AwardOffered(
        partnership_id=partnership_id,
        bid_id=command.bid_id,
        round_id=round_id,
        ring_fence=command.ring_fence,
        funded_from=command.funded_from,
        reference=command.reference,
        amount=command.amount,
        lines=command.lines,
        until=command.until,
        purpose=command.purpose,
        on=command.on,
    )
    if award is not None:
        if award.offer == offered and award.status is not Status.DECLINED:
            return []
        raise AwardAlreadyOffered(reference=award.reference)
    if not command.amount.is_positive:
        raise AwardNotPositive(amount=command.amount)
    if command.lines:
        amounts = [line.amount for line in command.lines]
        others = {amount.currency for amount in amounts} - {command.amount.currency}
        if others:
            raise CurrencyDiffers(award=command.amount.currency, given=", ".join(sorted(others)))
        names = {line.name for line in command.lines}
        parts = total(amounts, command.amount.currency)
        if len(names) != len(amounts) or parts != command.amount or min(amounts) < Money.zero(parts.currency):
            raise LinesUnequalToAward(award=command.amount, lines=parts)
    return [offered]


def accept(award: Award, command: AcceptOffer) -> list[Event]:
    if award.accepted == command.on:
        return []
    if award.status is not Status.OFFERED:
        raise NoOpenOffer(status=award.status.value)
    if not award.offered.may_precede(command.on):
        raise AcceptedBeforeOffered(offered=award.offered, accepted=command.on)
    return [OfferAccepted(partnership_id=award.partnership_id, on=command.on)]


def decline(award: Award, command: DeclineOffer) -> list[Event]:
    if award.status is Status.DECLINED:
        return []
    if award.status is not Status.OFFERED:
        raise NoOpenOffer(status=award.status.value)
    explained(command.because)
    return [
        OfferDeclined(
            partnership_id=award.partnership_id, because=command.because, given_back=award.amount, on=command.on
        )
    ]


def set_condition(award: Award, command: SetCondition) -> list[Event]:
    number = given_or_next(command.number, award.conditions)
    before = award.conditions.get(number)
    if before == (command.text, command.precedent):
        return []
    if before is not None:
        raise ConditionNumberTaken(number=number)
    numbered(number)
    return [
        ConditionSet(
            partnership_id=award.partnership_id,
            number=number,
            text=command.text,
            precedent=command.precedent,
            on=command.on,
        )
    ]


def meet_condition(award: Award, command: MeetCondition) -> list[Event]:
    if not _is_open(award, command.number):
        return []
    return [ConditionMet(partnership_id=award.partnership_id, number=command.number, on=command.on)]


def waive_condition(award: Award, command: WaiveCondition) -> list[Event]:
    if not _is_open(award, command.number):
        return []
    explained(command.because)
    return [
        ConditionWaived(
            partnership_id=award.partnership_id, number=command.number, because=command.because, on=command.on
        )
    ]


def _is_open(award: Award, number: int) -> bool:
    if number not in award.conditions:
        raise ConditionUnknown(number=number)
    return number in award.open_conditions


def place_hold(award: Award, command: PlaceHold) -> list[Event]:
    number = given_or_next(command.number, award.holds)
    if award.holds.get(number) == command.because:
        return []
    if number in award.holds:
        raise HoldNumberTaken(number=number)
    numbered(number)
    explained(command.because)
    return [HoldPlaced(partnership_id=award.partnership_id, number=number, because=command.because, on=command.on)]


def lift_hold(award: Award, command: LiftHold) -> list[Event]:
    if command.number not in award.holds:
        raise HoldUnknown(number=command.number)
    if command.number not in award.open_holds:
        return []
    explained(command.because)
    return [
        HoldLifted(partnership_id=award.partnership_id, number=command.number, because=command.because, on=command.on)
    ]


def regrant(award: Award, command: RegrantFunds) -> list[Event]:
    before = award.regrants.get(command.child, Money.zero(award.currency))
    if command.total == before:
        return []
    if command.total.currency != award.currency:
        raise CurrencyDiffers(award=award.currency, given=command.total.currency)
    if command.total < Money.zero(award.currency):
        raise RegrantNegative(total=command.total)
    wanted = command.total - before
    if wanted.is_positive:
        standing(award)
        left = award.amount - award.regranted
        if wanted > left:
            raise RegrantAboveAward(available=left, wanted=wanted)
        return [
            FundsRegranted(partnership_id=award.partnership_id, award_id=command.child, amount=wanted, on=command.on)
        ]
    return [
        RegrantReturned(
            partnership_id=award.partnership_id,
            award_id=command.child,
            amount=before - command.total,
            on=command.on,
        )
    ]


def report_expenditure(award: Award, command: ReportExpenditure) -> list[Event]:
    number = given_or_next(command.number, award.expenditure)
    before = award.expenditure.get(number)
    if before == (command.amount, command.line, command.description, command.payee_id):
        return []
    if before is not None:
        raise ExpenditureNumberTaken(number=number)
    if award.accepted is None:
        raise AwardNotAccepted(status=award.status.value)
    numbered(number)
    if not command.amount.is_positive:
        raise ExpenditureNotPositive(amount=command.amount)
    same_currency(award, command.amount)
    if command.line is not None and command.line not in award.lines:
        raise BudgetLineUnknown(line=command.line)
    return [
        ExpenditureReported(
            partnership_id=award.partnership_id,
            number=number,
            amount=command.amount,
            line=command.line,
            description=command.description,
            payee_id=command.payee_id,
            on=command.on,
        )
    ]


def close(award: Award, command: CloseAward) -> list[Event]:
    if award.status is Status.CLOSED:
        return []
    return [AwardClosed(partnership_id=award.partnership_id, given_back=unspent(standing(award)), on=command.on)]


def terminate(award: Award, command: TerminateAward) -> list[Event]:
    if award.status is Status.TERMINATED:
        return []
    left = unspent(standing(award))
    explained(command.because)
    return [
        AwardTerminated(partnership_id=award.partnership_id, because=command.because, given_back=left, on=command.on)
    ]


def reopen(award: Award, command: ReopenAward) -> list[Event]:
    if award.status is Status.ACCEPTED and award.reopened == command.because:
        return []
    if award.status not in ENDED:
        raise AwardNotEnded(status=award.status.value)
    explained(command.because)
    return [AwardReopened(partnership_id=award.partnership_id, because=command.because, on=command.on)]


def unspent(award: Award) -> Money:
    """What an award gives back when it ends: its amount less what the partnership keeps or other awards use.

    Raises PaymentsUnfinished while a payment is requested or approved, and RecoveriesOpen while a recovery is
    outstanding.
    """
    unfinished = [n for n, one in award.payments.items() if one.status in (Paying.REQUESTED, Paying.APPROVED)]
    if unfinished:
        raise PaymentsUnfinished(numbers=listed(unfinished))
    outstanding = [n for n, one in award.recoveries.items() if one.outstanding.is_positive]
    if outstanding:
        raise RecoveriesOpen(numbers=listed(outstanding))
    return max(award.amount - kept(award), Money.zero(award.currency))


def kept(award: Award) -> Money:
    """What an award cannot give back: what the partnership keeps, or what other awards use of it, paid or not."""
    return max(award.paid - award.returned, award.regranted)
