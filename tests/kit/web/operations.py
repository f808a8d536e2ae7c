"""Writes valid operations over the whole schema, and counts which fields were shown with data."""

import json
import random
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from graphql import (
    GraphQLArgument,
    GraphQLField,
    GraphQLInterfaceType,
    GraphQLNamedType,
    GraphQLObjectType,
    GraphQLSchema,
    get_named_type,
    get_nullable_type,
    is_enum_type,
    is_input_object_type,
    is_leaf_type,
    is_list_type,
    is_required_argument,
)

from tests.kit.web.asked import Asked

# The most objects that a list within lists shows.
OBJECTS = 80
DEEPEST = 7
# How often each field is to be shown with data.
OFTEN = 2
# The fields that graphql-core answers anyway: what they show proves little.
LEFT = [
    ("Query", "node"), ("Query", "nodes"), ("Programme", "periodReport"), ("Viewer", "may"), ("Bid", "versions"),
    ("Bid", "silences"), ("Round", "ranking"),
]  # fmt: skip


PAGE = ("first", "last", "after", "before")
# From this operation on, most lead straight to a field that was shown seldom so far.
STRAIGHT_FROM = 250


@dataclass
class Operation:
    """A document, and several sets of values for its variables."""

    document: str = ""
    given: list[dict[str, Any]] = field(default_factory=lambda: [{}, {}])


def ways_to(known: GraphQLSchema) -> dict[str, list[tuple[int, str, str]]]:
    """The ways to each object type: the fields that lead to it, as type and name, and their steps from the root."""
    found: dict[str, list[tuple[int, str, str]]] = {"Query": []}
    new, steps = ["Query"], 0
    while new:
        reached: list[str] = []
        for kind in new:
            of = known.type_map[kind]
            assert isinstance(of, GraphQLObjectType)
            for name, field_ in of.fields.items():
                below = get_named_type(field_.type)
                kinds = known.get_possible_types(below) if isinstance(below, GraphQLInterfaceType) else (below,)
                for one in kinds:
                    if isinstance(one, GraphQLObjectType) and (kind, name) not in LEFT:
                        if one.name not in found:
                            found[one.name] = []
                            reached.append(one.name)
                        found[one.name].append((steps, kind, name))
        new, steps = reached, steps + 1
    return found


class Writer:
    """Writes operations. What was shown seldom so far is asked for most."""

    def __init__(
        self, known: GraphQLSchema, chance: random.Random, asked: Asked, unshown: frozenset[str] = frozenset()
    ) -> None:
        """*unshown* are types, and fields as Type.field, that have nothing to show: no way leads straight to them."""
        self._known, self._chance, self._asked, self._unshown = known, chance, asked, unshown
        self._begin()
        # How often each field was shown with data, and asked for.
        self.shown: Counter[str] = Counter()
        self._tries: Counter[str] = Counter()
        self._number = 0
        self._ways_to = ways_to(known)

    def _begin(self) -> None:
        self._wanted: dict[tuple[str, str], float] = {}
        self._fragments: list[str] = []
        self._declared: dict[str, str] = {}
        self._given: list[dict[str, Any]] = [{}, {}]
        self._names = 0
        self._spoilt = False

    def operation(self) -> Operation:
        """An operation with one root field, or a few."""
        self._begin()
        self._number += 1
        # At most one part has arguments that are invalid, because the order of errors is a matter of time.
        self._spoilt = self._chance.random() > 0.15
        query = self._known.query_type
        assert query is not None
        self._wanted = self._wants()
        rare = self._rare() if self._number > STRAIGHT_FROM and self._chance.random() < 0.6 else []
        if rare:
            parts = [self._along(self._way_to(*self._chance.choice(rare)), 1) for _ in range(3)]
        else:
            chosen = [
                name
                for _ in range(self._chance.choice([1, 1, 1, 2, 3]))
                for name in self._some(query, list(query.fields), 1)
            ]
            parts = [self._field(query, name, query.fields[name], DEEPEST, 1) for name in chosen]
        parts += ["__typename"] * (self._chance.random() < 0.05)
        said = f"{{ {' '.join(parts)} }} {' '.join(self._fragments)}"
        declared = ", ".join(f"${name}: {kind}" for name, kind in self._declared.items())
        return Operation(f"query Q{self._number}{f'({declared})' if declared else ''} {said}", self._given)

    # --- What was shown seldom ----------------------------------------------------------------------------------------

    def _rare(self) -> list[tuple[str, str]]:
        """The fields, as type and name, that were not shown often enough."""
        fields = [(kind, name) for kind in self._ways_to for name in self._object(kind).fields]
        return [
            place
            for place in fields
            if self.shown[".".join(place)] < OFTEN
            and place not in LEFT
            and self._unshown.isdisjoint({place[0], ".".join(place)})
        ]

    def _object(self, kind: str) -> GraphQLObjectType:
        found = self._known.type_map[kind]
        assert isinstance(found, GraphQLObjectType)
        return found

    def _way_to(self, kind: str, name: str) -> list[tuple[str, str]]:
        """Fields from the root to a field, each mostly on the way of fewest steps, or else of one more.

        Many types lead to an organisation, and few of these organisations have what is seldom shown.
        """
        way = [(kind, name)]
        while way[0][0] != "Query":
            nearest = min(steps for steps, *_ in self._ways_to[way[0][0]])
            most = nearest + (self._chance.random() < 0.3)
            near = [(of, field) for steps, of, field in self._ways_to[way[0][0]] if steps <= most]
            way.insert(0, self._chance.choice(near))
            if len(way) > DEEPEST + 3:
                way = [(kind, name)]
        return way

    def _along(self, way: list[tuple[str, str]], objects: int) -> str:
        """A selection of the fields of *way* alone, one in the other."""
        (kind, name), *rest = way
        of = self._object(kind).fields[name]
        below = get_named_type(of.type)

        def inside(many: int) -> str:
            if not rest:
                return self._selection(below, 1, many)
            text = f"{{ {self._along(rest, many)} }}"
            return text if rest[0][0] == below.name else f"{{ __typename ... on {rest[0][0]} {text} }}"

        field_ = self._field(self._object(kind), name, of, 1, objects, inside)
        return field_ if rest else f"{field_} {self._beside(kind, name)}"

    def _beside(self, kind: str, name: str) -> str:
        """All fields of a type that were shown seldom, but for *name*."""
        parts = []
        for one, of in self._object(kind).fields.items():
            if (
                one != name
                and self.shown[f"{kind}.{one}"] < OFTEN
                and not any(map(is_required_argument, of.args.values()))
            ):
                words = "(first: 2)" if "first" in of.args else ""
                parts.append(f"{one}{words}{self._leaves(get_named_type(of.type))}")
        return " ".join(parts)

    def _leaves(self, kind: GraphQLNamedType) -> str:
        """The selection of all plain fields of a type that were shown seldom; empty for what is plain itself."""
        if is_leaf_type(kind):
            return ""
        seldom = [
            name
            for name, of in (kind.fields.items() if isinstance(kind, GraphQLObjectType) else ())
            if is_leaf_type(get_named_type(of.type))
            and self.shown[f"{kind.name}.{name}"] < OFTEN
            and not any(map(is_required_argument, of.args.values()))
        ]
        return f" {{ {' '.join(('__typename', *seldom))} }}"

    # --- Selections ---------------------------------------------------------------------------------------------------

    def _selection(self, kind: GraphQLNamedType, depth: int, objects: int, one: str = "") -> str:
        """A selection; *objects* are as many as the answer may show of it, and *one* is the type of a node."""
        if not isinstance(kind, GraphQLObjectType | GraphQLInterfaceType):
            return "{ __typename }"
        parts = self._chosen(kind, depth, objects)
        if isinstance(kind, GraphQLInterfaceType):
            parts += ["__typename"] * (self._chance.random() < 0.8)
            below = one or self._possible(kind)
            narrowed: Any = self._known.type_map[below]
            parts.append(f"... on {below} {self._selection(narrowed, depth, objects)}")
        elif depth > 0 and self._chance.random() < 0.1:
            parts.append(self._spread(kind, depth, objects))
        if self._chance.random() < 0.15:
            parts.append("__typename")
        self._chance.shuffle(parts)
        return f"{{ {' '.join(parts) or '__typename'} }}"

    def _possible(self, kind: GraphQLInterfaceType) -> str:
        """A type of an interface, mostly one that was shown seldom."""
        kinds = [one.name for one in self._known.get_possible_types(kind)]
        wants = [max(want for (of, _), want in self._wanted.items() if of == one) for one in kinds]
        return self._chance.choices(kinds, wants)[0]

    def _spread(self, kind: GraphQLNamedType, depth: int, objects: int) -> str:
        """More of the same type, in a fragment or inline."""
        below = self._selection(kind, depth - 1, objects)
        switch = self._switch() if self._chance.random() < 0.3 else ""
        if self._chance.random() < 0.5:
            return f"... {self._chance.choice([f'on {kind.name}', ''])} {switch} {below}"
        self._fragments.append(f"fragment F{len(self._fragments)} on {kind.name} {below}")
        return f"...F{len(self._fragments) - 1} {switch}"

    def _chosen(self, kind: GraphQLObjectType | GraphQLInterfaceType, depth: int, objects: int) -> list[str]:
        """Some fields of a type, mostly those that were shown seldom."""
        leaves = [name for name, of in kind.fields.items() if is_leaf_type(get_named_type(of.type))]
        others = [name for name in kind.fields if name not in leaves] if depth > 0 else []
        names = self._some(kind, leaves, self._chance.randint(1, 5))
        names += self._some(kind, others, self._chance.choice([1, 1, 1, 2] if depth > 2 else [1, 1]))
        if kind.name.endswith("Connection") and self._chance.random() < 0.3:
            names += ["nodes", "edges"]
        return [self._field(kind, name, kind.fields[name], depth, objects) for name in names]

    def _some(self, kind: GraphQLObjectType | GraphQLInterfaceType, names: list[str], number: int) -> list[str]:
        weighed = {name: self._wanted[kind.name, name] for name in names}
        found: list[str] = []
        for _ in range(min(number, len(names))):
            (name,) = self._chance.choices(list(weighed), list(weighed.values()))
            found.append(name)
            del weighed[name]
        return found

    def _wants(self) -> dict[tuple[str, str], float]:
        """How much each field is wanted: it, or something below it, was shown and asked for seldom."""
        fields: dict[tuple[str, str], Any] = {
            (kind.name, name): get_named_type(of.type)
            for kind in self._known.type_map.values()
            if isinstance(kind, GraphQLObjectType | GraphQLInterfaceType)
            for name, of in kind.fields.items()
        }
        own = {
            (kind, name): 1 / (1 + self._tries[f"{kind}.{name}"] / 40) if self.shown[f"{kind}.{name}"] < OFTEN else 0.02
            for kind, name in fields
        }
        wanted = dict(own)
        for _ in range(DEEPEST):
            below: dict[str, float] = {}
            for (kind, _), want in wanted.items():
                below[kind] = max(below.get(kind, 0), want)
            for one in self._known.type_map.values():
                if isinstance(one, GraphQLInterfaceType):
                    kinds = self._known.get_possible_types(one)
                    below[one.name] = max(below[each.name] for each in kinds)
            wanted = {place: max(own[place], 0.7 * below.get(kind.name, 0)) for place, kind in fields.items()}
        for place in LEFT:
            wanted[place] = 0.02
        return wanted

    def _field(
        self,
        kind: GraphQLNamedType,
        name: str,
        of: GraphQLField,
        depth: int,
        objects: int,
        inside: Callable[[int], str] | None = None,
    ) -> str:
        """A field with its arguments, and a selection of what is below it: that of *inside* where it is given."""
        below = get_named_type(of.type)
        self._tries[f"{kind.name}.{name}"] += 1
        one, words, many = "", "", objects
        # One name stands for one field and its arguments wherever it is selected, so that selections can be merged.
        alias = f"a_{name}: " if self._chance.random() < 0.1 else ""
        if of.args:
            self._names += 1
            alias = f"x{self._names}_{name}: "
            most = max(2, min(100, OBJECTS // objects))
            valid = inside is not None or self._spoilt or self._chance.random() < 0.5
            self._spoilt |= not valid
            arguments = self._asked.of(self._chance, f"{kind.name}.{name}", list(of.args), most, valid=valid)
            if inside is not None:
                arguments = self._plainer(kind, of, arguments)
            if inside is not None and "first" in of.args:
                # A wide page of what has few fields.
                arguments = {key: value for key, value in arguments.items() if key not in PAGE}
                arguments["first"] = 100 if objects < 3 else 5
            words = self._written(of, arguments)
            many = objects * (arguments.get("first") or arguments.get("last") or 20 if "first" in of.args else 1)
            if name == "node":
                one = next(kind for kind, ids in self._asked.nodes.items() if arguments["id"] in ids)
        if is_list_type(get_nullable_type(of.type)) and name not in ("nodes", "edges"):
            many = objects * 3
        switch = self._switch() if inside is None and self._chance.random() < 0.06 else ""
        if is_leaf_type(below):
            shown = ""
        elif inside is not None:
            return f"{alias}{name}{words} {inside(max(1, many))}"
        else:
            shown = self._selection(below, depth - 1, max(1, many), one)
        if name in ("nodes", "edges") and not of.args and self._chance.random() < 0.1:
            shown += f" b_{name}: {name} {self._selection(below, depth - 1, max(1, many))}"
        return f"{alias}{name}{words} {switch} {shown}"

    # --- Arguments ----------------------------------------------------------------------------------------------------

    def _plainer(self, kind: GraphQLNamedType, of: GraphQLField, given: dict[str, Any]) -> dict[str, Any]:
        """Few arguments that may be left out, so that more is shown. A thing at the root is named by them."""
        names = kind.name == "Query" and "first" not in of.args
        return {
            name: value
            for name, value in given.items()
            if names or is_required_argument(of.args[name]) or self._chance.random() < 0.3
        }

    def _switch(self) -> str:
        """A directive that shows the field for one of two values of a variable."""
        name = f"s{len(self._declared)}"
        self._declared[name] = "Boolean!"
        shows = self._chance.random() < 0.7
        for given, value in zip(self._given, (shows, not shows), strict=True):
            given[name] = value
        return f"@include(if: ${name})" if self._chance.random() < 0.7 else f"@skip(if: ${name})"

    def _written(self, of: GraphQLField, arguments: dict[str, Any]) -> str:
        """Arguments, some as variables."""
        parts = []
        for name, value in arguments.items():
            if self._chance.random() < 0.3:
                variable = f"v{len(self._declared)}"
                self._declared[variable] = str(of.args[name].type)
                self._given[0][variable] = self._given[1][variable] = value
                if name in ("first", "last") and value:
                    self._given[1][variable] = value - 1
                parts.append(f"{name}: ${variable}")
            else:
                parts.append(f"{name}: {literal(value, of.args[name].type)}")
        return f"({', '.join(parts)})" if parts else ""


def literal(value: Any, kind: Any) -> str:
    """*value* as GraphQL writes it."""
    kind = get_nullable_type(kind)
    if value is None:
        return "null"
    if isinstance(value, list):
        each = kind.of_type if is_list_type(kind) else kind
        return f"[{', '.join(literal(one, each) for one in value)}]"
    if isinstance(value, dict):
        fields: dict[str, GraphQLArgument] = kind.fields if is_input_object_type(kind) else {}
        written = (f"{name}: {literal(one, getattr(fields.get(name), 'type', None))}" for name, one in value.items())
        return f"{{{', '.join(written)}}}"
    named = get_named_type(kind)
    return value if is_enum_type(named) and isinstance(value, str) else json.dumps(value)


def count_shown(known: GraphQLSchema, kind: Any, value: Any, shown: Counter[str]) -> None:
    """Count each field below *value*, an object of the type *kind*, that has data."""
    if isinstance(value, list):
        for one in value:
            count_shown(known, kind, one, shown)
    if not isinstance(value, dict) or is_leaf_type(kind):
        return
    of: Any = known.type_map[value.get("__typename", kind.name)]
    for key, below in value.items():
        name = key.rpartition("_")[2]
        if below is not None and below != [] and name in of.fields:
            shown[f"{of.name}.{name}"] += 1
            count_shown(known, get_named_type(of.fields[name].type), below, shown)
