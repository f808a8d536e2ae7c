"""Consents, contacts, moderated scores, tests of rules and the proposal of a bid."""

from dataclasses import replace
from typing import Any

from domain import bid
from domain.bid import (
    ActivitiesAboveRequest,
    AlreadyConsented,
    ApproveBid,
    BidIneligible,
    BidNotSubmitted,
    BidRevised,
    ConsentWithdrawn,
    ContactDirection,
    ContactEmpty,
    ContactLogged,
    ContactNumberTaken,
    EligibilityRuleTested,
    LogContact,
    ModerateScore,
    NotConsented,
    NothingToModerate,
    PartnerConsented,
    ProposedActivity,
    ProposedPlan,
    ReasonMissing,
    RecordConsent,
    ReviseBid,
    ScoreModerated,
    ScoreOutOfRange,
    WithdrawConsent,
)
from domain.values.when import When
from tests.domain.bid.test_bid import ASSESSED, STATED, SUBMITTED, TITLE
from tests.kit.examples import ACE, BID, CARLISLE
from tests.kit.spec import gbp, given

ON = When("2004-05-01")
CONSENTED = PartnerConsented(partnership_id=ACE, number=1, organisation_id=CARLISLE, on=ON)
CONSENT = RecordConsent(bid_id=BID, organisation_id=CARLISLE, on=ON)
WITHDRAW = WithdrawConsent(bid_id=BID, organisation_id=CARLISLE, because="No staff", on=ON)
LEFT = ConsentWithdrawn(partnership_id=ACE, number=1, organisation_id=CARLISLE, because="No staff", on=ON)
_SPOKE: dict[str, Any] = {
    "direction": ContactDirection.FROM_BIDDER, "with_whom": "grants officer 2", "summary": "Asked for news",
}  # fmt: skip
SPEAK = LogContact(bid_id=BID, on=ON, **_SPOKE)
SPOKE = ContactLogged(partnership_id=ACE, number=1, on=ON, **_SPOKE)
MODERATE = ModerateScore(bid_id=BID, criterion="Transferable lessons", score=7, because="Two views", on=ON)
MODERATED = ScoreModerated(partnership_id=ACE, criterion="Transferable lessons", score=7, because="Two views", on=ON)
BROKEN = EligibilityRuleTested(
    partnership_id=ACE, rule="local", version=1, text="A local need", met=False, found="Not shown", judged=True, on=ON
)


def test_a_partner_agrees_to_a_bid_and_may_withdraw_its_consent_with_a_reason() -> None:
    given(bid, SUBMITTED).when(CONSENT).then(CONSENTED)
    given(bid, SUBMITTED, CONSENTED).when(WITHDRAW).then(LEFT)
    given(bid, SUBMITTED, CONSENTED, LEFT).when(CONSENT).then(replace(CONSENTED, number=2))
    given(bid, SUBMITTED, CONSENTED).when(replace(WITHDRAW, because=" ")).refused(ReasonMissing)


def test_a_consent_has_one_date_and_only_one_that_was_given_is_withdrawn() -> None:
    given(bid, SUBMITTED, CONSENTED).when(replace(CONSENT, on=When("2004-05-02"))).refused(AlreadyConsented)
    given(bid, SUBMITTED).when(WITHDRAW).refused(NotConsented)


def test_a_contact_says_who_turned_to_whom_and_what_was_said() -> None:
    given(bid, SUBMITTED).when(SPEAK).then(SPOKE)
    given(bid, SUBMITTED).when(replace(SPEAK, summary=" ")).refused(ContactEmpty)
    given(bid, SUBMITTED).when(replace(SPEAK, with_whom="")).refused(ContactEmpty)
    other = replace(SPEAK, number=1, summary="Told of May")
    given(bid, SUBMITTED, SPOKE).when(other).refused(ContactNumberTaken, number=1)
    given(bid, STATED).when(SPEAK).refused(BidNotSubmitted)


def test_a_score_is_moderated_after_it_was_given_and_with_a_reason() -> None:
    given(bid, SUBMITTED, ASSESSED).when(MODERATE).then(MODERATED)
    given(bid, SUBMITTED).when(MODERATE).refused(NothingToModerate)
    given(bid, SUBMITTED, ASSESSED).when(replace(MODERATE, score=11)).refused(ScoreOutOfRange)
    given(bid, SUBMITTED, ASSESSED).when(replace(MODERATE, because="")).refused(ReasonMissing)


def test_a_bid_that_does_not_meet_a_rule_is_not_approved_unless_it_was_admitted() -> None:
    approve = ApproveBid(bid_id=BID, approved=gbp("900.00"), on=When("2004-05-10"))
    given(bid, SUBMITTED, BROKEN).when(approve).refused(BidIneligible)
    approved = bid.BidApproved(partnership_id=ACE, approved=gbp("900.00"), on=When("2004-05-10"))
    given(bid, SUBMITTED, replace(BROKEN, admitted_because="A pilot")).when(approve).then(approved)
    given(bid, SUBMITTED, BROKEN, replace(BROKEN, met=True)).when(approve).then(approved)


def test_a_revision_keeps_what_it_does_not_change_of_the_proposal() -> None:
    plans = (ProposedPlan(kind="evaluation plan", text="Yearly"),)
    before = replace(SUBMITTED, themes=("Leadership",), plans=plans)
    revise = ReviseBid(
        bid_id=BID, title=TITLE, requested=gbp("900.00"), because="Cheaper", themes=("Skills",), on=When("2004-05-01")
    )
    given(bid, before).when(revise).then(
        BidRevised(
            partnership_id=ACE, title=TITLE, requested=gbp("900.00"), change=gbp("-100.00"), because="Cheaper",
            themes=("Skills",), plans=plans, on=When("2004-05-01"),
        )
    )  # fmt: skip


def test_the_activities_of_a_bid_cost_no_more_than_it_requests() -> None:
    activities = (ProposedActivity(name="Peers", amount=gbp("600.00")), ProposedActivity(name="Visits"))
    revise = ReviseBid(bid_id=BID, title=TITLE, requested=gbp("600.00"), because="Less", activities=activities, on=ON)
    given(bid, SUBMITTED).when(replace(revise, requested=gbp("599.99"))).refused(
        ActivitiesAboveRequest, planned=gbp("600.00"), requested=gbp("599.99")
    )
