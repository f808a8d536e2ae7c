"""How a sum comes from what was stated before to what is stated now."""

from domain.values.frozen import frozen
from domain.values.money import Money
from domain.values.when import When


@frozen
class Step:
    """A sum changes by *change* on a day. *goes* says that it goes altogether, to come back otherwise."""

    change: Money
    on: When
    goes: bool


def restated(before: Money | None, was_on: When, after: Money | None, on: When, *, apart: bool) -> list[Step]:
    """How a sum comes from what was stated before to what is stated now; the last step is what stands.

    Under another day, in another currency or elsewhere (*apart*) it goes altogether and comes back.
    """
    currency = (after or before or Money.zero("GBP")).currency
    if after is None and before is not None and not apart and was_on == on:
        return [Step(change=Money.zero(currency) - before, on=on, goes=False)]
    if before is None or not before.amount:
        return [Step(change=after or Money.zero(currency), on=on, goes=False)]
    same = not apart and was_on == on and after is not None and after.currency == before.currency
    if same and after is not None:
        return [Step(change=after - before, on=on, goes=False)]
    gone = Step(change=Money.zero(before.currency) - before, on=was_on, goes=True)
    return [gone, Step(change=after or Money.zero(currency), on=on, goes=False)]
