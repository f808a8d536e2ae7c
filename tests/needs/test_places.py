"""What the office, funders and evaluators need to know of the places of a programme. Tests are named after needs."""

from typing import Any

from tests.kit.places import CODE
from tests.kit.web.served import Api

DAY = "2006-12-31"


def of_programme(asked: Api, fields: str) -> dict[str, Any]:
    """What is asked of the national programme whose places ``tests/kit/places.py`` records."""
    found: dict[str, Any] = asked.ask(f'{{ partnership(code: "{CODE}") {{ {fields} }} }}')["partnership"]
    return found


def take_up(asked: Api, fields: str, day: str = DAY) -> dict[str, Any]:
    """The row of its take-up on a day."""
    query = f'{{ programme(code: "cbp") {{ takeUp(asAt: "{day}") {{ partnership {{ code }} {fields} }} }} }}'
    (row,) = [one for one in asked.ask(query)["programme"]["takeUp"] if one["partnership"]["code"] == CODE]
    return dict(row)


def ending(asked: Api, day: str) -> list[dict[str, Any]]:
    """The subsidies that need attention on a day."""
    found: list[dict[str, Any]] = asked.ask(f"""{{ attention(on: "{day}", filter: {{ kind: [SUBSIDY_ENDS] }}) {{
        nodes {{ reference urgency who due days }} }} }}""")["attention"]["nodes"]
    return found


def test_r030_subsidy_rules_are_held_by_programme_and_category_with_dates(asked: Api) -> None:
    """`Partnership.subsidies { category share perPlace begun until ended because }`, as at a day."""
    fields = "number category share perPlace { amount } begun { text } until { text } ended { text } state because"
    first, second = of_programme(asked, f'subsidies(asAt: "{DAY}") {{ {fields} }}')["subsidies"]
    assert ("poor", None, "600.00", "2004-10-01", "2006-03-31", None) == (
        first["category"], first["share"], first["perPlace"]["amount"], first["begun"]["text"],
        first["until"]["text"], first["ended"],
    )  # fmt: skip
    assert (None, 25, None, "ENDED") == (second["category"], second["share"], second["perPlace"], second["state"])
    early = of_programme(asked, 'subsidies(asAt: "2004-12-31") { number state }')["subsidies"]
    assert [{"number": 1, "state": "SET"}] == early


def test_r031_each_place_shows_whether_it_was_subsidised_by_whom_and_to_what_amount(asked: Api) -> None:
    """`Partnership.places` or `Organisation.places { places subsidised amount { amount } funder { code } award }`."""
    fields = "places subsidised amount { amount } funder { code } award { reference } subsidy organisation { code }"
    found = of_programme(asked, f"places {{ {fields} }}")["places"]
    assert [
        ("lambeth", 8, 4, {"amount": "2400.00"}, None, {"reference": "A-beside"}, 1),
        ("kent-county-council", 3, 1, {"amount": "125.00"}, {"code": "odpm"}, None, 2),
        ("kent-county-council", 1, 0, None, None, None, None),
    ] == [
        (
            one["organisation"]["code"], one["places"], one["subsidised"], one["amount"], one["funder"], one["award"],
            one["subsidy"],
        )
        for one in found
    ]  # fmt: skip
    of_kent = f'{{ organisation(code: "kent-county-council") {{ places {{ partnership {{ code }} {fields} }} }} }}'
    kent = asked.ask(of_kent)["organisation"]["places"]
    assert {CODE} == {one.pop("partnership")["code"] for one in kent}
    assert found[1:] == kent


def test_r034_residential_places_have_their_cost_per_head_and_per_place(asked: Api) -> None:
    """`places { residential costPerHead costPerPlace }`, and over a programme `takeUp { residentialPerHead }`."""
    money = "{ amount currency }"
    found = of_programme(asked, f"places {{ residential costPerHead {money} costPerPlace {money} }}")["places"]
    assert {
        "residential": True,
        "costPerHead": {"amount": "1200.00", "currency": "GBP"},
        "costPerPlace": {"amount": "900.00", "currency": "GBP"},
    } == found[0]
    assert ("333.33", False) == (found[1]["costPerHead"]["amount"], found[1]["residential"])
    assert found[2]["costPerHead"] is None
    row = take_up(asked, f"residentialPerHead {money} residentialPerPlace {money}")
    assert ("1200.00", "900.00") == (row["residentialPerHead"]["amount"], row["residentialPerPlace"]["amount"])


def test_r044_who_attended_each_session_is_recorded_and_substitutes_are_found(asked: Api) -> None:
    """`Partnership.sessions { attended { post } substitutes { post } }`: who comes for somebody of the first session.

    Somebody who comes beside those of the first session is not a substitute.
    """
    posts = "{ post organisation { code } }"
    first, second = of_programme(asked, f"sessions {{ series title attended {posts} substitutes {posts} }}")["sessions"]
    assert [("Head of housing", "lambeth"), ("Leader", "kent-county-council")] == [
        (one["post"], one["organisation"]["code"]) for one in first["attended"]
    ]
    assert ([], ["Policy officer", "Leader", "Assistant"]) == (
        first["substitutes"], [one["post"] for one in second["attended"]]
    )  # fmt: skip
    assert [{"post": "Policy officer", "organisation": {"code": "lambeth"}}] == second["substitutes"]


def test_r075_how_many_people_of_an_authority_took_part_and_what_share_that_is(asked: Api) -> None:
    """`places { people outOf share }`: the share, in per cent, of the people whom the programme is meant for."""
    found = of_programme(asked, "places { people outOf share }")["places"]
    assert {"people": 6, "outOf": 52, "share": "11.5"} == found[0]
    assert {"people": 1, "outOf": None, "share": None} == found[2]


def test_r091_authorities_that_could_not_join_are_shown_with_the_reason(asked: Api) -> None:
    """`Partnership.declined { organisation couldNot reason because begun }`."""
    found = of_programme(asked, "declined { organisation { code } couldNot reason because begun { text } }")["declined"]
    assert [("portsmouth-city-council", "COST", "Its share of the fee is too high")] == [
        (one["organisation"]["code"], one["reason"], one["because"]) for one in found if one["couldNot"]
    ]


def test_r097_the_end_of_a_subsidy_is_announced_with_how_far_places_depend_on_it(asked: Api) -> None:
    """`attention` has SUBSIDY_ENDS from 90 days before; `subsidies { places dependence }` has the share of places."""
    found = of_programme(asked, "subsidies { places dependence }")["subsidies"]
    assert [{"places": 4, "dependence": "33.3"}, {"places": 1, "dependence": "8.3"}] == found
    then = of_programme(asked, 'subsidies(asAt: "2005-02-01") { places dependence }')["subsidies"]
    assert [{"places": 4, "dependence": "50.0"}, {"places": 0, "dependence": "0.0"}] == then
    first, second = (f"{CODE} / subsidy {part}" for part in ("1 (33.3 % of places)", "2 (8.3 % of places)"))
    # Subsidy 2 is for all and was removed; subsidy 1 has 90 days left on 31 December 2005.
    assert [(second, "LATE", "2005-09-30")] == [
        (one["reference"], one["urgency"], one["due"]) for one in ending(asked, "2005-12-30")
    ]
    assert [(second, "LATE", 92), (first, "WAITING", 90)] == [
        (one["reference"], one["urgency"], one["days"]) for one in ending(asked, "2005-12-31")
    ]


def test_r128_each_transfer_between_providers_is_logged_with_the_data_handed_over(asked: Api) -> None:
    """`Partnership.transfers { fromProvider toProvider handedOver begun }`; `takeUp { provider }` is the new one."""
    of = "fromProvider { code } toProvider { code } handedOver begun { text } events { name actor }"
    (moved,) = of_programme(asked, f"transfers {{ {of} }}")["transfers"]
    assert ("idea", "lga", "2006-04-01", "ProviderTransferred") == (
        moved["fromProvider"]["code"], moved["toProvider"]["code"], moved["begun"]["text"], moved["events"][0]["name"]
    )  # fmt: skip
    assert "The list of members, and the evaluations of two years" == moved["handedOver"]
    providers = [take_up(asked, "provider { code }", day)["provider"]["code"] for day in ("2006-03-31", "2006-04-01")]
    assert ["idea", "lga"] == providers


def test_r135_the_intended_lifespan_of_each_subsidy_is_explicit_beside_its_real_end(asked: Api) -> None:
    """`subsidies { begun until ended endedBecause }`: a subsidy cannot be set without its intended last day."""
    found = of_programme(asked, "subsidies { begun { text } until { text } ended { text } endedBecause }")["subsidies"]
    assert {
        "begun": {"text": "2005-01-01"},
        "until": {"text": "2005-12-31"},
        "ended": {"text": "2005-09-30"},
        "endedBecause": "The budget is spent",
    } == found[1]
    refused = asked.post(
        'mutation { setSubsidy(input: { commandId: "s", partnership: "x", share: 5, because: "b", on: "2005" }) {'
        " __typename } }"
    ).json()
    assert "until" in refused["errors"][0]["message"]


def test_r145_a_session_shows_the_fund_that_paid_for_it(asked: Api) -> None:
    """`sessions { award { reference } fund { name } }`, and `places { fund }` for what subsidised a place."""
    paid = "{ award { reference } fund { code name funder { code } } }"
    found = of_programme(asked, f"sessions {paid} places {paid}")
    for one in (*found["sessions"], found["places"][0]):
        assert ("A-beside", "cbp-improvement-partnerships") == (one["award"]["reference"], one["fund"]["code"])
    assert (None, None) == (found["places"][1]["award"], found["places"][1]["fund"])


def test_r153_non_participation_and_its_reasons_stand_next_to_take_up(asked: Api) -> None:
    """`takeUp { authorities recordedAuthorities recordedPeople declined { reason } }`, for a programme or a scheme."""
    counts = "authorities recordedAuthorities recordedPeople recordedPlaces recordedSubsidised"
    row = take_up(asked, f"{counts} declined {{ reason couldNot because }}")
    assert (79, 2, 10, 12, 5) == tuple(row[name] for name in counts.split())
    assert [("COST", True), ("CONFIDENCE", False)] == [(one["reason"], one["couldNot"]) for one in row["declined"]]
    early = take_up(asked, f"{counts} declined {{ reason }}", "2005-09-30")
    assert (79, 2, 9, 11) == tuple(early[name] for name in counts.split()[:4])
