"""What graphql-core leaves behind of a query that is cut off: the suite ignores it, by its names, and nothing else."""

import asyncio
import gc
import warnings
from contextlib import suppress

import strawberry

# After so many steps of the event loop the query below has been answered.
STEPS = 12


@strawberry.type
class Leaf:
    @strawberry.field
    async def one(self) -> int:
        await asyncio.sleep(0)
        return 1

    @strawberry.field
    async def other(self) -> int:
        await asyncio.sleep(0)
        return 2


@strawberry.type
class Query:
    @strawberry.field
    async def leaves(self) -> list[Leaf]:
        await asyncio.sleep(0)
        return [Leaf(), Leaf()]

    @strawberry.field
    def leaf(self) -> Leaf:
        return Leaf()


async def cut_off(steps: int) -> None:
    """Ask, and go away after so many *steps*, as a client does that closes its connection."""
    schema = strawberry.Schema(Query)
    asked = asyncio.ensure_future(schema.execute("{ leaves { one other } leaf { one other } }"))
    for _ in range(steps):
        await asyncio.sleep(0)
    asked.cancel()
    with suppress(asyncio.CancelledError):
        await asked


def cut_off_at_every_step() -> None:
    for steps in range(STEPS):
        asyncio.run(cut_off(steps))


def test_a_query_that_is_cut_off_fails_no_test_that_comes_later() -> None:
    cut_off_at_every_step()
    gc.collect()


def test_what_is_ignored_is_still_left_behind() -> None:
    """The control. Where it fails, graphql-core was mended: take the exception out of pyproject.toml."""
    with warnings.catch_warnings(record=True) as left:
        warnings.simplefilter("always")
        cut_off_at_every_step()
        gc.collect()
    said = {str(one.message).split("'")[1].partition(".")[0] for one in left}
    assert {"Executor", "GraphQLCoreConverter"} == said
