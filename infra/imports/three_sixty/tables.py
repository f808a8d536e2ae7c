"""Read 360Giving grants from a table. Each row becomes a grant as a nested object.

Columns have titles (``Recipient Org:Identifier``) or paths (``recipientOrganization/0/id``).
"""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from infra.files.bounded import CHUNK, BoundedFile, UnreadableFile
from infra.imports.editions.edition import Reader
from infra.imports.editions.report import json_form, table_form
from infra.imports.rows.parsing import Dates, Problem
from infra.imports.rows.quarantine import QuarantinedRow, RawRow, RowRead
from infra.imports.rows.tabular import Broken, BrokenLine, Table, is_workbook, read_csv, read_xlsx
from infra.imports.three_sixty import grants as three_sixty
from infra.imports.three_sixty.sheets import Origins, Sheets

# The title of each field of a grant, by its name in JSON.
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
# The name in JSON of the fields of organisations, dates, transactions, programmes and places, by title.
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
# The lists in entries of lists.
_LISTS_WITHIN = {"location"}
_NAMES = {title.casefold(): name for name, title in TITLES.items()} | {name.casefold(): name for name in TITLES}
_WITHIN = {title.casefold(): name for title, name in PARTS.items()}

COLUMNS_MISSING = "The table lacks the columns of grants. It needs at least Identifier and Amount Awarded."

Path_ = tuple[str | int, ...]


def path_of(column: str) -> Path_:
    """The path of the *column* in a grant. A column that the standard does not know is a field of its own."""
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
    """A row of *cells* as a grant."""
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
    """Whether a table with these columns holds grants: it has their identifiers and amounts."""
    paths = {path_of(column) for column in header}
    return {("id",), ("amountAwarded",)} <= paths


def is_further_sheet(header: list[str]) -> bool:
    """Whether these are the columns of a further sheet: they name grants and lists of theirs, but are not of grants."""
    paths = [path_of(column) for column in header]
    return ("id",) in paths and any(path[0] in LISTS for path in paths) and not is_of_grants(header)


def parse_row(row: RawRow, dates: Dates, register: str | None = None, sheets: Sheets | None = None) -> RowRead:
    """The grant that *row* states, joined with the rows of *sheets*, or the problems for which it is put aside."""
    if isinstance(row.raw, BrokenLine):
        return QuarantinedRow(row, None, None, (row.raw.problem,))
    nested = RawRow(number=row.number, place=row.place, raw=grant_of(row.raw))
    origins, problems = sheets.join(nested.raw) if sheets is not None else ({}, ())
    read = three_sixty.parse_row(nested, dates, register)
    if isinstance(row.raw, Broken):
        problems = (row.raw.problem, *problems)
    # A grant from several sheets is put aside as an object, a grant from one table as its row.
    row = row if sheets is None else nested
    if problems:
        identifier = read.identifier if isinstance(read, QuarantinedRow) else read.grant.identifier
        its_register = read.register if isinstance(read, QuarantinedRow) else read.grant.register
        return QuarantinedRow(row, its_register, identifier, problems)
    if isinstance(read, QuarantinedRow) and origins:
        read = replace(read, problems=tuple(_with_place(problem, origins) for problem in read.problems))
    return replace(read, row=row)


def _with_place(problem: Problem, origins: Origins) -> Problem:
    """*problem*, with the place of its row if that is in a further sheet."""
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
        with Sheets(path, is_further_sheet, grant_of) as sheets:
            joined = sheets.has_rows
            yield from _parsed(table, header, dates, register, sheets if joined else None)

    # A grant from several sheets does not fit into one table.
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
                raise UnreadableFile("columns_missing", COLUMNS_MISSING)
        last = row.number
        yield parse_row(row, dates, register, sheets)
    if not last and not is_of_grants(table.header):
        raise UnreadableFile("columns_missing", COLUMNS_MISSING)
    if sheets is not None:
        yield from sheets.rows_without_grant(last, lambda identifier: three_sixty.register_of(identifier, register))
