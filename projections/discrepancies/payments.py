"""Payments compared across awards: each is noted under its payee and amount, and under its bank reference.

Two payments alike therefore have a key in common, and the rules read only the notes of that key. The payee of an award
is the lead of its partnership when the award is first recorded, or the partnership where no source names a lead; a
register or a request may name another payee for a single payment.
"""

from collections.abc import Iterator
from decimal import Decimal
from typing import NamedTuple

from domain import award, partnership
from domain.history import Recorded
from domain.values.fact import DateCorrected
from domain.values.money import Money
from domain.values.plain import plain
from projections.discrepancies.notes import Note, Noted, note, shared_key
from projections.tables.kinds import by_kind

PAID, BACK, GONE = "Paid", "Back", "Gone"
# The first words of the keys.
OF_PAYEE, OF_REFERENCE = "paid", "reference"


class Compared(NamedTuple):
    """A payment that counts: its date (text of When), its amount, what came back of it, and its keys.

    *named* says that a register or a request names its payee. *settled* says that the reference is that of its
    settlement.
    """

    on: str
    amount: Decimal
    currency: str
    payee: str
    named: bool = False
    reference: str | None = None
    settled: bool = False
    back: Decimal = Decimal(0)


class Payments:
    """The payments that are compared.

    *ties* maps a partnership to its lead, an award to its payee, a payment (``award-.../payment 1``) to the payee that
    its request names, and a recovery (``award-.../recovery 1``) to its payment. *compared* maps a payment to what is
    compared of it. Both are changed.
    """

    def __init__(self, ties: dict[str, str], compared: dict[str, Compared | None]) -> None:
        self.ties, self.compared = ties, compared
        self.tied: set[str] = set()
        self.changed: set[str] = set()

    def notes(self, recorded: Recorded) -> list[Noted]:
        """The notes of *recorded* under the keys of the payments that it changes."""
        step = _STEPS.get(type(recorded.event))
        return [*step(self, recorded, recorded.event)] if step is not None else []

    def tie(self, thing: str, to: str) -> None:
        """Keep what *thing* leads to."""
        self.ties[thing] = to
        self.tied.add(thing)

    def keep(self, payment: str, compared: Compared | None) -> None:
        """Keep what is compared of *payment*; None if it counts no more."""
        self.compared[payment] = compared
        self.changed.add(payment)


def ids_of(recorded: Recorded) -> list[str]:
    """The things whose ties and payments the event needs: its stream, its partnership and its recovery."""
    event = recorded.event
    if type(event) not in _STEPS:
        return []
    found = [recorded.stream, getattr(event, "partnership_id", None) or recorded.stream]
    if isinstance(event, award.RecoverySettled):
        return [*found, f"{recorded.stream}/recovery {event.number}"]
    if isinstance(event, award.PaymentRequested | award.PaymentReleased):
        return [*found, f"{recorded.stream}/payment {event.number}"]
    return found


def _begun(
    payments: Payments, recorded: Recorded, event: partnership.PartnershipFormed | partnership.LeadChanged
) -> Iterator[Noted]:
    lead = event.lead_id if isinstance(event, partnership.PartnershipFormed) else event.organisation_id
    if lead is not None:
        payments.tie(recorded.stream, lead)
    yield from ()


def _awarded(payments: Payments, recorded: Recorded, event: award.AwardOffered | award.AwardStated) -> Iterator[Noted]:
    payments.tie(recorded.stream, payments.ties.get(event.partnership_id, event.partnership_id))
    yield from ()


def _moved(payments: Payments, recorded: Recorded, event: award.AwardReassigned) -> Iterator[Noted]:
    """The award has another payee, and so have its payments, except those for which the register names one."""
    payments.tie(recorded.stream, payments.ties.get(event.partnership_id, event.partnership_id))
    for payment, one in sorted(payments.compared.items()):
        if one is not None and not one.named and payment.partition("/")[0] == recorded.stream:
            yield one.payee, _note(recorded, GONE, payment, one)
            moved = one._replace(payee=_of_payee(payments.ties[recorded.stream], one.amount, one.currency))
            payments.keep(payment, moved)
            yield from _counted(recorded, payment, moved, moved.payee)


def _requested(payments: Payments, recorded: Recorded, event: award.PaymentRequested) -> Iterator[Noted]:
    if event.payee_id is not None:
        payments.tie(f"{recorded.stream}/payment {event.number}", event.payee_id)
    yield from ()


def _sent(
    payments: Payments, recorded: Recorded, event: award.PaymentReleased | award.TransactionStated
) -> Iterator[Noted]:
    named: str | None = None
    reference = None
    if isinstance(event, award.TransactionStated):
        if event.kind is not award.Transaction.DISBURSEMENT:
            return
        named, payment = event.payee_id, f"{recorded.stream}/transaction {event.number}"
    else:
        payment = f"{recorded.stream}/payment {event.number}"
        named = payments.ties.get(payment)
        reference = _of_reference(event.bank_reference)
    payee = named or payments.ties.get(recorded.stream, event.partnership_id)
    amount, currency = event.amount.amount, event.amount.currency
    one = Compared(event.on.text, amount, currency, _of_payee(payee, amount, currency), named is not None, reference)
    payments.keep(payment, one)
    yield from _counted(recorded, payment, one, one.payee, one.reference)


def _redated(payments: Payments, recorded: Recorded, event: DateCorrected) -> Iterator[Noted]:
    """The payment was released on another day."""
    payment = f"{recorded.stream}/payment {event.number}"
    one = payments.compared.get(payment)
    if one is not None and event.step == award.PaymentReleased.__name__:
        right = one._replace(on=event.date.text)
        payments.keep(payment, right)
        yield from _counted(recorded, payment, right, right.payee, right.reference)


def _settled(payments: Payments, recorded: Recorded, event: award.PaymentSettled) -> Iterator[Noted]:
    """The reference of the settlement counts where the release had none."""
    payment, reference = f"{recorded.stream}/payment {event.number}", _of_reference(event.bank_reference)
    one = payments.compared.get(payment)
    if one is not None and one.reference is None and reference is not None:
        settled = one._replace(reference=reference, settled=True)
        payments.keep(payment, settled)
        yield from _counted(recorded, payment, settled, reference)


def _matched(payments: Payments, recorded: Recorded, event: award.PaymentMatched) -> Iterator[Noted]:
    """A bank entry may settle several payments under its one reference, and the bank booked it once."""
    payment = f"{recorded.stream}/payment {event.number}"
    one = payments.compared.get(payment)
    if one is not None and one.settled and one.reference is not None and event.recorded and event.part is None:
        yield one.reference, _note(recorded, GONE, payment, one)
        payments.keep(payment, one._replace(reference=None, settled=False))


def _gone(
    payments: Payments, recorded: Recorded, event: award.PaymentReversed | award.TransactionUnstated
) -> Iterator[Noted]:
    word = "payment" if isinstance(event, award.PaymentReversed) else "transaction"
    payment = f"{recorded.stream}/{word} {event.number}"
    one = payments.compared.get(payment)
    if one is not None:
        payments.keep(payment, None)
        yield from [(key, _note(recorded, GONE, payment, one)) for key in (one.payee, one.reference) if key]


def _back(payments: Payments, recorded: Recorded, event: award.PaymentReturned | award.ReturnUndone) -> Iterator[Noted]:
    less = isinstance(event, award.ReturnUndone)
    amount = Money.zero(event.amount.currency) - event.amount if less else event.amount
    yield from _came_back(payments, recorded, f"{recorded.stream}/payment {event.number}", amount)


def _claimed(payments: Payments, recorded: Recorded, event: award.RecoveryRaised) -> Iterator[Noted]:
    if event.payment is not None:
        payments.tie(f"{recorded.stream}/recovery {event.number}", f"{recorded.stream}/payment {event.payment}")
    yield from ()


def _recovered(payments: Payments, recorded: Recorded, event: award.RecoverySettled) -> Iterator[Noted]:
    payment = payments.ties.get(f"{recorded.stream}/recovery {event.number}")
    if payment is not None:
        yield from _came_back(payments, recorded, payment, event.amount)


def _came_back(payments: Payments, recorded: Recorded, payment: str, amount: Money) -> Iterator[Noted]:
    one = payments.compared.get(payment)
    if one is not None:
        payments.keep(payment, one._replace(back=one.back + amount.amount))
        back = note(recorded, amount=amount, said=payment)._replace(kind=BACK)
        yield from [(key, back) for key in (one.payee, one.reference) if key]


def _counted(recorded: Recorded, payment: str, one: Compared, *keys: str | None) -> Iterator[Noted]:
    for key in keys:
        if key is not None:
            yield key, _note(recorded, PAID, payment, one)
            if one.back:
                yield key, _note(recorded, BACK, payment, one)._replace(amount=one.back)


def _note(recorded: Recorded, kind: str, payment: str, one: Compared) -> Note:
    added = note(recorded, said=payment)
    return added._replace(kind=kind, on=one.on, amount=one.amount, currency=one.currency)


def _of_payee(payee: str, amount: Decimal, currency: str) -> str:
    return shared_key(OF_PAYEE, f"{payee}/payments of {amount} {currency}")


def _of_reference(reference: str | None) -> str | None:
    return shared_key(OF_REFERENCE, f"bank reference {plain(reference)}") if reference and plain(reference) else None


_STEPS = by_kind(
    _begun, _awarded, _moved, _requested, _sent, _redated, _settled, _matched, _gone, _back, _claimed, _recovered
)
# The events that change what is compared.
COMPARING = frozenset(_STEPS)
