"""The programme, scheme, organisations and partnership of a grant that a register states."""

from collections.abc import Iterator
from functools import reduce

from domain import organisation, partnership, programme
from domain.history import Written
from domain.reading import Reading
from domain.stated_grant import GrantIds, StatedGrant, StatedOrganisation
from domain.values.fact import Fact, InvolvementStated, Source
from domain.values.ids import OrganisationId
from domain.values.refusal import Refused
from domain.values.when import UNKNOWN

RECIPIENT = "recipient"


class ProgrammeInAnotherCurrency(Refused):
    """The grant is in {grant}, but its programme is in {programme}. A programme has one currency."""


def programme_events(found: programme.Programme | None, grant: StatedGrant, ids: GrantIds) -> list[Fact]:
    """Events for the programme and scheme of the grant, if they or their names are new.

    Raises ProgrammeInAnotherCurrency.
    """
    events: list[Fact] = []
    if found is None:
        establish = programme.EstablishProgramme(
            programme_id=ids.programme_id,
            code=grant.programme_code,
            name=grant.programme_name,
            currency=grant.awarded.currency,
            on=UNKNOWN,
            source=grant.source,
        )
        begun = programme.decide(None, establish)
        found = reduce(programme.evolve, begun, found)
        assert found is not None
        events += begun
    events += programme.name_stated(found, None, grant.programme_name, grant.source)
    if found.currency != grant.awarded.currency:
        raise ProgrammeInAnotherCurrency(programme=found.currency, grant=grant.awarded.currency)
    if ids.scheme_id not in found.schemes:
        scheme = programme.EstablishScheme(
            programme_id=ids.programme_id,
            scheme_id=ids.scheme_id,
            code=grant.scheme_code,
            name=grant.scheme_name,
            kind="stated",
            on=UNKNOWN,
            source=grant.source,
        )
        events += programme.decide(found, scheme)
    elif grant.scheme_titled:
        events += programme.name_stated(found, ids.scheme_id, grant.scheme_name, grant.source)
    return events


def organisation_events(reading: Reading, grant: StatedGrant, ids: GrantIds) -> list[Written]:
    """Events for organisations that are new, and for new names and identifiers of known ones."""
    written: list[Written] = []
    known: dict[OrganisationId, organisation.Organisation | None] = {}
    for one in grant.organisations:
        organisation_id = ids.organisations[one.code]
        if organisation_id not in known:
            known[organisation_id] = reading.organisation(organisation_id)
        for event in _organisation(known[organisation_id], one, grant.source):
            known[organisation_id] = organisation.evolve(known[organisation_id], event)
            written.append(Written(organisation_id, event))
    return written


def _organisation(
    found: organisation.Organisation | None, stated: StatedOrganisation, source: Source
) -> Iterator[organisation.Event]:
    if found is None:
        yield organisation.OrganisationRegistered(
            code=stated.code, name=stated.name, kind=stated.kind or "organisation", on=UNKNOWN, source=source
        )
    elif stated.name not in found.names:
        yield organisation.NameStated(name=stated.name, on=UNKNOWN, source=source)
    for register, value in stated.identifiers:
        if found is None or (register, value) not in found.known_as:
            yield organisation.IdentifierRecorded(register=register, value=value, on=UNKNOWN, source=source)


def partnership_events(reading: Reading, grant: StatedGrant, ids: GrantIds) -> list[Fact]:
    """Events for the partnership of the recipients, if new, and for other organisations that take part."""
    found = reading.partnership(ids.partnership_id)
    lead, *others = (ids.organisations[one.code] for one in grant.recipients)
    form = partnership.FormPartnership(
        partnership_id=ids.partnership_id,
        programme_id=ids.programme_id,
        scheme_id=ids.scheme_id,
        code=ids.partnership_code,
        name=" and ".join(dict.fromkeys(one.name for one in grant.recipients)),
        kind="recipient" if not others else "recipients",
        lead_id=lead,
        on=UNKNOWN,
        source=grant.source,
    )
    partners = found.partners if found is not None else frozenset()
    joined = [
        partnership.PartnerJoined(
            partnership_id=ids.partnership_id,
            organisation_id=organisation_id,
            role=RECIPIENT,
            on=UNKNOWN,
            source=grant.source,
        )
        for organisation_id in dict.fromkeys(others)
        if (organisation_id, RECIPIENT) not in partners
    ]
    return [*partnership.decide(found, form), *joined, *_involvements(reading, grant, ids)]


def _involvements(reading: Reading, grant: StatedGrant, ids: GrantIds) -> list[Fact]:
    if not grant.involved:
        return []
    known = {
        (event.organisation_id, event.role)
        for event in reading.history(ids.partnership_id)
        if isinstance(event, InvolvementStated)
    }
    stated = dict.fromkeys((ids.organisations[one.code], role) for one, role in grant.involved)
    return [
        InvolvementStated(
            partnership_id=ids.partnership_id,
            organisation_id=organisation_id,
            role=role,
            on=UNKNOWN,
            source=grant.source,
        )
        for organisation_id, role in stated
        if (organisation_id, role) not in known
    ]
