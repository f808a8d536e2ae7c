"""The list of bank entries, by status: those to decide first."""

from domain.bank.report import STATUSES
from pages.clocks import Clocks
from pages.listed import listed
from pages.page import BadAddress, Page
from projections.bank import reading
from projections.bank.reading import EntryLine
from projections.tables.paging import Connection

LISTED = 100


async def bank(connection: Connection, clocks: Clocks, asked: dict[str, str]) -> Page:
    """The bank entries that the address asks for; those to decide unless it says otherwise. Raises BadAddress."""
    status = asked.get("status", "").strip() or "unmatched"
    if status not in (*STATUSES, "all"):
        raise BadAddress(f'No bank entry is "{status[:40]}". Write one of: {", ".join(STATUSES)}.')
    listing = reading.listing(reading.Filter(status=None if status == "all" else status), known=clocks.then)
    found = await listed(connection, EntryLine, listing, asked, LISTED)
    return Page(
        template="bank.html",
        title="Bank entries to decide" if status == "unmatched" else "Bank entries",
        section="bank",
        path="/bank",
        values={
            "status": status,
            "statuses": [*STATUSES, "all"],
            "listed": found,
        },
    )
