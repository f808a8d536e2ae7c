"""Awards: one line for each as it stands, with its payments and conditions."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

import psycopg
from psycopg.sql import SQL, Identifier

from domain import award
from domain.history import Recorded
from domain.money import Money
from projections.effect import counts_from
from projections.paging import Connection, lines_of
from projections.rows import add, without_waiting

# --- Table ------------------------------------------------------------------------------------------------------------

NAME = "awards"
TABLES = ("awards", "payment_steps", "conditions")
DEFINITION = """
CREATE TABLE awards (
    id text PRIMARY KEY, reference text NOT NULL, status text NOT NULL, partnership_id text NOT NULL, bid_id text,
    amount numeric NOT NULL, currency text NOT NULL, purpose text, basis text, "on" text NOT NULL,
    funded_from text, position bigint NOT NULL
);
-- What was done to each payment, so that its state can be told as at any date and as known at any moment.
CREATE TABLE payment_steps (
    position bigint PRIMARY KEY, award_id text NOT NULL, number integer NOT NULL, step text NOT NULL,
    amount numeric, currency text, "on" text NOT NULL, counts_from date NOT NULL, actor text NOT NULL
);
CREATE TABLE conditions (
    award_id text NOT NULL, number integer NOT NULL, text text NOT NULL, status text NOT NULL, "on" text,
    PRIMARY KEY (award_id, number)
);
"""
INDEXES = """
CREATE UNIQUE INDEX awards_by_reference ON awards (reference);
CREATE INDEX awards_of_partnership ON awards (partnership_id, position);
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
    """Take in a page of the log."""
    with without_waiting(cursor, page):
        for recorded in page:
            _take(cursor, recorded)
    add(cursor, "payment_steps", (row for recorded in page for row in _steps(recorded)))


def _take(cursor: psycopg.Cursor[Any], recorded: Recorded) -> None:
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
                'UPDATE awards SET amount = amount + %s, currency = %s, "on" = %s WHERE id = %s',
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
            cursor.execute("UPDATE awards SET partnership_id = %s WHERE id = %s", (event.partnership_id, stream))
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
    """A further commitment is part of the award, where it is in the award's currency."""
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
        "INSERT INTO awards VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)",
        (
            recorded.stream, event.reference, status, event.partnership_id, bid_id, event.amount.amount,
            event.amount.currency, purpose, basis, event.on.text,
            event.funded_from if isinstance(event, award.AwardOffered) else None, recorded.position,
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
# Transactions of registers that are payments of an award.
PAYMENTS = (award.Transaction.DISBURSEMENT, award.Transaction.DISBURSED_IN_ALL)


def _steps(recorded: Recorded) -> list[tuple[Any, ...]]:
    """The step of a payment that an event is, if it is one; only a request or statement brings its amount."""
    event: Any = recorded.event
    step = STEPS.get(type(event))
    if isinstance(event, award.MatchUndone) and event.unsettled:
        step = "unsettled"
    if step is None or (step in ("stated", "withdrawn") and event.kind not in PAYMENTS):
        return []
    asked = event.amount if step in ("requested", "stated") else None
    return [
        (
            recorded.position, recorded.stream, event.number, step, asked.amount if asked else None,
            asked.currency if asked else None, event.on.text, counts_from(event.on), recorded.actor,
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
    """An award as it stands."""

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
    money: Money
    requested: str | None = None
    requested_by: str | None = None
    approved: str | None = None
    approved_by: str | None = None
    released: str | None = None
    released_by: str | None = None
    settled: str | None = None


@dataclass(slots=True)
class _Step:
    award_id: str
    number: int
    step: str
    amount: Decimal | None
    currency: str | None
    on: str
    actor: str


# --- Readers ----------------------------------------------------------------------------------------------------------


async def awards_by(connection: Connection, column: str, values: Sequence[str]) -> list[AwardLine]:
    """The awards whose *column* is one of *values* (id, reference, partnership_id or funded_from), as recorded."""
    assert column in ("id", "reference", "partnership_id", "funded_from")
    statement = SQL(
        'SELECT id, reference, status, partnership_id, bid_id, amount, currency, purpose, basis, "on", funded_from'
        " FROM awards WHERE {} = ANY (%s) ORDER BY position"
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


async def payments_by(
    connection: Connection,
    column: str,
    values: Sequence[str],
    *,
    as_at: date | None = None,
    known: int | None = None,
) -> list[PaymentLine]:
    """The payments of the awards whose *column* (award_id) is one of *values*, by number.

    As at a date, and as known at a position of the log; both default to now.
    """
    assert column == "award_id"
    steps = await lines_of(
        connection,
        _Step,
        'SELECT award_id, number, step, amount, currency, "on", actor FROM payment_steps'
        " WHERE award_id = ANY (%(ids)s)"
        " AND (%(as_at)s::date IS NULL OR counts_from <= %(as_at)s)"
        " AND (%(known)s::bigint IS NULL OR position <= %(known)s)"
        " ORDER BY position",
        {"ids": list(values), "as_at": as_at, "known": known},
    )
    return sorted(_fold(steps), key=lambda payment: (payment.award_id, payment.number))


def _fold(steps: Iterable[_Step]) -> list[PaymentLine]:
    payments: dict[tuple[str, int], PaymentLine] = {}
    for step in steps:
        key = (step.award_id, step.number)
        if step.step in ("requested", "stated"):
            payments[key] = _begun(step)
        elif key in payments:
            # Without its request in sight as at that date, a payment is not there yet.
            _move(payments[key], step)
    return list(payments.values())


def _begun(step: _Step) -> PaymentLine:
    assert step.amount is not None
    assert step.currency is not None
    asked = step.step == "requested"
    return PaymentLine(
        award_id=step.award_id,
        number=step.number,
        status=step.step,
        money=Money(amount=step.amount, currency=step.currency),
        requested=step.on if asked else None,
        requested_by=step.actor if asked else None,
        # A register states that money went out, and perhaps when; never who asked for it.
        released=None if asked else step.on,
    )


def _move(payment: PaymentLine, step: _Step) -> None:
    match step.step:
        case "approved":
            payment.status, payment.approved, payment.approved_by = "approved", step.on, step.actor
        case "released":
            payment.status, payment.released, payment.released_by = "released", step.on, step.actor
        case "settled":
            payment.status, payment.settled = "settled", step.on
        case "unsettled":
            payment.status, payment.settled = "released", None
        case "withdrawn":
            payment.status = "withdrawn"
        case _:
            payment.status = "reversed"
