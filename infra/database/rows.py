"""The rows that readers with a scope see: policies on the tables of read models, and views in front of them."""

import hashlib
from collections.abc import Iterator, Sequence
from typing import Any

import psycopg
from psycopg import sql
from psycopg.rows import TupleRow

from infra.database.postgres import APP, PROJECTOR, READER, SCOPED
from projections.seen import OPEN, RULES

LIVE = "read"
VIEWS = "seen"
# The policy of those who read every row, and that of readers with a scope.
EVERYONE, PLACED = "everyone", "scoped"
UNLIMITED = (APP, READER, PROJECTOR)


def guard_rows(connection: psycopg.Connection[TupleRow], schema: str, tables: Sequence[str]) -> None:
    """Let readers with a scope see only their rows of *tables*, which are in *schema*: none where there is no rule."""
    for table in tables:
        name = sql.Identifier(schema, table)
        with connection.transaction():
            for policy in (EVERYONE, PLACED):
                connection.execute(sql.SQL("DROP POLICY IF EXISTS {} ON {}").format(sql.Identifier(policy), name))
            connection.execute(
                sql.SQL("CREATE POLICY {} ON {} TO {} USING (true)").format(
                    sql.Identifier(EVERYONE), name, sql.SQL(", ").join(map(sql.Identifier, UNLIMITED))
                )
            )
            connection.execute(
                sql.SQL("CREATE POLICY {} ON {} FOR SELECT TO {} USING ({})").format(
                    sql.Identifier(PLACED),
                    name,
                    sql.Identifier(SCOPED),
                    _ours(_rule(table)),
                )
            )
            connection.execute(sql.SQL("ALTER TABLE {} ENABLE ROW LEVEL SECURITY").format(name))
            connection.execute(sql.SQL("COMMENT ON TABLE {} IS {}").format(name, sql.Literal(_note(table))))


def show_rows(connection: psycopg.Connection[TupleRow], tables: Sequence[str]) -> None:
    """Put a view in front of each of the live *tables*, through which readers with a scope read it."""
    for table in tables:
        if table in OPEN or table not in RULES:
            continue
        view = sql.Identifier(VIEWS, table)
        with connection.transaction():
            connection.execute(sql.SQL("DROP VIEW IF EXISTS {}").format(view))
            connection.execute(
                sql.SQL("CREATE VIEW {} WITH (security_invoker = true) AS SELECT {}.* FROM {} WHERE {}").format(
                    view, sql.Identifier(table), sql.Identifier(LIVE, table), _ours(RULES[table])
                )
            )
            connection.execute(sql.SQL("GRANT SELECT ON {} TO {}").format(view, sql.Identifier(SCOPED)))
            connection.execute(sql.SQL("COMMENT ON VIEW {} IS {}").format(view, sql.Literal(_note(table))))


def hide_rows(connection: psycopg.Connection[TupleRow], table: str) -> None:
    """Take the view in front of *table* away: its policy alone guards it."""
    connection.execute(sql.SQL("DROP VIEW IF EXISTS {}").format(sql.Identifier(VIEWS, table)))


def ensure_rows(connection: psycopg.Connection[TupleRow], tables: Sequence[str]) -> None:
    """Give the log and the live *tables* the policies and views that they lack, or whose rules have changed.

    A dump that is restored before its roles exist has tables without policies: nobody reads them until this is done.
    """
    found: dict[str, tuple[str | None, int]] = {
        name: (note, policies)
        for name, note, policies in connection.execute(
            "SELECT c.relnamespace::regnamespace::text || '.' || c.relname, obj_description(c.oid, 'pg_class'),"
            "       (SELECT count(*) FROM pg_policy p WHERE p.polrelid = c.oid AND p.polname IN (%s, %s))"
            "  FROM pg_class c WHERE c.relnamespace::regnamespace::text = ANY (%s)",
            (EVERYONE, PLACED, ["log", LIVE, VIEWS]),
        ).fetchall()
    }
    for schema, guarded in (("log", ["events"]), (LIVE, tables)):
        outdated = [one for one in guarded if found.get(f"{schema}.{one}") != (_note(one), 2)]
        guard_rows(connection, schema, outdated)
    show_rows(connection, [one for one in tables if found.get(f"{VIEWS}.{one}") != (_note(one), 0)])


# Of each guarded table: whether row-level security is on, and the policies that let anybody see rows.
_ROWS = """
    SELECT n.nspname || '.' || c.relname, c.relrowsecurity,
           ARRAY(SELECT p.polname::text FROM pg_policy p WHERE p.polrelid = c.oid AND p.polpermissive ORDER BY 1)
      FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
     WHERE c.relkind = 'r' AND (n.nspname || '.' || c.relname = 'log.events'
           OR n.nspname = 'read' AND c.relname = ANY (SELECT unnest(tables) FROM read.projections)) ORDER BY 1"""


def unguarded_rows(cursor: psycopg.Cursor[Any]) -> Iterator[str]:
    """What is wrong with the policies: a sentence for each table that shows other rows than it should."""
    for table, is_on, policies in cursor.execute(_ROWS).fetchall():
        if not is_on:
            yield f"{table} has no row-level security. Run: ALTER TABLE {table} ENABLE ROW LEVEL SECURITY"
        for policy in policies:
            if policy not in (EVERYONE, PLACED):
                yield f"The policy {policy} on {table} is not ours. Run: DROP POLICY {policy} ON {table}"
        for policy in {EVERYONE, PLACED}.difference(policies):
            yield f"{table} has no policy {policy}. Run `fundtrail migrate`."


def _note(table: str) -> str:
    """What *table* says of itself, by which ``fundtrail migrate`` finds those whose rules have changed."""
    return f"rows by rule {hashlib.sha256(_rule(table).encode()).hexdigest()[:16]}"


def _rule(table: str) -> str:
    """The rule of *table*. Of a table without one nothing is seen."""
    return RULES.get(table, "false")


def _ours(text: str) -> sql.SQL:
    # Our own text. psycopg requires a literal here so that no user input is run as SQL.
    return sql.SQL(text)
