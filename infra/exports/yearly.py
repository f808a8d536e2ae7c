"""The lists by financial year: the ladder, budgets and profiles, and what was earned and not paid."""

from collections.abc import AsyncIterator, Iterable, Iterator
from decimal import Decimal
from typing import Any

from infra.exports.standards.reading import Wanted, pages_of
from projections.money.budgets import earned_unpaid, year_budgets
from projections.money.by_year import Years, years_of
from projections.money.funding import BUDGETS, WITH_BUDGET, FundingLine, funding_beside, funding_by
from projections.parts.reading import parts_by
from projections.register import reading as register
from projections.tables.paging import Connection
from projections.whole_lists import Row, scopes_named


async def years(connection: Connection, wanted: Wanted) -> AsyncIterator[Row]:
    """The ladder of every programme, scheme, partnership and award by quarter. What is not dated has an own row."""
    async for row, line in _ladders(connection, wanted):
        found = await years_of(connection, line, quarters=True)
        for one in _periods(found):
            yield row | {"currency": line.currency} | one


def _periods(found: Years) -> Iterator[Row]:
    for one in found.periods:
        period = one.period
        amounts: Row = dict(_texts(one.figures.items()))
        amounts |= {name: amounts.get(name) for name in BUDGETS}
        row: Row = {
            "period": period.name if period else None,
            "year": period.year if period else None,
            "quarter": period.quarter if period else None,
            "starts": period.days.starts.isoformat() if period else None,
            "ends": period.days.ends.isoformat() if period else None,
        }
        yield row | amounts


async def year_budgets_(connection: Connection, wanted: Wanted) -> AsyncIterator[Row]:
    """The budget of every programme and scheme for each financial year. What names no year has an own row."""
    async for row, line in _ladders(connection, wanted, WITH_BUDGET):
        for one in await year_budgets(connection, await years_of(connection, line)):
            amounts = {
                "allocated": one.allocated, "carried_in": one.carried_in, "carried_out": one.carried_out,
                "budget": one.budget, **one.by_spending, "paid": one.paid, "left": one.left,
            }  # fmt: skip
            yield {"kind": row["kind"], "code": row["code"], "year": one.year, "currency": line.currency} | _texts(
                amounts.items()
            )


def _texts(amounts: Iterable[tuple[str, Decimal]]) -> Row:
    return {name: f"{amount:f}" for name, amount in amounts}


async def _ladders(
    connection: Connection, wanted: Wanted, columns: tuple[str, ...] = ()
) -> AsyncIterator[tuple[Row, FundingLine]]:
    """The ladders of all things that belong to a programme, with their kind, code and name."""
    clocks: dict[str, Any] = {"as_at": wanted.as_at, "known": wanted.known}
    async for kind, column, named in scopes_named(connection, **clocks):
        if column == "funder_id" or (columns and column not in columns):
            continue
        ids = [*named]
        lines = await funding_by(connection, column, ids, **clocks)
        if not columns:
            lines += await funding_beside(connection, column, ids, **clocks)
        for line in lines:
            code, name = named[line.scope]
            yield {"kind": kind, "code": code, "name": name}, line


async def profiles(connection: Connection, wanted: Wanted) -> AsyncIterator[Row]:
    """Every line of every profile of an award, those of the profiles that were changed since included."""
    clocks: dict[str, Any] = {"as_at": wanted.as_at, "known": wanted.known}
    async for ids in pages_of(connection, "awards", wanted):
        cursor = await connection.execute("SELECT id, reference FROM awards WHERE id = ANY (%s)", (ids,))
        references = dict(await cursor.fetchall())
        for one in await parts_by(connection, "stream", ids, kind="profile", **clocks):
            for line in one.facts["lines"]:
                yield {
                    "award": references[one.stream],
                    "number": one.number,
                    "agreed_on": one.on,
                    "agreed_by": one.by,
                    "year": line["year"],
                    **line["amount"],
                    "spending": line["spending"],
                    "because": one.facts.get("because"),
                }


async def earned_unpaid_(connection: Connection, wanted: Wanted) -> AsyncIterator[Row]:
    """The awards that had earned something by the day and were not paid it: ask as at the last day of a year."""
    for programme in await register.programmes(connection):
        lines = await earned_unpaid(connection, programme.id, as_at=wanted.as_at, known=wanted.known)
        places = await register.partnerships_by(connection, "id", [one.partnership_id for one in lines])
        codes = {one.id: one.code for one in places}
        for one in lines:
            amounts = {
                "awarded": one.awarded, "due": one.due, "spent": one.spent, "paid": one.paid, "earned": one.earned,
                "unpaid": one.unpaid,
            }  # fmt: skip
            named: Row = {
                "programme": programme.code, "award": one.reference, "partnership": codes.get(one.partnership_id),
                "currency": one.currency, "open_conditions": one.open_conditions,
            }  # fmt: skip
            yield named | _texts(amounts.items())


LISTS = {"years": years, "year-budgets": year_budgets_, "profiles": profiles, "earned-unpaid": earned_unpaid_}
