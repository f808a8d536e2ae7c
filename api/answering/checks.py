"""The checks of every operation, over HTTP and streams: limits, then validation, then a time limit."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from functools import lru_cache
from typing import Any

from graphql import (
    ASTValidationRule,
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLError,
    GraphQLSchema,
    GraphQLSyntaxError,
    SelectionSetNode,
    get_operation_ast,
)
from strawberry.extensions import SchemaExtension
from strawberry.schema.schema import validate_document
from strawberry.types.graphql import OperationType

from api.answering.seen import refuse_unseen
from api.context import Context
from api.contract.errors import LIMIT_EXCEEDED, TIMED_OUT, Problem
from api.limits.literals import placing
from api.limits.weighing import DOCUMENTS, Limits, Parsed, Weight, refuse_document, refuse_operation, weigh

# The start of the parser's message for a document that is too long. A test holds it.
TOO_MANY_TOKENS = "Syntax Error: Document contains more than"


@lru_cache(maxsize=DOCUMENTS)
def _mistakes(schema: GraphQLSchema, parsed: Parsed, rules: tuple[type[ASTValidationRule], ...]) -> list[GraphQLError]:
    return validate_document(schema, parsed.document, placing(rules))


class Checks(SchemaExtension):
    """Limits are checked before validation, which would be slow for what they refuse. Each answer shows its cost."""

    weight: Weight | None = None

    @property
    def limits(self) -> Limits:
        """The limits of the application."""
        context = self.execution_context.context
        return context.limits if isinstance(context, Context) else Limits()

    def on_operation(self) -> Iterator[None]:
        """Make the parser stop at the limit of tokens."""
        self.execution_context.parse_options["max_tokens"] = self.limits.tokens
        yield

    def on_validate(self) -> Iterator[None]:
        """Refuse an operation over a limit, then an invalid document, then one that asks for what its caller may not
        read, then commands that may not run now.

        Raises Problem.
        """
        execution, limits = self.execution_context, self.limits
        if (document := execution.graphql_document) is not None:
            refuse_document(document, limits)
            schema = execution.schema._schema
            self.weight = weigh(schema, document, execution.operation_name, execution.variables, limits)
            refuse_operation(self.weight, limits)
            execution.pre_execution_errors = _mistakes(schema, Parsed(document), execution.validation_rules)
            context = execution.context
            if not execution.pre_execution_errors and isinstance(context, Context):
                refuse_unseen(schema, document, context.sees)
                if execution.operation_type is OperationType.MUTATION:
                    context.admit_commands(commands_of(document, execution.operation_name))
        yield

    async def on_execute(self) -> AsyncIterator[None]:
        """Stop an operation at the time limit, except a subscription. Raises Problem TIMED_OUT."""
        if self.execution_context.operation_type is OperationType.SUBSCRIPTION:
            yield
            return
        try:
            async with asyncio.timeout(self.limits.operation_seconds):
                yield
        except TimeoutError as error:
            raise too_late(self.limits) from error

    def get_results(self) -> dict[str, Any]:
        """The cost of the operation and its limit, for the answer's ``extensions``."""
        context = self.execution_context.context
        return extensions_of(self.weight, context) if self.weight is not None and isinstance(context, Context) else {}


def commands_of(document: DocumentNode, operation_name: str | None) -> int:
    """The number of commands of a valid mutation; those that ``@skip`` leaves out count too."""
    operation = get_operation_ast(document, operation_name)
    fragments = {each.name.value: each for each in document.definitions if isinstance(each, FragmentDefinitionNode)}

    def count(selections: SelectionSetNode | None) -> int:
        number = 0
        for each in selections.selections if selections else ():
            if isinstance(each, FieldNode):
                number += 1
            elif isinstance(each, FragmentSpreadNode):
                number += count(fragments[each.name.value].selection_set)
            else:
                number += count(getattr(each, "selection_set", None))
        return number

    return count(operation.selection_set) if operation else 0


def too_late(limits: Limits) -> Problem:
    """The error for an operation that was stopped at the time limit."""
    seconds = limits.operation_seconds
    return Problem(
        f"The operation took longer than {seconds:g} {'second' if seconds == 1 else 'seconds'} and was stopped. Ask for"
        " less at a time. Send a command again with the same commandId.",
        TIMED_OUT,
    )


def extensions_of(weight: Weight, context: Context) -> dict[str, Any]:
    """The ``extensions`` of every answer: the cost of the operation and its limit, and its SQL if that is shown."""
    shown = {"sql": context.shown_sql} if context.shown_sql is not None else {}
    return {"cost": {"requested": weight.cost, "limit": context.limits.cost}, **shown}


def too_long(error: GraphQLError, limits: Limits) -> GraphQLError:
    """*error* of the parser, or Problem LIMIT_EXCEEDED if the document was too long for it."""
    if isinstance(error, GraphQLSyntaxError) and error.message.startswith(TOO_MANY_TOKENS):
        return Problem(
            f"The document exceeds the limit for tokens. The limit is {limits.tokens:,}.",
            LIMIT_EXCEEDED,
            limit="tokens",
            allowed=limits.tokens,
        )
    return error
