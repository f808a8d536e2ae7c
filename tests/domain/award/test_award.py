"""The rules of an award: offers, conditions, holds, regrants, expenditure and the end.

Payments, variations and recoveries have their own files.
"""

from collections.abc import Sequence
from dataclasses import replace
from functools import reduce
from typing import Any

import pytest

from domain import award
from domain.award import (
    AcceptedBeforeOffered,
    AwardAlreadyOffered,
    AwardClosed,
    AwardIsOver,
    AwardNotAccepted,
    AwardNotPositive,
    AwardOffered,
    AwardTerminated,
    AwardUnknown,
    BudgetLine,
    BudgetLineUnknown,
    ConditionNumberTaken,
    ConditionUnknown,
    CurrencyDiffers,
    ExpenditureNotPositive,
    ExpenditureNumberTaken,
    ExpenditureReported,
    FundsRegranted,
    HoldLifted,
    HoldNumberTaken,
    HoldPlaced,
    HoldUnknown,
    LinesUnequalToAward,
    NoOpenOffer,
    NumberNotPositive,
    OfferAward,
    OfferDeclined,
    PaymentReversed,
    PaymentsUnfinished,
    ReasonEmpty,
    RecoveriesOpen,
    RecoverySettled,
    RecoveryWrittenOff,
    RegrantAboveAward,
    RegrantFunds,
    RegrantNegative,
    RegrantReturned,
    SetCondition,
    SettledBy,
    Status,
    Variation,
)
from domain.history import Command
from domain.values.fact import Fact
from domain.values.ids import AwardId, BidId
from domain.values.money import Money
from domain.values.when import UNKNOWN, When
from tests.kit.awards import (
    ACCEPTED,
    APPROVED,
    CLOSE,
    CLOSED,
    CLOSED_ON,
    DECLINED,
    FIRST,
    HELD,
    LATER,
    LINES,
    MET,
    OFFERED,
    OFFERED_ON,
    ON,
    PAID,
    PAID_AND_CLOSED,
    RAISED,
    RECOVERABLE,
    REQUESTED,
    STATED,
    TERMINATED,
    WAIVED,
    WHY,
    WITH_LINES,
    accept,
    approve,
    approve_recovery,
    claim,
    condition,
    decline,
    give_back,
    hold,
    lift,
    meet,
    payment,
    recover,
    regrant,
    release,
    request,
    reverse,
    schedule,
    settle,
    spend,
    terminate,
    vary,
    waive,
    write_off,
)
from tests.kit.examples import ACE, AWARD, BID, OTHER_AWARD, ROUND
from tests.kit.spec import Asked, Scenario, gbp, given

EUROS = Money.of("400.00", "EUR")
THIRD_AWARD = AwardId("award-01890000-0000-7000-8000-000000000003")

# --- The offer --------------------------------------------------------------------------------------------------------


def offer(
    *,
    bid_id: BidId = BID,
    reference: str = "CBP-P25",
    amount: str = "1000.00",
    on: When = OFFERED_ON,
    lines: tuple[BudgetLine, ...] = (),
    until: When | None = None,
) -> OfferAward:
    return OfferAward(
        award_id=AWARD, bid_id=bid_id, reference=reference, amount=gbp(amount), lines=lines, until=until, on=on
    )


def offering(command: OfferAward, *history: award.Event) -> Asked[Fact]:
    """The offer, of an award that its bid, source of funds and partnership allow."""

    def decide(facts: Sequence[Fact], _: Command) -> list[Fact]:
        before = reduce(award.evolve, facts, None)  # type: ignore[arg-type]
        round_id = ROUND if command.funded_from is None else None
        return list(award.offer(before, command, partnership_id=ACE, round_id=round_id))

    return Scenario[Fact](history, decide).when(command)


def test_an_award_that_bid_and_round_allow_is_offered() -> None:
    offering(offer()).then(OFFERED)


def test_an_award_is_offered_with_its_budget_lines_and_its_end() -> None:
    offering(offer(lines=LINES, until=When("2005-03-31"))).then(WITH_LINES)


def test_an_award_is_offered_from_a_ring_fence_or_of_another_award() -> None:
    offering(replace(offer(), ring_fence="Evaluation")).then(replace(OFFERED, ring_fence="Evaluation"))
    offering(replace(offer(), funded_from=OTHER_AWARD)).then(replace(OFFERED, funded_from=OTHER_AWARD, round_id=None))


@pytest.mark.parametrize(
    "other", [offer(bid_id=BidId("bid-2")), offer(reference="CBP-P26"), offer(on=When("2004-05-18"))]
)
def test_an_award_is_not_changed_by_a_different_offer(other: OfferAward) -> None:
    offering(other, OFFERED).refused(AwardAlreadyOffered, reference="CBP-P25")


@pytest.mark.parametrize(
    "other",
    [
        offer(amount="1000.01"),
        offer(lines=LINES),
        offer(until=When("2005-03-31")),
        replace(offer(), ring_fence="Evaluation"),
        replace(offer(), funded_from=OTHER_AWARD),
    ],
    ids=["amount", "lines", "until", "ring-fence", "source award"],
)
def test_an_award_is_not_changed_by_an_offer_on_other_terms(other: OfferAward) -> None:
    offering(other, OFFERED).refused(AwardAlreadyOffered, reference="CBP-P25")


def test_an_offer_that_was_declined_is_not_made_again_under_the_same_identity() -> None:
    offering(offer(), OFFERED, DECLINED).refused(AwardAlreadyOffered, reference="CBP-P25")


@pytest.mark.parametrize("amount", ["0.00", "-0.01"])
def test_an_award_of_0_or_less_is_not_offered(amount: str) -> None:
    offering(offer(amount=amount)).refused(AwardNotPositive, amount=gbp(amount))


@pytest.mark.parametrize(
    ("parts", "sum_of_lines"),
    [
        ((("Staff", "600.00"), ("Places", "399.99")), "999.99"),
        ((("Staff", "600.00"), ("Places", "400.01")), "1000.01"),
        ((("Staff", "600.00"), ("Staff", "400.00")), "1000.00"),
        ((("Staff", "1000.01"), ("Places", "-0.01")), "1000.00"),
    ],
    ids=["too little", "too much", "twice the same", "below nothing"],
)
def test_budget_lines_named_once_and_not_negative_add_up_to_the_award(
    parts: tuple[tuple[str, str], ...], sum_of_lines: str
) -> None:
    lines = tuple(BudgetLine(name=name, amount=gbp(amount)) for name, amount in parts)
    offering(offer(lines=lines)).refused(LinesUnequalToAward, award=gbp("1000.00"), lines=gbp(sum_of_lines))


def test_a_budget_line_may_be_0() -> None:
    lines = (BudgetLine(name="Staff", amount=gbp("1000.00")), BudgetLine(name="Places", amount=gbp("0.00")))
    offering(offer(lines=lines)).then(replace(OFFERED, lines=lines))


def test_budget_lines_are_in_the_currency_of_the_award() -> None:
    lines = (LINES[0], BudgetLine(name="Places", amount=EUROS))
    offering(offer(lines=lines)).refused(CurrencyDiffers, award="GBP")


def test_an_offer_is_never_decided_by_the_award_alone() -> None:
    with pytest.raises(AssertionError, match="offer_award"):
        award.decide(None, offer())


def test_the_partnership_accepts_the_offer() -> None:
    given(award, OFFERED).when(accept()).then(ACCEPTED)


def test_an_offer_is_accepted_once() -> None:
    given(award, OFFERED, ACCEPTED).when(accept(ON)).refused(NoOpenOffer, status="accepted")


@pytest.mark.parametrize(
    ("history", "status"),
    [
        ((OFFERED, DECLINED), "declined"),
        ((OFFERED, CLOSED), "closed"),
        ((OFFERED, TERMINATED), "terminated"),
        ((STATED,), "stated"),
    ],
    ids=["declined", "closed", "terminated", "stated"],
)
def test_only_an_open_offer_can_be_accepted(history: tuple[award.Event, ...], status: str) -> None:
    given(award, *history).when(accept()).refused(NoOpenOffer, status=status)


def test_an_offer_is_not_accepted_before_it_is_made() -> None:
    given(award, OFFERED).when(accept(When("2004-05-16"))).refused(
        AcceptedBeforeOffered, offered=OFFERED_ON, accepted=When("2004-05-16")
    )


@pytest.mark.parametrize("day", ["2004-05-17", "2004-05", "2004"])
def test_an_offer_may_be_accepted_on_the_day_or_in_the_month_or_year_that_it_is_made_in(day: str) -> None:
    given(award, OFFERED).when(accept(When(day))).then(replace(ACCEPTED, on=When(day)))


def test_a_declined_offer_gives_back_the_whole_amount() -> None:
    given(award, OFFERED).when(decline()).then(
        OfferDeclined(
            partnership_id=ACE, because="Needs have changed", given_back=gbp("1000.00"), on=When("2004-05-24")
        )
    )
    declined = award.evolve(award.evolve(None, OFFERED), DECLINED)
    assert (Status.DECLINED, gbp("0.00")) == (declined.status, declined.amount)


def test_declining_an_offer_needs_a_reason() -> None:
    given(award, OFFERED).when(decline(" ")).refused(ReasonEmpty)


@pytest.mark.parametrize(
    ("history", "status"),
    [
        ((OFFERED, ACCEPTED), "accepted"),
        ((OFFERED, ACCEPTED, CLOSED), "closed"),
        ((OFFERED, ACCEPTED, TERMINATED), "terminated"),
        ((STATED,), "stated"),
    ],
    ids=["accepted", "closed", "terminated", "stated"],
)
def test_only_an_open_offer_can_be_declined(history: tuple[award.Event, ...], status: str) -> None:
    given(award, *history).when(decline()).refused(NoOpenOffer, status=status)


# --- Conditions -------------------------------------------------------------------------------------------------------


def test_a_condition_is_set() -> None:
    given(award, OFFERED).when(condition()).then(FIRST)


@pytest.mark.parametrize("other", [condition(text="Evaluates the impact"), condition(precedent=False)])
def test_a_condition_is_not_replaced_by_another_of_its_number(other: SetCondition) -> None:
    given(award, OFFERED, FIRST).when(other).refused(ConditionNumberTaken, number=1)


@pytest.mark.parametrize("number", [0, -1])
def test_conditions_are_numbered_from_one(number: int) -> None:
    given(award, OFFERED).when(condition(number)).refused(NumberNotPositive, number=number)


def test_a_condition_is_met() -> None:
    given(award, OFFERED, FIRST).when(meet()).then(MET)


def test_a_condition_is_waived_with_the_reason() -> None:
    given(award, OFFERED, FIRST).when(waive()).then(WAIVED)


def test_waiving_a_condition_needs_a_reason() -> None:
    given(award, OFFERED, FIRST).when(waive(because=" ")).refused(ReasonEmpty)


def test_a_condition_that_is_no_longer_open_is_neither_met_nor_waived() -> None:
    given(award, OFFERED, FIRST, MET).when(waive()).then()
    given(award, OFFERED, FIRST, WAIVED).when(meet()).then()


@pytest.mark.parametrize("command", [meet(2), waive(2)])
def test_an_unknown_condition_is_neither_met_nor_waived(command: award.Command) -> None:
    given(award, OFFERED, FIRST).when(command).refused(ConditionUnknown, number=2)


# --- Holds ------------------------------------------------------------------------------------------------------------


def test_a_hold_is_placed_with_the_reason_and_lifted_with_the_reason() -> None:
    given(award, OFFERED, ACCEPTED).when(hold()).then(HELD)
    given(award, OFFERED, ACCEPTED, HELD).when(lift()).then(
        HoldLifted(partnership_id=ACE, number=1, because=WHY, on=ON)
    )


def test_an_award_can_have_two_holds_at_once() -> None:
    given(award, OFFERED, ACCEPTED, HELD).when(hold(2, "The lead changes")).then(
        HoldPlaced(partnership_id=ACE, number=2, because="The lead changes", on=ON)
    )


def test_a_hold_is_not_replaced_by_another_of_its_number_not_even_once_it_is_lifted() -> None:
    lifted = HoldLifted(partnership_id=ACE, number=1, because=WHY, on=ON)
    given(award, OFFERED, ACCEPTED, HELD).when(hold(1, "The lead changes")).refused(HoldNumberTaken, number=1)
    given(award, OFFERED, ACCEPTED, HELD, lifted).when(hold(1, "The lead changes")).refused(HoldNumberTaken, number=1)


def test_a_hold_that_is_lifted_stays_lifted() -> None:
    lifted = HoldLifted(partnership_id=ACE, number=1, because=WHY, on=ON)
    given(award, OFFERED, ACCEPTED, HELD, lifted).when(hold()).then()
    given(award, OFFERED, ACCEPTED, HELD, lifted).when(lift(because="Another reason")).then()


@pytest.mark.parametrize("number", [0, -1])
def test_holds_are_numbered_from_one(number: int) -> None:
    given(award, OFFERED, ACCEPTED).when(hold(number)).refused(NumberNotPositive, number=number)


def test_placing_or_lifting_a_hold_needs_a_reason() -> None:
    given(award, OFFERED, ACCEPTED).when(hold(because="")).refused(ReasonEmpty)
    given(award, OFFERED, ACCEPTED, HELD).when(lift(because="\t")).refused(ReasonEmpty)


def test_an_unknown_hold_is_not_lifted() -> None:
    given(award, OFFERED, ACCEPTED, HELD).when(lift(2)).refused(HoldUnknown, number=2)


# --- Awards funded from the award -------------------------------------------------------------------------------------

REGRANTED = FundsRegranted(partnership_id=ACE, award_id=OTHER_AWARD, amount=gbp("400.00"), on=ON)


def test_part_of_an_award_funds_another() -> None:
    given(award, OFFERED, ACCEPTED).when(regrant(gbp("400.00"))).then(REGRANTED)


def test_the_total_given_to_another_award_changes_by_the_difference() -> None:
    lent = given(award, OFFERED, ACCEPTED, REGRANTED)
    lent.when(regrant(gbp("550.00"))).then(
        FundsRegranted(partnership_id=ACE, award_id=OTHER_AWARD, amount=gbp("150.00"), on=ON)
    )
    lent.when(regrant(gbp("250.00"))).then(
        RegrantReturned(partnership_id=ACE, award_id=OTHER_AWARD, amount=gbp("150.00"), on=ON)
    )
    lent.when(regrant(gbp("0.00"))).then(
        RegrantReturned(partnership_id=ACE, award_id=OTHER_AWARD, amount=gbp("400.00"), on=ON)
    )


def test_an_award_funds_others_up_to_its_last_penny_and_no_further() -> None:
    lent = given(award, OFFERED, ACCEPTED, REGRANTED)
    lent.when(regrant(gbp("600.00"), THIRD_AWARD)).then(
        FundsRegranted(partnership_id=ACE, award_id=THIRD_AWARD, amount=gbp("600.00"), on=ON)
    )
    lent.when(regrant(gbp("600.01"), THIRD_AWARD)).refused(
        RegrantAboveAward, available=gbp("600.00"), wanted=gbp("600.01")
    )
    lent.when(regrant(gbp("1000.01"))).refused(RegrantAboveAward, available=gbp("600.00"), wanted=gbp("600.01"))


def test_money_that_one_award_gives_back_may_fund_the_next() -> None:
    returned = RegrantReturned(partnership_id=ACE, award_id=OTHER_AWARD, amount=gbp("300.00"), on=ON)
    given(award, OFFERED, ACCEPTED, REGRANTED, returned).when(regrant(gbp("900.00"), THIRD_AWARD)).then(
        FundsRegranted(partnership_id=ACE, award_id=THIRD_AWARD, amount=gbp("900.00"), on=ON)
    )


def test_money_already_paid_of_an_award_may_fund_another_award() -> None:
    given(award, OFFERED, ACCEPTED, *payment(1, "1000.00")).when(regrant(gbp("1000.00"))).then(
        FundsRegranted(partnership_id=ACE, award_id=OTHER_AWARD, amount=gbp("1000.00"), on=ON)
    )


def test_no_award_gives_a_negative_amount_or_another_currency_to_another() -> None:
    given(award, OFFERED, ACCEPTED).when(regrant(gbp("-0.01"))).refused(RegrantNegative, total=gbp("-0.01"))
    given(award, OFFERED, ACCEPTED).when(regrant(EUROS)).refused(CurrencyDiffers, award="GBP")


@pytest.mark.parametrize(
    ("history", "status"), [((OFFERED,), "offered"), ((STATED,), "stated")], ids=["offered", "stated"]
)
def test_an_award_funds_no_other_before_it_is_accepted(history: tuple[award.Event, ...], status: str) -> None:
    given(award, *history).when(regrant(gbp("0.01"))).refused(AwardNotAccepted, status=status)


@pytest.mark.parametrize("end", [CLOSED, TERMINATED])
def test_an_ended_award_funds_no_other_but_takes_back_what_it_gave(end: award.Event) -> None:
    over = given(award, OFFERED, ACCEPTED, REGRANTED, end)
    over.when(regrant(gbp("400.01"))).refused(AwardIsOver)
    over.when(regrant(gbp("0.00"))).then(
        RegrantReturned(partnership_id=ACE, award_id=OTHER_AWARD, amount=gbp("400.00"), on=ON)
    )


# --- Expenditure ------------------------------------------------------------------------------------------------------

SPENT = ExpenditureReported(
    partnership_id=ACE, number=1, amount=gbp("150.00"), description="Development days", on=LATER
)


def test_the_partnership_reports_what_it_has_spent() -> None:
    given(award, OFFERED, ACCEPTED).when(spend(gbp("150.00"))).then(SPENT)


def test_expenditure_is_reported_on_a_budget_line() -> None:
    given(award, WITH_LINES, ACCEPTED).when(spend(gbp("150.00"), line="Staff")).then(replace(SPENT, line="Staff"))


@pytest.mark.parametrize("offered", [OFFERED, WITH_LINES], ids=["no lines", "other lines"])
def test_expenditure_on_an_unknown_budget_line_is_refused(offered: AwardOffered) -> None:
    given(award, offered, ACCEPTED).when(spend(gbp("150.00"), line="Travel")).refused(BudgetLineUnknown, line="Travel")


@pytest.mark.parametrize(
    "other",
    [spend(gbp("150.01")), spend(gbp("150.00"), description="Room hire"), spend(gbp("150.00"), line="Staff")],
    ids=["amount", "description", "line"],
)
def test_two_reports_of_expenditure_do_not_share_a_number(other: award.Command) -> None:
    given(award, WITH_LINES, ACCEPTED, SPENT).when(other).refused(ExpenditureNumberTaken, number=1)


@pytest.mark.parametrize("amount", ["0.00", "-0.01"])
def test_expenditure_of_0_or_less_is_refused(amount: str) -> None:
    given(award, OFFERED, ACCEPTED).when(spend(gbp(amount))).refused(ExpenditureNotPositive, amount=gbp(amount))


def test_expenditure_is_in_the_currency_of_the_award_and_numbered_from_one() -> None:
    given(award, OFFERED, ACCEPTED).when(spend(EUROS)).refused(CurrencyDiffers, award="GBP", given="EUR")
    given(award, OFFERED, ACCEPTED).when(spend(gbp("1.00"), number=0)).refused(NumberNotPositive, number=0)


@pytest.mark.parametrize(
    ("history", "status"),
    [((OFFERED,), "offered"), ((OFFERED, DECLINED), "declined"), ((STATED,), "stated")],
    ids=["offered", "declined", "stated"],
)
def test_expenditure_of_an_award_never_accepted_is_refused(history: tuple[award.Event, ...], status: str) -> None:
    given(award, *history).when(spend(gbp("1.00"))).refused(AwardNotAccepted, status=status)


@pytest.mark.parametrize("end", [CLOSED, TERMINATED])
def test_expenditure_can_be_reported_after_the_award_has_ended(end: award.Event) -> None:
    given(award, OFFERED, ACCEPTED, end).when(spend(gbp("150.00"))).then(SPENT)


def test_more_may_be_reported_as_spent_than_was_paid() -> None:
    given(award, OFFERED, ACCEPTED, *PAID).when(spend(gbp("1000.01"))).then(replace(SPENT, amount=gbp("1000.01")))


# --- The end ----------------------------------------------------------------------------------------------------------

REVERSED = PaymentReversed(partnership_id=ACE, number=1, amount=gbp("400.00"), was="approved", because=WHY, on=ON)
REPAID = RecoverySettled(partnership_id=ACE, number=1, part=1, amount=gbp("300.00"), by=SettledBy.REPAYMENT, on=LATER)
WRITTEN_OFF = RecoveryWrittenOff(partnership_id=ACE, number=1, amount=gbp("300.00"), because=WHY, on=LATER)


@pytest.mark.parametrize(
    ("history", "unspent"),
    [
        ((), "1000.00"),
        ((REQUESTED, APPROVED, REVERSED), "1000.00"),
        (PAID, "600.00"),
        (payment(1, "1000.00", "settled"), "0.00"),
        ((*PAID, RAISED, RECOVERABLE, REPAID), "900.00"),
        ((*PAID, RAISED, RECOVERABLE, WRITTEN_OFF), "600.00"),
        ((REGRANTED,), "600.00"),
        ((*payment(1, "500.00"), REGRANTED), "500.00"),
        ((*payment(1, "300.00"), REGRANTED), "600.00"),
    ],
    ids=[
        "nothing paid",
        "reversed",
        "paid",
        "all paid",
        "repaid",
        "written off",
        "regranted",
        "more paid than regranted",
        "more regranted than paid",
    ],
)
def test_an_award_that_ends_gives_back_what_is_neither_paid_nor_regranted(
    history: tuple[award.Event, ...], unspent: str
) -> None:
    given(award, OFFERED, ACCEPTED, *history).when(CLOSE).then(
        AwardClosed(partnership_id=ACE, given_back=gbp(unspent), on=CLOSED_ON)
    )
    given(award, OFFERED, ACCEPTED, *history).when(terminate()).then(
        AwardTerminated(partnership_id=ACE, because="The partnership has ended", given_back=gbp(unspent), on=CLOSED_ON)
    )


def test_the_amount_of_an_ended_award_is_what_it_paid() -> None:
    closed = award.evolve(None, OFFERED)
    for event in (ACCEPTED, *PAID_AND_CLOSED):
        closed = award.evolve(closed, event)
    assert (Status.CLOSED, gbp("400.00"), gbp("400.00")) == (closed.status, closed.amount, closed.paid)


def test_terminating_an_award_needs_a_reason() -> None:
    given(award, OFFERED, ACCEPTED).when(terminate(" ")).refused(ReasonEmpty)


@pytest.mark.parametrize("command", [CLOSE, terminate()])
@pytest.mark.parametrize(
    ("history", "status"), [((OFFERED,), "offered"), ((STATED,), "stated")], ids=["offered", "stated"]
)
def test_an_award_never_accepted_cannot_be_closed_or_terminated(
    history: tuple[award.Event, ...], status: str, command: award.Command
) -> None:
    given(award, *history).when(command).refused(AwardNotAccepted, status=status)


@pytest.mark.parametrize("command", [CLOSE, terminate()])
@pytest.mark.parametrize("waiting", [(REQUESTED,), (REQUESTED, APPROVED)], ids=["requested", "approved"])
def test_an_award_does_not_end_while_a_payment_is_unfinished(
    waiting: tuple[award.Event, ...], command: award.Command
) -> None:
    given(award, OFFERED, ACCEPTED, *waiting).when(command).refused(PaymentsUnfinished, numbers="1")


@pytest.mark.parametrize("command", [CLOSE, terminate()])
@pytest.mark.parametrize(
    "waiting",
    [(RAISED,), (RAISED, RECOVERABLE), (RAISED, RECOVERABLE, replace(REPAID, amount=gbp("299.99")))],
    ids=["raised", "approved", "partly repaid"],
)
def test_an_award_does_not_end_while_a_recovery_is_outstanding(
    waiting: tuple[award.Event, ...], command: award.Command
) -> None:
    given(award, OFFERED, ACCEPTED, *PAID, *waiting).when(command).refused(RecoveriesOpen, numbers="1")


def test_an_award_ends_once_and_in_one_way() -> None:
    given(award, OFFERED, ACCEPTED, CLOSED).when(terminate()).refused(AwardIsOver, status="closed")
    given(award, OFFERED, ACCEPTED, TERMINATED).when(CLOSE).refused(AwardIsOver, status="terminated")
    given(award, OFFERED, DECLINED).when(CLOSE).refused(AwardIsOver, status="declined")
    given(award, OFFERED, ACCEPTED, TERMINATED).when(terminate("Another reason")).then()


@pytest.mark.parametrize(
    "command",
    [
        condition(2),
        meet(),
        waive(),
        hold(),
        lift(),
        schedule(1, gbp("1.00")),
        request(2, gbp("1.00")),
        approve(),
        release(),
        vary(Variation.UPLIFT, "1.00"),
        regrant(gbp("1.00")),
    ],
    ids=lambda command: type(command).__name__,
)
@pytest.mark.parametrize(
    ("history", "status"),
    [
        ((ACCEPTED, FIRST, *PAID_AND_CLOSED), "closed"),
        ((ACCEPTED, FIRST, REQUESTED, TERMINATED), "terminated"),
        ((FIRST, DECLINED), "declined"),
    ],
    ids=["closed", "terminated", "declined"],
)
def test_an_ended_award_refuses_further_steps(
    history: tuple[award.Event, ...], status: str, command: award.Command
) -> None:
    given(award, OFFERED, *history).when(command).refused(AwardIsOver, status=status)


@pytest.mark.parametrize(
    "command",
    [
        accept(),
        decline(),
        condition(),
        meet(),
        waive(),
        hold(),
        lift(),
        schedule(1, gbp("1.00")),
        request(1, gbp("1.00")),
        approve(),
        release(),
        settle(),
        give_back(gbp("1.00")),
        reverse(),
        vary(Variation.UPLIFT, "1.00"),
        RegrantFunds(award_id=AWARD, child=OTHER_AWARD, total=gbp("1.00"), on=ON),
        spend(gbp("1.00")),
        claim(gbp("1.00")),
        approve_recovery(),
        recover(gbp("1.00")),
        write_off(),
        CLOSE,
        terminate(),
    ],
    ids=lambda command: type(command).__name__,
)
def test_an_unknown_award_refuses_every_command(command: award.Command) -> None:
    given(award).when(command).refused(AwardUnknown)


def test_an_award_that_a_register_states_is_of_what_it_states_with_its_further_commitments() -> None:
    of_register: dict[str, Any] = {"partnership_id": ACE, "on": UNKNOWN, "source": STATED.source}
    more = award.TransactionStated(number=1, kind=award.Transaction.COMMITMENT, amount=gbp("5.00"), **of_register)
    state = award.evolve(None, STATED)
    first = state.amount
    for event, added in (
        (award.AwardRestated(amount=first + gbp("20.00"), change=gbp("20.00"), **of_register), "20.00"),
        (more, "25.00"),
        (replace(more, number=2, kind=award.Transaction.DISBURSEMENT), "25.00"),
        (replace(more, number=3, amount=Money.of("5.00", "EUR")), "25.00"),
        (
            award.TransactionUnstated(
                number=1, kind=award.Transaction.COMMITMENT, amount=gbp("5.00"), because="gone", **of_register
            ),
            "20.00",
        ),
    ):
        state = award.evolve(state, event)
        assert first + gbp(added) == state.amount, event
