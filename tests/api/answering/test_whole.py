"""A whole operation gets exactly the answer of graphql-core, or graphql-core answers it."""

import asyncio
import json
import random
from collections.abc import Iterator
from typing import Any, cast

import psycopg
import pytest
from api.answering.plans import Plans
from api.answering.whole import Whole
from psycopg_pool import PoolTimeout
from strawberry.extensions import SchemaExtension

from api.answering import whole
from api.context import PATIENCE_SECONDS, Context
from api.limits.weighing import Limits
from api.schema import EXTENSIONS, schema
from infra.database.pool import PooledReads
from infra.database.postgres import Database
from tests.api.answering.test_plans import answers, ways
from tests.api.answering.test_statements import counted
from tests.api.answering.test_written import ODD, PAGES, Chooser, pages_to_ask_for
from tests.conftest import copy_of
from tests.kit.length import times
from tests.kit.web.served import Api, served

CODE = "worcestershire-partnership"
GENERATED = times(150, 5000)
# Variables by what they are: their type and default, what is given for them mostly, and what is given now and then.
VARIABLES: dict[str, tuple[str, list[Any], list[Any]]] = {
    "code": ("String", [CODE, CODE, "ace-cumbria", "nothing-of-this-name"], [None, "", "\x00", 7]),
    "size": ("Int = 4", [0, 1, 3, 50, 100], [101, -1, None, "4"]),
    "lanes": ("[Lane!] = [BID, AWARD]", [["BID"], [], "AWARD", None], [["NOWHERE"]]),
    "on": ("Date", ["2004-06-30", "2007-01-01", None], ["2004-06"]),
    "then": (
        "DateTime",
        ["2199-01-01T00:00:00Z", "1999-01-01T00:00:00Z", "1999-01-01T02:00:00.5+02:00", None],
        ["2004"],
    ),
    "position": ("LogPosition", ["1", None, "0"], ["9999999999", 4]),
    "filter": ("PartnershipFilter", [{"kind": "authority"}, {"text": "a"}, {}, None], [{"scheme": "\x00"}, {"x": 1}]),
    "reference": ("String", ["ace-cumbria/total_stated/175000", "no such award"], [None, 7]),
    "words": ("String", [None, "cumbria"], ["\x00"]),
}
THINGS = [*["code: $code"] * 4, f'code: "{CODE}"', "code: $code, atLeast: $position"]
NO_THINGS = [f'code: "{CODE}", id: "x"', "id: $code", "id: null"]
MEMBERS = [
    "name",
    "id code kind",
    "a: name",
    "__typename",
    "awards { reference amount { amount } payments { number status } }",
    "funding { currency paid { amount undated } position }",
    "f1: funding(asAt: $on, knownAt: $then) { asAt knownAt spent { amount } }",
    "f2: funding(knownAt: $then) { __typename available { __typename amount } }",
]
LADDER = "funding(asAt: $on, knownAt: $then) { currency awarded { amount undated } available { amount } }"
AWARDED = [LADDER, "reference status on { text }", "payments { number amount { amount } }", "conditions { text }"]
OTHERS = [
    ('programme(code: "cbp")', [LADDER, "name", "id code currency", "__typename", "schemes { code }"]),
    ("award(reference: $reference)", AWARDED),
    ("award(reference: $reference, id: $words, atLeast: $position)", [*AWARDED, "purpose basis", "bid { id }"]),
]
UNCOVERED = ["scheme { code }", "timeline { totalCount }", "funding { paid { events(first: 1) { nodes { id } } } }"]
TIMELINES = [
    "first: $size",
    "last: $size, lanes: $lanes",
    "from: $on",
    'to: "2005-01-01", knownAt: $then',
    "after: $words",
    "first: 2",
]
# Figures of which the minor units have three decimal places, and none.
CURRENCIES = "".join(
    f"""UPDATE read.ledger_places SET currency = '{currency}' WHERE thing = {of};
        UPDATE read.balances SET currency = '{currency}' WHERE scope = {of};
        UPDATE read.postings SET currency = '{currency}' WHERE partnership_id = {of};"""
    for currency, of in (
        ("KWD", f"(SELECT id FROM read.partnerships WHERE code = '{CODE}')"),
        ("JPY", "(SELECT id FROM read.partnerships WHERE code = 'ace-cumbria')"),
    )
)

# A partnership that the ledger does not know yet.
NO_LADDER = "DELETE FROM read.ledger_places WHERE thing = (SELECT id FROM read.partnerships WHERE code = 'nwin')"


@pytest.fixture(autouse=True)
def nothing_has_passed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Begin each test with an empty cache of validated documents."""
    monkeypatch.setattr(schema, "_passed", Plans())


@pytest.fixture(scope="module")
def api(server: Database, programme_template: str) -> Iterator[Api]:
    odd = copy_of(server, programme_template)
    with odd.connect() as connection:
        connection.execute(ODD + CURRENCIES + NO_LADDER)
    with served(odd, projector=False) as api:
        yield api


@pytest.fixture
def noted(monkeypatch: pytest.MonkeyPatch) -> list[bool]:
    """For each operation with a form: whether it was answered as a whole."""
    found: list[bool] = []
    answer = Whole.answer

    async def noting(self: Whole, *asked: Any) -> Any:
        data = await answer(self, *asked)
        found.append(data is not None)
        return data

    monkeypatch.setattr(Whole, "answer", noting)
    return found


class Writer:
    """Writes operations that can be answered as a whole, and sometimes one that cannot."""

    def __init__(self, chance: random.Random, pages: dict[str, list[str]]) -> None:
        self._chance = chance
        self._pages = pages
        self._chooser = Chooser(chance, uncovered=0.05 if chance.random() < 0.1 else 0.0)
        self._names = 0

    def operation(self) -> tuple[str, dict[str, Any]]:
        """An operation with its variables."""
        roots = [self._root() for _ in range(self._chance.choice([1, 1, 1, 2, 3]))]
        said = f"{{ {' '.join(roots)} }} {' '.join(self._chooser.fragments)}"
        used = {name: kind for name, (kind, *_) in VARIABLES.items() if f"${name}" in said}
        given = {name: self._value(name) for name in used if self._chance.random() < 0.9}
        declared = ", ".join(f"${name}: {kind}" for name, kind in used.items())
        return f"query Q {f'({declared})' if used else ''} {said}", given

    def _value(self, name: str) -> Any:
        _, usual, odd = VARIABLES[name]
        return self._chance.choice(usual if self._chance.random() < 0.95 else odd)

    def _root(self) -> str:
        self._names += 1
        drawn = self._chance.random()
        if drawn < 0.05:
            return f"t{self._names}: __typename"
        if drawn < 0.3:
            root = self._chance.choice([root for root in PAGES if "{" not in root and root != "delays"])
            arguments = self._chance.choice([*self._pages[root], "first: $size", "first: $size, after: $words"])
            if root == "partnerships":
                arguments = self._chance.choice([arguments, "filter: $filter", "filter: {text: $words}, last: $size"])
            return f"r{self._names}: {root}({arguments}) {self._chooser.connection(root)}"
        if drawn < 0.45:
            root, members = self._chance.choice(OTHERS)
            parts = self._chance.sample(members, self._chance.randint(1, 3))
            return f"r{self._names}: {root} {{ {' '.join(parts)} }}"
        parts = self._chance.sample(MEMBERS, self._chance.randint(0, 3))
        if self._chance.random() < 0.05:
            parts.append(self._chance.choice(UNCOVERED))
        for nth in range(self._chance.choice([0, 1, 1, 1, 2])):
            root = next(iter(PAGES))
            arguments = self._chance.choice([*TIMELINES, *self._pages[root]])
            parts.append(f"t{nth}: timeline({arguments}) {self._chooser.connection(root)}")
        self._chance.shuffle(parts)
        chosen = self._chance.choice(THINGS if self._chance.random() < 0.95 else NO_THINGS)
        return f"r{self._names}: partnership({chosen}) {{ {' '.join(parts) or 'name'} }}"


def test_whole_operations_get_the_same_answers(api: Api, monkeypatch: pytest.MonkeyPatch, noted: list[bool]) -> None:
    chance = random.Random(7205)
    pages = pages_to_ask_for(api)
    shown = 0
    for _ in range(GENERATED):
        document, given = Writer(chance, pages).operation()
        ours, plain = answers(api, document, monkeypatch, variables=given)
        assert ours == plain, (document, given)
        shown += len(plain)
    # What comes to an error is left to graphql-core.
    assert sum(noted) > 0.4 * GENERATED, "hardly an operation was answered as a whole: the test has no power"
    assert noted.count(False) > 0.1 * GENERATED, "hardly an operation was left to graphql-core"
    assert shown > 300 * GENERATED, "hardly anything was shown: the test has no power"


@pytest.mark.parametrize(
    "spoil",
    [
        pytest.param(lambda _, places, *__: dict.fromkeys(places, "x"), id="another value"),
        pytest.param(lambda *_: {}, id="no value"),
    ],
)
def test_a_different_answer_is_noticed(
    api: Api, monkeypatch: pytest.MonkeyPatch, spoil: Any, noted: list[bool]
) -> None:
    """The control of the test above."""
    monkeypatch.setattr(whole, "_thing_of", spoil)
    document = f'{{ partnership(code: "{CODE}") {{ name kind }} }}'
    first, second, whole_answer, plain = ways(api, document, monkeypatch)
    assert [True] == noted
    assert first == second == plain != whole_answer


@pytest.mark.parametrize(
    "selection",
    [
        'partnership(code: "nwin") { scheme { code } }',
        'partnership(code: "nwin") { timeline { totalCount } }',
        'partnership(code: "nwin") { awards { payments(asAt: "2005-01-01") { number } } }',
        'partnership(code: "nwin") { name @skip(if: false) }',
        "partnerships { nodes { lead { name } } }",
        "auditLog { totalCount }",
        "log { position }",
    ],
)
def test_an_operation_without_a_form_is_never_tried_as_a_whole(api: Api, selection: str, noted: list[bool]) -> None:
    for _ in range(2):
        api.ask(f"{{ {selection} }}")
    assert [] == noted


def test_a_partnership_with_all_that_has_a_form_is_one_statement(api: Api, noted: list[bool]) -> None:
    document = f"""{{ partnership(code: "{CODE}") {{ name awards {{ reference }} paid: funding {{ paid {{ amount }} }}
        early: timeline(first: 3) {{ nodes {{ title }} }} late: timeline(last: 3) {{ edges {{ cursor node {{ id }} }} }}
        funding(asAt: "2005-01-01") {{ asAt }} }} }}"""
    first = api.ask(document)
    with counted() as asked:
        assert first == api.ask(document)
    assert ([True], 1) == (noted, len(asked))


@pytest.mark.parametrize(("code", "places"), [(CODE, 3), ("ace-cumbria", 0)])
def test_a_figure_has_as_many_decimal_places_as_its_currency(
    api: Api, noted: list[bool], code: str, places: int
) -> None:
    document = f'{{ partnership(code: "{code}") {{ funding {{ awarded {{ amount undated }} }} }} }}'
    first, second = twice(api, query=document)
    assert ([True], first) == (noted, second)
    (awarded,) = (funding["awarded"] for funding in first["data"]["partnership"].values())
    assert float(awarded["amount"]) > 0
    assert [places] * 2 == [len(seen.partition(".")[2]) for seen in awarded.values()]


def test_a_ladder_that_is_not_visible_yet_is_reported_by_graphql_core(api: Api, noted: list[bool]) -> None:
    first, second = twice(api, query='{ partnership(code: "nwin") { name funding { paid { amount } } } }')
    assert ([False], first) == (noted, second)
    assert ["NOT_YET_VISIBLE"] == [error["extensions"]["code"] for error in first["errors"]]


# --- Checks that hold the second time as the first --------------------------------------------------------------------


def twice(api: Api, **asked: Any) -> list[dict[str, Any]]:
    """The two answers to a request: the first with all checks, the second from the cache of validated documents."""
    return [api.http.post("/graphql", json=asked).json() for _ in range(2)]


def test_the_cost_depends_on_the_variables_of_each_request(api: Api, noted: list[bool]) -> None:
    document = "query ($first: Int) { partnerships(first: $first) { nodes { awards { payments { number } } } } }"
    with served(api.database, projector=False, limits=Limits(cost=1_000)) as strict:
        few, again = twice(strict, query=document, variables={"first": 20})
        (many,) = twice(strict, query=document, variables={"first": 100})[1:]
        (none,) = twice(strict, query=document)[1:]
    assert few == again
    assert {"requested": 626, "limit": 1_000} == again["extensions"]["cost"] == none["extensions"]["cost"]
    assert ["cost"] == [error["extensions"]["limit"] for error in many["errors"]]
    assert [True, True, True] == noted[:3], "and what is over the limit is not asked at all"


def test_a_validated_document_is_checked_again_under_other_limits(api: Api, noted: list[bool]) -> None:
    document = "{ partnerships(first: 9) { nodes { n1: name n2: name n3: name } } }"
    assert all("data" in answer for answer in twice(api, query=document))
    with served(api.database, projector=False, limits=Limits(aliases=2)) as strict:
        seen = twice(strict, query=document)
    assert ["aliases"] * 2 == [answer["errors"][0]["extensions"]["limit"] for answer in seen]
    assert [True] == noted


def test_an_operation_is_known_by_its_name(api: Api, noted: list[bool]) -> None:
    document = "query A { partnerships(first: 1) { nodes { code } } } query B { auditLog(first: 1) { nodes { name } } }"
    for name, root in (("A", "partnerships"), ("B", "auditLog")):
        assert [[root]] * 2 == [list(answer["data"]) for answer in twice(api, query=document, operationName=name)]
    assert all("errors" in answer for answer in twice(api, query=document))
    assert all("errors" in answer for answer in twice(api, query=document, operationName="C"))
    assert [True, True] == noted


def test_a_whole_operation_that_takes_too_long_is_stopped(
    api: Api, monkeypatch: pytest.MonkeyPatch, noted: list[bool]
) -> None:
    document = "{ partnerships(first: 2) { nodes { code kind } } }"

    async def slow(*_: Any) -> None:
        await asyncio.sleep(5)

    with served(api.database, projector=False, limits=Limits(operation_seconds=0.2)) as hasty:
        hasty.post(document)
        monkeypatch.setattr(whole, "_answered", slow)
        answer = hasty.post(document).json()
    assert ["TIMED_OUT"] == [error["extensions"]["code"] for error in answer["errors"]]
    assert answer["extensions"]["cost"]["requested"] > 0
    assert [] == noted, "it was stopped while it was answered as a whole"


@pytest.mark.parametrize("error", [psycopg.errors.QueryCanceled("slow"), PoolTimeout("away")], ids=["slow", "away"])
def test_a_failed_statement_is_not_waited_for_twice(
    api: Api, monkeypatch: pytest.MonkeyPatch, error: Exception, noted: list[bool]
) -> None:
    """graphql-core reports the error of the first statement without a second one."""
    document = f'{{ partnership(code: "{CODE}") {{ code timeline(first: 1) {{ nodes {{ kind }} }} }} }}'
    api.ask(document)
    asked = []

    async def refused(*_: Any, **__: Any) -> Any:
        asked.append(1)
        raise error

    monkeypatch.setattr(psycopg.AsyncCursor, "execute", refused)
    answer = api.post(document).json()
    assert ([1], [False]) == (asked, noted)
    code = "TIMED_OUT" if isinstance(error, psycopg.errors.QueryCanceled) else "UNAVAILABLE"
    assert [(code, ["partnership"])] == [(one["extensions"]["code"], one["path"]) for one in answer["errors"]]


def test_only_graphql_core_waits_for_a_read_model_that_is_behind(
    programme: Database, monkeypatch: pytest.MonkeyPatch, noted: list[bool]
) -> None:
    monkeypatch.setattr("api.context.PATIENCE_SECONDS", 0.3)
    assert PATIENCE_SECONDS > 0.3
    document = f'query ($p: LogPosition) {{ partnership(code: "{CODE}", atLeast: $p) {{ name }} }}'
    with programme.connect() as connection:
        row = connection.execute("SELECT max(notification_id) FROM log.events").fetchone()
        head = row[0] if row else 0
        with served(programme, projector=False) as api:
            api.ask(document, p=f"{head}")
            assert {"partnership"} == set(api.ask(document, p=f"{head}"))
            connection.execute("UPDATE read.projections SET position = position - 1 WHERE name = 'audit'")
            assert "NOT_YET_VISIBLE" == api.error(document, p=f"{head}")["extensions"]["code"]
    assert [True, False] == noted


def test_an_extension_of_fields_sees_each_of_them(api: Api, monkeypatch: pytest.MonkeyPatch, noted: list[bool]) -> None:
    document = "{ partnerships(first: 3) { nodes { code name } } }"
    api.ask(document)
    monkeypatch.setattr(schema, "extensions", (*EXTENSIONS, SchemaExtension))
    api.ask(document)
    assert [] == noted
    monkeypatch.setattr(schema, "extensions", EXTENSIONS)
    api.ask(document)
    assert [True] == noted


def test_within_the_process_no_ready_json_is_used(api: Api, noted: list[bool]) -> None:
    document = "{ auditLog(first: 3) { nodes { id name } } }"

    async def ask() -> Any:
        async with PooledReads(api.database) as reads:
            context = Context(api.app.state.log, reads, "tests")
            return [await schema.execute(document, context_value=context) for _ in range(2)]

    import asyncio

    expected = json.loads(json.dumps(api.ask(document)))
    assert [expected, expected] == [cast(Any, one).data for one in asyncio.run(ask())]
    assert [] == noted
