"""What bidders, funders and auditors need to know of rules, rounds and bids. Each test is named after its need."""

from typing import Any

from tests.kit.commands import new
from tests.kit.web.served import Api


def of_bid(asked: Api, fields: str) -> dict[str, Any]:
    """What is asked of the first bid of the pair."""
    found: dict[str, Any] = asked.ask(f'{{ bid(reference: "pair-1") {{ {fields} }} }}')["bid"]
    return found


def bid_by(partnership: str, reference: str, **more: Any) -> dict[str, Any]:
    """The input of a bid for 500 to the open round."""
    given = {"commandId": new(), "partnership": f"partnership-{partnership}", "reference": reference}
    amount = {"amount": "500.00", "currency": "GBP"}
    return given | {"title": "Alone", "requested": amount, "round": "R-open", "on": "2004-03-01"} | more


PLANS = [{"kind": "sustainability plan", "text": "Later"}, {"kind": "evaluation plan", "text": "Yearly"}]


def test_r001_the_rules_of_a_scheme_are_kept_in_versions_with_their_dates(asked: Api) -> None:
    """`Scheme.rules(asAt:)` has the rules that applied on a day, each with code, version and what it asks for."""
    found = asked.ask("""{ scheme(code: "open") {
        first: rules(asAt: "2004-12-31") { code version kind number since { text } statedOnly }
        then: rules(asAt: "2005-01-01") { code version kind number since { text } statedOnly } } }""")["scheme"]
    first, then = ({one["code"]: one for one in found[when] if one["code"]} for when in ("first", "then"))
    assert {"min-partners", "plans", "local"} == first.keys() == then.keys()
    early, late = first["min-partners"], then["min-partners"]
    assert (1, 2, "2004-01-01") == (early["version"], early["number"], early["since"]["text"])
    assert (2, 3, "MINIMUM_PARTNERS") == (late["version"], late["number"], late["kind"])


def test_r002_each_test_of_a_bid_names_the_rule_its_version_and_who_found_what(asked: Api) -> None:
    """`Bid.eligibility` has each test, by a machine at the submission or by a person, with its event."""
    tests = of_bid(asked, "eligibility { rule version met found judged recordedBy begun { text } events { name } }")
    first = {one["rule"]: one for one in tests["eligibility"] if one["begun"]["text"] < "2004-04"}
    assert {"min-partners": False, "plans": False, "local": True} == {
        rule: one["judged"] for rule, one in first.items()
    }
    assert all(one["met"] and one["version"] == 1 and one["recordedBy"] for one in first.values())
    assert ("2 partners, at least 2 needed", "As shown") == (first["min-partners"]["found"], first["local"]["found"])


def test_r003_criteria_are_published_before_a_round_opens_and_each_has_a_score(asked: Api) -> None:
    """`Scheme.criteria(asAt:)` with weights; `Round.ranking` has each total with its scores and their reasons."""
    found = asked.ask("""{ scheme(code: "open") { before: criteria(asAt: "2003-12-31") { name }
        criteria(asAt: "2004-02-01") { name weight since { text } } }
        round(code: "R-open") { criteria weights ranking(asAt: "2004-04-30") { rank total bid { reference }
          scores { criterion weight score points assessments { score justification } moderation { score because } } } }
        }""")
    need, value = found["scheme"]["criteria"]
    assert ([], "Need", 60, "2004-01-01") == (found["scheme"]["before"], need["name"], need["weight"], "2004-01-01")
    assert ("Value", 40) == (value["name"], value["weight"])
    best, other = found["round"]["ranking"]
    # The second bid: 9 x 60 / 10 = 54, and the moderated 3 x 40 / 10 = 12. The first: (8 + 6) / 2 x 6 = 42, and 20.
    assert (1, "66.00", "pair-2") == (best["rank"], best["total"], best["bid"]["reference"])
    assert (2, "62.00", "pair-1") == (other["rank"], other["total"], other["bid"]["reference"])
    assert ["42.00", "20.00"] == [one["points"] for one in other["scores"]]
    assert [8, 6] == [one["score"] for one in other["scores"][0]["assessments"]]
    assert {"score": 3, "because": "The rooms are dear"} == best["scores"][1]["moderation"]
    made_up = {"commandId": new(), "bid": "pair-1", "criterion": "Looks", "score": 1, "justification": "x"}
    refused = asked.command("assessBid", "bid { id }", **made_up, on="2004-03-15")
    assert "CriterionNotAdopted" == refused["rule"]


def test_r005_the_deadline_stands_beside_the_date_of_each_partners_agreement(asked: Api) -> None:
    """`Bid.round { closes }` beside `Bid.consents` with the dates on which each was given and withdrawn."""
    found = of_bid(
        asked,
        """round { closes { text } } consents(asAt: "2004-04-30") {
        state begun { text } withdrawn { text } withdrawnBecause organisation { code } }""",
    )
    given, withdrawn = found["consents"]
    assert "2004-04-30" == found["round"]["closes"]["text"]
    assert ("idea", "2004-02-20", "GIVEN") == (given["organisation"]["code"], given["begun"]["text"], given["state"])
    assert ("lga", "2004-03-05") == (withdrawn["organisation"]["code"], withdrawn["begun"]["text"])
    assert ("2004-03-20", "No staff for it") == (withdrawn["withdrawn"]["text"], withdrawn["withdrawnBecause"])


def test_r007_every_contact_and_silence_of_a_pending_bid_is_shown(asked: Api) -> None:
    """`Bid.contacts` has what was logged; `Bid.silences(longerThan:)` the gaps between all contacts of the two."""
    found = of_bid(
        asked,
        """contacts { number direction withWhom summary begun { text } }
        silences(longerThan: 14, asAt: "2004-04-15") { days { min } since { text } until { text } after { name } }
        short: silences(longerThan: 8, asAt: "2004-04-15") { days { min } }""",
    )
    (contact,) = found["contacts"]
    assert ("FROM_FUNDER", "programme manager") == (contact["direction"], contact["withWhom"])
    # From the contact of 10 March to 15 April; nine days passed before it.
    (silence,) = found["silences"]
    assert (36, "2004-03-10", None) == (silence["days"]["min"], silence["since"]["text"], silence["until"])
    assert [9, 36] == [one["days"]["min"] for one in found["short"]]


def test_r009_a_bid_keeps_every_version_of_its_proposal(asked: Api) -> None:
    """`Bid.versions(knownAt:)` has partners, themes, activities, amounts and plans of each, and what it changed."""
    found = of_bid(
        asked,
        """versions { number on { text } requested { amount } themes changed because
        partners { code } activities { name amount { amount } } plans { kind text } event { name } }""",
    )
    first, second = found["versions"]
    assert (["Leadership"], [], "1000.00") == (first["themes"], first["changed"], first["requested"]["amount"])
    assert (["Leadership", "Procurement"], ["requested", "themes"]) == (second["themes"], second["changed"])
    assert ("900.00", "Needs have changed") == (second["requested"]["amount"], second["because"])
    assert {"idea", "lga"} == {one["code"] for one in second["partners"]}
    assert [{"name": "Peer support", "amount": {"amount": "600.00"}}] == second["activities"] == first["activities"]


def test_r011_a_bid_with_too_few_partners_is_refused_with_the_rule(asked: Api) -> None:
    """`submitBid` is refused with the rule, its version and what is missing; with a reason it is admitted."""
    alone = asked.command("submitBid", "bid { id }", **bid_by("single", "alone", plans=PLANS))
    assert "EligibilityRuleBroken" == alone["rule"]
    assert "rules: min-partners (version 1)" in alone["details"]
    assert "1 partner, at least 2 needed" in alone["details"]
    taken = asked.command(
        "submitBid",
        "bid { eligibility { rule met admittedBecause } }",
        **bid_by("single", "alone", plans=PLANS, admittedBecause="A pilot"),
    )
    (admitted,) = [one for one in taken["bid"]["eligibility"] if not one["met"]]
    assert {"rule": "min-partners", "met": False, "admittedBecause": "A pilot"} == admitted


def test_r013_a_bid_needs_a_sustainability_plan_and_an_evaluation_plan(asked: Api) -> None:
    """A rule of the kind REQUIRED_PLANS: `submitBid` is refused with the plans that are missing."""
    without = asked.command("submitBid", "bid { id }", **bid_by("pair", "no-plan", plans=PLANS[:1]))
    assert "EligibilityRuleBroken" == without["rule"]
    assert "missing: Evaluation plan" in without["reason"]
    taken = asked.command("submitBid", "bid { reference }", **bid_by("pair", "no-plan", plans=PLANS))
    assert "no-plan" == taken["bid"]["reference"]
