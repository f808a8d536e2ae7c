"""The page of an organisation: its names, identifiers, roles and mergers over time, its awards, and what it was paid.

As at a day on which others are part of it, it shows what all of them have, each thing once.
"""

from dataclasses import replace
from typing import Any

from pages.frame.clocks import Clocks
from pages.frame.listed import listed
from pages.frame.page import NotThere, Page, Sheet
from pages.grants.round import places_of
from pages.money.ladder import ladders
from pages.register.happened import told
from pages.register.names import as_named
from projections import awards, lists
from projections.awards import AwardLine
from projections.parts.reading import PartLine, parts_by
from projections.register import held
from projections.register import reading as register
from projections.register.reading import OrganisationLine
from projections.tables.paging import Connection, Window, counts, page, totals

LISTED = 50
# The most parts in partnerships that are shown: a national funder has a part in every partnership that it funds.
ROLES = 200


async def organisation(connection: Connection, clocks: Clocks, code: str, asked: dict[str, str]) -> Page:
    """The page of the organisation with this code or id. Raises NotThere, and BadAddress for a page that there is not.

    The page that the address asks for is that of its awards.
    """
    line = await organisation_called(connection, code, clocks)
    as_at, known = clocks.as_at, clocks.then
    roles = await held.roles_by(connection, "organisation_id", [line.id], as_at=as_at, known=known, most=ROLES + 1)
    identifiers = await parts_by(connection, "stream", [line.id], kind="identifier", as_at=as_at, known=known)
    merged = await held.merged_by(connection, "part_id", [line.id], as_at=as_at, known=known)
    took_over = await held.merged_by(connection, "whole_id", [line.id], as_at=as_at, known=known)
    of_then: dict[str, Any] = {"up_to": known, "one_on": as_at}
    with_it = lists.listing("awards", lists.Wanted(organisation=line.id, **of_then), lists.RECORDED)
    given = lists.listing("awards", lists.Wanted(funder=line.id, **of_then), lists.RECORDED)
    of_payee = lists.Wanted(payee=line.id, **of_then)
    paid = lists.listing("payments", of_payee, lists.RECORDED, descending=True)
    sent = lists.listing("payments", replace(of_payee, states=["released", "settled", "stated"]), lists.RECORDED)
    its_awards = await listed(connection, AwardLine, with_it, asked, LISTED)
    payments = (await page(connection, PartLine, paid, Window(size=LISTED))).lines
    of_payments = {one.id: one for one in await awards.awards_by(connection, "id", [one.stream for one in payments])}
    places = await places_of(connection, [*its_awards.lines, *of_payments.values()], clocks)
    of_roles = await register.partnerships_by(connection, "id", [one.partnership_id for one in roles])
    places |= {one.id: one for one in await as_named(connection, of_roles, clocks)}
    payments_count, given_count = await counts(connection, [paid, given])
    return Page(
        template="register/organisation.html",
        title=line.name,
        section="search",
        path=f"/organisations/{line.code}",
        trail=[("Organisations", "/organisations")],
        values={
            "organisation": line,
            "told": await told(connection, clocks, line.id, f"/organisations/{line.code}"),
            "names": await held.names_by(connection, "thing", [line.id], as_at=as_at, known=known),
            "identifiers": identifiers,
            "merged": await as_named(connection, merged, clocks),
            "took_over": await as_named(connection, took_over, clocks),
            "roles": roles[:ROLES],
            "more_roles": len(roles) > ROLES,
            "places": places,
            "listed": its_awards,
            "awarded": await totals(connection, with_it),
            "given_count": given_count,
            "ladders": await ladders(connection, "funder_id", line.id, clocks),
            "payments": payments,
            "payments_count": payments_count,
            "paid": await totals(connection, sent),
            "award_of": of_payments,
        },
        sheet=Sheet(
            ("award", "purpose", "partnership", "amount", "currency", "state", "on"),
            [
                (one.reference, one.purpose, places[one.partnership_id].code, one.amount, one.currency, one.status,
                 one.on)
                for one in its_awards.lines
            ],
        ),
    )  # fmt: skip


async def organisation_called(connection: Connection, code: str, clocks: Clocks) -> OrganisationLine:
    """The organisation with this code or id, with the name that it had. Raises NotThere, with codes like it."""
    for column in ("code", "id"):
        found = await register.organisations_by(connection, column, [code])
        if found:
            return (await as_named(connection, found, clocks))[0]
    near = await register.codes_like(connection, "organisation", code[:40])
    hint = f" Codes that are like it: {', '.join(near)}." if near else ""
    raise NotThere(f"There is no organisation {code[:80]}.{hint}")
