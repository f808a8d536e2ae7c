"""Malformed files are refused with a code, nothing of them is recorded, and memory stays bounded by one row."""

import json
import zipfile
from collections.abc import Callable, Iterator
from decimal import Decimal
from pathlib import Path

import pytest

from infra.database.postgres import Database
from infra.files.bounded import UnreadableFile
from infra.imports import iati
from infra.imports.editions.edition import Reader
from infra.imports.rows.parsing import Dates
from infra.imports.rows.quarantine import AcceptedRow, RawRow
from infra.imports.three_sixty import tables as three_sixty_tables
from infra.imports.three_sixty.grants import parse_row
from tests.conftest import TEMPLATE, copy_of, drop
from tests.infra.imports.test_iati import HEAD, activity
from tests.infra.imports.test_three_sixty_tables import by_path, csv_of, xlsx_of
from tests.kit.files.importing import bring, counts, grant, package, position
from tests.kit.processes import answer_of
from tests.kit.programs.read_file import read_file

MB = 1024 * 1024
Make = Callable[[Path], None]


def grants(number: int = 600) -> str:
    """A package of so many grants: more than one batch of an import, had it begun."""
    return json.dumps({"grants": [grant(one) for one in range(number)]})


def activities(number: int = 300) -> str:
    """A file of so many activities."""
    return f"{HEAD}{''.join(activity(str(one), money='') for one in range(number))}\n</iati-activities>"


def table(number: int = 600) -> str:
    """A CSV file of so many grants."""
    names = ["id", "title", "currency", "amountAwarded", "awardDate", "fundingOrganization/0/id"]
    rows = [f"360G-pilots-{one},Pilot,GBP,1,2004-01-01,GB-GOV-1" for one in range(number)]
    return "\n".join([",".join(names), *rows])


def text(content: str, encoding: str = "utf-8") -> Make:
    return octets(content.encode(encoding))


def octets(content: bytes) -> Make:
    def made(path: Path) -> None:
        path.write_bytes(content)

    return made


def cut(make: Make, part: float) -> Make:
    """A file of which the end is missing."""

    def made(path: Path) -> None:
        make(path)
        whole = path.read_bytes()
        path.write_bytes(whole[: int(len(whole) * part)])

    return made


def book(*parts: tuple[str, bytes]) -> Make:
    """A workbook in which some parts are others."""

    def made(path: Path) -> None:
        xlsx_of(path, [by_path(grant(1))])
        with zipfile.ZipFile(path) as archive:
            kept = {part.filename: archive.read(part) for part in archive.infolist()}
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            for name, content in (kept | dict(parts)).items():
                archive.writestr(name, content)

    return made


SHEET = "xl/worksheets/sheet2.xml"
ENTITIES = "".join(f'<!ENTITY e{n} "{f"&e{n - 1};" * 10 if n else "ha"}">' for n in range(9))
BILLION = f"<!DOCTYPE x [{ENTITIES}]>"
STEALING = '<!DOCTYPE x [<!ENTITY x SYSTEM "file:///etc/passwd">]>'
AFTER_XML = HEAD.index("\n") + 1


def with_doctype(doctype: str, entity: str) -> str:
    whole = activities(1).replace("Achieving", f"&{entity};Achieving")
    return whole[:AFTER_XML] + doctype + whole[AFTER_XML:]


EMPTY_SHEET = b'<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData/></worksheet>'

# (what it is, the name it goes by, how it is made, its code)
MALFORMED: list[tuple[str, str, Make, str]] = [
    ("empty JSON", "a.json", text(""), "truncated"),
    ("truncated JSON", "a.json", cut(text(grants()), 0.9), "truncated"),
    ("JSON cut within its last bracket", "a.json", text(grants()[:-1]), "truncated"),
    ("JSON with something behind it", "a.json", text(grants() + "]"), "not_json"),
    ("JSON without grants", "a.json", text('{"awards": []}'), "no_grants"),
    ("JSON of another shape", "a.json", text('[{"id": 1}]'), "no_grants"),
    ("JSON with a comma too many", "a.json", text(grants().replace("]}", ",]}", 1)), "not_json"),
    ("JSON with NaN", "a.json", text(grants().replace("100.25", "NaN", 1)), "not_json"),
    ("JSON with an endless number", "a.json", text(grants().replace("100.25", "9" * 5_000, 1)), "number_too_long"),
    ("JSON with an endless power", "a.json", text(grants().replace("100.25", "1e" + "9" * 30, 1)), "number_too_long"),
    ("JSON with half a letter", "a.json", text(grants().replace("Pilot 1", r"Pilot \ud83d", 1)), "half_a_character"),
    ("JSON in Latin-1", "a.json", text(grants(2).replace("Pilot 1", "Môn"), "latin-1"), "encoding"),
    ("JSON in UTF-16", "a.json", text(grants(2), "utf-16"), "encoding"),
    ("a picture", "a.json", octets(b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 9), "not_json"),
    ("empty CSV", "a.csv", text(""), "no_header"),
    ("CSV of a header alone", "a.csv", text("a,b\n"), "columns_missing"),
    ("CSV that ends within quotation marks", "a.csv", text(table() + '\n"360G-pilots-x,'), "truncated"),
    ("CSV in Latin-1", "a.csv", text(table().replace("Pilot", "Môn"), "latin-1"), "encoding"),
    ("CSV in UTF-16", "a.csv", text(table(), "utf-16"), "encoding"),
    ("CSV with a column twice", "a.csv", text(table().replace("title", "id", 1)), "column_repeated"),
    ("CSV with a cell of a megabyte", "a.csv", text(table() + "\n" + "x" * MB), "row_too_long"),
    ("empty XML", "a.xml", text(""), "truncated"),
    ("a table that is called XML", "a.xml", text("a,b\n1,2\n"), "not_xml"),
    ("truncated XML", "a.xml", cut(text(activities()), 0.9), "truncated"),
    ("XML that is not well formed", "a.xml", text(activities().replace("</title>", "</titel>", 1)), "not_xml"),
    ("XML in another encoding", "a.xml", text(activities(2).replace("Carlisle", "Môn"), "latin-1"), "encoding"),
    ("XML of a billion laughs", "a.xml", text(with_doctype(BILLION, "e8")), "doctype"),
    ("XML that asks for a file of ours", "a.xml", text(with_doctype(STEALING, "x")), "doctype"),
    ("XML with an entity that nobody made", "a.xml", text(activities(1).replace("Achieving", "&x;")), "entity"),
    ("a workbook that is text", "a.xlsx", text(table()), "not_a_workbook"),
    ("a truncated workbook", "a.xlsx", cut(book(), 0.6), "not_a_workbook"),
    ("a workbook with a damaged sheet", "a.xlsx", book((SHEET, EMPTY_SHEET[:-30])), "not_a_workbook"),
    ("a workbook without sheets", "a.xlsx", book(("xl/workbook.xml", b"<x/>")), "sheet_missing"),
    ("a zip bomb", "a.xlsx", book(("xl/sharedStrings.xml", b"<sst>" + b" " * (100 * MB) + b"</sst>")), "zip_bomb"),
    ("a zip bomb in a sheet", "a.xlsx", book((SHEET, b"<worksheet>" + b" " * (100 * MB))), "zip_bomb"),
    ("a workbook with a document type", "a.xlsx", book((SHEET, f"{BILLION}<worksheet/>".encode())), "doctype"),
    ("a workbook of no grants", "a.xlsx", book((SHEET, EMPTY_SHEET)), "sheet_missing"),
]  # fmt: skip


def reader_of(path: Path) -> Reader:
    """How a file of this name is read."""
    return iati.reader() if path.suffix == ".xml" else three_sixty_tables.reader(path, Dates.ISO)


@pytest.fixture(scope="module")
def untouched(server: Database) -> Iterator[Database]:
    """A database in which no test here records anything."""
    made = copy_of(server, TEMPLATE)
    yield made
    drop(server, made)


@pytest.mark.parametrize(("name", "make", "code"), [row[1:] for row in MALFORMED], ids=[row[0] for row in MALFORMED])
def test_a_malformed_file_is_refused_with_a_code_and_nothing_of_it_is_recorded(
    untouched: Database, tmp_path: Path, name: str, make: Make, code: str
) -> None:
    path = tmp_path / name
    make(path)
    with pytest.raises(UnreadableFile) as caught:
        bring(untouched, path, reader_of(path))
    assert (code, 0) == (caught.value.code, position(untouched))
    assert str(caught.value)[0].isupper()
    assert "Traceback" not in str(caught.value)
    assert "root:" not in str(caught.value)


def test_the_same_files_whole_are_recorded(database: Database, tmp_path: Path) -> None:
    """The control: what is refused above is refused for what was done to it."""
    (tmp_path / "a.xml").write_text(activities(3))
    csv_of(tmp_path / "a.csv", [by_path(grant(1))], mark="\ufeff")
    book()(tmp_path / "a.xlsx")
    package(tmp_path / "a.json", [grant(2)]).write_bytes(b"\xef\xbb\xbf" + (tmp_path / "a.json").read_bytes())
    assert [3, 1, 1, 1] == [
        sum(counts(bring(database, tmp_path / name, reader_of(tmp_path / name), part=True)).values())
        for name in ("a.xml", "a.csv", "a.xlsx", "a.json")
    ]


def test_a_folder_or_a_file_without_read_permission_is_refused(database: Database, tmp_path: Path) -> None:
    with pytest.raises(UnreadableFile) as caught:
        bring(database, tmp_path, three_sixty_tables.reader(tmp_path, Dates.ISO))
    assert "file_unreadable" == caught.value.code


# --- Memory -----------------------------------------------------------------------------------------------------------


def reading(path: Path, without_the_bound: bool = False) -> tuple[str, int]:
    """How reading *path* in a process of its own ended, and the megabytes that it took."""
    ended, kilobytes = answer_of(read_file, path, without_the_bound)
    return ended, kilobytes // 1024


def long_file(path: Path, before: str, filling: str, after: str, megabytes: int = 100) -> Path:
    """A file whose middle is so many *megabytes* of *filling*."""
    with path.open("w", encoding="utf-8") as file:
        file.write(before)
        for _ in range(megabytes):
            file.write(filling * (MB // len(filling)))
        file.write(after)
    return path


@pytest.mark.parametrize(
    ("name", "before", "filling", "after"),
    [
        ("a.json", '{"grants": [{"title": "', "x", '"}]}'),
        ("a.json", '{"grants": [{"title": ', "9", "}]}"),
        ("a.json", '{"grants": [', "[", "]}"),
        ("a.json", '{"notes": [', '"x",', '1], "grants": []}'),
        ("a.csv", "id,title\n1,", "x", "\n"),
        ("a.csv", 'id,title\n1,"', "x\n", '"\n'),
        ("a.csv", "", "x,", "\n"),
        ("a.xml", f"{HEAD}<iati-activity><title>", "x", "</title></iati-activity></iati-activities>"),
        ("a.xml", f"{HEAD}<iati-activity>", "<a>", "</iati-activity></iati-activities>"),
        ("a.xml", f'{HEAD}<iati-activity a="', "x", '"/></iati-activities>'),
    ],
    ids=[
        "JSON text", "JSON number", "JSON brackets", "JSON beside the grants", "CSV line", "CSV quotation",
        "CSV header", "XML text", "XML nest", "XML attribute",
    ],
)  # fmt: skip
def test_a_row_of_a_hundred_megabytes_is_refused_in_bounded_memory(
    tmp_path: Path, name: str, before: str, filling: str, after: str
) -> None:
    ended, megabytes = reading(long_file(tmp_path / name, before, filling, after))
    assert ended != "read"
    assert megabytes < 40


def test_without_the_bound_the_same_file_takes_the_memory(tmp_path: Path) -> None:
    """The control: the test above can fail."""
    file = long_file(tmp_path / "a.csv", "id,title\n1,", "x", "\n", megabytes=24)
    assert reading(file)[1] + 12 < reading(file, without_the_bound=True)[1]


def test_five_thousand_grants_take_no_more_memory_than_five_hundred(tmp_path: Path) -> None:
    few, many = (package(tmp_path / f"{number}.json", [grant(one) for one in range(number)]) for number in (500, 5_000))
    (_, small), (ended, large) = reading(few), reading(many)
    assert "read" == ended
    assert large < small + 10


def test_a_number_is_not_written_out_in_more_digits_than_anybody_gave_it() -> None:
    """Written in full, this number would take a gigabyte."""
    row = RawRow(
        number=1,
        place="grants/0",
        raw=grant(1, amountAwarded=1, amountAppliedFor=1) | {"further": Decimal("1E+999999999")},
    )
    row_read = parse_row(row, Dates.ISO)
    assert isinstance(row_read, AcceptedRow)
    assert {"1E+999999999"} == {one.value for one in row_read.grant.said if one.name == "further"}
