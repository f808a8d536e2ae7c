"""How far an outcome is on the way from its baseline to its target, as a bar."""

from dataclasses import dataclass
from decimal import Decimal

# The bar is drawn from one whole way before the baseline to two after it, at most.
BEFORE, AFTER = Decimal(-1), Decimal(2)
WIDTH = 1000


@dataclass(frozen=True, slots=True)
class Way:
    """Where baseline, target and result lie on a bar of WIDTH units. What is travelled lies from *left* so *wide*."""

    baseline: float
    target: float
    result: float

    @property
    def left(self) -> float:
        """Where what is travelled begins."""
        return min(self.baseline, self.result)

    @property
    def wide(self) -> float:
        """How wide it is."""
        return abs(self.result - self.baseline)


def drawn(travelled: Decimal | None) -> Way | None:
    """The bar of a share *travelled*, which may be below 0 or above 1; None where it cannot be said."""
    if travelled is None:
        return None
    result = min(max(travelled, BEFORE), AFTER)
    first, last = min(Decimal(0), result), max(Decimal(1), result)

    def place(share: Decimal) -> float:
        return round(float((share - first) / (last - first)) * WIDTH, 1)

    return Way(place(Decimal(0)), place(Decimal(1)), place(result))
