"""What an auditor looks at first in a payment: one person in two steps, a possible duplicate, dates out of order."""

from collections.abc import Sequence
from dataclasses import dataclass

from pages.frame.clocks import Clocks
from projections.discrepancies import reading as discrepancies
from projections.parts.reading import PartLine
from projections.tables.paging import Connection

# The rules of discrepancies that are about a payment, and what a list calls them.
RULES = {
    "duplicate_payments": "possible duplicate",
    "reference_of_two_payments": "bank reference of two",
    "dates_out_of_order": "dates out of order",
    "paid_before_acceptance": "before acceptance",
}
SAME_PERSON = "same person twice"


@dataclass(frozen=True, slots=True)
class Flag:
    """A flag of a payment: its *name* in a list, and the sentence that is *said* on the page of the payment."""

    name: str
    said: str


async def flags_of(connection: Connection, clocks: Clocks, payments: Sequence[PartLine]) -> dict[str, list[Flag]]:
    """The flags of each of *payments*, by its id. Discrepancies that are explained or closed are none."""
    flags = {paid.id: [*_same_person(paid)] for paid in payments}
    events = sorted({event for paid in payments for event in paid.events})
    about = await discrepancies.discrepancies_about(connection, events, [*RULES], as_at=clocks.as_at, known=clocks.then)
    for one in about:
        for paid in payments:
            if set(one.events) & set(paid.events):
                flags[paid.id].append(Flag(RULES[one.rule], one.message))
    return {payment: [*dict.fromkeys(found)] for payment, found in flags.items()}


def _same_person(paid: PartLine) -> list[Flag]:
    by: dict[str, list[str]] = {}
    for step in ("requested", "approved", "released"):
        actor = paid.facts.get(f"{step}_by")
        if actor:
            by.setdefault(str(actor), []).append(step)
    return [
        Flag(SAME_PERSON, f"{actor} {' and '.join(steps)} it. Three people should take these steps.")
        for actor, steps in by.items()
        if len(steps) > 1
    ]
