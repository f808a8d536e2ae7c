"""``fundtrail projections``: how far the read models have got, and how to build them again."""

from collections.abc import Iterable
from typing import Annotated, Any

import typer
from rich.text import Text

from infra.cli.asking import AsJson, ask, our_database
from infra.cli.installed import Yes, confirm, print_name, shown_name
from infra.cli.paper import moment_in_words
from infra.cli.terminal import BROKEN, NOT_FOUND, fail, out, print_json, table_of, working
from infra.feeding.projector import retry
from infra.feeding.rebuild import rebuild_in_parallel
from projections import progress
from projections.read_models import READ_MODELS, ReadModel
from projections.tables.paging import Connection

Named = Annotated[str, typer.Argument(help="The read model.")]


def status(as_json: AsJson = False) -> None:
    """Print position, state and lag of each read model. Exits with 4 when one of them is not running."""

    async def question(connection: Connection) -> tuple[progress.Head, list[progress.ProgressLine]]:
        return await progress.head(connection), await progress.progress(connection)

    head, lines = ask(question)
    if as_json:
        print_json(
            {
                **shown_name(),
                "position": head.position,
                "projections": [_plain(head, line) for line in lines],
            }
        )
    else:
        print_name()
        print_progress(head, lines)
    if any(line.state != "running" for line in lines):
        raise typer.Exit(BROKEN)


def _plain(head: progress.Head, line: progress.ProgressLine) -> dict[str, Any]:
    paused = {"paused_at": line.paused_at, "paused_by": line.paused_by, "reason": line.reason}
    return {
        "name": line.name,
        "state": line.state,
        "position": line.position,
        "lag": max(0, head.position - line.position),
        "seconds_behind": round(line.seconds_behind, 3),
        "error": line.error,
        **(paused if line.state == "paused" else {}),
    }


def print_progress(head: progress.Head, lines: Iterable[progress.ProgressLine]) -> None:
    """Print how far each read model has got."""
    table = table_of("Read model", "State", indent=0)
    for heading in ("Position", "Behind", "Seconds"):
        table.add_column(heading, justify="right")
    for line in lines:
        behind = str(max(0, head.position - line.position))
        table.add_row(line.name, line.state, str(line.position), behind, f"{line.seconds_behind:.1f}")
        if line.error:
            table.add_row("", Text(f"stopped before {line.error}", style="red"), "", "", "")
        if line.paused_at is not None:
            by = f"paused by {line.paused_by} on {moment_in_words(line.paused_at)}: {line.reason}"
            table.add_row("", Text(by, style="yellow"), "", "", "")
    out.print(table)
    out.print(Text(f"The log is at position {head.position}."))


def try_again(
    name: Annotated[str | None, typer.Argument(help="The read model; every stopped one by default.")] = None,
) -> None:
    """Let stopped read models try again. No event is ever skipped."""
    again = retry(our_database(), _models(name))
    out.print(f"{', '.join(again)} may try again." if again else "No read model has stopped.")


def rebuild(
    name: Annotated[str | None, typer.Argument(help="The read model; all of them by default.")] = None,
    yes: Yes = False,
) -> None:
    """Build read models again from the log. Readers see the old one until the new one is complete."""
    models = _models(name)
    confirm(f"Rebuild {', '.join(model.NAME for model in models)}", yes=yes)
    with working(f"Rebuilding {', '.join(model.NAME for model in models)}"):
        rebuild_in_parallel(our_database(), models)
    for model in models:
        out.print(f"{model.NAME} is rebuilt.")


def model_named(name: str) -> ReadModel:
    """The read model called *name*. Ends the command where there is none."""
    return _models(name)[0]


def _models(name: str | None) -> list[ReadModel]:
    models = [model for model in READ_MODELS if name in (None, model.NAME)]
    if not models:
        fail(f"There is no read model {name}. There are: {', '.join(m.NAME for m in READ_MODELS)}.", NOT_FOUND)
    return models
