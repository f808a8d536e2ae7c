"""Hostile requests: mutated, generated from the schema, or not GraphQL at all. A seed makes them repeatable."""

import json
import random
from collections.abc import Callable

import orjson
from graphql import GraphQLField, GraphQLInterfaceType, GraphQLObjectType, get_named_type, is_composite_type

from api.contract import cursor
from api.schema import schema
from tests.infra.web.test_errors import SUBMIT, submitting

# --- Mutated ----------------------------------------------------------------------------------------------------------

SEEDS = [
    {
        "query": "query Q($first: Int, $after: String, $f: PartnershipFilter)"
        " { partnerships(first: $first, after: $after, filter: $f)"
        " { totalCount edges { cursor node { code lead { name } } } pageInfo { endCursor } } }",
        "variables": {
            "first": 5,
            "after": cursor.write("partnerships", ("lrip",)),
            "f": {"text": "cumbria", "scheme": "cbp-pilots"},
        },
        "operationName": "Q",
    },
    {
        "query": 'query { partnership(code: "lrip", atLeast: "5") { name timeline(lanes: [BID, AWARD],'
        ' from: "2004-01-01", to: "2005-12-31", knownAt: "2199-01-01T00:00:00Z", last: 5)'
        " { nodes { ...E ... on BidEntry { title } } } } }"
        " fragment E on TimelineEntry { id kind on { text earliest } amount { amount } event { data } }",
    },
    {
        "query": "query ($f: AuditFilter)"
        " { auditLog(filter: $f, last: 2) { nodes { position data } } log { position } }",
        "variables": {
            "f": {
                "names": ["AwardStated"],
                "recordedFrom": "2004-03-15T09:00:00Z",
                "upTo": "9000000000000000000",
                "actor": "import cbp",
            }
        },
    },
    {
        "query": 'mutation { a: acceptOffer(input: { commandId: "m1", award: "award-1", on: "2005-04" }) { ...R }'
        ' b: requestPayment(input: { commandId: "m2", award: "award-1", number: 1, on: "2005",'
        ' amount: { amount: "12.50", currency: "GBP" } }) { ...R } }'
        " fragment R on AwardResult { __typename ... on Refusal { rule details } ... on AwardRecorded { position } }",
    },
    {"query": SUBMIT, "variables": submitting(bidId="bid-fuzz", round=None)},
    {"query": '{ node(id: "award-1") { id ... on Award { payments(asAt: "2005-01-01") { number } } } __typename }'},
]
TOKENS = [
    b"{", b"}", b"(", b")", b"[", b"]", b'"', b"\\", b"\\u0000", b"\\ud800", b"\x00", b"\xff", b"null", b"-1", b"1e99",
    b"NaN", b"9" * 30, b"$", b"...", b"@include(if: false)", b"@skip(if: true)", b"@defer", b"fragment",
    b"subscription", b"mutation", b"__schema { types { name } }", b"\xf0\x9f\x98\x80", b"#", b'"""', b",", b":", b"!",
    b"true", b"\xe2\x80\xa8", b"2004-02-30",
]  # fmt: skip


def mutated(body: bytes, chance: random.Random) -> bytes:
    """*body* with up to six changes: parts removed, inserted, replaced or doubled, or a byte changed."""
    for _ in range(chance.choice((1, 1, 2, 3, 6))):
        place = chance.randrange(len(body) + 1)
        end = min(len(body), place + chance.randint(1, 20))
        match chance.randrange(5):
            case 0:
                body = body[:place] + body[end:]
            case 1:
                body = body[:place] + chance.choice(TOKENS) + body[place:]
            case 2:
                body = body[:end] + body[place:]
            case 3:
                body = body[:place] + chance.choice(TOKENS) + body[end:]
            case _:
                body = body[:place] + bytes([chance.randrange(256)]) + body[place + 1 :]
    return body


def hostile(chance: random.Random) -> bytes:
    """A valid request whose document or whole body was mutated."""
    request = json.loads(json.dumps(chance.choice(SEEDS)))
    if chance.random() < 0.5:
        request["query"] = mutated(request["query"].encode(), chance).decode("utf-8", "replace")
        return orjson.dumps(request)
    return mutated(orjson.dumps(request), chance)


# --- Made up from the schema ------------------------------------------------------------------------------------------

VALUES = [
    "null", "true", "0", "-1", "101", "9" * 12, "1e400", "1.5", '""', '"x"', '"2004-02-30"', '"\\u0000"', '"\\ud800"',
    "[]", "[[[]]]", "{}", "{a: {a: {a: 1}}}", "BID", "$v", "$missing", '"""\n"""', '"partnership-1"', '"lrip"', '"-1"',
]  # fmt: skip
FITTING = {"Int": "3", "ID": '"partnership-1"', "String": '"lrip"', "Date": '"2005-04-01"', "[ID!]": '["award-1"]'}
DIRECTIVES = [
    "@include(if: true)",
    "@skip(if: $v)",
    "@include",
    "@defer",
    "@stream(initialCount: 1)",
    "@a",
    "@specifiedBy",
]


class Document:
    """A document for the real schema as a hostile client could write it: partly valid, mostly not."""

    def __init__(self, chance: random.Random) -> None:
        self.chance = chance
        # Some documents are valid and select many fields.
        self.calm = chance.random() < 0.3
        self.fragments = [f"f{number}" for number in range(0 if self.calm else chance.choice((0, 0, 2, 5, 30, 120)))]
        self.left = chance.choice((5, 20, 60, 300))

    def text(self) -> str:
        """The document."""
        roots = [("query", "Query"), ("query", "Query"), ("mutation", "Mutation"), ("subscription", "Subscription")]
        parts = []
        for number in range(1 if self.calm else self.chance.choice((1, 1, 1, 2, 150))):
            word, kind = roots[0] if self.calm else self.chance.choice(roots)
            variables = self.chance.choice(("", "($v: Int)", "($v: Boolean = true, $w: [ID!]! = [])", "($v: Nothing)"))
            variables *= not self.calm
            parts.append(f"{word} O{number}{variables} {self.directives()} {self.selection(kind, 0)}")
        for name in self.fragments:
            kind = self.chance.choice(
                ("Query", "Partnership", "Award", "TimelineEntry", "Node", "AuditConnection", "X")
            )
            parts.append(f"fragment {name} on {kind} {self.selection(kind, 3)}")
        return " ".join(parts)

    def selection(self, kind: str, depth: int) -> str:
        """Fields of *kind*, and other things that may stand between braces."""
        fields = _fields(kind)
        chosen = []
        for _ in range(self.chance.choice((1, 1, 2, 3, 8))):
            self.left -= 1
            name = self.chance.choice(list(fields)) if fields and self.fits() else "nothing"
            if self.fragments and self.chance.random() < 0.3:
                chosen += [f"...{self.chance.choice(self.fragments)}"] * self.chance.choice((1, 2, 10))
            if not self.fits():
                chosen.append(f"... on {self.chance.choice(('Award', 'Bid', kind, 'X'))} {{ __typename }}")
            if name in fields:
                below = get_named_type(fields[name].type)
                wanted = is_composite_type(below) and self.fits()
                inner = "{ __typename }" if self.left <= 0 or depth > 30 else self.selection(below.name, depth + 1)
                chosen.append(
                    f"{self.alias()}{name}{self.arguments(fields[name])} {self.directives()} {inner * wanted}"
                )
            else:
                chosen.append(name)
        return (
            "{ "
            + " ".join(chosen * (1 if self.calm or depth > 1 else self.chance.choice((1, 1, 1, 1, 1, 2, 15))))
            + " }"
        )

    def fits(self) -> bool:
        """Whether the next part of the document is valid."""
        return self.calm or self.chance.random() < 0.9

    def alias(self) -> str:
        """An alias, often empty; sometimes one that another field has too."""
        return "" if self.calm else self.chance.choice(("", "", "", "a: ", f"a{self.chance.randrange(1000)}: "))

    def directives(self) -> str:
        """Directives; mostly none."""
        several = 0 if self.calm else self.chance.choice((0,) * 20 + (1, 1, 15))
        return " ".join([self.chance.choice(DIRECTIVES)] * several)

    def arguments(self, field: GraphQLField) -> str:
        """Some arguments of *field*, often with values that it does not allow."""
        given = []
        for name, argument in field.args.items():
            kind = str(argument.type)
            if kind.endswith("!") or (self.chance.random() < 0.4 and name not in ("last", "atLeast")):
                fitting = FITTING.get(kind.rstrip("!"), "null")
                given.append(f"{name}: {fitting if self.calm else self.chance.choice(VALUES)}")
        return f"({', '.join(given)})" if given else ""


def _fields(kind: str) -> dict[str, GraphQLField]:
    found = schema._schema.get_type(kind)
    return found.fields if isinstance(found, GraphQLObjectType | GraphQLInterfaceType) else {}


def made_up(chance: random.Random) -> bytes:
    """A request with a document for the real schema, and variables that may not fit it."""
    variables = chance.choice(
        (None, {}, {"v": True}, {"v": 10**12}, {"v": [None] * 50, "w": ["x"] * 200}, {"v": {"a": "\x00"}})
    )
    name = chance.choice((None, None, "O0", "O1", "", "missing"))
    return orjson.dumps({"query": Document(chance).text(), "variables": variables, "operationName": name})


# --- No language at all -----------------------------------------------------------------------------------------------


def soup(chance: random.Random) -> bytes:
    """Words and bytes in random order, sometimes as the query of a request and sometimes as the whole body."""
    words = [chance.choice(TOKENS) for _ in range(chance.choice((1, 5, 50, 2000)))]
    text = b" ".join(words) if chance.random() < 0.7 else chance.randbytes(chance.choice((1, 100, 5000)))
    return orjson.dumps({"query": text.decode("utf-8", "replace")}) if chance.random() < 0.7 else text


KINDS: dict[str, Callable[[random.Random], bytes]] = {"mutated": hostile, "made up": made_up, "soup": soup}
