"""Evidence, explanations, links and savings are numbered below an outcome; goals are dated and can be revised."""

from typing import Any

import hypothesis
import pytest
from hypothesis import strategies as st

from domain import outcome
from domain.outcome import (
    AgreeIndicator,
    BaselineNotGiven,
    Confidence,
    EvidenceGiven,
    EvidenceKind,
    ExpectedBeforeBaseline,
    ExplainOutcome,
    Explanation,
    GiveEvidence,
    IndicatorAgreed,
    IndicatorAlreadyAgreed,
    IndicatorEmpty,
    IndicatorRevised,
    IndicatorUnexplained,
    LevelUnknown,
    LinkOutcome,
    OutcomeExplained,
    OutcomeLeadsToItself,
    OutcomeLinked,
    OutcomeNumberTaken,
    OutcomeTextEmpty,
    OutcomeUnknown,
    ReportUnplannedOutcome,
    ResultEmpty,
    ReviseIndicator,
    SavingAboveCost,
    SavingKind,
    SavingNotPositive,
    SavingStated,
    StateSaving,
    UnplannedOutcomeReported,
)
from domain.values.fact import DigestMalformed
from domain.values.frozen import replace
from domain.values.ids import OutcomeId
from domain.values.money import Money
from domain.values.when import When
from tests.kit.examples import ACE, EVENTS, OUTCOME, SHROPSHIRE
from tests.kit.hostile_values import DATES, MONEY, NUMBERS, WORDS
from tests.kit.spec import at, gbp, given, given_log, what_happens

ON = When("2005-03-31")
LATER = OutcomeId("outcome-later")
AGREED = IndicatorAgreed(partnership_id=ACE, impact="skills", level="individual", indicator="Members trained", on=ON)
DIGEST = "0" * 64
MINUTES: dict[str, Any] = {"kind": EvidenceKind.DOCUMENTS, "text": "Minutes", "confidence": Confidence.STATED}


def evidence(**said: Any) -> GiveEvidence:
    given_so: dict[str, Any] = {
        "number": 1,
        "kind": EvidenceKind.DOCUMENTS,
        "text": "Minutes",
        "confidence": Confidence.STATED,
    } | said
    return GiveEvidence(outcome_id=OUTCOME, on=ON, **given_so)


def evidence_given(number: int = 1, **said: Any) -> EvidenceGiven:
    given_so: dict[str, Any] = {
        "kind": EvidenceKind.DOCUMENTS,
        "text": "Minutes",
        "confidence": Confidence.STATED,
    } | said
    return EvidenceGiven(partnership_id=ACE, number=number, on=ON, **given_so)


def explain(kind: Explanation = Explanation.LESSON, text: str = "Start early", number: int | None = 1) -> Any:
    return ExplainOutcome(outcome_id=OUTCOME, number=number, kind=kind, text=text, on=ON)


def link(
    to: OutcomeId = LATER, because: str = "They met there", of: OutcomeId = OUTCOME, number: int = 1
) -> LinkOutcome:
    return LinkOutcome(outcome_id=of, number=number, leads_to_id=to, because=because, on=ON)


def saving(
    amount: Money = gbp("10.00"), apart: Money | None = None, basis: str = "Quotes", number: int = 1
) -> StateSaving:
    kind = SavingKind.QUANTIFIED
    return StateSaving(outcome_id=OUTCOME, number=number, kind=kind, amount=amount, basis=basis, apart=apart, on=ON)


def agree(**said: Any) -> AgreeIndicator:
    return AgreeIndicator(
        outcome_id=OUTCOME, partnership_id=ACE, impact="skills", level="individual", indicator="Members trained",
        on=ON, **said,
    )  # fmt: skip


def unplanned(**said: Any) -> ReportUnplannedOutcome:
    given_so: dict[str, Any] = {
        "partnership_id": ACE, "impact": "shared services", "level": "authority", "indicator": "Shared teams",
        "value": "2",
    }  # fmt: skip
    return ReportUnplannedOutcome(outcome_id=OUTCOME, on=ON, **(given_so | said))


def revise(indicator: str = "Members who use it", because: str = "Attendance shows little") -> ReviseIndicator:
    return ReviseIndicator(outcome_id=OUTCOME, indicator=indicator, because=because, comparable=False, on=ON)


# --- Goals ------------------------------------------------------------------------------------------------------------


def test_a_goal_has_a_dated_baseline_a_day_and_a_priority() -> None:
    dated: dict[str, Any] = {
        "baseline": "20", "baseline_on": When("2005-01"), "expected_by": When("2006"),
        "priority": outcome.Priority.LOCAL,
    }  # fmt: skip
    given(outcome).when(agree(**dated)).then(replace(AGREED, **dated))


def test_a_baseline_with_a_date_has_a_value() -> None:
    given(outcome).when(agree(baseline_on=When("2005-01"))).refused(BaselineNotGiven, on=When("2005-01"))


def test_a_target_is_not_expected_before_its_baseline() -> None:
    dates: dict[str, Any] = {"baseline_on": When("2005-02"), "expected_by": When("2005-01-31")}
    given(outcome).when(agree(baseline="20", **dates)).refused(
        ExpectedBeforeBaseline, baseline=When("2005-02"), expected=When("2005-01-31")
    )
    same: dict[str, Any] = {"baseline_on": When("2005-02"), "expected_by": When("2005-02-01")}
    given(outcome).when(agree(baseline="20", **same)).then(replace(AGREED, baseline="20", **same))


def test_an_outcome_that_was_no_goal_begins_with_its_result() -> None:
    reported = UnplannedOutcomeReported(
        partnership_id=ACE, impact="shared services", level="authority", indicator="Shared teams", value="2", on=ON
    )
    given(outcome).when(unplanned()).then(reported)
    given(outcome, reported).when(unplanned()).then()
    given(outcome, reported).when(unplanned(indicator="Others")).refused(IndicatorAlreadyAgreed)
    given(outcome, reported).when(outcome.VerifyResult(outcome_id=OUTCOME, evidence="A visit", on=ON)).then(
        outcome.ResultVerified(partnership_id=ACE, evidence="A visit", on=ON)
    )


def test_an_outcome_that_was_no_goal_is_complete() -> None:
    for missing, rule in (
        ({"indicator": " "}, IndicatorEmpty), ({"level": "galaxy"}, LevelUnknown), ({"value": ""}, ResultEmpty),
    ):  # fmt: skip
        given(outcome).when(unplanned(**missing)).refused(rule)


def test_an_indicator_is_revised_with_the_reason() -> None:
    revised = IndicatorRevised(
        partnership_id=ACE, indicator="Members who use it", because="Attendance shows little", comparable=False, on=ON
    )
    given(outcome, AGREED).when(revise()).then(revised)
    given(outcome, AGREED, revised).when(revise()).then()
    given(outcome, AGREED).when(revise(because=" ")).refused(IndicatorUnexplained)
    given(outcome, AGREED).when(revise(indicator=" ")).refused(IndicatorEmpty)


# --- What stands behind a result --------------------------------------------------------------------------------------


def test_evidence_is_numbered_from_one() -> None:
    given(outcome, AGREED).when(evidence()).then(evidence_given())
    given(outcome, AGREED, evidence_given()).when(evidence(number=2, text="More")).then(evidence_given(2, text="More"))
    given(outcome, AGREED, evidence_given()).when(evidence()).then()


def test_evidence_without_a_number_has_the_next_one() -> None:
    (event,) = outcome.decide(outcome.evolve(outcome.evolve(None, AGREED), evidence_given(4)), evidence(number=None))
    assert evidence_given(5) == event


def test_explanations_savings_and_evidence_have_numbers_of_their_own() -> None:
    explained = OutcomeExplained(partnership_id=ACE, number=1, kind=Explanation.LESSON, text="Start early", on=ON)
    given(outcome, AGREED, evidence_given()).when(explain()).then(explained)
    stated = SavingStated(
        partnership_id=ACE, number=1, kind=SavingKind.QUANTIFIED, amount=gbp("10.00"), basis="Quotes", on=ON
    )
    given(outcome, AGREED, evidence_given(), explained).when(saving()).then(stated)


@pytest.mark.parametrize("number", [1, 0, -1, 2**31])
def test_a_number_stands_for_one_thing(number: int) -> None:
    refused = given(outcome, AGREED, evidence_given()).when(evidence(number=number, text="Other"))
    refused.refused(OutcomeNumberTaken, number=number, what="evidence")


def test_what_stands_behind_an_outcome_is_said_in_words() -> None:
    known = given(outcome, AGREED)
    known.when(evidence(text=" ")).refused(OutcomeTextEmpty)
    known.when(explain(text="")).refused(OutcomeTextEmpty)
    known.when(link(because="\n")).refused(OutcomeTextEmpty)
    known.when(saving(basis=" ")).refused(OutcomeTextEmpty)


@pytest.mark.parametrize("document", ["", "0" * 63, "0" * 65, "G" * 64, "A" * 64])
def test_a_digest_of_a_document_has_64_hexadecimal_digits(document: str) -> None:
    given(outcome, AGREED).when(evidence(document=document)).refused(DigestMalformed, document=document)
    given(outcome, AGREED).when(evidence(document=DIGEST)).then(evidence_given(document=DIGEST))


def test_a_saving_is_more_than_nothing_and_no_more_than_the_cost_apart() -> None:
    known = given(outcome, AGREED)
    known.when(saving(gbp("0.00"))).refused(SavingNotPositive, amount=gbp("0.00"))
    known.when(saving(gbp("10.01"), gbp("10.00"))).refused(SavingAboveCost)
    known.when(saving(gbp("10.00"), Money.of("20.00", "EUR"))).refused(SavingAboveCost)
    known.when(saving(gbp("10.00"), gbp("10.00"))).then(
        SavingStated(
            partnership_id=ACE, number=1, kind=SavingKind.QUANTIFIED, amount=gbp("10.00"), basis="Quotes",
            apart=gbp("10.00"), on=ON,
        )
    )  # fmt: skip


def test_nothing_stands_behind_an_outcome_that_does_not_exist() -> None:
    for command in (evidence(), explain(), saving(), revise()):
        given(outcome).when(command).refused(OutcomeUnknown)


# --- Links ------------------------------------------------------------------------------------------------------------


def linked(number: int, to: OutcomeId) -> OutcomeLinked:
    return OutcomeLinked(partnership_id=ACE, number=number, leads_to_id=to, because="They met there", on=ON)


def test_an_outcome_leads_to_a_later_one() -> None:
    begun = [*at(ACE, EVENTS["PartnershipFormed"]), *at(OUTCOME, AGREED), *at(LATER, AGREED)]
    given_log(*begun).when(link()).then(*at(OUTCOME, linked(1, LATER)))
    given_log(*begun).when(link(OutcomeId("outcome-none"))).refused(OutcomeUnknown)


def test_outcomes_never_lead_to_each_other_in_a_circle() -> None:
    last = OutcomeId("outcome-last")
    begun = [*at(OUTCOME, AGREED), *at(LATER, AGREED), *at(last, AGREED)]
    given_log(*begun).when(link(OUTCOME)).refused(OutcomeLeadsToItself)
    chain = given_log(*begun, *at(OUTCOME, linked(1, LATER)), *at(LATER, linked(1, last)))
    chain.when(link(OUTCOME, of=last)).refused(OutcomeLeadsToItself)
    chain.when(link(last, number=2)).then(*at(OUTCOME, linked(2, last)))


# --- The law ----------------------------------------------------------------------------------------------------------

COMMANDS = st.one_of(
    st.builds(evidence, number=NUMBERS, text=WORDS, document=st.sampled_from((None, DIGEST, "x"))),
    st.builds(explain, st.sampled_from(Explanation), WORDS, NUMBERS),
    st.builds(link, st.sampled_from((LATER, OutcomeId("outcome-last"))), WORDS, number=NUMBERS),
    st.builds(saving, MONEY, st.none() | MONEY, WORDS, NUMBERS),
    st.builds(revise, WORDS, WORDS),
    st.builds(agree, baseline=st.none() | WORDS, baseline_on=st.none() | DATES, expected_by=st.none() | DATES),
    st.builds(unplanned, indicator=WORDS, value=WORDS, partnership_id=st.sampled_from((ACE, SHROPSHIRE))),
)


@hypothesis.given(st.sampled_from(([], [AGREED])), st.lists(COMMANDS, max_size=20))
def test_after_any_commands_each_number_stands_for_one_thing_and_each_saving_is_real(
    begun: list[outcome.Event], commands: list[outcome.Command]
) -> None:
    numbered: set[tuple[type, int]] = set()
    for event in what_happens(outcome, begun, commands):
        match event:
            case EvidenceGiven() | OutcomeExplained() | OutcomeLinked() | SavingStated():
                assert (type(event), event.number) not in numbered
                numbered.add((type(event), event.number))
                assert event.number > 0
                if isinstance(event, SavingStated):
                    assert event.amount.is_positive
                    assert event.apart is None or not event.amount > event.apart
            case IndicatorRevised():
                assert event.because.strip()
            case IndicatorAgreed(baseline_on=When() as measured, expected_by=When() as expected):
                assert measured.may_precede(expected)
