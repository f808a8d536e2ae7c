"""Where the database is, the roles that log in to it, and the settings of it that are refused."""

from __future__ import annotations

import hmac
import os
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
from psycopg.conninfo import conninfo_to_dict, make_conninfo
from psycopg.rows import TupleRow, tuple_row

from domain.values.portable import Portable
from infra.database.embedded import server_of

APP = "fundtrail_app"
PROJECTOR = "fundtrail_projector"
READER = "fundtrail_reader"
# Reads for people whose roles hold in some places only: the rows of those places (see projections.seen).
SCOPED = "fundtrail_scoped"
# Seals the log (see infra.seals): it reads events, and writes the tree over them.
SEALER = "fundtrail_sealer"
NAME = "fundtrail"

# The roles that log in, and the setting with the connection string of each. A session of one of them cannot get the
# rights of another role or of the owner.
LOGINS = {
    APP: "FUNDTRAIL_APP_URL",
    PROJECTOR: "FUNDTRAIL_PROJECTOR_URL",
    READER: "FUNDTRAIL_READER_URL",
    SCOPED: "FUNDTRAIL_SCOPED_URL",
    SEALER: "FUNDTRAIL_SEALER_URL",
}
# The settings that each of them has on the server. Names without a schema are those of the read models. The isolation
# is read committed, whatever the server's default: an append that has waited for the lock must check the log as it is
# then.
ROLE_SETTINGS = {"search_path": "read", "TimeZone": "UTC", "default_transaction_isolation": "read committed"}
OWNER_SETTINGS = {name: wanted for name, wanted in ROLE_SETTINGS.items() if name != "search_path"}


def settings_of(role: str) -> dict[str, str]:
    """The settings that *role* has on the server. A reader with a scope finds the views of ``seen`` first."""
    return ROLE_SETTINGS | {"search_path": "seen, read"} if role == SCOPED else ROLE_SETTINGS


class UnsafeSettings(Portable):
    """A setting of the database or the environment can lose acknowledged events. Each reason names a setting."""

    def __init__(self, reasons: list[str]) -> None:
        super().__init__(" ".join(reasons))
        self.reasons = reasons


class NoDatabase(Exception):
    """The database cannot be reached."""


class WrongSession(Exception):
    """A connection is not the one that was asked for: another role, or other settings. Nothing was done on it."""


@dataclass(frozen=True)
class Database:
    """One database. *url* is a libpq connection string with the rights of the database's owner, or empty.

    *logins* gives the connection strings of roles, by role. A role without one logs in where the owner does, with a
    password that is made from the owner's, which ``fundtrail migrate`` sets.
    """

    url: str
    logins: tuple[tuple[str, str], ...] = ()

    def conninfo(self, role: str | None = None) -> str:
        """The connection string for *role*; without a role, that of the owner. Raises NoDatabase without either."""
        name = role or "fundtrail_owner"
        own = dict(self.logins).get(role or "")
        if own:
            return make_conninfo(own, application_name=name, **_patience(own))
        if not self.url:
            setting = LOGINS[role] if role else "DATABASE_URL"
            raise NoDatabase(f"{setting} is not set, and this needs a connection as {role or 'the owner'}")
        if role is None:
            return make_conninfo(self.url, application_name=name, **_patience(self.url))
        password = self.password(role)
        return make_conninfo(self.url, user=role, password=password, application_name=name, **_patience(self.url))

    def lets_in(self, role: str) -> bool:
        """Whether there is a connection string with which *role* can log in."""
        return bool(self.url or dict(self.logins).get(role))

    def password(self, role: str) -> str | None:
        """The password of *role*: that of its connection string, or one made from the owner's. None without either."""
        own = dict(self.logins).get(role)
        if own:
            return _password_in(own)
        owners = _password_in(self.url) if self.url else None
        return hmac.new(owners.encode(), role.encode(), "sha256").hexdigest() if owners else None

    def connect(self, role: str | None = None, **kwargs: Any) -> psycopg.Connection[TupleRow]:
        """Connect as *role*, or as the owner. Raises NoDatabase when the server refuses, and WrongSession."""
        try:
            connection: psycopg.Connection[TupleRow] = psycopg.connect(self.conninfo(role), autocommit=True, **kwargs)
        except psycopg.OperationalError as error:
            raise NoDatabase(f"cannot connect to PostgreSQL: {error}") from error
        try:
            if role is None:
                for name, wanted in OWNER_SETTINGS.items():
                    connection.execute("SELECT set_config(%s, %s, false)", (name, wanted))
            refuse_other_session(connection, role)
        except BaseException:
            connection.close()
            raise
        return connection


# How long a connection to one of several hosts waits for it: a host that is down must not delay the next one, and one
# that has vanished ends its connections. In seconds, and milliseconds for the last one.
SEVERAL_HOSTS = {
    "connect_timeout": "3",
    "keepalives_idle": "2",
    "keepalives_interval": "1",
    "keepalives_count": "3",
    "tcp_user_timeout": "5000",
}


def _patience(url: str) -> dict[str, str]:
    """The settings of SEVERAL_HOSTS that *url* leaves open, if it names several hosts."""
    given = conninfo_to_dict(url)
    several = any("," in str(given.get(name, "")) for name in ("host", "hostaddr"))
    return {name: value for name, value in SEVERAL_HOSTS.items() if name not in given} if several else {}


def _password_in(url: str) -> str | None:
    return str(conninfo_to_dict(url).get("password") or os.environ.get("PGPASSWORD") or "") or None


def database(home: Path, environ: Mapping[str, str] = os.environ) -> Database:
    """The database of DATABASE_URL and LOGINS; without them the embedded one under *home*, started if necessary."""
    url = environ.get("DATABASE_URL") or ""
    logins = tuple((role, environ[setting]) for role, setting in LOGINS.items() if environ.get(setting))
    return Database(url, logins) if url or logins else embedded(home)


def embedded(home: Path, name: str = NAME) -> Database:
    """The database *name* of the embedded PostgreSQL under *home*, which runs while any of our processes uses it.

    Raises EmbeddedFailed.
    """
    server = server_of(home)
    with psycopg.connect(server.url("postgres"), autocommit=True) as connection:
        known = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", (name,)).fetchone()
        if not known:
            with suppress(psycopg.errors.DuplicateDatabase, psycopg.errors.UniqueViolation):
                connection.execute(f'CREATE DATABASE "{name}"')
    return Database(server.url(name))


# --- What was asked for -----------------------------------------------------------------------------------------------

# What a session says of itself: its users, then its settings in the order of ROLE_SETTINGS.
SESSION = (
    "SELECT current_user, session_user, current_setting('search_path'), current_setting('TimeZone'),"
    " current_setting('default_transaction_isolation')"
)


def refuse_other_session(connection: psycopg.Connection[Any], role: str | None) -> None:
    """Refuse a *connection* that is not one of *role* with its settings. Raises WrongSession.

    A pooler may drop what a client asks for, and then answers with the rights of the user that it logs in as.
    """
    row = connection.cursor(row_factory=tuple_row).execute(SESSION).fetchone()
    refuse_other(row or (), role)


def refuse_other(found: Sequence[Any], role: str | None) -> None:
    """Refuse a session whose answer to SESSION, *found*, is not that of *role*. Raises WrongSession."""
    wanted = {"current_user": role, "session_user": role} if role else {}
    wanted |= settings_of(role) if role else OWNER_SETTINGS
    names = ("current_user", "session_user", *ROLE_SETTINGS)
    differing = [
        f'{name} is "{value}", not "{wanted[name]}"'
        for name, value in zip(names, found, strict=True)
        if name in wanted and value != wanted[name]
    ]
    if differing:
        raise WrongSession(
            f"The connection for {role or 'the owner'} is another one than was asked for: {'; '.join(differing)}."
            " Let it log in as that role, also through a pooler. `fundtrail migrate` gives roles their settings."
        )


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


def refuse_shared_lock(one: psycopg.Connection[Any], other: psycopg.Connection[Any]) -> None:
    """Refuse a server on which two connections can hold the lock of an append at once. Raises UnsafeSettings.

    Without that lock events are committed in another order than that of their positions, and readers miss some.
    """
    with one.transaction(), other.transaction():
        one.execute("SELECT pg_advisory_xact_lock(log.append_lock())")
        cursor = other.cursor(row_factory=tuple_row)
        row = cursor.execute("SELECT pg_try_advisory_xact_lock(log.append_lock())").fetchone()
    if row is None or row[0]:
        raise UnsafeSettings(
            ["pg_advisory_xact_lock: two connections got the lock of an append at once, so readers can miss events."]
        )
