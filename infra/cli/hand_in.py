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

from infra.cli.asking import actor_named
from infra.cli.command_lines import HandedIn, hand_in
from infra.database.postgres import Database
from infra.feeding.projector import project_all
from infra.log.postgres_log import PostgresLog

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
        text = _text_of(file, fail)
        if not text.strip():
            # Nothing is wrong with it: a script may have had nothing to ask.
            typer.echo(f"{_called(file)} holds no command.", err=True)
            return
        database = where()
        refused = 0
        with PostgresLog(database) as log:
            for told in hand_in(log, text.split("\n"), actor):
                refused += told.position is None
                if as_json:
                    sys.stdout.write(json.dumps(asdict(told), ensure_ascii=False) + "\n")
                else:
                    out.print(_sentence(told))
        project_all(database)
        if refused:
            raise typer.Exit(REFUSED)


def _called(file: Path) -> str:
    return "Standard input" if str(file) == "-" else str(file)


def _text_of(file: Path, fail: Callable[[str, int], Any]) -> str:
    """The lines of *file*, in UTF-8 whatever the terminal speaks."""
    try:
        return (sys.stdin.buffer.read() if str(file) == "-" else file.read_bytes()).decode("utf-8-sig")
    except IsADirectoryError:
        fail(f"{file} is a folder, not a file of commands.", 2)
        raise
    except OSError as error:
        fail(f"{_called(file)} cannot be read: {error.strerror}.", 2)
        raise
    except UnicodeDecodeError as error:
        fail(f"{_called(file)} is not written in UTF-8: byte {error.start + 1} is none of it.", 2)
        raise


def _sentence(told: HandedIn) -> Text:
    what = f"{told.line}: {told.command or 'no command'}"
    if told.position is not None and not told.recorded:
        # The event at its position is somebody else's.
        return Text(f"{what}, {'handed in before: ' if told.replayed else ''}stood so before; nothing recorded")
    if told.position is not None:
        return Text(f"{what}, {'recorded before' if told.replayed else 'recorded'} at position {told.position}")
    return Text(f"{what}, refused: {f'{told.rule}: ' if told.rule else ''}{told.reason}", style="red")
