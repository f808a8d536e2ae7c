"""What stands beside an award, and plans, on pages and in exports: the same figures as over GraphQL."""

import csv
import io
import re
from datetime import datetime, timedelta
from typing import Any

import pytest

from tests.kit.web.served import Api


def export(asked: Api, name: str, day: str = "2005-06-01") -> list[dict[str, str]]:
    """The rows of an export as at a day."""
    found = asked.http.get(f"/export/{name}.csv?asAt={day}")
    assert 200 == found.status_code, found.text
    return list(csv.DictReader(io.StringIO(found.text)))


def test_budget_lines_can_be_exported_with_what_is_left_and_what_others_gave(asked: Api) -> None:
    rows = {one["line"]: one for one in export(asked, "budget-lines") if one["award"] == "A-beside"}
    training = rows["Training"]
    assert ("activity", "5000.00", "-400.00", "1000.00", "3600.00", "2200.00", "120") == tuple(
        training[name] for name in ("kind", "budgeted", "varied", "spent", "left", "received", "received_hours")
    )
    # The hours before the award are beside no line.
    assert ("40", "") == (rows[""]["received_hours"], rows[""]["left"])


def test_contributions_and_charges_can_be_exported_with_who_gives_and_who_is_paid(asked: Api) -> None:
    pledged, *received = [one for one in export(asked, "contributions") if one["award"] == "A-beside"]
    assert ("pledged", "lga", "600.00", "200.00") == tuple(
        pledged[name] for name in ("step", "contributor", "amount", "outstanding")
    )
    assert ["lga", "idea", "lambeth"] == [one["contributor"] for one in received]
    charged = [
        (one["payer"], one["payee"], one["amount"], one["met"], one["met_by"]) for one in export(asked, "charges")
    ]
    kent = ("swindon-borough-council", "kent-county-council", "3600000.00", "", "")
    assert [
        ("lambeth", "lga", "3600000.00", "", ""), ("lga", "idea", "900.00", "300.00", "A-beside"), kent,
    ] == charged  # fmt: skip


def test_the_page_of_the_award_shows_its_lines_and_what_others_contribute(asked: Api) -> None:
    page = asked.http.get("/awards/A-beside?as-at=2005-06-01").text
    for words in ("Budget lines", "project management", "£3,600.00", "Contributions of others", "Pledges of others"):
        assert words in page, words
    # An award without lines, beside which nobody contributes, has no such table.
    assert "Budget lines" not in asked.http.get("/awards/A-paid?as-at=2005-06-01").text


PLANS = """query ($day: Date!) { partnership(code: "needs-three") {
    plans(asAt: $day) {
        title ended { text } currentStage { name }
        versions { on { text } because until { text } stages { ...of } }
        followOns { sort filed { text } until { text } stages { ...of } } }
    suppliers(asAt: $day) { begun { text } organisation { code } replaced { code } because brief selection work }
    deliverables(asAt: $day) { number supplier { code } text due { text } state because }
    strands(asAt: $day) { strand light because begun { text } }
} }
fragment of on PlanStage { name planned { text } moves { due { text } because } due { text } reached { text } daysLate
    organisation quickWin beginsDelivery }"""


def text(found: Any) -> str:
    """A date of GraphQL as an export has it."""
    return found["text"] if found else ""


def stage_of(one: dict[str, Any]) -> tuple[str, ...]:
    late = one["daysLate"]
    return (
        one["name"], text(one["planned"]), "; ".join(text(move["due"]) for move in one["moves"]),
        "; ".join(move["because"] for move in one["moves"]), text(one["due"]), text(one["reached"]),
        "" if late is None else f"{late}", one["organisation"] or "", f"{one['quickWin']}", f"{one['beginsDelivery']}",
    )  # fmt: skip


@pytest.mark.parametrize("day", ["2004-08-20", "2004-10-31", "2005-01-31", "2005-06-01"])
def test_plans_can_be_exported_with_what_graphql_says_of_them(asked: Api, day: str) -> None:
    of = asked.ask(PLANS, day=day)["partnership"]
    (plan,) = of["plans"]
    names = ("stage", "planned", "moved_to", "moved_because", "due", "reached", "days_late", "organisation",
             "quick_win", "begins_delivery")  # fmt: skip
    rows = [one for one in export(asked, "plans", day) if one["partnership"] == "needs-three"]
    versions = [*plan["versions"], *plan["followOns"]]
    assert [stage_of(one) for version in versions for one in version["stages"]] == [
        tuple(row[name] for name in names) for row in rows
    ]
    assert {plan["title"]} == {row["plan"] for row in rows}
    assert [text(version["until"]) for version in versions for _ in version["stages"]] == [row["until"] for row in rows]
    assert [plan["currentStage"]["name"]] == [row["stage"] for row in rows if row["is_current"] == "True"]
    mine = [
        [one for one in export(asked, name, day) if one["partnership"] == "needs-three"]
        for name in ("suppliers", "deliverables", "strands")
    ]
    code = "code"
    assert [
        (text(one["begun"]), one["organisation"][code], (one["replaced"] or {code: ""})[code], one["because"] or "",
         one["work"], one["brief"] or "", one["selection"] or "")
        for one in of["suppliers"]
    ] == [
        tuple(row[name] for name in ("on", "supplier", "replaced", "because", "work", "brief", "selection"))
        for row in mine[0]
    ]  # fmt: skip
    assert [
        (f"{one['number']}", one["supplier"][code], one["text"], text(one["due"]), one["state"].lower(),
         one["because"] or "")
        for one in of["deliverables"]
    ] == [
        tuple(row[name] for name in ("number", "supplier", "text", "due", "status", "because")) for row in mine[1]
    ]  # fmt: skip
    assert sorted(
        (one["strand"], one["light"].lower(), one["because"], text(one["begun"])) for one in of["strands"]
    ) == (sorted(tuple(row[name] for name in ("strand", "light", "because", "on")) for row in mine[2]))


def test_an_export_of_plans_is_as_it_was_known_before_a_later_move(asked: Api) -> None:
    moves = asked.ask('{ auditLog(filter: { names: ["MilestoneMoved"] }) { nodes { recordedAt } } }')["auditLog"]
    (moved,) = moves["nodes"]
    before = datetime.fromisoformat(moved["recordedAt"]) - timedelta(microseconds=1)
    address = "/export/plans.jsonl?asAt=2005-06-01"
    known = before.isoformat().replace("+", "%2B")
    assert "No tutor" not in asked.http.get(f"{address}&knownAt={known}").text
    assert "No tutor" in asked.http.get(address).text


def test_the_page_of_the_partnership_shows_its_charges_and_its_pooled_money_with_their_events(asked: Api) -> None:
    page = asked.http.get("/partnerships/dip?as-at=2005-06-01").text
    found = re.findall(r'<a href="/events/([0-9]+)[^"]*"><?b?>?(£[0-9,.]+)', page)
    for amount in ("£3,600,000.00", "£900.00", "£300.00", "£1,000.00", "£2,000.00", "£3,000.00"):
        (event, *_) = [position for position, shown in found if shown == amount]
        assert re.search("Charge agreed|Pool divided", asked.http.get(f"/events/{event}").text), amount
    early = asked.http.get("/partnerships/dip?as-at=2005-01-31").text
    assert "£3,600,000.00" in early
    assert "£900.00" not in early
    assert 'id="pooled"' not in early


def test_the_page_of_the_bid_shows_why_it_was_approved_for_less_and_what_was_dropped(asked: Api) -> None:
    page = asked.http.get("/bids/B-beside").text
    for words in ("The budget of the scheme is smaller", "Does not pay for: A second year of training", "Known since"):
        assert words in page
