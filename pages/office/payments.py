"""The list of payments, by state and text, each with who took which step."""

from pages.frame.clocks import Clocks
from pages.frame.listed import listed
from pages.frame.page import BadAddress, Page, Sheet
from projections import awards, lists
from projections.parts.reading import PartLine
from projections.register import reading as register
from projections.tables.paging import Connection, totals

LISTED = 100
_STEPS = ("requested", "approved", "released")
_COLUMNS = (*(name for step in _STEPS for name in (step, f"{step}_by")), "settled", "reversed", "bank_reference")
STATES = ("requested", "approved", "released", "settled", "reversed", "stated")


async def payments(connection: Connection, clocks: Clocks, asked: dict[str, str]) -> Page:
    """The payments that the address asks for, the last recorded first. Raises BadAddress for another state."""
    state, text = asked.get("state", "").strip(), asked.get("text", "").strip()
    if state and state not in STATES:
        raise BadAddress(f'There are no payments that are "{state[:40]}". A payment is {", ".join(STATES)}.')
    wanted = lists.Wanted(states=[state] if state else None, text=text or None, up_to=clocks.then)
    listing = lists.listing("payments", wanted, lists.RECORDED, descending=True)
    found = await listed(connection, PartLine, listing, asked, LISTED)
    their_awards = {
        one.id: one for one in await awards.awards_by(connection, "id", [one.stream for one in found.lines])
    }
    places = {
        one.id: one
        for one in await register.partnerships_by(
            connection, "id", [one.partnership_id for one in their_awards.values()]
        )
    }
    found_awards = [
        (one, their_awards[one.stream], places[their_awards[one.stream].partnership_id]) for one in found.lines
    ]
    return Page(
        template="office/payments.html",
        title="Payments",
        section="payments",
        path="/payments",
        values={
            "state": state,
            "text": text,
            "states": STATES,
            "listed": found,
            "totals": await totals(connection, listing),
            "found": found_awards,
        },
        sheet=Sheet(
            ("award", "payment", "partnership", "amount", "currency", "state", *_COLUMNS),
            [
                (
                    award.reference,
                    one.number,
                    place.code,
                    one.amount,
                    one.currency,
                    one.status,
                    *(one.facts.get(name) for name in _COLUMNS),
                )
                for one, award, place in found_awards
            ],
        ),
    )
