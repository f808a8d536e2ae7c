"""The parties of an award, which the standards require with the money: funder, recipients, scheme and partnership."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from domain import organisation, partnership, programme
from domain.values.fact import Fact
from projections.tables.effect import counts_from

IDENTIFIER = re.compile(r"(?:[A-Z]{2,3}-[A-Z0-9_]+|360G)-.+")
# The order of registers for an organisation with several identifiers.
PREFERRED = ("GB-CHC", "GB-COH", "GB-LAE", "GB-LAS", "GB-PLA", "GB-NIC", "GB-SC", "GB-GOR")
RECIPIENT = "recipient"

Histories = Mapping[str, Sequence[Fact]]


@dataclass(frozen=True, slots=True)
class KnownOrganisation:
    """An organisation with its name on the day. *identifiers* are pairs of register and value (``GB-CHC``, value)."""

    code: str
    name: str
    identifiers: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Parties:
    """The parties of an award. The first of *recipients* is responsible for it."""

    partnership_name: str
    scheme_code: str
    scheme_name: str
    recipients: tuple[KnownOrganisation, ...]
    funder: KnownOrganisation | None


def identifier_of(one: KnownOrganisation) -> str | None:
    """The identifier of an organisation in a public register, such as GB-CHC-1147511; None where none is known."""
    if IDENTIFIER.fullmatch(one.code):
        return one.code
    known = dict(one.identifiers)
    for register in (*PREFERRED, *sorted(known)):
        if register in known and IDENTIFIER.fullmatch(f"{register}-{known[register]}"):
            return f"{register}-{known[register]}"
    return None


def named_by(formed: Sequence[Fact]) -> tuple[set[str], set[str]]:
    """The programmes and organisations that the events of a partnership name."""
    programmes = {event.programme_id for event in formed if isinstance(event, partnership.PartnershipFormed)}
    named = {getattr(event, "organisation_id", None) or getattr(event, "lead_id", None) for event in formed}
    return set(programmes), {str(one) for one in named if one is not None}


def funders_of(established: Sequence[Fact]) -> set[str]:
    """The organisations that fund a programme or its schemes."""
    kinds = programme.ProgrammeEstablished | programme.SchemeEstablished
    named = {event.funder_id for event in established if isinstance(event, kinds)}
    return {one for one in named if one is not None}


def parties_of(histories: Histories, partnership_id: str, funder_id: str | None, as_at: date) -> Parties | None:
    """The parties of the awards of a partnership; None where the partnership was not formed by the day."""
    by_then = [event for event in histories.get(partnership_id, ()) if counts_from(event.on) <= as_at]
    formed = next((event for event in by_then if isinstance(event, partnership.PartnershipFormed)), None)
    if formed is None:
        return None
    name, lead, partners = formed.name, formed.lead_id, dict[str, None]()
    for event in by_then:
        match event:
            case partnership.PartnershipRenamed(name=str() as new):
                name = new
            case partnership.LeadChanged():
                lead = event.organisation_id
            case partnership.PartnerJoined(role="recipient"):
                partners[event.organisation_id] = None
            case partnership.PartnerLeft():
                partners.pop(event.organisation_id, None)
                lead = None if lead == event.organisation_id else lead
    scheme, of_scheme = _scheme(histories.get(formed.programme_id, ()), formed.scheme_id)
    named = dict.fromkeys([lead, *partners] if lead is not None else partners)
    return Parties(
        partnership_name=name,
        scheme_code=scheme.code if scheme is not None else formed.scheme_id,
        scheme_name=scheme.name if scheme is not None else formed.scheme_id,
        recipients=tuple(one for one in (organisation_of(histories, who, as_at) for who in named) if one is not None),
        funder=organisation_of(histories, funder_id or of_scheme, as_at),
    )


def _scheme(history: Sequence[Fact], scheme_id: str) -> tuple[programme.SchemeEstablished | None, str | None]:
    """The scheme and the id of its funder: its own funder, or otherwise that of its programme."""
    established = next((event for event in history if isinstance(event, programme.ProgrammeEstablished)), None)
    funder = established.funder_id if established is not None else None
    for event in history:
        if isinstance(event, programme.SchemeEstablished) and event.scheme_id == scheme_id:
            return event, event.funder_id or funder
    return None, funder


def organisation_of(histories: Histories, organisation_id: str | None, as_at: date) -> KnownOrganisation | None:
    """The organisation with its name on the day; None where it is not registered."""
    if organisation_id is None:
        return None
    history = histories.get(organisation_id, ())
    registered = next((event for event in history if isinstance(event, organisation.OrganisationRegistered)), None)
    if registered is None:
        return None
    renamed = [
        event.name
        for event in history
        if isinstance(event, organisation.OrganisationRenamed) and counts_from(event.on) <= as_at
    ]
    known = [(event.register, event.value) for event in history if isinstance(event, organisation.IdentifierRecorded)]
    return KnownOrganisation(
        code=registered.code, name=renamed[-1] if renamed else registered.name, identifiers=tuple(dict.fromkeys(known))
    )
