"""The outcome stream: one indicator, what was aimed at, what was reported, and whether it was verified."""

from typing import TypeAlias, assert_never

from domain.values.fact import Fact
from domain.values.frozen import frozen, replace
from domain.values.ids import OutcomeId, PartnershipId
from domain.values.refusal import Refused
from domain.values.when import When

# --- Events -----------------------------------------------------------------------------------------------------------


@frozen
class IndicatorAgreed(Fact):
    """Partnership and funder agree what shows the impact, from which baseline to which target, in which unit."""

    partnership_id: PartnershipId
    impact: str
    level: str
    indicator: str
    unit: str | None = None
    baseline: str | None = None
    target: str | None = None


@frozen
class TargetRevised(Fact):
    """Another target holds from now on, and why. The old one stays on record."""

    partnership_id: PartnershipId
    target: str
    because: str


@frozen
class ResultReported(Fact):
    """The partnership reports a value, with what shows it."""

    partnership_id: PartnershipId
    value: str
    evidence: str | None = None


@frozen
class ResultVerified(Fact):
    """Somebody other than the partnership has checked the latest result and agrees."""

    partnership_id: PartnershipId
    evidence: str


@frozen
class ResultRejected(Fact):
    """The latest result does not stand, and why."""

    partnership_id: PartnershipId
    because: str


@frozen
class OutcomeStated(Fact):
    """A source states a result, a target or the lack of one, in its own words and units."""

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
    """The source that stated it now states it so. *status* tells where it states it no longer."""

    partnership_id: PartnershipId
    unit: str | None = None
    baseline: str | None = None
    target: str | None = None
    result: str | None = None
    status: str
    evidence: str | None = None


Event: TypeAlias = (
    IndicatorAgreed | TargetRevised | ResultReported | ResultVerified | ResultRejected | OutcomeStated | OutcomeRestated
)

# --- State ------------------------------------------------------------------------------------------------------------


@frozen
class Outcome:
    """What the rules need to know of an outcome. *checked* is what became of the latest result: True, False or None."""

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
        case _:
            assert_never(event)


# --- Commands ---------------------------------------------------------------------------------------------------------


@frozen
class AgreeIndicator:
    """Agree what is to be measured. Reads the partnership as well."""

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
    """Aim at another value, and say why."""

    outcome_id: OutcomeId
    target: str
    because: str
    on: When

    @property
    def stream(self) -> str:
        return self.outcome_id


@frozen
class ReportResult:
    """Report the value reached."""

    outcome_id: OutcomeId
    value: str
    evidence: str | None = None
    on: When

    @property
    def stream(self) -> str:
        return self.outcome_id


@frozen
class VerifyResult:
    """Confirm the latest result."""

    outcome_id: OutcomeId
    evidence: str
    on: When

    @property
    def stream(self) -> str:
        return self.outcome_id


@frozen
class RejectResult:
    """Refuse the latest result, and say why."""

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
    """What happens when *command* is given to the outcome. Raises a Refused by the name of the rule."""
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
    """Let the latest result be checked. Raises NothingReported and ResultAlreadyChecked."""
    if outcome.result is None:
        raise NothingReported
    if outcome.checked is not None:
        raise ResultAlreadyChecked(verified=outcome.checked)
