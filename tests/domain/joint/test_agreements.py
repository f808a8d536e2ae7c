"""Agreements bind those who signed them; commitments are kept or broken; sponsors lapse; roles are defined."""

from typing import Any

import hypothesis
from hypothesis import strategies as st

from domain import partnership
from domain.entries import (
    EntryEndsBefore,
    EntryIsOver,
    EntryNumberNotPositive,
    EntryNumberTaken,
    EntryTextEmpty,
    EntryUnknown,
)
from domain.joint import agreements as a
from domain.values.order import StepOutOfOrder
from domain.values.when import When
from tests.kit.examples import ACE, CARLISLE, CUMBRIA, EVENTS, IDEA
from tests.kit.hostile_values import WORDS
from tests.kit.spec import given, what_happens

FORMED = EVENTS["PartnershipFormed"]
ON, LATER, EARLIER = When("2004-06-01"), When("2005-06-01"), When("2004-01-01")
OF: dict[str, Any] = {"partnership_id": ACE, "number": 1}
TERMS = (a.Term(text="Each lends a peer", organisation_id=CARLISLE), a.Term(text="All share what they learn"))
SAID: dict[str, Any] = {"sort": a.AgreementSort.MUTUALITY, "title": "Mutuality", "terms": TERMS}
MADE = a.AgreementMade(on=ON, **SAID, **OF)
SIGNED = a.AgreementSigned(organisation_id=CARLISLE, post="Leader", on=ON, **OF)
LEFT = a.AgreementLeft(organisation_id=CARLISLE, because="No peers", on=LATER, **OF)


def make(on: When = ON, number: int | None = 1, **changes: Any) -> a.MakeAgreement:
    return a.MakeAgreement(partnership_id=ACE, number=number, on=on, **SAID | changes)


def sign(on: When = ON, **changes: Any) -> a.SignAgreement:
    return a.SignAgreement(**OF | {"organisation_id": CARLISLE, "post": "Leader", "on": on} | changes)


def leave(on: When = LATER, **changes: Any) -> a.LeaveAgreement:
    return a.LeaveAgreement(**OF | {"organisation_id": CARLISLE, "because": "No peers", "on": on} | changes)


def test_an_agreement_is_made_with_its_terms() -> None:
    formed = given(partnership, FORMED)
    formed.when(make()).then(MADE)
    formed.when(make(terms=())).refused(a.TermsMissing)
    formed.when(make(terms=(a.Term(text=" "),))).refused(a.TermsMissing)
    formed.when(make(title="  ")).refused(EntryTextEmpty, field="title")
    formed.when(make(until=EARLIER)).refused(EntryEndsBefore, until=EARLIER, on=ON)
    formed.when(make(number=0)).refused(EntryNumberNotPositive, number=0)
    given(partnership, FORMED, MADE).when(make(title="Another")).refused(EntryNumberTaken, entry="agreement 1")
    given(partnership).when(make()).refused(partnership.PartnershipUnknown)


def test_without_a_number_an_agreement_is_the_next() -> None:
    state = what_happens(partnership, [FORMED, MADE], [make(number=None, title="Second")], (a.MakeAgreement,))
    assert [1, 2] == [one.number for one in state if isinstance(one, a.AgreementMade)]


def test_an_organisation_signs_once_and_again_only_after_it_withdrew() -> None:
    made = given(partnership, FORMED, MADE)
    made.when(sign()).then(SIGNED)
    made.when(sign(number=2)).refused(EntryUnknown, entry="agreement 2")
    made.when(sign(on=EARLIER)).refused(StepOutOfOrder)
    given(partnership, FORMED, MADE, SIGNED).when(sign(post="Mayor")).refused(a.AlreadySigned, number=1)
    again = a.AgreementSigned(organisation_id=CARLISLE, post="Mayor", on=LATER, **OF)
    given(partnership, FORMED, MADE, SIGNED, LEFT).when(sign(on=LATER, post="Mayor")).then(again)


def test_only_a_signatory_withdraws_is_rewarded_or_meets_a_sanction() -> None:
    made, signed = given(partnership, FORMED, MADE), given(partnership, FORMED, MADE, SIGNED)
    signed.when(leave()).then(LEFT)
    made.when(leave()).refused(a.NotSigned, number=1)
    signed.when(leave(organisation_id=CUMBRIA)).refused(a.NotSigned, number=1)
    said: dict[str, Any] = {"organisation_id": CARLISLE, "response": a.Response.SANCTION, "text": "No peer comes"}
    upheld = a.AgreementUpheld(on=LATER, **said, **OF)
    signed.when(a.UpholdAgreement(on=LATER, **said, **OF)).then(upheld)
    given(partnership, FORMED, MADE, SIGNED, LEFT).when(a.UpholdAgreement(on=LATER, **said, **OF)).refused(a.NotSigned)
    signed.when(a.UpholdAgreement(on=EARLIER, **said, **OF)).refused(StepOutOfOrder)


def test_a_commitment_is_answered_once() -> None:
    said: dict[str, Any] = {"organisation_id": IDEA, "text": "An adviser", "until": LATER}
    promised = a.CommitmentGiven(on=ON, **said, **OF)
    kept = a.CommitmentAnswered(kept=True, text="It came", on=LATER, **OF)
    given(partnership, FORMED).when(a.GiveCommitment(on=ON, **said, **OF)).then(promised)
    answer = a.AnswerCommitment(kept=True, text="It came", on=LATER, **OF)
    given(partnership, FORMED, promised).when(answer).then(kept)
    given(partnership, FORMED).when(answer).refused(EntryUnknown, entry="commitment 1")
    broken = a.AnswerCommitment(kept=False, text="Nobody came", on=LATER, **OF)
    given(partnership, FORMED, promised, kept).when(broken).refused(EntryIsOver)


def test_a_sponsor_lapses_once_with_a_reason() -> None:
    named = a.SponsorNamed(organisation_id=CUMBRIA, post="Leader", on=ON, **OF)
    lapsed = a.SponsorLapsed(because="An election", on=LATER, **OF)
    given(partnership, FORMED).when(a.NameSponsor(organisation_id=CUMBRIA, post="Leader", on=ON, **OF)).then(named)
    lapse = a.LapseSponsor(because="An election", on=LATER, **OF)
    given(partnership, FORMED, named).when(lapse).then(lapsed)
    given(partnership, FORMED, named).when(a.LapseSponsor(because="", on=LATER, **OF)).refused(EntryTextEmpty)
    other = a.LapseSponsor(because="Another reason", on=LATER, **OF)
    given(partnership, FORMED, named, lapsed).when(other).refused(EntryIsOver, entry="lapse of sponsor 1")


def test_a_role_says_what_its_holder_is_to_do() -> None:
    said: dict[str, Any] = {"sort": a.RoleSort.BUDDY, "holder": "Head of finance", "remit": "Answers questions"}
    given(partnership, FORMED).when(a.DefineRole(on=ON, **said, **OF)).then(a.RoleDefined(on=ON, **said, **OF))
    given(partnership, FORMED).when(a.DefineRole(on=ON, **said | {"remit": " "}, **OF)).refused(EntryTextEmpty)


WHEN = st.sampled_from((EARLIER, ON, LATER, When("2004"), When("unknown")))
NUMBER = st.integers(0, 2)
PARTY = st.sampled_from((CARLISLE, CUMBRIA))
COMMANDS = st.one_of(
    st.builds(make, on=WHEN, number=NUMBER, title=WORDS),
    st.builds(sign, on=WHEN, number=NUMBER, organisation_id=PARTY, post=WORDS),
    st.builds(leave, on=WHEN, number=NUMBER, organisation_id=PARTY, because=WORDS),
)


@hypothesis.given(st.lists(COMMANDS, max_size=14))
def test_after_any_commands_nobody_is_bound_twice_and_nobody_withdraws_who_is_not_bound(commands: list[Any]) -> None:
    # Who withdrew may sign again on the same day, and then a repeat of the first command is one more step.
    bound: set[tuple[int, str]] = set()
    for one in what_happens(partnership, [FORMED], commands, each_time=(a.SignAgreement, a.LeaveAgreement)):
        match one:
            case a.AgreementMade():
                assert one.number > 0
                assert one.title.strip()
            case a.AgreementSigned():
                assert (one.number, one.organisation_id) not in bound
                bound.add((one.number, one.organisation_id))
            case a.AgreementLeft():
                assert (one.number, one.organisation_id) in bound
                bound.remove((one.number, one.organisation_id))
