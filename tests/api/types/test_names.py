"""Names over time: below a list with asAt or knownAt, organisations and partnerships have the names of then."""

from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import pytest

from api.answering import roots
from domain.organisation import RenameOrganisation
from domain.partnership import PartnershipRenamed
from domain.values.fact import Record
from domain.values.when import UNKNOWN, When
from tests.kit.examples import stated
from tests.kit.money import Desk, desk
from tests.kit.web.served import Api

SOURCE = stated("names.csv", "row 1")
CODE = "worcestershire-partnership"


@pytest.fixture(params=["sql", "graphql-core"])
def ask(request: pytest.FixtureRequest, api: Api, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Asks the API, which answers in one of its two ways."""
    monkeypatch.setattr(roots, "kept", roots.Kept())
    if request.param == "graphql-core":
        monkeypatch.setattr(roots, "_compiled", lambda *_: roots.Roots({}, all=False))

    def asked(query: str, **variables: Any) -> Any:
        before = roots.answered[request.param]
        # An operation is kept with its text, and with it the way in which it is answered.
        found = api.ask(f"{query} # {uuid4()}", **variables)
        assert roots.answered[request.param] > before
        return found

    return asked


def rename(at: Desk, api: Api, kind: str, code: str, name: str, on: When) -> None:
    thing: Any = at.find(kind, code)
    renamed = PartnershipRenamed(partnership_id=thing, name=name, on=on, source=SOURCE)
    answer = at.do(
        RenameOrganisation(organisation_id=thing, name=name, on=on)
        if kind == "organisation"
        else Record(stream=thing, fact=renamed)
    )
    api.ask('query ($p: LogPosition) { partnership(code: "dip", atLeast: $p) { id } }', p=f"{answer.position}")


def lead(ask: Any, as_at: str | None) -> Any:
    query = """query ($code: String!, $asAt: Date) { partnership(code: $code) { lead { code name }
        partners(asAt: $asAt) { role organisation { code name } } } }"""
    found = ask(query, code=CODE, asAt=as_at)["partnership"]
    (name,) = [
        one["organisation"]["name"]
        for one in found["partners"]
        if one["role"] == "lead" and one["organisation"]["code"] == found["lead"]["code"]
    ]
    return name, found["lead"]["name"]


def test_a_partner_has_the_name_of_the_day_that_is_asked_about(api: Api, ask: Any) -> None:
    code = ask(f'{{ partnership(code: "{CODE}") {{ lead {{ code name }} }} }}')["partnership"]["lead"]
    with desk(api.database) as at:
        # The order of recording does not matter: the older renaming is recorded last.
        rename(at, api, "organisation", code["code"], "New Name", When("2009-04-01"))
        rename(at, api, "organisation", code["code"], "Old Name", When("2008-05"))
    assert (code["name"], "New Name") == lead(ask, "2008-05-30")
    assert ("Old Name", "New Name") == lead(ask, "2008-05-31")
    assert ("Old Name", "New Name") == lead(ask, "2009-03-31")
    assert ("New Name", "New Name") == lead(ask, "2009-04-01")
    assert ("New Name", "New Name") == lead(ask, None)


def test_a_renaming_without_a_date_replaces_the_name_before_it(api: Api, ask: Any) -> None:
    code = ask(f'{{ partnership(code: "{CODE}") {{ lead {{ code name }} }} }}')["partnership"]["lead"]
    with desk(api.database) as at:
        rename(at, api, "organisation", code["code"], "Dated", When("2009-04-01"))
        rename(at, api, "organisation", code["code"], "Undated", UNKNOWN)
    assert (code["name"], "Undated") == lead(ask, "2009-03-31")
    assert ("Undated", "Undated") == lead(ask, "2009-04-01")


OUTCOMES = """query ($code: String!, $asAt: Date, $knownAt: DateTime) { partnership(code: $code) { name
    outcomes(asAt: $asAt, knownAt: $knownAt) { partnership { name } } } }"""
DISCREPANCIES = """query ($asAt: Date, $knownAt: DateTime) {
    discrepancies(asAt: $asAt, knownAt: $knownAt, filter: { rule: "date_in_future" }) {
      nodes { partnership { name lead { name } } } } }"""
DELAYS = """query ($asAt: Date, $knownAt: DateTime, $filter: DelayFilter) {
    delays(asAt: $asAt, knownAt: $knownAt, filter: $filter) { nodes { bid { partnership { name } } } } }"""


def test_a_partnership_has_the_name_of_the_day_and_the_instant_that_are_asked_about(api: Api, ask: Any) -> None:
    with desk(api.database) as at:
        at.submitted_bid("late", "2025-01-01", CODE)
        first = ask(f'{{ partnership(code: "{CODE}") {{ name }} }}')["partnership"]["name"]
        before = datetime.now(UTC).isoformat()
        rename(at, api, "partnership", CODE, "Renamed", When("2009-04-01"))

    def names(**moment: str) -> set[str]:
        by_list = {one["partnership"]["name"] for one in ask(DISCREPANCIES, **moment)["discrepancies"]["nodes"]} | {
            one["bid"]["partnership"]["name"]
            for one in ask(DELAYS, filter={"partnership": CODE}, **moment)["delays"]["nodes"]
        }
        found = ask(OUTCOMES, code=CODE, **moment)["partnership"]
        assert "Renamed" == found["name"]
        return by_list | {one["partnership"]["name"] for one in found["outcomes"]}

    assert {"Renamed"} == names()
    assert {"Renamed"} == names(asAt="2009-04-01")
    assert {first} == names(asAt="2009-03-31")
    assert {first} == names(knownAt=before)
    assert {first} == names(asAt="2026-01-01", knownAt=before)


def test_a_list_without_a_moment_shows_present_names_below_one_that_has_a_moment(api: Api, ask: Any) -> None:
    with desk(api.database) as at:
        rename(at, api, "organisation", "idea", "Renamed", When("2005-04"))
    below = "roles { organisation { code name } } awardsConnection { nodes { partnership { lead { code name } } } }"
    query = f"""{{ organisations(filter: {{ code: "idea" }}) {{ nodes {{
        roles(asAt: "2004-12-31") {{ partnership {{ lead {{ code name }} {below} }} }} }} }} }}"""
    (found,) = ask(query)["organisations"]["nodes"]
    shown = {
        one["organisation"]["name"]
        for role in found["roles"]
        for one in role["partnership"]["roles"]
        if one["organisation"]["code"] == "idea"
    }
    assert {"Renamed"} == shown
