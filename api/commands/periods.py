"""Close the books of a programme for a period. A closed period is never reopened."""

from collections.abc import Mapping
from datetime import date
from typing import Annotated, Any

import strawberry

from api.commands.by_hand import SUCCEEDED, Conflict, Refusal, Success, find_id, hand_in_command
from api.context import Info
from api.contract.inputs import day, words
from api.types.periods import ClosedPeriod, periods_of
from domain.books import ClosePeriod
from domain.history import Command
from domain.programme import ProgrammeUnknown
from domain.values.ids import ProgrammeId
from domain.values.when import When


@strawberry.type(description=SUCCEEDED)
class PeriodRecorded(Success):
    period: ClosedPeriod = strawberry.field(description="The closed period. It is never reopened.")


PeriodResult = Annotated[
    PeriodRecorded | Refusal | Conflict,
    strawberry.union("PeriodResult", description="The result of a command about the books of a programme."),
]


@strawberry.input(description="A period of a programme whose books are to be closed. on is the day of the decision.")
class ClosePeriodInput:
    command_id: strawberry.ID
    programme: str = strawberry.field(description="The code of the programme.")
    name: str = strawberry.field(description="The name of the period. No other period of the programme may have it.")
    starts: date = strawberry.field(description="The first day of the period.")
    ends: date = strawberry.field(description="The last day of the period. It must be over on the day of the decision.")
    on: str


@strawberry.type
class PeriodMutation:
    @strawberry.mutation(
        description="Close the books of a programme for a period. This cannot be undone. An event recorded later with a"
        " date in the period keeps its date, and counts as an adjustment on the first day that was open."
    )
    async def close_period(
        self,
        info: Info,
        input: ClosePeriodInput,  # noqa: A002 - the contract's name
    ) -> PeriodResult:
        code, name = words("programme", input.programme), words("name", input.name)
        starts, ends, on = When(input.starts.isoformat()), When(input.ends.isoformat()), day("on", input.on)

        def command() -> Command:
            programme_id = ProgrammeId(find_id(info, "programme", code, ProgrammeUnknown))
            return ClosePeriod(programme_id=programme_id, name=name, starts=starts, ends=ends, on=on)

        async def closed(info: Info, books: str) -> ClosedPeriod | None:
            found = await periods_of(info, f"programme-{books.partition('-')[2]}")
            return next((period for period in found if period.name == name), None)

        return await hand_in_command(info, "closePeriod", input, command, closed, _recorded)


def _recorded(found: ClosedPeriod, common: Mapping[str, Any]) -> PeriodRecorded:
    return PeriodRecorded(period=found, **common)
