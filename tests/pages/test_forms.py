"""A form of a page gives one command: once, by whom it says, and only if the page is ours. A refusal appears in it."""

import html
import re
from typing import Any

import httpx
import pytest

from domain import award
from domain.governance import LiftSeparation, Separation
from domain.values.ids import ProgrammeId
from domain.values.when import When
from tests.kit.database.feeding import caught_up
from tests.kit.database.writing import ask
from tests.kit.money import desk, gbp
from tests.kit.web.served import Api
from tests.pages.test_addresses import words

FORM = re.compile(r'<form method="post".*?</form>', re.DOTALL)
INPUT = re.compile(r'<input[^>]*name="([^"]*)"[^>]*value="([^"]*)"')
WHO = {"as": "treasury officer"}


def requested(api: Api, name: str = "paid") -> str:
    """The address of a payment that is requested."""
    with desk(api.database) as at:
        award_id = at.accepted_award(name, "1000.00")
        of: dict[str, Any] = {"award_id": award_id, "number": 1}
        at.do(award.RequestPayment(**of, amount=gbp("250.00"), on=When("2004-07-01")), "payments officer")
    caught_up(api.database)
    return f"/payments/{award_id}/1"


def form(api: Api, path: str, action: str) -> dict[str, str]:
    """The fields of a form of a page, as a browser would send them."""
    for text in FORM.findall(api.http.get(path).text):
        fields = {name: html.unescape(value) for name, value in INPUT.findall(text)}
        if fields["action"] == action:
            return fields
    raise AssertionError(f"there is no form to {action} at {path}")


def send(api: Api, path: str, fields: dict[str, str], **headers: str) -> httpx.Response:
    return api.http.post(path, data=fields, headers={"origin": api.url, **headers})


def events(api: Api) -> int:
    return int(ask(api.database, "SELECT count(*) FROM log.events")[0][0])


def test_a_payment_is_approved_and_released_and_the_page_shows_it_at_once(api: Api) -> None:
    path = requested(api)
    for action, who in (("approve", "finance manager"), ("release", "treasury officer")):
        answer = send(api, path, form(api, path, action) | {"as": who, "on": "2004-07-02"})
        assert (303, path) == (answer.status_code, answer.headers["location"])
    shown = words(api.http.get(path).text)
    assert "Approved 2 Jul 2004, by finance manager" in shown
    assert "Released 2 Jul 2004, by treasury officer" in shown
    query = '{ award(reference: "A-paid") { payments { status } } }'
    assert [{"status": "released"}] == api.ask(query)["award"]["payments"]


def test_a_form_that_is_sent_twice_counts_once(api: Api) -> None:
    path = requested(api)
    fields = form(api, path, "approve") | WHO | {"on": "2004-07-02"}
    assert [303, 303] == [send(api, path, fields).status_code for _ in range(2)]
    assert 1 == ask(api.database, "SELECT count(*) FROM log.events WHERE topic = 'PaymentApproved'")[0][0]


def test_a_refusal_appears_in_the_form_with_what_was_typed_and_nothing_is_recorded(api: Api) -> None:
    path = requested(api)
    before = events(api)
    answer = send(api, path, form(api, path, "approve") | WHO | {"on": "2004-06-01"})
    assert 422 == answer.status_code
    shown = words(answer.text)
    assert "Nothing was recorded" in shown
    assert 'value="2004-06-01"' in answer.text
    assert 'value="treasury officer"' in answer.text
    assert before == events(api)


def test_a_step_that_somebody_else_took_meanwhile_is_refused_by_name(api: Api) -> None:
    path = requested(api)
    fields = [form(api, path, action) | {"as": who} for action, who in (("reverse", "clerk"), ("approve", "manager"))]
    mine, theirs = fields[0] | {"because": "Twice", "on": "2004-07-01"}, fields[1] | {"on": "2004-07-02"}
    assert 303 == send(api, path, theirs).status_code
    answer = send(api, path, mine)
    assert 422 == answer.status_code
    assert "Nothing was recorded" in words(answer.text)
    assert "Approved 2 Jul 2004, by manager" in words(api.http.get(path).text)


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("as", "", "Your name or post: this is empty."),
        ("as", "<script>", "a name has 1 to 100 letters"),
        ("as", "\x00", "has characters that are not text"),
        ("on", "", "Took effect on: this is empty."),
        ("on", "soon", "this is not a day"),
        ("on", "2004-07", "give one day"),
        ("on", "2199-01-01", ""),
        ("command", "", "The form is incomplete."),
        ("command", "x' OR 1", "The form is incomplete."),
    ],
)
def test_what_is_wrong_appears_at_its_field(api: Api, field: str, value: str, said: str) -> None:
    path = requested(api)
    before = events(api)
    answer = send(api, path, form(api, path, "approve") | WHO | {"on": "2004-07-02"} | {field: value})
    assert 422 == answer.status_code
    assert said in words(answer.text)
    assert "<script" not in answer.text
    assert before == events(api)


@pytest.mark.parametrize("origin", ["http://evil.example", "null", "", "http://127.0.0.1:1"])
def test_a_form_from_another_page_changes_nothing(api: Api, origin: str) -> None:
    path = requested(api)
    fields = form(api, path, "approve") | WHO | {"on": "2004-07-02"}
    before = events(api)
    answer = send(api, path, fields, origin=origin)
    assert 403 == answer.status_code
    assert "Another page sent this form" in words(answer.text)
    assert 403 == api.http.post(path, data=fields).status_code
    assert before == events(api)
    # The control: the same form of our own page is taken.
    assert 303 == send(api, path, fields).status_code


def test_a_body_that_is_no_form_is_refused(api: Api) -> None:
    path = requested(api)
    headers = {"origin": api.url, "content-type": "application/x-www-form-urlencoded"}
    before = events(api)
    for body in (b"\xff=1", b"a=1&a=2", b"a=%ff", b"&".join(b"f%d=1" % nth for nth in range(410)), b"x" * 70_000):
        assert 400 == api.http.post(path, content=body, headers=headers).status_code
    assert 400 == api.http.post(path, json={"a": 1}, headers={"origin": api.url}).status_code
    for action in ("", "settle", "<script>"):
        answer = send(api, path, form(api, path, "approve") | {"action": action})
        assert 404 == answer.status_code
        assert "<script" not in answer.text
    assert 404 == send(api, "/payments/nothing/1", form(api, path, "approve") | WHO).status_code
    assert before == events(api)


def test_a_page_about_the_past_has_no_forms(api: Api) -> None:
    path = requested(api)
    assert FORM.findall(api.http.get(path).text)
    assert [] == FORM.findall(api.http.get(f"{path}?as-at=2004-12-31").text)


def test_one_person_in_two_steps_is_flagged(api: Api) -> None:
    """It is possible where the programme does not keep these duties apart."""
    path = requested(api)
    with desk(api.database) as at:
        cbp, on = ProgrammeId(at.find("programme", "cbp")), When("2004-01-01")
        at.do(LiftSeparation(programme_id=cbp, separation=Separation.PAYMENT, because="A small office", on=on))
    send(api, path, form(api, path, "approve") | {"as": "payments officer", "on": "2004-07-02"})
    assert "payments officer requested and approved it." in words(api.http.get(path).text)
