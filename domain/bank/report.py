"""The reconciliation of a bank account over a period: the changes that lead from opening to closing balance.

A balance comes from a statement and from the statement's own entries. Statements may share a day, so entries are never
taken by their day alone. Statements of the same days are put in order by their balances: each opens with what another
closes with.
"""

from collections import Counter, defaultdict
from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import NamedTuple

from domain.values.frozen import frozen

# The statuses of an entry, in the order of the report. An entry without a decision is unmatched.
STATUSES = ("settled", "returned", "recovered", "duplicate", "fee", "interest", "transfer", "other", "unmatched")
ZERO = Decimal(0)


class Stated(NamedTuple):
    """A bank statement: its first and last day, its balances, and the ids of its entries.

    *place* orders statements of the same days as far as their balances do not.
    """

    since: date
    until: date
    opening: Decimal
    closing: Decimal
    entries: frozenset[str] = frozenset()
    place: tuple[str, int] = ("", 0)


class Booked(NamedTuple):
    """A bank entry with its status; negative if money left. *here* is false if it is on another account.

    *day* is the booking day, or the nearest day of its statement: banks date some entries outside the statement.
    """

    entry_id: str
    day: date
    amount: Decimal
    status: str
    here: bool = True


class Days(NamedTuple):
    """The days from *since* to *until*, both included."""

    since: date
    until: date

    @property
    def number(self) -> int:
        """How many days they are."""
        return (self.until - self.since).days + 1


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
    balance that no statement has entries for. *uncovered* are the days that no statement covers: what happened on them
    is not known. *payments* lead from *unseen_before*, the payments released and not seen at the bank before the
    period, to *unseen_after*, those not seen at its end. A payment that only a register states counts only as far as
    the bank shows it.
    """

    since: date
    until: date
    uncovered: tuple[Days, ...]
    opening: Decimal
    entries: tuple[Line, ...]
    closing: Decimal
    unseen_before: Decimal
    payments: tuple[Line, ...]
    unseen_after: Decimal

    @property
    def difference(self) -> Decimal:
        """By how much the entries miss *closing*, plus the payments *unseen_after*. It must be 0.

        The entries cannot miss *closing*: what they lack is the line ``on no statement``.
        """
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
    balances = _Balances(statements, here)
    opening, closing = balances.before(since), balances.after(until)
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
        uncovered=_uncovered(since, until, statements),
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


class _Balances:
    """The balances of an account at the start and at the end of a day, from its *statements* and *entries*."""

    def __init__(self, statements: Sequence[Stated], entries: Sequence[Booked]) -> None:
        self._entries = {one.entry_id: one for one in entries}
        self._statements = in_order(statements)

    def before(self, day: date) -> Decimal:
        """The balance at the start of *day*: from the first statement that covers it.

        On a day that none covers it is the closing balance before it, or the first opening balance after it.
        """
        covering = [one for one in self._statements if one.since <= day <= one.until]
        if covering:
            return covering[0].opening + self._own(covering[0], day, last=False)
        earlier = [one for one in self._statements if one.until < day]
        if earlier:
            return max(earlier, key=lambda one: (one.until, one.since)).closing
        return self._statements[0].opening if self._statements else ZERO

    def after(self, day: date) -> Decimal:
        """The balance at the end of *day*: from the last statement that covers it, or the one that begins next day.

        On any other day it is the balance at the start of the day.
        """
        covering = [one for one in self._statements if one.since <= day <= one.until]
        if covering:
            found = covering[-1]
            return found.closing if found.until == day else found.opening + self._own(found, day, last=True)
        following = [one for one in self._statements if (one.since - day).days == 1]
        return following[0].opening if following else self.before(day)

    def _own(self, statement: Stated, day: date, *, last: bool) -> Decimal:
        """The sum of the statement's own entries before *day* or, with *last*, by its end."""
        own = [self._entries[one] for one in statement.entries if one in self._entries]
        return sum((one.amount for one in own if _by(one.day, day, last=last)), ZERO)


def in_order(statements: Sequence[Stated]) -> list[Stated]:
    """*statements* by their days, each with other days. Statements of the same days become one, in order of balances.

    A statement whose entries are all on another statement of its days is left out: the other says more.
    """
    groups: dict[tuple[date, date], list[Stated]] = defaultdict(list)
    for one in sorted(_fullest(statements), key=lambda one: (one.since, one.until, one.place)):
        groups[one.since, one.until].append(one)
    waiting = list(groups.values())
    found: list[Stated] = []
    for place, group in enumerate(waiting):
        before = [one.closing for one in found[-1:]]
        after = [one.opening for following in waiting[place + 1 : place + 2] for one in following]
        found.append(_joined(group, before, after))
    return found


def _fullest(statements: Sequence[Stated]) -> list[Stated]:
    """*statements* without those whose entries are all on another one that covers their days."""
    with_entry: dict[str, list[Stated]] = defaultdict(list)
    found: list[Stated] = []
    for one in sorted(statements, key=lambda one: (-len(one.entries), one.since, one.place)):
        others = with_entry[next(iter(one.entries))] if one.entries else []
        if any(one.entries <= two.entries and two.since <= one.since and one.until <= two.until for two in others):
            continue
        found.append(one)
        for entry_id in one.entries:
            with_entry[entry_id].append(one)
    return found


def _joined(group: Sequence[Stated], before: Sequence[Decimal], after: Sequence[Decimal]) -> Stated:
    """One statement for *group*, all of the same days. *before* is the balance before them, *after* that after them.

    If a statement is missing, the others are several parts that no balance connects. Then the balances before and after
    decide which part comes first and which last, and then the order of the statements.
    """
    ends = [_ends(part, before, after) for part in _parts(group)]
    openings, closings = [opening for opening, _ in ends], [closing for _, closing in ends]
    entries = frozenset[str]().union(*(one.entries for one in group))
    return group[0]._replace(
        opening=next(one for one in (*before, *openings) if one in openings),
        closing=next(one for one in (*after, *reversed(closings)) if one in closings),
        entries=entries,
    )


def _parts(group: Sequence[Stated]) -> list[list[Stated]]:
    """The statements of *group* that balances connect, each in the order of *group*."""
    parts: list[list[Stated]] = []
    for one in group:
        balances = {one.opening, one.closing}
        joined = [part for part in parts if any(balances & {two.opening, two.closing} for two in part)]
        whole = [two for part in joined for two in part]
        parts = [part for part in parts if part not in joined]
        parts.append([*whole, one])
    return sorted(([one for one in group if one in part] for part in parts), key=lambda part: group.index(part[0]))


def _ends(part: Sequence[Stated], before: Sequence[Decimal], after: Sequence[Decimal]) -> tuple[Decimal, Decimal]:
    """The opening and the closing balance of statements that balances connect.

    They open with the balance that no other statement closes with. If each is such a balance, the money went in a
    circle: then the balances before and after decide, and then the order of the statements.
    """
    openings, closings = Counter(one.opening for one in part), Counter(one.closing for one in part)
    starts, ends = openings - closings, closings - openings
    if not starts:
        opening = next(one for one in (*before, *after, part[0].opening) if one in openings)
        return opening, opening
    return (
        next(one for one in (*before, *(each.opening for each in part)) if one in starts),
        next(one for one in (*after, *(each.closing for each in reversed(part))) if one in ends),
    )


def _uncovered(since: date, until: date, statements: Sequence[Stated]) -> tuple[Days, ...]:
    """The days from *since* to *until* that no statement covers."""
    found, next_day = [], since
    for one in sorted(statements):
        if next_day < one.since and next_day <= until:
            found.append(Days(next_day, min(one.since - timedelta(days=1), until)))
        next_day = max(next_day, one.until + timedelta(days=1))
    if next_day <= until:
        found.append(Days(next_day, until))
    return tuple(found)


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
