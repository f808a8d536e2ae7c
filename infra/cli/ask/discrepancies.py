"""``fundtrail discrepancies``: what does not add up, since when, and what people said of it."""

import asyncio
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime
from typing import Annotated

import typer
from rich.text import Text

from domain.values.shown import shown_count
from infra.cli.asking import AsAt, AsCsv, AsJson, KnownAt, NotThere, ask, clocks, known_by
from infra.cli.paper import as_known
from infra.cli.terminal import UNUSABLE, fail, out, print_json, table_of
from infra.exports.columns import COLUMNS
from infra.files.csv_and_jsonl import print_csv
from projections import whole_lists as export
from projections.discrepancies.catalogue import CATALOGUE, Severity
from projections.discrepancies.life import Status
from projections.discrepancies.reading import Filter
from projections.register import reading as register
from projections.tables.paging import Connection
from projections.whole_lists import Row

COLOURS = {"error": "red", "warning": "yellow"}


def discrepancies(
    rule: Annotated[str | None, typer.Option(metavar="RULE", help="Only what breaks this rule.")] = None,
    severity: Annotated[str | None, typer.Option(metavar="SEVERITY", help="Only error, or only warning.")] = None,
    status: Annotated[str | None, typer.Option(metavar="STATUS", help=f"Only {', '.join(Status.__members__)}.")] = None,
    partnership: Annotated[str | None, typer.Option(metavar="CODE", help="Only what is about it.")] = None,
    owner: Annotated[str | None, typer.Option(metavar="NAME", help="Only what this owner is to clear up.")] = None,
    as_at: AsAt = None,
    known_at: KnownAt = None,
    as_json: AsJson = False,
    csv: AsCsv = False,
) -> None:
    """Print the discrepancies that match every option."""
    _one_of("rule", rule, list(CATALOGUE))
    _one_of("severity", severity, [one.value for one in Severity])
    _one_of("status", status, list(Status.__members__))
    day, instant = clocks(as_at, known_at)
    wanted = Filter(
        rule=rule, severity=severity.upper() if severity else None, states=[status] if status else None, owner=owner
    )
    position, rows = ask(lambda connection: _rows(connection, wanted, partnership, day, instant))
    if as_json:
        print_json({"as_at": day.isoformat(), "position": position, "discrepancies": rows})
    elif csv:
        asyncio.run(print_csv(rows, COLUMNS["discrepancies"]))
    else:
        _print_rows(day, position, rows)


def _one_of(name: str, given: str | None, known: Sequence[str]) -> None:
    if given is not None and given not in known:
        fail(f"There is no {name} {given}. There are: {', '.join(known)}.", UNUSABLE)


async def _rows(
    connection: Connection, wanted: Filter, code: str | None, day: date, instant: datetime | None
) -> tuple[int, list[Row]]:
    known = await known_by(connection, instant)
    if code is not None:
        named = await register.partnerships_by(connection, "code", [code])
        if not named:
            raise NotThere(f"There is no partnership {code}.")
        wanted = replace(wanted, partnership=named[0].id)
    return known, [row async for row in export.discrepancies(connection, as_at=day, known=known, wanted=wanted)]


def _print_rows(as_at: date, position: int, rows: Sequence[Row]) -> None:
    """Print each discrepancy with its figures, its age and what was said of it."""
    counted = Counter(str(row["status"]) for row in rows)
    by_status = ", ".join(f"{counted[status]} {status.lower()}" for status in Status.__members__ if counted[status])
    heading = shown_count(len(rows), "discrepancy") + (f": {by_status}" if by_status else "")
    out.print()
    out.print(Text(heading, style="bold"))
    out.print(as_known(as_at, position))
    if not rows:
        return
    table = table_of("Rule", "About", "What does not add up", "Status")
    table.add_column("Days", justify="right", no_wrap=True)
    table.add_column("Owner", overflow="fold")
    for row in rows:
        table.add_row(
            Text(str(row["rule"]).replace("_", " "), style=COLOURS[str(row["severity"])]),
            Text(str(row["reference"])),
            Text.assemble(str(row["message"]), *_said(row)),
            Text(str(row["status"]).lower()),
            str(row["age_days"]),
            Text(str(row["owner"] or "")),
        )
    out.print(table)


def _said(row: Row) -> list[tuple[str, str]]:
    """What a person said of a discrepancy, and of which figures where those have changed since."""
    if not row["said"]:
        return []
    of_others = "" if row["stands"] else f', of "{row["said_of"]}"'
    under = f" under {row['authority']}" if row["authority"] else ""
    return [(f"\n{str(row['said']).capitalize()} by {row['said_by']}{under}{of_others}: {row['because']}", "dim")]
