"""PostgreSQL's own programs, run as the user that we are. Their files are ours; no password is on a command line."""

import os
import pwd
import subprocess

import psycopg
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from infra.backups.refusals import BackupRefused, NotDone
from infra.database.embedded import Account, programs
from infra.database.postgres import Database

# The name by which the server knows the archive: of its session and of its slot.
ARCHIVE = "fundtrail_archive"


def command(program: str, *words: object) -> list[str]:
    """The command that runs *program* of the wheel. Raises EmbeddedFailed where it is not installed."""
    ours = Account(pwd.getpwuid(os.geteuid()).pw_name, os.geteuid(), os.getegid())
    return [str(programs(ours) / program), *map(str, words)]


def ran(program: str, *words: object, environ: dict[str, str] | None = None) -> str:
    """What *program* writes to standard output. Raises NotDone with its own words when it fails."""
    # Messages and times are read again: they are in English and in UTC.
    ended = subprocess.run(  # noqa: S603 - the programs are those of the wheel
        command(program, *words),
        env=surroundings() | (environ or {}),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        check=False,
    )
    if ended.returncode != 0:
        raise NotDone(said(program, ended.stderr.decode(errors="replace")))
    return ended.stdout.decode(errors="replace")


def said(program: str, text: str) -> str:
    """What *program* said when it failed, without its own name in front of each line."""
    lines = [line.removeprefix(f"{program}: ").removeprefix("error: ") for line in text.strip().splitlines()]
    return f"{program} has failed: {' '.join(lines)}"


def surroundings() -> dict[str, str]:
    """The environment of a program: ours, with messages in English and times in UTC."""
    return {**os.environ, "LC_ALL": "C", "TZ": "UTC", "PGTZ": "UTC"}


def connecting(database: Database, name: str) -> tuple[str, dict[str, str]]:
    """How a program called *name* connects as the owner: a connection string, and the password beside it."""
    found = conninfo_to_dict(database.conninfo())
    password = found.pop("password", None)
    conninfo = make_conninfo("", **found | {"application_name": name})
    return conninfo, {"PGPASSWORD": str(password)} if password else {}


def refuse_without_replication(connection: psycopg.Connection[tuple[object, ...]]) -> None:
    """Refuse an owner who may not read the whole server, as a backup does. Raises BackupRefused."""
    row = connection.execute(
        "SELECT rolname, rolsuper OR rolreplication FROM pg_roles WHERE rolname = current_user"
    ).fetchone()
    if row is not None and not row[1]:
        raise BackupRefused(
            f"The role {row[0]} has not the attribute REPLICATION, which a backup needs."
            f' A superuser gives it: ALTER ROLE "{row[0]}" REPLICATION.'
        )
