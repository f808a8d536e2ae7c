"""A rehearsal: the newest backup is restored into a home that is thrown away, and compared with the live log."""

import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from infra.backups.fingerprint import Fingerprint, fingerprint
from infra.backups.refusals import BackupBroken
from infra.backups.restoring import Restored, Source, Verify, removed, restore
from infra.backups.targets import Wanted
from infra.database.embedded import stop
from infra.database.postgres import Database, embedded


class Loss(NamedTuple):
    """What would be lost if the server were lost now: so many *events*, the oldest recorded so many *seconds* ago."""

    events: int
    seconds: float


class Rehearsed(NamedTuple):
    """What was restored, the log up to there, and what would have been lost."""

    restored: Restored
    log: Fingerprint
    loss: Loss

    @property
    def seconds(self) -> float:
        """How long it took until it could have served: the recovery time."""
        return sum(self.restored.seconds.values())


def rehearse(
    database: Database,
    source: Source,
    verify: Verify,
    *,
    within: Path | None = None,
    say: Callable[[str], None] = lambda _: None,
) -> Rehearsed:
    """Restore the newest backup of *source*, verify it, compare it with the live log of *database*, and remove it.

    It takes place in a new folder *within* the given one, else in that of temporary files. Raises as ``restore`` does,
    and BackupBroken where the logs differ.
    """
    folder = Path(tempfile.mkdtemp(prefix="fundtrail-rehearsal-", dir=within))
    folder.chmod(0o711)  # As root the server runs as another user, who must be able to enter.
    home = folder / "home"
    try:
        restored = restore(source, home, Wanted(), verify, lasts=False, say=say)
        # Before the rest takes its time: what was recorded since is no loss of the backup.
        loss = _loss(database, restored.position)
        say("Comparing with the live log")
        found = fingerprint(embedded(home, restored.backup.about.database), restored.position)
        live = fingerprint(database, restored.position)
        if found != live:
            raise BackupBroken(
                f"The log that was restored is not the live one: up to position {restored.position:,} it has"
                f" {found.events:,} events with the SHA-256 {found.sha256}, and the live log has {live.events:,} with"
                f" {live.sha256}."
            )
        return Rehearsed(restored, found, loss)
    finally:
        stop(home)
        removed(home)
        removed(folder)


def _loss(database: Database, position: int) -> Loss:
    with database.connect() as connection:
        row = connection.execute(
            "SELECT count(*), coalesce(extract(epoch FROM clock_timestamp() - min(recorded_at)), 0)::float8"
            " FROM log.events WHERE notification_id > %s",
            (position,),
        ).fetchone()
    return Loss(*(row or (0, 0.0)))
