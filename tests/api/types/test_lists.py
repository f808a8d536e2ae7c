"""The lists of everything: a filter returns what a plain loop over the whole list keeps, in order, with its totals."""

from collections import Counter
from collections.abc import Callable, Iterator
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from tests.kit.database.feeding import caught_up
from tests.kit.life import called, lived
from tests.kit.money import desk
from tests.kit.web.served import Api

FIELDS = {
    "awards": "id reference state amount { amount currency } on { text earliest } partnership { code }",
    "bids": "id reference state requested { amount currency } submitted { text earliest } partnership { code }"
    " round { code }",
    "payments": "id number state amount { amount currency } begun { text earliest } bankReference award { reference"
    " partnership { code } }",
    "recoveries": "id number state amount { amount currency } begun { text earliest } because award { reference"
    " partnership { code } }",
    "rounds": "id code name state budget { amount currency }",
    "organisations": "id code name",
    "outcomes": "id indicator impact partnership { code }",
    "partnerships": "id code name kind",
}
AMOUNT = {"awards": "amount", "bids": "requested", "payments": "amount", "recoveries": "amount", "rounds": "budget"}
DATED = {"awards": "on", "bids": "submitted", "payments": "begun", "recoveries": "begun"}


@pytest.fixture(scope="module")
def full_api(module_api: Api) -> Api:
    """The programme with lives of three awards and four rounds."""
    with desk(module_api.database) as at:
        for name, partnership in (("one", "dip"), ("two", "worcestershire-partnership"), ("three", "lrip")):
            lived(at, name, partnership)
            called(at, name)
    caught_up(module_api.database)
    return module_api


def pages(api: Api, name: str, size: int, *, of: str = "", **given: Any) -> Iterator[dict[str, Any]]:
    """Every entry of a list, in pages of *size*."""
    kind = name[0].upper() + name[1:].removesuffix("s") if name != "recoveries" else "Recovery"
    kind = {"Awards": "Award", "Outcome": "Outcome"}.get(kind, kind)
    ask = (
        f"query ($f: {kind}Filter, $o: OrderBy, $after: String) {{ {name}(filter: $f, orderBy: $o, first: {size},"
        f" after: $after) {{ nodes {{ {of or FIELDS[name]} }} pageInfo {{ hasNextPage endCursor }} }} }}"
    )
    after = None
    while True:
        page = api.ask(ask, **given, after=after)[name]
        yield from page["nodes"]
        if not page["pageInfo"]["hasNextPage"]:
            return
        after = page["pageInfo"]["endCursor"]


def amount(name: str, entry: dict[str, Any]) -> Decimal:
    found = entry[AMOUNT[name]]
    return Decimal(found["amount"]) if found else Decimal(0)


def day(name: str, entry: dict[str, Any]) -> date | None:
    when = entry[DATED[name]]
    return date.fromisoformat(when["earliest"]) if when and when["earliest"] else None


def code(entry: dict[str, Any]) -> str:
    found = entry.get("award", entry)["partnership"]["code"]
    return str(found)


Kept = Callable[[dict[str, Any]], bool]
FILTERS: list[tuple[str, dict[str, Any], Kept]] = [
    ("awards", {"partnership": "dip"}, lambda one: code(one) == "dip"),
    ("awards", {"state": ["ACCEPTED"]}, lambda one: one["state"] == "ACCEPTED"),
    ("awards", {"reference": "A-one"}, lambda one: one["reference"] == "A-one"),
    ("awards", {"amountFrom": "100.00", "amountTo": "1000"}, lambda one: 100 <= amount("awards", one) <= 1000),
    ("awards", {"onFrom": "2004-06-15"}, lambda one: (day("awards", one) or date.min) >= date(2004, 6, 15)),
    ("awards", {"onTo": "2004-06-15"}, lambda one: (day("awards", one) or date.max) <= date(2004, 6, 15)),
    ("awards", {"text": "A-T"}, lambda one: "a-t" in one["reference"].lower()),
    ("bids", {"round": "R-two"}, lambda one: one["round"] is not None and one["round"]["code"] == "R-two"),
    (
        "bids",
        {"state": ["SUBMITTED"], "partnership": "lrip"},
        lambda one: code(one) == "lrip" and one["state"] == "SUBMITTED",
    ),
    ("payments", {"state": ["REVERSED"]}, lambda one: one["state"] == "REVERSED"),
    ("payments", {"text": "BACS 1"}, lambda one: one["bankReference"] == "BACS 1"),
    (
        "payments",
        {"partnership": "lrip", "amountTo": "300"},
        lambda one: code(one) == "lrip" and amount("payments", one) <= 300,
    ),
    ("payments", {"reference": "A-two"}, lambda one: one["award"]["reference"] == "A-two"),
    ("recoveries", {"state": ["WITHDRAWN"]}, lambda one: one["state"] == "WITHDRAWN"),
    ("rounds", {"code": "R-one"}, lambda one: one["code"] == "R-one"),
    ("rounds", {"state": ["OPEN"]}, lambda one: one["state"] == "OPEN"),
    ("organisations", {"text": "COUNCIL"}, lambda one: "council" in f"{one['code']} {one['name']}".lower()),
    ("organisations", {"code": "lga"}, lambda one: one["code"] == "lga"),
    ("outcomes", {"partnership": "dip"}, lambda one: code(one) == "dip"),
    ("partnerships", {"code": "dip"}, lambda one: one["code"] == "dip"),
    ("partnerships", {"text": "cumbria"}, lambda one: "cumbria" in f"{one['code']} {one['name']}".lower()),
]  # fmt: skip


@pytest.mark.parametrize(("name", "wanted", "kept"), FILTERS)
def test_a_filter_keeps_what_a_plain_loop_keeps(full_api: Api, name: str, wanted: dict[str, Any], kept: Kept) -> None:
    everything = list(pages(full_api, name, 100))
    expected = [one for one in everything if kept(one)]
    assert expected == list(pages(full_api, name, 7, f=wanted))
    assert 0 < len(expected) < len(everything) or name == "rounds"


ORDERS: list[tuple[str, str, Callable[[str, dict[str, Any]], Any]]] = [
    *((name, "AMOUNT", amount) for name in ("awards", "bids", "payments", "recoveries")),
    *((name, "DATE", lambda name, one: day(name, one) or date.max) for name in ("awards", "bids", "payments")),
    *((name, "CODE", lambda _, one: one["code"]) for name in ("rounds", "organisations", "partnerships")),
    *((name, "NAME", lambda _, one: one["name"]) for name in ("rounds", "organisations")),
    *((name, "CODE", lambda _, one: one["reference"]) for name in ("awards", "bids")),
]


@pytest.mark.parametrize("direction", ["ASC", "DESC"])
@pytest.mark.parametrize(("name", "field", "key"), ORDERS)
def test_a_list_is_in_the_order_asked_for_without_repeats_and_gaps(
    full_api: Api, name: str, field: str, key: Callable[[str, dict[str, Any]], Any], direction: str
) -> None:
    order = {"field": field, "direction": direction}
    found = list(pages(full_api, name, 7, o=order))
    keys = [key(name, one) for one in found]
    if field in ("AMOUNT", "DATE"):
        assert sorted(keys, reverse=direction == "DESC") == keys
    assert Counter(one["id"] for one in pages(full_api, name, 100)) == Counter(one["id"] for one in found)
    other = {"field": field, "direction": "ASC" if direction == "DESC" else "DESC"}
    assert found == list(reversed(list(pages(full_api, name, 9, o=other))))


@pytest.mark.parametrize("name", ["awards", "bids", "payments", "recoveries", "rounds"])
def test_the_totals_are_the_sums_of_the_list_in_each_currency(full_api: Api, name: str) -> None:
    sums = Counter[str]()
    for one in pages(full_api, name, 100):
        if one[AMOUNT[name]]:
            sums[one[AMOUNT[name]]["currency"]] += amount(name, one)  # type: ignore[assignment]
    page = full_api.ask(f"{{ {name}(first: 1) {{ totalCount totals {{ amount currency }} }} }}")[name]
    assert dict(sums) == {one["currency"]: Decimal(one["amount"]) for one in page["totals"]}
    assert len(list(pages(full_api, name, 100))) == page["totalCount"]


def test_the_lists_below_a_thing_are_those_that_its_filter_keeps(full_api: Api) -> None:
    ask = (
        '{ partnership(code: "dip") { payments { totals { amount } nodes { id } } recoveries { totalCount }'
        " awardsConnection { nodes { id } } scheme { awards(first: 100) { totals { amount } }"
        " partnerships(first: 100) { nodes { code } } }"
        " roles { organisation { code awards(first: 100) { nodes { id } } partnerships { nodes { code } } } } }"
        ' payments(filter: { partnership: "dip" }) { totals { amount } nodes { id } }'
        ' awards(filter: { partnership: "dip" }) { nodes { id } }'
        ' rounds(filter: { code: "R-one" }) { nodes { bids { nodes { reference } } } } }'
    )
    found = full_api.ask(ask)
    below = found["partnership"]
    assert found["payments"] == below["payments"]
    assert found["awards"]["nodes"] == below["awardsConnection"]["nodes"] != []
    assert 2 == below["recoveries"]["totalCount"]
    assert "dip" in [one["code"] for one in below["scheme"]["partnerships"]["nodes"]]
    for role in below["roles"]:
        theirs = {one["id"] for one in role["organisation"]["awards"]["nodes"]}
        assert {one["id"] for one in found["awards"]["nodes"]} <= theirs
        assert "dip" in [one["code"] for one in role["organisation"]["partnerships"]["nodes"]]
    assert below["roles"]
    assert [{"nodes": [{"reference": "B-one-called"}]}] == [one["bids"] for one in found["rounds"]["nodes"]]


def test_a_round_shows_its_budget_and_what_is_left_of_it_and_its_ring_fences(full_api: Api) -> None:
    ask = (
        '{ rounds(filter: { code: "R-two" }) { nodes { budget { amount } committed { amount } free { amount } criteria'
        " closes { text } closesTime closed { text } state scheme { code } ringFences { name amount { amount }"
        " committed { amount } free { amount } } } } }"
    )
    (found,) = full_api.ask(ask)["rounds"]["nodes"]
    assert ("900.00", "100.00", "800.00") == tuple(found[name]["amount"] for name in ("budget", "committed", "free"))
    assert ["Need", 'So "it" be'] == found["criteria"]
    assert ("2004-05-31", "17:00", None, "OPEN") == (
        found["closes"]["text"], found["closesTime"], found["closed"], found["state"],
    )  # fmt: skip
    assert [("Rural", "300.00", "0.00", "300.00"), ("Urban", "100.50", "0.00", "100.50")] == [
        (one["name"], *(one[name]["amount"] for name in ("amount", "committed", "free"))) for one in found["ringFences"]
    ]


def test_a_cursor_of_one_order_is_refused_in_another(full_api: Api) -> None:
    cursor = full_api.ask("{ awards(first: 1) { pageInfo { endCursor } } }")["awards"]["pageInfo"]["endCursor"]
    error = full_api.error(
        "query ($a: String) { awards(orderBy: { field: AMOUNT }, after: $a) { totalCount } }", a=cursor
    )
    assert "BAD_CURSOR" == error["extensions"]["code"]


def test_a_text_that_is_no_currency_is_refused(full_api: Api) -> None:
    error = full_api.error('{ awards(filter: { currency: "gbp" }) { totalCount } }')
    assert "currency: a currency must be three capital letters, such as GBP." == error["message"]
    assert 0 == full_api.ask('{ awards(filter: { currency: "EUR" }) { totalCount } }')["awards"]["totalCount"]


def test_an_order_that_a_list_does_not_have_is_refused_by_name(full_api: Api) -> None:
    error = full_api.error("{ outcomes(orderBy: { field: AMOUNT }) { totalCount } }")
    assert "outcomes has no order AMOUNT. Its orders are RECORDED." == error["message"]
