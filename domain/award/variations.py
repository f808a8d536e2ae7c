"""The rules of variations, the only way to change the amount of an accepted award."""

from domain.award.commands import VaryAward
from domain.award.events import AwardVaried, Event, LineChange, Variation
from domain.award.guards import explained, numbered, same_currency
from domain.award.refusals import (
    AwardNotAccepted,
    BelowCommitted,
    BudgetLineBelowNothing,
    BudgetLineUnknown,
    ChangeOfWrongKind,
    EndNotLater,
    InstalmentsAboveAward,
    LineChangesUnequal,
    NothingToCorrect,
    VariationNumberTaken,
)
from domain.award.state import Award, Status
from domain.values.money import Money, total
from domain.values.numbers import given_or_next


def vary(award: Award, command: VaryAward) -> list[Event]:
    """Change the award. Raises Refused; each rule has its own subclass."""
    number = given_or_next(command.number, award.variations)
    varied = AwardVaried(
        partnership_id=award.partnership_id,
        number=number,
        kind=command.kind,
        change=command.change,
        lines=command.lines,
        until=command.until,
        because=command.because,
        corrects=command.corrects,
        on=command.on,
    )
    if award.variations.get(number) == varied:
        return []
    if number in award.variations:
        raise VariationNumberTaken(number=number)
    if award.status is not Status.ACCEPTED:
        raise AwardNotAccepted(status=award.status.value)
    numbered(number)
    explained(command.because)
    same_currency(award, command.change)
    of_its_kind(award, command)
    fits_lines(award, command)
    committed = max(award.asked - award.returned, award.regranted)
    if award.amount + command.change < committed:
        raise BelowCommitted(committed=committed, change=command.change)
    if command.change < Money.zero(award.currency) and award.amount + command.change < award.planned:
        raise InstalmentsAboveAward(planned=award.planned, award=award.amount + command.change)
    return [varied]


def of_its_kind(award: Award, command: VaryAward) -> None:
    """Check that the change fits its kind. Raises ChangeOfWrongKind, EndNotLater and NothingToCorrect."""
    zero = Money.zero(award.currency)
    change = command.change
    fits = {
        Variation.UPLIFT: change > zero,
        Variation.REDUCTION: change < zero,
        Variation.REALLOCATION: change == zero and bool(command.lines),
        Variation.EXTENSION: change == zero and not command.lines and command.until is not None,
        Variation.CORRECTION: True,
    }[command.kind]
    if not fits:
        raise ChangeOfWrongKind(kind=command.kind.value, change=change)
    named = command.corrects is not None or command.kind is Variation.CORRECTION
    if named and command.corrects not in award.variations:
        raise NothingToCorrect(corrects=command.corrects)
    later = command.until is None or award.until is None or award.until.may_precede(command.until)
    may_shorten = command.kind in (Variation.REDUCTION, Variation.CORRECTION)
    stays = command.kind is Variation.EXTENSION and command.until == award.until
    if stays or not (later or may_shorten):
        raise EndNotLater(until=award.until)


def fits_lines(award: Award, command: VaryAward) -> None:
    """Check that the changes of budget lines add up to the change of the award, and fit the lines.

    Raises BudgetLineUnknown, BudgetLineBelowNothing and LineChangesUnequal.
    """
    if not award.lines:
        if command.lines:
            raise BudgetLineUnknown(line=command.lines[0].name)
        return
    for line in command.lines:
        same_currency(award, line.change)
        _fits(award, line)
    changes = total([line.change for line in command.lines], award.currency)
    if changes != command.change or len({line.name for line in command.lines}) != len(command.lines):
        raise LineChangesUnequal(award=command.change, lines=changes)


def _fits(award: Award, line: LineChange) -> None:
    if line.name not in award.lines:
        raise BudgetLineUnknown(line=line.name)
    if award.lines[line.name] + line.change < Money.zero(award.currency):
        raise BudgetLineBelowNothing(line=line.name, amount=award.lines[line.name])
