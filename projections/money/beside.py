"""The budget of an award, line by line: budgeted, varied, spent and left, beside what others contribute to it.

It is read from the parts of the award, as at any day and as known at any moment.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from domain.values.money import minor_units
from projections.parts.reading import PartLine, parts_of_kinds
from projections.tables.paging import Connection
from projections.tables.shares import share_of

ZERO = Decimal(0)
_KINDS = ("budget", "component", "variation", "expenditure", "pledge", "contribution", "strand")


@dataclass(slots=True)
class Contributed:
    """What others pledged and what was received of it, in major units and in whole hours."""

    pledged: Decimal
    received: Decimal
    pledged_hours: int = 0
    received_hours: int = 0


@dataclass(slots=True)
class BudgetedLine:
    """A budget line, in major units. *name* is None for what is spent on or contributed beside no line."""

    name: str | None
    kind: str | None
    contributed: Contributed
    budgeted: Decimal
    varied: Decimal
    spent: Decimal

    @property
    def amount(self) -> Decimal:
        """What the line has now."""
        return self.budgeted + self.varied

    @property
    def left(self) -> Decimal | None:
        """What of the line is not spent, negative if it is overspent; None for what is beside no line."""
        return self.amount - self.spent if self.name is not None else None


@dataclass(frozen=True, slots=True)
class BudgetedStrand:
    """A strand of a budget: what it was meant to take, and what its lines have and have spent, in major units.

    *meant_share*, *budgeted_share* and *spent_share* are per cent; None where there is nothing to take a share of.
    """

    number: int
    name: str
    lines: list[str]
    meant: Decimal
    meant_share: Decimal | None
    budgeted: Decimal
    budgeted_share: Decimal | None
    spent: Decimal
    spent_share: Decimal | None


@dataclass(frozen=True, slots=True)
class AwardBudget:
    """The budget of the award *scope*, with the *currency* of its amounts; None where nothing of it is recorded.

    *towards* has what others contribute, by what it goes to.
    """

    scope: str
    currency: str | None
    lines: list[BudgetedLine]
    strands: list[BudgetedStrand]
    towards: dict[str, Contributed]


async def budgets_by(
    connection: Connection, column: str, values: Sequence[str], *, as_at: date | None = None, known: int | None = None
) -> list[AwardBudget]:
    """The budgets of the awards (*column* award_id) *values*, as at a day and as known at a position."""
    assert column == "award_id"
    parts = await parts_of_kinds(connection, "stream", values, kinds=_KINDS, as_at=as_at, known=known)
    by_award: dict[str, list[PartLine]] = defaultdict(list)
    for part in parts:
        by_award[part.stream].append(part)
    return [budget_of(one, by_award[one]) for one in values]


def budget_of(scope: str, parts: Iterable[PartLine]) -> AwardBudget:
    """The budget of an award, from its parts."""
    of_kind: dict[str, list[PartLine]] = defaultdict(list)
    for part in parts:
        of_kind[part.kind].append(part)
    currency = next((one.currency for kind in _KINDS for one in of_kind[kind] if one.currency), None)
    nothing = Decimal(0).scaleb(-minor_units(currency or "GBP"))
    lines: dict[str | None, BudgetedLine] = {}
    for offered in of_kind["budget"]:
        for line in offered.facts["lines"]:
            found = _of(lines, line["name"], nothing)
            found.kind, found.budgeted = line["kind"], Decimal(line["amount"]["amount"])
    for component in sorted(of_kind["component"], key=lambda one: one.position):
        lines.pop(component.facts["purpose"], None)
        if component.amount is not None:
            _of(lines, component.facts["purpose"], nothing).budgeted = component.amount
    for variation in of_kind["variation"]:
        for change in variation.facts.get("lines") or ():
            _of(lines, change["name"], nothing).varied += Decimal(change["change"]["amount"])
    for one in of_kind["expenditure"]:
        _of(lines, one.facts.get("line"), nothing).spent += one.amount or ZERO
    towards: dict[str, Contributed] = {}
    for one in (*of_kind["pledge"], *of_kind["contribution"]):
        to = towards.setdefault(one.facts["towards"], Contributed(nothing, nothing))
        for counted in (_of(lines, one.facts.get("line"), nothing).contributed, to):
            _count(counted, one)
    return AwardBudget(scope, currency, [*lines.values()], _strands(of_kind["strand"], lines, nothing), towards)


def _of(lines: dict[str | None, BudgetedLine], name: str | None, nothing: Decimal) -> BudgetedLine:
    """The line with this name, which is begun with *nothing*."""
    begun = BudgetedLine(name, None, Contributed(nothing, nothing), nothing, nothing, nothing)
    return lines.setdefault(name, begun)


def _count(counted: Contributed, part: PartLine) -> None:
    """Add a pledge or a contribution. A contribution that keeps a pledge is no more money than was pledged."""
    amount, hours = part.amount or ZERO, part.facts.get("hours") or 0
    if part.kind == "pledge":
        counted.pledged += amount
        counted.pledged_hours += hours
    else:
        counted.received += amount
        counted.received_hours += hours


def _strands(
    parts: Iterable[PartLine], lines: dict[str | None, BudgetedLine], nothing: Decimal
) -> list[BudgetedStrand]:
    budget = sum((line.amount for line in lines.values()), nothing)
    all_spent = sum((line.spent for line in lines.values()), nothing)
    found = []
    for part in parts:
        own = [lines[name] for name in part.facts["lines"] if name in lines]
        budgeted, spent = (sum((getattr(line, name) for line in own), nothing) for name in ("amount", "spent"))
        meant = _meant(part, budget, nothing)
        found.append(
            BudgetedStrand(
                number=part.number,
                name=part.facts["name"],
                lines=part.facts["lines"],
                meant=meant,
                meant_share=share_of(meant, budget),
                budgeted=budgeted,
                budgeted_share=share_of(budgeted, budget),
                spent=spent,
                spent_share=share_of(spent, all_spent),
            )
        )
    return found


def _meant(part: PartLine, budget: Decimal, nothing: Decimal) -> Decimal:
    """What a strand was meant to take: its amount, or its share of the budget as that is."""
    share: dict[str, Any] | None = part.facts.get("share")
    if share is None:
        return part.amount or ZERO
    part_of, of = int(share["part"]), int(share["of"])
    return (budget * part_of / of).quantize(nothing, ROUND_HALF_UP)
