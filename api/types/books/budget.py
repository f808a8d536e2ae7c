"""The budget of an award in GraphQL: its lines, the strands that it is meant for, and what others contribute to it."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any

import strawberry

from api.answering.shapes import FORM, Made, each
from api.context import Context, Info
from api.contract.enums import enum_of
from api.contract.values import of_line
from domain.award import Towards
from domain.values.financial_year import LineKind
from projections.money import beside

UNITS = "in major units"
SHARE = "In per cent, with one decimal place. null if there is nothing to take a share of."


@strawberry.type(description="What others contribute in cash and in kind. It is in no figure of Funding.")
class Contributed:
    pledged: Decimal = strawberry.field(description=f"The amounts pledged, {UNITS}.")
    received: Decimal = strawberry.field(description=f"The amounts received, {UNITS}, pledged or not.")
    pledged_hours: int = strawberry.field(description="How many hours were pledged.")
    received_hours: int = strawberry.field(description="How many hours were received.")

    @classmethod
    def of(cls, found: beside.Contributed) -> "Contributed":
        """The GraphQL object for *found*."""
        return of_line(cls, found)


@strawberry.type(description="A budget line: what it has, what of it is spent, and what others contribute beside it.")
class BudgetedLine:
    name: str | None = strawberry.field(description="Its name. null for what is spent or contributed beside no line.")
    kind: enum_of(LineKind) | None = strawberry.field(  # type: ignore[valid-type]
        description="What it is for. null if that was not said."
    )
    budgeted: Decimal = strawberry.field(description=f"What the offer gave to it, {UNITS}.")
    varied: Decimal = strawberry.field(description=f"What variations added to it, {UNITS}; negative if they took more.")
    amount: Decimal = strawberry.field(description=f"budgeted plus varied, {UNITS}.")
    spent: Decimal = strawberry.field(description=f"The expenditure reported on it, {UNITS}.")
    left: Decimal | None = strawberry.field(
        description=f"amount less spent, {UNITS}; negative if it is overspent. null for what is beside no line."
    )
    contributed: Contributed = strawberry.field(description="What others contribute beside it.")

    @classmethod
    def of(cls, found: beside.BudgetedLine) -> "BudgetedLine":
        """The GraphQL object for *found*."""
        kind = enum_of(LineKind)(found.kind) if found.kind is not None else None
        return of_line(
            cls, found, kind=kind, amount=found.amount, left=found.left, contributed=Contributed.of(found.contributed)
        )


@strawberry.type(description="A strand of a budget: what it was meant to take, beside what it has and has spent.")
class BudgetedStrand:
    number: int = strawberry.field(description="Its number within the award, from 1.")
    name: str = strawberry.field(description="Its name.")
    lines: list[str] = strawberry.field(description="The budget lines that it is spent on.")
    meant: Decimal = strawberry.field(description=f"What it was meant to take of the budget as that is, {UNITS}.")
    meant_share: Decimal | None = strawberry.field(description=f"The share that it was meant to take. {SHARE}")
    budgeted: Decimal = strawberry.field(description=f"What its lines have, {UNITS}.")
    budgeted_share: Decimal | None = strawberry.field(description=f"The share that its lines have. {SHARE}")
    spent: Decimal = strawberry.field(description=f"What was spent on its lines, {UNITS}.")
    spent_share: Decimal | None = strawberry.field(description=f"The share of all that was spent. {SHARE}")


@strawberry.type(description="What others contribute to one end.")
class ContributedTowards:
    towards: enum_of(Towards) = strawberry.field(description="What it goes to.")  # type: ignore[valid-type]
    contributed: Contributed = strawberry.field(description="What is contributed to it.")


@strawberry.type(description="The budget of an award, with what stands beside it.")
class AwardBudget:
    currency: str | None = strawberry.field(
        description="The ISO 4217 code of the currency of every amount. null if there is none."
    )
    lines: list[BudgetedLine] = strawberry.field(description="Its lines in the order of the offer.")
    strands: list[BudgetedStrand] = strawberry.field(description="The strands that it is meant for, by number.")
    towards: list[ContributedTowards] = strawberry.field(description="What others contribute, by what it goes to.")


async def budget_of(
    context: Context, award_id: str, as_at: date | None = None, known_at: datetime | None = None
) -> AwardBudget:
    """The budget of an award."""
    day, known = await context.moment(as_at, known_at)
    (found,) = await context.lines(beside.budgets_by, "award_id", award_id, by="scope", as_at=day, known=known)
    return AwardBudget(
        currency=found.currency,
        lines=[BudgetedLine.of(one) for one in found.lines],
        strands=[of_line(BudgetedStrand, one) for one in found.strands],
        towards=[
            ContributedTowards(towards=enum_of(Towards)(one), contributed=Contributed.of(found.towards[one]))
            for one in sorted(found.towards)
        ],
    )


def budget(row: str) -> Any:
    """The field with the budget of the award in *row*."""

    async def resolve(
        root: Any, info: Info, as_at: date | None = None, known_at: datetime | None = None
    ) -> AwardBudget:
        return await budget_of(info.context, f"{root.id}", as_at, known_at)

    return strawberry.field(
        resolver=resolve,
        description="Its budget by line, the strands that it is meant for, and what others contribute beside it, as at"
        " the day asAt and as known at the instant knownAt.",
        metadata={FORM: Made(make=each(budget_of), key=f"json_build_array({row}.id)")},
    )
