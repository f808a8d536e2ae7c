"""Events as typed values: body, amount, payee, award and payment number, as clients read them."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from api.types.log import stated
from infra.log.codec import CODEC
from projections.audit.bodies import AMOUNTS
from tests.kit.database.feeding import caught_up
from tests.kit.life import called, lived
from tests.kit.money import desk
from tests.kit.paths import ROOT
from tests.kit.web.served import Api

# Events with a sum that is no amount of theirs, and what it is.
OTHERS = {
    "ActivityHeld": "a cost that a source mentions",
    "ProvisionOffered": "what a course or material costs to make",
    "FollowOnPlanFiled": "an estimate of what goes on after the funding",
    "DelegationGranted": "the limit of what a body may decide",
    "GovernanceBodyEstablished": "the limit of what it may decide",
    "HappeningNoted": "a sum that a source mentions",
    "ParticularsStated": "what a register says was paid so far",
    "RuleStated": "a limit",
    "StatementRecorded": "the balances at both ends",
    "SubsidySet": "the sum that is paid for each place",
}
WHO = """query ($after: String) { auditLog(filter: {names: ["PaymentApproved"]}, first: 100, after: $after) { nodes {
    actor authority amount { amount currency } paymentNumber award { reference } payee { code name } } } }"""
ALL = """query ($after: String) { auditLog(first: 100, after: $after) { nodes { name stream data body
    amount { amount currency } paymentNumber award { id } payee { code } } pageInfo { hasNextPage endCursor } } }"""


@pytest.fixture(scope="module")
def full_api(module_api: Api) -> Api:
    """The programme with the lives of an award and a round."""
    with desk(module_api.database) as at:
        lived(at, partnership="worcestershire-partnership")
        called(at, "round")
    caught_up(module_api.database)
    return module_api


@pytest.fixture(scope="module")
def events(full_api: Api) -> list[dict[str, Any]]:
    """Every event of the log."""
    return list(_pages(full_api))


def _pages(api: Api, asked: str = ALL) -> Iterator[dict[str, Any]]:
    after = None
    while True:
        page = api.ask(asked, after=after)["auditLog"]
        yield from page["nodes"]
        if not page["pageInfo"]["hasNextPage"]:
            return
        after = page["pageInfo"]["endCursor"]


def of_name(events: list[dict[str, Any]], name: str) -> list[dict[str, Any]]:
    found = [one for one in events if one["name"] == name and one["award"]]
    assert found, name
    return found


def test_who_approved_what_is_one_question(full_api: Api) -> None:
    found = full_api.ask(WHO)["auditLog"]["nodes"]
    assert ["300.00", "310.00"] == [one["amount"]["amount"] for one in found]
    for number, one in enumerate(found, start=1):
        assert number == one["paymentNumber"]
        assert "A-lived" == one["award"]["reference"]
        assert one["actor"]
        assert one["payee"]["name"]


def test_a_body_is_the_stored_text_as_json(events: list[dict[str, Any]]) -> None:
    assert all(json.loads(one["data"]) == one["body"] for one in events)


def test_an_amount_is_that_of_the_first_field_of_the_event_that_holds_one(events: list[dict[str, Any]]) -> None:
    seen: set[str] = set()
    for one in events:
        fields = [one["body"][name] for name in AMOUNTS if one["body"].get(name)]
        if one["body"].get("basis") == "IATI, no commitment stated":
            fields = []
        assert (fields[0] if fields else None) == one["amount"], one
        seen.update(name for name in AMOUNTS if one["body"].get(name))
    assert set(AMOUNTS) - {"given_back"} <= seen


@pytest.mark.parametrize("path", sorted((ROOT / "tests" / "golden").glob("*.json")), ids=lambda path: path.stem)
def test_each_field_with_the_name_of_an_amount_is_money_in_every_version_of_an_event(path: Any) -> None:
    body = json.loads(path.read_text())
    for name in AMOUNTS:
        assert body.get(name) is None or {"amount", "currency"} == set(body[name]), name


def test_events_of_a_payment_have_its_number_its_award_and_its_payee(events: list[dict[str, Any]]) -> None:
    for name in (
        "PaymentRequested", "PaymentApproved", "PaymentReleased", "PaymentSettled", "PaymentReversed",
        "PaymentReturned",
    ):  # fmt: skip
        for one in of_name(events, name):
            assert (one["body"]["number"], one["stream"]) == (one["paymentNumber"], one["award"]["id"])
            assert one["payee"] is not None
    assert {2} == {one["paymentNumber"] for one in of_name(events, "RecoveryRaised")} - {None}


def test_events_that_are_about_no_payment_have_no_number_and_no_payee(events: list[dict[str, Any]]) -> None:
    for name in ("AwardOffered", "HoldPlaced", "InstalmentScheduled", "ConditionSet"):
        assert {(None, None)} == {(one["paymentNumber"], one["payee"]) for one in of_name(events, name)}


def test_an_event_about_an_award_in_another_stream_names_it(events: list[dict[str, Any]]) -> None:
    for name in ("BidAwarded", "FundsCommitted"):
        for one in of_name(events, name):
            assert one["body"]["award_id"] == one["award"]["id"] != one["stream"]


def test_every_event_with_a_field_of_money_shows_an_amount_or_is_listed_here() -> None:
    shown = {name for name in CODEC.names if any(field in AMOUNTS for field in _money_fields(name))}
    others = {name for name in CODEC.names if _money_fields(name)} - shown
    assert set(OTHERS) == others


def _money_fields(name: str) -> list[str]:
    event = CODEC._types[name]
    return [field for field, kind in event.__annotations__.items() if "Money" in f"{kind}"]


SAID = """query ($after: String) { auditLog(first: 100, after: $after) { nodes { name body number kind because remarks
    items mentioned { amount } until { text } register cites partnership { id } scheme { id } organisation { id } }
    pageInfo { hasNextPage endCursor } } }"""


def test_what_many_kinds_of_events_say_is_a_typed_field(full_api: Api) -> None:
    """Each typed field has what one of the fields of the body has, and none is empty where the body has its first."""
    found: set[str] = set()
    for one in _pages(full_api, SAID):
        body = one["body"]
        plain = {
            "number": ["number"], "kind": ["kind"], "because": stated.BECAUSE, "remarks": stated.REMARKS,
        }  # fmt: skip
        for name, fields in plain.items():
            values = [body[field] for field in fields if body.get(field) is not None]
            assert (values or [None])[0] == one[name], (one["name"], name)
        source = body.get("source") or {"register": None, "cites": None}
        assert (source["register"], source["cites"]) == (one["register"], one["cites"])
        for name in ("partnership", "scheme"):
            assert body.get(f"{name}_id") == (one[name] or {"id": None})["id"], (one["name"], name)
        assert (body.get("until") or body.get("due")) == (one["until"] or {"text": None})["text"]
        assert [] == one["items"] or one["items"] in body.values()
        found |= {name for name, value in one.items() if value not in (None, [])}
    assert {"items", "mentioned", "organisation", "until", "cites", *plain} <= found, "the test has no power"
