"""``fundtrail export``: every list, and awards in the formats of other bodies, to standard output."""

import sys
from collections import Counter
from collections.abc import Callable
from datetime import date, datetime
from typing import Annotated

import typer

from domain.values.shown import shown_count
from infra.cli.asking import AsAt, KnownAt, ask, clocks, known_by
from infra.cli.terminal import NOT_FOUND, UNUSABLE, err, fail
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
from infra.exports.standards.reading import Wanted
from infra.settings import settings
from projections import progress
from projections.tables.paging import Connection


def export(
    name: Annotated[str, typer.Argument(help=f"What to export: {', '.join(NAMES)}.")],
    format_: Annotated[
        str | None, typer.Option("--format", help="csv, jsonl or xlsx for lists. 360Giving and IATI have their own.")
    ] = None,
    as_at: AsAt = None,
    known_at: KnownAt = None,
    programme: Annotated[
        str | None,
        typer.Option(metavar="CODE", help=f"Only the awards of this programme, in {', '.join(BY_PROGRAMME)}."),
    ] = None,
) -> None:
    """Write the export *name* to standard output."""
    try:
        wanted = export_of(name, format_, programme)
    except NoSuchExport as error:
        fail(str(error), NOT_FOUND)
    except NotByProgramme as error:
        fail(str(error), UNUSABLE)
    day, instant = clocks(as_at, known_at)
    left_out: list[LeftOut] = []
    who = settings().publisher
    try:
        ask(lambda connection: _write(connection, wanted, who, day, instant, programme, left_out.append))
    except (NothingToExport, NoSuchProgramme) as error:
        fail(str(error), NOT_FOUND)
    if wanted.name in STANDARDS and left_out:
        _report_left_out(wanted.name, left_out)


async def _write(
    connection: Connection,
    wanted: Export,
    who: Publisher,
    day: date,
    instant: datetime | None,
    programme: str | None,
    report: Callable[[LeftOut], None],
) -> None:
    known = await known_by(connection, instant)
    asked = Wanted(day, known, instant or await progress.recorded_at(connection, known), programme)
    async for piece in stream(connection, wanted, asked, who, report):
        sys.stdout.buffer.write(piece)


def _report_left_out(name: str, left_out: list[LeftOut]) -> None:
    """Say on the terminal how much the file lacks, and where the reasons are."""
    awards = Counter(one.rule for one in left_out if one.whole)
    fields = sum(not one.whole for one in left_out)
    reasons = ", ".join(f"{rule} {count}" for rule, count in awards.most_common())
    err.print(
        f"Left out: {shown_count(awards.total(), 'award')}{f' ({reasons})' if reasons else ''}"
        f" and {shown_count(fields, 'field')} of others. `fundtrail export {name}-left-out` lists them.",
        soft_wrap=True,
    )
