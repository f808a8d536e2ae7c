"""The rules of returns in the programme's fields, and of certificates. The figures are those of docs/ledger.md."""

from collections.abc import Iterable
from datetime import date
from decimal import Decimal

from domain.award.certified.commands import CertifyFunding, FileReturn, JudgeReturn
from domain.award.certified.events import (
    CertificateEvent,
    CertifiedFigure,
    FundingCertified,
    LadderFigure,
    ReturnFiled,
    ReturnJudged,
)
from domain.award.certified.refusals import (
    CertificateDayUnclear,
    CertificateEmpty,
    CertificateNumberNotPositive,
    CertificateNumberTaken,
    QueryUnexplained,
    ReturnAccepted,
    ReturnHoursNegative,
    ReturnNotFiled,
)
from domain.award.events import (
    AwardClosed,
    AwardOffered,
    AwardTerminated,
    AwardVaried,
    ExpenditureReported,
    OfferDeclined,
    PaymentApproved,
    PaymentReleased,
    PaymentReturned,
    PaymentReversed,
    RecoveryApproved,
    RecoverySettled,
    RecoveryWrittenOff,
    ReturnUndone,
    UnspentGivenBack,
)
from domain.award.refusals import AwardNotAccepted, ReturnUnknown
from domain.award.state import Award
from domain.values.fact import Fact, digested
from domain.values.money import Money
from domain.values.numbers import given_or_next


def file(award: Award, command: FileReturn) -> list[CertificateEvent]:
    """A return that is required, filed. ``domain.across.beside`` compares it with the template.

    Raises ReturnUnknown, ReturnAccepted and ReturnHoursNegative.
    """
    filed = ReturnFiled(
        partnership_id=award.partnership_id,
        number=command.number,
        template=command.template,
        answers=command.answers,
        hours=command.hours,
        on=command.on,
    )
    if filed in award.history:
        return []
    if command.number not in award.returns_due:
        raise ReturnUnknown(number=command.number)
    last = _last(award, command.number)
    if isinstance(last, ReturnJudged) and last.accepted:
        raise ReturnAccepted(number=command.number)
    if command.hours < 0:
        raise ReturnHoursNegative(hours=command.hours)
    return [filed]


def judge(award: Award, command: JudgeReturn) -> list[CertificateEvent]:
    """What becomes of a return that was filed. Raises ReturnUnknown, ReturnNotFiled and QueryUnexplained."""
    judged = ReturnJudged(
        partnership_id=award.partnership_id,
        number=command.number,
        accepted=command.accepted,
        because=command.because,
        on=command.on,
    )
    if command.number not in award.returns_due:
        raise ReturnUnknown(number=command.number)
    last = _last(award, command.number)
    if last == judged:
        return []
    if not isinstance(last, ReturnFiled):
        raise ReturnNotFiled(number=command.number)
    if not command.accepted and not (command.because or "").strip():
        raise QueryUnexplained
    return [judged]


def _last(award: Award, number: int) -> CertificateEvent | None:
    """The last step of a return; None if it was not filed."""
    steps = [one for one in award.history if isinstance(one, ReturnFiled | ReturnJudged) and one.number == number]
    return steps[-1] if steps else None


def certify(award: Award, command: CertifyFunding) -> list[CertificateEvent]:
    """A certificate of the figures that all events of the award so far add up to.

    Raises AwardNotAccepted, CertificateDayUnclear, CertificateNumberTaken, CertificateNumberNotPositive,
    CertificateEmpty and DigestMalformed.
    """
    taken = {one.number: one for one in award.history if isinstance(one, FundingCertified)}
    number = given_or_next(command.number, taken)
    if number in taken:
        if _said(taken[number]) == _said(command):
            return []
        raise CertificateNumberTaken(number=number)
    if award.accepted is None:
        raise AwardNotAccepted(status=award.status.value)
    if number < 1:
        raise CertificateNumberNotPositive(number=number)
    if not (command.post.strip() and command.wording.strip()):
        raise CertificateEmpty
    for digest in command.documents:
        digested(digest)
    return [
        FundingCertified(
            partnership_id=award.partnership_id,
            number=number,
            post=command.post,
            wording=command.wording,
            as_at=command.as_at,
            figures=tuple(figures(award.history, _day(command), award.currency)),
            documents=command.documents,
            on=command.on,
        )
    ]


def _said(of: FundingCertified | CertifyFunding) -> tuple[object, ...]:
    """What a command says of a certificate. Its figures follow from the log."""
    return (of.post, of.wording, of.as_at, of.documents, of.on)


def _day(command: CertifyFunding) -> date:
    """The day of the figures. Raises CertificateDayUnclear."""
    day = command.as_at.latest
    if day is None or command.as_at.earliest != day or not command.as_at.may_precede(command.on):
        raise CertificateDayUnclear(as_at=command.as_at, on=command.on)
    return day


def figures(history: Iterable[Fact], day: date, currency: str) -> list[CertifiedFigure]:
    """The figures of an award as at a *day*. A date known in part counts from its last day; no date always counts."""
    sums = dict.fromkeys(LadderFigure, Decimal(0))
    for event in history:
        if event.on.latest is None or event.on.latest <= day:
            for figure, amount in _adds(event).items():
                sums[figure] += amount
    paid, returned, spent = (sums[one] for one in (LadderFigure.PAID, LadderFigure.RETURNED, LadderFigure.SPENT))
    sums[LadderFigure.AVAILABLE] = sums[LadderFigure.AWARDED] - paid + returned
    sums[LadderFigure.HELD] = paid - returned - spent
    return [CertifiedFigure(figure=one, amount=Money(amount=sums[one], currency=currency)) for one in LadderFigure]


def _adds(event: Fact) -> dict[LadderFigure, Decimal]:
    """What an event adds to the figures that are not made of others."""
    match event:
        case AwardOffered():
            return {LadderFigure.AWARDED: event.amount.amount}
        case AwardVaried():
            return {LadderFigure.AWARDED: event.change.amount}
        case OfferDeclined() | AwardClosed() | AwardTerminated() | UnspentGivenBack():
            return {LadderFigure.AWARDED: -event.given_back.amount}
        case PaymentApproved():
            return {LadderFigure.PAYABLE: event.amount.amount}
        case PaymentReleased():
            return {LadderFigure.PAYABLE: -event.amount.amount, LadderFigure.PAID: event.amount.amount}
        case PaymentReversed(was="approved"):
            return {LadderFigure.PAYABLE: -event.amount.amount}
        case PaymentReversed(was="released" | "settled"):
            return {LadderFigure.PAID: -event.amount.amount}
        case PaymentReturned():
            return {LadderFigure.RETURNED: event.amount.amount}
        case ReturnUndone():
            return {LadderFigure.RETURNED: -event.amount.amount}
        case ExpenditureReported():
            return {LadderFigure.SPENT: event.amount.amount}
        case RecoveryApproved():
            return {LadderFigure.RECOVERABLE: event.amount.amount}
        case RecoverySettled():
            return {LadderFigure.RECOVERABLE: -event.amount.amount, LadderFigure.RETURNED: event.amount.amount}
        case RecoveryWrittenOff():
            return {LadderFigure.RECOVERABLE: -event.amount.amount}
    return {}
