"""Reading the audit log: every event, with its actor, time and authority, filtered."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from psycopg.sql import SQL, Composable, Identifier

from domain import bid
from domain.across.authority import DECISIONS
from domain.values.fact import Lane
from projections.audit import bodies
from projections.people.names import named
from projections.tables.paging import Connection, Listing, Page, Window, lines_of, page, sql

# --- Line -------------------------------------------------------------------------------------------------------------


@dataclass(slots=True)
class AuditLine:
    """One event and its context. *effective* is the text of a When; *data* is the stored body as JSON.

    *amount* is in major units of *currency*. The event is about the award *award_id* and its payment *payment_number*,
    to *payee_id*; each is None if it is about none. *actor_name* is what the actor is called now, if it is a person.
    """

    id: str
    position: int
    recorded_at: datetime
    effective: str
    name: str
    stream: str
    version: int
    actor: str
    authority: str | None
    command_id: str
    correlation_id: str
    causation_id: str | None
    data: str
    amount: Decimal | None = None
    currency: str | None = None
    award_id: str | None = None
    payment_number: int | None = None
    payee_id: str | None = None
    actor_name: str | None = None


# --- Readers ----------------------------------------------------------------------------------------------------------

# The expression in the log for each field of an AuditLine.
LOG = "events e"
NAME_OF_ACTOR = named("e.actor")
OF_LOG = {
    "id": "'event-' || e.event_id",
    "position": "e.notification_id",
    "recorded_at": "e.recorded_at",
    "effective": "convert_from(e.state, 'UTF8')::json ->> 'on'",
    "name": "e.topic",
    "stream": "e.originator_id",
    "version": "e.originator_version",
    "actor": "e.actor",
    "authority": "e.authority",
    "command_id": "e.command_id",
    "correlation_id": "e.correlation_id",
    "causation_id": "e.causation_id",
    "data": "convert_from(e.state, 'UTF8')",
    "amount": bodies.AMOUNT,
    "currency": bodies.CURRENCY,
    "award_id": bodies.AWARD,
    "payment_number": bodies.PAYMENT,
    "payee_id": bodies.PAYEE,
    "actor_name": NAME_OF_ACTOR,
}
# The same for a query of the audit table, which has the effective date in a column.
SOURCE = f"audit a JOIN {LOG} ON e.notification_id = a.position"
OF_AUDIT = OF_LOG | {"effective": "a.effective"}


def _selected(columns: Mapping[str, str]) -> SQL:
    return sql(", ".join(f"{column} AS {name}" for name, column in columns.items()))


ENTRY = _selected(OF_AUDIT)
# The events of the log itself. The audit table may not have the last of them yet.
EVENT = f"SELECT {_selected(OF_LOG).as_string(None)} FROM {LOG}"  # noqa: S608
# The events by which a bid or an award is decided.
DECIDING_EVENTS = tuple(kind.__name__ for kind in (*DECISIONS, bid.BidDeclined))
DECIDES = f"e.topic IN {DECIDING_EVENTS}"
_EVENTS_BY = {
    "id": Identifier("a", "event_id"),
    "command_id": Identifier("a", "command_id"),
    "causation_id": Identifier("e", "causation_id"),
}
_EVENTS_AT = sql(f"{EVENT} WHERE e.notification_id = ANY (%s)")


def audit_list(
    *,
    partnership_id: str | None = None,
    stream: str | None = None,
    names: Sequence[str] | None = None,
    actor: str | None = None,
    command_id: str | None = None,
    recorded_from: datetime | None = None,
    recorded_to: datetime | None = None,
    after: int | None = None,
    up_to: int | None = None,
    lanes: Sequence[Lane] | None = None,
) -> Listing:
    """Events in the order of the log. *recorded_to* and *up_to* are included, *after* is not."""
    wanted: dict[str, Any] = {
        "a.partnership_id = %(partnership)s": partnership_id,
        "a.stream = %(stream)s": stream,
        "a.name = ANY (%(names)s)": names,
        "a.actor = %(actor)s": actor,
        "a.command_id = %(command)s": command_id,
        "a.recorded_at >= %(from)s": recorded_from,
        "a.recorded_at <= %(to)s": recorded_to,
        "a.position > %(after)s": after,
        "a.position <= %(up_to)s": up_to,
        "a.lane = ANY (%(lanes)s)": lanes,
    }
    conditions: list[Composable] = [SQL(text) for text, value in wanted.items() if value is not None]
    return Listing(
        select=ENTRY,
        source=SQL(SOURCE),
        where=conditions,
        parameters={
            "partnership": partnership_id,
            "stream": stream,
            "names": list(names or ()),
            "actor": actor,
            "command": command_id,
            "from": recorded_from,
            "to": recorded_to,
            "after": after,
            "up_to": up_to,
            "lanes": [lane.name for lane in lanes or ()],
        },
        key=("a.position",),
    )


async def entries(connection: Connection, listing: Listing, window: Window) -> Page[AuditLine]:
    """A page of the audit log."""
    return await page(connection, AuditLine, listing, window)


async def events_by(connection: Connection, column: str, values: Sequence[str]) -> list[AuditLine]:
    """The events whose *column* (id, command_id or causation_id) is one of *values*, in the order of the log."""
    statement = SQL("SELECT {} FROM {} WHERE {} = ANY (%s) AND {} IS NOT NULL ORDER BY a.position").format(
        ENTRY, SQL(SOURCE), _EVENTS_BY[column], _EVENTS_BY[column]
    )
    return await lines_of(connection, AuditLine, statement, (list(values),))


async def events_at(connection: Connection, column: str, values: Sequence[int]) -> list[AuditLine]:
    """The events whose *column* (position) is one of *values*, even those that the audit table does not have yet."""
    assert column == "position"
    return await lines_of(connection, AuditLine, _EVENTS_AT, (list(values),))


async def decisions_by(connection: Connection, column: str, values: Sequence[str]) -> list[AuditLine]:
    """The events by which the bids or awards with the ids (*column* stream) *values* were decided, as in the log."""
    assert column == "stream"
    statement = f"{EVENT} WHERE e.originator_id = ANY (%s) AND {DECIDES} ORDER BY e.notification_id"
    return await lines_of(connection, AuditLine, statement, (list(values),))


async def last_actors(connection: Connection, streams: Sequence[str], names: Sequence[str]) -> dict[str, str]:
    """Who recorded the last event of these *names* in each of *streams* that has one."""
    cursor = await connection.execute(
        "SELECT DISTINCT ON (stream) stream, actor FROM audit WHERE stream = ANY (%s) AND name = ANY (%s)"
        " ORDER BY stream, position DESC",
        (list(streams), list(names)),
    )
    return dict(await cursor.fetchall())
