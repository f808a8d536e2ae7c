"""The list of discrepancies, by severity and status, with their age and the events that they concern."""

from pages.clocks import Clocks
from pages.page import BadAddress, Page
from pages.partnership import page_asked
from projections.discrepancies import reading
from projections.discrepancies.catalogue import Severity
from projections.discrepancies.life import Status
from projections.tables.paging import Connection, Window, count

LISTED = 100


async def discrepancies(connection: Connection, clocks: Clocks, asked: dict[str, str]) -> Page:
    """The discrepancies that the address asks for; those that are open unless it says otherwise. Raises BadAddress."""
    severity = _one_of("severity", asked, [one.value for one in Severity], "")
    status = _one_of("status", asked, [one.value.lower() for one in Status], "open")
    wanted = reading.Filter(severity=severity.upper() or None, states=[status.upper()] if status != "all" else None)
    listing = reading.listing(wanted, as_at=clocks.as_at, known=clocks.then)
    of_all = await count(connection, listing)
    pages = max(1, -(-of_all // LISTED))
    number = page_asked(asked, pages)
    found = (await reading.discrepancies_page(connection, listing, Window(size=number * LISTED))).lines
    return Page(
        template="discrepancies.html",
        title="Discrepancies",
        section="discrepancies",
        path="/discrepancies",
        values={
            "severity": severity,
            "status": status,
            "severities": [one.value for one in Severity],
            "statuses": [*(one.value.lower() for one in Status), "all"],
            "count": of_all,
            "number": number,
            "pages": pages,
            "found": found[(number - 1) * LISTED :],
        },
    )


def _one_of(name: str, asked: dict[str, str], known: list[str], usual: str) -> str:
    text = asked.get(name, "").strip().lower() or usual
    if text and text not in (*known, "all"):
        raise BadAddress(f'"{text[:40]}" is no {name}. Write one of: {", ".join(known)}.')
    return "" if text == "all" and name == "severity" else text
