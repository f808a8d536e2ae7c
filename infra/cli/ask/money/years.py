"""``fundtrail years`` and ``fundtrail year-end``: the ladder by financial year, and what was earned and not paid."""

from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any, NamedTuple

import typer
from rich.text import Text

from domain.values.financial_year import Period, month_called, year_called
from domain.values.shown import shown_count
from infra.cli.ask.money.funding import KINDS, scope_called
from infra.cli.asking import AsAt, AsJson, KnownAt, NotThere, ask, clocks, known_by
from infra.cli.paper import day_in_words
from infra.cli.terminal import UNUSABLE, fail, out, print_json, table_of
from projections.money import budgets, by_year
from projections.money import funding as ladders
from projections.money.budgets import EarnedLine, ProfileYear, YearBudget
from projections.money.years import first_month_of
from projections.register import reading as register
from projections.tables.paging import Connection
from projections.tables.present import today

# The figures that are printed. --json has all of them.
PRINTED = ("requested", "approved", "awarded", "paid", "returned", "spent", "budget", "committed")
PERIODS = ("year", "quarter")


class ByYear(NamedTuple):
    """The ladder of a thing by period; of a programme or scheme its budgets, of an award its profile."""

    kind: str
    name: str
    years: by_year.Years
    budgets: list[YearBudget]
    profile: list[ProfileYear]


def years(
    code: Annotated[str, typer.Argument(help="The code of a partnership, scheme or programme, or of an award.")],
    by: Annotated[str, typer.Option(metavar="PERIOD", help=f"A row for each {' or '.join(PERIODS)}.")] = "year",
    of: Annotated[
        str | None,
        typer.Option(metavar="KIND", help=f"If several things have the code, the one to show: {', '.join(KINDS[:4])}."),
    ] = None,
    as_at: AsAt = None,
    known_at: KnownAt = None,
    as_json: AsJson = False,
) -> None:
    """Print the ladder of *code* by financial year or quarter: the rows add up to the ladder."""
    if by not in PERIODS:
        fail(f"There is no period {by}. There are: {', '.join(PERIODS)}.", UNUSABLE)
    if of is not None and of not in KINDS[:4]:
        fail(f"There is no kind {of} with financial years. There are: {', '.join(KINDS[:4])}.", UNUSABLE)
    day, instant = clocks(as_at, known_at)
    found = ask(lambda connection: _years(connection, code, of, day, instant, quarters=by == "quarter"))
    if as_json:
        print_json(as_plain(code, found))
    else:
        _print(code, found)


async def _years(
    connection: Connection, code: str, of: str | None, day: date, instant: datetime | None, *, quarters: bool
) -> ByYear:
    (kind, column, scope_id, name), _ = await scope_called(connection, code, of)
    if column not in by_year.SCOPES:
        raise NotThere(f"There is no programme, scheme, partnership or award {code}: a funder has no financial year.")
    known = await known_by(connection, instant) if instant is not None else None
    (line,) = await ladders.funding_by(connection, column, [scope_id], as_at=day, known=known, present=day >= today())
    found = await by_year.years_of(connection, line, quarters=quarters)
    whole = found if not quarters else await by_year.years_of(connection, line, first_month=found.first_month)
    has_budgets = column in ladders.WITH_BUDGET
    return ByYear(
        kind,
        name,
        found,
        await budgets.year_budgets(connection, whole) if has_budgets else [],
        await budgets.profile_years(connection, whole) if column == "award_id" else [],
    )


def as_plain(code: str, found: ByYear) -> dict[str, Any]:
    """The years of a thing in plain types, for JSON. Amounts are texts in major units."""
    line = found.years.line
    return {
        "kind": found.kind,
        "code": code,
        "currency": line.currency,
        "as_at": line.as_at.isoformat(),
        "position": line.position,
        "first_month": found.years.first_month,
        "periods": [
            {
                "name": one.period.name if one.period else None,
                "starts": one.period.days.starts.isoformat() if one.period else None,
                "ends": one.period.days.ends.isoformat() if one.period else None,
                "figures": {name: f"{amount:f}" for name, amount in one.figures.items()},
            }
            for one in found.years.periods
        ],
        "budgets": [
            {name: _text(amount) for name, amount in _budget(one).items()} | {"year": one.year} for one in found.budgets
        ],
        "profile": [
            {name: _text(amount) for name, amount in _profile(one).items()} | {"year": one.year}
            for one in found.profile
        ],
    }


def _budget(one: YearBudget) -> dict[str, Decimal]:
    return {
        "allocated": one.allocated, "carried_in": one.carried_in, "carried_out": one.carried_out, "budget": one.budget,
        **one.by_spending, "paid": one.paid, "left": one.left,
    }  # fmt: skip


def _profile(one: ProfileYear) -> dict[str, Decimal]:
    return {"agreed": one.agreed, "now": one.now, **one.by_spending, "due": one.due, "paid": one.paid}


def _text(amount: Decimal) -> str:
    return f"{amount:f}"


def _print(code: str, found: ByYear) -> None:
    line = found.years.line
    out.print()
    out.print(Text(found.name, style="bold"))
    begins = month_called(found.years.first_month)
    out.print(
        Text(
            f"{found.kind} {code} in {line.currency}, as at {day_in_words(line.as_at)}, as known at position"
            f" {line.position}; financial years begin in {begins}",
            style="dim",
        )
    )
    shown = [name for name in PRINTED if name in line.figures or name in line.beside]
    rows = [(_named(one.period), [one.figures[name] for name in shown]) for one in found.years.periods]
    totals = [(line.figures | line.beside)[name].amount for name in shown]
    _table("Period", shown, [*rows, ("Ladder", totals)])
    if found.budgets:
        _table("Budget for", [*_budget(found.budgets[0])], [(one.year or "no year", [*_budget(one).values()])
                                                            for one in found.budgets])  # fmt: skip
    if found.profile:
        _table("Profile of", [*_profile(found.profile[0])], [(one.year or "not dated", [*_profile(one).values()])
                                                             for one in found.profile])  # fmt: skip


def _named(period: Period | None) -> str:
    return period.name if period is not None else "not dated"


def _table(first: str, columns: Sequence[str], rows: Sequence[tuple[str, Sequence[Decimal]]]) -> None:
    table = table_of(first)
    for name in columns:
        table.add_column(name.replace("_", " ").capitalize(), justify="right", no_wrap=True)
    for name, amounts in rows:
        table.add_row(name, *(f"{amount:,f}" for amount in amounts))
    out.print(table)


def year_end(
    programme: Annotated[str, typer.Argument(help="The code of a programme.")],
    year: Annotated[str, typer.Argument(help="A financial year, such as 2004-05.")],
    known_at: KnownAt = None,
    as_json: AsJson = False,
) -> None:
    """Print what was earned by the end of a financial year and was not paid by then."""
    _, instant = clocks(None, known_at)
    period, lines = ask(lambda connection: _year_end(connection, programme, year, instant))
    if as_json:
        print_json({
            "programme": programme,
            "year": year,
            "ends": period.days.ends.isoformat(),
            "earned_unpaid": [
                {"award": one.reference, "currency": one.currency}
                | {name: _text(amount) for name, amount in _earned(one).items()}
                for one in lines
            ],
        })  # fmt: skip
        return
    out.print()
    out.print(Text(f"{programme}, earned and not paid by {day_in_words(period.days.ends)}", style="bold"))
    out.print(Text(shown_count(len(lines), "award"), style="dim"))
    if lines:
        _table("Award", [*_earned(lines[0])], [(one.reference, [*_earned(one).values()]) for one in lines])


async def _year_end(
    connection: Connection, code: str, year: str, instant: datetime | None
) -> tuple[Period, list[EarnedLine]]:
    found = await register.programmes_by(connection, "code", [code])
    if not found:
        raise NotThere(f"There is no programme {code}.")
    known = await known_by(connection, instant)
    first_month = await first_month_of(connection, found[0].id, as_at=date.max, known=known)
    period = year_called(year, first_month)
    if period is None:
        raise NotThere(f"There is no financial year {year} of {code}. Its years begin in {month_called(first_month)}.")
    return period, await budgets.earned_unpaid(connection, found[0].id, as_at=period.days.ends, known=known)


def _earned(one: EarnedLine) -> dict[str, Decimal]:
    return {
        "awarded": one.awarded, "due": one.due, "spent": one.spent, "paid": one.paid, "earned": one.earned,
        "unpaid": one.unpaid,
    }  # fmt: skip
