"""``fundtrail period``: the closed periods of a programme, and the figures of one period."""

from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any

import typer
from rich.text import Text

from domain.values.shown import shown_count, shown_date
from domain.values.when import When
from infra.cli.asking import AsJson, KnownAt, NotThere, ask, clocks, days_asked, known_by
from infra.cli.terminal import UNUSABLE, fail, out, print_json, table_of
from projections.money import period_report, periods
from projections.money.period_report import Report
from projections.money.periods import PeriodLine
from projections.register import reading as register
from projections.tables.paging import Connection


def period(
    programme: Annotated[str, typer.Argument(help="The code of a programme.")],
    name: Annotated[str | None, typer.Argument(help="A closed period; without it, all of them.")] = None,
    starts: Annotated[
        str | None, typer.Option("--from", metavar="DATE", help="First day of a period of your own.")
    ] = None,
    ends: Annotated[str | None, typer.Option("--to", metavar="DATE", help="Last day of it.")] = None,
    known_at: KnownAt = None,
    as_json: AsJson = False,
) -> None:
    """Print what moved in a period, and what adjusts periods that were closed before."""
    if (starts is None) is not (ends is None) or (name is not None and (starts or known_at)):
        fail("Give the name of a closed period, or both --from and --to.", UNUSABLE)
    days = days_asked(starts, ends) if starts and ends else None
    _, instant = clocks(None, known_at)
    found = ask(lambda connection: _asked(connection, programme, name, days, instant))
    if as_json:
        print_json([_plain_period(one) for one in found] if isinstance(found, list) else as_plain(found))
    elif isinstance(found, list):
        _print_periods(found)
    else:
        _print_report(programme, found)


async def _asked(
    connection: Connection, code: str, name: str | None, days: tuple[date, date] | None, instant: datetime | None
) -> list[PeriodLine] | Report:
    found = await register.programmes_by(connection, "code", [code])
    if not found:
        raise NotThere(f"There is no programme {code}.")
    known = await known_by(connection, instant)
    closed = await periods.periods_by(connection, "programme_id", [found[0].id], known=known)
    if name is not None:
        line = next((one for one in closed if one.name == name), None)
        if line is None:
            raise NotThere(f"There is no closed period {name} of {code}.")
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


def _print_periods(closed: Sequence[PeriodLine]) -> None:
    out.print()
    out.print(Text(shown_count(len(closed), "closed period"), style="bold"))
    if not closed:
        return
    table = table_of("Period", "From", "To", "Closed on", "By", "As known at position")
    for one in closed:
        days = (shown_date(When(day.isoformat())) for day in (one.starts, one.ends))
        table.add_row(Text(one.name), *days, shown_date(When(one.closed_on)), Text(one.actor), str(one.position))
    out.print(table)


def _print_report(programme: str, report: Report) -> None:
    first, last = (shown_date(When(day.isoformat())) for day in (report.starts, report.ends))
    out.print()
    out.print(Text(f"{programme}, {first} to {last}, in {report.currency}", style="bold"))
    out.print(Text(f"as known at position {report.position}", style="dim"))
    table = table_of("Figure")
    for heading in ("Moved", "Adjusted", "Total", "Not dated"):
        table.add_column(heading, justify="right", no_wrap=True)
    for one in report.figures:
        amounts = (one.moved, one.adjusted, one.total, report.undated[one.figure])
        table.add_row(one.figure.capitalize(), *map(_amount, amounts))
    out.print(table)
    if not report.adjustments:
        return
    out.print()
    out.print(Text(shown_count(len(report.adjustments), "adjustment") + " of closed periods", style="bold"))
    table = table_of("Position", "Event", "Award", "Effective", "Of period", "Figure")
    table.add_column("Amount", justify="right", no_wrap=True)
    for each in report.adjustments:
        line = each.line
        effective = shown_date(When(line.effective))
        table.add_row(
            str(line.position),
            line.event,
            Text(line.reference or ""),
            effective,
            Text(line.period),
            each.figure,
            _amount(each.amount),
        )
    out.print(table)


def _amount(amount: Decimal) -> str:
    return f"{amount:,f}"
