"""The write-ahead log: places in it, its segments (files of one size), and how far it can be read."""

import re
import shutil
import struct
import subprocess
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

from infra.backups.programs import command, surroundings
from infra.backups.refusals import BackupBroken

PARTIAL = ".partial"
# The first header of a segment: its version, flags, timeline, the place of its first byte, the rest of a record, and
# then the server's identifier, the size of a segment and of a page.
_HEADER = struct.Struct("<HHIQI4xQII")
_NAME = re.compile(r"[0-9A-F]{24}(\.partial)?")
_PLACE = re.compile(r"\b[0-9A-F]{1,8}/[0-9A-F]{1,8}\b")
_MISSING = re.compile(r'could not (?:find|open) file "(?:.*/)?([0-9A-F]{24})"')
_COMMIT = re.compile(
    r"tx:\s+(\d+), lsn: ([0-9A-F]+/[0-9A-F]+),.* desc: COMMIT(?:_PREPARED)? (?:\d+: )?(\S+ \S+) UTC(.*)"
)
_SUBTRANSACTIONS = re.compile(r"subxacts: ([\d ]+)")


def place(text: str) -> int:
    """The place that PostgreSQL writes as *text*, such as 0/3000148."""
    high, _, low = text.partition("/")
    return (int(high, 16) << 32) + int(low, 16)


def written(at: int) -> str:
    """A place as PostgreSQL writes it."""
    return f"{at >> 32:X}/{at & 0xFFFFFFFF:X}"


class Segment(NamedTuple):
    """A segment of the write-ahead log in *path*; *begins* is the place of its first byte."""

    path: Path
    timeline: int
    begins: int
    size: int
    system: int

    @property
    def name(self) -> str:
        """The name that the server gives it, whole or not."""
        return self.path.name.removesuffix(PARTIAL)

    @property
    def ends(self) -> int:
        """The place after its last byte."""
        return self.begins + self.size


def name_of(timeline: int, at: int, size: int) -> str:
    """The name of the segment of *size* bytes that has the place *at*."""
    number, each = at // size, (1 << 32) // size
    return f"{timeline:08X}{number // each:08X}{number % each:08X}"


def segments(folder: Path) -> list[Segment]:
    """The segments in *folder*, in order. Raises BackupBroken, which names the one that is not whole."""
    found = sorted(path for path in folder.iterdir() if _NAME.fullmatch(path.name)) if folder.is_dir() else []
    # A segment that is being received is called partial until it is whole; then both names are there for a moment.
    whole = {path.name for path in found if path.suffix != PARTIAL}
    return [segment_of(path) for path in found if path.suffix != PARTIAL or not (path.stem in whole or is_empty(path))]


def is_empty(path: Path) -> bool:
    """Whether the segment in *path* is made but nothing is received of it."""
    with path.open("rb") as file:
        return not any(file.read(_HEADER.size))


def segment_of(path: Path) -> Segment:
    """The segment in the file *path*. Raises BackupBroken when it is not whole, or is not what its name says."""
    with path.open("rb") as file:
        head = file.read(_HEADER.size)
    length = path.stat().st_size
    if len(head) < _HEADER.size:
        raise BackupBroken(f"{path} is cut: it has {length:,} bytes.")
    _, _, timeline, begins, _, system, size, _ = _HEADER.unpack(head)
    found = Segment(path, timeline, begins, size, system)
    if size < 1 << 20 or found.name != name_of(timeline, begins, size):
        raise BackupBroken(f"{path} is not the segment that its name says.")
    if length != size:
        raise BackupBroken(f"{path} is cut: it has {length:,} bytes of {size:,}.")
    return found


def copied(segment: Segment, into: Path) -> None:
    """Copy *segment* into the folder *into*, under the name by which a server reads it."""
    # It may have become whole in the meantime.
    found = segment.path if segment.path.exists() else segment.path.with_name(segment.name)
    shutil.copyfile(found, into / segment.name)
    (into / segment.name).chmod(0o600)


def readable_to(folder: Path, timeline: int, start: int, size: int) -> int:
    """The place up to which the records from *start* on can be read, each with its own checksum."""
    ended = subprocess.run(  # noqa: S603 - the programs are those of the wheel
        command("pg_waldump", "--quiet", "-p", folder, "-t", timeline, "-s", written(start)),
        env=surroundings(),
        capture_output=True,
        text=True,
        check=False,
    )
    missing = _MISSING.search(ended.stderr)
    if missing is not None:
        each = (1 << 32) // size
        return (int(missing[1][8:16], 16) * each + int(missing[1][16:], 16)) * size
    places = _PLACE.findall(ended.stderr)
    if not places:
        raise BackupBroken(f"The write-ahead log in {folder} cannot be read: {ended.stderr.strip()}")
    return place(places[-1])


class Commit(NamedTuple):
    """The commit of a transaction: the place of its record, its ids (with those of its parts), and its time."""

    place: int
    ids: frozenset[str]
    at: datetime


def commits(folder: Path, timeline: int, start: int) -> Iterator[Commit]:
    """The commits in the write-ahead log from *start* on, in order."""
    with subprocess.Popen(  # noqa: S603 - the programs are those of the wheel
        command("pg_waldump", "-r", "Transaction", "-p", folder, "-t", timeline, "-s", written(start)),
        env=surroundings(),
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    ) as reading:
        for line in reading.stdout or ():
            found = _COMMIT.search(line)
            if found is not None:
                parts = _SUBTRANSACTIONS.search(found[4])
                ids = frozenset([found[1], *(parts[1].split() if parts else ())])
                yield Commit(place(found[2]), ids, datetime.fromisoformat(found[3]).replace(tzinfo=UTC))
