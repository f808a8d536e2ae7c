"""Capacity building plans: each line of a plan, with its estimate beside what it costs in fact."""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from projections.parts.reading import PartLine


@dataclass(slots=True)
class CostLine:
    """A line of a plan: what was *estimated*, and the *actual* cost so far, in major units of *currency*.

    None stands for a sum of which nothing was stated.
    """

    name: str
    currency: str | None = None
    estimated: Decimal | None = None
    actual: Decimal | None = None

    @property
    def left_out(self) -> bool:
        """Whether the estimate of the plan leaves the line out, though it is known to cost something."""
        return self.estimated is None

    @property
    def over(self) -> Decimal | None:
        """The actual cost less the estimate; None where one of them is not known."""
        return self.actual - self.estimated if self.actual is not None and self.estimated is not None else None


def cost_lines(costs: Iterable[PartLine]) -> list[CostLine]:
    """The lines of a plan of which these *costs* were stated, in the order in which each was first named."""
    lines: dict[str, CostLine] = {}
    for one in costs:
        line = lines.setdefault(one.facts["line"], CostLine(one.facts["line"]))
        line.currency = line.currency or one.currency
        match one.status:
            case "estimated":
                line.estimated = (line.estimated or Decimal(0)) + (one.amount or 0)
            case "actual":
                line.actual = (line.actual or Decimal(0)) + (one.amount or 0)
    return list(lines.values())
