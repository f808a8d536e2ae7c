"""Timelines of programmes, schemes, rounds and organisations over GraphQL, compared with the files."""

from collections import Counter
from typing import Any

import pytest

from tests.kit.web.served import Api

ENTRY = "kind title about { kind code name }"


def timeline(api: Api, thing: str, arguments: str = "", fields: str = ENTRY) -> list[Any]:
    """Every entry of the timeline of *thing*, such as ``programme(code: "cbp")``, page by page."""
    query = f"""query ($after: String) {{ {thing} {{ timeline(first: 100, after: $after{arguments})
        {{ totalCount nodes {{ {fields} }} pageInfo {{ endCursor hasNextPage }} }} }} }}"""
    nodes: list[Any] = []
    page: dict[str, Any] = {"hasNextPage": True, "endCursor": None}
    while page["hasNextPage"]:
        (root,) = api.ask(query, after=page["endCursor"]).values()
        found = root["timeline"]
        nodes, page = [*nodes, *found["nodes"]], found["pageInfo"]
    assert found["totalCount"] == len(nodes)
    return nodes


def test_the_programme_tells_what_sources_state_of_it_and_of_its_streams(shared_api: Api) -> None:
    """Of its 30 happenings ten are about the programme itself, and the others about one of its four streams."""
    own = timeline(shared_api, 'programme(code: "cbp")')
    with_streams = timeline(shared_api, 'programme(code: "cbp")', ", including: SCHEMES")
    assert {("PROGRAMME", "cbp")} == {(one["about"]["kind"], one["about"]["code"]) for one in own}
    assert {"PROGRAMME", "SCHEME"} == {one["about"]["kind"] for one in with_streams}
    counted = Counter(one["kind"] for one in with_streams)
    assert (30, 15, 5, 7, 32, 4, 1) == tuple(
        counted[kind]
        for kind in (
            "HappeningNoted", "ProgrammeResultStated", "RuleStated", "EligibilityRulePublished", "InvolvementStated",
            "SchemeEstablished", "ProgrammeEstablished",
        )
    )  # fmt: skip


def test_the_programme_with_all_that_is_below_it_has_each_entry_of_its_partnerships_once(shared_api: Api) -> None:
    everything = timeline(shared_api, 'programme(code: "cbp")', ", including: ALL", "id")
    with_streams = timeline(shared_api, 'programme(code: "cbp")', ", including: SCHEMES", "id")
    found = shared_api.ask(
        '{ partnerships(filter: { programme: "cbp" }, first: 100) { nodes { timeline { totalCount } } } }'
    )
    below = sum(one["timeline"]["totalCount"] for one in found["partnerships"]["nodes"])
    ids = [one["id"] for one in everything]
    assert len(ids) == len({*ids}) == len(with_streams) + below


def test_a_scheme_with_all_that_is_below_it_has_the_entries_of_its_partnerships(shared_api: Api) -> None:
    for code in ("cbp-pilots", "cbp-national-programmes", "cbp-improvement-partnerships", "cbp-direct-support"):
        found = shared_api.ask(f"""{{ scheme(code: "{code}") {{ timeline {{ totalCount }}
            all: timeline(including: ALL) {{ totalCount }}
            partnerships(first: 60) {{ nodes {{ timeline {{ totalCount }} }} }} }} }}""")["scheme"]
        below = sum(one["timeline"]["totalCount"] for one in found["partnerships"]["nodes"])
        assert found["all"]["totalCount"] == found["timeline"]["totalCount"] + below
        assert below > 0


def test_an_organisation_tells_its_categories_and_its_parts_in_partnerships(shared_api: Api) -> None:
    found = timeline(shared_api, 'organisation(code: "hull-city-council")')
    assert found, "the council is in the files"
    kinds = {one["kind"] for one in found}
    assert {"OrganisationRegistered", "AssessmentCategoryRecorded"} <= kinds
    assert {"PARTNERSHIP", "ORGANISATION"} <= {one["about"]["kind"] for one in found}


def test_an_entry_is_the_same_item_on_each_timeline_that_has_it(shared_api: Api) -> None:
    of_agency = timeline(shared_api, 'organisation(code: "idea")', fields=f"id {ENTRY}")
    of_devon = timeline(shared_api, 'partnership(code: "dip")', fields=f"id {ENTRY}")
    both = [one for one in of_agency if one["about"]["code"] == "dip"]
    assert 1 <= len(both) == len([one for one in both if one in of_devon])


@pytest.mark.parametrize("including", ["OWN", "SCHEMES", "ALL"])
def test_filters_and_clocks_are_those_of_a_partnership(shared_api: Api, including: str) -> None:
    arguments = f", including: {including}"
    everything = timeline(shared_api, 'programme(code: "cbp")', arguments, "id lane on { earliest latest }")
    of_lane = timeline(shared_api, 'programme(code: "cbp")', f"{arguments}, lanes: [GOVERNANCE]", "id lane")
    assert [one["id"] for one in everything if one["lane"] == "GOVERNANCE"] == [one["id"] for one in of_lane]
    dated = timeline(shared_api, 'programme(code: "cbp")', f'{arguments}, from: "2005-01-01", to: "2005-12-31"', "id")
    assert 0 < len(dated) < len(everything)
    assert [] == timeline(shared_api, 'programme(code: "cbp")', f'{arguments}, knownAt: "1999-01-01T00:00:00Z"', "id")
