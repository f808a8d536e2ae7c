"""The forms of a bid: only those that its state allows, each gives its command, and a refusal appears in its form."""

import html
from collections.abc import Callable
from typing import Any

import pytest

from domain import bid
from domain.partnership import JoinPartnership
from domain.values.ids import BidId, OrganisationId, PartnershipId
from domain.values.when import When
from pages.bids.steps import STEPS
from tests.kit.database.feeding import caught_up
from tests.kit.money import Desk, desk, gbp
from tests.kit.web.served import Api
from tests.pages.test_addresses import words
from tests.pages.test_forms import FORM, INPUT, events, form, send

WHO = {"as": "grants officer 1", "on": "2004-03-01"}
ALWAYS = {"assign", "consent", "contact"}
SUBMITTED = ALWAYS | {"acknowledge", "approve", "decline", "ask", "check", "assess", "revise", "withdraw"}


def _asked(at: Desk, bid_id: BidId) -> None:
    at.do(bid.RequestClarification(bid_id=bid_id, question="Who leads?", on=When("2004-02-01")))


def _approved(at: Desk, bid_id: BidId) -> None:
    at.do(bid.ApproveBid(bid_id=bid_id, approved=gbp("900.00"), on=When("2004-02-01")))


def _declined(at: Desk, bid_id: BidId) -> None:
    at.do(bid.DeclineBid(bid_id=bid_id, because="Too vague", on=When("2004-02-01")))


def _notified(at: Desk, bid_id: BidId) -> None:
    _approved(at, bid_id)
    at.do(bid.NotifyDecision(bid_id=bid_id, on=When("2004-02-02")))


def _joined(at: Desk, _: BidId) -> OrganisationId:
    lga, dip = OrganisationId(at.find("organisation", "lga")), PartnershipId(at.find("partnership", "dip"))
    at.do(JoinPartnership(partnership_id=dip, organisation_id=lga, role="partner", on=When("2004-01-01")))
    return lga


def _scored(at: Desk, bid_id: BidId) -> None:
    score: dict[str, Any] = {"criterion": "Need", "score": 8, "justification": "Long waits"}
    at.do(bid.AssessBid(bid_id=bid_id, on=When("2004-02-01"), **score))


def _consented(at: Desk, bid_id: BidId) -> None:
    lga = _joined(at, bid_id)
    at.do(bid.RecordConsent(bid_id=bid_id, organisation_id=lga, on=When("2004-02-01")))


def _withdrawn(at: Desk, bid_id: BidId) -> None:
    at.do(bid.WithdrawBid(bid_id=bid_id, on=When("2004-02-01")))


def _assigned(at: Desk, bid_id: BidId) -> None:
    at.do(bid.AssignCaseOfficer(bid_id=bid_id, officer="grants officer 2", on=When("2004-02-01")))
    at.do(bid.AcknowledgeBid(bid_id=bid_id, on=When("2004-02-01")))


def _nothing(at: Desk, bid_id: BidId) -> None:
    """The bid waits, as it was submitted."""


def page_of(api: Api, prepare: Callable[[Desk, BidId], Any] = _nothing, name: str = "formed") -> str:
    """The address of a bid for 1,000 that was submitted in January and then prepared."""
    with desk(api.database) as at:
        bid_id = at.submitted_bid(name, "2004-01-05")
        prepare(at, bid_id)
    caught_up(api.database)
    return f"/bids/{bid_id}"


def actions_of(api: Api, path: str) -> set[str]:
    found = (dict(INPUT.findall(text)) for text in FORM.findall(api.http.get(path).text))
    return {fields["action"] for fields in found}


@pytest.mark.parametrize(
    ("prepare", "offered"),
    [
        (_nothing, SUBMITTED),
        (_asked, SUBMITTED | {"answered"}),
        (_scored, SUBMITTED | {"moderate"}),
        (_consented, SUBMITTED | {"withdraw-consent"}),
        (_assigned, SUBMITTED - {"acknowledge"} | {"release"}),
        (_approved, ALWAYS | {"notify", "vary"}),
        (_notified, ALWAYS | {"vary"}),
        (_declined, ALWAYS | {"notify", "resubmit"}),
        (_withdrawn, ALWAYS | {"resubmit"}),
    ],
)
def test_only_the_commands_that_its_state_allows_are_offered(
    api: Api, prepare: Callable[[Desk, BidId], Any], offered: set[str]
) -> None:
    path = page_of(api, prepare)
    assert offered == actions_of(api, path)
    assert set() == actions_of(api, f"{path}?as-at=2004-12-31")


# A bid, the form that is sent, what is typed, and what its page shows afterwards.
FORMS: list[tuple[Callable[[Desk, BidId], Any], str, dict[str, str], str]] = [
    (_nothing, "acknowledge", {}, "1 Mar 2004 Bid acknowledged"),
    (
        _nothing,
        "approve",
        {"approved": "900.00", "because": "Less money", "dropped.1.dropped": "A film", "dropped.3.dropped": "A book"},
        "1 Mar 2004 Approved £900.00 Less money Does not pay for: A film; A book",
    ),
    (_nothing, "decline", {"because": "Too vague"}, "1 Mar 2004 Declined Too vague"),
    (_nothing, "ask", {"question": "Who leads?"}, "1 Who leads? 1 Mar 2004 grants officer 1 open"),
    (_asked, "answered", {}, "1 Who leads? 1 Feb 2004 tester 1 Mar 2004 grants officer 1"),
    (_nothing, "check", {"eligible": "no", "because": "One partner"}, "found not eligible by grants officer 1"),
    (_nothing, "assess", {"criterion": "Need", "score": "7", "justification": "Long waits"}, "Need 7 Long waits"),
    (_nothing, "revise", {"requested": "800", "because": "Cheaper"}, "Revised formed £800.00 Cheaper"),
    (_consented, "withdraw-consent", {"organisation_id": "lga", "because": "No staff"}, "1 Mar 2004 No staff"),
    (_joined, "consent", {"organisation_id": "lga"}, "Local Government Association 1 Mar 2004"),
    (_scored, "moderate", {"criterion": "Need", "score": "6", "because": "As agreed"}, "was agreed as 6 . As agreed"),
    (
        _nothing,
        "contact",
        {"direction": "from bidder", "with_whom": "case officer", "summary": "Asked when"},
        "1 Mar 2004 from bidder case officer Asked when",
    ),
    (_approved, "notify", {}, "1 Mar 2004 Bidder notified"),
    (_approved, "vary", {"approved": "950.00", "because": "More"}, "Approval changed £950.00 More"),
    (_declined, "resubmit", {"title": "Clearer"}, "Submitted again Clearer £1,000.00"),
    (_nothing, "assign", {"officer": "grants officer 3"}, "Case officer grants officer 3, since 1 Mar 2004"),
    (_assigned, "release", {}, "Case officer nobody has the case"),
    (_nothing, "withdraw", {}, "1 Mar 2004 Withdrawn"),
]


@pytest.mark.parametrize(("prepare", "action", "filled", "said"), FORMS)
def test_each_form_gives_its_command_and_the_page_shows_it(
    api: Api, prepare: Callable[[Desk, BidId], Any], action: str, filled: dict[str, str], said: str
) -> None:
    path = page_of(api, prepare)
    answer = send(api, path, form(api, path, action) | WHO | filled)
    assert (303, path) == (answer.status_code, answer.headers.get("location")), words(answer.text)
    assert said in words(api.http.get(path).text)


def test_every_form_is_tried() -> None:
    """The proof of reach: a new form needs an example."""
    assert {action for _, action, _, _ in FORMS} == set(STEPS)


@pytest.mark.parametrize(
    ("action", "filled", "said"),
    [
        ("approve", {"approved": "1,000.01"}, "An approval must not be more than the request."),
        ("approve", {"approved": "0.001"}, "0.001 is not an amount in GBP."),
        ("approve", {"approved": "90000000000000000000"}, "Amount approved: this is not an amount."),
        ("approve", {"approved": "10.00", "currency": "EUR"}, "The amount is not in the currency of the bid."),
        ("approve", {"approved": "10.00", "currency": "pounds"}, "10.00 is not an amount in pounds."),
        ("approve", {"approved": "ten"}, "Amount approved: this is not an amount."),
        ("decline", {}, "Reason: this is empty."),
        ("decline", {"because": "No", "on": "2003-01-01"}, "A bid is decided on or after the day it was submitted."),
        ("assess", {"criterion": "Need", "score": "11", "justification": "x"}, "A score must be a whole number"),
        ("check", {"eligible": "no"}, "Give a reason."),
        ("consent", {"organisation_id": "nobody"}, 'Partner: there is no organisation "nobody". Write its code.'),
        ("check", {"eligible": "perhaps", "because": "x"}, "Eligible: choose one of the list."),
    ],
)
def test_a_refusal_appears_in_the_form_and_nothing_is_recorded(
    api: Api, action: str, filled: dict[str, str], said: str
) -> None:
    path = page_of(api)
    before = events(api)
    answer = send(api, path, form(api, path, action) | WHO | filled)
    assert 422 == answer.status_code, answer.text
    assert said in words(answer.text)
    assert "Nothing was recorded" in words(answer.text)
    assert before == events(api)


@pytest.mark.parametrize("amount", ["1,50", "1,2,3", "12,34.00", "1e3", "1_000", "٣", "NaN", ",100"])
def test_what_could_be_read_as_another_amount_is_none(api: Api, amount: str) -> None:
    path = page_of(api)
    before = events(api)
    answer = send(api, path, form(api, path, "approve") | WHO | {"approved": amount})
    assert 422 == answer.status_code
    assert "Amount approved: this is not an amount. Write it so: 1,250.00." in words(answer.text)
    assert before == events(api)
    # The control: with its thousands apart it is one.
    assert 303 == send(api, path, form(api, path, "approve") | WHO | {"approved": "1,000.00"}).status_code


def test_a_form_that_is_sent_again_with_other_content_says_so_and_can_be_sent_as_a_new_one(api: Api) -> None:
    path = page_of(api)
    fields = form(api, path, "ask") | WHO | {"question": "Who leads?"}
    assert 303 == send(api, path, fields).status_code
    before = events(api)
    # Somebody goes back in the browser, writes another question and sends the old form.
    answer = send(api, path, fields | {"question": "Who pays?"})
    assert 422 == answer.status_code
    assert "This form was sent before with other content" in words(answer.text)
    assert before == events(api)
    (again,) = [
        {name: html.unescape(value) for name, value in INPUT.findall(text)}
        for text in FORM.findall(answer.text)
        if 'value="ask"' in text
    ]
    assert "Who pays?" == again["question"]
    assert 303 == send(api, path, again).status_code
    assert "Who pays?" in words(api.http.get(path).text)


def test_a_form_of_a_bid_that_is_not_there_changes_nothing(api: Api) -> None:
    fields: dict[str, Any] = form(api, page_of(api), "decline") | WHO | {"because": "No"}
    before = events(api)
    assert 404 == send(api, "/bids/bid-nothing", fields).status_code
    assert before == events(api)


def test_a_case_is_found_by_its_officer_once_it_is_assigned(api: Api) -> None:
    path = page_of(api)
    assert 400 == api.http.get("/bids?officer=grants+officer+9").status_code
    assert 303 == send(api, path, form(api, path, "assign") | WHO | {"officer": "grants officer 9"}).status_code
    assert f'href="{path}"' in api.http.get("/bids?officer=grants+officer+9").text
