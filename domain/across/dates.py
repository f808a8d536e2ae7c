"""The correction of a date, in all the streams that recorded the step together."""

from functools import reduce
from typing import NamedTuple

from domain import (
    award,
    bid,
    delivery,
    funding_round,
    joint,
    organisation,
    outcome,
    partnership,
    programme,
)
from domain.award.as_at import below_zero, never_negative
from domain.award.order import STEPS as AWARD_STEPS
from domain.bid.order import STEPS as BID_STEPS
from domain.history import Written, written_to
from domain.published import consultation
from domain.reading import Reading
from domain.support import case
from domain.values import correction
from domain.values.correction import CorrectDate, StepUnknown
from domain.values.fact import DateCorrected, Lane, corrected
from domain.values.frozen import replace
from domain.values.ids import AwardId, BidId
from domain.values.order import Steps
from domain.values.refusal import Refused


class Stream(NamedTuple):
    """A kind of stream: its steps and its lane."""

    steps: Steps
    lane: Lane = Lane.GOVERNANCE


# By the field of the command that names it.
STREAMS = {
    "award_id": Stream(AWARD_STEPS, Lane.AWARD),
    "bid_id": Stream(BID_STEPS, Lane.BID),
    "delivery_id": Stream(delivery.STEPS, Lane.DELIVERY),
    "outcome_id": Stream(outcome.STEPS, Lane.OUTCOME),
    "partnership_id": Stream(partnership.STEPS),
    "organisation_id": Stream(organisation.STEPS),
    "round_id": Stream(funding_round.STEPS),
    "programme_id": Stream(programme.STEPS),
}

# Steps of the bid that are recorded together with a step of its award.
_WITH = {"AwardOffered": "BidAwarded", "OfferDeclined": "OfferLapsed"}


# Steps that have the date of another step, or correct something themselves.
_DEPENDENT = (
    *_WITH.values(), "UnspentGivenBack", "RepaymentReferenced", "PaymentReversed", "ReturnUndone", "DateCorrected",
    "BudgetAssigned", "FundsCommitted", "FundsReturned", "SchemeFundsCommitted", "SchemeFundsReturned",
    # The dates of mergers depend on one another: one with a wrong date is undone and recorded again.
    "OrganisationsMerged", "MergerUndone",
)  # fmt: skip

# Steps that say from when something is planned or applies: their date may be in the future.
PLANNED = (
    "PlanAgreed", "ServiceStandardSet", "AssessmentCriteriaPublished", "EligibilityRulePublished",
    "EligibilityRuleEnded", "FrameworkPublished", "SubsidySet", "SubsidyEnded",
)  # fmt: skip


# What the source of funds of an award records of it.
_BOUND = (
    award.FundsRegranted, award.RegrantReturned, funding_round.FundsCommitted, funding_round.FundsReturned,
    programme.SchemeFundsCommitted, programme.SchemeFundsReturned,
)  # fmt: skip

# Steps of an award that follow another at once, on its date.
_AFTER = (award.RepaymentReferenced, award.UnspentGivenBack)


class DateNotCorrected(Refused):
    """The date of the step {step} cannot be corrected. It has the date of another step, corrects one itself, or is a
    merger, which can be undone.
    """


def correct_date(reading: Reading, command: CorrectDate) -> list[Written]:
    """Correct the date of a step, in each stream that recorded it.

    Raises StepUnknown, DateNotCorrected, StepOfSource, CorrectionUnexplained, StepOutOfOrder, and what the stream, the
    round of a bid or the figures of an award refuse.
    """
    if len(command.things) != 1:
        raise StepUnknown(step=command.step)
    if command.step in _DEPENDENT:
        raise DateNotCorrected(step=command.step)
    if command.award_id is not None:
        return _of_award(reading, command, command.award_id)
    if command.bid_id is not None:
        return _of_bid(reading, command, command.bid_id)
    _known(reading, command)
    ((field, thing),) = command.things.items()
    return _of_thing(reading, command, STREAMS[field], thing)


def _known(reading: Reading, command: CorrectDate) -> None:
    """Check that there is the thing that the command names."""
    if command.delivery_id is not None:
        delivery.known(reading.delivery(command.delivery_id))
    if command.outcome_id is not None:
        outcome.known(reading.outcome(command.outcome_id))
    if command.partnership_id is not None:
        partnership.known(reading.partnership(command.partnership_id))
    if command.organisation_id is not None:
        organisation.known(reading.organisation(command.organisation_id))
    if command.round_id is not None:
        funding_round.known(reading.round(command.round_id))
    if command.programme_id is not None:
        programme.known(reading.programme(command.programme_id))


def _of_thing(reading: Reading, command: CorrectDate, stream: Stream, thing: str) -> list[Written]:
    history = corrected(reading.history(thing))
    place = correction.place_of(history, command)
    events = correction.correct(stream.steps, history, place, command, stream.lane)
    if events and command.delivery_id is not None:
        delivery.dated(correction.redated(history, place, command.date), place)
    if events and command.round_id is not None:
        funding_round.dated(correction.redated(history, place, command.date), place)
    if events and command.programme_id is not None:
        consultation.dated(correction.redated(history, place, command.date))
    if events and command.partnership_id is not None:
        joint.dated(correction.redated(history, place, command.date))
    if events and command.organisation_id is not None and type(history[place]) in case.STEPS:
        case.dated(correction.redated(history, place, command.date))
    return written_to(thing, events)


def _of_award(reading: Reading, command: CorrectDate, award_id: AwardId) -> list[Written]:
    found = award.known(reading.award(award_id))
    written = _award_steps(reading, command, award_id, correction.place_of(found.history, command))
    if command.step in _WITH and found.bid_id is not None:
        of_bid = replace(
            command, award_id=None, bid_id=found.bid_id, step=_WITH[command.step], number=None, part=None, was=None
        )
        written += _of_bid(reading, of_bid, found.bid_id)
    return written


def _award_steps(reading: Reading, command: CorrectDate, award_id: AwardId, place: int) -> list[Written]:
    """Correct the step at *place* of an award, what followed it at once, and what its source of funds recorded."""
    found = award.known(reading.award(award_id))
    history = found.history
    places = [place]
    # A repayment has a reference, and what an award gives back after its end follows what brought it: on its date.
    for after in range(place + 1, len(history)):
        if not isinstance(history[after], _AFTER) or history[after].on != history[place].on:
            break
        places.append(after)
    events = [one for each in places for one in correction.correct(AWARD_STEPS, history, each, command, Lane.AWARD)]
    _never_negative(found, events)
    return [Written(award_id, event) for event in events] + _of_source(reading, command, award_id, found, places)


def _of_source(
    reading: Reading, command: CorrectDate, award_id: AwardId, found: award.Award, places: list[int]
) -> list[Written]:
    """Correct what the source of funds of an award recorded when the steps at *places* changed the amount awarded.

    The source recorded each change of the amount, in their order; or none, if the award was made before it had a
    budget.
    """
    source = _source(reading, found)
    history = corrected(reading.history(source)) if source is not None else []
    bound = [nth for nth, event in enumerate(history) if isinstance(event, _BOUND) and event.award_id == award_id]
    changes = _changes(found)
    if source is None or len(bound) != len(changes):
        return []
    written: list[Written] = []
    for nth in (bound[changes.index(place)] for place in places if place in changes):
        if found.funded_from is not None:
            written += _award_steps(reading, command, found.funded_from, nth)
        else:
            steps = funding_round.STEPS if found.round_id is not None else programme.STEPS
            events = correction.correct(steps, history, nth, command, Lane.GOVERNANCE)
            written += written_to(source, events)
    return written


def _source(reading: Reading, found: award.Award) -> str | None:
    """The stream of the source of funds of an award: another award, its round, or its programme; None if unknown."""
    if found.funded_from is not None or found.round_id is not None:
        return found.funded_from or found.round_id
    bidder = reading.partnership(found.partnership_id)
    return bidder.programme_id if bidder is not None else None


def _changes(found: award.Award) -> list[int]:
    """The places of the steps that changed the amount of an award, the offer among them."""
    changes: list[int] = []
    before: award.Award | None = None
    for place, event in enumerate(found.history):
        after = before if isinstance(event, DateCorrected) else award.evolve(before, event)
        if after is not None and (before is None or after.amount != before.amount):
            changes.append(place)
        before = after
    return changes


def _never_negative(found: award.Award, events: list[DateCorrected]) -> None:
    """Check that no figure becomes negative as at any day. Figures that are negative already do not count."""
    if below_zero((), found.history) is None:
        never_negative((), reduce(award.evolve, events, found).history)


def _of_bid(reading: Reading, command: CorrectDate, bid_id: BidId) -> list[Written]:
    bid.known(reading.bid(bid_id))
    written = _of_thing(reading, command, STREAMS["bid_id"], bid_id)
    for _, correction_ in written:
        assert isinstance(correction_, DateCorrected)
        event = corrected(reading.history(bid_id))[correction_.version - 1]
        if isinstance(event, bid.BidSubmitted | bid.BidResubmitted):
            _in_round(reading, command, event)
    return written


def _in_round(reading: Reading, command: CorrectDate, event: bid.BidSubmitted | bid.BidResubmitted) -> None:
    if event.round_id is not None and not (event.admitted_because or "").strip():
        funding_round.taking_bids(reading.round(event.round_id), command.date, event.time)
