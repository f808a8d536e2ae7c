"""The command line's discrepancies: ``fundtrail discrepancies``."""

import asyncio
import json
import sys
from collections.abc import Callable, Sequence
from datetime import date, datetime
from typing import Annotated, Any

import typer
from rich.console import Console

from infra.cli import paper_discrepancies
from infra.cli.asking import NOT_FOUND, AsAt, KnownAt, ask, clocks, known_by
from infra.database.postgres import Database
from infra.exports.columns import COLUMNS
from infra.files.csv_and_jsonl import print_csv
from projections import register
from projections import whole_lists as export
from projections.discrepancies.catalogue import CATALOGUE, Severity
from projections.discrepancies.life import Status
from projections.discrepancies.reading import Filter
from projections.tables.paging import Connection
from projections.whole_lists import Row


def add_discrepancies(
    app: typer.Typer, where: Callable[[], Database], out: Console, fail: Callable[[str, int], Any]
) -> None:
    """Add the command to *app*."""

    @app.command(name="discrepancies")
    def discrepancies_(
        rule: Annotated[str | None, typer.Option(metavar="RULE", help="Only what breaks this rule.")] = None,
        severity: Annotated[str | None, typer.Option(metavar="SEVERITY", help="Only error, or only warning.")] = None,
        status: Annotated[
            str | None, typer.Option(metavar="STATUS", help=f"Only {', '.join(Status.__members__)}.")
        ] = None,
        partnership: Annotated[str | None, typer.Option(metavar="CODE", help="Only what is about it.")] = None,
        owner: Annotated[str | None, typer.Option(metavar="NAME", help="Only what is theirs to clear up.")] = None,
        as_at: AsAt = None,
        known_at: KnownAt = None,
        as_json: Annotated[bool, typer.Option("--json", help="Print JSON for scripts.")] = False,
        csv: Annotated[bool, typer.Option("--csv", help="Print CSV, safe to open in a spreadsheet.")] = False,
    ) -> None:
        """Show what does not add up, since when, whose it is to clear up, and what was said of it."""
        _one_of("rule", rule, list(CATALOGUE), fail)
        _one_of("severity", severity, [one.value for one in Severity], fail)
        _one_of("status", status, list(Status.__members__), fail)
        day, instant = clocks(as_at, known_at, fail)
        wanted = Filter(rule=rule, severity=severity.upper() if severity else None, status=status, owner=owner)
        found = ask(where(), lambda connection: _rows(connection, wanted, partnership, day, instant), fail)
        if found is None:
            fail(f"There is no partnership {partnership}.", NOT_FOUND)
            return
        position, rows = found
        if as_json:
            told = {"as_at": day.isoformat(), "position": position, "discrepancies": rows}
            sys.stdout.write(json.dumps(told, indent=2, ensure_ascii=False) + "\n")
        elif csv:
            asyncio.run(print_csv(rows, COLUMNS["discrepancies"]))
        else:
            paper_discrepancies.print_discrepancies(out, day, position, rows)


def _one_of(name: str, given: str | None, known: Sequence[str], fail: Callable[[str, int], Any]) -> None:
    if given is not None and given not in known:
        fail(f"There is no {name} {given}. There are: {', '.join(known)}.", 2)


async def _rows(
    connection: Connection, wanted: Filter, code: str | None, day: date, instant: datetime | None
) -> tuple[int, list[Row]] | None:
    known = await known_by(connection, instant)
    if code is not None:
        named = await register.partnerships_by(connection, "code", [code])
        if not named:
            return None
        wanted = Filter(named[0].id, wanted.rule, wanted.severity, wanted.status, wanted.owner)
    return known, [row async for row in export.discrepancies(connection, as_at=day, known=known, wanted=wanted)]
