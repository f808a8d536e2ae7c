"""The criteria of a round: those published for its scheme before it opened, and what bids are scored by."""

from domain import bid, funding_round, programme
from domain.history import Written, written_to
from domain.reading import Reading
from domain.values.frozen import replace


def adopt_criteria(reading: Reading, command: funding_round.AdoptCriteria) -> list[Written]:
    """Adopt criteria that were published for the scheme before the round opened, with their weights."""
    call = funding_round.known(reading.round(command.round_id))
    events = funding_round.decide(call, command)
    if not events:
        return []
    found = programme.known(reading.programme(call.programme_id))
    published = found.criteria_on(call.scheme_id, call.opened)
    named = published.criteria if published is not None else ()
    weights = published.weights if published is not None else ()
    others = set(command.criteria) - set(named)
    if others or (weights and command.criteria != named):
        raise funding_round.CriteriaNotPublished(criteria=command.criteria, opens=call.opened, published=named)
    adopted = [
        replace(one, weights=weights) if isinstance(one, funding_round.CriteriaAdopted) else one for one in events
    ]
    return written_to(command.stream, adopted)


def assess_bid(reading: Reading, command: bid.AssessBid) -> list[Written]:
    """Score a bid by one of the criteria of its round, if the round has any. Raises CriterionNotAdopted."""
    found = bid.known(reading.bid(command.bid_id))
    events = bid.decide(found, command)
    if events:
        _adopted(reading, found, command.criterion)
    return written_to(command.stream, events)


def moderate_score(reading: Reading, command: bid.ModerateScore) -> list[Written]:
    """Agree a score by one of the criteria of its round, if the round has any. Raises CriterionNotAdopted."""
    found = bid.known(reading.bid(command.bid_id))
    events = bid.decide(found, command)
    if events:
        _adopted(reading, found, command.criterion)
    return written_to(command.stream, events)


def _adopted(reading: Reading, found: bid.Bid, criterion: str) -> None:
    call = reading.round(found.round_id) if found.round_id is not None else None
    if call is not None and call.criteria and criterion not in call.criteria:
        raise bid.CriterionNotAdopted(criteria=call.criteria, criterion=criterion)
