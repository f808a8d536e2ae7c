"""The reconciliation of a bank account over a period: the changes that lead from opening to closing balance.

Each line is computed from the facts, not from the other lines. So it is a real check that they add up to the closing
balance.
"""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from domain.values.frozen import frozen

# The statuses of an entry, in the order of the report. An entry without a decision is unmatched.
STATUSES = ("settled", "returned", "duplicate", "fee", "interest", "transfer", "other", "unmatched")
ZERO = Decimal(0)


class Stated(NamedTuple):
    """A bank statement: its first and last day and its balances."""

    since: date
    until: date
    opening: Decimal
    closing: Decimal


class Booked(NamedTuple):
    """A bank entry with its status; negative if money left. *here* is false if it is on another account."""

    day: date
    amount: Decimal
    status: str
    here: bool = True


class Paid(NamedTuple):
    """A payment: the day of release, the amount sent, and the day from which it counts as not made."""

    released: date
    amount: Decimal
    reversed: date | None = None


class Found(NamedTuple):
    """The matched part of a payment that only a register states: the day of the entry and the amount."""

    day: date
    amount: Decimal


class Line(NamedTuple):
    """A line of the report: the number of its entries or payments, and their total."""

    name: str
    amount: Decimal
    number: int


@frozen
class Reconciliation:
    """A reconciliation from *since* to *until*, both included, in major units of the account's currency.

    *entries* lead from *opening* to *closing*: a line for each status, and ``on no statement`` for changes of the
    balance that no statement has entries for. *payments* lead from *unseen_before*, the payments released and not seen
    at the bank before the period, to *unseen_after*, those not seen at its end. A payment that only a register states
    counts only as far as the bank shows it.
    """

    since: date
    until: date
    opening: Decimal
    entries: tuple[Line, ...]
    closing: Decimal
    unseen_before: Decimal
    payments: tuple[Line, ...]
    unseen_after: Decimal

    @property
    def difference(self) -> Decimal:
        """By how much the entries miss *closing*, plus the payments *unseen_after*. It must be 0."""
        bank = self.opening + sum((line.amount for line in self.entries), ZERO) - self.closing
        ours = self.unseen_before + sum((line.amount for line in self.payments), ZERO) - self.unseen_after
        return abs(bank) + abs(ours)


def reconcile(
    since: date,
    until: date,
    statements: Sequence[Stated],
    entries: Sequence[Booked],
    payments: Sequence[Paid],
    of_registers: Sequence[Found] = (),
) -> Reconciliation:
    """Reconcile an account from *since* to *until*.

    *statements* are those of the account. *entries* are its entries and, with *here* false, those of other accounts of
    the currency, because a payment may leave from any of them. *of_registers* are the entries that are payments which
    only a register states; such payments are never missing.
    """
    here = [one for one in entries if one.here]
    opening, closing = _before(since, statements, here), _after(until, statements, here)
    inside = [one for one in here if since <= one.day <= until]
    lines = [_line(status, [one.amount for one in inside if one.status == status]) for status in STATUSES]
    booked = sum((one.amount for one in inside), ZERO)
    unexplained = closing - opening - booked
    lines.append(Line("on no statement", unexplained, 1 if unexplained else 0))
    released = [one.amount for one in payments if since <= one.released <= until]
    stated = [one.amount for one in of_registers if since <= one.day <= until]
    reversed_ = [-one.amount for one in payments if one.reversed is not None and since <= one.reversed <= until]
    seen = [one.amount for one in entries if one.status == "settled" and since <= one.day <= until]
    return Reconciliation(
        since=since,
        until=until,
        opening=opening,
        entries=tuple(lines),
        closing=closing,
        unseen_before=_unseen(entries, payments, of_registers, since, last=False),
        payments=(
            _line("released", released),
            _line("stated by a register", stated),
            _line("reversed", reversed_),
            _line("settled", seen),
        ),
        unseen_after=_unseen(entries, payments, of_registers, until, last=True),
    )


def _line(name: str, amounts: Sequence[Decimal]) -> Line:
    return Line(name, sum(amounts, ZERO), len(amounts))


def _before(day: date, statements: Sequence[Stated], entries: Sequence[Booked]) -> Decimal:
    """The balance at the start of *day*, from the statement that covers it, or from the last one before it."""
    covering = [one for one in statements if one.since <= day <= one.until]
    if covering:
        found = max(covering, key=lambda one: (one.since, one.until))
        return found.opening + _sum(entries, found.since, day, last=False)
    return _between(day, statements)


def _after(day: date, statements: Sequence[Stated], entries: Sequence[Booked]) -> Decimal:
    """The balance at the end of *day*, from the statement that covers it, or from the last one before it."""
    covering = [one for one in statements if one.since <= day <= one.until]
    if covering:
        found = max(covering, key=lambda one: (one.since, one.until))
        if found.until == day:
            return found.closing
        return found.opening + _sum(entries, found.since, day, last=True)
    return _between(day, statements)


def _between(day: date, statements: Sequence[Stated]) -> Decimal:
    """The balance on a day without a statement: the last closing one before it, or the first opening one after."""
    earlier = [one for one in statements if one.until < day]
    if earlier:
        return max(earlier, key=lambda one: (one.until, one.since)).closing
    later = [one for one in statements if one.since > day]
    return min(later, key=lambda one: (one.since, one.until)).opening if later else ZERO


def _sum(entries: Sequence[Booked], since: date, until: date, *, last: bool) -> Decimal:
    return sum((one.amount for one in entries if since <= one.day and _by(one.day, until, last=last)), ZERO)


def _unseen(
    entries: Sequence[Booked], payments: Sequence[Paid], of_registers: Sequence[Found], day: date, *, last: bool
) -> Decimal:
    """What was released, not reversed and not seen at the bank before *day* or, with *last*, by its end."""
    stated = sum((one.amount for one in of_registers if _by(one.day, day, last=last)), ZERO)
    sent = sum((one.amount for one in payments if _by(one.released, day, last=last)), ZERO)
    reversed_ = [one.amount for one in payments if one.reversed is not None and _by(one.reversed, day, last=last)]
    seen = sum((one.amount for one in entries if one.status == "settled" and _by(one.day, day, last=last)), ZERO)
    return sent + stated - sum(reversed_, ZERO) + seen


def _by(one: date, day: date, *, last: bool) -> bool:
    return one <= day if last else one < day
