"""The check of the read models: each is made from the log once more beside the live one, and compared with it.

The live tables are only read, and the projector goes on. Each comparison sees one snapshot: the live tables, their
position, and the new tables that have been built up to exactly that position.
"""

import json
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import psycopg
from psycopg import sql
from psycopg.rows import TupleRow

from domain.values.shown import shown_count
from infra.database.garbage import collecting_rarely
from infra.database.postgres import Database
from infra.feeding.projector import Poisoned
from infra.feeding.rebuild import (
    LIVE,
    BeingRebuilt,
    beside,
    build,
    build_on,
    drop_leftovers,
    in_shares,
    models_named,
    next_schema,
)
from infra.verifying.checksums import Summed, checksum, fix_settings, read_whole_tables
from infra.verifying.findings import Finding, Looked, Severity
from infra.verifying.moment import Moment
from projections.read_models import READ_MODELS, ReadModel
from projections.tables.definition import definition_of


class Compared(NamedTuple):
    """The tables of read models that were compared, and what was found."""

    looked: list[Looked]
    findings: list[Finding]


class Live(NamedTuple):
    """The live version of a read model."""

    position: int
    definition: str
    state: str
    error: str | None


def read_models(moment: Moment, looked: list[Looked]) -> Iterator[Finding]:
    """Whether each row of each read model is the one that the log gives."""
    for found in in_shares(compare, moment.database, READ_MODELS):
        looked += found.looked
        yield from found.findings
    looked.sort()


@collecting_rarely()
def compare(database: Database, names: Sequence[str]) -> Compared:
    """Compare the read models called *names* with the log, in this process."""
    compared = Compared([], [])
    models = models_named(names)
    try:
        with beside(database, models) as connection:
            fix_settings(connection)
            _compare(database, connection, models, compared)
    except BeingRebuilt as error:
        said = f"{', '.join(names)} could not be compared: {error}. Verify again when it is rebuilt."
        compared.findings.append(Finding(said))
    return compared


def _compare(
    database: Database, connection: psycopg.Connection[TupleRow], models: Sequence[ReadModel], compared: Compared
) -> None:
    live = _live(connection)
    comparable = []
    for model in models:
        finding = _not_comparable(model, live.get(model.NAME))
        if finding is not None:
            compared.findings.append(finding)
        if finding is None or finding.severity is Severity.NOTED:
            comparable.append(model)
    if not comparable:
        return
    try:
        # Together as far as all of them are, so that the log is read once.
        together = min(live[model.NAME].position for model in comparable)
        reached = build(database, connection, comparable, together)
        for model in comparable:
            position = build_on(connection, [model], reached[model.NAME], live[model.NAME].position)
            _compare_one(connection, model, position, compared)
            drop_leftovers(connection, [model])
    except Poisoned as poison:
        rest = ", ".join(model.NAME for model in comparable)
        said = f"{rest} could not be compared: an event cannot be read or processed. {poison}"
        compared.findings.append(Finding(said, position=poison.position, table="log.events"))


def _live(connection: psycopg.Connection[TupleRow]) -> dict[str, Live]:
    rows = connection.execute("SELECT name, position, definition, state, error FROM read.projections").fetchall()
    return {name: Live(*live) for name, *live in rows}


def _not_comparable(model: ReadModel, live: Live | None) -> Finding | None:
    """Why *model* cannot be compared, or, as something to note, that it has stopped."""
    if live is None:
        return Finding(f"The read model {model.NAME} has no tables. Run `fundtrail migrate`.")
    if live.definition != definition_of(model):
        said = "were made by another version of Fundtrail, so they cannot be compared. Run `fundtrail migrate`."
        return Finding(f"The tables of {model.NAME} {said}")
    if live.state != "running":
        why = "is paused" if live.state == "paused" else f"has stopped before {live.error}"
        said = f"The read model {model.NAME} {why}. It was compared up to there."
        return Finding(said, position=live.position, severity=Severity.NOTED)
    return None


def _compare_one(connection: psycopg.Connection[TupleRow], model: ReadModel, position: int, compared: Compared) -> None:
    """Compare *model*, built up to *position*, with its live version. What this writes is rolled back."""
    with connection.transaction(force_rollback=True):
        # What is committed from here on is not seen. The live version is at its position, whoever feeds it.
        connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        end = _live(connection)[model.NAME].position
        reached = build_on(connection, [model], position, end)
        if reached != end:
            compared.findings.append(
                Finding(
                    f"The read model {model.NAME} is at a position that the log does not have.",
                    f"position {end}",
                    f"position {reached}",
                    position=end,
                    table="read.projections",
                    row=model.NAME,
                )
            )
        read_whole_tables(connection)
        for table in model.TABLES:
            compared.findings.extend(_compare_table(connection, model, table, compared.looked))


def _compare_table(
    connection: psycopg.Connection[TupleRow], model: ReadModel, table: str, looked: list[Looked]
) -> Iterator[Finding]:
    name = f"{LIVE}.{table}"
    expected = checksum(connection, next_schema(model), table)
    try:
        with connection.transaction():
            found = checksum(connection, LIVE, table)
            looked.append(Looked(name, *found))
            if found != expected:
                yield _first_difference(connection, model, table, expected)
    except (psycopg.errors.UndefinedTable, psycopg.errors.UndefinedColumn) as error:
        yield Finding(f"The table or a column of it is missing: {error.diag.message_primary}.", table=name)


# --- The first row that differs ---------------------------------------------------------------------------------------


def _first_difference(
    connection: psycopg.Connection[TupleRow], model: ReadModel, table: str, summed: Summed
) -> Finding:
    """How many rows of *table* are not those that the log gives, and the first of them by the primary key.

    *summed* is the checksum that the log gives.
    """
    name = f"{LIVE}.{table}"
    gives = f"The log gives {shown_count(summed.rows, 'row')} with the checksum {summed.sha256}."
    keys = _primary_key(connection, next_schema(model), table)
    row = connection.execute(
        _DIFFERENCES.format(
            live=sql.Identifier(LIVE, table),
            built=sql.Identifier(next_schema(model), table),
            keys=sql.SQL(", ").join(map(sql.Identifier, keys)),
        )
    ).fetchone()
    if row is None:
        return Finding(f"No row differs by its key, so a row is there more than once. {gives}", table=name)
    found, expected, changed, added, missing = _columns(row[0]), _columns(row[1]), *row[2:]
    either = found or expected or {}
    return Finding(
        f"{shown_count(changed, 'row')} changed, {shown_count(added, 'row')} that the log does not give,"
        f" {shown_count(missing, 'row')} missing; the first of them is quoted. {gives}",
        found,
        expected,
        position=int(either["position"] or 0) if "position" in either else None,
        table=name,
        row=" ".join(str(either.get(key)) for key in keys),
    )


_DIFFERENCES = sql.SQL(
    "SELECT to_json(found)::text, to_json(wanted)::text,"
    " count(*) FILTER (WHERE found::text IS NOT NULL AND wanted::text IS NOT NULL) OVER (),"
    " count(*) FILTER (WHERE wanted::text IS NULL) OVER (), count(*) FILTER (WHERE found::text IS NULL) OVER ()"
    " FROM (SELECT {keys}, r AS found FROM {live} AS r) AS live"
    " FULL JOIN (SELECT {keys}, r AS wanted FROM {built} AS r) AS built USING ({keys})"
    " WHERE found::text IS DISTINCT FROM wanted::text ORDER BY {keys} LIMIT 1"
)


def _primary_key(connection: psycopg.Connection[TupleRow], schema: str, table: str) -> list[str]:
    rows = connection.execute(
        "SELECT a.attname FROM pg_index i, unnest(i.indkey) WITH ORDINALITY AS k (number, nth)"
        " JOIN pg_attribute a ON a.attnum = k.number WHERE a.attrelid = i.indrelid AND i.indisprimary"
        " AND i.indrelid = to_regclass(%s) ORDER BY k.nth",
        (f'"{schema}"."{table}"',),
    ).fetchall()
    return [str(name) for (name,) in rows]


def _columns(row: str | None) -> dict[str, str | None] | None:
    """The columns of a *row* in JSON, as text: an amount keeps its digits."""
    if row is None:
        return None
    columns: dict[str, Any] = json.loads(row, parse_float=str, parse_int=str)
    return {
        name: value if value is None or isinstance(value, str) else json.dumps(value, ensure_ascii=False)
        for name, value in columns.items()
    }
