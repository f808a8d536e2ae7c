"""What every operation passes, whichever way it comes: limits first, then validation, then a limit of time."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from functools import lru_cache
from typing import Any

from graphql import ASTValidationRule, GraphQLError, GraphQLSchema, GraphQLSyntaxError
from strawberry.extensions import SchemaExtension
from strawberry.schema.schema import validate_document
from strawberry.types.graphql import OperationType

from api.context import Context
from api.contract.errors import LIMIT_EXCEEDED, TIMED_OUT, Problem
from api.limits.literals import placing
from api.limits.weighing import DOCUMENTS, Limits, Parsed, Weight, refuse_document, refuse_operation, weigh

# What the parser says when it gives up; a test holds it to that.
TOO_MANY_TOKENS = "Syntax Error: Document contains more than"


@lru_cache(maxsize=DOCUMENTS)
def _mistakes(schema: GraphQLSchema, parsed: Parsed, rules: tuple[type[ASTValidationRule], ...]) -> list[GraphQLError]:
    return validate_document(schema, parsed.document, placing(rules))


class Checks(SchemaExtension):
    """Limits before validation, which takes long over what they refuse. The cost is told with every answer."""

    weight: Weight | None = None

    @property
    def limits(self) -> Limits:
        """The limits of the application that asks."""
        context = self.execution_context.context
        return context.limits if isinstance(context, Context) else Limits()

    def on_operation(self) -> Iterator[None]:
        """Let the parser stop where a document is too long."""
        self.execution_context.parse_options["max_tokens"] = self.limits.tokens
        yield

    def on_validate(self) -> Iterator[None]:
        """Refuse what asks for too much, then what is not valid. Raises Problem LIMIT_EXCEEDED."""
        asked, limits = self.execution_context, self.limits
        if (document := asked.graphql_document) is not None:
            refuse_document(document, limits)
            self.weight = weigh(asked.schema._schema, document, asked.operation_name, asked.variables, limits)
            refuse_operation(self.weight, limits)
            mistakes = _mistakes(asked.schema._schema, Parsed(document), asked.validation_rules)
            asked.pre_execution_errors = mistakes
        yield

    async def on_execute(self) -> AsyncIterator[None]:
        """Stop what takes too long, but for subscriptions, which last. Raises Problem TIMED_OUT."""
        if self.execution_context.operation_type is OperationType.SUBSCRIPTION:
            yield
            return
        try:
            async with asyncio.timeout(self.limits.operation_seconds):
                yield
        except TimeoutError as error:
            raise too_late(self.limits) from error

    def get_results(self) -> dict[str, Any]:
        """What the operation asks for, and what it may."""
        return cost_of(self.weight, self.limits) if self.weight is not None else {}


def too_late(limits: Limits) -> Problem:
    """What is told of an operation that was stopped because it took longer than any may."""
    return Problem(
        f"The operation took longer than {limits.operation_seconds:g} seconds and was stopped. Ask for less at a time;"
        " hand a command in again under the same commandId.",
        TIMED_OUT,
    )


def cost_of(weight: Weight, limits: Limits) -> dict[str, Any]:
    """What every answer tells of the operation: its cost, and what that may be."""
    return {"cost": {"requested": weight.cost, "limit": limits.cost}}


def too_long(error: GraphQLError, limits: Limits) -> GraphQLError:
    """*error* of the parser; as a limit where it gave up for length."""
    if isinstance(error, GraphQLSyntaxError) and error.message.startswith(TOO_MANY_TOKENS):
        return Problem(
            f"The document is over the limit of {limits.tokens} for tokens.",
            LIMIT_EXCEEDED,
            limit="tokens",
            allowed=limits.tokens,
        )
    return error
