"""A client asks who calls, what that person holds and may do, and gets what the decision itself says."""

from typing import Any

import pytest

from domain.across.permissions import GIVES, READS
from domain.commands import COMMANDS
from domain.people.person import GrantRole, RegisterPerson, RevokeRole, Role
from domain.values.ids import PartnershipId, PersonId
from domain.values.when import When
from tests.infra.web.test_permitted import (  # noqa: F401 - two of them are fixtures
    HERE,
    ON,
    PEOPLE,
    bearer,
    database,
    guarded,
)
from tests.kit.commands import new
from tests.kit.database.feeding import caught_up
from tests.kit.money import desk
from tests.kit.web.served import Api

# Each command by its name, in operations below the limit of aliases.
EVERYTHING = [
    " ".join(f'{name}: may(command: "{name}")' for name in sorted(COMMANDS)[first : first + 40])
    for first in range(0, len(COMMANDS), 40)
]
WHO = "{ viewer { person roles { role programmeId schemeId partnershipId since { text } until { text } } areas } }"


def viewer(api: Api, person: str, query: str, **variables: Any) -> Any:
    body = {"query": query, "variables": variables}
    answer = api.http.post("/graphql", json=body, headers=bearer(api, person)).json()
    assert "errors" not in answer, answer
    return answer["data"]["viewer"]


def may(api: Api, person: str, command: str, place: str | None = None) -> bool:
    query = "query ($c: String!, $in: ID) { viewer { may(command: $c, in: $in) } }"
    found: bool = viewer(api, person, query, c=command, **{"in": place})["may"]
    return found


@pytest.mark.parametrize("role", list(Role), ids=lambda role: role.value)
def test_each_person_is_told_its_role_its_areas_and_its_commands(guarded: Api, role: Role) -> None:  # noqa: F811
    held = {"programmeId": None, "schemeId": None, "partnershipId": None, "since": {"text": "2004-01-01"}}
    found = viewer(guarded, PEOPLE[role], WHO)
    assert PEOPLE[role] == found["person"]
    assert [{"role": role.name, "until": None, **held}] == found["roles"]
    assert {area.name for area in READS[role]} == set(found["areas"])
    answers: dict[str, bool] = {}
    for asked in EVERYTHING:
        answers |= viewer(guarded, PEOPLE[role], f"{{ viewer {{ {asked} }} }}")
    assert {command.__name__ for command in GIVES[role]} == {name for name, answer in answers.items() if answer}


def test_a_command_is_asked_about_in_the_place_of_what_it_is_about(guarded: Api) -> None:  # noqa: F811
    person = PersonId("person-decides-here")
    with desk(guarded.database) as at:
        at.do(RegisterPerson(person_id=person, code="decides-here", on=ON))
        dip = PartnershipId(at.find("partnership", "dip"))
        at.do(GrantRole(person_id=person, role=Role.DECISION_MAKER, partnership_id=dip, on=ON))
        here, there = (at.accepted_award(new(), "100.00", partnership=one) for one in ("dip", "lrip"))
        bid_here, bid_there = (at.submitted_bid(new(), "2004-01-05", partnership=one) for one in ("dip", "lrip"))
    caught_up(guarded.database)
    places = (here, there, bid_here, bid_there, dip, "organisation-1", None)
    expected = [True, False, True, False, True, False, False]
    assert expected == [may(guarded, person, "approvePayment", one) for one in places]
    assert [False] * 7 == [may(guarded, person, "releasePayment", one) for one in places]


def test_a_role_in_a_programme_holds_in_its_schemes_and_partnerships(guarded: Api) -> None:  # noqa: F811
    with desk(guarded.database) as at:
        places = [at.find("programme", "cbp"), at.find("scheme", "cbp-pilots"), at.find("partnership", "dip")]
    assert [True, True, True, False, False] == [
        may(guarded, HERE, "OpenRound", one) for one in (*places, "scheme-nothing", None)
    ]
    (held,) = viewer(guarded, HERE, WHO)["roles"]
    assert ("PROGRAMME_OFFICE", places[0], None) == (held["role"], held["programmeId"], held["partnershipId"])


def test_a_role_that_is_over_is_not_held_and_a_revoked_one_is_gone_at_once(guarded: Api) -> None:  # noqa: F811
    person = PersonId("person-on-the-way-out")
    with desk(guarded.database) as at:
        at.do(RegisterPerson(person_id=person, code="on-the-way-out", on=ON))
        at.do(GrantRole(person_id=person, role=Role.RELEASER, on=ON, until=When("2004-12-31")))
        at.do(GrantRole(person_id=person, role=Role.ADMINISTRATOR, on=ON))
        caught_up(guarded.database)
        assert ["ADMINISTRATOR"] == [one["role"] for one in viewer(guarded, person, WHO)["roles"]]
        assert may(guarded, person, "RegisterPerson")
        at.do(RevokeRole(person_id=person, role=Role.ADMINISTRATOR, because="Left", on=ON))
        assert [] == viewer(guarded, person, WHO)["roles"]
        assert not may(guarded, person, "RegisterPerson")


def test_the_owner_of_the_machine_is_no_person_and_may_do_everything(module_api: Api) -> None:
    found = module_api.ask(WHO)["viewer"]
    assert (None, [], 7) == (found["person"], found["roles"], len(found["areas"]))
    answers: dict[str, bool] = {}
    for asked in EVERYTHING:
        answers |= module_api.ask(f"{{ viewer {{ {asked} }} }}")["viewer"]
    assert dict.fromkeys(COMMANDS, True) == answers


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ('command: "EatCake"', "There is no command EatCake. docs/permissions.md lists them."),
        ('command: ""', "There is no command . docs/permissions.md lists them."),
        ('command: "CloseRound", in: "dip"', "in is not the id of a thing that a command is about: dip."),
        ('command: "CloseRound", in: ""', "in is not the id of a thing that a command is about: ."),
        ('command: "CloseRound", in: "award-\\u0000"', "in contains characters that are not text"),
    ],
)
def test_what_is_no_command_and_no_id_is_refused(module_api: Api, given: str, said: str) -> None:
    error = module_api.error(f"{{ viewer {{ may({given}) }} }}")
    assert "BAD_USER_INPUT" == error["extensions"]["code"]
    assert said in error["message"]
