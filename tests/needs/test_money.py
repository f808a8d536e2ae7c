"""What finance teams and auditors need to know of awards and payments. Each test is named after its need."""

from typing import Any

from tests.kit.commands import new
from tests.kit.web.served import Api


def paid(asked: Api, fields: str) -> dict[str, Any]:
    """What is asked of the award that is paid in part."""
    found: dict[str, Any] = asked.ask(f'{{ award(reference: "A-paid") {{ {fields} }} }}')["award"]
    return found


def test_r015_award_release_and_spending_are_different_events(asked: Api) -> None:
    """`auditLog(filter: { stream: ... })` has each step as an event of its own, in the order of the log."""
    found = asked.ask('{ auditLog(first: 100, filter: { stream: "award-paid" }) { nodes { name } } }')
    names = [one["name"] for one in found["auditLog"]["nodes"]]
    steps = ["AwardOffered", "OfferAccepted", "PaymentRequested", "PaymentApproved", "PaymentReleased"]
    assert steps == [name for name in names if name in steps]


def test_r016_the_gap_between_award_and_each_release_is_measured(asked: Api) -> None:
    """`Partnership.delayChain { releases { sinceAward } }`, for each award and payment."""
    found = asked.ask("""{ partnership(code: "dip") { delayChain(asAt: "2004-12-31") {
        releases { awardReference number released { text } sinceAward { min max } } } } }""")
    (release,) = [one for one in found["partnership"]["delayChain"]["releases"] if one["awardReference"] == "A-paid"]
    # From the offer on 15 June to 15 August.
    assert ("2004-08-15", {"min": 61, "max": 61}) == (release["released"]["text"], release["sinceAward"])


def test_r017_a_release_that_is_overdue_against_the_schedule_is_listed(asked: Api) -> None:
    """`attention` lists the instalment with what is missing: 500.00 was due in July, and 400.00 was released."""
    found = asked.ask("""{ attention(on: "2004-09-01", filter: { kind: [INSTALMENT_UNPAID] }) {
        nodes { reference urgency due days amount { amount } } } }""")
    (late,) = found["attention"]["nodes"]
    assert ("A-paid / 1", "LATE", "2004-07-01", 62) == (late["reference"], late["urgency"], late["due"], late["days"])
    assert "100.00" == late["amount"]["amount"]


def test_r023_conditions_are_data_and_a_release_is_tested_against_them(asked: Api) -> None:
    """`Award.conditions`; a payment is refused while a condition that comes before it is open, and names it."""
    (condition,) = paid(asked, "conditions { text precedent state }")["conditions"]
    assert {"text": "An evaluation plan", "precedent": True, "state": "OPEN"} == condition
    given = {"award": "award-paid", "number": 2, "on": "2004-10-01"}
    amount = {"amount": "10.00", "currency": "GBP"}
    asked.command("requestPayment", "award { id }", commandId=new(), **given, amount=amount)
    asked.command("approvePayment", "award { id }", commandId=new(), **given)
    refused = asked.command("releasePayment", "award { id }", commandId=new(), **given)
    assert "Refusal" == refused["__typename"]
    assert "condition" in refused["reason"]


def test_r132_who_decided_each_payment_is_shown(asked: Api) -> None:
    """`Award.payments { requestedBy approvedBy releasedBy }`, with the day of each step and its event."""
    (payment, *_) = paid(asked, "payments { number requestedBy approvedBy releasedBy released { text } }")["payments"]
    assert ("requester", "approver", "releaser") == tuple(
        payment[f"{step}By"] for step in ("requested", "approved", "released")
    )
    assert "2004-08-15" == payment["released"]["text"]
