"""All exports by name and format, as streams of bytes: lists, and files in the standards."""

from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing
from dataclasses import dataclass

from domain.across.permissions import Area
from infra.exports.columns import PART_LISTS, STAMP, columns_of
from infra.exports.financial_years import with_years
from infra.exports.jointly import ENTRIES
from infra.exports.lists import LISTS
from infra.exports.standards.files import STANDARDS, clocks, file_of, left_out_of
from infra.exports.standards.left_out import Report
from infra.exports.standards.publisher import Publisher
from infra.exports.standards.reading import Wanted
from infra.files.csv_and_jsonl import FORMATS, as_bytes
from projections.register import reading as register
from projections.tables.paging import Connection
from projections.whole_lists import Row

LEFT_OUT = "-left-out"
MEDIA_TYPES = {name: media for name, (media, _) in FORMATS.items()} | {
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
}
NAMES = (*LISTS, *(f"{name}{LEFT_OUT}" for name in STANDARDS), *STANDARDS)
# Exports with rows about awards. They can be limited to the awards of one programme.
BY_PROGRAMME = (
    "awards",
    "payments",
    "conditions",
    "profiles",
    "budget-lines",
    "contributions",
    *(name for name, one in PART_LISTS.items() if one.of == "award"),
    *(name for name in NAMES if name not in LISTS),
)


# What whoever gets an export must be allowed to read.
AREAS: dict[Area, tuple[str, ...]] = {
    Area.REGISTER: ("organisations", "partnerships", "partners", "rounds"),
    Area.CASES: (
        "timeline", "bids", "delays", "outcomes", "questions", "eligibility-tests",
        "rule-tests", "consents", "contacts",
        "plans", "suppliers", "deliverables", "strands", *ENTRIES,
    ),
    Area.ASSESSMENT: ("assessments", "moderations"),
    Area.MONEY: (
        "ledger", "ladder", "years", "year-budgets", "profiles", "earned-unpaid",
        "awards", "payments", "conditions", "rounds", "ring-fences", "recoveries", "settlements",
        "money-back", "instalments", "variations", "holds", "returns", "certificates", "expenditure", "partnerships",
        "budget-lines", "contributions", "charges",
        *STANDARDS, *(f"{name}{LEFT_OUT}" for name in STANDARDS),
    ),
    Area.BANK: ("bank-entries",),
    Area.OFFICE: ("discrepancies", "audit"),
    Area.PEOPLE: (),
}  # fmt: skip


def areas_of_export(name: str) -> list[Area]:
    """What whoever gets the export *name* must be allowed to read."""
    return [area for area, names in AREAS.items() if name in names]


class NoSuchExport(Exception):
    """There is no export of this name, or not in this format."""


class NotByProgramme(Exception):
    """This export cannot be limited to one programme. The whole list would look like the programme's own."""


class NoSuchProgramme(Exception):
    """There is no programme with this code."""


@dataclass(frozen=True, slots=True)
class Export:
    """An export: the list or file *name* in a *format*."""

    name: str
    format: str

    @property
    def media_type(self) -> str:
        """The media type for HTTP."""
        standard = STANDARDS.get(self.name)
        return standard.media_type if standard is not None else MEDIA_TYPES[self.format]


def export_of(name: str, format_: str | None, programme: str | None = None) -> Export:
    """The export *name* in a format. The default is CSV for a list, and its own format for a standard.

    Raises NoSuchExport, and NotByProgramme where a *programme* is given and the export cannot be limited to one.
    """
    standard = STANDARDS.get(name)
    known = (standard.ending,) if standard is not None else tuple(MEDIA_TYPES)
    if name not in NAMES:
        raise NoSuchExport(f"There is no export {name}. There are: {', '.join(NAMES)}.")
    if format_ is not None and format_ not in known:
        raise NoSuchExport(f"{name} cannot be exported as {format_}. Choose from: {', '.join(known)}.")
    if programme is not None and name not in BY_PROGRAMME:
        others = ", ".join(BY_PROGRAMME)
        raise NotByProgramme(f"{name} cannot be limited to one programme. These exports can: {others}.")
    return Export(name, format_ or known[0])


async def stream(
    connection: Connection, export: Export, wanted: Wanted, publisher: Publisher, report: Report
) -> AsyncGenerator[bytes, None]:
    """The bytes of an export.

    Raises before the first byte: NoSuchProgramme, and NothingToExport where the file of a standard would be empty.
    """
    code = wanted.programme
    # A text in PostgreSQL cannot hold the character U+0000.
    if code is not None and ("\x00" in code or not await register.programmes_by(connection, "code", [code])):
        raise NoSuchProgramme(f"There is no programme {code}.")
    standard = STANDARDS.get(export.name)
    if standard is not None:
        async with aclosing(file_of(connection, standard, wanted, publisher, report)) as pieces:
            async for piece in pieces:
                yield piece
        return
    async with aclosing(_stamped(_rows(connection, export.name, wanted, publisher), wanted)) as rows:
        columns = columns_of(export.name)
        if export.format == "xlsx":
            # The import of openpyxl is slow.
            from infra.files.xlsx import as_xlsx  # noqa: PLC0415

            written = as_xlsx(rows, columns, export.name, clocks(wanted))
        else:
            written = as_bytes(FORMATS[export.format][1](rows, columns))
        async for piece in written:
            yield piece


def _rows(connection: Connection, name: str, wanted: Wanted, publisher: Publisher) -> AsyncIterator[Row]:
    if name.endswith(LEFT_OUT):
        return left_out_of(connection, STANDARDS[name.removesuffix(LEFT_OUT)], wanted, publisher)
    return with_years(connection, name, LISTS[name](connection, wanted), wanted)


async def _stamped(rows: AsyncIterator[Row], wanted: Wanted) -> AsyncGenerator[Row, None]:
    """Each row with its day, instant and position, so that a row copied to another place still shows them."""
    times = clocks(wanted)
    stamp: Row = dict(zip(STAMP, (times["asAt"], times["knownAt"], wanted.known), strict=True))
    async for row in rows:
        yield row | stamp
