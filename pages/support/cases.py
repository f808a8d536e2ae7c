"""The page of the support of an organisation: its cases, and its assessment categories over time beside them.

It is about one organisation. Nothing on it compares or ranks organisations.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from typing import get_args

from domain.support import concern
from domain.values.fact import Lane
from domain.values.when import When
from pages.frame.clocks import Clocks
from pages.frame.page import Page, Sheet
from pages.register.happened import told
from pages.register.names import as_named
from pages.register.organisation import organisation_called
from projections.parts.reading import PartLine, parts_of_kinds
from projections.register import reading as register
from projections.tables.paging import Connection
from projections.timeline import stated
from projections.timeline.reading import Entry

# What belongs to a support case.
OF_CASE = (
    "helpoffer", "capacityloan", "improvementplan", "notice", "review", "recommendation", "duty", "sharing",
)  # fmt: skip
KINDS = ("supportcase", *OF_CASE, "turnover")
# The facts of a part that name an organisation.
_NAMING = ("helper_id", "lender_id")


@dataclass(frozen=True, slots=True)
class Case:
    """A support case: its own *line*, and what belongs to it."""

    line: PartLine
    parts: list[PartLine]

    def of(self, kind: str) -> list[PartLine]:
        """What of a *kind* belongs to it, in the order of the numbers."""
        return [one for one in self.parts if one.kind == kind]

    @property
    def offers(self) -> list[PartLine]:
        """The offers of help."""
        return self.of("helpoffer")

    @property
    def loans(self) -> list[PartLine]:
        """The capacity that others lend."""
        return self.of("capacityloan")

    @property
    def reviews(self) -> list[PartLine]:
        """The reviews that were planned."""
        return self.of("review")

    @property
    def held(self) -> int:
        """How many of the planned reviews were held."""
        return sum(one.status == "held" for one in self.reviews)


@dataclass(frozen=True, slots=True)
class Dated:
    """What happened on a date: *assessed* is a category, *supported* a step of support; the other one is empty."""

    on: str
    position: int
    assessed: str = ""
    supported: str = ""

    @property
    def order(self) -> tuple[bool, date, date]:
        """Its place in the order of dates. What is not dated comes last."""
        on = When(self.on)
        undated = on.earliest is None and on.latest is None
        return undated, on.earliest or on.latest or date.min, on.latest or date.max


async def support(connection: Connection, clocks: Clocks, code: str) -> Page:
    """The page of the support of the organisation *code*. Raises NotThere."""
    line = await organisation_called(connection, code, clocks)
    as_at, known = clocks.as_at, clocks.then
    parts = await parts_of_kinds(connection, "stream", [line.id], kinds=KINDS, as_at=as_at, known=known)
    categories = await stated.categories_by(connection, "organisation_id", [line.id], as_at=as_at, known=known)
    cases = _cases(parts)
    named = {one.facts.get(name) for one in parts for name in _NAMING}
    named |= {shared for one in parts for shared in one.facts.get("shared_with") or ()}
    bodies = await register.organisations_by(connection, "id", sorted(one for one in named if one is not None))
    places = sorted({one.line.partnership_id for one in cases if one.line.partnership_id is not None})
    partnerships = await as_named(connection, await register.partnerships_by(connection, "id", places), clocks)
    path = f"/organisations/{line.code}"
    entries = (await told(connection, clocks, line.id, path)).entries
    dated = sorted([*_assessed(categories), *_supported(entries)], key=lambda one: one.order)
    return Page(
        template="support/cases.html",
        title=f"Support of {line.name}",
        section="search",
        path=f"{path}/support",
        trail=[("Organisations", "/organisations"), (line.name, path)],
        values={
            "organisation": line,
            "cases": cases,
            "turnovers": [one for one in parts if one.kind == "turnover"],
            "dated": dated,
            "named": {one.id: one for one in await as_named(connection, bodies, clocks)},
            "places": {one.id: one for one in partnerships},
        },
        sheet=Sheet(
            ("date", "assessment", "support", "position"),
            [(one.on, one.assessed, one.supported, one.position) for one in dated],
        ),
    )


async def cases_of(connection: Connection, organisation_id: str, clocks: Clocks) -> list[Case]:
    """The support cases of an organisation, in the order of their numbers."""
    as_at, known = clocks.as_at, clocks.then
    return _cases(await parts_of_kinds(connection, "stream", [organisation_id], kinds=KINDS, as_at=as_at, known=known))


def _cases(parts: Iterable[PartLine]) -> list[Case]:
    every = list(parts)
    return [
        Case(one, [its for its in every if its.kind in OF_CASE and its.part == one.number])
        for one in every
        if one.kind == "supportcase"
    ]


# --- In the order of dates --------------------------------------------------------------------------------------------


def _assessed(categories: Iterable[stated.CategoryLine]) -> Iterator[Dated]:
    for one in categories:
        method = f", method {one.method}" if one.method else ""
        yield Dated(one.on, one.position, assessed=f"{one.regime}{method}: {one.category}")


def _supported(entries: Iterable[Entry]) -> Iterator[Dated]:
    """What the timeline has in the lane of support. Concerns have a page of their own, for their readers."""
    for one in entries:
        if one.lane == Lane.SUPPORT.name and one.kind not in _CONCERNS:
            yield Dated(one.on, one.position, supported=one.title)


_CONCERNS = {event.__name__ for event in get_args(concern.Event)}
