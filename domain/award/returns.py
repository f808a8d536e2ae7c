"""The rules of returns: what a partnership owes the funder by when, and what has come in."""

from domain.award.commands import CertifyReturn, RequireReturn
from domain.award.events import Event, ReturnCertified, ReturnRequired
from domain.award.guards import numbered
from domain.award.refusals import AwardNotAccepted, ReturnEmpty, ReturnNumberTaken, ReturnUnknown
from domain.award.state import Award


def require(award: Award, command: RequireReturn) -> list[Event]:
    """Ask for a return, also after the award has ended. Raises a Refused by the name of the rule."""
    before = award.returns_due.get(command.number)
    if before == (command.covers, command.due):
        return []
    if before is not None:
        raise ReturnNumberTaken(number=command.number)
    if award.accepted is None:
        raise AwardNotAccepted(status=award.status.value)
    numbered(command.number)
    if not command.covers.strip() or command.due.latest is None:
        raise ReturnEmpty(due=command.due)
    return [
        ReturnRequired(
            partnership_id=award.partnership_id,
            number=command.number,
            covers=command.covers,
            due=command.due,
            on=command.on,
        )
    ]


def certify(award: Award, command: CertifyReturn) -> list[Event]:
    """Note that a return has come in. Raises ReturnUnknown."""
    if command.number in award.certified:
        return []
    if command.number not in award.returns_due:
        raise ReturnUnknown(number=command.number)
    return [ReturnCertified(partnership_id=award.partnership_id, number=command.number, on=command.on)]
