"""Discrepancies on the terminal, as an auditor would read them."""

from collections import Counter
from collections.abc import Sequence
from datetime import date

from rich.console import Console
from rich.table import Table
from rich.text import Text

from projections.discrepancies.life import Status
from projections.whole_lists import Row

COLOURS = {"error": "red", "warning": "yellow"}


def print_discrepancies(console: Console, as_at: date, position: int, rows: Sequence[Row]) -> None:
    """What does not add up, each with its figures, its age and what was said of it."""
    counted = Counter(str(row["status"]) for row in rows)
    told = ", ".join(f"{counted[status]} {status.lower()}" for status in Status.__members__ if counted[status])
    console.print()
    console.print(Text(f"{len(rows)} discrepancies{f': {told}' if told else ''}", style="bold"))
    console.print(Text(f"as at {as_at.day} {as_at:%b %Y}, as known at position {position}", style="dim"))
    if not rows:
        return
    table = Table(box=None, padding=(0, 2, 0, 2), header_style="dim")
    for column in ("Rule", "About", "What does not add up", "Status"):
        table.add_column(column, overflow="fold")
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
    console.print(table)


def _said(row: Row) -> list[tuple[str, str]]:
    if not row["said"]:
        return []
    of_others = "" if row["stands"] else f', of "{row["said_of"]}"'
    under = f" under {row['authority']}" if row["authority"] else ""
    return [(f"\n{str(row['said']).capitalize()} by {row['said_by']}{under}{of_others}: {row['because']}", "dim")]
