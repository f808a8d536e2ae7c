"""The page of a thing's money by financial year or quarter: what was added in each, and budgets or the profile."""

from collections.abc import Sequence
from decimal import Decimal
from typing import NamedTuple

from pages.frame.asked import one_of
from pages.frame.clocks import Clocks
from pages.frame.page import NotThere, Page, Sheet
from pages.money.ladder import SCOPES, SECTIONS, lines, name_of, own, thing_of
from projections.money import budgets, by_year
from projections.money.by_year import PeriodFigures
from projections.money.funding import WITH_BUDGET
from projections.tables.paging import Connection

BY, PERIODS = "by", ("year", "quarter")
# The figures of a period, in the order in which people read them.
SHOWN = ("budget", "committed", "requested", "approved", "awarded", "paid", "returned", "spent")


class Table(NamedTuple):
    """A table with a row of amounts for each year. *totals* are the last row, if it has one."""

    title: str
    first: str
    columns: Sequence[str]
    rows: Sequence[tuple[str, Sequence[Decimal]]]
    totals: tuple[str, Sequence[Decimal]] | None = None


async def years(connection: Connection, clocks: Clocks, scope: str, code: str, asked: dict[str, str]) -> Page:
    """The money of the thing *code* by financial year. Raises NotThere, and BadAddress for another period."""
    if scope not in SCOPES or SCOPES[scope][0] not in by_year.SCOPES:
        raise NotThere(f"There are no financial years of {scope[:40]}.")
    by = one_of(asked, BY, PERIODS, "period") or "year"
    column, thing = await thing_of(connection, scope, code)
    its_lines = await lines(connection, column, [thing], clocks)
    if not its_lines:
        raise NotThere(f"No amount was recorded for {code[:80]}.")
    found = await by_year.years_of(connection, its_lines[0], quarters=by == "quarter")
    tables = [_ladder(found), *await _beside(connection, found)]
    its_name = await name_of(connection, column, thing)
    return Page(
        template="money/years.html",
        money_of=own(column, thing),
        title=f"By financial year: {its_name}",
        section=SECTIONS.get(scope, "home"),
        path=f"/{scope}/{code}/years",
        trail=[(its_name, f"/{scope}/{code}")],
        values={"tables": tables, "currency": found.line.currency, "by": by},
        sheet=Sheet(
            ("period", "currency", *tables[0].columns),
            [(name, found.line.currency, *amounts) for name, amounts in tables[0].rows],
        ),
    )


def _ladder(found: by_year.Years) -> Table:
    figures = found.line.figures | found.line.beside
    shown = [name for name in SHOWN if name in figures]
    return Table(
        "What was added",
        "Period",
        shown,
        [(_named(one), [one.figures[name] for name in shown]) for one in found.periods],
        ("The ladder", [figures[name].amount for name in shown]),
    )


def _named(one: PeriodFigures) -> str:
    return one.period.name if one.period is not None else "not dated"


async def _beside(connection: Connection, found: by_year.Years) -> list[Table]:
    """The budgets of a programme or scheme for each year, or the profile of an award, if there are any."""
    whole = await by_year.years_of(connection, found.line, first_month=found.first_month)
    if found.line.column in WITH_BUDGET:
        of_budgets = [
            (
                one.year or "no year named",
                [one.allocated, one.carried_in, one.carried_out, one.budget, one.paid, one.left],
            )
            for one in await budgets.year_budgets(connection, whole)
        ]
        columns = ["allocated", "carried in", "carried out", "budget", "paid less returned", "left"]
        return [Table("Budget for each year", "Financial year", columns, of_budgets)] if of_budgets else []
    if found.line.column != "award_id":
        return []
    of_years = [
        (one.year or "not dated", [one.agreed, one.now, one.due, one.paid])
        for one in await budgets.profile_years(connection, whole)
    ]
    columns = ["profile as agreed", "profile now", "instalments due", "paid less returned"]
    return [Table("Profile", "Financial year", columns, of_years)] if of_years else []
