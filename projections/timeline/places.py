"""On which timelines an event is: that of the thing that it is about, and those of organisations that it names.

An event is about its partnership. Without one it is about its round or organisation, or else its scheme or programme.
"""

from collections.abc import Mapping, Sequence
from typing import NamedTuple, get_args

from domain import award, bid, delivery, funding_round, partnership, programme
from domain.between import pooling
from domain.history import Recorded, partnership_of
from domain.support import case, concern
from domain.values.fact import DateCorrected, Fact, HappeningNoted, InvolvementStated
from projections.untold import UNTOLD

# The field with the organisation on whose timeline an event is as well. A funder has its awards as a list instead: a
# national funder has a hundred thousand.
INVOLVED: Mapping[type[Fact], str] = {
    programme.ProgrammeEstablished: "funder_id",
    programme.SchemeEstablished: "funder_id",
    partnership.PartnershipFormed: "lead_id",
    partnership.TakeUpStated: "provider_id",
    **dict.fromkeys((award.PaymentRequested, award.ExpenditureReported, pooling.ChargeAgreed), "payee_id"),
    **dict.fromkeys((award.ContributionPledged, award.ContributionReceived), "contributor_id"),
    **dict.fromkeys(
        (
            partnership.PartnerJoined, partnership.PartnerLeft, partnership.LeadChanged, bid.AdviserRecorded,
            delivery.SupplierEngaged, delivery.SupplierReplaced, delivery.ProcurementStepTaken,
            delivery.DeliverableAgreed, delivery.ActivityHeld, HappeningNoted,
            InvolvementStated, *concern.OPEN, *get_args(case.SupportEvent),
        ),
        "organisation_id",
    ),
}  # fmt: skip
# The first part of the ids of things that have a timeline, beside partnerships.
_KINDS = ("programme", "scheme", "round", "organisation")
_BEGINNING = (
    programme.ProgrammeEstablished, programme.SchemeEstablished, funding_round.RoundOpened,
    partnership.PartnershipFormed,
)  # fmt: skip
_UNTOLD_STEPS = frozenset(kind.__name__ for kind in UNTOLD)


class Place(NamedTuple):
    """The scheme and the programme that a thing belongs to, as far as it does."""

    scheme_id: str | None = None
    programme_id: str | None = None


def subject_of(recorded: Recorded) -> str | None:
    """The id of the thing that an event is about; None if that has no timeline.

    A date that was corrected is about what its step is about, so that of an untold step is untold.
    """
    event = recorded.event
    partnership_id = partnership_of(event)
    if partnership_id is not None:
        return partnership_id
    if isinstance(event, DateCorrected) and event.step in _UNTOLD_STEPS:
        return None
    stream = recorded.stream
    if stream.startswith(("round-", "organisation-")):
        return stream
    if isinstance(event, concern.OPEN):
        return event.organisation_id
    place = place_stated(recorded)
    # What people say of a discrepancy names its subject; that may also be a text that several things share.
    return place.scheme_id or place.programme_id or _thing(getattr(event, "subject", None))


def place_stated(recorded: Recorded) -> Place:
    """The scheme and the programme that an event names, by a field or by its stream."""
    event, stream = recorded.event, recorded.stream
    programme_id = getattr(event, "programme_id", None) or (stream if stream.startswith("programme-") else None)
    return Place(getattr(event, "scheme_id", None), programme_id)


def places_given(page: Sequence[Recorded]) -> dict[str, Place]:
    """The scheme and the programme of each thing that the events of *page* begin."""
    return {
        recorded.event.scheme_id if isinstance(recorded.event, programme.SchemeEstablished) else recorded.stream:
        place_stated(recorded)
        for recorded in page
        if type(recorded.event) in _BEGINNING
    }  # fmt: skip


def _thing(subject: str | None) -> str | None:
    return subject if subject is not None and subject.partition("-")[0] in _KINDS else None


def involved_in(event: Fact) -> str | None:
    """The organisation on whose timeline *event* is as well, if there is one."""
    field = INVOLVED.get(type(event))
    found: str | None = getattr(event, field) if field is not None else None
    return found
