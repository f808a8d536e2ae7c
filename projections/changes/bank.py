"""What an event does to a bank entry: its booking, its match, the match taken back, and what it is set aside as."""

from collections.abc import Sequence
from typing import Any

from domain.bank import entry as bank_entry
from domain.history import Recorded
from projections.changes.effect import Effects, begins, clears, item, sets
from projections.changes.values import Entries, Entry, Text, Value, as_id, of_value, plain

ENTRY = "bankentry"


def _booked(r: Recorded, _: Any, event: bank_entry.EntryBooked) -> Effects:
    one = event.entry
    yield begins(r.stream, ENTRY)
    yield from sets(
        r.stream, ENTRY, status=Text("UNMATCHED"), account=as_id(event.account_id), statement=Text(event.statement),
        amount=of_value(one.amount), booked=of_value(one.booked), reference=of_value(one.reference),
        end_to_end=of_value(one.end_to_end), counterparty=of_value(one.counterparty),
        remittance=of_value(one.remittance), returned=of_value(one.returned),
    )  # fmt: skip


def _decided(r: Recorded, status: str, because: str, *, exact: bool = False) -> Effects:
    decision: dict[str, Value | None] = {"because": Text(because), "decided_by": Text(r.actor)}
    yield from sets(r.stream, ENTRY, status=Text(status), exact=of_value(exact), **decision)


def _matched(r: Recorded, before: Sequence[Recorded], event: bank_entry.EntryMatched) -> Effects:
    """Money that left the account settles payments. Money that came in is a payment that was returned."""
    booked = next((one.event.entry for one in before if isinstance(one.event, bank_entry.EntryBooked)), None)
    came_in = booked is not None and booked.amount.is_positive
    yield from _decided(r, "RETURNED" if came_in else "SETTLED", event.because, exact=event.exact)
    for share in event.shares:
        text = f"payment {share.number}, {plain(share.amount)}"
        yield from item(r.stream, ENTRY, "payments", f"{share.award_id} {share.number}", Entry(text, share.award_id))


def _recovered(r: Recorded, _: Any, event: bank_entry.EntryMatchedToRecovery) -> Effects:
    yield from _decided(r, "RECOVERED", event.because, exact=event.exact)
    entry = Entry(f"recovery {event.number}, settlement {event.part}", event.award_id)
    yield from sets(r.stream, ENTRY, repayment=Entries((entry,)))


def _aside(r: Recorded, _: Any, event: bank_entry.EntrySetAside) -> Effects:
    yield from _decided(r, plain(event.aside).upper(), event.because)


def _reopened(r: Recorded, _: Any, event: bank_entry.EntryReopened) -> Effects:
    yield from _decided(r, "UNMATCHED", event.because)
    yield from clears(r.stream, ENTRY, "payments")
    yield from sets(r.stream, ENTRY, repayment=None)


def _rejected(r: Recorded, _: Any, event: bank_entry.MatchRejected) -> Effects:
    entry = Entry(f"payment {event.number}", event.award_id)
    yield from item(r.stream, ENTRY, "rejected", f"{event.award_id} {event.number}", entry)


HANDLERS = (_booked, _matched, _recovered, _aside, _reopened, _rejected)
