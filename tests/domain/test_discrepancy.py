"""Decisions about discrepancies: explanations, waivers, withdrawals and owners."""

from dataclasses import replace
from typing import Any, get_args

import hypothesis
import pytest
from hypothesis import strategies as st

from domain import award, discrepancy
from domain.award import (
    AwardNotAccepted,
    AwardReassigned,
    CertifyReturn,
    NumberNotPositive,
    RequireReturn,
    ReturnCertified,
    ReturnEmpty,
    ReturnNumberTaken,
    ReturnRequired,
    ReturnUnknown,
)
from domain.discrepancy import (
    OF_TEXTS,
    RULES,
    AlreadyWaived,
    AssignDiscrepancy,
    AuthorityMissing,
    Command,
    DiscrepancyAssigned,
    DiscrepancyExplained,
    DiscrepancyWaived,
    ExplainDiscrepancy,
    ExplanationEmpty,
    ExplanationWithdrawn,
    NothingExplained,
    NothingSeen,
    OwnerEmpty,
    RuleUnknown,
    SubjectUnknown,
    WaiveDiscrepancy,
    WithdrawExplanation,
    identity,
)
from domain.values.when import UNKNOWN, When
from tests.kit.awards import ACCEPTED, OFFERED, STATED
from tests.kit.examples import ACE, AWARD, PILOTS, SHROPSHIRE
from tests.kit.hostile_values import DATES, NUMBERS, WORDS
from tests.kit.spec import at, given, given_log, what_happens

ON = When("2005-04-18")
RULE = "parts_unequal_to_total"
FIGURES = "Parts of 150000.00 GBP, of 175000.00 GBP awarded"
WHY = "Paid from another budget"

EXPLAINED = DiscrepancyExplained(
    rule=RULE, subject=AWARD, seen=7, message=FIGURES, because="Paid from another budget", on=ON
)
WAIVED = DiscrepancyWaived(
    rule=RULE, subject=AWARD, seen=7, message=FIGURES, authority="Section 151 officer", because="A penny", on=ON
)
TAKEN_BACK = ExplanationWithdrawn(rule=RULE, subject=AWARD, was="explained", because="No such budget", on=ON)
ASSIGNED = DiscrepancyAssigned(rule=RULE, subject=AWARD, owner="Accountant", on=ON)


def explain(**other: Any) -> ExplainDiscrepancy:
    fields: dict[str, Any] = {
        "rule": RULE,
        "subject": AWARD,
        "seen": 7,
        "message": FIGURES,
        "because": "Paid from another budget",
    }
    return ExplainDiscrepancy(**(fields | other), on=ON)


def waive(**other: Any) -> WaiveDiscrepancy:
    fields: dict[str, Any] = {"rule": RULE, "subject": AWARD, "seen": 7, "message": FIGURES, "because": "A penny"}
    return WaiveDiscrepancy(**(fields | {"authority": "Section 151 officer"} | other), on=ON)


def withdraw(because: str = "No such budget") -> WithdrawExplanation:
    return WithdrawExplanation(rule=RULE, subject=AWARD, because=because, on=ON)


def assign(owner: str | None) -> AssignDiscrepancy:
    return AssignDiscrepancy(rule=RULE, subject=AWARD, owner=owner, on=ON)


def test_the_figures_that_were_seen_are_explained() -> None:
    given(discrepancy).when(explain()).then(EXPLAINED)


def test_an_explanation_may_be_replaced_by_a_better_one() -> None:
    given(discrepancy, EXPLAINED).when(explain(because="Paid in kind")).then(replace(EXPLAINED, because="Paid in kind"))


def test_figures_are_waived_under_an_authority() -> None:
    given(discrepancy, EXPLAINED).when(waive()).then(WAIVED)


def test_a_waiver_covers_the_figures_that_were_seen_and_no_others() -> None:
    given(discrepancy, WAIVED).when(waive(seen=9, message="Parts of 1.00 GBP")).then(
        replace(WAIVED, seen=9, message="Parts of 1.00 GBP")
    )
    given(discrepancy, WAIVED).when(explain(seen=9)).then(replace(EXPLAINED, seen=9))


def test_waived_figures_are_not_explained_or_waived_again() -> None:
    given(discrepancy, WAIVED).when(explain()).refused(AlreadyWaived, seen=7)
    given(discrepancy, WAIVED).when(waive(because="Two pennies")).refused(AlreadyWaived, seen=7)
    given(discrepancy, WAIVED).when(waive(seen=6)).refused(AlreadyWaived, seen=7)


def test_an_explanation_or_waiver_is_withdrawn_with_a_reason() -> None:
    given(discrepancy, EXPLAINED).when(withdraw()).then(TAKEN_BACK)
    given(discrepancy, WAIVED).when(withdraw()).then(replace(TAKEN_BACK, was="waived"))
    given(discrepancy, EXPLAINED).when(withdraw(" ")).refused(ExplanationEmpty)


def test_a_discrepancy_keeps_its_owner_when_it_is_explained_and_when_the_explanation_is_withdrawn() -> None:
    given(discrepancy, ASSIGNED, EXPLAINED, TAKEN_BACK).when(assign("Accountant")).then()


def test_a_withdrawal_is_refused_where_there_is_no_explanation() -> None:
    given(discrepancy).when(withdraw()).refused(NothingExplained)
    given(discrepancy, EXPLAINED, TAKEN_BACK).when(withdraw("Another reason")).refused(NothingExplained)


def test_a_discrepancy_is_assigned_to_somebody_or_to_nobody() -> None:
    given(discrepancy).when(assign("Accountant")).then(ASSIGNED)
    given(discrepancy, ASSIGNED).when(assign(None)).then(replace(ASSIGNED, owner=None))
    given(discrepancy).when(assign(" ")).refused(OwnerEmpty)


def test_a_decision_names_its_rule_subject_figures_reason_and_authority() -> None:
    given(discrepancy).when(explain(rule="looks_odd")).refused(RuleUnknown, named="looks_odd")
    given(discrepancy).when(explain(subject=" ")).refused(SubjectUnknown)
    given(discrepancy).when(explain(seen=0)).refused(NothingSeen, seen=0)
    given(discrepancy).when(explain(seen=1)).then(replace(EXPLAINED, seen=1))
    given(discrepancy).when(waive(message=" ")).refused(NothingSeen)
    given(discrepancy).when(explain(because="  ")).refused(ExplanationEmpty)
    given(discrepancy).when(waive(because="")).refused(ExplanationEmpty)
    given(discrepancy).when(waive(authority=" ")).refused(AuthorityMissing)


def test_a_decision_concerns_the_partnership_of_its_subject() -> None:
    there = at(AWARD, STATED)
    stream = explain().stream
    explained = replace(EXPLAINED, partnership_id=ACE)
    given_log(*there).when(explain()).then(*at(stream, explained))
    given_log(*there).when(waive()).then(*at(stream, replace(WAIVED, partnership_id=ACE)))
    taken_back = replace(TAKEN_BACK, partnership_id=ACE)
    given_log(*there, *at(stream, explained)).when(withdraw()).then(*at(stream, taken_back))
    given_log(*there).when(assign("Accountant")).then(*at(stream, replace(ASSIGNED, partnership_id=ACE)))


def test_a_decision_about_a_moved_award_concerns_its_current_partnership() -> None:
    moved = AwardReassigned(partnership_id=SHROPSHIRE, before=ACE, on=ON)
    given_log(*at(AWARD, STATED, moved)).when(explain()).then(
        *at(explain().stream, replace(EXPLAINED, partnership_id=SHROPSHIRE))
    )


def test_a_decision_about_a_subject_that_does_not_exist_is_refused() -> None:
    given_log().when(explain()).refused(SubjectUnknown, subject=AWARD)


@pytest.mark.parametrize(
    ("rule", "subject"),
    [
        ("identifier_of_two_organisations", "GB-CHC-1159982"),
        ("name_of_two_organisations", "agency"),
        ("reference_of_two_payments", "bank reference BACS1"),
        ("numbering_gap", PILOTS),
    ],
)
def test_a_subject_without_a_stream_is_not_looked_up_in_the_log(rule: str, subject: str) -> None:
    shared = explain(rule=rule, subject=subject)
    given_log().when(shared).then(*at(shared.stream, replace(EXPLAINED, rule=rule, subject=subject)))


@pytest.mark.parametrize("rule", sorted(RULES - OF_TEXTS))
@pytest.mark.parametrize("subject", ["nonsense", "GB-CHC-1159982", "award", "event-1"])
def test_a_text_is_no_subject_of_a_rule_about_things(rule: str, subject: str) -> None:
    for command in (
        explain(rule=rule, subject=subject),
        waive(rule=rule, subject=subject),
        WithdrawExplanation(rule=rule, subject=subject, because="b", on=ON),
        AssignDiscrepancy(rule=rule, subject=subject, owner="Accountant", on=ON),
    ):
        given_log(*at(AWARD, STATED)).when(command).refused(SubjectUnknown, subject=subject)


def test_a_part_of_an_award_is_a_return_that_it_requires() -> None:
    required = ReturnRequired(partnership_id=ACE, number=1, covers="Spend", due=When("2005-06"), on=ON)
    there = at(AWARD, OFFERED, ACCEPTED, required)
    rule, part = "return_overdue", f"{AWARD}/return 1"
    expected = replace(EXPLAINED, rule=rule, subject=part, partnership_id=ACE)
    given_log(*there).when(explain(rule=rule, subject=part)).then(*at(identity(rule, part), expected))
    for other in (f"{AWARD}/return 2", f"{AWARD}/other"):
        given_log(*there).when(explain(rule=rule, subject=other)).refused(SubjectUnknown, subject=other)


def test_rule_and_subject_together_identify_a_discrepancy() -> None:
    assert identity(RULE, AWARD) == identity(RULE, AWARD) == explain().stream
    assert 3 == len({identity(RULE, AWARD), identity(RULE, "award-2"), identity("paid_above_awarded", AWARD)})


SEEN = st.sampled_from((7, 8, 9, 0, -1, 10**18))
COMMANDS = st.one_of(
    st.builds(explain, seen=SEEN, because=WORDS, message=WORDS),
    st.builds(waive, seen=SEEN, because=WORDS, message=WORDS, authority=WORDS),
    st.builds(withdraw, WORDS),
    st.builds(assign, st.none() | WORDS),
)


@hypothesis.given(st.lists(COMMANDS, max_size=20))
def test_no_waiver_is_ever_replaced_for_figures_that_it_covers(commands: list[Command]) -> None:
    """After any commands, a waiver is current until it is withdrawn or the figures change."""
    covered = 0
    for event in what_happens(discrepancy, [], commands):
        assert isinstance(event, get_args(discrepancy.Event))
        match event:
            case DiscrepancyWaived():
                assert event.seen > covered
                assert event.authority.strip()
                covered = event.seen
            case DiscrepancyExplained():
                assert event.seen > covered
                covered = 0
            case ExplanationWithdrawn():
                covered = 0


# --- Returns, which are overdue after their day -----------------------------------------------------------------------

DUE = When("2005-06-30")
REQUIRED = ReturnRequired(partnership_id=ACE, number=1, covers="Expenditure to March", due=DUE, on=ON)
CERTIFIED = ReturnCertified(partnership_id=ACE, number=1, on=When("2005-07-04"))


def require(number: int = 1, covers: str = "Expenditure to March", due: When = DUE) -> RequireReturn:
    return RequireReturn(award_id=AWARD, number=number, covers=covers, due=due, on=ON)


def test_a_return_is_required_of_an_award_holder_and_certified_once() -> None:
    certify = CertifyReturn(award_id=AWARD, number=1, on=When("2005-07-04"))
    given(award, OFFERED, ACCEPTED).when(require()).then(REQUIRED)
    given(award, OFFERED, ACCEPTED, REQUIRED).when(certify).then(CERTIFIED)
    given(award, OFFERED, ACCEPTED).when(certify).refused(ReturnUnknown, number=1)


def test_a_return_says_what_it_covers_and_by_when() -> None:
    given(award, OFFERED, ACCEPTED, REQUIRED).when(require(covers="All")).refused(ReturnNumberTaken, number=1)
    given(award, OFFERED, ACCEPTED).when(require(covers=" ")).refused(ReturnEmpty)
    given(award, OFFERED, ACCEPTED).when(require(due=UNKNOWN)).refused(ReturnEmpty)
    given(award, OFFERED, ACCEPTED).when(require(due=When("2005-06-30/.."))).refused(ReturnEmpty)
    by_june = When("../2005-06-30")
    given(award, OFFERED, ACCEPTED).when(require(due=by_june)).then(replace(REQUIRED, due=by_june))
    given(award, OFFERED, ACCEPTED).when(require(0)).refused(NumberNotPositive)
    given(award, OFFERED).when(require()).refused(AwardNotAccepted)


@hypothesis.given(st.lists(st.builds(require, NUMBERS, WORDS, DATES), max_size=12))
def test_every_return_required_has_a_day_and_a_number_of_its_own(commands: list[Command]) -> None:
    required = what_happens(award, [OFFERED, ACCEPTED], commands)[2:]
    numbers = [event.number for event in required if isinstance(event, ReturnRequired)]
    assert len(numbers) == len(set(numbers)) == len(required)
