"""Decisions that read more than one stream. Each reads what it needs and lets every stream judge its own part.

The append that follows names every stream read here, so nothing can move between the reading and the recording.
"""

from collections.abc import Sequence

from domain import award, bid, delivery, funding_round, organisation, outcome, partnership, programme
from domain.fact import AlreadyThere, Fact, NothingThere, Record, SourceMissing
from domain.history import Written
from domain.ids import OrganisationId, PartnershipId, ProgrammeId, RoundId, SchemeId
from domain.reading import Reading
from domain.refusal import Refused

# Facts that begin a stream when a source states them. The others are about something that is there already; a source
# may begin to tell of a delivery anywhere.
BEGINNINGS = (bid.BidStated, award.AwardStated, outcome.OutcomeStated)
ANYWHERE = (
    delivery.DeliveryPeriodStated,
    delivery.PlanRedesigned,
    delivery.MilestoneReached,
    delivery.SupplierEngaged,
    delivery.SupplierReplaced,
    delivery.ActivityHeld,
    delivery.DeliveryEnded,
)


class RoundOfAnotherScheme(Refused):
    """The round belongs to another scheme than the partnership."""


def record(reading: Reading, command: Record) -> list[Written]:
    """Record a fact as its source states it. Raises SourceMissing, NothingThere and AlreadyThere."""
    fact = command.fact
    if fact.source is None:
        raise SourceMissing
    begun = bool(reading.history(command.stream))
    if isinstance(fact, BEGINNINGS) and begun:
        raise AlreadyThere(stream=command.stream)
    if not isinstance(fact, BEGINNINGS + ANYWHERE) and not begun:
        raise NothingThere(stream=command.stream)
    partnership_id: PartnershipId | None = getattr(fact, "partnership_id", None)
    if partnership_id is not None:
        partnership.known(reading.partnership(partnership_id))
    return [Written(command.stream, fact)]


def establish_programme(reading: Reading, command: programme.EstablishProgramme) -> list[Written]:
    """Begin a programme whose funder, if one is named, is known."""
    _known_organisation(reading, command.funder_id)
    return _written(command.stream, programme.decide(reading.programme(command.programme_id), command))


def open_round(reading: Reading, command: funding_round.OpenRound) -> list[Written]:
    """Open a round of a scheme that the programme has, in the programme's currency."""
    found = _scheme(reading, command.programme_id, command.scheme_id)
    if command.budget.currency != found.currency:
        raise programme.BudgetCurrencyDiffers(programme=found.currency, budget=command.budget.currency)
    return _written(command.stream, funding_round.decide(reading.round(command.round_id), command))


def form_partnership(reading: Reading, command: partnership.FormPartnership) -> list[Written]:
    """Form a partnership under a scheme that the programme has, led by an organisation that is known."""
    _scheme(reading, command.programme_id, command.scheme_id)
    _known_organisation(reading, command.lead_id)
    return _written(command.stream, partnership.decide(reading.partnership(command.partnership_id), command))


def join_partnership(reading: Reading, command: partnership.JoinPartnership) -> list[Written]:
    """Let an organisation that is known join."""
    _known_organisation(reading, command.organisation_id)
    return _written(command.stream, partnership.decide(reading.partnership(command.partnership_id), command))


def draft_bid(reading: Reading, command: bid.DraftBid) -> list[Written]:
    """Draft a bid of a partnership that stands, to a round of its scheme that is open."""
    _may_bid(reading, command.partnership_id, command.round_id)
    return _written(command.stream, bid.decide(reading.bid(command.bid_id), command))


def submit_bid(reading: Reading, command: bid.SubmitBid) -> list[Written]:
    """Submit a bid of a partnership that stands, to a round of its scheme that is open."""
    before = reading.bid(command.bid_id)
    events = bid.decide(before, command)
    if events:
        _may_bid(reading, command.partnership_id, command.round_id)
    return _written(command.stream, events)


def offer_award(reading: Reading, command: award.OfferAward) -> list[Written]:
    """Offer an award: bid, round, partnership and award judge it together, or it does not happen.

    The bid allows what was approved and only once; the round allows what its budget still has; the partnership must
    stand. Raises a Refused of any of them.
    """
    approved = bid.known(reading.bid(command.bid_id))
    offered = award.offer(
        reading.award(command.award_id),
        command,
        partnership_id=approved.partnership_id,
        round_id=approved.round_id,
    )
    if not offered:
        return []
    partnership.standing(reading.partnership(approved.partnership_id))
    tied = bid.decide(
        approved,
        bid.AwardBid(bid_id=command.bid_id, award_id=command.award_id, amount=command.amount, on=command.on),
    )
    written = _written(command.award_id, offered) + _written(command.bid_id, tied)
    if approved.round_id is not None:
        committed = funding_round.decide(
            reading.round(approved.round_id),
            funding_round.CommitFunds(
                round_id=approved.round_id, award_id=command.award_id, amount=command.amount, on=command.on
            ),
        )
        written += _written(approved.round_id, committed)
    return written


def agree_plan(reading: Reading, command: delivery.AgreePlan) -> list[Written]:
    """Agree a plan with a partnership that stands; an award that it names must be the partnership's."""
    partnership.standing(reading.partnership(command.partnership_id))
    if command.award_id is not None:
        found = award.known(reading.award(command.award_id))
        if found.partnership_id != command.partnership_id:
            raise award.AwardUnknown(award=command.award_id)
    return _written(command.stream, delivery.decide(reading.delivery(command.delivery_id), command))


def agree_indicator(reading: Reading, command: outcome.AgreeIndicator) -> list[Written]:
    """Agree an indicator with a partnership that stands."""
    partnership.standing(reading.partnership(command.partnership_id))
    return _written(command.stream, outcome.decide(reading.outcome(command.outcome_id), command))


def _may_bid(reading: Reading, partnership_id: PartnershipId, round_id: RoundId | None) -> None:
    bidder = partnership.standing(reading.partnership(partnership_id))
    if round_id is None:
        return
    call = funding_round.taking_bids(reading.round(round_id))
    if call.scheme_id != bidder.scheme_id:
        raise RoundOfAnotherScheme(round=call.code)


def _scheme(reading: Reading, programme_id: ProgrammeId, scheme_id: SchemeId) -> programme.Programme:
    found = programme.known(reading.programme(programme_id))
    if scheme_id not in found.schemes:
        raise programme.SchemeUnknown(scheme=scheme_id)
    return found


def _known_organisation(reading: Reading, organisation_id: OrganisationId | None) -> None:
    if organisation_id is not None:
        organisation.known(reading.organisation(organisation_id))


def _written(stream: str, events: Sequence[Fact]) -> list[Written]:
    return [Written(stream, event) for event in events]
