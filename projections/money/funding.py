"""Funding: the ladder of figures of an award, partnership, scheme or programme, read from the ledger.

*as at* a date counts what was effective by then; *as known* at a position counts what was recorded by then. A date of
reduced precision counts from its last day. An undated event always counts; its part of a figure is shown as undated.
A figure for which nothing was recorded is not stated, which is not the same as 0.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from functools import cache
from typing import Any, NamedTuple

from psycopg.sql import SQL

from projections.audit import bodies
from projections.money.chart import Account
from projections.register.mergers import parts_of
from projections.tables.currencies import by_places
from projections.tables.paging import Connection, Listing, lines_of, sql, where

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
# What is shown beside the ladder: what a partnership still has, and what a budget has been committed to. Of an
# award the account of its budget has the amount, and an allocation its own amount and the other side of it.
HELD = {"held": {Account.PAID: 1, Account.RETURNED: 1, Account.SPENT: -1}}
COMMITTED = {"committed": {Account.BUDGET: -1, Account.APPROPRIATION: -1}}
_SUMMED = FIGURES | HELD | COMMITTED
# The figures of a budget, which schemes and programmes have, as sums over the events that move them.
BUDGETS: dict[str, dict[Account, int]] = {
    "budget": {Account.APPROPRIATION: -1},
    "committed": {Account.BUDGET: -1},
    "free": {Account.APPROPRIATION: -1, Account.BUDGET: 1},
}
WITH_BUDGET = ("scheme_id", "programme_id")
SHOWN = FIGURES | HELD | BUDGETS
# Whoever states a payment states what else was paid, returned or spent. For our own awards we always know it.
OF_PAYMENTS = ("payable", "paid", "returned", "spent", "recoverable")
FROM_PAYMENTS = (*OF_PAYMENTS, *HELD)
SCOPES = ("award_id", "partnership_id", "scheme_id", "programme_id", "funder_id")


@dataclass(slots=True, frozen=True)
class FigureLine:
    """One figure in major units of the currency of its scope. *undated* is the part that no source dates.

    *stated* is False where nothing was recorded for the figure. Then its amount is 0.
    """

    amount: Decimal
    undated: Decimal
    stated: bool


@dataclass(slots=True, frozen=True)
class FundingLine:
    """The ladder of one scope. *known_at* is when the last event up to *position* was recorded.

    *beside* are the figures that are not of the ladder: those of HELD, and of BUDGETS where a budget was recorded.
    """

    scope: str
    column: str
    currency: str
    as_at: date
    position: int
    known_at: datetime | None
    figures: dict[str, FigureLine]
    beside: dict[str, FigureLine]


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
    column: str, scope: str, *, as_at: date, known: int | None = None, present: bool = False
) -> tuple[str, dict[str, Any]]:
    """A statement for the ladder of one scope, and its parameters. It returns one row, or none without a ladder.

    *scope* is the SQL for its id in *column*, in a statement around this one. Each figure has a column with its name
    and one with its name and ``_undated``, the part that no source dates. Both are in major units of ``currency``.
    ``stated`` in the name of a third says whether anything was recorded for it. ``is_now`` says whether the ladder is
    that of today, as known now.
    """
    assert column in SCOPES
    statement = _statement(_source(known, present), column, scope)
    is_now = "true" if present and known is None else "false"
    text = f"SELECT l.*, %(as_at)s::date AS as_at, {is_now} AS is_now FROM ({statement}) l"
    return text, {"as_at": as_at, "known": known}


def _source(known: int | None, present: bool) -> str:
    return _STORED if present and known is None else _SUMMED_UP


@cache
def _statement(source: str, column: str, scope: str = "ANY (%(ids)s)") -> str:
    """The statement *source* for *scope*, the SQL of an id in *column* or of several ids."""
    funds = column == "funder_id"
    return source.format(
        of_scope=_OF_SCOPE.get(column, _OF_OTHER).format(column),
        places=_FUNDERS if funds else "ledger_places w",
        balances=_ITS_FUNDERS if funds else "IN (w.thing, w.bid_id)",
        scope=scope,
        # A budget is in the currency of its scope.
        budget=_budget("" if source is _BESIDE else column),
    )


def _budget(column: str) -> str:
    """The statement for the budget of the scope ``w`` in minor units, its undated part, and whether one is recorded."""
    if column not in WITH_BUDGET:
        return "SELECT 0::bigint AS budget, 0::bigint AS budget_undated, false AS budget_stated"
    of = Ladder("w.thing", "w.currency", _AS_AT, "t.position")
    return f"""
        SELECT coalesce(-sum(p.amount), 0) AS budget, coalesce(sum(p.made), 0) > 0 AS budget_stated,
               coalesce(-sum(p.amount) FILTER (WHERE NOT p.dated), 0) AS budget_undated
          FROM postings p WHERE p.{column} = w.thing AND p.account = 'appropriation' AND p.currency = w.currency
           AND p.counts_from <= {of.as_at} AND p.position <= {of.position} AND {own_budget(column, of)}"""


def own_budget(column: str, of: "Ladder") -> str:
    """The condition that a posting ``p`` of a budget is of the scope's own: a programme's includes its schemes'.

    The budgets of schemes are parts of that of their programme, if it has one of its own.
    """
    if column != "programme_id":
        return "true"
    return (
        f"(p.scheme_id IS NULL) = EXISTS (SELECT FROM postings q WHERE q.programme_id = {of.scope}"
        f" AND q.account = 'appropriation' AND q.scheme_id IS NULL AND q.currency = {of.currency}"
        f" AND q.counts_from <= {of.as_at} AND q.position <= {of.position})"
    )


def _figure(name: str) -> str:
    """The figure as a sum over its accounts ``b`` in minor units, the undated part of it, and whether it is stated."""
    signed = " ".join(f"WHEN '{account.value}' THEN {sign} * b.amount" for account, sign in _SUMMED[name].items())
    amount = f"sum(CASE b.account {signed} END)"
    # What is available follows from the award.
    accounts = OF_PAYMENTS if name in FROM_PAYMENTS else (next(iter(_SUMMED[name])).value,)
    stated = f"coalesce(sum(b.made) FILTER (WHERE b.account IN ({', '.join(map(repr, accounts))})), 0) > 0"
    if name in FROM_PAYMENTS:
        stated += " OR coalesce(sum(b.live) FILTER (WHERE b.account = 'awarded'), 0) > 0"
    return (
        f"coalesce({amount}, 0) AS {name}, coalesce({amount} FILTER (WHERE NOT b.dated), 0) AS {name}_undated,"
        f" ({stated}) AS {name}_stated"
    )


# Each scope requested, with the position that the ledger has reached and its figures *s*, in one snapshot. Lateral
# subqueries take PostgreSQL two thirds of the time of the same query with joins and groups.
_EACH = """
    SELECT w.thing AS scope, {currency}, t.position,
           (SELECT m.recorded_at FROM log.moments m WHERE m.position <= t.position
             ORDER BY m.position DESC LIMIT 1) AS known_at, {figures}
      FROM {{places}}
     CROSS JOIN (SELECT least(position, coalesce(%(known)s::bigint, position)) AS position
                   FROM read.projections WHERE name = 'ledger') t
     CROSS JOIN LATERAL ({sums}) s
     CROSS JOIN LATERAL ({{budget}}) given
     CROSS JOIN LATERAL (SELECT {unit} AS unit OFFSET 0) u
     WHERE w.thing = {{scope}}"""
_SUMS = ", ".join(map(_figure, _SUMMED))
# One minor unit, with its decimal places: a product with it has the same places. OFFSET 0 makes PostgreSQL compute it
# once for a scope, not once for each figure.
_UNIT = {0: "1.", 2: "0.01", 3: "0.001"}


def _of_each(currency: str, sums: str) -> str:
    """The statement for a ladder from *sums* in minor units. *currency* is the column of the currency."""
    sources = dict.fromkeys((*FIGURES, *HELD), ("s.{}", "s.{}_stated")) | {
        "budget": ("given.{}", "given.budget_stated"),
        "committed": ("s.{}", "given.budget_stated"),
        "free": ("(given.budget{0} - s.committed{0})", "given.budget_stated"),
    }
    figures = ", ".join(
        f"{_part(amount, name, '')} * u.unit AS {name}, {_part(amount, name, '_undated')} * u.unit AS {name}_undated,"
        f" {stated.format(name)} AS {name}_stated"
        for name, (amount, stated) in sources.items()
    )
    return _EACH.format(currency=currency, figures=figures, unit=by_places(currency, _UNIT), sums=sums)


def _part(amount: str, name: str, part: str) -> str:
    """The SQL of a figure, or of a *part* of it. A figure that is made of two others names the part itself."""
    return amount.format(part) if "{0}" in amount else amount.format(name) + part


# The date is in a subquery, or PostgreSQL would plan again for each date, which takes longer than the sums.
_AS_AT = "(SELECT %(as_at)s::date)"
# The figures requested and approved of an award are those of its bid.
_OF_AWARD = "(p.{} = w.thing OR p.bid_id = w.bid_id)"
_OF_OTHER = "p.{} = w.thing"
# An organisation has the money of those that are part of it, and its ladder is in the currency of the first of them.
_ITS_FUNDERS = "= ANY (w.parts)"
_FUNDERS = f"""(
    SELECT o.id AS thing, NULL::text AS bid_id, f.currency, its.parts FROM organisations o
     CROSS JOIN LATERAL (SELECT {parts_of("o.id", _AS_AT, "%(known)s::bigint")} AS parts OFFSET 0) its
     CROSS JOIN LATERAL (
        SELECT f.currency FROM ledger_places f WHERE f.thing = ANY (its.parts)
         ORDER BY f.thing <> o.id, f.thing LIMIT 1) f) w"""
_OF_SCOPE = {"award_id": _OF_AWARD, "funder_id": f"p.{{}} {_ITS_FUNDERS}"}
_SUMMED_UP = _of_each(
    "w.currency",
    f"""
        SELECT {_SUMS} FROM (
            SELECT p.account, p.dated, sum(p.amount) AS amount, sum(p.made) AS made,
                   sum(p.made) FILTER (WHERE p.live) AS live FROM postings p
             WHERE {{of_scope}} AND p.currency = w.currency AND p.counts_from <= {_AS_AT} AND p.position <= t.position
             GROUP BY p.account, p.dated) b""",
)
_STORED = _of_each(
    "w.currency",
    f"""
        SELECT {_SUMS} FROM (
            SELECT account, dated, amount, made, live FROM balances
             WHERE scope {{balances}} AND currency = w.currency
             UNION ALL
            SELECT p.account, p.dated, -p.amount, -p.made, CASE WHEN p.live THEN -p.made ELSE 0 END FROM postings p
             WHERE {{of_scope}} AND p.currency = w.currency AND p.counts_from > {_AS_AT}) b""",
)
_BESIDE = _of_each(
    "s.currency",
    f"""
        SELECT b.currency, {_SUMS} FROM (
            SELECT p.account, p.dated, p.currency, sum(p.amount) AS amount, sum(p.made) AS made,
                   sum(p.made) FILTER (WHERE p.live) AS live FROM postings p
             WHERE {{of_scope}} AND p.currency <> w.currency AND p.counts_from <= {_AS_AT} AND p.position <= t.position
             GROUP BY p.account, p.dated, p.currency HAVING sum(p.amount) <> 0) b
         GROUP BY b.currency""",
)


def _ladder(
    column: str, as_at: date, scope: str, currency: str, position: int, known_at: datetime | None, *sums: Any
) -> FundingLine:
    """The ladder of a row. *sums* are of each figure the amount, its undated part, and whether it is stated."""
    figures = {
        name: FigureLine(amount=amount, undated=undated, stated=stated)
        for name, amount, undated, stated in zip(SHOWN, sums[::3], sums[1::3], sums[2::3], strict=True)
    }
    return FundingLine(
        scope=scope,
        column=column,
        currency=currency,
        as_at=as_at,
        position=position,
        known_at=known_at,
        figures={name: figures[name] for name in FIGURES},
        beside={name: one for name, one in figures.items() if name in HELD or (name in BUDGETS and one.stated)},
    )


class Ladder(NamedTuple):
    """The SQL for what a ladder is of: the id of its scope, its currency, its day and the position that it is known at.

    By default they are parameters.
    """

    scope: str = "%(scope)s"
    currency: str = "%(currency)s"
    as_at: str = "%(as_at)s"
    position: str = "%(known)s"


def postings_of(column: str, of: Ladder) -> str:
    """The condition that picks the postings ``p`` of a ladder in its currency."""
    if column == "funder_id":
        return f"p.funder_id = ANY ({parts_of(of.scope, of.as_at, of.position)}) AND p.currency = {of.currency}"
    bid = f"(SELECT bid_id FROM ledger_places WHERE thing = {of.scope})"
    scope = (_OF_AWARD if column == "award_id" else _OF_OTHER).format(column)
    return f"{scope.replace('w.thing', of.scope).replace('w.bid_id', bid)} AND p.currency = {of.currency}"


def _counted(column: str, figure: str, of: Ladder) -> str:
    """The condition that picks the postings ``p`` of an event ``a`` that add up to a figure."""
    text = (
        f"{postings_of(column, of)} AND p.account = ANY (%(accounts)s) AND p.counts_from <= {of.as_at}"
        f" AND p.position <= {of.position}"
    )
    if figure not in BUDGETS:
        return text
    # An allocation is posted to both accounts of a budget, an award to one.
    allocates = "(SELECT starts_with(e.topic, 'Budget') FROM events e WHERE e.notification_id = p.position)"
    own = f"(p.account = 'budget' OR {own_budget(column, of)})"
    return f"{text} AND (p.account = 'budget') <> {allocates} AND {own}"


def _behind(column: str, figure: str, of: Ladder) -> str:
    """The condition that picks the events that add up to a figure, in a list of events ``a``."""
    return f"a.position IN (SELECT p.position FROM postings p WHERE {_counted(column, figure, of)})"


def _adds(column: str, figure: str, of: Ladder) -> str:
    """What the event ``a`` adds to a figure, in minor units."""
    signed = " ".join(f"WHEN '{account.value}' THEN {sign}" for account, sign in SHOWN[figure].items())
    return (
        f"(SELECT sum(p.amount * CASE p.account {signed} END) FROM postings p"
        f" WHERE p.position = a.position AND {_counted(column, figure, of)})::bigint"
    )


def _parameters(line: FundingLine, figure: str) -> dict[str, Any]:
    return {
        "scope": line.scope,
        "currency": line.currency,
        "as_at": line.as_at,
        "known": line.position,
        "accounts": [account.value for account in SHOWN[figure]],
    }


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
    of = contributed(line, figure)
    statement = SQL("SELECT {} FROM {} {} ORDER BY a.position").format(of.select, of.source, where(of.where))
    return await lines_of(connection, ContributionLine, statement, of.parameters)


def contributed(line: FundingLine, figure: str) -> Listing:
    """The list of the events that add up to *figure* of *line*, in the order of the log: rows of ContributionLine.

    Its total is in minor units.
    """
    adds = _adds(line.column, figure, Ladder())
    return Listing(
        select=sql(f"a.position, a.name, a.effective, a.recorded_at, a.actor, a.stream, {adds} AS amount"),
        source=sql("audit a"),
        where=[sql(_behind(line.column, figure, Ladder()))],
        parameters=_parameters(line, figure),
        key=("a.position",),
        sums=(adds, f"{Ladder().currency}::text"),
    )


@dataclass(slots=True)
class AddedLine:
    """What the event at *position* adds to a figure, in major units of *currency*; its award and payment, if any."""

    position: int
    adds: Decimal
    currency: str
    award_id: str | None
    payment_number: int | None


def added_to(line: FundingLine, figure: str) -> Listing:
    """The list of what each event adds to *figure* of *line*: rows of AddedLine, in the order of the log."""
    return _added(line.column, figure, Ladder(), _parameters(line, figure))


def added_beside(column: str, figure: str) -> Listing:
    """The same for the ladder in the row ``funding`` (see ``listing_beside``)."""
    return _added(column, figure, _ROW, {"accounts": [account.value for account in SHOWN[figure]]})


def _added(column: str, figure: str, of: Ladder, parameters: dict[str, Any]) -> Listing:
    unit = by_places(of.currency, _UNIT)
    return Listing(
        select=sql(
            f"a.position, {_adds(column, figure, of)} * {unit} AS adds, {of.currency} AS currency,"
            f" {bodies.AWARD} AS award_id, {bodies.PAYMENT} AS payment_number"
        ),
        source=sql("audit a JOIN events e ON e.notification_id = a.position"),
        where=[sql(_behind(column, figure, of))],
        parameters=parameters,
        key=("a.position",),
    )


def listing_behind(line: FundingLine, figure: str, listing: Listing) -> Listing:
    """*listing* of the audit log, limited to the events that add up to *figure* of *line*."""
    return _limited(listing, _behind(line.column, figure, Ladder()), _parameters(line, figure))


# The ladder in the row ``funding`` of a statement around.
_ROW = Ladder("funding.scope", "funding.currency", "funding.as_at", "funding.position")


def listing_beside(column: str, figure: str, listing: Listing) -> Listing:
    """*listing* of the audit log, limited to the events that add up to *figure* of the ladder in the row ``funding``.

    *column* is that of its scope. The row is one of ``ladder_beside`` in a statement around the list.
    """
    accounts = [account.value for account in SHOWN[figure]]
    return _limited(listing, _behind(column, figure, _ROW), {"accounts": accounts})


def _limited(listing: Listing, condition: str, parameters: dict[str, Any]) -> Listing:
    return replace(listing, where=[*listing.where, sql(condition)], parameters=listing.parameters | parameters)
