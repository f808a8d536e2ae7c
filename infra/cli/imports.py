"""The command line's imports of registers: ``fundtrail import 360giving``, ``iati`` and ``register``."""

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.progress import (
    BarColumn,
    Progress,
    TaskID,
    TaskProgressColumn,
    TextColumn,
    TimeRemainingColumn,
)

from infra.cli import paper_imports
from infra.cli.asking import actor_named
from infra.database.postgres import Database
from infra.feeding.migrate import migrate
from infra.feeding.projector import project_all
from infra.files.bounded import UnreadableFile
from infra.imports import iati
from infra.imports.editions.edition import ImportOptions, Reader, import_edition
from infra.imports.editions.report import EditionReport, as_json_text
from infra.imports.register import mapped_rows, mapping
from infra.imports.rows.parsing import Dates
from infra.imports.three_sixty import tables as three_sixty_tables
from infra.log.postgres_log import PostgresLog

# Rows were put aside, or nobody can say what is gone; the file as a whole cannot be read.
PUT_ASIDE, UNREADABLE = 4, 2

File = Annotated[Path, typer.Argument(metavar="FILE", help="The file of the register's grants.")]
DatesAs = Annotated[
    Dates, typer.Option("--dates", help="How the file writes dates: iso 2004-03-15, uk 15/03/2004, us 03/15/2004.")
]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Tell what would be recorded, and record nothing.")]
Part = Annotated[
    bool,
    typer.Option("--part", "--retry", help="The file is a part, such as mended rows: what it lacks is not gone."),
]
Whole = Annotated[bool, typer.Option("--whole", help="All that the file lacks is gone, however much that is.")]
Register = Annotated[
    str | None, typer.Option("--register", metavar="NAME", help="The name of the register, in place of its own.")
]
ReportTo = Annotated[
    Path | None, typer.Option("--report", metavar="FILE.csv", help="Write what became of every row as CSV.")
]
QuarantineTo = Annotated[
    Path | None,
    typer.Option("--quarantine", metavar="FILE", help="Write the rows that were put aside, to be mended there."),
]
Actor = Annotated[str, typer.Option("--as", callback=actor_named, metavar="NAME", help="Who brings the file in.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON for scripts.")]


def add_imports(
    imports: typer.Typer, where: Callable[[], Database], out: Console, fail: Callable[[str, int], Any]
) -> None:
    """Add the commands to *imports*."""

    @imports.command(name="360giving")
    def import_360giving(
        file: File,
        dates: DatesAs = Dates.ISO,
        dry_run: DryRun = False,
        part: Part = False,
        whole: Whole = False,
        register: Register = None,
        sheet: Annotated[str | None, typer.Option(help="The sheet of a workbook; the first with grants.")] = None,
        report: ReportTo = None,
        quarantine: QuarantineTo = None,
        actor: Actor = "import 360giving",
        as_json: AsJson = False,
    ) -> None:
        """Record the grants of a 360Giving file (JSON, CSV or XLSX), or what a newer edition says otherwise."""
        reader = three_sixty_tables.reader(file, dates, register, sheet)
        wanted = ImportOptions(
            dry_run=dry_run, part=part, whole=whole, actor=actor, report=report, quarantine=quarantine
        )
        _import(file, reader, wanted, where, out, fail, as_json=as_json)

    @imports.command(name="iati")
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
        """Record the activities of an IATI file (2.01 to 2.03), or what a newer edition says otherwise."""
        wanted = ImportOptions(
            dry_run=dry_run, part=part, whole=whole, actor=actor, report=report, quarantine=quarantine
        )
        _import(file, iati.reader(dates, register), wanted, where, out, fail, as_json=as_json)

    @imports.command(name="register")
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
        """Record the grants of a register (CSV or XLSX) by a mapping, or what a newer edition says otherwise."""
        try:
            by = mapping.find_mapping(map_)
        except mapping.BadMapping as error:
            fail(str(error), UNREADABLE)
            return
        if dates is not None:
            by.dates = dates
        wanted = ImportOptions(
            dry_run=dry_run, part=part, whole=whole, actor=actor, report=report, quarantine=quarantine
        )
        _import(file, mapped_rows.reader(file, by), wanted, where, out, fail, as_json=as_json)


def _import(
    file: Path,
    reader: Reader,
    wanted: ImportOptions,
    where: Callable[[], Database],
    out: Console,
    fail: Callable[[str, int], Any],
    *,
    as_json: bool,
) -> None:
    if wanted.part and wanted.whole:
        fail("The file is a part, or it is whole: --part and --whole say the opposite.", UNREADABLE)
    if file.resolve() in {path.resolve() for path in (wanted.report, wanted.quarantine) if path is not None}:
        fail(f"{file} is what is to be read: write the report and the rows put aside elsewhere.", UNREADABLE)
    database = where()
    migrate(database)
    try:
        with PostgresLog(database) as log, _progress() as told:
            report = import_edition(log, file, reader, wanted, told)
            if not wanted.dry_run:
                told("Filling the read models", 0, 0)
                project_all(database)
    except UnreadableFile as error:
        _tell_unreadable(file, error, fail, as_json=as_json)
        return
    except OSError as error:
        fail(f"{error.filename} cannot be written: {error.strerror}.", UNREADABLE)
        return
    _tell(report, out, as_json=as_json)
    if report.quarantined or (report.not_judged and not wanted.part):
        raise typer.Exit(PUT_ASIDE)


def _tell_unreadable(file: Path, error: UnreadableFile, fail: Callable[[str, int], Any], *, as_json: bool) -> None:
    if as_json:
        sys.stdout.write(paper_imports.unreadable_as_json(file.name, error) + "\n")
    fail(f"{file.name}: {error} Nothing of it is recorded. ({error.code})", UNREADABLE)


def _tell(report: EditionReport, out: Console, *, as_json: bool) -> None:
    if as_json:
        sys.stdout.write(as_json_text(report) + "\n")
    else:
        paper_imports.print_edition(out, report)


@contextmanager
def _progress() -> Iterator[Callable[[str, int, int], None]]:
    """Show how far it is, at which rate, and how long it will take; the function given is told what is done."""
    columns = (
        TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(show_speed=True), TimeRemainingColumn(),
    )  # fmt: skip
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        tasks: dict[str, TaskID] = {}
        shown = 0.0

        def told(what: str, done: int, of: int) -> None:
            nonlocal shown
            now = time.monotonic()
            if what in tasks and now - shown < 0.1 and done < of:
                return
            shown = now
            if what not in tasks:
                tasks[what] = bar.add_task(what, total=of or None)
            bar.update(tasks[what], completed=done, total=of or None)

        yield told
