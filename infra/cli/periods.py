"""The command line's periods: ``fundtrail period``."""

import json
import sys
from collections.abc import Callable
from datetime import date, datetime
from typing import Annotated, Any

import typer
from rich.console import Console

from api.contract.errors import Problem
from api.contract.scalars import read_day
from infra.cli import paper_periods
from infra.cli.asking import NOT_FOUND, KnownAt, ask, clocks, known_by
from infra.database.postgres import Database
from projections import register
from projections.money import period_report, periods
from projections.money.period_report import Report
from projections.money.periods import PeriodLine
from projections.tables.paging import Connection


def add_periods(app: typer.Typer, where: Callable[[], Database], out: Console, fail: Callable[[str, int], Any]) -> None:
    """Add the command to *app*."""

    @app.command(name="period")
    def period_(
        programme: Annotated[str, typer.Argument(help="The code of a programme.")],
        name: Annotated[str | None, typer.Argument(help="A closed period; without it, all.")] = None,
        starts: Annotated[str | None, typer.Option("--from", metavar="DATE", help="First of any days.")] = None,
        ends: Annotated[str | None, typer.Option("--to", metavar="DATE", help="Last of them.")] = None,
        known_at: KnownAt = None,
        as_json: Annotated[bool, typer.Option("--json", help="Print JSON for scripts.")] = False,
    ) -> None:
        """Show closed periods, or the books of one: what moved in it, and what adjusts periods closed before."""
        if (starts is None) is not (ends is None) or (name is not None and (starts or known_at)):
            fail("Give the name of a closed period, or --from and --to.", 2)
        days = _days(starts, ends, fail)
        _, instant = clocks(None, known_at, fail)
        found = ask(where(), lambda connection: _asked(connection, programme, name, days, instant), fail)
        if found is None:
            fail(f"There is no {f'closed period {name} of' if name else 'programme'} {programme}.", NOT_FOUND)
            return
        if as_json:
            told = [_plain_period(one) for one in found] if isinstance(found, list) else as_plain(found)
            sys.stdout.write(json.dumps(told, indent=2, ensure_ascii=False) + "\n")
        elif isinstance(found, list):
            paper_periods.print_periods(out, found)
        else:
            paper_periods.print_report(out, programme, found)


def _days(starts: str | None, ends: str | None, fail: Callable[[str, int], Any]) -> tuple[date, date] | None:
    try:
        days = (read_day(starts), read_day(ends)) if starts and ends else None
    except Problem as problem:
        fail(problem.message, 2)
        raise
    if days is not None and days[1] < days[0]:
        fail("A period ends on or after the day that it starts.", 2)
    return days


async def _asked(
    connection: Connection, code: str, name: str | None, days: tuple[date, date] | None, instant: datetime | None
) -> list[PeriodLine] | Report | None:
    found = await register.programmes_by(connection, "code", [code])
    if not found:
        return None
    known = await known_by(connection, instant)
    closed = await periods.periods_by(connection, "programme_id", [found[0].id], known=known)
    if name is not None:
        line = next((one for one in closed if one.name == name), None)
        if line is None:
            return None
        days, known = (line.starts, line.ends), line.position
    elif days is None:
        return closed
    return await period_report.report(
        connection, found[0].id, found[0].currency, starts=days[0], ends=days[1], known=known
    )


def _plain_period(line: PeriodLine) -> dict[str, Any]:
    return {
        "name": line.name,
        "starts": line.starts.isoformat(),
        "ends": line.ends.isoformat(),
        "closed_on": line.closed_on,
        "recorded_at": line.recorded_at.isoformat(),
        "closed_by": line.actor,
        "position": line.position,
    }


def as_plain(report: Report) -> dict[str, Any]:
    """A report in plain types, for JSON; amounts are texts in major units."""
    return {
        "currency": report.currency,
        "starts": report.starts.isoformat(),
        "ends": report.ends.isoformat(),
        "position": report.position,
        "figures": {
            one.figure: {
                "moved": f"{one.moved:f}",
                "adjusted": f"{one.adjusted:f}",
                "total": f"{one.total:f}",
                "undated": f"{report.undated[one.figure]:f}",
            }
            for one in report.figures
        },
        "adjustments": [
            {
                "figure": one.figure,
                "amount": f"{one.amount:f}",
                "event": one.line.event,
                "position": one.line.position,
                "award": one.line.reference,
                "effective": one.line.effective,
                "recorded_at": one.line.recorded_at.isoformat(),
                "actor": one.line.actor,
                "period": one.line.period,
                "booked": one.booked.isoformat(),
            }
            for one in report.adjustments
        ],
    }
