"""The bank: accounts, statements and entries, the decision about each entry, and the payments it may settle."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import psycopg
from psycopg.sql import SQL, Composable, Composed

from domain import award
from domain.bank import account as bank_account
from domain.bank import entry as bank_entry
from domain.bank import matching as bank_matching
from domain.bank.account import BankEntry, plain
from domain.bank.matching import Open, PaymentKey, Proposal, Seen
from domain.bank.report import Booked, Found, Paid, Reconciliation, Stated, reconcile
from domain.history import Recorded
from domain.values.ids import AwardId, EntryId
from domain.values.money import Money
from domain.values.when import When
from projections.tables.effect import counts_from
from projections.tables.paging import Connection, Listing, Page, Window, count, lines_of, page
from projections.tables.rows import add, columns, without_waiting

# --- Table ------------------------------------------------------------------------------------------------------------

NAME = "bank"
TABLES = (
    "bank_accounts", "bank_statements", "bank_entries", "bank_decisions", "bank_found", "bank_rejections",
    "bank_payments", "bank_returns", "bank_deductions", "bank_stated",
)  # fmt: skip
DEFINITION = """
CREATE TABLE bank_accounts (
    id text PRIMARY KEY, account text NOT NULL, name text NOT NULL, currency text NOT NULL, position bigint NOT NULL
);
CREATE TABLE bank_statements (
    account_id text NOT NULL, identifier text NOT NULL, since date NOT NULL, until date NOT NULL,
    opening numeric NOT NULL, closing numeric NOT NULL, entries integer NOT NULL, position bigint NOT NULL,
    PRIMARY KEY (account_id, identifier)
);
-- Amounts are in major units, negative where money left the account.
CREATE TABLE bank_entries (
    id text PRIMARY KEY, account_id text NOT NULL, statement text NOT NULL, reference text, nth integer NOT NULL,
    amount numeric NOT NULL, currency text NOT NULL, booked date NOT NULL, valued text, end_to_end text,
    counterparty text, remittance text, kind text, returned text, position bigint NOT NULL
);
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
-- Payments released, less deductions; withdrawn is the position of the reversal, unmade its day.
CREATE TABLE bank_payments (
    award_id text NOT NULL, number integer NOT NULL, amount numeric NOT NULL, currency text NOT NULL,
    reference text, alike text, released date NOT NULL, position bigint NOT NULL,
    unmade date, withdrawn bigint NOT NULL, PRIMARY KEY (award_id, number)
);
CREATE TABLE bank_returns (
    award_id text NOT NULL, number integer NOT NULL, part integer NOT NULL, amount numeric NOT NULL,
    position bigint NOT NULL, superseded bigint NOT NULL, PRIMARY KEY (award_id, number, part)
);
CREATE TABLE bank_deductions (
    award_id text NOT NULL, number integer NOT NULL, amount numeric NOT NULL, position bigint PRIMARY KEY
);
CREATE INDEX bank_deductions_of_payment ON bank_deductions (award_id, number);
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
CREATE INDEX bank_stated_amounts ON bank_stated (amount, day);
CREATE INDEX bank_stated_alike ON bank_stated (alike) WHERE alike IS NOT NULL;
"""

# --- Writer -----------------------------------------------------------------------------------------------------------

# The largest bigint: the position of something that has not been superseded or withdrawn.
_NOW = 9223372036854775807


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


def _is_entry(recorded: Recorded) -> bool:
    return isinstance(recorded.event, bank_entry.EntryBooked)


def _entry(recorded: Recorded) -> tuple[Any, ...]:
    event = recorded.event
    assert isinstance(event, bank_entry.EntryBooked)
    one = event.entry
    return (
        recorded.stream, event.account_id, event.statement, one.reference, one.nth, one.amount.amount,
        one.amount.currency, bank_account.day_of(one.booked) or counts_from(one.booked),
        one.valued.text if one.valued else None, one.end_to_end, one.counterparty, one.remittance, one.kind,
        one.returned, recorded.position,
    )  # fmt: skip


def _stated(recorded: Recorded) -> list[tuple[Any, ...]]:
    event = recorded.event
    if not isinstance(event, award.TransactionStated) or event.kind not in _FLOWS:
        return []
    return [
        (
            recorded.stream, event.number, event.kind is award.Transaction.RETURN, event.amount.amount,
            event.amount.currency, event.reference, plain(event.reference) if event.reference else None,
            bank_account.day_of(event.on), event.payee_id, recorded.position, _NOW,
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
        (_NOW, *columns(released)),
    )


def _write_account(cursor: psycopg.Cursor[Any], recorded: Recorded) -> None:
    match recorded.event:
        case bank_account.BankAccountOpened() as event:
            cursor.execute(
                "INSERT INTO bank_accounts VALUES (%s, %s, %s, %s, %s) ON CONFLICT (id) DO UPDATE"
                " SET account = excluded.account, name = excluded.name",
                (recorded.stream, event.account, event.name, event.currency, recorded.position),
            )
        case bank_account.StatementRecorded() as event:
            cursor.execute(
                "INSERT INTO bank_statements VALUES (%s, %s, %s, %s, %s, %s, %s, %s)",
                (
                    recorded.stream, event.identifier, counts_from(event.since), counts_from(event.until),
                    event.opening.amount, event.closing.amount, event.entries, recorded.position,
                ),
            )  # fmt: skip


def _write_decision(cursor: psycopg.Cursor[Any], recorded: Recorded) -> None:
    match recorded.event:
        case bank_entry.EntryMatched() as event:
            _decide(cursor, recorded, None, event.because, exact=event.exact)
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
        (recorded.position, recorded.stream, _NOW),
    )
    cursor.execute(
        "INSERT INTO bank_decisions SELECT %s, %s, %s, coalesce(%s, (SELECT CASE WHEN amount < 0 THEN 'settled'"
        " ELSE 'returned' END FROM bank_entries WHERE id = %s), 'settled'), %s, %s, %s, %s",
        (
            recorded.stream, recorded.position, _NOW, status, recorded.stream, because, exact, recorded.actor,
            recorded.recorded_at,
        ),
    )  # fmt: skip


def _write_payment(cursor: psycopg.Cursor[Any], recorded: Recorded) -> None:
    stream, position = recorded.stream, recorded.position
    match recorded.event:
        case award.PaymentReversed(was="released" | "settled") as event:
            cursor.execute(
                "UPDATE bank_payments SET unmade = %s, withdrawn = %s WHERE award_id = %s AND number = %s",
                (counts_from(event.on), position, stream, event.number),
            )
        case award.TransactionUnstated(kind=award.Transaction.DISBURSEMENT | award.Transaction.RETURN) as event:
            cursor.execute(
                "UPDATE bank_stated SET withdrawn = %s"
                " WHERE award_id = %s AND number = %s AND position < %s AND withdrawn = %s",
                (position, stream, event.number, position, _NOW),
            )
        case award.PaymentMatched() as event:
            cursor.execute(
                "INSERT INTO bank_found VALUES (%s, %s, %s, %s, %s, %s, %s)",
                (event.entry_id, position, _NOW, stream, event.number, event.amount.amount, event.part),
            )
        case award.MatchUndone() as event:
            cursor.execute(
                "UPDATE bank_found SET superseded = %s WHERE entry_id = %s AND award_id = %s AND number = %s"
                " AND superseded = %s",
                (position, event.entry_id, stream, event.number, _NOW),
            )
        case award.PaymentReturned() as event:
            cursor.execute(
                "INSERT INTO bank_returns VALUES (%s, %s, %s, %s, %s, %s)",
                (stream, event.number, event.part, event.amount.amount, position, _NOW),
            )
        case award.ReturnUndone() as event:
            cursor.execute(
                "UPDATE bank_returns SET superseded = %s WHERE award_id = %s AND number = %s AND part = %s",
                (position, stream, event.number, event.part),
            )


# --- Lines ------------------------------------------------------------------------------------------------------------


@dataclass(slots=True)
class AccountLine:
    """A bank account of the funder; *account* is its number at the bank."""

    id: str
    account: str
    name: str
    currency: str


@dataclass(slots=True)
class EntryLine:
    """A bank entry and the decision about it; *status* is one of ``domain.bank.report.STATUSES``.

    *because*, *exact*, *decided_by* and *decided_at* are of the last decision; None without one.
    """

    id: str
    account_id: str
    account: str
    statement: str
    reference: str | None
    nth: int
    amount: Decimal
    currency: str
    booked: date
    valued: str | None
    end_to_end: str | None
    counterparty: str | None
    remittance: str | None
    kind: str | None
    returned: str | None
    position: int
    status: str
    because: str | None
    exact: bool | None
    decided_by: str | None
    decided_at: datetime | None

    @property
    def money(self) -> Money:
        """The amount, negative where money left the account."""
        return Money(amount=self.amount, currency=self.currency)

    @property
    def entry(self) -> BankEntry:
        """The entry as the bank states it."""
        return BankEntry(
            reference=self.reference,
            nth=self.nth,
            amount=self.money,
            booked=When(self.booked.isoformat()),
            valued=When(self.valued) if self.valued else None,
            end_to_end=self.end_to_end,
            counterparty=self.counterparty,
            remittance=self.remittance,
            kind=self.kind,
            returned=self.returned,
        )


@dataclass(slots=True)
class ShareLine:
    """A payment that an entry settled; with *part*, the number of the return of that payment."""

    entry_id: str
    award_id: str
    award: str
    number: int
    amount: Decimal
    currency: str
    part: int | None


@dataclass(slots=True)
class ProposalLine:
    """The payments that an entry may settle, best first. *duplicate_of* is an entry that looks the same."""

    entry_id: str
    duplicate_of: str | None
    proposals: tuple[Proposal, ...]


@dataclass(slots=True)
class RejectionLine:
    """A payment that a person has ruled out for an entry."""

    entry_id: str
    award_id: str
    number: int


@dataclass(slots=True)
class PaymentLine:
    """A payment that was released. *settled* has left the bank, *returned* has come back.

    *parts* and *amounts* are the numbers and amounts of its returns that were not matched at the bank. *payees* are the
    names of its possible recipients.
    """

    award_id: str
    award: str
    partnership: str | None
    number: int
    amount: Decimal
    currency: str
    reference: str | None
    released: date
    settled: Decimal
    returned: Decimal
    parts: list[int]
    amounts: list[Decimal]
    payees: list[str]

    @property
    def left(self) -> Decimal:
        """The amount that has not been seen to leave the bank."""
        return self.amount - self.settled

    @property
    def open(self) -> Open:
        """The payment in the form that matching takes."""
        return Open(
            key=PaymentKey(AwardId(self.award_id), self.number),
            sent=self._money(self.amount),
            left=self._money(self.left),
            back=self._money(max(self.amount - self.returned, Decimal(0))),
            released=self.released,
            reference=self.reference,
            payees=tuple(self.payees),
            known_back=tuple(
                (part, self._money(amount)) for part, amount in zip(self.parts, self.amounts, strict=True)
            ),
        )

    def _money(self, amount: Decimal) -> Money:
        return Money(amount=amount, currency=self.currency)


@dataclass(slots=True)
class StatedLine:
    """A payment that a register states, or with *back* a return. *found* is the amount matched at the bank."""

    award_id: str
    number: int
    back: bool
    amount: Decimal
    currency: str
    reference: str | None
    day: date | None
    found: Decimal
    payees: list[str]

    @property
    def open(self) -> Open:
        """The payment in the form that matching takes."""
        left = Money(amount=self.amount - self.found, currency=self.currency)
        nothing = Money.zero(self.currency)
        return Open(
            key=PaymentKey(AwardId(self.award_id), self.number),
            sent=Money(amount=self.amount, currency=self.currency),
            left=nothing if self.back else left,
            back=left if self.back else nothing,
            released=self.day,
            reference=self.reference,
            payees=tuple(self.payees),
            stated=True,
        )


# --- Readers ----------------------------------------------------------------------------------------------------------

_SELECT = SQL(
    "e.id, e.account_id, a.account, e.statement, e.reference, e.nth, e.amount, e.currency, e.booked, e.valued,"
    " e.end_to_end, e.counterparty, e.remittance, e.kind, e.returned, e.position,"
    " coalesce(d.status, 'unmatched') AS status, d.because, d.exact, d.actor AS decided_by,"
    " d.recorded_at AS decided_at"
)


@dataclass(frozen=True, slots=True)
class Filter:
    """A filter of entries: all conditions given must hold. *account* is an id or the number at the bank."""

    account: str | None = None
    status: str | None = None
    since: date | None = None
    until: date | None = None


def listing(wanted: Filter, *, known: int | None = None) -> Listing:
    """The entries that match *wanted*, in the order recorded, as known at a position."""
    conditions: dict[str, Any] = {
        "(a.id = %(account)s OR a.account = %(account)s)": wanted.account,
        "coalesce(d.status, 'unmatched') = %(status)s": wanted.status,
        "e.booked >= %(since)s": wanted.since,
        "e.booked <= %(until)s": wanted.until,
        "e.position <= %(known)s": known,
    }
    return Listing(
        select=_SELECT,
        source=SQL(
            "bank_entries e JOIN bank_accounts a ON a.id = e.account_id"
            " LEFT JOIN bank_decisions d ON d.entry_id = e.id AND {}"
        ).format(_known("d", known)),
        where=[SQL(text) for text, value in conditions.items() if value is not None],
        parameters={
            "account": wanted.account,
            "status": wanted.status,
            "since": wanted.since,
            "until": wanted.until,
            "known": known,
        },
        key=("e.position", "e.id"),
    )


async def entries_page(connection: Connection, listed: Listing, window: Window) -> Page[EntryLine]:
    """One page of *listed*."""
    return await page(connection, EntryLine, listed, window)


async def count_entries(connection: Connection, listed: Listing) -> int:
    """The number of entries in *listed*."""
    return await count(connection, listed)


async def entries_by(connection: Connection, column: str, values: Sequence[str]) -> list[EntryLine]:
    """The entries whose *column* (id) is one of *values*."""
    assert column == "id"
    listed = listing(Filter())
    statement = SQL("SELECT {} FROM {} WHERE e.id = ANY (%(ids)s)").format(listed.select, listed.source)
    return await lines_of(connection, EntryLine, statement, listed.parameters | {"ids": list(values)})


async def accounts(connection: Connection) -> list[AccountLine]:
    """Every account, by its number at the bank."""
    return await lines_of(
        connection, AccountLine, "SELECT id, account, name, currency FROM bank_accounts ORDER BY account"
    )


async def shares_by(
    connection: Connection, column: str, values: Sequence[str], *, known: int | None = None
) -> list[ShareLine]:
    """The payments that the entries (*column* entry_id) *values* settled, as known at a position."""
    assert column == "entry_id"
    return await lines_of(
        connection,
        ShareLine,
        SQL(
            "SELECT s.entry_id, s.award_id, coalesce(w.reference, s.award_id) AS award, s.number, s.amount, e.currency,"
            " s.part FROM bank_found s JOIN bank_entries e ON e.id = s.entry_id"
            " LEFT JOIN awards w ON w.id = s.award_id"
            " WHERE s.entry_id = ANY (%(ids)s) AND {} ORDER BY s.entry_id, s.position"
        ).format(_known("s", known)),
        {"ids": list(values), "known": known},
    )


_PAYMENTS = """
    SELECT p.award_id, coalesce(w.reference, p.award_id) AS award, h.code AS partnership, p.number, p.amount,
           p.currency, p.reference, p.released, coalesce(s.settled, 0) AS settled, coalesce(r.returned, 0) AS returned,
           coalesce(r.parts, '{{}}') AS parts, coalesce(r.amounts, '{{}}') AS amounts,
           array_remove(ARRAY[h.name, o.name], NULL) AS payees
      FROM bank_payments p
      LEFT JOIN awards w ON w.id = p.award_id
      LEFT JOIN partnerships h ON h.id = w.partnership_id
      LEFT JOIN organisations o ON o.id = h.lead_id
      LEFT JOIN LATERAL (
          SELECT sum(f.amount) AS settled FROM bank_found f JOIN bank_entries e ON e.id = f.entry_id
           WHERE f.award_id = p.award_id AND f.number = p.number AND f.part IS NULL AND {found}
             AND (%(until)s::date IS NULL OR e.booked <= %(until)s)) s ON true
      LEFT JOIN LATERAL (
          SELECT sum(b.amount) AS returned,
                 array_agg(b.part ORDER BY b.part) FILTER (WHERE f.entry_id IS NULL) AS parts,
                 array_agg(b.amount ORDER BY b.part) FILTER (WHERE f.entry_id IS NULL) AS amounts
            FROM bank_returns b
            LEFT JOIN bank_found f ON f.award_id = b.award_id AND f.number = b.number AND f.part = b.part AND {found}
           WHERE b.award_id = p.award_id AND b.number = p.number AND {returns}) r ON true
     WHERE {where} ORDER BY p.released, p.position"""


def _known(table: str, known: int | None) -> Composable:
    if known is None:
        return SQL(f"{table}.superseded = {_NOW}")
    return SQL(f"{table}.position <= %(known)s AND {table}.superseded > %(known)s")


async def _payments(
    connection: Connection, where: str, *, known: int | None = None, until: date | None = None, **values: Any
) -> list[PaymentLine]:
    statement = SQL(_PAYMENTS).format(found=_known("f", known), returns=_known("b", known), where=SQL(where))
    return await lines_of(connection, PaymentLine, statement, {"known": known, "until": until, **values})


async def payments_near(connection: Connection, entries: Sequence[BankEntry]) -> list[PaymentLine]:
    """The payments, not reversed, with the amount or reference of any of *entries*, or with a reference in its text."""
    if not entries:
        return []
    return await _payments(
        connection,
        f"""p.withdrawn = {_NOW} AND (p.alike = ANY (%(references)s)
            OR p.amount = ANY (%(sizes)s) OR p.amount - coalesce(s.settled, 0) = ANY (%(sizes)s)
            OR p.amount - coalesce(r.returned, 0) = ANY (%(sizes)s) OR r.amounts && %(sizes)s
            OR (length(p.alike) >= 4 AND EXISTS (
                SELECT FROM unnest(%(texts)s::text[]) t (words) WHERE strpos(t.words, p.alike) > 0)))""",
        references=sorted({reference for one in entries for reference in one.references}),
        sizes=[abs(one.amount.amount) for one in entries],
        texts=[plain(one.remittance) for one in entries if one.remittance],
    )


async def stated_near(connection: Connection, entries: Sequence[BankEntry]) -> list[StatedLine]:
    """The payments that registers state with the amount of any of *entries* near its day, or with its reference.

    There may be millions, so the texts of entries are not searched for their references.
    """
    if not entries:
        return []
    spans = [bank_matching.days_about(one) for one in entries]
    return await lines_of(
        connection,
        StatedLine,
        """
        WITH near AS (
            SELECT s.award_id, s.number, s.position
              FROM unnest(%(sizes)s::numeric[], %(since)s::date[], %(until)s::date[]) AS e (size, since, until)
              JOIN bank_stated s ON s.amount = e.size AND s.day BETWEEN e.since AND e.until
             UNION
            SELECT s.award_id, s.number, s.position FROM bank_stated s WHERE s.alike = ANY (%(references)s))
        SELECT s.award_id, s.number, s.back, s.amount, s.currency, s.reference, s.day,
               coalesce(f.found, 0) AS found, array_remove(ARRAY[y.name, h.name, o.name], NULL) AS payees
          FROM near JOIN bank_stated s USING (award_id, number, position)
          LEFT JOIN awards w ON w.id = s.award_id
          LEFT JOIN partnerships h ON h.id = w.partnership_id
          LEFT JOIN organisations o ON o.id = h.lead_id
          LEFT JOIN organisations y ON y.id = s.payee_id
          LEFT JOIN LATERAL (
              SELECT sum(b.amount) AS found FROM bank_found b
               WHERE b.award_id = s.award_id AND b.number = s.number AND b.superseded = %(now)s) f ON true
         WHERE s.withdrawn = %(now)s
         ORDER BY s.award_id, s.number""",
        {
            "sizes": [abs(one.amount.amount) for one in entries],
            "since": [since for since, _ in spans],
            "until": [until for _, until in spans],
            "references": sorted({reference for one in entries for reference in one.references}),
            "now": _NOW,
        },
    )


async def candidates(connection: Connection, entries: Sequence[Seen]) -> list[Open]:
    """The payments that unmatched *entries* may settle: those released, and those that registers state."""
    unmatched = [one.entry for one in entries if one.open]
    released = [one.open for one in await payments_near(connection, unmatched)]
    return released + [one.open for one in await stated_near(connection, unmatched)]


async def unseen(
    connection: Connection, currency: str, *, until: date | None = None, known: int | None = None
) -> list[PaymentLine]:
    """The payments in *currency* released by *until* that had not wholly left the bank by then, oldest first."""
    return await _payments(
        connection,
        "p.currency = %(currency)s AND (%(until)s::date IS NULL OR p.released <= %(until)s)"
        " AND (%(known)s::bigint IS NULL OR p.position <= %(known)s) AND p.amount > coalesce(s.settled, 0)"
        " AND (p.unmade IS NULL OR p.withdrawn > coalesce(%(known)s, p.withdrawn) OR p.unmade > %(until)s)",
        currency=currency,
        until=until,
        known=known,
    )


async def waiting(
    connection: Connection, account_id: str | None = None, ids: Sequence[str] | None = None
) -> list[Seen]:
    """The entries that matching needs, of one account or all: unmatched entries, and entries that look the same.

    With *ids*, only those entries and the entries that look the same.
    """
    lines = await lines_of(
        connection,
        EntryLine,
        SQL(
            "SELECT {} FROM {} WHERE (%(of)s::text IS NULL OR e.account_id = %(of)s)"
            " AND (coalesce(d.status, 'unmatched') = 'unmatched' OR EXISTS (SELECT FROM bank_entries t"
            " LEFT JOIN bank_decisions c ON c.entry_id = t.id AND {}"
            " WHERE t.end_to_end = e.end_to_end AND t.amount = e.amount AND t.id <> e.id"
            " AND coalesce(c.status, 'unmatched') = 'unmatched'))"
            " AND (%(ids)s::text[] IS NULL OR e.id = ANY (%(ids)s) OR EXISTS (SELECT FROM bank_entries t"
            " WHERE t.id = ANY (%(ids)s) AND t.end_to_end = e.end_to_end AND t.amount = e.amount)) ORDER BY e.position"
        ).format(_SELECT, listing(Filter()).source, _known("c", None)),
        {"of": account_id, "known": None, "ids": list(ids) if ids is not None else None},
    )
    return await seen(connection, lines)


async def seen(connection: Connection, lines: Sequence[EntryLine]) -> list[Seen]:
    """*lines* in the form that matching takes, each with the payments that were ruled out for it."""
    rejections = await lines_of(
        connection,
        RejectionLine,
        "SELECT entry_id, award_id, number FROM bank_rejections WHERE entry_id = ANY (%(ids)s)",
        {"ids": [line.id for line in lines]},
    )
    rejected: dict[str, set[PaymentKey]] = {}
    for one in rejections:
        rejected.setdefault(one.entry_id, set()).add(PaymentKey(AwardId(one.award_id), one.number))
    return [
        Seen(
            entry_id=EntryId(line.id),
            entry=line.entry,
            open=line.status == "unmatched",
            # A decision about it was reversed: from then on only a person decides.
            exact=line.because is None,
            rejected=frozenset(rejected.get(line.id, ())),
        )
        for line in lines
    ]


async def matches(
    connection: Connection, account_id: str | None = None, more: Sequence[Seen] = ()
) -> bank_matching.Matches:
    """The matches of the unmatched entries, of one account or all, and of *more* that are not recorded."""
    known = await waiting(connection, account_id)
    entries = [*known, *more]
    return bank_matching.match(entries, await candidates(connection, entries))


async def proposals_by(connection: Connection, column: str, values: Sequence[str]) -> list[ProposalLine]:
    """The payments that the unmatched entries (*column* entry_id) *values* may settle, one line for each entry."""
    assert column == "entry_id"
    entries = await waiting(connection, ids=values)
    found = bank_matching.match(entries, await candidates(connection, entries))
    return [
        ProposalLine(
            entry_id=one.entry_id,
            duplicate_of=found.duplicates.get(one.entry_id),
            proposals=(found.exact[one.entry_id],)
            if one.entry_id in found.exact
            else found.proposals.get(one.entry_id, ()),
        )
        for one in entries
        if one.open
    ]


async def reconciliation(
    connection: Connection, account: AccountLine, since: date, until: date, *, known: int | None = None
) -> Reconciliation:
    """The reconciliation of *account* from *since* to *until*, both included, as known at a position."""
    parameters = {"id": account.id, "currency": account.currency, "known": known}
    upto = SQL("(%(known)s::bigint IS NULL OR {}.position <= %(known)s)")
    statements = await _rows(
        connection,
        SQL("SELECT s.since, s.until, s.opening, s.closing FROM bank_statements s WHERE s.account_id = %(id)s AND {}"
            ).format(upto.format(SQL("s"))),
        parameters,
    )  # fmt: skip
    entries = await _rows(
        connection,
        SQL(
            "SELECT e.booked, e.amount, coalesce(d.status, 'unmatched'), e.account_id = %(id)s FROM bank_entries e"
            " LEFT JOIN bank_decisions d ON d.entry_id = e.id AND {} WHERE e.currency = %(currency)s AND {}"
        ).format(_known("d", known), upto.format(SQL("e"))),
        parameters,
    )
    payments = await _rows(
        connection,
        SQL(
            "SELECT p.released, p.amount, CASE WHEN %(known)s::bigint IS NULL OR p.withdrawn <= %(known)s"
            " THEN p.unmade END FROM bank_payments p WHERE p.currency = %(currency)s AND {}"
        ).format(upto.format(SQL("p"))),
        parameters,
    )
    of_registers = await _rows(
        connection,
        SQL(
            "SELECT e.booked, f.amount FROM bank_found f JOIN bank_entries e ON e.id = f.entry_id"
            " WHERE e.currency = %(currency)s AND {} AND EXISTS (SELECT FROM bank_stated s WHERE NOT s.back"
            " AND s.award_id = f.award_id AND s.number = f.number AND s.position < f.position"
            " AND s.withdrawn > f.position)"
        ).format(_known("f", known)),
        parameters,
    )
    return reconcile(
        since,
        until,
        [Stated(*row) for row in statements],
        [Booked(*row) for row in entries],
        [Paid(*row) for row in payments],
        [Found(*row) for row in of_registers],
    )


async def _rows(connection: Connection, statement: Composed, parameters: dict[str, Any]) -> list[tuple[Any, ...]]:
    cursor = await connection.execute(statement, parameters)
    return list(await cursor.fetchall())
