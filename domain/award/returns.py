"""The rules of returns: the statements that a partnership owes the funder, and their certification."""

from domain.award.commands import CertifyReturn, PrepareReturn, RequireReturn
from domain.award.events import Event, ReturnCertified, ReturnPrepared, ReturnRequired
from domain.award.guards import numbered
from domain.award.refusals import AwardNotAccepted, ReturnEmpty, ReturnIsCertified, ReturnNumberTaken, ReturnUnknown
from domain.award.state import Award
from domain.values.numbers import given_or_next


def require(award: Award, command: RequireReturn) -> list[Event]:
    """Require a return; this is possible after the award has ended too.

    Raises ReturnNumberTaken, AwardNotAccepted, NumberNotPositive and ReturnEmpty.
    """
    number = given_or_next(command.number, award.returns_due)
    before = award.returns_due.get(number)
    if before == (command.covers, command.due):
        return []
    if before is not None:
        raise ReturnNumberTaken(number=number)
    if award.accepted is None:
        raise AwardNotAccepted(status=award.status.value)
    numbered(number)
    if not command.covers.strip() or command.due.latest is None:
        raise ReturnEmpty(due=command.due)
    return [
        ReturnRequired(
            partnership_id=award.partnership_id,
            number=number,
            covers=command.covers,
            due=command.due,
            on=command.on,
        )
    ]


def prepare(award: Award, command: PrepareReturn) -> list[Event]:
    """Record that a return is ready to be certified. Raises ReturnUnknown and ReturnIsCertified."""
    if command.number in award.prepared and command.number not in award.certified:
        return []
    if command.number not in award.returns_due:
        raise ReturnUnknown(number=command.number)
    if command.number in award.certified:
        raise ReturnIsCertified(number=command.number)
    return [ReturnPrepared(partnership_id=award.partnership_id, number=command.number, on=command.on)]


def certify(award: Award, command: CertifyReturn) -> list[Event]:
    """Record that a return has arrived, certified. Raises ReturnUnknown."""
    if command.number in award.certified:
        return []
    if command.number not in award.returns_due:
        raise ReturnUnknown(number=command.number)
    return [ReturnCertified(partnership_id=award.partnership_id, number=command.number, on=command.on)]
