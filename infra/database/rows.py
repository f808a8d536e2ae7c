"""The rows that readers see: policies on the tables of read models, and views in front of them.

The views are for readers with a scope.
"""

import hashlib
from collections.abc import Iterator, Sequence
from typing import Any

import psycopg
from psycopg import sql
from psycopg.rows import TupleRow

from infra.database.postgres import APP, PROJECTOR, READER, SCOPED, SEALER
from projections.seen import EVENTS_IN_VIEW, NAMED, OF_PARTNERSHIP, OPEN, RULES, found_by_partnership

LIVE = "read"
# The schemas of the views, with the condition of each view. Those of the second are for readers with few partnerships.
VIEWS: dict[str, dict[str, str]] = {
    "seen": {table: rule for table, rule in RULES.items() if table not in OPEN} | {"events": EVENTS_IN_VIEW},
    "few": {table: found_by_partnership(table) for table in OF_PARTNERSHIP},
}
# The policies of a table: of those who see every row, of readers without a scope, and of readers with one.
EVERYONE, WHOLE, PLACED = "everyone", "whole", "scoped"
POLICIES = (EVERYONE, WHOLE, PLACED)


def guard_rows(connection: psycopg.Connection[TupleRow], schema: str, tables: Sequence[str]) -> None:
    """Let readers with a scope see only their rows of *tables*, which are in *schema*: none where there is no rule."""
    for table in tables:
        name = sql.Identifier(schema, table)
        with connection.transaction():
            for policy in POLICIES:
                connection.execute(sql.SQL("DROP POLICY IF EXISTS {} ON {}").format(sql.Identifier(policy), name))
            for policy, (command, roles, rule) in _policies(table).items():
                to = sql.SQL(", ").join(map(sql.Identifier, roles))
                connection.execute(
                    sql.SQL("CREATE POLICY {} ON {} FOR {} TO {} USING ({})").format(
                        sql.Identifier(policy), name, _ours(command), to, _ours(rule)
                    )
                )
            connection.execute(sql.SQL("ALTER TABLE {} ENABLE ROW LEVEL SECURITY").format(name))
            connection.execute(sql.SQL("COMMENT ON TABLE {} IS {}").format(name, sql.Literal(_noted(table))))


def show_rows(connection: psycopg.Connection[TupleRow], tables: Sequence[str], prefix: str = "") -> None:
    """Put views in front of each of the live *tables*, through which readers with a scope read it.

    A *prefix* of their schemas makes them elsewhere.
    """
    for schema, conditions in VIEWS.items():
        _show(connection, schema, [table for table in tables if table in conditions], prefix)


def _show(connection: psycopg.Connection[TupleRow], schema: str, tables: Sequence[str], prefix: str = "") -> None:
    for table in tables:
        view, condition = sql.Identifier(prefix + schema, table), VIEWS[schema][table]
        with connection.transaction():
            connection.execute(sql.SQL("DROP VIEW IF EXISTS {}").format(view))
            connection.execute(
                sql.SQL("CREATE VIEW {} WITH (security_invoker = true) AS SELECT {}.* FROM {} WHERE {}").format(
                    view, sql.Identifier(table), sql.Identifier(LIVE, table), _ours(condition)
                )
            )
            connection.execute(sql.SQL("GRANT SELECT ON {} TO {}").format(view, sql.Identifier(SCOPED)))
            connection.execute(sql.SQL("COMMENT ON VIEW {} IS {}").format(view, sql.Literal(_note(condition))))


def hide_rows(connection: psycopg.Connection[TupleRow], table: str) -> None:
    """Take the views in front of *table* away: its policy alone guards it."""
    for schema in VIEWS:
        connection.execute(sql.SQL("DROP VIEW IF EXISTS {}").format(sql.Identifier(schema, table)))


def ensure_rows(connection: psycopg.Connection[TupleRow], tables: Sequence[str]) -> None:
    """Give the log and the live *tables* the policies and views that they lack, or whose rules have changed.

    A dump that is restored before its roles exist has tables without policies: nobody reads them until this is done.
    """
    found: dict[str, tuple[str | None, int]] = {
        name: (note, policies)
        for name, note, policies in connection.execute(
            "SELECT c.relnamespace::regnamespace::text || '.' || c.relname, obj_description(c.oid, 'pg_class'),"
            "       (SELECT count(*) FROM pg_policy p WHERE p.polrelid = c.oid AND p.polname = ANY (%s))"
            "  FROM pg_class c WHERE c.relnamespace::regnamespace::text = ANY (%s)",
            (list(POLICIES), ["log", LIVE, *VIEWS]),
        ).fetchall()
    }
    for schema, guarded in (("log", ["events"]), (LIVE, tables)):
        outdated = [one for one in guarded if found.get(f"{schema}.{one}") != (_noted(one), len(POLICIES))]
        guard_rows(connection, schema, outdated)
    for schema, conditions in VIEWS.items():
        of = [one for one in (*tables, "events") if one in conditions]
        outdated = [one for one in of if found.get(f"{schema}.{one}") != (_note(conditions[one]), 0)]
        _show(connection, schema, outdated)


# Of each guarded table: whether row-level security is on, and its policies, which let rows be seen or hide them.
_ROWS = """
    SELECT n.nspname || '.' || c.relname, c.relrowsecurity,
           ARRAY(SELECT p.polname::text FROM pg_policy p WHERE p.polrelid = c.oid ORDER BY 1)
      FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
     WHERE c.relkind = 'r' AND (n.nspname || '.' || c.relname = 'log.events'
           OR n.nspname = 'read' AND c.relname = ANY (SELECT unnest(tables) FROM read.projections)) ORDER BY 1"""


def unguarded_rows(cursor: psycopg.Cursor[Any]) -> Iterator[str]:
    """What is wrong with the policies: a sentence for each table that shows other rows than it should."""
    for table, is_on, policies in cursor.execute(_ROWS).fetchall():
        if not is_on:
            yield f"{table} has no row-level security. Run: ALTER TABLE {table} ENABLE ROW LEVEL SECURITY"
        for policy in policies:
            if policy not in POLICIES:
                yield f"The policy {policy} on {table} is not ours. Run: DROP POLICY {policy} ON {table}"
        for policy in {*POLICIES}.difference(policies):
            yield f"{table} has no policy {policy}. Run `fundtrail migrate`."


def _policies(table: str) -> dict[str, tuple[str, tuple[str, ...], str]]:
    """The policies of *table* by name: for what, to whom, and by which rule.

    Commands are decided on the log, not on tables of read models: whose rows name their readers, those alone see them.
    """
    sees_all = (APP, PROJECTOR) if table not in NAMED or table == "events" else (PROJECTOR,)
    if table == "events":
        sees_all = (*sees_all, SEALER)
    return {
        EVERYONE: ("ALL", sees_all, "true"),
        WHOLE: ("SELECT", (READER,), NAMED.get(table, "true")),
        PLACED: ("SELECT", (SCOPED,), _rule(table)),
    }


def _noted(table: str) -> str:
    return _note(repr(_policies(table)))


def _note(rule: str) -> str:
    """What a table or view says of its *rule*, by which ``fundtrail migrate`` finds those whose rules have changed."""
    return f"rows by rule {hashlib.sha256(rule.encode()).hexdigest()[:16]}"


def _rule(table: str) -> str:
    """The rule of *table*. Of a table without one nothing is seen."""
    return RULES.get(table, "false")


def _ours(text: str) -> sql.SQL:
    # Our own text. psycopg requires a literal here so that no user input is run as SQL.
    return sql.SQL(text)
