"""The list of partnerships, searched by name and code, each with what was awarded and paid."""

from pages.clocks import Clocks
from pages.listed import listed
from pages.money import Ladder, ladders
from pages.page import Page
from projections import lists
from projections.register import reading as register
from projections.register.reading import PartnershipLine
from projections.tables.paging import Connection

LISTED = 50


async def partnerships(connection: Connection, clocks: Clocks, asked: dict[str, str]) -> Page:
    """The partnerships whose name or code has the text that the address asks for. Raises BadAddress."""
    text = asked.get("text", "").strip()
    listing = lists.listing("partnerships", lists.Wanted(text=text or None), lists.NAME)
    found = await listed(connection, PartnershipLine, listing, asked, LISTED)
    schemes = {
        one.id: one for one in await register.schemes_by(connection, "id", [one.scheme_id for one in found.lines])
    }
    return Page(
        template="partnerships.html",
        title="Partnerships",
        section="partnerships",
        path="/partnerships",
        values={
            "text": text,
            "listed": found,
            "found": [(one, schemes[one.scheme_id]) for one in found.lines],
            "ladders": await by_scope(connection, "partnership_id", [one.id for one in found.lines], clocks),
        },
    )


async def by_scope(connection: Connection, column: str, ids: list[str], clocks: Clocks) -> dict[str, list[Ladder]]:
    """The ladders of each scope, of its own currency first."""
    found: dict[str, list[Ladder]] = {its_id: [] for its_id in ids}
    for ladder in await ladders(connection, column, ids, clocks):
        found[ladder.scope].append(ladder)
    return found
