"""Events for what is new in a register's statement of the bid for a grant."""

from collections.abc import Iterator, Sequence
from functools import reduce

from domain import bid
from domain.editions.sums import restated
from domain.stated_grant import GrantIds, StatedGrant
from domain.values.fact import Fact
from domain.values.frozen import frozen, replace
from domain.values.ids import PartnershipId
from domain.values.money import Money
from domain.values.when import UNKNOWN, When


@frozen
class StatedRequest:
    """What a register states about a bid: the amount requested, the date, and the partnership."""

    partnership_id: PartnershipId
    requested: Money | None
    on: When


def _evolve_request(before: StatedRequest | None, event: Fact) -> StatedRequest | None:
    match event:
        case bid.BidStated():
            return StatedRequest(partnership_id=event.partnership_id, requested=event.requested, on=event.on)
        case bid.BidRestated() if before is not None:
            return replace(before, requested=event.requested, on=event.on)
        case bid.BidReassigned() if before is not None:
            return replace(before, partnership_id=event.partnership_id)
    return before


def bid_events(history: Sequence[Fact], grant: StatedGrant, ids: GrantIds) -> Iterator[bid.Event]:
    before = reduce(_evolve_request, history, None)
    after = StatedRequest(partnership_id=ids.partnership_id, requested=grant.requested, on=grant.requested_on)
    if before is None:
        if grant.states_a_bid:
            yield bid.BidStated(
                partnership_id=ids.partnership_id,
                reference=grant.identifier,
                title=grant.title,
                kind="application",
                requested=grant.requested,
                organisation_id=ids.organisations[grant.recipients[0].code],
                on=grant.requested_on,
                source=grant.source,
            )
        return
    if before == after:
        return
    moved = before.partnership_id != after.partnership_id
    for step in restated(before.requested, before.on, after.requested, after.on, apart=moved):
        if moved and not step.goes:
            yield bid.BidReassigned(
                partnership_id=after.partnership_id, before=before.partnership_id, on=UNKNOWN, source=grant.source
            )
        yield bid.BidRestated(
            partnership_id=before.partnership_id if step.goes else after.partnership_id,
            requested=None if step.goes else grant.requested,
            change=step.change,
            on=step.on,
            source=grant.source,
        )
