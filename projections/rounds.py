"""Rounds: the budget of each call for bids, what of it is committed, its ring-fences, criteria and dates."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import psycopg

from domain import funding_round
from domain.history import Recorded
from projections.tables.effect import sorts_on
from projections.tables.paging import Connection, lines_of
from projections.tables.rows import without_waiting

# --- Tables -----------------------------------------------------------------------------------------------------------

NAME = "rounds"
TABLES = ("rounds", "ring_fences")
DEFINITION = """
CREATE TABLE rounds (
    id text PRIMARY KEY, code text NOT NULL, name text NOT NULL, programme_id text NOT NULL, scheme_id text NOT NULL,
    status text NOT NULL, amount numeric NOT NULL, currency text NOT NULL, committed numeric NOT NULL,
    opened text NOT NULL, closes text, closes_time text, closed text, closed_time text, criteria text[] NOT NULL,
    day date NOT NULL, position bigint NOT NULL
);
-- What of the budget is reserved for a purpose; the rest has the name NULL and no row.
CREATE TABLE ring_fences (
    round_id text NOT NULL, name text NOT NULL, amount numeric NOT NULL, currency text NOT NULL,
    committed numeric NOT NULL, position bigint NOT NULL, PRIMARY KEY (round_id, name)
);
"""
INDEXES = """
CREATE UNIQUE INDEX rounds_by_code ON rounds (code);
CREATE INDEX rounds_of_scheme ON rounds (scheme_id, position);
"""

# --- Writer -----------------------------------------------------------------------------------------------------------


def write(cursor: psycopg.Cursor[Any], page: Sequence[Recorded]) -> None:
    """Add the events of a page of the log."""
    with without_waiting(cursor, page):
        for recorded in page:
            _write_one(cursor, recorded)


def _write_one(cursor: psycopg.Cursor[Any], recorded: Recorded) -> None:
    stream, on = recorded.stream, recorded.event.on
    match recorded.event:
        case funding_round.RoundOpened() as event:
            cursor.execute(
                "INSERT INTO rounds VALUES"
                " (%s, %s, %s, %s, %s, 'open', %s, %s, 0, %s, %s, %s, NULL, NULL, '{}', %s, %s)",
                (
                    stream, event.code, event.name, event.programme_id, event.scheme_id, event.budget.amount,
                    event.budget.currency, on.text, event.closes.text if event.closes else None, event.closes_time,
                    sorts_on(on), recorded.position,
                ),
            )  # fmt: skip
        case funding_round.CriteriaAdopted() as event:
            cursor.execute("UPDATE rounds SET criteria = %s WHERE id = %s", (list(event.criteria), stream))
        case funding_round.RingFenceSet() as event:
            cursor.execute(
                "INSERT INTO ring_fences VALUES (%s, %s, %s, %s, 0, %s)"
                " ON CONFLICT (round_id, name) DO UPDATE SET amount = excluded.amount",
                (stream, event.name, event.amount.amount, event.amount.currency, recorded.position),
            )
        case funding_round.FundsCommitted() as event:
            _commit(cursor, stream, event.ring_fence, event.amount.amount)
        case funding_round.FundsReturned() as event:
            _commit(cursor, stream, event.ring_fence, -event.amount.amount)
        case funding_round.RoundClosed() as event:
            cursor.execute(
                "UPDATE rounds SET status = 'closed', closed = %s, closed_time = %s WHERE id = %s",
                (on.text, event.time, stream),
            )


def _commit(cursor: psycopg.Cursor[Any], round_id: str, ring_fence: str | None, amount: Decimal) -> None:
    cursor.execute("UPDATE rounds SET committed = committed + %s WHERE id = %s", (amount, round_id))
    cursor.execute(
        "UPDATE ring_fences SET committed = committed + %s WHERE round_id = %s AND name = %s",
        (amount, round_id, ring_fence),
    )


# --- Lines ------------------------------------------------------------------------------------------------------------


@dataclass(slots=True)
class RoundLine:
    """The current state of a round. *amount* is its budget, in major units of *currency*; dates are texts of When."""

    id: str
    code: str
    name: str
    programme_id: str
    scheme_id: str
    status: str
    amount: Decimal
    currency: str
    committed: Decimal
    opened: str
    closes: str | None
    closes_time: str | None
    closed: str | None
    closed_time: str | None
    criteria: list[str]
    day: Any
    position: int


@dataclass(slots=True)
class RingFenceLine:
    """A part of the budget of a round that is reserved for one purpose, in major units of *currency*."""

    round_id: str
    name: str
    amount: Decimal
    currency: str
    committed: Decimal


# --- Readers ----------------------------------------------------------------------------------------------------------


async def rounds_by(connection: Connection, column: str, values: Sequence[str]) -> list[RoundLine]:
    """The rounds whose *column* (id or code) is one of *values*."""
    assert column in ("id", "code")
    statement = f"SELECT rounds.* FROM rounds WHERE {column} = ANY (%(values)s)"  # noqa: S608 - one of two columns
    return await lines_of(connection, RoundLine, statement, {"values": list(values)})


async def ring_fences_by(connection: Connection, column: str, values: Sequence[str]) -> list[RingFenceLine]:
    """The ring-fences of the rounds whose *column* (round_id) is one of *values*, in the order set."""
    assert column == "round_id"
    return await lines_of(
        connection,
        RingFenceLine,
        "SELECT round_id, name, amount, currency, committed FROM ring_fences WHERE round_id = ANY (%(values)s)"
        " ORDER BY round_id, position, name",
        {"values": list(values)},
    )
