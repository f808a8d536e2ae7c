"""The rules of variations, the only way to change the amount, the budget lines and the end of an award."""

from contextlib import suppress
from dataclasses import replace

import pytest

from domain import award
from domain.award import (
    AwardNotAccepted,
    AwardNotEnded,
    AwardOffered,
    AwardReopened,
    AwardVaried,
    BelowCommitted,
    BudgetLineBelowNothing,
    BudgetLineUnknown,
    ChangeOfWrongKind,
    CurrencyDiffers,
    EndNotLater,
    FundsRegranted,
    InstalmentsAboveAward,
    InstalmentScheduled,
    LineChange,
    LineChangesUnequal,
    NothingToCorrect,
    NumberNotPositive,
    PaymentReturned,
    PaymentReversed,
    ReasonEmpty,
    ReopenAward,
    Variation,
    VariationNumberTaken,
)
from domain.values.money import Money
from domain.values.refusal import Refused
from domain.values.when import When
from tests.kit.awards import (
    ACCEPTED,
    CLOSED,
    CLOSED_ON,
    DECLINED,
    LATER,
    OFFERED,
    ON,
    PAID,
    REQUESTED,
    STATED,
    TERMINATED,
    WHY,
    WITH_LINES,
    line,
    payment,
    request,
    vary,
)
from tests.kit.examples import ACE, AWARD, OTHER_AWARD
from tests.kit.hostile_values import HUGE
from tests.kit.spec import gbp, given


def varied(
    kind: Variation,
    change: str = "0.00",
    *lines: LineChange,
    number: int = 1,
    until: str | None = None,
    corrects: int | None = None,
) -> AwardVaried:
    return AwardVaried(
        partnership_id=ACE,
        number=number,
        kind=kind,
        change=gbp(change),
        lines=lines,
        until=When(until) if until else None,
        because=WHY,
        corrects=corrects,
        on=ON,
    )


def after(offered: AwardOffered, *history: award.Event) -> award.Award:
    state = award.evolve(None, offered)
    for event in (ACCEPTED, *history):
        state = award.evolve(state, event)
    return state


UPLIFT = varied(Variation.UPLIFT, "200.00")

# --- By kind ----------------------------------------------------------------------------------------------------------


def test_an_uplift_adds_money_that_can_be_requested() -> None:
    given(award, OFFERED, ACCEPTED).when(vary(Variation.UPLIFT, "200.00")).then(UPLIFT)
    given(award, OFFERED, ACCEPTED, UPLIFT).when(request(1, gbp("1200.00"))).then(
        replace(REQUESTED, amount=gbp("1200.00"))
    )


def test_a_reduction_lowers_what_can_be_requested() -> None:
    reduction = varied(Variation.REDUCTION, "-200.00")
    given(award, OFFERED, ACCEPTED).when(vary(Variation.REDUCTION, "-200.00")).then(reduction)
    given(award, OFFERED, ACCEPTED, reduction).when(request(1, gbp("800.01"))).refused(
        award.AboveAward, available=gbp("800.00"), wanted=gbp("800.01")
    )


def test_a_reallocation_moves_money_between_lines_and_leaves_the_amount() -> None:
    lines = (line("Staff", "-100.00"), line("Places", "100.00"))
    moved = varied(Variation.REALLOCATION, "0.00", *lines)
    given(award, WITH_LINES, ACCEPTED).when(vary(Variation.REALLOCATION, "0.00", *lines)).then(moved)
    state = after(WITH_LINES, moved)
    assert gbp("1000.00") == state.amount
    assert {"Staff": gbp("500.00"), "Places": gbp("500.00")} == state.lines


def test_an_extension_ends_the_award_later() -> None:
    extension = varied(Variation.EXTENSION, until="2005-09-30")
    given(award, WITH_LINES, ACCEPTED).when(vary(Variation.EXTENSION, until="2005-09-30")).then(extension)
    assert When("2005-09-30") == after(WITH_LINES, extension).until


def test_an_award_without_an_end_may_be_given_one() -> None:
    given(award, OFFERED, ACCEPTED).when(vary(Variation.EXTENSION, until="2005-09-30")).then(
        varied(Variation.EXTENSION, until="2005-09-30")
    )


@pytest.mark.parametrize("until", ["2005-03-30", "2005-03-31", "2004"])
def test_an_extension_must_end_the_award_later(until: str) -> None:
    given(award, WITH_LINES, ACCEPTED).when(vary(Variation.EXTENSION, until=until)).refused(
        EndNotLater, until=When("2005-03-31")
    )


@pytest.mark.parametrize("change", ["100.00", "-100.00", "0.00"])
def test_a_correction_corrects_an_earlier_variation(change: str) -> None:
    given(award, OFFERED, ACCEPTED, UPLIFT).when(vary(Variation.CORRECTION, change, number=2, corrects=1)).then(
        varied(Variation.CORRECTION, change, number=2, corrects=1)
    )


@pytest.mark.parametrize("corrects", [None, 2, 3])
def test_a_correction_names_an_earlier_variation(corrects: int | None) -> None:
    given(award, OFFERED, ACCEPTED, UPLIFT).when(
        vary(Variation.CORRECTION, "100.00", number=2, corrects=corrects)
    ).refused(NothingToCorrect, corrects=corrects)


LINES = (line("Staff", "-1.00"), line("Places", "1.00"))


@pytest.mark.parametrize(
    "command",
    [
        vary(Variation.UPLIFT, "0.00"),
        vary(Variation.UPLIFT, "-0.01"),
        vary(Variation.REDUCTION, "0.00"),
        vary(Variation.REDUCTION, "0.01"),
        vary(Variation.REALLOCATION, "0.01", *LINES),
        vary(Variation.REALLOCATION, "-0.01", *LINES),
        vary(Variation.REALLOCATION, "0.00"),
        vary(Variation.EXTENSION, "0.01", until="2005-09-30"),
        vary(Variation.EXTENSION, "0.00", *LINES, until="2005-09-30"),
        vary(Variation.EXTENSION, "0.00"),
    ],
    ids=lambda command: f"{command.kind.value} {command.change} {len(command.lines)} {command.until}",
)
def test_a_change_must_fit_its_kind(command: award.VaryAward) -> None:
    given(award, WITH_LINES, ACCEPTED).when(command).refused(
        ChangeOfWrongKind, kind=command.kind.value, change=command.change
    )


# --- Of every kind ----------------------------------------------------------------------------------------------------


def test_the_same_variation_given_again_changes_nothing() -> None:
    given(award, OFFERED, ACCEPTED, UPLIFT).when(vary(Variation.UPLIFT, "200.00")).then()


@pytest.mark.parametrize(
    "other",
    [
        vary(Variation.UPLIFT, "200.01"),
        vary(Variation.UPLIFT, "200.00", because="Another reason"),
        vary(Variation.UPLIFT, "200.00", until="2005-09-30"),
        vary(Variation.CORRECTION, "200.00", corrects=1),
        vary(Variation.REDUCTION, "-200.00"),
    ],
    ids=["amount", "reason", "end", "correction", "reduction"],
)
def test_two_variations_do_not_share_a_number(other: award.VaryAward) -> None:
    given(award, OFFERED, ACCEPTED, UPLIFT).when(other).refused(VariationNumberTaken, number=1)


@pytest.mark.parametrize(
    ("history", "status"), [((OFFERED,), "offered"), ((STATED,), "stated")], ids=["offered", "stated"]
)
def test_an_award_is_not_varied_before_it_is_accepted(history: tuple[award.Event, ...], status: str) -> None:
    given(award, *history).when(vary(Variation.UPLIFT, "200.00")).refused(AwardNotAccepted, status=status)


def test_a_variation_has_a_number_from_one_a_reason_and_the_currency_of_the_award() -> None:
    accepted = given(award, OFFERED, ACCEPTED)
    accepted.when(vary(Variation.UPLIFT, "200.00", number=0)).refused(NumberNotPositive, number=0)
    accepted.when(vary(Variation.UPLIFT, "200.00", because=" ")).refused(ReasonEmpty)
    accepted.when(vary(Variation.UPLIFT, Money.of("200.00", "EUR"))).refused(CurrencyDiffers, award="GBP", given="EUR")


# --- Budget lines -----------------------------------------------------------------------------------------------------


def test_budget_lines_change_with_the_award() -> None:
    lines = (line("Staff", "300.00"), line("Places", "-100.00"))
    uplift = varied(Variation.UPLIFT, "200.00", *lines)
    given(award, WITH_LINES, ACCEPTED).when(vary(Variation.UPLIFT, "200.00", *lines)).then(uplift)
    state = after(WITH_LINES, uplift)
    assert gbp("1200.00") == state.amount
    assert {"Staff": gbp("900.00"), "Places": gbp("300.00")} == state.lines


def test_a_budget_line_can_be_reduced_to_0_and_not_below() -> None:
    with_lines = given(award, WITH_LINES, ACCEPTED)
    with_lines.when(vary(Variation.REDUCTION, "-400.00", line("Places", "-400.00"))).then(
        varied(Variation.REDUCTION, "-400.00", line("Places", "-400.00"))
    )
    with_lines.when(vary(Variation.REALLOCATION, "0.00", line("Staff", "400.01"), line("Places", "-400.01"))).refused(
        BudgetLineBelowNothing, line="Places", amount=gbp("400.00")
    )


@pytest.mark.parametrize(
    ("lines", "changes"),
    [
        ((), "0.00"),
        ((line("Staff", "199.99"),), "199.99"),
        ((line("Staff", "200.00"), line("Places", "0.01")), "200.01"),
        ((line("Staff", "100.00"), line("Staff", "100.00")), "200.00"),
    ],
    ids=["none", "too little", "too much", "twice the same"],
)
def test_changes_of_budget_lines_add_up_to_the_change_of_the_award(lines: tuple[LineChange, ...], changes: str) -> None:
    given(award, WITH_LINES, ACCEPTED).when(vary(Variation.UPLIFT, "200.00", *lines)).refused(
        LineChangesUnequal, award=gbp("200.00"), lines=gbp(changes)
    )


@pytest.mark.parametrize("offered", [OFFERED, WITH_LINES], ids=["no lines", "other lines"])
def test_an_unknown_budget_line_is_not_changed(offered: AwardOffered) -> None:
    given(award, offered, ACCEPTED).when(vary(Variation.UPLIFT, "200.00", line("Travel", "200.00"))).refused(
        BudgetLineUnknown, line="Travel"
    )


def test_the_change_of_a_line_is_in_the_currency_of_the_award() -> None:
    euros = LineChange(name="Staff", change=Money.of("200.00", "EUR"))
    given(award, WITH_LINES, ACCEPTED).when(vary(Variation.UPLIFT, "200.00", euros)).refused(
        CurrencyDiffers, award="GBP", given="EUR"
    )


# --- What is committed ------------------------------------------------------------------------------------------------

REGRANTED = FundsRegranted(partnership_id=ACE, award_id=OTHER_AWARD, amount=gbp("400.00"), on=ON)
RETURNED = PaymentReturned(partnership_id=ACE, number=1, part=1, amount=gbp("100.00"), because=WHY, on=LATER)
REVERSED = PaymentReversed(partnership_id=ACE, number=1, amount=gbp("400.00"), was="released", because=WHY, on=ON)


@pytest.mark.parametrize(
    ("history", "committed"),
    [
        ((REQUESTED,), "400.00"),
        (PAID, "400.00"),
        ((*PAID, RETURNED), "300.00"),
        ((*PAID, REVERSED), "0.00"),
        ((REGRANTED,), "400.00"),
        ((*payment(1, "500.00"), REGRANTED), "500.00"),
        ((*payment(1, "300.00"), REGRANTED), "400.00"),
    ],
    ids=["requested", "paid", "returned", "reversed", "regranted", "more paid", "more regranted"],
)
def test_an_award_is_reduced_to_what_is_committed_and_not_below(
    history: tuple[award.Event, ...], committed: str
) -> None:
    bound = given(award, OFFERED, ACCEPTED, *history)
    left = gbp(committed) - gbp("1000.00")
    reduce = replace(vary(Variation.REDUCTION, left), on=LATER)
    bound.when(reduce).then(replace(varied(Variation.REDUCTION), change=left, on=LATER))
    below = left - gbp("0.01")
    bound.when(replace(reduce, change=below)).refused(BelowCommitted, committed=gbp(committed), change=below)


def test_a_correction_does_not_reduce_an_award_below_what_is_committed() -> None:
    given(award, OFFERED, ACCEPTED, UPLIFT, *payment(1, "1100.00")).when(
        vary(Variation.CORRECTION, "-200.00", number=2, corrects=1)
    ).refused(BelowCommitted, committed=gbp("1100.00"), change=gbp("-200.00"))


# --- Mistakes found and corrected -------------------------------------------------------------------------------------


def test_a_huge_uplift_is_refused_or_made_but_does_not_fail() -> None:
    with suppress(Refused):
        award.decide(after(OFFERED), vary(Variation.UPLIFT, HUGE))


def test_no_variation_corrects_an_unknown_variation() -> None:
    given(award, OFFERED, ACCEPTED).when(vary(Variation.UPLIFT, "200.00", corrects=99)).refused(NothingToCorrect)


# --- The end of the award, and what is planned ------------------------------------------------------------------------


def test_an_uplift_may_lengthen_an_award_but_never_shortens_it() -> None:
    ending = replace(OFFERED, until=When("2005-03-31"))
    with_more = vary(Variation.UPLIFT, "100.00", until="2005-06-30")
    given(award, ending, ACCEPTED).when(with_more).then(
        AwardVaried(
            partnership_id=ACE,
            number=1,
            kind=Variation.UPLIFT,
            change=gbp("100.00"),
            until=When("2005-06-30"),
            because=WHY,
            on=with_more.on,
        )
    )
    given(award, ending, ACCEPTED).when(vary(Variation.UPLIFT, "100.00", until="2004-12-31")).refused(
        EndNotLater, until=When("2005-03-31")
    )


def test_a_reduction_may_shorten_an_award() -> None:
    ending = replace(OFFERED, until=When("2005-03-31"))
    shorter = vary(Variation.REDUCTION, "-100.00", until="2004-12-31")
    given(award, ending, ACCEPTED).when(shorter).then(
        AwardVaried(
            partnership_id=ACE,
            number=1,
            kind=Variation.REDUCTION,
            change=gbp("-100.00"),
            until=When("2004-12-31"),
            because=WHY,
            on=shorter.on,
        )
    )


def test_an_award_is_not_reduced_below_its_planned_instalments() -> None:
    planned = InstalmentScheduled(partnership_id=ACE, number=1, amount=gbp("950.00"), due=LATER, on=ON)
    given(award, OFFERED, ACCEPTED, planned).when(vary(Variation.REDUCTION, "-50.01")).refused(
        InstalmentsAboveAward, planned=gbp("950.00"), award=gbp("949.99")
    )


# --- Reopening after the end ------------------------------------------------------------------------------------------


def test_an_award_that_ended_is_reopened_for_a_reason() -> None:
    reopen = ReopenAward(award_id=AWARD, because="A payment was entered wrongly", on=CLOSED_ON)
    reopened = AwardReopened(partnership_id=ACE, because="A payment was entered wrongly", on=CLOSED_ON)
    given(award, OFFERED, ACCEPTED, CLOSED).when(reopen).then(reopened)
    given(award, OFFERED, ACCEPTED, TERMINATED).when(reopen).then(reopened)
    given(award, OFFERED, ACCEPTED, CLOSED).when(replace(reopen, because=" ")).refused(ReasonEmpty)


@pytest.mark.parametrize(
    "history", [(OFFERED,), (OFFERED, ACCEPTED), (OFFERED, DECLINED)], ids=["offered", "standing", "declined"]
)
def test_only_an_award_that_was_closed_or_terminated_is_reopened(history: tuple[award.Event, ...]) -> None:
    given(award, *history).when(ReopenAward(award_id=AWARD, because=WHY, on=CLOSED_ON)).refused(AwardNotEnded)


def test_an_award_that_ended_again_is_reopened_again_even_for_the_same_reason() -> None:
    reopen = ReopenAward(award_id=AWARD, because=WHY, on=CLOSED_ON)
    reopened = AwardReopened(partnership_id=ACE, because=WHY, on=CLOSED_ON)
    closed_again = replace(CLOSED, given_back=gbp("0.00"))
    given(award, OFFERED, ACCEPTED, CLOSED, reopened, closed_again).when(reopen).then(reopened)


def test_an_award_may_be_raised_while_more_is_planned_than_it_has() -> None:
    """It gave back what was planned when it closed, and was reopened since."""
    planned = InstalmentScheduled(partnership_id=ACE, number=1, amount=gbp("1000.00"), due=LATER, on=ON)
    reopened = AwardReopened(partnership_id=ACE, because=WHY, on=LATER)
    uplift = vary(Variation.UPLIFT, "100.00")
    state = award.evolve(None, OFFERED)
    for happened in (ACCEPTED, planned, CLOSED, reopened):
        state = award.evolve(state, happened)
    (event,) = award.decide(state, uplift)
    assert isinstance(event, award.AwardVaried)
    assert gbp("100.00") == event.change
