"""The archive of the write-ahead log: what of it is there, whether it follows a backup, and how far it is complete."""

import os
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory

import msgspec

from infra.backups import wal
from infra.backups.kept import WAL, Backup
from infra.backups.manifest import WAL as PG_WAL
from infra.backups.refusals import BackupBroken
from infra.backups.wal import Segment

STATUS = "received.json"


class Received(msgspec.Struct, frozen=True):
    """What the archive has for certain: the write-ahead log up to *place*, and so everything recorded by *at*.

    *behind* is how many bytes of it the archive lacked when this was written.
    """

    place: str
    at: datetime
    behind: int
    synchronous: bool


def of_folder(folder: Path) -> list[Segment]:
    """The segments of the archive in *folder*, in order. Raises BackupBroken for one that is not whole."""
    return wal.segments(folder / WAL)


def received(folder: Path) -> Received | None:
    """What the archive in *folder* has for certain. None where none was begun, or nothing was written down yet."""
    try:
        return msgspec.json.decode((folder / WAL / STATUS).read_bytes(), type=Received)
    except FileNotFoundError:
        return None
    except msgspec.MsgspecError as error:
        raise BackupBroken(f"{folder / WAL / STATUS} cannot be read: {error}.") from error


def write(folder: Path, found: Received) -> None:
    """Write down what the archive in *folder* has for certain."""
    partial = folder / WAL / f".{STATUS}"
    partial.write_bytes(msgspec.json.encode(found))
    partial.chmod(0o600)
    partial.replace(folder / WAL / STATUS)


class Log(msgspec.Struct, frozen=True):
    """The write-ahead log that follows a backup: its *segments* of the archive, and the place where it *ends*.

    Everything that was recorded by *known_until* is in it.
    """

    segments: list[Segment]
    ends: int
    known_until: datetime


def following(backup: Backup, folder: Path | None) -> Log:
    """The write-ahead log from *backup* to the end of the archive in *folder*, read through; without it, of the backup.

    Raises BackupBroken, which names the segment that is missing, cut or damaged.
    """
    # First, because the archive may be growing: it has at least this.
    known = received(folder) if folder else None
    found = backup.manifest()
    own = wal.segments(backup.data / PG_WAL)
    if not own:
        raise BackupBroken(f"{backup.data / PG_WAL} has no write-ahead log.")
    size, start, end = own[0].size, wal.place(found.start), wal.place(found.end)
    later = [one for one in of_folder(folder) if one.ends > start] if folder else []
    if not any(one.ends > end for one in later):
        if known is not None and wal.place(known.place) > end:
            raise BackupBroken(
                f"{backup.path.parent / WAL} is empty, and it had the write-ahead log up to {known.place}."
            )
        return Log([], end, backup.about.began.at)
    _refuse_gaps(backup, later, own[-1])
    # The server has padded its last segment; that of the archive goes on.
    joined = {one.name: one for one in [*own, *later]}
    with TemporaryDirectory(prefix="fundtrail-wal-") as linked:
        for name, one in joined.items():
            # The last one may become whole in the meantime, and then has its other name.
            os.symlink((one.path if one.path.exists() else one.path.with_name(name)).resolve(), Path(linked) / name)
        ends = wal.readable_to(Path(linked), found.timeline, start, size)
    complete = wal.place(known.place) if known is not None else 0
    if ends < later[-1].begins or start < complete > ends:
        name = wal.name_of(found.timeline, ends, size)
        path = joined[name].path if name in joined else later[-1].path.with_name(name)
        raise BackupBroken(
            f"{path} is missing, cut or damaged: the write-ahead log can be read up to {wal.written(ends)} only, and"
            f" the archive goes on to {wal.written(max(complete, later[-1].begins))}."
        )
    began = backup.about.began.at
    return Log(later, max(ends, end), max(known.at, began) if known is not None else began)


def _refuse_gaps(backup: Backup, later: list[Segment], own: Segment) -> None:
    found = backup.manifest()
    if any((one.system, one.timeline) != (found.system, found.timeline) for one in later):
        raise BackupBroken(f"{later[0].path.parent} has the write-ahead log of another server than {backup.path}.")
    # Segments that the backup has itself need not be in the archive.
    expected = own.ends
    for one in later:
        if one.begins > expected:
            missing = wal.name_of(found.timeline, expected, own.size)
            raise BackupBroken(f"{one.path.parent / missing} is missing, so the archive does not follow {backup.name}.")
        expected = max(expected, one.ends)
