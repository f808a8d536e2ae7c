"""The limits of an operation. What it asks for is counted before it runs, in time linear in the document.

The cost is the highest number of objects that the answer can contain, with page sizes multiplied.
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

# The assumed length of a list without pages.
LISTED = 5
# The assumed length of the lists of introspection, by the size of this schema.
DESCRIBED = {
    "__Schema.types": 700,
    "__Schema.directives": 6,
    "__Type.fields": 4,
    "__Type.interfaces": 1,
    "__Type.possibleTypes": 8,
    "__Type.enumValues": 1,
    "__Type.inputFields": 3,
    "__Field.args": 1,
    "__Directive.args": 1,
}
# Introspection reads no rows, so each of its objects costs less than one of the programme.
OF_SCHEMA, OBJECTS_OF_SCHEMA = ("__schema", "__type"), 3
# The type inside a list or non-null type. It costs nothing: there are at most three levels.
WITHIN = "__Type.ofType"
# The extra cost of fields that need more work in the database: a statement each, a count, or a scan of a whole table.
WEIGHTS = {
    "Query.auditLog": 5,
    "Bid.versions": 2,
    "Bid.silences": 2,
    "Round.ranking": 10,
    "Query.delays": 5,
    "Query.discrepancies": 5,
    "Query.partnerships": 5,
    "Query.bankEntries": 5,
    "Query.bankReconciliation": 250,
    "Query.changes": 250,
    "BankEntryConnection.totalCount": 25,
    "Query.delaySummary": 250,
    "Programme.bodies": 25,
    "Programme.rules": 25,
    "Award.years": 5,
    "Award.profileYears": 5,
    "Partnership.years": 25,
    "Programme.years": 100,
    "Programme.yearBudgets": 100,
    "Programme.carryForwards": 25,
    "Programme.yearEnd": 250,
    "Scheme.years": 25,
    "Scheme.yearBudgets": 25,
    "Scheme.carryForwards": 25,
    "Partnership.timeline": 5,
    "Round.timeline": 5,
    "Programme.support": 100,
    "SupportConnection.totalCount": 100,
    "Programme.outcomes": 25,
    "Scheme.outcomes": 25,
    "Organisation.payments": 5,
    "Organisation.timeline": 25,
    "Programme.timeline": 25,
    "Scheme.timeline": 25,
    "Partnership.delayChain": 5,
    "Partnership.plans": 5,
    "Partnership.peers": 100,
    "Partnership.committedAfterEnd": 5,
    "Programme.holdUps": 25,
    "Figure.events": 5,
    "Figure.parts": 5,
    "Funding.spendable": 5,
    "StatedDelay.computed": 25,
    "PartnershipConnection.totalCount": 25,
    "AuditConnection.totalCount": 25,
    "TimelineConnection.totalCount": 25,
    "DelayConnection.totalCount": 100,
    "DiscrepancyConnection.totalCount": 25,
    "Query.attention": 25,
    "Query.attentionCounts": 100,
    "AttentionConnection.totalCount": 100,
    "Query.awards": 5,
    "Query.bids": 5,
    "Query.payments": 5,
    "Query.recoveries": 5,
    "Query.rounds": 5,
    "Query.people": 5,
    "PersonConnection.totalCount": 25,
    "Query.organisations": 5,
    "Query.outcomes": 5,
    "Query.outputs": 5,
    "OutputConnection.totalCount": 25,
    "Programme.demand": 25,
    "Programme.reporting": 25,
    "Partnership.provisionFits": 5,
    "Certificate.changes": 5,
    "FigurePartConnection.totalCount": 25,
    "Partnership.awardsConnection": 5,
    "Partnership.bidsConnection": 5,
    "Partnership.payments": 5,
    "Partnership.recoveries": 5,
    "Scheme.partnerships": 5,
    "Scheme.awards": 5,
    "Scheme.bids": 5,
    "AwardConnection.totalCount": 25,
    "AwardConnection.totals": 100,
    "Organisation.partnerships": 5,
    "Organisation.awards": 5,
    "Round.bids": 5,
    "BidConnection.totalCount": 25,
    "BidConnection.totals": 100,
    "PaymentConnection.totalCount": 25,
    "PaymentConnection.totals": 100,
    "RecoveryConnection.totalCount": 25,
    "RecoveryConnection.totals": 100,
    "RoundConnection.totalCount": 25,
    "RoundConnection.totals": 100,
    "OrganisationConnection.totalCount": 25,
    "OutcomeConnection.totalCount": 25,
    "Viewer.may": 5,
}
MUTATION = 50
# Counts stop here, so that numbers stay short.
ENDLESS = 10**9
# The number of parsed and validated documents in the caches. One of the longest takes almost a megabyte.
DOCUMENTS = 256
# The selection of a field without subfields.
LEAF = SelectionSetNode(selections=())


@frozen
class Limits:
    """The limits of an operation and a request, in counts, bytes and seconds.

    *tokens*, *definitions* and *fields* limit the document; *fields* counts expanded fields and each comparison of two
    with one name. *depth*, *aliases*, *directives* and *cost* limit the operation that runs. *nesting* counts fragments
    as well as fields. *header_bytes* and *url_bytes* limit what comes before the body; *header_seconds* is how long it
    may take to arrive. *connections* may be open at a time. *reading_seconds* is how long a client may leave unread
    what it is sent.
    """

    tokens: int = 2_000
    definitions: int = 100
    nesting: int = 100
    fields: int = 10_000
    depth: int = 16
    aliases: int = 50
    directives: int = 50
    cost: int = 10_000
    header_bytes: int = 64 * 1024
    url_bytes: int = 48 * 1024
    header_seconds: float = 10.0
    connections: int = 500
    body_bytes: int = 128 * 1024
    operation_seconds: float = 10.0
    statement_seconds: float = 5.0
    reading_seconds: float = 10.0


class Weight(NamedTuple):
    """What a selection asks for. *entry* is the cost of each entry of a page whose size is not known yet."""

    nesting: int = 0
    depth: int = 0
    aliases: int = 0
    directives: int = 0
    cost: int = 0
    entry: int = 0


# The variables by name: a truth value, or the length of a page or list.
Sizes = tuple[tuple[str, bool | int | None], ...]


def refuse(what: str, asked: int, allowed: int) -> None:
    """Raise Problem LIMIT_EXCEEDED if *asked* is more than *allowed*; *what* is the name of the limit."""
    if asked > allowed:
        raise Problem(
            f"The operation exceeds the limit for {what}. The limit is {allowed:,}.",
            LIMIT_EXCEEDED,
            limit=what,
            allowed=allowed,
            asked=min(asked, ENDLESS),
        )


class Parsed:
    """A parsed document as a cache key, compared by identity: comparing by content would read the whole document."""

    __slots__ = ("document",)

    def __init__(self, document: DocumentNode) -> None:
        self.document = document

    def __hash__(self) -> int:
        return id(self.document)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Parsed) and self.document is other.document


def refuse_document(document: DocumentNode, limits: Limits) -> None:
    """Refuse a document that is too much work to validate. Raises Problem LIMIT_EXCEEDED."""
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
    """The number of fields that the selections select, plus pairs with one name. It stops above *left*."""
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
    """What the operation with this name (or the only one) asks for with these variables.

    Raises Problem LIMIT_EXCEEDED if it is nested too deep to count without exhausting the stack.
    """
    return _weigh(schema, Parsed(document), operation_name, sizes(variables or {}), limits.nesting)


def refuse_operation(weight: Weight, limits: Limits) -> None:
    """Refuse an operation that exceeds *limits*. Raises Problem LIMIT_EXCEEDED."""
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
    """The part of *variables* that decides the size of an answer; None for a variable that is null."""
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
    """Weighs one operation of a document. Each fragment is weighed once, even if it is spread often."""

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
        # Validation refuses a fragment that is missing or contains itself.
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
        """The cost of the field, and its cost for each entry of the page that contains it."""
        if field is None or parent is None:
            return below.cost, 0  # Validation refuses it.
        place = f"{parent.name}.{node.name.value}"
        own = MUTATION if parent is self._schema.mutation_type else WEIGHTS.get(place, 0)
        if not is_composite_type(get_named_type(field.type)):
            return own, 0
        if not is_list_type(get_nullable_type(field.type)):
            wrapped = 0 if place == WITHIN else 1
            whole = own + wrapped + below.cost + self._page(node) * below.entry
            return -(-whole // OBJECTS_OF_SCHEMA) if node.name.value in OF_SCHEMA else whole, 0
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
        """The size of the page or list that *value* asks for, from 1 to MOST; None if it is not known."""
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
    """The weight of selections next to each other: the largest depth, and the sum of everything else."""
    nesting = depth = aliases = directives = cost = entry = 0
    for one in weights:
        nesting, depth = max(nesting, one.nesting), max(depth, one.depth)
        aliases, directives = aliases + one.aliases, directives + one.directives
        cost, entry = cost + one.cost, entry + one.entry
    return Weight(nesting, depth, *(min(number, ENDLESS) for number in (aliases, directives, cost, entry)))


def _field_of(parent: GraphQLNamedType | None, name: str, schema: GraphQLSchema) -> GraphQLField | None:
    return schema.get_field(parent, name) if is_composite_type(parent) else None
