"""A round accepts bids while it is open. Its commitments stay within its budget and its ring-fences."""

from dataclasses import replace

import hypothesis
import pytest
from hypothesis import strategies as st

from domain import funding_round
from domain.funding_round import (
    AdoptCriteria,
    BidOutsideRound,
    BudgetExceeded,
    ClosedBeforeOpened,
    CloseRound,
    CommitFunds,
    CommitmentNegative,
    CriteriaAdopted,
    CriteriaFixed,
    FundsCommitted,
    FundsReturned,
    OpenRound,
    RingFenceNotPositive,
    RingFenceSet,
    RingFenceTaken,
    RingFenceUnknown,
    RoundAlreadyOpened,
    RoundBudgetNotPositive,
    RoundClosed,
    RoundClosesBeforeItOpens,
    RoundCriteriaEmpty,
    RoundCurrencyDiffers,
    RoundIsClosed,
    RoundOpened,
    RoundUnknown,
    SetRingFence,
    TimeUnreadable,
)
from domain.values.fact import Fact
from domain.values.ids import AwardId, SchemeId
from domain.values.money import Money, total
from domain.values.shown import shown
from domain.values.when import When
from tests.kit.examples import AWARD, DIRECT_SUPPORT, OTHER_AWARD, PILOTS, PROGRAMME, ROUND
from tests.kit.hostile_values import DATES, MONEY, WORDS
from tests.kit.spec import gbp, given, what_happens

OPENS = When("2004-01-05")
ON = When("2004-05-17")
OPENED = RoundOpened(
    programme_id=PROGRAMME, scheme_id=PILOTS, code="cbp-pilots-1", name="First round", budget=gbp("1000.00"), on=OPENS
)


def committed(amount: str, award_id: AwardId = AWARD, ring_fence: str | None = None) -> FundsCommitted:
    return FundsCommitted(
        programme_id=PROGRAMME,
        scheme_id=PILOTS,
        award_id=award_id,
        ring_fence=ring_fence,
        amount=gbp(amount),
        on=ON,
    )


def returned(amount: str, award_id: AwardId = AWARD, ring_fence: str | None = None) -> FundsReturned:
    return FundsReturned(
        programme_id=PROGRAMME,
        scheme_id=PILOTS,
        award_id=award_id,
        ring_fence=ring_fence,
        amount=gbp(amount),
        on=ON,
    )


COMMITTED = committed("400.00")
FENCED = RingFenceSet(name="Evaluation", amount=gbp("300.00"), on=OPENS)
CLOSED = RoundClosed(on=When("2004-03-31"))
CRITERIA = CriteriaAdopted(criteria=("Transferable lessons", "Impact evaluation"), on=OPENS)


def open_round(
    *,
    budget: Money | None = None,
    code: str = "cbp-pilots-1",
    scheme_id: SchemeId = PILOTS,
    on: When = OPENS,
    closes: When | None = None,
) -> OpenRound:
    return OpenRound(
        round_id=ROUND,
        programme_id=PROGRAMME,
        scheme_id=scheme_id,
        code=code,
        name="First round",
        budget=budget or gbp("1000.00"),
        closes=closes,
        on=on,
    )


def adopt(*criteria: str) -> AdoptCriteria:
    return AdoptCriteria(round_id=ROUND, criteria=criteria, on=OPENS)


def commit(total: Money, award_id: AwardId = OTHER_AWARD, ring_fence: str | None = None) -> CommitFunds:
    return CommitFunds(round_id=ROUND, award_id=award_id, ring_fence=ring_fence, total=total, on=ON)


def fence(amount: Money, name: str = "Evaluation") -> SetRingFence:
    return SetRingFence(round_id=ROUND, name=name, amount=amount, on=OPENS)


CLOSE = CloseRound(round_id=ROUND, on=When("2004-03-31"))


def _round(*history: funding_round.Event) -> funding_round.Round:
    state = None
    for event in history:
        state = funding_round.evolve(state, event)
    assert state is not None
    return state


# --- Closing ----------------------------------------------------------------------------------------------------------


def test_a_round_closes_on_a_day_or_at_a_time_on_that_day() -> None:
    given(funding_round, OPENED).when(CLOSE).then(CLOSED)
    given(funding_round, OPENED).when(replace(CLOSE, time="17:00")).then(replace(CLOSED, time="17:00"))
    given(funding_round, OPENED).when(replace(CLOSE, time="17")).refused(TimeUnreadable, time="17")


def test_a_round_is_not_closed_on_a_day_before_it_opened() -> None:
    given(funding_round, OPENED).when(replace(CLOSE, on=When("2004-01-04"))).refused(ClosedBeforeOpened)
    given(funding_round, OPENED).when(replace(CLOSE, on=OPENS)).then(replace(CLOSED, on=OPENS))


@pytest.mark.parametrize(
    ("announced", "closed", "bid", "said"),
    [
        ((None, None), None, ("2004-01-04", None), "an open end"),
        ((None, None), ("2004-03-31", "17:00"), ("2004-01-04", "09:30"), "31 Mar 2004 17:00"),
        (("2004-03-31", "12:00"), None, ("2004-03-31", "12:01"), "31 Mar 2004 12:00"),
        (("2004-03-31", None), None, ("2004-04-01", "12:01"), "31 Mar 2004"),
        (("2004-03-31", None), ("2004-04-05", None), ("2004-04-01", None), "31 Mar 2004"),
    ],
)
def test_a_bid_outside_the_round_is_refused_with_its_date_and_with_what_the_round_takes(
    announced: tuple[str | None, str | None],
    closed: tuple[str, str | None] | None,
    bid: tuple[str, str | None],
    said: str,
) -> None:
    opened = replace(OPENED, closes=When(announced[0]) if announced[0] else None, closes_time=announced[1])
    closing = [RoundClosed(on=When(closed[0]), time=closed[1])] if closed else []
    with pytest.raises(BidOutsideRound) as refused:
        funding_round.taking_bids(_round(opened, *closing), When(bid[0]), bid[1])
    on = " ".join(filter(None, (shown(When(bid[0])), bid[1])))
    assert {"on": on, "opens": OPENS, "closes": said} == refused.value.why


def test_a_bid_of_a_time_is_late_only_on_the_known_last_day_of_a_round_with_a_time() -> None:
    known = _round(OPENED, CLOSED)
    assert known is funding_round.taking_bids(known, CLOSED.on, "23:59")
    in_march = replace(OPENED, closes=When("2004-03"), closes_time="12:00")
    known = _round(in_march)
    assert known is funding_round.taking_bids(known, When("2004-03"), "23:59")


def test_a_draft_of_a_day_before_the_closing_is_taken_after_it() -> None:
    known = _round(OPENED, CLOSED)
    assert known is funding_round.taking_drafts(known, CLOSED.on)
    with pytest.raises(RoundIsClosed):
        funding_round.taking_drafts(known, When("2004-04-01"))


def test_an_announced_time_belongs_to_an_announced_day() -> None:
    timed = replace(open_round(closes=When("2004-03-31")), closes_time="12:00")
    (opened,) = funding_round.decide(None, timed)
    assert isinstance(opened, RoundOpened)
    assert "12:00" == opened.closes_time
    given(funding_round).when(replace(timed, closes=None)).refused(TimeUnreadable, time="12:00")
    given(funding_round).when(replace(timed, closes_time="noon")).refused(TimeUnreadable, time="noon")


# --- Examples ---------------------------------------------------------------------------------------------------------


def test_a_round_opens_with_a_budget_and_an_announced_closing_date() -> None:
    given(funding_round).when(open_round(closes=When("2004-03-31"))).then(
        RoundOpened(
            programme_id=PROGRAMME,
            scheme_id=PILOTS,
            code="cbp-pilots-1",
            name="First round",
            budget=gbp("1000.00"),
            closes=When("2004-03-31"),
            on=OPENS,
        )
    )


def test_a_round_is_not_opened_again_with_another_code_scheme_or_budget() -> None:
    opened = given(funding_round, OPENED)
    opened.when(open_round(code="cbp-pilots-2")).refused(RoundAlreadyOpened, code="cbp-pilots-1")
    opened.when(open_round(scheme_id=DIRECT_SUPPORT)).refused(RoundAlreadyOpened, code="cbp-pilots-1")
    opened.when(open_round(budget=gbp("1000.01"))).refused(RoundAlreadyOpened, code="cbp-pilots-1")


@pytest.mark.parametrize("budget", ["0.00", "-0.01"])
def test_a_round_without_money_does_not_open(budget: str) -> None:
    given(funding_round).when(open_round(budget=gbp(budget))).refused(RoundBudgetNotPositive, budget=gbp(budget))


def test_a_round_does_not_close_before_it_opens() -> None:
    given(funding_round).when(open_round(closes=When("2004-01-04"))).refused(
        RoundClosesBeforeItOpens, opens=OPENS, closes=When("2004-01-04")
    )


def test_a_round_may_close_in_the_month_that_it_opens_in() -> None:
    given(funding_round).when(open_round(on=When("2004-01-31"), closes=When("2004-01"))).then(
        RoundOpened(
            programme_id=PROGRAMME,
            scheme_id=PILOTS,
            code="cbp-pilots-1",
            name="First round",
            budget=gbp("1000.00"),
            closes=When("2004-01"),
            on=When("2004-01-31"),
        )
    )


def test_a_round_adopts_its_criteria_once() -> None:
    given(funding_round, OPENED).when(adopt("Transferable lessons", "Impact evaluation")).then(CRITERIA)
    given(funding_round, OPENED, CRITERIA).when(adopt("Impact evaluation")).refused(CriteriaFixed)


def test_a_round_is_judged_by_at_least_one_criterion() -> None:
    given(funding_round, OPENED).when(adopt()).refused(RoundCriteriaEmpty)


def test_a_closed_round_does_not_change_its_criteria() -> None:
    given(funding_round, OPENED, CRITERIA, CLOSED).when(adopt("Impact evaluation")).refused(RoundIsClosed)


def test_part_of_the_budget_is_committed_to_an_award() -> None:
    given(funding_round, OPENED).when(commit(gbp("400.00"), AWARD)).then(COMMITTED)


def test_the_budget_is_committed_to_the_last_penny() -> None:
    given(funding_round, OPENED, COMMITTED).when(commit(gbp("600.00"))).then(committed("600.00", OTHER_AWARD))


def test_an_award_past_the_budget_is_refused_with_what_is_left() -> None:
    given(funding_round, OPENED, COMMITTED).when(commit(gbp("600.01"))).refused(
        BudgetExceeded, available=gbp("600.00"), wanted=gbp("600.01")
    )


def test_an_award_in_another_currency_is_refused() -> None:
    given(funding_round, OPENED).when(commit(Money.of("1.00", "EUR"))).refused(
        RoundCurrencyDiffers, round="GBP", given="EUR"
    )


def test_the_total_for_an_award_is_given_and_the_round_commits_the_difference() -> None:
    given(funding_round, OPENED, COMMITTED).when(commit(gbp("400.00"), AWARD)).then()
    given(funding_round, OPENED, COMMITTED).when(commit(gbp("400.01"), AWARD)).then(committed("0.01"))
    given(funding_round, OPENED, COMMITTED).when(commit(gbp("1000.00"), AWARD)).then(committed("600.00"))
    given(funding_round, OPENED, COMMITTED).when(commit(gbp("1000.01"), AWARD)).refused(
        BudgetExceeded, available=gbp("600.00"), wanted=gbp("600.01")
    )


def test_money_that_an_award_no_longer_needs_is_released() -> None:
    given(funding_round, OPENED, COMMITTED).when(commit(gbp("399.99"), AWARD)).then(returned("0.01"))
    given(funding_round, OPENED, COMMITTED).when(commit(gbp("0.00"), AWARD)).then(returned("400.00"))
    given(funding_round, OPENED, COMMITTED, returned("400.00")).when(commit(gbp("1000.00"))).then(
        committed("1000.00", OTHER_AWARD)
    )


def test_a_round_that_has_closed_takes_back_what_an_award_no_longer_needs() -> None:
    given(funding_round, OPENED, COMMITTED, CLOSED).when(commit(gbp("0.00"), AWARD)).then(returned("400.00"))


# --- Ring-fences ------------------------------------------------------------------------------------------------------


def test_part_of_the_budget_is_reserved_for_one_purpose() -> None:
    given(funding_round, OPENED).when(fence(gbp("300.00"))).then(FENCED)
    given(funding_round, OPENED, FENCED).when(fence(gbp("700.00"), "Rural areas")).then(
        RingFenceSet(name="Rural areas", amount=gbp("700.00"), on=OPENS)
    )


def test_a_ring_fence_is_no_larger_than_the_budget_that_is_left() -> None:
    given(funding_round, OPENED).when(fence(gbp("1000.01"))).refused(
        BudgetExceeded, available=gbp("1000.00"), wanted=gbp("1000.01")
    )
    given(funding_round, OPENED, FENCED, COMMITTED).when(fence(gbp("300.01"), "Rural areas")).refused(
        BudgetExceeded, available=gbp("300.00"), wanted=gbp("300.01")
    )


def test_two_ring_fences_do_not_share_a_name() -> None:
    given(funding_round, OPENED, FENCED).when(fence(gbp("300.01"))).refused(RingFenceTaken, name="Evaluation")


@pytest.mark.parametrize("amount", ["0.00", "-0.01"])
def test_a_ring_fence_of_0_or_less_is_refused(amount: str) -> None:
    given(funding_round, OPENED).when(fence(gbp(amount))).refused(RingFenceNotPositive, amount=gbp(amount))


def test_a_ring_fence_is_in_the_currency_of_the_budget() -> None:
    given(funding_round, OPENED).when(fence(Money.of("1.00", "EUR"))).refused(
        RoundCurrencyDiffers, round="GBP", given="EUR"
    )


def test_a_ring_fence_is_committed_to_its_last_penny_and_no_further() -> None:
    given(funding_round, OPENED, FENCED).when(commit(gbp("300.00"), AWARD, "Evaluation")).then(
        committed("300.00", ring_fence="Evaluation")
    )
    given(funding_round, OPENED, FENCED).when(commit(gbp("300.01"), AWARD, "Evaluation")).refused(
        BudgetExceeded, available=gbp("300.00"), wanted=gbp("300.01")
    )
    given(funding_round, OPENED, FENCED, committed("200.00", ring_fence="Evaluation")).when(
        commit(gbp("100.01"), OTHER_AWARD, "Evaluation")
    ).refused(BudgetExceeded, available=gbp("100.00"), wanted=gbp("100.01"))


def test_other_awards_are_limited_to_the_budget_outside_all_ring_fences() -> None:
    given(funding_round, OPENED, FENCED).when(commit(gbp("700.00"), AWARD)).then(committed("700.00"))
    given(funding_round, OPENED, FENCED).when(commit(gbp("700.01"), AWARD)).refused(
        BudgetExceeded, available=gbp("700.00"), wanted=gbp("700.01")
    )
    given(funding_round, OPENED, FENCED, committed("300.00", ring_fence="Evaluation")).when(
        commit(gbp("700.00"), OTHER_AWARD)
    ).then(committed("700.00", OTHER_AWARD))


def test_every_ring_fence_is_taken_out_of_the_budget_for_other_awards() -> None:
    rural = RingFenceSet(name="Rural areas", amount=gbp("400.00"), on=OPENS)
    given(funding_round, OPENED, FENCED, rural).when(commit(gbp("300.00"), AWARD)).then(committed("300.00"))
    given(funding_round, OPENED, FENCED, rural).when(commit(gbp("300.01"), AWARD)).refused(
        BudgetExceeded, available=gbp("300.00"), wanted=gbp("300.01")
    )


def test_money_released_from_a_ring_fence_returns_to_that_ring_fence() -> None:
    bound = (OPENED, FENCED, committed("300.00", ring_fence="Evaluation"))
    given(funding_round, *bound).when(commit(gbp("100.00"), AWARD, "Evaluation")).then(
        returned("200.00", ring_fence="Evaluation")
    )
    freed = given(funding_round, *bound, returned("200.00", ring_fence="Evaluation"))
    freed.when(commit(gbp("200.00"), OTHER_AWARD, "Evaluation")).then(committed("200.00", OTHER_AWARD, "Evaluation"))
    freed.when(commit(gbp("700.01"), OTHER_AWARD)).refused(
        BudgetExceeded, available=gbp("700.00"), wanted=gbp("700.01")
    )


def test_a_commitment_to_an_unknown_ring_fence_is_refused() -> None:
    given(funding_round, OPENED, FENCED).when(commit(gbp("1.00"), AWARD, "Rural areas")).refused(
        RingFenceUnknown, name="Rural areas"
    )


# --- The end ----------------------------------------------------------------------------------------------------------


def test_awards_are_made_from_a_round_that_takes_no_further_bids() -> None:
    given(funding_round, OPENED, CLOSED).when(commit(gbp("400.00"), AWARD)).then(COMMITTED)


def test_a_round_closes() -> None:
    given(funding_round, OPENED).when(CLOSE).then(CLOSED)


def test_an_award_of_0_commits_nothing_and_a_negative_one_is_refused() -> None:
    given(funding_round, OPENED).when(commit(gbp("0.00"))).then()
    given(funding_round, OPENED).when(commit(gbp("-0.01"))).refused(CommitmentNegative, total=gbp("-0.01"))
    given(funding_round, OPENED, COMMITTED).when(commit(gbp("-0.01"), AWARD)).refused(
        CommitmentNegative, total=gbp("-0.01")
    )


@pytest.mark.parametrize("command", [adopt("Impact evaluation"), fence(gbp("1.00")), commit(gbp("1.00")), CLOSE])
def test_a_command_for_a_round_that_does_not_exist_is_refused(command: funding_round.Command) -> None:
    given(funding_round).when(command).refused(RoundUnknown)


# --- The law ----------------------------------------------------------------------------------------------------------

AWARDS = st.integers(min_value=1, max_value=6).map(lambda number: AwardId(f"award-{number}"))
FENCES = st.sampled_from(("Evaluation", "Rural areas"))
COMMITS = st.builds(commit, MONEY, AWARDS, st.none() | FENCES)
COMMANDS = st.one_of(
    st.builds(open_round, budget=MONEY, code=WORDS, on=DATES, closes=st.none() | DATES),
    st.builds(AdoptCriteria, round_id=st.just(ROUND), criteria=st.lists(WORDS, max_size=2).map(tuple), on=DATES),
    st.builds(fence, MONEY, FENCES),
    COMMITS,
    COMMITS,
    COMMITS,
    st.just(CLOSE),
)


@hypothesis.given(st.sampled_from(([], [OPENED], [OPENED, FENCED])), st.lists(COMMANDS, max_size=20))
def test_after_any_commands_commitments_stay_within_the_budget_and_the_ring_fences_and_are_never_negative(
    begun: list[funding_round.Event], commands: list[funding_round.Command]
) -> None:
    history = what_happens(funding_round, begun, commands)
    assert 1 >= sum(isinstance(event, RoundClosed) for event in history)
    for place in range(1, len(history) + 1):
        _within_budget(history[:place])


def _within_budget(history: list[Fact]) -> None:
    opened = history[0]
    assert isinstance(opened, RoundOpened)
    nothing = Money.zero(opened.budget.currency)
    fences = {event.name: event.amount for event in history if isinstance(event, RingFenceSet)}
    bound: dict[tuple[str | None, AwardId], Money] = {}
    for event in history:
        if isinstance(event, FundsCommitted | FundsReturned):
            assert event.amount > nothing
            key = (event.ring_fence, event.award_id)
            before = bound.get(key, nothing)
            bound[key] = before + event.amount if isinstance(event, FundsCommitted) else before - event.amount
            assert bound[key] >= nothing
    for name, kept in fences.items():
        assert kept >= total(
            [amount for (ring_fence, _), amount in bound.items() if ring_fence == name], nothing.currency
        )
    outside = [amount for (ring_fence, _), amount in bound.items() if ring_fence is None]
    assert opened.budget >= total([*fences.values(), *outside], nothing.currency)
