"""Amounts as people type them: 1,250.00."""

import re
from decimal import Decimal

# Commas stand only between thousands: 1,50 is an amount elsewhere, and is not 150.
_AMOUNT = re.compile(r"-?([0-9]{1,15}|[0-9]{1,3}(,[0-9]{3}){1,4})(\.[0-9]{1,4})?")


def amount_in(text: str) -> Decimal | None:
    """The amount that *text* is; None if it is none."""
    return Decimal(text.replace(",", "")) if _AMOUNT.fullmatch(text) else None
