"""What a read model that has stopped, or is paused, shows old: the things with events that it has not taken in."""

from collections.abc import Sequence
from dataclasses import dataclass

from projections.tables.paging import Connection, lines_of


@dataclass(slots=True)
class AffectedLine:
    """A thing of a *kind* (award, bid or partnership) with *events* that are not shown, from *first* to *last*.

    *name* is what people call it; None where the read model of such things does not show it yet.
    """

    kind: str
    id: str
    name: str | None
    events: int
    first: int
    last: int


@dataclass(slots=True)
class UntouchedLine:
    """How many things of a *kind* are shown, and have no event that is not."""

    kind: str
    untouched: int


# An event is about the thing whose stream it is in, and about those that its body names.
_ABOUT = """
    SELECT kind, id, count(*) AS events, min(position) AS first, max(position) AS last FROM (
        SELECT e.notification_id AS position, e.originator_id, convert_from(e.state, 'UTF8')::json AS body
          FROM events e WHERE e.notification_id > %(after)s AND e.topic = ANY (%(names)s)) e
      CROSS JOIN LATERAL (
        SELECT DISTINCT w.kind, w.id FROM (VALUES
            ('award', CASE WHEN starts_with(e.originator_id, 'award-') THEN e.originator_id END),
            ('award', e.body ->> 'award_id'),
            ('bid', CASE WHEN starts_with(e.originator_id, 'bid-') THEN e.originator_id END),
            ('bid', e.body ->> 'bid_id'),
            ('partnership', CASE WHEN starts_with(e.originator_id, 'partnership-') THEN e.originator_id END),
            ('partnership', e.body ->> 'partnership_id')) w (kind, id) WHERE w.id IS NOT NULL) about
     GROUP BY kind, id"""
_NAMED = """
    SELECT 'award' AS kind, id, reference AS name FROM awards UNION ALL SELECT 'bid', id, reference FROM bids
     UNION ALL SELECT 'partnership', id, code FROM partnerships"""
_AFFECTED = f"""
    SELECT a.kind, a.id, n.name, a.events, a.first, a.last FROM ({_ABOUT}) a
      LEFT JOIN ({_NAMED}) n ON (n.kind, n.id) = (a.kind, a.id) ORDER BY a.kind, n.name, a.id"""  # noqa: S608
_UNTOUCHED = f"""
    SELECT n.kind, count(*) FILTER (WHERE a.id IS NULL) AS untouched FROM ({_NAMED}) n
      LEFT JOIN ({_ABOUT}) a ON (a.kind, a.id) = (n.kind, n.id) GROUP BY n.kind ORDER BY n.kind"""  # noqa: S608


async def affected(
    connection: Connection, after: int, names: Sequence[str]
) -> tuple[list[AffectedLine], list[UntouchedLine]]:
    """The things that have events of these *names* after a position, and how many of the others there are."""
    wanted = {"after": after, "names": list(names)}
    return (
        await lines_of(connection, AffectedLine, _AFFECTED, wanted),
        await lines_of(connection, UntouchedLine, _UNTOUCHED, wanted),
    )


@dataclass(slots=True)
class UnshownLine:
    """How many events of a stream are recorded, and not in every read model yet."""

    stream: str
    events: int


def unshown(stream: str) -> str:
    """The SQL of the number of events of *stream*, a column, that are not in every read model yet."""
    return (
        f"(SELECT count(*)::integer FROM events e WHERE e.originator_id = {stream}"  # noqa: S608 - our own column
        " AND e.notification_id > (SELECT min(p.position) FROM read.projections p))"
    )


async def unshown_by(connection: Connection, column: str, values: Sequence[str]) -> list[UnshownLine]:
    """The streams (*column* stream) of *values* with how many of their events are not in every read model yet."""
    assert column == "stream"
    statement = f"SELECT w.stream, {unshown('w.stream')} AS events FROM unnest(%s::text[]) w (stream)"  # noqa: S608
    return await lines_of(connection, UnshownLine, statement, (list(values),))


@dataclass(slots=True)
class Old:
    """Figures that are old: a read model named *model* is *state* at *position*, and later events are about them."""

    model: str
    state: str
    position: int


# The read models that hold what pages show of money.
OF_MONEY = ("awards", "ledger", "parts", "bank", "years", "periods")
_OLD = """
    SELECT p.name AS model, p.state, p.position FROM read.projections p
     WHERE p.state <> 'running' AND p.name = ANY (%(models)s) AND EXISTS (
        SELECT FROM events e WHERE e.notification_id > p.position AND {of})
     ORDER BY p.position LIMIT 1"""
_OF_ANY = _OLD.format(of="starts_with(e.originator_id, 'award-')")
_OF_SOME = _OLD.format(
    of="""(e.originator_id = ANY (%(ids)s) OR starts_with(e.originator_id, 'award-')
        AND convert_from(e.state, 'UTF8')::json ->> 'partnership_id' = ANY (%(ids)s))"""
)


async def old_figures(connection: Connection, ids: Sequence[str] = ()) -> Old | None:
    """The read model of money that is furthest behind and lacks an event of an award; None if none does.

    *ids* are awards, or partnerships whose awards count; without any, every award counts. Only read models that have
    stopped or are paused count: the others catch up in a moment.
    """
    wanted = {"models": list(OF_MONEY), "ids": list(ids)}
    found = await lines_of(connection, Old, _OF_SOME if ids else _OF_ANY, wanted)
    return found[0] if found else None
