"""Concerns in GraphQL, for their readers. The text is given only in the answer to readConcern, which is recorded."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import strawberry
from anyio.to_thread import run_sync

from api.answering.fields import waiting, worked_out
from api.context import Context, Info
from api.contract.enums import enum_of
from api.contract.scalars import LogPosition
from api.contract.values import Node, When
from api.types.people.declared import OrganisationType, PartnershipType
from domain.across.readers import text_for
from domain.reading import Reading
from domain.values.ids import ConcernId
from projections.people.names import names_of
from projections.support import concerns
from projections.support.concerns import ConcernLine, ConcernStepLine, StepTaken
from projections.tables.paging import Connection

Names = dict[str, str]


@strawberry.type(description="Somebody who reads a concern, or did something with it.")
class ConcernReader:
    actor: str = strawberry.field(description="The id of the person, or the actor who is no person.")
    name: str | None = strawberry.field(
        description="What the person is called now. null for an actor who is no person."
    )

    @classmethod
    def of(cls, actor: str, names: Names) -> "ConcernReader":
        """The GraphQL object for *actor*."""
        return cls(actor=actor, name=names.get(actor))


@strawberry.type(description="What somebody did with a concern. Each reading of its text is one.")
class ConcernStep:
    position: LogPosition = strawberry.field(description="Its position in the log.")
    step: enum_of(StepTaken) = strawberry.field(description="What was done.")  # type: ignore[valid-type]
    on: When = strawberry.field(description="The day that was named.")
    recorded_at: datetime = strawberry.field(description="When it was recorded.")
    by: ConcernReader = strawberry.field(description="Who did it.")
    added: list[ConcernReader] = strawberry.field(description="Who became a reader with it.")
    removed: list[ConcernReader] = strawberry.field(description="Who is no reader any more since.")
    because: str | None = strawberry.field(description="Why the readers were changed. null for another step.")

    @classmethod
    def of(cls, line: ConcernStepLine, names: Names) -> "ConcernStep":
        """The GraphQL object for *line*."""
        return cls(
            position=LogPosition(line.position),
            step=enum_of(StepTaken)(line.step),
            on=When.read(line.on),
            recorded_at=line.recorded_at,
            by=ConcernReader.of(line.actor, names),
            added=[ConcernReader.of(one, names) for one in line.added],
            removed=[ConcernReader.of(one, names) for one in line.removed],
            because=line.because,
        )


@strawberry.type(
    description="A concern about a partnership or an organisation, without its text. Only its readers see it; to all"
    " others it does not exist. Once it is shared, everybody sees it on the timeline of the partnership."
)
class Concern(Node):
    raised: When = strawberry.field(description="The day on which it was raised.")
    raised_by: ConcernReader = strawberry.field(description="Who raised it.")
    readers: list[ConcernReader] = strawberry.field(description="Who may read it now.")
    shared: When | None = strawberry.field(description="The day on which it was shared. null before.")
    closed: When | None = strawberry.field(description="The day on which it was closed. null before.")
    steps: list[ConcernStep] = strawberry.field(description="What was done with it, in the order recorded.")
    partnership_id: strawberry.Private[str | None]
    organisation_id: strawberry.Private[str | None]

    @strawberry.field(description="The partnership that it is about. null if none is named.")
    async def partnership(self, info: Info) -> PartnershipType | None:
        from api.types.partnerships import find_partnership  # noqa: PLC0415 - it imports this folder

        return await find_partnership(info, self.partnership_id) if self.partnership_id else None

    @strawberry.field(description="The organisation that it is about. null if none is named.")
    async def organisation(self, info: Info) -> OrganisationType | None:
        from api.types.partnerships import find_organisation  # noqa: PLC0415 - it imports this folder

        return await find_organisation(info, self.organisation_id) if self.organisation_id else None

    @classmethod
    def of(cls, line: ConcernLine, steps: Sequence[ConcernStepLine], names: Names) -> "Concern":
        """The GraphQL object for *line* and its *steps*."""
        return cls(
            id=strawberry.ID(line.id),
            raised=When.read(line.raised),
            raised_by=ConcernReader.of(line.raised_by, names),
            readers=[ConcernReader.of(one, names) for one in line.readers],
            shared=When.read(line.shared) if line.shared else None,
            closed=When.read(line.closed) if line.closed else None,
            steps=[ConcernStep.of(one, names) for one in steps if one.concern_id == line.id],
            partnership_id=line.partnership_id,
            organisation_id=line.organisation_id,
        )


@strawberry.type(description="What a concern says, as its reader was shown it.")
class ConcernText:
    text: str = strawberry.field(description="The concern.")
    heard_from: str = strawberry.field(description="Where it comes from, in the words of whoever raised it.")
    conclusion: str | None = strawberry.field(description="What became of it. null before it is closed.")


async def _with_steps(connection: Connection, lines: Sequence[ConcernLine]) -> list[Concern]:
    steps = await concerns.steps_of(connection, [line.id for line in lines])
    names = await names_of(connection, concerns.people_in(lines, steps))
    return [Concern.of(line, steps, names) for line in lines]


async def concerns_for(context: Context) -> list[Concern]:
    """The concerns that the caller may read, the latest first."""
    async with context.reads.own() as connection:
        return await _with_steps(connection, await concerns.concerns(connection))


async def find_concern(info: Info, concern_id: str) -> Concern | None:
    """The concern with this id, if the caller may read it."""
    async with info.context.reads.own() as connection:
        line = await concerns.concern_with(connection, concern_id)
        return (await _with_steps(connection, [line]))[0] if line is not None else None


async def text_of(info: Info, concern_id: str, _: Any) -> ConcernText:
    """What the concern says, for somebody who reads it now. Raises ConcernUnknown for others.

    It comes from the log: no table that readers have holds it.
    """
    context = info.context
    found = await run_sync(
        lambda: text_for(Reading(context.log, context.log.states), ConcernId(concern_id), context.actor)
    )
    return ConcernText(text=found.text, heard_from=found.heard_from, conclusion=found.conclusion)


@strawberry.type
class ConcernQuery:
    concerns: list[Concern] = worked_out(
        waiting(concerns_for), "The concerns that the caller may read, the latest first, without their texts."
    )
