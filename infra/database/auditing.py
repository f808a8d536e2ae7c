"""The auditor's role and view: a person reads the log in SQL, and nothing else.

No process logs in as this role. It cannot log in before the owner of the database gives it a password.
"""

import hashlib
from collections.abc import Iterator

import psycopg
from psycopg import sql
from psycopg.rows import TupleRow

from projections.support.confidential import SHOWN

AUDITOR = "fundtrail_auditor"
# A session starts with these. The rights, not these settings, keep it from writing.
SETTINGS = {
    "search_path": "audit",
    "TimeZone": "UTC",
    "default_transaction_read_only": "on",
    "statement_timeout": "1min",
    "idle_session_timeout": "1h",
}
# So that an auditor who forgets a program does not keep the application from connecting.
CONNECTIONS = 4
_NAME = sql.Identifier(AUDITOR)
# The owner's rights: the auditor needs none on the log. The barrier lets no function of the auditor see a row that the
# view leaves out.
_VIEW = f"""
    CREATE VIEW audit.events WITH (security_barrier = true) AS
    SELECT e.notification_id AS position, e.recorded_at, e.body ->> 'on' AS effective, e.originator_id AS stream,
           e.originator_version AS version, e.topic AS name, 'event-' || e.event_id AS event_id, e.actor, e.authority,
           e.command_id, e.correlation_id, e.causation_id, e.schema_version, e.body
      FROM (SELECT *, convert_from(state, 'UTF8')::jsonb AS body FROM log.events) AS e
     WHERE {SHOWN.format(stream="e.originator_id", name="e.topic")}"""  # noqa: S608 - made of our own names
_NOTE = f"events by rule {hashlib.sha256(_VIEW.encode()).hexdigest()[:16]}"


def missing_of_auditor(connection: psycopg.Connection[TupleRow]) -> Iterator[sql.Composed]:
    """The statements that make the role and its settings. Whether it may log in is left as it is."""
    row = connection.execute("SELECT rolconfig FROM pg_roles WHERE rolname = %s", (AUDITOR,)).fetchone()
    if row is None:
        yield sql.SQL("CREATE ROLE {} NOLOGIN CONNECTION LIMIT {}").format(_NAME, sql.Literal(CONNECTIONS))
    known = dict(setting.split("=", 1) for setting in (row[0] or [] if row else []))
    for setting, wanted in SETTINGS.items():
        if known.get(setting) != wanted:
            yield sql.SQL("ALTER ROLE {} SET {} = {}").format(_NAME, sql.Identifier(setting), sql.Literal(wanted))


def make_view(connection: psycopg.Connection[TupleRow], schema: str) -> None:
    """Make the view that the auditor reads, in *schema*."""
    connection.execute(_VIEW.replace("VIEW audit.", f"VIEW {schema}.").encode())


def ensure_view(connection: psycopg.Connection[TupleRow]) -> None:
    """Make the view that the auditor reads, or make it again where its rule has changed."""
    connection.execute(sql.SQL("GRANT USAGE ON SCHEMA audit TO {}").format(_NAME))
    row = connection.execute("SELECT obj_description(to_regclass('audit.events'), 'pg_class')").fetchone()
    if row != (_NOTE,):
        with connection.transaction():
            connection.execute("DROP VIEW IF EXISTS audit.events")
            make_view(connection, "audit")
            connection.execute(sql.SQL("COMMENT ON VIEW audit.events IS {}").format(sql.Literal(_NOTE)))
