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
    now = after or Money.zero(before.currency if before is not None else "GBP")
    if before is None or not before.amount:
        return [Step(change=now, on=on, goes=False)]
    if not apart and was_on == on and now.currency == before.currency:
        return [Step(change=now - before, on=on, goes=False)]
    away = Step(change=Money.zero(before.currency) - before, on=was_on, goes=True)
    return [away, Step(change=now, on=on, goes=False)]
