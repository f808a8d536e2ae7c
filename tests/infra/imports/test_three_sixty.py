"""Import 360Giving: every grant counts, the figures are those of the file, a later edition adds its differences."""

import csv
import gc
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from decimal import Decimal
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest

from domain.award import AwardNoLongerStated, ParticularsStated, TransactionStated
from infra.database.garbage import RARE_THRESHOLD
from infra.database.postgres import Database
from infra.feeding.projector import project_all
from infra.files.bounded import BoundedFile, UnreadableFile
from infra.imports.editions import recording
from infra.imports.editions.edition import ImportOptions, import_edition
from infra.imports.rows.parsing import Dates
from infra.imports.rows.quarantine import QuarantinedRow
from infra.imports.three_sixty import grants as three_sixty
from infra.log.postgres_log import PostgresLog, read_log
from tests.conftest import TEMPLATE, copy_of, drop
from tests.infra.imports.test_iati import HEAD, activity
from tests.infra.imports.test_register import PILOTS
from tests.kit.command_line import fundtrail
from tests.kit.files.importing import (
    bring,
    counts,
    figures,
    grant,
    json_reader,
    log_of,
    package,
    position,
    rows_of,
    shared,
    total,
)
from tests.kit.paths import ROOT
from tests.kit.web.served import served

LADDER = {"requested": "amountAppliedFor", "awarded": "amountAwarded", "paid": "amountDisbursed"}
POWER_TO_CHANGE, WOLFSON = "360giving/power-to-change.json", "360giving/wolfson.json"


# --- Files of real publishers -----------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def power_to_change(server: Database) -> Iterator[Database]:
    """A database with the grants of Power to Change, for tests that record nothing."""
    file = shared(POWER_TO_CHANGE)
    made = copy_of(server, TEMPLATE)
    assert {"new": 870} == counts(bring(made, file))
    project_all(made)
    yield made
    drop(server, made)


def test_power_to_change_comes_in_whole_and_its_sums_are_those_of_the_file_to_the_penny(
    power_to_change: Database,
) -> None:
    found = figures(power_to_change, "360G-ptc")
    file = shared(POWER_TO_CHANGE)
    assert {name: total(file, field) for name, field in LADDER.items()} == {name: found[name] for name in LADDER}


def test_each_of_its_grant_programmes_is_a_scheme_with_the_sums_of_its_own_rows(power_to_change: Database) -> None:
    with power_to_change.connect() as connection:
        names: dict[str, str] = dict(connection.execute("SELECT name, code FROM read.schemes").fetchall())
    for name, code in names.items():
        rows = [row for row in rows_of(shared(POWER_TO_CHANGE)) if row["grantProgramme"][0]["title"] == name]
        assert rows
        wanted = sum(Decimal(row["amountAwarded"]) for row in rows)
        assert wanted == figures(power_to_change, code, column="scheme_id")["awarded"], name


def test_as_at_a_day_it_shows_what_was_awarded_by_then(power_to_change: Database) -> None:
    rows = rows_of(shared(POWER_TO_CHANGE))
    wanted = sum(Decimal(row["amountAwarded"]) for row in rows if row["awardDate"][:10] <= "2017-03-31")
    assert wanted == figures(power_to_change, "360G-ptc", as_at=date(2017, 3, 31))["awarded"]


def test_the_same_file_again_changes_nothing(power_to_change: Database) -> None:
    before = position(power_to_change)
    again = bring(power_to_change, shared(POWER_TO_CHANGE))
    assert ({"unchanged": 870}, 0, before) == (counts(again), again.events, position(power_to_change))


def test_wolfson_is_put_aside_row_by_row_until_somebody_says_how_it_writes_dates(database: Database) -> None:
    file = shared(WOLFSON)
    report = bring(database, file)
    assert ({"quarantined": 379}, 0, 0) == (counts(report), report.events, position(database))
    assert {"date_style_undeclared"} == set(report.rules)
    assert all("--dates u" in one.problem.hint for one in report.problems)


def test_wolfson_with_uk_dates_comes_in_whole(database: Database) -> None:
    file = shared(WOLFSON)
    assert {"new": 379} == counts(bring(database, file, json_reader(Dates.UK)))
    found = figures(database, "360G-wolfson")
    assert {name: total(file, field) for name, field in LADDER.items()} == {name: found[name] for name in LADDER}
    june = sum(Decimal(str(row["amountAwarded"])) for row in rows_of(file) if row["awardDate"] == "05/06/2014")
    fourth, fifth = (figures(database, "360G-wolfson", as_at=date(2014, 6, day))["awarded"] for day in (4, 5))
    assert june == fifth - fourth > 0


# --- What is said of a grant ------------------------------------------------------------------------------------------


def events_of(database: Database, kind: type[Any]) -> list[Any]:
    """The events of this kind."""
    with database.connect() as connection:
        return [one.event for one in read_log(connection, 0, 100_000) if isinstance(one.event, kind)]


def test_every_word_of_the_row_is_kept_under_its_own_name(database: Database, tmp_path: Path) -> None:
    bring(
        database,
        package(
            tmp_path / "a.json", [grant(1, **{"Open Call?": "YES", "beneficiaryLocation": [{"geoCode": "E06000001"}]})]
        ),
    )
    (particulars,) = events_of(database, ParticularsStated)
    words = {one.name: one.value for one in particulars.said}
    assert ("YES", "E06000001", "100.25") == (
        words["Open Call?"],
        words["beneficiaryLocation/0/geoCode"],
        words["amountAwarded"],
    )


def test_transactions_count_with_their_dates_and_a_negative_one_is_money_that_came_back(
    database: Database, tmp_path: Path
) -> None:
    payments = [
        {"id": "t1", "transactionDate": "2004-07-01", "value": 60, "recipient": "GB-LAE-1"},
        {"id": "t2", "transactionDate": "2004-09-01", "value": -10.5},
    ]
    bring(database, package(tmp_path / "a.json", [grant(1, amountDisbursed=49.5, disbursementTransaction=payments)]))
    july, now = figures(database, "360G-pilots", as_at=date(2004, 8, 1)), figures(database, "360G-pilots")
    assert ("60.00", "0.00") == (f"{july['paid']:f}", f"{july['returned']:f}")
    assert ("60.00", "10.50") == (f"{now['paid']:f}", f"{now['returned']:f}")
    assert ["t1", "t2"] == [event.reference for event in events_of(database, TransactionStated)]


def test_grants_in_another_currency_are_a_programme_of_their_own(database: Database, tmp_path: Path) -> None:
    bring(database, package(tmp_path / "a.json", [grant(1), grant(2, currency="EUR")]))
    assert (Decimal("100.25"), Decimal("100.25")) == tuple(
        figures(database, code)["awarded"] for code in ("360G-pilots", "360G-pilots/eur")
    )


def test_several_recipients_are_one_partnership_and_the_same_recipients_again_are_the_same(
    database: Database, tmp_path: Path
) -> None:
    both = [{"id": "GB-LAE-2", "name": "Two"}, {"id": "GB-LAE-1", "name": "One"}]
    bring(
        database,
        package(
            tmp_path / "a.json", [grant(1, recipientOrganization=both), grant(2, recipientOrganization=both[::-1])]
        ),
    )
    found = figures(database, "360G-pilots/l/GB-LAE-1+GB-LAE-2", column="partnership_id")
    assert Decimal("200.50") == found["awarded"]


# --- Editions ---------------------------------------------------------------------------------------------------------


def test_a_newer_edition_records_its_differences_and_the_older_one_comes_back_as_it_was_known(
    database: Database, tmp_path: Path
) -> None:
    first = [grant(number) for number in range(1, 6)]
    bring(database, package(tmp_path / "2004.json", first))
    known = position(database)
    second = [grant(1), grant(2, amountAwarded=90.25), grant(3, amountDisbursed=75), grant(6), grant(5)]
    report = bring(database, package(tmp_path / "2005.json", second))

    assert {"unchanged": 2, "changed": 2, "new": 1, "gone": 1} == counts(report)
    now, then = figures(database, "360G-pilots"), figures(database, "360G-pilots", known=known)
    # The grant that is gone still counts: that it went is to be explained.
    assert (Decimal("591.50"), Decimal(325)) == (now["awarded"], now["paid"])
    assert (Decimal("501.25"), Decimal(250)) == (then["awarded"], then["paid"])
    assert 1 == len(events_of(database, AwardNoLongerStated))
    assert 0 == bring(database, tmp_path / "2005.json").events


def test_a_grant_that_comes_back_is_reported_and_its_absence_stays_on_record(
    database: Database, tmp_path: Path
) -> None:
    whole, less = [grant(1), grant(2)], [grant(1)]
    for name, grants in (("a", whole), ("b", less), ("c", whole)):
        report = bring(database, package(tmp_path / f"{name}.json", grants))
    assert {"unchanged": 1, "back": 1} == counts(report)
    names = [name for _, _, name in log_of(database)]
    assert names.index("AwardNoLongerStated") < names.index("AwardStatedAgain")


def test_a_part_says_nothing_of_what_it_lacks(database: Database, tmp_path: Path) -> None:
    bring(database, package(tmp_path / "a.json", [grant(1), grant(2)]))
    report = bring(database, package(tmp_path / "b.json", [grant(1)]), part=True)
    assert ({"unchanged": 1}, 0) == (counts(report), report.events)
    assert report.not_judged


def test_a_row_that_is_put_aside_is_there_and_not_gone(database: Database, tmp_path: Path) -> None:
    bring(database, package(tmp_path / "a.json", [grant(1), grant(2)]))
    report = bring(database, package(tmp_path / "b.json", [grant(1), grant(2, awardDate="15/06/2004")]))
    assert {"unchanged": 1, "quarantined": 1} == counts(report)


def test_where_a_row_does_not_say_which_grant_it_is_nothing_is_said_to_be_gone(
    database: Database, tmp_path: Path
) -> None:
    bring(database, package(tmp_path / "a.json", [grant(1), grant(2)]))
    report = bring(database, package(tmp_path / "b.json", [grant(1), grant(2, id="")]))
    assert ({"unchanged": 1, "quarantined": 1}, 0) == (counts(report), report.events)
    assert "may be among them" in str(report.not_judged)


def test_a_file_that_lacks_most_of_a_register_is_not_taken_for_its_end_unless_somebody_says_so(
    database: Database, tmp_path: Path
) -> None:
    bring(database, package(tmp_path / "a.json", [grant(number) for number in range(30)]))
    few = package(tmp_path / "b.json", [grant(1)])
    report = bring(database, few)
    assert 0 == report.events
    assert "--part" in str(report.not_judged)
    assert 29 == bring(database, few, whole=True).gone


def test_a_register_of_another_name_may_not_state_the_same_grant(database: Database, tmp_path: Path) -> None:
    file = package(tmp_path / "a.json", [grant(1)])
    bring(database, file)
    report = bring(database, file, json_reader(register_name="copy of it"))
    assert ({"quarantined": 1}, {"identifier_of_another_register"}) == (counts(report), set(report.rules))


# --- Rows that are put aside -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("otherwise", "field", "rule"),
    [
        ({"id": None}, "id", "missing"),
        ({"id": "pilot-1"}, "id", "no_prefix"),
        ({"id": "360G-pilots-" + "1" * 200}, "id", "too_long"),
        ({"title": ""}, "title", "missing"),
        ({"title": "a\x00b"}, "title", "control_character"),
        ({"title": True}, "title", "not_text"),
        ({"currency": "£"}, "currency", "not_a_currency"),
        ({"currency": None}, "currency", "missing"),
        ({"amountAwarded": None}, "amountAwarded", "missing"),
        ({"amountAwarded": "1,000"}, "amountAwarded", "not_an_amount"),
        ({"amountAwarded": True}, "amountAwarded", "not_an_amount"),
        ({"amountAwarded": 1e300}, "amountAwarded", "not_an_amount"),
        ({"amountDisbursed": {"value": 1}}, "amountDisbursed", "not_an_amount"),
        ({"awardDate": None}, "awardDate", "missing"),
        ({"awardDate": "2004-02-30"}, "awardDate", "not_in_the_calendar"),
        ({"awardDate": "03/04/2004"}, "awardDate", "date_style_undeclared"),
        ({"awardDate": "3/4/04"}, "awardDate", "year_in_short"),
        ({"awardDate": "in June"}, "awardDate", "not_a_date"),
        ({"plannedDates": [{"startDate": "2004-13-01"}]}, "plannedDates/0/startDate", "not_in_the_calendar"),
        ({"plannedDates": "soon"}, "plannedDates", "not_a_list"),
        ({"fundingOrganization": []}, "fundingOrganization", "missing"),
        ({"recipientOrganization": [{"id": "GB-LAE-1"}]}, "recipientOrganization/0/name", "missing"),
        ({"recipientOrganization": []}, "recipientOrganization", "missing"),
        ({"disbursementTransaction": [{"id": "t"}]}, "disbursementTransaction/0/value", "missing"),
    ],
    ids=str,
)
def test_a_row_that_cannot_be_read_is_reported_by_field_rule_and_hint(
    otherwise: dict[str, Any], field: str, rule: str
) -> None:
    written = json.dumps({"grants": [grant(1, **otherwise)]}).encode()
    (row,) = three_sixty.read_json(BoundedFile(BytesIO(written)))
    read = three_sixty.parse_row(row, Dates.ISO)
    assert isinstance(read, QuarantinedRow)
    (problem,) = read.problems
    assert (field, rule) == (problem.field, problem.rule)
    assert problem.hint.endswith(".")


def test_a_row_that_cannot_be_read_is_put_aside_and_the_others_are_recorded(database: Database, tmp_path: Path) -> None:
    report = bring(database, package(tmp_path / "a.json", [grant(1, title=""), grant(2), "no grant at all"]))
    assert ({"quarantined": 2, "new": 1}, {"missing": 1, "not_a_grant": 1}) == (counts(report), dict(report.rules))


def test_a_row_is_reported_with_all_its_problems_at_once(database: Database, tmp_path: Path) -> None:
    wrong = grant(1, awardDate="03/04/2004", amountAwarded="much", title=None)
    report = bring(database, package(tmp_path / "a.json", [wrong]))
    assert {"date_style_undeclared", "not_an_amount", "missing"} == set(report.rules)


def test_rows_of_one_identifier_are_all_put_aside_for_nobody_can_tell_which_is_meant(
    database: Database, tmp_path: Path
) -> None:
    report = bring(database, package(tmp_path / "a.json", [grant(1), grant(2), grant(1, title="Another")]))
    assert {"quarantined": 2, "new": 1} == counts(report)
    assert {"identifier_repeated"} == set(report.rules)


def test_rows_that_were_put_aside_are_mended_in_their_own_file_and_tried_again(
    database: Database, tmp_path: Path
) -> None:
    file = package(tmp_path / "a.json", [grant(1), grant(2, awardDate="15/06/2004")])
    bring(database, file, report=tmp_path / "report.csv", quarantine=tmp_path / "aside.json")
    rows = list(csv.DictReader((tmp_path / "report.csv").read_text(encoding="utf-8").splitlines()))
    assert [("new", ""), ("quarantined", "date_style_undeclared")] == [(one["became"], one["rule"]) for one in rows]

    mended = (tmp_path / "aside.json").read_text().replace("15/06/2004", "2004-06-15")
    (tmp_path / "aside.json").write_text(mended)
    report = bring(database, tmp_path / "aside.json", part=True)
    assert {"new": 1} == counts(report)
    whole = bring(database, package(tmp_path / "b.json", [grant(1), grant(2)]))
    assert ({"unchanged": 2}, 0) == (counts(whole), whole.events)


# --- Dry runs, stops and restarts -------------------------------------------------------------------------------------


def test_a_dry_run_reports_what_would_be_recorded_and_records_nothing(database: Database, tmp_path: Path) -> None:
    grants = [
        grant(number, recipientOrganization=[{"id": "GB-LAE-1", "name": f"Name {number % 3}"}]) for number in range(700)
    ]
    file = package(tmp_path / "a.json", grants)
    dry = bring(database, file, dry_run=True)
    assert 0 == position(database)
    wet = bring(database, file)
    assert (counts(wet), wet.events) == (counts(dry), dry.events)
    assert 0 == bring(database, file, dry_run=True).events


def test_an_import_that_stops_in_the_middle_is_run_again_and_ends_as_if_it_had_never_stopped(
    database: Database, server: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = package(tmp_path / "a.json", [grant(number) for number in range(900)])

    class Stopped(Exception):
        pass

    progress: list[int] = []

    def stops(what: str, done: int, of: int) -> None:
        progress.append(done)
        if what == "Recording" and done == 600:
            raise Stopped

    with PostgresLog(database) as log, pytest.raises(Stopped):
        import_edition(log, file, json_reader(), ImportOptions(), stops)
    half = {stream for stream, _, name in log_of(database) if name == "AwardStated"}
    assert 0 < len(half) < 900
    assert 0 == len(half) % recording.BATCH
    report = bring(database, file)
    assert {"unchanged": len(half), "new": 900 - len(half)} == counts(report)
    assert 900 * Decimal("100.25") == figures(database, "360G-pilots")["awarded"]
    streams = [(stream, version) for stream, version, _ in log_of(database)]
    assert len(streams) == len(set(streams))


def test_killed_in_the_middle_it_is_run_again_and_every_grant_is_there_once(database: Database, tmp_path: Path) -> None:
    file = package(tmp_path / "a.json", [grant(number) for number in range(1000)])
    command = [sys.executable, "-m", "infra.cli", "import", "360giving", str(file)]
    with subprocess.Popen(command, cwd=ROOT, env={**os.environ, "DATABASE_URL": database.url}) as running:
        while position(database) == 0:
            time.sleep(0.05)
        running.send_signal(signal.SIGKILL)
    reached = position(database)
    answer = fundtrail(database, "import", "360giving", str(file), "--json")
    assert 0 == answer.returncode, answer.stderr
    report = json.loads(answer.stdout)
    assert 0 < reached < position(database)
    assert 1000 == report["rows_new"] + report["rows_unchanged"]
    assert report["rows_unchanged"] > 0
    assert 1000 * Decimal("100.25") == figures(database, "360G-pilots")["awarded"]


# --- The command ------------------------------------------------------------------------------------------------------


def test_the_command_says_what_it_did_and_ends_with_a_code_that_scripts_can_trust(
    database: Database, tmp_path: Path
) -> None:
    good = package(tmp_path / "good.json", [grant(1)])
    answer = fundtrail(database, "import", "360giving", str(good))
    assert (0, True) == (answer.returncode, "1 row, " in answer.stdout and "1 new; 0 gone" in answer.stdout)

    doubtful = package(tmp_path / "doubtful.json", [grant(1), grant(2, awardDate="03/04/2004")])
    answer = fundtrail(database, "import", "360giving", str(doubtful))
    assert 4 == answer.returncode
    assert "--dates uk" in " ".join(answer.stdout.split())

    (tmp_path / "bad.json").write_text('{"grants": [')
    answer = fundtrail(database, "import", "360giving", str(tmp_path / "bad.json"), "--json")
    assert (2, "truncated") == (answer.returncode, json.loads(answer.stdout)["error"]["code"])
    assert "Traceback" not in answer.stderr


def test_a_file_that_is_not_there_is_said_to_be_missing(database: Database, tmp_path: Path) -> None:
    with pytest.raises(UnreadableFile, match="There is no file nowhere"):
        bring(database, tmp_path / "nowhere.json")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--part", "--whole"], "contradict each other"),
        (["--quarantine", "good.json"], "is the file to import"),
        (["--report", "good.json"], "is the file to import"),
        (["--report", "no/such/folder.csv"], "cannot be written"),
    ],
)
def test_an_option_that_would_do_harm_is_refused_and_the_file_stays_as_it_is(
    database: Database, tmp_path: Path, words: list[str], said: str
) -> None:
    file = package(tmp_path / "good.json", [grant(1)])
    before = file.read_bytes()
    given = [str(tmp_path / word) if "." in word else word for word in words]
    answer = fundtrail(database, "import", "360giving", str(file), *given)
    assert (2, True) == (answer.returncode, said in answer.stderr)
    assert before == file.read_bytes()


def test_iati_and_registers_have_commands_of_their_own(database: Database, tmp_path: Path) -> None:
    (tmp_path / "a.xml").write_text(f"{HEAD}{activity()}</iati-activities>")
    (tmp_path / "a.csv").write_text("No,Title,Award,Date,Bid,Council\n25,ACE,1,15/06/2004,2,Carlisle\n")
    (tmp_path / "map.toml").write_text(PILOTS)
    for words in (["iati", "a.xml"], ["register", "a.csv", "--map", str(tmp_path / "map.toml")]):
        answer = fundtrail(database, "import", words[0], str(tmp_path / words[1]), *words[2:], "--json")
        assert (0, 1) == (answer.returncode, json.loads(answer.stdout)["rows_new"]), answer.stderr
    answer = fundtrail(database, "import", "register", str(tmp_path / "a.csv"), "--map", "nowhere")
    assert (2, True) == (answer.returncode, "The mapping nowhere cannot be read" in answer.stderr)


def test_two_imports_of_one_file_at_once_record_it_once(database: Database, tmp_path: Path) -> None:
    file = package(tmp_path / "a.json", [grant(number) for number in range(600)])
    with ThreadPoolExecutor(2) as both:
        reports = list(both.map(lambda _: bring(database, file), range(2)))
    assert 600 == sum(report.became["new"] for report in reports)
    assert 1200 == sum(report.rows for report in reports)
    assert 600 * Decimal("100.25") == figures(database, "360G-pilots")["awarded"]


def test_clients_read_imported_grants_like_any_other(database: Database, tmp_path: Path) -> None:
    bring(database, package(tmp_path / "a.json", [grant(1)]))
    project_all(database)
    question = """{ partnership(code: "360G-pilots/l/GB-LAE-1") {
        name funding { requested { amount } awarded { amount } paid { amount } }
        bids { requested { amount } }
        awards { reference status bid { reference } payments { status amount { amount } } }
        timeline(first: 20) { nodes { lane title amount { amount } } } } }"""
    with served(database) as api:
        found = api.ask(question)["partnership"]
    assert ("Council 1", "200.50", "100.25", "50.00") == (
        found["name"],
        *(found["funding"][name]["amount"] for name in ("requested", "awarded", "paid")),
    )
    (award,) = found["awards"]
    assert ("360G-pilots-1", "stated", {"reference": "360G-pilots-1"}) == (
        award["reference"],
        award["status"],
        award["bid"],
    )
    assert [{"status": "stated", "amount": {"amount": "50.00"}}] == award["payments"]
    assert {"GOVERNANCE", "BID", "AWARD", "DISBURSEMENT", "DELIVERY"} == {
        entry["lane"] for entry in found["timeline"]["nodes"]
    }


def test_an_import_lets_python_collect_seldom_and_leaves_that_as_it_was(database: Database, tmp_path: Path) -> None:
    before = gc.get_threshold()
    during = []

    def seen(what: str, done: int, of: int) -> None:
        during.append(gc.get_threshold()[0])

    with PostgresLog(database) as log:
        import_edition(log, package(tmp_path / "a.json", [grant(1)]), json_reader(), ImportOptions(), seen)
        assert before == gc.get_threshold()
        assert {max(RARE_THRESHOLD, before[0])} == set(during)
        with pytest.raises(UnreadableFile):
            import_edition(log, tmp_path / "missing.json", json_reader(), ImportOptions())
    assert before == gc.get_threshold()
