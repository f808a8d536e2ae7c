"""The stream of a bank account: its names and its statements.

The entries of a statement have their own streams (``domain.bank.entry``). What the bank booked once is one entry, even
if several statements contain it.
"""

import hashlib
from collections import Counter
from collections.abc import Iterable
from dataclasses import field
from typing import ClassVar, TypeAlias, assert_never
from uuid import UUID, uuid5
from zoneinfo import available_timezones

from domain.values.fact import Fact
from domain.values.frozen import frozen, replace
from domain.values.ids import BankAccountId, EntryId
from domain.values.money import Money, total
from domain.values.plain import plain
from domain.values.refusal import Refused
from domain.values.when import When

_IDENTITIES = UUID("5b1b8a3e-4d9c-4c59-8f0b-0f2f6f6a9d57")
# The time zone of a bank account that was opened without one.
HOME_ZONE = "Europe/London"
# The period of a statement whose bank gives days and no hours.
WHOLE_DAYS = "whole days"


def account_identity(account: str) -> BankAccountId:
    """The id of the account with the number *account* (IBAN, or sort code and number). Spaces do not matter."""
    return BankAccountId(f"bankaccount-{uuid5(_IDENTITIES, plain(account))}")


# --- Values -----------------------------------------------------------------------------------------------------------


@frozen
class BankEntry:
    """An entry as the bank booked it. *amount* is positive if money came in and negative if it left.

    *reference* is the bank's own reference; *end_to_end* is the payer's. *returned* is the bank's reason for giving a
    payment back (an ISO 20022 code, or words). *nth* numbers entries that are otherwise alike, from 1.
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
    def went_out(self) -> bool:
        """Whether the money left the account: it is never 0."""
        return not self.amount.is_positive

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
    """A bank statement of an account, from the day *since* to the day *until*, both included.

    The days are those of the bank's time zone. *period* is the period as the bank writes it, two instants with a
    slash between them, or WHOLE_DAYS.
    """

    identifier: str
    since: When
    until: When
    opening: Money
    closing: Money
    entries: tuple[BankEntry, ...]
    period: str = field(default=WHOLE_DAYS, repr=False)

    @property
    def days_as_written(self) -> tuple[When, When]:
        """Its first and last day as the bank writes them, in whatever time zone."""
        if self.period == WHOLE_DAYS:
            return self.since, self.until
        first, _, last = self.period.partition("/")
        return When(first[:10]), When(last[:10])

    @property
    def digest(self) -> str:
        """The SHA-256 of its content, the same for every file format and every time zone of the account."""
        since, until = self.days_as_written
        return hashlib.sha256(repr(replace(self, since=since, until=until)).encode()).hexdigest()


# --- Events -----------------------------------------------------------------------------------------------------------


@frozen
class BankAccountOpened(Fact):
    """Statements of this account of the funder can be imported now. *account* is the bank's number for it.

    Instants on its statements are days in *time_zone* (a name of the IANA time zone database).
    """

    account: str
    name: str
    currency: str
    time_zone: str = HOME_ZONE


@frozen
class StatementRecorded(Fact):
    """A statement is recorded: *entries* is the number of its entries, *on* its last day.

    *digest* is the SHA-256 of its content, *period* the period as the bank writes it, two instants or WHOLE_DAYS.
    """

    identifier: str
    since: When
    until: When
    opening: Money
    closing: Money
    entries: int
    digest: str
    period: str = WHOLE_DAYS


Event: TypeAlias = BankAccountOpened | StatementRecorded

# --- State ------------------------------------------------------------------------------------------------------------


@frozen
class BankAccount:
    """A bank account: its names, its currency, its time zone and its statements, in the order recorded."""

    account: str
    name: str
    currency: str
    time_zone: str
    statements: tuple[StatementRecorded, ...]


def evolve(account: BankAccount | None, event: Event) -> BankAccount:
    """The account after *event*."""
    match event:
        case BankAccountOpened():
            return BankAccount(
                account=event.account,
                name=event.name,
                currency=event.currency,
                time_zone=event.time_zone,
                statements=account.statements if account else (),
            )
        case StatementRecorded():
            assert account is not None
            return replace(account, statements=(*account.statements, event))
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

    *account* is the bank's number for it, *currency* an ISO 4217 code. *time_zone* is that of the bank, such as
    Europe/London; without it the account keeps its time zone, and a new one gets Europe/London.
    """

    begins: ClassVar = "account_id"

    account: str
    name: str
    currency: str
    time_zone: str | None = None


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


class TimeZoneUnknown(Refused):
    """There is no time zone {time_zone}. Give a name of the IANA time zone database, such as Europe/London."""


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


class EntryDayUnknown(Refused):
    """The booking date of an entry is {booked}. Every entry must be booked on an exact day."""


class EntryOfNothing(Refused):
    """An entry of the statement has an amount of 0. Every entry must move money."""


class EntryRepeatedOnStatement(Refused):
    """Some entries of the statement are alike and not numbered apart. Number entries that are alike from 1."""


class StatementUnbalanced(Refused):
    """The opening balance and the entries add up to {comes_to}, but the closing balance is {closing}. The difference
    is {difference}; it must be 0.
    """


class StatementChanged(Refused):
    """Statement {identifier} was already recorded for this period with other content. A recorded statement never
    changes.
    """


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
    zone = command.time_zone or (account.time_zone if account else HOME_ZONE)
    wanted = (plain(command.account), command.name, command.currency, zone)
    if account is not None and (plain(account.account), account.name, account.currency, account.time_zone) == wanted:
        return []
    valid = len(command.currency) == 3 and command.currency.isascii() and command.currency.isupper()
    if not command.account.strip() or not command.name.strip() or not valid:
        raise BankAccountUnnamed(account=command.account, name=command.name, currency=command.currency)
    if zone not in available_timezones():
        raise TimeZoneUnknown(time_zone=zone)
    other = account is not None and (plain(account.account), account.currency) != (wanted[0], wanted[2])
    if other or command.account_id != account_identity(command.account):
        raise BankAccountTaken(account=account.account if account else command.account)
    return [
        BankAccountOpened(
            account=command.account, name=command.name, currency=command.currency, time_zone=zone, on=command.on
        )
    ]


def record(account: BankAccount | None, command: RecordStatement) -> list[Event]:
    if account is None:
        raise BankAccountUnknown(account=command.account)
    if plain(command.account) != plain(account.account):
        raise StatementOfOtherAccount(account=account.account, statement=command.account)
    statement = command.statement
    before = next((one for one in account.statements if is_same(one, statement)), None)
    if before is not None and before.digest == statement.digest:
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
            period=statement.period,
            on=statement.until,
        )
    ]


def is_same(recorded: StatementRecorded, statement: Statement) -> bool:
    """Whether both have the same identifier and period. Some banks number their statements from 1 every day."""
    if recorded.identifier != statement.identifier:
        return False
    if WHOLE_DAYS not in (recorded.period, statement.period):
        return recorded.period == statement.period
    # Statements were once recorded with the days as written, and without their hours.
    return (recorded.since, recorded.until) in ((statement.since, statement.until), statement.days_as_written)


def may_repeat(recorded: StatementRecorded, statement: Statement, alike: Money) -> bool:
    """Whether entries of *statement* that add up to *alike* can be entries of *recorded* too.

    The days, the hours where both have them, and the balances decide. If one statement begins while the other goes on,
    then the entries of both lead from the opening balance of the later to the closing balance of the earlier one. Two
    statements of the same days may also begin or end with one balance.
    """
    if _before(recorded, statement) or _before(statement, recorded):
        return False
    begins_within = statement.opening + alike == recorded.closing
    ends_within = recorded.opening + alike == statement.closing
    if (recorded.since, recorded.until) == (statement.since, statement.until):
        same_end = recorded.opening == statement.opening or recorded.closing == statement.closing
        return same_end or begins_within or ends_within
    if recorded.until == statement.since:
        return begins_within
    if statement.until == recorded.since:
        return ends_within
    return True


def _before(one: StatementRecorded | Statement, other: StatementRecorded | Statement) -> bool:
    """Whether *one* ends before *other* begins."""
    if WHOLE_DAYS not in (one.period, other.period):
        end, start = one.period.partition("/")[2], other.period.partition("/")[0]
        # Texts of the same form and offset are in the order of their instants.
        if len(end) == len(start) and end[19:] == start[19:] and end <= start:
            return True
    return one.until.text < other.since.text


def adds_up(statement: Statement, currency: str) -> None:
    """Check that a statement does not contradict itself. Raises Refused; each rule has its own subclass."""
    amounts = [entry.amount for entry in statement.entries]
    others = {amount.currency for amount in (statement.opening, statement.closing, *amounts)} - {currency}
    if others:
        raise StatementCurrencyDiffers(account=currency, statement=", ".join(sorted(others)))
    first, last = statement.since.day, statement.until.day
    if first is None or last is None or last < first:
        raise StatementPeriodWrong(since=statement.since, until=statement.until)
    for entry in statement.entries:
        if entry.booked.day is None:
            raise EntryDayUnknown(booked=entry.booked)
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
