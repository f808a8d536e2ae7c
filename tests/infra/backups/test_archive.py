"""The archive of the write-ahead log: what it has is restored, and what it lacks is said by name."""

import os
import shutil
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import psycopg
import pytest
from eventsourcing.persistence import PersistenceError

from domain.desk import submit
from infra.backups import archived, kept, wal
from infra.backups.archiving import Archiving, archiving, end
from infra.backups.programs import ARCHIVE
from infra.backups.refusals import BackupBroken, BackupRefused
from infra.backups.restoring import Source, restore
from infra.backups.taking import take
from infra.database.embedded import stop
from infra.log.postgres_log import PostgresLog
from tests.kit.command_line import fundtrail
from tests.kit.database.backed_up import ALL, BackedUp, all_archived, backed_up, change_a_byte, positions_of
from tests.kit.database.writing import ask, eventually, order, register
from tests.kit.paths import ROOT
from tests.kit.small_disk import enlarge, small_disk

WAITS = "SHOW synchronous_standby_names"


@pytest.fixture(scope="module")
def ours() -> Iterator[BackedUp]:
    """A backup of ten events, and thirty more over three segments of the archive."""
    with backed_up() as made:
        made.record(10)
        with archiving(made.database, made.folder, synchronous=False) as archive:
            take(made.database, made.folder)
            for _ in range(3):
                made.record(10)
                ask(made.database, "SELECT pg_switch_wal()")
            made.record(5)
            all_archived(archive, made.database)
        yield made


def segments(folder: Path) -> list[Path]:
    return [one.path for one in wal.segments(folder / kept.WAL)]


def test_what_was_archived_after_a_backup_is_restored(ours: BackedUp) -> None:
    found, restored = ours.restore()
    assert (45, positions_of(ours.database)) == (found.position, positions_of(restored))
    alone, _ = ours.restore(source=Source(ours.folder, archive=False))
    assert 10 == alone.position


@pytest.mark.parametrize("damage", ["cut", "missing", "changed", "end", "last"])
def test_a_damaged_segment_is_named_before_anything_is_restored(ours: BackedUp, damage: str) -> None:
    copied = ours.copy()
    whole = segments(copied)
    victim = whole[-1] if damage in ("end", "last") else whole[-3]
    if damage == "cut":
        with victim.open("r+b") as file:
            file.truncate(4096)
    elif damage in ("missing", "last"):
        victim.unlink()
    else:
        change_a_byte(victim, at=200)
    home = ours.new_home()
    with pytest.raises(BackupBroken, match=victim.stem):
        restore(Source(copied), home, ALL, lambda _: [])
    assert not home.exists()
    if damage == "last":
        listed = fundtrail(None, "backup", "list", str(copied))
        assert (4, True) == (listed.returncode, victim.stem in listed.stdout)


def test_without_the_check_postgresql_would_stop_early_and_say_nothing(
    ours: BackedUp, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The control of the test above."""
    copied = ours.copy()
    change_a_byte(segments(copied)[-3], at=200)
    monkeypatch.setattr(wal, "readable_to", lambda *_: wal.segments(copied / kept.WAL)[-1].ends)
    monkeypatch.setattr(archived, "received", lambda _: None)
    found, _ = ours.restore(source=Source(copied))
    assert 10 <= found.position < 45


def test_the_archive_of_another_server_is_refused(ours: BackedUp) -> None:
    with backed_up(another=True) as theirs:
        with pytest.raises(BackupRefused, match="another server"):
            take(theirs.database, ours.folder)
        with (
            pytest.raises(BackupRefused, match="another server"),
            archiving(theirs.database, ours.folder, synchronous=False),
        ):
            pass


# --- Losing the server ------------------------------------------------------------------------------------------------


def following(archive: Archiving) -> threading.Thread:
    """Follow the archive as the command does, until it is stopped."""

    def follow() -> None:
        with suppress(Exception):
            archive.follow()

    thread = threading.Thread(target=follow, daemon=True)
    thread.start()
    return thread


def test_nothing_that_was_acknowledged_is_lost_with_the_server_when_appends_wait_for_the_archive() -> None:
    with backed_up() as made:
        made.record(5)
        take(made.database, made.folder)
        with archiving(made.database, made.folder, synchronous=True) as archive:
            following(archive)
            eventually(lambda: ask(made.database, WAITS) == [(ARCHIVE,)], "appends wait for the archive")
            acknowledged = [made.record(1) for _ in range(20)]
            made.kill()
            shutil.rmtree(made.home / "postgres")
            stop(made.home)
        found, restored = made.restore()
        assert [] == [position for position in acknowledged if position not in positions_of(restored)]
        # Whoever restored it does not wait for an archive that is not there.
        assert [("",)] == ask(restored, WAITS)
        # The control: the backup alone lacks them.
        alone, _ = made.restore(source=Source(made.folder, archive=False))
        assert alone.position < min(acknowledged) <= found.position


def test_an_append_is_not_acknowledged_while_the_archive_is_away_and_appends_wait_for_it() -> None:
    with backed_up() as made:
        with archiving(made.database, made.folder, synchronous=True) as archive:
            following(archive)
            eventually(lambda: ask(made.database, WAITS) == [(ARCHIVE,)], "appends wait for the archive")
            made.record(1)
        waiting = threading.Thread(target=_append, args=(made, 1000), daemon=True)
        waiting.start()
        waited = "SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'SyncRep'"
        eventually(lambda: ask(made.database, waited) == [(1,)], "the append waits")
        with archiving(made.database, made.folder, synchronous=True):
            waiting.join(60)
        assert not waiting.is_alive()
        ended = fundtrail(made.database, "backup", "archive", str(made.folder), "--end")
        assert 0 == ended.returncode, ended.stderr
        made.record(1)
        assert [("",)] == ask(made.database, WAITS)
        assert [(0,)] == ask(made.database, "SELECT count(*) FROM pg_replication_slots")


def _append(made: BackedUp, number: int) -> None:
    with suppress(PersistenceError, psycopg.Error), PostgresLog(made.database) as log:
        submit(log, order(register(number)))


def test_an_archive_goes_on_without_a_gap_where_it_and_the_server_were_stopped() -> None:
    with backed_up() as made:
        made.record(2)
        take(made.database, made.folder)
        for _ in range(2):
            with archiving(made.database, made.folder, synchronous=False) as archive:
                made.record(2)
                made.restart()
                made.record(2)
                eventually(lambda: _looked(archive), "the archive has found the server again")
                all_archived(archive, made.database)
            # Nothing is archived now, and the server keeps it.
            made.record(2)
            ask(made.database, "SELECT pg_switch_wal()")
            made.restart()
        with archiving(made.database, made.folder, synchronous=False) as archive:
            all_archived(archive, made.database)
        found, restored = made.restore()
        assert (positions_of(made.database), 14) == (positions_of(restored), found.position)
        # An archive that has ended is not begun again in the same folder: it would have a gap.
        end(made.database)
        with (
            pytest.raises(BackupRefused, match="may be missing"),
            archiving(made.database, made.folder, synchronous=False),
        ):
            pass


def _looked(archive: Archiving) -> bool:
    with suppress(Exception):
        archive.look()
        return True
    return False


def test_an_archive_that_was_away_too_long_is_told_and_the_server_goes_on() -> None:
    with backed_up() as made:
        ask(made.database, "ALTER SYSTEM SET max_slot_wal_keep_size = '1MB'")
        ask(made.database, "SELECT pg_reload_conf()")
        take(made.database, made.folder)
        with archiving(made.database, made.folder, synchronous=False) as archive:
            all_archived(archive, made.database)
        for _ in range(8):
            made.record(1)
            ask(made.database, "SELECT pg_switch_wal()")
        ask(made.database, "CHECKPOINT")
        ask(made.database, "CHECKPOINT")
        with (
            pytest.raises(BackupBroken, match="away too long"),
            archiving(made.database, made.folder, synchronous=False),
        ):
            pass
        made.record(1)


def test_appends_go_on_while_the_disk_of_the_archive_is_full_and_nothing_is_missing_afterwards() -> None:
    with backed_up() as made, small_disk(24) as disk:
        folder = disk / "backups"
        with archiving(made.database, folder, synchronous=False) as archive:
            all_archived(archive, made.database)
            for _ in range(4):
                made.record(2)
                ask(made.database, "SELECT pg_switch_wal()")
            eventually(lambda: any(path.suffix == wal.PARTIAL for path in (folder / kept.WAL).iterdir()), "it is full")
            made.record(2)
            enlarge(disk, 200)
            all_archived(archive, made.database)
        made.folder = folder
        assert 5 <= len(segments(folder))


def test_the_archive_is_a_service_that_ends_when_it_is_told_to() -> None:
    with backed_up() as made:
        take(made.database, made.folder)
        environ = {**os.environ, "FUNDTRAIL_HOME": str(made.home), "DATABASE_URL": ""}
        words = [sys.executable, "-m", "infra.cli", "backup", "archive", str(made.folder)]
        with subprocess.Popen(words, cwd=ROOT, env=environ, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as begun:
            try:
                position = made.record(5)
                head = made.moment_of(position)
                eventually(lambda: (found := archived.received(made.folder)) and found.at >= head, "all is archived")
                second = fundtrail(made.database, "backup", "archive", str(made.folder))
                assert (2, True) == (second.returncode, "Another process is archiving" in second.stderr)
                begun.send_signal(signal.SIGTERM)
                assert 0 == begun.wait(60)
            finally:
                begun.kill()
        assert position == made.restore()[0].position
