"""Exports over HTTP: the same bytes as on the command line, with both clocks, and a code for each error."""

import io
import json
import zipfile
from collections.abc import Iterator
from pathlib import Path

import openpyxl
import pytest
from lxml import etree

from infra.database.postgres import Database
from infra.exports.catalogue import NAMES
from infra.feeding.projector import project_all
from tests.infra.imports.test_iati import activity, document, of_iati
from tests.kit.command_line import fundtrail
from tests.kit.files.exported import OURS
from tests.kit.files.importing import bring, grant, package, position
from tests.kit.web.served import Api, served


@pytest.fixture
def grants(database: Database, tmp_path: Path) -> Iterator[Api]:
    """The application with two grants of 360Giving and an activity of IATI."""
    bring(database, package(tmp_path / "a.json", [grant(1), grant(2, title='=HYPERLINK("http://example.org")')]))
    of_iati(database, document(tmp_path / "in.xml", activity()))
    project_all(database)
    with served(database, publisher=OURS) as api:
        yield api


def test_the_standards_files_say_as_at_when_known_when_and_up_to_where(grants: Api) -> None:
    answer = grants.http.get("/export/360giving.json", params={"asAt": "2010-01-01"})
    assert ("application/json", 200) == (answer.headers["content-type"], answer.status_code)
    found = answer.json()
    assert ["360G-pilots-1", "360G-pilots-2"] == sorted(one["id"] for one in found["grants"])
    assert ("2010-01-01", answer.headers["x-fundtrail-position"]) == (
        found["fundtrail"]["asAt"], found["fundtrail"]["position"],
    )  # fmt: skip
    xml = grants.http.get("/export/iati.xml")
    root = etree.fromstring(xml.content)
    assert xml.headers["x-fundtrail-position"] == root.get("{urn:fundtrail:export}position")
    assert str(position(grants.database)) == xml.headers["x-fundtrail-position"]


def test_the_awards_left_out_are_a_separate_list(grants: Api) -> None:
    answer = grants.http.get("/export/360giving-left-out.jsonl")
    (row,) = (json.loads(line) for line in answer.text.splitlines())
    assert ("GB-GOV-1-pilot-25", "of_another_standard", True) == (row["reference"], row["rule"], row["whole"])


def test_every_list_is_there_and_a_workbook_has_no_formula(grants: Api) -> None:
    for name in NAMES:
        format_ = {"360giving": "json", "iati": "xml"}.get(name, "xlsx")
        answer = grants.http.get(f"/export/{name}.{format_}")
        assert 200 == answer.status_code, name
        if format_ == "xlsx":
            assert zipfile.is_zipfile(io.BytesIO(answer.content))
    book = openpyxl.load_workbook(io.BytesIO(grants.http.get("/export/awards.xlsx").content))
    cells = [cell for row in book["awards"].iter_rows() for cell in row]
    assert {"s", "n", "d"} == {cell.data_type for cell in cells}
    assert '=HYPERLINK("http://example.org")' in [cell.value for cell in cells]
    assert "'=HYPERLINK" in grants.http.get("/export/awards.csv").text


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/export/360giving.xml", 404),
        ("/export/iati.csv", 404),
        ("/export/awards.json", 404),
        ("/export/360giving.json?asAt=1990-01-01", 404),
        ("/export/360giving.json?programme=nobody", 404),
        ("/export/iati.xml?programme=no%00body", 404),
        ("/export/awards.csv?programme=nobody", 404),
        ("/export/ledger.csv?programme=nobody", 400),
        ("/export/audit.jsonl?programme=360G-pilots", 400),
        ("/export/iati.xml?knownAt=soon", 400),
        ("/export/awards.csv?asAt=2004-02-30", 400),
        ("/export/awards.csv?knownAt=2999-01-01T00:00:00Z", 400),
    ],
)
def test_an_export_that_does_not_exist_is_refused_with_a_code(grants: Api, path: str, status: int) -> None:
    answer = grants.http.get(path)
    assert status == answer.status_code
    assert answer.json()["errors"][0]["extensions"]["code"] in ("NOT_FOUND", "BAD_USER_INPUT")


@pytest.mark.parametrize("asked", ["as-at=2004-01-01", "asAt=2004-01-01&known_at=2005-01-01T00:00:00Z", "=x"])
def test_an_unknown_parameter_is_refused_by_name_with_the_known_ones(grants: Api, asked: str) -> None:
    answer = grants.http.get(f"/export/awards.csv?{asked}")
    name = asked.rpartition("&")[2].partition("=")[0]
    known = "asAt, knownAt, programme"
    assert (400, f"GET /export/awards.csv: the parameter {name} is unknown. The parameters are: {known}.") == (
        answer.status_code, answer.json()["errors"][0]["message"],
    )  # fmt: skip


def test_the_command_line_writes_the_same_and_says_what_it_left_out(grants: Api) -> None:
    shown = fundtrail(grants.database, "export", "360giving", "--as-at", "2010-01-01")
    there, here = (
        grants.http.get("/export/360giving.json", params={"asAt": "2010-01-01"}).json(),
        json.loads(shown.stdout),
    )
    # Only the publisher is a separate setting of each.
    assert {name: there[name] for name in here} == here
    assert "Left out: 1 award (of_another_standard 1) and 0 fields" in shown.stderr
    nothing = fundtrail(grants.database, "export", "iati", "--programme", "nobody")
    assert (3, "") == (nothing.returncode, nothing.stdout)
    assert "There is no programme nobody." in nothing.stderr
    early = fundtrail(grants.database, "export", "iati", "--as-at", "1990-01-01")
    assert (3, "") == (early.returncode, early.stdout)
    assert "No award can be exported in this file" in early.stderr
