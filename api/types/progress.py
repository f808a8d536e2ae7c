"""The head of the log and the progress of the read models, for clients."""

from datetime import datetime

import strawberry

from api.context import Info
from api.contract.scalars import LogPosition
from projections import progress


@strawberry.type(description="A read model, and how far it has come.")
class ProjectionStatus:
    name: str
    position: LogPosition
    lag: int = strawberry.field(description="Positions between it and the head of the log.")
    seconds_behind: float = strawberry.field(
        description="Seconds for which the first event that it has not taken in has waited; 0 where there is none."
    )
    state: str = strawberry.field(
        description="running; stopped before an event that it cannot take in; outdated, with tables of another version."
    )


@strawberry.type(description="The head of the log, and how far each read model has come.")
class Log:
    position: LogPosition
    recorded_at: datetime | None
    projections: list[ProjectionStatus]


@strawberry.type
class LogQuery:
    @strawberry.field
    async def log(self, info: Info) -> Log:
        async with info.context.reads.connection() as connection:
            lines = await progress.progress(connection)
            head = await progress.head(connection)
        return Log(
            position=LogPosition(head.position),
            recorded_at=head.recorded_at,
            projections=[
                ProjectionStatus(
                    name=line.name,
                    position=LogPosition(line.position),
                    lag=max(0, head.position - line.position),
                    seconds_behind=round(line.seconds_behind, 3),
                    state=line.state,
                )
                for line in lines
            ],
        )
