"""The list of partnerships, searched by name and code, each with what was awarded and paid."""

from pages.frame.clocks import Clocks
from pages.frame.listed import listed
from pages.frame.page import Page
from pages.money.ladder import Ladder, ladders, sheet_of
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
    its_ladders = await by_scope(connection, "partnership_id", [one.id for one in found.lines], clocks)
    return Page(
        template="register/partnerships.html",
        title="Partnerships",
        section="partnerships",
        path="/partnerships",
        values={
            "text": text,
            "listed": found,
            "found": [(one, schemes[one.scheme_id]) for one in found.lines],
            "ladders": its_ladders,
        },
        sheet=sheet_of([(one.code, one.name, its_ladders[one.id]) for one in found.lines]),
    )


async def by_scope(connection: Connection, column: str, ids: list[str], clocks: Clocks) -> dict[str, list[Ladder]]:
    """The ladders of each scope, of its own currency first."""
    found: dict[str, list[Ladder]] = {its_id: [] for its_id in ids}
    for ladder in await ladders(connection, column, ids, clocks):
        found[ladder.scope].append(ladder)
    return found
