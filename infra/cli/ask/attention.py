"""``fundtrail attention``: what is late, about to be, waiting or contradictory, and who must act."""

from collections.abc import Sequence
from datetime import date
from typing import Annotated, Any

import typer
from rich.text import Text

from domain.across.permissions import EVERY_AREA
from domain.values.shown import shown_amount, shown_count
from infra.cli.asking import AsJson, NotThere, ask
from infra.cli.terminal import UNUSABLE, fail, out, print_json, table_of
from projections.attention import BY_NAME, AttentionLine, Filter, Urgency, listing
from projections.register import reading as register
from projections.tables.paging import Connection, Window, page
from projections.tables.present import today

COLOURS = {"LATE": "red", "DISAGREES": "red", "DUE": "yellow", "WAITING": ""}
MOST = 1000


def attention(
    urgency: Annotated[
        str | None, typer.Option(metavar="URGENCY", help="Only late, disagrees, due or waiting.")
    ] = None,
    who: Annotated[str | None, typer.Option(metavar="WHO", help="Only what this one must act on.")] = None,
    partnership: Annotated[str | None, typer.Option(metavar="CODE", help="Only what is about it.")] = None,
    as_json: AsJson = False,
) -> None:
    """Print what needs attention now, the most urgent first, with who must act and which rule says so."""
    known = [one.value for one in Urgency]
    if urgency is not None and urgency not in known:
        fail(f"There is no urgency {urgency}. There are: {', '.join(known)}.", UNUSABLE)
    wanted = Filter(urgencies=[urgency.upper()] if urgency else None, who=who)
    day = today()
    lines = ask(lambda connection: _lines(connection, wanted, partnership, day))
    if as_json:
        print_json({"on": day.isoformat(), "attention": [_row(line) for line in lines]})
    else:
        _print_lines(lines)


async def _lines(connection: Connection, wanted: Filter, code: str | None, day: date) -> list[AttentionLine]:
    if code is not None:
        named = await register.partnerships_by(connection, "code", [code])
        if not named:
            raise NotThere(f"There is no partnership {code}.")
        wanted = Filter(urgencies=wanted.urgencies, who=wanted.who, partnership=named[0].id)
    found = await page(connection, AttentionLine, listing(wanted, EVERY_AREA, day=day), Window(size=MOST))
    return found.lines


def _row(line: AttentionLine) -> dict[str, Any]:
    kind = BY_NAME[line.kind]
    return {
        "kind": line.kind,
        "urgency": line.urgency,
        "why": kind.words,
        "rule": kind.rule,
        "thing": line.thing,
        "reference": line.reference,
        "partnership": line.partnership,
        "who": line.who,
        "since": line.since.isoformat() if line.since else None,
        "due": line.due.isoformat() if line.due else None,
        "days": line.days,
        "amount": f"{line.amount}" if line.amount is not None else None,
        "currency": line.currency,
    }


def _print_lines(lines: Sequence[AttentionLine]) -> None:
    out.print()
    heading = f"{shown_count(len(lines), 'thing')} {'needs' if len(lines) == 1 else 'need'} attention"
    out.print(Text(heading + (f": the first {MOST:,}" if len(lines) == MOST else ""), style="bold"))
    if not lines:
        return
    table = table_of("Urgency", "About", "Why", "Who must act")
    table.add_column("Since", no_wrap=True)
    table.add_column("Due", no_wrap=True)
    table.add_column("Days", justify="right", no_wrap=True)
    for line in lines:
        amount = f", {shown_amount(line.amount, line.currency)}" if line.amount is not None and line.currency else ""
        place = f" ({line.partnership})" if line.partnership else ""
        table.add_row(
            Text(line.urgency.lower(), style=COLOURS[line.urgency]),
            Text(f"{line.reference}{amount}{place}"),
            Text(BY_NAME[line.kind].words),
            Text(line.who),
            f"{line.since or ''}",
            f"{line.due or ''}",
            f"{line.days if line.days is not None else ''}",
        )
    out.print(table)
