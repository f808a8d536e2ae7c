"""Why an award refuses a command: each class is a rule, its docstring the sentence that people read."""

from domain.values.refusal import Refused


class AwardUnknown(Refused):
    """There is no such award."""


class AwardAlreadyOffered(Refused):
    """Award {reference} already exists under this id, with other details. An award id is used only once."""


class AwardNotPositive(Refused):
    """The award is {amount}. It must be more than 0."""


class LinesUnequalToAward(Refused):
    """The budget lines add up to {lines}, but the award is {award}. They must be equal; no line is named twice or is
    less than 0.
    """


class NoOpenOffer(Refused):
    """The award has no open offer (status: {status}). Only an open offer can be accepted or declined."""


class AcceptedBeforeOffered(Refused):
    """The acceptance ({accepted}) is earlier than the offer ({offered}). An offer is accepted on or after the day it
    was made.
    """


class AwardNotAccepted(Refused):
    """The award is not accepted (status: {status}). This is possible only after the offer is accepted."""


class AwardIsOver(Refused):
    """The award has ended (status: {status}). This is not possible on a declined, closed or terminated award."""


class CurrencyDiffers(Refused):
    """The amount is in {given}, but the award is in {award}. Every amount of an award must be in its own currency."""


class NumberNotPositive(Refused):
    """The number is {number}. Numbers start at 1."""


class ReasonEmpty(Refused):
    """Give a reason."""


class ConditionOpen(Refused):
    """Open conditions: {numbers}. A payment is released only after every condition precedent to payment is met or
    waived.
    """


class ConditionUnknown(Refused):
    """The award has no condition {number}."""


class ConditionNumberTaken(Refused):
    """The award already has a different condition {number}. Use another number."""


class AwardOnHold(Refused):
    """Open holds: {holds}. Payments are approved and released only when the award has no open hold."""


class HoldUnknown(Refused):
    """The award has no hold {number}."""


class HoldNumberTaken(Refused):
    """The award already has a different hold {number}. Use another number."""


class InstalmentNumberTaken(Refused):
    """The award already has a different instalment {number}. Use another number."""


class InstalmentsAboveAward(Refused):
    """The instalments would add up to {planned}, but the award would be {award}. Instalments must not exceed the
    award.
    """


class InstalmentUnknown(Refused):
    """The award has no instalment {number}."""


class InstalmentNegative(Refused):
    """The instalment is {amount}. It must be 0 or more."""


class PaymentBeforeAcceptance(Refused):
    """The request ({requested}) is earlier than the acceptance ({accepted}). A payment is requested on or after the day
    of acceptance.
    """


class PaymentNotPositive(Refused):
    """The amount is {amount}. It must be more than 0."""


class PaymentNumberTaken(Refused):
    """The award already has a different payment {number}. Use another number."""


class AboveAward(Refused):
    """The payment is {wanted}, but {available} of the award is left. Payments together must not exceed the award."""


class PaymentUnknown(Refused):
    """The award has no payment {number}."""


class PaymentNotApproved(Refused):
    """Payment {number} has not been approved (status: {status}). A payment is released only after approval."""


class PaymentNotReleased(Refused):
    """Payment {number} has not been released (status: {status}). A payment is settled, returned or recovered
    only after release.
    """


class PaymentIsReversed(Refused):
    """Payment {number} was reversed and counts as not made. Request a new payment instead."""


class PaymentHasReturns(Refused):
    """Part of payment {number} has come back, or a recovery counts on it. A payment is reversed only if all of it can
    count as not made.
    """


class PaymentNotReversed(Refused):
    """Payment {number} was not reversed, or was already replaced. A payment replaces only a reversed payment, and only
    once.
    """


class AbovePayment(Refused):
    """The return is {wanted}, but {available} of payment {number} can still come back. A return must not be more than
    that.
    """


class ReturnPartTaken(Refused):
    """Payment {number} already has a different return {part}. Use another part number."""


class MatchAbovePayment(Refused):
    """The match is {entry}, but {left} of payment {number} is not matched yet. A match must not be more than that."""


class ReturnIsAtBank(Refused):
    """Return {part} of {entry} is not recorded, or is already matched to the bank. A return is matched once, with its
    full amount.
    """


class ReturnKept(Refused):
    """The return is {returned}, but {available} of the award is left (status: {status}). A return is undone only while
    the award is open and has that amount left.
    """


class PaymentIsAtBank(Refused):
    """Payment {number} is matched to a bank entry. Reopen the entry before you reverse the payment."""


class RepaymentUnknown(Refused):
    """Recovery {number} has no repayment {part}. Record the repayment before you match it to a bank entry."""


class RepaymentDiffers(Refused):
    """Repayment {part} of recovery {number} is {repaid}, but the entry is {entry}. A repayment is matched to one entry
    of its amount.
    """


class RepaymentIsAtBank(Refused):
    """Repayment {part} of recovery {number} is already matched to another bank entry. A repayment is matched once."""


class VariationNumberTaken(Refused):
    """The award already has a different variation {number}. Use another number."""


class ChangeOfWrongKind(Refused):
    """The kind is {kind} and the change is {change}. An uplift adds to the award, a reduction takes from it, a
    reallocation changes only its lines and an extension only its end.
    """


class LineChangesUnequal(Refused):
    """The budget lines change by {lines}, but the award changes by {award}. They must be equal; no line is named
    twice.
    """


class BudgetLineUnknown(Refused):
    """The award has no budget line named {line}."""


class BudgetLineBelowNothing(Refused):
    """Budget line {line} has {amount}. A change must not take it below 0."""


class EndNotLater(Refused):
    """The end of the award is {until}. An extension must end later; only a reduction or a correction ends an award
    earlier.
    """


class NothingToCorrect(Refused):
    """The variation to correct is not known. A correction must name an earlier variation of the award."""


class BelowCommitted(Refused):
    """{committed} of the award has been requested or regranted. The award must not be reduced below that."""


class RegrantAboveAward(Refused):
    """The other award needs {wanted}, but {available} of this award is left. Awards funded from an award must not
    exceed it.
    """


class RegrantNegative(Refused):
    """The amount for the other award is {total}. It must be 0 or more."""


class ExpenditureNotPositive(Refused):
    """The expenditure is {amount}. It must be more than 0."""


class ExpenditureNumberTaken(Refused):
    """The award already has different expenditure {number}. Use another number."""


class RecoveryNumberTaken(Refused):
    """The award already has a different recovery {number}. Use another number."""


class RecoveryNotPositive(Refused):
    """The amount is {amount}. It must be more than 0."""


class RecoveryAbovePaid(Refused):
    """The recovery is {wanted}, but {available} can be recovered. That is what was paid, less what has come back or is
    already claimed.
    """


class RecoveryAbovePayment(Refused):
    """The recovery is {wanted}, but {available} of payment {number} can be recovered. That is its amount, less what
    has come back or is already claimed of it.
    """


class RecoveryUnknown(Refused):
    """The award has no recovery {number}."""


class RecoveryNotApproved(Refused):
    """Recovery {number} has not been approved. A recovery is settled or written off only after approval."""


class RecoveryAboveOutstanding(Refused):
    """The settlement is {wanted}, but {outstanding} of recovery {number} is outstanding. A settlement must not be more
    than that.
    """


class RecoveryPartTaken(Refused):
    """Recovery {number} already has a different settlement {part}. Use another part number."""


class OffsetWithoutPayment(Refused):
    """The settlement does not fit its kind. An offset must name the payment that it is deducted from; a repayment must
    name none.
    """


class OffsetAbovePayment(Refused):
    """The deduction is {wanted}, but {available} of payment {number} is left. A deduction must not be more than
    that.
    """


class OffsetAfterRelease(Refused):
    """Payment {number} has already been released. A deduction is made only before release."""


class RecoveryIsApproved(Refused):
    """Recovery {number} is already approved. An approved recovery is settled or written off, not withdrawn."""


class RecoveryIsWithdrawn(Refused):
    """Recovery {number} was withdrawn. Raise a new recovery instead."""


class ReturnNumberTaken(Refused):
    """The award already has a different return {number}. Use another number."""


class ReturnIsCertified(Refused):
    """Return {number} is certified already. A return is prepared before it is certified."""


class ReturnUnknown(Refused):
    """No return {number} is required of this award."""


class ReturnEmpty(Refused):
    """The return has no description or no due date (due: {due}). Say what it covers and when it is due."""


class AwardNotEnded(Refused):
    """The award has not ended (status: {status}). Only a closed or terminated award can be reopened."""


class ProfileUnequalToAward(Refused):
    """The lines of the profile add up to {profile}, and the award is {award}. A profile has one line for each year and
    kind of spending, each of more than 0, and adds up to the award.
    """


class ProfileAlreadyAgreed(Refused):
    """Another profile of the award was agreed before. Change it, with a reason."""


class ProfileNotAgreed(Refused):
    """The award has no profile yet. A profile is changed only after it is agreed."""


class PaymentsUnfinished(Refused):
    """Unfinished payments: {numbers}. An award ends only after every payment requested is released or reversed."""


class FigureNegativeAsAt(Refused):
    """As at {on}, the {figure} would be {amount}. No figure of an award is less than 0 at any date."""


class RecoveriesOpen(Refused):
    """Open recoveries: {numbers}. An award ends only after every recovery is settled, written off or withdrawn."""
