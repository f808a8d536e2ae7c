"""Budgets, carry-forwards and profiles name financial years of their programme, and no others."""

from dataclasses import replace

import pytest

from domain.across.years import FinancialYearInUse, YearBudgetExceeded
from domain.award import AgreeProfile, ProfileAgreed, ProfileLine
from domain.books import (
    CarriedForward,
    CarriedNotPositive,
    CarriedToEarlierYear,
    CarryForward,
    CarryForwardNumberTaken,
    CarryForwardUnexplained,
    FinancialYearSet,
    FinancialYearUnknown,
    FirstMonthUnknown,
    SetFinancialYear,
    stream_of,
)
from domain.history import Written
from domain.programme import (
    AllocateBudget,
    BudgetAllocated,
    BudgetCurrencyDiffers,
    BudgetVaried,
    ProgrammeUnknown,
    SchemeUnknown,
    VaryBudget,
)
from domain.values.financial_year import Spending
from domain.values.ids import SchemeId
from domain.values.money import Money
from domain.values.when import When
from tests.domain.across.test_grants import PARTNERSHIP
from tests.domain.across.test_grants import PROGRAMME_BEGUN as BEGUN
from tests.kit.awards import OFFERED, ON
from tests.kit.examples import ACE, AWARD, PILOTS, PROGRAMME
from tests.kit.spec import at, gbp, given_log

BOOKS = stream_of(PROGRAMME)
BY_JANUARY = Written(BOOKS, FinancialYearSet(programme_id=PROGRAMME, first_month=1, on=When("2004-01-01")))
CARRIED = CarriedForward(
    programme_id=PROGRAMME, scheme_id=PILOTS, number=1, amount=gbp("400.00"), from_year="2004-05", to_year="2005-06",
    allowed_by="Letter of the funder", because="Two pilots began late", on=When("2005-05-02"),
)  # fmt: skip
CARRY = CarryForward(
    programme_id=PROGRAMME, scheme_id=PILOTS, amount=gbp("400.00"), from_year="2004-05", to_year="2005-06",
    allowed_by="Letter of the funder", because="Two pilots began late", on=When("2005-05-02"), number=1,
)  # fmt: skip


def allocated(amount: str, year: str | None = "2004-05", spending: Spending | None = None) -> BudgetAllocated:
    return BudgetAllocated(
        scheme_id=PILOTS, amount=gbp(amount), purpose="Pilots", year=year, spending=spending, on=When("2004-03-01")
    )


def allocate(year: str | None) -> AllocateBudget:
    return AllocateBudget(
        programme_id=PROGRAMME, scheme_id=PILOTS, amount=gbp("1000.00"), purpose="Pilots", year=year,
        on=When("2004-03-01"),
    )  # fmt: skip


def set_year(month: int) -> SetFinancialYear:
    return SetFinancialYear(programme_id=PROGRAMME, first_month=month, on=When("2004-01-01"))


def test_the_financial_year_begins_in_april_until_another_month_is_set() -> None:
    given_log(*BEGUN).when(set_year(4)).then()
    given_log(*BEGUN).when(set_year(1)).then(BY_JANUARY)
    given_log(*BEGUN, BY_JANUARY).when(set_year(1)).then()
    for month in (0, 13, -1):
        given_log(*BEGUN).when(set_year(month)).refused(FirstMonthUnknown, month=month)
    given_log().when(set_year(1)).refused(ProgrammeUnknown)


def test_the_first_month_stays_once_a_budget_names_a_year() -> None:
    unnamed, named = at(PROGRAMME, allocated("1000.00", None)), at(PROGRAMME, allocated("1000.00"))
    given_log(*BEGUN, *unnamed).when(set_year(1)).then(BY_JANUARY)
    given_log(*BEGUN, *named).when(set_year(1)).refused(FinancialYearInUse, year="2004-05")


def test_a_budget_may_be_for_one_financial_year_of_the_programme() -> None:
    given_log(*BEGUN).when(allocate("2004-05")).then_each_time(Written(PROGRAMME, allocated("1000.00")))
    given_log(*BEGUN).when(allocate(None)).then_each_time(Written(PROGRAMME, allocated("1000.00", None)))
    given_log(*BEGUN).when(allocate("2004")).refused(
        FinancialYearUnknown, year="2004", month="April", example="2004-05"
    )
    given_log(*BEGUN, BY_JANUARY).when(allocate("2004-05")).refused(
        FinancialYearUnknown, year="2004-05", month="January", example="2004"
    )


def vary(change: str, year: str | None = "2004-05") -> VaryBudget:
    return VaryBudget(
        programme_id=PROGRAMME, scheme_id=PILOTS, change=gbp(change), because="Less is needed", year=year,
        on=When("2004-09-01"),
    )  # fmt: skip


def test_no_more_is_taken_from_the_budget_for_a_year_than_is_in_it() -> None:
    two_years = [*BEGUN, *at(PROGRAMME, allocated("1000.00"), allocated("500.00", "2005-06"))]
    less = BudgetVaried(
        scheme_id=PILOTS, change=gbp("-500.00"), because="Less is needed", year="2004-05", on=When("2004-09-01")
    )
    given_log(*two_years).when(vary("-500.00")).then_each_time(Written(PROGRAMME, less))
    given_log(*two_years).when(vary("-1000.01")).refused(
        YearBudgetExceeded, year="2004-05", wanted=gbp("1000.01"), available=gbp("1000.00")
    )
    given_log(*two_years).when(vary("-1.00", "2006-07")).refused(YearBudgetExceeded, available=gbp("0.00"))
    given_log(*two_years).when(vary("1.00", "2006")).refused(FinancialYearUnknown)


def test_what_a_year_leaves_is_carried_to_a_later_year_by_an_authority_for_a_reason() -> None:
    budgeted = [*BEGUN, *at(PROGRAMME, allocated("1000.00"))]
    given_log(*budgeted).when(CARRY).then(Written(BOOKS, CARRIED))
    given_log(*budgeted, Written(BOOKS, CARRIED)).when(replace(CARRY, amount=gbp("1.00"))).refused(
        CarryForwardNumberTaken, number=1
    )
    for missing in ({"allowed_by": " "}, {"because": ""}):
        given_log(*budgeted).when(replace(CARRY, **missing)).refused(CarryForwardUnexplained)  # type: ignore[arg-type]
    for year in ("2004-05", "2003-04"):
        given_log(*budgeted).when(replace(CARRY, to_year=year)).refused(CarriedToEarlierYear, to_year=year)
    given_log(*budgeted).when(replace(CARRY, to_year="2005")).refused(FinancialYearUnknown, year="2005")
    given_log(*budgeted).when(replace(CARRY, number=0)).refused(CarryForwardNumberTaken, number=0)
    given_log(*budgeted).when(replace(CARRY, amount=gbp("0.00"))).refused(CarriedNotPositive, amount=gbp("0.00"))
    given_log(*budgeted).when(replace(CARRY, amount=Money.of("1.00", "EUR"))).refused(BudgetCurrencyDiffers)
    given_log(*budgeted).when(replace(CARRY, scheme_id=SchemeId("scheme-3"))).refused(SchemeUnknown)
    given_log().when(CARRY).refused(ProgrammeUnknown)


def test_no_more_is_carried_forward_than_the_budget_for_the_year_has() -> None:
    budgeted = [*BEGUN, *at(PROGRAMME, allocated("1000.00")), Written(BOOKS, CARRIED)]
    again = replace(CARRY, number=2, amount=gbp("600.00"))
    given_log(*budgeted).when(again).then(Written(BOOKS, replace(CARRIED, number=2, amount=gbp("600.00"))))
    given_log(*budgeted).when(replace(again, amount=gbp("600.01"))).refused(
        YearBudgetExceeded, year="2004-05", wanted=gbp("600.01"), available=gbp("600.00")
    )
    # What was carried to a year can be carried on from there.
    on = replace(CARRY, number=2, from_year="2005-06", to_year="2006-07")
    given_log(*budgeted).when(on).then(
        Written(BOOKS, replace(CARRIED, number=2, from_year="2005-06", to_year="2006-07"))
    )
    given_log(*budgeted).when(replace(on, amount=gbp("400.01"))).refused(
        YearBudgetExceeded, year="2005-06", available=gbp("400.00")
    )


def test_capital_is_carried_forward_from_capital_alone() -> None:
    budgeted = [*BEGUN, *at(PROGRAMME, allocated("400.00", spending=Spending.CAPITAL))]
    given_log(*budgeted).when(CARRY).refused(YearBudgetExceeded, available=gbp("0.00"))
    capital = replace(CARRY, spending=Spending.CAPITAL)
    given_log(*budgeted).when(capital).then(Written(BOOKS, replace(CARRIED, spending=Spending.CAPITAL)))


@pytest.mark.parametrize(("year", "is_known"), [("2004-05", True), ("2004", False), ("2004-06", False)])
def test_a_profile_names_financial_years_of_the_programme(year: str, is_known: bool) -> None:
    lines = (ProfileLine(year=year, amount=gbp("1000.00")),)
    command = AgreeProfile(award_id=AWARD, lines=lines, on=ON)
    asked = given_log(*PARTNERSHIP, *at(AWARD, OFFERED)).when(command)
    if is_known:
        asked.then(Written(AWARD, ProfileAgreed(partnership_id=ACE, lines=lines, on=ON)))
    else:
        asked.refused(FinancialYearUnknown, year=year)
