"""The root fields of a query: each that compiles is answered by one SQL statement, the others by graphql-core."""

import logging
from collections import Counter, OrderedDict
from collections.abc import Callable, Mapping
from typing import Any, TypeAlias, TypeVar

import orjson
from graphql import DirectiveNode, GraphQLError, GraphQLObjectType, VariableNode, Visitor, visit
from graphql.pyutils import Path
from orjson import Fragment
from psycopg.errors import QueryCanceled
from psycopg_pool import PoolTimeout
from strawberry.schema.schema import StrawberryGraphQLCoreExecutionContext

from api.answering.compile import Compiler, NotCompiled
from api.answering.statements import Compiled, NotWritten
from api.context import Context
from api.limits.weighing import DOCUMENTS

logger = logging.getLogger("fundtrail.api")

T = TypeVar("T")
Key: TypeAlias = tuple[object, ...]

SQL, GRAPHQL_CORE = "sql", "graphql-core"
# How many root fields were answered in each way since the process started.
answered: Counter[str] = Counter({SQL: 0, GRAPHQL_CORE: 0})


class RootsInSql(StrawberryGraphQLCoreExecutionContext):
    """graphql-core's executor, which leaves the root fields of queries to SQL where they compile."""

    def execute_fields(
        self,
        parent_type: GraphQLObjectType,
        source_value: Any,
        path: Any,
        grouped_field_set: Any,
        position_context: Any,
    ) -> Any:
        """Answer root fields by SQL, and everything else as graphql-core does."""
        if path is None and parent_type is self.schema.query_type and isinstance(self.context_value, Context):
            return self._by_both(parent_type, source_value, grouped_field_set, position_context)
        return super().execute_fields(parent_type, source_value, path, grouped_field_set, position_context)

    async def _by_both(self, kind: GraphQLObjectType, source: Any, grouped: Any, position: Any) -> dict[str, Any]:
        compiled = kept.of(self, kind, grouped)
        found: dict[str, Any] = {}
        for name, root in compiled.items():
            try:
                found[name] = await self._by_sql(name, root)
            except (QueryCanceled, PoolTimeout) as error:
                # graphql-core would only wait again.
                definition: Any = self.schema.get_field(kind, grouped[name][0].node.name.value)
                at = Path(None, name, kind.name)
                self.handle_field_error(error, definition.type, grouped[name], at)
                found[name] = None
            except (GraphQLError, NotWritten):
                pass  # graphql-core meets the error again, and reports it.
            except Exception:
                logger.exception("a compiled statement failed; graphql-core answers")
        left = {name: details for name, details in grouped.items() if name not in found}
        answered.update({SQL: len(found), GRAPHQL_CORE: len(left)})
        if left:
            rest: Any = super().execute_fields(kind, source, None, left, position)
            found |= (await rest) if self.is_awaitable(rest) else rest
        return {name: found[name] for name in grouped if name in found}

    async def _by_sql(self, name: str, root: Compiled) -> Any:
        context: Context = self.context_value
        (text,) = await root.texts(context, self.variable_values, name=name)
        return Fragment(text) if context.splices else orjson.loads(text)


class Kept:
    """The compiled root fields of operations; the least recently used are dropped.

    A document is parsed once, so its operation is known by its node. With @skip and @include it is compiled for each
    value of their variables.
    """

    def __init__(self, most: int = DOCUMENTS) -> None:
        self._most = most
        self._roots: OrderedDict[Key, tuple[object, dict[str, Compiled]]] = OrderedDict()
        self._switches: OrderedDict[Key, tuple[object, tuple[str, ...]]] = OrderedDict()

    def of(self, executor: Any, kind: GraphQLObjectType, grouped: Mapping[str, Any]) -> dict[str, Compiled]:
        """The statements of the root fields *grouped* that compile, by their names in the answer."""
        operation, values = executor.operation, executor.variable_values.coerced
        switches = self._kept(self._switches, (id(operation),), operation, lambda: _switches(executor))
        key = (id(operation), *(values.get(name) for name in switches))
        return self._kept(self._roots, key, operation, lambda: _compiled(executor, kind, grouped))

    def _kept(self, known: "OrderedDict[Key, tuple[object, T]]", key: Key, node: object, make: Callable[[], T]) -> T:
        found = known.get(key)
        if found is None:
            # The node is kept too, so that no other object gets its id.
            found = known[key] = (node, make())
            if len(known) > self._most:
                known.popitem(last=False)
        else:
            known.move_to_end(key)
        return found[1]


kept = Kept()


def _compiled(executor: Any, kind: GraphQLObjectType, grouped: Mapping[str, Any]) -> dict[str, Compiled]:
    found = {}
    for name, details in grouped.items():
        try:
            found[name] = Compiler(executor.schema._strawberry_schema, executor).root(kind, details)
        except NotCompiled:
            continue
    return found


def _switches(executor: Any) -> tuple[str, ...]:
    """The variables that decide which fields are selected: those in the directives of an operation."""
    found: set[str] = set()

    class Switches(Visitor):
        def enter_directive(self, node: DirectiveNode, *_: Any) -> None:
            found.update(one.value.name.value for one in node.arguments or () if isinstance(one.value, VariableNode))

    for node in (executor.operation, *executor.fragment_definitions.values()):
        visit(node, Switches())
    return tuple(sorted(found))
