"""Events as they are recorded. A client resumes after a position, with nothing skipped and nothing repeated."""

from collections.abc import AsyncGenerator

import strawberry

from api.context import Info
from api.contract.inputs import not_text
from api.contract.scalars import LogPosition
from api.contract.values import Lane
from api.types.log.audit import AuditEntry
from projections.audit import reading as audit
from projections.tables.paging import Window

PAGE = 100
# A notification may be lost, so the log is read again after this long.
POLL_SECONDS = 1.0


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
    ) -> AsyncGenerator[AuditEntry, None]:
        if partnership is not None and "\x00" in partnership:
            raise not_text("partnership")
        if after is not None:
            # A client that waits after a position that does not exist yet would miss the events before it.
            await info.context.within_the_log(after)
        of = await info.context.id_of("partnership", partnership)
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
