"""Plans give exactly the answers of graphql-core, for any operation and any values."""

import json
import random
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from api.answering.plans import PlannedExecution
from graphql import (
    GraphQLField,
    GraphQLInterfaceType,
    GraphQLNamedType,
    GraphQLObjectType,
    GraphQLSchema,
    get_named_type,
    is_leaf_type,
    is_required_argument,
)
from strawberry.schema.schema import StrawberryGraphQLCoreExecutionContext

from api.answering import plans
from api.schema import schema
from api.types.audit import AuditEntry
from api.types.timeline import GovernanceEntry, entry_of
from infra.database.postgres import Database
from projections.timeline import reading as timeline
from tests.kit.length import times
from tests.kit.paths import ROOT
from tests.kit.web.served import Api, served

EXAMPLES = sorted((ROOT / "console" / "examples").glob("*.graphql"))
GENERATED = times(150, 5000)
CODE = "worcestershire-partnership"
ROOTS = (
    f'partnership(code: "{CODE}")',
    'partnership(code: "nothing-of-this-name")',
    "partnerships(first: 3)",
    "auditLog(first: 5)",
    "delays(first: 4)",
    "discrepancies(first: 4)",
    'programme(code: "cbp")',
    "log",
)
SWITCHES = {"yes": "true", "no": "false"}
# What changes from one moment to the next whoever answers.
PASSING = {"secondsBehind", "openDays", "ageDays", "asAt", "day"}


@pytest.fixture(scope="module")
def api(shared_programme: Database) -> Iterator[Api]:
    with served(shared_programme) as api:
        yield api


def ways(api: Api, document: str, monkeypatch: pytest.MonkeyPatch, **asked: Any) -> list[str]:
    """The body of the answer in each way: with plans twice, so that the second is by a kept plan; as a whole, where it
    can be, because the document has passed its checks by then; and by graphql-core alone.
    """
    monkeypatch.setattr(schema, "_passed", plans.Plans())
    found: list[str] = []
    for way in (PlannedExecution, PlannedExecution, PlannedExecution, StrawberryGraphQLCoreExecutionContext):
        monkeypatch.setattr(schema, "execution_context_class", way)
        if not found:
            # Nothing that passes is kept, so that nothing is answered as a whole.
            with monkeypatch.context() as patch:
                patch.setattr(schema, "_passed", plans.Plans(kept=0))
                answer = api.http.post("/graphql", json={"query": document, **asked}).text
        else:
            answer = api.http.post("/graphql", json={"query": document, **asked}).text
        # An error of ours is told by a number of its own.
        found.append(re.sub(r"\b[0-9a-f]{12}\b", "NUMBER", answer))
    return found


def answers(api: Api, document: str, monkeypatch: pytest.MonkeyPatch, **asked: Any) -> tuple[str, str]:
    """The body of the answer in all our ways, which must be equal, and by graphql-core alone."""
    *ours, plain = ways(api, document, monkeypatch, **asked)
    assert [ours[0]] * 3 == ours, document
    return ours[0], plain


class Writer:
    """Writes valid operations with aliases, fragments, directives and interfaces."""

    def __init__(self, known: GraphQLSchema, chance: random.Random) -> None:
        self._known = known
        self._chance = chance
        self._fragments: list[str] = []

    def operation(self) -> str:
        """An operation on a root field that has data."""
        roots = []
        for number, root in enumerate(self._chance.sample(ROOTS, self._chance.randint(1, 2))):
            kind = get_named_type(self._query().fields[root.split("(")[0]].type)
            roots.append(f"r{number}: {root} {self._selection(kind, 4)}")
        said = f"{{ {' '.join(roots)} }} {' '.join(self._fragments)}"
        used = [f"${name}: Boolean = {value}" for name, value in SWITCHES.items() if f"${name}" in said]
        return f"query {'(' + ', '.join(used) + ')' if used else ''} {said}"

    def _query(self) -> GraphQLObjectType:
        assert self._known.query_type is not None
        return self._known.query_type

    def _selection(self, kind: GraphQLNamedType, depth: int) -> str:
        if not isinstance(kind, GraphQLObjectType | GraphQLInterfaceType):
            return "{ __typename }"
        names = [name for name, field in kind.fields.items() if name not in PASSING and self._may(field, depth)]
        chosen = self._chance.sample(names, min(len(names), self._chance.randint(1, 6)))
        parts = [self._field(name, kind.fields[name], depth) for name in chosen]
        if self._chance.random() < 0.3:
            parts.append("__typename")
        if isinstance(kind, GraphQLInterfaceType):
            one = self._chance.choice(self._known.get_possible_types(kind))
            parts.append(f"... on {one.name} {self._selection(one, depth - 1)}")
        elif self._chance.random() < 0.15:
            name = f"F{len(self._fragments)}"
            self._fragments.append("")
            self._fragments[int(name[1:])] = f"fragment {name} on {kind.name} {self._selection(kind, depth - 1)}"
            parts.append(f"...{name}")
        return f"{{ {' '.join(parts) or '__typename'} }}"

    def _may(self, field: GraphQLField, depth: int) -> bool:
        deep_enough = depth > 0 or is_leaf_type(get_named_type(field.type))
        return deep_enough and not any(is_required_argument(one) for one in field.args.values())

    def _field(self, name: str, field: GraphQLField, depth: int) -> str:
        # One name stands for one field and its arguments wherever it is selected, so that selections can be merged.
        first = "(first: 3)" if "first" in field.args else ""
        alias = f"a_{name}: " if self._chance.random() < 0.1 else ""
        directive = self._chance.choice(["@include(if: $yes)", "@skip(if: $no)", "@include(if: $no)"])
        chosen = directive if self._chance.random() < 0.05 else ""
        named = get_named_type(field.type)
        below = "" if is_leaf_type(named) else self._selection(named, depth - 1)
        return f"{alias}{name}{first} {chosen} {below}"


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example.stem)
def test_the_examples_of_the_console_get_the_same_answers(
    api: Api, example: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    document = example.read_text()
    if "mutation" not in document and "subscription" not in document:
        planned, plain = answers(api, document, monkeypatch)
        assert planned == plain


def test_generated_operations_get_the_same_answers(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    chance = random.Random(4611)
    answered = shown = 0
    for _ in range(GENERATED):
        document = Writer(schema._schema, chance).operation()
        planned, plain = answers(api, document, monkeypatch)
        assert planned == plain, document
        answered += '"errors"' not in plain
        shown += len(plain)
    assert answered > 0.6 * GENERATED, "hardly an operation was answered: the test has no power"
    assert shown > 500 * GENERATED, "hardly anything was shown: the test has no power"


def test_plans_are_made_once_and_kept(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[tuple[object, ...]] = []
    keep = plans.Plans.keep

    def noted(kept: plans.Plans, key: tuple[object, ...], *rest: Any) -> None:
        made.append(key)
        keep(kept, key, *rest)

    monkeypatch.setattr(plans.Plans, "keep", noted)
    document = f'{{ partnership(code: "{CODE}") {{ timeline(first: 7) {{ nodes {{ id title on {{ text }} }} }} }} }}'
    for _ in range(3):
        api.ask(document)
    assert len(made) == len(set(made)) > 0


@pytest.mark.parametrize(
    ("attribute", "value"),
    [
        ("title", None),
        ("title", 7),
        ("title", object()),
        ("on", None),
        ("on", "2004"),
        ("until", []),
        ("amount", ["x"]),
        ("position", "x"),
        ("recorded_at", "x"),
        ("lane", "NOWHERE"),
        ("id", 7),
        ("shown", None),
        ("shown", 7),
    ],
)
def test_an_invalid_value_is_reported_as_by_graphql_core(
    api: Api, monkeypatch: pytest.MonkeyPatch, attribute: str, value: object
) -> None:
    """Errors, their paths, and the nulls that follow from them."""

    def spoiled(line: timeline.Entry, shown: AuditEntry | None) -> Any:
        entry = entry_of(line, shown)
        if line.position % 3 == 0:
            setattr(entry, attribute, value)
        return entry

    monkeypatch.setattr("api.types.timeline.entry_of", spoiled)
    below = "event { name data }" if attribute == "shown" else ""
    document = f"""{{ partnership(code: "{CODE}") {{ name timeline(first: 12) {{ nodes {{
        __typename id title lane on {{ text earliest }} until {{ text }} amount {{ amount }} position recordedAt {below}
        }} }} }} log {{ position }} }}"""
    planned, plain = answers(api, document, monkeypatch)
    assert planned == plain
    seen = json.loads(plain)
    assert seen["data"] is None or "errors" in seen or attribute in ("id", "title", "position", "shown")


def test_a_plan_that_reads_another_attribute_is_noticed(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    """The control of the tests above."""
    monkeypatch.setattr(plans, "plans", plans.Plans())
    monkeypatch.setattr(plans, "_object", lambda _, steps: lambda _: {name: "x" for name, _ in steps})
    document = f'{{ partnership(code: "{CODE}") {{ timeline {{ nodes {{ id }} }} }} }}'
    planned, _, _, plain = ways(api, document, monkeypatch)
    assert planned != plain
    monkeypatch.setattr(plans, "plans", plans.Plans())


def test_types_of_one_interface_are_told_apart_by_their_class(api: Api) -> None:
    found = api.ask(f'{{ partnership(code: "{CODE}") {{ timeline(first: 100) {{ nodes {{ __typename lane }} }} }} }}')[
        "partnership"
    ]["timeline"]["nodes"]
    assert {"GOVERNANCE": GovernanceEntry.__name__}.items() <= {one["lane"]: one["__typename"] for one in found}.items()
