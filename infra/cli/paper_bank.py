"""The bank on the terminal, as a finance officer would read it."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from domain.values.money import Money
from infra.cli.paper import money_in_words
from infra.imports.bank.statements import BankReport
from projections.bank.candidates import PaymentLine


def print_import(console: Console, report: BankReport) -> None:
    """What became of each statement, and what waits for a person."""
    dry = " Nothing was recorded: this was a dry run." if report.dry_run else ""
    console.print(Text(f"{report.file}: {report.new} new entries, {report.repeated} known before.{dry}"))
    for one in report.statements:
        pending = f", {one.pending} not booked yet" if one.pending else ""
        console.print(
            Text(
                f"  {one.account} {one.identifier}, {one.since} to {one.until}: {one.entries} entries{pending},"
                f" from {one.opening} to {one.closing}, {one.became}"
            )
        )
    console.print(
        Text(
            f"  {report.matched} matched by reference and amount; {report.waiting} wait for a person:"
            f" {report.proposed} with proposals ({report.duplicates} perhaps duplicates),"
            f" {report.unmatched} of which nothing can be said"
        )
    )


def print_matches(console: Console, rows: Sequence[dict[str, Any]], unseen: Sequence[PaymentLine]) -> None:
    """Entries that wait with what they may be, then payments that were not seen."""
    console.print(Text(f"{len(rows)} entries wait", style="bold"))
    table = Table(box=None, padding=(0, 2, 0, 2), header_style="dim")
    for column in ("Booked", "Entry", "From or to"):
        table.add_column(column, overflow="fold")
    table.add_column("Amount", justify="right", no_wrap=True)
    table.add_column("May be", overflow="fold")
    for row in rows:
        table.add_row(
            row["booked"],
            Text(row["id"]),
            Text(row["counterparty"] or row["remittance"] or ""),
            money_in_words(Money(amount=Decimal(row["amount"]), currency=row["currency"])),
            Text(_may_be(row)),
        )
    if rows:
        console.print(table)
    console.print(Text(f"{len(unseen)} payments are released and not seen at the bank", style="bold"))
    table = Table(box=None, padding=(0, 2, 0, 2), header_style="dim")
    for column in ("Released", "Award", "Payment", "Reference"):
        table.add_column(column, overflow="fold")
    table.add_column("Not seen", justify="right", no_wrap=True)
    for line in unseen:
        table.add_row(
            line.released.isoformat(),
            Text(line.award),
            str(line.number),
            Text(line.reference or ""),
            money_in_words(Money(amount=line.left, currency=line.currency)),
        )
    if unseen:
        console.print(table)


def _may_be(row: dict[str, Any]) -> str:
    told = [f"duplicate of {row['duplicate_of']}"] if row["duplicate_of"] else []
    for one in row["proposals"]:
        payments = ", ".join(f"{each['award']} payment {each['number']}" for each in one["payments"])
        told.append(f"{payments} ({', '.join(one['why'])})")
    return "\n".join(told) or "nothing is known of it"


def print_report(console: Console, told: dict[str, Any]) -> None:
    """A reconciliation, from balance to balance."""
    console.print(Text(f"{told['name']} ({told['account']})", style="bold"))
    console.print(Text(f"{told['from']} to {told['to']}, as known at position {told['position']}", style="dim"))
    table = Table(box=None, padding=(0, 2, 0, 2), show_header=False)
    table.add_column()
    table.add_column(justify="right")
    table.add_column(justify="right", no_wrap=True)

    def add(name: str, amount: str, number: int | str = "") -> None:
        table.add_row(name, str(number), money_in_words(Money(amount=Decimal(amount), currency=told["currency"])))

    add("Opening balance", told["opening"])
    for line in told["entries"]:
        if line["number"]:
            add(f"  {line['line']}", line["amount"], line["number"])
    add("Closing balance", told["closing"])
    add("Released, not seen before", told["unseen_before"])
    for line in told["payments"]:
        if line["number"]:
            add(f"  {line['line']}", line["amount"], line["number"])
    add("Released, not seen by the end", told["unseen_after"], len(told["unseen"]))
    console.print(table)
