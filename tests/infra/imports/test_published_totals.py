"""Registers come in with the totals that their publishers published, each computed here straight from the file."""

import csv
import io
import json
import warnings
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from infra.database.postgres import Database
from infra.feeding.projector import project_all
from infra.imports.register import mapping
from infra.imports.rows.parsing import Dates
from infra.imports.three_sixty import tables as three_sixty_tables
from tests.conftest import TEMPLATE, copy_of, drop
from tests.infra.imports.test_register import of_register, towns_fund
from tests.kit.command_line import fundtrail
from tests.kit.files.importing import bring, figures, json_reader, shared, total
from tests.kit.web.served import Api, served

GGIS = "ggis/awards-2016-17.xlsx"
Cells = dict[str, Any]


def rows_of_ggis() -> list[Cells]:
    """The rows of the published file, by column."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        book = openpyxl.load_workbook(shared(GGIS), read_only=True)
        header, *rows = book.worksheets[0].iter_rows(values_only=True)
    book.close()
    return [dict(zip(map(str, header), row, strict=True)) for row in rows if any(row)]


def by_funder(rows: list[Cells]) -> dict[str, Decimal]:
    found: dict[str, Decimal] = defaultdict(Decimal)
    for row in rows:
        found[row["Funding Org:Identifier"]] += Decimal(str(row["Amount Awarded"]))
    return dict(found)


def edition(folder: Path, rows: list[Cells]) -> Path:
    """Write *rows* as an edition of the register."""
    book = openpyxl.Workbook()
    sheet = book.worksheets[0]
    for row in ([*rows[0]], *([*row.values()] for row in rows)):
        sheet.append(row)
    book.save(folder / "edition.xlsx")
    return folder / "edition.xlsx"


def state(database: Database, file: Path) -> None:
    bring(database, file, three_sixty_tables.reader(file, Dates.UK, "ggis"))
    project_all(database)


@pytest.fixture(scope="module")
def register(server: Database) -> Iterator[str]:
    """The name of a database with the Government Grants Register, which has two funders."""
    file, made = shared(GGIS), copy_of(server, TEMPLATE)
    state(made, file)
    yield made.url.partition("?")[0].rpartition("/")[2]
    drop(server, made)


@pytest.fixture(scope="module")
def ggis(server: Database, register: str) -> Iterator[Api]:
    """The register, for tests that only read."""
    made = copy_of(server, register)
    with served(made, projector=False) as api:
        yield api
    drop(server, made)


# --- One funder -------------------------------------------------------------------------------------------------------


def in_pence(file: Path, field: str) -> Decimal:
    return total(file, field).quantize(Decimal("0.01"))


@pytest.mark.parametrize(
    ("name", "register", "dates", "awards"),
    [
        ("360giving/power-to-change.json", "360G-ptc", Dates.ISO, 870),
        ("360giving/wolfson.json", "360G-wolfson", Dates.UK, 379),
    ],
)
def test_a_register_in_json_has_the_totals_of_its_file_in_its_programme_and_its_funder(
    database: Database, name: str, register: str, dates: Dates, awards: int
) -> None:
    file = shared(name)
    assert awards == bring(database, file, json_reader(dates)).became["new"]
    published = {
        figure: in_pence(file, field)
        for figure, field in (
            ("requested", "amountAppliedFor"), ("awarded", "amountAwarded"), ("paid", "amountDisbursed"),
        )
    }  # fmt: skip
    grants = json.loads(file.read_text(encoding="utf-8"))["grants"]
    (funder,) = {one["fundingOrganization"][0]["id"] for one in grants}
    for column, code in (("programme_id", register), ("funder_id", funder)):
        found = figures(database, code, column=column)
        assert published == {figure: found[figure] for figure in published}, column


def test_the_towns_fund_has_the_total_of_its_file_and_names_its_awards_of_nothing(
    database: Database, tmp_path: Path
) -> None:
    file = towns_fund(tmp_path)
    of_register(database, file, mapping.find_mapping("towns-fund"))
    with file.open(encoding="utf-8", newline="") as text:
        rows = [(row["Index Code"], Decimal(row["Total"] or 0)) for row in csv.DictReader(text)]
    assert sum(amount for _, amount in rows) == figures(database, "towns-fund")["awarded"]
    assert {code for code, amount in rows if amount <= 0} == of_nothing(database)


def of_nothing(database: Database) -> set[str]:
    asked = ("discrepancies", "--rule", "award_of_zero_or_less", "--csv")
    return {row["reference"] for row in csv.DictReader(io.StringIO(fundtrail(database, *asked).stdout))}


# --- Several funders --------------------------------------------------------------------------------------------------

AWARDS = """query ($funder: String!, $after: String) {
    partnerships(filter: {funder: $funder}, first: 100, after: $after) {
    pageInfo { hasNextPage endCursor }
    nodes { awards { reference amount { amount } status
        funder { code fundingGiven { awarded { amount } } } } } } }"""


def awards_of(api: Api, funder: str) -> list[Cells]:
    """The awards of a funder over GraphQL, page by page."""
    found: list[Cells] = []
    after = None
    while True:
        page = api.ask(AWARDS, funder=funder, after=after)["partnerships"]
        awards = [award for one in page["nodes"] for award in one["awards"]]
        found += [award for award in awards if award["funder"]["code"] == funder]
        if not page["pageInfo"]["hasNextPage"]:
            return found
        after = page["pageInfo"]["endCursor"]


def test_over_graphql_each_funder_has_the_awards_and_the_total_of_the_published_file(ggis: Api) -> None:
    rows = rows_of_ggis()
    published, number = by_funder(rows), Counter(row["Funding Org:Identifier"] for row in rows)
    assert {"D18": 774, "D9": 2577} == number
    assert {"D18": Decimal(172329343), "D9": Decimal(3748657390)} == published
    for funder, amount in published.items():
        found = awards_of(ggis, funder)
        assert number[funder] == len(found)
        assert {row["Identifier"] for row in rows if row["Funding Org:Identifier"] == funder} == {
            one["reference"] for one in found
        }
        assert amount == sum(Decimal(one["amount"]["amount"]) for one in found)
        assert {amount} == {Decimal(one["funder"]["fundingGiven"]["awarded"]["amount"]) for one in found}


def test_on_the_command_line_and_in_exports_each_funder_has_the_total_of_the_published_file(ggis: Api) -> None:
    published, rows = by_funder(rows_of_ggis()), rows_of_ggis()
    for funder, amount in published.items():
        plain = json.loads(fundtrail(ggis.database, "funding", funder, "--json").stdout)
        assert ("funder", f"{amount:.2f}", f"{amount:.2f}") == (
            plain["kind"], plain["figures"]["awarded"]["amount"], plain["stated_now"],
        )  # fmt: skip
    exported = list(csv.DictReader(io.StringIO(fundtrail(ggis.database, "export", "awards").stdout)))
    totals: dict[str, Decimal] = defaultdict(Decimal)
    for one in exported:
        totals[one["funder"]] += Decimal(one["awarded"])
    assert published == totals
    assert Counter(row["Funding Org:Identifier"] for row in rows) == Counter(one["funder"] for one in exported)
    programme = json.loads(fundtrail(ggis.database, "funding", "ggis", "--json").stdout)
    assert "3920986733.00" == programme["figures"]["awarded"]["amount"]


def test_awards_of_zero_or_less_are_reported_one_by_one(ggis: Api) -> None:
    published = {row["Identifier"] for row in rows_of_ggis() if row["Amount Awarded"] <= 0}
    assert 109 == len(published)
    assert published == of_nothing(ggis.database)


def test_of_each_funder_what_the_register_says_now_is_shown_beside_what_it_ever_said(
    server: Database, register: str, tmp_path: Path
) -> None:
    """An edition without every ninth row; then one in which they are back, with other amounts."""
    database, rows = copy_of(server, register), rows_of_ggis()
    ever = by_funder(rows)
    left = [row for nth, row in enumerate(rows) if nth % 9]
    state(database, edition(tmp_path, left))
    assert_now_and_ever(database, by_funder(left), ever)
    gone = by_funder([row for nth, row in enumerate(rows) if not nth % 9])
    with served(database, projector=False) as api:
        for funder, amount in gone.items():
            withdrawn = [one for one in awards_of(api, funder) if one["status"] == "no longer stated"]
            assert amount == sum(Decimal(one["amount"]["amount"]) for one in withdrawn)
            assert ever[funder] - amount == shown_now(api, funder)
    back = [row | {"Amount Awarded": row["Amount Awarded"] + (nth % 9 == 0)} for nth, row in enumerate(rows)]
    state(database, edition(tmp_path, back))
    assert_now_and_ever(database, by_funder(back), by_funder(back))


def shown_now(api: Api, funder: str) -> Decimal:
    """What GraphQL shows as stated now of a funder."""
    query = """query ($funder: String!) { partnerships(filter: {funder: $funder}, first: 1) {
        nodes { awards { funder { code fundingGiven { statedNow } } } } } }"""
    (one,) = api.ask(query, funder=funder)["partnerships"]["nodes"]
    ladders = {award["funder"]["code"]: award["funder"]["fundingGiven"] for award in one["awards"]}
    return Decimal(ladders[funder]["statedNow"])


def assert_now_and_ever(database: Database, now: dict[str, Decimal], ever: dict[str, Decimal]) -> None:
    """Assert both totals of each funder and of the programme."""
    whole: Callable[[dict[str, Decimal]], Decimal] = lambda totals: sum(totals.values(), Decimal(0))  # noqa: E731
    for code in (*now, "ggis"):
        plain = json.loads(fundtrail(database, "funding", code, "--json").stdout)
        wanted = (now[code], ever[code]) if code in now else (whole(now), whole(ever))
        assert wanted == (Decimal(plain["stated_now"]), Decimal(plain["figures"]["awarded"]["amount"])), code
