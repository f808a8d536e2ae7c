"""The check of what shows rows to readers: the policies of tables, and the views in front of them."""

from collections.abc import Iterator, Sequence

import psycopg
from psycopg import sql
from psycopg.rows import TupleRow

from infra.database.auditing import make_view
from infra.database.rows import LIVE, VIEWS, guard_rows, show_rows
from infra.verifying.checksums import fix_settings
from infra.verifying.findings import Finding, Looked
from infra.verifying.moment import Moment
from projections.read_models import READ_MODELS
from projections.tables.definition import definition_of

# Policies and views are made once more in schemas with this prefix, in a transaction that is rolled back.
PREFIX = "shown_"
AUDIT = "audit"
# Where each table that has policies is.
EVENTS = ("log", "events")

# The kind of a part, its name with the schema, and how it is defined.
Parts = dict[tuple[str, str], str]


def shown_rows(moment: Moment, looked: list[Looked]) -> Iterator[Finding]:
    """Whether policies and views are those that Fundtrail makes, and nothing stands in the place of a table."""
    names = [table for model in READ_MODELS for table in model.TABLES]
    for (name,) in moment.asked(_NO_TABLES, (LIVE, names)):
        yield Finding(f"{name} is no table. Something else stands in its place.", table=name)
    with moment.database.connect() as connection:
        fix_settings(connection)
        tables = _comparable(connection)
        with connection.transaction(force_rollback=True):
            expected = _made(connection, tables)
        found = _parts(connection, tables)
    looked += [Looked(kind, sum(one == kind for one, _ in expected)) for kind in ("policy", "view")]
    # The views of a table whose read model is of another version.
    others = {f"{schema}.{table}" for schema in VIEWS for table in names if table not in tables}
    for kind, name in sorted(expected.keys() | found.keys()):
        of = (kind, name)
        if found.get(of) == expected.get(of) or (kind == "view" and name in others):
            continue
        said = f"The {kind} {name} is not the one that Fundtrail makes."
        if of not in found:
            said = f"The {kind} {name} is missing."
        elif of not in expected:
            said = f"Fundtrail makes no {kind} {name}."
        yield Finding(f"{said} Run `fundtrail migrate`.", found.get(of), expected.get(of), row=name)


def _comparable(connection: psycopg.Connection[TupleRow]) -> list[str]:
    """The live tables of the read models of this version."""
    rows = connection.execute("SELECT name, definition FROM read.projections").fetchall()
    live = dict[str, str](rows)
    tables = [table for model in READ_MODELS if live.get(model.NAME) == definition_of(model) for table in model.TABLES]
    there = connection.execute(_THERE, (LIVE, tables)).fetchall()
    return [table for table in tables if (table,) in there]


def _made(connection: psycopg.Connection[TupleRow], tables: Sequence[str]) -> Parts:
    """The policies and views of *tables* as Fundtrail makes them, by the names of the real ones."""
    for schema in ("log", LIVE, *VIEWS, AUDIT):
        connection.execute(sql.SQL("CREATE SCHEMA {}").format(sql.Identifier(PREFIX + schema)))
    for schema, table in (EVENTS, *((LIVE, table) for table in tables)):
        copy, of = sql.Identifier(PREFIX + schema, table), sql.Identifier(schema, table)
        connection.execute(sql.SQL("CREATE TABLE {} (LIKE {})").format(copy, of))
        guard_rows(connection, PREFIX + schema, [table])
    show_rows(connection, [*tables, "events"], PREFIX)
    make_view(connection, PREFIX + AUDIT)
    return _parts(connection, tables, PREFIX)


def _parts(connection: psycopg.Connection[TupleRow], tables: Sequence[str], prefix: str = "") -> Parts:
    """The policies of *tables* and of the log, and the views, in schemas with *prefix*. Names are without it."""
    rows = connection.execute(
        _PARTS,
        {
            "prefix": prefix,
            "guarded": [".".join(EVENTS), *(f"{LIVE}.{table}" for table in tables)],
            "views": [*VIEWS, AUDIT],
        },
    ).fetchall()
    return {(kind, name): shape for kind, name, shape in rows}


_NO_TABLES = """
    SELECT n.nspname || '.' || c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
     WHERE n.nspname = %s AND c.relname = ANY (%s) AND c.relkind <> 'r' ORDER BY 1"""
_THERE = """
    SELECT c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
     WHERE n.nspname = %s AND c.relname = ANY (%s) AND c.relkind = 'r'"""
_PARTS = """
    WITH relations AS (
        SELECT c.oid AS id, substr(n.nspname, length(%(prefix)s) + 1) AS schema, c.relname AS name, c.relkind AS kind,
               coalesce(array_to_string(c.reloptions, ' '), '') AS options
          FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE starts_with(n.nspname, %(prefix)s)
    )
    SELECT 'policy', schema || '.' || name || '.' || p.polname, concat_ws(' ',
           CASE WHEN p.polpermissive THEN 'PERMISSIVE' ELSE 'RESTRICTIVE' END, 'FOR', p.polcmd, 'TO',
           array_to_string(ARRAY(SELECT coalesce(r.rolname::text, 'PUBLIC') FROM unnest(p.polroles) AS o (id)
                                   LEFT JOIN pg_roles r ON r.oid = o.id ORDER BY 1), ', '),
           'USING ' || pg_get_expr(p.polqual, p.polrelid), 'WITH CHECK ' || pg_get_expr(p.polwithcheck, p.polrelid))
      FROM relations JOIN pg_policy p ON p.polrelid = id WHERE schema || '.' || name = ANY (%(guarded)s)
     UNION ALL
    SELECT 'view', schema || '.' || name, concat_ws(' ', kind, options, CASE kind WHEN 'v' THEN pg_get_viewdef(id) END)
      FROM relations WHERE schema = ANY (%(views)s) AND kind NOT IN ('i', 'I', 'S', 't', 'c')"""
