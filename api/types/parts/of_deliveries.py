"""The parts of deliveries: procurements, suppliers, deliverables, traffic lights and hold-ups."""

from enum import Enum
from typing import Any

import strawberry

from api.answering.shapes import written
from api.context import Info
from api.contract.enums import enum_of
from api.contract.errors import visible
from api.contract.values import When
from api.contract.words import CLOCKS
from api.types.parts.declared import OrganisationType, Part, fact, of_stream, organisation_in, organisation_named, state
from domain.delivery import HoldUpCause, HoldUpStage, ProcurementStage, TrafficLight


@written("parts", supplier=organisation_in("organisation_id"))
@strawberry.type(description="A step of a procurement, from the specification to the contract. begun is its day.")
class ProcurementStep(Part):
    step: enum_of(ProcurementStage) = state(enum_of(ProcurementStage), "Which step it is.")  # type: ignore[valid-type]
    text: str = fact(
        str, "text", "What the step says: the brief, where it was advertised, how the supplier was selected, the terms."
    )
    steer: str | None = fact(str | None, "steer", "Who steered the choice towards a provider, and how. null if nobody.")

    @strawberry.field(description="The supplier that was selected. null before one was.")
    async def supplier(self, info: Info) -> OrganisationType | None:
        return await organisation_named(info, self.facts.get("organisation_id"))


@strawberry.enum(description="How a supplier came to the work.")
class SupplierState(Enum):
    APPOINTED = "appointed"
    ENGAGED = "engaged"
    REPLACING = "replacing"


@written("parts", organisation=organisation_in("organisation_id"), replaced=organisation_in("replaced_id"))
@strawberry.type(description="A supplier of the work of a partnership, since the day begun. Each change is kept.")
class Supplier(Part):
    state: SupplierState = state(SupplierState, "How it came to the work. REPLACING: in the place of another one.")
    work: str = fact(str, "work", "What it is engaged for.")
    brief: str | None = fact(str | None, "brief", "What it was asked to do. null if not stated.")
    selection: str | None = fact(str | None, "selection", "How it was selected. null if not stated.")
    steer: str | None = fact(str | None, "steer", "Who steered the choice towards a provider, and how. null if nobody.")
    because: str | None = fact(str | None, "because", "Why it replaced another one. null if it did not.")

    @strawberry.field(description="The supplier. null where a source does not name it.")
    async def organisation(self, info: Info) -> OrganisationType | None:
        return await organisation_named(info, self.facts.get("organisation_id"))

    @strawberry.field(description="The supplier that it replaced. null if it replaced none, or all of them.")
    async def replaced(self, info: Info) -> OrganisationType | None:
        return await organisation_named(info, self.facts.get("replaced_id"))


@strawberry.enum(description="Whether a deliverable was accepted.")
class DeliverableState(Enum):
    AGREED = "agreed"
    ACCEPTED = "accepted"
    REJECTED = "rejected"


@written("parts", supplier=organisation_in("organisation_id"))
@strawberry.type(description="What a supplier is to hand over.")
class Deliverable(Part):
    state: DeliverableState = state(DeliverableState, "Its state. AGREED: it is still to come.")
    text: str = fact(str, "text", "What it is.")
    due: When = fact(When, "due", "The last day for it.")
    decided: When | None = fact(When | None, "decided", "When it was last accepted or rejected. null if it was not.")
    decided_by: str | None = fact(str | None, "decided_by", "Who accepted or rejected it.")
    because: str | None = fact(str | None, "decided_because", "Why it was rejected. null where nobody said.")

    @strawberry.field(description="The supplier that owes it.")
    async def supplier(self, info: Info) -> OrganisationType:
        return visible(await organisation_named(info, self.facts["organisation_id"]), "organisation")


@strawberry.type(description="How a strand of the work goes, since the day begun. The last report of a strand counts.")
class StrandStatus(Part):
    strand: str = fact(str, "strand", "The part of the work.")
    light: enum_of(TrafficLight) = state(enum_of(TrafficLight), "Its traffic light.")  # type: ignore[valid-type]
    because: str = fact(str, "because", "Why it has this light.")


@strawberry.enum(description="Whether the work still stands still.")
class HoldUpState(Enum):
    OPEN = "open"
    ENDED = "ended"


@strawberry.type(description="A time in which the work stands still, since the day begun.")
class HoldUp(Part):
    state: HoldUpState = state(HoldUpState, "Its state.")
    stage = fact(enum_of(HoldUpStage), "stage", "Where between knowing and doing the work stands still.")
    cause = fact(enum_of(HoldUpCause), "cause", "What causes it.")
    because: str = fact(str, "because", "More of the cause, in words.")
    ended: When | None = fact(When | None, "ended", "When the work went on. null while it stands still.")
    ended_because: str | None = fact(str | None, "ended_because", "What ended it.")


def of_partnership(of: type[Part], kind: str, description: str) -> Any:
    """The field for the parts of a *kind* of the deliveries of the partnership in the row ``p``."""
    return of_stream(of, kind, "p", f"{description}, {CLOCKS}", column="partnership_id")


PROCUREMENT: Any = of_partnership(ProcurementStep, "procurement", "The steps of its procurements")
SUPPLIERS: Any = of_partnership(Supplier, "supplier", "The suppliers of its work, each as it was engaged")
DELIVERABLES: Any = of_partnership(Deliverable, "deliverable", "What its suppliers are to hand over")
STRANDS: Any = of_partnership(StrandStatus, "status", "Every report on a strand of its work, as recorded")
HOLD_UPS: Any = of_partnership(HoldUp, "holdup", "When and why its work stood still")
