"""Grants by the 360Giving standard as a table: its columns by title (``Recipient Org:Identifier``) or by path
(``recipientOrganization/0/id``), read as the objects that they stand for.
"""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from infra.files.bounded import CHUNK, BoundedFile, UnreadableFile
from infra.imports.editions.edition import Reader
from infra.imports.editions.report import json_form, table_form
from infra.imports.rows.parsing import Dates, Problem
from infra.imports.rows.row import QuarantinedRow, RawRow, RowRead
from infra.imports.rows.tabular import Broken, Table, is_workbook, read_csv, read_xlsx
from infra.imports.three_sixty import grants as three_sixty
from infra.imports.three_sixty.sheets import Origins, Sheets

# The titles that the standard gives to its fields, by the names that they have in its objects.
TITLES = {
    "id": "Identifier",
    "title": "Title",
    "description": "Description",
    "currency": "Currency",
    "amountAppliedFor": "Amount Applied For",
    "amountAwarded": "Amount Awarded",
    "amountDisbursed": "Amount Disbursed",
    "awardDate": "Award Date",
    "url": "URL",
    "plannedDates": "Planned Dates",
    "actualDates": "Actual Dates",
    "recipientIndividual": "Recipient Ind",
    "toIndividualsDetails": "To Individuals Details",
    "recipientOrganization": "Recipient Org",
    "beneficiaryLocation": "Beneficiary Location",
    "fundingOrganization": "Funding Org",
    "grantProgramme": "Grant Programme",
    "fromOpenCall": "From An Open Call?",
    "fundingType": "Funding Type",
    "classifications": "Classifications",
    "relatedDocument": "Related Document",
    "applicationTransaction": "Application Transaction",
    "commitmentTransaction": "Commitment Transaction",
    "disbursementTransaction": "Disbursement Transaction",
    "relatedActivity": "Related Activity",
    "dateModified": "Last Modified",
    "dataSource": "Data Source",
    "regrantType": "For Regrant Type",
    "locationScope": "Location Scope",
}
LISTS = {
    "plannedDates", "actualDates", "recipientOrganization", "beneficiaryLocation", "fundingOrganization",
    "grantProgramme", "fundingType", "classifications", "relatedDocument", "applicationTransaction",
    "commitmentTransaction", "disbursementTransaction", "relatedActivity",
}  # fmt: skip
# Titles within: of organisations, dates, transactions, programmes, places.
PARTS = {
    "Identifier": "id",
    "Name": "name",
    "Title": "title",
    "Code": "code",
    "URL": "url",
    "Web Address": "url",
    "Description": "description",
    "Start Date": "startDate",
    "End Date": "endDate",
    "Duration (months)": "duration",
    "Last Modified": "dateModified",
    "Department": "department",
    "Charity Number": "charityNumber",
    "Company Number": "companyNumber",
    "Organisation Type": "organisationType",
    "Street Address": "streetAddress",
    "City": "addressLocality",
    "County": "addressRegion",
    "Country": "addressCountry",
    "Postal Code": "postalCode",
    "Country Code": "countryCode",
    "Geographic Code": "geoCode",
    "Geographic Code Type": "geoCodeType",
    "Latitude": "latitude",
    "Longitude": "longitude",
    "Transaction Date": "transactionDate",
    "Value": "value",
    "Value Date": "valueDate",
    "Currency": "currency",
    "Provider": "provider",
    "Recipient": "recipient",
    "Location": "location",
    "Document Type": "documentType",
}
# Lists within entries of lists.
_LISTS_WITHIN = {"location"}
_NAMES = {title.casefold(): name for name, title in TITLES.items()} | {name.casefold(): name for name in TITLES}
_WITHIN = {title.casefold(): name for title, name in PARTS.items()}

Path_ = tuple[str | int, ...]


def path_of(column: str) -> Path_:
    """Where in a grant the *column* belongs; a column that the standard does not know stays what it is called."""
    separator = "/" if "/" in column else ":"
    first, *rest = (part.strip() for part in column.split(separator))
    name = _NAMES.get(first.casefold())
    if name is None:
        return (column,)
    steps: list[str | int] = [name]
    if name in LISTS and not (rest and rest[0].isdigit()):
        steps.append(0)
    for part, following in zip(rest, [*rest[1:], ""], strict=False):
        steps.append(int(part) if part.isdigit() else _WITHIN.get(part.casefold(), part))
        if steps[-1] in _LISTS_WITHIN and following and not following.isdigit():
            steps.append(0)
    if any(isinstance(step, int) and step > 99 for step in steps):
        return (column,)
    return tuple(steps)


def grant_of(cells: dict[str, Any]) -> dict[str, Any]:
    """The grant that a row of *cells* stands for."""
    found: dict[str, Any] = {}
    for column, cell in cells.items():
        if cell is None or (isinstance(cell, str) and not cell.strip()):
            continue
        path = path_of(column)
        if path == ("relatedActivity", 0) and isinstance(cell, str):
            found["relatedActivity"] = [part.strip() for part in cell.split(";") if part.strip()]
        else:
            _put(found, path, cell)
    return found


def _put(found: dict[str, Any], path: Path_, cell: Any) -> None:
    place: Any = found
    for step, following in zip(path, [*path[1:], None], strict=True):
        empty: Any = cell if following is None else [] if isinstance(following, int) else {}
        if isinstance(step, int):
            while len(place) <= step:
                place.append(type(empty)() if following is not None else None)
            place[step] = place[step] if following is not None else cell
        elif following is None:
            place[step] = cell
        else:
            place.setdefault(step, empty)
        place = place[step]


def is_of_grants(header: list[str]) -> bool:
    """Whether a table of these columns is one of grants: they have identifiers and amounts."""
    paths = {path_of(column) for column in header}
    return {("id",), ("amountAwarded",)} <= paths


def is_beside_grants(header: list[str]) -> bool:
    """Whether a table of these columns tells what grants have several of: it names them, and a list of theirs."""
    paths = [path_of(column) for column in header]
    return ("id",) in paths and any(path[0] in LISTS for path in paths) and not is_of_grants(header)


def parse_row(row: RawRow, dates: Dates, register: str | None = None, sheets: Sheets | None = None) -> RowRead:
    """What the grant of *row* states, with what the *sheets* beside it say, or why it is not believed."""
    nested = RawRow(number=row.number, place=row.place, raw=grant_of(row.raw))
    origins, problems = sheets.join(nested.raw) if sheets is not None else ({}, ())
    read = three_sixty.parse_row(nested, dates, register)
    if isinstance(row.raw, Broken):
        hint = "Give the row as many cells as there are columns."
        problems = (Problem("", row.raw.counts, "cell_count", hint), *problems)
    # What came from several sheets is put aside as a whole, else as the row that it was.
    row = row if sheets is None else nested
    if problems:
        name = read.identifier if isinstance(read, QuarantinedRow) else read.grant.identifier
        of = read.register if isinstance(read, QuarantinedRow) else read.grant.register
        return QuarantinedRow(row, of, name, problems)
    if isinstance(read, QuarantinedRow) and origins:
        read = replace(read, problems=tuple(_placed(problem, origins) for problem in read.problems))
    return replace(read, row=row)


def _placed(problem: Problem, origins: Origins) -> Problem:
    """*problem*, with the place of the row that it is of, where that is in a sheet beside the grants."""
    name, _, rest = problem.field.partition("/")
    nth = rest.partition("/")[0]
    place = origins.get((name, int(nth))) if nth.isdigit() else None
    return replace(problem, hint=f"{problem.hint} It is in {place}.") if place is not None else problem


def reader(path: Path, dates: Dates, register: str | None = None, sheet: str | None = None) -> Reader:
    """Reads a 360Giving file by what it is: JSON, CSV or XLSX."""
    if path.suffix.lower() == ".json" or _begins_as_json(path):
        return Reader(
            rows=lambda file: (three_sixty.parse_row(row, dates, register) for row in three_sixty.read_json(file)),
            form=json_form,
        )
    header: list[str] = []
    joined = False

    def rows(file: BoundedFile) -> Iterator[RowRead]:
        nonlocal joined
        if not is_workbook(path):
            yield from _parsed(read_csv(file, wanted=is_of_grants), header, dates, register, None)
            return
        table = read_xlsx(path, sheet=sheet, wanted=is_of_grants)
        with Sheets(path, is_beside_grants, grant_of) as sheets:
            joined = sheets.any
            yield from _parsed(table, header, dates, register, sheets if joined else None)

    # What came from several sheets fits into no table.
    return Reader(rows=rows, form=lambda: json_form() if joined else table_form(header))


def _begins_as_json(path: Path) -> bool:
    try:
        with path.open("rb") as file:
            return file.read(CHUNK).removeprefix(b"\xef\xbb\xbf").lstrip().startswith(b"{")
    except OSError:
        return False


def _parsed(
    table: Table, header: list[str], dates: Dates, register: str | None, sheets: Sheets | None
) -> Iterator[RowRead]:
    last = 0
    for row in table.rows:
        if not last:
            header += table.header
            if not is_of_grants(header):
                raise UnreadableFile("columns_missing", "A table of grants has Identifier and Amount Awarded.")
        last = row.number
        yield parse_row(row, dates, register, sheets)
    if not last and not is_of_grants(table.header):
        raise UnreadableFile("columns_missing", "A table of grants has Identifier and Amount Awarded.")
    if sheets is not None:
        yield from sheets.left(last, lambda identifier: three_sixty.register_of(identifier, register))
