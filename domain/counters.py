"""Counters of used and available money: a second guard against overspending.

The first guard is the rules, which decide on the versions of the streams that they read. The second is in the database:
the movements below update counter rows in the same transaction as the events, and a CHECK constraint refuses any use
above its ceiling. The two guards fail for different reasons.
"""

from domain import award, funding_round, programme
from domain.values.fact import Fact
from domain.values.frozen import frozen
from domain.values.money import Money, minor_units
from domain.values.refusal import Refused


class Overspent(Refused):
    """This would commit or pay more than is available. A budget or an award is never overspent."""


@frozen
class Movement:
    """The change of the ceiling and of the use of *counter*, in minor units of the currency (pence for GBP)."""

    counter: str
    ceiling: int = 0
    used: int = 0


def movements(stream: str, event: Fact) -> list[Movement]:
    """The movements of the counters that *event* of *stream* causes.

    Facts that a source states use no money here, except budgets: a budget that a source states does count.
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
            # A ring-fence takes its amount out of the general budget of the round.
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
    """What can be paid on an award and what can be regranted from it: each up to its amount."""
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
