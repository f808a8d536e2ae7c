"""A form is shown to those who may give its command there; sent by hand by anybody else, it is refused."""

import html
import re
from typing import Any

import pytest

from domain import award, bid
from domain.people.person import GrantRole, RegisterPerson, RevokeRole, Role
from domain.values.ids import AwardId, BidId, PartnershipId, PersonId
from domain.values.when import When
from tests.infra.web.test_permitted import (  # noqa: F401 - two of them are fixtures
    ON,
    PEOPLE,
    bearer,
    database,
    guarded,
)
from tests.kit.commands import new
from tests.kit.database.feeding import caught_up
from tests.kit.database.writing import ask
from tests.kit.money import desk, gbp
from tests.kit.web.served import Api
from tests.pages.test_addresses import words
from tests.pages.test_forms import FORM, INPUT

LINK = re.compile(r'href="(/(?:payments|bids|bank|discrepancies|periods)/[^"?#]+)"')
# A release needs an approval by another officer than the one who requested it.
REQUESTER, APPROVER = PersonId("person-requester"), PersonId("person-approver")


@pytest.fixture(scope="module", autouse=True)
def _officers(guarded: Api) -> None:  # noqa: F811
    with desk(guarded.database) as at:
        for person in (REQUESTER, APPROVER):
            at.do(RegisterPerson(person_id=person, code=person.removeprefix("person-"), on=ON))
            at.do(GrantRole(person_id=person, role=Role.PAYMENTS_OFFICER, on=ON))
    caught_up(guarded.database)


def payment(api: Api, *, approved: bool = False) -> str:
    """The address of a payment that REQUESTER requested, and APPROVER approved."""
    with desk(api.database) as at:
        of: dict[str, Any] = {"award_id": AwardId(at.accepted_award(new(), "1000.00")), "number": 1}
        at.do(award.RequestPayment(**of, amount=gbp("250.00"), on=When("2004-07-01")), REQUESTER)
        if approved:
            at.do(award.ApprovePayment(**of, on=When("2004-07-02")), APPROVER)
    caught_up(api.database)
    return f"/payments/{of['award_id']}/1"


def bid_page(api: Api) -> str:
    """The address of a bid that waits, as it was submitted."""
    with desk(api.database) as at:
        bid_id = at.submitted_bid(new(), "2004-01-05")
    caught_up(api.database)
    return f"/bids/{bid_id}"


def as_person(api: Api, person: str) -> dict[str, str]:
    return bearer(api, person) | {"accept": "text/html", "origin": api.url}


def forms_of(api: Api, path: str, headers: dict[str, str] | None = None) -> dict[str, dict[str, str]]:
    """The forms of a page by their actions, each with its fields."""
    answer = api.http.get(path, headers=headers)
    assert 200 == answer.status_code, answer.text
    found = [{name: html.unescape(value) for name, value in INPUT.findall(text)} for text in FORM.findall(answer.text)]
    return {fields["action"]: fields for fields in found if "action" in fields}


def shown_to(api: Api, path: str, person: str) -> set[str]:
    return set(forms_of(api, path, as_person(api, person)))


def events(api: Api) -> int:
    return int(ask(api.database, "SELECT count(*) FROM log.events")[0][0])


def test_a_bid_shows_each_role_the_steps_that_are_its_own(guarded: Api) -> None:  # noqa: F811
    path = bid_page(guarded)
    expected = {
        Role.ASSESSOR: {"ask", "check", "assess", "contact"},
        Role.DECISION_MAKER: {"approve", "decline"},
        Role.PROGRAMME_OFFICE: {"acknowledge", "ask", "check", "revise", "assign", "withdraw", "consent", "contact"},
        Role.AUDITOR: set(),
    }
    assert expected == {role: shown_to(guarded, path, PEOPLE[role]) for role in expected}


def test_the_forms_of_a_partnership_are_those_of_each_role(guarded: Api) -> None:  # noqa: F811
    """The office may record all of it, an auditor and a payments officer nothing."""
    everything = set(forms_of(guarded, "/partnerships/dip/act", as_person(guarded, PEOPLE[Role.PROGRAMME_OFFICE])))
    assert {"agree-plan", "deliverable", "follow-on", "happening", "charge", "divide"} <= everything
    for role in (Role.AUDITOR, Role.PAYMENTS_OFFICER):
        assert set() == shown_to(guarded, "/partnerships/dip/act", PEOPLE[role])
    text = guarded.http.get("/partnerships/dip/act", headers=as_person(guarded, PEOPLE[Role.AUDITOR])).text
    assert "Agree a plan It takes the role of" in words(text)


def test_a_payment_shows_each_role_the_steps_that_are_its_own(guarded: Api) -> None:  # noqa: F811
    requested, approved = payment(guarded), payment(guarded, approved=True)
    roles = (Role.PAYMENTS_OFFICER, Role.RELEASER, Role.PROGRAMME_OFFICE, Role.AUDITOR)
    assert [{"approve", "reverse"}, set(), set(), set()] == [shown_to(guarded, requested, PEOPLE[one]) for one in roles]
    assert [{"reverse"}, {"release"}, set(), set()] == [shown_to(guarded, approved, PEOPLE[one]) for one in roles]


def test_what_is_withheld_is_named_with_the_role_that_it_takes(guarded: Api) -> None:  # noqa: F811
    text = guarded.http.get(payment(guarded), headers=as_person(guarded, PEOPLE[Role.AUDITOR])).text
    shown = words(text)
    assert "Approve It takes the role of decision maker or payments officer here." in shown
    assert "Take back It takes the role of payments officer here." in shown
    assert 'href="/permissions"' in text


@pytest.mark.parametrize("person", [PEOPLE[Role.AUDITOR], PEOPLE[Role.RELEASER]])
def test_a_hidden_form_that_is_sent_by_hand_is_refused_and_records_nothing(
    guarded: Api,  # noqa: F811
    person: PersonId,
) -> None:
    path = payment(guarded)
    # The token of a form is that of its sender, who has one in every page to sign out.
    headers, theirs = as_person(guarded, person), as_person(guarded, APPROVER)
    text = guarded.http.get(path, headers=headers).text
    own = dict(INPUT.findall(next(one for one in FORM.findall(text) if "/sign-out" in one)))
    approve = forms_of(guarded, path, theirs)["approve"]
    before = events(guarded)
    answer = guarded.http.post(path, data=approve | own, headers=headers)
    assert 422 == answer.status_code
    refusal = f"{person} has no role that may do this here. It takes the role of decision maker or payments officer."
    assert refusal in words(answer.text)
    assert before == events(guarded)
    # The control: whoever sees the form may send it.
    assert 303 == guarded.http.post(path, data=approve, headers=theirs).status_code


def test_a_role_in_one_partnership_shows_the_forms_of_that_partnership_alone(guarded: Api) -> None:  # noqa: F811
    person = PersonId("person-of-one-place")
    with desk(guarded.database) as at:
        at.do(RegisterPerson(person_id=person, code="of-one-place", on=ON))
        at.do(GrantRole(person_id=person, role=Role.AUDITOR, on=ON))
        dip = PartnershipId(at.find("partnership", "dip"))
        bid_here = BidId(at.submitted_bid(new(), "2004-01-05", partnership="dip"))
        bid_there = BidId(at.submitted_bid(new(), "2004-01-05", partnership="lrip"))
        at.do(GrantRole(person_id=person, role=Role.DECISION_MAKER, partnership_id=dip, on=ON))
    caught_up(guarded.database)
    assert {"approve", "decline"} == shown_to(guarded, f"/bids/{bid_here}", person)
    assert set() == shown_to(guarded, f"/bids/{bid_there}", person)


def test_a_role_that_is_revoked_or_over_shows_no_form_any_more(guarded: Api) -> None:  # noqa: F811
    path, person = payment(guarded), PersonId("person-for-a-while")
    with desk(guarded.database) as at:
        at.do(RegisterPerson(person_id=person, code="for-a-while", on=ON))
        at.do(GrantRole(person_id=person, role=Role.AUDITOR, on=ON))
        at.do(GrantRole(person_id=person, role=Role.PAYMENTS_OFFICER, on=ON, until=When("2004-12-31")))
        caught_up(guarded.database)
        assert set() == shown_to(guarded, path, person)
        at.do(GrantRole(person_id=person, role=Role.PAYMENTS_OFFICER, on=ON))
        assert {"approve", "reverse"} == shown_to(guarded, path, person)
        at.do(RevokeRole(person_id=person, role=Role.PAYMENTS_OFFICER, because="Left", on=ON))
        assert set() == shown_to(guarded, path, person)


def test_whoever_requested_a_payment_is_not_shown_the_form_to_approve_it(guarded: Api) -> None:  # noqa: F811
    path = payment(guarded)
    assert {"reverse"} == shown_to(guarded, path, REQUESTER)
    said = "has the duty to request payment 1, and so may not approve payment 1."
    assert said in words(guarded.http.get(path, headers=as_person(guarded, REQUESTER)).text)
    # The control: another payments officer is shown it.
    assert {"approve", "reverse"} == shown_to(guarded, path, APPROVER)


def test_whoever_has_an_interest_in_a_bid_is_not_shown_the_forms_that_decide_it(guarded: Api) -> None:  # noqa: F811
    path, decider = bid_page(guarded), PEOPLE[Role.DECISION_MAKER]
    with desk(guarded.database) as at:
        bid_id = BidId(path.removeprefix("/bids/"))
        declared = bid.DeclareInterest(bid_id=bid_id, person_id=decider, nature="A relative", on=When("2004-01-06"))
        at.do(declared, decider)
    caught_up(guarded.database)
    assert set() == shown_to(guarded, path, decider)
    assert "Decline person-decision_maker has an interest in the bid: declared as A relative." in words(
        guarded.http.get(path, headers=as_person(guarded, decider)).text
    )


def test_no_page_of_the_example_shows_an_auditor_a_form_and_every_form_is_somebodys(example: Api) -> None:
    """The forms of the owner of the machine are divided among the people, and each says to the others why it is not
    theirs.
    """
    lists = ("/payments", "/bids", "/bank?status=all", "/discrepancies?status=all", "/periods")
    pages = {link for one in lists for link in LINK.findall(example.http.get(one).text)} - {"/bids/delays"}
    pages |= {f"{path}?from=2025-04-01&to=2025-04-30" for path in pages if path.startswith("/periods/")}
    everything = {path: set(forms_of(example, path)) for path in pages}
    assert {"payments", "bids", "bank", "discrepancies", "periods"} == {
        path.split("/")[1] for path, found in everything.items() if found
    }
    nobodys = {(path, action) for path, actions in everything.items() for action in actions}
    for role in Role:
        headers = as_person(example, f"person-example-{role.value.replace(' ', '-')}")
        for path, actions in everything.items():
            if example.http.get(path, headers=headers).status_code == 403:
                continue
            shown = set(forms_of(example, path, headers))
            assert shown <= actions
            if role is Role.AUDITOR:
                assert set() == shown, path
            nobodys -= {(path, action) for action in shown}
    # A decision maker does not read the bank's side of a payment; the duties of the example bind its people.
    assert set() == {one for one in nobodys if not one[0].startswith("/payments/")}
