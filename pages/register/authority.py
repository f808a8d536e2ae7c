"""The page of the authority in a programme: bodies with members, who may decide what, and duties not kept apart."""

from pages.frame.clocks import Clocks
from pages.frame.page import Page, Sheet
from pages.register.programme import programme_called
from projections.people.office import office_of
from projections.tables.paging import Connection

_COLUMNS = ("body", "decisions", "limit", "currency", "where", "since", "until", "given by", "code", "stated in")


async def authority(connection: Connection, clocks: Clocks, code: str) -> Page:
    """The page of who may decide what in the programme *code*. Raises NotThere."""
    line = await programme_called(connection, code)
    office = await office_of(connection, line.id, clocks.as_at, clocks.then)
    return Page(
        template="register/authority.html",
        title=f"Authority in {line.name}",
        section="home",
        path=f"/programmes/{line.code}/authority",
        trail=[(line.name, f"/programmes/{line.code}")],
        values={"office": office},
        sheet=Sheet(
            _COLUMNS,
            [
                (
                    one.body,
                    one.decisions,
                    one.line.limit_amount,
                    one.line.currency,
                    one.where,
                    one.line.since,
                    one.line.until,
                    one.given_by,
                    one.line.code,
                    "; ".join(one.line.sources) or None,
                )
                for one in office.limits
            ],
        ),
    )
