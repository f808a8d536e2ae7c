"""Places of programmes: those of an authority, what depends on a subsidy, and what was recorded beside take-up."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, TypeVar

from projections.parts.folded import folded
from projections.parts.late import LAST_DAY
from projections.parts.reading import COLUMNS, PartLine
from projections.tables.paging import Connection, lines_of
from projections.tables.shares import share_in_sql

T = TypeVar("T")

# --- The places of an authority ---------------------------------------------------------------------------------------


@dataclass(slots=True)
class PlacesLine(PartLine):
    """Places that the organisation *organisation_id* took."""

    organisation_id: str = ""


_AUTHORITY = "s.kind = 'places' AND s.facts->>'organisation_id'"
_IN_ORDER = "parts.day, parts.position"


def places_where(organisation: str) -> str:
    """The SQL source ``parts`` of the places that the organisation with the id *organisation* took."""
    return folded(f"{_AUTHORITY} = {organisation}", "%(as_at)s::date", "%(known)s::bigint")


PLACES_ORDER = _IN_ORDER


async def places_by(
    connection: Connection,
    column: str,
    values: Sequence[str],
    *,
    as_at: date | None = None,
    known: int | None = None,
) -> list[PlacesLine]:
    """The places that the organisations with the ids *values* took, the first taken first."""
    assert column == "organisation_id"
    source = folded(f"{_AUTHORITY} = ANY (%(values)s)", "%(as_at)s::date", "%(known)s::bigint")
    return await lines_of(
        connection,
        PlacesLine,
        f"SELECT {COLUMNS}, parts.facts->>'organisation_id' AS organisation_id FROM {source}"  # noqa: S608
        f" ORDER BY {_IN_ORDER}",
        {"values": list(values), "as_at": as_at, "known": known},
    )


# --- Dependence -------------------------------------------------------------------------------------------------------


def sum_in_sql(name: str, condition: str = "true") -> str:
    """The sum of a number of the rows ``taken`` of places that meet *condition*, in SQL."""
    return f"coalesce(sum((taken.facts->>'{name}')::integer) FILTER (WHERE {condition}), 0)"


def depending(lines: Iterable[PartLine], subsidy: int) -> tuple[int, int]:
    """How many of the places in *lines* were subsidised under *subsidy*, and how many there are."""
    found = [
        (line.facts["subsidised"] * (line.facts.get("subsidy") == subsidy), line.facts["places"]) for line in lines
    ]
    return sum(one for one, _ in found), sum(one for _, one in found)


# The places that were taken beside a part of the same programme, as of the same clocks.
_BESIDE = folded("s.stream = parts.stream AND s.kind = 'places'", "parts.as_at", "parts.known")
_UNDER = sum_in_sql("subsidised", "(taken.facts->>'subsidy')::integer = parts.number")
# The number of places under a subsidy in ``parts``, and their share of all places of its programme.
PLACES_UNDER = f"(SELECT {_UNDER} FROM (SELECT * FROM {_BESIDE}) taken)"  # noqa: S608
DEPENDENCE = f"(SELECT {share_in_sql(_UNDER, sum_in_sql('places'))} FROM (SELECT * FROM {_BESIDE}) taken)"  # noqa: S608

# --- Substitution -----------------------------------------------------------------------------------------------------

# The first session of the series of a session in ``parts``, as of the same clocks.
_FIRST = folded("s.stream = parts.stream AND s.kind = 'session'", "parts.as_at", "parts.known")
_ATTENDED = "jsonb_array_elements({}->'attended') WITH ORDINALITY"
# Who attends a session and was not at the first, while somebody of the same organisation who was there is absent.
SUBSTITUTES = f"""(SELECT one.facts, one.nth
      FROM (SELECT held.facts FROM (SELECT * FROM {_FIRST}) held WHERE held.facts->>'series' = parts.facts->>'series'
             ORDER BY held.day, held.position LIMIT 1) first
     CROSS JOIN LATERAL {_ATTENDED.format("parts.facts")} one (facts, nth)
     WHERE NOT first.facts->'attended' @> jsonb_build_array(one.facts)
       AND EXISTS (SELECT FROM {_ATTENDED.format("first.facts")} was (facts, nth)
                    WHERE was.facts->>'organisation_id' = one.facts->>'organisation_id'
                      AND NOT parts.facts->'attended' @> jsonb_build_array(was.facts))) parts"""  # noqa: S608


def substitutes(session: dict[str, Any], sessions: Sequence[PartLine]) -> list[dict[str, Any]]:
    """The same as ``SUBSTITUTES``: those who attended a *session*, of all *sessions* of its programme."""
    series = [one for one in sessions if one.facts["series"] == session["series"]]
    first = min(series, key=lambda one: (one.day, one.position)).facts["attended"]
    missing = {one["organisation_id"] for one in first if one not in session["attended"]}
    return [one for one in session["attended"] if one not in first and one["organisation_id"] in missing]


# --- What was recorded beside take-up ---------------------------------------------------------------------------------

_CLOCKS = ("%(as_at)s::date", "%(known)s::bigint")
_RESIDENTIAL = "(taken.facts->>'residential')::boolean AND taken.facts ? 'cost'"
_COST = "(taken.facts->'cost'->>'amount')::numeric"
# What was recorded of places, in one row.
_RECORDED = {
    "recorded_authorities": "count(DISTINCT taken.facts->>'organisation_id')",
    "recorded_people": sum_in_sql("people"),
    "recorded_places": sum_in_sql("places"),
    "recorded_subsidised": sum_in_sql("subsidised"),
    "residential_people": sum_in_sql("people", _RESIDENTIAL),
    "residential_places": sum_in_sql("places", _RESIDENTIAL),
    "residential_cost": f"sum({_COST}) FILTER (WHERE {_RESIDENTIAL})",
    "residential_currency": f"min(taken.facts->'cost'->>'currency') FILTER (WHERE {_RESIDENTIAL})",
}


def recorded_in(partnership: str) -> str:
    """The SQL source of what was recorded of the places of the partnership with the id *partnership*, in one row."""
    columns = ", ".join(f"{text} AS {name}" for name, text in _RECORDED.items())
    places = folded(f"s.stream = {partnership} AND s.kind = 'places'", *_CLOCKS)
    return f"(SELECT {columns} FROM (SELECT * FROM {places}) taken)"  # noqa: S608


def provider_in(partnership: str) -> str:
    """The id of the provider after the last transfer of the partnership with the id *partnership*, in SQL."""
    moved = folded(f"s.stream = {partnership} AND s.kind = 'transfer'", *_CLOCKS)
    return f"(SELECT facts->>'to_provider_id' FROM {moved} ORDER BY day DESC, position DESC LIMIT 1)"  # noqa: S608


def last_entry_in(partnership: str) -> str:
    """The SQL source of the last entry of places, or of who declined, of a partnership: its day and position."""
    entries = folded(f"s.stream = {partnership} AND s.kind IN ('places', 'nonparticipation')", *_CLOCKS)
    return f'(SELECT parts."on", parts.day, parts.position FROM {entries} ORDER BY day DESC, position DESC LIMIT 1)'  # noqa: S608


# --- Attention --------------------------------------------------------------------------------------------------------

# How many days before its last day a subsidy is shown.
NOTICE_DAYS = 90
_LAST = LAST_DAY.format("coalesce(s.facts->>'ended', s.facts->>'until')")
# A subsidy that ends soon or has ended, while places depend on it and no other for the same authorities goes on.
SUBSIDIES_THAT_END = f"""
    SELECT u.id AS thing, u.stream AS of_id, u.number, p.code || ' / subsidy ' || u.number || ' ('
           || {share_in_sql("d.under", "d.every")} || ' %% of places)' AS reference, u.partnership_id,
           'funder' AS who, u.since, u.due, NULL::numeric AS amount, NULL::text AS currency
      FROM (SELECT s.*, s.day AS since, {_LAST} AS due FROM parts s WHERE s.kind = 'subsidy') u
      JOIN partnerships p ON p.id = u.stream
     CROSS JOIN LATERAL (SELECT {sum_in_sql("subsidised", "(taken.facts->>'subsidy')::integer = u.number")} AS under,
                                {sum_in_sql("places")} AS every
                           FROM parts taken WHERE taken.kind = 'places' AND taken.stream = u.stream) d
     WHERE u.due <= %(day)s::date + {NOTICE_DAYS} AND d.under > 0
       AND NOT EXISTS (SELECT FROM (SELECT s.*, {_LAST} AS due FROM parts s WHERE s.kind = 'subsidy') later
                        WHERE later.stream = u.stream AND later.number <> u.number
                          AND coalesce(later.due, 'infinity') > %(day)s::date + {NOTICE_DAYS}
                          AND (NOT later.facts ? 'category' OR later.facts->'category' = u.facts->'category'))
"""  # noqa: S608 - our own words
# The name, the words and the rule of the kind, and its statement.
OF_PLACES: dict[tuple[str, str, str], str] = {
    (
        "SUBSIDY_ENDS",
        "a subsidy ends or has ended, and places depend on it",
        "R097: demand after the end of a subsidy",
    ): SUBSIDIES_THAT_END,
}
