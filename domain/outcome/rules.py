"""The rules of an outcome."""

from typing import assert_never

from domain.outcome.commands import (
    AgreeIndicator,
    Command,
    ExplainOutcome,
    GiveEvidence,
    LinkOutcome,
    Numbering,
    RejectResult,
    ReportResult,
    ReportUnplannedOutcome,
    ReviseIndicator,
    ReviseTarget,
    StateSaving,
    VerifyResult,
)
from domain.outcome.events import (
    Event,
    EvidenceGiven,
    IndicatorAgreed,
    IndicatorRevised,
    Numbered,
    OutcomeExplained,
    OutcomeLinked,
    ResultRejected,
    ResultReported,
    ResultVerified,
    SavingStated,
    TargetRevised,
    UnplannedOutcomeReported,
)
from domain.outcome.refusals import (
    BaselineNotGiven,
    EvidenceMissing,
    ExpectedBeforeBaseline,
    IndicatorAlreadyAgreed,
    IndicatorEmpty,
    IndicatorUnexplained,
    LevelUnknown,
    NothingReported,
    OutcomeNumberTaken,
    OutcomeTextEmpty,
    OutcomeUnknown,
    RejectionUnexplained,
    ResultAlreadyChecked,
    ResultEmpty,
    SavingAboveCost,
    SavingNotPositive,
    TargetUnexplained,
)
from domain.outcome.state import Outcome
from domain.published.framework import LEVELS
from domain.values.fact import digested
from domain.values.frozen import values_without
from domain.values.numbers import LAST, given_or_next


def decide(outcome: Outcome | None, command: Command) -> list[Event]:
    """The events that *command* leads to. Raises the Refused subclass of the rule that it breaks."""
    match command:
        case AgreeIndicator():
            return agree(outcome, command)
        case ReportUnplannedOutcome():
            return report_unplanned(outcome, command)
        case ReviseIndicator():
            return revise_indicator(known(outcome), command)
        case ReviseTarget():
            return revise(known(outcome), command)
        case ReportResult():
            return report(known(outcome), command)
        case VerifyResult():
            return verify(known(outcome), command)
        case RejectResult():
            return reject(known(outcome), command)
        case GiveEvidence() | ExplainOutcome() | LinkOutcome() | StateSaving():
            return add(known(outcome), command)
        case _:
            assert_never(command)


def known(outcome: Outcome | None) -> Outcome:
    """The outcome, which must exist. Raises OutcomeUnknown."""
    if outcome is None:
        raise OutcomeUnknown
    return outcome


def agree(outcome: Outcome | None, command: AgreeIndicator) -> list[Event]:
    if _begun(outcome, command):
        return []
    _in_time(command)
    return [IndicatorAgreed(**values_without(command, "outcome_id"))]


def _begun(outcome: Outcome | None, command: AgreeIndicator | ReportUnplannedOutcome) -> bool:
    """Whether the outcome has begun already, with the same indicator of the same partnership.

    Raises IndicatorAlreadyAgreed, IndicatorEmpty and LevelUnknown.
    """
    if outcome is not None:
        if (outcome.partnership_id, outcome.indicator) == (command.partnership_id, command.indicator):
            return True
        raise IndicatorAlreadyAgreed(indicator=outcome.indicator)
    if not command.indicator.strip():
        raise IndicatorEmpty
    if command.level not in LEVELS:
        raise LevelUnknown(level=command.level, levels=", ".join(LEVELS))
    return False


def _in_time(command: AgreeIndicator) -> None:
    """Check the dates of a goal. Raises BaselineNotGiven and ExpectedBeforeBaseline."""
    measured, expected = command.baseline_on, command.expected_by
    if measured is not None and command.baseline is None:
        raise BaselineNotGiven(on=measured)
    if measured is not None and expected is not None and not measured.may_precede(expected):
        raise ExpectedBeforeBaseline(expected=expected, baseline=measured)


def report_unplanned(outcome: Outcome | None, command: ReportUnplannedOutcome) -> list[Event]:
    """Begin an outcome with a result that was no goal."""
    if _begun(outcome, command):
        return []
    if not command.value.strip():
        raise ResultEmpty
    return [UnplannedOutcomeReported(**values_without(command, "outcome_id"))]


def revise_indicator(outcome: Outcome, command: ReviseIndicator) -> list[Event]:
    if outcome.indicator == command.indicator:
        return []
    if not command.indicator.strip():
        raise IndicatorEmpty
    if not command.because.strip():
        raise IndicatorUnexplained
    return [
        IndicatorRevised(
            partnership_id=outcome.partnership_id,
            indicator=command.indicator,
            because=command.because,
            comparable=command.comparable,
            on=command.on,
        )
    ]


def revise(outcome: Outcome, command: ReviseTarget) -> list[Event]:
    if outcome.target == command.target:
        return []
    if not command.because.strip():
        raise TargetUnexplained
    return [
        TargetRevised(
            partnership_id=outcome.partnership_id, target=command.target, because=command.because, on=command.on
        )
    ]


def report(outcome: Outcome, command: ReportResult) -> list[Event]:
    if outcome.result == (command.value, command.on):
        return []
    if not command.value.strip():
        raise ResultEmpty
    return [
        ResultReported(
            partnership_id=outcome.partnership_id, value=command.value, evidence=command.evidence, on=command.on
        )
    ]


def verify(outcome: Outcome, command: VerifyResult) -> list[Event]:
    if outcome.checked:
        return []
    to_check(outcome)
    if not command.evidence.strip():
        raise EvidenceMissing
    return [ResultVerified(partnership_id=outcome.partnership_id, evidence=command.evidence, on=command.on)]


def reject(outcome: Outcome, command: RejectResult) -> list[Event]:
    if outcome.checked is False:
        return []
    to_check(outcome)
    if not command.because.strip():
        raise RejectionUnexplained
    return [ResultRejected(partnership_id=outcome.partnership_id, because=command.because, on=command.on)]


def to_check(outcome: Outcome) -> None:
    """Check that the latest result has not been checked yet. Raises NothingReported and ResultAlreadyChecked."""
    if outcome.result is None:
        raise NothingReported
    if outcome.checked is not None:
        raise ResultAlreadyChecked(verified=outcome.checked)


# --- What stands behind a result --------------------------------------------------------------------------------------

# The event of each numbered command, how people call it, and the field with its text.
NUMBERED: dict[type[Numbering], tuple[type[Numbered], str, str]] = {
    GiveEvidence: (EvidenceGiven, "evidence", "text"),
    ExplainOutcome: (OutcomeExplained, "explanations", "text"),
    LinkOutcome: (OutcomeLinked, "links", "because"),
    StateSaving: (SavingStated, "savings", "basis"),
}


def add(outcome: Outcome, command: Numbering) -> list[Event]:
    """Number what stands behind the outcome. ``domain.across.grants`` checks the outcome that a link leads to."""
    kind, what, text = NUMBERED[type(command)]
    taken = outcome.numbered.get(kind, {})
    number = given_or_next(command.number, taken)
    said = values_without(command, "outcome_id", "number")
    event = kind(partnership_id=outcome.partnership_id, number=number, **said)
    if taken.get(number) == event:
        return []
    if number in taken or not 0 < number <= LAST:
        raise OutcomeNumberTaken(number=number, what=what)
    if not said[text].strip():
        raise OutcomeTextEmpty(what="reason" if text == "because" else text)
    match command:
        case GiveEvidence():
            digested(command.document)
        case StateSaving():
            _worth(command)
    return [event]


def _worth(command: StateSaving) -> None:
    """Check that a saving is more than nothing, and no more than the cost that it saves."""
    if not command.amount.is_positive:
        raise SavingNotPositive(amount=command.amount)
    apart = command.apart
    if apart is not None and (apart.currency != command.amount.currency or command.amount > apart):
        raise SavingAboveCost(amount=command.amount, apart=apart)
