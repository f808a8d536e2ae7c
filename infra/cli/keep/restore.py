"""``fundtrail restore``: a backup into an empty home, up to an instant, a position, or all there is."""

from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.text import Text

from domain.values.shown import shown_count
from infra.backups import erasures
from infra.backups.refusals import BackupRefused
from infra.backups.restoring import Restored, Source, restore
from infra.backups.targets import Wanted
from infra.cli.keep.backup import usable
from infra.cli.keep.looking import looked_at
from infra.cli.terminal import out, working

Folder = Annotated[Path, typer.Argument(metavar="FOLDER", help="The folder of the backups.")]
Named = Annotated[str | None, typer.Option("--backup", metavar="NAME", help="Begin with this backup, not the newest.")]
Alone = Annotated[bool, typer.Option("--without-archive", help="Restore the backup alone, without what came later.")]


def restored_into(
    folder: Folder,
    home: Annotated[Path, typer.Option(help="The empty folder to restore into: a new FUNDTRAIL_HOME.")],
    to: Annotated[
        str | None,
        typer.Option(
            "--to",
            metavar="INSTANT",
            help="Everything recorded by then, such as 2005-04-01T09:00Z. A day is its end in London.",
        ),
    ] = None,
    to_position: Annotated[
        int | None, typer.Option("--to-position", min=1, metavar="N", help="Everything up to this position of the log.")
    ] = None,
    name: Named = None,
    alone: Alone = False,
    erased: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="People erased since: a later `log export`, or a text with one id a line."),
    ] = None,
) -> None:
    """Restore a backup, and what the archive has after it, into an empty HOME; verify it before anything serves it."""
    if to is not None and to_position is not None:
        raise BackupRefused("Both --to and --to-position are given. Give one of them.")
    wanted = Wanted(_instant(to) if to else None, to_position)
    people = erasures.listed_in(erased) if erased else []
    with usable(home), working("Restoring") as say:
        found = restore(Source(folder, name, archive=not alone), home, wanted, looked_at, erased=people, say=say)
    _print(found, home)


def _instant(given: str) -> datetime:
    from api.contract.scalars import read_moment  # noqa: PLC0415 - commands without an instant load no GraphQL

    return read_moment(given)


def _print(found: Restored, home: Path) -> None:
    seconds = sum(found.seconds.values())
    recorded = f", recorded at {found.recorded_at:%d %b %Y %H:%M:%S %Z}" if found.recorded_at else ""
    lines = [
        f"Restored backup {found.backup.name} into {home} in {seconds:,.1f} seconds, and verified it.",
        f"The last event has position {found.position:,}{recorded}.",
        f"It is a new history of the log (timeline {found.timeline}). Take its backups into a new folder.",
    ]
    if found.erased:
        lines += [
            f"Erased later than that: {shown_count(len(found.erased), 'person', 'people')}. Their names were taken"
            " out of the directory again. Record each erasure again:",
            *(f"  fundtrail people erase {person}" for person in found.erased),
        ]
    else:
        lines.append("If a person was erased later than that, erase them again: the directory is that of this moment.")
    lines.append(f"To serve it: FUNDTRAIL_HOME={home} fundtrail serve")
    out.print(Text("\n".join(lines)), soft_wrap=True)
