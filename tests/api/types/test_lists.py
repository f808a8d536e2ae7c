"""The lists of everything: a filter returns what a plain loop over the whole list keeps, in order, with its totals."""

from collections.abc import Callable, Iterator
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from infra.feeding.projector import project_all
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
    project_all(module_api.database)
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
    ("awards", {"onTo": "2004-06-14"}, lambda one: (day("awards", one) or date.max) <= date(2004, 6, 14)),
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
    ("partnerships", {"kind": "authority"}, lambda one: one["kind"] == "authority"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "wanted", "kept"), FILTERS)
def test_a_filter_keeps_what_a_plain_loop_keeps(full_api: Api, name: str, wanted: dict[str, Any], kept: Kept) -> None:
    everything = list(pages(full_api, name, 100))
    expected = [one for one in everything if kept(one)]
    assert expected == list(pages(full_api, name, 7, f=wanted))
    assert 0 < len(expected) < len(everything) or name == "rounds"
