"""Validated documents. A repeat of a document re-checks only what depends on variables."""

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
    """One operation of a document that is within the limits of parsing, valid, and clear about its operation.

    *whole* answers it in one statement for each root field; None if graphql-core has to answer it.
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
        """The answer, within the limits of cost and time, or the answer of *by_graphql_core*."""
        limits = context.limits
        if self._whole is None:
            return await by_graphql_core()
        try:
            weight = weigh(self._schema, self._document, self._operation_name, variables, limits)
            refuse_operation(weight, limits)
        except Problem:
            return await by_graphql_core()
        extensions = cost_of(weight, limits)
        try:
            async with asyncio.timeout(limits.operation_seconds):
                context.begin()
                found = await self._whole.answer(context, variables)
                return ExecutionResult(found, None, extensions) if found is not None else await by_graphql_core()
        except TimeoutError:
            return ExecutionResult(None, [too_late(limits)], extensions)


def key_of(query: str | None, operation_name: str | None, context: object) -> tuple[object, ...]:
    """The key of a validated document: its text, the name of the operation, and the limits of the context.

    Empty if the answer cannot contain ready JSON.
    """
    if not isinstance(context, Context) or not context.splices:
        return ()
    return query, operation_name, context.limits
