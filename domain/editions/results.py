"""Events for what is new in a register's statement of the results of a grant."""

from collections.abc import Sequence
from typing import Any, TypeAlias

from domain import outcome
from domain.editions.statement import Statement
from domain.history import Written
from domain.reading import Reading
from domain.stated_grant import GrantIds, StatedGrant, StatedResult
from domain.values.fact import Fact
from domain.values.ids import PartnershipId

# The status of a result that its register no longer states.
GONE = "no longer stated"


Measured: TypeAlias = tuple[object, ...]


def outcome_events(reading: Reading, before: Statement | None, grant: StatedGrant, ids: GrantIds) -> list[Written]:
    written: list[Written] = []
    for result in grant.results:
        stream = ids.outcomes[result.key]
        history = reading.history(stream)
        if not history:
            written.append(Written(stream, _outcome(result, grant, ids)))
        elif _measured(_last_stated(history)) != _measured(result):
            written.append(Written(stream, _outcome_again(result, history[0], grant)))
    particulars = before.particulars if before is not None else None
    for outcome_id in particulars.outcomes if particulars is not None else ():
        history = reading.history(outcome_id)
        if outcome_id not in ids.outcomes.values() and _is_stated(history[-1]):
            dropped = outcome.OutcomeRestated(
                partnership_id=_partnership_of(history[0]), status=GONE, on=history[-1].on, source=grant.source
            )
            written.append(Written(outcome_id, dropped))
    return written


def _outcome(result: StatedResult, grant: StatedGrant, ids: GrantIds) -> outcome.OutcomeStated:
    return outcome.OutcomeStated(
        partnership_id=ids.partnership_id,
        impact=result.impact,
        level=result.level,
        indicator=result.indicator,
        **_measures(result, grant),
    )


def _outcome_again(result: StatedResult, first: Fact, grant: StatedGrant) -> outcome.OutcomeRestated:
    return outcome.OutcomeRestated(partnership_id=_partnership_of(first), **_measures(result, grant))


def _measures(result: StatedResult, grant: StatedGrant) -> dict[str, Any]:
    """The fields that a later edition can change."""
    return {
        "unit": result.unit,
        "baseline": result.baseline,
        "target": result.target,
        "result": result.result,
        "status": "stated",
        "evidence": result.evidence,
        "on": result.on,
        "source": grant.source,
    }


def _partnership_of(first: Fact) -> PartnershipId:
    assert isinstance(first, outcome.OutcomeStated)
    return first.partnership_id


def _is_stated(last: Fact) -> bool:
    return isinstance(last, outcome.OutcomeStated | outcome.OutcomeRestated)


def _last_stated(history: Sequence[Fact]) -> outcome.OutcomeStated | outcome.OutcomeRestated:
    """The last statement of a register: what the partnership and the funder recorded since is not part of it."""
    return [one for one in history if isinstance(one, outcome.OutcomeStated | outcome.OutcomeRestated)][-1]


def _measured(stated: outcome.OutcomeStated | outcome.OutcomeRestated | StatedResult) -> Measured:
    status = "stated" if isinstance(stated, StatedResult) else stated.status
    return (stated.unit, stated.baseline, stated.target, stated.result, stated.evidence, stated.on, status)
