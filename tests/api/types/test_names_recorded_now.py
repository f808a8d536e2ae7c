"""A name that was recorded a moment ago is found by every look-up of a request, also by those made while it waits."""

import asyncio
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass

from api.context import Context
from domain import funding_round
from domain.values.ids import ProgrammeId, RoundId, SchemeId
from domain.values.when import When
from infra.database.pool import PooledReads
from infra.database.postgres import Database
from infra.feeding.projector import project_all
from infra.log.postgres_log import PostgresLog
from projections.register import reading as register
from projections.tables.paging import Connection
from tests.kit.money import desk, gbp


@dataclass
class LookingWhileWaiting:
    """Read models that have not seen the round yet. During the wait the name is looked up again, and then they have."""

    pooled: PooledReads
    database: Database
    context: Context | None = None
    found_while_waiting: int | None = None

    def connection(self) -> AbstractAsyncContextManager[Connection]:
        return self.pooled.connection()

    def own(self) -> AbstractAsyncContextManager[Connection]:
        return self.pooled.own()

    async def moved(self, _: float) -> None:
        if self.found_while_waiting is None and self.context is not None:
            self.found_while_waiting = len(await self.context.lines(register.things_by, "name", "R-9", kind="round"))
            await asyncio.to_thread(project_all, self.database)


def test_a_name_looked_up_during_the_wait_is_looked_up_again_after_it(programme: Database) -> None:
    with desk(programme) as at:
        programme_id, scheme_id = at.find("programme", "cbp"), at.find("scheme", "cbp-improvement-partnerships")
        at.do(
            funding_round.OpenRound(
                round_id=RoundId("round-9"),
                programme_id=ProgrammeId(programme_id),
                scheme_id=SchemeId(scheme_id),
                code="R-9",
                name="Ninth round",
                budget=gbp("1000.00"),
                on=When("2004-01-01"),
            )
        )

    async def asked() -> tuple[str | None, int | None]:
        async with PooledReads(programme) as pooled:
            reads = LookingWhileWaiting(pooled, programme)
            with PostgresLog(programme) as log:
                reads.context = Context(log, reads, "officer")
                return await reads.context.id_of("round", "R-9"), reads.found_while_waiting

    assert ("round-9", 0) == asyncio.run(asked())
