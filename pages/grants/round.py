"""The page of a round: its budget and ring-fences, its criteria and dates, its bids and its awards."""

from collections.abc import Sequence

from pages.frame.clocks import Clocks
from pages.frame.listed import listed
from pages.frame.page import NotThere, Page, Sheet
from pages.money.ladder import ladders
from pages.register.happened import told
from pages.register.names import as_named
from projections import lists, rounds
from projections.awards import AwardLine
from projections.bids import BidLine
from projections.register import reading as register
from projections.register.reading import PartnershipLine
from projections.tables.paging import Connection, Window, count, page, totals

LISTED = 100


async def call(connection: Connection, clocks: Clocks, code: str, asked: dict[str, str]) -> Page:
    """The page of the round with this code or id. Raises NotThere, and BadAddress for a page that there is not."""
    line = await round_called(connection, code)
    if line.position > clocks.position:
        raise NotThere(f"There is no round {code[:80]}, as it was known then.")
    wanted = lists.Wanted(round=line.id, up_to=clocks.then)
    of_bids = lists.listing("bids", wanted, lists.RECORDED)
    of_awards = lists.listing("awards", wanted, lists.RECORDED)
    its_bids = await listed(connection, BidLine, of_bids, asked, LISTED)
    its_awards = (await page(connection, AwardLine, of_awards, Window(size=LISTED))).lines
    places = await places_of(connection, [*its_bids.lines, *its_awards], clocks)
    (scheme,) = await register.schemes_by(connection, "id", [line.scheme_id])
    (programme,) = await register.programmes_by(connection, "id", [scheme.programme_id])
    return Page(
        template="grants/round.html",
        title=line.name,
        section="home",
        path=f"/rounds/{line.code}",
        trail=[(programme.name, f"/programmes/{programme.code}"), (scheme.name, f"/schemes/{scheme.code}")],
        values={
            "round": line,
            "told": await told(connection, clocks, line.id, f"/rounds/{line.code}"),
            "ladders": await ladders(connection, "round_id", line.id, clocks),
            "fences": await rounds.ring_fences_by(
                connection, "round_id", [line.id], as_at=clocks.as_at, known=clocks.then
            ),
            "listed": its_bids,
            "totals": await totals(connection, of_bids),
            "awards": its_awards,
            "awards_count": await count(connection, of_awards),
            "awarded": await totals(connection, of_awards),
            "places": places,
        },
        sheet=Sheet(
            ("bid", "title", "partnership", "status", "requested", "approved", "currency", "submitted", "decided"),
            [
                (one.reference, one.title, places[one.partnership_id].code, one.status, one.requested, one.approved,
                 one.currency, one.submitted, one.decided)
                for one in its_bids.lines
            ],
        ),
    )  # fmt: skip


async def round_called(connection: Connection, code: str) -> rounds.RoundLine:
    """The round with this code or id. Raises NotThere, with the codes that are like it."""
    for column in ("code", "id"):
        found = await rounds.rounds_by(connection, column, [code])
        if found:
            return found[0]
    near = await register.codes_like(connection, "round", code[:40])
    hint = f" Codes that are like it: {', '.join(near)}." if near else ""
    raise NotThere(f"There is no round {code[:80]}.{hint}")


async def places_of(
    connection: Connection, lines: Sequence[AwardLine | BidLine], clocks: Clocks
) -> dict[str, PartnershipLine]:
    """The partnerships of awards and bids, with the names that they had."""
    found = await register.partnerships_by(connection, "id", [one.partnership_id for one in lines])
    return {one.id: one for one in await as_named(connection, found, clocks)}
