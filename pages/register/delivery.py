"""The way from late money to late delivery, for the page of a partnership."""

from pages.frame.clocks import Clocks
from projections.delays import delivery_chain, reading
from projections.delays.delivery_chain import Chain
from projections.register.reading import PartnershipLine
from projections.tables.paging import Connection


async def delivery(connection: Connection, line: PartnershipLine, clocks: Clocks) -> Chain | None:
    """The chain of a partnership from bid to delivery; None where none of its links is dated."""
    bids = await reading.bids_in(connection, "partnership_id", [line.id])
    steps = await reading.steps_by(connection, "bid_id", [one.bid_id for one in bids], known=clocks.then)
    of_bids = {one.bid_id: [step for step in steps if step.bid_id == one.bid_id] for one in bids}
    found = delivery_chain.chain(
        [step for of_bid in of_bids.values() for step in delivery_chain.steps_in(line.id, of_bid, clocks.as_at)],
        await reading.marks_by(connection, "partnership_id", [line.id], known=clocks.then),
        await reading.stated_by(connection, "partnership_id", [line.id], as_at=clocks.as_at, known=clocks.then),
        await reading.windows_by(connection, "kind", [line.kind], known=clocks.then),
        as_at=clocks.as_at,
    )
    return found if found.flags or any(link.on for link in found.links) else None
