"""360Giving as CSV and XLSX: the same grants as in JSON, whichever way the columns are named."""

import csv
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from infra.database.postgres import Database
from infra.files.bounded import UnreadableFile
from infra.imports.rows.parsing import Dates
from infra.imports.three_sixty import tables as three_sixty_tables
from infra.imports.three_sixty.tables import PARTS, TITLES, grant_of, path_of
from tests.kit.files.importing import bring, counts, figures, grant, package, position, rows_of, shared

_TITLES = {name: title for title, name in reversed(PARTS.items())}


def by_path(raw: dict[str, Any]) -> dict[str, Any]:
    """A grant as one row, its columns named by path."""
    found: dict[str, Any] = {}

    def walk(value: Any, path: str) -> None:
        if isinstance(value, dict | list):
            for key, part in value.items() if isinstance(value, dict) else enumerate(value):
                walk(part, f"{path}/{key}" if path else str(key))
        else:
            found[path] = value

    walk(raw, "")
    return found


def by_title(raw: dict[str, Any]) -> dict[str, Any]:
    """A grant as one row, its columns named by the standard's titles."""
    found = {}
    for path, value in by_path(raw).items():
        first, *rest = path.split("/")
        parts = [part if part.isdigit() else _TITLES[part] for part in rest if part != "0"]
        found[":".join([TITLES[first], *parts])] = value
    return found


def csv_of(path: Path, rows: list[dict[str, Any]], mark: str = "") -> Path:
    """Write *rows* as CSV, under all of their columns."""
    header = list(dict.fromkeys(column for row in rows for column in row))
    with path.open("w", encoding="utf-8", newline="") as file:
        file.write(mark)
        writer = csv.DictWriter(file, header)
        writer.writeheader()
        writer.writerows(rows)
    return path


def xlsx_of(path: Path, rows: list[dict[str, Any]]) -> Path:
    """Write *rows* as a workbook whose first sheet is about something else."""
    header = list(dict.fromkeys(column for row in rows for column in row))
    book = openpyxl.Workbook()
    assert book.active is not None
    book.active.append(["About this file"])
    sheet = book.create_sheet("grants")
    sheet.append(header)
    for row in rows:
        sheet.append([row.get(column) for column in header])
    book.save(path)
    return path


def table_reader(path: Path, dates: Dates = Dates.ISO) -> Any:
    """Reads 360Giving by what the file is."""
    return three_sixty_tables.reader(path, dates)


GRANTS = [
    grant(number, recipientOrganization=[{"id": f"GB-LAE-{number}", "name": "C", "charityNumber": "1147511"}])
    for number in range(5)
]


@pytest.mark.parametrize("named", [by_path, by_title], ids=["paths", "titles"])
@pytest.mark.parametrize("written", [csv_of, xlsx_of], ids=["csv", "xlsx"])
def test_a_table_says_what_the_json_says_to_the_last_word(
    database: Database, tmp_path: Path, named: Any, written: Any
) -> None:
    bring(database, package(tmp_path / "a.json", GRANTS))
    before = position(database)
    suffix = "csv" if written is csv_of else "xlsx"
    file = written(tmp_path / f"a.{suffix}", [named(one) for one in GRANTS])
    report = bring(database, file, table_reader(file))
    assert ({"unchanged": 5}, before) == (counts(report), position(database))


def test_power_to_change_as_a_table_says_what_it_says_as_json(database: Database, tmp_path: Path) -> None:
    original = shared("360giving/power-to-change.json")
    bring(database, original)
    before = position(database)
    file = csv_of(
        tmp_path / "a.csv", [{k: v for k, v in by_path(row).items() if v is not None} for row in rows_of(original)]
    )
    report = bring(database, file, table_reader(file))
    assert 870 == report.rows
    assert 0 == report.quarantined
    # Nothing but the words of cells may differ: true is True, and a number is as long as it is written.
    with database.connect() as connection:
        names = connection.execute("SELECT DISTINCT topic FROM log.events WHERE notification_id > %s", (before,))
        assert {row[0] for row in names.fetchall()} <= {"ParticularsStated"}


def test_a_byte_order_mark_is_not_part_of_the_first_column(database: Database, tmp_path: Path) -> None:
    file = csv_of(tmp_path / "a.csv", [by_title(GRANTS[0])], mark="\ufeff")
    assert {"new": 1} == counts(bring(database, file, table_reader(file)))


def test_dates_of_a_workbook_are_days_whatever_the_style_of_its_texts(database: Database, tmp_path: Path) -> None:
    row = by_title(grant(1)) | {"Award Date": datetime(2004, 6, 15), "Planned Dates:Start Date": "01/07/2004"}
    file = xlsx_of(tmp_path / "a.xlsx", [row])
    assert {"quarantined": 1} == counts(bring(database, file, table_reader(file)))
    assert {"new": 1} == counts(bring(database, file, table_reader(file, Dates.UK)))
    assert 0 < figures(database, "360G-pilots")["awarded"]


def test_columns_that_the_standard_does_not_know_are_kept_under_their_own_names() -> None:
    assert {"id": "1", "Open Call?": "YES"} == grant_of({"Identifier": "1", "Open Call?": "YES", "Title": " "})


@pytest.mark.parametrize("delimiter", [";", "\t"])
def test_a_table_is_read_by_the_sign_between_its_columns_whichever_that_is(
    database: Database, tmp_path: Path, delimiter: str
) -> None:
    file = tmp_path / "a.csv"
    with file.open("w", encoding="utf-8", newline="") as out:
        row = by_title(grant(1, title="Bread; butter\tand, jam", amountAwarded="1250.50"))
        csv.writer(out, delimiter=delimiter).writerows([row.keys(), row.values()])
    assert {"new": 1} == counts(bring(database, file, table_reader(file)))
    assert Decimal("1250.50") == figures(database, "360G-pilots")["awarded"]


def test_a_table_without_the_columns_of_grants_is_refused(database: Database, tmp_path: Path) -> None:
    for file in (csv_of(tmp_path / "a.csv", [{"a": 1}]), xlsx_of(tmp_path / "a.xlsx", [{"a": 1}])):
        with pytest.raises(UnreadableFile) as caught:
            bring(database, file, table_reader(file))
        assert caught.value.code in ("columns_missing", "sheet_missing")


@given(
    st.lists(
        st.sampled_from(
            [
                "id",
                "amountAwarded",
                "recipientOrganization/0/id",
                "recipientOrganization/1/id",
                "grantProgramme/0/code",
                "plannedDates/2/startDate",
                "mine",
            ]
        ),
        unique=True,
    )
)
def test_a_row_by_paths_becomes_the_object_that_it_came_from(columns: list[str]) -> None:
    cells: dict[str, Any] = {column: f"cell {nth}" for nth, column in enumerate(columns)}
    again = {path: value for path, value in by_path(grant_of(cells)).items() if value is not None}
    assert cells == again


@pytest.mark.parametrize(
    ("column", "path"),
    [
        ("Recipient Org:Identifier", ("recipientOrganization", 0, "id")),
        ("recipient org : 1 : name", ("recipientOrganization", 1, "name")),
        ("recipientOrganization/1/name", ("recipientOrganization", 1, "name")),
        ("Planned Dates:Duration (months)", ("plannedDates", 0, "duration")),
        ("Amount Awarded", ("amountAwarded",)),
        ("Recipient Org:999999999:Name", ("Recipient Org:999999999:Name",)),
        ("Anything", ("Anything",)),
    ],
)
def test_a_column_is_known_by_its_title_and_by_its_path(column: str, path: tuple[str | int, ...]) -> None:
    assert path == path_of(column)
