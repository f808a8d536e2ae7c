"""Removing old backups, and the segments of the archive that only they needed."""

import shutil
from pathlib import Path

from infra.backups import archived, kept, wal


def pruned(folder: Path, keep: int) -> list[Path]:
    """Remove all but the *keep* newest whole backups of *folder*, with what follows each. Returns what was removed.

    Raises BackupBroken, before anything is removed, for a backup or a segment that cannot be read.
    """
    backups = [kept.read(path) for path in kept.paths(folder)]
    whole = [one for one in backups if one.about.onto is None]
    if len(whole) <= keep:
        return []
    oldest = whole[-keep]
    start = wal.place(oldest.manifest().start)
    outdated = [one.path for one in backups if one.name < oldest.name]
    needless = [one.path for one in archived.of_folder(folder) if one.ends <= start]
    for path in outdated:
        # A backup that is half removed is not taken for one.
        unfinished = path.with_name(f"unfinished-{path.name}")
        path.rename(unfinished)
        shutil.rmtree(unfinished)
    for path in needless:
        path.unlink()
    return [*outdated, *needless]
