"""Financial years: in which month those of a programme begin, and what of a budget is for which year."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import psycopg

from domain.books import CarriedForward, FinancialYearSet
from domain.counters import minor
from domain.history import Recorded
from domain.programme import BudgetAllocated, BudgetVaried
from domain.values.fact import DateCorrected
from domain.values.financial_year import APRIL
from projections.tables.corrections import NOW, Correction, apart, position_of, supersede
from projections.tables.effect import counts_from
from projections.tables.paging import Connection, lines_of
from projections.tables.rows import add

# --- Tables -----------------------------------------------------------------------------------------------------------

NAME = "years"
TABLES = ("financial_years", "year_budgets")
DEFINITION = """
-- The month in which the financial years of a programme begin, from a date on.
CREATE TABLE financial_years (
    position bigint PRIMARY KEY, programme_id text NOT NULL, first_month integer NOT NULL, counts_from date NOT NULL
);

-- What is allocated for a financial year, or carried forward from it to to_year. amount is in minor units. Where its
-- date was corrected, an allocation has several rows: each is known from the position since until superseded.
CREATE TABLE year_budgets (
    position bigint NOT NULL, since bigint NOT NULL, superseded bigint NOT NULL, programme_id text NOT NULL,
    scheme_id text, number integer, year text NOT NULL, to_year text, spending text, amount bigint NOT NULL,
    currency text NOT NULL, "on" text NOT NULL, counts_from date NOT NULL, actor text NOT NULL, allowed_by text,
    because text, PRIMARY KEY (position, since)
);
"""
INDEXES = """
CREATE INDEX financial_years_of_programme ON financial_years (programme_id, position);
CREATE INDEX year_budgets_of_programme ON year_budgets (programme_id, year);
"""

# --- Writer -----------------------------------------------------------------------------------------------------------


def write(cursor: psycopg.Cursor[Any], page: Sequence[Recorded]) -> None:
    """Add the events of a page of the log."""
    for events, correction in apart(page):
        if correction is not None:
            _correct(cursor, events[0], correction)
            continue
        years = [(one.position, one.event) for one in events if isinstance(one.event, FinancialYearSet)]
        add(
            cursor,
            "financial_years",
            [(position, set_.programme_id, set_.first_month, counts_from(set_.on)) for position, set_ in years],
        )
        add(cursor, "year_budgets", [row for one in events for row in _rows(one)])


def _rows(recorded: Recorded) -> Iterator[tuple[Any, ...]]:
    """The row of an allocation for a year, of a change of it, or of a carry-forward."""
    of: tuple[int | None, str, str | None]
    match recorded.event:
        case BudgetAllocated(year=str() as year) as event:
            of, programme_id, amount, because = (None, year, None), recorded.stream, event.amount, event.purpose
        case BudgetVaried(year=str() as year) as event:
            of, programme_id, amount, because = (None, year, None), recorded.stream, event.change, event.because
        case CarriedForward() as event:
            of, programme_id = (event.number, event.from_year, event.to_year), event.programme_id
            amount, because = event.amount, event.because
        case _:
            return
    yield (
        recorded.position, recorded.position, NOW, programme_id, event.scheme_id, *of,
        event.spending.value if event.spending else None, minor(amount), amount.currency, event.on.text,
        counts_from(event.on), recorded.actor, event.allowed_by if isinstance(event, CarriedForward) else None, because,
    )  # fmt: skip


def _correct(cursor: psycopg.Cursor[Any], recorded: Recorded, correction: Correction) -> None:
    """Give an allocation its right date, or end it, from this position on."""
    supersede(cursor, "year_budgets", recorded, correction)
    if isinstance(correction, DateCorrected):
        cursor.execute(
            "INSERT INTO year_budgets SELECT position, %(at)s, %(now)s, programme_id, scheme_id, number, year, to_year,"
            " spending, amount, currency, %(on)s, %(from)s, actor, allowed_by, because FROM year_budgets"
            " WHERE position = %(of)s AND superseded = %(at)s",
            {
                "at": recorded.position,
                "now": NOW,
                "on": correction.date.text,
                "from": counts_from(correction.date),
                "of": position_of(cursor, recorded.stream, correction.version),
            },
        )


# --- Readers ----------------------------------------------------------------------------------------------------------

# The first month that counts on a day, as known at a position, for the programme whose id is the SQL in braces.
_FIRST_MONTH = (
    "coalesce((SELECT y.first_month FROM financial_years y WHERE y.programme_id = {programme}"  # noqa: S608
    " AND y.counts_from <= {as_at} AND ({known} IS NULL OR y.position <= {known})"
    f" ORDER BY y.position DESC LIMIT 1), {APRIL})"
)


def year_named(day: str, programme: str, as_at: str, known: str) -> str:
    """The SQL of the name of the financial year that has *day*. All four are SQL: a date, an id, a day, a position."""
    month = _FIRST_MONTH.format(programme=programme, as_at=as_at, known=known)
    begun = f"extract(year FROM {day} - make_interval(months => {month} - 1))::integer"
    return (
        f"CASE WHEN {day} IS NOT NULL THEN lpad(({begun})::text, 4, '0') || CASE WHEN {month} = 1 THEN ''"
        f" ELSE '-' || lpad(mod({begun} + 1, 100)::text, 2, '0') END END"
    )


@dataclass(slots=True)
class FirstMonthLine:
    """The month in which the financial years of a programme begin."""

    programme_id: str
    first_month: int


async def first_months_by(
    connection: Connection, column: str, values: Sequence[str], *, as_at: date, known: int | None
) -> list[FirstMonthLine]:
    """The first month of the financial years of the programmes (*column* programme_id) *values*: April by default.

    It is the month that counts on a day, as known at a position. It names all years, those before it was set too.
    """
    assert column == "programme_id"
    month = _FIRST_MONTH.format(programme="p.id", as_at="%(as_at)s", known="%(known)s::bigint")
    return await lines_of(
        connection,
        FirstMonthLine,
        f"SELECT p.id AS programme_id, {month} AS first_month FROM unnest(%(ids)s::text[]) p (id)",  # noqa: S608
        {"ids": list(values), "as_at": as_at, "known": known},
    )


async def first_month_of(connection: Connection, programme_id: str, *, as_at: date, known: int | None) -> int:
    """The month in which the financial years of a programme begin."""
    (line,) = await first_months_by(connection, "programme_id", [programme_id], as_at=as_at, known=known)
    return line.first_month


async def moved_last_year(
    connection: Connection, programmes: Sequence[str], *, as_at: date, known: int | None
) -> list[FirstMonthLine]:
    """Those of *programmes* (ids) in whose last financial year before that of *as_at* money moved, as known then."""
    month = _FIRST_MONTH.format(programme="p.id", as_at="%(as_at)s", known="%(known)s::bigint")
    begun = "extract(year FROM %(as_at)s::date - make_interval(months => m.first_month - 1))::integer - 1"
    return await lines_of(
        connection,
        FirstMonthLine,
        f"SELECT p.id AS programme_id, m.first_month FROM unnest(%(ids)s::text[]) p (id)"  # noqa: S608
        f" CROSS JOIN LATERAL (SELECT {month} AS first_month) m"
        f" CROSS JOIN LATERAL (SELECT make_date(greatest({begun}, 1), m.first_month, 1) AS starts) y"
        " WHERE EXISTS (SELECT FROM postings WHERE programme_id = p.id AND dated AND counts_from >= y.starts"
        " AND counts_from < (y.starts + interval '1 year')::date"
        " AND (%(known)s::bigint IS NULL OR position <= %(known)s))",
        {"ids": list(programmes), "as_at": as_at, "known": known},
    )


@dataclass(slots=True)
class YearBudgetLine:
    """An amount for a financial *year*, in minor units; *to_year* is the year that it was carried to, if it was.

    *number* is that of a carry-forward, *allowed_by* who allowed it. *because* is its reason, or that
    of the allocation.
    """

    position: int
    programme_id: str
    scheme_id: str | None
    number: int | None
    year: str
    to_year: str | None
    spending: str | None
    amount: int
    currency: str
    on: str
    actor: str
    allowed_by: str | None
    because: str | None


async def year_budgets_of(
    connection: Connection, column: str, scope: str, *, as_at: date, known: int
) -> list[YearBudgetLine]:
    """What is allocated for financial years and carried between them, in the order of the log.

    *scope* is the id in *column* (programme_id or scheme_id). A programme has its own and those of its schemes.
    """
    assert column in ("programme_id", "scheme_id")
    return await lines_of(
        connection,
        YearBudgetLine,
        'SELECT position, programme_id, scheme_id, number, year, to_year, spending, amount, currency, "on", actor,'  # noqa: S608
        f" allowed_by, because FROM year_budgets WHERE {column} = %(scope)s AND counts_from <= %(as_at)s"
        " AND since <= %(known)s AND superseded > %(known)s ORDER BY position",
        {"scope": scope, "as_at": as_at, "known": known},
    )
