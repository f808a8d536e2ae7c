"""The list of bank entries, by status, account, days and text: those to decide first, with how many candidates."""

from domain.bank.report import STATUSES
from pages.frame.clocks import Clocks, days_asked
from pages.frame.listed import DOWNLOAD, listed
from pages.frame.page import BadAddress, Page, Sheet
from projections.bank import reading
from projections.bank.candidates import proposals_by
from projections.bank.reading import EntryLine
from projections.tables.paging import Connection

LISTED = 100
ACCOUNT, FROM, TO = "account", "from", "to"
_COLUMNS = ("id", "booked", "account", "statement", "amount", "currency", "counterparty", "end_to_end", "reference",
            "remittance", "status", "because", "decided_by", "decided_at")  # fmt: skip


async def bank(connection: Connection, clocks: Clocks, asked: dict[str, str]) -> Page:
    """The bank entries that the address asks for; those to decide unless it says otherwise. Raises BadAddress."""
    status = asked.get("status", "").strip() or "unmatched"
    if status not in (*STATUSES, "all"):
        raise BadAddress(f'No bank entry is "{status[:40]}". Write one of: {", ".join(STATUSES)}.')
    accounts = await reading.accounts(connection)
    account, text = asked.get(ACCOUNT, "").strip(), asked.get("text", "").strip()
    if account and account not in {one.account for one in accounts}:
        raise BadAddress(f'There is no account "{account[:40]}".')
    first, last = days_asked(asked)
    wanted = reading.Filter(
        status=None if status == "all" else status,
        account=account or None,
        since=first,
        until=last,
        text=text or None,
    )
    found = await listed(connection, EntryLine, reading.listing(wanted, known=clocks.then), asked, LISTED)
    return Page(
        template="office/bank.html",
        title="Bank entries to decide" if status == "unmatched" else "Bank entries",
        section="bank",
        path="/bank",
        values={
            "status": status,
            "statuses": [*STATUSES, "all"],
            "account": account,
            "accounts": accounts,
            "days": {name: day.isoformat() if day else None for name, day in ((FROM, first), (TO, last))},
            "text": text,
            "listed": found,
            "candidates": await _candidates(connection, clocks, found.lines) if DOWNLOAD not in asked else {},
        },
        sheet=Sheet(_COLUMNS, [tuple(getattr(one, name) for name in _COLUMNS) for one in found.lines]),
    )


async def _candidates(connection: Connection, clocks: Clocks, lines: list[EntryLine]) -> dict[str, int]:
    """How many payments and repayments each entry to decide may be, by its id. Matching knows only the present."""
    waiting = [one.id for one in lines if one.status == "unmatched"]
    if clocks.then is not None or not waiting:
        return {}
    proposed = await proposals_by(connection, "entry_id", waiting)
    return {one.entry_id: len(one.proposals) + len(one.repayments) for one in proposed}
