"""Amounts as people type them: 1,250.00, and with a currency in front: EUR 1,250.00."""

import re
from decimal import Decimal

from domain.values.money import Money, NotMoney

# Commas stand only between thousands: 1,50 is an amount elsewhere, and is not 150.
_AMOUNT = re.compile(r"-?([0-9]{1,15}|[0-9]{1,3}(,[0-9]{3}){1,4})(\.[0-9]{1,4})?")
_CURRENCY = re.compile(r"([A-Z]{3}) +")


def amount_in(text: str) -> Decimal | None:
    """The amount that *text* is; None if it is none."""
    return Decimal(text.replace(",", "")) if _AMOUNT.fullmatch(text) else None


def money_in(text: str, currency: str) -> Money | None:
    """The amount that *text* is, in *currency* unless it names another; None if it is none."""
    named = _CURRENCY.match(text)
    amount = amount_in(text[named.end() :] if named else text)
    try:
        return Money(amount=amount, currency=named[1] if named else currency) if amount is not None else None
    except NotMoney:
        return None
