"""What changed between two moments, over GraphQL and on the command line."""

import csv
import io
import json
from datetime import UTC, datetime
from typing import Any

import pytest

from api.answering import roots
from domain import award, delivery, discrepancy, organisation, partnership
from domain.values.ids import DeliveryId, OrganisationId, PartnershipId
from domain.values.when import When
from infra.database.postgres import Database
from tests.api.answering.test_parity import body, plain
from tests.kit.command_line import fundtrail
from tests.kit.database.feeding import caught_up
from tests.kit.money import desk
from tests.kit.stated import paid, states
from tests.kit.web.served import Api

CHANGES = """query ($from: DateTime!, $to: DateTime!, $scope: ChangeScope, $asAt: Date, $first: Int, $after: String,
  $last: Int, $before: String) {
  changes(from: $from, to: $to, scope: $scope, asAt: $asAt,
          first: $first, after: $after, last: $last, before: $before) {
    pageInfo { hasNextPage hasPreviousPage startCursor endCursor } edges { cursor }
    nodes { thingId kind reference name field recordedBy because eventCount recordedAt
      before { text items thingId money { amount currency } } after { text items thingId money { amount currency } }
      events { name position actor } } } }"""


def now() -> str:
    return datetime.now(UTC).isoformat()


@pytest.fixture
def story(api: Api) -> tuple[str, str]:
    """A moment before a payment is released and reversed, and one after it."""
    with desk(api.database) as at:
        award_id = at.accepted_award("story", "900.00")
        at.pay(award_id, 1, "100.00", "2004-07-01")
        before = now()
        at.do(award.ReversePayment(award_id=award_id, number=1, because="Twice", on=When("2004-07-02")), "bob")
        dip, lga = PartnershipId(at.find("partnership", "dip")), OrganisationId(at.find("organisation", "lga"))
        at.do(partnership.JoinPartnership(partnership_id=dip, organisation_id=lga, role="host", on=When("2004-07")))
        at.do(organisation.RenameOrganisation(organisation_id=lga, name="Local Government", on=When("2004-08-01")))
    caught_up(api.database)
    return before, now()


def between(api: Api, story: tuple[str, str], **others: Any) -> Any:
    return api.ask(CHANGES, **{"from": story[0], "to": story[1], **others})["changes"]


def only(found: Any, **wanted: Any) -> Any:
    (one,) = [one for one in found["nodes"] if all(one[name] == value for name, value in wanted.items())]
    return one


def test_a_figure_a_state_and_a_list_are_shown_before_and_after_with_who_and_why(
    api: Api, story: tuple[str, str]
) -> None:
    found = between(api, story, scope={"partnership": "dip"})
    state = only(found, kind="PAYMENT", field="state")
    assert ("RELEASED", "REVERSED") == (state["before"]["text"], state["after"]["text"])
    assert (["bob"], ["Twice"], "A-story") == (state["recordedBy"], state["because"], state["reference"])
    assert ["PaymentReversed"] == [event["name"] for event in state["events"]]
    paid = only(found, kind="AWARD", field="paid")
    assert [{"amount": "100.00", "currency": "GBP"}, {"amount": "0.00", "currency": "GBP"}] == [
        paid["before"]["money"], paid["after"]["money"],
    ]  # fmt: skip
    partners = only(found, kind="PARTNERSHIP", field="partners")
    assert {"lga: host"} == {*partners["after"]["items"]} - {*((partners["before"] or {}).get("items") or ())}
    assert {"DIP"} <= {one["reference"].upper() for one in found["nodes"] if one["kind"] == "PARTNERSHIP"}
    assert "ORGANISATION" not in {one["kind"] for one in found["nodes"]}, "an organisation is in no scope"
    renamed = only(between(api, story), kind="ORGANISATION", field="name")
    assert "Local Government" == renamed["after"]["text"]


def test_pages_go_on_after_a_cursor(api: Api, story: tuple[str, str]) -> None:
    whole = between(api, story, first=100)["nodes"]
    shown: list[Any] = []
    after = None
    while True:
        page = between(api, story, first=3, after=after)
        shown += page["nodes"]
        if not page["pageInfo"]["hasNextPage"]:
            break
        after = page["pageInfo"]["endCursor"]
    assert whole == shown
    assert len(whole) > 6


def test_pages_from_the_end_go_back_before_a_cursor(api: Api, story: tuple[str, str]) -> None:
    whole = between(api, story, first=100)["nodes"]
    last = between(api, story, last=2)
    assert (whole[-2:], False, True) == (
        last["nodes"], last["pageInfo"]["hasNextPage"], last["pageInfo"]["hasPreviousPage"],
    )  # fmt: skip
    before = between(api, story, last=100, before=last["pageInfo"]["startCursor"])
    assert (whole[:-2], True, False) == (
        before["nodes"], before["pageInfo"]["hasNextPage"], before["pageInfo"]["hasPreviousPage"],
    )  # fmt: skip


def test_a_delivery_and_a_discrepancy_are_shown_with_who_decided(api: Api) -> None:
    with desk(api.database) as at:
        dip, work = PartnershipId(at.find("partnership", "dip")), DeliveryId("delivery-shown")
        award_id, begins = at.accepted_award("shown", "900.00"), now()
        of: dict[str, Any] = {"delivery_id": work, "on": When("2004-07")}
        at.do(delivery.AgreePlan(**of, partnership_id=dip, title="Sites", milestones=("First",)))
        at.do(delivery.ReachMilestone(**of, milestone="First"), "bob")
        for number in (1, 2):
            at.pay(award_id, number, "77.00", "2004-07-01")
        caught_up(api.database)
        listed = api.ask('{ discrepancies(filter: { rule: "duplicate_payments" }) { nodes { subject reference } } }')
        (twice,) = listed["discrepancies"]["nodes"]
        subject: dict[str, Any] = {"rule": "duplicate_payments", "subject": twice["subject"], "on": When("2004-09")}
        at.do(discrepancy.AssignDiscrepancy(**subject, owner="Accountant"), "ann")
    caught_up(api.database)
    found = between(api, (begins, now()), scope={"partnership": "dip"}, first=100)
    reached = only(found, kind="DELIVERY", field="reached")
    assert (["First: 2004-07"], ["bob"], "dip", "Sites") == (
        reached["after"]["items"], reached["recordedBy"], reached["reference"], reached["name"],
    )  # fmt: skip
    owner = only(found, kind="DISCREPANCY", field="owner", name="duplicate_payments")
    assert ("Accountant", twice["reference"]) == (owner["after"]["text"], owner["reference"])
    assert "ann" in owner["recordedBy"]


def test_time_that_passes_changes_nothing(api: Api, story: tuple[str, str]) -> None:
    """The plan of an instalment has a day of its own; both answers are as at one day."""
    assert [] == between(api, (story[1], now()))["nodes"]
    assert [] == [one for one in between(api, story, asAt="2004-06-30")["nodes"] if one["kind"] == "PAYMENT"]


def test_what_cannot_be_asked_is_refused_with_a_reason(api: Api, story: tuple[str, str]) -> None:
    of = {"from": story[0], "to": story[1]}
    assert "from is after to" in api.error(CHANGES, **{"from": story[1], "to": story[0]})["message"]
    assert "no partnership" in api.error(CHANGES, **of, scope={"partnership": "nowhere"})["message"]
    assert "no award" in api.error(CHANGES, **of, scope={"award": "nothing"})["message"]
    assert "only one" in api.error(CHANGES, **of, scope={"award": "A-story", "scheme": "cbp-pilots"})["message"]
    assert "BAD_CURSOR" == api.error(CHANGES, **of, after="forged")["extensions"]["code"]


def test_the_command_line_prints_the_same_changes(api: Api, story: tuple[str, str]) -> None:
    asked = ["changes", "--from", story[0], "--to", story[1], "--partnership", "dip"]
    shown = between(api, story, scope={"partnership": "dip"}, first=100)["nodes"]
    printed = json.loads(run(api.database, *asked, "--json"))
    assert [(one["thingId"], one["eventCount"]) for one in shown] == [
        (one["thing"], one["event_count"]) for one in printed
    ]
    assert [one["before"] and one["before"]["text"] for one in shown] == [one["before"] for one in printed]
    table = run(api.database, *asked)
    assert "payment A-story 1" in table
    assert "Twice" in table
    assert "£100.00" in table
    rows = list(csv.DictReader(io.StringIO(run(api.database, *asked, "--csv"))))
    assert [one["thing"] for one in printed] == [row["thing"] for row in rows]


def run(database: Database, *words: str) -> str:
    found = fundtrail(database, *words)
    assert found.returncode == 0, found.stderr
    return str(found.stdout)


def test_both_ways_of_answering_show_the_same_changes(api: Api, story: tuple[str, str]) -> None:
    before = roots.answered[roots.SQL]
    for scope in ({}, {"partnership": "dip"}, {"award": "A-story"}, {"programme": "cbp"}):
        for start in (story[0], "2001-01-01T00:00:00Z"):
            given = {"from": start, "to": story[1], "scope": scope, "first": 60}
            assert plain(api, CHANGES, given) == body(api, CHANGES, given)
    assert roots.answered[roots.SQL] == before + 8, "the changes were not written by SQL"


def test_the_first_payment_that_a_register_states_of_an_award_also_makes_its_other_figures_stated(api: Api) -> None:
    """Of an award that only a register states, nothing is known of payments before."""
    with desk(api.database) as at:
        at.do(states("2004"))
        before = now()
        at.do(states("2005", transactions=(paid("75000.00"),)))
    caught_up(api.database)
    found = between(api, (before, now()), scope={"award": "pilot-25"})
    payable = only(found, field="payable")
    assert (None, "0.00") == (payable["before"], payable["after"]["money"]["amount"])
    assert ["TransactionStated"] == [event["name"] for event in payable["events"]]
