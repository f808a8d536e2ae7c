"""How long bids took: the median with its interval, the curve of those that wait, and the share within standard."""

from collections.abc import Sequence

from domain.values.waiting import Span
from pages.bids.waiting import places
from pages.drawing.survival import drawn
from pages.frame.clocks import Clocks
from pages.frame.page import BadAddress, Page, Sheet
from projections.delays.summary import Filter, by_group, observed, plain, summary, tallies
from projections.register import reading as register
from projections.tables.paging import Connection

MEASURE, BY = "measure", "by"
PERIODS = ("month", "quarter", "year", "financial_year")
PARAMETERS = (MEASURE, BY, "programme", "scheme", "funder")


async def how_long(connection: Connection, clocks: Clocks, asked: dict[str, str]) -> Page:
    """How long the submissions took that the address asks for. Raises BadAddress."""
    measure = Span(_one_of(asked, MEASURE, "measure", [span.value for span in Span], Span.TO_DECISION.value))
    period = _one_of(asked, BY, "period", PERIODS, "quarter")
    given = await places(connection, asked)
    found = await tallies(connection, Filter(**given), measure, period, as_at=clocks.as_at, known=clocks.then)
    of_all = summary("", found)
    groups = by_group(found)
    return Page(
        template="bids/how_long.html",
        title="How long bids took",
        section="bids",
        path="/bids/delays",
        trail=[("Bids", "/bids")],
        values={
            "measure": measure,
            "measures": list(Span),
            "period": period,
            "periods": PERIODS,
            "given": given,
            "programmes": await register.programmes(connection),
            "all": of_all,
            "groups": groups,
            "curve": drawn(observed(found), of_all.with_open),
        },
        sheet=Sheet(tuple(plain(of_all)), [tuple(plain(one).values()) for one in groups]),
    )


def _one_of(asked: dict[str, str], name: str, called: str, known: Sequence[str], usual: str) -> str:
    text = asked.get(name, "").strip() or usual
    if text not in known:
        raise BadAddress(f'There is no {called} "{text[:40]}". Write {name} as one of: {", ".join(known)}.')
    return text
