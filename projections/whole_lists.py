"""Whole lists for exports: ledger, ladder, discrepancies and timeline, as streams of rows."""

from collections import defaultdict
from collections.abc import AsyncIterator, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from psycopg.rows import class_row
from psycopg.sql import SQL, Identifier

from domain.values.money import minor_units
from domain.values.when import When
from projections.discrepancies.reading import Filter, discrepancies_page, listing
from projections.money.funding import FIGURES, FROM_PAYMENTS, SHOWN, FundingLine, funding_beside, funding_by
from projections.money.spendable import SCOPES, SpendableLine, spendable_by, spendable_in
from projections.register.reading import names_by
from projections.tables.effect import counts_from
from projections.tables.paging import Connection, Window

PAGE = 500
Row = dict[str, str | int | float | bool | None]
# The columns, of all lists, that hold amounts of money as texts in major units.
AMOUNTS = frozenset({
    "debit", "credit", "amount", "of_awarded_undated", "outstanding", "spendable", "allocated", "carried_in",
    "carried_out", "capital", "revenue", "left", "due", "earned", "unpaid", *SHOWN,
})  # fmt: skip
# The columns, of all lists, that hold dates as texts of When.
DATES = frozenset({
    "effective", "counts_from", "on", "until", "formed", "dissolved", "submitted", "decided", "next_deadline", "booked",
    "valued", "since", "due", "opened", "closes", "closed", "as_at",
})  # fmt: skip


def is_date(column: str) -> bool:
    """Whether a column of a list holds dates."""
    return column in DATES or column.endswith("_on")


@dataclass(slots=True)
class _Posting:
    position: int
    event_id: str
    event: str
    recorded_at: datetime
    effective: str
    counts_from: date
    dated: bool
    account: str
    amount: int
    currency: str
    award: str | None
    partnership: str | None
    scheme: str | None
    programme: str | None
    funder: str | None
    actor: str


_LEDGER = """
    SELECT p.position, a.event_id, a.name AS event, a.recorded_at, a.effective, p.counts_from, p.dated, p.account,
           p.amount, p.currency, w.reference AS award, h.code AS partnership, s.code AS scheme, g.code AS programme,
           f.code AS funder, a.actor
      FROM postings p
      JOIN audit a ON a.position = p.position
      LEFT JOIN awards w ON w.id = p.award_id
      LEFT JOIN partnerships h ON h.id = p.partnership_id
      LEFT JOIN schemes s ON s.id = p.scheme_id
      LEFT JOIN programmes g ON g.id = p.programme_id
      LEFT JOIN organisations f ON f.id = p.funder_id
     WHERE p.counts_from <= %(as_at)s AND p.position <= %(known)s
     ORDER BY p.position, p.nth"""


async def ledger(connection: Connection, *, as_at: date, known: int) -> AsyncIterator[Row]:
    """Every posting effective by *as_at* and recorded up to position *known*, in order, with its award and programme.

    Debits and credits are in major units. For each event their totals are equal.
    """
    # A server-side cursor: only one page of the list is in memory.
    async with (
        connection.transaction(),
        connection.cursor(name="ledger", row_factory=class_row(_Posting)) as cursor,
    ):
        cursor.itersize = PAGE
        await cursor.execute(_LEDGER, {"as_at": as_at, "known": known})
        async for line in cursor:
            amount = Decimal(line.amount).scaleb(-minor_units(line.currency))
            yield {
                "position": line.position,
                "event_id": line.event_id,
                "event": line.event,
                "recorded_at": line.recorded_at.isoformat(),
                "effective": line.effective,
                "counts_from": line.counts_from.isoformat() if line.dated else None,
                "account": line.account,
                "debit": f"{amount:f}" if amount > 0 else None,
                "credit": f"{-amount:f}" if amount < 0 else None,
                "currency": line.currency,
                "award": line.award,
                "partnership": line.partnership,
                "scheme": line.scheme,
                "programme": line.programme,
                "funder": line.funder,
                "actor": line.actor,
            }


# Each kind of scope: its column in the ledger, its table, and the columns of its code and its current name.
_SCOPES = {
    "programme": ("programme_id", "programmes", "code", "name"),
    "scheme": ("scheme_id", "schemes", "code", "name"),
    "partnership": ("partnership_id", "partnerships", "code", "name"),
    "award": ("award_id", "awards", "reference", "purpose"),
    "funder": ("funder_id", "organisations", "code", "name"),
}
# The events that state the title of an award, each with the field that is the title.
_TITLED_BY = {"AwardStated": "purpose", "ParticularsStated": "title"}


# Whether a scope existed at a position. A scheme has no stream: its event is in the stream of its programme.
_BEGUN_BY = {
    False: SQL(
        "EXISTS (SELECT FROM events e WHERE e.originator_id = t.id AND e.originator_version = 1"
        " AND e.notification_id <= %(known)s)"
    ),
    True: SQL(
        "EXISTS (SELECT FROM audit a JOIN events e ON e.notification_id = a.position"
        " WHERE a.name = 'SchemeEstablished' AND a.stream = t.programme_id AND a.position <= %(known)s"
        " AND convert_from(e.state, 'UTF8')::jsonb ->> 'scheme_id' = t.id)"
    ),
}


async def ladder(connection: Connection, *, as_at: date, known: int) -> AsyncIterator[Row]:
    """The ladder of every programme, scheme, partnership and award, as at a date and as known at a position.

    A scope with money in more than one currency has a row for each currency.
    """
    async for kind, column, scopes in scopes_named(connection, as_at=as_at, known=known):
        ids = [*scopes]
        by_scope: dict[str, list[FundingLine]] = defaultdict(list)
        for line in (
            *await funding_by(connection, column, ids, as_at=as_at, known=known),
            *await funding_beside(connection, column, ids, as_at=as_at, known=known),
        ):
            by_scope[line.scope].append(line)
        may_be_paid = await _may_be_paid(connection, column, ids, as_at, known)
        for scope, (its_code, name_then) in scopes.items():
            for line in by_scope[scope]:
                row: Row = {"kind": kind, "code": its_code, "name": name_then, "currency": line.currency}
                own = line is by_scope[scope][0]
                row |= _figures(line, own=own)
                left = spendable_in(line.currency, may_be_paid[scope]) if own and may_be_paid is not None else None
                row["spendable"] = f"{left:f}" if left is not None else None
                row |= {"as_at": as_at.isoformat(), "position": known}
                yield row


async def scopes_named(
    connection: Connection, *, as_at: date, known: int
) -> AsyncIterator[tuple[str, str, dict[str, tuple[str, str]]]]:
    """Everything that has a ladder, in pages: the kind, the column of its id, and by id the code and the name then."""
    for kind, (column, table, code, name) in _SCOPES.items():
        after = ""
        while True:
            statement = SQL(
                "SELECT id, {}, coalesce({}, '') FROM {} t WHERE id > %(after)s AND {} ORDER BY id LIMIT %(limit)s"
            ).format(Identifier(code), Identifier(name), Identifier(table), _BEGUN_BY[kind == "scheme"])
            cursor = await connection.execute(statement, {"after": after, "known": known, "limit": PAGE})
            scopes = await cursor.fetchall()
            if not scopes:
                break
            after = scopes[-1][0]
            named = await _names(connection, kind, [one[0] for one in scopes], as_at, known)
            names = {one: its_name if named is None else named.get(one, "") for one, _, its_name in scopes}
            yield kind, column, {one: (its_code, names[one]) for one, its_code, _ in scopes}


def _figures(line: FundingLine, *, own: bool) -> Row:
    """The figures of a ladder, and those beside it. An empty one was not stated, or there is no budget.

    Payments are sums, and so is everything in a currency that is not the scope's *own*.
    """
    figures = line.figures | line.beside
    stated = {name for name, one in figures.items() if one.stated or name in FROM_PAYMENTS or not own}
    row: Row = dict.fromkeys((*FIGURES, "of_awarded_undated"))
    amounts: Row = {name: f"{figures[name].amount:f}" if name in stated else None for name in SHOWN}
    return row | amounts | {"of_awarded_undated": f"{line.figures['awarded'].undated:f}"}


async def _may_be_paid(
    connection: Connection, column: str, ids: Sequence[str], as_at: date, known: int
) -> dict[str, list[SpendableLine]] | None:
    """What may still be paid in each of the scopes *ids*; None if such scopes have no such figure."""
    if column not in SCOPES:
        return None
    found: dict[str, list[SpendableLine]] = defaultdict(list)
    for one in await spendable_by(connection, column, ids, as_at=as_at, known=known):
        found[one.scope].append(one)
    return found


async def _names(
    connection: Connection, kind: str, ids: Sequence[str], as_at: date, known: int
) -> dict[str, str] | None:
    """The names of the scopes *ids*, as at a date and as known at a position; None if their names never change.

    The title of an award has no date: a register states it, and the last title stated counts.
    """
    if kind == "partnership":
        return {line.thing: line.name for line in await names_by(connection, "thing", ids, day=as_at, known=known)}
    if kind != "award":
        return None
    cursor = await connection.execute(
        "SELECT e.originator_id, convert_from(e.state, 'UTF8')::jsonb ->> t.part"
        " FROM unnest(%(topics)s::text[], %(parts)s::text[]) t (topic, part) JOIN events e ON e.topic = t.topic"
        " WHERE e.originator_id = ANY (%(ids)s) AND e.notification_id <= %(known)s ORDER BY e.notification_id",
        {"topics": list(_TITLED_BY), "parts": list(_TITLED_BY.values()), "ids": ids, "known": known},
    )
    return {scope: name for scope, name in await cursor.fetchall() if name is not None}


async def discrepancies(
    connection: Connection, *, as_at: date, known: int, wanted: Filter | None = None
) -> AsyncIterator[Row]:
    """The discrepancies in the order in which they were first found, as at a date and as known at a position.

    *wanted* filters them. Age is in calendar days; *events* are the positions of the events concerned.
    """
    listed, window = listing(wanted or Filter(), as_at=as_at, known=known), Window(size=PAGE)
    while True:
        found = await discrepancies_page(connection, listed, window)
        for line in found.lines:
            yield {
                "id": line.id,
                "rule": line.rule,
                "severity": line.severity.lower(),
                "status": line.status,
                "subject": line.subject,
                "reference": line.label or line.subject,
                "partnership": line.partnership,
                "message": line.message,
                "seen": line.figures,
                "first_seen": line.first_seen.isoformat(),
                "since": line.since.isoformat(),
                "closed_at": line.closed_at.isoformat() if line.closed_at else None,
                "age_days": line.age_days(as_at),
                "due": line.due.isoformat() if line.due else None,
                "owner": line.owner,
                "said": line.decided,
                "stands": line.decided == line.status if line.decided else None,
                "said_by": line.decided_by,
                "authority": line.authority,
                "because": line.because,
                "said_of": line.covered,
                "events": " ".join(str(position) for position in line.events),
                "as_at": as_at.isoformat(),
                "position": known,
            }
        if not found.has_next:
            return
        window = Window(size=PAGE, after=(found.lines[-1].opened, found.lines[-1].id))


@dataclass(slots=True)
class _TimelineRow:
    position: int
    event_id: str
    partnership: str | None
    lane: str
    kind: str
    on: str
    until: str | None
    title: str
    amount: Decimal | None
    currency: str | None
    recorded_at: datetime
    actor: str


_TIMELINE = """
    SELECT t.position, t.event_id, p.code AS partnership, t.lane, t.kind, t."on", t.until, t.title, t.amount,
           t.currency, t.recorded_at, t.actor
      FROM timeline t LEFT JOIN partnerships p ON p.id = t.partnership_id
     WHERE t.since <= %(known)s AND t.superseded > %(known)s AND t.thing = t.partnership_id
     ORDER BY t.position"""


async def timeline(connection: Connection, *, as_at: date, known: int) -> AsyncIterator[Row]:
    """The events of all partnerships effective by *as_at*, in the order recorded."""
    async with (
        connection.transaction(),
        connection.cursor(name="timeline", row_factory=class_row(_TimelineRow)) as cursor,
    ):
        cursor.itersize = PAGE
        await cursor.execute(_TIMELINE, {"known": known})
        async for line in cursor:
            if counts_from(When(line.on)) <= as_at:
                row = asdict(line) | {"recorded_at": line.recorded_at.isoformat()}
                yield row | {"amount": f"{line.amount:f}" if line.amount is not None else None}


LISTS: dict[str, Any] = {
    "ledger": ledger,
    "ladder": ladder,
    "discrepancies": discrepancies,
    "timeline": timeline,
}
