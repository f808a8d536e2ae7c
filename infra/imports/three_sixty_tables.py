"""Grants by the 360Giving standard as a table: its columns by title (``Recipient Org:Identifier``) or by path
(``recipientOrganization/0/id``), read as the objects that they stand for.
"""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from infra.imports import three_sixty
from infra.imports.believing import Dates, Problem
from infra.imports.bounded import CHUNK, BoundedFile, UnreadableFile
from infra.imports.edition import Reader
from infra.imports.edition_report import json_form, table_form
from infra.imports.rows import Doubted, RawRow, RowRead
from infra.imports.tables import Broken, Table, is_workbook, read_csv, read_xlsx

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
}
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
    steps += [int(part) if part.isdigit() else _WITHIN.get(part.casefold(), part) for part in rest]
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


def believe(row: RawRow, dates: Dates, register: str | None = None) -> RowRead:
    """What the grant of *row* states, or why it is not believed."""
    nested = RawRow(number=row.number, place=row.place, raw=grant_of(row.raw))
    read = three_sixty.believe(nested, dates, register)
    if isinstance(row.raw, Broken):
        problem = Problem("", row.raw.said, "cell_count", "Give the row as many cells as there are columns.")
        name = read.identifier if isinstance(read, Doubted) else read.grant.identifier
        of = read.register if isinstance(read, Doubted) else read.grant.register
        return Doubted(row, of, name, (problem,))
    return replace(read, row=row)


def reader(path: Path, dates: Dates, register: str | None = None, sheet: str | None = None) -> Reader:
    """Reads a 360Giving file by what it is: JSON, CSV or XLSX."""
    if path.suffix.lower() == ".json" or _begins_as_json(path):
        return Reader(
            rows=lambda file: (three_sixty.believe(row, dates, register) for row in three_sixty.read_json(file)),
            form=json_form(),
        )
    header: list[str] = []

    def rows(file: BoundedFile) -> Iterator[RowRead]:
        table = read_xlsx(path, sheet=sheet, wanted=is_of_grants) if is_workbook(path) else read_csv(file)
        yield from _believed(table, header, dates, register)

    return Reader(rows=rows, form=table_form(lambda: header))


def _begins_as_json(path: Path) -> bool:
    try:
        with path.open("rb") as file:
            return file.read(CHUNK).removeprefix(b"\xef\xbb\xbf").lstrip().startswith(b"{")
    except OSError:
        return False


def _believed(table: Table, header: list[str], dates: Dates, register: str | None) -> Iterator[RowRead]:
    first = True
    for row in table.rows:
        if first:
            first = False
            header += table.header
            if not is_of_grants(header):
                raise UnreadableFile("columns_missing", "A table of grants has Identifier and Amount Awarded.")
        yield believe(row, dates, register)
    if first and not is_of_grants(table.header):
        raise UnreadableFile("columns_missing", "A table of grants has Identifier and Amount Awarded.")
