"""The stream of a bank account: what it is called, and the statements that the bank has made of it.

The entries of a statement have streams of their own (``domain.bank.entry``): what the bank booked once is one entry, on
however many statements it stands.
"""

import hashlib
from collections import Counter
from collections.abc import Iterable
from datetime import date
from typing import TypeAlias, assert_never
from uuid import UUID, uuid5

from domain.values.fact import Fact
from domain.values.frozen import frozen, replace
from domain.values.ids import BankAccountId, EntryId
from domain.values.money import Money, total
from domain.values.refusal import Refused
from domain.values.when import Precision, When

_IDENTITIES = UUID("5b1b8a3e-4d9c-4c59-8f0b-0f2f6f6a9d57")


def account_identity(account: str) -> BankAccountId:
    """The id of the account that the bank calls *account* (IBAN, or sort code and number): spaces do not matter."""
    return BankAccountId(f"bankaccount-{uuid5(_IDENTITIES, plain(account))}")


def plain(name: str) -> str:
    """An account or reference as it is compared: without spaces, in capital letters."""
    return "".join(name.split()).upper()


# --- Values -----------------------------------------------------------------------------------------------------------


@frozen
class BankEntry:
    """What the bank booked. *amount* is above nothing where money came in and below where it left.

    *reference* is the bank's own; *end_to_end* is what the payer had the payment carry; *returned* is the bank's reason
    (ISO 20022 code or words) where it gives a payment back. *nth* tells apart entries that are alike in all that
    identifies them, from 1 on one statement.
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
        """What may be the reference of a payment, as it is compared."""
        return frozenset(plain(one) for one in (self.end_to_end, self.reference) if one)

    def identity(self, account_id: BankAccountId) -> EntryId:
        """Its id, the same on every statement: by the bank's reference, or without one by all that it says."""
        said = self.reference or "\x1f".join(
            one or "" for one in (self.end_to_end, self.counterparty, self.remittance, self.kind)
        )
        name = "\x1e".join((account_id, said, str(self.amount), self.booked.text, str(self.nth)))
        return EntryId(f"bankentry-{uuid5(_IDENTITIES, name)}")


def numbered(entries: Iterable[BankEntry]) -> tuple[BankEntry, ...]:
    """*entries* in their order, those that are alike in all that identifies them numbered from 1."""
    seen: Counter[EntryId] = Counter()
    found = []
    for entry in entries:
        first = replace(entry, nth=1).identity(BankAccountId(""))
        seen[first] += 1
        found.append(replace(entry, nth=seen[first]))
    return tuple(found)


@frozen
class Statement:
    """What the bank states of an account from the day *since* to the day *until*, both included."""

    identifier: str
    since: When
    until: When
    opening: Money
    closing: Money
    entries: tuple[BankEntry, ...]

    @property
    def digest(self) -> str:
        """The SHA-256 of all that it states, the same in whichever form of file it comes."""
        return hashlib.sha256(repr(self).encode()).hexdigest()


# --- Events -----------------------------------------------------------------------------------------------------------


@frozen
class BankAccountOpened(Fact):
    """Statements of this account of the funder's are taken in from now on; *account* is what the bank calls it."""

    account: str
    name: str
    currency: str


@frozen
class StatementRecorded(Fact):
    """The bank states that its entries, *entries* in number, led from one balance to the other; *on* is its last day.

    *digest* is that of all that it states.
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
    """What the rules need to know of an account: its names, and the digests of its statements by identifier."""

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
    """A command that is decided on the account's own stream."""

    account_id: BankAccountId
    on: When

    @property
    def stream(self) -> str:
        """The stream that the command is decided on."""
        return self.account_id


@frozen
class OpenBankAccount(_OfAccount):
    """Take in statements of *account*, in *currency* (ISO 4217), from now on. Given again, it is called otherwise."""

    account: str
    name: str
    currency: str


@frozen
class RecordStatement(_OfAccount):
    """Record what the bank states of the account, whole. *account* is the one that the statement names."""

    account: str
    statement: Statement


Command: TypeAlias = OpenBankAccount | RecordStatement

# --- Rules ------------------------------------------------------------------------------------------------------------


class BankAccountUnknown(Refused):
    """No statements of this account are taken in: open it first."""


class BankAccountUnnamed(Refused):
    """An account has the bank's name for it, a name for people, and a currency of three capital letters."""


class BankAccountTaken(Refused):
    """An account keeps its currency, and its id belongs to one account."""


class StatementOfOtherAccount(Refused):
    """The statement is of another account."""


class StatementUnnamed(Refused):
    """A statement has an identifier."""


class StatementCurrencyDiffers(Refused):
    """Balances and entries of a statement are in the currency of its account."""


class StatementPeriodWrong(Refused):
    """A statement runs from one known day to another that is not before it."""


class EntryOutsidePeriod(Refused):
    """Every entry of a statement is booked on a day that the statement covers."""


class EntryOfNothing(Refused):
    """An entry moves money."""


class EntryRepeatedOnStatement(Refused):
    """Entries of one statement that are alike are numbered from 1."""


class StatementUnbalanced(Refused):
    """The opening balance and the entries do not come to the closing balance."""


class StatementChanged(Refused):
    """Another statement was recorded under this identifier."""


def decide(account: BankAccount | None, command: Command) -> list[Event]:
    """What happens when *command* is given. Raises a Refused by the name of the rule."""
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
    known = len(command.currency) == 3 and command.currency.isascii() and command.currency.isupper()
    if not command.account.strip() or not command.name.strip() or not known:
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
    told = command.statement
    before = account.statements.get(told.identifier)
    if before == told.digest:
        return []
    if not told.identifier.strip():
        raise StatementUnnamed
    if before is not None:
        raise StatementChanged(identifier=told.identifier)
    adds_up(told, account.currency)
    return [
        StatementRecorded(
            identifier=told.identifier,
            since=told.since,
            until=told.until,
            opening=told.opening,
            closing=told.closing,
            entries=len(told.entries),
            digest=told.digest,
            on=told.until,
        )
    ]


def adds_up(told: Statement, currency: str) -> None:
    """Refuse a statement that contradicts itself. Raises a Refused by the name of the rule."""
    amounts = [entry.amount for entry in told.entries]
    strange = {amount.currency for amount in (told.opening, told.closing, *amounts)} - {currency}
    if strange:
        raise StatementCurrencyDiffers(account=currency, statement=", ".join(sorted(strange)))
    first, last = day_of(told.since), day_of(told.until)
    if first is None or last is None or last < first:
        raise StatementPeriodWrong(since=told.since, until=told.until)
    for entry in told.entries:
        day = day_of(entry.booked)
        if day is None or not first <= day <= last:
            raise EntryOutsidePeriod(booked=entry.booked, since=told.since, until=told.until)
        if not entry.amount.amount:
            raise EntryOfNothing(reference=entry.reference)
    alike = {entry.identity(BankAccountId("")) for entry in told.entries}
    if len(alike) < len(told.entries) or any(entry.nth < 1 for entry in told.entries):
        raise EntryRepeatedOnStatement(entries=len(told.entries), alike=len(told.entries) - len(alike))
    comes_to = told.opening + total(amounts, currency)
    if comes_to != told.closing:
        raise StatementUnbalanced(
            opening=told.opening, comes_to=comes_to, closing=told.closing, difference=told.closing - comes_to
        )


def day_of(when: When) -> date | None:
    """The day that *when* is; None for what is less than a day, or about one."""
    return when.earliest if when.precision is Precision.DAY and not when.approximate else None
