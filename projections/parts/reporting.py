"""What the returns of a programme ask of its partnerships: how many there are, and how long they take."""

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from projections.parts.reading import PartLine, parts_of_kinds
from projections.tables.paging import Connection, lines_of


@dataclass(slots=True)
class Burden:
    """The returns of the awards of a *scheme*. *awarded* is the sum of the awards in their *currency*.

    *currency* is None where the awards are in several.
    """

    scheme: str
    awards: int = 0
    awarded: Decimal = Decimal(0)
    currency: str | None = None
    returns: list[PartLine] = field(default_factory=list)

    @property
    def required(self) -> int:
        """How many returns are required."""
        return len(self.returns)

    @property
    def filed(self) -> int:
        """How many of them are filed in a template."""
        return sum("filed" in one.facts for one in self.returns)

    @property
    def queried(self) -> int:
        """How many of those filed stand queried."""
        return sum(one.facts.get("accepted") is False for one in self.returns)

    @property
    def accepted(self) -> int:
        """How many of those filed were accepted."""
        return sum(one.facts.get("accepted") is True for one in self.returns)

    @property
    def hours(self) -> int:
        """The hours that those filed took, at their last filing."""
        return sum(int(one.facts.get("hours") or 0) for one in self.returns)


_AWARDS = """
SELECT a.id, s.code, a.amount, a.currency FROM awards a JOIN partnerships p ON p.id = a.partnership_id
  JOIN schemes s ON s.id = p.scheme_id
 WHERE p.programme_id = %(programme)s
   AND EXISTS (SELECT FROM part_steps r WHERE r.stream = a.id AND r.kind = 'return')
 ORDER BY s.code, a.id
"""


async def reporting_in(
    connection: Connection, programme_id: str, *, as_at: date | None = None, known: int | None = None
) -> list[Burden]:
    """The returns of a programme by scheme, as at a day and as known at a position. Awards count as they are now."""
    awards = await lines_of(connection, tuple, _AWARDS, {"programme": programme_id})
    lines = await parts_of_kinds(
        connection, "stream", [award for award, *_ in awards], kinds=("return",), as_at=as_at, known=known
    )
    of_award: dict[str, list[PartLine]] = {}
    for line in lines:
        of_award.setdefault(line.stream, []).append(line)
    found: dict[str, Burden] = {}
    currencies: dict[str, set[str]] = {}
    for award, scheme, amount, currency in awards:
        if award in of_award:
            burden = found.setdefault(scheme, Burden(scheme))
            burden.awards += 1
            burden.awarded += amount
            burden.returns += of_award[award]
            currencies.setdefault(scheme, set()).add(currency)
    for scheme, burden in found.items():
        burden.currency = next(iter(currencies[scheme])) if len(currencies[scheme]) == 1 else None
    return list(found.values())
