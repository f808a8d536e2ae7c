"""The page of a stream: its events in order, each with a link to its own page."""

from pages.frame.clocks import Clocks
from pages.frame.page import BadAddress, NotThere, Page, Sheet
from projections.audit import reading as audit
from projections.tables.paging import Connection, Window, count

LISTED = 100
PARAMETERS = ("after",)
_COLUMNS = ("version", "position", "recorded_at", "name", "effective", "amount", "currency", "actor", "authority",
            "command_id", "data")  # fmt: skip


async def stream_page(connection: Connection, clocks: Clocks, stream: str, asked: dict[str, str]) -> Page:
    """The events of *stream*, the first ones first. Raises NotThere and BadAddress."""
    after = asked.get("after", "").strip()
    if after and not (after.isascii() and after.isdigit() and len(after) <= 18):
        raise BadAddress(f'"{after[:20]}" is not a position of the log.')
    listing = audit.audit_list(stream=stream, up_to=clocks.position)
    of_all = await count(connection, listing)
    if not of_all:
        raise NotThere(f'There is no stream "{stream[:100]}", as it was known then.')
    window = Window(size=LISTED, after=(int(after),) if after else None)
    found = await audit.entries(connection, listing, window)
    return Page(
        template="record/stream.html",
        title=stream,
        section="audit",
        path=f"/streams/{stream}",
        trail=[("Audit", "/audit")],
        values={
            "events": found.lines,
            "count": of_all,
            "more": found.lines[-1].position if found.has_next else None,
        },
        sheet=Sheet(_COLUMNS, [tuple(getattr(one, name) for name in _COLUMNS) for one in found.lines]),
    )
