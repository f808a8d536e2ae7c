"""``fundtrail timeline``: what happened to a thing, dated entries first, each with its source."""

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
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
from projections.audit import reading as audit
from projections.money import funding
from projections.register import reading as register
from projections.register.reading import ThingLine
from projections.tables.paging import Connection
from projections.tables.present import today
from projections.timeline import reading as entries_of
from projections.timeline.reading import Entry
from projections.timeline.things import Including

# The kinds of things, in the order in which a code is looked up.
KINDS = ("partnership", "programme", "scheme", "round", "organisation")
# What a ladder is of.
SCOPES = ("programme_id", "scheme_id", "partnership_id")


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
    """The *entries* of a *thing*; *sources* by position; what is *awarded* on the day, in each currency.

    *facts* are what else is printed of it, such as its lead. *about* has the things that the entries are about, by id.
    *moment* is the day and the position of an answer that is not of now.
    """

    thing: ThingLine
    facts: dict[str, str]
    entries: list[Entry]
    sources: dict[int, dict[str, Any] | None]
    awarded: list[Money]
    about: dict[str, ThingLine] = field(default_factory=dict)
    moment: tuple[date, int] | None = None


def timeline(
    code: Annotated[str, typer.Argument(help="The code of a partnership, programme, scheme, round or organisation.")],
    of: Annotated[
        str | None, typer.Option("--of", help="The kind of thing, where several have the code: scheme, for example.")
    ] = None,
    including: Annotated[
        str, typer.Option(help="For a programme or a scheme: own, schemes (and their rounds), or all.")
    ] = Including.SCHEMES.value,
    lane: Annotated[list[str] | None, typer.Option(help="Only this lane; may be given several times.")] = None,
    as_at: AsAt = None,
    known_at: KnownAt = None,
    since: From = None,
    until: To = None,
    as_json: AsJson = False,
) -> None:
    """Print the timeline of the thing *code*. A partnership comes first, then a programme, a scheme, a round."""
    within, kind = _one_of(including, [one.value for one in Including], "timeline"), _kind(of)
    asked = Asked(_lanes(lane), *range_asked(since, until), *clocks(as_at, known_at))
    found = ask(lambda connection: _timeline(connection, code, kind, Including(within), asked))
    if as_json:
        print_json(_as_plain(found))
    else:
        print_timeline(found)


def _kind(name: str | None) -> str | None:
    return _one_of(name, KINDS, "kind of thing") if name is not None else None


def _one_of(name: str, known: Sequence[str], what: str) -> str:
    if name.lower() not in known:
        fail(f"There is no {what} {name}. There are: {', '.join(known)}.", NOT_FOUND)
    return name.lower()


def _lanes(names: list[str] | None) -> list[Lane] | None:
    if not names:
        return None
    known = {lane.value: lane for lane in Lane}
    for name in names:
        if name.lower() not in known:
            fail(f"There is no lane {name}. There are: {', '.join(known)}.", NOT_FOUND)
    return [known[name.lower()] for name in names]


async def thing_by(connection: Connection, code: str, kind: str | None) -> ThingLine:
    """The first thing called *code*, of a *kind* if one is given. Raises NotThere, with codes that are like it."""
    for one in [kind] if kind else KINDS:
        found = await register.things_by(connection, "name", [code], kind=one)
        if found:
            return (await register.things_told_by(connection, "id", [found[0].id]))[0]
    what = kind or "partnership"
    near = await register.codes_like(connection, what, code[:40])
    hint = f" Did you mean {', '.join(near)}?" if near else ""
    raise NotThere(f"There is no {what} {code}.{hint}")


async def _timeline(
    connection: Connection, code: str, kind: str | None, including: Including, asked: Asked
) -> Timeline:
    thing = await thing_by(connection, code, kind)
    known = await known_by(connection, asked.instant)
    named = await register.names_by(connection, "thing", [thing.id], day=asked.as_at, known=known)
    if named and not asked.is_of_now:
        thing = replace(thing, name=named[0].name)
    listing = entries_of.entry_list(
        thing.id, including=including, lanes=asked.lanes, start=asked.first, end=asked.last,
        known=known if asked.instant else None,
    )  # fmt: skip
    entries = await entries_of.every_entry(connection, listing, asked.as_at)
    events = await audit.events_at(connection, "position", [entry.position for entry in entries])
    others = {entry.about for entry in entries} - {thing.id}
    column = f"{thing.kind.lower()}_id"
    return Timeline(
        thing,
        await _facts(connection, thing),
        entries,
        {event.position: json.loads(event.data).get("source") for event in events},
        await _awarded(connection, column, thing.id, asked, known) if column in SCOPES else [],
        {one.id: one for one in await register.things_told_by(connection, "id", sorted(others))},
        None if asked.is_of_now else (asked.as_at, known),
    )


async def _facts(connection: Connection, thing: ThingLine) -> dict[str, str]:
    """What stands below the name of a partnership. Its lead is the present one."""
    if thing.kind != "PARTNERSHIP":
        return {}
    (line,) = await register.partnerships_by(connection, "id", [thing.id])
    schemes = await register.schemes_by(connection, "id", [line.scheme_id])
    leads = await register.organisations_by(connection, "id", [line.lead_id] if line.lead_id else [])
    return {"scheme": schemes[0].name if schemes else "", "lead": leads[0].name if leads else ""}


async def _awarded(connection: Connection, column: str, its_id: str, asked: Asked, known: int) -> list[Money]:
    """What the ladder shows as awarded on the day, in each currency. Declined offers are not in it."""
    day, then = asked.as_at, known if asked.instant else None
    lines = [
        *await funding.funding_by(connection, column, [its_id], as_at=day, known=then, present=asked.is_of_now),
        *await funding.funding_beside(connection, column, [its_id], as_at=day, known=then),
    ]
    amounts = [Money(amount=line.figures["awarded"].amount, currency=line.currency) for line in lines]
    return [money for money in amounts if money.amount]


def print_timeline(found: Timeline) -> None:
    """Print dated entries in order, then those that no source dates; each with its source and since when it is known.

    If all of them were recorded on one day, that day is printed once, above them.
    """
    thing, facts = found.thing, found.facts
    days = {day_of(entry.recorded_at) for entry in found.entries}
    out.print()
    out.print(Text(thing.name, style="bold"))
    # The lead is the present one, so it says nothing of an earlier day.
    led = "" if found.moment is not None or "lead" not in facts else f"Lead: {facts['lead'] or 'not stated'}"
    about = [f"Scheme: {facts['scheme']}" if facts.get("scheme") else "", led]
    out.print(Text("   ".join(filter(None, [thing.code, *about])), style="dim"))
    if found.moment is not None:
        out.print(as_known(*found.moment))
    if len(days) == 1:
        out.print(Text(f"All of it known since {day_in_words(*days)}", style="dim"))
    out.print()
    for dated, group in groupby(found.entries, key=lambda entry: When(entry.on).is_known):
        out.print(Text("Dated" if dated else "Not dated by any source", style="bold"))
        out.print(_table(list(group), found, dated=dated, since=len(days) > 1))
        out.print()
    _print_totals(found)


def _table(entries: Sequence[Entry], found: Timeline, *, dated: bool, since: bool) -> Table:
    table = table_of()
    if dated:
        table.add_column("When", no_wrap=True)
    table.add_column("Lane", no_wrap=True)
    table.add_column("What happened", ratio=1)
    if found.about:
        table.add_column("About", max_width=24)
    table.add_column("Amount", justify="right", no_wrap=True)
    if since:
        table.add_column("Known since", no_wrap=True)
    table.add_column("Source", style="dim", max_width=26)
    for entry in entries:
        until = When(entry.until) if entry.until else None
        source = found.sources.get(entry.position)
        about = found.about.get(entry.about)
        table.add_row(
            *([period_in_words(When(entry.on), until)] if dated else []),
            entry.lane.capitalize(),
            Text(entry.title),
            *([about.code if about else ""] if found.about else []),
            money_in_words(entry.money),
            *([day_in_words(day_of(entry.recorded_at))] if since else []),
            Text(shorter(source["cites"] if source else "")),
        )
    return table


def shorter(cites: str) -> str:
    """Source locators without the tail of their file names: ``000_6fe3.txt:566`` is ``000:566``."""
    return re.sub(r"\b([0-9]{3})_[0-9a-f]+\.txt:", r"\1:", cites)


def _print_totals(found: Timeline) -> None:
    entries, moment = found.entries, found.moment
    undated = sum(1 for entry in entries if not When(entry.on).is_known)
    delays = sum(1 for entry in entries if entry.kind == "DelayReported")
    sums = ", ".join(map(money_in_words, found.awarded)) or "nothing"
    awarded = f"Awarded, as varied {'by then' if moment else 'since'}: {sums}. "
    out.print(
        Text(
            f"{shown_count(len(entries), 'entry', 'entries')}, {undated} of them not dated by any source. "
            f"{awarded if f'{found.thing.kind.lower()}_id' in SCOPES else ''}Delays reported: {delays}."
        )
    )


def _as_plain(found: Timeline) -> dict[str, Any]:
    thing = found.thing
    facts = {name: text or None for name, text in found.facts.items() if name == "lead"}
    return {
        thing.kind.lower(): {"code": thing.code, "name": thing.name, **facts},
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
                **({"about": found.about[entry.about].code} if entry.about in found.about else {}),
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
