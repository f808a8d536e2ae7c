"""A detail of a file does not refuse all of it: its money is recorded, and what cannot be read is named."""

from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from domain.award import AwardStated, ParticularsStated, TransactionStated
from infra.database.postgres import Database
from infra.files.bounded import UnreadableFile
from infra.imports import iati
from infra.imports.editions.report import EditionReport
from infra.imports.register import mapped_rows, mapping
from infra.imports.register.mapping import BadMapping
from infra.imports.rows.parsing import Dates
from tests.infra.imports.test_iati import HEAD, activity
from tests.infra.imports.test_register import events, workbook
from tests.kit.files.importing import bring, counts, figures, grant, package

HEADER = "No,Title,Council,Award"
GRANTS = """
register = "grants"
name = "Grants"
{settings}
[fields]
identifier = {identifier}
title = "Title"
awarded = "Award"
{fields}
recipient = {{ name = "Council" }}
"""


def of_text(
    database: Database,
    folder: Path,
    text: str,
    *,
    settings: str = "",
    fields: str = "",
    identifier: str = '"No"',
    **wanted: Any,
) -> EditionReport:
    """Import a register of this text, whose mapping has these settings and fields."""
    file = folder / "grants.csv"
    file.write_bytes(text.encode())
    by = mapping.load(GRANTS.format(settings=settings, fields=fields, identifier=identifier))
    return bring(database, file, mapped_rows.reader(file, by), **wanted)


# --- Tables -----------------------------------------------------------------------------------------------------------


def test_two_columns_together_identify_a_grant_where_neither_does_alone(database: Database, tmp_path: Path) -> None:
    text = "Title,Council,Award\nParks,Council A,10\nParks,Council B,20\n"
    report = of_text(database, tmp_path, text, identifier='["Title", "Council"]')
    assert ({"new": 2}, Decimal("30.00")) == (counts(report), figures(database, "grants")["awarded"])
    assert ["Parks / Council A", "Parks / Council B"] == [one.reference for one in events(database, AwardStated)]


def test_one_column_that_two_grants_share_does_not_identify_them(database: Database, tmp_path: Path) -> None:
    text = "Title,Council,Award\nParks,Council A,10\nParks,Council B,20\n"
    assert {"quarantined": 2} == counts(of_text(database, tmp_path, text, identifier='"Title"'))


def test_a_grant_without_one_of_its_two_identifiers_is_put_aside(database: Database, tmp_path: Path) -> None:
    report = of_text(database, tmp_path, "Title,Council,Award\n,Council A,10\n", identifier='["Title", "Council"]')
    assert "missing" in report.rules


def test_the_header_may_be_in_the_third_row(database: Database, tmp_path: Path) -> None:
    text = f"List of grants 2020,,,\n,,,\n{HEADER}\n1,Parks,Council A,10\n"
    report = of_text(database, tmp_path, text, settings="header = 3")
    assert ({"new": 1}, Decimal("10.00")) == (counts(report), figures(database, "grants")["awarded"])


def test_the_header_of_a_workbook_may_be_in_the_third_row(database: Database, tmp_path: Path) -> None:
    file = workbook(
        tmp_path / "a.xlsx", [None], HEADER.split(","), [1, "Parks", "Council A", 10], header=["List of grants"]
    )
    by = mapping.load(GRANTS.format(settings="header = 3", fields="", identifier='"No"'))
    assert {"new": 1} == counts(bring(database, file, mapped_rows.reader(file, by)))


def test_a_header_that_is_in_another_row_is_asked_for(database: Database, tmp_path: Path) -> None:
    with pytest.raises(UnreadableFile, match="header = 3"):
        of_text(database, tmp_path, f"List of grants 2020,,,\n,,,\n{HEADER}\n1,Parks,Council A,10\n")


def test_a_line_that_cannot_be_split_is_put_aside_and_the_others_are_recorded(
    database: Database, tmp_path: Path
) -> None:
    text = f'{HEADER}\n1,Parks,Council A,10\n"2,""x"" y,Council B,20";\n3,Roads,Council C,30\n'
    report = of_text(database, tmp_path, text)
    assert ({"new": 2, "quarantined": 1}, {"not_csv": 1}) == (counts(report), dict(report.rules))
    assert Decimal("40.00") == figures(database, "grants")["awarded"]


def test_a_quotation_mark_that_is_not_closed_spoils_one_line_and_not_the_lines_after_it(
    database: Database, tmp_path: Path
) -> None:
    text = f'{HEADER}\n1,"Parks,Council A,10\n2,Roads,Council B,20\n3,"Pools, too",Council C,30\n'
    report = of_text(database, tmp_path, text)
    assert ({"new": 2, "quarantined": 1}, "line 2") == (counts(report), report.problems[0].place)


def test_a_file_that_ends_inside_a_cell_is_refused_for_its_end_is_missing(database: Database, tmp_path: Path) -> None:
    with pytest.raises(UnreadableFile) as caught:
        of_text(database, tmp_path, f'{HEADER}\n1,Parks,Council A,10\n2,"Roads\nand')
    assert "truncated" == caught.value.code


@pytest.mark.parametrize("end", ["\r", "\n", "\r\n"])
def test_lines_may_end_as_on_any_system(database: Database, tmp_path: Path, end: str) -> None:
    text = end.join([HEADER, "1,Parks,Council A,10", f'2,"Roads{end}and paths",Council B,20'])
    assert {"new": 2} == counts(of_text(database, tmp_path, text))
    assert ["Parks", f"Roads{end}and paths"] == [one.purpose for one in events(database, AwardStated)]


START = 'planned_start = "Start"'
YEARS = f"{HEADER},Start\n1,Parks,Council A,10,01/04/16\n2,Roads,Council B,20,\n"


@pytest.mark.parametrize(("century", "year"), [(2000, "2016"), (1900, "1916")])
def test_a_mapping_declares_the_century_of_short_years(
    database: Database, tmp_path: Path, century: int, year: str
) -> None:
    report = of_text(database, tmp_path, YEARS, settings=f'dates = "uk"\ncentury = {century}', fields=START)
    assert ({"new": 2}, {}) == (counts(report), dict(report.rules))
    with database.connect() as connection:
        text = connection.execute("SELECT state FROM log.events WHERE topic = 'PeriodStated'").fetchone()
    assert text is not None
    assert f"{year}-04-01" in bytes(text[0]).decode()


def test_an_optional_date_that_cannot_be_read_is_left_out_and_named_and_the_money_is_recorded(
    database: Database, tmp_path: Path
) -> None:
    report = of_text(database, tmp_path, YEARS, settings='dates = "uk"', fields=START)
    assert ({"new": 2}, {"year_in_short": 1}) == (counts(report), dict(report.rules))
    assert ("planned_start", "01/04/16", False) == (
        report.problems[0].problem.field, report.problems[0].problem.value, report.problems[0].put_aside
    )  # fmt: skip
    assert Decimal("30.00") == figures(database, "grants")["awarded"]


def test_an_award_that_cannot_be_read_still_puts_its_row_aside(database: Database, tmp_path: Path) -> None:
    assert {"quarantined": 1} == counts(of_text(database, tmp_path, f"{HEADER}\n1,Parks,Council A,much\n"))


@pytest.mark.parametrize("wrong", ["header = 0", "century = 16", "century = 2016"])
def test_a_mapping_with_a_header_or_century_that_cannot_be_is_refused(wrong: str) -> None:
    with pytest.raises(BadMapping):
        mapping.load(GRANTS.format(settings=wrong, fields="", identifier='"No"'))


def test_a_register_without_rows_says_so(database: Database, tmp_path: Path) -> None:
    of_text(database, tmp_path, f"{HEADER}\n1,Parks,Council A,10\n")
    report = of_text(database, tmp_path, f"{HEADER}\n")
    assert (0, 0) == (report.gone, report.events)
    assert "has no rows" in str(report.not_judged)


def test_a_small_register_that_loses_more_than_half_is_asked_about_too(database: Database, tmp_path: Path) -> None:
    rows = [f"{number},Parks,Council {number},10" for number in range(1, 4)]
    of_text(database, tmp_path, "\n".join([HEADER, *rows]))
    assert "--whole" in str(of_text(database, tmp_path, "\n".join([HEADER, rows[0]])).not_judged)
    report = of_text(database, tmp_path, "\n".join([HEADER, *rows[:2]]))
    assert (1, None) == (report.gone, report.not_judged)


# --- Amounts ----------------------------------------------------------------------------------------------------------


def test_floating_point_dust_is_rounded_and_the_award_recorded(database: Database, tmp_path: Path) -> None:
    file = tmp_path / "a.json"
    package(file, [grant(1)])
    file.write_text(file.read_text().replace("100.25", "41133.770000000004"))
    report = bring(database, file)
    assert ({"new": 1}, {}) == (counts(report), dict(report.rules))
    assert Decimal("41133.77") == figures(database, "360G-pilots")["awarded"]


def test_more_decimals_than_the_currency_are_rounded_with_a_warning_and_the_row_keeps_its_words(
    database: Database, tmp_path: Path
) -> None:
    file = tmp_path / "a.json"
    package(file, [grant(1)])
    file.write_text(file.read_text().replace("100.25", "100.255"))
    report = bring(database, file)
    assert ({"new": 1}, {"rounded": 1}) == (counts(report), dict(report.rules))
    assert "100.255" == report.problems[0].problem.value
    assert Decimal("100.26") == figures(database, "360G-pilots")["awarded"]
    (particulars,) = events(database, ParticularsStated)
    assert "100.255" in [one.value for one in particulars.said]


# --- IATI: one transaction with two of something ----------------------------------------------------------------------


def paid(*, kind: str = "", on: str = "", value: str = "") -> str:
    """A disbursement of 100 on 1 February 2020, with further elements of each kind."""
    return f"""<transaction><transaction-type code="3"/>{kind}<transaction-date iso-date="2020-02-01"/>{on}
      <value value-date="2020-02-01">100</value>{value}</transaction>"""


def of_activities(database: Database, path: Path, *activities: str) -> EditionReport:
    """Import these activities."""
    path.write_text(f"{HEAD}{''.join(activities)}\n</iati-activities>", encoding="utf-8")
    return bring(database, path, iati.reader(Dates.ISO))


@pytest.mark.parametrize(
    "twice",
    [
        {"value": '<value value-date="2020-02-01">900</value>'},
        {"kind": '<transaction-type code="2"/>'},
        {"on": '<transaction-date iso-date="2021-02-01"/>'},
    ],
    ids=str,
)
def test_an_activity_whose_transaction_contradicts_itself_is_put_aside_and_the_others_are_recorded(
    database: Database, tmp_path: Path, twice: dict[str, str]
) -> None:
    report = of_activities(database, tmp_path / "a.xml", activity("wrong", paid(**twice)), activity("right", paid()))
    assert ({"new": 1, "quarantined": 1}, {"contradicts": 1}) == (counts(report), dict(report.rules))
    assert ["100.00 GBP"] == [str(one.amount) for one in events(database, TransactionStated)]


def test_a_transaction_with_four_decimals_is_rounded_to_the_currency_with_a_warning(
    database: Database, tmp_path: Path
) -> None:
    report = of_activities(database, tmp_path / "a.xml", activity("a", paid().replace(">100<", ">3228013.6201<")))
    assert ({"new": 1}, {"rounded": 1}) == (counts(report), dict(report.rules))
    assert ["3228013.62 GBP"] == [str(one.amount) for one in events(database, TransactionStated)]
    (particulars,) = events(database, ParticularsStated)
    assert "3228013.6201" in particulars.said[0].value
