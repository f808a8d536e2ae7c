"""The page of a partnership: its timeline, money, awards and payments, partners, plans and outcomes."""

from dataclasses import dataclass, replace
from datetime import datetime

from domain.values.fact import Lane
from domain.values.when import When
from pages.drawing import travelled
from pages.drawing.lanes import drawn
from pages.frame.clocks import Clocks
from pages.frame.listed import cut
from pages.frame.page import NotThere, Page, Sheet
from pages.frame.tables import currency_of
from pages.grants.parts import taken_back
from pages.money.ladder import Ladder, ladders
from pages.register.delivery import delivery
from pages.register.entries import PARAMETERS, chosen, lane_asked
from pages.register.happened import COLUMNS
from pages.register.names import as_named
from pages.register.partnerships import by_scope
from pages.register.plan import planned
from projections import awards
from projections.outcomes import outcomes
from projections.parts.reading import PartLine, parts_by
from projections.people.office import governed_of
from projections.register import held
from projections.register import reading as register
from projections.register.reading import OrganisationLine, PartnershipLine
from projections.tables.effect import counts_from
from projections.tables.paging import Connection
from projections.timeline import reading as timeline

# How many entries are listed on one page.
LISTED = 100


@dataclass(frozen=True, slots=True)
class Awarded:
    """An award with its ladders, and its payments. *currency* is that of all of them; None where they have several."""

    line: awards.AwardLine
    ladders: list[Ladder]
    payments: list[PartLine]

    @property
    def currency(self) -> str | None:
        return currency_of(self.payments)


@dataclass(frozen=True, slots=True)
class Moments:
    """The steps from one moment of knowledge to the next: *before* and *after* are positions, None at either end.

    *number* is that of the moment shown, of *count*.
    """

    before: int | None
    after: int | None
    number: int
    count: int


async def partnership(connection: Connection, clocks: Clocks, code: str, asked: dict[str, str]) -> Page:
    """The page of the partnership *code*. Raises NotThere, and BadAddress for a lane or page that there is not."""
    line = await partnership_called(connection, code, clocks)
    path = f"/partnerships/{line.code}"
    listing = timeline.entry_list(line.id, known=clocks.then)
    entries = await timeline.every_entry(connection, listing, clocks.as_at)
    (scheme,) = await register.schemes_by(connection, "id", [line.scheme_id])
    (programme,) = await register.programmes_by(connection, "id", [scheme.programme_id])
    partners = await held.partners_by_then(connection, line.id, as_at=clocks.as_at, known=clocks.then)
    its_plans = await planned(connection, line.id, clocks)
    named = {*its_plans.named, *(one.organisation_id for one in partners)}
    organisations = await _organisations(connection, sorted(named), clocks)
    its_awards = await _awards(connection, line.id, clocks)
    happened = cut([*filter(chosen(asked), entries)], asked, LISTED)
    back = {event for one in its_awards for event in taken_back(one.payments)}
    return Page(
        template="register/partnership.html",
        money_of=(line.id,),
        title=line.name,
        section="partnerships",
        path=path,
        trail=[(programme.name, f"/programmes/{programme.code}"), (scheme.name, f"/schemes/{scheme.code}")],
        values={
            "partnership": line,
            "programme": programme.code,
            "drawing": drawn(entries, clocks.as_at, back),
            "undated": [entry for entry in entries if not When(entry.on).is_known],
            "happened": happened,
            "lane": lane_asked(asked),
            "shown": {name: asked[name] for name in PARAMETERS if name in asked},
            "lanes": [lane.value for lane in Lane if any(entry.lane == lane.name for entry in entries)],
            "ladders": await ladders(connection, "partnership_id", line.id, clocks),
            "awards": its_awards,
            "references": {one.line.id: one.line.reference for one in its_awards},
            "partners": [(organisations[one.organisation_id], one) for one in partners],
            "outcomes": await outcomes.outcomes_by(
                connection, "partnership_id", [line.id], as_at=clocks.as_at, known=clocks.then
            ),
            "travelled": outcomes.distance_travelled,
            "way_of": travelled.drawn,
            "governed": await governed_of(connection, "partnership_id", line.id, clocks.as_at, clocks.then),
            "chain": await delivery(connection, line, clocks),
            "planned": replace(its_plans, organisations=organisations),
            "moments": _moment(await timeline.moments(connection, line.id), clocks),
        },
        sheet=Sheet(COLUMNS, [tuple(getattr(one, name) for name in COLUMNS) for one in happened.lines]),
    )


async def partnership_called(connection: Connection, code: str, clocks: Clocks) -> PartnershipLine:
    """The partnership *code*, with the name that it had. Raises NotThere, with the codes that are like it."""
    found = await register.partnerships_by(connection, "code", [code])
    if not found:
        near = await register.codes_like(connection, "partnership", code[:40])
        hint = f" Codes that are like it: {', '.join(near)}." if near else ""
        raise NotThere(f"There is no partnership {code[:80]}.{hint}")
    return (await as_named(connection, found, clocks))[0]


async def _organisations(connection: Connection, ids: list[str], clocks: Clocks) -> dict[str, OrganisationLine]:
    """Organisations with the names that they had."""
    found = await as_named(connection, await register.organisations_by(connection, "id", ids), clocks)
    return {one.id: one for one in found}


async def _awards(connection: Connection, partnership_id: str, clocks: Clocks) -> list[Awarded]:
    lines = [
        one
        for one in await awards.awards_by(connection, "partnership_id", [partnership_id])
        if one.position <= clocks.position and counts_from(When(one.on)) <= clocks.as_at
    ]
    ids = [one.id for one in lines]
    found = await by_scope(connection, "award_id", ids, clocks)
    payments = await parts_by(connection, "stream", ids, kind="payment", as_at=clocks.as_at, known=clocks.then)
    return [Awarded(one, found[one.id], [paid for paid in payments if paid.stream == one.id]) for one in lines]


def _moment(known: list[tuple[int, datetime]], clocks: Clocks) -> Moments:
    positions = [position for position, _ in known]
    before = [one for one in positions if one <= clocks.position]
    after = [one for one in positions if one > clocks.position]
    return Moments(before[-2] if len(before) > 1 else None, after[0] if after else None, len(before), len(positions))
