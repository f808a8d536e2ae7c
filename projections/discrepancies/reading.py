"""Queries for discrepancies: lists, and the events that they concern. ``register`` has the tables and the writer."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, LiteralString

from psycopg.sql import SQL, Composable

from domain.values.day import day_of
from projections.audit.reading import ENTRY, AuditLine
from projections.tables.corrections import NOW
from projections.tables.paging import Connection, Listing, Page, Window, lines_of, page, sql

# --- Lines ------------------------------------------------------------------------------------------------------------


@dataclass(slots=True)
class DiscrepancyLine:
    """A discrepancy; ``projections.discrepancies.life.Life`` explains its columns.

    *label* is the code or reference of the subject; None for a name or identifier of organisations. *partnership* is
    the code of its partnership. *severity* and *status* are names of Severity and Status.
    """

    id: str
    rule: str
    severity: str
    subject: str
    label: str | None
    partnership_id: str | None
    message: str
    status: str
    due: date | None
    opened: int
    first_seen: datetime
    since: datetime
    closed_at: datetime | None
    figures: int
    events: list[int]
    owner: str | None
    decided: str | None
    because: str | None
    decided_by: str | None
    authority: str | None
    decided_at: datetime | None
    covers: int | None
    covered: str | None
    partnership: str | None

    def age_days(self, as_at: date) -> int:
        """How many calendar days it had existed by *as_at*, or by the day on which it was closed."""
        closed = day_of(self.closed_at) if self.closed_at is not None else as_at
        return max(0, (min(closed, as_at) - day_of(self.since)).days)


@dataclass(slots=True)
class ConcernedLine(AuditLine):
    """An event that a *discrepancy* concerns."""

    discrepancy: str = ""


# The events at the positions in an array.
CONCERNED = (
    f"SELECT {ENTRY.as_string(None)} FROM unnest({{}}) c (at) JOIN audit a ON a.position = c.at"  # noqa: S608
    " JOIN events e ON e.notification_id = a.position"
)

# --- Readers ----------------------------------------------------------------------------------------------------------

# As at a day before it was settled, it has the status that it had until then.
_STATUS = "CASE WHEN s.settled > %(as_at)s THEN s.was ELSE s.status END"
_SELECT = SQL(
    "s.id, s.rule, s.severity, s.subject, p.label, s.partnership_id, s.message, {} AS status, s.due, s.opened,"
    " s.first_seen, s.since, CASE WHEN s.settled > %(as_at)s THEN NULL ELSE s.closed_at END AS closed_at, s.figures,"
    " s.events, s.owner, s.decided, s.because, s.decided_by, s.authority, s.decided_at, s.covers, s.covered,"
    " h.label AS partnership"
).format(SQL(_STATUS))
_SOURCE = SQL(
    "discrepancies s LEFT JOIN discrepancy_places p ON p.id = split_part(s.subject, '/', 1)"
    " LEFT JOIN discrepancy_places h ON h.id = s.partnership_id"
)


@dataclass(frozen=True, slots=True)
class Filter:
    """Discrepancies that match every given value. *severity* and *states* are names, *since* is the latest beginning.

    *partnership* and *programme* are ids. A programme also has those of no one partnership.
    """

    programme: str | None = None
    since: datetime | None = None
    partnership: str | None = None
    rule: str | None = None
    severity: str | None = None
    states: Sequence[str] | None = None
    owner: str | None = None


def listing(wanted: Filter, *, as_at: date, known: int | None) -> Listing:
    """The discrepancies that match *wanted*, in the order of their first finding, as at a day, as known at a position.

    A discrepancy with a due day is listed from the day after it, and keeps its status until the day that settled it.
    """
    conditions: dict[LiteralString, Any] = {
        "(s.partnership_id IS NULL OR s.partnership_id IN (SELECT o.id FROM partnerships o"
        " WHERE o.programme_id = %(programme)s))": wanted.programme,
        "s.since <= %(since)s": wanted.since,
        "s.partnership_id = %(partnership)s": wanted.partnership,
        "s.rule = %(rule)s": wanted.rule,
        "s.severity = %(severity)s": wanted.severity,
        f"{_STATUS} = ANY (%(states)s)": wanted.states,
        "s.owner = %(owner)s": wanted.owner,
    }
    return Listing(
        select=_SELECT,
        source=_SOURCE,
        where=[_known(known), _DUE, *(SQL(text) for text, value in conditions.items() if value is not None)],
        parameters={
            "programme": wanted.programme,
            "since": wanted.since,
            "partnership": wanted.partnership,
            "rule": wanted.rule,
            "severity": wanted.severity,
            "states": list(wanted.states or ()),
            "owner": wanted.owner,
            "as_at": as_at,
            "known": known,
        },
        key=("s.opened", "s.id"),
    )


async def discrepancies_page(connection: Connection, listed: Listing, window: Window) -> Page[DiscrepancyLine]:
    """One page of *listed*."""
    return await page(connection, DiscrepancyLine, listed, window)


async def discrepancies_by(
    connection: Connection, column: str, values: Sequence[str], *, as_at: date, known: int | None = None
) -> list[DiscrepancyLine]:
    """The discrepancies whose *column* (id) is one of *values*, as at a day, as known at a position."""
    assert column == "id"
    return await lines_of(
        connection,
        DiscrepancyLine,
        SQL("SELECT {} FROM {} WHERE {} AND {} AND s.id = ANY (%(ids)s)").format(_SELECT, _SOURCE, _known(known), _DUE),
        {"ids": list(values), "as_at": as_at, "known": known},
    )


@dataclass(slots=True)
class LifeLine:
    """A moment of the life of a discrepancy: its status and figures from then on, and the event that led to it."""

    position: int
    status: str
    message: str
    owner: str | None
    event: str
    recorded_at: datetime
    actor: str
    because: str | None


async def life_of(connection: Connection, discrepancy: str, *, known: int | None) -> list[LifeLine]:
    """The moments of the life of a discrepancy by a position, in the order of the log."""
    return await lines_of(
        connection,
        LifeLine,
        "SELECT s.position, s.status, s.message, s.owner, a.name AS event, a.recorded_at, a.actor,"
        " CASE WHEN a.stream = s.id THEN convert_from(e.state, 'UTF8')::json ->> 'because' END AS because"
        " FROM discrepancies s JOIN audit a ON a.position = s.position JOIN events e"
        " ON e.notification_id = s.position WHERE s.id = %(id)s"
        " AND (%(known)s::bigint IS NULL OR s.position <= %(known)s) ORDER BY s.position",
        {"id": discrepancy, "known": known},
    )


async def concerned_by(
    connection: Connection, column: str, values: Sequence[str], *, known: int | None = None
) -> list[ConcernedLine]:
    """The events that the discrepancies (*column* discrepancy) *values* concern, each in the order of the log."""
    assert column == "discrepancy"
    return await lines_of(
        connection,
        ConcernedLine,
        SQL(
            "SELECT c.*, s.id AS discrepancy FROM discrepancies s CROSS JOIN LATERAL ({}) c"
            " WHERE s.id = ANY (%(ids)s) AND {} ORDER BY s.id, c.position"
        ).format(sql(CONCERNED.format("s.events")), _known(known)),
        {"ids": list(values), "known": known},
    )


_DUE = SQL("(s.due IS NULL OR s.due < %(as_at)s)")


def _known(known: int | None) -> Composable:
    if known is None:
        return SQL(f"s.superseded = {NOW}")
    return SQL("s.position <= %(known)s AND s.superseded > %(known)s")


async def discrepancies_about(
    connection: Connection, events: Sequence[int], rules: Sequence[str], *, as_at: date, known: int | None
) -> list[DiscrepancyLine]:
    """The open discrepancies of these *rules* that concern one of *events*, as at a day, as known at a position."""
    return await lines_of(
        connection,
        DiscrepancyLine,
        SQL(
            "SELECT {} FROM {} WHERE {} AND {} AND s.rule = ANY (%(rules)s) AND s.events && %(events)s::bigint[]"
            " AND {} = 'OPEN' ORDER BY s.opened, s.id"
        ).format(_SELECT, _SOURCE, _known(known), _DUE, SQL(_STATUS)),
        {"events": list(events), "rules": list(rules), "as_at": as_at, "known": known},
    )
