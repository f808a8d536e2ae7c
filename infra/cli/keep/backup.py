"""``fundtrail backup``: take backups, archive the write-ahead log, and see what there is."""

import errno
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.text import Text

from infra.backups import archived, kept
from infra.backups.archiving import archiving
from infra.backups.archiving import end as end_archiving
from infra.backups.kept import Backup
from infra.backups.pruning import pruned
from infra.backups.refusals import BackupBroken, NoBackup
from infra.backups.taking import take
from infra.cli.asking import AsJson, our_database
from infra.cli.stopping import STOPPING, ending, server_kept_running
from infra.cli.terminal import BROKEN, UNUSABLE, fail, out, print_json, table_of, working
from infra.database.home import home

Folder = Annotated[Path, typer.Argument(metavar="FOLDER", help="The folder of the backups, best on another disk.")]


def backup(
    folder: Folder,
    incremental: Annotated[
        bool, typer.Option("--incremental", help="Keep only what has changed since the newest backup there.")
    ] = False,
    keep: Annotated[
        int | None,
        typer.Option(
            min=1, metavar="N", help="Then remove all but the N newest whole backups, and what only they need."
        ),
    ] = None,
) -> None:
    """Take a backup of the whole database into FOLDER while it is in use, and check what was written."""
    _refuse_inside(folder)
    where = our_database()
    with usable(folder), working("Backing up"):
        taken = take(where, folder, incremental=incremental)
        removed = pruned(folder, keep) if keep else []
    has = f"at least up to position {taken.about.began.position:,}"
    out.print(Text(f"Backed up into {taken.path}: {_size(taken.bytes)}, {has}."))
    for path in removed:
        out.print(Text(f"Removed {path}."))


@contextmanager
def usable(folder: Path) -> Iterator[None]:
    """End the command with a sentence where a file of *folder* cannot be read or written."""
    try:
        yield
    except OSError as error:
        if error.errno == errno.EPIPE:
            raise
        fail(f"{error.filename or folder} cannot be read or written: {error.strerror or error}.", UNUSABLE)


def _refuse_inside(folder: Path) -> None:
    """Refuse a folder within the files of the embedded server: a backup would contain the backups before it."""
    if folder.resolve().is_relative_to((home() / "postgres").resolve()):
        fail(f"{folder} is within the database's own files. Name a folder elsewhere, best on another disk.", UNUSABLE)


@ending(*STOPPING, code=0)
def archive(
    folder: Folder,
    synchronous: Annotated[
        bool, typer.Option("--synchronous", help="Let every append wait until the archive has it on its disk.")
    ] = False,
    end: Annotated[
        bool, typer.Option("--end", help="End archiving for good: nothing waits for the archive or is kept for it.")
    ] = False,
) -> None:
    """Receive the write-ahead log into FOLDER as it is written, until stopped. It fills the time between backups."""
    _refuse_inside(folder)
    where = our_database()
    if end:
        end_archiving(where)
        out.print("The server waits for the archive no longer, and keeps nothing for it.")
        return
    with usable(folder), server_kept_running(), archiving(where, folder, synchronous=synchronous) as begun:
        out.print(Text(f"Archiving the write-ahead log into {folder / kept.WAL}. Stop with Ctrl+C."))
        begun.follow()


# --- What there is ----------------------------------------------------------------------------------------------------


def listed(folder: Folder, as_json: AsJson = False) -> None:
    """List the backups in FOLDER, check each, and the archive. Exits with 4 when one is not as it was written."""
    if not folder.is_dir():
        raise NoBackup(f"{folder} is not a folder.")
    with usable(folder), working("Checking") as say:
        rows = list(_rows(folder, say))
    found = archived.received(folder)
    if as_json:
        print_json({"backups": rows, "archive": _archive(found)})
    else:
        _print(rows, found)
    if any(row["faults"] for row in rows):
        raise typer.Exit(BROKEN)


def _rows(folder: Path, say: Any) -> Iterator[dict[str, Any]]:
    for path in kept.paths(folder):
        say(f"Checking {path.name}")
        try:
            one = kept.read(path)
            faults = list(_faults(one, folder))
        except BackupBroken as error:
            yield {"name": path.name, "kind": "unknown", "faults": [str(error)]}
            continue
        about = one.about
        yield {
            "name": one.name,
            "kind": "incremental" if about.onto else "whole",
            "onto": about.onto,
            "bytes": one.bytes,
            "position": about.began.position,
            "ended": about.ended.position,
            "faults": faults,
        }


def _faults(one: Backup, folder: Path) -> Iterator[str]:
    yield from kept.faults(one)
    try:
        kept.chain(one)
        archived.following(one, folder)
    except BackupBroken as error:
        yield str(error)


def _archive(found: archived.Received | None) -> dict[str, Any] | None:
    if found is None:
        return None
    return {"place": found.place, "known_until": found.at, "behind": found.behind, "synchronous": found.synchronous}


def _print(rows: list[dict[str, Any]], found: archived.Received | None) -> None:
    table = table_of("Backup", "Kind", indent=0)
    for heading in ("Size", "Position"):
        table.add_column(heading, justify="right")
    table.add_column("Is whole", overflow="fold")
    for row in rows:
        right = Text("yes") if not row["faults"] else Text("\n".join(row["faults"]), style="red")
        size = _size(row["bytes"]) if "bytes" in row else ""
        table.add_row(row["name"], row["kind"], size, f"{row['position']:,}" if "position" in row else "", right)
    out.print(table)
    if found is None:
        out.print("There is no archive: what was recorded after a backup began may be missing from it.")
    else:
        waits = "appends wait for it" if found.synchronous else f"{_size(found.behind)} behind then"
        out.print(Text(f"The archive has everything that was recorded by {found.at:%d %b %Y %H:%M:%S %Z} ({waits})."))


def _size(number: int) -> str:
    return f"{number / 1_000_000:,.1f} MB"
