"""What the office and evaluators need to know of plans, suppliers and what is late. Tests are named after needs."""

from typing import Any

from tests.kit.commands import new
from tests.kit.web.served import Api

STAGE = "name planned { text } due { text } reached { text } daysLate"


def of_three(asked: Api, fields: str) -> dict[str, Any]:
    """What is asked of the partnership whose plan ``tests/kit/plans.py`` records."""
    found: dict[str, Any] = asked.ask(f'{{ partnership(code: "needs-three") {{ {fields} }} }}')["partnership"]
    return found


def the_plan(asked: Api, fields: str, day: str = "2005-01-31") -> dict[str, Any]:
    """What is asked of its plan, on a day."""
    (plan,) = of_three(asked, f'plans(asAt: "{day}") {{ {fields} }}')["plans"]
    found: dict[str, Any] = plan
    return found


def attention(asked: Api, kind: str, day: str) -> list[dict[str, Any]]:
    """What of a *kind* needs attention on a day."""
    found: list[dict[str, Any]] = asked.ask(f"""{{ attention(on: "{day}", filter: {{ kind: [{kind}] }}) {{
        nodes {{ reference urgency who since due days rule }} }} }}""")["attention"]["nodes"]
    return found


def texts(stage: dict[str, Any]) -> tuple[Any, ...]:
    """The name of a stage, and its days: planned, due and reached."""
    return (stage["name"], *(stage[day] and stage[day]["text"] for day in ("planned", "due", "reached")))


def test_r037_stages_have_planned_and_actual_dates_and_the_current_stage_is_shown(asked: Api) -> None:
    """`Partnership.plans { stages currentStage }`, with planned, moved and actual days; `attention` has the late."""
    plan = the_plan(asked, f"stages {{ {STAGE} moves {{ because }} }} currentStage {{ name }}", "2004-10-31")
    assert [
        ("Learning sets", "2004-08-31", "2004-08-31", "2004-08-15"),
        # Planned for September, and moved by a month.
        ("Skills audit", "2004-09-30", "2004-10-30", None),
    ] == [texts(stage) for stage in plan["stages"]]
    assert "Skills audit" == plan["currentStage"]["name"]
    assert [(None, []), (1, ["No tutor"])] == [
        (stage["daysLate"], [one["because"] for one in stage["moves"]]) for stage in plan["stages"]
    ]
    (soon, late) = (attention(asked, "STAGE_DUE", day) for day in ("2005-03-25", "2005-04-02"))
    assert [("First year / Report", "DUE", "2005-03-31", 6)] == [
        (one["reference"], one["urgency"], one["due"], one["days"]) for one in soon
    ]
    assert [("LATE", "partner", 2)] == [(one["urgency"], one["who"], one["days"]) for one in late]


def test_r038_a_redesign_keeps_the_earlier_plan(asked: Api) -> None:
    """`Plan.versions` has the plan as agreed and after each redesign, with the reason and the stages of each."""
    versions = the_plan(asked, f"versions {{ on {{ text }} because stages {{ {STAGE} }} }}")["versions"]
    assert [("2004-07-01", None), ("2004-11-01", "The first stage won no cooperation")] == [
        (one["on"]["text"], one["because"]) for one in versions
    ]
    assert [["Learning sets", "Skills audit"], ["Work begins", "Report"]] == [
        [stage["name"] for stage in one["stages"]] for one in versions
    ]


def test_r040_a_change_of_supplier_is_recorded_with_its_reason(asked: Api) -> None:
    """`Partnership.suppliers { replaced because }`, from the command `replaceSupplier`."""
    suppliers = of_three(asked, "suppliers { begun { text } organisation { code } replaced { code } because }")
    (change,) = [one for one in suppliers["suppliers"] if one["because"]]
    assert ("2005-01-10", "kent-county-council", "idea", "Nobody came to the training") == (
        change["begun"]["text"], change["organisation"]["code"], change["replaced"]["code"], change["because"]
    )  # fmt: skip


def test_r041_the_brief_of_a_supplier_and_the_acceptance_of_each_deliverable_are_held(asked: Api) -> None:
    """`Partnership.suppliers { brief }` and `deliverables { state decided because }`; `attention` has the overdue."""
    found = of_three(asked, "suppliers { brief } deliverables { text state because due { text } }")
    assert "Ten days of training" in [one["brief"] for one in found["suppliers"]]
    assert [("A handbook", "ACCEPTED", None), ("A report", "REJECTED", "It leaves out two districts")] == [
        (one["text"], one["state"], one["because"]) for one in found["deliverables"]
    ]
    (overdue,) = attention(asked, "DELIVERABLE_OPEN", "2005-02-10")
    assert ("First year / deliverable 2", "LATE", "supplier", 10) == (
        overdue["reference"], overdue["urgency"], overdue["who"], overdue["days"]
    )  # fmt: skip


def test_r042_the_selection_of_each_supplier_is_logged_with_any_steer(asked: Api) -> None:
    """`Partnership.suppliers { selection steer }`; without brief and selection an engagement is refused."""
    suppliers = of_three(asked, "suppliers { organisation { code } selection steer }")["suppliers"]
    (steered,) = [one for one in suppliers if one["steer"]]
    assert ("idea", "The best of three tenders", "The funder named the agency") == (
        steered["organisation"]["code"], steered["selection"], steered["steer"]
    )  # fmt: skip
    said = 'delivery: "delivery-needs-three", organisation: "lga", work: "Training", brief: "Days", on: "2005-02-01"'
    given = f'commandId: "{new()}", {said}, selection: " "'
    (refused,) = asked.post(f"mutation {{ engageSupplier(input: {{ {given} }}) {{ __typename }} }}").json()["errors"]
    assert ("BAD_USER_INPUT", "selection is empty. Give a text.") == (refused["extensions"]["code"], refused["message"])


def test_r046_what_is_committed_after_the_end_is_marked(asked: Api) -> None:
    """`Partnership.committedAfterEnd` has it, with the day on which the work or its programme had ended."""
    found = asked.ask("""{ partnership(code: "needs-four") { committedAfterEnd {
        on { text } title ended { text } } } }""")["partnership"]["committedAfterEnd"]
    assert [("2005-05-02", "2005-04-30")] == [(one["on"]["text"], one["ended"]["text"]) for one in found]
    assert "New posts" in found[0]["title"]


def test_r047_the_lead_time_of_a_partnership_stands_beside_that_of_its_peers(asked: Api) -> None:
    """`Partnership.peers { firstDelivery leadDays }`: partnerships of the same kind, by code, without ranks."""
    found = of_three(asked, 'peers(asAt: "2005-01-31") { code firstDelivery { text } leadDays { max } }')
    peers = {one["code"]: one for one in found["peers"]}
    assert [*peers] == sorted(peers)
    # From 1 March to 15 November 2004, and from 1 February to 1 July 2004.
    assert {"needs-one": 259, "needs-two": 151} == {
        code: peers[code]["leadDays"]["max"] for code in ("needs-one", "needs-two")
    }


def test_r048_quick_wins_are_marked_with_the_partners_then_and_now(asked: Api) -> None:
    """`PlanStage { quickWin partnersWhenReached partnersThen }` shows how many partners stayed after the quick win."""
    (first, *_) = the_plan(
        asked, "versions { stages { name quickWin partnersWhenReached partnersThen } }", "2005-01-31"
    )["versions"]
    (won,) = [stage for stage in first["stages"] if stage["quickWin"]]
    # One partner joined between August and January.
    assert ("Learning sets", 1) == (won["name"], won["partnersThen"] - won["partnersWhenReached"])


def test_r049_joint_and_authority_specific_work_interleave_in_one_plan(asked: Api) -> None:
    """`Plan.stages { organisation }` are in the order of their days; a stage without an organisation is joint work."""
    stages = the_plan(asked, "stages { name organisation due { text } }", "2004-07-31")["stages"]
    assert [("Learning sets", "kent-county-council"), ("Skills audit", None)] == [
        (stage["name"], stage["organisation"]) for stage in stages
    ]


def test_r055_each_strand_has_a_traffic_light_with_the_reason_of_each_change(asked: Api) -> None:
    """`Partnership.strands { strand light because }` has every report; `attention` has the strands that are red."""
    strands = of_three(asked, "strands { strand light because begun { text } }")["strands"]
    assert [("Training", "AMBER"), ("Training", "RED"), ("Audit", "GREEN"), ("Audit", "RED"), ("Audit", "GREEN")] == [
        (one["strand"], one["light"]) for one in strands
    ]
    # The strand that is green again is not on the list.
    assert [("First year / Training", "WAITING", "2004-12-01")] == [
        (one["reference"], one["urgency"], one["since"]) for one in attention(asked, "STRAND_RED", "2005-01-31")
    ]


def test_r094_plans_to_continue_have_an_owner_a_cost_and_a_date(asked: Api) -> None:
    """`Plan.followOns { owner cost until }`; `attention` lists a plan that ends without one."""
    (later,) = asked.ask("""{ partnership(code: "needs-one") { plans { followOns {
        sort owner text until { text } cost { amount } } } } }""")["partnership"]["plans"][0]["followOns"]
    assert ("CONTINUATION", "The county", "2006-03-31", "12000.00") == (
        later["sort"], later["owner"], later["until"]["text"], later["cost"]["amount"]
    )  # fmt: skip
    missing = attention(asked, "FOLLOW_ON_MISSING", "2005-12-29")
    assert [("Second plan", "DUE", 2)] == [(one["reference"], one["urgency"], one["days"]) for one in missing]


def test_r095_an_exit_has_milestones_and_an_end_and_is_listed_past_it(asked: Api) -> None:
    """`Plan.followOns { sort until stages }`; `attention` lists an exit past its day, and its milestones too."""
    (leaving,) = the_plan(asked, "followOns { sort until { text } stages { name due { text } } }")["followOns"]
    assert ("EXIT", "2005-06-30", [{"name": "Posts end", "due": {"text": "2005-05-31"}}]) == (
        leaving["sort"], leaving["until"]["text"], leaving["stages"]
    )  # fmt: skip
    assert [("First year / exit", "LATE", 10)] == [
        (one["reference"], one["urgency"], one["days"]) for one in attention(asked, "EXIT_DUE", "2005-07-10")
    ]
    late = [one["reference"] for one in attention(asked, "STAGE_DUE", "2005-06-01") if one["urgency"] == "LATE"]
    assert "First year / Posts end" in late


def test_r118_partnerships_are_compared_at_the_same_point(asked: Api) -> None:
    """`Partnership.peers(age:)` has the stage of each at the same number of days since it was formed."""
    found = of_three(asked, 'peers(age: 200, asAt: "2005-01-31") { code day currentStage stagesReached stages }')[
        "peers"
    ]
    peers = {one.pop("code"): one for one in found}
    # 200 days after 1 March and 1 February 2004.
    assert {"day": "2004-09-17", "currentStage": "Delivery begins", "stagesReached": 0, "stages": 1} == peers[
        "needs-one"
    ]
    assert {"day": "2004-08-19", "currentStage": None, "stagesReached": 1, "stages": 1} == peers["needs-two"]


def test_r123_the_reasons_why_a_project_stands_still_are_recorded_by_stage(asked: Api) -> None:
    """`Partnership.holdUps { stage cause because }`, from awareness to delivery; `attention` has the open ones."""
    found = of_three(asked, "holdUps { number stage cause because state ended { text } }")["holdUps"]
    assert [("AGREEMENT", "CENTRAL_MONEY", "ENDED"), ("DELIVERY", "PARTNER_CAPACITY", "OPEN")] == [
        (one["stage"], one["cause"], one["state"]) for one in found
    ]
    assert [("First year / hold-up 2", "partner", "2004-12-15")] == [
        (one["reference"], one["who"], one["since"]) for one in attention(asked, "HELD_UP", "2005-01-31")
    ]


def test_r137_the_move_from_building_to_delivery_is_a_milestone(asked: Api) -> None:
    """`PlanStage.beginsDelivery` marks it in the plan, and `Plan.deliveryBegan` has the day on which it was reached."""
    plan = the_plan(asked, "deliveryBegan { text } stages { name beginsDelivery }")
    assert ("2004-12-20", ["Work begins"]) == (
        plan["deliveryBegan"]["text"],
        [stage["name"] for stage in plan["stages"] if stage["beginsDelivery"]],
    )


def test_r146_a_procurement_runs_from_the_specification_to_the_contract(asked: Api) -> None:
    """`Partnership.procurement { number step begun text supplier }`; a contract engages the supplier."""
    steps = of_three(asked, "procurement { number step begun { text } text supplier { code } }")["procurement"]
    assert [("SPECIFIED", "2004-07-05"), ("TENDERED", "2004-07-20"), ("SELECTED", "2004-08-01"),
            ("CONTRACTED", "2004-08-10")] == [(one["step"], one["begun"]["text"]) for one in steps]  # fmt: skip
    assert [None, None, "idea", "idea"] == [one["supplier"] and one["supplier"]["code"] for one in steps]


def test_r155_partner_capacity_is_told_from_central_money_as_a_cause_of_delay(asked: Api) -> None:
    """`Programme.holdUps { stage cause count days }` adds up what held its projects up, by cause."""
    found = asked.ask("""{ programme(code: "cbp") { holdUps(asAt: "2005-01-31") {
        cause count stillOpen days } } }""")["programme"]["holdUps"]
    # From 1 July to 1 August 2004, and from 15 December 2004 to the day asked about.
    assert {"CENTRAL_MONEY": (1, 0, 31), "PARTNER_CAPACITY": (1, 1, 47)} == {
        one["cause"]: (one["count"], one["stillOpen"], one["days"]) for one in found
    }


def test_the_page_of_a_partnership_shows_its_plans_and_the_list_of_attention_leads_to_it(asked: Api) -> None:
    for code in ("needs-three", "needs-four", "worcestershire-partnership"):
        shown = asked.http.get(f"/partnerships/{code}")
        assert (200, True) == (shown.status_code, 'id="plan"' in shown.text), code
    # The earlier plan is there too, and the page of an earlier day shows it as it was.
    assert "Skills audit" in asked.http.get("/partnerships/needs-three").text
    assert "No tutor" in asked.http.get("/partnerships/needs-three?as-at=2004-10-31").text
    assert "/partnerships/needs-three" in asked.http.get("/attention?kind=stage_due").text
