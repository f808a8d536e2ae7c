"""Checked documents: a repeat of a query re-checks only what depends on variables."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from graphql import DocumentNode, GraphQLSchema
from strawberry.types import ExecutionResult

from api.answering.checks import extensions_of, too_late
from api.answering.roots import RootsInSql
from api.context import Context
from api.contract.errors import Problem
from api.limits.weighing import refuse_operation, weigh


class Passed:
    """A query that is within the limits of parsing, valid, and clear about its operation."""

    def __init__(self, schema: GraphQLSchema, document: DocumentNode, operation_name: str | None) -> None:
        self._schema, self._document, self._operation_name = schema, document, operation_name

    async def answer(
        self,
        context: Context,
        variables: Mapping[str, Any] | None,
        in_full: Callable[[], Awaitable[ExecutionResult]],
    ) -> ExecutionResult:
        """The answer, within the limits of cost and time. *in_full* answers with all checks, and refuses."""
        limits = context.limits
        try:
            weight = weigh(self._schema, self._document, self._operation_name, variables, limits)
            refuse_operation(weight, limits)
        except Problem:
            return await in_full()
        executor = RootsInSql.build(
            self._schema,
            self._document,
            context_value=context,
            raw_variable_values=dict(variables or {}),
            operation_name=self._operation_name,
        )
        if isinstance(executor, list):
            return await in_full()
        context.begin()
        try:
            async with asyncio.timeout(limits.operation_seconds):
                operation: Any = executor.execute_operation()
                result = await operation
            return ExecutionResult(result.data, result.errors, extensions_of(weight, context))
        except TimeoutError:
            return ExecutionResult(None, [too_late(limits)], extensions_of(weight, context))


def key_of(query: str | None, operation_name: str | None, context: Context) -> tuple[object, ...]:
    """The key of a checked document: its text, the name of the operation, and the limits of the context."""
    return query, operation_name, context.limits
