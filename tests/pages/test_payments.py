"""Payments are filtered as GraphQL has them, flagged for what an auditor looks at first, and lead to the bank."""

import csv
import html
import io
import re
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from domain import award
from domain.bank.account import BankEntry, OpenBankAccount, RecordStatement, Statement, account_identity
from domain.bank.entry import MatchEntry, Share
from domain.discrepancy import ExplainDiscrepancy
from domain.governance import LiftSeparation, Separation
from domain.values.ids import AwardId, ProgrammeId
from domain.values.when import When
from tests.api.answering.test_statements import counted
from tests.kit.database.feeding import caught_up
from tests.kit.database.writing import ask
from tests.kit.money import Desk, desk, gbp
from tests.kit.web.served import Api
from tests.pages.test_addresses import words

RULE = "duplicate_payments"
EVERY = """{ payments(first: 100) { nodes {
  number state amount { amount } begun { latest } requestedBy approvedBy releasedBy settledBy reversedBy recordedBy
  payee { code } award { reference } } totals { amount currency } } }"""


def listed(api: Api, **asked: str) -> set[tuple[str, str]]:
    """The award and number of each payment that the page lists."""
    answer = api.http.get("/payments", params=asked | {"download": "csv"})
    assert 200 == answer.status_code, answer.text
    return {(row["award"], row["payment"]) for row in csv.DictReader(io.StringIO(answer.text))}


def of_graphql(api: Api) -> list[dict[str, Any]]:
    nodes: list[dict[str, Any]] = api.ask(EVERY)["payments"]["nodes"]
    return nodes


def key(one: dict[str, Any]) -> tuple[str, str]:
    return one["award"]["reference"], str(one["number"])


def actors(one: dict[str, Any]) -> set[str]:
    return {one[f"{step}By"] for step in ("requested", "approved", "released", "settled", "reversed", "recorded")}


def test_each_filter_lists_the_payments_that_graphql_has_of_it(lives: Api) -> None:
    every = of_graphql(lives)
    assert {key(one) for one in every} == listed(lives)
    for state in {one["state"] for one in every}:
        assert {key(one) for one in every if one["state"] == state} == listed(lives, state=state.lower())
    for actor in set().union(*map(actors, every)) - {None}:
        assert {key(one) for one in every if actor in actors(one)} == listed(lives, actor=actor), actor
    payees = {one["payee"]["code"] for one in every if one["payee"]}
    assert payees
    for payee in payees:
        expected = {key(one) for one in every if one["payee"] and one["payee"]["code"] == payee}
        assert expected == listed(lives, payee=payee)
    for reference in {one["award"]["reference"] for one in every}:
        assert {one for one in listed(lives) if one[0] == reference} == listed(lives, award=reference)
    above = {key(one) for one in every if Decimal(300) <= Decimal(one["amount"]["amount"]) <= Decimal("305.5")}
    assert above == listed(lives, **{"amount-from": "300", "amount-to": "305.50"})
    until = {key(one) for one in every if date.fromisoformat(one["begun"]["latest"]) <= date(2004, 8, 6)}
    assert until == listed(lives, to="2004-08-06")
    assert {key(one) for one in every} - until == listed(lives, **{"from": "2004-08-07"})
    assert 0 < len(above) < len(every)
    assert 0 < len(until) < len(every)
    assert set() == listed(lives, actor="nobody")


def test_filters_together_must_all_hold_and_the_form_keeps_them(lives: Api) -> None:
    asked = {"state": "settled", "actor": "tester", "amount-from": "1", "payee": "worcestershire-partnership"}
    expected = {key(one) for one in of_graphql(lives) if one["state"] == "SETTLED" and one["payee"]}
    assert expected == listed(lives, **asked)
    assert expected
    text = lives.http.get("/payments", params=asked).text
    for value in ("tester", "worcestershire-partnership"):
        assert f'value="{value}"' in text
    assert re.search(r"<option selected>settled|<option[^>]* selected>settled", text)
    assert "<details open>" in text


def paid(at: Desk, award_id: AwardId, number: int, *people: str, amount: str = "60.00", on: str = "2004-07-01") -> None:
    """A payment that these people requested, approved and released on one day."""
    of: dict[str, Any] = {"award_id": award_id, "number": number}
    day = When(on)
    at.do(award.RequestPayment(**of, amount=gbp(amount), on=day), people[0])
    at.do(award.ApprovePayment(**of, on=day), people[1])
    at.do(award.ReleasePayment(**of, bank_reference=f"BACS {award_id} {number}", on=day), people[2])


def flags(api: Api, **asked: str) -> dict[tuple[str, str], set[str]]:
    answer = api.http.get("/payments", params=asked | {"download": "csv"})
    rows = csv.DictReader(io.StringIO(answer.text))
    return {(row["award"], row["payment"]): set(row["flags"].split("; ")) - {""} for row in rows}


def test_a_payment_is_flagged_for_what_an_auditor_looks_at_first(api: Api) -> None:
    with desk(api.database) as at:
        award_id = at.accepted_award("flagged", "1000.00")
        # One clerk takes two duties: the programme must have said that it does not keep them apart.
        cbp = ProgrammeId(at.find("programme", "cbp"))
        on = When("2004-01-01")
        at.do(LiftSeparation(programme_id=cbp, separation=Separation.PAYMENT, because="A small office", on=on))
        paid(at, award_id, 1, "clerk", "manager", "treasury")
        paid(at, award_id, 2, "clerk", "manager", "treasury")
        paid(at, award_id, 3, "clerk", "clerk", "treasury", amount="70.00")
        paid(at, award_id, 4, "clerk", "manager", "treasury", amount="80.00", on="2004-09-01")
    caught_up(api.database)
    assert {
        ("A-flagged", "1"): {"possible duplicate"},
        ("A-flagged", "2"): {"possible duplicate"},
        ("A-flagged", "3"): {"same person twice"},
        ("A-flagged", "4"): set(),
    } == flags(api)
    shown = words(api.http.get(f"/payments/{award_id}/2").text)
    assert "Possible duplicate. 2 payments have the same amount and date" in shown
    assert "clerk requested and approved it." in words(api.http.get(f"/payments/{award_id}/3").text)
    # The control: what was explained is no flag, and nothing is flagged before it was known.
    found = ask(api.database, "SELECT subject, figures, message FROM read.discrepancies WHERE rule = %s", (RULE,))
    with desk(api.database) as at:
        for subject, seen, message in found:
            of: dict[str, Any] = {"rule": RULE, "subject": subject, "seen": seen, "message": message}
            at.do(ExplainDiscrepancy(**of, because="Two grants of one sum", on=When("2004-10-01")))
    caught_up(api.database)
    assert set() == flags(api)["A-flagged", "1"]
    assert {} == flags(api, position="1000")


def test_a_payment_shows_its_corrections_both_ways_and_what_came_back(lives: Api) -> None:
    first, second = (lives.http.get(f"/payments/award-lived/{number}").text for number in (1, 2))
    assert 'Replaced by</dt><dd><a href="/payments/award-lived/2"' in first
    assert 'In place of</dt><dd><a href="/payments/award-lived/1"' in second
    assert "Reason for the reversal Entered twice" in words(first)
    assert "£10.00 returned 11 Aug 2004" in words(second)
    assert 'href="/awards/award-lived"' in second
    assert "Money that came back" not in first


def test_a_payment_leads_to_the_bank_entry_that_settled_it(api: Api) -> None:
    iban = "GB29NWBK60161331926819"
    account_id = account_identity(iban)
    entry = BankEntry(reference="E1", nth=1, amount=gbp("-60.00"), booked=When("2004-07-02"), counterparty="The payee")
    stated = Statement(
        identifier="2004-07", since=When("2004-07-01"), until=When("2004-07-31"), opening=gbp("100.00"),
        closing=gbp("40.00"), entries=(entry,),
    )  # fmt: skip
    with desk(api.database) as at:
        award_id = at.accepted_award("banked", "1000.00")
        paid(at, award_id, 1, "clerk", "manager", "treasury")
        at.do(
            OpenBankAccount(account_id=account_id, account=iban, name="Grants", currency="GBP", on=When("2004-01-01"))
        )
        at.do(RecordStatement(account_id=account_id, account=iban, statement=stated, on=When("2004-08-01")))
        entry_id = entry.identity(account_id)
        assert "No bank entry is matched" in words(_shown(api, award_id))
        share = Share(award_id=award_id, number=1, amount=gbp("60.00"))
        at.do(MatchEntry(entry_id=entry_id, shares=(share,), because="The same", on=When("2004-08-02")), "officer")
    text = _shown(api, award_id)
    assert f'href="/bank/{entry_id}"' in html.unescape(text)
    assert "2 Jul 2004 GB29" in words(text)
    assert "The payee" in text
    assert "Settled" in words(text)


def _shown(api: Api, award_id: str) -> str:
    caught_up(api.database)
    return api.http.get(f"/payments/{award_id}/1").text


@pytest.mark.parametrize("path", ["/payments", "/search?kind=awards", "/awards/award-many"])
def test_statements_do_not_grow_with_payments(api: Api, path: str) -> None:
    def number_of() -> int:
        with counted(api) as statements:
            assert 200 == api.http.get(path).status_code
        return len(statements)

    with desk(api.database) as at:
        award_id = at.accepted_award("many", "9000.00")
        paid(at, award_id, 1, "clerk", "manager", "treasury")
        caught_up(api.database)
        few = number_of()
        for number in range(2, 12):
            paid(at, award_id, number, "clerk", "manager", "treasury", amount=f"{number}.00")
        paid(at, at.accepted_award("more", "9000.00", partnership="lrip"), 1, "clerk", "manager", "treasury")
    caught_up(api.database)
    assert few == number_of()


def test_a_long_list_is_cut_and_says_so(lives: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pages.grants.award.MOST", 5)
    assert "The award has more events than this page reads." in words(lives.http.get("/awards/A-lived").text)
    monkeypatch.setattr("pages.register.organisation.ROLES", 1)
    path = "/organisations/idea"
    assert "The first 1 are shown." in words(lives.http.get(path).text)
    monkeypatch.undo()
    assert "are shown" not in words(lives.http.get(path).text)
