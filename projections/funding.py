"""Funding: the ladder of figures of an award, partnership, scheme or programme, read from the ledger.

As at a date (what was effective by then) and as known at a position (what had been recorded by then). A date of reduced
precision counts from its last day; an unknown one from the start, and its share of a figure is told as undated.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from functools import cache
from typing import Any, cast

from psycopg.sql import SQL, Composable, Identifier

from domain.money import minor_units
from projections.accounts import Account
from projections.paging import Connection, Listing, flat, lines_of

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
class _Balance:
    id: str
    currency: str
    position: int
    known_at: datetime | None
    account: str | None
    dated: bool | None
    amount: int | None


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
    lines = await lines_of(connection, _Balance, _statement(_source(known, present), column), parameters)
    grouped: dict[str, list[_Balance]] = defaultdict(list)
    for line in lines:
        grouped[line.id].append(line)
    return [_ladder(column, as_at, balances) for balances in grouped.values()]


async def funding_beside(
    connection: Connection, column: str, values: Sequence[str], *, as_at: date, known: int | None = None
) -> list[FundingLine]:
    """The ladders of the scopes *values* in further currencies than their own, for those of which there are any.

    Registers state payments, and change awards, in whichever currency they like: no sum ever mixes two.
    """
    assert column in SCOPES
    parameters = {"ids": list(values), "as_at": as_at, "known": known}
    balances = await lines_of(connection, _Balance, _statement(_BESIDE, column), parameters)
    grouped: dict[tuple[str, str], list[_Balance]] = defaultdict(list)
    for balance in balances:
        grouped[balance.id, balance.currency].append(balance)
    return [_ladder(column, as_at, grouped[one]) for one in sorted(grouped)]


def ladder_beside(
    column: str, scope: SQL, *, as_at: date, known: int | None = None, present: bool = False
) -> tuple[str, dict[str, Any]]:
    """A statement of one row that the ladder of one scope is made of, with its parameters.

    *scope* stands for its id, for *column*, in a statement around it.
    """
    assert column in SCOPES
    return _gathered(_source(known, present), column, scope.as_string(None)), {"as_at": as_at, "known": known}


def ladder_of(column: str, as_at: date, row: Sequence[Any]) -> FundingLine | None:
    """The ladder that is made of a *row* of ``ladder_beside``; None when there is none."""
    scope, currency, position, known_at, *balances = row
    if scope is None:
        return None
    lines = [_Balance(scope, currency, position, known_at, *balance) for balance in zip(*balances, strict=True)]
    return _ladder(column, as_at, lines)


# So many columns has a row of ladder_beside.
COLUMNS = 7


def _source(known: int | None, present: bool) -> str:
    return _STANDING if present and known is None else _ADDED


@cache
def _statement(source: str, column: str, scope: str = "ANY (%(ids)s)") -> SQL:
    """The statement that *source* is for the *scope*, which is an id for *column*, or any of some."""
    of_award = SQL(cast(Any, _OF_AWARD if column == "award_id" else _OF_OTHER)).format(Identifier(column))
    return flat(SQL(cast(Any, source)).format(of_award=of_award, scope=SQL(cast(Any, scope))))


@cache
def _gathered(source: str, column: str, scope: str) -> str:
    statement = _statement(source, column, scope).as_string(None)
    return (
        "SELECT g.id, g.currency, g.position, g.known_at, array_agg(g.account), array_agg(g.dated), array_agg(g.amount)"
        f" FROM ({statement}) g GROUP BY g.id, g.currency, g.position, g.known_at"
    )


# The scopes asked for, with the position that the ledger has reached: one snapshot with the sums.
_WANTED = """
    WITH reached AS (
        SELECT least(position, coalesce(%(known)s::bigint, position)) AS position
          FROM read.projections WHERE name = 'ledger'
    ), told AS (
        SELECT r.position, (SELECT e.recorded_at FROM log.events e WHERE e.notification_id <= r.position
                             ORDER BY e.notification_id DESC LIMIT 1) AS known_at
          FROM reached r
    ), wanted AS (
        SELECT l.thing AS id, l.currency, l.bid_id, t.position, t.known_at
          FROM ledger_places l CROSS JOIN told t WHERE l.thing = {scope}
    )
    SELECT w.id, w.currency, w.position, w.known_at, s.account, s.dated, s.amount::bigint AS amount FROM wanted w"""
# The date stands in a statement of its own: PostgreSQL would plan anew for each date, which takes longer than the sums.
# An award is asked for and approved through its bid.
_OF_AWARD = "(p.{} = w.id OR p.bid_id = w.bid_id)"
_OF_OTHER = "p.{} = w.id"
_ADDED = (
    _WANTED
    + """
      LEFT JOIN LATERAL (
        SELECT p.account, p.dated, sum(p.amount) AS amount FROM postings p
         WHERE {of_award} AND p.currency = w.currency AND p.counts_from <= (SELECT %(as_at)s::date)
           AND p.position <= w.position
         GROUP BY p.account, p.dated) s ON true"""
)
_BESIDE = (
    _WANTED.replace("w.currency, w.position", "s.currency, w.position")
    + """
      JOIN LATERAL (
        SELECT p.account, p.dated, p.currency, sum(p.amount) AS amount FROM postings p
         WHERE {of_award} AND p.currency <> w.currency AND p.counts_from <= %(as_at)s AND p.position <= w.position
         GROUP BY p.account, p.dated, p.currency HAVING sum(p.amount) <> 0) s ON true"""
)
_STANDING = (
    _WANTED
    + """
      LEFT JOIN LATERAL (
        SELECT b.account, b.dated, sum(b.amount) AS amount FROM (
            SELECT account, dated, amount FROM balances
             WHERE scope IN (w.id, w.bid_id) AND currency = w.currency
             UNION ALL
            SELECT p.account, p.dated, -p.amount FROM postings p
             WHERE {of_award} AND p.currency = w.currency AND p.counts_from > (SELECT %(as_at)s::date)) b
         GROUP BY b.account, b.dated) s ON true"""
)


def _ladder(column: str, as_at: date, balances: list[_Balance]) -> FundingLine:
    first = balances[0]
    places = minor_units(first.currency)
    sums: dict[tuple[str, bool], int] = {}
    for line in balances:
        if line.account is not None and line.amount is not None:
            sums[line.account, bool(line.dated)] = line.amount

    def figure(accounts: list[tuple[str, int]]) -> FigureLine:
        def in_all(dated: bool) -> int:
            return sum([sign * sums.get((account, dated), 0) for account, sign in accounts])

        undated = in_all(False)
        return FigureLine(
            amount=Decimal(in_all(True) + undated).scaleb(-places), undated=Decimal(undated).scaleb(-places)
        )

    return FundingLine(
        scope=first.id,
        column=column,
        currency=first.currency,
        as_at=as_at,
        position=first.position,
        known_at=first.known_at,
        figures={name: figure(accounts) for name, accounts in _SIGNS.items()},
    )


def behind(line: FundingLine, figure: str) -> tuple[Composable, dict[str, Any]]:
    """The condition that picks the events that *figure* is the sum of, for a list of events ``a`` by position."""
    scope = _OF_AWARD if line.column == "award_id" else _OF_OTHER
    of_scope = SQL(scope.replace("w.id", "%(scope)s").replace("w.bid_id", _BID_OF_SCOPE)).format(
        Identifier(line.column)
    )
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
    scope = _OF_AWARD if line.column == "award_id" else _OF_OTHER
    of_scope = SQL(scope.replace("w.id", "%(scope)s").replace("w.bid_id", _BID_OF_SCOPE)).format(
        Identifier(line.column)
    )
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
