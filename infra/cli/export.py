"""The command line's way out: ``fundtrail export``, for every list and for the standards' own formats."""

import sys
from collections import Counter
from collections.abc import Callable
from datetime import date, datetime
from typing import Annotated, Any

import typer
from rich.console import Console

from infra.cli.asking import NOT_FOUND, AsAt, KnownAt, ask, clocks, known_by
from infra.database.postgres import Database
from infra.exports.catalogue import (
    BY_PROGRAMME,
    NAMES,
    Export,
    NoSuchExport,
    NoSuchProgramme,
    NotByProgramme,
    export_of,
    stream,
)
from infra.exports.standards.files import STANDARDS, NothingToExport
from infra.exports.standards.left_out import LeftOut
from infra.exports.standards.publisher import Publisher
from infra.exports.standards.reading import Wanted, instant_of
from infra.settings import settings
from projections.tables.paging import Connection


def add_export(app: typer.Typer, where: Callable[[], Database], err: Console, fail: Callable[[str, int], Any]) -> None:
    """Add the command to *app*."""

    @app.command(name="export")
    def export_(
        name: Annotated[str, typer.Argument(help=f"What to export: {', '.join(NAMES)}.")],
        format_: Annotated[
            str | None, typer.Option("--format", help="csv, jsonl or xlsx for lists; the standards have their own.")
        ] = None,
        as_at: AsAt = None,
        known_at: KnownAt = None,
        programme: Annotated[
            str | None,
            typer.Option(metavar="CODE", help=f"This programme's awards alone, in {', '.join(BY_PROGRAMME)}."),
        ] = None,
    ) -> None:
        """Write a whole list, or the awards by a standard (360Giving, IATI), to standard output."""
        try:
            export = export_of(name, format_, programme)
        except NoSuchExport as error:
            fail(str(error), NOT_FOUND)
            return
        except NotByProgramme as error:
            fail(str(error), 2)
            return
        day, instant = clocks(as_at, known_at, fail)
        left_out: list[LeftOut] = []
        who = settings().publisher
        try:
            ask(where(), lambda one: _write(one, export, who, day, instant, programme, left_out.append), fail)
        except (NothingToExport, NoSuchProgramme) as error:
            fail(str(error), NOT_FOUND)
        if export.name in STANDARDS:
            _tell(err, export.name, left_out)


async def _write(
    connection: Connection,
    export: Export,
    who: Publisher,
    day: date,
    instant: datetime | None,
    programme: str | None,
    report: Callable[[LeftOut], None],
) -> None:
    known = await known_by(connection, instant)
    wanted = Wanted(day, known, instant or await instant_of(connection, known), programme)
    async for piece in stream(connection, export, wanted, who, report):
        sys.stdout.buffer.write(piece)


def _tell(err: Console, name: str, left_out: list[LeftOut]) -> None:
    """Say on the terminal how much the file lacks, and where the reasons are."""
    if not left_out:
        return
    awards = Counter(one.rule for one in left_out if one.whole)
    fields = sum(not one.whole for one in left_out)
    reasons = ", ".join(f"{rule} {count}" for rule, count in awards.most_common())
    err.print(
        f"Left out: {awards.total()} awards{f' ({reasons})' if reasons else ''} and {fields} fields of others."
        f" `fundtrail export {name}-left-out` lists them.",
        soft_wrap=True,
    )
