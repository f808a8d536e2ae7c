"""The page of take-up: how many each national programme reached, how many are subsidised, and who stays out and why."""

from collections import Counter
from collections.abc import Sequence
from decimal import ROUND_HALF_UP, Decimal

from pages.frame.clocks import Clocks
from pages.frame.page import Page, Sheet
from pages.register.programme import programme_called
from projections.parts.reading import PartLine, parts_by
from projections.register import reading as register
from projections.tables.paging import Connection
from projections.timeline.stated import take_up_by

RECORDED = ("recorded_authorities", "recorded_people", "recorded_places", "recorded_subsidised")
COUNTS = ("authorities", "participants", "subsidised_authorities", "subsidised_participants")


async def take_up(connection: Connection, clocks: Clocks, code: str) -> Page:
    """The take-up of the national programmes in the programme *code*. Raises NotThere."""
    line = await programme_called(connection, code)
    read = take_up_by["programme_id"]
    rows = await read(connection, "place", [line.id], as_at=clocks.as_at, known=clocks.then)
    ids = [one.partnership_id for one in rows]
    found = await parts_by(connection, "stream", ids, kind="nonparticipation", as_at=clocks.as_at, known=clocks.then)
    declined = {each: [one for one in found if one.stream == each] for each in ids}
    partnerships = await register.partnerships_by(connection, "id", ids)
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
            "declined": declined,
            "reasons": reasons,
            "silent": sum(not one.reported for one in rows),
        },
        sheet=Sheet(
            ("name", "group", "on", *COUNTS, *RECORDED, "declined", "reasons", "objective"),
            [
                (
                    one.name,
                    one.group,
                    one.on,
                    *(getattr(one, name) for name in (*COUNTS, *RECORDED)),
                    len(declined[one.partnership_id]),
                    reasons(declined[one.partnership_id]),
                    one.objective,
                )
                for one in rows
            ],
        ),
    )


def share(part: int | None, whole: int | None) -> Decimal | None:
    """The whole per cent that *part* is of *whole*, rounded half up; None where one is not counted."""
    if part is None or not whole:
        return None
    return (Decimal(100 * part) / whole).quantize(Decimal(1), ROUND_HALF_UP)


def reasons(declined: Sequence[PartLine]) -> str:
    """The reasons of those who stay out, the most frequent first, such as "cost 2, time 1"."""
    counts = Counter(one.facts["reason"].replace("_", " ") for one in declined)
    return ", ".join(f"{reason} {number}" for reason, number in sorted(counts.items(), key=lambda one: (-one[1], one)))
