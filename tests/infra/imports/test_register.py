"""Registers of any shape by a mapping: columns, how values are written, and the register of the Towns Fund."""

import csv
from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from domain.award import (
    AwardNoLongerStated,
    AwardRestated,
    AwardStated,
    ComponentRestated,
    ComponentStated,
    ParticularsStated,
)
from domain.partnership import PartnershipFormed
from infra.database.postgres import Database
from infra.files.bounded import UnreadableFile
from infra.imports.editions.report import EditionReport
from infra.imports.register import mapped_rows, mapping
from infra.imports.register.mapping import BadMapping, Mapping
from infra.imports.rows.parsing import Dates
from infra.log.postgres_log import read_log
from tests.kit.files.importing import bring, counts, figures, position, shared

TOWNS_FUND = "towns-fund/awards-2025-06-18.csv"
PILOTS = """
register = "pilots"
name = "Pilots"
dates = "uk"

[fields]
identifier = "No"
title = "Title"
awarded = "Award"
awarded_on = "Date"
requested = "Bid"

[fields.recipient]
name = "Council"
"""
HEADER = ["No", "Title", "Award", "Date", "Bid", "Council"]
ROW = ["25", "ACE", "175000", "15/06/2004", "200000.50", "Carlisle"]


def table(path: Path, *rows: Sequence[Any], header: Sequence[str] = HEADER, delimiter: str = ",") -> Path:
    """Write a CSV file."""
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file, delimiter=delimiter).writerows([header, *rows])
    return path


def workbook(path: Path, *rows: Sequence[Any], header: Sequence[str] = HEADER, sheet: str = "Grants") -> Path:
    """Write a workbook of a sheet of notes and a sheet of grants."""
    book = openpyxl.Workbook()
    assert book.active is not None
    book.active.title = sheet
    for row in (header, *rows):
        book.active.append(list(row))
    book.create_sheet("Notes").append(["Nothing of this is a grant"])
    book.save(path)
    return path


def of_register(database: Database, path: Path, by: Mapping | str = PILOTS, **wanted: Any) -> EditionReport:
    """Import a register by a mapping."""
    found = mapping.load(by) if isinstance(by, str) else by
    return bring(database, path, mapped_rows.reader(path, found), **wanted)


def events(database: Database, kind: type[Any], after: int = 0) -> list[Any]:
    """The events of this kind after a position."""
    with database.connect() as connection:
        return [one.event for one in read_log(connection, after, 100_000) if isinstance(one.event, kind)]


# --- The Towns Fund ---------------------------------------------------------------------------------------------------


def towns_fund(folder: Path, edit: Any = lambda rows: rows) -> Path:
    """The Towns Fund's register with its projects beside it, perhaps edited."""
    source = shared(TOWNS_FUND)
    (folder / "projects.csv").write_bytes((source.parent / "projects.csv").read_bytes())
    with source.open(encoding="utf-8", newline="") as file:
        header, *rows = list(csv.reader(file))
    return table(folder / "awards.csv", *edit(rows), header=header)


def test_the_towns_fund_comes_in_whole_with_its_places_as_partnerships(database: Database, tmp_path: Path) -> None:
    report = of_register(database, towns_fund(tmp_path), mapping.find_mapping("towns-fund"))
    assert ({"new": 820}, ["towns-fund"]) == (counts(report), report.registers)
    assert Decimal("3173470475.00") == figures(database, "towns-fund")["awarded"]
    with database.connect() as connection:
        codes = connection.execute("SELECT count(DISTINCT code), count(*) FROM read.partnerships").fetchone()
        names = {row[0] for row in connection.execute("SELECT name FROM read.partnerships").fetchall()}
    assert codes is not None
    assert codes[0] == codes[1]
    assert {"Goldthorpe", "Barnsley Town Centre"} <= names


def test_its_rows_that_do_not_add_up_are_recorded_as_they_stand(database: Database, tmp_path: Path) -> None:
    """Their parts are beside their totals: the register of discrepancies names them."""
    of_register(database, towns_fund(tmp_path), mapping.find_mapping("towns-fund"))
    totals: dict[str, AwardStated] = {}
    parts: dict[str, Decimal] = {}
    with database.connect() as connection:
        for one in read_log(connection, 0, 100_000):
            if isinstance(one.event, AwardStated):
                totals[one.stream] = one.event
            elif isinstance(one.event, ComponentStated):
                parts[one.stream] = parts.get(one.stream, Decimal(0)) + one.event.amount.amount
    off = {totals[stream].reference for stream, come_to in parts.items() if come_to != totals[stream].amount.amount}
    assert {"TD-LOU-12", "TD-GLA-01", "TD-GOL-09"} == off


def test_a_second_edition_records_its_differences_alone_and_the_first_comes_back_as_it_was_known(
    database: Database, tmp_path: Path
) -> None:
    of_register(database, towns_fund(tmp_path), mapping.find_mapping("towns-fund"))
    known = position(database)

    def edit(rows: list[list[str]]) -> list[list[str]]:
        changed = {
            "TD-WRK-01": ["TD-WRK-01", "0", "4600000", "4600000"],
            "TD-GLA-01": ["TD-GLA-01", "126000", "6185580", "6311580"],
        }
        kept = [changed.get(row[0], row) for row in rows if row[0] != "TD-CRA-06"]
        return [*kept, ["TD-NEW-01", "1", "2", "3"]]

    report = of_register(database, towns_fund(tmp_path, edit), mapping.find_mapping("towns-fund"))
    assert {"unchanged": 817, "changed": 2, "new": 1, "gone": 1} == counts(report)
    assert [Decimal("100000.00"), Decimal("6311580.00")] == sorted(
        event.change.amount for event in events(database, AwardRestated, known)
    )
    assert ["CDEL"] == [event.purpose for event in events(database, ComponentRestated, known)]
    assert 1 == len(events(database, AwardNoLongerStated, known))
    now, then = figures(database, "towns-fund"), figures(database, "towns-fund", known=known)
    assert Decimal("3173470475.00") == then["awarded"]
    assert then["awarded"] + 100_000 + 6_311_580 + 3 == now["awarded"]


# --- How things are written -------------------------------------------------------------------------------------------


def test_a_register_comes_in_by_its_mapping(database: Database, tmp_path: Path) -> None:
    assert {"new": 1} == counts(of_register(database, table(tmp_path / "a.csv", ROW)))
    found = figures(database, "pilots")
    assert (Decimal("175000.00"), Decimal("200000.50")) == (found["awarded"], found["requested"])
    before, on = (figures(database, "pilots", as_at=date(2004, 6, day))["awarded"] for day in (14, 15))
    assert (Decimal("0.00"), Decimal("175000.00")) == (before, on)


def test_a_workbook_is_read_by_the_same_mapping_and_says_the_same(database: Database, tmp_path: Path) -> None:
    of_register(database, table(tmp_path / "a.csv", ROW))
    row = [25, "ACE", 175000, datetime(2004, 6, 15), 200000.5, "Carlisle"]
    report = of_register(database, workbook(tmp_path / "a.xlsx", row))
    assert {"changed": 1} == counts(report)
    # The row's own words have changed, its amounts and dates have not.
    assert 1 == report.events


@pytest.mark.parametrize(
    ("declared", "written", "amount"),
    [
        ("", "175000.5", "175000.50"),
        ("unit = 1000", "175.5", "175500.00"),
        ('thousands = ","', "175,000.50", "175000.50"),
        ('decimal = ","\nthousands = "."', "175.000,50", "175000.50"),
        ('symbol = "£"\nthousands = ","', "£175,000", "175000.00"),
    ],
)
def test_amounts_are_read_as_the_mapping_declares_them(
    database: Database, tmp_path: Path, declared: str, written: str, amount: str
) -> None:
    by = f"{PILOTS}\n[amounts]\n{declared}\n"
    of_register(database, table(tmp_path / "a.csv", ["25", "ACE", written, "", "", "Carlisle"]), by)
    assert Decimal(amount) == figures(database, "pilots")["awarded"]


@pytest.mark.parametrize("written", ["175,000", "£175", "1.75e5", "(175)", "175-", "one", "1 75", "٣"])
def test_an_amount_that_is_written_in_no_declared_way_is_put_aside(
    database: Database, tmp_path: Path, written: str
) -> None:
    report = of_register(database, table(tmp_path / "a.csv", ["25", "ACE", written, "", "", "Carlisle"]))
    assert ({"quarantined": 1}, {"not_an_amount"}) == (counts(report), set(report.rules))


def test_a_date_in_a_style_that_the_mapping_does_not_declare_is_left_out_with_what_to_do(
    database: Database, tmp_path: Path
) -> None:
    file = table(tmp_path / "a.csv", ROW)
    report = of_register(database, file, PILOTS.replace('dates = "uk"', ""))
    assert ({"new": 1}, {"date_style_undeclared"}) == (counts(report), set(report.rules))
    assert "--dates uk" in report.problems[0].problem.hint
    assert Decimal("175000.00") == figures(database, "pilots")["awarded"]


def test_us_dates_are_read_where_they_are_declared(database: Database, tmp_path: Path) -> None:
    by = mapping.load(PILOTS)
    by.dates = Dates.US
    of_register(database, table(tmp_path / "a.csv", [*ROW[:3], "06/15/2004", *ROW[4:]]), by)
    assert Decimal("175000.00") == figures(database, "pilots", as_at=date(2004, 6, 15))["awarded"]


def test_a_formula_or_an_error_in_a_cell_is_put_aside_and_never_guessed(database: Database, tmp_path: Path) -> None:
    rows = [[25, "ACE", "=175000+1", None, None, "Carlisle"], [26, "DIP", "#REF!", None, None, "Carlisle"]]
    report = of_register(database, workbook(tmp_path / "a.xlsx", *rows))
    assert {"formula": 1, "error_cell": 1} == dict(report.rules)


def test_a_formula_in_a_column_that_nothing_rests_on_is_kept_as_it_is_written(
    database: Database, tmp_path: Path
) -> None:
    file = workbook(tmp_path / "a.xlsx", [25, "ACE", 1, None, None, "Carlisle", "=C2*2"], header=[*HEADER, "Check"])
    assert {"new": 1} == counts(of_register(database, file))
    (particulars,) = events(database, ParticularsStated)
    assert "=C2*2" in [one.value for one in particulars.said]


def test_what_spreadsheets_would_run_goes_out_of_the_report_unarmed(database: Database, tmp_path: Path) -> None:
    row = ["=cmd()", "ACE", "much", "", "", "Carlisle"]
    of_register(database, table(tmp_path / "a.csv", row), report=tmp_path / "report.csv")
    assert "'=cmd()" in (tmp_path / "report.csv").read_text()


def test_rows_that_were_put_aside_come_out_as_a_table_of_the_same_columns(database: Database, tmp_path: Path) -> None:
    file = table(tmp_path / "a.csv", ROW, ["26", "DIP", "much", "", "", "Eden"])
    of_register(database, file, quarantine=tmp_path / "aside.csv")
    mended = tmp_path / "aside.csv"
    mended.write_text(mended.read_text().replace("much", "9"))
    assert {"new": 1} == counts(of_register(database, mended, part=True))
    whole = table(tmp_path / "b.csv", ROW, ["26", "DIP", "9", "", "", "Eden"])
    assert 0 == of_register(database, whole).events


def test_a_row_of_another_width_is_put_aside(database: Database, tmp_path: Path) -> None:
    rows = (ROW, ["26", "DIP", "1"], ["27", "NWIN", "1", "", "", "Carlisle", "more"])
    report = of_register(database, table(tmp_path / "a.csv", *rows))
    assert {"new": 1, "quarantined": 2} == counts(report)
    assert 2 == report.rules["cell_count"]


def test_payments_in_columns_count_each_with_its_date(database: Database, tmp_path: Path) -> None:
    by = PILOTS + '\n[[payments]]\namount = "Q1"\non = "Q1 date"\n[[payments]]\namount = "Q2"\n'
    file = table(tmp_path / "a.csv", [*ROW, "100", "01/07/2004", "50"], header=[*HEADER, "Q1", "Q1 date", "Q2"])
    of_register(database, file, by)
    assert Decimal("150.00") == figures(database, "pilots")["paid"]


# --- Mappings and files that cannot be used ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("register = ", "not TOML"),
        ('register = "a"', "The mapping lacks name"),
        (PILOTS.replace('"uk"', '"french"'), "has french for dates"),
        (PILOTS.replace('title = "Title"', 'titel = "Title"'), "titel"),
        (PILOTS.replace('"pilots"', '"../pilots"', 1), "short name"),
        (PILOTS.replace('title = "Title"', 'title = { column = "Title", pattern = "(" }'), "pattern"),
        ('encoding = "klingon"' + PILOTS, "encoding"),
        ('delimiter = ""' + PILOTS, "delimiter"),
    ],
)
def test_a_mapping_that_cannot_be_used_says_why(text: str, sentence: str) -> None:
    with pytest.raises(BadMapping, match=sentence):
        mapping.load(text)


def test_a_mapping_that_is_not_there_says_so() -> None:
    with pytest.raises(BadMapping, match="cannot be read"):
        mapping.find_mapping("no-such-register")


@pytest.mark.parametrize(
    ("header", "code"),
    [
        (HEADER[1:], "columns_missing"),
        ([*HEADER[:-1], "No"], "column_repeated"),
        ([], "no_header"),
    ],
)
def test_a_table_without_its_columns_is_refused(
    database: Database, tmp_path: Path, header: list[str], code: str
) -> None:
    with pytest.raises(UnreadableFile) as caught:
        of_register(database, table(tmp_path / "a.csv", ROW[: len(header)], header=header))
    assert (code, 0) == (caught.value.code, position(database))


def test_a_table_to_look_up_that_is_not_there_is_said_to_be_missing(database: Database, tmp_path: Path) -> None:
    by = PILOTS + '\n[tables.names]\nfile = "names.csv"\nkey = "No"\nby = "No"\n'
    with pytest.raises(UnreadableFile, match="There is no file names"):
        of_register(database, table(tmp_path / "a.csv", ROW), by)


@pytest.mark.parametrize("encoding", ["windows-1252", "utf-16"])
def test_another_encoding_is_read_where_it_is_declared_and_refused_where_not(
    database: Database, tmp_path: Path, encoding: str
) -> None:
    file = table(tmp_path / "a.csv", [*ROW[:5], "Ynys Môn"])
    file.write_bytes(file.read_text("utf-8").encode(encoding))
    with pytest.raises(UnreadableFile) as caught:
        of_register(database, file)
    assert "encoding" == caught.value.code
    assert {"new": 1} == counts(of_register(database, file, f'encoding = "{encoding}"' + PILOTS))
    (formed,) = events(database, PartnershipFormed)
    assert "Ynys Môn" == formed.name


def test_a_table_to_look_up_may_be_written_with_semicolons_as_the_register_is(
    database: Database, tmp_path: Path
) -> None:
    by = PILOTS.replace('name = "Council"', 'name = "places.Place"')
    by = f'delimiter = ";"{by}\n[tables.places]\nfile = "places.csv"\nkey = "Code"\nby = "Council"\n'
    table(tmp_path / "places.csv", ["Carlisle", "City of Carlisle"], header=["Code", "Place"], delimiter=";")
    assert {"new": 1} == counts(of_register(database, table(tmp_path / "a.csv", ROW, delimiter=";"), by))
    (formed,) = events(database, PartnershipFormed)
    assert "City of Carlisle" == formed.name
