"""The list of bank entries, by status: those to decide first."""

from domain.bank.report import STATUSES
from pages.frame.clocks import Clocks
from pages.frame.listed import listed
from pages.frame.page import BadAddress, Page, Sheet
from projections.bank import reading
from projections.bank.reading import EntryLine
from projections.tables.paging import Connection

LISTED = 100
_COLUMNS = ("booked", "account", "statement", "amount", "currency", "counterparty", "end_to_end", "reference",
            "remittance", "status", "because", "decided_by", "decided_at")  # fmt: skip


async def bank(connection: Connection, clocks: Clocks, asked: dict[str, str]) -> Page:
    """The bank entries that the address asks for; those to decide unless it says otherwise. Raises BadAddress."""
    status = asked.get("status", "").strip() or "unmatched"
    if status not in (*STATUSES, "all"):
        raise BadAddress(f'No bank entry is "{status[:40]}". Write one of: {", ".join(STATUSES)}.')
    listing = reading.listing(reading.Filter(status=None if status == "all" else status), known=clocks.then)
    found = await listed(connection, EntryLine, listing, asked, LISTED)
    return Page(
        template="office/bank.html",
        title="Bank entries to decide" if status == "unmatched" else "Bank entries",
        section="bank",
        path="/bank",
        values={
            "status": status,
            "statuses": [*STATUSES, "all"],
            "listed": found,
        },
        sheet=Sheet(_COLUMNS, [tuple(getattr(one, name) for name in _COLUMNS) for one in found.lines]),
    )
