"""Counters record used and available money: never below 0 and never above the ceiling."""

from contextlib import suppress
from dataclasses import replace
from itertools import chain, count

import hypothesis
import pytest
from hypothesis import strategies as st

from domain import desk
from domain.award import (
    AcceptOffer,
    ApprovePayment,
    ApproveRecovery,
    CloseAward,
    DeclineOffer,
    OfferAward,
    RaiseRecovery,
    ReleasePayment,
    RequestPayment,
    ReturnPayment,
    ReversePayment,
    SettledBy,
    SettleRecovery,
    TerminateAward,
    Variation,
    VaryAward,
    WriteOffRecovery,
)
from domain.bid import BidApproved, BidSubmitted
from domain.counters import Movement, minor, movements
from domain.funding_round import OpenRound, SetRingFence
from domain.history import Command, Order, Written
from domain.partnership import PartnershipFormed
from domain.programme import BudgetAllocated, ProgrammeEstablished, SchemeEstablished, VaryBudget
from domain.reading import Reading
from domain.values.fact import Fact, Record
from domain.values.ids import AwardId, BidId
from domain.values.money import Money
from domain.values.refusal import Refused
from domain.values.when import When
from tests.kit.examples import ACE, AWARD, EVENTS, OTHER_AWARD, PILOTS, PROGRAMME, ROUND
from tests.kit.spec import MemoryLog, at, gbp

ON = When("2004-06-21")
NAMES = count()
PAYMENTS, REGRANTED = f"{AWARD}/payments", f"{AWARD}/regranted"
FENCE = f"{ROUND}/fence/Evaluation"


def ceiling(change: int) -> list[Movement]:
    """The ceilings of what can be paid on an award and regranted from it change together."""
    return [Movement(counter=PAYMENTS, ceiling=change), Movement(counter=REGRANTED, ceiling=change)]


# The movements, in pence, that the example of each event causes on its stream. Other events move nothing.
MOVES: dict[str, tuple[str, list[Movement]]] = {
    "BudgetAllocated": (PROGRAMME, [Movement(counter=f"{PILOTS}/budget", ceiling=250_000_000)]),
    "BudgetVaried": (PROGRAMME, [Movement(counter=f"{PILOTS}/budget", ceiling=-25_000_000)]),
    "BudgetAssigned": (PROGRAMME, [Movement(counter=f"{PILOTS}/budget", used=150_000_000)]),
    "SchemeFundsCommitted": (PROGRAMME, [Movement(counter=f"{PILOTS}/budget", used=17_500_000)]),
    "SchemeFundsReturned": (PROGRAMME, [Movement(counter=f"{PILOTS}/budget", used=-1_249_950)]),
    "RoundOpened": (ROUND, [Movement(counter=f"{ROUND}/budget", ceiling=150_000_000)]),
    "RingFenceSet": (
        ROUND,
        [Movement(counter=f"{ROUND}/budget", used=25_000_000), Movement(counter=FENCE, ceiling=25_000_000)],
    ),
    "FundsCommitted": (ROUND, [Movement(counter=FENCE, used=17_500_000)]),
    "FundsReturned": (ROUND, [Movement(counter=FENCE, used=-1_249_950)]),
    "AwardOffered": (AWARD, ceiling(17_500_000)),
    "AwardVaried": (AWARD, ceiling(-500_000)),
    "OfferDeclined": (AWARD, ceiling(-17_500_000)),
    "AwardClosed": (AWARD, ceiling(-1_249_950)),
    "AwardTerminated": (AWARD, ceiling(-1_249_950)),
    "UnspentGivenBack": (AWARD, ceiling(-31_025)),
    "FundsRegranted": (AWARD, [Movement(counter=REGRANTED, used=2_500_000)]),
    "RegrantReturned": (AWARD, [Movement(counter=REGRANTED, used=-500_000)]),
    "PaymentRequested": (AWARD, [Movement(counter=PAYMENTS, used=8_750_050)]),
    "ReturnUndone": (AWARD, [Movement(counter=PAYMENTS, used=125_000)]),
    "PaymentReturned": (AWARD, [Movement(counter=PAYMENTS, used=-125_000)]),
    "PaymentReversed": (AWARD, [Movement(counter=PAYMENTS, used=-8_750_050)]),
    "RecoverySettled": (AWARD, [Movement(counter=PAYMENTS, used=-150_000)]),
}


def decided(name: str) -> Fact:
    """The example of this event, as if it had been decided here."""
    return replace(EVENTS[name], source=None)


@pytest.mark.parametrize("name", MOVES)
def test_an_event_that_commits_or_frees_money_moves_its_counters(name: str) -> None:
    stream, moves = MOVES[name]
    assert moves == movements(stream, decided(name))


@pytest.mark.parametrize("name", sorted(EVENTS.keys() - MOVES.keys()))
def test_every_other_event_moves_nothing(name: str) -> None:
    assert [] == movements("stream", decided(name))


@pytest.mark.parametrize("name", sorted(EVENTS.keys() - {"BudgetAllocated", "BudgetVaried"}))
def test_a_fact_that_a_source_states_moves_nothing(name: str) -> None:
    assert EVENTS[name].source is not None
    assert [] == movements(MOVES.get(name, ("stream", []))[0], EVENTS[name])


@pytest.mark.parametrize("name", ["FundsCommitted", "FundsReturned"])
def test_money_committed_outside_all_ring_fences_counts_against_the_budget(name: str) -> None:
    outside = replace(decided(name), ring_fence=None)  # type: ignore[call-arg]
    used = MOVES[name][1][0].used
    assert [Movement(counter=f"{ROUND}/budget", used=used)] == movements(ROUND, outside)


@pytest.mark.parametrize("name", ["BudgetAllocated", "BudgetVaried"])
def test_the_budget_of_the_whole_programme_has_no_counter(name: str) -> None:
    assert [] == movements(PROGRAMME, replace(decided(name), scheme_id=None))  # type: ignore[call-arg]


@pytest.mark.parametrize(
    ("amount", "currency", "units"),
    [
        ("1250.01", "GBP", 125_001),
        ("-0.01", "GBP", -1),
        ("0.00", "GBP", 0),
        ("1250", "JPY", 1250),
        ("1.234", "KWD", 1234),
        ("9999999999999.99", "GBP", 999_999_999_999_999),
    ],
)
def test_counters_count_in_minor_units_of_the_currency(amount: str, currency: str, units: int) -> None:
    assert units == minor(Money.of(amount, currency))


# --- Mistakes found and corrected -------------------------------------------------------------------------------------


BEGUN = [
    *at(
        PROGRAMME,
        ProgrammeEstablished(code="cbp", name="Capacity Building Programme", currency="GBP", on=When("2003")),
        SchemeEstablished(scheme_id=PILOTS, code="cbp-pilots", name="Pilots", kind="pilots", on=When("2003")),
    ),
    *at(
        ACE,
        PartnershipFormed(
            partnership_id=ACE,
            programme_id=PROGRAMME,
            scheme_id=PILOTS,
            code="ace",
            name="ACE",
            kind="pilot",
            on=When("2004-01"),
        ),
    ),
]


def counted(written: list[Written]) -> dict[str, tuple[int, int]]:
    """The ceiling and the use of each counter after these events."""
    counters: dict[str, tuple[int, int]] = {}
    for stream, event in written:
        for move in movements(stream, event):
            most, used = counters.get(move.counter, (0, 0))
            counters[move.counter] = (most + move.ceiling, used + move.used)
    return counters


def submit_all(log: MemoryLog, *commands: Command) -> None:
    """Submit *commands* one after the other; a refused one changes nothing."""
    for command in commands:
        order = Order(command_id=str(next(NAMES)), command=command, said=repr(command), actor="office")
        with suppress(Refused):
            desk.submit(log, order)


def open_round(budget: str) -> OpenRound:
    return OpenRound(
        round_id=ROUND,
        programme_id=PROGRAMME,
        scheme_id=PILOTS,
        code="cbp-pilots-1",
        name="First round",
        budget=gbp(budget),
        on=When("2004-01-05"),
    )


def test_the_budget_that_a_source_states_of_a_scheme_may_be_assigned_to_a_round() -> None:
    log = MemoryLog(*BEGUN)
    stated = replace(EVENTS["BudgetAllocated"], amount=gbp("1000.00"))  # type: ignore[call-arg]
    submit_all(log, Record(stream=PROGRAMME, fact=stated), open_round("1000.00"))
    assert all(used <= most for most, used in counted(log.written).values())


# --- The law ----------------------------------------------------------------------------------------------------------

AWARDS = (AWARD, OTHER_AWARD, AwardId("award-3"), AwardId("award-4"))
BIDS = {award_id: BidId(f"bid-{number}") for number, award_id in enumerate(AWARDS)}


def _bids() -> list[Written]:
    """An approved bid for each award: two in the round, two outside of it."""
    written = []
    for number, bid_id in enumerate(BIDS.values()):
        submitted = BidSubmitted(
            partnership_id=ACE,
            reference=f"B-{number}",
            title="First year",
            requested=gbp("900.00"),
            round_id=ROUND if number < 2 else None,
            on=When("2004-03-29"),
        )
        approved = BidApproved(partnership_id=ACE, approved=gbp("800.00"), on=When("2004-05-10"))
        written += at(bid_id, submitted, approved)
    return written


READY = MemoryLog(
    *BEGUN,
    *at(PROGRAMME, BudgetAllocated(scheme_id=PILOTS, amount=gbp("1800.00"), purpose="Pilots", on=When("2003-11"))),
)
submit_all(READY, open_round("1000.00"), SetRingFence(round_id=ROUND, name="Evaluation", amount=gbp("300.00"), on=ON))
READY = MemoryLog(*READY.written, *_bids())
submit_all(
    READY,
    OfferAward(award_id=AWARD, bid_id=BIDS[AWARD], reference="A-0", amount=gbp("500.00"), on=ON),
    AcceptOffer(award_id=AWARD, on=ON),
    RequestPayment(award_id=AWARD, number=3, amount=gbp("200.00"), on=ON),
    ApprovePayment(award_id=AWARD, number=3, on=ON),
    ReleasePayment(award_id=AWARD, number=3, on=ON),
    OfferAward(award_id=AWARDS[2], bid_id=BIDS[AWARDS[2]], reference="A-2", amount=gbp("500.00"), on=ON),
    AcceptOffer(award_id=AWARDS[2], on=ON),
)
STARTED = READY.written

POUNDS = st.sampled_from(("50.00", "100.00", "150.00", "200.00", "300.00", "500.00", "800.01", "-1.00"))
AMOUNTS = POUNDS.map(gbp)
ANY = st.sampled_from((AWARD, AWARDS[2], AWARD, AWARDS[2], *AWARDS))
NUMBERS = st.integers(min_value=1, max_value=3)
OFFERS = st.builds(
    lambda award_id, amount, ring_fence, funded_from: [
        OfferAward(
            award_id=award_id,
            bid_id=BIDS[award_id],
            reference=award_id,
            amount=amount,
            ring_fence=ring_fence,
            funded_from=funded_from,
            on=ON,
        ),
        AcceptOffer(award_id=award_id, on=ON),
    ],
    st.sampled_from((OTHER_AWARD, AWARDS[3])),
    AMOUNTS,
    st.sampled_from((None, None, "Evaluation")),
    st.sampled_from((None, None, AWARD, AWARDS[2], OTHER_AWARD)),
)
PAID = st.builds(
    lambda award_id, number, amount: [
        RequestPayment(award_id=award_id, number=number, amount=amount, on=ON),
        ApprovePayment(award_id=award_id, number=number, on=ON),
        ReleasePayment(award_id=award_id, number=number, on=ON),
    ],
    ANY,
    NUMBERS,
    AMOUNTS,
)
VARIED = st.builds(
    lambda award_id, number, more, amount: [
        VaryAward(
            award_id=award_id,
            number=number,
            kind=Variation.UPLIFT if more else Variation.REDUCTION,
            change=amount if more else gbp("0.00") - amount,
            because="A partner has joined or left",
            on=ON,
        )
    ],
    ANY,
    NUMBERS,
    st.booleans(),
    AMOUNTS,
)
RECOVERED = st.builds(
    lambda award_id, number, amount, settled: [
        RaiseRecovery(award_id=award_id, number=number, amount=amount, because="Overpaid", on=ON),
        ApproveRecovery(award_id=award_id, number=number, on=ON),
        SettleRecovery(award_id=award_id, number=number, part=1, amount=settled, by=SettledBy.REPAYMENT, on=ON),
        WriteOffRecovery(award_id=award_id, number=number, because="It costs more to collect", on=ON),
    ],
    ANY,
    NUMBERS,
    AMOUNTS,
    AMOUNTS,
)
SINGLE = st.one_of(
    st.builds(
        OfferAward, award_id=ANY, bid_id=ANY.map(BIDS.__getitem__), reference=ANY, amount=AMOUNTS, on=st.just(ON)
    ),
    st.builds(DeclineOffer, award_id=ANY, because=st.just("Needs have changed"), on=st.just(ON)),
    st.builds(RequestPayment, award_id=ANY, number=NUMBERS, amount=AMOUNTS, on=st.just(ON)),
    st.builds(
        ReturnPayment, award_id=ANY, number=NUMBERS, part=NUMBERS, amount=AMOUNTS, because=st.just("-"), on=st.just(ON)
    ),
    st.builds(ReversePayment, award_id=ANY, number=NUMBERS, because=st.just("-"), on=st.just(ON)),
    st.builds(CloseAward, award_id=ANY, on=st.just(ON)),
    st.builds(TerminateAward, award_id=ANY, because=st.just("The partnership has ended"), on=st.just(ON)),
    st.builds(SetRingFence, round_id=st.just(ROUND), name=st.sampled_from("ab"), amount=AMOUNTS, on=st.just(ON)),
    st.builds(
        VaryBudget,
        programme_id=st.just(PROGRAMME),
        scheme_id=st.just(PILOTS),
        change=AMOUNTS | AMOUNTS.map(lambda amount: gbp("0.00") - amount),
        because=st.just("-"),
        on=st.just(ON),
    ),
).map(lambda command: [command])


@hypothesis.given(st.lists(st.one_of(OFFERS, OFFERS, PAID, VARIED, RECOVERED, SINGLE), min_size=8, max_size=16))
def test_every_counter_stays_between_0_and_its_ceiling_and_agrees_with_the_rules(
    decisions: list[list[Command]],
) -> None:
    log = MemoryLog(*STARTED)
    for command in chain.from_iterable(decisions):
        submit_all(log, command)
        assert all(0 <= used <= most for most, used in counted(log.written).values())
    left = {counter: most - used for counter, (most, used) in counted(log.written).items()}
    assert left == _left_by_the_rules(log)


def _left_by_the_rules(log: MemoryLog) -> dict[str, int]:
    """What is left of each counter, according to the rules."""
    reading = Reading(log)
    programme, round_ = reading.programme(PROGRAMME), reading.round(ROUND)
    assert programme is not None
    assert round_ is not None
    available = programme.available(PILOTS)
    assert available is not None
    left = {f"{PILOTS}/budget": minor(available), f"{ROUND}/budget": minor(round_.available())}
    left |= {f"{ROUND}/fence/{name}": minor(round_.available(name)) for name in round_.fences}
    for award_id in AWARDS:
        award = reading.award(award_id)
        if award is not None:
            left[f"{award_id}/payments"] = minor(award.headroom)
            left[f"{award_id}/regranted"] = minor(award.amount - award.regranted)
    return left
