"""Witnesses: others who check that each checkpoint continues the one before, and then sign it too.

The exchange with them is that of c2sp.org/tlog-witness.

With a witness of another organisation nobody can show one log of an epoch to one auditor and another log to another.
"""

import logging
import queue
import re
import threading
from collections.abc import Sequence

import httpx
import psycopg

from infra.database.postgres import SEALER, Database, NoDatabase
from infra.seals.checkpoints import Sealed
from infra.seals.folder import Folder
from infra.seals.notes import BadNote, encoded, opened
from infra.seals.settings import Witness
from infra.seals.tiles import stored_tree

logger = logging.getLogger("fundtrail.witnesses")

SECONDS = 5.0


class Witnesses:
    """Shows each newest checkpoint to the witnesses, and keeps their cosignatures. It never delays the sealer."""

    def __init__(self, database: Database, folder: Folder, witnesses: Sequence[Witness]) -> None:
        self._database, self._folder, self._witnesses = database, folder, witnesses
        # For each witness and epoch: the size that it signed last.
        self._signed: dict[tuple[str, int], int] = {}
        self._shown: queue.Queue[Sealed | None] = queue.Queue()
        self._thread = threading.Thread(target=self._run, name="witnesses", daemon=True)

    def start(self) -> None:
        """Start to show checkpoints."""
        if self._witnesses:
            self._thread.start()

    def stop(self) -> None:
        """Stop after the checkpoint that is being shown."""
        if self._witnesses:
            self._shown.put(None)
            self._thread.join()

    def show(self, sealed: Sealed) -> None:
        """Show *sealed* to the witnesses, unless a newer one comes before its turn."""
        if self._witnesses:
            self._shown.put(sealed)

    def _run(self) -> None:
        while (sealed := self._newest()) is not None:
            lines = []
            for witness in self._witnesses:
                try:
                    lines.append(self.cosigned(witness, sealed))
                except (httpx.HTTPError, psycopg.Error, NoDatabase, BadNote, LookupError) as error:
                    logger.warning("the witness %s has not signed: %s", witness.key.name, error)
            if lines:
                try:
                    self._keep(sealed, "".join(lines))
                except (OSError, psycopg.Error, NoDatabase) as error:
                    logger.warning("cosignatures were not kept: %s", error)

    def _newest(self) -> Sealed | None:
        shown = self._shown.get()
        while shown is not None and not self._shown.empty():
            shown = self._shown.get()
        return shown

    def cosigned(self, witness: Witness, sealed: Sealed) -> str:
        """The line with the cosignature of *witness* on *sealed*. Raises BadNote if it refuses, and httpx.HTTPError."""
        of = (witness.key.name, sealed.epoch)
        with httpx.Client(timeout=SECONDS) as client:
            for _ in range(2):
                before = self._signed.get(of, 0)
                answer = client.post(f"{witness.url}/add-checkpoint", content=self._request(before, sealed))
                if answer.status_code != 409:
                    break
                # It says what it signed last, such as before this process began.
                size = answer.text.strip()
                if not re.fullmatch("[0-9]{1,19}", size) or int(size) > sealed.size:
                    raise BadNote(f"It has signed {size[:40]} events, and this checkpoint has {sealed.size}.")
                self._signed[of] = int(size)
        if answer.status_code != 200:
            raise BadNote(f"It answers {answer.status_code}: {answer.text.strip()[:200]}")
        for line in answer.text.splitlines(keepends=True):
            if line.startswith(f"— {witness.key.name} "):
                opened(f"{sealed.note}{line}", [witness.key])
                self._signed[of] = sealed.size
                return line
        raise BadNote("Its answer has no signature of its key.")

    def _request(self, before: int, sealed: Sealed) -> bytes:
        proof = list[bytes]()
        if 0 < before < sealed.size:
            with self._database.connect(SEALER) as connection:
                proof = stored_tree(connection, sealed.size).consistency(before)
        return "".join((f"old {before}\n", *(f"{encoded(one)}\n" for one in proof), "\n", sealed.note)).encode()

    def _keep(self, sealed: Sealed, lines: str) -> None:
        """Add the cosignatures to the checkpoint, in the database and in the folder."""
        with self._database.connect(SEALER) as connection:
            connection.execute(
                "UPDATE seals.checkpoints SET note = %s WHERE epoch = %s AND size = %s",
                (sealed.note + lines, sealed.epoch, sealed.size),
            )
        self._folder.add_cosignatures(sealed, lines)
