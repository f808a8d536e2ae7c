"""What a register states about an award, computed from the events of all its editions so far."""

from typing import TypeVar

from domain import award
from domain.values.fact import Fact
from domain.values.frozen import frozen, replace
from domain.values.ids import OrganisationId, PartnershipId
from domain.values.money import Money
from domain.values.when import When

K = TypeVar("K")
V = TypeVar("V")


@frozen
class Statement:
    """What a register states about an award, after all of its editions so far.

    *transactions* are those that it still states, by number; *numbers* is the highest number ever used.
    """

    register: str
    partnership_id: PartnershipId
    funder_id: OrganisationId | None
    amount: Money
    on: When
    present: bool = True
    particulars: award.ParticularsStated | None = None
    components: dict[str, Money]
    periods: dict[tuple[str, int], award.PeriodStated]
    transactions: dict[int, award.TransactionStated]
    numbers: int = 0


def statement(before: Statement | None, event: Fact) -> Statement | None:
    """The statement after *event* of the award."""
    if isinstance(event, award.AwardStated):
        return Statement(
            register=event.source.register if event.source else "",
            partnership_id=event.partnership_id,
            funder_id=event.funder_id,
            amount=event.amount,
            on=event.on,
            components={},
            periods={},
            transactions={},
        )
    if before is None:
        return None
    match event:
        case award.AwardRestated():
            return replace(before, amount=event.amount, on=event.on)
        case award.AwardReassigned():
            funder_id = event.funder_id or before.funder_id
            return replace(before, partnership_id=event.partnership_id, funder_id=funder_id)
        case award.ParticularsStated():
            return replace(before, particulars=event)
        case award.ComponentStated(amount=Money() as amount) | award.ComponentRestated(amount=Money() as amount):
            return replace(before, components={**before.components, event.purpose: amount})
        case award.ComponentRestated():
            return replace(before, components=_without(before.components, event.purpose))
        case award.PeriodStated():
            return replace(before, periods={**before.periods, (event.sense, event.number): event})
        case award.TransactionStated():
            transactions = {**before.transactions, event.number: event}
            return replace(before, transactions=transactions, numbers=event.number)
        case award.TransactionUnstated():
            return replace(before, transactions=_without(before.transactions, event.number))
        case award.AwardNoLongerStated():
            return replace(before, present=False)
        case award.AwardStatedAgain():
            return replace(before, present=True)
    return before


def _without(values: dict[K, V], key: K) -> dict[K, V]:
    return {name: value for name, value in values.items() if name != key}
