"""The readers of a concern: nobody else gives a command about it, or learns that it exists."""

from domain import organisation, partnership
from domain.history import Written, written_to
from domain.people import person
from domain.reading import Reading
from domain.support import concern
from domain.values.ids import ConcernId, PersonId


def check_reader(reading: Reading, command: concern.Command, by: str) -> None:
    """Check that *by* reads the concern of *command*, unless it is a new one.

    Raises ConcernUnknown and ConcernAlreadyRaised. Neither says more of a concern to whoever does not read it: it is
    refused as an id is that nothing has.
    """
    found = reading.concern(command.concern_id)
    if found is not None and by in found.readers:
        return
    if not isinstance(command, concern.RaiseConcern):
        raise concern.ConcernUnknown
    if found is not None:
        raise concern.ConcernAlreadyRaised


def text_for(reading: Reading, concern_id: ConcernId, by: str) -> concern.Concern:
    """The concern as its reader *by* may see it now. Raises ConcernUnknown for everybody else."""
    found = reading.concern(concern_id)
    if found is None or by not in found.readers:
        raise concern.ConcernUnknown
    return found


def raise_concern(reading: Reading, command: concern.RaiseConcern) -> list[Written]:
    """Raise a concern about a known partnership or organisation. Its readers are registered people."""
    if command.partnership_id is not None:
        partnership.known(reading.partnership(command.partnership_id))
    if command.organisation_id is not None:
        organisation.known(reading.organisation(command.organisation_id))
    _acting(reading, command.readers)
    return written_to(command.stream, concern.decide(reading.concern(command.concern_id), command))


def change_readers(reading: Reading, command: concern.ChangeReaders) -> list[Written]:
    """Change the readers of a concern. Whoever is added is a registered person."""
    _acting(reading, command.added)
    return written_to(command.stream, concern.decide(reading.concern(command.concern_id), command))


def _acting(reading: Reading, people: tuple[PersonId, ...]) -> None:
    for one in people:
        person.acting(reading.person(one))
