"""Checks that many rules of an award share."""

from collections.abc import Iterable

from domain.award.refusals import CurrencyDiffers, NumberNotPositive, ReasonEmpty
from domain.award.state import Award
from domain.values.money import Money


def same_currency(award: Award, amount: Money) -> None:
    """Check that *amount* is in the currency of the award. Raises CurrencyDiffers."""
    if amount.currency != award.currency:
        raise CurrencyDiffers(award=award.currency, given=amount.currency)


def numbered(number: int) -> None:
    """Check that *number* is 1 or more. Raises NumberNotPositive."""
    if number < 1:
        raise NumberNotPositive(number=number)


def explained(because: str) -> None:
    """Check that a reason is given. Raises ReasonEmpty."""
    if not because.strip():
        raise ReasonEmpty


def listed(facts: Iterable[int] | Iterable[str]) -> str:
    """Numbers or ids as a refusal gives them: in order, with commas between."""
    return ", ".join(map(str, sorted(facts)))
