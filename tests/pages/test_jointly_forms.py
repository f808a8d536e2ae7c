"""The forms of what partners do jointly, of returns and certificates, and of what a programme asks."""

from collections.abc import Iterator
from typing import Any

import pytest

from infra.database.postgres import Database
from pages.acting.joint import CAPACITY, CONSULTING, FOR_AWARDS, JOINTLY
from tests.conftest import copy_of
from tests.kit.database.feeding import caught_up
from tests.kit.examples_joint import DIGEST
from tests.kit.jointly import acted
from tests.kit.money import desk
from tests.kit.web.served import Api, served
from tests.pages.test_acting import WHO, form_at, last_event
from tests.pages.test_addresses import words
from tests.pages.test_forms import events, send

WEST, PLANS = "/partnerships/joint-west/jointly", "/partnerships/joint-west/capacity"
ASKED, AWARD = "/programmes/cbp/consultation", "/awards/award-certified/act"
ANSWERS = {
    f"answers.{number}.{name}": text
    for number, field in enumerate(("Reached", "Spent", "Risks"), 1)
    for name, text in (("field", field), ("text", "As planned"))
}


@pytest.fixture(scope="module")
def jointly(server: Database, programme_template: str) -> Iterator[Api]:
    """The programme with two partnerships that did all that partners do jointly."""
    database = copy_of(server, programme_template)
    with desk(database) as at:
        acted(at)
    with served(database) as api:
        caught_up(database)
        yield api


# The page, the action of the form, what is typed, the event that is recorded, and what its body has.
FORMS: list[tuple[str, str, dict[str, str], str, dict[str, Any]]] = [
    (
        WEST, "agree",
        {"sort": "mutuality", "title": "Second statement", "terms.2.text": "Lends a hall", "until": "2006-03-31"},
        "AgreementMade", {"number": 4, "terms": [{"text": "Lends a hall", "organisation_id": None}]},
    ),
    (
        WEST, "sign", {"agreement": "[2]", "organisation_id": "swindon-borough-council", "post": "Leader"},
        "AgreementSigned", {"number": 2, "post": "Leader"},
    ),
    (
        WEST, "leave-agreement", {"agreement": "[2]", "organisation_id": "lambeth", "because": "No money"},
        "AgreementLeft", {"number": 2, "because": "No money"},
    ),
    (
        WEST, "uphold",
        {"agreement": "[2]", "organisation_id": "kent-county-council", "response": "sanction", "text": "A warning"},
        "AgreementUpheld", {"number": 2, "response": "sanction"},
    ),
    (
        WEST, "commitment", {"organisation_id": "idea", "text": "A guide", "until": "2005-12-31"},
        "CommitmentGiven", {"number": 3, "until": "2005-12-31"},
    ),
    (
        WEST, "answer-commitment", {"commitment": "[2]", "kept": "no", "text": "No survey came"},
        "CommitmentAnswered", {"number": 2, "kept": False},
    ),
    (
        WEST, "sponsor", {"organisation_id": "lambeth", "post": "Leader", "until": "2006-05-31"},
        "SponsorNamed", {"number": 3, "post": "Leader"},
    ),
    (WEST, "sponsor-lapsed", {"sponsor": "[2]", "because": "A new post"}, "SponsorLapsed", {"number": 2}),
    (
        WEST, "role", {"sort": "buddy", "holder": "A head of planning", "remit": "Advises"},
        "RoleDefined", {"number": 5, "sort": "buddy"},
    ),
    (
        WEST, "decide",
        {
            "sort": "roll_out", "body": "Board", "level": "region", "text": "All districts join",
            "grounds.1.sort": "demand", "grounds.1.text": "All ask", "grounds.3.sort": "potential",
            "grounds.3.text": "Half the price", "present": "10", "elected": "6",
        },
        "DecisionTaken",
        {
            "number": 4, "elected": 6,
            "grounds": [{"sort": "demand", "text": "All ask"}, {"sort": "potential", "text": "Half the price"}],
        },
    ),
    (
        WEST, "document", {"decision": "[1]", "sort": "minutes", "title": "Minutes of March", "digest": DIGEST},
        "DocumentAttached", {"number": 4, "decision": 1, "digest": DIGEST},
    ),
    (
        WEST, "output",
        {
            "sort": "training", "title": "A course", "theme": "Waste", "text": "Three days", "owner_id": "lambeth",
            "use": "partners", "digest": DIGEST,
        },
        "OutputShared", {"number": 4, "use": "partners"},
    ),
    (
        WEST, "output-used",
        {"output": "[1]", "organisation_id": "lambeth", "text": "Its own absence", "on": "2006-02-01"},
        "OutputReused", {"number": 1, "text": "Its own absence"},
    ),
    (
        PLANS, "plan",
        {"title": "Second plan", "aims": "A", "baseline": "B", "audit": "C", "options.1.options": "Courses"},
        "CapacityPlanFiled", {"number": 2, "options": ["Courses"]},
    ),
    (
        PLANS, "plan-cost", {"capacityplan": "[2]", "line": "Courses", "sort": "estimated", "amount": "1,500.00"},
        "PlanCostStated", {"number": 2, "amount": {"amount": "1500.00", "currency": "GBP"}},
    ),
    (
        PLANS, "approve-plan", {"capacityplan": "[2]", "body": "Board", "standard": "Has all five parts"},
        "CapacityPlanApproved", {"number": 2, "body": "Board"},
    ),
    (
        PLANS, "formula", {"capacityplan": "[2]", "sort": "cost_linked", "percentage": "40"},
        "FundingFormulaSet", {"number": 2, "percentage": 40},
    ),
    (
        PLANS, "policy",
        {
            "outcome": '["outcome-joint"]', "policy": "Best value", "target": "7 days", "compatible": "yes",
            "because": "Both count staff",
        },
        "PolicyTargetStated", {"outcome_id": "outcome-joint", "compatible": True},
    ),
    (
        PLANS, "need", {"organisation_id": "lambeth", "theme": "Waste", "text": "To sort it", "people": "3"},
        "NeedIdentified", {"number": 4, "people": 3},
    ),
    (
        PLANS, "provision",
        {"provider_id": "idea", "theme": "Waste", "text": "A visit", "people": "6", "cost": "200.00"},
        "ProvisionOffered", {"number": 3, "people": 6},
    ),
    (
        PLANS, "meet-need", {"need": "[1]", "provision": "[1]", "people": "4"},
        "NeedMet", {"number": 1, "provision": 1, "people": 4},
    ),
    (
        PLANS, "learn",
        {
            "sort": "shadowing", "organisation_id": "lambeth", "host_id": "kent-county-council", "post": "A planner",
            "protocol": "A note after each day", "until": "2005-07-31",
        },
        "LearningBegun", {"number": 2, "sort": "shadowing"},
    ),
    (
        PLANS, "learnt", {"learning": "[2]", "outcome": "A plan", "on": "2005-07-31"},
        "LearningEnded", {"number": 2, "outcome": "A plan"},
    ),
    (ASKED, "ask", {"text": "Who may bid?", "until": "2005-07-31"}, "QuestionPut", {"number": 2}),
    (
        ASKED, "respond", {"question": "[2]", "given_by": "A county", "text": "All", "on": "2005-06-10"},
        "ResponseGiven", {"number": 2, "given_by": "A county"},
    ),
    (
        ASKED, "decide-question",
        {"question": "[2]", "decision": "All may", "because": "The answer said so", "on": "2005-08-10"},
        "QuestionDecided", {"number": 2, "decision": "All may"},
    ),
    (ASKED, "template", {"fields.1.fields": "Reached", "fields.3.fields": "Spent"},
     "ReturnTemplatePublished", {"fields": ["Reached", "Spent"]}),
    (
        AWARD, "file-return", {"return": "[2]", "template": "1", "hours": "8", **ANSWERS},
        "ReturnFiled", {"number": 2, "hours": 8},
    ),
    (
        AWARD, "judge-return", {"filed": "[2]", "accepted": "yes", "on": "2005-06-10"},
        "ReturnJudged", {"number": 2, "accepted": True},
    ),
    (
        AWARD, "certify",
        {
            "post": "Section 151 officer", "wording": "Spent as agreed", "as_at": "2005-05-31",
            "documents.2.documents": DIGEST,
        },
        "FundingCertified", {"number": 2, "as_at": "2005-05-31", "documents": [DIGEST]},
    ),
]  # fmt: skip


@pytest.mark.parametrize(("page", "action", "typed", "event", "body"), FORMS, ids=[one[1] for one in FORMS])
def test_each_form_gives_its_command_once_and_its_page_shows_it(
    jointly: Api, page: str, action: str, typed: dict[str, str], event: str, body: dict[str, Any]
) -> None:
    fields = form_at(jointly, page, action) | WHO | typed
    answer = send(jointly, page, fields)
    assert (303, page.removesuffix("/act")) == (answer.status_code, answer.headers.get("location")), words(answer.text)
    caught_up(jointly.database)
    name, data, before = last_event(jointly)
    assert event == name
    assert body == {key: data[key] for key in body}
    assert 303 == send(jointly, page, fields).status_code, "sent twice, it counts once"
    assert before == events(jointly)


def test_every_form_is_tried() -> None:
    """The proof of reach: a new form needs an example."""
    assert [one[1] for one in FORMS] == [*JOINTLY, *CAPACITY, *CONSULTING, *FOR_AWARDS]


def test_what_a_form_lacks_is_said_beside_it_and_nothing_is_recorded(jointly: Api) -> None:
    before = events(jointly)
    answer = send(jointly, WEST, form_at(jointly, WEST, "decide") | WHO | {"sort": "strategic", "body": "Board"})
    assert 422 == answer.status_code
    assert "Nothing was recorded" in words(answer.text)
    assert before == events(jointly)
