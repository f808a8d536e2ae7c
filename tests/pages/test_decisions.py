"""Bank entries, discrepancies and periods are decided on their pages: once, by whom it says, or refused by name."""

import html
import re
from typing import Any

import pytest

from domain import award
from domain.discrepancy import identity
from domain.values.ids import AwardId
from domain.values.when import When
from tests.kit.banked import ACCOUNT_ID, FEE_PAGE, PAID_PAGE, banked, paid_to
from tests.kit.database.feeding import caught_up
from tests.kit.database.writing import ask
from tests.kit.money import desk, gbp
from tests.kit.web.served import Api
from tests.pages.test_addresses import words
from tests.pages.test_every_link import HOSTILE
from tests.pages.test_forms import FORM, events, form, send

WHO = {"as": "finance officer"}
OPTION = re.compile(r'<option value="([^"]+)"( selected)?>([^<]*)</option>')


@pytest.fixture
def paid(api: Api) -> Api:
    """A payment of 310.00 that was released, and the bank entries of the month."""
    with desk(api.database) as at:
        at.pay(at.accepted_award("paid", "1000.00"), 1, "310.00", "2004-08-09")
        banked(at)
    caught_up(api.database)
    return api


def choices(api: Api, path: str, action: str) -> dict[str, str]:
    """What can be chosen in a form, by words."""
    for text in FORM.findall(api.http.get(path).text):
        if f'value="{action}"' in text:
            return {html.unescape(shown): html.unescape(value) for value, _, shown in OPTION.findall(text)}
    raise AssertionError(f"there is no form to {action} at {path}")


def match(api: Api) -> dict[str, str]:
    """The form that matches the entry to its candidate, filled in."""
    ((_, choice),) = choices(api, PAID_PAGE, "match").items()
    filled = {"candidate": choice, "because": "The amount and the name agree", "on": "2004-09-02"}
    return form(api, PAID_PAGE, "match") | WHO | filled


# --- Bank entries -----------------------------------------------------------------------------------------------------


def test_an_entry_is_matched_to_the_payment_that_it_may_be_and_the_page_shows_it_at_once(paid: Api) -> None:
    assert "1 Devon" not in (before := words(paid.http.get(PAID_PAGE).text))
    assert "Payment 1 of A-paid" in before
    assert "amount, payee, date" in before
    answer = send(paid, PAID_PAGE, match(paid))
    assert (303, PAID_PAGE) == (answer.status_code, answer.headers["location"])
    shown = words(paid.http.get(PAID_PAGE).text)
    assert "Decided settled on" in shown
    assert "by finance officer" in shown
    assert "The amount and the name agree" in shown
    assert "Entry matched" in shown
    query = '{ award(reference: "A-paid") { payments { status } } }'
    assert [{"status": "settled"}] == paid.ask(query)["award"]["payments"]
    assert ["settled"] == re.findall(
        r'<span class="tag">(settled)</span><br>', paid.http.get("/bank?status=settled").text
    )


def test_the_list_counts_the_candidates_of_each_entry(paid: Api) -> None:
    found = dict(
        re.findall(
            r'href="(/bank/bankentry-[^"]*)".*?<td class="r">(\d*)</td><td class="s">', paid.http.get("/bank").text
        )
    )
    assert {PAID_PAGE: "1", FEE_PAGE: "0"} == found


def test_a_match_that_is_sent_twice_counts_once(paid: Api) -> None:
    fields = match(paid)
    assert [303, 303] == [send(paid, PAID_PAGE, fields).status_code for _ in range(2)]
    assert 1 == ask(paid.database, "SELECT count(*) FROM log.events WHERE topic = 'EntryMatched'")[0][0]


def test_what_somebody_else_decided_meanwhile_refuses_the_match_by_name(paid: Api) -> None:
    mine = match(paid)
    aside = form(paid, PAID_PAGE, "set-aside") | WHO | {"aside": "other", "because": "Private", "on": "2004-09-02"}
    assert 303 == send(paid, PAID_PAGE, aside).status_code
    before = events(paid)
    answer = send(paid, PAID_PAGE, mine)
    assert 422 == answer.status_code
    assert "The entry is already set aside. Reopen it before you decide anything else about it." in words(answer.text)
    assert before == events(paid)


def test_a_decision_is_taken_back_and_another_one_made(paid: Api) -> None:
    assert 303 == send(paid, PAID_PAGE, match(paid)).status_code
    back = form(paid, PAID_PAGE, "reopen") | WHO | {"because": "Wrong payment", "on": "2004-09-03"}
    assert 303 == send(paid, PAID_PAGE, back).status_code
    shown = words(paid.http.get(PAID_PAGE).text)
    assert "Last decision taken back" in shown
    assert "Reason Wrong payment" in shown
    ((_, payment),) = choices(paid, PAID_PAGE, "reject").items()
    no = form(paid, PAID_PAGE, "reject") | WHO | {"payment": payment, "because": "Another month", "on": "2004-09-03"}
    assert 303 == send(paid, PAID_PAGE, no).status_code
    assert "No payment that was released has this amount or reference." in words(paid.http.get(PAID_PAGE).text)


def test_an_entry_is_matched_to_a_payment_that_is_not_proposed(paid: Api) -> None:
    found = choices(paid, FEE_PAGE, "match-other")
    assert ["Payment 1 of A-paid: £310.00 not seen at the bank, released 9 Aug 2004"] == list(found)
    (choice,) = found.values()
    given = WHO | {"candidate": choice, "because": "Paid in two parts", "on": "2004-09-02"}
    assert 303 == send(paid, FEE_PAGE, form(paid, FEE_PAGE, "match-other") | given).status_code
    assert "Payment 1 of A-paid 4.50" in words(paid.http.get(FEE_PAGE).text)
    # What is left of the payment is less than the other entry.
    assert 'value="match-other"' not in paid.http.get(PAID_PAGE).text


def test_what_the_bank_wrote_is_shown_as_text(api: Api) -> None:
    with desk(api.database) as at:
        banked(at, counterparty=HOSTILE)
    caught_up(api.database)
    path = f"/bank/{paid_to(HOSTILE).identity(ACCOUNT_ID)}"
    for page in (path, "/bank", f"/changes?from={events(api) - 3}", "/bank?text=<script>"):
        answer = api.http.get(page)
        assert 200 == answer.status_code
        assert "<script" not in answer.text
        assert "{{7919*7919}}" in answer.text or "text=" in page


def test_an_entry_is_set_aside_as_a_fee(paid: Api) -> None:
    aside = form(paid, FEE_PAGE, "set-aside") | WHO | {"aside": "fee", "because": "Charges", "on": "2004-09-02"}
    assert 303 == send(paid, FEE_PAGE, aside).status_code
    assert "Decided fee on" in words(paid.http.get(FEE_PAGE).text)


@pytest.mark.parametrize(
    ("field", "value", "status", "said"),
    [
        ("because", "", 422, "Reason: this is empty."),
        ("candidate", "", 422, "It is: this is empty."),
        ("candidate", "<script>", 422, "It is: choose one of the list."),
        ("candidate", '["payment", []]', 422, "It is: choose one of the list."),
        ("as", "<script>", 422, "a name has 1 to 100 letters"),
        ("on", "2199-01-01", 422, "is after the day of recording"),
        ("command", "", 422, "The form is incomplete."),
        ("action", "burn", 404, "This page has no such form."),
    ],
)
def test_what_is_wrong_with_a_match_appears_in_the_form_and_nothing_is_recorded(
    paid: Api, field: str, value: str, status: int, said: str
) -> None:
    before = events(paid)
    answer = send(paid, PAID_PAGE, match(paid) | {field: value})
    assert status == answer.status_code
    assert said in words(answer.text)
    assert "<script" not in answer.text
    assert before == events(paid)


@pytest.mark.parametrize(
    "choice",
    [
        "x", "1", "[]", '["payment", 1]', '["payment", [["a", "b", "c", 1]]]', '["repayment", [1]]', "[" * 1990,
        r'["payment", [["award-\u0000", 1, "310.00", null]]]', r'["payment", [["award-\ud800", 1, "310.00", null]]]',
        '["payment", [["award-paid", 1e30, "310.00", null]]]', '["repayment", ["award-paid", 1, 99999999999999999999]]',
    ],
)  # fmt: skip
def test_a_choice_that_no_page_gives_is_refused_once_the_form_is_gone(paid: Api, choice: str) -> None:
    """The page no longer has the form, so nothing can be compared with its choices."""
    mine = match(paid)
    assert 303 == send(paid, PAID_PAGE, mine).status_code
    before = events(paid)
    answer = send(paid, PAID_PAGE, mine | {"candidate": choice, "command": f"page-{'0' * 32}"})
    assert answer.status_code in (400, 422)
    assert before == events(paid)


@pytest.mark.parametrize("origin", ["http://evil.example", "null", ""])
def test_a_decision_from_another_page_changes_nothing(paid: Api, origin: str) -> None:
    fields = match(paid)
    before = events(paid)
    assert 403 == send(paid, PAID_PAGE, fields, origin=origin).status_code
    assert before == events(paid)
    # The control: the same form of our own page is taken.
    assert 303 == send(paid, PAID_PAGE, fields).status_code


def test_pages_about_the_past_have_no_candidates_and_no_forms(paid: Api) -> None:
    for path in (PAID_PAGE, "/periods/cbp?from=2004-01-01&to=2004-12-31"):
        assert FORM.findall(paid.http.get(path).text), path
        past = paid.http.get(f"{path}{'&' if '?' in path else '?'}as-at=2026-01-01&position={events(paid)}")
        assert [] == FORM.findall(past.text), path


# --- Discrepancies ----------------------------------------------------------------------------------------------------

LATE = f"/discrepancies/{identity('return_overdue', 'award-late/return 1')}"


@pytest.fixture
def late(api: Api) -> Api:
    """An award whose return is late."""
    with desk(api.database) as at:
        award_id = at.accepted_award("late", "1000.00")
        wanted: dict[str, Any] = {"number": 1, "covers": "2004", "due": When("2004-12-31")}
        at.do(award.RequireReturn(award_id=award_id, **wanted, on=When("2004-07-01")))
    caught_up(api.database)
    return api


def test_a_discrepancy_is_explained_accepted_and_opened_again(late: Api) -> None:
    steps = (
        ("explain", {"because": "Sent by post"}, "Explained Sent by post by finance officer"),
        ("waive", {"authority": "Section 151 officer", "because": "Small"}, "Accepted Small by finance officer"),
        ("withdraw", {"because": "Not small"}, "Status open"),
        ("assign", {"owner": "Programme office"}, "With Programme office"),
    )
    for action, given, said in steps:
        answer = send(late, LATE, form(late, LATE, action) | WHO | {"on": "2026-01-05"} | given)
        assert (303, LATE) == (answer.status_code, answer.headers["location"]), words(answer.text)
        assert said in words(late.http.get(LATE).text)
    life = words(late.http.get(LATE).text).split("What became of it", 1)[1]
    assert re.search(r"Return required .* Discrepancy explained .* Discrepancy waived .* Explanation withdrawn", life)
    assert "It is a warning if a required return was not received by its due day." in words(late.http.get(LATE).text)


def test_figures_that_changed_after_they_were_seen_are_not_explained(late: Api) -> None:
    fields = form(late, LATE, "explain") | WHO | {"on": "2026-01-05", "because": "Sent by post"}
    old = fields | {"seen": "1"}
    before = events(late)
    answer = send(late, LATE, old)
    assert 422 == answer.status_code
    assert "after you read them at position 1. Read the discrepancy again." in words(answer.text)
    assert before == events(late)
    # The control: with what the page shows it is taken, and a second time it counts once.
    assert f'name="seen" value="{fields["seen"]}"' in answer.text
    assert [303, 303] == [send(late, LATE, fields).status_code for _ in range(2)]
    assert before + 1 == events(late)


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("because", "", "Explanation: this is empty."),
        ("seen", "", "this is empty."),
        ("seen", "x", "this is not a whole number."),
        ("on", "2199-01-01", "is after the day of recording"),
    ],
)
def test_what_is_wrong_with_an_explanation_appears_in_the_form(late: Api, field: str, value: str, said: str) -> None:
    before = events(late)
    fields = form(late, LATE, "explain") | WHO | {"on": "2026-01-05", "because": "Sent by post"}
    answer = send(late, LATE, fields | {field: value})
    assert 422 == answer.status_code
    assert said in words(answer.text)
    assert before == events(late)


def test_a_discrepancy_whose_cause_is_gone_is_not_explained(late: Api) -> None:
    fields = form(late, LATE, "explain") | WHO | {"on": "2026-01-05", "because": "Sent by post"}
    with desk(late.database) as at:
        at.do(award.CertifyReturn(award_id=AwardId("award-late"), number=1, on=When("2004-12-01")))
    caught_up(late.database)
    answer = send(late, LATE, fields)
    assert answer.status_code in (404, 422)
    assert [] == FORM.findall(late.http.get(LATE).text)


# --- Periods ----------------------------------------------------------------------------------------------------------

BOOKS = "/periods/cbp"
DAYS = "/periods/cbp?from=2004-04-01&to=2005-03-31"


def closing(api: Api) -> dict[str, str]:
    """The form that closes the year 2004-05, filled in."""
    return form(api, DAYS, "close") | WHO | {"on": "2026-01-05"}


def test_a_period_is_closed_once_and_the_page_shows_it_at_once(paid: Api) -> None:
    fields = closing(paid)
    assert ("2004-05", "2004-04-01", "2005-03-31") == (fields["name"], fields["starts"], fields["ends"])
    assert [303, 303] == [send(paid, BOOKS, fields).status_code for _ in range(2)]
    assert "Closed periods: 2004-05 ." in words(paid.http.get(BOOKS).text)
    assert "1 Apr 2005 to 31 Mar 2006" in words(paid.http.get(BOOKS).text)
    assert "finance officer" in words(paid.http.get("/periods").text)
    assert 1 == ask(paid.database, "SELECT count(*) FROM log.events WHERE topic = 'PeriodClosed'")[0][0]


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"on": "2005-03-31"}, "A period is closed only after its last day."),
        ({"ends": "2004-03-31"}, "cannot be closed."),
        ({"starts": "2004-04"}, "First day: give one day."),
        ({"name": ""}, "Name of the period: this is empty."),
        ({"starts": "9999-13-45"}, "First day: this is not a day."),
    ],
)
def test_a_period_that_cannot_be_closed_is_refused_in_the_form(api: Api, given: dict[str, str], said: str) -> None:
    before = events(api)
    answer = send(api, BOOKS, closing(api) | given)
    assert 422 == answer.status_code
    assert "Nothing was recorded" in words(answer.text)
    assert said in words(answer.text)
    assert before == events(api)


def test_days_of_a_closed_period_and_its_name_are_not_taken_again(api: Api) -> None:
    assert 303 == send(api, BOOKS, closing(api)).status_code
    again = closing(api)
    for given, said in (
        ({"name": "again"}, "Some of these days are in period 2004-05, which is closed."),
        ({"starts": "2005-04-01", "ends": "2005-06-30"}, "Another period with this name is closed already"),
    ):
        answer = send(api, BOOKS, again | given)
        assert 422 == answer.status_code
        assert said in words(answer.text)


def test_a_period_that_is_not_over_has_no_form_to_close_it(api: Api) -> None:
    path = f"{BOOKS}?from=2026-04-01&to=2199-03-31"
    assert [] == FORM.findall(api.http.get(path).text)
    assert "is not over." in words(api.http.get(path).text)


def test_a_payment_of_another_candidate_is_not_in_the_form(paid: Api) -> None:
    """Each candidate is one choice, and the likeliest is first."""
    with desk(paid.database) as at:
        award_id = at.accepted_award("other", "1000.00", partnership="lrip")
        at.do(award.RequestPayment(award_id=award_id, number=1, amount=gbp("310.00"), on=When("2004-08-08")))
        at.do(award.ApprovePayment(award_id=award_id, number=1, on=When("2004-08-08")))
        at.do(award.ReleasePayment(award_id=award_id, number=1, on=When("2004-08-08")))
    caught_up(paid.database)
    found = list(choices(paid, PAID_PAGE, "match"))
    assert ["Payment 1 of A-paid", "Payment 1 of A-other"] == [one.partition(":")[0] for one in found]
