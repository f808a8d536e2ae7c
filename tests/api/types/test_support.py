"""Which organisation is supported by which scheme on a day, and what was recorded of programmes and organisations."""

from collections.abc import Iterator
from typing import Any

import pytest

from domain.organisation import RegisterOrganisation
from domain.partnership import FormPartnership, JoinPartnership, LeavePartnership
from domain.values.ids import OrganisationId, PartnershipId, ProgrammeId, SchemeId
from domain.values.when import When
from infra.database.postgres import Database
from tests.conftest import copy_of
from tests.kit.database.feeding import caught_up
from tests.kit.money import Desk, desk
from tests.kit.web.served import Api, served

SUPPORT = """query ($day: Date, $organisation: String) { programme(code: "cbp") {
  support(asAt: $day, organisation: $organisation, first: 100) { nodes {
    organisation { code } scheme { code } partnership { code } role since { text } activity
    overlapping { code } repeating { code } warning } } } }"""
TOWN = OrganisationId("organisation-town")


def support(api: Api, organisation: str, day: str = "2006-06-01") -> list[Any]:
    """How an organisation is supported on a day."""
    return list(api.ask(SUPPORT, day=day, organisation=organisation)["programme"]["support"]["nodes"])


def of_codes(found: list[Any]) -> dict[str, tuple[list[str], list[str], bool]]:
    """By partnership: the codes of those that overlap it, of those that repeat it, and whether there is a warning."""
    return {
        one["partnership"]["code"]: (
            [other["code"] for other in one["overlapping"]],
            [other["code"] for other in one["repeating"]],
            one["warning"] is not None,
        )
        for one in found
    }


def form(at: Desk, code: str, scheme: tuple[str, str], theme: str, **others: Any) -> None:
    at.do(
        FormPartnership(
            partnership_id=PartnershipId(f"partnership-{code}"),
            programme_id=ProgrammeId(scheme[1]),
            scheme_id=SchemeId(scheme[0]),
            code=code,
            name=code,
            kind="council",
            lead_id=TOWN,
            theme=theme,
            on=When("2004-04-01"),
            **others,
        )
    )


@pytest.fixture(scope="module")
def town(server: Database, programme_template: str) -> Iterator[tuple[Api, Desk]]:
    """A town council in three partnerships of two schemes, of which two have one theme in other capitals."""
    database = copy_of(server, programme_template)
    with database.connect() as connection:
        rows = connection.execute("SELECT code, id, programme_id FROM read.schemes").fetchall()
    schemes = {code: (its_id, programme) for code, its_id, programme in rows}
    with served(database) as api, desk(database) as at:
        at.do(RegisterOrganisation(organisation_id=TOWN, code="town", name="Town", kind="council", on=When("2004")))
        form(at, "first", schemes["cbp-pilots"], "Equal pay", starts=When("2005"), ends=When("2006-03"))
        form(at, "second", schemes["cbp-national-programmes"], "equal  Pay")
        form(at, "third", schemes["cbp-pilots"], "Equal pay reviews")
        caught_up(database)
        yield api, at


def test_lambeth_is_supported_by_two_streams(shared_api: Api) -> None:
    """Its rows in partners.csv: recipient of direct support, and an engaged authority of the London partnership."""
    found = support(shared_api, "lambeth")
    schemes = {(one["scheme"]["code"], one["partnership"]["code"]) for one in found}
    assert {("cbp-direct-support", "ds-lambeth"), ("cbp-improvement-partnerships", "capital-ambition")} == schemes
    assert {"ds-lambeth": (["capital-ambition"], [], False), "capital-ambition": (["ds-lambeth"], [], False)} == (
        of_codes(found)
    )


def test_seven_organisations_are_supported_by_several_streams_and_no_activity_is_named_twice(shared_api: Api) -> None:
    """Cumbria would be the eighth, but the stated work of its pilot had ended by this day."""
    found = shared_api.ask("""{ programme(code: "cbp") {
        support(asAt: "2006-06-01", overlappingOnly: true, first: 100) { nodes { organisation { code } } }
        warned: support(asAt: "2006-06-01", warnedOnly: true) { totalCount } } }""")["programme"]
    assert {
        "agma", "alg", "idea", "lambeth", "north-west-leicestershire",
        "swindon-borough-council", "wmlga",
    } == {one["organisation"]["code"] for one in found["support"]["nodes"]}  # fmt: skip
    assert {"totalCount": 0} == found["warned"]


def test_an_organisation_that_only_supplies_or_advises_is_not_supported(shared_api: Api) -> None:
    """The agency is stated as provider of the Devon partnership, and is no partner of it."""
    roles = shared_api.ask('{ partnership(code: "dip") { roles(organisation: "idea") { role statedOnly } } }')
    assert [{"role": "provider", "statedOnly": True}] == roles["partnership"]["roles"]
    assert "dip" not in {one["partnership"]["code"] for one in support(shared_api, "idea")}


def test_the_same_theme_in_two_partnerships_is_an_activity_supported_twice(town: tuple[Api, Desk]) -> None:
    """Spaces and capitals do not tell themes apart; further words do."""
    found = support(town[0], "town", "2005-06-01")
    assert {
        "first": (["second"], ["second"], True),
        "second": (["first", "third"], ["first"], True),
        "third": (["second"], [], False),
    } == of_codes(found)
    assert 'The activity "Equal pay" is supported in 2 partnerships of this organisation.' in {
        one["warning"] for one in found
    }


@pytest.mark.parametrize(
    ("day", "partnerships"),
    [
        ("2004-03-31", set()),
        ("2004-12-31", {"second", "third"}),
        ("2005-01-01", {"first", "second", "third"}),
        ("2006-03-31", {"first", "second", "third"}),
        ("2006-04-01", {"second", "third"}),
    ],
)
def test_a_partnership_supports_on_the_days_of_its_work(
    town: tuple[Api, Desk], day: str, partnerships: set[str]
) -> None:
    """The work of the first is stated from 2005 to March 2006. All three were formed on 1 April 2004."""
    found = of_codes(support(town[0], "town", day))
    assert partnerships == set(found)
    assert ("first" in partnerships) == any(warned for *_, warned in found.values())


def test_a_partner_that_left_is_supported_until_then(town: tuple[Api, Desk]) -> None:
    api, at = town
    village = OrganisationId("organisation-village")
    first = PartnershipId("partnership-second")
    at.do(RegisterOrganisation(organisation_id=village, code="village", name="V", kind="council", on=When("2004")))
    at.do(JoinPartnership(partnership_id=first, organisation_id=village, role="partner", on=When("2004-05-01")))
    at.do(LeavePartnership(partnership_id=first, organisation_id=village, on=When("2005-05-01")))
    caught_up(api.database)
    assert [1, 0] == [len(support(api, "village", day)) for day in ("2005-04-30", "2005-05-01")]


# --- What was recorded ------------------------------------------------------------------------------------------------


def test_an_organisation_has_its_category_on_a_day_and_as_known_at_an_instant(shared_api: Api) -> None:
    query = """query ($asAt: Date, $knownAt: DateTime) { organisation(code: "lambeth") {
        region tier categories(asAt: $asAt, knownAt: $knownAt) { regime category } } }"""
    found = shared_api.ask(query)["organisation"]
    assert ("London", "london-borough", ["Weak"]) == (
        found["region"],
        found["tier"],
        [one["category"] for one in found["categories"]],
    )
    assert [] == shared_api.ask(query, knownAt="1999-01-01T00:00:00Z")["organisation"]["categories"]


def test_who_took_part_in_the_programme_is_listed_with_the_scheme(shared_api: Api) -> None:
    """32 involvements are about this programme: 26 of them name one of its schemes."""
    found = shared_api.ask("""{ programme(code: "cbp") { involved { role scheme { code } organisation { code } }
        schemes { code involved { role } } } }""")["programme"]
    assert 32 == len(found["involved"])
    of_schemes = sum(len(one["involved"]) for one in found["schemes"])
    assert of_schemes == len([one for one in found["involved"] if one["scheme"] is not None])


def test_the_results_and_outcomes_of_a_scheme_are_those_of_its_programme_that_name_it(shared_api: Api) -> None:
    query = """{ programme(code: "cbp") { outcomes { totalCount } statedResults { indicator scheme { code } }
        schemes { code outcomes { totalCount } statedResults { indicator } } } }"""
    found = shared_api.ask(query)["programme"]
    for scheme in found["schemes"]:
        of_it = {"code": scheme["code"]}
        expected = [one["indicator"] for one in found["statedResults"] if one["scheme"] == of_it]
        assert expected == [one["indicator"] for one in scheme["statedResults"]]
    assert found["outcomes"]["totalCount"] == sum(one["outcomes"]["totalCount"] for one in found["schemes"]) > 0
