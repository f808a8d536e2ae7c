"""The rules of a bid: decided at most once, approved up to its request and awarded up to its approval."""

from dataclasses import replace

import hypothesis
import pytest
from hypothesis import strategies as st

from domain import bid
from domain.bid import (
    AboveApproved,
    AboveRequested,
    AcknowledgeBid,
    AdviserRecorded,
    AnsweredBeforeAsked,
    ApprovalVaried,
    ApproveBid,
    ApprovedNotPositive,
    AssessBid,
    AssignCaseOfficer,
    AwardBid,
    BidAcknowledged,
    BidAlreadyAwarded,
    BidAlreadyBegun,
    BidAlreadyDecided,
    BidApproved,
    BidAssessed,
    BidAwarded,
    BidCurrencyDiffers,
    BidDeclined,
    BidDrafted,
    BidIneligible,
    BidNotApproved,
    BidNotDecided,
    BidNotEnded,
    BidNotSubmitted,
    BidResubmitted,
    BidRevised,
    BidStated,
    BidSubmitted,
    BidUnknown,
    BidWithdrawn,
    CaseOfficerAssigned,
    CaseOfficerEmpty,
    CheckEligibility,
    ClarificationReceived,
    ClarificationRequested,
    DecidedBeforeSubmitted,
    DecisionNotified,
    DeclineBid,
    DraftBid,
    EligibilityTested,
    LapseOffer,
    NothingReduced,
    NotifyDecision,
    OfferLapsed,
    QuestionEmpty,
    QuestionNumberTaken,
    QuestionUnknown,
    ReasonMissing,
    ReceiveClarification,
    RecordAdviser,
    ReductionUnexplained,
    RequestClarification,
    RequestedNotPositive,
    ResubmitBid,
    ResubmittedBeforeEnded,
    ReviseBid,
    ScoreOutOfRange,
    SubmitBid,
    VaryApproval,
    WithdrawBid,
)
from domain.values.fact import Fact
from domain.values.ids import AwardId, PartnershipId, RoundId
from domain.values.money import Money
from domain.values.order import StepOutOfOrder
from domain.values.when import UNKNOWN, When
from tests.kit.examples import ACE, AWARD, BID, EVENTS, IDEA, OTHER_AWARD, ROUND, SHROPSHIRE, stated
from tests.kit.hostile_values import DATES, MONEY, WORDS
from tests.kit.spec import gbp, given, what_happens

TITLE = "Achieving Cumbrian Excellence, first year"
SUBMITTED_ON = When("2004-03-29")
DECIDED_ON = When("2004-05-10")

DRAFTED = BidDrafted(partnership_id=ACE, reference="ACE-1", title=TITLE, round_id=ROUND, on=When("2004-01-19"))
SUBMITTED = BidSubmitted(
    partnership_id=ACE, reference="ACE-1", title=TITLE, requested=gbp("1000.00"), round_id=ROUND, on=SUBMITTED_ON
)
ACKNOWLEDGED = BidAcknowledged(partnership_id=ACE, on=When("2004-03-30"))
ASSESSED = BidAssessed(
    partnership_id=ACE, criterion="Transferable lessons", score=8, justification="County-wide", on=When("2004-04")
)
APPROVED = BidApproved(partnership_id=ACE, approved=gbp("900.00"), on=DECIDED_ON)
DECLINED = BidDeclined(partnership_id=ACE, because="Repeats a national programme", on=DECIDED_ON)
WITHDRAWN = BidWithdrawn(partnership_id=ACE, requested=gbp("1000.00"), because="Needs have changed", on=When("2004-04"))
NOTIFIED = DecisionNotified(partnership_id=ACE, on=When("2004-05-12"))
AWARDED = BidAwarded(partnership_id=ACE, award_id=AWARD, amount=gbp("900.00"), on=When("2004-05-17"))
LAPSED = OfferLapsed(partnership_id=ACE, award_id=AWARD, on=When("2004-05-31"))
STATED = BidStated(
    partnership_id=ACE,
    reference="ace-cumbria-second-year",
    title="A second-year bid is being drafted.",
    kind="bid_in_preparation",
    on=UNKNOWN,
    source=stated("events.csv", "000_6fe3068b2cce47b0.txt:623"),
)


def draft(*, partnership_id: PartnershipId = ACE, reference: str = "ACE-1") -> DraftBid:
    return DraftBid(
        bid_id=BID,
        partnership_id=partnership_id,
        reference=reference,
        title=TITLE,
        round_id=ROUND,
        on=When("2004-01-19"),
    )


def submit(
    *,
    partnership_id: PartnershipId = ACE,
    reference: str = "ACE-1",
    requested: Money | None = None,
    round_id: RoundId | None = ROUND,
    on: When = SUBMITTED_ON,
) -> SubmitBid:
    return SubmitBid(
        bid_id=BID,
        partnership_id=partnership_id,
        reference=reference,
        title=TITLE,
        requested=requested or gbp("1000.00"),
        round_id=round_id,
        on=on,
    )


def assess(score: int = 8, justification: str = "County-wide", criterion: str = "Transferable lessons") -> AssessBid:
    return AssessBid(bid_id=BID, criterion=criterion, score=score, justification=justification, on=When("2004-04"))


def approve(approved: Money, on: When = DECIDED_ON) -> ApproveBid:
    return ApproveBid(bid_id=BID, approved=approved, on=on)


def decline(because: str = "Repeats a national programme", on: When = DECIDED_ON) -> DeclineBid:
    return DeclineBid(bid_id=BID, because=because, on=on)


def award(amount: Money, award_id: AwardId = AWARD, on: str = "2004-05-17") -> AwardBid:
    return AwardBid(bid_id=BID, award_id=award_id, amount=amount, on=When(on))


def test_an_approval_of_less_says_why_and_what_was_dropped_and_one_of_all_does_not() -> None:
    less = replace(approve(gbp("900.00")), because="No room", dropped=("Travel",))
    given(bid, SUBMITTED).when(replace(less, because=" ")).refused(ReductionUnexplained, actions=1)
    given(bid, SUBMITTED).when(replace(less, approved=gbp("1000.00"))).refused(NothingReduced, requested=gbp("1000.00"))


def vary_approval(approved: Money, because: str = "A further authority takes part") -> VaryApproval:
    return VaryApproval(bid_id=BID, approved=approved, because=because, on=When("2004-11-08"))


def approval_varied(approved: str, change: str) -> ApprovalVaried:
    return ApprovalVaried(
        partnership_id=ACE,
        approved=gbp(approved),
        change=gbp(change),
        because="A further authority takes part",
        on=When("2004-11-08"),
    )


def lapse(award_id: AwardId = AWARD) -> LapseOffer:
    return LapseOffer(bid_id=BID, award_id=award_id, on=When("2004-05-31"))


def assign(officer: str | None, on: str = "2004-04-01") -> AssignCaseOfficer:
    return AssignCaseOfficer(bid_id=BID, officer=officer, on=When(on))


def assigned(officer: str | None) -> CaseOfficerAssigned:
    return CaseOfficerAssigned(partnership_id=ACE, officer=officer, on=When("2004-04-01"))


ADVISE = RecordAdviser(bid_id=BID, organisation_id=IDEA, part="initiator", on=When("2004-01-26"))
ACKNOWLEDGE = AcknowledgeBid(bid_id=BID, on=When("2004-03-30"))
WITHDRAW = WithdrawBid(bid_id=BID, because="Needs have changed", on=When("2004-04"))
NOTIFY = NotifyDecision(bid_id=BID, on=When("2004-05-12"))

# --- Drafting and submitting ------------------------------------------------------------------------------------------


def test_a_partnership_starts_to_draft_a_bid() -> None:
    given(bid).when(draft()).then(DRAFTED)


def test_a_bid_id_is_not_used_again_for_another_partnership_or_reference() -> None:
    given(bid, DRAFTED).when(draft(partnership_id=SHROPSHIRE)).refused(BidAlreadyBegun, reference="ACE-1")
    given(bid, DRAFTED).when(draft(reference="ACE-2")).refused(BidAlreadyBegun, reference="ACE-1")


def test_an_adviser_who_helps_to_write_a_bid_is_recorded() -> None:
    given(bid, DRAFTED).when(ADVISE).then(
        AdviserRecorded(partnership_id=ACE, organisation_id=IDEA, part="initiator", on=When("2004-01-26"))
    )


def test_a_bid_is_assigned_to_a_case_officer_and_released() -> None:
    given(bid, SUBMITTED).when(assign("grants officer 1")).then(assigned("grants officer 1"))
    given(bid, SUBMITTED, assigned("grants officer 1")).when(assign("grants officer 2")).then(
        assigned("grants officer 2")
    )
    given(bid, SUBMITTED, assigned("grants officer 1")).when(assign(None)).then(assigned(None))


def test_an_assignment_that_changes_nothing_is_not_recorded() -> None:
    given(bid, SUBMITTED).when(assign(None)).then()
    given(bid, SUBMITTED, assigned("grants officer 1")).when(assign("grants officer 1")).then()


def test_the_case_officer_keeps_a_bid_that_is_submitted_again() -> None:
    given(bid, SUBMITTED, assigned("grants officer 1"), WITHDRAWN, resubmitted("800.00")).when(
        assign("grants officer 1")
    ).then()


def test_a_submitted_bid_keeps_the_adviser_and_the_case_officer_of_its_draft() -> None:
    advised = AdviserRecorded(partnership_id=ACE, organisation_id=IDEA, part="initiator", on=When("2004-01-26"))
    history = (DRAFTED, advised, replace(assigned("grants officer 1"), on=DRAFTED.on), SUBMITTED)
    given(bid, *history).when(ADVISE).then()
    given(bid, *history).when(assign("grants officer 1")).then()


def test_a_case_officer_has_a_name() -> None:
    given(bid, SUBMITTED).when(assign("  ")).refused(CaseOfficerEmpty)


def test_an_assignment_is_not_dated_before_the_last_one() -> None:
    given(bid, SUBMITTED, assigned("grants officer 1")).when(assign("grants officer 2", "2004-03-01")).refused(
        StepOutOfOrder,
        step="assignment of the case",
        on=When("2004-03-01"),
        earlier="assignment of the case",
        since=When("2004-04-01"),
    )


def test_a_drafted_bid_is_submitted_to_the_funder() -> None:
    given(bid, DRAFTED).when(submit()).then(SUBMITTED)


def test_a_bid_may_be_submitted_without_a_draft() -> None:
    given(bid).when(submit()).then(SUBMITTED)


def test_a_bid_may_be_submitted_outside_any_round() -> None:
    given(bid).when(submit(round_id=None)).then(
        BidSubmitted(partnership_id=ACE, reference="ACE-1", title=TITLE, requested=gbp("1000.00"), on=SUBMITTED_ON)
    )


@pytest.mark.parametrize("requested", ["0.00", "-0.01"])
def test_a_bid_for_0_or_less_is_refused(requested: str) -> None:
    given(bid, DRAFTED).when(submit(requested=gbp(requested))).refused(RequestedNotPositive, requested=gbp(requested))


@pytest.mark.parametrize(
    "command",
    [
        submit(requested=gbp("1000.01")),
        submit(reference="ACE-2"),
        submit(round_id=None),
        submit(on=When("2004-03-30")),
        submit(partnership_id=SHROPSHIRE),
    ],
)
def test_a_submitted_bid_is_not_submitted_again_with_other_content(command: SubmitBid) -> None:
    given(bid, SUBMITTED).when(command).refused(BidAlreadyBegun, reference="ACE-1")


def test_nobody_submits_the_draft_of_another_partnership() -> None:
    given(bid, DRAFTED).when(submit(partnership_id=SHROPSHIRE)).refused(BidAlreadyBegun, reference="ACE-1")


@pytest.mark.parametrize("later", [WITHDRAWN, APPROVED, DECLINED])
def test_a_bid_submitted_again_after_its_decision_does_not_change(later: bid.Event) -> None:
    given(bid, SUBMITTED, later).when(submit()).then()


# --- Waiting ----------------------------------------------------------------------------------------------------------


def test_the_funder_acknowledges_the_bid() -> None:
    given(bid, SUBMITTED).when(ACKNOWLEDGE).then(ACKNOWLEDGED)


def test_an_assessor_scores_the_bid_with_a_justification() -> None:
    given(bid, SUBMITTED).when(assess()).then(ASSESSED)


@pytest.mark.parametrize("score", [0, 10])
def test_a_score_may_be_the_lowest_or_the_highest(score: int) -> None:
    given(bid, SUBMITTED).when(assess(score)).then(
        BidAssessed(
            partnership_id=ACE,
            criterion="Transferable lessons",
            score=score,
            justification="County-wide",
            on=When("2004-04"),
        )
    )


def test_a_second_score_does_not_replace_the_first() -> None:
    second = BidAssessed(
        partnership_id=ACE, criterion="Transferable lessons", score=4, justification="Two-tier", on=When("2004-04")
    )
    given(bid, SUBMITTED, ASSESSED).when(assess(4, "Two-tier")).then(second)


@pytest.mark.parametrize(("score", "justification"), [(-1, "County-wide"), (11, "County-wide"), (8, " ")])
def test_a_score_out_of_range_or_without_a_reason_is_refused(score: int, justification: str) -> None:
    given(bid, SUBMITTED).when(assess(score, justification)).refused(ScoreOutOfRange, score=score)


def test_a_bid_is_withdrawn_before_it_is_decided() -> None:
    given(bid, DRAFTED).when(WITHDRAW).then(replace(WITHDRAWN, requested=None))
    given(bid, SUBMITTED).when(WITHDRAW).then(WITHDRAWN)
    given(bid, STATED).when(WITHDRAW).refused(BidNotSubmitted, status="stated")


@pytest.mark.parametrize(("decided", "status"), [(APPROVED, "approved"), (DECLINED, "declined")])
def test_a_decided_bid_is_not_withdrawn(decided: bid.Event, status: str) -> None:
    given(bid, SUBMITTED, decided).when(WITHDRAW).refused(BidAlreadyDecided, status=status)


@pytest.mark.parametrize("command", [ACKNOWLEDGE, assess(), approve(gbp("900.00")), decline()])
@pytest.mark.parametrize(
    ("history", "status"),
    [((DRAFTED,), "drafted"), ((SUBMITTED, WITHDRAWN), "withdrawn"), ((STATED,), "stated")],
    ids=["drafted", "withdrawn", "stated"],
)
def test_only_a_bid_that_is_with_the_funder_is_acknowledged_assessed_or_decided(
    history: tuple[bid.Event, ...], status: str, command: bid.Command
) -> None:
    given(bid, *history).when(command).refused(BidNotSubmitted, status=status)


def test_a_decided_bid_is_not_assessed_any_more() -> None:
    given(bid, SUBMITTED, APPROVED).when(assess()).refused(BidNotSubmitted, status="approved")


# --- Deciding ---------------------------------------------------------------------------------------------------------


def test_the_funder_approves_an_amount() -> None:
    given(bid, SUBMITTED).when(approve(gbp("900.00"))).then(APPROVED)


def test_the_funder_may_approve_all_that_was_requested() -> None:
    given(bid, SUBMITTED).when(approve(gbp("1000.00"))).then(
        BidApproved(partnership_id=ACE, approved=gbp("1000.00"), on=DECIDED_ON)
    )


def test_no_more_is_approved_than_was_requested() -> None:
    given(bid, SUBMITTED).when(approve(gbp("1000.01"))).refused(
        AboveRequested, requested=gbp("1000.00"), approved=gbp("1000.01")
    )


@pytest.mark.parametrize("approved", ["0.00", "-0.01"])
def test_an_approval_of_0_or_less_is_refused(approved: str) -> None:
    given(bid, SUBMITTED).when(approve(gbp(approved))).refused(ApprovedNotPositive, approved=gbp(approved))


def test_a_bid_is_approved_in_the_currency_of_its_request() -> None:
    given(bid, SUBMITTED).when(approve(Money.of("900.00", "EUR"))).refused(
        BidCurrencyDiffers, requested="GBP", approved="EUR"
    )


def test_the_funder_declines_with_a_reason() -> None:
    given(bid, SUBMITTED).when(decline()).then(DECLINED)


def test_declining_a_bid_needs_a_reason() -> None:
    given(bid, SUBMITTED).when(decline(because="\t")).refused(ReasonMissing)


@pytest.mark.parametrize("command", [approve(gbp("900.00"), When("2004-03-28")), decline(on=When("2004-02"))])
def test_a_bid_is_not_decided_before_it_is_submitted(command: ApproveBid | DeclineBid) -> None:
    given(bid, SUBMITTED).when(command).refused(DecidedBeforeSubmitted, submitted=SUBMITTED_ON, decided=command.on)


def test_a_bid_may_be_decided_in_the_month_that_it_was_submitted_in() -> None:
    given(bid, SUBMITTED).when(decline(on=When("2004-03"))).then(
        BidDeclined(partnership_id=ACE, because="Repeats a national programme", on=When("2004-03"))
    )


@pytest.mark.parametrize(
    "command",
    [approve(gbp("899.99")), approve(gbp("900.00"), When("2004-05-11")), decline()],
    ids=["other amount", "other day", "no"],
)
def test_an_approved_bid_is_not_decided_again(command: bid.Command) -> None:
    given(bid, SUBMITTED, APPROVED).when(command).refused(BidAlreadyDecided, status="approved")
    given(bid, SUBMITTED, APPROVED, AWARDED).when(command).refused(BidAlreadyDecided, status="awarded")


@pytest.mark.parametrize("command", [decline("Too late"), decline(on=When("2004-05-11")), approve(gbp("900.00"))])
def test_a_declined_bid_is_not_decided_again(command: bid.Command) -> None:
    given(bid, SUBMITTED, DECLINED).when(command).refused(BidAlreadyDecided, status="declined")


@pytest.mark.parametrize("decided", [APPROVED, DECLINED])
def test_the_bidder_is_notified_of_the_decision(decided: bid.Event) -> None:
    given(bid, SUBMITTED, decided).when(NOTIFY).then(NOTIFIED)


def test_nobody_is_notified_before_the_decision() -> None:
    given(bid, SUBMITTED).when(NOTIFY).refused(BidNotDecided, status="submitted")


# --- Awarding ---------------------------------------------------------------------------------------------------------


def test_an_approved_bid_is_linked_to_its_award() -> None:
    given(bid, SUBMITTED, APPROVED).when(award(gbp("900.00"))).then(AWARDED)


def test_an_award_may_be_less_than_the_approval_but_not_more() -> None:
    given(bid, SUBMITTED, APPROVED).when(award(gbp("899.99"))).then(
        BidAwarded(partnership_id=ACE, award_id=AWARD, amount=gbp("899.99"), on=When("2004-05-17"))
    )
    given(bid, SUBMITTED, APPROVED).when(award(gbp("900.01"))).refused(
        AboveApproved, approved=gbp("900.00"), award=gbp("900.01")
    )


def test_an_award_is_in_the_currency_that_was_approved() -> None:
    given(bid, SUBMITTED, APPROVED).when(award(Money.of("900.00", "EUR"))).refused(
        BidCurrencyDiffers, approved="GBP", award="EUR"
    )


def test_a_bid_has_one_award() -> None:
    given(bid, SUBMITTED, APPROVED, AWARDED).when(award(gbp("0.01"), OTHER_AWARD)).refused(
        BidAlreadyAwarded, award=AWARD
    )


@pytest.mark.parametrize(
    ("history", "status"),
    [
        ((DRAFTED,), "drafted"),
        ((SUBMITTED,), "submitted"),
        ((SUBMITTED, DECLINED), "declined"),
        ((SUBMITTED, WITHDRAWN), "withdrawn"),
        ((STATED,), "stated"),
    ],
    ids=["drafted", "submitted", "declined", "withdrawn", "stated"],
)
def test_an_award_needs_an_approved_bid(history: tuple[bid.Event, ...], status: str) -> None:
    given(bid, *history).when(award(gbp("900.00"))).refused(BidNotApproved, status=status)


@pytest.mark.parametrize("amount", ["0.00", "-0.01"])
def test_a_bid_is_not_linked_to_an_award_of_0_or_less(amount: str) -> None:
    approved = bid.evolve(bid.evolve(None, SUBMITTED), APPROVED)
    with pytest.raises(bid.AwardedNotPositive):
        bid.decide(approved, award(gbp(amount)))


def test_a_bid_whose_award_was_declined_may_be_awarded_again() -> None:
    given(bid, SUBMITTED, APPROVED, AWARDED).when(lapse()).then(LAPSED)
    given(bid, SUBMITTED, APPROVED, AWARDED, LAPSED).when(award(gbp("900.00"), OTHER_AWARD, "2004-05-31")).then(
        replace(AWARDED, award_id=OTHER_AWARD, on=LAPSED.on)
    )


def test_an_offer_that_is_not_the_bids_does_not_lapse() -> None:
    given(bid, SUBMITTED, APPROVED).when(lapse()).then()
    given(bid, SUBMITTED, APPROVED, AWARDED).when(lapse(OTHER_AWARD)).then()


# --- Approving another amount -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("history", [(), (AWARDED,), (AWARDED, LAPSED)], ids=["approved", "awarded", "lapsed"])
def test_the_funder_changes_the_approval_by_a_recorded_difference_with_a_reason(
    history: tuple[bid.Event, ...],
) -> None:
    approved = given(bid, SUBMITTED, APPROVED, *history)
    approved.when(vary_approval(gbp("1000.00"))).then(approval_varied("1000.00", "100.00"))
    approved.when(vary_approval(gbp("899.99"))).then(approval_varied("899.99", "-0.01"))


def test_approving_the_same_amount_again_changes_nothing() -> None:
    given(bid, SUBMITTED, APPROVED).when(vary_approval(gbp("900.00"), "Another reason")).then()


def test_an_approval_varied_twice_changes_by_the_difference_each_time() -> None:
    given(bid, SUBMITTED, APPROVED, approval_varied("1000.00", "100.00")).when(vary_approval(gbp("800.00"))).then(
        approval_varied("800.00", "-200.00")
    )


def test_an_award_may_be_what_was_approved_last_but_not_more() -> None:
    raised = given(bid, SUBMITTED, APPROVED, approval_varied("950.00", "50.00"))
    raised.when(award(gbp("950.00"), on="2004-11-08")).then(
        replace(AWARDED, amount=gbp("950.00"), on=When("2004-11-08"))
    )
    raised.when(award(gbp("950.01"))).refused(AboveApproved, approved=gbp("950.00"), award=gbp("950.01"))


@pytest.mark.parametrize("approved", ["0.00", "-0.01"])
def test_an_approval_is_not_changed_to_0_or_less(approved: str) -> None:
    given(bid, SUBMITTED, APPROVED).when(vary_approval(gbp(approved))).refused(
        ApprovedNotPositive, approved=gbp(approved)
    )


def test_an_approval_stays_in_its_currency() -> None:
    given(bid, SUBMITTED, APPROVED).when(vary_approval(Money.of("900.00", "EUR"))).refused(
        BidCurrencyDiffers, approved="GBP", given="EUR"
    )


def test_changing_an_approval_needs_a_reason() -> None:
    given(bid, SUBMITTED, APPROVED).when(vary_approval(gbp("950.00"), " ")).refused(ReasonMissing)


@pytest.mark.parametrize(
    ("history", "status"),
    [
        ((DRAFTED,), "drafted"),
        ((SUBMITTED,), "submitted"),
        ((SUBMITTED, DECLINED), "declined"),
        ((SUBMITTED, WITHDRAWN), "withdrawn"),
        ((STATED,), "stated"),
    ],
    ids=["drafted", "submitted", "declined", "withdrawn", "stated"],
)
def test_only_an_existing_approval_can_be_changed(history: tuple[bid.Event, ...], status: str) -> None:
    given(bid, *history).when(vary_approval(gbp("900.00"))).refused(BidNotApproved, status=status)


def test_a_changed_approval_is_not_more_than_was_requested_either() -> None:
    given(bid, SUBMITTED, APPROVED).when(vary_approval(gbp("1000.01"))).refused(
        AboveRequested, requested=gbp("1000.00"), approved=gbp("1000.01")
    )


@pytest.mark.parametrize(
    "command",
    [
        ADVISE,
        ACKNOWLEDGE,
        assign("grants officer 1"),
        assess(),
        approve(gbp("1.00")),
        decline(),
        WITHDRAW,
        NOTIFY,
        award(gbp("1.00")),
        lapse(),
        vary_approval(gbp("1.00")),
    ],
)
def test_an_unknown_bid_refuses_every_command(command: bid.Command) -> None:
    given(bid).when(command).refused(BidUnknown)


# --- The law ----------------------------------------------------------------------------------------------------------

POSITIVE = MONEY.filter(lambda amount: amount.is_positive)
PARTNERSHIPS = st.sampled_from((ACE, ACE, ACE, SHROPSHIRE))
COMMANDS = st.one_of(
    st.builds(draft, partnership_id=PARTNERSHIPS, reference=WORDS),
    st.builds(submit, partnership_id=PARTNERSHIPS, reference=WORDS, requested=MONEY, on=DATES),
    st.builds(assess, st.sampled_from((-1, 0, 5, 10, 11, 10**18)), WORDS, WORDS),
    st.builds(assign, st.none() | WORDS),
    st.builds(approve, MONEY, DATES),
    st.builds(approve, MONEY, DATES),
    st.builds(decline, WORDS, DATES),
    st.builds(award, POSITIVE, st.sampled_from((AWARD, OTHER_AWARD))),
    st.builds(award, POSITIVE, st.sampled_from((AWARD, OTHER_AWARD))),
    st.builds(lapse, st.sampled_from((AWARD, OTHER_AWARD))),
    st.builds(vary_approval, MONEY, WORDS),
    st.sampled_from((ADVISE, ACKNOWLEDGE, WITHDRAW, NOTIFY)),
)


@hypothesis.given(st.sampled_from(([], [DRAFTED], [SUBMITTED])), st.lists(COMMANDS, max_size=20))
def test_no_commands_decide_a_bid_twice_or_award_more_than_its_approval(
    begun: list[Fact], commands: list[bid.Command]
) -> None:
    history = what_happens(bid, begun, commands)
    submissions = [event for event in history if isinstance(event, BidSubmitted)]
    decisions = [event for event in history if isinstance(event, BidApproved | BidDeclined | BidWithdrawn)]
    assert 1 >= len(submissions)
    assert 1 >= len(decisions)
    for approved in (event for event in decisions if isinstance(event, BidApproved)):
        assert submissions[0].requested >= approved.approved > Money.zero(submissions[0].requested.currency)
        assert submissions[0].on.may_precede(approved.on)
    standing: AwardId | None = None
    approval: Money | None = None
    for event in history:
        match event:
            case BidApproved():
                approval = event.approved
            case ApprovalVaried():
                assert approval is not None
                assert approval + event.change == event.approved > Money.zero(approval.currency)
                approval = event.approved
            case BidAwarded():
                assert standing is None
                assert approval is not None
                assert approval >= event.amount > Money.zero(approval.currency)
                standing = event.award_id
            case OfferLapsed():
                assert standing == event.award_id
                standing = None
    assert 1 >= len({getattr(event, "partnership_id", None) for event in history})


# --- Questions, eligibility, revision, resubmission -------------------------------------------------------------------

ASKED_ON, ANSWERED_ON = When("2004-04-02"), When("2004-04-20")
ASKED = ClarificationRequested(partnership_id=ACE, number=1, question="Who leads?", on=ASKED_ON)
ANSWERED = ClarificationReceived(partnership_id=ACE, number=1, on=ANSWERED_ON)
INELIGIBLE = EligibilityTested(partnership_id=ACE, eligible=False, because="No authority leads", on=ASKED_ON)
REVISED = BidRevised(
    partnership_id=ACE,
    title=TITLE,
    requested=gbp("950.00"),
    change=gbp("-50.00"),
    because="The evaluation is paid otherwise",
    on=ASKED_ON,
)
AGAIN_ON = When("2004-06-01")


def ask(number: int = 1, question: str = "Who leads?") -> RequestClarification:
    return RequestClarification(bid_id=BID, number=number, question=question, on=ASKED_ON)


def answer(number: int = 1, on: When = ANSWERED_ON) -> ReceiveClarification:
    return ReceiveClarification(bid_id=BID, number=number, on=on)


def find(eligible: bool, because: str | None = "No authority leads") -> CheckEligibility:
    return CheckEligibility(bid_id=BID, eligible=eligible, because=because, on=ASKED_ON)


def revise(requested: Money | None = None, because: str = "The evaluation is paid otherwise") -> ReviseBid:
    return ReviseBid(bid_id=BID, title=TITLE, requested=requested or gbp("950.00"), because=because, on=ASKED_ON)


def again(requested: Money | None = None, on: When = AGAIN_ON) -> ResubmitBid:
    return ResubmitBid(bid_id=BID, title=TITLE, requested=requested or gbp("800.00"), round_id=ROUND, on=on)


def resubmitted(change: str) -> BidResubmitted:
    return BidResubmitted(
        partnership_id=ACE,
        title=TITLE,
        requested=gbp("800.00"),
        change=gbp(change),
        round_id=ROUND,
        on=AGAIN_ON,
    )


def test_the_funder_asks_and_the_bidder_answers() -> None:
    given(bid, SUBMITTED).when(ask()).then(ASKED)
    given(bid, SUBMITTED, ASKED).when(answer()).then(ANSWERED)
    given(bid, SUBMITTED, ASKED, ANSWERED).when(ask(2, "By when?")).then(replace(ASKED, number=2, question="By when?"))


def test_a_question_has_its_own_number_and_a_text() -> None:
    given(bid, SUBMITTED, ASKED).when(ask(question="By when?")).refused(QuestionNumberTaken, number=1)
    given(bid, SUBMITTED).when(ask(0)).refused(QuestionEmpty, number=0)
    given(bid, SUBMITTED).when(ask(question=" ")).refused(QuestionEmpty)


def test_only_a_question_that_was_asked_is_answered_and_not_before() -> None:
    given(bid, SUBMITTED).when(answer()).refused(QuestionUnknown, number=1)
    given(bid, SUBMITTED, ASKED).when(answer(on=When("2004-04-01"))).refused(AnsweredBeforeAsked)


def test_questions_are_asked_only_about_a_submitted_bid() -> None:
    given(bid, DRAFTED).when(ask()).refused(BidNotSubmitted)
    given(bid, SUBMITTED, DECLINED).when(ask()).refused(BidNotSubmitted)
    given(bid, SUBMITTED, ASKED, DECLINED).when(answer()).refused(BidNotSubmitted)


def test_eligibility_is_checked_only_of_a_submitted_bid() -> None:
    given(bid, DRAFTED).when(find(False)).refused(BidNotSubmitted, status="drafted")
    given(bid, SUBMITTED, APPROVED).when(find(False)).refused(BidNotSubmitted, status="approved")


def test_each_of_several_questions_is_asked_once() -> None:
    second = replace(ASKED, number=2, question="By when?")
    given(bid, SUBMITTED, ASKED, second).when(ask()).then()
    given(bid, SUBMITTED, ASKED, second).when(ask(2, "By when?")).then()


def test_an_ineligible_bid_is_declined_and_not_approved() -> None:
    given(bid, SUBMITTED).when(find(False)).then(INELIGIBLE)
    given(bid, SUBMITTED, INELIGIBLE).when(approve(gbp("900.00"))).refused(BidIneligible)
    given(bid, SUBMITTED, INELIGIBLE).when(decline()).then(DECLINED)


def test_a_bid_may_be_found_eligible_after_all() -> None:
    eligible = EligibilityTested(partnership_id=ACE, eligible=True, because=None, on=ASKED_ON)
    given(bid, SUBMITTED, INELIGIBLE).when(find(True, None)).then(eligible)
    given(bid, SUBMITTED, INELIGIBLE, eligible).when(approve(gbp("900.00"))).then(APPROVED)


def test_finding_a_bid_ineligible_needs_a_reason() -> None:
    given(bid, SUBMITTED).when(find(False, " ")).refused(ReasonMissing)
    given(bid, SUBMITTED).when(find(False, None)).refused(ReasonMissing)


def test_a_submitted_bid_is_revised_with_a_reason() -> None:
    given(bid, SUBMITTED).when(revise()).then(REVISED)
    given(bid, SUBMITTED).when(revise(because=" ")).refused(ReasonMissing)
    given(bid, SUBMITTED).when(revise(gbp("0.00"))).refused(RequestedNotPositive)
    given(bid, SUBMITTED).when(revise(Money.of("950.00", "EUR"))).refused(
        BidCurrencyDiffers, requested="GBP", given="EUR"
    )
    titled = replace(REVISED, title="Another title")
    given(bid, SUBMITTED).when(replace(revise(), title="Another title")).then(titled)
    given(bid, SUBMITTED, APPROVED).when(revise()).refused(BidNotSubmitted)


def test_no_more_is_approved_than_a_revised_bid_requests() -> None:
    given(bid, SUBMITTED, REVISED).when(approve(gbp("950.01"))).refused(AboveRequested)


def test_a_declined_or_withdrawn_bid_is_resubmitted_and_decided_anew() -> None:
    given(bid, SUBMITTED, DECLINED).when(again()).then(resubmitted("-200.00"))
    given(bid, SUBMITTED, WITHDRAWN).when(again()).then(resubmitted("800.00"))
    given(bid, SUBMITTED, INELIGIBLE, DECLINED, resubmitted("-200.00")).when(
        approve(gbp("800.00"), When("2004-06-10"))
    ).then(BidApproved(partnership_id=ACE, approved=gbp("800.00"), on=When("2004-06-10")))


def test_a_draft_that_was_withdrawn_is_resubmitted_as_a_first_request() -> None:
    given(bid, DRAFTED, replace(WITHDRAWN, requested=None)).when(again()).then(resubmitted("800.00"))


def test_a_bid_may_be_resubmitted_as_it_was_on_the_day_of_its_submission_and_refusal() -> None:
    refused = replace(DECLINED, on=SUBMITTED_ON)
    given(bid, SUBMITTED, refused).when(again(SUBMITTED.requested, SUBMITTED_ON)).then(
        replace(resubmitted("0.00"), requested=SUBMITTED.requested, on=SUBMITTED_ON)
    )


def test_a_step_is_not_dated_before_one_that_it_follows_though_others_came_between() -> None:
    given(bid, SUBMITTED, ASKED, ANSWERED).when(replace(ACKNOWLEDGE, on=When("2004-03-28"))).refused(StepOutOfOrder)


def test_a_bid_is_not_resubmitted_while_it_waits_or_is_approved() -> None:
    given(bid, SUBMITTED).when(again()).refused(BidNotEnded, status="submitted")
    given(bid, SUBMITTED, APPROVED).when(again()).refused(BidNotEnded, status="approved")


def test_a_bid_is_resubmitted_for_a_positive_amount_in_its_currency_after_its_end() -> None:
    given(bid, SUBMITTED, DECLINED).when(again(gbp("0.00"))).refused(RequestedNotPositive)
    given(bid, SUBMITTED, DECLINED).when(again(Money.of("800.00", "EUR"))).refused(
        BidCurrencyDiffers, requested="GBP", given="EUR"
    )
    given(bid, SUBMITTED, DECLINED).when(again(on=When("2004-05-09"))).refused(ResubmittedBeforeEnded)
    given(bid, SUBMITTED, WITHDRAWN).when(again(on=When("2004-03-31"))).refused(ResubmittedBeforeEnded)


def test_a_bid_is_resubmitted_at_a_time_of_the_day() -> None:
    given(bid, SUBMITTED, DECLINED).when(replace(again(), time="11:59")).then(
        replace(resubmitted("-200.00"), time="11:59")
    )


def test_a_bid_that_is_resubmitted_keeps_its_advisers() -> None:
    advised = AdviserRecorded(partnership_id=ACE, organisation_id=IDEA, part="initiator", on=SUBMITTED_ON)
    given(bid, SUBMITTED, advised, DECLINED, resubmitted("-200.00")).when(ADVISE).then()


def test_the_title_of_the_submission_is_that_of_the_bid_and_no_longer_that_of_the_draft() -> None:
    drafted = bid.evolve(None, replace(DRAFTED, title="A first idea"))
    assert TITLE == bid.evolve(drafted, SUBMITTED).title


@pytest.mark.parametrize("name", ["DateCorrected", "StatementReplaced"])
def test_a_correction_by_itself_does_not_change_what_the_rules_know(name: str) -> None:
    given(bid, SUBMITTED, EVENTS[name]).when(WITHDRAW).then(WITHDRAWN)


def test_no_rule_reads_the_amount_of_a_bid_that_a_source_states() -> None:
    given(bid, STATED, EVENTS["BidRestated"]).when(WITHDRAW).refused(BidNotSubmitted, status="stated")


def test_a_bid_that_is_handed_in_to_another_round_is_another_submission() -> None:
    elsewhere = replace(again(), round_id=None)
    given(bid, SUBMITTED, DECLINED, resubmitted("-200.00")).when(elsewhere).refused(BidNotEnded, status="submitted")


def test_a_revision_for_another_reason_is_another_revision() -> None:
    given(bid, SUBMITTED, REVISED).when(revise(because="A partner has left")).then(
        replace(REVISED, change=gbp("0.00"), because="A partner has left")
    )


def test_a_bid_that_a_register_gives_to_another_partnership_is_of_that_one() -> None:
    moved = bid.BidReassigned(partnership_id=SHROPSHIRE, before=ACE, on=UNKNOWN)
    assert SHROPSHIRE == bid.evolve(bid.evolve(None, STATED), moved).partnership_id
