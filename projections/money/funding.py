"""Funding: the ladder of figures of an award, partnership, scheme or programme, read from the ledger.

*as at* a date counts what was effective by then; *as known* at a position counts what was recorded by then. A date of
reduced precision counts from its last day. An undated event always counts; its part of a figure is shown as undated.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from functools import cache
from typing import Any

from psycopg.sql import SQL, Composable

from projections.money.chart import Account
from projections.tables.currencies import by_places
from projections.tables.paging import Connection, Listing, lines_of, sql

# Each figure is a sum of accounts, with signs. Returned money is on the credit side of its account.
FIGURES: dict[str, dict[Account, int]] = {
    "requested": {Account.REQUESTED: 1},
    "approved": {Account.APPROVED: 1},
    "awarded": {Account.AWARDED: 1},
    "payable": {Account.PAYABLE: 1},
    "paid": {Account.PAID: 1},
    "returned": {Account.RETURNED: -1},
    "spent": {Account.SPENT: 1},
    "recoverable": {Account.RECOVERABLE: 1},
    "available": {Account.AWARDED: 1, Account.PAID: -1, Account.RETURNED: -1},
}
SCOPES = ("award_id", "partnership_id", "scheme_id", "programme_id")


@dataclass(slots=True, frozen=True)
class FigureLine:
    """One figure in major units of the currency of its scope. *undated* is the part that no source dates."""

    amount: Decimal
    undated: Decimal


@dataclass(slots=True, frozen=True)
class FundingLine:
    """The ladder of one scope. *known_at* is when the last event up to *position* was recorded."""

    scope: str
    column: str
    currency: str
    as_at: date
    position: int
    known_at: datetime | None
    figures: dict[str, FigureLine]


async def funding_by(
    connection: Connection,
    column: str,
    values: Sequence[str],
    *,
    as_at: date,
    known: int | None = None,
    present: bool = False,
) -> list[FundingLine]:
    """The ladders of the scopes *values*, which are ids in *column* (one of SCOPES).

    *present* says that *as_at* is today or later. Then the stored balances are read, less the postings after *as_at*.
    """
    assert column in SCOPES
    parameters = {"ids": list(values), "as_at": as_at, "known": known}
    found = await lines_of(connection, tuple, sql(_statement(_source(known, present), column)), parameters)
    return [_ladder(column, as_at, *row) for row in found]


async def funding_beside(
    connection: Connection, column: str, values: Sequence[str], *, as_at: date, known: int | None = None
) -> list[FundingLine]:
    """The ladders of the scopes *values* in currencies other than their own, where there are any.

    Registers state payments and change awards in any currency. A sum never mixes two currencies.
    """
    assert column in SCOPES
    parameters = {"ids": list(values), "as_at": as_at, "known": known}
    found = await lines_of(connection, tuple, sql(_statement(_BESIDE, column)), parameters)
    return [_ladder(column, as_at, *row) for row in sorted(found)]


def ladder_beside(
    column: str, scope: SQL, *, as_at: date, known: int | None = None, present: bool = False
) -> tuple[str, dict[str, Any]]:
    """A statement for the ladder of one scope, and its parameters. It returns one row, or none without a ladder.

    *scope* is the SQL for its id in *column*, in a statement around this one. Each figure has a column with its name
    and one with its name and ``_undated``, the part that no source dates. Both are in major units of ``currency``.
    """
    assert column in SCOPES
    statement = _statement(_source(known, present), column, scope.as_string(None))
    return statement, {"as_at": as_at, "known": known}


def _source(known: int | None, present: bool) -> str:
    return _STORED if present and known is None else _SUMMED_UP


@cache
def _statement(source: str, column: str, scope: str = "ANY (%(ids)s)") -> str:
    """The statement *source* for *scope*, the SQL of an id in *column* or of several ids."""
    of_scope = (_OF_AWARD if column == "award_id" else _OF_OTHER).format(column)
    return source.format(of_scope=of_scope, scope=scope)


def _figure(name: str) -> str:
    """The figure as a sum over its accounts ``b`` in minor units, and the undated part of that sum."""
    signed = " ".join(f"WHEN '{account.value}' THEN {sign} * b.amount" for account, sign in FIGURES[name].items())
    amount = f"sum(CASE b.account {signed} END)"
    return f"coalesce({amount}, 0) AS {name}, coalesce({amount} FILTER (WHERE NOT b.dated), 0) AS {name}_undated"


# Each scope requested, with the position that the ledger has reached and its figures *s*, in one snapshot. Lateral
# subqueries take PostgreSQL two thirds of the time of the same query with joins and groups.
_EACH = """
    SELECT w.thing AS scope, {currency}, t.position,
           (SELECT e.recorded_at FROM log.events e WHERE e.notification_id <= t.position
             ORDER BY e.notification_id DESC LIMIT 1) AS known_at, {figures}
      FROM ledger_places w
     CROSS JOIN (SELECT least(position, coalesce(%(known)s::bigint, position)) AS position
                   FROM read.projections WHERE name = 'ledger') t
     CROSS JOIN LATERAL ({sums}) s
     CROSS JOIN LATERAL (SELECT {unit} AS unit OFFSET 0) u
     WHERE w.thing = {{scope}}"""
_SUMS = ", ".join(map(_figure, FIGURES))
_SUMMED = [column for name in FIGURES for column in (name, f"{name}_undated")]
# One minor unit, with its decimal places: a product with it has the same places. OFFSET 0 makes PostgreSQL compute it
# once for a scope, not once for each figure.
_UNIT = {0: "1.", 2: "0.01", 3: "0.001"}


def _of_each(currency: str, sums: str) -> str:
    """The statement for a ladder from *sums* in minor units. *currency* is the column of the currency."""
    figures = ", ".join(f"s.{column} * u.unit AS {column}" for column in _SUMMED)
    return _EACH.format(currency=currency, figures=figures, unit=by_places(currency, _UNIT), sums=sums)


# The date is in a subquery, or PostgreSQL would plan again for each date, which takes longer than the sums.
_AS_AT = "(SELECT %(as_at)s::date)"
# The figures requested and approved of an award are those of its bid.
_OF_AWARD = "(p.{} = w.thing OR p.bid_id = w.bid_id)"
_OF_OTHER = "p.{} = w.thing"
_SUMMED_UP = _of_each(
    "w.currency",
    f"""
        SELECT {_SUMS} FROM (
            SELECT p.account, p.dated, sum(p.amount) AS amount FROM postings p
             WHERE {{of_scope}} AND p.currency = w.currency AND p.counts_from <= {_AS_AT} AND p.position <= t.position
             GROUP BY p.account, p.dated) b""",
)
_STORED = _of_each(
    "w.currency",
    f"""
        SELECT {_SUMS} FROM (
            SELECT account, dated, amount FROM balances WHERE scope IN (w.thing, w.bid_id) AND currency = w.currency
             UNION ALL
            SELECT p.account, p.dated, -p.amount FROM postings p
             WHERE {{of_scope}} AND p.currency = w.currency AND p.counts_from > {_AS_AT}) b""",
)
_BESIDE = _of_each(
    "s.currency",
    f"""
        SELECT b.currency, {_SUMS} FROM (
            SELECT p.account, p.dated, p.currency, sum(p.amount) AS amount FROM postings p
             WHERE {{of_scope}} AND p.currency <> w.currency AND p.counts_from <= {_AS_AT} AND p.position <= t.position
             GROUP BY p.account, p.dated, p.currency HAVING sum(p.amount) <> 0) b
         GROUP BY b.currency""",
)


def _ladder(
    column: str, as_at: date, scope: str, currency: str, position: int, known_at: datetime | None, *sums: Decimal
) -> FundingLine:
    """The ladder of a row. *sums* are the amount and the undated part of each figure in turn."""
    figures = {
        name: FigureLine(amount=amount, undated=undated)
        for name, amount, undated in zip(FIGURES, sums[::2], sums[1::2], strict=True)
    }
    return FundingLine(
        scope=scope,
        column=column,
        currency=currency,
        as_at=as_at,
        position=position,
        known_at=known_at,
        figures=figures,
    )


def behind(line: FundingLine, figure: str) -> tuple[Composable, dict[str, Any]]:
    """The condition that picks the events that add up to *figure*, in a list of events ``a``, and its parameters."""
    of_scope = _of_scope(line)
    return SQL(
        "a.position IN (SELECT p.position FROM postings p WHERE {} AND p.account = ANY (%(accounts)s)"
        " AND p.currency = %(currency)s AND p.counts_from <= %(as_at)s AND p.position <= %(known)s)"
    ).format(of_scope), {
        "scope": line.scope,
        "accounts": [account.value for account in FIGURES[figure]],
        "currency": line.currency,
        "as_at": line.as_at,
        "known": line.position,
    }


def _of_scope(line: FundingLine) -> SQL:
    """The condition that picks the postings ``p`` of the scope of *line*."""
    scope = _OF_AWARD if line.column == "award_id" else _OF_OTHER
    return sql(scope.format(line.column).replace("w.thing", "%(scope)s").replace("w.bid_id", _BID_OF_SCOPE))


_BID_OF_SCOPE = "(SELECT bid_id FROM ledger_places WHERE thing = %(scope)s)"


@dataclass(slots=True)
class ContributionLine:
    """The amount that one event adds to a figure, in minor units."""

    position: int
    name: str
    effective: str
    recorded_at: datetime
    actor: str
    stream: str
    amount: int


async def contributions(connection: Connection, line: FundingLine, figure: str) -> list[ContributionLine]:
    """The events that add up to *figure* of *line*, each with its amount, in the order of the log."""
    condition, parameters = behind(line, figure)
    signs = {account.value: sign for account, sign in FIGURES[figure].items()}
    of_scope = _of_scope(line)
    statement = SQL(
        "SELECT a.position, a.name, a.effective, a.recorded_at, a.actor, a.stream,"
        " (SELECT sum(p.amount * s.sign) FROM postings p"
        "    JOIN unnest(%(accounts)s::text[], %(signs)s::integer[]) AS s (account, sign) USING (account)"
        "   WHERE p.position = a.position AND {} AND p.currency = %(currency)s)::bigint AS amount"
        " FROM audit a WHERE {} ORDER BY a.position"
    ).format(of_scope, condition)
    parameters |= {"signs": [signs[account] for account in parameters["accounts"]]}
    return await lines_of(connection, ContributionLine, statement, parameters)


def listing_behind(line: FundingLine, figure: str, listing: Listing) -> Listing:
    """*listing* of the audit log, limited to the events that add up to *figure* of *line*."""
    condition, parameters = behind(line, figure)
    return Listing(
        select=listing.select,
        source=listing.source,
        where=[*listing.where, condition],
        parameters=listing.parameters | parameters,
        key=listing.key,
    )
