"""A round takes bids while it is open, and binds no more than its budget."""

import hypothesis
import pytest
from hypothesis import strategies as st

from domain import funding_round
from domain.funding_round import (
    AdoptCriteria,
    BudgetExceeded,
    CloseRound,
    CommitFunds,
    CriteriaAdopted,
    FundsAlreadyCommitted,
    FundsCommitted,
    OpenRound,
    RoundAlreadyOpened,
    RoundBudgetNotPositive,
    RoundClosed,
    RoundClosesBeforeItOpens,
    RoundCriteriaEmpty,
    RoundCurrencyDiffers,
    RoundIsClosed,
    RoundOpened,
    RoundUnknown,
)
from domain.ids import AwardId, SchemeId
from domain.money import Money, total
from domain.refusal import Refused
from domain.when import When
from tests.domain.hostile import DATES, MONEY, WORDS
from tests.examples import AWARD, DIRECT_SUPPORT, PILOTS, PROGRAMME, ROUND
from tests.spec import gbp, given, what_happens

OPENS = When("2004-01-05")
ON = When("2004-05-17")
OPENED = RoundOpened(
    programme_id=PROGRAMME, scheme_id=PILOTS, code="cbp-pilots-1", name="First round", budget=gbp("1000.00"), on=OPENS
)
COMMITTED = FundsCommitted(award_id=AWARD, amount=gbp("400.00"), on=ON)
CLOSED = RoundClosed(on=When("2004-03-31"))
CRITERIA = CriteriaAdopted(criteria=("Transferable lessons", "Impact evaluation"), on=OPENS)
OTHER_AWARD = AwardId("award-01890000-0000-7000-8000-000000000002")


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


def commit(amount: Money, award_id: AwardId = OTHER_AWARD) -> CommitFunds:
    return CommitFunds(round_id=ROUND, award_id=award_id, amount=amount, on=ON)


CLOSE = CloseRound(round_id=ROUND, on=When("2004-03-31"))

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


def test_a_round_that_stands_is_not_opened_again_with_another_code_scheme_or_budget() -> None:
    standing = given(funding_round, OPENED)
    standing.when(open_round(code="cbp-pilots-2")).refused(RoundAlreadyOpened, code="cbp-pilots-1")
    standing.when(open_round(scheme_id=DIRECT_SUPPORT)).refused(RoundAlreadyOpened, code="cbp-pilots-1")
    standing.when(open_round(budget=gbp("1000.01"))).refused(RoundAlreadyOpened, code="cbp-pilots-1")


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


def test_a_round_adopts_its_criteria_and_may_adopt_others() -> None:
    given(funding_round, OPENED).when(adopt("Transferable lessons", "Impact evaluation")).then(CRITERIA)
    given(funding_round, OPENED, CRITERIA).when(adopt("Impact evaluation")).then(
        CriteriaAdopted(criteria=("Impact evaluation",), on=OPENS)
    )


def test_a_round_is_judged_by_at_least_one_criterion() -> None:
    given(funding_round, OPENED).when(adopt()).refused(RoundCriteriaEmpty)


def test_a_closed_round_does_not_change_its_criteria() -> None:
    given(funding_round, OPENED, CRITERIA, CLOSED).when(adopt("Impact evaluation")).refused(RoundIsClosed)


def test_an_award_binds_part_of_the_budget() -> None:
    given(funding_round, OPENED).when(commit(gbp("400.00"), AWARD)).then(COMMITTED)


def test_awards_bind_the_budget_to_the_last_penny() -> None:
    given(funding_round, OPENED, COMMITTED).when(commit(gbp("600.00"))).then(
        FundsCommitted(award_id=OTHER_AWARD, amount=gbp("600.00"), on=ON)
    )


def test_an_award_past_the_budget_is_refused_with_what_is_left() -> None:
    given(funding_round, OPENED, COMMITTED).when(commit(gbp("600.01"))).refused(
        BudgetExceeded, available=gbp("600.00"), wanted=gbp("600.01")
    )


def test_an_award_in_another_currency_is_refused() -> None:
    given(funding_round, OPENED).when(commit(Money.of("1.00", "EUR"))).refused(
        RoundCurrencyDiffers, round="GBP", award="EUR"
    )


def test_an_award_does_not_bind_another_amount_of_the_same_round() -> None:
    given(funding_round, OPENED, COMMITTED).when(commit(gbp("400.01"), AWARD)).refused(
        FundsAlreadyCommitted, amount=gbp("400.00")
    )


def test_awards_are_made_from_a_round_that_takes_no_further_bids() -> None:
    given(funding_round, OPENED, CLOSED).when(commit(gbp("400.00"), AWARD)).then(COMMITTED)


def test_a_round_closes() -> None:
    given(funding_round, OPENED).when(CLOSE).then(CLOSED)


@pytest.mark.xfail(strict=True, reason="the round itself binds amounts of nothing or less, which free its budget")
@pytest.mark.parametrize("amount", ["0.00", "-0.01"])
def test_an_award_of_nothing_or_less_binds_nothing(amount: str) -> None:
    with pytest.raises(Refused):
        funding_round.decide(funding_round.evolve(None, OPENED), commit(gbp(amount)))


@pytest.mark.parametrize("command", [adopt("Impact evaluation"), commit(gbp("1.00")), CLOSE])
def test_nothing_happens_to_a_round_that_is_not_there(command: funding_round.Command) -> None:
    given(funding_round).when(command).refused(RoundUnknown)


# --- The law ----------------------------------------------------------------------------------------------------------

# Nothing and less than nothing are left out until the round refuses them: see the expected failure above.
SOMETHING = MONEY.filter(lambda amount: amount.is_positive)
AWARDS = st.integers(min_value=1, max_value=6).map(lambda number: AwardId(f"award-{number}"))
COMMANDS = st.one_of(
    st.builds(open_round, budget=MONEY, code=WORDS, on=DATES, closes=st.none() | DATES),
    st.builds(AdoptCriteria, round_id=st.just(ROUND), criteria=st.lists(WORDS, max_size=2).map(tuple), on=DATES),
    st.builds(commit, SOMETHING, AWARDS),
    st.builds(commit, SOMETHING, AWARDS),
    st.builds(commit, SOMETHING, AWARDS),
    st.just(CLOSE),
)


@hypothesis.given(st.sampled_from(([], [OPENED])), st.lists(COMMANDS, max_size=20))
def test_whatever_is_asked_a_round_never_binds_more_than_its_budget_nor_an_award_twice(
    begun: list[funding_round.Event], commands: list[funding_round.Command]
) -> None:
    history = what_happens(funding_round, begun, commands)
    committed = [event for event in history if isinstance(event, FundsCommitted)]
    assert len(committed) == len({event.award_id for event in committed})
    assert 1 >= sum(isinstance(event, RoundClosed) for event in history)
    for opened in history[:1]:
        assert isinstance(opened, RoundOpened)
        assert opened.budget >= total([event.amount for event in committed], opened.budget.currency)
        assert all(event.amount.is_positive for event in committed)
