"""A concern over HTTP: its readers know of it, read it on the record and share it. Nobody else learns of it."""

import re
from collections.abc import Iterator
from typing import Any

import pytest

from domain.people.person import GrantRole, RegisterPerson, Role
from domain.values.ids import PartnershipId, PersonId
from domain.values.when import When
from infra.database.postgres import Database
from infra.feeding.projector import project_all
from infra.identity.identity import Identity
from infra.identity.settings import IdentitySettings
from tests.conftest import copy_of
from tests.kit.commands import new
from tests.kit.database.writing import ask
from tests.kit.money import desk
from tests.kit.web.served import Api, served

ON = When("2005-05-04")
OFFICE, PARTNER, OTHER = PersonId("person-office-c"), PersonId("person-partner-c"), PersonId("person-other-c")
TEXT = "The partners stopped meeting"


@pytest.fixture(scope="module")
def guarded(server: Database, programme_template: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Api]:
    database = copy_of(server, programme_template)
    with desk(database) as at:
        for person in (OFFICE, PARTNER, OTHER):
            at.do(RegisterPerson(person_id=person, code=person.removeprefix("person-"), on=ON))
        for person in (OFFICE, OTHER):
            at.do(GrantRole(person_id=person, role=Role.PROGRAMME_OFFICE, on=ON))
        dip = PartnershipId(at.find("partnership", "dip"))
        at.do(GrantRole(person_id=PARTNER, role=Role.PARTNER, partnership_id=dip, on=ON))
    project_all(database)
    with served(database, identity=Identity(IdentitySettings(required=True), tmp_path_factory.mktemp("home"))) as api:
        yield api


def bearer(api: Api, person: str) -> dict[str, str]:
    return {"authorization": f"Bearer {api.app.state.identity.own.token(person)}"}


def asked(api: Api, person: str, query: str, **variables: Any) -> Any:
    body = {"query": query, "variables": variables}
    answer = api.http.post("/graphql", json=body, headers=bearer(api, person)).json()
    assert "errors" not in answer, answer
    return answer["data"]


def given(api: Api, person: str, command: str, shown: str, **values: Any) -> Any:
    """The answer to a *command* of *person*."""
    kind = "ConcernTextRecorded" if command == "readConcern" else "ConcernRecorded"
    query = f"""mutation ($input: {command[0].upper()}{command[1:]}Input!) {{ {command}(input: $input) {{ __typename
        ... on {kind} {{ {shown} }} ... on Refusal {{ rule reason }} }} }}"""
    values = {"commandId": new(), "on": "2005-05-04"} | values
    return asked(api, person, query, input=values)[command]


def raised(api: Api, **values: Any) -> str:
    """The id of a new concern of the office, which a partner may read."""
    values = {"partnership": "dip", "readers": [PARTNER], "confidential": True} | values
    about = {"text": TEXT, "heardFrom": "A peer"} | values
    found: str = given(api, OFFICE, "raiseConcern", "concern { id }", **about)["concern"]["id"]
    return found


LISTED = "{ concerns { id raised { earliest } readers { actor name } steps { step by { actor } recordedAt } } }"


def listed(api: Api, person: str) -> list[str]:
    return [one["id"] for one in asked(api, person, LISTED)["concerns"]]


def readings(api: Api, concern: str) -> list[str]:
    """Who read a concern, in the order of the log."""
    rows = ask(api.database, "SELECT originator_id, topic, actor FROM log.events ORDER BY notification_id")
    return [actor for stream, name, actor in rows if (stream, name) == (concern, "ConcernRead")]


def test_a_reader_with_a_role_in_one_partnership_reads_a_concern_and_each_reading_is_recorded(guarded: Api) -> None:
    concern = raised(guarded)
    assert concern in listed(guarded, PARTNER)
    shown = "shown { text heardFrom conclusion }"
    answer = given(guarded, PARTNER, "readConcern", shown, concern=concern)
    assert {"text": TEXT, "heardFrom": "A peer", "conclusion": None} == answer["shown"]
    given(guarded, OFFICE, "readConcern", shown, concern=concern)
    given(guarded, PARTNER, "readConcern", shown, concern=concern)
    assert [PARTNER, OFFICE, PARTNER] == readings(guarded, concern)
    (own,) = [one for one in asked(guarded, OFFICE, LISTED)["concerns"] if one["id"] == concern]
    assert [("RAISED", OFFICE), ("READ", PARTNER), ("READ", OFFICE), ("READ", PARTNER)] == [
        (one["step"], one["by"]["actor"]) for one in own["steps"]
    ]
    assert TEXT not in f"{own}"


def test_to_somebody_else_a_concern_and_an_unknown_id_are_the_same(guarded: Api) -> None:
    concern = raised(guarded)
    assert concern not in listed(guarded, OTHER)
    for command, values in (
        ("readConcern", {}), ("shareConcern", {"agreedBy": "A"}), ("closeConcern", {"conclusion": "B"}),
        ("changeReaders", {"added": [OTHER], "because": "C"}),
    ):  # fmt: skip
        there = given(guarded, OTHER, command, "position", concern=concern, **values)
        nowhere = given(guarded, OTHER, command, "position", concern="concern-nowhere", **values)
        assert (there, "ConcernUnknown") == (nowhere, there["rule"])
    pages = [
        guarded.http.get(f"/concerns/{one}", headers=bearer(guarded, OTHER) | {"accept": "text/html"})
        for one in (concern, "concern-nowhere")
    ]
    assert [404, 404] == [one.status_code for one in pages]
    there, nowhere = (re.sub('value="[0-9a-f]{64}"', "", one.text) for one in pages)
    assert there.replace(concern, "concern-nowhere") == nowhere
    assert [] == readings(guarded, concern)


def test_a_reader_who_was_removed_sees_nothing_also_by_repeating_an_earlier_command(guarded: Api) -> None:
    concern = raised(guarded)
    first = {"concern": concern, "commandId": new()}
    assert TEXT == given(guarded, PARTNER, "readConcern", "shown { text }", **first)["shown"]["text"]
    again = given(guarded, PARTNER, "readConcern", "replayed shown { text }", **first)
    assert (True, TEXT) == (again["replayed"], again["shown"]["text"])
    removed = {"concern": concern, "removed": [PARTNER], "because": "He moved to another case"}
    readers = given(guarded, OFFICE, "changeReaders", "concern { readers { actor } }", **removed)["concern"]["readers"]
    assert [{"actor": OFFICE}] == readers
    assert concern not in listed(guarded, PARTNER)
    assert "ConcernUnknown" == given(guarded, PARTNER, "readConcern", "shown { text }", **first)["rule"]
    assert [PARTNER] == readings(guarded, concern)
    added = {"concern": concern, "added": [PARTNER], "because": "The case came back"}
    given(guarded, OFFICE, "changeReaders", "position", **added)
    assert concern in listed(guarded, PARTNER)


def test_whoever_stops_being_a_reader_by_their_own_command_is_told_that_it_was_recorded(guarded: Api) -> None:
    concern = raised(guarded)
    leaving = {"concern": concern, "removed": [PARTNER], "because": "I leave"}
    answer = given(guarded, PARTNER, "changeReaders", "concern { id }", **leaving)
    assert {"__typename": "ConcernRecorded", "concern": None} == answer


TIMELINE = """query ($at: DateTime) { partnership(code: "dip") {
    timeline(knownAt: $at, last: 100) { nodes { lane title } } } }"""


def supports(api: Api, person: str, at: str | None = None) -> list[str]:
    nodes = asked(api, person, TIMELINE, at=at)["partnership"]["timeline"]["nodes"]
    return [one["title"] for one in nodes if one["lane"] == "SUPPORT" and "Zeph" in one["title"]]


def test_a_shared_concern_is_on_the_timeline_from_the_event_that_shares_it(guarded: Api) -> None:
    concern = raised(guarded, text="Zeph left", heardFrom="Zephsource")
    assert [] == supports(guarded, OTHER)
    (before,) = ask(guarded.database, "SELECT max(recorded_at) FROM log.events")
    given(guarded, OFFICE, "shareConcern", "position", concern=concern, agreedBy="The leader", on="2005-06-01")
    title = "Concern, raised 4 May 2005; The leader agreed to share it: Zeph left"
    assert [title] == supports(guarded, OTHER)
    assert [] == supports(guarded, OTHER, before[0].isoformat())
    given(guarded, OFFICE, "closeConcern", "position", concern=concern, conclusion="Zeph is back", on="2005-07-01")
    assert [title, "Concern closed: Zeph is back"] == supports(guarded, OTHER)
    names = """{ auditLog(last: 2) { nodes { name } } }"""
    assert ["ConcernShared", "SharedConcernClosed"] == [
        one["name"] for one in asked(guarded, OTHER, names)["auditLog"]["nodes"]
    ]


def test_the_page_of_a_concern_shows_its_text_only_in_answer_to_the_form_and_records_the_reading(guarded: Api) -> None:
    concern = raised(guarded)
    session = bearer(guarded, PARTNER) | {"accept": "text/html"}
    path = f"/concerns/{concern}"
    assert path in guarded.http.get("/concerns", headers=session).text
    page = guarded.http.get(path, headers=session).text
    assert TEXT not in page
    form = page[page.index("Read it (this is recorded)") :]
    fields = {
        name: re.findall(f'name="{name}" value="([^"]*)"', form)[0] for name in ("action", "command", "form-token")
    }
    origin = {"origin": guarded.url}
    answer = guarded.http.post(path, data=fields, headers=session | origin)
    assert (200, True) == (answer.status_code, TEXT in answer.text)
    assert "no-store" == answer.headers["cache-control"]
    assert [PARTNER] == readings(guarded, concern)
    assert TEXT not in guarded.http.get(path, headers=session).text


def test_where_a_reading_cannot_be_recorded_nothing_is_shown(guarded: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    concern = raised(guarded)

    def full(*_: Any, **__: Any) -> Any:
        raise OSError("no room")

    monkeypatch.setattr(guarded.app.state.log, "append", full)
    query = (
        "mutation ($i: ReadConcernInput!) { readConcern(input: $i) { ... on ConcernTextRecorded { shown { text } } } }"
    )
    body = {"query": query, "variables": {"i": {"commandId": new(), "concern": concern, "on": "2005-05-04"}}}
    answer = guarded.http.post("/graphql", json=body, headers=bearer(guarded, PARTNER))
    assert TEXT not in answer.text
    assert "INTERNAL" in answer.text
    assert [] == readings(guarded, concern)
