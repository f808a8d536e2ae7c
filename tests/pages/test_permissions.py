"""The page of permissions: the one table, with the roles marked that its reader holds, and where."""

import csv
import io
import re

from domain.across.permissions import GIVES, READS, reads_in_place
from domain.commands import COMMANDS, meaning
from domain.people.person import GrantRole, RegisterPerson, Role
from domain.values.ids import PartnershipId, PersonId, SchemeId
from domain.values.when import When
from tests.infra.web.test_permitted import (  # noqa: F401 - two of them are fixtures
    HERE,
    ON,
    PEOPLE,
    bearer,
    database,
    guarded,
)
from tests.kit.database.feeding import caught_up
from tests.kit.money import desk
from tests.kit.web.served import Api
from tests.pages.test_addresses import words

PAGE = "/permissions"
MARKED = re.compile(r'<(tr|tbody) class="yours">\s*(?:<tr>)?<th[^>]*>(.*?)</th>', re.DOTALL)


def read_by(api: Api, person: str) -> str:
    answer = api.http.get(PAGE, headers=bearer(api, person) | {"accept": "text/html"})
    assert 200 == answer.status_code
    return answer.text


def marked(text: str) -> set[str]:
    """The first cells of the rows that are marked, in both tables of the page."""
    return {words(cell) for _, cell in MARKED.findall(text)}


def test_it_says_what_the_decision_says_in_plain_words(guarded: Api) -> None:  # noqa: F811
    shown = words(read_by(guarded, PEOPLE[Role.AUDITOR]))
    for name in {one.__name__ for given in GIVES.values() for one in given}:
        assert f"{name} {meaning(COMMANDS[name])}" in shown
    assert "Releaser register, cases, money, bank" in shown
    assert "Auditor yours: everywhere ReadConcern Read a concern." in shown


def test_every_role_finds_its_own_rows_marked_and_no_others(guarded: Api) -> None:  # noqa: F811
    for role, person in PEOPLE.items():
        assert {f"{role.value.capitalize()} yours: everywhere"} == marked(read_by(guarded, person))


def test_a_role_in_one_place_is_marked_with_that_place(guarded: Api) -> None:  # noqa: F811
    text = read_by(guarded, HERE)
    assert {"Programme office yours: Capacity Building Programme for Local Government"} == marked(text)


def test_two_places_of_a_role_are_named_and_a_role_that_is_over_is_not(guarded: Api) -> None:  # noqa: F811
    person = PersonId("person-of-two-places")
    with desk(guarded.database) as at:
        at.do(RegisterPerson(person_id=person, code="of-two-places", on=ON))
        dip = PartnershipId(at.find("partnership", "dip"))
        scheme = at.find("scheme", "cbp-pilots")
        at.do(GrantRole(person_id=person, role=Role.PARTNER, partnership_id=dip, on=ON))
        cbp = at.find("programme", "cbp")
        at.do(GrantRole(person_id=person, role=Role.PARTNER, programme_id=cbp, scheme_id=SchemeId(scheme), on=ON))
        at.do(GrantRole(person_id=person, role=Role.RELEASER, on=ON, until=When("2004-12-31")))
    caught_up(guarded.database)
    (found,) = marked(read_by(guarded, person))
    assert re.fullmatch("Partner yours: .*Devon.*, .*[Pp]ilot.*", found), found


def test_whoever_has_no_role_reads_the_page_and_nothing_else(guarded: Api) -> None:  # noqa: F811
    person = PersonId("person-without-a-role")
    with desk(guarded.database) as at:
        at.do(RegisterPerson(person_id=person, code="without-a-role", on=ON))
    caught_up(guarded.database)
    text = read_by(guarded, person)
    assert "You have no role today." in words(text)
    assert set() == marked(text)
    refused = guarded.http.get("/partnerships", headers=bearer(guarded, person) | {"accept": "text/html"})
    assert 403 == refused.status_code
    assert f'href="{PAGE}"' in refused.text, "whoever is refused finds the page that says why"


def test_whoever_is_not_signed_in_is_sent_to_sign_in(guarded: Api) -> None:  # noqa: F811
    answer = guarded.http.get(PAGE, headers={"accept": "text/html"})
    assert (303, "/sign-in?to=%2Fpermissions") == (answer.status_code, answer.headers["location"])


def test_the_owner_of_the_machine_needs_no_role(module_api: Api) -> None:
    text = module_api.http.get(PAGE).text
    assert "You are the owner of this machine." in words(text)
    assert set() == marked(text)


def test_its_file_has_a_line_for_each_cell_of_the_table(guarded: Api) -> None:  # noqa: F811
    answer = guarded.http.get(f"{PAGE}?download=csv", headers=bearer(guarded, PEOPLE[Role.RELEASER]))
    rows = list(csv.DictReader(io.StringIO(answer.text)))
    in_place = sum(len(reads_in_place(role)) for role in Role)
    assert sum(map(len, GIVES.values())) + sum(map(len, READS.values())) + in_place == len(rows)
    assert {"releaser"} == {row["role"] for row in rows if row["held in"] == "everywhere"}
