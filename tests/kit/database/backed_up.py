"""A home of its own with backups beside it, for tests that back up, archive, damage and restore."""

import atexit
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

from domain.desk import submit
from infra.backups import wal
from infra.backups.archiving import Archiving
from infra.backups.restoring import Restored, Source, Verify, removed, restore
from infra.backups.targets import Wanted
from infra.cli.keep.looking import looked_at
from infra.database.embedded import account, server_of, stop
from infra.database.postgres import Database, embedded
from infra.feeding.migrate import migrate
from infra.feeding.projector import project_all
from infra.log.postgres_log import PostgresLog
from tests.conftest import folder_of_server
from tests.kit.database.servers import kill
from tests.kit.database.writing import ask, eventually, everything, order, read_tables, register

ALL = Wanted()


class BackedUp:
    """A database of its own in *home*, its backups in *folder*, and new homes in *top* for what is restored."""

    def __init__(self, top: Path, like: Path | None) -> None:
        self.top = top
        self.home = top / "home"
        self.folder = top / "backups"
        if like is not None:
            _copy_files(like / "postgres", self.home / "postgres")
        self.database = embedded(self.home)
        self._last = 0
        self._homes: list[Path] = [self.home]
        if like is None:
            migrate(self.database)

    def record(self, count: int) -> int:
        """Register *count* organisations, each as a command of its own. Return the position of the last."""
        with PostgresLog(self.database) as log:
            for _ in range(count):
                self._last += 1
                position = submit(log, order(register(self._last), f"command-{self._last}")).position
        return position

    def moment_of(self, position: int) -> datetime:
        """When the event at *position* was recorded."""
        ((found,),) = ask(self.database, "SELECT recorded_at FROM log.events WHERE notification_id = %s", (position,))
        assert isinstance(found, datetime)
        return found

    def copy(self) -> Path:
        """A copy of the folder of the backups, to damage."""
        made = self.top / f"copy-{len(list(self.top.iterdir()))}"
        shutil.copytree(self.folder, made)
        return made

    def new_home(self) -> Path:
        """A home that is not there yet."""
        made = self.top / f"restored-{len(self._homes)}"
        self._homes.append(made)
        return made

    def restore(
        self,
        wanted: Wanted = ALL,
        *,
        source: Source | None = None,
        verify: Verify = looked_at,
        erased: Sequence[str] = (),
    ) -> tuple[Restored, Database]:
        """Restore into a new home, and start its server."""
        home = self.new_home()
        found = restore(source or Source(self.folder), home, wanted, verify, erased=erased)
        return found, embedded(home)

    def kill(self) -> None:
        """Kill the server and all its processes at once, as a failing machine does."""
        kill(self.home)

    def restart(self) -> None:
        """Stop the server as the last process that uses it does, and start it again."""
        server_of(self.home).stop()
        server_of(self.home)

    def forget(self) -> None:
        """Stop the servers of what was restored, and remove it."""
        for home in self._homes[1:]:
            stop(home)
            removed(home)

    def close(self) -> None:
        """Stop the servers and remove everything."""
        self.forget()
        stop(self.home)
        removed(self.home)
        shutil.rmtree(self.top, ignore_errors=True)


@cache
def _empty() -> Path:
    """A home that is migrated, made once for each process of tests and not running: it is copied."""
    top = folder_of_server()
    atexit.register(shutil.rmtree, top, ignore_errors=True)
    migrate(embedded(top))
    stop(top)
    return top


def _copy_files(like: Path, cluster: Path) -> None:
    """Copy the files of a server that does not run, with their owner."""
    shutil.copytree(like, cluster)
    user = account(like)
    for path in (cluster, *cluster.rglob("*")):
        user.own(path)


@contextmanager
def backed_up(*, another: bool = False) -> Iterator[BackedUp]:
    """A home with an empty log and no backup yet; *another* server than that of all the others."""
    made = BackedUp(folder_of_server(), None if another else _empty())
    try:
        yield made
    finally:
        made.close()


def shown(database: Database) -> dict[str, Any]:
    """All that a database shows: its log, its counters, its directory and its read models."""
    project_all(database)
    more = {"counters": "SELECT * FROM log.counters ORDER BY 1", "people": "SELECT * FROM directory.people ORDER BY 1"}
    return everything(database) | {name: ask(database, text) for name, text in more.items()} | read_tables(database)


def positions_of(database: Database) -> list[int]:
    """The positions of the log."""
    return [position for (position,) in ask(database, "SELECT notification_id FROM log.events ORDER BY 1")]


def all_archived(archive: Archiving, database: Database) -> None:
    """Wait until the archive has everything that is recorded now."""
    ((written,),) = ask(database, "SELECT pg_current_wal_insert_lsn()::text")

    def has_it() -> bool:
        archive.look()
        return archive.received is not None and wal.place(archive.received.place) >= wal.place(str(written))

    eventually(has_it, "the archive has everything")


def change_a_byte(file: Path, at: int | None = None) -> None:
    """Change one byte of *file*: that in the middle, or *at* a place."""
    content = bytearray(file.read_bytes())
    content[len(content) // 2 if at is None else at] ^= 0x40
    mode = file.stat().st_mode
    file.chmod(0o600)
    file.write_bytes(content)
    file.chmod(mode)
