"""A small witness: it signs a checkpoint of a log only if that continues the one that it signed before.

It keeps one file for each log: the checkpoint that it signed last. Another organisation should run it.
"""

import fcntl
import hashlib
import os
import re
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple
from uuid import uuid4

from infra.seals.merkle import EMPTY, is_consistent
from infra.seals.notes import BadNote, Checkpoint, Signer, Verifier, checkpoint_in, decoded, opened

SIZE = "text/x.tlog.size"
LONGEST_PROOF = 63


class Answer(NamedTuple):
    """The answer to a request: its status, text and media type."""

    status: int
    text: str
    media: str = "text/plain"


class SmallWitness:
    """A witness that signs with *signer* for the logs of *keys*, and keeps its files in *folder*."""

    def __init__(self, folder: Path, signer: Signer, keys: Sequence[Verifier]) -> None:
        self._folder, self._signer, self._keys = folder, signer, keys

    def add_checkpoint(self, body: str) -> Answer:
        """The answer to a request that adds a checkpoint (c2sp.org/tlog-witness, "add-checkpoint")."""
        head, separator, note = body.partition("\n\n")
        first, *lines = head.split("\n")
        word, _, old = first.partition(" ")
        if word != "old" or not separator or not re.fullmatch("0|[1-9][0-9]{0,18}", old):
            return Answer(400, "The request begins with the size that was signed last, such as: old 12\n")
        origin = note.partition("\n")[0]
        known = [key for key in self._keys if origin.startswith(f"{key.name}/") or origin == key.name]
        if not known:
            return Answer(404, "This witness does not know that log.\n")
        try:
            checkpoint = checkpoint_in(opened(note, known)[0])
            proof = [decoded(line) for line in lines]
        except BadNote as error:
            return Answer(403, f"{error}\n")
        if int(old) > checkpoint.size or len(proof) > LONGEST_PROOF:
            return Answer(400, "The size that was signed last is at most that of the checkpoint.\n")
        with self._locked(origin) as file:
            before = _last(file)
            return self._judged(file, before, int(old), checkpoint, proof)

    def _judged(
        self, file: Path, before: Checkpoint | None, old: int, checkpoint: Checkpoint, proof: Sequence[bytes]
    ) -> Answer:
        signed = before.size if before else 0
        if old != signed:
            return Answer(409, f"{signed}\n", SIZE)
        if before is None or not signed:
            continues = not proof and (checkpoint.size > 0 or checkpoint.root == EMPTY)
        else:
            continues = is_consistent(signed, checkpoint.size, before.root, checkpoint.root, proof)
        if not continues:
            return Answer(422, "The checkpoint does not continue the one that was signed last.\n")
        _keep(file, checkpoint)
        return Answer(200, self._signer.signature(checkpoint.text, int(time.time())))

    @contextmanager
    def _locked(self, origin: str) -> Iterator[Path]:
        """The file of the log *origin*. Of two requests at once, one is judged after the other."""
        self._folder.mkdir(parents=True, exist_ok=True)
        file = self._folder / hashlib.sha256(origin.encode()).hexdigest()[:32]
        lock = os.open(file.with_suffix(".lock"), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield file
        finally:
            os.close(lock)


def _last(file: Path) -> Checkpoint | None:
    try:
        return checkpoint_in(file.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None


def _keep(file: Path, checkpoint: Checkpoint) -> None:
    """Keep *checkpoint* before it is signed: after a power cut nothing older is signed again."""
    fresh = file.with_name(f"{file.name}.{uuid4().hex}")
    with fresh.open("x", encoding="utf-8") as opened_file:
        opened_file.write(checkpoint.text)
        opened_file.flush()
        os.fsync(opened_file.fileno())
    fresh.replace(file)
