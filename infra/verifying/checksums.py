"""Checksums of tables, which an auditor can repeat with psql (docs/verify.md)."""

from typing import NamedTuple

import psycopg
from psycopg import sql
from psycopg.rows import TupleRow

# The text of a row depends on these settings of a session.
SETTINGS = {"TimeZone": "UTC", "DateStyle": "ISO, MDY", "bytea_output": "hex", "extra_float_digits": "1"}

WITHOUT_INDEX = ("enable_indexscan", "enable_indexonlyscan", "enable_bitmapscan")

# The digests of rows are put in order, and then together in parts by their first byte. So neither the order of the rows
# nor a collation counts, and no part of a table is too long for PostgreSQL.
CHECKSUM = sql.SQL("""
    SELECT coalesce(sum(rows), 0)::bigint,
           encode(sha256(coalesce(string_agg(digest, ''::bytea ORDER BY first), ''::bytea)), 'hex')
      FROM (SELECT get_byte(digest, 0) AS first, count(*) AS rows,
                   sha256(string_agg(digest, ''::bytea ORDER BY digest)) AS digest
              FROM (SELECT sha256(convert_to((r.*)::text, 'UTF8')) AS digest FROM {} AS r) AS of_rows
             GROUP BY 1) AS of_parts""")


class Summed(NamedTuple):
    """The number of rows of a table, and their checksum."""

    rows: int
    sha256: str


def fix_settings(connection: psycopg.Connection[TupleRow]) -> None:
    """Set what the text of a row depends on. No name without a schema is one that somebody put in front of ours."""
    connection.execute("SET search_path = pg_catalog, pg_temp")
    for name, value in SETTINGS.items():
        connection.execute("SELECT set_config(%s, %s, false)", (name, value))


def read_whole_tables(connection: psycopg.Connection[TupleRow]) -> None:
    """Let no index choose the rows, in this transaction: by an index that was turned off for a while, others are read.

    The settings of the database and of the role do not count.
    """
    for name in WITHOUT_INDEX:
        connection.execute("SELECT set_config(%s, 'off', true)", (name,))
    connection.execute("SET LOCAL enable_seqscan = on")


def checksum(connection: psycopg.Connection[TupleRow], schema: str, table: str) -> Summed:
    """The checksum of *table* in *schema*, as the transaction of *connection* sees it."""
    row = connection.execute(CHECKSUM.format(sql.Identifier(schema, table))).fetchone()
    return Summed(*(row or (0, "")))
