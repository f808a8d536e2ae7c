"""Reading the names, the roles and the mergers of an organisation, on any day and as known at any time.

Each reader gets what had taken effect by a day, as known at a position. None sets no limit.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from domain.partnership import SupplierAppointed
from projections.register.mergers import holds, parts_of
from projections.register.reading import OrganisationLine
from projections.tables.corrections import NOW
from projections.tables.paging import Connection, lines_of

# The condition that a row ``{0}`` had taken effect by a day, and is known at a position.
_CLOCKS = (
    "(%(as_at)s::date IS NULL OR {0}.counts_from <= %(as_at)s)"
    f" AND {{0}}.since <= coalesce(%(known)s::bigint, {NOW - 1})"
    f" AND {{0}}.superseded > coalesce(%(known)s::bigint, {NOW - 1})"
)


@dataclass(slots=True)
class NameLine:
    """A *name* that *thing* has or had, *since* one date *until* another: texts of When.

    *since* is None for the first name, and *until* for the present one. *known_since* is when it was recorded with its
    date, *position* that of its event. A name that is *stated_only* was used by a source, beside the names that the
    thing has had.
    """

    thing: str
    name: str
    since: str | None
    until: str | None
    stated_only: bool
    known_since: datetime
    position: int


NAMES_ORDER = "names.stated_only, names.counts_from, names.position"


def names_where(condition: str) -> str:
    """The SQL source ``names`` of the names ``n`` for which *condition* holds."""
    return f"""(SELECT n.thing, n.name, n."on" AS since, n.stated AS stated_only, n.position, n.counts_from,
        CASE WHEN NOT n.stated
             THEN lead(n."on") OVER (PARTITION BY n.thing, n.stated ORDER BY n.counts_from, n.position) END AS until,
        (SELECT m.recorded_at FROM log.moments m WHERE m.position = n.since) AS known_since
      FROM names n WHERE {condition} AND {_CLOCKS.format("n")}) names"""  # noqa: S608


async def names_by(
    connection: Connection,
    column: str,
    values: Sequence[str],
    *,
    as_at: date | None = None,
    known: int | None = None,
) -> list[NameLine]:
    """The names of the things (*column* thing) *values*, from the first to the present one, then those stated."""
    assert column == "thing"
    return await lines_of(
        connection,
        NameLine,
        "SELECT thing, name, since, until, stated_only, known_since, position"  # noqa: S608
        f" FROM {names_where('n.thing = ANY (%(ids)s)')} ORDER BY {NAMES_ORDER}",
        {"ids": list(values), "as_at": as_at, "known": known},
    )


@dataclass(slots=True)
class RoleLine:
    """What an organisation does or did for a partnership, *since* one date *until* another: texts of When.

    *until* is None where no end is recorded. *position* is that of the event by which the role began. *stated_only*
    says whether only a source states it.
    """

    partnership_id: str
    organisation_id: str
    role: str
    since: str
    until: str | None
    stated_only: bool
    position: int


ROLES_ORDER = "held.position, held.partnership_id, held.role"


_DAY, _KNOWN = "%(as_at)s::date", "%(known)s::bigint"


def roles_of(organisation: str) -> str:
    """The SQL source ``held`` of the roles of an organisation and of those that are part of it.

    *organisation* is the SQL of its id. If several of them have a role in a partnership, it is one role.
    """
    return _roles(
        f"unnest({parts_of(organisation, _DAY, _KNOWN)}) part JOIN role_steps s ON s.organisation_id = part",
        "true",
        organisation,
    )


def roles_where(condition: str) -> str:
    """The SQL source ``held`` of the roles that steps ``s`` begin for which *condition* holds, as they were recorded.

    A role that begins again before it ended is one role. It begins on the earliest date that is known.
    """
    return _roles("role_steps s", condition, "s.organisation_id")


def _roles(source: str, condition: str, organisation: str) -> str:
    earliest = "ORDER BY s.\"on\" = 'unknown', s.counts_from, s.position"
    return f"""(SELECT s.partnership_id, {organisation} AS organisation_id, s.role, bool_and(s.stated) AS stated_only,
        (array_agg(s."on" {earliest}))[1] AS since, (array_agg(s.position {earliest}))[1] AS position,
        min(ended."on") AS until
      FROM {source} LEFT JOIN LATERAL (
        SELECT e.position, e."on" FROM role_steps e
         WHERE e.partnership_id = s.partnership_id AND e.organisation_id = s.organisation_id AND e.role = s.role
           AND NOT e.begins AND e.position > s.position AND {_CLOCKS.format("e")}
         ORDER BY e.position LIMIT 1) ended ON true
     WHERE {condition} AND s.begins AND {_CLOCKS.format("s")}
     GROUP BY s.partnership_id, {organisation}, s.role, ended.position) held"""  # noqa: S608


async def roles_by(
    connection: Connection,
    column: str,
    values: Sequence[str],
    *,
    as_at: date | None = None,
    known: int | None = None,
    most: int | None = None,
) -> list[RoleLine]:
    """The roles of the organisations (*column* organisation_id) *values*, in the order recorded: the first *most*.

    Each has the roles of those that are part of it.
    """
    assert column == "organisation_id"
    return await lines_of(
        connection,
        RoleLine,
        "SELECT partnership_id, organisation_id, role, since, until, stated_only, position"  # noqa: S608
        f" FROM unnest(%(ids)s::text[]) w (id) CROSS JOIN LATERAL {roles_of('w.id')} ORDER BY {ROLES_ORDER}"
        " LIMIT %(most)s::bigint",
        {"ids": list(values), "as_at": as_at, "known": known, "most": most},
    )


async def partners_by_then(
    connection: Connection, partnership_id: str, *, as_at: date, known: int | None
) -> list[RoleLine]:
    """The roles of partners in a partnership that began by a day, in the order recorded: those of its own events.

    Those that ended by the day have an end.
    """
    own = "s.partnership_id = %(id)s AND NOT s.stated AND s.position IN"
    own += " (SELECT e.notification_id FROM events e WHERE e.originator_id = %(id)s AND e.topic <> %(supplied)s)"
    return await lines_of(
        connection,
        RoleLine,
        "SELECT partnership_id, organisation_id, role, since, until, stated_only, position"  # noqa: S608
        f" FROM {roles_where(own)} ORDER BY {ROLES_ORDER}",
        {"id": partnership_id, "as_at": as_at, "known": known, "supplied": SupplierAppointed.__name__},
    )


# --- Mergers ----------------------------------------------------------------------------------------------------------


@dataclass(slots=True)
class MergedLine(OrganisationLine):
    """An organisation on one side of a merger. *other_id* is the one on the other side.

    *on* is the date of the merger, the text of a When; *because* its reason; *position* is that of its event.
    """

    other_id: str = ""
    position: int = 0
    on: str = ""
    because: str = ""


# Of a merger: the column of the organisation that is found, by the column of the one that is asked about.
_SIDES = {"part_id": "whole_id", "whole_id": "part_id"}
MERGED_ORDER = "organisations.position, organisations.id"


def merged_where(column: str, condition: str) -> str:
    """The SQL source ``organisations`` of those on the other side of the mergers ``m`` for which *condition* holds.

    *column* is that of the one that is asked about: part_id finds what it merged into, whole_id what it took over.
    """
    stated = "(SELECT convert_from(e.state, 'UTF8')::json ->> '{}' FROM events e WHERE e.notification_id = m.position)"
    return f"""(SELECT o.*, m.{column} AS other_id, m.position, {stated.format("on")} AS "on",
        {stated.format("because")} AS because
      FROM mergers m JOIN organisations o ON o.id = m.{_SIDES[column]}
     WHERE {condition} AND m.steps = 1 AND {holds(_DAY, _KNOWN)}) organisations"""  # noqa: S608


async def merged_by(
    connection: Connection, column: str, values: Sequence[str], *, as_at: date | None, known: int | None
) -> list[MergedLine]:
    """The other sides of the mergers of the organisations *values*, whose *column* is as in ``merged_where``.

    Without a day it is today, and without a position now.
    """
    statement = (
        'SELECT id, code, name, kind, region, tier, notes, other_id, position, "on", because'  # noqa: S608
        f" FROM {merged_where(column, f'm.{column} = ANY (%(ids)s)')} ORDER BY {MERGED_ORDER}"
    )
    return await lines_of(connection, MergedLine, statement, {"ids": list(values), "as_at": as_at, "known": known})
