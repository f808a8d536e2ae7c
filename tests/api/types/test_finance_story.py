"""The life of a grant as finance sees it, over GraphQL alone: from the programme to its audit, each figure by hand.

Only the statement of the bank comes as a file, from the bank.
"""

from pathlib import Path
from typing import Any

import pytest

from infra.database.postgres import Database
from tests.kit.command_line import fundtrail
from tests.kit.files.camt import IBAN, booked, camt, statement
from tests.kit.web.served import Api, served

FIGURES = ("requested", "approved", "awarded", "paid", "returned", "recoverable", "available")
LADDER = "funding { " + " ".join(f"{figure} {{ amount }}" for figure in FIGURES) + " }"

# What was bid for and approved stays the same from the offer on.
ASKED = {"requested": "40000.00", "approved": "36000.00"}


class Finance:
    """Hands commands in over GraphQL as a named person, and reads the figures that include them."""

    def __init__(self, api: Api) -> None:
        self.api = api
        self.position = "0"
        self._handed_in = 0
        types = api.ask("{ __schema { types { name possibleTypes { name } } mutationType { fields { name type { ofType"
                        " { name } } } } } }")["__schema"]  # fmt: skip
        members = {one["name"]: one["possibleTypes"] for one in types["types"]}
        self._recorded = {
            field["name"]: members[field["type"]["ofType"]["name"]][0]["name"]
            for field in types["mutationType"]["fields"]
        }

    def do(self, who: str, mutation: str, **given: Any) -> None:
        """Hand a command in as *who*; it must be recorded."""
        answer = self._answer(who, mutation, given)
        assert self._recorded[mutation] == answer["__typename"], answer
        self.position = answer["position"]

    def refused(self, who: str, mutation: str, **given: Any) -> str:
        """The rule that refuses a command."""
        answer = self._answer(who, mutation, given)
        assert "Refusal" == answer["__typename"], answer
        return str(answer["rule"])

    def _answer(self, who: str, mutation: str, given: dict[str, Any]) -> Any:
        self._handed_in += 1
        kind = f"{mutation[0].upper()}{mutation[1:]}Input"
        query = (
            f"mutation ($input: {kind}!) {{ {mutation}(input: $input) {{ __typename"
            f" ... on {self._recorded[mutation]} {{ position }} ... on Refusal {{ rule details }} }} }}"
        )
        variables = {"input": {"commandId": f"story-{self._handed_in}", **given}}
        answer = self.api.http.post(
            "/graphql", json={"query": query, "variables": variables}, headers={"X-Fundtrail-Actor": who}
        ).json()
        assert "errors" not in answer, answer
        return answer["data"][mutation]

    def figures(self) -> dict[str, str]:
        """The ladder of the award, without figures of nothing."""
        query = f'query ($at: LogPosition) {{ award(reference: "A-1", atLeast: $at) {{ {LADDER} }} }}'
        funding = self.api.ask(query, at=self.position)["award"]["funding"]
        return {name: figure["amount"] for name, figure in funding.items() if figure["amount"] != "0.00"}

    def round(self) -> tuple[str, str]:
        """What of the budget of the round is committed, and what is free."""
        query = "query ($at: LogPosition) { rounds(atLeast: $at) { nodes { committed { amount } free { amount } } } }"
        (found,) = self.api.ask(query, at=self.position)["rounds"]["nodes"]
        return found["committed"]["amount"], found["free"]["amount"]


def gbp(amount: str) -> dict[str, str]:
    """An amount of pounds, as an input."""
    return {"amount": amount, "currency": "GBP"}


@pytest.fixture
def finance(database: Database) -> Any:
    """A new database, served."""
    with served(database) as api:
        yield Finance(api)


def open_a_round(at: Finance) -> None:
    """A programme with a budget of 60,000, of which a round has 50,000, and a partnership to bid for it."""
    at.do("office", "registerOrganisation", code="funder", name="The Funder", kind="funder", on="2004-01-01")
    at.do("office", "registerOrganisation", code="dale", name="Dale Council", kind="council", on="2004-01-01")
    at.do("office", "establishProgramme", code="story", name="Story", currency="GBP", funder="funder", on="2004-01-01")
    at.do("office", "establishScheme", programme="story", code="small", name="Small", kind="stream", on="2004-01-02")
    at.do("office", "allocateBudget", programme="story", amount=gbp("60000.00"), purpose="Grants", on="2004-01-03")
    at.do("office", "formPartnership", programme="story", scheme="small", code="dale-and-hill", name="Dale and Hill",
          kind="pilot", lead="dale", on="2004-01-15")  # fmt: skip
    at.do("office", "openRound", programme="story", scheme="small", code="R-1", name="Round 1", budget=gbp("50000.00"),
          on="2004-02-01")  # fmt: skip
    assert ("0.00", "50000.00") == at.round()


def decide_and_offer(at: Finance) -> None:
    """A bid for 40,000 is approved for 36,000; 30,000 of it are offered and accepted."""
    at.do("dale", "submitBid", partnership="dale-and-hill", reference="B-1", title="Work", requested=gbp("40000.00"),
          round="R-1", on="2004-03-01")  # fmt: skip
    at.do("panel", "decideBid", bid="B-1", approved=gbp("36000.00"), on="2004-04-01")
    too_much = {"bid": "B-1", "reference": "A-1", "amount": gbp("36000.01"), "on": "2004-04-10"}
    assert "AboveApproved" == at.refused("head", "offerAward", **too_much)
    at.do("head", "offerAward", bid="B-1", reference="A-1", amount=gbp("30000.00"), on="2004-04-10")
    at.do("dale", "acceptOffer", award="A-1", on="2004-04-20")
    assert ("30000.00", "20000.00") == at.round()
    assert ASKED | {"awarded": "30000.00", "available": "30000.00"} == at.figures()


def pay(at: Finance, number: int, on: str) -> None:
    """Request, approve and release 5,000, by three people."""
    at.do("clerk", "requestPayment", award="A-1", number=number, amount=gbp("5000.00"), on=on)
    at.do("manager", "approvePayment", award="A-1", number=number, on=on)
    at.do("cashier", "releasePayment", award="A-1", number=number, bankReference=f"BACS {number}", on=on)


def pay_three_times(at: Finance) -> None:
    """A condition stands in the way of the first payment until it is met."""
    at.do("head", "setCondition", award="A-1", number=1, text="A signed agreement", precedent=True, on="2004-04-21")
    at.do("clerk", "requestPayment", award="A-1", number=1, amount=gbp("5000.00"), on="2004-07-01")
    at.do("manager", "approvePayment", award="A-1", number=1, on="2004-07-01")
    release = {"award": "A-1", "number": 1, "bankReference": "BACS 1", "on": "2004-07-01"}
    assert "ConditionOpen" == at.refused("cashier", "releasePayment", **release)
    at.do("head", "meetCondition", award="A-1", number=1, on="2004-06-30")
    at.do("cashier", "releasePayment", **release)
    assert ASKED | {"awarded": "30000.00", "paid": "5000.00", "available": "25000.00"} == at.figures()
    pay(at, 2, "2004-07-05")
    pay(at, 3, "2004-07-07")
    assert ASKED | {"awarded": "30000.00", "paid": "15000.00", "available": "15000.00"} == at.figures()


def period(at: Finance, which: str) -> tuple[tuple[str, str], list[tuple[str, str]]]:
    """What was paid in a period, and what was adjusted in it for earlier ones; and each adjustment."""
    query = f"""query {{ programme(code: "story") {{ periodReport({which}) {{
        figures {{ figure moved adjusted }} adjustments {{ figure amount }} }} }} }}"""
    report = at.api.ask(query)["programme"]["periodReport"]
    (paid,) = [one for one in report["figures"] if one["figure"] == "paid"]
    return (paid["moved"], paid["adjusted"]), [(one["figure"], one["amount"]) for one in report["adjustments"]]


def test_the_finance_story_has_the_right_figures_after_each_step(finance: Finance, tmp_path: Path) -> None:
    open_a_round(finance)
    decide_and_offer(finance)
    pay_three_times(finance)
    closed_then_reversed(finance)
    uplift_and_recover(finance)
    reconcile(finance, tmp_path)
    audited(finance)


def closed_then_reversed(at: Finance) -> None:
    """The third payment is reversed, on a day of a period whose books are closed: the closed figures stay."""
    at.do("office", "closePeriod", programme="story", name="2004-05", starts="2004-04-01", ends="2005-03-31",
          on="2005-04-30")  # fmt: skip
    closed, following = 'name: "2004-05"', 'starts: "2005-04-01", ends: "2006-03-31"'
    assert (("15000.00", "0.00"), []) == period(at, closed)
    at.do("manager", "reversePayment", award="A-1", number=3, because="Sent to the wrong account", on="2004-07-09")
    assert ASKED | {"awarded": "30000.00", "paid": "10000.00", "available": "20000.00"} == at.figures()
    assert (("15000.00", "0.00"), []) == period(at, closed)
    paid, adjustments = period(at, following)
    assert ("0.00", "-5000.00") == paid
    assert [("paid", "-5000.00"), ("available", "5000.00")] == adjustments


def uplift_and_recover(at: Finance) -> None:
    """2,000 more are awarded; 1,000 are claimed back, approved and repaid."""
    uplift = {"award": "A-1", "number": 1, "kind": "UPLIFT", "because": "More places", "on": "2005-05-01"}
    assert "AboveApproved" == at.refused("head", "varyAward", **uplift, change=gbp("6000.01"))
    at.do("head", "varyAward", **uplift, change=gbp("2000.00"))
    assert ASKED | {"awarded": "32000.00", "paid": "10000.00", "available": "22000.00"} == at.figures()
    assert ("32000.00", "18000.00") == at.round()
    at.do("manager", "raiseRecovery", award="A-1", number=1, amount=gbp("1000.00"), because="Unspent", on="2005-06-01")
    at.do("head", "approveRecovery", award="A-1", number=1, on="2005-06-02")
    assert "1000.00" == at.figures()["recoverable"]
    at.do("cashier", "settleRecovery", award="A-1", number=1, amount=gbp("1000.00"), by="REPAYMENT", on="2005-06-20")
    assert (
        ASKED | {"awarded": "32000.00", "paid": "10000.00", "returned": "1000.00", "available": "23000.00"}
        == at.figures()
    )


def reconcile(at: Finance, folder: Path) -> None:
    """The bank shows both payments that left, one of them without its reference: a person matches that one."""
    at.do("cashier", "openBankAccount", account=IBAN, name="Grants", currency="GBP", on="2004-04-01")
    file = camt(folder / "july.xml", statement(
        [booked("-5000.00", "2004-07-02", "NWB1", "BACS 1"), booked("-5000.00", "2004-07-06", "NWB2", payee="Dale")],
        "20000.00", "10000.00",
    ))  # fmt: skip
    imported = fundtrail(at.api.database, "import", "bank", str(file), "--as", "bank clerk")
    assert 0 == imported.returncode, imported.stderr + imported.stdout
    at.position = at.api.ask("{ log { position } }")["log"]["position"]
    at.figures()
    waiting = "{ bankEntries(filter: { status: UNMATCHED }) { nodes { id proposals { payments { number } } } } }"
    (entry,) = at.api.ask(waiting)["bankEntries"]["nodes"]
    (award,) = at.api.ask("{ awards { nodes { id } } }")["awards"]["nodes"]
    part = {"award": award["id"], "number": 2, "amount": gbp("5000.00")}
    at.do("cashier", "matchBankEntry", entry=entry["id"], payments=[part], because="The day fits", on="2005-06-30")
    at.figures()
    query = f"""{{ bankReconciliation(account: "{IBAN}", starts: "2004-07-01", ends: "2004-07-31") {{
        opening closing unseenAfter entries {{ name amount number }} }} }}"""
    report = at.api.ask(query)["bankReconciliation"]
    assert ("20000.00", "10000.00", "0.00") == (report["opening"], report["closing"], report["unseenAfter"])
    states = at.api.ask("{ payments { nodes { number state bankReference } } }")["payments"]["nodes"]
    assert [(1, "SETTLED"), (2, "SETTLED"), (3, "REVERSED")] == [(one["number"], one["state"]) for one in states]


def audited(at: Finance) -> None:
    """Who did what, in order; and each figure is the sum of the events that it names."""
    query = """{ payments(filter: { partnership: "dale-and-hill" }) { totalCount totals { amount } nodes {
        number amount { amount } requestedBy approvedBy releasedBy payee { code } } }
        award(reference: "A-1") { funding { paid { amount events(first: 100) { nodes { name actor } } } } } }"""
    found = at.api.ask(query)
    assert (3, "15000.00") == (found["payments"]["totalCount"], found["payments"]["totals"][0]["amount"])
    for one in found["payments"]["nodes"]:
        assert ("clerk", "manager", "cashier", "dale") == (
            one["requestedBy"], one["approvedBy"], one["releasedBy"], one["payee"]["code"],
        )  # fmt: skip
    paid = found["award"]["funding"]["paid"]
    assert [("PaymentReleased", "cashier")] * 3 + [("PaymentReversed", "manager")] == [
        (one["name"], one["actor"]) for one in paid["events"]["nodes"]
    ]
    decided = at.api.ask('{ auditLog(filter: { actor: "panel" }) { nodes { name effective { text } } } }')
    assert [("BidApproved", "2004-04-01")] == [
        (one["name"], one["effective"]["text"]) for one in decided["auditLog"]["nodes"]
    ]
