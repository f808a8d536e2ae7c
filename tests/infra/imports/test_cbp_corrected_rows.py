"""Corrected rows of the Capacity Building Programme: each column of each file, and each row that is taken out.

A corrected row restates what it stated, or it is refused or reported by name. Nothing counts twice, and nothing changes
in silence. What was known before stays.
"""

import csv
import shutil
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from domain.history import Recorded
from domain.values.fact import StatementReplaced
from infra.database.postgres import APP, Database
from infra.feeding.projector import project_all
from infra.imports.cbp import facts as cbp
from infra.imports.cbp.codes import Codes
from infra.imports.cbp.csv_file import read_table
from infra.imports.cbp.figures import figures_of
from infra.imports.cbp.impact_names import impact_names_of
from infra.imports.cbp.report import FileReport
from infra.imports.cbp.stated_before import compared, stated_before
from infra.log.postgres_log import PostgresLog, read_log
from projections.tables.corrections import NOW

# --- What is tried ----------------------------------------------------------------------------------------------------


class Case(NamedTuple):
    """Another value in a *column*: of the first row in which the column is *was*, or is filled in where it is None."""

    verdict: str
    now: str
    was: str | None = None


RESTATED, REFUSED, REPORTED, LEFT_OUT = "restated", "refused", "reported", "left out"
# A second name stands beside the first one.
NAMED = "named"
TEXT, DAY, CODE = " (corrected)", "2005-11", "idea"
# What becomes of a changed cell, by file and column. A text that begins with a space is added to the cell.
CASES: dict[str, dict[str, Case]] = {
    "organisations.csv": {
        # Another code is another organisation. The earlier one stays, and is reported.
        "code": Case(REPORTED, "another"),
        "name": Case(REFUSED, TEXT), "kind": Case(REFUSED, TEXT), "region": Case(REFUSED, TEXT),
        "tier": Case(REFUSED, TEXT), "cpa_category": Case(REFUSED, TEXT), "notes": Case(REFUSED, TEXT),
        "source": Case(REFUSED, TEXT),
    },
    "programmes.csv": {
        "code": Case(REPORTED, "another", "cpa"),
        "name": Case(NAMED, TEXT), "funder": Case(REFUSED, CODE), "country": Case(REFUSED, TEXT),
        "start": Case(REFUSED, DAY), "end": Case(REFUSED, "2010"), "description": Case(REFUSED, TEXT),
        "source": Case(REFUSED, TEXT),
    },
    "partnerships.csv": {
        "code": Case(REPORTED, "another"),
        "name": Case(REFUSED, TEXT), "stream": Case(REFUSED, "cbp-direct-support"), "kind": Case(REFUSED, TEXT),
        "lead_code": Case(REFUSED, CODE), "partner_count": Case(REFUSED, "7"),
        "partner_count_local_authorities": Case(REFUSED, "5"), "region": Case(REFUSED, TEXT),
        "theme": Case(REFUSED, TEXT), "start": Case(REFUSED, "2003"), "end": Case(REFUSED, "2009"),
        "notes": Case(REFUSED, TEXT), "source": Case(REFUSED, TEXT),
    },
    "partners.csv": {
        "partnership_code": Case(REPORTED, "nwin"), "organisation_code": Case(REPORTED, "opm"),
        "role": Case(RESTATED, "quoted"), "source": Case(RESTATED, TEXT),
    },
    "pilots.csv": {
        "number": Case(RESTATED, "39", "38"), "organisation": Case(RESTATED, TEXT), "activity": Case(RESTATED, TEXT),
        "level": Case(RESTATED, TEXT), "source": Case(RESTATED, TEXT),
    },
    "national_programmes.csv": {
        "code": Case(RESTATED, "nwin"), "name": Case(RESTATED, TEXT), "provider_code": Case(RESTATED, "opm"),
        "group": Case(RESTATED, TEXT), "authorities": Case(RESTATED, "80"), "participants": Case(RESTATED, "81"),
        "as_at": Case(RESTATED, DAY), "subsidised_authorities": Case(RESTATED, "5"),
        "subsidised_participants": Case(RESTATED, "6"), "objective_status": Case(RESTATED, TEXT),
        "source": Case(RESTATED, TEXT),
    },
    "governance.csv": {
        "partnership_code": Case(RESTATED, "nwin"), "body": Case(RESTATED, TEXT), "role": Case(RESTATED, TEXT),
        "composition": Case(RESTATED, TEXT), "remit": Case(RESTATED, TEXT), "limit_gbp": Case(RESTATED, "7"),
        "source": Case(RESTATED, TEXT),
    },
    "limits.csv": {
        "partnership_code": Case(RESTATED, "nwin"), "body": Case(RESTATED, TEXT), "limit_gbp": Case(RESTATED, "7"),
        "rule": Case(RESTATED, TEXT), "source": Case(RESTATED, TEXT),
    },
    "awards.csv": {},
    "events.csv": {
        "partnership_code": Case(RESTATED, "nwin"), "kind": Case(RESTATED, "workshop_held"),
        "effective_from": Case(RESTATED, "2002-01-31"), "effective_to": Case(RESTATED, "2010"),
        "summary": Case(RESTATED, TEXT), "amount_gbp": Case(RESTATED, "77"), "actor_code": Case(RESTATED, "nwin"),
        "certainty": Case(RESTATED, "approximate", "stated"), "source": Case(RESTATED, TEXT),
    },
    "delays.csv": {
        "partnership_code": Case(RESTATED, "nwin"), "stage": Case(RESTATED, "spending"),
        "stated_length": Case(RESTATED, TEXT), "min_days": Case(RESTATED, "1"), "max_days": Case(RESTATED, "999"),
        "consequence": Case(RESTATED, TEXT), "source": Case(RESTATED, TEXT),
    },
    "outcomes.csv": {
        "partnership_code": Case(RESTATED, "nwin"), "impact": Case(RESTATED, TEXT), "level": Case(RESTATED, "team"),
        "indicator": Case(RESTATED, TEXT), "baseline": Case(RESTATED, "3"), "target": Case(RESTATED, "4"),
        "actual": Case(RESTATED, "5"), "unit": Case(RESTATED, TEXT), "status": Case(RESTATED, TEXT),
        "evidence": Case(RESTATED, TEXT), "measured_on": Case(RESTATED, DAY), "source": Case(RESTATED, TEXT),
    },
    "direct_support_activities.csv": {"activity": Case(LEFT_OUT, TEXT), "source": Case(LEFT_OUT, TEXT)},
    "impact_framework.csv": {
        "impact": Case(RESTATED, TEXT), "level": Case(REFUSED, TEXT), "evidence_types": Case(RESTATED, TEXT),
        "source": Case(RESTATED, TEXT),
    },
    "requirements.csv": {"id": Case(LEFT_OUT, TEXT), "need": Case(LEFT_OUT, TEXT), "source": Case(LEFT_OUT, TEXT)},
    "support.csv": {
        # A line that names no row states nothing. What it stated before is reported.
        "file": Case(REPORTED, "events.csv"), "code": Case(REPORTED, "nwin"), "words": Case(REPORTED, TEXT),
        "organisation": Case(RESTATED, CODE), "step": Case(RESTATED, "closed"), "number": Case(RESTATED, "5"),
        "sort": Case(RESTATED, "red_flag"), "by": Case(RESTATED, "opm"), "on": Case(RESTATED, DAY),
    },
}  # fmt: skip
# The file of awards has three kinds of rows: whole awards, parts of awards, and sums that are not awards.
_SUM = "budget_allocated"
AWARDS: dict[str, dict[str, Case]] = {
    "total_stated": {
        "partnership_code": Case(REPORTED, "nwin"), "amount_gbp": Case(RESTATED, "77"),
        "currency": Case(RESTATED, "EUR"),
        # Another award of the same amount: its words are its key.
        "purpose": Case(REFUSED, TEXT), "award_basis": Case(REPORTED, "deployed"),
        "awarded_on": Case(RESTATED, DAY), "funder_code": Case(RESTATED, CODE), "conditions": Case(RESTATED, TEXT),
        "source": Case(RESTATED, TEXT),
    },
    "component_of_total": {
        "partnership_code": Case(REFUSED, "nwin"), "amount_gbp": Case(RESTATED, "77"),
        "currency": Case(RESTATED, "EUR"), "purpose": Case(RESTATED, TEXT),
        "award_basis": Case(RESTATED, "deployed"), "awarded_on": Case(RESTATED, DAY),
        "funder_code": Case(RESTATED, CODE), "conditions": Case(RESTATED, TEXT), "source": Case(RESTATED, TEXT),
    },
    _SUM: {
        "partnership_code": Case(RESTATED, "dip"), "amount_gbp": Case(RESTATED, "77"),
        "currency": Case(RESTATED, "EUR"), "purpose": Case(RESTATED, TEXT),
        "award_basis": Case(RESTATED, "deployed"), "awarded_on": Case(RESTATED, DAY),
        "funder_code": Case(RESTATED, CODE), "conditions": Case(RESTATED, TEXT), "source": Case(RESTATED, TEXT),
    },
}  # fmt: skip


# A framework is recorded with the first of its rows: there are two.
FACTS = {"impact_framework.csv": 2}


class Change(NamedTuple):
    """One change of one row of a file."""

    file: str
    column: str
    case: Case
    line: int


def rows(name: str) -> list[dict[str, str]]:
    with (cbp.DEMO / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def changes(file: str) -> Iterator[Change]:
    """Every change of the table to *file*."""
    found = rows(file)
    tables: dict[str | None, dict[str, Case]] = {None: CASES[file]}
    if file == "awards.csv":
        tables |= {basis: AWARDS[basis] for basis in AWARDS}
    for basis, cases in tables.items():
        for column, case in cases.items():
            lines = [
                line
                for line, row in enumerate(found)
                if (basis is None or row["award_basis"] == basis)
                and (row[column] == case.was if case.was is not None else row[column] != case.now)
            ]
            filled = [line for line in lines if found[line][column]]
            yield Change(file, column, case, (filled or lines)[0])


def write(folder: Path, name: str, found: list[dict[str, str]]) -> None:
    with (folder / name).open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows(name)[0]))
        writer.writeheader()
        writer.writerows(found)


def changed(folder: Path, change: Change) -> None:
    found = rows(change.file)
    row, now = found[change.line], change.case.now
    row[change.column] = row[change.column] + now if now.startswith(" ") else now
    write(folder, change.file, found)


# --- What is found ----------------------------------------------------------------------------------------------------


def imported(database: Database, folder: Path, until: str) -> FileReport:
    """The report of *until*, after it and the files before it were imported."""
    with PostgresLog(database) as log:
        return next(report for report in cbp.import_cbp(log, folder, correlation_id="test") if report.name == until)


def events(database: Database) -> list[Recorded]:
    with database.connect() as connection:
        return read_log(connection, 0, 100_000)


def counting(database: Database) -> Counter[tuple[str, str]]:
    """The facts that count now, by file and row; those of awards by what they are."""
    found = events(database)
    replaced = {(one.stream, one.event.version) for one in found if isinstance(one.event, StatementReplaced)}
    return Counter(
        (one.event.source.register, one.event.source.row)
        for one in found
        if one.event.source is not None
        and not isinstance(one.event, StatementReplaced)
        and (one.stream, one.version) not in replaced
    )


def verdict(report: FileReport, usual: list[str]) -> set[str]:
    """What the report says became of the change, beside the rows that it *usually* misses."""
    removed = Counter(report.removed) - Counter(usual)
    said = {REFUSED: bool(report.broken), REPORTED: bool(removed), RESTATED: bool(report.restated)}
    return {word for word, found in said.items() if found}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return shutil.copytree(cbp.DEMO, tmp_path / "cbp")


def test_every_column_of_every_file_is_tried() -> None:
    """The proof of reach: a new file or column needs a verdict."""
    tried = {name: {change.column for change in changes(name)} for name in CASES}
    assert {name: set(columns.split()) for name, (_, columns) in cbp.FILES.items()} == tried
    assert {"restated", "refused", "reported", "left out", "named"} == {
        change.case.verdict for name in CASES for change in changes(name)
    }
    for columns in AWARDS.values():
        assert set(columns) == tried["awards.csv"]
    kinds = {row["award_basis"] for row in rows("awards.csv")}
    assert {*AWARDS} <= kinds


@pytest.mark.parametrize("file", list(CASES))
def test_a_changed_cell_restates_its_row_or_is_refused_or_reported(
    programme: Database, folder: Path, file: str
) -> None:
    usual: list[str] = []
    for change in changes(file):
        before, known = counting(programme), events(programme)
        changed(folder, change)
        report = imported(programme, folder, file)
        after = counting(programme)
        if change.case.verdict == LEFT_OUT:
            assert (before, set()) == (after, verdict(report, usual)), change
            assert sum(report.left_out.values()) == report.rows
        elif change.case.verdict == REFUSED:
            assert (before, {REFUSED}) == (after, verdict(report, usual)), change
            assert [change.line + 2] == [line for line, _ in report.broken], change
        elif change.case.verdict == NAMED:
            assert {RESTATED} == verdict(report, usual), (change, report)
            assert [0, 1] == [len(before - after), len(after - before)], change
        elif change.case.verdict == RESTATED:
            assert {RESTATED} == verdict(report, usual), (change, report)
            if rows(file)[change.line].get("award_basis") == "total_stated":
                assert Counter() == before - after  # An award is restated by the differences.
            else:
                assert [1, 1] == [len(before - after), len(after - before)], change
        else:
            assert {REPORTED} == verdict(report, usual), (change, report)
            (name,) = Counter(report.removed) - Counter(usual)
            assert name.strip()
            assert "{" not in name
        assert known == events(programme)[: len(known)]
        again = imported(programme, folder, file)
        assert 0 == again.events, (change, again)
        shutil.copytree(cbp.DEMO, folder, dirs_exist_ok=True)
        usual = imported(programme, folder, file).removed
        if change.case.verdict in (RESTATED, REFUSED, LEFT_OUT) and file != "awards.csv":
            assert before == counting(programme), change
        assert 0 == imported(programme, folder, file).events, change


# --- Rows that are taken out ------------------------------------------------------------------------------------------


def test_each_row_that_is_taken_out_is_missed_by_itself(shared_programme: Database) -> None:
    with PostgresLog(shared_programme) as log:
        stated, streams = stated_before(log)
        codes = Codes(
            stated=stated, streams=streams, figures=figures_of(cbp.DEMO), impact_names=impact_names_of(cbp.DEMO)
        )
        tried = Counter[str]()
        for name, (read, columns) in cbp.FILES.items():
            table = read_table(cbp.DEMO / name, tuple(columns.split()))
            codes.begin(name, table.rows)
            readings = [(row, steps) for row in table.rows if isinstance(steps := read(row, codes), list)]
            for place, (row, _) in enumerate(readings):
                found = compared(name, stated[name], readings[:place] + readings[place + 1 :])
                gone = [(one.digest, one.nth) for one in found.gone]
                whole_award = (row.digest, row.nth) in stated[name].awards
                assert ([] if whole_award else [(row.digest, row.nth)], {}) == (gone, found.restated), row
                tried[name] += 1
    left_out = {name for name in CASES if {case.verdict for case in CASES[name].values()} == {LEFT_OUT}}
    assert {name: FACTS.get(name, len(rows(name))) for name in CASES if name not in left_out} == tried


@pytest.mark.parametrize(
    "file", [name for name in CASES if LEFT_OUT not in {one.verdict for one in CASES[name].values()}]
)
def test_a_file_without_rows_reports_all_of_them_and_takes_nothing_away(
    programme: Database, folder: Path, file: str
) -> None:
    before = counting(programme)
    write(folder, file, [])
    report = imported(programme, folder, file)
    assert FACTS.get(file, len(rows(file))) == len(report.removed)
    assert all(name.strip() and "{" not in name for name in report.removed)
    after = counting(programme)
    # Only that an award is no longer stated is an event of its own.
    assert ({("awards.csv", "")} if file == "awards.csv" else set()) == {*(after - before)}
    assert Counter() == before - after


# --- What is shown ----------------------------------------------------------------------------------------------------


def restating_everything(folder: Path) -> Counter[str]:
    """Change one cell of each column that restates its row, each in a row of another partnership; how many by file."""
    made: Counter[str] = Counter()
    # A line of support.csv names a row of another file, and is restated with it.
    for file in CASES.keys() - {"support.csv"}:
        found, used = rows(file), set[str]()
        for change in changes(file):
            # A row that moves to another partnership is tried by itself, above. An award has steps for what changes.
            if change.case.verdict != RESTATED or change.column in ("partnership_code", "code", "number"):
                continue
            if rows(file)[change.line].get("award_basis") == "total_stated":
                continue
            line = next((line for line in _lines(found, change) if _whose(found[line]) not in used), None)
            if line is None:
                continue
            now = change.case.now
            used.add(_whose(found[line]))
            found[line][change.column] = found[line][change.column] + now if now.startswith(" ") else now
            made[file] += 1
        write(folder, file, found)
    return made


def _lines(found: list[dict[str, str]], change: Change) -> list[int]:
    """The lines of rows like the one of *change*."""
    like = rows(change.file)[change.line]
    same = [name for name in ("award_basis",) if name in like]
    return [
        line
        for line, row in enumerate(found)
        if all(row[name] == like[name] for name in same)
        and bool(row[change.column]) == bool(like[change.column])
        and row[change.column] != change.case.now
        and change.case.was in (None, row[change.column])
    ]


def _whose(row: dict[str, str]) -> str:
    return row.get("partnership_code") or row.get("number") or row.get("code") or row["source"].partition(":")[0]


# What the tables show now, and what they showed when a position was the last.
SHOWN = {
    "timeline": "partnership_id, lane, kind, \"on\", until, title, amount, currency",
    "stated_delays": "partnership_id, scheme_id, programme_id, stage, min_days, max_days, stated_length, cites",
    "outcome_steps": "partnership_id, step, impact, level, indicator, unit, baseline, target, result, status, \"on\"",
    "bid_steps": "kind, \"on\", partnership_id",
    "money_marks": "partnership_id, award_id, mark, \"on\", until, said",
    "role_steps": 'partnership_id, organisation_id, role, begins, stated, "on"',
    "spans": "span, owner, started, ended, partnership_id, seen_from, seen_to",
}  # fmt: skip
PRESENT = {
    "bids": "title, status, partnership_id, currency, requested, submitted",
    "partners": "partnership_id, organisation_id, role, joined",
    "awards": "id, partnership_id, currency, amount, funder_id",
    "discrepancies": "rule, subject, message FROM read.discrepancies WHERE status <> 'CLOSED'"
    f" AND superseded = {NOW} AND ''=''",
}
POSTED = """SELECT coalesce(award_id, bid_id), account, currency, counts_from, sum(amount) FROM read.postings
    WHERE position <= %s GROUP BY 1, 2, 3, 4 HAVING sum(amount) <> 0 ORDER BY 1, 2, 3, 4"""


_SINCE = {"stated_delays": "position", "spans": "position"}


def shown(database: Database, known: int) -> dict[str, list[Any]]:
    """The rows of the tables that have two clocks, as known at a position."""
    with database.connect(APP) as connection:
        found = {
            table: connection.execute(
                f"SELECT {columns} FROM read.{table} WHERE {_SINCE.get(table, 'since')} <= %s AND superseded > %s",
                (known, known),
            ).fetchall()
            for table, columns in SHOWN.items()
        }
        found["postings"] = [row for row in connection.execute(POSTED, (known,)).fetchall() if row[4]]
    return {table: sorted(found_rows, key=repr) for table, found_rows in found.items()}


def present(database: Database) -> dict[str, list[Any]]:
    with database.connect(APP) as connection:
        return {
            table: sorted(
                connection.execute(
                    f"SELECT {columns}" if " FROM " in columns else f"SELECT {columns} FROM read.{table}"
                ).fetchall(),
                key=repr,
            )
            for table, columns in PRESENT.items()
        }


def last(database: Database) -> int:
    with PostgresLog(database) as log:
        return log.position()


def test_what_is_shown_is_that_of_the_corrected_files_alone_and_what_was_known_before_stays(
    programme: Database, database: Database, folder: Path
) -> None:
    project_all(programme)
    before = last(programme)
    old = shown(programme, before)
    made = restating_everything(folder)
    reports = full(programme, folder)
    assert dict.fromkeys(made, 0) == {name: len(reports[name].broken) for name in made}
    assert {name: [] for name in reports} == {name: report.removed for name, report in reports.items()}
    assert made == {name: reports[name].restated for name in made}
    assert sum(made.values()) >= 50
    full(database, folder)
    for each in (programme, database):
        project_all(each)
    assert old == shown(programme, before)
    now, fresh = shown(programme, last(programme)), shown(database, last(database))
    for table in SHOWN:
        assert fresh[table] == now[table], table
    assert present(database) == present(programme)


def full(database: Database, folder: Path) -> dict[str, FileReport]:
    with PostgresLog(database) as log:
        return {report.name: report for report in cbp.import_cbp(log, folder, correlation_id="test")}
