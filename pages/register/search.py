"""The search: one box over partnerships, organisations, awards and bids, with facets and totals."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from pages.frame.asked import amount_asked, one_of, thing_asked
from pages.frame.clocks import Clocks
from pages.frame.listed import Listed, listed
from pages.frame.page import BadAddress, Page, Sheet
from pages.grants.round import places_of
from pages.register.names import as_named
from projections import facets, lists
from projections.awards import AwardLine
from projections.bids import BidLine
from projections.facets import FACETS, RANGES, FacetLine
from projections.lists import Wanted
from projections.parts.reading import parts_by
from projections.register import reading as register
from projections.register.reading import OrganisationLine, PartnershipLine
from projections.tables.paging import Connection, Listing, Total, counts, totals

# How many lines there are on a page of one kind, and of each kind where all are searched.
LISTED, FEW = 50, 10
# The kinds that are searched: what their lines are, and in which order they are listed.
KINDS: Mapping[str, tuple[type, str]] = {
    "partnerships": (PartnershipLine, lists.NAME),
    "organisations": (OrganisationLine, lists.NAME),
    "awards": (AwardLine, lists.RECORDED),
    "bids": (BidLine, lists.RECORDED),
}
STATES = {
    "awards": ("offered", "accepted", "declined", "closed", "terminated", "stated", "no longer stated"),
    "bids": ("drafted", "submitted", "approved", "declined", "withdrawn", "awarded", "stated"),
}
# The parameters of the address that each facet sets.
PARAMETERS = {name: (name,) for name in ("funder", "programme", "scheme", "year", "status")} | {
    "amount": ("amount-from", "amount-to")
}
FILTERS = tuple(one for of in PARAMETERS.values() for one in of)


@dataclass(frozen=True, slots=True)
class Value:
    """A value of a facet: how many it leaves, and the *parameters* of the list that it opens. *chosen*: it is set."""

    label: str
    count: int
    parameters: dict[str, str]
    chosen: bool


@dataclass(frozen=True, slots=True)
class Facet:
    """A facet called *name* with its values. *without* are the parameters of the list without it."""

    name: str
    values: list[Value]
    is_set: bool
    without: dict[str, str]


@dataclass(frozen=True, slots=True)
class Hits:
    """What was found of a *kind*. *beside* are the things that its lines name, by id. *totals* are of all of it."""

    kind: str
    listed: Listed[Any]
    totals: list[Total]
    beside: dict[str, Any] = field(default_factory=dict)


async def search(connection: Connection, clocks: Clocks, asked: dict[str, str]) -> Page:
    """What has the text and meets the conditions that the address asks for. Raises BadAddress."""
    return await _page(connection, clocks, asked, "/search", "Search")


async def organisations(connection: Connection, clocks: Clocks, asked: dict[str, str]) -> Page:
    """The organisations, as the search lists them. Raises BadAddress."""
    return await _page(connection, clocks, asked | {"kind": "organisations"}, "/organisations", "Organisations")


async def _page(connection: Connection, clocks: Clocks, asked: dict[str, str], path: str, title: str) -> Page:
    kind = one_of(asked, "kind", [*KINDS], "kind")
    text = asked.get("text", "").strip()
    chosen = {name: asked[name].strip() for name in FILTERS if asked.get(name, "").strip()}
    _check_kind(kind, chosen)
    if kind is None and "page" in asked:
        raise BadAddress("Only a list of one kind has pages. Choose a kind.")
    wanted = await _wanted(connection, clocks, text, chosen, kind)
    kinds = [one for one in KINDS if _has(one, chosen)]
    listings = {one: lists.listing(one, wanted, KINDS[one][1]) for one in kinds}
    hits = [
        await _hits(connection, clocks, one, listings[one], asked, LISTED if kind else FEW)
        for one in ([kind] if kind else kinds)
    ]
    given = ({"text": text} if text else {}) | chosen
    found = await facets.facets(connection, kind, wanted) if kind else []
    numbers = await counts(connection, [*listings.values()]) if kind else [one.listed.count for one in hits]
    return Page(
        template="register/search.html",
        title=title,
        section="search",
        path=path,
        values={
            "text": text,
            "kind": kind,
            "given": given,
            "chosen": chosen,
            "kinds": [*zip(kinds, numbers, strict=True)],
            "others": [one for one in KINDS if one not in kinds],
            "hits": [one for one in hits if one.listed.count],
            "facets": _facets(found, ({"kind": kind} if kind else {}) | given),
            "most": facets.MOST,
        },
        sheet=Sheet(
            ("kind", "code", "name", "status", "amount", "currency", "date"),
            [(one.kind, *_row(line)) for one in hits for line in one.listed.lines],
        ),
    )


def _check_kind(kind: str | None, chosen: Mapping[str, str]) -> None:
    """Raise BadAddress for a condition that the lines of *kind* cannot meet."""
    if kind is not None and not _has(kind, chosen):
        unknown = next(name for name in chosen if not _has(kind, {name: ""}))
        raise BadAddress(f"{kind.capitalize()} have no {unknown}. Leave it out, or choose another kind.")


def _has(kind: str, chosen: Mapping[str, str]) -> bool:
    """Whether the lines of *kind* have everything that is *chosen*."""
    return set(chosen) <= {name for facet in FACETS[kind] for name in PARAMETERS[facet]}


async def _wanted(
    connection: Connection, clocks: Clocks, text: str, chosen: Mapping[str, str], kind: str | None
) -> Wanted:
    """The filter that the address asks for. Raises BadAddress."""
    states = STATES.get(kind or "") or sorted({one for of in STATES.values() for one in of})
    state = one_of(chosen, "status", states, "status")
    year = chosen.get("year")
    if year is not None and not (year.isascii() and year.isdigit() and len(year) == len("2005") and int(year) > 0):
        raise BadAddress(f'"{year[:40]}" is not a year. Write four digits: 2005.')
    return Wanted(
        text=text or None,
        funder=await thing_asked(connection, chosen, "funder", "organisation"),
        programme=await thing_asked(connection, chosen, "programme", "programme"),
        scheme=await thing_asked(connection, chosen, "scheme", "scheme"),
        states=[state] if state else None,
        first=date(int(year), 1, 1) if year else None,
        last=date(int(year), 12, 31) if year else None,
        amount_from=amount_asked(chosen, "amount-from"),
        amount_to=amount_asked(chosen, "amount-to"),
        up_to=clocks.then,
        one_on=clocks.as_at,
    )


async def _hits(
    connection: Connection, clocks: Clocks, kind: str, listing: Listing, asked: dict[str, str], most: int
) -> Hits:
    """One page of what was found of a *kind*, with what its lines name."""
    line, _ = KINDS[kind]
    found: Listed[Any] = await listed(connection, line, listing, asked, most)
    if kind in STATES:
        of_all = await totals(connection, listing)
        return Hits(kind, found, of_all, await places_of(connection, found.lines, clocks) if found.lines else {})
    named = Listed(await as_named(connection, found.lines, clocks), found.number, found.pages, found.count)
    if kind == "partnerships":
        schemes = await register.schemes_by(connection, "id", [one.scheme_id for one in found.lines])
        return Hits(kind, named, [], {one.id: one for one in schemes})
    numbers: dict[str, list[str]] = {}
    ids = [one.id for one in found.lines]
    for part in await parts_by(connection, "stream", ids, kind="identifier", known=clocks.then):
        numbers.setdefault(part.stream, []).append(f"{part.facts['register']} {part.facts['value']}")
    return Hits(kind, named, [], numbers)


def _facets(found: Sequence[FacetLine], given: Mapping[str, str]) -> list[Facet]:
    """The facets that leave a choice, each value with the address of what it opens."""
    made = []
    for name, parameters in PARAMETERS.items():
        # A scheme is one of a programme: who chooses another programme chooses no scheme.
        leaves = (*parameters, "scheme") if name == "programme" else parameters
        without = {one: value for one, value in given.items() if one not in leaves}
        values = []
        for line in found:
            if line.facet == name:
                sets = _sets(name, line.value)
                values.append(Value(line.label, line.count, without | sets, sets == _set(given, parameters)))
        is_set = any(one in given for one in parameters)
        if is_set or len(values) > 1:
            made.append(Facet(name, values, is_set, without))
    return made


def _set(given: Mapping[str, str], parameters: Sequence[str]) -> dict[str, str]:
    return {name: given[name] for name in parameters if name in given}


def _sets(facet: str, value: str) -> dict[str, str]:
    """The parameters that a value of a facet sets."""
    if facet != "amount":
        return {facet: value}
    bounds = zip(PARAMETERS[facet], RANGES[value], strict=True)
    return {name: str(bound) for name, bound in bounds if bound is not None}


def _row(line: PartnershipLine | OrganisationLine | AwardLine | BidLine) -> tuple[object, ...]:
    """A line as a row of the file."""
    match line:
        case AwardLine():
            return line.reference, line.purpose, line.status, line.amount, line.currency, line.on
        case BidLine():
            return line.reference, line.title, line.status, line.requested, line.currency, line.submitted
    return line.code, line.name, None, None, None, None
