"""Reading what changed between two positions of the log: a page of changes, computed only for what events touched.

A unit is a stream or a ladder that an event between the two positions touched. Units are in the order of the first such
event. Those of a page are read until it is full, so a page costs what its units cost, however long the span is.
"""

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from domain.history import Recorded
from domain.values.fact import Fact
from projections.changes.discrepancies import DISCREPANCY, discrepancy_changes, touched
from projections.changes.figures import COLUMNS, Span, figure_changes
from projections.changes.state import Change, changes_of
from projections.changes.values import Entries, Entry, Id, Sum, Value
from projections.tables.corrections import NOW
from projections.tables.paging import Connection, Page, Window, lines_of

# The events of each of several streams, in order.
Histories = Callable[[Sequence[str]], Awaitable[Mapping[str, Sequence[Fact]]]]

# How many units are read at a time.
UNITS = 50
# The most events that are shown behind a change.
EVENTS = 100


class Scope(NamedTuple):
    """What the changes are of: a thing of a *kind*, a key of ``COLUMNS``; by default everything."""

    kind: str = ""
    id: str = ""


# Where a change is in the list: the position at which its unit was first touched, the unit, and its place in it.
Key = tuple[int, str, str, str, str]


@dataclass(frozen=True, slots=True)
class Shown:
    """A value for people and programs: its *text*, and the sum, the list or the id that it is, if it is one."""

    text: str
    money: Sum | None = None
    items: list[str] | None = None
    id: str | None = None


@dataclass(frozen=True, slots=True)
class ChangeLine:
    """A change, with the *reference* and the present *name* of its thing, and up to EVENTS *positions* of events.

    *actors* are those who recorded them, *reasons* what they said for it, and *recorded_at* is when the last was.
    """

    key: Key
    thing: str
    kind: str
    reference: str | None
    name: str | None
    field: str
    before: Shown | None
    after: Shown | None
    positions: list[int]
    event_count: int
    actors: list[str]
    reasons: list[str]
    recorded_at: datetime


async def changes(
    connection: Connection, histories: Histories, span: Span, scope: Scope, window: Window
) -> Page[ChangeLine]:
    """The changes in a *span* that are in *window*."""
    found: list[tuple[Key, Change]] = []
    async for key, change in every_change(connection, histories, span, scope, window):
        found.append((key, change))
        if len(found) > window.size:
            break
    more, found = len(found) > window.size, found[: window.size]
    lines = await _lines(connection, found[::-1] if window.backwards else found)
    has_next, has_previous = more, window.after is not None
    if window.backwards:
        has_next, has_previous = window.before is not None, more
    return Page(lines=lines, has_next=has_next, has_previous=has_previous)


async def every_change(
    connection: Connection, histories: Histories, span: Span, scope: Scope, window: Window
) -> AsyncIterator[tuple[Key, Change]]:
    """Every change in a *span* between the keys of *window*, in order, or from the last to the first."""
    bounds = _Bounds.of(window)
    while True:
        units = await _units(connection, span, scope, bounds)
        of_unit = await _of_units(connection, histories, span, units)
        for unit in units:
            for change in of_unit[unit.id][:: -1 if window.backwards else 1]:
                key = (unit.first, unit.id, change.thing, change.name, change.currency)
                if _is_of(scope, change) and _is_within(key, window):
                    yield key, change
        if len(units) < UNITS:
            return
        bounds = bounds.beyond((units[-1].first, units[-1].id))


def _is_within(key: Key, window: Window) -> bool:
    """Whether a change is between the keys of *window*, of those in the units of these keys or between them."""
    after, before = window.after, window.before
    is_after = after is None or key[:2] != after[:2] or key > after
    return is_after and (before is None or key[:2] != before[:2] or key < before)


def _is_of(scope: Scope, change: Change) -> bool:
    """The stream of a programme has its schemes too: of a scheme only its own changes count."""
    return scope.kind != "scheme" or change.kind not in ("programme", "scheme") or change.thing == scope.id


# --- Units ------------------------------------------------------------------------------------------------------------


@dataclass(slots=True)
class _Unit:
    """A thing with a stream or a ladder or both, and the *first* position in the span at which it was touched."""

    id: str
    first: int
    has_stream: bool
    kind: str | None


class _Bounds(NamedTuple):
    """The first and the last place of the units that are wanted, each included or not, and whether from the last."""

    first: tuple[int, str] = (0, "")
    last: tuple[int, str] = (NOW, "")
    with_first: bool = True
    with_last: bool = True
    backwards: bool = False

    @classmethod
    def of(cls, window: Window) -> "_Bounds":
        """The units of the keys of *window*, and those between them."""
        after, before = window.after or cls().first, window.before or cls().last
        return cls(after[:2], before[:2], backwards=window.backwards)

    def beyond(self, place: tuple[int, str]) -> "_Bounds":
        """The units that are left after that at *place*."""
        if self.backwards:
            return self._replace(last=place, with_last=False)
        return self._replace(first=place, with_first=False)


_WITHIN = "{0}.position > %(start)s AND {0}.position <= %(end)s"
# The condition that a stream is of a scope: it is one of its things, or was of one of its partnerships at some time.
_OF_PLACES = (
    "EXISTS (SELECT FROM audit x JOIN partnerships p ON p.id = x.partnership_id WHERE x.stream = a.stream"
    " AND x.position <= %(end)s AND p.{0} = %(scope)s)"
)
_STREAMS = {
    "": "true",
    "award": "a.stream = %(scope)s",
    "partnership": _OF_PLACES.format("id"),
    "scheme": f"({_OF_PLACES.format('scheme_id')} OR a.stream IN (SELECT id FROM rounds WHERE scheme_id = %(scope)s"  # noqa: S608
    " UNION ALL SELECT programme_id FROM schemes WHERE id = %(scope)s))",
    "programme": f"({_OF_PLACES.format('programme_id')} OR a.stream = %(scope)s OR a.stream IN"  # noqa: S608
    " (SELECT id FROM rounds WHERE programme_id = %(scope)s))",
}


def _ladders(scope: Scope) -> str:
    """The ladders in a scope that postings ``p`` changed: its own, and those of what is below it."""
    kinds = list(COLUMNS) if not scope.kind else list(COLUMNS)[: list(COLUMNS).index(scope.kind) + 1]
    values = ", ".join(f"(p.{COLUMNS[kind]}, '{kind}')" for kind in kinds)
    of_scope = f"p.{COLUMNS[scope.kind]} = %(scope)s" if scope.kind else "true"
    of_bid = "w.thing = %(scope)s" if scope.kind == "award" else of_scope
    return (
        f"SELECT s.thing, p.position, false, s.kind FROM postings p CROSS JOIN LATERAL (VALUES {values})"  # noqa: S608
        f" s (thing, kind) WHERE {_WITHIN.format('p')} AND s.thing IS NOT NULL AND {of_scope}"
        # Of a place that the reader may not see, a sum over what they see is no figure.
        " AND EXISTS (SELECT FROM ledger_places w WHERE w.thing = s.thing)"
        " UNION ALL SELECT w.thing, p.position, false, 'award' FROM postings p JOIN ledger_places w"
        f" ON w.bid_id = p.bid_id AND w.thing LIKE 'award-%%' WHERE {_WITHIN.format('p')} AND {of_bid}"
    )


async def _units(connection: Connection, span: Span, scope: Scope, bounds: _Bounds) -> list[_Unit]:
    """The next units within *bounds*."""
    order = "DESC" if bounds.backwards else "ASC"
    statement = (
        "SELECT thing AS id, min(position) AS first, bool_or(is_stream) AS has_stream, max(kind) AS kind FROM ("  # noqa: S608
        "SELECT a.stream AS thing, a.position, true AS is_stream,"
        " CASE WHEN a.stream LIKE 'award-%%' THEN 'award' END AS kind FROM audit a"
        f" WHERE {_WITHIN.format('a')} AND {_STREAMS[scope.kind]} UNION ALL {_ladders(scope)}"
        f" UNION ALL {touched(scope.kind)}) touched GROUP BY thing"
        f" HAVING (min(position), thing) {'>=' if bounds.with_first else '>'} (%(first)s, %(first_unit)s)"
        f" AND (min(position), thing) {'<=' if bounds.with_last else '<'} (%(last)s, %(last_unit)s)"
        f" ORDER BY first {order}, thing {order} LIMIT {UNITS}"
    )
    given = {**span._asdict(), "scope": scope.id}
    for name, (position, unit) in (("first", bounds.first), ("last", bounds.last)):
        given |= {name: position, f"{name}_unit": unit}
    return await lines_of(connection, _Unit, statement, given)


async def _of_units(
    connection: Connection, histories: Histories, span: Span, units: Sequence[_Unit]
) -> dict[str, list[Change]]:
    """The changes of each unit, by thing and name."""
    found: dict[str, list[Change]] = {unit.id: [] for unit in units}
    streams = await _recorded(connection, histories, [unit.id for unit in units if unit.has_stream], span.end)
    for stream, events in streams.items():
        found[stream] += changes_of(events, *span)
    for kind in COLUMNS:
        of_kind = [unit.id for unit in units if unit.kind == kind]
        for change in await figure_changes(connection, kind, of_kind, span):
            found[change.thing].append(change)
    of_kind = [unit.id for unit in units if unit.kind == DISCREPANCY]
    for change in await discrepancy_changes(connection, of_kind, span):
        found[change.thing].append(change)
    return {unit: sorted(made, key=lambda one: (one.thing, one.name, one.currency)) for unit, made in found.items()}


_METADATA = """
    SELECT notification_id, originator_id, originator_version, 'event-' || event_id, recorded_at, actor, authority,
           command_id, correlation_id, causation_id
      FROM events WHERE originator_id = ANY (%(streams)s) AND notification_id <= %(end)s
     ORDER BY originator_id, originator_version"""


async def _recorded(
    connection: Connection, histories: Histories, streams: Sequence[str], end: int
) -> dict[str, list[Recorded]]:
    """The events of *streams* up to the position *end*. A stream of which the reader may not see all is left out."""
    if not streams:
        return {}
    facts = await histories(streams)
    rows = await lines_of(connection, tuple, _METADATA, {"streams": list(streams), "end": end})
    found: dict[str, list[Recorded]] = {}
    for row in rows:
        _, stream, version, *_rest = row
        found.setdefault(stream, []).append(Recorded._make((*row, facts[stream][version - 1])))
    return {stream: events for stream, events in found.items() if events[-1].version == len(events)}


# --- Lines ------------------------------------------------------------------------------------------------------------


@dataclass(slots=True)
class _Name:
    id: str
    reference: str | None
    name: str | None


_NAMES = """
    SELECT id, code AS reference, name FROM programmes WHERE id = ANY (%(ids)s)
     UNION ALL SELECT id, code, name FROM schemes WHERE id = ANY (%(ids)s)
     UNION ALL SELECT id, code, name FROM organisations WHERE id = ANY (%(ids)s)
     UNION ALL SELECT id, code, name FROM partnerships WHERE id = ANY (%(ids)s)
     UNION ALL SELECT id, code, name FROM rounds WHERE id = ANY (%(ids)s)
     UNION ALL SELECT id, reference, title FROM bids WHERE id = ANY (%(ids)s)
     UNION ALL SELECT id, reference, purpose FROM awards WHERE id = ANY (%(ids)s)
     UNION ALL SELECT DISTINCT ON (outcome_id) outcome_id, NULL, indicator FROM outcome_steps
                WHERE outcome_id = ANY (%(ids)s) AND indicator IS NOT NULL
     UNION ALL SELECT id, account, name FROM bank_accounts WHERE id = ANY (%(ids)s)
     UNION ALL SELECT id, coalesce(end_to_end, reference), counterparty FROM bank_entries WHERE id = ANY (%(ids)s)
     UNION ALL SELECT DISTINCT ON (s.id) s.id, coalesce(h.label, s.subject), s.rule
                 FROM discrepancies s LEFT JOIN discrepancy_places h ON h.id = split_part(s.subject, '/', 1)
                WHERE s.id = ANY (%(ids)s)
     UNION ALL SELECT e.originator_id, max(p.code), max(b.body ->> 'title') FROM events e
                CROSS JOIN LATERAL (SELECT convert_from(e.state, 'UTF8')::json AS body OFFSET 0) b
                 LEFT JOIN partnerships p ON p.id = b.body ->> 'partnership_id'
                WHERE e.originator_id = ANY (%(ids)s) AND e.originator_id LIKE 'delivery-%%' GROUP BY e.originator_id"""


@dataclass(slots=True)
class _Behind:
    position: int
    recorded_at: datetime
    actor: str
    because: str | None


_BEHIND = """
    SELECT e.notification_id AS position, e.recorded_at, e.actor,
           coalesce(b.body ->> 'because', b.body ->> 'reason', b.body ->> 'justification',
                    b.body ->> 'admitted_because', b.body ->> 'summary') AS because
      FROM events e CROSS JOIN LATERAL (SELECT convert_from(e.state, 'UTF8')::json AS body OFFSET 0) b
     WHERE e.notification_id = ANY (%(positions)s)"""


async def _lines(connection: Connection, found: Sequence[tuple[Key, Change]]) -> list[ChangeLine]:
    ids = {one for _, change in found for one in (change.thing, change.stream, *_ids(change))}
    names = {one.id: one for one in await lines_of(connection, _Name, _NAMES, {"ids": sorted(ids)})}
    positions = {position for _, change in found for position in change.positions[:EVENTS]}
    behind = {one.position: one for one in await lines_of(connection, _Behind, _BEHIND, {"positions": [*positions]})}
    # A change that others have caused, of which the reader may see no event, is absent.
    return [
        _line(key, change, names, behind)
        for key, change in found
        if any(position in behind for position in change.positions[:EVENTS])
    ]


def _ids(change: Change) -> list[str]:
    """The ids of the other things in the values of a change."""
    values = [value for value in (change.before, change.after) if value is not None]
    entries = [one for value in values if isinstance(value, Entries) for one in value.entries]
    return [one.id for one in (*values, *entries) if isinstance(one, Id | Entry) and one.id is not None]


def _line(key: Key, change: Change, names: Mapping[str, _Name], behind: Mapping[int, _Behind]) -> ChangeLine:
    thing = names.get(change.thing) or names.get(change.stream)
    events = [behind[position] for position in change.positions[:EVENTS] if position in behind]
    return ChangeLine(
        key=key,
        thing=change.thing,
        kind=change.kind,
        reference=thing.reference if thing else None,
        name=thing.name if thing else None,
        field=change.name,
        before=_shown(change.before, names),
        after=_shown(change.after, names),
        positions=[one.position for one in events],
        event_count=len(change.positions),
        actors=[*dict.fromkeys(one.actor for one in events)],
        reasons=[*dict.fromkeys(one.because for one in events if one.because)],
        recorded_at=max(one.recorded_at for one in events),
    )


def _shown(value: Value | None, names: Mapping[str, Any]) -> Shown | None:
    match value:
        case None:
            return None
        case Sum():
            return Shown(value.text, money=value)
        case Id():
            return Shown(_called(value.id, names), id=value.id)
        case Entries():
            items = [_entry(one, names) for one in value.entries]
            return Shown("; ".join(items), items=items)
    return Shown(value.text)


def _called(thing: str, names: Mapping[str, Any]) -> str:
    """The code or reference of a thing, or else its id."""
    return (names[thing].reference if thing in names else None) or thing


def _entry(entry: Entry, names: Mapping[str, Any]) -> str:
    """An entry of a list: the thing, the words and the amount, as far as it has them."""
    called = _called(entry.id, names) if entry.id is not None else ""
    words = entry.text if entry.text != called else ""
    amount = entry.amount.text if entry.amount is not None else ""
    return ": ".join(filter(None, (called, words, amount)))
