"""Decisions about bank statements and entries. They also read the awards whose payments the entries are."""

from functools import reduce
from itertools import count

from domain import award
from domain.across import grants as across
from domain.bank import account as bank_account
from domain.bank import entry as bank_entry
from domain.bank.account import RecordStatement
from domain.bank.entry import (
    EntryMatched,
    EntryMatchedToRecovery,
    MatchEntry,
    MatchNotExact,
    MatchRepayment,
    RejectMatch,
    ReopenEntry,
    Share,
)
from domain.history import Written, written_to
from domain.reading import Reading
from domain.values.frozen import replace
from domain.values.ids import AwardId, EntryId
from domain.values.money import total
from domain.values.plain import plain
from domain.values.when import When


def record_statement(reading: Reading, command: RecordStatement) -> list[Written]:
    """Record a statement with all of its entries, or nothing. An entry that is already known is not recorded again."""
    account = reading.bank_account(command.account_id)
    events = bank_account.decide(account, command)
    if not events:
        return []
    written = written_to(command.stream, events)
    for one in _bookings(reading, command, account):
        booked = bank_entry.book(reading.bank_entry(EntryId(one.stream)), one)
        written += [Written(one.stream, event) for event in booked]
    return written


def _bookings(
    reading: Reading, command: RecordStatement, account: bank_account.BankAccount | None
) -> list[bank_entry.BookEntry]:
    """The bookings of the statement's entries. Entries that are known from another statement keep their number.

    If no statement can have an entry too, then an entry that looks like a known one is another one: it gets the next
    free number.
    """
    statement = command.statement
    bookings = [_booking(command, entry) for entry in statement.entries]
    reading.expect([one.stream for one in bookings])
    known = [one.entry for one in bookings if not _is_new(reading, one)]
    if account is None or _may_be_repeated(account, statement, known):
        return bookings
    free: dict[str, bank_entry.BookEntry] = {}
    for entry in statement.entries:
        numbers = (_booking(command, replace(entry, nth=nth)) for nth in count(entry.nth))
        one = next(one for one in numbers if one.stream not in free and _is_new(reading, one))
        free[one.stream] = one
    return list(free.values())


def _may_be_repeated(
    account: bank_account.BankAccount, statement: bank_account.Statement, known: list[bank_account.BankEntry]
) -> bool:
    """Whether *known*, the entries of the statement that look like recorded ones, can be those."""
    first, last = statement.since.text, statement.until.text
    days = {entry: min(max(entry.booked.text, first), last) for entry in known}
    for one in account.statements:
        alike = [entry.amount for entry in known if one.since.text <= days[entry] <= one.until.text]
        if alike and bank_account.may_repeat(one, statement, total(alike, statement.opening.currency)):
            return True
    return False


def _is_new(reading: Reading, booking: bank_entry.BookEntry) -> bool:
    return reading.bank_entry(EntryId(booking.stream)) is None


def _booking(command: RecordStatement, entry: bank_account.BankEntry) -> bank_entry.BookEntry:
    return bank_entry.BookEntry(
        account_id=command.account_id, statement=command.statement.identifier, entry=entry, on=command.on
    )


def match_entry(reading: Reading, command: MatchEntry) -> list[Written]:
    """Match an entry, and settle its payments or record the return in the same decision.

    Raises MatchNotExact, and what the entry or an award refuses.
    """
    entry = reading.bank_entry(command.entry_id)
    events = bank_entry.decide(entry, command)
    if entry is None or not events:
        return []
    if command.exact:
        _check_exact(reading, command, entry)
    written = written_to(command.stream, events)
    if entry.booked.amount.is_positive:
        return written + _match_return(reading, command, entry.booked, command.shares[0])
    # No two shares are of one payment, so each is decided on the award as it was.
    for share in command.shares:
        matching = award.MatchPayment(
            award_id=share.award_id,
            number=share.number,
            entry_id=command.entry_id,
            amount=share.amount,
            bank_reference=entry.booked.end_to_end or entry.booked.reference,
            on=entry.booked.booked,
        )
        found = award.known(reading.award(share.award_id))
        written += [Written(share.award_id, event) for event in award.decide(found, matching)]
    return written


def _match_return(reading: Reading, command: MatchEntry, booked: bank_account.BankEntry, share: Share) -> list[Written]:
    reason = f": {booked.returned}" if booked.returned else ""
    matching = award.MatchReturn(
        award_id=share.award_id,
        number=share.number,
        part=share.part,
        entry_id=command.entry_id,
        amount=share.amount,
        because=f"Given back by the bank{reason}",
        on=booked.booked,
    )
    return across.give_back(reading, matching)


def _check_exact(reading: Reading, command: MatchEntry, entry: bank_entry.Entry) -> None:
    """Check that reference and amount identify the payment for certain. Raises MatchNotExact."""
    (share,) = command.shares
    found = award.known(reading.award(share.award_id))
    payment = found.payments.get(share.number)
    sent = payment.amount - found.deducted(share.number) if payment is not None else None
    referenced = payment is not None and payment.reference and plain(payment.reference) in entry.booked.references
    free = payment is not None and (entry.booked.amount.is_positive or not payment.matched.is_positive)
    if not referenced or not free or share.amount != sent:
        raise MatchNotExact(entry=command.entry_id)


def match_repayment(reading: Reading, command: MatchRepayment) -> list[Written]:
    """Match an entry to the repayment that it brought. Raises MatchNotExact, and what the entry or award refuses."""
    entry = reading.bank_entry(command.entry_id)
    events = bank_entry.decide(entry, command)
    if entry is None or not events:
        return []
    found = award.known(reading.award(command.award_id))
    recovery = found.recoveries.get(command.number)
    reference = recovery.repaid.get(command.part) if recovery is not None else None
    if command.exact and (reference is None or plain(reference) not in entry.booked.references):
        raise MatchNotExact(entry=command.entry_id)
    matching = award.MatchRecovery(
        award_id=command.award_id,
        number=command.number,
        part=command.part,
        entry_id=command.entry_id,
        amount=entry.booked.amount,
        on=entry.booked.booked,
    )
    decided = award.decide(found, matching)
    return [
        *(Written(command.stream, event) for event in events),
        *(Written(command.award_id, event) for event in decided),
    ]


def reject_match(reading: Reading, command: RejectMatch) -> list[Written]:
    """Reject a match of an entry with a payment of a known award."""
    award.known(reading.award(command.award_id))
    events = bank_entry.decide(reading.bank_entry(command.entry_id), command)
    return written_to(command.stream, events)


def reopen_entry(reading: Reading, command: ReopenEntry) -> list[Written]:
    """Take back the decision about an entry, and undo its matches. Raises what the entry or an award refuses."""
    entry = reading.bank_entry(command.entry_id)
    events = bank_entry.decide(entry, command)
    written = written_to(command.stream, events)
    if entry is None or not events:
        return written
    if isinstance(entry.decided, EntryMatchedToRecovery):
        undoing = _undo_repayment(command, entry.decided)
        decided = award.decide(award.known(reading.award(undoing.award_id)), undoing)
        return written + [Written(undoing.award_id, event) for event in decided]
    if not isinstance(entry.decided, EntryMatched):
        return written
    states: dict[AwardId, award.Award] = {}
    for share in entry.decided.shares:
        found = states.get(share.award_id) or award.known(reading.award(share.award_id))
        decided = award.decide(found, _undo(command, share, command.on))
        states[share.award_id] = reduce(award.evolve, decided, found)
        written += [Written(share.award_id, event) for event in decided]
    return written


def _undo_repayment(command: ReopenEntry, decided: EntryMatchedToRecovery) -> award.UndoRecoveryMatch:
    return award.UndoRecoveryMatch(
        award_id=decided.award_id,
        number=decided.number,
        part=decided.part,
        entry_id=command.entry_id,
        because=command.because,
        on=command.on,
    )


def _undo(command: ReopenEntry, share: Share, on: When) -> award.UndoMatch:
    return award.UndoMatch(
        award_id=share.award_id, number=share.number, entry_id=command.entry_id, because=command.because, on=on
    )
