"""Facts that only the log has in full, found by their entries: categories of organisations, and who took part.

Each reader gets what had taken effect by a day, as known at a position. None sets no limit.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import TypeVar

from projections.tables.corrections import NOW
from projections.tables.paging import Connection, lines_of

Line = TypeVar("Line")

_KNOWN = f"coalesce(%(known)s::bigint, {NOW - 1})"


@dataclass(slots=True)
class CategoryLine:
    """A *regime* of assessment put an organisation in a *category*, from the date *on* (the text of a When)."""

    organisation_id: str
    position: int
    on: str
    regime: str
    category: str


@dataclass(slots=True)
class InvolvedLine:
    """A source states that an organisation took part in a programme or a scheme, in a *role*, from the date *on*."""

    place: str
    position: int
    on: str
    organisation_id: str
    role: str
    scheme_id: str | None


ORDER = "stated.position"


def _stated(selected: str, kind: str, condition: str) -> str:
    """The SQL source ``stated`` of the facts of a *kind* whose entries ``t`` meet *condition*: by day and position."""
    return f"""(SELECT {selected} FROM timeline t JOIN events e ON e.notification_id = t.position
      CROSS JOIN LATERAL (SELECT convert_from(e.state, 'UTF8')::json AS body) b
     WHERE {condition} AND t.kind = '{kind}'
       AND (%(as_at)s::date IS NULL OR coalesce(t.latest, t.earliest, '-infinity'::date) <= %(as_at)s::date)
       AND t.since <= {_KNOWN} AND t.superseded > {_KNOWN}) stated"""  # noqa: S608


def categories_where(condition: str) -> str:
    """The SQL source ``stated`` of the categories of organisations whose entries ``t`` meet *condition*."""
    columns = "t.thing AS organisation_id, t.position, t.\"on\", b.body ->> 'regime' AS regime"
    return _stated(f"{columns}, b.body ->> 'category' AS category", "AssessmentCategoryRecorded", condition)


def involved_where(place: str) -> str:
    """The SQL source ``stated`` of who took part in a programme with its schemes, or in a scheme.

    *place* is the SQL of its id. Who took part in their partnerships is not in it.
    """
    columns = f"{place} AS place, t.position, t.\"on\", b.body ->> 'organisation_id' AS organisation_id"
    within = f"t.thing IN (SELECT {place} UNION ALL SELECT s.id FROM schemes s WHERE s.programme_id = {place})"  # noqa: S608
    return _stated(f"{columns}, b.body ->> 'role' AS role, t.scheme_id", "InvolvementStated", within)


async def categories_by(
    connection: Connection,
    column: str,
    values: Sequence[str],
    *,
    as_at: date | None = None,
    known: int | None = None,
) -> list[CategoryLine]:
    """The categories of the organisations (*column* organisation_id) *values*, in the order recorded."""
    assert column == "organisation_id"
    source = categories_where("t.thing = ANY (%(ids)s)")
    return await _lines(connection, CategoryLine, source, values, as_at, known)


async def involved_by(
    connection: Connection,
    column: str,
    values: Sequence[str],
    *,
    as_at: date | None = None,
    known: int | None = None,
) -> list[InvolvedLine]:
    """Who took part in the programmes or schemes (*column* place) *values*, in the order recorded."""
    assert column == "place"
    source = f"unnest(%(ids)s::text[]) w (id) CROSS JOIN LATERAL {involved_where('w.id')}"
    return await _lines(connection, InvolvedLine, source, values, as_at, known)


async def _lines(
    connection: Connection, kind: type[Line], source: str, values: Sequence[str], as_at: date | None, known: int | None
) -> list[Line]:
    statement = f"SELECT stated.* FROM {source} ORDER BY {ORDER}"  # noqa: S608
    return await lines_of(connection, kind, statement, {"ids": list(values), "as_at": as_at, "known": known})
