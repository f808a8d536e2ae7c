"""``fundtrail import cbp``: the Capacity Building Programme's own files."""

from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import typer
from rich.text import Text

from domain.values.ids import uuid7
from domain.values.shown import shown_count
from infra.cli.asking import AsJson, our_database
from infra.cli.terminal import BROKEN, out, print_json, table_of, working
from infra.database.postgres import Database
from infra.feeding.migrate import migrate
from infra.feeding.projector import up_to_date
from infra.imports.cbp import facts as cbp
from infra.imports.cbp.report import FileReport, Report
from infra.log.postgres_log import PostgresLog


def import_cbp(
    folder: Annotated[
        Path, typer.Argument(metavar="DIR", help="The folder with the CSV files; the project's own copy by default.")
    ] = cbp.DEMO,
    as_json: AsJson = False,
) -> None:
    """Record the facts of the files in *folder*. Exits with 4 when a row is broken."""
    where = our_database()
    with working("Updating the database's tables") as say:
        migrate(where)
        report = record_programme(where, folder, say)
        say("Filling the read models")
        up_to_date(where)
    if as_json:
        print_json(report.as_json())
    else:
        print_report(report)
    if report.broken:
        raise typer.Exit(BROKEN)


def record_programme(where: Database, folder: Path, say: Callable[[str], None]) -> Report:
    """Record the files of *folder*, one after the other; *say* shows how far it is."""
    report = Report()
    with PostgresLog(where) as log:
        for file in cbp.import_cbp(log, folder, correlation_id=f"import-{uuid7()}"):
            report.files.append(file)
            rows = shown_count(file.rows, "row")
            say(f"Recording: {file.name}, {rows} ({len(report.files)} of {len(cbp.FILES)} files)")
    return report


def print_report(report: Report) -> None:
    """Print what the import did, file by file."""
    table = table_of(indent=0)
    table.add_column("File", no_wrap=True)
    for heading in ("Rows", "New events", "Unchanged", "Left out", "Broken"):
        table.add_column(heading, justify="right")
    for file in report.files:
        left_out = sum(file.left_out.values())
        table.add_row(
            file.name, str(file.rows), str(file.events), str(file.unchanged), str(left_out), str(len(file.broken))
        )
    out.print(table)
    for file in report.files:
        _print_reasons(file)
    out.print(Text(f"{shown_count(report.events, 'new event')}.", style="bold"))


def _print_reasons(file: FileReport) -> None:
    for reason, rows in file.left_out.items():
        out.print(Text(f"{file.name}: {shown_count(rows, 'row')} left out: {reason}.", style="dim"))
    if file.restated:
        out.print(Text(f"{file.name}: {shown_count(file.restated, 'row')} restated."))
    for name in file.removed:
        out.print(Text(f"{file.name}: stated before, and no longer there. It stays recorded: {name}"))
    for line, reason in file.broken:
        place = f"{file.name}, line {line}" if line else file.name
        out.print(Text(f"{place}: {reason}", style="red"))
    if file.broken:
        out.print(Text(f"{file.name}: nothing of it was recorded. Correct the rows and import again.", "red"))
