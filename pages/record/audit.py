"""The audit log: every event in the order in which it was recorded, filtered."""

from typing import get_args

from domain.history import Event
from domain.values.day import end_of, start_of
from pages.frame.asked import thing_asked
from pages.frame.clocks import Clocks, days_asked
from pages.frame.listed import rows_of
from pages.frame.page import BadAddress, Page, Sheet
from projections.audit import reading as audit
from projections.tables.paging import Connection, Window, count

LISTED = 100
FROM, TO = "from", "to"
PARAMETERS = ("partnership", "award", "kind", "actor", FROM, TO, "before")
KINDS = sorted(kind.__name__ for kind in get_args(Event))
_COLUMNS = ("position", "recorded_at", "name", "effective", "amount", "currency", "actor", "authority", "stream",
            "command_id", "data")  # fmt: skip


async def audit_log(connection: Connection, clocks: Clocks, asked: dict[str, str]) -> Page:
    """The events that the address asks for, the last ones first. Raises BadAddress."""
    given = {name: asked.get(name, "").strip() for name in PARAMETERS}
    before, kind = given["before"], given["kind"]
    if before and not (before.isascii() and before.isdigit() and len(before) <= 18):
        raise BadAddress(f'"{before[:20]}" is not a position of the log.')
    if kind and kind not in KINDS:
        raise BadAddress(f'There is no kind of event "{kind[:80]}". A kind is written as PaymentReleased.')
    first, last = days_asked(given)
    listing = audit.audit_list(
        partnership_id=await thing_asked(connection, given, "partnership", "partnership"),
        stream=await thing_asked(connection, given, "award", "award"),
        names=[kind] if kind else None,
        actor=given["actor"] or None,
        recorded_from=start_of(first) if first else None,
        recorded_to=end_of(last) if last else None,
        up_to=clocks.position,
    )
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
            "given": given,
            "kept": {name: text or None for name, text in given.items() if name != "before"},
            "kinds": KINDS,
        },
        sheet=Sheet(_COLUMNS, [tuple(getattr(one, name) for name in _COLUMNS) for one in found.lines[::-1]]),
    )
