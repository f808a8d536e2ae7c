"""The rules of contributions and strands. None of them moves money of the award."""

from typing import Any, TypeAlias

from domain.award.beside.commands import AgreeStrand, PledgeContribution, ReceiveContribution
from domain.award.beside.events import ContributionKind, ContributionPledged, ContributionReceived
from domain.award.beside.refusals import (
    ContributionEmpty,
    ContributionNotDescribed,
    ContributionNotPositive,
    ContributionNumberTaken,
    HoursOfCash,
    PledgeNumberTaken,
    PledgeOfAnother,
    PledgeUnknown,
    StrandAboveBudget,
    StrandNotMeasured,
    StrandNumberTaken,
    StrandWithoutLines,
)
from domain.award.events import Event
from domain.award.guards import numbered, same_currency
from domain.award.refusals import BudgetLineUnknown
from domain.award.state import Award
from domain.between.strands import StrandAgreed
from domain.values.frozen import values_without
from domain.values.numbers import given_or_next

BesideCommand: TypeAlias = PledgeContribution | ReceiveContribution | AgreeStrand


def pledge(award: Award, command: PledgeContribution) -> list[Event]:
    """Record a pledge. Raises Refused; each rule has its own subclass."""
    number = given_or_next(command.number, award.pledges)
    pledged = ContributionPledged(partnership_id=award.partnership_id, number=number, **_said(command))
    if award.pledges.get(number) == pledged:
        return []
    if number in award.pledges:
        raise PledgeNumberTaken(number=number)
    numbered(number)
    _complete(award, command)
    return [pledged]


def receive(award: Award, command: ReceiveContribution) -> list[Event]:
    """Record a contribution. Raises Refused; each rule has its own subclass."""
    number = given_or_next(command.number, award.contributions)
    received = ContributionReceived(partnership_id=award.partnership_id, number=number, **_said(command))
    if award.contributions.get(number) == received:
        return []
    if number in award.contributions:
        raise ContributionNumberTaken(number=number)
    numbered(number)
    _complete(award, command)
    if command.pledge is not None:
        _keeps(award, command, command.pledge)
    return [received]


def agree_strand(award: Award, command: AgreeStrand) -> list[Event]:
    """Agree a strand of the budget. Raises Refused; each rule has its own subclass."""
    number = given_or_next(command.number, award.strands)
    agreed = StrandAgreed(partnership_id=award.partnership_id, number=number, **_said(command))
    if award.strands.get(number) == agreed:
        return []
    if number in award.strands:
        raise StrandNumberTaken(number=number)
    numbered(number)
    if not (command.name.strip() and command.lines):
        raise StrandWithoutLines
    for line in command.lines:
        _known_line(award, line)
    _measured(award, command)
    return [agreed]


def _said(command: BesideCommand) -> dict[str, Any]:
    """What a command says, beside its award and its number."""
    return values_without(command, "award_id", "number")


def _complete(award: Award, command: PledgeContribution | ReceiveContribution) -> None:
    """Check what is contributed: some money or hours, for something, beside a known line."""
    if not command.description.strip():
        raise ContributionNotDescribed
    if command.amount is None and command.hours is None:
        raise ContributionEmpty
    if command.hours is not None and command.kind is ContributionKind.CASH:
        raise HoursOfCash(hours=command.hours)
    if command.amount is not None:
        same_currency(award, command.amount)
        if not command.amount.is_positive:
            raise ContributionNotPositive(contributed=command.amount)
    if command.hours is not None and command.hours < 1:
        raise ContributionNotPositive(contributed=command.hours)
    if command.line is not None:
        _known_line(award, command.line)


def _keeps(award: Award, command: ReceiveContribution, number: int) -> None:
    """Check that the contribution can keep pledge *number*. Raises PledgeUnknown and PledgeOfAnother."""
    found = award.pledges.get(number)
    if found is None:
        raise PledgeUnknown(number=number)
    if (found.contributor_id, found.kind) != (command.contributor_id, command.kind):
        raise PledgeOfAnother(number=number)


def _known_line(award: Award, line: str) -> None:
    if line not in award.lines:
        raise BudgetLineUnknown(line=line)


def _measured(award: Award, command: AgreeStrand) -> None:
    """Check that a strand has a share or an amount within the award.

    Raises StrandNotMeasured and StrandAboveBudget.
    """
    if (command.share is None) == (command.amount is None):
        raise StrandNotMeasured
    if command.share is not None and not 0 < command.share.part <= command.share.of:
        raise StrandAboveBudget(wanted=f"{command.share.part} of {command.share.of}", award=award.amount)
    if command.amount is not None:
        same_currency(award, command.amount)
        if not command.amount.is_positive or command.amount > award.amount:
            raise StrandAboveBudget(wanted=command.amount, award=award.amount)
