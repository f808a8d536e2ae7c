"""Everything that the served application shows of each history: asked by selections made from the schema."""

from collections import defaultdict
from collections.abc import Iterator
from typing import Any

from graphql import (
    GraphQLField,
    GraphQLInterfaceType,
    GraphQLObjectType,
    get_named_type,
    is_leaf_type,
    is_required_argument,
)

from api.schema import schema
from tests.docs.event_fields.histories import FOR_READERS, History
from tests.kit.web.served import Api

KNOWN = schema._schema
# The lists of which every page is read. An object of one of them elsewhere is shown by its id and number; a scheme is
# shown below its programme.
LISTS = {
    "programmes": "Programme", "partnerships": "Partnership", "organisations": "Organisation", "rounds": "Round",
    "bids": "Bid", "awards": "Award", "payments": "Payment", "recoveries": "Recovery", "outcomes": "Outcome",
    "discrepancies": "Discrepancy", "bankAccounts": "BankAccount", "bankEntries": "BankEntry",
    "auditLog": "AuditEntry", "delays": "Delay", "people": "Person",
}  # fmt: skip
# The stored event itself.
BODY = {("AuditEntry", "body"), ("AuditEntry", "data")}
# What depends on arguments that are not in the schema as required.
UNCLEAR = {("Programme", "periodReport")}


class Shown:
    """What is shown of a history: the values at each place, such as Payment.amount.

    *own* are those that its own objects show: the event and its entry, what names it among its events, such as the part
    that it is a step of, and *things*: what it began, and the thing whose stream it is in.
    """

    def __init__(self, event_id: str, things: set[str]) -> None:
        self.event_id = event_id
        self._things = things
        self.all: dict[str, list[Any]] = defaultdict(list)
        self.own: dict[str, list[Any]] = defaultdict(list)

    def collect(self, value: Any) -> None:
        """Add every value below the object *value* to its place."""
        of = KNOWN.type_map[value["__typename"]]
        assert isinstance(of, GraphQLObjectType)
        name = "TimelineEntry" if any(one.name == "TimelineEntry" for one in of.interfaces) else of.name
        events = [one["id"] for one in value.get("events") or () if isinstance(one, dict)]
        events.append((value.get("event") or {}).get("id"))
        own = value.get("id") in {self.event_id, *self._things} or self.event_id in events
        for key, below in value.items():
            if key == "__typename" or below is None:
                continue
            kind = get_named_type(of.fields[key].type)
            for one in below if isinstance(below, list) else [below]:
                self.all[f"{name}.{key}"].append(one)
                if own and not (isinstance(below, list) and isinstance(one, dict)):
                    self.own[f"{name}.{key}"].append(one)
                if isinstance(one, dict) and kind.name not in ("Money", "When"):
                    self.collect(one)


def answers(api: Api, histories: list[History]) -> dict[str, Shown]:
    """What is shown of each of *histories*, by its name."""
    subjects = {one.name: _subject(api, one) for one in histories if not one.without}
    found = {one.name: Shown(subjects.get(one.name, ""), _things(one)) for one in histories}
    # A name may begin with another one.
    names = sorted(found, key=len, reverse=True)
    for name, kind in LISTS.items():
        for node in _nodes(api, name, kind):
            of = _history_of(node, names, subjects)
            if of is not None:
                found[of].collect(node)
    for name, event in subjects.items():
        for change in _changes(api, event) if event else ():
            found[name].collect(change)
    return found


def _things(history: History) -> set[str]:
    begun = {history.id(history.begins)} if history.begins else set()
    return begun | {history.subject.stream}


def _subject(api: Api, history: History) -> str:
    """The id of the event of *history*; empty for an event that only the readers of a concern see."""
    names = f'{{names: ["{history.event.__name__}"], stream: "{history.subject.stream}"}}'
    nodes = api.ask(f"{{ auditLog(filter: {names}, last: 1) {{ nodes {{ id }} }} }}")["auditLog"]["nodes"]
    assert nodes or history.event in FOR_READERS
    return str(nodes[0]["id"]) if nodes else ""


def _changes(api: Api, event: str) -> list[Any]:
    """What the event with this id changed."""
    at = api.ask(f'{{ node(id: "{event}") {{ ... on AuditEntry {{ position recordedAt }} }} }}')["node"]
    before = f'filter: {{upTo: "{int(at["position"]) - 1}"}}, last: 1'
    earlier = api.ask(f"{{ auditLog({before}) {{ nodes {{ recordedAt }} }} }}")["auditLog"]["nodes"][0]
    asked = f'from: "{earlier["recordedAt"]}", to: "{at["recordedAt"]}", first: 100'
    changes: list[Any] = api.ask(f"{{ changes({asked}) {{ nodes {selection(KNOWN.type_map['Change'])} }} }}")[
        "changes"
    ]["nodes"]
    return changes


def _nodes(api: Api, name: str, kind: str) -> Iterator[Any]:
    """All objects of a list."""
    shown = selection(KNOWN.type_map[kind])
    if not any(argument == "first" for argument in KNOWN.query_type.fields[name].args):  # type: ignore[union-attr]
        yield from api.ask(f"{{ {name} {shown} }}")[name]
        return
    after = "null"
    while True:
        asked = f"{name}(first: 100, after: {after})"
        page = api.ask(f"{{ {asked} {{ pageInfo {{ hasNextPage endCursor }} nodes {shown} }} }}")[name]
        yield from page["nodes"]
        if not page["pageInfo"]["hasNextPage"]:
            return
        after = f'"{page["pageInfo"]["endCursor"]}"'


def _history_of(node: Any, names: list[str], subjects: dict[str, str]) -> str | None:
    """The name of the history that *node* is of. An event is only of the history that it ends."""
    if node["__typename"] == "AuditEntry":
        return next((name for name, event in subjects.items() if event == node["id"]), None)
    text = f"{node.get('id', '')} {node}"
    return next((name for name in names if f"-{name}" in text), None)


def selection(kind: Any, above: tuple[str, ...] = ()) -> str:
    """All fields of a type that need no arguments, and of the types below it."""
    parts = ["__typename"]
    for name, field in kind.fields.items():
        below = get_named_type(field.type)
        if _left_out(kind, name, field) or below.name in above:
            continue
        if is_leaf_type(below):
            parts.append(name)
        elif below.name in LISTS.values() or (below.name == "Scheme" and kind.name != "Programme"):
            parts.append(f"{name} {{ __typename id{' number' if below.name in ('Payment', 'Recovery') else ''} }}")
        elif isinstance(below, GraphQLObjectType | GraphQLInterfaceType):
            parts.append(f"{name} {selection(below, (*above, kind.name))}")
    return f"{{ {' '.join(parts)} }}"


def _left_out(kind: Any, name: str, field: GraphQLField) -> bool:
    pages = get_named_type(field.type).name.removesuffix("Connection") in LISTS.values() and "first" in field.args
    twice = name in ("edges", "pageInfo") or field.deprecation_reason is not None
    asked = any(is_required_argument(argument) for argument in field.args.values())
    return pages or twice or asked or (kind.name, name) in BODY | UNCLEAR
