"""``fundtrail log export`` and ``log restore``: the whole log as a file."""

import os
from pathlib import Path
from typing import Annotated

import typer

from domain.values.shown import shown_count
from infra.cli.asking import our_database
from infra.cli.installed import Yes, confirm
from infra.cli.terminal import UNUSABLE, fail, out, working
from infra.feeding.migrate import migrate
from infra.feeding.projector import up_to_date
from infra.log import log_file
from infra.log.log_file import BadLogFile, Kept, LogNotEmpty


def export(file: Annotated[Path, typer.Argument(help="The file to write. It must not exist yet.")]) -> None:
    """Write the whole log into *file*, as it is at one moment. The database's owner may do this."""
    partial = file.with_name(f"{file.name}.partial")
    try:
        if file.exists():
            fail(f"{file} exists already. Choose another name, or remove it.", UNUSABLE)
        with (
            working("Writing the log"),
            os.fdopen(os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as to,
        ):
            kept = log_file.export(our_database(), to)
            to.flush()
            os.fsync(to.fileno())
        partial.rename(file)
    except FileExistsError:
        fail(f"{partial} exists already: another export is writing it, or was broken off. Remove it first.", UNUSABLE)
    except OSError as error:
        fail(f"{file} cannot be written: {error.strerror}.", UNUSABLE)
    out.print(f"Wrote {_said(kept)} into {file}.")


def restore(
    file: Annotated[Path, typer.Argument(help="A file that `fundtrail log export` wrote.")], yes: Yes = False
) -> None:
    """Record the log in *file*, with its own times of recording, in an empty database. Its owner may do this."""
    confirm(f"Restore {file}", yes=yes)
    where = our_database()
    try:
        with file.open("rb") as kept_in, working("Restoring the log") as say:
            migrate(where)
            kept = log_file.restore(where, kept_in)
            say("Filling the read models")
            up_to_date(where)
    except OSError as error:
        fail(f"{file} cannot be read: {error.strerror}.", UNUSABLE)
    except (LogNotEmpty, BadLogFile) as error:
        fail(str(error), UNUSABLE)
    out.print(f"Restored {_said(kept)} from {file}.")


def _said(kept: Kept) -> str:
    events, commands = shown_count(kept.events, "event"), shown_count(kept.commands, "command")
    return f"{events} of {commands}, up to position {kept.position:,},"
