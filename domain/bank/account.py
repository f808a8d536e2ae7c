"""The stream of a bank account: its names and its statements.

The entries of a statement have their own streams (``domain.bank.entry``). What the bank booked once is one entry, even
if several statements contain it.
"""

import hashlib
from collections import Counter
from collections.abc import Iterable
from datetime import date
from typing import ClassVar, TypeAlias, assert_never
from uuid import UUID, uuid5

from domain.values.fact import Fact
from domain.values.frozen import frozen, replace
from domain.values.ids import BankAccountId, EntryId
from domain.values.money import Money, total
from domain.values.refusal import Refused
from domain.values.when import Precision, When

_IDENTITIES = UUID("5b1b8a3e-4d9c-4c59-8f0b-0f2f6f6a9d57")


def account_identity(account: str) -> BankAccountId:
    """The id of the account with the number *account* (IBAN, or sort code and number). Spaces do not matter."""
    return BankAccountId(f"bankaccount-{uuid5(_IDENTITIES, plain(account))}")


def plain(name: str) -> str:
    """An account number or reference in the form used to compare it: without spaces, in capital letters."""
    return "".join(name.split()).upper()


# --- Values -----------------------------------------------------------------------------------------------------------


@frozen
class BankEntry:
    """An entry as the bank booked it. *amount* is positive if money came in and negative if it left.

    *reference* is the bank's own reference; *end_to_end* is the payer's. *returned* is the bank's reason for giving a
    payment back (an ISO 20022 code, or words). *nth* numbers entries of a statement that are otherwise alike, from 1.
    """

    reference: str | None = None
    nth: int = 1
    amount: Money
    booked: When
    valued: When | None = None
    end_to_end: str | None = None
    counterparty: str | None = None
    remittance: str | None = None
    kind: str | None = None
    returned: str | None = None

    @property
    def references(self) -> frozenset[str]:
        """The references that may name a payment, in the form used to compare them."""
        return frozenset(plain(one) for one in (self.end_to_end, self.reference) if one)

    def identity(self, account_id: BankAccountId) -> EntryId:
        """Its id, the same on every statement: from the bank's reference or, without one, from its other texts."""
        words = self.reference or "\x1f".join(
            one or "" for one in (self.end_to_end, self.counterparty, self.remittance, self.kind)
        )
        name = "\x1e".join((account_id, words, str(self.amount), self.booked.text, str(self.nth)))
        return EntryId(f"bankentry-{uuid5(_IDENTITIES, name)}")


def numbered(entries: Iterable[BankEntry]) -> tuple[BankEntry, ...]:
    """*entries* in their order; those that would have the same id are numbered from 1."""
    seen: Counter[EntryId] = Counter()
    result = []
    for entry in entries:
        first = replace(entry, nth=1).identity(BankAccountId(""))
        seen[first] += 1
        result.append(replace(entry, nth=seen[first]))
    return tuple(result)


@frozen
class Statement:
    """A bank statement of an account, from the day *since* to the day *until*, both included."""

    identifier: str
    since: When
    until: When
    opening: Money
    closing: Money
    entries: tuple[BankEntry, ...]

    @property
    def digest(self) -> str:
        """The SHA-256 of its content, the same for every file format."""
        return hashlib.sha256(repr(self).encode()).hexdigest()


# --- Events -----------------------------------------------------------------------------------------------------------


@frozen
class BankAccountOpened(Fact):
    """Statements of this account of the funder can be imported now. *account* is the bank's number for it."""

    account: str
    name: str
    currency: str


@frozen
class StatementRecorded(Fact):
    """A statement is recorded: *entries* is the number of its entries, *on* its last day.

    *digest* is the SHA-256 of its content.
    """

    identifier: str
    since: When
    until: When
    opening: Money
    closing: Money
    entries: int
    digest: str


Event: TypeAlias = BankAccountOpened | StatementRecorded

# --- State ------------------------------------------------------------------------------------------------------------


@frozen
class BankAccount:
    """A bank account: its names, its currency, and the digest of each statement by identifier."""

    account: str
    name: str
    currency: str
    statements: dict[str, str]


def evolve(account: BankAccount | None, event: Event) -> BankAccount:
    """The account after *event*."""
    match event:
        case BankAccountOpened():
            return BankAccount(
                account=event.account,
                name=event.name,
                currency=event.currency,
                statements=account.statements if account else {},
            )
        case StatementRecorded():
            assert account is not None
            return replace(account, statements={**account.statements, event.identifier: event.digest})
        case _:
            assert_never(event)


# --- Commands ---------------------------------------------------------------------------------------------------------


@frozen
class _OfAccount:
    """A command that is decided on the stream of the account."""

    account_id: BankAccountId
    on: When

    @property
    def stream(self) -> str:
        """The id of the stream that decides the command."""
        return self.account_id


@frozen
class OpenBankAccount(_OfAccount):
    """Open a bank account, so that its statements can be imported. Given again, it renames the account.

    *account* is the bank's number for it, *currency* an ISO 4217 code.
    """

    begins: ClassVar = "account_id"

    account: str
    name: str
    currency: str


@frozen
class RecordStatement(_OfAccount):
    """Record a whole statement of a bank account.

    *account* is the account number that the statement names.
    """

    account: str
    statement: Statement


Command: TypeAlias = OpenBankAccount | RecordStatement

# --- Rules ------------------------------------------------------------------------------------------------------------


class BankAccountUnknown(Refused):
    """Bank account {account} is not open here. Open it before you import its statements."""


class BankAccountUnnamed(Refused):
    """The account number, the name or the currency is missing or wrong. Give all three; the currency has three capital
    letters.
    """


class BankAccountTaken(Refused):
    """The id or the currency does not fit bank account {account}. An account keeps its currency, and its id belongs to
    it alone.
    """


class StatementOfOtherAccount(Refused):
    """The statement is of account {statement}, not of {account}. A statement is recorded on its own account."""


class StatementUnnamed(Refused):
    """The statement has no identifier. Every statement must have one."""


class StatementCurrencyDiffers(Refused):
    """The statement has amounts in {statement}, but the account is in {account}. All its amounts must be in the
    currency of the account.
    """


class StatementPeriodWrong(Refused):
    """The statement covers {since} to {until}. Both must be exact days, and the last day must not be before the
    first.
    """


class EntryOutsidePeriod(Refused):
    """The booking date of an entry is {booked}, but the statement covers {since} to {until}. Every entry must be
    booked on a day within the statement.
    """


class EntryOfNothing(Refused):
    """An entry of the statement has an amount of 0. Every entry must move money."""


class EntryRepeatedOnStatement(Refused):
    """Some entries of the statement are alike and not numbered apart. Number entries that are alike from 1."""


class StatementUnbalanced(Refused):
    """The opening balance and the entries add up to {comes_to}, but the closing balance is {closing}. The difference
    is {difference}; it must be 0.
    """


class StatementChanged(Refused):
    """Statement {identifier} was already recorded with other content. A recorded statement never changes."""


def decide(account: BankAccount | None, command: Command) -> list[Event]:
    """The events that *command* leads to. Raises Refused; each rule has its own subclass."""
    match command:
        case OpenBankAccount():
            return open_account(account, command)
        case RecordStatement():
            return record(account, command)
        case _:
            assert_never(command)


def open_account(account: BankAccount | None, command: OpenBankAccount) -> list[Event]:
    wanted = (plain(command.account), command.name, command.currency)
    if account is not None and (plain(account.account), account.name, account.currency) == wanted:
        return []
    valid = len(command.currency) == 3 and command.currency.isascii() and command.currency.isupper()
    if not command.account.strip() or not command.name.strip() or not valid:
        raise BankAccountUnnamed(account=command.account, name=command.name, currency=command.currency)
    other = account is not None and (plain(account.account), account.currency) != (wanted[0], wanted[2])
    if other or command.account_id != account_identity(command.account):
        raise BankAccountTaken(account=account.account if account else command.account)
    return [BankAccountOpened(account=command.account, name=command.name, currency=command.currency, on=command.on)]


def record(account: BankAccount | None, command: RecordStatement) -> list[Event]:
    if account is None:
        raise BankAccountUnknown(account=command.account)
    if plain(command.account) != plain(account.account):
        raise StatementOfOtherAccount(account=account.account, statement=command.account)
    statement = command.statement
    before = account.statements.get(statement.identifier)
    if before == statement.digest:
        return []
    if not statement.identifier.strip():
        raise StatementUnnamed
    if before is not None:
        raise StatementChanged(identifier=statement.identifier)
    adds_up(statement, account.currency)
    return [
        StatementRecorded(
            identifier=statement.identifier,
            since=statement.since,
            until=statement.until,
            opening=statement.opening,
            closing=statement.closing,
            entries=len(statement.entries),
            digest=statement.digest,
            on=statement.until,
        )
    ]


def adds_up(statement: Statement, currency: str) -> None:
    """Check that a statement does not contradict itself. Raises Refused; each rule has its own subclass."""
    amounts = [entry.amount for entry in statement.entries]
    others = {amount.currency for amount in (statement.opening, statement.closing, *amounts)} - {currency}
    if others:
        raise StatementCurrencyDiffers(account=currency, statement=", ".join(sorted(others)))
    first, last = day_of(statement.since), day_of(statement.until)
    if first is None or last is None or last < first:
        raise StatementPeriodWrong(since=statement.since, until=statement.until)
    for entry in statement.entries:
        day = day_of(entry.booked)
        if day is None or not first <= day <= last:
            raise EntryOutsidePeriod(booked=entry.booked, since=statement.since, until=statement.until)
        if not entry.amount.amount:
            raise EntryOfNothing(reference=entry.reference)
    distinct = {entry.identity(BankAccountId("")) for entry in statement.entries}
    if len(distinct) < len(statement.entries) or any(entry.nth < 1 for entry in statement.entries):
        raise EntryRepeatedOnStatement(entries=len(statement.entries), alike=len(statement.entries) - len(distinct))
    balance = statement.opening + total(amounts, currency)
    if balance != statement.closing:
        raise StatementUnbalanced(
            opening=statement.opening,
            comes_to=balance,
            closing=statement.closing,
            difference=statement.closing - balance,
        )


def day_of(when: When) -> date | None:
    """The exact day of *when*; None if it is approximate or less precise than a day."""
    return when.earliest if when.precision is Precision.DAY and not when.approximate else None
