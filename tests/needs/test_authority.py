"""What auditors need to know of who may decide. Each test is named after its need."""

from typing import Any

from tests.kit.commands import new
from tests.kit.web.served import Api


def test_r027_a_decision_above_a_delegated_limit_is_refused_and_routed_upward(asked: Api) -> None:
    """The command is refused with the limit and the names of those who may decide more."""
    given: dict[str, Any] = {"commandId": new(), "bid": "silence", "authority": "group-up-to-50000", "on": "2004-07-01"}
    query = """mutation ($input: ApproveBidInput!) { approveBid(input: $input) {
        __typename ... on Refusal { rule reason } } }"""
    over = asked.post(query, {"input": given | {"approved": {"amount": "999999.00", "currency": "GBP"}}})
    found = over.json()["data"]["approveBid"]
    assert "Refusal" == found["__typename"], found


def test_r028_the_history_of_delegated_limits_is_kept(asked: Api) -> None:
    """`Programme.delegations(asAt:)` shows who held which limit on a day, who gave it, and when it ended."""
    found = asked.ask("""{ programme(code: "cbp") {
        before: delegations(asAt: "2004-05-01") { code statedOnly limit { amount } since { text } }
        after: delegations(asAt: "2006-05-01") { code statedOnly } } }""")["programme"]
    before, after = ({one["code"] for one in found[when] if not one["statedOnly"]} for when in ("before", "after"))
    assert before - after
    assert "50000.00" in {one["limit"]["amount"] for one in found["before"] if one["limit"]}


def test_r052_membership_of_boards_has_dates_and_the_body_that_each_member_represents(asked: Api) -> None:
    """`Body.members(asAt:)` with since, until and organisation."""
    found = asked.ask("""{ programme(code: "cbp") { bodies(asAt: "2004-06-01") { code statedOnly
        members(asAt: "2004-06-01") { since { text } organisation { code } person { code } speaksFor } } } }""")
    (group,) = [one for one in found["programme"]["bodies"] if one["code"] == "group" and not one["statedOnly"]]
    members = {one["person"]["code"]: one for one in group["members"]}
    assert {"chief", "second", "left"} == members.keys()
    assert "idea" == members["chief"]["organisation"]["code"]


def test_r054_how_many_partners_a_representative_speaks_for_is_recorded(asked: Api) -> None:
    """`Member.speaksFor`."""
    found = asked.ask("""{ programme(code: "cbp") { bodies(asAt: "2004-06-01") { code
        members(asAt: "2004-06-01") { person { code } speaksFor } } } }""")
    spoken = {
        one["person"]["code"]: one["speaksFor"]
        for body in found["programme"]["bodies"]
        if body["code"] == "group"
        for one in body["members"]
    }
    assert 3 == spoken["chief"]


def test_r053_the_merger_of_boards_links_the_bodies_before_and_after(asked: Api) -> None:
    """`Body.mergedInto`, from the day of the merger."""
    found = asked.ask("""{ programme(code: "cbp") { bodies(asAt: "2004-06-01") { code mergedInto { code } } } }""")
    into = {one["code"]: one["mergedInto"] for one in found["programme"]["bodies"]}
    assert {"code": "group"} == into["old"]
