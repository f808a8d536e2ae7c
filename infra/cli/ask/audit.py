"""``fundtrail audit``: the events of the log, with who recorded them, when, and under which authority."""

import json
from collections.abc import Iterable, Sequence
from datetime import date
from difflib import get_close_matches
from typing import Annotated, Any, get_args

import typer
from rich.text import Text

from domain.values.shown import shown_date
from domain.values.when import When
from infra.cli.ask.timeline import thing_by
from infra.cli.asking import AsAt, AsJson, KnownAt, ask, clocks, known_by, recording_asked
from infra.cli.terminal import NOT_FOUND, err, fail, out, print_json, table_of
from projections.audit import reading as trail
from projections.tables.effect import counts_from
from projections.tables.paging import Connection, Listing, Page, Window


def audit(
    partnership: Annotated[str | None, typer.Option(help="Only this partnership, by code.")] = None,
    stream: Annotated[str | None, typer.Option(help="Only this stream.")] = None,
    name: Annotated[list[str] | None, typer.Option(help="Only events of this name; may be given again.")] = None,
    actor: Annotated[str | None, typer.Option(help="Only what this actor recorded.")] = None,
    after: Annotated[int, typer.Option(min=0, help="Only after this position.")] = 0,
    limit: Annotated[int, typer.Option(min=1, max=100_000, help="At most this many events.")] = 50,
    as_at: AsAt = None,
    known_at: KnownAt = None,
    since: Annotated[
        str | None,
        typer.Option(
            "--from", metavar="INSTANT", help="Only what was recorded on this day, or at this instant, or later."
        ),
    ] = None,
    until: Annotated[
        str | None,
        typer.Option(
            "--to", metavar="INSTANT", help="Only what was recorded on this day, or at this instant, or earlier."
        ),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Print the events that match every option, in the order of the log."""
    first, last = recording_asked("--from", since, "--to", until)
    _check_names(name or [])
    day, instant = clocks(as_at, known_at)

    async def question(connection: Connection) -> Page[trail.AuditLine]:
        partnership_id = (await thing_by(connection, partnership, "partnership")).id if partnership else None
        listing = trail.audit_list(
            partnership_id=partnership_id,
            stream=stream,
            names=name,
            actor=actor,
            after=after,
            up_to=await known_by(connection, instant) if instant is not None else None,
            recorded_from=first,
            recorded_to=last,
        )
        return await _effective_by(connection, listing, day if as_at is not None else None, limit)

    page = ask(question)
    if as_json:
        print_json([as_plain(line) for line in page.lines])
    else:
        print_lines(page.lines)
    if page.has_next:
        _say_more_follows(page.lines[-1].position, as_json=as_json)


def _check_names(names: Sequence[str]) -> None:
    """End the command for a name that no event has."""
    if names:
        from domain.history import Event  # noqa: PLC0415 - it loads every stream, which most questions do without

        known = {event.__name__ for event in get_args(Event)}
        for name in names:
            if name not in known:
                near = get_close_matches(name, sorted(known), n=1)
                hint = f" Did you mean {near[0]}?" if near else ""
                fail(f"There is no event named {name}.{hint}", NOT_FOUND)


async def _effective_by(
    connection: Connection, listing: Listing, day: date | None, limit: int
) -> Page[trail.AuditLine]:
    """The first events of a list that were effective on *day*; without one, the first events."""
    lines: list[trail.AuditLine] = []
    window = Window(size=limit)
    while True:
        found = await trail.entries(connection, listing, window)
        lines += [one for one in found.lines if day is None or counts_from(When(one.effective)) <= day]
        if len(lines) > limit or not found.has_next:
            return Page(lines=lines[:limit], has_next=found.has_next or len(lines) > limit, has_previous=False)
        if len(lines) == limit:
            return Page(lines=lines, has_next=True, has_previous=False)
        window = Window(size=limit, after=(found.lines[-1].position,))


def _say_more_follows(position: int, *, as_json: bool) -> None:
    """Say it below the table, and on standard error when the output is JSON or goes to a file."""
    sentence = f"More events follow: go on with --after {position}, or give a larger --limit."
    if not as_json:
        out.print(sentence, soft_wrap=True)
    if as_json or not out.is_terminal:
        err.print(sentence, soft_wrap=True)


def print_lines(lines: Iterable[trail.AuditLine]) -> None:
    """Print events with who recorded them, when and under which authority."""
    table = table_of(indent=0)
    table.add_column("Position", justify="right")
    for heading in ("Known since", "Event", "Effective", "Actor", "Authority"):
        table.add_column(heading, no_wrap=heading != "Authority")
    table.add_column("Stream", overflow="fold")
    for line in lines:
        table.add_row(
            str(line.position),
            f"{line.recorded_at:%Y-%m-%d %H:%M:%S}",
            line.name,
            shown_date(When(line.effective)),
            Text(line.actor if line.actor_name is None else f"{line.actor_name} ({line.actor})"),
            Text(line.authority or ""),
            line.stream,
        )
    out.print(table)


def as_plain(line: trail.AuditLine) -> dict[str, Any]:
    """An event as JSON has it."""
    return {
        "position": line.position,
        "event_id": line.id,
        "recorded_at": line.recorded_at.isoformat(),
        "effective": line.effective,
        "name": line.name,
        "stream": line.stream,
        "version": line.version,
        "actor": line.actor,
        "actor_name": line.actor_name,
        "authority": line.authority,
        "command_id": line.command_id,
        "correlation_id": line.correlation_id,
        "causation_id": line.causation_id,
        "data": json.loads(line.data),
    }
