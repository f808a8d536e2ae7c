"""``fundtrail rehearse``: restore the newest backup where nobody uses it, and see what that takes and would lose."""

from pathlib import Path
from typing import Annotated

import typer
from rich.text import Text

from domain.values.shown import shown_count
from infra.backups.rehearsing import Rehearsed, rehearse
from infra.backups.restoring import Source
from infra.cli.asking import AsJson, our_database
from infra.cli.keep.backup import usable
from infra.cli.keep.looking import looked_at
from infra.cli.keep.restore import Alone, Folder, Named
from infra.cli.terminal import out, print_json, working


def rehearsed(
    folder: Folder,
    name: Named = None,
    alone: Alone = False,
    within: Annotated[
        Path | None,
        typer.Option("--in", metavar="FOLDER", help="Where to restore; the folder of temporary files by default."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Restore the newest backup into a temporary home, verify it, compare it with the live log, and remove it.

    Exits with 4 when the backup cannot be trusted: a cron job should report that.
    """
    where = our_database()
    with usable(within or folder), working("Rehearsing") as say:
        found = rehearse(where, Source(folder, name, archive=not alone), looked_at, within=within, say=say)
    if as_json:
        print_json(_json(found))
    else:
        _print(found)


def _json(found: Rehearsed) -> dict[str, object]:
    return {
        "backup": found.restored.backup.name,
        "position": found.restored.position,
        "events": found.log.events,
        "sha256": found.log.sha256,
        "recovery_seconds": round(found.seconds, 3),
        "parts": {part: round(seconds, 3) for part, seconds in found.restored.seconds.items()},
        "lost_events": found.loss.events,
        "lost_seconds": round(found.loss.seconds, 3),
    }


def _print(found: Rehearsed) -> None:
    parts = ", ".join(f"{part[0].lower()}{part[1:]} {seconds:,.1f}" for part, seconds in found.restored.seconds.items())
    lost = shown_count(found.loss.events, "event")
    lines = [
        f"Backup {found.restored.backup.name} was restored up to position {found.restored.position:,}, and verified.",
        f"Its {shown_count(found.log.events, 'event')} are those of the live log (SHA-256 {found.log.sha256}).",
        f"Recovery time: {found.seconds:,.1f} seconds ({parts}).",
        f"Would have been lost: {lost}"
        + (f", of the last {found.loss.seconds:,.0f} seconds." if found.loss.events else "."),
    ]
    out.print(Text("\n".join(lines)), soft_wrap=True)
