"""The page of take-up: how many authorities and people each national programme reached, and how many are subsidised."""

from decimal import ROUND_HALF_UP, Decimal

from pages.frame.clocks import Clocks
from pages.frame.page import Page, Sheet
from pages.register.programme import programme_called
from projections.register import reading as register
from projections.tables.paging import Connection
from projections.timeline.stated import take_up_by

COUNTS = ("authorities", "participants", "subsidised_authorities", "subsidised_participants")


async def take_up(connection: Connection, clocks: Clocks, code: str) -> Page:
    """The take-up of the national programmes in the programme *code*. Raises NotThere."""
    line = await programme_called(connection, code)
    read = take_up_by["programme_id"]
    rows = await read(connection, "place", [line.id], as_at=clocks.as_at, known=clocks.then)
    partnerships = await register.partnerships_by(connection, "id", [one.partnership_id for one in rows])
    providers = sorted({one.provider_id for one in rows if one.provider_id is not None})
    return Page(
        template="register/take_up.html",
        title=f"Take-up in {line.name}",
        section="home",
        path=f"/programmes/{line.code}/take-up",
        trail=[(line.name, f"/programmes/{line.code}")],
        values={
            "rows": rows,
            "named": {one.id: one for one in partnerships},
            "providers": {one.id: one for one in await register.organisations_by(connection, "id", providers)},
            "share": share,
            "silent": sum(not one.reported for one in rows),
        },
        sheet=Sheet(
            ("name", "group", "on", *COUNTS, "objective"),
            [(one.name, one.group, one.on, *(getattr(one, name) for name in COUNTS), one.objective) for one in rows],
        ),
    )


def share(part: int | None, whole: int | None) -> Decimal | None:
    """The whole per cent that *part* is of *whole*, rounded half up; None where one is not counted."""
    if part is None or not whole:
        return None
    return (Decimal(100 * part) / whole).quantize(Decimal(1), ROUND_HALF_UP)
