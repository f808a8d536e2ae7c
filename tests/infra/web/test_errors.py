"""Every wrong request is answered with a sentence and a code, and never with an internal error."""

import logging
import re
from collections.abc import Iterator, Sequence
from typing import Any

import httpx
import pytest

from api.answering import statements
from api.contract import cursor, errors
from api.limits.weighing import Limits
from domain.folded import States
from domain.history import Answer, Decision
from infra.web import documents, graphql_http, slow_readers
from projections import bids
from projections.register import reading as register
from tests.kit.paths import ROOT
from tests.kit.web.served import Api

PLANTED = "planted-secret-4711"
INPUT, PARSE, VALIDATION, CURSOR = "BAD_USER_INPUT", "GRAPHQL_PARSE_FAILED", "GRAPHQL_VALIDATION_FAILED", "BAD_CURSOR"
LIMIT = "LIMIT_EXCEEDED"


def codes(response: httpx.Response) -> list[str]:
    """The codes of the errors of a response that is JSON and no 5xx, each error with a sentence."""
    assert 500 > response.status_code, response.text
    assert response.headers["content-type"].startswith(("application/json", "application/graphql-response+json"))
    errors = response.json().get("errors", [])
    assert all(error["message"] and isinstance(error["extensions"]["code"], str) for error in errors)
    return [error["extensions"]["code"] for error in errors]


# --- Documents --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("{ log { position }", PARSE),
        ("", INPUT),
        ("# nothing", PARSE),
        ("\x00", PARSE),
        ("{ log { position } } \U0001f600", PARSE),
        ('{ partnership(code: "\\ud800") { id } }', PARSE),
        ("{" + "a{" * 5000 + "a" + "}" * 5001, PARSE),
        ("query ($a: " + "[" * 3000 + "Int" + "]" * 3000 + ") { log { position } }", PARSE),
        ("{ nodes(ids: " + "[" * 5000 + "]" * 5000 + ") { id } }", PARSE),
        ("{ nothing }", VALIDATION),
        ("{ partnership { nothing } }", VALIDATION),
        ("{ partnerships }", VALIDATION),
        ("query ($a: Nothing) { log { position } }", VALIDATION),
        ("query ($a: Int) { log { position } }", VALIDATION),
        ("{ ...f } fragment f on Query { ...g } fragment g on Query { ...f }", VALIDATION),
        ("{ ...missing }", VALIDATION),
        ("fragment f on Query { log { position } }", INPUT),
        ("type Query { a: Int }", INPUT),
        ("mutation { submitBid(input: {}) { __typename } }", VALIDATION),
        ("subscription { events { position } }", INPUT),
        ("{ partnership { id } }", INPUT),
        ('{ partnership(id: "a", code: "b") { id } }', INPUT),
        ("{ bid { id } }", INPUT),
        ('{ award(id: "a", reference: "b") { id } }', INPUT),
    ],
)
def test_a_document_that_cannot_be_answered_is_refused_with_a_code(shared_api: Api, query: str, code: str) -> None:
    assert {code} == set(codes(shared_api.post(query)))


def test_an_error_that_names_a_field_does_not_suggest_others(shared_api: Api) -> None:
    assert "Did you mean" not in shared_api.post("{ partnershipz { id } }").text


LONG = "9" * 5_000


@pytest.mark.parametrize(
    "query",
    [
        f"{{ partnerships(first: {LONG}) {{ nodes {{ id }} }} }}",
        f"{{ partnerships(first: -{LONG}) {{ nodes {{ id }} }} }}",
        f"query ($n: Int = {LONG}) {{ partnerships(first: $n) {{ nodes {{ id }} }} }}",
        f'{{ bid(reference: "lrip") {{ clock(attempt: {LONG}) {{ days }} }} }}',
        f'{{ partnership(code: "lrip") {{ outcomes(knownAt: {LONG}) {{ id }} }} }}',
        f"mutation {{ requestPayment(input: {{ number: {LONG} }}) {{ __typename }} }}",
        f"{{ nodes(ids: [[{LONG}]]) {{ id }} }}",
        f"{{ log @skip(if: {LONG}) {{ position }} }}",
        f"{{ partnerships(first: {LONG}.5) {{ nodes {{ id }} }} }}",
        f"{{ partnerships(first: 1e{LONG}) {{ nodes {{ id }} }} }}",
    ],
)
def test_a_number_of_thousands_of_digits_is_an_error_of_the_client(
    shared_api: Api, caplog: pytest.LogCaptureFixture, query: str
) -> None:
    assert {VALIDATION} <= set(codes(shared_api.post(query))) <= {VALIDATION, INPUT}
    assert [] == caplog.records


@pytest.mark.parametrize(
    ("query", "given", "column"),
    [
        ('{ partnership(code: "lrip") { timeline(from: "2004-02-30") { totalCount } } }', "Argument from:", 46),
        (
            '{ nodes(ids: []) { id } auditLog(filter: { upTo: "-1" }) { totalCount } }',
            "Argument filter, field upTo:",
            50,
        ),
        (
            'query ($t: DateTime = "2004") { partnership(code: "lrip") { outcomes(knownAt: $t) { id } } }',
            "Default of variable t:",
            23,
        ),
    ],
)
def test_a_value_in_the_document_that_is_not_allowed_is_refused_with_its_place_and_its_name(
    shared_api: Api, query: str, given: str, column: int
) -> None:
    error = shared_api.error(query)
    assert INPUT == error["extensions"]["code"]
    assert [{"line": 1, "column": column}] == error["locations"]
    assert given in error["message"]


# --- Values -----------------------------------------------------------------------------------------------------------

POSITIONS = [
    "",
    "-1",
    "+1",
    "1.0",
    "1e3",
    " 1",
    "\u0661",
    "0x10",
    "9223372036854775808",
    "9" * 5000,
    "NaN",
    5,
    5.0,
    True,
    [],
]


@pytest.mark.parametrize("value", POSITIONS)
def test_a_value_that_is_not_a_log_position_is_refused(shared_api: Api, value: Any) -> None:
    query = 'query ($p: LogPosition) { partnership(code: "lrip", atLeast: $p) { id } }'
    assert [INPUT] == codes(shared_api.post(query, {"p": value}))
    assert [INPUT] == codes(
        shared_api.post("query ($f: AuditFilter) { auditLog(filter: $f) { totalCount } }", {"f": {"upTo": value}})
    )


INSTANTS = [
    "2004-03-15T09:00:00",
    "2004-03-15 09:00:00Z",
    "2004-02-30T00:00:00Z",
    "2004-03-15T25:00:00Z",
    "2004-03-15T09:00:00+25:00",
    "2004-03-15T09:00:00+05:30:15",
    "2004-03-15T09:00:00+05:60",
    "2004-03-15T09:00:00+0530",
    "2004-03-15T09:00:00+05",
    "2004-W11-1T09:00:00Z",
    "20040315T090000Z",
    "2004-03-15T09:00:00 Z",
    "2004-03-15T09:00:00.1234567Z",
    "2004-03-15T09:00:00,5Z",
    "2004-03-15T09Z",
    "2004-03-15T24:00:00Z",
    "2004-03-15T09:00:00Z\n",
    "2004-03-15T09:00:0\u0661Z",
    "0001-01-01T00:00:00Z",
    "9999-12-31T23:59:59Z",
    "yesterday",
    "",
    "T" * 40,
    "2004-03-15T09:00:00Z" + " " * 5000,
    1079341200,
    1079341200.5,
    {},
]


@pytest.mark.parametrize("value", INSTANTS)
def test_a_value_that_is_not_an_instant_with_an_offset_is_refused(shared_api: Api, value: Any) -> None:
    query = 'query ($t: DateTime) { partnership(code: "lrip") { timeline(knownAt: $t) { totalCount } } }'
    response = shared_api.post(query, {"t": value})
    assert [INPUT] == codes(response)
    assert "YYYY-MM-DDTHH:MM" in response.json()["errors"][0]["message"]


DAYS = [
    "2004-02-30",
    "2004-13-01",
    "0000-01-01",
    "2004-3-1",
    "2004",
    "20040315",
    "2004-W11-1",
    "2004-03-15 ",
    "2004-03-15T00:00:00Z",
    "",
    2004,
    [],
]


@pytest.mark.parametrize("value", DAYS)
@pytest.mark.parametrize("argument", ["from", "to"])
def test_a_value_that_is_not_a_calendar_day_is_refused(shared_api: Api, argument: str, value: Any) -> None:
    query = f'query ($d: Date) {{ partnership(code: "lrip") {{ timeline({argument}: $d) {{ totalCount }} }} }}'
    assert [INPUT] == codes(shared_api.post(query, {"d": value}))


@pytest.mark.parametrize(
    "moment",
    [
        "0002-01-01T00:00:00+23:59",
        "9998-12-31T23:59:59-23:59",
        "2004-03-15T09:00:00+20:00",
        "2004-03-15T09:00+05:45",
        "2004-03-15T09:00:00.5-00:00",
        "2004-03-15T09:00:00.123456Z",
    ],
)
def test_an_instant_far_off_or_with_an_odd_offset_is_answered(shared_api: Api, moment: str) -> None:
    query = """query ($t: DateTime) { auditLog(filter: { recordedFrom: $t, recordedTo: $t }) { totalCount }
        partnership(code: "lrip") { timeline(knownAt: $t) { totalCount } outcomes(knownAt: $t) { id } } }"""
    assert [] == codes(shared_api.post(query, {"t": moment}))


AMOUNTS: list[Any] = [
    40000,
    40000.5,
    0.1 + 0.2,
    True,
    None,
    [],
    {},
    "",
    " 1",
    "1 ",
    "1,000.00",
    "\u00a31",
    "NaN",
    "-NaN",
    "sNaN",
    "Infinity",
    "-Infinity",
    "1e3",
    "1E+3",
    "0x10",
    "1_000",
    "+1",
    ".5",
    "5.",
    "1.2.3",
    "--1",
    "\u0661\u0662",
    "9" * 14,
    "9" * 5000,
    "1.00000",
]


def submitting(**changed: Any) -> dict[str, Any]:
    """The variables of a bid that could be submitted but for what is *changed*."""
    given = {
        "commandId": "hostile",
        "reference": "hostile",
        "partnership": "lrip",
        "title": "Hostile",
        "requested": {"amount": "1.00", "currency": "GBP"},
        "on": "2005-04-01",
    }
    return {"input": given | changed}


SUBMIT = "mutation ($input: SubmitBidInput!) { submitBid(input: $input) { __typename } }"


@pytest.mark.parametrize("amount", AMOUNTS)
def test_an_amount_is_only_a_string_of_plain_digits(shared_api: Api, amount: Any) -> None:
    requested = {"amount": amount, "currency": "GBP"}
    assert [INPUT] == codes(shared_api.post(SUBMIT, submitting(requested=requested))) or amount is None


@pytest.mark.parametrize(
    ("amount", "currency"),
    [
        ("1.005", "GBP"),
        ("1.0000", "KWD"),
        ("1.5", "JPY"),
        ("1", "gbp"),
        ("1", "GB"),
        ("1", "POUNDS"),
        ("1", ""),
        ("1", "\x00"),
    ],
)
def test_an_amount_has_no_more_decimals_than_its_currency_and_the_currency_is_three_capitals(
    shared_api: Api, amount: str, currency: str
) -> None:
    requested = {"amount": amount, "currency": currency}
    assert [INPUT] == codes(shared_api.post(SUBMIT, submitting(requested=requested)))


@pytest.mark.parametrize("literal", ["12.50", "12", "1e3", "true", "null", "[]", "{}", "NaN", '"NaN"', '"1e3"'])
def test_an_amount_written_into_the_document_as_anything_but_a_plain_string_is_refused(
    shared_api: Api, literal: str
) -> None:
    query = """mutation { submitBid(input: { commandId: "h", reference: "h", partnership: "lrip", title: "T",
        on: "2005", requested: { amount: %s, currency: "GBP" } }) { __typename } }"""
    assert set(codes(shared_api.post(query % literal))) <= {INPUT, VALIDATION}
    assert [] != codes(shared_api.post(query % literal))


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("on", ""),
        ("on", "2005-02-30"),
        ("on", "2005-13"),
        ("on", "0000"),
        ("on", "2005~"),
        ("on", "2004/2005"),
        ("on", "../2005"),
        ("on", "unknown"),
        ("on", "2005-04-01T00:00:00Z"),
        ("on", "\u0662\u0660\u0660\u0665"),
        ("on", "2" * 100_000),
        ("on", "2005\x00"),
        ("reference", ""),
        ("reference", " \n\t "),
        ("reference", "r\x00"),
        ("reference", "r" * 201),
        ("title", "\x1b[31m"),
        ("title", "t" * 4001),
        ("partnership", "\x00"),
        ("partnership", "p" * 100_000),
        ("round", "\x00"),
        ("commandId", ""),
        ("commandId", "c\x00"),
        ("commandId", "c" * 201),
        ("bidId", "award-1"),
        ("bidId", "bid-"),
        ("bidId", "bid-\x00"),
        ("bidId", "bid 1"),
        ("bidId", "bid-\u0661"),
        ("bidId", "bid-" + "1" * 81),
        ("bidId", "Bid-1"),
        ("bidId", "bid-1; DROP TABLE log.events"),
    ],
)
def test_a_field_with_a_value_that_is_not_allowed_is_refused_by_its_name(
    shared_api: Api, field: str, value: str
) -> None:
    response = shared_api.post(SUBMIT, submitting(**{field: value}))
    assert [INPUT] == codes(response)
    assert field in response.json()["errors"][0]["message"]
    assert 500 > len(response.text), "a long value is not given back"


def test_none_of_the_hostile_commands_has_been_recorded(shared_api: Api) -> None:
    found = shared_api.ask('{ auditLog(filter: { commandId: "hostile" }) { totalCount } }')
    assert {"totalCount": 0} == found["auditLog"]


def test_a_decision_is_a_yes_or_a_no_and_not_both_or_neither(shared_api: Api) -> None:
    query = "mutation ($input: DecideBidInput!) { decideBid(input: $input) { __typename } }"
    given: dict[str, Any] = {"commandId": "c", "bid": "bid-1", "on": "2005"}
    both = {"approved": {"amount": "1", "currency": "GBP"}, "declinedBecause": "no"}
    assert [INPUT] == codes(shared_api.post(query, {"input": given}))
    assert [INPUT] == codes(shared_api.post(query, {"input": given | both}))
    assert [INPUT] == codes(shared_api.post(query, {"input": given | {"declinedBecause": " "}}))


TEXTS = ["\x00", "a\x00b", "\x00" * 1000]


@pytest.mark.parametrize("text", TEXTS)
def test_a_text_with_a_nul_names_nothing(shared_api: Api, text: str) -> None:
    query = """query ($t: String!, $id: ID!, $ids: [ID!]!) { programme(code: $t) { id } partnership(code: $t) { id }
        bid(reference: $t) { id } award(reference: $t) { id } node(id: $id) { id } nodes(ids: $ids) { id } }"""
    found = shared_api.ask(query, t=text, id=f"event-{text}", ids=[f"award-{text}", text])
    assert {
        "programme": None, "partnership": None, "bid": None, "award": None, "node": None, "nodes": [None, None],
    } == found  # fmt: skip


@pytest.mark.parametrize("text", TEXTS)
@pytest.mark.parametrize(
    ("connection", "kind", "field"),
    [
        *(
            ("partnerships", "PartnershipFilter", name)
            for name in ("programme", "scheme", "kind", "organisation", "text")
        ),
        *(("auditLog", "AuditFilter", name) for name in ("partnership", "stream", "names", "actor", "commandId")),
    ],
)
def test_a_filter_with_a_nul_is_refused_by_its_name(
    shared_api: Api, connection: str, kind: str, field: str, text: str
) -> None:
    query = f"query ($f: {kind}) {{ {connection}(filter: $f) {{ totalCount nodes {{ id }} }} }}"
    response = shared_api.post(query, {"f": {field: [text] if field == "names" else text}})
    assert {INPUT} == set(codes(response))


@pytest.mark.parametrize(
    "text", ["x" * 50_000, "%" * 10_000, "\\" * 10_000, "'; DROP TABLE log.events; --", "\u202e\U0010ffff"]
)
def test_huge_and_odd_texts_are_looked_for_and_not_found(shared_api: Api, text: str) -> None:
    query = """query ($t: String!, $id: ID!) { partnership(code: $t) { id } node(id: $id) { id }
        partnerships(filter: { text: $t }) { totalCount }
        auditLog(filter: { actor: $t }) { totalCount } }"""
    none = {"totalCount": 0}
    assert {"partnership": None, "node": None, "partnerships": none, "auditLog": none} == shared_api.ask(
        query, t=text, id=text
    )


# --- Pages ------------------------------------------------------------------------------------------------------------

LISTS = {
    "partnerships": "{{ partnerships({0}) {{ nodes {{ id }} }} }}",
    "audit": "{{ auditLog({0}) {{ nodes {{ id }} }} }}",
    "timeline": '{{ partnership(code: "lrip") {{ timeline({0}) {{ nodes {{ id }} }} }} }}',
}


@pytest.mark.parametrize("which", list(LISTS))
@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        ("first: -1", INPUT),
        ("last: -1", INPUT),
        ("first: 101", INPUT),
        ("last: 2147483647", INPUT),
        ("first: -2147483648", INPUT),
        ("first: 2147483648", VALIDATION),
        ("first: 1, last: 1", INPUT),
        ("first: 0, last: 0", INPUT),
        ('first: "1"', VALIDATION),
        ("first: 1.5", VALIDATION),
    ],
)
def test_a_page_that_cannot_exist_is_refused(shared_api: Api, which: str, arguments: str, code: str) -> None:
    assert [code] == codes(shared_api.post(LISTS[which].format(arguments)))


def test_more_than_100_ids_at_a_time_are_refused(shared_api: Api) -> None:
    query = "query ($ids: [ID!]!) { nodes(ids: $ids) { id } }"
    assert [INPUT] == codes(shared_api.post(query, {"ids": ["x"] * 101}))
    assert [None] * 100 == shared_api.ask(query, ids=["x"] * 100)["nodes"]


OURS = {
    "partnerships": cursor.write("partnerships", ("lrip",)),
    "audit": cursor.write("audit", (5,)),
    "timeline": cursor.write("timeline", ("2004-01-01", 5)),
}
FORGED: dict[str, list[tuple[Any, ...]]] = {
    "partnerships": [(5,), (None,), ("a\x00",), ("\ud800",), ("a", "b"), ()],
    "audit": [("5",), (-1,), (2**63,), (True,), (1.5,), (None,), (), (1, 2)],
    "timeline": [("2004-13-01", 1), ("", 1), ("2004-01-01", "1"), ("2004-01-01",), (5, 5), ("2004-01-01", 2**64)],
}


def bad_cursors(which: str) -> Iterator[str]:
    """Cursors that the list has never returned."""
    ours = OURS[which]
    yield from (cursor.write(which, key) for key in FORGED[which])
    yield from (other for name, other in OURS.items() if name != which)
    yield from (ours[:place] for place in range(0, len(ours), 5))
    yield from (
        ours[1:],
        ours + "A",
        ours.swapcase(),
        "A" * 501,
        "A" * 100_000,
        "=",
        "\u00e9",
        "\x00",
        "null",
        "[]",
        "0",
    )


@pytest.mark.parametrize("which", list(LISTS))
@pytest.mark.parametrize("side", ["after", "before"])
def test_a_forged_foreign_or_truncated_cursor_is_refused(shared_api: Api, which: str, side: str) -> None:
    query = f"query ($c: String) {LISTS[which].format(f'{side}: $c')}"
    assert [] == codes(shared_api.post(query, {"c": OURS[which]}))
    for bad in bad_cursors(which):
        assert [CURSOR] == codes(shared_api.post(query, {"c": bad})), bad[:80]


# --- Bodies -----------------------------------------------------------------------------------------------------------

WELL = b'{"query":"{log{position}}"}'
MALFORMED = [
    b"",
    b" ",
    b"null",
    b"true",
    b"5",
    b"-0.0",
    b'"{log{position}}"',
    b"[]",
    b"[null]",
    b"[%s]" % WELL,
    b"{}",
    b'{"query":null}',
    b'{"query":5}',
    b'{"query":["{log{position}}"]}',
    b'{"query":{}}',
    b'{"query":""}',
    b'{"Query":"{log{position}}"}',
    b'{"query":"{log{position}}"',
    b'{"query":"{log{position}}",}',
    b"{'query':'{log{position}}'}",
    b'{"query":"{log{position}}"}{}',
    b'{"query":"{log{position}}","variables":[]}',
    b'{"query":"{log{position}}","variables":"{}"}',
    b'{"query":"{log{position}}","variables":5}',
    b'{"query":"{log{position}}","operationName":5}',
    b'{"query":"{log{position}}","operationName":["A"]}',
    b'{"query":"{log{position}}","extensions":[]}',
    b'{"query":"{log{position}}","variables":{"a":NaN}}',
    b'{"query":"{log{position}}","variables":{"a":Infinity}}',
    b'{"query":"{log{position}}","variables":{"a":' + b"9" * 5000 + b"}}",
    b'{"query":"{log{position}}","variables":{"a":1e9999}}',
    b'{"query":"{log{position}}","variables":{"a":"\\ud800"}}',
    b'{"query":"{log{position}}","variables":{"\\udfff":1}}',
    b'{"query":"{log{position}}","variables":' + b'{"a":' * 2000 + b"1" + b"}" * 2001,
    b"[" * 100_000,
    b'{"a":' * 20_000,
    b"\xff\xfe{\x00}\x00",
    WELL.decode().encode("utf-16"),
    b"\xef\xbb\xbf" + WELL,
    b"query=%7Blog%7Bposition%7D%7D",
    b'{"query":"\x00"}',
    b'{"query":"\xc3\x28"}',
    b"\x1f\x8b\x08\x00",
]


@pytest.mark.parametrize("body", MALFORMED)
def test_a_body_that_is_not_a_request_is_400_with_a_code(shared_api: Api, body: bytes) -> None:
    response = shared_api.http.post("/graphql", content=body, headers={"content-type": "application/json"})
    assert (400, [INPUT]) == (response.status_code, codes(response))
    assert ["errors"] == list(response.json())


@pytest.mark.parametrize(
    "kind",
    [
        "text/plain",
        "text/plain; charset=application/json",
        "application/graphql",
        "application/jsonp",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
        "",
    ],
)
def test_a_body_under_another_content_type_is_415_with_a_code(shared_api: Api, kind: str) -> None:
    response = shared_api.http.post("/graphql", content=WELL, headers={"content-type": kind})
    assert (415, [INPUT]) == (response.status_code, codes(response))


@pytest.mark.parametrize(
    "kind", ["application/json", "Application/JSON", "application/json; charset=utf-8", " application/json ;x"]
)
def test_json_is_accepted_in_any_spelling_of_its_content_type(shared_api: Api, kind: str) -> None:
    response = shared_api.http.post("/graphql", content=WELL, headers={"content-type": kind.strip()})
    assert (200, []) == (response.status_code, codes(response))


@pytest.mark.parametrize("size", [Limits().body_bytes + 1, 5_000_000])
def test_a_body_that_is_too_large_is_413_with_a_code_also_in_pieces(shared_api: Api, size: int) -> None:
    def pieces() -> Iterator[bytes]:
        for _ in range(0, size, 4096):
            yield b" " * 4096

    contents: list[bytes | Iterator[bytes]] = [b" " * size, pieces()]
    for content in contents:
        headers = {"content-type": "application/json"}
        # A server may close the connection of a client that continues to send. The next request then needs a new one.
        with httpx.Client(base_url=shared_api.url) as http:
            try:
                response = http.post("/graphql", content=content, headers=headers)
            except httpx.TransportError:
                assert not isinstance(content, bytes)
                continue
        assert (413, [LIMIT]) == (response.status_code, codes(response))
        asked = {"asked": size} if isinstance(content, bytes) else {}
        facts = {"code": LIMIT, "limit": "bytes", "allowed": Limits().body_bytes} | asked
        assert facts == response.json()["errors"][0]["extensions"]
    assert 200 == shared_api.post("{ log { position } }").status_code


def test_a_body_of_the_largest_size_is_answered(shared_api: Api) -> None:
    body = WELL + b" " * (Limits().body_bytes - len(WELL))
    response = shared_api.http.post("/graphql", content=body, headers={"content-type": "application/json"})
    assert (200, []) == (response.status_code, codes(response))


# --- Methods ----------------------------------------------------------------------------------------------------------

ACCEPT = 'mutation M { acceptOffer(input: { commandId: "g", award: "award-1", on: "2005" }) { __typename } }'


@pytest.mark.parametrize("name", [None, "M"])
def test_a_mutation_by_get_is_405_and_says_what_is_allowed(shared_api: Api, name: str | None) -> None:
    query = ACCEPT if name is None else f"query Q {{ log {{ position }} }} {ACCEPT}"
    parameters = {"query": query} | ({"operationName": name} if name else {})
    response = shared_api.http.get("/graphql", params=parameters, headers={"accept": "application/json"})
    assert (405, ["METHOD_NOT_ALLOWED"], "POST") == (response.status_code, codes(response), response.headers["allow"])


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE", "OPTIONS", "HEAD"])
def test_another_method_is_405_and_says_what_is_allowed(shared_api: Api, method: str) -> None:
    response = shared_api.http.request(method, "/graphql", content=WELL)
    assert (405, "GET, POST") == (response.status_code, response.headers["allow"])
    if method != "HEAD":
        assert ["METHOD_NOT_ALLOWED"] == codes(response)


@pytest.mark.parametrize("name", ["variables", "extensions"])
def test_a_get_says_which_of_its_parameters_is_not_json(shared_api: Api, name: str) -> None:
    response = shared_api.http.get("/graphql", params={"query": "{ log { position } }", name: "{"})
    assert (400, f"'{name}' is not JSON in UTF-8.") == (response.status_code, response.json()["errors"][0]["message"])


@pytest.mark.parametrize(
    "parameters",
    [
        {},
        {"query": ""},
        {"query": "{ log { position } }", "variables": "x"},
        {"query": "{ log { position } }", "variables": "[]"},
        {"query": "{ log { position } }", "variables": "5"},
        {"query": "{ log { position } }", "variables": '{"a":' * 3000},
        {"query": "{ log { position } }", "variables": '{"a":"\\ud800"}'},
        {"query": "{ log { position } }", "extensions": "x"},
    ],
)
def test_a_get_without_a_sensible_request_is_400_with_a_code(shared_api: Api, parameters: dict[str, str]) -> None:
    response = shared_api.http.get("/graphql", params=parameters, headers={"accept": "application/json"})
    assert (400, [INPUT]) == (response.status_code, codes(response))


@pytest.mark.parametrize(
    "raw", ["query=%00", "query=%ff", "query=%ed%a0%80", "query=%u0041", "&&&=", "query={log{position}}&query=x"]
)
def test_a_query_string_that_is_not_text_gets_a_code(shared_api: Api, raw: str) -> None:
    assert [] != codes(shared_api.http.get(f"/graphql?{raw}", headers={"accept": "application/json"}))


def test_an_unknown_path_is_404_with_a_code(shared_api: Api) -> None:
    response = shared_api.http.get("/nothing")
    assert (404, ["NOT_FOUND"]) == (response.status_code, codes(response))


# --- Errors of ours ---------------------------------------------------------------------------------------------------


def test_an_error_next_to_data_that_other_fields_share_does_not_affect_them(shared_api: Api) -> None:
    """graphql-core cancels the fields next to an error; another field shows the same funding."""
    funding = "funding { paid { amount } }"
    document = f"""{{ a: partnership(code: "nwin") {{ {funding} }}
        b: partnership(code: "nwin") {{ {funding} timeline(after: "forged") {{ nodes {{ id }} }} }} }}"""
    answer = shared_api.post(document).json()
    assert [("BAD_CURSOR", ["b", "timeline"])] == [(e["extensions"]["code"], e["path"]) for e in answer["errors"]]
    assert {
        "a": shared_api.ask(f'{{ partnership(code: "nwin") {{ {funding} }} }}')["partnership"],
        "b": None,
    } == answer["data"]


async def breaking(*_: Any, **__: Any) -> Any:
    """A reader that fails with a text that clients must not see."""
    raise RuntimeError(PLANTED)


@pytest.mark.parametrize("accept", ["application/json", "application/graphql-response+json"])
def test_an_internal_error_is_shown_by_number_and_without_its_text(
    shared_api: Api, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, accept: str
) -> None:
    monkeypatch.setattr(statements, "lines_of", breaking)
    monkeypatch.setattr(bids, "bids_by", breaking)
    monkeypatch.setattr(register, "partnerships_by", breaking)
    with caplog.at_level(logging.ERROR, "fundtrail.api"):
        response = shared_api.post('{ bid(reference: "x") { id } partnership(code: "lrip") { id } }', accept=accept)
    assert ["INTERNAL", "INTERNAL"] == codes(response)
    assert PLANTED not in response.text
    assert "RuntimeError" not in response.text
    errors = response.json()["errors"]
    assert {("bid",), ("partnership",)} == {tuple(error["path"]) for error in errors}
    for error in errors:
        assert {"code": "INTERNAL", "number": error["extensions"]["number"]} == error["extensions"]
        assert error["extensions"]["number"] in error["message"]
        assert error["extensions"]["number"] in caplog.text
    assert PLANTED in caplog.text


class Broken:
    """A log that fails with a text that clients must not see."""

    states = States()

    def answers(self, _: Any) -> dict[str, Answer]:
        return {}

    def find(self, *_: Any) -> str:
        return "partnership-1"

    def history(self, _: str, after: int = 0) -> list[Any]:
        raise KeyError(PLANTED)

    def append(self, _: Sequence[Decision]) -> list[Answer]:
        raise KeyError(PLANTED)


def test_an_internal_error_in_a_command_is_shown_without_its_text(
    shared_api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(shared_api.app.state._state, "log", Broken())
    response = shared_api.post(SUBMIT, submitting())
    assert ["INTERNAL"] == codes(response)
    assert PLANTED not in response.text


# --- What clients are told of it --------------------------------------------------------------------------------------


def test_every_code_is_in_the_documentation_for_clients_and_no_other() -> None:
    page = (ROOT / "docs" / "api.md").read_text().partition("## Errors")[2]
    rows = [line.split("|")[1] for line in page.splitlines() if line.startswith("| `")]
    given = {
        *(value for name, value in vars(errors).items() if name.isupper() and re.fullmatch("[A-Z_]+", str(value))),
        *(
            documents.NOT_FOUND,
            documents.NOT_TRUSTED,
            slow_readers.SLOW_READER,
            graphql_http.METHOD_NOT_ALLOWED,
            "NOT_FOUND",
        ),
    }
    assert given == set(re.findall("`([A-Z_]+)`", " ".join(rows)))
