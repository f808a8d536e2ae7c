"""``fundtrail log streams``, ``log events`` and ``log event``: the log, stream by stream and event by event."""

from collections.abc import Iterable
from typing import Annotated, Any

import typer
from rich.text import Text

from infra.cli.ask.audit import as_plain, print_lines
from infra.cli.asking import AsJson, NotThere, ask
from infra.cli.paper import moment_in_words
from infra.cli.terminal import UNUSABLE, fail, out, print_json, table_of
from pages.record.event import in_rows
from projections import progress
from projections.audit import reading as audit
from projections.audit import streams as log
from projections.tables.paging import Connection, Page, Window, page

Stream = Annotated[
    str, typer.Argument(metavar="STREAM", help="The stream, or a code or reference, such as partnership:dip.")
]
# The most events with the same correlation id that are listed.
CORRELATED = 20


async def stream_named(connection: Connection, name: str) -> str:
    """The stream that *name* stands for. Raises NotThere where there is none or more than one."""
    found = await log.streams_named(connection, name)
    if not found:
        raise NotThere(f'There is no stream "{name}", and nothing with this code or reference.')
    if len(found) > 1:
        named = ", ".join(f"{kind}:{name}" for kind, _ in found)
        raise NotThere(f'"{name}" stands for more than one stream. Name one of: {named}.')
    return found[0].stream


def streams(
    like: Annotated[str, typer.Option(metavar="TEXT", help="Only streams whose names contain this text.")] = "",
    after: Annotated[str, typer.Option(metavar="STREAM", help="Only streams after this one, by name.")] = "",
    limit: Annotated[int, typer.Option(min=1, max=100_000, help="At most this many streams.")] = 50,
    as_json: AsJson = False,
) -> None:
    """Print the streams of the log, in the order of their names."""
    found = ask(lambda connection: log.streams(connection, like, after, limit + 1))
    more, found = len(found) > limit, found[:limit]
    if as_json:
        print_json([{name: getattr(one, name) for name in one.__slots__} for one in found])
        return
    table = table_of("Stream", indent=0)
    for heading in ("Events", "First", "Last"):
        table.add_column(heading, justify="right")
    table.add_column("Last recorded")
    for one in found:
        numbers = (one.events, one.first, one.last)
        table.add_row(Text(one.stream), *map(str, numbers), moment_in_words(one.recorded_at))
    out.print(table)
    if more:
        out.print(f"More streams follow: go on with --after {found[-1].stream}.", soft_wrap=True)


def events(
    stream: Annotated[str | None, typer.Argument(metavar="STREAM", help="A stream, or a code or reference.")] = None,
    first: Annotated[int | None, typer.Option("--from", min=1, metavar="POSITION", help="From this position.")] = None,
    last: Annotated[int | None, typer.Option("--to", min=1, metavar="POSITION", help="To this position.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=100_000, help="At most this many events.")] = 100,
    as_json: AsJson = False,
) -> None:
    """Print the events of a stream, or of a slice of the log, in the order of the log."""
    if stream is None and first is None and last is None:
        fail("Name a stream, or give --from and --to.", UNUSABLE)
    if first is not None and last is not None and last < first:
        fail(f"--from is {first}, after --to, which is {last}.", UNUSABLE)

    async def question(connection: Connection) -> Page[audit.AuditLine]:
        named = await stream_named(connection, stream) if stream is not None else None
        listing = log.log_list(stream=named, first=first, last=last)
        return await page(connection, audit.AuditLine, listing, Window(size=limit))

    found = ask(question)
    if as_json:
        print_json([as_plain(one) for one in found.lines])
        return
    print_lines(found.lines)
    if found.has_next:
        out.print(f"More events follow: go on with --from {found.lines[-1].position + 1}.", soft_wrap=True)


def event(
    position: Annotated[int, typer.Argument(min=1, metavar="POSITION", help="The position of the event.")],
    as_json: AsJson = False,
) -> None:
    """Print an event with what led to it and what it led to."""

    async def question(connection: Connection) -> dict[str, Any]:
        found = await audit.events_at(connection, "position", [position])
        if not found:
            head = await progress.head(connection)
            raise NotThere(f"There is no event at position {position}. The log ends at position {head.position}.")
        (line,) = found
        return {
            "event": line,
            "caused_by": await log.causes_of(connection, line),
            "led_to": await log.effects_of(connection, line),
            "same_command": await log.of_its_command(connection, line),
            "same_correlation": await log.correlated(connection, line, CORRELATED),
        }

    found = ask(question)
    if as_json:
        effects = [as_plain(one) | {"steps": steps} for steps, one in found["led_to"]]
        others = ("caused_by", "same_command", "same_correlation")
        print_json(
            as_plain(found["event"])
            | {name: [as_plain(one) for one in found[name]] for name in others}
            | {"led_to": effects}
        )
        return
    _print_event(found)


def _print_event(found: dict[str, Any]) -> None:
    line: audit.AuditLine = found["event"]
    table = table_of("", "", indent=0)
    table.show_header = False
    for name, value in as_plain(line).items():
        if name != "data" and value is not None:
            table.add_row(Text(name.replace("_", " "), style="dim"), Text(str(value)))
    for name, words in in_rows(as_plain(line)["data"]):
        table.add_row(Text(f"data: {name}", style="dim"), Text(words))
    out.print(table)
    _print_chain("What led to it, the nearest first", ((1, one) for one in found["caused_by"]))
    _print_chain("What it led to", found["led_to"])
    _print_chain("Recorded by the same command", ((1, one) for one in found["same_command"]))
    _print_chain("Other commands with its correlation id", ((1, one) for one in found["same_correlation"]))


def _print_chain(heading: str, lines: Iterable[tuple[int, audit.AuditLine]]) -> None:
    rows = [f"{'  ' * steps}{one.position}  {one.name}  {one.stream}" for steps, one in lines]
    if rows:
        out.print(Text("\n".join([heading, *rows])), soft_wrap=True)
