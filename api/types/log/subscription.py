"""Events and timeline entries as they are recorded. A client resumes after a position: nothing skipped or repeated."""

from collections.abc import AsyncGenerator
from typing import Annotated

import strawberry

from api.context import Info
from api.contract import cursor
from api.contract.inputs import not_text
from api.contract.scalars import LogPosition
from api.contract.values import Lane
from api.types.lists.one import one_of
from api.types.log.audit import AuditEntry
from api.types.timeline import TimelineEntry, entry_of
from projections.audit import reading as audit
from projections.tables.paging import Window
from projections.timeline import reading as timeline
from projections.timeline.things import Including

Thing = Annotated[strawberry.ID | None, strawberry.argument(description="The thing of this kind, by id or code.")]
Epoch = Annotated[
    int | None,
    strawberry.argument(
        description="The epoch of the log in which you received the position: log { epoch }. A position that a later"
        " epoch did not take over is refused."
    ),
]
PAGE = 100
# A notification may be lost, so the log is read again after this long.
POLL_SECONDS = 1.0


def _refuse_ended(after: int | None, epoch: int | None) -> None:
    """Refuse to resume after a position of an epoch that has ended. Raises Problem EPOCH_ENDED."""
    if after is not None and epoch is not None:
        cursor.refuse_ended(epoch, after)


@strawberry.type(description="What became known of a timeline at one position of the log.")
class TimelineUpdate:
    position: LogPosition = strawberry.field(description="Where to resume: give it as after.")
    entries: list[TimelineEntry] = strawberry.field(
        description="New entries, and entries whose date is corrected. An entry with an id that you have replaces it."
    )


@strawberry.type
class Subscription:
    @strawberry.subscription(
        description="Every event after a position, then each new event as it is recorded. To resume, give the last"
        " position that you received."
    )
    async def events(
        self,
        info: Info,
        after: LogPosition | None = None,
        partnership: strawberry.ID | None = None,
        lanes: list[Lane] | None = None,
        epoch: Epoch = None,
    ) -> AsyncGenerator[AuditEntry, None]:
        _refuse_ended(after, epoch)
        of = await _thing(info, "partnership", partnership, after)
        seen = after or 0
        while True:
            listing = audit.audit_list(partnership_id=of, lanes=lanes, after=seen)
            async with info.context.reads.connection() as connection:
                page = await audit.entries(connection, listing, Window(size=PAGE))
            for line in page.lines:
                yield AuditEntry.of(line)
                seen = line.position
            if not page.has_next:
                await info.context.reads.moved(POLL_SECONDS)

    @strawberry.subscription(
        description="The entries of the timeline of one thing after a position, then each new one as it is recorded, in"
        " the order of the log. To resume, give the last position that you received. Give exactly one thing."
    )
    async def timeline_entries(
        self,
        info: Info,
        partnership: Annotated[
            strawberry.ID | None, strawberry.argument(description="A partnership, by id or code.")
        ] = None,
        after: LogPosition | None = None,
        lanes: list[Lane] | None = None,
        programme: Thing = None,
        scheme: Thing = None,
        round: Thing = None,  # noqa: A002 - the word of the field
        organisation: Thing = None,
        including: Including = Including.OWN,
        epoch: Epoch = None,
    ) -> AsyncGenerator[TimelineUpdate, None]:
        _refuse_ended(after, epoch)
        kind, name = one_of(
            partnership=partnership, programme=programme, scheme=scheme, round=round, organisation=organisation
        )
        of = await _thing(info, kind, name, after) or ""
        seen = after or 0
        while True:
            async with info.context.reads.connection() as connection:
                found = await timeline.updates(connection, of, lanes, seen, PAGE, including)
            # What was read for earlier entries would be kept as long as the client listens.
            info.context.forget_rows()
            for position, entries in found:
                yield TimelineUpdate(position=LogPosition(position), entries=[entry_of(one) for one in entries])
                seen = position
            if not found:
                await info.context.reads.moved(POLL_SECONDS)


async def _thing(info: Info, kind: str, name: str | None, after: int | None) -> str | None:
    """The id of the thing of a *kind* to listen to; None for all. Raises Problem for an unknown one, a later position.

    *name* is its id or code.
    """
    if name is not None and "\x00" in name:
        raise not_text(kind)
    if after is not None:
        # A client that waits after a position that does not exist yet would miss the events before it.
        await info.context.within_the_log(after)
    return await info.context.id_of(kind, name)
