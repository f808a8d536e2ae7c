"""The page of a certificate: its wording and figures as they were certified, and what has changed since."""

from datetime import date

from domain.values.when import When
from pages.frame.clocks import Clocks
from pages.frame.page import NotThere, Page, Sheet
from pages.money.ladder import award_called
from projections.audit.reading import events_at
from projections.money.certified import since_certified
from projections.parts.reading import parts_by
from projections.tables.paging import Connection


async def certificate(connection: Connection, clocks: Clocks, award_id: str, number: str) -> Page:
    """The certificate with this number of an award. Raises NotThere."""
    line = await award_called(connection, award_id)
    wanted = int(number) if number.isascii() and number.isdigit() and len(number) < 10 else 0
    found = await parts_by(
        connection, "stream", [line.id], kind="certificate", number=wanted, as_at=clocks.as_at, known=clocks.then
    )
    if not found:
        raise NotThere(f"There is no certificate {number[:20]} of award {line.reference}, as it was known then.")
    (one,) = found
    since = await since_certified(
        connection, line.id, line.currency, one.position, When(one.facts["as_at"]).latest or date.max,
        day=clocks.as_at, known=clocks.position,
    )  # fmt: skip
    events = await events_at(connection, "position", sorted({at for change in since for at in change.positions}))
    return Page(
        template="grants/certificate.html",
        money_of=(line.id,),
        title=f"Certificate {one.number} of award {line.reference}",
        section="partnerships",
        path=f"/awards/{line.id}/certificates/{one.number}",
        trail=[(f"Award {line.reference}", f"/awards/{line.id}")],
        values={
            "certificate": one,
            "award": line,
            "changes": {change.figure: change for change in since},
            "events": {event.position: event for event in events},
        },
        sheet=Sheet(
            ("figure", "amount", "currency"),
            [(figure["figure"], figure["amount"]["amount"], figure["amount"]["currency"])
             for figure in one.facts["figures"]],
        ),
    )  # fmt: skip
