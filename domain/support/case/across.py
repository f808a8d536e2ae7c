"""Decisions about support cases: they name a partnership, a concern, a delivery, outcomes and other organisations."""

from domain import delivery, organisation, outcome, partnership
from domain.across.mergers import going_on
from domain.history import Written, written_to
from domain.reading import Reading
from domain.support.case import (
    AgreeImprovementPlan,
    LendCapacity,
    OfferHelp,
    OpenSupportCase,
    ShareInformation,
    SupportCommand,
)
from domain.values.ids import OrganisationId
from domain.values.refusal import Refused


class ConcernNotShared(Refused):
    """There is no shared concern with this id. A support case names a concern only after it was shared."""


def decide_support(reading: Reading, command: SupportCommand) -> list[Written]:
    """Decide a command about a support case. What it names must exist, and organisations that it names go on.

    Raises ConcernNotShared.
    """
    decided = organisation.decide(reading.organisation(command.organisation_id), command)
    if not decided:
        return []
    if isinstance(command, OpenSupportCase):
        going_on(reading, command.organisation_id, command.on)
        if command.partnership_id is not None:
            partnership.known(reading.partnership(command.partnership_id))
        # To whoever asks, a concern that is confidential does not exist.
        found = reading.concern(command.concern_id) if command.concern_id is not None else None
        if command.concern_id is not None and (found is None or not found.shared):
            raise ConcernNotShared
    if isinstance(command, AgreeImprovementPlan):
        delivery.known(reading.delivery(command.delivery_id))
        for one in command.outcomes:
            outcome.known(reading.outcome(one))
    for named in _organisations(command):
        going_on(reading, named, command.on)
    return written_to(command.stream, decided)


def _organisations(command: SupportCommand) -> list[OrganisationId]:
    """The other organisations that *command* names."""
    match command:
        case OfferHelp():
            return [command.helper_id] if command.helper_id is not None else []
        case LendCapacity():
            return [command.lender_id]
        case ShareInformation():
            return [*command.shared_with]
    return []
