"""The page of a payment: requested, approved, released and settled, by whom; and the form of its next step."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from domain import award as rules
from domain.history import Command
from domain.values.ids import AwardId
from pages.clocks import Clocks
from pages.forms import Field, Form, form_of
from pages.page import NotThere, Page
from projections import awards
from projections.audit import reading as audit
from projections.parts.reading import PartLine, parts_by
from projections.register import reading as register
from projections.tables.paging import Connection

STEPS = ("requested", "approved", "released", "settled", "reversed", "stated")
_REASON = Field("because", "Reason", hint="It is kept with what is recorded.")
_REFERENCE = Field("bank_reference", "Reference at the bank", required=False)
# The steps that a payment in a state can take next: the title of the form, its command, and its own fields.
NEXT: dict[str, dict[str, tuple[str, type[Any], tuple[Field, ...]]]] = {
    "requested": {
        "approve": ("Approve", rules.ApprovePayment, ()),
        "reverse": ("Take back", rules.ReversePayment, (_REASON,)),
    },
    "approved": {
        "release": ("Release", rules.ReleasePayment, (_REFERENCE,)),
        "reverse": ("Take back", rules.ReversePayment, (_REASON,)),
    },
    "released": {"reverse": ("Take back", rules.ReversePayment, (_REASON,))},
}


async def payment(connection: Connection, clocks: Clocks, award_id: str, number: str, form: Form | None = None) -> Page:
    """The page of payment *number* of an award. *form* is one that was refused. Raises NotThere."""
    award, paid = await _find(connection, clocks, award_id, number)
    (place,) = await register.partnerships_by(connection, "id", [award.partnership_id])
    forms = forms_of(paid, clocks) if clocks.is_present else []
    if form is not None:
        # Somebody else may have taken the step meanwhile: the refusal is shown all the same.
        forms = [form, *(one for one in forms if one.action != form.action)]
    return Page(
        template="payment.html",
        title=f"Payment {paid.number} of {award.reference}",
        section="payments",
        path=f"/payments/{award.id}/{paid.number}",
        trail=[(place.name, f"/partnerships/{place.code}"), ("Payments", "/payments")],
        values={
            "award": award,
            "paid": paid,
            "steps": [step for step in STEPS if paid.facts.get(step)],
            "events": await audit.events_at(connection, "position", paid.events),
            "forms": forms,
            "flags": flags_of(paid),
        },
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


def forms_of(paid: PartLine, clocks: Clocks) -> list[Form]:
    """A form for each step that the payment can take next."""
    steps = NEXT.get(paid.status, {})
    return [form_of(action, title, *fields, day=clocks.as_at) for action, (title, _, fields) in steps.items()]


def command_of(action: str, award_id: str, number: str) -> Callable[[dict[str, Any]], Command]:
    """What makes the command of *action* from the values of its form."""
    kind = next(steps[action][1] for steps in NEXT.values() if action in steps)
    return lambda values: kind(award_id=AwardId(award_id), number=int(number), **values)


def form_for(action: str, clocks: Clocks) -> Form:
    """An empty form for *action*. Raises NotThere for an action that there is not."""
    for steps in NEXT.values():
        if action in steps:
            title, _, fields = steps[action]
            return replace(form_of(action, title, *fields, day=clocks.as_at), command_id="")
    raise NotThere("A payment has no such step.")


def flags_of(paid: PartLine) -> list[str]:
    """What an auditor looks at first: one person in two steps, and steps out of order."""
    by: dict[str, list[str]] = {}
    for step in ("requested", "approved", "released"):
        actor = paid.facts.get(f"{step}_by")
        if actor:
            by.setdefault(str(actor), []).append(step)
    return [f"{actor} {' and '.join(steps)} it." for actor, steps in by.items() if len(steps) > 1]
