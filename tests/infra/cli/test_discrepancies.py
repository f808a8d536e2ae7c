"""``fundtrail discrepancies`` as an auditor uses it, and the list to take away."""

import csv
import io
import json
from pathlib import Path
from typing import Any

import pytest

from domain.award import AwardStated, ComponentStated
from domain.values.fact import Record
from domain.values.ids import AwardId
from domain.values.when import UNKNOWN
from infra.database.postgres import Database
from infra.feeding.projector import project_all
from tests.conftest import copy_of
from tests.kit.command_line import fundtrail
from tests.kit.examples import stated
from tests.kit.money import desk, gbp

AWARD = AwardId("award-parts")


@pytest.fixture(scope="module")
def unequal(server: Database, programme_template: str) -> Database:
    """The programme with an award of dip, the parts of which do not add up, and a waiver of the missing pilot."""
    made = copy_of(server, programme_template)
    with desk(made) as at:
        about: dict[str, Any] = {"partnership_id": at.find("partnership", "dip"), "on": UNKNOWN}
        about |= {"source": stated("awards.csv", "000_6fe3068b2cce47b0.txt:249"), "amount": gbp("100.00")}
        at.do(Record(stream=AWARD, fact=AwardStated(reference="=parts", purpose="p", basis="award", **about)))
        part = ComponentStated(purpose="Staff", **about | {"amount": gbp("60.00")})
        at.do(Record(stream=AWARD, fact=part))
    project_all(made)
    return made


def shown(database: Database, *words: str) -> list[dict[str, Any]]:
    """What the command tells as JSON."""
    found: list[dict[str, Any]] = json.loads(fundtrail(database, "discrepancies", *words, "--json").stdout)[
        "discrepancies"
    ]
    return found


def test_what_does_not_add_up_is_told_with_its_figures_age_and_status(unequal: Database) -> None:
    printed = " ".join(fundtrail(unequal, "discrepancies").stdout.split())
    assert "4 discrepancies: 4 open" in printed
    assert "numbering gap cbp-pilots Numbered 1 to 39; missing: 21 open" in printed
    assert "parts unequal to total =parts Parts add up to £60.00, but the open 0 award is £100.00" in printed


def test_table_json_csv_and_export_tell_the_same(unequal: Database) -> None:
    found = shown(unequal)
    rows = list(csv.DictReader(io.StringIO(fundtrail(unequal, "discrepancies", "--csv").stdout)))
    exported = list(csv.DictReader(io.StringIO(fundtrail(unequal, "export", "discrepancies").stdout)))
    # A list that is taken away says in each row as known when it is.
    clocks = {"known_at", "log_position"}
    assert rows == [{name: cell for name, cell in row.items() if name not in clocks} for row in exported]
    assert all(row[clock] for row in exported for clock in clocks)
    # A spreadsheet takes the reference for text.
    cells = [{name: str(cell) if cell is not None else "" for name, cell in row.items()} for row in found]
    assert [row | {"reference": row["reference"].lstrip("'")} for row in rows] == cells
    assert "'=parts" in {row["reference"] for row in rows}


@pytest.mark.parametrize(
    ("words", "rules"),
    [
        (("--rule", "numbering_gap"), {"numbering_gap"}),
        (("--severity", "error"), {"parts_unequal_to_total"}),
        (("--severity", "warning", "--status", "OPEN"), {"budget_line_missing", "numbering_gap", "total_unlike_list"}),
        (("--partnership", "dip"), {"parts_unequal_to_total"}),
        (("--status", "CLOSED"), set()),
        (("--owner", "nobody"), set()),
        (("--known-at", "2020-01-01T00:00:00Z"), set()),
    ],
)
def test_some_of_it_can_be_asked_for(unequal: Database, words: tuple[str, ...], rules: set[str]) -> None:
    assert rules == {one["rule"] for one in shown(unequal, *words)}


@pytest.mark.parametrize(
    ("words", "code", "sentence"),
    [
        (("--rule", "odd"), 2, "There is no rule odd. There are:"),
        (("--severity", "ERROR"), 2, "There is no severity ERROR. There are: error, warning."),
        (("--status", "open"), 2, "There is no status open."),
        (("--partnership", "nowhere"), 3, "There is no partnership nowhere."),
        (("--as-at", "soon"), 2, "The value is not a date."),
    ],
)
def test_what_there_is_not_is_told_in_one_sentence(
    unequal: Database, words: tuple[str, ...], code: int, sentence: str
) -> None:
    answer = fundtrail(unequal, "discrepancies", *words)
    assert code == answer.returncode, answer.stderr
    assert sentence in " ".join(answer.stderr.split())
    assert "Traceback" not in answer.stderr


def test_a_waiver_is_handed_in_from_a_file_with_what_the_list_tells(unequal: Database, tmp_path: Path) -> None:
    (parts,) = shown(unequal, "--rule", "parts_unequal_to_total")
    waiver = {
        "command": "WaiveDiscrepancy", "id": "w-1", "authority": "Section 151 officer", "because": "Paid in kind",
        "on": "2005-04-18", **{name: parts[name] for name in ("rule", "subject", "seen", "message")},
    }  # fmt: skip
    lines = [
        waiver,
        waiver | {"id": "w-2", "rule": "odd"},
        waiver | {"id": "w-3", "subject": "award-nowhere"},
        # These figures are right, or of nothing at all, or older than those that are shown.
        waiver | {"id": "w-4", "rule": "paid_above_awarded"},
        waiver | {"id": "w-5", "rule": "name_of_two_organisations", "subject": "nobody"},
        waiver | {"id": "w-6", "rule": "numbering_gap", "subject": "scheme-nowhere"},
        waiver | {"id": "w-7", "seen": 1},
        waiver,
    ]
    file = tmp_path / "commands.jsonl"
    file.write_text("\n".join(map(json.dumps, lines)))
    done = fundtrail(unequal, "hand-in", str(file), "--as", "Director of Finance", "--json")
    assert [
        None, "RuleUnknown", "SubjectUnknown", "NothingToExplain", "NothingToExplain", "NothingToExplain",
        "AlreadyWaived", None,
    ] == [json.loads(line)["rule"] for line in done.stdout.splitlines()]  # fmt: skip

    (waived,) = shown(unequal, "--status", "WAIVED")
    assert ("Director of Finance", "Section 151 officer", True) == (
        waived["said_by"], waived["authority"], waived["stands"],
    )  # fmt: skip
    printed = " ".join(fundtrail(unequal, "discrepancies").stdout.split())
    assert "4 discrepancies: 3 open, 1 waived" in printed
    assert "Waived by Director of Finance under Section 151 officer: Paid in kind" in printed
