"""Timelines, audit logs and reports on the terminal, as a finance officer would read them."""

import re
from collections.abc import Iterable, Sequence
from itertools import groupby

from rich.console import Console
from rich.table import Table
from rich.text import Text

from domain.values.money import Money
from domain.values.shown import shown_date, shown_money
from domain.values.when import When
from infra.imports.cbp.report import FileReport, Report
from projections.audit import AuditLine
from projections.progress import Head, ProgressLine
from projections.register import OrganisationLine, PartnershipLine, SchemeLine
from projections.timeline import Entry


def period_in_words(on: When, until: When | None) -> str:
    """From when until when, for people."""
    return shown_date(on) if until is None else f"{shown_date(on)} to {shown_date(until)}"


def money_in_words(money: Money | None) -> str:
    """An amount for people: £75,000.00, or 75,000 JPY; empty without one."""
    return "" if money is None else shown_money(money)


def print_timeline(
    console: Console,
    partnership: PartnershipLine,
    *,
    scheme: SchemeLine | None,
    lead: OrganisationLine | None,
    entries: Sequence[Entry],
    citations: dict[int, str],
    awarded: Sequence[Money],
) -> None:
    """The timeline of a partnership: dated entries in order, then what no source dates; each with its source.

    *awarded* is what its ladder tells as awarded, in each currency.
    """
    console.print()
    console.print(Text(partnership.name, style="bold"))
    about = [f"Scheme: {scheme.name}" if scheme else "", f"Lead: {lead.name}" if lead else "Lead: not stated"]
    console.print(Text("   ".join(filter(None, [partnership.code, *about])), style="dim"))
    console.print()
    for dated, group in groupby(entries, key=lambda entry: When(entry.on).is_known):
        console.print(Text("Dated" if dated else "Not dated by any source", style="bold"))
        console.print(_timeline_table(list(group), citations, dated=dated))
        console.print()
    _print_totals(console, entries, awarded)


def _timeline_table(entries: Sequence[Entry], citations: dict[int, str], *, dated: bool) -> Table:
    table = Table(box=None, padding=(0, 2, 0, 2), header_style="dim")
    if dated:
        table.add_column("When", no_wrap=True)
    table.add_column("Lane", no_wrap=True)
    table.add_column("What happened", ratio=1)
    table.add_column("Amount", justify="right", no_wrap=True)
    table.add_column("Source", style="dim", max_width=26)
    for entry in entries:
        until = When(entry.until) if entry.until else None
        table.add_row(
            *([period_in_words(When(entry.on), until)] if dated else []),
            entry.lane.capitalize(),
            Text(entry.title),
            money_in_words(entry.money),
            Text(shorter(citations.get(entry.position, ""))),
        )
    return table


def shorter(cites: str) -> str:
    """Source locators without the tail of their file names: ``000_6fe3.txt:566`` is ``000:566``."""
    return re.sub(r"\b([0-9]{3})_[0-9a-f]+\.txt:", r"\1:", cites)


def _print_totals(console: Console, entries: Sequence[Entry], awarded: Sequence[Money]) -> None:
    undated = sum(1 for entry in entries if not When(entry.on).is_known)
    delays = sum(1 for entry in entries if entry.kind == "DelayReported")
    sums = ", ".join(map(money_in_words, awarded)) or "nothing"
    console.print(
        Text(
            f"{len(entries)} entries, {undated} of them not dated by any source. "
            f"Awarded, as varied since: {sums}. Delays reported: {delays}."
        )
    )


def print_report(console: Console, report: Report) -> None:
    """What an import did, file by file."""
    table = Table(box=None, padding=(0, 2, 0, 0), header_style="dim")
    table.add_column("File", no_wrap=True)
    for heading in ("Rows", "New events", "Unchanged", "Left out", "Broken"):
        table.add_column(heading, justify="right")
    for file in report.files:
        left_out = sum(file.left_out.values())
        table.add_row(
            file.name, str(file.rows), str(file.events), str(file.unchanged), str(left_out), str(len(file.broken))
        )
    console.print(table)
    for file in report.files:
        _print_reasons(console, file)
    console.print(Text(f"{report.events} new events.", style="bold"))


def _print_reasons(console: Console, file: FileReport) -> None:
    for reason, rows in file.left_out.items():
        console.print(Text(f"{file.name}: {rows} rows left out: {reason}.", style="dim"))
    for line, reason in file.broken:
        place = f"{file.name}, line {line}" if line else file.name
        console.print(Text(f"{place}: {reason}", style="red"))
    if file.broken:
        console.print(Text(f"{file.name}: nothing of it was recorded. Put the rows right and import again.", "red"))


def print_audit(console: Console, lines: Iterable[AuditLine]) -> None:
    """Events with who recorded them, when and under which authority."""
    table = Table(box=None, padding=(0, 2, 0, 0), header_style="dim")
    table.add_column("Position", justify="right")
    for heading in ("Recorded", "Event", "Effective", "Actor", "Authority"):
        table.add_column(heading, no_wrap=heading != "Authority")
    table.add_column("Stream", overflow="fold")
    for line in lines:
        table.add_row(
            str(line.position),
            f"{line.recorded_at:%Y-%m-%d %H:%M:%S}",
            line.name,
            shown_date(When(line.effective)),
            Text(line.actor),
            Text(line.authority or ""),
            line.stream,
        )
    console.print(table)


def print_progress(console: Console, head: Head, lines: Iterable[ProgressLine]) -> None:
    """How far each read model has come."""
    table = Table(box=None, padding=(0, 2, 0, 0), header_style="dim")
    for heading in ("Read model", "State", "Position", "Behind", "Seconds"):
        table.add_column(heading, justify="left" if heading in ("Read model", "State") else "right")
    for line in lines:
        behind = str(max(0, head.position - line.position))
        table.add_row(line.name, line.state, str(line.position), behind, f"{line.seconds_behind:.1f}")
        if line.error:
            table.add_row("", Text(f"stands still before {line.error}", style="red"), "", "", "")
    console.print(table)
    console.print(Text(f"The log is at position {head.position}."))
