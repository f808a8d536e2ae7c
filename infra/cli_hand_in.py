"""The command line's desk: ``fundtrail hand-in``."""

import json
import sys
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.text import Text

from infra.cli_asking import actor_named
from infra.hand_in import HandedIn, hand_in
from infra.log import PostgresLog
from infra.postgres import Database
from infra.projector import project_all

REFUSED = 4


def add_hand_in(app: typer.Typer, where: Callable[[], Database], out: Console, fail: Callable[[str, int], Any]) -> None:
    """Add the command to *app*."""

    @app.command(name="hand-in")
    def hand_in_(
        file: Annotated[Path, typer.Argument(help="A file of commands, one JSON object a line; - for standard input.")],
        actor: Annotated[
            str, typer.Option("--as", callback=actor_named, metavar="NAME", help="Who gives the commands.")
        ],
        as_json: Annotated[bool, typer.Option("--json", help="Print JSON lines for scripts.")] = False,
    ) -> None:
        """Hand in commands: open rounds, set standards, ask bidders, vary awards, and all else that the desk takes."""
        try:
            text = sys.stdin.read() if str(file) == "-" else file.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            fail(f"{file} cannot be read: {error}.", 2)
            return
        database = where()
        refused = 0
        with PostgresLog(database) as log:
            for told in hand_in(log, text.splitlines(), actor):
                refused += told.position is None
                if as_json:
                    sys.stdout.write(json.dumps(asdict(told), ensure_ascii=False) + "\n")
                else:
                    out.print(_sentence(told))
        project_all(database)
        if refused:
            raise typer.Exit(REFUSED)


def _sentence(told: HandedIn) -> Text:
    what = f"{told.line}: {told.command or 'no command'}"
    if told.position is not None and not told.recorded:
        # The event at its position is somebody else's.
        return Text(f"{what}, {'handed in before: ' if told.replayed else ''}stood so before; nothing recorded")
    if told.position is not None:
        return Text(f"{what}, {'recorded before' if told.replayed else 'recorded'} at position {told.position}")
    return Text(f"{what}, refused: {f'{told.rule}: ' if told.rule else ''}{told.reason}", style="red")
