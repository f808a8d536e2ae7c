"""Periods on the terminal, as an accountant would read them."""

from collections.abc import Sequence
from decimal import Decimal

from rich.console import Console
from rich.table import Table
from rich.text import Text

from domain.values.shown import shown_date
from domain.values.when import When
from projections.money.period_report import Report
from projections.money.periods import PeriodLine


def print_periods(console: Console, closed: Sequence[PeriodLine]) -> None:
    """The closed periods of a programme."""
    console.print()
    console.print(Text(f"{len(closed)} closed periods", style="bold"))
    if not closed:
        return
    table = _table("Period", "From", "To", "Closed on", "By", "As known at position")
    for one in closed:
        days = (shown_date(When(day.isoformat())) for day in (one.starts, one.ends))
        table.add_row(Text(one.name), *days, shown_date(When(one.closed_on)), Text(one.actor), str(one.position))
    console.print(table)


def print_report(console: Console, programme: str, report: Report) -> None:
    """The books of a programme for some days."""
    first, last = (shown_date(When(day.isoformat())) for day in (report.starts, report.ends))
    console.print()
    console.print(Text(f"{programme}, {first} to {last}, in {report.currency}", style="bold"))
    console.print(Text(f"as known at position {report.position}", style="dim"))
    table = _table("Figure")
    for heading in ("Moved", "Adjusted", "Total", "Not dated"):
        table.add_column(heading, justify="right", no_wrap=True)
    for one in report.figures:
        amounts = (one.moved, one.adjusted, one.total, report.undated[one.figure])
        table.add_row(one.figure.capitalize(), *map(_amount, amounts))
    console.print(table)
    if not report.adjustments:
        return
    console.print()
    console.print(Text(f"{len(report.adjustments)} adjustments of closed periods", style="bold"))
    table = _table("Position", "Event", "Award", "Effective", "Of period", "Figure")
    table.add_column("Amount", justify="right", no_wrap=True)
    for each in report.adjustments:
        line = each.line
        effective = shown_date(When(line.effective))
        who = Text(line.reference or "")
        table.add_row(
            str(line.position), line.event, who, effective, Text(line.period), each.figure, _amount(each.amount)
        )
    console.print(table)


def _amount(amount: Decimal) -> str:
    return f"{amount:,f}"


def _table(*columns: str) -> Table:
    table = Table(box=None, padding=(0, 2, 0, 2), header_style="dim")
    for column in columns:
        table.add_column(column, overflow="fold")
    return table
