"""Operators look into the log, fold a stream, step and pause a read model, and are asked before they destroy."""

import json
from typing import Any
from unittest import mock

import pytest

from infra.database.postgres import Database
from infra.feeding.projector import project_all
from tests.conftest import copy_of, drop
from tests.kit.command_line import Answer, fundtrail
from tests.kit.database.feeding import head
from tests.kit.database.writing import ask, read_tables
from tests.kit.life import lived
from tests.kit.money import desk


@pytest.fixture(scope="module")
def lives(server: Database, programme_template: str) -> Any:
    """The programme with the whole life of the award A-lived, for tests that only read."""
    made = copy_of(server, programme_template)
    with desk(made) as at:
        lived(at)
    project_all(made)
    yield made
    drop(server, made)


def shown(database: Database, *words: str) -> Any:
    """What a command prints as JSON."""
    answer = fundtrail(database, *words, "--json")
    assert 0 == answer.returncode, answer.stderr
    return json.loads(answer.stdout)


def refusal(answer: Answer) -> tuple[int, str]:
    return answer.returncode, answer.stderr.strip()


# --- Looking into the log ---------------------------------------------------------------------------------------------


def test_streams_are_listed_by_name_and_found_by_a_part_of_it(lives: Database) -> None:
    (one,) = shown(lives, "log", "streams", "--like", "award-lived")
    ((events, first, last),) = ask(
        lives,
        "SELECT count(*), min(notification_id), max(notification_id) FROM log.events"
        " WHERE originator_id = 'award-lived'",
    )
    assert ("award-lived", events, first, last) == (one["stream"], one["events"], one["first"], one["last"])
    assert [] == shown(lives, "log", "streams", "--like", "award%")
    pages, after = list[str](), ""
    while page := shown(lives, "log", "streams", "--limit", "100", "--after", after):
        after = page[-1]["stream"]
        pages += [each["stream"] for each in page]
    every = ask(lives, "SELECT originator_id FROM log.events GROUP BY 1 ORDER BY 1")
    assert pages == [name for (name,) in every]


def test_the_events_of_a_stream_and_of_a_slice_are_those_of_the_log(lives: Database) -> None:
    stored = "SELECT notification_id FROM log.events WHERE {} ORDER BY 1"
    of_stream = [one["position"] for one in shown(lives, "log", "events", "A-lived")]
    assert [position for (position,) in ask(lives, stored.format("originator_id = 'award-lived'"))] == of_stream
    of_slice = [one["position"] for one in shown(lives, "log", "events", "--from", "1380", "--to", "1384")]
    assert [1380, 1381, 1382, 1383, 1384] == of_slice


def test_an_event_shows_what_led_to_it_and_what_it_led_to(lives: Database) -> None:
    ((position, event_id),) = ask(
        lives,
        "SELECT notification_id, 'event-' || event_id FROM log.events ORDER BY notification_id LIMIT 1",
    )
    found = shown(lives, "log", "event", str(position))
    assert (position, event_id, []) == (found["position"], found["event_id"], found["caused_by"])
    caused = ask(lives, "SELECT notification_id, causation_id FROM log.events WHERE causation_id IS NOT NULL LIMIT 1")
    for effect, cause in caused:
        above = shown(lives, "log", "event", str(effect))["caused_by"]
        assert cause == above[0]["event_id"]
        below = shown(lives, "log", "event", str(above[0]["position"]))["led_to"]
        assert effect in [one["position"] for one in below]


def test_what_is_not_there_is_refused_by_name(lives: Database) -> None:
    no_stream = (3, 'There is no stream "nope", and nothing with this code or reference.')
    assert no_stream == refusal(fundtrail(lives, "log", "events", "nope"))
    assert no_stream == refusal(fundtrail(lives, "log", "fold", "nope"))
    two = '"dip" stands for more than one stream. Name one of: organisation:dip, partnership:dip.'
    assert (3, two) == refusal(fundtrail(lives, "log", "fold", "dip"))
    end = head(lives)
    assert (3, f"There is no event at position 99999. The log ends at position {end}.") == refusal(
        fundtrail(lives, "log", "event", "99999")
    )
    code, said = refusal(fundtrail(lives, "log", "fold", "A-lived", "--version", "999"))
    assert (3, True) == (code, said.startswith("award-lived has no version 999. Its last version is "))
    assert 2 == fundtrail(lives, "log", "events").returncode
    assert 2 == fundtrail(lives, "log", "events", "--from", "9", "--to", "8").returncode


def test_a_stream_is_folded_to_each_version_as_the_rules_see_it(lives: Database) -> None:
    offered = shown(lives, "log", "fold", "A-lived", "--version", "1")
    assert ("award-lived", "award", 1) == (offered["stream"], offered["kind"], offered["version"])
    assert {"amount", "currency"} == offered["state"]["amount"].keys()
    last = shown(lives, "log", "fold", "A-lived")
    assert last["version"] == last["of_versions"] > 1
    assert offered["state"] != last["state"]
    said = fundtrail(lives, "log", "fold", "award:A-lived").stdout
    assert f"award-lived after version {last['version']} of {last['version']}" in said
    assert "£" in said
    assert "None" not in said
    assert "Decimal" not in said


def test_every_stream_of_the_programme_folds_and_prints(lives: Database) -> None:
    kind = "split_part(originator_id, '-', 1)"
    streams = ask(lives, f"SELECT DISTINCT ON ({kind}) originator_id FROM log.events ORDER BY {kind}")
    assert len(streams) > 5
    for (stream,) in streams:
        assert 0 == fundtrail(lives, "log", "fold", stream).returncode, stream


# --- Read models ------------------------------------------------------------------------------------------------------


def test_a_step_shows_the_column_before_and_after_and_touches_nothing(lives: Database) -> None:
    ((position,),) = ask(
        lives,
        "SELECT notification_id FROM log.events WHERE originator_id = 'award-lived' AND topic = 'OfferAccepted'",
    )
    before = read_tables(lives)
    answer = fundtrail(lives, "projections", "step", "awards", "--from", str(position), "--to", str(position))
    assert 0 == answer.returncode, answer.stderr
    assert f"{position}  OfferAccepted  award-lived" in answer.stdout
    assert "status: offered -> accepted" in answer.stdout
    assert before == read_tables(lives)
    assert 3 == fundtrail(lives, "projections", "step", "awards", "--from", "1", "--to", "99999").returncode
    assert 3 == fundtrail(lives, "projections", "step", "weather", "--from", "1", "--to", "2").returncode


def test_what_a_paused_read_model_shows_old_is_named_and_the_rest_is_counted(
    server: Database, programme_template: str
) -> None:
    database = copy_of(server, programme_template)
    awards = len(ask(database, "SELECT id FROM read.awards"))
    assert 0 == fundtrail(database, "projections", "pause", "ledger", "--as", "jo", "--because", "wrong").returncode
    with desk(database) as at:
        lived(at)
    project_all(database)
    found = shown(database, "projections", "affected", "ledger")
    assert ("paused", 1375) == (found["state"], found["position"])
    assert ["A-lived"] == [one["name"] for one in found["affected"]["awards"]]
    assert "dip" in [one["name"] for one in found["affected"]["partnerships"]]
    assert awards == found["unaffected"]["awards"]
    # Of a period nothing was recorded.
    of_periods = shown(database, "projections", "affected", "periods")
    assert {"awards": [], "bids": [], "partnerships": []} == of_periods["affected"]
    status = fundtrail(database, "projections", "status")
    assert 4 == status.returncode
    assert "paused by jo on" in status.stdout
    assert ": wrong" in status.stdout
    again = fundtrail(database, "projections", "pause", "ledger", "--as", "jo", "--because", "wrong")
    assert (2, True) == (again.returncode, again.stderr.startswith("ledger is paused already."))
    assert (
        "ledger goes on after position 1375."
        in fundtrail(database, "projections", "start", "ledger", "--as", "kim").stdout
    )
    project_all(database)
    assert [] == shown(database, "projections", "affected", "ledger")["affected"]["awards"]
    drop(server, database)


# --- The name of the installation -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "words",
    [
        ("projections", "rebuild", "years"),
        ("log", "restore", "nothing.jsonl"),
        ("people", "erase", "nobody", "--because", "asked"),
    ],
)
def test_production_is_asked_first_and_a_script_says_yes(database: Database, words: tuple[str, ...]) -> None:
    asked = fundtrail(database, *words, FUNDTRAIL_NAME="Production")
    assert 2 == asked.returncode
    assert "on Production." in asked.stderr
    assert "give --yes where nobody can answer" in asked.stderr
    forced = fundtrail(database, *words, "--yes", FUNDTRAIL_NAME="Production")
    assert "give --yes" not in forced.stderr
    # Control: elsewhere nothing is asked, and the name is said.
    other = fundtrail(database, *words, FUNDTRAIL_NAME="Training")
    assert "on Training." in other.stderr
    assert "give --yes" not in other.stderr
    assert "Training" not in fundtrail(database, *words).stderr


@pytest.mark.parametrize(("typed", "code"), [("y\n", 0), ("n\n", 2), ("\n", 2)])
def test_somebody_at_the_terminal_is_asked(database: Database, typed: str, code: int) -> None:
    with mock.patch("infra.cli.installed.somebody_answers", return_value=True):
        answer = fundtrail(
            database, "projections", "rebuild", "years", stdin=typed.encode(), FUNDTRAIL_KIND="production"
        )
    assert code == answer.returncode
    assert ("years is rebuilt." in answer.stdout) == (code == 0)


def test_the_status_says_the_name(database: Database) -> None:
    given: dict[str, Any] = {"FUNDTRAIL_NAME": "Grants of the north", "FUNDTRAIL_KIND": "test"}
    assert fundtrail(database, "projections", "status", **given).stdout.startswith("Grants of the north (test)")
    as_json = json.loads(fundtrail(database, "projections", "status", "--json", **given).stdout)
    assert ("Grants of the north", "test") == (as_json["installation"], as_json["kind"])


def test_a_name_that_is_not_one_is_refused(database: Database) -> None:
    refused: tuple[dict[str, Any], ...] = (
        {"FUNDTRAIL_NAME": "x" * 41},
        {"FUNDTRAIL_NAME": "a\nb"},
        {"FUNDTRAIL_KIND": "live"},
    )
    for given in refused:
        answer = fundtrail(database, "projections", "status", **given)
        assert (2, True) == (answer.returncode, next(iter(given)) in answer.stderr)
