"""``fundtrail hand-in``: everything that the desk takes, from a file."""

import json
from pathlib import Path
from typing import Any

import pytest

from domain.commands import COMMANDS, fields_of
from infra.cli.record.command_lines import Unreadable, hand_in, read_line
from infra.database.postgres import Database
from infra.log.postgres_log import PostgresLog
from tests.conftest import drop
from tests.kit.command_line import fundtrail

STANDARD = {
    "command": "SetServiceStandard", "id": "s-1", "programme_id": "programme:cbp", "scheme_id": "scheme:cbp-pilots",
    "span": "to_decision", "limit": 60, "days": "working", "on": "2004-04-01",
}  # fmt: skip
ROUND = {
    "command": "OpenRound", "id": "r-1", "round_id": "round-one", "programme_id": "programme:cbp",
    "scheme_id": "scheme:cbp-pilots", "code": "one", "name": "Round one",
    "budget": {"amount": "5000.00", "currency": "GBP"}, "on": "2004-04",
}  # fmt: skip
BID = {
    "command": "SubmitBid", "id": "b-1", "bid_id": "bid-one", "partnership_id": "partnership:ace-cumbria",
    "reference": "ACE-9", "title": "Second year", "requested": {"amount": "900.00", "currency": "GBP"},
    "round_id": "round:one", "on": "2004-05-01",
}  # fmt: skip
ASKED = {"command": "RequestClarification", "id": "q-1", "bid_id": "bid:ACE-9", "number": 1, "question": "Who leads?",
         "on": "2004-05-03"}  # fmt: skip


def lines(*commands: dict[str, Any]) -> str:
    return "\n".join(json.dumps(command) for command in commands)


def test_a_file_of_commands_is_handed_in_line_by_line_and_shows_at_once(programme: Database, tmp_path: Path) -> None:
    file = tmp_path / "commands.jsonl"
    file.write_text(lines(STANDARD, ROUND, BID, ASKED))

    first = fundtrail(programme, "hand-in", str(file), "--as", "programme office")
    assert 0 == first.returncode, first.stderr
    assert ["recorded", "recorded", "recorded", "recorded"] == [
        line.split(", ")[1].split(" at ")[0] for line in first.stdout.splitlines()
    ]
    again = fundtrail(programme, "hand-in", str(file), "--as", "programme office", "--json")
    assert [True] * 4 == [json.loads(line)["replayed"] for line in again.stdout.splitlines()]

    waiting = fundtrail(programme, "delays", "--open", "--json", "--as-at", "2004-06-30")
    (bid,) = json.loads(waiting.stdout)["bids"]
    assert ("ACE-9", "bidder", "paused") == (bid["reference"], bid["waiting_on"], bid["standing"])


def test_a_file_may_be_handed_in_to_an_empty_database(server: Database, tmp_path: Path) -> None:
    """Its tables are made first, and a code is trimmed."""
    file = tmp_path / "commands.jsonl"
    named = {"command": "RegisterOrganisation", "id": "o-1", "code": " gb-coh-123456 ", "name": "Parks", "kind": "x",
             "on": "2004"}  # fmt: skip
    spelled = {"command": "RecordIdentifier", "id": "i-1", "organisation_id": "GB-COH-00123456", "register": "GB-COH",
               "value": " 123456", "on": "2004"}  # fmt: skip
    file.write_text(lines(named, spelled, spelled | {"id": "i-2", "value": "0012 3456"}))
    name = "fundtrail_without_tables"
    with server.connect() as connection:
        connection.execute(f'CREATE DATABASE "{name}"')
    empty = Database(server.url.replace("/fundtrail_server", f"/{name}"))
    answer = fundtrail(empty, "hand-in", str(file), "--as", "office")
    drop(server, empty)
    assert 0 == answer.returncode, answer.stdout + answer.stderr
    assert "3: RecordIdentifier, nothing recorded: everything was so already" == answer.stdout.splitlines()[2]


def test_a_line_that_finds_all_as_it_wants_it_is_not_told_as_recorded(programme: Database, tmp_path: Path) -> None:
    file = tmp_path / "commands.jsonl"
    file.write_text(lines(STANDARD, STANDARD | {"id": "s-2"}))
    first, again = (fundtrail(programme, "hand-in", str(file), "--as", "office") for _ in range(2))
    assert (0, 0) == (first.returncode, again.returncode)
    assert "2: SetServiceStandard, nothing recorded: everything was so already" == first.stdout.splitlines()[1]
    assert "2: SetServiceStandard, handed in before; nothing recorded: everything was so already" in again.stdout
    assert "1: SetServiceStandard, recorded before at position " == again.stdout.splitlines()[0].rstrip("0123456789")
    for_scripts = fundtrail(programme, "hand-in", str(file), "--as", "office", "--json").stdout
    assert [True, False] == [json.loads(line)["recorded"] for line in for_scripts.splitlines()]


def test_a_line_may_name_who_gives_its_command(programme: Database, tmp_path: Path) -> None:
    file = tmp_path / "commands.jsonl"
    file.write_text(lines(STANDARD | {"as": "Jo Bloggs"}, ROUND))
    done = fundtrail(programme, "hand-in", str(file), "--as", "the office")
    assert (0, "") == (done.returncode, done.stderr)
    with programme.connect() as connection:
        actors: dict[str, str] = dict(connection.execute("SELECT command_id, actor FROM log.events").fetchall())
    assert ("Jo Bloggs", "the office") == (actors["s-1"], actors["r-1"])


def test_as_may_be_left_out_and_a_line_without_a_name_is_then_refused(programme: Database, tmp_path: Path) -> None:
    file = tmp_path / "commands.jsonl"
    file.write_text(lines(STANDARD | {"as": "Jo Bloggs"}, ROUND, BID | {"as": 5}))
    done = fundtrail(programme, "hand-in", str(file))
    assert 4 == done.returncode
    first, *others = done.stdout.splitlines()
    assert first.startswith("1: SetServiceStandard, recorded at position ")
    assert [True, True] == ["Nobody gives the command." in line for line in others]
    file.write_text(lines(STANDARD))
    again = fundtrail(programme, "hand-in", str(file), "--as", "Jo Bloggs")
    assert "1: SetServiceStandard, recorded before at position" in again.stdout
    somebody_else = fundtrail(programme, "hand-in", str(file), "--as", "the office")
    assert "1: SetServiceStandard, refused: CommandIdReused" in somebody_else.stdout


@pytest.mark.parametrize(("name", "why"), [("", "is empty"), ("a\nb", "not text"), ("x" * 201, "has 201 characters")])
def test_a_name_in_a_line_must_be_one_that_the_option_takes(
    shared_programme: Database, tmp_path: Path, name: str, why: str
) -> None:
    (tmp_path / "commands.jsonl").write_text(lines(STANDARD | {"as": name}))
    done = fundtrail(shared_programme, "hand-in", str(tmp_path / "commands.jsonl"))
    assert (4, True) == (done.returncode, why in done.stdout)
    assert "as " in done.stdout
    assert "--as" not in done.stdout


def test_a_line_ends_where_the_file_says_and_not_within_a_text(programme: Database, tmp_path: Path) -> None:
    file = tmp_path / "commands.jsonl"
    said = json.dumps(ROUND | {"name": "Round \u2028one\x85"}, ensure_ascii=False)
    file.write_bytes(f"{said}\r\n{json.dumps(STANDARD)}\r\n".encode())
    done = fundtrail(programme, "hand-in", str(file), "--as", "office")
    assert (0, "") == (done.returncode, done.stderr)
    assert [" recorded at position", " recorded at position"] == [
        line.split(",")[1].rstrip(" 0123456789") for line in done.stdout.splitlines()
    ]


def test_a_line_that_is_refused_says_by_which_rule_and_the_next_goes_on(programme: Database, tmp_path: Path) -> None:
    file = tmp_path / "commands.jsonl"
    file.write_text(lines(STANDARD | {"limit": 0}, {"command": "Sing", "id": "x"}, STANDARD | {"id": "s-2"}))
    done = fundtrail(programme, "hand-in", str(file), "--as", "office", "--json")
    shown = [json.loads(line) for line in done.stdout.splitlines()]
    assert 4 == done.returncode
    assert ["StandardOutOfRange", None, None] == [one["rule"] for one in shown]
    assert [True, True, False] == [one["position"] is None for one in shown]
    assert "There is no command Sing." in shown[1]["reason"]


def test_a_file_that_holds_no_commands_is_told_as_what_it_is(programme: Database, tmp_path: Path) -> None:
    (tmp_path / "latin").write_bytes(b"\xff\xfe")
    (tmp_path / "empty").write_bytes(b"\xef\xbb\xbf\n")
    for path, code, why in (
        (tmp_path / "latin", 2, "is not written in UTF-8: byte 1 does not belong to it."),
        (tmp_path / "missing", 2, "cannot be read: No such file or directory."),
        (tmp_path, 2, "is a folder, not a file of commands."),
        (tmp_path / "empty", 0, "contains no command."),
    ):
        done = fundtrail(programme, "hand-in", str(path), "--as", "office", "--json")
        assert (code, "", f"{path} {why}") == (done.returncode, done.stdout, done.stderr.strip())


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("{", "not JSON"),
        ("[]", "not a JSON object"),
        ("[" * 100_000, "not JSON"),
        (json.dumps(STANDARD | {"id": ""}), "id is a text"),
        (json.dumps(STANDARD | {"colour": "red"}), "has no field colour"),
        (json.dumps(STANDARD | {"source": {"register": "r", "row": "1", "cites": ""}}), "has no field source"),
        (json.dumps(STANDARD | {"programme_id": "nowhere"}), "no programme has this code"),
        (json.dumps(STANDARD | {"limit": "many"}), "SetServiceStandard"),
        (json.dumps(STANDARD | {"span": "for ever"}), "SetServiceStandard"),
        (json.dumps(STANDARD | {"on": "soon"}), "is not a date"),
        (json.dumps(STANDARD | {"on": "unknown"}), "is not a date"),
        (json.dumps(STANDARD | {"programme_id": "programme:nowhere"}), "there is no programme nowhere"),
        (json.dumps(STANDARD | {"programme_id": "scheme:cbp-pilots"}), "programme_id"),
        (json.dumps(STANDARD | {"programme_id": "award-1"}), "not an id of type programme"),
        (json.dumps(BID | {"bid_id": "bid one"}), "not an id of type bid"),
        (json.dumps(BID | {"title": " "}), "title is empty"),
        (json.dumps(BID | {"title": "x" * 4001}), "title has 4,001 characters"),
        (json.dumps(ROUND | {"budget": {"amount": "NaN", "currency": "GBP"}}), "OpenRound"),
        (json.dumps(ROUND | {"budget": {"amount": 5000, "currency": "GBP"}}), "must be texts"),
        (json.dumps(ROUND | {"budget": {"amount": "1.001", "currency": "GBP"}}), "OpenRound"),
        (json.dumps(ROUND | {"name": "a\0b"}), "not text"),
        (json.dumps({"command": "CommitFunds", "id": "x"}), "no command"),
        (json.dumps({"command": "Record", "id": "x"}), "no command"),
    ],
)  # fmt: skip
def test_a_line_that_is_no_command_is_told_why(shared_programme: Database, text: str, why: str) -> None:
    with PostgresLog(shared_programme) as log:
        with pytest.raises(Unreadable, match=why):
            read_line(log, text, "office")
        (shown,) = hand_in(log, [text], "office")
    assert shown.position is None


def test_everything_that_people_may_ask_can_be_handed_in() -> None:
    assert {
        "OpenRound",
        "SetCondition",
        "VaryAward",
        "RaiseRecovery",
        "ReopenAward",
        "AllocateBudget",
    } <= COMMANDS.keys()
    assert not {"CommitFunds", "AwardBid", "LapseOffer", "RegrantFunds", "Record"} & COMMANDS.keys()


def test_it_is_known_of_what_kind_every_id_is() -> None:
    fields = [(name, field) for command in COMMANDS.values() for name, field in fields_of(command).items()]
    assert [] == [name for name, field in fields if name.endswith("_id") and field.named is None]
