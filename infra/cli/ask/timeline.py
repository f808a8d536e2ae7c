"""``fundtrail timeline``: what happened to a partnership, dated entries first, each with its source."""

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from itertools import groupby
from typing import Annotated, Any

import typer
from rich.table import Table
from rich.text import Text

from domain.values.day import day_of
from domain.values.fact import Lane
from domain.values.money import Money
from domain.values.shown import shown_count
from domain.values.when import When
from infra.cli.asking import AsAt, AsJson, From, KnownAt, NotThere, To, ask, clocks, known_by, range_asked
from infra.cli.paper import as_known, day_in_words, money_in_words, period_in_words
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


@dataclass(frozen=True, slots=True)
class Asked:
    """Which entries: of these *lanes*, dated from *first* to *last*, effective by *as_at*, known at *instant*."""

    lanes: list[Lane] | None
    first: date | None
    last: date | None
    as_at: date
    instant: datetime | None

    @property
    def is_of_now(self) -> bool:
        """Whether it asks for all that has happened, as it is known now."""
        return self.instant is None and self.as_at >= today()


@dataclass(frozen=True, slots=True)
class Timeline:
    """The *entries* of a partnership; *sources* by position; what is *awarded* on the day, in each currency.

    *moment* is the day and the position of an answer that is not of now.
    """

    partnership: PartnershipLine
    scheme: SchemeLine | None
    lead: OrganisationLine | None
    entries: list[Entry]
    sources: dict[int, dict[str, Any] | None]
    awarded: list[Money]
    moment: tuple[date, int] | None = None


def timeline(
    code: Annotated[str, typer.Argument(help="The partnership's code, such as worcestershire-partnership.")],
    lane: Annotated[list[str] | None, typer.Option(help="Only this lane; may be given several times.")] = None,
    as_at: AsAt = None,
    known_at: KnownAt = None,
    since: From = None,
    until: To = None,
    as_json: AsJson = False,
) -> None:
    """Print the timeline of the partnership *code*."""
    asked = Asked(_lanes(lane), *range_asked(since, until), *clocks(as_at, known_at))
    found = ask(lambda connection: _timeline(connection, code, asked))
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


async def _timeline(connection: Connection, code: str, asked: Asked) -> Timeline:
    partnership = await partnership_by(connection, code)
    known = await known_by(connection, asked.instant)
    named = await register.names_by(connection, "thing", [partnership.id], day=asked.as_at, known=known)
    if named and not asked.is_of_now:
        partnership = replace(partnership, name=named[0].name)
    listing = entries_of.entry_list(
        partnership.id, lanes=asked.lanes, start=asked.first, end=asked.last, known=known if asked.instant else None
    )
    entries = await entries_of.every_entry(connection, listing, asked.as_at)
    scheme = await register.schemes_by(connection, "id", [partnership.scheme_id])
    lead = await register.organisations_by(connection, "id", [partnership.lead_id] if partnership.lead_id else [])
    events = await audit.events_at(connection, "position", [entry.position for entry in entries])
    return Timeline(
        partnership,
        scheme[0] if scheme else None,
        lead[0] if lead else None,
        entries,
        {event.position: json.loads(event.data).get("source") for event in events},
        await _awarded(connection, partnership.id, asked, known),
        None if asked.is_of_now else (asked.as_at, known),
    )


async def _awarded(connection: Connection, partnership_id: str, asked: Asked, known: int) -> list[Money]:
    """What the ladder shows as awarded on the day, in each currency. Declined offers are not in it."""
    day, then = asked.as_at, known if asked.instant else None
    lines = [
        *await funding.funding_by(
            connection, "partnership_id", [partnership_id], as_at=day, known=then, present=asked.is_of_now
        ),
        *await funding.funding_beside(connection, "partnership_id", [partnership_id], as_at=day, known=then),
    ]
    amounts = [Money(amount=line.figures["awarded"].amount, currency=line.currency) for line in lines]
    return [money for money in amounts if money.amount]


def print_timeline(found: Timeline) -> None:
    """Print dated entries in order, then those that no source dates; each with its source and since when it is known.

    If all of them were recorded on one day, that day is printed once, above them.
    """
    partnership, scheme, lead = found.partnership, found.scheme, found.lead
    days = {day_of(entry.recorded_at) for entry in found.entries}
    out.print()
    out.print(Text(partnership.name, style="bold"))
    # The lead is the present one, so it says nothing of an earlier day.
    led = "" if found.moment is not None else f"Lead: {lead.name}" if lead else "Lead: not stated"
    about = [f"Scheme: {scheme.name}" if scheme else "", led]
    out.print(Text("   ".join(filter(None, [partnership.code, *about])), style="dim"))
    if found.moment is not None:
        out.print(as_known(*found.moment))
    if len(days) == 1:
        out.print(Text(f"All of it known since {day_in_words(*days)}", style="dim"))
    out.print()
    for dated, group in groupby(found.entries, key=lambda entry: When(entry.on).is_known):
        out.print(Text("Dated" if dated else "Not dated by any source", style="bold"))
        out.print(_table(list(group), found.sources, dated=dated, since=len(days) > 1))
        out.print()
    _print_totals(found.entries, found.awarded, found.moment)


def _table(entries: Sequence[Entry], sources: dict[int, dict[str, Any] | None], *, dated: bool, since: bool) -> Table:
    table = table_of()
    if dated:
        table.add_column("When", no_wrap=True)
    table.add_column("Lane", no_wrap=True)
    table.add_column("What happened", ratio=1)
    table.add_column("Amount", justify="right", no_wrap=True)
    if since:
        table.add_column("Known since", no_wrap=True)
    table.add_column("Source", style="dim", max_width=26)
    for entry in entries:
        until = When(entry.until) if entry.until else None
        source = sources.get(entry.position)
        table.add_row(
            *([period_in_words(When(entry.on), until)] if dated else []),
            entry.lane.capitalize(),
            Text(entry.title),
            money_in_words(entry.money),
            *([day_in_words(day_of(entry.recorded_at))] if since else []),
            Text(shorter(source["cites"] if source else "")),
        )
    return table


def shorter(cites: str) -> str:
    """Source locators without the tail of their file names: ``000_6fe3.txt:566`` is ``000:566``."""
    return re.sub(r"\b([0-9]{3})_[0-9a-f]+\.txt:", r"\1:", cites)


def _print_totals(entries: Sequence[Entry], awarded: Sequence[Money], moment: tuple[date, int] | None) -> None:
    undated = sum(1 for entry in entries if not When(entry.on).is_known)
    delays = sum(1 for entry in entries if entry.kind == "DelayReported")
    sums = ", ".join(map(money_in_words, awarded)) or "nothing"
    out.print(
        Text(
            f"{shown_count(len(entries), 'entry', 'entries')}, {undated} of them not dated by any source. "
            f"Awarded, as varied {'by then' if moment else 'since'}: {sums}. Delays reported: {delays}."
        )
    )


def _as_plain(found: Timeline) -> dict[str, Any]:
    partnership, lead = found.partnership, found.lead
    return {
        "partnership": {"code": partnership.code, "name": partnership.name, "lead": lead.name if lead else None},
        "as_at": _iso(found.moment[0]) if found.moment else None,
        "known_position": found.moment[1] if found.moment else None,
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
