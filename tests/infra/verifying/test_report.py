"""``fundtrail verify`` ends with a code that scripts can trust, and writes a report that an auditor can keep."""

import json
import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from infra.database.postgres import Database
from infra.verifying import report
from infra.verifying.checking import CHECKS, Report, verify
from infra.verifying.checksums import SETTINGS
from infra.verifying.findings import Finding, Looked, Result
from infra.verifying.read_models import compare
from tests.kit.command_line import fundtrail
from tests.kit.database.tampering import tamper
from tests.kit.database.writing import ask
from tests.kit.paths import ROOT


def test_a_database_that_nobody_changed_is_verified_whole_and_the_report_says_so(
    untouched: Database, tmp_path: Path
) -> None:
    page = tmp_path / "verified.html"
    answer = fundtrail(untouched, "verify", "--report", str(page))
    assert 0 == answer.returncode, answer.stdout + answer.stderr
    assert "Nothing differs." in answer.stdout
    for check in CHECKS:
        assert re.search(rf"^{check.name} +.* agrees +\d+\.\d", answer.stdout, re.MULTILINE), check.name
    found = json.loads(page.with_suffix(".json").read_text(encoding="utf-8"))
    assert ("fundtrail verification 1", False) == (found["format"], found["differs"])
    assert ["seals", *(check.name for check in CHECKS)] == [check["name"] for check in found["checks"]]
    [(name, position)] = ask(untouched, "SELECT current_database(), max(notification_id) FROM log.events")
    assert (name, position) == (found["database"], found["position"])
    text = page.read_text(encoding="utf-8")
    assert all(one in text for one in (name, "Nothing differs.", *_sums(found).values()))
    assert "http" not in text.replace("<!doctype html>", "")
    assert [0o600] * 2 == [file.stat().st_mode & 0o777 for file in (page, page.with_suffix(".json"))]


def _sums(found: dict[str, Any]) -> dict[str, str]:
    looked = [one for check in found["checks"] for one in check["looked"]]
    return {one["what"]: one["sha256"] for one in looked if one["sha256"] is not None}


def test_what_was_changed_is_printed_and_in_the_report_and_the_code_is_4(lived_in: Database, tmp_path: Path) -> None:
    page = tmp_path / "verified.html"
    tamper(lived_in, "UPDATE log.counters SET ceiling = ceiling + 1 WHERE name = 'award-lived/payments'")
    answer = fundtrail(lived_in, "verify", "--only", "counters", "--only", "commands", "--report", str(page))
    assert 4 == answer.returncode
    assert re.search(r"^counters +.* 1 difference ", answer.stdout, re.MULTILINE)
    assert "counters: The row is not what the log gives." in answer.stdout
    assert "table log.counters, row award-lived/payments" in answer.stdout
    found = json.loads(page.with_suffix(".json").read_text(encoding="utf-8"))
    [finding] = [one for check in found["checks"] for one in check["findings"]]
    assert ("counters", "differs", "log.counters", "award-lived/payments") == tuple(
        finding[name] for name in ("check", "severity", "table", "row")
    )
    assert int(finding["expected"]["ceiling"]) + 1 == int(finding["found"]["ceiling"])
    assert "award-lived/payments" in page.read_text(encoding="utf-8")


def test_scripts_get_the_report_as_json(untouched: Database) -> None:
    answer = fundtrail(untouched, "verify", "--only", "rights", "--json")
    assert (0, ["rights"]) == (answer.returncode, [one["name"] for one in json.loads(answer.stdout)["checks"]])


def test_what_cannot_be_done_is_refused_before_anything_is_verified(untouched: Database, tmp_path: Path) -> None:
    unknown = fundtrail(untouched, "verify", "--only", "weather")
    assert (3, True) == (
        unknown.returncode,
        "There is no check weather. There are: seals, rights, migrations" in unknown.stderr,
    )
    (tmp_path / "there.json").touch()
    for name, said in {
        "report.pdf": "does not end in .html",
        "there.html": "there.json exists already",
        "nowhere/report.html": "cannot be written",
    }.items():
        refused = fundtrail(untouched, "verify", "--report", str(tmp_path / name))
        assert (2, True) == (refused.returncode, said in refused.stderr), refused.stderr


def test_a_database_without_tables_is_unavailable(server: Database) -> None:
    answer = fundtrail(server, "verify")
    assert (5, True) == (answer.returncode, "has no tables yet" in answer.stderr)


def test_the_page_shows_what_was_found_as_text_never_as_html() -> None:
    finding = Finding("<script>", {"name": "<b>", "same": "&"}, {"name": None, "same": "&"}, row="<i>")
    result = Result(CHECKS[0], [Looked("log.<x>", 1, "0")], [finding], 3, 0.1)
    at = datetime(2026, 11, 30, tzinfo=UTC)
    page = report.as_page(Report("<db>", "18", "0.1", at, 7, [result]))
    assert [] == re.findall(r"<(?:script|b|i|db|x)>", page)
    assert "3 more findings of rights" in page


def test_of_a_function_that_was_replaced_only_the_lines_that_differ_are_shown() -> None:
    finding = Finding("", "BEGIN\n  a;\n  c;\nEND", "BEGIN\n  a;\n  b;\n  c;\nEND")
    assert [("", "", "  b;")] == report.sides(finding)


# --- By hand ----------------------------------------------------------------------------------------------------------

DOCS = (ROOT / "docs" / "verify.md").read_text(encoding="utf-8")


def test_a_checksum_is_repeated_with_the_statements_of_the_page(untouched: Database) -> None:
    [block] = re.findall(r"((?:    SET .*\n)+    SELECT(?:.|\n)*?;\n)", DOCS)
    of_log = verify(untouched, [check for check in CHECKS if check.name == "streams"]).results[0].looked
    looked = [*of_log, *compare(untouched, ["timeline", "ledger"]).looked]
    sums = {one.what: (one.number, one.sha256) for one in looked}
    for table in ("log.events", "read.timeline", "read.balances"):
        [found] = ask_last(untouched, block.replace("read.timeline", table))
        assert sums[table] == found
        assert found[0] > 0


def ask_last(database: Database, statements: str) -> list[tuple[Any, ...]]:
    """The rows of the last of *statements*, run in one session whose settings are others at first."""
    with database.connect() as connection:
        connection.execute("SET TimeZone = 'Asia/Tokyo'; SET DateStyle = 'German'; SET bytea_output = 'escape'")
        *settings, last = [one for one in statements.split(";") if one.strip()]
        for one in settings:
            connection.execute(one.encode())
        return connection.execute(last.encode()).fetchall()


def test_the_page_names_every_setting_and_every_check() -> None:
    assert [] == [name for name in SETTINGS if f"SET {name} " not in DOCS]
    assert [] == [check.name for check in CHECKS if f"`{check.name}`" not in DOCS]
