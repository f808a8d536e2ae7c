"""Documents that have passed every check: the next time only what depends on variables is asked of them again."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from graphql import DocumentNode, GraphQLSchema
from strawberry.types import ExecutionResult

from api.answering.checks import cost_of, too_late
from api.answering.whole import Whole
from api.context import Context
from api.contract.errors import Problem
from api.limits.weighing import refuse_operation, weigh


class Passed:
    """One operation of a document that was parsed within limits, is valid, and says which operation is meant.

    *whole* is how it is answered as a whole, where it is.
    """

    def __init__(
        self, schema: GraphQLSchema, document: DocumentNode, operation_name: str | None, whole: Whole | None
    ) -> None:
        self._schema = schema
        self._document = document
        self._operation_name = operation_name
        self._whole = whole

    async def answer(
        self,
        context: Context,
        variables: Mapping[str, Any] | None,
        by_graphql_core: Callable[[], Awaitable[ExecutionResult]],
    ) -> ExecutionResult:
        """The answer, within the same limits of cost and time as any, or what *by_graphql_core* answers."""
        limits = context.limits
        if self._whole is None:
            return await by_graphql_core()
        try:
            weight = weigh(self._schema, self._document, self._operation_name, variables, limits)
            refuse_operation(weight, limits)
        except Problem:
            return await by_graphql_core()
        told = cost_of(weight, limits)
        try:
            async with asyncio.timeout(limits.operation_seconds):
                context.begin()
                found = await self._whole.answer(context, variables)
                return ExecutionResult(found, None, told) if found is not None else await by_graphql_core()
        except TimeoutError:
            return ExecutionResult(None, [too_late(limits)], told)


def asked(query: str | None, operation_name: str | None, context: object) -> tuple[object, ...]:
    """What a document passes its checks as: its text, the operation that is meant, and the limits of who asks.

    Nothing where the answer is not ours to write.
    """
    if not isinstance(context, Context) or not context.splices:
        return ()
    return query, operation_name, context.limits
