"""No figure of an award is less than 0 as at any date, in whatever order its steps are entered."""

import random
from collections import Counter
from dataclasses import replace
from typing import Any

import pytest

from domain import award
from domain.award import AwardVaried, FigureNegativeAsAt, PaymentReleased, Variation
from domain.award.as_at import HELD, below_zero, never_negative
from domain.values.money import Money, total
from domain.values.refusal import Refused
from domain.values.when import When
from projections.money.accounts import entries
from tests.kit.awards import ACCEPTED, OFFERED, claim, give_back, payment, recover, vary
from tests.kit.examples import ACE, AWARD, EVENTS
from tests.kit.spec import gbp, given

BEGUN = (OFFERED, ACCEPTED)


def dated(events: tuple[award.Event, ...], on: str) -> tuple[award.Event, ...]:
    return tuple(replace(event, on=When(on)) for event in events)


MAY, JULY = dated(payment(1, "400.00"), "2004-05-30"), dated(payment(2, "400.00"), "2004-07-30")


def test_a_recovery_does_not_claim_what_was_paid_only_later() -> None:
    early = replace(claim(gbp("400.01")), on=When("2004-06-15"))
    given(award, *BEGUN, *MAY, *JULY).when(early).refused(FigureNegativeAsAt)
    assert award.decide(_state(*BEGUN, *MAY, *JULY), replace(early, on=When("2004-07-30")))
    assert award.decide(_state(*BEGUN, *MAY, *JULY), replace(early, amount=gbp("400.00")))


def test_pence_that_came_in_count_until_a_loss_and_pence_that_went_out_are_a_loss() -> None:
    """400.00 and 0.50 are paid in May: 400.50 can be claimed back in June, and a penny more cannot."""
    pence = dated(payment(2, "0.50"), "2004-05-30")
    june = replace(claim(gbp("400.50")), on=When("2004-06-15"))
    assert award.decide(_state(*BEGUN, *MAY, *pence, *dated(payment(3, "9.00"), "2004-07-30")), june)
    later = _state(*BEGUN, *MAY, *pence, *dated(payment(3, "9.00"), "2004-07-30"))
    with pytest.raises(FigureNegativeAsAt):
        award.decide(later, replace(june, amount=gbp("400.51")))


def test_a_loss_is_found_as_at_its_own_day_though_a_later_one_finds_the_money_there() -> None:
    """1,000.00 are there: 1,050.00 go out on the first, 60.00 come back on the fifth, 1.00 goes out on the tenth."""
    out, last = (
        replace(payment(number, amount)[-1], on=When(on))
        for number, amount, on in ((1, "1050.00", "2004-07-01"), (2, "1.00", "2004-07-10"))
    )
    back = award.PaymentReturned(
        partnership_id=ACE, number=1, part=1, amount=gbp("60.00"), because="b", on=When("2004-07-05")
    )
    below = below_zero([OFFERED], [out, back, last])
    assert below is not None
    assert (out.on, gbp("-50.00").amount, "GBP") == (below.on, below.amount, below.currency)


def test_an_award_is_not_reduced_before_the_day_on_which_the_money_came_back() -> None:
    back = award.PaymentReturned(
        partnership_id=ACE, number=1, part=1, amount=gbp("100.00"), because="b", on=When("2004-08-30")
    )
    early = replace(vary(Variation.REDUCTION, "-700.00"), on=When("2004-08-29"))
    given(award, *BEGUN, *MAY, back).when(early).refused(FigureNegativeAsAt)
    assert award.decide(_state(*BEGUN, *MAY, back), replace(early, on=When("2004-08-30")))


def test_a_payment_is_not_released_before_the_uplift_that_pays_for_it() -> None:
    uplift = replace(EVENTS["AwardVaried"], number=1, change=gbp("500.00"), lines=(), on=When("2004-09-01"))  # type: ignore[call-arg]
    approved = dated(payment(1, "1500.00", "approved"), "2004-08-31")
    release = award.ReleasePayment(award_id=AWARD, number=1, on=When("2004-08-31"))
    given(award, *BEGUN, uplift, *approved).when(release).refused(FigureNegativeAsAt)
    assert award.decide(_state(*BEGUN, uplift, *approved), replace(release, on=When("2004-09-01")))


def test_a_date_known_in_part_gets_the_benefit_of_the_doubt() -> None:
    early = replace(claim(gbp("800.00")), on=When("2004-07"))
    assert award.decide(_state(*BEGUN, *MAY, *JULY), early)


def _state(*events: Any) -> award.Award:
    state: award.Award | None = None
    for event in events:
        state = award.evolve(state, event)
    assert state is not None
    return state


def any_command(chance: random.Random, today: int) -> award.Command:
    """A step of a payment, a recovery or the award itself: most of them on this day of June, the others on any."""
    day = today if chance.random() < 0.6 else chance.randint(1, 9)
    amount, on = gbp(chance.choice(["100.00", "300.00", "600.00"])), When(f"2004-06-0{day}")
    of: dict[str, Any] = {"award_id": AWARD, "on": on}
    numbered: dict[str, Any] = {**of, "number": chance.randint(1, 3)}
    commands: list[Any] = [
        award.RequestPayment(**numbered, amount=amount),
        award.ApprovePayment(**numbered),
        award.ReleasePayment(**numbered),
        award.ReturnPayment(**numbered, amount=gbp("100.00"), because="b"),
        award.ReversePayment(**numbered, because="b"),
        award.RaiseRecovery(**numbered, amount=gbp("100.00"), because="b"),
        *[award.ApproveRecovery(**numbered)] * 2,
        *[replace(recover(gbp("50.00")), **numbered, part=None)] * 2,
        award.WriteOffRecovery(**numbered, because="b"),
        replace(vary(Variation.REDUCTION, Money.zero("GBP") - amount), **of, number=None),
        replace(vary(Variation.UPLIFT, amount), **of, number=None),
    ] + [award.CloseAward(**of), award.ReopenAward(**of, because="b")] * (chance.random() < 0.2)
    command: award.Command = chance.choice(commands)
    return command


def live(chance: random.Random) -> list[award.Event]:
    """The events of an award that was given many such commands."""
    history: list[award.Event] = [replace(one, on=When("2004-06-01")) for one in BEGUN]
    state = _state(*history)
    for nth in range(270):
        try:
            events = award.decide(state, any_command(chance, 1 + nth // 30))
        except Refused:
            continue
        for event in events:
            state = award.evolve(state, event)
        history += events
    return history


def test_no_figure_is_negative_as_at_any_day_after_any_commands() -> None:
    reached: Counter[str] = Counter()
    for seed in range(100):
        history = live(random.Random(seed))
        reached.update(type(event).__name__ for event in history)
        for day in range(1, 10):
            books: Counter[str] = Counter()
            for event in history:
                if event.on.text <= f"2004-06-0{day}":
                    for entry in entries(event):
                        books[entry.debit.value] += int(entry.amount.amount)
                        books[entry.credit.value] -= int(entry.amount.amount)
            paid, back = books["paid"], -books["returned"]
            assert 0 <= back <= paid <= books["awarded"] + back, (day, books, history)
            assert min(books["payable"], books["recoverable"], books["awarded"]) >= 0, (day, books, history)
    wanted = (
        "PaymentReleased", "PaymentReturned", "PaymentReversed", "RecoveryRaised", "RecoverySettled", "AwardVaried",
        "AwardClosed", "RecoveryWrittenOff",
    )  # fmt: skip
    assert {} == {name: reached[name] for name in wanted if reached[name] < 20}


WHENS = (
    "2004-06-01",
    "2004-06-02",
    "2004-06-30",
    "2004-06",
    "2004-06~",
    "2004",
    "2004-05/2004-06",
    "2004-06/..",
    "unknown",
)


def a_change(chance: random.Random, number: int) -> Any:
    """A payment or a return of 1 to 3 pounds, at a date that may be known in part."""
    kind: Any = chance.choice((award.PaymentReleased, award.PaymentReturned))
    of: dict[str, Any] = {"amount": gbp(f"{chance.randint(1, 3)}.00"), "number": number}
    return replace(EVENTS[kind.__name__], **of, on=When(chance.choice(WHENS)))


def is_held(event: Any, day: When) -> bool:
    """Whether *event* counts as at *day*: money came in if it may have, and went out if it surely has."""
    if isinstance(event, award.PaymentReleased):
        return event.on.may_precede(day)
    return surely_by(event.on, day)


def surely_by(on: When, day: When) -> bool:
    return on == day or (on.latest is not None and day.earliest is not None and on.latest <= day.earliest)


def test_what_is_held_is_added_up_as_its_definition_says_for_dates_known_in_part() -> None:
    found = Counter[bool]()
    for seed in range(3_000):
        chance = random.Random(seed)
        history: list[Any] = [a_change(chance, number) for number in range(chance.randint(0, 8))]
        new = replace(a_change(chance, 9), on=When(chance.choice(WHENS)))
        losses = {event.on for event in (*history, new) if isinstance(event, award.PaymentReturned)}
        held = {
            day: sum(
                int(event.amount.amount) * (1 if isinstance(event, award.PaymentReleased) else -1)
                for event in (*history, new)
                if is_held(event, day)
            )
            for day in losses
            if surely_by(new.on, day)
        }
        wanted = isinstance(new, award.PaymentReturned) and any(left < 0 for left in held.values())
        below = below_zero(history, [new]) if isinstance(new, award.PaymentReturned) else None
        assert (below is not None and below.figure == HELD) == wanted, (history, new, held)
        if below is not None:
            assert below.amount == held[below.on], (history, new, held)
        found[wanted] += 1
    assert min(found[True], found[False]) > 300, found


def test_control_a_return_dated_before_its_payment_would_make_a_figure_negative() -> None:
    back = replace(give_back(gbp("100.00")), on=When("2004-05-29"))
    with pytest.raises(Refused):
        award.decide(_state(*BEGUN, *MAY), back)


# --- Returns at the bank ----------------------------------------------------------------------------------------------

DAYS = [f"2004-08-{day:02}" for day in range(1, 29)]


def rematched(chance: random.Random) -> list[award.Event]:
    """Entries of the bank that bring money back are matched, undone and matched again, each on a later day."""
    history: list[award.Event] = [*BEGUN, *dated(payment(1, "400.00"), "2004-05-30")]
    history += dated(payment(2, "400.00"), "2004-07-30")
    state = _state(*history)
    for day in DAYS[5:]:
        entry = chance.choice(["a", "b", "c"])
        of: dict[str, Any] = {"award_id": AWARD, "entry_id": f"entry-{entry}", "number": chance.randint(1, 2)}
        booked = When(DAYS["abc".index(entry)])
        back = award.MatchReturn(**of, amount=gbp("200.00"), part=None, because="b", on=booked)
        undo = award.UndoMatch(**of, because="b", on=When(day))
        taken = any(of["entry_id"] in one.matches for one in state.payments.values())
        try:
            events = award.decide(state, undo if taken else back)
        except Refused:
            continue
        for event in events:
            state = award.evolve(state, event)
        history += events
    return history


def returned(history: list[award.Event], day: str) -> Money:
    """What came back by a day, by the postings."""
    booked = [entry for event in history if event.on.text <= day for entry in entries(event)]
    sums = [
        entry.amount if entry.credit.value == "returned" else Money.zero("GBP") - entry.amount
        for entry in booked
        if "returned" in (entry.credit.value, entry.debit.value)
    ]
    return total(sums, "GBP")


def test_a_return_that_is_matched_again_came_back_once_as_at_every_day() -> None:
    undone = 0
    for seed in range(50):
        history = rematched(random.Random(seed))
        gone = {(one.number, one.part) for one in history if isinstance(one, award.ReturnUndone)}
        back = [one for one in history if isinstance(one, award.PaymentReturned) and (one.number, one.part) not in gone]
        for day in DAYS:
            stands = total([one.amount for one in back if one.on.text <= day], "GBP")
            assert stands == returned(history, day), (seed, day)
            assert stands <= gbp("600.00")
        undone += len(gone)
    assert undone > 100


def test_control_a_return_that_is_undone_only_later_counts_twice_until_then() -> None:
    history = rematched(random.Random(0))
    late = [replace(one, on=When("2004-08-28")) if isinstance(one, award.ReturnUndone) else one for one in history]
    assert any(returned(late, day) > returned(history, day) for day in DAYS)


def released(amount: str, on: str, number: int = 1) -> PaymentReleased:
    return PaymentReleased(partnership_id=ACE, number=number, amount=gbp(amount), on=When(on))


def test_a_figure_that_was_negative_before_does_not_hinder_a_later_step() -> None:
    """The first payment was recorded before there was a rule: it is dated before the offer."""
    history: list[award.Event] = [OFFERED, released("400.00", "2004-05-10")]
    never_negative(history, [released("600.00", "2004-06-01", 2)])
    with pytest.raises(FigureNegativeAsAt):
        never_negative(history, [released("600.01", "2004-06-01", 2)])
    with pytest.raises(FigureNegativeAsAt):
        never_negative(history, [released("1.00", "2004-05-11", 2)])


def test_what_left_in_a_month_counts_on_its_last_day_and_what_came_in_on_its_first() -> None:
    month: list[award.Event] = [OFFERED, released("600.00", "2004-05")]
    raised: list[award.Event] = [OFFERED, varied("200.00", "2004-06")]
    never_negative(month, [released("600.00", "2004-05-30", 2), varied("200.00", "2004-06-30")])
    with pytest.raises(FigureNegativeAsAt):
        never_negative(month, [released("600.00", "2004-05-31", 2), varied("200.00", "2004-06-30")])
    never_negative(raised, [released("1200.00", "2004-06-01")])
    with pytest.raises(FigureNegativeAsAt):
        never_negative(raised, [released("1200.00", "2004-05-31")])


def varied(change: str, on: str) -> AwardVaried:
    return AwardVaried(
        partnership_id=ACE, number=1, kind=Variation.UPLIFT, change=gbp(change), because="More work", on=When(on)
    )
