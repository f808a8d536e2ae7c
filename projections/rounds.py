"""Rounds: the budget of each call for bids, what of it is committed, its ring-fences, criteria and dates.

The ledger does not know which round an award is of, so a round has steps of its own: its figures as at any day and as
known at any moment are sums over them.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any, get_args

import psycopg

from domain import funding_round
from domain.history import Recorded
from domain.values.fact import DateCorrected
from projections.tables.corrections import NOW
from projections.tables.effect import counts_from, sorts_on
from projections.tables.kinds import of_kinds
from projections.tables.paging import Connection, lines_of
from projections.tables.rows import without_waiting

# --- Tables -----------------------------------------------------------------------------------------------------------

NAME = "rounds"
TABLES = ("rounds", "round_steps")
DEFINITION = """
CREATE TABLE rounds (
    id text PRIMARY KEY, code text NOT NULL, name text NOT NULL, programme_id text NOT NULL, scheme_id text NOT NULL,
    status text NOT NULL, amount numeric NOT NULL, currency text NOT NULL, committed numeric NOT NULL,
    opened text NOT NULL, closes text, closes_time text, closed text, closed_time text, criteria text[] NOT NULL,
    weights integer[] NOT NULL DEFAULT '{}',
    day date NOT NULL, position bigint NOT NULL
);
-- What each event adds to a budget and to what is committed of it: of a ring-fence, or of the rest (NULL). Where its
-- date was corrected, a step has several rows: each is known from the position since until superseded.
CREATE TABLE round_steps (
    round_id text NOT NULL, version integer NOT NULL, position bigint NOT NULL, ring_fence text, budget numeric,
    committed numeric, counts_from date NOT NULL, since bigint NOT NULL,
    superseded bigint NOT NULL DEFAULT 9223372036854775807, PRIMARY KEY (round_id, version, since)
);
"""
INDEXES = """
CREATE UNIQUE INDEX rounds_by_code ON rounds (code);
CREATE INDEX rounds_of_scheme ON rounds (scheme_id, position);
"""

# --- Writer -----------------------------------------------------------------------------------------------------------


def write(cursor: psycopg.Cursor[Any], page: Sequence[Recorded]) -> None:
    """Add the events of a page of the log."""
    taken = of_kinds(page, _TAKEN)
    with without_waiting(cursor, taken):
        for recorded in taken:
            _write_one(cursor, recorded)


_TAKEN = frozenset(get_args(funding_round.Event))


def _write_one(cursor: psycopg.Cursor[Any], recorded: Recorded) -> None:
    stream, on = recorded.stream, recorded.event.on
    match recorded.event:
        case funding_round.RoundOpened() as event:
            cursor.execute(
                "INSERT INTO rounds (id, code, name, programme_id, scheme_id, status, amount, currency, committed,"
                " opened, closes, closes_time, closed, closed_time, criteria, day, position) VALUES"
                " (%s, %s, %s, %s, %s, 'open', %s, %s, 0, %s, %s, %s, NULL, NULL, '{}', %s, %s)",
                (
                    stream, event.code, event.name, event.programme_id, event.scheme_id, event.budget.amount,
                    event.budget.currency, on.text, event.closes.text if event.closes else None, event.closes_time,
                    sorts_on(on), recorded.position,
                ),
            )  # fmt: skip
            _step(cursor, recorded, None, budget=event.budget.amount)
        case funding_round.CriteriaAdopted() as event:
            cursor.execute(
                "UPDATE rounds SET criteria = %s, weights = %s WHERE id = %s",
                (list(event.criteria), list(event.weights), stream),
            )
        case funding_round.RingFenceSet() as event:
            _step(cursor, recorded, event.name, budget=event.amount.amount)
        case funding_round.FundsCommitted() as event:
            _commit(cursor, recorded, event.ring_fence, event.amount.amount)
        case funding_round.FundsReturned() as event:
            _commit(cursor, recorded, event.ring_fence, -event.amount.amount)
        case funding_round.RoundClosed() as event:
            cursor.execute(
                "UPDATE rounds SET status = 'closed', closed = %s, closed_time = %s WHERE id = %s",
                (on.text, event.time, stream),
            )

        case DateCorrected() as event:
            _correct(cursor, recorded, event)


def _commit(cursor: psycopg.Cursor[Any], recorded: Recorded, ring_fence: str | None, amount: Decimal) -> None:
    cursor.execute("UPDATE rounds SET committed = committed + %s WHERE id = %s", (amount, recorded.stream))
    _step(cursor, recorded, ring_fence, committed=amount)


def _step(
    cursor: psycopg.Cursor[Any],
    recorded: Recorded,
    ring_fence: str | None,
    *,
    budget: Decimal | None = None,
    committed: Decimal | None = None,
) -> None:
    cursor.execute(
        "INSERT INTO round_steps VALUES (%s, %s, %s, %s, %s, %s, %s, %s)",
        (
            recorded.stream, recorded.version, recorded.position, ring_fence, budget, committed,
            counts_from(recorded.event.on), recorded.position,
        ),
    )  # fmt: skip


def _correct(cursor: psycopg.Cursor[Any], recorded: Recorded, event: DateCorrected) -> None:
    """Give a step its right date, from this position on. Corrections in other streams find no row."""
    cursor.execute(
        "WITH old AS (UPDATE round_steps SET superseded = %(at)s"
        " WHERE round_id = %(round)s AND version = %(version)s AND superseded = %(now)s RETURNING *)"
        " INSERT INTO round_steps SELECT round_id, version, position, ring_fence, budget, committed, %(from)s, %(at)s"
        " FROM old",
        {
            "at": recorded.position,
            "round": recorded.stream,
            "version": event.version,
            "now": NOW,
            "from": counts_from(event.date),
        },
    )
    if event.step == "RoundOpened":
        cursor.execute(
            "UPDATE rounds SET opened = %s, day = %s WHERE id = %s",
            (event.date.text, sorts_on(event.date), recorded.stream),
        )
    elif event.step == "RoundClosed":
        cursor.execute("UPDATE rounds SET closed = %s WHERE id = %s", (event.date.text, recorded.stream))


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
    weights: list[int]
    day: Any
    position: int

    @property
    def weighted(self) -> list[tuple[str, int]]:
        """Each criterion with its weight; none if they have no weights."""
        return list(zip(self.criteria, self.weights, strict=True)) if self.weights else []


@dataclass(slots=True)
class RoundFiguresLine:
    """The budget of a round and what of it is committed, in *currency*, as at a day and as known at a position."""

    round_id: str
    currency: str
    budget: Decimal
    committed: Decimal
    as_at: date
    known: int | None


@dataclass(slots=True)
class RingFenceLine:
    """A part of the budget of a round that is reserved for a purpose (*name*), and what of it is committed."""

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


def figures_of(condition: str, as_at: str, known: str) -> str:
    """The SQL source ``figures`` of the rounds whose steps ``s`` meet *condition*, as in ``_counted``.

    A round that was not open by then has no row.
    """
    return f"""(SELECT s.round_id, r.currency, sum(s.budget) FILTER (WHERE s.ring_fence IS NULL) AS budget,
        coalesce(sum(s.committed), 0) AS committed, {as_at} AS as_at, {known} AS known
      FROM round_steps s JOIN rounds r ON r.id = s.round_id WHERE {condition} AND {_counted(as_at, known)}
     GROUP BY s.round_id, r.currency HAVING count(s.budget) FILTER (WHERE s.ring_fence IS NULL) > 0) figures"""  # noqa: S608


def ring_fences_of(condition: str, as_at: str = "NULL::date", known: str = "NULL::bigint") -> str:
    """The SQL source ``ring_fences`` of the rounds whose steps ``s`` meet *condition*, as in ``_counted``."""
    return f"""(SELECT s.round_id, s.ring_fence AS name, sum(s.budget) AS amount, r.currency,
        coalesce(sum(s.committed), 0) AS committed, min(s.position) FILTER (WHERE s.budget IS NOT NULL) AS position
      FROM round_steps s JOIN rounds r ON r.id = s.round_id
     WHERE {condition} AND s.ring_fence IS NOT NULL AND {_counted(as_at, known)}
     GROUP BY s.round_id, s.ring_fence, r.currency HAVING count(s.budget) > 0) ring_fences"""  # noqa: S608


def _counted(as_at: str, known: str) -> str:
    """The condition that a step ``s`` counts on the day *as_at* and is known at the position *known*.

    Both are SQL; NULL sets no limit.
    """
    at = f"coalesce({known}, {NOW - 1})"
    return f"({as_at} IS NULL OR s.counts_from <= {as_at}) AND s.since <= {at} AND s.superseded > {at}"


async def round_figures_by(
    connection: Connection, column: str, values: Sequence[str], *, as_at: date, known: int | None
) -> list[RoundFiguresLine]:
    """The figures of the rounds whose *column* (round_id) is one of *values*, as at a day, as known at a position."""
    assert column == "round_id"
    source = figures_of("s.round_id = ANY (%(values)s)", "%(as_at)s::date", "%(known)s::bigint")
    columns = ", ".join(RoundFiguresLine.__dataclass_fields__)
    given = {"values": list(values), "as_at": as_at, "known": known}
    return await lines_of(connection, RoundFiguresLine, f"SELECT {columns} FROM {source}", given)  # noqa: S608


async def ring_fences_by(
    connection: Connection,
    column: str,
    values: Sequence[str],
    *,
    as_at: date | None = None,
    known: int | None = None,
) -> list[RingFenceLine]:
    """The ring-fences of the rounds whose *column* (round_id) is one of *values*, in the order set.

    *as_at* is a date and *known* a position of the log. Both default to now.
    """
    assert column == "round_id"
    source = ring_fences_of("s.round_id = ANY (%(values)s)", "%(as_at)s::date", "%(known)s::bigint")
    columns = ", ".join(RingFenceLine.__dataclass_fields__)
    return await lines_of(
        connection,
        RingFenceLine,
        f"SELECT {columns} FROM {source} ORDER BY round_id, position, name",  # noqa: S608
        {"values": list(values), "as_at": as_at, "known": known},
    )


@dataclass(slots=True)
class StepLine:
    """The event at *position* with what it adds to the *budget* of a round, and to what of it is *committed*."""

    position: int
    name: str
    effective: str
    recorded_at: datetime
    actor: str
    stream: str
    budget: Decimal
    committed: Decimal


async def steps_of(connection: Connection, round_id: str, *, as_at: date, known: int | None) -> list[StepLine]:
    """The events that move the figures of a round (see ``round_figures_by``), in the order of the log."""
    return await lines_of(
        connection,
        StepLine,
        "SELECT a.position, a.name, a.effective, a.recorded_at, a.actor, a.stream,"  # noqa: S608 - constants
        " coalesce(s.budget, 0) AS budget, coalesce(s.committed, 0) AS committed"
        " FROM round_steps s JOIN audit a ON a.position = s.position WHERE s.round_id = %(round)s"
        " AND (s.ring_fence IS NULL OR s.committed IS NOT NULL)"
        f" AND {_counted('%(as_at)s::date', '%(known)s::bigint')} ORDER BY a.position",
        {"round": round_id, "as_at": as_at, "known": known},
    )
