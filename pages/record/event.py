"""The page of an event: what happened, who recorded it when and by which authority, where from, and what followed."""

import json
import re
from decimal import Decimal
from typing import Any

from domain.values.fact import DateCorrected, StatementReplaced
from domain.values.shown import shown_amount, shown_date
from domain.values.when import NotADate, When
from pages.frame.clocks import Clocks
from pages.frame.page import NotThere, Page
from pages.frame.words import in_words
from projections.audit import reading as audit
from projections.audit.reading import AuditLine
from projections.audit.streams import causes_of, effects_of
from projections.people import reading as people
from projections.people.office import DelegationShown, shown_limits
from projections.people.reading import DELEGATIONS, PersonLine
from projections.tables.paging import Connection, Window
from projections.timeline import reading as timeline

# A day, also an approximate one, as it is stored.
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}~?")
# The events that correct another one, and the most that are read of a stream.
CORRECTING = (DateCorrected.__name__, StatementReplaced.__name__)
MOST = 1000
# The most events that are shown of those that one command recorded: a statement of a bank has thousands.
BESIDE = 100


async def event(connection: Connection, clocks: Clocks, position: str) -> Page:
    """The page of the event at *position* of the log. Raises NotThere."""
    line = await _at(connection, position, clocks)
    listing = audit.audit_list(command_id=line.command_id, up_to=clocks.position)
    with_it = await audit.entries(connection, listing, Window(size=BESIDE))
    effects = [one for _, one in await effects_of(connection, line)]
    told = await timeline.entries_by(connection, "id", [f"entry{line.id.removeprefix('event')}"])
    body = json.loads(line.data)
    source = body.pop("source", None)
    return Page(
        template="record/event.html",
        title=told[0].title if told else in_words(line.name),
        section="audit",
        path=f"/events/{line.position}",
        trail=[("Audit", "/audit")],
        values={
            "event": line,
            "person": await _person(connection, line),
            "under": await _authority(connection, line),
            "kind": in_words(line.name),
            "lane": told[0].lane.lower() if told else None,
            "body": in_rows(body),
            "source": source,
            "with_it": [one for one in with_it.lines if one.id != line.id],
            "more_with_it": with_it.has_next,
            "causes": await causes_of(connection, line),
            "effects": [one for one in effects if one.position <= clocks.position],
            "corrections": await _corrections(connection, line, clocks),
        },
    )


async def _at(connection: Connection, position: str, clocks: Clocks) -> AuditLine:
    if position.isascii() and position.isdigit() and len(position) <= 18 and int(position) <= clocks.position:
        found = await audit.events_at(connection, "position", [int(position)])
        if found:
            return found[0]
    raise NotThere(f"There is no event at position {position[:20]} of the log, as it was known then.")


async def _person(connection: Connection, line: AuditLine) -> PersonLine | None:
    """The person who recorded the event; None if the actor is no person."""
    return next(iter(await people.people_by(connection, "id", [line.actor])), None)


async def _authority(connection: Connection, line: AuditLine) -> DelegationShown | None:
    """The delegated authority under which the event was decided; None if there is none."""
    named = [line.authority] if line.authority else []
    return next(
        iter(await shown_limits(connection, await people.held_by(connection, "id", named, of=DELEGATIONS))), None
    )


async def _corrections(connection: Connection, line: AuditLine, clocks: Clocks) -> list[AuditLine]:
    """The events that corrected the date of the event, or replaced what it states."""
    listing = audit.audit_list(stream=line.stream, names=CORRECTING, after=line.position, up_to=clocks.position)
    found = await audit.entries(connection, listing, Window(size=MOST))
    return [one for one in found.lines if json.loads(one.data).get("version") == line.version]


def in_rows(body: dict[str, Any], above: str = "") -> list[tuple[str, str]]:
    """The fields of the stored body that have a value, as words; an amount in one row."""
    rows: list[tuple[str, str]] = []
    for name, value in body.items():
        words = f"{above}{name.removesuffix('_id').replace('_', ' ')}"
        if value is None or value in ([], ""):
            continue
        if isinstance(value, dict) and {"amount", "currency"} == set(value):
            rows.append((words, shown_amount(Decimal(value["amount"]), value["currency"])))
        elif isinstance(value, dict):
            rows += in_rows(value, f"{words}: ")
        elif isinstance(value, list):
            rows.append(
                (
                    words,
                    "; ".join(
                        json.dumps(one, ensure_ascii=False) if isinstance(one, dict) else str(one) for one in value
                    ),
                )
            )
        else:
            rows.append((words, _text(value)))
    return rows


def _text(value: object) -> str:
    """A stored value as a person reads it: a day in words."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, str) and _DAY.fullmatch(value):
        try:
            return shown_date(When(value))
        except NotADate:
            return value
    return str(value)
