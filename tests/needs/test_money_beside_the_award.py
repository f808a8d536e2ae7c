"""What stands beside the money of an award: lines, contributions, charges, payees, reductions, pooled money, fences."""

from typing import Any

from tests.kit.commands import new
from tests.kit.web.served import Api

POUNDS = {"currency": "GBP"}


def of_award(asked: Api, fields: str) -> dict[str, Any]:
    """What is asked of the award with money beside it."""
    found: dict[str, Any] = asked.ask(f'{{ award(reference: "A-beside") {{ {fields} }} }}')["award"]
    return found


def of_partnership(asked: Api, fields: str) -> dict[str, Any]:
    """What is asked of its partnership."""
    found: dict[str, Any] = asked.ask(f'{{ partnership(code: "dip") {{ {fields} }} }}')["partnership"]
    return found


def refused(asked: Api, **given: Any) -> str:
    """The rule that refuses an offer to the bid that waits for its award."""
    values: dict[str, Any] = {"bid": "bid-waiting", "reference": "A-waiting", "amount": {"amount": "100.00", **POUNDS}}
    answer = asked.command("offerAward", "award { id }", commandId=new(), **(values | given))
    assert "Refusal" == answer["__typename"]
    return str(answer["rule"])


def test_r020_why_less_was_approved_than_requested_and_what_was_dropped(asked: Api) -> None:
    """`Bid.requested` and `Bid.approvals { amount because dropped }`; the timeline tells it too."""
    found = asked.ask("""{ bid(reference: "B-beside") { requested { amount }
        approvals { amount { amount } because dropped begun { text } } } }""")["bid"]
    assert "10000.00" == found["requested"]["amount"]
    assert [
        {
            "amount": {"amount": "8000.00"},
            "because": "The budget of the scheme is smaller",
            "dropped": ["A second year of training"],
            "begun": {"text": "2004-12-01"},
        }
    ] == found["approvals"]


def test_r021_what_others_contribute_is_kept_beside_the_central_money_of_each_activity(asked: Api) -> None:
    """`Award.budget { lines { amount contributed { pledged received } } }`, as at a day; `Funding` has none of it."""
    fields = "budget(asAt: {}) {{ lines {{ name amount contributed {{ pledged received receivedHours }} }} }}"
    later, earlier = (of_award(asked, fields.format(day))["budget"] for day in ('"2005-06-01"', '"2005-04-25"'))
    (training,) = [line for line in later["lines"] if line["name"] == "Training"]
    # 400.00 of the pledge, and time of members worth 1,800.00.
    assert {"pledged": "600.00", "received": "2200.00", "receivedHours": 120} == training["contributed"]
    (before,) = [line for line in earlier["lines"] if line["name"] == "Training"]
    assert "1800.00" == before["contributed"]["received"]
    funding = of_award(asked, "funding { awarded { amount } paid { amount } }")["funding"]
    assert ("8000.00", "5000.00") == (funding["awarded"]["amount"], funding["paid"]["amount"])


def test_r022_what_one_authority_charges_another_and_the_share_met(asked: Api) -> None:
    """`Partnership.charges { payer payee amount met metBy }`; what is not known is null."""
    (charge, _) = of_partnership(
        asked, "charges { payer { code } payee { code } chargedFor amount { amount } met { amount } metBy { id } }"
    )["charges"]
    assert {
        "payer": {"code": "lambeth"},
        "payee": {"code": "lga"},
        "chargedFor": "SERVICE",
        "amount": {"amount": "3600000.00"},
        "met": None,
        "metBy": None,
    } == charge


def test_r024_what_can_be_spent_is_shown_against_what_is_held(asked: Api) -> None:
    """`Award.funding { held { amount } spendable }`: paid less spent, beside what may still be paid."""
    found = of_award(asked, 'funding(asAt: "2005-06-01") { held { amount } spendable }')["funding"]
    # Paid 5,000.00, of which 3,300.00 is spent; 3,000.00 of 8,000.00 is not paid yet.
    assert ("1700.00", "3000.00") == (found["held"]["amount"], found["spendable"])


def test_r025_each_payment_out_of_a_fund_has_its_payee_and_purpose(asked: Api) -> None:
    """`Award.payments { payee purpose }`, and `Award.expenditure { payee description }` for what it was spent on."""
    found = of_award(asked, "payments { number payee { code } purpose } expenditure { payee { code } description }")
    assert ("idea", "Local bid: a course") == (
        found["payments"][1]["payee"]["code"],
        found["payments"][1]["purpose"],
    )
    assert {"payee": {"code": "idea"}, "description": "An office"} in found["expenditure"]


def test_r029_ring_fenced_money_is_reported_and_refused_for_another_purpose(asked: Api) -> None:
    """`Round.figures { ringFences }` has what is left of each; an offer with another purpose is refused."""
    found = asked.ask("""{ rounds(filter: { code: "R-fenced" }) { nodes {
        figures { ringFences { name amount { amount } committed { amount } free { amount } } } } } }""")
    (fence,) = found["rounds"]["nodes"][0]["figures"]["ringFences"]
    assert ("Member development", "500.00", "300.00", "200.00") == (
        fence["name"],
        *(fence[name]["amount"] for name in ("amount", "committed", "free")),
    )
    fenced = {"ringFence": "Member development", "on": "2004-07-01"}
    assert "RingFenceForAnotherPurpose" == refused(asked, **fenced, purpose="Places on a national programme")
    # With the purpose of the ring-fence the same offer meets only the office, which asks for an authority.
    assert "RingFenceForAnotherPurpose" != refused(asked, **fenced, purpose="Member development")


def test_r032_recompense_for_staff_that_another_authority_supplies(asked: Api) -> None:
    """`Partnership.charges { chargedFor: STAFF }`, with the award that meets a part of it."""
    (_, staff) = of_partnership(
        asked, "charges { chargedFor purpose amount { amount } met { amount } metBy { reference } payee { code } }"
    )["charges"]
    assert ("STAFF", "900.00", "300.00", "A-beside", "idea") == (
        staff["chargedFor"],
        staff["amount"]["amount"],
        staff["met"]["amount"],
        staff["metBy"]["reference"],
        staff["payee"]["code"],
    )


def test_r033_the_share_meant_for_a_strand_is_compared_with_the_actual_one(asked: Api) -> None:
    """`Award.budget { strands { meantShare budgetedShare spentShare } }`, with the amounts."""
    (strand,) = of_award(asked, "budget { strands { name meant meantShare budgeted budgetedShare spent spentShare } }")[
        "budget"
    ]["strands"]
    # A third of 8,000.00; its line has 4,600.00; of the 3,300.00 spent it took 1,000.00.
    assert ("Training", "2666.67", "33.3") == (strand["name"], strand["meant"], strand["meantShare"])
    assert ("4600.00", "57.5") == (strand["budgeted"], strand["budgetedShare"])
    assert ("1000.00", "30.3") == (strand["spent"], strand["spentShare"])


def test_r082_the_time_of_participants_is_a_cost(asked: Api) -> None:
    """`Award.budget { towards }` has the hours and their value that went to taking part."""
    found = of_award(asked, "budget { towards { towards contributed { received receivedHours } } }")["budget"]
    by_end = {one["towards"]: one["contributed"] for one in found["towards"]}
    assert {"received": "1800.00", "receivedHours": 120} == by_end["TAKING_PART"]


def test_r117_each_partner_s_match_funding_is_shown_as_pledged_and_as_received(asked: Api) -> None:
    """`Award.pledges { contributor amount outstanding }` and `Award.contributions { contributor pledge }`."""
    found = of_award(
        asked,
        "pledges { contributor { code } kind amount { amount } outstanding { amount } }"
        " contributions { contributor { code } amount { amount } hours pledge { number } }",
    )
    assert [
        {
            "contributor": {"code": "lga"},
            "kind": "CASH",
            "amount": {"amount": "600.00"},
            "outstanding": {"amount": "200.00"},
        }
    ] == found["pledges"]
    assert {"contributor": {"code": "lga"}, "amount": {"amount": "400.00"}, "hours": None, "pledge": {"number": 1}} == (
        found["contributions"][0]
    )
    assert ["lga", "idea", "lambeth"] == [one["contributor"]["code"] for one in found["contributions"]]


def test_r133_setting_up_is_separate_from_the_activity(asked: Api) -> None:
    """`Award.budget { lines { kind budgeted varied amount spent left } }`, as at a day and as known at an instant."""
    fields = "name kind budgeted varied amount spent left"
    lines = of_award(asked, f'budget(asAt: "2005-06-01") {{ currency lines {{ {fields} }} }}')["budget"]["lines"]
    assert [
        ("Management", "PROJECT_MANAGEMENT", "1000.00", "400.00", "1400.00", "300.00", "1100.00"),
        ("Set-up", "ESTABLISHMENT", "2000.00", "0.00", "2000.00", "2000.00", "0.00"),
        ("Training", "ACTIVITY", "5000.00", "-400.00", "4600.00", "1000.00", "3600.00"),
    ] == [tuple(line[name] for name in fields.split()) for line in lines if line["name"]]
    early = of_award(asked, 'budget(asAt: "2005-02-20") { lines { name amount spent } }')["budget"]["lines"]
    assert {"name": "Management", "amount": "1000.00", "spent": "0.00"} in early


def test_r138_a_scheme_requires_a_line_for_project_management_which_is_reported(asked: Api) -> None:
    """An offer without the line is refused (`BudgetLineMissing`); `Award.budget { lines { kind } }` reports it."""
    assert "BudgetLineMissing" == refused(asked, on="2005-02-01")
    # Before the day from which the line is required, the same offer meets only the office.
    assert "BudgetLineMissing" != refused(asked, on="2004-07-01")
    kinds = [line["kind"] for line in of_award(asked, "budget { lines { kind } }")["budget"]["lines"]]
    assert "PROJECT_MANAGEMENT" in kinds


def test_r147_time_that_was_spent_before_any_benefit_is_recognised(asked: Api) -> None:
    """A contribution may come before the award; `Award.budget { towards }` has what went to setting up."""
    found = of_award(asked, 'budget(asAt: "2004-12-31") { towards { towards contributed { receivedHours } } }')
    assert [{"towards": "SETTING_UP", "contributed": {"receivedHours": 40}}] == found["budget"]["towards"]


def test_r152_the_basis_on_which_pooled_money_was_divided(asked: Api) -> None:
    """`Partnership.poolDivisions { basis equally shares }`."""
    (division,) = of_partnership(
        asked, "poolDivisions { basis equally amount { amount } shares { organisation { code } amount { amount } } }"
    )["poolDivisions"]
    assert ("By the collective plan", False, "3000.00") == (
        division["basis"],
        division["equally"],
        division["amount"]["amount"],
    )
    assert [("lga", "1000.00"), ("idea", "2000.00")] == [
        (one["organisation"]["code"], one["amount"]["amount"]) for one in division["shares"]
    ]
