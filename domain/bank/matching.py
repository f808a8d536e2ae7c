"""Find the payments that bank entries may be. A pure function: it decides nothing.

A match is exact if the entry has the reference and the amount of exactly one payment, and no other entry has both.
Every other match is a proposal for a person.
"""

import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from datetime import date
from enum import Enum
from typing import NamedTuple

from domain.bank.account import BankEntry
from domain.values.frozen import frozen
from domain.values.ids import AwardId, EntryId
from domain.values.money import Money, total
from domain.values.plain import plain

# Days after and before the release of a payment in which its entry is searched. A date entered by hand may be late.
DAYS_AFTER, DAYS_BEFORE = 10, 3
# Days after the release in which a return is searched: it may arrive months later.
DAYS_BACK = 180
MOST_PROPOSALS = 5
# The share of words that two names must have in common to be the same payee.
ALIKE = 0.5


class Why(Enum):
    """What an entry and a payment have in common, strongest first."""

    REFERENCE = "reference"
    REFERENCE_IN_TEXT = "reference in the text"
    AMOUNT = "amount"
    SUM = "sum of the payments of one reference"
    DATE = "date"
    PAYEE = "payee"


# The strongest first, as they are shown.
_WEIGHTS = {
    Why.REFERENCE: 32, Why.REFERENCE_IN_TEXT: 16, Why.SUM: 16, Why.AMOUNT: 8, Why.PAYEE: 4, Why.DATE: 2,
}  # fmt: skip


class PaymentKey(NamedTuple):
    """A payment: its award and its number."""

    award_id: AwardId
    number: int


@frozen
class Open:
    """A payment that was released. *left* has not been matched to the bank yet; *back* has not come back yet.

    *known_back* are the returns recorded but not matched to the bank: part number and amount. A payment is *stated* if
    only a register states it (*released* is then the day that the register gives, if any). It is proposed to a person,
    never matched exactly, and nothing is missing if the bank does not show it.
    """

    key: PaymentKey
    sent: Money
    left: Money
    back: Money
    released: date | None
    reference: str | None = None
    payees: tuple[str, ...] = ()
    known_back: tuple[tuple[int, Money], ...] = ()
    stated: bool = False


@frozen
class Seen:
    """A bank entry. It is *open* if nothing is decided about it; *exact* allows an automatic match."""

    entry_id: EntryId
    entry: BankEntry
    open: bool = True
    exact: bool = True
    rejected: frozenset[PaymentKey] = frozenset()


class RepaymentKey(NamedTuple):
    """A repayment of a recovery: its award, the number of the recovery, and that of the settlement."""

    award_id: AwardId
    number: int
    part: int


@frozen
class Repaid:
    """A repayment that is recorded, on *day*. It is *open* while it is not matched to the bank."""

    key: RepaymentKey
    amount: Money
    day: date
    reference: str | None = None
    payees: tuple[str, ...] = ()
    open: bool = True


class RepaymentProposal(NamedTuple):
    """A repayment that an entry may be, and why."""

    key: RepaymentKey
    why: tuple[Why, ...]

    @property
    def weight(self) -> int:
        """How likely the proposal is: a higher weight is likelier."""
        return sum(_WEIGHTS[one] for one in self.why)


class Proposal(NamedTuple):
    """Payments that an entry may be, each with its amount and its return (None: no recorded return), and why."""

    payments: tuple[tuple[PaymentKey, Money, int | None], ...]
    why: tuple[Why, ...]

    @property
    def first(self) -> PaymentKey:
        """The first of the payments. An exact proposal has only one; a register states all or none of them."""
        return self.payments[0][0]

    @property
    def weight(self) -> int:
        """How likely the proposal is: a higher weight is likelier."""
        return sum(_WEIGHTS[one] for one in self.why)


@frozen
class Matches:
    """The result of matching. *exact* matches are certain; *proposals*, best first, are for a person to decide.

    *duplicates* maps an open entry to the earlier entry with the same reference and amount. *unmatched* are open
    entries without any proposal. *unseen* are the payments that are not fully matched to the bank. *repaid* are entries
    that are certainly the repayment of a recovery, *repayments* the repayments that other entries may be.
    """

    exact: dict[EntryId, Proposal]
    proposals: dict[EntryId, tuple[Proposal, ...]]
    duplicates: dict[EntryId, EntryId]
    unmatched: tuple[EntryId, ...]
    unseen: tuple[PaymentKey, ...]
    repaid: dict[EntryId, RepaymentKey]
    repayments: dict[EntryId, tuple[RepaymentProposal, ...]]


def match(entries: Sequence[Seen], payments: Sequence[Open], repaid: Sequence[Repaid] = ()) -> Matches:
    """Match *entries* to *payments*, and to what was *repaid*. Their order changes only the order of the results."""
    candidates = _Candidates(payments)
    waiting = [one for one in entries if one.open]
    repayments = {one.entry_id: propose_repayments(one.entry, repaid) for one in waiting}
    sure_repaid = _exact_repayments(waiting, repaid)
    twins = _twins(entries)
    claims: dict[tuple[PaymentKey, bool], list[EntryId]] = defaultdict(list)
    sure: dict[EntryId, Proposal] = {}
    for one in waiting:
        found = _exact(one, candidates)
        if found is not None:
            sure[one.entry_id] = found
            claims[found.first, one.entry.amount.is_positive].append(one.entry_id)
    alone = {entry_id for entries in claims.values() if len(entries) == 1 for entry_id in entries}
    # An entry that is a return and a repayment, each for certain, is neither for certain.
    exact = {entry_id: sure[entry_id] for entry_id in sure if entry_id in alone and entry_id not in sure_repaid}
    sure_repaid = {entry_id: key for entry_id, key in sure_repaid.items() if entry_id not in sure}
    by_id = {one.entry_id: one for one in waiting}
    matched = {found.first for entry_id, found in exact.items() if by_id[entry_id].entry.went_out}
    proposals = {
        one.entry_id: tuple(
            proposal
            for proposal in propose(one, candidates.near(one.entry))
            if not one.entry.went_out or matched.isdisjoint(key for key, _, _ in proposal.payments)
        )
        for one in waiting
        if one.entry_id not in exact and one.entry_id not in sure_repaid
    }
    duplicates = {entry_id: twins[entry_id] for entry_id in proposals if entry_id in twins}
    return Matches(
        exact=exact,
        proposals={entry_id: found for entry_id, found in proposals.items() if found},
        duplicates=duplicates,
        unmatched=tuple(
            entry_id
            for entry_id, found in proposals.items()
            if not found and not repayments[entry_id] and entry_id not in duplicates
        ),
        unseen=tuple(one.key for one in payments if not one.stated and one.left.is_positive and one.key not in matched),
        repaid=sure_repaid,
        repayments={entry_id: repayments[entry_id] for entry_id in proposals if repayments[entry_id]},
    )


def _exact_repayments(waiting: Sequence[Seen], repaid: Sequence[Repaid]) -> dict[EntryId, RepaymentKey]:
    """The entries that have the reference and the amount of exactly one repayment, which no other entry has."""
    claims: dict[RepaymentKey, list[EntryId]] = defaultdict(list)
    for one in waiting:
        named = [paid for paid in repaid if paid.reference and plain(paid.reference) in one.entry.references]
        match named:
            case [paid] if one.exact and paid.open and paid.amount == one.entry.amount:
                claims[paid.key].append(one.entry_id)
    return {entry_id: key for key, entries in claims.items() if len(entries) == 1 for entry_id in entries}


def propose_repayments(entry: BankEntry, repaid: Sequence[Repaid]) -> tuple[RepaymentProposal, ...]:
    """The open repayments of the entry's amount that it may be, best first, at most MOST_PROPOSALS."""
    found = []
    for one in repaid:
        if one.open and one.amount == entry.amount:
            why = {Why.AMOUNT, *_alike(entry, one.reference, one.payees, near=_within_days(entry, one.day))}
            if {Why.REFERENCE, Why.REFERENCE_IN_TEXT, Why.DATE} & why:
                found.append(RepaymentProposal(one.key, _strongest_first(why)))
    found.sort(key=lambda proposal: (-proposal.weight, proposal.key))
    return tuple(found[:MOST_PROPOSALS])


def propose(one: Seen, payments: Iterable[Open]) -> tuple[Proposal, ...]:
    """The payments that the entry may be, best first, at most MOST_PROPOSALS."""
    amount = one.entry.amount
    near = [payment for payment in payments if payment.key not in one.rejected and _same_currency(payment, amount)]
    found = [proposal for payment in near if (proposal := _proposal(one.entry, payment)) is not None]
    if one.entry.went_out:
        found += _of_one_reference(one.entry, near)
    stated = {payment.key for payment in near if payment.stated}
    # Among equal weights, our own payments come before those that a register states.
    found.sort(
        key=lambda proposal: (
            -proposal.weight,
            proposal.first in stated,
            [key for key, _, _ in proposal.payments],
        )
    )
    return tuple(found[:MOST_PROPOSALS])


class _Candidates:
    """Payments, indexed by reference and by amount."""

    def __init__(self, payments: Sequence[Open]) -> None:
        self._all = payments
        self.by_reference: dict[str, list[Open]] = defaultdict(list)
        self._by_amount: dict[Money, list[Open]] = defaultdict(list)
        for payment in payments:
            if payment.reference is not None:
                self.by_reference[plain(payment.reference)].append(payment)
            for amount in {payment.left, payment.sent, payment.back, *(returned for _, returned in payment.known_back)}:
                self._by_amount[amount].append(payment)

    def near(self, entry: BankEntry) -> list[Open]:
        """The payments with the amount or a reference of *entry*, or whose reference is in its text."""
        text = plain(entry.remittance or "")
        found = [*self._by_amount.get(abs(entry.amount), ())]
        for reference in entry.references:
            found += self.by_reference.get(reference, ())
        for word in _references_in(text, self.by_reference):
            found += self.by_reference[word]
        return list({payment.key: payment for payment in found}.values())


def _references_in(text: str, known: dict[str, list[Open]]) -> list[str]:
    return [reference for reference in known if reference in text]


def _exact(one: Seen, candidates: _Candidates) -> Proposal | None:
    """The one payment with the reference and the amount of the entry; None if there is not exactly one."""
    named = {
        payment.key: payment
        for reference in one.entry.references
        for payment in candidates.by_reference.get(reference, ())
        if _same_currency(payment, one.entry.amount) and not payment.stated
    }
    if len(named) != 1 or not one.exact or named.keys() & one.rejected:
        return None
    (payment,) = named.values()
    size = abs(one.entry.amount)
    if size != payment.sent:
        return None
    if one.entry.went_out:
        whole, part = payment.left == payment.sent, None
    else:
        known = [part for part, returned in payment.known_back if returned == size]
        part = next(iter(known), None)
        whole = len(known) == 1 or (not payment.known_back and payment.back == size)
    return Proposal(((payment.key, size, part),), (Why.REFERENCE, Why.AMOUNT)) if whole else None


def _proposal(entry: BankEntry, payment: Open) -> Proposal | None:
    """The entry as this payment, or as a return of it; None if they have too little in common."""
    size, part = abs(entry.amount), None
    if entry.went_out:
        if size > payment.left:
            return None
        equal = size == payment.left
    else:
        part = next((part for part, returned in payment.known_back if returned == size), None)
        if part is None and size > payment.back:
            return None
        equal = part is not None or size in (payment.back, payment.sent)
    why = {*_in_common(entry, payment), *((Why.AMOUNT,) if equal else ())}
    by_reference = Why.REFERENCE in why or Why.REFERENCE_IN_TEXT in why
    if not by_reference and not (equal and Why.DATE in why):
        return None
    return Proposal(((payment.key, size, part),), _strongest_first(why))


def _strongest_first(why: Collection[Why]) -> tuple[Why, ...]:
    return tuple(one for one in _WEIGHTS if one in why)


def _in_common(entry: BankEntry, payment: Open) -> Iterable[Why]:
    near = payment.released is not None and within(entry, payment.released)
    return _alike(entry, payment.reference, payment.payees, near=near)


def _alike(entry: BankEntry, reference: str | None, payees: Sequence[str], *, near: bool) -> Iterable[Why]:
    if reference is not None:
        known = plain(reference)
        if known in entry.references:
            yield Why.REFERENCE
        elif len(known) >= 4 and known in plain(entry.remittance or ""):
            yield Why.REFERENCE_IN_TEXT
    if near:
        yield Why.DATE
    if any(same_payee(entry.counterparty or "", payee) for payee in payees):
        yield Why.PAYEE


def within(entry: BankEntry, released: date) -> bool:
    """Whether the entry was booked on a day when a payment released on *released* can appear at the bank."""
    first, last = days_about(entry)
    return first <= released <= last


def _within_days(entry: BankEntry, repaid: date) -> bool:
    """Whether the entry was booked within DAYS_AFTER days of *repaid*, before or after."""
    booked = entry.booked.day
    return booked is not None and abs((booked - repaid).days) <= DAYS_AFTER


def days_about(entry: BankEntry) -> tuple[date, date]:
    """The first and last day of release of a payment that can appear at the bank as *entry*."""
    booked = entry.booked.day
    assert booked is not None, "a statement with an undated entry is refused"
    after = DAYS_AFTER if entry.went_out else DAYS_BACK
    # Stay within the calendar, because the bank's date may be far off.
    first = date.fromordinal(max(booked.toordinal() - after, date.min.toordinal()))
    return first, date.fromordinal(min(booked.toordinal() + DAYS_BEFORE, date.max.toordinal()))


def _of_one_reference(entry: BankEntry, payments: Sequence[Open]) -> list[Proposal]:
    """Proposals of all payments released under one reference, if their sum is the amount of the entry."""
    groups: dict[tuple[str, bool], list[Open]] = defaultdict(list)
    for payment in payments:
        if payment.reference is not None and payment.left.is_positive:
            groups[plain(payment.reference), payment.stated].append(payment)
    found = []
    for group in groups.values():
        if len(group) > 1 and total([one.left for one in group], entry.amount.currency) == abs(entry.amount):
            common = set.intersection(*(set(_in_common(entry, one)) for one in group))
            if common & {Why.REFERENCE, Why.REFERENCE_IN_TEXT}:
                parts = tuple((one.key, one.left, None) for one in sorted(group, key=lambda one: one.key))
                found.append(Proposal(parts, _strongest_first({*common, Why.SUM})))
    return found


def _twins(entries: Sequence[Seen]) -> dict[EntryId, EntryId]:
    """Entries with the same reference and amount, each mapped to the one that is decided or came first."""
    alike: dict[tuple[str, Money], list[Seen]] = defaultdict(list)
    for one in entries:
        if one.entry.end_to_end:
            alike[plain(one.entry.end_to_end), one.entry.amount].append(one)
    found: dict[EntryId, EntryId] = {}
    for group in alike.values():
        first = min(group, key=lambda one: (one.open, one.entry.booked.text, one.entry.nth, one.entry_id))
        found |= {one.entry_id: first.entry_id for one in group if one is not first}
    return found


def same_payee(one: str, other: str) -> bool:
    """Whether two names have at least half of their words in common, in any case and order."""
    ours, theirs = _words(one), _words(other)
    return bool(ours and theirs) and len(ours & theirs) / min(len(ours), len(theirs)) >= ALIKE


_COMMON_WORDS = {"the", "of", "and", "for", "ltd", "limited", "council", "plc"}


def _words(name: str) -> set[str]:
    return set(re.findall(r"\w+", name.casefold())) - _COMMON_WORDS


def _same_currency(payment: Open, amount: Money) -> bool:
    return payment.sent.currency == amount.currency
