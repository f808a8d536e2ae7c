"""360Giving workbooks with further sheets: their rows join the grant with their Identifier, or are put aside."""

import json
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from infra.database.postgres import Database
from infra.files.bounded import UnreadableFile
from infra.imports.editions.report import EditionReport
from tests.infra.imports.test_three_sixty_tables import by_title, table_reader
from tests.kit.files.importing import bring, counts, figures, grant, package, position

Sheet = list[list[Any]]
BARE = {"beneficiaryLocation", "plannedDates", "disbursementTransaction"}
PAYMENTS = ["Identifier", "disbursementTransaction/0/transactionDate", "disbursementTransaction/0/value"]


def book(path: Path, grants: list[dict[str, Any]], **sheets: Sheet) -> Path:
    """A workbook of grants, with *sheets* beside them, the first row of each its columns."""
    rows = [by_title(one) for one in grants]
    header = list(dict.fromkeys(column for row in rows for column in row))
    made = openpyxl.Workbook()
    assert made.active is not None
    made.active.title = "grants"
    table: Sheet = [header, *([row.get(column) for column in header] for row in rows)]
    for cells in table:
        made.active.append(cells)
    for name, of_sheet in sheets.items():
        sheet = made.create_sheet(name)
        for cells in of_sheet:
            sheet.append(cells)
    made.save(path)
    return path


def bare(number: int, **otherwise: Any) -> dict[str, Any]:
    """A grant without anything that it may have several of."""
    return {name: value for name, value in grant(number).items() if name not in BARE} | otherwise


def taken(database: Database, file: Path, **wanted: Any) -> EditionReport:
    return bring(database, file, table_reader(file), **wanted)


def problems(report: EditionReport) -> list[tuple[str, str | None, str, str, str]]:
    """What was put aside: place, grant, field, value and rule."""
    return [
        (one.place, one.identifier, one.problem.field, one.problem.value, one.problem.rule) for one in report.problems
    ]


def test_what_stands_in_several_sheets_is_what_the_json_says(database: Database, tmp_path: Path) -> None:
    """By hand: two payments, two places, planned dates and a place of the recipient, each in a sheet of its own."""
    whole = bare(
        1,
        plannedDates=[{"startDate": "2004-07-01", "endDate": "2005-03-31"}, {"startDate": "2005-04-01"}],
        beneficiaryLocation=[{"name": "Eden", "geoCode": "E07000030"}, {"name": "Carlisle"}],
        disbursementTransaction=[
            {"transactionDate": "2004-07-06", "value": 30},
            {"transactionDate": "2004-10-06", "value": 20},
        ],
        recipientOrganization=[
            {"id": "GB-LAE-1", "name": "Council 1", "location": [{"name": "Penrith", "countryCode": "GB"}]}
        ],
    )
    bring(database, package(tmp_path / "a.json", [whole, bare(2)]))
    before = position(database)
    name = "360G-pilots-1"
    sheets: dict[str, Sheet] = {
        "plannedDates": [
            ["Identifier", "Planned Dates:Start Date", "Planned Dates:End Date"],
            [name, "2004-07-01", "2005-03-31"],
            [name, "2005-04-01"],
        ],
        "places": [
            ["Identifier", "Beneficiary Location:Name", "Beneficiary Location:Geographic Code"],
            [name, "Eden", "E07000030"],
            [None, None, None],
            [name, "Carlisle"],
        ],
        "payments": [PAYMENTS, [name, "2004-07-06", 30], [name, "2004-10-06", 20]],
        # As the standard's template has it: the organisation is named as well.
        "rec_location": [
            [
                "Identifier", "recipientOrganization/0/Identifier", "Recipient Org:Location:Name",
                "Recipient Org:Location:Country Code",
            ],
            [name, "GB-LAE-1", "Penrith", "GB"],
        ],
        "empty": [["Identifier", "Related Document:Title"]],
        "Meta": [["Title", "Grants"], ["Version", "1.4"]],
    }  # fmt: skip
    report = taken(database, book(tmp_path / "a.xlsx", [bare(1), bare(2)], **sheets))
    assert ({"unchanged": 2}, before, []) == (counts(report), position(database), problems(report))


def test_days_and_amounts_of_cells_are_what_they_are(database: Database, tmp_path: Path) -> None:
    rows: Sheet = [PAYMENTS, ["360G-pilots-1", datetime(2004, 7, 6), 12.34], ["360G-pilots-1", date(2004, 7, 7), "5"]]
    report = taken(database, book(tmp_path / "a.xlsx", [bare(1)], payments=rows))
    assert {"new": 1} == counts(report)
    assert Decimal("17.34") == figures(database, "360G-pilots")["paid"]
    assert Decimal("12.34") == figures(database, "360G-pilots", as_at=date(2004, 7, 6))["paid"]


def test_a_row_of_the_grants_and_rows_beside_it_are_added_up_and_a_payment_under_one_id_is_one(
    database: Database, tmp_path: Path
) -> None:
    first = bare(1, disbursementTransaction=[{"id": "P1", "transactionDate": "2004-07-06", "value": 30}])
    rows: Sheet = [
        ["Identifier", *(f"disbursementTransaction/0/{name}" for name in ("id", "description", "value"))],
        ["360G-pilots-1", "P1", "First half", None],
        ["360G-pilots-1", "P2", "Second half", 20],
    ]
    assert {"new": 1} == counts(taken(database, book(tmp_path / "a.xlsx", [first], payments=rows)))
    assert 50 == figures(database, "360G-pilots")["paid"]


NAME = "360G-pilots-1"
WRONG: list[tuple[str, Sheet, list[tuple[str, str | None, str, str, str]]]] = [
    (
        "a grant that is not there",
        [PAYMENTS, ["360G-pilots-9", "2004-07-06", 30], ["360G-pilots-9", "2004-08-06", 30]],
        [
            ("beside row 2", "360G-pilots-9", "id", "360G-pilots-9", "grant_missing"),
            ("beside row 3", "360G-pilots-9", "id", "360G-pilots-9", "grant_missing"),
        ],
    ),
    ("no identifier", [PAYMENTS, [None, "2004-07-06", 30]], [("beside row 2", None, "id", "", "missing")]),
    (
        "an identifier that is a formula",
        [PAYMENTS, ["=A1", "2004-07-06", 30]],
        [("beside row 2", None, "id", "=A1", "missing")],
    ),
    (
        "an amount that is none",
        [PAYMENTS, [NAME, "2004-07-06", "30 pounds"]],
        [("grants row 2", NAME, "disbursementTransaction/0/value", "30 pounds", "not_an_amount")],
    ),
    (
        "an amount that is a formula",
        [PAYMENTS, [NAME, "2004-07-06", "=1+1"]],
        [("grants row 2", NAME, "disbursementTransaction/0/value", "=1+1", "formula")],
    ),
    (
        "a day of another style",
        [PAYMENTS, [NAME, "06/07/2004", 30]],
        [
            (
                "grants row 2", NAME, "disbursementTransaction/0/transactionDate", "06/07/2004",
                "date_style_undeclared",
            )
        ],
    ),
    (
        "another title than the grant's own row has",
        [["Identifier", "Title", "Planned Dates:Start Date"], [NAME, "Other", "2004-07-01"]],
        [("grants row 2", NAME, "title", "Other", "contradicts")],
    ),
    (
        "more cells than columns",
        [PAYMENTS, [NAME, "2004-07-06", 30, "more"]],
        [("grants row 2", NAME, "", "4 cells where the header has 3", "cell_count")],
    ),
]  # fmt: skip


@pytest.mark.parametrize(("rows", "expected"), [wrong[1:] for wrong in WRONG], ids=[wrong[0] for wrong in WRONG])
def test_rows_of_further_sheets_that_cannot_be_read_are_put_aside_with_a_hint(
    database: Database, tmp_path: Path, rows: Sheet, expected: list[tuple[str, str | None, str, str, str]]
) -> None:
    report = taken(database, book(tmp_path / "a.xlsx", [bare(1), bare(2)], beside=rows))
    assert expected == problems(report)
    assert all(one.problem.hint.endswith(".") for one in report.problems)
    at_fault = any(place.startswith("grants") for place, *_ in expected)
    assert {"new": 1 if at_fault else 2, "quarantined": len(expected)} == counts(report)
    if at_fault:
        assert all("beside row 2" in one.problem.hint for one in report.problems)


def test_what_was_put_aside_is_mended_whole_and_brought_in_again(database: Database, tmp_path: Path) -> None:
    """The rows of all sheets go into the quarantine together: what is mended there lacks none of them."""
    rows: Sheet = [PAYMENTS, [NAME, "2004-07-06", 30], [NAME, "2004-07-07", "20 pounds"]]
    file, aside = book(tmp_path / "a.xlsx", [bare(1)], payments=rows), tmp_path / "aside.json"
    assert {"quarantined": 1} == counts(taken(database, file, quarantine=aside))
    (one,) = json.loads(aside.read_text())["grants"]
    assert [30, "20 pounds"] == [payment["value"] for payment in one["disbursementTransaction"]]
    aside.write_text(aside.read_text().replace("20 pounds", "20"), encoding="utf-8")
    assert {"new": 1} == counts(taken(database, aside, part=True))
    assert 50 == figures(database, "360G-pilots")["paid"]


def test_a_grant_that_only_a_further_sheet_names_is_not_gone(database: Database, tmp_path: Path) -> None:
    rows: Sheet = [PAYMENTS, ["360G-pilots-2", "2004-07-06", 30]]
    taken(database, book(tmp_path / "a.xlsx", [bare(1), bare(2)]))
    report = taken(database, book(tmp_path / "b.xlsx", [bare(1)], payments=rows))
    assert {"unchanged": 1, "quarantined": 1} == counts(report)
    assert {"unchanged": 1, "gone": 1} == counts(taken(database, book(tmp_path / "c.xlsx", [bare(1)])))


@pytest.mark.parametrize(
    ("rows", "code"),
    [
        ([["Identifier", "Planned Dates:Start Date", "Planned Dates:Start Date"]], "column_repeated"),
        ([["Identifier", *(f"Planned Dates:{nth}:Start Date" for nth in range(2_001))]], "too_many_columns"),
    ],
)
def test_a_further_sheet_that_is_not_a_table_stops_the_import(
    database: Database, tmp_path: Path, rows: Sheet, code: str
) -> None:
    with pytest.raises(UnreadableFile) as caught:
        taken(database, book(tmp_path / "a.xlsx", [bare(1)], beside=rows))
    assert code == caught.value.code
