"""The stream of a bank entry: its booking, and what a person or an exact match decided about it."""

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
    """The kind of an entry that is not a payment of ours."""

    DUPLICATE = "duplicate"
    FEE = "fee"
    INTEREST = "interest"
    TRANSFER = "transfer"
    OTHER = "other"


@frozen
class Share:
    """The part of an entry, *amount*, that is payment *number* of an award.

    If the money came back, *part* is the return that it is; None for a new return. The amount is positive either way.
    """

    award_id: AwardId
    number: int
    amount: Money
    part: int | None = None


# --- Events -----------------------------------------------------------------------------------------------------------


@frozen
class EntryBooked(Fact):
    """The bank booked *entry* on the account. *statement* is the first that contains it, *on* the booking day."""

    account_id: BankAccountId
    statement: str
    entry: BankEntry


@frozen
class EntryRepeated(Fact):
    """Another statement contains the same entry; it still counts once."""

    statement: str


@frozen
class EntryMatched(Fact):
    """The entry is matched to payments; *shares* add up to its amount.

    *exact* is true if reference and amount identified the payment, false if a person decided.
    """

    shares: tuple[Share, ...]
    exact: bool
    because: str


@frozen
class EntryMatchedToRecovery(Fact):
    """The entry is a repayment: settlement *part* of recovery *number* of the award.

    *exact* is true if reference and amount identified the repayment, false if a person decided.
    """

    award_id: AwardId
    number: int
    part: int
    exact: bool
    because: str


@frozen
class EntrySetAside(Fact):
    """The entry is not a payment of ours but a fee, a duplicate or the like, for a reason."""

    aside: Aside
    because: str


@frozen
class MatchRejected(Fact):
    """The entry is not this payment, for a reason, whatever they have in common."""

    award_id: AwardId
    number: int
    because: str


@frozen
class EntryReopened(Fact):
    """The decision about the entry is taken back, for a reason. *was* is "matched" or "set aside"."""

    was: str
    because: str


Event: TypeAlias = (
    EntryBooked | EntryRepeated | EntryMatched | EntryMatchedToRecovery | EntrySetAside | MatchRejected | EntryReopened
)
Decided: TypeAlias = EntryMatched | EntryMatchedToRecovery | EntrySetAside

# --- State ------------------------------------------------------------------------------------------------------------


@frozen
class Entry:
    """A bank entry: its current decision, and the payments that it is not, each with the reason.

    *reopened* is the reason of the last reopening; None once something is decided again.
    """

    account_id: BankAccountId
    booked: BankEntry
    decided: Decided | None = None
    rejected: dict[tuple[AwardId, int], str]
    reopened: str | None = None


def evolve(entry: Entry | None, event: Event) -> Entry:
    """The entry after *event*."""
    if isinstance(event, EntryBooked):
        return Entry(account_id=event.account_id, booked=event.entry, rejected={})
    assert entry is not None
    match event:
        case EntryRepeated():
            return entry
        case EntryMatched() | EntryMatchedToRecovery() | EntrySetAside():
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
    """A command that is decided on the stream of the entry, with a reason."""

    entry_id: EntryId
    because: str
    on: When

    @property
    def stream(self) -> str:
        """The id of the stream that decides the command."""
        return self.entry_id


@frozen
class MatchEntry(_OfEntry):
    """Match a bank entry to the payments that it is, or to the payment that it brought back.

    *exact* claims that reference and amount identify the payment; it is refused if they do not.
    """

    shares: tuple[Share, ...]
    exact: bool = False


@frozen
class MatchRepayment(_OfEntry):
    """Match a bank entry to the repayment of a recovery that it brought: the settlement, with its whole amount.

    *part* is the number of the settlement. *exact* claims that reference and amount identify it; it is refused if they
    do not.
    """

    award_id: AwardId
    number: int
    part: int
    exact: bool = False


@frozen
class SetEntryAside(_OfEntry):
    """Set a bank entry aside, with a reason: it is not a payment of ours but a fee, a duplicate or the like."""

    aside: Aside


@frozen
class RejectMatch(_OfEntry):
    """Reject a match, with a reason: this payment is no longer proposed or matched automatically to the entry."""

    award_id: AwardId
    number: int


@frozen
class ReopenEntry(_OfEntry):
    """Take back the decision about a bank entry, with a reason. Its payments are again as before the match."""


@frozen
class BookEntry:
    """Record an entry of a statement. This is part of the decision about the statement."""

    account_id: BankAccountId
    statement: str
    entry: BankEntry
    on: When

    @property
    def stream(self) -> str:
        """The id of the stream that decides the command."""
        return self.entry.identity(self.account_id)


Command: TypeAlias = BookEntry | MatchEntry | MatchRepayment | SetEntryAside | RejectMatch | ReopenEntry

# --- Rules ------------------------------------------------------------------------------------------------------------


class EntryUnknown(Refused):
    """There is no bank entry {entry}."""


class EntryDecided(Refused):
    """The entry is already {was}. Reopen it before you decide anything else about it."""


class EntryNotDecided(Refused):
    """Nothing is decided about the entry. Only a decision can be taken back."""


class EntryUnexplained(Refused):
    """Give a reason."""


class SharesUnequalToEntry(Refused):
    """The payments do not make up the entry of {entry}. They must add up to it; each is named once, with more
    than 0.
    """


class ReturnOfSeveral(Refused):
    """The money that came in is matched to {shares} payments. A return belongs to one payment."""


class NoReturnOfMoneySent(Refused):
    """This entry is money that left the account. Only money that came in can be a return of a payment."""


class RepaymentIsMoneyReceived(Refused):
    """This entry is money that left the account. Only money that came in can be the repayment of a recovery."""


class MatchNotExact(Refused):
    """The reference and the amount do not identify one payment for certain. A person must decide."""


def decide(entry: Entry | None, command: Command) -> list[Event]:
    """The events that *command* leads to. Raises Refused; each rule has its own subclass."""
    if isinstance(command, BookEntry):
        return book(entry, command)
    if entry is None:
        raise EntryUnknown(entry=command.entry_id)
    match command:
        case MatchEntry():
            return match_entry(entry, command)
        case MatchRepayment():
            return match_repayment(entry, command)
        case SetEntryAside():
            aside = EntrySetAside(aside=command.aside, because=command.because, on=command.on)
            return _record_decision(entry, command, aside)
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
    return [EntryRepeated(statement=command.statement, on=command.on)]


def match_entry(entry: Entry, command: MatchEntry) -> list[Event]:
    matched = EntryMatched(shares=command.shares, exact=command.exact, because=command.because, on=command.on)
    if entry.decided == matched:
        return []
    amount, currency = entry.booked.amount, entry.booked.amount.currency
    named = {(share.award_id, share.number) for share in command.shares}
    whole = abs(amount)
    sums = [share.amount for share in command.shares]
    valid = all(one.currency == currency and one.is_positive for one in sums)
    if not valid or len(named) < len(sums) or total(sums, currency) != whole:
        raise SharesUnequalToEntry(entry=whole, shares=", ".join(map(str, sums)))
    if amount.is_positive and len(sums) > 1:
        raise ReturnOfSeveral(shares=len(sums))
    if not amount.is_positive and any(share.part is not None for share in command.shares):
        raise NoReturnOfMoneySent
    if command.exact and (len(sums) > 1 or named & entry.rejected.keys() or entry.reopened is not None):
        # Once a person has rejected or reopened something, only a person decides again.
        raise MatchNotExact(entry=command.entry_id)
    return _record_decision(entry, command, matched)


def match_repayment(entry: Entry, command: MatchRepayment) -> list[Event]:
    matched = EntryMatchedToRecovery(
        award_id=command.award_id,
        number=command.number,
        part=command.part,
        exact=command.exact,
        because=command.because,
        on=command.on,
    )
    if entry.decided == matched:
        return []
    if not entry.booked.amount.is_positive:
        raise RepaymentIsMoneyReceived
    if command.exact and entry.reopened is not None:
        raise MatchNotExact(entry=command.entry_id)
    return _record_decision(entry, command, matched)


def _record_decision(entry: Entry, command: MatchEntry | MatchRepayment | SetEntryAside, event: Decided) -> list[Event]:
    if entry.decided == event:
        return []
    explained(command)
    if entry.decided is not None:
        raise EntryDecided(was=_decision_words(entry.decided))
    return [event]


def reject(entry: Entry, command: RejectMatch) -> list[Event]:
    if entry.rejected.get((command.award_id, command.number)) == command.because:
        return []
    explained(command)
    if isinstance(entry.decided, EntryMatched) and any(
        (share.award_id, share.number) == (command.award_id, command.number) for share in entry.decided.shares
    ):
        raise EntryDecided(was=_decision_words(entry.decided))
    return [MatchRejected(award_id=command.award_id, number=command.number, because=command.because, on=command.on)]


def reopen(entry: Entry, command: ReopenEntry) -> list[Event]:
    if entry.decided is None:
        if entry.reopened == command.because:
            return []
        raise EntryNotDecided(entry=command.entry_id)
    explained(command)
    return [EntryReopened(was=_decision_words(entry.decided), because=command.because, on=command.on)]


def explained(command: MatchEntry | MatchRepayment | SetEntryAside | RejectMatch | ReopenEntry) -> None:
    """Check that a reason is given. Raises EntryUnexplained."""
    if not command.because.strip():
        raise EntryUnexplained


def _decision_words(decided: Decided) -> str:
    """The decision in words: "matched" or "set aside"."""
    return "set aside" if isinstance(decided, EntrySetAside) else "matched"
