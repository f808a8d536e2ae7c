"""The page of a payment: requested, approved, released and settled, by whom; and the form of its next step."""

from collections.abc import Callable, Mapping
from typing import Any

from domain import award as rules
from domain.history import Command
from domain.values.ids import AwardId
from pages.frame.clocks import Clocks
from pages.frame.fields import Field
from pages.frame.forms import Step
from pages.frame.page import NotThere, Page, Sheet
from pages.office.flags import flags_of
from pages.register.names import as_named
from projections import awards
from projections.audit import reading as audit
from projections.bank import reading as bank
from projections.bank.reading import EntryLine
from projections.parts.reading import PartLine, parts_by
from projections.register import reading as register
from projections.tables.paging import Connection

STATES = ("requested", "approved", "released", "settled", "reversed", "stated", "withdrawn")
# An event of the payment as a row of the file.
_COLUMNS = ("position", "name", "effective", "recorded_at", "actor", "authority")
# A match to a bank entry is a fact of the payment, whose name ends in the id of the entry.
_MATCHED = "matched "
_REASON = Field("because", "Reason")
_REFERENCE = Field("bank_reference", "Reference at the bank", required=False)


def _of_payment(kind: type[Any]) -> Callable[[Mapping[str, str], dict[str, Any]], Command]:
    """What makes a command of *kind* about the payment that the path names."""
    return lambda named, values: kind(award_id=AwardId(named["award_id"]), number=int(named["number"]), **values)


STEPS = {
    "approve": Step("Approve", _of_payment(rules.ApprovePayment), decides=True),
    "release": Step("Release", _of_payment(rules.ReleasePayment), (_REFERENCE,), decides=True),
    "reverse": Step("Take back", _of_payment(rules.ReversePayment), (_REASON,)),
}
# The steps that a payment in a state can take next.
NEXT = {"requested": ("approve", "reverse"), "approved": ("release", "reverse"), "released": ("reverse",)}


async def payment(connection: Connection, clocks: Clocks, award_id: str, number: str) -> Page:
    """The page of payment *number* of an award. Raises NotThere."""
    award, paid = await _find(connection, clocks, award_id, number)
    (place,) = await as_named(
        connection, await register.partnerships_by(connection, "id", [award.partnership_id]), clocks
    )
    payee_id = paid.facts.get("payee_id") or place.recorded_lead_id
    payees = await register.organisations_by(connection, "id", [payee_id]) if payee_id else []
    back = await parts_by(
        connection, "stream", [award.id], kind="moneyback", number=paid.number, as_at=clocks.as_at, known=clocks.then
    )
    events = sorted(await audit.events_at(connection, "position", paid.events), key=lambda one: one.position)
    return Page(
        template="office/payment.html",
        money_of=(award.id,),
        title=f"Payment {paid.number} of {award.reference}",
        section="payments",
        path=f"/payments/{award.id}/{paid.number}",
        trail=[(place.name, f"/partnerships/{place.code}"), (f"Award {award.reference}", f"/awards/{award.id}")],
        values={
            "award": award,
            "paid": paid,
            "payee": next(iter(await as_named(connection, payees, clocks)), None),
            "back": back,
            "entries": await _entries(connection, clocks, paid),
            "steps": [step for step in STATES if paid.facts.get(step)],
            "events": events,
            "flags": (await flags_of(connection, clocks, [paid]))[paid.id],
        },
        forms=tuple(STEPS[action].form(action, clocks.as_at) for action in NEXT.get(paid.status, ())),
        sheet=Sheet(_COLUMNS, [tuple(getattr(one, name) for name in _COLUMNS) for one in events]),
    )


async def _find(
    connection: Connection, clocks: Clocks, award_id: str, number: str
) -> tuple[awards.AwardLine, PartLine]:
    found = await awards.awards_by(connection, "id", [award_id])
    if found and number.isascii() and number.isdigit() and len(number) < 9:
        parts = await parts_by(
            connection, "stream", [award_id], kind="payment", number=int(number), as_at=clocks.as_at, known=clocks.then
        )
        if parts:
            return found[0], parts[0]
    raise NotThere(f"There is no payment {number[:20]} of the award {award_id[:80]}, as it was known then.")


async def _entries(connection: Connection, clocks: Clocks, paid: PartLine) -> list[EntryLine]:
    """The bank entries that the payment, or money of it that came back, is matched to."""
    ids = [name.removeprefix(_MATCHED) for name, on in paid.facts.items() if name.startswith(_MATCHED) and on]
    return await bank.entries_by(connection, "id", ids, known=clocks.then) if ids else []
