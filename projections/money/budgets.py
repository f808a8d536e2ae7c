"""Budgets and profiles by financial year: allocated, carried forward, to be paid, paid, and earned but not paid."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from domain.values.financial_year import Spending, year_called, year_of
from domain.values.money import minor_units
from domain.values.when import When
from projections.money.by_year import Years, years_by
from projections.money.funding import FundingLine
from projections.money.years import YearBudgetLine, first_months_by, year_budgets_of
from projections.parts.folded import folded
from projections.parts.reading import by_kind, parts_of_kinds
from projections.progress import reached
from projections.tables.currencies import by_places
from projections.tables.effect import counts_from
from projections.tables.paging import Connection, lines_of

SPENDING = tuple(one.value for one in Spending)


def _zero(currency: str) -> Decimal:
    return Decimal(0).scaleb(-minor_units(currency))


# --- Budgets ----------------------------------------------------------------------------------------------------------


@dataclass(slots=True)
class YearBudget:
    """The budget for a *year*, in major units; None is what names no year.

    *budget* is what is allocated with what was carried in, less what was carried out; *by_spending* has the parts of it
    for capital and revenue, where that is known. *paid* is what was paid in the year less what came back in it.
    """

    year: str | None
    allocated: Decimal
    carried_in: Decimal
    carried_out: Decimal
    paid: Decimal
    by_spending: dict[str, Decimal]

    @classmethod
    def nothing(cls, year: str | None, currency: str) -> "YearBudget":
        """A budget of nothing, with the decimal places of its currency."""
        zero = _zero(currency)
        return cls(year, zero, zero, zero, zero, dict.fromkeys(SPENDING, zero))

    @property
    def budget(self) -> Decimal:
        """What may be paid in the year."""
        return self.allocated + self.carried_in - self.carried_out

    @property
    def left(self) -> Decimal:
        """What of the budget for the year was not paid in it."""
        return self.budget - self.paid

    def add(self, part: str, amount: Decimal, spending: str | None) -> None:
        """Add *amount* to a *part*: allocated, carried_in or carried_out."""
        setattr(self, part, getattr(self, part) + amount)
        if spending is not None:
            self.by_spending[spending] += -amount if part == "carried_out" else amount


async def year_budgets(connection: Connection, years: Years) -> list[YearBudget]:
    """The budgets of the programme or scheme of *years* (its ladder by year), by year; what names no year comes last.

    Those of a programme are its own, or those of its schemes if it has no budget of its own, as in the ladder.
    """
    line = years.line
    budget = line.beside.get("budget")
    found: dict[str | None, YearBudget] = {}

    def of(year: str | None) -> YearBudget:
        return found.setdefault(year, YearBudget.nothing(year, line.currency))

    for one in await own_year_budgets(connection, line):
        amount = Decimal(one.amount).scaleb(-minor_units(one.currency))
        of(one.year).add("carried_out" if one.to_year else "allocated", amount, one.spending)
        if one.to_year is not None:
            of(one.to_year).add("carried_in", amount, one.spending)
    for period in years.periods:
        if period.period is not None and period.period.year in found:
            of(period.period.year).paid = period.figures["paid"] - period.figures["returned"]
    unnamed = (budget.amount if budget is not None else 0) - sum(one.allocated for one in found.values())
    if unnamed:
        of(None).allocated = Decimal(unnamed)
    return sorted(found.values(), key=lambda one: (one.year is None, one.year or ""))


async def own_year_budgets(connection: Connection, line: FundingLine) -> list[YearBudgetLine]:
    """The allocations and carry-forwards that are of the scope of *line* itself, in the order of the log."""
    lines = await year_budgets_of(connection, line.column, line.scope, as_at=line.as_at, known=line.position)
    if line.column != "programme_id":
        return lines
    cursor = await connection.execute(
        "SELECT EXISTS (SELECT FROM postings WHERE programme_id = %(scope)s AND account = 'appropriation'"
        " AND scheme_id IS NULL AND currency = %(currency)s AND counts_from <= %(as_at)s AND position <= %(known)s)",
        {"scope": line.scope, "currency": line.currency, "as_at": line.as_at, "known": line.position},
    )
    (has_own,) = await cursor.fetchone() or (False,)
    return [one for one in lines if (one.scheme_id is None) is bool(has_own)]


@dataclass(slots=True)
class BudgetsOf:
    """The budgets of a *scope* by year, and what was carried forward in it, in the order of the log."""

    scope: str
    budgets: list[YearBudget]
    carried: list[YearBudgetLine]


async def year_budgets_by(
    connection: Connection,
    column: str,
    values: Sequence[str],
    *,
    as_at: date,
    known: int | None = None,
    present: bool = False,
) -> list[BudgetsOf]:
    """The budgets of the scopes *values*, which are ids in *column*: programme_id or scheme_id."""
    return [
        BudgetsOf(
            of.scope,
            await year_budgets(connection, of),
            [one for one in await own_year_budgets(connection, of.line) if one.to_year is not None],
        )
        for of in await years_by(connection, column, values, as_at=as_at, known=known, present=present)
    ]


# --- Profiles ---------------------------------------------------------------------------------------------------------


@dataclass(slots=True)
class ProfileYear:
    """What an award is to pay in a *year*, in major units, as first *agreed* and *now*. None is what has no date.

    *due* are the instalments that are due in the year. *paid* is as in YearBudget.
    """

    year: str | None
    agreed: Decimal
    now: Decimal
    due: Decimal
    paid: Decimal
    by_spending: dict[str, Decimal]


async def profile_years(connection: Connection, years: Years) -> list[ProfileYear]:
    """The profile of the award of *years* by year, beside its instalments and what was paid."""
    line = years.line
    kinds = ("profile", "instalment")
    lines = await parts_of_kinds(connection, "stream", [line.scope], kinds=kinds, as_at=line.as_at, known=line.position)
    profiles, instalments = by_kind(lines, kinds).values()
    found: dict[str | None, ProfileYear] = {}
    zero = _zero(line.currency)

    def of(year: str | None) -> ProfileYear:
        return found.setdefault(year, ProfileYear(year, zero, zero, zero, zero, dict.fromkeys(SPENDING, zero)))

    for shared in profiles[0].facts["lines"] if profiles else ():
        of(shared["year"]).agreed += Decimal(shared["amount"]["amount"])
    for shared in profiles[-1].facts["lines"] if profiles else ():
        amount = Decimal(shared["amount"]["amount"])
        of(shared["year"]).now += amount
        if shared["spending"] is not None:
            of(shared["year"]).by_spending[shared["spending"]] += amount
    for one in instalments:
        due = When(one.facts["due"])
        year = year_of(counts_from(due), years.first_month).year if due.is_known else None
        if one.amount:
            of(year).due += one.amount
    for period in years.periods:
        net = period.figures["paid"] - period.figures["returned"]
        if net:
            of(period.period.year if period.period is not None else None).paid += net
    return sorted(found.values(), key=lambda one: (one.year is None, one.year or ""))


@dataclass(slots=True)
class ProfileOf:
    """The profile of the award *scope* by year."""

    scope: str
    years: list[ProfileYear]


async def profile_years_by(
    connection: Connection,
    column: str,
    values: Sequence[str],
    *,
    as_at: date,
    known: int | None = None,
    present: bool = False,
) -> list[ProfileOf]:
    """The profiles of the awards (*column* award_id) *values*."""
    return [
        ProfileOf(of.scope, await profile_years(connection, of))
        for of in await years_by(connection, column, values, as_at=as_at, known=known, present=present)
    ]


# --- The end of a year ------------------------------------------------------------------------------------------------


@dataclass(slots=True)
class EarnedLine:
    """What an award had earned by the end of a year and was not paid by then, in major units of *currency*.

    *due* are the instalments due by then, *spent* the expenditure reported by then, *paid* what was paid less what came
    back. *open_conditions* are those precedent to payment: while there is one, nothing is earned.
    """

    award_id: str
    reference: str
    partnership_id: str
    currency: str
    awarded: Decimal
    due: Decimal
    spent: Decimal
    paid: Decimal
    open_conditions: int

    @property
    def earned(self) -> Decimal:
        """What is due or spent, whichever is more: no more than the award, and nothing while a condition is open."""
        earned = min(self.awarded, max(self.due, self.spent))
        return earned * 0 if self.open_conditions else earned

    @property
    def unpaid(self) -> Decimal:
        """What was earned and not paid."""
        return max(self.earned - self.paid, self.paid * 0)


@dataclass(slots=True)
class _AwardTotals:
    award_id: str
    reference: str
    partnership_id: str
    currency: str
    awarded: Decimal
    paid: Decimal
    returned: Decimal
    spent: Decimal


_UNIT = by_places("a.currency", {0: "1.", 2: "0.01", 3: "0.001"})


def _total(account: str, sign: str = "") -> str:
    return f"{sign}coalesce(sum(p.amount) FILTER (WHERE p.account = '{account}'), 0) * {_UNIT} AS {account}"


_AWARDS = f"""
    SELECT a.id AS award_id, a.reference, a.partnership_id, a.currency, {_total("awarded")}, {_total("paid")},
           {_total("returned", "-")}, {_total("spent")}
      FROM awards a JOIN partnerships h ON h.id = a.partnership_id JOIN postings p ON p.award_id = a.id
       AND p.currency = a.currency AND p.counts_from <= %(as_at)s AND p.position <= %(known)s
     WHERE h.programme_id = %(programme)s GROUP BY a.id, a.reference, a.partnership_id, a.currency
     ORDER BY a.reference"""  # noqa: S608 - made of our own names
_PARTS = (
    "SELECT stream, kind, status, amount, facts FROM "  # noqa: S608
    + folded(
        "s.kind IN ('condition', 'instalment') AND s.stream = ANY (%(awards)s)", "%(as_at)s::date", "%(known)s::bigint"
    )
)


@dataclass(slots=True)
class _Part:
    stream: str
    kind: str
    status: str
    amount: Decimal | None
    facts: dict[str, Any]


async def earned_unpaid(connection: Connection, programme_id: str, *, as_at: date, known: int) -> list[EarnedLine]:
    """The awards of a programme that had earned something by the end of a day and were not paid it, by reference."""
    given: dict[str, Any] = {"programme": programme_id, "as_at": as_at, "known": known}
    totals = await lines_of(connection, _AwardTotals, _AWARDS, given)
    parts = await lines_of(connection, _Part, _PARTS, given | {"awards": [one.award_id for one in totals]})
    parts_of: dict[str, list[_Part]] = defaultdict(list)
    for part in parts:
        parts_of[part.stream].append(part)
    found = [_earned(one, parts_of[one.award_id], as_at) for one in totals]
    return [one for one in found if one.unpaid]


def _earned(one: _AwardTotals, parts: Iterable[_Part], as_at: date) -> EarnedLine:
    due, open_conditions = _zero(one.currency), 0
    for part in parts:
        if part.kind == "condition":
            open_conditions += part.status == "open" and part.facts["precedent"]
        elif part.amount and counts_from(When(part.facts["due"])) <= as_at:
            due += part.amount
    return EarnedLine(
        one.award_id, one.reference, one.partnership_id, one.currency, one.awarded, due, one.spent,
        one.paid - one.returned, open_conditions,
    )  # fmt: skip


@dataclass(slots=True)
class YearEndLine:
    """What was earned and not paid in a programme by the end of a year, the day *ends*, as known at *position*.

    *ends* is None if the programme has no such year: its years begin in *first_month*.
    """

    programme_id: str
    first_month: int
    ends: date | None
    position: int
    lines: list[EarnedLine]


async def year_ends_by(
    connection: Connection, column: str, values: Sequence[str], *, year: str, known: int | None
) -> list[YearEndLine]:
    """The end of the financial *year* of each of the programmes (*column* programme_id) *values*."""
    assert column == "programme_id"
    position = known if known is not None else await reached(connection)
    found = []
    for month in await first_months_by(connection, column, values, as_at=date.max, known=position):
        period = year_called(year, month.first_month)
        ends = period.days.ends if period is not None else None
        lines = await earned_unpaid(connection, month.programme_id, as_at=ends, known=position) if ends else []
        found.append(YearEndLine(month.programme_id, month.first_month, ends, position, lines))
    return found
