"""The Capacity Building Programme's files: every row is an event or is counted with a reason, and none twice."""

import csv
import filecmp
import re
import shutil
import signal
from collections import Counter
from collections.abc import Callable, Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from domain.award import AwardStated, ComponentStated
from domain.between.pooling import ChargeAgreed
from domain.history import Recorded
from domain.partnership import SumStated
from domain.values.when import When
from infra.database.postgres import Database
from infra.feeding.projector import project_all
from infra.imports.cbp import facts as cbp
from infra.imports.cbp import terms
from infra.imports.cbp.codes import identity
from infra.imports.cbp.csv_file import read_table
from infra.imports.cbp.figures import FILE as FIGURES
from infra.imports.cbp.impact_names import FILE as IMPACT_NAMES
from infra.imports.cbp.report import FileReport
from infra.imports.cbp.support import FILE as SUPPORT
from infra.log.codec import CODEC
from infra.log.postgres_log import PostgresLog, read_log
from tests.kit.files.importing import figures
from tests.kit.paths import ROOT
from tests.kit.processes import forked
from tests.kit.programs.import_and_stop import import_and_stop

SHARED = ROOT.parent / "shared" / "cbp"
# Files of our own: what rows of the others state in words.
OURS = {FIGURES, IMPACT_NAMES, SUPPORT}
# Files of which some rows are no events of their own.
LEFT_OUT = {*terms.LEFT_OUT, "impact_framework.csv", FIGURES, IMPACT_NAMES}
Edit = Callable[[Path], object]


def imported(database: Database, folder: Path = cbp.DEMO) -> dict[str, FileReport]:
    """The reports of an import of *folder*, by file."""
    with PostgresLog(database) as log:
        return {report.name: report for report in cbp.import_cbp(log, folder, correlation_id="test")}


def events(database: Database) -> list[Recorded]:
    """Everything in the log."""
    with database.connect() as connection:
        return read_log(connection, 0, 100_000)


def bodies(database: Database) -> dict[tuple[str, int], tuple[str, bytes]]:
    """What the log holds apart from times and ids: the name and body of each event by stream and version."""
    return {(one.stream, one.version): (type(one.event).__name__, CODEC.encode(one.event)) for one in events(database)}


def rows(name: str, folder: Path = cbp.DEMO) -> list[dict[str, str]]:
    """The rows of a file."""
    with (folder / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of the files, to be changed."""
    return shutil.copytree(cbp.DEMO, tmp_path / "cbp")


def lines(folder: Path, name: str) -> list[bytes]:
    """The lines of a file of *folder*."""
    return (folder / name).read_bytes().split(b"\r\n")


def write(folder: Path, name: str, given: list[bytes]) -> None:
    """Write *given* as the lines of a file of *folder*."""
    (folder / name).write_bytes(b"\r\n".join(given))


def insert(folder: Path, name: str, line: str, *, at: int) -> None:
    """Put *line* into a file of *folder* as its line number *at*, counted from 1."""
    found = lines(folder, name)
    write(folder, name, [*found[: at - 1], line.encode(), *found[at - 1 :]])


# --- Every row --------------------------------------------------------------------------------------------------------


def told_by_the_readme() -> dict[str, int]:
    """The number of rows of each file, as the README of the files tells it."""
    text = (cbp.DEMO / "README.md").read_text(encoding="utf-8")
    return {name: int(number) for name, number in re.findall(r"^\| `(\w+\.csv)` \| (\d+) \|", text, re.MULTILINE)}


def test_the_files_have_as_many_rows_as_their_readme_says(database: Database) -> None:
    found = {name: report.rows for name, report in imported(database).items() if name not in OURS}
    assert told_by_the_readme() == found
    assert 15 == len(found)


def test_every_row_becomes_events_or_is_counted_with_a_reason(database: Database) -> None:
    for report in imported(database).values():
        assert [] == report.broken
        assert 0 == report.unchanged
        assert report.rows == report.recorded + sum(report.left_out.values()), report.name
        assert (report.events > 0) is (report.recorded > 0)
        assert all(len(reason) > 10 for reason in report.left_out)
    with_reasons = {name for name, report in imported(database).items() if report.left_out}
    assert LEFT_OUT == with_reasons


def test_every_event_carries_the_row_that_states_it(shared_programme: Database) -> None:
    found = events(shared_programme)
    stated = Counter(
        (one.event.source.register, one.event.source.cites) for one in found if one.event.source is not None
    )
    assert len(found) == stated.total(), "an event without a source"
    recorded = {name for name in told_by_the_readme() if name not in terms.LEFT_OUT}
    cited = {(name, row["source"]) for name in recorded for row in rows(name)}
    of_rows = {(name, cites) for name, cites in stated if name not in ("impact_framework.csv", SUPPORT)}
    assert {(name, cites) for name, cites in cited if name != "impact_framework.csv"} == of_rows
    # A framework cites all its rows. A step of support cites what the row cites that it names.
    frameworks = [cites for name, cites in stated if name == "impact_framework.csv"]
    assert {row["source"] for row in rows("impact_framework.csv")} == {
        one for cites in frameworks for one in cites.split("; ")
    }
    assert {cites for name, cites in stated if name == SUPPORT} <= {cites for _, cites in cited}


def test_every_event_is_recorded_under_the_command_of_its_row(shared_programme: Database) -> None:
    for one in events(shared_programme):
        source = one.event.source
        assert source is not None
        assert one.command_id.startswith(f"cbp/{source.register}/{source.row}/")
        assert ("import cbp", "as its source states") == (one.actor, one.authority)


# Cells that no event holds. Whoever makes an event hold one of them takes it off.
NOT_KEPT = {
    ("programmes.csv", "country", "SchemeEstablished"),
    ("awards.csv", "funder_code", "ComponentStated"),
    ("events.csv", "actor_code", "AwardCorroborated"),
    ("events.csv", "actor_code", "DeliveryPeriodStated"),
    ("events.csv", "actor_code", "PartnershipRenamed"),
    ("events.csv", "actor_code", "PartnershipReclassified"),
    ("events.csv", "actor_code", "SupplierReplaced"),
    ("events.csv", "actor_code", "DeliveryEnded"),
    ("events.csv", "summary", "PartnerJoined"),
    # A figure of the row says it: the stage that was reached, and whom the rule is for.
    ("events.csv", "summary", "MilestoneReached"),
    ("limits.csv", "body", "EligibilityRulePublished"),
}
# Cells that an event says by being what it is, or through its date.
SAID_OTHERWISE = {("events.csv", "kind"), ("events.csv", "certainty"), ("awards.csv", "award_basis")}


def test_every_cell_of_every_row_is_kept_but_for_those_that_are_known_not_to_be(shared_programme: Database) -> None:
    by_row: dict[tuple[str, str], list[Recorded]] = {}
    for one in events(shared_programme):
        assert one.event.source is not None
        by_row.setdefault((one.event.source.register, one.event.source.row), []).append(one)
    lost = set()
    # A line of support.csv names a row: the words of that row are kept.
    for name, (_, columns) in [(name, read) for name, read in cbp.FILES.items() if name != SUPPORT]:
        for row in read_table(cbp.DEMO / name, tuple(columns.split())).rows:
            found = by_row.get((name, row.digest), [])
            text = "".join(CODEC.encode(one.event).decode() + one.stream for one in found)
            for column, cell in row.cells.items():
                kinds = ("organisation", "partnership", "programme", "scheme", "delivery")
                known = [cell.replace('"', '\\"'), *(identity(kind, cell) for kind in kinds)]
                if found and not any(form in text for form in known) and (name, column) not in SAID_OTHERWISE:
                    lost.add((name, column, type(found[-1].event).__name__))
    assert NOT_KEPT == lost


def test_the_projects_copy_of_the_files_is_the_original() -> None:
    if not SHARED.exists():
        pytest.skip("the original files are not on this machine")
    names = sorted(path.name for path in cbp.DEMO.iterdir() if path.name not in OURS)
    # The folder also holds what has been written about the programme since: which needs are met, and what is missing.
    assert names == [
        path.name for path in sorted(SHARED.iterdir()) if path.name not in {"coverage.csv", "capabilities.md"}
    ]
    assert (names, [], []) == filecmp.cmpfiles(SHARED, cbp.DEMO, names, shallow=False)


# --- Dates ------------------------------------------------------------------------------------------------------------


def test_dates_are_as_exact_as_their_source_and_never_more(shared_programme: Database) -> None:
    table = read_table(cbp.DEMO / "events.csv", tuple(cbp.FILES["events.csv"][1].split()))
    by_row = {row.digest: row for row in table.rows}
    seen: Counter[str] = Counter()
    for one in events(shared_programme):
        source = one.event.source
        if source is None or source.register != "events.csv":
            continue
        row = by_row[source.row]
        about = "~" if row["certainty"] == "approximate" else ""
        start, end = row["effective_from"], row["effective_to"]
        until: When | None = getattr(one.event, "until", None)
        if start:
            assert f"{start}{about}" == one.event.on.text
            assert (f"{end}{about}" if end else None) == (until.text if until else None)
        else:
            assert (f"../{end}{about}" if end else "unknown") == one.event.on.text
            assert until is None
        seen[one.event.on.precision.value] += 1
    assert {"day", "month", "year", "range", "unknown"} == set(seen)


def test_what_no_source_dates_stays_undated(shared_programme: Database) -> None:
    dated = {"events.csv", "outcomes.csv", "national_programmes.csv", "programmes.csv", SUPPORT}
    for one in events(shared_programme):
        assert one.event.source is not None
        if one.event.source.register not in dated:
            assert "unknown" == one.event.on.text, one


# --- Money ------------------------------------------------------------------------------------------------------------


def test_the_awards_are_those_of_the_files_and_the_pilots_add_up_to_701997(shared_programme: Database) -> None:
    found = [one.event for one in events(shared_programme)]
    awards = [event for event in found if isinstance(event, AwardStated)]
    stated = rows("awards.csv")
    assert sorted(Decimal(row["amount_gbp"]) for row in stated if row["award_basis"] in ("total_stated", "award")) == (
        sorted(event.amount.amount for event in awards)
    )
    assert Decimal("701997.00") == sum(event.amount.amount for event in awards if event.basis == "total_stated")
    components = [event.amount.amount for event in found if isinstance(event, ComponentStated)]
    assert [Decimal(25000), Decimal(150000)] == components
    others = {event.basis for event in found if isinstance(event, SumStated)}
    assert {*terms.OTHER_BASES} - {terms.CHARGE_BASIS} == others
    assert ["3600000.00 GBP"] == [str(event.amount) for event in found if isinstance(event, ChargeAgreed)]


# --- Again ------------------------------------------------------------------------------------------------------------


def test_importing_again_records_nothing(programme: Database) -> None:
    before = bodies(programme)
    for report in imported(programme).values():
        assert (0, 0, []) == (report.events, report.recorded, report.broken)
        assert report.rows == report.unchanged + sum(report.left_out.values())
    assert before == bodies(programme)


def test_rows_in_a_file_written_another_way_are_the_same_rows(programme: Database, folder: Path) -> None:
    names = [name for name in cbp.FILES if name not in terms.LEFT_OUT]
    for name in names:
        (folder / name).write_bytes(b"\xef\xbb\xbf" + (folder / name).read_bytes().replace(b"\r\n", b"\n"))
    assert 0 == sum(report.events for report in imported(programme, folder).values())
    for name in names:  # A remark beside each row, and the columns the other way round.
        found = rows(name)
        with (folder / name).open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, ["remark", *reversed(list(found[0]))])
            writer.writeheader()
            writer.writerows({"remark": f"seen {number}", **row} for number, row in enumerate(found))
    reports = imported(programme, folder)
    assert (0, 0) == (sum(one.events for one in reports.values()), sum(len(one.broken) for one in reports.values()))


ADDED = [
    ("organisations.csv", "new-council,New Council,council,,district,,,000_6fe3068b2cce47b0.txt:1", 1),
    ("organisations.csv", "new-town,New Town,council,,district,Weak,,000_6fe3068b2cce47b0.txt:1", 2),
    ("programmes.csv", "new-fund,New Fund,odpm,England,2004,2006,A fund,000_6fe3068b2cce47b0.txt:1", 2),
    ("partnerships.csv", "new-one,New one,cbp-pilots,pilot-local,,,,,,2004-05,,,000_6fe3068b2cce47b0.txt:1", 1),
    ("partners.csv", "nwin,odpm,partner,000_6fe3068b2cce47b0.txt:1", 1),
    ("partners.csv", "cbp,odpm,quoted,000_6fe3068b2cce47b0.txt:1", 1),
    ("governance.csv", "nwin,New Board,steering,,,10000,000_6fe3068b2cce47b0.txt:1", 1),
    ("limits.csv", "cbp,New Board,,Two partners at least,000_6fe3068b2cce47b0.txt:1", 1),
    ("awards.csv", "nwin,500,GBP,Travel,award,2006-03,odpm,,000_6fe3068b2cce47b0.txt:1", 1),
    ("events.csv", "nwin,workshop_held,2006-03-15,,A workshop is held.,,,stated,000_6fe3068b2cce47b0.txt:1", 1),
    ("delays.csv", "nwin,spending,two months,59,62,Money was left,000_6fe3068b2cce47b0.txt:1", 1),
    (
        "outcomes.csv",
        "nwin,skills,individual,People trained,0,20,12,people,interim,,2006,000_6fe3068b2cce47b0.txt:1",
        1,
    ),
]


@pytest.mark.parametrize("place", ["top", "middle", "end"])
def test_after_rows_were_added_just_their_events_are_new(programme: Database, folder: Path, place: str) -> None:
    before = bodies(programme)
    for name, line, _ in ADDED:
        last = len(lines(folder, name))
        insert(folder, name, line, at={"top": 2, "middle": last // 2, "end": last}[place])
    reports = imported(programme, folder)
    expected: Counter[str] = Counter()
    for name, _, number in ADDED:
        expected[name] += number
    assert expected == Counter({name: report.events for name, report in reports.items() if report.events})
    assert Counter(name for name, _, _ in ADDED) == Counter(
        {name: report.recorded for name, report in reports.items() if report.recorded}
    )
    after = bodies(programme)
    assert before.items() <= after.items()
    assert len(before) + expected.total() == len(after)


def test_a_row_that_stands_twice_is_recorded_twice_and_not_again(programme: Database, folder: Path) -> None:
    line = lines(folder, "delays.csv")[5]
    insert(folder, "delays.csv", line.decode(), at=12)
    assert (1, 1) == ((report := imported(programme, folder)["delays.csv"]).events, report.recorded)
    assert 0 == imported(programme, folder)["delays.csv"].events


def test_an_award_whose_words_have_changed_is_refused_and_no_money_is_added(programme: Database, folder: Path) -> None:
    text = (folder / "awards.csv").read_text(encoding="utf-8")
    changed = text.replace("Consultants to review and audit", "Consultants who review and audit")
    (folder / "awards.csv").write_text(changed, encoding="utf-8", newline="")
    before = bodies(programme)
    report = imported(programme, folder)["awards.csv"]
    assert [(5, "AlreadyThere")] == [(line, reason.partition(":")[0]) for line, reason in report.broken]
    assert before == bodies(programme)


# --- Corrected rows ---------------------------------------------------------------------------------------------------


def correct(folder: Path, old: str, new: str, name: str = "awards.csv") -> None:
    """Put *new* for *old* into a file, by default that of awards."""
    text = (folder / name).read_text(encoding="utf-8")
    assert old in text
    (folder / name).write_text(text.replace(old, new), encoding="utf-8", newline="")


def portsmouth(database: Database) -> Decimal:
    """What the ladder of Portsmouth shows as awarded."""
    return figures(database, "portsmouth-future-leaders", column="partnership_id")["awarded"]


def test_a_corrected_amount_replaces_the_old_one(programme: Database, folder: Path) -> None:
    assert Decimal("34459.00") == portsmouth(programme)
    correct(folder, "portsmouth-future-leaders,34459,", "portsmouth-future-leaders,99999,")
    report = imported(programme, folder)["awards.csv"]
    assert ([], []) == (report.broken, report.removed)
    assert Decimal("99999.00") == portsmouth(programme)
    assert 0 == imported(programme, folder)["awards.csv"].events


@pytest.mark.parametrize("old", ["\ncbp,Capacity Building Programme", "\ncbp-pilots,CBP Pilot Programme"])
def test_a_programme_or_scheme_whose_name_is_restated_is_under_two_names(
    programme: Database, folder: Path, old: str
) -> None:
    correct(folder, old, old.partition(",")[0] + ",Capacity Fund", "programmes.csv")
    report = imported(programme, folder)["programmes.csv"]
    assert ([], 1) == (report.broken, report.events)
    assert 0 == imported(programme, folder)["programmes.csv"].events
    project_all(programme)
    with programme.connect() as connection:
        found = connection.execute(
            "SELECT message FROM read.discrepancies WHERE rule = 'programme_under_two_names'"
        ).fetchall()
    ((message,),) = found
    assert message.startswith("Known under 2 names: ")
    assert "Capacity Fund" in message


def test_an_amount_that_is_corrected_back_is_as_it_was(programme: Database, folder: Path) -> None:
    for old, new in (("34459", "99999"), ("99999", "34459"), ("34459", "99999")):
        correct(folder, f"portsmouth-future-leaders,{old},", f"portsmouth-future-leaders,{new},")
        imported(programme, folder)
        assert Decimal(new) == portsmouth(programme)


def test_a_removed_award_is_reported_and_keeps_its_money(programme: Database, folder: Path) -> None:
    found = lines(folder, "awards.csv")
    write(folder, "awards.csv", [line for line in found if not line.startswith(b"portsmouth-future-leaders,34459")])
    assert (1, 1) == (len((report := imported(programme, folder)["awards.csv"]).removed), report.events)
    assert Decimal("34459.00") == portsmouth(programme)
    assert 0 == imported(programme, folder)["awards.csv"].events
    write(folder, "awards.csv", found)
    imported(programme, folder)
    assert Decimal("34459.00") == portsmouth(programme)


# --- Broken -----------------------------------------------------------------------------------------------------------


def cell(name: str, line: int, old: str, new: str) -> Edit:
    """Put *new* for *old* into a line of a file."""

    def edit(folder: Path) -> None:
        found = lines(folder, name)
        assert old.encode() in found[line - 1], found[line - 1]
        found[line - 1] = found[line - 1].replace(old.encode(), new.encode(), 1)
        write(folder, name, found)

    return edit


def added(name: str, *given: tuple[int, str]) -> Edit:
    """Put lines into a file, each as the line number before it."""

    def edit(folder: Path) -> None:
        for at, line in given:
            insert(folder, name, line, at=at)

    return edit


def a_folder(name: str) -> Edit:
    """Put a folder where a file should be."""

    def edit(folder: Path) -> None:
        (folder / name).unlink()
        (folder / name).mkdir()

    return edit


S = "000_6fe3068b2cce47b0.txt:1"
# What is wrong, in which file and line (0: the file as a whole), and what the report says about it.
BROKEN: dict[str, tuple[str, int, str, Edit]] = {
    "unknown organisation": (
        "partners.csv", 4, 'There is no organisation with the code "nobody"',
        added("partners.csv", (4, f"nwin,nobody,lead,{S}")),
    ),
    "unknown partnership": (
        "delays.csv", 3, 'There is no partnership or programme with the code "nowhere"',
        added("delays.csv", (3, f"nowhere,spending,,,,Late,{S}")),
    ),
    "unknown partnership of a national programme": (
        "national_programmes.csv", 2, 'There is no partnership with the code "np-none"',
        cell("national_programmes.csv", 2, "np-peer-clearing-house", "np-none"),
    ),
    "unknown pilot": (
        "pilots.csv", 39, "No partnership is noted as pilot 99", cell("pilots.csv", 39, "39,", "99,"),
    ),
    "amount of letters": (
        "limits.csv", 2, 'amount "fifty"', cell("limits.csv", 2, "50000", "fifty"),
    ),
    "amount with a separator": (
        "governance.csv", 3, 'amount "50,000"', cell("governance.csv", 3, ",50000,", ',"50,000",'),
    ),
    "amount below a penny": (
        "limits.csv", 2, "at most 2 decimal places", cell("limits.csv", 2, "50000", "50000.005"),
    ),
    "amount of nothing": (
        "limits.csv", 2, "It must be more than 0", cell("limits.csv", 2, "50000", "0"),
    ),
    "amount below nothing": (
        "limits.csv", 2, "It must be more than 0", cell("limits.csv", 2, "50000", "-50000"),
    ),
    "amount with an exponent": (
        "limits.csv", 2, 'amount "5e4"', cell("limits.csv", 2, "50000", "5e4"),
    ),
    "date in words": (
        "events.csv", 48, '"March 2004" is not a date', cell("events.csv", 48, "2004-03", "March 2004"),
    ),
    "date that no calendar has": (
        "events.csv", 48, "2004-02-30 is not in the calendar", cell("events.csv", 48, "2004-03", "2004-02-30"),
    ),
    "date of a day first": (
        "events.csv", 48, '"15/03/2004" is not a date', cell("events.csv", 48, "2004-03", "15/03/2004"),
    ),
    "range where one date is wanted": (
        "events.csv", 48, "is not a date", cell("events.csv", 48, "2004-03", "2004-03/2004-04"),
    ),
    "end before start": (
        "events.csv", 49, "ends (2003-03) before it starts (2004-07)", cell("events.csv", 49, "2005-03", "2003-03"),
    ),
    "unknown certainty": (
        "events.csv", 48, 'The certainty "sure" is unknown', cell("events.csv", 48, ",stated,", ",sure,"),
    ),
    "days that are no range": (
        "delays.csv", 2, 'The days from "120" to "12" are not a range', cell("delays.csv", 2, ",123,", ",12,"),
    ),
    "days without an end": (
        "delays.csv", 2, 'The days from "120" to "" are not a range', cell("delays.csv", 2, ",123,", ",,"),
    ),
    "number of letters": (
        "pilots.csv", 2, 'number is "one". It must be a whole number.', cell("pilots.csv", 2, "1,", "one,"),
    ),
    "number below nothing": (
        "delays.csv", 2, 'min_days is "-120". It must be a whole number.', cell("delays.csv", 2, ",120,", ",-120,"),
    ),
    "empty cell": (
        "outcomes.csv", 2, "status is empty. Fill it in.", cell("outcomes.csv", 2, ",achieved,", ",,"),
    ),
    "cell too many": (
        "outcomes.csv", 5, "The row has 13 cells, but the header has 12",
        lambda folder: write(folder, "outcomes.csv", [
            line + b",x" if number == 4 else line for number, line in enumerate(lines(folder, "outcomes.csv"))
        ]),
    ),
    "cell too few": (
        "pilots.csv", 3, "The row has 2 cells, but the header has 5", added("pilots.csv", (3, "40,Nobody")),
    ),
    "line without cells": (
        "delays.csv", 7, "The row has 0 cells, but the header has 7", added("delays.csv", (7, "")),
    ),
    "NUL": (
        "pilots.csv", 2, "A cell has a NUL character", cell("pilots.csv", 2, "Worcestershire", "Worc\x00"),
    ),
    "row after one of two lines": (
        "delays.csv", 4, 'There is no partnership or programme with the code "nowhere"',
        added("delays.csv", (2, f'nwin,spending,,,,"Late\r\nand later",{S}'), (4, f"nowhere,spending,,,,Late,{S}")),
    ),
    "missing column": (
        "outcomes.csv", 0, "The header lacks target", cell("outcomes.csv", 1, "target", "aim"),
    ),
    "several missing columns": (
        "delays.csv", 0, "The header lacks stage, source",
        lambda folder: write(folder, "delays.csv", [
            b"partnership_code,x,stated_length,min_days,max_days,consequence,y", *lines(folder, "delays.csv")[1:]
        ]),
    ),
    "empty file": (
        "pilots.csv", 0, "The header lacks number", lambda folder: (folder / "pilots.csv").write_bytes(b""),
    ),
    "open quotation": (
        "delays.csv", 0, "unexpected end of data", added("delays.csv", (33, f'nwin,spending,,,,"Late,{S}')),
    ),
    "not UTF-8": (
        "limits.csv", 0, "cannot be read as UTF-8",
        lambda folder: (folder / "limits.csv").write_bytes(b"\xa3" + (folder / "limits.csv").read_bytes()),
    ),
    "missing file": (
        "delays.csv", 0, "The file is missing.", lambda folder: (folder / "delays.csv").unlink(),
    ),
    "a folder for a file": (
        "delays.csv", 0, "cannot be read",
        a_folder("delays.csv"),
    ),
}  # fmt: skip


@pytest.mark.parametrize("what", list(BROKEN))
def test_a_broken_row_is_reported_by_file_line_and_reason_and_nothing_of_its_file_is_recorded(
    programme: Database, folder: Path, what: str
) -> None:
    name, line, reason, edit = BROKEN[what]
    expected: Counter[str] = Counter()
    for file, good, number in ADDED:  # Something new in almost every file, also in the one that is broken.
        insert(folder, file, good, at=len(lines(folder, file)))
        expected[file] += number
    edit(folder)
    before = bodies(programme)
    reports = imported(programme, folder)
    assert [name] == [report.name for report in reports.values() if report.broken]
    report = reports[name]
    ((told_line, told_reason),) = report.broken
    assert line == told_line
    assert reason in told_reason
    assert (0, 0, 0) == (report.events, report.recorded, report.unchanged)
    del expected[name]
    assert expected == Counter({other.name: other.events for other in reports.values() if other.events})
    assert len(before) + expected.total() == len(bodies(programme))


def test_every_broken_row_of_a_file_is_reported_and_not_only_the_first(database: Database, folder: Path) -> None:
    for line, old, new in ((48, "2004-03", "soon"), (49, "2005-03", "2003"), (50, "75000", "lots")):
        cell("events.csv", line, old, new)(folder)
    report = imported(database, folder)["events.csv"]
    assert [48, 49, 50] == [line for line, _ in report.broken]


def test_rows_that_depend_on_a_broken_file_are_not_recorded_either(database: Database, folder: Path) -> None:
    cell("awards.csv", 2, "34459", "lots")(folder)
    reports = imported(database, folder)
    assert [(2, True)] == [(line, "lots" in reason) for line, reason in reports["awards.csv"].broken]
    # An event that confirms an award needs the award: its rows say that there is nothing to confirm.
    confirming = [number for number, row in enumerate(rows("events.csv"), start=2) if row["kind"] == "award_made"]
    assert {"NothingThere"} == {reason.partition(":")[0] for _, reason in reports["events.csv"].broken}
    assert {line for line, _ in reports["events.csv"].broken} <= set(confirming)
    # With the row put right, everything that waited comes in, and the rest is there already.
    cell("awards.csv", 2, "lots", "34459")(folder)
    again = imported(database, folder)
    assert 0 == sum(len(report.broken) for report in again.values())
    assert {"awards.csv", "events.csv"} == {report.name for report in again.values() if report.events}


# --- Interrupted ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("at", "when"), [(1, "after"), (3, "before"), (6, "after"), (10, "before"), (12, "after")])
def test_an_import_that_was_killed_is_finished_by_the_next_as_if_nothing_had_been(
    database: Database, shared_programme: Database, at: int, when: str
) -> None:
    with forked(import_and_stop, database, at, when) as killed:
        killed.join(60)
        assert -signal.SIGKILL == killed.exitcode
    begun = bodies(database)
    reports = imported(database)
    assert 0 == sum(len(report.broken) for report in reports.values())
    assert len(bodies(shared_programme)) - len(begun) == sum(report.events for report in reports.values())
    assert bodies(shared_programme) == bodies(database)


@pytest.mark.parametrize("files", [1, 5, 9])
def test_an_import_that_stopped_between_files_is_finished_by_the_next(
    database: Database, shared_programme: Database, files: int
) -> None:
    with PostgresLog(database) as log:
        importing: Iterator[Any] = cbp.import_cbp(log, correlation_id="stopped")
        for _ in range(files):
            next(importing)
    imported(database)
    assert bodies(shared_programme) == bodies(database)
