"""The stream of an entry of the bank: that it was booked, and what people or an exact match decided that it is."""

from enum import Enum
from typing import TypeAlias, assert_never

from domain.bank.account import BankEntry
from domain.values.fact import Fact
from domain.values.frozen import frozen, replace
from domain.values.ids import AwardId, BankAccountId, EntryId
from domain.values.money import Money, total
from domain.values.refusal import Refused
from domain.values.when import When


class Aside(Enum):
    """What an entry is that no payment of ours has to do with."""

    DUPLICATE = "duplicate"
    FEE = "fee"
    INTEREST = "interest"
    TRANSFER = "transfer"
    OTHER = "other"


@frozen
class Share:
    """*amount* of an entry is payment *number* of an award; of money that came back, its return *part*, or a new one.

    The amount is above nothing either way.
    """

    award_id: AwardId
    number: int
    amount: Money
    part: int | None = None


# --- Events -----------------------------------------------------------------------------------------------------------


@frozen
class EntryBooked(Fact):
    """The bank booked *entry* on the account; *statement* is the first that tells of it, *on* the day of booking."""

    account_id: BankAccountId
    statement: str
    entry: BankEntry


@frozen
class EntryRepeated(Fact):
    """A further statement tells of the same entry: it is there once."""

    statement: str


@frozen
class EntryMatched(Fact):
    """The entry is what *shares* say, which come to its amount. *exact*: by reference and amount, else by a person."""

    shares: tuple[Share, ...]
    exact: bool
    because: str


@frozen
class EntrySetAside(Fact):
    """No payment of ours has to do with the entry: it is a fee, a duplicate or the like, and why."""

    aside: Aside
    because: str


@frozen
class MatchRejected(Fact):
    """The entry is not this payment, whatever they have in common, and why."""

    award_id: AwardId
    number: int
    because: str


@frozen
class EntryReopened(Fact):
    """What was decided of the entry is taken back, and why; *was* is matched or set aside."""

    was: str
    because: str


Event: TypeAlias = EntryBooked | EntryRepeated | EntryMatched | EntrySetAside | MatchRejected | EntryReopened

# --- State ------------------------------------------------------------------------------------------------------------


@frozen
class Entry:
    """What the rules need to know of an entry: what stands of it, and which payments it is said not to be.

    *reopened* is why it was reopened last, while nothing has been decided since.
    """

    account_id: BankAccountId
    booked: BankEntry
    statements: frozenset[str]
    decided: EntryMatched | EntrySetAside | None = None
    rejected: dict[tuple[AwardId, int], str]
    reopened: str | None = None


def evolve(entry: Entry | None, event: Event) -> Entry:
    """The entry after *event*."""
    if isinstance(event, EntryBooked):
        return Entry(
            account_id=event.account_id,
            booked=event.entry,
            statements=frozenset({event.statement}),
            rejected={},
        )
    assert entry is not None
    match event:
        case EntryRepeated():
            return replace(entry, statements=entry.statements | {event.statement})
        case EntryMatched() | EntrySetAside():
            return replace(entry, decided=event, reopened=None)
        case MatchRejected():
            return replace(entry, rejected={**entry.rejected, (event.award_id, event.number): event.because})
        case EntryReopened():
            return replace(entry, decided=None, reopened=event.because)
        case _:
            assert_never(event)


# --- Commands ---------------------------------------------------------------------------------------------------------


@frozen
class _OfEntry:
    """A command that is decided on the entry's own stream, and says why."""

    entry_id: EntryId
    because: str
    on: When

    @property
    def stream(self) -> str:
        """The stream that the command is decided on."""
        return self.entry_id


@frozen
class MatchEntry(_OfEntry):
    """Say that the entry is these payments, or brings one of them back.

    *exact* claims that the payment's own reference and amount say so: it is refused where they do not.
    """

    shares: tuple[Share, ...]
    exact: bool = False


@frozen
class SetEntryAside(_OfEntry):
    """Say that no payment of ours has to do with the entry, and what it is."""

    aside: Aside


@frozen
class RejectMatch(_OfEntry):
    """Say that the entry is not this payment: it is not proposed again, nor matched by itself."""

    award_id: AwardId
    number: int


@frozen
class ReopenEntry(_OfEntry):
    """Take back what was decided of the entry. Its payments are as they were before the match."""


@frozen
class BookEntry:
    """Take in an entry of a statement; part of the decision about the statement."""

    account_id: BankAccountId
    statement: str
    entry: BankEntry
    on: When

    @property
    def stream(self) -> str:
        """The stream that the command is decided on."""
        return self.entry.identity(self.account_id)


Command: TypeAlias = BookEntry | MatchEntry | SetEntryAside | RejectMatch | ReopenEntry

# --- Rules ------------------------------------------------------------------------------------------------------------


class EntryUnknown(Refused):
    """The bank has booked no such entry."""


class EntryDecided(Refused):
    """Something else was decided of the entry: reopen it first."""


class EntryNotDecided(Refused):
    """Nothing was decided of the entry that could be taken back."""


class EntryUnexplained(Refused):
    """Whoever decides what an entry is says why."""


class SharesUnequalToEntry(Refused):
    """The payments that an entry is matched to come to its amount, each named once and more than nothing."""


class ReturnOfSeveral(Refused):
    """What came back is of one payment."""


class NoReturnOfMoneySent(Refused):
    """Money that left the account is no return of a payment."""


class MatchNotExact(Refused):
    """Reference and amount do not say so for certain: a person decides."""


def decide(entry: Entry | None, command: Command) -> list[Event]:
    """What happens when *command* is given. Raises a Refused by the name of the rule."""
    if isinstance(command, BookEntry):
        return book(entry, command)
    if entry is None:
        raise EntryUnknown(entry=command.entry_id)
    match command:
        case MatchEntry():
            return match_entry(entry, command)
        case SetEntryAside():
            aside = EntrySetAside(aside=command.aside, because=command.because, on=command.on)
            return _decided(entry, command, aside)
        case RejectMatch():
            return reject(entry, command)
        case ReopenEntry():
            return reopen(entry, command)
        case _:
            assert_never(command)


def book(entry: Entry | None, command: BookEntry) -> list[Event]:
    if entry is None:
        return [
            EntryBooked(
                account_id=command.account_id,
                statement=command.statement,
                entry=command.entry,
                on=command.entry.booked,
            )
        ]
    if command.statement in entry.statements:
        return []
    return [EntryRepeated(statement=command.statement, on=command.on)]


def match_entry(entry: Entry, command: MatchEntry) -> list[Event]:
    matched = EntryMatched(shares=command.shares, exact=command.exact, because=command.because, on=command.on)
    if entry.decided == matched:
        return []
    amount, currency = entry.booked.amount, entry.booked.amount.currency
    named = {(share.award_id, share.number) for share in command.shares}
    whole = Money.zero(currency) - amount if amount.amount < 0 else amount
    sums = [share.amount for share in command.shares]
    proper = all(one.currency == currency and one.is_positive for one in sums)
    if not sums or not proper or len(named) < len(sums) or total(sums, currency) != whole:
        raise SharesUnequalToEntry(entry=whole, shares=", ".join(map(str, sums)))
    if amount.is_positive and len(sums) > 1:
        raise ReturnOfSeveral(shares=len(sums))
    if not amount.is_positive and any(share.part is not None for share in command.shares):
        raise NoReturnOfMoneySent
    if command.exact and (len(sums) > 1 or named & entry.rejected.keys() or entry.reopened is not None):
        # What a person has taken back or turned down is for a person.
        raise MatchNotExact(entry=command.entry_id)
    return _decided(entry, command, matched)


def _decided(entry: Entry, command: MatchEntry | SetEntryAside, event: EntryMatched | EntrySetAside) -> list[Event]:
    if entry.decided == event:
        return []
    explained(command)
    if entry.decided is not None:
        raise EntryDecided(was=was(entry.decided))
    return [event]


def reject(entry: Entry, command: RejectMatch) -> list[Event]:
    if entry.rejected.get((command.award_id, command.number)) == command.because:
        return []
    explained(command)
    if isinstance(entry.decided, EntryMatched) and any(
        (share.award_id, share.number) == (command.award_id, command.number) for share in entry.decided.shares
    ):
        raise EntryDecided(was=was(entry.decided))
    return [MatchRejected(award_id=command.award_id, number=command.number, because=command.because, on=command.on)]


def reopen(entry: Entry, command: ReopenEntry) -> list[Event]:
    if entry.decided is None:
        if entry.reopened is not None and entry.reopened == command.because:
            return []
        raise EntryNotDecided(entry=command.entry_id)
    explained(command)
    return [EntryReopened(was=was(entry.decided), because=command.because, on=command.on)]


def explained(command: MatchEntry | SetEntryAside | RejectMatch | ReopenEntry) -> None:
    """Ask for a reason. Raises EntryUnexplained."""
    if not command.because.strip():
        raise EntryUnexplained


def was(decided: EntryMatched | EntrySetAside) -> str:
    """What was decided, in a word or two."""
    return "matched" if isinstance(decided, EntryMatched) else "set aside"
