"""The end of the log and the progress of the read models in GraphQL."""

from datetime import datetime
from enum import Enum

import strawberry

from api.answering.fields import waiting, worked_out
from api.context import Context
from api.contract.scalars import LogPosition
from projections import progress
from projections.epochs import epochs


@strawberry.enum(description="Whether a read model processes events.")
class ProjectionCondition(Enum):
    RUNNING = "running"
    STOPPED = strawberry.enum_value("stopped", description="It cannot process an event.")
    PAUSED = strawberry.enum_value("paused", description="Somebody paused it. It stays where it is.")
    OUTDATED = strawberry.enum_value("outdated", description="Its tables have another version. Rebuild it.")


@strawberry.type(description="A read model, and how far it has progressed.")
class ProjectionStatus:
    name: str
    position: LogPosition
    lag: int = strawberry.field(description="How many positions it is behind the end of the log.")
    seconds_behind: float = strawberry.field(
        description="For how many seconds the first event that it has not processed has waited. 0 if there is none."
    )
    state: str = strawberry.field(
        description="running. stopped, if it cannot process an event. paused, if somebody paused it. outdated, if its"
        " tables have another version.",
        deprecation_reason="From 2026-11-29: use condition.",
    )
    condition: ProjectionCondition = strawberry.field(description="Whether it processes events.")
    failed_position: LogPosition | None = strawberry.field(description="The event that it cannot process.")
    paused_at: datetime | None = strawberry.field(description="Since when it is paused.")
    reason: str | None = strawberry.field(description="Why it is paused.")


@strawberry.type(description="The end of the log, and how far each read model has progressed.")
class Log:
    position: LogPosition
    recorded_at: datetime | None
    epoch: int = strawberry.field(
        description="The epoch of the log. It rises when the database is restored or replaced by its standby. A"
        " position that a later epoch did not take over may be that of another event."
    )
    projections: list[ProjectionStatus]


async def log_now(context: Context) -> Log:
    """The end of the log and the progress of the read models, now."""
    async with context.reads.connection() as connection:
        lines = await progress.progress(connection)
        head = await progress.head(connection)
    return Log(
        position=LogPosition(head.position),
        recorded_at=head.recorded_at,
        epoch=epochs.present,
        projections=[
            ProjectionStatus(
                name=line.name,
                position=LogPosition(line.position),
                lag=max(0, head.position - line.position),
                seconds_behind=round(line.seconds_behind, 3),
                state=line.state,
                condition=ProjectionCondition(line.state),
                failed_position=LogPosition(line.failed_position) if line.failed_position is not None else None,
                paused_at=line.paused_at,
                reason=line.reason,
            )
            for line in lines
        ],
    )


@strawberry.type
class LogQuery:
    log: Log = worked_out(waiting(log_now), "The end of the log, and how far each read model has progressed.")
