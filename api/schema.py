"""The GraphQL schema. Its printed form is api/schema.graphql."""

from collections import OrderedDict
from collections.abc import Coroutine, Iterable, Iterator
from pathlib import Path
from typing import Any

import strawberry
from graphql import GraphQLError, OperationDefinitionNode
from strawberry.extensions import ParserCache, SchemaExtension
from strawberry.extensions.runner import SchemaExtensionsRunner
from strawberry.schema.config import StrawberryConfig
from strawberry.types import ExecutionContext, ExecutionResult
from strawberry.types.execution import PreExecutionError
from strawberry.types.graphql import OperationType

from api.answering.checks import Checks, too_long
from api.answering.passed import Passed, key_of
from api.answering.roots import RootsInSql
from api.answering.while_seen import while_seen
from api.commands.by_hand import BY_HAND
from api.commands.generated import MUTATIONS
from api.context import Context
from api.contract.errors import ClientError, Problem
from api.contract.scalars import SCALARS
from api.contract.words import describe
from api.limits.weighing import DOCUMENTS, Limits
from api.types.awards import Award, find_award
from api.types.bank import BankQuery
from api.types.bids import Bid, find_bid
from api.types.changes import ChangesQuery
from api.types.delays import DelayQuery
from api.types.discrepancies import DiscrepancyQuery
from api.types.lists.attention import AttentionQuery
from api.types.lists.one import one
from api.types.lists.roots import ListsQuery
from api.types.log.audit import AuditQuery
from api.types.log.progress import LogQuery
from api.types.log.subscription import Subscription
from api.types.nodes import NodeQuery
from api.types.partnerships import RegisterQuery
from api.types.people.concerns import ConcernQuery
from api.types.people.people import PeopleQuery
from api.types.people.viewer import ViewerQuery
from api.types.rounds import Round, find_round
from api.types.timeline import ENTRIES

PRINTED = Path(__file__).parent / "schema.graphql"


@strawberry.type
class Query(
    NodeQuery,
    LogQuery,
    RegisterQuery,
    ListsQuery,
    AuditQuery,
    ChangesQuery,
    DelayQuery,
    DiscrepancyQuery,
    BankQuery,
    PeopleQuery,
    ConcernQuery,
    ViewerQuery,
    AttentionQuery,
):
    bid = one(Bid, find_bid, "bids", "bids", called="reference")
    round = one(Round, find_round, "rounds", "rounds")
    award = one(Award, find_award, "awards", "awards", called="reference")


# What is written by hand replaces what is made from the command.
Mutation = strawberry.type(type("Mutation", (), {**MUTATIONS, **BY_HAND}))


class OneOperation(SchemaExtension):
    """Rules for every operation, over HTTP and over streams."""

    def on_operation(self) -> Iterator[None]:
        """Forget what an earlier operation of the same connection read."""
        if isinstance(self.execution_context.context, Context):
            self.execution_context.context.begin()
        yield

    def on_validate(self) -> Iterator[None]:
        """Refuse a document of several operations without a name: the first of them would run."""
        execution = self.execution_context
        definitions = execution.graphql_document.definitions if execution.graphql_document else ()
        several = sum(isinstance(definition, OperationDefinitionNode) for definition in definitions) > 1
        if several and execution._provided_operation_name is None and not execution.pre_execution_errors:
            execution.pre_execution_errors = [
                Problem("The document has several operations. Name one of them in operationName.")
            ]
        yield

    def on_stream_result(self, result: Any) -> Iterator[None]:
        """Report errors on a stream in the same form as over HTTP."""
        if result.errors:
            result.errors = [ClientError(error) for error in result.errors]
        yield


# What every request passes through. ``api.answering.passed`` applies the same rules to a whole operation.
EXTENSIONS = (lambda: ParserCache(maxsize=DOCUMENTS), Checks, OneOperation)


class Schema(strawberry.Schema):
    """The schema with a description of each part, and a cache of the queries that have passed every check."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        describe(self._schema)
        self._passed: OrderedDict[tuple[object, ...], Passed] = OrderedDict()

    async def execute(
        self,
        query: str | None,
        variable_values: dict[str, Any] | None = None,
        context_value: Any = None,
        root_value: Any = None,
        operation_name: str | None = None,
        allowed_operation_types: Iterable[OperationType] | None = None,
        operation_extensions: dict[str, Any] | None = None,
    ) -> ExecutionResult:
        """Answer a query or a mutation. Subscriptions are refused here: they have no single answer."""
        allowed = set(allowed_operation_types or OperationType) - {OperationType.SUBSCRIPTION}

        def in_full() -> Coroutine[Any, Any, ExecutionResult]:
            return super(Schema, self).execute(
                query, variable_values, context_value, root_value, operation_name, allowed, operation_extensions
            )

        if not isinstance(context_value, Context) or not self._unwatched:
            return await in_full()
        key = key_of(query, operation_name, context_value)
        passed = self._passed.get(key)
        if passed is None:
            return await in_full()
        self._passed.move_to_end(key)
        return await passed.answer(context_value, variable_values, in_full)

    async def stream(
        self,
        query: str | None,
        variable_values: dict[str, Any] | None = None,
        context_value: Any = None,
        root_value: Any = None,
        operation_name: str | None = None,
        operation_extensions: dict[str, Any] | None = None,
        allowed_operation_types: Iterable[OperationType] | None = None,
    ) -> Any:
        """The results of an operation, while its caller may read them."""
        results = await super().stream(
            query,
            variable_values,
            context_value,
            root_value,
            operation_name,
            operation_extensions,
            allowed_operation_types,
        )
        if query is None or not isinstance(context_value, Context) or not context_value.may_end:
            return results
        return while_seen(results, self._schema, query, operation_name, context_value)

    @property
    def _unwatched(self) -> bool:
        """Whether no other extension or executor has to see what is executed."""
        return self.execution_context_class is RootsInSql and self.extensions is EXTENSIONS

    async def _prepare_operation_async(
        self, context: ExecutionContext, extensions_runner: SchemaExtensionsRunner
    ) -> PreExecutionError | None:
        # As in the library, but an error that an extension raises is an answer on streams too.
        try:
            refused = await super()._prepare_operation_async(context, extensions_runner)
            if refused is None and self._unwatched and isinstance(context.context, Context):
                self._keep_passed(context)
            return refused
        except GraphQLError as error:
            problem = too_long(error, context.context.limits if isinstance(context.context, Context) else Limits())
            context.pre_execution_errors = [problem]
            return PreExecutionError(data=None, errors=[problem])

    def _keep_passed(self, context: ExecutionContext) -> None:
        """Keep a query that has passed every check."""
        document = context.graphql_document
        if document is not None and context.operation_type is OperationType.QUERY:
            key = key_of(context.query, context._provided_operation_name, context.context)
            self._passed[key] = Passed(self._schema, document, context.operation_name)
            if len(self._passed) > DOCUMENTS:
                self._passed.popitem(last=False)

    def process_errors(self, errors: list[GraphQLError], execution_context: ExecutionContext | None = None) -> None:
        """Do nothing: the answer logs internal errors, once."""


schema = Schema(
    query=Query,
    mutation=Mutation,
    subscription=Subscription,
    types=list(ENTRIES.values()),
    execution_context_class=RootsInSql,
    config=StrawberryConfig(scalar_map=SCALARS, disable_field_suggestions=True),
    extensions=EXTENSIONS,
)
