"""Receiving the write-ahead log into the archive as the server writes it, with ``pg_receivewal``.

The server keeps for the slot ARCHIVE what the archive has not received, also while neither runs; at most MOST_KEPT of
it where nothing else is set, so that an archive that is away cannot fill the server's disk. Where appends wait for the
archive, an event is acknowledged only when the archive has it on its disk.
"""

import logging
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

import psycopg
from psycopg.rows import TupleRow

from infra.backups import archived, kept, wal
from infra.backups.archived import Received
from infra.backups.programs import ARCHIVE, command, connecting, refuse_without_replication, surroundings
from infra.backups.refusals import BackupBroken, BackupRefused, NotDone
from infra.backups.taking import refuse_other_server
from infra.database.embedded import EmbeddedFailed
from infra.database.postgres import Database, NoDatabase

logger = logging.getLogger("fundtrail.archive")

MOST_KEPT = "8GB"
LOOK_SECONDS = 1.0
# How long the archive may be behind before a line says so, and how often it is said.
WARN_SECONDS = 60.0
END_SECONDS = 10.0

_SLOT = "SELECT wal_status, restart_lsn::text, active_pid FROM pg_replication_slots WHERE slot_name = %s"


@contextmanager
def archiving(database: Database, folder: Path, *, synchronous: bool) -> Iterator["Archiving"]:
    """Meanwhile receive the write-ahead log of the server of *database* into the archive in *folder*.

    Raises BackupRefused and BackupBroken before it begins.
    """
    (folder / kept.WAL).mkdir(mode=0o700, parents=True, exist_ok=True)
    with kept.alone(folder, "archive.lock", "archiving into"):
        with database.connect() as connection:
            refuse_without_replication(connection)
            refuse_other_server(connection, folder)
            _ensure_slot(connection, folder)
            if not synchronous:
                set_waiting(connection, waits=False)
        remove_unbegun(folder)
        made = Archiving(database, folder, synchronous=synchronous)
        with made.receiving():
            yield made


def _ensure_slot(connection: psycopg.Connection[TupleRow], folder: Path) -> None:
    """Let the server keep what the archive has not received. Raises BackupBroken where it kept too little."""
    found = connection.execute(_SLOT, (ARCHIVE,)).fetchone()
    if found is None and archived.of_folder(folder):
        raise BackupRefused(
            f"{folder} has an archive, and the server keeps nothing for it: archiving was ended, so some of the"
            " write-ahead log may be missing. Begin a new folder, and take a backup into it."
        )
    if found is not None and found[0] == "lost":
        raise BackupBroken(
            f"The archive in {folder} was away too long: the server has removed what it lacks. Run `fundtrail backup"
            " archive FOLDER --end`, begin a new folder, and take a backup into it."
        )
    if found is not None and found[2] is not None:
        raise BackupRefused(f"The server sends its write-ahead log to process {found[2]} already. End it first.")
    if found is None:
        connection.execute("SELECT pg_create_physical_replication_slot(%s, true)", (ARCHIVE,))
    (most,) = connection.execute(
        "SELECT setting::int FROM pg_settings WHERE name = 'max_slot_wal_keep_size'"
    ).fetchone() or (0,)
    if most == -1:
        _set(connection, "max_slot_wal_keep_size", MOST_KEPT)


def set_waiting(connection: psycopg.Connection[TupleRow], *, waits: bool) -> None:
    """Let every append wait for the archive, or none. Raises BackupRefused where appends wait for something else."""
    (names,) = connection.execute("SELECT current_setting('synchronous_standby_names')").fetchone() or ("",)
    if names not in ("", ARCHIVE):
        if waits and ARCHIVE not in names:
            raise BackupRefused(
                f'Appends wait for others already: synchronous_standby_names is "{names}".'
                f" Add {ARCHIVE} to it yourself."
            )
        return
    wanted = ARCHIVE if waits else ""
    if names != wanted:
        _set(connection, "synchronous_standby_names", wanted)


def _set(connection: psycopg.Connection[TupleRow], name: str, setting: str) -> None:
    try:
        connection.execute(f"ALTER SYSTEM SET {name} = '{setting}'".encode())
        connection.execute("SELECT pg_reload_conf()")
    except psycopg.errors.InsufficientPrivilege as error:
        raise BackupRefused(
            f"The database's owner may not set {name}. Let a superuser run: ALTER SYSTEM SET {name} = '{setting}';"
            " SELECT pg_reload_conf();"
        ) from error


def end(database: Database) -> None:
    """End archiving for good: the server waits for the archive no longer, and keeps nothing for it."""
    with database.connect() as connection:
        set_waiting(connection, waits=False)
        found = connection.execute(_SLOT, (ARCHIVE,)).fetchone()
        if found is not None and found[2] is not None:
            raise BackupRefused("The archive is being written. Stop `fundtrail backup archive` first.")
        if found is not None:
            connection.execute("SELECT pg_drop_replication_slot(%s)", (ARCHIVE,))


def remove_unbegun(folder: Path) -> None:
    """Remove a segment that could not be made to its full length, because the disk was full. Nothing is in it yet.

    ``pg_receivewal`` makes a segment full of zeros before it writes into it, and would refuse this one for ever.
    """
    for path in (folder / kept.WAL).glob(f"*{wal.PARTIAL}"):
        if wal.is_empty(path):
            path.unlink()


class _Seen(NamedTuple):
    """A look at the server: what it had written at a moment, and what the archive had of it."""

    at: datetime
    written: int
    received: int


class Archiving:
    """The archive of one server while it is written, and how far it is behind."""

    def __init__(self, database: Database, folder: Path, *, synchronous: bool) -> None:
        self._database = database
        self._folder = folder
        self._synchronous = synchronous
        # The place that the archive must reach for everything of that moment to be in it.
        self._waiting_for: _Seen | None = None
        self.received: Received | None = None
        self._warned = time.monotonic()

    @contextmanager
    def receiving(self) -> Iterator[None]:
        """Meanwhile run ``pg_receivewal``; at the end it closes its file properly."""
        conninfo, environ = connecting(self._database, ARCHIVE)
        words = ["-D", self._folder / kept.WAL, "-S", ARCHIVE, "--synchronous", "--no-password", "-d", conninfo]
        with subprocess.Popen(  # noqa: S603 - the programs are those of the wheel
            command("pg_receivewal", *words),
            env=surroundings() | environ,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            start_new_session=True,
            text=True,
        ) as self._program:
            saying = threading.Thread(target=self._say, name="what pg_receivewal says", daemon=True)
            saying.start()
            try:
                yield
            finally:
                self._program.terminate()
                with suppress(subprocess.TimeoutExpired):
                    self._program.wait(END_SECONDS)
                self._program.kill()
                # What it said last is read before its output is closed.
                saying.join(END_SECONDS)
                with suppress(NoDatabase, psycopg.Error, OSError):
                    self.look()

    def _say(self) -> None:
        for line in self._program.stderr or ():
            logger.warning(line.strip().removeprefix("pg_receivewal: "))
            if "should be 0 or" in line:
                remove_unbegun(self._folder)

    def follow(self) -> None:
        """Look each second how far the archive is, until stopped. Raises BackupBroken and NotDone when it cannot."""
        waits = False
        while True:
            if self._program.poll() is not None:
                raise NotDone("pg_receivewal has ended. Its last words are above.")
            # While the server is away or the disk is full, pg_receivewal tries again, and so do we.
            with suppress(NoDatabase, psycopg.OperationalError, EmbeddedFailed, OSError):
                self.look()
                # Not before it has caught up: until then appends would wait.
                if self._synchronous and not waits and self.received is not None:
                    with self._database.connect() as connection:
                        set_waiting(connection, waits=True)
                    waits = True
            self._warn()
            time.sleep(LOOK_SECONDS)

    def look(self) -> None:
        """See what the archive has, and write it down."""
        with self._database.connect() as connection:
            connection.execute("SET lock_timeout = '5s'")
            # In this order: an append that has its moment of recording by then is committed when the lock is free.
            (at,) = connection.execute("SELECT clock_timestamp()").fetchone() or (datetime.now(UTC),)
            connection.execute("SELECT log.position_at('-infinity')")
            (head,) = connection.execute("SELECT pg_current_wal_insert_lsn()::text").fetchone() or ("0/0",)
            slot = connection.execute(_SLOT, (ARCHIVE,)).fetchone()
        if slot is None or slot[0] == "lost":
            raise BackupBroken(
                f"The server no longer keeps what the archive in {self._folder} lacks. Begin a new folder, and take a"
                " backup into it."
            )
        seen = _Seen(at, wal.place(head), wal.place(slot[1] or "0/0"))
        waited = self._waiting_for
        if waited is None:
            self._waiting_for = seen
        elif seen.received >= waited.written:
            self.received = Received(
                wal.written(waited.written), waited.at, max(0, seen.written - seen.received), self._synchronous
            )
            archived.write(self._folder, self.received)
            self._warned = time.monotonic()
            self._waiting_for = seen

    def _warn(self) -> None:
        if time.monotonic() - self._warned > WARN_SECONDS:
            since = self.received.at if self.received else None
            behind = f"{(datetime.now(UTC) - since).total_seconds():,.0f} seconds" if since else "since it began"
            logger.error("the archive in %s is behind: %s", self._folder, behind)
            self._warned = time.monotonic()
