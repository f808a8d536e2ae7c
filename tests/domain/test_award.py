"""Nothing is paid before acceptance, past the award, unapproved, or while a condition that comes first is open."""

from itertools import chain

import hypothesis
import pytest
from hypothesis import strategies as st

from domain import award
from domain.award import (
    AboveAward,
    AcceptedBeforeOffered,
    AcceptOffer,
    ApprovePayment,
    AwardAlreadyOffered,
    AwardClosed,
    AwardIsClosed,
    AwardNotAccepted,
    AwardNotPositive,
    AwardOffered,
    AwardStated,
    AwardUnknown,
    CloseAward,
    ConditionMet,
    ConditionNumberTaken,
    ConditionOpen,
    ConditionSet,
    ConditionUnknown,
    ConditionWaived,
    MeetCondition,
    NoOpenOffer,
    OfferAccepted,
    OfferAward,
    PaymentApproved,
    PaymentBeforeAcceptance,
    PaymentCurrencyDiffers,
    PaymentNotApproved,
    PaymentNotPositive,
    PaymentNotReleased,
    PaymentNumberNotPositive,
    PaymentNumberTaken,
    PaymentReleased,
    PaymentRequested,
    PaymentSettled,
    PaymentsUnfinished,
    PaymentUnknown,
    ReleasePayment,
    RequestPayment,
    SetCondition,
    SettlePayment,
    WaiveCondition,
    WaiverUnexplained,
)
from domain.fact import Fact
from domain.ids import BidId
from domain.money import CurrencyMismatch, Money, total
from domain.when import UNKNOWN, When
from tests.domain.hostile import DATES, MONEY, NUMBERS, WORDS
from tests.examples import ACE, AWARD, BID, EVENTS, ROUND, stated
from tests.spec import gbp, given, what_happens

OFFERED_ON = When("2004-05-17")
ACCEPTED_ON = When("2004-05-24")
ON = When("2004-06-21")
TEXT = "Holds a plan for continuing after the funding period"

OFFERED = AwardOffered(
    partnership_id=ACE, bid_id=BID, round_id=ROUND, reference="CBP-P25", amount=gbp("1000.00"), on=OFFERED_ON
)
ACCEPTED = OfferAccepted(partnership_id=ACE, on=ACCEPTED_ON)
FIRST = ConditionSet(partnership_id=ACE, number=1, text=TEXT, precedent=True, on=OFFERED_ON)
MET = ConditionMet(partnership_id=ACE, number=1, on=ON)
WAIVED = ConditionWaived(partnership_id=ACE, number=1, because="The lead evaluates itself", on=ON)
REQUESTED = PaymentRequested(partnership_id=ACE, number=1, amount=gbp("400.00"), on=ON)
APPROVED = PaymentApproved(partnership_id=ACE, number=1, on=ON)
RELEASED = PaymentReleased(
    partnership_id=ACE, number=1, amount=gbp("400.00"), bank_reference="BACS 0407 0001", on=When("2004-07-05")
)
SETTLED = PaymentSettled(partnership_id=ACE, number=1, bank_reference="BACS 0407 0001", on=When("2004-07-08"))
CLOSED = AwardClosed(partnership_id=ACE, on=When("2005-09-30"))
STATED = AwardStated(
    partnership_id=ACE,
    reference="ace-cumbria-total-stated",
    amount=gbp("175000.00"),
    purpose="Programme and its evaluation",
    basis="total_stated",
    on=UNKNOWN,
    source=stated("awards.csv", "000_6fe3068b2cce47b0.txt:249"),
)


def condition(number: int = 1, text: str = TEXT, *, precedent: bool = True) -> SetCondition:
    return SetCondition(award_id=AWARD, number=number, text=text, precedent=precedent, on=OFFERED_ON)


def meet(number: int = 1) -> MeetCondition:
    return MeetCondition(award_id=AWARD, number=number, on=ON)


def waive(number: int = 1, because: str = "The lead evaluates itself") -> WaiveCondition:
    return WaiveCondition(award_id=AWARD, number=number, because=because, on=ON)


def request(number: int, amount: Money, on: When = ON) -> RequestPayment:
    return RequestPayment(award_id=AWARD, number=number, amount=amount, on=on)


def approve(number: int = 1) -> ApprovePayment:
    return ApprovePayment(award_id=AWARD, number=number, on=ON)


def release(number: int = 1) -> ReleasePayment:
    return ReleasePayment(award_id=AWARD, number=number, bank_reference="BACS 0407 0001", on=When("2004-07-05"))


def settle(number: int = 1) -> SettlePayment:
    return SettlePayment(award_id=AWARD, number=number, bank_reference="BACS 0407 0001", on=When("2004-07-08"))


def accept(on: When = ACCEPTED_ON) -> AcceptOffer:
    return AcceptOffer(award_id=AWARD, on=on)


CLOSE = CloseAward(award_id=AWARD, on=When("2005-09-30"))

# --- The offer --------------------------------------------------------------------------------------------------------


def offer(*, bid_id: BidId = BID, reference: str = "CBP-P25", amount: str = "1000.00") -> OfferAward:
    return OfferAward(award_id=AWARD, bid_id=bid_id, reference=reference, amount=gbp(amount), on=OFFERED_ON)


def test_an_award_that_bid_and_round_allow_is_offered() -> None:
    assert [OFFERED] == award.offer(None, offer(), partnership_id=ACE, round_id=ROUND)


def test_an_award_that_is_offered_already_is_not_offered_again() -> None:
    assert not award.offer(award.evolve(None, OFFERED), offer(), partnership_id=ACE, round_id=ROUND)


@pytest.mark.parametrize("other", [offer(bid_id=BidId("bid-2")), offer(reference="CBP-P26"), offer(amount="1000.01")])
def test_an_award_does_not_change_by_another_offer(other: OfferAward) -> None:
    with pytest.raises(AwardAlreadyOffered) as caught:
        award.offer(award.evolve(None, OFFERED), other, partnership_id=ACE, round_id=ROUND)
    assert {"reference": "CBP-P25"} == caught.value.why


@pytest.mark.parametrize("amount", ["0.00", "-0.01"])
def test_an_award_of_nothing_or_less_is_not_offered(amount: str) -> None:
    with pytest.raises(AwardNotPositive) as caught:
        award.offer(None, offer(amount=amount), partnership_id=ACE, round_id=ROUND)
    assert {"amount": gbp(amount)} == caught.value.why


def test_an_offer_is_never_decided_by_the_award_alone() -> None:
    with pytest.raises(AssertionError, match="offer_award"):
        award.decide(None, offer())


def test_the_partnership_takes_the_offer() -> None:
    given(award, OFFERED).when(accept()).then(ACCEPTED)


def test_an_offer_is_accepted_once() -> None:
    given(award, OFFERED, ACCEPTED).when(accept(ON)).refused(NoOpenOffer, status="accepted")


@pytest.mark.parametrize(
    ("history", "status"), [((OFFERED, CLOSED), "closed"), ((STATED,), "stated")], ids=["closed", "stated"]
)
def test_there_is_nothing_to_accept_where_no_offer_is_open(history: tuple[award.Event, ...], status: str) -> None:
    given(award, *history).when(accept()).refused(NoOpenOffer, status=status)


@pytest.mark.xfail(strict=True, reason="AcceptedBeforeOffered is never raised: the award forgets when it was offered")
def test_an_offer_is_not_accepted_before_it_is_made() -> None:
    given(award, OFFERED).when(accept(When("2004-05-16"))).refused(AcceptedBeforeOffered)


# --- Conditions -------------------------------------------------------------------------------------------------------


def test_a_condition_is_laid_down() -> None:
    given(award, OFFERED).when(condition()).then(FIRST)


@pytest.mark.parametrize("other", [condition(text="Evaluates the impact"), condition(precedent=False)])
def test_a_condition_is_not_replaced_by_another_of_its_number(other: SetCondition) -> None:
    given(award, OFFERED, FIRST).when(other).refused(ConditionNumberTaken, number=1)


@pytest.mark.parametrize("number", [0, -1])
def test_conditions_are_numbered_from_one(number: int) -> None:
    given(award, OFFERED).when(condition(number)).refused(PaymentNumberNotPositive, number=number)


def test_a_condition_is_met() -> None:
    given(award, OFFERED, FIRST).when(meet()).then(MET)


def test_a_condition_is_waived_with_the_reason() -> None:
    given(award, OFFERED, FIRST).when(waive()).then(WAIVED)


def test_who_waives_says_why() -> None:
    given(award, OFFERED, FIRST).when(waive(because=" ")).refused(WaiverUnexplained)


def test_a_condition_that_is_no_longer_open_is_neither_met_nor_waived() -> None:
    given(award, OFFERED, FIRST, MET).when(waive()).then()
    given(award, OFFERED, FIRST, WAIVED).when(meet()).then()


@pytest.mark.parametrize("command", [meet(2), waive(2)])
def test_a_condition_that_nobody_laid_down_is_neither_met_nor_waived(command: award.Command) -> None:
    given(award, OFFERED, FIRST).when(command).refused(ConditionUnknown, number=2)


# --- Payments ---------------------------------------------------------------------------------------------------------


def test_the_partnership_asks_for_part_of_the_award() -> None:
    given(award, OFFERED, ACCEPTED).when(request(1, gbp("400.00"))).then(REQUESTED)


def test_payments_are_asked_for_to_the_last_penny_of_the_award() -> None:
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


def test_a_payment_is_not_asked_for_before_the_day_of_acceptance() -> None:
    given(award, OFFERED, ACCEPTED).when(request(1, gbp("400.00"), When("2004-05-23"))).refused(
        PaymentBeforeAcceptance, accepted=ACCEPTED_ON, requested=When("2004-05-23")
    )


@pytest.mark.parametrize("amount", ["0.00", "-0.01"])
def test_a_payment_of_nothing_or_less_is_refused(amount: str) -> None:
    given(award, OFFERED, ACCEPTED).when(request(1, gbp(amount))).refused(PaymentNotPositive, amount=gbp(amount))


@pytest.mark.parametrize("number", [0, -1])
def test_payments_are_numbered_from_one(number: int) -> None:
    given(award, OFFERED, ACCEPTED).when(request(number, gbp("400.00"))).refused(
        PaymentNumberNotPositive, number=number
    )


@pytest.mark.parametrize("other", [request(1, gbp("400.01")), request(1, gbp("400.00"), When("2004-06-22"))])
def test_two_payments_do_not_share_a_number(other: RequestPayment) -> None:
    given(award, OFFERED, ACCEPTED, REQUESTED).when(other).refused(PaymentNumberTaken, number=1)


def test_a_payment_is_in_the_currency_of_its_award() -> None:
    given(award, OFFERED, ACCEPTED).when(request(1, Money.of("400.00", "EUR"))).refused(
        PaymentCurrencyDiffers, award="GBP", payment="EUR"
    )


def test_a_payment_is_approved_released_and_settled_in_that_order() -> None:
    given(award, OFFERED, ACCEPTED, REQUESTED).when(approve()).then(APPROVED)
    given(award, OFFERED, ACCEPTED, REQUESTED, APPROVED).when(release()).then(RELEASED)
    given(award, OFFERED, ACCEPTED, REQUESTED, APPROVED, RELEASED).when(settle()).then(SETTLED)


def test_no_money_is_sent_without_approval() -> None:
    given(award, OFFERED, ACCEPTED, REQUESTED).when(release()).refused(PaymentNotApproved, status="requested")


@pytest.mark.parametrize(
    ("history", "status"),
    [((REQUESTED,), "requested"), ((REQUESTED, APPROVED), "approved")],
    ids=["requested", "approved"],
)
def test_money_does_not_arrive_before_it_is_sent(history: tuple[award.Event, ...], status: str) -> None:
    given(award, OFFERED, ACCEPTED, *history).when(settle()).refused(PaymentNotReleased, status=status)


def test_money_that_has_arrived_is_not_sent_or_approved_again() -> None:
    paid = given(award, OFFERED, ACCEPTED, REQUESTED, APPROVED, RELEASED, SETTLED)
    paid.when(release()).then()
    paid.when(approve()).then()


@pytest.mark.parametrize("command", [approve(2), release(2), settle(2)])
def test_a_payment_that_nobody_asked_for_goes_nowhere(command: award.Command) -> None:
    given(award, OFFERED, ACCEPTED, REQUESTED).when(command).refused(PaymentUnknown, number=2)


def test_while_a_condition_that_comes_first_is_open_nothing_is_released() -> None:
    third = ConditionSet(partnership_id=ACE, number=3, text="Names a project manager", precedent=True, on=OFFERED_ON)
    later = ConditionSet(partnership_id=ACE, number=2, text="Evaluates its impact", precedent=False, on=OFFERED_ON)
    asked = (OFFERED, ACCEPTED, third, later, FIRST, REQUESTED, APPROVED)
    given(award, *asked).when(release()).refused(ConditionOpen, numbers=[1, 3])
    given(award, *asked, MET).when(release()).refused(ConditionOpen, numbers=[3])
    given(award, *asked, WAIVED, ConditionMet(partnership_id=ACE, number=3, on=ON)).when(release()).then(RELEASED)


# --- The end ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "history",
    [(OFFERED,), (OFFERED, ACCEPTED), (OFFERED, ACCEPTED, REQUESTED, APPROVED, RELEASED), (STATED,)],
    ids=["offered", "accepted", "released", "stated"],
)
def test_an_award_closes_when_nothing_waits_to_be_paid(history: tuple[award.Event, ...]) -> None:
    given(award, *history).when(CLOSE).then(CLOSED)


@pytest.mark.parametrize("waiting", [(REQUESTED,), (REQUESTED, APPROVED)], ids=["requested", "approved"])
def test_an_award_does_not_close_while_a_payment_waits(waiting: tuple[award.Event, ...]) -> None:
    given(award, OFFERED, ACCEPTED, *waiting).when(CLOSE).refused(PaymentsUnfinished)


@pytest.mark.parametrize("command", [condition(2), meet(), waive(), request(2, gbp("1.00")), approve(), release()])
def test_nothing_more_happens_on_a_closed_award(command: award.Command) -> None:
    given(award, OFFERED, ACCEPTED, FIRST, REQUESTED, APPROVED, RELEASED, CLOSED).when(command).refused(AwardIsClosed)


def test_the_bank_may_still_confirm_a_payment_of_a_closed_award() -> None:
    given(award, OFFERED, ACCEPTED, REQUESTED, APPROVED, RELEASED, CLOSED).when(settle()).then(SETTLED)


@pytest.mark.parametrize(
    "command", [accept(), condition(), meet(), waive(), request(1, gbp("1.00")), approve(), release(), settle(), CLOSE]
)
def test_nothing_happens_to_an_award_that_is_not_there(command: award.Command) -> None:
    given(award).when(command).refused(AwardUnknown)


# --- What sources state -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["ComponentStated", "AwardCorroborated"])
def test_a_component_or_a_second_source_is_never_more_money(name: str) -> None:
    given(award, OFFERED, ACCEPTED, EVENTS[name]).when(request(1, gbp("1000.01"))).refused(
        AboveAward, available=gbp("1000.00"), wanted=gbp("1000.01")
    )


@pytest.mark.xfail(strict=True, raises=CurrencyMismatch, reason="what is left of the award is summed over currencies")
def test_a_payment_that_a_source_states_in_another_currency_does_not_stop_the_award() -> None:
    in_euros = PaymentRequested(
        partnership_id=ACE, number=1, amount=Money.of("1.00", "EUR"), on=ON, source=STATED.source
    )
    given(award, OFFERED, ACCEPTED, in_euros).when(request(2, gbp("1.00"))).then(
        PaymentRequested(partnership_id=ACE, number=2, amount=gbp("1.00"), on=ON)
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
# Half of the time somebody does it by the book, as far as they come, so that money moves at all.
BY_THE_BOOK = st.tuples(st.integers(min_value=1, max_value=9), MONEY, st.integers(min_value=1, max_value=4)).map(
    lambda asked: [request(*asked[:2]), approve(asked[0]), release(asked[0]), settle(asked[0])][: asked[2]]
)
COMMANDS = st.lists(st.booleans().flatmap(lambda by_the_book: BY_THE_BOOK if by_the_book else STEPS), max_size=20).map(
    lambda lists: list(chain.from_iterable(lists))
)
STANDING = [OFFERED, ACCEPTED]


@hypothesis.given(
    st.sampled_from(([], [STATED], [OFFERED], STANDING, STANDING, STANDING, [*STANDING, FIRST])), COMMANDS
)
def test_whatever_is_asked_no_award_pays_out_more_than_it_is_of_and_each_payment_takes_every_step_once(
    begun: list[Fact], commands: list[award.Command]
) -> None:
    history = what_happens(award, begun, commands)
    asked = [event for event in history if isinstance(event, PaymentRequested)]
    released = [event for event in history if isinstance(event, PaymentReleased)]
    if OFFERED in history:
        assert OFFERED.amount >= total([event.amount for event in asked], "GBP")
        assert OFFERED.amount >= total([event.amount for event in released], "GBP")
        assert all(event.amount.is_positive for event in asked)
        assert {(one.number, one.amount) for one in asked} >= {(one.number, one.amount) for one in released}
    else:
        assert not asked
        assert not released
    for number in {event.number for event in asked}:
        steps = [type(event) for event in history if getattr(event, "number", None) == number and _pays(event)]
        assert steps == [PaymentRequested, PaymentApproved, PaymentReleased, PaymentSettled][: len(steps)]
    for place, event in enumerate(history):
        assert not isinstance(event, PaymentReleased) or _open_first(history[:place]) == set()
        if isinstance(event, AwardClosed):
            before, after = history[:place], history[place + 1 :]
            assert _numbers(before, PaymentRequested) == _numbers(before, PaymentReleased)
            assert {PaymentSettled} >= {type(later) for later in after}


def _pays(event: Fact) -> bool:
    return isinstance(event, PaymentRequested | PaymentApproved | PaymentReleased | PaymentSettled)


def _numbers(history: list[Fact], kind: type[PaymentRequested | PaymentReleased]) -> list[int]:
    return sorted(event.number for event in history if isinstance(event, kind))


def _open_first(history: list[Fact]) -> set[int]:
    laid_down = {event.number for event in history if isinstance(event, ConditionSet) and event.precedent}
    return laid_down - {event.number for event in history if isinstance(event, ConditionMet | ConditionWaived)}
