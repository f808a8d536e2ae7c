"""What the office needs to know of what partners do jointly. Tests are named after needs."""

from typing import Any

from tests.kit.commands import new
from tests.kit.examples_joint import DIGEST
from tests.kit.web.served import Api


def west(asked: Api, fields: str) -> dict[str, Any]:
    """What is asked of the partnership whose doings ``tests/kit/jointly.py`` records."""
    found: dict[str, Any] = asked.ask(f'{{ partnership(code: "joint-west") {{ {fields} }} }}')["partnership"]
    return found


def of_programme(asked: Api, fields: str) -> dict[str, Any]:
    """What is asked of the programme."""
    found: dict[str, Any] = asked.ask(f'{{ programme(code: "cbp") {{ {fields} }} }}')["programme"]
    return found


def attention(asked: Api, kind: str, day: str) -> list[str]:
    """What of a *kind* needs attention on a day."""
    found = asked.ask(
        f"""{{ attention(on: "{day}", first: 100, filter: {{ kind: [{kind}] }}) {{ nodes {{ reference }} }} }}"""
    )
    return [one["reference"] for one in found["attention"]["nodes"]]


def handed_in(asked: Api, command: str, **values: Any) -> dict[str, Any]:
    """The answer to a *command* about the partnership."""
    query = f"""mutation ($input: {command[0].upper()}{command[1:]}Input!) {{ {command}(input: $input) {{
        __typename ... on Refusal {{ rule reason }} }} }}"""
    given = {"commandId": new(), "on": "2006-05-04", "partnership": "joint-west"} | values
    answer: dict[str, Any] = asked.post(query, {"input": given}).json()["data"][command]
    return answer


def test_r014_designs_are_held_so_that_a_new_bid_need_not_invent_them(asked: Api) -> None:
    """`outputs(filter: { sort: DESIGN })` over all partnerships, with who has used each, and for what."""
    found = asked.ask("""{ outputs(filter: { sort: DESIGN }) { nodes { title partnership { code }
        uses { organisation { code } text } } } }""")["outputs"]["nodes"]
    assert [
        ("Design of a shared payroll", "joint-west", [{"organisation": {"code": "lambeth"}, "text": "Its payroll"}])
    ] == [(one["title"], one["partnership"]["code"], one["uses"]) for one in found]


def test_r056_elected_members_are_counted_at_each_level_of_governance(asked: Api) -> None:
    """`Partnership.decisions { level present elected }`: how many of those present were elected, at each level."""
    found = west(asked, "decisions { level present elected }")["decisions"]
    assert [("region", 12, 8), ("district", 5, 0), ("region", 11, 7)] == [
        (one["level"], one["present"], one["elected"]) for one in found
    ]
    refused = handed_in(
        asked, "takeDecision", sort="STRATEGIC", body="Board", level="region", text="It", present=3, elected=4
    )
    assert "PresenceNotPossible" == refused["rule"]


def test_r057_strategic_and_operational_decisions_are_told_apart(asked: Api) -> None:
    """`Partnership.decisions { sort body text }`: STRATEGIC, OPERATIONAL or ROLL_OUT, as the body took it."""
    found = west(asked, 'decisions(asAt: "2005-02-28") { sort body }')["decisions"]
    assert [("STRATEGIC", "Board of the region"), ("OPERATIONAL", "Board of the district")] == [
        (one["sort"], one["body"]) for one in found
    ]


def test_r058_statements_of_mutuality_have_conditions_signatures_and_dates(asked: Api) -> None:
    """`Partnership.agreements { sort terms steps signatories until }`, as at a day."""
    fields = 'agreements(asAt: "{}") {{ sort until {{ text }} terms {{ text organisation {{ code }} }}'
    fields += " steps {{ state organisation {{ code }} post begun {{ text }} }} signatories {{ code }} }}"
    then, now = (west(asked, fields.format(day))["agreements"][0] for day in ("2004-12-31", "2006-01-01"))
    assert ("MUTUALITY", "2007-03-31") == (then["sort"], then["until"]["text"])
    assert [("Lends a peer for 5 days a year", "kent-county-council"), ("All share their plans", None)] == [
        (one["text"], one["organisation"] and one["organisation"]["code"]) for one in then["terms"]
    ]
    assert [
        ("SIGNED", "lambeth", "Leader", "2004-06-08"),
        ("SIGNED", "kent-county-council", "Chief executive", "2004-06-10"),
    ] == [(one["state"], one["organisation"]["code"], one["post"], one["begun"]["text"]) for one in then["steps"]]
    assert [["kent-county-council", "lambeth"], ["kent-county-council"]] == [
        [one["code"] for one in of["signatories"]] for of in (then, now)
    ]


def test_r059_signatories_are_rewarded_meet_sanctions_and_withdraw(asked: Api) -> None:
    """`Agreement.steps { state text }`: REWARD, SANCTION or LEFT, each of one signatory; others are refused."""
    steps = west(asked, "agreements { steps { state organisation { code } text } }")["agreements"][0]["steps"]
    assert [("REWARD", "First choice of peers"), ("LEFT", "No peer to lend")] == [
        (one["state"], one["text"]) for one in steps[2:]
    ]
    values = {"number": 1, "organisation": "swindon-borough-council", "response": "SANCTION", "text": "No peers"}
    assert "NotSigned" == handed_in(asked, "upholdAgreement", **values)["rule"]


def test_r061_commitments_of_central_bodies_are_kept_or_broken(asked: Api) -> None:
    """`Partnership.commitments { organisation text until state answer }`; `attention` has those not kept in time."""
    found = west(asked, "commitments { organisation { code } text until { text } state answer }")["commitments"]
    assert [("idea", "KEPT", "The adviser came"), ("idea", "GIVEN", None)] == [
        (one["organisation"]["code"], one["state"], one["answer"]) for one in found
    ]
    assert ["joint-west / idea / A survey"] == attention(asked, "COMMITMENT_OPEN", "2006-01-01")
    assert [] == attention(asked, "COMMITMENT_OPEN", "2005-12-01")


def test_r062_all_returns_follow_one_template_of_the_programme(asked: Api) -> None:
    """`Programme.returnTemplates`, and `Award.returns { template answers judged accepted }`; else it is refused."""
    (template,) = of_programme(asked, "returnTemplates { number fields }")["returnTemplates"]
    assert (1, ["Reached", "Spent", "Risks"]) == (template["number"], template["fields"])
    returns = asked.ask("""{ award(reference: "A-certified") { returns { number template accepted judgedBecause
        answers { field text } } } }""")["award"]["returns"]
    assert [(1, True, None), (1, False, "Which risks?")] == [
        (one["template"], one["accepted"], one["judgedBecause"]) for one in returns
    ]
    assert template["fields"] == [one["field"] for one in returns[0]["answers"]]
    assert ["A-certified / 2"] == attention(asked, "RETURN_QUERIED", "2005-06-01")
    query = "mutation ($input: FileReturnInput!) { fileReturn(input: $input) { ... on Refusal { rule } } }"
    half = {
        "award": "A-certified",
        "number": 2,
        "template": 1,
        "hours": 1,
        "answers": [{"field": "Spent", "text": "All"}],
    }
    refused = asked.post(query, {"input": {"commandId": new(), "on": "2006-05-04"} | half}).json()["data"]["fileReturn"]
    assert "ReturnAnswersDiffer" == refused["rule"]


def test_r083_the_burden_of_returns_is_shown_by_scheme(asked: Api) -> None:
    """`Programme.reporting { scheme required filed hours awarded }`: how many returns, and how long they take."""
    (found,) = [
        one
        for one in of_programme(
            asked, "reporting { scheme awards required filed queried accepted hours awarded { amount } }"
        )["reporting"]
        if one["filed"]
    ]
    assert {
        "scheme": "cbp-improvement-partnerships", "awards": 1, "required": 2, "filed": 2, "queried": 1, "accepted": 1,
        "hours": 18, "awarded": {"amount": "20000.00"},
    } == found  # fmt: skip


def test_r092_the_library_is_searched_by_theme_and_text(asked: Api) -> None:
    """`outputs(filter: { theme text use })`: what all partnerships share, with title, theme and who may use it."""

    def titles(condition: str) -> set[str]:
        found = asked.ask(f"{{ outputs(first: 50, filter: {{ {condition} }}) {{ nodes {{ title }} }} }}")
        return {one["title"] for one in found["outputs"]["nodes"]}

    assert {"Design of a shared payroll", "How two councils share"} == titles('theme: "Shared services"')
    assert {"Toolkit for absence"} == titles('text: "absence"')
    assert {"Design of a shared payroll"} == titles("use: [ANYBODY]")
    assert set() == titles('theme: "No such theme"')


def test_r093_a_roll_out_rests_on_evidence_of_demand_and_potential(asked: Api) -> None:
    """`Partnership.decisions { sort grounds { sort text } }`; a roll-out without both is refused (`GroundsMissing`)."""
    found = west(asked, "decisions { sort grounds { sort text } }")["decisions"]
    assert [("DEMAND", "Five of six districts asked"), ("POTENTIAL", "Absence fell by a fifth")] == [
        (one["sort"], one["text"]) for one in found[2]["grounds"]
    ]
    refused = handed_in(
        asked, "takeDecision", sort="ROLL_OUT", body="Board", level="region", text="All join",
        grounds=[{"sort": "DEMAND", "text": "All asked"}],
    )  # fmt: skip
    assert ("GroundsMissing", True) == (refused["rule"], "names no potential" in refused["reason"])


def test_r096_each_output_has_its_owner_and_who_may_use_it(asked: Api) -> None:
    """`Partnership.outputs { title owner use }`: every output names its owner and the permitted use."""
    found = west(asked, "outputs { title owner { code } use }")["outputs"]
    assert {"kent-county-council"} == {one["owner"]["code"] for one in found}
    assert ["LOCAL_GOVERNMENT", "ANYBODY", "BY_AGREEMENT"] == [one["use"] for one in found]


def test_r113_a_sponsor_who_lapses_is_noticed(asked: Api) -> None:
    """`Partnership.sponsors { organisation post until state because }`; `attention` has those that lapsed."""
    found = west(asked, "sponsors { organisation { code } state because }")["sponsors"]
    assert [("lambeth", "LAPSED", "The post is vacant"), ("kent-county-council", "NAMED", None)] == [
        (one["organisation"]["code"], one["state"], one["because"]) for one in found
    ]
    before, after = (attention(asked, "SPONSOR_LAPSED", day) for day in ("2006-01-01", "2006-05-01"))
    assert ["joint-west / lambeth / Chief executive"] == before
    assert 2 == len(after)


def test_r114_a_capacity_plan_has_aims_baseline_audit_options_and_costs(asked: Api) -> None:
    """`Partnership.capacityPlans { aims baseline audit options lines { name estimated } }`."""
    (plan,) = west(asked, "capacityPlans { title aims baseline audit options lines { name } }")["capacityPlans"]
    assert ["Courses", "An adviser"] == plan["options"]
    assert all(plan[field] for field in ("title", "aims", "baseline", "audit"))
    assert ["Courses", "Adviser", "Travel", "Rooms"] == [one["name"] for one in plan["lines"]]


def test_r035_an_estimate_stands_beside_the_actual_cost_of_each_line(asked: Api) -> None:
    """`CapacityPlan.lines { estimated actual over }`, as at a day."""
    fields = (
        'capacityPlans(asAt: "{}") {{ lines {{ name estimated {{ amount }} actual {{ amount }} over {{ amount }} }} }}'
    )
    (then,), (now,) = (west(asked, fields.format(day))["capacityPlans"] for day in ("2005-06-30", "2005-12-31"))
    courses = [{one["name"]: one for one in plan["lines"]}["Courses"] for plan in (then, now)]
    assert [("40000.00", "30000.00", "-10000.00"), ("40000.00", "45000.00", "5000.00")] == [
        (one["estimated"]["amount"], one["actual"]["amount"], one["over"]["amount"]) for one in courses
    ]


def test_r036_costs_left_out_of_an_estimate_are_flagged_until_they_are_added(asked: Api) -> None:
    """`CapacityPlan.lines { leftOut }`, as at a day."""
    fields = 'capacityPlans(asAt: "{}") {{ lines {{ name leftOut }} }}'
    (then,), (now,) = (west(asked, fields.format(day))["capacityPlans"] for day in ("2004-08-31", "2004-12-31"))
    left_out = [{one["name"] for one in plan["lines"] if one["leftOut"]} for plan in (then, now)]
    assert [{"Travel", "Rooms"}, {"Travel"}] == left_out


def test_r115_a_plan_is_approved_with_the_standard_that_it_meets(asked: Api) -> None:
    """`CapacityPlan { state approver standard approved }`, as at a day."""
    fields = 'capacityPlans(asAt: "{}") {{ state standard approver }}'
    (then,), (now,) = (west(asked, fields.format(day))["capacityPlans"] for day in ("2004-10-31", "2004-11-01"))
    assert [("FILED", None), ("APPROVED", "Has all five parts")] == [
        (one["state"], one["standard"]) for one in (then, now)
    ]
    again = handed_in(asked, "approveCapacityPlan", number=1, body="Board", standard="Another")
    assert "PlanAlreadyApproved" == again["rule"]


def test_r116_funding_follows_the_cost_or_is_divided_pro_rata(asked: Api) -> None:
    """`CapacityPlan { formula percentage measure funding shares { organisation amount } }`, worked out to the penny."""
    fields = """capacityPlans { formula percentage measure funding { amount }
        shares { organisation { code } amount { amount } } }"""
    (linked,) = west(asked, fields)["capacityPlans"]
    # Half of 40,000 + 20,000 + 500.
    assert ("COST_LINKED", 50, "30250.00", []) == (
        linked["formula"], linked["percentage"], linked["funding"]["amount"], linked["shares"]
    )  # fmt: skip
    (pro_rata,) = asked.ask(f'{{ partnership(code: "joint-east") {{ {fields} }} }}')["partnership"]["capacityPlans"]
    assert ("PRO_RATA", "population", "100000.00") == (
        pro_rata["formula"], pro_rata["measure"], pro_rata["funding"]["amount"]
    )  # fmt: skip
    assert [("lambeth", "16666.67"), ("kent-county-council", "83333.33")] == [
        (one["organisation"]["code"], one["amount"]["amount"]) for one in pro_rata["shares"]
    ]


def test_r119_needs_are_matched_with_what_is_offered(asked: Api) -> None:
    """`Partnership.learningNeeds { theme people served { people provision } }` and `provisions`; themes must agree."""
    found = west(
        asked,
        "learningNeeds { theme people served { people provision } } provisions { number theme people }",
    )
    assert [(12, []), (8, [{"people": 8, "provision": 1}]), (2, [])] == [
        (one["people"], one["served"]) for one in found["learningNeeds"]
    ]
    assert "ThemeDiffers" == handed_in(asked, "meetNeed", number=1, provision=2, people=1)["rule"]
    assert "MoreServedThanNeed" == handed_in(asked, "meetNeed", number=2, provision=1, people=1)["rule"]


def test_r120_secondments_have_a_protocol_and_an_outcome(asked: Api) -> None:
    """`Partnership.learning { sort organisation host protocol until ended outcome }`."""
    (found,) = west(asked, "learning { sort organisation { code } host { code } protocol ended { text } outcome }")[
        "learning"
    ]
    assert {
        "sort": "SECONDMENT", "organisation": {"code": "lambeth"}, "host": {"code": "kent-county-council"},
        "protocol": "Reports to both each month", "ended": {"text": "2005-12-20"}, "outcome": "Both run one contract",
    } == found  # fmt: skip


def demand(asked: Api, theme: str) -> dict[str, Any]:
    """The demand on a theme in the region."""
    fields = """theme region people served organisations canShare needs { partnership organisation people served }
        provisions { partnership people cost { amount } costOfEach { amount } }"""
    (found,) = [
        one for one in of_programme(asked, f"demand {{ {fields} }}")["demand"]
        if (one["theme"], one["region"]) == (theme, "West Midlands")
    ]  # fmt: skip
    return dict(found)


def test_r121_demand_on_one_theme_is_seen_together_so_that_its_cost_can_be_shared(asked: Api) -> None:
    """`Programme.demand { theme organisations canShare provisions { cost costOfEach } }`."""
    found = demand(asked, "Procurement")
    # Kent is served; Lambeth and Birmingham can share the 9,000.
    assert (2, True) == (found["organisations"], found["canShare"])
    assert [
        {"partnership": "joint-west", "people": 20, "cost": {"amount": "9000.00"}, "costOfEach": {"amount": "4500.00"}}
    ] == found["provisions"]
    assert not demand(asked, "Waste")["canShare"]


def test_r143_needs_of_authorities_are_added_up_by_region_with_each_need_behind_the_sum(asked: Api) -> None:
    """`Programme.demand { region people served needs { partnership organisation people } }`, as at a day."""
    found = demand(asked, "Procurement")
    assert (25, 8) == (found["people"], found["served"])
    assert [
        ("joint-east", "birmingham", 5),
        ("joint-west", "lambeth", 12),
        ("joint-west", "kent-county-council", 8),
    ] == [(one["partnership"], one["organisation"], one["people"]) for one in found["needs"]]
    assert found["people"] == sum(one["people"] for one in found["needs"])


def test_r122_targets_of_national_policy_stand_beside_the_partnerships_own(asked: Api) -> None:
    """`Partnership.policyTargets { policy target state because outcome }`: COMPATIBLE or INCOMPATIBLE."""
    found = west(asked, "policyTargets { policy target state because outcome { target } }")["policyTargets"]
    assert [("Policy 1", "8 days", "INCOMPATIBLE", "6 days"), ("Policy 2", "8 days", "COMPATIBLE", "6 days")] == [
        (one["policy"], one["target"], one["state"], one["outcome"]["target"]) for one in found
    ]


def test_r126_a_consultation_has_questions_responses_and_decisions(asked: Api) -> None:
    """`Programme.consultation { text until responses { givenBy text } decision because }`, for all who read."""
    (found,) = of_programme(
        asked,
        "consultation { text until { text } state responses { givenBy text organisation { code } } decision because }",
    )["consultation"]
    assert ("DECIDED", "Costs are paid", "All said so") == (found["state"], found["decision"], found["because"])
    assert [("A group of districts", None), ("A county", "kent-county-council")] == [
        (one["givenBy"], one["organisation"] and one["organisation"]["code"]) for one in found["responses"]
    ]


def test_r139_the_partners_of_a_joint_bid_sign_what_each_expects(asked: Api) -> None:
    """An agreement of the sort EXPECTATIONS has a term for each partner; `attention` has bids that not all signed."""
    found = west(asked, "agreements { sort terms { text organisation { code } } signatories { code } }")["agreements"][
        1
    ]
    assert ("EXPECTATIONS", 3, 2) == (found["sort"], len(found["terms"]), len(found["signatories"]))
    assert ["joint"] == [one for one in attention(asked, "EXPECTATIONS_MISSING", "2004-06-01") if one == "joint"]


def test_r140_agreements_between_tiers_have_the_dates_of_their_signatures(asked: Api) -> None:
    """`Agreement { sort begun steps { begun } }`: when it was made, and when each party signed it."""
    found = west(asked, "agreements { sort title begun { text } steps { begun { text } } }")["agreements"]
    assert [("PARTNERSHIP", "County and districts", "2004-07-01")] == [
        (one["sort"], one["title"], one["begun"]["text"]) for one in found[2:]
    ]
    signed = handed_in(asked, "signAgreement", number=3, organisation="lambeth", post="Leader", on="2004-09-01")
    assert "PartnershipRecorded" == signed["__typename"]
    late = west(asked, "agreements { steps { begun { text } } }")["agreements"][2]
    assert [{"begun": {"text": "2004-09-01"}}] == late["steps"]


def test_r141_consultants_facilitators_buddies_and_steering_members_have_defined_roles(asked: Api) -> None:
    """`Partnership.definedRoles { sort holder remit until }`."""
    found = west(asked, "definedRoles { sort holder remit }")["definedRoles"]
    assert ["CONSULTANT", "FACILITATOR", "BUDDY", "STEERING_MEMBER"] == [one["sort"] for one in found]
    assert {"Advises; decides nothing"} == {one["remit"] for one in found}


def test_r151_a_provision_that_fits_few_partners_is_noticed(asked: Api) -> None:
    """`Partnership.provisionFits { partners partnersWithNeed fitsFew }`; `attention` has those (FITS_FEW)."""
    found = west(asked, "provisionFits { theme partners partnersWithNeed fitsFew }")["provisionFits"]
    assert [("Procurement", 3, 2, False), ("Waste", 3, 1, True)] == [
        (one["theme"], one["partners"], one["partnersWithNeed"], one["fitsFew"]) for one in found
    ]
    assert ["joint-west / Waste"] == attention(asked, "FITS_FEW", "2005-01-01")


def test_r154_documents_are_held_by_digest_with_the_decision_that_they_support(asked: Api) -> None:
    """`Partnership.documents { title digest bid award }` and `Decision.documents`; a document of nothing is refused."""
    found = west(
        asked, "documents { sort title digest decision bid { reference } } decisions { documents { title digest } }"
    )
    assert [("MINUTES", 3, None), ("BID", None, "joint"), ("CERTIFICATE", None, None)] == [
        (one["sort"], one["decision"], one["bid"] and one["bid"]["reference"]) for one in found["documents"]
    ]
    assert [[], [], [{"title": "Minutes", "digest": DIGEST}]] == [one["documents"] for one in found["decisions"]]
    refused = handed_in(asked, "attachDocument", sort="OTHER", title="A note", digest=DIGEST)
    assert "DocumentOfNothing" == refused["rule"]


def test_a_certificate_shows_what_changed_after_it_and_is_not_changed(asked: Api) -> None:
    fields = """certificates(asAt: "{}") {{ post wording figuresAsAt {{ text }} documents
        figures {{ figure amount {{ amount }} }}
        changes {{ figure certified {{ amount }} now {{ amount }} change {{ amount }}
            events {{ name on {{ text }} }} }} }}"""
    (then,), (now,) = (
        asked.ask(f'{{ award(reference: "A-certified") {{ {fields.format(day)} }} }}')["award"]["certificates"]
        for day in ("2005-05-31", "2005-06-30")
    )
    assert ({**then, "changes": []}, []) == ({**now, "changes": []}, then["changes"])
    assert {
        "AWARDED": "20000.00",
        "PAID": "12000.00",
        "SPENT": "7000.00",
        "HELD": "5000.00",
        "RECOVERABLE": "0.00",
    }.items() <= {one["figure"]: one["amount"]["amount"] for one in now["figures"]}.items()
    assert [
        {
            "figure": "RECOVERABLE", "certified": {"amount": "0.00"}, "now": {"amount": "5000.00"},
            "change": {"amount": "5000.00"}, "events": [{"name": "RecoveryApproved", "on": {"text": "2005-06-08"}}],
        }
    ] == now["changes"]  # fmt: skip
    # The certificate has the figures that the ladder has at its clocks.
    ladder = asked.ask("""{ award(reference: "A-certified") { funding(asAt: "2005-03-31") { awarded { amount }
        payable { amount } paid { amount } returned { amount } spent { amount } recoverable { amount }
        available { amount } held { amount } } } }""")["award"]["funding"]
    assert {one["figure"].lower(): one["amount"]["amount"] for one in now["figures"]} == {
        name: figure["amount"] for name, figure in ladder.items()
    }


def test_the_demo_has_london_s_statement_of_mutuality_and_the_scottish_plan_in_four_lines(asked: Api) -> None:
    fields = "agreements { sort terms { text } signatories { code } }"
    (found,) = asked.ask(f'{{ partnership(code: "capital-ambition") {{ {fields} }} }}')["partnership"]["agreements"]
    assert ("MUTUALITY", []) == (found["sort"], found["signatories"])
    assert [{"text": "All authorities are asked to sign a mutual commitment."}] == found["terms"]
    fields = "capacityPlans { aims lines { name estimated { amount } actual { amount } leftOut } }"
    (plan,) = asked.ask(f'{{ partnership(code: "cpp-scotland-all") {{ {fields} }} }}')["partnership"]["capacityPlans"]
    assert ["100000.00", "250000.00", "500000.00", "150000.00"] == [one["estimated"]["amount"] for one in plan["lines"]]
    assert (None, {None}, {False}) == (
        plan["aims"], {one["actual"] for one in plan["lines"]}, {one["leftOut"] for one in plan["lines"]}
    )  # fmt: skip
