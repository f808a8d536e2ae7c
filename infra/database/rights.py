"""The rights of the roles that log in: given by every migration, and checked at every start."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from typing import Any, NamedTuple

import psycopg
from psycopg import sql
from psycopg.rows import TupleRow, tuple_row

from domain.values.portable import Portable
from infra.database.auditing import AUDITOR, ensure_view, missing_of_auditor
from infra.database.postgres import APP, LOGINS, PROJECTOR, READER, SCOPED, SEALER, Database, settings_of
from infra.database.rows import unguarded_rows

# What each role may do with a table of a read model.
READ_TABLE_RIGHTS = {
    APP: ("SELECT",),
    READER: ("SELECT",),
    SCOPED: ("SELECT",),
    PROJECTOR: ("SELECT", "INSERT", "UPDATE", "DELETE"),
}
# The tree over the log: only the sealer writes it.
SEALS = ("seals.epochs", "seals.tiles", "seals.checkpoints", "seals.sealer")
# What each role may do with the other tables.
TABLE_RIGHTS: Mapping[str, Mapping[str, Sequence[str]]] = {
    APP: dict.fromkeys(
        (
            "log.events",
            "log.moments",
            "log.commands",
            "log.references",
            "read.events",
            "read.projections",
            "read.pauses",
        ),
        ("SELECT",),
    ),
    READER: dict.fromkeys(
        ("log.events", "log.moments", "read.events", "read.projections", "read.pauses", *SEALS), ("SELECT",)
    ),
    SCOPED: dict.fromkeys(("log.events", "log.moments", "read.events", "read.projections", "read.pauses"), ("SELECT",)),
    PROJECTOR: {
        "log.events": ("SELECT",),
        "log.moments": ("SELECT",),
        "read.projections": ("SELECT", "UPDATE"),
        "read.pauses": ("SELECT", "INSERT", "UPDATE"),
    },
    SEALER: dict.fromkeys(("log.events", "read.projections"), ("SELECT",))
    | dict.fromkeys(SEALS, ("SELECT", "INSERT", "UPDATE", "DELETE")),
    AUDITOR: {"audit.events": ("SELECT",)},
}
# The columns that a role may read of a table of which it may not read all: contacts are for the database's owner.
COLUMN_RIGHTS = {role: {"directory.people": ("person_id", "name")} for role in (READER, SCOPED)}
# The functions that write to the log and beside it, each with the only role that may call it.
WRITING = {"log.append": APP, "log.append_all": APP, "directory.keep": APP, "log.state_time": PROJECTOR}
ATTEMPTS = 10


class Unguarded(Portable):
    """Somebody could change what was recorded: a trigger of the log is off, or a role has too many rights.

    Each reason names one, and the statement that mends it.
    """

    def __init__(self, reasons: list[str]) -> None:
        super().__init__(" ".join(reasons))
        self.reasons = reasons


class RoleNotReady(Exception):
    """A role is missing or not as it must be, and the database's owner may not change it."""


# --- Giving -----------------------------------------------------------------------------------------------------------


def ensure_roles(connection: psycopg.Connection[TupleRow], database: Database) -> None:
    """Make the roles that are missing, and give each its settings and its password. Raises RoleNotReady.

    Roles belong to the server, so a dump of the database has none of this.
    """
    for role in LOGINS:
        for statement in _missing_of(connection, role):
            _change_role(connection, role, statement)
    for statement in missing_of_auditor(connection):
        _change_role(connection, AUDITOR, statement)
    _let_projector_copy(connection)
    for role in LOGINS:
        password = database.password(role)
        if password is not None and not _logs_in(database, role):
            secret = connection.pgconn.encrypt_password(password.encode(), role.encode(), b"scram-sha-256").decode()
            _change_role(
                connection, role, sql.SQL("ALTER ROLE {} PASSWORD {}").format(sql.Identifier(role), sql.Literal(secret))
            )


def _let_projector_copy(connection: psycopg.Connection[TupleRow]) -> None:
    """Free the projector of row-level security, so that it can write with COPY. It may write every row in any case.

    An owner who may not give this leaves it: the projector then inserts, which takes longer.
    """
    row = connection.execute("SELECT rolbypassrls FROM pg_roles WHERE rolname = %s", (PROJECTOR,)).fetchone()
    if row == (False,):
        with suppress(RoleNotReady):
            statement = sql.SQL("ALTER ROLE {} BYPASSRLS").format(sql.Identifier(PROJECTOR))
            _change_role(connection, PROJECTOR, statement)


def _missing_of(connection: psycopg.Connection[TupleRow], role: str) -> Iterator[sql.Composed]:
    """The statements that make *role* what it must be."""
    name = sql.Identifier(role)
    row = connection.execute("SELECT rolcanlogin, rolconfig FROM pg_roles WHERE rolname = %s", (role,)).fetchone()
    if row is None:
        yield sql.SQL("CREATE ROLE {} LOGIN").format(name)
    elif not row[0]:
        yield sql.SQL("ALTER ROLE {} LOGIN").format(name)
    known = dict(setting.split("=", 1) for setting in (row[1] or [] if row else []))
    for setting, wanted in settings_of(role).items():
        if known.get(setting) != wanted:
            values = sql.SQL(", ").join(map(sql.Literal, wanted.split(", ")))
            yield sql.SQL("ALTER ROLE {} SET {} = {}").format(name, sql.Identifier(setting), values)
    may = "SELECT has_database_privilege(%s, current_database(), 'CONNECT')"
    if row is not None and not (connection.execute(may, (role,)).fetchone() or (False,))[0]:
        yield sql.SQL("GRANT CONNECT ON DATABASE {} TO {}").format(sql.Identifier(connection.info.dbname), name)


def _change_role(connection: psycopg.Connection[TupleRow], role: str, statement: sql.Composed) -> None:
    for attempt in range(ATTEMPTS):
        try:
            connection.execute(statement)
            return
        except (psycopg.errors.DuplicateObject, psycopg.errors.UniqueViolation):
            return
        except psycopg.errors.InsufficientPrivilege as error:
            raise RoleNotReady(
                f"The role {role} is not as it must be, and the database's owner may not change it: {error}\n"
                f"Let a superuser run `fundtrail migrate` once, or run: {statement.as_string(connection)}"
            ) from error
        except psycopg.errors.InternalError_:
            # The migration of another database changed the same role at the same moment.
            if attempt == ATTEMPTS - 1:
                raise
            time.sleep(0.05)


def _logs_in(database: Database, role: str) -> bool:
    try:
        psycopg.connect(database.conninfo(role)).close()
    except psycopg.OperationalError:
        return False
    return True


def ensure_rights(connection: psycopg.Connection[TupleRow], read_tables: Sequence[str]) -> None:
    """Give the roles the rights that they lack on the log and on *read_tables*, the tables of the read models.

    Rights that they should not have are left, for ``refuse_unguarded`` to name.
    """
    connection.execute(f"GRANT USAGE ON SCHEMA log, read TO {', '.join(LOGINS)}".encode())
    connection.execute(f"GRANT USAGE ON SCHEMA seen TO {READER}, {SCOPED}".encode())
    connection.execute(f"GRANT USAGE ON SCHEMA few TO {SCOPED}".encode())
    connection.execute(f"GRANT USAGE ON SCHEMA seals TO {READER}, {SEALER}".encode())
    ensure_view(connection)
    wanted = [right for role in TABLE_RIGHTS for right in _rights_of(role, read_tables)]
    missing = connection.execute(
        "SELECT role, name, kind FROM unnest(%s::text[], %s::text[], %s::text[]) AS w (role, name, kind)"
        " WHERE NOT has_table_privilege(role, name, kind)",
        [list(column) for column in zip(*wanted, strict=True)],
    ).fetchall()
    for role, name, kind in missing:
        table = sql.Identifier(*name.split("."))
        connection.execute(sql.SQL("GRANT {} ON {} TO {}").format(sql.SQL(kind), table, sql.Identifier(role)))
    _ensure_column_rights(connection)
    for function, role in WRITING.items():
        of = sql.Identifier(*function.split("."))
        row = connection.execute(
            "SELECT proacl IS NULL, has_function_privilege(%s, oid, 'EXECUTE') FROM pg_proc"
            " WHERE pronamespace::regnamespace::text || '.' || proname = %s",
            (role, function),
        ).fetchone()
        if row and row[0]:  # It was restored without rights: everybody may call it.
            connection.execute(sql.SQL("REVOKE ALL ON FUNCTION {} FROM PUBLIC").format(of))
        if row and (row[0] or not row[1]):
            connection.execute(sql.SQL("GRANT EXECUTE ON FUNCTION {} TO {}").format(of, sql.Identifier(role)))


def _ensure_column_rights(connection: psycopg.Connection[TupleRow]) -> None:
    connection.execute(f"GRANT USAGE ON SCHEMA directory TO {APP}, {', '.join(COLUMN_RIGHTS)}".encode())
    for role, tables in COLUMN_RIGHTS.items():
        for table, columns in tables.items():
            connection.execute(
                sql.SQL("GRANT SELECT ({}) ON {} TO {}").format(
                    sql.SQL(", ").join(map(sql.Identifier, columns)),
                    sql.Identifier(*table.split(".")),
                    sql.Identifier(role),
                )
            )


class Right(NamedTuple):
    """A right of *role* on the table *name*."""

    role: str
    name: str
    kind: str


def _rights_of(role: str, read_tables: Sequence[str]) -> Iterator[Right]:
    for name, kinds in TABLE_RIGHTS[role].items():
        yield from (Right(role, name, kind) for kind in kinds)
    for name in read_tables:
        yield from (Right(role, f"read.{name}", kind) for kind in READ_TABLE_RIGHTS.get(role, ()))


# --- Checking ---------------------------------------------------------------------------------------------------------

# The triggers that refuse changes, by table of the log: each as PostgreSQL numbers its kind (before update or delete;
# before truncate).
GUARDED = ("events", "commands", "references")
TRIGGERS = {"never_changed": 26, "never_emptied": 34}
REFUSING = """BEGIN
    RAISE EXCEPTION 'append-only: % on %.%', tg_op, tg_table_schema, tg_table_name USING ERRCODE = '55000';
END"""

_TRIGGERS = """
    SELECT c.relname, t.tgname, t.tgtype::int,
           t.tgenabled IN ('O', 'A') AND t.tgqual IS NULL AND t.tgnargs = 0
           AND p.pronamespace = 'log'::regnamespace AND p.proname = 'refuse_change' AND btrim(p.prosrc, E' \\n') = %s
      FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid JOIN pg_proc p ON p.oid = t.tgfoid
     WHERE c.relnamespace = 'log'::regnamespace AND NOT t.tgisinternal"""

# The triggers that erase what the directory has about a person, by table and name: how each is defined, and its body.
ERASING = {
    ("log.events", "erases_person"): (
        "AFTER INSERT ON log.events FOR EACH ROW WHEN ((new.topic = 'PersonErased'::text))"
        " EXECUTE FUNCTION directory.erase()",
        """BEGIN
    DELETE FROM directory.people p WHERE p.person_id = new.originator_id;
    RETURN NULL;
END""",
    ),
    ("directory.people", "leaves_out_erased"): (
        "BEFORE INSERT OR UPDATE ON directory.people FOR EACH ROW EXECUTE FUNCTION directory.leave_out()",
        """BEGIN
    PERFORM pg_advisory_xact_lock_shared(log.append_lock());
    IF EXISTS (SELECT FROM log.events e WHERE e.originator_id = new.person_id AND e.topic = 'PersonErased') THEN
        RETURN NULL;
    END IF;
    RETURN new;
END""",
    ),
}
_ERASING = """
    SELECT t.tgrelid::regclass::text, t.tgname, pg_get_triggerdef(t.oid), btrim(p.prosrc, E' \\n'),
           t.tgenabled IN ('O', 'A')
      FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid JOIN pg_proc p ON p.oid = t.tgfoid
     WHERE c.relnamespace::regnamespace::text IN ('log', 'directory') AND t.tgname = ANY (%s)"""

# The schemas of ours.
SCHEMAS = ("log", "read", "seen", "few", "directory", "seals", "audit")
# Rights to change something, of roles other than the owner of it.
_CHANGES = """
    WITH schemas AS (SELECT * FROM pg_namespace WHERE nspname = ANY (%s)),
    tables AS (SELECT * FROM pg_class WHERE relnamespace IN (SELECT oid FROM schemas)),
    given AS (
        SELECT c.relnamespace::regnamespace::text AS schema, c.relname::text AS name, c.relkind::text AS kind,
               a.grantee, a.privilege_type AS right
          FROM tables c, aclexplode(c.relacl) a WHERE a.grantee <> c.relowner
        UNION ALL
        SELECT c.relnamespace::regnamespace::text, c.relname, c.relkind::text, a.grantee, a.privilege_type
          FROM tables c JOIN pg_attribute t ON t.attrelid = c.oid AND t.attacl IS NOT NULL, aclexplode(t.attacl) a
         WHERE a.grantee <> c.relowner
        UNION ALL
        SELECT n.nspname, '', 'n', a.grantee, a.privilege_type FROM schemas n, aclexplode(n.nspacl) a
         WHERE a.grantee <> n.nspowner AND a.privilege_type = 'CREATE'
        UNION ALL
        SELECT p.pronamespace::regnamespace::text, p.oid::regprocedure::text, 'f', a.grantee, a.privilege_type
          FROM pg_proc p, aclexplode(coalesce(p.proacl, acldefault('f', p.proowner))) a
         WHERE p.pronamespace::regnamespace::text || '.' || p.proname = ANY (%s) AND a.grantee <> p.proowner
    )
    SELECT DISTINCT g.schema, g.name, g.kind, coalesce(r.rolname, 'PUBLIC'), g.right
      FROM given g LEFT JOIN pg_roles r ON r.oid = g.grantee WHERE g.right <> 'SELECT' ORDER BY 1, 2, 4, 5"""

_ROLES = """
    SELECT r.rolname, r.rolsuper, r.rolcreaterole, r.rolcreatedb, r.rolreplication, r.rolbypassrls,
           ARRAY(SELECT m.roleid::regrole::text FROM pg_auth_members m WHERE m.member = r.oid ORDER BY 1),
           ARRAY(SELECT c.oid::regclass::text FROM pg_class c WHERE c.relowner = r.oid
                    AND c.relnamespace::regnamespace::text = ANY (%s)
                  ORDER BY 1)
      FROM pg_roles r WHERE r.rolname = ANY (%s) ORDER BY 1"""


def refuse_unguarded(connection: psycopg.Connection[Any]) -> None:
    """Refuse a database in which somebody but its owner could change what was recorded. Raises Unguarded.

    Any role can ask this. Rights to read are not looked at: whom the owner lets read is the owner's decision.
    """
    # Only meanwhile, so that no view or function that somebody put in front of those of the server answers.
    with connection.transaction(force_rollback=True):
        connection.execute("SET LOCAL search_path = pg_catalog, pg_temp")
        reasons = [*_unguarded(connection.cursor(row_factory=tuple_row))]
    if reasons:
        raise Unguarded(reasons)


def _unguarded(cursor: psycopg.Cursor[Any]) -> Iterator[str]:
    triggers = cursor.execute(_TRIGGERS, (REFUSING,)).fetchall()
    yield from _missing_triggers(triggers)
    yield from _not_erasing(cursor.execute(_ERASING, ([name for _, name in ERASING],)).fetchall())
    row = cursor.execute("SELECT current_setting('session_replication_role')").fetchone()
    if row is None or row[0] != "origin":
        yield 'session_replication_role is not "origin", so no trigger runs. Reset it.'
    yield from _wider_rights(cursor.execute(_CHANGES, (list(SCHEMAS), list(WRITING))).fetchall())
    yield from unguarded_rows(cursor)
    yield from _stronger_roles(cursor.execute(_ROLES, (list(SCHEMAS), list(TABLE_RIGHTS))).fetchall())


def _missing_triggers(found: Sequence[TupleRow]) -> Iterator[str]:
    known = {(table, name, kind): bool(works) for table, name, kind, works in found}
    for table in GUARDED:
        for name, kind in TRIGGERS.items():
            if (table, name, kind) not in known:
                yield f"The trigger {name} of log.{table} is missing. Restore it from migration 0001."
            elif not known[table, name, kind]:
                yield (
                    f"The trigger {name} of log.{table} is disabled or changed."
                    f" Run: ALTER TABLE log.{table} ENABLE TRIGGER {name}"
                )


def _not_erasing(found: Sequence[TupleRow]) -> Iterator[str]:
    known = {(table, name): (definition, body, works) for table, name, definition, body, works in found}
    for (table, name), (definition, body) in ERASING.items():
        if (table, name) not in known:
            yield f"The trigger {name} of {table} is missing. Restore it from migration 0007."
        elif known[table, name] != (f"CREATE TRIGGER {name} {definition}", body, True):
            yield (
                f"The trigger {name} of {table} is disabled or changed. Run: ALTER TABLE {table} ENABLE TRIGGER {name}"
            )


def _wider_rights(found: Sequence[TupleRow]) -> Iterator[str]:
    for schema, name, kind, role, right in found:
        if kind == "f":
            migrated = role == WRITING.get(name.partition("(")[0])
        elif kind == "n":
            migrated = False
        else:
            rights = TABLE_RIGHTS.get(role, {}).get(f"{schema}.{name}")
            if rights is None and schema == "read":
                rights = READ_TABLE_RIGHTS.get(role)
            migrated = right in (rights or ())
        if not migrated:
            on = {"f": f"FUNCTION {name}", "n": f"SCHEMA {schema}", "S": f"SEQUENCE {schema}.{name}"}.get(
                kind, f"{schema}.{name}"
            )
            revoking = f"REVOKE {right} ON {on} FROM {role}"
            yield f"{role} has the right {right} on {on}, which no migration gave. Run: {revoking}"


def _stronger_roles(found: Sequence[TupleRow]) -> Iterator[str]:
    attributes = ("SUPERUSER", "CREATEROLE", "CREATEDB", "REPLICATION", "BYPASSRLS")
    for role, *flags, member_of, owned in found:
        for attribute, has in zip(attributes, flags, strict=True):
            if has and (role, attribute) != (PROJECTOR, "BYPASSRLS"):
                yield f"{role} has the attribute {attribute}. Run: ALTER ROLE {role} NO{attribute}"
        for other in member_of:
            yield f"{role} is a member of {other}. Run: REVOKE {other} FROM {role}"
        if owned:
            yield f"{role} owns {', '.join(owned)}. Give them to the database's owner."
