"""The outcome stream: one indicator, its target, its reported results, and their verification."""

from typing import ClassVar, TypeAlias, assert_never

from domain.values.fact import DateCorrected, Fact, StatementReplaced
from domain.values.frozen import frozen, replace
from domain.values.ids import OutcomeId, PartnershipId
from domain.values.order import Step, Steps
from domain.values.refusal import Refused
from domain.values.when import When

# --- Events -----------------------------------------------------------------------------------------------------------


@frozen
class IndicatorAgreed(Fact):
    """Partnership and funder agreed an indicator of the impact, with its unit, baseline and target."""

    partnership_id: PartnershipId
    impact: str
    level: str
    indicator: str
    unit: str | None = None
    baseline: str | None = None
    target: str | None = None


@frozen
class TargetRevised(Fact):
    """The target was changed for a reason. The old target stays on record."""

    partnership_id: PartnershipId
    target: str
    because: str


@frozen
class ResultReported(Fact):
    """The partnership reported a value, with its evidence."""

    partnership_id: PartnershipId
    value: str
    evidence: str | None = None


@frozen
class ResultVerified(Fact):
    """Somebody other than the partnership checked the latest result and confirmed it."""

    partnership_id: PartnershipId
    evidence: str


@frozen
class ResultRejected(Fact):
    """The latest result was rejected for a reason."""

    partnership_id: PartnershipId
    because: str


@frozen
class OutcomeStated(Fact):
    """A source states a result, a target or the absence of one, in its own words and units."""

    partnership_id: PartnershipId
    impact: str
    level: str
    indicator: str
    unit: str | None = None
    baseline: str | None = None
    target: str | None = None
    result: str | None = None
    status: str
    evidence: str | None = None


@frozen
class OutcomeRestated(Fact):
    """The source of the outcome now states these values. *status* says whether it still states the outcome."""

    partnership_id: PartnershipId
    unit: str | None = None
    baseline: str | None = None
    target: str | None = None
    result: str | None = None
    status: str
    evidence: str | None = None


Event: TypeAlias = (
    IndicatorAgreed
    | TargetRevised
    | ResultReported
    | ResultVerified
    | ResultRejected
    | OutcomeStated
    | OutcomeRestated
    | DateCorrected
    | StatementReplaced
)

# How people call each step.
STEPS: Steps = {
    IndicatorAgreed: Step("agreement of the indicator"),
    TargetRevised: Step("revision of the target"),
    ResultReported: Step("report of a result"),
    ResultVerified: Step("verification of a result"),
    ResultRejected: Step("rejection of a result"),
}

# --- State ------------------------------------------------------------------------------------------------------------


@frozen
class Outcome:
    """What the rules need to know about an outcome.

    *checked* is True where the latest result was verified, False where it was rejected, None where it was not checked.
    """

    partnership_id: PartnershipId
    indicator: str
    target: str | None = None
    result: tuple[str, When] | None = None
    checked: bool | None = None


def evolve(outcome: Outcome | None, event: Event) -> Outcome:
    """The outcome after *event*."""
    match event:
        case IndicatorAgreed() | OutcomeStated():
            return Outcome(partnership_id=event.partnership_id, indicator=event.indicator, target=event.target)
    assert outcome is not None
    match event:
        case TargetRevised() | OutcomeRestated():
            return replace(outcome, target=event.target)
        case ResultReported():
            return replace(outcome, result=(event.value, event.on), checked=None)
        case ResultVerified():
            return replace(outcome, checked=True)
        case ResultRejected():
            return replace(outcome, checked=False)
        case DateCorrected() | StatementReplaced():
            return outcome  # domain.reading folds the corrected history.
        case _:
            assert_never(event)


# --- Levels -----------------------------------------------------------------------------------------------------------

# Where an impact is felt. Sources have their own words; commands use these.
LEVELS = ("individual", "team", "authority", "partnership", "sector", "community")

# --- Commands ---------------------------------------------------------------------------------------------------------


@frozen
class AgreeIndicator:
    """Agree an indicator with a partnership: what is measured, from which baseline to which target.

    *level* is individual, team, authority, partnership, sector or community.
    """

    begins: ClassVar = "outcome_id"

    outcome_id: OutcomeId
    partnership_id: PartnershipId
    impact: str
    level: str
    indicator: str
    unit: str | None = None
    baseline: str | None = None
    target: str | None = None
    on: When

    @property
    def stream(self) -> str:
        return self.outcome_id


@frozen
class ReviseTarget:
    """Change the target, with a reason."""

    outcome_id: OutcomeId
    target: str
    because: str
    on: When

    @property
    def stream(self) -> str:
        return self.outcome_id


@frozen
class ReportResult:
    """Report a result."""

    outcome_id: OutcomeId
    value: str
    evidence: str | None = None
    on: When

    @property
    def stream(self) -> str:
        return self.outcome_id


@frozen
class VerifyResult:
    """Verify the latest result, with evidence."""

    outcome_id: OutcomeId
    evidence: str
    on: When

    @property
    def stream(self) -> str:
        return self.outcome_id


@frozen
class RejectResult:
    """Reject the latest result, with a reason."""

    outcome_id: OutcomeId
    because: str
    on: When

    @property
    def stream(self) -> str:
        return self.outcome_id


Command: TypeAlias = AgreeIndicator | ReviseTarget | ReportResult | VerifyResult | RejectResult

# --- Rules ------------------------------------------------------------------------------------------------------------


class OutcomeUnknown(Refused):
    """There is no outcome with this id."""


class IndicatorAlreadyAgreed(Refused):
    """Another indicator was agreed under this id: {indicator}. Use another id for another indicator."""


class IndicatorEmpty(Refused):
    """The indicator is empty. Say what is measured."""


class LevelUnknown(Refused):
    """There is no level {level}. An impact has one of these levels: {levels}."""


class TargetUnexplained(Refused):
    """No reason was given. Give a reason for revising the target."""


class ResultEmpty(Refused):
    """The result is empty. Give a value."""


class NothingReported(Refused):
    """No result has been reported. A result is verified or rejected only after it is reported."""


class ResultAlreadyChecked(Refused):
    """The latest result was already checked (verified: {verified}). A result is checked once."""


class RejectionUnexplained(Refused):
    """No reason was given. Give a reason for rejecting the result."""


class EvidenceMissing(Refused):
    """No evidence was given. Give the evidence that verifies the result."""


def decide(outcome: Outcome | None, command: Command) -> list[Event]:
    """The events that *command* leads to. Raises the Refused subclass of the rule that it breaks."""
    match command:
        case AgreeIndicator():
            return agree(outcome, command)
        case ReviseTarget():
            return revise(known(outcome), command)
        case ReportResult():
            return report(known(outcome), command)
        case VerifyResult():
            return verify(known(outcome), command)
        case RejectResult():
            return reject(known(outcome), command)
        case _:
            assert_never(command)


def known(outcome: Outcome | None) -> Outcome:
    """The outcome, which must exist. Raises OutcomeUnknown."""
    if outcome is None:
        raise OutcomeUnknown
    return outcome


def agree(outcome: Outcome | None, command: AgreeIndicator) -> list[Event]:
    if outcome is not None:
        if (outcome.partnership_id, outcome.indicator) == (command.partnership_id, command.indicator):
            return []
        raise IndicatorAlreadyAgreed(indicator=outcome.indicator)
    if not command.indicator.strip():
        raise IndicatorEmpty
    if command.level not in LEVELS:
        raise LevelUnknown(level=command.level, levels=", ".join(LEVELS))
    return [
        IndicatorAgreed(
            partnership_id=command.partnership_id,
            impact=command.impact,
            level=command.level,
            indicator=command.indicator,
            unit=command.unit,
            baseline=command.baseline,
            target=command.target,
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
