"""The financial year of a row of a list, by the date of the row and the programme that it belongs to."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

from domain.values.financial_year import APRIL, year_of
from domain.values.when import When
from infra.exports.standards.reading import Wanted
from projections.money.years import first_months_by
from projections.tables.effect import counts_from
from projections.tables.paging import Connection
from projections.whole_lists import Row

YEAR = "financial_year"
# The lists that have the column, and the column with the date that it is of.
DATED = {
    "ledger": "counts_from", "timeline": "on", "bids": "submitted", "delays": "submitted", "awards": "awarded_on",
    "payments": "released_on", "instalments": "due", "variations": "varied_on", "expenditure": "spent_on",
    "returns": "due", "recoveries": "raised_on", "settlements": "settled_on", "money-back": "returned_on",
}  # fmt: skip
# The columns by which the programme of a row is found, and the names of its things there.
_NAMES = {
    "programme": "SELECT g.code, g.id AS programme_id FROM programmes g",
    "partnership": "SELECT p.code, p.programme_id FROM partnerships p",
    "award": "SELECT a.reference, p.programme_id FROM awards a JOIN partnerships p ON p.id = a.partnership_id",
    "reference": "SELECT b.reference, p.programme_id FROM bids b JOIN partnerships p ON p.id = b.partnership_id",
}


@dataclass(frozen=True, slots=True)
class FirstMonths:
    """The first months of the things that are in programmes whose year does not begin in April: nearly always none."""

    months: dict[str, dict[str, int]]

    def of(self, row: Row) -> int:
        """The month in which the financial year of the programme of *row* begins."""
        for column, named in self.months.items():
            found = named.get(str(row.get(column)))
            if found is not None:
                return found
        return APRIL


async def first_months(connection: Connection, wanted: Wanted) -> FirstMonths:
    """The first months of all things whose financial year does not begin in April."""
    cursor = await connection.execute("SELECT id FROM programmes")
    ids = [one for (one,) in await cursor.fetchall()]
    lines = await first_months_by(connection, "programme_id", ids, as_at=wanted.as_at, known=wanted.known)
    others = {one.programme_id: one.first_month for one in lines if one.first_month != APRIL}
    if not others:
        return FirstMonths({})
    months: dict[str, dict[str, int]] = {}
    for column, statement in _NAMES.items():
        cursor = await connection.execute(
            f"SELECT * FROM ({statement}) t WHERE programme_id = ANY (%s)".encode(),  # noqa: S608 - our own names
            (list(others),),
        )
        months[column] = {name: others[programme_id] for name, programme_id in await cursor.fetchall()}
    return FirstMonths(months)


async def with_years(connection: Connection, name: str, rows: AsyncIterator[Row], wanted: Wanted) -> AsyncIterator[Row]:
    """The *rows* of the list *name*, each with its financial year, where the list has that column."""
    dated = DATED.get(name)
    months = await first_months(connection, wanted) if dated is not None else FirstMonths({})
    async for row in rows:
        yield row | {YEAR: _year(row[dated], months.of(row))} if dated is not None else row


def _year(text: Any, first_month: int) -> str | None:
    on = When(text) if text else None
    return year_of(counts_from(on), first_month).year if on is not None and on.is_known else None
