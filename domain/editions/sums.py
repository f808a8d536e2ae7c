"""The steps from an amount stated before to the amount stated now."""

from domain.values.frozen import frozen
from domain.values.money import Money
from domain.values.when import When


@frozen
class Step:
    """A change of an amount on a date. *goes* is true if it takes the whole amount away, before the next step."""

    change: Money
    on: When
    goes: bool


def restated(before: Money | None, was_on: When, after: Money | None, on: When, *, apart: bool) -> list[Step]:
    """The steps from the amount stated before to the amount stated now. The last step leads to the present amount.

    If the date, the currency or the partnership (*apart*) changes, one step takes the whole amount away and the next
    adds the new one.
    """
    currency = (after or before or Money.zero("GBP")).currency
    if after is None and before is not None and not apart and was_on == on:
        return [Step(change=Money.zero(currency) - before, on=on, goes=False)]
    if before is None or not before.amount:
        return [Step(change=after or Money.zero(currency), on=on, goes=False)]
    same = not apart and was_on == on and after is not None and after.currency == before.currency
    if same and after is not None:
        return [Step(change=after - before, on=on, goes=False)]
    away = Step(change=Money.zero(before.currency) - before, on=was_on, goes=True)
    return [away, Step(change=after or Money.zero(currency), on=on, goes=False)]
