"""Restoring a backup into an empty home: checked, put together, recovered, promoted, and verified before it serves."""

import re
import shutil
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

from infra.backups import archived, erasures, kept, manifest, wal
from infra.backups.archived import Log
from infra.backups.kept import Backup
from infra.backups.manifest import Listed
from infra.backups.programs import ran
from infra.backups.refusals import BackupBroken, BackupRefused, NoBackup, NotDone
from infra.backups.targets import Edge, Wanted, edge, stop_after
from infra.database.embedded import UNVERIFIED, Server, account, cluster_folder
from infra.database.postgres import Database

Verify = Callable[[Database], Sequence[str]]

# What a server of a backup must not bring with it: whom it waits for, follows, and keeps its log for.
_LEFT_OUT = re.compile(r"\s*(synchronous_standby_names|primary_|recovery_|restore_command|archive_)", re.IGNORECASE)
# Files of the old server's own running.
_OLD = ("log", "log.before", "postmaster.pid", "postmaster.opts", "standby.signal", "recovery.signal", manifest.NAME)
# Segments are in place already, so no command fetches them.
_RECOVERY = {
    "restore_command": "false",
    "recovery_target_timeline": "current",
    "recovery_target_action": "promote",
    "hot_standby": "off",
    "synchronous_standby_names": "",
}
# A recovery that is thrown away need not reach the disk.
_THROWN_AWAY = {"fsync": "off", "full_page_writes": "off", "summarize_wal": "off"}


_UNFINISHED = "Restoring it was broken off. Remove it, and restore into an empty home.\n"


class Restored(NamedTuple):
    """What was restored, from which *backup*, up to which event, and what is to be known about it.

    *erased* are people whose erasure was recorded later than what was restored: their names are taken out again.
    *timeline* is that of the restored server's history. *seconds* say how long each part took.
    """

    backup: Backup
    position: int
    recorded_at: datetime | None
    known_until: datetime
    erased: list[str]
    timeline: int
    seconds: Mapping[str, float]


class Source(NamedTuple):
    """Where to restore from: the backup *name* in *folder*, or the newest that fits; with the *archive* or without."""

    folder: Path
    name: str | None = None
    archive: bool = True


def restore(
    source: Source,
    home: Path,
    wanted: Wanted,
    verify: Verify,
    *,
    erased: Sequence[str] = (),
    lasts: bool = True,
    say: Callable[[str], None] = lambda _: None,
) -> Restored:
    """Restore what is *wanted* into the empty *home*. People *erased* since are taken out of its directory again.

    A home that *lasts* is a new history of the log: the next one that is restored gets another timeline.

    The home serves only after *verify* has found nothing: its sentences are kept in the home. Raises BackupRefused,
    NoBackup, BackupBroken, NotDone and EmbeddedFailed.
    """
    clock = _Clock(say)
    _refuse_used(home)
    backup = _chosen(source, wanted)
    chain = kept.chain(backup)
    clock.begin("Checking the backup")
    kept.refuse_broken(chain)
    log = archived.following(backup, source.folder if source.archive else None)
    with _unverified(home):
        found = None
        if not wanted.is_all:
            clock.begin("Finding where to stop")
            found = _found(chain, log, home / "finding", wanted)
        clock.begin("Putting the backup together")
        cluster = put_together(chain, log, home)
        clock.begin("Recovering")
        timeline = _recovered(home, cluster, backup, log, _settings(found))
        if lasts:
            _keep_history(cluster, source.folder, timeline)
        clock.begin("Verifying")
        later = [*(found.erased if found else ()), *erased]
        position, recorded_at, taken = _verified(home, backup, found, verify, later)
        (home / UNVERIFIED).unlink()
    return Restored(backup, position, recorded_at, log.known_until, taken, timeline, clock.ended())


class _Clock:
    """How long each part of the work takes."""

    def __init__(self, say: Callable[[str], None]) -> None:
        self._say = say
        self._began: list[tuple[str, float]] = []

    def begin(self, part: str) -> None:
        """The work goes on with *part*."""
        self._say(part)
        self._began.append((part, time.monotonic()))

    def ended(self) -> dict[str, float]:
        """The seconds of each part, when all is done."""
        ends = [began for _, began in self._began[1:]] + [time.monotonic()]
        return {part: end - began for (part, began), end in zip(self._began, ends, strict=True)}


def _refuse_used(home: Path) -> None:
    if home.exists() and (not home.is_dir() or any(home.iterdir())):
        raise BackupRefused(f"{home} is not empty. A backup is restored into an empty home only: name another folder.")


def _chosen(source: Source, wanted: Wanted) -> Backup:
    """The backup to begin with: the one that is named, or the newest with nothing later than what is wanted."""
    if source.name is not None:
        backup = kept.named(source.folder, source.name)
        if not _fits(backup, wanted):
            raise BackupRefused(f"Backup {backup.name} has more than is wanted: it ends later than {wanted}.")
        return backup
    paths = kept.paths(source.folder)
    if not paths:
        raise NoBackup(f"{source.folder} has no backup.")
    for path in reversed(paths):
        backup = kept.read(path)
        if _fits(backup, wanted):
            return backup
    raise NoBackup(f"{source.folder} has no backup from before {wanted}. The oldest is {paths[0].name}.")


def _fits(backup: Backup, wanted: Wanted) -> bool:
    ended = backup.about.ended
    if wanted.instant is not None:
        return ended.recorded_at is None or ended.recorded_at <= wanted.instant
    return wanted.position is None or ended.position <= wanted.position


@contextmanager
def _unverified(home: Path) -> Iterator[None]:
    """Make *home*, and mark it until it is verified. Where nothing could be recovered, it is empty again in the end."""
    home.mkdir(parents=True, exist_ok=True)
    mark = home / UNVERIFIED
    mark.write_text(_UNFINISHED, encoding="utf-8")
    try:
        yield
    finally:
        removed(home / "finding")
        if mark.exists() and mark.read_text(encoding="utf-8") == _UNFINISHED:
            removed(home)
            home.mkdir()


# --- Putting together -------------------------------------------------------------------------------------------------


def put_together(chain: Sequence[Backup], log: Log, home: Path) -> Path:
    """The folder of the database's files in *home*: those of *chain* together, and the write-ahead log that follows."""
    user = account(home / "postgres")
    cluster = cluster_folder(home, user)
    if len(chain) == 1:
        _copy(chain[0].data, cluster)
    else:
        ran("pg_combinebackup", "--manifest-checksums=SHA256", "-o", cluster, *(one.data for one in chain))
        _refuse_changed(cluster)
    for segment in log.segments:
        wal.copied(segment, cluster / manifest.WAL)
    for name in _OLD:
        (cluster / name).unlink(missing_ok=True)
    _leave_out_settings(cluster)
    (cluster / "recovery.signal").touch(mode=0o600)
    for path in (cluster, *cluster.rglob("*")):
        path.chmod(0o700 if path.is_dir() else 0o600)
        user.own(path)
    return cluster


def _copy(data: Path, cluster: Path) -> None:
    try:
        shutil.copytree(data, cluster, dirs_exist_ok=True)
    except shutil.Error as error:
        raise NotDone(f"{data} cannot be copied: {error.args[0][0][2]}") from error


def _refuse_changed(cluster: Path) -> None:
    """Refuse files that are not those that ``pg_combinebackup`` has just written. Raises BackupBroken."""
    beside = {manifest.NAME: Listed((cluster / manifest.NAME).stat().st_size, manifest.digest(cluster / manifest.NAME))}
    in_wal = {f"{manifest.WAL}/{name}": one for name, one in manifest.listed(cluster / manifest.WAL).items()}
    faults = list(manifest.faults(cluster, manifest.read(cluster).files | in_wal | beside))
    if faults:
        raise BackupBroken("\n  ".join(["The backups cannot be put together:", *faults[:5]]))


def _leave_out_settings(cluster: Path) -> None:
    conf = cluster / "postgresql.auto.conf"
    if conf.exists():
        lines = conf.read_text(encoding="utf-8").splitlines(keepends=True)
        conf.write_text("".join(line for line in lines if not _LEFT_OUT.match(line)), encoding="utf-8")
    # A server whose settings were kept elsewhere has none in its folder.
    (cluster / "postgresql.conf").touch()


# --- Recovering -------------------------------------------------------------------------------------------------------


class _Found(NamedTuple):
    """The *edge* of what is wanted, and the place of the commit to *stop* after; None to stop where the backup ends."""

    edge: Edge
    stop: int | None

    @property
    def erased(self) -> list[str]:
        return self.edge.erased


def _found(chain: Sequence[Backup], log: Log, home: Path, wanted: Wanted) -> _Found:
    """Recover everything in a *home* that is thrown away, and look where to stop."""
    backup = chain[-1]
    about = backup.manifest()
    home.mkdir()
    cluster = put_together(chain, log, home)
    # Recovering removes what it no longer needs of the write-ahead log, so this is read first.
    commits = list(wal.commits(cluster / manifest.WAL, about.timeline, wal.place(about.start)))
    with (
        _running(home, _RECOVERY | _THROWN_AWAY) as server,
        Database(server.url(backup.about.database)).connect() as asked,
    ):
        found = edge(asked, wanted, log.known_until)
    removed(home)
    return _Found(found, stop_after(found, wanted, commits, wal.place(about.end)))


def _settings(found: _Found | None) -> Mapping[str, str]:
    """Where the recovery stops, as settings of the server. An archive may have grown since that was found."""
    if found is None:
        return _RECOVERY
    if found.stop is None:
        return _RECOVERY | {"recovery_target": "immediate"}
    return _RECOVERY | {"recovery_target_lsn": wal.written(found.stop), "recovery_target_inclusive": "on"}


def _recovered(home: Path, cluster: Path, backup: Backup, log: Log, settings: Mapping[str, str]) -> int:
    """Recover until the server stops by itself and is promoted. Returns its new timeline."""
    before = backup.manifest().timeline
    _keep_known_histories(backup.path.parent, cluster)
    with _running(home, settings):
        pass
    histories = sorted(path for path in (cluster / manifest.WAL).glob("*.history"))
    timeline = int(histories[-1].stem, 16) if histories else before
    reached = (
        [line.split("\t")[1] for line in histories[-1].read_text().splitlines() if line.strip()] if histories else []
    )
    if timeline <= before or not reached:
        raise BackupBroken(f"The recovery has not begun a new history: its timeline is {timeline}.")
    complete = archived.received(backup.path.parent) if log.segments else None
    if settings is _RECOVERY and complete is not None and wal.place(reached[-1]) < wal.place(complete.place):
        raise BackupBroken(
            f"The recovery ended at {reached[-1]} of the write-ahead log. The archive goes on to {complete.place}."
        )
    return timeline


def _keep_known_histories(folder: Path, cluster: Path) -> None:
    """Let the server see which timelines others that were restored from *folder* have, so that it takes a new one."""
    user = account(cluster)
    for path in (folder / kept.WAL).glob("*.history"):
        shutil.copyfile(path, cluster / manifest.WAL / path.name)
        user.own(cluster / manifest.WAL / path.name)


def _keep_history(cluster: Path, folder: Path, timeline: int) -> None:
    name = f"{timeline:08X}.history"
    with suppress(OSError):  # The folder may be one that can only be read.
        (folder / kept.WAL).mkdir(mode=0o700, exist_ok=True)
        shutil.copyfile(cluster / manifest.WAL / name, folder / kept.WAL / name)
        (folder / kept.WAL / name).chmod(0o600)


@contextmanager
def _running(home: Path, settings: Mapping[str, str]) -> Iterator[Server]:
    """The server of *home*, meanwhile; with *settings*, and whether it is verified or not."""
    server = Server(home, settings)
    try:
        yield server
    finally:
        server.leave()


def _verified(
    home: Path, backup: Backup, found: _Found | None, verify: Verify, erased: Sequence[str]
) -> tuple[int, datetime | None, list[str]]:
    """Take the names of people *erased* since out again, and verify what was recovered. Raises BackupBroken."""
    with _running(home, {}) as server:
        database = Database(server.url(backup.about.database))
        taken = erasures.taken_out(database, erased)
        faults = list(verify(database))
        with database.connect() as connection:
            row = connection.execute(
                "SELECT notification_id, recorded_at FROM log.events ORDER BY notification_id DESC LIMIT 1"
            ).fetchone()
    position, recorded_at = row or (0, None)
    least = found.edge.last.position if found else backup.about.began.position
    if position < least or (found and position != least):
        faults.insert(0, f"The log ends at position {position:,} and must end at {least:,}.")
    if faults:
        reason = "\n  ".join(["What was restored is not right:", *faults])
        (home / UNVERIFIED).write_text(reason + "\n", encoding="utf-8")
        raise BackupBroken(f"{reason}\n{home} is kept, and nothing serves it.")
    return position, recorded_at, taken


# --- Removing ---------------------------------------------------------------------------------------------------------


def removed(home: Path) -> None:
    """Remove a home that is thrown away, and what of it is kept elsewhere. Its server does not run."""
    named, socket = home / "postgres", home / "socket"
    elsewhere = [named.resolve().parent] if named.is_symlink() else []
    elsewhere += [socket.resolve()] if socket.is_symlink() else []
    for path in (home, *elsewhere):
        shutil.rmtree(path, ignore_errors=True)
