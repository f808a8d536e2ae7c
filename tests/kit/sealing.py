"""The tools of tests of the seals: a log that is sealed, and what somebody with every right may do to it."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg

from infra.database.postgres import Database
from infra.seals.comparing import Comparison, compare, outside
from infra.seals.folder import Folder
from infra.seals.sealer import seal_all
from infra.seals.settings import SealSettings


@dataclass(frozen=True)
class Sealed:
    """A database whose log is sealed: with its key and the folder of its checkpoints, which are outside."""

    database: Database
    settings: SealSettings

    @property
    def folder(self) -> Folder:
        """The folder of the checkpoints."""
        return Folder(self.settings.folder)

    def seal(self) -> None:
        """Seal what was recorded since."""
        seal_all(self.database, self.settings)

    def compared(self, *notes: tuple[str, str]) -> Comparison:
        """The comparison of the log with its checkpoints."""
        known = outside(self.folder, [self.settings.signer().verifier], notes)
        with self.database.connect() as connection, connection.transaction():
            connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
            return compare(connection, known)

    def found(self, *notes: tuple[str, str]) -> list[tuple[int, str]]:
        """The differences: the position and the sentence of each."""
        return [(one.position, one.sentence) for one in self.compared(*notes).differences]


def sealing(folder: Path, name: str = "grants.example.org/log") -> SealSettings:
    """Settings whose key and checkpoints are in *folder*."""
    return SealSettings(folder / "seal.key", folder / "seals", name=name)


@contextmanager
def tampering(database: Database) -> Iterator[psycopg.Connection[Any]]:
    """A connection of a superuser on which no trigger runs and nothing is refused."""
    with database.connect() as connection, connection.transaction():
        connection.execute("SET LOCAL session_replication_role = replica")
        yield connection


def position(database: Database, name: str = "PaymentReleased") -> int:
    """The position of an event called *name*, with a hundred events before it and after it."""
    with database.connect() as connection:
        row = connection.execute(
            "SELECT notification_id FROM log.events WHERE topic = %s ORDER BY notification_id LIMIT 1", (name,)
        ).fetchone()
    assert row is not None, f"there is no {name}"
    return int(row[0])
