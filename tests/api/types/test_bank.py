"""Bank entries in GraphQL: matched, proposed, decided by a person, and reconciled."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from infra.imports.bank import statements as bank_import
from tests.api.answering.test_statements import statements
from tests.infra.imports.test_bank import Office, a_month, opened_account, recover
from tests.kit.files.camt import IBAN, booked, camt, statement
from tests.kit.money import desk
from tests.kit.web.served import Api

LIST = """query ($filter: BankEntryFilter, $first: Int, $after: String, $knownAt: DateTime) {
  bankEntries(filter: $filter, first: $first, after: $after, knownAt: $knownAt) {
    totalCount pageInfo { hasNextPage endCursor }
    nodes { id account statement reference endToEnd amount { amount currency } booked status exact because decidedBy
            payments { number part amount { amount } award { reference } } duplicateOf
            proposals { why payments { number part amount { amount } award { id reference } } } } } }"""
DECIDED = (
    "__typename ... on BankEntryRecorded { entry { id status } position replayed } ... on Refusal { rule details }"
)


@contextmanager
def july(api: Api, folder: Path) -> Iterator[Office]:
    """An office that has imported the statement of July."""
    with desk(api.database) as at:
        opened_account(at)
        office = Office(at, api.database, folder, at.accepted_award("bank", "1000.00"))
        file = camt(folder / "july.xml", a_month(office))
        bank_import.import_statements(
            api.database, at.log, file.name, bank_import.read(file), actor="accountant", dry=False
        )
        yield office


def listed(api: Api, **asked: Any) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = api.ask(LIST, **asked)["bankEntries"]["nodes"]
    return found


def say(api: Api, mutation: str, entry: str, **given: Any) -> dict[str, Any]:
    kind = f"{mutation[0].upper()}{mutation[1:]}Input"
    query = f"mutation ($input: {kind}!) {{ {mutation}(input: $input) {{ {DECIDED} }} }}"
    said = {"commandId": f"{time.monotonic_ns()}", "entry": entry, "because": "Seen", "on": "2004-08-02"} | given
    found: dict[str, Any] = api.ask(query, input=said)[mutation]
    return found


def test_a_person_decides_about_an_inexact_match_and_undoes_it(api: Api, tmp_path: Path) -> None:
    with july(api, tmp_path) as office:
        first, _, back, third, fee = listed(api)
        assert ("SETTLED", True, "accountant", "-100.00") == (
            first["status"], first["exact"], first["decidedBy"], first["amount"]["amount"],
        )  # fmt: skip
        assert [(1, None, "A-bank")] == [(p["number"], p["part"], p["award"]["reference"]) for p in first["payments"]]
        assert ("RETURNED", [(2, 1)]) == (back["status"], [(p["number"], p["part"]) for p in back["payments"]])
        (proposal,) = third["proposals"]
        assert ["amount", "date"] == proposal["why"]
        (payment,) = proposal["payments"]
        shares = [
            {
                "award": payment["award"]["id"],
                "number": payment["number"],
                "amount": {"amount": payment["amount"]["amount"], "currency": "GBP"},
            }
        ]
        wrong = [shares[0] | {"amount": {"amount": "299.99", "currency": "GBP"}}]
        assert "SharesUnequalToEntry" == say(api, "matchBankEntry", third["id"], payments=wrong)["rule"]
        done = say(api, "matchBankEntry", third["id"], payments=shares)
        assert ("BankEntryRecorded", "SETTLED") == (done["__typename"], done["entry"]["status"])
        assert "EntryDecided" == say(api, "setBankEntryAside", third["id"], aside="FEE")["rule"]
        assert "FEE" == say(api, "setBankEntryAside", fee["id"], aside="FEE")["entry"]["status"]
        assert [] == listed(api, filter={"status": "UNMATCHED"})
        assert "UNMATCHED" == say(api, "reopenBankEntry", third["id"])["entry"]["status"]
        assert (
            "UNMATCHED" == say(api, "rejectBankMatch", third["id"], award=office.award_id, number=3)["entry"]["status"]
        )
        (waiting,) = listed(api, filter={"status": "UNMATCHED"})
        assert [] == waiting["proposals"]
        node = api.ask("query ($id: ID!) { node(id: $id) { ... on BankEntry { status } } }", id=third["id"])
        assert {"node": {"status": "UNMATCHED"}} == node


def test_a_reconciliation_is_exact_to_the_penny(api: Api, tmp_path: Path) -> None:
    query = """query ($account: String!) { bankAccounts { id account currency }
        bankReconciliation(account: $account, starts: "2004-07-01", ends: "2004-07-31") {
          opening closing unseenBefore unseenAfter entries { name amount number } payments { name amount } } }"""
    with july(api, tmp_path):
        listed(api)
        shown = api.ask(query, account=IBAN)
        (account,) = shown["bankAccounts"]
        node = """query ($id: ID!) { node(id: $id) { id ... on BankAccount { account currency } } }"""
        assert {"node": account} == api.ask(node, id=account["id"])
        assert {"node": None} == api.ask(node, id="bankaccount-none")
    assert (IBAN, "GBP") == (account["account"], account["currency"])
    found = shown["bankReconciliation"]
    assert ("1000.00", "598.50", "350.00") == (found["opening"], found["closing"], found["unseenAfter"])
    assert {"settled": "-300.00", "returned": "200.00", "unmatched": "-301.50"} == {
        line["name"]: line["amount"] for line in found["entries"] if line["number"]
    }
    assert api.ask(query, account="GB00")["bankReconciliation"] is None


def test_the_days_that_no_statement_covers_are_named(api: Api, tmp_path: Path) -> None:
    query = """query ($account: String!, $starts: Date!, $ends: Date!) { bankAccounts { timeZone }
        bankReconciliation(account: $account, starts: $starts, ends: $ends) {
          uncovered { since until number } entries { number } } }"""
    with july(api, tmp_path):
        listed(api)
        whole = api.ask(query, account=IBAN, starts="2004-07-01", ends="2004-07-31")
        later = api.ask(query, account=IBAN, starts="2004-07-30", ends="2004-08-31")
    assert [{"timeZone": "Europe/London"}] == whole["bankAccounts"]
    assert [] == whole["bankReconciliation"]["uncovered"]
    august = {"since": "2004-08-01", "until": "2004-08-31", "number": 31}
    assert [august] == later["bankReconciliation"]["uncovered"]


def test_a_person_matches_the_repayment_of_a_recovery(api: Api, tmp_path: Path) -> None:
    fields = """repayment { number part amount { amount } award { reference } }
        repaymentProposals { why repayment { number part amount { amount } award { id } } } status"""
    query = f"{{ bankEntries {{ nodes {{ id {fields} }} }} }}"
    with desk(api.database) as at:
        opened_account(at)
        office = Office(at, api.database, tmp_path, at.accepted_award("bank", "1000.00"))
        recover(office, ("50.00", None))
        office.take_in(statement([booked("50.00", "2004-07-08", "NWB3")], "0.00", "50.00"))
        (entry,) = api.ask(query)["bankEntries"]["nodes"]
        (proposal,) = entry["repaymentProposals"]
        assert (None, ["amount", "date"]) == (entry["repayment"], proposal["why"])
        one = proposal["repayment"]
        assert (1, 1, "50.00") == (one["number"], one["part"], one["amount"]["amount"])
        done = say(api, "matchRepayment", entry["id"], award=one["award"]["id"], number=1, part=1)
        assert ("BankEntryRecorded", "RECOVERED") == (done["__typename"], done["entry"]["status"])
        (entry,) = api.ask(query)["bankEntries"]["nodes"]
        assert {"number": 1, "part": 1, "amount": {"amount": "50.00"}, "award": {"reference": "A-bank"}} == entry[
            "repayment"
        ]
        assert [] == entry["repaymentProposals"]
        assert "UNMATCHED" == say(api, "reopenBankEntry", entry["id"])["entry"]["status"]


def test_entries_are_paged_by_key_and_as_they_were_known(api: Api, tmp_path: Path) -> None:
    with july(api, tmp_path):
        everything = [one["id"] for one in listed(api)]
        page = api.ask(LIST, first=2)["bankEntries"]
        rest = api.ask(LIST, first=10, after=page["pageInfo"]["endCursor"])["bankEntries"]
        assert everything == [one["id"] for one in (*page["nodes"], *rest["nodes"])]
        assert (5, True, False) == (
            page["totalCount"], page["pageInfo"]["hasNextPage"], rest["pageInfo"]["hasNextPage"],
        )  # fmt: skip
        assert [] == listed(api, knownAt="2005-01-01T00:00:00Z")


def test_a_page_of_entries_takes_the_same_number_of_statements_at_any_length(api: Api, tmp_path: Path) -> None:
    with july(api, tmp_path):
        listed(api)
        query = """query ($first: Int!) { bankEntries(first: $first) { nodes { status payments { number }
            duplicateOf proposals { payments { number } } } } }"""
        # Entries with their payments; and of what they may be: entries like them with rejections, payments, statements.
        assert [5, 5] == [statements(api, query, first=first) for first in (8, 100)]


@pytest.mark.parametrize(
    ("given", "why"),
    [
        ({"entry": "award-1"}, "not an id of type bankentry"),
        ({"because": " "}, "because is empty"),
        ({"on": "soon"}, "is not a date"),
    ],
)
def test_invalid_input_is_refused(shared_api: Api, given: dict[str, str], why: str) -> None:
    said = {"commandId": "x", "entry": "bankentry-1", "because": "b", "on": "2005"}
    query = "mutation ($i: ReopenBankEntryInput!) { reopenBankEntry(input: $i) { __typename } }"
    assert why in shared_api.error(query, i=said | given)["message"]


def test_an_unknown_entry_and_a_period_that_ends_before_it_starts_are_refused(shared_api: Api) -> None:
    assert "EntryUnknown" == say(shared_api, "reopenBankEntry", "bankentry-0")["rule"]
    backwards = '{ bankReconciliation(account: "a", starts: "2005-01-02", ends: "2005-01-01") { opening } }'
    assert "BAD_USER_INPUT" == shared_api.error(backwards)["extensions"]["code"]
