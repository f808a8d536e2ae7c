"""The page of an award: its money, its parts with who did what, its timeline and its events."""

from domain.values.when import When
from pages.drawing.lanes import drawn
from pages.frame.clocks import Clocks
from pages.frame.listed import Listed, cut
from pages.frame.page import NotThere, Page
from pages.frame.tables import missing, sheet_of, tables
from pages.grants.budget import budget_shown
from pages.grants.parts import KINDS, taken_back
from pages.money.ladder import award_called, ladders
from pages.register.entries import PARAMETERS, chosen
from pages.register.names import as_named
from projections import awards, bids, rounds
from projections.audit import reading as audit
from projections.audit.reading import AuditLine
from projections.awards import AwardLine
from projections.parts.reading import every_part
from projections.register import reading as register
from projections.register.reading import OrganisationLine, PartnershipLine
from projections.tables.effect import counts_from, sorts_on
from projections.tables.paging import Connection, Window
from projections.timeline import reading as timeline
from projections.timeline.reading import Entry

# How many events are on one page, and the most that are read of an award.
LISTED = 100
MOST = 5000


async def award(connection: Connection, clocks: Clocks, award_id: str, asked: dict[str, str]) -> Page:
    """The page of the award with this id or reference. Raises NotThere and BadAddress."""
    line = await award_called(connection, award_id)
    if line.position > clocks.position:
        raise NotThere(f"There is no award {award_id[:80]}, as it was known then.")
    place, payee, funder = await _named(connection, line, clocks)
    parts = await every_part(connection, line.id, as_at=clocks.as_at, known=clocks.then)
    listing = timeline.entry_list(line.partnership_id, known=clocks.then, stream=line.id)
    entries = await timeline.every_entry(connection, listing, clocks.as_at)
    happened, is_cut = await _happened(connection, clocks, line, entries, asked)
    found = tables(KINDS, parts)
    return Page(
        template="grants/award.html",
        money_of=(line.id,),
        title=f"Award {line.reference}",
        section="partnerships",
        path=f"/awards/{line.id}",
        trail=[(place.name, f"/partnerships/{place.code}")],
        values={
            "award": line,
            "partnership": place,
            "payee": payee,
            "funder": funder,
            "bid": next(iter(await bids.bids_by(connection, "id", [line.bid_id])), None) if line.bid_id else None,
            "round": next(iter(await rounds.rounds_by(connection, "id", [line.round_id])), None)
            if line.round_id
            else None,
            "funded_from": await awards.awards_by(connection, "id", [line.funded_from]) if line.funded_from else [],
            "sub_awards": await awards.awards_by(connection, "funded_from", [line.id]),
            "not_yet": counts_from(When(line.on)) > clocks.as_at,
            "ladders": await ladders(connection, "award_id", line.id, clocks),
            "budget": budget_shown(line.id, line.currency, parts),
            "tables": found,
            "missing": missing(KINDS, found),
            "drawing": drawn(entries, clocks.as_at, taken_back(parts)),
            "shown": {name: asked[name] for name in PARAMETERS if name in asked},
            "happened": happened,
            "is_cut": is_cut,
        },
        sheet=sheet_of(parts),
    )


async def _named(
    connection: Connection, line: AwardLine, clocks: Clocks
) -> tuple[PartnershipLine, OrganisationLine | None, OrganisationLine | None]:
    """The partnership, the recorded lead, which is paid, and the funder, with the names that they had."""
    places = await as_named(connection, await register.partnerships_by(connection, "id", [line.partnership_id]), clocks)
    lead = places[0].recorded_lead_id
    funders: list[OrganisationLine] = [*await register.funders_by(connection, "award_id", [line.id])]
    leads = await register.organisations_by(connection, "id", [lead]) if lead else []
    named = {one.id: one for one in await as_named(connection, [*leads, *funders], clocks)}
    return places[0], named.get(lead or ""), named[funders[0].id] if funders else None


async def _happened(
    connection: Connection, clocks: Clocks, line: AwardLine, entries: list[Entry], asked: dict[str, str]
) -> tuple[Listed[tuple[AuditLine, Entry | None]], bool]:
    """The events of the award that took effect by the day, in the order of their dates, then of the log.

    Each has its entry in the timeline, if it has one. If the address asks for a lane or for days, they are those of the
    entries that it asks for. The other value says whether the award has more events than are read.
    """
    listing = audit.audit_list(stream=line.id, up_to=clocks.position)
    found = await audit.entries(connection, listing, Window(size=MOST))
    told = {entry.position: entry for entry in filter(chosen(asked), entries)}
    every = not any(name in asked for name in PARAMETERS)
    events = [
        (one, told.get(one.position))
        for one in found.lines
        if one.position in told or (every and counts_from(When(one.effective)) <= clocks.as_at)
    ]
    events.sort(key=lambda both: (sorts_on(When(both[1].on if both[1] else both[0].effective)), both[0].position))
    return cut(events, asked, LISTED), found.has_next
