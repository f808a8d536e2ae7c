"""What evaluators need to know of outcomes and of what stands behind them. Tests are named after needs."""

from typing import Any

from tests.kit.outcomes import DIGEST, FAILED, SHARED, SKILLS
from tests.kit.web.served import Api


def of(asked: Api, outcome_id: str, fields: str) -> dict[str, Any]:
    """What is asked of an outcome of the story in ``tests/kit/outcomes.py``."""
    shown = f"... on Outcome {{ {fields} }}"
    found: dict[str, Any] = asked.ask(f'{{ node(id: "{outcome_id}") {{ {shown} }} }}')["node"]
    return found


def listed(asked: Api, wanted: str) -> set[str]:
    """The ids of the outcomes of a filter."""
    nodes = asked.ask(f"{{ outcomes(first: 100, filter: {{ {wanted} }}) {{ nodes {{ id }} }} }}")["outcomes"]["nodes"]
    return {one["id"] for one in nodes}


def framework(asked: Api, clocks: str = "") -> list[dict[str, Any]]:
    """The framework of the programme beside what was found of the story."""
    fields = "impact level expected evidence found { id } stated { indicator }"
    cells: list[dict[str, Any]] = asked.ask(f'{{ programme(code: "cbp") {{ framework{clocks} {{ {fields} }} }} }}')[
        "programme"
    ]["framework"]
    return cells


def attention(asked: Api, kind: str, day: str) -> list[tuple[str, str]]:
    """The outcomes that need attention on a day, with the rule or need that says so."""
    nodes = asked.ask(f"""{{ attention(on: "{day}", filter: {{ kind: [{kind}] }}) {{
        nodes {{ reference rule }} }} }}""")["attention"]["nodes"]
    return [(one["reference"], one["rule"][:4]) for one in nodes]


def test_r039_changed_goals_and_indicators_stay_on_record(asked: Api) -> None:
    """`Outcome.goals` has each version with its reason, and whether results before and after are comparable."""
    goals = of(asked, SKILLS, "indicator target goals { begun { text } indicator target because comparable }")
    assert ("Members who use what they learned", "90") == (goals["indicator"], goals["target"])
    assert [
        ("2004-04-01", "Members trained", "120", None, None),
        ("2004-09-01", "Members who use what they learned", None, "Attendance shows little", False),
        ("2004-12-01", None, "90", "A partner has left", None),
    ] == [
        (one["begun"]["text"], one["indicator"], one["target"], one["because"], one["comparable"])
        for one in goals["goals"]
    ]
    early = asked.ask("""{ partnership(code: "dip") { outcomes(asAt: "2004-08-31") { indicator target } } }""")
    assert {"indicator": "Members trained", "target": "120"} in early["partnership"]["outcomes"]


def test_r066_a_baseline_is_measured_before_the_work(asked: Api) -> None:
    """`Outcome { baseline baselineOn }`; `attention` has each goal that was agreed without one (NO_BASELINE)."""
    found = of(asked, SKILLS, "baseline baselineOn { text } unit")
    assert {"baseline": "20", "baselineOn": {"text": "2004-03-31"}, "unit": "members"} == found
    missing = attention(asked, "NO_BASELINE", "2004-05-01")
    assert ("Joint bids", "R066") in missing
    assert "Members who use what they learned" not in {name for name, _ in missing}


def test_r067_progress_is_scored_by_distance_travelled(asked: Api) -> None:
    """`Outcome.distanceTravelled`: the share of the way from baseline to target; 1 is the target."""
    # From 20 to 80 of the way from 20 to 90.
    assert {"distanceTravelled": "0.8571", "result": "80"} == of(asked, SKILLS, "distanceTravelled result")


def test_r068_contribution_and_other_causes_stand_apart_from_the_outcome(asked: Api) -> None:
    """`Outcome.explanations { kind text }`: CONTRIBUTION and OTHER_CAUSE are kinds of their own."""
    kinds = [(one["kind"], one["text"]) for one in of(asked, SKILLS, "explanations { kind text }")["explanations"]]
    assert ("CONTRIBUTION", "Nobody else trained members of the districts") in kinds
    assert ("OTHER_CAUSE", "An election brought younger members") in kinds


def test_r069_each_outcome_has_one_level(asked: Api) -> None:
    """`Outcome.level`, one of six for what is agreed; `outcomes(filter: { level })` and `Programme.framework`."""
    assert SKILLS in listed(asked, 'level: "individual", partnership: "dip"')
    assert {FAILED, SHARED} <= listed(asked, 'level: "authority", partnership: "dip"')
    assert SKILLS not in listed(asked, 'level: "authority"')


def test_r070_benefits_of_people_are_linked_to_change_of_organisations(asked: Api) -> None:
    """`Outcome.links { leadsTo because }`, from the level of a person to that of an authority."""
    (link,) = of(asked, SKILLS, "links { because leadsTo { id level } }")["links"]
    assert {"id": SHARED, "level": "authority"} == link["leadsTo"]
    assert "Members who met there agreed to share a team" == link["because"]


def test_r071_an_outcome_that_was_no_goal_is_recorded_as_such(asked: Api) -> None:
    """`reportUnplannedOutcome`; `Outcome.status` is unplanned, and the framework shows it as not expected."""
    assert {"status": "unplanned", "goals": []} == of(asked, SHARED, "status goals { id }")
    assert SHARED in listed(asked, 'status: ["unplanned"]')
    unexpected = [one for one in framework(asked) if {"id": SHARED} in one["found"]]
    assert [("Shared services", False)] == [(one["impact"], one["expected"]) for one in unexpected]


def test_r072_evidence_has_its_type_and_source(asked: Api) -> None:
    """`Outcome.evidenceGiven { kind text cites document }`, with the digest of the document."""
    fields = "evidenceGiven { number kind text cites document recordedBy }"
    first, second = of(asked, SKILLS, fields)["evidenceGiven"]
    assert (1, "RESPONDENTS", DIGEST) == (first["number"], first["kind"], first["document"])
    assert ("OWN_ACCOUNT", "Minutes, 4", "tester") == (second["kind"], second["cites"], second["recordedBy"])


def test_r073_results_are_measured_again_long_after_the_work(asked: Api) -> None:
    """`Outcome.results` has every report with its day; the outcome as at a day has the last one by then."""
    results = of(asked, SKILLS, "results { value begun { text } }")["results"]
    assert [("55", "2005-03-31"), ("80", "2007-03-31")] == [(one["value"], one["begun"]["text"]) for one in results]


def test_r074_each_finding_shows_how_sure_it_is(asked: Api) -> None:
    """`Outcome.evidenceGiven.confidence`: STATED, APPROXIMATE or ANECDOTAL."""
    found = of(asked, SKILLS, "evidenceGiven { confidence }")["evidenceGiven"]
    assert [{"confidence": "STATED"}, {"confidence": "ANECDOTAL"}] == found


def test_r076_quantified_savings_are_apart_from_those_claimed_or_expected(asked: Api) -> None:
    """`Outcome.savings { kind amount basis }`. They are in no figure of `Funding`."""
    savings = of(asked, SHARED, "savings { kind amount { amount currency } basis }")["savings"]
    assert [("QUANTIFIED", "12000.00"), ("EXPECTED", "50000.00")] == [
        (one["kind"], one["amount"]["amount"]) for one in savings
    ]


def test_r077_a_saving_by_buying_together_is_beside_the_cost_apart(asked: Api) -> None:
    """`Outcome.savings { amount apart }`; a saving above that cost is refused."""
    first, second = of(asked, SHARED, "savings { apart { amount } }")["savings"]
    assert ({"amount": "30000.00"}, None) == (first["apart"], second["apart"])


def test_r078_what_failed_is_kept_with_its_lesson(asked: Api) -> None:
    """`outcomes(filter: { status: ["rejected", "not_achieved"] })` with `explanations { kind: LESSON }`."""
    assert FAILED in listed(asked, 'status: ["rejected", "not_achieved"]')
    (lesson,) = of(asked, FAILED, "explanations { kind text }")["explanations"]
    assert {"kind": "LESSON", "text": "Agree who leads before a bid is written"} == lesson


def test_r079_lessons_stand_at_the_partnership_that_learned_them(asked: Api) -> None:
    """`Partnership.outcomes { explanations }`: kind LESSON; the lane OUTCOME of its timeline tells them."""
    found = asked.ask('{ partnership(code: "dip") { outcomes { id explanations { kind } } } }')["partnership"]
    assert {"id": FAILED, "explanations": [{"kind": "LESSON"}]} in found["outcomes"]


def test_r080_outcomes_are_shown_by_central_and_by_local_priority(asked: Api) -> None:
    """`outcomes(filter: { priority: [CENTRAL, BOTH] })` or LOCAL, over a programme or a partnership."""
    assert [{FAILED}, {SKILLS}] == [
        listed(asked, f'priority: [{one}, BOTH], partnership: "dip"') & {FAILED, SKILLS, SHARED}
        for one in ("CENTRAL", "LOCAL")
    ]


def test_r081_delivery_is_shown_by_local_targets(asked: Api) -> None:
    """`outcomes(filter: { priority: LOCAL }) { indicator target result distanceTravelled }`."""
    fields = "indicator target result distanceTravelled"
    nodes = asked.ask(f'{{ outcomes(filter: {{ priority: [LOCAL], partnership: "dip" }}) {{ nodes {{ {fields} }} }} }}')
    assert [
        {
            "indicator": "Members who use what they learned",
            "target": "90",
            "result": "80",
            "distanceTravelled": "0.8571",
        }
    ] == nodes["outcomes"]["nodes"]


def test_r136_results_stand_beside_the_time_in_which_they_were_expected(asked: Api) -> None:
    """`Outcome { expectedBy result }`; `attention` has what is expected and not reported (RESULT_DUE)."""
    assert {"expectedBy": {"text": "2005-03-31"}} == of(asked, SKILLS, "expectedBy { text }")
    # A result that was rejected does not stand.
    assert [] == attention(asked, "RESULT_DUE", "2005-06-01")
    assert [("Joint bids", "R136")] == attention(asked, "RESULT_DUE", "2005-06-25")


def test_r142_what_cannot_be_compared_is_marked_with_the_reason(asked: Api) -> None:
    """`Outcome.explanations`: kind NOT_COMPARABLE, with the reason."""
    texts = {one["kind"]: one["text"] for one in of(asked, SKILLS, "explanations { kind text }")["explanations"]}
    assert "Each partner counts members of committees otherwise" == texts["NOT_COMPARABLE"]


def test_r156_cooperation_that_grows_into_shared_services_is_a_later_linked_outcome(asked: Api) -> None:
    """`Outcome.links { leadsTo { impact } begun }`: the later outcome, and when the one led to the other."""
    (link,) = of(asked, SKILLS, "links { begun { text } leadsTo { impact savings { kind } } }")["links"]
    assert ("2006-05-02", "Shared services") == (link["begun"]["text"], link["leadsTo"]["impact"])


def test_the_framework_shows_what_is_expected_beside_what_was_found(asked: Api) -> None:
    early, now = framework(asked, '(asAt: "2004-12-31")'), framework(asked)
    assert [("individual", True), ("team", True)] == [
        (one["level"], one["expected"]) for one in early if one["impact"] == "Development of new skills"
    ]
    first, second = now[:2]
    assert ("Development of new skills", "individual", True) == (first["impact"], first["level"], first["expected"])
    assert "Respondents report skills" == first["evidence"]
    assert {"id": SKILLS} in first["found"]
    # The framework of the demo says what is to show it, and this one does not.
    assert ("Service improvements", "respondents; documentary") == (second["impact"], second["evidence"])
    assert {"id": FAILED} in second["found"]
    assert all(one["found"] or one["stated"] for one in now if not one["expected"])
