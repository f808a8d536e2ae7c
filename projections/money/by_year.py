"""The ladder by financial year and quarter, from the postings of the ledger: the rows add up to the ladder."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from domain.values.financial_year import APRIL, Period, quarter_of, year_of
from domain.values.money import minor_units
from projections.money.chart import Account
from projections.money.funding import (
    BUDGETS,
    COMMITTED,
    FIGURES,
    HELD,
    WITH_BUDGET,
    FundingLine,
    Ladder,
    funding_by,
    own_budget,
    postings_of,
)
from projections.money.years import first_month_of
from projections.tables.paging import Connection, lines_of

# The scopes that belong to one programme, whose financial years are theirs.
SCOPES = ("award_id", "partnership_id", "scheme_id", "programme_id")


@dataclass(frozen=True, slots=True)
class PeriodFigures:
    """What was added to each figure within a *period*, in major units. No *period*: what no source dates."""

    period: Period | None
    figures: dict[str, Decimal]


@dataclass(frozen=True, slots=True)
class Years:
    """The ladder *line* by periods, in their order; what is not dated comes last. A period without money is left out.

    The financial years begin in *first_month*.
    """

    line: FundingLine
    first_month: int
    periods: list[PeriodFigures]

    @property
    def scope(self) -> str:
        """The id of the thing that the ladder is of."""
        return self.line.scope


@dataclass(slots=True)
class _MonthTotal:
    """What was posted to an account from the first day of a *month* on. *own* is the part that counts as budget."""

    month: date
    dated: bool
    account: str
    amount: int
    own: int


def _statement(column: str) -> str:
    of = Ladder()
    own = f"p.account = 'appropriation' AND {own_budget(column, of)}" if column in WITH_BUDGET else "false"
    return (
        "SELECT date_trunc('month', p.counts_from::timestamp)::date AS month, p.dated, p.account,"  # noqa: S608
        " sum(p.amount)::bigint AS amount, coalesce(sum(p.amount) FILTER (WHERE " + own + "), 0)::bigint AS own"
        f" FROM postings p WHERE {postings_of(column, of)} AND p.counts_from <= {of.as_at}"
        f" AND p.position <= {of.position} GROUP BY 1, 2, 3"
    )


_STATEMENTS = {column: _statement(column) for column in SCOPES}
_PROGRAMME = "SELECT programme_id FROM ledger_places WHERE thing = %(scope)s"


async def years_by(
    connection: Connection,
    column: str,
    values: Sequence[str],
    *,
    as_at: date,
    known: int | None = None,
    present: bool = False,
    quarters: bool = False,
) -> list[Years]:
    """The ladders of the scopes *values*, ids in *column* (one of SCOPES), by year or quarter: see ``years_of``."""
    lines = await funding_by(connection, column, values, as_at=as_at, known=known, present=present)
    return [await years_of(connection, line, quarters=quarters) for line in lines]


async def years_of(
    connection: Connection, line: FundingLine, *, quarters: bool = False, first_month: int | None = None
) -> Years:
    """The ladder *line*, of a scope in SCOPES, by financial year, or by quarter.

    A date counts as in the ladder: one that is known to the month or year counts from its last day. *first_month* saves
    looking it up.
    """
    if first_month is None:
        cursor = await connection.execute(_PROGRAMME, {"scope": line.scope})
        found = await cursor.fetchone()
        programme_id = found[0] if found is not None else None
        first_month = APRIL
        if programme_id is not None:
            first_month = await first_month_of(connection, programme_id, as_at=line.as_at, known=line.position)
    parameters = {
        "scope": line.scope, "currency": line.currency, "as_at": line.as_at, "known": line.position,
    }  # fmt: skip
    totals = await lines_of(connection, _MonthTotal, _STATEMENTS[line.column], parameters)
    by_period: dict[Period | None, list[_MonthTotal]] = defaultdict(list)
    for total in totals:
        period_of = quarter_of if quarters else year_of
        by_period[period_of(total.month, first_month) if total.dated else None].append(total)
    periods = sorted(by_period, key=lambda one: one.days.starts if one is not None else date.max)
    return Years(line, first_month, [PeriodFigures(one, _figures(line, by_period[one])) for one in periods])


def _figures(line: FundingLine, totals: Iterable[_MonthTotal]) -> dict[str, Decimal]:
    """The figures of the ladder *line* as sums of these totals."""
    by_account: dict[str, int] = defaultdict(int)
    own = 0
    for total in totals:
        by_account[total.account] += total.amount
        own += total.own
    minor = {name: _sum(by_account, accounts) for name, accounts in (FIGURES | HELD | COMMITTED).items()}
    minor |= {"budget": -own, "free": -own - minor["committed"]}
    shown = [*FIGURES, *HELD, *(name for name in BUDGETS if name in line.beside)]
    return {name: Decimal(minor[name]).scaleb(-minor_units(line.currency)) for name in shown}


def _sum(by_account: dict[str, int], accounts: dict[Account, int]) -> int:
    return sum(sign * by_account[account.value] for account, sign in accounts.items())
