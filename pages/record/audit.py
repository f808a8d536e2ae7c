"""The audit log: every event in the order in which it was recorded, filtered."""

from pages.frame.clocks import Clocks
from pages.frame.listed import rows_of
from pages.frame.page import BadAddress, Page, Sheet
from projections.audit import reading as audit
from projections.register import reading as register
from projections.tables.paging import Connection, Window, count

LISTED = 100
_COLUMNS = ("position", "recorded_at", "name", "effective", "amount", "currency", "actor", "authority", "stream",
            "command_id", "data")  # fmt: skip


async def audit_log(connection: Connection, clocks: Clocks, asked: dict[str, str]) -> Page:
    """The events that the address asks for, the last ones first. Raises BadAddress."""
    partnership = asked.get("partnership", "").strip()
    ids = [one.id for one in await register.things_by(connection, "name", [partnership], kind="partnership")]
    if partnership and not ids:
        raise BadAddress(f'There is no partnership "{partnership[:80]}".')
    actor, before = asked.get("actor", "").strip(), asked.get("before", "")
    if before and not (before.isascii() and before.isdigit() and len(before) <= 18):
        raise BadAddress(f'"{before[:20]}" is not a position of the log.')
    listing = audit.audit_list(
        partnership_id=ids[0] if ids else None, actor=actor or None, up_to=clocks.position,
    )  # fmt: skip
    of_all = await count(connection, listing)
    size = rows_of(asked, of_all, LISTED)
    window = Window(size=size, backwards=True, before=(int(before),) if before else None)
    found = await audit.entries(connection, listing, window)
    return Page(
        template="record/audit.html",
        title="Audit",
        section="audit",
        path="/audit",
        values={
            "events": found.lines[::-1],
            "count": of_all,
            "more": found.lines[0].position if found.has_previous else None,
            "partnership": partnership,
            "actor": actor,
        },
        sheet=Sheet(_COLUMNS, [tuple(getattr(one, name) for name in _COLUMNS) for one in found.lines[::-1]]),
    )
