"""An outcome has a target, reported results and checks. Only a reported result is checked."""

import hypothesis
import pytest
from hypothesis import strategies as st

from domain import outcome
from domain.outcome import (
    AgreeIndicator,
    EvidenceMissing,
    IndicatorAgreed,
    IndicatorAlreadyAgreed,
    IndicatorEmpty,
    LevelUnknown,
    NothingReported,
    OutcomeStated,
    OutcomeUnknown,
    RejectionUnexplained,
    RejectResult,
    ReportResult,
    ResultAlreadyChecked,
    ResultEmpty,
    ResultRejected,
    ResultReported,
    ResultVerified,
    ReviseTarget,
    TargetRevised,
    TargetUnexplained,
    VerifyResult,
)
from domain.values.frozen import replace
from domain.values.ids import PartnershipId
from domain.values.when import When
from tests.kit.examples import ACE, EVENTS, OUTCOME, SHROPSHIRE, stated
from tests.kit.hostile_values import DATES, WORDS
from tests.kit.spec import given, what_happens

MEMBERS = "Members who take part in development days"
ON = When("2005-03-31")
LATER = When("2005-04-15")
AGREED = IndicatorAgreed(
    partnership_id=ACE,
    impact="networking of elected members",
    level="individual",
    indicator=MEMBERS,
    unit="members",
    baseline="0",
    target="120",
    on=When("2004-06-30"),
)
REVISED = TargetRevised(partnership_id=ACE, target="90", because="A partner has left", on=When("2004-12"))
REPORTED = ResultReported(partnership_id=ACE, value="96", evidence="Attendance lists", on=ON)
VERIFIED = ResultVerified(partnership_id=ACE, evidence="Returns of the districts", on=LATER)
REJECTED = ResultRejected(partnership_id=ACE, because="Counted twice", on=LATER)


def agree(*, indicator: str = MEMBERS, partnership_id: PartnershipId = ACE) -> AgreeIndicator:
    return AgreeIndicator(
        outcome_id=OUTCOME,
        partnership_id=partnership_id,
        impact="networking of elected members",
        level="individual",
        indicator=indicator,
        unit="members",
        baseline="0",
        target="120",
        on=When("2004-06-30"),
    )


def revise(target: str, because: str = "A partner has left") -> ReviseTarget:
    return ReviseTarget(outcome_id=OUTCOME, target=target, because=because, on=When("2004-12"))


def report(value: str, on: When = ON) -> ReportResult:
    return ReportResult(outcome_id=OUTCOME, value=value, evidence="Attendance lists", on=on)


def verify(evidence: str = "Returns of the districts") -> VerifyResult:
    return VerifyResult(outcome_id=OUTCOME, evidence=evidence, on=LATER)


def reject(because: str = "Counted twice") -> RejectResult:
    return RejectResult(outcome_id=OUTCOME, because=because, on=LATER)


# --- Examples ---------------------------------------------------------------------------------------------------------


def test_partnership_and_funder_agree_an_indicator_of_the_impact() -> None:
    given(outcome).when(agree()).then(AGREED)


def test_an_indicator_without_words_is_refused() -> None:
    given(outcome).when(agree(indicator="  ")).refused(IndicatorEmpty)


def test_an_impact_has_one_of_six_levels() -> None:
    given(outcome).when(replace(agree(), level="galaxy")).refused(LevelUnknown, level="galaxy")
    given(outcome).when(replace(agree(), level="Individual")).refused(LevelUnknown, level="Individual")
    for level in ("individual", "team", "authority", "partnership", "sector", "community"):
        given(outcome).when(replace(agree(), level=level)).then(replace(AGREED, level=level))


def test_a_source_states_a_level_in_its_own_words() -> None:
    stated = OutcomeStated(
        partnership_id=ACE, impact="skills", level="galaxy", indicator=MEMBERS, status="achieved", on=ON
    )
    assert "galaxy" == stated.level
    given(outcome, stated).when(revise("90")).then(REVISED)


def test_another_indicator_or_partnership_needs_an_outcome_of_its_own() -> None:
    agreed = given(outcome, AGREED)
    agreed.when(agree(indicator="Stages completed")).refused(IndicatorAlreadyAgreed, indicator=MEMBERS)
    agreed.when(agree(partnership_id=SHROPSHIRE)).refused(IndicatorAlreadyAgreed, indicator=MEMBERS)


def test_a_target_is_revised_with_the_reason() -> None:
    given(outcome, AGREED).when(revise("90")).then(REVISED)


def test_a_target_may_be_revised_back() -> None:
    given(outcome, AGREED, REVISED).when(revise("120", because="Another partner has joined")).then(
        TargetRevised(partnership_id=ACE, target="120", because="Another partner has joined", on=When("2004-12"))
    )


def test_a_revised_target_without_a_reason_is_refused() -> None:
    given(outcome, AGREED).when(revise("90", because=" ")).refused(TargetUnexplained)


def test_revising_a_target_to_its_current_value_changes_nothing() -> None:
    given(outcome, AGREED).when(revise("120", because="")).then()


def test_the_partnership_reports_a_result_with_its_evidence() -> None:
    given(outcome, AGREED).when(report("96")).then(REPORTED)


def test_a_result_has_a_value() -> None:
    given(outcome, AGREED).when(report("\n")).refused(ResultEmpty)


def test_a_result_is_verified_with_evidence() -> None:
    given(outcome, AGREED, REPORTED).when(verify()).then(VERIFIED)


def test_a_result_is_rejected_with_the_reason() -> None:
    given(outcome, AGREED, REPORTED).when(reject()).then(REJECTED)


@pytest.mark.parametrize("command", [verify(), reject()])
def test_nothing_is_checked_before_it_is_reported(command: outcome.Command) -> None:
    given(outcome, AGREED).when(command).refused(NothingReported)


def test_a_verification_without_evidence_is_refused() -> None:
    given(outcome, AGREED, REPORTED).when(verify(evidence=" ")).refused(EvidenceMissing)


def test_a_rejection_without_a_reason_is_refused() -> None:
    given(outcome, AGREED, REPORTED).when(reject(because="")).refused(RejectionUnexplained)


def test_a_verified_result_is_not_rejected_nor_a_rejected_one_verified() -> None:
    given(outcome, AGREED, REPORTED, VERIFIED).when(reject()).refused(ResultAlreadyChecked, verified=True)
    given(outcome, AGREED, REPORTED, REJECTED).when(verify()).refused(ResultAlreadyChecked, verified=False)


def test_a_later_result_is_checked_again() -> None:
    later = ResultReported(partnership_id=ACE, value="101", evidence="Attendance lists", on=LATER)
    given(outcome, AGREED, REPORTED, REJECTED).when(report("101", on=LATER)).then(later)
    given(outcome, AGREED, REPORTED, REJECTED, later).when(verify()).then(VERIFIED)
    given(outcome, AGREED, REPORTED, VERIFIED, later).when(reject()).then(REJECTED)


def test_what_a_source_states_otherwise_replaces_the_target() -> None:
    restated = replace(EVENTS["OutcomeRestated"], target="100")
    given(outcome, AGREED, restated).when(revise("100", because="")).then()
    given(outcome, AGREED, restated).when(revise("120")).then(replace(REVISED, target="120"))


@pytest.mark.parametrize("name", ["DateCorrected", "StatementReplaced"])
def test_a_correction_by_itself_does_not_change_what_the_rules_of_an_outcome_know(name: str) -> None:
    given(outcome, AGREED, REPORTED, VERIFIED, EVENTS[name]).when(reject()).refused(ResultAlreadyChecked, verified=True)


@pytest.mark.parametrize("command", [revise("90"), report("96"), verify(), reject()])
def test_a_command_for_an_outcome_that_does_not_exist_is_refused(command: outcome.Command) -> None:
    given(outcome).when(command).refused(OutcomeUnknown)


def test_the_partnership_may_report_on_what_a_source_stated() -> None:
    stated_so = OutcomeStated(
        partnership_id=ACE,
        impact="stage completion",
        level="partnership",
        indicator="Stages completed out of five",
        target="5",
        status="interim",
        on=When("2005"),
        source=stated("outcomes.csv", "000_6fe3068b2cce47b0.txt:595"),
    )
    given(outcome, stated_so).when(report("96")).then(REPORTED)
    given(outcome, stated_so).when(revise("5", because="")).then()
    given(outcome, stated_so).when(verify()).refused(NothingReported)


# --- The law ----------------------------------------------------------------------------------------------------------

COMMANDS = st.one_of(
    st.builds(agree, indicator=WORDS, partnership_id=st.sampled_from((ACE, SHROPSHIRE))),
    st.builds(revise, WORDS, WORDS),
    st.builds(report, WORDS, DATES),
    st.builds(verify, WORDS),
    st.builds(reject, WORDS),
)


@hypothesis.given(st.sampled_from(([], [AGREED])), st.lists(COMMANDS, max_size=20))
def test_after_any_commands_each_check_is_of_the_latest_result_and_happens_once(
    begun: list[outcome.Event], commands: list[outcome.Command]
) -> None:
    to_check = False
    for place, event in enumerate(what_happens(outcome, begun, commands)):
        assert (0 == place) == isinstance(event, IndicatorAgreed)
        match event:
            case ResultReported():
                assert event.value.strip()
                to_check = True
            case ResultVerified() | ResultRejected():
                assert to_check
                to_check = False
            case TargetRevised():
                assert event.because.strip()
