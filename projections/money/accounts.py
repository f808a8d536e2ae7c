"""The accounts, and the money that each event moves between them (double entry).

docs/ledger.md lists the accounts and the postings of each event, with an example that a test checks.
"""

from collections.abc import Iterator
from typing import NamedTuple

from domain import award, bid, programme
from domain.values.fact import Fact
from domain.values.money import Money
from projections.money.chart import Account
from projections.tables.kinds import by_kind


class Entry(NamedTuple):
    """*amount* moves from the *credit* account to the *debit* account."""

    debit: Account
    credit: Account
    amount: Money


def _bid_entries(
    event: bid.BidSubmitted
    | bid.BidStated
    | bid.BidRevised
    | bid.BidResubmitted
    | bid.BidRestated
    | bid.BidWithdrawn
    | bid.BidApproved
    | bid.ApprovalVaried
    | programme.BudgetAllocated
    | programme.BudgetVaried,
) -> Iterator[Entry]:
    match event:
        case bid.BidSubmitted(requested=Money() as amount) | bid.BidStated(requested=Money() as amount):
            yield Entry(Account.REQUESTED, Account.DEMAND, amount)
        case bid.BidRevised() | bid.BidResubmitted() if event.change.amount:
            yield Entry(Account.REQUESTED, Account.DEMAND, event.change)
        case bid.BidRestated() if event.change.amount:
            yield Entry(Account.REQUESTED, Account.DEMAND, event.change)
        case bid.BidWithdrawn(requested=Money() as amount):
            yield Entry(Account.DEMAND, Account.REQUESTED, amount)
        case bid.BidApproved():
            yield Entry(Account.APPROVED, Account.DECISIONS, event.approved)
        case bid.ApprovalVaried():
            yield Entry(Account.APPROVED, Account.DECISIONS, event.change)
        case programme.BudgetAllocated():
            yield Entry(Account.BUDGET, Account.APPROPRIATION, event.amount)
        case programme.BudgetVaried():
            yield Entry(Account.BUDGET, Account.APPROPRIATION, event.change)


def _award_entries(
    event: award.AwardOffered
    | award.AwardStated
    | award.AwardVaried
    | award.AwardRestated
    | award.OfferDeclined
    | award.AwardClosed
    | award.AwardTerminated
    | award.UnspentGivenBack
    | award.ExpenditureReported
    | award.RecoveryApproved
    | award.RecoverySettled
    | award.RecoveryWrittenOff,
) -> Iterator[Entry]:
    match event:
        # A register may state an award without its amount. That is not an award of 0.
        case award.AwardStated() if not event.states_amount:
            return
        case award.AwardOffered() | award.AwardStated():
            yield Entry(Account.AWARDED, Account.BUDGET, event.amount)
        case award.AwardVaried() | award.AwardRestated() if event.change.amount:
            yield Entry(Account.AWARDED, Account.BUDGET, event.change)
        case award.OfferDeclined() | award.AwardClosed() | award.AwardTerminated() | award.UnspentGivenBack() if (
            event.given_back.amount
        ):
            yield Entry(Account.BUDGET, Account.AWARDED, event.given_back)
        case award.ExpenditureReported():
            yield Entry(Account.SPENT, Account.ACCOUNTED, event.amount)
        case award.RecoveryApproved():
            yield Entry(Account.RECOVERABLE, Account.CLAIMS, event.amount)
        case award.RecoverySettled():
            yield Entry(Account.CLAIMS, Account.RECOVERABLE, event.amount)
            yield Entry(Account.UNDRAWN, Account.RETURNED, event.amount)
        case award.RecoveryWrittenOff():
            yield Entry(Account.WRITTEN_OFF, Account.RECOVERABLE, event.amount)


def _payment_entries(
    event: award.PaymentApproved
    | award.PaymentReleased
    | award.PaymentReturned
    | award.ReturnUndone
    | award.PaymentReversed,
) -> Iterator[Entry]:
    match event:
        case award.PaymentApproved():
            yield Entry(Account.PAYABLE, Account.UNDRAWN, event.amount)
        case award.PaymentReleased():
            yield Entry(Account.PAID, Account.PAYABLE, event.amount)
        case award.PaymentReturned():
            yield Entry(Account.UNDRAWN, Account.RETURNED, event.amount)
        case award.ReturnUndone():
            yield Entry(Account.RETURNED, Account.UNDRAWN, event.amount)
        case award.PaymentReversed(was="approved"):
            yield Entry(Account.UNDRAWN, Account.PAYABLE, event.amount)
        case award.PaymentReversed(was="released" | "settled"):
            yield Entry(Account.UNDRAWN, Account.PAID, event.amount)


# The debit and credit account of each kind of transaction in a register. The other kinds are in no figure.
STATED: dict[award.Transaction, tuple[Account, Account]] = {
    award.Transaction.COMMITMENT: (Account.AWARDED, Account.BUDGET),
    award.Transaction.DISBURSEMENT: (Account.PAID, Account.UNDRAWN),
    award.Transaction.DISBURSED_IN_ALL: (Account.PAID, Account.UNDRAWN),
    award.Transaction.RETURN: (Account.UNDRAWN, Account.RETURNED),
    award.Transaction.EXPENDITURE: (Account.SPENT, Account.ACCOUNTED),
}


def _stated_entries(
    event: award.TransactionStated | award.TransactionUnstated,
) -> Iterator[Entry]:
    match event:
        case award.TransactionStated() if event.kind in STATED:
            debit, credit = STATED[event.kind]
            yield Entry(debit, credit, event.amount)
        case award.TransactionUnstated() if event.kind in STATED:
            debit, credit = STATED[event.kind]
            yield Entry(credit, debit, event.amount)


_ENTRIES = by_kind(_bid_entries, _award_entries, _payment_entries, _stated_entries)
# The events that can move money.
MOVING = frozenset(_ENTRIES)


def entries(event: Fact) -> list[Entry]:
    """The entries of *event*; none where it moves no money. Each entry is balanced."""
    make = _ENTRIES.get(type(event))
    return list(make(event)) if make is not None else []
