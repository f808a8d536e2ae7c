"""The command line's delays: ``fundtrail delays``."""

import asyncio
import json
import sys
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Annotated, Any

import typer
from rich.console import Console

from domain.values.waiting import Span
from infra.cli import paper_delays
from infra.cli.asking import AsAt, KnownAt, NotThere, ask, clocks, known_by
from infra.database.postgres import Database
from infra.exports.bid_delays import BidDelay, bid_delays, plain_bid
from infra.exports.columns import COLUMNS, DELAY_GROUPS
from infra.files.csv_and_jsonl import print_csv
from projections import register
from projections.delays import reading as delays
from projections.delays.summary import GROUPS, Filter, Summary, Tally, by_group, computed_by, tallies
from projections.delays.words import WHOLE_OF, computed_in_words, stated_in_words
from projections.tables.paging import Connection
from projections.whole_lists import Row

# What submissions can be narrowed to, by code.
SORTS = ("programme", "scheme", "round", "partnership")


@dataclass(frozen=True, slots=True)
class Stated:
    """A stated delay, with what the dates come to beside it."""

    scope: str
    stage: str
    stated: str
    computed: str
    consequence: str
    cites: str


@dataclass(frozen=True, slots=True)
class Report:
    """What ``fundtrail delays`` tells."""

    as_at: date
    position: int
    bids: list[BidDelay]
    stated: list[Stated]
    groups: list[Summary]
    spread: list[Tally]


def add_delays(app: typer.Typer, where: Callable[[], Database], out: Console, fail: Callable[[str, int], Any]) -> None:
    """Add the command to *app*."""

    @app.command(name="delays")
    def delays_(
        open_only: Annotated[bool, typer.Option("--open", help="Only bids that wait for their decision.")] = False,
        breached_only: Annotated[bool, typer.Option("--breached", help="Only bids past a service standard.")] = False,
        group_by: Annotated[str | None, typer.Option(metavar="GROUP", help=f"Figures by {', '.join(GROUPS)}.")] = None,
        measure: Annotated[
            str, typer.Option(metavar="SPAN", help=f"What is timed: {', '.join(span.value for span in Span)}.")
        ] = Span.TO_DECISION.value,
        programme: Annotated[str | None, typer.Option(metavar="CODE")] = None,
        scheme: Annotated[str | None, typer.Option(metavar="CODE")] = None,
        round_: Annotated[str | None, typer.Option("--round", metavar="CODE")] = None,
        partnership: Annotated[str | None, typer.Option(metavar="CODE")] = None,
        as_at: AsAt = None,
        known_at: KnownAt = None,
        as_json: Annotated[bool, typer.Option("--json", help="Print JSON for scripts.")] = False,
        csv: Annotated[bool, typer.Option("--csv", help="Print CSV, safe to open in a spreadsheet.")] = False,
    ) -> None:
        """Show how long bids took, which wait now and on whom, and what sources say was slow."""
        if group_by is not None and group_by not in GROUPS:
            fail(f"Group by {', '.join(GROUPS)}.", 2)
        if measure not in {span.value for span in Span}:
            fail(f"There is no {measure} to measure. There are: {', '.join(span.value for span in Span)}.", 2)
        day, instant = clocks(as_at, known_at, fail)
        wanted = Filter(
            programme=programme,
            scheme=scheme,
            round=round_,
            partnership=partnership,
            open_only=open_only,
            breached_only=breached_only,
        )
        found = ask(
            where(), lambda connection: _report(connection, wanted, Span(measure), group_by, day, instant), fail
        )
        if as_json:
            sys.stdout.write(json.dumps(as_plain(found), indent=2, ensure_ascii=False) + "\n")
        elif csv:
            columns = DELAY_GROUPS if group_by else COLUMNS["delays"]
            asyncio.run(print_csv(as_plain(found)["groups" if group_by else "bids"], columns))
        elif group_by:
            paper_delays.print_groups(out, group_by, measure, found.as_at, found.position, found.groups, found.spread)
        else:
            paper_delays.print_bids(out, found.as_at, found.position, found.bids, found.spread)
            if not open_only and not breached_only:
                paper_delays.print_stated(out, found.stated)


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
    """Let every code of *wanted* be that of a thing: no submissions of nothing is no answer. Raises NotThere."""
    asked = {sort: code for sort in SORTS if (code := getattr(wanted, sort)) is not None}
    cursor = await connection.execute(
        "SELECT sort, code FROM timing_places WHERE code = ANY (%s)", (list(asked.values()),)
    )
    there = set(await cursor.fetchall())
    for sort, code in asked.items():
        if (sort, code) not in there:
            raise NotThere(f"There is no {sort} {code}.")


async def _stated(connection: Connection, wanted: Filter, day: date, known: int) -> list[Stated]:
    """What sources state, of the scopes wanted, with what the dates come to beside it."""
    programmes = [line for line in await register.programmes(connection) if wanted.programme in (None, line.code)]
    lines = await delays.stated_by(connection, "programme_id", [line.id for line in programmes])
    partnerships = {
        line.id: line
        for line in await register.partnerships_by(
            connection, "id", [x.partnership_id for x in lines if x.partnership_id]
        )
    }
    schemes = {
        line.id: line for line in await register.schemes_by(connection, "programme_id", [p.id for p in programmes])
    }
    told = []
    for line in lines:
        partnership = partnerships.get(line.partnership_id or "")
        scheme = schemes.get(line.scheme_id or (partnership.scheme_id if partnership else ""))
        if wanted.partnership is not None and (partnership is None or partnership.code != wanted.partnership):
            continue
        if wanted.scheme is not None and (scheme is None or scheme.code != wanted.scheme):
            continue
        span = WHOLE_OF.get(line.stage)
        summary = None
        scope = ("partnership_id", line.partnership_id) if line.partnership_id else ("scheme_id", line.scheme_id)
        if span is not None and scope[1] is not None:
            computed = await computed_by(connection, scope[0], [scope[1]], span=span, as_at=day, known=known)
            summary = computed[0].summary if computed else None
        told.append(
            Stated(
                scope=partnership.code if partnership else scheme.code if scheme else "",
                stage=line.stage,
                stated=stated_in_words(line),
                computed=computed_in_words(span, summary),
                consequence=line.consequence,
                cites=line.cites or "",
            )
        )
    return told


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
        "groups": [_plain_group(one) for one in report.groups],
    }


def _plain_group(one: Summary) -> Row:
    return {
        "group": one.group,
        "decided": one.decided,
        "open": one.open,
        "gone": one.gone,
        "undated": one.undated,
        "ranges": one.ranges,
        "breached": one.breached,
        "median_days": one.median,
        "median_days_at_least": one.median_at_least,
        "p90_days": one.p90,
        "max_days": one.longest,
        "median_working_days": one.median_working,
        "median_days_with_open": one.with_open.median,
        "median_days_with_open_low": one.with_open.low,
        "median_days_with_open_high": one.with_open.high,
    }
