"""The JSON that PostgreSQL writes equals that of graphql-core, for any selection, page and value."""

import asyncio
import json
import random
from collections.abc import Iterator
from typing import Any, cast

import pytest
from api.answering.written import Later, Shape
from graphql import GraphQLInterfaceType, GraphQLObjectType, get_named_type, is_leaf_type

from api.answering import written
from api.context import Context
from api.schema import schema
from api.types import audit, delays, partnerships, timeline
from infra.database.pool import PooledReads
from infra.database.postgres import Database
from tests.api.answering.test_plans import answers, ways
from tests.api.types.test_subscription import socket
from tests.conftest import copy_of
from tests.infra.web.test_event_stream import stream
from tests.kit.length import times
from tests.kit.web.served import Api, served

CODE = "worcestershire-partnership"
GENERATED = times(150, 5000)
PAGES = {
    f'partnership(code: "{CODE}") {{ timeline': ("TimelineEntry", timeline.WRITTEN, " }"),
    "auditLog": ("AuditEntry", audit.WRITTEN, ""),
    "partnerships": ("Partnership", partnerships.WRITTEN, ""),
    "delays": ("Delay", delays.WRITTEN, ""),
}
# Texts, sums and instants that are written otherwise than most.
ODD = """
UPDATE read.timeline SET title = E'"quoted" \\\\ back\\u0001slash\\b\\f\\n\\r\\t/\\x7f' WHERE position % 5 = 0;
UPDATE read.timeline SET title = U&'Caf\\00E9 \\4E2D\\6587 \\+01F600 \\2028\\FEFF </script>' WHERE position % 5 = 1;
UPDATE read.timeline SET actor = U&'\\FFFD' || actor WHERE position % 5 = 1;
UPDATE read.timeline SET recorded_at = date_trunc('second', recorded_at) WHERE position % 3 = 0;
UPDATE read.timeline SET until = '2004-03/2005~' WHERE position % 3 = 0;
UPDATE read.timeline SET recorded_at = date_trunc('second', recorded_at) + interval '120 milliseconds'
 WHERE position % 3 = 1;
UPDATE read.timeline SET amount = 0, currency = 'GBP' WHERE position % 7 = 0;
UPDATE read.timeline SET amount = 1234567890123, currency = 'JPY' WHERE position % 7 = 1;
UPDATE read.timeline SET amount = -0.005, currency = 'BHD' WHERE position % 7 = 2;
UPDATE read.timeline SET amount = 12.50, currency = NULL WHERE position % 7 = 3;
UPDATE read.timeline SET amount = 12.50, currency = 'EUR' WHERE position % 7 = 4;
SET session_replication_role = replica;
UPDATE log.events SET authority = NULL, causation_id = 'cause "1"' WHERE notification_id % 2 = 0;
UPDATE log.events SET authority = '', actor = E'tab\\there' WHERE notification_id % 2 = 1;
UPDATE log.events SET recorded_at = date_trunc('second', recorded_at) + notification_id % 4 * interval '0.0401 s';
SET session_replication_role = DEFAULT;
INSERT INTO read.payment_steps
SELECT 1000000 + n, a.id, n / 7 % 3, (array['requested', 'approved', 'released', 'settled', 'unsettled', 'reversed',
       'stated', 'withdrawn', 'approved'])[1 + (n * 7919) % 9], n, 'GBP', (array['2004-05', 'unknown'])[1 + n % 2],
       '2004-05-01', U&'\\00DF ' || n
  FROM generate_series(1, 400) n JOIN (SELECT id, row_number() OVER (ORDER BY position) AS nth FROM read.awards) a
    ON a.nth = 1 + n / 21 % 9;
INSERT INTO read.conditions SELECT id, 1, 'So "it" be', 'open', NULL FROM read.awards WHERE position % 2 = 0;
INSERT INTO read.conditions SELECT id, 2, 'met', 'met', '2004~' FROM read.awards WHERE position % 3 = 0;
UPDATE read.awards SET purpose = NULL, basis = E'a\ttab', amount = 7 WHERE position % 3 = 0;
INSERT INTO read.bids (id, reference, title, status, partnership_id, currency, requested, approved, award_id, submitted,
                       position)
SELECT 'bid-odd-' || n, 'B' || n, (array['So "it" be', E'tab\\there', U&'\\00DF'])[1 + n % 3], 'submitted', p.id,
       (array['GBP', 'JPY', NULL])[1 + n % 3], n * 10, CASE n % 2 WHEN 0 THEN n END,
       CASE n % 3 WHEN 0 THEN (SELECT id FROM read.awards ORDER BY position OFFSET n % 9 LIMIT 1) END, '2004~', 2000000
  FROM generate_series(1, 40) n JOIN (SELECT id, row_number() OVER (ORDER BY code) AS nth FROM read.partnerships) p
    ON p.nth = n;
INSERT INTO read.spans (bid_id, attempt, nth, position, span, owner, outcome, started, sorts_on, ended, pauses, "limit",
                        days, deadline, calendar, partnership_id, kind, scheme_id, programme_id)
SELECT 'bid-odd-' || n, 1, nth, 2000000, (array['to_decision', 'to_award', 'to_money', 'eligibility', 'decision'])[nth],
       (array['funder', 'bidder'])[1 + n % 2], CASE (n + nth) % 3 WHEN 0 THEN 'reached' WHEN 1 THEN 'withdrawn' END,
       (array['2004-03-01', '2004-03', '2004~', 'unknown'])[1 + n % 4], '2004-03-01',
       CASE WHEN (n + nth) % 3 < 2 THEN (array['2004-07-15', '2004-07'])[1 + n % 2] END,
       (array['[]', '[["2004-03-20", "2004-04-02"], ["2004-05", null]]'])[1 + n % 2]::jsonb,
       CASE n % 3 WHEN 0 THEN 30 END, CASE n % 3 WHEN 0 THEN 'working' END,
       CASE n % 3 WHEN 0 THEN date '2004-06-20' END, 'scotland', '', '', '', ''
  FROM generate_series(1, 40) n CROSS JOIN generate_series(1, 5) nth;
INSERT INTO read.bid_steps
SELECT 'bid-odd-' || n, 2000000 + nth, (array['submitted', 'acknowledged', 'approved'])[nth], '2004-0' || nth + 3, NULL
  FROM generate_series(1, 40) n CROSS JOIN generate_series(1, 3) nth;
"""


@pytest.fixture(scope="module")
def api(server: Database, programme_template: str) -> Iterator[Api]:
    odd = copy_of(server, programme_template)
    with odd.connect() as connection:
        connection.execute(ODD)
    with served(odd, projector=False) as api:
        yield api


@pytest.fixture
def noted(monkeypatch: pytest.MonkeyPatch) -> list[bool]:
    """For each page: whether PostgreSQL wrote it."""
    pages: list[bool] = []
    page = written.page

    async def noting(*args: Any) -> Any:
        found = await page(*args)
        pages.append(found is not None)
        return found

    monkeypatch.setattr(written, "page", noting)
    return pages


class Chooser:
    """Writes pages that PostgreSQL can write, and sometimes one that it cannot, unless *uncovered* is empty."""

    def __init__(self, chance: random.Random, uncovered: float) -> None:
        self._chance = chance
        self._uncovered = uncovered
        self.fragments: list[str] = []

    def operation(self, arguments: dict[str, list[str]]) -> str:
        """A page of one of PAGES, with one of the *arguments* of that list."""
        root = self._chance.choice(list(PAGES))
        end = PAGES[root][2]
        chosen = self._chance.choice(arguments[root])
        return f"{{ {root}({chosen}) {self.connection(root)} {end} }} {' '.join(self.fragments)}"

    def connection(self, root: str) -> str:
        """A selection for one of PAGES; it may spread *fragments*."""
        name, shape, _ = PAGES[root]
        of = cast(Any, schema._schema.type_map[name])
        node = self._object(of, shape, 2)
        lists = [
            f"nodes {node}",
            f"edges {{ cursor node {node} }}",
            f"l: edges {{ n: node {node} __typename c: cursor }}",
        ]
        parts = [self._chance.choice(lists)]
        counted = ["totalCount"] if self._uncovered else []
        parts += self._some("pageInfo { endCursor s: startCursor hasNextPage hasPreviousPage }", "__typename", *counted)
        if self._uncovered and self._chance.random() < 0.1:
            parts.append("more: nodes { __typename }")
        self._chance.shuffle(parts)
        return f"{{ {' '.join(parts)} }}"

    def _some(self, *of: str) -> list[str]:
        return self._chance.sample(of, self._chance.randint(0, len(of)))

    def _object(self, kind: Any, shape: Shape, depth: int) -> str:
        names = self._some(*shape.fields) or ["__typename"]
        parts = [self._field(kind, name, shape) for name in names if name != "__typename"]
        parts += ["__typename"] * (self._chance.random() < 0.3 or not parts)
        if self._uncovered and self._chance.random() < 0.1:
            parts.append(f"... @include(if: {self._chance.choice(['true', 'false'])}) {{ __typename {parts[0]} }}")
        if depth and self._chance.random() < 0.4:
            parts.append(self._narrowed(kind, shape, depth))
        self._chance.shuffle(parts)
        return f"{{ {' '.join(parts)} }}"

    def _narrowed(self, kind: Any, shape: Shape, depth: int) -> str:
        concrete = isinstance(kind, GraphQLInterfaceType)
        one = self._chance.choice(schema._schema.get_possible_types(kind)) if concrete else kind
        below = self._object(one, shape, depth - 1)
        if self._chance.random() < 0.5:
            return f"... on {one.name} {below}"
        self.fragments.append(f"fragment F{len(self.fragments)} on {one.name} {below}")
        return f"...F{len(self.fragments) - 1}"

    def _field(self, kind: GraphQLObjectType | GraphQLInterfaceType, name: str, shape: Shape) -> str:
        seen, alias = shape.fields[name], f"a_{name}: " if self._chance.random() < 0.2 else ""
        below = get_named_type(kind.fields[name].type)
        if is_leaf_type(below):
            return f"{alias}{name}"
        if isinstance(seen, str):
            return "__typename"
        if isinstance(seen, Later):
            return f"{alias}{name} {self._worked_out(below)}"
        uncovered = self._chance.random() < self._uncovered and below.name == "When"
        return f"{alias}{name} {'{ text precision }' if uncovered else self._object(below, seen, 0)}"

    def _worked_out(self, kind: Any) -> str:
        """Any selection of the object that Python writes."""
        if is_leaf_type(kind):
            return ""
        names = self._chance.choices([*kind.fields, "__typename"], k=self._chance.randint(1, 6))
        parts = [
            "__typename"
            if name == "__typename"
            else f"{name} {self._worked_out(get_named_type(kind.fields[name].type))}"
            for name in dict.fromkeys(names)
        ]
        return f"{{ {' '.join(parts)} }}"


def pages_to_ask_for(api: Api) -> dict[str, list[str]]:
    """Arguments of each list: sizes, cursors from both ends, filters, and invalid ones."""
    found = {}
    for root, (_, _, end) in PAGES.items():
        asked = api.ask(f"{{ {root}(first: 40) {{ edges {{ cursor }} }} {end} }}")
        edges = (asked["partnership"]["timeline"] if end else asked[root])["edges"]
        early, late = edges[3]["cursor"], edges[-2]["cursor"]
        found[root] = [
            "first: 0", "first: 1", "first: 30", "last: 7", "first: 100", f'first: 5, after: "{early}"',
            f'last: 6, before: "{late}"', f'first: 9, after: "{early}", before: "{late}"', f'last: 3, after: "{late}"',
            "first: 101", 'after: "forged"',
        ]  # fmt: skip
    first, second, third, fourth = PAGES
    found[first] += ["lanes: [BID, AWARD], first: 9", 'from: "2004-01-01", to: "2005-01-01"']
    found[first] += ['knownAt: "2199-01-01T00:00:00Z"', "lanes: []"]
    found[third] += ['filter: {text: "cumbria"}', 'filter: {kind: "authority"}', 'filter: {scheme: "\\u0000"}']
    found[fourth] += ['asAt: "2004-06-15", first: 20', 'knownAt: "2199-01-01T00:00:00Z"', "filter: {openOnly: true}"]
    found[second] += ['filter: {names: ["BidApproved"]}', 'filter: {actor: "nobody"}']
    return found


def test_pages_that_postgresql_writes_are_the_same(
    api: Api, monkeypatch: pytest.MonkeyPatch, noted: list[bool]
) -> None:
    chance = random.Random(5012)
    arguments = pages_to_ask_for(api)
    shown = 0
    for _ in range(GENERATED):
        document = Chooser(chance, uncovered=0.05).operation(arguments)
        planned, plain = answers(api, document, monkeypatch)
        assert planned == plain, document
        shown += len(plain)
    # A third of all answers is by graphql-core alone.
    assert sum(noted) > 0.4 * len(noted), "hardly a page was written by PostgreSQL: the test has no power"
    assert shown > 500 * GENERATED, "hardly anything was shown: the test has no power"


@pytest.mark.parametrize("root", PAGES)
def test_every_field_of_a_shape_is_written(
    api: Api, root: str, monkeypatch: pytest.MonkeyPatch, noted: list[bool]
) -> None:
    name, shape, end = PAGES[root]

    def everything(kind: Any, shape: Shape | Later) -> str:
        seen = shape.fields if isinstance(shape, Shape) else dict.fromkeys(kind.fields, shape)
        fields = []
        for name, of_field in seen.items():
            below = get_named_type(kind.fields[name].type)
            shown = isinstance(of_field, Shape | Later) and not is_leaf_type(below)
            fields.append(f"{name}{everything(below, cast(Any, of_field)) if shown else ''}")
        return f"{{ __typename {' '.join(fields)} }}"

    node = everything(schema._schema.type_map[name], shape)
    chosen = {"partnerships": 'last: 20, filter: {scheme: "cbp-pilots"}', "delays": "first: 20"}.get(root, "first: 100")
    planned, plain = answers(api, f"{{ {root}({chosen}) {{ nodes {node} }} {end} }}", monkeypatch)
    assert planned == plain
    # The last of our ways answers as a whole, without pages, what needs no Python.
    assert [True, True, *[True] * (root == "delays"), False] == noted
    assert root != "delays" or plain.count('"stages":[{') > 3
    assert root != "partnerships" or plain.count('"payments":[{') > 3


def test_graphql_core_answers_what_no_shape_has(api: Api, noted: list[bool]) -> None:
    api.ask("{ auditLog(first: 2) { nodes { effective { text precision } } } }")
    api.ask("{ auditLog(first: 2) { nodes { id } more: nodes { id } } }")
    api.ask("{ auditLog(first: 2) { totalCount } }")
    assert [False, False, False] == noted


@pytest.mark.parametrize(
    ("spoil", "document", "code"),
    [
        pytest.param(
            "DELETE FROM read.bids",
            "{ delays(first: 99) { nodes { bid { reference } } } }",
            "NOT_YET_VISIBLE",
            id="a delay of a bid that is not shown yet",
        ),
        pytest.param(
            "UPDATE read.timeline SET amount = 0.5, currency = 'JPY' WHERE lane = 'AWARD'",
            f'{{ partnership(code: "{CODE}") {{ timeline(first: 99) {{ nodes {{ title amount {{ amount }} }} }} }} }}',
            "INTERNAL",
            id="a sum finer than its currency",
        ),
    ],
)
def test_an_invalid_row_is_reported_as_by_graphql_core(
    programme: Database, monkeypatch: pytest.MonkeyPatch, spoil: str, document: str, code: str
) -> None:
    with programme.connect() as connection:
        connection.execute(cast(Any, spoil))
    with served(programme, projector=False) as api:
        planned, plain = answers(api, document, monkeypatch)
        assert planned == plain
        assert {code} == {error["extensions"]["code"] for error in json.loads(plain)["errors"]}


def test_the_event_of_an_entry_is_shown_before_the_audit_log_has_processed_it(
    programme: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    def last(selection: str) -> str:
        return f'{{ partnership(code: "{CODE}") {{ timeline(last: 1) {{ nodes {{ position {selection} }} }} }} }}'

    document = last("event { position name effective { text } version }")
    with served(programme, projector=False) as api:
        shown = api.ask(document)
        (entry,) = api.ask(last("event { id }"))["partnership"]["timeline"]["nodes"]
        with programme.connect() as connection:
            connection.execute("DELETE FROM read.audit WHERE position >= %s", (int(entry["position"]),))
        assert api.ask(f'{{ node(id: "{entry["event"]["id"]}") {{ id }} }}') == {"node": None}
        assert [shown] * 4 == [json.loads(each)["data"] for each in ways(api, document, monkeypatch)]


def test_a_shape_that_names_another_column_is_noticed(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    """The control of the tests above."""
    monkeypatch.setitem(cast(dict[str, Any], audit.WRITTEN.fields), "name", "e.actor")
    # By rows, by rows, as a whole.
    *ours, plain = ways(api, "{ auditLog(first: 3) { nodes { name } } }", monkeypatch)
    assert plain not in ours


def test_ready_json_is_sent_over_every_transport(shared_api: Api, noted: list[bool]) -> None:
    document = (
        f'{{ partnership(code: "{CODE}") {{ timeline(first: 30) {{ edges {{ cursor node {{ id title }} }} }} }} }}'
    )
    expected = shared_api.ask(document)
    with stream(shared_api, document) as (_, events):
        name, answer = next(events)
        assert ("next", expected) == (name, answer["data"])
    with socket(shared_api) as connection:
        assert expected == connection.answer(document)["data"]
    assert [True] * 3 == noted


def test_within_the_process_values_are_python_objects(api: Api, noted: list[bool]) -> None:
    """Ready JSON is used only if orjson encodes the answer."""
    document = "{ auditLog(first: 3) { nodes { id name } } }"

    async def ask() -> Any:
        async with PooledReads(api.database) as reads:
            context = Context(api.app.state.log, reads, "tests")
            return await schema.execute(document, context_value=context)

    assert api.ask(document) == asyncio.run(ask()).data
    assert [True, False] == noted
