"""``fundtrail changes``: what changed between two moments, who recorded it and why."""

import asyncio
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Annotated, Any, NamedTuple

import typer
from rich.text import Text

from api.contract.scalars import write_instant
from domain.values.fact import Fact
from domain.values.shown import shown_amount
from infra.cli.asking import AsCsv, AsJson, NotThere, ask, known_by
from infra.cli.terminal import UNUSABLE, err, fail, out, print_json, table_of
from infra.exports.two_clocks import clocks_asked
from infra.files.csv_and_jsonl import print_csv
from infra.log.codec import CODEC
from projections import awards
from projections.changes import reading
from projections.changes.figures import Span
from projections.changes.reading import ChangeLine, Scope, Shown
from projections.register import reading as register
from projections.tables.paging import Connection, Page, Window, lines_of

COLUMNS = (
    "kind", "thing", "reference", "name", "field", "before", "after", "recorded_by", "because", "recorded_at",
    "positions",
)  # fmt: skip


class Between(NamedTuple):
    """The two moments, and the day that both answers are for."""

    start: datetime
    end: datetime
    as_at: date


def changes(
    start: Annotated[str, typer.Option("--from", metavar="INSTANT", help="The first moment: 2005-04-01T09:00Z.")],
    to: Annotated[str, typer.Option("--to", metavar="INSTANT", help="The second moment.")],
    partnership: Annotated[str | None, typer.Option(help="Only this partnership, by code or id.")] = None,
    award: Annotated[str | None, typer.Option(help="Only this award, by reference or id.")] = None,
    scheme: Annotated[str | None, typer.Option(help="Only this scheme, by code or id.")] = None,
    programme: Annotated[str | None, typer.Option(help="Only this programme, by code or id.")] = None,
    as_at: Annotated[
        str | None, typer.Option("--as-at", metavar="DATE", help="The day of both answers. By default that of --to.")
    ] = None,
    limit: Annotated[int, typer.Option(min=1, max=100_000, help="At most this many changes.")] = 1000,
    as_json: AsJson = False,
    as_csv: AsCsv = False,
) -> None:
    """Print each field whose value at the second moment is another than at the first, with who changed it and why."""
    named = {"partnership": partnership, "award": award, "scheme": scheme, "programme": programme}
    given = [(kind, name) for kind, name in named.items() if name is not None]
    if len(given) > 1:
        fail("Several things are named. Give only one of --partnership, --award, --scheme and --programme.", UNUSABLE)
    between = _between(start, to, as_at)

    async def question(connection: Connection) -> Page[ChangeLine]:
        span = Span(await known_by(connection, between.start), await known_by(connection, between.end), between.as_at)
        scope = await _scope(connection, *given[0]) if given else Scope()
        window = Window(size=limit)
        return await reading.changes(connection, lambda streams: _histories(connection, streams), span, scope, window)

    found = ask(question)
    lines = found.lines
    if as_json:
        print_json([_as_plain(line) for line in lines])
    elif as_csv:
        asyncio.run(print_csv([_as_row(line) for line in lines], COLUMNS))
    else:
        _print(lines, between)
    if found.has_next:
        err.print(f"More changes follow the first {limit:,}. Give a larger --limit.", soft_wrap=True)


def _between(start: str, to: str, as_at: str | None) -> Between:
    day, ends = clocks_asked(as_at, to)
    _, begins = clocks_asked(None, start)
    if begins is None or ends is None or ends < begins:
        fail("--from is after --to. Give the earlier moment as --from.", UNUSABLE)
    return Between(begins, ends, day)


async def _scope(connection: Connection, kind: str, name: str) -> Scope:
    """The scope of a thing. Raises NotThere."""
    if kind == "award":
        by_id = await awards.awards_by(connection, "id", [name])
        ids = [one.id for one in by_id or await awards.awards_by(connection, "reference", [name])]
    else:
        ids = [one.id for one in await register.things_by(connection, "name", [name], kind=kind)]
    if not ids:
        raise NotThere(f"There is no {kind} {name}.")
    return Scope(kind, ids[0])


async def _histories(connection: Connection, streams: Sequence[str]) -> Mapping[str, Sequence[Fact]]:
    found: dict[str, list[Fact]] = {}
    statement = (
        "SELECT originator_id, topic, schema_version, state FROM events WHERE originator_id = ANY (%(streams)s)"
        " ORDER BY originator_id, originator_version"
    )
    for stream, name, version, body in await lines_of(connection, tuple, statement, {"streams": list(streams)}):
        found.setdefault(stream, []).append(CODEC.decode(name, version, body))
    return found


# --- Forms of output --------------------------------------------------------------------------------------------------


def _print(lines: Sequence[ChangeLine], between: Between) -> None:
    out.print(
        f"Changes from {write_instant(between.start)} to {write_instant(between.end)}, as at {between.as_at}",
        soft_wrap=True,
    )
    if not lines:
        out.print("Nothing changed.")
        return
    table = table_of("Thing", "Field", "Before", "After", "Recorded by", "Why")
    for line in lines:
        table.add_row(
            Text(f"{line.kind} {line.reference or line.name or line.thing}{_number(line)}"),
            line.field.replace("_", " "),
            Text(_in_words(line.before)),
            Text(_in_words(line.after)),
            Text(", ".join(line.actors)),
            Text("; ".join(line.reasons)),
        )
    out.print(table)


def _number(line: ChangeLine) -> str:
    """The number of a part, which its id ends with; empty for anything else."""
    stream = line.key[1]
    return f" {line.thing.rpartition(f'{stream}-')[2]}" if line.thing.startswith(f"{line.kind}-{stream}-") else ""


def _in_words(value: Shown | None) -> str:
    if value is None:
        return "none"
    return shown_amount(value.money.amount, value.money.currency) if value.money else value.text


def _as_row(line: ChangeLine) -> dict[str, Any]:
    return {
        "kind": line.kind,
        "thing": line.thing,
        "reference": line.reference,
        "name": line.name,
        "field": line.field,
        "before": line.before.text if line.before else None,
        "after": line.after.text if line.after else None,
        "recorded_by": "; ".join(line.actors),
        "because": "; ".join(line.reasons),
        "recorded_at": write_instant(line.recorded_at),
        "positions": " ".join(map(str, line.positions)),
    }


def _as_plain(line: ChangeLine) -> dict[str, Any]:
    lists = {"recorded_by": line.actors, "because": line.reasons, "positions": line.positions}
    return _as_row(line) | lists | {"event_count": line.event_count}
