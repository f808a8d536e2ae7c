"""The list of discrepancies, by severity and status, with their age and the events that they concern."""

from pages.frame.clocks import Clocks
from pages.frame.listed import listed
from pages.frame.page import BadAddress, Page, Sheet
from projections.discrepancies import reading
from projections.discrepancies.catalogue import Severity
from projections.discrepancies.life import Status
from projections.discrepancies.reading import DiscrepancyLine
from projections.tables.paging import Connection

LISTED = 100
_COLUMNS = ("severity", "rule", "message", "label", "partnership", "status", "due", "first_seen", "because",
            "decided_by", "events")  # fmt: skip


async def discrepancies(connection: Connection, clocks: Clocks, asked: dict[str, str]) -> Page:
    """The discrepancies that the address asks for; those that are open unless it says otherwise. Raises BadAddress."""
    severity = _one_of("severity", asked, [one.value for one in Severity], "")
    status = _one_of("status", asked, [one.value.lower() for one in Status], "open")
    wanted = reading.Filter(severity=severity.upper() or None, states=[status.upper()] if status != "all" else None)
    listing = reading.listing(wanted, as_at=clocks.as_at, known=clocks.then)
    found = await listed(connection, DiscrepancyLine, listing, asked, LISTED)
    return Page(
        template="office/discrepancies.html",
        title="Discrepancies",
        section="discrepancies",
        path="/discrepancies",
        values={
            "severity": severity,
            "status": status,
            "severities": [one.value for one in Severity],
            "statuses": [*(one.value.lower() for one in Status), "all"],
            "listed": found,
        },
        sheet=Sheet(_COLUMNS, [tuple(getattr(one, name) for name in _COLUMNS) for one in found.lines]),
    )


def _one_of(name: str, asked: dict[str, str], known: list[str], usual: str) -> str:
    text = asked.get(name, "").strip().lower() or usual
    if text and text not in (*known, "all"):
        raise BadAddress(f'"{text[:40]}" is no {name}. Write one of: {", ".join(known)}.')
    return "" if text == "all" and name == "severity" else text
