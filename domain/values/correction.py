"""The correction of a date: a step was recorded with a wrong date.

The step keeps its place in the stream. From the correction on it counts on its right date; what was known before keeps
the wrong one.
"""

from collections.abc import Iterator, Sequence
from typing import Any

from domain.values.fact import DateCorrected, Fact, Lane, dated
from domain.values.frozen import frozen
from domain.values.ids import (
    AwardId,
    BidId,
    DeliveryId,
    OrganisationId,
    OutcomeId,
    PartnershipId,
    ProgrammeId,
    RoundId,
)
from domain.values.order import StepOutOfOrder, Steps, name_of, out_of_order
from domain.values.refusal import Refused
from domain.values.when import When


@frozen
class CorrectDate:
    """Correct the date of a step, with a reason. What was known before keeps the wrong date.

    Name the one thing that the step is of. *step* is the name of the event, such as PaymentApproved; *number* and
    *part* say which, if there are several, and *was* which date it has now. Otherwise it is the last one. Also reads
    what was recorded together with the step.
    """

    award_id: AwardId | None = None
    bid_id: BidId | None = None
    delivery_id: DeliveryId | None = None
    outcome_id: OutcomeId | None = None
    partnership_id: PartnershipId | None = None
    organisation_id: OrganisationId | None = None
    round_id: RoundId | None = None
    programme_id: ProgrammeId | None = None
    step: str
    number: int | None = None
    part: int | None = None
    was: When | None = None
    date: When
    because: str
    on: When

    @property
    def things(self) -> dict[str, str]:
        """The things that the command names, by field. It should be one."""
        named = {
            "award_id": self.award_id,
            "bid_id": self.bid_id,
            "delivery_id": self.delivery_id,
            "outcome_id": self.outcome_id,
            "partnership_id": self.partnership_id,
            "organisation_id": self.organisation_id,
            "round_id": self.round_id,
            "programme_id": self.programme_id,
        }
        return {field: thing for field, thing in named.items() if thing is not None}

    @property
    def stream(self) -> str:
        """The stream of the step."""
        return next(iter(self.things.values()), "")


class StepUnknown(Refused):
    """No such step is recorded: {step}. Name one thing, such as an award, and one of its events, such as
    PaymentApproved.
    """


class StepOfSource(Refused):
    """The step {step} is stated by a source. Its date is corrected by the next edition of the source."""


class CorrectionUnexplained(Refused):
    """No reason was given. Give the reason for the correction."""


def correct(steps: Steps, history: Sequence[Fact], place: int, command: CorrectDate, lane: Lane) -> list[DateCorrected]:
    """The correction of the step at *place* in *history*, which has the dates that count now.

    Raises StepOfSource, CorrectionUnexplained and StepOutOfOrder.
    """
    event: Any = history[place]
    if event.on == command.date:
        return []
    if event.source is not None or type(event) not in steps:
        raise StepOfSource(step=command.step)
    if not command.because.strip():
        raise CorrectionUnexplained
    after = redated(history, place, command.date)
    for before, wrong in _disordered(steps, after, place):
        raise StepOutOfOrder(step=name_of(steps, wrong), on=wrong.on, earlier=name_of(steps, before), since=before.on)
    return [
        DateCorrected(
            partnership_id=getattr(event, "partnership_id", None),
            lane=lane,
            version=place + 1,
            step=type(event).__name__,
            number=getattr(event, "number", None),
            name=name_of(steps, event),
            was=event.on,
            date=command.date,
            because=command.because,
            on=command.on,
        )
    ]


def redated(history: Sequence[Fact], place: int, on: When) -> list[Fact]:
    """*history* with the date *on* of the step at *place*."""
    return [*history[:place], dated(history[place], on), *history[place + 1 :]]


def place_of(history: Sequence[Fact], command: CorrectDate) -> int:
    """The place of the step in *history*: of several the last. Raises StepUnknown."""
    for place in reversed(range(len(history))):
        event = history[place]
        same = all(
            given is None or getattr(event, field, None) == given
            for field, given in (("number", command.number), ("part", command.part), ("on", command.was))
        )
        if type(event).__name__ == command.step and same:
            return place
    raise StepUnknown(step=command.step)


def _disordered(steps: Steps, history: Sequence[Fact], place: int) -> Iterator[tuple[Fact, Fact]]:
    """The pairs of steps that are out of order, of which the step at *place* is one."""
    event = history[place]
    before = out_of_order(steps, history[:place], event)
    if before is not None:
        yield before, event
    for later in history[place:]:
        if out_of_order(steps, [event], later) is not None:
            yield event, later
