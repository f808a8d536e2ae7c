"""The root fields of a query: each that compiles is answered by one SQL statement, the others by graphql-core."""

import logging
from collections import Counter, OrderedDict
from collections.abc import Mapping
from contextlib import suppress
from typing import Any, NamedTuple, TypeAlias

import orjson
from graphql import GraphQLError, GraphQLObjectType
from graphql.pyutils import Path
from orjson import Fragment
from psycopg.errors import OperationalError, QueryCanceled
from psycopg_pool import PoolTimeout
from strawberry.schema.schema import StrawberryGraphQLCoreExecutionContext

from api.answering.compile import Compiler, NotCompiled
from api.answering.statements import Compiled, NotWritten
from api.context import Context
from api.limits.weighing import DOCUMENTS

logger = logging.getLogger("fundtrail.api")

SQL, GRAPHQL_CORE = "sql", "graphql-core"
# How many root fields were answered in each way since the process started.
answered: Counter[str] = Counter({SQL: 0, GRAPHQL_CORE: 0})


class RootsInSql(StrawberryGraphQLCoreExecutionContext):
    """graphql-core's executor, which leaves the root fields of queries to SQL where they compile.

    *tried* is what SQL has answered already, if it was asked before.
    """

    tried: "Tried | None" = None

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
        roots = kept.of(self.operation, self.variable_values.coerced)
        if roots is None:
            roots = kept.keep(self.operation, self.variable_values.coerced, _compiled(self, kind, grouped))
        found, failed = self.tried or await answer(self.context_value, self.variable_values, roots)
        for name, error in failed.items():
            # graphql-core would only wait again.
            definition: Any = self.schema.get_field(kind, grouped[name][0].node.name.value)
            self.handle_field_error(error, definition.type, grouped[name], Path(None, name, kind.name))
        found |= dict.fromkeys(failed)
        left = {name: details for name, details in grouped.items() if name not in found}
        answered.update({SQL: len(found), GRAPHQL_CORE: len(left)})
        if left:
            rest: Any = super().execute_fields(kind, source, None, left, position)
            found |= (await rest) if self.is_awaitable(rest) else rest
        return {name: found[name] for name in grouped if name in found}


# What SQL answered, by the names in the answer, and the errors that no other way of answering would avoid.
Tried: TypeAlias = tuple[dict[str, Any], dict[str, Exception]]


async def answer(context: Context, variables: Any, roots: "Roots") -> Tried:
    """The answers of *roots* to a request. What is neither answered nor failed is left to graphql-core."""
    found: dict[str, Any] = {}
    failed: dict[str, Exception] = {}
    for name, root in roots.compiled.items():
        try:
            (text,) = await root.texts(context, variables)
            found[name] = Fragment(text) if context.splices else orjson.loads(text)
        except (QueryCanceled, PoolTimeout) as error:
            failed[name] = error
        except (GraphQLError, NotWritten, OperationalError):
            pass  # graphql-core meets the error again, and reports it.
        except Exception:
            logger.exception("a compiled statement failed; graphql-core answers")
    return found, failed


class Roots(NamedTuple):
    """The statements of root fields, by their names in the answer, and whether they are *all* that is selected."""

    compiled: dict[str, Compiled]
    all: bool


class Kept:
    """The compiled root fields of operations; the least recently used are dropped.

    A document is parsed once, so its operation is known by its node. It is compiled for each combination of its
    variables that are true or false, for they may decide what @skip and @include leave out.
    """

    def __init__(self, most: int = DOCUMENTS) -> None:
        self._most = most
        # The node is kept too, so that no other object gets its id.
        self._roots: OrderedDict[tuple[object, ...], tuple[object, Roots]] = OrderedDict()

    def of(self, operation: object, variables: Mapping[str, Any]) -> Roots | None:
        """The root fields of *operation* with these *variables*; None unless they are kept."""
        key = _key(operation, variables)
        if key not in self._roots:
            return None
        self._roots.move_to_end(key)
        return self._roots[key][1]

    def keep(self, operation: object, variables: Mapping[str, Any], roots: Roots) -> Roots:
        """Keep *roots* as those of *operation* with these *variables*."""
        self._roots[_key(operation, variables)] = (operation, roots)
        if len(self._roots) > self._most:
            self._roots.popitem(last=False)
        return roots


def _key(operation: object, variables: Mapping[str, Any]) -> tuple[object, ...]:
    return id(operation), *(one for one in variables.items() if isinstance(one[1], bool))


kept = Kept()


def _compiled(executor: Any, kind: GraphQLObjectType, grouped: Mapping[str, Any]) -> Roots:
    found = {}
    for name, details in grouped.items():
        with suppress(NotCompiled):
            found[name] = Compiler(executor.schema._strawberry_schema, executor, name).root(kind, details)
    return Roots(found, all=len(found) == len(grouped))
