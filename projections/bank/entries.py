"""The bank read model: the tables and the writer. ``reading`` and ``candidates`` have the readers."""

from collections.abc import Sequence
from typing import Any

import psycopg

from domain import award
from domain.bank import account as bank_account
from domain.bank import entry as bank_entry
from domain.history import Recorded
from domain.values.fact import DateCorrected
from domain.values.plain import plain
from projections.tables.corrections import position_of
from projections.tables.effect import counts_from
from projections.tables.rows import add, columns, without_waiting

# --- Table ------------------------------------------------------------------------------------------------------------

NAME = "bank"
TABLES = (
    "bank_accounts", "bank_statements", "bank_entries", "bank_listed", "bank_decisions", "bank_found",
    "bank_rejections", "bank_payments", "bank_returns", "bank_deductions", "bank_stated",
    "bank_repayments", "bank_repaid",
)  # fmt: skip
DEFINITION = """
CREATE TABLE bank_accounts (
    id text PRIMARY KEY, account text NOT NULL, name text NOT NULL, currency text NOT NULL, position bigint NOT NULL,
    time_zone text NOT NULL
);
-- A bank may use an identifier again. The entries recorded after a statement of an identifier are on that statement.
CREATE TABLE bank_statements (
    account_id text NOT NULL, identifier text NOT NULL, since date NOT NULL, until date NOT NULL,
    opening numeric NOT NULL, closing numeric NOT NULL, entries integer NOT NULL, position bigint PRIMARY KEY,
    period text NOT NULL
);
CREATE INDEX bank_statements_of_account ON bank_statements (account_id, identifier, position);
-- Amounts are in major units, negative where money left the account. counts is the day on which the report counts the
-- entry: the booking day, or the nearest day of its first statement.
CREATE TABLE bank_entries (
    id text PRIMARY KEY, account_id text NOT NULL, statement text NOT NULL, reference text, nth integer NOT NULL,
    amount numeric NOT NULL, currency text NOT NULL, booked date NOT NULL, valued text, end_to_end text,
    counterparty text, remittance text, kind text, returned text, position bigint NOT NULL, counts date NOT NULL
);
-- The entries of each statement: statement is its position.
CREATE TABLE bank_listed (
    statement bigint NOT NULL, entry_id text NOT NULL, position bigint PRIMARY KEY
);
CREATE INDEX bank_listed_of_statement ON bank_listed (statement);
-- The decisions about entries. Each is current from its position until the position of the next, superseded.
CREATE TABLE bank_decisions (
    entry_id text NOT NULL, position bigint NOT NULL, superseded bigint NOT NULL, status text NOT NULL,
    because text NOT NULL, exact boolean NOT NULL, actor text NOT NULL, recorded_at timestamptz NOT NULL,
    PRIMARY KEY (entry_id, position)
);
-- The payments that entries were matched to; part is the number of the return, where the entry is one.
CREATE TABLE bank_found (
    entry_id text NOT NULL, position bigint PRIMARY KEY, superseded bigint NOT NULL,
    award_id text NOT NULL, number integer NOT NULL, amount numeric NOT NULL, part integer
);
CREATE INDEX bank_found_of_payment ON bank_found (award_id, number);
CREATE INDEX bank_found_of_entry ON bank_found (entry_id);
CREATE TABLE bank_rejections (
    entry_id text NOT NULL, position bigint NOT NULL, award_id text NOT NULL, number integer NOT NULL,
    because text NOT NULL, actor text NOT NULL, PRIMARY KEY (entry_id, position)
);
-- Payments released, less deductions; withdrawn is the position of the reversal, unmade its day. Where the date of the
-- release was corrected, an earlier row was unmade on its own day.
CREATE TABLE bank_payments (
    award_id text NOT NULL, number integer NOT NULL, amount numeric NOT NULL, currency text NOT NULL,
    reference text, alike text, released date NOT NULL, position bigint NOT NULL,
    unmade date, withdrawn bigint NOT NULL, PRIMARY KEY (award_id, number, position)
);
CREATE TABLE bank_returns (
    award_id text NOT NULL, number integer NOT NULL, part integer NOT NULL, amount numeric NOT NULL,
    position bigint NOT NULL, superseded bigint NOT NULL, PRIMARY KEY (award_id, number, part)
);
CREATE TABLE bank_deductions (
    award_id text NOT NULL, number integer NOT NULL, amount numeric NOT NULL, position bigint PRIMARY KEY
);
CREATE INDEX bank_deductions_of_payment ON bank_deductions (award_id, number);
-- Repayments of recoveries, and the bank entries that they were matched to.
CREATE TABLE bank_repayments (
    award_id text NOT NULL, number integer NOT NULL, part integer NOT NULL, amount numeric NOT NULL,
    currency text NOT NULL, reference text, alike text, day date NOT NULL, position bigint NOT NULL,
    PRIMARY KEY (award_id, number, part)
);
CREATE TABLE bank_repaid (
    entry_id text NOT NULL, award_id text NOT NULL, number integer NOT NULL, part integer NOT NULL,
    position bigint PRIMARY KEY, superseded bigint NOT NULL
);
CREATE INDEX bank_repaid_of_entry ON bank_repaid (entry_id);
-- Payments and, with back, returns that registers state; day is null unless it is known exactly.
CREATE TABLE bank_stated (
    award_id text NOT NULL, number integer NOT NULL, back boolean NOT NULL, amount numeric NOT NULL,
    currency text NOT NULL, reference text, alike text, day date, payee_id text, position bigint NOT NULL,
    withdrawn bigint NOT NULL, PRIMARY KEY (award_id, number, position)
);
"""
INDEXES = """
CREATE INDEX bank_entries_in_order ON bank_entries (position, id);
CREATE INDEX bank_entries_of_account ON bank_entries (account_id, booked);
CREATE INDEX bank_entries_alike ON bank_entries (end_to_end, amount) WHERE end_to_end IS NOT NULL;
CREATE INDEX bank_payments_alike ON bank_payments (alike);
CREATE INDEX bank_repayments_amounts ON bank_repayments (amount);
CREATE INDEX bank_repayments_alike ON bank_repayments (alike) WHERE alike IS NOT NULL;
CREATE INDEX bank_stated_amounts ON bank_stated (amount, day);
CREATE INDEX bank_stated_alike ON bank_stated (alike) WHERE alike IS NOT NULL;
"""

# --- Writer -----------------------------------------------------------------------------------------------------------

# The largest bigint. In superseded and withdrawn it says: not yet.
OPEN_END = 9223372036854775807


def write(cursor: psycopg.Cursor[Any], page: Sequence[Recorded]) -> None:
    """Add the events of a page of the log."""
    add(cursor, "bank_entries", (_entry(recorded) for recorded in page if _is_entry(recorded)))
    add(cursor, "bank_stated", (row for recorded in page for row in _stated(recorded)))
    add(cursor, "bank_deductions", (row for recorded in page for row in _deducted(recorded)))
    _pay(cursor, [row for recorded in page for row in _released(recorded)])
    with without_waiting(cursor, page):
        for recorded in page:
            _write_account(cursor, recorded)
            _write_decision(cursor, recorded)
            _write_payment(cursor, recorded)
            _write_repayment(cursor, recorded)
    _list_entries(cursor, [one for one in page if isinstance(one.event, _LISTED)])


_LISTED = (bank_entry.EntryBooked, bank_entry.EntryRepeated)


def _list_entries(cursor: psycopg.Cursor[Any], page: Sequence[Recorded]) -> None:
    """Put the entries of *page* on their statements, and count each on a day of the statement that booked it."""
    rows = [(one.stream, one.event.statement, one.position) for one in page if isinstance(one.event, _LISTED)]
    if not rows:
        return
    cursor.execute(
        "INSERT INTO bank_listed SELECT s.position, p.id, p.position"
        " FROM unnest(%s::text[], %s::text[], %s::bigint[]) p (id, identifier, position)"
        " JOIN bank_entries e ON e.id = p.id"
        " CROSS JOIN LATERAL (SELECT s.position FROM bank_statements s WHERE s.account_id = e.account_id"
        " AND s.identifier = p.identifier AND s.position < p.position ORDER BY s.position DESC LIMIT 1) s",
        columns(rows),
    )
    cursor.execute(
        "UPDATE bank_entries e SET counts = least(greatest(e.booked, s.since), s.until)"
        " FROM bank_listed l JOIN bank_statements s ON s.position = l.statement"
        " WHERE l.position = ANY (%s::bigint[]) AND l.entry_id = e.id AND l.position = e.position"
        " AND e.booked NOT BETWEEN s.since AND s.until",
        ([position for _, _, position in rows],),
    )


def _is_entry(recorded: Recorded) -> bool:
    return isinstance(recorded.event, bank_entry.EntryBooked)


def _entry(recorded: Recorded) -> tuple[Any, ...]:
    event = recorded.event
    assert isinstance(event, bank_entry.EntryBooked)
    one = event.entry
    booked = one.booked.day or counts_from(one.booked)
    return (
        recorded.stream, event.account_id, event.statement, one.reference, one.nth, one.amount.amount,
        one.amount.currency, booked, one.valued.text if one.valued else None, one.end_to_end, one.counterparty,
        one.remittance, one.kind, one.returned, recorded.position, booked,
    )  # fmt: skip


def _stated(recorded: Recorded) -> list[tuple[Any, ...]]:
    event = recorded.event
    if not isinstance(event, award.TransactionStated) or event.kind not in _FLOWS:
        return []
    return [
        (
            recorded.stream, event.number, event.kind is award.Transaction.RETURN, event.amount.amount,
            event.amount.currency, event.reference, plain(event.reference) if event.reference else None,
            event.on.day, event.payee_id, recorded.position, OPEN_END,
        )
    ]  # fmt: skip


# The kinds of transactions in a register that are single payments or returns.
_FLOWS = (award.Transaction.DISBURSEMENT, award.Transaction.RETURN)


def _deducted(recorded: Recorded) -> list[tuple[Any, ...]]:
    match recorded.event:
        case award.RecoverySettled(payment=int() as number) as event:
            return [(recorded.stream, number, event.amount.amount, recorded.position)]
    return []


def _released(recorded: Recorded) -> list[tuple[Any, ...]]:
    event = recorded.event
    if not isinstance(event, award.PaymentReleased):
        return []
    alike = plain(event.bank_reference) if event.bank_reference else None
    return [
        (
            recorded.stream, event.number, event.amount.amount, event.amount.currency, event.bank_reference, alike,
            counts_from(event.on), recorded.position,
        )
    ]  # fmt: skip


def _pay(cursor: psycopg.Cursor[Any], released: Sequence[tuple[Any, ...]]) -> None:
    """Add the payments *released*, each less what was deducted from it before."""
    if not released:
        return
    cursor.execute(
        "INSERT INTO bank_payments SELECT p.award_id, p.number, p.amount - coalesce((SELECT sum(d.amount)"
        " FROM bank_deductions d WHERE d.award_id = p.award_id AND d.number = p.number AND d.position < p.position),"
        " 0), p.currency, p.reference, p.alike, p.released, p.position, NULL, %s"
        " FROM unnest(%s::text[], %s::integer[], %s::numeric[], %s::text[], %s::text[], %s::text[], %s::date[],"
        " %s::bigint[]) p (award_id, number, amount, currency, reference, alike, released, position)",
        (OPEN_END, *columns(released)),
    )


def _write_account(cursor: psycopg.Cursor[Any], recorded: Recorded) -> None:
    match recorded.event:
        case bank_account.BankAccountOpened() as event:
            cursor.execute(
                "INSERT INTO bank_accounts VALUES (%s, %s, %s, %s, %s, %s) ON CONFLICT (id) DO UPDATE"
                " SET account = excluded.account, name = excluded.name, time_zone = excluded.time_zone",
                (recorded.stream, event.account, event.name, event.currency, recorded.position, event.time_zone),
            )
        case bank_account.StatementRecorded() as event:
            cursor.execute(
                "INSERT INTO bank_statements VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s)",
                (
                    recorded.stream, event.identifier, counts_from(event.since), counts_from(event.until),
                    event.opening.amount, event.closing.amount, event.entries, recorded.position, event.period,
                ),
            )  # fmt: skip


def _write_decision(cursor: psycopg.Cursor[Any], recorded: Recorded) -> None:
    match recorded.event:
        case bank_entry.EntryMatched() as event:
            _decide(cursor, recorded, None, event.because, exact=event.exact)
        case bank_entry.EntryMatchedToRecovery() as event:
            _decide(cursor, recorded, "recovered", event.because, exact=event.exact)
        case bank_entry.EntrySetAside() as event:
            _decide(cursor, recorded, event.aside.value, event.because)
        case bank_entry.EntryReopened() as event:
            _decide(cursor, recorded, "unmatched", event.because)
        case bank_entry.MatchRejected() as event:
            cursor.execute(
                "INSERT INTO bank_rejections VALUES (%s, %s, %s, %s, %s, %s)",
                (recorded.stream, recorded.position, event.award_id, event.number, event.because, recorded.actor),
            )


def _decide(
    cursor: psycopg.Cursor[Any], recorded: Recorded, status: str | None, because: str, *, exact: bool = False
) -> None:
    """Add a decision. Without *status* it is settled for money that left, and returned for money that came in."""
    cursor.execute(
        "UPDATE bank_decisions SET superseded = %s WHERE entry_id = %s AND superseded = %s",
        (recorded.position, recorded.stream, OPEN_END),
    )
    cursor.execute(
        "INSERT INTO bank_decisions SELECT %s, %s, %s, coalesce(%s, (SELECT CASE WHEN amount < 0 THEN 'settled'"
        " ELSE 'returned' END FROM bank_entries WHERE id = %s), 'settled'), %s, %s, %s, %s",
        (
            recorded.stream, recorded.position, OPEN_END, status, recorded.stream, because, exact, recorded.actor,
            recorded.recorded_at,
        ),
    )  # fmt: skip


def _write_payment(cursor: psycopg.Cursor[Any], recorded: Recorded) -> None:
    stream, position = recorded.stream, recorded.position
    match recorded.event:
        case award.PaymentReversed(was="released" | "settled") as event:
            cursor.execute(
                "UPDATE bank_payments SET unmade = %s, withdrawn = %s WHERE award_id = %s AND number = %s"
                " AND withdrawn = %s",
                (counts_from(event.on), position, stream, event.number, OPEN_END),
            )
        case DateCorrected(step="PaymentReleased") as event:
            cursor.execute(
                "WITH old AS (UPDATE bank_payments SET unmade = released, withdrawn = %s"
                " WHERE award_id = %s AND number = %s AND withdrawn = %s RETURNING *) INSERT INTO bank_payments"
                " SELECT award_id, number, amount, currency, reference, alike, %s, %s, NULL, %s FROM old",
                (position, stream, event.number, OPEN_END, counts_from(event.date), position, OPEN_END),
            )
        case award.TransactionUnstated(kind=award.Transaction.DISBURSEMENT | award.Transaction.RETURN) as event:
            cursor.execute(
                "UPDATE bank_stated SET withdrawn = %s"
                " WHERE award_id = %s AND number = %s AND position < %s AND withdrawn = %s",
                (position, stream, event.number, position, OPEN_END),
            )
        case award.PaymentMatched() as event:
            cursor.execute(
                "INSERT INTO bank_found VALUES (%s, %s, %s, %s, %s, %s, %s)",
                (event.entry_id, position, OPEN_END, stream, event.number, event.amount.amount, event.part),
            )
        case award.MatchUndone() as event:
            cursor.execute(
                "UPDATE bank_found SET superseded = %s WHERE entry_id = %s AND award_id = %s AND number = %s"
                " AND superseded = %s",
                (position, event.entry_id, stream, event.number, OPEN_END),
            )
        case award.PaymentReturned() as event:
            cursor.execute(
                "INSERT INTO bank_returns VALUES (%s, %s, %s, %s, %s, %s)",
                (stream, event.number, event.part, event.amount.amount, position, OPEN_END),
            )
        case award.ReturnUndone() as event:
            cursor.execute(
                "UPDATE bank_returns SET superseded = %s WHERE award_id = %s AND number = %s AND part = %s",
                (position, stream, event.number, event.part),
            )


def _write_repayment(cursor: psycopg.Cursor[Any], recorded: Recorded) -> None:
    stream, position = recorded.stream, recorded.position
    match recorded.event:
        case award.RepaymentReferenced() as event:
            cursor.execute(
                "UPDATE bank_repayments SET reference = %s, alike = %s"
                " WHERE award_id = %s AND number = %s AND part = %s",
                (event.reference, plain(event.reference), stream, event.number, event.part),
            )
        case award.RecoverySettled(payment=None) as event:
            cursor.execute(
                "INSERT INTO bank_repayments VALUES (%s, %s, %s, %s, %s, NULL, NULL, %s, %s)",
                (
                    stream, event.number, event.part, event.amount.amount, event.amount.currency,
                    counts_from(event.on), position,
                ),
            )  # fmt: skip
        case DateCorrected(step="RecoverySettled") as event:
            cursor.execute(
                "UPDATE bank_repayments SET day = %s WHERE award_id = %s AND position = %s",
                (counts_from(event.date), stream, position_of(cursor, stream, event.version)),
            )
        case award.RepaymentMatched() as event:
            cursor.execute(
                "INSERT INTO bank_repaid VALUES (%s, %s, %s, %s, %s, %s)",
                (event.entry_id, stream, event.number, event.part, position, OPEN_END),
            )
        case award.RepaymentMatchUndone() as event:
            cursor.execute(
                "UPDATE bank_repaid SET superseded = %s WHERE entry_id = %s AND award_id = %s AND number = %s"
                " AND part = %s AND superseded = %s",
                (position, event.entry_id, stream, event.number, event.part, OPEN_END),
            )
