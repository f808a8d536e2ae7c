"""Funding: the ladder of figures of an award, partnership, scheme or programme, read from the ledger.

As at a date (what was effective by then) and as known at a position (what had been recorded by then). A date of reduced
precision counts from its last day; an unknown one from the start, and its share of a figure is told as undated.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from functools import cache, partial
from typing import Any

from psycopg.sql import SQL, Composable

from domain.money import minor_units
from projections.accounts import Account
from projections.paging import Connection, Listing, lines_of, sql

# Each figure is a sum of accounts. Returned money stands on the credit side of its account.
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
# The same by the accounts' names.
_SIGNS = {name: [(account.value, sign) for account, sign in accounts.items()] for name, accounts in FIGURES.items()}
SCOPES = ("award_id", "partnership_id", "scheme_id", "programme_id")


@dataclass(slots=True, frozen=True)
class FigureLine:
    """One figure in major units of the scope's currency, and how much of it no source dates."""

    amount: Decimal
    undated: Decimal


@dataclass(slots=True, frozen=True)
class FundingLine:
    """The ladder of one scope; *known_at* is when the last event that counts was recorded."""

    scope: str
    column: str
    currency: str
    as_at: date
    position: int
    known_at: datetime | None
    figures: dict[str, FigureLine]


@dataclass(slots=True)
class _Sums:
    """The sums of one scope in one currency, in minor units: side by side an account, whether dated, how much."""

    id: str
    currency: str
    position: int
    known_at: datetime | None
    accounts: list[str] | None
    dated: list[bool] | None
    amounts: list[int] | None


async def funding_by(
    connection: Connection,
    column: str,
    values: Sequence[str],
    *,
    as_at: date,
    known: int | None = None,
    present: bool = False,
) -> list[FundingLine]:
    """The ladders of the scopes *values*, which are ids for *column* (one of SCOPES).

    *present* says that *as_at* is today or later: then standing balances are read, less what only counts later.
    """
    assert column in SCOPES
    parameters = {"ids": list(values), "as_at": as_at, "known": known}
    found = await lines_of(connection, _Sums, sql(_statement(_source(known, present), column)), parameters)
    return [_ladder(column, as_at, sums) for sums in found]


async def funding_beside(
    connection: Connection, column: str, values: Sequence[str], *, as_at: date, known: int | None = None
) -> list[FundingLine]:
    """The ladders of the scopes *values* in further currencies than their own, for those of which there are any.

    Registers state payments, and change awards, in whichever currency they like: no sum ever mixes two.
    """
    assert column in SCOPES
    parameters = {"ids": list(values), "as_at": as_at, "known": known}
    found = await lines_of(connection, _Sums, sql(_statement(_BESIDE, column)), parameters)
    return [_ladder(column, as_at, sums) for sums in sorted(found, key=lambda sums: (sums.id, sums.currency))]


def ladder_beside(
    column: str, scope: SQL, *, as_at: date, known: int | None = None, present: bool = False
) -> tuple[str, dict[str, Any]]:
    """A statement of one row that the ladder of one scope is made of, with its parameters.

    *scope* stands for its id, for *column*, in a statement around it.
    """
    assert column in SCOPES
    statement = _statement(_source(known, present), column, scope.as_string(None))
    return statement, {"as_at": as_at, "known": known}


def ladder_of(column: str, as_at: date, row: Sequence[Any]) -> FundingLine | None:
    """The ladder that is made of a *row* of ``ladder_beside``; None when there is none."""
    sums = _Sums(*row)
    return None if sums.id is None else _ladder(column, as_at, sums)


# So many columns has a row of ladder_beside.
COLUMNS = 7


def _source(known: int | None, present: bool) -> str:
    return _STANDING if present and known is None else _ADDED


@cache
def _statement(source: str, column: str, scope: str = "ANY (%(ids)s)") -> str:
    """The statement that *source* is for the *scope*, which is an id for *column*, or any of some."""
    of_scope = (_OF_AWARD if column == "award_id" else _OF_OTHER).format(column)
    return source.format(of_scope=of_scope, scope=scope)


# Each scope asked for, with the position that the ledger has reached and its sums *s*: one snapshot. Parts that are
# asked for a row at a time take PostgreSQL two thirds of the time of the same joined and grouped.
_OF_EACH = """
    SELECT w.thing AS id, {currency}, t.position,
           (SELECT e.recorded_at FROM log.events e WHERE e.notification_id <= t.position
             ORDER BY e.notification_id DESC LIMIT 1) AS known_at,
           s.accounts, s.dated, s.amounts
      FROM ledger_places w
     CROSS JOIN (SELECT least(position, coalesce(%(known)s::bigint, position)) AS position
                   FROM read.projections WHERE name = 'ledger') t
      {join} LATERAL ({sums}) s ON true
     WHERE w.thing = {{scope}}"""
_SIDE_BY_SIDE = "array_agg(b.account) AS accounts, array_agg(b.dated) AS dated, array_agg(b.amount) AS amounts"
_IN_ITS_OWN = partial(_OF_EACH.format, currency="w.currency", join="LEFT JOIN")
# The date stands in a statement of its own: PostgreSQL would plan anew for each date, which takes longer than the sums.
_AS_AT = "(SELECT %(as_at)s::date)"
# An award is asked for and approved through its bid.
_OF_AWARD = "(p.{} = w.thing OR p.bid_id = w.bid_id)"
_OF_OTHER = "p.{} = w.thing"
_ADDED = _IN_ITS_OWN(
    sums=f"""
        SELECT {_SIDE_BY_SIDE} FROM (
            SELECT p.account, p.dated, sum(p.amount)::bigint AS amount FROM postings p
             WHERE {{of_scope}} AND p.currency = w.currency AND p.counts_from <= {_AS_AT} AND p.position <= t.position
             GROUP BY p.account, p.dated) b"""
)
_STANDING = _IN_ITS_OWN(
    sums=f"""
        SELECT {_SIDE_BY_SIDE} FROM (
            SELECT account, dated, amount FROM balances WHERE scope IN (w.thing, w.bid_id) AND currency = w.currency
             UNION ALL
            SELECT p.account, p.dated, -sum(p.amount)::bigint FROM postings p
             WHERE {{of_scope}} AND p.currency = w.currency AND p.counts_from > {_AS_AT}
             GROUP BY p.account, p.dated) b"""
)
_BESIDE = _OF_EACH.format(
    currency="s.currency",
    join="JOIN",
    sums=f"""
        SELECT b.currency, {_SIDE_BY_SIDE} FROM (
            SELECT p.account, p.dated, p.currency, sum(p.amount)::bigint AS amount FROM postings p
             WHERE {{of_scope}} AND p.currency <> w.currency AND p.counts_from <= {_AS_AT} AND p.position <= t.position
             GROUP BY p.account, p.dated, p.currency HAVING sum(p.amount) <> 0) b
         GROUP BY b.currency""",
)


def _ladder(column: str, as_at: date, found: _Sums) -> FundingLine:
    in_all: dict[str, int] = defaultdict(int)
    undated: dict[str, int] = defaultdict(int)
    for account, dated, amount in zip(found.accounts or (), found.dated or (), found.amounts or (), strict=True):
        in_all[account] += amount
        if not dated:
            undated[account] += amount
    places = minor_units(found.currency)
    none = _sum({}, [], places)

    def figure(accounts: list[tuple[str, int]]) -> FigureLine:
        return FigureLine(
            amount=_sum(in_all, accounts, places), undated=_sum(undated, accounts, places) if undated else none
        )

    return FundingLine(
        scope=found.id,
        column=column,
        currency=found.currency,
        as_at=as_at,
        position=found.position,
        known_at=found.known_at,
        figures={name: figure(accounts) for name, accounts in _SIGNS.items()},
    )


def _sum(amounts: Mapping[str, int], accounts: list[tuple[str, int]], places: int) -> Decimal:
    """What a figure comes to in major units, which have so many *places*."""
    amount = 0
    for account, sign in accounts:
        if account in amounts:
            amount += sign * amounts[account]
    return Decimal(amount).scaleb(-places)


def behind(line: FundingLine, figure: str) -> tuple[Composable, dict[str, Any]]:
    """The condition that picks the events that *figure* is the sum of, for a list of events ``a`` by position."""
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
    """What one event adds to a figure, in minor units."""

    position: int
    name: str
    effective: str
    recorded_at: datetime
    actor: str
    stream: str
    amount: int


async def contributions(connection: Connection, line: FundingLine, figure: str) -> list[ContributionLine]:
    """The events that *figure* of *line* is the sum of, each with what it adds, in the order of the log."""
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
    """*listing* of the audit log, kept to the events that *figure* of *line* is the sum of."""
    condition, parameters = behind(line, figure)
    return Listing(
        select=listing.select,
        source=listing.source,
        where=[*listing.where, condition],
        parameters=listing.parameters | parameters,
        key=listing.key,
    )
