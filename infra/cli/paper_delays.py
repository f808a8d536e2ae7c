"""Delays on the terminal, as the programme office would read them."""

from collections.abc import Sequence
from datetime import date
from typing import TYPE_CHECKING

from rich.console import Console
from rich.table import Table
from rich.text import Text

from domain.values.shown import shown_date
from domain.values.waiting import Span
from domain.values.when import DayRange, When
from infra.exports.bid_delays import BidDelay
from projections.delays.summary import Summary, Tally
from projections.delays.waiting_now import Standing

if TYPE_CHECKING:
    from infra.cli.delays import Stated

# The bars of a distribution: up to so many days each, the last without end.
BARS = (14, 30, 60, 90, 120, 180, 365)
WIDTH = 40
COLOURS = {Standing.BREACHED: "red", Standing.DUE_SOON: "yellow", Standing.UNCERTAIN: "yellow"}


def print_bids(console: Console, as_at: date, position: int, bids: Sequence[BidDelay], spread: Sequence[Tally]) -> None:
    """Bids by how long they wait or waited."""
    _heading(console, f"{len(bids)} submissions of bids", as_at, position)
    if not bids:
        return
    table = _table("Bid", "Partnership", "Submitted", "Decided", "Waits for", "Standard")
    for heading in ("Days", "Working"):
        table.add_column(heading, justify="right", no_wrap=True)
    for one in bids:
        clock = one.clock
        days = clock.took(Span.TO_DECISION, "days")
        running = clock.running
        again = f" ({clock.attempt})" if clock.attempt > 1 else ""
        table.add_row(
            Text(one.reference + again),
            Text(one.partnership),
            _date(clock.dates["submitted"]),
            _date(clock.dates["decided"]),
            f"{running.line.span.replace('_', ' ')} ({running.line.owner})" if running else "",
            _standing(clock.standing),
            _days(days) if days else f"{clock.open_days} so far" if clock.open_days is not None else "",
            _days(clock.took(Span.TO_DECISION, "working")),
        )
    console.print(table)
    print_spread(console, spread)


def print_groups(
    console: Console,
    group_by: str,
    measure: str,
    as_at: date,
    position: int,
    groups: Sequence[Summary],
    spread: Sequence[Tally],
) -> None:
    """Figures by group."""
    _heading(console, f"Days {_words(measure)}, by {group_by}", as_at, position)
    table = _table(group_by.capitalize())
    headings = ("Done", "Open", "Gone", "Undated", "Late", "Median", "90 %", "Most", "Working", "With open (95 %)")
    for heading in headings:
        table.add_column(heading, justify="right", no_wrap=True)
    for one in groups:
        table.add_row(
            one.group or "none",
            str(one.decided),
            str(one.open),
            str(one.gone),
            str(one.undated),
            str(one.breached),
            _between(one.median_at_least, one.median),
            _number(one.p90),
            _number(one.longest),
            _number(one.median_working),
            _with_open(one),
        )
    console.print(table)
    ranges = sum(one.ranges for one in groups)
    if ranges:
        console.print(Text(f"  {ranges} of them have dates known in part: each counts at its longest.", style="dim"))
    print_spread(console, spread)


def print_spread(console: Console, spread: Sequence[Tally]) -> None:
    """How the days of those that came to an end lie, as bars."""
    counts = [0] * (len(BARS) + 1)
    for one in spread:
        if one.fate == "reached" and one.most is not None:
            counts[sum(one.most > bar for bar in BARS)] += one.number
    most = max(counts)
    if not most:
        return
    console.print()
    last = max(place for place, number in enumerate(counts) if number)
    for place, number in enumerate(counts[: last + 1]):
        label = f"over {BARS[-1]}" if place == len(BARS) else f"up to {BARS[place]}"
        bar = "█" * max(round(number / most * WIDTH), 1 if number else 0)
        console.print(f"  {label:>9} days  {bar} {number}", highlight=False)


def print_stated(console: Console, stated: Sequence["Stated"]) -> None:
    """What sources say was slow; none of it is in any figure."""
    if not stated:
        return
    console.print()
    console.print(Text(f"{len(stated)} delays that sources state (in none of the figures)", style="bold"))
    table = _table("Where", "What", "How long", "Consequence")
    for one in stated:
        table.add_row(
            Text(one.scope),
            Text(_words(one.stage)),
            Text.assemble(one.stated, "\n", (one.computed, "dim")),
            Text.assemble(one.consequence, "\n", (one.cites, "dim")),
        )
    console.print(table)


def _heading(console: Console, title: str, as_at: date, position: int) -> None:
    console.print()
    console.print(Text(title, style="bold"))
    console.print(Text(f"as at {as_at.day} {as_at:%b %Y}, as known at position {position}", style="dim"))


def _table(*columns: str) -> Table:
    table = Table(box=None, padding=(0, 2, 0, 2), header_style="dim")
    for column in columns:
        table.add_column(column, overflow="fold")
    return table


def _date(text: str | None) -> str:
    return shown_date(When(text)) if text is not None else ""


def _days(days: DayRange | None) -> str:
    if days is None:
        return ""
    return str(days.min) if days.min == days.max else f"{days.min} to {days.max}"


def _number(value: float | None) -> str:
    return f"{value:g}" if value is not None else ""


def _between(low: float | None, high: float | None) -> str:
    return _number(high) if low == high else f"{_number(low)} to {_number(high)}"


def _with_open(one: Summary) -> str:
    if one.with_open.median is None:
        return ""
    low, high = one.with_open.low, one.with_open.high
    bounds = f" ({_number(low) or '?'} to {_number(high) or '?'})"
    return _number(one.with_open.median) + bounds


def _standing(standing: Standing | None) -> Text:
    return Text(_words(standing.value), style=COLOURS.get(standing, "")) if standing else Text("")


def _words(term: str) -> str:
    return term.replace("_", " ")
