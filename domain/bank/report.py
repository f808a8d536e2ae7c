"""The reconciliation of an account over a period: how its balance went from one to the other, and by what.

Every line is counted from what is known by itself; that they come to the closing balance follows from none of them.
"""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from domain.values.frozen import frozen

# What an entry may have become, in the order of the report. Entries that nobody decided of are unmatched.
STATUSES = ("settled", "returned", "duplicate", "fee", "interest", "transfer", "other", "unmatched")
ZERO = Decimal(0)


class Stated(NamedTuple):
    """A statement of the bank: what it covers, first and last day, and its balances."""

    since: date
    until: date
    opening: Decimal
    closing: Decimal


class Booked(NamedTuple):
    """An entry of the bank, of some status, on any account of the currency; below nothing where money left."""

    day: date
    amount: Decimal
    status: str
    here: bool = True


class Paid(NamedTuple):
    """A payment: the day of its release, what was sent, and the day from which it counts as never made."""

    released: date
    amount: Decimal
    reversed: date | None = None


class Found(NamedTuple):
    """A payment that only a register states, as far as the bank shows it: the day of the entry, and how much of it."""

    day: date
    amount: Decimal


class Line(NamedTuple):
    """A line of the report: how many entries or payments it stands for, and what they come to."""

    name: str
    amount: Decimal
    number: int


@frozen
class Reconciliation:
    """An account from *since* to *until*, both included, in major units of its currency.

    *entries* lead from *opening* to *closing*: a line for each status, and ``on no statement`` for what the balances of
    statements say that no statement tells entries of. *payments* lead from what was released and not seen at the bank
    before the period to what was not at its end; what only a register states counts as far as the bank shows it.
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
        """By how much the lines miss the closing balance, or the payments their own end: nothing, always."""
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

    *statements* are those of the account, *entries* those that they tell of and, not *here*, those of other accounts of
    the currency: a payment may leave from any of them. *of_registers* are those of *entries* that are payments which
    only a register states: they are never missing.
    """
    here = [one for one in entries if one.here]
    opening, closing = _before(since, statements, here), _after(until, statements, here)
    inside = [one for one in here if since <= one.day <= until]
    lines = [_line(status, [one.amount for one in inside if one.status == status]) for status in STATUSES]
    told = sum((one.amount for one in inside), ZERO)
    untold = closing - opening - told
    lines.append(Line("on no statement", untold, 1 if untold else 0))
    released = [one.amount for one in payments if since <= one.released <= until]
    stated = [one.amount for one in of_registers if since <= one.day <= until]
    unmade = [-one.amount for one in payments if one.reversed is not None and since <= one.reversed <= until]
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
            _line("reversed", unmade),
            _line("settled", seen),
        ),
        unseen_after=_unseen(entries, payments, of_registers, until, last=True),
    )


def _line(name: str, amounts: Sequence[Decimal]) -> Line:
    return Line(name, sum(amounts, ZERO), len(amounts))


def _before(day: date, statements: Sequence[Stated], entries: Sequence[Booked]) -> Decimal:
    """The balance at the beginning of *day*, by the statement that covers it, else by the last one before it."""
    covering = [one for one in statements if one.since <= day <= one.until]
    if covering:
        found = max(covering, key=lambda one: (one.since, one.until))
        return found.opening + _sum(entries, found.since, day, last=False)
    return _between(day, statements)


def _after(day: date, statements: Sequence[Stated], entries: Sequence[Booked]) -> Decimal:
    """The balance at the end of *day*, by the statement that covers it, else by the last one before it."""
    covering = [one for one in statements if one.since <= day <= one.until]
    if covering:
        found = max(covering, key=lambda one: (one.since, one.until))
        if found.until == day:
            return found.closing
        return found.opening + _sum(entries, found.since, day, last=True)
    return _between(day, statements)


def _between(day: date, statements: Sequence[Stated]) -> Decimal:
    """The balance on a day that no statement covers: the last one before it, else the first one after it."""
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
    """What was released and stands, and had not left the bank, before *day* or, with *last*, by its end."""
    stated = sum((one.amount for one in of_registers if _by(one.day, day, last=last)), ZERO)
    sent = sum((one.amount for one in payments if _by(one.released, day, last=last)), ZERO)
    unmade = [one.amount for one in payments if one.reversed is not None and _by(one.reversed, day, last=last)]
    seen = sum((one.amount for one in entries if one.status == "settled" and _by(one.day, day, last=last)), ZERO)
    return sent + stated - sum(unmade, ZERO) + seen


def _by(one: date, day: date, *, last: bool) -> bool:
    return one <= day if last else one < day
