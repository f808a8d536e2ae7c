"""``fundtrail import 360giving``, ``import iati`` and ``import register``: the registers of other bodies."""

import json
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, NoReturn

import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TaskProgressColumn, TextColumn, TimeRemainingColumn
from rich.table import Table
from rich.text import Text

from domain.values.shown import shown_count
from infra.cli.asking import AsJson, actor_named, our_database
from infra.cli.terminal import BROKEN, UNUSABLE, fail, out
from infra.feeding.migrate import migrate
from infra.feeding.projector import up_to_date
from infra.files.bounded import UnreadableFile
from infra.imports import iati
from infra.imports.editions.edition import ImportOptions, Reader, import_edition
from infra.imports.editions.report import BECAME, EditionReport, as_json_text
from infra.imports.register import mapped_rows, mapping
from infra.imports.rows.parsing import Dates
from infra.imports.three_sixty import tables as three_sixty_tables
from infra.log.postgres_log import PostgresLog

# So many problems are printed; the report file has all of them.
SHOWN = 20

File = Annotated[Path, typer.Argument(metavar="FILE", help="The file of the register's grants.")]
DatesAs = Annotated[
    Dates, typer.Option("--dates", help="How the file writes dates: iso 2004-03-15, uk 15/03/2004, us 03/15/2004.")
]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Show what would be recorded, and record nothing.")]
Part = Annotated[
    bool,
    typer.Option("--part", "--retry", help="The file is a part, such as corrected rows: what it lacks is not gone."),
]
Whole = Annotated[bool, typer.Option("--whole", help="All that the file lacks is gone, however much that is.")]
Register = Annotated[
    str | None, typer.Option("--register", metavar="NAME", help="The name of the register, in place of its own.")
]
ReportTo = Annotated[
    Path | None, typer.Option("--report", metavar="FILE.csv", help="Write what became of every row, as CSV.")
]
QuarantineTo = Annotated[
    Path | None,
    typer.Option("--quarantine", metavar="FILE", help="Write the rows that were put aside, to be corrected there."),
]
Actor = Annotated[str, typer.Option("--as", callback=actor_named, metavar="NAME", help="Who imports the file.")]


def import_360(
    file: File,
    dates: DatesAs = Dates.ISO,
    dry_run: DryRun = False,
    part: Part = False,
    whole: Whole = False,
    register: Register = None,
    sheet: Annotated[
        str | None, typer.Option(help="The sheet of a workbook; the first one with grants by default.")
    ] = None,
    report: ReportTo = None,
    quarantine: QuarantineTo = None,
    actor: Actor = "import 360giving",
    as_json: AsJson = False,
) -> None:
    """Record the grants of a 360Giving file: JSON, CSV or XLSX."""
    reader = three_sixty_tables.reader(file, dates, register, sheet)
    wanted = ImportOptions(dry_run=dry_run, part=part, whole=whole, actor=actor, report=report, quarantine=quarantine)
    _import(file, reader, wanted, as_json=as_json)


def import_iati(
    file: File,
    dates: DatesAs = Dates.ISO,
    dry_run: DryRun = False,
    part: Part = False,
    whole: Whole = False,
    register: Register = None,
    report: ReportTo = None,
    quarantine: QuarantineTo = None,
    actor: Actor = "import iati",
    as_json: AsJson = False,
) -> None:
    """Record the activities of an IATI file, version 2.01 to 2.03."""
    wanted = ImportOptions(dry_run=dry_run, part=part, whole=whole, actor=actor, report=report, quarantine=quarantine)
    _import(file, iati.reader(dates, register), wanted, as_json=as_json)


def import_register(
    file: File,
    map_: Annotated[
        str, typer.Option("--map", metavar="MAP", help="The mapping: a TOML file, or the name of an example.")
    ],
    dates: Annotated[
        Dates | None, typer.Option("--dates", help="How the file writes dates, in place of what the mapping says.")
    ] = None,
    dry_run: DryRun = False,
    part: Part = False,
    whole: Whole = False,
    report: ReportTo = None,
    quarantine: QuarantineTo = None,
    actor: Actor = "import register",
    as_json: AsJson = False,
) -> None:
    """Record the grants of a CSV or XLSX register. The mapping says which column is which field."""
    try:
        by = mapping.find_mapping(map_)
    except mapping.BadMapping as error:
        fail(str(error), UNUSABLE)
    if dates is not None:
        by.dates = dates
    wanted = ImportOptions(dry_run=dry_run, part=part, whole=whole, actor=actor, report=report, quarantine=quarantine)
    _import(file, mapped_rows.reader(file, by), wanted, as_json=as_json)


def _import(file: Path, reader: Reader, wanted: ImportOptions, *, as_json: bool) -> None:
    if wanted.part and wanted.whole:
        fail("--part and --whole contradict each other. Give one of them.", UNUSABLE)
    if file.resolve() in {path.resolve() for path in (wanted.report, wanted.quarantine) if path is not None}:
        fail(f"{file} is the file to import. Write the report and the rows put aside to other files.", UNUSABLE)
    database = our_database()
    migrate(database)
    try:
        with PostgresLog(database) as log, _progress() as show:
            report = import_edition(log, file, reader, wanted, show)
            if not wanted.dry_run:
                show("Filling the read models", 0, 0)
                up_to_date(database)
    except UnreadableFile as error:
        _fail_unreadable(file, error, as_json=as_json)
    except OSError as error:
        fail(f"{error.filename} cannot be written: {error.strerror}.", UNUSABLE)
    if as_json:
        sys.stdout.write(as_json_text(report) + "\n")
    else:
        _print_edition(report)
    if report.quarantined or (report.not_judged and not wanted.part):
        raise typer.Exit(BROKEN)


def _fail_unreadable(file: Path, error: UnreadableFile, *, as_json: bool) -> NoReturn:
    if as_json:
        sys.stdout.write(
            json.dumps({"file": file.name, "error": {"code": error.code, "message": str(error)}}, ensure_ascii=False)
            + "\n"
        )
    fail(f"{file.name}: {error} Nothing of it is recorded. ({error.code})", UNUSABLE)


@contextmanager
def _progress() -> Iterator[Callable[[str, int, int], None]]:
    """Show how far the import is, how fast it goes and how long it will take.

    The function that it gives takes a description, the number done and the number in all (0 when unknown).
    """
    columns = (
        TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(show_speed=True), TimeRemainingColumn(),
    )  # fmt: skip
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        tasks: dict[str, TaskID] = {}
        shown = 0.0

        def show(what: str, done: int, of: int) -> None:
            nonlocal shown
            now = time.monotonic()
            if what in tasks and now - shown < 0.1 and done < of:
                return
            shown = now
            if what not in tasks:
                tasks[what] = bar.add_task(what, total=of or None)
            bar.update(tasks[what], completed=done, total=of or None)

        yield show


def _print_edition(report: EditionReport) -> None:
    """Print the counts of an import, why rows were put aside, and what is gone."""
    dry = " Nothing was recorded: this was a dry run." if report.dry_run else ""
    rows, events = shown_count(report.rows, "row"), shown_count(report.events, "new event")
    out.print(Text(f"{report.file}: {rows}, {events}.{dry}"))
    counts = [f"{report.became[became]} {became}" for became in BECAME if report.became[became]]
    out.print(Text(f"  {', '.join(counts) or 'no rows'}; {report.gone} gone"))
    if report.not_judged is not None:
        out.print(Text(f"  What is gone was not decided. {report.not_judged}"))
    if report.seconds > 0:
        out.print(Text(f"  {report.seconds:.1f} s, {report.rows / report.seconds:,.0f} rows a second", style="dim"))
    if report.causes:
        _print_problems(report)


def _print_problems(report: EditionReport) -> None:
    """Print why rows were put aside, and the warnings about others: a line for each cause, with an example."""
    causes = report.causes_by_number
    for title, put_aside in ((_put_aside(report.quarantined), True), ("Recorded with a warning", False)):
        of_kind = [one for one in causes if one.first.put_aside is put_aside]
        if not of_kind:
            continue
        out.print()
        out.print(Text(title, style="bold"))
        table = Table(box=None, pad_edge=False, header_style="dim")
        for column in ("Number", "Field", "Rule", "For example", "Value", "What to do"):
            table.add_column(column, overflow="fold")
        for one in of_kind[:SHOWN]:
            problem, example = one.first.problem, " ".join(filter(None, (one.first.place, one.first.identifier)))
            cells = (f"{one.number:,}", problem.field, problem.rule, example, problem.value, problem.hint)
            table.add_row(*map(Text, cells))
        out.print(table)
        if len(of_kind) > SHOWN:
            out.print(Text(f"and {shown_count(len(of_kind) - SHOWN, 'cause')} more", style="dim"))
    if report.rules.total() > len(causes):
        out.print(Text("--report FILE.csv has all of them.", style="dim"))


def _put_aside(rows: int) -> str:
    return "1 row is put aside" if rows == 1 else f"{rows:,} rows are put aside"
