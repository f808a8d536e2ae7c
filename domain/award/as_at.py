"""The figures of an award as at every date: none of them is ever less than 0, whatever order steps are entered in."""

from collections.abc import Iterator, Sequence
from typing import TypeAlias

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
from domain.values.money import Money, total
from domain.values.when import When

# What is left to pay; what the partnership holds; what of that is not claimed back; what is left to regrant.
AVAILABLE, HELD, UNCLAIMED, UNGRANTED = (
    "amount available of the award", "amount paid less what came back", "amount paid that nobody claims back",
    "amount not regranted",
)  # fmt: skip
# A figure, its change, and the date of the change.
Change: TypeAlias = tuple[str, Money, When]


def never_negative(history: Sequence[Event], events: Sequence[Event]) -> None:
    """Check that *events*, after *history*, leave no figure below 0 as at any date. Raises FigureNegativeAsAt.

    Dates known in part get the benefit of the doubt: money may have come in before it went out.
    """
    below = below_zero(history, events)
    if below is not None:
        figure, amount, on = below
        raise FigureNegativeAsAt(figure=figure, on=on, amount=amount)


def below_zero(history: Sequence[Event], events: Sequence[Event]) -> Change | None:
    """A figure that *events*, after *history*, bring below 0, with its amount as at a date; None if there is none."""
    new = [change for event in events for change in _changes(event) if _lowers(change)]
    changes = [change for event in (*history, *events) for change in _changes(event)] if new else []
    for figure in dict.fromkeys(name for name, _, _ in new):
        of_figure = [(amount, on) for name, amount, on in changes if name == figure]
        since = [on for name, _, on in new if name == figure]
        below = _lowest(of_figure, since)
        if below is not None:
            return (figure, *below)
    return None


def _lowest(changes: Sequence[tuple[Money, When]], since: Sequence[When]) -> tuple[Money, When] | None:
    zero = Money.zero(changes[0][0].currency)
    days = dict.fromkeys(on for amount, on in changes if amount < zero and any(_by(one, on) for one in since))
    for day in days:
        counted = [amount for amount, on in changes if (_by(on, day) if amount < zero else on.may_precede(day))]
        left = total(counted, zero.currency)
        if left < zero:
            return left, day
    return None


def _by(on: When, day: When) -> bool:
    """Whether *on* is surely on or before *day*."""
    return on == day or (on.latest is not None and day.earliest is not None and on.latest <= day.earliest)


def _lowers(change: Change) -> bool:
    _, amount, _ = change
    return amount < Money.zero(amount.currency)


def _changes(event: Event) -> Iterator[Change]:
    """What *event* adds to each figure."""
    match event:
        case AwardOffered():
            more = {AVAILABLE: event.amount, UNGRANTED: event.amount}
        case AwardVaried():
            more = {AVAILABLE: event.change, UNGRANTED: event.change}
        case OfferDeclined() | AwardClosed() | AwardTerminated() | UnspentGivenBack():
            more = {AVAILABLE: _less(event.given_back), UNGRANTED: _less(event.given_back)}
        case PaymentReleased():
            more = {AVAILABLE: _less(event.amount), HELD: event.amount, UNCLAIMED: event.amount}
        case PaymentReversed(was="released" | "settled") | PaymentReturned():
            more = {AVAILABLE: event.amount, HELD: _less(event.amount), UNCLAIMED: _less(event.amount)}
        case ReturnUndone():
            more = {AVAILABLE: _less(event.amount), HELD: event.amount, UNCLAIMED: event.amount}
        case RecoveryRaised():
            more = {UNCLAIMED: _less(event.amount)}
        case RecoveryWrittenOff() | RecoveryWithdrawn():
            more = {UNCLAIMED: event.amount}
        case RecoverySettled():
            more = {AVAILABLE: event.amount, HELD: _less(event.amount)}
        case FundsRegranted():
            more = {UNGRANTED: _less(event.amount)}
        case RegrantReturned():
            more = {UNGRANTED: event.amount}
        case _:
            more = {}
    for figure, amount in more.items():
        yield figure, amount, event.on


def _less(amount: Money) -> Money:
    return Money.zero(amount.currency) - amount
