"""Financial years in GraphQL: the ladder by year and quarter, budgets for years, and what a year ends with."""

from collections.abc import Awaitable, Callable
from datetime import date, datetime
from decimal import Decimal
from enum import Enum
from typing import TYPE_CHECKING, Annotated, Any

import strawberry

from api.answering.shapes import FORM, Made, Rows, each, written
from api.context import Context, Info
from api.contract.enums import enum_of
from api.contract.errors import FORBIDDEN, Problem, visible
from api.contract.scalars import LogPosition
from api.contract.values import Money, When, of_line
from api.types.funding import clocks_of
from api.types.log.audit import AuditEntry, event_at, event_of
from domain.values import money as amounts
from domain.values.financial_year import Spending, month_called
from domain.values.money import minor_units
from projections.money import budgets, by_year
from projections.money.years import YearBudgetLine

if TYPE_CHECKING:
    from api.types.awards import Award
    from api.types.partnerships import Scheme

UNITS = "in major units of the currency"
AwardType = Annotated["Award", strawberry.lazy("api.types.awards")]
SchemeType = Annotated["Scheme", strawberry.lazy("api.types.partnerships")]


@strawberry.enum(description="Whether figures are shown by financial year or by quarter of one.")
class PeriodOf(Enum):
    YEAR = "year"
    QUARTER = "quarter"


# --- The ladder by year -----------------------------------------------------------------------------------------------


@strawberry.type(
    description="What was added to each figure of Funding within a financial year or a quarter, in major units."
)
class FundingPeriod:
    name: str | None = strawberry.field(
        description="2004-05 or 2004-05 Q1. null for what no source dates, which is in no period."
    )
    year: str | None = strawberry.field(description="The financial year, such as 2004-05.")
    quarter: int | None = strawberry.field(description="The number of the quarter, from 1 to 4. null for a whole year.")
    starts: date | None = strawberry.field(description="The first day of the period.")
    ends: date | None = strawberry.field(description="The last day of the period.")
    requested: Decimal = strawberry.field(description="What was requested in bids, in major units.")
    approved: Decimal = strawberry.field(description="What was approved of bids, in major units.")
    awarded: Decimal = strawberry.field(description="What was awarded, with variations, in major units.")
    payable: Decimal = strawberry.field(
        description="What was approved for payment less what was released, in major units."
    )
    paid: Decimal = strawberry.field(description="What was released, less reversals, in major units.")
    returned: Decimal = strawberry.field(description="What came back, in major units.")
    spent: Decimal = strawberry.field(description="What was reported as spent, in major units.")
    recoverable: Decimal = strawberry.field(
        description="What became recoverable less what was settled or written off, in major units."
    )
    available: Decimal = strawberry.field(description="awarded less paid plus returned, in major units.")
    held: Decimal = strawberry.field(description="paid less returned less spent, in major units.")
    budget: Decimal | None = strawberry.field(
        description="What was allocated by a decision of the period, whatever year it is for, in major units."
        " yearBudgets has the budget for each year. null without a budget."
    )
    committed: Decimal | None = strawberry.field(
        description="What awards took from the budget, in major units. null without a budget."
    )
    free: Decimal | None = strawberry.field(description="budget less committed, in major units. null without a budget.")

    @classmethod
    def of(cls, found: by_year.PeriodFigures) -> "FundingPeriod":
        """The GraphQL object for *found*."""
        period = found.period
        missing: dict[str, Any] = dict.fromkeys(("budget", "committed", "free"))
        return cls(
            name=period.name if period is not None else None,
            year=period.year if period is not None else None,
            quarter=period.quarter if period is not None else None,
            starts=period.days.starts if period is not None else None,
            ends=period.days.ends if period is not None else None,
            **(missing | found.figures),
        )


@strawberry.type(
    description="Funding figures by financial year or quarter: what took effect by asAt, as known at knownAt. The rows"
    " add up to Funding. A date known to the month or year is in the period of its last day."
)
class FundingYears:
    currency: str = strawberry.field(description="The ISO 4217 code of the currency of every amount.")
    as_at: date
    position: LogPosition = strawberry.field(description="The last position of the log that the figures include.")
    first_month: int = strawberry.field(
        description="The number of the month in which the financial years of the programme begin: 4 is April."
    )
    periods: list[FundingPeriod] = strawberry.field(
        description="The periods in which anything was added, in their order. What is not dated comes last."
    )


async def years_of(
    context: Context,
    column: str,
    scope: str,
    as_at: date | None = None,
    known_at: datetime | None = None,
    by: PeriodOf = PeriodOf.YEAR,
) -> FundingYears:
    """The figures by year of the scope whose id is in *column*."""
    found = await _line(context, by_year.years_by, column, scope, as_at, known_at, quarters=by is PeriodOf.QUARTER)
    return FundingYears(
        currency=found.line.currency,
        as_at=found.line.as_at,
        position=LogPosition(found.line.position),
        first_month=found.first_month,
        periods=[FundingPeriod.of(one) for one in found.periods],
    )


def years(column: str, row: str) -> Any:
    """The field with the figures by year of the scope in *row*, whose id is in *column*."""

    async def resolve(
        root: Any,
        info: Info,
        as_at: date | None = None,
        known_at: datetime | None = None,
        by: Annotated[
            PeriodOf, strawberry.argument(description="Whether each row is a financial year or a quarter.")
        ] = PeriodOf.YEAR,
    ) -> FundingYears:
        return await years_of(info.context, column, f"{root.id}", as_at, known_at, by)

    return strawberry.field(
        resolver=resolve,
        description="Its funding figures by financial year or quarter, as at the day asAt and as known at the instant"
        " knownAt. They add up to funding.",
        metadata=_made(years_of, column, row),
    )


def _made(make: Callable[..., Awaitable[Any]], column: str, row: str) -> dict[Any, Any]:
    """The form of a field that *make* makes for the scope in *row*."""
    return {FORM: Made(make=each(make), key=f"json_build_array('{column}'::text, {row}.id)")}


async def _line(
    context: Context,
    reader: Callable[..., Awaitable[Any]],
    column: str,
    scope: str,
    as_at: date | None,
    known_at: datetime | None,
    **options: Any,
) -> Any:
    """What *reader* finds for a scope with a ladder. Raises Problem where the reader of the answer may not read it."""
    clocks = await clocks_of(context, as_at, known_at)
    found = await context.lines(reader, column, scope, by="scope", **clocks, **options)
    if not found and context.is_limited:
        raise Problem("Your roles do not let you read this funding. They hold in other places.", FORBIDDEN)
    return visible(found[0] if found else None, "funding")


# --- Budgets for years ------------------------------------------------------------------------------------------------


@strawberry.type(description="The budget for a financial year, in major units of the programme's currency.")
class YearBudget:
    year: str | None = strawberry.field(description="The financial year. null for the budget that names none.")
    allocated: Decimal = strawberry.field(description=f"What was allocated for the year, with later changes, {UNITS}.")
    carried_in: Decimal = strawberry.field(description=f"What was carried forward to it from earlier years, {UNITS}.")
    carried_out: Decimal = strawberry.field(description=f"What was carried forward from it to later years, {UNITS}.")
    budget: Decimal = strawberry.field(description="allocated plus carriedIn less carriedOut, in major units.")
    capital: Decimal = strawberry.field(description="The part of the budget that is for capital, in major units.")
    revenue: Decimal = strawberry.field(description="The part of the budget that is for revenue, in major units.")
    paid: Decimal = strawberry.field(description="What was paid in the year less what came back, in major units.")
    left: Decimal = strawberry.field(description="What the year leaves: budget less paid, in major units.")

    @classmethod
    def of(cls, found: budgets.YearBudget) -> "YearBudget":
        """The GraphQL object for *found*."""
        return of_line(cls, found, **found.by_spending)


@written(
    "carried",
    scheme=Rows("schemes WHERE schemes.id = carried.scheme_id"),
    event=event_of("carried.position::bigint"),
)
@strawberry.type(description="A decision that moved part of the budget for one financial year to a later year.")
class CarryForward:
    number: int = strawberry.field(description="Its number within the programme, from 1.")
    amount: Money = strawberry.field(description="What was carried forward.")
    from_year: str = strawberry.field(description="The financial year that left it.")
    to_year: str = strawberry.field(description="The financial year that it was carried to.")
    spending: enum_of(Spending) | None = strawberry.field(  # type: ignore[valid-type]
        description="Whether it is capital or revenue. null if that was not said."
    )
    allowed_by: str = strawberry.field(description="Who allowed it.")
    because: str = strawberry.field(description="Why it was carried forward.")
    on: When = strawberry.field(description="The date of the decision.")
    scheme_id: strawberry.Private[str | None]
    position: strawberry.Private[int]

    @strawberry.field(description="The scheme whose budget it is. null if it is that of the programme itself.")
    async def scheme(self, info: Info) -> SchemeType | None:
        from api.types.partnerships import find_scheme  # noqa: PLC0415 - the two types show each other

        return await find_scheme(info, self.scheme_id) if self.scheme_id else None

    @strawberry.field(description="The event that records it.")
    async def event(self, info: Info) -> AuditEntry:
        return await event_at(info, self.position)

    @classmethod
    def of(cls, line: YearBudgetLine) -> "CarryForward":
        """The GraphQL object for *line*."""
        amount = Decimal(line.amount).scaleb(-minor_units(line.currency))
        return of_line(
            cls,
            line,
            amount=Money.of(amounts.Money(amount=amount, currency=line.currency)),
            from_year=line.year,
            spending=enum_of(Spending)(line.spending) if line.spending else None,
            on=When.read(line.on),
        )


async def year_budgets_of(
    context: Context, column: str, scope: str, as_at: date | None = None, known_at: datetime | None = None
) -> list[YearBudget]:
    """The budgets by year of the scope whose id is in *column*."""
    found = await _line(context, budgets.year_budgets_by, column, scope, as_at, known_at)
    return [YearBudget.of(one) for one in found.budgets]


async def carry_forwards_of(
    context: Context, column: str, scope: str, as_at: date | None = None, known_at: datetime | None = None
) -> list[CarryForward]:
    """What was carried forward in the scope whose id is in *column*."""
    found = await _line(context, budgets.year_budgets_by, column, scope, as_at, known_at)
    return [CarryForward.of(one) for one in found.carried]


def year_budgets(column: str, row: str) -> Any:
    """The field with the budgets by year of the scope in *row*, whose id is in *column*."""

    async def resolve(
        root: Any, info: Info, as_at: date | None = None, known_at: datetime | None = None
    ) -> list[YearBudget]:
        return await year_budgets_of(info.context, column, f"{root.id}", as_at, known_at)

    return strawberry.field(
        resolver=resolve,
        description="Its budget for each financial year, in their order, as at the day asAt and as known at the instant"
        " knownAt. That of a programme is its own, or those of its schemes if it has none.",
        metadata=_made(year_budgets_of, column, row),
    )


def carry_forwards(column: str, row: str) -> Any:
    """The field with what was carried forward in the scope in *row*, whose id is in *column*."""

    async def resolve(
        root: Any, info: Info, as_at: date | None = None, known_at: datetime | None = None
    ) -> list[CarryForward]:
        return await carry_forwards_of(info.context, column, f"{root.id}", as_at, known_at)

    return strawberry.field(
        resolver=resolve,
        description="What was carried forward from one financial year to another, in the order recorded, as at the day"
        " asAt and as known at the instant knownAt.",
        metadata=_made(carry_forwards_of, column, row),
    )


# --- The profile of an award ------------------------------------------------------------------------------------------


@strawberry.type(
    description="What an award is to pay in a financial year, beside what is due and paid, in major units."
)
class ProfileYear:
    year: str | None = strawberry.field(description="The financial year. null for what has no date.")
    agreed: Decimal = strawberry.field(description="What the first profile has for the year, in major units.")
    now: Decimal = strawberry.field(description="What the latest profile has for the year, in major units.")
    capital: Decimal = strawberry.field(description="The part of now that is for capital, in major units.")
    revenue: Decimal = strawberry.field(description="The part of now that is for revenue, in major units.")
    due: Decimal = strawberry.field(description="The instalments that are due in the year, in major units.")
    paid: Decimal = strawberry.field(description="What was paid in the year less what came back, in major units.")

    @classmethod
    def of(cls, found: budgets.ProfileYear) -> "ProfileYear":
        """The GraphQL object for *found*."""
        return of_line(cls, found, **found.by_spending)


async def profile_years_of(
    context: Context, column: str, scope: str, as_at: date | None = None, known_at: datetime | None = None
) -> list[ProfileYear]:
    """The profile of an award by year."""
    found = await _line(context, budgets.profile_years_by, column, scope, as_at, known_at)
    return [ProfileYear.of(one) for one in found.years]


def profile_years(row: str) -> Any:
    """The field with the profile by year of the award in *row*."""

    async def resolve(
        root: Any, info: Info, as_at: date | None = None, known_at: datetime | None = None
    ) -> list[ProfileYear]:
        return await profile_years_of(info.context, "award_id", f"{root.id}", as_at, known_at)

    return strawberry.field(
        resolver=resolve,
        description="Its profile by financial year, as first agreed and as it is, beside its instalments and what was"
        " paid, as at the day asAt and as known at the instant knownAt.",
        metadata=_made(profile_years_of, "award_id", row),
    )


# --- The end of a year ------------------------------------------------------------------------------------------------


@written("earned", award=Rows("awards WHERE awards.id = earned.award_id"))
@strawberry.type(description="What an award had earned by a day and was not paid by then, in major units.")
class EarnedUnpaid:
    currency: str = strawberry.field(description="The ISO 4217 code of the currency of its amounts.")
    awarded: Decimal = strawberry.field(description="The amount awarded by then, in major units.")
    due: Decimal = strawberry.field(description="The instalments due by then, in major units.")
    spent: Decimal = strawberry.field(description="The expenditure reported by then, in major units.")
    paid: Decimal = strawberry.field(description="What was paid by then less what came back, in major units.")
    earned: Decimal = strawberry.field(
        description="due or spent, whichever is more, and no more than awarded, in major units. Nothing is earned while"
        " a condition that is precedent to payment is open."
    )
    unpaid: Decimal = strawberry.field(description="earned less paid, in major units.")
    award_id: strawberry.Private[str]

    @strawberry.field(description="The award.")
    async def award(self, info: Info) -> AwardType | None:
        from api.types.awards import find_award  # noqa: PLC0415 - the two types show each other

        return await find_award(info, self.award_id)


@strawberry.type(description="What was earned and not paid by the end of a financial year.")
class YearEnd:
    year: str = strawberry.field(description="The financial year.")
    ends: date = strawberry.field(description="Its last day, which the amounts are as at.")
    position: LogPosition = strawberry.field(description="The last position of the log that the amounts include.")
    earned_unpaid: list[EarnedUnpaid] = strawberry.field(
        description="The awards that had earned more than they were paid, by reference."
    )


async def year_end_of(
    context: Context, column: str, programme_id: str, year: str, known_at: datetime | None = None
) -> YearEnd:
    """What a financial year of a programme ends with. Raises Problem where the programme has no such year."""
    known = await context.known(known_at)
    (found,) = await context.lines(budgets.year_ends_by, column, programme_id, year=year, known=known)
    if found.ends is None:
        raise Problem(
            f"There is no financial year {year[:20]} of the programme. Its years begin in"
            f" {month_called(found.first_month)}."
        )
    return YearEnd(
        year=year,
        ends=found.ends,
        position=LogPosition(found.position),
        earned_unpaid=[of_line(EarnedUnpaid, one) for one in found.lines],
    )


def year_end(row: str) -> Any:
    """The field with what a financial year of the programme in *row* ends with."""

    async def resolve(
        root: Any,
        info: Info,
        year: Annotated[str, strawberry.argument(description="The financial year, such as 2004-05.")],
        known_at: datetime | None = None,
    ) -> YearEnd:
        return await year_end_of(info.context, "programme_id", f"{root.id}", year, known_at)

    return strawberry.field(
        resolver=resolve,
        description="What the awards of the programme had earned by the end of a financial year and were not paid by"
        " then, as known at the instant knownAt.",
        metadata=_made(year_end_of, "programme_id", row),
    )
