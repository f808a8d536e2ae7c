"""The pages of a programme and of a scheme: the ladder, and what is below it."""

from pages.clocks import Clocks
from pages.money import ladders
from pages.page import NotThere, Page
from pages.partnerships import by_scope
from projections import lists
from projections.register import reading as register
from projections.register.reading import PartnershipLine
from projections.tables.paging import Connection, Window, page

MOST = 500


async def programme(connection: Connection, clocks: Clocks, code: str) -> Page:
    """The page of the programme *code*. Raises NotThere."""
    found = await register.programmes_by(connection, "code", [code])
    if not found:
        raise NotThere(f"There is no programme {code[:80]}.")
    line = found[0]
    schemes = await register.schemes_by(connection, "programme_id", [line.id])
    return Page(
        template="programme.html",
        title=line.name,
        section="home",
        path=f"/programmes/{line.code}",
        values={
            "scope": "programmes",
            "code": line.code,
            "ladders": await ladders(connection, "programme_id", line.id, clocks),
            "below": [("schemes", one.code, one.name) for one in schemes],
            "of_below": await by_scope(connection, "scheme_id", [one.id for one in schemes], clocks),
            "ids": [one.id for one in schemes],
            "called": "Schemes",
        },
    )


async def scheme(connection: Connection, clocks: Clocks, code: str) -> Page:
    """The page of the scheme *code*. Raises NotThere."""
    found = await register.schemes_by(connection, "code", [code])
    if not found:
        raise NotThere(f"There is no scheme {code[:80]}.")
    line = found[0]
    (above,) = await register.programmes_by(connection, "id", [line.programme_id])
    listing = lists.listing("partnerships", lists.Wanted(scheme=line.id), lists.NAME)
    partnerships = (await page(connection, PartnershipLine, listing, Window(size=MOST))).lines
    return Page(
        template="programme.html",
        title=line.name,
        section="home",
        path=f"/schemes/{line.code}",
        trail=[(above.name, f"/programmes/{above.code}")],
        values={
            "scope": "schemes",
            "code": line.code,
            "ladders": await ladders(connection, "scheme_id", line.id, clocks),
            "below": [("partnerships", one.code, one.name) for one in partnerships],
            "of_below": await by_scope(connection, "partnership_id", [one.id for one in partnerships], clocks),
            "ids": [one.id for one in partnerships],
            "called": "Partnerships",
        },
    )
