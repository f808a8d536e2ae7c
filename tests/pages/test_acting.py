"""The forms of a partnership, an award, an organisation, a round and a scheme.

Each gives its command, with what was typed kept.
"""

import html
import json
from collections.abc import Iterator
from typing import Any

import pytest

from domain.award import AgreeProfile, ProfileLine
from domain.delivery import AgreeDeliverable, EngageSupplier
from domain.funding_round import OpenRound
from domain.values.ids import AwardId, DeliveryId, RoundId
from domain.values.when import When
from infra.database.postgres import Database
from pages.acting.joint import FOR_AWARDS as OF_RETURNS
from pages.acting.steps import ACTIONS, STEPS
from tests.conftest import copy_of
from tests.kit import beside
from tests.kit.database.feeding import caught_up
from tests.kit.database.writing import ask
from tests.kit.money import desk, gbp
from tests.kit.outcomes import FAILED, SHARED, SKILLS, found
from tests.kit.plans import planned
from tests.kit.rounds import SCHEME as OPEN
from tests.kit.rounds import opened_round
from tests.kit.support import OUTCOME, supported
from tests.kit.web.served import Api, served
from tests.pages.test_addresses import words
from tests.pages.test_forms import FORM, INPUT, events, send

THREE, DIP, OF_AWARD = "/partnerships/needs-three", "/partnerships/dip", "/awards/award-beside"
SCHEME, ROUND, LAMBETH = "/schemes/open", "/rounds/R-open", "/organisations/lambeth"
WHO = {"as": "programme office", "on": "2005-06-01"}
PLAN = '["delivery-needs-three"]'
SKILLS_, SHARED_, FAILED_ = (f'["{one}"]' for one in (SKILLS, SHARED, FAILED))


@pytest.fixture(scope="module")
def told(server: Database, programme_template: str) -> Iterator[Api]:
    """The programme with plans, a round, and what stands beside the money of an award."""
    database = copy_of(server, programme_template)
    with desk(database) as at:
        opened_round(at)
        planned(at)
        found(at)
        supported(at)
        beside.recorded(at)
        slides: dict[str, Any] = {"organisation_id": at.find("organisation", "kent-county-council"), "text": "Slides"}
        of = DeliveryId("delivery-needs-three")
        printer: dict[str, Any] = {"organisation_id": at.find("organisation", "lambeth"), "work": "Printing"}
        at.do(EngageSupplier(delivery_id=of, brief="A book", selection="Quotes", on=When("2005-04-01"), **printer))
        at.do(AgreeDeliverable(delivery_id=of, due=When("2005-08-01"), on=When("2005-05-01"), **slides))
        year = (ProfileLine(year="2004-05", amount=gbp("300.00")),)
        at.do(AgreeProfile(award_id=AwardId("award-fenced"), lines=year, on=When("2004-07-01")))
        later: dict[str, Any] = {"programme_id": at.find("programme", "cbp"), "scheme_id": OPEN, "name": "Later"}
        budget, on = gbp("100.00"), When("2004-06-01")
        at.do(OpenRound(round_id=RoundId("round-later"), code="R-later", budget=budget, on=on, **later))
    with served(database) as api:
        caught_up(database)
        yield api


def form(api: Api, path: str, action: str) -> dict[str, str]:
    """The fields of a form about the thing at this path, as a browser sends them where nothing is chosen."""
    return form_at(api, f"{path}/act", action)


def form_at(api: Api, address: str, action: str) -> dict[str, str]:
    """The fields of a form of the page at this address."""
    for text in FORM.findall(api.http.get(address).text):
        fields = {name: html.unescape(value) for name, value in INPUT.findall(text)}
        if fields["action"] == action:
            return fields
    raise AssertionError(f"there is no form to {action} at {address}")


# What a form is about, its action, what is typed, the event that is recorded, and what its body has.
FORMS: list[tuple[str, str, dict[str, str], str, dict[str, Any]]] = [
    (THREE, "reach", {"milestone": '["delivery-needs-three", "Report"]'}, "MilestoneReached", {"milestone": "Report"}),
    (
        THREE,
        "move",
        {"milestone": '["delivery-needs-three", "Posts end"]', "due": "2005-07-31", "because": "Notice"},
        "MilestoneMoved",
        {"due": "2005-07-31", "because": "Notice"},
    ),
    (
        THREE,
        "agree-plan",
        {
            "title": "Second year",
            "stages.1.name": "Start",
            "stages.1.due": "2005-09-01",
            "stages.1.organisation_id": "kent-county-council",
            "stages.1.begins_delivery": "yes",
            "stages.3.name": "Review",
        },
        "PlanAgreed",
        {"title": "Second year", "partnership_id": "partnership-needs-three"},
    ),
    (
        THREE,
        "redesign",
        {"plan": PLAN, "because": "Fewer tutors", "stages.1.name": "Report", "stages.1.due": "2005-09-30"},
        "PlanRedesigned",
        {"because": "Fewer tutors"},
    ),
    (
        THREE,
        "status",
        {"plan": PLAN, "strand": "Audit", "light": "amber", "because": "Late"},
        "StatusReported",
        {"light": "amber"},
    ),
    (
        THREE,
        "hold-up",
        {"plan": PLAN, "stage": "planning", "cause": "supplier", "because": "No reply"},
        "HoldUpReported",
        {"cause": "supplier"},
    ),
    (
        THREE,
        "hold-up-ended",
        {"hold_up": '["delivery-needs-three", 2]', "because": "Staff came"},
        "HoldUpEnded",
        {"number": 2},
    ),
    (
        THREE,
        "procurement",
        {"procurement": '["delivery-needs-three", null]', "step": "specified", "text": "A new tender"},
        "ProcurementStepTaken",
        {"number": 2, "step": "specified"},
    ),
    (
        THREE,
        "engage",
        {"plan": PLAN, "organisation_id": "lga", "work": "Audit", "brief": "Two days", "selection": "Quotes"},
        "SupplierEngaged",
        {"brief": "Two days"},
    ),
    (
        THREE,
        "replace",
        {
            "supplier": '["delivery-needs-three", "{kent}"]',
            "organisation_id": "idea",
            "because": "Left",
            "work": "Audit",
            "brief": "Two days",
            "selection": "Quotes",
        },
        "SupplierReplaced",
        {"because": "Left"},
    ),
    (
        THREE,
        "deliverable",
        {"plan": PLAN, "organisation_id": "lambeth", "text": "A film", "due": "2005-08-01"},
        "DeliverableAgreed",
        {"text": "A film"},
    ),
    (
        THREE,
        "decide-deliverable",
        {"deliverable": '["delivery-needs-three", 3]', "accepted": "yes"},
        "DeliverableDecided",
        {"number": 3, "accepted": True},
    ),
    (
        THREE,
        "activity",
        {"plan": PLAN, "kind": "workshop", "happened": "Twenty members met."},
        "ActivityHeld",
        {"kind": "workshop"},
    ),
    (
        THREE,
        "follow-on",
        {
            "plan": PLAN,
            "sort": "continuation",
            "owner": "The county",
            "text": "A post",
            "until": "2006-03-31",
            "cost": "1,000.00",
        },
        "FollowOnPlanFiled",
        {"cost": {"amount": "1000.00", "currency": "GBP"}, "number": 2},
    ),
    (
        "/partnerships/needs-one",
        "end-delivery",
        {"plan": '["delivery-needs-one"]', "summary": "It is done."},
        "DeliveryEnded",
        {"summary": "It is done."},
    ),
    (THREE, "happening", {"happened": "A new head came.", "lane": "governance"}, "HappeningNoted", {}),
    (
        DIP,
        "charge",
        {
            "payer_id": "lga",
            "payee_id": "idea",
            "charged_for": "service",
            "purpose": "Rooms",
            "amount": "EUR 90.00",
        },
        "ChargeAgreed",
        {"amount": {"amount": "90.00", "currency": "EUR"}, "number": 3},
    ),
    (
        DIP,
        "divide",
        {
            "amount": "300.00",
            "basis": "In halves",
            "equally": "yes",
            "shares.1.organisation_id": "lga",
            "shares.1.amount": "150.00",
            "shares.4.organisation_id": "idea",
            "shares.4.amount": "150.00",
        },
        "PoolDivided",
        {"number": 2, "equally": True},
    ),
    (
        OF_AWARD,
        "pledge",
        {
            "contributor_id": "lga",
            "kind": "in_kind",
            "towards": "setting_up",
            "description": "A room",
            "hours": "5",
            "line": "Training",
        },
        "ContributionPledged",
        {"hours": 5, "line": "Training", "number": 2},
    ),
    (
        OF_AWARD,
        "contribution",
        {
            "contributor_id": "lga",
            "kind": "cash",
            "towards": "activity",
            "description": "The rest",
            "amount": "200.00",
            "line": "Training",
            "pledge": "[1]",
        },
        "ContributionReceived",
        {"pledge": 1, "amount": {"amount": "200.00", "currency": "GBP"}},
    ),
    (
        OF_AWARD,
        "strand",
        {"name": "Set-up", "lines.2.lines": "Set-up", "share": "25 %"},
        "StrandAgreed",
        {"lines": ["Set-up"], "share": {"part": 25, "of": 100}},
    ),
    (
        OF_AWARD,
        "profile",
        {
            "lines.1.year": "2004-05",
            "lines.1.amount": "3,000.00",
            "lines.2.year": "2005-06",
            "lines.2.amount": "5,000.00",
            "lines.2.spending": "revenue",
        },
        "ProfileAgreed",
        {},
    ),
    (
        "/awards/award-fenced",
        "change-profile",
        {"lines.1.amount": "100.00", "lines.2.year": "2005-06", "lines.2.amount": "200.00", "because": "Later"},
        "ProfileChanged",
        {"because": "Later"},
    ),
    (
        SCHEME,
        "publish-rule",
        {"code": "kinds", "kind": "kind of organisation", "text": "Councils only", "names.2.names": "council"},
        "EligibilityRulePublished",
        {"names": ["council"], "code": "kinds"},
    ),
    (ROUND, "end-rule", {"rule": '["local"]', "because": "Never used"}, "EligibilityRuleEnded", {"code": "local"}),
    (
        SCHEME,
        "publish-criteria",
        {
            "criteria.1.criterion": "Need",
            "criteria.1.weight": "30",
            "criteria.2.criterion": "Value",
            "criteria.2.weight": "70",
        },
        "AssessmentCriteriaPublished",
        {"criteria": ["Need", "Value"], "weights": [30, 70]},
    ),
    (
        "/rounds/R-later",
        "adopt-criteria",
        {"criteria.1.criteria": "Need", "criteria.2.criteria": "Value"},
        "CriteriaAdopted",
        {"criteria": ["Need", "Value"], "weights": [60, 40]},
    ),
    (
        DIP, "agree-indicator",
        {"impact": "Skills", "level": "team", "indicator": "Teams trained", "baseline": "1", "target": "9",
         "expected_by": "2006-03-31", "priority": "local"},
        "IndicatorAgreed", {"expected_by": "2006-03-31", "priority": "local"},
    ),
    (
        DIP, "unplanned",
        {"impact": "Shared services", "level": "authority", "indicator": "Shared teams", "value": "1"},
        "UnplannedOutcomeReported", {"value": "1"},
    ),
    (
        DIP, "revise-indicator",
        {"outcome": SKILLS_, "indicator": "Members who teach others", "because": "It shows more", "comparable": "yes"},
        "IndicatorRevised", {"comparable": True},
    ),
    (DIP, "revise-target", {"outcome": SKILLS_, "target": "95", "because": "Others joined"}, "TargetRevised", {}),
    (DIP, "result", {"outcome": SKILLS_, "value": "85"}, "ResultReported", {"value": "85"}),
    (DIP, "verify-result", {"outcome": SKILLS_, "evidence": "A visit"}, "ResultVerified", {"evidence": "A visit"}),
    (DIP, "reject-result", {"outcome": SHARED_, "because": "Counted twice"}, "ResultRejected", {}),
    (
        DIP, "evidence", {"outcome": SKILLS_, "kind": "documents", "text": "Registers", "confidence": "approximate"},
        "EvidenceGiven", {"number": 3, "kind": "documents", "confidence": "approximate"},
    ),
    (DIP, "explain", {"outcome": SKILLS_, "kind": "lesson", "text": "Begin early"}, "OutcomeExplained", {"number": 4}),
    (
        DIP, "link", {"outcome": FAILED_, "later": SHARED_, "because": "The bids began the talks"},
        "OutcomeLinked", {"leads_to_id": SHARED},
    ),
    (
        DIP, "saving", {"outcome": SHARED_, "kind": "claimed", "amount": "10.00", "basis": "A guess", "apart": "20"},
        "SavingStated", {"number": 3, "kind": "claimed"},
    ),
    (
        LAMBETH, "category", {"regime": "CPA", "category": "3 stars", "method": "2005"},
        "AssessmentCategoryRecorded", {"category": "3 stars"},
    ),
    (
        LAMBETH, "open-case", {"partnership_id": "needs-three", "problem": "political", "text": "No leader"},
        "SupportCaseOpened", {"case": 3, "problem": "political", "partnership_id": "partnership-needs-three"},
    ),
    (
        LAMBETH, "escalate-case", {"case": "[3]", "level": "round_table", "because": "Nobody came"},
        "SupportCaseEscalated", {"case": 3, "level": "round_table"},
    ),
    (
        LAMBETH, "offer-help", {"case": "[3]", "text": "A mentor", "helper_id": "idea"},
        "HelpOffered", {"case": 3, "number": 1, "text": "A mentor"},
    ),
    (
        LAMBETH, "answer-help", {"offer": "[3, 1]", "accepted": "no", "because": "It has one"},
        "HelpAnswered", {"case": 3, "number": 1, "accepted": False},
    ),
    (
        LAMBETH, "lend",
        {"case": "[3]", "lender_id": "kent-county-council", "text": "A planner", "days": "20", "owed": "5"},
        "CapacityLent", {"number": 1, "days": 20, "owed": 5},
    ),
    (LAMBETH, "give-back", {"loan": "[3, 1]", "days": "2"}, "CapacityGivenBack", {"case": 3, "number": 1, "days": 2}),
    (
        LAMBETH, "improvement-plan",
        {"case": "[1]", "plan": PLAN, "outcomes.1.outcomes": OUTCOME, "monitoring": "The board"},
        "ImprovementPlanAgreed", {"number": 2, "delivery_id": "delivery-needs-three", "outcomes": [OUTCOME]},
    ),
    (
        LAMBETH, "notice", {"case": "[3]", "sort": "red_flag", "served_by": "Inspectorates", "text": "Late benefits"},
        "NoticeServed", {"case": 3, "number": 1, "sort": "red_flag"},
    ),
    (
        LAMBETH, "plan-review", {"case": "[3]", "sort": "peer_visit", "due": "2005-07-31"},
        "ReviewPlanned", {"case": 3, "number": 1, "due": "2005-07-31"},
    ),
    (
        LAMBETH, "hold-review",
        {"review": "[3, 1]", "days": "2", "peers.1.peers": "Chief executive of a county", "findings": "No scrutiny"},
        "ReviewHeld", {"case": 3, "number": 1, "days": 2, "peers": ["Chief executive of a county"]},
    ),
    (
        LAMBETH, "miss-review", {"review": "[1, 4]", "because": "No peer was free"},
        "ReviewMissed", {"case": 1, "number": 4},
    ),
    (
        LAMBETH, "recommend", {"case": "[3]", "made_by": "Peer team", "text": "Train members"},
        "RecommendationMade", {"case": 3, "number": 1, "made_by": "Peer team"},
    ),
    (
        LAMBETH, "follow", {"recommendation": "[3, 1]", "state": "accepted", "text": "The council agrees"},
        "RecommendationFollowed", {"case": 3, "number": 1, "state": "accepted"},
    ),
    (
        LAMBETH, "duty", {"case": "[1]", "text": "Leads on libraries", "on": "2005-11-01"},
        "DutyGiven", {"case": 1, "number": 2},
    ),
    (
        LAMBETH, "share",
        {"case": "[3]", "protocol": "Protocol of 2004", "shared_with.1.shared_with": "lga", "text": "The survey"},
        "InformationShared", {"case": 3, "protocol": "Protocol of 2004"},
    ),
    (
        LAMBETH, "turnover", {"cause": "leadership", "changed": "1", "posts": "1", "effect": "A new chief executive"},
        "TurnoverRecorded", {"number": 2, "cause": "leadership"},
    ),
    (LAMBETH, "close-case", {"case": "[3]", "conclusion": "A leader came"}, "SupportCaseClosed", {"case": 3}),
]  # fmt: skip


@pytest.mark.parametrize(("path", "action", "typed", "event", "body"), FORMS)
def test_each_form_gives_its_command_once(
    told: Api, path: str, action: str, typed: dict[str, str], event: str, body: dict[str, Any]
) -> None:
    fields = form(told, path, action) | WHO | {name: _named(told, value) for name, value in typed.items()}
    answer = send(told, f"{path}/act", fields)
    # What was recorded of an organisation is shown on the page of its support.
    after = f"{path}/support" if path == LAMBETH else path
    assert (303, after) == (answer.status_code, answer.headers.get("location")), words(answer.text)
    caught_up(told.database)
    name, data, before = last_event(told)
    assert event == name
    assert body.items() <= data.items()
    assert 303 == send(told, f"{path}/act", fields).status_code, "sent twice, it counts once"
    assert before == events(told)


def _named(api: Api, value: str) -> str:
    (kent,) = ask(api.database, "SELECT id FROM read.organisations WHERE code = 'kent-county-council'")[0]
    return value.replace("{kent}", kent)


def last_event(api: Api) -> tuple[str, dict[str, Any], int]:
    """The name and the body of the last event, and how many events there are."""
    query = "{ auditLog(last: 1) { nodes { name data } } }"
    (node,) = api.ask(query)["auditLog"]["nodes"]
    return node["name"], json.loads(node["data"]), events(api)


def test_every_form_is_tried() -> None:
    """The proof of reach: a new form needs an example, here or among the forms of what partners do jointly."""
    assert set(STEPS) == {one for actions in ACTIONS.values() for one in actions}
    assert {action for _, action, *_ in FORMS} == set(STEPS) - set(OF_RETURNS)


def test_a_list_leaves_out_empty_rows_and_keeps_the_others_in_order(told: Api) -> None:
    path, typed = f"{THREE}/act", {"title": "Rows", "stages.2.name": "First", "stages.4.name": "Second"}
    assert 303 == send(told, path, form(told, THREE, "agree-plan") | WHO | typed).status_code
    caught_up(told.database)
    plans = told.ask('{ partnership(code: "needs-three") { plans { title stages { name due { text } } } } }')
    (rows,) = [one for one in plans["partnership"]["plans"] if one["title"] == "Rows"]
    assert [("First", None), ("Second", None)] == [(one["name"], one["due"]) for one in rows["stages"]]


def test_more_rows_are_given_without_a_script_and_nothing_is_recorded(told: Api) -> None:
    path, before = f"{THREE}/act", events(told)
    fields = form(told, THREE, "agree-plan") | {"title": "Long", "stages.4.name": "Fourth", "more": "stages"}
    answer = send(told, path, fields)
    assert (200, before) == (answer.status_code, events(told))
    assert "Nothing was recorded" not in answer.text
    (text,) = [one for one in FORM.findall(answer.text) if 'value="agree-plan"' in one]
    again = {name: html.unescape(value) for name, value in INPUT.findall(text)}
    assert ("Long", "Fourth", "") == (again["title"], again["stages.4.name"], again["stages.8.name"])
    assert 303 == send(told, path, again | WHO | {"stages.8.name": "Eighth"}).status_code


@pytest.mark.parametrize(
    ("path", "action", "typed", "said"),
    [
        (
            DIP,
            "divide",
            {"amount": "300", "basis": "In halves", "equally": "yes", "shares.1.organisation_id": "lga",
             "shares.1.amount": "150"},
            "The shares add up to £150.00, but the pooled money is £300.00.",
        ),
        (
            DIP,
            "divide",
            {"amount": "300", "basis": "In halves", "equally": "yes", "shares.2.organisation_id": "lga"},
            "Row 2, Amount: this is empty.",
        ),
        (
            DIP,
            "charge",
            {"payer_id": "nobody", "payee_id": "idea", "charged_for": "service", "purpose": "Rooms"},
            'Who pays: there is no organisation "nobody". Write its code.',
        ),
        (DIP, "charge", {"amount": "1,50"}, "Amount: this is not an amount."),
        (THREE, "reach", {"milestone": '["delivery-needs-three", "Nothing"]'}, "has no milestone named Nothing."),
        (THREE, "reach", {"milestone": "Report"}, "Milestone: choose one of the list."),
        (THREE, "agree-plan", {"title": "x", "stages.1.due": "2005-01-01"}, "Row 1, Name: this is empty."),
        (OF_AWARD, "strand", {"name": "x", "lines.1.lines": "Training", "share": "most"}, "this is not a share."),
        (OF_AWARD, "strand", {"name": "x", "share": "1/2"}, "Budget lines: give at least one row."),
        (ROUND, "end-rule", {"rule": "local", "because": "x"}, "Rule: choose one of the list."),
        (SCHEME, "publish-criteria", {"criteria.1.criterion": "A", "criteria.1.weight": "x"}, "not a whole number"),
    ],
)  # fmt: skip
def test_a_refusal_appears_beside_the_form_with_what_was_typed(
    told: Api, path: str, action: str, typed: dict[str, str], said: str
) -> None:
    before = events(told)
    answer = send(told, f"{path}/act", form(told, path, action) | WHO | typed)
    assert 422 == answer.status_code
    assert said in words(answer.text)
    assert before == events(told)
    (text,) = [one for one in FORM.findall(answer.text) if f'value="{action}"' in one]
    kept = {name: html.unescape(value) for name, value in INPUT.findall(text)}
    assert {name: value for name, value in typed.items() if name in kept}.items() <= kept.items()


def test_a_thing_without_forms_of_its_own_and_one_that_is_not_there_have_no_page(told: Api) -> None:
    nothing = ("/programmes/cbp/act", "/organisations/nothing/act", "/partnerships/nothing/act", "/awards/nothing/act")
    for path in (*nothing, "/rivers/dip/act"):
        assert 404 == told.http.get(path).status_code, path
    assert [] == FORM.findall(told.http.get(f"{DIP}/act?as-at=2004-12-31").text)
