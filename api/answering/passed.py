"""Checked documents: a repeat of a query re-checks only what depends on variables."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from graphql import DocumentNode, GraphQLSchema, get_operation_ast, get_variable_values
from strawberry.types import ExecutionResult

from api.answering import roots
from api.answering.checks import extensions_of, too_late
from api.context import Context
from api.contract.errors import Problem
from api.limits.weighing import refuse_operation, weigh

# Answers in full: with every check, and by graphql-core as far as it has to.
InFull = Callable[[], Awaitable[ExecutionResult]]


class Passed:
    """A query that is within the limits of parsing, valid, and clear about its operation."""

    def __init__(self, schema: GraphQLSchema, document: DocumentNode, operation_name: str | None) -> None:
        self._schema, self._document, self._operation_name = schema, document, operation_name
        self._operation = get_operation_ast(document, operation_name)

    async def answer(self, context: Context, variables: Mapping[str, Any] | None, in_full: InFull) -> ExecutionResult:
        """The answer, within the limits of cost and time."""
        limits = context.limits
        try:
            weight = weigh(self._schema, self._document, self._operation_name, variables, limits)
            refuse_operation(weight, limits)
        except Problem:
            return await in_full()
        context.begin()
        try:
            async with asyncio.timeout(limits.operation_seconds):
                result = await self._by_sql(context, dict(variables or {}))
        except TimeoutError:
            return ExecutionResult(None, [too_late(limits)], extensions_of(weight, context))
        if result is None:
            return await in_full()
        return ExecutionResult(result.data, result.errors, extensions_of(weight, context))

    async def _by_sql(self, context: Context, given: dict[str, Any]) -> Any:
        """The answer, without graphql-core if SQL answers all of it; None if the variables are not valid."""
        values: Any = None
        if self._operation is None:
            return None
        if self._operation.variable_definitions:
            values = get_variable_values(self._schema, self._operation.variable_definitions, given)
            if isinstance(values, list):
                return None
        known = roots.kept.of(self._operation, values.coerced if values else {})
        tried = await roots.answer(context, values, known) if known is not None and known.all else None
        if tried is not None and known is not None and len(tried[0]) == len(known.compiled):
            roots.answered[roots.SQL] += len(tried[0])
            return ExecutionResult(tried[0], None)
        executor: Any = roots.RootsInSql.build(
            self._schema,
            self._document,
            context_value=context,
            raw_variable_values=given,
            operation_name=self._operation_name,
        )
        executor.tried = tried
        return await executor.execute_operation()


def key_of(query: str | None, operation_name: str | None, context: Context) -> tuple[object, ...]:
    """The key of a checked document: its text, the name of the operation, and what bounds its caller."""
    return query, operation_name, context.limits, context.sees
