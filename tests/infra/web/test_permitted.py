"""Each role over HTTP: what it may not read or do is refused, on every way in, and nothing of it is shown."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from domain.across.permissions import READS, Area
from domain.people.person import GrantRole, RegisterPerson, RevokeRole, Role
from domain.values.ids import PersonId, ProgrammeId
from domain.values.when import When
from infra.cli.record.command_lines import hand_in
from infra.database.postgres import Database
from infra.exports.catalogue import NAMES, areas_of_export, export_of
from infra.identity.identity import Identity
from infra.identity.settings import IdentitySettings
from pages.addresses import ADDRESSES
from tests.conftest import copy_of
from tests.kit.commands import new
from tests.kit.database.feeding import caught_up
from tests.kit.money import desk
from tests.kit.web.served import Api, served

ON = When("2004-01-01")
PEOPLE = {role: PersonId(f"person-{role.name.lower()}") for role in Role}
HERE = PersonId("person-here")
# A query for each area, and the areas that it takes.
QUERIES: dict[str, set[Area]] = {
    "{ programmes { code } }": {Area.REGISTER},
    "{ partnerships { totalCount } }": {Area.REGISTER},
    "{ partnerships { nodes { timeline { totalCount } } } }": {Area.REGISTER, Area.CASES},
    "{ bids { totalCount } }": {Area.CASES},
    "{ bids { nodes { assessments { score } } } }": {Area.CASES, Area.ASSESSMENT},
    "{ delaySummary { group } }": {Area.CASES},
    "{ awards { totalCount } }": {Area.MONEY},
    "{ partnerships { nodes { funding { paid { amount } } } } }": {Area.REGISTER, Area.MONEY},
    "{ payments { totalCount } }": {Area.MONEY},
    "{ bankAccounts { id } }": {Area.BANK},
    "{ auditLog { totalCount } }": {Area.OFFICE},
    "{ discrepancies { totalCount } }": {Area.OFFICE},
    "{ log { position } }": set(),
}


@pytest.fixture(scope="module")
def database(server: Database, programme_template: str) -> Database:
    return copy_of(server, programme_template)


@pytest.fixture(scope="module")
def guarded(database: Database, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Api]:
    home: Path = tmp_path_factory.mktemp("home")
    identity = Identity(IdentitySettings(required=True), home)
    with desk(database) as at:
        for role, person in PEOPLE.items():
            at.do(RegisterPerson(person_id=person, code=role.value, on=ON))
            at.do(GrantRole(person_id=person, role=role, on=ON))
        at.do(RegisterPerson(person_id=HERE, code="here", on=ON))
        cbp = ProgrammeId(at.find("programme", "cbp"))
        at.do(GrantRole(person_id=HERE, role=Role.PROGRAMME_OFFICE, programme_id=cbp, on=ON))
    with served(database, identity=identity) as api:
        caught_up(database)
        yield api


def bearer(api: Api, person: str) -> dict[str, str]:
    return {"authorization": f"Bearer {api.app.state.identity.own.token(person)}"}


@pytest.mark.parametrize("role", list(Role), ids=lambda role: role.value)
def test_a_role_is_answered_what_it_reads_and_refused_the_rest(guarded: Api, role: Role) -> None:
    for query, needed in QUERIES.items():
        answer = guarded.http.post("/graphql", json={"query": query}, headers=bearer(guarded, PEOPLE[role])).json()
        codes = {error["extensions"]["code"] for error in answer.get("errors", ())}
        expected = set() if needed <= READS[role] else {"FORBIDDEN"}
        assert expected == codes, (role, query)
        assert bool(answer.get("data")) is not bool(codes), (role, query)


@pytest.mark.parametrize("role", list(Role), ids=lambda role: role.value)
def test_a_role_gets_the_exports_and_the_pages_of_its_areas_alone(guarded: Api, role: Role) -> None:
    sees, headers = READS[role], bearer(guarded, PEOPLE[role]) | {"accept": "text/html"}
    for name in NAMES:
        ending = export_of(name, None).format
        status = guarded.http.get(f"/export/{name}.{ending}", headers=headers).status_code
        assert (status == 403) is not (set(areas_of_export(name)) <= sees), (role, name, status)
    for path, address in ADDRESSES.items():
        if "{" not in path:
            status = guarded.http.get(path, headers=headers).status_code
            assert (200 if set(address.areas) <= sees else 403) == status, (role, path)
    assert (200 if Area.OFFICE in sees else 403) == guarded.http.get("/metrics", headers=headers).status_code


def test_an_address_that_names_nothing_says_no_more_to_whoever_may_not_read_it(guarded: Api) -> None:
    headers = bearer(guarded, PEOPLE[Role.BIDDER]) | {"accept": "text/html"}
    there = guarded.http.get("/awards/ace-cumbria/total_stated/175000", headers=headers)
    nowhere = guarded.http.get("/awards/nothing-of-this-name", headers=headers)
    assert (403, 403) == (there.status_code, nowhere.status_code)
    assert "area money" in there.text


REGISTER = """mutation ($id: ID!, $code: String!) {
    registerOrganisation(input: { commandId: $id, code: $code, name: "N", kind: "council", on: "2005" }) {
        __typename ... on Refusal { rule reason } } }"""


@pytest.mark.parametrize("role", list(Role), ids=lambda role: role.value)
def test_a_command_over_graphql_is_given_by_its_roles_alone(guarded: Api, role: Role) -> None:
    body = {"query": REGISTER, "variables": {"id": new(), "code": new()}}
    answer = guarded.http.post("/graphql", json=body, headers=bearer(guarded, PEOPLE[role])).json()
    found = answer["data"]["registerOrganisation"]
    if role is Role.PROGRAMME_OFFICE:
        assert {"__typename": "OrganisationRecorded"} == found
    else:
        assert "NotPermitted" == found["rule"]
        assert "It takes the role of programme office." in found["reason"]


def test_a_command_in_a_file_is_given_by_the_roles_of_whoever_it_names(guarded: Api) -> None:
    log = guarded.app.state.log
    line = (
        '{"id": "%s", "command": "RegisterOrganisation", "code": "%s", "name": "N", "kind": "council", "on": "2005"%s}'
    )
    texts = [line % (new(), new(), f', "as": "{PEOPLE[role]}"') for role in (Role.AUDITOR, Role.PROGRAMME_OFFICE)]
    rules = [one.rule for one in hand_in(log, [*texts, line % (new(), new(), "")], "the owner")]
    assert ["NotPermitted", None, None] == rules


def test_whoever_has_a_role_in_one_programme_reads_what_belongs_to_it_and_acts_there(guarded: Api) -> None:
    headers = bearer(guarded, HERE)
    asked = {"query": "{ outcomes { totalCount } partnerships { totalCount } }"}
    here, everywhere = (
        guarded.http.post("/graphql", json=asked, headers=of).json()["data"]
        for of in (headers, bearer(guarded, PEOPLE[Role.AUDITOR]))
    )
    assert 0 < here["outcomes"]["totalCount"] < everywhere["outcomes"]["totalCount"]
    assert here["partnerships"] == everywhere["partnerships"]
    read = guarded.http.post("/graphql", json={"query": "{ bankAccounts { id } }"}, headers=headers).json()
    assert "FORBIDDEN" == read["errors"][0]["extensions"]["code"]
    query = """mutation ($id: ID!, $p: ID!) { closeRound(input: { commandId: $id, round: $p, on: "2005" }) {
        __typename ... on Refusal { rule } } }"""
    body = {"query": query, "variables": {"id": new(), "p": "round-none"}}
    found = guarded.http.post("/graphql", json=body, headers=headers).json()["data"]["closeRound"]
    assert {"__typename": "Refusal", "rule": "NotPermitted"} == found


def test_what_a_mutation_would_show_is_refused_before_it_runs(guarded: Api) -> None:
    """A bidder may submit a bid, and may not read it back: nothing is recorded."""
    query = """mutation ($id: ID!, $r: String!) {
        submitBid(input: { commandId: $id, partnership: "dip", reference: $r, title: "T",
            requested: { amount: "1", currency: "GBP" }, on: "2005" }) { ... on BidRecorded { %s } } }"""
    headers, before = bearer(guarded, PEOPLE[Role.BIDDER]), guarded.app.state.log.position()
    body = {"query": query % "bid { id }", "variables": {"id": new(), "r": new()}}
    refused = guarded.http.post("/graphql", json=body, headers=headers).json()
    assert "FORBIDDEN" == refused["errors"][0]["extensions"]["code"]
    assert before == guarded.app.state.log.position()
    body = {"query": query % "position", "variables": {"id": new(), "r": new()}}
    assert guarded.http.post("/graphql", json=body, headers=headers).json()["data"]["submitBid"]["position"]


def test_a_role_that_is_revoked_is_gone_at_once_for_commands_and_in_seconds_for_reading(
    guarded: Api, database: Database
) -> None:
    person = PersonId("person-leaving")
    with desk(database) as at:
        at.do(RegisterPerson(person_id=person, code="leaving", on=ON))
        at.do(GrantRole(person_id=person, role=Role.PROGRAMME_OFFICE, on=ON))
        caught_up(database)
        headers = bearer(guarded, person)
        bids = {"query": "{ bids { totalCount } }"}
        assert "errors" not in guarded.http.post("/graphql", json=bids, headers=headers).json()
        at.do(RevokeRole(person_id=person, role=Role.PROGRAMME_OFFICE, because="Left", on=ON))
    body = {"query": REGISTER, "variables": {"id": new(), "code": new()}}
    found = guarded.http.post("/graphql", json=body, headers=headers).json()["data"]["registerOrganisation"]
    assert "NotPermitted" == found["rule"]
    caught_up(database)
    guarded.app.state.roles.forget(person)
    assert "errors" in guarded.http.post("/graphql", json=bids, headers=headers).json()


def test_without_a_token_nothing_is_read(guarded: Api) -> None:
    for query in QUERIES:
        answer = guarded.http.post("/graphql", json={"query": query})
        assert (401, "UNAUTHENTICATED") == (answer.status_code, answer.json()["errors"][0]["extensions"]["code"])


def test_the_owner_of_this_machine_reads_and_does_everything(module_api: Api) -> None:
    """The control: the same questions without a guard are answered."""
    for query in QUERIES:
        assert "errors" not in module_api.post(query).json()
