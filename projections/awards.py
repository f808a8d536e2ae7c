"""Awards: the current state of each, with its payments and conditions."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

import psycopg
from psycopg.sql import SQL, Identifier

from domain import award
from domain.history import Recorded
from domain.values.fact import DateCorrected
from domain.values.money import Money
from projections.tables.corrections import NOW, apart, position_of
from projections.tables.effect import counts_from
from projections.tables.paging import Connection, lines_of
from projections.tables.rows import add, without_waiting

# --- Table ------------------------------------------------------------------------------------------------------------

NAME = "awards"
TABLES = ("awards", "payment_steps", "conditions")
DEFINITION = """
CREATE TABLE awards (
    id text PRIMARY KEY, reference text NOT NULL, status text NOT NULL, partnership_id text NOT NULL, bid_id text,
    amount numeric NOT NULL, currency text NOT NULL, purpose text, basis text, "on" text NOT NULL,
    funded_from text, position bigint NOT NULL, funder_id text, amount_stated boolean NOT NULL
);
-- The steps of each payment, from which its state follows as at any date and as known at any moment. Where its date was
-- corrected, a step has several rows: each is known from the position since (at least its own) until superseded.
CREATE TABLE payment_steps (
    position bigint NOT NULL, award_id text NOT NULL, number integer NOT NULL, step text NOT NULL,
    amount numeric, currency text, "on" text NOT NULL, counts_from date NOT NULL, actor text NOT NULL,
    since bigint NOT NULL DEFAULT 0, superseded bigint NOT NULL DEFAULT 9223372036854775807,
    PRIMARY KEY (position, since)
);
CREATE TABLE conditions (
    award_id text NOT NULL, number integer NOT NULL, text text NOT NULL, status text NOT NULL, "on" text,
    PRIMARY KEY (award_id, number)
);
"""
INDEXES = """
CREATE UNIQUE INDEX awards_by_reference ON awards (reference);
CREATE INDEX awards_of_partnership ON awards (partnership_id, position);
CREATE INDEX awards_of_funder ON awards (funder_id, position);
CREATE INDEX awards_withdrawn ON awards (partnership_id) WHERE status = 'no longer stated';
CREATE INDEX awards_funded_from ON awards (funded_from, position);
CREATE INDEX payment_steps_of_award ON payment_steps (award_id, position);
"""

# --- Writer -----------------------------------------------------------------------------------------------------------


ENDS = {
    award.OfferDeclined: "declined",
    award.AwardClosed: "closed",
    award.AwardTerminated: "terminated",
}


def write(cursor: psycopg.Cursor[Any], page: Sequence[Recorded]) -> None:
    """Add the events of a page of the log."""
    for events, correction in apart(page):
        if isinstance(correction, DateCorrected):
            _correct(cursor, events[0], correction)
            continue
        with without_waiting(cursor, events):
            for recorded in events:
                _write_one(cursor, recorded)
        add(cursor, "payment_steps", (row for recorded in events for row in _steps(recorded)))


def _correct(cursor: psycopg.Cursor[Any], recorded: Recorded, correction: DateCorrected) -> None:
    """Give a step its right date, from this position on."""
    stream, on = recorded.stream, correction.date
    match correction.step:
        case "AwardOffered":
            cursor.execute('UPDATE awards SET "on" = %s WHERE id = %s', (on.text, stream))
        case "ConditionMet" | "ConditionWaived":
            cursor.execute(
                'UPDATE conditions SET "on" = %s WHERE award_id = %s AND number = %s',
                (on.text, stream, correction.number),
            )
        case step if step in {kind.__name__ for kind in STEPS}:
            cursor.execute(
                "WITH old AS (UPDATE payment_steps SET superseded = %(at)s"
                " WHERE position = %(of)s AND superseded = %(now)s RETURNING *)"
                " INSERT INTO payment_steps SELECT position, award_id, number, step, amount, currency, %(on)s,"
                " %(from)s, actor, %(at)s, %(now)s FROM old",
                {
                    "at": recorded.position,
                    "of": position_of(cursor, stream, correction.version),
                    "now": NOW,
                    "on": on.text,
                    "from": counts_from(on),
                },
            )


def _write_one(cursor: psycopg.Cursor[Any], recorded: Recorded) -> None:
    stream, on = recorded.stream, recorded.event.on.text
    match recorded.event:
        case award.AwardOffered() as event:
            _begin(cursor, recorded, event, status="offered", bid_id=event.bid_id, purpose=None, basis=None)
        case award.AwardStated() as event:
            _begin(cursor, recorded, event, status="stated", bid_id=None, purpose=event.purpose, basis=event.basis)
        case award.OfferAccepted() | award.AwardReopened():
            cursor.execute("UPDATE awards SET status = 'accepted' WHERE id = %s", (stream,))
        case award.OfferDeclined() | award.AwardClosed() | award.AwardTerminated() | award.UnspentGivenBack() as event:
            cursor.execute(
                "UPDATE awards SET status = coalesce(%s, status), amount = amount - %s WHERE id = %s",
                (ENDS.get(type(event)), event.given_back.amount, stream),
            )
        case award.AwardVaried() as event:
            cursor.execute("UPDATE awards SET amount = amount + %s WHERE id = %s", (event.change.amount, stream))
        case award.AwardRestated() as event:
            cursor.execute(
                'UPDATE awards SET amount = amount + %s, currency = %s, "on" = %s, amount_stated = true WHERE id = %s',
                (event.change.amount, event.change.currency, on, stream),
            )
        case award.TransactionStated(kind=award.Transaction.COMMITMENT) as event:
            _commit(cursor, stream, event.amount, 1)
        case award.TransactionUnstated(kind=award.Transaction.COMMITMENT) as event:
            _commit(cursor, stream, event.amount, -1)
        case award.ParticularsStated() as event:
            cursor.execute(
                "UPDATE awards SET bid_id = %s, purpose = %s WHERE id = %s", (event.bid_id, event.title, stream)
            )
        case award.AwardReassigned() as event:
            cursor.execute(
                "UPDATE awards SET partnership_id = %s, funder_id = coalesce(%s, funder_id) WHERE id = %s",
                (event.partnership_id, event.funder_id, stream),
            )
        case award.AwardNoLongerStated():
            cursor.execute("UPDATE awards SET status = 'no longer stated' WHERE id = %s", (stream,))
        case award.AwardStatedAgain():
            cursor.execute("UPDATE awards SET status = 'stated' WHERE id = %s", (stream,))
        case award.ConditionSet() as event:
            cursor.execute(
                "INSERT INTO conditions VALUES (%s, %s, %s, 'open', NULL)", (stream, event.number, event.text)
            )
        case award.ConditionMet() as event:
            _settle_condition(cursor, stream, event.number, "met", on)
        case award.ConditionWaived() as event:
            _settle_condition(cursor, stream, event.number, "waived", on)


def _commit(cursor: psycopg.Cursor[Any], award_id: str, amount: Money, sign: int) -> None:
    """Add a further commitment to the amount of the award, where it is in the currency of the award."""
    cursor.execute(
        "UPDATE awards SET amount = amount + %s WHERE id = %s AND currency = %s",
        (sign * amount.amount, award_id, amount.currency),
    )


def _begin(
    cursor: psycopg.Cursor[Any],
    recorded: Recorded,
    event: award.AwardOffered | award.AwardStated,
    *,
    status: str,
    bid_id: str | None,
    purpose: str | None,
    basis: str | None,
) -> None:
    cursor.execute(
        "INSERT INTO awards VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)",
        (
            recorded.stream, event.reference, status, event.partnership_id, bid_id, event.amount.amount,
            event.amount.currency, purpose, basis, event.on.text,
            event.funded_from if isinstance(event, award.AwardOffered) else None, recorded.position,
            event.funder_id if isinstance(event, award.AwardStated) else None,
            event.states_amount if isinstance(event, award.AwardStated) else True,
        ),
    )  # fmt: skip


STEPS = {
    award.PaymentRequested: "requested",
    award.PaymentApproved: "approved",
    award.PaymentReleased: "released",
    award.PaymentSettled: "settled",
    award.PaymentReversed: "reversed",
    award.TransactionStated: "stated",
    award.TransactionUnstated: "withdrawn",
}
# The kinds of transactions in a register that are payments of an award.
PAYMENTS = (award.Transaction.DISBURSEMENT, award.Transaction.DISBURSED_IN_ALL)


def _steps(recorded: Recorded) -> list[tuple[Any, ...]]:
    """The payment step that an event is, as a list of one row or none. Only a request or a statement has the amount."""
    event: Any = recorded.event
    step = STEPS.get(type(event))
    if isinstance(event, award.MatchUndone) and event.unsettled:
        step = "unsettled"
    if step is None or (step in ("stated", "withdrawn") and event.kind not in PAYMENTS):
        return []
    amount = event.amount if step in ("requested", "stated") else None
    return [
        (
            recorded.position, recorded.stream, event.number, step, amount.amount if amount else None,
            amount.currency if amount else None, event.on.text, counts_from(event.on), recorded.actor,
            recorded.position, NOW,
        )
    ]  # fmt: skip


def _settle_condition(cursor: psycopg.Cursor[Any], award_id: str, number: int, status: str, on: str) -> None:
    cursor.execute(
        'UPDATE conditions SET status = %s, "on" = %s WHERE award_id = %s AND number = %s',
        (status, on, award_id, number),
    )


# --- Lines ------------------------------------------------------------------------------------------------------------


@dataclass(slots=True)
class AwardLine:
    """The current state of an award."""

    id: str
    reference: str
    status: str
    partnership_id: str
    bid_id: str | None
    amount: Decimal
    currency: str
    purpose: str | None
    basis: str | None
    on: str
    funded_from: str | None
    amount_stated: bool

    @property
    def money(self) -> Money:
        """The amount of the award, as varied."""
        return Money(amount=self.amount, currency=self.currency)


@dataclass(slots=True)
class ConditionLine:
    """A condition of an award: open, met or waived."""

    award_id: str
    number: int
    text: str
    status: str
    on: str | None


@dataclass(slots=True)
class PaymentLine:
    """A payment of an award; dates are texts of When."""

    award_id: str
    number: int
    status: str
    amount: Decimal
    currency: str
    requested: str | None
    requested_by: str | None
    approved: str | None
    approved_by: str | None
    released: str | None
    released_by: str | None
    settled: str | None

    @property
    def money(self) -> Money:
        """The amount that was requested, or that a register states."""
        return Money(amount=self.amount, currency=self.currency)


# --- Readers ----------------------------------------------------------------------------------------------------------


async def awards_by(connection: Connection, column: str, values: Sequence[str]) -> list[AwardLine]:
    """The awards whose *column* is one of *values*, in the order recorded.

    *column* is id, reference, partnership_id or funded_from.
    """
    assert column in ("id", "reference", "partnership_id", "funded_from")
    statement = SQL(
        'SELECT id, reference, status, partnership_id, bid_id, amount, currency, purpose, basis, "on", funded_from,'
        " amount_stated FROM awards WHERE {} = ANY (%s) ORDER BY position"
    ).format(Identifier(column))
    return await lines_of(connection, AwardLine, statement, (list(values),))


async def conditions_by(connection: Connection, column: str, values: Sequence[str]) -> list[ConditionLine]:
    """The conditions of the awards whose *column* (award_id) is one of *values*, by number."""
    assert column == "award_id"
    return await lines_of(
        connection,
        ConditionLine,
        'SELECT award_id, number, text, status, "on" FROM conditions'
        " WHERE award_id = ANY (%s) ORDER BY award_id, number",
        (list(values),),
    )


# Some steps decide the state of a payment: the last one, and the last one of each kind. Each is aggregated as a whole
# row: reading fields of an aggregate is cheaper than aggregating more often.
_STEPS_TAKEN = {
    "last": "",
    "begun": "requested, stated",
    "approved": "approved",
    "released": "released, stated",
    "settled": "settled, unsettled",
}
# The state of a payment after its steps. A register states that money was paid, and perhaps when, but never who
# requested it. Steps from before the last request no longer count.
_STATE = {
    "status": "CASE (last).step WHEN 'unsettled' THEN 'released' ELSE (last).step END",
    "amount": "(begun).amount",
    "currency": "(begun).currency",
    "requested": "CASE (begun).step WHEN 'requested' THEN (begun).\"on\" END",
    "requested_by": "CASE (begun).step WHEN 'requested' THEN (begun).actor END",
    "approved": 'CASE WHEN (approved).position > (begun).position THEN (approved)."on" END',
    "approved_by": "CASE WHEN (approved).position > (begun).position THEN (approved).actor END",
    "released": 'CASE WHEN (released).position >= (begun).position THEN (released)."on" END',
    "released_by": "CASE WHEN (released).position > (begun).position THEN (released).actor END",
    "settled": "CASE WHEN (settled).position > (begun).position AND (settled).step = 'settled'"
    ' THEN (settled)."on" END',
}


def payments_where(condition: str) -> str:
    """The SQL source of the payments whose state follows from the steps for which *condition* holds.

    A payment begins with the last step that requests or states it. If no such step is included, it does not exist yet.
    """
    state = ", ".join(f"{value} AS {name}" for name, value in _STATE.items())
    taken = ", ".join(
        f"(array_agg(s ORDER BY position DESC){_filter(steps)})[1] AS {name}" for name, steps in _STEPS_TAKEN.items()
    )
    return (
        f"(SELECT award_id, number, {state} FROM (SELECT award_id, number, {taken} FROM payment_steps s"
        f" WHERE {condition} GROUP BY award_id, number) taken WHERE (begun).position IS NOT NULL) payments"
    )


def _filter(steps: str) -> str:
    kinds = ", ".join(f"'{step}'" for step in steps.split(", "))
    return f" FILTER (WHERE step IN ({kinds}))" if steps else ""


_KNOWN = f"coalesce(%(known)s::bigint, {NOW - 1})"
AS_AT = (
    "(%(as_at)s::date IS NULL OR counts_from <= %(as_at)s)"
    f" AND greatest(position, since) <= {_KNOWN} AND superseded > {_KNOWN}"
)
_PAYMENTS = f"SELECT * FROM {payments_where(f'award_id = ANY (%(ids)s) AND {AS_AT}')} ORDER BY award_id, number"


async def payments_by(
    connection: Connection,
    column: str,
    values: Sequence[str],
    *,
    as_at: date | None = None,
    known: int | None = None,
) -> list[PaymentLine]:
    """The payments of the awards whose *column* (award_id) is one of *values*, by number.

    *as_at* is a date and *known* a position of the log. Both default to now.
    """
    assert column == "award_id"
    return await lines_of(connection, PaymentLine, _PAYMENTS, {"ids": list(values), "as_at": as_at, "known": known})
