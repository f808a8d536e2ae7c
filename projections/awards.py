"""Awards: the current state of each. Its payments and conditions are in ``projections.parts``."""

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
from projections.tables.effect import sorts_on
from projections.tables.paging import Connection, lines_of
from projections.tables.rows import without_waiting

# --- Table ------------------------------------------------------------------------------------------------------------

NAME = "awards"
TABLES = ("awards",)
DEFINITION = """
CREATE TABLE awards (
    id text PRIMARY KEY, reference text NOT NULL, status text NOT NULL, partnership_id text NOT NULL, bid_id text,
    amount numeric NOT NULL, currency text NOT NULL, purpose text, basis text, "on" text NOT NULL,
    funded_from text, position bigint NOT NULL, funder_id text, amount_stated boolean NOT NULL, day date NOT NULL,
    round_id text, ring_fence text
);
"""
INDEXES = """
CREATE UNIQUE INDEX awards_by_reference ON awards (reference);
CREATE INDEX awards_by_position ON awards (position);
CREATE INDEX awards_by_day ON awards (day, position);
CREATE INDEX awards_by_amount ON awards (amount, position);
CREATE INDEX awards_of_partnership ON awards (partnership_id, position);
CREATE INDEX awards_of_round ON awards (round_id, position) WHERE round_id IS NOT NULL;
CREATE INDEX awards_of_funder ON awards (funder_id, position);
CREATE INDEX awards_withdrawn ON awards (partnership_id) WHERE status = 'no longer stated';
CREATE INDEX awards_funded_from ON awards (funded_from, position);
"""

# --- Writer -----------------------------------------------------------------------------------------------------------


ENDS = {
    award.OfferDeclined: "declined",
    award.AwardClosed: "closed",
    award.AwardTerminated: "terminated",
}


def write(cursor: psycopg.Cursor[Any], page: Sequence[Recorded]) -> None:
    """Add the events of a page of the log."""
    with without_waiting(cursor, page):
        for recorded in page:
            _write_one(cursor, recorded)


def _write_one(cursor: psycopg.Cursor[Any], recorded: Recorded) -> None:
    stream, on = recorded.stream, recorded.event.on.text
    match recorded.event:
        case award.AwardOffered() as event:
            _begin(cursor, recorded, event, status="offered", bid_id=event.bid_id, purpose=event.purpose, basis=None)
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
                'UPDATE awards SET amount = amount + %s, currency = %s, "on" = %s, day = %s, amount_stated = true'
                " WHERE id = %s",
                (event.change.amount, event.change.currency, on, sorts_on(event.on), stream),
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
        case DateCorrected(step="AwardOffered") as event:
            cursor.execute(
                'UPDATE awards SET "on" = %s, day = %s WHERE id = %s', (event.date.text, sorts_on(event.date), stream)
            )


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
        "INSERT INTO awards VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)",
        (
            recorded.stream, event.reference, status, event.partnership_id, bid_id, event.amount.amount,
            event.amount.currency, purpose, basis, event.on.text,
            event.funded_from if isinstance(event, award.AwardOffered) else None, recorded.position,
            event.funder_id if isinstance(event, award.AwardStated) else None,
            event.states_amount if isinstance(event, award.AwardStated) else True, sorts_on(event.on),
            event.round_id if isinstance(event, award.AwardOffered) else None,
            event.ring_fence if isinstance(event, award.AwardOffered) else None,
        ),
    )  # fmt: skip


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
    funder_id: str | None
    day: date
    position: int
    round_id: str | None
    ring_fence: str | None

    @property
    def money(self) -> Money:
        """The amount of the award, as varied."""
        return Money(amount=self.amount, currency=self.currency)


# --- Readers ----------------------------------------------------------------------------------------------------------

SELECT = SQL(
    "awards.id, awards.reference, awards.status, awards.partnership_id, awards.bid_id, awards.amount, awards.currency,"
    ' awards.purpose, awards.basis, awards."on", awards.funded_from, awards.amount_stated,'
    " awards.funder_id, awards.day, awards.position, awards.round_id, awards.ring_fence"
)


async def awards_by(connection: Connection, column: str, values: Sequence[str]) -> list[AwardLine]:
    """The awards whose *column* is one of *values*, in the order recorded.

    *column* is id, reference, partnership_id or funded_from.
    """
    assert column in ("id", "reference", "partnership_id", "funded_from")
    statement = SQL("SELECT {} FROM awards WHERE {} = ANY (%s) ORDER BY position").format(SELECT, Identifier(column))
    return await lines_of(connection, AwardLine, statement, (list(values),))
