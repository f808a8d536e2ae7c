"""``fundtrail delays``: how long bids took, which ones wait now, and what sources say was slow."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Annotated, Any

import typer
from rich.text import Text

from domain.values.shown import shown_count, shown_date
from domain.values.waiting import Span
from domain.values.when import DayRange, When
from infra.cli.asking import AsAt, AsCsv, AsJson, KnownAt, NotThere, ask, clocks, known_by
from infra.cli.paper import as_known
from infra.cli.terminal import UNUSABLE, fail, out, print_json, table_of
from infra.exports.bid_delays import BidDelay, bid_delays, plain_bid
from infra.exports.columns import COLUMNS, DELAY_GROUPS
from infra.files.csv_and_jsonl import print_csv
from projections.delays import reading
from projections.delays.standing import Standing
from projections.delays.summary import (
    GROUPS,
    SORTS,
    Filter,
    Summary,
    Tally,
    by_group,
    computed_by,
    plain,
    tallies,
    unknown_places,
)
from projections.delays.words import WHOLE_OF, computed_in_words, stated_in_words
from projections.register import reading as register
from projections.tables.paging import Connection

# The bars of a distribution: up to so many days each, the last one without end.
BARS = (14, 30, 60, 90, 120, 180, 365)
WIDTH = 40
COLOURS = {Standing.BREACHED: "red", Standing.DUE_SOON: "yellow", Standing.UNCERTAIN: "yellow"}


@dataclass(frozen=True, slots=True)
class Stated:
    """A delay that a source states, and what the dates of the same scope show."""

    scope: str
    stage: str
    stated: str
    computed: str
    consequence: str
    cites: str


@dataclass(frozen=True, slots=True)
class Report:
    """Bids and stated delays, or *groups* of them; *spread* is how the days are distributed."""

    as_at: date
    position: int
    bids: list[BidDelay]
    stated: list[Stated]
    groups: list[Summary]
    spread: list[Tally]


def delays(
    open_only: Annotated[bool, typer.Option("--open", help="Only bids that wait for a decision.")] = False,
    breached_only: Annotated[bool, typer.Option("--breached", help="Only bids past a service standard.")] = False,
    group_by: Annotated[str | None, typer.Option(metavar="GROUP", help=f"Figures by {', '.join(GROUPS)}.")] = None,
    measure: Annotated[
        str, typer.Option(metavar="SPAN", help=f"What is timed: {', '.join(span.value for span in Span)}.")
    ] = Span.TO_DECISION.value,
    programme: Annotated[str | None, typer.Option(metavar="CODE", help="Only bids of this programme.")] = None,
    scheme: Annotated[str | None, typer.Option(metavar="CODE", help="Only bids of this scheme.")] = None,
    round_: Annotated[str | None, typer.Option("--round", metavar="CODE", help="Only bids of this round.")] = None,
    partnership: Annotated[str | None, typer.Option(metavar="CODE", help="Only bids of this partnership.")] = None,
    funder: Annotated[
        str | None, typer.Option(metavar="CODE", help="Only bids for an award from this organisation.")
    ] = None,
    as_at: AsAt = None,
    known_at: KnownAt = None,
    as_json: AsJson = False,
    csv: AsCsv = False,
) -> None:
    """Print bids by how long they waited, or figures by group, on both clocks."""
    if group_by is not None and group_by not in GROUPS:
        fail(f"There is no group {group_by}. There are: {', '.join(GROUPS)}.", UNUSABLE)
    if measure not in {span.value for span in Span}:
        fail(f"There is no measure {measure}. There are: {', '.join(span.value for span in Span)}.", UNUSABLE)
    day, instant = clocks(as_at, known_at)
    wanted = Filter(
        programme=programme,
        scheme=scheme,
        round=round_,
        partnership=partnership,
        funder=funder,
        open_only=open_only,
        breached_only=breached_only,
    )
    found = ask(lambda connection: _report(connection, wanted, Span(measure), group_by, day, instant))
    if as_json:
        print_json(as_plain(found))
    elif csv:
        columns = DELAY_GROUPS if group_by else COLUMNS["delays"]
        asyncio.run(print_csv(as_plain(found)["groups" if group_by else "bids"], columns))
    elif group_by:
        _print_groups(group_by, measure, found)
    else:
        _print_bids(found)
        if not open_only and not breached_only:
            _print_stated(found.stated)


async def _report(
    connection: Connection, wanted: Filter, span: Span, group_by: str | None, day: date, instant: datetime | None
) -> Report:
    await _refuse_unknown(connection, wanted)
    known = await known_by(connection, instant)
    spread = await tallies(connection, wanted, span, group_by or "programme", as_at=day, known=known)
    if group_by is not None:
        return Report(day, known, [], [], by_group(spread), spread)
    return Report(
        day,
        known,
        [one async for one in bid_delays(connection, wanted, day, known)],
        await _stated(connection, wanted, day, known),
        [],
        spread,
    )


async def _refuse_unknown(connection: Connection, wanted: Filter) -> None:
    """Refuse a code that names nothing: an empty list would look like an answer. Raises NotThere."""
    asked = {name: code for name in SORTS if (code := getattr(wanted, name)) is not None}
    for name in await unknown_places(connection, asked):
        raise NotThere(f"There is no {SORTS[name]} {asked[name]}.")


async def _stated(connection: Connection, wanted: Filter, day: date, known: int) -> list[Stated]:
    """What sources state of the scopes wanted, and what the dates of each scope show."""
    programmes = [line for line in await register.programmes(connection) if wanted.programme in (None, line.code)]
    lines = await reading.stated_by(connection, "programme_id", [line.id for line in programmes])
    partnerships = {
        line.id: line
        for line in await register.partnerships_by(
            connection, "id", [x.partnership_id for x in lines if x.partnership_id]
        )
    }
    schemes = {
        line.id: line for line in await register.schemes_by(connection, "programme_id", [p.id for p in programmes])
    }
    found = []
    for line in lines:
        partnership = partnerships.get(line.partnership_id or "")
        scheme = schemes.get(line.scheme_id or (partnership.scheme_id if partnership else ""))
        if wanted.partnership is not None and (partnership is None or partnership.code != wanted.partnership):
            continue
        if wanted.scheme is not None and (scheme is None or scheme.code != wanted.scheme):
            continue
        if wanted.funder not in (None, line.funder):
            continue
        span = WHOLE_OF.get(line.stage)
        summary = None
        scope = ("partnership_id", line.partnership_id) if line.partnership_id else ("scheme_id", line.scheme_id)
        if span is not None and scope[1] is not None:
            computed = await computed_by(connection, scope[0], [scope[1]], span=span, as_at=day, known=known)
            summary = computed[0].summary if computed else None
        found.append(
            Stated(
                scope=partnership.code if partnership else scheme.code if scheme else "",
                stage=line.stage,
                stated=stated_in_words(line.stated_length, line.min_days, line.max_days),
                computed=computed_in_words(span, summary),
                consequence=line.consequence,
                cites=line.cites or "",
            )
        )
    return found


def as_plain(report: Report) -> dict[str, Any]:
    """A report in plain types, for JSON and CSV. Days are calendar days unless they are called working days."""
    return {
        "as_at": report.as_at.isoformat(),
        "position": report.position,
        "bids": [plain_bid(one) for one in report.bids],
        "stated": [
            {
                "scope": one.scope,
                "stage": one.stage,
                "stated": one.stated,
                "computed": one.computed,
                "consequence": one.consequence,
                "cites": one.cites,
            }
            for one in report.stated
        ],
        "groups": [plain(one) for one in report.groups],
    }


def _print_bids(report: Report) -> None:
    """Print bids by how long they wait or waited."""
    bids = report.bids
    _print_heading(shown_count(len(bids), "submission") + " of bids", report)
    if not bids:
        return
    table = table_of("Bid", "Partnership", "Submitted", "Decided", "Waits for", "Standard")
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
    out.print(table)
    _print_spread(report.spread)


def _print_groups(group_by: str, measure: str, report: Report) -> None:
    """Print figures by group."""
    _print_heading(f"Days {_words(measure)}, by {group_by}", report)
    table = table_of(group_by.capitalize())
    headings = (
        "Done",
        "Open",
        "Gone",
        "Undated",
        "Late",
        "Late, any",
        "Within",
        "Median",
        "90 %",
        "Most",
        "Working",
        "With open (95 %)",
    )
    for heading in headings:
        table.add_column(heading, justify="right", no_wrap=True)
    for one in report.groups:
        table.add_row(
            one.group or "none",
            str(one.decided),
            str(one.open),
            str(one.gone),
            str(one.undated),
            str(one.breached),
            str(one.late_any),
            f"{one.within:.0%}" if one.within is not None else "",
            _between(one.median_at_least, one.median),
            _number(one.p90),
            _number(one.longest),
            _number(one.median_working),
            _with_open(one),
        )
    out.print(table)
    ranges = sum(one.ranges for one in report.groups)
    if ranges:
        sentence = "1 of them has" if ranges == 1 else f"{ranges} of them have"
        out.print(Text(f"  {sentence} dates known in part: each counts with its longest wait.", style="dim"))
    _print_spread(report.spread)


def _print_spread(spread: Sequence[Tally]) -> None:
    """Print, as bars, how the days of finished waits are distributed."""
    counts = [0] * (len(BARS) + 1)
    for one in spread:
        if one.fate == "reached" and one.most is not None:
            counts[sum(one.most > bar for bar in BARS)] += one.number
    most = max(counts)
    if not most:
        return
    out.print()
    last = max(place for place, number in enumerate(counts) if number)
    for place, number in enumerate(counts[: last + 1]):
        label = f"over {BARS[-1]}" if place == len(BARS) else f"up to {BARS[place]}"
        bar = "█" * max(round(number / most * WIDTH), 1 if number else 0)
        out.print(f"  {label:>9} days  {bar} {number}", highlight=False)


def _print_stated(stated: Sequence[Stated]) -> None:
    """Print what sources say was slow. None of it is in any figure."""
    if not stated:
        return
    out.print()
    sources = "1 delay that a source states" if len(stated) == 1 else f"{len(stated)} delays that sources state"
    out.print(Text(f"{sources} (in none of the figures)", style="bold"))
    table = table_of("Where", "What", "How long", "Consequence")
    for one in stated:
        table.add_row(
            Text(one.scope),
            Text(_words(one.stage)),
            Text.assemble(one.stated, "\n", (one.computed, "dim")),
            Text.assemble(one.consequence, "\n", (one.cites, "dim")),
        )
    out.print(table)


def _print_heading(title: str, report: Report) -> None:
    out.print()
    out.print(Text(title, style="bold"))
    out.print(as_known(report.as_at, report.position))


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
