"""The manifest that PostgreSQL writes into a base backup: the size and SHA-256 of each file, and its own SHA-256."""

import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import msgspec

from infra.backups.refusals import BackupBroken

NAME = "backup_manifest"
# The folder of the write-ahead log is not in the manifest: a backup lists its files beside it.
WAL = "pg_wal"
_OWN = b'"Manifest-Checksum"'


class _File(msgspec.Struct, frozen=True, rename="pascal"):
    size: int
    path: str | None = None
    encoded_path: str | None = msgspec.field(name="Encoded-Path", default=None)
    checksum_algorithm: str = msgspec.field(name="Checksum-Algorithm", default="NONE")
    checksum: str = ""

    @property
    def name(self) -> str:
        return self.path if self.path is not None else bytes.fromhex(self.encoded_path or "").decode(errors="replace")


class _Range(msgspec.Struct, frozen=True):
    timeline: int = msgspec.field(name="Timeline")
    start: str = msgspec.field(name="Start-LSN")
    end: str = msgspec.field(name="End-LSN")


class _Written(msgspec.Struct, frozen=True):
    version: int = msgspec.field(name="PostgreSQL-Backup-Manifest-Version")
    files: list[_File] = msgspec.field(name="Files")
    ranges: list[_Range] = msgspec.field(name="WAL-Ranges")
    checksum: str = msgspec.field(name="Manifest-Checksum")
    system: int = msgspec.field(name="System-Identifier", default=0)


class Listed(NamedTuple):
    """A file as a manifest lists it."""

    size: int
    sha256: str


class Manifest(NamedTuple):
    """A manifest: the server's identifier, the files, and where the write-ahead log that a restore needs lies."""

    system: int
    files: dict[str, Listed]
    timeline: int
    start: str
    end: str


def read(folder: Path) -> Manifest:
    """The manifest of the base backup in *folder*. Raises BackupBroken when it is missing or was changed."""
    file = folder / NAME
    try:
        text = file.read_bytes()
        found = msgspec.json.decode(text, type=_Written)
    except FileNotFoundError:
        raise BackupBroken(f"{file} is missing.") from None
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise BackupBroken(f"{file} cannot be read: {error}.") from error
    if hashlib.sha256(text[: text.rfind(_OWN)]).hexdigest() != found.checksum:
        raise BackupBroken(f"{file} was changed: its SHA-256 is another one.")
    if len(found.ranges) != 1:
        raise BackupBroken(f"{file} needs the write-ahead log of {len(found.ranges)} timelines. It must be one.")
    # ``pg_combinebackup`` lists the write-ahead log too, without checksums.
    wanted = [one for one in found.files if not one.name.startswith(f"{WAL}/")]
    without = [one.name for one in wanted if one.checksum_algorithm != "SHA256"]
    if without:
        raise BackupBroken(f"{file} has no SHA-256 of {without[0]}.")
    files = {one.name: Listed(one.size, one.checksum) for one in wanted}
    (one,) = found.ranges
    return Manifest(found.system, files, one.timeline, one.start, one.end)


def faults(folder: Path, listed: dict[str, Listed]) -> Iterator[str]:
    """A sentence for each file of *listed* that is missing or changed in *folder*, and for each that is too many."""
    there = {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_symlink() or not path.is_dir()}
    for name in sorted(listed.keys() - there):
        yield f"{folder / name} is missing."
    for name in sorted(there - listed.keys()):
        yield f"{folder / name} is too many: the manifest does not list it."
    for name in sorted(listed.keys() & there):
        fault = _fault(folder / name, listed[name])
        if fault:
            yield fault


def _fault(file: Path, listed: Listed) -> str | None:
    if file.is_symlink() or not file.is_file():
        return f"{file} is not a file."
    size = file.stat().st_size
    if size != listed.size:
        return f"{file} has {size:,} bytes; the manifest says {listed.size:,}."
    if digest(file) != listed.sha256:
        return f"{file} was changed: its SHA-256 is another one."
    return None


def digest(file: Path) -> str:
    """The SHA-256 of *file*, in hexadecimal digits."""
    with file.open("rb") as opened:
        return hashlib.file_digest(opened, "sha256").hexdigest()


def listed(folder: Path) -> dict[str, Listed]:
    """The files in *folder*, as a manifest lists them."""
    return {
        str(path.relative_to(folder)): Listed(path.stat().st_size, digest(path))
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }
