"""Decisions about people, bodies and authorities: what they name must exist, and belong to the programme."""

from domain import bid, governance, organisation, partnership, programme
from domain.history import Written, written_to
from domain.people import person
from domain.reading import Reading
from domain.values.ids import OrganisationId, PartnershipId, ProgrammeId
from domain.values.refusal import Refused


class OfAnotherProgramme(Refused):
    """The partnership belongs to another programme. A body or limit is about partnerships of its own programme."""


class LimitCurrencyDiffers(Refused):
    """The limit is in {limit} and the programme is in {programme}. Use the currency of the programme."""


class PayeesAlwaysSeparated(Refused):
    """An organisation may be paid by several programmes, so none of them lifts this separation. The account of a payee
    is always verified by another person.
    """


def govern(reading: Reading, command: governance.Command) -> list[Written]:
    """Change the governance of a known programme. What the command names must exist in it."""
    found = programme.known(reading.programme(command.programme_id))
    match command:
        case governance.EstablishBody():
            _of_programme(reading, command.partnership_id, command.programme_id)
        case governance.LiftSeparation() if command.separation is governance.Separation.PAYEE:
            raise PayeesAlwaysSeparated
        case governance.AppointMember():
            person.acting(reading.person(command.person_id))
            _known_organisation(reading, command.organisation_id)
        case governance.GrantDelegation():
            _of_programme(reading, command.partnership_id, command.programme_id)
            if command.scheme_id is not None and command.scheme_id not in found.schemes:
                raise programme.SchemeUnknown(scheme=command.scheme_id)
            if command.limit is not None and command.limit.currency != found.currency:
                raise LimitCurrencyDiffers(limit=command.limit.currency, programme=found.currency)
    return written_to(command.stream, governance.decide(reading.governance(command.programme_id), command))


def declare_interest(reading: Reading, command: bid.DeclareInterest) -> list[Written]:
    """Declare the interest of a known person, in a known organisation if one is named."""
    person.known(reading.person(command.person_id))
    _known_organisation(reading, command.organisation_id)
    return written_to(command.stream, bid.decide(reading.bid(command.bid_id), command))


def recuse_assessor(reading: Reading, command: bid.RecuseAssessor) -> list[Written]:
    """Recuse a known person from a bid."""
    person.known(reading.person(command.person_id))
    return written_to(command.stream, bid.decide(reading.bid(command.bid_id), command))


def place_person(reading: Reading, command: person.RegisterPerson | person.MovePerson) -> list[Written]:
    """Register or move a person, who works for a known organisation if one is named."""
    _known_organisation(reading, command.organisation_id)
    return written_to(command.stream, person.decide(reading.person(command.person_id), command))


def grant_role(reading: Reading, command: person.GrantRole | person.RevokeRole) -> list[Written]:
    """Give or take a role, in a known programme, scheme or partnership if one is named."""
    if command.programme_id is not None:
        found = programme.known(reading.programme(command.programme_id))
        if command.scheme_id is not None and command.scheme_id not in found.schemes:
            raise programme.SchemeUnknown(scheme=command.scheme_id)
    if command.partnership_id is not None:
        partnership.known(reading.partnership(command.partnership_id))
    return written_to(command.stream, person.decide(reading.person(command.person_id), command))


def _of_programme(reading: Reading, partnership_id: PartnershipId | None, programme_id: ProgrammeId) -> None:
    if partnership_id is None:
        return
    if partnership.known(reading.partnership(partnership_id)).programme_id != programme_id:
        raise OfAnotherProgramme


def _known_organisation(reading: Reading, organisation_id: OrganisationId | None) -> None:
    if organisation_id is not None:
        organisation.known(reading.organisation(organisation_id))
