"""The rules of payments.

Nothing is paid before acceptance, above the award, without approval, on hold, or while a condition precedent is open.
Money that comes back may be paid again; a payment entered wrongly counts as not made.
"""

from dataclasses import replace
from itertools import chain

import hypothesis
import pytest
from hypothesis import strategies as st

from domain import award
from domain.award import (
    AboveAward,
    AbovePayment,
    AwardClosed,
    AwardNotAccepted,
    AwardOnHold,
    ChangeInstalment,
    ConditionMet,
    ConditionOpen,
    ConditionSet,
    ConditionWaived,
    CurrencyDiffers,
    HoldLifted,
    HoldPlaced,
    InstalmentChanged,
    InstalmentNegative,
    InstalmentNumberTaken,
    InstalmentsAboveAward,
    InstalmentScheduled,
    InstalmentUnknown,
    NumberNotPositive,
    PaymentApproved,
    PaymentBeforeAcceptance,
    PaymentHasReturns,
    PaymentIsReversed,
    PaymentNotApproved,
    PaymentNotPositive,
    PaymentNotReleased,
    PaymentNotReversed,
    PaymentNumberTaken,
    PaymentReleased,
    PaymentRequested,
    PaymentReturned,
    PaymentReversed,
    PaymentSettled,
    PaymentUnknown,
    ReasonEmpty,
    RecoverySettled,
    RequestPayment,
    ReturnPartTaken,
    SettledBy,
    UnspentGivenBack,
)
from domain.values.fact import Fact
from domain.values.money import Money, total
from domain.values.when import When
from tests.kit.awards import (
    ACCEPTED,
    ACCEPTED_ON,
    APPROVED,
    ARRIVED_ON,
    CLOSE,
    CLOSED_ON,
    FIRST,
    HELD,
    LATER,
    MET,
    OFFERED,
    OFFERED_ON,
    ON,
    PAID,
    PAID_AND_CLOSED,
    RAISED,
    RECOVERABLE,
    RELEASED,
    REQUESTED,
    SENT_ON,
    SETTLED,
    STATED,
    WAIVED,
    WHY,
    accept,
    approve,
    condition,
    give_back,
    meet,
    payment,
    release,
    request,
    reverse,
    schedule,
    settle,
    waive,
)
from tests.kit.examples import ACE, AWARD, EVENTS
from tests.kit.hostile_values import DATES, HUGE, MONEY, NUMBERS, WORDS
from tests.kit.spec import gbp, given, what_happens

EUROS = Money.of("400.00", "EUR")

# --- Instalments ------------------------------------------------------------------------------------------------------

PLANNED = InstalmentScheduled(partnership_id=ACE, number=1, amount=gbp("400.00"), due=SENT_ON, on=ACCEPTED_ON)


@pytest.mark.parametrize("history", [(OFFERED,), (OFFERED, ACCEPTED)], ids=["offered", "accepted"])
def test_part_of_the_award_is_planned_to_be_paid(history: tuple[award.Event, ...]) -> None:
    given(award, *history).when(schedule(1, gbp("400.00"))).then(PLANNED)


def test_instalments_are_planned_to_the_last_penny_of_the_award_and_no_further() -> None:
    planned = given(award, OFFERED, ACCEPTED, PLANNED)
    planned.when(schedule(2, gbp("600.00"))).then(replace(PLANNED, number=2, amount=gbp("600.00")))
    planned.when(schedule(2, gbp("600.01"))).refused(
        InstalmentsAboveAward,
        available=gbp("600.00"),
        wanted=gbp("600.01"),
        planned=OFFERED.amount + gbp("0.01"),
        award=OFFERED.amount,
    )


@pytest.mark.parametrize(
    "other", [schedule(1, gbp("400.01")), schedule(1, gbp("400.00"), When("2004-07-06"))], ids=["amount", "due"]
)
def test_two_instalments_do_not_share_a_number(other: award.Command) -> None:
    given(award, OFFERED, ACCEPTED, PLANNED).when(other).refused(InstalmentNumberTaken, number=1)


def test_an_instalment_is_positive_in_the_awards_currency_and_numbered_from_one() -> None:
    accepted = given(award, OFFERED, ACCEPTED)
    accepted.when(schedule(1, gbp("0.00"))).refused(PaymentNotPositive, amount=gbp("0.00"))
    accepted.when(schedule(1, gbp("-0.01"))).refused(PaymentNotPositive, amount=gbp("-0.01"))
    accepted.when(schedule(1, EUROS)).refused(CurrencyDiffers, award="GBP", given="EUR")
    accepted.when(schedule(0, gbp("400.00"))).refused(NumberNotPositive, number=0)


def test_an_instalment_does_not_limit_payments() -> None:
    given(award, OFFERED, ACCEPTED, PLANNED).when(request(1, gbp("1000.00"))).then(
        replace(REQUESTED, amount=gbp("1000.00"))
    )


def test_a_huge_instalment_is_refused_like_any_other_that_is_too_large() -> None:
    given(award, OFFERED, ACCEPTED, PLANNED).when(schedule(2, gbp(HUGE))).refused(InstalmentsAboveAward)


# --- Requests ---------------------------------------------------------------------------------------------------------


def test_the_partnership_requests_part_of_the_award() -> None:
    given(award, OFFERED, ACCEPTED).when(request(1, gbp("400.00"))).then(REQUESTED)


def test_payments_are_requested_to_the_last_penny_of_the_award() -> None:
    given(award, OFFERED, ACCEPTED, REQUESTED).when(request(2, gbp("600.00"))).then(
        PaymentRequested(partnership_id=ACE, number=2, amount=gbp("600.00"), on=ON)
    )


@pytest.mark.parametrize(
    "earlier",
    [(REQUESTED,), (REQUESTED, APPROVED), (REQUESTED, APPROVED, RELEASED), (REQUESTED, APPROVED, RELEASED, SETTLED)],
    ids=["requested", "approved", "released", "settled"],
)
def test_a_payment_past_the_award_is_refused_with_what_is_left(earlier: tuple[award.Event, ...]) -> None:
    given(award, OFFERED, ACCEPTED, *earlier).when(request(2, gbp("600.01"))).refused(
        AboveAward, available=gbp("600.00"), wanted=gbp("600.01")
    )


@pytest.mark.parametrize(
    ("history", "status"), [((OFFERED,), "offered"), ((STATED,), "stated")], ids=["offered", "stated"]
)
def test_nothing_is_paid_before_the_offer_is_accepted(history: tuple[award.Event, ...], status: str) -> None:
    given(award, *history).when(request(1, gbp("400.00"))).refused(AwardNotAccepted, status=status)


def test_a_payment_is_not_requested_before_the_day_of_acceptance() -> None:
    given(award, OFFERED, ACCEPTED).when(request(1, gbp("400.00"), When("2004-05-23"))).refused(
        PaymentBeforeAcceptance, accepted=ACCEPTED_ON, requested=When("2004-05-23")
    )


@pytest.mark.parametrize("amount", ["0.00", "-0.01"])
def test_a_payment_of_0_or_less_is_refused(amount: str) -> None:
    given(award, OFFERED, ACCEPTED).when(request(1, gbp(amount))).refused(PaymentNotPositive, amount=gbp(amount))


@pytest.mark.parametrize("number", [0, -1])
def test_payments_are_numbered_from_one(number: int) -> None:
    given(award, OFFERED, ACCEPTED).when(request(number, gbp("400.00"))).refused(NumberNotPositive, number=number)


@pytest.mark.parametrize(
    "other",
    [request(1, gbp("400.01")), request(1, gbp("400.00"), When("2004-06-22")), request(1, gbp("400.00"), corrects=2)],
    ids=["amount", "day", "corrects"],
)
def test_two_payments_do_not_share_a_number(other: RequestPayment) -> None:
    given(award, OFFERED, ACCEPTED, REQUESTED).when(other).refused(PaymentNumberTaken, number=1)


def test_a_payment_is_in_the_currency_of_its_award() -> None:
    given(award, OFFERED, ACCEPTED).when(request(1, EUROS)).refused(CurrencyDiffers, award="GBP", given="EUR")


# --- Step by step -----------------------------------------------------------------------------------------------------


def test_a_payment_is_approved_released_and_settled_in_that_order() -> None:
    given(award, OFFERED, ACCEPTED, REQUESTED).when(approve()).then(APPROVED)
    given(award, OFFERED, ACCEPTED, REQUESTED, APPROVED).when(release()).then(RELEASED)
    given(award, OFFERED, ACCEPTED, REQUESTED, APPROVED, RELEASED).when(settle()).then(SETTLED)


def test_no_money_is_sent_without_approval() -> None:
    given(award, OFFERED, ACCEPTED, REQUESTED).when(release()).refused(PaymentNotApproved, status="requested", number=1)


@pytest.mark.parametrize("command", [settle(), give_back(gbp("1.00"))], ids=["settled", "returned"])
@pytest.mark.parametrize(
    ("history", "status"),
    [((REQUESTED,), "requested"), ((REQUESTED, APPROVED), "approved")],
    ids=["requested", "approved"],
)
def test_money_neither_arrives_nor_comes_back_before_it_is_sent(
    history: tuple[award.Event, ...], status: str, command: award.Command
) -> None:
    given(award, OFFERED, ACCEPTED, *history).when(command).refused(PaymentNotReleased, status=status)


def test_money_that_has_arrived_is_not_sent_or_approved_again() -> None:
    paid = given(award, OFFERED, ACCEPTED, REQUESTED, APPROVED, RELEASED, SETTLED)
    paid.when(release()).then()
    paid.when(approve()).then()


@pytest.mark.parametrize("command", [approve(2), release(2), settle(2), give_back(gbp("1.00"), number=2), reverse(2)])
def test_an_unknown_payment_refuses_every_step(command: award.Command) -> None:
    given(award, OFFERED, ACCEPTED, REQUESTED).when(command).refused(PaymentUnknown, number=2)


def test_while_a_condition_precedent_to_payment_is_open_nothing_is_released() -> None:
    third = ConditionSet(partnership_id=ACE, number=3, text="Names a project manager", precedent=True, on=OFFERED_ON)
    later = ConditionSet(partnership_id=ACE, number=2, text="Evaluates its impact", precedent=False, on=OFFERED_ON)
    requested = (OFFERED, ACCEPTED, third, later, FIRST, REQUESTED, APPROVED)
    given(award, *requested).when(release()).refused(ConditionOpen, numbers="1, 3")
    given(award, *requested, MET).when(release()).refused(ConditionOpen, numbers="3")
    given(award, *requested, WAIVED, ConditionMet(partnership_id=ACE, number=3, on=ON)).when(release()).then(RELEASED)


def test_while_the_award_is_on_hold_nothing_is_approved_or_released() -> None:
    second = HoldPlaced(partnership_id=ACE, number=2, because="The lead changes", on=ON)
    lifted = HoldLifted(partnership_id=ACE, number=1, because=WHY, on=ON)
    both_lifted = (lifted, replace(lifted, number=2))
    for requested, command, then in (
        ((OFFERED, ACCEPTED, REQUESTED), approve(), APPROVED),
        ((OFFERED, ACCEPTED, REQUESTED, APPROVED), release(), RELEASED),
    ):
        given(award, *requested, second, HELD).when(command).refused(AwardOnHold, holds="1, 2")
        given(award, *requested, second, HELD, lifted).when(command).refused(AwardOnHold, holds="2")
        given(award, *requested, second, HELD, *both_lifted).when(command).then(then)


def test_while_the_award_is_on_hold_payments_are_requested_settled_returned_and_reversed() -> None:
    given(award, OFFERED, ACCEPTED, HELD).when(request(1, gbp("400.00"))).then(REQUESTED)
    paid = given(award, OFFERED, ACCEPTED, *PAID, HELD)
    paid.when(settle()).then(SETTLED)
    paid.when(give_back(gbp("100.00"))).then(RETURNED)
    paid.when(reverse()).then(reversed_("released"))


def test_the_bank_may_still_confirm_a_payment_of_a_closed_award() -> None:
    given(award, OFFERED, ACCEPTED, *PAID_AND_CLOSED).when(settle()).then(SETTLED)


# --- Returns ----------------------------------------------------------------------------------------------------------

RETURNED = PaymentReturned(
    partnership_id=ACE, number=1, part=1, amount=gbp("100.00"), because="Two days were not held", on=LATER
)


@pytest.mark.parametrize("sent", [PAID, (*PAID, SETTLED)], ids=["released", "settled"])
def test_part_of_a_payment_comes_back(sent: tuple[award.Event, ...]) -> None:
    given(award, OFFERED, ACCEPTED, *sent).when(give_back(gbp("100.00"))).then(RETURNED)


def test_a_payment_comes_back_in_parts_to_the_last_penny_and_no_further() -> None:
    returned = given(award, OFFERED, ACCEPTED, *PAID, RETURNED)
    returned.when(give_back(gbp("300.00"), part=2)).then(replace(RETURNED, part=2, amount=gbp("300.00")))
    returned.when(give_back(gbp("300.01"), part=2)).refused(AbovePayment, available=gbp("300.00"), wanted=gbp("300.01"))


def test_money_that_a_recovery_claims_does_not_come_back_a_second_time() -> None:
    settled = RecoverySettled(
        partnership_id=ACE, number=1, part=1, amount=gbp("300.00"), by=SettledBy.REPAYMENT, on=LATER
    )
    for recovery in ((RAISED,), (RAISED, RECOVERABLE), (RAISED, RECOVERABLE, settled)):
        paid = given(award, OFFERED, ACCEPTED, *PAID, *recovery)
        paid.when(give_back(gbp("100.01"))).refused(AbovePayment, available=gbp("100.00"), wanted=gbp("100.01"))
        paid.when(give_back(gbp("100.00"))).then(RETURNED)


def test_money_that_comes_back_may_be_requested_again() -> None:
    given(award, OFFERED, ACCEPTED, *payment(1, "1000.00"), RETURNED).when(request(2, gbp("100.00"))).then(
        PaymentRequested(partnership_id=ACE, number=2, amount=gbp("100.00"), on=ON)
    )
    given(award, OFFERED, ACCEPTED, *payment(1, "1000.00"), RETURNED).when(request(2, gbp("100.01"))).refused(
        AboveAward, available=gbp("100.00"), wanted=gbp("100.01")
    )


def test_two_returns_of_a_payment_do_not_share_a_part_number() -> None:
    given(award, OFFERED, ACCEPTED, *PAID, RETURNED).when(give_back(gbp("100.01"))).refused(ReturnPartTaken, part=1)


def test_a_return_is_positive_in_the_awards_currency_numbered_from_one_and_has_a_reason() -> None:
    paid = given(award, OFFERED, ACCEPTED, *PAID)
    paid.when(give_back(gbp("0.00"))).refused(PaymentNotPositive, amount=gbp("0.00"))
    paid.when(give_back(gbp("-0.01"))).refused(PaymentNotPositive, amount=gbp("-0.01"))
    paid.when(give_back(EUROS)).refused(CurrencyDiffers, award="GBP", given="EUR")
    paid.when(give_back(gbp("1.00"), part=0)).refused(NumberNotPositive, number=0)
    paid.when(give_back(gbp("1.00"), because=" ")).refused(ReasonEmpty)


def test_money_can_come_back_after_the_award_has_ended() -> None:
    given(award, OFFERED, ACCEPTED, *PAID_AND_CLOSED).when(give_back(gbp("100.00"))).then(
        RETURNED, UnspentGivenBack(partnership_id=ACE, given_back=gbp("100.00"), on=RETURNED.on)
    )


# --- Reversals --------------------------------------------------------------------------------------------------------


def reversed_(was: str) -> PaymentReversed:
    return PaymentReversed(
        partnership_id=ACE,
        number=1,
        amount=gbp("400.00"),
        was=was,
        because="Entered for another award",
        on=SENT_ON,
    )


@pytest.mark.parametrize(
    ("history", "was"),
    [
        ((REQUESTED,), "requested"),
        ((REQUESTED, APPROVED), "approved"),
        (PAID, "released"),
        ((*PAID, SETTLED), "settled"),
    ],
    ids=["requested", "approved", "released", "settled"],
)
def test_a_payment_that_was_entered_wrongly_counts_as_not_made(history: tuple[award.Event, ...], was: str) -> None:
    given(award, OFFERED, ACCEPTED, *history).when(reverse()).then(reversed_(was))


def test_a_payment_may_turn_out_wrong_once_the_award_is_closed_and_all_of_it_goes_back() -> None:
    given(award, OFFERED, ACCEPTED, *PAID_AND_CLOSED).when(reverse()).then(
        reversed_("released"), UnspentGivenBack(partnership_id=ACE, given_back=gbp("400.00"), on=SENT_ON)
    )


def test_the_money_of_a_reversed_payment_may_be_requested_again() -> None:
    given(award, OFFERED, ACCEPTED, *PAID, reversed_("released")).when(request(2, gbp("1000.00"))).then(
        PaymentRequested(partnership_id=ACE, number=2, amount=gbp("1000.00"), on=ON)
    )


def test_reversing_a_payment_needs_a_reason() -> None:
    given(award, OFFERED, ACCEPTED, REQUESTED).when(reverse(because=" ")).refused(ReasonEmpty)


def test_a_payment_of_which_money_has_come_back_is_not_reversed() -> None:
    given(award, OFFERED, ACCEPTED, *PAID, RETURNED).when(reverse()).refused(PaymentHasReturns, returned=gbp("100.00"))


def test_a_payment_that_a_recovery_counts_on_is_not_reversed() -> None:
    given(award, OFFERED, ACCEPTED, *PAID, RAISED).when(reverse()).refused(
        PaymentHasReturns, returned=gbp("0.00"), claimed=gbp("300.00")
    )
    settled = RecoverySettled(
        partnership_id=ACE, number=1, part=1, amount=gbp("200.00"), by=SettledBy.REPAYMENT, on=LATER
    )
    given(award, OFFERED, ACCEPTED, *PAID, RAISED, RECOVERABLE, settled).when(reverse()).refused(
        PaymentHasReturns, returned=gbp("200.00"), claimed=gbp("100.00")
    )


def test_a_payment_is_reversed_if_the_others_still_cover_what_is_claimed() -> None:
    given(award, OFFERED, ACCEPTED, *PAID, *payment(2, "300.00"), RAISED).when(reverse()).then(reversed_("released"))


@pytest.mark.parametrize("command", [approve(), release(), settle(), give_back(gbp("1.00"))])
def test_nothing_more_happens_to_a_reversed_payment(command: award.Command) -> None:
    given(award, OFFERED, ACCEPTED, *PAID, reversed_("released")).when(command).refused(PaymentIsReversed, number=1)


def test_a_reversed_payment_is_replaced_once_under_a_new_number() -> None:
    again = PaymentRequested(partnership_id=ACE, number=2, amount=gbp("40.00"), corrects=1, on=ON)
    wrong = given(award, OFFERED, ACCEPTED, *PAID, reversed_("released"))
    wrong.when(request(2, gbp("40.00"), corrects=1)).then(again)
    wrong.when(request(1, gbp("40.00"))).refused(PaymentNumberTaken, number=1)
    given(award, OFFERED, ACCEPTED, *PAID, reversed_("released"), again).when(
        request(3, gbp("40.00"), corrects=1)
    ).refused(PaymentNotReversed, number=1)


def test_a_payment_that_is_unknown_or_not_reversed_is_not_replaced() -> None:
    given(award, OFFERED, ACCEPTED, *PAID).when(request(2, gbp("40.00"), corrects=1)).refused(
        PaymentNotReversed, number=1
    )
    given(award, OFFERED, ACCEPTED, *PAID).when(request(2, gbp("40.00"), corrects=3)).refused(PaymentUnknown, number=3)


# --- What sources state -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["ComponentStated", "AwardCorroborated"])
def test_a_component_or_a_second_source_never_adds_money(name: str) -> None:
    given(award, OFFERED, ACCEPTED, EVENTS[name]).when(request(1, gbp("1000.01"))).refused(
        AboveAward, available=gbp("1000.00"), wanted=gbp("1000.01")
    )


# --- The law ----------------------------------------------------------------------------------------------------------

STEPS = st.one_of(
    st.builds(accept, DATES),
    st.builds(condition, NUMBERS, WORDS, precedent=st.booleans()),
    st.builds(meet, NUMBERS),
    st.builds(waive, NUMBERS, WORDS),
    st.builds(request, NUMBERS, MONEY, DATES),
    st.builds(approve, NUMBERS),
    st.builds(release, NUMBERS),
    st.builds(settle, NUMBERS),
    st.just(CLOSE),
).map(lambda command: [command])
# Some payments take every step in order, so that money moves at all.
BY_THE_BOOK = st.tuples(NUMBERS, MONEY, DATES).map(
    lambda given: [accept(), request(*given), approve(given[0]), release(given[0]), settle(given[0])]
)
COMMANDS = st.lists(STEPS | STEPS | BY_THE_BOOK, max_size=15).map(lambda lists: list(chain.from_iterable(lists)))


@hypothesis.given(st.sampled_from(([], [OFFERED], [OFFERED, FIRST], [STATED])), COMMANDS)
def test_no_commands_make_an_award_pay_more_than_its_amount_or_a_payment_repeat_a_step(
    begun: list[Fact], commands: list[award.Command]
) -> None:
    history = what_happens(award, begun, commands)
    requested = [event for event in history if isinstance(event, PaymentRequested)]
    released = [event for event in history if isinstance(event, PaymentReleased)]
    closed = [event for event in history if isinstance(event, AwardClosed)]
    if OFFERED in history:
        assert OFFERED.amount >= total([event.amount for event in requested], "GBP")
        assert OFFERED.amount >= total([event.amount for event in released], "GBP")
        assert all(event.amount.is_positive for event in requested)
        assert {(one.number, one.amount) for one in requested} >= {(one.number, one.amount) for one in released}
        paid_out = total([event.amount for event in released], "GBP")
        assert [AwardClosed(partnership_id=ACE, given_back=OFFERED.amount - paid_out, on=CLOSED_ON)][
            : len(closed)
        ] == closed
    else:
        assert not requested
        assert not released
        assert not closed
    for number in {event.number for event in requested}:
        steps = [type(event) for event in history if getattr(event, "number", None) == number and _pays(event)]
        assert steps == [PaymentRequested, PaymentApproved, PaymentReleased, PaymentSettled][: len(steps)]
    for place, event in enumerate(history):
        assert not isinstance(event, PaymentReleased) or _open_first(history[:place]) == set()
        assert not isinstance(event, AwardClosed) or {PaymentSettled} >= {type(later) for later in history[place + 1 :]}


def _pays(event: Fact) -> bool:
    return isinstance(event, PaymentRequested | PaymentApproved | PaymentReleased | PaymentSettled)


def _open_first(history: list[Fact]) -> set[int]:
    conditions = {event.number for event in history if isinstance(event, ConditionSet) and event.precedent}
    return conditions - {event.number for event in history if isinstance(event, ConditionMet | ConditionWaived)}


# --- Changed instalments ----------------------------------------------------------------------------------------------

ANEW = ChangeInstalment(
    award_id=AWARD, number=1, amount=gbp("300.00"), due=ARRIVED_ON, because="Later start", on=ACCEPTED_ON
)
CHANGED = InstalmentChanged(
    partnership_id=ACE, number=1, amount=gbp("300.00"), due=ARRIVED_ON, because="Later start", on=ACCEPTED_ON
)


def test_an_instalment_is_changed_or_cancelled() -> None:
    given(award, OFFERED, PLANNED).when(ANEW).then(CHANGED)
    gone = given(award, OFFERED, PLANNED).when(replace(ANEW, amount=gbp("0.00")))
    gone.then(replace(CHANGED, amount=gbp("0.00")))


def test_an_instalment_is_increased_as_far_as_the_award_allows() -> None:
    given(award, OFFERED, PLANNED).when(replace(ANEW, amount=gbp("1000.00"))).then(
        replace(CHANGED, amount=gbp("1000.00"))
    )
    given(award, OFFERED, PLANNED).when(replace(ANEW, amount=gbp("1000.01"))).refused(
        InstalmentsAboveAward,
        available=gbp("600.00"),
        wanted=gbp("600.01"),
        planned=OFFERED.amount + gbp("0.01"),
        award=OFFERED.amount,
    )


def test_a_changed_instalment_is_known_not_negative_in_the_awards_currency_and_has_a_reason() -> None:
    given(award, OFFERED).when(ANEW).refused(InstalmentUnknown, number=1)
    given(award, OFFERED, PLANNED).when(replace(ANEW, amount=gbp("-0.01"))).refused(
        InstalmentNegative, amount=gbp("-0.01")
    )
    given(award, OFFERED, PLANNED).when(replace(ANEW, amount=EUROS)).refused(CurrencyDiffers, award="GBP", given="EUR")
    given(award, OFFERED, PLANNED).when(replace(ANEW, because=" ")).refused(ReasonEmpty)


def test_a_return_recorded_again_for_another_reason_is_another_return() -> None:
    given(award, OFFERED, ACCEPTED, *PAID, RETURNED).when(give_back(gbp("100.00"), because="Other")).refused(
        ReturnPartTaken, part=1
    )
