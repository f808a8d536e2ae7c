"""The rules of the profile: how much of an award is to be paid in each financial year."""

from domain.award.commands import AgreeProfile, ChangeProfile
from domain.award.events import Event, ProfileAgreed, ProfileChanged, ProfileLine
from domain.award.guards import explained, same_currency
from domain.award.refusals import ProfileAlreadyAgreed, ProfileNotAgreed, ProfileUnequalToAward
from domain.award.state import Award
from domain.values.money import total


def agree(award: Award, command: AgreeProfile) -> list[Event]:
    """Agree the first profile of the award. Raises Refused; each rule has its own subclass."""
    if award.profiles and award.profiles[0] == command.lines:
        return []
    if award.profiles:
        raise ProfileAlreadyAgreed
    adds_up(award, command.lines)
    return [ProfileAgreed(partnership_id=award.partnership_id, lines=command.lines, on=command.on)]


def change(award: Award, command: ChangeProfile) -> list[Event]:
    """Replace the profile of the award. Raises Refused; each rule has its own subclass."""
    if not award.profiles:
        raise ProfileNotAgreed
    if award.profiles[-1] == command.lines:
        return []
    explained(command.because)
    adds_up(award, command.lines)
    return [
        ProfileChanged(
            partnership_id=award.partnership_id,
            number=len(award.profiles) + 1,
            lines=command.lines,
            because=command.because,
            on=command.on,
        )
    ]


def adds_up(award: Award, lines: tuple[ProfileLine, ...]) -> None:
    """Check that the lines add up to the award. Raises CurrencyDiffers and ProfileUnequalToAward."""
    for line in lines:
        same_currency(award, line.amount)
    profile = total([line.amount for line in lines], award.currency)
    parts = {(line.year, line.spending) for line in lines}
    if len(parts) != len(lines) or profile != award.amount or not all(line.amount.is_positive for line in lines):
        raise ProfileUnequalToAward(award=award.amount, profile=profile)
