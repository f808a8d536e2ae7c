"""The plans of a partnership for its page: stages, suppliers, what is owed, traffic lights and hold-ups."""

from dataclasses import dataclass

from pages.frame.clocks import Clocks
from projections.parts.plans import Plan, plans_of
from projections.parts.reading import PartLine, parts_by
from projections.register import reading as register
from projections.tables.paging import Connection

KINDS = ("planstep", "followon", "procurement", "supplier", "deliverable", "status", "holdup")


@dataclass(frozen=True, slots=True)
class Planned:
    """What a partnership planned and what became of it. *codes* are those of the organisations named, by id."""

    plans: list[Plan]
    procurement: list[PartLine]
    suppliers: list[PartLine]
    deliverables: list[PartLine]
    strands: list[PartLine]
    hold_ups: list[PartLine]
    codes: dict[str, tuple[str, str]]

    @property
    def is_empty(self) -> bool:
        return not (self.plans or self.suppliers)


async def planned(connection: Connection, partnership_id: str, clocks: Clocks) -> Planned:
    """What is known of the plans of a partnership, as at the day and as known at the position of *clocks*."""
    found = {
        kind: await parts_by(
            connection, "partnership_id", [partnership_id], kind=kind, as_at=clocks.as_at, known=clocks.then
        )
        for kind in KINDS
    }
    plans = plans_of(found["planstep"], found["followon"])
    named = {line.facts.get(name) for lines in found.values() for line in lines for name in _NAMING}
    named |= {stage.organisation_id for plan in plans for version in plan.versions for stage in version.stages}
    ids = sorted(one for one in named if one is not None)
    organisations = await register.organisations_by(connection, "id", ids) if ids else []
    return Planned(
        plans=plans,
        procurement=found["procurement"],
        suppliers=found["supplier"],
        deliverables=found["deliverable"],
        strands=found["status"],
        hold_ups=found["holdup"],
        codes={one.id: (one.code, one.name) for one in organisations},
    )


_NAMING = ("organisation_id", "replaced_id")
