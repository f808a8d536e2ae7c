"""The checks of what guards the log: triggers, rights and policies, and the schema as the migrations make it."""

import hashlib
import re
from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path

import psycopg
from psycopg import sql
from psycopg.rows import TupleRow

from infra.database.rights import Unguarded, refuse_unguarded
from infra.database.rows import LIVE, VIEWS
from infra.feeding.migrate import FOLDER
from infra.verifying.checksums import fix_settings
from infra.verifying.findings import Finding, Looked
from infra.verifying.moment import Moment
from infra.verifying.put_beside import put_beside
from infra.verifying.shown_rows import shown_rows

# The migrations are run once more in schemas with this prefix, in a transaction that is rolled back.
PREFIX = "migrated_"
# Schemas in which `fundtrail migrate` makes parts beside those of the migrations, and the kinds of them.
SHARED: dict[str, tuple[str, ...]] = dict.fromkeys((*VIEWS, "audit"), ("view", "column")) | {
    LIVE: ("table", "view", "relation", "column", "sequence", "constraint", "index", "trigger", "function")
}


def rights(moment: Moment, looked: list[Looked]) -> Iterator[Finding]:
    """Whether the triggers, rights, roles, policies and views are as Fundtrail makes them, and nothing is beside."""
    [(triggers, roles)] = moment.asked(
        "SELECT (SELECT count(*) FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid WHERE NOT t.tgisinternal"
        " AND c.relnamespace::regnamespace::text IN ('log', 'directory')),"
        " (SELECT count(*) FROM pg_roles WHERE rolname LIKE 'fundtrail\\_%')"
    )
    looked += [Looked("trigger", triggers), Looked("role", roles)]
    try:
        refuse_unguarded(moment.connection)
    except Unguarded as error:
        yield from (Finding(reason) for reason in error.reasons)
    yield from put_beside(moment)
    yield from shown_rows(moment, looked)


# --- Migrations -------------------------------------------------------------------------------------------------------


def files() -> dict[int, Path]:
    """The migrations of this version, by number."""
    return {int(file.name[:4]): file for file in sorted(FOLDER.glob("[0-9][0-9][0-9][0-9]_*.sql"))}


def migrations(moment: Moment, looked: list[Looked]) -> Iterator[Finding]:
    """Whether the migrations that were applied are those of this version, and the schema is what they make."""
    applied = moment.asked("SELECT number, name, digest FROM public.fundtrail_migrations ORDER BY number")
    looked.append(Looked("migration", len(applied)))
    ours = files()
    for number, name, digest in applied:
        wanted = hashlib.sha256(ours[number].read_bytes()).hexdigest() if number in ours else None
        if digest != wanted:
            said = "The migration is not the one of this version." if wanted else "This version has no such migration."
            yield Finding(said, digest, wanted, table="public.fundtrail_migrations", row=name)
    missing = [number for number in ours if number not in {number for number, *_ in applied}]
    for number in missing:
        said = "The migration has not been applied. Run `fundtrail migrate`."
        yield Finding(said, table="public.fundtrail_migrations", row=ours[number].stem)
    yield from _schema(moment, [file for number, file in ours.items() if number not in missing], looked)


# --- The schema -------------------------------------------------------------------------------------------------------


def _schema(moment: Moment, applied: Sequence[Path], looked: list[Looked]) -> Iterator[Finding]:
    """What differs between the schemas of the database and those that the migrations *applied* make."""
    texts = [file.read_text(encoding="utf-8") for file in applied]
    schemas = sorted({name for text in texts for name in re.findall(r"^CREATE SCHEMA (\w+)", text, re.MULTILINE)})
    with moment.database.connect() as connection:
        fix_settings(connection)
        expected = _as_migrated(connection, texts, schemas)
        found = _shapes(connection, schemas)
    looked.append(Looked("definition", len(expected)))
    # In a shared schema there are parts that no migration makes.
    alone = [part for part in found if part in expected or part[0] not in SHARED.get(part[1], ())]
    for part in sorted(expected.keys() | set(alone)):
        kind, _, name = part
        if found.get(part) == expected.get(part):
            continue
        said = f"The {kind} {name} is not what the migrations make."
        if part not in found:
            said = f"The {kind} {name} is missing."
        elif part not in expected:
            said = f"No migration makes the {kind} {name}."
        yield Finding(said, found.get(part), expected.get(part), row=name)


Part = tuple[str, str, str]


def _as_migrated(
    connection: psycopg.Connection[TupleRow], texts: Sequence[str], schemas: Sequence[str]
) -> dict[Part, str]:
    """The parts that the migrations with *texts* make, found by running them in other schemas. Nothing stays of it."""
    any_schema = "|".join(schemas)
    # A schema before a name, and schemas in a list: GRANT USAGE ON SCHEMA log, read TO ...
    named = re.compile(rf"(?<![\w.'])({any_schema})(?=\.[\w\"])")
    listed = re.compile(r"(SCHEMA )([\w, ]+?)(?=;| TO | FROM )")
    of, prefixed = re.compile(rf"\b({any_schema})\b"), rf"{PREFIX}\1"
    with connection.transaction(force_rollback=True):
        for text in texts:
            elsewhere = listed.sub(lambda found: found[1] + of.sub(prefixed, found[2]), named.sub(prefixed, text))
            connection.execute(sql.SQL(elsewhere))  # our own text
        made = _shapes(connection, [f"{PREFIX}{name}" for name in schemas])
    back = partial(re.compile(rf"\b{PREFIX}(?=({any_schema})\b)").sub, "")
    return {(kind, back(schema), back(name)): back(shape) for (kind, schema, name), shape in made.items()}


def _shapes(connection: psycopg.Connection[TupleRow], schemas: Sequence[str]) -> dict[Part, str]:
    """The parts of *schemas*: of which kind and name they are, in which schema, and how each is defined."""
    with connection.transaction():
        connection.execute("SET LOCAL search_path = pg_catalog")
        rows = connection.execute(_SHAPES, {"schemas": list(schemas)}).fetchall()
    return {(kind, schema, name): shape for kind, schema, name, shape in rows}


_SHAPES = """
    WITH tables AS (
        SELECT c.oid AS id, n.nspname AS schema, n.nspname || '.' || c.relname AS name, c.relkind, c.relpersistence,
               coalesce(array_to_string(c.reloptions, ' '), '') AS options
          FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = ANY (%(schemas)s)
    )
    SELECT CASE relkind WHEN 'r' THEN 'table' WHEN 'v' THEN 'view' ELSE 'relation' END, schema, name,
           concat_ws(' ', relkind, relpersistence, CASE relkind WHEN 'v' THEN options || pg_get_viewdef(id) END)
      FROM tables WHERE relkind NOT IN ('i', 'S', 't')
     UNION ALL
    SELECT 'sequence', schema, name, concat_ws(' ', format_type(s.seqtypid, NULL), s.seqstart, s.seqincrement, s.seqmax,
           s.seqmin, s.seqcycle)
      FROM tables JOIN pg_sequence s ON s.seqrelid = id
     UNION ALL
    SELECT 'column', schema, name || '.' || a.attname, concat_ws(' ', format_type(a.atttypid, a.atttypmod),
           CASE WHEN a.attnotnull THEN 'NOT NULL' END, nullif(a.attidentity, ''), nullif(a.attgenerated, ''),
           CASE WHEN EXISTS (SELECT FROM pg_constraint k WHERE k.conrelid = id AND k.contype = 'n'
                                AND NOT k.convalidated AND k.conkey = ARRAY[a.attnum]) THEN 'NOT VALID' END,
           pg_get_expr(d.adbin, d.adrelid))
      FROM tables JOIN pg_attribute a ON a.attrelid = id AND a.attnum > 0 AND NOT a.attisdropped
      LEFT JOIN pg_attrdef d ON d.adrelid = id AND d.adnum = a.attnum
     WHERE relkind NOT IN ('i', 'S', 't')
     UNION ALL
    -- That a column is not null is said with the column: PostgreSQL 18 made constraints of that, too.
    SELECT 'constraint', schema, name || '.' || c.conname, pg_get_constraintdef(c.oid)
      FROM tables JOIN pg_constraint c ON c.conrelid = id AND c.contype <> 'n'
     UNION ALL
    SELECT 'index', schema, i.indexrelid::regclass::text,
           pg_get_indexdef(i.indexrelid)
           || CASE WHEN i.indisvalid AND i.indisready AND i.indislive THEN '' ELSE ' (not valid)' END
      FROM tables JOIN pg_index i ON i.indrelid = id
     UNION ALL
    SELECT 'trigger', schema, name || '.' || t.tgname,
           pg_get_triggerdef(t.oid) || CASE WHEN t.tgenabled IN ('O', 'A') THEN '' ELSE ' (disabled)' END
      FROM tables JOIN pg_trigger t ON t.tgrelid = id AND NOT t.tgisinternal
     UNION ALL
    SELECT 'rule', schema, name || '.' || r.rulename, pg_get_ruledef(r.oid)
      FROM tables JOIN pg_rewrite r ON r.ev_class = id AND r.rulename <> '_RETURN'
     UNION ALL
    SELECT 'function', n.nspname, p.oid::regprocedure::text, pg_get_functiondef(p.oid)
      FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
     WHERE n.nspname = ANY (%(schemas)s) AND p.prokind IN ('f', 'p')"""
