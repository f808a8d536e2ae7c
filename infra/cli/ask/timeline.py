"""``fundtrail timeline``: what happened to a partnership, dated entries first, each with its source."""

import json
import re
from collections.abc import Sequence
from datetime import date
from itertools import groupby
from typing import Annotated, Any, NamedTuple

import typer
from rich.table import Table
from rich.text import Text

from domain.values.fact import Lane
from domain.values.money import Money
from domain.values.shown import shown_count
from domain.values.when import When
from infra.cli.asking import AsJson, NotThere, ask
from infra.cli.paper import money_in_words, period_in_words
from infra.cli.terminal import NOT_FOUND, fail, out, print_json, table_of
from projections import lists
from projections.audit import reading as audit
from projections.money import funding
from projections.register import reading as register
from projections.register.reading import OrganisationLine, PartnershipLine, SchemeLine
from projections.tables.paging import Connection, Window, page
from projections.tables.present import today
from projections.timeline import reading as entries_of
from projections.timeline.reading import Entry

PAGE = 500


class Timeline(NamedTuple):
    """The *entries* of a partnership; *sources* by position; what is *awarded* today, in each currency."""

    partnership: PartnershipLine
    scheme: SchemeLine | None
    lead: OrganisationLine | None
    entries: list[Entry]
    sources: dict[int, dict[str, Any] | None]
    awarded: list[Money]


def timeline(
    code: Annotated[str, typer.Argument(help="The partnership's code, such as worcestershire-partnership.")],
    lane: Annotated[list[str] | None, typer.Option(help="Only this lane; may be given several times.")] = None,
    as_json: AsJson = False,
) -> None:
    """Print the timeline of the partnership *code*."""
    lanes = _lanes(lane)
    found = ask(lambda connection: _timeline(connection, code, lanes))
    if as_json:
        print_json(_as_plain(found))
    else:
        print_timeline(found)


def _lanes(names: list[str] | None) -> list[Lane] | None:
    if not names:
        return None
    known = {lane.value: lane for lane in Lane}
    for name in names:
        if name.lower() not in known:
            fail(f"There is no lane {name}. There are: {', '.join(known)}.", NOT_FOUND)
    return [known[name.lower()] for name in names]


async def partnership_by(connection: Connection, code: str) -> PartnershipLine:
    """The partnership called *code*. Raises NotThere, with the codes that are like it."""
    found = await register.partnerships_by(connection, "code", [code])
    if found:
        return found[0]
    listing = lists.listing("partnerships", lists.Wanted(text=code[:40]), lists.CODE)
    near = await page(connection, PartnershipLine, listing, Window(size=5))
    hint = f" Did you mean {', '.join(line.code for line in near.lines)}?" if near.lines else ""
    raise NotThere(f"There is no partnership {code}.{hint}")


async def _timeline(connection: Connection, code: str, lanes: list[Lane] | None) -> Timeline:
    partnership = await partnership_by(connection, code)
    entries = await _all_entries(connection, partnership.id, lanes)
    scheme = await register.schemes_by(connection, "id", [partnership.scheme_id])
    lead = await register.organisations_by(connection, "id", [partnership.lead_id] if partnership.lead_id else [])
    events = await audit.events_at(connection, "position", [entry.position for entry in entries])
    return Timeline(
        partnership,
        scheme[0] if scheme else None,
        lead[0] if lead else None,
        entries,
        {event.position: json.loads(event.data).get("source") for event in events},
        await _awarded(connection, partnership.id),
    )


async def _all_entries(connection: Connection, partnership_id: str, lanes: list[Lane] | None) -> list[Entry]:
    listing = entries_of.entry_list(partnership_id, lanes=lanes)
    entries: list[Entry] = []
    window = Window(size=PAGE)
    while True:
        page = await entries_of.entries(connection, listing, window)
        entries += page.lines
        if not page.has_next:
            return entries
        window = Window(size=PAGE, after=(entries[-1].sorts_on, entries[-1].position))


async def _awarded(connection: Connection, partnership_id: str) -> list[Money]:
    """What the ladder of a partnership shows as awarded today, in each currency. Declined offers are not in it."""
    day = today()
    lines = [
        *await funding.funding_by(connection, "partnership_id", [partnership_id], as_at=day, present=True),
        *await funding.funding_beside(connection, "partnership_id", [partnership_id], as_at=day),
    ]
    amounts = [Money(amount=line.figures["awarded"].amount, currency=line.currency) for line in lines]
    return [money for money in amounts if money.amount]


def print_timeline(found: Timeline) -> None:
    """Print dated entries in order, then those that no source dates; each with its source."""
    partnership, scheme, lead = found.partnership, found.scheme, found.lead
    out.print()
    out.print(Text(partnership.name, style="bold"))
    about = [f"Scheme: {scheme.name}" if scheme else "", f"Lead: {lead.name}" if lead else "Lead: not stated"]
    out.print(Text("   ".join(filter(None, [partnership.code, *about])), style="dim"))
    out.print()
    for dated, group in groupby(found.entries, key=lambda entry: When(entry.on).is_known):
        out.print(Text("Dated" if dated else "Not dated by any source", style="bold"))
        out.print(_table(list(group), found.sources, dated=dated))
        out.print()
    _print_totals(found.entries, found.awarded)


def _table(entries: Sequence[Entry], sources: dict[int, dict[str, Any] | None], *, dated: bool) -> Table:
    table = table_of()
    if dated:
        table.add_column("When", no_wrap=True)
    table.add_column("Lane", no_wrap=True)
    table.add_column("What happened", ratio=1)
    table.add_column("Amount", justify="right", no_wrap=True)
    table.add_column("Source", style="dim", max_width=26)
    for entry in entries:
        until = When(entry.until) if entry.until else None
        source = sources.get(entry.position)
        table.add_row(
            *([period_in_words(When(entry.on), until)] if dated else []),
            entry.lane.capitalize(),
            Text(entry.title),
            money_in_words(entry.money),
            Text(shorter(source["cites"] if source else "")),
        )
    return table


def shorter(cites: str) -> str:
    """Source locators without the tail of their file names: ``000_6fe3.txt:566`` is ``000:566``."""
    return re.sub(r"\b([0-9]{3})_[0-9a-f]+\.txt:", r"\1:", cites)


def _print_totals(entries: Sequence[Entry], awarded: Sequence[Money]) -> None:
    undated = sum(1 for entry in entries if not When(entry.on).is_known)
    delays = sum(1 for entry in entries if entry.kind == "DelayReported")
    sums = ", ".join(map(money_in_words, awarded)) or "nothing"
    out.print(
        Text(
            f"{shown_count(len(entries), 'entry', 'entries')}, {undated} of them not dated by any source. "
            f"Awarded, as varied since: {sums}. Delays reported: {delays}."
        )
    )


def _as_plain(found: Timeline) -> dict[str, Any]:
    partnership, lead = found.partnership, found.lead
    return {
        "partnership": {"code": partnership.code, "name": partnership.name, "lead": lead.name if lead else None},
        "entries": [
            {
                "position": entry.position,
                "lane": entry.lane,
                "kind": entry.kind,
                "on": entry.on,
                "until": entry.until,
                "earliest": _iso(When(entry.on).earliest),
                "latest": _iso(When(entry.on).latest),
                "title": entry.title,
                "amount": f"{entry.amount:f}" if entry.amount is not None else None,
                "currency": entry.currency,
                "recorded_at": entry.recorded_at.isoformat(),
                "actor": entry.actor,
                "event_id": entry.event_id,
                "source": found.sources.get(entry.position),
            }
            for entry in found.entries
        ],
    }


def _iso(day: date | None) -> str | None:
    return day.isoformat() if day is not None else None
