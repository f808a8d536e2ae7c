"""Queries for delays: the spans and steps of bids, the delays that sources state, and what happened to the money.

``projections.delays.stages`` has the tables and the writer.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import lru_cache
from typing import Any, LiteralString, TypeAlias

from psycopg.sql import SQL, Composable, Identifier

from domain.values.waiting import Calendar, Days, Owner, Span
from domain.values.when import DayRange, When
from projections.delays import clock
from projections.delays.clock import Measured, Pause, Timed
from projections.tables.corrections import NOW
from projections.tables.paging import Connection, flat, lines_of

# --- Lines ------------------------------------------------------------------------------------------------------------


Pauses: TypeAlias = tuple[tuple[str | None, str | None], ...]
# The values of a span's row: attempt, nth, span, owner, started, ended, outcome, pauses.
SpanValues: TypeAlias = tuple[int, int, str, str, str, str | None, str | None, Pauses]


@dataclass(slots=True)
class SpanLine:
    """A span of a bid, with the service standard that applies to it. Dates are texts of When."""

    bid_id: str
    attempt: int
    nth: int
    span: str
    owner: str
    outcome: str | None
    started: str
    ended: str | None
    pauses: list[list[str | None]]
    limit: int | None
    days: str | None
    deadline: date | None
    breach_day: date | None
    calendar: str

    @property
    def timed(self) -> Timed:
        """The span as the clock's own type."""
        return _timed(*self._values())

    def measured(self, as_at: date) -> Measured | None:
        """How long it took by *as_at*; None if that is unknown."""
        return _measured(self._values(), as_at, self.calendar)

    def missed_by(self, as_at: date) -> DayRange | None:
        """By how many days, of the kind of its standard, it has certainly missed its deadline by *as_at*."""
        if self.days is None:
            return None
        return clock.missed_by(self.timed, self.deadline, Days(self.days), Calendar(self.calendar), as_at)

    def _values(self) -> SpanValues:
        pauses = tuple((asked, answered) for asked, answered in self.pauses)
        return self.attempt, self.nth, self.span, self.owner, self.started, self.ended, self.outcome, pauses


# Cached, for the same spans are read repeatedly and counting working days is slow.
@lru_cache(maxsize=8192)
def _timed(
    attempt: int,
    nth: int,
    span: str,
    owner: str,
    started: str,
    ended: str | None,
    outcome: str | None,
    pauses: Pauses,
) -> Timed:
    return Timed(
        attempt=attempt,
        nth=nth,
        span=Span(span),
        owner=Owner(owner),
        started=When(started),
        ended=When(ended) if ended is not None else None,
        outcome=outcome,
        pauses=tuple(Pause(When(a or "unknown"), When(b) if b else None) for a, b in pauses),
    )


@lru_cache(maxsize=8192)
def _measured(values: SpanValues, as_at: date, calendar: str) -> Measured | None:
    return clock.measure(_timed(*values), as_at, Calendar(calendar))


@dataclass(slots=True)
class WaitingLine:
    """One submission of a bid in the list of delays, and what it belonged to then."""

    bid_id: str
    attempt: int
    sorts_on: date
    partnership_id: str
    programme_id: str
    funder_id: str | None


@dataclass(slots=True)
class StatedLine:
    """A delay that a source states. Days are calendar days; None if the source gives no length.

    *funder* is the code of the funder of its scheme or programme.
    """

    position: int
    partnership_id: str | None
    scheme_id: str | None
    programme_id: str | None
    stage: str
    stated_length: str | None
    min_days: int | None
    max_days: int | None
    consequence: str
    cites: str | None
    funder: str | None


@dataclass(slots=True)
class StepLine:
    """A step of a bid. *on* is a text of When. A step that begins or moves the bid names its partnership."""

    bid_id: str
    position: int
    kind: str
    on: str
    partnership_id: str | None


@dataclass(slots=True)
class BidLine:
    """A bid that belongs to the partnership, or once did."""

    partnership_id: str
    bid_id: str


@dataclass(slots=True)
class MarkLine:
    """Something planned for the money of a partnership, or done with it. The amount is in major units.

    *plan* is the stream of the delivery or award.
    """

    partnership_id: str
    position: int
    award_id: str | None
    mark: str
    on: str
    until: str | None
    number: int | None
    amount: Decimal | None
    said: str | None
    plan: str


@dataclass(slots=True)
class WindowLine:
    """A planned delivery window of a partnership of this kind. Dates are texts of When."""

    kind: str
    partnership_id: str
    on: str
    until: str


# --- Readers ----------------------------------------------------------------------------------------------------------

# The position asked for, if any; otherwise the last position at which the clock of the bid of span ``s`` changed. The
# clock at a position never changes, so it can be cached under this number.
VERSION = """coalesce(%(known)s::bigint, greatest((SELECT max(since) FROM bid_steps WHERE bid_id = s.bid_id),
    (SELECT promised FROM timing_places WHERE id = s.programme_id)))"""

_SPAN_LINE = SQL(
    'SELECT bid_id, attempt, nth, span, owner, outcome, started, ended, pauses, "limit", days, deadline, breach_day,'
    " calendar"
)
_VERSIONS = SQL("unnest(%(ids)s::text[], %(versions)s::bigint[]) v (id, version)")
# Composed once, when the module is imported.
_SPANS_AT = flat(
    SQL(
        "{} FROM {} JOIN spans s ON s.bid_id = v.id AND s.position <= v.version AND s.superseded > v.version"
        " AND %(as_at)s BETWEEN s.seen_from AND s.seen_to ORDER BY bid_id, attempt, nth"
    ).format(_SPAN_LINE, _VERSIONS)
)
_STEPS_AT = flat(
    SQL(
        'SELECT bid_id, position, kind, "on", partnership_id FROM {} JOIN bid_steps ON bid_id = v.id'
        " AND since <= v.version AND superseded > v.version ORDER BY position"
    ).format(_VERSIONS)
)


async def spans_at(connection: Connection, versions: Mapping[str, int], as_at: date) -> list[SpanLine]:
    """All spans of the bids in *versions* as at a day, each bid as known at its position of the log."""
    return await lines_of(connection, SpanLine, _SPANS_AT, _parameters(versions) | {"as_at": as_at})


async def steps_at(connection: Connection, versions: Mapping[str, int]) -> list[StepLine]:
    """The steps of the bids in *versions*, in the order of the log, each bid as known at its position."""
    return await lines_of(connection, StepLine, _STEPS_AT, _parameters(versions))


def _parameters(versions: Mapping[str, int]) -> dict[str, Any]:
    return {"ids": list(versions), "versions": list(versions.values())}


async def spans_by(
    connection: Connection, column: str, values: Sequence[str], *, as_at: date, known: int | None = None
) -> list[SpanLine]:
    """All spans of the bids (*column* bid_id) *values*, as at a day and as known at a position; by default now."""
    assert column == "bid_id"
    return await lines_of(
        connection,
        SpanLine,
        SQL("{} FROM spans s WHERE bid_id = ANY (%(ids)s) AND {} ORDER BY bid_id, attempt, nth").format(
            _SPAN_LINE, seen_at(known)
        ),
        {"ids": list(values), "as_at": as_at, "known": known},
    )


# The code of the funder of the scheme, or else of the programme, of the stated delay ``d``.
_FUNDER_OF_STATED = SQL(
    "(SELECT o.code FROM timing_places g LEFT JOIN timing_places p ON p.id = d.partnership_id"
    " LEFT JOIN timing_places s ON s.id = coalesce(d.scheme_id, p.scheme_id)"
    " JOIN timing_places o ON o.id = coalesce(s.funder_id, g.funder_id) WHERE g.id = d.programme_id)"
)


async def stated_by(
    connection: Connection, column: str, values: Sequence[str], *, as_at: date | None = None, known: int | None = None
) -> list[StatedLine]:
    """The stated delays whose *column* (partnership_id, scheme_id or programme_id) is one of *values*.

    *as_at* is a date and *known* a position of the log; by default, all are read.
    """
    assert column in ("partnership_id", "scheme_id", "programme_id")
    return await lines_of(
        connection,
        StatedLine,
        SQL(
            "SELECT position, partnership_id, scheme_id, programme_id, stage, stated_length, min_days, max_days,"
            " consequence, cites, {} AS funder FROM stated_delays d WHERE {} = ANY (%(ids)s)"
            " AND (%(as_at)s::date IS NULL OR counts_from <= %(as_at)s)"
            " AND position <= %(known)s AND superseded > %(known)s ORDER BY position"
        ).format(_FUNDER_OF_STATED, Identifier(column)),
        {"ids": list(values), "as_at": as_at, "known": _or_now(known)},
    )


async def steps_by(
    connection: Connection, column: str, values: Sequence[str], *, known: int | None = None
) -> list[StepLine]:
    """The steps of the bids (*column* bid_id) *values*, in the order of the log, as known at a position."""
    assert column == "bid_id"
    return await lines_of(
        connection,
        StepLine,
        'SELECT bid_id, position, kind, "on", partnership_id FROM bid_steps WHERE bid_id = ANY (%(ids)s)'
        " AND since <= %(known)s AND superseded > %(known)s ORDER BY position",
        {"ids": list(values), "known": _or_now(known)},
    )


async def bids_in(connection: Connection, column: str, values: Sequence[str]) -> list[BidLine]:
    """The bids that belong or once belonged to the partnerships (*column* partnership_id) *values*."""
    assert column == "partnership_id"
    return await lines_of(
        connection,
        BidLine,
        "SELECT DISTINCT partnership_id, bid_id FROM bid_steps WHERE partnership_id = ANY (%(ids)s) ORDER BY bid_id",
        {"ids": list(values)},
    )


async def marks_by(
    connection: Connection, column: str, values: Sequence[str], *, known: int | None = None
) -> list[MarkLine]:
    """What was planned for the money of the partnerships (*column* partnership_id) *values*, and done with it."""
    assert column == "partnership_id"
    return await lines_of(
        connection,
        MarkLine,
        'SELECT partnership_id, position, award_id, mark, "on", until, number, amount, said, plan FROM money_marks'
        " WHERE partnership_id = ANY (%(ids)s) AND since <= %(known)s AND superseded > %(known)s"
        " ORDER BY position",
        {"ids": list(values), "known": _or_now(known)},
    )


async def windows_by(
    connection: Connection, column: str, values: Sequence[str], *, known: int | None = None
) -> list[WindowLine]:
    """The delivery windows planned in partnerships of the kinds (*column* kind) *values*."""
    assert column == "kind"
    return await lines_of(
        connection,
        WindowLine,
        'SELECT p.kind, m.partnership_id, m."on", m.until FROM money_marks m'
        " JOIN timing_places p ON p.id = m.partnership_id WHERE p.kind = ANY (%(kinds)s) AND m.mark = 'window'"
        " AND m.until IS NOT NULL AND m.since <= %(known)s AND m.superseded > %(known)s ORDER BY m.position",
        {"kinds": list(values), "known": _or_now(known)},
    )


def _or_now(known: int | None) -> int:
    """The position *known*; by default the last that there can be."""
    return known if known is not None else NOW - 1


def seen_at(known: int | None, spans: LiteralString = "s") -> Composable:
    """The condition that selects *spans* as at a day, and as known at the position *known*; by default as known now."""
    seen = SQL("%(as_at)s BETWEEN {0}.seen_from AND {0}.seen_to").format(SQL(spans))
    known_then = SQL("{0}.position <= %(known)s AND {0}.superseded > %(known)s").format(SQL(spans))
    known_now = SQL("{}.superseded = {}").format(SQL(spans), NOW)
    return SQL(" AND ").join([seen, known_now if known is None else known_then])
