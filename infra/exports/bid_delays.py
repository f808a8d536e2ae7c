"""How long each submission of a bid took or has waited: for the export ``delays`` and for the terminal."""

from collections.abc import AsyncGenerator
from dataclasses import dataclass
from datetime import date

from domain.values.waiting import Span
from projections import bids
from projections.delays.summary import Filter, delays_page, listing
from projections.delays.waiting_now import Clock, clock_of, status_of, timed_of
from projections.register import reading as register
from projections.tables.paging import Connection, Window
from projections.whole_lists import Row

PAGE = 500


@dataclass(frozen=True, slots=True)
class BidDelay:
    """A submission (attempt) of a bid, with the codes of its *partnership* and *funder*, and its *clock*."""

    reference: str
    partnership: str
    funder: str | None
    status: str
    clock: Clock


async def bid_delays(connection: Connection, wanted: Filter, day: date, known: int) -> AsyncGenerator[BidDelay, None]:
    """The attempts of bids that match *wanted*, as at *day* and as known at position *known*. Read in pages."""
    listed = listing(wanted, as_at=day, known=known)
    window = Window(size=PAGE)
    while True:
        page = await delays_page(connection, listed, window)
        ids = list(dict.fromkeys(line.bid_id for line in page.lines))
        lines = {line.id: line for line in await bids.bids_by(connection, "id", ids)}
        named = await register.partnerships_by(connection, "id", list({line.partnership_id for line in page.lines}))
        codes = {line.id: line.code for line in named}
        funder_ids = list({line.funder_id for line in page.lines if line.funder_id is not None})
        funders = {line.id: line.code for line in await register.organisations_by(connection, "id", funder_ids)}
        spans, steps = await timed_of(connection, ids, as_at=day, known=known)
        for one in page.lines:
            clock = clock_of(spans[one.bid_id], steps[one.bid_id], day, one.attempt)
            status = status_of(steps[one.bid_id], day)
            yield BidDelay(
                reference=lines[one.bid_id].reference,
                partnership=codes.get(one.partnership_id, ""),
                funder=funders.get(one.funder_id or ""),
                status=status,
                clock=clock,
            )
        if not page.has_next:
            return
        last = page.lines[-1]
        window = Window(size=PAGE, after=(last.sorts_on, last.bid_id, last.attempt))


def plain_bid(one: BidDelay) -> Row:
    """An attempt of a bid as a row of the export. Durations are in calendar days and in working days."""
    clock = one.clock
    days, working = clock.took(Span.TO_DECISION, "days"), clock.took(Span.TO_DECISION, "working")
    running = clock.running
    return {
        "reference": one.reference,
        "attempt": clock.attempt,
        "partnership": one.partnership,
        "funder": one.funder,
        "status": one.status,
        "submitted": clock.dates["submitted"],
        "decided": clock.dates["decided"],
        "days_min": days.min if days else None,
        "days_max": days.max if days else None,
        "working_days_min": working.min if working else None,
        "working_days_max": working.max if working else None,
        "open_days": clock.open_days,
        "waiting_for": running.line.span if running else None,
        "waiting_on": running.line.owner if running else None,
        "next_deadline": clock.next_deadline.isoformat() if clock.next_deadline else None,
        "standing": clock.standing.value if clock.standing else None,
    }
