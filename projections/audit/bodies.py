"""What the stored body of an event says of money: the amount, the award, the number of the payment, and the payee.

Each is SQL over the event ``e`` in the log. All of it is read from fields that no upcast renames.
"""

from domain import award
from projections.parts.steps import PAYMENTS

_BODY = "convert_from(e.state, 'UTF8')::json"
# An event has the amount in the first of these fields that it has. What it changes comes before what that leads to.
AMOUNTS = ("change", "given_back", "amount", "approved", "requested", "budget")
# The events of a payment, which they number.
OF_PAYMENT = (
    award.PaymentRequested, award.PaymentApproved, award.PaymentReleased, award.PaymentSettled, award.PaymentReversed,
    award.PaymentReturned, award.ReturnUndone, award.PaymentMatched, award.MatchUndone,
)  # fmt: skip
# The events that may name a payment, and those in which a register states one.
NAMING = (award.RecoveryRaised, award.RecoverySettled)
STATING = (award.TransactionStated, award.TransactionUnstated)


def _names(*texts: str) -> str:
    return f"({', '.join(repr(text) for text in texts)})"


def _events(kinds: tuple[type, ...]) -> str:
    return _names(*(kind.__name__ for kind in kinds))


def _money(part: str) -> str:
    """A part of the first amount of the body; NULL if its source states none."""
    found = ", ".join(f"{_BODY} -> '{name}' ->> '{part}'" for name in AMOUNTS)
    return f"CASE WHEN {_BODY} ->> 'basis' IS DISTINCT FROM '{award.NO_AMOUNT}' THEN coalesce({found}) END"


AMOUNT = f"({_money('amount')})::numeric"
CURRENCY = _money("currency")
AWARD = f"CASE WHEN starts_with(e.originator_id, 'award-') THEN e.originator_id ELSE {_BODY} ->> 'award_id' END"
PAYMENT = f"""(CASE WHEN e.topic IN {_events(OF_PAYMENT)} THEN {_BODY} ->> 'number'
    WHEN e.topic IN {_events(NAMING)} THEN {_BODY} ->> 'payment'
    WHEN e.topic IN {_events(STATING)} AND {_BODY} ->> 'kind' IN {_names(*(kind.value for kind in PAYMENTS))}
    THEN {_BODY} ->> 'number' END)::integer"""
# Who is paid, of an event about a payment: as a register says, or the lead of the partnership.
PAYEE = f"""CASE WHEN {PAYMENT} IS NOT NULL THEN coalesce({_BODY} ->> 'payee_id', (
    SELECT p.lead_id FROM awards a JOIN partnerships p ON p.id = a.partnership_id WHERE a.id = e.originator_id)) END"""  # noqa: S608 - made of our own names
