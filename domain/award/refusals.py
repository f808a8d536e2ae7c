"""How an award says no."""

from domain.values.refusal import Refused


class AwardUnknown(Refused):
    """There is no such award."""


class AwardAlreadyOffered(Refused):
    """An award stands under this identity already, with other particulars."""


class AwardNotPositive(Refused):
    """An award is of more than nothing."""


class LinesUnequalToAward(Refused):
    """The budget lines, each named once and none below nothing, add up to the award."""


class NoOpenOffer(Refused):
    """There is no open offer to answer."""


class AcceptedBeforeOffered(Refused):
    """An offer is accepted on or after the day that it was made."""


class AwardNotAccepted(Refused):
    """Nothing is paid before the offer is accepted."""


class AwardIsOver(Refused):
    """Nothing more happens on an award that has been declined, closed or terminated."""


class CurrencyDiffers(Refused):
    """Every amount of an award is in its own currency."""


class NumberNotPositive(Refused):
    """Payments, conditions and the like are numbered from 1."""


class ReasonEmpty(Refused):
    """Who does this says why."""


class ConditionOpen(Refused):
    """A condition that comes before payment is still open."""


class ConditionUnknown(Refused):
    """The award has no condition of this number."""


class ConditionNumberTaken(Refused):
    """The award has another condition of this number."""


class AwardOnHold(Refused):
    """Payments of the award are on hold."""


class HoldUnknown(Refused):
    """The award has no hold of this number."""


class HoldNumberTaken(Refused):
    """The award has another hold of this number."""


class InstalmentNumberTaken(Refused):
    """The award has another instalment of this number."""


class InstalmentsAboveAward(Refused):
    """The instalments would come to more than the award."""


class InstalmentUnknown(Refused):
    """The award has no instalment of this number."""


class InstalmentNegative(Refused):
    """An instalment is not of less than nothing."""


class PaymentBeforeAcceptance(Refused):
    """A payment is asked for on or after the day of acceptance."""


class PaymentNotPositive(Refused):
    """A payment, instalment or return is of more than nothing."""


class PaymentNumberTaken(Refused):
    """The award has another payment of this number."""


class AboveAward(Refused):
    """The payment would take the award past its amount."""


class PaymentUnknown(Refused):
    """The award has no payment of this number."""


class PaymentNotApproved(Refused):
    """A payment is released once it is approved."""


class PaymentNotReleased(Refused):
    """A payment is settled, and returned, once it is released."""


class PaymentIsReversed(Refused):
    """The payment counts as not made."""


class PaymentHasReturns(Refused):
    """A payment of which money has come back is not reversed: it was made."""


class PaymentNotReversed(Refused):
    """A payment is entered again once the wrong entry is reversed, and once only."""


class AbovePayment(Refused):
    """More cannot come back of a payment than is left of it."""


class ReturnPartTaken(Refused):
    """The payment has another return of this part number."""


class MatchAbovePayment(Refused):
    """No more of a payment leaves the bank than was sent of it."""


class ReturnIsAtBank(Refused):
    """The return was found at the bank before, or is of another amount."""


class ReturnKept(Refused):
    """A return is not undone on an award that is over, or once what came back has been asked for again."""


class PaymentIsAtBank(Refused):
    """A payment that was found at the bank is reversed once the match is undone."""


class VariationNumberTaken(Refused):
    """The award has another variation of this number."""


class ChangeOfWrongKind(Refused):
    """An uplift adds, a reduction takes away, a reallocation and an extension leave the amount as it is."""


class LineChangesUnequal(Refused):
    """Changes of the budget lines add up to the change of the award."""


class BudgetLineUnknown(Refused):
    """The award has no budget line of this name."""


class BudgetLineBelowNothing(Refused):
    """No budget line shrinks below nothing."""


class EndNotLater(Refused):
    """An extension ends the award later than before; only a reduction or a correction ends it earlier."""


class NothingToCorrect(Refused):
    """A correction names an earlier variation of the award."""


class BelowCommitted(Refused):
    """An award is not reduced below what has been asked for on it or regranted from it."""


class RegrantAboveAward(Refused):
    """Awards funded from an award do not come to more than it."""


class RegrantNegative(Refused):
    """What an award lends to another is not less than nothing."""


class ExpenditureNotPositive(Refused):
    """Expenditure is of more than nothing."""


class ExpenditureNumberTaken(Refused):
    """The award has other expenditure of this number."""


class RecoveryNumberTaken(Refused):
    """The award has another recovery of this number."""


class RecoveryNotPositive(Refused):
    """A recovery is of more than nothing."""


class RecoveryAbovePaid(Refused):
    """No more is recovered than has been paid and has not come back."""


class RecoveryUnknown(Refused):
    """The award has no recovery of this number."""


class RecoveryNotApproved(Refused):
    """A recovery is settled or written off once it is approved."""


class RecoveryAboveOutstanding(Refused):
    """No more of a recovery is settled than is outstanding."""


class RecoveryPartTaken(Refused):
    """The recovery has another settlement of this part number."""


class OffsetWithoutPayment(Refused):
    """An offset names the payment that it is deducted from, and a repayment names none."""


class OffsetAbovePayment(Refused):
    """No more is deducted from a payment than it is of."""


class OffsetAfterRelease(Refused):
    """A deduction is made before the payment is released."""


class RecoveryIsApproved(Refused):
    """A recovery that is approved is settled or written off, not withdrawn."""


class RecoveryIsWithdrawn(Refused):
    """A recovery that was withdrawn is not approved; raise another."""


class ReturnNumberTaken(Refused):
    """The award has another return of this number."""


class ReturnUnknown(Refused):
    """No return of this number is required."""


class ReturnEmpty(Refused):
    """A return says what it covers, and by when it is due."""


class AwardNotEnded(Refused):
    """Only an award that was closed or terminated is reopened."""


class PaymentsUnfinished(Refused):
    """An award ends once every payment asked for has been released or reversed."""


class RecoveriesOpen(Refused):
    """An award ends once every recovery has been settled or written off."""
