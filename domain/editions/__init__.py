"""Editions of a register: compare what a row states with what the register stated before, and record the difference.

Only identity is checked here. What a register states is recorded even if it breaks a rule of the live programme: that
is a discrepancy, not a refusal. A row that repeats what it stated gives no events. So importing an edition again
records nothing, and importing half of it and then all of it records each fact once.
"""

from functools import reduce

from domain import award
from domain.editions.awards import award_events
from domain.editions.belonging import (
    ProgrammeInAnotherCurrency,
    organisation_events,
    partnership_events,
    programme_events,
)
from domain.editions.bids import bid_events
from domain.editions.results import outcome_events
from domain.editions.statement import Statement, statement
from domain.history import Written, written_to
from domain.reading import Reading
from domain.stated_grant import MissGrant, StateGrant
from domain.values.fact import NothingThere
from domain.values.ids import AwardId
from domain.values.refusal import Refused
from domain.values.when import UNKNOWN

__all__ = ["ProgrammeInAnotherCurrency", "StatedByAnotherRegister", "miss_grant", "state_grant"]


class StatedByAnotherRegister(Refused):
    """This grant was already recorded by another register or by ourselves. A register changes only the grants that it
    stated first.
    """


def state_grant(reading: Reading, command: StateGrant) -> list[Written]:
    """Record what is new in a row about a grant, and about everything that the row names.

    Raises StatedByAnotherRegister, ProgrammeInAnotherCurrency, and what the programme and partnership refuse.
    """
    grant, ids = command.grant, command.ids
    before = _stated_before(reading, ids.award_id, grant.register)
    events = list(award_events(before, grant, ids))
    return [
        *written_to(ids.programme_id, programme_events(reading.programme(ids.programme_id), grant, ids)),
        *organisation_events(reading, grant, ids),
        *written_to(ids.partnership_id, partnership_events(reading, grant, ids)),
        *written_to(ids.bid_id, bid_events(reading.history(ids.bid_id), grant, ids)),
        *written_to(ids.award_id, events),
        *outcome_events(reading, before, grant, ids),
    ]


def miss_grant(reading: Reading, command: MissGrant) -> list[Written]:
    """Record that a register no longer contains a grant. Raises NothingThere and StatedByAnotherRegister."""
    before = _stated_before(reading, command.award_id, command.source.register)
    if before is None:
        raise NothingThere(stream=command.award_id)
    if not before.present:
        return []
    dropped = award.AwardNoLongerStated(partnership_id=before.partnership_id, on=UNKNOWN, source=command.source)
    return written_to(command.award_id, [dropped])


def _stated_before(reading: Reading, award_id: AwardId, register: str) -> Statement | None:
    history = reading.history(award_id)
    before = reduce(statement, history, None)
    if history and (before is None or before.register != register):
        raise StatedByAnotherRegister(register=before.register if before else None)
    return before
