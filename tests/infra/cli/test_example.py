"""The example programme of the demo: its log is the story that is told, and it shows something on every page."""

import csv
import io
import json
import re
from collections.abc import Iterator

import orjson
import pytest

from domain.across.permissions import GIVES
from domain.bank.account import RecordStatement
from domain.people.person import Role
from domain.values.ids import PersonId
from infra.cli.run.demo import EXAMPLE, PEOPLE, STOPS, restore_example
from infra.database.postgres import Database
from infra.feeding.projector import project_all
from infra.log.log_file import export
from tests.kit.database.writing import ask
from tests.kit.example_log import FILE, at_their_moments, told
from tests.kit.example_story import LAST, OWNER, person_of, steps
from tests.kit.web.served import Api, served

EVENTS = 136


def said(file: bytes) -> list[tuple[str, ...]]:
    """What each event of a log says, but for its id."""
    lines = [orjson.loads(line).get("event") for line in file.splitlines()]
    return [(e["name"], e["stream"], e["actor"], str(e["authority"]), e["recorded_at"], e["body"]) for e in lines if e]


def test_the_log_of_the_example_is_the_story_that_is_told(database: Database) -> None:
    assert (EXAMPLE, STOPS) == (FILE, LAST)
    moments = told(database, steps())
    file = io.BytesIO()
    export(database, file)
    assert said(at_their_moments(file.getvalue(), moments)) == said(EXAMPLE.read_bytes()), "run `make example`"


def test_nobody_in_it_exists() -> None:
    """Organisations say that they are invented, and people are posts, with the names of posts outside the log."""
    events = [json.loads(line).get("event") for line in EXAMPLE.read_text().splitlines()]
    bodies = [(event["name"], json.loads(event["body"])) for event in events if event]
    for name, body in bodies:
        if name in ("OrganisationRegistered", "ProgrammeEstablished", "SchemeEstablished", "PartnershipFormed"):
            assert body["name"].endswith("(invented)")
    posts = {f"person-example-{role.value.replace(' ', '-')}": role.value for role in Role}
    assert {OWNER, *posts} - {event["actor"] for event in events if event} == {
        "person-example-auditor",
        "person-example-certifier",
    }
    assert {event["actor"] for event in events if event} < {OWNER, *posts}
    named = csv.DictReader(PEOPLE.read_text().splitlines())
    assert posts == {one["person_id"]: one["name"].lower() for one in named}


def test_everybody_in_it_gives_what_their_role_may() -> None:
    roles = {person_of(role): role for role in Role}
    given = [(roles[PersonId(one.actor)], type(one.command)) for one in steps() if one.actor != OWNER]
    # What a bank states is imported.
    assert {command for role, command in given if command not in GIVES[role]} == {RecordStatement}


@pytest.fixture(scope="module")
def example(server: Database) -> Iterator[Api]:
    from tests.conftest import TEMPLATE, copy_of

    database = copy_of(server, TEMPLATE)
    assert EVENTS == restore_example(database)
    project_all(database)
    with served(database, projector=False) as api:
        yield api


def test_it_is_restored_into_an_empty_log_only(example: Api) -> None:
    assert 0 == restore_example(example.database)
    assert EVENTS == ask(example.database, "SELECT count(*) FROM log.events")[0][0]


def test_the_menu_has_a_person_for_each_role(example: Api) -> None:
    menu = example.http.get("/sign-in").text
    for role in Role:
        assert f'> {role.value.capitalize()} <span class="s">{role.value}</span>' in menu


def test_the_board_of_bids_shows_each_standing_and_who_has_the_case(example: Api) -> None:
    """What the home page counts is tried in ``tests/pages/test_home.py``."""
    board = example.http.get(f"/bids?as-at={LAST}").text
    assert {"breached", "due_soon", "stopped", "uncertain", "within"} <= set(re.findall(r'card (\w+)"', board))
    assert "grants officer one" in board


def test_its_second_clock_has_a_past(example: Api) -> None:
    """Payment 3 was reversed after the year had closed: what was paid by 31 March is another sum since."""
    paid = '{ partnership(code: "coastal-skills") { funding(asAt: "2026-03-31" %s) { paid { amount } } } }'
    then = example.ask(paid % ', knownAt: "2026-03-31"')["partnership"]["funding"]["paid"]["amount"]
    now = example.ask(paid % "")["partnership"]["funding"]["paid"]["amount"]
    assert ("150000.00", "120000.00") == (then, now)
    page = example.http.get("/partnerships/coastal-skills/compare?as-at=2026-03-31&then=2026-03-31").text
    assert "Payment reversed" in page
