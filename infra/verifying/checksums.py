"""Checksums of tables, which an auditor can repeat with psql (docs/verify.md)."""

from typing import NamedTuple

import psycopg
from psycopg import sql
from psycopg.rows import TupleRow

# The text of a row depends on these settings of a session.
SETTINGS = {"TimeZone": "UTC", "DateStyle": "ISO, MDY", "bytea_output": "hex", "extra_float_digits": "1"}

# The SHA-256 of the SHA-256 of each row, in the order of those: neither the order of the rows nor a collation counts.
CHECKSUM = sql.SQL(
    "SELECT count(*), encode(sha256(coalesce(string_agg(digest, ''::bytea ORDER BY digest), ''::bytea)), 'hex')"
    " FROM (SELECT sha256(convert_to((r.*)::text, 'UTF8')) AS digest FROM {} AS r) AS rows"
)


class Summed(NamedTuple):
    """The number of rows of a table, and their checksum."""

    rows: int
    sha256: str


def fix_settings(connection: psycopg.Connection[TupleRow]) -> None:
    """Set what the text of a row depends on."""
    for name, value in SETTINGS.items():
        connection.execute("SELECT set_config(%s, %s, false)", (name, value))


def checksum(connection: psycopg.Connection[TupleRow], schema: str, table: str) -> Summed:
    """The checksum of *table* in *schema*, as the transaction of *connection* sees it."""
    row = connection.execute(CHECKSUM.format(sql.Identifier(schema, table))).fetchone()
    return Summed(*(row or (0, "")))
