"""What is known of an outcome after its events."""

from dataclasses import field
from typing import assert_never

from domain.outcome.events import (
    Event,
    EvidenceGiven,
    IndicatorAgreed,
    IndicatorRevised,
    Numbered,
    OutcomeExplained,
    OutcomeLinked,
    OutcomeRestated,
    OutcomeStated,
    ResultRejected,
    ResultReported,
    ResultVerified,
    SavingStated,
    TargetRevised,
    UnplannedOutcomeReported,
)
from domain.values.fact import DateCorrected, StatementReplaced
from domain.values.frozen import frozen, replace
from domain.values.ids import OutcomeId, PartnershipId
from domain.values.when import When


@frozen
class Outcome:
    """What the rules need to know about an outcome.

    *checked* is True where the latest result was verified, False where it was rejected, None where it was not checked.
    *numbered* has the evidence, explanations, links and savings, by their kind and number.
    """

    partnership_id: PartnershipId
    indicator: str
    target: str | None = None
    result: tuple[str, When] | None = None
    checked: bool | None = None
    numbered: dict[type[Numbered], dict[int, Numbered]] = field(default_factory=dict)

    @property
    def leads_to(self) -> frozenset[OutcomeId]:
        """The outcomes that this one led to."""
        links = self.numbered.get(OutcomeLinked, {}).values()
        return frozenset(one.leads_to_id for one in links if isinstance(one, OutcomeLinked))


def evolve(outcome: Outcome | None, event: Event) -> Outcome:
    """The outcome after *event*."""
    match event:
        case IndicatorAgreed() | OutcomeStated():
            return Outcome(partnership_id=event.partnership_id, indicator=event.indicator, target=event.target)
        case UnplannedOutcomeReported():
            reported = (event.value, event.on)
            return Outcome(partnership_id=event.partnership_id, indicator=event.indicator, result=reported)
    assert outcome is not None
    match event:
        case IndicatorRevised():
            return replace(outcome, indicator=event.indicator)
        case TargetRevised() | OutcomeRestated():
            return replace(outcome, target=event.target)
        case ResultReported():
            return replace(outcome, result=(event.value, event.on), checked=None)
        case ResultVerified():
            return replace(outcome, checked=True)
        case ResultRejected():
            return replace(outcome, checked=False)
        case EvidenceGiven() | OutcomeExplained() | OutcomeLinked() | SavingStated():
            alike = {**outcome.numbered.get(type(event), {}), event.number: event}
            return replace(outcome, numbered={**outcome.numbered, type(event): alike})
        case DateCorrected() | StatementReplaced():
            return outcome  # domain.reading folds the corrected history.
        case _:
            assert_never(event)
