"""The page of the ranking of a round: its bids by their weighted scores, each total with the scores behind it."""

from pages.frame.clocks import Clocks
from pages.frame.page import NotThere, Page, Sheet
from pages.grants.round import places_of, round_called
from projections import bids as bids_of
from projections.bidding.ranking import ranking_of
from projections.tables.paging import Connection


async def ranking(connection: Connection, clocks: Clocks, code: str) -> Page:
    """The ranking of the round with this code or id. Raises NotThere."""
    line = await round_called(connection, code)
    if line.position > clocks.position:
        raise NotThere(f"There is no round {code[:80]}, as it was known then.")
    ranked = await ranking_of(connection, line, as_at=clocks.as_at, known=clocks.then)
    lines = {one.id: one for one in await bids_of.bids_by(connection, "id", [one.bid_id for one in ranked])}
    return Page(
        template="grants/ranking.html",
        title=f"Ranking of {line.name}",
        section="bids",
        path=f"/rounds/{line.code}/ranking",
        trail=[(line.name, f"/rounds/{line.code}")],
        values={
            "round": line,
            "ranked": ranked,
            "bids": lines,
            "places": await places_of(connection, list(lines.values()), clocks),
        },
        sheet=Sheet(
            ("rank", "bid", "title", "total", "criterion", "weight", "score", "points"),
            [
                (one.rank, lines[one.bid_id].reference, lines[one.bid_id].title, one.total, score.criterion,
                 score.weight, score.shown, score.points)
                for one in ranked
                for score in one.scores
            ],
        ),
    )  # fmt: skip
