"""The rules of recoveries: money is recovered only if it was paid and has not come back."""

from dataclasses import replace

import pytest

from domain import award
from domain.award import (
    AwardClosed,
    CurrencyDiffers,
    NumberNotPositive,
    OffsetAfterRelease,
    OffsetWithoutPayment,
    PaymentHasReturns,
    PaymentIsReversed,
    PaymentNotReleased,
    PaymentReturned,
    PaymentReversed,
    PaymentUnknown,
    ReasonEmpty,
    RecoveriesOpen,
    RecoveryAboveOutstanding,
    RecoveryAbovePaid,
    RecoveryAbovePayment,
    RecoveryIsApproved,
    RecoveryIsWithdrawn,
    RecoveryNotApproved,
    RecoveryNotPositive,
    RecoveryNumberTaken,
    RecoveryPartTaken,
    RecoverySettled,
    RecoveryUnknown,
    RecoveryWithdrawn,
    RecoveryWrittenOff,
    SettledBy,
    SettleRecovery,
    UnspentGivenBack,
    WithdrawRecovery,
)
from domain.values.ids import EntryId
from domain.values.money import Money
from tests.kit.awards import (
    ACCEPTED,
    APPROVED,
    CLOSE,
    CLOSED_ON,
    LATER,
    OFFERED,
    ON,
    PAID,
    PAID_AND_CLOSED,
    RAISED,
    RECOVERABLE,
    REQUESTED,
    SETTLED,
    STATED,
    TERMINATED,
    WHY,
    approve_recovery,
    claim,
    give_back,
    payment,
    recover,
    request,
    reverse,
    write_off,
)
from tests.kit.examples import ACE, AWARD
from tests.kit.spec import gbp, given

EUROS = Money.of("100.00", "EUR")
RETURNED = PaymentReturned(partnership_id=ACE, number=1, part=1, amount=gbp("150.00"), because=WHY, on=LATER)
REPAID = RecoverySettled(partnership_id=ACE, number=1, part=1, amount=gbp("100.00"), by=SettledBy.REPAYMENT, on=LATER)
REVERSED = PaymentReversed(partnership_id=ACE, number=2, amount=gbp("50.00"), was="requested", because=WHY, on=ON)
RUNNING = (OFFERED, ACCEPTED, *PAID, RAISED, RECOVERABLE)

# --- Raised -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("paid", [PAID, (*PAID, SETTLED)], ids=["released", "settled"])
def test_the_funder_claims_money_back_with_a_reason(paid: tuple[award.Event, ...]) -> None:
    given(award, OFFERED, ACCEPTED, *paid).when(claim(gbp("300.00"))).then(RAISED)


@pytest.mark.parametrize(
    ("history", "left"),
    [
        ((), "0.00"),
        ((REQUESTED,), "0.00"),
        ((REQUESTED, APPROVED), "0.00"),
        (PAID, "400.00"),
        ((*PAID, RETURNED), "250.00"),
        ((*PAID, *payment(2, "600.00")), "1000.00"),
    ],
    ids=["nothing asked", "requested", "approved", "paid", "partly returned", "paid twice"],
)
def test_no_more_is_recovered_than_was_paid_and_has_not_come_back(history: tuple[award.Event, ...], left: str) -> None:
    more = gbp(left) + gbp("0.01")
    given(award, OFFERED, ACCEPTED, *history).when(claim(more)).refused(
        RecoveryAbovePaid, available=gbp(left), wanted=more
    )
    if gbp(left).is_positive:
        given(award, OFFERED, ACCEPTED, *history).when(claim(gbp(left))).then(replace(RAISED, amount=gbp(left)))


@pytest.mark.parametrize(
    "first",
    [(RAISED,), (RAISED, RECOVERABLE), (RAISED, RECOVERABLE, REPAID)],
    ids=["raised", "approved", "partly repaid"],
)
def test_two_recoveries_do_not_claim_the_same_money(first: tuple[award.Event, ...]) -> None:
    claimed = given(award, OFFERED, ACCEPTED, *PAID, *first)
    claimed.when(claim(gbp("100.01"), number=2)).refused(
        RecoveryAbovePaid, available=gbp("100.00"), wanted=gbp("100.01")
    )
    claimed.when(claim(gbp("100.00"), number=2)).then(replace(RAISED, number=2, amount=gbp("100.00")))


def test_a_recovery_may_name_the_payment_that_comes_back() -> None:
    of_it = replace(RAISED, amount=gbp("400.00"), payment=1)
    given(award, OFFERED, ACCEPTED, *PAID).when(claim(gbp("400.00"), of=1)).then(of_it)
    twice = (OFFERED, ACCEPTED, *PAID, *payment(2, "600.00"))
    given(award, *twice).when(claim(gbp("400.01"), of=1)).refused(
        RecoveryAbovePayment, available=gbp("400.00"), wanted=gbp("400.01"), number=1
    )
    given(award, *twice, RETURNED).when(claim(gbp("250.01"), of=1)).refused(
        RecoveryAbovePayment, available=gbp("250.00"), number=1
    )
    # What one recovery claims of a payment, or brought back, no other claims.
    part = replace(RAISED, payment=1)
    for first in ((part,), (part, RECOVERABLE, REPAID), (part, RECOVERABLE, replace(REPAID, amount=gbp("300.00")))):
        given(award, *twice, *first).when(claim(gbp("100.01"), number=2, of=1)).refused(
            RecoveryAbovePayment, available=gbp("100.00"), number=1
        )
        given(award, *twice, *first).when(claim(gbp("600.00"), number=2, of=2)).then(
            replace(RAISED, number=2, amount=gbp("600.00"), payment=2)
        )
    given(award, *twice, part).when(claim(gbp("300.00"), of=2)).refused(RecoveryNumberTaken, number=1)


def test_only_a_payment_that_left_is_named_by_a_recovery_and_then_it_is_not_reversed() -> None:
    asked = (OFFERED, ACCEPTED, *PAID, replace(REQUESTED, number=2, amount=gbp("50.00")))
    given(award, *asked).when(claim(gbp("10.00"), of=3)).refused(PaymentUnknown, number=3)
    given(award, *asked).when(claim(gbp("10.00"), of=2)).refused(PaymentNotReleased, number=2, status="requested")
    given(award, *asked, REVERSED).when(claim(gbp("10.00"), of=2)).refused(PaymentIsReversed, number=2)
    twice = (OFFERED, ACCEPTED, *PAID, *payment(2, "600.00"))
    named = replace(RAISED, amount=gbp("10.00"), payment=1)
    given(award, *twice, named).when(reverse()).refused(PaymentHasReturns, number=1)
    # A recovery that names no payment leaves it free to be reversed, while enough stays paid.
    reversed_ = given(award, *twice, replace(named, payment=None)).when(reverse())
    reversed_.then(
        PaymentReversed(
            partnership_id=ACE,
            number=1,
            amount=gbp("400.00"),
            was="released",
            because=reverse().because,
            on=reverse().on,
        )
    )


def test_money_written_off_may_be_claimed_again() -> None:
    given_up = RecoveryWrittenOff(partnership_id=ACE, number=1, amount=gbp("300.00"), because=WHY, on=LATER)
    given(award, *RUNNING, given_up).when(claim(gbp("400.00"), number=2)).then(
        replace(RAISED, number=2, amount=gbp("400.00"))
    )


def test_two_recoveries_do_not_share_a_number() -> None:
    given(award, OFFERED, ACCEPTED, *PAID, RAISED).when(claim(gbp("300.01"))).refused(RecoveryNumberTaken, number=1)


def test_a_recovery_is_positive_in_the_awards_currency_numbered_from_one_and_has_a_reason() -> None:
    paid = given(award, OFFERED, ACCEPTED, *PAID)
    paid.when(claim(gbp("0.00"))).refused(RecoveryNotPositive, amount=gbp("0.00"))
    paid.when(claim(gbp("-0.01"))).refused(RecoveryNotPositive, amount=gbp("-0.01"))
    paid.when(claim(EUROS)).refused(CurrencyDiffers, award="GBP", given="EUR")
    paid.when(claim(gbp("1.00"), number=0)).refused(NumberNotPositive, number=0)
    paid.when(claim(gbp("1.00"), because=" ")).refused(ReasonEmpty)


def test_nothing_is_recovered_from_an_award_that_a_source_states() -> None:
    given(award, STATED).when(claim(gbp("0.01"))).refused(RecoveryAbovePaid, available=gbp("0.00"))


def test_money_is_recovered_after_the_award_has_ended() -> None:
    over = (OFFERED, ACCEPTED, *PAID_AND_CLOSED)
    given(award, *over).when(claim(gbp("300.00"))).then(RAISED)
    given(award, *over, RAISED).when(approve_recovery()).then(RECOVERABLE)
    goes_on = UnspentGivenBack(partnership_id=ACE, given_back=gbp("100.00"), on=LATER)
    given(award, *over, RAISED, RECOVERABLE).when(recover(gbp("100.00"))).then(REPAID, goes_on)
    given(award, *over, RAISED, RECOVERABLE, REPAID, goes_on).when(write_off()).then(
        RecoveryWrittenOff(
            partnership_id=ACE, number=1, amount=gbp("200.00"), because="It costs more to collect", on=LATER
        )
    )
    given(award, OFFERED, ACCEPTED, *PAID, replace(TERMINATED, given_back=gbp("600.00"))).when(
        claim(gbp("300.00"))
    ).then(RAISED)


# --- Approved ---------------------------------------------------------------------------------------------------------


def test_a_recovery_is_approved() -> None:
    given(award, OFFERED, ACCEPTED, *PAID, RAISED).when(approve_recovery()).then(RECOVERABLE)


@pytest.mark.parametrize("command", [approve_recovery(2), recover(gbp("1.00"), number=2), write_off(2)])
def test_an_unknown_recovery_refuses_every_step(command: award.Command) -> None:
    given(award, *RUNNING).when(command).refused(RecoveryUnknown, number=2)


@pytest.mark.parametrize("command", [recover(gbp("1.00")), write_off()])
def test_a_recovery_is_not_settled_or_written_off_before_it_is_approved(command: award.Command) -> None:
    given(award, OFFERED, ACCEPTED, *PAID, RAISED).when(command).refused(RecoveryNotApproved, number=1)


# --- Settled ----------------------------------------------------------------------------------------------------------


def test_a_recovery_is_repaid_in_parts_to_the_last_penny_and_no_further() -> None:
    given(award, *RUNNING).when(recover(gbp("100.00"))).then(REPAID)
    partly = given(award, *RUNNING, REPAID)
    partly.when(recover(gbp("200.00"), part=2)).then(replace(REPAID, part=2, amount=gbp("200.00")))
    partly.when(recover(gbp("200.01"), part=2)).refused(
        RecoveryAboveOutstanding, outstanding=gbp("200.00"), wanted=gbp("200.01")
    )


def test_a_recovery_is_deducted_from_a_payment() -> None:
    given(award, *RUNNING, *payment(2, "500.00", "requested")).when(
        recover(gbp("100.00"), by=SettledBy.OFFSET, payment=2)
    ).then(replace(REPAID, by=SettledBy.OFFSET, payment=2))


def test_an_offset_names_the_payment_that_it_is_deducted_from_and_a_repayment_names_none() -> None:
    given(award, *RUNNING).when(recover(gbp("100.00"), by=SettledBy.OFFSET)).refused(OffsetWithoutPayment)
    given(award, *RUNNING).when(recover(gbp("100.00"), payment=1)).refused(OffsetWithoutPayment)


def test_nothing_is_deducted_from_an_unknown_or_reversed_payment() -> None:
    given(award, *RUNNING).when(recover(gbp("100.00"), by=SettledBy.OFFSET, payment=2)).refused(
        PaymentUnknown, number=2
    )
    given(award, *RUNNING, *payment(2, "50.00", "requested"), REVERSED).when(
        recover(gbp("100.00"), by=SettledBy.OFFSET, payment=2)
    ).refused(PaymentIsReversed, number=2)


def test_two_settlements_of_a_recovery_do_not_share_a_part_number() -> None:
    given(award, *RUNNING, REPAID).when(recover(gbp("100.01"))).refused(RecoveryPartTaken, part=1)


def test_a_settlement_is_positive_in_the_awards_currency_and_numbered_from_one() -> None:
    running = given(award, *RUNNING)
    running.when(recover(gbp("0.00"))).refused(RecoveryNotPositive, amount=gbp("0.00"))
    running.when(recover(gbp("-0.01"))).refused(RecoveryNotPositive, amount=gbp("-0.01"))
    running.when(recover(EUROS)).refused(CurrencyDiffers, award="GBP", given="EUR")
    running.when(recover(gbp("1.00"), part=0)).refused(NumberNotPositive, number=0)


def test_money_recovered_may_be_requested_again() -> None:
    given(award, *RUNNING, REPAID).when(request(2, gbp("700.00"))).then(
        award.PaymentRequested(partnership_id=ACE, number=2, amount=gbp("700.00"), on=ON)
    )
    given(award, *RUNNING, REPAID).when(request(2, gbp("700.01"))).refused(
        award.AboveAward, available=gbp("700.00"), wanted=gbp("700.01")
    )


# --- Written off ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("settled", "rest"), [((), "300.00"), ((REPAID,), "200.00")], ids=["all", "the rest"])
def test_what_is_still_outstanding_is_written_off_with_a_reason(settled: tuple[award.Event, ...], rest: str) -> None:
    given(award, *RUNNING, *settled).when(write_off()).then(
        RecoveryWrittenOff(partnership_id=ACE, number=1, amount=gbp(rest), because="It costs more to collect", on=LATER)
    )


def test_writing_off_a_recovery_needs_a_reason() -> None:
    given(award, *RUNNING).when(write_off(because=" ")).refused(ReasonEmpty)


def test_a_recovery_that_was_written_off_is_not_settled() -> None:
    given_up = RecoveryWrittenOff(partnership_id=ACE, number=1, amount=gbp("300.00"), because=WHY, on=LATER)
    given(award, *RUNNING, given_up).when(recover(gbp("0.01"))).refused(
        RecoveryAboveOutstanding, outstanding=gbp("0.00"), wanted=gbp("0.01")
    )


def test_a_settled_recovery_has_nothing_to_write_off() -> None:
    given(award, *RUNNING, replace(REPAID, amount=gbp("300.00"))).when(write_off()).then()


# --- Mistakes found and corrected -------------------------------------------------------------------------------------

OFFSET = replace(REPAID, by=SettledBy.OFFSET, payment=2)


def test_a_payment_from_which_a_recovery_was_deducted_is_not_reversed() -> None:
    given(award, *RUNNING, *payment(2, "500.00", "requested"), OFFSET).when(reverse(2)).refused(award.PaymentHasReturns)


def test_no_more_is_deducted_from_a_payment_than_its_amount() -> None:
    with pytest.raises(award.OffsetAbovePayment):
        award.decide(
            _state(*RUNNING, *payment(2, "50.00", "requested")),
            recover(gbp("100.00"), by=SettledBy.OFFSET, payment=2),
        )


def _state(*history: award.Event) -> award.Award:
    state = None
    for event in history:
        state = award.evolve(state, event)
    assert state is not None
    return state


# --- Withdrawing ------------------------------------------------------------------------------------------------------

WITHDRAW = WithdrawRecovery(award_id=AWARD, number=1, because="The invoice was found", on=LATER)
WITHDRAWN = RecoveryWithdrawn(
    partnership_id=ACE, number=1, amount=gbp("300.00"), because="The invoice was found", on=LATER
)


def test_a_recovery_raised_by_mistake_is_withdrawn_and_the_award_may_close() -> None:
    given(award, OFFERED, ACCEPTED, *PAID, RAISED).when(WITHDRAW).then(WITHDRAWN)
    given(award, OFFERED, ACCEPTED, *PAID, RAISED).when(CLOSE).refused(RecoveriesOpen)
    given(award, OFFERED, ACCEPTED, *PAID, RAISED, WITHDRAWN).when(CLOSE).then(
        AwardClosed(partnership_id=ACE, given_back=gbp("600.00"), on=CLOSED_ON)
    )


def test_an_approved_recovery_is_not_withdrawn_and_a_withdrawn_one_is_not_approved() -> None:
    given(award, *RUNNING).when(WITHDRAW).refused(RecoveryIsApproved, number=1)
    given(award, OFFERED, ACCEPTED, *PAID, RAISED, WITHDRAWN).when(approve_recovery()).refused(
        RecoveryIsWithdrawn, number=1
    )


def test_withdrawing_a_recovery_needs_a_reason() -> None:
    given(award, OFFERED, ACCEPTED, *PAID, RAISED).when(replace(WITHDRAW, because=" ")).refused(ReasonEmpty)


def test_a_recovery_raised_again_for_another_reason_is_another_recovery() -> None:
    given(award, OFFERED, ACCEPTED, *PAID, RAISED).when(replace(claim(gbp("300.00")), because="Other")).refused(
        RecoveryNumberTaken, number=1
    )


def test_nothing_is_deducted_from_a_payment_that_has_been_sent() -> None:
    given(award, *RUNNING).when(
        SettleRecovery(award_id=AWARD, number=1, part=1, amount=gbp("1.00"), by=SettledBy.OFFSET, payment=1, on=LATER)
    ).refused(OffsetAfterRelease, number=1)


def test_deductions_from_one_payment_together_may_take_all_of_it_and_no_more() -> None:
    deducted = given(award, *RUNNING, *payment(2, "150.00", "requested"), OFFSET)
    deducted.when(recover(gbp("50.01"), part=2, by=SettledBy.OFFSET, payment=2)).refused(
        award.OffsetAbovePayment, available=gbp("50.00"), wanted=gbp("50.01")
    )
    deducted.when(recover(gbp("50.00"), part=2, by=SettledBy.OFFSET, payment=2)).then(
        replace(OFFSET, part=2, amount=gbp("50.00"))
    )


def test_what_is_deducted_from_one_payment_is_not_deducted_from_another() -> None:
    two = (*payment(2, "500.00", "requested"), OFFSET, *payment(3, "100.00", "requested"))
    given(award, *RUNNING, *two).when(recover(gbp("100.00"), part=2, by=SettledBy.OFFSET, payment=3)).then(
        replace(OFFSET, part=2, payment=3)
    )


def test_a_settlement_that_is_reported_again_with_a_smaller_amount_is_another_one() -> None:
    given(award, *RUNNING, REPAID).when(recover(gbp("99.99"))).refused(RecoveryPartTaken, part=1)


def test_only_an_approved_recovery_is_recoverable_and_each_claims_what_it_is_to_bring_back() -> None:
    raised, approved = _state(OFFERED, ACCEPTED, *PAID, RAISED), _state(*RUNNING)
    assert (gbp("0.00"), gbp("300.00")) == (raised.recoverable, approved.recoverable)
    assert gbp("300.00") == raised.claimed == approved.claimed


def test_a_payment_is_not_reversed_while_recoveries_count_on_its_money() -> None:
    """Of 1,000.00 paid, 150.00 came back and 500.00 is claimed: 350.00 is left, less than payment 1."""
    history = (*PAID, *payment(2, "600.00"), replace(RETURNED, number=2), replace(RAISED, amount=gbp("500.00")))
    given(award, OFFERED, ACCEPTED, *history).when(reverse(1)).refused(
        award.PaymentHasReturns, returned=gbp("150.00"), claimed=gbp("500.00")
    )


def test_a_payment_is_settled_no_longer_where_that_rested_on_an_entry_that_was_another() -> None:
    undone = award.MatchUndone(
        partnership_id=ACE, number=1, entry_id=EntryId("entry-1"), unsettled=True, because=WHY, on=LATER
    )
    settled = (OFFERED, ACCEPTED, *PAID, SETTLED)
    assert award.Paying.RELEASED is _state(*settled, undone).payments[1].status
    assert award.Paying.SETTLED is _state(*settled, replace(undone, unsettled=False)).payments[1].status


def test_the_parts_of_a_payment_that_come_back_are_together_no_more_than_it_is_of() -> None:
    """Payment 1 is of 400.00, of which 150.00 came back; that 600.00 was paid besides makes no difference."""
    history = (*PAID, *payment(2, "600.00"), RETURNED)
    given(award, OFFERED, ACCEPTED, *history).when(give_back(gbp("250.01"), part=2)).refused(
        award.AbovePayment, available=gbp("250.00"), wanted=gbp("250.01")
    )
    given(award, OFFERED, ACCEPTED, *history).when(give_back(gbp("250.00"), part=2, because=WHY)).then(
        replace(RETURNED, part=2, amount=gbp("250.00"))
    )
