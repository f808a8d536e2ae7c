"""Evidence packs over HTTP, from pages and from GraphQL: for those who may read all that is in them."""

import html
import re
from collections.abc import Iterator
from functools import partial
from typing import NoReturn

import pytest

from domain import books
from domain.across.permissions import READS, Area
from domain.people.person import GrantRole, RegisterPerson, Role
from domain.support import concern
from domain.values.ids import ConcernId, PartnershipId, PersonId, ProgrammeId
from domain.values.when import When
from infra import directory
from infra.database.postgres import Database
from infra.evidence import check
from infra.evidence.pack import pack
from infra.evidence.printing import MISSING, NoPdf
from infra.identity.identity import Identity
from infra.identity.settings import IdentitySettings
from infra.web.edge.rates import Rates
from infra.web.files import evidence_routes
from tests.conftest import copy_of
from tests.infra.evidence.test_check import lived
from tests.infra.web.edge.test_rates import limited, refused
from tests.infra.web.test_permitted import bearer
from tests.kit.database.feeding import caught_up
from tests.kit.evidence import key_in, sealed
from tests.kit.money import desk
from tests.kit.web.served import Api, served

ON = When("2004-01-01")
PEOPLE = {role: PersonId(f"person-{role.name.lower()}") for role in Role}
HERE, THERE = PersonId("person-here"), PersonId("person-there")
PACK = "/evidence/award/A-ev.zip?as-at=2005-03-31"
SAID = "The treasurer is said to pay himself"


@pytest.fixture(autouse=True)
def no_pdf(monkeypatch: pytest.MonkeyPatch) -> None:
    """The PDF takes seconds, so these packs are made as on a machine without the library for it."""

    def missing(_: str) -> NoReturn:
        raise NoPdf(MISSING)

    monkeypatch.setattr(evidence_routes, "pack", partial(pack, prints=missing))


@pytest.fixture(scope="module")
def guarded(server: Database, programme_template: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Api]:
    database, home = copy_of(server, programme_template), tmp_path_factory.mktemp("home")
    with desk(database) as at:
        for role, person in PEOPLE.items():
            at.do(RegisterPerson(person_id=person, code=role.value, on=ON))
            at.do(GrantRole(person_id=person, role=role, on=ON))
        for person, code in ((HERE, "dip"), (THERE, "lrip")):
            place = PartnershipId(at.find("partnership", code))
            at.do(RegisterPerson(person_id=person, code=person, on=ON))
            at.do(GrantRole(person_id=person, role=Role.AUDITOR, partnership_id=place, on=ON))
        at.do(
            concern.RaiseConcern(
                concern_id=ConcernId("concern-1"), partnership_id=PartnershipId(at.find("partnership", "dip")),
                text=SAID, heard_from="A letter", readers=(PEOPLE[Role.PROGRAMME_OFFICE],), confidential=True, on=ON,
            ),
            PEOPLE[Role.PROGRAMME_OFFICE],
        )  # fmt: skip
        lived(at)
        at.accepted_award("onward", "30.00", partnership="lrip", funded_from="award-ev")
    identity = Identity(IdentitySettings(required=True), home)
    with served(database, identity=identity) as api:
        caught_up(database)
        api.app.state.seals = sealed(database, home)
        yield api


def checked(api: Api, content: bytes) -> list[str]:
    return check.check(content, key_in(api.app.state.seals))


@pytest.mark.parametrize("role", list(Role), ids=lambda role: role.value)
def test_a_role_gets_a_pack_if_it_reads_money_and_events(guarded: Api, role: Role) -> None:
    answer = guarded.http.get(PACK, headers=bearer(guarded, PEOPLE[role]))
    expected = {Area.MONEY, Area.OFFICE} <= READS[role]
    assert (200 if expected else 403) == answer.status_code
    if expected:
        assert "application/zip" == answer.headers["content-type"]
        assert answer.headers["x-fundtrail-no-pdf"] == MISSING
        assert "GBP-paid 24,000.00" in checked(guarded, answer.content)
        assert SAID.encode() not in answer.content


def test_a_role_in_one_place_gets_the_packs_of_that_place_alone(guarded: Api) -> None:
    for path, here, there in (
        (PACK, 200, 404),
        ("/evidence/partnership/dip.zip", 200, 403),
        ("/evidence/figure/dip.zip?figure=paid", 200, 403),
        ("/evidence/programme/cbp.zip", 403, 403),
        ("/evidence/period/cbp.zip?from=2004-04-01&until=2005-03-31", 403, 403),
    ):
        for person, status in ((HERE, here), (THERE, there)):
            answer = guarded.http.get(path, headers=bearer(guarded, person))
            assert (path, person, status) == (path, person, answer.status_code), answer.text[:300]
            if status == 200:
                checked(guarded, answer.content)


def test_a_place_whose_money_comes_from_an_award_elsewhere_says_which_events_may_not_be_read(guarded: Api) -> None:
    """The money counts once in the ladder of both, so the figures of one rest on the events of the other."""
    path = "/evidence/partnership/lrip.zip"
    refused = guarded.http.get(path, headers=bearer(guarded, THERE))
    assert 403 == refused.status_code
    assert "You may not read every event of award-ev" in refused.text
    # The control: whoever reads both places gets the pack.
    checked(guarded, guarded.http.get(path, headers=bearer(guarded, PEOPLE[Role.AUDITOR])).content)


def test_nobody_gets_a_pack_without_a_token(guarded: Api) -> None:
    assert 401 == guarded.http.get(PACK).status_code


QUERY = """query ($knownAt: DateTime) {
    award(reference: "A-ev") { evidence(asAt: "2005-03-31", knownAt: $knownAt) { url asAt knownAt position figures } }
    partnership(code: "dip") { evidence { url position } }
    programme(code: "cbp") { evidence { url } }
    scheme(code: "cbp-pilots") { evidence { url } } }"""


def test_graphql_gives_the_address_of_a_pack_to_whoever_may_read_it(guarded: Api) -> None:
    headers = bearer(guarded, PEOPLE[Role.AUDITOR])
    found = guarded.http.post("/graphql", json={"query": QUERY}, headers=headers).json()["data"]
    assert "awarded" in found["award"]["evidence"]["figures"]
    for one in found.values():
        answer = guarded.http.get(one["evidence"]["url"], headers=headers)
        assert 200 == answer.status_code, answer.text
        checked(guarded, answer.content)
    assert found["award"]["evidence"]["url"].startswith("/evidence/award/A-ev.zip?as-at=2005-03-31&known-at=")
    again = {"knownAt": found["award"]["evidence"]["knownAt"]}
    body = {"query": QUERY, "variables": again}
    assert found["award"] == guarded.http.post("/graphql", json=body, headers=headers).json()["data"]["award"]
    refused_to = bearer(guarded, PEOPLE[Role.RELEASER])
    errors = guarded.http.post("/graphql", json={"query": QUERY}, headers=refused_to).json()["errors"]
    assert "FORBIDDEN" == errors[0]["extensions"]["code"]


def test_pages_have_the_address_of_the_evidence_under_their_clocks(guarded: Api) -> None:
    headers = bearer(guarded, PEOPLE[Role.AUDITOR]) | {"accept": "text/html"}
    position = guarded.http.get(PACK, headers=headers).headers["x-fundtrail-position"]
    clocks = f"?as-at=2005-03-31&position={position}"
    for page in (
        "/awards/A-ev", "/partnerships/dip", "/awards/A-ev/money/paid", "/partnerships/dip/money/paid",
        "/programmes/cbp/money/paid", "/periods/cbp",
    ):  # fmt: skip
        text = guarded.http.get(page + ("" if page.startswith("/periods") else clocks), headers=headers).text
        (link,) = re.findall('href="([^"]*)">Evidence of', text)
        answer = guarded.http.get(html.unescape(link), headers=headers)
        assert 200 == answer.status_code, (page, link, answer.text)
        shown = checked(guarded, answer.content)
        assert f"position {position}" in shown
        assert page.startswith("/periods") or "ends 2005-03-31" in shown
    assert "Evidence of" not in guarded.http.get("/rounds/none/money/free", headers=headers).text


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/evidence/award/nothing.zip", 404),
        ("/evidence/budget/cbp.zip", 404),
        ("/evidence/award/A-ev.zip?asAt=2005-03-31", 400),
        ("/evidence/award/A-ev.zip?figure=paid", 400),
        ("/evidence/award/A-ev.zip?as-at=2005-02-30", 400),
        ("/evidence/award/A-ev.zip?known-at=soon", 400),
        ("/evidence/award/A-ev.zip?known-at=1990-01-01", 404),
        ("/evidence/figure/A-ev.zip", 400),
        ("/evidence/figure/A-ev.zip?figure=budget", 400),
        ("/evidence/figure/odpm.zip?figure=paid&of=funder", 400),
        ("/evidence/period/cbp.zip", 404),
        ("/evidence/period/cbp.zip?name=never", 404),
        ("/evidence/period/cbp.zip?from=2005-01-01&until=2004-01-01", 400),
        ("/evidence/award/A-%00.zip", 404),
        ("/evidence/award/A-ev.tar", 404),
    ],
)
def test_a_question_that_is_none_is_refused(guarded: Api, path: str, status: int) -> None:
    answer = guarded.http.get(path, headers=bearer(guarded, PEOPLE[Role.AUDITOR]))
    assert status == answer.status_code, answer.text


def test_packs_count_as_exports(shared_programme: Database) -> None:
    path = "/evidence/award/ace-cumbria/total_stated/175000.zip"
    with limited(shared_programme, Rates(exports=1)) as api:
        assert 503 == api.http.get(path).status_code  # Nothing is sealed there.
        refused(api.http.get(path), "exports", 1)


def test_no_name_of_a_person_is_in_a_pack(guarded: Api) -> None:
    name = "Rosalind Quist"
    directory.keep(guarded.database, PEOPLE[Role.AUDITOR], name)
    content = guarded.http.get(PACK, headers=bearer(guarded, PEOPLE[Role.AUDITOR])).content
    assert name.encode() not in content
    assert PEOPLE[Role.AUDITOR].encode() not in content


def test_the_pack_of_a_closed_period_is_that_of_when_it_was_closed(guarded: Api) -> None:
    with desk(guarded.database) as at:
        programme_id = ProgrammeId(at.find("programme", "cbp"))
        days = {"starts": When("2004-04-01"), "ends": When("2005-03-31"), "on": When("2005-05-02")}
        at.do(books.ClosePeriod(programme_id=programme_id, name="2004-05", **days))
    caught_up(guarded.database)
    sealed(guarded.database, guarded.app.state.seals.parent)
    headers = bearer(guarded, PEOPLE[Role.AUDITOR])
    answer = guarded.http.get("/evidence/period/cbp.zip?name=2004-05", headers=headers)
    shown = checked(guarded, answer.content)
    assert "GBP-paid-moved 24,000.00" in shown
    assert b"the closed period 2004-05" in check.unzipped(answer.content)["statement.html"]


def test_a_pack_that_is_too_large_is_refused(guarded: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(evidence_routes, "MOST", 5)
    answer = guarded.http.get(PACK, headers=bearer(guarded, PEOPLE[Role.AUDITOR]))
    assert (400, True) == (answer.status_code, "It may have 5. Ask for less." in answer.text)
