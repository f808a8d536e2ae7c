"""The audit log: every event in the order in which it was recorded, filtered."""

from pages.clocks import Clocks
from pages.page import BadAddress, Page
from projections.audit import reading as audit
from projections.register import reading as register
from projections.tables.paging import Connection, Window, count

LISTED = 100


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
    window = Window(size=LISTED, backwards=True, before=(int(before),) if before else None)
    found = await audit.entries(connection, listing, window)
    return Page(
        template="audit.html",
        title="Audit",
        section="audit",
        path="/audit",
        values={
            "events": found.lines[::-1],
            "count": await count(connection, listing),
            "more": found.lines[0].position if found.has_previous else None,
            "partnership": partnership,
            "actor": actor,
        },
    )
