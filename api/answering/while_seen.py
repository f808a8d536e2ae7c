"""Streams end when their caller may no longer read what they send: a role ended, or the person was erased."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Any

from graphql import GraphQLError, GraphQLSchema, OperationType, get_operation_ast, parse
from strawberry.types import ExecutionResult

from api.answering.seen import refuse_unseen
from api.context import Context
from api.contract.errors import ClientError, is_away

# How often it is asked what the caller of a stream may read.
ASKED_SECONDS = 1.0
# How long a cancelled task may take before it is cancelled again.
CANCELLED_SECONDS = 0.1
# What follows the last result.
END = object()


async def while_seen(
    results: AsyncGenerator[Any, None],
    schema: GraphQLSchema,
    query: str,
    operation_name: str | None,
    context: Context,
) -> AsyncGenerator[Any, None]:
    """The *results* of an operation, until its caller may not read them: then an error with a code is the last.

    A query or a mutation, which has one result, is not cut short.
    """
    found: asyncio.Queue[Any] = asyncio.Queue(maxsize=1)

    async def read() -> None:
        try:
            async with aclosing(results):
                async for result in results:
                    await found.put(result)
        except Exception as error:
            await found.put(error)
        await found.put(END)

    async def watch() -> None:
        refusal = await _refusal(schema, query, operation_name, context)
        if refusal is not None:
            await _ended(reading)
            await found.put(ExecutionResult(None, [ClientError(refusal)]))
            await found.put(END)

    reading, watching = asyncio.create_task(read()), asyncio.create_task(watch())
    try:
        while (one := await found.get()) is not END:
            if isinstance(one, Exception):
                raise one
            yield one
    finally:
        await _ended(watching)
        await _ended(reading)


async def _ended(task: asyncio.Task[None]) -> None:
    """Cancel *task* until it has ended: a cancellation that comes together with an answer of PostgreSQL may be lost."""
    while not task.done():
        task.cancel()
        await asyncio.wait({task}, timeout=CANCELLED_SECONDS)


async def _refusal(
    schema: GraphQLSchema, query: str, operation_name: str | None, context: Context
) -> GraphQLError | None:
    """Why the caller may not read a subscription, once that is so; None for another operation."""
    await asyncio.sleep(ASKED_SECONDS)
    document = parse(query)
    operation = get_operation_ast(document, operation_name)
    if operation is None or operation.operation is not OperationType.SUBSCRIPTION:
        return None
    while True:
        try:
            refuse_unseen(schema, document, await context.seen_now())
        except GraphQLError as refusal:
            return refusal
        except Exception as error:
            # Without a database nothing is sent either. What nobody foresaw ends the stream.
            if not is_away(error):
                return GraphQLError("", original_error=error)
        await asyncio.sleep(ASKED_SECONDS)
