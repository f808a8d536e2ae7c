"""The correction of a date, in all the streams that recorded the step together."""

from functools import reduce

from domain import award, bid, funding_round
from domain.award.as_at import below_zero, never_negative
from domain.award.order import STEPS as AWARD_STEPS
from domain.bid.order import STEPS as BID_STEPS
from domain.history import Written
from domain.reading import Reading
from domain.values import correction
from domain.values.correction import CorrectDate, StepUnknown
from domain.values.fact import DateCorrected, Lane
from domain.values.frozen import replace
from domain.values.ids import AwardId, BidId
from domain.values.refusal import Refused

# Steps of the bid that are recorded together with a step of its award.
_WITH = {"AwardOffered": "BidAwarded", "OfferDeclined": "OfferLapsed"}


# Steps that have the date of another step, or correct something themselves.
_DEPENDENT = (
    *_WITH.values(), "UnspentGivenBack", "RepaymentReferenced", "PaymentReversed", "ReturnUndone", "DateCorrected",
)  # fmt: skip


# Steps of an award that follow another at once, on its date.
_AFTER = (award.RepaymentReferenced, award.UnspentGivenBack)


class DateNotCorrected(Refused):
    """The date of the step {step} cannot be corrected. It has the date of another step, or corrects one itself."""


def correct_date(reading: Reading, command: CorrectDate) -> list[Written]:
    """Correct the date of a step of an award or a bid.

    Raises StepUnknown, DateNotCorrected, StepOfSource, CorrectionUnexplained, StepOutOfOrder, and what the round or the
    figures of the award refuse.
    """
    if (command.award_id is None) is (command.bid_id is None):
        raise StepUnknown(step=command.step)
    if command.step in _DEPENDENT:
        raise DateNotCorrected(step=command.step)
    if command.award_id is not None:
        return _of_award(reading, command, command.award_id)
    assert command.bid_id is not None
    return _of_bid(reading, command, command.bid_id)


def _of_award(reading: Reading, command: CorrectDate, award_id: AwardId) -> list[Written]:
    found = award.known(reading.award(award_id))
    history = found.history
    place = correction.place_of(history, command)
    events = correction.correct(AWARD_STEPS, history, place, command, Lane.AWARD)
    # A repayment has a reference, and what an award gives back after its end follows what brought it: on its date.
    for after in range(place + 1, len(history)):
        event = history[after]
        if not isinstance(event, _AFTER) or event.on != history[place].on:
            break
        events += correction.correct(AWARD_STEPS, history, after, command, Lane.AWARD)
    _never_negative(found, events)
    written = [Written(award_id, event) for event in events]
    if command.step in _WITH and found.bid_id is not None:
        of_bid = replace(command, award_id=None, bid_id=found.bid_id, step=_WITH[command.step])
        written += _of_bid(reading, of_bid, found.bid_id)
    return written


def _never_negative(found: award.Award, events: list[DateCorrected]) -> None:
    """Check that no figure becomes negative as at any day. Figures that are negative already do not count."""
    if below_zero((), found.history) is None:
        never_negative((), reduce(award.evolve, events, found).history)


def _of_bid(reading: Reading, command: CorrectDate, bid_id: BidId) -> list[Written]:
    found = bid.known(reading.bid(bid_id))
    place = correction.place_of(found.history, command)
    event = found.history[place]
    events = correction.correct(BID_STEPS, found.history, place, command, Lane.BID)
    if events and isinstance(event, bid.BidSubmitted | bid.BidResubmitted):
        _in_round(reading, command, event)
    return [Written(bid_id, event) for event in events]


def _in_round(reading: Reading, command: CorrectDate, event: bid.BidSubmitted | bid.BidResubmitted) -> None:
    if event.round_id is not None and not (event.admitted_because or "").strip():
        funding_round.taking_bids(reading.round(event.round_id), command.date, event.time)
