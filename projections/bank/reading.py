"""Bank accounts and entries, and the decisions about them. ``reconciling`` has the reconciliation of an account."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from psycopg.sql import SQL, Composable

from domain.bank.account import BankEntry
from domain.values.money import Money
from domain.values.when import When
from projections.bank.entries import OPEN_END
from projections.lists import like
from projections.tables.paging import Connection, Listing, Page, Window, lines_of, page, sql

# --- Lines ------------------------------------------------------------------------------------------------------------


@dataclass(slots=True)
class AccountLine:
    """A bank account of the funder; *account* is its number at the bank, *time_zone* that of the bank."""

    id: str
    account: str
    name: str
    currency: str
    time_zone: str


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
class RepaymentLine:
    """A repayment of a recovery that an entry is: settlement *part* of recovery *number*."""

    entry_id: str
    award_id: str
    award: str
    number: int
    part: int
    amount: Decimal
    currency: str


# --- Readers ----------------------------------------------------------------------------------------------------------

SELECT = SQL(
    "e.id, e.account_id, a.account, e.statement, e.reference, e.nth, e.amount, e.currency, e.booked, e.valued,"
    " e.end_to_end, e.counterparty, e.remittance, e.kind, e.returned, e.position,"
    " coalesce(d.status, 'unmatched') AS status, d.because, d.exact, d.actor AS decided_by,"
    " d.recorded_at AS decided_at"
)


@dataclass(frozen=True, slots=True)
class Filter:
    """A filter of entries: all conditions given must hold. *account* is an id or the number at the bank.

    *text* is in the name of the other party, a reference, or the text sent with the payment.
    """

    account: str | None = None
    status: str | None = None
    since: date | None = None
    until: date | None = None
    text: str | None = None


def listing(wanted: Filter, *, known: int | None = None) -> Listing:
    """The entries that match *wanted*, in the order recorded, as known at a position."""
    conditions: dict[str, Any] = {
        "(a.id = %(account)s OR a.account = %(account)s)": wanted.account,
        "coalesce(d.status, 'unmatched') = %(status)s": wanted.status,
        "e.booked >= %(since)s": wanted.since,
        "e.booked <= %(until)s": wanted.until,
        "e.position <= %(known)s": known,
        "concat_ws(E'\n', e.counterparty, e.end_to_end, e.reference, e.remittance) ILIKE %(text)s": wanted.text,
    }
    return Listing(
        select=SELECT,
        source=SQL(
            "bank_entries e JOIN bank_accounts a ON a.id = e.account_id"
            " LEFT JOIN bank_decisions d ON d.entry_id = e.id AND {}"
        ).format(known_in("d", known)),
        where=[SQL(text) for text, value in conditions.items() if value is not None],
        parameters={
            "account": wanted.account,
            "status": wanted.status,
            "since": wanted.since,
            "until": wanted.until,
            "known": known,
            "text": like(wanted.text) if wanted.text is not None else None,
        },
        key=("e.position", "e.id"),
    )


async def entries_page(connection: Connection, listed: Listing, window: Window) -> Page[EntryLine]:
    """One page of *listed*."""
    return await page(connection, EntryLine, listed, window)


async def accounts(connection: Connection) -> list[AccountLine]:
    """Every account, by its number at the bank."""
    return await lines_of(
        connection, AccountLine, "SELECT id, account, name, currency, time_zone FROM bank_accounts ORDER BY account"
    )


SHARES = (
    "SELECT s.entry_id, s.award_id, coalesce(w.reference, s.award_id) AS award, s.number, s.amount, e.currency, s.part,"
    " s.position FROM bank_found s JOIN bank_entries e ON e.id = s.entry_id LEFT JOIN awards w ON w.id = s.award_id"
)
# The condition that a share was current at position ``known``; now with NULL.
_AT = f"coalesce(%(known)s::bigint, {OPEN_END} - 1)"
SHARES_KNOWN = f"s.position <= {_AT} AND s.superseded > {_AT}"

# The entries with the last decision about each at position ``known``.
ENTRIES = f"""SELECT {SELECT.as_string(None)}
    FROM bank_entries e JOIN bank_accounts a ON a.id = e.account_id
    LEFT JOIN bank_decisions d ON d.entry_id = e.id AND d.position <= {_AT} AND d.superseded > {_AT}"""  # noqa: S608


async def entries_by(
    connection: Connection, column: str, values: Sequence[str], *, known: int | None = None
) -> list[EntryLine]:
    """The entries whose *column* (id) is one of *values*, with the decisions known at a position."""
    assert column == "id"
    statement = f"{ENTRIES} WHERE e.id = ANY (%(ids)s) AND e.position <= {_AT}"
    return await lines_of(connection, EntryLine, statement, {"ids": list(values), "known": known})


async def shares_by(
    connection: Connection, column: str, values: Sequence[str], *, known: int | None = None
) -> list[ShareLine]:
    """The payments that the entries (*column* entry_id) *values* settled, as known at a position."""
    assert column == "entry_id"
    return await lines_of(
        connection,
        ShareLine,
        sql(
            f"SELECT entry_id, award_id, award, number, amount, currency, part FROM ({SHARES}"  # noqa: S608
            f" WHERE s.entry_id = ANY (%(ids)s) AND {SHARES_KNOWN}) share ORDER BY entry_id, position"
        ),
        {"ids": list(values), "known": known},
    )


REPAYMENTS = (
    "SELECT s.entry_id, s.award_id, coalesce(w.reference, s.award_id) AS award, s.number, s.part, e.amount, e.currency"
    " FROM bank_repaid s JOIN bank_entries e ON e.id = s.entry_id LEFT JOIN awards w ON w.id = s.award_id"
)


async def repayments_by(
    connection: Connection, column: str, values: Sequence[str], *, known: int | None = None
) -> list[RepaymentLine]:
    """The repayments that the entries (*column* entry_id) *values* are, as known at a position."""
    assert column == "entry_id"
    return await lines_of(
        connection,
        RepaymentLine,
        sql(f"{REPAYMENTS} WHERE s.entry_id = ANY (%(ids)s) AND {SHARES_KNOWN}"),
        {"ids": list(values), "known": known},
    )


def known_in(table: str, known: int | None) -> Composable:
    """The condition that rows of *table* were current at position *known*; now with None."""
    if known is None:
        return SQL(f"{table}.superseded = {OPEN_END}")
    return SQL(f"{table}.position <= %(known)s AND {table}.superseded > %(known)s")
