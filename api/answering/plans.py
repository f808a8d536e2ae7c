"""Plans: how to answer the plain fields of an operation, made once per document and used without resolvers.

A field is plain if it is an attribute of its object, has no arguments, and everything selected below it is plain. It is
also plain if its object may hold the value already (AHEAD), because the page was read together with it. For plain
fields a plan reads attributes and writes leaves, with the same result as graphql-core, which calls a resolver and keeps
an error path for each value. graphql-core answers all other fields, and any value that its plan does not fit, so that
graphql-core also reports the error.
"""

from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar, cast

from graphql import (
    FieldNode,
    FragmentSpreadNode,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLOutputType,
    Undefined,
    is_abstract_type,
    is_leaf_type,
    is_object_type,
)
from graphql.execution.collect_fields import FieldDetails
from orjson import Fragment
from strawberry.schema.schema import StrawberryGraphQLCoreExecutionContext, _OperationContextAwareGraphQLResolveInfo
from strawberry.schema.schema_converter import GraphQLCoreConverter
from strawberry.types import Info
from strawberry.types.field import StrawberryField

# The number of plans in the cache.
KEPT = 2048

# The key of a field's metadata for the attribute that may hold its value already; the attribute is None if it does not.
AHEAD = "ahead"

# Makes the value of a field from its object.
Step = Callable[[Any], Any]
# The step of each field of a selection; None if graphql-core has to answer it.
Plan = dict[str, Step | None]

T = TypeVar("T")


class Unplanned(Exception):
    """A value does not fit its plan."""


class Plans:
    """A cache of plans by the nodes of their selections. A document is parsed once, so its nodes stay the same."""

    def __init__(self, kept: int = KEPT) -> None:
        self._kept = kept
        # The nodes are kept with their plan, so that no other object gets their ids.
        self._plans: OrderedDict[tuple[object, ...], tuple[Sequence[object], Any]] = OrderedDict()

    def of(self, key: tuple[object, ...]) -> Any:
        """The plan kept under *key*; None if there is none."""
        found = self._plans.get(key)
        if found is None:
            return None
        self._plans.move_to_end(key)
        return found[1]

    def keep(self, key: tuple[object, ...], nodes: Sequence[object], plan: Any) -> None:
        """Keep *plan*, which was made for *nodes*, under *key*."""
        self._plans[key] = (nodes, plan)
        while len(self._plans) > self._kept:
            self._plans.popitem(last=False)


plans = Plans()


class PlannedInfo(_OperationContextAwareGraphQLResolveInfo):
    """The info of a resolver, with the executor, which accepts ready JSON."""

    executor: "PlannedExecution"


class PlannedExecution(StrawberryGraphQLCoreExecutionContext):
    """graphql-core's executor, with plans for plain fields."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._of_selection: dict[int, tuple[Any, Plan]] = {}
        self._of_value: dict[tuple[int, int], tuple[Any, Step | None]] = {}
        # Middleware must see each value, so there are no plans with it.
        self._unwatched = not getattr(self.middleware_manager, "middlewares", ())
        # With @skip or @include a selection depends on variables, so its plan is used only once.
        self._lasts = True
        self._lasts = self.kept(
            [self.operation], lambda: not _has_directives(self.operation, self.fragment_definitions), "lasts"
        )

    def execute_fields(
        self,
        parent_type: GraphQLObjectType,
        source_value: Any,
        path: Any,
        grouped_field_set: Any,
        position_context: Any,
    ) -> Any:
        """Answer plain fields by their plan, and the others as graphql-core does."""
        plan = self._plan(parent_type, grouped_field_set) if self._unwatched else {}
        if not any(plan.values()):
            return super().execute_fields(parent_type, source_value, path, grouped_field_set, position_context)
        planned: dict[str, Any] = {}
        left = {}
        for name, details in grouped_field_set.items():
            step = plan[name]
            if step is not None:
                try:
                    planned[name] = step(source_value)
                    continue
                except Exception:  # noqa: S110 - graphql-core meets the error again and reports it
                    pass
            left[name] = details
        if not left:
            return planned
        rest = super().execute_fields(parent_type, source_value, path, left, position_context)
        return _merged(list(grouped_field_set), planned, rest, self.is_awaitable)

    def complete_value(
        self,
        return_type: GraphQLOutputType,
        field_details_list: Any,
        info: Any,
        path: Any,
        result: Any,
        position_context: Any,
    ) -> Any:
        """Complete the result of a resolver by the plan of its selection, if all of it is plain.

        Ready JSON is complete.
        """
        if type(result) is Fragment:
            return result
        if self._unwatched and field_details_list[0].node.selection_set is not None:
            step = self._completion(return_type, field_details_list)
            if step is not None:
                try:
                    found = step(result)
                except Exception:  # noqa: S110 - graphql-core meets the error again and reports it
                    pass
                else:
                    if found is not None:
                        return found
        return super().complete_value(return_type, field_details_list, info, path, result, position_context)

    def build_resolve_info(self, *args: Any, **kwargs: Any) -> Any:
        """Give resolvers the executor, unless middleware has to see each value."""
        info: Any = super().build_resolve_info(*args, **kwargs)
        if not self._unwatched:
            return info
        info = cast(Any, PlannedInfo)(*info)
        info.executor = self
        return info

    @property
    def lasts(self) -> bool:
        """Whether the operation selects the same fields with any variables."""
        return self._lasts

    def plain(self, kind: GraphQLOutputType, details: Any) -> Step | None:
        """The step that completes a value of *kind*; None if something selected below it is not plain."""
        return self._complete(kind, details)

    def details(self, nodes: Sequence[FieldNode]) -> Any:
        """*nodes* of one field in the form that the executor's methods take."""
        return [FieldDetails(node, None) for node in nodes]

    def kept(self, nodes: Sequence[object], make: Callable[[], T], what: str = "written") -> T:
        """The result of *make* for *nodes*, cached under *what* if the selection does not depend on variables."""
        if not self._lasts:
            return make()
        key = (what, *map(id, nodes))
        found = plans.of(key)
        if found is None:
            found = (make(),)
            plans.keep(key, nodes, found)
        made: T = found[0]
        return made

    def step(self, kind: GraphQLOutputType, details: Any) -> Step | None:
        """As ``plain``, from the cache."""
        return self._completion(kind, details)

    def _completion(self, kind: GraphQLOutputType, details: Any) -> Step | None:
        key = (id(kind), id(details))
        known = self._of_value.get(key)
        if known is None:
            nodes = [kind, *(detail.node for detail in details)]
            known = (details, self.kept(nodes, lambda: self._complete(kind, details), "completed"))
            self._of_value[key] = known
        return known[1]

    def _plan(self, parent_type: GraphQLObjectType, grouped: Mapping[str, Any]) -> Plan:
        known = self._of_selection.get(id(grouped))
        if known is not None:
            return known[1]
        nodes = [detail.node for details in grouped.values() for detail in details]
        key = (parent_type.name, *map(id, nodes), *grouped)
        plan = plans.of(key) if self._lasts else None
        if plan is None:
            plan = {name: self._step(parent_type, details) for name, details in grouped.items()}
            if self._lasts:
                plans.keep(key, nodes, plan)
        self._of_selection[id(grouped)] = (grouped, plan)
        return plan

    def _step(self, parent_type: GraphQLObjectType, details: Any) -> Step | None:
        """The step that reads a field of an object; None if the field is not plain."""
        name = details[0].node.name.value
        if name == "__typename":
            return lambda _: parent_type.name
        definition = self.schema.get_field(parent_type, name)
        field = definition.extensions.get(GraphQLCoreConverter.DEFINITION_BACKREF) if definition else None
        if definition is None or definition.args or not isinstance(field, StrawberryField):
            return None
        attribute: str | None = field.python_name if field.is_basic_field else field.metadata.get(AHEAD)
        complete = self._complete(definition.type, details) if attribute else None
        if attribute is None or complete is None:
            return None
        return _attribute(attribute, complete) if field.is_basic_field else _ahead(attribute, complete)

    def _complete(self, kind: GraphQLOutputType, details: Any) -> Step | None:
        """The step that completes a value of *kind*; None if something below it is not plain."""
        if isinstance(kind, GraphQLNonNull):
            inner = self._complete(kind.of_type, details)
            return _non_null(inner) if inner else None
        if isinstance(kind, GraphQLList):
            inner = self._complete(kind.of_type, details)
            return _many(inner) if inner else None
        if is_leaf_type(kind):
            return _leaf(kind)
        if is_object_type(kind):
            return self._record(kind, details)
        if is_abstract_type(kind):
            records = {_origin(one): self._record(one, details) for one in self.schema.get_possible_types(kind)}
            return _one_of({origin: record for origin, record in records.items() if record}, len(records))
        return None

    def _record(self, kind: GraphQLObjectType, details: Any) -> Step | None:
        grouped, deferred, _ = self.collect_subfields(kind, details)
        steps = self._plan(kind, grouped) if not deferred else {}
        if not steps or not all(steps.values()):
            return None
        return _object(_origin(kind), [(name, step) for name, step in steps.items() if step])


def _merged(order: list[str], planned: dict[str, Any], rest: Any, is_awaitable: Callable[[Any], bool]) -> Any:
    """The fields that were planned and the *rest*, in the *order* of the selection."""

    def merge(found: dict[str, Any]) -> dict[str, Any]:
        both = planned | found
        return {name: both[name] for name in order if name in both}

    async def wait() -> dict[str, Any]:
        return merge(await rest)

    return wait() if is_awaitable(rest) else merge(rest)


# --- Steps ------------------------------------------------------------------------------------------------------------


def _attribute(name: str, complete: Step) -> Step:
    def step(source: Any) -> Any:
        value = getattr(source, name)
        return value if type(value) is Fragment else complete(value)

    return step


def _ahead(name: str, complete: Step) -> Step:
    def step(source: Any) -> Any:
        value = getattr(source, name)
        if value is None:
            raise Unplanned
        return complete(value)

    return step


def _non_null(inner: Step) -> Step:
    def step(value: Any) -> Any:
        found = inner(value)
        if found is None:
            raise Unplanned
        return found

    return step


def _many(inner: Step) -> Step:
    def step(value: Any) -> Any:
        if value is None:
            return None
        if type(value) is not list and type(value) is not tuple:
            raise Unplanned
        return [inner(one) for one in value]

    return step


def _leaf(kind: Any) -> Step:
    write = kind.coerce_output_value

    def step(value: Any) -> Any:
        if value is None:
            return None
        found = write(value)
        if found is None or found is Undefined:
            raise Unplanned
        return found

    def text(value: Any) -> Any:
        return value if type(value) is str else step(value)

    def number(value: Any) -> Any:
        return value if type(value) is int and -(2**31) <= value < 2**31 else step(value)

    return text if kind.name in ("String", "ID") else number if kind.name == "Int" else step


def _object(origin: type | None, steps: list[tuple[str, Step]]) -> Step:
    def step(value: Any) -> Any:
        if value is None:
            return None
        if origin is None or type(value) is not origin:
            raise Unplanned
        return {name: one(value) for name, one in steps}

    return step


def _one_of(records: dict[type | None, Step], wanted: int) -> Step | None:
    """The step of a value of one of several types, chosen by its class; None unless all *wanted* types are plain."""
    if len(records) < wanted or None in records:
        return None

    def step(value: Any) -> Any:
        if value is None:
            return None
        record = records.get(type(value))
        if record is None:
            raise Unplanned
        return record(value)

    return step


def _origin(kind: GraphQLObjectType) -> type | None:
    definition = kind.extensions.get(GraphQLCoreConverter.DEFINITION_BACKREF)
    origin = getattr(definition, "origin", None)
    return origin if isinstance(origin, type) else None


def planned_by(info: Info[Any, Any]) -> PlannedExecution | None:
    """The executor if it accepts ready JSON, otherwise None."""
    return info._raw_info.executor if isinstance(info._raw_info, PlannedInfo) else None


def selects(info: Info[Any, Any], name: str) -> bool:
    """Whether a field with this *name* is selected anywhere below the current one."""
    raw = info._raw_info
    waiting: list[Any] = list(raw.field_nodes)
    while waiting:
        node = waiting.pop()
        if isinstance(node, FragmentSpreadNode):
            node = raw.fragments[node.name.value]
        for one in node.selection_set.selections if node.selection_set else ():
            if isinstance(one, FieldNode) and one.name.value == name:
                return True
            waiting.append(one)
    return False


def _has_directives(operation: Any, fragments: Mapping[str, Any]) -> bool:
    waiting = [operation, *fragments.values()]
    while waiting:
        node = waiting.pop()
        if node.directives:
            return True
        if isinstance(node, FragmentSpreadNode) or getattr(node, "selection_set", None) is None:
            continue
        waiting += node.selection_set.selections
    return False
