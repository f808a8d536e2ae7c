"""What many rules of an award ask alike."""

from domain.award.refusals import CurrencyDiffers, NumberNotPositive, ReasonEmpty
from domain.award.state import Award
from domain.values.money import Money


def same_currency(award: Award, amount: Money) -> None:
    """Refuse an amount in another currency than the award's. Raises CurrencyDiffers."""
    if amount.currency != award.currency:
        raise CurrencyDiffers(award=award.currency, given=amount.currency)


def numbered(number: int) -> None:
    """Refuse a number below 1. Raises NumberNotPositive."""
    if number < 1:
        raise NumberNotPositive(number=number)


def explained(because: str) -> None:
    """Refuse an empty reason. Raises ReasonEmpty."""
    if not because.strip():
        raise ReasonEmpty
