"""Counters: what is bound of what may be bound, kept beside the events as a second guard against overspending.

The rules decide on versions seen and would do alone. These movements go into counter rows of the database in the same
transaction as the events, where a check refuses any use past its ceiling: two guards that fail for different reasons.
"""

from domain import award, funding_round, programme
from domain.values.fact import Fact
from domain.values.frozen import frozen
from domain.values.money import Money, minor_units
from domain.values.refusal import Refused


class Overspent(Refused):
    """More would be bound than may be bound."""


@frozen
class Movement:
    """By how much the ceiling and the use of *counter* grow, in minor units of the money's currency."""

    counter: str
    ceiling: int = 0
    used: int = 0


def movements(stream: str, event: Fact) -> list[Movement]:
    """How *event* of *stream* moves the counters.

    Facts that sources state bind nothing: they stand as published. A budget that a source states is a budget, though.
    """
    if event.source is not None and not isinstance(event, programme.BudgetAllocated | programme.BudgetVaried):
        return []
    return _budgets(stream, event) or _award(stream, event) or _payments(stream, event)


def _budgets(stream: str, event: Fact) -> list[Movement]:
    match event:
        case programme.BudgetAllocated(scheme_id=str() as scheme_id):
            return [Movement(counter=f"{scheme_id}/budget", ceiling=minor(event.amount))]
        case programme.BudgetVaried(scheme_id=str() as scheme_id):
            return [Movement(counter=f"{scheme_id}/budget", ceiling=minor(event.change))]
        case programme.BudgetAssigned() | programme.SchemeFundsCommitted():
            return [Movement(counter=f"{event.scheme_id}/budget", used=minor(event.amount))]
        case programme.SchemeFundsReturned():
            return [Movement(counter=f"{event.scheme_id}/budget", used=-minor(event.amount))]
        case funding_round.RoundOpened():
            return [Movement(counter=f"{stream}/budget", ceiling=minor(event.budget))]
        case funding_round.RingFenceSet():
            # What a ring-fence keeps is taken out of the round's own budget.
            return [
                Movement(counter=f"{stream}/budget", used=minor(event.amount)),
                Movement(counter=f"{stream}/fence/{event.name}", ceiling=minor(event.amount)),
            ]
        case funding_round.FundsCommitted() | funding_round.FundsReturned():
            sign = 1 if isinstance(event, funding_round.FundsCommitted) else -1
            place = f"{stream}/fence/{event.ring_fence}" if event.ring_fence is not None else f"{stream}/budget"
            return [Movement(counter=place, used=sign * minor(event.amount))]
    return []


def _award(stream: str, event: Fact) -> list[Movement]:
    """What may be paid on an award, and what may be regranted from it: both up to its amount."""
    match event:
        case award.AwardOffered():
            change = minor(event.amount)
        case award.AwardVaried():
            change = minor(event.change)
        case award.OfferDeclined() | award.AwardClosed() | award.AwardTerminated() | award.UnspentGivenBack():
            change = -minor(event.given_back)
        case award.FundsRegranted():
            return [Movement(counter=f"{stream}/regranted", used=minor(event.amount))]
        case award.RegrantReturned():
            return [Movement(counter=f"{stream}/regranted", used=-minor(event.amount))]
        case _:
            return []
    return [
        Movement(counter=f"{stream}/payments", ceiling=change),
        Movement(counter=f"{stream}/regranted", ceiling=change),
    ]


def _payments(stream: str, event: Fact) -> list[Movement]:
    match event:
        case award.PaymentRequested():
            return [Movement(counter=f"{stream}/payments", used=minor(event.amount))]
        case award.ReturnUndone():
            return [Movement(counter=f"{stream}/payments", used=minor(event.amount))]
        case award.PaymentReturned() | award.PaymentReversed() | award.RecoverySettled():
            return [Movement(counter=f"{stream}/payments", used=-minor(event.amount))]
    return []


def minor(money: Money) -> int:
    """*money* in minor units of its currency: pence for pounds."""
    return int(money.amount.scaleb(minor_units(money.currency)))
