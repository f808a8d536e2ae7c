"""What changed between two moments of knowledge: each field with its values, who recorded it and why."""

import re
from dataclasses import dataclass
from datetime import timedelta
from itertools import groupby

from domain.values.day import day_of, end_of
from domain.values.shown import shown_amount, shown_date
from domain.values.when import When
from pages.frame.asked import thing_asked
from pages.frame.clocks import Clocks, read_day, read_position
from pages.frame.listed import DOWNLOAD, MOST_ROWS
from pages.frame.page import BadAddress, Page, Sheet
from pages.frame.words import in_words
from pages.money.ladder import name_of
from projections import progress
from projections.changes import reading
from projections.changes.figures import Span
from projections.changes.reading import ChangeLine, Histories, Scope, Shown
from projections.tables.paging import Connection, Window

LISTED = 100
# How many days before the last event the page begins, unless the address says otherwise.
DAYS = 7
FROM, TO, AFTER = "from", "to", "after"
SCOPES = ("programme", "scheme", "partnership", "award")
PARAMETERS = (FROM, TO, *SCOPES, AFTER)
# The kinds of things whose names are not words.
_KINDS = {
    "bankentry": "bank entry",
    "moneyback": "money back",
    "eligibilitytest": "eligibility test",
    "ruletest": "test of a rule",
}
# The things that have a number in an award, bid or organisation, as the end of their id.
_NUMBERED = frozenset({
    "payment", "condition", "instalment", "hold", "variation", "expenditure", "return", "recovery", "question",
})  # fmt: skip
# A day or a month, and the fields whose texts only look like one.
_TEXTS = frozenset({"statement", "reference", "end_to_end", "bank_reference", "settled_reference", "covers", "name"})
_DATE = re.compile(r"\d{4}-\d{2}(-\d{2})?~?")
_AFTER = re.compile(r"([0-9]{1,18})\.([0-9]{1,6})")


@dataclass(frozen=True, slots=True)
class Changed:
    """A field that changed, with its values in words; empty where it had none."""

    line: ChangeLine
    field: str
    before: str
    after: str
    is_money: bool


@dataclass(frozen=True, slots=True)
class Thing:
    """A thing that changed: its *kind* and name in words, the path of its page if it has one, and its *changes*."""

    kind: str
    name: str
    path: str | None
    changes: list[Changed]


async def changes(connection: Connection, clocks: Clocks, histories: Histories, asked: dict[str, str]) -> Page:
    """What changed between the moments that the address names; by default before the last event.

    Raises BadAddress.
    """
    to = await _moment(connection, clocks, TO, asked) if TO in asked else clocks.position
    start = await _moment(connection, clocks, FROM, asked) if FROM in asked else await _usual(connection, clocks, to)
    if start > to:
        raise BadAddress("The first moment is after the second. Give the earlier one as from.")
    scope, its_page = await _scope(connection, asked)
    first, skipped = _place(asked)
    size = MOST_ROWS if DOWNLOAD in asked else LISTED
    span, window = Span(start, to, clocks.as_at), Window(size=size + skipped, after=(first, "", "", "", ""))
    found = await reading.changes(connection, histories, span, scope, window)
    if DOWNLOAD in asked and found.has_next:
        raise BadAddress(f"More than {MOST_ROWS:,} fields changed. Choose moments that are closer to each other.")
    lines = found.lines[skipped:]
    changed = [_changed(one) for one in lines]
    return Page(
        template="record/changes.html",
        title=f"What changed{f': {its_page[0]}' if its_page else ''}",
        section="audit",
        path="/changes",
        trail=[("Audit", "/audit"), *([its_page] if its_page else [])],
        values={
            "start": (start, await progress.recorded_at(connection, start)),
            "to": (to, await progress.recorded_at(connection, to)),
            "given": {name: asked.get(name, "") for name in PARAMETERS},
            "kept": {FROM: start, TO: to, **{kind: asked[kind] for kind in SCOPES if kind in asked}},
            "scopes": SCOPES,
            "things": _things(changed),
            "count": len(changed),
            "next": _next(found.lines) if found.has_next else None,
            "days": DAYS,
        },
        sheet=Sheet(
            ("kind", "reference", "name", "field", "before", "after", "actors", "reasons", "recorded_at", "events"),
            [
                (one.line.kind, one.line.reference, one.line.name, one.line.field, _text(one.line.before),
                 _text(one.line.after), one.line.actors, one.line.reasons, one.line.recorded_at, one.line.positions)
                for one in changed
            ],
        ),
    )  # fmt: skip


async def _moment(connection: Connection, clocks: Clocks, name: str, asked: dict[str, str]) -> int:
    """The position that a day or a position names: at most that of the page. Raises BadAddress."""
    text = asked[name].strip()
    if "-" in text:
        return min(await progress.position_at(connection, end_of(read_day(name, text))), clocks.position)
    return read_position(text, clocks.position)


async def _usual(connection: Connection, clocks: Clocks, to: int) -> int:
    """The position at the end of the day DAYS days before the last event up to *to*."""
    last = await progress.recorded_at(connection, to)
    if last is None:
        return 0
    before = end_of(day_of(last) - timedelta(days=DAYS))
    return min(await progress.position_at(connection, before), clocks.position)


async def _scope(connection: Connection, asked: dict[str, str]) -> tuple[Scope, tuple[str, str] | None]:
    """What the changes are of, with its name and path; everything by default. Raises BadAddress."""
    named = [(kind, asked[kind].strip()) for kind in SCOPES if asked.get(kind, "").strip()]
    if len(named) > 1:
        raise BadAddress(f"The address names several things. Name one: {', '.join(SCOPES)}.")
    for kind, name in named:
        thing = await thing_asked(connection, asked, kind, kind)
        if thing is not None:
            return Scope(kind, thing), (await name_of(connection, f"{kind}_id", thing), f"/{kind}s/{name}")
    return Scope(), None


def _place(asked: dict[str, str]) -> tuple[int, int]:
    """Where the page begins: the position at which a thing was first touched, and how many of its changes came before.

    Raises BadAddress.
    """
    if AFTER not in asked:
        return 0, 0
    found = _AFTER.fullmatch(asked[AFTER])
    if found is None or int(found[2]) > MOST_ROWS:
        raise BadAddress(f'"{asked[AFTER][:40]}" is no place in this list. Open its first page.')
    return int(found[1]), int(found[2])


def _next(lines: list[ChangeLine]) -> str:
    """The place after the last of *lines*, of which the first may be of the page before."""
    position = lines[-1].key[0]
    return f"{position}.{sum(one.key[0] == position for one in lines)}"


def _things(changed: list[Changed]) -> list[Thing]:
    """The things that changed, each with its changes, in the order of the list."""
    found = []
    for _, group in groupby(changed, key=lambda one: one.line.thing):
        its = list(group)
        line = its[0].line
        rule = line.name if line.kind != "discrepancy" or line.name is None else in_words(line.name)
        number = f" {line.thing.rpartition('-')[2]}" if line.kind in _NUMBERED else ""
        name = ", ".join(dict.fromkeys(one for one in (line.reference, rule) if one))
        found.append(Thing(f"{_KINDS.get(line.kind, line.kind)}{number}", name, _path(line), its))
    return found


def _path(line: ChangeLine) -> str | None:
    """The path of the page of a thing; None if it has none."""
    match line.kind:
        case "programme" | "scheme" | "partnership":
            return f"/{line.kind}s/{line.reference}" if line.reference else None
        case "bankentry":
            return f"/bank/{line.thing}"
        case "discrepancy":
            return f"/discrepancies/{line.thing}"
        case "payment":
            award, _, number = line.thing.removeprefix("payment-").rpartition("-")
            return f"/payments/{award}/{number}"
    return None


def _changed(line: ChangeLine) -> Changed:
    money = any(value is not None and value.money is not None for value in (line.before, line.after))
    is_state = line.field in ("state", "status", "decision")
    before, after = (_words(value, line.field, is_state) for value in (line.before, line.after))
    return Changed(line, in_words(line.field), before, after, money)


def _words(value: Shown | None, field: str, is_state: bool) -> str:
    """A value for people: an amount with its currency, a day in words, a state in small letters."""
    if value is None:
        return ""
    if value.money is not None:
        return shown_amount(value.money.amount, value.money.currency)
    if value.id is None and value.items is None and field not in _TEXTS and _DATE.fullmatch(value.text):
        return shown_date(When(value.text))
    return in_words(value.text.lower()) if is_state else value.text


def _text(value: Shown | None) -> str | None:
    return value.text if value is not None else None
