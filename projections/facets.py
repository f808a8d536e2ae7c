"""Facets: how many rows of a list have each funder, programme, scheme, year, state and range of amounts.

A facet counts the rows that every other condition of the filter leaves. So each count is that of the list that opens
when the value is chosen.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from projections import lists
from projections.lists import LISTS, Columns, Wanted
from projections.register.mergers import whole_of
from projections.register.reading import FUNDER
from projections.tables.effect import NEVER
from projections.tables.paging import Connection, lines_of, named

# The ranges of amounts, each from its first to its last amount; None is open. Some currencies have three places.
RANGES: Mapping[str, tuple[Decimal | None, Decimal | None]] = {
    "under 10,000": (None, Decimal("9999.999")),
    "10,000 to 99,999.99": (Decimal(10_000), Decimal("99999.999")),
    "100,000 to 999,999.99": (Decimal(100_000), Decimal("999999.999")),
    "1,000,000 or more": (Decimal(1_000_000), None),
}
_LEAST, _GREATEST = "-Infinity", "Infinity"
# The most values of a facet: those with the most rows.
MOST = 12
# What of a filter each facet chooses. A scheme is one of a programme.
_CHOSEN: Mapping[str, Sequence[str]] = {
    "funder": ("funder",),
    "programme": ("programme", "scheme"),
    "scheme": ("scheme",),
    "year": ("first", "last"),
    "status": ("states",),
    "amount": ("amount_from", "amount_to"),
}
# The facets of each list.
FACETS: Mapping[str, Sequence[str]] = {
    "partnerships": ("funder", "programme", "scheme"),
    "organisations": (),
    "awards": tuple(_CHOSEN),
    "bids": tuple(_CHOSEN),
}
# The table that names the values of a facet.
_NAMED = {"funder": "organisations", "programme": "programmes", "scheme": "schemes"}


@dataclass(slots=True)
class FacetLine:
    """A *value* of a *facet*, called *label*, and how many rows have it. Of a thing the value is its code."""

    facet: str
    value: str
    label: str
    count: int


async def facets(connection: Connection, name: str, wanted: Wanted) -> list[FacetLine]:
    """The values of each facet of the list *name*, in one statement: those with the most rows first, years in order."""
    texts: list[str] = []
    parameters: dict[str, Any] = {"most": MOST}
    for nth, facet in enumerate(FACETS[name]):
        without = replace(wanted, **dict.fromkeys(_CHOSEN[facet]))
        listing = lists.listing(name, without, next(iter(LISTS[name].orders)))
        source, key, counted = _grouped(LISTS[name], facet)
        conditions = [one.as_string(None) for one in listing.where]
        rows = (
            f"SELECT {key} AS key, {counted} AS count FROM {listing.source.as_string(None)}{source}"  # noqa: S608
            f" WHERE {' AND '.join([*conditions, f'{key} IS NOT NULL'])} GROUP BY 1"
        )
        texts.append(f"({_labelled(facet, named(rows, f'of_{nth}'))})")
        parameters |= {f"of_{nth}_{one}": value for one, value in listing.parameters.items()}
    if not texts:
        return []
    return await lines_of(connection, FacetLine, " UNION ALL ".join(texts), parameters)


def _labelled(facet: str, rows: str) -> str:
    """The statement of the lines of a facet from its *rows*: a key and a count."""
    if facet in _NAMED:
        return (
            f"SELECT '{facet}' AS facet, t.code AS value, t.name AS label, f.count FROM ({rows}) f"  # noqa: S608
            f" JOIN {_NAMED[facet]} t ON t.id = f.key ORDER BY f.count DESC, t.code LIMIT %(most)s"
        )
    order = "f.key DESC" if facet == "year" else "f.count DESC, f.key"
    return (
        f"SELECT '{facet}' AS facet, f.key AS value, f.key AS label, f.count FROM ({rows}) f"  # noqa: S608
        f" ORDER BY {order} LIMIT %(most)s"
    )


def _grouped(of: Columns, facet: str) -> tuple[str, str, str]:
    """What is joined to the rows of a list for a facet, the SQL of its key, and what is counted."""
    place = "" if of.scheme else f" JOIN partnerships its ON its.id = {of.scope}"
    match facet:
        case "funder" if of.funded:
            # A partnership has the funders of its awards.
            return f" JOIN awards ON awards.partnership_id = {of.scope}", _one(FUNDER), f"count(DISTINCT {of.scope})"
        case "funder":
            by_place = (
                "(SELECT coalesce(s.funder_id, g.funder_id) FROM schemes s JOIN programmes g ON g.id = s.programme_id"
                " WHERE s.id = its.scheme_id)"
            )
            return place, _one(f"coalesce({of.own_funder}, {by_place})"), "count(*)"
        case "programme":
            return place, of.programme or "its.programme_id", "count(*)"
        case "scheme":
            return place, of.scheme or "its.scheme_id", "count(*)"
        case "year":
            day = f"{of.row}.day"
            return "", f"CASE WHEN {day} < '{NEVER}' THEN to_char({day}, 'YYYY') END", "count(*)"
        case "status":
            return "", of.status, "count(*)"
        case _:
            return "", _range(of), "count(*)"


def _one(funder: str) -> str:
    """The SQL of the organisation that *funder* is part of, as the filter of the list has it."""
    return whole_of(funder, "%(one_on)s::date", "%(up_to)s::bigint")


def _range(of: Columns) -> str:
    """The SQL of the name of the range in which the amount of a row lies."""
    cases = " ".join(
        f"WHEN {of.amount} BETWEEN '{first if first is not None else _LEAST}'::numeric"
        f" AND '{last if last is not None else _GREATEST}'::numeric THEN '{name}'"
        for name, (first, last) in RANGES.items()
    )
    return f"CASE {cases} END"
