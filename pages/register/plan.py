"""The plans of a partnership for its page, and the money between its organisations: charges and pooled money."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from pages.drawing.stages import Chart, drawn
from pages.frame.clocks import Clocks
from projections.parts.plans import Plan, Stage, plans_of
from projections.parts.reading import PartLine, by_kind, parts_of_kinds
from projections.register.reading import OrganisationLine
from projections.tables.paging import Connection

KINDS = ("planstep", "followon", "procurement", "supplier", "deliverable", "status", "holdup", "charge", "pooldivision")


@dataclass(frozen=True, slots=True)
class Planned:
    """What a partnership planned and what became of it.

    *charts* have the stages of each plan, by the id of its delivery; None for a plan without dates. *named* are the ids
    of the organisations that it names, *organisations* what the page shows of them, by id.
    """

    plans: list[Plan]
    procurement: list[PartLine]
    suppliers: list[PartLine]
    deliverables: list[PartLine]
    strands: list[PartLine]
    hold_ups: list[PartLine]
    charges: list[PartLine]
    divisions: list[PartLine]
    charts: Mapping[str, Chart | None]
    named: list[str]
    organisations: Mapping[str, OrganisationLine] = field(default_factory=dict)

    @property
    def is_empty(self) -> bool:
        return not (self.plans or self.suppliers)


async def planned(connection: Connection, partnership_id: str, clocks: Clocks) -> Planned:
    """What is known of the plans of a partnership, as at the day and as known at the position of *clocks*."""
    lines = await parts_of_kinds(
        connection, "partnership_id", [partnership_id], kinds=KINDS, as_at=clocks.as_at, known=clocks.then
    )
    found = by_kind(lines, KINDS)
    plans = plans_of([*found["planstep"], *found["followon"]])
    named = {line.facts.get(name) for line in lines for name in _NAMING}
    named |= {share["organisation_id"] for line in found["pooldivision"] for share in line.facts["shares"]}
    named |= {stage.organisation_id for plan in plans for version in plan.versions for stage in version.stages}
    return Planned(
        plans=plans,
        procurement=found["procurement"],
        suppliers=found["supplier"],
        deliverables=found["deliverable"],
        strands=found["status"],
        hold_ups=found["holdup"],
        charges=found["charge"],
        divisions=found["pooldivision"],
        charts={one.delivery_id: drawn(_stages(one), clocks.as_at) for one in plans},
        named=sorted(one for one in named if one is not None),
    )


def _stages(plan: Plan) -> list[Stage]:
    """The stages of the present plan, and those for the time after the funding."""
    return [*plan.stages, *(one for filed in plan.follow_ons for one in filed.stages)]


_NAMING = ("organisation_id", "replaced_id", "payer_id", "payee_id")
