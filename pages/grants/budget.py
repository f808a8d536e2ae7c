"""The budget of an award as a table: each line with what was varied, spent and is left, and what others contribute."""

from collections.abc import Sequence
from decimal import Decimal
from typing import NamedTuple

from projections.money.beside import AwardBudget, BudgetedLine, budget_of
from projections.parts.reading import PartLine


class Shown(NamedTuple):
    """A budget as the page shows it. *contributes* is whether others pledged or gave anything."""

    budget: AwardBudget
    currency: str
    contributes: bool


def budget_shown(award_id: str, currency: str, parts: Sequence[PartLine]) -> Shown | None:
    """The budget of an award from its parts; None if it has no lines, and nobody else contributes."""
    found = budget_of(award_id, parts)
    if not found.towards and not any(line.name for line in found.lines):
        return None
    return Shown(found, found.currency or currency, any(map(_contributed, found.lines)))


def _contributed(line: BudgetedLine) -> Decimal | int:
    of = line.contributed
    return of.pledged or of.received or of.pledged_hours or of.received_hours
