"""What one operation may ask for: counted before anything runs, in time that grows with the document alone.

Cost is the number of objects that an answer can hold at most, page sizes multiplied as the operation asks for them.
"""

from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Any, NamedTuple

from graphql import (
    BooleanValueNode,
    DirectiveNode,
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLField,
    GraphQLNamedType,
    GraphQLSchema,
    InlineFragmentNode,
    IntValueNode,
    ListValueNode,
    OperationDefinitionNode,
    SelectionNode,
    SelectionSetNode,
    ValueNode,
    VariableNode,
    get_named_type,
    get_nullable_type,
    is_composite_type,
    is_list_type,
)

from api.contract.cursor import FIRST, MOST
from api.contract.errors import LIMIT_EXCEEDED, Problem
from domain.values.frozen import frozen

# How many there are assumed to be in a list that has no pages.
LISTED = 5
# The same for the lists of the schema's own description, by what it has.
DESCRIBED = {
    "__Schema.types": 150,
    "__Schema.directives": 6,
    "__Type.fields": 6,
    "__Type.interfaces": 1,
    "__Type.possibleTypes": 8,
    "__Type.enumValues": 1,
    "__Type.inputFields": 1,
    "__Field.args": 1,
    "__Directive.args": 1,
}
# The type within a list or a type that is not null: it ends after three steps, however many are asked for.
WITHIN = "__Type.ofType"
# What costs the database more than the objects that it gives: a statement for each, a count, or a look at everything.
WEIGHTS = {
    "Query.auditLog": 5,
    "Query.delays": 5,
    "Query.discrepancies": 5,
    "Query.partnerships": 5,
    "Query.bankEntries": 5,
    "Query.bankReconciliation": 250,
    "BankEntryConnection.totalCount": 25,
    "Query.delaySummary": 250,
    "Partnership.timeline": 5,
    "Partnership.delayChain": 5,
    "Figure.events": 5,
    "StatedDelay.computed": 25,
    "PartnershipConnection.totalCount": 25,
    "AuditConnection.totalCount": 25,
    "TimelineConnection.totalCount": 25,
    "DelayConnection.totalCount": 100,
    "DiscrepancyConnection.totalCount": 25,
}
MUTATION = 50
# Figures beyond this are all the same; more digits would be work for nothing.
ENDLESS = 10**9
# So many documents are kept parsed and checked: one of the longest takes most of a megabyte.
DOCUMENTS = 256
# What a field without fields of its own selects.
LEAF = SelectionSetNode(selections=())


@frozen
class Limits:
    """What an operation may ask for, how large a request may be, and how long either may take.
    *reading_seconds* is how long a client may leave unread what it is sent.

    *definitions*, *tokens* and *fields* (expanded, with each comparison of two of one name) are of a document; *depth*,
    *aliases*, *directives* and *cost* of the operation that runs. *nesting* counts fragments as well as fields.
    """

    tokens: int = 2_000
    definitions: int = 100
    nesting: int = 100
    fields: int = 10_000
    depth: int = 16
    aliases: int = 50
    directives: int = 50
    cost: int = 10_000
    body_bytes: int = 128 * 1024
    operation_seconds: float = 10.0
    statement_seconds: float = 5.0
    reading_seconds: float = 10.0


class Weight(NamedTuple):
    """What a selection asks for. *entry* is what each entry of a page costs besides, while its size is not known."""

    nesting: int = 0
    depth: int = 0
    aliases: int = 0
    directives: int = 0
    cost: int = 0
    entry: int = 0


# A variable by its name: whether it is set, and how large a list it makes.
Sizes = tuple[tuple[str, bool | int | None], ...]


def refuse(what: str, asked: int, allowed: int) -> None:
    """Refuse *asked* above *allowed*. Raises Problem LIMIT_EXCEEDED."""
    if asked > allowed:
        raise Problem(
            f"The operation is over the limit of {allowed} for {what}.",
            LIMIT_EXCEEDED,
            limit=what,
            allowed=allowed,
            asked=min(asked, ENDLESS),
        )


class Parsed:
    """A document as a key: the one that was parsed, not any that reads alike, which would take reading it through."""

    __slots__ = ("document",)

    def __init__(self, document: DocumentNode) -> None:
        self.document = document

    def __hash__(self) -> int:
        return id(self.document)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Parsed) and self.document is other.document


def refuse_document(document: DocumentNode, limits: Limits) -> None:
    """Refuse a document that is more work to check than any operation is worth. Raises Problem LIMIT_EXCEEDED."""
    _refuse_document(Parsed(document), limits)


@lru_cache(maxsize=DOCUMENTS)
def _refuse_document(parsed: Parsed, limits: Limits) -> None:
    document = parsed.document
    refuse("definitions", len(document.definitions), limits.definitions)
    fragments = {d.name.value: d.selection_set for d in document.definitions if isinstance(d, FragmentDefinitionNode)}
    fields = 0
    for definition in document.definitions:
        if isinstance(definition, OperationDefinitionNode | FragmentDefinitionNode):
            fields += _merged([definition.selection_set], fragments, limits, limits.fields - fields)
            refuse("fields", fields, limits.fields)


def _merged(
    together: list[SelectionSetNode],
    fragments: Mapping[str, SelectionSetNode],
    limits: Limits,
    left: int,
    nesting: int = 1,
) -> int:
    """How many fields *together* select, with each pair of one name; it stops once there are more than *left*."""
    refuse("nesting", nesting, limits.nesting)
    by_name: dict[str, list[SelectionSetNode]] = {}
    seen: set[str] = set()
    work = 0
    stack = list(together)
    while stack and work <= left:
        for node in stack.pop().selections:
            work += 1
            match node:
                case FieldNode():
                    alike = by_name.setdefault((node.alias or node.name).value, [])
                    work += len(alike)
                    alike.append(node.selection_set or LEAF)
                case InlineFragmentNode():
                    stack.append(node.selection_set)
                case FragmentSpreadNode() if node.name.value in fragments and node.name.value not in seen:
                    seen.add(node.name.value)
                    stack.append(fragments[node.name.value])
    for alike in by_name.values():
        below = [selection_set for selection_set in alike if selection_set is not LEAF]
        if below and work <= left:
            work += _merged(below, fragments, limits, left - work, nesting + 1)
    return work


def weigh(
    schema: GraphQLSchema,
    document: DocumentNode,
    operation_name: str | None,
    variables: Mapping[str, Any] | None,
    limits: Limits,
) -> Weight:
    """What the operation of this name asks for with these variables; the only operation without a name.

    Raises Problem LIMIT_EXCEEDED where it is nested so deep that counting would end in no stack.
    """
    return _weigh(schema, Parsed(document), operation_name, sizes(variables or {}), limits.nesting)


def refuse_operation(weight: Weight, limits: Limits) -> None:
    """Refuse an operation that asks for more than *limits* allow. Raises Problem LIMIT_EXCEEDED."""
    for what in ("nesting", "depth", "aliases", "directives", "cost"):
        refuse(what, getattr(weight, what), getattr(limits, what))


@lru_cache(maxsize=DOCUMENTS)
def _weigh(schema: GraphQLSchema, parsed: Parsed, operation_name: str | None, given: Sizes, deepest: int) -> Weight:
    document = parsed.document
    operation = next(
        (
            definition
            for definition in document.definitions
            if isinstance(definition, OperationDefinitionNode)
            and (operation_name is None or (definition.name is not None and definition.name.value == operation_name))
        ),
        None,
    )
    return Scales(schema, document, operation, given, deepest).operation() if operation is not None else Weight()


def sizes(variables: Mapping[str, Any]) -> Sizes:
    """Of *variables* what decides how large an answer is; None where a variable is null."""
    found: list[tuple[str, bool | int | None]] = []
    for name, value in variables.items():
        match value:
            case None | bool():
                found.append((name, value))
            case int() | float():
                found.append((name, int(min(max(value, 0), MOST))))
            case list():
                found.append((name, min(len(value), MOST)))
    return tuple(sorted(found, key=lambda one: one[0]))


class Scales:
    """One operation of a document. Each fragment is weighed once, however often it is spread."""

    def __init__(
        self,
        schema: GraphQLSchema,
        document: DocumentNode,
        operation: OperationDefinitionNode,
        given: Sizes,
        deepest: int,
    ) -> None:
        self._schema = schema
        self._operation = operation
        self._fragments = {d.name.value: d for d in document.definitions if isinstance(d, FragmentDefinitionNode)}
        self._known: dict[str, Weight] = {}
        self._open: set[str] = set()
        self._nesting, self._deepest = 0, deepest
        self._sizes: dict[str, bool | int | None] = {
            definition.variable.name.value: self._literal(definition.default_value)
            for definition in operation.variable_definitions or ()
            if definition.default_value is not None
        } | dict(given)

    def operation(self) -> Weight:
        """What the operation asks for."""
        root = self._schema.get_root_type(self._operation.operation)
        weight = self._selections(self._operation.selection_set, root)
        return _sum((weight, Weight(directives=len(self._operation.directives or ()))))

    def _selections(self, selection_set: SelectionSetNode, parent: GraphQLNamedType | None) -> Weight:
        self._nesting += 1
        refuse("nesting", self._nesting, self._deepest)
        weight = _sum([self._selection(node, parent) for node in selection_set.selections])
        self._nesting -= 1
        return weight._replace(nesting=weight.nesting + 1)

    def _selection(self, node: SelectionNode, parent: GraphQLNamedType | None) -> Weight:
        if self._left_out(node.directives or ()):
            return Weight(directives=len(node.directives or ()))
        match node:
            case FieldNode():
                weight = self._field(node, parent)
            case InlineFragmentNode():
                kind = self._schema.get_type(node.type_condition.name.value) if node.type_condition else parent
                weight = self._selections(node.selection_set, kind)
            case FragmentSpreadNode():
                weight = self._fragment(node.name.value)
            case _:
                weight = Weight()
        return weight._replace(directives=weight.directives + len(node.directives or ()))

    def _fragment(self, name: str) -> Weight:
        # What is not there, and what goes round in a circle, validation refuses by name.
        if name in self._open or name not in self._fragments:
            return Weight()
        if name not in self._known:
            definition = self._fragments[name]
            self._open.add(name)
            kind = self._schema.get_type(definition.type_condition.name.value)
            weight = self._selections(definition.selection_set, kind)
            self._known[name] = weight._replace(directives=weight.directives + len(definition.directives or ()))
            self._open.discard(name)
        return self._known[name]

    def _field(self, node: FieldNode, parent: GraphQLNamedType | None) -> Weight:
        field = _field_of(parent, node.name.value, self._schema)
        kind = get_named_type(field.type) if field is not None else None
        below = self._selections(node.selection_set, kind) if node.selection_set is not None else Weight()
        cost, entry = self._cost(node, parent, field, below)
        return Weight(
            nesting=below.nesting,
            depth=below.depth + 1,
            aliases=below.aliases + (node.alias is not None),
            directives=below.directives,
            cost=min(cost, ENDLESS),
            entry=min(entry, ENDLESS),
        )

    def _cost(
        self, node: FieldNode, parent: GraphQLNamedType | None, field: GraphQLField | None, below: Weight
    ) -> tuple[int, int]:
        """What the field costs once, and what it costs besides for each entry of the page that it is a part of."""
        if field is None or parent is None:
            return below.cost, 0  # Validation refuses it.
        place = f"{parent.name}.{node.name.value}"
        own = MUTATION if parent is self._schema.mutation_type else WEIGHTS.get(place, 0)
        if not is_composite_type(get_named_type(field.type)):
            return own, 0
        if not is_list_type(get_nullable_type(field.type)):
            wrapped = 0 if place == WITHIN else 1
            return own + wrapped + below.cost + self._page(node) * below.entry, 0
        each = 1 + below.cost + LISTED * below.entry
        if parent.name.endswith("Connection") and node.name.value in ("edges", "nodes"):
            return own, each
        return own + self._length(node, DESCRIBED.get(place, LISTED)) * each, 0

    def _page(self, node: FieldNode) -> int:
        for argument in node.arguments or ():
            if argument.name.value in ("first", "last"):
                size = self._size(argument.value)
                if size is not None:
                    return size
        return FIRST

    def _length(self, node: FieldNode, assumed: int) -> int:
        found = [self._size(argument.value) for argument in node.arguments or () if argument.name.value == "ids"]
        return found[0] if found and found[0] is not None else assumed

    def _size(self, value: ValueNode) -> int | None:
        """How large a list *value* makes, from one to the most there can be; None where it does not say."""
        found = self._value(value)
        return None if found is None else max(1, min(int(found), MOST))

    def _left_out(self, directives: Iterable[DirectiveNode]) -> bool:
        for directive in directives:
            condition = next((self._value(argument.value) for argument in directive.arguments or ()), None)
            if (directive.name.value, condition) in (("skip", True), ("include", False)):
                return True
        return False

    def _value(self, value: ValueNode) -> bool | int | None:
        return self._sizes.get(value.name.value) if isinstance(value, VariableNode) else self._literal(value)

    @staticmethod
    def _literal(value: ValueNode | None) -> bool | int | None:
        match value:
            case BooleanValueNode():
                return value.value
            case IntValueNode():
                return int(value.value) if len(value.value) < 10 else MOST
            case ListValueNode():
                return len(value.values)
            case _:
                return None


def _sum(weights: Iterable[Weight]) -> Weight:
    """Side by side: the deepest counts for depth, everything else adds up."""
    nesting = depth = aliases = directives = cost = entry = 0
    for one in weights:
        nesting, depth = max(nesting, one.nesting), max(depth, one.depth)
        aliases, directives = aliases + one.aliases, directives + one.directives
        cost, entry = cost + one.cost, entry + one.entry
    return Weight(nesting, depth, *(min(number, ENDLESS) for number in (aliases, directives, cost, entry)))


def _field_of(parent: GraphQLNamedType | None, name: str, schema: GraphQLSchema) -> GraphQLField | None:
    return schema.get_field(parent, name) if is_composite_type(parent) else None
