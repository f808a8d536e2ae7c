"""The share that one number is of another, in per cent with one decimal place."""

from decimal import ROUND_HALF_UP, Decimal


def share_of(part: Decimal | int, whole: Decimal | int) -> Decimal | None:
    """The share that *part* is of *whole*, in per cent with one decimal place; None if *whole* is 0."""
    return (100 * Decimal(part) / whole).quantize(Decimal("0.1"), ROUND_HALF_UP) if whole else None


def share_in_sql(part: str, whole: str) -> str:
    """The same as ``share_of``, in SQL."""
    return f"round(100.0 * ({part}) / nullif({whole}, 0), 1)"
