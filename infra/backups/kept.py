"""The backups in a folder: each a folder named by its moment, with the database's files and what is known about them.

FOLDER/2026-11-30T21-40-12.345Z/data/         the base backup, as PostgreSQL wrote it
FOLDER/2026-11-30T21-40-12.345Z/backup.json   what it is, and the SHA-256 of what PostgreSQL's manifest leaves out
FOLDER/wal/                                   the archive of the write-ahead log
"""

import fcntl
import hashlib
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

import msgspec

from infra.backups import manifest
from infra.backups.manifest import Listed, Manifest
from infra.backups.refusals import BackupBroken, BackupRefused, NoBackup

ABOUT, DATA, WAL = "backup.json", "data", "wal"
_NAME = re.compile(r"\d{4}-\d\d-\d\dT\d\d-\d\d-\d\d\.\d{3}Z")


class Mark(msgspec.Struct, frozen=True):
    """How far the log was at a moment *at* of the server's clock: its last position and when that was recorded."""

    at: datetime
    position: int
    recorded_at: datetime | None


class About(msgspec.Struct, frozen=True):
    """What is known about a backup.

    It has everything that was recorded before it *began*, and nothing that was not recorded when it *ended*. It is of
    the *database*. *onto* names the backup that it only has the changes to. *wal* are the files of the write-ahead log
    in it, *folders* all its folders.
    """

    database: str
    began: Mark
    ended: Mark
    manifest: str
    wal: dict[str, Listed]
    folders: list[str]
    onto: str | None = None


class Backup(msgspec.Struct, frozen=True):
    """A backup in the folder *path*."""

    path: Path
    about: About

    @property
    def name(self) -> str:
        """The moment at which it began."""
        return self.path.name

    @property
    def data(self) -> Path:
        """The folder of the database's files."""
        return self.path / DATA

    @property
    def bytes(self) -> int:
        """The size of its files."""
        return sum(path.stat().st_size for path in self.path.rglob("*") if path.is_file())

    def manifest(self) -> Manifest:
        """PostgreSQL's manifest of it. Raises BackupBroken, also for one that belongs to another backup."""
        if not (self.data / manifest.NAME).is_file():
            raise BackupBroken(f"{self.data / manifest.NAME} is missing.")
        if manifest.digest(self.data / manifest.NAME) != self.about.manifest:
            raise BackupBroken(f"{self.data / manifest.NAME} was changed: its SHA-256 is another one.")
        return manifest.read(self.data)


def write(path: Path, about: About) -> None:
    """Write what is known about the backup in *path*, and the SHA-256 of it."""
    text = msgspec.json.encode(about)
    with (path / ABOUT).open("xb") as file:
        os.fchmod(file.fileno(), 0o600)
        file.write(text + b"\n" + hashlib.sha256(text).hexdigest().encode() + b"\n")
        file.flush()
        os.fsync(file.fileno())


def read(path: Path) -> Backup:
    """The backup in the folder *path*. Raises BackupBroken."""
    file = path / ABOUT
    try:
        text, _, digest = file.read_bytes().partition(b"\n")
        about = msgspec.json.decode(text, type=About)
    except FileNotFoundError:
        raise BackupBroken(f"{file} is missing.") from None
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise BackupBroken(f"{file} cannot be read: {error}.") from error
    if hashlib.sha256(text).hexdigest().encode() + b"\n" != digest:
        raise BackupBroken(f"{file} was changed: its SHA-256 is another one.")
    return Backup(path, about)


def paths(folder: Path) -> list[Path]:
    """The folders of the backups in *folder*, the oldest first. One that was broken off is not among them."""
    return sorted(path for path in folder.iterdir() if _NAME.fullmatch(path.name)) if folder.is_dir() else []


def named(folder: Path, name: str) -> Backup:
    """The backup called *name*. Raises NoBackup, which names those that there are, and BackupBroken."""
    if folder / name not in paths(folder):
        others = ", ".join(path.name for path in paths(folder)) or "none"
        raise NoBackup(f"{folder} has no backup {name}. It has: {others}.")
    return read(folder / name)


def chain(backup: Backup) -> list[Backup]:
    """The backups that *backup* is put together from: a whole one, then each with the changes to the one before."""
    found = [backup]
    while (onto := found[0].about.onto) is not None:
        if not (backup.path.parent / onto).is_dir():
            raise BackupBroken(
                f"{found[0].path} has only the changes to {backup.path.parent / onto}, which is missing."
            )
        found.insert(0, read(backup.path.parent / onto))
    return found


def faults(backup: Backup) -> Iterator[str]:
    """A sentence for each file of *backup* that is missing, changed or too many."""
    try:
        found = backup.manifest()
    except BackupBroken as error:
        yield str(error)
        return
    beside = {manifest.NAME: Listed((backup.data / manifest.NAME).stat().st_size, backup.about.manifest)}
    in_wal = {f"{manifest.WAL}/{name}": one for name, one in backup.about.wal.items()}
    yield from manifest.faults(backup.data, found.files | in_wal | beside)
    for name in backup.about.folders:
        if not (backup.data / name).is_dir():
            yield f"{backup.data / name} is missing."
    for path in sorted(backup.path.iterdir()):
        if path.name not in (ABOUT, DATA):
            yield f"{path} is too many: a backup has {ABOUT} and {DATA}."


def refuse_broken(backups: list[Backup]) -> None:
    """Refuse *backups* that are not as they were written. Raises BackupBroken with the first faults."""
    found = [fault for backup in backups for fault in faults(backup)]
    if found:
        more = [f"{len(found) - 5} more."] if len(found) > 5 else []
        raise BackupBroken(
            "\n  ".join(["The backup is not as it was written:", *found[:5], *more])
            + "\n`fundtrail backup list` checks the others; --backup names one of them."
        )


@contextmanager
def alone(folder: Path, name: str, doing: str) -> Iterator[None]:
    """Keep other processes from *doing* the same in *folder*. Raises BackupRefused while one does."""
    lock = os.open(folder / name, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield
    except BlockingIOError:
        raise BackupRefused(f"Another process is {doing} {folder}. Wait until it has ended.") from None
    finally:
        os.close(lock)
