"""``fundtrail verify``: whether the database is what the log says, and the log is as it was recorded."""

import json
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer
from rich.text import Text

from domain.values.shown import shown_count
from infra.cli.asking import AsJson, our_database
from infra.cli.terminal import BROKEN, NOT_FOUND, UNUSABLE, fail, out, print_json, table_of, working
from infra.seals.comparing import Outside, outside
from infra.seals.folder import Folder
from infra.seals.notes import BadNote, verifier_of
from infra.settings import settings
from infra.verifying.checking import CHECKS, Report, verify
from infra.verifying.findings import Check, Finding, Result
from infra.verifying.report import as_json, as_page, in_words, outcome, place, sides
from infra.verifying.seals import seals_check

# The longest text of a column that is printed. The report has the whole text.
LONGEST = 200


def check(
    only: Annotated[
        list[str] | None, typer.Option("--only", metavar="CHECK", help="Run this check alone; repeat it.")
    ] = None,
    report: Annotated[
        Path | None, typer.Option("--report", metavar="FILE.html", help="Write a report, and FILE.json beside it.")
    ] = None,
    seals: Annotated[
        Path | None, typer.Option(metavar="FOLDER", help="The folder of the checkpoints; that of FUNDTRAIL_SEALS.")
    ] = None,
    key: Annotated[
        list[str] | None, typer.Option(metavar="KEY", help="A public key that is trusted; that of the sealer.")
    ] = None,
    checkpoint: Annotated[
        list[Path] | None, typer.Option(metavar="FILE", help="A checkpoint from elsewhere, such as the auditor's.")
    ] = None,
    as_json_: AsJson = False,
) -> None:
    """Verify the database, which is used meanwhile. Exits with 4 when something differs. Its owner may do this."""
    where = our_database()
    checks = _named(only or [], seals_check(_outside(seals, key or [], checkpoint or [])))
    files = _new_files(report) if report is not None else ()
    with working("Verifying") as say:
        found = verify(where, checks, say)
    _write(files, found)
    if as_json_:
        print_json(as_json(found))
    else:
        _print(found)
    if found.differs:
        raise typer.Exit(BROKEN)


def _outside(folder: Path | None, keys: Sequence[str], files: Sequence[Path]) -> Outside:
    """What is known of the log outside the database. Ends the command for a key or file that is not one."""
    wanted = settings().seals
    if folder is not None and not folder.is_dir():
        fail(f"There is no folder {folder}.", NOT_FOUND)
    try:
        own = wanted.verifier() if not keys else None
        trusted = [verifier_of(one) for one in keys] or ([own] if own else [])
    except BadNote as error:
        fail(str(error), UNUSABLE)
    notes = list[tuple[str, str]]()
    for file in files:
        try:
            notes.append((f"in {file}", file.read_text(encoding="utf-8")))
        except (OSError, UnicodeDecodeError):
            fail(f"The checkpoint {file} cannot be read.", NOT_FOUND)
    return outside(Folder(folder or wanted.folder), trusted, notes)


def _named(only: Sequence[str], first: Check) -> list[Check]:
    names = [one.name for one in (first, *CHECKS)]
    for name in only:
        if name not in names:
            fail(f"There is no check {name}. There are: {', '.join(names)}.", NOT_FOUND)
    return [one for one in (first, *CHECKS) if not only or one.name in only]


# --- The report -------------------------------------------------------------------------------------------------------


def _new_files(page: Path) -> tuple[Path, Path]:
    """The two files of a report. Ends the command when they cannot be written, before anything is verified."""
    if page.suffix != ".html":
        fail(f"The report {page} does not end in .html. Its JSON is written beside it.", UNUSABLE)
    files = page, page.with_suffix(".json")
    for file in files:
        if file.exists():
            fail(f"{file} exists already. Choose another name, or remove it.", UNUSABLE)
    if not os.access(page.parent, os.W_OK):
        fail(f"{page} cannot be written: {page.parent} is no folder in which this user may write.", UNUSABLE)
    return files


def _write(files: Sequence[Path], found: Report) -> None:
    texts = (as_page(found), json.dumps(as_json(found), indent=2, ensure_ascii=False) + "\n")
    for file, text in zip(files, texts, strict=False):
        try:
            with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as to:
                to.write(text)
        except OSError as error:
            fail(f"{file} cannot be written: {error.strerror}.", UNUSABLE)


# --- The terminal -----------------------------------------------------------------------------------------------------


def _print(found: Report) -> None:
    table = table_of("Check", "Looked at", "Result", indent=0)
    table.add_column("Seconds", justify="right")
    for result in found.results:
        style = "red" if result.differs else ""
        table.add_row(
            result.check.name, in_words(result.looked), Text(outcome(result), style=style), f"{result.seconds:.1f}"
        )
    out.print(table)
    for result in found.results:
        _print_findings(result)
    verdict = "Something differs." if found.differs else "Nothing differs."
    out.print(Text(f"{verdict} The database {found.database} at position {found.position}."))


def _print_findings(result: Result) -> None:
    for finding in result.findings:
        out.print()
        out.print(Text(f"{result.check.name}: {finding.said}"), soft_wrap=True)
        if where := place(finding):
            out.print(Text(f"  {where}", style="dim"), soft_wrap=True)
        _print_sides(finding)
    if result.more:
        out.print(Text(f"\n{shown_count(result.more, 'more finding')} of {result.check.name}."))
    if result.findings:
        out.print()


def _print_sides(finding: Finding) -> None:
    """Print what was found and expected: of a row that is on both sides, only the columns that differ."""
    differing = [side for side in sides(finding) if side[1] != side[2]]
    if not differing:
        return
    table = table_of("", "Found", "Expected")
    for column, *values in differing:
        table.add_row(column, *(Text("" if value is None else value[:LONGEST]) for value in values))
    out.print(table)
