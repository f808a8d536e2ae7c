"""The round stream: a call for bids with a budget, opened, committed against and closed."""

from dataclasses import replace
from typing import TypeAlias, assert_never

from domain.fact import Fact
from domain.frozen import frozen
from domain.ids import AwardId, ProgrammeId, RoundId, SchemeId
from domain.money import Money
from domain.refusal import Refused
from domain.when import When

# --- Events -----------------------------------------------------------------------------------------------------------


@frozen
class RoundOpened(Fact):
    """Bids to a scheme are invited, for awards of *budget* in all. *closes* is the announced closing date."""

    programme_id: ProgrammeId
    scheme_id: SchemeId
    code: str
    name: str
    budget: Money
    closes: When | None = None


@frozen
class CriteriaAdopted(Fact):
    """The round is judged by these criteria."""

    criteria: tuple[str, ...]


@frozen
class FundsCommitted(Fact):
    """Part of the budget is bound by the offer of an award."""

    award_id: AwardId
    amount: Money


@frozen
class RoundClosed(Fact):
    """No further bids are taken."""


Event: TypeAlias = RoundOpened | CriteriaAdopted | FundsCommitted | RoundClosed

# --- State ------------------------------------------------------------------------------------------------------------


@frozen
class Round:
    """What the rules need to know of a round: its budget, what each award binds, and whether it takes bids."""

    code: str
    scheme_id: SchemeId
    budget: Money
    committed: dict[AwardId, Money]
    open: bool
    criteria: tuple[str, ...] = ()

    @property
    def available(self) -> Money:
        """Budget less commitments."""
        left = self.budget
        for amount in self.committed.values():
            left -= amount
        return left


def evolve(round_: Round | None, event: Event) -> Round:
    """The round after *event*."""
    if isinstance(event, RoundOpened):
        return Round(code=event.code, scheme_id=event.scheme_id, budget=event.budget, committed={}, open=True)
    assert round_ is not None
    match event:
        case CriteriaAdopted():
            return replace(round_, criteria=event.criteria)
        case FundsCommitted():
            return replace(round_, committed={**round_.committed, event.award_id: event.amount})
        case RoundClosed():
            return replace(round_, open=False)
        case _:
            assert_never(event)


# --- Commands ---------------------------------------------------------------------------------------------------------


@frozen
class OpenRound:
    """Invite bids to a scheme. Reads the programme as well."""

    round_id: RoundId
    programme_id: ProgrammeId
    scheme_id: SchemeId
    code: str
    name: str
    budget: Money
    closes: When | None = None
    on: When

    @property
    def stream(self) -> str:
        return self.round_id


@frozen
class AdoptCriteria:
    """Say by which criteria the round is judged."""

    round_id: RoundId
    criteria: tuple[str, ...]
    on: When

    @property
    def stream(self) -> str:
        return self.round_id


@frozen
class CommitFunds:
    """Bind part of the budget to an award. Decided together with the offer of that award."""

    round_id: RoundId
    award_id: AwardId
    amount: Money
    on: When

    @property
    def stream(self) -> str:
        return self.round_id


@frozen
class CloseRound:
    """Take no further bids."""

    round_id: RoundId
    on: When

    @property
    def stream(self) -> str:
        return self.round_id


Command: TypeAlias = OpenRound | AdoptCriteria | CommitFunds | CloseRound

# --- Rules ------------------------------------------------------------------------------------------------------------


class RoundUnknown(Refused):
    """There is no such round."""


class RoundAlreadyOpened(Refused):
    """A round stands under this identity already, with other particulars."""


class RoundIsClosed(Refused):
    """The round takes no further bids."""


class RoundBudgetNotPositive(Refused):
    """A round has a budget of more than nothing."""


class RoundClosesBeforeItOpens(Refused):
    """A round closes after it opens."""


class RoundCriteriaEmpty(Refused):
    """A round is judged by at least one criterion."""


class RoundCurrencyDiffers(Refused):
    """An award is in the currency of its round's budget."""


class BudgetExceeded(Refused):
    """The award would take the round past its budget."""


class FundsAlreadyCommitted(Refused):
    """The round has bound another amount to this award already."""


def decide(round_: Round | None, command: Command) -> list[Event]:
    """What happens when *command* is given to the round. Raises a Refused by the name of the rule."""
    match command:
        case OpenRound():
            return open_round(round_, command)
        case AdoptCriteria():
            return adopt_criteria(known(round_), command)
        case CommitFunds():
            return commit_funds(known(round_), command)
        case CloseRound():
            return [RoundClosed(on=command.on)] if known(round_).open else []
        case _:
            assert_never(command)


def known(round_: Round | None) -> Round:
    """The round, which must exist. Raises RoundUnknown."""
    if round_ is None:
        raise RoundUnknown
    return round_


def taking_bids(round_: Round | None) -> Round:
    """The round, which must be open. Raises RoundUnknown and RoundIsClosed."""
    if not known(round_).open:
        raise RoundIsClosed
    return known(round_)


def open_round(round_: Round | None, command: OpenRound) -> list[Event]:
    if round_ is not None:
        if (round_.code, round_.scheme_id, round_.budget) == (command.code, command.scheme_id, command.budget):
            return []
        raise RoundAlreadyOpened(code=round_.code)
    if not command.budget.is_positive:
        raise RoundBudgetNotPositive(budget=command.budget)
    if command.closes is not None and not command.on.may_precede(command.closes):
        raise RoundClosesBeforeItOpens(opens=command.on, closes=command.closes)
    return [
        RoundOpened(
            programme_id=command.programme_id,
            scheme_id=command.scheme_id,
            code=command.code,
            name=command.name,
            budget=command.budget,
            closes=command.closes,
            on=command.on,
        )
    ]


def adopt_criteria(round_: Round, command: AdoptCriteria) -> list[Event]:
    if round_.criteria and round_.criteria == command.criteria:
        return []
    if not round_.open:
        raise RoundIsClosed
    if not command.criteria:
        raise RoundCriteriaEmpty
    return [CriteriaAdopted(criteria=command.criteria, on=command.on)]


def commit_funds(round_: Round, command: CommitFunds) -> list[Event]:
    before = round_.committed.get(command.award_id)
    if before == command.amount:
        return []
    if before is not None:
        raise FundsAlreadyCommitted(amount=before)
    if command.amount.currency != round_.budget.currency:
        raise RoundCurrencyDiffers(round=round_.budget.currency, award=command.amount.currency)
    if command.amount > round_.available:
        raise BudgetExceeded(available=round_.available, wanted=command.amount)
    return [FundsCommitted(award_id=command.award_id, amount=command.amount, on=command.on)]
