"""The pages of a programme and of a scheme: the ladder, what is below it, bodies and rules."""

from collections.abc import Sequence

from pages.frame.clocks import Clocks
from pages.frame.page import NotThere, Page
from pages.money.ladder import ladders, sheet_of
from pages.register.happened import told
from pages.register.partnerships import by_scope
from projections import lists
from projections.people.office import governed_of, places_of
from projections.register import reading as register
from projections.register.reading import OrganisationLine, PartnershipLine, ProgrammeLine, SchemeLine
from projections.rounds import RoundLine
from projections.tables.paging import Connection, Window, page

# How many partnerships or rounds of a scheme are shown.
MOST = 500


async def programme_called(connection: Connection, code: str) -> ProgrammeLine:
    """The programme with this code. Raises NotThere."""
    found = await register.programmes_by(connection, "code", [code])
    if not found:
        raise NotThere(f"There is no programme {code[:80]}.")
    return found[0]


async def programme(connection: Connection, clocks: Clocks, code: str) -> Page:
    """The page of the programme *code*. Raises NotThere."""
    line = await programme_called(connection, code)
    schemes = await register.schemes_by(connection, "programme_id", [line.id])
    thing = ("programme_id", "programmes", line.id, line.code, line.name)
    return await _page(connection, clocks, thing, line, schemes, [])


async def scheme(connection: Connection, clocks: Clocks, code: str) -> Page:
    """The page of the scheme *code*. Raises NotThere."""
    found = await register.schemes_by(connection, "code", [code])
    if not found:
        raise NotThere(f"There is no scheme {code[:80]}.")
    line = found[0]
    (above,) = await register.programmes_by(connection, "id", [line.programme_id])
    listing = lists.listing("partnerships", lists.Wanted(scheme=line.id), lists.NAME)
    below = (await page(connection, PartnershipLine, listing, Window(size=MOST))).lines
    trail = [(above.name, f"/programmes/{above.code}")]
    of_rounds = lists.listing("rounds", lists.Wanted(scheme=line.id, up_to=clocks.then), lists.RECORDED)
    rounds = (await page(connection, RoundLine, of_rounds, Window(size=MOST))).lines
    thing = ("scheme_id", "schemes", line.id, line.code, line.name)
    return await _page(connection, clocks, thing, line, below, trail, rounds)


async def _page(
    connection: Connection,
    clocks: Clocks,
    thing: tuple[str, str, str, str, str],
    line: ProgrammeLine | SchemeLine,
    below: Sequence[SchemeLine | PartnershipLine],
    trail: list[tuple[str, str]],
    rounds: list[RoundLine] | None = None,
) -> Page:
    """The page of a *thing* (column of its id, folder of its kind, id, code, name), with what is *below* it.

    *line* says what it is. Only a scheme has *rounds*.
    """
    column, folder, its_id, code, name = thing
    of_below, kind = ("scheme_id", "schemes") if column == "programme_id" else ("partnership_id", "partnerships")
    found = await by_scope(connection, of_below, [one.id for one in below], clocks)
    governed = await governed_of(connection, column, its_id, clocks.as_at, clocks.then)
    its_own = await ladders(connection, column, its_id, clocks)
    return Page(
        template="register/programme.html",
        title=name,
        section="home",
        path=f"/{folder}/{code}",
        trail=trail,
        values={
            "scope": folder,
            "code": code,
            "line": line,
            "funder": await _funder(connection, line.funder_id),
            "ladders": its_own,
            "below": [(kind, one.code, one.name) for one in below],
            "of_below": found,
            "ids": [one.id for one in below],
            "called": kind.capitalize(),
            "governed": governed,
            "told": await told(connection, clocks, its_id, f"/{folder}/{code}"),
            # All of a scheme's are its own.
            "places": await places_of(connection, governed) if column == "programme_id" else None,
            "rounds": rounds,
            "most": MOST,
            "of_rounds": await by_scope(connection, "round_id", [one.id for one in rounds or ()], clocks),
        },
        sheet=sheet_of([(code, name, its_own), *((one.code, one.name, found[one.id]) for one in below)]),
    )


async def _funder(connection: Connection, its_id: str | None) -> OrganisationLine | None:
    found = await register.organisations_by(connection, "id", [its_id]) if its_id is not None else []
    return found[0] if found else None
