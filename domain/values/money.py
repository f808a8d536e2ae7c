"""Money: an exact amount in one currency."""

import re
from decimal import Decimal
from functools import lru_cache, total_ordering

from domain.values.frozen import frozen

# ISO 4217: currencies whose smallest unit is not a hundredth.
MINOR_UNITS = {
    **dict.fromkeys(("BIF", "CLP", "DJF", "GNF", "ISK", "JPY", "KMF", "KRW", "PYG", "RWF", "UGX", "VND", "VUV"), 0),
    **dict.fromkeys(("XAF", "XOF", "XPF"), 0),
    **dict.fromkeys(("BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"), 3),
}
# An amount that is entered has at most 13 digits before the point. Totals may have more. Below this limit a total is
# exact in the 28 digits of a Decimal and, as minor units, in 64 bits.
LIMIT = Decimal(10) ** 15
_PLAIN = re.compile(r"-?[0-9]{1,13}(\.[0-9]{1,3})?")


class NotMoney(ValueError):
    """The value is not an amount of money: it has a wrong type or form, or is too precise or too large."""


class CurrencyMismatch(ValueError):
    """Amounts of two currencies cannot be added or compared."""


@total_ordering
@frozen
class Money:
    """*amount* in major units (pounds, not pence), held in the minor-unit precision of *currency* (ISO 4217).

    Raises NotMoney for floats (refused by type), fractions below the minor unit, non-finite values and amounts of
    10^15 or more.
    """

    amount: Decimal
    currency: str

    def __post_init__(self) -> None:
        amount = self.amount
        if not isinstance(amount, Decimal):
            raise NotMoney(f"an amount must be a Decimal, not {type(amount).__name__}")
        unit = _unit(self.currency)
        if not amount.is_finite():
            raise NotMoney("an amount must be finite")
        if not -LIMIT < amount < LIMIT:
            raise NotMoney("an amount must be below 1,000,000,000,000,000")
        exact = amount.quantize(unit)
        if exact != amount:
            raise NotMoney(f"{self.currency} has at most {minor_units(self.currency)} decimal places")
        # `+ 0` turns -0.00 into 0.00: one amount, one form.
        object.__setattr__(self, "amount", exact + 0)

    @classmethod
    def of(cls, text: str, currency: str) -> "Money":
        """Read an amount from plain digits, such as ``"1250.00"``. Raises NotMoney for any other form."""
        if not isinstance(text, str) or not _PLAIN.fullmatch(text):
            raise NotMoney('write an amount in plain digits, such as "1250.00"')
        return cls(amount=Decimal(text), currency=currency)

    @classmethod
    def zero(cls, currency: str) -> "Money":
        """The amount 0 in *currency*."""
        return _zero(currency)

    @property
    def is_positive(self) -> bool:
        """Whether the amount is more than 0."""
        return self.amount > 0

    def __add__(self, other: "Money") -> "Money":
        return self._exactly(self.amount + self._same(other).amount)

    def __sub__(self, other: "Money") -> "Money":
        return self._exactly(self.amount - self._same(other).amount)

    def __abs__(self) -> "Money":
        return self._exactly(abs(self.amount))

    def __lt__(self, other: "Money") -> bool:
        return self.amount < self._same(other).amount

    def __str__(self) -> str:
        return f"{self.amount:.{minor_units(self.currency)}f} {self.currency}"

    def _exactly(self, amount: Decimal) -> "Money":
        # A total may exceed LIMIT, so that a rule can compare it and refuse. Decimal keeps it exact.
        money = object.__new__(Money)
        object.__setattr__(money, "amount", amount)
        object.__setattr__(money, "currency", self.currency)
        return money

    def _same(self, other: "Money") -> "Money":
        if other.currency != self.currency:
            raise CurrencyMismatch(f"{self.currency} and {other.currency} cannot be added or compared")
        return other


@lru_cache(maxsize=1024)
def _zero(currency: str) -> Money:
    """The amount 0. Cached, because every total begins with it."""
    return Money(amount=Decimal(0), currency=currency)


@lru_cache(maxsize=1024)
def _unit(currency: str) -> Decimal:
    """The smallest unit of *currency*. Cached, because every amount needs it. Raises NotMoney."""
    if not re.fullmatch(r"[A-Z]{3}", currency):
        raise NotMoney("a currency must be three capital letters, such as GBP")
    return Decimal(1).scaleb(-minor_units(currency))


def minor_units(currency: str) -> int:
    """Decimal places of *currency* (ISO 4217): 2 for GBP, 0 for JPY, 3 for KWD."""
    return MINOR_UNITS.get(currency, 2)


def total(amounts: "list[Money]", currency: str) -> Money:
    """The total of *amounts*, which must all be in *currency*. Raises CurrencyMismatch."""
    result = Money.zero(currency)
    for amount in amounts:
        result += amount
    return result
