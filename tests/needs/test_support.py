"""What evaluators and the office need to know of the support of authorities. Tests are named after needs."""

import re
from typing import Any

from tests.kit.commands import new
from tests.kit.web.served import Api


def of_lambeth(asked: Api, fields: str) -> dict[str, Any]:
    """What is asked of the authority whose support ``tests/kit/support.py`` records."""
    found: dict[str, Any] = asked.ask(f'{{ organisation(code: "lambeth") {{ {fields} }} }}')["organisation"]
    return found


def the_case(asked: Api, fields: str, day: str = "2006-12-31") -> dict[str, Any]:
    """What is asked of its first support case, on a day."""
    found: dict[str, Any] = of_lambeth(asked, f'supportCases(asAt: "{day}") {{ {fields} }}')["supportCases"][0]
    return found


def attention(asked: Api, kind: str, day: str) -> list[dict[str, Any]]:
    """What of a *kind* needs attention on a day."""
    found: list[dict[str, Any]] = asked.ask(f"""{{ attention(on: "{day}", filter: {{ kind: [{kind}] }}) {{
        nodes {{ reference urgency who due days }} }} }}""")["attention"]["nodes"]
    return found


def handed_in(asked: Api, command: str, **values: Any) -> dict[str, Any]:
    """The answer to a *command* about the authority."""
    shown = "... on ConcernTextRecorded { shown { text heardFrom } }" if command == "readConcern" else ""
    shown = "... on ConcernRecorded { concern { id } }" if command in ("raiseConcern", "shareConcern") else shown
    query = f"""mutation ($input: {command[0].upper()}{command[1:]}Input!) {{ {command}(input: $input) {{
        __typename ... on Refusal {{ rule reason }} {shown} }} }}"""
    given = {"commandId": new(), "on": "2005-05-04"} | values
    answer: dict[str, Any] = asked.post(query, {"input": given}).json()["data"][command]
    return answer


def test_r060_the_readers_of_a_concern_are_shown_and_each_reading_is_recorded(asked: Api) -> None:
    """`concerns { readers steps }` has who may read a concern, and who read it when: `readConcern` records it first."""
    about = {"organisation": "lambeth", "text": "Unsaid", "heardFrom": "An auditor", "confidential": True}
    concern = handed_in(asked, "raiseConcern", **about)["concern"]["id"]
    assert {"text": "Unsaid", "heardFrom": "An auditor"} == handed_in(asked, "readConcern", concern=concern)["shown"]
    listed = asked.ask("{ concerns { id readers { actor } steps { step by { actor } recordedAt } } }")["concerns"]
    (found,) = [one for one in listed if one["id"] == concern]
    assert ["RAISED", "READ"] == [step["step"] for step in found["steps"]]
    assert {one["by"]["actor"] for one in found["steps"]} == {one["actor"] for one in found["readers"]}


def test_r098_early_signs_come_from_several_sources_with_the_day_on_which_each_was_seen(asked: Api) -> None:
    """`raiseConcern` takes where a sign comes from; `concerns { raised steps }` has when it was seen and recorded."""
    signs = {}
    for heard, day in (("A peer", "2005-03-01"), ("An inspector", "2005-02-01")):
        about = {"organisation": "lambeth", "text": "Nobody attends", "heardFrom": heard, "confidential": True}
        signs[handed_in(asked, "raiseConcern", **about, on=day)["concern"]["id"]] = (heard, day)
    listed = asked.ask("{ concerns { id raised { text } steps { recordedAt } } }")["concerns"]
    found = {one["id"]: one for one in listed if one["id"] in signs}
    for concern, (heard, day) in signs.items():
        assert (day, True) == (found[concern]["raised"]["text"], bool(found[concern]["steps"][0]["recordedAt"]))
        assert heard == handed_in(asked, "readConcern", concern=concern)["shown"]["heardFrom"]


def test_r099_a_concern_is_confidential_until_the_authority_agrees_to_share_it(asked: Api) -> None:
    """`shareConcern` says who agreed. Before, the timeline has nothing of it, and no case can name it."""
    about = {"organisation": "lambeth", "text": "Zephyr", "heardFrom": "A peer", "confidential": True}
    concern = handed_in(asked, "raiseConcern", **about)["concern"]["id"]
    timeline = "timeline(last: 100, lanes: [SUPPORT]) { nodes { title } }"
    assert "Zephyr" not in f"{of_lambeth(asked, timeline)}"
    refused = handed_in(asked, "openSupportCase", organisation="lambeth", text="Why", concern=concern)
    assert "ConcernNotShared" == refused["rule"]
    handed_in(asked, "shareConcern", concern=concern, agreedBy="The leader", on="2005-05-05")
    assert "The leader agreed to share it: Zephyr" in f"{of_lambeth(asked, timeline)}"


def test_r100_offers_of_help_are_accepted_or_declined_with_dates_and_reasons(asked: Api) -> None:
    """`SupportCase.offers { begun state answered because }`; `attention` has the offers that are not answered."""
    offers = the_case(asked, "offers { begun { text } state answered { text } because helper { code } }")["offers"]
    assert [("2005-01-20", "DECLINED", "2005-02-15", "It has a mentor"), ("2005-03-10", "ACCEPTED", "2005-03-20", None),
            ("2005-07-01", "OFFERED", None, None)] == [
        (one["begun"]["text"], one["state"], one["answered"] and one["answered"]["text"], one["because"])
        for one in offers
    ]  # fmt: skip
    assert "idea" == offers[0]["helper"]["code"]
    waiting = [one["reference"] for one in attention(asked, "HELP_UNANSWERED", "2005-08-01")]
    assert "lambeth / case 1 / offer 3" in waiting
    # As at a day, an offer has the state of that day.
    assert ["OFFERED"] == [one["state"] for one in the_case(asked, "offers { state }", "2005-01-31")["offers"]]


def test_r101_a_case_goes_from_local_help_to_the_round_table_and_to_government(asked: Api) -> None:
    """`SupportCase.state`, as at a day: local, the round table, or government; with the day and the reason of each."""
    days = ("2005-01-31", "2005-03-31", "2005-06-30")
    states = [the_case(asked, "state escalated { text } escalatedBecause", day) for day in days]
    assert ["LOCAL", "ROUND_TABLE", "GOVERNMENT"] == [one["state"] for one in states]
    assert ("2005-03-01", "The first offer was declined") == (
        states[1]["escalated"]["text"], states[1]["escalatedBecause"]
    )  # fmt: skip
    refused = handed_in(asked, "escalateSupportCase", organisation="lambeth", case=1, level="LOCAL", because="Back")
    assert "LevelNotHigher" == refused["rule"]


def test_r102_a_notice_before_any_offer_of_help_is_refused(asked: Api) -> None:
    """`serveNotice` refuses it (`NoticeBeforeHelp`). Where a source states one: discrepancy `notice_before_help`."""
    notice = {"organisation": "lambeth", "case": 2, "servedBy": "Government office", "text": "Improve"}
    opened = handed_in(asked, "openSupportCase", organisation="lambeth", text="No help so far")
    assert "OrganisationRecorded" == opened["__typename"]
    cases = of_lambeth(asked, "supportCases { number text }")["supportCases"]
    notice["case"] = next(one["number"] for one in cases if one["text"] == "No help so far")
    refused = handed_in(asked, "serveNotice", **notice, sort="IMPROVEMENT_NOTICE")
    assert ("NoticeBeforeHelp", True) == (refused["rule"], "only after an offer of help" in refused["reason"])
    found = asked.ask('{ discrepancies(filter: { rule: "notice_before_help" }) { nodes { message } } }')
    assert ["An improvement notice or intervention before any offer of help, in support case 2"] == [
        one["message"] for one in found["discrepancies"]["nodes"]
    ]


def test_r103_a_rating_is_read_of_one_authority_and_nothing_ranks_or_orders_by_it(asked: Api) -> None:
    """`Organisation.categories(asAt:)` of one authority. No filter, order or field of the API ranks by a category."""
    found = of_lambeth(asked, 'categories(asAt: "2005-12-31") { category }')["categories"]
    assert ["Weak", "poor", "1 star"] == [one["category"] for one in found]
    types = asked.ask("""{ __schema { types { name kind inputFields { name } fields { name type { name ofType { name
        ofType { name ofType { name } } } } } enumValues { name } } } }""")["__schema"]["types"]
    rating = re.compile("categor|rating|star|assessmentCat", re.IGNORECASE)
    for one in types:
        names = [field["name"] for field in one["inputFields"] or ()]
        if one["name"].endswith(("Filter", "Order", "OrderBy", "Sort")):
            assert not [name for name in names if rating.search(name)], one["name"]
        if one["name"].endswith(("Order", "OrderField")):
            assert not [value for value in one["enumValues"] or () if rating.search(value["name"])], one["name"]
    # Only an organisation has categories, and no list has them beside a rank.
    holders = {one["name"] for one in types for field in one["fields"] or () if "AssessmentCategory" in f"{field}"}
    assert {"Organisation"} == holders
    ranked = {one["name"] for one in types for field in one["fields"] or () if field["name"] == "rank"}
    assert {"RankedBid"} == ranked


def test_r104_notices_red_flags_and_results_of_inspections_are_events(asked: Api) -> None:
    """`SupportCase.notices { sort servedBy begun text }`, each with its event; the timeline has them in SUPPORT."""
    notices = the_case(asked, "notices { sort servedBy begun { text } events { name } }")["notices"]
    assert [("INSPECTION_RESULT", "2005-02-01"), ("RED_FLAG", "2005-04-20"), ("IMPROVEMENT_NOTICE", "2005-06-20")] == [
        (one["sort"], one["begun"]["text"]) for one in notices
    ]
    assert all([{"name": "NoticeServed"}] == one["events"] for one in notices)
    three = 'partnership(code: "needs-three") { timeline(first: 100, lanes: [SUPPORT]) { nodes { title } } }'
    for of in (three, 'organisation(code: "lambeth") { timeline(first: 100, lanes: [SUPPORT]) { nodes { title } } }'):
        assert "Red flag by Inspectorates: Benefits are paid late" in f"{asked.ask(f'{{ {of} }}')}"


def test_r105_capacity_lent_is_shown_with_what_is_still_owed_back(asked: Api) -> None:
    """`SupportCase.loans { lender days owedAtFirst owed }`, as at a day."""
    fields = "loans { lender { code } days owedAtFirst owed }"
    (lent,) = the_case(asked, fields)["loans"]
    assert {"lender": {"code": "kent-county-council"}, "days": 40, "owedAtFirst": 10, "owed": 3} == lent
    assert [10, 6] == [the_case(asked, fields, day)["loans"][0]["owed"] for day in ("2005-12-31", "2006-02-28")]


def test_r106_peer_visits_have_their_length_and_their_peers_and_some_are_missed(asked: Api) -> None:
    """`SupportCase.reviews { sort state days peers because }`."""
    reviews = the_case(asked, "reviews { sort state days peers because findings }")["reviews"]
    held, missed = (one for one in reviews if one["sort"] == "PEER_VISIT")
    assert ("HELD", 3, ["Chief executive of a county", "Leader of a district"]) == (
        held["state"], held["days"], held["peers"]
    )  # fmt: skip
    assert ("MISSED", None, "No peer was free") == (missed["state"], missed["days"], missed["because"])
    # Of Midthorpe the sources say that two of three visits were held, and not how long they took.
    cases = asked.ask('{ organisation(code: "midthorpe-council") { supportCases { reviews { state days } } } }')
    (case,) = cases["organisation"]["supportCases"]
    assert [("HELD", None), ("HELD", None), ("PLANNED", None)] == [
        (one["state"], one["days"]) for one in case["reviews"]
    ]


def test_r107_self_evaluation_and_challenge_have_dates_and_the_overdue_are_listed(asked: Api) -> None:
    """`SupportCase.reviews { sort due held }`; `attention` has those that are due or overdue (REVIEW_DUE)."""
    reviews = the_case(asked, "reviews { sort due { text } held { text } }")["reviews"]
    assert [("SELF_EVALUATION", "2005-09-30", None), ("EXTERNAL_CHALLENGE", "2005-12-31", None)] == [
        (one["sort"], one["due"]["text"], one["held"]) for one in reviews if one["sort"][0] in "SE"
    ]
    late, due = attention(asked, "REVIEW_DUE", "2005-12-28")
    assert ("lambeth / case 1 / self evaluation 3", "LATE", 89) == (late["reference"], late["urgency"], late["days"])
    assert ("DUE", "2005-12-31", "authority") == (due["urgency"], due["due"], due["who"])


def test_r108_political_and_managerial_problems_are_cases_of_their_own(asked: Api) -> None:
    """`SupportCase.problem` is political or managerial, so each has its own offers of help."""
    cases = of_lambeth(asked, 'supportCases(asAt: "2006-12-31") { problem text state conclusion concern }')
    political, managerial = cases["supportCases"][:2]
    assert ("POLITICAL", "No trust", "concern-of-support") == (
        political["problem"], political["text"], political["concern"]
    )  # fmt: skip
    assert ("MANAGERIAL", "CLOSED", "Two accountants came") == (
        managerial["problem"], managerial["state"], managerial["conclusion"]
    )  # fmt: skip


def test_r109_a_plan_is_agreed_with_an_authority_with_outcomes_measures_and_monitoring(asked: Api) -> None:
    """`SupportCase.improvementPlans { delivery outcomes monitoring }`; `Partnership.plans` has the plan itself."""
    (plan,) = the_case(
        asked, "partnership { plans { delivery title } } improvementPlans { delivery monitoring outcomes { impact"
        " indicator target } }",
    )["improvementPlans"]  # fmt: skip
    measured = {"impact": "Trust", "indicator": "Meetings held", "target": "12"}
    assert ("The regional board, each quarter", [measured]) == (plan["monitoring"], plan["outcomes"])
    of = asked.ask('{ partnership(code: "needs-three") { plans { delivery title } supportCases { text } } }')
    assert {"delivery": plan["delivery"], "title": "First year"} in of["partnership"]["plans"]
    assert ["No trust"] == [one["text"] for one in of["partnership"]["supportCases"]]


def test_r110_poor_performers_are_told_apart_by_their_need(asked: Api) -> None:
    """`Partnership.partners { organisation { categories supportCases } }`: each partner with its category and needs."""
    partners = asked.ask("""{ partnership(code: "worcestershire-partnership") { partners { organisation { code
        categories { category method } supportCases { problem state offers { text state } } } } } }""")["partnership"]
    assert all({"categories", "supportCases"} <= one["organisation"].keys() for one in partners["partners"])
    cases = of_lambeth(asked, "categories { category } supportCases { problem offers { text } }")
    assert {"POLITICAL", "MANAGERIAL"} <= {one["problem"] for one in cases["supportCases"]}


def test_r111_what_is_offered_to_performers_of_different_standing_is_set_by_rule(asked: Api) -> None:
    """`publishEligibilityRule` for an assessment category: a rule of a scheme in versions, by which bids are tested."""
    rule = {
        "programme": "cbp", "scheme": "cbp-pilots", "code": "weak-first", "kind": "ASSESSMENT_CATEGORY", "least": 1,
        "text": "At least one partner is poor or weak", "names": ["poor", "weak"], "regime": "CPA", "on": "2006-01-01",
    }  # fmt: skip
    assert "ProgrammeRecorded" == handed_in(asked, "publishEligibilityRule", **rule)["__typename"]
    rules = asked.ask('{ scheme(code: "cbp-pilots") { rules(asAt: "2006-01-02") { code kind version } } }')
    assert {"code": "weak-first", "kind": "ASSESSMENT_CATEGORY", "version": 1} in rules["scheme"]["rules"]


def test_r112_turnover_after_elections_is_recorded_with_its_effect_on_priorities(asked: Api) -> None:
    """`Organisation.turnover { cause changed posts effect }`, from the command `recordTurnover`."""
    (found,) = of_lambeth(asked, "turnover { begun { text } cause changed posts effect }")["turnover"]
    assert ("2006-05-04", "ELECTION", 21, 63, "Members are trained again") == (
        found["begun"]["text"], found["cause"], found["changed"], found["posts"], found["effect"]
    )  # fmt: skip


def test_r127_information_is_shared_with_named_bodies_under_a_protocol(asked: Api) -> None:
    """`SupportCase.sharings { protocol sharedWith text }`, from the command `shareInformation`."""
    (shared,) = the_case(asked, "sharings { protocol text sharedWith { code } begun { text } recordedBy }")["sharings"]
    assert ("Protocol of 2004", ["idea", "lga"], "2005-10-05") == (
        shared["protocol"], [one["code"] for one in shared["sharedWith"]], shared["begun"]["text"]
    )  # fmt: skip


def test_r134_the_capacity_for_a_further_responsibility_is_assessed_before_it_is_given(asked: Api) -> None:
    """`SupportCase.duties`; `giveDuty` is refused before a CAPACITY_ASSESSMENT was held (`CapacityNotAssessed`)."""
    found = the_case(asked, "duties { text begun { text } } reviews { sort held { text } findings }")
    assert [{"text": "Leads on waste", "begun": {"text": "2005-10-01"}}] == found["duties"]
    (assessed,) = [one for one in found["reviews"] if one["sort"] == "CAPACITY_ASSESSMENT"]
    assert ("2005-08-20", "It can lead on waste") == (assessed["held"]["text"], assessed["findings"])
    refused = handed_in(asked, "giveDuty", organisation="lambeth", case=1, text="More", on="2005-05-01")
    assert "CapacityNotAssessed" == refused["rule"]


def test_r149_categories_over_time_with_the_version_of_the_method_stand_beside_the_support(asked: Api) -> None:
    """`Organisation { categories { category method on } supportCases }`, both as at a day."""
    day = "2006-12-31"
    found = of_lambeth(
        asked,
        f"""categories(asAt: "{day}") {{ category method on {{ text }} }}
        supportCases(asAt: "{day}") {{ offers {{ state begun {{ text }} }} }}""",
    )
    # The first is stated by a source, without a date.
    assert [("Weak", None, "unknown"), ("poor", "2002", "2002-12"), ("1 star", "2005", "2005-12"),
            ("2 stars", "2005", "2006-12")] == [
        (one["category"], one["method"], one["on"]["text"]) for one in found["categories"]
    ]  # fmt: skip
    assert found["supportCases"][0]["offers"]


def test_r150_a_case_has_a_pseudonym_and_its_readers_alone_learn_who_it_is(asked: Api) -> None:
    """A pseudonym is an organisation with cases and events. Who it is stands in a concern: each reading is recorded."""
    case = asked.ask("""{ organisation(code: "midshire") { name supportCases { offers { text }
        events { name position actor } } } }""")["organisation"]
    assert ("Midshire (a pseudonym)", "SupportCaseOpened") == (
        case["name"], case["supportCases"][0]["events"][0]["name"]
    )  # fmt: skip
    about = {"organisation": "midshire", "text": "Midshire is Kestrelshire", "heardFrom": "The evaluators"}
    concern = handed_in(asked, "raiseConcern", **about, confidential=True)["concern"]["id"]
    searched = 'organisations(filter: { text: "midshire" }) { nodes { name notes } }'
    everything = f"{asked.ask(f'{{ auditLog(last: 100) {{ nodes {{ body }} }} {searched} }}')}"
    assert ("Midshire (a pseudonym)" in everything, "Kestrelshire" in everything) == (True, False)
    assert "Midshire is Kestrelshire" == handed_in(asked, "readConcern", concern=concern)["shown"]["text"]


def test_what_became_of_each_recommendation_is_shown(asked: Api) -> None:
    found = the_case(asked, "recommendations { text madeBy state followed { text } became }")["recommendations"]
    assert [
        ("CARRIED_OUT", "2005-11-01", "All were trained"),
        ("REJECTED", "2005-06-01", "It would cost too much"),
    ] == [(one["state"], one["followed"]["text"], one["became"]) for one in found]
