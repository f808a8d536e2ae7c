"""Bids: the current state of each."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

import psycopg
from psycopg.sql import SQL, Identifier

from domain import bid
from domain.bid.proposal import Proposing
from domain.eligibility.testing import plain_word
from domain.history import Recorded
from domain.values.fact import DateCorrected, StatementReplaced
from domain.values.money import Money
from projections.tables.corrections import Correction
from projections.tables.effect import sorts_on
from projections.tables.paging import Connection, lines_of
from projections.tables.rows import array, without_waiting

# --- Table ------------------------------------------------------------------------------------------------------------

NAME = "bids"
TABLES = ("bids",)
DEFINITION = """
CREATE TABLE bids (
    id text PRIMARY KEY, reference text NOT NULL, title text NOT NULL, status text NOT NULL,
    partnership_id text NOT NULL, round_id text, currency text, requested numeric, approved numeric,
    award_id text, submitted text, decided text, position bigint NOT NULL, day date NOT NULL DEFAULT '9999-12-31',
    asked numeric NOT NULL DEFAULT 0, submitted_time text, admitted_because text,
    -- The kinds of the plans that come with it, in plain words: see domain.eligibility.testing.
    plans text[] NOT NULL DEFAULT '{}'
);
"""
INDEXES = """
CREATE UNIQUE INDEX bids_by_reference ON bids (reference);
CREATE INDEX bids_by_position ON bids (position);
CREATE INDEX bids_by_day ON bids (day, position);
CREATE INDEX bids_by_amount ON bids (asked, position);
CREATE INDEX bids_of_round ON bids (round_id, position);
CREATE INDEX bids_of_partnership ON bids (partnership_id, position);
"""

# --- Writer -----------------------------------------------------------------------------------------------------------


def write(cursor: psycopg.Cursor[Any], page: Sequence[Recorded]) -> None:
    """Add the events of a page of the log."""
    with without_waiting(cursor, page):
        for recorded in page:
            _write_one(cursor, recorded)
        # What is asked for, as a number that lists can be ordered by: 0 where no amount is stated.
        streams = array({recorded.stream for recorded in page if isinstance(recorded.event, _ASKING)})
        cursor.execute("UPDATE bids SET asked = coalesce(requested, 0) WHERE id = ANY (%s::text[])", (streams,))


_ASKING = (bid.BidSubmitted, bid.BidStated, bid.BidRevised, bid.BidResubmitted, bid.BidRestated)


def _write_one(cursor: psycopg.Cursor[Any], recorded: Recorded) -> None:
    _step(cursor, recorded)
    if isinstance(recorded.event, Proposing):
        plans = sorted({plain_word(plan.kind) for plan in recorded.event.plans if plan.text.strip()})
        cursor.execute("UPDATE bids SET plans = %s WHERE id = %s AND plans <> %s", (plans, recorded.stream, plans))


def _step(cursor: psycopg.Cursor[Any], recorded: Recorded) -> None:
    stream, on = recorded.stream, recorded.event.on.text
    match recorded.event:
        case bid.BidDrafted() as event:
            _begin(cursor, recorded, event.partnership_id, event.reference, event.title, "drafted")
            cursor.execute("UPDATE bids SET round_id = %s WHERE id = %s", (event.round_id, stream))
        case bid.BidSubmitted() as event:
            _begin(cursor, recorded, event.partnership_id, event.reference, event.title, "submitted")
            cursor.execute(
                "UPDATE bids SET requested = %s, currency = %s, submitted = %s, day = %s, round_id = %s,"
                " submitted_time = %s, admitted_because = %s WHERE id = %s",
                (
                    event.requested.amount, event.requested.currency, on, sorts_on(event.on), event.round_id,
                    event.time, event.admitted_because, stream,
                ),
            )  # fmt: skip
        case bid.BidStated() as event:
            _begin(cursor, recorded, event.partnership_id, event.reference, event.title, "stated")
            _state(cursor, stream, event)
        case bid.BidRevised() as event:
            cursor.execute(
                "UPDATE bids SET title = %s, requested = %s WHERE id = %s",
                (event.title, event.requested.amount, stream),
            )
        case bid.BidResubmitted() as event:
            cursor.execute(
                "UPDATE bids SET title = %s, status = 'submitted', requested = %s, currency = %s, submitted = %s,"
                " day = %s, round_id = %s, submitted_time = %s, admitted_because = %s, approved = NULL, decided = NULL"
                " WHERE id = %s",
                (
                    event.title, event.requested.amount, event.requested.currency, on, sorts_on(event.on),
                    event.round_id, event.time, event.admitted_because, stream,
                ),
            )  # fmt: skip
        case bid.BidApproved() as event:
            cursor.execute(
                "UPDATE bids SET status = 'approved', approved = %s, decided = %s WHERE id = %s",
                (event.approved.amount, on, stream),
            )
        case bid.BidDeclined():
            cursor.execute("UPDATE bids SET status = 'declined', decided = %s WHERE id = %s", (on, stream))
        case bid.BidWithdrawn():
            cursor.execute("UPDATE bids SET status = 'withdrawn' WHERE id = %s", (stream,))
        case bid.BidAwarded() as event:
            cursor.execute("UPDATE bids SET status = 'awarded', award_id = %s WHERE id = %s", (event.award_id, stream))
        case bid.OfferLapsed():
            cursor.execute("UPDATE bids SET status = 'approved', award_id = NULL WHERE id = %s", (stream,))
        case bid.BidRestated() as event:
            _state(cursor, stream, event)
        case bid.BidReassigned() as event:
            cursor.execute("UPDATE bids SET partnership_id = %s WHERE id = %s", (event.partnership_id, stream))
        case bid.ApprovalVaried() as event:
            cursor.execute("UPDATE bids SET approved = %s WHERE id = %s", (event.approved.amount, stream))
        case DateCorrected() | StatementReplaced() as event:
            _correct(cursor, stream, event)


def _correct(cursor: psycopg.Cursor[Any], bid_id: str, event: Correction) -> None:
    match event:
        case DateCorrected(step="BidSubmitted" | "BidResubmitted"):
            _redate(cursor, bid_id, "submitted", event)
            cursor.execute(
                "UPDATE bids SET day = %s WHERE id = %s AND submitted = %s",
                (sorts_on(event.date), bid_id, event.date.text),
            )
        case DateCorrected(step="BidApproved" | "BidDeclined"):
            _redate(cursor, bid_id, "decided", event)
        case StatementReplaced(fact="BidStated"):
            cursor.execute("DELETE FROM bids WHERE id = %s", (bid_id,))


def _redate(cursor: psycopg.Cursor[Any], bid_id: str, column: str, event: DateCorrected) -> None:
    """Correct a date, unless it is that of an earlier submission or decision than the last."""
    cursor.execute(
        SQL("UPDATE bids SET {0} = %s WHERE id = %s AND {0} = %s").format(Identifier(column)),
        (event.date.text, bid_id, event.was.text),
    )


def _state(cursor: psycopg.Cursor[Any], bid_id: str, event: bid.BidStated | bid.BidRestated) -> None:
    requested = event.requested
    cursor.execute(
        "UPDATE bids SET requested = %s, currency = %s, submitted = %s, day = %s WHERE id = %s",
        (
            requested.amount if requested else None,
            requested.currency if requested else None,
            event.on.text if event.on.is_known else None,
            sorts_on(event.on),
            bid_id,
        ),
    )


def _begin(
    cursor: psycopg.Cursor[Any], recorded: Recorded, partnership_id: str, reference: str, title: str, status: str
) -> None:
    cursor.execute(
        "INSERT INTO bids (id, reference, title, status, partnership_id, position) VALUES (%s, %s, %s, %s, %s, %s)"
        " ON CONFLICT (id) DO UPDATE"
        " SET reference = excluded.reference, title = excluded.title, status = excluded.status",
        (recorded.stream, reference, title, status, partnership_id, recorded.position),
    )


# --- Line -------------------------------------------------------------------------------------------------------------


@dataclass(slots=True)
class BidLine:
    """The current state of a bid. Amounts are in *currency*; dates are texts of When."""

    id: str
    reference: str
    title: str
    status: str
    partnership_id: str
    currency: str | None
    requested: Decimal | None
    approved: Decimal | None
    award_id: str | None
    round_id: str | None
    submitted: str | None
    decided: str | None
    day: date
    asked: Decimal
    position: int
    submitted_time: str | None
    admitted_because: str | None

    def money(self, amount: Decimal | None) -> Money | None:
        """*amount* in the currency of the bid; None without an amount."""
        return Money(amount=amount, currency=self.currency) if amount is not None and self.currency else None


# --- Readers ----------------------------------------------------------------------------------------------------------

SELECT = SQL(
    "bids.id, bids.reference, bids.title, bids.status, bids.partnership_id, bids.currency, bids.requested,"
    " bids.approved, bids.award_id, bids.round_id, bids.submitted, bids.decided, bids.day, bids.asked, bids.position,"
    " bids.submitted_time, bids.admitted_because"
)


async def bids_by(connection: Connection, column: str, values: Sequence[str]) -> list[BidLine]:
    """The bids whose *column* (id, reference or partnership_id) is one of *values*, in the order recorded."""
    assert column in ("id", "reference", "partnership_id")
    statement = SQL("SELECT {} FROM bids WHERE {} = ANY (%s) ORDER BY position").format(SELECT, Identifier(column))
    return await lines_of(connection, BidLine, statement, (list(values),))
