"""What an import did, on the terminal."""

import json

from rich.console import Console
from rich.table import Table
from rich.text import Text

from infra.files.bounded import UnreadableFile
from infra.imports.editions.report import BECAME, EditionReport

# So many problems are shown; the report file has all of them.
SHOWN = 20


def print_edition(console: Console, report: EditionReport) -> None:
    """The counts of an import, why rows were put aside, and what is gone."""
    dry = " Nothing was recorded: this was a dry run." if report.dry_run else ""
    console.print(Text(f"{report.file}: {report.rows} rows, {report.events} new events.{dry}"))
    told = [f"{report.became[became]} {became}" for became in BECAME if report.became[became]]
    console.print(Text(f"  {', '.join(told) or 'no rows'}; {report.gone} gone"))
    if report.not_judged is not None:
        console.print(Text(f"  What is gone was not asked. {report.not_judged}"))
    if report.seconds > 0:
        console.print(Text(f"  {report.seconds:.1f} s, {report.rows / report.seconds:,.0f} rows a second", style="dim"))
    if report.quarantined:
        _print_problems(console, report)


def _print_problems(console: Console, report: EditionReport) -> None:
    console.print()
    counts = ", ".join(f"{rule} {number}" for rule, number in report.rules.most_common())
    console.print(Text(f"{report.quarantined} rows are put aside ({counts})", style="bold"))
    table = Table(box=None, pad_edge=False, header_style="dim")
    for column in ("Place", "Grant", "Field", "Value", "What to do"):
        table.add_column(column, overflow="fold")
    for told in report.problems[:SHOWN]:
        problem = told.problem
        table.add_row(
            *map(Text, (told.place, told.identifier or "", problem.field, problem.value, problem.hint)),
        )
    console.print(table)
    total = report.rules.total()
    if total > SHOWN:
        console.print(Text(f"and {total - SHOWN} more: --report FILE.csv has all of them.", style="dim"))


def unreadable_as_json(file: str, error: UnreadableFile) -> str:
    """Why a file cannot be read, for scripts."""
    return json.dumps({"file": file, "error": {"code": error.code, "message": str(error)}}, ensure_ascii=False)
