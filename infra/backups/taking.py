"""Taking a base backup: of a running server, without holding up anybody who records or reads."""

import shutil
from datetime import UTC, datetime
from pathlib import Path

import psycopg
from psycopg.conninfo import conninfo_to_dict
from psycopg.rows import TupleRow

from infra.backups import kept, manifest
from infra.backups.archived import of_folder
from infra.backups.kept import About, Backup, Mark
from infra.backups.programs import connecting, ran, refuse_without_replication
from infra.backups.refusals import BackupRefused, NotDone
from infra.database.embedded import VERSION
from infra.database.postgres import Database

_UNFINISHED = "unfinished-"
_MARK = """SELECT clock_timestamp(), coalesce(max(notification_id), 0), max(recorded_at) FROM log.events
 WHERE notification_id = (SELECT max(notification_id) FROM log.events)"""


def take(database: Database, folder: Path, *, incremental: bool = False) -> Backup:
    """Write a base backup of the server of *database* into *folder*, check it, and return it.

    With *incremental* it has what has changed since the newest backup. Raises BackupRefused, NoBackup, BackupBroken and
    NotDone. Nothing is left of one that failed.
    """
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    with kept.alone(folder, "backup.lock", "backing up into"), database.connect() as connection:
        _refuse_unable(connection, folder, incremental=incremental)
        onto = _newest(folder) if incremental else None
        for left in folder.glob(f"{_UNFINISHED}*"):
            shutil.rmtree(left)
        name = f"{datetime.now(UTC):%Y-%m-%dT%H-%M-%S.%f}"[:-3] + "Z"
        unfinished = folder / f"{_UNFINISHED}{name}"
        unfinished.mkdir(mode=0o700)
        try:
            began = _mark(connection)
            _copy(database, unfinished / kept.DATA, name, onto)
            about = _about(unfinished, database, began, _mark(connection), onto)
            kept.write(unfinished, about)
            kept.refuse_broken([Backup(unfinished, about)])
            unfinished.rename(folder / name)
        except BaseException:
            shutil.rmtree(unfinished, ignore_errors=True)
            raise
    return Backup(folder / name, about)


def _refuse_unable(connection: psycopg.Connection[TupleRow], folder: Path, *, incremental: bool) -> None:
    """Refuse a server that cannot be backed up into *folder*. Raises BackupRefused."""
    refuse_without_replication(connection)
    found = connection.execute(
        "SELECT current_setting('server_version_num')::int / 10000, current_setting('summarize_wal', true),"
        " (SELECT count(*) FROM pg_tablespace WHERE spcname NOT IN ('pg_default', 'pg_global'))"
    ).fetchone()
    version, summarized, tablespaces = found or (0, None, 0)
    if str(version) != VERSION:
        raise BackupRefused(f"The server is PostgreSQL {version}. Fundtrail's backups are of PostgreSQL {VERSION}.")
    if tablespaces:
        raise BackupRefused("The server has tablespaces of its own, which this backup does not cover.")
    if incremental and summarized != "on":
        raise BackupRefused(
            "The server does not write down which blocks change: summarize_wal is off."
            " Run: ALTER SYSTEM SET summarize_wal = on; SELECT pg_reload_conf(); then take a whole backup first."
        )
    refuse_other_server(connection, folder)


def refuse_other_server(connection: psycopg.Connection[TupleRow], folder: Path) -> None:
    """Refuse a *folder* that has what another server, or another history of this one, has written."""
    row = connection.execute(
        "SELECT (SELECT system_identifier FROM pg_control_system()), (SELECT timeline_id FROM pg_control_checkpoint())"
    ).fetchone()
    known = {(one.system, one.timeline) for one in of_folder(folder)[-1:]}
    for path in kept.paths(folder)[-1:]:
        found = kept.read(path).manifest()
        known.add((found.system, found.timeline))
    if known - {row}:
        raise BackupRefused(
            f"{folder} has backups of another server, or of this one before it was restored or promoted."
            " A new history needs a folder of its own."
        )


def _newest(folder: Path) -> Backup:
    found = kept.paths(folder)
    if not found:
        raise BackupRefused(
            f"{folder} has no backup yet. An incremental one follows a whole one: leave out the option."
        )
    return kept.read(found[-1])


def _mark(connection: psycopg.Connection[TupleRow]) -> Mark:
    return Mark(*(connection.execute(_MARK).fetchone() or ()))


def _copy(database: Database, data: Path, name: str, onto: Backup | None) -> None:
    conninfo, environ = connecting(database, "fundtrail_backup")
    words = ["-D", data, "-X", "stream", "-c", "fast", "--manifest-checksums=SHA256", "--no-password", "-l", name]
    if onto is not None:
        words.append(f"--incremental={onto.data / manifest.NAME}")
    try:
        ran("pg_basebackup", "-d", conninfo, *words, environ=environ)
    except NotDone as error:
        raise _explained(error, onto) from error


def _explained(error: NotDone, onto: Backup | None) -> Exception:
    text = str(error)
    if "no pg_hba.conf entry for replication" in text:
        return BackupRefused(
            "The server lets nobody read it whole from here: pg_hba.conf has no line for replication."
            f" Add one such as `host replication OWNER ADDRESS scram-sha-256`. {text}"
        )
    if onto is not None and ("summar" in text or "manifest" in text):
        return BackupRefused(
            f"The server no longer knows what has changed since {onto.name}. Take a whole backup. {text}"
        )
    return error


def _about(unfinished: Path, database: Database, began: Mark, ended: Mark, onto: Backup | None) -> About:
    data = unfinished / kept.DATA
    return About(
        database=str(conninfo_to_dict(database.conninfo()).get("dbname") or ""),
        began=began,
        ended=ended,
        manifest=manifest.digest(data / manifest.NAME),
        wal=manifest.listed(data / manifest.WAL),
        folders=sorted(str(path.relative_to(data)) for path in data.rglob("*") if path.is_dir()),
        onto=onto.name if onto else None,
    )
