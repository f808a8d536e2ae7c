"""Places of programmes as at a day and as known at an instant, beside take-up, and on its page."""

from collections.abc import Iterator
from typing import Any

import pytest
from strawberry.schema.schema import StrawberryGraphQLCoreExecutionContext

from api.answering import roots
from api.answering.roots import SQL
from api.schema import schema
from domain.joint import places as p
from domain.partnership import FormPartnership
from domain.values.correction import CorrectDate
from domain.values.ids import OrganisationId, PartnershipId, ProgrammeId, SchemeId
from domain.values.when import When
from infra.database.postgres import Database
from infra.feeding.projector import project_all
from tests.conftest import copy_of
from tests.kit import beside
from tests.kit.money import Desk, desk, gbp
from tests.kit.places import CODE, placed
from tests.kit.web.served import Api, served

LIVE = PartnershipId("partnership-live")
OF: dict[str, Any] = {"partnership_id": LIVE}


@pytest.fixture(scope="module")
def placed_api(server: Database, programme_template: str) -> Iterator[Api]:
    """The places of the story, and a national programme that no source counts."""
    database = copy_of(server, programme_template)
    with desk(database) as at:
        beside.recorded(at)
        placed(at)
        _live(at)
    project_all(database)
    with served(database, projector=False) as api:
        yield api


def _live(at: Desk) -> None:
    """A programme with two subsidies, of which the later one goes on, and sessions whose order was corrected."""
    kent = OrganisationId(at.find("organisation", "kent-county-council"))
    at.do(
        FormPartnership(
            programme_id=ProgrammeId(at.find("programme", "cbp")), code="np-live", name="Live learning",
            scheme_id=SchemeId(at.find("scheme", "cbp-national-programmes")), kind="national-programme",
            on=When("2005-01-01"), **OF,
        )
    )  # fmt: skip
    early: dict[str, Any] = {"category": "poor", "share": 50, "until": When("2006-03-31"), "on": When("2005-02-01")}
    later: dict[str, Any] = {"per_place": gbp("10.00"), "until": When("2008-03-31"), "on": When("2006-02-01")}
    at.do(p.SetSubsidy(because="To begin", **early, **OF))
    at.do(p.SetSubsidy(because="To go on", **later, **OF))
    subsidised: dict[str, Any] = {"people": 2, "places": 3, "subsidised": 3, "funder_id": kent, "subsidy": 1}
    at.do(p.TakePlaces(organisation_id=kent, on=When("2005-03-01"), **subsidised, **OF))
    declined: dict[str, Any] = {"reason": p.DeclineReason.TIME, "could_not": False, "because": "An election"}
    at.do(p.DeclineParticipation(organisation_id=kent, on=When("2005-04-01"), **declined, **OF))
    for title, on, post in (("One", "2005-05-01", "Leader"), ("Two", "2005-06-01", "Deputy")):
        attended = (p.Attendee(post=post, organisation_id=kent),)
        at.do(p.HoldSession(series="Set", title=title, attended=attended, on=When(on), **OF))
    named: dict[str, Any] = {"step": "SessionHeld", "number": 1, "because": "Mistyped"}
    at.do(CorrectDate(date=When("2005-07-01"), on=When("2005-08-01"), **named, **OF))


FIELDS = """
    takeUp(asAt: "2006-12-31") { name group on { text } authorities reported recordedAuthorities recordedPeople
      recordedPlaces recordedSubsidised provider { code } partnership { code } event { name }
      residentialPerHead { amount currency } residentialPerPlace { amount } declined { number reason couldNot } }"""
PARTS = """subsidies { id number begun { text } state category share perPlace { amount } until { text } because
      ended { text } endedBecause places dependence }
    places { id organisation { code } people places subsidised amount { amount } funder { code } award { reference }
      fund { code } subsidy cost { amount } residential outOf costPerHead { amount } costPerPlace { amount } share
      partnership { code } }
    declined { id organisation { code } reason couldNot because }
    sessions { id series title attended { post organisation { code } } award { reference } fund { code }
      substitutes { post organisation { code } } }
    transfers { id fromProvider { code } toProvider { code } handedOver }"""
EVERYTHING = f"""{{ programme(code: "cbp") {{ {FIELDS} }} scheme(code: "cbp-national-programmes") {{ {FIELDS} }}
    story: partnership(code: "{CODE}") {{ {PARTS} }} live: partnership(code: "np-live") {{ {PARTS} }}
    organisation(code: "kent-county-council") {{ places {{ id partnership {{ code }} people }} }} }}"""


def test_sql_and_graphql_core_give_the_same_places(placed_api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    before = roots.answered[SQL]
    ours = placed_api.post(EVERYTHING)
    assert 5 == roots.answered[SQL] - before
    monkeypatch.setattr(schema, "execution_context_class", StrawberryGraphQLCoreExecutionContext)
    assert placed_api.post(EVERYTHING).text == ours.text
    assert "errors" not in ours.json()


def test_a_programme_that_no_source_counts_has_a_row_once_places_are_recorded(placed_api: Api) -> None:
    def live(day: str) -> list[dict[str, Any]]:
        query = f"""{{ programme(code: "cbp") {{ takeUp(asAt: "{day}") {{ name group on {{ text }} authorities reported
            recordedPeople partnership {{ code }} event {{ name }} declined {{ reason }} }} }} }}"""
        rows = placed_api.ask(query)["programme"]["takeUp"]
        return [one for one in rows if one.pop("partnership")["code"] == "np-live"]

    assert [] == live("2005-02-28")
    (row,) = live("2006-12-31")
    assert ("Live learning", "national-programme", "2005-04-01", None, False, 2, "ParticipationDeclined") == (
        row["name"], row["group"], row["on"]["text"], row["authorities"], row["reported"], row["recordedPeople"],
        row["event"]["name"],
    )  # fmt: skip
    assert ("PlacesTaken", []) == (live("2005-03-31")[0]["event"]["name"], live("2005-03-31")[0]["declined"])


def test_a_corrected_date_makes_another_session_the_first(placed_api: Api) -> None:
    """The first session was dated wrongly: who came to it is a substitute, and before it was corrected the other."""

    def substitutes(clocks: str = "") -> dict[str, list[str]]:
        query = f'{{ partnership(code: "np-live") {{ sessions{clocks} {{ title substitutes {{ post }} }} }} }}'
        found = placed_api.ask(query)["partnership"]["sessions"]
        return {one["title"]: [each["post"] for each in one["substitutes"]] for one in found}

    assert {"One": ["Leader"], "Two": []} == substitutes()
    assert {"Two": []} == substitutes('(asAt: "2005-06-30")')
    with placed_api.database.connect() as connection:
        ((instant,),) = connection.execute(
            "SELECT to_char(max(recorded_at) AT TIME ZONE 'UTC' - interval '1 microsecond',"
            " 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"') FROM log.events WHERE topic = 'DateCorrected'"
        ).fetchall()
    assert {"One": [], "Two": ["Deputy"]} == substitutes(f'(asAt: "2006-01-01", knownAt: "{instant}")')


def test_a_subsidy_that_another_one_continues_needs_no_attention(placed_api: Api) -> None:
    def ending(day: str) -> list[str]:
        query = f'{{ attention(on: "{day}", filter: {{ kind: [SUBSIDY_ENDS] }}) {{ nodes {{ reference }} }} }}'
        return [one["reference"] for one in placed_api.ask(query)["attention"]["nodes"]]

    assert not any(one.startswith("np-live") for one in ending("2006-03-01"))
    # Three months before the later one ends nothing goes on.
    assert "np-live / subsidy 1 (100.0 % of places)" in ending("2008-01-01")
    # No place was taken under the later one.
    assert not any("np-live / subsidy 2" in one for one in ending("2008-01-01"))


def test_the_page_of_take_up_shows_what_was_recorded_beside_what_is_stated(placed_api: Api) -> None:
    page = placed_api.http.get("/programmes/cbp/take-up?as-at=2006-12-31").text
    for text in (
        "10 people of 2 authorities, 5 subsidised (42 %)", "confidence 1, cost 1", "Live learning", "time 1",
        "2 people of 1 authority, 3 subsidised (100 %)", "Local Government Association",
    ):  # fmt: skip
        assert text in page, text
