"""``fundtrail hand-in``: commands from a file, one JSON object a line."""

import json
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, get_args

import typer
from rich.text import Text

from domain import discrepancy
from domain.desk import decide
from domain.history import Command
from domain.reading import Reading
from infra.cli.asking import actor_named, ask, our_database
from infra.cli.record import command_lines
from infra.cli.record.command_lines import HandedIn
from infra.cli.terminal import BROKEN, UNUSABLE, fail, out
from infra.database.postgres import Database
from infra.feeding.migrate import migrate
from infra.feeding.projector import up_to_date
from infra.log.postgres_log import PostgresLog
from projections.discrepancies.explaining import NothingToExplain, may_be_explained
from projections.discrepancies.reading import discrepancies_by
from projections.tables.present import today


def who(given: str | None) -> str | None:
    """The name after ``--as``; None where the lines name who gives them. Raises Problem."""
    return None if given is None else actor_named(given)


def hand_in(
    file: Annotated[Path, typer.Argument(help="A file of commands, one JSON object a line; - for standard input.")],
    actor: Annotated[
        str | None,
        typer.Option(
            "--as", callback=who, metavar="NAME", help='Who gives the commands. A line may name another: "as".'
        ),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON lines for scripts.")] = False,
) -> None:
    """Give the commands of *file*, in order. Exits with 4 when one is refused; the others are recorded."""
    text = _text_of(file)
    if not text.strip():
        # Not an error: a script may have had nothing to ask.
        typer.echo(f"{_called(file)} contains no command.", err=True)
        return
    database = our_database()
    migrate(database)
    refused = 0
    with PostgresLog(database) as log:
        for line in command_lines.hand_in(log, text.split("\n"), actor, lambda command: found(database, log, command)):
            refused += line.position is None
            if as_json:
                sys.stdout.write(json.dumps(asdict(line), ensure_ascii=False) + "\n")
            else:
                out.print(_sentence(line))
    up_to_date(database)
    if refused:
        raise typer.Exit(BROKEN)


def found(database: Database, log: PostgresLog, command: Command) -> None:
    """Check that a command about a discrepancy is about one that the register found, with the figures that were seen.

    Raises NothingToExplain and FiguresChanged, as the API does, and first what the domain refuses.
    """
    if not isinstance(command, get_args(discrepancy.Command)):
        return
    decide(Reading(log), command)
    up_to_date(database)
    day = today()
    lines = ask(lambda connection: discrepancies_by(connection, "id", [command.stream], as_at=day))
    if not lines:
        raise NothingToExplain
    if isinstance(command, discrepancy.ExplainDiscrepancy | discrepancy.WaiveDiscrepancy):
        may_be_explained(lines[0], command.seen)


def _called(file: Path) -> str:
    return "Standard input" if str(file) == "-" else str(file)


def _text_of(file: Path) -> str:
    """The text of *file*, read as UTF-8 whatever the terminal uses."""
    try:
        return (sys.stdin.buffer.read() if str(file) == "-" else file.read_bytes()).decode("utf-8-sig")
    except IsADirectoryError:
        fail(f"{file} is a folder, not a file of commands.", UNUSABLE)
    except OSError as error:
        fail(f"{_called(file)} cannot be read: {error.strerror}.", UNUSABLE)
    except UnicodeDecodeError as error:
        fail(f"{_called(file)} is not written in UTF-8: byte {error.start + 1} does not belong to it.", UNUSABLE)


def _sentence(line: HandedIn) -> Text:
    what = f"{line.line}: {line.command or 'no command'}"
    if line.position is not None and not line.recorded:
        # The event at its position is another command's.
        again = "handed in before; " if line.replayed else ""
        return Text(f"{what}, {again}nothing recorded: everything was so already")
    if line.position is not None:
        return Text(f"{what}, {'recorded before' if line.replayed else 'recorded'} at position {line.position}")
    return Text(f"{what}, refused: {f'{line.rule}: ' if line.rule else ''}{line.reason}", style="red")
