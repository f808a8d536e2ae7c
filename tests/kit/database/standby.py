"""A primary and its standby, both embedded servers of their own: what is recorded on one is replayed on the other."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from psycopg.conninfo import conninfo_to_dict, make_conninfo

from infra.database.embedded import SUPERUSER, programs, server_of, stop
from infra.database.postgres import Database, embedded
from infra.feeding.migrate import migrate
from tests.conftest import folder_of_server
from tests.kit.database.servers import kill
from tests.kit.database.writing import ask, eventually

NAME = "fundtrail"
STANDBY = "standby"


class Machine:
    """A PostgreSQL server in a home of its own, which can be killed."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.database = embedded(home, NAME)

    def kill(self) -> None:
        """Kill the server and all its processes at once, as a failing machine does."""
        kill(self.home)

    def stop(self) -> None:
        """Stop it for good."""
        stop(self.home)
        shutil.rmtree(self.home, ignore_errors=True)


class Standby(Machine):
    """A streaming standby of *primary*, made from a base backup."""

    def __init__(self, primary: Machine) -> None:
        home = folder_of_server()
        _base_backup(primary, home)
        super().__init__(home)

    def pause(self) -> None:
        """Stop replaying. What the primary records meanwhile is received, and not shown."""
        ask(self.database, "SELECT pg_wal_replay_pause()")
        found = "SELECT pg_get_wal_replay_pause_state() = 'paused'"
        eventually(lambda: ask(self.database, found) == [(True,)], "replay has paused")

    def resume(self) -> None:
        """Replay again."""
        ask(self.database, "SELECT pg_wal_replay_resume()")

    def receive_nothing(self) -> None:
        """Stop receiving from the primary, as when the network between them is cut."""
        ask(self.database, "ALTER SYSTEM SET primary_conninfo = ''")
        ask(self.database, "SELECT pg_reload_conf()")
        gone = "SELECT count(*) FROM pg_stat_wal_receiver"
        eventually(lambda: ask(self.database, gone) == [(0,)], "the standby receives nothing")

    def promote(self) -> None:
        """Make it the primary."""
        assert [(True,)] == ask(self.database, "SELECT pg_promote()")


def _base_backup(primary: Machine, home: Path) -> None:
    server, cluster = server_of(primary.home), home / "postgres"
    cluster.mkdir(mode=0o700)
    server.user.own(cluster)
    # Started by root, the server cannot read its log, which is among the files to copy.
    server.user.own(primary.home / "postgres" / "log")
    given = conninfo_to_dict(primary.database.url)
    receiving = make_conninfo(
        host=given["host"], user=SUPERUSER, requirepeer=given["requirepeer"], application_name=STANDBY
    )
    with (primary.home / "backup.log").open("wb") as log:
        command = [str(programs(server.user) / "pg_basebackup"), "--pgdata", str(cluster), "--dbname", receiving]
        ended = server.user.start([*command, "--checkpoint=fast", "--wal-method=stream"], log.fileno()).wait()
    assert ended == 0, (primary.home / "backup.log").read_text()
    (cluster / "postmaster.opts").unlink(missing_ok=True)
    standby = cluster / "standby.signal"
    standby.touch(mode=0o600)
    server.user.own(standby)
    with (cluster / "postgresql.auto.conf").open("a") as settings:
        settings.write(
            f"primary_conninfo = '{receiving.replace(chr(39), chr(39) * 2)}'\nwal_retrieve_retry_interval = 100\n"
        )


class Pair:
    """A migrated *primary* and its *standby*. *url* leads to whichever of them takes commands."""

    def __init__(self, primary: Machine, standby: Standby) -> None:
        self.primary, self.standby = primary, standby
        hosts = ",".join(str(conninfo_to_dict(each.database.url)["host"]) for each in (primary, standby))
        self.either = Database(make_conninfo(primary.database.url, host=hosts, target_session_attrs="read-write"))

    def wait_for_the_standby(self) -> None:
        """Acknowledge from now on only what the standby has received."""
        ask(self.primary.database, f"ALTER SYSTEM SET synchronous_standby_names = '{STANDBY}'")
        ask(self.primary.database, "SELECT pg_reload_conf()")
        found = "SELECT count(*) FROM pg_stat_replication WHERE sync_state = 'sync'"
        eventually(lambda: ask(self.primary.database, found) == [(1,)], "the standby is synchronous")

    def replayed(self) -> None:
        """Wait until the standby shows all that the primary has committed so far."""
        ((end,),) = ask(self.primary.database, "SELECT pg_current_wal_lsn()::text")
        found = "SELECT pg_last_wal_replay_lsn() >= %s::pg_lsn"
        eventually(lambda: ask(self.standby.database, found, (end,)) == [(True,)], "the standby has replayed")


@contextmanager
def pair() -> Iterator[Pair]:
    """A primary and its standby until the end of the block."""
    primary = Machine(folder_of_server())
    try:
        migrate(primary.database)
        standby = Standby(primary)
        try:
            yield Pair(primary, standby)
        finally:
            standby.stop()
    finally:
        primary.stop()
