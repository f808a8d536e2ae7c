"""Facts that only the log has in full, found by their entries: categories, kinds, origins, and who took part.

Each reader gets what had taken effect by a day, as known at a position. None sets no limit.
"""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import TypeVar

from projections.parts.places import last_entry_in, provider_in, recorded_in
from projections.tables.corrections import NOW
from projections.tables.paging import Connection, lines_of

Line = TypeVar("Line")

_KNOWN = f"coalesce(%(known)s::bigint, {NOW - 1})"


@dataclass(slots=True)
class CategoryLine:
    """A *regime* of assessment put an organisation in a *category*, from the date *on* (the text of a When).

    *method* is the version of its method, if it is stated.
    """

    organisation_id: str
    position: int
    on: str
    regime: str
    category: str
    method: str | None


@dataclass(slots=True)
class InvolvedLine:
    """A source states that an organisation took part in a programme or a scheme, in a *role*, from the date *on*."""

    place: str
    position: int
    on: str
    organisation_id: str
    role: str
    scheme_id: str | None


@dataclass(slots=True)
class KindLine:
    """A partnership is of a *kind* from the date *on* (the text of a When), for the reason *because* if it has one."""

    partnership_id: str
    position: int
    on: str
    kind: str
    because: str | None


@dataclass(slots=True)
class OriginLine:
    """A partnership grew from *other_id*, or *other_id* from it, on a date: *because* says how."""

    partnership_id: str
    position: int
    on: str
    other_id: str
    because: str


@dataclass(slots=True)
class TakeUpLine:
    """How many authorities and people a national programme reached on the date *on*: the last count by the day asked.

    *place* is the id of the programme or scheme asked for. What its source does not count is None. The counts that are
    *recorded* add up the entries of places of the same day; those that are *residential* have a cost, in major units of
    a currency. A programme with entries that no source counts is of the date of its last entry. *as_at* and *known* are
    the day and the position asked for.
    """

    place: str
    partnership_id: str
    position: int
    on: str
    name: str
    group: str
    provider_id: str | None
    authorities: int | None
    participants: int | None
    subsidised_authorities: int | None
    subsidised_participants: int | None
    objective: str | None
    recorded_authorities: int
    recorded_people: int
    recorded_places: int
    recorded_subsidised: int
    residential_people: int
    residential_places: int
    residential_cost: Decimal | None
    residential_currency: str | None
    as_at: date | None
    known: int | None

    @property
    def reported(self) -> bool:
        """Whether its source gives any count."""
        return self.authorities is not None or self.participants is not None


ORDER = "stated.position"


def _stated(selected: str, kinds: tuple[str, ...], condition: str) -> str:
    """The SQL source ``stated`` of the facts of *kinds* whose entries ``t`` meet *condition*: by day and position."""
    return f"""(SELECT {selected} FROM timeline t JOIN events e ON e.notification_id = t.position
      CROSS JOIN LATERAL (SELECT convert_from(e.state, 'UTF8')::json AS body) b
     WHERE {condition} AND t.kind IN ({", ".join(f"'{kind}'" for kind in kinds)})
       AND (%(as_at)s::date IS NULL OR coalesce(t.latest, t.earliest, '-infinity'::date) <= %(as_at)s::date)
       AND t.since <= {_KNOWN} AND t.superseded > {_KNOWN}) stated"""  # noqa: S608


def categories_where(condition: str) -> str:
    """The SQL source ``stated`` of the categories of organisations whose entries ``t`` meet *condition*."""
    columns = "t.thing AS organisation_id, t.position, t.\"on\", b.body ->> 'regime' AS regime"
    columns += ", b.body ->> 'category' AS category, b.body ->> 'method' AS method"
    return _stated(columns, ("AssessmentCategoryRecorded",), condition)


def kinds_where(condition: str) -> str:
    """The SQL source ``stated`` of the kinds of partnerships whose entries ``t`` meet *condition*."""
    columns = "t.thing AS partnership_id, t.position, t.\"on\", b.body ->> 'kind' AS kind"
    named = f"({condition}) AND b.body ->> 'kind' IS NOT NULL"
    columns += ", b.body ->> 'summary' AS because"
    return _stated(columns, ("PartnershipFormed", "PartnershipReclassified"), named)


def origins_where(condition: str) -> str:
    """The SQL source ``stated`` of the partnerships from which those grew whose entries ``t`` meet *condition*."""
    columns = "t.thing AS partnership_id, t.position, t.\"on\", b.body ->> 'origin_id' AS other_id"
    return _stated(f"{columns}, b.body ->> 'because' AS because", ("OriginRecorded",), condition)


# The entries of partnerships that grew from others. There are few.
_OF_SUCCESSORS = "t.position IN (SELECT a.position FROM audit a WHERE a.name = 'OriginRecorded')"


def successors_where(condition: str) -> str:
    """The SQL source ``stated`` of the partnerships that grew from those for whose ids, {0}, *condition* holds."""
    of = "b.body ->> 'origin_id'"
    columns = f"{of} AS partnership_id, t.position, t.\"on\", t.thing AS other_id, b.body ->> 'because' AS because"
    return _stated(columns, ("OriginRecorded",), f"{_OF_SUCCESSORS} AND {condition.format(of)}")


def frameworks_where(condition: str) -> str:
    """The SQL source ``stated`` of the evaluation frameworks whose entries ``t`` meet *condition*, with their body."""
    return _stated("t.position, b.body", ("FrameworkPublished",), condition)


_COUNTS = ("authorities", "participants", "subsidised_authorities", "subsidised_participants")
# The columns that a source states, beside the place, the partnership, the position and the date.
_COUNTED = ("name", "group", "provider_id", *_COUNTS, "objective")


def take_up_where(column: str, place: str) -> str:
    """The SQL source ``stated`` of the last counts of national programmes whose *column* of partnerships is *place*.

    Each has beside it what was recorded of its places. A programme with entries that no source counts has no counts.
    """
    said = {name: f"b.body ->> '{name}'" for name in _COUNTED}
    said |= {name: f"(b.body ->> '{name}')::integer" for name in _COUNTS}
    columns = ", ".join(f'{text} AS "{name}"' for name, text in said.items())
    columns = f't.thing AS partnership_id, t.position, t."on", {columns}, t.latest, 1 AS rank'
    of = f"SELECT p.id FROM partnerships p WHERE p.{column} = {place}"  # noqa: S608
    every = _stated(columns, ("TakeUpStated",), f"t.thing IN ({of})")
    unsaid = dict.fromkeys(_COUNTED, "NULL") | dict.fromkeys(_COUNTS, "NULL::integer")
    unsaid |= {"name": "coalesce(p.name, p.code)", "group": "p.kind"}
    entered = f"""SELECT p.id, e.position, e."on", {", ".join(unsaid.values())}, e.day, 2 FROM partnerships p
        CROSS JOIN LATERAL {last_entry_in("p.id")} e
        WHERE p.{column} = {place}
          AND p.id IN (SELECT stream FROM parts WHERE kind IN ('places', 'nonparticipation'))"""  # noqa: S608
    last = "ORDER BY partnership_id, rank, latest DESC NULLS LAST, position DESC"
    counts = f"SELECT DISTINCT ON (partnership_id) * FROM (SELECT * FROM {every} UNION ALL {entered}) said {last}"  # noqa: S608
    shown = {name: f'c."{name}"' for name in ("partnership_id", "position", "on", *_COUNTED)}
    shown |= {"provider_id": f"coalesce({provider_in('c.partnership_id')}, c.provider_id)", "place": place}
    shown |= {"as_at": "%(as_at)s::date", "known": "%(known)s::bigint"}
    columns = ", ".join(f'{text} AS "{name}"' for name, text in shown.items())
    return f"(SELECT {columns}, r.* FROM ({counts}) c CROSS JOIN LATERAL {recorded_in('c.partnership_id')} r) stated"  # noqa: S608


def involved_where(place: str) -> str:
    """The SQL source ``stated`` of who took part in a programme with its schemes, or in a scheme.

    *place* is the SQL of its id. Who took part in their partnerships is not in it.
    """
    columns = f"{place} AS place, t.position, t.\"on\", b.body ->> 'organisation_id' AS organisation_id"
    within = f"t.thing IN (SELECT {place} UNION ALL SELECT s.id FROM schemes s WHERE s.programme_id = {place})"  # noqa: S608
    return _stated(f"{columns}, b.body ->> 'role' AS role, t.scheme_id", ("InvolvementStated",), within)


def _by(kind: type[Line], column: str, source: str) -> Callable[..., Awaitable[list[Line]]]:
    """A reader of the lines of *source*, in the order recorded, by values of *column*: the only one it takes."""

    async def by(
        connection: Connection,
        named: str,
        values: Sequence[str],
        *,
        as_at: date | None = None,
        known: int | None = None,
    ) -> list[Line]:
        assert named == column
        statement = f"SELECT stated.* FROM {source} ORDER BY {ORDER}"  # noqa: S608
        return await lines_of(connection, kind, statement, {"ids": list(values), "as_at": as_at, "known": known})

    return by


_OF = "t.thing = ANY (%(ids)s)"
# The categories of organisations, and the kinds and the origins of partnerships.
categories_by = _by(CategoryLine, "organisation_id", categories_where(_OF))
kinds_by = _by(KindLine, "partnership_id", kinds_where(_OF))
origins_by = _by(OriginLine, "partnership_id", origins_where(_OF))
# The partnerships that grew from others.
successors_by = _by(OriginLine, "partnership_id", successors_where("{0} = ANY (%(ids)s)"))
# Who took part in programmes or schemes.
_EACH = "unnest(%(ids)s::text[]) w (id)"
involved_by = _by(InvolvedLine, "place", f"{_EACH} CROSS JOIN LATERAL {involved_where('w.id')}")


# The counts of national programmes in programmes and in schemes.
take_up_by = {
    column: _by(TakeUpLine, "place", f"{_EACH} CROSS JOIN LATERAL {take_up_where(column, 'w.id')}")
    for column in ("programme_id", "scheme_id")
}
