"""The page of the support of an organisation: categories beside support, each case, and no concern."""

import csv
import io
import re
from collections.abc import Iterator

import pytest

from domain.support.concern import RaiseConcern
from domain.values.ids import ConcernId, OrganisationId
from domain.values.when import When
from infra.database.postgres import Database
from infra.feeding.projector import project_all
from tests.conftest import copy_of
from tests.kit.money import desk
from tests.kit.plans import planned
from tests.kit.rounds import opened_round
from tests.kit.support import concerned, supported
from tests.kit.web.served import Api, served
from tests.pages.test_addresses import words

LAMBETH = "/organisations/lambeth/support"
UNSHARED = "Nobody trusts the treasurer"


@pytest.fixture(scope="module")
def helped(server: Database, programme_template: str) -> Iterator[Api]:
    """The programme with the support of an authority, a shared concern about it, and one that is confidential."""
    database = copy_of(server, programme_template)
    with desk(database) as at:
        opened_round(at)
        planned(at)
        supported(at, concerned(at))
        lambeth = OrganisationId(at.find("organisation", "lambeth"))
        at.do(
            RaiseConcern(
                concern_id=ConcernId("concern-unshared"), organisation_id=lambeth,
                text=UNSHARED, heard_from="A peer", confidential=True, on=When("2005-02-02"),
            )
        )  # fmt: skip
    project_all(database)
    with served(database, projector=False) as api:
        yield api


def shown(api: Api, path: str) -> str:
    answer = api.http.get(path)
    assert 200 == answer.status_code, answer.text
    return words(answer.text)


def over_time(api: Api, path: str) -> list[tuple[str, str, str]]:
    """The categories and the support as the page gives them for download: date, category, support."""
    text = api.http.get(f"{path}?download=csv").text
    return [
        (one["date"], one["assessment"], one["support"]) for one in csv.DictReader(io.StringIO(text.lstrip("\ufeff")))
    ]


def test_midthorpe_shows_two_visits_held_of_three_planned(helped: Api) -> None:
    text = shown(helped, "/organisations/midthorpe-council/support")
    assert "Reviews: 2 held of 3 planned" in text
    assert "Peer visit 2 held not dated Dec 2007 not stated" in text
    assert "Peer visit 3 planned not dated" in text


def test_liverpools_categories_stand_beside_its_support_in_the_order_of_dates(helped: Api) -> None:
    found = over_time(helped, "/organisations/liverpool-city-council/support")
    dated = [one for one in found if one[0] != "unknown"]
    assert [
        ("2007", "CPA: 1-star", ""),
        ("2007", "", "The council is rated one star."),
        ("2007/..", "CPA: 2-star", ""),
        ("2008", "", "Review 1 held"),
    ] == [(on, category, said.removeprefix("Inspection result by Audit Commission: ")) for on, category, said in dated]
    assert found[: len(dated)] == dated, "what no source dates is last"


def test_a_case_shows_its_state_offers_notices_loans_recommendations_and_plans(helped: Api) -> None:
    text = shown(helped, LAMBETH)
    for said in (
        "2 support cases",
        "Case 1: No trust government Since 10 Jan 2005 Problem political Partnership needs-three",
        "At this level since 15 Jun 2005: Little has changed",
        "Reviews: 2 held of 5 planned",
        "1 A mentor Improvement and Development Agency 20 Jan 2005 declined 15 Feb 2005 It has a mentor",
        "Red flag Inspectorates 20 Apr 2005 Benefits are paid late",
        "1 A head of finance Kent County Council 1 Apr 2005 40 days 10 days 3 days",
        "1 Train the scrutiny members Peer team 12 May 2005 carried out 1 Nov 2005 All were trained",
        "Improvement plan 1 , agreed on 15 Apr 2005, for 1 outcome",
        "Case 2: No accountants closed",
        "Closed on 1 Feb 2006: Two accountants came",
        "4 May 2006 : 21 of 63, election. Members are trained again",
    ):
        assert said in text, said


def test_a_case_is_shown_as_at_the_day(helped: Api) -> None:
    early = shown(helped, f"{LAMBETH}?as-at=2005-03-31")
    assert "Case 1: No trust round table" in early
    assert "At this level since 1 Mar 2005: The first offer was declined" in early
    assert "Reviews:" not in early
    assert "Still owed" not in early
    assert "No support case of it had been opened." in shown(helped, f"{LAMBETH}?as-at=2004-12-31")


def test_every_step_of_support_is_listed_with_both_escalations(helped: Api) -> None:
    said = [one for _, _, one in over_time(helped, LAMBETH)]
    assert ["Support case 1 passed on to the level round table: The first offer was declined",
            "Support case 1 passed on to the level government: Little has changed"] == [
        one for one in said if "passed on" in one
    ]  # fmt: skip


@pytest.mark.parametrize("path", [LAMBETH, "/organisations/lambeth/act", "/organisations/lambeth"])
def test_a_concern_that_is_confidential_is_on_no_page_of_the_organisation(helped: Api, path: str) -> None:
    assert UNSHARED not in helped.http.get(path).text
    assert "concern-unshared" not in helped.http.get(path).text


def test_the_page_of_support_has_no_concern_and_no_form_asks_for_one(helped: Api) -> None:
    assert "Members do not trust officers" not in shown(helped, LAMBETH)
    assert "concern_id" not in helped.http.get("/organisations/lambeth/act").text


def test_no_page_of_support_compares_organisations(helped: Api) -> None:
    for path in (LAMBETH, "/organisations/liverpool-city-council/support"):
        text = helped.http.get(path).text
        assert not re.search(r"rank|best|worst|compared with [0-9]", text, re.IGNORECASE)


def test_the_page_of_an_organisation_leads_to_its_support_and_its_forms(helped: Api) -> None:
    text = helped.http.get("/organisations/hull-city-council").text
    assert 'href="/organisations/hull-city-council/support"' in text
    assert 'href="/organisations/hull-city-council/act"' in text
    assert 404 == helped.http.get("/organisations/nobody/support").status_code


def test_the_framework_shows_what_is_expected_beside_what_was_found(helped: Api) -> None:
    text = shown(helped, "/programmes/cbp/framework")
    assert "Also called: innovation, action learning, knowledge sharing" in text
    assert (
        "Increased job satisfaction Shown by: respondents reporting more job satisfaction expected none found" in text
    )
    assert "take-up not in the framework" in text
