"""What the command line records beside a running server is visible when the command ends."""

import json
from collections.abc import Sequence
from pathlib import Path
from types import SimpleNamespace

import pytest

from infra.database.postgres import Database
from infra.feeding import projector
from tests.kit.command_line import fundtrail
from tests.kit.database.feeding import fed_slowly, is_caught_up
from tests.kit.database.writing import ask
from tests.kit.files.importing import grant, package
from tests.kit.web.served import served

PERSON = '{"command": "RegisterPerson", "id": "p", "on": "2005-04-01", "person_id": "person-1", "code": "officer-1"}'


def recording(tmp_path: Path) -> dict[str, Sequence[str]]:
    """The commands that record something, and what each is given."""
    file = str(package(tmp_path / "grants.json", [grant(number) for number in range(1, 31)]))
    handed = tmp_path / "commands.jsonl"
    handed.write_text(PERSON)
    return {
        "import": ("import", "360giving", file),
        "bank": ("bank", "open", "GB29 NWBK 6016 1331 9268 19", "--name", "Grants", "--on", "2004-01-01"),
        "hand-in": ("hand-in", str(handed), "--as", "office"),
        "people": ("people", "add", "officer-2", "--name", "Officer"),
    }


@pytest.mark.parametrize("words", ["import", "bank", "hand-in", "people"])
def test_a_command_ends_when_the_projector_of_the_server_has_reached_what_it_recorded(
    database: Database, tmp_path: Path, words: str
) -> None:
    with fed_slowly(database):
        answer = fundtrail(database, *recording(tmp_path)[words])
        assert is_caught_up(database)
    assert 0 == answer.returncode, answer.stderr + answer.stdout
    assert ask(database, "SELECT count(*) > 0 FROM log.events")[0][0]


def test_a_command_that_does_not_wait_ends_before(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The control."""
    monkeypatch.setattr(projector, "LONGEST_WAIT_SECONDS", 0.0)
    with fed_slowly(database):
        assert 0 == fundtrail(database, *recording(tmp_path)["import"]).returncode
        assert not is_caught_up(database)


def test_an_import_beside_a_running_server_ends_and_the_next_question_shows_all_of_it(
    database: Database, tmp_path: Path
) -> None:
    with served(database) as api:
        imported = fundtrail(database, *recording(tmp_path)["import"], "--json")
        assert 0 == imported.returncode, imported.stderr
        assert 30 == json.loads(imported.stdout)["rows"]
        assert 30 == api.ask("{ awards { totalCount } }")["awards"]["totalCount"]


@pytest.mark.parametrize(("advances", "seconds", "arrives"), [(1, 60.0, True), (0, 10.0, False)])
def test_a_projector_that_advances_is_waited_for_to_the_end_and_one_that_stands_still_10_seconds(
    database: Database,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    advances: int,
    seconds: float,
    arrives: bool,
) -> None:
    """A projector may take minutes for a long import. Here it takes 5 seconds for an event, or does nothing."""
    fundtrail(database, *recording(tmp_path)["import"])
    ask(database, "UPDATE read.projections SET position = position - 12 WHERE name = 'audit'")
    clock = [0.0]

    def pass_5_seconds(_: float) -> None:
        clock[0] += 5
        ask(database, "UPDATE read.projections SET position = position + %s WHERE name = 'audit'", (advances,))

    monkeypatch.setattr(projector, "project_all", lambda _: None)
    monkeypatch.setattr(projector, "time", SimpleNamespace(monotonic=lambda: clock[0], sleep=pass_5_seconds))
    projector.up_to_date(database)
    assert (seconds, arrives) == (clock[0], is_caught_up(database))
