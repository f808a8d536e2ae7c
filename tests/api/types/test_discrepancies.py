"""Discrepancies in GraphQL: found, explained, waived, closed and opened again."""

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

import pytest

from domain.award import (
    ApproveRecovery,
    AwardStated,
    CertifyReturn,
    ComponentRestated,
    ComponentStated,
    RaiseRecovery,
    RequireReturn,
    SettledBy,
    SettleRecovery,
)
from domain.history import Decision, Order, Written
from domain.values.fact import Record
from domain.values.ids import AwardId
from domain.values.when import UNKNOWN, When
from projections.discrepancies.catalogue import CATALOGUE
from tests.kit.database.feeding import caught_up
from tests.kit.examples import stated
from tests.kit.money import Desk, desk, gbp
from tests.kit.officers import officer_for
from tests.kit.web.served import Api

LIST = """query ($filter: DiscrepancyFilter, $first: Int, $after: String, $asAt: Date, $knownAt: DateTime) {
  discrepancies(filter: $filter, first: $first, after: $after, asAt: $asAt, knownAt: $knownAt) {
    totalCount pageInfo { hasNextPage endCursor }
    nodes { id rule severity subject reference message firstSeen since closedAt due status position owner ageDays
            explanation { kind because by authority message position stands } partnership { code }
            events { name stream } } } }"""
SHOWN = "discrepancy { id status owner explanation { kind because by authority stands } }"
SOURCE = stated("awards.csv", "000_6fe3068b2cce47b0.txt:249")
PARTS = "parts_unequal_to_total"


def listed(api: Api, **asked: Any) -> list[dict[str, Any]]:
    """The discrepancies."""
    found: list[dict[str, Any]] = api.ask(LIST, **asked)["discrepancies"]["nodes"]
    return found


def say(api: Api, mutation: str, discrepancy: str, **given: Any) -> dict[str, Any]:
    """The result of a command about a discrepancy."""
    kind = f"{mutation[0].upper()}{mutation[1:]}Input"
    query = (
        f"mutation ($input: {kind}!) {{ {mutation}(input: $input) {{ __typename"
        f" ... on DiscrepancyRecorded {{ {SHOWN} position replayed }} ... on Refusal {{ rule reason details }}"
        " ... on Conflict { reason } } }"
    )
    said = {"discrepancy": discrepancy, "on": "2005-04-18", "commandId": f"{time.monotonic_ns()}"} | given
    found: dict[str, Any] = api.ask(query, input=said)[mutation]
    return found


class Published:
    """An award that a source states, with its parts."""

    def __init__(self, at: Desk, api: Api, name: str) -> None:
        self.at, self.api, self.award_id = at, api, AwardId(f"award-{name}")
        self.about: dict[str, Any] = {"partnership_id": at.find("partnership", "dip"), "source": SOURCE}
        at.do(
            Record(
                stream=self.award_id,
                fact=AwardStated(
                    reference=name, amount=gbp("100.00"), purpose="p", basis="award", on=UNKNOWN, **self.about
                ),
            )
        )

    def part(self, amount: str, purpose: str = "Staff") -> None:
        """State a part of the award."""
        part = ComponentStated(amount=gbp(amount), purpose=purpose, on=UNKNOWN, **self.about)
        self.shown(self.at.do(Record(stream=self.award_id, fact=part)).position)

    def restate(self, amount: str) -> None:
        """State another amount for the part, as a later edition does."""
        fact = ComponentRestated(amount=gbp(amount), purpose="Staff", on=UNKNOWN, **self.about)
        command = Record(stream=self.award_id, fact=fact)
        order = Order(
            command_id=f"{time.monotonic_ns()}", command=command, said="", actor=officer_for(command, "a register")
        )
        seen: dict[str, int] = {self.award_id: len(self.at.log.history(self.award_id))}
        (answer,) = self.at.log.append([Decision(order=order, written=(Written(self.award_id, fact),), seen=seen)])
        self.shown(answer.position)

    def shown(self, position: int) -> None:
        """Wait until it is visible."""
        self.api.ask('query ($p: LogPosition) { partnership(code: "dip", atLeast: $p) { id } }', p=str(position))

    def one(self, **asked: Any) -> dict[str, Any]:
        """The discrepancies of the award."""
        (found,) = [one for one in listed(self.api, **asked) if one["subject"] == self.award_id]
        return found


@contextmanager
def published(api: Api, name: str) -> Iterator[Published]:
    with desk(api.database) as at:
        yield Published(at, api, name)


# --- The programme's own ----------------------------------------------------------------------------------------------


def test_the_programme_has_39_pilots_that_are_38_no_number_21_a_budget_without_a_line_and_nothing_else(
    shared_api: Api,
) -> None:
    """By hand from demo/cbp: README.md, 1; outcomes.csv, `Pilot projects reported`; pilots.csv, 38 rows, 1 to 39."""
    found = {one["rule"]: one for one in listed(shared_api)}
    gap, count = found["numbering_gap"], found["total_unlike_list"]
    assert {"numbering_gap", "total_unlike_list", "budget_line_missing"} == found.keys()
    output = [(one["rule"], one["reference"], one["message"], one["severity"], one["status"]) for one in (gap, count)]
    assert [
        ("numbering_gap", "cbp-pilots", "Numbered 1 to 39; missing: 21", "WARNING", "OPEN"),
        ("total_unlike_list", "cbp-pilots", "39 pilots stated, but 38 listed", "WARNING", "OPEN"),
    ] == output
    assert ["PilotListed"] * 2 == [event["name"] for event in gap["events"]]
    assert {"PilotListed": 38, "CountStated": 1} == {
        name: sum(event["name"] == name for event in count["events"]) for name in ("PilotListed", "CountStated")
    }
    assert gap["subject"] == count["subject"]
    assert gap["partnership"] is None


def test_rules_are_shown_with_their_severity_and_source(shared_api: Api) -> None:
    rules = shared_api.ask("{ discrepancyRules { name severity brokenWhen source } }")["discrepancyRules"]
    assert list(CATALOGUE) == [rule["name"] for rule in rules]
    assert all(rule["brokenWhen"] and rule["source"] for rule in rules)


# --- A life -----------------------------------------------------------------------------------------------------------


def test_a_discrepancy_that_goes_and_comes_back_keeps_its_identity(api: Api) -> None:
    with published(api, "a-life") as award:
        award.part("60.00")
        before = datetime.now(UTC).isoformat()
        found = award.one()
        assert (PARTS, "ERROR", "OPEN", "a-life") == (
            found["rule"], found["severity"], found["status"], found["reference"],
        )  # fmt: skip
        assert "Parts add up to £60.00, but the award is £100.00" == found["message"]
        assert {"code": "dip"} == found["partnership"]

        said = say(api, "explainDiscrepancy", found["id"], because="The rest is in kind", seen=found["position"])
        assert "DiscrepancyRecorded" == said["__typename"], said
        explanation = award.one()["explanation"]
        assert ("EXPLAINED", "EXPLAINED", True, found["message"]) == (
            award.one()["status"], explanation["kind"], explanation["stands"], explanation["message"],
        )  # fmt: skip

        award.restate("70.00")
        again = award.one()
        assert (found["id"], "OPEN", False) == (again["id"], again["status"], again["explanation"]["stands"])
        assert (found["firstSeen"], found["since"]) == (again["firstSeen"], again["since"])

        waiver = {"because": "Within tolerance", "authority": "Section 151 officer"}
        assert "WAIVED" == say(api, "waiveDiscrepancy", found["id"], **waiver)["discrepancy"]["status"]
        assert "AlreadyWaived" == say(api, "waiveDiscrepancy", found["id"], **waiver | {"because": "x"})["rule"]

        award.restate("100.00")
        gone = award.one()
        assert ("CLOSED", found["id"]) == (gone["status"], gone["id"])
        assert gone["closedAt"] is not None
        assert "NothingToExplain" == say(api, "explainDiscrepancy", found["id"], because="x")["rule"]

        award.restate("70.00")
        back = award.one()
        assert ("OPEN", found["id"], found["firstSeen"]) == (back["status"], back["id"], back["firstSeen"])
        assert back["since"] > gone["closedAt"]
        assert back["explanation"] == gone["explanation"] | {"stands": False}

        # As known before anything was said, it is what it was.
        assert found == award.one(knownAt=before)
        withdrawn = say(api, "withdrawExplanation", found["id"], because="Not within tolerance")
        assert (None, "OPEN") == (withdrawn["discrepancy"]["explanation"], withdrawn["discrepancy"]["status"])


def test_an_explanation_covers_the_figures_that_were_seen_and_no_later_ones(api: Api) -> None:
    with published(api, "meanwhile") as award:
        award.part("60.00")
        found = award.one()
        award.restate("61.00")
        refused = say(api, "waiveDiscrepancy", found["id"], because="x", authority="y", seen=found["position"])
        assert ("Refusal", "FiguresChanged") == (refused["__typename"], refused["rule"])
        assert "OPEN" == award.one()["status"]


def test_the_same_explanation_is_recorded_once_even_after_the_cause_is_gone(api: Api) -> None:
    with published(api, "once") as award:
        award.part("60.00")
        found = award.one()
        words = {"because": "In kind", "commandId": "explain-once"}
        first = say(api, "explainDiscrepancy", found["id"], **words)
        award.restate("100.00")
        again = say(api, "explainDiscrepancy", found["id"], **words)
        assert (first["position"], False, True) == (again["position"], first["replayed"], again["replayed"])
        refused = say(api, "explainDiscrepancy", found["id"], **words | {"because": "Otherwise"})
        assert "CommandIdReused" == refused["rule"]


def test_a_discrepancy_is_assigned_to_somebody(api: Api) -> None:
    gap, *_ = listed(api)
    assert "Accountant" == say(api, "assignDiscrepancy", gap["id"], owner="Accountant")["discrepancy"]["owner"]
    assert [gap["id"]] == [one["id"] for one in listed(api, filter={"owner": "Accountant"})]
    assert say(api, "assignDiscrepancy", gap["id"])["discrepancy"]["owner"] is None
    assert "NothingExplained" == say(api, "withdrawExplanation", gap["id"], because="x")["rule"]
    node = api.ask("query ($id: ID!) { node(id: $id) { ... on Discrepancy { rule status } } }", id=gap["id"])["node"]
    assert {"rule": "numbering_gap", "status": "OPEN"} == node


def test_explanations_are_in_the_audit_log_and_on_the_timeline_of_the_partnership(api: Api) -> None:
    with published(api, "told") as award:
        award.part("60.00")
        said = say(api, "explainDiscrepancy", award.one()["id"], because="In kind")
    query = """query ($p: LogPosition) { partnership(code: "dip", atLeast: $p) {
        timeline(lanes: [GOVERNANCE], last: 100) { nodes { title } } } }"""
    titles = [one["title"] for one in api.ask(query, p=said["position"])["partnership"]["timeline"]["nodes"]]
    assert "Discrepancy explained (Parts add up to £60.00, but the award is £100.00): In kind" in titles
    audit = '{ auditLog(filter: { names: ["DiscrepancyExplained"] }) { nodes { stream actor } } }'
    (entry,) = api.ask(audit)["auditLog"]["nodes"]
    assert entry["stream"].startswith("discrepancy-")


def test_a_return_is_overdue_from_the_day_after_its_day(api: Api) -> None:
    with desk(api.database) as at:
        award_id = at.accepted_award("returns", "100.00")
        for number, due in ((1, "2005-06-30"), (2, "2005-09"), (3, "2005-06-30")):
            at.do(RequireReturn(award_id=award_id, number=number, covers="Spend", due=When(due), on=When("2004-07-01")))
        at.do(CertifyReturn(award_id=award_id, number=1, on=When("2005-07-04")))
        at.do(CertifyReturn(award_id=award_id, number=3, on=When("2005-06-30")))
    caught_up(api.database)

    def overdue(as_at: str) -> list[tuple[str, str]]:
        found = listed(api, filter={"rule": "return_overdue"}, asAt=as_at)
        return [(one["subject"].partition("/")[2], one["status"]) for one in found]

    assert [] == overdue("2005-06-30")
    assert [("return 1", "OPEN")] == overdue("2005-07-01") == overdue("2005-07-03")
    assert [("return 1", "CLOSED")] == overdue("2005-07-04") == overdue("2005-09-30")
    assert [("return 1", "CLOSED"), ("return 2", "OPEN")] == overdue("2005-10-01")


def test_a_late_return_that_was_waived_is_waived_until_the_day_on_which_it_came(api: Api) -> None:
    with desk(api.database) as at:
        award_id = at.accepted_award("waived", "100.00")
        due = When("2005-06-30")
        at.do(RequireReturn(award_id=award_id, number=1, covers="Spend", due=due, on=When("2004-07-01")))
    caught_up(api.database)

    def overdue(as_at: str, **wanted: Any) -> Any:
        return listed(api, filter={"rule": "return_overdue", **wanted}, asAt=as_at)

    (one,) = overdue("2005-07-02")
    say(api, "waiveDiscrepancy", one["id"], because="Flooded", authority="Section 151 officer")
    with desk(api.database) as at:
        at.do(CertifyReturn(award_id=award_id, number=1, on=When("2005-07")))
    caught_up(api.database)
    (then,) = overdue("2005-07-30", status="WAIVED")
    assert then["closedAt"] is None
    assert [then] == overdue("2005-07-30", state=["WAIVED"]) == overdue("2005-07-30", state=["WAIVED", "CLOSED"])
    assert [] == overdue("2005-07-30", status="CLOSED") == overdue("2005-07-31", status="WAIVED")
    (late,) = overdue("2005-07-31", status="CLOSED")
    assert late["closedAt"] is not None
    assert "WAIVED" == late["explanation"]["kind"]


# --- Lists ------------------------------------------------------------------------------------------------------------


def test_discrepancies_are_paged_by_key_and_filtered_by_every_condition(api: Api) -> None:
    with desk(api.database) as at:
        for nth in range(7):
            Published(at, api, f"paged-{nth}").part("1.00")
    seen: list[str] = []
    after = None
    while True:
        page = api.ask(LIST, first=2, after=after)["discrepancies"]
        assert 10 == page["totalCount"]
        seen += [one["id"] for one in page["nodes"]]
        after = page["pageInfo"]["endCursor"]
        if not page["pageInfo"]["hasNextPage"]:
            break
    assert 10 == len(seen) == len(set(seen))
    dip = api.ask('{ partnership(code: "dip") { id } }')["partnership"]["id"]
    for wanted, number in (
        ({"partnership": dip}, 7), ({"rule": PARTS}, 7), ({"severity": "WARNING"}, 3), ({"status": "OPEN"}, 10),
        ({"state": ["OPEN"]}, 10), ({"state": ["CLOSED", "WAIVED"]}, 0), ({"state": ["CLOSED", "OPEN"]}, 10),
        ({"state": []}, 0), ({"state": ["OPEN"], "status": "OPEN"}, 10), ({"state": ["CLOSED"], "status": "OPEN"}, 0),
        ({"status": "CLOSED"}, 0), ({"severity": "ERROR", "rule": "numbering_gap"}, 0), ({"owner": "nobody"}, 0),
    ):  # fmt: skip
        assert number == len(listed(api, filter=wanted)), wanted


@pytest.mark.parametrize(
    ("wanted", "why"),
    [
        ({"rule": "looks_odd"}, "There is no rule with this name."),
        ({"status": "open"}, "There is no status with this name."),
        ({"owner": "a\0b"}, "not text"),
    ],
)
def test_an_invalid_filter_is_refused(shared_api: Api, wanted: dict[str, str], why: str) -> None:
    error = shared_api.error(LIST, filter=wanted)
    assert why in error["message"]
    assert "BAD_USER_INPUT" == error["extensions"]["code"]


@pytest.mark.parametrize(
    ("discrepancy", "given", "why"),
    [
        ("award-1", {}, "not an id of type discrepancy"),
        (None, {"because": " "}, "because is empty"),
        (None, {"authority": ""}, "authority is empty"),
        (None, {"on": "soon"}, "is not a date"),
        (None, {"seen": "-1"}, "position"),
    ],
)
def test_invalid_input_is_refused_before_anything_happens(
    shared_api: Api, discrepancy: str | None, given: dict[str, str], why: str
) -> None:
    gap, *_ = listed(shared_api)
    said = {"commandId": "x", "discrepancy": discrepancy or gap["id"], "because": "b", "authority": "a", "on": "2005"}
    query = "mutation ($i: WaiveDiscrepancyInput!) { waiveDiscrepancy(input: $i) { __typename } }"
    assert why in shared_api.error(query, i=said | given)["message"]


def test_an_unknown_discrepancy_is_refused(shared_api: Api) -> None:
    for mutation, given in (
        ("explainDiscrepancy", {"because": "b"}), ("waiveDiscrepancy", {"because": "b", "authority": "a"}),
        ("withdrawExplanation", {"because": "b"}), ("assignDiscrepancy", {"owner": "o"}),
    ):  # fmt: skip
        assert "NothingToExplain" == say(shared_api, mutation, "discrepancy-0", **given)["rule"], mutation


def test_the_list_is_exported_over_http_with_its_position(shared_api: Api) -> None:
    answer = shared_api.http.get("/export/discrepancies.jsonl")
    rows = [json.loads(line) for line in answer.text.splitlines()]
    assert ["numbering_gap", "budget_line_missing", "total_unlike_list"] == [row["rule"] for row in rows]
    assert {answer.headers["x-fundtrail-position"]} == {str(row["position"]) for row in rows}


def test_a_payment_made_twice_across_awards_is_found_until_a_recovery_of_it_is_settled(api: Api) -> None:
    with desk(api.database) as at:
        for name, on in (("first", "2004-07-01"), ("second", "2004-07-05")):
            at.pay(at.accepted_award(name, "1000.00"), 1, "250.00", on)
        caught_up(api.database)

        def found() -> list[tuple[str, str]]:
            caught_up(api.database)
            return [
                (one["status"], one["message"])
                for one in listed(api, filter={"rule": "duplicate_payments", "partnership": "dip"})
            ]

        message = (
            "2 payments of £250.00 to one payee within 14 days:"
            " A-first payment 1 (1 Jul 2004), A-second payment 1 (5 Jul 2004)"
        )
        assert [("OPEN", message)] == found()
        about: dict[str, Any] = {"award_id": AwardId("award-second"), "number": 1, "on": When("2004-08-01")}
        at.do(RaiseRecovery(amount=gbp("250.00"), because="Paid twice", payment=1, **about))
        at.do(ApproveRecovery(**about))
        assert [("OPEN", message)] == found()
        at.do(SettleRecovery(amount=gbp("250.00"), by=SettledBy.REPAYMENT, **about))
        assert [("CLOSED", message)] == found()
