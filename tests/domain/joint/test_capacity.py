"""A capacity plan has costs in one currency, is approved once, and is funded by a formula that adds up to the penny."""

from decimal import Decimal
from typing import Any

import hypothesis
from hypothesis import strategies as st

from domain import partnership
from domain.entries import EntryTextEmpty, EntryUnknown
from domain.joint import capacity as c
from domain.values.ids import OrganisationId
from domain.values.money import Money, total
from domain.values.when import When
from tests.kit.examples import ACE, CARLISLE, CUMBRIA, EVENTS, IDEA
from tests.kit.spec import gbp, given

FORMED = EVENTS["PartnershipFormed"]
ON = When("2004-08-01")
OF: dict[str, Any] = {"partnership_id": ACE, "number": 1, "on": ON}
SAID: dict[str, Any] = {
    "title": "Community planning", "aims": "Plan together", "baseline": "No joint plan", "audit": "Two can lead",
    "options": ("Courses", "An adviser"),
}  # fmt: skip
FILED = c.CapacityPlanFiled(**SAID, **OF)


def cost(line: str, sort: c.CostSort, amount: Money | None = None) -> c.StatePlanCost:
    return c.StatePlanCost(line=line, sort=sort, amount=amount, **OF)


def stated(line: str, sort: c.CostSort, amount: Money | None = None) -> c.PlanCostStated:
    return c.PlanCostStated(line=line, sort=sort, amount=amount, **OF)


def test_a_plan_has_aims_a_baseline_an_audit_and_options() -> None:
    given(partnership, FORMED).when(c.FileCapacityPlan(**SAID, **OF)).then(FILED)
    for field in ("title", "aims", "baseline", "audit"):
        empty = c.FileCapacityPlan(**SAID | {field: " "}, **OF)
        given(partnership, FORMED).when(empty).refused(EntryTextEmpty, field=field)
    for options in ((), ("Courses", "")):
        none = c.FileCapacityPlan(**SAID | {"options": options}, **OF)
        given(partnership, FORMED).when(none).refused(c.OptionsMissing)


def test_lines_are_estimated_cost_something_in_fact_or_are_left_out() -> None:
    filed = given(partnership, FORMED, FILED)
    estimated = cost("Courses", c.CostSort.ESTIMATED, gbp("400.00"))
    # Two equal costs of one day are two costs: only the command tells a repeat.
    filed.when(estimated).then_each_time(stated("Courses", c.CostSort.ESTIMATED, gbp("400.00")))
    filed.when(cost("Travel", c.CostSort.LEFT_OUT)).then_each_time(stated("Travel", c.CostSort.LEFT_OUT))
    filed.when(cost("Travel", c.CostSort.LEFT_OUT, gbp("1.00"))).refused(c.CostWithoutAmount)
    filed.when(cost("Travel", c.CostSort.ACTUAL)).refused(c.CostWithoutAmount)
    filed.when(cost("Travel", c.CostSort.ACTUAL, gbp("0.00"))).refused(c.CostWithoutAmount, amount=gbp("0.00"))
    given(partnership, FORMED).when(estimated).refused(EntryUnknown, entry="capacity plan 1")
    euros = cost("Courses", c.CostSort.ACTUAL, Money.of("5.00", "EUR"))
    costed = stated("Courses", c.CostSort.ESTIMATED, gbp("400.00"))
    given(partnership, FORMED, FILED, costed).when(euros).refused(c.CostCurrencyDiffers, plan="GBP", given="EUR")


def test_a_plan_is_approved_once_with_the_standard_that_it_meets() -> None:
    approve = c.ApproveCapacityPlan(body="Board", standard="Has all parts", **OF)
    approved = c.CapacityPlanApproved(body="Board", standard="Has all parts", **OF)
    given(partnership, FORMED, FILED).when(approve).then(approved)
    other = c.ApproveCapacityPlan(body="Board", standard="Another", **OF)
    given(partnership, FORMED, FILED, approved).when(other).refused(c.PlanAlreadyApproved, number=1)


def test_a_cost_linked_formula_gives_a_percentage_of_the_estimate() -> None:
    costs = [stated(line, c.CostSort.ESTIMATED, gbp(to)) for line, to in (("Courses", "1000.00"), ("Adviser", "0.05"))]
    spent = stated("Courses", c.CostSort.ACTUAL, gbp("5000.00"))
    half = c.SetFundingFormula(sort=c.FormulaSort.COST_LINKED, percentage=50, **OF)
    # Half of 1,000.05 is 500.025: to the even penny.
    given(partnership, FORMED, FILED, *costs, spent).when(half).then(
        c.FundingFormulaSet(sort=c.FormulaSort.COST_LINKED, percentage=50, amount=gbp("500.02"), **OF)
    )
    given(partnership, FORMED, FILED, spent).when(half).refused(c.NothingEstimated, number=1)
    for percentage in (None, 0, 101):
        wrong = c.SetFundingFormula(sort=c.FormulaSort.COST_LINKED, percentage=percentage, **OF)
        given(partnership, FORMED, FILED, *costs).when(wrong).refused(c.FormulaIncomplete, sort="cost-linked")


def pro_rata(*measures: tuple[OrganisationId, int], whole: Money | None = gbp("100.00"), **more: Any) -> Any:
    of = tuple(c.Measured(organisation_id=one, measure=measure) for one, measure in measures)
    said: dict[str, Any] = {"total": whole, "measure": "population", "measures": of}
    return c.SetFundingFormula(sort=c.FormulaSort.PRO_RATA, **said | more, **OF)


def test_a_formula_pro_rata_divides_a_sum_by_a_measure() -> None:
    filed = given(partnership, FORMED, FILED)
    shares = tuple(
        c.FundedShare(organisation_id=one, measure=1, amount=gbp(to))
        for one, to in ((CARLISLE, "33.34"), (CUMBRIA, "33.33"), (IDEA, "33.33"))
    )
    filed.when(pro_rata((CARLISLE, 1), (CUMBRIA, 1), (IDEA, 1))).then(
        c.FundingFormulaSet(
            sort=c.FormulaSort.PRO_RATA, amount=gbp("100.00"), measure="population", shares=shares, **OF
        )
    )
    for wrong in (
        pro_rata(), pro_rata((CARLISLE, 0)), pro_rata((CARLISLE, 1), (CARLISLE, 2)),
        pro_rata((CARLISLE, 1), whole=None),
        pro_rata((CARLISLE, 1), whole=gbp("0.00")), pro_rata((CARLISLE, 1), measure=" "),
        pro_rata((CARLISLE, 1), percentage=10),
    ):  # fmt: skip
        filed.when(wrong).refused(c.FormulaIncomplete, sort="pro rata")


@hypothesis.given(
    st.integers(1, 10**15 - 1), st.sampled_from(("GBP", "JPY", "KWD")), st.lists(st.integers(1, 2**31 - 1), min_size=1)
)
def test_shares_add_up_to_the_sum_and_none_is_a_unit_away_from_its_measure(
    units: int, currency: str, measures: list[int]
) -> None:
    places = {"GBP": 2, "JPY": 0, "KWD": 3}[currency]
    whole = Money(amount=Decimal(units).scaleb(-places), currency=currency)
    of = tuple(c.Measured(organisation_id=OrganisationId(f"{n}"), measure=one) for n, one in enumerate(measures))
    shares = c.divided(whole, of)
    assert whole == total([one.amount for one in shares], currency)
    for one in shares:
        exact = units * one.measure
        got = int(one.amount.amount.scaleb(places))
        assert abs(got * sum(measures) - exact) < sum(measures)


def test_a_policy_target_says_why_it_fits_or_not() -> None:
    said: dict[str, Any] = {"policy": "Absence", "target": "8 days", "compatible": False, "because": "Other staff"}
    given(partnership, FORMED).when(c.StatePolicyTarget(**said, **OF)).then(c.PolicyTargetStated(**said, **OF))
    unsaid = c.StatePolicyTarget(**said | {"because": ""}, **OF)
    given(partnership, FORMED).when(unsaid).refused(EntryTextEmpty, field="because")
