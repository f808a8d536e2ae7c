"""The round stream: a call for bids with a budget, from its opening to its closing."""

import re
from collections.abc import Sequence
from typing import ClassVar, TypeAlias, assert_never

from domain.values.fact import DateCorrected, Fact
from domain.values.frozen import frozen, replace
from domain.values.ids import AwardId, ProgrammeId, RoundId, SchemeId
from domain.values.money import Money, total
from domain.values.order import After, Step, Steps
from domain.values.refusal import Refused
from domain.values.shown import shown
from domain.values.when import When

# --- Events -----------------------------------------------------------------------------------------------------------


@frozen
class RoundOpened(Fact):
    """Bids to a scheme were invited. *budget* limits all awards; *closes* is the announced closing date.

    *closes_time* is the time of day (such as 17:00) until which bids are taken on that date.
    """

    programme_id: ProgrammeId
    scheme_id: SchemeId
    code: str
    name: str
    budget: Money
    closes: When | None = None
    closes_time: str | None = None


@frozen
class CriteriaAdopted(Fact):
    """Criteria were adopted by which bids to the round are assessed.

    *weights* are the percentages of the total score that they count for, in the same order; none if not weighted.
    """

    criteria: tuple[str, ...]
    weights: tuple[int, ...] = ()


@frozen
class RingFenceSet(Fact):
    """Part of the budget was reserved for one purpose."""

    name: str
    amount: Money


@frozen
class FundsCommitted(Fact):
    """Part of the budget, or of a ring-fence, was committed to an award: by its offer or by an uplift."""

    programme_id: ProgrammeId
    scheme_id: SchemeId
    award_id: AwardId
    ring_fence: str | None = None
    amount: Money


@frozen
class FundsReturned(Fact):
    """Part of the commitment to an award was released: the award was declined, reduced, or ended unspent."""

    programme_id: ProgrammeId
    scheme_id: SchemeId
    award_id: AwardId
    ring_fence: str | None = None
    amount: Money


@frozen
class RoundClosed(Fact):
    """The round was closed: it accepts no bids of a later date or, with *time*, of a later time on that day."""

    time: str | None = None


Event: TypeAlias = (
    RoundOpened | CriteriaAdopted | RingFenceSet | FundsCommitted | FundsReturned | RoundClosed | DateCorrected
)

# How people call each step, and which steps it must not be dated before.
STEPS: Steps = {
    RoundOpened: Step("opening of the round"),
    CriteriaAdopted: Step("adoption of criteria"),
    RingFenceSet: Step("ring-fence"),
    FundsCommitted: Step("commitment of money to an award"),
    FundsReturned: Step("return of money committed to an award"),
    RoundClosed: Step("closing of the round", (After(RoundOpened),)),
}

# --- State ------------------------------------------------------------------------------------------------------------


@frozen
class Round:
    """What the rules need to know about a round: its budget, its commitments, and when it takes bids.

    *closes* is the announced closing and *closed* the actual one, each with the time of day, if it has one.
    """

    code: str
    programme_id: ProgrammeId
    scheme_id: SchemeId
    budget: Money
    fences: dict[str, Money]
    committed: dict[tuple[AwardId, str | None], Money]
    open: bool
    opened: When
    closes: tuple[When, str | None] | None = None
    closed: tuple[When, str | None] | None = None
    criteria: tuple[str, ...] = ()

    def available(self, ring_fence: str | None = None) -> Money:
        """The amount not yet committed: of *ring_fence*, or of the budget outside all ring-fences."""
        if ring_fence is not None:
            left = self.fences[ring_fence]
        else:
            left = self.budget - total(list(self.fences.values()), self.budget.currency)
        for (_, fence), amount in self.committed.items():
            if fence == ring_fence:
                left -= amount
        return left


def evolve(round_: Round | None, event: Event) -> Round:
    """The round after *event*."""
    if isinstance(event, RoundOpened):
        return Round(
            code=event.code,
            programme_id=event.programme_id,
            scheme_id=event.scheme_id,
            budget=event.budget,
            fences={},
            committed={},
            open=True,
            opened=event.on,
            closes=(event.closes, event.closes_time) if event.closes is not None else None,
        )
    assert round_ is not None
    match event:
        case CriteriaAdopted():
            return replace(round_, criteria=event.criteria)
        case RingFenceSet():
            return replace(round_, fences={**round_.fences, event.name: event.amount})
        case FundsCommitted():
            return _bound(round_, event, event.amount)
        case FundsReturned():
            return _bound(round_, event, Money.zero(event.amount.currency) - event.amount)
        case RoundClosed():
            return replace(round_, open=False, closed=(event.on, event.time))
        case DateCorrected():
            return round_  # domain.reading folds the corrected history.
        case _:
            assert_never(event)


def _bound(round_: Round, event: FundsCommitted | FundsReturned, change: Money) -> Round:
    key = (event.award_id, event.ring_fence)
    before = round_.committed.get(key, Money.zero(change.currency))
    return replace(round_, committed={**round_.committed, key: before + change})


# --- Commands ---------------------------------------------------------------------------------------------------------


@frozen
class OpenRound:
    """Open a round: invite bids to a scheme, within a budget, until a day or a time on that day."""

    begins: ClassVar = "round_id"

    round_id: RoundId
    programme_id: ProgrammeId
    scheme_id: SchemeId
    code: str
    name: str
    budget: Money
    closes: When | None = None
    closes_time: str | None = None
    on: When

    @property
    def stream(self) -> str:
        return self.round_id


@frozen
class AdoptCriteria:
    """Adopt the criteria by which bids to a round are assessed. They were published before the round opened.

    They have the weights with which they were published. Also reads the programme.
    """

    round_id: RoundId
    criteria: tuple[str, ...]
    on: When

    @property
    def stream(self) -> str:
        return self.round_id


@frozen
class SetRingFence:
    """Reserve part of the budget of a round for one purpose."""

    round_id: RoundId
    name: str
    amount: Money
    on: When

    @property
    def stream(self) -> str:
        return self.round_id


@frozen
class CommitFunds:
    """Set the amount that a round commits to an award. It is only ever part of a command about that award."""

    round_id: RoundId
    award_id: AwardId
    ring_fence: str | None = None
    total: Money
    on: When

    @property
    def stream(self) -> str:
        return self.round_id


@frozen
class CloseRound:
    """Close a round to further bids.

    It takes no bids of a later date or, with *time*, of a later time on that day.
    """

    round_id: RoundId
    time: str | None = None
    on: When

    @property
    def stream(self) -> str:
        return self.round_id


Command: TypeAlias = OpenRound | AdoptCriteria | SetRingFence | CommitFunds | CloseRound

# --- Rules ------------------------------------------------------------------------------------------------------------


class RoundUnknown(Refused):
    """There is no round with this id or code."""


class RoundAlreadyOpened(Refused):
    """Round {code} was opened under this id, with other details. Use another id for another round."""


class RoundIsClosed(Refused):
    """The round is closed. A closed round accepts no later bids or criteria; a late bid needs a reason."""


class BidOutsideRound(Refused):
    """The bid is of {on}, but the round takes bids from {opens} to {closes}. An early or late bid is admitted only
    with a reason.
    """


class ClosedBeforeOpened(Refused):
    """The round would close on {closes}, but it opened on {opens}. A round closes on or after the day it opened."""


class TimeUnreadable(Refused):
    """The time is {time}. Write a time of day as hours and minutes, such as 17:00; it belongs to a date."""


class RoundBudgetNotPositive(Refused):
    """The budget is {budget}. The budget of a round must be more than 0."""


class RoundClosesBeforeItOpens(Refused):
    """The round opens on {opens} and closes on {closes}. A round must not close before it opens."""


class RoundCriteriaEmpty(Refused):
    """No criteria were given. Give at least one criterion."""


class CriteriaFixed(Refused):
    """The round has adopted {criteria}. The criteria of a round stay as they are once they are adopted."""


class CriteriaNotPublished(Refused):
    """The criteria are {criteria}, but those published by the opening of the round ({opens}) are {published}. A round
    adopts criteria that were published before it opened, and all of them if they have weights.
    """


class RoundCurrencyDiffers(Refused):
    """The amount is in {given} and the budget of the round is in {round}. Use the currency of the round."""


class BudgetExceeded(Refused):
    """This needs {wanted}, but only {available} is available. Commitments may not exceed the budget of the round
    or of its ring-fence.
    """


class CommitmentNegative(Refused):
    """The total for the award would be {total}. The total must be 0 or more."""


class RingFenceUnknown(Refused):
    """The round has no ring-fence named {name}. Name a ring-fence of the round."""


class RingFenceTaken(Refused):
    """The round already has a ring-fence named {name}, with another amount. A ring-fence is set once."""


class RingFenceNotPositive(Refused):
    """The amount is {amount}. A ring-fence must be more than 0."""


def decide(round_: Round | None, command: Command) -> list[Event]:
    """The events that *command* leads to. Raises the Refused subclass of the rule that it breaks."""
    match command:
        case OpenRound():
            return open_round(round_, command)
        case AdoptCriteria():
            return adopt_criteria(known(round_), command)
        case SetRingFence():
            return set_ring_fence(known(round_), command)
        case CommitFunds():
            return commit_funds(known(round_), command)
        case CloseRound():
            return close_round(known(round_), command)
        case _:
            assert_never(command)


def known(round_: Round | None) -> Round:
    """The round, which must exist. Raises RoundUnknown."""
    if round_ is None:
        raise RoundUnknown
    return round_


def taking_drafts(round_: Round | None, on: When) -> Round:
    """The round, which must not have closed before the date *on*. Raises RoundUnknown and RoundIsClosed."""
    found = known(round_)
    if found.closed is not None and is_after(on, None, found.closed):
        raise RoundIsClosed
    return found


def taking_bids(round_: Round | None, on: When, time: str | None) -> Round:
    """The round, which must take a bid of the date *on*, and of the *time* of day if it is known.

    The order of entry does not matter: a bid that came in time may be recorded after the round was closed. Raises
    RoundUnknown, RoundIsClosed and BidOutsideRound.
    """
    found = known(round_)
    if found.closed is not None and is_after(on, time, found.closed):
        raise RoundIsClosed
    early = not found.opened.may_precede(on)
    if early or (found.closes is not None and is_after(on, time, found.closes)):
        day, until = found.closes or found.closed or (None, None)
        closes = " ".join(filter(None, (shown(day), until))) if day is not None else "an open end"
        raise BidOutsideRound(on=" ".join(filter(None, (shown(on), time))), opens=found.opened, closes=closes)
    return found


def is_after(on: When, time: str | None, closing: tuple[When, str | None]) -> bool:
    """Whether a bid of the date *on* and the *time* of day is surely after *closing*, a day or a time on a day."""
    day, until = closing
    if not on.may_precede(day):
        return True
    same_day = on == day and on.day is not None
    return same_day and time is not None and until is not None and time > until


_TIME = re.compile(r"([01][0-9]|2[0-3]):[0-5][0-9]")


def time_of_day(time: str | None, on: When | None) -> None:
    """Check that *time* is a time of day on the date *on*, if it is given. Raises TimeUnreadable."""
    if time is not None and (on is None or not _TIME.fullmatch(time)):
        raise TimeUnreadable(time=time)


def close_round(round_: Round, command: CloseRound) -> list[Event]:
    if not round_.open:
        return []
    time_of_day(command.time, command.on)
    if not round_.opened.may_precede(command.on):
        raise ClosedBeforeOpened(opens=round_.opened, closes=command.on)
    return [RoundClosed(time=command.time, on=command.on)]


def open_round(round_: Round | None, command: OpenRound) -> list[Event]:
    if round_ is not None:
        if (round_.code, round_.scheme_id, round_.budget) == (command.code, command.scheme_id, command.budget):
            return []
        raise RoundAlreadyOpened(code=round_.code)
    if not command.budget.is_positive:
        raise RoundBudgetNotPositive(budget=command.budget)
    if command.closes is not None and not command.on.may_precede(command.closes):
        raise RoundClosesBeforeItOpens(opens=command.on, closes=command.closes)
    time_of_day(command.closes_time, command.closes)
    return [
        RoundOpened(
            programme_id=command.programme_id,
            scheme_id=command.scheme_id,
            code=command.code,
            name=command.name,
            budget=command.budget,
            closes=command.closes,
            closes_time=command.closes_time,
            on=command.on,
        )
    ]


def dated(history: Sequence[Fact], place: int) -> None:
    """Check that the step at *place* of *history* may have its date. Raises RoundClosesBeforeItOpens."""
    step = history[place]
    if isinstance(step, RoundOpened) and step.closes is not None and not step.on.may_precede(step.closes):
        raise RoundClosesBeforeItOpens(opens=step.on, closes=step.closes)


def adopt_criteria(round_: Round, command: AdoptCriteria) -> list[Event]:
    if round_.criteria and round_.criteria == command.criteria:
        return []
    if not round_.open:
        raise RoundIsClosed
    if not command.criteria:
        raise RoundCriteriaEmpty
    if round_.criteria:
        raise CriteriaFixed(criteria=round_.criteria)
    return [CriteriaAdopted(criteria=command.criteria, on=command.on)]


def set_ring_fence(round_: Round, command: SetRingFence) -> list[Event]:
    before = round_.fences.get(command.name)
    if before == command.amount:
        return []
    if before is not None:
        raise RingFenceTaken(name=command.name)
    if not command.amount.is_positive:
        raise RingFenceNotPositive(amount=command.amount)
    _same_currency(round_, command.amount)
    if command.amount > round_.available():
        raise BudgetExceeded(available=round_.available(), wanted=command.amount)
    return [RingFenceSet(name=command.name, amount=command.amount, on=command.on)]


def commit_funds(round_: Round, command: CommitFunds) -> list[Event]:
    if command.ring_fence is not None and command.ring_fence not in round_.fences:
        raise RingFenceUnknown(name=command.ring_fence)
    _same_currency(round_, command.total)
    if command.total < Money.zero(command.total.currency):
        raise CommitmentNegative(total=command.total)
    before = round_.committed.get((command.award_id, command.ring_fence), Money.zero(command.total.currency))
    change = command.total - before
    if change == Money.zero(change.currency):
        return []
    if change.is_positive:
        available = round_.available(command.ring_fence)
        if change > available:
            raise BudgetExceeded(available=available, wanted=change)
        return [
            FundsCommitted(
                programme_id=round_.programme_id,
                scheme_id=round_.scheme_id,
                award_id=command.award_id,
                ring_fence=command.ring_fence,
                amount=change,
                on=command.on,
            )
        ]
    return [
        FundsReturned(
            programme_id=round_.programme_id,
            scheme_id=round_.scheme_id,
            award_id=command.award_id,
            ring_fence=command.ring_fence,
            amount=before - command.total,
            on=command.on,
        )
    ]


def _same_currency(round_: Round, amount: Money) -> None:
    if amount.currency != round_.budget.currency:
        raise RoundCurrencyDiffers(round=round_.budget.currency, given=amount.currency)
