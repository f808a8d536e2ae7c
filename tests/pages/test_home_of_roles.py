"""Home shows each person what belongs to the areas that they read, and of a place no more than that place."""

import pytest

from domain.across.permissions import READS, Area
from domain.people.person import GrantRole, RegisterPerson, Role
from domain.values.ids import PartnershipId, PersonId
from tests.infra.web.test_permitted import (  # noqa: F401 - two of them are fixtures
    ON,
    PEOPLE,
    bearer,
    database,
    guarded,
)
from tests.kit.database.feeding import caught_up
from tests.kit.money import desk
from tests.kit.web.served import Api
from tests.pages.test_home import COUNT

NOBODY, BIDDER = PersonId("person-without-a-role"), PersonId("person-bids-for-dip")
WORDS = {
    Area.CASES: "past a standard",
    Area.MONEY: "payments to approve",
    Area.BANK: "bank entries to decide",
    Area.OFFICE: "errors",
}


@pytest.fixture(scope="module")
def homes(guarded: Api) -> Api:  # noqa: F811
    with desk(guarded.database) as at:
        for person in (NOBODY, BIDDER):
            at.do(RegisterPerson(person_id=person, code=person.removeprefix("person-"), on=ON))
        dip = PartnershipId(at.find("partnership", "dip"))
        at.do(GrantRole(person_id=BIDDER, role=Role.BIDDER, partnership_id=dip, on=ON))
        at.submitted_bid("bid of dip", "2004-01-05", partnership="dip")
        at.submitted_bid("bid of another", "2004-01-05", partnership="lrip")
    caught_up(guarded.database)
    return guarded


def home(api: Api, person: str) -> str:
    answer = api.http.get("/?as-at=2004-03-01", headers=bearer(api, person) | {"accept": "text/html"})
    assert 200 == answer.status_code, answer.text
    return answer.text


def counts(text: str) -> dict[str, int]:
    return {words: int(number.replace(",", "")) for _, _, number, words in COUNT.findall(text)}


@pytest.mark.parametrize("role", list(Role), ids=lambda role: role.value)
def test_home_counts_what_belongs_to_the_areas_of_its_reader(homes: Api, role: Role) -> None:
    shown = counts(home(homes, PEOPLE[role]))
    assert {area for area, words in WORDS.items() if words in shown} == READS[role] & WORDS.keys()


def test_home_counts_for_a_bidder_the_bids_of_its_partnership_alone(homes: Api) -> None:
    waiting = "waiting for the funder"
    assert 1 == counts(home(homes, BIDDER))[waiting]
    assert 1 < counts(home(homes, PEOPLE[Role.AUDITOR]))[waiting]


def test_home_tells_somebody_without_a_role_who_gives_one(homes: Api) -> None:
    text = home(homes, NOBODY)
    assert {} == counts(text)
    assert "You have no role today" in text
    assert "Programmes</h2>" not in text
