"""What the partners of a programme need to learn, added up by region and theme, with each need behind a sum.

A theme is the same whatever its capitals. Needs of one theme that several organisations have can share the cost of
what is made for them.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date

from domain.joint.learning import one_theme
from projections.parts.reading import PartLine, parts_of_kinds
from projections.register import held
from projections.tables.paging import Connection, lines_of

KINDS = ("need", "provision", "needmet")


@dataclass(slots=True)
class Need:
    """A *need*, the code of its partnership, and how many of its people were served."""

    need: PartLine
    partnership: str
    served: int = 0

    @property
    def left(self) -> int:
        """How many people still have it."""
        return int(self.need.facts["people"]) - self.served


@dataclass(slots=True)
class Demand:
    """The *needs* of one theme in one region, and the provisions on that theme, wherever they are offered."""

    theme: str
    region: str | None
    needs: list[Need] = field(default_factory=list)
    provisions: list[tuple[str, PartLine]] = field(default_factory=list)

    @property
    def organisations(self) -> set[str]:
        """The ids of the organisations that still have the need."""
        return {one.need.facts["organisation_id"] for one in self.needs if one.left > 0}


@dataclass(slots=True)
class Fit:
    """A *provision* of a partnership: how many of its *partners* have a need that it is about."""

    provision: PartLine
    partners: int
    with_need: int

    @property
    def fits_few(self) -> bool:
        """Whether fewer than half of the partners have such a need."""
        return self.with_need * 2 < self.partners


_PARTNERSHIPS = """
SELECT p.id, p.code, p.region FROM partnerships p
 WHERE p.programme_id = %(programme)s
   AND EXISTS (SELECT FROM part_steps s WHERE s.stream = p.id AND s.kind = ANY (%(kinds)s))
 ORDER BY p.code
"""


async def demand_in(
    connection: Connection, programme_id: str, *, as_at: date | None = None, known: int | None = None
) -> list[Demand]:
    """The demand in a programme by region and theme, as at a day and as known at a position."""
    places = await lines_of(connection, tuple, _PARTNERSHIPS, {"programme": programme_id, "kinds": list(KINDS)})
    codes = {stream: code for stream, code, _ in places}
    regions = {stream: region for stream, _, region in places}
    lines = await parts_of_kinds(connection, "stream", list(codes), kinds=KINDS, as_at=as_at, known=known)
    found: dict[tuple[str, str], Demand] = {}
    for need in _needs(lines, codes):
        theme, region = one_theme(need.need.facts["theme"]), regions[need.need.stream]
        of = found.setdefault((region or "", theme), Demand(need.need.facts["theme"], region))
        of.needs.append(need)
    for line in lines:
        for (_, theme), of in found.items():
            if line.kind == "provision" and one_theme(line.facts["theme"]) == theme:
                of.provisions.append((codes[line.stream], line))
    return [found[key] for key in sorted(found)]


def _needs(lines: Sequence[PartLine], codes: dict[str, str]) -> list[Need]:
    found = {(one.stream, one.number): Need(one, codes[one.stream]) for one in lines if one.kind == "need"}
    for one in lines:
        if one.kind == "needmet" and one.part is not None and (one.stream, one.part) in found:
            found[one.stream, one.part].served += int(one.facts["people"])
    return list(found.values())


async def fits_of(connection: Connection, partnership_id: str, *, as_at: date, known: int | None = None) -> list[Fit]:
    """For each provision of a partnership, how many of its partners of that day have a need that it is about."""
    lines = await parts_of_kinds(
        connection, "stream", [partnership_id], kinds=("provision", "need"), as_at=as_at, known=known
    )
    roles = await held.partners_by_then(connection, partnership_id, as_at=as_at, known=known)
    partners = {one.organisation_id for one in roles if one.until is None}
    return [
        Fit(
            provision=one,
            partners=len(partners),
            with_need=len(
                partners
                & {
                    need.facts["organisation_id"]
                    for need in lines
                    if need.kind == "need" and one_theme(need.facts["theme"]) == one_theme(one.facts["theme"])
                }
            ),
        )
        for one in lines
        if one.kind == "provision"
    ]
