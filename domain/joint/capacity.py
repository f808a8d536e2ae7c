"""Capacity building plans: what a partnership aims at, what that costs, who approved it, and how it is funded.

The elements of a plan, its standard and the two formulas are those of the Scottish study of 2002 (pages on costs and
standards): cost-linked, by the cost of the plan, and pro rata, by a measure such as population.
"""

from collections.abc import Sequence
from decimal import ROUND_HALF_EVEN, Decimal
from enum import Enum
from typing import TypeAlias, assert_never

from domain.entries import Done, begun, followed, made
from domain.joint.base import OfPartners, OfPartnership
from domain.values.frozen import frozen
from domain.values.ids import OrganisationId, OutcomeId
from domain.values.money import Money, minor_units, total
from domain.values.order import After, Step, Steps
from domain.values.refusal import Refused

# --- Events -----------------------------------------------------------------------------------------------------------


@frozen
class CapacityPlanFiled(OfPartners):
    """The partnership filed a plan to build its capacity.

    *baseline* is where it stands, *audit* what was found of its skills and needs, *options* what it could do. A source
    may state a plan without them.
    """

    title: str
    aims: str | None = None
    baseline: str | None = None
    audit: str | None = None
    options: tuple[str, ...] = ()


class CostSort(Enum):
    """What is said of a cost of a plan."""

    ESTIMATED = "estimated"
    LEFT_OUT = "left_out"
    """It is known that the line costs something, and the estimate leaves it out."""
    ACTUAL = "actual"


@frozen
class PlanCostStated(OfPartners):
    """A *line* of the plan with this number is estimated at an *amount*, costs it in fact, or is left out.

    Several amounts of a line add up.
    """

    line: str
    sort: CostSort
    amount: Money | None = None


@frozen
class CapacityPlanApproved(OfPartners):
    """The plan was approved by a *body*: it meets a *standard*."""

    body: str
    standard: str


class FormulaSort(Enum):
    """How the funding of a plan follows from its cost."""

    COST_LINKED = "cost_linked"
    """A percentage of what the plan is estimated to cost."""
    PRO_RATA = "pro_rata"
    """A sum, divided by a measure of each organisation, such as its population."""


@frozen
class Measured:
    """The *measure* of an organisation, such as its population."""

    organisation_id: OrganisationId
    measure: int


@frozen
class FundedShare:
    """What one organisation gets by a formula."""

    organisation_id: OrganisationId
    measure: int
    amount: Money


@frozen
class FundingFormulaSet(OfPartners):
    """The plan is funded with an *amount*: a *percentage* of its estimate, or a sum by the *measure*.

    *shares* are what each organisation gets of a sum. They add up to it.
    """

    sort: FormulaSort
    amount: Money
    percentage: int | None = None
    measure: str | None = None
    shares: tuple[FundedShare, ...] = ()


@frozen
class PolicyTargetStated(OfPartners):
    """A national policy has this *target*, which the work of the partnership meets or does not fit.

    *outcome_id* is the partnership's own target beside it; *because* says why the two are *compatible* or not.
    """

    policy: str
    target: str
    compatible: bool
    because: str
    outcome_id: OutcomeId | None = None


CapacityEvent: TypeAlias = (
    CapacityPlanFiled | PlanCostStated | CapacityPlanApproved | FundingFormulaSet | PolicyTargetStated
)

_FILED = After(CapacityPlanFiled, mine="number")
STEPS: Steps = {
    CapacityPlanFiled: Step("capacity plan {number}"),
    PlanCostStated: Step("cost of capacity plan {number}", (_FILED,)),
    CapacityPlanApproved: Step("approval of capacity plan {number}", (_FILED,)),
    FundingFormulaSet: Step("funding formula of capacity plan {number}", (_FILED,)),
    PolicyTargetStated: Step("policy target {number}"),
}

# --- Commands ---------------------------------------------------------------------------------------------------------


@frozen
class FileCapacityPlan(OfPartnership):
    """File a capacity building plan of a partnership, with its aims, baseline, audit and options.

    *aims* are what it wants to reach. *baseline* is where it stands. *audit* is what was found of its skills and needs.
    *options* are what it could do.
    """

    number: int | None = None
    title: str
    aims: str
    baseline: str
    audit: str
    options: tuple[str, ...]


@frozen
class StatePlanCost(OfPartnership):
    """State what a line of a capacity building plan is estimated to cost, what it costs, or that it is left out.

    *line* is the line of the plan. *sort* tells an estimate from an actual cost, and from a cost that is left out.
    *amount* is what is added to the line; leave it out of a cost that is left out.
    """

    number: int
    line: str
    sort: CostSort
    amount: Money | None = None


@frozen
class ApproveCapacityPlan(OfPartnership):
    """Approve a capacity building plan, and say which standard it meets.

    *body* is the body that approves it. *standard* is the standard of quality that it meets.
    """

    number: int
    body: str
    standard: str


@frozen
class SetFundingFormula(OfPartnership):
    """Set the formula by which a capacity building plan is funded.

    *percentage* is the part of the estimate that a cost-linked formula gives, from 1 to 100. *total* is the sum that a
    formula pro rata divides. *measure* is what it is divided by, such as population. *measures* have the measure of
    each organisation.
    """

    number: int
    sort: FormulaSort
    percentage: int | None = None
    total: Money | None = None
    measure: str | None = None
    measures: tuple[Measured, ...] = ()


@frozen
class StatePolicyTarget(OfPartnership):
    """State a target of national policy beside the partnership's own, and whether the two fit.

    *policy* is the policy. *target* is its target. *compatible* is whether both can be met. *outcome_id* is the
    partnership's own target. *because* says why they fit, or why not.
    """

    number: int | None = None
    policy: str
    target: str
    compatible: bool
    because: str
    outcome_id: OutcomeId | None = None


CapacityCommand: TypeAlias = (
    FileCapacityPlan | StatePlanCost | ApproveCapacityPlan | SetFundingFormula | StatePolicyTarget
)

# --- Rules ------------------------------------------------------------------------------------------------------------


class OptionsMissing(Refused):
    """The plan has no options, or one of them is empty. Say what the partnership could do."""


class CostWithoutAmount(Refused):
    """The cost has no amount, or is {amount}. An estimate and an actual cost are more than 0, and a cost that is left
    out has no amount.
    """


class CostCurrencyDiffers(Refused):
    """The plan is in {plan}, but the cost is in {given}. All costs of a plan are in one currency."""


class FormulaIncomplete(Refused):
    """The {sort} formula lacks what it needs. A cost-linked formula has a percentage from 1 to 100; a formula pro rata
    has a sum, a measure, and the measures of organisations, each named once and more than 0.
    """


class NothingEstimated(Refused):
    """Capacity plan {number} has no estimate. A cost-linked formula needs one."""


class PlanAlreadyApproved(Refused):
    """Capacity plan {number} is approved already. Its standard is not changed."""


def decide(done: Done, command: CapacityCommand) -> list[CapacityEvent]:
    """The events that *command* leads to. Raises the Refused subclass of the rule that it breaks."""
    match command:
        case FileCapacityPlan():
            return [*begun(STEPS, done, made(CapacityPlanFiled, done, command), _with_options)]
        case StatePlanCost():
            return [*followed(STEPS, done, made(PlanCostStated, done, command), CapacityPlanFiled, _costed, again=True)]
        case ApproveCapacityPlan():
            approved = made(CapacityPlanApproved, done, command)
            return [*followed(STEPS, done, approved, CapacityPlanFiled, _approved_once)]
        case SetFundingFormula():
            return [*followed(STEPS, done, funded(done, command), CapacityPlanFiled)]
        case StatePolicyTarget():
            return [*begun(STEPS, done, made(PolicyTargetStated, done, command))]
        case _:
            assert_never(command)


def _with_options(_: Done, event: CapacityPlanFiled) -> None:
    if not event.options or not all(option.strip() for option in event.options):
        raise OptionsMissing


def _costed(done: Done, event: PlanCostStated) -> None:
    amount = event.amount
    if (event.sort is CostSort.LEFT_OUT) != (amount is None) or (amount is not None and not amount.is_positive):
        raise CostWithoutAmount(amount=amount if amount is not None else "not given")
    if amount is not None:
        for one in _amounts(done, event.number):
            if one.currency != amount.currency:
                raise CostCurrencyDiffers(plan=one.currency, given=amount.currency)


def _amounts(done: Done, number: int, *sorts: CostSort) -> list[Money]:
    """The amounts of a plan, of these *sorts* or of all."""
    return [
        one.amount
        for one in done
        if isinstance(one, PlanCostStated) and one.number == number and one.amount is not None
        if not sorts or one.sort in sorts
    ]


def _approved_once(done: Done, event: CapacityPlanApproved) -> None:
    if any(isinstance(one, CapacityPlanApproved) and one.number == event.number for one in done):
        raise PlanAlreadyApproved(number=event.number)


def funded(done: Done, command: SetFundingFormula) -> FundingFormulaSet:
    """The funding of a plan by a formula. Raises FormulaIncomplete and NothingEstimated."""
    shares: tuple[FundedShare, ...] = ()
    if command.sort is FormulaSort.COST_LINKED:
        amount = _of_estimate(done, command)
    else:
        amount, shares = _of_sum(command)
    return FundingFormulaSet(
        partnership_id=command.partnership_id,
        number=command.number,
        sort=command.sort,
        amount=amount,
        percentage=command.percentage,
        measure=command.measure,
        shares=shares,
        on=command.on,
    )


def _of_estimate(done: Done, command: SetFundingFormula) -> Money:
    """The percentage of the estimate, rounded to the smallest unit of its currency, half to even."""
    percentage = command.percentage
    if percentage is None or not 1 <= percentage <= 100 or command.total or command.measure or command.measures:
        raise FormulaIncomplete(sort="cost-linked")
    amounts = _amounts(done, command.number, CostSort.ESTIMATED)
    if not amounts:
        raise NothingEstimated(number=command.number)
    estimate = total(amounts, amounts[0].currency)
    unit = Decimal(1).scaleb(-minor_units(estimate.currency))
    part = (estimate.amount * percentage / 100).quantize(unit, ROUND_HALF_EVEN)
    return Money(amount=part, currency=estimate.currency)


def _of_sum(command: SetFundingFormula) -> tuple[Money, tuple[FundedShare, ...]]:
    named = [one.organisation_id for one in command.measures]
    positive = all(one.measure > 0 for one in command.measures)
    if (
        command.total is None
        or not command.total.is_positive
        or not (command.measure or "").strip()
        or not named
        or len(set(named)) != len(named)
        or not positive
        or command.percentage is not None
    ):
        raise FormulaIncomplete(sort="pro rata")
    return command.total, divided(command.total, command.measures)


def divided(whole: Money, measures: Sequence[Measured]) -> tuple[FundedShare, ...]:
    """*whole*, divided by the *measures*, which are more than 0. The shares add up to it exactly.

    Each has what its measure gives, cut to the smallest unit of the currency. What is left goes, a unit each, to those
    of whom most was cut off: the method of the largest remainder.
    """
    unit = Decimal(1).scaleb(-minor_units(whole.currency))
    units, of = int(whole.amount / unit), sum(one.measure for one in measures)
    cut = [units * one.measure // of for one in measures]
    first = sorted(range(len(cut)), key=lambda nth: (-(units * measures[nth].measure % of), nth))[: units - sum(cut)]
    return tuple(
        FundedShare(
            organisation_id=one.organisation_id,
            measure=one.measure,
            amount=Money(amount=(cut[nth] + (nth in first)) * unit, currency=whole.currency),
        )
        for nth, one in enumerate(measures)
    )
