"""Reading the reconciliation of bank accounts over a period, and the statements that it rests on."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from psycopg.sql import SQL, Composed

from domain.bank.report import Booked, Found, Paid, Reconciliation, Stated, reconcile
from projections.bank.reading import AccountLine, known_in
from projections.tables.paging import Connection, lines_of


@dataclass(slots=True)
class StatementLine:
    """A statement of an account, in major units of the account's currency. *entries* is how many it has."""

    position: int
    account_id: str
    identifier: str
    since: date
    until: date
    opening: Decimal
    closing: Decimal
    entries: int


async def statements_within(
    connection: Connection, since: date, until: date, *, known: int | None = None
) -> list[StatementLine]:
    """The statements of every account that cover a day from *since* to *until*, as known at a position."""
    return await lines_of(
        connection,
        StatementLine,
        "SELECT position, account_id, identifier, since, until, opening, closing, entries FROM bank_statements"
        " WHERE since <= %(until)s AND until >= %(since)s AND (%(known)s::bigint IS NULL OR position <= %(known)s)"
        " ORDER BY account_id, since, until, position",
        {"since": since, "until": until, "known": known},
    )


async def reconciliation(
    connection: Connection, account: AccountLine, since: date, until: date, *, known: int | None = None
) -> Reconciliation:
    """The reconciliation of *account* from *since* to *until*, both included, as known at a position."""
    return (await reconciliations(connection, [account], since, until, known=known))[account.id]


async def reconciliations(
    connection: Connection, accounts: Sequence[AccountLine], since: date, until: date, *, known: int | None = None
) -> dict[str, Reconciliation]:
    """The reconciliation of each of *accounts*, by its id."""
    parameters = {
        "ids": [one.id for one in accounts],
        "currencies": sorted({one.currency for one in accounts}),
        "known": known,
    }
    statements: dict[str, list[Stated]] = defaultdict(list)
    for account_id, first, last, opening, closing, ids, *place in await _statements(connection, parameters):
        stated = Stated(first, last, opening, closing, frozenset(ids), (place[0], place[1]))
        statements[account_id].append(stated)
    entries = _by_first(await _entries(connection, parameters, known))
    payments = _by_first(await _payments(connection, parameters))
    of_registers = _by_first(await _of_registers(connection, parameters, known))
    return {
        one.id: reconcile(
            since,
            until,
            statements[one.id],
            [
                Booked(entry_id, day, amount, status, account_id == one.id)
                for entry_id, day, amount, status, account_id in entries[one.currency]
            ],
            [Paid(*row) for row in payments[one.currency]],
            [Found(*row) for row in of_registers[one.currency]],
        )
        for one in accounts
    }


_UP_TO = SQL("(%(known)s::bigint IS NULL OR {}.position <= %(known)s)")


async def _statements(connection: Connection, parameters: dict[str, Any]) -> list[tuple[Any, ...]]:
    statement = SQL(
        "SELECT s.account_id, s.since, s.until, s.opening, s.closing, ARRAY(SELECT l.entry_id FROM bank_listed l"
        " WHERE l.statement = s.position), s.period, s.position FROM bank_statements s"
        " WHERE s.account_id = ANY (%(ids)s) AND {}"
    ).format(_UP_TO.format(SQL("s")))
    return await _rows(connection, statement, parameters)


async def _entries(connection: Connection, parameters: dict[str, Any], known: int | None) -> list[tuple[Any, ...]]:
    statement = SQL(
        "SELECT e.currency, e.id, e.counts, e.amount, coalesce(d.status, 'unmatched'), e.account_id"
        " FROM bank_entries e LEFT JOIN bank_decisions d ON d.entry_id = e.id AND {}"
        " WHERE e.currency = ANY (%(currencies)s) AND {}"
    ).format(known_in("d", known), _UP_TO.format(SQL("e")))
    return await _rows(connection, statement, parameters)


async def _payments(connection: Connection, parameters: dict[str, Any]) -> list[tuple[Any, ...]]:
    statement = SQL(
        "SELECT p.currency, p.released, p.amount, CASE WHEN %(known)s::bigint IS NULL OR p.withdrawn <= %(known)s"
        " THEN p.unmade END FROM bank_payments p WHERE p.currency = ANY (%(currencies)s) AND {}"
    ).format(_UP_TO.format(SQL("p")))
    return await _rows(connection, statement, parameters)


async def _of_registers(connection: Connection, parameters: dict[str, Any], known: int | None) -> list[tuple[Any, ...]]:
    statement = SQL(
        "SELECT e.currency, e.counts, f.amount FROM bank_found f JOIN bank_entries e ON e.id = f.entry_id"
        " WHERE e.currency = ANY (%(currencies)s) AND {} AND EXISTS (SELECT FROM bank_stated s WHERE NOT s.back"
        " AND s.award_id = f.award_id AND s.number = f.number AND s.position < f.position"
        " AND s.withdrawn > f.position)"
    ).format(known_in("f", known))
    return await _rows(connection, statement, parameters)


def _by_first(rows: Sequence[tuple[Any, ...]]) -> dict[str, list[tuple[Any, ...]]]:
    """The rest of each of *rows*, by its first value."""
    found: dict[str, list[tuple[Any, ...]]] = defaultdict(list)
    for first, *rest in rows:
        found[first].append(tuple(rest))
    return found


async def _rows(connection: Connection, statement: Composed, parameters: dict[str, Any]) -> list[tuple[Any, ...]]:
    cursor = await connection.execute(statement, parameters)
    return list(await cursor.fetchall())
