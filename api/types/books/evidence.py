"""Evidence packs in GraphQL: where a client gets the zip file that proves figures."""

from datetime import date, datetime
from typing import Any
from urllib.parse import quote, urlencode

import strawberry

from api.answering.shapes import FORM, Made, each
from api.context import Context, Info
from api.contract.scalars import LogPosition, write_instant
from projections import progress
from projections.money.funding import FIGURES, HELD


@strawberry.type(
    description="A zip file that proves figures, and is checked without a network: a statement, the stored events that"
    " the figures come from, a receipt of each, and one Python file that checks all of it."
)
class EvidencePack:
    url: str = strawberry.field(description="The path to get the file from, with both clocks in it.")
    as_at: date = strawberry.field(description="The day of the figures.")
    known_at: datetime = strawberry.field(description="The instant as known at which the figures are.")
    position: LogPosition = strawberry.field(description="The last position of the log that the figures include.")
    figures: list[str] = strawberry.field(description="The figures of Funding that the file proves, by name.")


async def pack_of(
    context: Context, kind: str, code: str, as_at: date | None = None, known_at: datetime | None = None
) -> EvidencePack:
    """Where the pack of the thing called *code* is, which is an award or what else has a ladder."""
    day, known = await context.moment(as_at, known_at)
    async with context.reads.connection() as connection:
        position = known if known is not None else await progress.reached(connection)
        instant = known_at or await progress.recorded_at(connection, position)
    clocks = {"as-at": day.isoformat()} | ({"known-at": write_instant(instant)} if instant else {})
    return EvidencePack(
        url=f"/evidence/{kind}/{quote(code)}.zip?{urlencode(clocks)}",
        as_at=day,
        known_at=instant or datetime.min,
        position=LogPosition(position),
        figures=[*FIGURES, *HELD],
    )


def evidence(kind: str, row: str, column: str = "code") -> Any:
    """The field with the pack of the thing of a *kind* in *row*, which *column* names."""

    async def resolve(
        root: Any, info: Info, as_at: date | None = None, known_at: datetime | None = None
    ) -> EvidencePack:
        return await pack_of(info.context, kind, getattr(root, column), as_at, known_at)

    return strawberry.field(
        resolver=resolve,
        description="Where to get the evidence of its figures, as at the day asAt and as known at the instant knownAt.",
        metadata={FORM: Made(make=each(pack_of), key=f"json_build_array('{kind}', {row}.{column})")},
    )
