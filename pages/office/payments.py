"""The list of payments with its filters, each with who took which step, and with what an auditor looks at first."""

from collections.abc import Sequence
from dataclasses import dataclass

from pages.frame.asked import amount_asked, one_of, thing_asked
from pages.frame.clocks import Clocks, days_asked
from pages.frame.listed import listed
from pages.frame.page import BadAddress, Page, Sheet
from pages.office.flags import Flag, flags_of
from pages.register.names import as_named
from projections import awards, lists
from projections.awards import AwardLine
from projections.parts.reading import PartLine
from projections.register import reading as register
from projections.register.reading import OrganisationLine, PartnershipLine
from projections.tables.paging import Connection, totals

LISTED = 100
_STEPS = ("requested", "approved", "released")
_COLUMNS = (*(name for step in _STEPS for name in (step, f"{step}_by")), "settled", "reversed", "bank_reference")
# What stands for a fact that was not recorded: a register states payments, and a bank may give its own reference.
_OTHERWISE = {"released": "stated", "bank_reference": "settled_reference"}
STATES = ("requested", "approved", "released", "settled", "reversed", "stated", "withdrawn")
# The parameters of the address that choose payments.
FILTERS = ("state", "text", "award", "payee", "actor", "amount-from", "amount-to", "from", "to")


@dataclass(frozen=True, slots=True)
class Listed:
    """A payment with its award, its partnership, who is paid, and its flags."""

    paid: PartLine
    award: AwardLine
    partnership: PartnershipLine
    payee: OrganisationLine | None
    flags: list[Flag]


async def payments(connection: Connection, clocks: Clocks, asked: dict[str, str]) -> Page:
    """The payments that the address asks for, the last recorded first. Raises BadAddress."""
    given = {name: asked[name].strip() for name in FILTERS if asked.get(name, "").strip()}
    listing = lists.listing("payments", await _wanted(connection, clocks, given), lists.RECORDED, descending=True)
    found = await listed(connection, PartLine, listing, asked, LISTED)
    rows = await _rows(connection, clocks, found.lines)
    return Page(
        template="office/payments.html",
        title="Payments",
        section="payments",
        path="/payments",
        values={
            "given": given,
            "states": STATES,
            "listed": found,
            "totals": await totals(connection, listing),
            "found": rows,
        },
        sheet=Sheet(
            ("award", "payment", "partnership", "payee", "amount", "currency", "state", *_COLUMNS, "flags"),
            [
                (
                    one.award.reference,
                    one.paid.number,
                    one.partnership.code,
                    one.payee.code if one.payee else None,
                    one.paid.amount,
                    one.paid.currency,
                    one.paid.status,
                    *(one.paid.facts.get(name) or one.paid.facts.get(_OTHERWISE.get(name, "")) for name in _COLUMNS),
                    "; ".join(flag.name for flag in one.flags),
                )
                for one in rows
            ],
        ),
    )


async def _wanted(connection: Connection, clocks: Clocks, given: dict[str, str]) -> lists.Wanted:
    """The filter that the address gives. Raises BadAddress."""
    state = one_of(given, "state", STATES, "state of a payment")
    reference = given.get("award")
    first, last = days_asked(given)
    if reference is not None and not await awards.awards_by(connection, "reference", [reference]):
        raise BadAddress(f'There is no award "{reference[:80]}". Write its whole reference.')
    return lists.Wanted(
        states=[state] if state else None,
        text=given.get("text"),
        code=reference,
        payee=await thing_asked(connection, given, "payee", "organisation"),
        actor=given.get("actor"),
        amount_from=amount_asked(given, "amount-from"),
        amount_to=amount_asked(given, "amount-to"),
        first=first,
        last=last,
        up_to=clocks.then,
        one_on=clocks.as_at,
    )


async def _rows(connection: Connection, clocks: Clocks, lines: Sequence[PartLine]) -> list[Listed]:
    """Payments with what is shown beside them, with the names that it had."""
    of = {one.id: one for one in await awards.awards_by(connection, "id", [one.stream for one in lines])}
    found = await register.partnerships_by(connection, "id", [one.partnership_id for one in of.values()])
    places = {one.id: one for one in await as_named(connection, found, clocks)}
    leads = {one: places[award.partnership_id].recorded_lead_id for one, award in of.items()}
    paid_to = {one.id: one.facts.get("payee_id") or leads[one.stream] for one in lines}
    bodies = await register.organisations_by(connection, "id", [one for one in paid_to.values() if one])
    payees = {one.id: one for one in await as_named(connection, bodies, clocks)}
    flags = await flags_of(connection, clocks, lines)
    return [
        Listed(
            one,
            of[one.stream],
            places[of[one.stream].partnership_id],
            payees.get(paid_to[one.id] or ""),
            flags[one.id],
        )
        for one in lines
    ]
