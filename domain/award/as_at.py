"""The figures of an award as at every date: none of them is ever less than 0, whatever order steps are entered in."""

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from decimal import Decimal
from itertools import accumulate
from typing import NamedTuple

from domain.award.events import (
    AwardClosed,
    AwardOffered,
    AwardTerminated,
    AwardVaried,
    Event,
    FundsRegranted,
    OfferDeclined,
    PaymentReleased,
    PaymentReturned,
    PaymentReversed,
    RecoveryRaised,
    RecoverySettled,
    RecoveryWithdrawn,
    RecoveryWrittenOff,
    RegrantReturned,
    ReturnUndone,
    UnspentGivenBack,
)
from domain.award.refusals import FigureNegativeAsAt
from domain.values.money import Money
from domain.values.when import When

# What is left to pay; what the partnership holds; what of that is not claimed back; what is left to regrant.
AVAILABLE, HELD, UNCLAIMED, UNGRANTED = (
    "amount available of the award", "amount paid less what came back", "amount paid that nobody claims back",
    "amount not regranted",
)  # fmt: skip
_SENT = ("released", "settled")
# The field with the amount of an event, the figures that it raises, and those that it lowers.
_PAID = ("amount", (HELD, UNCLAIMED), (AVAILABLE,))
_CAME_BACK = ("amount", (AVAILABLE,), (HELD, UNCLAIMED))
_GIVEN_BACK = ("given_back", (), (AVAILABLE, UNGRANTED))
_NOT_CLAIMED = ("amount", (UNCLAIMED,), ())
CHANGES: dict[type[Event], tuple[str, tuple[str, ...], tuple[str, ...]]] = {
    AwardOffered: ("amount", (AVAILABLE, UNGRANTED), ()),
    AwardVaried: ("change", (AVAILABLE, UNGRANTED), ()),
    OfferDeclined: _GIVEN_BACK,
    AwardClosed: _GIVEN_BACK,
    AwardTerminated: _GIVEN_BACK,
    UnspentGivenBack: _GIVEN_BACK,
    PaymentReleased: _PAID,
    PaymentReversed: _CAME_BACK,
    PaymentReturned: _CAME_BACK,
    ReturnUndone: _PAID,
    RecoveryRaised: ("amount", (), (UNCLAIMED,)),
    RecoveryWrittenOff: _NOT_CLAIMED,
    RecoveryWithdrawn: _NOT_CLAIMED,
    RecoverySettled: ("amount", (AVAILABLE,), (HELD,)),
    FundsRegranted: ("amount", (), (UNGRANTED,)),
    RegrantReturned: ("amount", (UNGRANTED,), ()),
}


class Change(NamedTuple):
    """A figure, its change in major units of *currency*, and the date of the change."""

    figure: str
    amount: Decimal
    currency: str
    on: When


def never_negative(history: Sequence[Event], events: Sequence[Event]) -> None:
    """Check that *events*, after *history*, leave no figure below 0 as at any date. Raises FigureNegativeAsAt.

    Dates known in part get the benefit of the doubt: money may have come in before it went out.
    """
    below = below_zero(history, events)
    if below is not None:
        raise FigureNegativeAsAt(
            figure=below.figure, on=below.on, amount=Money(amount=below.amount, currency=below.currency)
        )


def below_zero(history: Sequence[Event], events: Sequence[Event]) -> Change | None:
    """A figure that *events*, after *history*, bring below 0, with its amount as at a date; None if there is none."""
    new = [change for change in _changes(events) if _is_loss(change)]
    changes = [*_changes(history), *_changes(events)] if new else []
    since = [change.on for change in new]
    for figure in dict.fromkeys(change.figure for change in new):
        below = _below([change for change in changes if change.figure == figure], since)
        if below is not None:
            return below
    return None


def _below(changes: Sequence[Change], since: Sequence[When]) -> Change | None:
    """The figure of *changes* as at the first date of a loss, not before *since*, on which it is below 0."""
    # Money counts from the first day on which it may have come in, and until it has surely gone out.
    raised = _Sums((one.on.earliest or date.min, one.amount) for one in changes if not _is_loss(one))
    losses = [one for one in changes if _is_loss(one)]
    lowered = _Sums((one.on.latest, one.amount) for one in losses if one.on.latest is not None)
    for last in {loss.on: loss for loss in losses if any(_by(one, loss.on) for one in since)}.values():
        day = last.on
        left = raised.until(day.latest or date.max) + lowered.until(day.earliest)
        if not _by_its_end(day):
            left += sum(loss.amount for loss in losses if loss.on == day)
        if left < 0:
            return last._replace(amount=left)
    return None


def _is_loss(change: Change) -> bool:
    return change.amount < 0


class _Sums:
    """Amounts by date, so that the sum until a day is found without adding them up again."""

    def __init__(self, dated: Iterable[tuple[date, Decimal]]) -> None:
        ordered = sorted(dated)
        self._days = [day for day, _ in ordered]
        self._sums = list(accumulate((amount for _, amount in ordered), initial=Decimal(0)))

    def until(self, day: date | None) -> Decimal:
        """The sum of the amounts on and before *day*; 0 for None."""
        return self._sums[bisect_right(self._days, day)] if day is not None else Decimal(0)


def _by(on: When, day: When) -> bool:
    """Whether *on* is surely on or before *day*."""
    return on == day or (on.latest is not None and day.earliest is not None and on.latest <= day.earliest)


def _by_its_end(day: When) -> bool:
    """Whether *day* is one day: then what happened on it has happened as at it."""
    return day.is_known and day.latest == day.earliest


def _changes(events: Iterable[Event]) -> Iterator[Change]:
    """What *events* add to each figure."""
    for event in events:
        if type(event) not in CHANGES or (isinstance(event, PaymentReversed) and event.was not in _SENT):
            continue
        field, raises, lowers = CHANGES[type(event)]
        money: Money = getattr(event, field)
        for figure in raises:
            yield Change(figure, money.amount, money.currency, event.on)
        for figure in lowers:
            yield Change(figure, -money.amount, money.currency, event.on)
