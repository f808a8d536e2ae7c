"""The correction of a date: a step of an award or a bid was recorded with a wrong date.

The step keeps its place in the stream. From the correction on it counts on its right date; what was known before keeps
the wrong one.
"""

from collections.abc import Iterator, Sequence
from typing import Any

from domain.values.fact import DateCorrected, Fact, Lane
from domain.values.frozen import frozen, replace
from domain.values.ids import AwardId, BidId
from domain.values.order import StepOutOfOrder, Steps, name_of, out_of_order
from domain.values.refusal import Refused
from domain.values.when import When


@frozen
class CorrectDate:
    """Correct the date of a step of an award or a bid, with a reason. What was known before keeps the wrong date.

    Name the award or the bid. *step* is the name of the event, such as PaymentApproved; *number* and *part* say which,
    if there are several. Otherwise it is the last one. Also reads the partnership and the round.
    """

    award_id: AwardId | None = None
    bid_id: BidId | None = None
    step: str
    number: int | None = None
    part: int | None = None
    date: When
    because: str
    on: When

    @property
    def stream(self) -> str:
        """The stream of the step."""
        return self.award_id or self.bid_id or ""


class StepUnknown(Refused):
    """No such step is recorded: {step}. Name an event of one award or one bid, such as PaymentApproved."""


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
    after = list(history)
    after[place] = replace(event, on=command.date)
    for before, wrong in _disordered(steps, after, place):
        raise StepOutOfOrder(step=name_of(steps, wrong), on=wrong.on, earlier=name_of(steps, before), since=before.on)
    return [
        DateCorrected(
            partnership_id=event.partnership_id,
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


def place_of(history: Sequence[Fact], command: CorrectDate) -> int:
    """The place of the step in *history*: of several the last. Raises StepUnknown."""
    for place in reversed(range(len(history))):
        event = history[place]
        same = all(
            given is None or getattr(event, field, None) == given
            for field, given in (("number", command.number), ("part", command.part))
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
    for later in history[place + 1 :]:
        if out_of_order(steps, [event], later) is not None:
            yield event, later
