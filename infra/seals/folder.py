"""Copies of the checkpoints and tiles in a folder outside the database, laid out as c2sp.org/tlog-tiles serves a log.

Each epoch of the log has a folder of its own. Give the folder to somebody else, or let it be on storage where nothing
can be changed: whoever can change both it and the database can make them agree.
"""

import fcntl
import os
import re
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from uuid import uuid4

from infra.seals.checkpoints import Sealed
from infra.seals.notes import BadNote, Checkpoint, Verifier, checkpoint_of
from infra.seals.tiles import HASH, WIDTH, Tile

CHECKPOINT, KEY = "checkpoint", "log.key"


class Folder:
    """The folder at *path*."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._writing = threading.Lock()

    @contextmanager
    def locked(self) -> Iterator[bool]:
        """Keep other sealers from writing into the folder. False where another one does. Raises OSError."""
        self.path.mkdir(parents=True, exist_ok=True)
        lock = os.open(self.path / ".lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                yield False
            else:
                yield True
        finally:
            os.close(lock)

    # --- Writing ------------------------------------------------------------------------------------------------------

    def publish_key(self, verifier: Verifier) -> None:
        """Write the public key, so that whoever copies the folder has it. The first key stays."""
        if not (self.path / KEY).exists():
            self._write(self.path / KEY, f"{verifier.text}\n".encode())

    def publish(self, sealed: Sealed, tiles: Iterable[Tile]) -> None:
        """Write *tiles*, and then the checkpoint that they belong to. Raises OSError."""
        of = self.path / str(sealed.epoch)
        for tile in tiles:
            target = of / tile.path
            if not target.exists():
                self._write(target, tile.hashes)
            if tile.width == WIDTH:
                _remove_partial(target.with_name(f"{target.name}.p"))
        with self._writing:
            self._publish_note(sealed)

    def add_cosignatures(self, sealed: Sealed, lines: str) -> None:
        """Add the *lines* of witnesses to the checkpoint *sealed*, if it is still the newest one. Raises OSError."""
        with self._writing:
            if self.note(sealed.epoch) == sealed.note:
                self._publish_note(sealed._replace(note=sealed.note + lines))

    def _publish_note(self, sealed: Sealed) -> None:
        """Write the checkpoint *sealed*: as the newest one of its epoch, and as the last one of its hour."""
        of = self.path / str(sealed.epoch)
        note = sealed.note.encode()
        self._write(of / "checkpoints" / f"{sealed.sealed_at:%Y-%m-%dT%H}Z", note)
        self._write(of / CHECKPOINT, note)

    def _write(self, target: Path, content: bytes) -> None:
        """Write *target* whole or not at all: a reader never finds half of it, also after a power cut."""
        target.parent.mkdir(parents=True, exist_ok=True)
        fresh = target.with_name(f".{target.name}.{uuid4().hex}")
        try:
            with fresh.open("xb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            fresh.replace(target)
        finally:
            fresh.unlink(missing_ok=True)

    # --- Reading ------------------------------------------------------------------------------------------------------

    def epochs(self) -> list[int]:
        """The epochs that it has a checkpoint of, the first one first."""
        if not self.path.is_dir():
            return []
        names = [each.name for each in self.path.iterdir() if (each / CHECKPOINT).is_file()]
        return sorted(int(name) for name in names if re.fullmatch("[1-9][0-9]{0,8}", name))

    def note(self, epoch: int) -> str | None:
        """The newest checkpoint of *epoch* as it was signed; None if there is none."""
        try:
            return (self.path / str(epoch) / CHECKPOINT).read_text(encoding="utf-8", errors="replace")
        except FileNotFoundError:
            return None

    def checkpoint(self, epoch: int, keys: Iterable[Verifier]) -> Checkpoint | None:
        """The newest checkpoint of *epoch*, signed by one of *keys*; None if there is none. Raises BadNote."""
        note = self.note(epoch)
        return checkpoint_of(note, keys) if note is not None else None

    def notes(self, epoch: int) -> Iterator[tuple[str, str]]:
        """Every checkpoint of *epoch* that it keeps, by the name of its file, the oldest first."""
        kept = self.path / str(epoch) / "checkpoints"
        for file in sorted(kept.iterdir()) if kept.is_dir() else []:
            if file.is_file() and not file.name.startswith("."):
                yield file.name, file.read_text(encoding="utf-8", errors="replace")

    def tile(self, epoch: int, level: int, number: int, width: int) -> bytes:
        """The first *width* hashes of a tile. A wider tile will do. Raises BadNote where there is none."""
        whole = self.path / str(epoch) / Tile(level, number, bytes(HASH * WIDTH)).path
        partial = whole.with_name(f"{whole.name}.p")
        widths = sorted((int(each.name) for each in partial.glob("[0-9]*")), reverse=True) if partial.is_dir() else []
        # A partial tile is removed once the whole one is there, perhaps while this looks.
        for file in (whole, *(partial / str(one) for one in widths), whole):
            with suppress(FileNotFoundError):
                content = file.read_bytes()
                if len(content) >= width * HASH:
                    return content[: width * HASH]
        raise BadNote(f"{whole.relative_to(self.path)} is missing in the folder of the checkpoints, or too short.")


def _remove_partial(folder: Path) -> None:
    if folder.is_dir():
        for each in folder.iterdir():
            each.unlink()
        folder.rmdir()
