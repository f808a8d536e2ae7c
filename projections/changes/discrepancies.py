"""What changed in discrepancies between two positions, and which events changed each.

The register of discrepancies keeps every form that a discrepancy had, with the position of the event that gave it. So
the answers at two positions are two of its rows, and the events between them are where the rows in between begin.
"""

from collections.abc import Mapping, Sequence
from itertools import groupby, pairwise
from operator import itemgetter

from projections.changes.figures import Span
from projections.changes.state import Change
from projections.changes.values import Text, Value
from projections.tables.paging import Connection, lines_of

DISCREPANCY = "discrepancy"
# What is shown of a discrepancy, each with its column. Until the day that settled it, it has the state that it had.
FIELDS = {
    "state": "CASE WHEN s.settled > %(as_at)s THEN s.was ELSE s.status END", "message": "s.message",
    "due": "s.due::text", "owner": "s.owner", "decision": "s.decided",
    "because": "s.because", "decided_by": "s.decided_by", "authority": "s.authority", "covers": "s.covered",
}  # fmt: skip
# A discrepancy with a due day exists from the day after it.
_ROWS = (
    f"SELECT s.id, s.position, s.superseded, {', '.join(FIELDS.values())} FROM discrepancies s"  # noqa: S608
    " WHERE s.id = ANY (%(ids)s) AND s.position <= %(end)s AND s.superseded > %(start)s"
    " AND (s.due IS NULL OR s.due < %(as_at)s) ORDER BY s.id, s.position"
)

# The discrepancies in a scope: of its partnerships, and of its own figures.
_OF_PLACE = "split_part(s.subject, '/', 1)"
_SCOPES = {
    "": "true",
    "award": f"{_OF_PLACE} = %(scope)s",
    "partnership": "s.partnership_id = %(scope)s",
    **{
        kind: f"(s.partnership_id IN (SELECT id FROM partnerships WHERE {kind}_id = %(scope)s)"  # noqa: S608 - constants only
        f" OR {_OF_PLACE} IN (SELECT %(scope)s UNION ALL SELECT id FROM rounds WHERE {kind}_id = %(scope)s"
        f" UNION ALL SELECT id FROM schemes WHERE '{kind}' = 'programme' AND programme_id = %(scope)s))"
        for kind in ("scheme", "programme")
    },
}


def touched(scope: str) -> str:
    """The SQL of the discrepancies in a scope of this kind that changed between two positions, each with a position.

    A row that ends without another one after it was a discrepancy that never reached its due day.
    """
    return " UNION ALL ".join(
        f"SELECT s.id, s.{at}, false, '{DISCREPANCY}' FROM discrepancies s"  # noqa: S608 - constants only
        f" WHERE s.{at} > %(start)s AND s.{at} <= %(end)s AND {_SCOPES[scope]}"
        for at in ("position", "superseded")
    )


# The values of a discrepancy from a position on; empty while there is none.
_Seen = tuple[int, Mapping[str, Value]]


async def discrepancy_changes(connection: Connection, ids: Sequence[str], span: Span) -> list[Change]:
    """What changed in the discrepancies *ids*."""
    if not ids:
        return []
    rows = await lines_of(connection, tuple, _ROWS, {"ids": list(ids), **span._asdict()})
    return [
        change
        for thing, of_thing in groupby(rows, key=itemgetter(0))
        for change in _changes(thing, _seen([*of_thing], span))
    ]


def _seen(rows: Sequence[tuple[object, ...]], span: Span) -> list[_Seen]:
    """What a discrepancy was at the start of a span, and from each position in it at which its row changed."""
    found: dict[int, Mapping[str, Value]] = {span.start: {}}
    for _, position, superseded, *values in rows:
        assert isinstance(position, int)
        assert isinstance(superseded, int)
        shown = {name: Text(f"{value}") for name, value in zip(FIELDS, values, strict=True) if value is not None}
        found[max(position, span.start)] = shown
        if superseded <= span.end:
            found[superseded] = {}  # Unless another row begins there.
    return [*found.items()]


def _changes(thing: str, seen: Sequence[_Seen]) -> list[Change]:
    (_, before), (_, after) = seen[0], seen[-1]
    return [
        Change(
            thing, thing, DISCREPANCY, name, before.get(name), after.get(name),
            tuple(at for (_, old), (at, new) in pairwise(seen) if old.get(name) != new.get(name)),
        )
        for name in sorted(before.keys() | after.keys())
        if before.get(name) != after.get(name)
    ]  # fmt: skip
