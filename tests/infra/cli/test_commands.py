"""The list of commands: each that a file may hand in, with fields that a person can fill in."""

import json
import re

import pytest

from domain.commands import COMMANDS, fields_of, meaning
from infra.cli.record.commands import shown_fields
from tests.kit.command_line import fundtrail


@pytest.mark.parametrize("name", sorted(COMMANDS))
def test_every_command_tells_its_meaning_and_its_fields_in_words(name: str) -> None:
    assert re.fullmatch(r"[A-Z].*[.]", meaning(COMMANDS[name]))
    seen = list(shown_fields(COMMANDS[name]))
    assert list(fields_of(COMMANDS[name])) == [line.partition(":")[0] for line in seen]
    for line in seen:
        assert not re.search(r"<class|typing|NewType|Decimal|None|__", line), line


def test_what_may_be_left_out_and_what_a_field_may_say_is_told() -> None:
    seen = dict(line.split(": ", 1) for line in shown_fields(COMMANDS["VaryAward"]))
    assert "id of the award (award-...), or its reference" == seen["award_id"]
    assert "one of uplift, reduction, reallocation, extension, correction" == seen["kind"]
    assert seen["change"] == '{"amount": "1.00", "currency": "GBP"}'
    assert json.loads(seen["change"])["currency"] == "GBP"
    assert seen["until"].endswith("; may be left out")
    assert not seen["because"].endswith("left out")


def test_the_command_line_lists_them_and_shows_one_and_knows_no_others() -> None:
    listed = fundtrail(None, "commands")
    assert (0, len(COMMANDS)) == (listed.returncode, sum(": " in line for line in listed.stdout.splitlines()))
    shown = fundtrail(None, "commands", "CloseRound")
    assert shown.stdout.startswith("CloseRound: Close a round to further bids.\n  round_id: id of the round")
    unknown = fundtrail(None, "commands", "CloseTheRound")
    assert (3, "") == (unknown.returncode, unknown.stdout)
    assert "There is no command CloseTheRound." in unknown.stderr
